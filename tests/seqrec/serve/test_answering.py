"""Answered together or alone, a question has the answer of `recommend_next`."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.recommender import scoring
from seqrec.serve.answering import answer_together
from seqrec.serve.questions import Question, Refusal
from tests.seqrec.recommender.shops import small_recommender
from tests.seqrec.serve.serving import N_ITEMS, small_model

MODELS = {name: small_model(name) for name in ("SASRec", "BERT4Rec", "BST", "Markov")}
ITEMS = st.integers(1, N_ITEMS + 2)
LISTED = st.lists(st.integers(1, N_ITEMS), max_size=N_ITEMS)


@st.composite
def questions(draw):
    histories = draw(st.lists(st.lists(ITEMS, max_size=7), min_size=1, max_size=4))
    own = st.lists(LISTED, min_size=len(histories), max_size=len(histories))
    return Question(
        histories=histories,
        top_k=draw(st.integers(1, N_ITEMS + 1)),
        exclude_seen=draw(st.sampled_from([None, True, False])),
        among=draw(st.none() | LISTED | own),
        without=draw(st.none() | LISTED | own),
    )


def alone(model, question):
    """What `recommend_next` says: ids, or the words of its refusal."""
    arguments = vars(question).copy()
    try:
        return model.recommend_next(arguments.pop("histories"), **arguments).tolist()
    except (TypeError, ValueError) as error:
        return str(error)


def scores_of(model, question):
    """All scores after each history: (B, n_items)."""
    histories = np.zeros((len(question.histories), 5), np.int64)
    for row, history in enumerate(question.histories):
        known = [item for item in history if item <= N_ITEMS][-5:]
        histories[row, 5 - len(known) :] = known
    return model.scorer_(histories).numpy()


def assert_alike(model, question, answer):
    due = alone(model, question)
    if isinstance(answer, Refusal):
        assert str(answer) == due
        return
    every = scores_of(model, question)
    for row, (items, due_items) in enumerate(zip(answer.items, due, strict=True)):
        numbers = np.array(items) - 1
        np.testing.assert_allclose(answer.scores[row], every[row, numbers], atol=1e-5)
        # Where two scores agree but for rounding, either order is right.
        np.testing.assert_allclose(
            every[row, numbers], every[row, np.array(due_items) - 1], atol=1e-5
        )
        assert answer.n_read[row] == sum(item <= N_ITEMS for item in question.histories[row])


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=40)
@given(asked=st.lists(questions(), min_size=1, max_size=6))
def test_together_each_has_the_answer_that_it_has_alone(name, asked):
    answers = answer_together(MODELS[name], asked)
    assert len(answers) == len(asked)
    for question, answer in zip(asked, answers, strict=True):
        assert_alike(MODELS[name], question, answer)


def test_answers_are_the_same_in_chunks_of_any_size(monkeypatch):
    rng = np.random.default_rng(0)
    asked = [
        Question(
            histories=[rng.integers(1, N_ITEMS + 1, rng.integers(0, 6)).tolist() for _ in range(n)],
            top_k=k,
            exclude_seen=bool(k % 2),
        )
        for n, k in ((3, 2), (1, 5), (5, 1), (2, 4))
    ]
    whole = answer_together(MODELS["SASRec"], asked)
    for users in (1, 2, 3, 4):
        monkeypatch.setattr(scoring, "USERS_AT_ONCE", users)
        for one, other in zip(whole, answer_together(MODELS["SASRec"], asked), strict=True):
            assert one.items == other.items
            np.testing.assert_allclose(one.scores, other.scores, atol=1e-5)


def test_equal_scores_keep_their_order_whoever_asks_beside():
    """Strangers get popularity, where ties are exact: here all items are alike popular."""
    log = [(user, 1 + (user + step) % 30, step) for user in range(30) for step in range(4)]
    log = pd.DataFrame(log, columns=["user_id", "item_id", "timestamp"])
    model = small_recommender("SASRec").fit(log)
    stranger = Question(histories=[[]], top_k=3)
    (due,) = answer_together(model, [stranger])
    for k in range(1, 31):
        beside = Question(histories=[[1, 2], []], top_k=k)
        assert answer_together(model, [beside, stranger, beside])[1] == due


def test_one_forward_pass_answers_all(monkeypatch):
    model = MODELS["SASRec"]
    calls = []
    inner = model.scorer_.config.scores
    monkeypatch.setattr(
        type(model.scorer_.config),
        "scores",
        lambda self, network, histories: calls.append(len(histories)) or inner(network, histories),
    )
    answer_together(model, [Question(histories=[[1], [2]], top_k=k) for k in (1, 5, 12)])
    assert calls == [6]
