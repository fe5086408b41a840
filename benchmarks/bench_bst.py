"""Makes course/measured/07_bst.csv: both models of chapter 07 on the ladder of chapter 05.

    python -m benchmarks.bench_bst course/measured/07_bst.csv
    python -m pytest -m benchmark -s benchmarks/bench_bst.py

The second command also prints what a step of training costs, as a ratio against stock parts.

Protocol: the shops, journeys, split and judge of `bench_ladder`; the newest 10 clicks are read.
Settings are fixed beforehand, and the same for all seeds: nothing is chosen on the test clicks.
"""

import time

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset
from tqdm.auto import tqdm

from benchmarks.bench_ladder import N_ITEMS, SEEDS, contest, scores_of_baselines
from benchmarks.commands import table_parser
from seqrec.data import sliding_windows
from seqrec.losses import click_loss, uniform_negatives
from seqrec.metrics import difference_interval, expected_hit_rate, expected_ndcg, share_of_lift
from seqrec.models import BST, MeanPoolBST, score_catalogue
from seqrec.models.heads import masked_mean
from seqrec.training import TrainConfig, train

pytestmark = pytest.mark.benchmark
MAX_LEN = 10
# Model -> class, negatives, learning rate, epochs.
RECIPES = {
    "MeanPoolBST": (MeanPoolBST, 8, 0.01, 3),
    "BST": (BST, 3, 0.005, 2),
}


def scores_of_transformers(seed, log, histories):
    """dict model -> scores (B, n_items + 1) of the last clicks, learned from all of the log."""
    windows, targets = (torch.from_numpy(array) for array in sliding_windows(log, MAX_LEN))
    newest = torch.from_numpy(histories[:, -MAX_LEN:])
    scores = {}
    for name, (model, n_negatives, rate, epochs) in RECIPES.items():
        torch.manual_seed(seed)
        network = model(N_ITEMS, MAX_LEN)
        config = TrainConfig(
            epochs=epochs,
            batch_size=128,
            learning_rate=rate,
            schedule="linear",
            warmup_steps=100,
            seed=seed,
        )
        loss = click_loss(windows, targets, n_negatives)
        train(network, loss, len(targets), config, progress=False)
        scores[name] = score_catalogue(network, newest).numpy()
    return scores


def measure(seeds):
    """A table of one row per model and seed, and NDCG@10 per user: dict model -> (all users,)."""
    rows = []
    per_user = {}
    for seed in tqdm(range(seeds), desc="BST", unit="seed"):
        of_seed = contest(seed)
        scores = scores_of_baselines(seed, *of_seed)
        scores |= scores_of_transformers(seed, of_seed.train, of_seed.histories)
        ndcg = {name: expected_ndcg(table, of_seed.law, 10) for name, table in scores.items()}
        for name, values in ndcg.items():
            hr = expected_hit_rate(scores[name], of_seed.law, 10).mean()
            share = share_of_lift(values.mean(), ndcg["popularity"].mean(), ndcg["oracle"].mean())
            row = {"model": name, "seed": seed, "hr": hr}
            rows.append(row | {"ndcg": values.mean(), "share": float(share)})
            per_user.setdefault(name, []).append(values)
    return pd.DataFrame(rows), {name: np.concatenate(values) for name, values in per_user.items()}


def comparisons(ndcg):
    """Who should be above whom, with the paired interval of the difference.

    ndcg: dict model -> (all users,) NDCG@10, of all seeds
    """
    first, second = sorted(RECIPES, key=lambda name: -ndcg[name].mean())
    pairs = [(model, "memoryless (MLP)") for model in RECIPES]
    pairs += [(first, "Markov chain"), (first, "co-occurrence"), (first, second)]
    return {pair: difference_interval(ndcg[pair[0]], ndcg[pair[1]], seed=0) for pair in pairs}


def test_both_are_above_the_memoryless_models_and_the_better_one_above_one_click_memories():
    table, ndcg = measure(SEEDS)
    print("\n" + described(table))
    for (better, worse), difference in comparisons(ndcg).items():
        print(f"{better} - {worse}: {difference}")
        assert difference.low > 0


def described(table):
    """Mean and standard deviation over the seeds, worst model first."""
    summary = table.groupby("model")[["hr", "ndcg", "share"]].agg(["mean", "std"])
    return summary.sort_values(("ndcg", "mean")).round(3).to_string()


# --- What a step costs: ours against the same network of stock parts in a plain loop ----------


class StockMeanPool(nn.Module):
    """MeanPoolBST from `nn.TransformerEncoder` with a key padding mask, and one pair at a time."""

    def __init__(self, D=32):
        super().__init__()
        self.item = nn.Embedding(N_ITEMS + 2, D, padding_idx=0)
        self.position = nn.Embedding(MAX_LEN, D)
        layer = nn.TransformerEncoderLayer(
            D, 2, 4 * D, dropout=0.0, batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, 1, nn.LayerNorm(D), enable_nested_tensor=False)
        self.head = nn.Sequential(nn.Linear(2 * D, 64), nn.LeakyReLU(), nn.Linear(64, 1))

    def forward(self, histories, candidates):
        padding = histories == 0
        padding[:, -1] = False  # an all-padding row would be NaN
        x = self.item(histories) + self.position.weight.flip(0)
        pooled = masked_mean(self.encoder(x, src_key_padding_mask=padding), histories != 0)
        return self.head(torch.cat([pooled, self.item(candidates)], dim=1)).squeeze(1)


class StockBST(StockMeanPool):
    """BST likewise: the candidate inside the sequence, all positions side by side into the head."""

    def __init__(self, D=32):
        super().__init__(D)
        self.position = nn.Embedding(MAX_LEN + 1, D)
        self.head = nn.Sequential(
            nn.Linear((MAX_LEN + 1) * D, 64), nn.LeakyReLU(), nn.Linear(64, 1)
        )

    def forward(self, histories, candidates):
        sequences = torch.cat([histories, candidates[:, None]], dim=1)
        x = self.item(sequences) + self.position.weight.flip(0)
        states = self.encoder(x, src_key_padding_mask=sequences == 0) * (sequences != 0)[:, :, None]
        return self.head(states.flatten(1)).squeeze(1)


class Pairs(Dataset):
    """Labelled pairs, one at a time."""

    def __init__(self, histories, candidates, labels):
        self.columns = histories, candidates, labels

    def __len__(self):
        return len(self.columns[0])

    def __getitem__(self, i):
        return tuple(column[i] for column in self.columns)


@pytest.mark.parametrize(("name", "stock"), [("MeanPoolBST", StockMeanPool), ("BST", StockBST)])
def test_training_is_at_least_as_fast_per_pair_as_stock_parts_in_a_plain_loop(name, stock):
    """CPU seconds of an epoch over the same pairs of history and candidate.

    They take turns, the least of three counts.
    """
    torch.set_num_threads(1)
    model, n_negatives, rate, _ = RECIPES[name]
    generator = torch.Generator().manual_seed(0)
    windows = torch.randint(1, N_ITEMS + 1, (8_192, MAX_LEN), generator=generator)
    windows[torch.arange(MAX_LEN) < torch.randint(0, MAX_LEN, (8_192, 1), generator=generator)] = 0
    targets = torch.randint(1, N_ITEMS + 1, (8_192,), generator=generator)

    def ours():
        config = TrainConfig(epochs=1, batch_size=128, learning_rate=rate)
        loss = click_loss(windows, targets, n_negatives)
        train(model(N_ITEMS, MAX_LEN), loss, len(targets), config, progress=False)

    def plain():
        network = stock()
        optimizer = torch.optim.AdamW(network.parameters(), lr=rate)
        negatives = uniform_negatives(targets, n_negatives, N_ITEMS, seed=0)
        candidates = torch.cat([targets[:, None], negatives], dim=1)
        labels = torch.zeros(candidates.shape)
        labels[:, 0] = 1
        repeated = windows.repeat_interleave(1 + n_negatives, dim=0)
        pairs = Pairs(repeated, candidates.flatten(), labels.flatten())
        loader = DataLoader(pairs, batch_size=128 * (1 + n_negatives), shuffle=True)
        for histories, items, clicked in loader:
            logits = network(histories, items)
            loss = nn.functional.binary_cross_entropy_with_logits(logits, clicked)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()

    seconds = {work: [] for work in (ours, plain)}
    for _ in range(3):
        for work, measured in seconds.items():
            began = time.process_time()
            work()
            measured.append(time.process_time() - began)
    n_pairs = len(targets) * (1 + n_negatives)
    least = {work: min(measured) / n_pairs * 1e6 for work, measured in seconds.items()}
    print(
        f"\n{name}: {least[ours]:.1f} us a pair, stock parts {least[plain]:.1f}: "
        f"{least[plain] / least[ours]:.1f} x"
    )
    assert least[plain] >= least[ours]


if __name__ == "__main__":
    options = table_parser("bench_bst", __doc__).parse_args()
    table, ndcg = measure(SEEDS)
    print(described(table))
    for (better, worse), difference in comparisons(ndcg).items():
        print(f"{better} - {worse}: {difference}")
    table.round(4).to_csv(options.file, index=False)
