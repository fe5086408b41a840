"""Expected scores under the oracle's law: what predictions are worth before anybody clicks.

Three rankings are scored for each test shopper: the most popular products of the log, the one that
is judged, and the oracle's own, which is the best there is. With NDCG@10 or HR@10 averaged over
the shoppers,

    share of the achievable lift = (judged - popularity) / (oracle - popularity),

and for probabilities q, beside the oracle's p, the regret is KL(p || q) in nats per click: what the
log-likelihood of the next click loses in expectation.

Axis letters: B test shoppers, b of a piece, J products + 1, k places.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from zooplus_sim.benchmark.answers import Piece, read_predictions
from zooplus_sim.benchmark.refusals import Register
from zooplus_sim.benchmark.track import Track
from zooplus_sim.checks import told_path
from zooplus_sim.oracle.ceiling import best_expected_scores, discounts
from zooplus_sim.oracle.oracle import Oracle

K = 10
NORMAL = 1.959964  # standard errors to each side of a 95 % interval
METRICS = ("ndcg", "hit_rate")


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A mean over test shoppers, with its 95 % interval.

    The interval is about which shoppers came: the law of each one's next click is known.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Verdict:
    """What predictions are worth, shopper by shopper; each array is (B,).

    track:      that was answered
    popularity: metric -> expected score of the log's most popular products
    judged:     metric -> of the predictions
    oracle:     metric -> of the best ranking
    regret:     name -> KL in nats per click: "popularity", and "judged" where probabilities were
                given
    """

    track: Track
    popularity: dict[str, np.ndarray]
    judged: dict[str, np.ndarray]
    oracle: dict[str, np.ndarray]
    regret: dict[str, np.ndarray]

    def share(self, metric: str) -> Estimate:
        """Share of the achievable lift of "ndcg" or "hit_rate".

        A ratio of means; its standard error is that of the linearised ratio (the delta method).
        """
        gained = self.judged[metric] - self.popularity[metric]
        room = self.oracle[metric] - self.popularity[metric]
        share = gained.mean() / room.mean()
        error = (gained - share * room).std(ddof=1) / (np.sqrt(len(room)) * room.mean())
        return _estimate(share, error)

    def mean(self, values: np.ndarray) -> Estimate:
        """The mean of one of the arrays above."""
        if not np.isfinite(values).all():
            return Estimate(value=float("inf"), low=float("inf"), high=float("inf"))
        return _estimate(values.mean(), values.std(ddof=1) / np.sqrt(len(values)))


class Judge:
    """Scores predictions piece by piece; what is held is a few numbers per test shopper.

    track: that is answered
    """

    def __init__(self, track: Track):
        self.track = track
        self.register = Register(track)
        self._oracle = Oracle(track.test_shop)
        self._histories = track.test_histories[1]
        n = len(self._histories)
        self._scores = {
            name: {metric: np.full(n, np.nan) for metric in METRICS}
            for name in ("popularity", "judged", "oracle")
        }
        self._regret = {name: np.full(n, np.nan) for name in ("popularity", "judged")}
        self._kinds: set[str] = set()

    @cached_property
    def popularity(self) -> np.ndarray:
        """(J,) clicks of the training log, 0 for the padding."""
        items = self.track.log("train")["item_id"].to_numpy()
        return np.bincount(items, minlength=self.track.n_products + 1).astype(float)

    def add(self, piece: Piece) -> None:
        """Score some rows. Raises PredictionsError for what can't be judged."""
        number, values = self.register.check(piece)
        if not len(number):
            return
        self._kinds.add(piece.kind)
        p = self._oracle.next_item_probabilities(self._histories[number])  # (b, J)
        popular = np.broadcast_to(self.popularity, p.shape)
        # One more click each: no product is impossible.
        counts = self.popularity[1:] + 1
        smoothed = np.concatenate([[0.0], counts / counts.sum()])
        self._regret["popularity"][number] = divergence(p, smoothed)
        self._note("popularity", number, expected_of_scores(p, popular, K))
        self._note("oracle", number, best_expected_scores(np.ascontiguousarray(p.T), K))
        if piece.kind == "items":
            self._note("judged", number, expected_of_lists(p, values, K))
        else:
            self._note("judged", number, expected_of_scores(p, values, K))
        if piece.kind == "probabilities":
            self._regret["judged"][number] = divergence(p, values)

    def verdict(self, where: str = "predictions") -> Verdict:
        """What was judged. Raises PredictionsError where a test shopper is missing.

        where: the file or folder, for the error
        """
        self.register.check_all(where)
        regret = dict(self._regret)
        if self._kinds != {"probabilities"}:
            del regret["judged"]
        return Verdict(track=self.track, regret=regret, **self._scores)

    def so_far(self) -> dict[str, float]:
        """Of those answered for: mean NDCG@10 of popularity and oracle, regret of the former."""
        seen = self.register.answered
        return {
            "NDCG@10 of popularity": self._scores["popularity"]["ndcg"][seen].mean(),
            "NDCG@10 of the oracle": self._scores["oracle"]["ndcg"][seen].mean(),
            "regret of popularity": self._regret["popularity"][seen].mean(),
        }

    def _note(self, name: str, number: np.ndarray, scores: tuple[np.ndarray, np.ndarray]) -> None:
        hit_rate, ndcg = scores
        self._scores[name]["hit_rate"][number] = hit_rate
        self._scores[name]["ndcg"][number] = ndcg


def judge(track: Track, predictions: str | os.PathLike) -> Verdict:
    """What a file of predictions, or a folder of files, is worth; see `answers` for the formats.

    Raises PredictionsError that says what is wrong, where, and the cure.
    """
    court = Judge(track)
    for piece in read_predictions(predictions):
        court.add(piece)
    return court.verdict(told_path(predictions))


def expected_of_lists(p: np.ndarray, items: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Expected HR@k and NDCG@k of ranked lists.

    p:     (b, J) P(next product), column 0 is 0
    items: (b, width) product ids, the best first; 0 = a place left empty
    k:     cut-off

    Returns two (b,).
    """
    hit = np.take_along_axis(p, items[:, :k], axis=1)  # (b, at most k)
    return hit.sum(1), hit @ discounts(hit.shape[1])


def expected_of_scores(p: np.ndarray, scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Expected HR@k and NDCG@k of the ranking by scores, larger is better.

    Products of equal scores share their places, as if their order were drawn: so neither a
    constant nor numbers of few digits are worth more or less than they say.

    p:      (b, J) P(next product), column 0 is 0
    scores: (b, J) likewise; column 0 is not read
    k:      cut-off

    Returns two (b,).
    """
    order = np.argsort(-scores[:, 1:], axis=1, kind="stable")
    chance = np.take_along_axis(p[:, 1:], order, axis=1)  # (b, J - 1)
    ordered = np.take_along_axis(scores[:, 1:], order, axis=1)
    begins = np.ones(ordered.shape, dtype=bool)
    begins[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    group = np.cumsum(begins) - 1  # of equal scores, over all rows
    size = np.bincount(group)
    found = []
    for gains in (np.ones(k), discounts(k)):
        gains = np.pad(gains, (0, max(0, ordered.shape[1] - k)))[: ordered.shape[1]]
        gain = np.bincount(group, np.tile(gains, len(p))) / size
        found.append((chance * gain[group].reshape(chance.shape)).sum(1))
    return found[0], found[1]


def divergence(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """KL(p || q) of each row in nats: infinite where q rules out what can come.

    p, q: (b, J), rows sum to 1

    Returns (b,).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(p > 0, p * (np.log(p) - np.log(q)), 0.0)
    return terms.sum(1)


def _estimate(value: float, error: float) -> Estimate:
    return Estimate(
        value=float(value), low=float(value - NORMAL * error), high=float(value + NORMAL * error)
    )
