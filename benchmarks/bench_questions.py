"""Makes course/measured/04_losses.csv: one small model under five losses, over four budgets.

    python -m benchmarks.bench_questions course/measured/04_losses.csv

Ten minutes of one core. Rows that the file has are kept, so a run that was stopped goes on.

Protocol: the shop of 50 products and the table of `course.trials` (a row of 50 scores for each last
click, 0 at first), 4,000 shoppers of 40 clicks to learn from, batches of 1,024; 4 uniform negatives
a click, the target rejected; the softmax takes all products. Each run is judged after 100, 300,
1,000 and 2,000 steps of Adam (152 steps see every click once) with a constant learning rate: 0.003,
0.01, 0.03 and 0.1, three seeds each. `valid` and `test` are shares of the achievable lift in
NDCG@10 over 1,000 shoppers each, by the oracle's law. `total` is what the model's probabilities of
one next click sum to, the mean over the test shoppers: the sigmoids of BCE and gBCE, the outputs of
MSE. Which rate counts is chosen afterwards, for each loss and budget by itself, by the mean of
`valid`.
"""

from pathlib import Path

import pandas as pd
import torch
from tqdm.auto import tqdm

from benchmarks.commands import table_parser
from course.trials import LastClickTable, open_shop, scores_of, training
from seqrec.losses import (
    bce_loss,
    bpr_loss,
    gbce_loss,
    mse_loss,
    softmax_loss,
    uniform_negatives,
)

N_ITEMS = 50
N = 4
BUDGETS = (100, 300, 1_000, 2_000)
RATES = (0.003, 0.01, 0.03, 0.1)
SEEDS = 3
LOSSES = ("MSE", "BCE", "gBCE, t = 1", "BPR", "softmax")
RUN = ["loss", "steps"]


def step_loss_of(loss):
    """The loss of a step, as `course.trials.train` asks for it."""

    def step_loss(scores, targets, seed):
        real = targets != 0
        if loss == "softmax":
            return softmax_loss(scores, targets, real)
        negatives = uniform_negatives(targets, N, N_ITEMS, seed=seed)
        positive = scores.gather(1, targets[:, None])[:, 0]
        negative = scores.gather(1, negatives)
        if loss == "MSE":
            ones = torch.ones_like(positive)
            zeros = torch.zeros_like(negative)
            of_negatives = mse_loss(negative, zeros, real[:, None].expand_as(negative))
            return (mse_loss(positive, ones, real) + N * of_negatives) / (1 + N)
        if loss == "gBCE, t = 1":
            return gbce_loss(positive, negative, real, N_ITEMS, 1.0)
        return {"BCE": bce_loss, "BPR": bpr_loss}[loss](positive, negative, real)

    return step_loss


def total_of(loss, scores):
    """What the probabilities of all products sum to; NaN for a loss that gives none."""
    if loss == "BPR":
        return float("nan")
    if loss == "softmax":
        return float(scores.softmax(1).sum(1).mean())
    told = scores[:, 1:]
    return float((told if loss == "MSE" else told.sigmoid()).sum(1).mean())


def rows_of(shop, loss, rate, seed, budgets=BUDGETS):
    """A row a budget."""
    model = LastClickTable(shop.n_items)
    for steps in training(
        shop,
        model,
        step_loss_of(loss),
        steps=max(budgets),
        seed=seed,
        batch=1_024,
        learning_rate=rate,
    ):
        if steps in budgets:
            scores = scores_of(model, shop.test)
            yield {
                "loss": loss,
                "rate": rate,
                "seed": seed,
                "steps": steps,
                "valid": shop.valid.lift(scores_of(model, shop.valid)),
                "test": shop.test.lift(scores),
                "total": total_of(loss, scores),
            }


def main():
    options = table_parser("bench_questions", __doc__).parse_args()
    torch.set_num_threads(1)
    path = Path(options.file)
    table = pd.read_csv(path) if path.exists() else pd.DataFrame()
    known = ["loss", "rate", "seed"]
    done = set(table[known].itertuples(index=False, name=None)) if len(table) else set()
    plan = [(loss, rate, seed) for seed in range(SEEDS) for loss in LOSSES for rate in RATES]
    shop = open_shop(N_ITEMS, learners=4_000, validation=True)
    for run in tqdm([run for run in plan if run not in done], desc="questions", unit="run"):
        rows = pd.DataFrame(rows_of(shop, *run)).round(4)
        table = pd.concat([table, rows], ignore_index=True)
        table.to_csv(path, index=False)


if __name__ == "__main__":
    main()
