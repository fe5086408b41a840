from collections import Counter, defaultdict

import numpy as np
import pandas as pd
import torch

from tests.course.keys.answers.bank import right, wrong

# 1.1 upper_confidence_bound


@right("1.1", "two solves")
def upper_confidence_bound(context, A, b, alpha):
    theta = np.linalg.solve(A, b)
    spread = np.sqrt(context @ np.linalg.solve(A, context))
    return float(context @ theta + alpha * spread)


@right("1.1", "the inverse, step by step")
def upper_confidence_bound(context, A, b, alpha):
    A_inv = np.linalg.inv(A)
    theta = A_inv.dot(b)
    exploit = context.dot(theta)
    explore = alpha * (context.dot(A_inv).dot(context)) ** 0.5
    return exploit + explore


@right("1.1", "einsum")
def upper_confidence_bound(context, A, b, alpha):
    inverse = np.linalg.inv(A)
    mean = np.einsum("i,ij,j->", context, inverse, b)
    variance = np.einsum("i,ij,j->", context, inverse, context)
    return (mean + alpha * variance**0.5).item()


@right("1.1", "loops over the inverse")
def upper_confidence_bound(context, A, b, alpha):
    inverse = np.linalg.inv(A).tolist()
    mean, variance = 0.0, 0.0
    for i, x in enumerate(context):
        for j, y in enumerate(context):
            mean += x * inverse[i][j] * b[j]
            variance += x * inverse[i][j] * y
    return float(mean + alpha * variance**0.5)


@wrong("1.1", "no square root", r"root|sqrt|variance|squared|standard deviation")
def upper_confidence_bound(context, A, b, alpha):
    A_inv = np.linalg.inv(A)
    return float(context @ A_inv @ b + alpha * context @ A_inv @ context)


@wrong(
    "1.1",
    "A instead of its inverse in the bonus",
    r"invers|A\^-1|A⁻¹|A itself|\binv\b|solve|grows with A|less .{0,50}(certain|uncertain|seen)",
)
def upper_confidence_bound(context, A, b, alpha):
    theta = np.linalg.inv(A) @ b
    return float(context @ theta + alpha * np.sqrt(context @ A @ context))


@wrong("1.1", "theta from A, not its inverse", r"theta|θ|invers|A\^-1|A⁻¹|\binv\b|solve|A @ b")
def upper_confidence_bound(context, A, b, alpha):
    A_inv = np.linalg.inv(A)
    theta = A @ b
    return float(context @ theta + alpha * np.sqrt(context @ A_inv @ context))


@wrong("1.1", "b taken for theta", r"theta|θ|\bb itself|`?b`? (alone|as|is|for)|x @ b|context @ b")
def upper_confidence_bound(context, A, b, alpha):
    A_inv = np.linalg.inv(A)
    return float(context @ b + alpha * np.sqrt(context @ A_inv @ context))


@wrong(
    "1.1",
    "alpha never read",
    r"alpha.{0,50}(ignor|never|not |unused|missing|forg|weight|no effect|no matter|whatever)"
    r"|(ignor|forg|without|read|weight)\w* .{0,50}alpha",
)
def upper_confidence_bound(context, A, b, alpha):
    A_inv = np.linalg.inv(A)
    return float(context @ (A_inv @ b) + np.sqrt(context @ A_inv @ context))


@wrong(
    "1.1",
    "alpha under the root",
    r"(under|inside|within|in) the (square )?root|inside .{0,50}sqrt|sqrt\(alpha|root of alpha|√α",
)
def upper_confidence_bound(context, A, b, alpha):
    A_inv = np.linalg.inv(A)
    return float(context @ A_inv @ b + np.sqrt(alpha * context @ A_inv @ context))


@wrong(
    "1.1",
    "bonus subtracted",
    r"subtract|minus|\bsign\b|lower (confidence )?bound|pessimis|penalt|negative|taken away",
)
def upper_confidence_bound(context, A, b, alpha):
    A_inv = np.linalg.inv(A)
    return float(context @ A_inv @ b - alpha * np.sqrt(context @ A_inv @ context))


@wrong(
    "1.1",
    "no bonus",
    r"(no|without|missing|forg\w*|left out|lacks?)\b.{0,25}(bonus|uncertain|explor|second (term"
    r"|half|part))|(bonus|second (term|half|part)) .{0,25}(missing|forg|left|never|\bno\b|added)"
    r"|alpha.{0,30}(never|ignor|not read)|greedy|explor|expected click (alone|only)"
    r"|only the expected",
)
def upper_confidence_bound(context, A, b, alpha):
    return float(context @ np.linalg.solve(A, b))


@wrong(
    "1.1",
    "only the bonus",
    r"only the bonus|bonus alone|expected click|first (term|half|part)|theta|θ|\bmean\b"
    r"|`?b`? .{0,50}(never|ignor|not read|unused)",
)
def upper_confidence_bound(context, A, b, alpha):
    return float(alpha * np.sqrt(context @ np.linalg.solve(A, context)))


@wrong(
    "1.1",
    "each entry inverted instead of the matrix",
    r"element|entr(y|ies)|1 ?/ ?A|matrix inverse|invers|off.diagonal",
)
def upper_confidence_bound(context, A, b, alpha):
    A_inv = 1 / A
    return float(context @ A_inv @ b + alpha * np.sqrt(abs(context @ A_inv @ context)))


@wrong("1.1", "only the diagonal of A", r"diagonal|off.diagonal|correlat|depend on each other")
def upper_confidence_bound(context, A, b, alpha):
    variance = 1 / np.diag(A)
    return float(context @ (variance * b) + alpha * np.sqrt((context**2 * variance).sum()))


@wrong(
    "1.1",
    "the identity added to A once more",
    r"identity|ridge|regulari|np\.eye|A \+ I|changed A|as it is|unit matrix",
)
def upper_confidence_bound(context, A, b, alpha):
    A_inv = np.linalg.inv(A + np.eye(len(A)))
    return float(context @ A_inv @ b + alpha * np.sqrt(context @ A_inv @ context))


@wrong(
    "1.1",
    "the root over the whole score",
    r"(root|sqrt).{0,50}(whole|both|every|all|sum|expected)|(whole|both|expected) .{0,50}(root"
    r"|sqrt)",
)
def upper_confidence_bound(context, A, b, alpha):
    A_inv = np.linalg.inv(A)
    return float(np.sqrt(abs(context @ A_inv @ b + alpha * context @ A_inv @ context)))


@wrong(
    "1.1",
    "length of x as the uncertainty",
    r"invers|length of|norm|A (is )?(never|not|ignor|missing)|without A|bonus .{0,50}A\b|A\^-1|A⁻¹",
)
def upper_confidence_bound(context, A, b, alpha):
    theta = np.linalg.solve(A, b)
    return float(context @ theta + alpha * np.linalg.norm(context))


# 1.2 step_probabilities


@right("1.2", "logits with a mask, the greatest subtracted")
def step_probabilities(left, order):
    left = np.asarray(left, dtype=bool)
    k = np.arange(left.shape[-1])
    logits = np.where(left, -float(order) * k, -np.inf)
    top = logits.max(axis=-1, keepdims=True)
    weights = np.exp(logits - np.where(np.isfinite(top), top, 0.0)) * left
    total = weights.sum(axis=-1, keepdims=True)
    return np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)


@right("1.2", "a loop over the rows")
def step_probabilities(left, order):
    left = np.asarray(left)
    flat = left.reshape(-1, left.shape[-1])
    out = np.zeros(flat.shape)
    for n, row in enumerate(flat):
        steps = np.flatnonzero(row)
        if len(steps) == 0:
            continue
        logits = -order * steps.astype(float)
        weights = np.exp(logits - logits.max())
        out[n, steps] = weights / weights.sum()
    return out.reshape(left.shape)


@right("1.2", "steps counted from the first that is left")
def step_probabilities(left, order):
    K = left.shape[-1]
    first = left.argmax(-1)[..., None]
    last = K - 1 - left[..., ::-1].argmax(-1)[..., None]
    distance = np.arange(K) - (first if order >= 0 else last)
    weights = np.exp(np.where(left, -order * distance, -np.inf))
    total = weights.sum(-1, keepdims=True)
    return weights / np.where(total == 0, 1.0, total)


@right("1.2", "torch inside")
def step_probabilities(left, order):
    mask = torch.as_tensor(np.array(left, dtype=bool))
    k = torch.arange(mask.shape[-1], dtype=torch.float64)
    logits = (-float(order) * k).expand(mask.shape).masked_fill(~mask, -torch.inf)
    return torch.softmax(logits, dim=-1).nan_to_num(0.0).numpy()


@wrong(
    "1.2",
    "sign of the exponent",
    r"\bsign\b|minus|\+ ?order|later steps|last step|backwards|revers|grow|wrong (way|direction"
    r"|end)",
)
def step_probabilities(left, order):
    weights = np.exp(order * np.arange(left.shape[-1])) * left
    total = weights.sum(-1, keepdims=True)
    return weights / np.where(total == 0, 1, total)


@wrong(
    "1.2",
    "visited steps not left out",
    r"visited|`?left`? .{0,50}(ignor|never|not|unused)|mask|already (done|been)|steps that are done"
    r"|ignor\w+ `?left",
)
def step_probabilities(left, order):
    weights = np.exp(-order * np.arange(left.shape[-1])) * np.ones(left.shape)
    return weights / weights.sum(-1, keepdims=True)


@wrong(
    "1.2",
    "mask the wrong way round",
    r"invert|wrong way round|opposite|visited|mask .{0,50}(turn|round|invert|flip)|~|negat|swapp",
)
def step_probabilities(left, order):
    weights = np.exp(-order * np.arange(left.shape[-1])) * (~left)
    total = weights.sum(-1, keepdims=True)
    return weights / np.where(total == 0, 1, total)


@wrong(
    "1.2",
    "weights not normalised",
    r"normali|sum to 1|add up to|divide|division|weights, not|total|sum to one",
)
def step_probabilities(left, order):
    return np.exp(-order * np.arange(left.shape[-1])) * left


@wrong(
    "1.2",
    "softmax over all steps, masked afterwards",
    r"afterwards|after .{0,50}(softmax|normali|divi)|before .{0,50}(mask|zero|left)|sum to 1"
    r"|renormali"
    r"|add up to|visited .{0,50}(sum|denominator|total|divid)|sum to one|(all|every) steps?",
)
def step_probabilities(left, order):
    weights = np.exp(-order * np.arange(left.shape[-1]))
    probabilities = weights / weights.sum()
    return np.where(left, probabilities, 0.0)


@wrong(
    "1.2",
    "NaN where nothing is left",
    r"nan|0 ?/ ?0|nothing (is )?left|divi\w+ by (0|zero)|no step|all done|empty",
)
def step_probabilities(left, order):
    weights = np.exp(-order * np.arange(left.shape[-1])) * left
    return weights / weights.sum(axis=-1, keepdims=True)


@wrong(
    "1.2",
    "uniform where nothing is left",
    r"nothing (is )?left|all 0|all zero|no step|uniform|all done|empty",
)
def step_probabilities(left, order):
    logits = np.where(left, -order * np.arange(left.shape[-1]), -1e9)
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


@wrong(
    "1.2",
    "one total for all rows",
    r"axis|each row|per row|every row|row by row|whole array|all rows|last dimension|keepdims"
    r"|right for one row|one.dimension",
)
def step_probabilities(left, order):
    weights = np.exp(-order * np.arange(left.shape[-1])) * left
    total = weights.sum()
    return weights / total if total > 0 else weights


@wrong(
    "1.2",
    "the steps left are numbered anew",
    r"number|renumber|own place|own position|positions? among|index|gap"
    r"|count\w* (only )?(the )?(steps )?(that are )?left|consecutive|rank among",
)
def step_probabilities(left, order):
    k = np.cumsum(left, axis=-1) - 1
    weights = np.exp(-order * k) * left
    total = weights.sum(-1, keepdims=True)
    return weights / np.where(total == 0, 1, total)


@wrong(
    "1.2",
    "always the first step left",
    r"certain|one.?hot|argmax|first (step )?(that is )?left|always|determin|only the (first"
    r"|earliest)"
    r"|probability 1",
)
def step_probabilities(left, order):
    out = np.zeros(left.shape)
    first = left.argmax(-1)[..., None]
    np.put_along_axis(out, first, left.any(-1, keepdims=True).astype(float), axis=-1)
    return out


@wrong(
    "1.2",
    "order never read",
    r"order.{0,50}(ignor|never|not|unused|no effect|no matter|whatever)|ignor\w+ .{0,50}order"
    r"|alike|uniform",
)
def step_probabilities(left, order):
    total = left.sum(-1, keepdims=True)
    return left / np.maximum(total, 1)


@wrong(
    "1.2",
    "a power law instead of an exponential",
    r"expon|\bexp\b|power|e\^|too slow|decay|factor .{0,50}each step",
)
def step_probabilities(left, order):
    weights = (1.0 + np.arange(left.shape[-1])) ** -order * left
    total = weights.sum(-1, keepdims=True)
    return weights / np.where(total == 0, 1, total)


@wrong(
    "1.2",
    "an epsilon in the denominator",
    r"epsilon|\beps\b|1e-|small (number|constant)|sum to 1|add up to|late steps|sum to one",
)
def step_probabilities(left, order):
    weights = np.exp(-order * np.arange(left.shape[-1])) * left
    return weights / (weights.sum(-1, keepdims=True) + 1e-8)


@wrong(
    "1.2",
    "underflows when order is strict",
    r"underflow|too small|vanish|large order|strict|overflow|subtract .{0,50}(max|greatest"
    r"|largest|first)",
)
def step_probabilities(left, order):
    weights = np.exp(-order * np.arange(left.shape[-1], dtype=np.float32)) * left
    total = weights.sum(-1, keepdims=True)
    return weights / np.where(total == 0, 1, total)


# 1.3 click_gini


@right("1.3", "all pairs by broadcasting")
def click_gini(item_id, n_items):
    c = np.bincount(np.asarray(item_id), minlength=n_items + 1)[1:]
    return float(np.abs(c[:, None] - c).mean() / (2 * c.mean()))


@right("1.3", "two loops over a dict of counts")
def click_gini(item_id, n_items):
    count = dict.fromkeys(range(1, n_items + 1), 0)
    for item in item_id:
        count[int(item)] += 1
    total = 0
    for a in count.values():
        for b in count.values():
            total += abs(a - b)
    mean = len(item_id) / n_items
    return total / n_items**2 / (2 * mean)


@right("1.3", "sorted counts, no pairs")
def click_gini(item_id, n_items):
    c = np.sort(np.bincount(item_id, minlength=n_items + 1)[1:])
    i = np.arange(1, n_items + 1)
    return float(((2 * i - n_items - 1) * c).sum() / (n_items * c.sum()))


@right("1.3", "value_counts with reindex")
def click_gini(item_id, n_items):
    c = pd.Series(item_id).value_counts().reindex(range(1, n_items + 1), fill_value=0).to_numpy()
    return float(np.abs(np.subtract.outer(c, c)).sum() / (2 * n_items * c.sum()))


@wrong(
    "1.3",
    "only the products that have clicks",
    r"without a click|no click|zero|never clicked|n_items",
)
def click_gini(item_id, n_items):
    _, c = np.unique(item_id, return_counts=True)
    return float(np.abs(c[:, None] - c).mean() / (2 * c.mean()))


@wrong(
    "1.3",
    "row 0 of bincount is counted as a product",
    r"product 0|padding|no product|starts? at 1|from 1",
)
def click_gini(item_id, n_items):
    c = np.bincount(item_id, minlength=n_items + 1)
    return float(np.abs(c[:, None] - c).mean() / (2 * c.mean()))


@wrong(
    "1.3",
    "no minlength, so the last products are lost",
    r"minlength|last products|end of the|largest id",
)
def click_gini(item_id, n_items):
    c = np.bincount(item_id)[1:]
    return float(np.abs(c[:, None] - c).mean() / (2 * c.mean()))


@wrong("1.3", "the ids themselves instead of counts", r"ids|count the clicks|counts? of")
def click_gini(item_id, n_items):
    c = np.asarray(item_id)
    return float(np.abs(c[:, None] - c).mean() / (2 * c.mean()))


@wrong("1.3", "the two is forgotten", r"twice|half|factor 2|2")
def click_gini(item_id, n_items):
    c = np.bincount(item_id, minlength=n_items + 1)[1:]
    return float(np.abs(c[:, None] - c).mean() / c.mean())


@wrong("1.3", "each pair only once, divided by all pairs", r"once|half|both orders|i < j|twice")
def click_gini(item_id, n_items):
    c = np.bincount(item_id, minlength=n_items + 1)[1:]
    total = sum(abs(a - b) for k, a in enumerate(c) for b in c[k + 1 :])
    return float(total / n_items**2 / (2 * c.mean()))


@wrong("1.3", "pairs of a product with itself left out", r"itself|n_items - 1|n - 1|diagonal")
def click_gini(item_id, n_items):
    c = np.bincount(item_id, minlength=n_items + 1)[1:]
    pairs = max(n_items * (n_items - 1), 1)
    return float(np.abs(c[:, None] - c).sum() / pairs / (2 * c.mean()))


@wrong("1.3", "no absolute value", r"absolute|abs|sign|cancel")
def click_gini(item_id, n_items):
    c = np.bincount(item_id, minlength=n_items + 1)[1:]
    return float((c[:, None] - c).mean() / (2 * c.mean()))


@wrong("1.3", "squares instead of absolute values", r"square|absolute|abs")
def click_gini(item_id, n_items):
    c = np.bincount(item_id, minlength=n_items + 1)[1:]
    return float(((c[:, None] - c) ** 2).mean() / (2 * c.mean()))


@wrong("1.3", "distance to the mean instead of pairs", r"from the mean|to the mean|pairs")
def click_gini(item_id, n_items):
    c = np.bincount(item_id, minlength=n_items + 1)[1:]
    return float(np.abs(c - c.mean()).mean() / (2 * c.mean()))


@wrong("1.3", "not divided by the mean count", r"mean|normali|number of clicks")
def click_gini(item_id, n_items):
    c = np.bincount(item_id, minlength=n_items + 1)[1:]
    return float(np.abs(c[:, None] - c).mean() / 2)


@wrong("1.3", "divided by the sum of clicks", r"sum|mean|total")
def click_gini(item_id, n_items):
    c = np.bincount(item_id, minlength=n_items + 1)[1:]
    return float(np.abs(c[:, None] - c).mean() / (2 * c.sum()))


@wrong("1.3", "neighbouring products only", r"neighbour|next to each other|all pairs|diff")
def click_gini(item_id, n_items):
    c = np.bincount(item_id, minlength=n_items + 1)[1:]
    if n_items == 1:
        return 0.0
    return float(np.abs(np.diff(c)).mean() / (2 * c.mean()))


@wrong("1.3", "one minus the coefficient", r"1 minus|equal|invert|upside")
def click_gini(item_id, n_items):
    c = np.bincount(item_id, minlength=n_items + 1)[1:]
    return float(1 - np.abs(c[:, None] - c).mean() / (2 * c.mean()))


@wrong("1.3", "Gini impurity of the shares", r"impurity|squared shares|trees")
def click_gini(item_id, n_items):
    share = np.bincount(item_id, minlength=n_items + 1)[1:] / len(item_id)
    return float(1 - (share**2).sum())


# 1.4 starts_session


@right("1.4", "two comparisons, the first put in front")
def starts_session(user, timestamp, gap=1800):
    user, timestamp = np.asarray(user), np.asarray(timestamp)
    start = np.ones(len(user), dtype=bool)
    start[1:] = (user[1:] != user[:-1]) | (timestamp[1:] - timestamp[:-1] > gap)
    return start


@right("1.4", "a loop with memory")
def starts_session(user, timestamp, gap=1800):
    starts = []
    last_user, last_time = None, None
    for n in range(len(user)):
        new = n == 0 or user[n] != last_user or timestamp[n] - last_time > gap
        starts.append(bool(new))
        last_user, last_time = user[n], timestamp[n]
    return np.array(starts, dtype=bool)


@right("1.4", "pandas, difference within each user")
def starts_session(user, timestamp, gap=1800):
    frame = pd.DataFrame({"user": user, "timestamp": timestamp})
    silence = frame.groupby("user", sort=False)["timestamp"].diff()
    return (silence.isna() | (silence > gap)).to_numpy()


@right("1.4", "first places by unique")
def starts_session(user, timestamp, gap=1800):
    long_silence = np.zeros(len(user), dtype=bool)
    long_silence[1:] = np.diff(timestamp) > gap
    _, first = np.unique(user, return_index=True)
    long_silence[first] = True
    return long_silence


@wrong(
    "1.4",
    "a silence of exactly gap begins a session",
    r"exactly|>=|at least|more than|equal to|strict",
)
def starts_session(user, timestamp, gap=1800):
    start = np.ones(len(user), dtype=bool)
    start[1:] = (user[1:] != user[:-1]) | (np.diff(timestamp) >= gap)
    return start


@wrong(
    "1.4",
    "a new user does not begin a session",
    r"new user|another user|next user|user.?s first|first event of|user .{0,50}(ignor|never|not"
    r"|chang)"
    r"|change of user|each user|every user",
)
def starts_session(user, timestamp, gap=1800):
    start = np.ones(len(user), dtype=bool)
    start[1:] = np.diff(timestamp) > gap
    return start


@wrong(
    "1.4",
    "the very first event is no start",
    r"very first|first (event|row|entry) (of all|in|of the (log|array))|row 0|event 0|index 0"
    r"|the first event|nothing before",
)
def starts_session(user, timestamp, gap=1800):
    start = np.zeros(len(user), dtype=bool)
    start[1:] = (user[1:] != user[:-1]) | (np.diff(timestamp) > gap)
    return start


@wrong(
    "1.4",
    "gap never read: 1800 written into the code",
    r"`?gap`?.{0,50}(ignor|never|not|unused|no effect|whatever|fix|hard)|1800|ignor\w+ .{0,50}gap"
    r"|hard.?cod",
)
def starts_session(user, timestamp, gap=1800):
    start = np.ones(len(user), dtype=bool)
    start[1:] = (user[1:] != user[:-1]) | (np.diff(timestamp) > 1800)
    return start


@wrong(
    "1.4",
    "marks the ends instead of the starts",
    r"\bends?\b|last event|one (place|row|event)? ?too early|one early|before the (gap|silence)"
    r"|shift",
)
def starts_session(user, timestamp, gap=1800):
    end = np.ones(len(user), dtype=bool)
    end[:-1] = (user[1:] != user[:-1]) | (np.diff(timestamp) > gap)
    return end


@wrong(
    "1.4",
    "a new user only when the id goes up",
    r"ascend|goes up|larger|smaller|increas|decreas|sorted|lower id|id falls|!=|differ\w* user"
    r"|user ids? .{0,50}order",
)
def starts_session(user, timestamp, gap=1800):
    start = np.ones(len(user), dtype=bool)
    start[1:] = (np.diff(user) > 0) | (np.diff(timestamp) > gap)
    return start


@wrong(
    "1.4",
    "measured from the start of the session",
    r"(start|begin\w*|first event) of the session|session.?s (start|first)|since the (session"
    r"|first)"
    r"|previous event|event before|last event|neighbou?r|consecutive|silence",
)
def starts_session(user, timestamp, gap=1800):
    start = np.zeros(len(user), dtype=bool)
    began = 0
    for n in range(len(user)):
        if n == 0 or user[n] != user[n - 1] or timestamp[n] - began > gap:
            start[n] = True
            began = timestamp[n]
    return start


@wrong("1.4", "gap taken for minutes", r"minute|seconds|\b60\b|unit|hour")
def starts_session(user, timestamp, gap=1800):
    start = np.ones(len(user), dtype=bool)
    start[1:] = (user[1:] != user[:-1]) | (np.diff(timestamp) > gap * 60)
    return start


@wrong(
    "1.4",
    "and instead of or",
    r"`and`|`or`|and instead of|either|both|one of the two|at the same time|&",
)
def starts_session(user, timestamp, gap=1800):
    start = np.ones(len(user), dtype=bool)
    start[1:] = (user[1:] != user[:-1]) & (np.diff(timestamp) > gap)
    return start


@wrong(
    "1.4",
    "numbers of the sessions",
    r"number|cumsum|session ids?|count|running|bool|dtype|which session",
)
def starts_session(user, timestamp, gap=1800):
    start = np.ones(len(user), dtype=bool)
    start[1:] = (user[1:] != user[:-1]) | (np.diff(timestamp) > gap)
    return np.cumsum(start)


@wrong(
    "1.4",
    "one entry short",
    r"too short|one (entry|element|value|event) (short|missing|less|too few)|N ?- ?1|first event"
    r"|length|as many|np\.diff|\bdiff\b",
)
def starts_session(user, timestamp, gap=1800):
    return (user[1:] != user[:-1]) | (np.diff(timestamp) > gap)


@wrong(
    "1.4",
    "roll compares the first event with the last",
    r"roll|wrap|first (event|row|entry)|event 0|last (event|row) of|single user|one user|only user",
)
def starts_session(user, timestamp, gap=1800):
    return (user != np.roll(user, 1)) | (timestamp - np.roll(timestamp, 1) > gap)


@wrong("1.4", "ones and zeros", r"bool|dtype|integer|0 and 1|ones and zeros|mask")
def starts_session(user, timestamp, gap=1800):
    start = np.ones(len(user), dtype=int)
    start[1:] = (user[1:] != user[:-1]) | (np.diff(timestamp) > gap)
    return start


@wrong(
    "1.4",
    "row numbers of the starts",
    r"row numbers|positions|indices|indexes|np\.where|nonzero|bool|mask|places",
)
def starts_session(user, timestamp, gap=1800):
    start = np.ones(len(user), dtype=bool)
    start[1:] = (user[1:] != user[:-1]) | (np.diff(timestamp) > gap)
    return np.flatnonzero(start)


@wrong(
    "1.4",
    "silence looked up after the event",
    r"after the event|next event|following|one (place|row|event)? ?too early|before it|shift|early"
    r"|silence .{0,50}(after|before|follow)",
)
def starts_session(user, timestamp, gap=1800):
    frame = pd.DataFrame({"user": user, "timestamp": timestamp})
    silence = -frame.groupby("user", sort=False)["timestamp"].diff(-1)
    first = ~frame["user"].duplicated()
    return (first | (silence > gap)).to_numpy()


# 1.5 count_rules


@right("1.5", "counters in a loop")
def count_rules(user, item, support=5, confidence=0.1):
    pairs, cases = Counter(), Counter()
    user, item = np.asarray(user).tolist(), np.asarray(item).tolist()
    for n in range(len(user) - 1):
        if user[n] == user[n + 1]:
            pairs[item[n], item[n + 1]] += 1
            cases[item[n]] += 1
    return sum(c > support and c / cases[i] > confidence for (i, j), c in pairs.items())


@right("1.5", "pandas with shift")
def count_rules(user, item, support=5, confidence=0.1):
    log = pd.DataFrame({"user": np.asarray(user), "i": np.asarray(item)})
    log["j"] = log.groupby("user", sort=False)["i"].shift(-1)
    counts = log.dropna().groupby(["i", "j"]).size()
    if counts.empty:
        return 0
    share = counts / counts.groupby(level="i").transform("sum")
    return int(((counts > support) & (share > confidence)).sum())


@right("1.5", "unique rows in numpy")
def count_rules(user, item, support=5, confidence=0.1):
    user, item = np.asarray(user), np.asarray(item)
    same = user[1:] == user[:-1]
    pairs = np.stack([item[:-1][same], item[1:][same]], axis=1)
    if len(pairs) == 0:
        return 0
    rules, counts = np.unique(pairs, axis=0, return_counts=True)
    firsts, group = np.unique(rules[:, 0], return_inverse=True)
    cases = np.bincount(group.reshape(-1), weights=counts, minlength=len(firsts))
    share = counts / cases[group.reshape(-1)]
    return int(np.count_nonzero((counts > support) & (share > confidence)))


@right("1.5", "a matrix of counts")
def count_rules(user, item, support=5, confidence=0.1):
    names, code = np.unique(item, return_inverse=True)
    code = code.reshape(-1)
    table = np.zeros((len(names), len(names)), dtype=int)
    inside = np.asarray(user)[1:] == np.asarray(user)[:-1]
    np.add.at(table, (code[:-1][inside], code[1:][inside]), 1)
    cases = np.maximum(table.sum(axis=1, keepdims=True), 1)
    return int(((table > support) & (table / cases > confidence)).sum())


def _pairs(user, item):
    same = user[1:] == user[:-1]
    return pd.DataFrame({"i": item[:-1][same], "j": item[1:][same]})


@wrong(
    "1.5",
    "support of 5 is enough",
    r"support.{0,50}(exactly|>=|at least|more than|strict|equal)|more than `?support|>="
    r"|more than 5|is enough",
)
def count_rules(user, item, support=5, confidence=0.1):
    counts = _pairs(user, item).groupby(["i", "j"]).size()
    cases = counts.groupby(level="i").transform("sum")
    return int(((counts >= support) & (counts / cases > confidence)).sum())


@wrong(
    "1.5",
    "a confidence of exactly the limit is enough",
    r"confidence.{0,50}(exactly|>=|at least|more than|strict|equal)|more than `?confidence|>=",
)
def count_rules(user, item, support=5, confidence=0.1):
    counts = _pairs(user, item).groupby(["i", "j"]).size()
    cases = counts.groupby(level="i").transform("sum")
    return int(((counts > support) & (counts / cases >= confidence)).sum())


@wrong(
    "1.5",
    "pairs across two users",
    r"(across|between|two|next|another|different|other) users?|user .{0,50}(ignor|never|not read"
    r"|border|change)"
    r"|within (one|a|the same) user|from one user to",
)
def count_rules(user, item, support=5, confidence=0.1):
    frame = pd.DataFrame({"i": item[:-1], "j": item[1:]})
    counts = frame.groupby(["i", "j"]).size()
    cases = counts.groupby(level="i").transform("sum")
    return int(((counts > support) & (counts / cases > confidence)).sum())


@wrong(
    "1.5",
    "a user's last event counted as a case of i",
    r"last (event|click|item)|nothing follows|anything follows|followed|end of|all occurrences"
    r"|every occurrence",
)
def count_rules(user, item, support=5, confidence=0.1):
    counts = _pairs(user, item).groupby(["i", "j"]).size()
    cases = pd.Series(item).value_counts()
    share = counts / cases.reindex(counts.index.get_level_values("i")).to_numpy()
    return int(((counts > support) & (share > confidence)).sum())


@wrong(
    "1.5",
    "share among the cases of j",
    r"cases of `?j|of `?j`?\b|what (comes|came|stands) before|precede|second item|(wrong"
    r"|other) (axis|item)"
    r"|column|cases of `?i|first item",
)
def count_rules(user, item, support=5, confidence=0.1):
    counts = _pairs(user, item).groupby(["i", "j"]).size()
    cases = counts.groupby(level="j").transform("sum")
    return int(((counts > support) & (counts / cases > confidence)).sum())


@wrong(
    "1.5",
    "an item that follows itself left out",
    r"itself|i == j|i = j|same item|repeat|self|twice in a row|diagonal",
)
def count_rules(user, item, support=5, confidence=0.1):
    pairs = _pairs(user, item)
    counts = pairs[pairs["i"] != pairs["j"]].groupby(["i", "j"]).size()
    cases = counts.groupby(level="i").transform("sum")
    return int(((counts > support) & (counts / cases > confidence)).sum())


@wrong(
    "1.5",
    "j any time after i",
    r"at once|immediate|direct|adjacent|next to|neighbou?r|any time|any later|sooner or later"
    r"|consecutive",
)
def count_rules(user, item, support=5, confidence=0.1):
    pairs, cases = Counter(), Counter()
    for one in np.unique(user):
        items = item[user == one].tolist()
        for n, i in enumerate(items):
            for j in items[n + 1 :]:
                pairs[i, j] += 1
                cases[i] += 1
    return sum(c > support and c / cases[i] > confidence for (i, j), c in pairs.items())


@wrong(
    "1.5",
    "i, j and j, i taken as the same pair",
    r"direction|order of|\(j, ?i\)|unordered|both ways|symmetr|either (way|order)|which (comes"
    r"|came) first|same pair",
)
def count_rules(user, item, support=5, confidence=0.1):
    pairs = _pairs(user, item)
    low, high = np.minimum(pairs["i"], pairs["j"]), np.maximum(pairs["i"], pairs["j"])
    counts = pd.DataFrame({"i": low, "j": high}).groupby(["i", "j"]).size()
    cases = counts.groupby(level="i").transform("sum")
    return int(((counts > support) & (counts / cases > confidence)).sum())


@wrong(
    "1.5",
    "share of all pairs",
    r"all pairs|every pair|whole log|total|cases of `?i|of all|in which .{0,50}follows `?i|divid",
)
def count_rules(user, item, support=5, confidence=0.1):
    pairs = _pairs(user, item)
    counts = pairs.groupby(["i", "j"]).size()
    return int(((counts > support) & (counts / len(pairs) > confidence)).sum())


@wrong(
    "1.5",
    "each pair once per user",
    r"once (per|a|for each|for every) user|number of users|distinct users|same user|duplicat"
    r"|how many users|several times",
)
def count_rules(user, item, support=5, confidence=0.1):
    same = user[1:] == user[:-1]
    pairs = pd.DataFrame({"u": user[1:][same], "i": item[:-1][same], "j": item[1:][same]})
    counts = pairs.drop_duplicates().groupby(["i", "j"]).size()
    cases = counts.groupby(level="i").transform("sum")
    return int(((counts > support) & (counts / cases > confidence)).sum())


@wrong(
    "1.5",
    "events that follow a rule instead of rules",
    r"number of rules|how many rules|each rule once|rules?, not|occurrence|how often|sum of|events",
)
def count_rules(user, item, support=5, confidence=0.1):
    counts = _pairs(user, item).groupby(["i", "j"]).size()
    cases = counts.groupby(level="i").transform("sum")
    return int(counts[(counts > support) & (counts / cases > confidence)].sum())


@wrong(
    "1.5",
    "support never read",
    r"support.{0,50}(ignor|never|not|unused|no effect|whatever|forg)|ignor\w+ .{0,50}support"
    r"|rare pairs|only once",
)
def count_rules(user, item, support=5, confidence=0.1):
    counts = _pairs(user, item).groupby(["i", "j"]).size()
    cases = counts.groupby(level="i").transform("sum")
    return int((counts / cases > confidence).sum())


@wrong(
    "1.5",
    "confidence never read",
    r"confidence.{0,50}(ignor|never|not|unused|no effect|whatever|forg)"
    r"|ignor\w+ .{0,50}confidence|share",
)
def count_rules(user, item, support=5, confidence=0.1):
    counts = _pairs(user, item).groupby(["i", "j"]).size()
    return int((counts > support).sum())


@wrong(
    "1.5",
    "one of the two limits is enough",
    r"`and`|`or`|or instead of|both|one of the two|either|at the same time",
)
def count_rules(user, item, support=5, confidence=0.1):
    counts = _pairs(user, item).groupby(["i", "j"]).size()
    cases = counts.groupby(level="i").transform("sum")
    return int(((counts > support) | (counts / cases > confidence)).sum())


@wrong(
    "1.5",
    "pair keys that collide when ids have gaps",
    r"collid|collision|same (key|number|code)|key|gap|ids? .{0,50}(large|exceed|beyond|greater)"
    r"|encod|overlap",
)
def count_rules(user, item, support=5, confidence=0.1):
    n = len(np.unique(item))
    same = user[1:] == user[:-1]
    pairs, cases = Counter(), defaultdict(int)
    for i, j in zip(item[:-1][same].tolist(), item[1:][same].tolist(), strict=True):
        pairs[i * n + j] += 1
        cases[i] += 1
    return sum(c > support and c / max(cases[key // n], 1) > confidence for key, c in pairs.items())


@wrong(
    "1.5",
    "the default limits written into the code",
    r"hard.?cod|default|`?(support|confidence)`?.{0,50}(ignor|never|not read|unused|no effect"
    r"|fix)|arguments?"
    r"|\b0\.1\b",
)
def count_rules(user, item, support=5, confidence=0.1):
    counts = _pairs(user, item).groupby(["i", "j"]).size()
    cases = counts.groupby(level="i").transform("sum")
    return int(((counts > 5) & (counts / cases > 0.1)).sum())
