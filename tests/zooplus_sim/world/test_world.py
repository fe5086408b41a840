"""A world goes to a file and back unchanged, cannot be edited, and makes shops however small or
extreme it is.
"""

import copy
import os
import pickle
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings

from tests.zooplus_sim.worlds import corner_shop, worlds
from zooplus_sim import World, ZooplusSimulator
from zooplus_sim.world.parts import Mission, Persona, ProductType, Tier

# --- Files ---


@given(world=worlds())
@settings(max_examples=20, deadline=None)
def test_toml_round_trip(tmp_path_factory, world):
    path = tmp_path_factory.mktemp("world") / "shop.toml"
    world.to_toml(path)
    again = World.from_toml(path)
    assert again == world
    assert again.fingerprint == world.fingerprint
    assert hash(again) == hash(world)


def test_default_world_round_trip(tmp_path):
    path = tmp_path / "shop.toml"
    World.default().to_toml(path)
    again = World.from_toml(str(path))
    assert again == World.default() and again.fingerprint == World.default().fingerprint
    assert os.listdir(tmp_path) == ["shop.toml"], "no temporary file is left"


def test_a_file_that_exists_is_replaced_whole(tmp_path):
    path = tmp_path / "shop.toml"
    path.write_text("# " + "old " * 100_000)
    corner_shop().to_toml(path)
    assert World.from_toml(path) == corner_shop()
    assert "old" not in path.read_text()


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_a_written_world_can_be_shared(tmp_path):
    (tmp_path / "plain").touch()
    corner_shop().to_toml(tmp_path / "shop.toml")
    assert (tmp_path / "shop.toml").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="missing.shop.toml"):
        corner_shop().to_toml(tmp_path / "missing" / "shop.toml")


def test_a_failed_write_leaves_the_old_file_alone(tmp_path, monkeypatch):
    path = tmp_path / "shop.toml"
    corner_shop().to_toml(path)

    def half(values, file):
        file.write(b"name = ")
        raise OSError("disk full")

    monkeypatch.setattr("tomli_w.dump", half)
    with pytest.raises(OSError, match="disk full"):
        World.default().to_toml(path)
    assert World.from_toml(path) == corner_shop()
    assert os.listdir(tmp_path) == ["shop.toml"]


def test_a_byte_order_mark_is_no_trouble(tmp_path):
    path = tmp_path / "notepad.toml"
    corner_shop().to_toml(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert World.from_toml(path) == corner_shop()


# --- Fingerprints ---


def changed_copies(world):
    """The world with each of its constants changed in turn, by name."""
    simple = {
        "name": "Other",
        "habit_memory": world.habit_memory + 1,
        "max_session_length": world.max_session_length + 1,
        "start": world.start + timedelta(seconds=1),
        "tier_match": (*world.tier_match[:-1], world.tier_match[-1] / 2),
        "outcome_tier_match": (*world.outcome_tier_match[:-1], world.outcome_tier_match[-1] / 2),
        "tiers": (*world.tiers[:-1], replace(world.tiers[-1], price_factor=9.0)),
        "product_types": (
            *world.product_types[:-1],
            replace(world.product_types[-1], species="lizard"),
        ),
        "missions": (
            *world.missions[:-1],
            replace(world.missions[-1], steps=world.missions[-1].steps[::-1]),
        ),
        "personas": (*world.personas[:-1], replace(world.personas[-1], cart_rate=0.0123)),
    }
    for field in fields(World):
        value = simple.get(field.name) or getattr(world, field.name) * 0.9 + 1e-3
        yield field.name, world.replace(**{field.name: value})


def test_any_constant_changes_the_fingerprint():
    world = corner_shop()
    prints = {name: other.fingerprint for name, other in changed_copies(world)}
    assert set(prints) == {field.name for field in fields(World)}
    assert len({world.fingerprint, *prints.values()}) == len(prints) + 1
    assert all(len(text) == 16 and int(text, 16) >= 0 for text in prints.values())


def test_equal_worlds_have_equal_fingerprints():
    """Whole numbers or floats, lists or tuples, tables in any order, the same instant in another
    zone.
    """
    world = corner_shop()
    first = world.personas[0]
    same = world.replace(
        session_timeout_minutes=2.0,
        tier_match=[1, 0.4, 0.1],
        start=world.start.astimezone(timezone(timedelta(hours=5))),
        personas=[
            replace(first, tiers=dict(reversed(first.tiers.items())), seconds_between_clicks=40.0),
            *world.personas[1:],
        ],
    )
    assert same == world and hash(same) == hash(world)
    assert same.fingerprint == world.fingerprint


# --- Frozen ---


def parts(value):
    """The value and everything inside it."""
    yield value
    if is_dataclass(value):
        for field in fields(value):
            yield from parts(getattr(value, field.name))
    elif isinstance(value, dict):
        for entry in value.values():
            yield from parts(entry)
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from parts(entry)


@pytest.mark.parametrize("world", [World.default(), corner_shop()], ids=lambda world: world.name)
def test_a_world_is_frozen_all_the_way_down(world):
    for part in parts(world):
        assert not isinstance(part, list | set)
        if is_dataclass(part):
            with pytest.raises(FrozenInstanceError):
                part.name = "x"
        if isinstance(part, dict):
            for edit in (
                lambda d: d.update(x=1),
                lambda d: d.__setitem__("x", 1),
                lambda d: d.pop(next(iter(d))),
                lambda d: d.popitem(),
                lambda d: d.clear(),
                lambda d: d.setdefault("x", 1),
                lambda d: d.__delitem__(next(iter(d))),
                lambda d: d.__ior__({"x": 1}),
            ):
                before = dict(part)
                with pytest.raises(TypeError, match="frozen"):
                    edit(part)
                assert part == before


def test_a_world_does_not_follow_the_lists_it_was_made_from():
    steps, tiers, match = ["Kibble"], {"low": 1.0}, [1.0, 0.4, 0.1]
    persona = replace(corner_shop().personas[0], tiers=tiers)
    missions = [Mission(name="refill", steps=steps), *corner_shop().missions[1:]]
    world = corner_shop().replace(tier_match=match, missions=missions, personas=[persona])
    before = world.fingerprint
    steps.append("Ball")
    tiers["high"] = 0.5
    match[0] = 0.9
    missions.clear()
    assert world.fingerprint == before


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda world: pickle.loads(pickle.dumps(world))]
)
def test_copies_and_pickles_are_equal(duplicate):
    world = duplicate(World.default())
    assert world == World.default() and world.fingerprint == World.default().fingerprint
    with pytest.raises(TypeError, match="frozen"):
        world.personas[0].tiers["budget"] = 1.0


def test_replace_gives_a_changed_copy():
    world = World.default().replace(distraction=1.0, habit=0.0)
    assert (world.distraction, world.habit) == (1.0, 0.0)
    assert World.default().replace() == World.default() != world


# --- Extreme shops ---


def one_of_everything() -> World:
    return corner_shop().replace(
        tier_match=[1],
        outcome_tier_match=[1],
        tiers=[Tier(name="only", price_factor=1)],
        product_types=[ProductType(name="Thing", category="Things", species="any", price=1)],
        missions=[Mission(name="get", steps=["Thing"])],
        personas=[
            Persona(
                name="somebody",
                click_probability={"Things": 1},
                tiers={"only": 1},
                first_mission={"get": 1},
                next_mission={"get": {"get": 1}},
                cart_rate=0.5,
                seconds_between_clicks=1,
                days_between_sessions=1,
            )
        ],
    )


def test_one_of_everything():
    """One persona, tier, mission, type, product and shopper:

    each click is a session, as its mission is done.
    """
    shop = ZooplusSimulator(1, 1, world=one_of_everything())
    log = shop.journeys(events_per_user=50)
    assert (log.interactions["item_id"] == 1).all()
    assert log.interactions["session_id"].tolist() == list(range(50))
    assert shop.user_to_persona_map == {0: "somebody"}
    assert shop.get_reward(0, 1) == 1


def test_many_personas_and_tiers():
    world = corner_shop()
    tiers = [Tier(name=f"tier {n}", price_factor=1) for n in range(200)]
    personas = [
        replace(world.personas[0], name=f"p{n}", tiers={tiers[n % 200].name: 1.0})
        for n in range(300)
    ]
    world = world.replace(
        tiers=tiers, tier_match=[0.5] * 200, outcome_tier_match=[0.5] * 200, personas=personas
    )
    truth = ZooplusSimulator(50, 2000, world=world).journeys(events_per_user=2).truth
    number = truth["persona"].str[1:].astype(int)
    assert number.nunique() > 250
    assert (truth["tier"].astype(str) == "tier " + (number % 200).astype(str)).all()


def test_control_world_has_neither_missions_nor_habits():
    world = World.default().replace(distraction=1.0, habit=0.0)
    truth = ZooplusSimulator(n_users=50, world=world).journeys(events_per_user=40).truth
    assert truth["distraction"].all() and (truth["step"] == -1).all() and not truth["repeat"].any()


def test_nothing_but_missions():
    world = World.default().replace(distraction=0.0)
    truth = ZooplusSimulator(n_users=50, world=world).journeys(events_per_user=40).truth
    assert not truth["distraction"].any() and (truth["step"] >= 0).all()


def test_a_session_of_one_click_or_until_the_mission_is_done():
    for continuation, n_clicks in ((0.0, {1}), (1.0, {1, 2, 5})):
        world = corner_shop().replace(
            distraction=0.0, continuation=continuation, max_session_length=1000
        )
        log = ZooplusSimulator(n_users=300, world=world).journeys(sessions_per_user=4)
        assert set(log.interactions.groupby(["user_id", "session_id"]).size()) == n_clicks
        if continuation:
            length = (
                log.truth["mission"].map({m.name: len(m.steps) for m in world.missions}).astype(int)
            )
            sessions = log.interactions.groupby(["user_id", "session_id"])["item_id"].transform(
                "size"
            )
            assert (sessions == length).all()


def test_timestamps_begin_at_the_start():
    world = corner_shop().replace(start=datetime(1970, 1, 1, tzinfo=UTC))
    first = (
        ZooplusSimulator(n_users=50, world=world)
        .journeys(events_per_user=1)
        .interactions["timestamp"]
    )
    later = corner_shop().replace(start=datetime(2040, 1, 1, tzinfo=UTC))
    moved = (
        ZooplusSimulator(n_users=50, world=later)
        .journeys(events_per_user=1)
        .interactions["timestamp"]
    )
    assert (first > 0).all()
    assert np.unique(moved - first).tolist() == [int(datetime(2040, 1, 1, tzinfo=UTC).timestamp())]
