"""Answer key of chapter 05."""

import math

import numpy as np

from course.coach import (
    Choice,
    EquivalentMutant,
    Exercise,
    GuessChoice,
    GuessNumber,
    GuessOrder,
    Misconception,
    Probe,
    Quiz,
)
from seqrec.baselines.pairs import follower_table
from seqrec.metrics import difference_interval, exclude, expected_ndcg, ndcg, ranks

_CHECK = "It edits the check of bad input alone; the exercise asks for good input only."


def _scores(rng, B, V, levels=None):
    """Random scores, with any number at padding; with `levels`, whole numbers: many tie."""
    if levels is None:
        return rng.normal(size=(B, V))
    return rng.integers(0, levels, (B, V)).astype(float)


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
    for B, V in ((4, 7), (6, 9), (20, 51)):
        yield Probe((_scores(rng, B, V), rng.integers(1, V, B)), label="random scores")
        tied = _scores(rng, B, V, levels=3)
        targets = rng.integers(1, V, B)
        yield Probe((tied, targets), label="random scores with many ties")
        ruled_out = np.where(rng.random((B, V)) < 0.4, -np.inf, _scores(rng, B, V))
        yield Probe((ruled_out, targets), label="random scores, many items ruled out")
    close = rng.normal(size=(7, 1)) + 1e-9 * rng.permuted(np.tile(np.arange(8), (7, 1)), axis=1)
    yield Probe((close, rng.integers(1, 8, 7)), label="scores that hardly differ", edge=True)
    wide = 1000 * _scores(rng, 6, 9) - 500
    wide[:, 4] = -np.inf
    yield Probe((wide, rng.integers(1, 9, 6)), label="scores in the thousands, one item ruled out")
    for held in (np.nan, np.inf):
        table = _scores(rng, 5, 6)
        table[:, 0] = held
        yield Probe((table, rng.integers(1, 6, 5)), label=f"padding holds {held}", edge=True)


def _own(scores, targets):
    return scores[np.arange(len(targets)), targets][:, None]


def _ties_for_the_model(scores, targets):
    return 1 + (scores[:, 1:] > _own(scores, targets)).sum(axis=1)


def _ties_for_the_model_from_zero(scores, targets):
    return (scores[:, 1:] > _own(scores, targets)).sum(axis=1)


def _ties_at_their_mean(scores, targets):
    own = _own(scores, targets)
    above = (scores[:, 1:] > own).sum(axis=1)
    return (above + 1 + (scores[:, 1:] >= own).sum(axis=1)) / 2


def _ties_at_their_mean_rounded(scores, targets):
    return _ties_at_their_mean(scores, targets).astype(int)


def _without_counting_itself(scores, targets):
    return np.maximum((scores[:, 1:] >= _own(scores, targets)).sum(axis=1) - 1, 1)


def _counts_itself_twice(scores, targets):
    return (scores[:, 1:] >= _own(scores, targets)).sum(axis=1) + 1


def _argsort_place(scores, targets):
    order = np.argsort(-scores[:, 1:], axis=1, kind="stable") + 1
    return (order == targets[:, None]).argmax(axis=1) + 1


def _argsort_reversed(scores, targets):
    order = np.argsort(scores[:, 1:], axis=1, kind="stable")[:, ::-1] + 1
    return (order == targets[:, None]).argmax(axis=1) + 1


def _argsort_place_of_all(scores, targets):
    order = np.argsort(-scores, axis=1, kind="stable")
    return (order == targets[:, None]).argmax(axis=1) + 1


def _argsort_as_ranks(scores, targets):
    order = np.argsort(-scores[:, 1:], axis=1, kind="stable")
    return order[np.arange(len(targets)), targets - 1] + 1


def _argsort_as_ranks_of_all(scores, targets):
    order = np.argsort(-scores, axis=1, kind="stable")
    return order[np.arange(len(targets)), targets]


def _different_scores(scores, targets):
    own = _own(scores, targets)
    pairs = zip(scores[:, 1:], own[:, 0], strict=True)
    return np.array([len(np.unique(row[row >= mine])) for row, mine in pairs])


def _padding_competes(scores, targets):
    return (scores >= _own(scores, targets)).sum(axis=1)


def _padding_always_counts(scores, targets):
    return (scores >= _own(scores, targets)).sum(axis=1) - 1


def _ruled_out_do_not_count(scores, targets):
    items, own = scores[:, 1:], _own(scores, targets)
    return ((items >= own) & np.isfinite(items)).sum(axis=1)


def _ruled_out_beyond_the_last(scores, targets):
    own = _own(scores, targets)[:, 0]
    return np.where(own == -np.inf, scores.shape[1], ranks(scores, targets))


def _counts_from_zero(scores, targets):
    return (scores[:, 1:] >= _own(scores, targets)).sum(axis=1) - 1


def _worst_first(scores, targets):
    return (scores[:, 1:] <= _own(scores, targets)).sum(axis=1)


def _items_beaten(scores, targets):
    return (scores[:, 1:] < _own(scores, targets)).sum(axis=1)


def _items_beaten_and_one(scores, targets):
    return (scores[:, 1:] < _own(scores, targets)).sum(axis=1) + 1


def _one_column_off(scores, targets):
    items = scores[:, 1:]
    return (items >= _own(items, targets % items.shape[1])).sum(axis=1)


def _one_column_off_and_out(scores, targets):
    items = scores[:, 1:]
    return (items >= _own(items, targets)).sum(axis=1)


def _one_column_too_far_left(scores, targets):
    return (scores[:, 1:] >= _own(scores, targets - 1)).sum(axis=1)


def _last_item_left_out(scores, targets):
    return (scores[:, 1:-1] >= _own(scores, targets)).sum(axis=1)


def _first_item_left_out(scores, targets):
    return (scores[:, 2:] >= _own(scores, targets)).sum(axis=1)


def _in_the_whole_batch(scores, targets):
    own = _own(scores, targets)
    return (scores[:, 1:].ravel()[None, :] >= own).sum(axis=1)


def _first_target_for_all(scores, targets):
    return (scores[:, 1:] >= scores[0, targets[0]]).sum(axis=1)


def _first_target_item_for_all(scores, targets):
    return ranks(scores, np.full_like(targets, targets[0]))


def _first_row_for_all(scores, targets):
    return (scores[:1, 1:] >= scores[0, targets][:, None]).sum(axis=1)


def _compares_with_the_id(scores, targets):
    return (scores[:, 1:] >= targets[:, None]).sum(axis=1)


def _close_is_a_tie(scores, targets):
    items, own = scores[:, 1:], _own(scores, targets)
    return ((items > own) | np.isclose(items, own)).sum(axis=1)


def _as_a_share(scores, targets):
    return ranks(scores, targets) / (scores.shape[1] - 1)


def _writes_into_the_scores(scores, targets):
    scores[:, 0] = -np.inf
    return ranks(scores, targets)


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
    built="You have built the rank that all metrics are made of, with ties against the model. "
    "NDCG, the filter and the ladder of this chapter read it.",
    ours="Nothing is sorted: one comparison with the target's own score, and a sum.",
    misconceptions=(
        Misconception(
            name="ties for the model",
            wrong=_ties_for_the_model,
            says="You count what scores *more* than the target and add 1, so ties count for the "
            "model: a constant model gets rank 1 everywhere. Count what scores at least as much.",
        ),
        Misconception(
            name="ties for the model, from 0",
            wrong=_ties_for_the_model_from_zero,
            says="You count only what scores *more* than the target: your best rank is 0, and ties "
            "count for the model. With `>=` the target counts itself, and ties count against it.",
        ),
        Misconception(
            name="ties at their mean",
            wrong=_ties_at_their_mean,
            says="You give ties their mean (average) rank. Here they count against the model: all "
            "items that score at least as much stand before the target.",
        ),
        Misconception(
            name="ties at their mean, rounded",
            wrong=_ties_at_their_mean_rounded,
            says="You place the target in the middle of its ties. Here they count against the "
            "model: it stands behind all that score at least as much.",
        ),
        Misconception(
            name="place in an argsort",
            wrong=_argsort_place,
            says="You look up the place in a sorted list. Where scores tie, that place is whatever "
            "the order of the columns happens to be. Compare and count instead.",
        ),
        Misconception(
            name="place in an argsort, reversed",
            wrong=_argsort_reversed,
            says="You sort and look up the place from the end. Where scores tie, that place is "
            "whatever the order of the columns happens to be. Compare and count instead.",
        ),
        Misconception(
            name="place in an argsort of all columns",
            wrong=_argsort_place_of_all,
            says="You look up the place in a sorted list of all columns: padding, column 0, takes "
            "part, and ties stand in whatever order. Compare and count over `scores[:, 1:]`.",
        ),
        Misconception(
            name="argsort for ranks",
            wrong=_argsort_as_ranks,
            says="You take `argsort` for the ranks. It says which item stands at each place, not "
            "at which place an item stands. Compare and count instead.",
        ),
        Misconception(
            name="argsort of all columns for ranks",
            wrong=_argsort_as_ranks_of_all,
            says="You take `argsort` for the ranks, over padding as well. It says which item "
            "stands at each place, not at which place an item stands. Compare and count instead.",
        ),
        Misconception(
            name="different scores",
            wrong=_different_scores,
            says="You count *different* scores (a dense rank): items that tie count once. Count "
            "every item that scores at least as much.",
        ),
        Misconception(
            name="padding is taken off again",
            wrong=_padding_always_counts,
            says="You count over all columns and take 1 off for padding. But column 0 holds any "
            "number, it need not be counted: leave it out, `scores[:, 1:]`.",
        ),
        Misconception(
            name="padding competes",
            wrong=_padding_competes,
            says="Column 0 takes part in your ranking. It is padding, no product: count over "
            "`scores[:, 1:]`.",
        ),
        Misconception(
            name="ruled out items do not count",
            wrong=_ruled_out_do_not_count,
            says="You leave out items at -inf. They count like any other: a target that is ruled "
            "out ties with them and gets the last rank, V - 1.",
        ),
        Misconception(
            name="a ruled out target beyond the last",
            wrong=_ruled_out_beyond_the_last,
            says="You give a target that is ruled out (-inf) rank V. There are V - 1 items, so the "
            "last rank is V - 1; no special case is needed.",
        ),
        Misconception(
            name="the best two at 1",
            wrong=_without_counting_itself,
            says="You leave out the target itself and lift 0 to 1, so first and second place are "
            "the same. The target counts itself.",
        ),
        Misconception(
            name="counts from 0",
            wrong=_counts_from_zero,
            says="Your best rank is 0. Ranks start at 1: the target counts itself.",
        ),
        Misconception(
            name="counts itself twice",
            wrong=_counts_itself_twice,
            says="You add 1 although the target has counted itself with `>=`: all ranks are one "
            "too high.",
        ),
        Misconception(
            name="worst first",
            wrong=_worst_first,
            says="Your ranks run the wrong way: the highest score gets the last place. Higher is "
            "better here.",
        ),
        Misconception(
            name="items beaten, and one",
            wrong=_items_beaten_and_one,
            says="You count the items that score *less* than the target, plus 1: that is the place "
            "from the bottom, the wrong way round. Count those that score at least as much.",
        ),
        Misconception(
            name="items beaten",
            wrong=_items_beaten,
            says="You count the items that score *less* than the target, those it beats. A rank "
            "counts those that score at least as much.",
        ),
        Misconception(
            name="one column off",
            wrong=_one_column_off,
            says="You read the target's score one column too far right: after cutting off padding, "
            "item j is column j - 1. Read it before you cut.",
        ),
        Misconception(
            name="one column off, out of range",
            wrong=_one_column_off_and_out,
            says="After cutting off padding, item j is column j - 1. You read column j: a "
            "neighbour's score, and for the last item an IndexError. Read it before you cut.",
        ),
        Misconception(
            name="one column too far left",
            wrong=_one_column_too_far_left,
            says="You read the target's score one column too far left, at targets - 1. Column j of "
            "`scores` *is* item j, with padding in column 0.",
        ),
        Misconception(
            name="the last item left out",
            wrong=_last_item_left_out,
            says="You leave out the last item: the end of a slice is excluded. Count over "
            "`scores[:, 1:]`, to the end.",
        ),
        Misconception(
            name="the first item left out",
            wrong=_first_item_left_out,
            says="You leave out item 1 as well. Only column 0 is padding: count over "
            "`scores[:, 1:]`.",
        ),
        Misconception(
            name="in the whole batch",
            wrong=_in_the_whole_batch,
            says="You count over all rows of the batch. A rank is among the items of its own row: "
            "sum along `axis=1`.",
        ),
        Misconception(
            name="the first row's score",
            wrong=_first_target_for_all,
            says="You compare all rows with the first row's target. Each row has a target and a "
            "score of its own: `scores[np.arange(len(targets)), targets][:, None]`.",
        ),
        Misconception(
            name="the first row's item",
            wrong=_first_target_item_for_all,
            says="You rank the first row's target in every row. Each row has a target of its own.",
        ),
        Misconception(
            name="the first row's scores",
            wrong=_first_row_for_all,
            says="You use only the first row's scores, for all targets. Each target is ranked "
            "among the scores of its own row.",
        ),
        Misconception(
            name="compares with the id",
            wrong=_compares_with_the_id,
            says="You compare the scores with the target's *id*. Look up the score that the target "
            "has: `scores[np.arange(len(targets)), targets]`.",
        ),
        Misconception(
            name="close is a tie",
            wrong=_close_is_a_tie,
            says="You take scores that are nearly equal (`isclose`, rounding) for ties. Only equal "
            "scores tie: compare with `>=` as they are.",
        ),
        Misconception(
            name="a share",
            wrong=_as_a_share,
            says="You divide the rank by the number of items. Wanted is the place itself, a whole "
            "number from 1.",
        ),
        Misconception(
            name="writes into the scores",
            wrong=_writes_into_the_scores,
            says="You write into the scores that you were given. Leave column 0 out instead, with "
            "`scores[:, 1:]`, or work on a copy.",
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
    for B in (12, 7, 15, 10):
        k = int(rng.integers(3, 20))
        found = rng.integers(1, 30, B)
        found[: len(found) // 3] = rng.integers(1, k + 1, len(found) // 3)
        found[-1] = k
        found[-2] = k + 1
        yield Probe((rng.permutation(found), k), label="random ranks")
    yield Probe((np.array([150, 1, 999, 2000, 1000]), 1000), label="k = 1000")


def _cut(worth, ranks, k):
    return np.where(ranks <= k, worth, 0.0)


def _natural_log(ranks, k):
    return _cut(1 / np.log(1 + ranks), ranks, k)


def _log_to_base_ten(ranks, k):
    return _cut(1 / np.log10(1 + ranks), ranks, k)


def _without_the_one(ranks, k):
    with np.errstate(divide="ignore"):
        return _cut(1 / np.log2(ranks), ranks, k)


def _without_the_one_but_the_first(ranks, k):
    return _cut(1 / np.maximum(np.log2(ranks), 1.0), ranks, k)


def _ranks_from_zero(ranks, k):
    return _cut(1 / np.log2(2 + ranks), ranks, k)


def _ranks_from_zero_throughout(ranks, k):
    return np.where(ranks < k, 1 / np.log2(2 + ranks), 0.0)


def _one_outside_the_log(ranks, k):
    return _cut(1 / (1 + np.log2(ranks)), ranks, k)


def _not_inverted(ranks, k):
    return _cut(np.log2(1 + ranks), ranks, k)


def _no_cut_off(ranks, k):
    return 1 / np.log2(1 + ranks)


def _cut_to_k(ranks, k):
    return 1 / np.log2(1 + np.minimum(ranks, k))


def _below_k(ranks, k):
    return np.where(ranks < k, 1 / np.log2(1 + ranks), 0.0)


def _one_beyond_k(ranks, k):
    return np.where(ranks <= k + 1, 1 / np.log2(1 + ranks), 0.0)


def _beyond_k_only(ranks, k):
    return np.where(ranks > k, 1 / np.log2(1 + ranks), 0.0)


def _first_k_users(ranks, k):
    return np.where(np.arange(len(ranks)) < k, 1 / np.log2(1 + ranks), 0.0)


def _only_first_k_users(ranks, k):
    return 1 / np.log2(1 + ranks[:k])


def _drops_the_others(ranks, k):
    return 1 / np.log2(1 + ranks[ranks <= k])


def _nan_beyond_k(ranks, k):
    return np.where(ranks <= k, 1 / np.log2(1 + ranks), np.nan)


def _one_over_rank(ranks, k):
    return _cut(1 / ranks, ranks, k)


def _one_over_one_plus_rank(ranks, k):
    return _cut(1 / (1 + ranks), ranks, k)


def _one_over_root(ranks, k):
    return _cut(1 / np.sqrt(ranks), ranks, k)


def _hits_only(ranks, k):
    return _cut(1.0, ranks, k)


def _linear_in_the_rank(ranks, k):
    return _cut(1 - (ranks - 1) / k, ranks, k)


def _halves_each_place(ranks, k):
    return _cut(0.5 ** (ranks - 1.0), ranks, k)


def _ideal_of_k(ranks, k):
    return ndcg(ranks, k) / (1 / np.log2(2 + np.arange(k))).sum()


def _by_log_of_k(ranks, k):
    return _cut(1 / np.log2(1 + k), ranks, k)


def _divided_by_k(ranks, k):
    return ndcg(ranks, k) / k


def _mean_over_users(ranks, k):
    return float(ndcg(ranks, k).mean())


def _sum_over_users(ranks, k):
    return float(ndcg(ranks, k).sum())


def _divided_by_users(ranks, k):
    return ndcg(ranks, k) / len(ranks)


def _whole_numbers(ranks, k):
    return ndcg(ranks, k).astype(int)


def _all_places_before(ranks, k):
    return np.array([ndcg(np.arange(1, rank + 1), k).sum() for rank in ranks])


def _negative(ranks, k):
    return -ndcg(ranks, k)


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
    built="You have built NDCG@10, the number on most leaderboards. The next plot sets it "
    "beside hit rate and reciprocal rank; the chapters to come report it.",
    ours="The library divides the hit rate by the logarithm: what is no hit is 0 by itself.",
    misconceptions=(
        Misconception(
            name="natural logarithm",
            wrong=_natural_log,
            says="Your first place is worth 1.44: you take the natural logarithm. It is to base 2, "
            "so that a first place is worth 1.",
        ),
        Misconception(
            name="logarithm to base 10",
            wrong=_log_to_base_ten,
            says="Your first place is worth 3.3: you take the logarithm to base 10. It is to base "
            "2, so that a first place is worth 1.",
        ),
        Misconception(
            name="log2(rank)",
            wrong=_without_the_one,
            says="You divide by log2(rank), which is 0 for the first place. It is log2(1 + rank).",
        ),
        Misconception(
            name="log2(rank) but for the first",
            wrong=_without_the_one_but_the_first,
            says="You divide by log2(rank), with an exception for the first place: first and "
            "second are worth the same. It is log2(1 + rank) for all.",
        ),
        Misconception(
            name="ranks from 0, limit too",
            wrong=_ranks_from_zero_throughout,
            says="You treat ranks as if they started at 0: log2(2 + rank), and rank < k. They "
            "start at 1: log2(1 + rank), and k itself counts.",
        ),
        Misconception(
            name="ranks from 0",
            wrong=_ranks_from_zero,
            says="You divide by log2(2 + rank), as if ranks started at 0 and had to be raised by "
            "one. They start at 1 here: log2(1 + rank), so that a first place is worth 1.",
        ),
        Misconception(
            name="1 + log2(rank)",
            wrong=_one_outside_the_log,
            says="Your 1 stands outside the logarithm: 1 + log2(rank). It belongs inside: "
            "log2(1 + rank).",
        ),
        Misconception(
            name="not inverted",
            wrong=_not_inverted,
            says="You return log2(1 + rank) itself, which grows with the rank. The worth is 1 "
            "divided by it (the inverse).",
        ),
        Misconception(
            name="ranks beyond k as k",
            wrong=_cut_to_k,
            says="You treat ranks beyond k as k (clipped), so they still earn something. Beyond "
            "place k nobody looks: they are worth 0.",
        ),
        Misconception(
            name="no cut-off",
            wrong=_no_cut_off,
            says="Targets beyond place k still earn something: `k` is ignored. Nobody sees them: "
            "they are worth 0.",
        ),
        Misconception(
            name="strictly below k",
            wrong=_below_k,
            says="Your place k itself earns nothing. The first k places count, k included.",
        ),
        Misconception(
            name="one beyond k",
            wrong=_one_beyond_k,
            says="Your place k + 1 still earns something: the cut-off is one too far. Only the "
            "first k places count.",
        ),
        Misconception(
            name="beyond k only",
            wrong=_beyond_k_only,
            says="Your condition is inverted: places within the first k earn nothing, those beyond "
            "do.",
        ),
        Misconception(
            name="the first k users only",
            wrong=_only_first_k_users,
            says="You cut off users, not places: `[:k]` keeps the first k entries. k limits the "
            "*rank*: what is beyond k is worth 0.",
        ),
        Misconception(
            name="the first k users",
            wrong=_first_k_users,
            says="You apply k to the users: the first k entries of the array. It limits the "
            "*rank*: what is beyond place k is worth 0.",
        ),
        Misconception(
            name="drops the others",
            wrong=_drops_the_others,
            says="You drop the users whose target is beyond k. They stay, with 0: one number for "
            "every user.",
        ),
        Misconception(
            name="NaN beyond k",
            wrong=_nan_beyond_k,
            says="You write NaN beyond place k. A miss is worth 0, and it counts in the mean.",
        ),
        Misconception(
            name="reciprocal rank",
            wrong=_one_over_rank,
            says="1 / rank is the reciprocal rank. NDCG discounts more gently: 1 / log2(1 + rank).",
        ),
        Misconception(
            name="1 / (1 + rank)",
            wrong=_one_over_one_plus_rank,
            says="The logarithm is missing: you divide by 1 + rank. NDCG divides by log2(1 + "
            "rank).",
        ),
        Misconception(
            name="1 / sqrt(rank)",
            wrong=_one_over_root,
            says="You discount by the square root of the rank. NDCG divides by log2(1 + rank).",
        ),
        Misconception(
            name="hit rate",
            wrong=_hits_only,
            says="This is HR@k: all places up to k are worth the same. NDCG pays more for the "
            "places near the top.",
        ),
        Misconception(
            name="linear",
            wrong=_linear_in_the_rank,
            says="Your worth falls linearly from place to place. NDCG's discount is a logarithm: 1 "
            "/ log2(1 + rank).",
        ),
        Misconception(
            name="halves",
            wrong=_halves_each_place,
            says="Your worth halves with each place (an exponential discount). NDCG's is a "
            "logarithm: 1 / log2(1 + rank).",
        ),
        Misconception(
            name="ideal of k items",
            wrong=_ideal_of_k,
            says="You normalise by the ideal of k relevant items. There is one target, so the "
            "ideal DCG is that of a first place: 1.",
        ),
        Misconception(
            name="log of k",
            wrong=_by_log_of_k,
            says="You discount by k, the same for all places. It is the *rank* that stands in the "
            "logarithm: 1 / log2(1 + rank).",
        ),
        Misconception(
            name="divided by k",
            wrong=_divided_by_k,
            says="You divide by k as well. With one target a first place is worth 1, whatever k.",
        ),
        Misconception(
            name="mean over users",
            wrong=_mean_over_users,
            says="You take the mean over the users. Wanted is one number a user, (B,); whoever "
            "reads them can average.",
        ),
        Misconception(
            name="sum over users",
            wrong=_sum_over_users,
            says="You sum over the users. Wanted is one number a user, (B,).",
        ),
        Misconception(
            name="divided by users",
            wrong=_divided_by_users,
            says="You divide by the number of users. Wanted is each user's own number, not its "
            "part of the mean.",
        ),
        Misconception(
            name="whole numbers",
            wrong=_whole_numbers,
            says="You cut the result to whole numbers (integers), so only first places are left. "
            "Return floats.",
        ),
        Misconception(
            name="all places before",
            wrong=_all_places_before,
            says="You add up the worth of all places down to the rank. Only the target's own place "
            "counts: one relevant item.",
        ),
        Misconception(
            name="sign",
            wrong=_negative,
            says="Your sign is turned: a hit is worth something, above 0.",
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
    def scores(B, V):
        table = _scores(rng, B, V)
        table[:, 0] = -np.inf
        return table

    yield Probe(
        (np.array([[-np.inf, 0.9, 0.5, 0.1]]), np.array([[2]])), label="one user, one seen item"
    )
    yield Probe((scores(2, 5), np.array([[0, 3], [1, 2]])), label="two users, one saw less")
    yield Probe((scores(2, 4), np.zeros((2, 3), np.int64)), label="nobody saw anything")
    yield Probe((scores(1, 4), np.array([[3, 3, 1]])), label="an item seen twice")
    yield Probe((scores(3, 6) - 5, np.array([[1, 5], [0, 2], [4, 4]])), label="all scores negative")
    for B, V, S in ((8, 12, 5), (5, 14, 4), (6, 17, 7)):
        seen = rng.integers(1, V, (B, S))
        seen[0, :2] = 0
        seen[1, -1] = seen[2, 1] = 0
        yield Probe((scores(B, V), seen), label="random")


def _seen_to(value, scores, seen):
    kept = scores.copy()
    np.put_along_axis(kept, seen, value, axis=1)
    kept[:, 0] = -np.inf
    return kept


def _to_zero(scores, seen):
    return _seen_to(0.0, scores, seen)


def _to_zero_padding_too(scores, seen):
    kept = scores.copy()
    np.put_along_axis(kept, seen, 0.0, axis=1)
    return kept


def _to_nan(scores, seen):
    return _seen_to(np.nan, scores, seen)


def _to_nan_padding_too(scores, seen):
    kept = scores.copy()
    np.put_along_axis(kept, seen, np.nan, axis=1)
    return kept


def _to_infinity(scores, seen):
    return _seen_to(np.inf, scores, seen)


def _to_infinity_padding_too(scores, seen):
    kept = scores.copy()
    np.put_along_axis(kept, seen, np.inf, axis=1)
    return kept


def _to_minus_one(scores, seen):
    return _seen_to(-1.0, scores, seen)


def _to_a_large_number(scores, seen):
    return _seen_to(-1e9, scores, seen)


def _to_the_lowest(scores, seen):
    return _seen_to(scores[:, 1:].min(), scores, seen)


def _to_the_lowest_of_the_row(scores, seen):
    return _seen_to(scores[:, 1:].min(axis=1, keepdims=True), scores, seen)


def _for_everybody(scores, seen):
    kept = scores.copy()
    kept[:, seen.ravel()] = -np.inf
    return kept


def _newest_only(scores, seen):
    return exclude(scores, seen[:, -1:])


def _oldest_only(scores, seen):
    return exclude(scores, seen[:, :1])


def _all_but_the_newest(scores, seen):
    return exclude(scores, seen[:, :-1])


def _all_but_the_first(scores, seen):
    return exclude(scores, seen[:, 1:])


def _first_user_only(scores, seen):
    kept = scores.copy()
    kept[0, seen[0]] = -np.inf
    return kept


def _last_user_only(scores, seen):
    kept = scores.copy()
    kept[-1, seen[-1]] = -np.inf
    return kept


def _first_users_items_for_all(scores, seen):
    kept = scores.copy()
    kept[:, seen[0]] = -np.inf
    return kept


def _stops_at_padding(scores, seen):
    kept = scores.copy()
    for row, items in zip(kept, seen, strict=True):
        for item in items:
            if item == 0:
                break
            row[item] = -np.inf
    return kept


def _skips_users_with_padding(scores, seen):
    kept = scores.copy()
    for row, items in zip(kept, seen, strict=True):
        if items.all():
            row[items] = -np.inf
    return kept


def _keeps_the_seen(scores, seen):
    kept = np.full_like(scores, -np.inf)
    np.put_along_axis(kept, seen, np.take_along_axis(scores, seen, axis=1), axis=1)
    return kept


def _one_id_off(scores, seen):
    return exclude(scores, np.maximum(seen - 1, 0))


def _one_id_off_round_the_end(scores, seen):
    kept = scores.copy()
    np.put_along_axis(kept, seen - 1, -np.inf, axis=1)
    return kept


def _next_id(scores, seen):
    return exclude(scores, (seen + 1) % scores.shape[1])


def _next_id_of_real_ones(scores, seen):
    return exclude(scores, np.where(seen > 0, (seen + 1) % scores.shape[1], 0))


def _padding_is_the_last(scores, seen):
    kept = exclude(scores, seen)
    kept[(seen == 0).any(axis=1), -1] = -np.inf
    return kept


def _padding_comes_back(scores, seen):
    kept = exclude(scores, seen)
    kept[:, 0] = 0.0
    return kept


def _padding_keeps_its_place(scores, seen):
    kept = exclude(scores, seen)
    return kept[:, 1:]


def _places_not_ids(scores, seen):
    kept = scores.copy()
    kept[:, : seen.shape[1]][seen > 0] = -np.inf
    return kept


def _seen_once_only(scores, seen):
    counts = (seen[:, :, None] == np.arange(scores.shape[1])).sum(axis=1)
    return np.where(counts == 1, -np.inf, scores)


def _switches(scores, seen):
    counts = (seen[:, :, None] == np.arange(scores.shape[1])).sum(axis=1)
    return np.where(counts % 2 == 1, -np.inf, scores)


def _lowers_by_one(scores, seen):
    kept = scores.copy()
    np.put_along_axis(kept, seen, np.take_along_axis(scores, seen, axis=1) - 1, axis=1)
    return kept


def _turns_the_sign(scores, seen):
    kept = scores.copy()
    np.put_along_axis(kept, seen, -np.take_along_axis(scores, seen, axis=1), axis=1)
    kept[:, 0] = -np.inf
    return kept


def _leaves_them_all(scores, seen):
    return scores.copy()


def _writes_into_the_table(scores, seen):
    np.put_along_axis(scores, seen, -np.inf, axis=1)
    return scores


def _as_a_mask(scores, seen):
    return exclude(scores, seen) == -np.inf


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
    built="You have built the filter for what was seen. The next cell asks what it does to the "
    "oracle in a shop where people buy again, and chapter 14 recommends with it.",
    ours="`np.put_along_axis` sets all seen items at once; the zeros hit column 0, which is "
    "-inf anyway.",
    misconceptions=(
        Misconception(
            name="seen items and padding at 0",
            wrong=_to_zero_padding_too,
            says="You set the seen items to 0, and padding with them, where `seen` holds a 0. "
            "Scores may be negative, and then 0 is the best of all: use -inf.",
        ),
        Misconception(
            name="seen items at 0",
            wrong=_to_zero,
            says="You set the seen items to 0. Scores may be negative, and then 0 is the best of "
            "all: use -inf.",
        ),
        Misconception(
            name="seen items and padding at NaN",
            wrong=_to_nan_padding_too,
            says="You set the seen items to NaN, and column 0 as well. No comparison with NaN is "
            "true, so they would vanish from every count. Use -inf.",
        ),
        Misconception(
            name="seen items at NaN",
            wrong=_to_nan,
            says="You set the seen items to NaN. No comparison with NaN is true, so they would "
            "vanish from every count. Use -inf.",
        ),
        Misconception(
            name="seen items and padding at +inf",
            wrong=_to_infinity_padding_too,
            says="You set the seen items to +inf, and padding with them: the sign is wrong, they "
            "would rank first. Use -inf.",
        ),
        Misconception(
            name="seen items at +inf",
            wrong=_to_infinity,
            says="You set the seen items to +inf: the sign is wrong, they would rank first. Use "
            "-inf.",
        ),
        Misconception(
            name="seen items at -1",
            wrong=_to_minus_one,
            says="You set the seen items to -1. Other scores may be lower, and the seen items then "
            "rank before them: use -inf.",
        ),
        Misconception(
            name="seen items far down",
            wrong=_to_a_large_number,
            says="You set the seen items to a large negative number. Ruled out is -inf and nothing "
            "else: no score can be below it.",
        ),
        Misconception(
            name="seen items at the lowest of the row",
            wrong=_to_the_lowest_of_the_row,
            says="You set the seen items to the lowest score of the row, the minimum, where they "
            "tie with another item. Use -inf, which is below all.",
        ),
        Misconception(
            name="seen items at the lowest",
            wrong=_to_the_lowest,
            says="You set the seen items to the lowest score, the minimum of the table. They would "
            "tie with an item that was not seen: use -inf.",
        ),
        Misconception(
            name="for everybody",
            wrong=_for_everybody,
            says="What one user has seen, you take away from all users. Each row has columns of "
            "its own.",
        ),
        Misconception(
            name="the first user's items for all",
            wrong=_first_users_items_for_all,
            says="You take the first user's seen items away from everybody. Each row has items of "
            "its own.",
        ),
        Misconception(
            name="the first user only",
            wrong=_first_user_only,
            says="Only the first user's items are ruled out (the first row). Do it in every row, "
            "for instance with `np.put_along_axis`.",
        ),
        Misconception(
            name="the last user only",
            wrong=_last_user_only,
            says="Only the last user's items are ruled out: a loop that begins with a new copy "
            "each time forgets the others. Do it in every row of one copy.",
        ),
        Misconception(
            name="newest only",
            wrong=_newest_only,
            says="You leave out only the newest item, the last column. All of a user's seen items "
            "go.",
        ),
        Misconception(
            name="first only",
            wrong=_oldest_only,
            says="You leave out only the first (oldest) of the seen items. All of them go.",
        ),
        Misconception(
            name="all but the newest",
            wrong=_all_but_the_newest,
            says="You leave out all seen items but the last. The last column of `seen` counts, "
            "too.",
        ),
        Misconception(
            name="all but the first",
            wrong=_all_but_the_first,
            says="You skip the first column of `seen`. All of its columns hold seen items.",
        ),
        Misconception(
            name="stops at padding",
            wrong=_stops_at_padding,
            says="You stop at the first 0 in `seen`, the padding. Items may stand behind it (we "
            "pad on the left): skip a 0 and go on, `continue` rather than `break`.",
        ),
        Misconception(
            name="skips users with padding",
            wrong=_skips_users_with_padding,
            says="You leave out a user's items only if no 0 is among them. A 0 stands for "
            "nothing; the user's other items go all the same.",
        ),
        Misconception(
            name="keeps the seen",
            wrong=_keeps_the_seen,
            says="You keep the seen items and rule out the others: inverted. It is the other way "
            "round.",
        ),
        Misconception(
            name="one id off, round the end",
            wrong=_one_id_off_round_the_end,
            says="You rule out the column before each seen item, one too far left; and a 0 becomes "
            "-1, the last item. Column j is item j here: nothing to subtract.",
        ),
        Misconception(
            name="one id off",
            wrong=_one_id_off,
            says="You rule out the item before each seen one, one column too far left. Column j is "
            "item j here: nothing to subtract.",
        ),
        Misconception(
            name="the next id, of padding too",
            wrong=_next_id,
            says="You rule out the item behind each seen one, one column too far right, and item 1 "
            "for a 0. Column j is item j here: nothing to add.",
        ),
        Misconception(
            name="the next id",
            wrong=_next_id_of_real_ones,
            says="You rule out the item behind each seen one, one column too far right. Column j "
            "is item j here: nothing to add.",
        ),
        Misconception(
            name="padding is the last item",
            wrong=_padding_is_the_last,
            says="A 0 in `seen` rules out the last item in your answer: an index of -1 is the last "
            "column. A 0 says nothing was seen.",
        ),
        Misconception(
            name="padding comes back",
            wrong=_padding_comes_back,
            says="Column 0 gets a score in your answer. It is padding and stays at -inf.",
        ),
        Misconception(
            name="padding cut off",
            wrong=_padding_keeps_its_place,
            says="You cut off column 0. The copy has the shape of `scores`, padding included.",
        ),
        Misconception(
            name="places, not ids",
            wrong=_places_not_ids,
            says="You rule out the columns at which `seen` has an entry, its positions. Its "
            "*values* are the item ids, and so the columns.",
        ),
        Misconception(
            name="seen once only",
            wrong=_seen_once_only,
            says="An item that was seen twice is kept in your answer. Repeats are fine: seen is "
            "seen.",
        ),
        Misconception(
            name="a switch",
            wrong=_switches,
            says="An item seen twice comes back in your answer, as if each time switched it. "
            "Repeats are fine: seen is seen.",
        ),
        Misconception(
            name="lowers",
            wrong=_lowers_by_one,
            says="You lower the scores of seen items by 1. They must rank last, whatever the "
            "scores: set them to -inf.",
        ),
        Misconception(
            name="turns the sign",
            wrong=_turns_the_sign,
            says="You turn the sign of the seen items' scores. A low score then becomes a high "
            "one: set them to -inf.",
        ),
        Misconception(
            name="edits its input",
            wrong=_writes_into_the_table,
            says="You write into the scores that you were given, in place. Work on a copy: "
            "`scores.copy()`.",
        ),
        Misconception(
            name="nothing ruled out",
            wrong=_leaves_them_all,
            says="Your copy is the table as it was: nothing is ruled out. `scores[rows][columns] = "
            "...` writes into a copy of a copy, for instance.",
        ),
        Misconception(
            name="a mask",
            wrong=_as_a_mask,
            says="You return a mask of True and False. Wanted are the scores, with -inf at the "
            "seen items.",
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

# --- 5.4 A paired bootstrap -----------------------------------------------------------------------


def _resampled(answer, values, others, level, seed):
    """Mean and ends of the interval, and what can be said of its generator; else the answer."""
    result = answer(values, others, seed=seed, level=level, n_resamples=4_000)
    try:
        mean, low, high = (float(each) for each in result)
    except (TypeError, ValueError):
        return result
    found = {"mean": mean, "low": low, "high": high}
    if len(values) == 90:
        again = answer(values, others, seed=seed, level=level, n_resamples=4_000)
        other = answer(values, others, seed=seed + 1, level=level, n_resamples=4_000)
        found["same seed, same interval"] = tuple(map(float, again)) == (mean, low, high)
        found["another seed, another interval"] = tuple(map(float, other)) != (mean, low, high)
        _, lowest, highest = answer(values, others, seed=seed, level=level, n_resamples=1)
        found["one resample alone, low is high"] = float(lowest) == float(highest)
    return found


def _same_interval(got, expected):
    """The mean to the last digits; the ends, which are drawn, within 15 % of half the interval."""
    if not isinstance(got, dict):
        return "The result should be three floats: the mean difference, low, high."
    if not math.isclose(got["mean"], expected["mean"], rel_tol=1e-9, abs_tol=1e-12):
        return f"The first number is {got['mean']:.5f}, expected the mean {expected['mean']:.5f}."
    slack = 0.15 * (expected["high"] - expected["low"]) / 2 + 1e-12
    for end in ("low", "high"):
        if not abs(got[end] - expected[end]) <= slack:
            return (
                f"The interval goes from {got['low']:.3f} to {got['high']:.3f}, expected about "
                f"{expected['low']:.3f} to {expected['high']:.3f}."
            )
    for promise in expected:
        if promise not in ("mean", "low", "high") and got[promise] != expected[promise]:
            return f"This does not hold: {promise}."
    return None


def _paired_users(rng, B, gain=0.05):
    """Two models that find the same users hard."""
    users = rng.random(B)
    return users + gain + 0.1 * rng.normal(size=B), users + 0.1 * rng.normal(size=B)


def _interval_probes(rng):
    yield Probe((*_paired_users(rng, 90), 0.95, 3), label="90 users", call=_resampled)
    yield Probe((*_paired_users(rng, 300), 0.95, 4), label="300 users", call=_resampled)
    yield Probe((*_paired_users(rng, 150), 0.8, 5), label="a level of .8", call=_resampled)
    yield Probe((*_paired_users(rng, 120), 0.5, 6), label="a level of .5", call=_resampled)
    worse = _paired_users(rng, 200, gain=-0.3)
    yield Probe((*worse, 0.95, 7), label="the second model is better", call=_resampled)
    for who in ("first", "last"):
        gaps = np.zeros(40)
        gaps[0 if who == "first" else -1] = 40
        label = f"only the {who} user differs"
        yield Probe((gaps, np.zeros(40), 0.9, 8), label=label, call=_resampled)
    some = rng.random(30)
    yield Probe((some + 0.25, some, 0.95, 9), label="the same for all", call=_resampled, edge=True)


def _interval_of(means, mean, level):
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(mean), float(low), float(high)


def _means_of(gaps, seed, n_resamples, draw=None):
    rng = np.random.default_rng(seed)
    B = len(gaps)
    chosen = rng.integers(0, B, (n_resamples, B if draw is None else draw))
    return gaps[chosen].mean(axis=1)


def _unpaired(values, others, *, seed, level=0.95, n_resamples=1000):
    rng = np.random.default_rng(seed)
    B = len(values)
    means = values[rng.integers(0, B, (n_resamples, B))].mean(axis=1)
    means = means - others[rng.integers(0, B, (n_resamples, B))].mean(axis=1)
    return _interval_of(means, (values - others).mean(), level)


def _two_intervals(values, others, *, seed, level=0.95, n_resamples=1000):
    one = _interval_of(_means_of(values, seed, n_resamples), values.mean(), level)
    two = _interval_of(_means_of(others, seed + 1, n_resamples), others.mean(), level)
    return one[0] - two[0], one[1] - two[2], one[2] - two[1]


def _of_the_first_model(values, others, *, seed, level=0.95, n_resamples=1000):
    return _interval_of(_means_of(values, seed, n_resamples), values.mean(), level)


def _others_less_values(values, others, *, seed, level=0.95, n_resamples=1000):
    gaps = others - values
    return _interval_of(_means_of(gaps, seed, n_resamples), gaps.mean(), level)


def _without_replacement(values, others, *, seed, level=0.95, n_resamples=1000):
    rng = np.random.default_rng(seed)
    gaps = values - others
    means = np.array([rng.permutation(gaps).mean() for _ in range(n_resamples)])
    return _interval_of(means, gaps.mean(), level)


def _half_of_the_users(values, others, *, seed, level=0.95, n_resamples=1000):
    gaps = values - others
    means = _means_of(gaps, seed, n_resamples, draw=len(gaps) // 2)
    return _interval_of(means, gaps.mean(), level)


def _axes_exchanged(values, others, *, seed, level=0.95, n_resamples=1000):
    rng = np.random.default_rng(seed)
    gaps = values - others
    chosen = rng.integers(0, len(gaps), (n_resamples, len(gaps)))
    return _interval_of(gaps[chosen].mean(axis=0), gaps.mean(), level)


def _of_the_users(values, others, *, seed, level=0.95, n_resamples=1000):
    gaps = values - others
    drawn = np.random.default_rng(seed).choice(gaps, n_resamples)
    return _interval_of(drawn, gaps.mean(), level)


def _one_tail_each(values, others, *, seed, level=0.95, n_resamples=1000):
    gaps = values - others
    low, high = np.quantile(_means_of(gaps, seed, n_resamples), [1 - level, level])
    return float(gaps.mean()), float(low), float(high)


def _always_95(values, others, *, seed, level=0.95, n_resamples=1000):
    gaps = values - others
    return _interval_of(_means_of(gaps, seed, n_resamples), gaps.mean(), 0.95)


def _standard_error(values, others, *, seed, level=0.95, n_resamples=1000):
    gaps = values - others
    means = _means_of(gaps, seed, n_resamples)
    return float(gaps.mean()), float(gaps.mean() - means.std()), float(gaps.mean() + means.std())


def _extremes(values, others, *, seed, level=0.95, n_resamples=1000):
    gaps = values - others
    means = _means_of(gaps, seed, n_resamples)
    return float(gaps.mean()), float(means.min()), float(means.max())


def _mean_of_the_means(values, others, *, seed, level=0.95, n_resamples=1000):
    means = _means_of(values - others, seed, n_resamples)
    return _interval_of(means, means.mean(), level)


def _medians(values, others, *, seed, level=0.95, n_resamples=1000):
    gaps = values - others
    rng = np.random.default_rng(seed)
    chosen = rng.integers(0, len(gaps), (n_resamples, len(gaps)))
    return _interval_of(np.median(gaps[chosen], axis=1), np.median(gaps), level)


def _offsets(values, others, *, seed, level=0.95, n_resamples=1000):
    mean, low, high = difference_interval(
        values, others, seed=seed, level=level, n_resamples=n_resamples
    )
    return mean, low - mean, high - mean


def _mean_in_the_middle(values, others, *, seed, level=0.95, n_resamples=1000):
    mean, low, high = difference_interval(
        values, others, seed=seed, level=level, n_resamples=n_resamples
    )
    return low, mean, high


def _mean_last(values, others, *, seed, level=0.95, n_resamples=1000):
    mean, low, high = difference_interval(
        values, others, seed=seed, level=level, n_resamples=n_resamples
    )
    return low, high, mean


def _high_before_low(values, others, *, seed, level=0.95, n_resamples=1000):
    mean, low, high = difference_interval(
        values, others, seed=seed, level=level, n_resamples=n_resamples
    )
    return mean, high, low


def _ends_alone(values, others, *, seed, level=0.95, n_resamples=1000):
    return difference_interval(values, others, seed=seed, level=level, n_resamples=n_resamples)[1:]


def _always_the_same_draw(values, others, *, seed, level=0.95, n_resamples=1000):
    return difference_interval(values, others, seed=0, level=level, n_resamples=n_resamples)


def _always_1000(values, others, *, seed, level=0.95, n_resamples=1000):
    return difference_interval(values, others, seed=seed, level=level, n_resamples=1000)


def _seed_unread(values, others, *, seed, level=0.95, n_resamples=1000):
    gaps = values - others
    means = _means_of(gaps, None, n_resamples)
    return _interval_of(means, gaps.mean(), level)


def _shares_for_percent(values, others, *, seed, level=0.95, n_resamples=1000):
    gaps = values - others
    ends = np.percentile(_means_of(gaps, seed, n_resamples), [(1 - level) / 2, (1 + level) / 2])
    return float(gaps.mean()), float(ends[0]), float(ends[1])


def _numbers_exchanged(values, others, *, seed, level=0.95, n_resamples=1000):
    gaps = values - others
    return _interval_of(_means_of(gaps, seed, len(gaps), n_resamples), gaps.mean(), level)


def _one_draw_again_and_again(values, others, *, seed, level=0.95, n_resamples=1000):
    gaps = values - others
    return _interval_of(_means_of(gaps, seed, 1), gaps.mean(), level)


def _last_never_drawn(values, others, *, seed, level=0.95, n_resamples=1000):
    gaps = values - others
    means = _means_of(gaps[:-1], seed, n_resamples, draw=len(gaps))
    return _interval_of(means, gaps.mean(), level)


_INTERVAL = Exercise(
    id="5.4",
    title="A paired bootstrap, by hand",
    minutes=12,
    reference=difference_interval,
    probes=_interval_probes,
    compare=_same_interval,
    hints=(
        "First make one number a user: the difference. Then nothing is left but the interval of a "
        "mean.",
        "`rng.integers(0, B, (n_resamples, B))` draws users with replacement, a row for each "
        "resample. Index the differences with it.",
        "`means = gaps[chosen].mean(axis=1)`, then `np.quantile(means, [(1 - level) / 2, (1 + "
        "level) / 2])`, with `rng = np.random.default_rng(seed)`.",
    ),
    built="You have built the interval by which two models are compared, user by user. The next "
    "cell asks it whether co-occurrence really beats the Markov chain.",
    ours="The library draws how often each distinct value occurs instead of who is drawn: the same "
    "law, with less memory.",
    misconceptions=(
        Misconception(
            name="two intervals subtracted",
            wrong=_two_intervals,
            says="You make an interval for each model and subtract the ends. Users who are hard "
            "for both models make both intervals wide: take the difference of each *user* first.",
        ),
        Misconception(
            name="unpaired",
            wrong=_unpaired,
            says="You draw users for one model and other users for the other, so the pairs are "
            "torn apart. Draw once, and take both models' values of the same users.",
        ),
        Misconception(
            name="the first model alone",
            wrong=_of_the_first_model,
            says="`others` never enters: this is the interval of the first model, not of the "
            "difference.",
        ),
        Misconception(
            name="others less values",
            wrong=_others_less_values,
            says="Your difference has the wrong sign: it is `others - values`. Asked is how far "
            "`values` is ahead.",
        ),
        Misconception(
            name="without replacement",
            wrong=_without_replacement,
            says="You draw all users *without* replacement: each resample holds the same users, "
            "and all means are alike. A user must be able to come twice, or not at all.",
        ),
        Misconception(
            name="half of the users",
            wrong=_half_of_the_users,
            says="You draw half as many users as there are, so your interval is too wide. Draw B "
            "of B.",
        ),
        Misconception(
            name="axes exchanged",
            wrong=_axes_exchanged,
            says="You take the mean along the wrong axis: over the resamples, for each place, and "
            "not over the users of each resample.",
        ),
        Misconception(
            name="of the users",
            wrong=_of_the_users,
            says="Your quantiles are those of single users' differences. Asked is how the *mean* "
            "scatters: take the mean of each resample first.",
        ),
        Misconception(
            name="1 - level at each end",
            wrong=_one_tail_each,
            says="You leave 1 - level out at *each* end, so the interval holds too little. Half of "
            "it belongs to each end: (1 - level) / 2.",
        ),
        Misconception(
            name="always 95 %",
            wrong=_always_95,
            says="Your interval holds 95 % whatever `level` says.",
        ),
        Misconception(
            name="one standard error",
            wrong=_standard_error,
            says="You go one standard error to each side, which holds about 68 %. The ends are "
            "quantiles of the resampled means, by `level`.",
        ),
        Misconception(
            name="shares for percent",
            wrong=_shares_for_percent,
            says="`np.percentile` counts from 0 to 100, and you hand it shares, so both ends are "
            "nearly the lowest mean. `np.quantile` takes shares.",
        ),
        Misconception(
            name="numbers exchanged",
            wrong=_numbers_exchanged,
            says="You draw n_resamples users, B times: the two numbers are exchanged. Each "
            "resample has as many users as there are, B.",
        ),
        Misconception(
            name="one draw again and again",
            wrong=_one_draw_again_and_again,
            says="All of your resamples are the same one: the generator is made anew, with the "
            "same seed, for each. Make it once, before the loop.",
        ),
        Misconception(
            name="the last never drawn",
            wrong=_last_never_drawn,
            says="Your last user is never drawn: `rng.integers(0, B)` ends before B already, so "
            "nothing is to be subtracted.",
        ),
        Misconception(
            name="lowest and highest",
            wrong=_extremes,
            says="You take the lowest and the highest mean. They move further apart with each "
            "resample: take the quantiles by `level`.",
        ),
        Misconception(
            name="the mean of the means",
            wrong=_mean_of_the_means,
            says="Your first number is the mean of the resampled means, which itself is drawn. "
            "Give the mean difference of the users themselves.",
        ),
        Misconception(
            name="medians",
            wrong=_medians,
            says="You take medians. The metric is a *mean* over users, so resample the mean.",
        ),
        Misconception(
            name="offsets",
            wrong=_offsets,
            says="Your ends count from the mean (minus so much, plus so much). Give low and high "
            "themselves.",
        ),
        Misconception(
            name="the mean in the middle",
            wrong=_mean_in_the_middle,
            says="Your order is low, mean, high. Asked is mean, low, high.",
        ),
        Misconception(
            name="the mean last",
            wrong=_mean_last,
            says="Your order is low, high, mean. Asked is mean, low, high.",
        ),
        Misconception(
            name="high before low",
            wrong=_high_before_low,
            says="High comes before low in your answer. The order is mean, low, high.",
        ),
        Misconception(
            name="the ends alone",
            wrong=_ends_alone,
            says="You return the two ends alone. The mean difference comes first: three floats.",
        ),
        Misconception(
            name="always the same draw",
            wrong=_always_the_same_draw,
            says="Another seed gives the same interval: the `seed` never reaches your generator, "
            "or nothing is drawn at all.",
        ),
        Misconception(
            name="always 1,000 resamples",
            wrong=_always_1000,
            says="You draw 1,000 resamples whatever `n_resamples` says.",
        ),
        Misconception(
            name="the seed unread",
            wrong=_seed_unread,
            says="The same seed gives another interval each time: make your generator of it, "
            "`np.random.default_rng(seed)`.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="values = as_numpy(values) -> values = values", reason="Arrays are given."
        ),
        EquivalentMutant(
            edit="others = as_numpy(others) -> others = others", reason="Arrays are given."
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
    for k in (2, 4, 6):
        yield Probe((_scores(rng, 4, 11), _law(rng, 4, 11), k), label="random scores")
    wide = 1000 * _scores(rng, 6, 9) - 500
    yield Probe((wide, _law(rng, 6, 9), 4), label="scores in the thousands")
    unknown = _scores(rng, 3, 7)
    unknown[:, 0] = np.nan
    yield Probe((unknown, _law(rng, 3, 7), 3), label="padding holds nan", edge=True)


def _item_ranks(scores):
    items = scores[:, 1:]
    return (items[:, None, :] >= items[:, :, None]).sum(axis=2)  # (B, V - 1)


def _weighted(probabilities, worth):
    return (probabilities[:, 1:] * worth).sum(axis=1)


def _most_likely_only(scores, probabilities, k):
    return ndcg(ranks(scores, probabilities.argmax(axis=1)), k)


def _expected_hits(scores, probabilities, k):
    return _weighted(probabilities, _item_ranks(scores) <= k)


def _no_cut_off_expected(scores, probabilities, k):
    return _weighted(probabilities, 1 / np.log2(1 + _item_ranks(scores)))


def _below_k_expected(scores, probabilities, k):
    return _weighted(probabilities, _below_k(_item_ranks(scores), k))


def _one_beyond_k_expected(scores, probabilities, k):
    return _weighted(probabilities, _one_beyond_k(_item_ranks(scores), k))


def _cut_to_k_expected(scores, probabilities, k):
    return _weighted(probabilities, _cut_to_k(_item_ranks(scores), k))


def _natural_log_expected(scores, probabilities, k):
    return expected_ndcg(scores, probabilities, k) / math.log(2)


def _base_ten_expected(scores, probabilities, k):
    return expected_ndcg(scores, probabilities, k) / math.log10(2)


def _ranks_from_zero_expected(scores, probabilities, k):
    return _weighted(probabilities, _ranks_from_zero(_item_ranks(scores), k))


def _log_of_rank_expected(scores, probabilities, k):
    with np.errstate(divide="ignore"):
        return _weighted(probabilities, _without_the_one(_item_ranks(scores), k))


def _zero_based_strict(scores, probabilities, k):
    rank = _item_ranks(scores) - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        return _weighted(probabilities, np.where(rank <= k, 1 / np.log2(1 + rank), 0.0))


def _reciprocal_expected(scores, probabilities, k):
    return _weighted(probabilities, _one_over_rank(_item_ranks(scores), k))


def _judges_the_law(scores, probabilities, k):
    return expected_ndcg(probabilities, probabilities, k)


def _share_of_the_ceiling(scores, probabilities, k):
    return expected_ndcg(scores, probabilities, k) / _judges_the_law(scores, probabilities, k)


def _ideal_of_k_items(scores, probabilities, k):
    return expected_ndcg(scores, probabilities, k) / (1 / np.log2(2 + np.arange(k))).sum()


def _by_k_expected(scores, probabilities, k):
    return expected_ndcg(scores, probabilities, k) / k


def _mean_not_sum(scores, probabilities, k):
    return (probabilities[:, 1:] * ndcg(_item_ranks(scores), k)).mean(axis=1)


def _unweighted_sum(scores, probabilities, k):
    return ndcg(_item_ranks(scores), k).sum(axis=1)


def _unweighted_mean(scores, probabilities, k):
    return ndcg(_item_ranks(scores), k).mean(axis=1)


def _kind_ranks(scores):
    items = scores[:, 1:]
    return 1 + (items[:, None, :] > items[:, :, None]).sum(axis=2)


def _kind_to_ties(scores, probabilities, k):
    return _weighted(probabilities, ndcg(_kind_ranks(scores), k))


def _ties_in_the_middle(scores, probabilities, k):
    rank = (_kind_ranks(scores) + _item_ranks(scores)) / 2
    return _weighted(probabilities, np.where(rank <= k, 1 / np.log2(1 + rank), 0.0))


def _sorted_ranks(scores):
    order = np.argsort(-scores, axis=1, kind="stable")
    return np.argsort(order, axis=1, kind="stable") + 1


def _ties_by_order(scores, probabilities, k):
    return _weighted(probabilities, ndcg(_sorted_ranks(scores[:, 1:]), k))


def _ties_by_reversed_order(scores, probabilities, k):
    rank = _sorted_ranks(scores[:, :0:-1])[:, ::-1]
    return _weighted(probabilities, ndcg(rank, k))


def _argsort_as_ranks_expected(scores, probabilities, k):
    order = np.argsort(-scores[:, 1:], axis=1, kind="stable") + 1
    return _weighted(probabilities, ndcg(order, k))


def _argsort_of_all_expected(scores, probabilities, k):
    order = np.argsort(-scores, axis=1, kind="stable")[:, 1:] + 1
    return _weighted(probabilities, ndcg(order, k))


def _padding_competes_expected(scores, probabilities, k):
    rank = (scores[:, None, :] >= scores[:, 1:, None]).sum(axis=2)
    return _weighted(probabilities, ndcg(rank, k))


def _sorted_with_padding(scores, probabilities, k):
    return _weighted(probabilities, ndcg(_sorted_ranks(scores)[:, 1:], k))


def _worst_first_expected(scores, probabilities, k):
    return expected_ndcg(-scores, probabilities, k)


def _of_the_expected_rank(scores, probabilities, k):
    rank = _weighted(probabilities, _item_ranks(scores))
    return np.where(rank <= k, 1 / np.log2(1 + rank), 0.0)


def _of_the_expected_rank_uncut(scores, probabilities, k):
    return 1 / np.log2(1 + _weighted(probabilities, _item_ranks(scores)))


def _only_likely_ones(scores, probabilities, k):
    own = np.where(probabilities >= -np.sort(-probabilities, axis=1)[:, [k - 1]], probabilities, 0)
    return expected_ndcg(scores, own, k)


def _renormalised(scores, probabilities, k):
    inside = _weighted(probabilities, _item_ranks(scores) <= k)
    return expected_ndcg(scores, probabilities, k) / np.maximum(inside, 1e-12)


def _column_off(scores, probabilities, k):
    return (probabilities[:, :-1] * ndcg(_item_ranks(scores), k)).sum(axis=1)


def _mean_over_the_users(scores, probabilities, k):
    return float(expected_ndcg(scores, probabilities, k).mean())


def _sum_over_the_users(scores, probabilities, k):
    return float(expected_ndcg(scores, probabilities, k).sum())


def _over_the_batch(scores, probabilities, k):
    return (probabilities[:, 1:] * ndcg(_item_ranks(scores), k)).sum(axis=0)


def _each_item(scores, probabilities, k):
    return probabilities[:, 1:] * ndcg(_item_ranks(scores), k)


def _first_users_ranks(scores, probabilities, k):
    return _weighted(probabilities, ndcg(_item_ranks(scores[:1]), k))


def _in_the_whole_table(scores, probabilities, k):
    items = scores[:, 1:]
    rank = (items.ravel() >= items[:, :, None]).sum(axis=2)
    return _weighted(probabilities, ndcg(rank, k))


def _one_outside_the_log(scores, probabilities, k):
    rank = _item_ranks(scores)
    return _weighted(probabilities, np.where(rank <= k, 1 / (1 + np.log2(rank)), 0.0))


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
    built="You have built a metric without the luck of the one click: the oracle's law weighs "
    "every item. The next cell sets both intervals side by side, and the chapters to come "
    "measure with it.",
    ours="The library ranks only the first k + 1 items of a row: all others are no hits.",
    misconceptions=(
        Misconception(
            name="the most likely item only",
            wrong=_most_likely_only,
            says="You look only at the most likely item. The others may follow as well: weigh all "
            "of them by their probability.",
        ),
        Misconception(
            name="the k most likely only",
            wrong=_only_likely_ones,
            says="You keep only the k most likely items. k cuts off *places* of the model's "
            "ranking; every item that may follow counts.",
        ),
        Misconception(
            name="expected hits",
            wrong=_expected_hits,
            says="This is the expected hit rate. Multiply by what the place is worth, 1 / log2(1 + "
            "rank).",
        ),
        Misconception(
            name="reciprocal rank",
            wrong=_reciprocal_expected,
            says="This is the expected reciprocal rank, 1 / rank. NDCG discounts by 1 / log2(1 + "
            "rank).",
        ),
        Misconception(
            name="no cut-off",
            wrong=_no_cut_off_expected,
            says="Items beyond place k still earn something: `k` is ignored. Beyond k the worth is "
            "0.",
        ),
        Misconception(
            name="strictly below k",
            wrong=_below_k_expected,
            says="Your place k itself earns nothing. The first k places count, k included.",
        ),
        Misconception(
            name="one beyond k",
            wrong=_one_beyond_k_expected,
            says="Your place k + 1 still earns something: the cut-off is one too far.",
        ),
        Misconception(
            name="ranks beyond k as k",
            wrong=_cut_to_k_expected,
            says="You treat ranks beyond k as k (clipped), so they still earn something. Beyond k "
            "the worth is 0.",
        ),
        Misconception(
            name="natural logarithm",
            wrong=_natural_log_expected,
            says="You take the natural logarithm. NDCG's is to base 2, so that a first place is "
            "worth 1.",
        ),
        Misconception(
            name="base 10",
            wrong=_base_ten_expected,
            says="You take the logarithm to base 10. NDCG's is to base 2, so that a first place is "
            "worth 1.",
        ),
        Misconception(
            name="log2(2 + rank)",
            wrong=_ranks_from_zero_expected,
            says="You divide by log2(2 + rank), as if ranks started at 0; yours start at 1. It is "
            "log2(1 + rank), so that a first place is worth 1.",
        ),
        Misconception(
            name="log2(rank)",
            wrong=_log_of_rank_expected,
            says="You divide by log2(rank), which is 0 for the first place. It is log2(1 + rank).",
        ),
        Misconception(
            name="1 + log2(rank)",
            wrong=_one_outside_the_log,
            says="You divide by 1 + log2(rank): the 1 stands outside of the logarithm. It is "
            "log2(1 + rank).",
        ),
        Misconception(
            name="ranks from 0",
            wrong=_zero_based_strict,
            says="Your ranks start at 0, so the first place divides by log2(1), which is 0. Ranks "
            "start at 1: the item counts itself.",
        ),
        Misconception(
            name="ranks by the law",
            wrong=_judges_the_law,
            says="You rank by the probabilities themselves, which gives the ceiling. The *scores* "
            "are to be judged.",
        ),
        Misconception(
            name="share of the ceiling",
            wrong=_share_of_the_ceiling,
            says="You divide by the ceiling, the best that can be reached (the ideal ranking by "
            "the probabilities). Wanted is the mean NDCG itself.",
        ),
        Misconception(
            name="ideal of k items",
            wrong=_ideal_of_k_items,
            says="You normalise by the ideal of k relevant items. One item follows, so the ideal "
            "DCG is that of a first place: 1.",
        ),
        Misconception(
            name="divided by k",
            wrong=_by_k_expected,
            says="You divide by k as well. The probabilities are the weights of a mean already: "
            "add up and no more.",
        ),
        Misconception(
            name="renormalised",
            wrong=_renormalised,
            says="You divide by the probability of the first k places, so that misses don't count. "
            "They count as 0: leave the weights as they are.",
        ),
        Misconception(
            name="mean over items",
            wrong=_mean_not_sum,
            says="You take the mean over the items. The probabilities are weights that already sum "
            "to 1: add up.",
        ),
        Misconception(
            name="unweighted sum",
            wrong=_unweighted_sum,
            says="Your sum is not weighted: the probabilities never enter. Multiply what an item's "
            "place is worth by how likely it follows.",
        ),
        Misconception(
            name="unweighted mean",
            wrong=_unweighted_mean,
            says="You average over all items alike: the probabilities never enter. Weigh each item "
            "by how likely it follows.",
        ),
        Misconception(
            name="kind to ties",
            wrong=_kind_to_ties,
            says="Your ties count for the model. An item's rank is the number of items that score "
            "at least as much.",
        ),
        Misconception(
            name="ties in the middle",
            wrong=_ties_in_the_middle,
            says="You give ties their mean (average) rank. Here they count against the model: an "
            "item's rank is the number of items that score at least as much.",
        ),
        Misconception(
            name="ties by a sort",
            wrong=_ties_by_order,
            says="You rank by a sort (`argsort`), so ties stand in whatever order the columns "
            "have. They count against the model: compare and count.",
        ),
        Misconception(
            name="ties by a reversed sort",
            wrong=_ties_by_reversed_order,
            says="You rank by a reversed sort, so ties stand in the order of the columns from the "
            "end. They count against the model: compare and count.",
        ),
        Misconception(
            name="argsort for ranks",
            wrong=_argsort_as_ranks_expected,
            says="You take `argsort` for the ranks. It says which item stands at each place, not "
            "at which place an item stands. Compare and count instead.",
        ),
        Misconception(
            name="argsort of all for ranks",
            wrong=_argsort_of_all_expected,
            says="You take `argsort` for the ranks, over padding as well. It says which item "
            "stands at each place, not at which place an item stands. Compare and count.",
        ),
        Misconception(
            name="padding competes, in a sort",
            wrong=_sorted_with_padding,
            says="Column 0 takes part in your sort. It is padding, no product: rank over "
            "`scores[:, 1:]`, and count instead of sorting, for the ties.",
        ),
        Misconception(
            name="padding competes",
            wrong=_padding_competes_expected,
            says="Column 0 takes part in your ranking. It is padding, no product: rank over "
            "`scores[:, 1:]`.",
        ),
        Misconception(
            name="worst first",
            wrong=_worst_first_expected,
            says="Your ranks run the wrong way (the lowest score first; or the sum runs over the "
            "other axis). Count the items that score at least as much.",
        ),
        Misconception(
            name="of the expected rank",
            wrong=_of_the_expected_rank,
            says="You average the ranks first and take the NDCG of the mean rank. It is the other "
            "way round: the NDCG of every item's rank, then their mean, weighed by probability.",
        ),
        Misconception(
            name="of the expected rank, no cut-off",
            wrong=_of_the_expected_rank_uncut,
            says="You average the ranks and discount the mean rank. It is the other way round: the "
            "NDCG of each rank, 0 beyond k, then the mean.",
        ),
        Misconception(
            name="one column off",
            wrong=_column_off,
            says="Ranks and probabilities are one column apart: you weigh each item by its "
            "neighbour's probability. Cut column 0 off both: `probabilities[:, 1:]`.",
        ),
        Misconception(
            name="mean over users",
            wrong=_mean_over_the_users,
            says="You take the mean over the users. Wanted is one number a user, (B,).",
        ),
        Misconception(
            name="sum over users",
            wrong=_sum_over_the_users,
            says="You sum over the users as well. Wanted is one number a user, (B,): `axis=1`.",
        ),
        Misconception(
            name="over the batch",
            wrong=_over_the_batch,
            says="You sum over the users, axis 0, the wrong axis. Sum over the items of each user: "
            "`axis=1`.",
        ),
        Misconception(
            name="each item",
            wrong=_each_item,
            says="You return one number an item, not summed. Add up over the items: (B,).",
        ),
        Misconception(
            name="the first user's ranks",
            wrong=_first_users_ranks,
            says="You use the first user's ranking for everybody. Each row has scores of its own.",
        ),
        Misconception(
            name="in the whole table",
            wrong=_in_the_whole_table,
            says="You rank among the items of all rows. A rank is among the items of its own row.",
        ),
    ),
)

# --- 5.6 Co-occurrence ----------------------------------------------------------------------------


def _clicks(rng, N, n_users, n_items):
    """users, items of a log of N clicks, some users with one."""
    return np.sort(rng.integers(0, n_users, N)), rng.integers(1, n_items + 1, N)


def _follower_probes(rng):
    one = np.zeros(4, np.int64)
    yield Probe((one, np.array([1, 2, 3, 2]), 3, 1), label="one user, the next click only")
    yield Probe((one, np.array([1, 2, 3, 2]), 3, 2), label="one user, two clicks")
    two = np.array([0, 0, 0, 5, 5])
    yield Probe((two, np.array([1, 2, 1, 2, 3]), 4, 2), label="two users")
    yield Probe((np.array([1, 1, 2, 2, 2]), np.array([4, 4, 4, 4, 4]), 4, 3), label="one product")
    for window in (1, 2, 3, 5):
        yield Probe((*_clicks(rng, 60, 7, 6), 6, window), label=f"random, window {window}")
    yield Probe((*_clicks(rng, 40, 30, 5), 9, 4), label="short histories, unclicked products")
    yield Probe((np.array([3]), np.array([2]), 2, 2), label="a single click", edge=True)
    yield Probe((one[:0], one[:0], 2, 1), label="no click at all", edge=True)
    yield Probe((two, np.array([1, 2, 1, 2, 3]), 4, 30), label="a window beyond the log", edge=True)
    large = _clicks(rng, 20_000, 900, 50)
    yield Probe((*large, 50, 5), label="20,000 clicks", slowdown=60)


def _pairs_at(users, items, lags):
    """(i, j) of all pairs of one user's clicks at these distances."""
    first = [np.zeros(0, np.int64)]
    then = [np.zeros(0, np.int64)]
    for lag in lags:
        end = max(0, len(items) - lag)
        is_pair = users[len(users) - end :] == users[:end]
        first.append(items[:end][is_pair])
        then.append(items[len(items) - end :][is_pair])
    return np.concatenate(first), np.concatenate(then)


def _counted(first, then, n_items):
    table = np.zeros((n_items + 1, n_items + 1), np.int64)
    np.add.at(table, (first, then), 1)
    return table


def _across_users(users, items, n_items, window):
    return _counted(*_pairs_at(np.zeros_like(users), items, range(1, window + 1)), n_items)


def _at_the_window_alone(users, items, n_items, window):
    return _counted(*_pairs_at(users, items, [window]), n_items)


def _next_click_alone(users, items, n_items, window):
    return _counted(*_pairs_at(users, items, [1]), n_items)


def _one_lag_short(users, items, n_items, window):
    return _counted(*_pairs_at(users, items, range(1, window)), n_items)


def _one_lag_more(users, items, n_items, window):
    return _counted(*_pairs_at(users, items, range(1, window + 2)), n_items)


def _with_itself(users, items, n_items, window):
    return _counted(*_pairs_at(users, items, range(window + 1)), n_items)


def _from_itself_and_short(users, items, n_items, window):
    return _counted(*_pairs_at(users, items, range(window)), n_items)


def _whole_history(users, items, n_items, window):
    return _counted(*_pairs_at(users, items, range(1, len(items) + 1)), n_items)


def _pairs_lost(users, items, n_items, window):
    table = np.zeros((n_items + 1, n_items + 1), np.int64)
    for lag in range(1, window + 1):
        table[_pairs_at(users, items, [lag])] += 1
    return table


def _yes_or_no(users, items, n_items, window):
    return (follower_table(users, items, n_items, window) > 0).astype(np.int64)


def _backwards(users, items, n_items, window):
    return follower_table(users, items, n_items, window).T.copy()


def _both_ways(users, items, n_items, window):
    table = follower_table(users, items, n_items, window)
    return table + table.T


def _no_repeats(users, items, n_items, window):
    table = follower_table(users, items, n_items, window)
    np.fill_diagonal(table, 0)
    return table


def _without_padding_column(users, items, n_items, window):
    return follower_table(users, items, n_items, window)[1:, 1:]


def _ids_one_low(users, items, n_items, window):
    return _counted(*_pairs_at(users, items - 1, range(1, window + 1)), n_items)


def _as_shares(users, items, n_items, window):
    table = follower_table(users, items, n_items, window)
    return table / np.maximum(table.sum(axis=1, keepdims=True), 1)


def _nearer_counts_more(users, items, n_items, window):
    table = np.zeros((n_items + 1, n_items + 1))
    for lag in range(1, window + 1):
        table += _counted(*_pairs_at(users, items, [lag]), n_items) / lag
    return table


def _once_a_user(users, items, n_items, window):
    table = np.zeros((n_items + 1, n_items + 1), np.int64)
    for user in np.unique(users):
        mine = users == user
        table += follower_table(users[mine], items[mine], n_items, window) > 0
    return table


def _once_a_click(users, items, n_items, window):
    table = np.zeros((n_items + 1, n_items + 1), np.int64)
    for place in range(len(items)):
        behind = slice(place + 1, place + 1 + window)
        found = np.unique(items[behind][users[behind] == users[place]])
        table[items[place], found] += 1
    return table


def _first_user(users, items, n_items, window):
    mine = users == users[0] if len(users) else users > 0
    return follower_table(users[mine], items[mine], n_items, window)


def _next_row_only_checked(users, items, n_items, window):
    changes = np.append(users[1:] == users[:-1], False)[: len(items)]
    table = np.zeros((n_items + 1, n_items + 1), np.int64)
    for lag in range(1, min(window, len(items) - 1) + 1):
        fits = changes[:-lag]
        np.add.at(table, (items[:-lag][fits], items[lag:][fits]), 1)
    return table


def _row_before_only_checked(users, items, n_items, window):
    same = users[1:] == users[:-1]
    table = np.zeros((n_items + 1, n_items + 1), np.int64)
    for lag in range(1, min(window, len(items) - 1) + 1):
        fits = same[lag - 1 :]
        np.add.at(table, (items[:-lag][fits], items[lag:][fits]), 1)
    return table


_FOLLOWERS = Exercise(
    id="5.6",
    title="What follows what",
    minutes=10,
    reference=follower_table,
    probes=_follower_probes,
    hints=(
        "No loop over the clicks: one over the distance, 1 to `window`. Shift the arrays against "
        "each other.",
        "`items[:-lag]` and `items[lag:]` stand side by side; the pair counts where `users[:-lag] "
        "== users[lag:]`.",
        "`np.add.at(table, (items[:-lag][same], items[lag:][same]), 1)`: unlike `table[...] += 1` "
        "it counts a pair as often as it occurs.",
    ),
    built="You have built a recommender that needs no training: counts. It climbs the ladder in "
    "the next section, beside the library's, which lets newer clicks weigh more.",
    ours="The library keeps only the pairs that occur, so that a million products fit.",
    misconceptions=(
        Misconception(
            name="only the first of a pair is checked",
            wrong=_next_row_only_checked,
            says="You check that the *next* click is the same user's, also for pairs that are "
            "further apart. Compare the users of the two clicks of the pair.",
        ),
        Misconception(
            name="only the last of a pair is checked",
            wrong=_row_before_only_checked,
            says="You check that the click *before* the second is the same user's, also for pairs "
            "that are further apart. Compare the users of the two clicks of the pair.",
        ),
        Misconception(
            name="across users",
            wrong=_across_users,
            says="You count pairs across users: the last click of one and the first of the next. "
            "Both clicks must be one user's.",
        ),
        Misconception(
            name="pairs lost",
            wrong=_pairs_lost,
            says="A pair that occurs several times counts once at each distance: `table[rows, "
            "columns] += 1` adds 1 once for an index that repeats. Use `np.add.at`.",
        ),
        Misconception(
            name="the last distance alone",
            wrong=_at_the_window_alone,
            says="You count pairs exactly `window` clicks apart. All distances from 1 to `window` "
            "count.",
        ),
        Misconception(
            name="the next click alone",
            wrong=_next_click_alone,
            says="You count the next click only: `window` is not used.",
        ),
        Misconception(
            name="one distance short",
            wrong=_one_lag_short,
            says="You stop one distance short of `window`: the end of a range is excluded.",
        ),
        Misconception(
            name="one distance more",
            wrong=_one_lag_more,
            says="You go one distance beyond `window`.",
        ),
        Misconception(
            name="from 0, one short",
            wrong=_from_itself_and_short,
            says="Your distances run from 0 to `window` - 1. At distance 0 each click follows "
            "itself: count from 1 to `window`.",
        ),
        Misconception(
            name="a click follows itself",
            wrong=_with_itself,
            says="You count distance 0, too: each click follows itself. Begin at 1.",
        ),
        Misconception(
            name="the whole history",
            wrong=_whole_history,
            says="You count everything that came later, however far. Only the next `window` clicks "
            "count.",
        ),
        Misconception(
            name="once a click",
            wrong=_once_a_click,
            says="A product that comes twice within the window of one click counts once in your "
            "table. Each pair of clicks counts.",
        ),
        Misconception(
            name="once a user",
            wrong=_once_a_user,
            says="You count each pair of products once a user. Each pair of clicks counts.",
        ),
        Misconception(
            name="yes or no",
            wrong=_yes_or_no,
            says="Your table says whether a pair occurs, not how often.",
        ),
        Misconception(
            name="backwards",
            wrong=_backwards,
            says="Rows and columns are exchanged: entry [i, j] counts that j came *after* i.",
        ),
        Misconception(
            name="both ways",
            wrong=_both_ways,
            says="You count both ways. Only what came *after* counts: that is the order.",
        ),
        Misconception(
            name="no repeats",
            wrong=_no_repeats,
            says="You leave out products that follow themselves. In a pet shop the same food is "
            "clicked again: the diagonal counts.",
        ),
        Misconception(
            name="without padding",
            wrong=_without_padding_column,
            says="Row and column 0 are missing. They stay, with zeros, so that entry [i, j] "
            "belongs to the products i and j.",
        ),
        Misconception(
            name="ids one too low",
            wrong=_ids_one_low,
            says="Your indices are one too low. Product j has row and column j; 0 is padding.",
        ),
        Misconception(
            name="shares",
            wrong=_as_shares,
            says="You divide by the row sums. Asked are the counts; shares come later.",
        ),
        Misconception(
            name="nearer counts more",
            wrong=_nearer_counts_more,
            says="You let nearer pairs weigh more. Here each pair within the window counts 1.",
        ),
        Misconception(
            name="the first user only",
            wrong=_first_user,
            says="Only the first user's clicks are counted. All users are.",
        ),
    ),
)

EXERCISES = (_RANKS, _NDCG, _EXCLUDE, _INTERVAL, _EXPECTED, _FOLLOWERS)

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

GUESSES = (
    GuessNumber(
        id="5.1",
        asks="How often the constant model puts the right product first",
        unit="%",
        high=100,
        close=5,
    ),
    GuessNumber(
        id="5.2",
        asks="HR@10 of the oracle without what was clicked",
        unit="%",
        high=100,
        close=10,
    ),
    GuessChoice(
        id="5.3",
        asks="The winner among 100 random products",
        choices=("the same", "the other one"),
    ),
    GuessOrder(
        id="5.4",
        asks="The ladder, the lowest NDCG@10 first",
        items=("co-occurrence", "GRU4Rec (small)", "Markov chain", "memoryless (MLP)"),
    ),
)
