"""Is this world possible? Each check names the key, the value found and what was expected."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime

from zooplus_sim.world.parts import Mission, Persona, ProductType, Tier, WorldError

# A mission's visited steps are a bit mask, and there is one table row per mask: 2 ** 12 rows.
MAX_STEPS = 12
MAX_MEMORY = 64  # clicks remembered per product type and shopper


def _require(fine: bool, key: str, found, expected: str) -> None:
    if not fine:
        raise WorldError(f"{key}: got {found!r}; expected {expected}")


def _number(
    key: str, value, low: float, high: float = math.inf, *, above: bool = False, whole: bool = False
) -> None:
    kind = int if whole else (int, float)
    fine = isinstance(value, kind) and not isinstance(value, bool)
    # NaN fails too.
    fine = fine and (low < value if above else low <= value) and value <= high and value < math.inf
    bound = f"above {low:g}" if above else f"at least {low:g}"
    top = "" if high == math.inf else f" and at most {high:g}"
    _require(fine, key, value, f"{'a whole' if whole else 'a'} number {bound}{top}")


def _distribution(key: str, row, known: set[str]) -> None:
    filled = isinstance(row, Mapping) and len(row) > 0
    _require(filled, key, row, "a table of probabilities with at least one entry")
    for name, value in row.items():
        _require(name in known, f"{key}.{name}", value, f"a name among {', '.join(sorted(known))}")
        _number(f"{key}.{name}", value, 0, 1)
    total = math.fsum(row.values())
    _require(abs(total - 1) < 1e-9, key, total, "probabilities that sum to 1")


def _names(key: str, parts, kind) -> set[str]:
    _require(isinstance(parts, tuple) and len(parts) > 0, key, parts, "at least one entry")
    names = set()
    for number, part in enumerate(parts):
        _require(isinstance(part, kind), f"{key}[{number}]", part, f"a {kind.__name__}")
        name = part.name
        _require(isinstance(name, str) and name != "", f"{key}[{number}].name", name, "a text")
        new = name not in names
        _require(new, f"{key}[{number}].name", name, "a name that no other entry has")
        names.add(name)
    return names


def check_world(world) -> None:
    """Raise WorldError for the first constant of a `World` that cannot be."""
    _require(isinstance(world.name, str) and world.name != "", "name", world.name, "a text")
    for key in ("popularity_exponent", "order", "late_step_lift", "habit"):
        _number(key, getattr(world, key), 0, 1000)
    _number("popularity_cutoff", world.popularity_cutoff, 0, 1e6, above=True)
    _number("session_timeout_minutes", world.session_timeout_minutes, 1, 1e6)
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
    late_enough = world.start >= datetime(1970, 1, 1, tzinfo=UTC)
    _require(late_enough, "start", world.start, "a time since 1970")

    tiers = _names("tiers", world.tiers, Tier)
    types = _names("product_types", world.product_types, ProductType)
    missions = _names("missions", world.missions, Mission)
    _names("personas", world.personas, Persona)
    for key in ("tier_match", "outcome_tier_match"):
        row = getattr(world, key)
        one_each = isinstance(row, tuple) and len(row) == len(tiers)
        _require(one_each, key, row, f"one number per tier distance: {len(tiers)}")
        # `tier_match` is above 0: each shopper must find a product, whatever its tier.
        for distance, value in enumerate(row):
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
        _check_mission(mission, types)
    categories = {kind.category for kind in world.product_types}
    for persona in world.personas:
        _check_persona(persona, tiers, missions, categories, world)


def _check_mission(mission: Mission, types: set[str]) -> None:
    key = f"missions[{mission.name!r}].steps"
    fine = isinstance(mission.steps, tuple) and 1 <= len(mission.steps) <= MAX_STEPS
    _require(fine, key, mission.steps, f"between 1 and {MAX_STEPS} product types")
    for number, step in enumerate(mission.steps):
        known = isinstance(step, str) and step in types
        expected = f"a product type among {', '.join(sorted(types))}"
        _require(known, f"{key}[{number}]", step, expected)
        new = step not in mission.steps[:number]
        _require(new, f"{key}[{number}]", step, "each product type at most once")


def _check_persona(persona: Persona, tiers: set, missions: set, categories: set, world) -> None:
    key = f"personas[{persona.name!r}]"
    table = persona.click_probability
    is_table = isinstance(table, Mapping)
    _require(is_table, f"{key}.click_probability", table, "a table category -> probability")
    for category, value in table.items():
        expected = f"a category among {', '.join(sorted(categories))}"
        _require(category in categories, f"{key}.click_probability.{category}", value, expected)
        _number(f"{key}.click_probability.{category}", value, 0, 1)
    chances = [table.get(category, world.unlisted_click_probability) for category in categories]
    likes_any = any(chance > 0 for chance in chances)
    expected = "a category with a probability above 0"
    _require(likes_any, f"{key}.click_probability", dict(table), expected)
    _distribution(f"{key}.tiers", persona.tiers, tiers)

    first_mission = persona.first_mission
    _require(bool(first_mission), f"{key}.first_mission", first_mission, "at least one mission")
    _distribution(f"{key}.first_mission", first_mission, missions)
    next_mission = persona.next_mission
    is_table = isinstance(next_mission, Mapping)
    _require(is_table, f"{key}.next_mission", next_mission, "a table of tables")
    for previous, row in next_mission.items():
        expected = f"a mission among {', '.join(sorted(missions))}"
        _require(previous in missions, f"{key}.next_mission.{previous}", row, expected)
        _distribution(f"{key}.next_mission.{previous}", row, missions)
    rows = (first_mission, *next_mission.values())
    for name in (name for row in rows for name, p in row.items() if p > 0):
        expected = f"a row for {name!r}, a mission of this persona"
        _require(name in next_mission, f"{key}.next_mission", sorted(next_mission), expected)

    _number(f"{key}.cart_rate", persona.cart_rate, 0, 1)
    rate = persona.cart_rate * (1 + world.late_step_lift)
    expected = f"cart_rate * (1 + late_step_lift) at most 1, not {rate:g}"
    _require(rate <= 1, f"{key}.cart_rate", persona.cart_rate, expected)
    _number(f"{key}.seconds_between_clicks", persona.seconds_between_clicks, 0, 1e6, above=True)
    _number(f"{key}.days_between_sessions", persona.days_between_sessions, 0, 1e5, above=True)
