"""Makes course/measured/12_graphs.csv: graph models and SASRec beside the oracle.

    python -m benchmarks.bench_session_graph course/measured/12_graphs.csv

About 8 minutes of one core. Some have one graph of all shoppers, others a graph per history.

Protocol: the default world, 2,000 shoppers with 10 to 40 clicks, three seeds of shop, journeys and
training. Models learn from all but each shopper's last two clicks and are asked for the last one,
all 50 products ranked: expected NDCG@10 under the oracle's law. Settings were chosen on the
validation clicks of a shop with seed 100, and are the same for all seeds.

All models read item ids alone, but for those of the "current visit": they are told where it began,
which the oracle is not. "Oracle, told the borders" knows that of all visits. Its law is the judge
of everybody: it is the truth about the next click also within groups that were made by looking at
borders.
"""

import time
from functools import partial

import numpy as np
import pandas as pd
import torch
from tqdm.auto import tqdm

from benchmarks.commands import table_parser
from seqrec.baselines import MarkovChain, Popularity
from seqrec.data import build_sequences, leave_last_two_out, pad_left, sliding_windows
from seqrec.losses import next_item_loss, step_loss, window_loss
from seqrec.metrics import expected_ndcg, share_of_lift
from seqrec.models import SRGNN, LightGCN, SASRec, bipartite_edges, normalised_graph, temporal_edges
from seqrec.training import TrainConfig, train
from zooplus_sim import Oracle, ZooplusSimulator

SEEDS = 3
USERS = 2_000
N_ITEMS = 50
MAX_LEN = 40
GRAPH_LEN = 6  # newest clicks that become a graph
VISIT_LEN = 20  # no visit of the default world has more clicks


class Shop:
    """What the models of a seed learn from and are asked, and who is in which group."""

    def __init__(self, seed, n_users=USERS):
        sim = ZooplusSimulator(N_ITEMS, n_users, seed=seed)
        log = sim.journeys(events_per_user=(10, MAX_LEN), seed=seed).interactions
        self.seed = seed
        self.n_users = n_users
        self.train, valid, asked = leave_last_two_out(log)
        known = pd.concat([self.train, valid])
        sequences = build_sequences(known, MAX_LEN)["item_sequence"]
        self.histories = pad_left(sequences, MAX_LEN)  # (B, 40)
        in_order = known.sort_values(["user_id", "timestamp"], kind="stable")
        visits = [ids.to_numpy() + 1 for _, ids in in_order.groupby("user_id")["session_id"]]
        visits = pad_left(visits, MAX_LEN)  # (B, 40)
        asked = asked.sort_values("user_id")["session_id"].to_numpy() + 1
        self.goes_on = asked == visits[:, -1]  # (B,)
        self.in_current = (visits == visits[:, -1:]) & (self.histories > 0)
        opens = (np.diff(visits, axis=1, prepend=0) != 0) & (self.histories > 0)
        oracle = Oracle(sim)
        self.law = oracle.next_item_probabilities(self.histories)
        self.told_law = oracle.next_item_probabilities(self.histories, session_starts=opens)
        popularity = Popularity(N_ITEMS).fit(self.train)
        self.popularity = popularity.score(np.arange(n_users), self.histories)

    def groups(self):
        """dict name -> (B,) bool.

        Lengths are clicks of the current visit so far, as only the simulator knows them.
        """
        length = self.in_current.sum(axis=1)
        window = self.histories[:, -GRAPH_LEN:]
        repeats = np.array([len(set(row)) < len(row) for row in window])
        return {
            "all": np.ones(len(length), bool),
            "visit: 1 click": length == 1,
            "visit: 2 clicks": length == 2,
            "visit: 3 or 4": (length == 3) | (length == 4),
            "visit: 5 to 7": (length > 4) & (length < 8),
            "visit: 8 or more": length > 7,
            "repeats: none": ~repeats,
            "repeats: some": repeats,
        }


def settings(seed, epochs, rate, batch_size):
    """What all models share, as a TrainConfig."""
    return TrainConfig(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=rate,
        schedule="linear",
        warmup_steps=50,
        seed=seed,
    )


def lightgcn_scores(shop, *, temporal, reads_newest, epochs=6):
    """Scores (B, V) of the graph of all shoppers."""
    log = shop.train.sort_values(["user_id", "timestamp"], kind="stable")
    users, items = (torch.tensor(log[column].to_numpy()) for column in ("user_id", "item_id"))
    edges = [bipartite_edges(users, items, shop.n_users)]
    edges += [temporal_edges(users, items, shop.n_users)] if temporal else []
    graph = normalised_graph(torch.cat(edges, dim=1), shop.n_users + N_ITEMS)
    is_step = users[1:] == users[:-1]
    steps = users[1:][is_step], items[:-1][is_step], items[1:][is_step]
    torch.manual_seed(shop.seed)
    network = LightGCN(graph, shop.n_users, N_ITEMS, n_layers=1, reads_newest=reads_newest)
    config = settings(shop.seed, epochs, 0.02, 1024)
    train(network, step_loss(*steps), len(steps[0]), config, progress=False)
    newest = torch.tensor(shop.histories[:, -1])
    return network.score_catalogue(torch.arange(shop.n_users), newest).numpy()


def cut_to_visit(windows, log):
    """The windows of `sliding_windows(log, VISIT_LEN)`, cut to the visit of their newest click."""
    by_visit = log.assign(item_id=log["session_id"] + 1)
    visits, _ = sliding_windows(by_visit, VISIT_LEN)
    return np.where(visits == visits[:, -1:], windows, 0)


def srgnn_scores(shop, *, current_visit, D=64, epochs=4):
    """Scores (B, V) of a graph per history: of the newest clicks, or of the current visit's."""
    windows, targets = sliding_windows(shop.train, VISIT_LEN if current_visit else GRAPH_LEN)
    histories = shop.histories[:, -windows.shape[1] :]
    if current_visit:
        windows = cut_to_visit(windows, shop.train)
        histories = histories * shop.in_current[:, -VISIT_LEN:]
    torch.manual_seed(shop.seed)
    network = SRGNN(N_ITEMS, windows.shape[1], D=D)
    loss = window_loss(torch.from_numpy(windows), torch.from_numpy(targets))
    train(network, loss, len(targets), settings(shop.seed, epochs, 0.005, 64), progress=False)
    return network.score_catalogue(torch.from_numpy(histories)).numpy()


def visit_sequences(log):
    """Each visit with the click that came after it, if there is one: (n, VISIT_LEN + 1).

    log: in order
    """
    items = log["item_id"].to_numpy()
    users = log["user_id"].to_numpy()
    visits = list(zip(users, log["session_id"], strict=True))
    begins = [at for at in range(len(items)) if at == 0 or visits[at] != visits[at - 1]]
    ends = [*begins[1:], len(items)]
    ends = [end + (end < len(items) and users[end] == users[end - 1]) for end in ends]
    rows = [items[begin:end] for begin, end in zip(begins, ends, strict=True) if end - begin > 1]
    return pad_left(rows, VISIT_LEN + 1)


def sasrec_scores(shop, *, current_visit, drawn_ends=False):
    """Scores (B, V) of SASRec on the whole history, or on the clicks of the current visit.

    With chapter 08's settings. `bench_visits` says what drawn ends are.
    """
    if current_visit:
        sequences = visit_sequences(shop.train.sort_values(["user_id", "timestamp"], kind="stable"))
        histories = (shop.histories * shop.in_current)[:, -VISIT_LEN:]
    else:
        sequences = pad_left(build_sequences(shop.train, MAX_LEN)["item_sequence"], MAX_LEN + 1)
        histories = shop.histories
    torch.manual_seed(shop.seed)
    network = SASRec(N_ITEMS, histories.shape[1], dropout=0.05)
    config = settings(shop.seed, 8 if current_visit else 15, 0.003, 32)
    max_len = histories.shape[1] if drawn_ends else None
    loss = next_item_loss(torch.from_numpy(sequences), max_len=max_len)
    train(network, loss, len(sequences), config, progress=False)
    return network.score_catalogue(torch.from_numpy(histories)).numpy()


def markov_scores(shop):
    """Scores (B, V) of a Markov chain."""
    return MarkovChain(N_ITEMS).fit(shop.train).score(np.arange(shop.n_users), shop.histories)


of_newest = partial(lightgcn_scores, reads_newest=True)
of_profile = partial(lightgcn_scores, reads_newest=False)
MODELS = {
    "LightGCN": partial(of_profile, temporal=False),
    "LightGCN, temporal edges": partial(of_profile, temporal=True),
    "LightGCN, newest click": partial(of_newest, temporal=False),
    "LightGCN, newest click, temporal edges": partial(of_newest, temporal=True),
    "Markov chain": markov_scores,
    "SR-GNN": partial(srgnn_scores, current_visit=False),
    "SR-GNN, current visit": partial(srgnn_scores, current_visit=True),
    "SASRec": partial(sasrec_scores, current_visit=False),
    "SASRec, current visit": partial(sasrec_scores, current_visit=True),
    "oracle": lambda shop: shop.law,
    "oracle, told the borders": lambda shop: shop.told_law,
}


def measure(seeds, models=MODELS, n_users=USERS):
    """One row per seed, model and group: NDCG@10, and the share of the lift for the same clicks.

    share: 1 is the oracle that reads ids alone.
    """
    rows = []
    for seed in tqdm(range(seeds), desc="graphs", unit="seed"):
        shop = Shop(seed, n_users)
        popular, best = (expected_ndcg(of, shop.told_law, 10) for of in (shop.popularity, shop.law))
        for name, model in models.items():
            began = time.process_time()
            ndcg = expected_ndcg(model(shop), shop.told_law, 10)
            seconds = time.process_time() - began
            for group, chosen in shop.groups().items():
                reached, low, high = (of[chosen].mean() for of in (ndcg, popular, best))
                row = {"seed": seed, "model": name, "group": group, "users": int(chosen.sum())}
                row |= {"ndcg": reached, "popularity": low, "oracle": high}
                row["share"] = float(share_of_lift(reached, low, high))
                rows.append(row | {"cpu_seconds": seconds})
    return pd.DataFrame(rows)


if __name__ == "__main__":
    options = table_parser("bench_session_graph", __doc__).parse_args()
    torch.set_num_threads(1)
    table = measure(SEEDS)
    table.round(4).to_csv(options.file, index=False)
    shares = table.pivot_table(index="model", columns="group", values="share", sort=False)
    print(shares.round(3).to_string())
