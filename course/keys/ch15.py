"""Answer key of chapter 15."""

import itertools
import math
from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from course.coach import (
    Choice,
    Exercise,
    GuessChoice,
    GuessNumber,
    GuessOrder,
    Misconception,
    Probe,
    Quiz,
)
from seqrec.shop.ab_tests import Comparison, paired_comparison, required_units
from seqrec.shop.costs import nearest_rank
from seqrec.shop.off_policy import Estimate, ips, snips
from seqrec.shop.slates import seen_places, slate_log_propensity


def _fields_of(kind: type) -> Callable[[Any, Any], str | None]:
    """A comparison of two records of this kind that names the first field that differs."""

    def compare(got: Any, expected: Sequence[float]) -> str | None:
        asked = f"`{kind.__name__}({', '.join(kind._fields)})`"
        if not isinstance(got, tuple) or len(got) != len(kind._fields):
            return f"The result is not {asked}: a record of {len(kind._fields)} numbers."
        for name, mine, due in zip(kind._fields, got, expected, strict=True):
            if isinstance(mine, bool) or not isinstance(mine, int | float | np.number):
                return f"`{name}` is {type(mine).__name__}, expected one number."
            if not np.isclose(mine, due, rtol=1e-5, atol=1e-9, equal_nan=True):
                return f"`{name}` is {mine:.6g}, expected {due:.6g}."
        if type(got) is not type(expected):
            return f"The numbers are right, but in a plain tuple. Return {asked}."
        return None

    return compare


# --- 15.1 Percentiles -----------------------------------------------------------------------------


def _rank_probes(rng):
    """Percents whose share of n is exact in floating point: `p / 100 * n` is as good as any."""
    yield Probe((np.array([4.0, 1.0, 3.0, 2.0]), np.array([50, 75])), label="four values")
    yield Probe(
        (np.array([4.0, 1.0, 3.0, 2.0]), np.array([26, 51])), label="four values, between two ranks"
    )
    yield Probe(
        (np.array([5.0, 9.0, 6.0, 8.0, 7.0]), np.array([10, 100])), label="the largest value too"
    )
    yield Probe(
        (np.array([7.0]), np.array([1, 50, 100])), label="one value, three percents", edge=True
    )
    yield Probe((np.array([2.0, 2.0, 9.0]), [60, 70]), label="ties, and a list of percents")
    yield Probe((rng.permutation(100) / 4, np.array([1, 50, 99])), label="a hundred values")
    yield Probe(
        (rng.exponential(size=21).round(3), np.array([90, 30, 30, 65])),
        label="percents in no order",
    )
    yield Probe(
        (rng.exponential(size=40).round(3), np.array([0.5, 12.5, 37.6])),
        label="percents with decimals",
        edge=True,
    )
    for _ in range(3):
        yield Probe(
            (rng.exponential(size=37).round(3), np.array([50, 95, 99])), label="times of 37 calls"
        )
    for _ in range(2):
        yield Probe(
            (rng.exponential(size=40).round(3), np.array([25, 50, 75, 95])),
            label="times of 40 calls",
        )
    for _ in range(2):
        yield Probe(
            (rng.integers(1, 7, 23).astype(float), np.array([30, 60, 80])),
            label="times that come up more than once",
        )


def _numpy_percentile(method):
    def wrong(values, percents):
        return np.percentile(values, percents, method=method)

    return wrong


def _by_rank(rank_of, lowest=1, clipped=True):
    """The value of the rank `rank_of(p n / 100)`, counted from 1."""

    def wrong(values, percents):
        n = len(values)
        rank = rank_of(np.asarray(percents) * n / 100).astype(int)
        if clipped:
            rank = np.clip(rank, lowest, n)
        return np.sort(values)[rank - 1]

    return wrong


def _not_sorted(values, percents):
    rank = np.ceil(np.asarray(percents) * len(values) / 100).astype(int)
    return np.asarray(values)[rank - 1]


def _sorted_downwards(values, percents):
    rank = np.ceil(np.asarray(percents) * len(values) / 100).astype(int)
    return np.sort(values)[::-1][rank - 1]


def _percents_from_above(values, percents):
    rank = np.ceil((100 - np.asarray(percents)) * len(values) / 100).astype(int)
    return np.sort(values)[np.maximum(rank, 1) - 1]


def _distinct(values, percents):
    ordered = np.unique(values)
    rank = np.ceil(np.asarray(percents) * len(ordered) / 100).astype(int)
    return ordered[rank - 1]


def _ranks(values, percents):
    return np.ceil(np.asarray(percents) * len(values) / 100).astype(int)


def _places_not_values(values, percents):
    return np.argsort(values, kind="stable")[_ranks(values, percents) - 1]


def _places_in_order(values, percents):
    return _ranks(values, percents) - 1


def _share_of_the_largest(values, percents):
    return np.max(values) * np.asarray(percents) / 100


def _between_the_extremes(values, percents):
    least = np.min(values)
    return least + (np.max(values) - least) * np.asarray(percents) / 100


def _share_of_the_sum(values, percents):
    ordered = np.sort(values)
    total = np.cumsum(ordered)
    place = np.searchsorted(total, np.asarray(percents) / 100 * total[-1])
    return ordered[np.minimum(place, len(ordered) - 1)]


def _first_percent(values, percents):
    return nearest_rank(values, np.asarray(percents)[:1])


def _one_percent_for_all(values, percents):
    return np.full(len(percents), nearest_rank(values, percents)[0])


def _percents_sorted(values, percents):
    return nearest_rank(values, np.sort(percents))


def _each_percent_once(values, percents):
    return nearest_rank(values, np.unique(percents))


def _whole_percents(values, percents):
    return nearest_rank(values, np.maximum(np.asarray(percents).astype(int), 1))


def _normal_quantiles(values, percents):
    z = np.vectorize(NormalDist().inv_cdf)(np.asarray(percents) / 100)
    return np.mean(values) + z * np.std(values)


_RANK = Exercise(
    id="15.1",
    title="Percentiles by nearest rank",
    minutes=5,
    reference=nearest_rank,
    probes=_rank_probes,
    hints=(
        "Sort the values. The p-th percentile is the value of a certain rank, counted from 1.",
        "The rank is p / 100 * n, rounded up: so many values at least must not be larger.",
        "`rank = np.ceil(np.asarray(percents) * n / 100).astype(int)`, then `np.sort(values)[rank "
        "- 1]`.",
    ),
    built="You have built the percentiles that a service is judged by. The next cells time the "
    "recommender, alone and in batches of 64, and report p50, p95 and p99 with it.",
    ours="One sort serves all percents. We multiply by n before dividing by 100: `0.07 * 100` "
    "would be a little more than 7.",
    misconceptions=(
        Misconception(
            name="interpolated",
            wrong=_numpy_percentile("linear"),
            says="You interpolate between two neighbours, as np.percentile and np.quantile do by "
            "default. The nearest rank takes a value that did occur.",
        ),
        Misconception(
            name="numpy's midpoint",
            wrong=_numpy_percentile("midpoint"),
            says="You take the middle of two neighbours, numpy's method 'midpoint'. The nearest "
            "rank takes one value that did occur, of the rank p * n / 100 rounded up.",
        ),
        Misconception(
            name="numpy's method nearest",
            wrong=_numpy_percentile("nearest"),
            says="You use np.percentile's method 'nearest': it takes p % of n - 1 steps, and "
            "rounds to the nearest. Here p % of all n values are due, rounded up (numpy calls "
            "that 'inverted_cdf').",
        ),
        Misconception(
            name="numpy's method lower",
            wrong=_numpy_percentile("lower"),
            says="You take p % of n - 1 steps and round down, like np.percentile's method "
            "'lower'. The rank is p % of n, rounded up.",
        ),
        Misconception(
            name="numpy's method higher",
            wrong=_numpy_percentile("higher"),
            says="You take p % of n - 1 steps and round up, like np.percentile's method 'higher'. "
            "Count p % of all n values: ranks go from 1 to n.",
        ),
        Misconception(
            name="not sorted",
            wrong=_not_sorted,
            says="You pick by rank, but the values are not sorted yet: they come in any order. "
            "Sort them first.",
        ),
        Misconception(
            name="from above",
            wrong=_sorted_downwards,
            says="You count from the largest value: sorted in descending order, p99 is the "
            "fastest. Sort ascending: 99 % of the values are not larger than p99.",
        ),
        Misconception(
            name="100 - p",
            wrong=_percents_from_above,
            says="You take 100 - p instead of p, so you count from the wrong end. At least p % of "
            "the values are *not larger*.",
        ),
        Misconception(
            name="rounded down",
            wrong=_by_rank(np.floor),
            says="You round the rank down (floor), so less than p % of the values are covered. "
            "Round up: ceil.",
        ),
        Misconception(
            name="rounded down, below the first",
            wrong=_by_rank(np.floor, clipped=False),
            says="You round the rank down, and a rank of 0 becomes place -1, the last and "
            "largest. Round up: ceil never gives less than 1.",
        ),
        Misconception(
            name="rounded to the nearest",
            wrong=_by_rank(np.round),
            says="You round the rank to the nearest whole number. *At least* p % of the values "
            "are to be covered: always round up, with ceil.",
        ),
        Misconception(
            name="one place too far",
            wrong=_by_rank(lambda share: np.ceil(share) + 1),
            says="You are one place too far: ranks count from 1, places in an array from 0. "
            "Subtract 1 from the rank.",
        ),
        Misconception(
            name="one place too far, beyond the end",
            wrong=_by_rank(lambda share: np.ceil(share) + 1, clipped=False),
            says="You use the rank as an index. Ranks count from 1, places in an array from 0, so "
            "you are one too far, and p100 lies beyond the end: take rank - 1.",
        ),
        Misconception(
            name="whole ranks one too far",
            wrong=_by_rank(lambda share: np.floor(share) + 1),
            says="Where p * n / 100 is a whole number, you are one place too far, as with int(p * "
            "n / 100) as an index, or with `<` for `<=`. Round up to a rank, then subtract 1.",
        ),
        Misconception(
            name="whole ranks one too far, beyond the end",
            wrong=_by_rank(lambda share: np.floor(share) + 1, clipped=False),
            says="You take int(p * n / 100) as the index: where it is a whole number that is one "
            "place too far, and for p100 beyond the end. Round up to a rank, then subtract 1.",
        ),
        Misconception(
            name="one place too low",
            wrong=_by_rank(lambda share: np.ceil(share) - 1),
            says="You are one place too low: 1 is subtracted twice, once for the rank and once "
            "for the index. Less than p % of the values are covered.",
        ),
        Misconception(
            name="a share of 1, cut",
            wrong=_by_rank(lambda share: np.ceil(share * 100)),
            says="You take percents as shares of 1, so nearly all ranks end at the largest value. "
            "Percents go up to 100: divide by 100.",
        ),
        Misconception(
            name="a share of 1",
            wrong=_by_rank(lambda share: np.ceil(share * 100), clipped=False),
            says="Your rank lies far beyond the last value: you take percents as shares of 1. "
            "They go up to 100, so divide by 100.",
        ),
        Misconception(
            name="equal values once",
            wrong=_distinct,
            says="You count equal values once (np.unique drops duplicates). Each call counts, "
            "also one that took as long as another: np.sort keeps ties.",
        ),
        Misconception(
            name="ranks",
            wrong=_ranks,
            says="You return the ranks, not the values that stand there: index the sorted values "
            "with rank - 1.",
        ),
        Misconception(
            name="places in order",
            wrong=_places_in_order,
            says="You return places of the sorted array, not the values that stand there: index "
            "with them.",
        ),
        Misconception(
            name="argsort",
            wrong=_places_not_values,
            says="You return where the values stand (argsort gives indices), not the values "
            "themselves.",
        ),
        Misconception(
            name="a share of the largest",
            wrong=_share_of_the_largest,
            says="You take p % of the largest value. A percentile is about how *many* values are "
            "not larger, not about how large they are.",
        ),
        Misconception(
            name="between smallest and largest",
            wrong=_between_the_extremes,
            says="You go p % of the way from the smallest to the largest value. A percentile "
            "counts values: sort them and take one by its rank.",
        ),
        Misconception(
            name="a share of the sum",
            wrong=_share_of_the_sum,
            says="You cover p % of the *sum* of the values, the total time. Cover p % of their "
            "*number*.",
        ),
        Misconception(
            name="the normal law",
            wrong=_normal_quantiles,
            says="You take mean and standard deviation and a quantile of the normal law. Times "
            "are not normal: sort them and take the value of the rank, one that did occur.",
        ),
        Misconception(
            name="the first percent only",
            wrong=_first_percent,
            says="You return the first percentile only. There is one for each of `percents`: (m,).",
        ),
        Misconception(
            name="percents in ascending order",
            wrong=_percents_sorted,
            says="You return the percentiles in ascending order. Leave them in the order of "
            "`percents`.",
        ),
        Misconception(
            name="each percent once",
            wrong=_each_percent_once,
            says="You drop percents that come twice, and sort them. Return one value for each "
            "entry of `percents`, in its order.",
        ),
        Misconception(
            name="whole percents",
            wrong=_whole_percents,
            says="You cut the decimals off the percents. 99.9 is a percent too: don't make it an "
            "integer.",
        ),
        Misconception(
            name="one percent for all",
            wrong=_one_percent_for_all,
            says="All your percentiles are that of the first percent. Each entry of `percents` "
            "has a rank of its own.",
        ),
    ),
)

# --- 15.2 Examples in a log of slates -------------------------------------------------------------


def _random_slates(rng, B, K, share_empty=0.2):
    """Slates with gaps and clicks, the first row without a click. (B, K) and (B,)."""
    slates = np.stack([rng.permutation(30)[:K] + 1 for _ in range(B)])
    slates *= rng.random((B, K)) >= share_empty
    places = np.array([rng.choice([-1, *np.flatnonzero(slate)]) for slate in slates])
    places[0] = -1
    return slates, places


def _seen_probes(rng):
    yield Probe((np.array([[7, 2, 9]]), np.array([1])), label="a click in the middle")
    yield Probe((np.array([[7, 2, 9]]), np.array([-1])), label="no click")
    yield Probe(
        (np.array([[7, 2, 9], [4, 5, 6]]), np.array([0, 2])), label="the first and the last place"
    )
    yield Probe((np.array([[3, 0, 8], [0, 0, 5]]), np.array([-1, 2])), label="empty places")
    yield Probe(_random_slates(rng, 5, 4, 0.0), label="five slates without gaps")
    for B, K in ((5, 4), (7, 3), (4, 6), (6, 5)):
        yield Probe(_random_slates(rng, B, K), label=f"{B} slates with gaps")


def _examples(slates, places, kept, rewards=None):
    rows, columns = np.nonzero(kept & (slates > 0))
    rewards = (columns == places[rows]).astype(float) if rewards is None else rewards(rows, columns)
    return rows, slates[rows, columns], rewards


def _columns_of(slates):
    return np.arange(slates.shape[1])


def _was_seen(slates, places):
    return (_columns_of(slates) <= places[:, None]) | (places[:, None] < 0)


def _all_shown(slates, places):
    return _examples(slates, places, np.ones_like(slates, dtype=bool))


def _clicks_only(slates, places):
    return _examples(slates, places, _columns_of(slates) == places[:, None])


def _clicked_slates_dropped(slates, places):
    return _examples(slates, places, np.broadcast_to(places[:, None] < 0, slates.shape))


def _without_the_click(slates, places):
    last = np.where(places >= 0, places, slates.shape[1])
    return _examples(slates, places, _columns_of(slates) < last[:, None])


def _no_click_no_example(slates, places):
    return _examples(slates, places, _columns_of(slates) <= places[:, None])


def _nothing_above_no_click(slates, places):
    return _examples(slates, places, _columns_of(slates) <= np.maximum(places, 0)[:, None])


def _empty_too(slates, places):
    rows, columns = np.nonzero(_was_seen(slates, places))
    return rows, slates[rows, columns], (columns == places[rows]).astype(float)


def _whole_rows_rewarded(slates, places):
    rows, products, _ = seen_places(slates, places)
    return rows, products, (places[rows] >= 0).astype(float)


def _never_rewarded(slates, places):
    rows, products, rewards = seen_places(slates, places)
    return rows, products, np.zeros_like(rewards)


def _discounted(slates, places):
    rows, products, rewards = seen_places(slates, places)
    return rows, products, rewards / (1 + np.maximum(places[rows], 0))


def _rewards_reversed(slates, places):
    rows, products, rewards = seen_places(slates, places)
    return rows, products, 1 - rewards


def _what_is_below(slates, places):
    return _examples(slates, places, _columns_of(slates) >= places[:, None])


def _strictly_below(slates, places):
    return _examples(slates, places, _columns_of(slates) > places[:, None])


def _one_further(slates, places):
    kept = (_columns_of(slates) <= places[:, None] + 1) | (places[:, None] < 0)
    return _examples(slates, places, kept)


def _last_for_none(slates, places):
    places = places % slates.shape[1]
    return _examples(slates, places, _columns_of(slates) <= places[:, None])


def _places_from_one(slates, places):
    kept = (_columns_of(slates) < places[:, None]) | (places[:, None] < 0)
    return _examples(slates, places, kept, lambda r, c: (c + 1 == places[r]).astype(float))


def _stops_at_a_gap(slates, places):
    filled = np.cumprod(slates > 0, axis=1).astype(bool)
    return _examples(slates, places, _was_seen(slates, places) & filled)


def _gaps_closed(slates, places):
    closed = np.zeros_like(slates)
    for row, slate in enumerate(slates):
        shown = slate[slate > 0]
        closed[row, : len(shown)] = shown
    return _examples(closed, places, _was_seen(slates, places))


def _product_is_the_place(slates, places):
    rows, products, _ = seen_places(slates, places)
    return rows, products, (products == places[rows]).astype(float)


def _columns_not_products(slates, places):
    rows, columns = np.nonzero(_was_seen(slates, places) & (slates > 0))
    return rows, columns, (columns == places[rows]).astype(float)


def _columns_not_rows(slates, places):
    _, columns = np.nonzero(_was_seen(slates, places) & (slates > 0))
    _, products, rewards = seen_places(slates, places)
    return columns, products, rewards


def _numbered(slates, places):
    rows, products, rewards = seen_places(slates, places)
    return np.arange(len(rows)), products, rewards


def _products_first(slates, places):
    rows, products, rewards = seen_places(slates, places)
    return products, rows, rewards


def _rewards_second(slates, places):
    rows, products, rewards = seen_places(slates, places)
    return rows, rewards, products


def _column_by_column(slates, places):
    columns, rows = np.nonzero((_was_seen(slates, places) & (slates > 0)).T)
    return rows, slates[rows, columns], (columns == places[rows]).astype(float)


def _bottom_up(slates, places):
    rows, columns = np.nonzero((_was_seen(slates, places) & (slates > 0))[:, ::-1])
    columns = slates.shape[1] - 1 - columns
    return rows, slates[rows, columns], (columns == places[rows]).astype(float)


def _clicks_first(slates, places):
    rows, products, rewards = seen_places(slates, places)
    order = np.argsort(-rewards, kind="stable")
    return rows[order], products[order], rewards[order]


def _each_product_once(slates, places):
    rows, products, rewards = seen_places(slates, places)
    order = np.sort(np.unique(products, return_index=True)[1])
    return rows[order], products[order], rewards[order]


_SEEN = Exercise(
    id="15.2",
    title="What was seen of a slate",
    minutes=8,
    reference=seen_places,
    probes=_seen_probes,
    hints=(
        "Make a table (B, K) of booleans first: was this place seen? It was, down to the click; "
        "and everywhere, where there is no click.",
        "`was_seen = (np.arange(K) <= places[:, None]) | (places[:, None] < 0)`. Empty places "
        "don't count.",
        "`rows, columns = np.nonzero(was_seen & (slates > 0))` goes row by row, from the top. "
        "The rewards are `(columns == places[rows]).astype(float)`.",
    ),
    built="You have built the reading of a click log that knows what was seen. The next cell "
    "compares rates of what was shown with rates of what was seen, product by product.",
    ours="Ours has no loop: `np.nonzero` of a (B, K) mask gives the examples row by row, from "
    "the top down.",
    misconceptions=(
        Misconception(
            name="all that was shown",
            wrong=_all_shown,
            says="You count all that was shown. What stands below a click was not seen: nobody "
            "looked at it, so it is no example, let alone one not wanted.",
        ),
        Misconception(
            name="clicks only",
            wrong=_clicks_only,
            says="You keep the clicks only. Without what was seen and not wanted, every product "
            "has a click rate of 1.",
        ),
        Misconception(
            name="clicked slates dropped",
            wrong=_clicked_slates_dropped,
            says="You keep only slates without a click, and drop those that were clicked. Of "
            "these, everything down to the click was seen.",
        ),
        Misconception(
            name="the click is missing",
            wrong=_without_the_click,
            says="You leave out the clicked place itself: you stop just above the click (`<` for "
            "`<=`). The product that was taken was seen too: include it, with reward 1.",
        ),
        Misconception(
            name="no click, no example",
            wrong=_no_click_no_example,
            says="You drop slates without a click, place -1. There everything was seen and not "
            "wanted: each product is an example with reward 0.",
        ),
        Misconception(
            name="no click, the first place",
            wrong=_nothing_above_no_click,
            says="You treat a slate without a click (place -1) as if only its first place had "
            "been seen. Without a click all of it was seen.",
        ),
        Misconception(
            name="-1 is the last place",
            wrong=_last_for_none,
            says="You read -1 as the last place, as an index would, and give a reward where "
            "nothing was clicked. -1 means no click: all was seen, all rewards are 0.",
        ),
        Misconception(
            name="one place too far",
            wrong=_one_further,
            says="You go one place too far: the place below the click was not seen. Stop at the "
            "click itself.",
        ),
        Misconception(
            name="places from 1",
            wrong=_places_from_one,
            says="You count places from 1, so your click is one place too high. They are counted "
            "from 0, as columns are.",
        ),
        Misconception(
            name="the gaps closed",
            wrong=_gaps_closed,
            says="You take the empty places out first, which moves the products up. The clicked "
            "place counts in the slate as it was shown, gaps included.",
        ),
        Misconception(
            name="stops at a gap",
            wrong=_stops_at_a_gap,
            says="You stop at the first empty place. Shoppers go on below a gap: only leave the "
            "empty place out.",
        ),
        Misconception(
            name="empty places",
            wrong=_empty_too,
            says="You count empty places as products. 0 is padding, no product: leave these "
            "places out.",
        ),
        Misconception(
            name="the whole row is rewarded",
            wrong=_whole_rows_rewarded,
            says="You give the reward to every product of a slate that was clicked, what stands "
            "above the click too. Only the clicked place itself was taken; all above it has "
            "reward 0.",
        ),
        Misconception(
            name="product compared with the place",
            wrong=_product_is_the_place,
            says="You compare the product's number with the clicked place. The reward is 1 where "
            "the *column* is the place.",
        ),
        Misconception(
            name="discounted rewards",
            wrong=_discounted,
            says="Your reward falls with the place of the click. It is 1.0 for what was taken, "
            "wherever it stood.",
        ),
        Misconception(
            name="no reward",
            wrong=_never_rewarded,
            says="All your rewards are 0. The clicked product has reward 1.",
        ),
        Misconception(
            name="rewards inverted",
            wrong=_rewards_reversed,
            says="Your rewards are inverted: 1 is for the product that was clicked, 0 for what "
            "was seen and not wanted.",
        ),
        Misconception(
            name="from the click down",
            wrong=_what_is_below,
            says="You kept the click and what is *below* it: the comparison is the wrong way "
            "round. What was seen is above.",
        ),
        Misconception(
            name="below the click",
            wrong=_strictly_below,
            says="You kept what stands *below* the click, just what nobody saw. Seen is the click "
            "and all above it.",
        ),
        Misconception(
            name="columns instead of products",
            wrong=_columns_not_products,
            says="Your second array holds places (columns), not the products that stand there: "
            "`slates[rows, columns]`.",
        ),
        Misconception(
            name="columns instead of rows",
            wrong=_columns_not_rows,
            says="Your first array holds the columns, that is the places. The *rows* of `slates` "
            "are due: which slate an example comes from.",
        ),
        Misconception(
            name="numbered through",
            wrong=_numbered,
            says="Your first array numbers the examples. Say which row of `slates` each comes "
            "from; a slate has several.",
        ),
        Misconception(
            name="products before rows",
            wrong=_products_first,
            says="You return the products before the rows: the order is rows, products, rewards.",
        ),
        Misconception(
            name="rewards before products",
            wrong=_rewards_second,
            says="You return the rewards before the products: the order is rows, products, "
            "rewards.",
        ),
        Misconception(
            name="column by column",
            wrong=_column_by_column,
            says="You have the right examples in another order, place by place. They are due row "
            "by row, from the top down.",
        ),
        Misconception(
            name="from the bottom up",
            wrong=_bottom_up,
            says="You go through a slate from the bottom up. The order is from the top down.",
        ),
        Misconception(
            name="clicks first",
            wrong=_clicks_first,
            says="You put the clicked examples in front. The order is row by row, from the top "
            "down, whatever the reward.",
        ),
        Misconception(
            name="each product once",
            wrong=_each_product_once,
            says="You keep each product once and drop its duplicates in other slates. Every time "
            "that it was seen is an example.",
        ),
    ),
)

# --- 15.3 Propensity of a slate -------------------------------------------------------------------


def _scores(rng, B=3, J=6):
    return np.pad(rng.normal(size=(B, J)) * 2, ((0, 0), (1, 0)), constant_values=-np.inf)


def _propensity_probes(rng):
    flat = np.array([[-np.inf, 0.0, 0.0, 0.0]])
    yield Probe((flat, np.array([[2]]), 1.0), label="one of three, all alike", edge=True)
    yield Probe((flat, np.array([[2, 3]]), 1.0), label="two of three, all alike")
    yield Probe(
        (np.array([[-np.inf, 1.0, 2.0, 0.0]]), np.array([[2, 1, 3]]), 1.0), label="all three"
    )
    yield Probe(
        (np.array([[-np.inf, 1.0, 2.0, 0.0]]), np.array([[3, 1]]), 0.5), label="temperature 0.5"
    )
    yield Probe(
        (np.array([[-np.inf, 900.0, 901.0, 0.0]]), np.array([[1, 2]]), 1.0),
        label="large scores",
        edge=True,
    )
    yield Probe(
        (np.array([[-np.inf, 0.0, -500.0, -600.0]]), np.array([[2, 3, 1]]), 1.0),
        label="a slate that is next to impossible",
        edge=True,
    )
    for B, J, K, temperature in ((3, 6, 4, 0.7), (3, 7, 4, 1.0), (2, 6, 3, 3.0), (4, 5, 3, 1.6)):
        slates = np.stack([rng.permutation(J)[:K] + 1 for _ in range(B)])
        yield Probe(
            (_scores(rng, B, J), slates, temperature),
            label=f"{B} slates of {K}, temperature {temperature}",
        )


def _log_sum(x):
    return np.logaddexp.reduce(x, axis=1)


def _place_by_place(removed, gone=-np.inf):
    """A sum over places. `removed(left, row, items)`: what is taken out after each."""

    def wrong(scores, slates, temperature):
        left = scores / temperature
        row = np.arange(len(left))
        total = np.zeros(len(left))
        for items in slates.T:
            total += left[row, items] - _log_sum(left)
            left = removed(left, row, items, gone)
        return total

    return wrong


def _taken_out(left, row, items, gone):
    left[row, items] = gone
    return left


_log_propensity = _place_by_place(_taken_out)


def _taken_out_of_all_rows(left, row, items, gone):
    left[:, items] = gone
    return left


def _with_replacement(scores, slates, temperature):
    logits = scores / temperature
    chosen = np.take_along_axis(logits, slates, axis=1)
    return (chosen - _log_sum(logits)[:, None]).sum(axis=1)


def _only_the_place_before(scores, slates, temperature):
    logits = scores / temperature
    row = np.arange(len(logits))
    total = np.zeros(len(logits))
    for k, items in enumerate(slates.T):
        left = logits.copy()
        if k:
            left[row, slates[:, k - 1]] = -np.inf
        total += logits[row, items] - _log_sum(left)
    return total


def _itself_out(scores, slates, temperature):
    logits = scores / temperature
    left = logits.copy()
    row = np.arange(len(left))
    total = np.zeros(len(left))
    for items in slates.T:
        left[row, items] = -np.inf
        total += logits[row, items] - _log_sum(left)
    return total


def _all_shown_out(scores, slates, temperature):
    logits = scores / temperature
    row = np.arange(len(logits))
    total = np.zeros(len(logits))
    for items in slates.T:
        left = logits.copy()
        left[row[:, None], slates] = -np.inf
        left[row, items] = logits[row, items]
        total += logits[row, items] - _log_sum(left)
    return total


def _tempered(above, below):
    """Numerator and denominator with temperatures of their own."""

    def wrong(scores, slates, temperature):
        upper = scores / above(temperature)
        left = scores / below(temperature)
        row = np.arange(len(left))
        total = np.zeros(len(left))
        for items in slates.T:
            total += upper[row, items] - _log_sum(left)
            left[row, items] = -np.inf
        return total

    return wrong


def _then(change):
    """The right log-propensities, changed."""

    def wrong(scores, slates, temperature):
        return change(_log_propensity(scores, slates, temperature), slates, temperature)

    return wrong


def _at(temperature_of):
    def wrong(scores, slates, temperature):
        return _log_propensity(scores, slates, temperature_of(temperature))

    return wrong


def _of_slates(change):
    def wrong(scores, slates, temperature):
        return _log_propensity(scores, change(slates), temperature)

    return wrong


def _each_place(scores, slates, temperature):
    so_far = [
        _log_propensity(scores, slates[:, :k], temperature) for k in range(slates.shape[1] + 1)
    ]
    return np.diff(np.stack(so_far, axis=1), axis=1)


def _last_place(scores, slates, temperature):
    return _each_place(scores, slates, temperature)[:, -1]


def _probabilities_added(scores, slates, temperature):
    return np.log(np.exp(_each_place(scores, slates, temperature)).sum(axis=1))


def _column_before(scores, slates, temperature):
    return _log_propensity(scores, slates - 1, temperature)


def _pad_column_dropped(scores, slates, temperature):
    return _place_by_place(_taken_out)(scores[:, 1:], slates, temperature)


def _among_the_shown(scores, slates, temperature):
    chosen = np.take_along_axis(scores, slates, axis=1) / temperature
    return sum(chosen[:, k] - _log_sum(chosen[:, k:]) for k in range(slates.shape[1]))


def _among_the_shown_with_replacement(scores, slates, temperature):
    chosen = np.take_along_axis(scores, slates, axis=1) / temperature
    return (chosen - _log_sum(chosen)[:, None]).sum(axis=1)


def _scores_only(scores, slates, temperature):
    return np.take_along_axis(scores / temperature, slates, axis=1).sum(axis=1)


def _in_any_order(scores, slates, temperature):
    orders = itertools.permutations(range(slates.shape[1]))
    logs = [_log_propensity(scores, slates[:, list(order)], temperature) for order in orders]
    return np.logaddexp.reduce(logs, axis=0)


def _padding_counted(scores, slates, temperature):
    scores = scores.copy()
    scores[:, 0] = 0
    return _log_propensity(scores, slates, temperature)


def _plain_softmax(scores, slates, temperature):
    """exp overflows where scores are large."""
    left = np.exp(scores / temperature)
    row = np.arange(len(left))
    total = np.zeros(len(left))
    for items in slates.T:
        total += np.log(left[row, items] / left.sum(axis=1))
        left[row, items] = 0
    return total


def _product_first(scores, slates, temperature):
    """The product of small probabilities is 0, and its logarithm -inf."""
    with np.errstate(divide="ignore"):
        return np.log(np.exp(_each_place(scores, slates, temperature)).prod(axis=1))


def _sum_without_log(scores, slates, temperature):
    left = scores / temperature
    row = np.arange(len(left))
    total = np.zeros(len(left))
    for items in slates.T:
        total += left[row, items] - np.exp(left).sum(axis=1)
        left[row, items] = -np.inf
    return total


def _shares_of_scores(scores, slates, temperature):
    left = np.where(np.isfinite(scores), scores, 0) / temperature
    row = np.arange(len(left))
    total = np.zeros(len(left))
    for items in slates.T:
        total += np.log(left[row, items] / left.sum(axis=1))
        left[row, items] = 0
    return total


_PROPENSITY = Exercise(
    id="15.3",
    title="How probable was this slate?",
    minutes=10,
    reference=slate_log_propensity,
    probes=_propensity_probes,
    hints=(
        "One place after the other. What has been shown can't be drawn again: set its logit to "
        "-inf.",
        "Begin with `left = scores / temperature` (a new array, so nothing is edited). Of a place: "
        "`left[row, items] - np.logaddexp.reduce(left, axis=1)`, where `row = np.arange(B)` and "
        "`items` is its column.",
        "`for items in slates.T:` add that to `total`, then `left[row, items] = -np.inf`.",
    ),
    built="You have built the propensity of a slate. The next cells draw at several "
    "temperatures, and show how improbable even a probable slate is: a warning for "
    "section 15.8.",
    ours="Ours loops over places, not over shoppers: what was shown gets -inf and can't be "
    "drawn again.",
    misconceptions=(
        Misconception(
            name="with replacement",
            wrong=_with_replacement,
            says="You draw every place from all products, with replacement. What is shown above "
            "is gone: leave it out of the sum in the denominator.",
        ),
        Misconception(
            name="only the place just above is gone",
            wrong=_only_the_place_before,
            says="You leave out only the product of the place just above. *All* products that are "
            "shown above are gone, from the first place on.",
        ),
        Misconception(
            name="itself taken out",
            wrong=_itself_out,
            says="You remove a place's product before its own sum is taken: it is missing from "
            "its own denominator. It could still be drawn there: remove it *after* its place.",
        ),
        Misconception(
            name="what is shown below is out",
            wrong=_all_shown_out,
            says="You leave out all other products of the slate, those further below too. When a "
            "place is drawn, only what is shown *above* it is gone.",
        ),
        Misconception(
            name="gone in all rows",
            wrong=_place_by_place(_taken_out_of_all_rows),
            says="You remove the shown products from every row, other slates too. What a slate "
            "shows is gone in its own row only: `left[row, items]`.",
        ),
        Misconception(
            name="gone with a score of 0",
            wrong=_place_by_place(_taken_out, gone=0.0),
            says="You set the score of what was shown to 0, and exp(0) is 1: it can still be "
            "drawn. -inf takes it out, since exp(-inf) is 0.",
        ),
        Misconception(
            name="temperature above only",
            wrong=_tempered(lambda T: T, lambda T: 1),
            says="You divide by the temperature in the numerator only. The scores in the sum, the "
            "denominator, are divided by it too.",
        ),
        Misconception(
            name="temperature below only",
            wrong=_tempered(lambda T: 1, lambda T: T),
            says="You divide by the temperature in the denominator only. The score of the place's "
            "own product, the numerator, is divided by it too.",
        ),
        Misconception(
            name="times the temperature",
            wrong=_at(lambda T: 1 / T),
            says="You multiply by the temperature. A high one makes scores more alike: divide.",
        ),
        Misconception(
            name="no temperature",
            wrong=_at(lambda T: 1.0),
            says="Your result does not depend on the temperature: divide the scores by it.",
        ),
        Misconception(
            name="temperature twice",
            wrong=_at(lambda T: T * T),
            says="You divide by the temperature twice. Once is enough.",
        ),
        Misconception(
            name="divided at the end",
            wrong=lambda scores, slates, temperature: (
                _log_propensity(scores, slates, 1.0) / temperature
            ),
            says="You divide the log-probability by the temperature at the end. It belongs to "
            "every score, those in the sum too.",
        ),
        Misconception(
            name="no logarithm",
            wrong=_then(lambda logs, slates, T: np.exp(logs)),
            says="You return the probability. Its logarithm is due.",
        ),
        Misconception(
            name="sign turned",
            wrong=_then(lambda logs, slates, T: -logs),
            says="Your sign is turned: that is the negative log-likelihood, a loss. A "
            "log-probability is 0 or less.",
        ),
        Misconception(
            name="mean over the places",
            wrong=_then(lambda logs, slates, T: logs / slates.shape[1]),
            says="You take the mean over the places. Probabilities multiply, so their logarithms "
            "are added up: the sum is due.",
        ),
        Misconception(
            name="base 2",
            wrong=_then(lambda logs, slates, T: logs / np.log(2)),
            says="Your logarithm has base 2. The natural one is due.",
        ),
        Misconception(
            name="base 10",
            wrong=_then(lambda logs, slates, T: logs / np.log(10)),
            says="Your logarithm has base 10. The natural one is due.",
        ),
        Misconception(
            name="one number",
            wrong=_then(lambda logs, slates, T: logs.sum()),
            says="You add up all slates to one number. Each row has a propensity of its own: (B,).",
        ),
        Misconception(
            name="not added up",
            wrong=_each_place,
            says="You return a number for each place, (B, K). Add them up over the places of a "
            "slate.",
        ),
        Misconception(
            name="the first place only",
            wrong=_of_slates(lambda slates: slates[:, :1]),
            says="You return the chance of the first place. The slate has more: add them up.",
        ),
        Misconception(
            name="the last place only",
            wrong=_last_place,
            says="You return the chance of the last place only, the loop overwrites the ones "
            "before. Add up all places.",
        ),
        Misconception(
            name="all but the last place",
            wrong=_of_slates(lambda slates: slates[:, :-1]),
            says="You leave out the last place: your loop ends one too early.",
        ),
        Misconception(
            name="all but the first place",
            wrong=lambda scores, slates, temperature: _each_place(scores, slates, temperature)[
                :, 1:
            ].sum(axis=1),
            says="You leave out the chance of the first place: your loop begins one too late.",
        ),
        Misconception(
            name="from the bottom up",
            wrong=_of_slates(lambda slates: slates[:, ::-1]),
            says="You draw from the bottom up, in reverse order. The top is drawn first, and that "
            "makes another probability.",
        ),
        Misconception(
            name="log K! added",
            wrong=_then(lambda total, slates, _: total + math.lgamma(slates.shape[1] + 1)),
            says="You add log K!, the number of orders. Asked for is *this* order, and each has a "
            "probability of its own.",
        ),
        Misconception(
            name="in any order",
            wrong=_in_any_order,
            says="Yours is the probability of these products in any order, all permutations "
            "together. Asked for is *this* order.",
        ),
        Misconception(
            name="probabilities added",
            wrong=_probabilities_added,
            says="You add the probabilities of the places and take the logarithm then. They are "
            "multiplied: add their logarithms.",
        ),
        Misconception(
            name="column j - 1",
            wrong=_column_before,
            says="You look up product j in column j - 1. Column j is product j, column 0 is "
            "padding: nothing to subtract.",
        ),
        Misconception(
            name="padding cut off",
            wrong=_pad_column_dropped,
            says="You cut column 0 off, and then product j stands in column j - 1, so you look up "
            "its neighbour. Keep the column: its -inf is never drawn anyway.",
        ),
        Misconception(
            name="padding can be drawn",
            wrong=_padding_counted,
            says="You count padding among what can be drawn: with a logit of 0 column 0 adds 1 to "
            "each sum. Leave its -inf as it is.",
        ),
        Misconception(
            name="among the shown",
            wrong=_among_the_shown,
            says="Your sums run over the products of the slate. All products that are left could "
            "have been drawn.",
        ),
        Misconception(
            name="softmax of the shown",
            wrong=_among_the_shown_with_replacement,
            says="You take a softmax over the products of the slate only. Every product of the "
            "catalogue that is not shown above belongs into the denominator.",
        ),
        Misconception(
            name="no denominator",
            wrong=_scores_only,
            says="You add up the scores without the denominator, so nothing is normalised. "
            "Subtract the log of the sum of exp at each place.",
        ),
        Misconception(
            name="no log of the sum",
            wrong=_sum_without_log,
            says="You subtract the sum of exp itself. Its logarithm is due: `np.logaddexp.reduce`.",
        ),
        Misconception(
            name="shares of scores",
            wrong=_shares_of_scores,
            says="You divide scores by the sum of scores, without exp. Scores are logits and may "
            "be negative: the softmax takes exp first.",
        ),
        Misconception(
            name="underflow",
            wrong=_product_first,
            says="You multiply the probabilities and take the logarithm at the end. The product "
            "of small ones underflows to 0: add up logarithms instead.",
        ),
        Misconception(
            name="overflow",
            wrong=_plain_softmax,
            says="Your exp overflows where scores are large. `np.logaddexp.reduce` takes the log "
            "of the sum of exp without that.",
        ),
    ),
)

# --- 15.4 A paired comparison ---------------------------------------------------------------------


def _pairs(rng, n):
    both = rng.random(n)
    return both + 0.2 * rng.random(n) + 0.05, both + 0.1 * rng.random(n)


def _comparison_probes(rng):
    yield Probe((np.array([1.0, 2.0, 4.0]), np.array([1.0, 1.0, 2.0])), label="three shoppers")
    yield Probe(
        (np.array([0.2, 0.4]), np.array([0.3, 0.1]), 0.8), label="two shoppers, confidence .8"
    )
    yield Probe(
        (np.array([0.5, 0.1, 0.6]), np.array([0.4, 0.0, 0.5])),
        label="the same gain for all",
        edge=True,
    )
    yield Probe((*_pairs(rng, 5), 0.6), label="5 shoppers, confidence .6")
    for n in (10, 60):
        yield Probe((*_pairs(rng, n),), label=f"{n} shoppers")
    yield Probe((*_pairs(rng, 20), 0.9), label="20 shoppers, confidence .9")


_Z = NormalDist().inv_cdf


def _students_t(share, freedom):
    """The quantile of Student's t (Abramowitz and Stegun, 26.7.5)."""
    z = NormalDist().inv_cdf(share)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, start=1))


def _compared(gain=np.subtract, **parts):
    """A comparison of which some parts are computed otherwise, and with them what hangs on them.

    gain:  of treatment and control
    parts: by name, each a function of a dict of what is known before it: t, c, n, confidence, gain;
           then difference, variance, strangers, error, z, low, high; then variance_told and
           error_told, for parts that only what is returned differs in
    """
    rules = {
        "difference": lambda k: k["gain"].mean(),
        "variance": lambda k: k["gain"].var(ddof=1),
        "strangers": lambda k: k["t"].var(ddof=1) + k["c"].var(ddof=1),
        "error": lambda k: np.sqrt(k["variance"] / k["n"]),
        "z": lambda k: _Z(0.5 + k["confidence"] / 2),
        "low": lambda k: k["difference"] - k["z"] * k["error"],
        "high": lambda k: k["difference"] + k["z"] * k["error"],
        "variance_told": lambda k: k["variance"],
        "error_told": lambda k: k["error"],
        **parts,
    }

    def wrong(treatment, control, confidence=0.95):
        known = {"t": treatment, "c": control, "n": len(treatment), "confidence": confidence}
        known["gain"] = gain(treatment, control)
        for name, rule in rules.items():
            known[name] = rule(known)
        told = ("difference", "error_told", "low", "high", "variance_told", "strangers")
        return Comparison(*(known[name] for name in told))

    return wrong


def _over_the_control(treatment, control, confidence=0.95):
    compared = paired_comparison(treatment, control, confidence)
    parts = {name: getattr(compared, name) / control.mean() for name in ("difference", "low")}
    return compared._replace(
        **parts,
        high=compared.high / control.mean(),
        standard_error=compared.standard_error / control.mean(),
    )


def _plain_tuple(treatment, control, confidence=0.95):
    return tuple(paired_comparison(treatment, control, confidence))


_COMPARISON = Exercise(
    id="15.4",
    title="A paired comparison",
    minutes=8,
    reference=paired_comparison,
    probes=_comparison_probes,
    compare=_fields_of(Comparison),
    hints=(
        "Take the difference shopper by shopper first. Everything but the last number is about "
        "these differences.",
        "`variance = gain.var(ddof=1)`, the standard error is `np.sqrt(variance / n)`, and z is "
        "`NormalDist().inv_cdf(0.5 + confidence / 2)`.",
        "low and high are `gain.mean() - z * error` and `gain.mean() + z * error`; the last number "
        "is `treatment.var(ddof=1) + control.var(ddof=1)`.",
    ),
    built="You have built the A/B test of this chapter. Every policy's lift over popularity, "
    "with its interval, comes from it.",
    misconceptions=(
        Misconception(
            name="a plain tuple",
            wrong=_plain_tuple,
            says="You return a plain tuple. Return a `Comparison(...)` of the same six numbers: "
            "later cells ask for its fields by name.",
        ),
        Misconception(
            name="strangers",
            wrong=_compared(variance=lambda k: k["t"].var(ddof=1) + k["c"].var(ddof=1)),
            says="Your variance and interval are those of two groups of strangers, unpaired. "
            "These are pairs: take the variance of the *differences*.",
        ),
        Misconception(
            name="the error of strangers",
            wrong=_compared(error=lambda k: np.sqrt(k["strangers"] / k["n"])),
            says="Your standard error is that of two groups of strangers, unpaired. Of pairs, it "
            "comes from the variance of the *differences*.",
        ),
        Misconception(
            name="strangers that are the same",
            wrong=_compared(strangers=lambda k: k["variance"]),
            says="Your variance of strangers is that of the pairs. Strangers have no luck in "
            "common: add the variances of treatment and control.",
        ),
        Misconception(
            name="both variances exchanged",
            wrong=_compared(
                variance_told=lambda k: k["t"].var(ddof=1) + k["c"].var(ddof=1),
                strangers=lambda k: k["variance"],
            ),
            says="You exchanged the two variances: first that of the differences, last that of "
            "strangers.",
        ),
        Misconception(
            name="the spread of one shopper",
            wrong=_compared(error=lambda k: np.sqrt(k["variance"])),
            says="Your standard error is the spread (standard deviation) of one shopper's "
            "difference. That of the mean is smaller by the root of n: divide the variance by n.",
        ),
        Misconception(
            name="no root",
            wrong=_compared(error=lambda k: k["variance"] / k["n"]),
            says="Your standard error is the variance of the mean: the square root is missing, "
            "`np.sqrt(variance / n)`.",
        ),
        Misconception(
            name="variance over the root of n",
            wrong=_compared(error=lambda k: k["variance"] / np.sqrt(k["n"])),
            says="You divide the variance by the root of n. The standard *deviation* is divided "
            "by it: take the square root of variance / n.",
        ),
        Misconception(
            name="spread over n",
            wrong=_compared(error=lambda k: np.sqrt(k["variance"]) / k["n"]),
            says="You divide the standard deviation by n. By the *root* of n: the n belongs under "
            "the square root.",
        ),
        Misconception(
            name="n - 1 twice",
            wrong=_compared(error=lambda k: np.sqrt(k["variance"] / (k["n"] - 1))),
            says="Your standard error divides by n - 1. The variance has its n - 1 already; that "
            "of a mean is the variance over n.",
        ),
        Misconception(
            name="n in all denominators",
            wrong=_compared(
                variance=lambda k: k["gain"].var(), strangers=lambda k: k["t"].var() + k["c"].var()
            ),
            says="Your variances have n in the denominator, numpy's default. n - 1 is due: "
            "`ddof=1`.",
        ),
        Misconception(
            name="n in the denominator of the pairs",
            wrong=_compared(variance=lambda k: k["gain"].var()),
            says="The variance of the differences has n in the denominator. n - 1 is due: "
            "`gain.var(ddof=1)`.",
        ),
        Misconception(
            name="n in the denominator of the error",
            wrong=_compared(error=lambda k: k["gain"].std() / np.sqrt(k["n"])),
            says="Your standard error comes from a standard deviation with n in the denominator. "
            "n - 1 is due there too: `ddof=1`.",
        ),
        Misconception(
            name="n in the denominator of strangers",
            wrong=_compared(strangers=lambda k: k["t"].var() + k["c"].var()),
            says="Only the variance of strangers has n in the denominator. n - 1 is due there "
            "too: `ddof=1` for both.",
        ),
        Misconception(
            name="one side",
            wrong=_compared(z=lambda k: _Z(k["confidence"])),
            says="Your z is one-sided: at .95 it leaves 5 % on each side. The interval is "
            "two-sided, half of what is left belongs to either side: 0.5 + confidence / 2.",
        ),
        Misconception(
            name="half of the confidence",
            wrong=_compared(z=lambda k: -_Z(k["confidence"] / 2)),
            says="Your z is the quantile at confidence / 2, close to 0, so the interval is far "
            "too narrow. The quantile at 0.5 + confidence / 2 is due.",
        ),
        Misconception(
            name="always 95 %",
            wrong=_compared(z=lambda k: _Z(0.975)),
            says="Your interval ignores `confidence`: it is always that of 95 % (z = 1.96).",
        ),
        Misconception(
            name="Student's t",
            wrong=_compared(z=lambda k: _students_t(0.5 + k["confidence"] / 2, k["n"] - 1)),
            says="Your quantile is that of Student's t distribution. The interval here is the "
            "normal one: `NormalDist().inv_cdf`.",
        ),
        Misconception(
            name="no quantile",
            wrong=_compared(z=lambda k: 1.0),
            says="Your interval is one standard error wide on each side: the quantile z is "
            "missing. Multiply the standard error by it.",
        ),
        Misconception(
            name="half of the interval",
            wrong=_compared(z=lambda k: _Z(0.5 + k["confidence"] / 2) / 2),
            says="Your interval is half as wide as it should be. low and high are a *whole* z "
            "times the standard error away, on each side.",
        ),
        Misconception(
            name="half-width as standard error",
            wrong=_compared(error_told=lambda k: k["z"] * k["error"]),
            says="Your standard error is the half-width of the interval: z is in it already. "
            "Return the error before it is multiplied by the quantile.",
        ),
        Misconception(
            name="low and high exchanged",
            wrong=_compared(z=lambda k: -_Z(0.5 + k["confidence"] / 2)),
            says="low and high are exchanged (or your z is negative): low is the difference "
            "*less* z times the standard error.",
        ),
        Misconception(
            name="around 0",
            wrong=_compared(low=lambda k: -k["z"] * k["error"], high=lambda k: k["z"] * k["error"]),
            says="Your interval lies around 0. It lies around the difference: add the mean gain "
            "to both ends.",
        ),
        Misconception(
            name="control less treatment",
            wrong=_compared(gain=lambda t, c: c - t),
            says="Your sign is turned round: you take control less treatment. Treatment less "
            "control is what the treatment earns more.",
        ),
        Misconception(
            name="absolute gains",
            wrong=_compared(gain=lambda t, c: abs(t - c)),
            says="You take absolute differences. Losses count as losses: leave the sign.",
        ),
        Misconception(
            name="gains as ratios",
            wrong=_compared(gain=lambda t, c: t / np.where(c == 0, np.nan, c) - 1),
            says="You take the relative gain, a ratio for each shopper. The difference is due, "
            "treatment less control.",
        ),
        Misconception(
            name="a ratio",
            wrong=lambda treatment, control, confidence=0.95: paired_comparison(
                treatment, control, confidence
            )._replace(difference=treatment.mean() / control.mean() - 1),
            says="Your difference is a relative lift, a ratio to the control. The absolute "
            "difference is due, in the same unit as the interval.",
        ),
        Misconception(
            name="an interval around a ratio",
            wrong=_compared(difference=lambda k: k["gain"].mean() / k["c"].mean()),
            says="Difference and interval lie around a relative lift: you divide by the control's "
            "mean. The plain difference is due.",
        ),
        Misconception(
            name="all over the control's mean",
            wrong=_over_the_control,
            says="You divide everything by the control's mean, a relative lift in percent. The "
            "difference is due in the unit of the earnings.",
        ),
        Misconception(
            name="gains over the control's mean",
            wrong=_compared(gain=lambda t, c: (t - c) / c.mean()),
            says="You divide the gains by the control's mean before all else, so everything is a "
            "relative lift. Take the plain difference, in the unit of the earnings.",
        ),
        Misconception(
            name="the sum of the gains",
            wrong=_compared(difference=lambda k: k["gain"].sum()),
            says="You add up all gains. The difference is per shopper: their mean.",
        ),
        Misconception(
            name="the median",
            wrong=_compared(difference=lambda k: np.median(k["gain"])),
            says="You take the median gain. The mean is due, as only it adds up to what is earned.",
        ),
        Misconception(
            name="the treatment alone",
            wrong=_compared(difference=lambda k: k["t"].mean()),
            says="You return the treatment's mean. What it earns *more* is the difference to the "
            "control.",
        ),
        Misconception(
            name="a standard deviation",
            wrong=_compared(variance_told=lambda k: np.sqrt(k["variance"])),
            says="Your variance is a standard deviation: leave the root out there.",
        ),
        Misconception(
            name="the variance of the mean",
            wrong=_compared(variance_told=lambda k: k["variance"] / k["n"]),
            says="Your variance is that of the mean, divided by n. That of one shopper's "
            "difference is due.",
        ),
        Misconception(
            name="the mean of the variances",
            wrong=_compared(strangers=lambda k: (k["t"].var(ddof=1) + k["c"].var(ddof=1)) / 2),
            says="Your variance of strangers is the mean (average) of both variances. The "
            "variance of a difference of two independent numbers is the *sum* of theirs.",
        ),
        Misconception(
            name="the difference of the variances",
            wrong=_compared(strangers=lambda k: k["t"].var(ddof=1) - k["c"].var(ddof=1)),
            says="You subtract the variances of treatment and control. Of strangers the variances "
            "add up, also that of a difference: the sum is due.",
        ),
        Misconception(
            name="both samples together",
            wrong=_compared(
                strangers=lambda k: np.concatenate([k["t"], k["c"]]).var(ddof=1),
            ),
            says="You put both samples together (pooled, concatenated) and take one variance. For "
            "strangers compute the variance of each group, and add the two.",
        ),
        Misconception(
            name="both samples together, n",
            wrong=_compared(
                strangers=lambda k: np.concatenate([k["t"], k["c"]]).var(),
            ),
            says="You pool both samples, put together to one list, and take its variance with n "
            "in the denominator. For strangers, add the variance of each group, with `ddof=1`.",
        ),
        Misconception(
            name="the sum's variance",
            wrong=_compared(strangers=lambda k: (k["t"] + k["c"]).var(ddof=1)),
            says="You take the variance of treatment + control of the same shopper. For strangers "
            "add the two variances, without what the pairs have in common (their covariance).",
        ),
        Misconception(
            name="the sum of the spreads",
            wrong=_compared(strangers=lambda k: k["t"].std(ddof=1) + k["c"].std(ddof=1)),
            says="You add standard deviations. Variances add up, standard deviations don't.",
        ),
        Misconception(
            name="strangers over n",
            wrong=_compared(strangers=lambda k: (k["t"].var(ddof=1) + k["c"].var(ddof=1)) / k["n"]),
            says="Your variance of strangers is that of a mean, divided by n. That of a single "
            "difference is due: the plain sum of both variances.",
        ),
    ),
)

# --- 15.5 How many shoppers -----------------------------------------------------------------------


def _units_probes(rng):
    yield Probe((1.0, 0.1), label="variance 1, difference 0.1")
    yield Probe((0.25, -0.1), label="a loss")
    yield Probe((0.04, 0.02), {"power": 0.9}, label="power .9")
    yield Probe((0.04, 0.02), {"confidence": 0.9}, label="confidence .9")
    yield Probe((0.01, 0.5), label="a difference that one can't miss", edge=True)
    for confidence, power in ((0.99, 0.85), (0.9, 0.7), (0.8, 0.95), (0.95, 0.6), (0.98, 0.8)):
        yield Probe(
            (float(rng.uniform(0.01, 0.3)), float(rng.uniform(0.01, 0.1))),
            {"confidence": confidence, "power": power},
            label=f"confidence {confidence}, power {power}",
        )


def _size_of(first=None, second=None, total=None, size=None, whole=math.ceil):
    """A sample size of which some steps are computed otherwise."""

    def wrong(variance, difference, confidence=0.95, power=0.8):
        one = _Z(0.5 + confidence / 2) if first is None else first(confidence)
        two = _Z(power) if second is None else second(power)
        squared = (one + two) ** 2 if total is None else total(one, two)
        if size is None:
            return whole(squared * variance / difference**2)
        return whole(size(squared, variance, difference))

    return wrong


def _losses_take(number):
    def wrong(variance, difference, confidence=0.95, power=0.8):
        if difference <= 0:
            return number
        return required_units(variance, difference, confidence=confidence, power=power)

    return wrong


def _not_squared_of_losses(variance, difference, confidence=0.95, power=0.8):
    squared = (_Z(0.5 + confidence / 2) + _Z(power)) ** 2
    return math.ceil(squared * variance / difference)


_UNITS = Exercise(
    id="15.5",
    title="How many shoppers",
    minutes=6,
    reference=required_units,
    probes=_units_probes,
    hints=(
        "Two quantiles: one for how sure an interval is, one for how often it shall find the "
        "difference.",
        "`z = NormalDist().inv_cdf`; the first is `z(0.5 + confidence / 2)`, the second "
        "`z(power)`. Add, then square.",
        "`int(np.ceil((z(0.5 + confidence / 2) + z(power)) ** 2 * variance / difference**2))`",
    ),
    built="You have built the plan before a test: how many shoppers it takes. The next cell "
    "asks for five comparisons, in pairs and with two groups of strangers.",
    misconceptions=(
        Misconception(
            name="no power",
            wrong=_size_of(second=lambda power: 0),
            says="Your number leaves the power out: with it, the difference is found half of the "
            "time only. Add z(power).",
        ),
        Misconception(
            name="no confidence",
            wrong=_size_of(first=lambda confidence: 0),
            says="Your number leaves the confidence out. Add its quantile, z(0.5 + confidence / "
            "2), to that of the power.",
        ),
        Misconception(
            name="always .8",
            wrong=_size_of(second=lambda power: _Z(0.8)),
            says="Your number does not depend on `power`: it is always that of 80 %, the z of "
            ".84. Take z(power).",
        ),
        Misconception(
            name="always .95",
            wrong=_size_of(first=lambda confidence: _Z(0.975)),
            says="Your number does not depend on `confidence`: it is always that of 95 %, the z "
            "of 1.96. Take z(0.5 + confidence / 2).",
        ),
        Misconception(
            name="always .95 and .8",
            wrong=_size_of(first=lambda confidence: _Z(0.975), second=lambda power: _Z(0.8)),
            says="Your number does not depend on `confidence` and `power`: both are fixed at 95 % "
            "and 80 %.",
        ),
        Misconception(
            name="the rule of 16",
            wrong=_size_of(total=lambda one, two: 16),
            says="You use the rule of thumb, 16 times variance over difference squared. It is for "
            "two groups, 95 % and 80 %: compute it from `confidence` and `power`.",
        ),
        Misconception(
            name="the rule of 8",
            wrong=_size_of(total=lambda one, two: 8),
            says="You use the rule of thumb, 8 times variance over difference squared. Compute "
            "the factor from `confidence` and `power`.",
        ),
        Misconception(
            name="one side",
            wrong=_size_of(first=_Z),
            says="Your first quantile is one-sided, z(confidence). The interval has two sides: "
            "0.5 + confidence / 2.",
        ),
        Misconception(
            name="half of the confidence",
            wrong=_size_of(first=lambda confidence: _Z(confidence / 2)),
            says="Your first quantile is z(confidence / 2), close to 0. It is z(0.5 + confidence "
            "/ 2): half of what is left lies on each side.",
        ),
        Misconception(
            name="one side, below",
            wrong=_size_of(first=lambda confidence: _Z(1 - confidence)),
            says="Your first quantile is z(1 - confidence), negative and one-sided. It is z(0.5 + "
            "confidence / 2).",
        ),
        Misconception(
            name="power with two sides",
            wrong=_size_of(second=lambda power: _Z(0.5 + power / 2)),
            says="You read the power as two-sided, too: z(0.5 + power / 2). It has one side: "
            "z(power).",
        ),
        Misconception(
            name="sides exchanged",
            wrong=_size_of(first=_Z, second=lambda power: _Z(0.5 + power / 2)),
            says="You exchanged the sides: the confidence is two-sided, z(0.5 + confidence / 2), "
            "the power one-sided, z(power).",
        ),
        Misconception(
            name="quantiles subtracted",
            wrong=_size_of(total=lambda one, two: (one - two) ** 2),
            says="You subtract the quantiles: one of them is negative, as z(1 - power) or z((1 - "
            "confidence) / 2) is. More power takes *more* shoppers: add z(power) and z(0.5 + "
            "confidence / 2).",
        ),
        Misconception(
            name="shares instead of quantiles",
            wrong=_size_of(first=lambda confidence: confidence, second=lambda power: power),
            says="You add the shares themselves. Their quantiles are due: `NormalDist().inv_cdf`.",
        ),
        Misconception(
            name="cdf instead of its inverse",
            wrong=_size_of(
                first=lambda confidence: NormalDist().cdf(0.5 + confidence / 2),
                second=NormalDist().cdf,
            ),
            says="You take the distribution function, `cdf`. Its inverse, `inv_cdf`, gives the "
            "quantile.",
        ),
        Misconception(
            name="squares added",
            wrong=_size_of(total=lambda one, two: one**2 + two**2),
            says="You square each quantile and add the squares. Add the quantiles first, then "
            "square the sum.",
        ),
        Misconception(
            name="sum of quantiles not squared",
            wrong=_size_of(total=lambda one, two: one + two),
            says="You don't square the sum of the quantiles: (z + z) ** 2 is due.",
        ),
        Misconception(
            name="quantiles multiplied",
            wrong=_size_of(total=lambda one, two: (one * two) ** 2),
            says="You multiply the quantiles. Add them, then square.",
        ),
        Misconception(
            name="rounded before the square",
            wrong=_size_of(
                size=lambda total, v, d: math.ceil(math.sqrt(total * v) / abs(d)) ** 2,
            ),
            says="You round up before you square. Square first, and round up once, at the end.",
        ),
        Misconception(
            name="quantiles rounded before the square",
            wrong=_size_of(total=lambda one, two: math.ceil(one + two) ** 2),
            says="You round the quantiles up before they are squared. Round up once, at the very "
            "end.",
        ),
        Misconception(
            name="rounded down",
            wrong=_size_of(whole=math.floor),
            says="You round down (int cuts decimals off), so the power is not quite reached. "
            "Round up: ceil.",
        ),
        Misconception(
            name="rounded to the nearest",
            wrong=_size_of(whole=round),
            says="You round to the nearest whole number, so sometimes the power is not quite "
            "reached. Always round up: ceil.",
        ),
        Misconception(
            name="one more",
            wrong=_size_of(whole=lambda size: math.ceil(size) + 1),
            says="You take one unit more than needed: rounding up is enough, nothing is to be "
            "added.",
        ),
        Misconception(
            name="not squared, and signed",
            wrong=_not_squared_of_losses,
            says="You divide by the difference itself, which is negative for a loss. Its *square* "
            "is due: half the difference takes four times as many.",
        ),
        Misconception(
            name="difference not squared",
            wrong=_size_of(size=lambda total, v, d: total * v / abs(d)),
            says="You divide by the difference. Its *square* is due: half the difference takes "
            "four times as many.",
        ),
        Misconception(
            name="a loss takes 1",
            wrong=_losses_take(1),
            says="For a negative difference you answer 1. A loss takes as many shoppers as a gain "
            "of the same size: the sign does not matter, as the difference is squared.",
        ),
        Misconception(
            name="a loss takes 0",
            wrong=_losses_take(0),
            says="For a negative difference you answer 0. A loss of this size is as hard to find "
            "as a gain: the sign does not matter, as the difference is squared.",
        ),
        Misconception(
            name="variance squared",
            wrong=_size_of(size=lambda total, v, d: total * v**2 / d**2),
            says="You square the variance. It is a square already.",
        ),
        Misconception(
            name="a standard deviation",
            wrong=_size_of(size=lambda total, v, d: total * math.sqrt(v) / d**2),
            says="You take the root of the variance, a standard deviation. The variance itself is "
            "due.",
        ),
        Misconception(
            name="no variance",
            wrong=_size_of(size=lambda total, v, d: total / d**2),
            says="Your number does not depend on the variance. Noisier units take more: multiply "
            "by it.",
        ),
        Misconception(
            name="upside down",
            wrong=_size_of(size=lambda total, v, d: total * d**2 / v),
            says="Your fraction is upside down: more variance takes *more* units, a larger "
            "difference fewer. Divide the variance by the difference squared.",
        ),
        Misconception(
            name="two groups",
            wrong=_size_of(size=lambda total, v, d: 2 * total * v / d**2),
            says="You doubled the variance, a factor 2 as for two groups. It is that of the "
            "difference already.",
        ),
        Misconception(
            name="the root",
            wrong=_size_of(size=lambda total, v, d: math.sqrt(total * v) / abs(d)),
            says="You return the root of the number: the quotient is not squared. (z + z) ** 2 * "
            "variance / difference ** 2.",
        ),
        Misconception(
            name="four times",
            wrong=_size_of(size=lambda total, v, d: 4 * total * v / d**2),
            says="Your number is four times too large, as for two groups together. Each shopper "
            "is in both: no factor.",
        ),
        Misconception(
            name="half of it",
            wrong=_size_of(size=lambda total, v, d: total * v / d**2 / 2),
            says="You halve the number. It is that of the pairs, each of which is in both groups: "
            "nothing to divide.",
        ),
    ),
)

# --- 15.6, 15.7 Off-policy ------------------------------------------------------------------------


def _log(rng, N, amounts=False):
    rewards = (rng.random(N) < 0.5).astype(float)
    if amounts:
        rewards *= rng.uniform(1, 9, N).round(2)
    rewards[rng.integers(N)] = 3.0 if amounts else 1.0
    return rewards, rng.uniform(0.05, 0.9, N), rng.uniform(0.02, 1, N)


def _bold_log(rng, N):
    """Weights of 26 to 240 among others: the target is sure where the log was not."""
    rewards, logging, target = _log(rng, N, amounts=True)
    few = rng.permutation(N)[:3]
    logging[few] = (0.03, 0.01, 0.004)
    target[few] = rng.uniform(0.8, 0.95, 3)
    rewards[few] = (2.0, 7.0, 5.5)
    return rewards, logging, target


def _estimate_probes(rng):
    yield Probe(
        (
            np.array([1.0, 0.0, 1.0, 1.0]),
            np.array([0.5, 0.5, 0.25, 0.1]),
            np.array([0.5, 0.25, 0.5, 0.05]),
        ),
        label="four rounds",
    )
    yield Probe(
        (np.array([1.0, 0.0, 1.0]), np.full(3, 0.2), np.full(3, 0.2)),
        label="the log's own policy",
        edge=True,
    )
    yield Probe(
        (np.array([2.0, 5.0, -1.0]), np.array([0.1, 0.6, 0.3]), np.array([0.4, 0.0, 0.3])),
        label="one product that the target never shows",
        edge=True,
    )
    yield Probe(
        (np.array([2.0, 5.0, -1.0]), np.array([0.1, 0.6, 0.3]), np.array([0.4, 0.2, 0.25])),
        label="amounts",
    )
    for N in (8, 50):
        yield Probe(_log(rng, N), label=f"{N} rounds")
    yield Probe(_log(rng, 11, amounts=True), label="11 rounds with amounts")
    for N in (9, 14):
        yield Probe(_bold_log(rng, N), label=f"{N} rounds, three with large weights")


def _kish(w):
    return w.sum() ** 2 / (w**2).sum()


def _mean_of(w, r):
    return (w * r).mean()


def _ratio_of(w, r):
    return (w * r).sum() / w.sum()


def _error_of_mean(w, r, value):
    return (w * r).std(ddof=1) / np.sqrt(len(w))


def _error_of_ratio(w, r, value):
    return np.sqrt((w**2 * (r - value) ** 2).sum()) / w.sum()


def _estimator(value_of, error_of):
    """Makes estimators of which some parts are computed otherwise, and what hangs on them too."""

    def made(weights=None, value=None, error=None, size=_kish, kept=None):
        def wrong(rewards, logging, target):
            if kept is not None:
                few = kept(rewards, logging, target)
                rewards, logging, target = rewards[few], logging[few], target[few]
            w = target / logging if weights is None else weights(logging, target)
            told = value_of(w, rewards) if value is None else value(w, rewards)
            spread = (error_of if error is None else error)(w, rewards, told)
            return Estimate(told, spread, size(w))

        return wrong

    return made


_of_ips = _estimator(_mean_of, _error_of_mean)
_of_snips = _estimator(_ratio_of, _error_of_ratio)


def _a_plain_tuple(estimator):
    def wrong(rewards, logging, target):
        return tuple(estimator(rewards, logging, target))

    return wrong


def _clipped(most):
    return lambda logging, target: np.minimum(target / logging, most)


def _propensity_floor(least):
    return lambda logging, target: target / np.maximum(logging, least)


def _rewarded(rewards, logging, target):
    return rewards > 0


def _size_of_what_was_earned(estimator):
    def wrong(rewards, logging, target):
        size = _kish(target / logging * rewards)
        return estimator(rewards, logging, target)._replace(effective_size=size)

    return wrong


def _shared_misconceptions(made, estimator, value_of, error_of):
    """Mistakes in the weights and in the effective size, which both estimators have alike."""
    return (
        Misconception(
            name="a plain tuple",
            wrong=_a_plain_tuple(estimator),
            says="You return a plain tuple. Return an `Estimate(...)` of the same three numbers.",
        ),
        Misconception(
            name="the number of rounds",
            wrong=made(size=lambda w: float(len(w))),
            says="Your effective size is the number of rounds, N. A log in which a few rounds "
            "carry all the weight is worth less: (sum of w)**2 / sum of w**2.",
        ),
        Misconception(
            name="size without the square",
            wrong=made(size=lambda w: w.sum() / (w**2).sum()),
            says="In the effective size the sum of the weights is not squared: (sum of w) ** 2 / "
            "sum of w ** 2.",
        ),
        Misconception(
            name="size of squares twice",
            wrong=made(size=lambda w: 1.0),
            says="Your effective size is always 1: you square the sum of the weights in the "
            "denominator as well. Square each weight first, then add: sum of w ** 2.",
        ),
        Misconception(
            name="size upside down",
            wrong=made(size=lambda w: 1 / _kish(w)),
            says="Your effective size is upside down: the square of the sum is divided by the sum "
            "of the squares.",
        ),
        Misconception(
            name="size as a share",
            wrong=made(size=lambda w: _kish(w) / len(w)),
            says="Your effective size is a share of N (means for sums). It is a number of rounds: "
            "(sum of w) ** 2 / sum of w ** 2.",
        ),
        Misconception(
            name="size of what was earned",
            wrong=_size_of_what_was_earned(estimator),
            says="You compute the effective size of the weighted rewards. Rewards don't enter "
            "there: (sum of w) ** 2 / sum of w ** 2.",
        ),
        Misconception(
            name="size as the sum",
            wrong=made(size=lambda w: w.sum()),
            says="Your effective size is the sum of the weights. Square it, and divide by the sum "
            "of their squares.",
        ),
        Misconception(
            name="size from N",
            wrong=made(size=lambda w: len(w) ** 2 / (w**2).sum()),
            says="Your effective size has N squared above the line, as if the weights had mean 1. "
            "It is (sum of w) ** 2 / sum of w ** 2.",
        ),
        Misconception(
            name="size over the largest",
            wrong=made(size=lambda w: w.sum() / w.max()),
            says="Your effective size is the sum of the weights over the largest. It is (sum of "
            "w) ** 2 / sum of w ** 2.",
        ),
        Misconception(
            name="size as one over the squares",
            wrong=made(size=lambda w: 1 / (w**2).sum()),
            says="Your effective size lacks the square of the sum above the line: (sum of w) ** 2 "
            "/ sum of w ** 2.",
        ),
        Misconception(
            name="half-width",
            wrong=made(error=lambda w, r, v: 1.96 * error_of(w, r, v)),
            says="Your standard error is the half-width of an interval of 95 %, with 1.96 in it. "
            "Return the error itself.",
        ),
        Misconception(
            name="divided by N - 1",
            wrong=made(value=lambda w, r: value_of(w, r) * len(w) / (len(w) - 1)),
            says="Your value is divided by N - 1. That is for variances; a mean divides by N.",
        ),
        Misconception(
            name="weights upside down",
            wrong=made(weights=lambda logging, target: logging / target),
            says="Your weights are upside down (inverted), logging / target. What the *target* "
            "shows more often counts more: target / logging.",
        ),
        Misconception(
            name="weights without the log's policy",
            wrong=made(weights=lambda logging, target: target),
            says="Your weights are the target's probabilities alone: you don't divide by those of "
            "the logging policy, so what the log showed often counts too often. target / logging.",
        ),
        Misconception(
            name="weights without the target",
            wrong=made(weights=lambda logging, target: 1 / logging),
            says="Your weights are 1 / logging, without the target's probability: that judges a "
            "uniform policy. Take target / logging.",
        ),
        Misconception(
            name="product of the probabilities",
            wrong=made(weights=lambda logging, target: target * logging),
            says="You multiply the two probabilities. The weight is their ratio: target / logging.",
        ),
        Misconception(
            name="difference of the probabilities",
            wrong=made(weights=lambda logging, target: target - logging),
            says="You subtract the two probabilities. The weight is their ratio: target / logging.",
        ),
        Misconception(
            name="logarithm of the weights",
            wrong=made(weights=lambda logging, target: np.log(target / logging)),
            says="Your weights are logarithms of the ratio. Take the ratio itself, target / "
            "logging.",
        ),
        Misconception(
            name="root of the weights",
            wrong=made(weights=lambda logging, target: np.sqrt(target / logging)),
            says="Your weights are the root of the ratio. Take the ratio itself, target / logging.",
        ),
        *(
            Misconception(
                name=f"propensities of {least} at least",
                wrong=made(weights=_propensity_floor(least)),
                says=f"You raise (clip) small propensities of the log to {least}. That caps the "
                "weights, and the estimate is biased then: take target / logging as it is.",
            )
            for least in (0.01, 0.05, 0.1)
        ),
        *(
            Misconception(
                name=f"weights clipped at {most}",
                wrong=made(weights=_clipped(most)),
                says=f"You clip (cap) the weights at {most}. That lowers the spread, but the "
                "estimate is biased then: take target / logging as it is, however large.",
            )
            for most in (1, 2, 3, 5, 10, 20, 50, 100)
        ),
        Misconception(
            name="no weights",
            wrong=made(weights=lambda logging, target: np.ones_like(logging)),
            says="You don't weigh the rounds at all: yours is what the log's own policy earned. "
            "Weigh each reward with target / logging.",
        ),
        Misconception(
            name="no weights in the value",
            wrong=made(value=lambda w, r: r.mean()),
            says="Your value is the unweighted mean, what the log's own policy earned: weigh each "
            "reward with target / logging.",
        ),
        Misconception(
            name="the product of two means",
            wrong=made(value=lambda w, r: w.mean() * r.mean()),
            says="You multiply the mean weight by the mean reward. Multiply round by round first, "
            "w * rewards: the reward that was earned under a weight belongs to it.",
        ),
        Misconception(
            name="the sum",
            wrong=made(value=lambda w, r: (w * r).sum()),
            says="Your value is the sum of the weighted rewards, not divided by anything: an "
            "average per round is due.",
        ),
        Misconception(
            name="the rewarded rounds only",
            wrong=made(kept=_rewarded),
            says="You keep only rounds with a reward (clicks) and drop the others. Rounds that "
            "earned 0 count too: they are what makes an average.",
        ),
        Misconception(
            name="rounds that the target prefers",
            wrong=made(kept=lambda rewards, logging, target: target >= logging),
            says="You keep only the rounds that the target shows more often. All rounds count, "
            "each with its weight.",
        ),
    )


_IPS = Exercise(
    id="15.6",
    title="Inverse propensity score",
    minutes=6,
    reference=ips,
    probes=_estimate_probes,
    compare=_fields_of(Estimate),
    hints=(
        "The weights are `w = target / logging`. All three numbers come from w and the rewards.",
        "The value is the mean of `w * rewards`. A mean of N numbers has the standard error "
        "`std(ddof=1) / np.sqrt(N)`.",
        "`Estimate((w * rewards).mean(), (w * rewards).std(ddof=1) / np.sqrt(len(w)), w.sum() ** 2 "
        "/ (w**2).sum())`",
    ),
    built="You have built off-policy evaluation: what another policy would have earned, from a "
    "log that it did not write. The next cells judge three policies with it, against the "
    "simulator's truth.",
    misconceptions=(
        *_shared_misconceptions(_of_ips, ips, _mean_of, _error_of_mean),
        Misconception(
            name="normalised",
            wrong=_of_ips(value=_ratio_of),
            says="You divide by the sum of the weights: that is self-normalised, SNIPS, the next "
            "exercise. IPS divides by N.",
        ),
        Misconception(
            name="SNIPS",
            wrong=_of_snips(),
            says="Value and standard error are those of SNIPS, the next exercise: you divide by "
            "the sum of the weights. IPS is a plain mean of N numbers, w * rewards.",
        ),
        Misconception(
            name="weights scaled to mean 1",
            wrong=_of_ips(weights=lambda logging, target: _over_mean(target / logging)),
            says="You normalise the weights to a mean of 1 first, as SNIPS does. IPS takes them "
            "as they are.",
        ),
        Misconception(
            name="weights scaled to sum 1",
            wrong=_of_ips(weights=lambda logging, target: _over_sum(target / logging)),
            says="You normalise the weights to a sum of 1, and divide by N on top. IPS takes "
            "target / logging as it is.",
        ),
        Misconception(
            name="the value of the rewarded rounds",
            wrong=_of_ips(value=lambda w, r: (w * r)[r > 0].mean()),
            says="Your value is the mean over the rounds with a reward only. Divide by the number "
            "of all rounds: those that earned 0 count too.",
        ),
        Misconception(
            name="rounds that the target never has dropped",
            wrong=_of_ips(kept=lambda rewards, logging, target: target > 0),
            says="You drop rounds of weight 0, which the target would never have. They count "
            "among the N rounds: leave them in.",
        ),
        Misconception(
            name="value and error of the rewarded rounds",
            wrong=_of_ips(
                value=lambda w, r: (w * r)[r > 0].mean(),
                error=lambda w, r, v: _error_of_mean(w[r > 0], r[r > 0], v),
            ),
            says="You keep only the rounds with a reward (the clicks) for value and standard "
            "error, and drop those that earned 0. All N rounds count.",
        ),
        Misconception(
            name="rewarded rounds for value and error, N",
            wrong=_of_ips(
                value=lambda w, r: (w * r)[r > 0].mean(),
                error=lambda w, r, v: (w * r)[r > 0].std(ddof=1) / np.sqrt(len(w)),
            ),
            says="You take mean and spread over only the rounds with a reward (the clicks), "
            "without those that earned 0. All rounds count.",
        ),
        Misconception(
            name="spread without the root of N",
            wrong=_of_ips(error=lambda w, r, v: (w * r).std(ddof=1)),
            says="Your standard error is the spread (standard deviation) of one round. That of "
            "the mean is smaller by the root of N: divide by `np.sqrt(N)`.",
        ),
        Misconception(
            name="no root",
            wrong=_of_ips(error=lambda w, r, v: (w * r).var(ddof=1) / len(w)),
            says="Your standard error is the variance of the mean: the square root is missing.",
        ),
        Misconception(
            name="variance over the root of N",
            wrong=_of_ips(error=lambda w, r, v: (w * r).var(ddof=1) / np.sqrt(len(w))),
            says="You divide the variance by the root of N. The standard *deviation* is due "
            "there: std, not var.",
        ),
        Misconception(
            name="spread over N",
            wrong=_of_ips(error=lambda w, r, v: (w * r).std(ddof=1) / len(w)),
            says="You divide the standard deviation by N. By the *root* of N: `np.sqrt(N)`.",
        ),
        Misconception(
            name="N - 1 twice",
            wrong=_of_ips(error=lambda w, r, v: (w * r).std(ddof=1) / np.sqrt(len(w) - 1)),
            says="You divide by the root of N - 1. N - 1 is in the variance already (ddof=1); the "
            "mean is of N numbers, so divide by the root of N.",
        ),
        Misconception(
            name="spread of the rewards",
            wrong=_of_ips(error=lambda w, r, v: r.std(ddof=1) / np.sqrt(len(w))),
            says="Your standard error is that of the unweighted rewards. The weights are most of "
            "the noise: take the spread of w * rewards.",
        ),
        Misconception(
            name="spread of the weights",
            wrong=_of_ips(error=lambda w, r, v: w.std(ddof=1) / np.sqrt(len(w))),
            says="Your standard error is that of the weights alone. Take the spread of w * "
            "rewards.",
        ),
        Misconception(
            name="N in the denominator",
            wrong=_of_ips(error=lambda w, r, v: (w * r).std() / np.sqrt(len(w))),
            says="Your variance has N in the denominator, numpy's default. N - 1 is due: `ddof=1`.",
        ),
        Misconception(
            name="the effective size for N",
            wrong=_of_ips(error=lambda w, r, v: (w * r).std(ddof=1) / np.sqrt(_kish(w))),
            says="You divide by the root of the effective size. The mean is one of N numbers w * "
            "rewards: divide by the root of N.",
        ),
        Misconception(
            name="the standard error of SNIPS",
            wrong=_of_ips(error=_error_of_ratio),
            says="Your standard error is that of SNIPS, of a ratio. Of IPS it is that of a mean "
            "of the numbers w * rewards.",
        ),
        Misconception(
            name="no distance from the mean",
            wrong=_of_ips(error=lambda w, r, v: np.sqrt(((w * r) ** 2).sum()) / len(w)),
            says="You square w * rewards without subtracting their mean (not centred). A variance "
            "is of distances from the mean.",
        ),
    ),
)


def _over_mean(w):
    return w / w.mean()


def _over_sum(w):
    return w / w.sum()


_SNIPS = Exercise(
    id="15.7",
    title="Self-normalised",
    minutes=6,
    reference=snips,
    probes=_estimate_probes,
    compare=_fields_of(Estimate),
    hints=(
        "The weights are those of 15.6. The value divides by their sum, not by N.",
        "For the standard error each round's distance from the value counts, `rewards - value`, "
        "times its weight.",
        "`error = np.sqrt((w**2 * (rewards - value) ** 2).sum()) / w.sum()`",
    ),
    built="You have built the steadier brother of IPS. The next cell sets both beside the "
    "truth, and hundreds of logs show whose spread is smaller.",
    misconceptions=(
        *_shared_misconceptions(_of_snips, snips, _ratio_of, _error_of_ratio),
        Misconception(
            name="all of IPS",
            wrong=_of_ips(),
            says="Value and standard error are those of IPS, a mean over N. SNIPS divides by the "
            "sum of the weights, and its error is that of a ratio.",
        ),
        Misconception(
            name="IPS, and its distances",
            wrong=_of_snips(value=_mean_of),
            says="You divide the value by N: that is IPS. SNIPS divides by the sum of the weights.",
        ),
        Misconception(
            name="the value of IPS alone",
            wrong=_of_snips(
                value=_mean_of, error=lambda w, r, v: _error_of_ratio(w, r, _ratio_of(w, r))
            ),
            says="Your value is that of IPS, a mean over N rounds. For SNIPS divide by the sum of "
            "the weights.",
        ),
        Misconception(
            name="the standard error of IPS",
            wrong=_of_snips(error=_error_of_mean),
            says="Your standard error is that of IPS. Of a ratio, the distances from the value "
            "count: rewards - value.",
        ),
        Misconception(
            name="the error of IPS over the mean weight",
            wrong=_of_snips(error=lambda w, r, v: _error_of_mean(w, r, v) / w.mean()),
            says="Your standard error is that of IPS, scaled by the mean weight. Of a ratio, the "
            "distances from the value count: rewards - value.",
        ),
        Misconception(
            name="not centred",
            wrong=_of_snips(error=lambda w, r, v: np.sqrt((w**2 * r**2).sum()) / w.sum()),
            says="In your standard error the value is not subtracted from the rewards (not "
            "centred). Each round's distance from the value counts: rewards - value.",
        ),
        Misconception(
            name="centred at the plain mean",
            wrong=_of_snips(error=lambda w, r, v: _error_of_ratio(w, r, r.mean())),
            says="In your standard error you subtract the plain mean of the rewards. Subtract the "
            "value, the weighted mean.",
        ),
        Misconception(
            name="centred at the value of IPS",
            wrong=_of_snips(error=lambda w, r, v: _error_of_ratio(w, r, _mean_of(w, r))),
            says="In your standard error you subtract the value of IPS. Subtract the value of "
            "SNIPS, the weighted mean.",
        ),
        Misconception(
            name="weighted rewards centred",
            wrong=_of_snips(error=lambda w, r, v: np.sqrt(((w * r - v) ** 2).sum()) / w.sum()),
            says="You subtract the value from w * rewards. Subtract it from the rewards first, "
            "then multiply by the weight: w * (rewards - value).",
        ),
        Misconception(
            name="weights not squared",
            wrong=_of_snips(error=lambda w, r, v: np.sqrt((w * (r - v) ** 2).sum()) / w.sum()),
            says="In your standard error the weights are not squared. Each round errs by w (r - "
            "value): square that.",
        ),
        Misconception(
            name="no weights in the error",
            wrong=_of_snips(error=lambda w, r, v: np.sqrt(((r - v) ** 2).sum()) / w.sum()),
            says="Your standard error lacks the weights: each round's distance from the value is "
            "multiplied by its weight, and then squared.",
        ),
        Misconception(
            name="squared after the sum",
            wrong=_of_snips(error=lambda w, r, v: np.abs((w * (r - v)).sum()) / w.sum()),
            says="You add up first and square then: the distances cancel out to 0. Square each "
            "round's w * (rewards - value) first, then take the sum.",
        ),
        Misconception(
            name="no root",
            wrong=_of_snips(error=lambda w, r, v: _error_of_ratio(w, r, v) ** 2),
            says="Your standard error is a variance: the square root is missing.",
        ),
        Misconception(
            name="no root above the line",
            wrong=_of_snips(error=lambda w, r, v: (w**2 * (r - v) ** 2).sum() / w.sum()),
            says="The square root of the sum of squares is missing in your standard error, before "
            "you divide by the sum of the weights.",
        ),
        Misconception(
            name="root below the line too",
            wrong=_of_snips(error=lambda w, r, v: np.sqrt((w**2 * (r - v) ** 2).sum() / w.sum())),
            says="Your square root is over the sum of the weights, too. The root is of the sum of "
            "squares only; the sum of the weights divides it as it is.",
        ),
        Misconception(
            name="divided by N",
            wrong=_of_snips(error=lambda w, r, v: np.sqrt((w**2 * (r - v) ** 2).sum()) / len(w)),
            says="Your standard error is divided by N. Divide by the sum of the weights.",
        ),
        Misconception(
            name="a mean for the sum",
            wrong=_of_snips(error=lambda w, r, v: np.sqrt((w**2 * (r - v) ** 2).mean()) / w.sum()),
            says="In your standard error you take the mean of the squares, so the root of N is "
            "divided out once more. Their *sum* is due: the sum of the weights has done it "
            "already.",
        ),
        Misconception(
            name="weighted variance over N",
            wrong=_of_snips(error=lambda w, r, v: np.sqrt(_weighted_variance(w, r, v) / len(w))),
            says="You take the weighted variance and divide by the number of rounds, N, as if all "
            "weights were alike. Square the weights too: the error of a ratio is the root of sum "
            "of w ** 2 * (rewards - value) ** 2, over the sum of w.",
        ),
        Misconception(
            name="weighted variance over N - 1",
            wrong=_of_snips(
                error=lambda w, r, v: np.sqrt(_weighted_variance(w, r, v) / (len(w) - 1))
            ),
            says="You take the weighted variance and divide by N - 1, the number of rounds, as if "
            "all weights were alike. In the error of a ratio each weight is squared too.",
        ),
        Misconception(
            name="weighted variance over the effective size",
            wrong=_of_snips(error=lambda w, r, v: np.sqrt(_weighted_variance(w, r, v) / _kish(w))),
            says="You take the weighted variance and divide by the effective size. That is a rule "
            "of thumb; the error of a ratio squares each round's w * (rewards - value).",
        ),
        Misconception(
            name="weighted spread",
            wrong=_of_snips(error=lambda w, r, v: np.sqrt(_weighted_variance(w, r, v))),
            says="Your standard error is the weighted spread of one round (standard deviation). "
            "That of the value is due, which shrinks with the number of rounds.",
        ),
        Misconception(
            name="n - 1",
            wrong=_of_snips(
                error=lambda w, r, v: _error_of_ratio(w, r, v) * np.sqrt(len(w) / (len(w) - 1))
            ),
            says="You correct the standard error with n - 1 (`ddof=1`). The formula of a ratio "
            "has no such factor: the plain sum of squares.",
        ),
    ),
)


def _weighted_variance(w, r, value):
    return (w * (r - value) ** 2).sum() / w.sum()


EXERCISES = (_RANK, _SEEN, _PROPENSITY, _COMPARISON, _UNITS, _IPS, _SNIPS)

QUIZZES = (
    Quiz(
        id="15.1",
        question="In a log of slates, product 31 always stood at place five and was hardly ever "
        "clicked. What follows?",
        choices=(
            Choice(
                "Shoppers don't want it.",
                why="Few of them may have seen it. Whoever took something above never got there.",
            ),
            Choice(
                "Little: count only the slates in which it was seen, those without a click above "
                "it.",
                right=True,
                why="That is what the examples of 15.2 are. And better still, show it higher up "
                "now and then.",
            ),
            Choice(
                "It should be moved to place one.",
                why="Perhaps, perhaps not. The log says little in either direction.",
            ),
            Choice(
                "The model that put it there was wrong.",
                why="It may be right: the fifth most probable product is rarely what someone came "
                "for.",
            ),
        ),
    ),
    Quiz(
        id="15.2",
        question="An A/B test shows 3 % more orders *attributed* to the slate under B. What has "
        "the shop earned?",
        choices=(
            Choice(
                "3 % more orders.",
                why="Many of them may have happened without the slate, too. Here nearly all of "
                "them would have.",
            ),
            Choice(
                "3 % of the slate's share of all orders.",
                why="That still counts orders as B's doing that would have come anyway.",
            ),
            Choice(
                "Nothing.",
                why="Maybe, but the number does not say that either.",
            ),
            Choice(
                "One can't tell: all orders of the two groups have to be compared, with and "
                "without the slate.",
                right=True,
                why="An effect is a difference between two worlds, not a path through one of them.",
            ),
        ),
    ),
    Quiz(
        id="15.3",
        question="Two rankings differ little, and their slates are mostly alike, so the test needs "
        "very many shoppers. What does pairing do for it?",
        choices=(
            Choice(
                "Most of all here: nearly all of the luck is common, and cancels out.",
                right=True,
                why="Where slates are alike, answers are alike, so the variance of the difference "
                "is small.",
            ),
            Choice(
                "It halves the number, as always.",
                why="Half comes from each shopper being in both groups. The common luck comes on "
                "top.",
            ),
            Choice(
                "Nothing: the difference stays as small.",
                why="It does, but the noise around it becomes smaller.",
            ),
            Choice(
                "It makes the difference larger.",
                why="The expected difference is the same, paired or not.",
            ),
        ),
    ),
    Quiz(
        id="15.4",
        question="A model is retrained every week on the clicks on its own slates. Coverage falls. "
        "Which cure is best?",
        choices=(
            Choice(
                "A larger model.",
                why="It learns the same narrow log, only better.",
            ),
            Choice(
                "More weeks of data.",
                why="They come from the same slates.",
            ),
            Choice(
                "Log what shoppers click outside of the slate, and learn from that too.",
                right=True,
                why="These clicks don't depend on what was shown, or hardly. In our loop it kept "
                "coverage and quality.",
            ),
            Choice(
                "A lower temperature.",
                why="That shows even fewer products.",
            ),
        ),
    ),
    Quiz(
        id="15.5",
        question="The log's policy showed its best product in every context. Can IPS value another "
        "policy from it?",
        choices=(
            Choice(
                "Yes, with weights 1 and 0.",
                why="It gives a number, and it is wrong: where the two differ, nothing is known, "
                "and IPS counts 0.",
            ),
            Choice(
                "No: where the other policy shows something else, the log holds no answer.",
                right=True,
                why="The log's policy has to give a chance to whatever the other one would show. "
                "No estimator helps.",
            ),
            Choice(
                "Yes, but SNIPS is needed.",
                why="SNIPS then averages over the contexts in which both agree. These are others "
                "than all.",
            ),
            Choice(
                "Yes, if the log is long enough.",
                why="Longer makes it surer of the same wrong number.",
            ),
        ),
    ),
)

GUESSES = (
    GuessNumber(
        id="15.1",
        asks="Forward passes for thirty requests at once",
        high=30,
        close=1,
    ),
    GuessNumber(
        id="15.2",
        asks="How much cheaper a shopper is in a batch of 64",
        unit="times",
        factor=2,
    ),
    GuessNumber(
        id="15.3",
        asks="p99 of a shopper alone, over p50",
        unit="times",
        low=1,
        factor=2,
        digits=1,
    ),
    GuessNumber(id="15.4", asks="Clicks lost upside down", unit="%", high=100, close=5),
    GuessNumber(id="15.5", asks="Clicks lost at temperature 1", unit="%", high=100, close=10),
    GuessNumber(
        id="15.6", asks="Effective products at temperature 1", unit="of 50", high=50, close=5
    ),
    GuessNumber(
        id="15.7",
        asks="Clicks lost at a trade-off of .5",
        unit="%",
        low=-100,
        high=100,
        close=5,
    ),
    GuessOrder(
        id="15.8",
        asks="Those that have to learn, the lowest click rate first",
        items=("co-occurrence", "LinUCB", "Markov", "popularity", "SASRec"),
    ),
    GuessNumber(
        id="15.9", asks="The best of them, of the roof's clicks", unit="%", high=100, close=10
    ),
    GuessChoice(
        id="15.10",
        asks="The policy whose shoppers are not independent",
        choices=("belief", "LinUCB", "popularity", "SASRec"),
    ),
    GuessNumber(
        id="15.11",
        asks="How much better the arm looks",
        unit="%",
        low=-100,
        high=100,
        close=1,
        digits=1,
    ),
    GuessNumber(
        id="15.12",
        asks="More orders with intent's slates",
        unit="%",
        low=-100,
        close=5,
        digits=1,
    ),
    GuessChoice(
        id="15.13",
        asks="A step that changes the order",
        choices=("NDCG@10 to shadow", "shadow to no fatigue", "no fatigue to online"),
    ),
    GuessNumber(
        id="15.14",
        asks="Products still shown after five rounds",
        unit="of 50",
        high=50,
        close=5,
    ),
)
