"""Tensors and lists as NumPy arrays."""

import numpy as np


def as_numpy(values):
    """An array; a tensor of any device, with or without gradient, becomes one."""
    return values.detach().cpu().numpy() if hasattr(values, "detach") else np.asarray(values)
