"""Two towers: a vector for the user, one for the item, and their dot product is the score.

Nothing of the user enters the item's tower, and nothing of the item the user's. So all items'
vectors are computed once, ahead of time, and to find a user's best items is to search among points
(`seqrec.recommender.nearest`). That is also the limit of it: whatever is known of a user has to fit
into one vector before any item is looked at.

After Covington et al., "Deep Neural Networks for YouTube Recommendations" (2016), and Yi et al.,
"Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations" (2019), whose loss
is `seqrec.losses.in_batch_loss`.

Axis letters: B batch, L length, C candidates per history, D width, H heads.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import nn

from seqrec.checks import check_count, check_flag, shown
from seqrec.data.events import Events
from seqrec.data.padding import PAD
from seqrec.losses.objectives import towers_loss
from seqrec.models.config import ModelConfig, Objective, pieces_with_targets
from seqrec.models.encoder import SequenceEncoder, check_encoder, draw_weights
from seqrec.models.heads import eval_mode, mean_so_far, pad_column

USERS = ("profile", "sequence")


class TwoTower(nn.Module):
    """Logit of item j after a history = user vector . item vector of j.

    Each tower ends in a small network of its own: what somebody has clicked and what comes next are
    different questions. Both read the same embeddings, `encoder.item`.

    n_items:  items are 1..n_items
    max_len:  clicks that are read
    user:     what the user's tower makes of a history
              "profile"   the mean of its items' embeddings: who likes what. No order, no
                          positions: it can't know any
              "sequence"  the newest state of a causal transformer, as in SASRec
    D:        width
    H:        heads of "sequence"
    n_blocks: of "sequence"
    hidden:   units of the network at each tower's end, 2 D if None
    dropout:  of embeddings, and of the branches of "sequence"

    Raises ValueError for another kind of user.
    """

    def __init__(
        self, n_items: int, max_len: int, *, user: str = "profile", D: int = 64, H: int = 2,
        n_blocks: int = 1, hidden: int | None = None, dropout: float = 0.0,
    ):  # fmt: skip
        super().__init__()
        check_user(user)
        self.n_items = n_items
        self.max_len = max_len
        self.is_profile = user == "profile"
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=0 if self.is_profile else n_blocks,
            hidden=4 * D,
            causal=True,
            dropout=dropout,
            positions="none" if self.is_profile else "learned",
        )
        hidden = 2 * D if hidden is None else hidden
        self.user_head = tower_head(D, hidden)
        self.item_head = tower_head(D, hidden)

    def forward(self, histories: torch.Tensor) -> torch.Tensor:
        """The user's vector after each click.

        histories: (B, L) long, padded on the left. Returns (B, L, D).
        """
        states = self.encoder(histories)
        if self.is_profile:
            states = mean_so_far(states, histories != PAD)
        return self.user_head(states)

    def user_vectors(self, histories: torch.Tensor) -> torch.Tensor:
        """What a user is searched with. histories: (B, L) -> (B, D)."""
        return self(histories)[:, -1]

    def vectors_of(self, items: torch.Tensor) -> torch.Tensor:
        """items: (...) long, from 1. Returns (..., D)."""
        return self.item_head(self.encoder.item(items))

    @property
    def item_vectors(self) -> torch.Tensor:
        """What is searched: (n_items, D), row j - 1 is item j.

        PAD and MASK have no row, so they are never found.
        """
        return self.item_head(self.encoder.item.weight[1 : self.n_items + 1])

    def score_candidates(self, histories: torch.Tensor, candidates: torch.Tensor) -> torch.Tensor:
        """Logits of some items. histories: (B, L). candidates: (B, C) from 1. Returns (B, C)."""
        return torch.einsum("bd,bcd->bc", self.user_vectors(histories), self.vectors_of(candidates))

    @torch.no_grad()
    def score_catalogue(self, histories: torch.Tensor) -> torch.Tensor:
        """Log-probabilities of all items as the next one, in eval mode.

        histories: (B, L) -> (B, n_items + 1), column 0 -inf.
        """
        with eval_mode(self):
            logits = self.user_vectors(histories) @ self.item_vectors.T
        return pad_column(logits.log_softmax(dim=-1))


def check_user(user):
    """Raise ValueError for a kind of user tower that does not exist."""
    if user not in USERS:
        raise ValueError(
            f"user {shown(user)} is no kind of tower. Cure: one of {', '.join(USERS)}."
        )


def tower_head(D, hidden):
    """x + a network with one hidden layer: it learns what to change of an embedding (..., D)."""
    head = Residual(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
    draw_weights(head)
    return head


class Residual(nn.Sequential):
    """x + layers(x)."""

    def forward(self, x):
        """x: (..., D). Returns the same shape."""
        return x + super().forward(x)


@dataclass(frozen=True, kw_only=True)
class TwoTowerConfig(ModelConfig):
    """Options of `seqrec.models.TwoTower`, and of its loss, see `seqrec.losses.towers_loss`.

    n_negatives: uniform items that a batch has as negatives, beside its own targets: 1 or more, so
                 that items without any click are ranked by more than chance
    corrected:   whether log q of the negatives is taken off
    """

    user: str = "profile"
    D: int = 64
    H: int = 2
    n_blocks: int = 1
    hidden: int | None = None
    dropout: float = 0.0
    n_negatives: int = 100
    corrected: bool = True

    network: ClassVar = TwoTower
    for_training: ClassVar = ("n_negatives", "corrected")

    def __post_init__(self):
        check_count("n_negatives", self.n_negatives)
        check_flag("corrected", self.corrected)
        super().__post_init__()

    def objective(
        self, events: Events, max_len: int, *, whole: bool, device: torch.device | str
    ) -> Objective:
        """`towers_loss` on pieces of histories."""
        sequences, is_target = pieces_with_targets(events, max_len, whole=whole, device=device)
        options = {"n_negatives": self.n_negatives, "corrected": self.corrected}
        return towers_loss(sequences, is_target=is_target, **options), len(sequences)

    def check_network_options(self, options: dict[str, Any]) -> None:
        """Raise ValueError for options that TwoTower would refuse. Builds nothing."""
        check_user(options.pop("user"))
        check_encoder(**options)
