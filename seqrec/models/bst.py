"""Behavior Sequence Transformer: will this user, after this history, click this candidate?

    MeanPoolBST    encode the history, average it, put the candidate beside it; an MLP decides
    BST            put the candidate *into* the sequence: history and candidate attend to each other

BST is Chen et al., "Behavior Sequence Transformer for E-commerce Recommendation in Alibaba" (2019).
Both give a logit; its sigmoid is the probability of a click in the mixture of clicks and negatives
that they were trained on. Histories are padded on the left.

Axis letters: B batch, L length of a history, C candidates per history, D width, F features,
S = max_len + 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import nn

from seqrec.checks import check_count, check_flag
from seqrec.data.events import Events
from seqrec.data.padding import PAD
from seqrec.losses.objectives import click_loss
from seqrec.models.config import ModelConfig, Objective, windows_on
from seqrec.models.encoder import SequenceEncoder, check_encoder, draw_weights
from seqrec.models.heads import eval_mode, masked_mean

# Pairs of history and candidate that `score_catalogue` computes at a time: bounds its memory.
PAIRS_AT_ONCE = 8192


class ClickNetwork(nn.Module):
    """What both are made of: an encoder that reads both ways, and an MLP down to one logit.

    n_items:     items are 1..n_items
    n_positions: of the encoder; the model itself says it, and the next two
    n_vectors:   of width D, that the head reads
    activation:  of the blocks, see `TransformerBlock`
    D:           width
    H:           heads
    n_blocks:    of the encoder
    hidden:      units of each block's network, 4 D if None
    mlp:         units of the hidden layers of the head
    n_features:  F, numbers about user and context
    dropout:     in encoder and head
    norm_first:  False is the paper's post-norm, but pre-norm learned more here in the same time
    """

    def __init__(
        self, n_items: int, *, n_positions: int, n_vectors: int, activation: str,
        D: int = 32, H: int = 2, n_blocks: int = 1, hidden: int | None = None,
        mlp: Sequence[int] = (64,), n_features: int = 0, dropout: float = 0.0,
        norm_first: bool = True,
    ):  # fmt: skip
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items,
            n_positions,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=False,
            dropout=dropout,
            norm_first=norm_first,
            activation=activation,
        )
        self.head = click_head(n_vectors * D + n_features, mlp, dropout)

    def score_catalogue(self, histories: torch.Tensor) -> torch.Tensor:
        """Log-probabilities of what comes next, in eval mode.

        histories: (B, L) -> (B, n_items + 1), column 0 -inf.
        """
        return score_catalogue(self, histories).log_softmax(dim=-1)


class MeanPoolBST(ClickNetwork):
    """Logit = MLP(masked mean of the encoded history, embedding of the candidate, features).

    The history is encoded once, however many candidates are asked for. But the encoder does not
    know the candidate: all that it can hand over is one vector, good for every question.

    n_items:  items are 1..n_items
    max_len:  longest history
    settings: D and so on, see `ClickNetwork`
    """

    def __init__(self, n_items: int, max_len: int, **settings: Any):
        super().__init__(n_items, n_positions=max_len, n_vectors=2, activation="relu", **settings)

    def forward(
        self, histories: torch.Tensor, candidates: torch.Tensor,
        features: torch.Tensor | None = None,
    ) -> torch.Tensor:  # fmt: skip
        """histories: (B, L) long. candidates: (B,). features: (B, F). Returns logits (B,)."""
        return self.score_candidates(histories, candidates[:, None], features).squeeze(1)

    def score_candidates(
        self, histories: torch.Tensor, candidates: torch.Tensor,
        features: torch.Tensor | None = None,
    ) -> torch.Tensor:  # fmt: skip
        """Several candidates for each history: (B, L) and (B, C), with (B, F). Logits (B, C)."""
        B, C = candidates.shape
        pooled = masked_mean(self.encoder(histories), histories != PAD)  # (B, D)
        beside = [pooled] if features is None else [pooled, features]
        beside = torch.cat(beside, dim=1)[:, None].expand(B, C, -1)  # (B, C, D + F)
        return self.head(torch.cat([beside, self.encoder.item(candidates)], dim=2)).squeeze(2)


class BST(ClickNetwork):
    """Logit = MLP(all positions of the encoded sequence "history, candidate", features).

    The candidate stands at the newest position. From the first block on, each click is seen in the
    light of the candidate, and the candidate in the light of the clicks. The price: every pair of
    history and candidate is a sequence of its own. As in the paper: LeakyReLU, and an MLP on all
    positions side by side.

    n_items:  items are 1..n_items
    max_len:  longest history
    settings: D and so on, see `ClickNetwork`
    """

    def __init__(self, n_items: int, max_len: int, **settings: Any):
        S = max_len + 1
        super().__init__(n_items, n_positions=S, n_vectors=S, activation="leaky_relu", **settings)
        self.S = S

    def forward(
        self, histories: torch.Tensor, candidates: torch.Tensor,
        features: torch.Tensor | None = None,
    ) -> torch.Tensor:  # fmt: skip
        """histories: (B, L) long. candidates: (B,). features: (B, F). Returns logits (B,)."""
        sequences = torch.cat([histories, candidates[:, None]], dim=1)  # (B, L + 1)
        states = self.encoder(sequences)  # (B, L + 1, D)
        states = states * (sequences != PAD)[:, :, None]
        missing = self.S - sequences.shape[1]
        # All S places, also of a short history, so that a click's place never moves.
        flat = nn.functional.pad(states, (0, 0, missing, 0)).flatten(1)  # (B, S D)
        flat = flat if features is None else torch.cat([flat, features], dim=1)
        return self.head(flat).squeeze(1)

    def score_candidates(
        self, histories: torch.Tensor, candidates: torch.Tensor,
        features: torch.Tensor | None = None,
    ) -> torch.Tensor:  # fmt: skip
        """Several candidates for each history: (B, L) and (B, C), with (B, F). Logits (B, C)."""
        B, C = candidates.shape
        features = None if features is None else features.repeat_interleave(C, dim=0)
        histories = histories.repeat_interleave(C, dim=0)  # (B C, L)
        return self(histories, candidates.flatten(), features).view(B, C)


@torch.no_grad()
def score_catalogue(
    network: ClickNetwork, histories: torch.Tensor, features: torch.Tensor | None = None
) -> torch.Tensor:
    """Logits of all items for each history, as a ranker wants them.

    network:   a MeanPoolBST or BST; used in eval mode, and left in the mode that it was in
    histories: (B, L) long, padded on the left
    features:  (B, F)

    Returns (B, n_items + 1), column j for item j; column 0, padding, is -inf.
    """
    shape = (len(histories), network.n_items + 1)
    # The network's own dtype: PyTorch's default may have changed since it was made.
    dtype = next(network.parameters()).dtype
    scores = torch.full(shape, float("-inf"), device=histories.device, dtype=dtype)
    items = torch.arange(1, network.n_items + 1, device=histories.device)
    rows_at_once = max(1, PAIRS_AT_ONCE // network.n_items)
    with eval_mode(network):
        for start in range(0, len(histories), rows_at_once):
            rows = slice(start, start + rows_at_once)
            context = None if features is None else features[rows]
            for chunk in items.split(PAIRS_AT_ONCE):
                candidates = chunk.expand(len(histories[rows]), -1)  # (b, C)
                scores[rows, chunk] = network.score_candidates(histories[rows], candidates, context)
    return scores


def click_head(width: int, mlp: Sequence[int], dropout: float) -> nn.Sequential:
    """Linear and LeakyReLU layers down to one logit: (..., width) -> (..., 1).

    width:   of the input
    mlp:     units of the hidden layers
    dropout: behind each of them
    """
    layers = []
    for units in mlp:
        layers += [nn.Linear(width, units), nn.LeakyReLU(), nn.Dropout(dropout)]
        width = units
    head = nn.Sequential(*layers, nn.Linear(width, 1))
    draw_weights(head)
    return head


@dataclass(frozen=True, kw_only=True)
class BSTConfig(ModelConfig):
    """Options of `seqrec.models.BST`, and of its loss, see `seqrec.losses.click_loss`.

    n_negatives: random items beside each click that it learns to tell from it

    It answers a question about one candidate. The log-odds of a click against negatives drawn
    uniformly are, up to a constant, the log-probability that the candidate comes next; so a softmax
    over the catalogue gives that.
    """

    D: int = 32
    H: int = 2
    n_blocks: int = 1
    hidden: int | None = None
    mlp: tuple[int, ...] = (64,)
    dropout: float = 0.0
    norm_first: bool = True
    n_negatives: int = 4

    network: ClassVar = BST
    for_training: ClassVar = ("n_negatives",)

    def __post_init__(self):
        # JSON makes lists of tuples.
        object.__setattr__(self, "mlp", tuple(self.mlp))
        check_count("n_negatives", self.n_negatives)
        super().__post_init__()

    def objective(
        self, events: Events, max_len: int, *, whole: bool, device: torch.device | str
    ) -> Objective:
        """`click_loss` of each click after the clicks before it."""
        histories, targets = windows_on(events, max_len, whole=whole, device=device)
        return click_loss(histories, targets, self.n_negatives), len(targets)

    def check_network_options(self, options: dict[str, Any]) -> None:
        """Raise ValueError for options that BST would refuse. Builds nothing."""
        check_flag("norm_first", options.pop("norm_first"))
        for units in options.pop("mlp"):
            check_count("units of mlp", units)
        check_encoder(**options)


@dataclass(frozen=True, kw_only=True)
class MeanPoolBSTConfig(BSTConfig):
    """`BSTConfig` for `MeanPoolBST`, which encodes a history once for all candidates."""

    network: ClassVar = MeanPoolBST
