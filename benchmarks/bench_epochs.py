"""Makes course/measured/05_epochs.csv: the networks of chapter 05's ladder, trained for longer.

    python -m benchmarks.bench_epochs course/measured/05_epochs.csv

Two minutes of one core. The log, the questions and the settings are those of the chapter, seed 0;
only the number of epochs changes. `share` is the share of the achievable lift in expected NDCG@10.
One seed: chapter 07's table says how far five seeds are apart.
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
EPOCHS = {"memoryless (MLP)": (1, 3, 10), "GRU4Rec (small)": (2, 5, 10)}


def rows():
    """A row a model and number of epochs."""
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
        for epochs in tqdm(budgets, desc=name):
            if name == "memoryless (MLP)":
                model = MLPClick(N_ITEMS, epochs=epochs, batch_size=2048, progress=False)
                scores = model.fit(exposures).score(users)
            else:
                model = GRU4Rec(N_ITEMS, epochs=epochs, progress=False)
                scores = model.fit(train).score(users, histories)
            share = float(share_of_lift(reached(scores), *ends))
            yield {"model": name, "epochs": epochs, "share": share}


def main():
    options = table_parser("bench_epochs", __doc__).parse_args()
    torch.set_num_threads(1)
    write_table(list(rows()), options.file, digits=2)


if __name__ == "__main__":
    main()
