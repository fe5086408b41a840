"""`ZooplusSimulator`:

a pet shop with its products, its shoppers and the click logs that they leave.
"""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from zooplus_sim.checks import check_count
from zooplus_sim.journeys.column_buffer import ColumnBuffer
from zooplus_sim.journeys.journeys import SHOP_COLUMNS, TRUTH_COLUMNS, draw_counts, simulate_block
from zooplus_sim.journeys.shoppers import JourneyTables, Shoppers, user_traits
from zooplus_sim.keyed_random import Channel, check_seed, generator
from zooplus_sim.world.catalogue import build_catalogue
from zooplus_sim.world.launch import launch_products
from zooplus_sim.world.tables import WorldTables, build_tables
from zooplus_sim.world.world import World


@dataclass(frozen=True, eq=False)
class Journeys:
    """A click log with order. Both tables have one row per click, in the same order, by user and
    then by time.

    interactions: what a shop would see: user_id, item_id, timestamp (seconds since 1970), outcome
    (0 looked, 0.5 in the cart, 1 bought), session_id (0, 1, ... within the user).
    truth: what only the simulator knows: persona, tier, mission, step (0, 1, ... in the mission's
    usual order, -1 for a distraction), distraction, repeat (the click was made by habit).
    """

    interactions: pd.DataFrame
    truth: pd.DataFrame


class ZooplusSimulator:
    """A simulated pet shop.

    n_products: at least one per product type. n_users: shoppers, with ids 0 .. n_users - 1. seed:
    fixes the catalogue and who the shoppers are. world: every other constant (default:
    `World.default()`).

    products: DataFrame indexed by product_id 1..n_products (0 is left for padding).
    personas: dict persona -> {category: click probability}.
    user_to_persona_map: dict user_id -> persona.
    tables: the world as arrays. rng: the generator behind `get_reward` and `get_random_user`, which
    advance it.
    """

    def __init__(
        self,
        n_products: int = 50,
        n_users: int = 1000,
        seed: int = 42,
        *,
        world: World | None = None,
    ):
        self.n_products = check_count("n_products", n_products)
        self.n_users = check_count("n_users", n_users)
        self.seed = check_seed(seed)
        if world is not None and not isinstance(world, World):
            raise TypeError(
                f"world: got {type(world).__name__}; expected a World, such as "
                "World.from_toml('my_shop.toml')"
            )
        self.world = World.default() if world is None else world
        self._fill_shelves(build_catalogue(self.world, self.n_products, self.seed))
        self.rng = generator(self.seed, Channel.POLICY)

    def __repr__(self) -> str:
        return (
            f"ZooplusSimulator(n_products={self.n_products}, n_users={self.n_users}, "
            f"seed={self.seed}, world={self.world.name!r} {self.world.fingerprint})"
        )

    def _fill_shelves(self, products: pd.DataFrame) -> None:
        self.products, self.n_products = products, len(products)
        self.tables: WorldTables = build_tables(self.world, products)

    def launch(self, n_new: int, *, on: str | datetime, seed: int = 0) -> ZooplusSimulator:
        """This shop from the day `on`, with `n_new` products that were not there before (see
        `launch_products`).

        Returns a simulator of its own; this one stays as it is. Old products keep id, name, price
        and everything but their share of popularity; new ones have the next ids, and
        `products["launched"]` says when they came. Shoppers are the same persons under the same
        ids, but their journeys begin on that day, without a past: let some ids visit the old shop
        and others the new one. So all that a shopper ever did happened in one catalogue, and
        `Oracle` of either simulator is exact for its own journeys.

        on: later than this shop's own beginning. seed: of the new products. Raises ValueError
        otherwise.
        """
        n_new, on = check_count("n_new", n_new), pd.Timestamp(on)
        if on.tzinfo is None:
            on = on.tz_localize(self.world.start.tzinfo)
        if on <= pd.Timestamp(self.world.start):
            raise ValueError(
                f"on: got {on}; expected a day after {self.world.start}, when this shop opened"
            )
        products = launch_products(self.world, self.products, n_new, on, check_seed(seed))
        world = self.world.replace(start=on.to_pydatetime())
        shop = ZooplusSimulator(len(self.world.product_types), self.n_users, self.seed, world=world)
        shop._fill_shelves(products)
        return shop

    # --- Who comes to the shop
    # ----------------------------------------------------------------------------------

    @property
    def personas(self) -> dict[str, dict[str, float]]:
        return {persona.name: dict(persona.click_probability) for persona in self.world.personas}

    def _traits_of(self, users: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return user_traits(self.world, self.tables, self.seed, users)

    @cached_property
    def traits(self) -> tuple[np.ndarray, np.ndarray]:
        return self._traits_of(np.arange(self.n_users))

    @cached_property
    def user_to_persona_map(self) -> dict[int, str]:
        names = [persona.name for persona in self.world.personas]
        return dict(enumerate(np.array(names, dtype=object)[self.traits[0]].tolist()))

    # --- The click log without order (the tutorial's world)
    # -------------------------------------------------------

    def get_random_user(self) -> int:
        """A user id, uniformly."""
        return int(self.rng.integers(self.n_users))

    def get_reward(self, user_id: int, product_id: int) -> int:
        """Does the user click the product when it is shown out of the blue? 0 or 1, Bernoulli by
        persona and category.

        Raises KeyError for a user or a product that the shop does not know.
        """
        for name, value, first, last in (
            ("user_id", user_id, 0, self.n_users - 1),
            ("product_id", product_id, 1, self.n_products),
        ):
            if (
                isinstance(value, bool)
                or not isinstance(value, numbers.Integral)
                or not first <= value <= last
            ):
                raise KeyError(f"{name}: got {value!r}; this shop knows {first} to {last}")
        return int(
            self.rng.random() < self.tables.exposure_click[self.traits[0][user_id], product_id]
        )

    # --- The click log with order
    # ---------------------------------------------------------------------------------

    def journeys(
        self,
        *,
        events_per_user: int | tuple[int, int] | None = None,
        sessions_per_user: int | tuple[int, int] | None = None,
        users: int | Sequence[int] | None = None,
        seed: int = 0,
        workers: int = 1,
        chunk_size: int = 4096,
        progress: bool = False,
    ) -> Journeys:
        """Let shoppers follow their missions.

        Give `events_per_user` or `sessions_per_user`: a number, or an inclusive range (low, high)
        from which each user's is drawn, independently of what they click. With `sessions_per_user`
        each user's last click is a session-ending one, which a leave-last-out test would then test:
        evaluate on `events_per_user`.

        users: how many (the first ones), or their ids (default: all of the shop's). seed: of these
        journeys; who the shoppers are belongs to the shop's own seed. workers: threads. Neither
        workers nor chunk_size (users simulated at a time) nor which other users are asked for
        changes a bit of a user's journey.
        """
        if (events_per_user is None) == (sessions_per_user is None):
            raise ValueError(
                "give either events_per_user or sessions_per_user (a number or a range), not both"
            )
        unit = "events" if sessions_per_user is None else "sessions"
        count = _check_range(
            f"{unit}_per_user", events_per_user if sessions_per_user is None else sessions_per_user
        )
        seed, workers = check_seed(seed), check_count("workers", workers)
        ids = self.check_users(users)
        cuts = range(check_count("chunk_size", chunk_size), len(ids), chunk_size)
        counts = draw_counts(count, seed, ids)
        blocks, block_counts = np.split(ids, cuts), np.split(counts, cuts)
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

        world, columns = self.world, buffer.finish()
        interactions = pd.DataFrame(
            {name: columns.pop(name) for name in ("user_id", *SHOP_COLUMNS)}, copy=False
        )
        names = {"persona": world.personas, "tier": world.tiers, "mission": world.missions}
        truth = {
            name: pd.Categorical.from_codes(columns.pop(name), [part.name for part in names[name]])
            if name in names
            else columns.pop(name)
            for name in ("persona", "tier", *TRUTH_COLUMNS)
        }
        return Journeys(interactions, pd.DataFrame(truth, copy=False))

    def shoppers(self, users: np.ndarray, seed: int) -> Shoppers:
        """The shoppers of these ids, (U,), before their first event."""
        return Shoppers(self._journey_tables, seed, users, *self._traits_of(users))

    @cached_property
    def _journey_tables(self) -> JourneyTables:
        return JourneyTables.build(self.world, self.tables)

    def check_users(self, users, name: str = "users") -> np.ndarray:
        if users is None:
            return np.arange(self.n_users)
        if isinstance(users, numbers.Integral):
            if check_count(name, users) > self.n_users:
                raise ValueError(
                    f"{name}: got {users}; this shop has {self.n_users}: "
                    f"ZooplusSimulator(n_users={users})"
                )
            return np.arange(users)
        ids = np.asarray(users)
        if ids.ndim != 1 or len(ids) == 0 or ids.dtype.kind not in "iu":
            raise ValueError(
                f"{name}: got {users!r}; expected a number of users, or a list of their ids"
            )
        wrong = ids[(ids < 0) | (ids >= self.n_users)]
        if len(wrong):
            raise ValueError(
                f"{name}: got the id {wrong[0]}; this shop knows 0 to {self.n_users - 1}"
            )
        if len(np.unique(ids)) < len(ids):
            values, times = np.unique(ids, return_counts=True)
            raise ValueError(
                f"{name}: the id {values[times > 1][0]} is given twice; expected each once"
            )
        return ids.astype(np.int64)


def _check_range(name: str, value) -> tuple[int, int]:
    pair = value if isinstance(value, tuple | list) else (value, value)
    if len(pair) != 2:
        raise ValueError(f"{name}: got {value!r}; expected a number or a range (low, high)")
    low, high = (check_count(name, bound) for bound in pair)
    if low > high:
        raise ValueError(f"{name}: got {value!r}; expected a range (low, high) with low <= high")
    return low, high
