"""Journeys: click logs with order, drawn from the shop's generative story.

For each user, with persona p and hidden price tier g (both fixed):

1. session   mission m ~ P(m | p) at first, then m ~ P(m | p, previous mission)
2. type      with probability 1 - eps a step of the mission that is not yet visited this session, step k with weight
             exp(-order * k) (Plackett-Luce without replacement); with probability eps a distraction: a product type
             drawn from the persona's taste. Visited = clicked since the session began, distractions included
3. product   within the type, j with weight popularity_g(j) + kappa * (clicks on j among the user's last R clicks in the
             type). As an urn: with N such clicks, repeat one of them with probability kappa N / (1 + kappa N), else
             draw from popularity_g
4. outcome   in the cart with probability cart_rate_p * (factor of |g - tier of j|) * (factor of the step), and then
             bought with probability bought_per_cart: 0 looked, 0.5 cart, 1 bought
5. end       the session ends when the mission is done or has max_session_length clicks, else with probability
             1 - continuation
6. time      1 + Exp(seconds_between_clicks) seconds to the next click, never more than the session time-out;
             time-out + Exp(days_between_sessions) to the next session; in whole seconds

Every draw is keyed by (seed, channel, user, step): see `keyed_random`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from zooplus_sim.journeys.shoppers import Shoppers
from zooplus_sim.keyed_random import Channel, stream_keys, uniform

SHOP_COLUMNS = (
    "item_id",
    "timestamp",
    "outcome",
    "session_id",
)  # what a shop would see, beside user_id
TRUTH_COLUMNS = (
    "mission",
    "step",
    "distraction",
    "repeat",
)  # what only the simulator knows, beside persona and tier


def draw_counts(count, seed: int, users: np.ndarray) -> np.ndarray:
    """How many events (or sessions) each user has:

    a number, or uniform on a range. Independent of content.
    """
    low, high = count
    keys = stream_keys(seed, Channel.ARRIVAL, users)
    return low + (uniform(keys, 1) * (high - low + 1)).astype(np.int64)


def simulate_block(
    shoppers: Shoppers, counts: np.ndarray, unit: str
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The journeys of one block of shoppers who have not begun yet.

    counts: (U,). unit: "events" or "sessions", what `counts` counts.
    Returns lengths (U,), the events of each user, and columns of length sum(lengths), user after
    user, in time.
    """
    lengths = np.zeros(len(counts), dtype=np.int64)
    steps = list(_steps(shoppers, counts, unit))
    for who, _ in steps:
        lengths[who] += 1
    start = np.cumsum(lengths) - lengths
    columns = {}
    for name in (*SHOP_COLUMNS, *TRUTH_COLUMNS):
        column = columns[name] = np.empty(
            lengths.sum(), dtype=steps[0][1][name].dtype if steps else np.int64
        )
        for number, (who, event) in enumerate(steps):
            column[start[who] + number] = event.pop(name)
    return lengths, columns


def _steps(shoppers, counts, unit) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
    """The n-th event of all users that have one, for n = 0, 1, ...:

    (who, columns), `who` being places in `counts`.
    """
    shoppers.keep(counts > 0)
    while len(shoppers.who):
        who, event = shoppers.who, shoppers.intend()
        event["outcome"] = shoppers.take(event, event["item_id"])
        yield who, event
        to_come, s = counts[who], shoppers.state
        if unit == "events":
            shoppers.keep(to_come > shoppers.number)
        else:
            shoppers.keep(~s["ended"] | (s["session"] + 1 < to_come))
