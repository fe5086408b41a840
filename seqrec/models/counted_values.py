"""What a folder says that a model has counted: can it be? Each raises ValueError with the name.

Axis letters: V = n_items + 1.
"""

import torch

from seqrec.checks import shown


def check_tensor(name, tensor, dtype, lowest, highest):
    """One axis, this dtype, each value from lowest to highest and finite."""
    is_right = tensor.ndim == 1 and tensor.dtype == dtype
    if is_right and len(tensor):
        is_right = bool(((tensor >= lowest) & (tensor <= highest)).all())
        is_right = is_right and bool(torch.isfinite(tensor).all())
    if not is_right:
        raise ValueError(
            f"{name} must have one axis of {dtype} from {lowest} to {highest}, got "
            f"{tuple(tensor.shape)} {tensor.dtype}: {shown(tensor.flatten()[:8].tolist())}."
        )


def check_law(law, n_items):
    """(V,) float64 probabilities, above 0 but for column 0."""
    check_tensor("law", law, torch.float64, 0, 1)
    is_right = len(law) == n_items + 1 and law[0] == 0 and (law[1:] > 0).all()
    if not is_right or not abs(law.sum() - 1) < 1e-6:
        raise ValueError(
            f"law must be probabilities of {n_items} items behind a 0, got {len(law)} numbers of "
            f"the sum {float(law.sum()):g}."
        )


def check_starts(name, starts, n_rows, n_entries):
    """(n_rows + 1,) int64 from 0 to n_entries, never falling."""
    check_tensor(name, starts, torch.int64, 0, n_entries)
    is_right = len(starts) == n_rows + 1 and starts[0] == 0 and starts[-1] == n_entries
    if not is_right or (starts.diff() < 0).any():
        raise ValueError(
            f"{name} must rise from 0 to {n_entries} in {n_rows + 1} numbers, got "
            f"{shown(starts[:8].tolist())} in {len(starts)}."
        )
