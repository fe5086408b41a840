"""The oracle: the best possible prediction of clicks, exactly, from the shop's own story."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from zooplus_sim.checks import check_count
from zooplus_sim.journeys.simulator import ZooplusSimulator
from zooplus_sim.oracle.ceiling import Ceiling, best_expected_scores, expected_scores
from zooplus_sim.oracle.histories import (
    check_histories,
    check_items,
    check_masked,
    check_negatives,
    check_scores,
    check_session_starts,
    log_persona_prior,
    refuse_items,
)
from zooplus_sim.oracle.masked_item import masked_item_probabilities
from zooplus_sim.oracle.passes import filtered
from zooplus_sim.oracle.posterior import Posterior
from zooplus_sim.oracle.restarted import RestartedOracle
from zooplus_sim.oracle.sampled_clicks import times_drawn
from zooplus_sim.oracle.session_tables import SessionTables

# Histories at a time: enough to spread the cost of a call, few enough for a core's cache. Fewer
# where one array of a chunk would hold more numbers than the second constant (64 MiB).
CHUNK = 256
CHUNK_NUMBERS = 2**23


class Oracle:
    """Exact posteriors for the shop `sim`, from item ids alone.

    **A history must be complete from the shopper's first click.** A truncated one gives numbers
    too, but wrong ones: nothing tells a shopper's first click from the first click that is shown. A
    history that the shop cannot produce is a ValueError that names the row and the column at which
    it becomes impossible.

    Hidden are the persona, the price tier, the mission, and where the current session began. What
    is summed over, and how, is derived where it is done: `session_filter` (types), `habit_urn`
    (products in a type), `posterior` (both), `masked_item` (a gap). The test suite holds all of it
    against a plain enumeration of the story.

    No model that sees item ids only does better on average. Timestamps, session ids and outcomes
    reveal hidden state: a model that reads them may pass this oracle. `personas` and
    `session_starts`, where a method takes them, let it in on some of that: the name of each
    shopper's persona, (B,), and which past clicks opened a session, (B, L) bool.

    Axis letters: B batch, L length, N candidates, J = n_products + 1. Histories are (B, L)
    integers: product ids, left-padded with 0. Cost and memory are linear in B and L; what is not
    returned is never held for more than a chunk.
    """

    def __init__(self, sim: ZooplusSimulator):
        self.world = sim.world
        self.tables = sim.tables
        self.n_products = sim.n_products
        self._sessions = SessionTables.build(sim.world, sim.tables)

    # --- The next click ---

    def next_item_probabilities(
        self,
        histories: np.ndarray,
        *,
        personas: Sequence[str] | None = None,
        session_starts: np.ndarray | None = None,
    ) -> np.ndarray:
        """P(next item | history).

        histories: (B, L), L may be 0

        Returns (B, J): rows sum to 1, column 0 is 0.
        """
        histories = check_histories(histories, self.n_products)
        out = np.empty((len(histories), self.n_products + 1))
        for rows, posterior in self._final(histories, personas, session_starts):
            out[rows] = posterior.item_probabilities().T
        return out

    def filter(
        self,
        histories: np.ndarray,
        *,
        personas: Sequence[str] | None = None,
        session_starts: np.ndarray | None = None,
    ) -> np.ndarray:
        """P(next item | clicks up to here) at every position, in one pass over the histories.

        histories: (B, L)

        Returns (B, L, J): [b, t] predicts the click after histories[b, t] from all up to it, and is
        the prediction for a shopper without clicks where that is padding.
        """
        histories = check_histories(histories, self.n_products)
        out = np.empty((*histories.shape, self.n_products + 1))
        for rows, column, posterior in self._filtered(histories, personas, session_starts):
            if column >= 0:
                out[rows, column] = posterior.item_probabilities().T
        return out

    def click_probability(
        self,
        histories: np.ndarray,
        candidates: np.ndarray,
        *,
        negatives: np.ndarray,
        n_negatives: int = 1,
        reject_target: bool = False,
    ) -> np.ndarray:
        """P(label = 1 | history, candidate) among samples with one positive per history.

        The law is derived in `sampled_clicks`.

        histories:     (B, L)
        candidates:    (B,) or (B, N) product ids
        negatives:     (J,) P(a draw of a negative gives the product)
        n_negatives:   per history
        reject_target: whether a negative is drawn again until it is not the positive

        Returns the shape of `candidates`. Raises ValueError for a candidate that can be neither, or
        if a positive leaves no negative.
        """
        histories = check_histories(histories, self.n_products)
        items = check_items("candidates", candidates, len(histories), self.n_products)
        q = check_negatives(negatives, self.n_products)
        r = check_count("n_negatives", n_negatives)
        out = np.empty(items.shape)
        reason = "can be neither next nor a negative"
        for rows, posterior in self._final(histories):
            p = posterior.item_probabilities().T  # (b, J)
            chosen = items[rows]
            positive, negative = times_drawn(p, chosen, q, r, reject_target=reject_target)
            total = positive + negative  # (b, N)
            refuse_items("candidates", chosen, total == 0, reason, rows.start)
            out[rows] = positive / total
        return out.reshape(np.shape(candidates))

    def expected_outcome(self, histories: np.ndarray, items: np.ndarray) -> np.ndarray:
        """E[outcome of the next click | history, the next click is on the item].

        An outcome is 0 looked, 0.5 in the cart, 1 bought. Earlier ones would say more; they are not
        read here.

        histories: (B, L)
        items:     (B,) or (B, N) product ids

        Returns the shape of `items`. Raises ValueError for an item that cannot be clicked next.
        """
        histories = check_histories(histories, self.n_products)
        candidates = check_items("items", items, len(histories), self.n_products)
        out = np.empty(candidates.shape)
        for rows, posterior in self._final(histories):
            out[rows] = posterior.expected_outcomes(candidates[rows].T).T
            wrong = np.isnan(out[rows])
            refuse_items("items", candidates[rows], wrong, "cannot be clicked next", rows.start)
        return out.reshape(np.shape(items))

    # --- A gap ---

    def masked_item_probabilities(self, sequences: np.ndarray, positions: np.ndarray) -> np.ndarray:
        """P(item at the position | every other click): the ceiling of the cloze task.

        Several masks at once would need a sum over all their combinations; this is for one.

        sequences: (B, L), complete from the shopper's first click; what stands at the position is
                   not read
        positions: (B,) column of the one masked click of each row

        Returns (B, J): rows sum to 1, column 0 is 0.
        """
        sequences, positions = check_masked(sequences, positions, self.n_products)
        step = self._rows_at_a_time(sequences.shape[1], sequences.shape[1])
        return masked_item_probabilities(self._sessions, self.tables, sequences, positions, step)

    # --- Ceilings and diagnostics ---

    def ceiling(
        self,
        histories: np.ndarray,
        k: int = 10,
        *,
        personas: Sequence[str] | None = None,
        session_starts: np.ndarray | None = None,
    ) -> Ceiling:
        """The best expected HR@k and NDCG@k for the click after every position.

        histories: (B, L)
        k:         cut-off
        """
        histories = check_histories(histories, self.n_products)
        k = check_count("k", k)
        hit_rate = np.empty(histories.shape)
        ndcg = np.empty(histories.shape)
        for rows, column, posterior in self._filtered(histories, personas, session_starts):
            if column >= 0:
                scores = best_expected_scores(posterior.item_probabilities(), k)
                hit_rate[rows, column], ndcg[rows, column] = scores
        return Ceiling(k=k, clicks=(histories > 0).cumsum(1), hit_rate=hit_rate, ndcg=ndcg)

    def expected_scores(
        self, histories: np.ndarray, scores: np.ndarray, k: int = 10
    ) -> tuple[np.ndarray, np.ndarray]:
        """Expected HR@k and NDCG@k of any model's ranking: less noise than counting its hits.

        histories: (B, L)
        scores:    (B, J), larger is better, column 0 is not read; ties count against the model
        k:         cut-off

        Returns two (B,). Raises ValueError for a NaN.
        """
        scores = check_scores(scores, len(histories), self.n_products)
        return expected_scores(self.next_item_probabilities(histories), scores, check_count("k", k))

    def restarted(self, w: int) -> RestartedOracle:
        """The same filter begun cold `w` clicks ago: what a short window costs, not a bound."""
        return RestartedOracle(self, w)

    # --- One pass over the histories ---

    def _filtered(
        self, histories, personas=None, session_starts=None
    ) -> Iterator[tuple[slice, int, Posterior]]:
        """As `passes.filtered`, for histories that are checked already."""
        log_prior = log_persona_prior(self.world, personas, len(histories))
        starts = None if session_starts is None else check_session_starts(session_starts, histories)
        step = self._rows_at_a_time(1, histories.shape[1])
        return filtered(self._sessions, self.tables, log_prior, histories, starts, step)

    def _rows_at_a_time(self, columns_held: int, length: int) -> int:
        """How many histories a chunk has, if the states of so many columns are held at a time."""
        n_states = len(self._sessions.persona) * min(self.world.max_session_length, length + 1)
        largest = max(columns_held * n_states, self.n_products + 1)
        return min(CHUNK, max(1, CHUNK_NUMBERS // largest))

    def _final(
        self, histories, personas=None, session_starts=None
    ) -> Iterator[tuple[slice, Posterior]]:
        """(rows, posterior after the last column), chunk by chunk."""
        for rows, column, posterior in self._filtered(histories, personas, session_starts):
            if column == histories.shape[1] - 1:
                yield rows, posterior
