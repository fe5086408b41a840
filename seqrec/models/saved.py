"""A network from tensors that were saved: its size is compared before it takes any memory.

Axis letters: D width, F features, V = n_items + 2.
"""

from collections.abc import Sequence

import torch

from seqrec.checks import shown
from seqrec.compiler import without_memory
from seqrec.items.embedding import ItemEmbedding
from seqrec.models.config import new_network
from seqrec.training.saved_tensors import differing, impossible_values

ITEM = "encoder.item."
# What PyTorch raises for sizes that make no sense.
_IMPOSSIBLE = (RuntimeError, OverflowError, TypeError, KeyError, IndexError, ZeroDivisionError)


def saved_network(config, n_items, max_len, weights, seed, device):
    """The network of a ModelConfig with these weights, on `device`, in eval mode.

    config:  ModelConfig
    n_items: items are 1..n_items
    max_len: clicks that are read
    weights: tensors of its `state_dict()`, on the CPU
    seed:    as `seqrec.models.config.new_network` has it; every weight is replaced

    Raises ValueError for weights of another network: other names, shapes or dtypes. What leaves
    no trace in these can't be known: the number of heads, say, an activation, or a weight's value.
    """
    _check_counts(config, weights)
    network = _without_memory(config, n_items, max_len)
    wanted = network.state_dict()
    content = {}
    if config.content is not None:
        _check_content(weights, n_items)
        wanted |= _with_content(wanted.pop(ITEM + "weight"), weights, n_items)
        content = ItemEmbedding.content_in(weights, ITEM)
    changed = differing(weights, wanted)
    if changed:
        name, (was, due) = next(iter(changed.items()))
        raise ValueError(
            f"{len(changed)} tensors are not those of a {type(config).__name__} for {n_items} "
            f"items: {name[:100]} must be {due}, got {was}."
        )
    if problem := impossible_values(weights, network):
        raise ValueError(f"{problem[:200]}, as no network does.")
    network = new_network(config, n_items, max_len, seed, device, **content)
    network.load_state_dict(weights)
    return network


def _check_counts(config, weights):
    """Raise ValueError for more layers than there are tensors: even without memory they take time.

    A layer has a tensor at least.
    """
    for name, value in config.network_options().items():
        is_list = isinstance(value, Sequence) and not isinstance(value, str)
        n_layers = value if name == "n_blocks" else len(value) if is_list else 0
        if n_layers > len(weights):
            raise ValueError(f"{name} is {shown(value)}, but there are {len(weights)} tensors.")


def _without_memory(config, n_items, max_len):
    """The network on `meta`, where a tensor is a shape and a dtype; without content."""
    state = torch.get_rng_state()
    try:
        with without_memory():
            return config.build(n_items, max_len)
    except _IMPOSSIBLE as error:
        raise ValueError(
            f"no {type(config).__name__} can be built of its settings: {shown(error, 200)}."
        ) from error
    finally:
        torch.set_rng_state(state)


def _with_content(table, weights, n_items):
    """Shapes of the ItemEmbedding in the place of a table (V, D) on `meta`: tensors by name."""
    F = weights[ITEM + "features"].shape[1]
    D = table.shape[1]
    n_known = int((weights[ITEM + "rows"][1:-1] > 0).sum())
    shapes = {"id.weight": (n_known + 2, D), "content.weight": (D, F)}
    shapes["features"] = (n_items + 2, F)
    found = {ITEM + name: table.new_empty(shape) for name, shape in shapes.items()}
    rows = torch.empty(n_items + 2, dtype=torch.int64, device="meta")
    return found | {ITEM + "rows": rows}


def _check_content(weights, n_items):
    """Raise ValueError for content that no ItemEmbedding has."""
    rows = weights.get(ITEM + "rows")
    features = weights.get(ITEM + "features")
    is_right = (
        rows is not None
        and features is not None
        and rows.dtype == torch.int64
        and rows.shape == (n_items + 2,)
        and features.ndim == 2
        and len(features) == n_items + 2
    )
    if not is_right:
        raise ValueError(
            f"{ITEM}rows and {ITEM}features must have a row for each of {n_items} items, for "
            "padding and for the mask."
        )
    if features[0].any() or features[-1].any():
        raise ValueError(f"{ITEM}features must be 0 for padding and for the mask.")
    known = rows[1:-1][rows[1:-1] != 0].sort().values
    n_known = len(known)
    is_each_once = torch.equal(known, torch.arange(1, n_known + 1))
    if rows[0] != 0 or rows[-1] != n_known + 1 or not is_each_once:
        raise ValueError(
            f"{ITEM}rows must be 0 for padding, 1 to {n_known} for {n_known} items, each once, and "
            f"{n_known + 1} for the mask."
        )
