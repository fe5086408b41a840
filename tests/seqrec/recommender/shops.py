"""Small logs, and small recommenders to try on them."""

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pandas as pd

from seqrec.items import Content, Labels, Number, Words
from seqrec.recommender import (
    BERT4RecConfig,
    BSTConfig,
    CausalBackboneConfig,
    CoOccurrenceConfig,
    EASEConfig,
    HybridConfig,
    MarkovConfig,
    MaskedBackboneConfig,
    MeanPoolBSTConfig,
    PopularityConfig,
    SASRecConfig,
    SASRecOutcomeConfig,
    SequentialRecommender,
    SessionKNNConfig,
    SRGNNConfig,
    TwoTowerConfig,
)
from seqrec.training import TrainConfig

#: One configuration of every model, as small as it goes. A new model is put under the contract by a
#: line here.
SMALL = {
    "SASRec": SASRecConfig(D=8, H=1, n_blocks=1),
    "BERT4Rec": BERT4RecConfig(D=16, H=1, n_blocks=1, dropout=0.0, last_only=0.3),
    "BST": BSTConfig(D=8, H=1, mlp=(8,)),
    "MeanPoolBST": MeanPoolBSTConfig(D=8, H=1, mlp=(8,)),
    "SRGNN": SRGNNConfig(D=8),
    "TwoTower": TwoTowerConfig(D=8, H=1, user="sequence"),
    "SASRecOutcome": SASRecOutcomeConfig(D=8, H=1, n_blocks=1, head=8),
}
#: Those that count, and have no network.
COUNTED = {
    "Popularity": PopularityConfig(),
    "Markov": MarkovConfig(),
    "CoOccurrence": CoOccurrenceConfig(window=3),
    "SessionKNN": SessionKNNConfig(n_neighbours=4),
    "EASE": EASEConfig(l2=2.0),
}
#: A network and counts together.
MIXED = {
    "Hybrid": HybridConfig(
        learned=SASRecConfig(D=8, H=1, n_blocks=1), counted=CoOccurrenceConfig(window=3)
    ),
}
#: Models that need an extra: those around a Hugging Face backbone. Without it the others are
#: tested.
WITH_AN_EXTRA = {CausalBackboneConfig, MaskedBackboneConfig}
if find_spec("transformers"):
    SMALL["GPT-2"] = CausalBackboneConfig(backbone="gpt2", D=8, H=1, n_blocks=1)
    SMALL["XLNet"] = MaskedBackboneConfig(
        backbone="xlnet", D=16, H=1, n_blocks=1, dropout=0.0, last_only=0.3
    )
#: The same, reading content: of a catalogue as `described` makes it.
CONTENT = Content(
    columns=[Labels("kind"), Number("price", log=True), Words("name", buckets=8)], unknown="zero"
)
READING = {
    f"{name} with content": replace(config, content=CONTENT) for name, config in SMALL.items()
}


def described(item_ids):
    """A catalogue of these items: what an item is depends on its id alone. Kinds are a to d."""
    ids = pd.Series(item_ids).drop_duplicates().to_list()
    number = [sum(map(ord, str(item))) for item in ids]
    return pd.DataFrame(
        {
            "item_id": ids,
            "kind": ["abcd"[n % 4] for n in number],
            "price": [1.0 + n % 7 for n in number],
            "name": [f"thing {n % 5}" for n in number],
        }
    )


def small_recommender(
    model="SASRec", *, epochs=1, learning_rate=0.01, max_len=5, patience=None, **settings
):
    """Not fitted, on the CPU, quiet, and without baselines: so small, it may be below them."""
    settings = {"baselines": False} | settings
    training = TrainConfig(
        epochs=epochs, learning_rate=learning_rate, batch_size=32, patience=patience
    )
    config = (SMALL | READING | COUNTED | MIXED)[model] if isinstance(model, str) else model
    return SequentialRecommender(
        config, max_len=max_len, training=training, device="cpu", progress=False, **settings
    )


def going_round(n_users=40, n_events=8, items=("bowl", "food", "mat", "toy")):
    """Every user goes round the same items, each from another start:

    what comes next is certain. Rows are shuffled.
    """
    rows = [
        (user, items[(user + step) % len(items)], 10 * step)
        for user in range(n_users)
        for step in range(n_events)
    ]
    log = pd.DataFrame(rows, columns=["user_id", "item_id", "timestamp"])
    return log.assign(outcome=1.0).sample(frac=1, random_state=1, ignore_index=True)


def pure_noise(n_users, n_events, n_items, seed=0):
    """Items at random:

    there is nothing to learn, and log(n_items) nats is the best that anybody can do.
    """
    columns = {
        "user_id": np.repeat(np.arange(n_users), n_events),
        "item_id": np.random.default_rng(seed).integers(1, n_items + 1, n_users * n_events),
        "timestamp": np.tile(np.arange(n_events), n_users),
        "outcome": 1.0,
    }
    return pd.DataFrame(columns)


def plain_histories(log, max_len):
    """{user: list of the newest items}, users in order of first appearance, by loops:

    the reference for all cuts.
    """
    histories = {}
    for user in log["user_id"]:
        histories[user] = []
    for row in sorted(
        range(len(log)), key=lambda row: log["timestamp"].iloc[row]
    ):  # sorted is stable
        histories[log["user_id"].iloc[row]].append(log["item_id"].iloc[row])
    return {user: items[-max_len:] for user, items in histories.items()}
