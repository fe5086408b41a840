"""Makes no table: prints the ladder of chapter 05, as shares of the lift from popularity to oracle.

    python -m pytest -m benchmark -s benchmarks/bench_ladder.py

Mean and spread of each rung, over five seeds of shop, journeys and training.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from tqdm.auto import tqdm

from seqrec.baselines import (
    GRU4Rec,
    ItemCoOccurrence,
    MarkovChain,
    MLPClick,
    Popularity,
    exposures_from_interactions,
)
from seqrec.data import build_sequences, leave_last_two_out, pad_left
from seqrec.metrics import expected_hit_rate, expected_ndcg, share_of_lift
from zooplus_sim import Oracle, ZooplusSimulator

pytestmark = pytest.mark.benchmark
SEEDS = 5
USERS = 4_000
N_ITEMS = 50
K = 10


class Contest(NamedTuple):
    """What the models of one seed learn from, and what they are asked: each user's last click.

    train:     a log without the last two clicks of each user
    users:     (B,)
    histories: (B, 40), all clicks but the last
    law:       (B, n_items + 1), what the oracle says comes next
    """

    train: pd.DataFrame
    users: np.ndarray
    histories: np.ndarray
    law: np.ndarray


def contest(seed):
    """Shop and journeys of a seed."""
    shop = ZooplusSimulator(n_products=N_ITEMS, n_users=USERS, seed=seed)
    log = shop.journeys(events_per_user=(10, 40), seed=seed).interactions
    train, valid, _ = leave_last_two_out(log)
    known = build_sequences(pd.concat([train, valid]), 40)
    histories = pad_left(known["item_sequence"], 40)
    law = Oracle(shop).next_item_probabilities(histories)
    return Contest(train, known["user_id"].to_numpy(), histories, law)


def scores_of_baselines(seed, train, users, histories, law):
    """dict model -> scores (B, n_items + 1), worst expected model first."""
    exposures = exposures_from_interactions(train, N_ITEMS, seed=seed)
    models = {
        "popularity": Popularity(N_ITEMS),
        "memoryless (MLP)": MLPClick(N_ITEMS, epochs=3, batch_size=2048, seed=seed, progress=False),
        "Markov chain": MarkovChain(N_ITEMS),
        "co-occurrence": ItemCoOccurrence(N_ITEMS),
        "GRU4Rec (small)": GRU4Rec(N_ITEMS, seed=seed, progress=False),
    }
    scores = {"random": np.random.default_rng(seed).random(law.shape)}
    for name, model in models.items():
        learned = model.fit(exposures if isinstance(model, MLPClick) else train)
        scores[name] = learned.score(users, histories)
    return scores | {"oracle": law}


def climb(seed):
    """Expected HR@10 and NDCG@10 on each user's last click, and shares of the achievable lift.

    Returns (7 rungs, 4).
    """
    of_seed = contest(seed)
    scores = scores_of_baselines(seed, *of_seed)
    law = of_seed.law
    table = pd.DataFrame(
        [
            [metric(of, law, K).mean() for metric in (expected_hit_rate, expected_ndcg)]
            for of in scores.values()
        ],
        index=list(scores),
        columns=["HR@10", "NDCG@10"],
    )
    for metric in ("HR@10", "NDCG@10"):
        of = table[metric]
        table[f"share, {metric}"] = share_of_lift(of, of["popularity"], of["oracle"])
    return table


def ladder(seeds=SEEDS):
    """Mean and standard deviation over the seeds: two tables like that of `climb`."""
    tables = [climb(seed) for seed in tqdm(range(seeds), desc="ladder", unit="seed")]
    values = np.stack(tables)  # (seeds, rungs, columns)
    as_table = {"index": tables[0].index, "columns": tables[0].columns}
    return pd.DataFrame(values.mean(0), **as_table), pd.DataFrame(values.std(0, ddof=1), **as_table)


def described(mean, spread):
    """One line a rung, mean +- standard deviation."""
    cells = {
        name: [f"{m:.3f} +- {s:.3f}" for m, s in zip(mean[name], spread[name], strict=True)]
        for name in mean
    }
    return pd.DataFrame(cells, index=mean.index).to_string()


def test_every_rung_is_above_the_one_before():
    mean, spread = ladder()
    print(f"\n{SEEDS} seeds, {USERS} users each\n{described(mean, spread)}")
    for metric in ("HR@10", "NDCG@10"):
        gaps = mean[metric].diff().iloc[1:]
        assert (gaps > spread[metric].iloc[1:]).all(), gaps
