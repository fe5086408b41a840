"""A world that cannot be is refused: by file, key, the value found and what was expected."""

import copy
import re
import tomllib
from datetime import date, datetime

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.zooplus_sim.worlds import corner_shop
from zooplus_sim import World, WorldError, ZooplusSimulator


@pytest.fixture(scope="module")
def values(tmp_path_factory):
    """The corner shop as plain values, as a TOML file holds them."""
    path = tmp_path_factory.mktemp("world") / "corner.toml"
    corner_shop().to_toml(path)
    return tomllib.loads(path.read_text())


def changed(values, keys, value):
    """A copy of `values` with one entry, found by following `keys`, set (or removed where value is
    MISSING).
    """
    result = inner = copy.deepcopy(values)
    for key in keys[:-1]:
        inner = inner[key]
    if value is MISSING:
        del inner[keys[-1]]
    else:
        inner[keys[-1]] = value
    return result


MISSING = object()
INF, NAN = float("inf"), float("nan")
UNIT = "a number at least 0 and at most 1"

# where to change the file, to what | the key in the message | the value found | what was expected
CASES = {
    # keys
    "unknown key": (
        ("colour",),
        "red",
        "colour",
        "'red'",
        "must be one of .*distraction.*an unknown key",
    ),
    "misspelt key": (("distracton",), 0.1, "distracton", "0.1", "unknown key"),
    "missing key": (("habit",), MISSING, "habit", "", "must be given for a World"),
    "unknown key in a part": (
        ("personas", 0, "age"),
        3,
        r"personas\['walker'\].age",
        "3",
        "unknown key",
    ),
    "missing key in a part": (
        ("missions", 0, "steps"),
        MISSING,
        r"missions\['refill'\].steps",
        "",
        "must be given for a Mission",
    ),
    "part without a name": (("tiers", 1, "name"), MISSING, r"tiers\[1\].name", "", "missing"),
    # numbers
    "above 1": (("distraction",), 1.5, "distraction", "1.5", UNIT),
    "negative": (("continuation",), -0.1, "continuation", "-0.1", UNIT),
    "NaN": (("bought_per_cart",), NAN, "bought_per_cart", "nan", UNIT),
    "infinite": (("habit",), INF, "habit", "inf", "a number at least 0 and at most 1000"),
    "text": (("order",), "1.0", "order", "'1.0'", "a number"),
    "boolean": (("order",), True, "order", "True", "a number"),
    "boolean as a whole number": (
        ("habit_memory",),
        True,
        "habit_memory",
        "True",
        "a whole number at least 1",
    ),
    "float as a whole number": (
        ("max_session_length",),
        4.0,
        "max_session_length",
        "4.0",
        "a whole number",
    ),
    "zero memory": (
        ("habit_memory",),
        0,
        "habit_memory",
        "0",
        "a whole number at least 1 and at most 64",
    ),
    "no time-out": (
        ("session_timeout_minutes",),
        0.001,
        "session_timeout_minutes",
        "0.001",
        "at least 1",
    ),
    "a number of many digits": (
        ("habit",),
        10**400,
        "habit",
        "a whole number of about 400 digits",
        "a number at least 0 and at most 1000",
    ),
    "free products": (
        ("product_types", 2, "price"),
        0,
        r"product_types\['Ball'\].price",
        "0",
        "a number above 0",
    ),
    "free tier": (
        ("tiers", 0, "price_factor"),
        -1.0,
        r"tiers\['low'\].price_factor",
        "-1.0",
        "a number above 0",
    ),
    "no pause": (
        ("personas", 1, "days_between_sessions"),
        0,
        r"personas\['collector'\].days_between_sessions",
        "0",
        "a number above 0",
    ),
    "carts beyond certainty": (
        ("personas", 1, "cart_rate"),
        0.6,
        r"personas\['collector'\].cart_rate",
        "0.6",
        r"\(1 \+ late_step_lift\) at most",
    ),
    "lift beyond certainty": (
        ("late_step_lift",),
        5.0,
        r"personas\['walker'\].cart_rate",
        "0.3",
        "late_step_lift",
    ),
    # rows
    "row not summing to 1": (
        ("personas", 0, "tiers", "low"),
        0.4,
        r"personas\['walker'\].tiers",
        "0.9",
        "probabilities that sum to 1",
    ),
    "first missions not summing to 1": (
        ("personas", 2, "first_mission", "refill"),
        0.7,
        r"personas\['saver'\].first_mission",
        "1.2",
        "probabilities that sum to 1",
    ),
    "next missions not summing to 1": (
        ("personas", 0, "next_mission", "play", "move_in"),
        0.5,
        r"personas\['walker'\].next_mission.play",
        "0.8",
        "probabilities that sum to 1",
    ),
    "negative probability": (
        ("personas", 0, "tiers"),
        {"low": -0.5, "middle": 1.5},
        r"personas\['walker'\].tiers.low",
        "-0.5",
        UNIT,
    ),
    "NaN in a row": (
        ("personas", 0, "tiers", "low"),
        NAN,
        r"personas\['walker'\].tiers.low",
        "nan",
        UNIT,
    ),
    "a list for a row": (
        ("personas", 0, "tiers"),
        [1.0],
        r"personas\['walker'\].tiers",
        r"\(1.0,\)",
        "a table",
    ),
    "empty row": (
        ("personas", 0, "tiers"),
        {},
        r"personas\['walker'\].tiers",
        "{}",
        "at least one entry",
    ),
    "too few tier matches": (
        ("tier_match",),
        [1.0, 0.5],
        "tier_match",
        r"\(1.0, 0.5\)",
        "one number per tier.*: 3",
    ),
    "a tier that is never matched": (
        ("tier_match",),
        [1.0, 0.5, 0.0],
        r"tier_match\[2\]",
        "0.0",
        "a number above 0",
    ),
    # names
    "unknown type in a mission": (
        ("missions", 2, "steps", 1),
        "Kible",
        r"missions\['move_in'\].steps\[1\]",
        "'Kible'",
        "a product type among .*Kibble",
    ),
    "a type twice in a mission": (
        ("missions", 2, "steps", 1),
        "Lead",
        r"missions\['move_in'\].steps\[1\]",
        "'Lead'",
        "that no other step has",
    ),
    "a table for a step": (
        ("missions", 1, "steps", 0),
        {"a": 1},
        r"missions\['play'\].steps\[0\]",
        "a",
        "a product type",
    ),
    "mission without steps": (
        ("missions", 1, "steps"),
        [],
        r"missions\['play'\].steps",
        r"\(\)",
        "between 1 and 12",
    ),
    "text for steps": (
        ("missions", 1, "steps"),
        "Ball",
        r"missions\['play'\].steps",
        "'Ball'",
        "between 1 and 12",
    ),
    "persona without a mission": (
        ("personas", 1, "first_mission"),
        {},
        r"personas\['collector'\].first_mission",
        "{}",
        "at least one entry",
    ),
    "persona with a mission unknown": (
        ("personas", 1, "first_mission"),
        {"plai": 1.0},
        r"personas\['collector'\].first_mission.plai",
        "'plai'",
        "a name among move_in, play, refill",
    ),
    "next mission after an unknown one": (
        ("personas", 1, "next_mission", "sleep"),
        {"play": 1.0},
        r"personas\['collector'\].next_mission.sleep",
        "play",
        "a mission among move_in",
    ),
    "nowhere to go from a mission": (
        ("personas", 1, "next_mission", "move_in"),
        MISSING,
        r"personas\['collector'\].next_mission",
        "a table of 1 entry",
        "a row for 'move_in'",
    ),
    "unknown tier": (
        ("personas", 1, "tiers"),
        {"luxury": 1.0},
        r"personas\['collector'\].tiers.luxury",
        "'luxury'",
        "a name among high, low, middle",
    ),
    "unknown category": (
        ("personas", 0, "click_probability", "Fodo"),
        0.1,
        r"personas\['walker'\].click_probability.Fodo",
        "'Fodo'",
        "a category among Care, Food",
    ),
    "duplicate persona": (
        ("personas", 2, "name"),
        "walker",
        r"personas\[2\].name",
        "'walker'",
        "no other entry has",
    ),
    "duplicate mission": (
        ("missions", 0, "name"),
        "play",
        r"missions\[1\].name",
        "'play'",
        "no other entry has",
    ),
    "duplicate type": (
        ("product_types", 1, "name"),
        "Kibble",
        r"product_types\[1\].name",
        "'Kibble'",
        "no other entry",
    ),
    "duplicate tier": (
        ("tiers", 2, "name"),
        "low",
        r"tiers\[2\].name",
        "'low'",
        "no other entry has",
    ),
    "empty name": (("tiers", 2, "name"), "", r"tiers\[2\].name", "''", "a text"),
    "number as a name": (("name",), 3, "name", "3", "a text"),
    "number as a category": (
        ("product_types", 0, "category"),
        3,
        r"product_types\['Kibble'\].category",
        "3",
        "a text",
    ),
    # whole parts
    "no personas": (("personas",), [], "personas", r"\(\)", "at least one entry"),
    "missions missing": (("missions",), MISSING, "missions", "None", r"\[\[missions\]\] tables"),
    "one table for many": (
        ("missions",),
        {"name": "x"},
        "missions",
        "a table of 1 entry",
        r"\[\[missions\]\] tables",
    ),
    "text for tiers": (("tiers",), "low", "tiers", "'low'", r"\[\[tiers\]\] tables"),
    # time
    "start without a zone": (
        ("start",),
        datetime(2026, 1, 5),
        "start",
        "2026",
        "a date-time with a zone",
    ),
    "start without a time": (
        ("start",),
        date(2026, 1, 5),
        "start",
        "2026",
        "a date-time with a zone",
    ),
    "start as text": (
        ("start",),
        "2026-01-05T00:00:00Z",
        "start",
        "'2026",
        "a date-time with a zone",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_error_names_file_key_value_and_what_was_expected(tmp_path, values, case):
    keys, value, key, found, expected = CASES[case]
    path = tmp_path / "my_shop.toml"
    path.write_text(tomli_w.dumps(changed(values, keys, value)))
    with pytest.raises(WorldError) as caught:
        World.from_toml(path)
    where, _, message = str(caught.value).partition("my_shop.toml: ")
    assert where.startswith(str(tmp_path))
    assert re.match(key + " must be ", message), message
    for part in (found, expected):
        assert re.search(part, message), message
    assert "\n" not in message
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_the_unchanged_file_is_fine(tmp_path, values):
    path = tmp_path / "my_shop.toml"
    path.write_text(tomli_w.dumps(values))
    assert World.from_toml(path) == corner_shop()


def test_start_before_1970_is_refused(tmp_path, values):
    with pytest.raises(WorldError, match="start must be a time since 1970.*1969"):
        corner_shop().replace(start=corner_shop().start.replace(year=1969))


def test_each_truncation_is_refused(tmp_path, values):
    """A file that was cut short in the middle of any line.

    (Cut between two entries, it may be a smaller shop.)
    """
    text = tomli_w.dumps(values)
    path = tmp_path / "cut.toml"
    for line in re.finditer(".+", text):
        path.write_text(text[: (line.start() + line.end()) // 2])
        with pytest.raises(WorldError, match="cut.toml: "):
            World.from_toml(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name = \n", "not a valid TOML file: .*line 1"),
        (b"", r"tiers must be one or more \[\[tiers\]\] tables.*got None"),
        (b"\xff\xfe\x00", "the file must be UTF-8 text"),
        (b"distraction = 0.1\ndistraction = 0.2\n", "not a valid TOML file: .*line 2"),
        (b"PK\x03\x04 a zip file", "not a valid TOML file"),
    ],
)
def test_no_world_at_all(tmp_path, content, message):
    path = tmp_path / "other.toml"
    path.write_bytes(content)
    with pytest.raises(WorldError, match=f"other.toml: {message}"):
        World.from_toml(path)


def test_a_missing_file_or_a_folder_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere.toml"):
        World.from_toml(tmp_path / "nowhere.toml")
    with pytest.raises(OSError):
        World.from_toml(tmp_path)


def scalars(values, keys=()):
    """Where each number and text of the file is."""
    for key, value in values.items() if isinstance(values, dict) else enumerate(values):
        if isinstance(value, dict | list):
            yield from scalars(value, (*keys, key))
        else:
            yield (*keys, key)


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_any_wrong_value_is_a_world_error_or_a_working_world(tmp_path_factory, values, data):
    """Nonsense anywhere in the file:

    never a traceback of another kind, never a shop that falls over later.
    """
    keys = data.draw(st.sampled_from(list(scalars(values))))
    keys = keys[: data.draw(st.integers(1, len(keys)))]
    nonsense = st.one_of(
        st.just(MISSING),
        st.integers(-(10**20), 10**20),
        st.floats(),
        st.booleans(),
        st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=5),
        st.lists(st.integers(0, 2), max_size=3),
        st.dictionaries(st.sampled_from(["a", "name", "low"]), st.integers(0, 2), max_size=2),
        st.datetimes(),
    )
    path = tmp_path_factory.mktemp("world") / "my_shop.toml"
    path.write_text(tomli_w.dumps(changed(values, keys, data.draw(nonsense))))
    try:
        world = World.from_toml(path)
    except WorldError as error:
        assert str(error).startswith(f"{path}: ")
        return
    log = ZooplusSimulator(30, 3, world=world).journeys(events_per_user=5)
    assert len(log.interactions) == 15 and not log.interactions.isna().any().any()


# --- From Python ---


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"distracton": 0.1}, "distracton must be one of .*distraction"),
        ({"distraction": 2}, "distraction must be a number at least 0 and at most 1.*got 2.*"),
        ({"tiers": 5}, "tiers must be at least one entry.*got 5"),
        ({"tiers": ("low",)}, r"tiers\[0\] must be a Tier.*got 'low'"),
        ({"missions": corner_shop().tiers}, r"missions\[0\] must be a Mission.*got Tier\(.*"),
        ({"personas": ()}, r"personas must be at least one entry.*got \(\)"),
    ],
)
def test_replace_refuses_too(changes, message):
    with pytest.raises(WorldError, match=message):
        corner_shop().replace(**changes)


def test_a_world_error_is_a_value_error():
    assert issubclass(WorldError, ValueError)
