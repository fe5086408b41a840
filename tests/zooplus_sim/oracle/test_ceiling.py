"""Expected scores:

equal to their definition, best for the oracle's own ranking, and met by what really happens.
"""

import numpy as np
import pytest

from tests.zooplus_sim.oracle.worlds import as_histories
from zooplus_sim import Oracle, ZooplusSimulator


@pytest.fixture(scope="module")
def sim():
    return ZooplusSimulator(n_users=1500)


@pytest.fixture(scope="module")
def clicks(sim):
    return as_histories(sim.journeys(events_per_user=12, seed=5))


@pytest.fixture(scope="module")
def oracle(sim):
    return Oracle(sim)


def plain_expected_scores(probability, score, k):
    """The definition:

    for each possible next item, its rank (ties against), its gain, times its probability.
    """
    hit_rate = ndcg = 0.0
    for item in range(1, len(probability)):
        rank = sum(score[other] >= score[item] for other in range(1, len(score)) if other != item)
        if rank < k:
            hit_rate += probability[item]
            ndcg += probability[item] / np.log2(rank + 2)
    return hit_rate, ndcg


@pytest.mark.parametrize("k", [1, 10, 50, 200])
def test_the_ceiling_is_the_expected_score_of_the_best_ranking(oracle, clicks, k):
    histories = np.concatenate([np.zeros((3, 2), dtype=int), clicks[:3, :4]], axis=1)
    predictions, ceiling = oracle.filter(histories), oracle.ceiling(histories, k)
    for row in range(3):
        for t in range(6):
            chance = predictions[row, t]
            ranking = np.argsort(np.argsort(chance))  # without ties
            expected = plain_expected_scores(chance, ranking, k)
            assert (ceiling.hit_rate[row, t], ceiling.ndcg[row, t]) == pytest.approx(
                expected, abs=1e-12
            )


def test_expected_scores_follow_their_definition_and_ties_count_against(oracle, clicks):
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 8, (20, 51)).astype(float)  # many ties
    scores[0] = 1.0
    chance = oracle.next_item_probabilities(clicks[:20])
    hit_rate, ndcg = oracle.expected_scores(clicks[:20], scores, k=10)
    expected = [
        plain_expected_scores(p, score, 10) for p, score in zip(chance, scores, strict=True)
    ]
    np.testing.assert_allclose(np.stack([hit_rate, ndcg], axis=1), expected, rtol=0, atol=1e-12)
    assert hit_rate[0] == ndcg[0] == 0, "a constant ranks nothing"


def test_no_ranking_passes_the_ceiling(oracle, clicks):
    ceiling = oracle.ceiling(clicks)
    chance = oracle.next_item_probabilities(clicks)
    rng = np.random.default_rng(0)
    for scores in (
        chance,
        chance + 1e-3 * rng.random(chance.shape),
        rng.random(chance.shape),
        -chance,
    ):
        hit_rate, ndcg = oracle.expected_scores(clicks, scores)
        assert (hit_rate <= ceiling.hit_rate[:, -1] + 1e-12).all()
        assert (ndcg <= ceiling.ndcg[:, -1] + 1e-12).all()
    ranking = np.argsort(np.argsort(chance, axis=1), axis=1)
    np.testing.assert_allclose(
        oracle.expected_scores(clicks, ranking)[1], ceiling.ndcg[:, -1], rtol=0, atol=1e-12
    )


def test_by_position_is_the_mean_over_equally_many_clicks(oracle, clicks):
    histories = clicks[:40, :6].copy()
    histories[:10, :2] = 0
    ceiling = oracle.ceiling(histories, 5)
    table = ceiling.by_position()
    assert table.index.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert table["positions"].tolist() == [20, 40, 40, 40, 40, 30, 30]
    expected = np.r_[ceiling.ndcg[:10, 4], ceiling.ndcg[10:, 2]].mean()
    assert table.loc[3, "ndcg"] == pytest.approx(expected, abs=1e-12)


def test_the_expected_ceiling_is_what_happens_with_less_noise(oracle, clicks):
    histories, target = clicks[:, :-1], clicks[:, -1]
    ceiling = oracle.ceiling(histories).ndcg[:, -1]
    chance = oracle.next_item_probabilities(histories)
    rank = (chance > np.take_along_axis(chance, target[:, None], 1)).sum(1)
    realised = np.where(rank < 10, 1 / np.log2(rank + 2), 0.0)
    difference = realised - ceiling
    assert abs(difference.mean()) < 4 * difference.std() / np.sqrt(len(target))
    assert ceiling.std() < realised.std()


def test_a_shorter_window_and_less_knowledge_cost(sim, oracle, clicks):
    """Under the oracle's own posterior, whatever forgets ranks worse; whatever is told more has a
    higher ceiling.
    """
    histories = clicks[:, :-1]
    ceiling = oracle.ceiling(histories).ndcg[:, -1].mean()
    by_window = []
    for w in (1, 4, 11):
        chance = oracle.restarted(w).next_item_probabilities(histories)
        ranking = chance.argsort(1).argsort(1)  # without ties
        by_window.append(oracle.expected_scores(histories, ranking)[1].mean())
    assert by_window[0] < by_window[1] < by_window[2]
    assert by_window[2] == pytest.approx(ceiling, abs=1e-12)
    personas = [sim.user_to_persona_map[user] for user in range(len(histories))]
    assert (
        oracle.ceiling(histories[:, :3], personas=personas).ndcg.mean()
        > oracle.ceiling(histories[:, :3]).ndcg.mean()
    )
