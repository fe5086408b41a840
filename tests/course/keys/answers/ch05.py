import numpy as np
import pandas as pd
import torch

from tests.course.keys.answers.bank import right, wrong

# 5.1 ranks


@right("5.1", "one comparison, column 0 cut off")
def ranks(scores, targets):
    own = scores[np.arange(len(targets)), targets][:, None]
    return (scores[:, 1:] >= own).sum(axis=1)


@right("5.1", "a loop over the rows")
def ranks(scores, targets):
    out = np.zeros(len(targets), dtype=int)
    for b, target in enumerate(targets):
        mine = scores[b][target]
        for item in range(1, scores.shape[1]):
            if scores[b][item] >= mine:
                out[b] += 1
    return out


@right("5.1", "sorted rows and searchsorted")
def ranks(scores, targets):
    places = []
    for row, target in zip(scores, targets, strict=True):
        ascending = np.sort(row[1:])
        below = np.searchsorted(ascending, row[target], side="left")
        places.append(len(ascending) - below)
    return np.array(places, dtype=np.int64)


@right("5.1", "take_along_axis and count_nonzero")
def ranks(scores, targets):
    items = np.asarray(scores)[:, 1:]
    own = np.take_along_axis(items, np.asarray(targets)[:, None] - 1, axis=1)
    return np.count_nonzero(~(items < own), axis=1)


@right("5.1", "pandas ranks, ties at their worst")
def ranks(scores, targets):
    table = pd.DataFrame(np.asarray(scores)[:, 1:])
    places = table.rank(axis=1, method="max", ascending=False).to_numpy()
    return places[np.arange(len(targets)), np.asarray(targets) - 1].astype(int)


@wrong(
    "5.1",
    "ties in favour of the target",
    r"\btie|at least|>=|favou?r|strictly|equal scores|same score|optimis|constant",
)
def ranks(scores, targets):
    own = scores[np.arange(len(targets)), targets][:, None]
    return (scores[:, 1:] > own).sum(axis=1) + 1


@wrong("5.1", "column 0 counted", r"column 0|pad|item 0|first column|from column 1")
def ranks(scores, targets):
    own = scores[np.arange(len(targets)), targets][:, None]
    return (scores >= own).sum(axis=1)


@wrong(
    "5.1",
    "ranks from 0",
    r"from 0|from 1|from zero|zero.based|0.based|off by one|one too (low|small|good)|itself"
    r"|best is 1|1 = best"
    r"|starts? at",
)
def ranks(scores, targets):
    own = scores[np.arange(len(targets)), targets][:, None]
    return (scores[:, 1:] >= own).sum(axis=1) - 1


@wrong(
    "5.1",
    "place in a stable argsort",
    r"\btie|at least|argsort|equal scores|same score|stable|stands? (first|before)|by (id"
    r"|position|column)",
)
def ranks(scores, targets):
    order = np.argsort(-scores[:, 1:], axis=1, kind="stable") + 1
    return (order == targets[:, None]).argmax(axis=1) + 1


@wrong(
    "5.1",
    "lowest score first",
    r"lowest|ascending|descending|revers|<=|wrong (way|end|direction)|at most|highest|backwards",
)
def ranks(scores, targets):
    own = scores[np.arange(len(targets)), targets][:, None]
    return (scores[:, 1:] <= own).sum(axis=1)


@wrong(
    "5.1",
    "the item at a place instead of the place of an item",
    r"argsort|which item|item at|invers|permutation|place of|item id|twice",
)
def ranks(scores, targets):
    order = np.argsort(-scores[:, 1:], axis=1, kind="stable")
    return order[np.arange(len(targets)), targets - 1] + 1


@wrong(
    "5.1",
    "ties at their mean place",
    r"\btie|averag|mean|half|middle|at least|equal scores|same score",
)
def ranks(scores, targets):
    own = scores[np.arange(len(targets)), targets][:, None]
    above = (scores[:, 1:] > own).sum(axis=1)
    level = (scores[:, 1:] == own).sum(axis=1)
    return above + (level + 1) // 2


@wrong(
    "5.1",
    "score of the item before the target",
    r"off by one|target ?- ?1|neighbou?r|wrong column|one column|shift|item before|column j"
    r"|another item",
)
def ranks(scores, targets):
    own = scores[np.arange(len(targets)), np.maximum(targets - 1, 1)][:, None]
    return (scores[:, 1:] >= own).sum(axis=1)


@wrong(
    "5.1",
    "items at minus infinity not counted",
    r"-inf|ruled out|infinit|finite|last rank|V ?- ?1",
)
def ranks(scores, targets):
    own = scores[np.arange(len(targets)), targets][:, None]
    items = scores[:, 1:]
    return np.maximum(((items >= own) & np.isfinite(items)).sum(axis=1), 1)


@wrong(
    "5.1",
    "writes into column 0 of the scores",
    r"in.?place|edit|modif|mutat|\bwrit|alter|your input|chang|copy|overwrit",
)
def ranks(scores, targets):
    scores[:, 0] = -np.inf
    own = scores[np.arange(len(targets)), targets][:, None]
    return (scores[:, 1:] >= own).sum(axis=1)


@wrong(
    "5.1",
    "column 0 at minus infinity, then counted",
    r"column 0|pad|item 0|ruled out|-inf|V ?- ?1|last rank|one too many",
)
def ranks(scores, targets):
    masked = scores.copy()
    masked[:, 0] = -np.inf
    own = masked[np.arange(len(targets)), targets][:, None]
    return (masked >= own).sum(axis=1)


@wrong(
    "5.1",
    "scores that are close taken for ties",
    r"close|almost|nearly|toleran|\btie|rounded|exact|precision|tiny",
)
def ranks(scores, targets):
    own = scores[np.arange(len(targets)), targets][:, None]
    items = scores[:, 1:]
    return ((items > own) | np.isclose(items, own, atol=1e-6)).sum(axis=1)


@wrong("5.1", "rounded to float32", r"float32|precision|round|float64|dtype|close|\btie|tiny")
def ranks(scores, targets):
    items = scores[:, 1:].astype(np.float32)
    own = items[np.arange(len(targets)), targets - 1][:, None]
    return (items >= own).sum(axis=1)


@wrong(
    "5.1",
    "distinct scores counted, not items",
    r"distinct|unique|dense|\btie|how many items|each item|equal scores|same score"
    r"|different scores",
)
def ranks(scores, targets):
    out = []
    for row, target in zip(scores, targets, strict=True):
        out.append((np.unique(row[1:]) >= row[target]).sum())
    return np.array(out)


@wrong(
    "5.1",
    "ranks as floats",
    r"\bfloats\b|float64|floating|dtype|integers",
)
def ranks(scores, targets):
    table = pd.DataFrame(np.asarray(scores)[:, 1:])
    places = table.rank(axis=1, method="max", ascending=False).to_numpy()
    return places[np.arange(len(targets)), targets - 1]


@wrong(
    "5.1",
    "all rows against the first row's target",
    r"first row|row 0|each row|own row|own target|row by row|per row|other rows?|every row",
)
def ranks(scores, targets):
    own = scores[0, targets[0]]
    return np.maximum((scores[:, 1:] >= own).sum(axis=1), 1)


# 5.2 ndcg


@right("5.2", "where")
def ndcg(ranks, k):
    return np.where(ranks <= k, 1 / np.log2(1 + ranks), 0.0)


@right("5.2", "a loop")
def ndcg(ranks, k):
    out = []
    for rank in ranks:
        out.append(1.0 / np.log2(1.0 + rank) if rank <= k else 0.0)
    return np.array(out, dtype=float)


@right("5.2", "a mask times the discount, natural logarithms")
def ndcg(ranks, k):
    ranks = np.asarray(ranks, dtype=np.float64)
    return (ranks <= k) * (np.log(2) / np.log1p(ranks))


@right("5.2", "zeros filled where it hits")
def ndcg(ranks, k):
    ranks = np.asarray(ranks)
    worth = np.zeros(ranks.shape, dtype=float)
    hit = ranks <= k
    worth[hit] = 1 / np.log2(ranks[hit] + 1)
    return worth


@wrong(
    "5.2",
    "rank k itself left out",
    r"exactly k|rank k|first k|<=|< k|at most k|off by one|k itself|among the first",
)
def ndcg(ranks, k):
    return np.where(ranks < k, 1 / np.log2(1 + ranks), 0.0)


@wrong(
    "5.2",
    "k never read",
    r"`?\bk\b`?.{0,50}(ignor|never|not|unused|no effect|whatever|cut)|ignor\w+ .{0,50}\bk\b"
    r"|cut.?off|beyond|below the first",
)
def ndcg(ranks, k):
    return 1 / np.log2(1 + np.asarray(ranks, dtype=float))


@wrong("5.2", "natural logarithm", r"natural|base|log2|log\(2\)|\bln\b|first place|1\.44")
def ndcg(ranks, k):
    return np.where(ranks <= k, 1 / np.log(1 + ranks), 0.0)


@wrong("5.2", "logarithm to base 10", r"base|log10|log2|ten\b|first place|3\.32")
def ndcg(ranks, k):
    return np.where(ranks <= k, 1 / np.log10(1 + ranks), 0.0)


@wrong(
    "5.2",
    "1 + forgotten: infinite at rank 1",
    r"1 ?\+|\+ ?1|infinit|\binf\b|divi\w+ by (0|zero)|log2\(1\)|log2\(rank|off by one|plus one",
)
def ndcg(ranks, k):
    return np.where(ranks <= k, 1 / np.log2(ranks), 0.0)


@wrong(
    "5.2",
    "ranks taken to start at 0",
    r"from 0|from 1|zero.based|0.based|2 ?\+|\+ ?2|off by one|starts? at|first place|one too (far"
    r"|many)",
)
def ndcg(ranks, k):
    return np.where(ranks <= k, 1 / np.log2(2 + ranks), 0.0)


@wrong("5.2", "reciprocal rank", r"reciprocal|MRR|logarithm|\blog|1 ?/ ?rank|divided by the rank")
def ndcg(ranks, k):
    return np.where(ranks <= k, 1 / ranks, 0.0)


@wrong("5.2", "hit rate", r"hit.?rate|\bHR|discount|logarithm|\blog|0 or 1|only (0|1)|how high")
def ndcg(ranks, k):
    return (ranks <= k).astype(float)


@wrong(
    "5.2",
    "mean over the users",
    r"\bmean\b|averag|one (value|number|float) (per|for each|a)|each (user|target|rank)"
    r"|single number|scalar"
    r"|per user",
)
def ndcg(ranks, k):
    return np.where(ranks <= k, 1 / np.log2(1 + ranks), 0.0).mean()


@wrong(
    "5.2",
    "divided by the gain of k perfect places",
    r"ideal|normali|one (relevant|right)|divid|perfect|first place|several (right|relevant)|IDCG"
    r"|sum of",
)
def ndcg(ranks, k):
    ideal = (1 / np.log2(1 + np.arange(1, k + 1))).sum()
    return np.where(ranks <= k, 1 / np.log2(1 + ranks), 0.0) / ideal


@wrong(
    "5.2",
    "filled into an integer array",
    r"integer|zeros_like|dtype|truncat|rounded down|cut off to|whole number|int64",
)
def ndcg(ranks, k):
    worth = np.zeros_like(ranks)
    hit = ranks <= k
    worth[hit] = 1 / np.log2(1 + ranks[hit])
    return worth


@wrong(
    "5.2",
    "ranks beyond k treated as k",
    r"beyond|clip|treated as|more than k|greater than k|cut.?off|else 0|below the first|minimum"
    r"|behind place k"
    r"|\b0\b.{0,20}(beyond|else|otherwise)",
)
def ndcg(ranks, k):
    return 1 / np.log2(1 + np.minimum(ranks, k))


@wrong(
    "5.2",
    "writes into the ranks",
    r"in.?place|edit|modif|mutat|\bwrit|alter|your input|chang|copy|overwrit",
)
def ndcg(ranks, k):
    hit = ranks <= k
    ranks[~hit] = 1
    return hit / np.log2(1 + ranks)


@wrong(
    "5.2",
    "logarithm not inverted",
    r"1 ?/|recipro|invers|divid|grow|higher for (worse|later)|upside|larger|inverted",
)
def ndcg(ranks, k):
    return np.where(ranks <= k, np.log2(1 + ranks), 0.0)


@wrong(
    "5.2",
    "linear in the rank",
    r"linear|logarithm|\blog|straight|discount",
)
def ndcg(ranks, k):
    return np.where(ranks <= k, 1 - (ranks - 1) / k, 0.0)


@wrong("5.2", "NaN beyond k", r"nan|else 0|not a number|missing|zero")
def ndcg(ranks, k):
    return np.where(ranks <= k, 1 / np.log2(1 + ranks), np.nan)


@wrong(
    "5.2",
    "misses dropped",
    r"drop|shorter|left out|only the hits|filter|as many|length|one (value|entry) (per|for)",
)
def ndcg(ranks, k):
    hits = ranks[ranks <= k]
    return 1 / np.log2(1 + hits)


# 5.3 exclude


@right("5.3", "a copy and one assignment")
def exclude(scores, seen):
    out = scores.copy()
    out[np.arange(len(out))[:, None], seen] = -np.inf
    return out


@right("5.3", "put_along_axis")
def exclude(scores, seen):
    left = np.array(scores)
    np.put_along_axis(left, np.asarray(seen), -np.inf, axis=1)
    return left


@right("5.3", "loops over users and items")
def exclude(scores, seen):
    out = np.array(scores, copy=True)
    for user in range(len(out)):
        for item in seen[user]:
            if item == 0:
                continue
            out[user, item] = -np.inf
    return out


@right("5.3", "a mask and where")
def exclude(scores, seen):
    mask = np.zeros(scores.shape, dtype=bool)
    rows = np.repeat(np.arange(len(seen)), seen.shape[1])
    mask[rows, seen.ravel()] = True
    mask[:, 0] = False
    return np.where(mask, np.array(-np.inf, dtype=scores.dtype), scores)


@right("5.3", "torch scatter on a clone")
def exclude(scores, seen):
    copied = torch.tensor(scores)
    return copied.scatter(1, torch.tensor(seen), -torch.inf).numpy()


@wrong(
    "5.3",
    "writes into the scores",
    r"in.?place|edit|modif|mutat|\bwrit|alter|your input|chang|copy|overwrit"
    r"|`?scores`? .{0,50}stay",
)
def exclude(scores, seen):
    scores[np.arange(len(scores))[:, None], seen] = -np.inf
    return scores


@wrong(
    "5.3",
    "a view taken for a copy",
    r"in.?place|edit|modif|mutat|\bwrit|alter|your input|chang|copy|view|overwrit"
    r"|`?scores`? .{0,50}stay",
)
def exclude(scores, seen):
    out = scores[:]
    out[np.arange(len(out))[:, None], seen] = -np.inf
    return out


@wrong(
    "5.3",
    "everybody's seen items excluded for everybody",
    r"every(body|one| user| row)|all (users|rows)|(other|another|anybody).{0,4}.{0,20}(user|seen"
    r"|row|item)|own (row|items|seen)"
    r"|each user|row by row|of each row",
)
def exclude(scores, seen):
    out = scores.copy()
    out[:, seen.ravel()] = -np.inf
    return out


@wrong(
    "5.3",
    "only the first seen item of each user",
    "first (seen|item|column)|only one|all (the |of the )?seen|every seen|column 0 of"
    r"|rest of|one item per|only the first \(oldest|only the oldest",
)
def exclude(scores, seen):
    out = scores.copy()
    out[np.arange(len(out)), seen[:, 0]] = -np.inf
    return out


@wrong(
    "5.3",
    "only the last seen item of each user",
    r"last (seen|item|column)|only one|all (the |of the )?seen|every seen|newest|rest of"
    r"|one item per",
)
def exclude(scores, seen):
    out = scores.copy()
    out[np.arange(len(out)), seen[:, -1]] = -np.inf
    return out


@wrong(
    "5.3",
    "set to 0",
    r"set to 0|\b0 instead|-inf|infinit|negative scores|below 0|zero|not last|above",
)
def exclude(scores, seen):
    out = scores.copy()
    out[np.arange(len(out))[:, None], seen] = 0
    out[:, 0] = -np.inf
    return out


@wrong(
    "5.3",
    "set to the lowest score of the row",
    r"lowest|minimum|-inf|infinit|\btie|smallest|not last|\bmin\b",
)
def exclude(scores, seen):
    out = scores.copy()
    lowest = scores[:, 1:].min(axis=1, keepdims=True)
    out[np.arange(len(out))[:, None], seen] = lowest
    out[:, 0] = -np.inf
    return out


@wrong("5.3", "set to NaN", r"nan|not a number|-inf|infinit")
def exclude(scores, seen):
    out = scores.astype(float)
    out[np.arange(len(out))[:, None], seen] = np.nan
    out[:, 0] = -np.inf
    return out


@wrong(
    "5.3",
    "one column too far left",
    r"off by one|one (column|item|id)|item - 1|- ?1|shift|neighbou?r|wrong (column|item)"
    r"|item before|column j",
)
def exclude(scores, seen):
    out = scores.copy()
    out[np.arange(len(out))[:, None], seen - 1] = -np.inf
    return out


@wrong(
    "5.3",
    "keeps only the seen items",
    r"invert|opposite|not seen|unseen|wrong way|keeps? only|other way|~|turned (a?round)",
)
def exclude(scores, seen):
    mask = np.zeros(scores.shape, dtype=bool)
    mask[np.arange(len(scores))[:, None], seen] = True
    return np.where(mask, scores, -np.inf).astype(scores.dtype)


@wrong(
    "5.3",
    "a mask instead of scores",
    r"\bmask\b|bool|scores? (themselves|instead)|keep the scores",
)
def exclude(scores, seen):
    mask = np.zeros(scores.shape, dtype=bool)
    mask[np.arange(len(scores))[:, None], seen] = True
    return ~mask


@wrong(
    "5.3",
    "a very low number instead of minus infinity",
    r"-inf|infinit|1e9|very (low|small|large)|finite|big negative|large negative|number",
)
def exclude(scores, seen):
    out = scores.copy()
    out[np.arange(len(out))[:, None], seen] = -1e9
    out[:, 0] = -np.inf
    return out


@wrong(
    "5.3",
    "plus infinity",
    r"\bsign\b|plus inf|\+ ?inf|positive inf|first instead|minus|rank first|on top|-inf",
)
def exclude(scores, seen):
    out = scores.copy()
    out[np.arange(len(out))[:, None], seen] = np.inf
    out[:, 0] = -np.inf
    return out


@wrong(
    "5.3",
    "stops at the first padding",
    r"stops? at|break|first (0|zero|padding)|left.pad|after (a|the) (0|zero|padding)|continue"
    r"|behind (a|the) (0|zero|padding)|skip",
)
def exclude(scores, seen):
    out = scores.copy()
    for user, items in enumerate(seen):
        for item in items:
            if item == 0:
                break
            out[user, item] = -np.inf
    return out


@wrong(
    "5.3",
    "infinity times a mask: NaN",
    "multipl|infinity times|mask times|times (an? |the )?mask|where (the )?mask is 0",
)
def exclude(scores, seen):
    mask = np.zeros(scores.shape)
    mask[np.arange(len(scores))[:, None], seen] = 1
    return (scores - mask * np.inf).astype(scores.dtype)


@wrong(
    "5.3",
    "seen columns cut away",
    r"cut|remov|delet|fewer columns|narrow|dropp|\(B, V\)|width|columns .{0,20}(gone|missing|lost)",
)
def exclude(scores, seen):
    keep = np.setdiff1d(np.arange(scores.shape[1]), seen[seen > 0])
    return scores[:, keep].copy()


@wrong(
    "5.3",
    "only the first user",
    r"first (user|row)|row 0|only one (user|row)|every (user|row)|all (users|rows)|other (users"
    r"|rows)|each user",
)
def exclude(scores, seen):
    out = scores.copy()
    out[0, seen[0]] = -np.inf
    return out


# 5.4 difference_interval


@right("5.4", "differences, then integers")
def difference_interval(values, others, *, seed, level=0.95, n_resamples=1000):
    rng = np.random.default_rng(seed)
    gaps = values - others
    chosen = rng.integers(0, len(gaps), (n_resamples, len(gaps)))
    low, high = np.quantile(gaps[chosen].mean(axis=1), [(1 - level) / 2, (1 + level) / 2])
    return gaps.mean(), low, high


@right("5.4", "a loop over resamples, both models by the same users")
def difference_interval(values, others, *, seed, level=0.95, n_resamples=1000):
    rng = np.random.default_rng(seed)
    B = len(values)
    means = []
    for _ in range(n_resamples):
        users = rng.choice(B, size=B, replace=True)
        means.append(values[users].mean() - others[users].mean())
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(means, [tail, 100 - tail])
    return float(values.mean() - others.mean()), float(low), float(high)


@right("5.4", "multinomial counts, an array of three")
def difference_interval(values, others, *, seed, level=0.95, n_resamples=1000):
    gaps = np.asarray(values) - np.asarray(others)
    B = len(gaps)
    counts = np.random.default_rng(seed).multinomial(B, np.full(B, 1 / B), size=n_resamples)
    means = np.sort(counts @ gaps / B)
    ends = np.quantile(means, 0.5 + np.array([-level, level]) / 2)
    return np.array([gaps.mean(), *ends])


@wrong("5.4", "separate draws", r"pair|same users|each user|separate|once|together")
def difference_interval(values, others, *, seed, level=0.95, n_resamples=1000):
    rng = np.random.default_rng(seed)
    B = len(values)
    means = [
        rng.choice(values, B).mean() - rng.choice(others, B).mean() for _ in range(n_resamples)
    ]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return np.mean(values - others), low, high


@wrong("5.4", "replace=False", r"replace|twice|same users|alike")
def difference_interval(values, others, *, seed, level=0.95, n_resamples=1000):
    rng = np.random.default_rng(seed)
    gaps = values - others
    B = len(gaps)
    means = [gaps[rng.choice(B, B, replace=False)].mean() for _ in range(n_resamples)]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return gaps.mean(), low, high


@wrong("5.4", "quantiles of the users", r"mean|single|users' differences|resample")
def difference_interval(values, others, *, seed, level=0.95, n_resamples=1000):
    gaps = values - others
    low, high = np.quantile(gaps, [(1 - level) / 2, (1 + level) / 2])
    return gaps.mean(), low, high


@wrong("5.4", "5 % at each end", r"half|each end|\b2\b|tail|both ends|too little")
def difference_interval(values, others, *, seed, level=0.95, n_resamples=1000):
    rng = np.random.default_rng(seed)
    gaps = values - others
    means = rng.choice(gaps, (n_resamples, len(gaps))).mean(axis=1)
    return gaps.mean(), np.quantile(means, 1 - level), np.quantile(means, level)


@wrong("5.4", "the level is fixed", r"level|95")
def difference_interval(values, others, *, seed, level=0.95, n_resamples=1000):
    rng = np.random.default_rng(seed)
    gaps = values - others
    means = rng.choice(gaps, (n_resamples, len(gaps))).mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return gaps.mean(), low, high


@wrong("5.4", "the other way round", r"sign|others - values|ahead|turned|exchanged")
def difference_interval(values, others, *, seed, level=0.95, n_resamples=1000):
    rng = np.random.default_rng(seed)
    gaps = others - values
    means = rng.choice(gaps, (n_resamples, len(gaps))).mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return gaps.mean(), low, high


@wrong("5.4", "the mean over the resamples", r"axis|over the resamples|wrong axis")
def difference_interval(values, others, *, seed, level=0.95, n_resamples=1000):
    rng = np.random.default_rng(seed)
    gaps = values - others
    means = rng.choice(gaps, (n_resamples, len(gaps))).mean(axis=0)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return gaps.mean(), low, high


@wrong("5.4", "only low and high", r"three|mean")
def difference_interval(values, others, *, seed, level=0.95, n_resamples=1000):
    rng = np.random.default_rng(seed)
    gaps = values - others
    means = rng.choice(gaps, (n_resamples, len(gaps))).mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return low, high


@wrong("5.4", "no seed", r"seed")
def difference_interval(values, others, *, seed, level=0.95, n_resamples=1000):
    rng = np.random.default_rng()
    gaps = values - others
    means = rng.choice(gaps, (n_resamples, len(gaps))).mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return gaps.mean(), low, high


@wrong(
    "5.4", "centre from the resamples", r"itself is drawn|users themselves|resampled means|mean of"
)
def difference_interval(values, others, *, seed, level=0.95, n_resamples=1000):
    rng = np.random.default_rng(seed)
    gaps = values - others
    means = rng.choice(gaps, (n_resamples, len(gaps))).mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return means.mean(), low, high


# 5.5 expected_ndcg


@right("5.5", "every item against every other")
def expected_ndcg(scores, probabilities, k):
    items, p = scores[:, 1:], probabilities[:, 1:]
    rank = (items[:, None, :] >= items[:, :, None]).sum(axis=2)
    gain = np.where(rank <= k, 1 / np.log2(1 + rank), 0.0)
    return (p * gain).sum(axis=1)


@right("5.5", "a loop over the items")
def expected_ndcg(scores, probabilities, k):
    total = np.zeros(len(scores))
    for item in range(1, scores.shape[1]):
        rank = (scores[:, 1:] >= scores[:, [item]]).sum(axis=1)
        total += probabilities[:, item] * (rank <= k) / np.log2(1 + rank)
    return total


@right("5.5", "sorted rows and searchsorted")
def expected_ndcg(scores, probabilities, k):
    out = []
    for row, p in zip(scores[:, 1:], probabilities[:, 1:], strict=True):
        rank = len(row) - np.searchsorted(np.sort(row), row, side="left")
        worth = np.zeros(len(row))
        worth[rank <= k] = 1 / np.log2(1 + rank[rank <= k])
        out.append(p @ worth)
    return np.array(out, dtype=float)


@right("5.5", "ranks by pandas and einsum")
def expected_ndcg(scores, probabilities, k):
    rank = pd.DataFrame(scores[:, 1:]).rank(axis=1, method="max", ascending=False).to_numpy()
    gain = (rank <= k) / np.log2(rank + 1)
    return np.einsum("bv,bv->b", np.asarray(probabilities)[:, 1:], gain)


def _ranks(items):
    return (items[:, None, :] >= items[:, :, None]).sum(axis=2)


def _worth(rank, k):
    return np.where(rank <= k, 1 / np.log2(1 + rank), 0.0)


@wrong(
    "5.5",
    "ties in favour of the item",
    r"\btie|at least|>=|favou?r|strictly|equal scores|same score|optimis|constant",
)
def expected_ndcg(scores, probabilities, k):
    items = scores[:, 1:]
    rank = (items[:, None, :] > items[:, :, None]).sum(axis=2) + 1
    return (probabilities[:, 1:] * _worth(rank, k)).sum(axis=1)


@wrong(
    "5.5",
    "ties by the order of a sort",
    r"\btie|at least|argsort|equal scores|same score|stable|order of (the )?(ids|columns|sort)"
    r"|by id",
)
def expected_ndcg(scores, probabilities, k):
    order = np.argsort(-scores[:, 1:], axis=1, kind="stable")
    best_first = np.take_along_axis(probabilities[:, 1:], order, axis=1)[:, :k]
    return best_first @ (1 / np.log2(2 + np.arange(best_first.shape[1])))


@wrong(
    "5.5",
    "ranked by the probabilities, scores never read",
    r"`?scores`?.{0,50}(ignor|never|not|unused|no effect|whatever)|ignor\w+ .{0,50}scores"
    r"|rank\w* by (the )?(prob|truth|law)|ceiling|oracle"
    r"|by the model",
)
def expected_ndcg(scores, probabilities, k):
    p = probabilities[:, 1:]
    return (p * _worth(_ranks(p), k)).sum(axis=1)


@wrong(
    "5.5",
    "mean instead of weighted sum",
    r"\bmean\b|\bsum\b|summed|averag|divid\w* by V|number of items|weights? .{0,50}sum",
)
def expected_ndcg(scores, probabilities, k):
    gain = _worth(_ranks(scores[:, 1:]), k)
    return (probabilities[:, 1:] * gain).mean(axis=1)


@wrong(
    "5.5",
    "all items alike, probabilities never read",
    r"`?probabilit\w+`?.{0,50}(ignor|never|not|unused|no effect|whatever|weigh)"
    r"|ignor\w+ .{0,50}probab|weigh|alike|equally likely|uniform",
)
def expected_ndcg(scores, probabilities, k):
    return _worth(_ranks(scores[:, 1:]), k).mean(axis=1)


@wrong(
    "5.5", "column 0 takes part in the ranking", r"column 0|pad|item 0|first column|from column 1"
)
def expected_ndcg(scores, probabilities, k):
    return (probabilities * _worth(_ranks(scores), k)).sum(axis=1)


@wrong(
    "5.5",
    "k never read",
    r"`?\bk\b`?.{0,50}(ignor|never|not|unused|no effect|whatever|cut)|ignor\w+ .{0,50}\bk\b"
    r"|cut.?off|beyond",
)
def expected_ndcg(scores, probabilities, k):
    gain = 1 / np.log2(1 + _ranks(scores[:, 1:]))
    return (probabilities[:, 1:] * gain).sum(axis=1)


@wrong(
    "5.5",
    "rank k itself left out",
    r"exactly k|rank k|first k|<=|< k|at most k|off by one|k itself|among the first",
)
def expected_ndcg(scores, probabilities, k):
    return (probabilities[:, 1:] * _worth(_ranks(scores[:, 1:]), k - 1)).sum(axis=1)


@wrong(
    "5.5",
    "only the likeliest item",
    r"likeliest|most (likely|probable)|argmax|only one|all (the )?items|every item|each item"
    r"|single item|weigh",
)
def expected_ndcg(scores, probabilities, k):
    target = probabilities[:, 1:].argmax(axis=1)
    gain = _worth(_ranks(scores[:, 1:]), k)
    return gain[np.arange(len(gain)), target]


@wrong(
    "5.5",
    "NDCG of the expected rank",
    r"expected rank|mean rank|average rank|rank first|averag\w* .{0,50}rank|before|of the mean"
    r"|mean of the (gain|ndcg)|each item"
    r"|\bnot linear",
)
def expected_ndcg(scores, probabilities, k):
    rank = (probabilities[:, 1:] * _ranks(scores[:, 1:])).sum(axis=1)
    return _worth(rank, k)


@wrong(
    "5.5",
    "divided by the best that is possible",
    r"ideal|ceiling|normali|best possible|oracle|divid|perfect|IDCG",
)
def expected_ndcg(scores, probabilities, k):
    p = probabilities[:, 1:]
    best = (p * _worth(_ranks(p), k)).sum(axis=1)
    return (p * _worth(_ranks(scores[:, 1:]), k)).sum(axis=1) / np.maximum(best, 1e-12)


@wrong("5.5", "natural logarithm", r"natural|base|log2|log\(2\)|\bln\b|1\.44|above 1")
def expected_ndcg(scores, probabilities, k):
    rank = _ranks(scores[:, 1:])
    gain = np.where(rank <= k, 1 / np.log(1 + rank), 0.0)
    return (probabilities[:, 1:] * gain).sum(axis=1)


@wrong(
    "5.5",
    "mean over the users",
    r"mean over (the )?(users|rows|batch)|averag|one (value|number|float) (per|for each|a)"
    r"|each (user|row)|single number|scalar|per (user|row)",
)
def expected_ndcg(scores, probabilities, k):
    gain = _worth(_ranks(scores[:, 1:]), k)
    return (probabilities[:, 1:] * gain).sum(axis=1).mean()


@wrong(
    "5.5",
    "lowest score first",
    r"lowest|ascending|descending|revers|<=|wrong (way|end|direction)|at most|highest|backwards"
    r"|transpos|axis",
)
def expected_ndcg(scores, probabilities, k):
    gain = _worth(_ranks(-scores[:, 1:]), k)
    return (probabilities[:, 1:] * gain).sum(axis=1)


@wrong(
    "5.5",
    "argsort taken for the ranks",
    r"argsort|invers|permutation|which item|item at|place of|twice",
)
def expected_ndcg(scores, probabilities, k):
    rank = np.argsort(-scores[:, 1:], axis=1, kind="stable") + 1
    return (probabilities[:, 1:] * _worth(rank, k)).sum(axis=1)


@wrong(
    "5.5",
    "hit rate instead of NDCG",
    r"hit.?rate|\bHR|discount|logarithm|\blog|how high|0 or 1|ndcg",
)
def expected_ndcg(scores, probabilities, k):
    hit = _ranks(scores[:, 1:]) <= k
    return (probabilities[:, 1:] * hit).sum(axis=1)


@wrong(
    "5.5",
    "weighted by the model's own softmax",
    r"model.s own|softmax|own (belief|probab)|`?probabilit\w+`?.{0,50}(ignor|never|not"
    "|unused|no effect|whatever|true)|true (law|probab)|the law|(never"
    "|not) .{0,10}`?probabilit",
)
def expected_ndcg(scores, probabilities, k):
    items = scores[:, 1:]
    top = np.nan_to_num(items.max(axis=1, keepdims=True), neginf=0.0)
    believed = np.exp(items - top)
    believed = believed / np.maximum(believed.sum(axis=1, keepdims=True), 1e-300)
    return (believed * _worth(_ranks(items), k)).sum(axis=1)


@wrong(
    "5.5",
    "ranks from 0",
    r"from 0|from 1|zero.based|0.based|2 ?\+|\+ ?2|off by one|starts? at|first place|one too (far"
    r"|many)",
)
def expected_ndcg(scores, probabilities, k):
    rank = _ranks(scores[:, 1:])
    gain = np.where(rank <= k, 1 / np.log2(2 + rank), 0.0)
    return (probabilities[:, 1:] * gain).sum(axis=1)


@wrong(
    "5.5",
    "items without probability taken out of the ranking",
    r"probability (of )?(0|zero)|impossible|cannot follow|all items|every item|taken out|competit"
    r"|rank\w* among|left out"
    r"|zero probab",
)
def expected_ndcg(scores, probabilities, k):
    items = np.where(probabilities[:, 1:] > 0, scores[:, 1:], -np.inf)
    return (probabilities[:, 1:] * _worth(_ranks(items), k)).sum(axis=1)


# 5.6 follower_table


@right("5.6", "shifted arrays and np.add.at")
def follower_table(users, items, n_items, window):
    table = np.zeros((n_items + 1, n_items + 1), dtype=int)
    for lag in range(1, window + 1):
        same = users[lag:] == users[:-lag]
        np.add.at(table, (items[:-lag][same], items[lag:][same]), 1)
    return table


@right("5.6", "bincount of a number for each pair")
def follower_table(users, items, n_items, window):
    V = n_items + 1
    counts = np.zeros(V * V, dtype=np.int64)
    for lag in range(1, min(window, len(items)) + 1):
        same = users[:-lag] == users[lag:]
        codes = items[:-lag][same] * V + items[lag:][same]
        counts += np.bincount(codes, minlength=V * V)
    return counts.reshape(V, V)


@right("5.6", "a loop over the clicks")
def follower_table(users, items, n_items, window):
    table = np.zeros((n_items + 1, n_items + 1), dtype=np.int64)
    for place, (user, item) in enumerate(zip(users, items, strict=True)):
        for later in range(place + 1, min(place + window + 1, len(items))):
            if users[later] != user:
                break
            table[item, items[later]] += 1
    return table


@wrong("5.6", "users ignored", r"across|user")
def follower_table(users, items, n_items, window):
    table = np.zeros((n_items + 1, n_items + 1), dtype=int)
    for lag in range(1, window + 1):
        np.add.at(table, (items[:-lag], items[lag:]), 1)
    return table


@wrong("5.6", "fancy index with +=", r"add\.at|repeat|several times|once")
def follower_table(users, items, n_items, window):
    table = np.zeros((n_items + 1, n_items + 1), dtype=int)
    for lag in range(1, window + 1):
        same = users[lag:] == users[:-lag]
        table[items[:-lag][same], items[lag:][same]] += 1
    return table


@wrong("5.6", "range(1, window)", r"short|excluded|end of|too few|window")
def follower_table(users, items, n_items, window):
    table = np.zeros((n_items + 1, n_items + 1), dtype=int)
    for lag in range(1, window):
        same = users[lag:] == users[:-lag]
        np.add.at(table, (items[:-lag][same], items[lag:][same]), 1)
    return table


@wrong("5.6", "one distance", r"all distances|exactly|distance")
def follower_table(users, items, n_items, window):
    table = np.zeros((n_items + 1, n_items + 1), dtype=int)
    same = users[window:] == users[:-window]
    np.add.at(table, (items[:-window][same], items[window:][same]), 1)
    return table


@wrong("5.6", "the neighbour only", r"window|next click|distance")
def follower_table(users, items, n_items, window):
    table = np.zeros((n_items + 1, n_items + 1), dtype=int)
    same = users[1:] == users[:-1]
    np.add.at(table, (items[:-1][same], items[1:][same]), 1)
    return table


@wrong("5.6", "columns first", r"exchanged|transpos|rows and columns|after|turned")
def follower_table(users, items, n_items, window):
    table = np.zeros((n_items + 1, n_items + 1), dtype=int)
    for lag in range(1, window + 1):
        same = users[lag:] == users[:-lag]
        np.add.at(table, (items[lag:][same], items[:-lag][same]), 1)
    return table


@wrong("5.6", "symmetric", r"both (ways|directions)|order|after|symmetr")
def follower_table(users, items, n_items, window):
    table = np.zeros((n_items + 1, n_items + 1), dtype=int)
    for lag in range(1, window + 1):
        same = users[lag:] == users[:-lag]
        np.add.at(table, (items[:-lag][same], items[lag:][same]), 1)
        np.add.at(table, (items[lag:][same], items[:-lag][same]), 1)
    return table


@wrong("5.6", "no padding row", r"padding|\b0\b|row and column|shape")
def follower_table(users, items, n_items, window):
    table = np.zeros((n_items, n_items), dtype=int)
    for lag in range(1, window + 1):
        same = users[lag:] == users[:-lag]
        np.add.at(table, (items[:-lag][same] - 1, items[lag:][same] - 1), 1)
    return table


@wrong("5.6", "probabilities", r"divid|share|counts|row sum")
def follower_table(users, items, n_items, window):
    table = np.zeros((n_items + 1, n_items + 1))
    for lag in range(1, window + 1):
        same = users[lag:] == users[:-lag]
        np.add.at(table, (items[:-lag][same], items[lag:][same]), 1)
    return table / table.sum(1, keepdims=True).clip(1)


@wrong("5.6", "from lag 0", r"itself|distance 0|\b0\b|begin")
def follower_table(users, items, n_items, window):
    table = np.zeros((n_items + 1, n_items + 1), dtype=int)
    for lag in range(window + 1):
        end = len(items) - lag
        same = users[lag:] == users[:end]
        np.add.at(table, (items[:end][same], items[lag:][same]), 1)
    return table


@wrong("5.6", "a set of pairs", r"how often|occurs|yes|whether")
def follower_table(users, items, n_items, window):
    table = np.zeros((n_items + 1, n_items + 1), dtype=int)
    for lag in range(1, window + 1):
        same = users[lag:] == users[:-lag]
        table[items[:-lag][same], items[lag:][same]] = 1
    return table
