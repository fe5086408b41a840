"""Two towers: a vector for the user, a vector for the item, and their dot product says how well
they go together.

Nothing of the user enters the item's tower, and nothing of the item the user's. So all items'
vectors are computed once, ahead of time, and to find a user's best items is to search among points
(`seqrec.recommender.nearest`). That is also the limit of it: whatever is known of a user has to fit
into one vector before any item is looked at.

After Covington et al., "Deep Neural Networks for YouTube Recommendations" (2016), and Yi et al.,
"Sampling-Bias- Corrected Neural Modeling for Large Corpus Item Recommendations" (2019), whose loss
is `seqrec.losses.in_batch_loss`.

Axis letters: B batch, L length, C candidates per history, D width.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn

from seqrec.checks import check_count, check_flag
from seqrec.data.padding import PAD
from seqrec.losses.objectives import towers_loss
from seqrec.models.attention import SequenceEncoder, check_encoder, draw_weights
from seqrec.models.config import ModelConfig, pieces_with_targets
from seqrec.models.heads import eval_mode, mean_so_far, pad_column

USERS = ("profile", "sequence")


class TwoTower(nn.Module):
    """Logit of item j after a history = user vector . item vector of j.

    user: what the user's tower makes of a history.
        "profile"   the mean of its items' embeddings: who likes what. No order, no positions: it can't know any.
        "sequence"  the newest state of a causal transformer, as in SASRec: n_blocks, H and dropout are its settings.
    Each tower ends in a small network of its own, with `hidden` units (default 2 D): what somebody has clicked and what
    comes next are different questions. Both read the same embeddings, `encoder.item`.

    n_items: items are 1..n_items. max_len: clicks that are read. D: width.
    Raises ValueError for another kind of user.
    """

    def __init__(
        self, n_items, max_len, *, user="profile", D=64, H=2, n_blocks=1, hidden=None, dropout=0.0
    ):
        super().__init__()
        check_user(user)
        self.n_items, self.max_len, self.is_profile = n_items, max_len, user == "profile"
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
        self.user_head, self.item_head = (
            tower_head(D, 2 * D if hidden is None else hidden) for _ in range(2)
        )

    def forward(self, histories):
        """The user's vector after each click.

        histories: (B, L) long, padded on the left. Returns (B, L, D).
        """
        states = self.encoder(histories)
        return self.user_head(mean_so_far(states, histories != PAD) if self.is_profile else states)

    def user_vectors(self, histories):
        """What a user is searched with. histories: (B, L) -> (B, D)."""
        return self(histories)[:, -1]

    def vectors_of(self, items):
        """items: (...) long, from 1. Returns (..., D)."""
        return self.item_head(self.encoder.item(items))

    @property
    def item_vectors(self):
        """What is searched: (n_items, D), row j - 1 is item j.

        PAD and MASK have no row, so they are never found.
        """
        return self.item_head(self.encoder.item.weight[1 : self.n_items + 1])

    def score_candidates(self, histories, candidates):
        """Logits of some items. histories: (B, L). candidates: (B, C) from 1. Returns (B, C)."""
        return torch.einsum("bd,bcd->bc", self.user_vectors(histories), self.vectors_of(candidates))

    @torch.no_grad()
    def score_catalogue(self, histories):
        """Log-probabilities of what comes next, in eval mode.

        histories: (B, L) -> (B, n_items + 1), column 0 -inf.
        """
        with eval_mode(self):
            logits = self.user_vectors(histories) @ self.item_vectors.T
        return pad_column(logits.log_softmax(dim=-1))


def check_user(user):
    """Raise ValueError for a kind of user tower that does not exist."""
    if user not in USERS:
        raise ValueError(f"user {user!r} is no kind of tower. Cure: one of {', '.join(USERS)}.")


def tower_head(D, hidden):
    """x + a network with one hidden layer:

    it starts from the embedding and learns what to change. (..., D).
    """
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
    that items without any click are ranked by more than chance. corrected: whether log q of the
    negatives is taken off.
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

    def objective(self, events, max_len, *, whole, device):
        sequences, is_target = pieces_with_targets(events, max_len, whole=whole, device=device)
        options = {"n_negatives": self.n_negatives, "corrected": self.corrected}
        return towers_loss(sequences, is_target=is_target, **options), len(sequences)

    def check_network_options(self, options):
        check_user(options.pop("user"))
        check_encoder(**options)
