"""What breaks each sentence of chapter 11's stubs. See `table`."""

import torch

from seqrec.losses import in_batch_loss
from seqrec.recommender import error_budget, rerank
from seqrec.recommender.nearest import exact_search


def _items_one_lower(logits, items, log_q=None):
    """Reads item 1 as padding."""
    return in_batch_loss(logits[:, items != 1], items[items != 1], log_q)


def _needs_users(queries, vectors, k, users_at_once):
    nearest = [
        (queries[start : start + users_at_once] @ vectors.T).topk(k)
        for start in range(0, len(queries), users_at_once)
    ]
    return torch.cat([each.indices for each in nearest]) + 1, torch.cat(
        [each.values for each in nearest]
    )


def _items_as_32_bits(queries, vectors, k, users_at_once):
    items, scores = exact_search(queries, vectors, k, users_at_once)
    return items.int(), scores


def _sorts_in_place(ranker, histories, candidates, k):
    candidates.copy_(candidates.sort(dim=1).values)
    return rerank(ranker, histories, candidates, k)


def _histories_cleared(ranker, histories, candidates, k):
    found = rerank(ranker, histories.clone(), candidates, k)
    histories.zero_()
    return found


def _leaves_training_mode(ranker, histories, candidates, k):
    ranker.train()
    return rerank(ranker, histories, candidates, k)


def _tensors(law, scores, candidates, k):
    return type(error_budget(law, scores, candidates, k))(
        *(torch.from_numpy(part) for part in error_budget(law, scores, candidates, k))
    )


CLAUSES = {
    "11.1": {
        "Mean cross-entropy of K rows against the columns of the batch.": (
            "a sum",
            "a loss per row",
            "yes or no",
        ),
        "logits: (K, C), entry [r, c]": ("rows and columns exchanged", "as many rows as columns"),
        "items: (C,) item ids.": ("no C - 1", "all items compared"),
        "The first K columns are the rows' own targets, in their order;": (
            "the first column as positive",
            "only further columns",
        ),
        "there may be more.": ("only the rows' own targets", "K - 1 in place of C - 1"),
        "log_q: (C,) log-probability that a column is this item.": (
            "log q added",
            "q itself",
            "a logarithm too many",
            "log q of the row",
        ),
        "None: no correction (pass None on).": ("None fails", "None as uniform"),
        "Row r has C - 1 negatives: all columns but r.": (
            "C negatives",
            "the own column twice",
            "the first column cut for all",
        ),
        "Where one holds the row's own target again, its logit is -inf.": (
            "the same product as a negative",
            "0 in place of -inf",
        ),
    },
    "11.2": {
        "The k items with the largest dot products for each query, best first.": (
            "the farthest",
            "not sorted",
            "cosine",
            "one less",
        ),
        "queries: (B, D), B of 0 or more.": ("nobody fails", _needs_users),
        "vectors: (n_items, D), row j - 1 is item j.": ("counted from 0", "1 added twice"),
        "users_at_once: at most so many rows of queries are compared at a time;": (
            "all users at once",
            "one too many at a time",
            "so many pieces",
        ),
        "B need not be a multiple of it.": ("the remainder lost", "zeros for the remainder"),
        "Returns items (B, k) long, from 1, and their dot products (B, k).": (
            "dot products first",
            "items only",
            _items_as_32_bits,
        ),
    },
    "11.3": {
        "Which share of the wanted items was found, for each user.": (
            "precision",
            "one share for all",
        ),
        "found: (B, K) and wanted: (B, M) long item ids": (
            "found for anybody",
            "place by place",
            "believes in an order",
        ),
        '0 means "nothing here".': ("zeros as items", "zeros as hits"),
        "Returns (B,) float: of the wanted items": (
            "zeros in the denominator",
            "whole numbers",
            "how many",
        ),
        "NaN where nothing is wanted.": ("0 where nothing is wanted", "1 where nothing is wanted"),
    },
    "11.4": {
        "The k best of each user's candidates by the ranker's scores, best first.": (
            "the worst first",
            "the whole catalogue",
            "not ranked",
        ),
        "ranker.score_candidates(histories, candidates)": (
            "items of another order",
            "the last click only",
        ),
        "candidates must be 1 or more.": "asks about item 0",
        "histories: (B, L) long.": ("the first history", "backwards"),
        "candidates: (B, C) long, in any order, no item twice;": (
            "the first k candidates",
            "the first user's candidates",
        ),
        "0 = no candidate.": ("item 1 from nowhere", "columns with a 0 dropped"),
        "k: C or less.": ("not cut", "one too few"),
        "Returns items (B, k) long and their scores (B, k).": ("scores first", "items only"),
        "Of equal scores the smaller item comes first": (
            "ties as they come",
            "the larger item first",
        ),
        "Where a user has no candidate left: item 0, score -inf.": (
            "item 1 where there is none",
            "a large negative number",
        ),
        "No argument is edited.": (_sorts_in_place, _histories_cleared),
        "The ranker is in eval mode already.": _leaves_training_mode,
    },
    "11.5": {
        "Expected NDCG@k per user, taken apart": (
            "a plain tuple",
            "missed and moved up exchanged",
            "an oracle of the candidates",
        ),
        "law: (B, V) probabilities, column j is item j, column 0 is 0.": (
            "candidates counted from 0",
            "without the law",
        ),
        "scores: (B, V) of the ranker for the whole catalogue.": (
            "places as they came",
            "the ranking error of the found",
        ),
        "candidates: (B, C) long, 0 = nothing.": ("found for anybody", "found inverted"),
        "All NumPy arrays;": _tensors,
        "each of the five results is (B,).": ("means", "sums", "along the wrong axis"),
        "gains(scores, k) gives what each item's place is worth": (
            "k is ignored",
            "one place more",
            "the ranker as the oracle",
        ),
        "An item with a score of -inf is worth nothing.": (
            "not found at 0",
            "not found at a large negative number",
        ),
    },
}
