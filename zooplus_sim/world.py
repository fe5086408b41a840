"""The configuration of a pet shop: every constant of the generative story, frozen and validated.

`World.default()` is the shop of the course. `World.from_toml("my_shop.toml")` is a shop of your own: copy
`default_world.toml` (or write one with `World.default().to_toml(...)`), change it, and nothing in Python need change.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path

import tomli_w

MAX_STEPS = 12  # a mission's visited steps are a bit mask, and there is one table row per mask: 2 ** 12 rows
MAX_MEMORY = 64  # clicks remembered per product type and shopper


class WorldError(ValueError):
    """A world that cannot be: the message names the key, the value found and what was expected."""


class FrozenDict(dict):
    """A dict that refuses to change, so that a frozen world is frozen all the way down."""

    def _refuse(self, *args, **kwargs):
        raise TypeError("a World is frozen: use world.replace(...) for a changed copy")

    __setitem__ = __delitem__ = update = pop = popitem = clear = setdefault = __ior__ = _refuse

    def __reduce__(self):
        return FrozenDict, (dict(self),)


@dataclass(frozen=True, kw_only=True)
class Tier:
    """A price tier. `price_factor` multiplies the base price of a product type."""

    name: str
    price_factor: float


@dataclass(frozen=True, kw_only=True)
class ProductType:
    """What kind of thing a product is ("Food Bowl"); its variants are the products. `price`: base price in euro."""

    name: str
    category: str
    species: str
    price: float


@dataclass(frozen=True, kw_only=True)
class Mission:
    """What a session is for: product types in their usual order, none twice."""

    name: str
    steps: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Persona:
    """A kind of shopper.

    click_probability: category -> chance of a click on a product shown out of the blue; also the taste of distractions.
    tiers: tier -> P(tier | persona). first_mission: mission -> P(mission | persona, first session).
    next_mission: previous mission -> {mission -> P(mission | persona, previous mission)}.
    cart_rate: chance that a click on the first step of a mission, in the shopper's own tier, ends in the cart.
    """

    name: str
    click_probability: Mapping[str, float]
    tiers: Mapping[str, float]
    first_mission: Mapping[str, float]
    next_mission: Mapping[str, Mapping[str, float]]
    cart_rate: float
    seconds_between_clicks: float
    days_between_sessions: float


@dataclass(frozen=True, kw_only=True)
class World:
    """Every constant of the shop. The comments of `default_world.toml` say what each one means.

    Raises WorldError if a value is out of range, a distribution does not sum to 1 or a name is unknown or doubled.
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
        for field in fields(self):  # freeze what a caller handed over as lists and dicts
            object.__setattr__(self, field.name, _frozen(getattr(self, field.name)))
        for part in (*self.tiers, *self.product_types, *self.missions, *self.personas):
            for field in fields(part):
                object.__setattr__(part, field.name, _frozen(getattr(part, field.name)))
        _validate(self)

    @classmethod
    def default(cls) -> World:
        """The shop of the course: four personas, nine missions, 27 product types."""
        return _default_world()

    @classmethod
    def from_toml(cls, path: str | os.PathLike) -> World:
        """Read a world. Raises WorldError naming the file, the key, the value found and what was expected."""
        path = Path(path)
        try:
            return _world_from_dict(tomllib.loads(path.read_text(encoding="utf-8")))
        except tomllib.TOMLDecodeError as error:
            raise WorldError(f"{path}: not a valid TOML file: {error}") from None
        except UnicodeDecodeError as error:
            raise WorldError(f"{path}: not UTF-8 text: {error}") from None
        except WorldError as error:
            raise WorldError(f"{path}: {error}") from None

    def to_toml(self, path: str | os.PathLike) -> None:
        """Write the world so that `from_toml` gives an equal one back. A file that exists is replaced whole, or not."""
        path = Path(path)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                tomli_w.dump(_plain(asdict(self)), file)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise

    def replace(self, **changes) -> World:
        """A copy with some constants changed, validated again: `world.replace(distraction=1.0, habit=0.0)`."""
        known = {field.name for field in fields(self)}
        for key in changes:
            if key not in known:
                raise WorldError(f"{key}: unknown key; expected one of {', '.join(sorted(known))}")
        return replace(self, **changes)

    @property
    def fingerprint(self) -> str:
        """16 hex digits that change when any constant does."""
        canonical = json.dumps(_plain(asdict(self)), sort_keys=True, default=str)
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]


@cache
def _default_world() -> World:
    text = resources.files("zooplus_sim").joinpath("default_world.toml").read_text(encoding="utf-8")
    return _world_from_dict(tomllib.loads(text))


# --- From and to plain values ---------------------------------------------------------------------------------------

_PARTS = {"tiers": Tier, "product_types": ProductType, "missions": Mission, "personas": Persona}


def _frozen(value):
    if isinstance(value, Mapping):
        return FrozenDict({key: _frozen(entry) for key, entry in value.items()})
    return tuple(_frozen(entry) for entry in value) if isinstance(value, list | tuple) else value


def _plain(value):
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, list | tuple) else value


def _world_from_dict(values: dict) -> World:
    parts = {}
    for key, part in _PARTS.items():
        rows = values.get(key)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise WorldError(f"{key}: got {rows!r}; expected one or more [[{key}]] tables")
        parts[key] = [_build(part, row, f"{key}[{row.get('name', number)!r}]") for number, row in enumerate(rows)]
    return _build(World, {**values, **parts})


def _build(kind, values: dict, where: str = ""):
    """`kind(**values)`, with an unknown or missing key named."""
    known = {field.name for field in fields(kind)}
    dot = f"{where}." if where else ""
    for key, value in values.items():
        if key not in known:
            raise WorldError(
                f"{dot}{key}: unknown key with value {value!r}; expected one of {', '.join(sorted(known))}"
            )
    for key in sorted(known - set(values)):
        raise WorldError(f"{dot}{key}: missing; expected {kind.__name__} to have it")
    return kind(**values)


# --- Validation -----------------------------------------------------------------------------------------------------


def _require(fine: bool, key: str, found, expected: str) -> None:
    if not fine:
        raise WorldError(f"{key}: got {found!r}; expected {expected}")


def _number(key: str, value, low: float, high: float = math.inf, *, above: bool = False, whole: bool = False) -> None:
    kind = int if whole else (int, float)
    fine = isinstance(value, kind) and not isinstance(value, bool) and math.isfinite(value)
    fine = fine and (low < value if above else low <= value) and value <= high
    bound = f"above {low:g}" if above else f"at least {low:g}"
    top = "" if high == math.inf else f" and at most {high:g}"
    _require(fine, key, value, f"{'a whole' if whole else 'a'} number {bound}{top}")


def _distribution(key: str, row, known: set[str]) -> None:
    _require(isinstance(row, Mapping) and len(row) > 0, key, row, "a table of probabilities with at least one entry")
    for name, value in row.items():
        _require(name in known, f"{key}.{name}", value, f"a name among {', '.join(sorted(known))}")
        _number(f"{key}.{name}", value, 0, 1)
    _require(abs(math.fsum(row.values()) - 1) < 1e-9, key, math.fsum(row.values()), "probabilities that sum to 1")


def _names(key: str, parts, kind) -> set[str]:
    _require(isinstance(parts, tuple) and len(parts) > 0, key, parts, "at least one entry")
    names = set()
    for number, part in enumerate(parts):
        _require(isinstance(part, kind), f"{key}[{number}]", part, f"a {kind.__name__}")
        _require(isinstance(part.name, str) and part.name != "", f"{key}[{number}].name", part.name, "a text")
        _require(part.name not in names, f"{key}[{number}].name", part.name, "a name that no other entry has")
        names.add(part.name)
    return names


def _validate(world: World) -> None:
    _require(isinstance(world.name, str) and world.name != "", "name", world.name, "a text")
    for key in ("popularity_exponent", "order", "late_step_lift", "habit"):
        _number(key, getattr(world, key), 0, 1000)
    for key in ("popularity_cutoff", "session_timeout_minutes"):
        _number(key, getattr(world, key), 0, 1e6, above=True)
    for key in (
        "distraction",
        "continuation",
        "distraction_cart_factor",
        "bought_per_cart",
        "unlisted_click_probability",
    ):
        _number(key, getattr(world, key), 0, 1)
    _number("habit_memory", world.habit_memory, 1, MAX_MEMORY, whole=True)
    _number("max_session_length", world.max_session_length, 1, 1000, whole=True)
    in_zone = isinstance(world.start, datetime) and world.start.tzinfo is not None
    _require(in_zone, "start", world.start, "a date-time with a zone, such as 2026-01-05T00:00:00Z")
    _require(world.start >= datetime(1970, 1, 1, tzinfo=UTC), "start", world.start, "a time since 1970")

    tiers = _names("tiers", world.tiers, Tier)
    types = _names("product_types", world.product_types, ProductType)
    missions = _names("missions", world.missions, Mission)
    _names("personas", world.personas, Persona)
    for key in ("tier_match", "outcome_tier_match"):
        row = getattr(world, key)
        one_each = isinstance(row, tuple) and len(row) == len(tiers)
        _require(one_each, key, row, f"one number per tier distance: {len(tiers)}")
        for distance, value in enumerate(row):  # above 0: each shopper must find a product, whatever its tiers
            _number(f"{key}[{distance}]", value, 0, 1, above=key == "tier_match")
    for tier in world.tiers:
        _number(f"tiers[{tier.name!r}].price_factor", tier.price_factor, 0, 1e6, above=True)
    for kind in world.product_types:
        key = f"product_types[{kind.name!r}]"
        _number(f"{key}.price", kind.price, 0, 1e6, above=True)
        for text in ("category", "species"):
            value = getattr(kind, text)
            _require(isinstance(value, str) and value != "", f"{key}.{text}", value, "a text")
    for mission in world.missions:
        _validate_mission(mission, types)
    for persona in world.personas:
        _validate_persona(persona, tiers, missions, {kind.category for kind in world.product_types}, world)


def _validate_mission(mission: Mission, types: set[str]) -> None:
    key = f"missions[{mission.name!r}].steps"
    fine = isinstance(mission.steps, tuple) and 1 <= len(mission.steps) <= MAX_STEPS
    _require(fine, key, mission.steps, f"between 1 and {MAX_STEPS} product types")
    for number, step in enumerate(mission.steps):
        _require(step in types, f"{key}[{number}]", step, f"a product type among {', '.join(sorted(types))}")
        _require(step not in mission.steps[:number], f"{key}[{number}]", step, "each product type at most once")


def _validate_persona(persona: Persona, tiers: set, missions: set, categories: set, world: World) -> None:
    key = f"personas[{persona.name!r}]"
    table = persona.click_probability
    _require(isinstance(table, Mapping), f"{key}.click_probability", table, "a table category -> probability")
    for category, value in table.items():
        expected = f"a category among {', '.join(sorted(categories))}"
        _require(category in categories, f"{key}.click_probability.{category}", value, expected)
        _number(f"{key}.click_probability.{category}", value, 0, 1)
    some_taste = any(table.get(category, world.unlisted_click_probability) > 0 for category in categories)
    _require(some_taste, f"{key}.click_probability", dict(table), "a category with a probability above 0")
    _distribution(f"{key}.tiers", persona.tiers, tiers)
    _require(bool(persona.first_mission), f"{key}.first_mission", persona.first_mission, "at least one mission")
    _distribution(f"{key}.first_mission", persona.first_mission, missions)
    _require(
        isinstance(persona.next_mission, Mapping), f"{key}.next_mission", persona.next_mission, "a table of tables"
    )
    for previous, row in persona.next_mission.items():
        _require(
            previous in missions,
            f"{key}.next_mission.{previous}",
            row,
            f"a mission among {', '.join(sorted(missions))}",
        )
        _distribution(f"{key}.next_mission.{previous}", row, missions)
    reachable = [
        name for row in (persona.first_mission, *persona.next_mission.values()) for name, p in row.items() if p > 0
    ]
    for name in reachable:
        found = sorted(persona.next_mission)
        _require(
            name in persona.next_mission, f"{key}.next_mission", found, f"a row for {name!r}, a mission of this persona"
        )
    _number(f"{key}.cart_rate", persona.cart_rate, 0, 1)
    rate = persona.cart_rate * (1 + world.late_step_lift)
    _require(
        rate <= 1, f"{key}.cart_rate", persona.cart_rate, f"cart_rate * (1 + late_step_lift) at most 1, not {rate:g}"
    )
    _number(f"{key}.seconds_between_clicks", persona.seconds_between_clicks, 0, 1e6, above=True)
    _number(f"{key}.days_between_sessions", persona.days_between_sessions, 0, 1e5, above=True)
