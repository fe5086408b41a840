"""Answer key of chapter 05."""

import numpy as np

from course.coach import Choice, EquivalentMutant, Exercise, Misconception, Probe, Quiz
from seqrec.metrics import coverage, exclude, expected_ndcg, ndcg, ranks

_CHECK = "It edits the check of bad input alone; the exercise asks for good input only."


def _scores(rng, B, V, levels=None):
    """Random scores with padding at -inf; with `levels`, whole numbers, so that many tie."""
    scores = (
        rng.normal(size=(B, V)) if levels is None else rng.integers(0, levels, (B, V)).astype(float)
    )
    scores[:, 0] = -np.inf
    return scores


# --- 5.1 Ranks ------------------------------------------------------------------------------------


def _rank_probes(rng):
    yield Probe(
        (np.array([[-np.inf, 0.9, 0.5, 0.1]] * 3), np.array([1, 2, 3])), label="three items, no tie"
    )
    yield Probe(
        (np.full((2, 6), 0.5), np.array([1, 5])), label="a constant model, padding included"
    )
    yield Probe(
        (np.array([[9.0, 0.2, 0.4]]), np.array([2])), label="padding has the highest number"
    )
    yield Probe(
        (np.array([[-np.inf, 0.4, -np.inf, 0.1]]), np.array([2])), label="the target is ruled out"
    )
    yield Probe(
        (np.array([[-np.inf, 2.0, 7.0, 7.0, 1.0]]), np.array([3])),
        label="the target ties with an earlier item",
    )
    yield Probe(
        (np.array([[-np.inf, 2.0, 7.0, 7.0, 1.0]]), np.array([2])),
        label="the target ties with a later item",
    )
    for B, V in ((1, 4), (6, 9), (20, 51)):
        yield Probe((_scores(rng, B, V), rng.integers(1, V, B)), label="random scores")
        yield Probe(
            (_scores(rng, B, V, levels=3), rng.integers(1, V, B)),
            label="random scores with many ties",
        )


def _own(scores, targets):
    return scores[np.arange(len(targets)), targets][:, None]


def _ties_for_the_model(scores, targets):
    return 1 + (scores[:, 1:] > _own(scores, targets)).sum(axis=1)


def _argsort_place(scores, targets):
    order = np.argsort(-scores[:, 1:], axis=1, kind="stable") + 1
    return (order == targets[:, None]).argmax(axis=1) + 1


def _padding_competes(scores, targets):
    return (scores >= _own(scores, targets)).sum(axis=1)


def _counts_from_zero(scores, targets):
    return (scores[:, 1:] >= _own(scores, targets)).sum(axis=1) - 1


def _worst_first(scores, targets):
    return (scores[:, 1:] <= _own(scores, targets)).sum(axis=1)


def _one_column_off(scores, targets):
    items = scores[:, 1:]
    return (items >= _own(items, targets % items.shape[1])).sum(axis=1)


_RANKS = Exercise(
    id="5.1",
    title="Ranks, ties against the model",
    minutes=5,
    reference=ranks,
    probes=_rank_probes,
    hints=(
        "You need no sort. Count: how many items score at least as much as the target?",
        "`scores[np.arange(len(targets)), targets]` is each row's own score. Give it a second axis "
        "and compare with all items of the row.",
        "`(scores[:, 1:] >= own[:, None]).sum(axis=1)`: column 0 is left out, and the target "
        "counts itself, so the best rank is 1.",
    ),
    misconceptions=(
        Misconception(
            name="ties for the model",
            wrong=_ties_for_the_model,
            says="You count what scores *more* than the target and add 1. So a constant model gets "
            "rank 1 everywhere. Count what scores at least as much.",
        ),
        Misconception(
            name="place in an argsort",
            wrong=_argsort_place,
            says="You look up the place in a sorted list. Where scores tie, that place is whatever "
            "the order of the columns happens to be. Compare and count instead.",
        ),
        Misconception(
            name="padding competes",
            wrong=_padding_competes,
            says="Column 0 takes part in your ranking. It is padding, no product: count over "
            "`scores[:, 1:]`.",
        ),
        Misconception(
            name="counts from 0",
            wrong=_counts_from_zero,
            says="Your best rank is 0. Ranks start at 1: the target counts itself.",
        ),
        Misconception(
            name="worst first",
            wrong=_worst_first,
            says="Your ranks run the wrong way: the highest score gets the last place. Higher is "
            "better here.",
        ),
        Misconception(
            name="one column off",
            wrong=_one_column_off,
            says="You read the target's score one column too far right: after cutting off padding, "
            "item j is column j - 1. Read it before you cut.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="scores = read_scores(scores) -> scores = scores",
            reason=_CHECK,
        ),
        EquivalentMutant(
            edit="targets = read_ids('targets', targets, lowest=1, V=scores.shape[1]) -> "
            "targets = read_ids('targets', targets, lowest=0, V=scores.shape[1])",
            reason=_CHECK,
        ),
    ),
)

# --- 5.2 NDCG -------------------------------------------------------------------------------------


def _ndcg_probes(rng):
    yield Probe((np.array([1, 2, 3]), 10), label="the first three places")
    yield Probe((np.array([9, 10, 11]), 10), label="around the cut-off")
    yield Probe((np.array([1, 2]), 1), label="k = 1")
    yield Probe((np.array([500]), 20), label="far down")
    for _ in range(3):
        yield Probe((rng.integers(1, 30, 12), int(rng.integers(1, 20))), label="random ranks")


def _natural_log(ranks, k):
    return np.where(ranks <= k, 1 / np.log(1 + ranks), 0.0)


def _without_the_one(ranks, k):
    with np.errstate(divide="ignore"):
        return np.where(ranks <= k, 1 / np.log2(ranks), 0.0)


def _no_cut_off(ranks, k):
    return 1 / np.log2(1 + ranks)


def _below_k(ranks, k):
    return np.where(ranks < k, 1 / np.log2(1 + ranks), 0.0)


def _one_over_rank(ranks, k):
    return np.where(ranks <= k, 1 / ranks, 0.0)


def _hits_only(ranks, k):
    return np.where(ranks <= k, 1.0, 0.0)


_NDCG = Exercise(
    id="5.2",
    title="NDCG@k",
    minutes=4,
    reference=ndcg,
    probes=_ndcg_probes,
    hints=(
        "Two cases: inside the first k, and beyond.",
        "`np.log2(1 + ranks)` discounts; `ranks <= k` says where it counts.",
        "`np.where(ranks <= k, 1 / np.log2(1 + ranks), 0.0)`",
    ),
    misconceptions=(
        Misconception(
            name="natural logarithm",
            wrong=_natural_log,
            says="Your first place is worth 1.44. The logarithm is to base 2, so that a first "
            "place is worth 1.",
        ),
        Misconception(
            name="log2(rank)",
            wrong=_without_the_one,
            says="You divide by log2(rank), which is 0 for the first place. It is log2(1 + rank).",
        ),
        Misconception(
            name="no cut-off",
            wrong=_no_cut_off,
            says="Targets beyond place k still earn something. Nobody sees them: they are worth 0.",
        ),
        Misconception(
            name="strictly below k",
            wrong=_below_k,
            says="Your place k itself earns nothing. The first k places count, k included.",
        ),
        Misconception(
            name="reciprocal rank",
            wrong=_one_over_rank,
            says="1 / rank is the reciprocal rank. NDCG discounts more gently: 1 / log2(1 + rank).",
        ),
        Misconception(
            name="hit rate",
            wrong=_hits_only,
            says="This is HR@k: all places up to k are worth the same. NDCG pays more for the "
            "places near the top.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="return hit_rate(ranks, k) / np.log2(1 + read_ranks(ranks)) -> "
            "return hit_rate(ranks, k) / np.log2(1 + ranks)",
            reason=_CHECK,
        ),
    ),
)

# --- 5.3 Exclude ----------------------------------------------------------------------------------


def _exclude_probes(rng):
    yield Probe(
        (np.array([[-np.inf, 0.9, 0.5, 0.1]]), np.array([[2]])), label="one user, one seen item"
    )
    yield Probe((_scores(rng, 2, 5), np.array([[0, 3], [1, 2]])), label="two users, one saw less")
    yield Probe((_scores(rng, 2, 4), np.zeros((2, 3), np.int64)), label="nobody saw anything")
    yield Probe((_scores(rng, 1, 4), np.array([[3, 3, 1]])), label="an item seen twice")
    yield Probe(
        (_scores(rng, 3, 6) - 5, np.array([[1, 5], [0, 2], [4, 4]])), label="all scores negative"
    )
    for _ in range(2):
        yield Probe((_scores(rng, 8, 12), rng.integers(0, 12, (8, 5))), label="random")


def _seen_to(value, scores, seen):
    kept = scores.copy()
    np.put_along_axis(kept, seen, value, axis=1)
    kept[:, 0] = -np.inf
    return kept


def _to_zero(scores, seen):
    return _seen_to(0.0, scores, seen)


def _to_nan(scores, seen):
    return _seen_to(np.nan, scores, seen)


def _for_everybody(scores, seen):
    kept = scores.copy()
    kept[:, seen.ravel()] = -np.inf
    return kept


def _newest_only(scores, seen):
    return exclude(scores, seen[:, -1:])


def _keeps_the_seen(scores, seen):
    kept = np.full_like(scores, -np.inf)
    np.put_along_axis(kept, seen, np.take_along_axis(scores, seen, axis=1), axis=1)
    return kept


def _one_id_off(scores, seen):
    return exclude(scores, np.maximum(seen - 1, 0))


_EXCLUDE = Exercise(
    id="5.3",
    title="Leave out what was seen",
    minutes=5,
    reference=exclude,
    probes=_exclude_probes,
    hints=(
        "Copy first. Then each row has its own columns to change.",
        "`np.put_along_axis(array, columns, value, axis=1)` writes into other columns in every "
        "row. A 0 in `seen` hits column 0, which is -inf anyway.",
        "`kept = scores.copy(); np.put_along_axis(kept, seen, -np.inf, axis=1)`",
    ),
    misconceptions=(
        Misconception(
            name="seen items at 0",
            wrong=_to_zero,
            says="You set the seen items to 0. Scores may be negative, and then 0 is the best of "
            "all: use -inf.",
        ),
        Misconception(
            name="seen items at NaN",
            wrong=_to_nan,
            says="You set the seen items to NaN. No comparison with NaN is true, so they would "
            "vanish from every count. Use -inf.",
        ),
        Misconception(
            name="for everybody",
            wrong=_for_everybody,
            says="What one user has seen, you take away from all users. Each row has columns of "
            "its own.",
        ),
        Misconception(
            name="newest only",
            wrong=_newest_only,
            says="You leave out only the newest item. All of a user's seen items go.",
        ),
        Misconception(
            name="keeps the seen",
            wrong=_keeps_the_seen,
            says="You keep the seen items and rule out the others. It is the other way round.",
        ),
        Misconception(
            name="one id off",
            wrong=_one_id_off,
            says="You rule out the item before each seen one. Column j is item j here: nothing to "
            "subtract.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="scores = read_scores(scores) -> scores = scores",
            reason=_CHECK,
        ),
        EquivalentMutant(
            edit="seen = read_ids('seen', seen, lowest=0, V=scores.shape[1]) -> "
            "seen = read_ids('seen', seen, lowest=-1, V=scores.shape[1])",
            reason=_CHECK,
        ),
    ),
)

# --- 5.4 Coverage ---------------------------------------------------------------------------------


def _coverage_probes(rng):
    yield Probe((np.array([[1, 2], [2, 3]]), 10), label="two users who share an item")
    yield Probe((np.array([[1, 2, 0], [4, 0, 0]]), 6), label="places where nothing is shown")
    yield Probe((np.array([[1], [2], [3]]), 3), label="all that there is")
    yield Probe((np.zeros((2, 2), np.int64), 5), label="nothing is shown to anybody")
    yield Probe((np.array([[7, 9]] * 4), 10), label="the same two for everybody")
    for _ in range(3):
        yield Probe((rng.integers(0, 30, (6, 5)), 40), label="random lists")


def _padding_is_an_item(top_items, n_items):
    return len(np.unique(top_items)) / n_items


def _of_the_places(top_items, n_items):
    return float(np.count_nonzero(np.unique(top_items)) / top_items.size)


def _every_place_counts(top_items, n_items):
    return float(np.count_nonzero(top_items) / n_items)


def _mean_per_user(top_items, n_items):
    return float(np.mean([np.count_nonzero(np.unique(row)) for row in top_items]) / n_items)


def _divides_by_columns(top_items, n_items):
    return float(np.count_nonzero(np.unique(top_items)) / (n_items + 1))


_COVERAGE = Exercise(
    id="5.4",
    title="Coverage",
    minutes=5,
    reference=coverage,
    probes=_coverage_probes,
    hints=(
        "How many *different* items are shown, over all users together?",
        "`np.unique(top_items)` lists them; 0 is not an item.",
        "`(np.unique(top_items) > 0).sum() / n_items`",
    ),
    misconceptions=(
        Misconception(
            name="padding is an item",
            wrong=_padding_is_an_item,
            says="You count 0 as an item. It says that nothing was shown at that place.",
        ),
        Misconception(
            name="of the places",
            wrong=_of_the_places,
            says="You divide by the number of places in the lists. Coverage is a share of the "
            "*catalogue*.",
        ),
        Misconception(
            name="every place counts",
            wrong=_every_place_counts,
            says="You count an item again each time it is shown. Shown to a thousand users, it is "
            "still one item.",
        ),
        Misconception(
            name="mean per user",
            wrong=_mean_per_user,
            says="You take the mean over users. Two users with different lists cover twice as much "
            "*together*.",
        ),
        Misconception(
            name="padding in the catalogue",
            wrong=_divides_by_columns,
            says="You divide by n_items + 1, the columns of a score. The catalogue has n_items "
            "products.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="top_items = read_ids('top_items', top_items, lowest=0, V=check_count('n_items', "
            "n_items) + 1) -> top_items = read_ids('top_items', top_items, lowest=-1, "
            "V=check_count('n_items', n_items) + 1)",
            reason=_CHECK,
        ),
        EquivalentMutant(
            edit="top_items = read_ids('top_items', top_items, lowest=0, V=check_count('n_items', "
            "n_items) + 1) -> top_items = read_ids('top_items', top_items, lowest=0, "
            "V=check_count('n_items', n_items) + 2)",
            reason=_CHECK,
        ),
    ),
)

# --- 5.5 Expected NDCG ----------------------------------------------------------------------------


def _law(rng, B, V):
    law = rng.dirichlet(np.full(V - 1, 0.5), size=B)
    return np.concatenate([np.zeros((B, 1)), law], axis=1)


def _expected_probes(rng):
    certain = np.array([[0.0, 0.0, 1.0, 0.0]])
    yield Probe(
        (np.array([[-np.inf, 0.9, 0.5, 0.1]]), certain, 2),
        label="one item is certain, in second place",
    )
    yield Probe(
        (np.array([[-np.inf, 0.9, 0.5, 0.1]]), certain, 1), label="one item is certain, beyond k"
    )
    yield Probe(
        (np.array([[0.5, 0.5, 0.5, 0.5]]), np.array([[0, 0.2, 0.3, 0.5]]), 2),
        label="a constant model",
    )
    yield Probe(
        (np.array([[-np.inf, 1.0, 1.0, 0.0]]), np.array([[0, 0.6, 0.1, 0.3]]), 2),
        label="two items tie",
    )
    yield Probe(
        (np.array([[9.0, 1.0, 3.0]]), np.array([[0, 0.6, 0.4]]), 2),
        label="padding has the highest number",
    )
    for k in (1, 3, 10):
        yield Probe((_scores(rng, 5, 15), _law(rng, 5, 15), k), label="random scores")
        yield Probe(
            (_scores(rng, 5, 8, levels=3), _law(rng, 5, 8), k), label="random scores with many ties"
        )


def _item_ranks(scores):
    items = scores[:, 1:]
    return (items[:, None, :] >= items[:, :, None]).sum(axis=2)  # (B, V - 1)


def _most_likely_only(scores, probabilities, k):
    return ndcg(ranks(scores, probabilities.argmax(axis=1)), k)


def _expected_hits(scores, probabilities, k):
    return (probabilities[:, 1:] * (_item_ranks(scores) <= k)).sum(axis=1)


def _no_cut_off_expected(scores, probabilities, k):
    return (probabilities[:, 1:] / np.log2(1 + _item_ranks(scores))).sum(axis=1)


def _judges_the_law(scores, probabilities, k):
    return expected_ndcg(probabilities, probabilities, k)


def _mean_not_sum(scores, probabilities, k):
    return (probabilities[:, 1:] * ndcg(_item_ranks(scores), k)).mean(axis=1)


def _kind_to_ties(scores, probabilities, k):
    items = scores[:, 1:]
    rank = 1 + (items[:, None, :] > items[:, :, None]).sum(axis=2)
    return (probabilities[:, 1:] * ndcg(rank, k)).sum(axis=1)


_EXPECTED = Exercise(
    id="5.5",
    title="Expected NDCG",
    minutes=8,
    reference=expected_ndcg,
    probes=_expected_probes,
    hints=(
        "Each item might be the one that follows. What would NDCG be then, and how likely is it?",
        "The rank of every item: compare `items[:, None, :] >= items[:, :, None]` and sum over the "
        "last axis, with `items = scores[:, 1:]`.",
        "`(probabilities[:, 1:] * ndcg(rank, k)).sum(axis=1)`, with `rank` (B, V - 1) from the "
        "second hint",
    ),
    misconceptions=(
        Misconception(
            name="the most likely item only",
            wrong=_most_likely_only,
            says="You look only at the most likely item. The others may follow as well: weigh all "
            "of them by their probability.",
        ),
        Misconception(
            name="expected hits",
            wrong=_expected_hits,
            says="This is the expected hit rate. Multiply by what the place is worth, 1 / log2(1 + "
            "rank).",
        ),
        Misconception(
            name="no cut-off",
            wrong=_no_cut_off_expected,
            says="Items beyond place k still earn something. Beyond k the worth is 0.",
        ),
        Misconception(
            name="ranks by the law",
            wrong=_judges_the_law,
            says="You rank by the probabilities themselves, which gives the ceiling. The *scores* "
            "are to be judged.",
        ),
        Misconception(
            name="mean over items",
            wrong=_mean_not_sum,
            says="You take the mean over the items. The probabilities are weights that already sum "
            "to 1: add up.",
        ),
        Misconception(
            name="kind to ties",
            wrong=_kind_to_ties,
            says="Your ties count for the model. An item's rank is the number of items that score "
            "at least as much.",
        ),
    ),
)

EXERCISES = (_RANKS, _NDCG, _EXCLUDE, _COVERAGE, _EXPECTED)

QUIZZES = (
    Quiz(
        id="5.1",
        question="Model A beats model B in HR@10 among 100 random negatives. Among all 100,000 "
        "products B is ahead. Which one do you put into a shop that shows ten products?",
        choices=(
            Choice(
                "A: with 100 negatives the test is fairer to both.",
                why="Both met the same negatives, but the question was another one: is the target "
                "in the better tenth of the catalogue? The shop shows ten products, not ten "
                "thousand.",
            ),
            Choice(
                "B: the shop ranks all products, and shows ten.",
                right=True,
                why="The full ranking is the question that the shop asks. The sampled one asks "
                "about the better tenth.",
            ),
            Choice(
                "Neither: the result is a tie.",
                why="One number is about your shop, the other is not. They do not cancel.",
            ),
            Choice(
                "Draw other negatives and see who wins then.",
                why="Another draw removes luck, not the bias: ten places among 100 stay easier "
                "than ten among 100,000.",
            ),
        ),
    ),
    Quiz(
        id="5.2",
        question="In our shop, your new model reaches an NDCG@10 clearly above the oracle's. What "
        "now?",
        choices=(
            Choice(
                "Publish: it is better than the best.",
                why="The oracle is the best possible model of item ids. What passes it clearly has "
                "seen something else.",
            ),
            Choice(
                "Look for a leak: the target in the history, a test that picks easy clicks, ties "
                "that help.",
                right=True,
                why="One of these, or a model that reads more than item ids. On real data you have "
                "no ceiling to warn you, so check for them anyway.",
            ),
            Choice(
                "Train longer, it may rise further.",
                why="No training passes the ceiling honestly. Longer training of a leak gives more "
                "leak.",
            ),
            Choice(
                "The oracle needs tuning.",
                why="It has nothing to tune: its probabilities follow from the shop's own rules, "
                "exactly.",
            ),
        ),
    ),
)
