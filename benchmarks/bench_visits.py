"""Makes course/measured/12_visits.csv: a graph and a line of the current visit, fairly.

    python -m benchmarks.bench_visits course/measured/12_visits.csv

About 3 minutes of one core. The file is written after each row, and rows that are there are kept.

Protocol: as in `bench_session_graph`, with 1,000 shoppers. SR-GNN reads the current visit as a
graph, SASRec as a line, trained on rows that end with the first click of the next visit, or at
another click whenever they are seen (`seqrec.losses.drawn_ends`). Epochs, rates and batches are
those of `bench_session_graph`. Nothing is chosen on the clicks that are asked for.

`goes_on` and `is_over` are the shoppers whose visit goes on, and whose asked click opens another.
"""

import functools
import time

import torch
from tqdm.auto import tqdm

from benchmarks.bench_session_graph import Shop, sasrec_scores, srgnn_scores
from benchmarks.commands import table_parser
from benchmarks.huggingface_models import Kept
from seqrec.metrics import expected_ndcg, share_of_lift

USERS = 1_000
MODELS = ("SR-GNN", "SASRec, same ends", "SASRec, drawn ends")


def scores_of(model, shop):
    """Scores (B, V) of a model that has read the current visit."""
    if model == "SR-GNN":
        return srgnn_scores(shop, current_visit=True)
    drawn_ends = model.endswith("drawn ends")
    return sasrec_scores(shop, current_visit=True, drawn_ends=drawn_ends)


def visits(path):
    """One row per model and seed."""
    kept = Kept(path, "model", list(MODELS))
    shop_of = functools.lru_cache(maxsize=1)(lambda seed: Shop(seed, USERS))
    for seed, model in tqdm(kept.missing, desc="visits", unit="run"):
        shop = shop_of(seed)
        began = time.process_time()
        of_each = expected_ndcg(scores_of(model, shop), shop.told_law, 10)
        seconds = time.process_time() - began
        low, high = (expected_ndcg(of, shop.told_law, 10) for of in (shop.popularity, shop.law))
        row = {"model": model, "seed": seed, "ndcg": of_each.mean()}
        row["share"] = float(share_of_lift(of_each.mean(), low.mean(), high.mean()))
        for name, chosen in (("goes_on", shop.goes_on), ("is_over", ~shop.goes_on)):
            reached, popular, best = (of[chosen].mean() for of in (of_each, low, high))
            row[f"share_{name}"] = float(share_of_lift(reached, popular, best))
        kept.add(row | {"users_go_on": shop.goes_on.mean(), "cpu_seconds": seconds})
    return kept.table


if __name__ == "__main__":
    options = table_parser("bench_visits", __doc__, needs_file=False).parse_args()
    torch.set_num_threads(1)
    print(visits(options.file).to_string())
