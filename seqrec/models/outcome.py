"""SASRec with a second question: if it is this item next, what becomes of it?

A state sums up a history. A small head reads it beside the vector of an item and says
E[outcome | history, item]. Encoder and item vectors are shared with the first question, what comes
next, and are learned for both: outcomes alone are few and noisy.

Axis letters: B batch, L length, D width, N items of a history, J = n_items.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch

from seqrec.checks import check_count, check_positive
from seqrec.data.cuts import pieces
from seqrec.data.events import Events
from seqrec.losses.outcome import outcome_loss
from seqrec.models.bst import PAIRS_AT_ONCE
from seqrec.models.config import ModelConfig, Objective
from seqrec.models.encoder import check_encoder
from seqrec.models.heads import PairHead, beside, eval_mode, pad_column
from seqrec.models.sasrec import SASRec


class SASRecOutcome(SASRec):
    """SASRec, and E[outcome] = mean + scale * head(state, vector of the item).

    The head speaks in standard deviations, so that one learning rate fits cents and euros alike.
    Mean and scale are those of the outcomes that training saw, see `scale_to`; they are saved with
    the weights.

    n_items:  items are 1..n_items
    max_len:  clicks that are read
    head:     units of the head's hidden layer
    settings: D and so on, see `SASRec`
    """

    def __init__(self, n_items: int, max_len: int, *, head: int = 64, **settings: Any):
        super().__init__(n_items, max_len, **settings)
        self.outcome = PairHead(self.encoder.D, head)
        self.register_buffer("outcome_mean", torch.tensor(0.0))
        self.register_buffer("outcome_scale", torch.tensor(1.0))

    def scale_to(self, mean: float, scale: float) -> None:
        """Take mean and standard deviation of the outcomes that are to be learned.

        Outcomes that are all alike have no scale: 1 stands in for one that is rounding alone.
        """
        self.outcome_mean.fill_(mean)
        self.outcome_scale.fill_(scale if scale > 1e-6 * abs(mean) else 1.0)

    def expected_after(self, states: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """E[outcome | item comes next] after states.

        states: (..., D)
        items:  (...) or (..., N) from 1

        Returns the shape of `items`.
        """
        head = self.outcome(*beside(states, self.encoder.item(items)))
        # Under autocast the head is in half precision, which a large mean would use up.
        return self.outcome_mean + self.outcome_scale * head.to(self.outcome_scale.dtype)

    def expected_outcome(self, histories: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """E[outcome | history, item comes next]. items: (B,) or (B, N). Returns its shape."""
        return self.expected_after(self.encoder(histories)[:, -1], items)

    @torch.no_grad()
    def outcome_catalogue(self, histories: torch.Tensor) -> torch.Tensor:
        """E[outcome] of every item, if it comes next, in eval mode.

        histories: (B, L) -> (B, n_items + 1), column 0 -inf. So many pairs at a time that they fit.
        """
        items = torch.arange(1, self.n_items + 1, device=histories.device)  # (J,)
        dtype = next(self.parameters()).dtype
        told = torch.empty(len(histories), self.n_items, device=histories.device, dtype=dtype)
        rows_at_once = max(1, PAIRS_AT_ONCE // self.n_items)
        with eval_mode(self):
            states = self.encoder(histories)[:, -1]  # (B, D)
            for start in range(0, len(states), rows_at_once):
                some = states[start : start + rows_at_once]
                for chunk in items.split(PAIRS_AT_ONCE):
                    every = self.expected_after(some, chunk.expand(len(some), -1))
                    told[start : start + rows_at_once, chunk - 1] = every
        return pad_column(told)


@dataclass(frozen=True, kw_only=True)
class SASRecOutcomeConfig(ModelConfig):
    """Options of `SASRecOutcome`, and of its loss, see `seqrec.losses.outcome_loss`.

    outcome_weight: of the squared error, in variances of the outcome, beside the softmax

    It learns how every event of a user but the first ended. (`positive_from` of the recommender
    leaves out events as items to be foretold, never as outcomes: else it would learn what becomes
    of those that end well.) Outcomes are mostly chance: with a `weight_decay` of 1, a hundred
    times TrainConfig's, more was learned here. Validation tells `valid_mse`, in squares of the
    log's unit; to keep the epoch where it is lowest, a TrainConfig says monitor="valid_mse",
    higher_is_better=False.
    """

    D: int = 64
    H: int = 2
    n_blocks: int = 2
    hidden: int | None = None
    dropout: float = 0.1
    positions: str = "learned"
    head: int = 64
    outcome_weight: float = 1.0

    network: ClassVar = SASRecOutcome
    for_training: ClassVar = ("outcome_weight",)
    needs_outcome: ClassVar = True

    def __post_init__(self):
        weight = check_positive("outcome_weight", self.outcome_weight, False)
        object.__setattr__(self, "outcome_weight", weight)
        super().__post_init__()

    def check_network_options(self, options: dict[str, Any]) -> None:
        """Raise ValueError for options that SASRecOutcome would refuse. Builds nothing."""
        check_count("head", options.pop("head"))
        check_encoder(**options)

    def prepare(self, network: SASRecOutcome, events: Events) -> None:
        """Tell the network mean and scale of the outcomes that it is to learn."""
        network.scale_to(events.outcomes.mean(), events.outcomes.std())

    def objective(
        self, events: Events, max_len: int, *, whole: bool, device: torch.device | str
    ) -> Objective:
        """`outcome_loss` on pieces of histories."""
        rows = [
            torch.from_numpy(pieces(events, max_len, whole=whole, values=values)).to(device)
            for values in (events.items, events.outcomes.astype("float32"), events.is_target)
        ]
        sequences, outcomes, is_target = rows
        loss = outcome_loss(sequences, outcomes, weight=self.outcome_weight, is_target=is_target)
        return loss, len(sequences)
