"""What predictions are worth: by hand, by clicks drawn from the law, at both ends of the scale."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.zooplus_sim.benchmark.small import (
    N_PRODUCTS,
    best_lists,
    best_probabilities,
    csv_text,
    saved,
    small_track,
)
from zooplus_sim.benchmark.answers import Piece, read_predictions
from zooplus_sim.benchmark.judging import (
    Judge,
    divergence,
    expected_of_lists,
    expected_of_scores,
    judge,
)


@pytest.fixture(scope="module")
def track():
    return small_track()


@pytest.fixture(scope="module")
def best(track):
    return best_probabilities(track)


def test_the_oracle_has_all_of_the_lift_and_no_regret(tmp_path, track, best):
    verdict = judge(track, saved(tmp_path / "a.npz", track, probabilities=best))
    for metric in ("ndcg", "hit_rate"):
        share = verdict.share(metric)
        assert share.value == pytest.approx(1) and share.low == pytest.approx(1)
        assert verdict.judged[metric] == pytest.approx(verdict.oracle[metric])
    assert verdict.mean(verdict.regret["judged"]).value == pytest.approx(0, abs=1e-12)
    assert (verdict.regret["popularity"] > 0).all()


def test_popularity_has_none_of_it(tmp_path, track):
    clicks = np.bincount(track.log("train")["item_id"], minlength=N_PRODUCTS + 1)[1:]
    scores = np.tile(clicks, (60, 1))
    verdict = judge(track, saved(tmp_path / "a.npz", track, scores=scores))
    assert verdict.share("ndcg").value == verdict.share("hit_rate").value == 0
    assert "judged" not in verdict.regret


def test_lists_scores_and_probabilities_of_one_model_are_worth_the_same(tmp_path, track, best):
    rng = np.random.default_rng(0)
    model = rng.dirichlet(np.ones(N_PRODUCTS), size=60) * 0.5 + best * 0.5
    lists = 1 + np.argsort(-model, axis=1)
    answers = [
        saved(tmp_path / "a.npz", track, probabilities=model),
        saved(tmp_path / "b.npz", track, scores=np.log(model).astype(np.float32)),
        saved(tmp_path / "c.npz", track, items=lists[:, :10]),
        saved(tmp_path / "d.npz", track, items=lists[:, :17].astype(np.uint16)),
        tmp_path / "e.csv",
    ]
    answers[-1].write_text(csv_text(track, lists[:, :10]))
    verdicts = [judge(track, path) for path in answers]
    for other in verdicts[1:]:
        for metric in ("ndcg", "hit_rate"):
            np.testing.assert_allclose(other.judged[metric], verdicts[0].judged[metric])
    assert 0 < verdicts[0].share("ndcg").value < 1


def test_parquet_files_too_and_in_pieces(tmp_path, track, best):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    users = track.test_histories[0]
    whole = judge(track, saved(tmp_path / "a.npz", track, probabilities=best))
    folder = tmp_path / "pieces"
    folder.mkdir()
    order = np.random.default_rng(1).permutation(60)
    for number, rows in enumerate((order[:10], order[10:])):
        columns = {
            "track": [track.token] * len(rows),
            "user_id": users[rows],
            "probabilities": list(best[rows].astype(np.float32)),
        }
        parquet.write_table(pyarrow.table(columns), folder / f"{number}.parquet")
    pieces = judge(track, folder)
    np.testing.assert_allclose(pieces.judged["ndcg"], whole.judged["ndcg"], atol=1e-6)
    assert abs(pieces.mean(pieces.regret["judged"]).value) < 1e-6
    lists = [row[: 3 + number % 8] for number, row in enumerate(best_lists(track).tolist())]
    columns = {"track": [track.token] * 60, "user_id": users, "items": lists}
    parquet.write_table(pyarrow.table(columns), tmp_path / "lists.parquet")
    short = judge(track, tmp_path / "lists.parquet")
    assert (short.judged["ndcg"] <= whole.judged["ndcg"] + 1e-12).all()
    assert 0 < short.share("ndcg").value < 1


def test_the_expectation_is_the_mean_over_clicks_drawn_from_the_law(track, best):
    """20,000 next clicks of each shopper, and the hits of one list among them, counted."""
    rng = np.random.default_rng(0)
    law = np.pad(best, ((0, 0), (1, 0)))[:5]
    lists = 1 + rng.permuted(np.tile(np.arange(N_PRODUCTS), (5, 1)), axis=1)
    hit_rate, ndcg = expected_of_lists(law, lists, 10)
    for row in range(5):
        drawn = rng.choice(N_PRODUCTS + 1, size=20_000, p=law[row])
        rank = np.argmax(lists[row][None] == drawn[:, None], axis=1)
        gains = np.where(rank < 10, 1 / np.log2(rank + 2), 0.0)
        for counted, expected in ((rank < 10, hit_rate[row]), (gains, ndcg[row])):
            assert abs(counted.mean() - expected) < 4 * counted.std() / np.sqrt(20_000) + 1e-9


def test_equal_scores_share_their_places():
    p = np.array([[0, 0.5, 0.3, 0.2]])
    scores = np.array([[9, 2, 2, 7.0]])
    hit_rate, ndcg = expected_of_scores(p, scores, 2)
    second = 1 / np.log2(3)
    assert hit_rate == pytest.approx([0.2 + 0.8 / 2]) and ndcg == pytest.approx(
        [0.2 + 0.4 * second]
    )
    hit_rate, ndcg = expected_of_scores(p, np.full((1, 4), -np.inf), 10)
    assert hit_rate == pytest.approx([1]) and ndcg == pytest.approx([(1 + second + 0.5) / 3])


@given(seed=st.integers(0, 1000), levels=st.integers(1, 6), k=st.integers(1, 12))
@settings(max_examples=30, deadline=None)
def test_equal_scores_are_worth_the_mean_over_their_orders(seed, levels, k):
    """Against all orders of five products, one by one."""
    rng = np.random.default_rng(seed)
    p = np.pad(rng.dirichlet(np.ones(5), size=3), ((0, 0), (1, 0)))
    scores = rng.integers(0, levels, (3, 6))
    got = expected_of_scores(p, scores, k)
    for row in range(3):
        orders = [
            order
            for order in itertools.permutations(range(1, 6))
            if all(scores[row, a] >= scores[row, b] for a, b in itertools.pairwise(order))
        ]
        lists = np.array(orders)
        each = expected_of_lists(np.repeat(p[row : row + 1], len(lists), axis=0), lists, k)
        for one, other in zip(got, each, strict=True):
            assert one[row] == pytest.approx(other.mean())


def test_by_hand():
    p = np.array([[0, 0.5, 0.3, 0.2]])
    hit_rate, ndcg = expected_of_lists(p, np.array([[3, 0, 1]]), 10)
    assert hit_rate == pytest.approx([0.7]) and ndcg == pytest.approx([0.2 + 0.5 / 2])
    assert expected_of_lists(p, np.array([[3, 0, 1]]), 1)[0] == pytest.approx([0.2])
    q = np.array([[0, 0.25, 0.5, 0.25]])
    expected = 0.5 * np.log(2) + 0.3 * np.log(0.6) + 0.2 * np.log(0.8)
    assert divergence(p, q) == pytest.approx([expected])
    assert divergence(p, np.array([[0, 0.5, 0.5, 0]])) == [np.inf]
    assert divergence(np.array([[0, 0.5, 0.5, 0]]), p) > 0


@given(seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_no_list_is_worth_more_than_the_oracles(track, best, seed):
    rng = np.random.default_rng(seed)
    lists = 1 + rng.permuted(np.tile(np.arange(N_PRODUCTS), (60, 1)), axis=1)
    law = np.pad(best, ((0, 0), (1, 0)))
    top = 1 + np.argsort(-best, axis=1)
    for any_list, best_list in zip(
        expected_of_lists(law, lists, 10), expected_of_lists(law, top, 10), strict=True
    ):
        assert (any_list <= best_list + 1e-12).all()


def test_an_interval_covers_the_share_of_all_shoppers():
    """95 % intervals of 40 draws of 60 shoppers, about the share of 2,400."""
    track = small_track(test_shoppers=2400)
    best = best_probabilities(track)
    rng = np.random.default_rng(0)
    model = best + rng.dirichlet(np.ones(N_PRODUCTS), size=2400) * 0.3
    court = Judge(track)
    users = track.test_histories[0]
    lists = 1 + np.argsort(-model, axis=1)[:, :10]
    piece = {"where": "a", "first": 0, "tokens": [track.token], "kind": "items"}
    court.add(Piece(user_id=users, values=lists, **piece))
    whole = court.verdict()
    truth = whole.share("ndcg").value
    covered = 0
    for rows in np.split(rng.permutation(2400), 40):
        part = type(whole)(
            track=track,
            **{
                name: {key: values[rows] for key, values in getattr(whole, name).items()}
                for name in ("popularity", "judged", "oracle", "regret")
            },
        )
        share = part.share("ndcg")
        covered += share.low <= truth <= share.high
    assert 33 <= covered <= 40


def test_what_rules_out_what_comes_has_infinite_regret(tmp_path, track, best):
    certain = np.zeros_like(best)
    certain[:, 0] = 1.0
    verdict = judge(track, saved(tmp_path / "a.npz", track, probabilities=certain))
    assert verdict.mean(verdict.regret["judged"]).value == np.inf


def test_new_products_are_judged_by_the_later_shops_law(tmp_path):
    track = small_track(new_products=10)
    best = best_probabilities(track)
    assert best.shape == (60, 40) and best[:, 30:].sum() > 1
    verdict = judge(track, saved(tmp_path / "a.npz", track, probabilities=best))
    assert verdict.share("ndcg").value == pytest.approx(1)


def test_large_files_come_in_pieces(tmp_path):
    track = small_track(test_shoppers=600)
    path = saved(tmp_path / "a.npz", track, items=np.ones((600, 1), dtype=int))
    assert [len(piece.user_id) for piece in read_predictions(path)] == [256, 256, 88]
