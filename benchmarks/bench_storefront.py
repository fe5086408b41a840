"""Makes no table: prints the ratio of a storefront's step to a plain loop, and what policies earn.

    python -m pytest -m benchmark -s benchmarks/bench_storefront.py

It also prints what pairing saves, and a belief beside the oracle begun anew.

Default world, default browsing, 300 shoppers x 20 slates of 5, one seed. Policies learn from a log
of 40 clicks each of 600 other shoppers. Bag: counts of what comes within five clicks after any of
the clicks so far, whatever their order. Markov: counts of what follows the last click. Oracle: its
next-item probabilities, blind to slates and fatigue.
"""

import numpy as np
import pandas as pd
import pytest

from benchmarks.bench_simulator import least_seconds
from tests.zooplus_sim.storefront.plain_visit import PlainVisitor
from zooplus_sim import (
    Belief,
    BeliefPolicy,
    Browsing,
    IntentPolicy,
    Oracle,
    PopularityPolicy,
    RandomPolicy,
    ScorePolicy,
    Storefront,
    ZooplusSimulator,
    run,
)

pytestmark = pytest.mark.benchmark
B, L = 300, 20


@pytest.fixture(scope="module")
def shop():
    """The default world."""
    return ZooplusSimulator()


def follows(items, within):
    """(J, J) [a, b] how often b comes up to `within` clicks after a; row 0: how often first.

    items: (U, N)
    """
    counts = np.full((51, 51), 0.01)
    np.add.at(counts, (0, items[:, 0]), 1)
    for lag in range(1, within + 1):
        np.add.at(counts, (items[:, :-lag].ravel(), items[:, lag:].ravel()), 1)
    return counts / counts.sum(1, keepdims=True)


def policies(shop, front):
    """dict name -> policy, worst expected one first."""
    log = shop.journeys(events_per_user=40, users=np.arange(400, 1000), seed=1).interactions
    items = log["item_id"].to_numpy()
    markov = follows(items.reshape(-1, 40), 1)
    near = np.log(follows(items.reshape(-1, 40), 5))

    def bag(histories):
        real = histories > 0  # (B, L)
        after_all = (near[histories] * real[..., None]).sum(1)
        return np.where(real.any(1, keepdims=True), after_all, near[0])

    return {
        "random": RandomPolicy(front),
        "popularity": PopularityPolicy(front, items),
        "bag": ScorePolicy(front, bag),
        "markov": ScorePolicy(front, lambda histories: markov[histories[:, -1]]),
        "oracle": ScorePolicy(front, Oracle(shop).next_item_probabilities),
        "belief": BeliefPolicy(front),
        "intent": IntentPolicy(front),
    }


def per_shopper(log, column="clicked"):
    """(B,) the mean of a column over the slates of each shopper."""
    return log[column].to_numpy().reshape(B, L).mean(1)


def test_what_policies_earn(shop):
    """Each one's click rate, what it gains over the one before, and what pairing saves."""
    front = Storefront(shop, shoppers=B, n_steps=L, seed=7)
    logs = {name: run(front, policy, truth=True) for name, policy in policies(shop, front).items()}
    rows = []
    names = list(logs)
    for before, name in zip([None, *names], names, strict=False):
        log = logs[name]
        clicks = per_shopper(log)
        shown = log.filter(like="shown_").to_numpy()
        row = {
            "policy": name,
            "click rate": clicks.mean(),
            "s.e.": clicks.std(ddof=1) / np.sqrt(B),
            "true s.e.": per_shopper(log, "click_probability").std(ddof=1) / np.sqrt(B),
            "orders/shopper": (log["outcome"] == 1).sum() / B,
            "products shown": len(np.unique(shown[shown > 0])),
        }
        if before:
            gain = clicks - per_shopper(logs[before])
            strangers = clicks.var(ddof=1) + per_shopper(logs[before]).var(ddof=1)
            row |= {"gain": gain.mean(), "paired s.e.": gain.std(ddof=1) / np.sqrt(B)}
            row["shoppers saved"] = 1 - gain.var(ddof=1) / strangers
        rows.append(row)
    print("\n" + pd.DataFrame(rows).set_index("policy").round(4).to_string(na_rep=""))
    best = per_shopper(logs["intent"])
    for name in names[:-1]:
        assert (best - per_shopper(logs[name])).mean() > 0, name


def test_time_of_a_step_against_a_plain_loop(shop):
    front = Storefront(shop, shoppers=B, n_steps=L)
    steps_of = [{"user_id": np.arange(B), "step": step} for step in range(L)]
    shown = np.stack([RandomPolicy(front)(np.zeros((B, L)), info) for info in steps_of])

    def steps():
        front.reset()
        for slates in shown:
            front.step(slates)

    def loop():
        for user in range(4):
            PlainVisitor(shop, user, Browsing(), shown[:, user].tolist()).visit(0)

    seconds = least_seconds({"loop": loop, "ours": steps}, repeats=5)
    ours = seconds["ours"] / B / L
    plain = seconds["loop"] / 4 / L
    print(
        f"\n{ours * 1e6:.1f} us per step and shopper; plain loop {plain * 1e6:.0f} us: "
        f"{plain / ours:.0f} times faster"
    )
    assert plain > 20 * ours


def test_time_of_a_belief_against_the_oracle_begun_anew(shop):
    """A belief goes on from where it was; the oracle reads each history from its beginning."""
    log = shop.journeys(events_per_user=L, users=B).interactions
    items = log["item_id"].to_numpy().reshape(B, L)
    oracle = Oracle(shop)

    def anew():
        for step in range(1, L + 1):
            oracle.next_item_probabilities(items[:, :step])

    def on():
        belief = Belief(shop, B)
        for column in items.T:
            belief.observe(column)
            belief.item_probabilities()

    def one():
        belief = Belief(shop, 1)
        for item in items[0]:
            belief.observe(np.array([item]))
            belief.item_probabilities(), belief.personas(), belief.missions()

    seconds = least_seconds({"anew": anew, "on": on, "one": one}, repeats=3)
    print(
        f"\nbelief {seconds['on'] / B / L * 1e6:.0f} us per step and shopper, the oracle anew "
        f"{seconds['anew'] / B / L * 1e6:.0f} us: {seconds['anew'] / seconds['on']:.1f} times "
        f"faster; one shopper alone: {seconds['one'] / L * 1e3:.1f} ms per event"
    )
    assert seconds["anew"] > 2 * seconds["on"]
