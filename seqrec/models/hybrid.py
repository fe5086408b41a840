"""A network and a model that counts, together: each knows something that the other does not.

    log p(j) = log p_network(j) + weight log p_counted(j) + constant

A product of experts (Hinton, "Training Products of Experts by Minimizing Contrastive Divergence",
2002) of which only one is trained: the network learns as if it were alone, with the loss that it
has. What is counted is counted once, beforehand. The weight is a choice to be made in validation.

Axis letters: B batch, L length, V = n_items + 1 columns (column 0 is padding).
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import nn

from seqrec.checks import check_positive, shown
from seqrec.data.events import Events
from seqrec.models.config import ModelConfig, Objective
from seqrec.models.counted import CountedConfig, Counts
from seqrec.models.followers import CoOccurrenceConfig
from seqrec.models.sasrec import SASRecConfig
from seqrec.models.saved import saved_network


class Hybrid(nn.Module):
    """A network and counts of the same items.

    learned: the network, with its own names of parameters
    counted: Counts; on the CPU, wherever the network is
    """

    def __init__(self, learned: nn.Module, counted: Counts):
        super().__init__()
        self.n_items = learned.n_items
        self.learned = learned
        self.counted = counted

    @property
    def encoder(self) -> nn.Module:
        """The network's: what `torch.compile` is for."""
        return self.learned.encoder

    def _apply(self, fn, recurse=True):
        # Counting is the CPU's: what moves the network leaves the counts where they are.
        self.learned._apply(fn, recurse)
        return self


@dataclass(frozen=True, kw_only=True)
class HybridConfig(ModelConfig):
    """A network helped by counts.

    learned: the configuration of the network, one that learns clicks and reads no content
    counted: of the model that counts
    weight:  what a log-probability of `counted` counts beside one of the network, 0 or more; choose
             it in validation. (MovieLens 1M, a SASRec of 50 events beside co-occurrence, one run,
             3,000 users: validation NDCG@10 .197 at 0, .204 at 0.3, .207 at 0.5, .210 at 0.8.)

    It is trained, saved and asked as its network is. `fit_more` is refused: counts can't tell new
    clicks from old ones.
    """

    learned: ModelConfig = field(default_factory=SASRecConfig)
    counted: CountedConfig = field(default_factory=CoOccurrenceConfig)
    weight: float = 0.5

    goes_on: ClassVar[bool] = False

    def __post_init__(self):
        is_network = isinstance(self.learned, ModelConfig) and self.learned.is_trained
        if not is_network or self.learned.needs_outcome or isinstance(self.learned, HybridConfig):
            raise ValueError(
                "learned must be the configuration of a network that learns clicks, got "
                f"{shown(self.learned)}. Cure: SASRecConfig()."
            )
        if not isinstance(self.counted, CountedConfig):
            raise ValueError(
                "counted must be the configuration of a model that counts, got "
                f"{shown(self.counted)}. Cure: CoOccurrenceConfig()."
            )
        if self.content is not None or self.learned.content is not None:
            raise ValueError(
                "content must be None for HybridConfig and its network: counts know items by "
                "their clicks alone. Cure: leave it out, or SASRecConfig(content=...) by itself."
            )
        object.__setattr__(self, "weight", check_positive("weight", self.weight, True, ""))
        super().__post_init__()

    @property
    def holds_clicks(self) -> bool:
        """As of what is counted."""
        return self.counted.holds_clicks

    def check_network_options(self, options: dict[str, Any]) -> None:
        """None to check: both configurations were checked when they were made."""

    def build(self, n_items: int, max_len: int) -> Hybrid:
        """The network, not trained, and counts that have counted nothing yet."""
        return Hybrid(self.learned.build(n_items, max_len), self.counted.build(n_items, max_len))

    def prepare(self, network: nn.Module, events: Events) -> None:
        """Count, and tell the network what it has to know."""
        self.learned.prepare(network.learned, events)
        self.counted.prepare(network.counted, events)

    def objective(
        self, events: Events, max_len: int, *, whole: bool, device: torch.device | str
    ) -> Objective:
        """The network's."""
        own, n_samples = self.learned.objective(events, max_len, whole=whole, device=device)

        def loss(network, rows, generator):
            return own(network.learned, rows, generator)

        if hasattr(own, "with_count"):
            loss.with_count = lambda network, *batch: own.with_count(network.learned, *batch)
        return loss, n_samples

    def scores(self, network: nn.Module, histories: torch.Tensor) -> torch.Tensor:
        """Log-probabilities (B, V), column 0 -inf."""
        scores = self.learned.scores(network.learned, histories)
        counted = self.counted.scores(network.counted, histories.cpu()).to(scores)
        mixed = scores[:, 1:] + self.weight * counted[:, 1:]
        return torch.cat([scores[:, :1], mixed.log_softmax(dim=1)], dim=1)


def saved_hybrid(
    config: HybridConfig,
    n_items: int,
    max_len: int,
    weights: dict[str, torch.Tensor],
    seed: int,
    device: torch.device,
) -> Hybrid:
    """The Hybrid with these tensors of its `state_dict()`: see `seqrec.models.saved`."""
    parts = {"learned": {}, "counted": {}}
    for name, value in weights.items():
        part, _, rest = name.partition(".")
        if part not in parts:
            raise ValueError(f"a {type(config).__name__} has no tensor {shown(name)}.")
        parts[part][rest] = value
    learned = saved_network(config.learned, n_items, max_len, parts["learned"], seed, device)
    return Hybrid(learned, config.counted.restored(n_items, max_len, parts["counted"])).eval()
