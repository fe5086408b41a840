"""Models that count: no network, nothing is trained. What every network has to beat.

    Counts, CountedConfig       what they have in common
    PopularityConfig            the same answer to everybody
    popular_law                 how popular items are
    counted_part                which events count
    items_of_users              which items are whose

The others: `followers`, `session_neighbours`, `ease`, beside this file. A recommender asks the same
of them as of a network, so that save, evaluate and the rest are written once.

Axis letters: N events, B users, L length, V = n_items + 1 columns (column 0 is padding).
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import nn

from seqrec.baselines.pairs import PairCounts
from seqrec.checks import is_number, shown
from seqrec.data.events import Events
from seqrec.models.config import ModelConfig
from seqrec.models.counted_values import check_law


class Counts(nn.Module):
    """What a model has counted of a log: buffers by name, no parameters.

    n_items: items are 1..n_items
    options: the settings of its configuration

    law:     (V,) float64, a buffer: how popular each item is, see `popular_law`
    """

    # Names of the other buffers.
    tables: ClassVar[tuple[str, ...]] = ()

    def __init__(self, n_items: int, max_len: int, **options: float):
        super().__init__()
        self.n_items = n_items
        self.options = options

    def count(self, events: Events) -> None:
        """Learn from Events, which are not empty. What was counted before is forgotten."""
        tables = {"law": popular_law(events, self.n_items)} | self.counted(events)
        self._hold({name: torch.from_numpy(value) for name, value in tables.items()})

    def counted(self, events: Events) -> dict[str, np.ndarray]:
        """The other tables, by name."""
        return {}

    def take(self, tensors: dict[str, torch.Tensor]) -> None:
        """Be what a folder holds. Raises ValueError for tensors that `count` does not leave."""
        due = {"law", *self.tables}
        if tensors.keys() != due:
            raise ValueError(
                f"the counts must be {', '.join(sorted(due))}, got {shown(sorted(tensors))}."
            )
        check_law(tensors["law"], self.n_items)
        self.check(tensors)
        self._hold(tensors)

    def _hold(self, tables):
        for name, value in tables.items():
            self.register_buffer(name, value)
        self.settle()

    def settle(self) -> None:
        """Work out, once, what answers need besides the tables."""

    def check(self, tensors: dict[str, torch.Tensor]) -> None:
        """Raise ValueError for other tables than `counted` returns."""

    def probabilities(self, histories: np.ndarray) -> np.ndarray:
        """(B, L) items, padded on the left -> (B, V) float64, rows sum to 1, column 0 is 0."""
        raise NotImplementedError

    def score_catalogue(self, histories: torch.Tensor) -> torch.Tensor:
        """(B, L) -> (B, V) float32: log-probabilities, column 0 -inf."""
        law = torch.from_numpy(self.probabilities(histories.numpy()))
        return law.log().float()


@dataclass(frozen=True, kw_only=True)
class CountedConfig(ModelConfig):
    """What models that count have in common.

    `fit` counts once, on the CPU: epochs, batches, patience and checkpoints mean nothing to them,
    and there is no `network_`. `fit_more` is refused, `fit` on the whole log takes its place. They
    know items by their numbers alone, so `content` is refused; an item of the catalogue that nobody
    clicked has one imagined click, and ranks last.
    """

    is_trained: ClassVar[bool] = False
    goes_on: ClassVar[bool] = False

    def __post_init__(self):
        if self.content is not None:
            raise ValueError(
                f"content must be None for {type(self).__name__}, which counts clicks and reads "
                f"nothing else, got {shown(self.content)}. Cure: SASRecConfig(content=...), or "
                "another model with a network."
            )
        super().__post_init__()

    def check_network_options(self, options: dict[str, Any]) -> None:
        """None to check."""

    def prepare(self, network: nn.Module, events: Events) -> None:
        """Count."""
        network.count(events)

    def restored(self, n_items: int, max_len: int, tensors: dict[str, torch.Tensor]) -> nn.Module:
        """The Counts that a folder holds. Raises ValueError for what `count` never leaves."""
        counts = self.network(n_items, max_len, **self.network_options())
        counts.take(tensors)
        return counts.eval()


class PopularityCounts(Counts):
    """How popular each item is."""

    def probabilities(self, histories):
        """The same for everybody."""
        return np.tile(self.law.numpy(), (len(histories), 1))


@dataclass(frozen=True, kw_only=True)
class PopularityConfig(CountedConfig):
    """The same answer to everybody: how often each item was clicked. The foot of every ladder."""

    network: ClassVar = PopularityCounts


def check_smoothing(value: float) -> None:
    """Raise ValueError unless sums with it neither vanish nor overflow."""
    if not is_number(value) or not 1e-6 <= value <= 1e9:
        raise ValueError(f"smoothing must be a number from 1e-6 to 1e9, got {shown(value)}.")


def popular_law(events: Events, n_items: int) -> np.ndarray:
    """Share of each item among targets, one imagined click on each: (V,), column 0 is 0."""
    counts = np.bincount(events.items[events.is_target], minlength=n_items + 1) + 1.0
    counts[0] = 0
    return counts / counts.sum()


def items_of_users(events: Events, n_items: int) -> PairCounts:
    """Which items each user's targets are: pairs (user from 0, item), each once."""
    lengths = events.ends - events.starts
    user = np.repeat(np.arange(len(lengths)), lengths)[events.is_target]
    items = events.items[events.is_target]
    return PairCounts.of(user, items, max(len(lengths), n_items))


def counted_part(events: Events, max_len: int, *, whole: bool) -> Events:
    """The events that count: all, or only each user's newest max_len + 1. See `pieces`."""
    if whole:
        return events
    starts = np.maximum(events.starts, events.ends - (max_len + 1))
    place = np.arange(len(events.items))
    user = np.repeat(np.arange(len(starts)), events.ends - events.starts)
    return events.where(place >= starts[user])
