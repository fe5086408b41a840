"""What breaks each sentence of chapter 15's stubs. See `table`."""

import numpy as np

from seqrec.shop.costs import nearest_rank
from seqrec.shop.slates import seen_places, slate_log_propensity


def _no_list(values, percents):
    return nearest_rank(values, (percents * 1.0).clip(1e-9, 100))


def _sorts_the_values(values, percents):
    values.sort()
    return nearest_rank(values, percents)


def _empties_what_was_clicked(slates, places):
    rows, products, rewards = seen_places(slates, places)
    slates[rows, 0] = 0
    return rows, products, rewards


def _true_and_false(slates, places):
    rows, products, rewards = seen_places(slates, places)
    return rows, products, rewards > 0


def _takes_out_of_the_scores(scores, slates, temperature):
    found = slate_log_propensity(scores, slates, temperature)
    scores[np.arange(len(slates))[:, None], slates] = -np.inf
    return found


CLAUSES = {
    "15.1": {
        "Percentiles by nearest rank.": ("interpolated", "rounded down", "one place too far"),
        "values: (n,) numbers in any order.": (
            "not sorted",
            "equal values once",
            _sorts_the_values,
        ),
        "percents: (m,) above 0, up to 100, maybe a list.": (
            "a share of 1",
            "one place too far, beyond the end",
            "rounded down, below the first",
            "whole percents",
            _no_list,
        ),
        "Returns (m,) of the values.": ("ranks", "the first percent only", "numpy's midpoint"),
    },
    "15.2": {
        "The examples in a log of slates: what was seen, and whether it was taken.": (
            "all that was shown",
            "clicks only",
            "from the click down",
        ),
        "slates: (B, K) products, 0 = empty place.": ("the gaps closed", _empties_what_was_clicked),
        "places: (B,) the place that was clicked, 0 to K - 1, or -1 for none.": (
            "places from 1",
            "no click, no example",
            "-1 is the last place",
        ),
        "Returns three arrays (n,): the rows of `slates`, the products, the rewards": (
            "products before rows",
            "columns instead of products",
            "no reward",
            _true_and_false,
        ),
        "Row by row, from the top down.": ("column by column", "from the bottom up"),
        "Empty places are no examples.": "empty places",
    },
    "15.3": {
        "Log-probability that these slates are drawn, in this order: (B,).": (
            "in any order",
            "with replacement",
            "not added up",
            "no logarithm",
        ),
        "scores: (B, V), column j is product j, column 0 (padding) is -inf": (
            "column j - 1",
            "padding can be drawn",
        ),
        "slates: (B, K) products.": ("the first place only", "from the bottom up"),
        "`np.logaddexp.reduce(x, axis=1)` is log of the sum": ("underflow", "overflow"),
        "Don't edit the arguments.": _takes_out_of_the_scores,
    },
    "15.4": {
        "What the treatment earns more per shopper, with its interval.": "control less treatment",
        "Returns Comparison(difference": ("a plain tuple", "one side", "always 95 %"),
        "treatment, control: (n,) earnings of the same shoppers": ("strangers", "the median"),
        "variance: of the differences (n - 1 in the denominator).": (
            "n in all denominators",
            "the sum's variance",
        ),
        "variance_of_strangers: what the variance of a difference would be": (
            "strangers that are the same",
            "both samples together",
            "the mean of the variances",
        ),
    },
    "15.5": {
        "How many units it takes to find a true `difference`": (
            "no power",
            "one side",
            "difference not squared",
        ),
        "Returns a whole number (an int), rounded up.": "rounded down",
        "variance: of the difference per unit.": ("two groups", "variance squared"),
        "`NormalDist().inv_cdf(p)` is the quantile": (
            "shares instead of quantiles",
            "cdf instead of its inverse",
        ),
    },
    "15.6": {
        "Inverse propensity score: Estimate(value": ("a plain tuple", "SNIPS", "no weights"),
        "rewards, logging, target: (N,) what was earned": (
            "weights upside down",
            "product of the probabilities",
        ),
        "standard_error: that of a mean of the N numbers w * r": (
            "N in the denominator",
            "spread of the rewards",
            "no root",
        ),
        "effective_size: (sum of w) ** 2 / sum of w ** 2": (
            "size upside down",
            "the number of rounds",
        ),
    },
    "15.7": {
        "Self-normalised inverse propensity score, with its standard error.": (
            "all of IPS",
            "divided by N",
        ),
        "Arguments as of `ips`.": "weights upside down",
        "Returns Estimate(value": (
            "a plain tuple",
            "the standard error of IPS",
            "size upside down",
        ),
    },
}
