"""From windows to what a training step reads: labelled samples, and a torch Dataset of batches.

Axis letters: N windows, L history, K negatives per window, M = N * (1 + K) samples.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import Dataset

from seqrec.checks import numpy_generator


class LabelledSamples(NamedTuple):
    """Did this target follow this history? M questions and their answers."""

    history: np.ndarray  # (M, L) item ids, left-padded with 0
    target_item_id: np.ndarray  # (M,) item ids
    label: np.ndarray  # (M,) float32, 1 where the target is what followed


def labelled_samples(
    histories: npt.ArrayLike,
    targets: npt.ArrayLike,
    negatives: npt.ArrayLike,
    seed: int | np.random.Generator,
) -> LabelledSamples:
    """Each window with its true target (label 1) and each of its negatives (label 0), shuffled.

    histories: (N, L) item ids, left-padded with 0.
    targets:   (N,) item ids from 1.
    negatives: (N,) or (N, K) item ids from 1, drawn for the window in the same row. They are taken
               as they are: a negative that hits the target is the sampler's business.
    seed:      an integer or a numpy Generator; the same seed gives the same order.

    Returns :class:`LabelledSamples` of new arrays; the arguments are not edited.
    Raises ValueError for shapes that don't belong together, ids that are not integers, targets or
    negatives below 1, and histories below 0.

    >>> samples = labelled_samples([[0, 4], [4, 5]], targets=[5, 6], negatives=[9, 8], seed=0)
    >>> sorted(zip(samples.target_item_id.tolist(), samples.label.tolist()))
    [(5, 1.0), (6, 1.0), (8, 0.0), (9, 0.0)]
    """
    histories = np.asarray(histories)
    targets = np.asarray(targets)
    negatives = np.asarray(negatives)
    if histories.ndim != 2 or targets.shape != histories.shape[:1]:
        raise ValueError(
            f"histories (N, L) and targets (N,) expected, got {histories.shape} and "
            f"{targets.shape}."
        )
    if negatives.ndim not in (1, 2) or negatives.shape[:1] != targets.shape:
        raise ValueError(
            f"negatives must be (N,) or (N, K) with N = {len(targets)}, got {negatives.shape}."
        )
    _check_item_ids("histories", histories, lowest=0)
    _check_item_ids("targets", targets, lowest=1)
    _check_item_ids("negatives", negatives, lowest=1)

    candidates = np.column_stack([targets, negatives])  # (N, 1 + K), the true one first
    # What numpy makes of int64 beside uint64.
    if candidates.dtype.kind == "f":
        raise ValueError(
            f"targets ({targets.dtype}) and negatives ({negatives.dtype}) need one integer dtype."
        )
    labels = np.zeros(candidates.shape, np.float32)
    labels[:, 0] = 1
    order = numpy_generator("seed", seed).permutation(candidates.size)
    window = order // candidates.shape[1]
    return LabelledSamples(histories[window], candidates.ravel()[order], labels.ravel()[order])


class SequenceDataset(Dataset):
    """Windows or labelled samples for a torch DataLoader.

    histories: (N, L) item ids.
    targets:   (N,) item ids, or (N, ...) where a window has several.
    labels:    (N,) numbers, or None.

    `dataset[i]` is `(history, target)`, or `(history, target, label)` if there are labels; ids are
    int64, labels float32. `i` may also be a slice or an array of B indices: the same tuple with a
    leading axis B, gathered in one go. A DataLoader asks for a batch at a time too (through
    `__getitems__`) and needs no `collate_fn`; a loop that takes ``dataset[rows]`` for rows of its
    own is quicker still. The id arrays are kept, not copied; what is served is.

    Raises ValueError if the lengths differ or ids are not integers.

    >>> dataset = SequenceDataset(np.array([[0, 4], [4, 5]]), np.array([5, 6]))
    >>> dataset[[0, 1]]
    (tensor([[0, 4],
            [4, 5]]), tensor([5, 6]))
    """

    def __init__(
        self,
        histories: npt.ArrayLike,
        targets: npt.ArrayLike,
        labels: npt.ArrayLike | None = None,
    ) -> None:
        self.histories = np.asarray(histories)
        self.targets = np.asarray(targets)
        self.labels = None if labels is None else np.asarray(labels, np.float32)
        _check_item_ids("histories", self.histories, lowest=0)
        _check_item_ids("targets", self.targets, lowest=0)
        lengths = {len(column) for column in self._columns()}
        if len(lengths) > 1:
            raise ValueError(
                "histories, targets and labels must be equally long, got lengths "
                f"{sorted(lengths)}."
            )

    def __len__(self) -> int:
        return len(self.histories)

    def __getitem__(self, index: int | slice | npt.ArrayLike) -> tuple[torch.Tensor, ...]:
        if not isinstance(index, slice):
            index = np.asarray(index)
            # Numpy makes floats of an empty list.
            index = index if index.size else index.astype(np.int64)
        return tuple(_tensor(column[index]) for column in self._columns())

    def __getitems__(self, indices: npt.ArrayLike) -> list[tuple[torch.Tensor, ...]]:
        """The samples at `indices`, as the list of tuples that a DataLoader's collation wants."""
        return list(zip(*(column.unbind() for column in self[indices]), strict=True))

    def _columns(self):
        columns = (self.histories, self.targets, self.labels)
        return [column for column in columns if column is not None]


def _tensor(values):
    dtype = torch.float32 if values.dtype.kind == "f" else torch.int64
    return torch.tensor(values, dtype=dtype)


def _check_item_ids(name, ids, lowest):
    if ids.dtype.kind not in "iu":
        raise ValueError(
            f"{name} must hold integer item ids, got dtype {ids.dtype}. Cure: encode them with "
            "ItemIndex."
        )
    if ids.size and ids.min() < lowest:
        where = tuple(int(i) for i in np.argwhere(ids < lowest)[0])
        raise ValueError(
            f"{name} at {where} holds {ids[where]}; item ids start at {lowest} here (0 is padding)."
        )
