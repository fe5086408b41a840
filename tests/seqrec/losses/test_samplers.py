"""What all samplers promise: seeds, shapes, arguments left alone, errors; and hard negatives."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.data import labelled_samples, sliding_windows
from seqrec.losses import (
    hard_negatives,
    in_batch_negatives,
    popularity_negatives,
    uniform_negatives,
)
from seqrec.losses.negatives import collisions
from zooplus_sim import ZooplusSimulator

quick = settings(deadline=None, max_examples=50)
COUNTS = torch.tensor([0, 5, 3, 9, 1, 1, 4])
SAMPLERS = {
    "uniform": lambda targets, N, **options: uniform_negatives(targets, N, 6, **options),
    "popularity": lambda targets, N, **options: popularity_negatives(targets, N, COUNTS, **options),
    "in_batch": in_batch_negatives,
}
every_sampler = pytest.mark.parametrize("sample", SAMPLERS.values(), ids=SAMPLERS)


@every_sampler
def test_the_same_seed_gives_the_same_negatives_and_a_generator_moves_on(sample):
    targets = torch.tensor([[1, 2, 3], [4, 5, 6]])
    first = sample(targets, 20, seed=7)
    assert torch.equal(first, sample(targets, 20, seed=7))
    assert not torch.equal(first, sample(targets, 20, seed=8))
    generator = torch.Generator().manual_seed(7)
    assert torch.equal(first, sample(targets, 20, seed=generator))
    assert not torch.equal(first, sample(targets, 20, seed=generator))


@every_sampler
def test_the_global_random_state_is_neither_read_nor_moved(sample):
    state = torch.get_rng_state()
    first = sample(torch.tensor([1, 2, 3]), 5, seed=0)
    assert torch.equal(state, torch.get_rng_state())
    torch.rand(1)
    assert torch.equal(first, sample(torch.tensor([1, 2, 3]), 5, seed=0))


@every_sampler
@pytest.mark.parametrize("shape", [(5,), (5, 2), (5, 2, 3), (0, 2)])
def test_negatives_have_the_shape_of_the_targets_and_one_axis_more(sample, shape):
    targets = torch.arange(np.prod(shape)).reshape(shape) % 6 + 1
    if shape[0] == 0 and sample is in_batch_negatives:
        with pytest.raises(ValueError, match="no item can be drawn"):
            sample(targets, 4, seed=0)
    else:
        assert sample(targets, 4, seed=0).shape == (*shape, 4)


@every_sampler
def test_arguments_are_left_as_they_were(sample):
    targets = torch.tensor([[0, 2], [3, 1]])
    own = torch.tensor([[2, 2, 0], [5, 1, 3]])
    counts = COUNTS.clone()
    sample(targets, 3, seed=0, own_items=own)
    assert targets.tolist() == [[0, 2], [3, 1]] and own.tolist() == [[2, 2, 0], [5, 1, 3]]
    assert torch.equal(COUNTS, counts)


@every_sampler
def test_arrays_and_read_only_arrays_are_taken_without_a_warning(sample, recwarn):
    targets = np.array([[1, 2], [3, 4]])
    targets.flags.writeable = False
    assert torch.equal(
        sample(targets, 3, seed=0), sample(torch.tensor([[1, 2], [3, 4]]), 3, seed=0)
    )
    assert not recwarn.list


@every_sampler
def test_a_user_with_one_item_left_always_gets_that_one(sample):
    targets = torch.tensor([[1, 2, 3, 4, 5], [6, 6, 6, 6, 6]])
    own = torch.tensor([[5, 4, 3, 2, 1], [0, 0, 0, 0, 0]])
    assert (sample(targets, 50, seed=0, own_items=own)[0] == 6).all()


@every_sampler
def test_a_user_who_owns_everything_is_named(sample):
    targets = torch.tensor([[1, 2, 3], [4, 5, 6], [1, 2, 3]])
    own = torch.tensor([[1, 2, 3, 0, 0, 0], [4, 5, 6, 0, 0, 0], [6, 5, 4, 3, 2, 1]])
    with pytest.raises(ValueError, match="row 2: nothing is left to draw"):
        sample(targets, 1, seed=0, own_items=own)


@every_sampler
@pytest.mark.parametrize(
    ("targets", "N", "options", "message"),
    [
        ([[1.0, 2.0]], 1, {}, "targets must hold integer item ids"),
        ([[True, False]], 1, {}, "targets must hold integer item ids"),
        (3, 1, {}, "targets must hold integer item ids"),
        ([[1, -2]], 1, {}, r"targets at \(0, 1\) holds -2"),
        ([[1, 2]], 0, {}, "N must be a whole number of 1 or more, got 0"),
        ([[1, 2]], 2.0, {}, "N must be"),
        ([[1, 2]], 1, {"own_items": [[1], [2]]}, r"own_items must be \(1, M\)"),
        ([[1, 2]], 1, {"own_items": [1, 2]}, r"own_items must be \(1, M\)"),
        ([[1, 2]], 1, {"own_items": [[-1]]}, r"own_items at \(0, 0\) holds -1"),
    ],
)
def test_nonsense_is_refused_with_its_place(sample, targets, N, options, message):
    with pytest.raises(ValueError, match=message):
        sample(targets, N, seed=0, **options)


def test_ids_beyond_the_catalogue_are_refused():
    with pytest.raises(ValueError, match=r"targets at \(0, 1\) holds 7; expected 0 to 6"):
        uniform_negatives([[1, 7]], 1, 6, seed=0)
    with pytest.raises(ValueError, match=r"own_items at \(0, 0\) holds 7"):
        popularity_negatives([[1, 2]], 1, COUNTS, seed=0, own_items=[[7]])
    with pytest.raises(ValueError, match="n_items must be"):
        uniform_negatives([1], 1, 0, seed=0)


@pytest.mark.parametrize(
    "counts", [[0, 1, -1], [0, 1, float("nan")], [0, float("inf"), 1], [[0, 1]]]
)
def test_bad_counts_are_refused(counts):
    with pytest.raises(ValueError, match="finite numbers of 0 or more"):
        popularity_negatives([1], 1, counts, seed=0)


def test_counts_without_a_click_and_negative_alpha_are_refused():
    with pytest.raises(ValueError, match="no item can be drawn"):
        popularity_negatives([1], 1, [9, 0, 0], seed=0)
    for alpha in (-0.5, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="alpha must be 0 or more"):
            popularity_negatives([1], 1, COUNTS, alpha=alpha, seed=0)


def test_popularity_negatives_with_alpha_0_are_uniform_negatives():
    targets = torch.tensor([[0, 2], [3, 1]])
    counts = torch.tensor([7, 5, 0, 9, 1, 1, 4])
    assert torch.equal(
        popularity_negatives(targets, 9, counts, alpha=0, seed=1),
        uniform_negatives(targets, 9, 6, seed=1),
    )


def test_in_batch_negatives_come_from_the_batch():
    targets = torch.tensor([[0, 4, 9], [2, 9, 40]])
    negatives = in_batch_negatives(targets, 100, seed=0)
    assert set(negatives[targets != 0].flatten().tolist()) == {2, 4, 9, 40}
    with pytest.raises(ValueError, match="row 0: nothing is left"):
        in_batch_negatives(torch.tensor([[3, 3]]), 1, seed=0)


def plain_hard(scores, target, own, N, margin, reject_target):
    """Sort the items by score, drop what is rejected, skip `margin`, take N."""
    rejected = set(own) | ({target} if reject_target else set())
    order = sorted(
        (-score, item) for item, score in enumerate(scores) if item and item not in rejected
    )
    return [item for _, item in order][margin : margin + N]


@quick
@given(st.integers(0, 9999), st.integers(0, 3), st.integers(1, 3), st.booleans(), st.booleans())
def test_hard_negatives_are_the_best_items_below_the_margin(
    seed, margin, N, reject_target, with_own
):
    rng = np.random.default_rng(seed)
    B, L, n_items = 3, 4, 12
    targets = rng.integers(0, n_items + 1, (B, L))
    own = rng.integers(0, n_items + 1, (B, 5))
    scores = rng.permutation(B * L * (n_items + 2)).reshape(B, L, n_items + 2).astype(np.float32)
    scores[..., n_items + 1] = -np.inf  # MASK
    options = {
        "margin": margin,
        "reject_target": reject_target,
        "own_items": own if with_own else None,
    }
    before = scores.copy()
    negatives = hard_negatives(torch.from_numpy(scores), torch.tensor(targets), N, **options)
    assert np.array_equal(scores, before), "the scores were edited"
    for row in range(B):
        for place in range(L):
            target = targets[row, place]
            own_here = own[row].tolist() if with_own else []
            plain = (
                plain_hard(scores[row, place], target, own_here, N, margin, reject_target)
                if target
                else [0] * N
            )
            assert negatives[row, place].tolist() == plain


def test_hard_negatives_refuse_nan_and_margins_that_leave_too_little():
    targets = torch.tensor([[1], [2]])
    scores = torch.zeros(2, 1, 6)
    assert hard_negatives(scores, targets, 2, margin=2).shape == (2, 1, 2)
    with pytest.raises(ValueError, match="row 0: fewer than margin"):
        hard_negatives(scores, targets, 2, margin=3)
    with pytest.raises(ValueError, match="row 1: fewer than margin"):
        hard_negatives(scores, targets, 2, margin=2, own_items=[[0, 0], [5, 2]])
    with pytest.raises(ValueError, match="more than the 5 items"):
        hard_negatives(scores, targets, 4, margin=2)
    with pytest.raises(ValueError, match="NaN"):
        hard_negatives(scores.masked_fill(torch.arange(6) == 4, torch.nan), targets, 1, margin=0)
    with pytest.raises(ValueError, match=r"scores must be floats \(2, 1\) \+ \(V,\)"):
        hard_negatives(scores[0], targets, 1, margin=0)
    with pytest.raises(ValueError, match="margin must be"):
        hard_negatives(scores, targets, 1, margin=-1)


def test_hard_negatives_of_padding_are_padding_even_over_nan():
    scores = torch.zeros(1, 2, 5)
    scores[0, 0] = torch.nan
    assert hard_negatives(scores, torch.tensor([[0, 1]]), 2, margin=0)[0, 0].tolist() == [0, 0]


@quick
@given(st.integers(0, 9999))
def test_collisions_equal_a_plain_count(seed):
    rng = np.random.default_rng(seed)
    targets, own = rng.integers(0, 8, (3, 4)), rng.integers(0, 8, (3, 5))
    negatives = rng.integers(1, 8, (3, 4, 6))
    drawn = hits = likes = 0
    for row in range(3):
        for place in range(4):
            for item in negatives[row, place] if targets[row, place] else []:
                drawn += 1
                hits += item == targets[row, place]
                likes += item != targets[row, place] and item in own[row]
    assert collisions(negatives, targets, own) == (drawn, hits, likes)
    assert collisions(negatives, targets) == (drawn, hits, 0)


def test_negatives_of_other_targets_cannot_be_counted():
    with pytest.raises(ValueError, match=r"negatives must be \(2,\) \+ \(N,\)"):
        collisions(torch.ones(3, 4, dtype=torch.long), torch.tensor([1, 2]))


def test_a_log_becomes_labelled_samples_without_a_false_negative():
    log = ZooplusSimulator(n_users=30).journeys(events_per_user=12, seed=1).interactions
    histories, targets = sliding_windows(log, max_len=8)
    negatives = uniform_negatives(targets, 3, n_items=50, seed=0, own_items=histories)
    samples = labelled_samples(histories, targets, negatives, seed=0)
    made_up = samples.label == 0
    assert made_up.sum() == 3 * len(targets)
    assert not (samples.history[made_up] == samples.target_item_id[made_up, None]).any()
    assert collisions(negatives, targets, histories) == (3 * len(targets), 0, 0)
