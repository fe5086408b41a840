"""The rungs of a worked example: popularity, the last click, a SASRec with three seeds a budget.

Axis letters: as in `questions`.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from course.teaching.capstone.questions import LENGTH, K, Questions
from seqrec.baselines import MarkovChain, Popularity
from seqrec.recommender import SASRecConfig, SequentialRecommender, TrainConfig

SEEDS, BUDGETS = (0, 1, 2), (3, 9)
COLUMNS = ["model", "seed", "epochs", "valid", "test"]


def climb(
    past: pd.DataFrame,
    n_items: int,
    valid: Questions,
    test: Questions,
    out: Path,
    budgets: Sequence[int] = BUDGETS,
) -> pd.DataFrame:
    """Train all rungs, and write `results.csv` and `lists.csv` of a submission.

    The budget of the trained model is the one that is best on validation, over all seeds. Its lists
    of the first seed go to `lists.csv`, with those of the rungs below.
    """
    rows, lists = [], {}
    for name, kind in (("popularity", Popularity), ("markov", MarkovChain)):
        model = kind(n_items).fit(past)
        made = [top(model.score(np.arange(len(q.targets)), q.histories)) for q in (valid, test)]
        rows.append((name, 0, 0, valid.value(made[0]), test.value(made[1])))
        lists[name, 0] = made[1]
    for epochs in budgets:
        for seed in SEEDS:
            made = [top(each) for each in scores_of(past, n_items, (valid, test), epochs, seed)]
            rows.append(("sasrec", seed, epochs, valid.value(made[0]), test.value(made[1])))
            lists["sasrec", seed, epochs] = made[1]
    results = pd.DataFrame(rows, columns=COLUMNS)
    trained = results[results["model"] == "sasrec"]
    best = int(trained.groupby("epochs")["valid"].mean().idxmax())
    lists["sasrec", best] = lists["sasrec", SEEDS[0], best]
    kept = [("popularity", 0), ("markov", 0), ("sasrec", best)]
    write_lists(out / "lists.csv", {key: lists[key] for key in kept})
    results.round(4).to_csv(out / "results.csv", index=False)
    return results


def scores_of(
    past: pd.DataFrame, n_items: int, asked: Sequence[Questions], epochs: int, seed: int
) -> list[np.ndarray]:
    """Scores (B, n_items + 1) of a small SASRec, of each set of questions."""
    model = SequentialRecommender(
        SASRecConfig(D=32, n_blocks=1, hidden=64, dropout=0.0),
        max_len=LENGTH,
        training=TrainConfig(epochs=epochs, learning_rate=0.005, batch_size=64, seed=seed),
        baselines=False,
        progress=False,
    ).fit(past)
    known = model.item_index_.item_ids_.astype(int)
    found = []
    for questions in asked:
        user, place = np.nonzero(questions.histories)
        items = questions.histories[user, place]
        log = pd.DataFrame({"user_id": user, "item_id": items, "timestamp": place})
        scores = np.full((len(questions.targets), n_items + 1), -np.inf)
        told = np.asarray(model.score_items(log, padded=True))
        if len(told) != len(scores):
            raise ValueError(f"{len(scores) - len(told)} histories hold no item that was learned.")
        scores[:, known] = told[:, 1:]
        found.append(scores)
    return found


def top(scores: np.ndarray) -> np.ndarray:
    """The K best items of each row, best first. (B, V) -> (B, K)."""
    scores = np.array(scores, dtype=float)
    scores[:, 0] = -np.inf
    return np.argsort(-scores, axis=1, kind="stable")[:, :K]


def write_lists(path: Path, lists: dict[tuple[str, int], np.ndarray]) -> None:
    """Lists (B, K) by model and budget, a row a user."""
    columns = [f"place_{place}" for place in range(1, K + 1)]
    parts = [
        pd.DataFrame(made, columns=columns).assign(
            model=model, epochs=epochs, user=range(len(made))
        )
        for (model, epochs), made in lists.items()
    ]
    pd.concat(parts)[["model", "epochs", "user", *columns]].to_csv(path, index=False)
