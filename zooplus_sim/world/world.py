"""The configuration of a pet shop: every constant of the generative story, frozen and validated.

`World.default()` is the shop of the course. `World.from_toml("my_shop.toml")` is a shop of your
own: copy `default_world.toml` (or write one with `World.default().to_toml(...)`), change it, and
nothing in Python need change.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields, replace
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

import tomli_w

from zooplus_sim.checks import LONGEST_TEXT, cut, told, told_names, told_path
from zooplus_sim.files import check_file, clear_leftovers, whole_files
from zooplus_sim.world.checks import check_world
from zooplus_sim.world.parts import Mission, Persona, ProductType, Tier, WorldError, freeze
from zooplus_sim.world.toml_files import read_toml


@dataclass(frozen=True, kw_only=True)
class World:
    """Every constant of the shop; the comments of `default_world.toml` say what each one means.

    Raises WorldError if a value is out of range, a distribution does not sum to 1 or a name is
    unknown or doubled.
    """

    name: str
    popularity_exponent: float
    popularity_cutoff: float
    tier_match: tuple[float, ...]
    distraction: float
    order: float
    habit: float
    habit_memory: int
    continuation: float
    max_session_length: int
    outcome_tier_match: tuple[float, ...]
    late_step_lift: float
    distraction_cart_factor: float
    bought_per_cart: float
    unlisted_click_probability: float
    start: datetime
    session_timeout_minutes: float
    tiers: tuple[Tier, ...]
    product_types: tuple[ProductType, ...]
    missions: tuple[Mission, ...]
    personas: tuple[Persona, ...]

    def __post_init__(self):
        freeze(self)
        check_world(self)

    @classmethod
    def default(cls) -> World:
        """The shop of the course: four personas, nine missions, 27 product types."""
        return _default_world()

    @classmethod
    def from_toml(cls, path: str | os.PathLike) -> World:
        """Read a world from a TOML file.

        path: of a file like `default_world.toml`

        Raises WorldError naming the file, the key, what it must be and the value found; for a file
        that holds too much, see `toml_files`, before it is parsed.
        """
        try:
            return _world_from_dict(read_toml(path))
        except WorldError as error:
            problem = cut(str(error), LONGEST_TEXT)
            raise WorldError(f"{told_path(path)}: {problem}") from None

    def to_toml(self, path: str | os.PathLike) -> None:
        """Write the world so that `from_toml` gives an equal one back.

        path: of the file; one that exists is replaced whole, or not; a link stays one

        Raises FileNotFoundError if its folder does not exist, and ValueError for what is no file.
        """
        path = check_file(path)
        clear_leftovers([path.parent])
        with whole_files([path]) as (file,):
            tomli_w.dump(_document(self), file)

    def replace(self, **changes: Any) -> World:
        """A copy with some constants changed, validated again.

        changes: by name, as in `world.replace(distraction=1.0, habit=0.0)`

        Raises WorldError for an unknown name or a value that cannot be.
        """
        known = {field.name for field in fields(self)}
        for key in changes:
            if key not in known:
                raise WorldError(
                    f"{cut(key)} must be one of {told_names(known, LONGEST_TEXT - 90)}"
                )
        return replace(self, **changes)

    @property
    def fingerprint(self) -> str:
        """16 hex digits that change when any constant does."""
        canonical = json.dumps(_document(self), sort_keys=True, default=str)
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]


@cache
def _default_world() -> World:
    text = resources.files("zooplus_sim").joinpath("default_world.toml").read_text(encoding="utf-8")
    return _world_from_dict(tomllib.loads(text))


# --- From and to plain values ---

_PARTS = {"tiers": Tier, "product_types": ProductType, "missions": Mission, "personas": Persona}


def _document(world: World) -> dict:
    """The world as plain values; a key that may be left out is, where it says nothing."""
    values = _plain(asdict(world))
    for mission in values["missions"]:
        if not mission["requires"]:
            del mission["requires"]
    return values


def _plain(value):
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, list | tuple) else value


def _world_from_dict(values: dict) -> World:
    parts = {}
    for key, part in _PARTS.items():
        rows = values.get(key)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise WorldError(f"{key} must be one or more [[{key}]] tables, got {told(rows)}")
        parts[key] = [
            _build(part, row, f"{key}[{told(row.get('name', number))}]")
            for number, row in enumerate(rows)
        ]
    return _build(World, {**values, **parts})


def _build(kind, values: dict, where: str = ""):
    """`kind(**values)`, with an unknown or missing key named."""
    known = {field.name for field in fields(kind)}
    dot = f"{where}." if where else ""
    for key, value in values.items():
        if key not in known:
            raise WorldError(
                f"{dot}{cut(key)} must be one of {told_names(known, LONGEST_TEXT - 90)}, "
                f"got an unknown key with the value {told(value)}"
            )
    needed = {field.name for field in fields(kind) if field.default is MISSING}
    for key in sorted(needed - set(values)):
        raise WorldError(
            f"{dot}{key} must be given for a {kind.__name__}, got nothing: it is missing"
        )
    return kind(**values)
