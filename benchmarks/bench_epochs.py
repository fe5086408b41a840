"""Makes course/measured/05_epochs.csv: the networks of chapter 05's ladder, trained for longer.

    python -m benchmarks.bench_epochs course/measured/05_epochs.csv

Six minutes of one core. The log, the questions and the settings are those of the chapter; the
number of epochs changes, and the seed of training: 0, as in the chapter, 1 and 2. `share` is the
share of the achievable lift in expected NDCG@10.
"""

import numpy as np
import pandas as pd
import torch
from tqdm.auto import tqdm

from benchmarks.commands import table_parser, write_table
from seqrec.baselines import GRU4Rec, MLPClick, Popularity, exposures_from_interactions
from seqrec.data import build_sequences, leave_last_two_out, pad_left
from seqrec.metrics import expected_ndcg, share_of_lift
from zooplus_sim import Oracle, ZooplusSimulator

N_ITEMS = 50
K = 10
SEEDS = (0, 1, 2)  # of training
EPOCHS = {"memoryless (MLP)": (1, 3, 10), "GRU4Rec (small)": (2, 5, 10)}


def rows():
    """A row a model, number of epochs and seed."""
    shop = ZooplusSimulator(n_users=3_000)
    log = shop.journeys(events_per_user=(10, 40), seed=5).interactions
    train, valid, _ = leave_last_two_out(log)
    sequences = build_sequences(pd.concat([train, valid]), 40)
    users = sequences["user_id"].to_numpy()
    histories = pad_left(sequences["item_sequence"], 40)
    law = Oracle(shop).next_item_probabilities(histories)

    def reached(scores):
        return float(np.mean(expected_ndcg(scores, law, K)))

    ends = reached(Popularity(N_ITEMS).fit(train).score(users, histories)), reached(law)
    exposures = exposures_from_interactions(train, N_ITEMS)
    for name, budgets in EPOCHS.items():
        runs = [(epochs, seed) for epochs in budgets for seed in SEEDS]
        for epochs, seed in tqdm(runs, desc=name):
            settings = {"epochs": epochs, "seed": seed, "progress": False}
            if name == "memoryless (MLP)":
                model = MLPClick(N_ITEMS, batch_size=2048, **settings)
                scores = model.fit(exposures).score(users)
            else:
                model = GRU4Rec(N_ITEMS, **settings)
                scores = model.fit(train).score(users, histories)
            share = float(share_of_lift(reached(scores), *ends))
            yield {"model": name, "epochs": epochs, "seed": seed, "share": share}


def main():
    options = table_parser("bench_epochs", __doc__).parse_args()
    torch.set_num_threads(1)
    write_table(list(rows()), options.file, digits=3)


if __name__ == "__main__":
    main()
