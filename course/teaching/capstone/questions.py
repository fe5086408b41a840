"""What the models of a project are asked: of a shop, where an oracle knows the answer, or of a log.

Axis letters: n learners' users, B users who are asked about, L clicks before the question, V
columns (0 is padding), K length of a list.
"""

import ast
import sysconfig
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from seqrec.data import build_sequences, pad_left
from seqrec.metrics import expected_ndcg, ndcg, share_of_lift
from zooplus_sim import Oracle, ZooplusSimulator

K, LENGTH = 10, 20


@dataclass(frozen=True)
class Questions:
    """Histories, and what came next.

    histories:  (B, L), padded on the left.
    targets:    (B,) what came next.
    law:        (B, V) what the oracle says of it; None where there is no oracle.
    best:       NDCG@10 of the best possible lists; 1 without an oracle.
    popularity: NDCG@10 of one list for all, from the learners' clicks; 0 without an oracle.
    """

    histories: np.ndarray
    targets: np.ndarray
    law: np.ndarray | None
    best: float
    popularity: float

    def value(self, lists: np.ndarray) -> float:
        """Of lists (B, K): the share of the achievable lift; without an oracle plain NDCG@10."""
        scores = np.full((len(lists), int(max(lists.max(), self.targets.max())) + 1), -1.0)
        if self.law is not None:
            scores = np.full(self.law.shape, -1.0)
        np.put_along_axis(scores, lists, np.arange(lists.shape[1], 0, -1.0)[None], axis=1)
        scores[:, 0] = -1
        if self.law is None:
            place = 1 + (lists == self.targets[:, None]).argmax(axis=1)
            hit = (lists == self.targets[:, None]).any(axis=1)
            return float((hit * ndcg(place, K)).mean())
        return float(
            share_of_lift(expected_ndcg(scores, self.law, K).mean(), self.popularity, self.best)
        )


def of_shop(
    sim: ZooplusSimulator, seed: int, learners: int = 800
) -> tuple[pd.DataFrame, Questions, Questions]:
    """The learners' log of a shop, and questions about two other halves: validation, test.

    sim: with more users than there are learners.
    """
    log = sim.journeys(events_per_user=(5, LENGTH + 1), seed=seed).interactions
    past = log[log["user_id"] < learners].reset_index(drop=True)
    rows = _rows(log[log["user_id"] >= learners])
    oracle = Oracle(sim)
    counts = np.bincount(past["item_id"], minlength=sim.n_products + 1).astype(float)
    counts -= 1e-6 * np.arange(len(counts))  # no ties

    def asked(part: np.ndarray) -> Questions:
        law = oracle.next_item_probabilities(part[:, :-1])
        best = oracle.ceiling(part[:, :-1], K).ndcg[:, -1].mean()
        popular = expected_ndcg(np.tile(counts, (len(part), 1)), law, K).mean()
        return Questions(part[:, :-1], part[:, -1], law, float(best), float(popular))

    return past, asked(rows[::2]), asked(rows[1::2])


def of_log(log: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, Questions, Questions]:
    """The same of any log: a fifth of its users for validation, a fifth for the test."""
    users = np.random.default_rng(seed).permutation(log["user_id"].unique())
    fifth = len(users) // 5
    past = log[log["user_id"].isin(users[2 * fifth :])].reset_index(drop=True)

    def asked(some: np.ndarray) -> Questions:
        rows = _rows(log[log["user_id"].isin(some)])
        return Questions(rows[:, :-1], rows[:, -1], None, 1.0, 0.0)

    return past, asked(users[:fifth]), asked(users[fifth : 2 * fifth])


def _rows(log: pd.DataFrame) -> np.ndarray:
    """(B, LENGTH + 1): each user's newest clicks, the last one being the question."""
    return pad_left(build_sequences(log, LENGTH)["item_sequence"], LENGTH + 1)


def calls_in_python(files: int = 160, rarest: int = 20) -> tuple[pd.DataFrame, list[str]]:
    """A log that is on every machine: which function is called next, in Python's own library.

    A user is a function of the library, an item the name that it calls, the order that of the text.
    Returns the log, and the items' names: item 1 is the first one.
    """
    found: list[list[str]] = []
    for path in sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))[:files]:
        tree = ast.parse(path.read_bytes())
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
                calls.sort(key=lambda each: (each.lineno, each.col_offset))
                names = (getattr(c.func, "id", getattr(c.func, "attr", "")) for c in calls)
                found.append([name for name in names if name])
    counts = Counter(name for calls in found for name in calls)
    names = sorted(name for name, count in counts.items() if count >= rarest)
    number = {name: place for place, name in enumerate(names, 1)}
    kept = [[number[name] for name in calls if name in number] for calls in found]
    rows = [
        (user, item, time)
        for user, items in enumerate(items for items in kept if len(items) > 4)
        for time, item in enumerate(items)
    ]
    return pd.DataFrame(rows, columns=["user_id", "item_id", "timestamp"]), names
