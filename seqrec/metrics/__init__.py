"""How good is a ranking, and how sure are we? NumPy only; knows no other wing.

ranking             ranks first, and what a place is worth
expected            the same where the law of the next item is known
lists               what is shown: how much of the catalogue, how popular
sampled             what an evaluation against a sample would report
intervals           the mean over users, and how far to trust it
matched             a group against others of the same cell
arrays              what a metric is given, as arrays, and checked
chunked_ranking     ranks from vectors, in PyTorch, for catalogues whose scores don't fit; it is not
                    handed on here

>>> place = ranks([[0.0, 0.9, 0.1, 0.5]], targets=[3])
>>> place, hit_rate(place, k=10)
(array([2]), array([1.]))
"""

from seqrec.metrics.expected import expected_hit_rate, expected_ndcg
from seqrec.metrics.intervals import Interval, difference_interval, mean_interval
from seqrec.metrics.lists import coverage, popularity_bias
from seqrec.metrics.matched import matched_ratio
from seqrec.metrics.ranking import (
    Ranking,
    exclude,
    full_ranking,
    gains,
    hit_rate,
    ndcg,
    ranks,
    reciprocal_rank,
    share_of_lift,
    top_items,
)
from seqrec.metrics.sampled import expected_sampled_hit_rate, sampled_ranks

__all__ = [
    "Interval",
    "Ranking",
    "coverage",
    "difference_interval",
    "exclude",
    "expected_hit_rate",
    "expected_ndcg",
    "expected_sampled_hit_rate",
    "full_ranking",
    "gains",
    "hit_rate",
    "matched_ratio",
    "mean_interval",
    "ndcg",
    "popularity_bias",
    "ranks",
    "reciprocal_rank",
    "sampled_ranks",
    "share_of_lift",
    "top_items",
]
