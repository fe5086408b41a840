"""The error budget of two stages: whose fault is what is lost?

The first stage may miss an item, the second may misplace it. Under the law of what comes next, each
has its share of the expected NDCG@k.

Axis letters: B users, V = n_items + 1 columns (column 0 is padding), C candidates per user.
"""

from typing import NamedTuple

import numpy as np

from seqrec.metrics.ranking import gains


class ErrorBudget(NamedTuple):
    """Expected NDCG@k per user, (B,) each.

    oracle - ranking_error - missed + moved_up = two_stages, exactly.

    oracle:        the best that anybody can do
    ranking_error: what the ranker loses with the whole catalogue before it
    missed:        what it would have earned with items that the first stage did not find
    moved_up:      what the others earn more because those in front of them are gone
    two_stages:    what is left
    """

    oracle: np.ndarray
    ranking_error: np.ndarray
    missed: np.ndarray
    moved_up: np.ndarray
    two_stages: np.ndarray


def error_budget(
    law: np.ndarray, scores: np.ndarray, candidates: np.ndarray, k: int
) -> ErrorBudget:
    """Where two stages lose, under the law of what comes next.

    law:        (B, V) probabilities, column 0 is 0
    scores:     (B, V) of the ranker over the whole catalogue, higher is better
    candidates: (B, C) what the first stage found, 0 = nothing
    k:          cut-off of NDCG

    Ties count against the ranker. Returns :class:`ErrorBudget`. Raises ValueError for shapes that
    don't match.
    """
    _check_tables(law, scores, candidates)
    found = np.zeros(law.shape, dtype=bool)
    np.put_along_axis(found, candidates, True, axis=1)
    alone = gains(scores, k)  # (B, V) what a click on the item is worth to the ranker alone
    staged = gains(np.where(found, scores, -np.inf), k)
    of_ranker = (law * alone).sum(axis=1)
    oracle = (law * gains(law, k)).sum(axis=1)
    missed = (law * alone * ~found).sum(axis=1)
    moved_up = (law * (staged - alone) * found).sum(axis=1)
    return ErrorBudget(oracle, oracle - of_ranker, missed, moved_up, (law * staged).sum(axis=1))


def _check_tables(law, scores, candidates):
    if law.shape != scores.shape or len(candidates) != len(law):
        raise ValueError(
            f"law {law.shape} and scores {scores.shape} must be (B, V), candidates "
            f"{candidates.shape} too."
        )
