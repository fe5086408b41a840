"""Chapter 16, past one machine: answers written from its stubs alone."""

from fractions import Fraction

import numpy as np
import torch

from tests.course.keys.answers.bank import right, wrong
from zooplus_sim.keyed_random import Channel, stream_keys, uniform

# 16.1 projected_cost


@right("16.1", "slope times what comes on top")
def projected_cost(size, sizes, costs):
    slope = (costs[-1] - costs[-2]) / (sizes[-1] - sizes[-2])
    return float(costs[-1] + slope * (size - sizes[-1]))


@right("16.1", "cost of starting plus slope times size")
def projected_cost(size, sizes, costs):
    (n_1, c_1), (n_2, c_2) = list(zip(sizes, costs, strict=True))[-2:]
    each = (c_2 - c_1) / (n_2 - n_1)
    start = c_2 - each * n_2
    return float(start + each * size)


@right("16.1", "numpy, weights of the two points")
def projected_cost(size, sizes, costs):
    a, b = np.asarray(sizes, dtype=float)[-2:]
    share = (size - a) / (b - a)
    return float(np.dot([1 - share, share], costs[-2:]))


@right("16.1", "exact fractions")
def projected_cost(size, sizes, costs):
    x = [Fraction(s) for s in sizes]
    y = [Fraction(c) for c in costs]
    marginal = (y[-1] - y[-2]) / (x[-1] - x[-2])
    return float(y[-1] + (Fraction(size) - x[-1]) * marginal)


@wrong(
    "16.1",
    "average cost times size",
    r"averag|marginal|cost of starting|start(ing|-?up)? cost|fixed (cost|part)|total cost"
    r"|divid(e|es|ed|ing) the (total|whole|cost)|proportion|per (click|unit) (of"
    r"|in) the (whole|total)",
)
def projected_cost(size, sizes, costs):
    return float(size * costs[-1] / sizes[-1])


@wrong(
    "16.1",
    "slope from the first to the last size",
    r"(two )?largest|last two|first (size|point|pair|measure|and)|whole range|smallest"
    r"|from the first|between the first",
)
def projected_cost(size, sizes, costs):
    slope = (costs[-1] - costs[0]) / (sizes[-1] - sizes[0])
    return float(costs[-1] + slope * (size - sizes[-1]))


@wrong(
    "16.1",
    "slope between the two smallest sizes",
    r"(two )?(largest|smallest)|last two|first two|wrong end|other end|beginning",
)
def projected_cost(size, sizes, costs):
    slope = (costs[1] - costs[0]) / (sizes[1] - sizes[0])
    return float(costs[-1] + slope * (size - sizes[-1]))


@wrong(
    "16.1",
    "line fitted to all sizes",
    r"\bfit|regress|least squares|all (the |n )?(points|sizes|pairs|measure)|polyfit"
    r"|two largest|last two|only the",
)
def projected_cost(size, sizes, costs):
    slope, start = np.polyfit(sizes, costs, 1)
    return float(start + slope * size)


@wrong(
    "16.1",
    "marginal cost times the whole size",
    r"cost of starting|start(ing|-?up)? cost|fixed (cost|part)|intercept|begin(s|ning)? (at"
    r"|from) (0|zero)|through (0|zero|the origin)|further|each unit|whole size|size - sizes"
    r"|all units|already (paid|measured)",
)
def projected_cost(size, sizes, costs):
    slope = (costs[-1] - costs[-2]) / (sizes[-1] - sizes[-2])
    return float(slope * size)


@wrong(
    "16.1",
    "only the further units' cost",
    r"(only|just) (the )?(further|extra|additional|new|increase|what comes)|on top of"
    r"|costs\[-1\]|not (been )?added|add (it|the|what)|missing|left out|already (paid|cost"
    r"|measured)|total|extra",
)
def projected_cost(size, sizes, costs):
    slope = (costs[-1] - costs[-2]) / (sizes[-1] - sizes[-2])
    return float(slope * (size - sizes[-1]))


@wrong(
    "16.1",
    "whole size added on top of the largest cost",
    r"twice|double|size - sizes|further|beyond|already (in|paid|counted|included|contain)"
    r"|whole size|all units|sizes\[-1\]",
)
def projected_cost(size, sizes, costs):
    slope = (costs[-1] - costs[-2]) / (sizes[-1] - sizes[-2])
    return float(costs[-1] + slope * size)


@wrong(
    "16.1",
    "begins at the second largest cost",
    r"second|costs\[-2\]|last but one|wrong (point|pair|base|measure)|next to (the )?last"
    r"|mixes|largest (cost|size|one)|pair",
)
def projected_cost(size, sizes, costs):
    slope = (costs[-1] - costs[-2]) / (sizes[-1] - sizes[-2])
    return float(costs[-2] + slope * (size - sizes[-1]))


@wrong(
    "16.1",
    "begins at the smallest size's cost",
    r"smallest|first (cost|size|point|pair|measure)|costs\[0\]|from the first|largest (cost"
    r"|size|one)|beginning|wrong (point|pair|base)",
)
def projected_cost(size, sizes, costs):
    slope = (costs[-1] - costs[-2]) / (sizes[-1] - sizes[-2])
    return float(costs[0] + slope * (size - sizes[0]))


@wrong(
    "16.1",
    "straight line in log-log",
    r"\blog|logarithm|power law|exponent|straight line|linear|\bcurve",
)
def projected_cost(size, sizes, costs):
    x, y = np.log(sizes[-2:]), np.log(costs[-2:])
    steep = (y[1] - y[0]) / (x[1] - x[0])
    return float(np.exp(y[1] + steep * (np.log(size) - x[1])))


@wrong(
    "16.1",
    "whole number of units of cost",
    r"\bint\b|integer|\brounds? (it|the|up|down|to|off)|you round|whole number|truncat"
    r"|\bcuts?\b",
)
def projected_cost(size, sizes, costs):
    slope = (costs[-1] - costs[-2]) / (sizes[-1] - sizes[-2])
    return int(costs[-1] + slope * (size - sizes[-1]))


@wrong(
    "16.1",
    "slope by integer division",
    r"integer|//|\bfloor|whole number|round(s|ed)? down|slope (is|of|becomes) (0|zero)|truncat",
)
def projected_cost(size, sizes, costs):
    slope = (costs[-1] - costs[-2]) // (sizes[-1] - sizes[-2])
    return float(costs[-1] + slope * (size - sizes[-1]))


@wrong(
    "16.1",
    "slope upside down",
    r"upside|invert|inverse|reciprocal|(wrong|other) way|(clicks|units|sizes?) (per|by|over"
    r"|for a) |swap|turned|exchanged|divided by the (difference of|change in) (the )?costs",
)
def projected_cost(size, sizes, costs):
    slope = (sizes[-1] - sizes[-2]) / (costs[-1] - costs[-2])
    return float(costs[-1] + slope * (size - sizes[-1]))


@wrong(
    "16.1",
    "np.interp, which stops at the largest size",
    r"interp|constant|same cost|clamp|flat|extrapolat|beyond|stops|largest cost|no further"
    r"|not grow|measured range",
)
def projected_cost(size, sizes, costs):
    return float(np.interp(size, sizes, costs))


# 16.2 first_draws


@right("16.2", "one column a draw, stacked")
def first_draws(seed, channel, users, n):
    keys = stream_keys(seed, channel, users)
    return np.stack([uniform(keys, c) for c in range(n)], axis=1)


@right("16.2", "filled into an empty array")
def first_draws(seed, channel, users, n):
    keys = stream_keys(seed, channel, np.asarray(users))
    draws = np.empty((len(keys), n))
    for c in range(n):
        draws[:, c] = uniform(keys, c)
    return draws


@right("16.2", "shopper by shopper")
def first_draws(seed, channel, users, n):
    rows = []
    for user in users:
        key = stream_keys(seed, channel, np.array([user]))
        rows.append([uniform(key, c)[0] for c in range(n)])
    return np.array(rows).reshape(len(users), n)


@right("16.2", "rows of draws, transposed")
def first_draws(seed, channel, users, n):
    keys = stream_keys(seed, channel, users)
    return np.array([uniform(keys, draw) for draw in range(n)]).T


@wrong(
    "16.2",
    "draws in rows, shoppers in columns",
    r"transpos|axis|\(n, ?U\)|(rows?|columns?) (and|for|where) |swap"
    r"|shoppers? in (the )?columns|draws? in (the )?rows|row per draw|\.T\b",
)
def first_draws(seed, channel, users, n):
    keys = stream_keys(seed, channel, users)
    return np.stack([uniform(keys, c) for c in range(n)])


@wrong(
    "16.2",
    "one generator for the block",
    r"generator|default_rng|one stream|stream_keys|shared|(who|what)ever else|block"
    r"|place in (a|the) stream|belongs?",
)
def first_draws(seed, channel, users, n):
    rng = np.random.default_rng([seed, int(channel)])
    return rng.random((len(users), n))


@wrong(
    "16.2",
    "a generator for each shopper, not the log's keys",
    r"generator|default_rng|stream_keys|uniform\(|keys?\b|simulator|other numbers|"
    r"not the draws",
)
def first_draws(seed, channel, users, n):
    return np.stack([np.random.default_rng([seed, int(channel), int(u)]).random(n) for u in users])


@wrong(
    "16.2",
    "draws 1 to n",
    r"draws? (number )?(0|zero|1)\b|(from|at|with) (0|zero|1)\b|off by one|first draw"
    r"|one (draw )?too (late|far)|n ?- ?1|skip|shift|begins?",
)
def first_draws(seed, channel, users, n):
    keys = stream_keys(seed, channel, users)
    return np.stack([uniform(keys, c) for c in range(1, n + 1)], axis=1)


@wrong(
    "16.2",
    "one draw too many",
    r"too many|n ?\+ ?1|one more|off by one|one extra|\bextra\b|n columns",
)
def first_draws(seed, channel, users, n):
    keys = stream_keys(seed, channel, users)
    return np.stack([uniform(keys, c) for c in range(n + 1)], axis=1)


@wrong(
    "16.2",
    "places in the block instead of ids",
    r"\bids?\b|position|place in|row number|index|numbered|arange|len\(users\)|block|(who"
    r"|what)ever else",
)
def first_draws(seed, channel, users, n):
    keys = stream_keys(seed, channel, np.arange(len(users)))
    return np.stack([uniform(keys, c) for c in range(n)], axis=1)


@wrong("16.2", "channel is always CLICK", r"channel")
def first_draws(seed, channel, users, n):
    keys = stream_keys(seed, Channel.CLICK, users)
    return np.stack([uniform(keys, c) for c in range(n)], axis=1)


@wrong("16.2", "seed is always 0", r"\bseed")
def first_draws(seed, channel, users, n):
    keys = stream_keys(0, channel, users)
    return np.stack([uniform(keys, c) for c in range(n)], axis=1)


@wrong(
    "16.2",
    "draw 0 in every column",
    r"same (draw|number|value|column)|repeat|draw (0|zero)|(all|every|each) (the )?columns?"
    r"|counter|identical|equal|\bcopies|copied",
)
def first_draws(seed, channel, users, n):
    keys = stream_keys(seed, channel, users)
    return np.repeat(uniform(keys, 0)[:, None], n, axis=1)


@wrong("16.2", "shoppers sorted by id", r"\bsort|\border|rearrang|rising|row i\b|users\[i\]")
def first_draws(seed, channel, users, n):
    keys = stream_keys(seed, channel, np.sort(users))
    return np.stack([uniform(keys, c) for c in range(n)], axis=1)


@wrong(
    "16.2",
    "counts on from row to row",
    r"counter|counts? on|goes on|continu|position|place in|(who|what)ever else|block"
    r"|row (number|to row)|depends? on|i ?\* ?n|start(s|ing)? (again )?(at|from) (0|zero)",
)
def first_draws(seed, channel, users, n):
    keys = stream_keys(seed, channel, users)
    rows = [[uniform(keys[i : i + 1], i * n + c)[0] for c in range(n)] for i in range(len(users))]
    return np.array(rows)


@wrong(
    "16.2",
    "draw c is the first draw of shopper id + c",
    r"neighbou?r|other shoppers?|another shopper|next shopper|users? ?\+|id ?\+|shar(e|ed"
    r"|ing)|overlap|same numbers?|shift",
)
def first_draws(seed, channel, users, n):
    users = np.asarray(users)
    return np.stack([uniform(stream_keys(seed, channel, users + c), 0) for c in range(n)], axis=1)


@wrong("16.2", "draw c comes from seed + c", r"\bseeds?\b")
def first_draws(seed, channel, users, n):
    return np.stack([uniform(stream_keys(seed + c, channel, users), 0) for c in range(n)], axis=1)


@wrong("16.2", "draw c comes from the c-th channel on", r"channel")
def first_draws(seed, channel, users, n):
    columns = [uniform(stream_keys(seed, int(channel) + c, users), 0) for c in range(n)]
    return np.column_stack(columns)


@wrong(
    "16.2",
    "last draw first",
    r"revers|backward|last draw|\border|n ?- ?1 (down|to)|falling|other end|front to back",
)
def first_draws(seed, channel, users, n):
    keys = stream_keys(seed, channel, users)
    return np.stack([uniform(keys, c) for c in range(n)][::-1], axis=1)


# 16.3 part_of_mean


@right("16.3", "one product")
def part_of_mean(mean, count, n_targets, n_ranks):
    return mean * (count * n_ranks / n_targets)


@right("16.3", "sum over a rank's fair share")
def part_of_mean(mean, count, n_targets, n_ranks):
    total = mean * count
    fair = n_targets / n_ranks
    return total / fair


@right("16.3", "torch functions")
def part_of_mean(mean, count, n_targets, n_ranks):
    return torch.div(torch.mul(mean, count), n_targets).mul(n_ranks)


@right("16.3", "in place on a fresh tensor")
def part_of_mean(mean, count, n_targets, n_ranks):
    part = mean.clone()
    part *= n_ranks
    part *= count / n_targets
    return part


@wrong(
    "16.3",
    "forgets that the ranks are averaged",
    r"n_ranks|number of ranks|times (the )?(number of )?ranks|averag|divided (again|once more"
    r"|twice)|half",
)
def part_of_mean(mean, count, n_targets, n_ranks):
    return mean * count / n_targets


@wrong(
    "16.3",
    "divides by the ranks",
    r"n_ranks|number of ranks|(divid|multipl).*rank|rank.*(divid|multipl)|averag|twice|again",
)
def part_of_mean(mean, count, n_targets, n_ranks):
    return mean * count / n_targets / n_ranks


@wrong(
    "16.3",
    "the mean as it is",
    r"mean of (the )?means|count|weigh|as it is|unchanged|equal(ly)? (say|many|large)"
    r"|same say|share|not scaled",
)
def part_of_mean(mean, count, n_targets, n_ranks):
    return mean


@wrong(
    "16.3",
    "takes the mean for a sum",
    r"\bcount\b|already (a )?(mean|divided)|(is|was) not a sum|for a sum|sum of (the|its"
    r"|this)|weigh|how many",
)
def part_of_mean(mean, count, n_targets, n_ranks):
    return mean * n_ranks / n_targets


@wrong(
    "16.3",
    "sum of the rank's losses",
    r"n_targets|\bsum\b|all targets|divid|of all ranks|not a mean",
)
def part_of_mean(mean, count, n_targets, n_ranks):
    return mean * count * n_ranks


@wrong(
    "16.3",
    "fraction upside down",
    r"upside|invert|inverse|reciprocal|(wrong|other) way|count / n_targets|n_targets / count"
    r"|swap|turned|few targets.*(more|much)",
)
def part_of_mean(mean, count, n_targets, n_ranks):
    return mean * n_targets / (count * n_ranks)


@wrong(
    "16.3",
    "a new tensor without gradient",
    r"gradient|\bgrad|detach|\.item|float\(|graph|backward|autograd|torch\.tensor\(",
)
def part_of_mean(mean, count, n_targets, n_ranks):
    return torch.tensor(float(mean) * count * n_ranks / n_targets)


@wrong("16.3", "computed under no_grad", r"gradient|\bgrad|detach|no_grad|graph|backward|autograd")
def part_of_mean(mean, count, n_targets, n_ranks):
    with torch.no_grad():
        return mean * count / n_targets * n_ranks


@wrong("16.3", "a Python number", r"\bfloat|tensor|\.item|number|gradient|backward")
def part_of_mean(mean, count, n_targets, n_ranks):
    return mean.item() * count / n_targets * n_ranks


@wrong(
    "16.3",
    "integer division of the counts",
    r"integer|//|\bfloor|whole number|round(s|ed)? down|truncat|share (is|of|becomes) (0|zero)",
)
def part_of_mean(mean, count, n_targets, n_ranks):
    return mean * (count * n_ranks // n_targets)


@wrong(
    "16.3",
    "integer share of each rank",
    r"integer|//|\bfloor|whole number|round|truncat|evenly|remainder|not divisible|odd",
)
def part_of_mean(mean, count, n_targets, n_ranks):
    per_rank = n_targets // n_ranks
    return mean * count / per_rank


@wrong(
    "16.3",
    "always two ranks",
    r"n_ranks|(always|only|fixed|hard.?coded).*(two|2)|(two|2) ranks|number of ranks|"
    r"any number",
)
def part_of_mean(mean, count, n_targets, n_ranks):
    return mean * count * 2 / n_targets


@wrong(
    "16.3",
    "all targets forgotten, count over ranks",
    r"n_targets|all targets|targets of all|(divid|over).*(targets|rank)|share of",
)
def part_of_mean(mean, count, n_targets, n_ranks):
    return mean * count / n_ranks


@wrong(
    "16.3",
    "a tensor with one entry in one dimension",
    r"scalar|0-?d|dimension|\(1,\)|shape|\[1\]|vector",
)
def part_of_mean(mean, count, n_targets, n_ranks):
    return mean.reshape(1) * count * n_ranks / n_targets


@wrong(
    "16.3",
    "scales the caller's tensor in place",
    r"in.?place|edit|overwr|mul_|\*=|\bcopy|clone|caller|argument|chang|leaf|modif",
)
def part_of_mean(mean, count, n_targets, n_ranks):
    mean.data.mul_(count * n_ranks / n_targets)
    return mean


# 16.4 ranks_in_chunks


@right("16.4", "counts the others, chunk by chunk, plus 1")
def ranks_in_chunks(states, vectors, targets, items_at_once=16_384):
    own = (states * vectors[targets]).sum(dim=1, keepdim=True)
    ranks = torch.ones_like(targets, dtype=torch.long)
    for start in range(0, len(vectors), items_at_once):
        chunk = vectors[start : start + items_at_once]
        items = torch.arange(start, start + len(chunk), device=targets.device)
        before = (states @ chunk.T >= own) & (items != targets[:, None])
        ranks += before.sum(dim=1)
    return ranks


@right("16.4", "two passes over torch.split, the same bits for the target")
def ranks_in_chunks(states, vectors, targets, items_at_once=16_384):
    own = states.new_empty(len(states))
    start = 0
    for chunk in vectors.split(items_at_once):
        here = (targets >= start) & (targets < start + len(chunk))
        scores = states @ chunk.T
        column = (targets - start).clamp(0, len(chunk) - 1)
        own = torch.where(here, scores.gather(1, column[:, None])[:, 0], own)
        start += len(chunk)
    counts = [((states @ c.T) >= own[:, None]).sum(1) for c in vectors.split(items_at_once)]
    return torch.stack(counts).sum(0)


@right("16.4", "einsum, better ones and ties counted apart")
def ranks_in_chunks(states, vectors, targets, items_at_once=16_384):
    B, V = len(states), len(vectors)
    own = torch.einsum("bd,bd->b", states, vectors[targets])
    better = torch.zeros(B, dtype=torch.int64)
    tied = torch.zeros(B, dtype=torch.int64)
    rows = torch.arange(B)
    first = 0
    while first < V:
        last = min(first + items_at_once, V)
        scores = torch.einsum("bd,vd->bv", states, vectors[first:last])
        mine = (first <= targets) & (targets < last)
        scores[rows[mine], targets[mine] - first] = -torch.inf
        better += (scores > own[:, None]).sum(1)
        tied += (scores == own[:, None]).sum(1)
        first = last
    return better + tied + 1


@wrong(
    "16.4",
    "ties count for the model",
    r"\bties?\b|\btied|as much|>=|strict|equal(ly)? (score|good|many)|same score"
    r"|against the model|equal scores?|duplicate",
)
def ranks_in_chunks(states, vectors, targets, items_at_once=16_384):
    own = (states * vectors[targets]).sum(1, keepdim=True)
    ranks = torch.ones(len(states), dtype=torch.long)
    for start in range(0, len(vectors), items_at_once):
        ranks += (states @ vectors[start : start + items_at_once].T > own).sum(1)
    return ranks


@wrong(
    "16.4",
    "ties count for a half",
    r"\bties?\b|\btied|\bhalf|halves|averag|as much|same score|against the model|middle",
)
def ranks_in_chunks(states, vectors, targets, items_at_once=16_384):
    own = (states * vectors[targets]).sum(1, keepdim=True)
    better = torch.zeros(len(states), dtype=torch.long)
    as_good = torch.zeros(len(states), dtype=torch.long)
    for start in range(0, len(vectors), items_at_once):
        scores = states @ vectors[start : start + items_at_once].T
        better += (scores > own).sum(1)
        as_good += (scores == own).sum(1)
    return better + (as_good + 1) // 2


@wrong(
    "16.4",
    "the target counted twice",
    r"itself|twice|one too (many|high|large|far|low|bad)|off by one|\+ ?1|target('s)? own"
    r"|already count|(best|first) (is|gets|has) (rank )?2",
)
def ranks_in_chunks(states, vectors, targets, items_at_once=16_384):
    own = (states * vectors[targets]).sum(1, keepdim=True)
    ranks = torch.ones(len(states), dtype=torch.long)
    for start in range(0, len(vectors), items_at_once):
        ranks += (states @ vectors[start : start + items_at_once].T >= own).sum(1)
    return ranks


@wrong(
    "16.4",
    "ranks begin at 0",
    r"(from|at|with|is|rank) (0|zero)\b|1 ?= ?best|off by one|one too (few|low|small|good)"
    r"|\+ ?1|0-based|itself|starts? (at|with) 1|best (is|has|gets) (rank )?1",
)
def ranks_in_chunks(states, vectors, targets, items_at_once=16_384):
    own = (states * vectors[targets]).sum(1, keepdim=True)
    ranks = torch.zeros(len(states), dtype=torch.long)
    for start in range(0, len(vectors), items_at_once):
        ranks += (states @ vectors[start : start + items_at_once].T >= own).sum(1)
    return ranks - 1


@wrong(
    "16.4",
    "the last, shorter chunk is skipped",
    r"last (chunk|items?|rows?|few|part|block)|remain|\brest\b|incomplete|shorter|left ?over"
    r"|not (a )?(multiple|divisible)|whole chunks|full chunks|skip|//",
)
def ranks_in_chunks(states, vectors, targets, items_at_once=16_384):
    own = (states * vectors[targets]).sum(1, keepdim=True)
    ranks = torch.zeros(len(states), dtype=torch.long)
    for i in range(len(vectors) // items_at_once):
        chunk = vectors[i * items_at_once : (i + 1) * items_at_once]
        ranks += (states @ chunk.T >= own).sum(1)
    return ranks


@wrong(
    "16.4",
    "all scores at once",
    r"memory|at once|in chunks|items_at_once|B \* V|\(B, ?V\)|too many scores|"
    r"whole (table|matrix)|all (the )?scores",
)
def ranks_in_chunks(states, vectors, targets, items_at_once=16_384):
    scores = states @ vectors.T
    own = scores.gather(1, targets[:, None])
    return (scores >= own).sum(dim=1)


@wrong(
    "16.4",
    "keeps all chunks of scores and joins them",
    r"memory|at once|items_at_once|too (many scores|large)|\bcat\b|keeps|kept|stored|joins?"
    r"|joined|concatenat|all (the )?scores|B \* V|\(B, ?V\)",
)
def ranks_in_chunks(states, vectors, targets, items_at_once=16_384):
    chunks = [states @ chunk.T for chunk in torch.split(vectors, items_at_once)]
    scores = torch.cat(chunks, dim=1)
    own = scores[torch.arange(len(states)), targets].unsqueeze(1)
    return (scores >= own).sum(dim=1)


@wrong(
    "16.4",
    "chunks of states instead of items",
    r"memory|chunks? of (states|rows|the batch|histories)|(over|along) the (batch|states|rows"
    r"|histories)|wrong (axis|dimension)|items, not|instead of (the )?items|too (many scores"
    r"|large)|at once|items_at_once|all (the )?(items|vectors)",
)
def ranks_in_chunks(states, vectors, targets, items_at_once=16_384):
    ranks = []
    for start in range(0, len(states), items_at_once):
        some = slice(start, start + items_at_once)
        scores = states[some] @ vectors.T
        own = scores.gather(1, targets[some, None])
        ranks.append((scores >= own).sum(1))
    return torch.cat(ranks)


@wrong(
    "16.4",
    "items_at_once never read",
    r"items_at_once|ignor|hard.?coded|fixed|16[ ,_]?384|always|memory|never (read|used)|"
    r"at once",
)
def ranks_in_chunks(states, vectors, targets, items_at_once=16_384):
    own = (states * vectors[targets]).sum(1, keepdim=True)
    ranks = torch.zeros(len(states), dtype=torch.long)
    for chunk in vectors.split(16_384):
        ranks += (states @ chunk.T >= own).sum(1)
    return ranks


@wrong(
    "16.4",
    "each chunk compared with its own item at the target's place",
    r"offset|start|wrong item|each chunk|within (the|a|its) chunk|inside (the|a) chunk"
    r"|every chunk|target's (own )?score|another item|minus|chunk's",
)
def ranks_in_chunks(states, vectors, targets, items_at_once=16_384):
    ranks = torch.zeros(len(states), dtype=torch.long)
    for chunk in vectors.split(items_at_once):
        scores = states @ chunk.T
        own = scores.gather(1, (targets % len(chunk))[:, None])
        ranks += (scores >= own).sum(1)
    return ranks


@wrong(
    "16.4",
    "targets taken for products from 1",
    r"(from|at|with) (0|zero|1)\b|- 1\b(?!\.)|off by one|neighbou?r|shift|one row|wrong item"
    r"|1-based|0-based|row before|minus one|padding",
)
def ranks_in_chunks(states, vectors, targets, items_at_once=16_384):
    own = (states * vectors[targets - 1]).sum(1, keepdim=True)
    ranks = torch.zeros(len(states), dtype=torch.long)
    for chunk in vectors.split(items_at_once):
        ranks += (states @ chunk.T >= own).sum(1)
    return ranks


@wrong(
    "16.4",
    "counts the items below",
    r"below|lower|worse|smaller|less|<=|\bsign|invert|upside|wrong (way|end|direction)|revers"
    r"|worst|from the bottom|other way|turned",
)
def ranks_in_chunks(states, vectors, targets, items_at_once=16_384):
    own = (states * vectors[targets]).sum(1, keepdim=True)
    ranks = torch.zeros(len(states), dtype=torch.long)
    for chunk in vectors.split(items_at_once):
        ranks += (states @ chunk.T <= own).sum(1)
    return ranks


@wrong(
    "16.4",
    "only the last chunk's count is kept",
    r"accumul|\badd|overwr|only the (last|final)|last chunk|\bsum(med)?\b|\+=|forgets"
    r"|earlier chunks|all chunks|replac",
)
def ranks_in_chunks(states, vectors, targets, items_at_once=16_384):
    own = (states * vectors[targets]).sum(1, keepdim=True)
    for chunk in vectors.split(items_at_once):
        ranks = (states @ chunk.T >= own).sum(1)
    return ranks


@wrong(
    "16.4",
    "only the first chunk's count is returned",
    r"only the first|first chunk|\breturn(s|ed)? (too early|inside|after the first|in the)"
    r"|indent|too early|all chunks|other chunks|later chunks|inside the loop",
)
def ranks_in_chunks(states, vectors, targets, items_at_once=16_384):
    own = (states * vectors[targets]).sum(1, keepdim=True)
    ranks = torch.zeros(len(states), dtype=torch.long)
    for chunk in vectors.split(items_at_once):
        ranks += (states @ chunk.T >= own).sum(1)
        return ranks


@wrong(
    "16.4",
    "chunks overlap by one item",
    r"overlap|twice|border|boundar|edge of|double|seam|\+ ?1|off by one"
    r"|first item of (the next|each|a)|both chunks|two chunks",
)
def ranks_in_chunks(states, vectors, targets, items_at_once=16_384):
    own = (states * vectors[targets]).sum(1, keepdim=True)
    ranks = torch.zeros(len(states), dtype=torch.long)
    step = max(items_at_once - 1, 1)
    for start in range(0, len(vectors), step):
        ranks += (states @ vectors[start : start + items_at_once].T >= own).sum(1)
    return ranks


@wrong("16.4", "ranks are floats", r"\blong\b|int64|float|dtype|integer")
def ranks_in_chunks(states, vectors, targets, items_at_once=16_384):
    own = (states * vectors[targets]).sum(1, keepdim=True)
    ranks = torch.zeros(len(states))
    for chunk in vectors.split(items_at_once):
        ranks += (states @ chunk.T >= own).float().sum(1)
    return ranks


@wrong(
    "16.4",
    "cosine instead of dot product",
    r"cosine|normali[sz]|\blength|\bdot\b|unit (length|vector)|\bnorm",
)
def ranks_in_chunks(states, vectors, targets, items_at_once=16_384):
    unit = torch.nn.functional.normalize(states, dim=1)
    own = (unit * torch.nn.functional.normalize(vectors[targets], dim=1)).sum(1, keepdim=True)
    ranks = torch.ones(len(states), dtype=torch.long)
    for start in range(0, len(vectors), items_at_once):
        chunk = torch.nn.functional.normalize(vectors[start : start + items_at_once], dim=1)
        others = torch.arange(start, start + len(chunk)) != targets[:, None]
        ranks += ((unit @ chunk.T >= own) & others).sum(1)
    return ranks


@wrong(
    "16.4",
    "target's scores broadcast along the items",
    r"broadcast|keepdim|\[:, None\]|unsqueeze|column|\(B, ?1\)|each row|along the",
)
def ranks_in_chunks(states, vectors, targets, items_at_once=16_384):
    own = (states * vectors[targets]).sum(1)
    ranks = torch.zeros(len(states), dtype=torch.long)
    for start in range(0, len(vectors), items_at_once):
        ranks += (states @ vectors[start : start + items_at_once].T >= own).sum(1)
    return ranks
