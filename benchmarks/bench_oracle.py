"""Makes no table: prints ratios of the oracle's time to the same filter as a plain loop.

The loop goes over dictionaries. A hidden item is compared with one pass for each candidate.

    python -m pytest -m benchmark -s benchmarks/bench_oracle.py
"""

import time
import tracemalloc
from collections import defaultdict
from functools import partial

import numpy as np
import pytest

from benchmarks import clock
from zooplus_sim import Oracle, ZooplusSimulator

pytestmark = pytest.mark.benchmark
L = 40
cpu_seconds = partial(clock.cpu_seconds, repeats=3)


def shop_and_histories(n_products, users, length=L):
    """An oracle, its shop, and histories (users, length)."""
    sim = ZooplusSimulator(n_products, users)
    log = sim.journeys(events_per_user=length).interactions
    return Oracle(sim), sim, log["item_id"].to_numpy().reshape(users, length)


def plain_filter(sim, history):
    """P(next item) after each click of one history, one hidden state after the other.

    The states are in dictionaries.
    """
    world = sim.world
    tables = sim.tables
    eps = world.distraction
    kappa = world.habit
    personas = range(len(world.personas))
    tiers = range(len(world.tiers))
    missions = range(len(world.missions))
    kinds = range(len(world.product_types))
    # (persona, mission, steps left, clicks) -> weight; two starts with the same of these are one.
    going = {}
    opening = {
        (p, m): tables.first_mission[p, m] / len(personas) for p in personas for m in missions
    }
    tier_weight = {(p, g): tables.tier_prior[p, g] for p in personas for g in tiers}
    clicks_of_kind = defaultdict(list)
    predictions = []

    def type_chance(p, m, left, kind):
        step = tables.step_of_type[m, kind]
        of_mission = tables.step_probability[left, step] if step >= 0 else 0.0
        return eps * tables.taste[p, kind] + (1 - eps) * of_mission

    def states():
        yield from going.items()
        for (p, m), weight in opening.items():
            if weight > 0:
                yield (p, m, int(tables.all_steps[m]), 0), weight

    def product_chance(g, item):
        recent = clicks_of_kind[tables.type_of_product[item]][-world.habit_memory :]
        popularity = tables.product_popularity[g, item]
        return (popularity + kappa * recent.count(item)) / (1 + kappa * len(recent))

    for item in history.tolist():
        kind = tables.type_of_product[item]
        after = defaultdict(float)
        ended = defaultdict(float)
        for (p, m, left, clicks), weight in states():
            weight *= type_chance(p, m, left, kind)
            step = tables.step_of_type[m, kind]
            left = left & ~(1 << int(step)) if step >= 0 else left
            must_end = left == 0 or clicks + 1 == world.max_session_length
            stays = 0.0 if must_end else world.continuation
            if stays:
                after[p, m, left, clicks + 1] += weight * stays
            ended[p, m] += weight * (1 - stays)
        going = after
        opening = defaultdict(float)
        for (p, m), weight in ended.items():
            for following in missions:
                opening[p, following] += weight * tables.next_mission[p, m, following]
        total = sum(going.values()) + sum(opening.values())
        going = {state: weight / total for state, weight in going.items()}
        opening = {state: weight / total for state, weight in opening.items()}
        for p, g in tier_weight:
            tier_weight[p, g] *= product_chance(g, item)
        clicks_of_kind[kind].append(item)

        by_persona = defaultdict(float)
        for (p, m, left, _), weight in states():
            for kind in kinds:
                by_persona[p, kind] += weight * type_chance(p, m, left, kind)
        prediction = np.zeros(len(tables.type_of_product))
        for product in range(1, len(prediction)):
            for p, g in tier_weight:
                chance = by_persona[p, tables.type_of_product[product]] * tier_weight[p, g]
                prediction[product] += chance * product_chance(g, product)
        predictions.append(prediction / prediction.sum())
    return np.array(predictions)


@pytest.mark.parametrize(("n_products", "target"), [(50, 30), (2000, 200)])
def test_next_item_at_all_positions(n_products, target):
    oracle, sim, histories = shop_and_histories(n_products, 512)
    few = histories[:2, :12]
    start = time.process_time()
    plain = [plain_filter(sim, history) for history in few]
    loop = (time.process_time() - start) / few.size
    np.testing.assert_allclose(oracle.filter(few), plain, rtol=0, atol=1e-12)

    everywhere = cpu_seconds(lambda: oracle.filter(histories)) / histories.size
    last = cpu_seconds(lambda: oracle.next_item_probabilities(histories)) / histories.size
    ceiling = cpu_seconds(lambda: oracle.ceiling(histories)) / histories.size
    print(f"\n{n_products} products; a plain loop takes {loop * 1e6:,.0f} us a position")
    faster = loop / everywhere
    print(
        f"filter     {everywhere * 1e6:6.1f} us a position (target: below {target}), {faster:,.0f} "
        "times faster"
    )
    print(f"last only  {last * 1e6:6.1f} us a click of the history")
    print(f"ceiling    {ceiling * 1e6:6.1f} us a position")
    assert everywhere < loop / 100


def test_time_is_linear_in_length():
    per_position = {}
    for length in (40, 160):
        oracle, _, histories = shop_and_histories(50, 256, length)
        seconds = cpu_seconds(lambda oracle=oracle, h=histories: oracle.filter(h))
        per_position[length] = seconds / histories.size
    ratio = per_position[160] / per_position[40]
    print(f"\n160 clicks against 40: {ratio:.2f} times the time per position")
    assert ratio < 1.5


def test_memory_is_that_of_one_chunk_and_of_what_is_returned():
    peak = {}
    for users in (1000, 4000):
        oracle, _, histories = shop_and_histories(50, users)
        tracemalloc.start()
        oracle.ceiling(histories)
        peak[users] = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
    per_history = (peak[4000] - peak[1000]) / 3000
    print(
        f"\nceiling: {peak[1000] - 1000 * per_history:.1f} MiB and {per_history * 1024:.2f} KiB a "
        f"history of {L}"
    )
    assert per_history < 5 * L * 8 / 2**20, "a few numbers per position, not one per product"


@pytest.mark.parametrize("length", [40, 160])
@pytest.mark.parametrize("n_products", [50, 2000])
def test_masked_item_against_a_pass_per_candidate(n_products, length):
    """Baseline: the sequence's likelihood with each product in the gap, one pass each."""
    oracle, _, sequences = shop_and_histories(n_products, 512, length)
    positions = np.random.default_rng(0).integers(0, length, len(sequences))
    one_pass = cpu_seconds(lambda: oracle.next_item_probabilities(sequences)) / len(sequences)
    masked = cpu_seconds(lambda: oracle.masked_item_probabilities(sequences, positions))
    masked /= len(sequences)
    passes = masked / one_pass
    print(
        f"\n{n_products} products, {length} clicks: {masked * 1e3:.2f} ms a gap, {passes:.1f} "
        "passes over the sequence"
    )
    assert masked < n_products * one_pass / 3
