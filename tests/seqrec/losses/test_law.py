"""Which items are drawn, and how often: equal to a plain law with the rejected items taken out."""

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from seqrec.losses import in_batch_negatives, log_q, popularity_negatives, uniform_negatives
from seqrec.losses.negatives import collisions
from seqrec.losses.weighted_draws import FEW_POINTS, LINE, count_by_table, count_up_to

quick = settings(deadline=None, max_examples=50)
SAMPLERS = ["uniform", "popularity", "in_batch"]


def draw(kind, targets, N, counts, **options):
    """Negatives from the sampler called `kind`."""
    if kind == "uniform":
        return uniform_negatives(targets, N, len(counts) - 1, **options)
    if kind == "popularity":
        return popularity_negatives(targets, N, counts, **options)
    return in_batch_negatives(targets, N, **options)


def weights_of(kind, targets, counts):
    """(V,) what each item's probability is proportional to before rejection, by definition."""
    if kind == "uniform":
        return np.array([0.0] + [1.0] * (len(counts) - 1))
    if kind == "popularity":
        return np.array([0.0] + [float(count) ** 0.75 for count in counts[1:]])
    clicks = [int(item) for item in targets.flatten() if item]
    return np.array([0.0] + [float(clicks.count(item)) for item in range(1, len(counts))])


def plain_law(weights, rejected):
    """(V,) probabilities: weights of the rejected items set to 0, the others scaled to sum to 1."""
    left = np.array([0.0 if item in rejected else weight for item, weight in enumerate(weights)])
    return left / left.sum() if left.sum() else left


@st.composite
def batches(draw_from):
    """Targets (B, L), counts (V,), own items (B, M) or None, for a small catalogue, left-padded."""
    rng = np.random.default_rng(draw_from(st.integers(0, 10_000)))
    B = draw_from(st.integers(1, 4))
    L = draw_from(st.integers(1, 4))
    n_items = draw_from(st.integers(3, 12))
    targets = rng.integers(1, n_items + 1, (B, L))
    targets[np.arange(L)[None, :] < rng.integers(0, L, (B, 1))] = 0
    own = (
        rng.integers(0, n_items + 1, (B, draw_from(st.integers(1, 5))))
        if draw_from(st.booleans())
        else None
    )
    counts = rng.integers(1, 50, n_items + 1)
    return torch.tensor(targets), torch.tensor(counts), None if own is None else torch.tensor(own)


def rejected_at(row, place, targets, own, reject_target):
    """The set of items that must not be drawn at one position."""
    items = set() if own is None else set(own[row].tolist())
    return items | ({int(targets[row, place])} if reject_target else set())


@pytest.mark.parametrize("kind", SAMPLERS)
@quick
@given(batch=batches(), reject_target=st.booleans(), N=st.integers(1, 6), seed=st.integers(0, 99))
def test_no_rejected_item_no_padding_and_no_unknown_item_is_ever_drawn(
    kind, batch, reject_target, N, seed
):
    targets, counts, own = batch
    weights = weights_of(kind, targets, counts)
    cells = [(row, place) for row in range(len(targets)) for place in range(targets.shape[1])]
    laws = {
        cell: plain_law(weights, rejected_at(*cell, targets, own, reject_target)) for cell in cells
    }
    options = {"seed": seed, "reject_target": reject_target, "own_items": own}
    if any(law.sum() == 0 for law in laws.values()):
        with pytest.raises(ValueError, match="nothing is left to draw"):
            draw(kind, targets, N, counts, **options)
        return
    negatives = draw(kind, targets, N, counts, **options)
    assert negatives.shape == (*targets.shape, N) and negatives.dtype == torch.int64
    for row, place in cells:
        if targets[row, place] == 0:
            assert (negatives[row, place] == 0).all(), "padding gets padding"
        else:
            assert (laws[row, place][negatives[row, place]] > 0).all()


@pytest.mark.parametrize("own", [None, [[2, 5, 5, 0], [1, 2, 3, 0], [0, 0, 0, 0]]])
@pytest.mark.parametrize("reject_target", [True, False])
@pytest.mark.parametrize("kind", SAMPLERS)
def test_draws_follow_the_plain_law_at_every_position(kind, reject_target, own):
    targets = torch.tensor([[0, 2, 4], [6, 3, 3], [1, 5, 6]])
    counts = torch.tensor([1000, 40, 1, 7, 300, 12, 90, 3])
    own = None if own is None else torch.tensor(own)
    N = 20_000
    negatives = draw(kind, targets, N, counts, seed=0, reject_target=reject_target, own_items=own)
    weights = weights_of(kind, targets, counts)
    for row, place in targets.nonzero().tolist():
        law = plain_law(weights, rejected_at(row, place, targets, own, reject_target))
        seen = np.bincount(negatives[row, place], minlength=len(law))
        possible = law > 0
        assert seen[~possible].sum() == 0
        if possible.sum() > 1:
            assert chisquare(seen[possible], N * law[possible]).pvalue > 1e-4, (row, place)


@pytest.mark.parametrize("kind", SAMPLERS)
@quick
@given(batch=batches(), reject_target=st.booleans())
def test_log_q_is_the_log_of_the_plain_law_and_sums_to_one(kind, batch, reject_target):
    targets, counts, own = batch
    weights = weights_of(kind, targets, counts)
    for row, place in targets.nonzero().tolist():
        law = plain_law(weights, rejected_at(row, place, targets, own, reject_target))
        items = np.flatnonzero(law)
        if len(items) == 0:
            continue
        one_target = targets[row : row + 1, place]
        log_p = log_q(
            torch.tensor(items)[None, :],
            one_target,
            torch.tensor(weights),
            reject_target=reject_target,
            own_items=None if own is None else own[row : row + 1],
        )
        assert np.allclose(log_p[0], np.log(law[items]), atol=1e-9)
        assert log_p.exp().sum() == pytest.approx(1, abs=1e-9)


def test_log_q_is_zero_at_padding_and_refuses_what_the_sampler_never_draws():
    targets, negatives = torch.tensor([[0, 3]]), torch.tensor([[[0, 0], [1, 2]]])
    weights = torch.tensor([0, 2, 6, 8])
    log_p = log_q(negatives, targets, weights)
    assert log_p[0, 0].tolist() == [0, 0]
    assert log_p[0, 1].exp().tolist() == pytest.approx([0.25, 0.75])
    for never, options in (
        ([3, 1], {}),
        ([1, 2], {"own_items": [[2]]}),
        ([1, 0], {}),
        ([1, 1], {"own_items": [[1, 2]]}),
    ):
        with pytest.raises(ValueError, match="never draws"):
            log_q(torch.tensor([[[0, 0], never]]), targets, weights, **options)
    unrejected = log_q(torch.tensor([[[0, 0], [3, 3]]]), targets, weights, reject_target=False)
    assert unrejected[0, 1].exp().tolist() == pytest.approx([0.5, 0.5])


def test_an_item_however_rare_can_still_be_drawn_and_has_a_probability():
    counts = torch.tensor([0, 10**15, 1, 0])
    negatives = popularity_negatives(torch.tensor([1]), 5, counts, alpha=1, seed=0)
    assert negatives.tolist() == [[2] * 5]
    assert log_q(torch.tensor([[2]]), torch.tensor([3]), counts).isfinite().all()


def test_a_point_at_the_very_start_of_a_hole_is_pushed_past_it():
    # Of what remains, two steps long, the hole begins at the second.
    counts = torch.tensor([0, 1, 10**15, 1])
    negatives = popularity_negatives(
        [1], 100, counts, alpha=1, seed=0, reject_target=False, own_items=[[2]]
    )
    assert set(negatives.flatten().tolist()) == {1, 3}


def rows_of_marks(rng, B, M, length):
    """(B, M) ascending marks, some twice, spread evenly or not at all, and where each row ends."""
    end = rng.integers(1, length, B, endpoint=True)
    skew = rng.choice([1, 5, 30], (B, 1))
    marks = (rng.random((B, M)) ** skew * (end[:, None] + 1)).astype(np.int64)
    marks = np.where(rng.random((B, 1)) < 0.3, end[:, None] - marks.clip(max=end[:, None]), marks)
    marks[rng.random((B, M)) < 0.2] = 0  # padding of own items begins at 0
    return np.sort(marks, axis=1), end


@quick
@given(
    B=st.integers(1, 4),
    M=st.integers(1, 200),
    K=st.integers(1, 300),
    length=st.sampled_from([1, 7, 1000, LINE]),
    seed=st.integers(0, 99),
)
@example(B=1, M=1, K=1, length=1, seed=0)
def test_the_table_counts_what_a_search_counts(B, M, K, length, seed):
    rng = np.random.default_rng(seed)
    marks, end = rows_of_marks(rng, B, M, length)
    points = (rng.random((B, K)) * end[:, None]).astype(np.int64)
    # At a mark, and one step to each side.
    near = marks[:, rng.integers(0, M, K)] + rng.integers(-1, 2, K)
    points = np.where(rng.random((B, K)) < 0.5, near.clip(0, end[:, None] - 1), points)
    marks, points, end = (torch.tensor(values) for values in (marks, points, end))
    before = marks.clone(), points.clone()
    assert torch.equal(
        count_by_table(marks, points, end), torch.searchsorted(marks, points, right=True)
    )
    assert torch.equal(marks, before[0]) and torch.equal(points, before[1])


@pytest.mark.parametrize("K", [FEW_POINTS - 1, FEW_POINTS])
def test_few_points_and_many_are_counted_alike(K):
    rng = np.random.default_rng(0)
    marks, end = (torch.tensor(values) for values in rows_of_marks(rng, 1, 50, LINE))
    points = torch.from_numpy(rng.integers(0, int(end), (1, K)))
    wanted = (marks <= points[0][:, None]).sum(dim=1)
    assert torch.equal(count_up_to(marks, points, end)[0], wanted)


def test_points_crowded_into_a_sliver_of_the_line_take_few_rounds(monkeypatch):
    rounds = []
    where = torch.where
    monkeypatch.setattr(torch, "where", lambda *parts: (rounds.append(1), where(*parts))[1])
    marks = torch.arange(1, 50_001)[None, :]  # all in the first of the pieces
    points = torch.randint(0, 60_000, (1, 1_000), generator=torch.Generator().manual_seed(0))
    count = count_by_table(marks, points, torch.tensor([LINE]))
    assert torch.equal(count, points.clamp(max=50_000))
    assert 0 < len(rounds) / 2 <= 17, (
        "halving 50,000 marks takes at most 17 rounds, a step at a time takes 50,000"
    )


@pytest.mark.parametrize("n_items", [10, 500])
def test_uniform_negatives_hit_the_target_once_in_n_items_unless_it_is_rejected(n_items):
    targets = torch.randint(1, n_items + 1, (200, 50), generator=torch.Generator().manual_seed(0))
    negatives = uniform_negatives(targets, 10, n_items, seed=0, reject_target=False)
    drawn, hits, own = collisions(negatives, targets)
    assert drawn == 100_000 and own == 0
    assert abs(hits - drawn / n_items) < 4 * np.sqrt(drawn / n_items)
    assert collisions(uniform_negatives(targets, 10, n_items, seed=0), targets).target == 0
