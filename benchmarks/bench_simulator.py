"""Makes no table: prints ratios of the simulator's time per event to a plain loop's, and memory.

    python -m pytest -m benchmark -s benchmarks/bench_simulator.py

The loop draws one exposure at a time. Times are CPU times of this process, the least of
several runs, baseline and subject in turn: what others do on the machine matters little.
"""

import os
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from zooplus_sim import ZooplusSimulator, generate_training_data

pytestmark = pytest.mark.benchmark
LOOP_EVENTS = 10_000  # the loop's time per event does not depend on their number
PER_USER = 50


def cpu_seconds(work, before=lambda: None) -> float:
    """The CPU time of one run of `work`, that of `before` left out."""
    before()
    start = time.process_time()
    work()
    return time.process_time() - start


def least_seconds(works: dict, repeats: int, **options) -> dict[str, float]:
    """The least CPU time of each of the named works, which take turns."""
    rounds = [
        {name: cpu_seconds(work, **options) for name, work in works.items()} for _ in range(repeats)
    ]
    return {name: min(times[name] for times in rounds) for name in works}


def plain_loop(shop: ZooplusSimulator, n: int) -> pd.DataFrame:
    """The log as one would first write it: per event draw a user, a product and a click."""
    draw = np.random.default_rng(0)
    products = shop.products[["category"]]
    personas = shop.personas
    persona_of = shop.user_to_persona_map
    users = []
    shown = []
    clicks = []
    for _ in range(n):
        user = draw.integers(0, shop.n_users)
        product = draw.integers(1, shop.n_products + 1)
        chance = personas[persona_of[user]].get(products.loc[product, "category"], 0.01)
        users.append(user)
        shown.append(product)
        clicks.append(draw.binomial(1, chance))
    return pd.DataFrame({"user_id": users, "product_id": shown, "clicked": clicks})


@pytest.fixture(scope="module")
def shop():
    """A shop of 200,000 shoppers."""
    shop = ZooplusSimulator(n_users=200_000)
    # Whatever is made once per shop is made before the clock starts.
    shop.journeys(events_per_user=1, users=1)
    assert shop.user_to_persona_map
    return shop


@pytest.mark.parametrize(
    ("kind", "least", "aim"), [("exposures", 500, 1000), ("journeys", 50, 100)]
)
def test_a_million_events_against_the_plain_loop(shop, kind, least, aim):
    n = 1_000_000
    work = {
        "exposures": lambda: generate_training_data(shop, n, seed=1),
        "journeys": lambda: shop.journeys(events_per_user=PER_USER, users=n // PER_USER),
    }[kind]
    seconds = least_seconds(
        {"loop": lambda: plain_loop(shop, LOOP_EVENTS), "ours": work}, repeats=7
    )
    loop = seconds["loop"] / LOOP_EVENTS
    ours = seconds["ours"] / n
    print(
        f"\n{kind:10} {ours * 1e9:5.0f} ns per event, {1e-6 / ours:5.1f} M events/s; plain loop "
        f"{loop * 1e6:.1f} us per event: {loop / ours:5.0f} times faster (at least {least}, aim "
        f"{aim})"
    )
    assert loop > least * ours


def test_journeys_of_other_kinds(shop):
    """The same million events in other shapes, beside the plain one."""
    n = 1_000_000
    users = n // PER_USER
    usual = {"events_per_user": PER_USER, "users": users}
    large = ZooplusSimulator(2_000, 200_000)
    few = ZooplusSimulator(n_users=1_000)
    works = {
        "50 products, 50 events a user": lambda: shop.journeys(**usual),
        "2,000 products": lambda: large.journeys(**usual),
        "a range of 1 to 99 events": lambda: shop.journeys(events_per_user=(1, 99), users=users),
        "5 events a user": lambda: shop.journeys(events_per_user=5, users=n // 5),
        "1,000 events a user": lambda: few.journeys(events_per_user=1_000),
        "two threads": lambda: shop.journeys(**usual, workers=2),
    }
    large.journeys(events_per_user=1, users=1)
    print()
    for name, seconds in least_seconds(works, repeats=3).items():
        print(f"{name:30} {seconds / n * 1e9:5.0f} ns of CPU per event")


def fetch_memory() -> None:
    """Write to more memory than any log here needs, and give it back.

    A virtual machine pays for a page that its host has to find first (measured: 3 ns a byte, 30
    times the price of a page that it has at hand). A small log fits into the pages that the one
    before it left, a large one does not.
    """
    np.empty(1_500_000_000, dtype=np.int8).fill(1)


@pytest.mark.parametrize("kind", ["exposures", "journeys"])
def test_marginal_time_per_event_is_constant(shop, kind):
    """From 10^5 to 10^7 events, with memory at hand.

    Each size is repeated until 10^7 events are done: short works would find the quieter moments of
    a busy machine.
    """
    sizes = (100_000, 1_000_000, 10_000_000)
    make = {
        "exposures": lambda n: generate_training_data(shop, n, seed=1),
        "journeys": lambda n: shop.journeys(events_per_user=PER_USER, users=n // PER_USER),
    }[kind]

    def work(n):
        for _ in range(sizes[-1] // n):
            make(n)

    rounds = least_seconds({n: lambda n=n: work(n) for n in sizes}, repeats=4, before=fetch_memory)
    seconds = {n: rounds[n] * n / sizes[-1] for n in sizes}
    low, high = (
        (seconds[large] - seconds[small]) / (large - small)
        for small, large in zip(sizes, sizes[1:], strict=False)
    )
    each = ", ".join(f"{n:.0e} events {seconds[n] / n * 1e9:.0f} ns each" for n in sizes)
    print(f"\n{kind}: {each}")
    print(
        f"marginal: {low * 1e9:.0f} ns from 1e5 to 1e6 events, {high * 1e9:.0f} ns from 1e6 to "
        f"1e7: {high / low:.2f} times as much (at most 1.35)"
    )
    assert high < 1.35 * low


PEAK = """
import sys
# Of this program alone: getrusage would count what its parent held when it was started.
try:
    status = open("/proc/self/status").read()
    peak = int(status.split("VmHWM:")[1].split()[0]) * 1024
except OSError:
    import resource
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
print(peak)
"""


def peak_bytes(code: str) -> int:
    """The largest memory that a fresh process held while it ran `code`."""
    return int(fresh_process(code + PEAK))


def fresh_process(code: str) -> str:
    """What `code` prints in a process of its own."""
    env = {**os.environ, "PYTHONPATH": os.getcwd()}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout


def test_memory_of_ten_million_events():
    setup = "from zooplus_sim import ZooplusSimulator, generate_training_data\n"
    setup += "shop = ZooplusSimulator(n_users=200_000)\n"
    empty = peak_bytes(setup)
    journeys = peak_bytes(setup + "log = shop.journeys(events_per_user=50)\n")
    sizes = "(log.interactions.memory_usage().sum() + log.truth.memory_usage().sum())"
    tenth = f"log = shop.journeys(events_per_user=5)\nprint({sizes} * 10)"
    tables = int(fresh_process(setup + tenth))
    exposures = peak_bytes(setup + "log = generate_training_data(shop, 10_000_000)\n")
    print(
        f"\n10M events: journeys peak {journeys / 2**30:.2f} GiB, exposures "
        f"{exposures / 2**30:.2f} GiB (below 3 GB)"
    )
    print(
        f"of which the empty shop holds {empty / 2**30:.2f} GiB, and journeys' two tables "
        f"{tables / 2**30:.2f} GiB"
    )
    assert max(journeys, exposures) < 3e9
    assert journeys - empty < 1.5 * tables, "a long log is held once"


def test_import_time():
    clock = "import time; {}; print(time.process_time())"
    seconds = {
        what: min(float(fresh_process(clock.format(what))) for _ in range(5))
        for what in ("pass", "import numpy, pandas", "import zooplus_sim")
    }
    taken = ", ".join(f"{what}: {value:.2f} s" for what, value in seconds.items())
    print(f"\n{taken} (below 1 s)")
    assert seconds["import zooplus_sim"] < 1
