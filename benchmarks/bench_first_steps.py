"""Makes course/measured/06_first_steps.csv: the first steps of deep networks, by recipe.

    python -m benchmarks.bench_first_steps course/measured/06_first_steps.csv

A minute of one core. Small blocks, AdamW, the task of `bench_switches`; three seeds of weights and
batches. With eight blocks at a high rate there are four recipes: pre-norm or post-norm, a warm-up,
and gradients that AdamW only watches, at a rate of 0, before it starts. Two recipes, pre-norm and
post-norm, are also run at two lower rates, and with two blocks.
"""

import itertools

import pandas as pd
import torch
from tqdm.auto import tqdm

from benchmarks.bench_switches import MAX_LEN, Task
from benchmarks.commands import table_parser
from seqrec.models import SequenceEncoder

STEPS, BATCH = 60, 32
SEEDS = (0, 1, 2)
# Name -> pre-norm, steps of warm-up, gradients that are only watched.
RECIPES = {
    "pre-norm": (True, 0, 0),
    "post-norm": (False, 0, 0),
    "post-norm, warm-up": (False, 30, 0),
    "post-norm, watched first": (False, 0, 30),
}
# (recipe, blocks, rate)
RUNS = [(name, 8, 0.01) for name in RECIPES]
RUNS += [
    (name, blocks, rate)
    for blocks, rate in ((8, 0.003), (8, 0.001), (2, 0.01))
    for name in ("pre-norm", "post-norm")
]


def first_losses(task, recipe, n_blocks, rate, seed):
    """The loss of each step, from the first that moves."""
    norm_first, warm_up, watch = RECIPES[recipe]
    torch.manual_seed(seed)
    encoder = SequenceEncoder(
        task.n_items,
        MAX_LEN,
        D=16,
        H=2,
        n_blocks=n_blocks,
        hidden=32,
        causal=True,
        norm_first=norm_first,
    )
    optimizer = torch.optim.AdamW(encoder.parameters(), weight_decay=0.0)
    generator = torch.Generator().manual_seed(seed)
    kept = []
    for step in range(1 - watch, STEPS + 1):
        loss = task.loss(encoder, torch.randint(len(task.learn), (BATCH,), generator=generator))
        optimizer.zero_grad()
        loss.backward()
        optimizer.param_groups[0]["lr"] = rate * min(max(step, 0) / max(warm_up, 1), 1.0)
        optimizer.step()
        kept.append(loss.item())
    return kept[watch:]


if __name__ == "__main__":
    options = table_parser("bench_first_steps", __doc__).parse_args()
    task = Task()
    tables = [
        pd.DataFrame(
            {
                "recipe": name,
                "blocks": blocks,
                "rate": rate,
                "seed": seed,
                "step": range(1, STEPS + 1),
                "loss": first_losses(task, name, blocks, rate, seed),
            }
        )
        for (name, blocks, rate), seed in tqdm(
            list(itertools.product(RUNS, SEEDS)), desc="first steps"
        )
    ]
    table = pd.concat(tables)
    by_run = ["blocks", "rate", "recipe", "seed"]
    late = table.query("step > 40").groupby(by_run, sort=False)["loss"].mean()
    print(late.unstack().round(2).to_string())
    table.round(4).to_csv(options.file, index=False)
