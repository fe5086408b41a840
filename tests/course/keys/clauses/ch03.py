"""How the coach notices that a sentence of chapter 03's stubs is broken, see `table`."""

import torch

from seqrec.losses.negatives import collisions as _right_collisions

# 3.1


def _as_int32(targets, N, n_items, *, seed):
    return _draw(targets, N, n_items, seed).int()


def _draw(targets, N, n_items, seed):
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randint(1, n_items, (*targets.shape, N), generator=generator)
    drawn += drawn >= targets[..., None]
    return drawn * (targets[..., None] > 0)


def _even_seeds_alone(targets, N, n_items, *, seed):
    return _draw(targets, N, n_items, seed - seed % 2)


# 3.2


def _as_tensors(negatives, targets, own_items):
    return tuple(torch.tensor(n) for n in _right_collisions(negatives, targets, own_items))


def _own_as_many_as_negatives(negatives, targets, own_items):
    n = min(negatives.shape[1], own_items.shape[1])
    return _right_collisions(negatives, targets, own_items[:, :n])


# 3.3


def _best_after(scores, targets, N, margin, hidden):
    scores = scores.clone()
    scores[:, 0] = hidden
    scores[torch.arange(len(scores)), targets] = hidden
    order = scores.argsort(dim=1, descending=True)
    return order[:, margin : margin + N]


def _least_score_for_ruled_out(scores, targets, N, *, margin):
    return _best_after(scores, targets, N, margin, scores.min() + 1)


def _distinct_scores_alone(scores, targets, N, *, margin):
    return _best_after(scores.round(), targets, N, margin, -torch.inf)


def _as_int32_ids(scores, targets, N, *, margin):
    return _best_after(scores, targets, N, margin, -torch.inf).int()


# 3.4


def _left_of(weights, targets, own_items):
    rejected = torch.zeros(len(targets), len(weights), dtype=torch.bool)
    rejected = rejected.scatter(1, own_items, True).scatter(1, targets[:, None], True)
    rejected[:, 0] = True
    return (weights * ~rejected).sum(1, keepdim=True)


def _single_precision(negatives, targets, weights, *, own_items):
    left = _left_of(weights, targets, own_items)
    return (weights[negatives] / left).log().float()


def _of_equal_rows(negatives, targets, weights, *, own_items):
    left = _left_of(weights.double(), targets, own_items)
    return (weights[negatives].double() / left[0]).log()


CLAUSES = {
    "3.1": {
        "N negatives for each target": (
            "never the last item",
            "one negative N times",
            "a hit goes to its neighbour",
        ),
        "targets: (B, L) long tensor": ("one too high", "from zero"),
        "seed: an integer.": ("draws without the seed", "always the same", _even_seeds_alone),
        "Returns (B, L, N) long": (
            "may hit the target",
            "padding gets negatives",
            "N before L",
            _as_int32,
        ),
        "Same seed, same draw;": "draws without the seed",
        "the global generator is left alone.": "seeds the global generator",
    },
    "3.2": {
        "Count the negatives that are none.": ("counts what is not liked", "each item once"),
        "negatives: (B, N) long.": ("rows are drawn", "the first row alone"),
        "targets: (B,) long, 0 = padding": (
            "counts padding",
            "drawn at padding",
            "padding by the negative",
        ),
        "own_items: (B, M) long": ("across users", _own_as_many_as_negatives),
        "it may hold the target, and an item twice.": ("counts pairs", "counts the target twice"),
        "Returns three ints": ("shares", "clean ones are drawn", _as_tensors, "a list"),
        "how many are the target;": "the target only if owned",
        "how many are *another* item": "counts the target twice",
    },
    "3.3": {
        "The N items that the model puts highest": (
            "keeps the target",
            "no margin",
            "one too few",
            _least_score_for_ruled_out,
            _distinct_scores_alone,
        ),
        "scores: (B, V) float, column j": ("takes padding", "ids one too low"),
        "targets: (B,) long": "the first row's target",
        "Returns (B, N) long, hardest first;": ("their scores", "the hardest last", _as_int32_ids),
        "`scores` stays as it is.": "edits its input",
    },
    "3.4": {
        "The log-probability with which": ("without the rejection", "not the log", "sign"),
        "negatives: (B, N) long.": "of the target",
        "targets: (B,) long": (_of_equal_rows, "the first row's target", "not a column"),
        "weights: (n_items + 1,) float;": ("all items alike", "one item off"),
        "entry 0 is padding": "counts the weight of padding",
        "own_items: (B, M) long": ("own items ignored", "the first own item"),
        "it may hold the target": ("the target twice", "the rejected added up"),
        "Returns (B, N) float64.": _single_precision,
    },
}
