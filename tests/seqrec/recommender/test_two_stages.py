"""Two stages:

what is not found is not shown, what is found is ranked as the ranker would, and the budget adds up.
"""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.items import Content, Labels
from seqrec.metrics import expected_ndcg, gains
from seqrec.models import BST, BERT4Rec, MeanPoolBST, SASRec, TwoTower
from seqrec.recommender import (
    BERT4RecConfig,
    BSTConfig,
    NearestItems,
    SASRecConfig,
    SequentialRecommender,
    TwoStageRecommender,
    TwoTowerConfig,
    error_budget,
    rerank,
    retrieve,
)
from tests.seqrec.recommender.shops import going_round, pure_noise, small_recommender

N_ITEMS, MAX_LEN = 30, 6
HISTORIES = torch.tensor(
    [[0, 0, 3, 14, 7, 2], [1, 2, 30, 4, 5, 6], [0, 0, 0, 0, 0, 9], [0, 0, 0, 0, 0, 0]]
)
RANKERS = {
    "SASRec": SASRec,
    "BERT4Rec": BERT4Rec,
    "BST": BST,
    "MeanPoolBST": MeanPoolBST,
    "TwoTower": TwoTower,
}


def make(name, seed=0, **options):
    torch.manual_seed(seed)
    return RANKERS[name](N_ITEMS, MAX_LEN, D=8, H=1, **options)


def full_scores(network, histories):
    """(B, n_items):

    the logits or log-probabilities of the whole catalogue, by each model's own way.
    """
    return network.score_catalogue(histories)[:, 1:]


def some_candidates(seed, C=12):
    generator = torch.Generator().manual_seed(seed)
    return torch.stack([torch.randperm(N_ITEMS, generator=generator)[:C] + 1 for _ in HISTORIES])


@pytest.mark.parametrize("name", RANKERS)
@pytest.mark.parametrize("training", [True, False])
def test_reranking_everything_is_the_full_ranking_and_the_mode_stays(name, training):
    ranker = make(name, dropout=0.3).train(training)
    everything = torch.arange(1, N_ITEMS + 1).expand(len(HISTORIES), -1)
    with torch.no_grad():
        for parameter in ranker.parameters():
            parameter += 0.3 * torch.randn(
                parameter.shape
            )  # biases too, so that none can be left out unnoticed
    items, scores = rerank(ranker, HISTORIES, everything, N_ITEMS)
    assert ranker.training == training and not scores.requires_grad
    expected = full_scores(ranker.eval(), HISTORIES)
    assert torch.equal(items, expected.argsort(dim=1, descending=True) + 1)
    torch.testing.assert_close(
        scores.log_softmax(1), expected.log_softmax(1).gather(1, items - 1), atol=1e-4, rtol=0
    )


@pytest.mark.parametrize("name", RANKERS)
def test_only_candidates_are_shown_in_the_rankers_order(name):
    ranker, candidates = make(name).eval(), some_candidates(3)
    items, _ = rerank(ranker, HISTORIES, candidates, 12)
    whole = full_scores(ranker, HISTORIES)
    for row, shown in enumerate(items):
        assert set(shown.tolist()) == set(candidates[row].tolist())
        assert (whole[row, shown - 1].diff() <= 0).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 99), st.integers(1, 12), st.sampled_from(["SASRec", "Ties"]))
def test_the_order_of_the_candidates_changes_nothing(seed, k, kind):
    ranker = make("SASRec") if kind == "SASRec" else Ties()
    candidates = some_candidates(seed)
    shuffled = candidates[:, torch.randperm(12, generator=torch.Generator().manual_seed(seed))]
    first, second = (rerank(ranker, HISTORIES, some, k) for some in (candidates, shuffled))
    assert torch.equal(first[0], second[0]) and torch.equal(first[1], second[1])


class Ties(torch.nn.Module):
    """All items are worth the same."""

    n_items = N_ITEMS

    def score_candidates(self, histories, candidates):
        return torch.zeros(candidates.shape)


def test_nothing_is_no_candidate_and_comes_last():
    candidates = torch.tensor([[0, 5, 0, 2], [0, 0, 0, 0], [1, 2, 3, 4], [0, 0, 0, 30]])
    items, scores = rerank(make("SASRec"), HISTORIES, candidates, 3)
    assert torch.equal(items == 0, scores == -torch.inf)
    assert (items == 0).sum(dim=1).tolist() == [1, 3, 0, 2]
    assert [
        set(row[row > 0].tolist()) <= set(found)
        for row, found in zip(items, candidates.tolist(), strict=True)
    ]


def test_chunks_of_users_change_nothing(monkeypatch):
    ranker, candidates = make("BST").eval(), some_candidates(1)
    whole = rerank(ranker, HISTORIES, candidates, 5)
    monkeypatch.setattr("seqrec.recommender.two_stages.PAIRS_AT_ONCE", 13)  # one user at a time
    for part, expected in zip(rerank(ranker, HISTORIES, candidates, 5), whole, strict=True):
        torch.testing.assert_close(part, expected)


@pytest.mark.parametrize("user", ["profile", "sequence"])
def test_what_is_retrieved_is_the_top_of_the_towers_catalogue_and_never_padding_or_mask(user):
    tower = make("TwoTower", user=user, dropout=0.4)
    with torch.no_grad():
        tower.encoder.item.weight[0] += 100  # if they could be found, they would be
        tower.encoder.item.weight[-1] += 100
    histories = HISTORIES[:3]  # of nobody, all items are as near
    found = retrieve(tower, histories, 10)
    assert tower.training and found.min() >= 1 and found.max() <= N_ITEMS
    expected = tower.score_catalogue(histories)
    assert torch.equal(found, expected.topk(10, dim=1).indices)
    index = NearestItems(tower.eval().item_vectors, n_cells=4, n_probe=4)
    assert torch.equal(retrieve(tower, histories, 10, index), found)


def test_what_was_missed_is_never_shown_however_good_it_is():
    class Loves30(Ties):
        def score_candidates(self, histories, candidates):
            return (candidates == 30).float()

    candidates = torch.tensor([[1, 2, 3], [3, 30, 2], [4, 5, 6], [7, 8, 9]])
    items, _ = rerank(Loves30(), HISTORIES, candidates, 3)
    assert (items == 30).sum(dim=1).tolist() == [0, 1, 0, 0] and items[1, 0] == 30


@pytest.mark.parametrize(
    ("candidates", "k", "said"),
    [
        (torch.tensor([[1, 2]]), 1, r"a row per user in both, got \(4, 6\) and \(1, 2\)"),
        (torch.ones(4, dtype=torch.long), 1, r"and \(4,\)"),
        (some_candidates(0), 13, "k is 13, but there are only 12 candidates a user"),
        (some_candidates(0), 0, "k must be a whole number of 1 or more"),
        (
            torch.tensor([[1, 2], [1, 2], [1, 31], [1, 2]]),
            1,
            "candidate 31 of user 2 is no item: they are 1 to 30",
        ),
        (torch.tensor([[1, 2], [-1, 2], [1, 3], [1, 2]]), 1, "candidate -1 of user 1 is no item"),
        (torch.tensor([[1, 2], [1, 2], [1, 2], [8, 8]]), 1, "candidate 8 of user 3 comes twice"),
    ],
)
def test_bad_candidates_are_refused(candidates, k, said):
    with pytest.raises(ValueError, match=said):
        rerank(make("SASRec"), HISTORIES, candidates, k)


# --- The error budget
# ---------------------------------------------------------------------------------------------


def random_contest(seed, tied):
    rng = np.random.default_rng(seed)
    law = np.pad(rng.dirichlet(np.full(9, 0.4), 5), ((0, 0), (1, 0)))
    scores = np.pad(rng.normal(size=(5, 9)), ((0, 0), (1, 0)), constant_values=-np.inf)
    scores = scores.round() if tied else scores
    candidates = np.stack([rng.permutation(9)[:5] + 1 for _ in range(5)]) * (
        rng.random((5, 5)) > 0.1
    )
    return law, scores, candidates


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 999), st.integers(1, 12), st.booleans())
def test_the_budget_adds_up_and_its_parts_are_what_they_are_called(seed, k, tied):
    law, scores, candidates = random_contest(seed, tied)
    budget = error_budget(law, scores, candidates, k)
    np.testing.assert_allclose(
        budget.oracle - budget.ranking_error - budget.missed + budget.moved_up,
        budget.two_stages,
        atol=1e-12,
    )
    k = min(k, 9)
    np.testing.assert_allclose(
        budget.oracle - budget.ranking_error, expected_ndcg(scores, law, k), atol=1e-12
    )
    for row in range(5):
        found = {int(item) for item in candidates[row] if item}
        place = {j: sum(scores[row, 1:] >= scores[row, j]) for j in range(1, 10)}
        staged = {j: sum(scores[row, i] >= scores[row, j] for i in found) for j in found}
        worth = {j: (place[j] <= k) / np.log2(place[j] + 1) for j in place}
        missed = sum(law[row, j] * worth[j] for j in place if j not in found)
        listed = sum(law[row, j] * (staged[j] <= k) / np.log2(staged[j] + 1) for j in found)
        np.testing.assert_allclose(
            [budget.missed[row], budget.two_stages[row]], [missed, listed], atol=1e-12
        )
    assert (budget.missed >= 0).all() and (budget.moved_up >= -1e-12).all()


def test_with_all_items_found_only_the_ranking_error_is_left():
    law, scores, _ = random_contest(0, tied=False)
    budget = error_budget(law, scores, np.tile(np.arange(1, 10), (5, 1)), 4)
    assert (budget.missed == 0).all() and np.allclose(budget.moved_up, 0)
    assert np.allclose(
        error_budget(law, law, np.tile(np.arange(1, 10), (5, 1)), 4).ranking_error, 0
    )


def test_gains_of_a_constant_are_nothing_and_padding_earns_nothing():
    assert (gains(np.zeros((2, 8)), 3) == 0).all()
    assert (gains(np.eye(8)[:1], 8)[:, 0] == 0).all()


def test_a_budget_of_tables_that_do_not_match_is_refused():
    law, scores, candidates = random_contest(0, tied=False)
    with pytest.raises(ValueError, match=r"law \(5, 10\) and scores \(5, 9\)"):
        error_budget(law, scores[:, 1:], candidates, 3)


# --- From log to lists
# --------------------------------------------------------------------------------------------

LOG = pure_noise(40, 6, 12, seed=1)


def fitted(config, log=LOG, items=range(1, 13), max_len=5):
    return small_recommender(config, max_len=max_len).fit(log, items=items)


@pytest.fixture(scope="module")
def retriever():
    return fitted(TwoTowerConfig(D=8))


@pytest.mark.parametrize(
    "config", [SASRecConfig(D=8, H=1), BERT4RecConfig(D=8, H=1), BSTConfig(D=8, H=1)]
)
def test_with_all_items_as_candidates_the_lists_are_those_of_the_ranker(retriever, config):
    ranker = fitted(config, max_len=4)  # the two may read different lengths
    lists = TwoStageRecommender(retriever, ranker).recommend(LOG, top_k=4)
    np.testing.assert_array_equal(lists, ranker.recommend(LOG, top_k=4))


def test_new_products_are_found_and_ranked_by_content_once_the_stages_are_made_anew():
    catalogue = pd.DataFrame({"item_id": range(1, 15), "kind": list("ab" * 7)})
    content = Content(columns=[Labels("kind")])
    models = [
        small_recommender(config, max_len=5).fit(LOG, items=catalogue[:12])
        for config in (
            TwoTowerConfig(D=8, content=content),
            SASRecConfig(D=8, H=1, content=content),
        )
    ]
    stages = TwoStageRecommender(*models)
    np.testing.assert_array_equal(stages.recommend(LOG, top_k=3), models[1].recommend(LOG, top_k=3))
    for model in models:
        model.add_items(catalogue[12:])
        with pytest.raises(ValueError, match="a catalogue has changed. Cure: add_items to both"):
            stages.recommend(LOG, top_k=3)
    lists = TwoStageRecommender(*models).recommend(LOG, top_k=14)
    np.testing.assert_array_equal(lists, models[1].recommend(LOG, top_k=14))


def test_lists_hold_candidates_only(retriever):
    ranker = fitted(SASRecConfig(D=8, H=1))
    lists = TwoStageRecommender(retriever, ranker, n_candidates=5).recommend(LOG, top_k=5)
    np.testing.assert_array_equal(np.sort(lists), np.sort(retriever.recommend(LOG, top_k=5)))
    assert (lists != retriever.recommend(LOG, top_k=5)).any()


def test_a_model_that_was_saved_gives_the_same_lists(retriever, tmp_path):
    ranker = fitted(SASRecConfig(D=8, H=1))
    before = TwoStageRecommender(retriever, ranker, n_candidates=6).recommend(LOG, top_k=3)
    retriever.save(tmp_path / "towers"), ranker.save(tmp_path / "ranker")
    again = (
        SequentialRecommender.load(tmp_path / name, device="cpu") for name in ("towers", "ranker")
    )
    np.testing.assert_array_equal(
        TwoStageRecommender(*again, n_candidates=6).recommend(LOG, top_k=3), before
    )


def test_text_ids_come_back_and_a_stranger_gets_what_is_popular():
    log = going_round()
    stages = TwoStageRecommender(
        fitted("TwoTower", log, None), fitted("SASRec", log, None), n_candidates=3
    )
    assert set(stages.recommend(log, top_k=2).ravel()) <= set(log["item_id"])
    stranger = log.iloc[:1].assign(user_id=999, item_id="something else")
    with pytest.warns(UserWarning):
        lists = stages.recommend(stranger, top_k=2)
        np.testing.assert_array_equal(lists, stages.ranker.recommend(stranger, top_k=2))


def test_what_makes_no_two_stages_is_refused(retriever):
    ranker = fitted(SASRecConfig(D=8, H=1))
    with pytest.raises(
        ValueError, match="the retriever is a SASRec, which has no item vectors to search"
    ):
        TwoStageRecommender(ranker, ranker)
    with pytest.raises(ValueError, match="the ranker has learned nothing yet"):
        TwoStageRecommender(retriever, small_recommender())
    with pytest.raises(ValueError, match="know different items"):
        TwoStageRecommender(retriever, fitted(SASRecConfig(D=8, H=1), items=range(1, 14)))
    with pytest.raises(ValueError, match="n_candidates must be a whole number of 1 or more, got 0"):
        TwoStageRecommender(retriever, ranker, n_candidates=0)
    with pytest.raises(ValueError, match="top_k is 9, but only 6 candidates are ranked"):
        TwoStageRecommender(retriever, ranker, n_candidates=6).recommend(LOG, top_k=9)


def test_an_approximate_search_that_finds_too_little_says_which_parameter(retriever):
    stages = TwoStageRecommender(
        retriever, fitted(SASRecConfig(D=8, H=1)), n_candidates=12, n_cells=12, n_probe=1
    )
    with pytest.raises(ValueError, match="found fewer than 11 items. Cure: a larger n_probe"):
        stages.recommend(LOG, top_k=11)
