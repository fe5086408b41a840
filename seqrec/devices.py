"""Where tensors live: the one place that chooses a device and knows what is special about each."""

import torch


def best_device() -> torch.device:
    """The fastest device of this machine: `cuda`, then `mps` (Apple), then `cpu`."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def default_generators(device: torch.device) -> list[torch.Generator]:
    """The generators behind every draw that names none, dropout's too: the CPU's and the device's.

    Seed these instead of calling `torch.manual_seed`, which takes 100 times as long where there is
    no GPU, because it notes down who asked, for all GPUs that might still come.
    """
    if device.type == "cuda":
        # Before that the list is empty.
        torch.cuda.init()
        index = torch.cuda.current_device() if device.index is None else device.index
        return [torch.default_generator, torch.cuda.default_generators[index]]
    if device.type == "mps":
        return [torch.default_generator, torch.mps._get_default_mps_generator()]
    return [torch.default_generator]


def new_generator(device: torch.device) -> torch.Generator:
    """A generator for draws of one's own: on the device; for `mps`, without float64, the CPU's."""
    return torch.Generator("cpu" if device.type == "mps" else device)
