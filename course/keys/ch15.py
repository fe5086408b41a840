"""Answer key of chapter 15."""

import math
from statistics import NormalDist

import numpy as np

from course.coach import Choice, Exercise, Misconception, Probe, Quiz
from seqrec.shop.ab_tests import paired_comparison, required_units
from seqrec.shop.costs import nearest_rank
from seqrec.shop.off_policy import ips, snips
from seqrec.shop.slates import seen_places, slate_log_propensity

# --- 15.1 Percentiles -----------------------------------------------------------------------------


def _rank_probes(rng):
    yield Probe((np.array([4.0, 1.0, 3.0, 2.0]), np.array([50, 75])), label="four values")
    yield Probe(
        (np.array([4.0, 1.0, 3.0, 2.0]), np.array([51, 100])),
        label="four values, just beyond the middle",
    )
    yield Probe((np.array([7.0]), np.array([1, 50, 100])), label="one value")
    yield Probe((np.arange(100, 0, -1.0), np.array([1, 7, 29, 57, 99])), label="a hundred values")
    yield Probe((np.array([2.0, 2.0, 9.0]), [60, 70]), label="ties, and a list of percents")
    for _ in range(3):
        yield Probe(
            (rng.exponential(size=37).round(3), np.array([50, 95, 99])), label="times of 37 calls"
        )


def _interpolated(values, percents):
    return np.percentile(values, percents)


def _not_sorted(values, percents):
    rank = np.ceil(np.asarray(percents) * len(values) / 100).astype(int)
    return np.asarray(values)[rank - 1]


def _rounded_down(values, percents):
    rank = np.floor(np.asarray(percents) * len(values) / 100).astype(int)
    return np.sort(values)[np.maximum(rank, 1) - 1]


def _one_too_far(values, percents):
    rank = np.ceil(np.asarray(percents) * len(values) / 100).astype(int)
    return np.sort(values)[np.minimum(rank, len(values) - 1)]


def _from_above(values, percents):
    return -nearest_rank(-np.asarray(values), percents)


def _without_rounding(values, percents):
    rank = np.ceil(np.asarray(percents) / 100 * len(values)).astype(int)
    return np.sort(values)[np.minimum(rank, len(values)) - 1]


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
    misconceptions=(
        Misconception(
            name="interpolated",
            wrong=_interpolated,
            says="You interpolate between two values, as np.percentile does. The nearest rank did "
            "occur.",
        ),
        Misconception(
            name="not sorted",
            wrong=_not_sorted,
            says="You pick by rank, but the values are not sorted yet.",
        ),
        Misconception(
            name="rounded down",
            wrong=_rounded_down,
            says="You round the rank down, so less than p % of the values are covered. Round up.",
        ),
        Misconception(
            name="one place too far",
            wrong=_one_too_far,
            says="You are one place too far: ranks count from 1, places in an array from 0.",
        ),
        Misconception(
            name="from above",
            wrong=_from_above,
            says="You count from the largest value. p99 is slow: 99 % of the values are not "
            "larger.",
        ),
        Misconception(
            name="floating point",
            wrong=_without_rounding,
            says="7 / 100 * 100 is a hair more than 7 in floating point, and rounds up to 8. "
            "Multiply by n first, then divide.",
        ),
    ),
)

# --- 15.2 Examples in a log of slates -------------------------------------------------------------


def _seen_probes(rng):
    yield Probe((np.array([[7, 2, 9]]), np.array([1])), label="a click in the middle")
    yield Probe((np.array([[7, 2, 9]]), np.array([-1])), label="no click")
    yield Probe(
        (np.array([[7, 2, 9], [4, 5, 6]]), np.array([0, 2])), label="the first and the last place"
    )
    yield Probe((np.array([[3, 0, 8], [0, 0, 5]]), np.array([-1, 2])), label="empty places")
    for _ in range(3):
        slates = np.stack([rng.permutation(8)[:4] for _ in range(5)])
        places = np.array([rng.choice([-1, *np.flatnonzero(slate)]) for slate in slates])
        yield Probe((slates, places), label="five slates")


def _examples(slates, places, kept, rewards=None):
    rows, columns = np.nonzero(kept & (slates > 0))
    rewards = (columns == places[rows]).astype(float) if rewards is None else rewards(rows, columns)
    return rows, slates[rows, columns], rewards


def _all_shown(slates, places):
    return _examples(slates, places, np.ones_like(slates, dtype=bool))


def _clicks_only(slates, places):
    return _examples(slates, places, np.arange(slates.shape[1]) == places[:, None])


def _without_the_click(slates, places):
    last = np.where(places >= 0, places, slates.shape[1])
    return _examples(slates, places, np.arange(slates.shape[1]) < last[:, None])


def _no_click_no_example(slates, places):
    return _examples(slates, places, np.arange(slates.shape[1]) <= places[:, None])


def _empty_too(slates, places):
    last = np.where(places >= 0, places, slates.shape[1] - 1)
    rows, columns = np.nonzero(np.arange(slates.shape[1]) <= last[:, None])
    return rows, slates[rows, columns], (columns == places[rows]).astype(float)


def _whole_rows_rewarded(slates, places):
    rows, products, _ = seen_places(slates, places)
    return rows, products, (places[rows] >= 0).astype(float)


def _what_is_below(slates, places):
    return _examples(slates, places, np.arange(slates.shape[1]) >= places[:, None])


def _column_by_column(slates, places):
    rows, products, rewards = seen_places(slates, places)
    order = np.argsort(
        [list(slates[r]).index(p) for r, p in zip(rows, products, strict=True)], kind="stable"
    )
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
    misconceptions=(
        Misconception(
            name="all that was shown",
            wrong=_all_shown,
            says="You count what stands below a click as seen and not wanted. Nobody looked at it.",
        ),
        Misconception(
            name="clicks only",
            wrong=_clicks_only,
            says="You keep the clicks only. Without what was seen and not wanted, every product "
            "has a click rate of 1.",
        ),
        Misconception(
            name="the click is missing",
            wrong=_without_the_click,
            says="You stop just above the click. The product that was taken was seen too, and its "
            "reward is 1.",
        ),
        Misconception(
            name="no click, no example",
            wrong=_no_click_no_example,
            says="You drop slates without a click. They say that five products were not wanted.",
        ),
        Misconception(
            name="empty places",
            wrong=_empty_too,
            says="You count empty places as products: 0 is none.",
        ),
        Misconception(
            name="the whole row is rewarded",
            wrong=_whole_rows_rewarded,
            says="You give the reward to all products of a slate that was clicked. Only one of "
            "them was taken.",
        ),
        Misconception(
            name="from the click down",
            wrong=_what_is_below,
            says="You kept the click and what is *below* it. What was seen is above.",
        ),
        Misconception(
            name="column by column",
            wrong=_column_by_column,
            says="You have the right examples, place by place. They are due row by row, from the "
            "top down.",
        ),
    ),
)

# --- 15.3 Propensity of a slate -------------------------------------------------------------------


def _scores(rng, B=3, J=6):
    return np.pad(rng.normal(size=(B, J)) * 2, ((0, 0), (1, 0)), constant_values=-np.inf)


def _propensity_probes(rng):
    flat = np.array([[-np.inf, 0.0, 0.0, 0.0]])
    yield Probe((flat, np.array([[2]]), 1.0), label="one of three, all alike")
    yield Probe((flat, np.array([[2, 3]]), 1.0), label="two of three, all alike")
    yield Probe(
        (np.array([[-np.inf, 1.0, 2.0, 0.0]]), np.array([[2, 1, 3]]), 1.0), label="all three"
    )
    yield Probe(
        (np.array([[-np.inf, 1.0, 2.0, 0.0]]), np.array([[3, 1]]), 0.5), label="temperature 0.5"
    )
    yield Probe(
        (np.array([[-np.inf, 900.0, 901.0, 0.0]]), np.array([[1, 2]]), 1.0), label="large scores"
    )
    for temperature in (0.7, 1.0, 3.0):
        slates = np.stack([rng.permutation(6)[:4] + 1 for _ in range(3)])
        yield Probe(
            (_scores(rng), slates, temperature),
            label=f"three slates of four, temperature {temperature}",
        )


def _with_replacement(scores, slates, temperature):
    logits = scores / temperature
    chosen = np.take_along_axis(logits, slates, axis=1)
    return (chosen - np.logaddexp.reduce(logits, axis=1)[:, None]).sum(axis=1)


def _times_temperature(scores, slates, temperature):
    return slate_log_propensity(scores, slates, 1 / temperature)


def _no_temperature(scores, slates, temperature):
    return slate_log_propensity(scores, slates, 1.0)


def _no_logs(scores, slates, temperature):
    return np.exp(slate_log_propensity(scores, slates, temperature))


def _first_place(scores, slates, temperature):
    return slate_log_propensity(scores, slates[:, :1], temperature)


def _from_below(scores, slates, temperature):
    return slate_log_propensity(scores, slates[:, ::-1], temperature)


def _among_the_shown(scores, slates, temperature):
    chosen = np.take_along_axis(scores, slates, axis=1) / temperature
    return sum(
        chosen[:, k] - np.logaddexp.reduce(chosen[:, k:], axis=1) for k in range(slates.shape[1])
    )


def _temperature_once(scores, slates, temperature):
    return slate_log_propensity(scores, slates, 1.0) / temperature


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
    misconceptions=(
        Misconception(
            name="with replacement",
            wrong=_with_replacement,
            says="You draw every place from all products. What is shown above is gone: leave it "
            "out of the sum.",
        ),
        Misconception(
            name="times the temperature",
            wrong=_times_temperature,
            says="You multiply by the temperature. A high one makes scores more alike: divide.",
        ),
        Misconception(
            name="no temperature",
            wrong=_no_temperature,
            says="Your result does not depend on the temperature.",
        ),
        Misconception(
            name="no logarithm",
            wrong=_no_logs,
            says="You return the probability. Its logarithm is due.",
        ),
        Misconception(
            name="the first place only",
            wrong=_first_place,
            says="You return the chance of the first place. The slate has more: add them up.",
        ),
        Misconception(
            name="from the bottom up",
            wrong=_from_below,
            says="You draw from the bottom up. The top is drawn first, and that makes another "
            "probability.",
        ),
        Misconception(
            name="among the shown",
            wrong=_among_the_shown,
            says="Your sums run over the products of the slate. All products that are left could "
            "have been drawn.",
        ),
        Misconception(
            name="divided at the end",
            wrong=_temperature_once,
            says="You divide the log-probability by the temperature at the end. It belongs to "
            "every score, those in the sum too.",
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
        (np.array([0.5, 0.1, 0.6]), np.array([0.4, 0.0, 0.5])), label="the same gain for all"
    )
    for n in (10, 60):
        yield Probe((*_pairs(rng, n),), label=f"{n} shoppers")
    yield Probe((*_pairs(rng, 20), 0.9), label="20 shoppers, confidence .9")


def _with_error(compared, error, confidence):
    half = NormalDist().inv_cdf(0.5 + confidence / 2) * error
    return compared._replace(
        standard_error=error, low=compared.difference - half, high=compared.difference + half
    )


def _unpaired(treatment, control, confidence=0.95):
    compared = paired_comparison(treatment, control, confidence)
    error = np.sqrt(compared.variance_of_strangers / len(treatment))
    return _with_error(compared, error, confidence)._replace(
        variance=compared.variance_of_strangers
    )


def _no_square_root_of_n(treatment, control, confidence=0.95):
    compared = paired_comparison(treatment, control, confidence)
    return _with_error(compared, np.sqrt(compared.variance), confidence)


def _population_variance(treatment, control, confidence=0.95):
    compared = paired_comparison(treatment, control, confidence)
    variance = (treatment - control).var()
    compared = compared._replace(
        variance=variance, variance_of_strangers=treatment.var() + control.var()
    )
    return _with_error(compared, np.sqrt(variance / len(treatment)), confidence)


def _one_sided(treatment, control, confidence=0.95):
    compared = paired_comparison(treatment, control, confidence)
    half = NormalDist().inv_cdf(confidence) * compared.standard_error
    return compared._replace(low=compared.difference - half, high=compared.difference + half)


def _always_95(treatment, control, confidence=0.95):
    return paired_comparison(treatment, control)


def _other_way_round(treatment, control, confidence=0.95):
    return paired_comparison(control, treatment, confidence)


def _relative(treatment, control, confidence=0.95):
    return paired_comparison(treatment, control, confidence)._replace(
        difference=treatment.mean() / control.mean() - 1
    )


def _covariance_kept(treatment, control, confidence=0.95):
    compared = paired_comparison(treatment, control, confidence)
    return compared._replace(
        variance_of_strangers=(treatment.var(ddof=1) + control.var(ddof=1)) / 2
    )


_COMPARISON = Exercise(
    id="15.4",
    title="A paired comparison",
    minutes=8,
    reference=paired_comparison,
    probes=_comparison_probes,
    hints=(
        "Take the difference shopper by shopper first. Everything but the last number is about "
        "these differences.",
        "`variance = gain.var(ddof=1)`, the standard error is `np.sqrt(variance / n)`, and z is "
        "`NormalDist().inv_cdf(0.5 + confidence / 2)`.",
        "low and high are `gain.mean() - z * error` and `gain.mean() + z * error`; the last number "
        "is `treatment.var(ddof=1) + control.var(ddof=1)`.",
    ),
    misconceptions=(
        Misconception(
            name="strangers",
            wrong=_unpaired,
            says="Your interval is that of two groups of strangers. Of pairs, take the variance of "
            "the *differences*.",
        ),
        Misconception(
            name="the spread of one shopper",
            wrong=_no_square_root_of_n,
            says="You take the spread of one difference for that of their mean: divide the "
            "variance by n.",
        ),
        Misconception(
            name="n in the denominator",
            wrong=_population_variance,
            says="Your variances have n in the denominator. n - 1 is due: `ddof=1`.",
        ),
        Misconception(
            name="one side",
            wrong=_one_sided,
            says="Your z leaves 5 % on each side. Half of what is left belongs to either side: 0.5 "
            "+ confidence / 2.",
        ),
        Misconception(
            name="always 95 %",
            wrong=_always_95,
            says="Your interval does not depend on `confidence`.",
        ),
        Misconception(
            name="control less treatment",
            wrong=_other_way_round,
            says="Your sign is turned round: treatment less control is what the treatment earns "
            "more.",
        ),
        Misconception(
            name="a ratio",
            wrong=_relative,
            says="You return a relative lift. The difference is due, in the same unit as the "
            "interval.",
        ),
        Misconception(
            name="the mean of the variances",
            wrong=_covariance_kept,
            says="The variance of a difference of two independent numbers is the *sum* of theirs, "
            "not the mean.",
        ),
    ),
)

# --- 15.5 How many shoppers -----------------------------------------------------------------------


def _units_probes(rng):
    yield Probe((1.0, 0.1), label="variance 1, difference 0.1")
    yield Probe((0.25, -0.1), label="a loss")
    yield Probe((0.04, 0.02), {"power": 0.9}, label="power .9")
    yield Probe((0.04, 0.02), {"confidence": 0.9}, label="confidence .9")
    yield Probe((0.01, 0.5), label="a difference that one can't miss")
    for _ in range(3):
        yield Probe(
            (float(rng.uniform(0.01, 0.3)), float(rng.uniform(0.01, 0.1))),
            {"confidence": 0.99, "power": 0.85},
            label="other shares",
        )


def _size(variance, difference, first, second):
    return math.ceil((first + second) ** 2 * variance / difference**2)


_Z = NormalDist().inv_cdf


def _no_power(variance, difference, confidence=0.95, power=0.8):
    return _size(variance, difference, _Z(0.5 + confidence / 2), 0)


def _one_sided_size(variance, difference, confidence=0.95, power=0.8):
    return _size(variance, difference, _Z(confidence), _Z(power))


def _down(variance, difference, confidence=0.95, power=0.8):
    return math.floor((_Z(0.5 + confidence / 2) + _Z(power)) ** 2 * variance / difference**2)


def _not_squared(variance, difference, confidence=0.95, power=0.8):
    return math.ceil((_Z(0.5 + confidence / 2) + _Z(power)) ** 2 * variance / abs(difference))


def _variance_squared(variance, difference, confidence=0.95, power=0.8):
    return _size(variance**2, difference, _Z(0.5 + confidence / 2), _Z(power))


def _squares_added(variance, difference, confidence=0.95, power=0.8):
    return math.ceil((_Z(0.5 + confidence / 2) ** 2 + _Z(power) ** 2) * variance / difference**2)


def _two_groups(variance, difference, confidence=0.95, power=0.8):
    return _size(2 * variance, difference, _Z(0.5 + confidence / 2), _Z(power))


def _fixed_shares(variance, difference, confidence=0.95, power=0.8):
    return required_units(variance, difference)


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
    misconceptions=(
        Misconception(
            name="no power",
            wrong=_no_power,
            says="Your number ignores the power: with it, the difference is found half of the time "
            "only. Add z(power).",
        ),
        Misconception(
            name="one side",
            wrong=_one_sided_size,
            says="Your first quantile is one-sided. The interval has two sides: 0.5 + confidence / "
            "2.",
        ),
        Misconception(
            name="rounded down",
            wrong=_down,
            says="You round down, so the power is not quite reached.",
        ),
        Misconception(
            name="difference not squared",
            wrong=_not_squared,
            says="You divide by the difference. Its *square* is due: half the difference takes "
            "four times as many.",
        ),
        Misconception(
            name="variance squared",
            wrong=_variance_squared,
            says="You square the variance. It is a square already.",
        ),
        Misconception(
            name="squares added",
            wrong=_squares_added,
            says="You add the squares of the quantiles. Add the quantiles, then square.",
        ),
        Misconception(
            name="two groups",
            wrong=_two_groups,
            says="You doubled the variance, as for two groups. It is that of the difference "
            "already.",
        ),
        Misconception(
            name="always .95 and .8",
            wrong=_fixed_shares,
            says="Your number does not depend on `confidence` and `power`.",
        ),
    ),
)

# --- 15.6, 15.7 Off-policy ------------------------------------------------------------------------


def _log(rng, N):
    return (rng.random(N) < 0.4).astype(float), rng.uniform(0.05, 0.9, N), rng.uniform(0, 1, N)


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
        (np.array([1.0, 0.0, 1.0]), np.full(3, 0.2), np.full(3, 0.2)), label="the log's own policy"
    )
    yield Probe(
        (np.array([2.0, 5.0, -1.0]), np.array([0.1, 0.6, 0.3]), np.array([0.4, 0.0, 0.3])),
        label="amounts",
    )
    for N in (8, 50):
        yield Probe(_log(rng, N), label=f"{N} rounds")


def _replaced(estimator, **parts):
    def wrong(rewards, logging, target):
        w = target / logging
        honest = estimator(rewards, logging, target)
        return honest._replace(**{name: part(rewards, w, honest) for name, part in parts.items()})

    return wrong


def _upside_down(estimator):
    def wrong(rewards, logging, target):
        w = logging / np.where(target > 0, target, 1)
        if estimator is ips:
            error = (w * rewards).std(ddof=1) / np.sqrt(len(w))
            return ips(rewards, logging, target)._replace(
                value=(w * rewards).mean(), standard_error=error
            )
        value = (w * rewards).sum() / w.sum()
        return snips(rewards, logging, target)._replace(value=value)

    return wrong


def _plain_mean(rewards, w, honest):
    return rewards.mean()


def _ips_error(rewards, w, honest):
    return (w * rewards).std(ddof=1) / np.sqrt(len(w))


_COMMON = (
    Misconception(
        name="the number of rounds",
        wrong=_replaced(ips, effective_size=lambda rewards, w, honest: float(len(w))),
        says="Your effective size is the number of rounds. A log in which a few rounds carry all "
        "the weight is worth less: (sum of w)**2 / sum of w**2.",
    ),
)

_IPS = Exercise(
    id="15.6",
    title="Inverse propensity score",
    minutes=6,
    reference=ips,
    probes=_estimate_probes,
    hints=(
        "The weights are `w = target / logging`. All three numbers come from w and the rewards.",
        "The value is the mean of `w * rewards`. A mean of N numbers has the standard error "
        "`std(ddof=1) / np.sqrt(N)`.",
        "`Estimate((w * rewards).mean(), (w * rewards).std(ddof=1) / np.sqrt(len(w)), w.sum() ** 2 "
        "/ (w**2).sum())`",
    ),
    misconceptions=(
        *_COMMON,
        Misconception(
            name="weights upside down",
            wrong=_upside_down(ips),
            says="Your weights are upside down. What the *target* shows more often counts more: "
            "target / logging.",
        ),
        Misconception(
            name="no weights",
            wrong=_replaced(ips, value=_plain_mean),
            says="Your value is what the log's own policy earned: weigh each reward with target / "
            "logging.",
        ),
        Misconception(
            name="normalised",
            wrong=_replaced(ips, value=lambda rewards, w, honest: (w * rewards).sum() / w.sum()),
            says="You divide by the sum of the weights: that is SNIPS, the next exercise. IPS "
            "divides by N.",
        ),
        Misconception(
            name="spread without the root of N",
            wrong=_replaced(
                ips, standard_error=lambda rewards, w, honest: (w * rewards).std(ddof=1)
            ),
            says="Your standard error is the spread of one round. That of the mean is smaller by "
            "the root of N.",
        ),
        Misconception(
            name="spread of the rewards",
            wrong=_replaced(
                ips, standard_error=lambda rewards, w, honest: rewards.std(ddof=1) / np.sqrt(len(w))
            ),
            says="Your standard error is that of the unweighted rewards. The weights are most of "
            "the noise.",
        ),
        Misconception(
            name="N in the denominator",
            wrong=_replaced(
                ips, standard_error=lambda rewards, w, honest: (w * rewards).std() / np.sqrt(len(w))
            ),
            says="Your variance has N in the denominator. N - 1 is due: `ddof=1`.",
        ),
    ),
)

_SNIPS = Exercise(
    id="15.7",
    title="Self-normalised",
    minutes=6,
    reference=snips,
    probes=_estimate_probes,
    hints=(
        "The weights are those of 15.6. The value divides by their sum, not by N.",
        "For the standard error each round's distance from the value counts, `rewards - value`, "
        "times its weight.",
        "`error = np.sqrt((w**2 * (rewards - value) ** 2).sum()) / w.sum()`",
    ),
    misconceptions=(
        Misconception(
            name="the number of rounds",
            wrong=_replaced(snips, effective_size=lambda rewards, w, honest: float(len(w))),
            says="Your effective size is the number of rounds. It is (sum of w)**2 / sum of w**2.",
        ),
        Misconception(
            name="weights upside down",
            wrong=_upside_down(snips),
            says="Your weights are upside down: target / logging.",
        ),
        Misconception(
            name="IPS",
            wrong=_replaced(snips, value=lambda rewards, w, honest: (w * rewards).mean()),
            says="You divide by N: that is IPS. SNIPS divides by the sum of the weights.",
        ),
        Misconception(
            name="the standard error of IPS",
            wrong=_replaced(snips, standard_error=_ips_error),
            says="Your standard error is that of IPS. Of a ratio, the distances from the value "
            "count: rewards - value.",
        ),
        Misconception(
            name="weights not squared",
            wrong=_replaced(
                snips,
                standard_error=lambda r, w, own: (
                    np.sqrt((w * (r - own.value) ** 2).sum()) / w.sum()
                ),
            ),
            says="In your standard error the weights are not squared. Each round errs by w (r - "
            "value): square that.",
        ),
        Misconception(
            name="divided by the root of N",
            wrong=_replaced(
                snips,
                standard_error=lambda rewards, w, honest: honest.standard_error / np.sqrt(len(w)),
            ),
            says="You divide by the root of N once more. The sum of the weights has done it "
            "already.",
        ),
    ),
)

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
