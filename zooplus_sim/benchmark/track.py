"""Tracks: the default world with one thing moved, and who learns from whom.

A shopper's history is complete from the first click, and no shopper is in two parts: so the oracle
is exact for each test shopper, and nothing that a model learned from can be what it is asked.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np
import pandas as pd

from zooplus_sim.checks import check_count, cut, told, told_names, told_path
from zooplus_sim.journeys.requests import check_range
from zooplus_sim.journeys.simulator import ZooplusSimulator
from zooplus_sim.keyed_random import check_seed
from zooplus_sim.world.parts import WorldError
from zooplus_sim.world.toml_files import read_toml
from zooplus_sim.world.world import World

TRACKS = "zooplus_sim.benchmark"
LAUNCH_DAY = "2028-01-03"  # of the new products, where a track has some


class TrackError(ValueError):
    """A track that there is not, or that cannot be: the message names it, and the cure."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Track:
    """One task of the benchmark.

    name:                of its file, without the suffix
    version:             1, 2, ...: raised whenever the task changes
    axis:                what is moved away from the default world
    says:                in one sentence, what that means
    beside:              the track that differs from this one in the axis alone
    products:            of the shop in which the shoppers of the log click
    train_shoppers:      whose clicks a model learns from
    validation_shoppers: whose clicks it is chosen by
    test_shoppers:       whose next click is asked
    clicks:              (low, high) of each shopper; uniform on the range
    new_products:        that only the test shoppers are shown: in the log nobody has clicked them
    shop_seed:           of the catalogue, and of who the shoppers are
    journeys_seed:       of what they do
    world:               constants that differ from the default world's, by name
    requires:            mission -> product types that it waits for
    figures:             measured, see `figures`
    """

    name: str
    version: int
    axis: str
    says: str
    beside: str = "default"
    products: int = 50
    train_shoppers: int = 4000
    validation_shoppers: int = 1000
    test_shoppers: int = 2000
    clicks: tuple[int, int] = (10, 60)
    new_products: int = 0
    shop_seed: int = 42
    journeys_seed: int = 0
    world: Mapping[str, object] = field(default_factory=dict)
    requires: Mapping[str, list[str]] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def shop(self) -> ZooplusSimulator:
        """The shop of the log."""
        world = World.default()
        missions = [
            replace(mission, requires=tuple(self.requires.get(mission.name, ())))
            for mission in world.missions
        ]
        world = world.replace(**{**self.world, "missions": missions})
        n_users = self.train_shoppers + self.validation_shoppers + self.test_shoppers
        return ZooplusSimulator(self.products, n_users, self.shop_seed, world=world)

    @cached_property
    def test_shop(self) -> ZooplusSimulator:
        """The shop of the test shoppers: the same one, or later, with new products."""
        if not self.new_products:
            return self.shop
        return self.shop.launch(self.new_products, on=LAUNCH_DAY, seed=self.shop_seed)

    @property
    def n_products(self) -> int:
        """Products that the test shoppers are shown; their ids are 1 to this number."""
        return self.products + self.new_products

    def log(self, part: str) -> pd.DataFrame:
        """The clicks of one part, "train", "validation" or "test": user_id, item_id, timestamp.

        The timestamp counts the shopper's clicks, 0, 1, ...: seconds would tell where visits begin,
        which the oracle is not told either.
        """
        log = self.clicks_with_truth(part)[["user_id", "item_id"]]
        return log.assign(timestamp=log.groupby("user_id").cumcount())

    def clicks_with_truth(self, part: str) -> pd.DataFrame:
        """The clicks of one part as a shop would see them: with times, outcomes and visits too."""
        n_train = self.train_shoppers
        n_seen = n_train + self.validation_shoppers
        users = {
            "train": np.arange(n_train),
            "validation": np.arange(n_train, n_seen),
            "test": np.arange(n_seen, n_seen + self.test_shoppers),
        }
        shop = self.test_shop if part == "test" else self.shop
        return shop.journeys(
            events_per_user=self.clicks, users=users[part], seed=self.journeys_seed
        ).interactions

    @cached_property
    def test_histories(self) -> tuple[np.ndarray, np.ndarray]:
        """Users (B,), ascending, and their clicks (B, L), left-padded with 0."""
        log = self.log("test")
        users, first, counts = np.unique(log["user_id"], return_index=True, return_counts=True)
        histories = np.zeros((len(users), counts.max()), dtype=np.int64)
        row = np.repeat(np.arange(len(users)), counts)
        column = histories.shape[1] - counts[row] + log["timestamp"].to_numpy()
        histories[row, column] = log["item_id"]
        return users, histories

    @cached_property
    def token(self) -> str:
        """Name, version and checksum of the test histories: each file of answers bears it."""
        digest = hashlib.sha256()
        for array in self.test_histories:
            digest.update(np.ascontiguousarray(array, dtype="<i8").tobytes())
        return f"{self.name}-{self.version}-{digest.hexdigest()[:8]}"


def track_names() -> list[str]:
    """The names of the tracks that come with the library, in alphabetical order."""
    folder = resources.files(TRACKS) / "tracks"
    return sorted(path.name[:-5] for path in folder.iterdir() if path.name.endswith(".toml"))


def read_track(name: str | os.PathLike) -> Track:
    """A track of the library by its name, or one of your own by the path of its TOML file.

    Raises TrackError for a name that there is not, and for a file that is no track.
    """
    text = os.fspath(name)
    if text.endswith(".toml"):
        path: Traversable = Path(text)
        if not path.is_file():
            raise TrackError(f"{told_path(text)}: there is no such file")
    elif text in track_names():
        path = resources.files(TRACKS) / "tracks" / f"{text}.toml"
    else:
        raise TrackError(
            f"TRACK must be one of {told_names(track_names(), 400)}, or the path of a .toml file, "
            f"got {told(text)}"
        )
    try:
        with resources.as_file(path) as file:
            track = _track(path.name[:-5], read_toml(file))
            _ = track.shop
    except (WorldError, ValueError, TypeError) as error:
        raise TrackError(f"{told_path(text)}: {cut(str(error), 400)}") from None
    return track


def _track(name: str, values: dict) -> Track:
    known = {part.name for part in fields(Track)} - {"name"}
    for key in values:
        if key not in known:
            raise ValueError(f"{cut(key)} must be one of {told_names(known, 300)}")
    for part in fields(Track):
        if part.name in known and part.name not in values and _needed(part):
            raise ValueError(f"{part.name} must be given, got nothing: it is missing")
    for key in ("axis", "says", "beside"):
        value = values.get(key, "default")
        if not isinstance(value, str) or not value:
            raise ValueError(f"{key} must be a text, got {told(value)}")
    values = {**values, "version": check_count("version", values["version"])}
    for part in fields(Track):
        if part.name in values and part.type == "int" and part.name != "version":
            value = values[part.name]
            seed = part.name.endswith("_seed")
            values[part.name] = check_seed(value) if seed else check_count(part.name, value)
    if "clicks" in values:
        values["clicks"] = check_range("clicks", values["clicks"])
    for key in ("world", "requires", "figures"):
        if not isinstance(values.get(key, {}), dict):
            raise ValueError(f"{key} must be a table, got {told(values[key])}")
    names = {mission.name for mission in World.default().missions}
    for mission in values.get("requires", {}):
        if mission not in names:
            raise ValueError(f"requires.{cut(mission)} must be one of {told_names(names)}")
    return Track(name=name, **values)


def _needed(part) -> bool:
    return part.default is MISSING and part.default_factory is MISSING
