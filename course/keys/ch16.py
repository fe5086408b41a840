"""Answer key of chapter 16."""

import numpy as np
import torch

from course.coach import Choice, EquivalentMutant, Exercise, Misconception, Probe, Quiz
from seqrec.metrics.chunked_ranking import ranks_in_chunks
from seqrec.shop.costs import projected_cost
from seqrec.training.shared_loss import part_of_mean
from zooplus_sim.keyed_random import Channel, first_draws, stream_keys, uniform

# --- 16.1 Marginal cost ---------------------------------------------------------------------------


def _cost_probes(rng):
    yield Probe((300, [100, 200], [5.0, 6.0]), label="two sizes")
    yield Probe((200, [100, 200], [5.0, 6.0]), label="the largest size itself")
    yield Probe((10_000, [1, 10, 100], [2.0, 2.1, 4.0]), label="a flat beginning")
    yield Probe((50, [1, 2, 5], [0.0, 4.0, 5.0]), label="each further unit is cheaper")
    sizes = np.cumsum(rng.integers(1, 50, 4)).tolist()
    yield Probe((1_000, sizes, rng.uniform(1, 9, 4).tolist()), label="random")


def _average(size, sizes, costs):
    return size * costs[-1] / sizes[-1]


def _first_to_last(size, sizes, costs):
    return costs[-1] + (size - sizes[-1]) * (costs[-1] - costs[0]) / (sizes[-1] - sizes[0])


def _no_start(size, sizes, costs):
    return size * (costs[-1] - costs[-2]) / (sizes[-1] - sizes[-2])


def _straight_line(size, sizes, costs):
    return float(np.polyval(np.polyfit(sizes, costs, 1), size))


def _power_law(size, sizes, costs):
    slope = np.log(costs[-1] / max(costs[-2], 1e-9)) / np.log(sizes[-1] / sizes[-2])
    return float(costs[-1] * (size / sizes[-1]) ** slope)


def _only_the_rest(size, sizes, costs):
    return (size - sizes[-1]) * (costs[-1] - costs[-2]) / (sizes[-1] - sizes[-2])


_COST = Exercise(
    id="16.1",
    title="What ten billion will cost",
    minutes=5,
    reference=projected_cost,
    probes=_cost_probes,
    hints=(
        "How many seconds did *one more* click take between the two largest sizes?",
        "That slope is (costs[-1] - costs[-2]) / (sizes[-1] - sizes[-2]). Start from what is "
        "known: costs[-1].",
        "`costs[-1] + (size - sizes[-1]) * slope`",
    ),
    misconceptions=(
        Misconception(
            name="average cost",
            wrong=_average,
            says="You divide the total by the size, so the cost of starting is paid again for "
            "every click. Take the difference of the two largest measurements.",
        ),
        Misconception(
            name="from first to last",
            wrong=_first_to_last,
            says="Your slope is that from the smallest to the largest size. The two largest alone "
            "say what the next one will cost.",
        ),
        Misconception(
            name="the start forgotten",
            wrong=_no_start,
            says="The slope is right, but you multiply it by the whole size. What was measured is "
            "known: go on from costs[-1], for size - sizes[-1] more.",
        ),
        Misconception(
            name="only the rest",
            wrong=_only_the_rest,
            says="That is the cost of what comes on top. The measured costs[-1] is still missing.",
        ),
        Misconception(
            name="a straight line through all",
            wrong=_straight_line,
            says="A line through all points is bent by the small ones. Only the two largest sizes "
            "are asked for.",
        ),
        Misconception(
            name="a power law",
            wrong=_power_law,
            says="You go on along a line of the logarithms. That takes the flat beginning for a "
            "law; the marginal cost is a slope of the plain numbers.",
        ),
    ),
)

# --- 16.2 Keyed draws -----------------------------------------------------------------------------


def _draw_probes(rng):
    yield Probe((0, Channel.CLICK, np.array([0]), 1), label="one shopper, one draw")
    yield Probe((3, Channel.ITEM, np.array([5, 6, 7]), 2), label="a block in the middle")
    yield Probe((3, Channel.ITEM, np.array([7, 5]), 2), label="another order")
    yield Probe((1, Channel.CLICK, np.array([4, 4]), 3), label="the same shopper twice")
    yield Probe(
        (int(rng.integers(1_000)), Channel.ARRIVAL, rng.integers(0, 10**6, 6), 5),
        label="random shoppers",
    )


def _of_the_block(seed, channel, users, n):
    return np.random.default_rng(seed).random((len(users), n))


def _own_generators(seed, channel, users, n):
    return np.stack([np.random.default_rng([seed, user]).random(n) for user in users])


def _by_place(seed, channel, users, n):
    return first_draws(seed, channel, np.arange(len(users)), n)


def _seed_plus_user(seed, channel, users, n):
    return np.stack([np.random.default_rng(seed + user).random(n) for user in users])


def _counters_go_on(seed, channel, users, n):
    keys = stream_keys(seed, channel, users)
    return np.stack(
        [
            [uniform(keys[row : row + 1], row * n + c)[0] for c in range(n)]
            for row in range(len(users))
        ]
    )


def _from_one(seed, channel, users, n):
    keys = stream_keys(seed, channel, users)
    return np.stack([uniform(keys, c + 1) for c in range(n)], axis=1)


def _one_draw(seed, channel, users, n):
    return np.repeat(uniform(stream_keys(seed, channel, users), 0)[:, None], n, axis=1)


def _transposed(seed, channel, users, n):
    return first_draws(seed, channel, users, n).T


def _other_channel(seed, channel, users, n):
    return first_draws(seed, Channel.MISSION, users, n)


_DRAWS = Exercise(
    id="16.2",
    title="Draws that belong to a shopper",
    minutes=6,
    reference=first_draws,
    probes=_draw_probes,
    hints=(
        "First the keys: `stream_keys(seed, channel, users)`, one per shopper.",
        "`uniform(keys, c)` gives draw number c of all of them, (U,). You want c = 0 .. n - 1, a "
        "column each.",
        "`np.stack([uniform(keys, c) for c in range(n)], axis=1)`",
    ),
    misconceptions=(
        Misconception(
            name="one generator for the block",
            wrong=_of_the_block,
            says="You draw from one generator, from front to back. What a shopper gets then "
            "depends on who else is in the block: other blocks, another log.",
        ),
        Misconception(
            name="keys by place",
            wrong=_by_place,
            says="Your keys are made of places in the block, 0, 1, 2 ... So the first shopper of "
            "every block draws the same. Give `stream_keys` the ids.",
        ),
        Misconception(
            name="seed plus shopper",
            wrong=_seed_plus_user,
            says="Seed and shopper are added, so shopper 1 of seed 0 draws what shopper 0 of seed "
            "1 does. `stream_keys` keeps them apart.",
        ),
        Misconception(
            name="a generator for each shopper",
            wrong=_own_generators,
            says="A generator for each shopper is sound: nobody depends on the block. But these "
            "are other numbers than the log's, and a million generators are slow. Use "
            "`stream_keys` and `uniform`.",
        ),
        Misconception(
            name="the counter goes on",
            wrong=_counters_go_on,
            says="Your counter goes on from row to row, so a draw depends on the place in the "
            "block. Each shopper counts from 0.",
        ),
        Misconception(
            name="counts from one",
            wrong=_from_one,
            says="The first draw has number 0; yours begin with 1.",
        ),
        Misconception(
            name="one draw, repeated",
            wrong=_one_draw,
            says="Each shopper gets the same number n times. The counter has to move: draw number "
            "c is `uniform(keys, c)`.",
        ),
        Misconception(
            name="transposed",
            wrong=_transposed,
            says="A row is a draw here, and a column a shopper. It is asked for the other way "
            "round: axis=1.",
        ),
        Misconception(
            name="another channel",
            wrong=_other_channel,
            says="These are draws of another channel than the one that is asked for.",
        ),
    ),
)

# --- 16.3 The mean over all ranks -----------------------------------------------------------------


def _part_probes(rng):
    yield Probe((torch.tensor(2.0), 300, 400, 2), label="three quarters of the targets")
    yield Probe((torch.tensor(3.0), 5, 5, 1), label="one rank alone")
    yield Probe((torch.tensor(1.5), 0, 7, 3), label="a rank without targets")
    yield Probe((torch.tensor(0.7), 10, 40, 4), label="equal shares")
    mean, count = torch.tensor(float(rng.uniform(1, 5))), int(rng.integers(1, 50))
    yield Probe((mean, count, 97, 5), label="random", gradients=True)


def _own_mean(mean, count, n_targets, n_ranks):
    return mean * 1


def _sum_only(mean, count, n_targets, n_ranks):
    return mean * count


def _no_ranks(mean, count, n_targets, n_ranks):
    return mean * count / n_targets


def _divided_by_ranks(mean, count, n_targets, n_ranks):
    return mean * count / n_targets / n_ranks


def _per_own_target(mean, count, n_targets, n_ranks):
    return mean * n_ranks / n_targets


def _detached(mean, count, n_targets, n_ranks):
    return mean.detach() * (n_ranks * count / n_targets)


_PART = Exercise(
    id="16.3",
    title="A mean over all ranks",
    minutes=5,
    reference=part_of_mean,
    probes=_part_probes,
    hints=(
        "This rank's losses sum to mean * count. In the mean over all targets each is divided by "
        "n_targets.",
        "The parts would have to be *added*. But they will be averaged, that is divided by "
        "n_ranks: make up for it.",
        "`mean * (n_ranks * count / n_targets)`",
    ),
    misconceptions=(
        Misconception(
            name="own mean",
            wrong=_own_mean,
            says="That is the rank's own mean. Averaged, a rank with few targets has as much to "
            "say as one with many.",
        ),
        Misconception(
            name="never divided",
            wrong=_sum_only,
            says="That is the rank's sum, so the step grows with the batch. Divide by the number "
            "of all targets.",
        ),
        Misconception(
            name="averaging forgotten",
            wrong=_no_ranks,
            says="These parts add up to the mean. But they are averaged, not added: the result is "
            "n_ranks times too small.",
        ),
        Misconception(
            name="divided twice",
            wrong=_divided_by_ranks,
            says="You divide by n_ranks, and the averaging does so again. Multiply instead.",
        ),
        Misconception(
            name="a mean taken for a sum",
            wrong=_per_own_target,
            says="You treat `mean` as the sum of this rank's losses. The sum is mean * count.",
        ),
        Misconception(
            name="gradient cut off",
            wrong=_detached,
            says="The value is right, but nothing can be learned from it: its gradient is cut off. "
            "Leave the tensor attached.",
        ),
    ),
)

# --- 16.4 Ranks in chunks -------------------------------------------------------------------------


def _whole_numbers(rng, *shape):
    """So that ties are exact, and sums too."""
    return torch.from_numpy(rng.integers(-3, 4, shape)).float()


def _rank_probes(rng):
    up = torch.arange(10.0)[:, None]
    yield Probe(
        (torch.tensor([[1.0]]), up, torch.tensor([9]), 4), label="the best item, in the last chunk"
    )
    yield Probe(
        (torch.tensor([[1.0], [-1.0]]), up, torch.tensor([7, 7]), 4), label="upward and downward"
    )
    yield Probe(
        (torch.tensor([[1.0]]), up, torch.tensor([0]), 5),
        label="the worst item, chunks that fit exactly",
    )
    yield Probe(
        (torch.tensor([[1.0]]), up, torch.tensor([4]), 4), label="the first item of a chunk"
    )
    yield Probe(
        (torch.tensor([[1.0]]), torch.ones(6, 1), torch.tensor([2]), 4), label="all items tie"
    )
    yield Probe((torch.tensor([[1.0]]), up, torch.tensor([4]), 100), label="one chunk for all")
    yield Probe(
        (_whole_numbers(rng, 5, 3), _whole_numbers(rng, 23, 3), torch.arange(5) * 5, 7),
        label="random, ties",
    )
    yield Probe(
        (_whole_numbers(rng, 2, 3), _whole_numbers(rng, 40, 3), torch.tensor([3, 39])),
        label="the default",
    )


def _scores(states, vectors, targets):
    scores = states @ vectors.T
    return scores, scores.gather(1, targets[:, None])


def _ties_for_the_model(states, vectors, targets, items_at_once=16_384):
    scores, own = _scores(states, vectors, targets)
    return (scores > own).sum(dim=1) + 1


def _counts_itself(states, vectors, targets, items_at_once=16_384):
    scores, own = _scores(states, vectors, targets)
    return (scores >= own).sum(dim=1) + 1


def _from_zero(states, vectors, targets, items_at_once=16_384):
    return ranks_in_chunks(states, vectors, targets) - 1


def _first_chunk(states, vectors, targets, items_at_once=16_384):
    scores, own = _scores(states, vectors, targets)
    return (scores[:, :items_at_once] >= own).sum(dim=1) + (targets >= items_at_once)


def _last_chunk_missing(states, vectors, targets, items_at_once=16_384):
    scores, own = _scores(states, vectors, targets)
    kept = len(vectors) // items_at_once * items_at_once
    return (scores[:, :kept] >= own).sum(dim=1) + (targets >= kept)


def _within_its_chunk(states, vectors, targets, items_at_once=16_384):
    scores, own = _scores(states, vectors, targets)
    same = torch.arange(len(vectors)) // items_at_once == (targets // items_at_once)[:, None]
    return ((scores >= own) & same).sum(dim=1)


def _lowest_first(states, vectors, targets, items_at_once=16_384):
    scores, own = _scores(states, vectors, targets)
    return (scores <= own).sum(dim=1)


_RANKS = Exercise(
    id="16.4",
    title="Ranks without a matrix of scores",
    minutes=8,
    reference=ranks_in_chunks,
    probes=_rank_probes,
    hints=(
        "The target's own score first: `(states * vectors[targets]).sum(dim=1, keepdim=True)`, (B, "
        "1).",
        "Then a loop over `range(0, len(vectors), items_at_once)`: score a slice of the items, and "
        "add up how many are >= the target's score.",
        "The target meets itself in one of the chunks. Set it to -inf there, and the rank is 1 + "
        "the count; or count it once and add nothing, if you trust two ways of rounding to agree.",
    ),
    misconceptions=(
        Misconception(
            name="ties for the model",
            wrong=_ties_for_the_model,
            says="You count only what scores *more* than the target. A model that gives all items "
            "the same score would have rank 1 everywhere: ties count against it (chapter 05), so "
            ">=.",
        ),
        Misconception(
            name="the target counted too",
            wrong=_counts_itself,
            says="The target stands before itself: it is >= its own score. Leave it out of the "
            "count.",
        ),
        Misconception(
            name="ranks from zero",
            wrong=_from_zero,
            says="Your best rank is 0. Ranks begin with 1.",
        ),
        Misconception(
            name="the first chunk only",
            wrong=_first_chunk,
            says="Only the first chunk is counted. Go on to the end of the items.",
        ),
        Misconception(
            name="the last chunk left out",
            wrong=_last_chunk_missing,
            says="The items after the last full chunk are missing. `range(0, len(vectors), "
            "items_at_once)` reaches them; a slice that goes too far is cut by itself.",
        ),
        Misconception(
            name="its own chunk only",
            wrong=_within_its_chunk,
            says="You rank the target among the items of its own chunk. Rivals are in all of them: "
            "keep adding.",
        ),
        Misconception(
            name="lowest first",
            wrong=_lowest_first,
            says="You count what scores less. Rank 1 is the highest score.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="scores = _without_nan(states @ vectors[start:start + items_at_once].T, start) -> "
            "*",
            reason="No probe has a score that is no number.",
        ),
    ),
)

EXERCISES = (_COST, _DRAWS, _PART, _RANKS)

QUIZZES = (
    Quiz(
        id="16.1",
        question="A job takes 61 s for 1 million clicks and 70 s for 2 million. What will 100 "
        "million take?",
        choices=(
            Choice(
                "About 6,100 s: a hundred times the first.",
                why="That pays the cost of starting a hundred times.",
            ),
            Choice(
                "About 3,500 s: fifty times the second.",
                why="Closer, and still 52 s of starting, fifty times.",
            ),
            Choice(
                "About 950 s: 9 s for each further million.",
                right=True,
                why="70 + 98 x 9 = 952. The first 52 s are paid once. And mind: it holds as long "
                "as nothing else begins to grow, such as a sort, or a memory that is full.",
            ),
            Choice(
                "It can't be said without measuring it.",
                why="Not for certain, no. But two measurements give a marginal cost: a forecast "
                "that can be wrong.",
            ),
        ),
    ),
    Quiz(
        id="16.2",
        question="Your log is made in blocks of 10,000 shoppers, with a generator seeded by (seed, "
        "block). Each block is the same whenever it is made. What is wrong?",
        choices=(
            Choice("Nothing: it is reproducible.", why="Only for those who use your block size."),
            Choice(
                "With another block size it is another log.",
                right=True,
                why="The block has become part of the seed. Who has less memory, and makes smaller "
                "blocks, can't repeat your result.",
            ),
            Choice(
                "Two blocks might draw the same numbers.", why="Seeded by the pair, they don't."
            ),
            Choice(
                "It is slow.",
                why="It is as fast as anything. It is only another log for everybody else.",
            ),
        ),
    ),
    Quiz(
        id="16.3",
        question="Two ranks, one batch each of 32 rows; the histories of rank 0 are long. Each "
        "rank follows the mean loss of its own targets, and the gradients are averaged. What is "
        "learned?",
        choices=(
            Choice(
                "The same as with one rank.", why="Only if both ranks had equally many targets."
            ),
            Choice(
                "Nothing, the gradients cancel.",
                why="They add up; only their weights are not those that were meant.",
            ),
            Choice(
                "The same, except that shoppers with short histories count for more.",
                right=True,
                why="A mean over few targets weighs as much as one over many. Nobody sees it in "
                "the loss; the model is just another one than that of a single rank.",
            ),
            Choice(
                "The same, but half as fast.",
                why="The step has the right size. Its direction is another one.",
            ),
        ),
    ),
)
