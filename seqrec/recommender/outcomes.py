"""What becomes of an item: for pairs, as the order of a list, and how well it is told.

    OutcomeAnswers.predict_outcome      E[outcome | history, item] of pairs
    ranked_by(scorer, by)               the scorer of lists in another order
    outcome_questions, outcome_error    validation, beside that of the next item
    check_monitor                       is "valid_mse" told, and is less of it better?

Axis letters: U users, B histories, L max_len, J = n_items, N pairs, W validation events.
"""

import copy
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from seqrec.data.cuts import windows
from seqrec.data.padding import without_empty_columns
from seqrec.models.bst import PAIRS_AT_ONCE
from seqrec.models.config import ModelConfig
from seqrec.models.heads import eval_mode, pad_column
from seqrec.notices import warn

# What a list may be in the order of.
NEXT = "next"
OUTCOME = "outcome"
BOTH = "next x outcome"


class OutcomeAnswers:
    """The part of `SequentialRecommender` that tells how it will end."""

    def predict_outcome(self, user_ids: npt.ArrayLike, item_ids: npt.ArrayLike) -> np.ndarray:
        """E[outcome | the user's history, the item comes next], for pairs: (N,) float32.

        user_ids: (N,). Their histories are those that `predict` reads. A user who is not among them
                  gets the mean outcome of training, and a warning counts them.
        item_ids: (N,)

        Raises RuntimeError for a model that learned no outcomes, and ValueError as `predict` does.
        """
        scorer = self._fitted().scorer_
        check_has_outcomes(scorer.config)
        histories, rows, items = self._pairs(user_ids, item_ids)
        n_strangers = int((histories == 0).all(axis=1).sum())
        if n_strangers:
            warn(
                f"{n_strangers} of {len(histories)} users have no event that the model can read: "
                "the mean outcome answers.",
                stacklevel=2,
            )
        return outcomes_of_pairs(scorer, histories, rows, items)


@torch.no_grad()
def outcomes_of_pairs(scorer, histories, rows, items):
    """E[outcome] of item items[i] after history rows[i]: (N,) float32.

    scorer:    CatalogueScorer of a network with `expected_after`
    histories: (B, L) integers, padded on the left; the mean answers for an empty one
    rows:      (N,) rows of histories
    items:     (N,) items from 1
    """
    network = scorer.network
    order = np.argsort(rows, kind="stable")
    told = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), PAIRS_AT_ONCE):
        pairs = order[start : start + PAIRS_AT_ONCE]
        # Each history is read once.
        some, which = np.unique(rows[pairs], return_inverse=True)
        read = torch.from_numpy(histories[some]).long().to(scorer.device)
        asked = torch.from_numpy(items[pairs]).long().to(scorer.device)
        which = torch.from_numpy(which).to(scorer.device)
        with eval_mode(network):
            states = network.encoder(without_empty_columns(read))[:, -1]  # (b, D)
            outcomes = network.expected_after(states[which], asked)
        is_empty = (read == 0).all(dim=1)[which]
        told[pairs] = torch.where(is_empty, network.outcome_mean, outcomes).cpu().numpy()
    return told


class RankedBy(NamedTuple):
    """What `CatalogueScorer` asks of a ModelConfig, in another order than the next item's."""

    config: ModelConfig
    by: str

    def scores(self, network, histories):
        """(B, L) -> (B, J + 1), column 0 -inf: E[outcome], or that times the probability."""
        outcomes = network.outcome_catalogue(histories)
        if self.by == OUTCOME:
            return outcomes
        law = self.config.scores(network, histories).exp()
        return pad_column(law[:, 1:] * outcomes[:, 1:])


def ranked_by(scorer, by, sampling_temperature):
    """The CatalogueScorer whose lists are in the order of `by`; the network is the same.

    scorer:               CatalogueScorer
    by:                   "next": log-probability of the next item; "outcome": E[outcome | history,
                          item]; "next x outcome": probability times that
    sampling_temperature: 0 unless by is "next": the others are no probabilities

    Popularity answers for an empty history, whatever `by` is. Raises ValueError for another `by`
    and for a temperature above 0, RuntimeError for a model that learned no outcomes.
    """
    if by not in (NEXT, OUTCOME, BOTH):
        raise ValueError(f"by must be {NEXT!r}, {OUTCOME!r} or {BOTH!r}, got {by!r}.")
    if by == NEXT:
        return scorer
    check_has_outcomes(scorer.config)
    if sampling_temperature:
        raise ValueError(
            f"sampling_temperature must be 0 where by is {by!r}, which is no probability to draw "
            f"by, got {sampling_temperature!r}. Cure: by={NEXT!r}, or sampling_temperature=0."
        )
    other = copy.copy(scorer)
    other.config = RankedBy(scorer.config, by)
    return other


def check_has_outcomes(config):
    """Raise RuntimeError for a model that learns no outcomes."""
    if not config.needs_outcome:
        raise RuntimeError(
            f"a model of {type(config).__name__} knows what comes next, and learned no outcomes. "
            "Cure: SequentialRecommender(SASRecOutcomeConfig()), fitted on a log with `outcome`."
        )


def check_monitor(config, training):
    """Raise ValueError where `valid_mse` is monitored and is not told, or more of it is better.

    config:   ModelConfig
    training: TrainConfig
    """
    if training.monitor != "valid_mse":
        return
    if not config.needs_outcome:
        raise ValueError(
            f"monitor must be a number that validation tells, and {type(config).__name__} learns "
            "no outcomes, got 'valid_mse'. Cure: model=SASRecOutcomeConfig(), or the monitor "
            "'valid_loss'."
        )
    if training.higher_is_better:
        raise ValueError(
            "higher_is_better must be False for the monitor 'valid_mse', which is an error, got "
            "True. Cure: TrainConfig(monitor='valid_mse', higher_is_better=False)."
        )


def outcome_questions(seen, max_len, is_asked):
    """How did each asked event end? Targets or not, but no user's first.

    seen:     Events with outcomes, N of them
    max_len:  L
    is_asked: (N,) bool

    Returns histories (W, L), padded on the left, the items that followed (W,) and how that ended
    (W,).
    """
    # Cut places, from 1, and look all of it up there: item and outcome of an event stay together.
    places = seen._replace(
        items=np.arange(1, len(seen.items) + 1), is_target=np.ones(len(seen.items), bool)
    )
    before, asked = windows(places, max_len, chosen=is_asked)
    return np.append(0, seen.items)[before], seen.items[asked - 1], seen.outcomes[asked - 1]


def outcome_error(scorer, histories, items, outcomes):
    """Mean squared error over validation events. Arguments as `outcome_questions` returns them.

    Returns {"valid_mse": in squares of the log's unit}.
    """
    told = outcomes_of_pairs(scorer, histories, np.arange(len(items)), items)
    return {"valid_mse": float(np.square(told - outcomes).mean())}
