"""Makes no table: the small shop in which a mistake is tried, and the judge of what it does there.

Axis letters: n learners, m judged shoppers, L length of a history, V = N_ITEMS + 1 columns.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import torch

from seqrec.baselines import MarkovChain, Popularity
from seqrec.data import build_sequences, pad_left
from seqrec.metrics import expected_ndcg, share_of_lift
from zooplus_sim import Oracle, ZooplusSimulator

N_ITEMS = 50
MAX_LEN = 20
K = 10


@dataclass(frozen=True)
class Setting:
    """How large an experiment is.

    learners: shoppers whose clicks are learned from
    judged:   other shoppers, whose next click is foretold
    steps:    of training
    tests:    simulated logs or tests, where nothing is trained
    """

    learners: int = 800
    judged: int = 400
    steps: int = 160
    tests: int = 1_000


TINY = Setting(learners=150, judged=80, steps=30, tests=100)


class Shop:
    """The default world under a seed: the log of some shoppers, and the law of others' next click.

    log:       of the learners
    sequences: (n, MAX_LEN + 1) long, of the learners
    histories: (m, MAX_LEN) long, of those who are judged
    targets:   (m,) what they really clicked next
    law:       (m, V) what the oracle says they click next
    """

    def __init__(self, seed: int, setting: Setting):
        sim = ZooplusSimulator(N_ITEMS, setting.learners + setting.judged, seed=seed)
        log = sim.journeys(events_per_user=(5, MAX_LEN + 1), seed=seed).interactions
        self.log = log[log["user_id"] < setting.learners].reset_index(drop=True)
        self.sequences = torch.from_numpy(padded(self.log, MAX_LEN + 1))
        own = padded(log[log["user_id"] >= setting.learners], MAX_LEN + 1)
        self.histories = torch.from_numpy(own[:, :-1].copy())
        self.targets = own[:, -1]
        self.law = Oracle(sim).next_item_probabilities(own[:, :-1])

    @cached_property
    def popularity(self) -> np.ndarray:
        """Scores (m, V) of a list that is the same for everybody."""
        return self._scored_by(Popularity(N_ITEMS))

    @cached_property
    def markov(self) -> np.ndarray:
        """Scores (m, V) by the newest click."""
        return self._scored_by(MarkovChain(N_ITEMS))

    def lift(self, scores: np.ndarray) -> float:
        """Share of the achievable lift in NDCG@10. scores: (m, V). Raises NotANumber for a NaN."""
        scores = np.asarray(scores)
        if np.isnan(scores).any():
            raise NotANumber("the scores are NaN")
        ndcg = [
            expected_ndcg(each, self.law, K).mean() for each in (scores, self.popularity, self.law)
        ]
        return float(share_of_lift(*ndcg))

    def _scored_by(self, model):
        rows = np.arange(len(self.histories))
        return model.fit(self.log).score(rows, self.histories.numpy())


class NotANumber(ArithmeticError):
    """The mistake ends in NaN or an infinite loss."""


@lru_cache(maxsize=4)
def shop(seed: int, setting: Setting) -> Shop:
    """The Shop of a seed; the same one for all experiments."""
    return Shop(seed, setting)


def padded(log, length: int) -> np.ndarray:
    """The newest clicks of each shopper of `log`, (B, length), zeros on the left."""
    return pad_left(build_sequences(log, length)["item_sequence"], length)
