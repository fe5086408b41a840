"""Makes course/measured/consequences.csv: what the mistakes of the keys cost a model or a metric.

    python -m benchmarks.consequences course/measured/consequences.csv
    python -m benchmarks.consequences course/measured/consequences.csv --only 4.2 6.1 --again

About 15 minutes of one core. Rows that the file has are kept, so a run that was stopped goes on;
with --again they are measured anew.

Protocol: the default shop of 50 products, three seeds. A misconception of a key takes the place of
the reference, and all else stays. Models are small and learn from 800 shoppers for 160 steps of
Adam; what counts is the share of the achievable lift in NDCG@10 over 400 others, against what the
oracle says comes next. Metrics are asked about fixed lists, estimates about a policy whose worth is
known; nothing is trained for these. `spread` is the standard deviation, over the seeds, of the
difference between the mistake and ours. `fate` tells where there is no number: the loss or the
result is "not finite", or an "error" ends it.
"""

from pathlib import Path

import pandas as pd
import torch
from tqdm.auto import tqdm

from benchmarks.commands import table_parser
from benchmarks.consequences.shop import Setting
from benchmarks.consequences.table import (
    EXPERIMENTS,
    KEY,
    numbers_of_ours,
    planned,
    read,
    rows_of,
    write,
)


def main() -> None:
    """Measure what is missing, and write the table after each misconception."""
    parser = table_parser("consequences", __doc__)
    exercises = sorted({each.exercise for each in EXPERIMENTS})
    parser.add_argument("--only", nargs="+", choices=exercises, default=(), metavar="N.N")
    parser.add_argument("--again", action="store_true", help="measure rows anew that there are")
    options = parser.parse_args()
    torch.set_num_threads(1)
    path = Path(options.file)
    todo = planned(tuple(options.only))
    table = read(path)
    done = set() if options.again else set(zip(*(table[name] for name in KEY), strict=True))
    todo = [(each, name) for each, name in todo if (each.exercise, name) not in done]
    ours = {}
    for experiment, name in tqdm(todo, desc="mistakes", unit="mistake"):
        if experiment not in ours:
            ours[experiment] = numbers_of_ours(experiment, Setting())
        rows = list(rows_of(experiment, name, ours[experiment], Setting()))
        is_old = (table["exercise"] == experiment.exercise) & (table["misconception"] == name)
        parts = [part for part in (table[~is_old], pd.DataFrame(rows)) if len(part)]
        table = pd.concat(parts, ignore_index=True)
        write(table, path)


if __name__ == "__main__":
    main()
