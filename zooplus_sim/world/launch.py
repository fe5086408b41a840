"""New products for a shop that is open already, drawn in the manner of the old ones."""

from __future__ import annotations

from itertools import count

import numpy as np
import pandas as pd

from zooplus_sim.keyed_random import Channel, generator
from zooplus_sim.world.catalogue import BRANDS, LINES, shelf_prices
from zooplus_sim.world.world import World


def launch_products(
    world: World, products: pd.DataFrame, n_new: int, on: pd.Timestamp, seed: int
) -> pd.DataFrame:
    """The catalogue with `n_new` rows below the old ones; ids go on counting.

    A new product is of an old product type (all types get as many, give or take one), its tier is
    any of the shop's, its price follows the shop's formula, its name is new in its type. Its
    popularity weight is that of an old product of its type, whichever; then the weights of the type
    are scaled to sum to 1 again, so old products lose, in proportion, what new ones take. Nothing
    else of an old product changes.

    world:    the shop's constants
    products: the old ones, see `build_catalogue`
    n_new:    how many come
    on:       the day
    seed:     of the new products

    Returns a DataFrame of its own with the column `launched`: `on` for the new ones, NaT for those
    that were there from the beginning.
    """
    # A word of its own behind the seed: the same seed's catalogue and launch are not drawn alike.
    words = generator(seed, Channel.WORLD).integers(2**32, size=2)
    draw = np.random.default_rng([*words, len(products)])
    types = world.product_types
    tiers = world.tiers
    turns = [draw.permutation(len(types)) for _ in range(-(-n_new // len(types)))]
    kind = np.concatenate(turns)[:n_new]  # (n_new,) product type
    tier = draw.integers(len(tiers), size=n_new)
    price = shelf_prices(world, kind, tier, draw.uniform(0.9, 1.1, n_new))

    taken = set(products["name"])
    rows = []
    for k, g, euro in zip(kind, tier, price, strict=True):
        of_type = products.loc[products["product_type"] == types[k].name, "popularity"]
        rows.append(
            {
                "name": _new_name(types[k].name, taken, draw),
                "category": types[k].category,
                "product_type": types[k].name,
                "species": types[k].species,
                "price_tier": tiers[g].name,
                "price": euro,
                "popularity": of_type.iloc[draw.integers(len(of_type))],
                "launched": on,
            }
        )
    both = pd.concat([products, pd.DataFrame(rows)], ignore_index=True)
    both["launched"] = pd.to_datetime(both["launched"], utc=True)
    both.index = pd.RangeIndex(1, len(both) + 1, name="product_id")
    both["popularity"] /= both.groupby("product_type")["popularity"].transform("sum")
    return both


def _new_name(kind: str, taken: set, draw: np.random.Generator) -> str:
    """A brand and a line that the type does not have yet, at random; numbered when all are gone.

    The name is added to `taken`.
    """
    for edition in count(1):
        tail = f" No. {edition}" if edition > 1 else ""
        names = [f"{brand} {line} {kind}{tail}" for brand in BRANDS for line in LINES]
        free = [name for name in names if name not in taken]
        if free:
            break
    name = free[draw.integers(len(free))]
    taken.add(name)
    return name
