"""The weights that a run saved, as the network that they belong to."""

import dataclasses
from pathlib import Path

import torch

from seqrec.checks import check_count, cut, shown
from seqrec.compiler import without_memory
from seqrec.devices import best_device
from seqrec.models.config import ModelConfig, new_network
from seqrec.recommender.documents import from_document
from seqrec.reproduce.benchmark import OF_COUNTS, Benchmark, judge
from seqrec.training.checkpoints import load_checkpoint

#: Where the weights are that a network with content has instead of a plain embedding.
OF_CONTENT = "encoder.item."


def load_weights(
    benchmark: Benchmark, path: str | Path, *, device: str | torch.device | None = None
) -> tuple[ModelConfig, torch.nn.Module, int]:
    """What `reproduce` saved: the model's configuration, its network and max_len.

    benchmark: Benchmark of the same catalogue
    path:      the file of weights
    device:    where the network goes; None takes the best there is

    Raises ValueError for a damaged file, and for weights of another catalogue. No memory is taken
    for a network that is not the file's.
    """
    tensors, document = load_checkpoint(path)
    device = torch.device(device or best_device())
    try:
        config = from_document(document["model"])
        max_len = check_count("max_len", document["max_len"])
        _check_shapes(config, benchmark.n_items, max_len, tensors)
        content = benchmark.content(config)
        network = new_network(config, benchmark.n_items, max_len, 0, device, **content)
        config.prepare(network, benchmark.learned)
        network.load_state_dict(network.state_dict() | tensors)
    except (KeyError, TypeError, ValueError, RuntimeError, AttributeError) as error:
        raise ValueError(
            f"{cut(str(path), 150)} holds no weights for these {benchmark.n_items} items: "
            f"{cut(str(error), 250)}"
        ) from error
    return config, network, max_len


def judge_file(
    benchmark: Benchmark, path: str | Path, *, device: str | torch.device | None = None
) -> dict[str, float]:
    """`judge` the weights that `reproduce` saved. Raises ValueError as `load_weights` does."""
    return judge(benchmark, *load_weights(benchmark, path, device=device))


def _check_shapes(config, n_items, max_len, tensors):
    """Raise ValueError unless the configuration's network has tensors of just these shapes.

    Of a network that reads content, the item embedding is left out: without data it can't be made.
    """
    # A thousand blocks without data are a thousand modules all the same.
    if getattr(config, "n_blocks", 0) > len(tensors):
        raise ValueError(f"it has {len(tensors)} tensors, and n_blocks is {shown(config.n_blocks)}")
    with without_memory():
        network = dataclasses.replace(config, content=None).build(n_items, max_len)
    wanted = {
        name: tensor
        for name, tensor in network.state_dict().items()
        if not name.startswith(OF_COUNTS)
    }
    there = tensors
    if config.content is not None:
        wanted, there = (
            {name: values[name] for name in values if not name.startswith(OF_CONTENT)}
            for values in (wanted, there)
        )
    if wanted.keys() != there.keys():
        other = sorted(wanted.keys() ^ there.keys())[0]
        raise ValueError(f"its tensors are not those of its configuration, {other!r} for one")
    for name, tensor in there.items():
        if tensor.shape != wanted[name].shape:
            raise ValueError(
                f"its {name!r} has the shape {tuple(tensor.shape)}, and its configuration wants "
                f"{tuple(wanted[name].shape)}"
            )
