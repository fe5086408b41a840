"""Chapter 15, into the shop: answers written from its stubs alone."""

import math
import statistics
from statistics import NormalDist

import numpy as np
import pandas as pd
import torch
from scipy import stats

from seqrec.shop import Comparison, Estimate
from tests.course.keys.answers.bank import right, wrong

# 15.1 nearest_rank


@right("15.1", "sort, ceil, index")
def nearest_rank(values, percents):
    ordered = np.sort(values)
    index = np.ceil(np.asarray(percents) * len(ordered) / 100).astype(int) - 1
    return ordered[index]


@right("15.1", "loop that counts, word by word")
def nearest_rank(values, percents):
    values = np.asarray(values)
    answer = []
    for p in percents:
        for v in sorted(values):
            if 100 * (values <= v).sum() >= p * len(values):
                answer.append(v)
                break
    return np.array(answer, dtype=values.dtype)


@right("15.1", "searchsorted in the cumulated counts")
def nearest_rank(values, percents):
    ordered = np.sort(np.asarray(values))
    n = ordered.size
    reached = 100 * np.arange(1, n + 1)
    return ordered[np.searchsorted(reached, np.asarray(percents) * n, side="left")]


@right("15.1", "pandas, and floor division of the negative")
def nearest_rank(values, percents):
    ordered = pd.Series(np.asarray(values)).sort_values(ignore_index=True)
    places = [int(-(-p * len(ordered) // 100)) - 1 for p in percents]
    return ordered.iloc[places].to_numpy()


@wrong(
    "15.1",
    "np.percentile interpolates",
    r"interpolat|between (two|neighbou?r|them)|in between|did (not|n.t|never) occur|never occur"
    r"|none of the values|not (one|any) of the values|np\.percentile|default method",
)
def nearest_rank(values, percents):
    return np.percentile(values, percents)


@wrong(
    "15.1",
    "rank used as an index, one too high",
    r"one (rank|place|position|value|step) (too|higher|further|later)|one too|off by one"
    r"|- 1\b(?!\.)"
    r"|(counts?|begins?|starts?) (from|at) (0|zero)|next (larger|value|rank)|minus one|subtract",
)
def nearest_rank(values, percents):
    ordered = np.sort(np.asarray(values))
    rank = np.ceil(np.asarray(percents) * len(ordered) / 100).astype(int)
    return ordered[np.minimum(rank, len(ordered) - 1)]


@wrong(
    "15.1", "rounds the rank down", r"\bfloor|round(s|ed|ing)? (it )?(down|up)|ceil|truncat|cut off"
)
def nearest_rank(values, percents):
    ordered = np.sort(np.asarray(values))
    rank = (np.asarray(percents) * len(ordered) / 100).astype(int)
    return ordered[np.maximum(rank - 1, 0)]


@wrong(
    "15.1",
    "rounds the rank to the nearest integer",
    r"\bround(s|ed|ing)?\b|ceil|nearest (integer|whole)|round(s|ed)? (up|down)",
)
def nearest_rank(values, percents):
    ordered = np.sort(np.asarray(values))
    rank = np.rint(np.asarray(percents) * len(ordered) / 100).astype(int)
    return ordered[np.clip(rank - 1, 0, None)]


@wrong(
    "15.1",
    "values not sorted",
    r"\bsort|unsorted|any order|order of (the )?values|ordered|ascending",
)
def nearest_rank(values, percents):
    values = np.asarray(values)
    index = np.ceil(np.asarray(percents) * len(values) / 100).astype(int) - 1
    return values[index]


@wrong(
    "15.1",
    "sorted from the largest down",
    r"descend|decreas|falling|largest first|from the (top|largest|slowest)|wrong end|revers"
    r"|100 ?- ?p|other end|upside down|backwards?",
)
def nearest_rank(values, percents):
    ordered = sorted(values, reverse=True)
    return np.array([ordered[math.ceil(p * len(ordered) / 100) - 1] for p in percents])


@wrong(
    "15.1",
    "percents taken for shares of 1",
    r"/ ?100|by 100|by a hundred|fraction|between 0 and 1|0 to 1|shares? of (1|one)|divid",
)
def nearest_rank(values, percents):
    ordered = np.sort(np.asarray(values))
    rank = np.ceil(np.asarray(percents, dtype=float) * len(ordered)).astype(int)
    return ordered[np.minimum(rank, len(ordered)) - 1]


@wrong(
    "15.1",
    "numpy's method nearest, a rank out of n - 1",
    r"n ?- ?1|method|closest|inverted_cdf|np\.percentile|\"nearest\"|'nearest'|ceil|round",
)
def nearest_rank(values, percents):
    return np.percentile(np.asarray(values), percents, method="nearest")


@wrong(
    "15.1",
    "ceil of a rank out of n - 1",
    r"n ?- ?1|\(n - 1\)|len\(.*\) - 1|method|\"higher\"|inverted_cdf|of n values|gaps|one too"
    r"|off by one",
)
def nearest_rank(values, percents):
    ordered = np.sort(np.asarray(values))
    index = np.ceil(np.asarray(percents) * (len(ordered) - 1) / 100).astype(int)
    return ordered[index]


@wrong(
    "15.1",
    "equal values counted once",
    r"\btie|duplicat|repeat|unique|distinct|equal values|same value|more than once"
    r"|several times|twice",
)
def nearest_rank(values, percents):
    ordered = np.unique(values)
    index = np.ceil(np.asarray(percents) * len(ordered) / 100).astype(int) - 1
    return ordered[index]


@wrong(
    "15.1",
    "more than p % instead of at least p %",
    r"exact(ly)? |at least|more than p|strict|whole number|one too|off by one|floor|ceil"
    r"|(side ?= ?.)?\bright\b|next (larger|value|rank)",
)
def nearest_rank(values, percents):
    ordered = np.sort(np.asarray(values))
    reached = 100 * np.arange(1, len(ordered) + 1)
    index = np.searchsorted(reached, np.asarray(percents) * len(ordered), side="right")
    return ordered[np.minimum(index, len(ordered) - 1)]


@wrong(
    "15.1",
    "percents answered in rising order",
    r"order of (the )?percents|percents.*(order|sort)|sort.*percents",
)
def nearest_rank(values, percents):
    ordered = np.sort(np.asarray(values))
    index = np.ceil(np.unique(percents) * len(ordered) / 100).astype(int) - 1
    return ordered[index]


@wrong(
    "15.1",
    "returns the ranks, not the values",
    r"\brank(s)?\b.*(instead|not|rather)|index|indices|positions?\b|not (of )?the values|look.* up",
)
def nearest_rank(values, percents):
    n = len(values)
    return np.array([math.ceil(p * n / 100) for p in percents])


@wrong("15.1", "returns a list", r"\blist\b|np\.array|ndarray|numpy array|an array")
def nearest_rank(values, percents):
    ordered = sorted(values)
    return [ordered[math.ceil(p * len(ordered) / 100) - 1] for p in percents]


@wrong("15.1", "crashes for percents in a list", r"\blist\b|asarray|np\.array|convert|TypeError")
def nearest_rank(values, percents):
    rank = np.ceil(percents / 100.0 * len(values)).astype(int)
    return np.sort(values)[rank - 1]


# 15.2 seen_places


@right("15.2", "mask and nonzero")
def seen_places(slates, places):
    slates, places = np.asarray(slates), np.asarray(places)
    K = slates.shape[1]
    last = np.where(places < 0, K - 1, places)
    seen = (np.arange(K) <= last[:, None]) & (slates > 0)
    rows, columns = np.nonzero(seen)
    return rows, slates[rows, columns], (columns == places[rows]).astype(float)


@right("15.2", "plain loops")
def seen_places(slates, places):
    rows, products, rewards = [], [], []
    for row, (slate, place) in enumerate(zip(slates, places, strict=True)):
        for k, product in enumerate(slate):
            if product != 0:
                rows.append(row)
                products.append(product)
                rewards.append(1.0 if k == place else 0.0)
            if k == place:
                break
    return (
        np.array(rows, dtype=np.int64),
        np.array(products, dtype=np.int64),
        np.array(rewards, dtype=np.float64),
    )


@right("15.2", "running sum of the clicks above")
def seen_places(slates, places):
    slates = np.asarray(slates)
    clicked = np.arange(slates.shape[1])[None, :] == np.asarray(places)[:, None]
    above = clicked.cumsum(axis=1) - clicked
    keep = (above == 0) & (slates != 0)
    rows = np.broadcast_to(np.arange(len(slates))[:, None], slates.shape)
    return rows[keep], slates[keep], clicked[keep] * 1.0


@right("15.2", "a long table in pandas")
def seen_places(slates, places):
    slates, places = np.asarray(slates), np.asarray(places)
    B, K = slates.shape
    table = pd.DataFrame(
        {
            "row": np.repeat(np.arange(B), K),
            "place": np.tile(np.arange(K), B),
            "product": slates.ravel(),
            "clicked": np.repeat(places, K),
        }
    )
    table = table[(table["clicked"] == -1) | (table["place"] <= table["clicked"])]
    table = table[table["product"] != 0]
    reward = (table["place"] == table["clicked"]).astype("float64")
    return table["row"].to_numpy(), table["product"].to_numpy(), reward.to_numpy()


@wrong(
    "15.2",
    "everything that was shown",
    r"below|beneath|under (the|a) click|after (the|a) click|unseen|not (been )?seen|never seen"
    r"|behind the click|further down|all (K|that was|places)",
)
def seen_places(slates, places):
    rows, columns = np.nonzero(slates)
    return rows, slates[rows, columns], (columns == places[rows]).astype(float)


@wrong(
    "15.2",
    "the clicked place itself left out",
    r"click(ed)? (place|product|one|item)?.*(itself|missing|left out|too|included?)|itself"
    r"|no (reward|1)"
    r"|<=|strictly above|only what stands above|including|one too few",
)
def seen_places(slates, places):
    K = slates.shape[1]
    end = np.where(places < 0, K, places)
    rows, columns = np.nonzero((np.arange(K) < end[:, None]) & (slates != 0))
    return rows, slates[rows, columns], (columns == places[rows]).astype(float)


@wrong(
    "15.2",
    "nothing seen where nothing was clicked",
    r"without (a |any )?click|no click|not clicked|nothing (was )?(clicked|taken)|-1 (is"
    r"|means|stands|for|counts)|(place|of|for|by) -1|unclicked|click-?less",
)
def seen_places(slates, places):
    seen = (np.arange(slates.shape[1])[None] <= places[:, None]) & (slates != 0)
    rows, columns = np.nonzero(seen)
    return rows, slates[rows, columns], (columns == places[rows]).astype(float)


@wrong(
    "15.2",
    "place -1 read as the last place",
    r"-1 (is|means|stands|for|counts|picks|reads)|(place|of|for|by) -1|last place"
    r"|negative index|without (a |any )?click|no click|nothing (was )?(clicked|taken)",
)
def seen_places(slates, places):
    K = slates.shape[1]
    places = np.asarray(places) % K
    rows, columns = np.nonzero((np.arange(K) <= places[:, None]) & (slates != 0))
    return rows, slates[rows, columns], (columns == places[rows]).astype(float)


@wrong(
    "15.2",
    "empty places are examples",
    r"empty|padding|\b0s?\b (is|are|means|stand|=)|product 0|zeros? (is|are|in)",
)
def seen_places(slates, places):
    K = slates.shape[1]
    last = np.where(places < 0, K - 1, places)
    rows, columns = np.nonzero(np.arange(K)[None] <= last[:, None])
    return rows, slates[rows, columns], (columns == places[rows]).astype(float)


@wrong(
    "15.2",
    "place by place instead of row by row",
    r"row by row|row after row|place by place|column by column|order|transpos|interleav",
)
def seen_places(slates, places):
    rows, products, rewards = [], [], []
    for k in range(slates.shape[1]):
        for b in range(len(slates)):
            if slates[b, k] and (places[b] == -1 or k <= places[b]):
                rows.append(b)
                products.append(slates[b, k])
                rewards.append(float(k == places[b]))
    return np.array(rows), np.array(products), np.array(rewards)


@wrong(
    "15.2",
    "each row from the click upwards",
    r"top down|top to bottom|from the top|bottom|upwards?|revers|backwards?|order",
)
def seen_places(slates, places):
    K = slates.shape[1]
    last = np.where(places < 0, K - 1, places)
    seen = (np.arange(K) <= last[:, None]) & (slates != 0)
    rows, back = np.nonzero(seen[:, ::-1])
    columns = K - 1 - back
    return rows, slates[rows, columns], (columns == places[rows]).astype(float)


@wrong(
    "15.2",
    "all clicks first, then all that was passed over",
    r"order|row by row|(clicks|taken|positives|ones|rewards of 1)( all)? first|concatenat"
    r"|interleav|grouped|sort",
)
def seen_places(slates, places):
    K = slates.shape[1]
    hit = np.flatnonzero(places >= 0)
    end = np.where(places < 0, K, places)
    rows, columns = np.nonzero((np.arange(K) < end[:, None]) & (slates != 0))
    return (
        np.concatenate([hit, rows]),
        np.concatenate([slates[hit, places[hit]], slates[rows, columns]]),
        np.concatenate([np.ones(len(hit)), np.zeros(len(rows))]),
    )


@wrong("15.2", "rewards are booleans", r"float|bool|dtype|True|0\.0")
def seen_places(slates, places):
    K = slates.shape[1]
    last = np.where(places < 0, K - 1, places)
    rows, columns = np.nonzero((np.arange(K) <= last[:, None]) & (slates != 0))
    return rows, slates[rows, columns], columns == places[rows]


@wrong(
    "15.2",
    "returns places where rows are asked for",
    r"place(s)? (number|index|instead|where|rather|not)|column(s| numbers?| indices)?\b"
    r"|not (the )?rows|rows? (index|number)|instead of (the )?row",
)
def seen_places(slates, places):
    K = slates.shape[1]
    last = np.where(places < 0, K - 1, places)
    rows, columns = np.nonzero((np.arange(K) <= last[:, None]) & (slates != 0))
    return columns, slates[rows, columns], (columns == places[rows]).astype(float)


@wrong(
    "15.2",
    "empty places dropped before places are counted",
    r"shift|empty place.*(first|before|count|too|number)|move(s|d)? up|renumber|compress"
    r"|dropp|remov|before (the )?place",
)
def seen_places(slates, places):
    rows, products, rewards = [], [], []
    for b in range(len(slates)):
        slate = [p for p in slates[b] if p != 0]
        last = len(slate) - 1 if places[b] < 0 else places[b]
        for k, product in enumerate(slate[: last + 1]):
            rows.append(b)
            products.append(product)
            rewards.append(float(k == places[b]))
    return np.array(rows), np.array(products), np.array(rewards)


@wrong(
    "15.2",
    "a click on place 0 taken for none",
    r"place (0|zero)|first place|top place|places? ?> ?0|truth|falsy|place.*>= ?0|on top",
)
def seen_places(slates, places):
    rows, products, rewards = [], [], []
    for b, (slate, place) in enumerate(zip(slates, places, strict=True)):
        end = place + 1 if place > 0 else len(slate)
        for k in range(end):
            if slate[k]:
                rows.append(b)
                products.append(slate[k])
                rewards.append(1.0 if place > 0 and k == place else 0.0)
    return np.array(rows), np.array(products), np.array(rewards)


@wrong(
    "15.2",
    "an empty place ends the slate",
    r"\bbreak|continue|(after|behind|below|past|beyond) an? (empty|gap)|empty place.*(end"
    r"|stop)|(stop|end)s? .*empty|\bgap",
)
def seen_places(slates, places):
    rows, products, rewards = [], [], []
    for b, (slate, place) in enumerate(zip(slates, places, strict=True)):
        for k, product in enumerate(slate):
            if product == 0:
                break
            rows.append(b)
            products.append(product)
            rewards.append(float(k == place))
            if k == place:
                break
    return np.array(rows), np.array(products), np.array(rewards)


@wrong(
    "15.2",
    "a click rewards everything above it too",
    r"above (the|a) click|(whole|every|each|all).*(slate|row|above|seen).*(reward|1)"
    r"|only the clicked|not wanted|one reward",
)
def seen_places(slates, places):
    K = slates.shape[1]
    last = np.where(places < 0, K - 1, places)
    rows, columns = np.nonzero((np.arange(K) <= last[:, None]) & (slates != 0))
    return rows, slates[rows, columns], (places[rows] >= 0).astype(float)


@wrong(
    "15.2",
    "one place below the click is seen as well",
    r"one (place |product |row )?(too (many|far)|below|more|further)|below|off by one"
    r"|next place|beneath|under the click|after the click|\+ ?1",
)
def seen_places(slates, places):
    K = slates.shape[1]
    last = np.where(places < 0, K, places + 1)
    rows, columns = np.nonzero((np.arange(K) <= last[:, None]) & (slates != 0))
    return rows, slates[rows, columns], (columns == places[rows]).astype(float)


@wrong(
    "15.2",
    "slates without a click are left out",
    r"without (a |any )?click|no click|nothing (was )?(clicked|taken)|unclicked|-1 (is|means"
    r"|stands|for|counts)|(place|of|for|by) -1|only (the )?clicked slates",
)
def seen_places(slates, places):
    rows, products, rewards = [], [], []
    for b in np.flatnonzero(places != -1):
        for k in range(places[b] + 1):
            if slates[b, k] != 0:
                rows.append(b)
                products.append(slates[b, k])
                rewards.append(float(k == places[b]))
    return np.array(rows), np.array(products), np.array(rewards)


# 15.3 slate_log_propensity


@right("15.3", "place by place on a copy")
def slate_log_propensity(scores, slates, temperature):
    left = scores / temperature
    row = np.arange(len(left))
    total = np.zeros(len(left))
    for k in range(slates.shape[1]):
        chosen = slates[:, k]
        total += left[row, chosen] - np.logaddexp.reduce(left, axis=1)
        left[row, chosen] = -np.inf
    return total


@right("15.3", "pure Python with math")
def slate_log_propensity(scores, slates, temperature):
    answer = []
    for row, slate in zip(scores, slates, strict=True):
        gone = {0}
        logp = 0.0
        for product in slate:
            rest = [row[j] / temperature for j in range(len(row)) if j not in gone]
            top = max(rest)
            logp += row[product] / temperature - top
            logp -= math.log(sum(math.exp(s - top) for s in rest))
            gone.add(int(product))
        answer.append(logp)
    return np.array(answer)


@right("15.3", "the sum of what is left, added up from the last place")
def slate_log_propensity(scores, slates, temperature):
    logits = np.asarray(scores, dtype=float) / temperature
    shown = np.take_along_axis(logits, slates, axis=1)
    others = logits.copy()
    np.put_along_axis(others, slates, -np.inf, axis=1)
    never = np.logaddexp.reduce(others, axis=1)
    upwards = np.concatenate([never[:, None], shown[:, ::-1]], axis=1)
    left = np.logaddexp.accumulate(upwards, axis=1)[:, :0:-1]
    return (shown - left).sum(axis=1)


@right("15.3", "torch, one mask for all places")
def slate_log_propensity(scores, slates, temperature):
    logits = torch.tensor(np.asarray(scores), dtype=torch.float64) / temperature
    shown = torch.tensor(np.asarray(slates), dtype=torch.int64)
    one_hot = torch.nn.functional.one_hot(shown, logits.shape[1])
    above = one_hot.cumsum(dim=1) - one_hot
    left = logits[:, None, :].masked_fill(above > 0, -torch.inf)
    return (logits.gather(1, shown) - left.logsumexp(dim=-1)).sum(dim=1).numpy()


@wrong(
    "15.3",
    "drawn with replacement",
    r"replacement|again|already (shown|taken|drawn)|shown above|what is left|still left"
    r"|same denominator|denominator|remov|without those",
)
def slate_log_propensity(scores, slates, temperature):
    logits = scores / temperature
    log_p = logits - np.logaddexp.reduce(logits, axis=1)[:, None]
    return np.take_along_axis(log_p, slates, axis=1).sum(axis=1)


@wrong("15.3", "temperature never used", r"temperature")
def slate_log_propensity(scores, slates, temperature):
    left = scores.copy()
    row = np.arange(len(left))
    total = 0.0
    for chosen in slates.T:
        total = total + left[row, chosen] - np.logaddexp.reduce(left, axis=1)
        left[row, chosen] = -np.inf
    return total


@wrong(
    "15.3",
    "multiplied by the temperature",
    r"temperature.*(divid|multipl|invers|wrong way)|(divid|multipl|/).*temperature|/ ?T\b",
)
def slate_log_propensity(scores, slates, temperature):
    left = scores * temperature
    row = np.arange(len(left))
    total = np.zeros(len(left))
    for chosen in slates.T:
        total += left[row, chosen] - np.logaddexp.reduce(left, axis=1)
        left[row, chosen] = -np.inf
    return total


@wrong(
    "15.3",
    "temperature only in the numerator",
    r"both (terms|parts|logarithms|sides)|(denominator|sum|logaddexp|second"
    r"|softmax).*temperature|temperature.*(denominator|sum|logaddexp|second|both|too)",
)
def slate_log_propensity(scores, slates, temperature):
    left = scores.copy()
    row = np.arange(len(left))
    total = np.zeros(len(left))
    for chosen in slates.T:
        total += scores[row, chosen] / temperature - np.logaddexp.reduce(left, axis=1)
        left[row, chosen] = -np.inf
    return total


@wrong(
    "15.3",
    "the whole logarithm divided by the temperature",
    r"temperature.*(outside|inside|after|end|whole|result|before|first|too late|scores)"
    r"|(outside|inside|after|end|whole|result|before|too late).*temperature",
)
def slate_log_propensity(scores, slates, temperature):
    left = scores.copy()
    row = np.arange(len(left))
    total = np.zeros(len(left))
    for chosen in slates.T:
        total += left[row, chosen] - np.logaddexp.reduce(left, axis=1)
        left[row, chosen] = -np.inf
    return total / temperature


@wrong("15.3", "mean over the places", r"\bmean|averag|\bsum|\bK times|by K|number of places")
def slate_log_propensity(scores, slates, temperature):
    left = scores / temperature
    row = np.arange(len(left))
    steps = []
    for chosen in slates.T:
        steps.append(left[row, chosen] - np.logaddexp.reduce(left, axis=1))
        left[row, chosen] = -np.inf
    return np.mean(steps, axis=0)


@wrong(
    "15.3",
    "the probability, not its logarithm",
    r"\blog\b|logarithm|probability itself|np\.exp|exp\(|\bexp\b",
)
def slate_log_propensity(scores, slates, temperature):
    left = scores / temperature
    row = np.arange(len(left))
    chance = np.ones(len(left))
    for chosen in slates.T:
        chance *= np.exp(left[row, chosen] - np.logaddexp.reduce(left, axis=1))
        left[row, chosen] = -np.inf
    return chance


@wrong(
    "15.3",
    "writes into the caller's scores",
    r"edit|in.?place|\bcopy|overwrit|argument|caller|write|wrote|changed? (the |your )?scores"
    r"|modif|mutat",
)
def slate_log_propensity(scores, slates, temperature):
    row = np.arange(len(scores))
    total = np.zeros(len(scores))
    for k in range(slates.shape[1]):
        total += scores[row, slates[:, k]] / temperature
        total -= np.logaddexp.reduce(scores / temperature, axis=1)
        scores[row, slates[:, k]] = -np.inf
    return total


@wrong(
    "15.3",
    "exp overflows",
    r"overflow|logaddexp|too large|\blarge scores|(is|are|becomes?|gives?) (nan|inf|-inf)"
    r"|\bnan\b|underflow|infinit",
)
def slate_log_propensity(scores, slates, temperature):
    with np.errstate(all="ignore"):
        weights = np.exp(scores / temperature)
        row = np.arange(len(scores))
        chance = np.zeros(len(scores))
        for chosen in slates.T:
            chance += np.log(weights[row, chosen] / weights.sum(axis=1))
            weights[row, chosen] = 0
    return chance


@wrong(
    "15.3",
    "a place's own product missing from its denominator",
    r"itself|\bown\b|too (early|soon)|before (it|the)|current|the product of (the|that) place"
    r"|its place|still (be )?(in|there)|only (those|what).*above",
)
def slate_log_propensity(scores, slates, temperature):
    left = scores / temperature
    row = np.arange(len(left))
    total = np.zeros(len(left))
    for chosen in slates.T:
        s = left[row, chosen]
        left[row, chosen] = -np.inf
        total += s - np.logaddexp.reduce(left, axis=1)
    return total


@wrong(
    "15.3",
    "shown products removed from all rows",
    r"(all|every|other|each|another|whole) (the )?(rows?|shoppers?|slates?|batch)|row's own"
    r"|own row|own slate|per row|arange|columns? .*(whole|entire)|\bB ?= ?1",
)
def slate_log_propensity(scores, slates, temperature):
    logits = scores / temperature
    left = logits.copy()
    row = np.arange(len(logits))
    total = np.zeros(len(logits))
    for chosen in slates.T:
        total += logits[row, chosen] - np.logaddexp.reduce(left, axis=1)
        left[:, chosen] = -np.inf
    return total


@wrong(
    "15.3",
    "slates read from the bottom up",
    r"bottom|revers|backward|from the (end|last)|\border|last place first|top down"
    r"|from the top|shown below",
)
def slate_log_propensity(scores, slates, temperature):
    left = scores / temperature
    row = np.arange(len(left))
    total = np.zeros(len(left))
    for chosen in slates.T[::-1]:
        total += left[row, chosen] - np.logaddexp.reduce(left, axis=1)
        left[row, chosen] = -np.inf
    return total


@wrong(
    "15.3",
    "product j looked up in column j - 1",
    r"column|j - 1|minus one|off by one|shift|neighbou?r|padding column|column 0|one too",
)
def slate_log_propensity(scores, slates, temperature):
    left = scores / temperature
    row = np.arange(len(left))
    total = np.zeros(len(left))
    with np.errstate(invalid="ignore"):
        for chosen in slates.T - 1:
            total += left[row, chosen] - np.logaddexp.reduce(left, axis=1)
            left[row, chosen] = -np.inf
    return total


@wrong(
    "15.3",
    "removed products get score 0",
    r"-inf|infinit|score (of )?(0|zero)|exp\(0\)|e ?\*\* ?0|(0|zero) (is|still|counts|weighs"
    r"|adds)|weight (of )?(1|one)|set to (0|zero)",
)
def slate_log_propensity(scores, slates, temperature):
    left = scores / temperature
    row = np.arange(len(left))
    total = np.zeros(len(left))
    for chosen in slates.T:
        total += scores[row, chosen] / temperature - np.logaddexp.reduce(left, axis=1)
        left[row, chosen] = 0.0
    return total


@wrong(
    "15.3",
    "only the product just above is removed",
    r"all (that|those|products|places|the|of).*above|only (the )?(last|previous|one|product)"
    r"|just above|directly above|right above|comes? back|third place|accumulat|more than one",
)
def slate_log_propensity(scores, slates, temperature):
    logits = scores / temperature
    row = np.arange(len(logits))
    total = logits[row, slates[:, 0]] - np.logaddexp.reduce(logits, axis=1)
    for k in range(1, slates.shape[1]):
        left = logits.copy()
        left[row, slates[:, k - 1]] = -np.inf
        total += logits[row, slates[:, k]] - np.logaddexp.reduce(left, axis=1)
    return total


@wrong(
    "15.3",
    "only the first place",
    r"(only|just|nothing but) the (first|top)|first place|all (the )?(K )?places|every place"
    r"|other places|further places|later places",
)
def slate_log_propensity(scores, slates, temperature):
    logits = scores / temperature
    log_p = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    return log_p[np.arange(len(logits)), slates[:, 0]]


@wrong(
    "15.3",
    "sign turned, a negative log-likelihood",
    r"\bsign|negativ|minus|negat|positive|above 0|loss",
)
def slate_log_propensity(scores, slates, temperature):
    left = scores / temperature
    row = np.arange(len(left))
    nll = np.zeros(len(left))
    for chosen in slates.T:
        nll += np.logaddexp.reduce(left, axis=1) - left[row, chosen]
        left[row, chosen] = -np.inf
    return nll


@wrong(
    "15.3",
    "not summed over the places",
    r"\bsum|add(ed)? (up|them)|one (number|value) (per|for each|a) (slate|row)|per place"
    r"|each place|\(B,\)",
)
def slate_log_propensity(scores, slates, temperature):
    left = scores / temperature
    row = np.arange(len(left))
    steps = []
    for chosen in slates.T:
        steps.append(left[row, chosen] - np.logaddexp.reduce(left, axis=1))
        left[row, chosen] = -np.inf
    return np.stack(steps, axis=1)


# 15.4 paired_comparison


@right("15.4", "numpy")
def paired_comparison(treatment, control, confidence=0.95):
    treatment = np.asarray(treatment, dtype=float)
    control = np.asarray(control, dtype=float)
    d = treatment - control
    variance = d.var(ddof=1)
    se = np.sqrt(variance / len(d))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    mean = d.mean()
    return Comparison(
        mean,
        se,
        mean - z * se,
        mean + z * se,
        variance,
        treatment.var(ddof=1) + control.var(ddof=1),
    )


@right("15.4", "the statistics module")
def paired_comparison(treatment, control, confidence=0.95):
    t, c = [float(x) for x in treatment], [float(x) for x in control]
    differences = [a - b for a, b in zip(t, c, strict=True)]
    law = NormalDist(
        statistics.fmean(differences),
        statistics.stdev(differences) / math.sqrt(len(differences)),
    )
    half = (1 - confidence) / 2
    if law.stdev == 0:
        low = high = law.mean
    else:
        low, high = law.inv_cdf(half), law.inv_cdf(1 - half)
    return Comparison(
        difference=law.mean,
        standard_error=law.stdev,
        low=low,
        high=high,
        variance=statistics.variance(differences),
        variance_of_strangers=statistics.variance(t) + statistics.variance(c),
    )


@right("15.4", "pandas")
def paired_comparison(treatment, control, confidence=0.95):
    both = pd.DataFrame({"t": np.asarray(treatment), "c": np.asarray(control)}).astype(float)
    d = both["t"] - both["c"]
    se = d.sem()
    margin = NormalDist().inv_cdf(0.5 + confidence / 2) * se
    return Comparison(d.mean(), se, d.mean() - margin, d.mean() + margin, d.var(), both.var().sum())


@right("15.4", "from the covariance matrix")
def paired_comparison(treatment, control, confidence=0.95):
    n = len(treatment)
    cov = np.cov(np.stack([treatment, control]))
    strangers = float(np.trace(cov))
    variance = max(float(strangers - 2 * cov[0, 1]), 0.0)
    difference = float(np.mean(treatment) - np.mean(control))
    se = math.sqrt(variance / n)
    z = -NormalDist().inv_cdf((1 - confidence) / 2)
    return Comparison(difference, se, difference - z * se, difference + z * se, variance, strangers)


@wrong("15.4", "1.96 whatever the confidence", r"confidence|1\.96|hard.?coded|always 95|fixed")
def paired_comparison(treatment, control, confidence=0.95):
    d = treatment - control
    se = d.std(ddof=1) / np.sqrt(len(d))
    return Comparison(
        d.mean(),
        se,
        d.mean() - 1.96 * se,
        d.mean() + 1.96 * se,
        d.var(ddof=1),
        treatment.var(ddof=1) + control.var(ddof=1),
    )


@wrong(
    "15.4",
    "the one-sided quantile",
    r"two.?sided|one.?sided|both (sides|tails|ends)|one (side|tail)|\.975|\btails?\b"
    r"|1 \+ confidence|half of|halves",
)
def paired_comparison(treatment, control, confidence=0.95):
    d = treatment - control
    se = d.std(ddof=1) / np.sqrt(len(d))
    z = NormalDist().inv_cdf(confidence)
    return Comparison(
        d.mean(),
        se,
        d.mean() - z * se,
        d.mean() + z * se,
        d.var(ddof=1),
        treatment.var(ddof=1) + control.var(ddof=1),
    )


@wrong(
    "15.4",
    "standard error as if unpaired",
    r"\bpair|unpaired|strangers|different shoppers|same shoppers|two (separate "
    r"|independent )?(groups|samples)|independent|covarian|common luck|cancel",
)
def paired_comparison(treatment, control, confidence=0.95):
    d = treatment - control
    strangers = treatment.var(ddof=1) + control.var(ddof=1)
    se = np.sqrt(strangers / len(d))
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    return Comparison(d.mean(), se, d.mean() - z * se, d.mean() + z * se, d.var(ddof=1), strangers)


@wrong(
    "15.4",
    "n in the denominator of the variances",
    r"n ?- ?1|ddof|degree|Bessel|divid(es|ed|ing)? by n\b|population|denominator",
)
def paired_comparison(treatment, control, confidence=0.95):
    d = treatment - control
    variance = d.var()
    se = np.sqrt(variance / len(d))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    return Comparison(
        d.mean(),
        se,
        d.mean() - z * se,
        d.mean() + z * se,
        variance,
        treatment.var() + control.var(),
    )


@wrong(
    "15.4",
    "ddof forgotten for the strangers only",
    r"n ?- ?1|ddof|degree|Bessel|divid(es|ed|ing)? by n\b|population|denominator",
)
def paired_comparison(treatment, control, confidence=0.95):
    d = treatment - control
    variance = d.var(ddof=1)
    se = np.sqrt(variance / len(d))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    return Comparison(
        d.mean(),
        se,
        d.mean() - z * se,
        d.mean() + z * se,
        variance,
        np.var(treatment) + np.var(control),
    )


@wrong(
    "15.4",
    "control minus treatment",
    r"\bsign|control (-|minus|less)|minus (the )?treatment|wrong way|turned (round|around)"
    r"|swap|revers|other way|opposite|treatment (-|minus) control",
)
def paired_comparison(treatment, control, confidence=0.95):
    d = control - treatment
    se = d.std(ddof=1) / np.sqrt(len(d))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    return Comparison(
        d.mean(),
        se,
        d.mean() - z * se,
        d.mean() + z * se,
        d.var(ddof=1),
        treatment.var(ddof=1) + control.var(ddof=1),
    )


@wrong(
    "15.4",
    "standard deviation for standard error",
    r"standard deviation|sqrt\(n\)|root of n|/ ?n\b|by n\b|spread of (one|a single|the)"
    r"|of the mean|\bstd\b",
)
def paired_comparison(treatment, control, confidence=0.95):
    d = treatment - control
    se = np.std(d, ddof=1)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    return Comparison(
        d.mean(),
        se,
        d.mean() - z * se,
        d.mean() + z * se,
        np.var(d, ddof=1),
        np.var(treatment, ddof=1) + np.var(control, ddof=1),
    )


@wrong(
    "15.4",
    "no root of the variance of the mean",
    r"\broot|sqrt|\*\* ?0?\.5|squared standard error|square of the standard",
)
def paired_comparison(treatment, control, confidence=0.95):
    d = treatment - control
    variance = d.var(ddof=1)
    se = variance / len(d)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    return Comparison(
        d.mean(),
        se,
        d.mean() - z * se,
        d.mean() + z * se,
        variance,
        treatment.var(ddof=1) + control.var(ddof=1),
    )


@wrong(
    "15.4",
    "variance of the mean instead of the differences",
    r"of (the|a) mean|divided (once )?(more )?by n|/ ?n\b|by n\b|squared? standard error"
    r"|square of the standard|per shopper|standard_error ?\*\* ?2",
)
def paired_comparison(treatment, control, confidence=0.95):
    d = np.asarray(treatment) - np.asarray(control)
    n = len(d)
    variance = d.var(ddof=1) / n
    strangers = (np.var(treatment, ddof=1) + np.var(control, ddof=1)) / n
    se = variance**0.5
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    return Comparison(d.mean(), se, d.mean() - z * se, d.mean() + z * se, variance, strangers)


@wrong(
    "15.4",
    "mean of both variances",
    r"\bmean of|averag|\bsum\b|\bhalf\b|pooled|halv|divided by (2|two)|twice",
)
def paired_comparison(treatment, control, confidence=0.95):
    d = treatment - control
    variance = d.var(ddof=1)
    se = np.sqrt(variance / len(d))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    pooled = (treatment.var(ddof=1) + control.var(ddof=1)) / 2
    return Comparison(d.mean(), se, d.mean() - z * se, d.mean() + z * se, variance, pooled)


@wrong(
    "15.4",
    "variance of both samples put together",
    r"concatenat|put together|one sample|pooled|joined|all 2 ?n|\bsum of (both|the two)"
    r"|both variances|each (on|by) its own|separately",
)
def paired_comparison(treatment, control, confidence=0.95):
    d = treatment - control
    variance = d.var(ddof=1)
    se = np.sqrt(variance / len(d))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    strangers = np.concatenate([treatment, control]).var(ddof=1)
    return Comparison(d.mean(), se, d.mean() - z * se, d.mean() + z * se, variance, strangers)


@wrong(
    "15.4",
    "variances of the strangers subtracted",
    r"subtract|minus|difference of (the|both) variances|\bsum of|\badd(ed)?\b|wrong sign",
)
def paired_comparison(treatment, control, confidence=0.95):
    d = treatment - control
    variance = d.var(ddof=1)
    se = np.sqrt(variance / len(d))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    strangers = treatment.var(ddof=1) - control.var(ddof=1)
    return Comparison(d.mean(), se, d.mean() - z * se, d.mean() + z * se, variance, strangers)


@wrong(
    "15.4",
    "lift relative to the control",
    r"relativ|per ?cent|ratio|divided by (the )?(mean of )?(the )?control|fraction|uplift|absolute",
)
def paired_comparison(treatment, control, confidence=0.95):
    d = (treatment - control) / control.mean()
    se = d.std(ddof=1) / np.sqrt(len(d))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    return Comparison(
        d.mean(),
        se,
        d.mean() - z * se,
        d.mean() + z * se,
        d.var(ddof=1),
        treatment.var(ddof=1) + control.var(ddof=1),
    )


@wrong(
    "15.4",
    "quantile of Student's t",
    r"Student|\bt[- ](law|quantile|distribution|test|value)|normal (law|quantile"
    r"|distribution)|NormalDist",
)
def paired_comparison(treatment, control, confidence=0.95):
    d = treatment - control
    se = stats.sem(d)
    low, high = stats.t.interval(confidence, len(d) - 1, loc=d.mean(), scale=se)
    return Comparison(
        d.mean(),
        se,
        low,
        high,
        d.var(ddof=1),
        treatment.var(ddof=1) + control.var(ddof=1),
    )


@wrong(
    "15.4",
    "half-width of the interval as standard error",
    r"margin|half.?width|times z|z times|multiplied by z|already|1\.96|without z|(includes?"
    r"|contains?|holds) z|z ?\*|\* ?z",
)
def paired_comparison(treatment, control, confidence=0.95):
    d = treatment - control
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    error = z * d.std(ddof=1) / np.sqrt(len(d))
    return Comparison(
        d.mean(),
        error,
        d.mean() - error,
        d.mean() + error,
        d.var(ddof=1),
        treatment.var(ddof=1) + control.var(ddof=1),
    )


@wrong(
    "15.4",
    "low and high exchanged",
    r"swap|exchang|low.*(above|larger|greater|higher|upper) |(wrong|other) way|upper (end"
    r"|bound)|mixed up|interchang|order of",
)
def paired_comparison(treatment, control, confidence=0.95):
    d = treatment - control
    se = d.std(ddof=1) / np.sqrt(len(d))
    z = NormalDist().inv_cdf((1 - confidence) / 2)
    return Comparison(
        d.mean(),
        se,
        d.mean() - z * se,
        d.mean() + z * se,
        d.var(ddof=1),
        treatment.var(ddof=1) + control.var(ddof=1),
    )


@wrong("15.4", "a plain tuple", r"tuple|\bComparison\b|named|fields?\b")
def paired_comparison(treatment, control, confidence=0.95):
    d = treatment - control
    se = d.std(ddof=1) / np.sqrt(len(d))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    return (
        d.mean(),
        se,
        d.mean() - z * se,
        d.mean() + z * se,
        d.var(ddof=1),
        treatment.var(ddof=1) + control.var(ddof=1),
    )


# 15.5 required_units


@right("15.5", "math.ceil")
def required_units(variance, difference, confidence=0.95, power=0.8):
    z = NormalDist().inv_cdf((1 + confidence) / 2) + NormalDist().inv_cdf(power)
    return math.ceil(z**2 * variance / difference**2)


@right("15.5", "int of np.ceil, quantiles from the lower tails")
def required_units(variance, difference, confidence=0.95, power=0.8):
    quantile = NormalDist().inv_cdf
    miss = quantile((1 - confidence) / 2) + quantile(1 - power)
    return int(np.ceil(np.square(miss) * variance / np.square(difference)))


@right("15.5", "scipy, standardised effect, negative floor division")
def required_units(variance, difference, confidence=0.95, power=0.8):
    if variance == 0:
        return 0
    z_confidence, z_power = stats.norm.ppf([1 - (1 - confidence) / 2, power])
    effect = difference / math.sqrt(variance)
    return int(-(-((z_confidence + z_power) ** 2) / effect**2 // 1))


@wrong("15.5", "rounded down", r"\bround|floor|truncat|ceil|cut off|one too few")
def required_units(variance, difference, confidence=0.95, power=0.8):
    z = NormalDist().inv_cdf((1 + confidence) / 2) + NormalDist().inv_cdf(power)
    return int(z**2 * variance / difference**2)


@wrong("15.5", "rounded to the nearest", r"\bround|ceil|nearest|\bup\b")
def required_units(variance, difference, confidence=0.95, power=0.8):
    z = NormalDist().inv_cdf((1 + confidence) / 2) + NormalDist().inv_cdf(power)
    return round(z**2 * variance / difference**2)


@wrong(
    "15.5",
    "confidence read one-sided",
    r"two.?sided|one.?sided|both (sides|tails|ends)|one (side|tail)|\.975|\btails?\b"
    r"|1 \+ confidence|half of|halves",
)
def required_units(variance, difference, confidence=0.95, power=0.8):
    z = NormalDist().inv_cdf(confidence) + NormalDist().inv_cdf(power)
    return math.ceil(z**2 * variance / difference**2)


@wrong("15.5", "power left out", r"\bpower")
def required_units(variance, difference, confidence=0.95, power=0.8):
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    return math.ceil((z / difference) ** 2 * variance)


@wrong("15.5", "power always 80 %", r"\bpower|0?\.84|hard.?coded|always 80")
def required_units(variance, difference, confidence=0.95, power=0.8):
    z = NormalDist().inv_cdf(0.5 + confidence / 2) + NormalDist().inv_cdf(0.8)
    return math.ceil(z * z * variance / difference**2)


@wrong("15.5", "confidence always 95 %", r"confidence|1\.96|hard.?coded|always 95")
def required_units(variance, difference, confidence=0.95, power=0.8):
    z = NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(power)
    return math.ceil(z**2 * variance / difference**2)


@wrong(
    "15.5",
    "difference not squared",
    r"difference.*(squar|\*\* ?2)|(squar|\*\* ?2).*difference|half the difference",
)
def required_units(variance, difference, confidence=0.95, power=0.8):
    z = NormalDist().inv_cdf((1 + confidence) / 2) + NormalDist().inv_cdf(power)
    return math.ceil(z**2 * variance / abs(difference))


@wrong(
    "15.5",
    "sum of squares for the square of the sum",
    r"square (of )?(the|their) sum|sum of (the |two |both )?squares|squar(e|ed|es|ing) (each"
    r"|separately|one by one|before|after)|add(ed)? (them |first|before)|then squar|first add",
)
def required_units(variance, difference, confidence=0.95, power=0.8):
    z_c = NormalDist().inv_cdf((1 + confidence) / 2)
    z_p = NormalDist().inv_cdf(power)
    return math.ceil((z_c**2 + z_p**2) * variance / difference**2)


@wrong(
    "15.5",
    "sum of the quantiles not squared",
    r"(sum|quantiles?|z.?s?|bracket|numerator|parenthes).*(squar|\*\* ?2)|(squar"
    r"|\*\* ?2).*(sum|quantiles?|\bz|bracket|numerator|parenthes)",
)
def required_units(variance, difference, confidence=0.95, power=0.8):
    z = NormalDist().inv_cdf((1 + confidence) / 2) + NormalDist().inv_cdf(power)
    return math.ceil(z * variance / difference**2)


@wrong("15.5", "a float from np.ceil", r"\bint\b|\bfloat|integer|type|whole number")
def required_units(variance, difference, confidence=0.95, power=0.8):
    z = NormalDist().inv_cdf((1 + confidence) / 2) + NormalDist().inv_cdf(power)
    return np.ceil(z**2 * variance / difference**2)


@wrong(
    "15.5",
    "doubled, as for two groups",
    r"two groups|each group|both groups|twice|doubl|factor (of )?(2|two)|2 ?\*|already"
    r"|per unit|half of yours",
)
def required_units(variance, difference, confidence=0.95, power=0.8):
    z = NormalDist().inv_cdf((1 + confidence) / 2) + NormalDist().inv_cdf(power)
    return math.ceil(2 * z**2 * variance / difference**2)


@wrong(
    "15.5",
    "quantile of 1 - power added",
    r"1 ?- ?power|\bsign|minus|subtract|negative|power.*(fewer|less|lower|wrong)|\bbeta\b",
)
def required_units(variance, difference, confidence=0.95, power=0.8):
    alpha, beta = 1 - confidence, 1 - power
    z = NormalDist().inv_cdf(1 - alpha / 2) + NormalDist().inv_cdf(beta)
    return math.ceil(z**2 * variance / difference**2)


@wrong(
    "15.5",
    "variance squared, as if a standard deviation",
    r"variance.*(squar|\*\* ?2|standard deviation|already)|(squar|\*\* ?2"
    r"|standard deviation).*variance|standard deviation",
)
def required_units(variance, difference, confidence=0.95, power=0.8):
    z = NormalDist().inv_cdf((1 + confidence) / 2) + NormalDist().inv_cdf(power)
    return math.ceil((z * variance / difference) ** 2)


@wrong(
    "15.5",
    "rounded up before it is squared",
    r"(round|ceil).*(before|early|end|last|first|then|after)|(before|too early|after"
    r"|then) .*(squar|round|ceil)|square number|perfect square",
)
def required_units(variance, difference, confidence=0.95, power=0.8):
    z = NormalDist().inv_cdf((1 + confidence) / 2) + NormalDist().inv_cdf(power)
    return math.ceil(z * math.sqrt(variance) / abs(difference)) ** 2


@wrong(
    "15.5",
    "power read two-sided too",
    r"power.*(one.?sided|two.?sided|side|tail|as it is|half|itself)|(two|one).?sided.*power"
    r"|1 \+ power|\.9\b",
)
def required_units(variance, difference, confidence=0.95, power=0.8):
    z = NormalDist().inv_cdf((1 + confidence) / 2) + NormalDist().inv_cdf((1 + power) / 2)
    return math.ceil(z**2 * variance / difference**2)


@wrong(
    "15.5",
    "a negative difference takes 1",
    r"negative|\bsign\b|\babs\b|below 0|less than 0|worse",
)
def required_units(variance, difference, confidence=0.95, power=0.8):
    z = NormalDist().inv_cdf((1 + confidence) / 2) + NormalDist().inv_cdf(power)
    root = max(z * math.sqrt(variance) / difference, 1)
    return math.ceil(root**2)


# 15.6 ips


@right("15.6", "numpy")
def ips(rewards, logging, target):
    w = np.asarray(target, dtype=float) / np.asarray(logging, dtype=float)
    earned = w * np.asarray(rewards, dtype=float)
    return Estimate(
        earned.mean(),
        earned.std(ddof=1) / np.sqrt(len(earned)),
        w.sum() ** 2 / (w**2).sum(),
    )


@right("15.6", "loops and the statistics module")
def ips(rewards, logging, target):
    weights = [float(p) / float(q) for p, q in zip(target, logging, strict=True)]
    earned = [w * float(r) for w, r in zip(weights, rewards, strict=True)]
    n = len(earned)
    return Estimate(
        value=sum(earned) / n,
        standard_error=math.sqrt(statistics.variance(earned) / n),
        effective_size=math.fsum(weights) ** 2 / math.fsum(w * w for w in weights),
    )


@right("15.6", "pandas")
def ips(rewards, logging, target):
    table = pd.DataFrame({"r": rewards, "mu": logging, "pi": target}).astype(float)
    table["w"] = table["pi"] / table["mu"]
    earned = table.eval("w * r")
    return Estimate(earned.mean(), earned.sem(), table["w"].sum() ** 2 / table["w"].pow(2).sum())


@right("15.6", "dot products, sum of squares by hand")
def ips(rewards, logging, target):
    w = np.divide(target, logging)
    n = w.size
    value = w @ rewards / n
    squares = np.sum((w * rewards - value) ** 2)
    se = (squares / (n - 1) / n) ** 0.5
    return Estimate(float(value), float(se), float(w.sum() ** 2 / (w @ w)))


@wrong(
    "15.6",
    "weights upside down",
    r"upside|invert|inverse of|(wrong|other) way|logging / target|target / logging"
    r"|target (divided by|over) (the )?logging|swap|reciprocal|turned",
)
def ips(rewards, logging, target):
    w = logging / target
    earned = w * rewards
    return Estimate(
        earned.mean(), earned.std(ddof=1) / np.sqrt(len(w)), w.sum() ** 2 / (w**2).sum()
    )


@wrong(
    "15.6",
    "divided by the sum of weights",
    r"self.?normali|snips|sum of (the )?(weights|w\b)|w\.sum|number of (rounds|the rounds)|by N\b",
)
def ips(rewards, logging, target):
    w = target / logging
    earned = w * rewards
    return Estimate(
        earned.sum() / w.sum(),
        earned.std(ddof=1) / np.sqrt(len(w)),
        w.sum() ** 2 / (w**2).sum(),
    )


@wrong(
    "15.6",
    "variance with n in its denominator",
    r"n ?- ?1|ddof|degree|Bessel|divid(es|ed|ing)? by n\b|population|denominator",
)
def ips(rewards, logging, target):
    w = target / logging
    earned = w * rewards
    return Estimate(
        np.mean(earned), np.std(earned) / np.sqrt(len(w)), np.sum(w) ** 2 / np.sum(w**2)
    )


@wrong(
    "15.6",
    "standard deviation of the rounds",
    r"standard deviation|sqrt\(n\)|root of (n|N|the number)|/ ?n\b|by n\b|of (the|a) mean|\bstd\b",
)
def ips(rewards, logging, target):
    w = target / logging
    earned = w * rewards
    return Estimate(earned.mean(), earned.std(ddof=1), w.sum() ** 2 / (w**2).sum())


@wrong(
    "15.6",
    "variance of the mean, no root",
    r"\broot|sqrt|\*\* ?0?\.5|squared standard error|square of the standard|variance of the mean",
)
def ips(rewards, logging, target):
    w = target / logging
    earned = w * rewards
    return Estimate(earned.mean(), earned.var(ddof=1) / len(w), w.sum() ** 2 / (w**2).sum())


@wrong(
    "15.6",
    "standard error of the bare rewards",
    r"unweighted|(without|no|forgets?|ignores?) (the )?weights|bare|rewards (alone|only"
    r"|themselves)|w ?\* ?r|weighted rewards|raw rewards|not of r",
)
def ips(rewards, logging, target):
    w = target / logging
    return Estimate(
        (w * rewards).mean(),
        np.std(rewards, ddof=1) / np.sqrt(len(w)),
        w.sum() ** 2 / (w**2).sum(),
    )


@wrong(
    "15.6",
    "standard error of a share",
    r"binomial|Bernoulli|p ?\* ?\(1|\(1 ?- ?(p|v|value)|of a (share|proportion)|proportion|coin",
)
def ips(rewards, logging, target):
    w = target / logging
    value = (w * rewards).mean()
    se = np.sqrt(abs(value * (1 - value)) / len(w))
    return Estimate(value, se, w.sum() ** 2 / (w**2).sum())


@wrong(
    "15.6",
    "effective size is the number of rounds",
    r"effective.*(N\b|number of|all rounds|rounds|len|count)|number of rounds|every round|len\(",
)
def ips(rewards, logging, target):
    w = target / logging
    earned = w * rewards
    return Estimate(earned.mean(), earned.std(ddof=1) / np.sqrt(len(w)), float(len(w)))


@wrong(
    "15.6",
    "effective size upside down",
    r"upside|invert|inverse of|(wrong|other) way|numerator|reciprocal|swap|turned|below 1"
    r"|less than (1|one)",
)
def ips(rewards, logging, target):
    w = target / logging
    earned = w * rewards
    return Estimate(
        earned.mean(), earned.std(ddof=1) / np.sqrt(len(w)), (w**2).sum() / w.sum() ** 2
    )


@wrong("15.6", "sum of weights not squared in the effective size", r"squar|\*\* ?2")
def ips(rewards, logging, target):
    w = target / logging
    earned = w * rewards
    return Estimate(earned.mean(), earned.std(ddof=1) / np.sqrt(len(w)), w.sum() / (w**2).sum())


@wrong(
    "15.6",
    "effective size from w * r",
    r"rewards?\b.*(effective|no part|nothing|not|without)|effective.*(reward|w ?\* ?r"
    r"|weights (alone|only|themselves))|weights (alone|only|themselves)|w ?\* ?r"
    r"|weighted rewards",
)
def ips(rewards, logging, target):
    w = target / logging
    earned = w * rewards
    with np.errstate(invalid="ignore"):
        size = earned.sum() ** 2 / (earned**2).sum()
    return Estimate(earned.mean(), earned.std(ddof=1) / np.sqrt(len(w)), size)


@wrong(
    "15.6",
    "weights clipped at 10",
    r"clip|\bcap|truncat|bound(ed)?\b|limit|large weights|at most|biased",
)
def ips(rewards, logging, target):
    w = np.minimum(target / logging, 10.0)
    earned = w * rewards
    return Estimate(
        earned.mean(), earned.std(ddof=1) / np.sqrt(len(w)), w.sum() ** 2 / (w**2).sum()
    )


@wrong(
    "15.6",
    "only the rounds with a reward",
    r"only (the )?(rounds|clicks|those)|without (a )?(click|reward)|reward(s)? (of )?(0|zero)"
    r"|zeros?\b|all (the )?(N )?rounds|left out|dropp|clicked rounds",
)
def ips(rewards, logging, target):
    hit = rewards > 0
    w = target / logging
    earned = (w * rewards)[hit]
    return Estimate(
        earned.mean() if hit.any() else 0.0,
        earned.std(ddof=1) / np.sqrt(len(earned)) if len(earned) > 1 else 0.0,
        w.sum() ** 2 / (w**2).sum(),
    )


@wrong(
    "15.6",
    "only the rounds that the target might show",
    r"weight(s)? (of )?(0|zero)|target (is|=+|of) 0|zeros?\b|all (the )?(N )?rounds|left out"
    r"|dropp|filter|number of (the )?rounds|by N\b|never show",
)
def ips(rewards, logging, target):
    might = target > 0
    w = target[might] / logging[might]
    earned = w * rewards[might]
    return Estimate(
        earned.mean(), earned.std(ddof=1) / np.sqrt(len(w)), w.sum() ** 2 / (w**2).sum()
    )


@wrong("15.6", "the sum, not the mean", r"\bsum\b|\bmean\b|divid|/ ?N\b|total|averag")
def ips(rewards, logging, target):
    w = target / logging
    earned = w * rewards
    return Estimate(earned.sum(), earned.std(ddof=1) / np.sqrt(len(w)), w.sum() ** 2 / (w**2).sum())


@wrong(
    "15.6",
    "product of two means",
    r"product of (the )?(two )?means|separately|mean of (the )?products?|round by round"
    r"|each round|mean\(w\)|independent|before the mean|multipl",
)
def ips(rewards, logging, target):
    w = target / logging
    earned = w * rewards
    return Estimate(
        w.mean() * np.mean(rewards),
        earned.std(ddof=1) / np.sqrt(len(w)),
        w.sum() ** 2 / (w**2).sum(),
    )


@wrong("15.6", "weight without the logging policy", r"logging|divid|\bmu\b|/ ?μ|ratio")
def ips(rewards, logging, target):
    w = np.asarray(target)
    earned = w * rewards
    return Estimate(
        earned.mean(), earned.std(ddof=1) / np.sqrt(len(w)), w.sum() ** 2 / (w**2).sum()
    )


@wrong("15.6", "weight without the target policy", r"\btarget|\bpi\b|π|numerator|1 / logging|ratio")
def ips(rewards, logging, target):
    w = 1 / np.asarray(logging)
    earned = w * rewards
    return Estimate(
        earned.mean(), earned.std(ddof=1) / np.sqrt(len(w)), w.sum() ** 2 / (w**2).sum()
    )


# 15.7 snips


@right("15.7", "numpy")
def snips(rewards, logging, target):
    w = np.asarray(target, dtype=float) / np.asarray(logging, dtype=float)
    r = np.asarray(rewards, dtype=float)
    v = (w * r).sum() / w.sum()
    se = np.sqrt((w**2 * (r - v) ** 2).sum()) / w.sum()
    return Estimate(v, se, w.sum() ** 2 / (w**2).sum())


@right("15.7", "weights scaled to sum 1")
def snips(rewards, logging, target):
    share = np.divide(target, logging)
    share = share / share.sum()
    value = np.average(rewards, weights=share)
    error = np.linalg.norm(share * (np.asarray(rewards) - value))
    return Estimate(float(value), float(error), float(1 / (share @ share)))


@right("15.7", "plain loops")
def snips(rewards, logging, target):
    total = total_squares = earned = 0.0
    for r, mu, pi in zip(rewards, logging, target, strict=True):
        w = pi / mu
        total += w
        total_squares += w * w
        earned += w * r
    value = earned / total
    squares = 0.0
    for r, mu, pi in zip(rewards, logging, target, strict=True):
        squares += (pi / mu * (r - value)) ** 2
    return Estimate(value, math.sqrt(squares) / total, total * total / total_squares)


@right("15.7", "torch in double precision")
def snips(rewards, logging, target):
    r, mu, pi = (
        torch.as_tensor(np.asarray(x), dtype=torch.float64) for x in (rewards, logging, target)
    )
    w = pi / mu
    value = torch.dot(w, r) / w.sum()
    error = (w * (r - value)).square().sum().sqrt() / w.sum()
    return Estimate(value.item(), error.item(), (w.sum() ** 2 / w.square().sum()).item())


@wrong(
    "15.7",
    "not normalised, IPS again",
    r"\bIPS\b|not (self.?)?normali|sum of (the )?(weights|w\b)|w\.sum|number of (the )?rounds"
    r"|by N\b|instead of N",
)
def snips(rewards, logging, target):
    w = target / logging
    v = np.mean(w * rewards)
    se = np.sqrt((w**2 * (rewards - v) ** 2).sum()) / w.sum()
    return Estimate(v, se, w.sum() ** 2 / (w**2).sum())


@wrong(
    "15.7",
    "standard error copied from ips",
    r"\bIPS\b|of a mean|of a ratio|ratio|copied|\bstd\b|standard deviation|r ?- ?v|deviation",
)
def snips(rewards, logging, target):
    w = target / logging
    earned = w * rewards
    v = earned.sum() / w.sum()
    return Estimate(v, earned.std(ddof=1) / np.sqrt(len(w)), w.sum() ** 2 / (w**2).sum())


@wrong(
    "15.7",
    "weights not squared under the root",
    r"weights?.*(squar|\*\* ?2)|(squar|\*\* ?2).*(weight|\bw\b)|w ?\*\* ?2|w\^2|w²",
)
def snips(rewards, logging, target):
    w = target / logging
    v = (w * rewards).sum() / w.sum()
    se = np.sqrt((w * (rewards - v) ** 2).sum()) / w.sum()
    return Estimate(v, se, w.sum() ** 2 / (w**2).sum())


@wrong(
    "15.7",
    "rewards not centred",
    r"cent(re|er)|r ?- ?v|subtract|minus|deviation|distance (from|to)|around"
    r"|value.*(taken off|off the)|residual",
)
def snips(rewards, logging, target):
    w = target / logging
    v = (w * rewards).sum() / w.sum()
    se = np.sqrt((w**2 * rewards**2).sum()) / w.sum()
    return Estimate(v, se, w.sum() ** 2 / (w**2).sum())


@wrong(
    "15.7",
    "centred at the mean of the rewards",
    r"cent(re|er)|mean of (the )?rewards|rewards\.mean|unweighted|own value|r ?- ?v"
    r"|plain mean|its value|around",
)
def snips(rewards, logging, target):
    w = target / logging
    v = (w * rewards).sum() / w.sum()
    se = np.sqrt((w**2 * (rewards - np.mean(rewards)) ** 2).sum()) / w.sum()
    return Estimate(v, se, w.sum() ** 2 / (w**2).sum())


@wrong(
    "15.7",
    "centred at the value of IPS",
    r"cent(re|er)|\bIPS\b|own value|r ?- ?v|its value|around|mean of w",
)
def snips(rewards, logging, target):
    w = target / logging
    v = (w * rewards).sum() / w.sum()
    se = np.sqrt((w**2 * (rewards - (w * rewards).mean()) ** 2).sum()) / w.sum()
    return Estimate(v, se, w.sum() ** 2 / (w**2).sum())


@wrong(
    "15.7",
    "sum of weights under the root",
    r"(under|inside|outside|out of|into|in) the (square )?root|outside|root.*(denominator"
    r"|sum of (the )?w)|denominator|root.*only",
)
def snips(rewards, logging, target):
    w = target / logging
    v = (w * rewards).sum() / w.sum()
    se = np.sqrt((w**2 * (rewards - v) ** 2).sum() / w.sum())
    return Estimate(v, se, w.sum() ** 2 / (w**2).sum())


@wrong(
    "15.7",
    "root forgotten",
    r"\broot|sqrt|\*\* ?0?\.5|squared standard error|square of the standard",
)
def snips(rewards, logging, target):
    w = target / logging
    v = (w * rewards).sum() / w.sum()
    se = (w**2 * (rewards - v) ** 2).sum() / w.sum() ** 2
    return Estimate(v, se, w.sum() ** 2 / (w**2).sum())


@wrong(
    "15.7",
    "standard error divided by N",
    r"\bN\b|number of (the )?rounds|sum of (the )?(weights|w\b)|w\.sum|len\(|not normali",
)
def snips(rewards, logging, target):
    w = target / logging
    v = (w * rewards).sum() / w.sum()
    se = np.sqrt((w**2 * (rewards - v) ** 2).sum()) / len(w)
    return Estimate(v, se, w.sum() ** 2 / (w**2).sum())


@wrong(
    "15.7",
    "weights upside down",
    r"upside|invert|inverse of|(wrong|other) way|logging / target|target / logging"
    r"|target (divided by|over) (the )?logging|swap|reciprocal|turned",
)
def snips(rewards, logging, target):
    w = logging / target
    v = (w * rewards).sum() / w.sum()
    se = np.sqrt((w**2 * (rewards - v) ** 2).sum()) / w.sum()
    return Estimate(v, se, w.sum() ** 2 / (w**2).sum())


@wrong(
    "15.7",
    "effective size is the number of rounds",
    r"effective.*(N\b|number of|all rounds|rounds|len|count)|number of rounds|every round|len\(",
)
def snips(rewards, logging, target):
    w = target / logging
    v = (w * rewards).sum() / w.sum()
    se = np.sqrt((w**2 * (rewards - v) ** 2).sum()) / w.sum()
    return Estimate(v, se, len(w))


@wrong(
    "15.7",
    "effective size 1 / sum w ** 2 of raw weights",
    r"normali|squared? (of )?(the )?sum|sum of (the )?(weights|w\b)|numerator|scal"
    r"|add up to (1|one)|sum to (1|one)",
)
def snips(rewards, logging, target):
    w = target / logging
    v = (w * rewards).sum() / w.sum()
    se = np.sqrt((w**2 * (rewards - v) ** 2).sum()) / w.sum()
    return Estimate(v, se, 1 / (w**2).sum())


@wrong(
    "15.7",
    "weighted variance over the number of rounds",
    r"weighted variance|weights?.*(squar|\*\* ?2)|(squar|\*\* ?2).*(weight|\bw\b)|w ?\*\* ?2"
    r"|w²|of a ratio|number of (the )?rounds|\bN\b",
)
def snips(rewards, logging, target):
    w = target / logging
    v = np.average(rewards, weights=w)
    variance = np.average((rewards - v) ** 2, weights=w)
    return Estimate(v, np.sqrt(variance / len(w)), w.sum() ** 2 / (w**2).sum())


@wrong(
    "15.7",
    "weighted variance over the effective size",
    r"weighted variance|effective|weights?.*(squar|\*\* ?2)|(squar|\*\* ?2).*(weight|\bw\b)"
    r"|w ?\*\* ?2|w²|of a ratio",
)
def snips(rewards, logging, target):
    w = target / logging
    v = np.average(rewards, weights=w)
    size = w.sum() ** 2 / (w**2).sum()
    variance = np.average((rewards - v) ** 2, weights=w)
    return Estimate(v, np.sqrt(variance / size), size)


@wrong("15.7", "corrected by n / (n - 1)", r"n ?- ?1|ddof|degree|Bessel|correct(ion|ed)")
def snips(rewards, logging, target):
    w = target / logging
    n = len(w)
    v = (w * rewards).sum() / w.sum()
    se = np.sqrt(n / (n - 1) * (w**2 * (rewards - v) ** 2).sum()) / w.sum()
    return Estimate(v, se, w.sum() ** 2 / (w**2).sum())


@wrong(
    "15.7",
    "squared after the sum, always 0",
    r"squar.*(before|each|first|after|sum)|sum of (the )?squares|square of the sum|cancel"
    r"|always (0|zero)|each (one|term|round)",
)
def snips(rewards, logging, target):
    w = target / logging
    v = (w * rewards).sum() / w.sum()
    se = np.sqrt((w * (rewards - v)).sum() ** 2) / w.sum()
    return Estimate(v, se, w.sum() ** 2 / (w**2).sum())
