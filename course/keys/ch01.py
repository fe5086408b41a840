"""Answer key of chapter 01."""

import numpy as np

from course.coach import Choice, EquivalentMutant, Exercise, Misconception, Probe, Quiz
from seqrec.baselines.linucb import upper_confidence_bound
from zooplus_sim.logs.realism import gini, starts_session
from zooplus_sim.logs.shuffling import count_rules
from zooplus_sim.world.tables import step_probabilities

# --- 1.1 The upper confidence bound ---------------------------------------------------------------


def _bound_probes(rng):
    yield Probe(
        (np.array([1.0, 0.0]), np.eye(2), np.zeros(2), 1.0), label="an arm that was never shown"
    )
    for D in (1, 3, 5):
        seen = rng.normal(size=(8, D))
        A, b = np.eye(D) + seen.T @ seen, seen.T @ rng.integers(0, 2, 8)
        yield Probe((rng.normal(size=D), A, b, 0.0), label="alpha = 0: no bonus")
        yield Probe(
            (rng.normal(size=D), A, b, float(rng.uniform(0.5, 2))), label=f"random, D = {D}"
        )


def _b_as_theta(context, A, b, alpha):
    return float(context @ b + alpha * np.sqrt(context @ np.linalg.solve(A, context)))


def _without_the_root(context, A, b, alpha):
    return float(context @ np.linalg.solve(A, b) + alpha * (context @ np.linalg.solve(A, context)))


def _without_the_inverse(context, A, b, alpha):
    return float(context @ np.linalg.solve(A, b) + alpha * np.sqrt(context @ A @ context))


def _bonus_subtracted(context, A, b, alpha):
    return float(
        context @ np.linalg.solve(A, b) - alpha * np.sqrt(context @ np.linalg.solve(A, context))
    )


def _no_bonus(context, A, b, alpha):
    return float(context @ np.linalg.solve(A, b))


_BOUND = Exercise(
    id="1.1",
    title="The upper confidence bound",
    minutes=5,
    reference=upper_confidence_bound,
    probes=_bound_probes,
    hints=(
        "Two terms: what you expect, and how unsure you are of it. Compute theta first.",
        "`np.linalg.solve(A, b)` is $A^{-1}b$ without forming the inverse. The same trick gives "
        "$A^{-1}x$.",
        "`context @ theta + alpha * np.sqrt(context @ np.linalg.solve(A, context))`",
    ),
    misconceptions=(
        Misconception(
            name="b instead of theta",
            wrong=_b_as_theta,
            says="You took b for theta. b only sums up rewarded contexts; theta = A^-1 b divides "
            "by how often each direction was shown.",
        ),
        Misconception(
            name="forgets the root",
            wrong=_without_the_root,
            says="Your bonus is the variance. The bound wants a standard deviation: take the "
            "square root.",
        ),
        Misconception(
            name="A instead of its inverse",
            wrong=_without_the_inverse,
            says="Your bonus grows with every exposure, because A does. Uncertainty must shrink: "
            "use A^-1 under the root.",
        ),
        Misconception(
            name="subtracts the bonus",
            wrong=_bonus_subtracted,
            says="You subtract the bonus, which is a *lower* bound: what is unknown would never be "
            "tried.",
        ),
        Misconception(
            name="no bonus",
            wrong=_no_bonus,
            says="This is the expected click alone. Without alpha times the width there is no "
            "exploration.",
        ),
    ),
)

# --- 1.2 Plackett-Luce ----------------------------------------------------------------------------


def _step_probes(rng):
    yield Probe((np.array([True, True, True]), 1.0), label="nothing visited yet")
    yield Probe((np.array([False, True, False, True]), 0.7), label="two steps left")
    yield Probe((np.array([False, False, False]), 1.0), label="nothing left")
    yield Probe((np.array([True, False, True, True]), 0.0), label="order 0: a bag")
    yield Probe((rng.random((2, 3, 5)) < 0.6, 1.3), label="many at once")
    for _ in range(3):
        yield Probe((rng.random((4, 6)) < 0.5, float(rng.uniform(0.2, 2))), label="random")


def _visited_steps_keep_weight(left, order):
    weight = np.exp(-order * np.arange(left.shape[-1])) * np.ones(left.shape)
    return weight / weight.sum(-1, keepdims=True)


def _normalised_before_masking(left, order):
    weight = np.exp(-order * np.arange(left.shape[-1]))
    return left * (weight / weight.sum())


def _later_steps_first(left, order):
    weight = left * np.exp(order * np.arange(left.shape[-1]))
    total = weight.sum(-1, keepdims=True)
    return weight / np.where(total > 0, total, 1.0)


def _nothing_left_is_nan(left, order):
    weight = left * np.exp(-order * np.arange(left.shape[-1]))
    with np.errstate(invalid="ignore"):
        return weight / weight.sum(-1, keepdims=True)


def _counts_places_among_the_rest(left, order):
    place = np.cumsum(left, axis=-1) - 1
    weight = left * np.exp(-order * place)
    total = weight.sum(-1, keepdims=True)
    return weight / np.where(total > 0, total, 1.0)


def _one_sum_for_all(left, order):
    weight = left * np.exp(-order * np.arange(left.shape[-1]))
    return weight / max(weight.sum(), 1e-12)


_WEIGHT = "weight = np.where(left, np.exp(-order * {}), 0.0)"
_STEP = "np.arange(left.shape[-1]) - first"
_MASKED = "It differs only at steps before the first one left, which `where` gives no weight."

_STEPS = Exercise(
    id="1.2",
    title="Which step comes next?",
    minutes=7,
    reference=step_probabilities,
    probes=_step_probes,
    hints=(
        "Give each step a weight, none to the visited ones, and divide by the sum.",
        "`np.arange(left.shape[-1])` numbers the steps; `left * weight` drops the visited ones. "
        "Sum over the last axis.",
        "`weight = left * np.exp(-order * np.arange(K))`; divide by `weight.sum(-1, "
        "keepdims=True)`, or by 1 where that is 0",
    ),
    misconceptions=(
        Misconception(
            name="visited steps keep their weight",
            wrong=_visited_steps_keep_weight,
            says="Steps that are done still get probability. No step comes twice: multiply the "
            "weights by `left`.",
        ),
        Misconception(
            name="normalises before it masks",
            wrong=_normalised_before_masking,
            says="Your rows don't sum to 1 once a step is done: you divide first and mask "
            "afterwards. Mask, then divide.",
        ),
        Misconception(
            name="later steps first",
            wrong=_later_steps_first,
            says="Later steps get more weight than earlier ones: the exponent wants a minus sign.",
        ),
        Misconception(
            name="places among the rest",
            wrong=_counts_places_among_the_rest,
            says="You number the steps that are left 0, 1, 2, ... afresh. Each step keeps its own "
            "number k in the mission, so a gap in between counts.",
        ),
        Misconception(
            name="one sum for all rows",
            wrong=_one_sum_for_all,
            says="You divide by the sum over the whole array. Each row is a distribution of its "
            "own: `sum(-1, keepdims=True)`.",
        ),
        Misconception(
            name="0 / 0",
            wrong=_nothing_left_is_nan,
            says="Where nothing is left you divide 0 by 0, which is NaN. The row should be all 0.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit=f"{_WEIGHT.format(f'np.maximum({_STEP}, 0)')} -> {_WEIGHT.format(f'({_STEP})')}",
            reason=_MASKED,
        ),
        EquivalentMutant(
            edit=f"{_WEIGHT.format(f'np.maximum({_STEP}, 0)')} -> "
            f"{_WEIGHT.format(f'np.maximum({_STEP}, -1)')}",
            reason=_MASKED,
        ),
        EquivalentMutant(
            edit="return weight / np.where(total > 0, total, 1.0) -> return weight / "
            "np.where(total > 0, total, 2.0)",
            reason="Where the total is 0 the weights are 0, whatever they are divided by.",
        ),
    ),
)

# --- 1.3 Gini -------------------------------------------------------------------------------------


def _gini_probes(rng):
    yield Probe((np.array([1.0, 1.0, 1.0, 1.0]),), label="all alike")
    yield Probe((np.array([9.0, 0.0, 0.0]),), label="one takes all, largest first")
    yield Probe((np.array([5, 1, 3, 1]),), label="integers with a tie, unsorted")
    yield Probe((np.array([7.0]),), label="one product")
    for n in (2, 10, 57):
        yield Probe((rng.permutation(rng.integers(1, 100, n)),), label="random counts")


def _gini_unsorted(clicks):
    n = len(clicks)
    return float((2 * np.arange(1, n + 1) - n - 1) @ clicks / (n * clicks.sum()))


def _gini_descending(clicks):
    return _gini_unsorted(np.sort(clicks)[::-1])


def _gini_from_zero(clicks):
    n = len(clicks)
    return float((2 * np.arange(n) - n - 1) @ np.sort(clicks) / (n * clicks.sum()))


def _gini_without_n(clicks):
    n = len(clicks)
    return float((2 * np.arange(1, n + 1) - n - 1) @ np.sort(clicks) / clicks.sum())


_GINI = Exercise(
    id="1.3",
    title="The Gini coefficient",
    minutes=5,
    reference=gini,
    probes=_gini_probes,
    hints=(
        "The formula wants the counts in ascending order, and its i runs from 1 to n.",
        "`np.sort(clicks)` is ascending; `np.arange(1, n + 1)` are the i.",
        "`(2 * np.arange(1, n + 1) - n - 1) @ ordered / (n * ordered.sum())`",
    ),
    misconceptions=(
        Misconception(
            name="not sorted",
            wrong=_gini_unsorted,
            says="You use the counts in the order in which they come. The formula needs them "
            "sorted, the smallest first.",
        ),
        Misconception(
            name="sorted the wrong way",
            wrong=_gini_descending,
            says="You sorted with the largest first, so the sign is turned. Ascending, please.",
        ),
        Misconception(
            name="i from 0",
            wrong=_gini_from_zero,
            says="Your i starts at 0. In the formula it runs from 1 to n, so even equal counts "
            "don't give 0 now.",
        ),
        Misconception(
            name="forgets n below the line",
            wrong=_gini_without_n,
            says="Below the line stands n times the sum. Without n the result leaves the range "
            "from 0 to 1.",
        ),
    ),
)

# --- 1.4 Sessions ---------------------------------------------------------------------------------


def _session_probes(rng):
    yield Probe((np.array([1, 1, 1]), np.array([0, 10, 5000])), label="one user, one long silence")
    yield Probe((np.array([1, 2]), np.array([100, 110])), label="two users close in time")
    yield Probe((np.array([1, 2]), np.array([5000, 10])), label="the second user came earlier")
    yield Probe(
        (np.array([4, 4, 4]), np.array([0, 1800, 3601])), label="a silence of exactly the gap"
    )
    yield Probe((np.array([7]), np.array([12])), label="one event")
    for _ in range(4):
        user = np.sort(rng.integers(0, 5, 30))
        time = np.concatenate(
            [
                np.sort(rng.integers(0, 20_000, size))
                for size in np.unique(user, return_counts=True)[1]
            ]
        )
        yield Probe((user, time, int(rng.integers(100, 3000))), label="random")


def _forgets_the_user(user, timestamp, gap=1800):
    begins = np.ones(len(user), dtype=bool)
    begins[1:] = np.diff(timestamp) > gap
    return begins


def _forgets_the_first(user, timestamp, gap=1800):
    begins = np.zeros(len(user), dtype=bool)
    begins[1:] = (user[1:] != user[:-1]) | (np.diff(timestamp) > gap)
    return begins


def _at_the_gap_already(user, timestamp, gap=1800):
    begins = np.ones(len(user), dtype=bool)
    begins[1:] = (user[1:] != user[:-1]) | (np.diff(timestamp) >= gap)
    return begins


def _marks_the_end(user, timestamp, gap=1800):
    ends = np.ones(len(user), dtype=bool)
    ends[:-1] = (user[1:] != user[:-1]) | (np.diff(timestamp) > gap)
    return ends


def _needs_both(user, timestamp, gap=1800):
    begins = np.ones(len(user), dtype=bool)
    begins[1:] = (user[1:] != user[:-1]) & (np.diff(timestamp) > gap)
    return begins


_SESSIONS = Exercise(
    id="1.4",
    title="Where does a session begin?",
    minutes=7,
    reference=starts_session,
    probes=_session_probes,
    hints=(
        "Compare each event with the one before it. The very first has none: it always begins a "
        "session.",
        "`user[1:] != user[:-1]` and `np.diff(timestamp) > gap` are both one shorter than the log.",
        "Start from `np.ones(len(user), dtype=bool)` and set `begins[1:]` to one condition or the "
        "other.",
    ),
    misconceptions=(
        Misconception(
            name="forgets the user",
            wrong=_forgets_the_user,
            says="Two users who click within the gap share a session in your answer. A new user "
            "always begins one.",
        ),
        Misconception(
            name="forgets the first event",
            wrong=_forgets_the_first,
            says="The first event of the log has nothing before it, but it does begin a session.",
        ),
        Misconception(
            name="at the gap already",
            wrong=_at_the_gap_already,
            says="You cut at a silence of exactly `gap` seconds. The task says *more than*: use > "
            "rather than >=.",
        ),
        Misconception(
            name="marks the end",
            wrong=_marks_the_end,
            says="You mark the last event of each session. Wanted is the first: shift the "
            "condition by one.",
        ),
        Misconception(
            name="wants both",
            wrong=_needs_both,
            says="You ask for a new user *and* a silence. Either of them begins a session.",
        ),
    ),
)

# --- 1.5 Rules ------------------------------------------------------------------------------------


def _rule_probes(rng):
    follow = np.tile([1, 2], 8)
    yield Probe(
        (np.zeros(16, dtype=int), follow),
        {"support": 5, "confidence": 0.1},
        label="1, 2, 1, 2, ...: each follows the other",
    )
    yield Probe(
        (np.repeat(np.arange(8), 2), follow),
        {"support": 5, "confidence": 0.1},
        label="eight users who click 1, then 2",
    )
    yield Probe(
        (np.repeat(np.arange(6), 2), np.tile([1, 2], 6)),
        {"support": 6, "confidence": 0.0},
        label="exactly `support` cases",
    )
    yield Probe(
        (np.repeat(np.arange(10), 2), np.tile([1, 2, 1, 3], 5)),
        {"support": 2, "confidence": 0.5},
        label="exactly the confidence",
    )
    yield Probe(
        (np.zeros(9, dtype=int), np.full(9, 4)),
        {"support": 5, "confidence": 0.1},
        label="an item that follows itself",
    )
    yield Probe((np.array([0]), np.array([3])), label="one event")
    for _ in range(4):
        user = np.sort(rng.integers(0, 12, 300))
        item = (rng.geometric(0.35, 300)).clip(max=9)
        thresholds = {
            "support": int(rng.integers(1, 6)),
            "confidence": float(rng.uniform(0.05, 0.4)),
        }
        yield Probe((user, item), thresholds, label="random")


def _count_pairs(first, second, support, confidence, total_of):
    cases, of = {}, {}
    for i, j in zip(first.tolist(), second.tolist(), strict=True):
        cases[i, j] = cases.get((i, j), 0) + 1
        of[i] = of.get(i, 0) + 1
    of = total_of(of) if total_of else of
    return sum(count > support and count > confidence * of[i] for (i, _), count in cases.items())


def _across_users(user, item, support=5, confidence=0.1):
    return _count_pairs(item[:-1], item[1:], support, confidence, None)


def _confidence_of_all(user, item, support=5, confidence=0.1):
    same = user[1:] == user[:-1]
    return _count_pairs(
        item[:-1][same],
        item[1:][same],
        support,
        confidence,
        lambda of: dict.fromkeys(of, sum(of.values())),
    )


def _at_least(user, item, support=5, confidence=0.1):
    same = user[1:] == user[:-1]
    return _count_pairs(item[:-1][same], item[1:][same], support - 1, confidence - 1e-9, None)


def _support_alone(user, item, support=5, confidence=0.1):
    same = user[1:] == user[:-1]
    return _count_pairs(item[:-1][same], item[1:][same], support, 0.0, None)


def _not_itself(user, item, support=5, confidence=0.1):
    same = (user[1:] == user[:-1]) & (item[1:] != item[:-1])
    return _count_pairs(item[:-1][same], item[1:][same], support, confidence, None)


def _all_clicks_of_i(user, item, support=5, confidence=0.1):
    same = user[1:] == user[:-1]
    clicks = dict(
        zip(*(part.tolist() for part in np.unique(item, return_counts=True)), strict=True)
    )
    return _count_pairs(item[:-1][same], item[1:][same], support, confidence, lambda of: clicks)


_N_ITEMS = "n_items = int(item.max(initial=0)) + 1"
_ONLY_A_BASE = "It numbers the pairs i * n_items + j: any number above the largest item will do."

_RULES = Exercise(
    id="1.5",
    title="Count the rules",
    minutes=8,
    reference=count_rules,
    probes=_rule_probes,
    hints=(
        "First the pairs: `item[:-1]` and `item[1:]`, but only where both belong to the same user.",
        "Count each pair (a DataFrame's `groupby([...]).size()` does it), and how often each i "
        "starts a pair.",
        'With `cases = pairs.groupby(["i", "j"]).size()`: `cases.groupby("i").transform("sum")` is '
        "what each case is a "
        "share of.",
    ),
    misconceptions=(
        Misconception(
            name="across users",
            wrong=_across_users,
            says="You also pair one user's last click with the next user's first. A rule lives "
            "within one user.",
        ),
        Misconception(
            name="confidence of all pairs",
            wrong=_confidence_of_all,
            says="You take the confidence as a share of *all* pairs. It is a share of the cases in "
            "which something follows i.",
        ),
        Misconception(
            name="at least",
            wrong=_at_least,
            says="You keep pairs that just reach a threshold. Both ask for *more than*.",
        ),
        Misconception(
            name="support alone",
            wrong=_support_alone,
            says="You test the support only. A pair can be frequent just because both items are: "
            "test the confidence too.",
        ),
        Misconception(
            name="drops repeats",
            wrong=_not_itself,
            says="You leave out items that follow themselves. Here they count: a repeat is a rule "
            "as well.",
        ),
        Misconception(
            name="all clicks of i",
            wrong=_all_clicks_of_i,
            says="You divide by all clicks on i, also by those that nothing follows. A user's last "
            "click is no case.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit=f"{_N_ITEMS} -> n_items = int(item.max(initial=1)) + 1", reason=_ONLY_A_BASE
        ),
        EquivalentMutant(
            edit=f"{_N_ITEMS} -> n_items = int(item.max(initial=-1)) + 1", reason=_ONLY_A_BASE
        ),
        EquivalentMutant(
            edit=f"{_N_ITEMS} -> n_items = int(item.max(initial=0)) + 2", reason=_ONLY_A_BASE
        ),
    ),
)

EXERCISES = (_BOUND, _STEPS, _GINI, _SESSIONS, _RULES)

QUIZZES = (
    Quiz(
        id="1.1",
        question="Why do the MLP and LinUCB give Anna the same products after the feeding station "
        "and after hygiene?",
        choices=(
            Choice(
                "They were trained for too short a time.",
                why="They have almost reached the best log-loss there is. Training longer changes "
                "nothing about what they are given to look at.",
            ),
            Choice(
                "Their input is the user and the product. The session is in neither.",
                right=True,
                why="Same input, same output. What happened a minute ago reaches neither model, "
                "neither in training nor when asked.",
            ),
            Choice(
                "The log had too few exposures of grooming brushes.",
                why="A million exposures, thousands of each product. More rows of a table without "
                "order hold no order.",
            ),
            Choice(
                "Bandits explore too little.",
                why="Exploration finds out how good each product is for a user. It still finds "
                "*one* answer per user.",
            ),
        ),
    ),
    Quiz(
        id="1.2",
        question="A shuffle test on your own log says: 2 % of the rules lost, 1 % of the NDCG@10 "
        "lost. What follows?",
        choices=(
            Choice(
                "A sequence model will beat everything on this log.",
                why="There is next to nothing in the order for it to find.",
            ),
            Choice(
                "The log is worthless for recommendation.",
                why="Rules and tastes may be strong; they just don't depend on order. A memoryless "
                "model can use them.",
            ),
            Choice(
                "Order carries little; look at what a memoryless model reaches before you build a "
                "sequence model.",
                right=True,
                why="That is what the test is for. Also check that the log's order is real: a log "
                "sorted by user and item has lost its order before you got it.",
            ),
            Choice(
                "The shuffle was not random enough.",
                why="A uniform shuffle per user is as random as it gets; several shuffles agree "
                "closely.",
            ),
        ),
    ),
)
