"""A thousand malformed logs, and what a recommender makes of them: an answer, or a clear error."""

import re
import warnings

import numpy as np
import pytest
from hypothesis import given, settings

from tests.seqrec.data.test_cures import CLEAR, identity, malformed_logs
from tests.seqrec.recommender.shops import pure_noise, small_recommender

LOG = pure_noise(n_users=6, n_events=4, n_items=3)
# What else can be wrong with a log than its columns.
OF_THE_LOG = re.compile(
    r"no event follows another|'user_id' holds text|'item_id' holds text|is not among the"
    r"|nothing can be judged|are not later than|the times of known"
)
# What `evaluate` reads the histories from: long before any event that it is asked about.
KNOWN = LOG.assign(timestamp=LOG["timestamp"] - 10**12)


@pytest.fixture(scope="module")
def model():
    return small_recommender().fit(LOG)


def asked(call, *arguments, **options):
    """What it says, or None where it refused clearly."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call(*arguments, **options)
    except ValueError as error:
        assert CLEAR.search(str(error)) or OF_THE_LOG.search(str(error)), error


@settings(max_examples=1000, deadline=None)
@given(malformed_logs())
def test_a_malformed_log_is_learned_from_and_answered_rightly_or_refused_clearly(model, log):
    fitted = asked(small_recommender().fit, log)
    if fitted is not None:
        items = {identity(item) for item in log["item_id"]}
        assert {identity(item) for item in fitted.item_index_.item_ids_.tolist()} == items
        users = {identity(user) for user in log["user_id"]}
        assert {identity(user) for user in fitted.user_ids_.tolist()} == users
    lists = asked(model.recommend, log, 2)
    if lists is not None:
        users = {identity(user) for user in log["user_id"]}
        assert lists.shape == (len(users), 2) and set(lists.ravel().tolist()) <= {1, 2, 3}
    if not {"user_id", "item_id"} <= set(log.columns) or not log.columns.is_unique:
        return
    pairs = [log["user_id"], log["item_id"]]
    scores = asked(model.predict, *pairs)
    if scores is not None:
        expected = asked(model.predict, *(list(map(identity, ids)) for ids in pairs))
        np.testing.assert_array_equal(scores, expected)


@settings(max_examples=1000, deadline=None)
@given(malformed_logs())
def test_a_malformed_log_is_judged_rightly_or_refused_clearly(model, log):
    judged = asked(model.evaluate, log, k=1, metrics=("hr",), by_user=True, known=KNOWN)
    if judged is None:
        return
    relevant = {}
    for user, item in zip(log["user_id"], log["item_id"], strict=True):
        if identity(item) in {1, 2, 3}:
            relevant.setdefault(identity(user), set()).add(identity(item))
    best = dict(zip(KNOWN["user_id"].unique(), model.recommend(KNOWN, 1)[:, 0], strict=True))
    stranger = model.recommend_next([[]], 1)[0, 0]
    assert {identity(user) for user in judged["user_id"]} == set(relevant)
    for user, hit in zip(judged["user_id"], judged["hr@1"], strict=True):
        shown = best.get(identity(user), stranger)
        assert hit == (shown in relevant[identity(user)])
