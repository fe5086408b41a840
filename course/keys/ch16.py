"""Answer key of chapter 16."""

import itertools
from functools import lru_cache

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from course.coach import Choice, EquivalentMutant, Exercise, GuessNumber, Misconception, Probe, Quiz
from course.coach.sandbox.memory import with_peak
from seqrec.metrics.chunked_ranking import ranks_in_chunks
from seqrec.shop.costs import projected_cost
from seqrec.training.shared_loss import part_of_mean
from zooplus_sim.keyed_random import Channel, first_draws, stream_keys, uniform

# --- 16.1 Marginal cost ---------------------------------------------------------------------------


def _cost_probes(rng):
    yield Probe((300, [100, 200], [5.0, 6.0]), label="two sizes")
    yield Probe((200, [50, 100, 200], [2.0, 5.0, 6.0]), label="the largest size itself", edge=True)
    yield Probe((10_000, [1, 10, 100], [2.0, 2.1, 4.0]), label="a flat beginning")
    yield Probe((50, [1, 2, 5], [0.5, 4.0, 5.0]), label="each further unit is cheaper")
    for n in (3, 4, 5, 3, 4):
        sizes = np.cumsum(rng.integers(3, 50, n)).tolist()
        # slopes above 1, so that a division without a remainder is not simply 0
        costs = np.cumsum(np.diff(sizes, prepend=0) * rng.uniform(1.2, 5, n)).tolist()
        yield Probe((sizes[-1] + int(rng.integers(40, 900)), sizes, costs), label="random")


def _slope(sizes, costs):
    return (costs[-1] - costs[-2]) / (sizes[-1] - sizes[-2])


def _slopes(sizes, costs):
    return np.diff(costs) / np.diff(sizes)


def _average(size, sizes, costs):
    return size * costs[-1] / sizes[-1]


def _average_of_all(size, sizes, costs):
    return size * sum(costs) / sum(sizes)


def _first_to_last(size, sizes, costs):
    return costs[-1] + (size - sizes[-1]) * (costs[-1] - costs[0]) / (sizes[-1] - sizes[0])


def _two_smallest(size, sizes, costs):
    return costs[-1] + (size - sizes[-1]) * (costs[1] - costs[0]) / (sizes[1] - sizes[0])


def _line_of_the_two_smallest(size, sizes, costs):
    return costs[1] + (size - sizes[1]) * (costs[1] - costs[0]) / (sizes[1] - sizes[0])


def _mean_slope(size, sizes, costs):
    return float(costs[-1] + (size - sizes[-1]) * np.mean(_slopes(sizes, costs)))


def _steepest(size, sizes, costs):
    return float(costs[-1] + (size - sizes[-1]) * max(_slopes(sizes, costs)))


def _no_start(size, sizes, costs):
    return size * _slope(sizes, costs)


def _whole_size_on_top(size, sizes, costs):
    return costs[-1] + size * _slope(sizes, costs)


def _whole_size_on_the_smallest(size, sizes, costs):
    return costs[0] + size * _slope(sizes, costs)


def _from_the_smallest(size, sizes, costs):
    return costs[0] + (size - sizes[0]) * _slope(sizes, costs)


def _smallest_cost_largest_size(size, sizes, costs):
    return costs[0] + (size - sizes[-1]) * _slope(sizes, costs)


def _from_the_last_but_one_cost(size, sizes, costs):
    return costs[-2] + (size - sizes[-1]) * _slope(sizes, costs)


def _from_the_last_but_one_size(size, sizes, costs):
    return costs[-1] + (size - sizes[-2]) * _slope(sizes, costs)


def _whole_numbers_only(size, sizes, costs):
    return costs[-1] + (size - sizes[-1]) * ((costs[-1] - costs[-2]) // (sizes[-1] - sizes[-2]))


def _upside_down(size, sizes, costs):
    return costs[-1] + (size - sizes[-1]) * (sizes[-1] - sizes[-2]) / (costs[-1] - costs[-2])


def _not_divided(size, sizes, costs):
    return costs[-1] + (size - sizes[-1]) * (costs[-1] - costs[-2])


def _divided_by_the_size(size, sizes, costs):
    return costs[-1] + (size - sizes[-1]) * (costs[-1] - costs[-2]) / sizes[-1]


def _downward(size, sizes, costs):
    return costs[-1] - (size - sizes[-1]) * _slope(sizes, costs)


def _whole_steps(size, sizes, costs):
    return costs[-1] + (size - sizes[-1]) // (sizes[-1] - sizes[-2]) * (costs[-1] - costs[-2])


def _times_the_ratio(size, sizes, costs):
    return costs[-1] + (costs[-1] - costs[-2]) * size / sizes[-1]


def _one_step_more(size, sizes, costs):
    return costs[-1] + (costs[-1] - costs[-2])


def _the_slope_alone(size, sizes, costs):
    return _slope(sizes, costs)


def _the_largest_cost(size, sizes, costs):
    return costs[-1]


def _straight_line(size, sizes, costs):
    return float(np.polyval(np.polyfit(sizes, costs, 1), size))


def _logarithmic(size, sizes, costs):
    return float(np.polyval(np.polyfit(np.log(sizes), costs, 1), np.log(size)))


def _power_law_of_all(size, sizes, costs):
    return float(np.exp(np.polyval(np.polyfit(np.log(sizes), np.log(costs), 1), np.log(size))))


def _line_of_the_last_three(size, sizes, costs):
    return _straight_line(size, sizes[-3:], costs[-3:])


def _average_on_top(size, sizes, costs):
    return costs[-1] + size * costs[-1] / sizes[-1]


def _parabola(size, sizes, costs):
    last = slice(-min(3, len(sizes)), None)
    return float(np.polyval(np.polyfit(sizes[last], costs[last], len(sizes[last]) - 1), size))


def _power_law(size, sizes, costs):
    slope = np.log(costs[-1] / max(costs[-2], 1e-9)) / np.log(sizes[-1] / sizes[-2])
    return float(costs[-1] * (size / sizes[-1]) ** slope)


def _only_the_rest(size, sizes, costs):
    return (size - sizes[-1]) * _slope(sizes, costs)


def _rounded(size, sizes, costs):
    return float(round(projected_cost(size, sizes, costs)))


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
    built="You have built a projection by marginal cost. The next cell prices ten billion "
    "clicks with it, task by task.",
    misconceptions=(
        Misconception(
            name="average cost",
            wrong=_average,
            says="You divide the total by the size, an average cost, so the cost of starting is "
            "paid again for every click. Take the difference of the two largest measurements.",
        ),
        Misconception(
            name="average of all",
            wrong=_average_of_all,
            says="You take the average cost of a unit over all measurements together: sum by sum. "
            "What one *more* costs is a difference, that of the two largest measurements.",
        ),
        Misconception(
            name="from first to last",
            wrong=_first_to_last,
            says="Your slope is that from the smallest to the largest size, first to last. The two "
            "largest alone say what the next one will cost.",
        ),
        Misconception(
            name="the two smallest",
            wrong=_two_smallest,
            says="Your slope is that between the two smallest sizes, the first two of the lists. "
            "The two largest stand at the end: `[-1]` and `[-2]`.",
        ),
        Misconception(
            name="a line of the two smallest",
            wrong=_line_of_the_two_smallest,
            says="You lay a line through the two smallest sizes, the first two of the lists, and "
            "go on along it. The two largest stand at the end: `[-1]` and `[-2]`.",
        ),
        Misconception(
            name="mean slope",
            wrong=_mean_slope,
            says="You take the mean of all slopes. Only the last one counts, between the two "
            "largest sizes.",
        ),
        Misconception(
            name="the steepest slope",
            wrong=_steepest,
            says="You take the steepest of all slopes, the largest marginal cost. Asked for is the "
            "last one, between the two largest sizes, steep or not.",
        ),
        Misconception(
            name="the start forgotten",
            wrong=_no_start,
            says="The slope is right, but you multiply it by the whole size, so the cost of "
            "starting is missing. What was measured is known: go on from costs[-1], for size - "
            "sizes[-1] more.",
        ),
        Misconception(
            name="the whole size on top",
            wrong=_whole_size_on_top,
            says="You add the cost of the whole size on top of the largest cost, so what was "
            "measured is paid twice. Only what goes beyond the largest size is new: size - "
            "sizes[-1].",
        ),
        Misconception(
            name="the whole size on the smallest",
            wrong=_whole_size_on_the_smallest,
            says="You take the smallest measurement's cost for the cost of starting, and multiply "
            "the slope by the whole size. Begin at the largest: costs[-1], and size - sizes[-1] "
            "more units.",
        ),
        Misconception(
            name="begins at the smallest",
            wrong=_from_the_smallest,
            says="You begin at the smallest size and its cost, and draw the last slope from there. "
            "Begin at the largest: costs[-1] and sizes[-1].",
        ),
        Misconception(
            name="cost of the smallest, size of the largest",
            wrong=_smallest_cost_largest_size,
            says="You begin at the cost of the smallest size, costs[0], but count the units from "
            "the largest. They belong together: costs[-1] and sizes[-1].",
        ),
        Misconception(
            name="cost of the last but one",
            wrong=_from_the_last_but_one_cost,
            says="You begin at the cost of the second largest size, costs[-2], but count the units "
            "from the largest. Add to costs[-1].",
        ),
        Misconception(
            name="size of the last but one",
            wrong=_from_the_last_but_one_size,
            says="You begin at the largest cost, but count the units from the second largest size, "
            "sizes[-2]: some are paid twice. It is size - sizes[-1].",
        ),
        Misconception(
            name="whole-number division",
            wrong=_whole_numbers_only,
            says="You divide with `//`, which rounds the slope down to a whole number, an integer "
            "division. A slope is a fraction: `/`.",
        ),
        Misconception(
            name="upside down",
            wrong=_upside_down,
            says="Your slope is upside down: units per cost. Seconds per unit is wanted, the "
            "difference of costs divided by the difference of sizes.",
        ),
        Misconception(
            name="not divided",
            wrong=_not_divided,
            says="You take the difference of the two costs for the cost of one unit. Divide it by "
            "the difference of the two sizes.",
        ),
        Misconception(
            name="divided by the size",
            wrong=_divided_by_the_size,
            says="You divide the difference of costs by the largest size, not by the difference of "
            "the two sizes: sizes[-1] - sizes[-2].",
        ),
        Misconception(
            name="downward",
            wrong=_downward,
            says="Your sign is turned round: more units cost less. Add (size - sizes[-1]) * slope "
            "to costs[-1].",
        ),
        Misconception(
            name="whole steps",
            wrong=_whole_steps,
            says="You count whole steps, as far apart as the two largest sizes are, and leave out "
            "the rest. Divide with `/`: each unit counts.",
        ),
        Misconception(
            name="times the ratio",
            wrong=_times_the_ratio,
            says="You multiply the difference of the two costs by size / sizes[-1]. Divide it by "
            "the difference of the two sizes, and multiply by size - sizes[-1].",
        ),
        Misconception(
            name="one step more",
            wrong=_one_step_more,
            says="You go one step further, as far as the last two are apart, whatever `size` is. "
            "Multiply the cost per unit by size - sizes[-1].",
        ),
        Misconception(
            name="the slope alone",
            wrong=_the_slope_alone,
            says="You return the slope, the cost of *one* further unit. Multiply it by size - "
            "sizes[-1], and add it to costs[-1].",
        ),
        Misconception(
            name="the largest cost",
            wrong=_the_largest_cost,
            says="You return the largest cost that was measured, as `np.interp` does beyond its "
            "last point: nothing is projected. Go on along the last slope.",
        ),
        Misconception(
            name="only the rest",
            wrong=_only_the_rest,
            says="That is the cost of what comes on top. The measured costs[-1] is still missing: "
            "add it.",
        ),
        Misconception(
            name="a straight line through all",
            wrong=_straight_line,
            says="You fit a straight line through all points (least squares), and it is bent by "
            "the small ones. Only the two largest sizes are asked for.",
        ),
        Misconception(
            name="a straight line through the last three",
            wrong=_line_of_the_last_three,
            says="You fit a straight line through the last three points. Only the two largest "
            "sizes are asked for: a line through exactly these.",
        ),
        Misconception(
            name="a logarithm",
            wrong=_logarithmic,
            says="You fit a line over the logarithm of the sizes. The marginal cost is a slope of "
            "the plain numbers, between the two largest.",
        ),
        Misconception(
            name="a power law through all",
            wrong=_power_law_of_all,
            says="You fit a power law, a line of the logarithms, through all points. The marginal "
            "cost is a slope of the plain numbers, between the two largest.",
        ),
        Misconception(
            name="average on top",
            wrong=_average_on_top,
            says="You add the average cost of the whole size to what was measured already. Only "
            "size - sizes[-1] units are new, and each costs the last slope.",
        ),
        Misconception(
            name="a parabola",
            wrong=_parabola,
            says="You lay a parabola through the last three points, and it goes on bending. Each "
            "further unit is to cost what it did between the two largest: a straight line.",
        ),
        Misconception(
            name="a power law",
            wrong=_power_law,
            says="You go on along a line of the logarithms, a power law. That takes the flat "
            "beginning for a law; the marginal cost is a slope of the plain numbers.",
        ),
        Misconception(
            name="rounded",
            wrong=_rounded,
            says="You round the result to a whole number. Return the float as it is.",
        ),
    ),
)

# --- 16.2 Keyed draws -----------------------------------------------------------------------------


def _alike(one, other):
    return one.shape == other.shape and bool(np.allclose(one, other))


@lru_cache(maxsize=64)
def _streams(seed, channel, users, n):
    """Numbers that an answer may have drawn from the log's streams, if mistakenly."""
    ids = np.unique([user + step for user in (*users, 0) for step in range(-1, n + 2)])
    ids = ids[ids >= 0]
    pairs = [(seed + step, channel) for step in range(n + 1)]
    pairs += [(seed, other) for other in Channel] + [(0, channel), (seed + channel, channel)]
    counters = range(len(users) * n + 2)
    keys = np.concatenate([stream_keys(*pair, ids) for pair in dict.fromkeys(pairs)])
    return np.unique([uniform(keys, counter) for counter in counters])


def _habits(answer, seed, channel, users, n):
    """What must hold whatever the numbers are. The first that does not is what gets told."""

    def draw(users, *, seed=seed, channel=channel, n=n):
        return np.asarray(answer(seed, channel, users, n))

    block = draw(users)
    if block.shape != (len(users), n):
        return {"one row for each shopper, one column for each draw": False}
    return {
        "one row for each shopper, one column for each draw": True,
        "the same when it is asked again": _alike(draw(users), block),
        "each shopper has draws of their own": len(np.unique(block[:, 0])) == len(users),
        "each draw of a shopper is a new one": len(np.unique(block[0])) == n,
        "a shopper draws the same without the others": all(
            _alike(draw(users[row : row + 1]), block[row : row + 1]) for row in range(len(users))
        ),
        "a shopper draws the same in another order": _alike(draw(users[::-1]), block[::-1]),
        "fewer draws are the first of them": _alike(draw(users, n=n - 1), block[:, :-1]),
        "another channel draws otherwise": not _alike(draw(users, channel=Channel.POLICY), block),
        "another seed draws otherwise": not _alike(draw(users, seed=seed + 1), block),
        "other shoppers draw otherwise": not _alike(draw(users + 3), block),
        "seed + 1 is not the next shopper": not _alike(draw(users, seed=seed + 1), draw(users + 1)),
        "the draws come from the streams of `stream_keys`": bool(
            np.isin(block, _streams(seed, channel, tuple(users.tolist()), n)).all()
        ),
    }


def _some_shoppers(rng, n):
    """Ids, no two alike or neighbours, and not in order."""
    users = 10 + 7 * rng.permutation(900)[:n]
    return users if users[0] > users[-1] else users[::-1].copy()


def _draw_probes(rng):
    yield Probe((3, Channel.ITEM, np.array([5, 6, 7]), 2), label="a block in the middle")
    yield Probe((2, Channel.MISSION, np.array([9, 5, 30, 12]), 3), label="another order")
    yield Probe((5, Channel.CLICK, np.array([8]), 1), label="one shopper, one draw", edge=True)
    yield Probe(
        (1, Channel.BROWSE, np.array([4, 4, 9]), 4), label="the same shopper twice", edge=True
    )
    # more of these than of the others: by its habits a generator is known whose numbers are not
    channels = (Channel.ARRIVAL, Channel.BROWSE, Channel.ITEM, Channel.MISSION, Channel.CLICK)
    for number, channel in enumerate((*channels, *channels[:3])):
        users = _some_shoppers(rng, 3 + number % 3)
        label = "shoppers asked together, alone, and in another order"
        yield Probe(
            (int(rng.integers(2, 1_000)), channel, users, 2 + (number + 1) % 3),
            label=label,
            call=_habits,
        )
    yield Probe(
        (int(rng.integers(2, 1_000)), Channel.ARRIVAL, _some_shoppers(rng, 6), 5),
        label="random shoppers",
    )


def _by_keys(keys, counters):
    return np.stack([uniform(keys, counter) for counter in counters], axis=1)


def _of_the_block(seed, channel, users, n):
    return np.random.default_rng(seed).random((len(users), n))


def _of_the_block_in_columns(seed, channel, users, n):
    return np.random.default_rng(seed).random((n, len(users))).T


def _of_the_block_by_channel_in_columns(seed, channel, users, n):
    return np.random.default_rng([seed, channel]).random((n, len(users))).T


def _of_the_block_by_channel(seed, channel, users, n):
    return np.random.default_rng([seed, channel]).random((len(users), n))


def _fresh(seed, channel, users, n):
    return np.random.default_rng().random((len(users), n))


def _own_generators(seed, channel, users, n):
    return np.stack([np.random.default_rng([seed, user]).random(n) for user in users])


def _own_generators_by_channel(seed, channel, users, n):
    return np.stack([np.random.default_rng([seed, channel, user]).random(n) for user in users])


def _by_user_alone(seed, channel, users, n):
    return np.stack([np.random.default_rng(user).random(n) for user in users])


def _by_place(seed, channel, users, n):
    return first_draws(seed, channel, np.arange(len(users)), n)


def _seed_plus_user(seed, channel, users, n):
    return np.stack([np.random.default_rng(seed + user).random(n) for user in users])


def _seed_and_shopper_added(seed, channel, users, n):
    return np.stack([first_draws(seed + int(user), channel, [user], n)[0] for user in users])


def _seed_moved(seed, channel, users, n):
    return np.stack([uniform(stream_keys(seed + c, channel, users), 0) for c in range(n)], axis=1)


def _seed_plus_channel(seed, channel, users, n):
    return first_draws(seed + channel, channel, users, n)


def _channel_moved(seed, channel, users, n):
    return np.stack(
        [uniform(stream_keys(seed, (channel + c) % 99, users), 0) for c in range(n)], axis=1
    )


def _shopper_moved(seed, channel, users, n):
    return np.stack([uniform(stream_keys(seed, channel, users + c), 0) for c in range(n)], axis=1)


def _counters_go_on(seed, channel, users, n):
    keys = stream_keys(seed, channel, users)
    return np.stack(
        [
            [uniform(keys[row : row + 1], row * n + c)[0] for c in range(n)]
            for row in range(len(users))
        ]
    )


def _counters_go_on_by_draw(seed, channel, users, n):
    return np.stack(
        [
            [
                first_draws(seed, channel, [user], len(users) * n)[0, c * len(users) + row]
                for c in range(n)
            ]
            for row, user in enumerate(users)
        ]
    )


def _counter_plus_place(seed, channel, users, n):
    draws = first_draws(seed, channel, users, n + len(users))
    return np.stack([own[row : row + n] for row, own in enumerate(draws)])


def _counter_plus_shopper(seed, channel, users, n):
    keys = stream_keys(seed, channel, users)
    return np.stack(
        [
            [uniform(keys[row : row + 1], int(user) + c)[0] for c in range(n)]
            for row, user in enumerate(users)
        ]
    )


def _counter_is_the_shopper(seed, channel, users, n):
    keys = stream_keys(seed, channel, np.arange(n))
    return np.stack([[uniform(keys[c : c + 1], int(u))[0] for c in range(n)] for u in users])


def _from_one(seed, channel, users, n):
    return _by_keys(stream_keys(seed, channel, users), range(1, n + 1))


def _last_first(seed, channel, users, n):
    return first_draws(seed, channel, users, n)[:, ::-1]


def _last_missing(seed, channel, users, n):
    return first_draws(seed, channel, users, n)[:, : n - 1]


def _one_more(seed, channel, users, n):
    return first_draws(seed, channel, users, n + 1)


def _one_draw(seed, channel, users, n):
    return np.repeat(uniform(stream_keys(seed, channel, users), 0)[:, None], n, axis=1)


def _the_nth_draw(seed, channel, users, n):
    return np.repeat(uniform(stream_keys(seed, channel, users), n)[:, None], n, axis=1)


def _first_alone(seed, channel, users, n):
    return uniform(stream_keys(seed, channel, users), 0)


def _transposed(seed, channel, users, n):
    return first_draws(seed, channel, users, n).T


def _reshaped(seed, channel, users, n):
    return first_draws(seed, channel, users, n).T.reshape(len(users), n)


def _flat(seed, channel, users, n):
    return first_draws(seed, channel, users, n).ravel()


def _always(fixed):
    def draws(seed, channel, users, n):
        return first_draws(seed, fixed, users, n)

    return draws


def _always_seed_0(seed, channel, users, n):
    return first_draws(0, channel, users, n)


def _sorted_shoppers(seed, channel, users, n):
    return first_draws(seed, channel, np.sort(users), n)


def _once_each(seed, channel, users, n):
    return first_draws(seed, channel, np.unique(users), n)


def _sorted_draws(seed, channel, users, n):
    return np.sort(first_draws(seed, channel, users, n), axis=1)


def _first_shopper_only(seed, channel, users, n):
    return np.repeat(first_draws(seed, channel, users[:1], n), len(users), axis=0)


def _next_shopper(seed, channel, users, n):
    return first_draws(seed, channel, np.asarray(users) + 1, n)


def _the_keys(seed, channel, users, n):
    return np.repeat(stream_keys(seed, channel, users)[:, None].astype(float), n, axis=1)


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
    built="You have built draws that belong to a shopper. The simulator draws in just this "
    "way, and the next cells make one log in one go and in blocks, to the last bit "
    "alike.",
    ours="The library asks for draw number `c` of all shoppers at once, so ours loops over "
    "draws and not over shoppers.",
    misconceptions=(
        Misconception(
            name="one generator for the block",
            wrong=_of_the_block,
            says="You draw from one generator for the whole block, from front to back, and the "
            "channel has no say. What a shopper gets then depends on who else is in the block: "
            "other blocks, another log. Each shopper needs a stream of their own.",
        ),
        Misconception(
            name="one generator for the block and channel",
            wrong=_of_the_block_by_channel,
            says="You draw from one generator for the whole block, so what a shopper gets depends "
            "on the place in the block and on who else is there: other blocks, another log. Make a "
            "key for each shopper with `stream_keys`.",
        ),
        Misconception(
            name="one generator for the block, draw by draw",
            wrong=_of_the_block_in_columns,
            says="You draw from one generator for the whole block, draw by draw, and the channel "
            "has no say. So what a shopper gets depends on the place in the block. Each shopper "
            "needs a stream of their own: `stream_keys`.",
        ),
        Misconception(
            name="one generator for the block and channel, draw by draw",
            wrong=_of_the_block_by_channel_in_columns,
            says="You draw from one generator for the whole block, draw by draw: what a shopper "
            "gets depends on the place in the block, not on who it is. Each shopper needs a stream "
            "of their own: `stream_keys`.",
        ),
        Misconception(
            name="a generator without a seed",
            wrong=_fresh,
            says="Each call draws anew, without the seed: nobody can make the same log twice. A "
            "draw has to follow from seed, channel, shopper and counter: `stream_keys` and "
            "`uniform`.",
        ),
        Misconception(
            name="keys by place",
            wrong=_by_place,
            says="Your keys are made of places in the block, 0, 1, 2 ... not of the shoppers' ids. "
            "So the first shopper of every block draws the same. Give `stream_keys` the ids.",
        ),
        Misconception(
            name="seed plus shopper",
            wrong=_seed_plus_user,
            says="Seed and shopper are added, so shopper 1 of seed 0 draws what shopper 0 of seed "
            "1 does. `stream_keys` keeps them apart.",
        ),
        Misconception(
            name="seed plus shopper, keyed",
            wrong=_seed_and_shopper_added,
            says="You add the shopper's id to the seed before you make the key. `stream_keys` has "
            "both already: give it the seed as it is.",
        ),
        Misconception(
            name="a generator for each shopper and channel",
            wrong=_own_generators_by_channel,
            says="A generator for each shopper and channel is sound: nobody depends on the block. "
            "But these are other numbers than the log's, and a million generators are slow. Use "
            "`stream_keys` and `uniform`.",
        ),
        Misconception(
            name="a generator for each shopper",
            wrong=_own_generators,
            says="A generator for each shopper makes nobody depend on the block. But the channel "
            "has no say in it, these are other numbers than the log's, and a million generators "
            "are slow. Use `stream_keys` and `uniform`.",
        ),
        Misconception(
            name="the shopper alone",
            wrong=_by_user_alone,
            says="Your generators are seeded by the shopper's id alone: neither the seed of the "
            "log nor the channel has a say. `stream_keys` takes all three.",
        ),
        Misconception(
            name="seed plus channel",
            wrong=_seed_plus_channel,
            says="You add the channel to the seed before you make the key. `stream_keys` has both "
            "already: give it the seed as it is.",
        ),
        Misconception(
            name="the seed moves",
            wrong=_seed_moved,
            says="You move the seed from draw to draw (seed + c) and take the first draw of each. "
            "Seed and keys stay; the counter moves: `uniform(keys, c)`.",
        ),
        Misconception(
            name="the channel moves",
            wrong=_channel_moved,
            says="You move the channel from draw to draw (channel + c), so draw c is one of "
            "another channel. The channel stays; the counter moves: `uniform(keys, c)`.",
        ),
        Misconception(
            name="the shopper moves",
            wrong=_shopper_moved,
            says="You add the draw's number to the shopper's id, so a shopper's second draw is the "
            "next shopper's first. The key stays; the counter moves: `uniform(keys, c)`.",
        ),
        Misconception(
            name="the counter goes on",
            wrong=_counters_go_on,
            says="Your counter goes on from row to row, so a draw depends on the place in the "
            "block. Each shopper counts from 0.",
        ),
        Misconception(
            name="the counter goes on, draw by draw",
            wrong=_counters_go_on_by_draw,
            says="Your counter goes on through the whole block, draw by draw, so it depends on how "
            "many shoppers there are. Each shopper counts from 0: `uniform(keys, c)`.",
        ),
        Misconception(
            name="the counter begins with the place",
            wrong=_counter_plus_place,
            says="Your counter begins with the place in the block: the second shopper starts at "
            "draw 1. Each shopper counts from 0.",
        ),
        Misconception(
            name="the counter begins with the id",
            wrong=_counter_plus_shopper,
            says="You add the shopper's id to the counter. It is in the key already: each shopper "
            "counts from 0.",
        ),
        Misconception(
            name="shopper and counter exchanged",
            wrong=_counter_is_the_shopper,
            says="You exchange shopper and counter: keys are made of 0 .. n - 1 and the ids count. "
            "The key is the shopper's, the counter the draw's number.",
        ),
        Misconception(
            name="counts from one",
            wrong=_from_one,
            says="Your counter begins with 1, so the first draw is left out. The draws are "
            "numbered from 0 to n - 1.",
        ),
        Misconception(
            name="last draw first",
            wrong=_last_first,
            says="The last draw comes first: your columns stand in reverse order. Column c is draw "
            "number c, from 0 on.",
        ),
        Misconception(
            name="the last draw missing",
            wrong=_last_missing,
            says="The last draw is missing, you have one column too few: n draws are numbered 0 .. "
            "n - 1.",
        ),
        Misconception(
            name="one draw more",
            wrong=_one_more,
            says="You return one draw too many, 0 .. n. The n draws are 0 .. n - 1: `range(n)`.",
        ),
        Misconception(
            name="one draw, repeated",
            wrong=_one_draw,
            says="Each shopper gets the same number n times, always draw 0. The counter has to "
            "move: draw number c is `uniform(keys, c)`.",
        ),
        Misconception(
            name="draw n, repeated",
            wrong=_the_nth_draw,
            says="You take n for the counter, so each shopper gets draw number n, again and again. "
            "Wanted are the draws 0 .. n - 1, a column each.",
        ),
        Misconception(
            name="one draw each",
            wrong=_first_alone,
            says="You return one draw for each shopper, the first, as (U,). All n are wanted, "
            "(U, n): a column each.",
        ),
        Misconception(
            name="transposed",
            wrong=_transposed,
            says="Your result is transposed: a row is a draw here, and a column a shopper. It is "
            "asked for the other way round, (U, n): axis=1.",
        ),
        Misconception(
            name="reshaped",
            wrong=_reshaped,
            says="You reshape (n, U) to (U, n). That keeps the order in memory, and mixes the "
            "shoppers up. Transpose it, or stack the draws along axis=1.",
        ),
        Misconception(
            name="flat",
            wrong=_flat,
            says="You return one long row of all draws. A row for each shopper is wanted, (U, n).",
        ),
        *(
            Misconception(
                name=f"always {fixed.name}",
                wrong=_always(fixed),
                says=f"You always draw from Channel.{fixed.name}: the argument `channel` is never "
                "read. Give it to `stream_keys`, so that the draws are those of the channel that "
                "is asked for.",
            )
            for fixed in Channel
        ),
        Misconception(
            name="always seed 0",
            wrong=_always_seed_0,
            says="You always use seed 0: the argument `seed` is never read, and all logs are the "
            "same. Give it to `stream_keys`.",
        ),
        Misconception(
            name="shoppers sorted",
            wrong=_sorted_shoppers,
            says="You sort the shoppers by id, so rows belong to others than asked. Row i is that "
            "of users[i], in the order that was given.",
        ),
        Misconception(
            name="each shopper once",
            wrong=_once_each,
            says="You take each shopper once, and sorted, as `np.unique` gives them. One row for "
            "each entry of `users` is wanted, repeats and all, in the order that was given.",
        ),
        Misconception(
            name="draws sorted",
            wrong=_sorted_draws,
            says="You sort the draws of each shopper. Column c is draw number c, large or small.",
        ),
        Misconception(
            name="the first shopper for all",
            wrong=_first_shopper_only,
            says="All rows are those of the first shopper. Each has a key of their own: give "
            "`stream_keys` all of `users`.",
        ),
        Misconception(
            name="the next shopper",
            wrong=_next_shopper,
            says="Your ids are one too large: each row is that of the next shopper. Give "
            "`stream_keys` the ids as they are.",
        ),
        Misconception(
            name="the keys themselves",
            wrong=_the_keys,
            says="You return the keys, not draws. `uniform(keys, c)` makes numbers from 0 to 1 of "
            "them.",
        ),
    ),
)

# --- 16.3 The mean over all ranks -----------------------------------------------------------------


def _part_probes(rng):
    yield Probe((torch.tensor(2.0), 300, 400, 2), label="three quarters of the targets")
    yield Probe((torch.tensor(3.0), 5, 5, 1), label="one rank alone", edge=True)
    yield Probe((torch.tensor(1.5), 0, 7, 3), label="a rank without targets", edge=True)
    yield Probe((torch.tensor(0.7), 10, 40, 4), label="equal shares", edge=True)
    for n_ranks in (5, 3, 4, 6):
        mean = torch.tensor(float(rng.uniform(1, 5)))
        count = int(rng.integers(5, 15))
        n_targets = count * (n_ranks - 1) + int(rng.integers(1, 5))
        yield Probe((mean, count, n_targets, n_ranks), label="random", gradients=True)


def _product(c, t, r):
    """mean * count ** c * n_targets ** t * n_ranks ** r."""

    def part(mean, count, n_targets, n_ranks):
        by_count = count**c if count or c >= 0 else 0.0
        return mean * (by_count * float(n_targets) ** t * float(n_ranks) ** r)

    return part


def _said_of_product(c, t, r):
    """What to say to mean * count ** c * n_targets ** t * n_ranks ** r."""
    doings = []
    for name, power, due in (("count", c, 1), ("n_targets", t, -1), ("n_ranks", r, 1)):
        if power != due:
            done = {1: "you multiply by", 0: "you leave out", -1: "you divide by"}[power]
            doings.append(
                f"{done} {name}, where you have to {'multiply' if due == 1 else 'divide'}"
            )
    said = "; ".join(doings)
    return f"{said[0].upper()}{said[1:]}. It is mean * n_ranks * count / n_targets."


_TOLD_PRODUCTS = (
    (0, 0, 0),
    (1, 0, 0),
    (1, 0, 1),
    (1, 0, -1),
    (1, -1, 0),
    (1, -1, -1),
    (0, -1, 1),
    (0, -1, 0),
    (0, -1, -1),
    (0, 0, 1),
    (0, 0, -1),
    (-1, 0, 0),
    (-1, 0, 1),
    (-1, 1, -1),
    (-1, 1, 1),
    (-1, 1, 0),
)


def _other_products(told):
    """All the other products of powers -1, 0 and 1, each with what to say to it."""
    for powers in itertools.product((-1, 0, 1), repeat=3):
        if powers not in told and powers != (1, -1, 1):
            yield Misconception(
                name=f"powers {powers} of count, n_targets, n_ranks",
                wrong=_product(*powers),
                says=_said_of_product(*powers),
            )


def _one_target_at_least(mean, count, n_targets, n_ranks):
    return mean * (n_ranks * max(count, 1) / n_targets)


def _in_place(mean, count, n_targets, n_ranks):
    mean *= n_ranks * count / n_targets
    return mean


def _weight_alone(mean, count, n_targets, n_ranks):
    return torch.ones_like(mean) * (n_ranks * count / n_targets)


def _detached(mean, count, n_targets, n_ranks):
    return mean.detach() * (n_ranks * count / n_targets)


def _whole_number_share(mean, count, n_targets, n_ranks):
    return mean * (count // n_targets) * n_ranks


def _whole_number_weight(mean, count, n_targets, n_ranks):
    return mean * (n_ranks * count // n_targets)


def _share_of_the_others(mean, count, n_targets, n_ranks):
    return mean * n_ranks * (n_targets - count) / n_targets


def _against_the_others(mean, count, n_targets, n_ranks):
    return mean * n_ranks * count / max(n_targets - count, 1)


def _ranks_besides_this_one(mean, count, n_targets, n_ranks):
    return mean * (n_ranks - 1) * count / n_targets


def _all_targets_squared(mean, count, n_targets, n_ranks):
    return mean * n_ranks * (count / n_targets) ** 2


def _ranks_squared(mean, count, n_targets, n_ranks):
    return mean * n_ranks**2 * count / n_targets


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
    built="You have built what makes training on many ranks the same as on one. "
    "`seqrec.training.shared_loss` calls it in each step, and the next cells train on "
    "two ranks with it.",
    misconceptions=(
        Misconception(
            name="own mean",
            wrong=_product(0, 0, 0),
            says="You return the rank's own mean as it is, unweighted. Averaged, a rank with few "
            "targets has as much to say as one with many: weigh it by its share of the targets, "
            "n_ranks * count / n_targets.",
        ),
        Misconception(
            name="never divided",
            wrong=_product(1, 0, 0),
            says="That is the rank's sum, mean * count, so the step grows with the batch. Divide "
            "by the number of all targets, and multiply by n_ranks.",
        ),
        Misconception(
            name="sum times ranks",
            wrong=_product(1, 0, 1),
            says="You multiply by count and n_ranks, but never divide by the number of all "
            "targets: the step grows with the batch. Divide by n_targets.",
        ),
        Misconception(
            name="sum by ranks",
            wrong=_product(1, 0, -1),
            says="You divide the rank's sum by n_ranks, which the averaging does anyway, and not "
            "by n_targets. It is mean * n_ranks * count / n_targets.",
        ),
        Misconception(
            name="averaging forgotten",
            wrong=_product(1, -1, 0),
            says="You leave out n_ranks. These parts add up to the mean, but they are averaged, "
            "not added: the result is n_ranks times too small. Multiply by n_ranks.",
        ),
        Misconception(
            name="divided twice",
            wrong=_product(1, -1, -1),
            says="You divide by n_ranks, and the averaging does so again. Multiply instead.",
        ),
        Misconception(
            name="a mean taken for a sum",
            wrong=_product(0, -1, 1),
            says="You treat `mean` as the sum of this rank's losses: `count` is left out. The sum "
            "is mean * count.",
        ),
        Misconception(
            name="only divided by all targets",
            wrong=_product(0, -1, 0),
            says="You divide the mean by the number of all targets, as if it were a sum, and leave "
            "out n_ranks. It is mean * count / n_targets, times n_ranks.",
        ),
        Misconception(
            name="divided by targets and ranks",
            wrong=_product(0, -1, -1),
            says="You divide the mean by targets and ranks; `count` is never read. The rank's sum "
            "is mean * count, and n_ranks multiplies.",
        ),
        Misconception(
            name="only times ranks",
            wrong=_product(0, 0, 1),
            says="You multiply by n_ranks alone, and the averaging takes that back: each rank "
            "weighs the same. Its share of the targets, count / n_targets, is missing.",
        ),
        Misconception(
            name="only by ranks",
            wrong=_product(0, 0, -1),
            says="You divide by n_ranks, which the averaging does anyway, and each rank weighs the "
            "same. Weigh by n_ranks * count / n_targets.",
        ),
        Misconception(
            name="only by count",
            wrong=_product(-1, 0, 0),
            says="You divide by `count`, but `mean` is a mean already. Multiply: mean * count is "
            "this rank's sum.",
        ),
        Misconception(
            name="ranks by count",
            wrong=_product(-1, 0, 1),
            says="You divide by `count`, but `mean` is a mean already. Multiply by count, and "
            "divide by n_targets, the targets of all ranks.",
        ),
        Misconception(
            name="upside down",
            wrong=_product(-1, 1, -1),
            says="Your fraction is upside down: n_targets / (n_ranks * count). A rank with many "
            "targets has to weigh more: n_ranks * count / n_targets.",
        ),
        Misconception(
            name="share upside down",
            wrong=_product(-1, 1, 1),
            says="The share is upside down, n_targets / count: a rank with few targets weighs "
            "most. It is count / n_targets.",
        ),
        Misconception(
            name="share upside down, no ranks",
            wrong=_product(-1, 1, 0),
            says="The share is upside down, n_targets / count, and n_ranks is left out. It is "
            "n_ranks * count / n_targets.",
        ),
        *_other_products(_TOLD_PRODUCTS),
        Misconception(
            name="one target at least",
            wrong=_one_target_at_least,
            says="You count a rank without targets as if it had one. Its part is 0: the mean is "
            "over the targets that are there.",
        ),
        Misconception(
            name="in place",
            wrong=_in_place,
            says="You change `mean` in place (`*=`), which autograd refuses for a leaf, and which "
            "changes the caller's tensor. Return a new one: mean * weight.",
        ),
        Misconception(
            name="the weight alone",
            wrong=_weight_alone,
            says="You return the rank's weight alone. Multiply `mean` by it.",
        ),
        Misconception(
            name="whole-number share",
            wrong=_whole_number_share,
            says="You divide with `//`, a whole-number division: count is less than n_targets, so "
            "the share is 0. Use `/`.",
        ),
        Misconception(
            name="whole-number weight",
            wrong=_whole_number_weight,
            says="You divide with `//`, which rounds the weight down to a whole number. Use `/`.",
        ),
        Misconception(
            name="the others' share",
            wrong=_share_of_the_others,
            says="You weigh by the share of the *other* ranks, 1 - count / n_targets. This rank's "
            "own is count / n_targets.",
        ),
        Misconception(
            name="against the others",
            wrong=_against_the_others,
            says="You divide by the targets of the other ranks only, n_targets - count. n_targets "
            "are those of all together, this one included.",
        ),
        Misconception(
            name="the other ranks",
            wrong=_ranks_besides_this_one,
            says="You multiply by n_ranks - 1. The average is over all ranks, this one included: "
            "n_ranks.",
        ),
        Misconception(
            name="the share twice",
            wrong=_all_targets_squared,
            says="You apply the share count / n_targets twice. Once is enough.",
        ),
        Misconception(
            name="ranks twice",
            wrong=_ranks_squared,
            says="You multiply by n_ranks twice. The averaging divides by it once.",
        ),
        Misconception(
            name="gradient cut off",
            wrong=_detached,
            says="The value is right, but nothing can be learned from it: its gradient is cut off, "
            "the tensor is detached (`.item()`, `float`, `torch.tensor`, `.detach()` do that). "
            "Calculate with `mean` itself.",
        ),
    ),
)

# --- 16.4 Ranks in chunks -------------------------------------------------------------------------


class _Largest(TorchFunctionMode):
    """While active, notes how many scores the largest tensor holds that is made.

    V, D: of the items' vectors. Their copies may be larger than a chunk of scores: only products
    are counted, and what is larger than the vectors.
    """

    PRODUCTS = (
        "matmul mm mv bmm dot inner einsum tensordot linear addmm addmv baddbmm cdist".split()
    )

    def __init__(self, V, D, items_at_once):
        super().__init__()
        self.copies_of_vectors = 2 * (V + items_at_once) * D
        self.found = 0

    def __torch_function__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        is_product = func.__name__.strip("_").removeprefix("r") in self.PRODUCTS
        if type(result) is torch.Tensor:
            if is_product or result.numel() > self.copies_of_vectors:
                self.found = max(self.found, result.numel())
        return result


def _with_memory(answer, states, vectors, targets, items_at_once):
    """The ranks, and how many scores there were at a time."""
    # A score of each row for each target is small, whatever the chunk.
    allowed = len(states) * max(items_at_once, len(states))
    with _Largest(*vectors.shape, items_at_once) as largest:
        ranks = answer(states, vectors, targets, items_at_once)
    told = "no more than is allowed"
    if largest.found > allowed:
        told = f"{largest.found} (at most {len(states) * items_at_once} are allowed)"
    return {"ranks": ranks, "scores at a time": told}


def _with_memory_of_numpy(answer, states, vectors, targets, items_at_once):
    """As `_with_memory`; NumPy's tables count too, by their memory."""
    told, peak = with_peak(lambda: _with_memory(answer, states, vectors, targets, items_at_once))
    # a table of all scores, and half of it as room
    if peak > 4 * len(states) * len(vectors) // 2:
        most = len(states) * items_at_once
        size = len(states) * len(vectors)
        told["scores at a time"] = f"{size} (at most {most} are allowed)"
    return told


def _whole_numbers(rng, *shape):
    """So that ties are exact, and sums too."""
    return torch.from_numpy(rng.integers(-3, 4, shape)).float()


def _rank_probes(rng):
    up = torch.arange(10.0)[:, None]
    yield Probe(
        (torch.tensor([[1.0]]), up, torch.tensor([9]), 4), label="the best item, in the last chunk"
    )
    yield Probe(
        (torch.tensor([[1.0], [-1.0], [2.0]]), up, torch.tensor([7, 7, 2]), 4),
        label="upward and downward",
    )
    yield Probe(
        (torch.tensor([[1.0]]), up, torch.tensor([0]), 5),
        label="the worst item, chunks that fit exactly",
        edge=True,
    )
    yield Probe(
        (torch.tensor([[-1.0]]), up, torch.tensor([4]), 4), label="the first item of a chunk"
    )
    yield Probe(
        (torch.tensor([[1.0]]), torch.ones(6, 1), torch.tensor([2]), 4),
        label="all items tie",
        edge=True,
    )
    yield Probe(
        (torch.tensor([[1.0], [-1.0]]), up, torch.tensor([4, 3]), 100), label="one chunk for all"
    )
    for B, V, D, C in ((5, 23, 3, 7), (4, 30, 2, 8), (6, 26, 3, 5), (3, 19, 2, 4)):
        yield _random_ranks(rng, B, V, D, C, "random, ties, a short last chunk")
    yield _random_ranks(rng, 2, 40, 3, None, "the default")
    # V is large enough that one row of all scores is too many
    yield _random_ranks(rng, 5, 53, 2, 6, "how many scores there are at a time", _with_memory)
    yield _random_ranks(rng, 9, 62, 2, 4, "more rows than a chunk has items", _with_memory)
    yield _random_ranks(rng, 250, 500, 2, 25, "many rows, many items", _with_memory_of_numpy)


def _random_ranks(rng, B, V, D, C, label, call=None):
    """Targets in the first and in the last chunk, with several items that tie."""
    targets = torch.from_numpy(rng.integers(1, V - 1, B))
    targets[0] = V - 1
    targets[-1] = V // 2
    args = (_whole_numbers(rng, B, D), _whole_numbers(rng, V, D), targets)
    return Probe(args if C is None else (*args, C), label=label, call=call)


def _scores(states, vectors, targets):
    scores = states @ vectors.T
    return scores, scores.gather(1, targets[:, None])


def _count_in_chunks(is_better, *, own_counts=True):
    """Ranks in chunks, with another rule of what stands before the target."""

    def ranks(states, vectors, targets, items_at_once=16_384):
        own = (states * vectors[targets]).sum(dim=1, keepdim=True)
        better = torch.zeros(len(states), dtype=torch.long)
        for start in range(0, len(vectors), items_at_once):
            scores = states @ vectors[start : start + items_at_once].T
            items = torch.arange(start, start + scores.shape[1])
            better += is_better(scores, own, items, targets[:, None]).sum(dim=1)
        return better + own_counts

    return ranks


_ties_for_the_model = _count_in_chunks(lambda scores, own, items, targets: scores > own)
_counts_itself = _count_in_chunks(lambda scores, own, items, targets: scores >= own)
_from_zero = _count_in_chunks(
    lambda scores, own, items, targets: (scores >= own) & (items != targets), own_counts=False
)
_lowest_first = _count_in_chunks(
    lambda scores, own, items, targets: (scores <= own) & (items != targets)
)
_ties_by_place = _count_in_chunks(
    lambda scores, own, items, targets: (scores > own) | ((scores == own) & (items < targets))
)
_strictly_and_from_zero = _count_in_chunks(
    lambda scores, own, items, targets: scores > own, own_counts=False
)
_item_0_is_padding = _count_in_chunks(
    lambda scores, own, items, targets: (scores >= own) & (items != targets) & (items != 0)
)


def _half_ties(states, vectors, targets, items_at_once=16_384):
    strictly = _ties_for_the_model(states, vectors, targets, items_at_once)
    tied = ranks_in_chunks(states, vectors, targets, items_at_once) - strictly
    return strictly + tied // 2


def _halves(states, vectors, targets, items_at_once=16_384):
    strictly = _ties_for_the_model(states, vectors, targets, items_at_once)
    tied = ranks_in_chunks(states, vectors, targets, items_at_once) - strictly
    return strictly + tied / 2


def _first_chunk(states, vectors, targets, items_at_once=16_384):
    scores, own = _scores(states, vectors, targets)
    return (scores[:, :items_at_once] >= own).sum(dim=1) + (targets >= items_at_once)


def _last_chunk_missing(states, vectors, targets, items_at_once=16_384):
    scores, own = _scores(states, vectors, targets)
    kept = len(vectors) // items_at_once * items_at_once
    return (scores[:, :kept] >= own).sum(dim=1) + (targets >= kept)


def _last_chunk_and_target_missing(states, vectors, targets, items_at_once=16_384):
    scores, own = _scores(states, vectors, targets)
    kept = len(vectors) // items_at_once * items_at_once
    return (scores[:, :kept] >= own).sum(dim=1)


def _last_chunk_alone(states, vectors, targets, items_at_once=16_384):
    scores, own = _scores(states, vectors, targets)
    start = (len(vectors) - 1) // items_at_once * items_at_once
    return (scores[:, start:] >= own).sum(dim=1) + (targets < start)


def _within_its_chunk(states, vectors, targets, items_at_once=16_384):
    scores, own = _scores(states, vectors, targets)
    same = torch.arange(len(vectors)) // items_at_once == (targets // items_at_once)[:, None]
    return ((scores >= own) & same).sum(dim=1)


def _chunks(V, items_at_once, step=None, width=None):
    """(start, end) of each chunk."""
    for start in range(0, V, step or items_at_once):
        yield start, min(start + (width or items_at_once), V)


def _counted(states, vectors, targets, chunks):
    """Ranks of all >= in these chunks; the target itself is taken out once."""
    scores, own = _scores(states, vectors, targets)
    return sum((scores[:, start:end] >= own).sum(dim=1) for start, end in chunks)


def _one_short(states, vectors, targets, items_at_once=16_384):
    chunks = list(_chunks(len(vectors), items_at_once, width=items_at_once - 1))
    left_out = ~sum((targets >= start) & (targets < end) for start, end in chunks).bool()
    return _counted(states, vectors, targets, chunks) + left_out


def _one_twice(states, vectors, targets, items_at_once=16_384):
    chunks = _chunks(len(vectors), items_at_once, width=items_at_once + 1)
    return _counted(states, vectors, targets, chunks)


def _last_chunk_full(states, vectors, targets, items_at_once=16_384):
    V = len(vectors)
    chunks = [(start, end) for start, end in _chunks(V, items_at_once)]
    chunks[-1] = (max(V - items_at_once, 0), V)
    return _counted(states, vectors, targets, chunks)


def _last_chunk_padded(states, vectors, targets, items_at_once=16_384):
    missing = -len(vectors) % items_at_once if items_at_once < len(vectors) else 0
    return ranks_in_chunks(
        states, torch.cat([vectors, vectors.new_zeros(missing, vectors.shape[1])]), targets
    )


def _one_more_for_each_chunk(states, vectors, targets, items_at_once=16_384):
    n_chunks = len(range(0, len(vectors), items_at_once))
    return ranks_in_chunks(states, vectors, targets) + n_chunks - 1


def _less_one_for_each_chunk(states, vectors, targets, items_at_once=16_384):
    n_chunks = len(range(0, len(vectors), items_at_once))
    return ranks_in_chunks(states, vectors, targets) - n_chunks + 1


def _clamped(targets, start, width, items_at_once):
    return (targets % items_at_once).clamp(max=width - 1)


def _wrapped(targets, start, width, items_at_once):
    return targets % width


def _nearest(targets, start, width, items_at_once):
    return (targets - start).clamp(min=0, max=width - 1)


def _own_of_each_chunk(place_of, with_itself):
    """The target's score is read anew in each chunk, where it mostly is another item's."""

    def ranks(states, vectors, targets, items_at_once=16_384):
        better = torch.zeros_like(targets) + (not with_itself)
        for start, end in _chunks(len(vectors), items_at_once):
            scores = states @ vectors[start:end].T
            place = place_of(targets, start, end - start, items_at_once)[:, None]
            own = scores.gather(1, place)
            if not with_itself:
                scores.scatter_(1, place, -torch.inf)
            better += (scores >= own).sum(dim=1)
        return better

    return ranks


def _one_left_out_of_each_chunk(place_of):
    """Some item of each chunk is taken for the target, and left out."""

    def ranks(states, vectors, targets, items_at_once=16_384):
        own = (states * vectors[targets]).sum(dim=1, keepdim=True)
        better = torch.ones_like(targets)
        for start, end in _chunks(len(vectors), items_at_once):
            scores = states @ vectors[start:end].T
            place = place_of(targets, start, end - start, items_at_once)
            better += (scores.scatter(1, place[:, None], -torch.inf) >= own).sum(dim=1)
        return better

    return ranks


def _from_the_bottom(states, vectors, targets, items_at_once=16_384):
    return len(vectors) + 1 - ranks_in_chunks(states, vectors, targets, items_at_once)


def _reciprocal(states, vectors, targets, items_at_once=16_384):
    return 1 / ranks_in_chunks(states, vectors, targets, items_at_once)


def _number_of_chunks(states, vectors, targets, items_at_once=16_384):
    own = (states * vectors[targets]).sum(dim=1, keepdim=True)
    return sum((states @ some.T >= own).sum(dim=1) for some in vectors.chunk(items_at_once))


def _without_its_chunk(states, vectors, targets, items_at_once=16_384):
    scores, own = _scores(states, vectors, targets)
    same = torch.arange(len(vectors)) // items_at_once == (targets // items_at_once)[:, None]
    return ((scores >= own) & ~same).sum(dim=1) + 1


def _last_item_missing(states, vectors, targets, items_at_once=16_384):
    scores, own = _scores(states, vectors, targets)
    return (scores[:, :-1] >= own).sum(dim=1) + (targets == len(vectors) - 1)


def _targets_from_one(states, vectors, targets, items_at_once=16_384):
    return ranks_in_chunks(states, vectors, (targets - 1) % len(vectors), items_at_once)


def _targets_one_on(states, vectors, targets, items_at_once=16_384):
    return ranks_in_chunks(states, vectors, (targets + 1) % len(vectors), items_at_once)


def _by_length(states, vectors, targets, items_at_once=16_384):
    lengths = vectors.norm(dim=1, keepdim=True).clamp(min=1e-8)
    return ranks_in_chunks(states, vectors / lengths, targets, items_at_once)


def _by_distance(states, vectors, targets, items_at_once=16_384):
    squares = vectors.square().sum(dim=1, keepdim=True)
    longer = torch.cat([2 * vectors, -squares], dim=1)
    return ranks_in_chunks(
        torch.cat([states, torch.ones_like(states[:, :1])], dim=1), longer, targets, items_at_once
    )


def _first_state(states, vectors, targets, items_at_once=16_384):
    return ranks_in_chunks(states[:1].expand_as(states), vectors, targets, items_at_once)


def _whole_matrix(states, vectors, targets, items_at_once=16_384):
    scores, own = _scores(states, vectors, targets)
    return (scores >= own).sum(dim=1)


def _chunks_of_states(states, vectors, targets, items_at_once=16_384):
    parts = zip(states.split(items_at_once), targets.split(items_at_once), strict=True)
    return torch.cat([_whole_matrix(some, vectors, theirs) for some, theirs in parts])


def _state_by_state(states, vectors, targets, items_at_once=16_384):
    ranks = []
    for state, target in zip(states, targets, strict=True):
        scores = vectors @ state
        ranks.append((scores >= scores[target]).sum())
    return torch.stack(ranks)


def _own_along_the_items(states, vectors, targets, items_at_once=16384):
    own = (states * vectors[targets]).sum(dim=1)
    ranks = torch.zeros_like(targets)
    for start in range(0, len(vectors), items_at_once):
        ranks += (states @ vectors[start : start + items_at_once].T >= own).sum(dim=1)
    return ranks


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
    built="You have built ranking that holds a chunk of scores at a time. The next cell ranks "
    "among a million products with it, in half a mebibyte of scores.",
    ours="A rank is a count, so ours keeps one number for each row and adds each chunk's to it.",
    misconceptions=(
        Misconception(
            name="ties for the model",
            wrong=_ties_for_the_model,
            says="You count only what scores *more* than the target (`>`), so ties count for the "
            "model. One that gives all items the same score would have rank 1 everywhere: ties "
            "count against it (chapter 05), so >=.",
        ),
        Misconception(
            name="half of the ties, rounded",
            wrong=_half_ties,
            says="You count ties for a half, and round. They count in full against the model: "
            "every item that scores as much stands before the target.",
        ),
        Misconception(
            name="ties by half",
            wrong=_halves,
            says="Ties count for a half here, the mean of the best and the worst rank. They count "
            "in full against the model: every item that scores as much stands before the target.",
        ),
        Misconception(
            name="ties by place",
            wrong=_ties_by_place,
            says="Where scores tie, you let the order of the items decide, as a sort does. Ties "
            "count against the model: all of them stand before the target.",
        ),
        Misconception(
            name="strictly and from zero",
            wrong=_strictly_and_from_zero,
            says="You count what scores more than the target (`>`) and begin with 0: ties are left "
            "out, and the best rank is 0. Count with >=, without the target, and add 1.",
        ),
        Misconception(
            name="the target counted too",
            wrong=_counts_itself,
            says="The target is counted against itself: it is >= its own score, and then 1 is "
            "added. Leave it out of the count.",
        ),
        Misconception(
            name="ranks from zero",
            wrong=_from_zero,
            says="Your best rank is 0. Ranks begin with 1: add one.",
        ),
        Misconception(
            name="item 0 left out",
            wrong=_item_0_is_padding,
            says="You leave out item 0, as if it were padding. Here the rows count from 0, and row "
            "0 is an item like any other.",
        ),
        Misconception(
            name="the first chunk only",
            wrong=_first_chunk,
            says="Only the first chunk is counted. Go on to the end of the items.",
        ),
        Misconception(
            name="the last chunk left out",
            wrong=_last_chunk_missing,
            says="The short last chunk is left out: the items after the last full one are missing. "
            "`range(0, len(vectors), items_at_once)` reaches them; a slice that goes too far is "
            "cut by itself.",
        ),
        Misconception(
            name="the last chunk left out, and the target in it",
            wrong=_last_chunk_and_target_missing,
            says="The short last chunk is left out, `range(len(vectors) // items_at_once)`, and "
            "whose target lies there is not even counted once. Go on to the last item.",
        ),
        Misconception(
            name="the last chunk alone",
            wrong=_last_chunk_alone,
            says="Only the last chunk is counted: each one overwrites the count of those before. "
            "Add up, `+=`.",
        ),
        Misconception(
            name="its own chunk only",
            wrong=_within_its_chunk,
            says="You rank the target among the items of its own chunk. Rivals are in all of them: "
            "keep adding.",
        ),
        Misconception(
            name="one item short",
            wrong=_one_short,
            says="Your chunks are one item too short: the last one of each is never counted. The "
            "end of a slice is left out already: `start : start + items_at_once`.",
        ),
        Misconception(
            name="one item twice",
            wrong=_one_twice,
            says="Your chunks overlap by one: the first item of each is counted twice. The end of "
            "a slice is left out: `start : start + items_at_once`.",
        ),
        Misconception(
            name="the last chunk filled up",
            wrong=_last_chunk_full,
            says="You move the last chunk back so that it is full, and items of the chunk before "
            "are counted twice. Let it be short.",
        ),
        Misconception(
            name="the last chunk padded",
            wrong=_last_chunk_padded,
            says="You pad the short last chunk with zeros, and these score 0: they count as rivals "
            "wherever the target has 0 or less. Let the chunk be short.",
        ),
        Misconception(
            name="one for each chunk",
            wrong=_one_more_for_each_chunk,
            says="You add 1 in every chunk. Add it once, after the loop.",
        ),
        Misconception(
            name="one less for each chunk",
            wrong=_less_one_for_each_chunk,
            says="You subtract 1 for the target in every chunk, but it stands in one of them only.",
        ),
        Misconception(
            name="another target in each chunk",
            wrong=_own_of_each_chunk(_clamped, False),
            says="Each chunk is compared with its own item at the target's place, not with the "
            "target: column j of a chunk is item start + j. Compute the target's score once, "
            "before the loop.",
        ),
        Misconception(
            name="another target in each chunk, and itself",
            wrong=_own_of_each_chunk(_clamped, True),
            says="In each chunk you read the target's score anew, at the target's place there: "
            "that is another item, compared with its own chunk. The target stands in one chunk "
            "only; compute its score once, before the loop.",
        ),
        Misconception(
            name="another target in each chunk, wrapped",
            wrong=_own_of_each_chunk(_wrapped, False),
            says="Each chunk is compared with its own item, at the target's number modulo the "
            "chunk's width, not with the target. Compute the target's score once, before the loop.",
        ),
        Misconception(
            name="another target in each chunk, wrapped, and itself",
            wrong=_own_of_each_chunk(_wrapped, True),
            says="In each chunk you read the target's score anew, at the target's number modulo "
            "the width: that is the chunk's own item at that place, not the target. Compute the "
            "target's score once, before the loop.",
        ),
        Misconception(
            name="nearest item of each chunk",
            wrong=_own_of_each_chunk(_nearest, True),
            says="In a chunk without the target you take its first or last item for the target. "
            "Compute the target's score once, before the loop, from `vectors[targets]`.",
        ),
        Misconception(
            name="one left out of each chunk",
            wrong=_one_left_out_of_each_chunk(_clamped),
            says="You leave an item out of every chunk, that at the target's place. The target "
            "stands in one of them only, where start <= target < start + items_at_once.",
        ),
        Misconception(
            name="nearest left out of each chunk",
            wrong=_one_left_out_of_each_chunk(_nearest),
            says="In a chunk without the target you leave out its first or last item instead. "
            "Leave the target out of the one chunk where it stands.",
        ),
        Misconception(
            name="reciprocal",
            wrong=_reciprocal,
            says="You return 1 / rank, the reciprocal. The rank itself is wanted, a whole number.",
        ),
        Misconception(
            name="without its own chunk",
            wrong=_without_its_chunk,
            says="You leave out the whole chunk in which the target stands. Only the target itself "
            "is no rival.",
        ),
        Misconception(
            name="the number of chunks",
            wrong=_number_of_chunks,
            says="The ranks are right, but you take `items_at_once` for the *number* of chunks, as "
            "`torch.chunk` does, so chunks are too large. It is the number of items in each: "
            "`torch.split`, or a range with that step.",
        ),
        Misconception(
            name="the last item left out",
            wrong=_last_item_missing,
            says="The last item of all is left out. The end of a slice or a range is left out "
            "already: go to len(vectors).",
        ),
        Misconception(
            name="targets from one",
            wrong=_targets_from_one,
            says="You take targets for products from 1 and subtract one. They are rows of "
            "`vectors`, from 0: use them as they are.",
        ),
        Misconception(
            name="targets one on",
            wrong=_targets_one_on,
            says="You add one to the targets, as if row 0 were padding. They are rows of `vectors` "
            "already: use them as they are.",
        ),
        Misconception(
            name="cosine",
            wrong=_by_length,
            says="You divide by the vectors' lengths, a cosine. The score is the plain dot "
            "product.",
        ),
        Misconception(
            name="distance",
            wrong=_by_distance,
            says="You rank by distance, nearest first. The score is the dot product with the "
            "state, the highest first.",
        ),
        Misconception(
            name="the first state for all",
            wrong=_first_state,
            says="You rank every target by the first state. Each row has its own: row i of "
            "`states` for target i.",
        ),
        Misconception(
            name="lowest first",
            wrong=_lowest_first,
            says="You count what scores less, the wrong way round: `<=`. Rank 1 is the highest "
            "score.",
        ),
        Misconception(
            name="from the bottom",
            wrong=_from_the_bottom,
            says="You count from the bottom, what scores *less* than the target (`<`): the "
            "comparison is turned round, and the best item has rank V. Rivals are those that score "
            "as much or more, `>=`.",
        ),
        Misconception(
            name="all states, one at a time",
            wrong=_state_by_state,
            says="The ranks are right, but each state is scored with all items at once, a row of V "
            "scores, and `items_at_once` is never read. Loop over chunks of *items*, for all "
            "states together.",
        ),
        Misconception(
            name="chunks of states",
            wrong=_chunks_of_states,
            says="The ranks are right, but your chunks are chunks of states, and each is scored "
            "with all items: with ten million of them that is too much memory. Cut the *items* "
            "into chunks.",
        ),
        Misconception(
            name="the whole matrix",
            wrong=_whole_matrix,
            says="The ranks are right, but you build the whole (B, V) matrix of scores at once, "
            "too much memory for a large catalogue. Loop over chunks of `items_at_once` items and "
            "add up the counts.",
        ),
        Misconception(
            name="the targets' scores along the items",
            wrong=_own_along_the_items,
            says="The targets' scores are (B,), so they are laid (broadcast) along the items: each "
            "row meets other rows' targets, or the shapes don't fit. Make a column of them, "
            "(B, 1): `keepdim=True` or `[:, None]`.",
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

GUESSES = (
    GuessNumber(
        id="16.1",
        asks="Seconds for sequences of a thousand times the clicks",
        unit="times",
        factor=2,
    ),
    GuessNumber(id="16.2", asks="Mean loss of all 400 targets", low=2, high=4, close=0, digits=1),
)
