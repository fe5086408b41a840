"""What breaks each sentence of chapter 16's stubs. See `table`."""

import numpy as np

from seqrec.metrics.chunked_ranking import ranks_in_chunks
from seqrec.shop.costs import projected_cost
from zooplus_sim.keyed_random import first_draws


def _beyond_the_largest_only(size, sizes, costs):
    if size <= sizes[-1]:
        raise ValueError("size must be above the largest of sizes")
    return projected_cost(size, sizes, costs)


def _three_pairs_or_more(size, sizes, costs):
    if len(sizes) < 3:
        raise ValueError("sizes must be three or more")
    return projected_cost(size, sizes, costs)


def _arrays_only(size, sizes, costs):
    slope = np.diff(costs)[-1] / np.diff(sizes)[-1]
    return (sizes * 0 + costs + (size - sizes) * slope)[-1]


def _an_array(size, sizes, costs):
    return np.array([projected_cost(size, sizes, costs)])


def _a_shared_stream(seed, channel, users, n):
    """The right draws, but in rows of the users in order."""
    return first_draws(seed, channel, np.sort(users), n)


def _two_draws_at_least(seed, channel, users, n):
    return first_draws(seed, channel, users, max(n, 2))


def _neighbours_only(seed, channel, users, n):
    return first_draws(seed, channel, np.arange(users[0], users[0] + len(users)), n)


def _a_number(mean, count, n_targets, n_ranks):
    return float(mean) * count * n_ranks / n_targets


def _in_a_row(mean, count, n_targets, n_ranks):
    return (mean * count * n_ranks / n_targets)[None]


def _one_state(states, vectors, targets, items_at_once=16384):
    """Right for a single state; of several, the scores of all stand in one column."""
    return ranks_in_chunks(states.mean(dim=0, keepdim=True), vectors, targets[:1], items_at_once)


def _targets_from_one(states, vectors, targets, items_at_once=16384):
    return ranks_in_chunks(states, vectors, (targets - 1) % len(vectors), items_at_once)


def _ranks_as_32_bits(states, vectors, targets, items_at_once=16384):
    return ranks_in_chunks(states, vectors, targets, items_at_once).int()


def _all_scores(states, vectors, targets, items_at_once=16384):
    scores = states @ vectors.T
    own = scores.gather(1, targets[:, None])
    return (scores >= own).sum(dim=1)


CLAUSES = {
    "16.1": {
        "What `size` units would cost if each further one costs": (
            "average cost",
            "from first to last",
            "the two smallest",
        ),
        "size: at least the largest of sizes.": _beyond_the_largest_only,
        "sizes, costs: lists of n measured pairs, n of 2 or more, sizes rising.": (
            _three_pairs_or_more,
            _arrays_only,
            "upside down",
        ),
        "Returns a float.": (_an_array, "rounded"),
    },
    "16.2": {
        "The first n draws of each of some shoppers.": ("one draw each", "counts from one"),
        "seed: of the log.": ("always seed 0", "seed plus shopper"),
        "channel: what the draws decide, such as Channel.CLICK;": "always CLICK",
        "draws of two channels have nothing to do with each other.": (
            "the shopper alone",
            "seed plus channel",
        ),
        "users: (U,) ids of shoppers, any block of them, in any order.": (
            "shoppers sorted",
            "keys by place",
            _neighbours_only,
        ),
        "n: 1 or more.": ("the last draw missing", _two_draws_at_least),
        "Returns (U, n): in row i the draws 0 .. n - 1 of shopper users[i]": (
            "transposed",
            "one generator for the block",
            "flat",
            _a_shared_stream,
        ),
    },
    "16.3": {
        "What a rank calls `backward` of, so that the *average* over ranks": (
            "own mean",
            "averaging forgotten",
            "gradient cut off",
        ),
        "mean: scalar tensor, the mean loss of this rank's targets.": (
            "a mean taken for a sum",
            "in place",
        ),
        "count: how many these are.": ("own mean", "one target at least", "the others' share"),
        "n_targets: of all ranks together.": ("never divided", "share upside down"),
        "n_ranks: over how many the gradients will be averaged.": (
            "only by ranks",
            "ranks twice",
        ),
        "Returns a scalar tensor.": (_a_number, _in_a_row, "the weight alone"),
    },
    "16.4": {
        "The rank of each target among all items, with few scores at a time.": (
            "its own chunk only",
            "the last chunk left out",
            "one for each chunk",
        ),
        "states: (B, D).": ("the first state for all", _one_state),
        "vectors: (V, D), one per item;": ("item 0 left out", "the last item left out"),
        "an item's score is its dot product with the state.": ("cosine", "distance"),
        "targets: (B,) rows of `vectors`, from 0.": ("targets from one", _targets_from_one),
        "Ties count against the model, as always": ("ties for the model", "ties by half"),
        "No tensor may have more than B * items_at_once scores.": (
            "the whole matrix",
            "all states, one at a time",
            "chunks of states",
            _all_scores,
        ),
        "Returns (B,) long, 1 = best.": ("ranks from zero", "lowest first", _ranks_as_32_bits),
    },
}
