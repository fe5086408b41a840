"""How good is a ranking, and how sure are we? NumPy only; knows no other wing.

ranking             ranks first, then everything that is computed from them
intervals           the mean over users, and how far to trust it
chunked_ranking     ranks from vectors, in PyTorch, for catalogues whose scores don't fit (not handed on here)
"""

from seqrec.metrics.intervals import Interval, difference_interval, mean_interval
from seqrec.metrics.ranking import (
    Ranking,
    coverage,
    exclude,
    expected_hit_rate,
    expected_ndcg,
    expected_sampled_hit_rate,
    full_ranking,
    gains,
    hit_rate,
    ndcg,
    popularity_bias,
    ranks,
    reciprocal_rank,
    sampled_ranks,
    share_of_lift,
    top_items,
)

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
    "mean_interval",
    "ndcg",
    "popularity_bias",
    "ranks",
    "reciprocal_rank",
    "sampled_ranks",
    "share_of_lift",
    "top_items",
]
