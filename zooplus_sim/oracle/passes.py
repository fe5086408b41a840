"""One pass over many histories: in chunks of rows, and in each chunk column by column."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from zooplus_sim.oracle.posterior import Posterior
from zooplus_sim.oracle.session_tables import SessionTables
from zooplus_sim.world.tables import WorldTables


def filtered(
    sessions: SessionTables,
    tables: WorldTables,
    log_prior: np.ndarray,
    histories: np.ndarray,
    starts: np.ndarray | None,
    rows_at_a_time: int,
) -> Iterator[tuple[slice, int, Posterior]]:
    """(rows, column, posterior after that column), chunk by chunk; column -1 is before the first.

    The posterior is fed on: read from it before you ask for the next.

    sessions:       the part of the world that decides on types
    tables:         all of its probabilities
    log_prior:      (P, B) log P(persona)
    histories:      (B, L) product ids, left-padded with 0
    starts:         (B, L) bool, True where a click opens a session; None if nothing is known
    rows_at_a_time: histories in a chunk

    Raises ValueError for a history that the shop cannot produce, and names the column at which it
    becomes impossible.
    """
    for first in range(0, len(histories), rows_at_a_time):
        rows = slice(first, min(first + rows_at_a_time, len(histories)))
        posterior = Posterior(sessions, tables, log_prior[:, rows], histories.shape[1])
        yield rows, -1, posterior
        for column, items in enumerate(histories[rows].T):
            posterior.observe(items, None if starts is None else starts[rows, column])
            wrong = np.flatnonzero(posterior.impossible())
            if len(wrong):
                raise ValueError(
                    f"histories[{first + wrong[0]}, {column}]: product {items[wrong[0]]} "
                    "cannot follow the clicks before it in this world; expected histories of "
                    "this shop, complete from the first click"
                )
            yield rows, column, posterior
