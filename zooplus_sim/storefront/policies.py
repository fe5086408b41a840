"""Policies: what to show, from what is known.

A policy is any callable `policy(observation, info) -> slates`. See `Storefront` for observations
and infos. Those here are made for a storefront and fit any other of the same shop and slate size.
`run` lets one serve a whole episode.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from zooplus_sim.keyed_random import Channel, check_seed, stream_keys, uniform
from zooplus_sim.storefront.belief import Belief
from zooplus_sim.storefront.storefront import Storefront

Policy = Callable[[np.ndarray, dict], np.ndarray]


class RandomPolicy:
    """Different products, all orders equally likely.

    The draws are keyed by (seed, shopper, step), like the shoppers' own.

    storefront: where it is to serve
    seed:       of the draws
    """

    def __init__(self, storefront: Storefront, seed: int = 0):
        self.n_products = storefront.n_products
        self.seed = check_seed(seed)
        self.n_shown = min(storefront.slate_size, storefront.n_products)
        self.slate_size = storefront.slate_size

    def __call__(self, observation: np.ndarray, info: dict) -> np.ndarray:
        keys = stream_keys(self.seed, Channel.POLICY, info["user_id"])
        row = np.arange(len(observation))
        products = np.tile(np.arange(1, self.n_products + 1), (len(row), 1))
        for place in range(self.n_shown):  # Fisher-Yates, as far as it is needed
            u = uniform(keys, info["step"] * self.slate_size + place)
            other = place + (u * (self.n_products - place)).astype(np.int64)
            products[row, place], products[row, other] = products[row, other], products[row, place]
        return _padded(products[:, : self.n_shown], self.slate_size)


class ScorePolicy:
    """The products of the highest scores, best first. The way for a model into the shop.

    Of ties the smaller id goes first.

    storefront: where it is to serve
    score:      histories (B, L), left-padded with 0, -> (B, J) numbers, larger is better; column 0
                is not read

    A call raises ValueError for scores of another shape, or NaN.
    """

    def __init__(self, storefront: Storefront, score: Callable[[np.ndarray], np.ndarray]):
        self.score = score
        self.n_products = storefront.n_products
        self.slate_size = storefront.slate_size

    def __call__(self, observation: np.ndarray, info: dict) -> np.ndarray:
        scores = np.asarray(self.score(observation))
        expected = (len(observation), self.n_products + 1)
        if scores.shape != expected or np.isnan(scores[:, 1:]).any():
            found = f"shape {scores.shape}" if scores.shape != expected else "NaN"
            raise ValueError(
                f"scores must be numbers {expected}, a column per product and one for "
                f"padding, got {found}"
            )
        return _padded(_highest(scores[:, 1:], self.slate_size) + 1, self.slate_size)


class PopularityPolicy(ScorePolicy):
    """The same products for everybody: those clicked most in a log.

    storefront: where it is to serve
    items:      (N,) the log's product ids
    """

    def __init__(self, storefront: Storefront, items: np.ndarray):
        self.counts = np.bincount(np.asarray(items), minlength=storefront.n_products + 1)
        super().__init__(storefront, lambda histories: np.tile(self.counts, (len(histories), 1)))


class BeliefPolicy:
    """Shows `Belief.best_slates`, of all that a shop could know: the best model, one step ahead.

    It remembers, so it must see every step of an episode, in order, from the first. Asked for the
    same step again it gives the same answer. A call raises RuntimeError if a step was missed.

    storefront: where it is to serve
    """

    def __init__(self, storefront: Storefront):
        self.storefront = storefront
        self.belief: Belief | None = None

    def __call__(self, observation: np.ndarray, info: dict) -> np.ndarray:
        if info["step"] == 0:
            self.belief = Belief(self.storefront.sim, len(observation), self.storefront.browsing)
        elif self.belief is None or info["step"] not in (self.belief.step, self.belief.step + 1):
            raise RuntimeError(
                f"step {info['step']}: a step was missed; expected every step of an episode from 0 "
                "on"
            )
        elif info["step"] == self.belief.step + 1:
            self.belief.observe(info["item_id"], info["slates"], info["place"])
        return self.belief.best_slates(self.storefront.slate_size)


class IntentPolicy:
    """Reads the hidden intent: shows what would be taken, the most eagerly taken first. The roof.

    Nothing else is on the slate, and no slate has a higher click rate at this step. A slate with
    take probabilities a(1), ..., a(K) is clicked with probability V(1), where

        V(i) = a(i) + (1 - a(i)) * look_on * V(i + 1).

    As look_on * V <= 1, V(i) grows with a(i) and with V(i + 1): so the K largest belong on the
    slate. And two neighbours a > b with V behind them are worth

        a + (1 - a) * look_on * (b + (1 - b) * look_on * V),

    the other way round (a - b) * (1 - look_on) less: the larger goes first.

    Over many steps nothing is proven: what is shown in vain today tires tomorrow.

    storefront: where it is to serve
    """

    def __init__(self, storefront: Storefront):
        self.slate_size = storefront.slate_size

    def __call__(self, observation: np.ndarray, info: dict) -> np.ndarray:
        eager = info["truth"]["take_probability"]
        slates = _highest(eager, self.slate_size)
        slates = np.where(np.take_along_axis(eager, slates, axis=1) > 0, slates, 0)
        return _padded(slates, self.slate_size)


def run(
    storefront: Storefront, policy: Policy, *, seed: int | None = None, truth: bool = False
) -> pd.DataFrame:
    """Let the policy serve one episode, from `storefront.reset(seed)` on.

    storefront: the shop and its shoppers
    policy:     who chooses the slates
    seed:       of the episode (default: the storefront's)
    truth:      whether to note what no shop sees too

    Returns a log with a row per event, by shopper and then by step: user_id, step, item_id,
    timestamp, outcome, clicked (bool), place (-1 if not clicked), shown_1 ... shown_K. With `truth`
    also persona, tier, mission, distraction, intended_item and click_probability, which is
    P(clicked | slate, what they came for, fatigue): its mean says the same as that of `clicked`,
    with less noise.
    """
    observation, info = storefront.reset(seed)
    rows: list[dict[str, np.ndarray]] = []
    over = False
    while not over:
        hidden = info["truth"]
        observation, reward, _, truncated, info = storefront.step(policy(observation, info))
        row = {"user_id": info["user_id"], "step": np.full(len(reward), len(rows))}
        row |= {name: info[name] for name in ("item_id", "timestamp", "outcome")}
        row |= {"clicked": reward > 0, "place": info["place"]}
        row |= {f"shown_{place + 1}": items for place, items in enumerate(info["slates"].T)}
        if truth:
            row |= {name: values for name, values in hidden.items() if values.ndim == 1}
            taken = np.take_along_axis(hidden["take_probability"], info["slates"], axis=1)
            row["click_probability"] = storefront.browsing.place_probabilities(taken.T).sum(0)
        rows.append(row)
        over = bool(truncated.all())
    columns = {name: np.stack([row[name] for row in rows], axis=1).ravel() for name in rows[0]}
    world = storefront.sim.world
    for name, parts in (
        ("persona", world.personas),
        ("tier", world.tiers),
        ("mission", world.missions),
    ):
        if name in columns:
            columns[name] = pd.Categorical.from_codes(columns[name], [part.name for part in parts])
    return pd.DataFrame(columns)


def _highest(scores: np.ndarray, size: int) -> np.ndarray:
    """The columns of the highest scores, the best first; of ties the first.

    scores: (B, J)

    Returns (B, at most `size`).
    """
    return np.argsort(-scores, axis=1, kind="stable")[:, :size]


def _padded(slates: np.ndarray, size: int) -> np.ndarray:
    """With empty places, where a shop has fewer products than places."""
    return np.pad(slates, ((0, 0), (0, size - slates.shape[1])))
