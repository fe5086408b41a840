"""The products: variants of each type, with a price tier, a price, a name and a popularity."""

from __future__ import annotations

import numpy as np
import pandas as pd

from zooplus_sim.checks import cut
from zooplus_sim.keyed_random import Channel, generator
from zooplus_sim.world.world import World

BRANDS = (
    "Bellamy",
    "Nordpaw",
    "Tail & Co",
    "Fernhill",
    "Little Ark",
    "Oakwhisker",
    "Pondside",
    "Happy Trot",
)
LINES = (
    "Classic",
    "Nature",
    "Comfort",
    "Active",
    "Gentle",
    "Family",
    "Studio",
    "Travel",
    "Garden",
    "Harvest",
)


def build_catalogue(world: World, n_products: int, seed: int) -> pd.DataFrame:
    """The shop's products, indexed by `product_id` 1..n_products (0 is left for padding).

    Columns: name, category, product_type, species, price_tier, price (euro), popularity. Every type
    has the same number of variants, give or take one; tiers take turns among them. `popularity` is
    the weight of the variant of popularity rank r among n of its type,

        r ** -exponent * exp(-r / (cutoff * n)),

    scaled to sum to 1 within the type. Ids are shuffled: an id says nothing about its product.

    world:      the shop's constants
    n_products: at least one per product type
    seed:       of the shop

    Raises ValueError if there are fewer products than product types.
    """
    n_types = len(world.product_types)
    if n_products < n_types:
        raise ValueError(
            f"n_products must be at least {n_types}, one for each product type of "
            f"{cut(world.name)!r}, got {n_products}"
        )
    draw = generator(seed, Channel.WORLD)
    kind = np.arange(n_products) % n_types  # (n_products,) index of the product type
    variant = np.arange(n_products) // n_types  # 0, 1, ... within the type: popularity rank - 1
    n_tiers = len(world.tiers)
    tier = (variant + draw.integers(n_tiers, size=n_types)[kind]) % n_tiers

    n_variants = np.bincount(kind, minlength=n_types)[kind]
    # Relative to the most popular variant (variant 0), so that a sharp cut-off does not underflow
    # to nothing at all.
    tail = np.exp(-variant / (world.popularity_cutoff * n_variants))
    weight = (variant + 1.0) ** -world.popularity_exponent * tail
    weight /= np.bincount(kind, weights=weight, minlength=n_types)[kind]

    price = shelf_prices(world, kind, tier, draw.uniform(0.9, 1.1, n_products))

    type_name = np.array([part.name for part in world.product_types])[kind]
    n_looks = len(BRANDS) * len(LINES)
    look = (variant + draw.integers(len(BRANDS), size=n_types)[kind]) % n_looks
    brand = np.array(BRANDS)[look % len(BRANDS)]
    line = np.array(LINES)[look // len(BRANDS)]
    # A number where the looks have run out: names stay unique however large the shop is.
    edition = variant // n_looks
    number = np.where(edition > 0, [f" No. {n + 1}" for n in edition], "")
    parts = zip(brand, line, type_name, number, strict=True)
    names = [f"{brand} {line} {kind_name}{number}" for brand, line, kind_name, number in parts]

    products = pd.DataFrame(
        {
            "name": names,
            "category": np.array([part.category for part in world.product_types])[kind],
            "product_type": type_name,
            "species": np.array([part.species for part in world.product_types])[kind],
            "price_tier": np.array([part.name for part in world.tiers])[tier],
            "price": price,
            "popularity": weight,
        }
    )
    products = products.iloc[draw.permutation(n_products)]
    products.index = pd.RangeIndex(1, n_products + 1, name="product_id")
    return products


def shelf_prices(world: World, kind: np.ndarray, tier: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Price of the type, times factor of the tier, times noise, as a shop rounds it.

    world: the shop's constants
    kind:  (n,) product types
    tier:  (n,) price tiers
    noise: (n,) factors around 1

    Returns (n,) euro that end in .99, or 0.49 where that is more.
    """
    base = np.array([part.price for part in world.product_types])[kind]
    factor = np.array([part.price_factor for part in world.tiers])[tier]
    return np.maximum(np.round(base * factor * noise) - 0.01, 0.49)
