"""The realism report and the shuffle test:

right where the answer is known; the default world inside its ranges.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zooplus_sim import ZooplusSimulator, generate_training_data, realism_report, shuffle_test
from zooplus_sim.logs.realism import click_gini, gini, starts_session, zipf_slope
from zooplus_sim.logs.shuffling import count_rules


def log_of(sequences, **columns):
    rows = [
        (user, item, time)
        for user, items in enumerate(sequences)
        for time, item in enumerate(items)
    ]
    return pd.DataFrame(rows, columns=["user_id", "item_id", "timestamp"]).assign(**columns)


@pytest.fixture(scope="module")
def large():
    return (
        ZooplusSimulator(n_products=2_000, n_users=10_000)
        .journeys(events_per_user=(20, 60), seed=3)
        .interactions
    )


def test_the_large_default_world_is_inside_every_published_range(large):
    report = realism_report(large)
    outside = report[report["verdict"] != "inside"]
    assert outside.empty, outside.to_string()


def test_sessions_are_found_by_their_gaps_where_the_log_has_no_session_id(large):
    small = large[large["user_id"] < 500]
    with_ids, by_gaps = (
        realism_report(log)["value"] for log in (small, small.drop(columns="session_id"))
    )
    pd.testing.assert_series_equal(with_ids, by_gaps)


def test_the_report_does_not_depend_on_the_order_of_the_rows_or_on_what_ids_are(large):
    small = large[large["user_id"] < 300]
    renamed = small.sample(frac=1, random_state=0).assign(
        item_id=lambda log: "item " + log["item_id"].astype(str)
    )
    kept = [
        "Gini of item popularity",
        "session length, mean",
        "repeats",
        "carts per 100 clicks",
        "orders per cart",
    ]
    pd.testing.assert_series_equal(
        realism_report(small)["value"][kept], realism_report(renamed)["value"][kept]
    )


def test_without_outcome_carts_and_orders_are_left_out_and_without_carts_the_report_says_so(large):
    small = large[large["user_id"] < 200]
    assert "carts per 100 clicks" not in realism_report(small.drop(columns="outcome")).index
    assert realism_report(small.assign(outcome=0.0)).loc["orders per cart", "verdict"] == "no carts"


@pytest.mark.parametrize("missing", ["user_id", "item_id", "timestamp"])
def test_a_missing_column_is_named(missing):
    with pytest.raises(ValueError, match=f"column '{missing}' is missing"):
        realism_report(log_of([[1, 2, 3]]).drop(columns=missing))


def test_an_empty_log_and_one_of_short_histories_are_refused():
    with pytest.raises(ValueError, match="no rows"):
        realism_report(log_of([]))
    with pytest.raises(ValueError, match="no user has three events"):
        shuffle_test(log_of([[1, 2], [3]]))
    with pytest.raises(ValueError, match="no value in row 1"):
        shuffle_test(log_of([[1, 2, 3]]).assign(item_id=[1.0, np.nan, 3.0]))


def test_a_log_of_fixed_order_loses_all_its_rules_and_its_predictions_to_a_shuffle():
    found = shuffle_test(
        log_of([[(user + step) % 30 for step in range(31)] for user in range(40)])
    )  # round and round
    assert found.rules == 30 and found.rules_lost > 0.9
    assert found.ndcg == 1.0 and found.ndcg_lost > 0.5


def test_a_log_without_order_has_no_rules_and_loses_nothing_beyond_noise():
    exposures = generate_training_data(ZooplusSimulator(), 1_000_000, seed=5)
    log = exposures[exposures["clicked"] == 1].rename(columns={"product_id": "item_id"})
    found = shuffle_test(log, n_shuffles=5)
    assert found.rules == 0 and found.rules_lost is None and "no rules" in str(found)
    assert (
        abs(found.ndcg_lost) < 0.1
    )  # 1,000 users: the standard error of the NDCG is about 4 % of it


def test_the_journeys_lose_a_large_part_of_both():
    found = shuffle_test(
        ZooplusSimulator(n_users=4_000).journeys(events_per_user=40, seed=1).interactions
    )
    assert found.rules > 50 and found.rules_lost > 0.4
    assert found.ndcg_lost > 0.25


def test_one_seed_gives_one_shuffle():
    log = ZooplusSimulator(n_users=200).journeys(events_per_user=20).interactions
    assert shuffle_test(log, seed=3) == shuffle_test(log, seed=3) != shuffle_test(log, seed=4)


def plain_rules(user, item, support, confidence):
    cases, starts = {}, {}
    for place in range(len(user) - 1):
        if user[place] == user[place + 1]:
            pair = item[place], item[place + 1]
            cases[pair] = cases.get(pair, 0) + 1
            starts[pair[0]] = starts.get(pair[0], 0) + 1
    return sum(n > support and n > confidence * starts[first] for (first, _), n in cases.items())


@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=30), min_size=1, max_size=6),
    st.integers(0, 5),
    st.floats(0, 0.6),
)
def test_rules_equal_a_plain_count(sequences, support, confidence):
    log = log_of(sequences)
    user, item = log["user_id"].to_numpy(), log["item_id"].to_numpy()
    assert count_rules(user, item, support=support, confidence=confidence) == plain_rules(
        user, item, support, confidence
    )


@settings(deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=40).filter(any))
def test_gini_equals_the_mean_absolute_difference(counts):
    clicks = np.array(counts, dtype=float)
    expected = np.abs(clicks[:, None] - clicks).mean() / (2 * clicks.mean())
    assert gini(clicks) == pytest.approx(expected, abs=1e-12)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=40))
def test_the_gini_of_a_log_counts_products_without_a_click(items):
    counts = [items.count(product) for product in range(1, 13)]
    assert click_gini(np.array(items), 12) == pytest.approx(gini(np.array(counts)))


def test_the_slope_of_a_pure_zipf_law_is_its_exponent_and_too_few_items_give_none():
    assert zipf_slope(1e6 * np.arange(1, 2_001) ** -0.6) == pytest.approx(0.6, abs=1e-6)
    assert np.isnan(zipf_slope(np.array([3.0, 2.0, 1.0])))


def test_a_session_begins_at_a_new_user_or_after_more_than_the_gap():
    user, time = np.array([1, 1, 1, 1, 2]), np.array([0, 1800, 3601, 3602, 3603])
    assert starts_session(user, time).tolist() == [True, False, True, False, True]
