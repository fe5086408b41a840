"""Training on from a fitted model: what must not move, what is new, and what is refused."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from seqrec.recommender import SASRecConfig, SequentialRecommender, TrainConfig
from seqrec.recommender.warm_start import start_from
from tests.seqrec.recommender.shops import SMALL, described, going_round, small_recommender

OLD = going_round(n_users=24)
NEW_ITEMS = ("ant", "bowl", "mat", "zebra")
# Other users too; "ant" sorts before and "zebra" behind all old items.
NEWER = going_round(n_users=30, items=NEW_ITEMS).assign(user_id=lambda log: log["user_id"] + 12)
# So small that float32 weights don't move.
STANDING = TrainConfig(epochs=1, learning_rate=1e-30, weight_decay=0.0, batch_size=32)


def standing(model):
    """Goes on from `model`, but learns nothing."""
    return model.set_params(training=STANDING).fit_more(NEWER)


@pytest.mark.parametrize("name", SMALL)
def test_before_any_step_old_items_keep_number_order_and_ratios(name):
    model = small_recommender(name, epochs=2).fit(OLD)
    ids = model.item_index_.item_ids_.tolist()
    before = model.score_items(OLD)
    standing(model)
    assert model.item_index_.item_ids_.tolist() == [*ids, "ant", "zebra"]
    after = model.score_items(OLD)
    assert after.shape == (len(before), 6) and np.isfinite(after).all()
    np.testing.assert_allclose(np.exp(after).sum(axis=1), 1, rtol=1e-5)
    moved = after[:, :4] - before  # one constant for each history
    np.testing.assert_allclose(moved, np.broadcast_to(moved[:, :1], moved.shape), atol=2e-5)
    assert (after[:, :4] < before).all()  # the new items have a share


@pytest.mark.parametrize("name", SMALL)
def test_it_learns_what_is_new_from_where_it_was(name):
    model = small_recommender(name, epochs=24, learning_rate=0.01).fit(OLD)
    if name in ("BERT4Rec", "XLNet"):  # they see a third of the clicks in an epoch
        model.set_params(training=replace(model.training, epochs=40))
    model.fit_more(NEWER)
    follows = {"ant": "bowl", "bowl": "mat", "mat": "zebra", "zebra": "ant"}
    last = NEWER.sort_values("timestamp").groupby("user_id")["item_id"].last()
    expected = [follows[last[user]] for user in NEWER["user_id"].unique()]
    best = model.item_index_.item_ids_[model.score_items(NEWER).argmax(axis=1)]
    assert (best == np.array(expected)).mean() > 0.7


def test_a_model_that_went_on_is_saved_and_loaded_with_the_same_bits(tmp_path):
    model = small_recommender().fit(OLD).fit_more(NEWER)
    model.save(tmp_path)
    loaded = SequentialRecommender.load(tmp_path, device="cpu")
    assert loaded.item_index_.item_ids_.tolist() == model.item_index_.item_ids_.tolist()
    np.testing.assert_array_equal(loaded.score_items(NEWER), model.score_items(NEWER))
    pairs = OLD["user_id"], OLD["item_id"]
    np.testing.assert_array_equal(loaded.predict(*pairs), model.predict(*pairs))
    loaded.progress = False
    again, on = loaded.fit_more(OLD), model.fit_more(OLD)
    np.testing.assert_array_equal(again.score_items(OLD), on.score_items(OLD))


def test_trained_on_it_beats_a_start_from_scratch_after_as_many_steps():
    more = going_round(n_users=10).assign(user_id=lambda log: log["user_id"] + 100)
    warm = small_recommender(epochs=12, learning_rate=0.03).fit(OLD)
    warm.set_params(training=replace(warm.training, epochs=1)).fit_more(more)
    cold = small_recommender(epochs=1, learning_rate=0.03).fit(more)
    assert warm.epochs_["train_loss"][0] < 0.7 * cold.epochs_["train_loss"][0]


@settings(max_examples=20)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 3))
def test_a_new_items_vector_depends_on_its_number_and_the_seed_alone(n_old, n_new, seed):
    config = SMALL["BERT4Rec"]
    old = config.build(n_old, 4)
    states = []
    for n_items, noise in ((n_old + n_new, 1), (n_old + n_new + 3, 2)):
        torch.manual_seed(noise)
        network = config.build(n_items, 4)
        start_from(network, n_items, old, n_old, seed)
        states.append(network)
    one, more = (network.encoder.item.weight for network in states)
    assert torch.equal(one[:-1], more[: n_old + n_new + 1])
    assert torch.equal(one[: n_old + 1], old.encoder.item.weight[:-1])
    assert torch.equal(one[-1], old.encoder.item.weight[-1])  # MASK stays the last
    assert torch.equal(more[-1], old.encoder.item.weight[-1])
    fresh = more[n_old + 1 : -1]
    assert len(fresh.unique(dim=0)) == n_new + 3 and 0.3 < fresh.norm(dim=1).mean() < 2
    other = config.build(n_old + n_new, 4)
    start_from(other, n_old + n_new, old, n_old, seed + 1)
    assert not torch.equal(other.encoder.item.weight, one)


def test_two_rounds_of_new_items_do_not_start_from_the_same_vectors():
    model = small_recommender().fit(OLD)
    standing(model)
    third = NEWER.assign(item_id=NEWER["item_id"].replace("ant", "cow"))
    model.fit_more(third)
    vectors = model.network_.encoder.item.weight[1:-1]
    assert len(vectors.unique(dim=0)) == 7


def test_users_of_the_newer_log_have_its_histories_and_the_others_keep_theirs():
    model = small_recommender().fit(OLD)
    before = dict(zip(model.user_ids_, model.histories_.tolist(), strict=True))
    model.fit_more(NEWER)
    after = dict(zip(model.user_ids_, model.histories_.tolist(), strict=True))
    assert sorted(after) == list(range(42)) and len(model.user_ids_) == 42
    assert all(after[user] == before[user] for user in range(12))
    fresh = small_recommender().fit(NEWER)
    numbers = np.append(0, model.item_index_.encode(fresh.item_index_.item_ids_))
    for user, history in zip(fresh.user_ids_, numbers[fresh.histories_].tolist(), strict=True):
        assert after[user] == history
    expected = model.score_items(NEWER[NEWER["user_id"] == 20])[0]
    found = model.predict(np.full(6, 20), model.item_index_.item_ids_)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_without_saved_histories_it_goes_on_all_the_same(tmp_path):
    small_recommender().fit(OLD).save(tmp_path, with_histories=False)
    model = SequentialRecommender.load(tmp_path, device="cpu").set_params(progress=False)
    model.fit_more(NEWER)
    assert sorted(model.user_ids_) == list(range(12, 42))


def test_a_catalogue_may_name_more_new_items_and_an_unknown_one_is_told():
    model = small_recommender().fit(OLD)
    with pytest.warns(UserWarning, match="60 of 240 events have an item that the model does not"):
        model.fit_more(NEWER, items=["ant", "yak", "mat"])
    assert model.item_index_.item_ids_[4:].tolist() == ["ant", "yak"]


def test_validation_callbacks_and_checkpoint_are_those_of_fit(tmp_path):
    newest = NEWER.sort_values("timestamp").groupby("user_id").tail(1).index
    told = []
    model = small_recommender(epochs=2).fit(OLD)
    model.fit_more(
        NEWER.drop(newest),
        valid_interactions=NEWER.loc[newest],
        checkpoint=tmp_path / "run",
        callbacks=[told.append],
    )
    assert [report.epoch for report in told] == [1, 2] and "valid_loss" in model.epochs_
    assert (tmp_path / "run").is_file() and model.best_epoch_ in (1, 2)


def state_of(model):
    parts = (model.item_index_, model.network_, model.scorer_, model.user_ids_, model.histories_)
    return [id(part) for part in parts], {
        name: value.clone() for name, value in model.network_.state_dict().items()
    }


def refused(model, error, match, log=NEWER, **how):
    """The error is raised, and the model is as it was."""
    identities, weights = state_of(model)
    with pytest.raises(error, match=match):
        model.fit_more(log, **how)
    now, same = state_of(model)
    assert now == identities
    assert all(torch.equal(weights[name], same[name]) for name in weights)


def test_what_it_cannot_go_on_from_is_refused_and_changes_nothing():
    model = small_recommender().fit(OLD)
    refused(model, ValueError, "'item_id' holds integers.*text", NEWER.assign(item_id=3))
    refused(model, ValueError, "'user_id' holds text.*integers", NEWER.assign(user_id="ann"))
    refused(model, ValueError, "column 'timestamp' is missing", NEWER.drop(columns="timestamp"))
    refused(model, ZeroDivisionError, "division", callbacks=[lambda report: 1 // 0])
    for change, match in (
        ({"model": replace(model.model, D=16)}, "D must be 8 as in the network that was learned"),
        ({"model": SMALL["BST"]}, "model must be 'SASRecConfig'.*got 'BSTConfig'. Cure: set it"),
        ({"max_len": 9}, "max_len must be 5.*got 9"),
    ):
        kept = model.get_params()
        refused(model.set_params(**change), ValueError, match)
        model.set_params(**kept).set_params(training=STANDING).fit_more(OLD)  # the cure


def test_the_loss_may_be_another_one_because_the_network_is_the_same():
    model = small_recommender().fit(OLD)
    model.set_params(model=replace(model.model, loss="bpr")).fit_more(NEWER)
    assert model.scorer_.config.loss == "bpr"


def test_a_model_with_content_is_sent_to_add_items():
    log, catalogue = OLD, described(OLD["item_id"])
    model = small_recommender("SASRec with content").fit(log, items=catalogue)
    with pytest.raises(RuntimeError, match="reads content.*Cure: add_items"):
        model.fit_more(NEWER, items=described(NEWER["item_id"]))
    model.add_items(described(["zebra"]))
    assert model.item_index_.n_items == 5


def test_a_model_that_is_not_fitted_is_told_to_fit():
    with pytest.raises(RuntimeError, match="call fit"):
        small_recommender().fit_more(NEWER)


class Pairs(nn.Module):
    """A number for each pair of items, which nobody could grow by a rule."""

    def __init__(self, n_items, max_len):
        super().__init__()
        self.n_items = n_items
        self.table = nn.Parameter(torch.zeros(n_items, n_items))


@dataclass(frozen=True, kw_only=True)
class PairsConfig(SASRecConfig):
    network: ClassVar = Pairs


def test_a_network_that_grows_in_another_way_is_refused_by_name():
    with pytest.raises(ValueError, match=r"Pairs holds table, \(3, 3\) for 3.*\(5, 5\) for 5"):
        start_from(Pairs(5, 4), 5, Pairs(3, 4), 3, seed=0)


def test_users_and_items_beyond_int64_stay_apart_from_the_others():
    columns = {"user_id": [1, 1, 2, 2], "item_id": [5, 7, 7, 5], "timestamp": range(4)}
    model = small_recommender().fit(pd.DataFrame(columns))
    large = [2**63 + 1, 2**63 + 1, 2**63 + 3, 2**63 + 3]
    newer = pd.DataFrame(columns).assign(
        user_id=np.array(large, np.uint64), item_id=np.array([5, *large[1:]], np.uint64)
    )
    model.fit_more(newer)
    assert model.item_index_.item_ids_.tolist() == [5, 7, 2**63 + 1, 2**63 + 3]
    users = [1, 2, 2**63 + 1, 2**63 + 3]
    assert sorted(model.user_ids_) == sorted(model.seen_.user_ids) == users
    rows = dict(zip(model.user_ids_.tolist(), model.histories_.tolist(), strict=True))
    assert [rows[user][-2:] for user in users] == [[1, 2], [2, 1], [1, 3], [4, 4]]


def test_integers_of_another_width_are_the_same_items():
    log = pd.DataFrame({"user_id": [1, 1, 2, 2], "item_id": [5, 7, 7, 5], "timestamp": range(4)})
    model = small_recommender().fit(log.astype({"item_id": "int32"}))
    model.fit_more(log.assign(item_id=[5, 2**40, 7, 5]))
    assert model.item_index_.item_ids_.tolist() == [5, 7, 2**40]
