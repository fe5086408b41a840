"""Odd worlds: a file is a shop that works, or it is refused by name, at once and in few words."""

import copy
import json
import subprocess
import sys
import tomllib

import numpy as np
import pytest
import tomli_w

from tests.fuzz.fuzzing import LONGEST, refusal, rounds
from tests.fuzz.toml_bombs import BOMBS
from zooplus_sim import World, ZooplusSimulator

VALUES = (
    True,
    "",
    "x" * 5_000,
    "Zoë 🐾 Läden\u202e\u0000\ttab\\",
    -1,
    0,
    1,
    2**63,
    10**300,
    -0.0,
    1e-320,
    0.5,
    float("nan"),
    float("inf"),
    -float("inf"),
    [],
    {},
    [[[]]],
    {"a": {"b": {}}},
    {"": 1.0},
    [0.5] * 3_000,
    {f"k{number}": number for number in range(500)},
)
SIXTY_FOUR_BITS = 2**63


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The default world as plain values."""
    path = tmp_path_factory.mktemp("default") / "world.toml"
    World.default().to_toml(path)
    return tomllib.loads(path.read_text("utf-8"))


def places(values, keys=()):
    """Where each entry is: a tuple of keys for each number, text, list and table."""
    entries = values.items() if isinstance(values, dict) else enumerate(values)
    for key, value in entries:
        yield (*keys, key)
        if isinstance(value, dict | list):
            yield from places(value, (*keys, key))


def mutate(values, where, draw):
    """One accident at one place."""
    keys = where[draw.integers(len(where))]
    table = values
    for key in keys[:-1]:
        table = table[key]
    name = keys[-1]
    other = where[draw.integers(len(where))]
    match draw.integers(7):
        case 0:
            del table[name]
        case 1 if isinstance(table, dict):
            table[str(name) + "_"] = table.pop(name)
        case 2 if isinstance(table, list):
            table.append(copy.deepcopy(table[name]))
        case 3:
            table[name] = at(values, other)
        case 4 if isinstance(table[name], int | float) and not isinstance(table[name], bool):
            factors = (-1, 0.999, 1.001, 0.1, 7)
            table[name] = table[name] * factors[draw.integers(len(factors))]
        case 5 if isinstance(table[name], str):
            table[name] = table[name].upper() + "é"
        case _:
            table[name] = copy.deepcopy(VALUES[draw.integers(len(VALUES))])


def at(values, keys):
    for key in keys:
        values = values[key]
    return copy.deepcopy(values)


def check_world(world, path):
    """An accepted world is what was written, and a shop that works."""
    again = path.with_name("again.toml")
    world.to_toml(again)
    assert World.from_toml(again) == world
    assert World.from_toml(again).fingerprint == world.fingerprint
    shop = ZooplusSimulator(len(world.product_types), 3, world=world)
    tables = shop.tables
    for rows in (tables.tier_prior, tables.first_mission, tables.taste):
        np.testing.assert_allclose(rows.sum(1), 1)
        assert (rows >= 0).all()
    next_mission = tables.next_mission.sum(-1)
    assert (np.isclose(next_mission, 1) | (next_mission == 0)).all()
    popularity = tables.product_popularity[:, 1:].sum(1)
    np.testing.assert_allclose(popularity, len(world.product_types))
    log = shop.journeys(events_per_user=4)
    assert len(log.interactions) == 12
    assert not log.interactions.isna().any().any()
    assert log.interactions["item_id"].between(1, shop.n_products).all()
    times = log.interactions.groupby("user_id")["timestamp"]
    assert times.is_monotonic_increasing.all()
    assert log.interactions["timestamp"].min() >= world.start.timestamp()


def test_a_changed_world_works_or_is_refused_by_the_name_of_the_file(plain, tmp_path):
    """Type, sign, NaN, empty, missing, renamed, doubled, swapped, long, unicode: 1,000 of them."""
    path = tmp_path / "odd_shop.toml"
    accepted = 0
    where = list(places(plain))
    for draw in rounds(1_000):
        values = copy.deepcopy(plain)
        mutate(values, where, draw)
        path.write_text(tomli_w.dumps(values), "utf-8")
        world, _ = refusal(lambda: World.from_toml(path), "odd_shop.toml")
        if world is not None:
            accepted += 1
            check_world(world, path)
    assert accepted > 100, "mutations that nothing survives say little"


def test_a_changed_file_is_a_world_or_is_refused_by_name(plain, tmp_path):
    """Bytes flipped, cut out, doubled."""
    content = tomli_w.dumps(plain).encode()
    path = tmp_path / "odd_shop.toml"
    for draw in rounds(300):
        begin, end = sorted(draw.integers(len(content), size=2))
        odd = bytearray(content)
        match draw.integers(3):
            case 0:
                odd[begin] = draw.integers(256)
            case 1:
                del odd[begin : min(end, begin + 40)]
            case 2:
                odd[begin:begin] = odd[begin : min(end, begin + 400)]
        path.write_bytes(odd)
        world, _ = refusal(lambda: World.from_toml(path), "odd_shop.toml")
        if world is not None:
            check_world(world, path)


CHILD = """
import json, resource, sys, time
resource.setrlimit(resource.RLIMIT_CPU, (300, 300))
from tests.fuzz.toml_bombs import BOMBS
from zooplus_sim import World
path = sys.argv[1] + "/bomb.toml"
def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmSize"))
limit = 500_000_000
resource.setrlimit(resource.RLIMIT_AS, (resident() + limit, resident() + limit))
for name, content in BOMBS.items():
    with open(path, "wb") as file:
        file.write(content())
    begin = time.process_time()
    try:
        World.from_toml(path)
        said = "accepted"
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
    print(json.dumps([name, said, time.process_time() - begin]), flush=True)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits a process's memory")
def test_a_bomb_is_refused_with_little_memory_and_time(tmp_path):
    """Each within 500 MB above what the program has, and 5 seconds of the processor."""
    command = [sys.executable, "-c", CHILD, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-500:]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [name for name, _, _ in lines] == list(BOMBS)
    for name, said, seconds in lines:
        assert said.startswith("WorldError") and "bomb.toml" in said, (name, said[:300])
        assert len(said) <= LONGEST + len("WorldError: "), name
        assert seconds < 5, (name, seconds)
