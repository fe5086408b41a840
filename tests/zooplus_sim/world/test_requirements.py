"""Missions that wait for product types: read, written, and refused where they can't be."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from tests.zooplus_sim.worlds import corner_shop, with_memory, worlds_with_memory
from zooplus_sim import World, WorldError


def walkers():
    """A shop of one persona, who may begin with `move_in`, and comes back to it."""
    return corner_shop().replace(personas=corner_shop().personas[:1])


def written(world, path):
    world.to_toml(path)
    return path


@given(world=worlds_with_memory())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_toml_round_trip(tmp_path_factory, world):
    again = World.from_toml(written(world, tmp_path_factory.mktemp("world") / "shop.toml"))
    assert again == world and again.fingerprint == world.fingerprint


def test_a_mission_that_waits_for_nothing_is_written_as_ever(tmp_path):
    text = written(corner_shop(), tmp_path / "a.toml").read_text()
    assert "requires" not in text
    waits = with_memory(walkers(), {"play": ["Ball"]})
    assert 'requires = [\n    "Ball",\n]' in written(waits, tmp_path / "b.toml").read_text()


def test_the_default_world_is_what_it_was():
    """Before missions could wait."""
    assert World.default().fingerprint == "05cd468a202aac7a"


def test_requirements_change_the_fingerprint():
    one = with_memory(World.default(), {"tank_care": ["Aquarium Tank"]})
    two = with_memory(World.default(), {"tank_care": ["Aquarium Tank", "Water Filter"]})
    assert len({World.default().fingerprint, one.fingerprint, two.fingerprint}) == 3


CASES = {
    "no list": ({"play": "Ball"}, r"missions\['play'\].requires must be a list .*got 'Ball'"),
    "unknown type": (
        {"play": ["Ball", "Balls"]},
        r"missions\['play'\].requires\[1\] must be a product type among .*Mouse.*, got 'Balls'",
    ),
    "twice": (
        {"play": ["Ball", "Ball"]},
        r"missions\['play'\].requires\[1\] must be a product type that is not .*, got 'Ball'",
    ),
    "nothing at the start": (
        {"play": ["Ball"], "move_in": ["Tin"]},
        r"personas\['walker'\].first_mission must be a table .*requires nothing.*2 entries",
    ),
    "left without any": (
        {"play": ["Ball"], "refill": ["Tin"]},
        r"personas\['walker'\].next_mission\['move_in'\] must be a table .*left without any",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_is_refused(case):
    requires, message = CASES[case]
    world = walkers()
    with pytest.raises(WorldError, match=message):
        with_memory(world, requires)


def test_a_mission_that_no_one_could_ever_start_is_refused():
    """Nobody lists the Bell's category, no mission that can begin has it, nobody is distracted."""
    walker = replace(
        corner_shop().personas[0],
        first_mission={"play": 1.0},
        next_mission={
            "play": {"play": 0.5, "move_in": 0.5},
            "move_in": {"play": 1.0},
        },
    )
    world = corner_shop().replace(personas=[walker], distraction=0.0)
    message = r"missions\['move_in'\].requires must be product types .*no one could ever start it"
    with pytest.raises(WorldError, match=message):
        with_memory(world, {"move_in": ["Bell"]})
    with_memory(world.replace(distraction=0.1), {"move_in": ["Bell"]})
    with_memory(world, {"move_in": ["Mouse"]})


def test_what_a_shopper_surely_has_counts():
    """Whoever comes from tank care has a tank, so tank care may be all that follows on a visit."""
    world = with_memory(World.default(), {"tank_care": ["Aquarium Tank"]})
    assert world.personas[3].next_mission["cat_restock"] == {"tank_care": 1.0}


def test_too_many_types_to_wait_for_are_refused():
    names = [f"thing {n}" for n in range(61)]
    kind = corner_shop().product_types[0]
    kinds = [*corner_shop().product_types, *(replace(kind, name=name) for name in names)]
    world = corner_shop().replace(product_types=kinds)
    with pytest.raises(WorldError, match="at most 60 different product types"):
        with_memory(world, {"play": names[:30], "refill": names[30:]})
