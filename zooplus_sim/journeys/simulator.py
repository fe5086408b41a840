"""`ZooplusSimulator`: a pet shop with products, shoppers and the click logs that they leave."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cached_property

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from zooplus_sim.checks import check_count, check_memory, told
from zooplus_sim.journeys.column_buffer import ColumnBuffer
from zooplus_sim.journeys.journey_tables import JourneyTables, user_traits
from zooplus_sim.journeys.journeys import Journeys, as_tables, draw_counts, simulate_block
from zooplus_sim.journeys.requests import check_day, check_length, check_room, check_users
from zooplus_sim.journeys.shoppers import Shoppers
from zooplus_sim.keyed_random import Channel, check_seed, generator
from zooplus_sim.world.catalogue import build_catalogue
from zooplus_sim.world.launch import launch_products
from zooplus_sim.world.tables import WorldTables, build_tables
from zooplus_sim.world.world import World

MOST_PRODUCTS = 1_000_000


class ZooplusSimulator:
    """A simulated pet shop.

    n_products: at least one per product type
    n_users:    shoppers, with ids 0 .. n_users - 1
    seed:       fixes the catalogue and who the shoppers are
    world:      every other constant (default: `World.default()`)

    products:   DataFrame indexed by product_id 1..n_products (0 is left for padding)
    tables:     the world as arrays
    rng:        the generator behind `get_reward` and `get_random_user`, which advance it

    Raises ValueError for a number or a seed that cannot be, or too few products, and TypeError for
    a world that is no `World`.
    """

    def __init__(
        self,
        n_products: int = 50,
        n_users: int = 1000,
        seed: int = 42,
        *,
        world: World | None = None,
    ):
        self.n_products = check_count("n_products", n_products, MOST_PRODUCTS)
        self.n_users = check_count("n_users", n_users)
        self.seed = check_seed(seed)
        if world is not None and not isinstance(world, World):
            raise TypeError(
                f"world must be a World, got a {type(world).__name__}. Cure: such as "
                "World.from_toml('my_shop.toml')"
            )
        self.world = World.default() if world is None else world
        self._check_room()
        self._fill_shelves(build_catalogue(self.world, self.n_products, self.seed))
        self.rng = generator(self.seed, Channel.POLICY)

    def __repr__(self) -> str:
        return (
            f"ZooplusSimulator(n_products={self.n_products}, n_users={self.n_users}, "
            f"seed={self.seed}, world={self.world.name!r} {self.world.fingerprint})"
        )

    def _check_room(self) -> None:
        """Raises ValueError if the tables per product do not fit into memory."""
        columns = len(self.world.personas) + 3 * len(self.world.tiers)
        check_memory("n_products", self.n_products * (8 * columns + 1000), "fewer products")

    def _fill_shelves(self, products: pd.DataFrame) -> None:
        self.products = products
        self.n_products = len(products)
        self.tables: WorldTables = build_tables(self.world, products)

    def launch(self, n_new: int, *, on: str | datetime, seed: int = 0) -> ZooplusSimulator:
        """This shop from the day `on`, with new products (see `launch_products`).

        Old products keep id, name, price and everything but their share of popularity; new ones
        have the next ids, and `products["launched"]` says when they came. Shoppers are the same
        persons under the same ids, but their journeys begin on that day, without a past: let some
        ids visit the old shop and others the new one. So all that a shopper ever did happened in
        one catalogue, and `Oracle` of either simulator is exact for its own journeys.

        n_new: products that were not there before
        on:    later than this shop's own beginning
        seed:  of the new products

        Returns a simulator of its own; this one stays as it is. Raises ValueError for a day that is
        too early.
        """
        n_new = check_count("n_new", n_new, MOST_PRODUCTS - self.n_products)
        day = check_day(on, self.world.start)
        products = launch_products(self.world, self.products, n_new, day, check_seed(seed))
        world = self.world.replace(start=day.to_pydatetime())
        shop = ZooplusSimulator(len(self.world.product_types), self.n_users, self.seed, world=world)
        shop._fill_shelves(products)
        return shop

    # --- Who comes to the shop ---

    @property
    def personas(self) -> dict[str, dict[str, float]]:
        """Persona -> {category: click probability}."""
        return {persona.name: dict(persona.click_probability) for persona in self.world.personas}

    def _traits_of(self, users: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return user_traits(self.world, self.tables, self.seed, users)

    @cached_property
    def traits(self) -> tuple[np.ndarray, np.ndarray]:
        """Persona and tier of every user, two (n_users,) int arrays in the order of the world's."""
        return self._traits_of(self.check_users(None, "n_users"))

    @cached_property
    def user_to_persona_map(self) -> dict[int, str]:
        """User id -> persona."""
        names = [persona.name for persona in self.world.personas]
        return dict(enumerate(np.array(names, dtype=object)[self.traits[0]].tolist()))

    # --- The click log without order (the tutorial's world) ---

    def get_random_user(self) -> int:
        """A user id, uniformly."""
        return int(self.rng.integers(self.n_users))

    def get_reward(self, user_id: int, product_id: int) -> int:
        """Does the user click the product when it is shown out of the blue?

        Returns 0 or 1, Bernoulli by persona and category. Raises KeyError for a user or a product
        that the shop does not know.
        """
        for name, value, first, last in (
            ("user_id", user_id, 0, self.n_users - 1),
            ("product_id", product_id, 1, self.n_products),
        ):
            whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
            if not whole or not first <= value <= last:
                raise KeyError(f"{name} must be from {first} to {last}, got {told(value)}")
        draw = self.rng.random()
        return int(draw < self.tables.exposure_click[self.traits[0][user_id], product_id])

    # --- The click log with order ---

    def journeys(
        self,
        *,
        events_per_user: int | tuple[int, int] | None = None,
        sessions_per_user: int | tuple[int, int] | None = None,
        users: int | Sequence[int] | np.ndarray | None = None,
        seed: int = 0,
        workers: int = 1,
        chunk_size: int = 4096,
        progress: bool = False,
    ) -> Journeys:
        """Let shoppers follow their missions.

        With `sessions_per_user` each user's last click is a session-ending one, which a
        leave-last-out test would then test: evaluate on `events_per_user`. Neither workers nor
        chunk_size nor which other users are asked for changes a bit of a user's journey.

        events_per_user:   a number, or an inclusive range (low, high) from which each user's is
                           drawn, independently of what they click; give this or the next
        sessions_per_user: whole sessions instead, likewise
        users:             how many (the first ones), or their ids (default: all of the shop's)
        seed:              of these journeys; who the shoppers are belongs to the shop's own seed
        workers:           threads
        chunk_size:        users simulated at a time
        progress:          whether to show a bar

        Raises ValueError that names the argument which is wrong.
        """
        unit, count = check_length(events_per_user, sessions_per_user)
        seed = check_seed(seed)
        workers = check_count("workers", workers)
        n_asked = self.n_users if users is None else users
        if isinstance(n_asked, numbers.Integral):
            # Before there are so many ids.
            check_room(f"{unit}_per_user", count, min(int(n_asked), self.n_users))
        ids = self.check_users(users)
        cuts = range(check_count("chunk_size", chunk_size), len(ids), chunk_size)
        check_room(f"{unit}_per_user", count, len(ids))
        counts = draw_counts(count, seed, ids)
        blocks = np.split(ids, cuts)
        block_counts = np.split(counts, cuts)
        _ = self._journey_tables  # what is made once per shop is made before the threads start

        def simulate(block, counts):
            shoppers = self.shoppers(block, seed)
            traits = {name: shoppers.state[name].astype(np.int16) for name in ("persona", "tier")}
            lengths, columns = simulate_block(shoppers, counts, unit)
            columns["user_id"] = np.repeat(block, lengths)
            return columns | {name: np.repeat(trait, lengths) for name, trait in traits.items()}

        buffer = ColumnBuffer()
        with ThreadPoolExecutor(workers) as pool:
            done = pool.map(simulate, blocks, block_counts)
            done = tqdm(
                done, total=len(blocks), desc="Journeys", unit="block", disable=not progress
            )
            for columns, of_block in zip(done, block_counts, strict=True):
                buffer.append(columns, share=of_block.sum() / counts.sum())
        return as_tables(self.world, buffer.finish())

    def shoppers(self, users: np.ndarray, seed: int) -> Shoppers:
        """The shoppers of these ids, (U,), before their first event."""
        return Shoppers(self._journey_tables, seed, users, *self._traits_of(users))

    @cached_property
    def _journey_tables(self) -> JourneyTables:
        return JourneyTables.build(self.world, self.tables)

    def check_users(
        self, users: int | Sequence[int] | np.ndarray | None, name: str = "users"
    ) -> np.ndarray:
        """The ids of these users, (U,) int64.

        users: how many (the first ones), or their ids (None: all of the shop's)
        name:  of the argument, for the errors

        Raises ValueError for anything but users of this shop, each once.
        """
        return check_users(self.n_users, users, name)
