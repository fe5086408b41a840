"""Makes a table of what models get of the lift on each track.

    python -m benchmarks.bench_tracks build/17_tracks.csv
    python -m benchmarks.bench_tracks build/17_tracks.csv --track shoppers_400

Hours of one core for all tracks. Rows that the file has are kept: a run that was stopped goes on.

Protocol: a model learns from the track's train.csv alone and is judged as anybody's files are, by
`zooplus_sim.benchmark`. Popularity, Markov chain, co-occurrence, session-kNN and EASE are counted
once, as they come. SASRec and BERT4Rec (two blocks of width 32, `TrainConfig` but for rate and
epochs) and GRU4Rec (width 32, state 64) learn for about 500 and about 2,000 steps of 128 shoppers,
whole epochs, each budget begun anew. For each track, model and budget the learning rate is 0.001 or
0.003, whichever has the higher `valid` with seed 0; seeds 1 and 2 learn with that one. A history's
newest 50 clicks are read, 200 where shoppers have 100 and more. EASE is left out where its matrix
of products by products is too large.

`ndcg` and `hit_rate` are shares of the achievable lift at 10, `low` and `high` the 95 % interval of
the former over the test shoppers, `regret` is in nats per click (none where the catalogue is so
large that lists are judged). `valid` is NDCG@10 of the last click of the track's validation
shoppers.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import torch
from tqdm.auto import tqdm

from benchmarks.commands import table_parser
from seqrec.baselines import GRU4Rec
from seqrec.data import build_sequences, pad_left
from seqrec.metrics import ndcg, ranks
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
from zooplus_sim.benchmark.judging import judge
from zooplus_sim.benchmark.track import read_track, track_names

COUNTED = {
    "popularity": PopularityConfig(),
    "Markov": MarkovConfig(),
    "co-occurrence": CoOccurrenceConfig(),
    "session-kNN": SessionKNNConfig(),
    "EASE": EASEConfig(),
}
LEARNED = ("SASRec", "BERT4Rec", "GRU4Rec")
D = 32
RATES = (0.001, 0.003)
STEPS = (500, 2_000)
BATCH = 128
SEEDS = 3
LARGE = 10_000  # products, from which lists are judged and no EASE is fitted
KNOWN = ["track", "model", "steps", "rate", "seed"]


class Gru:
    """GRU4Rec with the two methods of `SequentialRecommender` that are asked here.

    n_items: products are 1..n_items
    options: of `GRU4Rec`
    """

    def __init__(self, n_items, **options):
        self.n_items = n_items
        self.options = options

    def fit(self, log, items):
        self.model = GRU4Rec(self.n_items, progress=False, **self.options).fit(log)
        return self

    def score_items(self, log):
        """(B, n_items) log-probabilities, users in ascending order."""
        sequences = build_sequences(log, self.options["max_len"])["item_sequence"]
        histories = pad_left(sequences, self.options["max_len"])
        scores = self.model.score(sequences.index.to_numpy(), histories)
        return torch.from_numpy(scores[:, 1:]).log_softmax(1).numpy()


def model_of(track, name, steps, rate, seed):
    """One that is not fitted yet."""
    max_len = 200 if track.clicks[1] >= 100 else 50
    epochs = max(1, round(steps * BATCH / track.train_shoppers))
    if name == "GRU4Rec":
        options = {"epochs": epochs, "batch_size": BATCH, "learning_rate": rate, "seed": seed}
        return Gru(track.n_products, D=D, max_len=max_len, **options)
    config = {"SASRec": SASRecConfig(D=D), "BERT4Rec": BERT4RecConfig(D=D), **COUNTED}[name]
    training = None
    if name in LEARNED:
        training = TrainConfig(epochs=epochs, batch_size=BATCH, learning_rate=rate, seed=seed)
    settings = {"max_len": max_len, "training": training, "baselines": False}
    return SequentialRecommender(config, progress=False, device="cpu", **settings)


def last_clicks(log):
    """A log without each user's last click, and these clicks: (U,) ids, users ascending."""
    in_order = log.sort_values(["user_id", "timestamp"], kind="stable")
    is_last = ~in_order.duplicated("user_id", keep="last")
    return in_order[~is_last], in_order.loc[is_last, "item_id"].to_numpy()


def ndcg_of(scores, targets):
    """Mean NDCG@10 of the products 1, 2, ... in the columns; ties count against the model."""
    with_padding = np.pad(scores, ((0, 0), (1, 0)), constant_values=-np.inf)
    return float(ndcg(ranks(with_padding, targets), 10).mean())


def row_of(track, name, steps, rate, seed):
    """One row of the table."""
    items = np.arange(1, track.n_products + 1)
    model = model_of(track, name, steps, rate, seed).fit(track.log("train"), items)
    seen, targets = last_clicks(track.log("validation"))
    log_p = np.asarray(model.score_items(track.log("test")), dtype=np.float64)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "answers.npz"
        answer = {"probabilities": np.exp(log_p)}
        if track.n_products >= LARGE:
            answer = {"items": 1 + np.argsort(-log_p, axis=1, kind="stable")[:, :10]}
        np.savez(path, track=track.token, user_id=track.test_histories[0], **answer)
        verdict = judge(track, path)
    share = verdict.share("ndcg")
    regret = verdict.regret.get("judged")
    return {
        **dict(zip(KNOWN, (track.name, name, steps, rate, seed), strict=True)),
        "valid": ndcg_of(np.asarray(model.score_items(seen)), targets),
        "ndcg": share.value,
        "low": share.low,
        "high": share.high,
        "hit_rate": verdict.share("hit_rate").value,
        "regret": np.nan if regret is None else verdict.mean(regret).value,
    }


def runs_of(track):
    """(model, steps) of one track."""
    large = track.n_products >= LARGE
    counted = [(name, 0) for name in COUNTED if not (large and name == "EASE")]
    return counted + [(name, steps) for name in LEARNED for steps in STEPS]


def best_rate(table, track, name, steps):
    """Of the rows with seed 0, the rate with the highest `valid`."""
    same = (table["track"] == track.name) & (table["model"] == name) & (table["steps"] == steps)
    rows = table[same & (table["seed"] == 0)]
    return float(rows.loc[rows["valid"].idxmax(), "rate"])


def main():
    parser = table_parser("bench_tracks", __doc__)
    parser.add_argument("--track", action="append", help="this one only; may be said again")
    options = parser.parse_args()
    torch.set_num_threads(1)
    path = Path(options.file)
    table = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=KNOWN)

    def make(track, *settings):
        nonlocal table
        done = set(table[KNOWN].itertuples(index=False, name=None))
        if (track.name, *settings) not in done:
            row = pd.DataFrame([row_of(track, *settings)]).round(4)
            table = pd.concat([table, row], ignore_index=True) if len(table) else row
            table.to_csv(path, index=False)

    for track_name in options.track or track_names():
        track = read_track(track_name)
        for name, steps in tqdm(runs_of(track), desc=track_name, unit="model"):
            for rate in RATES if steps else (0.0,):
                make(track, name, steps, rate, 0)
            for seed in range(1, SEEDS if steps else 1):
                make(track, name, steps, best_rate(table, track, name, steps), seed)


if __name__ == "__main__":
    main()
