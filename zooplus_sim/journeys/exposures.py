"""The click log without order: random products shown to random users."""

from __future__ import annotations

import numpy as np
import pandas as pd

from zooplus_sim.checks import check_count, check_memory
from zooplus_sim.journeys.simulator import ZooplusSimulator
from zooplus_sim.keyed_random import Channel, generator

BYTES_PER_ROW = 60  # of the three columns, and of what they are made from


def generate_training_data(
    sim: ZooplusSimulator, num_interactions: int, *, seed: int | None = None
) -> pd.DataFrame:
    """Show random products to random users and note who clicks.

    Each row is one exposure: user and product uniform and independent, then a click with the
    probability that the user's persona has for the product's category. There is no order in it:
    shuffle a user's rows, and nothing is lost.

    sim:              the shop
    num_interactions: rows, at least 1
    seed:             None goes on with `sim.rng`, so that a second call gives other exposures; a
                      number always gives the same

    Returns a DataFrame with columns user_id, product_id, clicked (0 or 1), all int64.
    Raises ValueError for a number of rows or a seed that cannot be.
    """
    n = check_count("num_interactions", num_interactions)
    check_memory("num_interactions", BYTES_PER_ROW * n, "fewer of them")
    draw = sim.rng if seed is None else generator(seed, Channel.ARRIVAL)
    user = draw.integers(sim.n_users, size=n)
    product = draw.integers(1, sim.n_products + 1, size=n)
    chance = sim.tables.exposure_click  # (P, J)
    # Where each user's persona begins in the flat table.
    row = sim.traits[0] * chance.shape[1]  # (n_users,)
    clicked = draw.random(n) < chance.ravel()[row[user] + product]
    return pd.DataFrame(
        {"user_id": user, "product_id": product, "clicked": clicked.astype(np.int64)}
    )
