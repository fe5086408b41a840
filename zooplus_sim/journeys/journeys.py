"""Journeys: click logs with order, drawn from the shop's generative story.

For each user, with persona p and hidden price tier g (both fixed):

1. session   mission m ~ P(m | p) at first, then m ~ P(m | p, previous mission); of the missions
             that require product types only those may begin, all of whose types the shopper has
             clicked before, be it long ago, and the chances of these are scaled to sum to 1
2. type      with probability 1 - eps a step of the mission that is not yet visited this session,
             step k with weight exp(-order * k) (Plackett-Luce without replacement); with
             probability eps a distraction: a product type drawn from the persona's taste. Visited =
             clicked since the session began, distractions included
3. product   within the type, j with weight popularity_g(j) + kappa * (clicks on j among the user's
             last R clicks in the type). As an urn: with N such clicks, repeat one of them with
             probability kappa N / (1 + kappa N), else draw from popularity_g
4. outcome   in the cart with probability cart_rate_p * (factor of |g - tier of j|) * (factor of the
             step), and then bought with probability bought_per_cart: 0 looked, 0.5 cart, 1 bought
5. end       the session ends when the mission is done or has max_session_length clicks, else with
             probability 1 - continuation
6. time      1 + Exp(seconds_between_clicks) seconds to the next click, never more than the session
             time-out; time-out + Exp(days_between_sessions) to the next session; in whole seconds

Every draw is keyed by (seed, channel, user, step): see `keyed_random`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from zooplus_sim.journeys.shoppers import Shoppers
from zooplus_sim.keyed_random import Channel, stream_keys, uniform
from zooplus_sim.world.world import World

# What a shop would see, beside user_id.
SHOP_COLUMNS = ("item_id", "timestamp", "outcome", "session_id")
# What only the simulator knows, beside persona and tier.
TRUTH_COLUMNS = ("mission", "step", "distraction", "repeat")


@dataclass(frozen=True, eq=False)
class Journeys:
    """A click log with order.

    Both tables have one row per click, in the same order, by user and then by time.

    interactions: what a shop would see: user_id, item_id, timestamp (seconds since 1970), outcome
                  (0 looked, 0.5 in the cart, 1 bought), session_id (0, 1, ... within the user)
    truth:        what only the simulator knows: persona, tier, mission, step (0, 1, ... in the
                  mission's usual order, -1 for a distraction), distraction, repeat (the click was
                  made by habit)
    """

    interactions: pd.DataFrame
    truth: pd.DataFrame


def draw_counts(count: tuple[int, int], seed: int, users: np.ndarray) -> np.ndarray:
    """How many events (or sessions) each user has: uniform on a range, independent of content.

    count: (low, high), both ends included
    seed:  of the journeys
    users: (U,) ids

    Returns (U,) int64.
    """
    low, high = count
    keys = stream_keys(seed, Channel.ARRIVAL, users)
    return low + (uniform(keys, 1) * (high - low + 1)).astype(np.int64)


def simulate_block(
    shoppers: Shoppers, counts: np.ndarray, unit: str
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The journeys of one block of shoppers who have not begun yet.

    shoppers: U of them
    counts:   (U,) how far each goes
    unit:     "events" or "sessions", what `counts` counts

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
        dtype = steps[0][1][name].dtype if steps else np.int64
        column = columns[name] = np.empty(lengths.sum(), dtype=dtype)
        for number, (who, event) in enumerate(steps):
            column[start[who] + number] = event.pop(name)
    return lengths, columns


def as_tables(world: World, columns: dict[str, np.ndarray]) -> Journeys:
    """The two tables, made of the columns themselves, (N,) each and not copied.

    `columns` is emptied, so that a column is let go as soon as a narrower one stands for it.
    """
    shop = {name: columns.pop(name) for name in ("user_id", *SHOP_COLUMNS)}
    interactions = pd.DataFrame(shop, copy=False)
    names: dict[str, Sequence] = {
        "persona": world.personas,
        "tier": world.tiers,
        "mission": world.missions,
    }
    truth = {}
    for name in ("persona", "tier", *TRUTH_COLUMNS):
        truth[name] = columns.pop(name)
        if name in names:
            labels = [part.name for part in names[name]]
            truth[name] = pd.Categorical.from_codes(truth[name], labels)
    return Journeys(interactions, pd.DataFrame(truth, copy=False))


def _steps(shoppers, counts, unit) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
    """The n-th event of all that have one, n = 0, 1, ...: (who, columns).

    who is (B,) places in `counts`; the columns are (B,).
    """
    shoppers.keep(counts > 0)
    while len(shoppers.who):
        who = shoppers.who
        event = shoppers.intend()
        event["outcome"] = shoppers.take(event, event["item_id"])
        yield who, event
        total = counts[who]
        state = shoppers.state
        if unit == "events":
            shoppers.keep(total > shoppers.number)
        else:
            shoppers.keep(~state["ended"] | (state["session"] + 1 < total))
