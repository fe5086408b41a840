"""Labelled samples and the Dataset hand out every window, unchanged, and edit nothing."""

import re
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from seqrec.data import SequenceDataset, labelled_samples
from tests.seqrec.data.reference import tried


def windows(n=7, length=3, n_negatives=None, seed=0):
    rng = np.random.default_rng(seed)
    shape = (n,) if n_negatives is None else (n, n_negatives)
    return rng.integers(0, 9, (n, length)), rng.integers(1, 9, n), rng.integers(1, 9, shape)


def as_rows(history, target, label):
    return Counter(
        (*h.tolist(), int(t), float(y)) for h, t, y in zip(history, target, label, strict=True)
    )


@tried
@given(st.integers(0, 12), st.integers(1, 4), st.none() | st.integers(0, 3), st.integers(0, 99))
def test_samples_are_each_window_with_its_target_and_with_each_negative(
    n, length, n_negatives, seed
):
    histories, targets, negatives = windows(n, length, n_negatives, seed)
    samples = labelled_samples(histories, targets, negatives, seed)
    expected = Counter()
    for history, target, row in zip(
        histories.tolist(), targets.tolist(), negatives.tolist(), strict=True
    ):
        expected[(*history, target, 1.0)] += 1
        for negative in [row] if n_negatives is None else row:
            expected[(*history, negative, 0.0)] += 1
    assert as_rows(*samples) == expected
    assert (
        samples.history.shape == (len(samples.label), length) and samples.label.dtype == np.float32
    )
    assert (
        samples.history.dtype == histories.dtype and samples.target_item_id.dtype == targets.dtype
    )


def test_arguments_are_not_edited_and_read_only_ones_are_fine():
    arguments = windows(50, n_negatives=2)
    copies = [a.copy() for a in arguments]
    for a in arguments:
        a.setflags(write=False)
    samples = labelled_samples(*arguments, seed=0)
    for column in samples:
        column[...] = 0
    assert all(np.array_equal(a, b) for a, b in zip(arguments, copies, strict=True))


def test_samples_are_shuffled_and_one_seed_gives_one_order():
    histories, targets, negatives = windows(200)
    a, b, other = (
        labelled_samples(histories, targets, negatives, seed)
        for seed in (1, np.random.default_rng(1), 2)
    )
    assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
    assert not np.array_equal(a.label, other.label)
    halves = a.label.reshape(2, -1).mean(axis=1)
    assert abs(halves[0] - halves[1]) < 0.3, "positives and negatives should be mixed"
    window = np.arange(200)
    rows = labelled_samples(window[:, None], targets, negatives, 1).history[:, 0]
    assert np.mean(rows[1:] == rows[:-1]) < 0.1, (
        "the samples of one window should not stand together"
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"histories": np.ones(7, int)}, "histories (N, L) and targets (N,) expected"),
        ({"targets": np.ones(6, int)}, "histories (N, L) and targets (N,) expected"),
        ({"targets": np.ones((7, 1), int)}, "histories (N, L) and targets (N,) expected"),
        ({"negatives": np.ones(6, int)}, "negatives must be (N,) or (N, K) with N = 7"),
        ({"negatives": np.ones((7, 1, 1), int)}, "negatives must be (N,) or (N, K)"),
        ({"negatives": np.ones(7)}, "negatives must hold integer item ids, got dtype float64"),
        ({"targets": np.array(["a"] * 7)}, "targets must hold integer item ids"),
        ({"histories": -np.ones((7, 3), int)}, "histories at (0, 0) holds -1"),
        ({"targets": np.array([1, 1, 0, 1, 1, 1, 1])}, "targets at (2,) holds 0"),
        ({"negatives": np.array([[1, 1]] * 6 + [[1, 0]])}, "negatives at (6, 1) holds 0"),
        ({"negatives": np.ones(7, np.uint64)}, "need one integer dtype"),
    ],
)
def test_samples_of_what_does_not_belong_together_are_refused(change, problem):
    arguments = dict(zip(("histories", "targets", "negatives"), windows(), strict=True)) | change
    with pytest.raises(ValueError, match=re.escape(problem)):
        labelled_samples(**arguments, seed=0)


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint8, np.uint64])
@pytest.mark.parametrize("labelled", [False, True])
def test_a_loader_serves_each_sample_once_as_int64_and_float32(dtype, labelled):
    histories, targets, _ = windows(23)
    columns = [histories.astype(dtype), targets.astype(dtype)] + [np.arange(23)] * labelled
    dataset = SequenceDataset(*columns)
    for column in columns:
        column.setflags(write=False)
    batches = list(
        DataLoader(dataset, batch_size=5, shuffle=True, generator=torch.Generator().manual_seed(0))
    )
    assert [len(batch[0]) for batch in batches] == [5, 5, 5, 5, 3]
    assert {tuple(part.dtype for part in batch) for batch in batches} == {
        (torch.int64, torch.int64, torch.float32)[: 2 + labelled]
    }
    served = [torch.cat(parts) for parts in zip(*batches, strict=True)]
    label = np.zeros(23) if not labelled else np.arange(23)
    assert as_rows(served[0], served[1], served[2] if labelled else label) == as_rows(
        histories, targets, label
    )


@tried
@given(st.lists(st.integers(-9, 8), max_size=12))
def test_rows_taken_at_once_are_those_taken_one_by_one(rows):
    histories, targets, negatives = windows(9)
    dataset = SequenceDataset(histories, targets, negatives % 2)
    together = dataset[np.array(rows, int)]
    one_by_one = [dataset[row] for row in rows]
    assert all(len(part) == len(rows) for part in together)
    for i, sample in enumerate(one_by_one):
        assert all(
            torch.equal(part[i], value) for part, value in zip(together, sample, strict=True)
        )
    assert dataset[rows] is not None or not rows


def test_slices_tensors_and_masks_index_the_dataset_too():
    dataset = SequenceDataset(*windows(9)[:2])
    expected = dataset[[2, 3, 4]]
    for index in (slice(2, 5), torch.tensor([2, 3, 4]), np.isin(np.arange(9), [2, 3, 4])):
        assert all(torch.equal(a, b) for a, b in zip(dataset[index], expected, strict=True))


def test_what_the_dataset_serves_is_a_copy():
    histories, targets, _ = windows(9)
    before = histories.copy()
    dataset = SequenceDataset(histories, targets)
    for index in (0, slice(0, 3), [1, 2]):
        dataset[index][0].zero_()
    assert np.array_equal(histories, before)


def test_targets_may_be_one_per_position():
    histories, _, _ = windows(4)
    assert SequenceDataset(histories, histories)[[0, 1]][1].shape == (2, 3)


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        (([[1, 2]], [1, 2]), "equally long"),
        (([[1, 2]], [1], [0.0, 1.0]), "equally long"),
        (([[1.0, 2.0]], [1]), "histories must hold integer item ids"),
        (([[1, 2]], ["a"]), "targets must hold integer item ids"),
        (([[1, -2]], [1]), "histories at (0, 1) holds -2"),
    ],
)
def test_a_dataset_of_columns_that_do_not_fit_is_refused(columns, problem):
    with pytest.raises(ValueError, match=re.escape(problem)):
        SequenceDataset(*columns)


def test_an_index_out_of_range_is_an_error():
    with pytest.raises(IndexError):
        SequenceDataset([[1, 2]], [3])[1]
