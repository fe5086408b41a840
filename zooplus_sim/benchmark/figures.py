"""What a track's log looks like beside published shops, and how much there is to gain in it."""

from __future__ import annotations

import numpy as np

from zooplus_sim.benchmark.answers import Piece
from zooplus_sim.benchmark.judging import Judge
from zooplus_sim.benchmark.track import Track
from zooplus_sim.logs.realism import realism_report

#: Test shoppers that the two scores are measured on, the first ones.
SHOPPERS = 500


def figures_of(track: Track) -> dict[str, float]:
    """The figures that a track's file states, rounded to four digits.

    The measures of `realism_report` for the clicks of the training log, with outcomes, times and
    visits, which the track does not hand out; the expected NDCG@10 of the log's most popular
    products and of the oracle for the first 500 test shoppers, and the mean regret of the former.
    """
    clicks = track.clicks_with_truth("train")
    report = realism_report(clicks)
    figures = {name: value for name, value in report["value"].items() if np.isfinite(value)}
    judge = Judge(track)
    users = track.test_histories[0][:SHOPPERS]
    nothing = Piece(
        where="nothing",
        first=0,
        tokens=[track.token],
        user_id=users,
        kind="items",
        values=np.zeros((len(users), 1), dtype=np.int64),
    )
    judge.add(nothing)
    figures |= judge.so_far()
    return {name: float(f"{value:.4g}") for name, value in figures.items()}
