"""Makes course/measured/03_negatives.csv: ways to draw negatives, over four budgets (chapter 03).

    python -m benchmarks.bench_drawing course/measured/03_negatives.csv

Ten minutes of one core. Rows that the file has are kept, so a run that was stopped goes on.

Protocol: the shops and the model of `course.trials` (two vectors of 32 numbers a product, the mean
of the last three clicks), 50 and 500 products, 5,000 shoppers of 40 clicks to learn from, batches
of 256. Each run is judged after 30, 100, 300 and 1,000 steps of Adam (723 steps see every click
once), one negative and all products among 500 after 3,000 too, with a constant learning rate:
0.003, 0.01 and 0.05, three seeds each. (0.05 is taken for 300 steps only: where it was tried for
1,000, it was behind 0.01.) `valid` and `test` are shares of the achievable lift in NDCG@10 over
1,000 shoppers each, by the oracle's law. Which rate counts is chosen afterwards, for each way and
budget by itself, by the mean of `valid`. More seeds go into the same file: raise SEEDS and run it
again.
"""

from pathlib import Path

import pandas as pd
import torch
from tqdm.auto import tqdm

from benchmarks.commands import table_parser
from course.trials import TwoVectors, open_shop, scores_of, training
from seqrec.losses import (
    hard_negatives,
    log_q,
    popularity_negatives,
    sampled_softmax_loss,
    softmax_loss,
    uniform_negatives,
)

BUDGETS = (30, 100, 300, 1_000)
LONGER = (*BUDGETS, 3_000)
SHORTER = BUDGETS[:-1]
RATES = (0.003, 0.01, 0.05)
SEEDS = 3
# Products, way to draw, negatives; 0 negatives: against all products.
RUNS = [(products, "all", 0) for products in (50, 500)]
RUNS += [(50, "uniform", 1), *((500, "uniform", N) for N in (1, 4, 16))]
RUNS += [(500, "popularity", 16), (500, "popularity, log-Q", 16)]
RUNS += [(500, "hard, margin 0", 4), (500, "hard, margin 20", 4)]
TO_THE_END = [(500, "all", 0), (500, "uniform", 1)]  # these take LONGER
HIGHEST = 0.05  # this rate takes SHORTER
RUN = ["products", "way", "negatives", "steps"]


def step_loss_of(shop, way, N):
    """The loss of a step, as `course.trials.train` asks for it."""
    if way == "all":
        return lambda scores, targets, seed: softmax_loss(scores, targets, targets != 0)
    corrected = way.endswith("log-Q")
    margin = 20 if way == "hard, margin 20" else 0

    def step_loss(scores, targets, seed):
        if way == "uniform":
            negatives = uniform_negatives(targets, N, shop.n_items, seed=seed)
        elif way.startswith("popularity"):
            negatives = popularity_negatives(targets, N, shop.counts, alpha=1.0, seed=seed)
        else:
            negatives = hard_negatives(scores.detach(), targets, N, margin=margin)
        correction = log_q(negatives, targets, shop.counts).float() if corrected else None
        logits = scores.gather(1, torch.cat([targets[:, None], negatives], dim=1))
        return sampled_softmax_loss(logits[:, 0], logits[:, 1:], targets != 0, correction)

    return step_loss


def rows_of(shop, way, N, rate, seed, budgets=BUDGETS):
    """A row a budget."""
    model = TwoVectors(shop.n_items, seed=seed)
    step_loss = step_loss_of(shop, way, N)
    for steps in training(
        shop, model, step_loss, steps=max(budgets), seed=seed, batch=256, learning_rate=rate
    ):
        if steps in budgets:
            yield {
                "products": shop.n_items,
                "way": way,
                "negatives": N,
                "rate": rate,
                "seed": seed,
                "steps": steps,
                "valid": shop.valid.lift(scores_of(model, shop.valid)),
                "test": shop.test.lift(scores_of(model, shop.test)),
            }


def main():
    options = table_parser("bench_drawing", __doc__).parse_args()
    torch.set_num_threads(1)
    path = Path(options.file)
    table = pd.read_csv(path) if path.exists() else pd.DataFrame()
    known = ["products", "way", "negatives", "rate", "seed"]
    done = set(table[known].itertuples(index=False, name=None)) if len(table) else set()
    plan = [(*run, rate, seed) for seed in range(SEEDS) for run in RUNS for rate in RATES]
    shops = {products: open_shop(products, validation=True) for products in (50, 500)}
    for run in tqdm([run for run in plan if run not in done], desc="drawing", unit="run"):
        products, *rest = run
        budgets = LONGER if run[:3] in TO_THE_END else BUDGETS
        budgets = SHORTER if HIGHEST in rest else budgets
        rows = pd.DataFrame(rows_of(shops[products], *rest, budgets)).round(4)
        table = pd.concat([table, rows], ignore_index=True)
        table.to_csv(path, index=False)


if __name__ == "__main__":
    main()
