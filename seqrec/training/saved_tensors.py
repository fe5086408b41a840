"""Tensors of a file beside those that they are meant for: compared before any is loaded."""

import torch


def differing(saved, wanted):
    """What differs between two dicts of tensors by name: {name: (what it was, what it should be)}.

    Names, shapes and dtypes are compared, not values; those of `wanted` may be on any device,
    `meta` too.
    """
    was = _kinds(saved)
    due = _kinds(wanted)
    return {
        name: (was.get(name, "not there"), due.get(name, "not there"))
        for name in due | was
        if was.get(name) != due.get(name)
    }


def _kinds(tensors):
    return {name: f"{tensor.dtype} {tuple(tensor.shape)}" for name, tensor in tensors.items()}


def impossible_values(saved, network):
    """What no network can hold, as the end of a sentence that begins with a tensor's name; or None.

    saved:   tensors of its `state_dict()`, names and shapes are right.
    network: on any device, `meta` too.

    That is NaN anywhere, infinity in a parameter (a buffer may have it, as a mask has), and unlike
    values under two names of one tensor.
    """
    buffers = dict(network.named_buffers())
    for name, tensor in saved.items():
        if not tensor.is_floating_point():
            continue
        if tensor.isnan().any():
            return f"{name} holds NaN"
        if name not in buffers and tensor.isinf().any():
            return f"{name} holds infinity"
    first_names = {}
    for name, parameter in network.named_parameters(remove_duplicate=False):
        first = first_names.setdefault(id(parameter), name)
        is_saved = name in saved and first in saved
        if is_saved and not torch.equal(saved[name], saved[first]):
            return f"{name} must be the same as {first}, and is not"
    return None
