"""What a model is told, and what a recommender asks of it.

Each model's own configuration stands beside its network. It checks its values when it is made, and
builds nothing then. It answers three questions, and the recommender asks no more of a model:

    build(n_items, max_len)            the network, not trained
    objective(events, max_len, ...)    the loss of a batch, and how many samples there are
    scores(network, histories)         log-probability of every item

A new model is one file, with its network and a configuration that answers these, and one line in
`seqrec.models.registry`.

Axis letters: B batch, L length.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np
import torch
from torch import nn

from seqrec.checks import check_count, check_flag, check_room, check_share, shown
from seqrec.data.cuts import pieces, windows
from seqrec.data.events import Events
from seqrec.devices import default_generators
from seqrec.items.content import Content
from seqrec.losses.objectives import cloze_loss, next_item_loss
from seqrec.losses.reading import check_kind_of_loss

#: What `seqrec.training.train` asks for: loss(network, rows, generator), and how many samples.
Objective = tuple[Callable[..., torch.Tensor], int]

# What a key is for; `seqrec.training.run` has 0 and 1.
_WEIGHTS = 2


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """What all have in common.

    max_len: clicks that are read; None leaves it to the recommender, which rules anyway
    content: what the model reads about items, a `seqrec.items.Content`; None tells them apart by id
             alone

    Raises TypeError for a misspelt name, and ValueError for a value that the network refuses: here,
    not hours later.
    """

    max_len: int | None = None
    content: Content | None = None

    network: ClassVar[type]
    # Whether it learns from `events.outcomes` too, and its network answers `expected_outcome`.
    needs_outcome: ClassVar[bool] = False
    # False for a model that counts: see `seqrec.models.counted`.
    is_trained: ClassVar[bool] = True
    # Whether `fit_more` can take up where `fit` ended.
    goes_on: ClassVar[bool] = True
    # Whether the model is the clicks themselves, user by user.
    holds_clicks: ClassVar[bool] = False
    # Options that are not the network's.
    for_training: ClassVar[tuple] = ()

    def __post_init__(self):
        if self.max_len is not None:
            check_count("max_len", self.max_len)
        if self.content is not None and not isinstance(self.content, Content):
            raise TypeError(
                f"content must be a Content (of seqrec.recommender) or None, got "
                f"{shown(self.content)}."
            )
        self.check_network_options(self.network_options())

    def check_network_options(self, options: dict[str, Any]) -> None:
        """Raise ValueError for options, by name, that the network would refuse. Builds nothing."""
        raise NotImplementedError

    def network_options(self) -> dict[str, Any]:
        """The options of the network, by name."""
        not_its = ("max_len", "content", *self.for_training)
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name not in not_its
        }

    def build(
        self,
        n_items: int,
        max_len: int,
        features: torch.Tensor | None = None,
        has_id: bool | torch.Tensor = True,
    ) -> nn.Module:
        """A new network. Its weights are drawn from PyTorch's global generator.

        n_items:  items are 1..n_items
        max_len:  clicks that are read
        features: (n_items, F) if the model reads content
        has_id:   (n_items,) bool, which items training knows; True for all
        """
        # The positions, of models that have a table of them.
        check_room("max_len", max_len, 4 * max_len * getattr(self, "D", 1))
        network = self.network(n_items, max_len, **self.network_options())
        if features is not None:
            network.encoder.item = self.content.embedding(features, self.D, has_id)
        return network

    def prepare(self, network: nn.Module, events: Events) -> None:
        """Tell a new network what it has to know of its log beforehand: for most, nothing.

        network: what `build` gave; edited in place
        events:  those that it is going to learn from
        """

    def objective(
        self, events: Events, max_len: int, *, whole: bool, device: torch.device | str
    ) -> Objective:
        """What `seqrec.training.train` asks for, (loss, n_samples).

        events:  `seqrec.data.Events`, numbered as the network's items
        max_len: clicks that are read
        whole:   as `seqrec.data.pieces` has it
        device:  where the samples lie
        """
        raise NotImplementedError

    def scores(self, network: nn.Module, histories: torch.Tensor) -> torch.Tensor:
        """Log-probabilities of what comes next: (B, n_items + 1), column 0 -inf.

        histories: (B, L) on the network's device.
        """
        return network.score_catalogue(histories)


@dataclass(frozen=True, kw_only=True)
class NextItemConfig(ModelConfig):
    """A model that is asked at every position what follows.

    loss:           its kind, see `seqrec.losses.next_item_loss`; under "bpr" only the order of
                    scores means something
    n_negatives, t: used by the losses that have them
    drawn_ends:     let a row end at another click whenever it is seen (`seqrec.losses.drawn_ends`);
                    False cuts histories at the same places in every epoch
    """

    loss: str = "softmax"
    n_negatives: int = 1
    t: float = 0.75
    drawn_ends: bool = False

    for_training: ClassVar = ("loss", "n_negatives", "t", "drawn_ends")

    def __post_init__(self):
        check_count("n_negatives", self.n_negatives)
        object.__setattr__(self, "t", check_share("t", self.t))
        check_flag("drawn_ends", self.drawn_ends)
        super().__post_init__()
        check_kind_of_loss(self.loss)

    def objective(
        self, events: Events, max_len: int, *, whole: bool, device: torch.device | str
    ) -> Objective:
        """`next_item_loss` of this kind on pieces of histories."""
        before = max_len if self.drawn_ends else 0
        sequences, is_target = pieces_with_targets(
            events, max_len, whole=whole, device=device, before=before
        )
        options = {"n_negatives": self.n_negatives, "t": self.t}
        options["max_len"] = max_len if self.drawn_ends else None
        return next_item_loss(sequences, self.loss, is_target=is_target, **options), len(sequences)


@dataclass(frozen=True, kw_only=True)
class ClozeConfig(ModelConfig):
    """A model that fills gaps: its training, see `seqrec.losses.cloze`.

    mask_prob: share of targets that are hidden
    last_only: share of rows in which the newest item alone is

    It learns from fewer positions of a sequence than a next-item model does: give it more epochs.
    """

    mask_prob: float = 0.3
    last_only: float = 0.1

    for_training: ClassVar = ("mask_prob", "last_only")

    def __post_init__(self):
        super().__post_init__()
        check_share("mask_prob", self.mask_prob, may_be_zero=False)
        check_share("last_only", self.last_only)

    def objective(
        self, events: Events, max_len: int, *, whole: bool, device: torch.device | str
    ) -> Objective:
        """`cloze_loss` on pieces of histories."""
        sequences = pieces(events, max_len, whole=whole)
        is_target = pieces(events, max_len, whole=whole, values=events.is_target)
        has_target = is_target.any(axis=1)  # a row without a target teaches nothing
        sequences, is_target = (
            torch.from_numpy(part[has_target]).to(device) for part in (sequences, is_target)
        )
        loss = cloze_loss(
            sequences, self.mask_prob, last_only=self.last_only, preference=is_target.float()
        )
        return loss, len(sequences)


def new_network(config, n_items, max_len, seed, device, **content):
    """The network of a ModelConfig on `device`, in eval mode.

    It is drawn on the CPU, so alike on all devices. No generator is moved on.

    content: what `ModelConfig.build` needs besides, if the model reads content
    """
    (generator,) = default_generators(torch.device("cpu"))
    state = generator.get_state()
    key = np.random.SeedSequence(seed, spawn_key=(_WEIGHTS,)).generate_state(1, np.uint64)[0]
    try:
        generator.manual_seed(int(key))
        return config.build(n_items, max_len, **content).to(device).eval()
    finally:
        generator.set_state(state)


def pieces_with_targets(events, max_len, *, whole, device, before=0):
    """`seqrec.data.pieces` that have a target, and where. A row without one teaches nothing.

    before: items that stand before a piece and come with it

    Returns sequences (n, before + L + 1) long and is_target, of that shape, bool, on `device`.
    """
    sequences = pieces(events, max_len, whole=whole, before=before)
    is_target = pieces(events, max_len, whole=whole, before=before, values=events.is_target)
    may_teach = is_target[:, 1:] & (sequences[:, :-1] != 0)  # (n, before + L)
    has_target = may_teach[:, -max_len:].any(axis=1)  # (n,)
    return tuple(torch.from_numpy(part[has_target]).to(device) for part in (sequences, is_target))


def windows_on(events, max_len, *, whole, device):
    """`seqrec.data.windows` as tensors: histories (n, L) and targets (n,), on `device`."""
    return tuple(
        torch.from_numpy(part).to(device) for part in windows(events, max_len, whole=whole)
    )
