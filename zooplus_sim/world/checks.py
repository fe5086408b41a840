"""Is this world possible? Each check names the key, what it must be and the value found."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

from zooplus_sim.checks import LONGEST_TEXT, cut, told, told_names
from zooplus_sim.world.parts import Mission, Persona, ProductType, Tier, WorldError
from zooplus_sim.world.requirements import first_problem

# A mission's visited steps are a bit mask, and there is one table row per mask: 2 ** 12 rows.
MAX_STEPS = 12
MAX_MEMORY = 64  # clicks remembered per product type and shopper
MAX_ENTRIES = 1000  # of tiers, product types, missions or personas
MAX_CELLS = 1_000_000  # of the tables, which are as large as products of these
MAX_TEXT = 200  # characters of a name: each product carries some


def _require(fine: bool, key: str, found, expected: str) -> None:
    if not fine:
        raise WorldError(cut(f"{key} must be {expected}, got {told(found)}", LONGEST_TEXT))


def _text(key: str, value) -> None:
    fine = isinstance(value, str) and 0 < len(value) <= MAX_TEXT
    _require(fine, key, value, f"a text of 1 to {MAX_TEXT} characters")


def inner(key: str, name: object) -> str:
    """The key of an entry of the table `key`, also where its name is as long as a book."""
    return f"{key}.{cut(str(name))}"


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
        _known(inner(key, name), name, known, "a name")
        _number(inner(key, name), value, 0, 1)
    total = math.fsum(row.values())
    _require(abs(total - 1) < 1e-9, key, total, "probabilities that sum to 1")


def _known(key: str, name, known: set[str], what: str) -> None:
    fine = isinstance(name, str) and name in known
    _require(fine, key, name, f"{what} among {told_names(known)}")


def _names(key: str, parts, kind) -> set[str]:
    _require(isinstance(parts, tuple) and len(parts) > 0, key, parts, "at least one entry")
    _require(len(parts) <= MAX_ENTRIES, key, parts, f"at most {MAX_ENTRIES} entries")
    names = set()
    for number, part in enumerate(parts):
        _require(isinstance(part, kind), f"{key}[{number}]", part, f"a {kind.__name__}")
        name = part.name
        _text(f"{key}[{number}].name", name)
        new = name not in names
        _require(new, f"{key}[{number}].name", name, "a name that no other entry has")
        names.add(name)
    return names


def check_world(world) -> None:
    """Raise WorldError for the first constant of a `World` that cannot be."""
    _text("name", world.name)
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
    # pandas counts nanoseconds in 64 bits, and shoppers need some years to come.
    in_time = 1970 <= world.start.year < 2200
    _require(in_time, "start", str(world.start), "a time since 1970, and before 2200")

    tiers = _names("tiers", world.tiers, Tier)
    types = _names("product_types", world.product_types, ProductType)
    missions = _names("missions", world.missions, Mission)
    personas = _names("personas", world.personas, Persona)
    _check_size(len(tiers), len(types), len(missions), len(personas))
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
            _text(f"{key}.{text}", getattr(kind, text))
    for mission in world.missions:
        _check_mission(mission, types)
    categories = {kind.category for kind in world.product_types}
    for persona in world.personas:
        _check_persona(persona, tiers, missions, categories, world)
    problem = first_problem(world)
    if problem is not None:
        _require(False, *problem)


def _check_size(n_tiers: int, n_types: int, n_missions: int, n_personas: int) -> None:
    """Raise WorldError for a world that is short to write and large to open."""
    cells = n_personas * (n_missions**2 + n_types + n_tiers) + n_tiers**2 + n_missions * n_types
    expected = (
        f"fewer, or fewer missions: their tables may have {MAX_CELLS:,} entries, personas * "
        "missions * missions and some more"
    )
    _require(cells <= MAX_CELLS, "personas", cells, expected)


def _check_mission(mission: Mission, types: set[str]) -> None:
    key = f"missions[{mission.name!r}].steps"
    fine = isinstance(mission.steps, tuple) and 1 <= len(mission.steps) <= MAX_STEPS
    _require(fine, key, mission.steps, f"between 1 and {MAX_STEPS} product types")
    for number, step in enumerate(mission.steps):
        _known(f"{key}[{number}]", step, types, "a product type")
        new = step not in mission.steps[:number]
        _require(new, f"{key}[{number}]", step, "a product type that no other step has")
    key = f"missions[{mission.name!r}].requires"
    fine = isinstance(mission.requires, tuple)
    _require(fine, key, mission.requires, "a list of product types")
    for number, kind in enumerate(mission.requires):
        _known(f"{key}[{number}]", kind, types, "a product type")
        new = kind not in mission.requires[:number]
        _require(new, f"{key}[{number}]", kind, "a product type that is not in the list before")


def _check_persona(persona: Persona, tiers: set, missions: set, categories: set, world) -> None:
    key = f"personas[{persona.name!r}]"
    table = persona.click_probability
    is_table = isinstance(table, Mapping)
    _require(is_table, f"{key}.click_probability", table, "a table category -> probability")
    for category, value in table.items():
        entry = inner(f"{key}.click_probability", category)
        _known(entry, category, categories, "a category")
        _number(entry, value, 0, 1)
    chances = [table.get(category, world.unlisted_click_probability) for category in categories]
    likes_any = any(chance > 0 for chance in chances)
    expected = "a table with a probability above 0 for a category"
    _require(likes_any, f"{key}.click_probability", table, expected)
    _distribution(f"{key}.tiers", persona.tiers, tiers)

    first_mission = persona.first_mission
    _distribution(f"{key}.first_mission", first_mission, missions)
    next_mission = persona.next_mission
    is_table = isinstance(next_mission, Mapping)
    _require(is_table, f"{key}.next_mission", next_mission, "a table of tables")
    for previous, row in next_mission.items():
        entry = inner(f"{key}.next_mission", previous)
        _known(entry, previous, missions, "a mission")
        _distribution(entry, row, missions)
    rows = (first_mission, *next_mission.values())
    for name in (name for row in rows for name, p in row.items() if p > 0):
        expected = f"a table with a row for {name!r}, a mission of this persona"
        _require(name in next_mission, f"{key}.next_mission", next_mission, expected)

    _number(f"{key}.cart_rate", persona.cart_rate, 0, 1)
    rate = persona.cart_rate * (1 + world.late_step_lift)
    expected = f"a rate with rate * (1 + late_step_lift) at most 1, not {rate:g}"
    _require(rate <= 1, f"{key}.cart_rate", persona.cart_rate, expected)
    _number(f"{key}.seconds_between_clicks", persona.seconds_between_clicks, 0, 1e6, above=True)
    _number(f"{key}.days_between_sessions", persona.days_between_sessions, 0, 1e5, above=True)
