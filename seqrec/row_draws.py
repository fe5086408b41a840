"""Random numbers that belong to a sample, whatever batch it is in and whoever computes that batch.

A torch.Generator is read from front to back, so what a sample gets hangs on the samples before it.
Where several processes share a batch that will not do. Here a number is a function of its key and
its place alone: it is the output number i of SplitMix64 begun at the key,

    mix(key + i * GAMMA)        mix(z): shift, xor and multiply, twice, then shift and xor

(Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014, with the constants
of Stafford's variant 13, as in Java's SplittableRandom.) Places are counted from the right end:
batches are padded on the left, and the padding that all rows share is cut off, so the left end is
not the same everywhere.

Axis letters: B rows of a batch, L length, D width, K positions, n numbers of a row.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

import torch
from torch import nn

# int64 is read as a number modulo this; torch's products and sums wrap around.
_RANGE = 2**64
# Of a mantissa.
_BITS = {torch.float32: 24, torch.float64: 53}


def _signed(number):
    """The int64 with the bits of `number`, from 0 to 2**64 - 1."""
    return number - _RANGE if number >= _RANGE // 2 else number


GAMMA = _signed(0x9E3779B97F4A7C15)
_ROUNDS = ((30, _signed(0xBF58476D1CE4E5B9)), (27, _signed(0x94D049BB133111EB)))


def mixed(z: torch.Tensor) -> torch.Tensor:
    """SplitMix64's mix of an int64 tensor of any shape: a new one of that shape.

    Each bit of the input turns about half of the output's.
    """
    for shift, factor in _ROUNDS:
        z = (z ^ _shifted(z, shift)).mul_(factor)
    return z ^ _shifted(z, 31)


def uniforms(keys: torch.Tensor, n: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """n numbers in [0, 1) for each key: (B,) int64 -> (B, n) of `dtype`, float32 or float64.

    The last column is SplitMix64's first output, and so on to the left: with a larger n, these n
    columns stay.
    """
    places = torch.arange(n, 0, -1, device=keys.device) * GAMMA  # (n,)
    bits = _BITS[dtype]
    return _shifted(mixed(keys[:, None] + places), 64 - bits).to(dtype).mul_(2.0**-bits)


def rand(
    generator: "torch.Generator | RowDraws",
    shape: Sequence[int],
    *,
    dtype: torch.dtype = torch.float32,
    device: torch.device | None = None,
) -> torch.Tensor:
    """`torch.rand` of a shape, also of :class:`RowDraws` in the place of a generator.

    device: of the generator; RowDraws have their own.
    """
    if isinstance(generator, RowDraws):
        return generator.rand(shape, dtype)
    return torch.rand(shape, generator=generator, dtype=dtype, device=device)


class RowDraws:
    """What the rows of a batch draw in one step: a stream of numbers for each row and each call.

    It stands where a torch.Generator would: `seqrec.losses.cloze` and `seqrec.losses.negatives`
    take both. Each call draws anew, so the same calls must be made, in the same order, wherever a
    part of the batch is computed.

    keys: (B,) int64, one per row.
    """

    def __init__(self, keys: torch.Tensor) -> None:
        self.keys = keys
        self.calls = 0

    @classmethod
    def of_rows(cls, seed: int, rows: torch.Tensor) -> "RowDraws":
        """What the samples draw in one step.

        seed: of the step, 0 to 2**64 - 1.
        rows: (B,) int64 numbers of the samples.
        """
        return cls(mixed(mixed(rows * GAMMA) + _signed(seed)))

    def rand(self, shape: Sequence[int], dtype: torch.dtype = torch.float32) -> torch.Tensor:
        """Numbers in [0, 1) of a shape (B, ...). Raises ValueError for another first axis."""
        if shape[0] != len(self.keys):
            raise ValueError(
                f"{tuple(shape)} numbers were asked for {len(self.keys)} rows. On several ranks "
                "randomness belongs to a row: the first axis of what a dropout gets must be the "
                "batch."
            )
        return uniforms(self._streams(), math.prod(shape[1:]), dtype).reshape(shape)

    def at(self, chosen: torch.Tensor) -> "RowDraws":
        """Draws for the K chosen positions, in the order of `tensor[chosen]`.

        chosen: (B, L) bool.
        """
        rows, columns = chosen.nonzero(as_tuple=True)
        return RowDraws(mixed(self._streams()[rows] + (chosen.shape[1] - columns) * GAMMA))

    def _streams(self):
        """The keys of the next call."""
        self.calls += 1
        return mixed(self.keys + _signed(self.calls * GAMMA % _RANGE))


_current = ContextVar("what dropout draws from", default=None)


@contextmanager
def dropout_draws_from(draws: RowDraws) -> Iterator[None]:
    """Inside, each `nn.Dropout` of a network under `keyed_dropout` draws from `draws`."""
    token = _current.set(draws)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def keyed_dropout(network: nn.Module) -> Iterator[None]:
    """Inside, the network's `nn.Dropout` modules obey `dropout_draws_from`.

    Their input is (B, ...), padded on the left.
    """
    modules = [module for module in network.modules() if type(module) is nn.Dropout]
    for module in modules:
        module.forward = partial(_keyed_forward, module)
    try:
        yield
    finally:
        for module in modules:
            del module.forward


def _keyed_forward(module, x):
    draws = _current.get()
    if draws is None or not module.training or not 0 < module.p < 1:
        return nn.Dropout.forward(module, x)
    is_kept = draws.rand(x.shape) >= module.p
    return x * is_kept.to(x.dtype).mul_(1 / (1 - module.p))


def in_parts(compute: Callable[..., Any], parts: Iterable[tuple]) -> list:
    """[compute(rows, ...) for (rows, ...) in parts], for parts of the batch that dropout draws for.

    Each part draws what its rows would have drawn in the whole.

    compute: function of the rows of a part, and of whatever else the part holds.
    parts:   tuples (rows, ...); rows: (b,) numbers of rows of the batch.
    """
    draws = _current.get()
    if draws is None:
        return [compute(*part) for part in parts]
    keys = draws.keys
    calls = draws.calls
    results = []
    try:
        for rows, *others in parts:
            draws.keys = keys[rows]
            draws.calls = calls
            results.append(compute(rows, *others))
    finally:
        draws.keys = keys
    return results


def _shifted(z, by):
    """z >> by of the unsigned number; torch's own shift draws the sign along."""
    return (z >> by).bitwise_and_(2 ** (64 - by) - 1)
