"""The three trained models of *Play as Anna*, some minutes of one core each.

    python -m course.authoring.play_models                all three
    python -m course.authoring.play_models SASRec BST     these only

Each becomes a folder in `course/play/models`, read by `SequentialRecommender.load`; what they are
worth becomes `course/measured/play_models.csv`, a row for each model and number of clicks known.

Protocol: the default world. Shoppers of 2 to 40 clicks, so that short histories are learned too.
The first 2,000, Anna among them, are not trained on: 500 choose the epoch by the log-probability of
their last click, the others judge. Their next click is asked for after 1, 3, 8 and 20 clicks of
theirs, by expected NDCG@10 under the oracle's law.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from course.play.forecasters import MODELS, SHOP_USERS, probabilities_of
from seqrec.baselines import Popularity
from seqrec.metrics import expected_ndcg, share_of_lift
from seqrec.recommender import BERT4RecConfig, BSTConfig, SASRecConfig, SequentialRecommender
from seqrec.training import TrainConfig
from zooplus_sim import Oracle, ZooplusSimulator

TABLE = Path(__file__).parents[1] / "measured" / "play_models.csv"
UNSEEN = 2_000  # shoppers that are not trained on
VALIDATING = 500  # those of them that choose the epoch
MAX_LEN = 40  # clicks
KNOWN = (1, 3, 8, 20)  # clicks after which the next one is asked for
# Name -> configuration, clicks that it reads, shoppers that it learns from, settings of training
RECIPES = {
    "SASRec": (
        SASRecConfig(dropout=0.05),
        MAX_LEN,
        10_000,
        {"epochs": 10, "batch_size": 32, "learning_rate": 0.003},
    ),
    "BERT4Rec": (
        BERT4RecConfig(hidden=128, dropout=0.0, mask_prob=0.4, last_only=0.3),
        MAX_LEN,
        8_000,
        {"epochs": 20, "batch_size": 32, "learning_rate": 0.003},
    ),
    "BST": (
        BSTConfig(n_negatives=3),
        10,
        4_000,
        {"epochs": 2, "batch_size": 128, "learning_rate": 0.005},
    ),
}


def shoppers(
    shop: ZooplusSimulator,
) -> tuple[pd.DataFrame, tuple[pd.DataFrame, pd.DataFrame], pd.DataFrame]:
    """Three logs: to learn from, to choose the epoch by, and to judge by.

    The second is in two parts: all clicks but the last of each shopper, and the last.
    """
    log = shop.journeys(events_per_user=(2, MAX_LEN), seed=1).interactions
    is_last = ~log["user_id"].duplicated(keep="last")
    chooses = (log["user_id"] >= UNSEEN - VALIDATING) & (log["user_id"] < UNSEEN)
    judges = log[log["user_id"] < UNSEEN - VALIDATING]
    return log[log["user_id"] >= UNSEEN], (log[chooses & ~is_last], log[chooses & is_last]), judges


def trained(
    name: str,
    learn: pd.DataFrame,
    chooses: tuple[pd.DataFrame, pd.DataFrame],
    items: pd.Index,
) -> SequentialRecommender:
    """A model after the recipe of `name`, trained on two of the logs of `shoppers`.

    name:    one of RECIPES.
    learn:   the log to learn from.
    chooses: the log to choose the epoch by, in two parts.
    items:   ids of all products.
    """
    config, max_len, n_users, settings = RECIPES[name]
    learn = learn[learn["user_id"] < UNSEEN + n_users]
    training = TrainConfig(
        schedule="linear", warmup_steps=50, monitor="valid_loss", higher_is_better=False, **settings
    )
    model = SequentialRecommender(config, max_len=max_len, training=training, device="cpu")
    # What comes before the clicks that choose is history, and trained on; those clicks are not.
    return model.fit(pd.concat([learn, chooses[0]]), items=items, valid_interactions=chooses[1])


def worth(
    name: str, shop: ZooplusSimulator, learn: pd.DataFrame, judges: pd.DataFrame
) -> dict[int, float]:
    """{clicks known: share of the lift from popularity to the oracle} of a stored model.

    name:   one of RECIPES.
    shop:   whose law judges.
    learn:  the log that popularity counts.
    judges: the log whose clicks are known.
    """
    oracle = Oracle(shop)
    popularity = Popularity(shop.n_products).fit(learn)
    shares = {}
    clicks = judges.groupby("user_id")["item_id"].agg(list)
    for known in KNOWN:
        histories = np.array([row[:known] for row in clicks if len(row) >= known])  # (b, known)
        law = oracle.next_item_probabilities(histories)
        scores = (
            popularity.score(np.arange(len(law)), histories),
            probabilities_of(name, histories),
            law,
        )
        low, own, high = (expected_ndcg(table, law, 10).mean() for table in scores)
        shares[known] = round(float(share_of_lift(own, low, high)), 3)
    return shares


def main(arguments: list[str] | None = None) -> None:
    """Make the models named, or all of RECIPES, and their rows of the table."""
    parser = argparse.ArgumentParser(
        prog="python -m course.authoring.play_models",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    known = ", ".join(RECIPES)
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"{known}; none means all")
    names = parser.parse_args(arguments).models or list(RECIPES)
    if unknown := [name for name in names if name not in RECIPES]:
        parser.error(f"there is no model {unknown[0]!r}; there are {known}")
    torch.set_num_threads(1)
    shop = ZooplusSimulator(n_users=SHOP_USERS)
    learn, chooses, judges = shoppers(shop)
    rows = [] if not TABLE.exists() else pd.read_csv(TABLE).to_dict("records")
    rows = [row for row in rows if row["model"] not in names]
    for name in names:
        began = time.process_time()
        model = trained(name, learn, chooses, shop.products.index)
        model.save(MODELS / name.lower(), with_histories=False)
        seconds = round(time.process_time() - began)
        for known, share in worth(name, shop, learn, judges).items():
            rows.append({"model": name, "clicks": known, "share": share, "cpu_seconds": seconds})
            print(rows[-1], flush=True)
        pd.DataFrame(rows).to_csv(TABLE, index=False)


if __name__ == "__main__":
    main()
