"""Models beside each other: each learns from the same log, and is asked about the same test.

Axis letters: B histories, J items, Q questions.
"""

import time

import numpy as np
import pandas as pd
import torch

from seqrec.baselines.gru4rec import GRU4Rec
from seqrec.data.item_index import ItemIndex
from seqrec.data.targets import Asked
from seqrec.recommender import (
    BERT4RecConfig,
    CoOccurrenceConfig,
    EASEConfig,
    MarkovConfig,
    PopularityConfig,
    SASRecConfig,
    SequentialRecommender,
    SessionKNNConfig,
    TrainConfig,
)
from seqrec.recommender.judging import Questions, judge

# Of the lists that are judged.
K = 10
#: Models that count, and how many of the newest events they read; None is the library's default.
COUNTED = {
    "popularity": (PopularityConfig(), None),
    "markov": (MarkovConfig(), None),
    "co-occurrence": (CoOccurrenceConfig(), None),
    "session-knn": (SessionKNNConfig(), None),
    # It knows no order, so old events are worth as much.
    "ease": (EASEConfig(), 200),
}
NETWORKS = ("gru4rec", "sasrec", "bert4rec")
MODELS = (*COUNTED, *NETWORKS)


class GRUScorer:
    """A fitted GRU4Rec as `seqrec.recommender.judging.judge` asks it.

    model: GRU4Rec
    """

    def __init__(self, model):
        self.model = model
        self.n_items = model.n_items
        self.max_len = model.max_len

    def __call__(self, histories):
        """(B, L), padded on the left -> (B, J), item j in column j - 1."""
        return torch.from_numpy(self.model.score(np.zeros(len(histories)), histories)[:, 1:])


def learn(name: str, train: pd.DataFrame, epochs: int, seed: int):
    """Fit one model. Returns what scores, its ItemIndex, and the processor seconds that it took.

    name:   of MODELS. All have the library's default settings, but that EASE reads 200 events.
    train:  a log.
    epochs: of a network.
    seed:   of a network.

    What scores takes histories (B, L) and gives (B, J), see `CatalogueScorer`.
    """
    began = time.process_time()
    if name == "gru4rec":
        index = ItemIndex().fit(train["item_id"])
        numbered = train.assign(item_id=index.encode(train["item_id"]))
        model = GRU4Rec(index.n_items, epochs=epochs, seed=seed, progress=False).fit(numbered)
        scorer = GRUScorer(model)
    else:
        networks = {"sasrec": SASRecConfig(), "bert4rec": BERT4RecConfig()}
        config, max_len = COUNTED[name] if name in COUNTED else (networks[name], None)
        model = SequentialRecommender(
            config,
            max_len=max_len,
            training=TrainConfig(epochs=epochs, seed=seed),
            progress=False,
        ).fit(train)
        index, scorer = model.item_index_, model.scorer_
    return scorer, index, time.process_time() - began


def judge_asked(scorer, asked: Asked, *, exclude_seen: bool) -> dict[str, float]:
    """HR, NDCG and coverage at 10, NaN where nothing is left to judge.

    scorer:       what `learn` returned.
    asked:        what is asked of it, with its own numbers of items.
    exclude_seen: whether what a user has had is left out of the ranking; then a repeat is a miss.

    Means over targets, ties against the model:

        hr@10, ndcg@10             targets that the model knows
        hr@10_all, ndcg@10_all     all targets; one that the model does not know is a miss
        hr@10_warm, ndcg@10_warm   known targets with a history that the model can read
        coverage@10                share of the items the model knows that are in somebody's list
    """
    known = asked.where(asked.is_judged)
    n_known = len(known.items)
    if n_known == 0:
        values = {name: np.empty(0) for name in (f"hr@{K}", f"ndcg@{K}")}
        coverage = np.nan
    else:
        questions = Questions(known.past, np.arange(n_known), known.items)
        names = {f"hr@{K}": K, f"ndcg@{K}": K, f"coverage@{K}": K}
        values, shown = judge(scorer, questions, names, exclude_seen)
        coverage = np.count_nonzero(shown[f"coverage@{K}"]) / scorer.n_items
    row = {}
    for name, of_questions in values.items():
        row[name] = _mean(of_questions, n_known)
        row[f"{name}_all"] = _mean(of_questions, len(asked.items))
        warm = of_questions[known.has_history]
        row[f"{name}_warm"] = _mean(warm, len(warm))
    return row | {f"coverage@{K}": coverage}


def _mean(values, n):
    """The sum of `values` over n questions; NaN without a question."""
    return float(values.sum() / n) if n else np.nan
