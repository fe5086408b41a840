"""Answer key of chapter 01."""

import numpy as np

from course.coach import Choice, EquivalentMutant, Exercise, GuessNumber, Misconception, Probe, Quiz
from seqrec.baselines.linucb import upper_confidence_bound
from zooplus_sim.logs.realism import click_gini, starts_session
from zooplus_sim.logs.shuffling import count_rules
from zooplus_sim.world.tables import step_probabilities

# --- 1.1 The upper confidence bound ---------------------------------------------------------------


def _bound_probes(rng):
    yield Probe(
        (np.array([1.0, 0.0]), np.eye(2), np.zeros(2), 1.0), label="an arm that was never shown"
    )
    for D in (2, 3, 5):
        yield Probe((*_question(rng, D), 0.0), label="alpha = 0: no bonus", edge=True)
    for D in (2, 3, 4, 5, 6):
        alpha = float(rng.uniform(0.3, 2.5))
        yield Probe((*_question(rng, D), alpha), label=f"random, D = {D}")
    for D in (3, 4):
        context, A, b = _question(rng, D)
        alpha = 0.4 * _mean_of(context, A, b) / _width_of(context, A)
        yield Probe((-context, A, b, float(alpha)), label="a score below 0")
    yield Probe((*_question(rng, 1), float(rng.uniform(1.5, 2))), label="random, D = 1", edge=True)


def _question(rng, D):
    """A context whose expected click is above 0, and A and b after some exposures.

    The ridge is not 1, and the directions are not alike.
    """
    contexts = rng.normal(size=(9, D))
    clicked = rng.integers(0, 2, 9)
    clicked[0] = 1
    A = float(rng.uniform(0.3, 3)) * np.eye(D) + contexts.T @ contexts
    b = contexts.T @ clicked
    context = rng.normal(size=D)
    return context * np.sign(_mean_of(context, A, b)), A, b


def _mean_of(context, A, b):
    return context @ np.linalg.solve(A, b)


def _width_of(context, A):
    return np.sqrt(context @ np.linalg.solve(A, context))


def _b_as_theta(context, A, b, alpha):
    return float(context @ b + alpha * _width_of(context, A))


def _a_times_b_as_theta(context, A, b, alpha):
    return float(context @ (A @ b) + alpha * _width_of(context, A))


def _theta_divided_twice(context, A, b, alpha):
    theta = np.linalg.solve(A, np.linalg.solve(A, b))
    return float(context @ theta + alpha * _width_of(context, A))


def _theta_alone(context, A, b, alpha):
    return float(np.linalg.solve(A, b).sum() + alpha * _width_of(context, A))


def _entries_inverted(context, A, b, alpha):
    with np.errstate(all="ignore"):
        inverse = 1 / A
        return float(context @ inverse @ b + alpha * np.sqrt(context @ inverse @ context))


def _without_the_root(context, A, b, alpha):
    return float(_mean_of(context, A, b) + alpha * (context @ np.linalg.solve(A, context)))


def _without_the_inverse(context, A, b, alpha):
    return float(_mean_of(context, A, b) + alpha * np.sqrt(context @ A @ context))


def _no_inverse_anywhere(context, A, b, alpha):
    return float(context @ (A @ b) + alpha * np.sqrt(context @ A @ context))


def _no_inverse_no_root(context, A, b, alpha):
    return float(_mean_of(context, A, b) + alpha * (context @ A @ context))


def _one_over_the_form(context, A, b, alpha):
    return float(_mean_of(context, A, b) + alpha / np.sqrt(context @ A @ context))


def _bonus_subtracted(context, A, b, alpha):
    return float(_mean_of(context, A, b) - alpha * _width_of(context, A))


def _no_bonus(context, A, b, alpha):
    return float(_mean_of(context, A, b))


def _only_the_bonus(context, A, b, alpha):
    return float(alpha * _width_of(context, A))


def _alpha_of_one(context, A, b, alpha):
    return float(_mean_of(context, A, b) + _width_of(context, A))


def _alpha_under_the_root(context, A, b, alpha):
    return float(_mean_of(context, A, b) + np.sqrt(alpha) * _width_of(context, A))


def _alpha_squared(context, A, b, alpha):
    return float(_mean_of(context, A, b) + alpha**2 * _width_of(context, A))


def _alpha_times_everything(context, A, b, alpha):
    return float(alpha * (_mean_of(context, A, b) + _width_of(context, A)))


def _alpha_times_the_mean(context, A, b, alpha):
    return float(alpha * _mean_of(context, A, b) + _width_of(context, A))


def _alpha_added(context, A, b, alpha):
    return float(_mean_of(context, A, b) + alpha + _width_of(context, A))


def _alpha_divides(context, A, b, alpha):
    with np.errstate(all="ignore"):
        return float(_mean_of(context, A, b) + _width_of(context, A) / np.float64(alpha))


def _one_root_over_all(context, A, b, alpha):
    with np.errstate(all="ignore"):
        variance = context @ np.linalg.solve(A, context)
        return float(np.sqrt(_mean_of(context, A, b) + alpha * variance))


def _alpha_times_one_root(context, A, b, alpha):
    with np.errstate(all="ignore"):
        variance = context @ np.linalg.solve(A, context)
        return float(alpha * np.sqrt(_mean_of(context, A, b) + variance))


def _root_over_all_again(context, A, b, alpha):
    with np.errstate(all="ignore"):
        return float(np.sqrt(_mean_of(context, A, b) + alpha * _width_of(context, A)))


def _multiplied_with_the_bonus(context, A, b, alpha):
    return float(_mean_of(context, A, b) * alpha * _width_of(context, A))


def _only_the_diagonal(context, A, b, alpha):
    diagonal = np.diag(A)
    width = np.sqrt((context**2 / diagonal).sum())
    return float(context @ (b / diagonal) + alpha * width)


def _the_diagonal_in_the_bonus(context, A, b, alpha):
    width = np.sqrt((context**2 / np.diag(A)).sum())
    return float(_mean_of(context, A, b) + alpha * width)


def _identity_once_more(context, A, b, alpha):
    A = A + np.eye(len(A))
    return float(_mean_of(context, A, b) + alpha * _width_of(context, A))


def _length_of_x(context, A, b, alpha):
    return float(_mean_of(context, A, b) + alpha * np.linalg.norm(context))


def _trace_as_the_width(context, A, b, alpha):
    return float(_mean_of(context, A, b) + alpha * np.sqrt(np.trace(np.linalg.inv(A))))


def _width_of_theta(context, A, b, alpha):
    theta = np.linalg.solve(A, b)
    return float(context @ theta + alpha * np.sqrt(theta @ np.linalg.solve(A, theta)))


def _width_between_x_and_theta(context, A, b, alpha):
    theta = np.linalg.solve(A, b)
    with np.errstate(all="ignore"):
        return float(context @ theta + alpha * np.sqrt(context @ np.linalg.solve(A, theta)))


def _width_with_b(context, A, b, alpha):
    mean = _mean_of(context, A, b)
    with np.errstate(all="ignore"):
        return float(mean + alpha * np.sqrt(mean))


def _width_divided_twice(context, A, b, alpha):
    twice = np.linalg.solve(A, np.linalg.solve(A, context))
    return float(_mean_of(context, A, b) + alpha * np.sqrt(context @ twice))


def _width_without_the_second_x(context, A, b, alpha):
    with np.errstate(all="ignore"):
        width = np.sqrt(np.linalg.solve(A, context).sum())
    return float(_mean_of(context, A, b) + alpha * width)


def _root_of_each_entry(context, A, b, alpha):
    with np.errstate(all="ignore"):
        width = np.sqrt(np.linalg.solve(A, context)) @ context
    return float(_mean_of(context, A, b) + alpha * width)


def _root_of_the_matrix(context, A, b, alpha):
    with np.errstate(all="ignore"):
        root = np.sqrt(np.linalg.inv(A))
    return float(_mean_of(context, A, b) + alpha * (context @ root @ context))


def _entries_inverted_in_the_bonus(context, A, b, alpha):
    with np.errstate(all="ignore"):
        width = np.sqrt(context @ (1 / A) @ context)
    return float(_mean_of(context, A, b) + alpha * width)


def _width_of_b(context, A, b, alpha):
    return float(_mean_of(context, A, b) + alpha * np.sqrt(b @ np.linalg.solve(A, b)))


def _score_at_least_zero(context, A, b, alpha):
    return max(0.0, upper_confidence_bound(context, A, b, alpha))


def _score_between_zero_and_one(context, A, b, alpha):
    return min(1.0, max(0.0, upper_confidence_bound(context, A, b, alpha)))


def _sigmoid_of_the_score(context, A, b, alpha):
    return float(1 / (1 + np.exp(-upper_confidence_bound(context, A, b, alpha))))


def _inverse_of_the_roots(context, A, b, alpha):
    with np.errstate(all="ignore"):
        width = context @ np.linalg.inv(np.sqrt(A)) @ context
    return float(_mean_of(context, A, b) + alpha * width)


def _variance_less_the_mean(context, A, b, alpha):
    mean = _mean_of(context, A, b)
    with np.errstate(all="ignore"):
        width = np.sqrt(context @ np.linalg.solve(A, context) - mean**2)
    return float(mean + alpha * width)


def _b_alone_no_root(context, A, b, alpha):
    return float(context @ b + alpha * (context @ np.linalg.solve(A, context)))


def _absolute_mean(context, A, b, alpha):
    return float(abs(_mean_of(context, A, b)) + alpha * _width_of(context, A))


def _not_summed(context, A, b, alpha):
    return context * np.linalg.solve(A, b) + alpha * _width_of(context, A)


def _at_least_zero(context, A, b, alpha):
    return float(max(0.0, _mean_of(context, A, b)) + alpha * _width_of(context, A))


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
    built="You have built the rule by which LinUCB ranks: the expected click rate plus a bonus "
    "for what was rarely shown. The bandit that you trained above scores every product like this.",
    ours="Ours solves two systems with `np.linalg.solve` and never forms the inverse: less "
    "work, less rounding.",
    misconceptions=(
        Misconception(
            name="b instead of theta",
            wrong=_b_as_theta,
            says="You took b for theta. b only sums up rewarded contexts; theta = A^-1 b divides "
            "by how often each direction was shown: solve A theta = b.",
        ),
        Misconception(
            name="A b as theta",
            wrong=_a_times_b_as_theta,
            says="Your theta is A times b. It needs the inverse of A: theta = A^-1 b, "
            "`np.linalg.solve(A, b)`.",
        ),
        Misconception(
            name="theta divided twice",
            wrong=_theta_divided_twice,
            says="You apply the inverse of A twice in the expected click: theta = A^-1 b needs it "
            "once.",
        ),
        Misconception(
            name="theta without the context",
            wrong=_theta_alone,
            says="Your expected click does not use the context: you add up the entries of theta. "
            "It is the dot product x^T theta.",
        ),
        Misconception(
            name="inverts each entry",
            wrong=_entries_inverted,
            says="You invert A entry by entry (1 / A or `A**-1`), which is not the inverse of a "
            "matrix. Use `np.linalg.solve` or `np.linalg.inv`.",
        ),
        Misconception(
            name="forgets the root",
            wrong=_without_the_root,
            says="Your bonus is the variance, the square root is missing. The bound wants a "
            "standard deviation: `np.sqrt` of x^T A^-1 x.",
        ),
        Misconception(
            name="A instead of its inverse",
            wrong=_without_the_inverse,
            says="Your bonus uses A instead of its inverse, so it grows with every exposure, "
            "because A does. Uncertainty must shrink: use A^-1 under the root.",
        ),
        Misconception(
            name="no inverse anywhere",
            wrong=_no_inverse_anywhere,
            says="You multiply with A in both terms, in theta and in the bonus. The formula has "
            "the inverse of A in both: `np.linalg.solve(A, ...)`.",
        ),
        Misconception(
            name="neither inverse nor root",
            wrong=_no_inverse_no_root,
            says="Two things are missing in the bonus: the inverse of A, and the square root over "
            "x^T A^-1 x.",
        ),
        Misconception(
            name="one over the form",
            wrong=_one_over_the_form,
            says="You compute x^T A x and invert that number. Invert the matrix instead: x^T A^-1 "
            "x is not 1 / (x^T A x).",
        ),
        Misconception(
            name="subtracts the bonus",
            wrong=_bonus_subtracted,
            says="You subtract the bonus (a minus sign), which is a *lower* confidence bound: "
            "what is unknown would never be tried. Add it.",
        ),
        Misconception(
            name="no bonus",
            wrong=_no_bonus,
            says="This is the expected click alone, the mean; alpha is not used. Without the "
            "bonus, alpha times the width (uncertainty), there is no exploration.",
        ),
        Misconception(
            name="only the bonus",
            wrong=_only_the_bonus,
            says="This is the bonus alone, pure exploration. The expected click x^T theta (the "
            "mean), which comes from b, is missing: add it.",
        ),
        Misconception(
            name="alpha not used",
            wrong=_alpha_of_one,
            says="You never use alpha: your bonus has always the weight 1. Multiply the width by "
            "alpha.",
        ),
        Misconception(
            name="alpha under the root",
            wrong=_alpha_under_the_root,
            says="Your alpha stands under the square root, so its root is taken too. Multiply by "
            "alpha outside, after the root.",
        ),
        Misconception(
            name="alpha squared",
            wrong=_alpha_squared,
            says="Your alpha is squared. It is a plain factor of the width: multiply by it once.",
        ),
        Misconception(
            name="alpha times everything",
            wrong=_alpha_times_everything,
            says="Your alpha multiplies the whole score, the expected click as well. It is the "
            "weight of the bonus alone: mind the brackets.",
        ),
        Misconception(
            name="alpha times the mean",
            wrong=_alpha_times_the_mean,
            says="You multiply the wrong term by alpha: it weighs your expected click (the mean) "
            "and not the bonus. Move it to the width.",
        ),
        Misconception(
            name="alpha added",
            wrong=_alpha_added,
            says="You add alpha to the score. It is a weight, a factor: multiply the width by it.",
        ),
        Misconception(
            name="alpha divides",
            wrong=_alpha_divides,
            says="You divide the width by alpha, so a larger alpha explores less. Multiply by it.",
        ),
        Misconception(
            name="one root over all",
            wrong=_one_root_over_all,
            says="Your square root covers the whole score, the expected click too. Only x^T A^-1 "
            "x, the variance, stands under the root.",
        ),
        Misconception(
            name="alpha times one root",
            wrong=_alpha_times_one_root,
            says="Your square root spans both terms, expected click and variance, before alpha. "
            "The root belongs to x^T A^-1 x alone; the expected click stands outside.",
        ),
        Misconception(
            name="a second root over all",
            wrong=_root_over_all_again,
            says="You take one more square root, over the whole score. Only the variance has a "
            "root; the expected click is added outside, as it is.",
        ),
        Misconception(
            name="terms multiplied",
            wrong=_multiplied_with_the_bonus,
            says="You multiply the expected click with the bonus. The score is their sum: add "
            "them.",
        ),
        Misconception(
            name="only the diagonal",
            wrong=_only_the_diagonal,
            says="You use only the diagonal of A, as if the features were independent (not "
            "correlated). Use the whole matrix: `np.linalg.solve(A, ...)`, off-diagonal entries "
            "included.",
        ),
        Misconception(
            name="the diagonal in the bonus",
            wrong=_the_diagonal_in_the_bonus,
            says="Your bonus uses only the diagonal of A and ignores the off-diagonal entries. "
            "x^T A^-1 x takes the inverse of the full matrix.",
        ),
        Misconception(
            name="the identity once more",
            wrong=_identity_once_more,
            says="You add the identity (the ridge, a regularisation) to A once more. A comes with "
            "it already: use A as it is given.",
        ),
        Misconception(
            name="the length of x",
            wrong=_length_of_x,
            says="Your bonus is alpha times the length (norm) of x, whatever was shown so far: A "
            "is not used in it. The uncertainty is the root of x^T A^-1 x.",
        ),
        Misconception(
            name="the trace as the width",
            wrong=_trace_as_the_width,
            says="Your bonus is the same for every context: it uses the trace of A^-1 and not x. "
            "The width in the direction of x is the root of x^T A^-1 x.",
        ),
        Misconception(
            name="the width of theta",
            wrong=_width_of_theta,
            says="You put theta in place of x in the bonus. The uncertainty is that of the "
            "context: the root of x^T A^-1 x.",
        ),
        Misconception(
            name="x and theta in the bonus",
            wrong=_width_between_x_and_theta,
            says="In the bonus x stands on one side and theta on the other, and what is under the "
            "root can be negative. It is x on both sides: x^T A^-1 x.",
        ),
        Misconception(
            name="b in the bonus",
            wrong=_width_with_b,
            says="Your bonus is the root of the expected click, because b stands under it. The "
            "uncertainty does not depend on rewards: put x in place of b, x^T A^-1 x.",
        ),
        Misconception(
            name="inverse twice in the bonus",
            wrong=_width_divided_twice,
            says="You apply the inverse of A twice in the bonus (its square). The form x^T A^-1 x "
            "has it once.",
        ),
        Misconception(
            name="x only once in the bonus",
            wrong=_width_without_the_second_x,
            says="Under your root x stands only once: you add up the entries of A^-1 x. Take the "
            "dot product with x again: x^T A^-1 x.",
        ),
        Misconception(
            name="the root of each entry",
            wrong=_root_of_each_entry,
            says="You take the square root of each entry and sum afterwards. First the form x^T "
            "A^-1 x, one number, then its root.",
        ),
        Misconception(
            name="the root of the matrix",
            wrong=_root_of_the_matrix,
            says="You take the square root of each entry of A^-1, before multiplying by x. First "
            "the form x^T A^-1 x, one number, then its root.",
        ),
        Misconception(
            name="inverts each entry in the bonus",
            wrong=_entries_inverted_in_the_bonus,
            says="In the bonus you invert A entry by entry (1 / A), which is not the inverse of a "
            "matrix. Use `np.linalg.solve(A, context)`.",
        ),
        Misconception(
            name="the width of b",
            wrong=_width_of_b,
            says="You put b in place of the context in the bonus, so it is the same for every x. "
            "The uncertainty is that of the context: the root of x^T A^-1 x.",
        ),
        Misconception(
            name="not summed",
            wrong=_not_summed,
            says="You multiply x and theta entry by entry and don't sum, so the result is an "
            "array. The dot product `context @ theta` gives one number.",
        ),
        Misconception(
            name="score at least 0",
            wrong=_score_at_least_zero,
            says="You clip the score at 0. It may be negative: return it as it is.",
        ),
        Misconception(
            name="score between 0 and 1",
            wrong=_score_between_zero_and_one,
            says="You clip the score to the range from 0 to 1, like a probability. An upper bound "
            "may lie outside: return it as it is.",
        ),
        Misconception(
            name="a sigmoid",
            wrong=_sigmoid_of_the_score,
            says="You put the score through a sigmoid. LinUCB is linear: return the sum itself.",
        ),
        Misconception(
            name="inverse of the roots",
            wrong=_inverse_of_the_roots,
            says="You take the square root of A's entries before you invert it. First the form "
            "x^T A^-1 x, one number, then its root.",
        ),
        Misconception(
            name="variance less the mean squared",
            wrong=_variance_less_the_mean,
            says="You subtract the squared mean under the root. x^T A^-1 x is the variance "
            "already.",
        ),
        Misconception(
            name="b as theta, and no root",
            wrong=_b_alone_no_root,
            says="Two things are missing: theta is A^-1 b and not b itself, and the bonus wants "
            "the square root of x^T A^-1 x.",
        ),
        Misconception(
            name="absolute value",
            wrong=_absolute_mean,
            says="You take the absolute value of the expected click. A linear model may go below "
            "0: keep the sign.",
        ),
        Misconception(
            name="cut off at 0",
            wrong=_at_least_zero,
            says="You clip the expected click at 0. A linear model may go below: leave it as it "
            "is, negative or not.",
        ),
    ),
)

# --- 1.2 Plackett-Luce ----------------------------------------------------------------------------


def _step_probes(rng):
    yield Probe((np.array([True, True, True]), 1.0), label="nothing visited yet")
    yield Probe((np.array([False, True, False, True]), 0.7), label="two steps left")
    yield Probe((np.array([False, False, False]), 1.0), label="nothing left")
    yield Probe((np.array([True, False, True, True]), 0.0), label="order 0: a bag", edge=True)
    yield Probe((_some_left(rng, 2, 3, 5), 1.3), label="many at once")
    for rows in (4, 3, 5):
        yield Probe((_some_left(rng, rows, 6), float(rng.uniform(0.2, 2))), label="random")
    for _ in range(4):
        left = rng.random(7) < 0.6
        left[[0, 3, 5]] = False, True, True
        yield Probe((left, float(rng.uniform(0.2, 1.5))), label="one random mission")
    yield Probe((_some_left(rng, 5, 5), 0.9), label="as many rows as steps", edge=True)
    for _ in range(2):
        left = _some_left(rng, 4, 5)
        left[rng.integers(4)] = False
        yield Probe((left, float(rng.uniform(0.2, 2))), label="random, nothing left in one row")


def _some_left(rng, *shape):
    """Random masks, in each row at least the last step is left and one of the others is not."""
    left = rng.random(shape) < 0.6
    left[..., -1] = True
    left[..., rng.integers(shape[-1] - 1)] = False
    return left


def _shares(weight):
    total = weight.sum(-1, keepdims=True)
    return weight / np.where(total > 0, total, 1.0)


def _visited_steps_keep_weight(left, order):
    weight = np.exp(-order * np.arange(left.shape[-1])) * np.ones(left.shape)
    return weight / weight.sum(-1, keepdims=True)


def _visited_instead_of_left(left, order):
    return _shares(~left * np.exp(-order * np.arange(left.shape[-1])))


def _masked_inside_the_exponent(left, order):
    return _shares(np.exp(-order * np.arange(left.shape[-1]) * left))


def _normalised_before_masking(left, order):
    weight = np.exp(-order * np.arange(left.shape[-1]))
    return left * (weight / weight.sum())


def _never_normalised(left, order):
    return left * np.exp(-order * np.arange(left.shape[-1]))


def _divided_by_the_largest(left, order):
    weight = left * np.exp(-order * np.arange(left.shape[-1]))
    top = weight.max(-1, keepdims=True)
    return weight / np.where(top > 0, top, 1.0)


def _divided_by_how_many(left, order):
    weight = left * np.exp(-order * np.arange(left.shape[-1]))
    return weight / np.maximum(left.sum(-1, keepdims=True), 1)


def _all_alike(left, order):
    return _shares(left * 1.0)


def _first_for_sure(left, order):
    first = np.arange(left.shape[-1]) == left.argmax(-1)[..., None]
    return (left & first) * 1.0


def _later_steps_first(left, order):
    return _shares(left * np.exp(order * np.arange(left.shape[-1])))


def _without_exp(left, order):
    return _shares(left * order * np.arange(left.shape[-1]))


def _exp_of_order_alone(left, order):
    return _shares(left * np.arange(left.shape[-1]) * np.exp(-order))


def _base_two(left, order):
    return _shares(left * 2.0 ** (-order * np.arange(left.shape[-1])))


def _base_ten(left, order):
    return _shares(left * 10.0 ** (-order * np.arange(left.shape[-1])))


def _order_divides(left, order):
    order = np.float64(order)
    with np.errstate(all="ignore"):
        return _shares(left * np.exp(-np.arange(left.shape[-1]) / order))


def _order_of_one(left, order):
    return _shares(left * np.exp(-np.arange(left.shape[-1])))


def _order_to_the_power(left, order):
    return _shares(left * np.exp(-(np.arange(left.shape[-1]) ** np.float64(order))))


def _power_law(left, order):
    return _shares(left * (1.0 + np.arange(left.shape[-1])) ** -order)


def _hyperbola(left, order):
    return _shares(left / (1.0 + order * np.arange(left.shape[-1])))


def _straight_down(left, order):
    steps = left.shape[-1]
    return _shares(left * np.maximum(steps - order * np.arange(steps), 0.0))


def _falls_by_one(left, order):
    steps = left.shape[-1]
    return _shares(left * (steps - np.arange(steps)))


def _order_squared(left, order):
    return _shares(left * np.exp(-(order**2) * np.arange(left.shape[-1])))


def _weights_of_those_left_only(left, order):
    weight = np.exp(-order * np.flatnonzero(left))
    return weight / weight.sum()


def _distance_to_the_last_visited(left, order):
    steps = np.arange(left.shape[-1])
    last = np.where(left, -1, steps).max(-1, keepdims=True)
    return _shares(left * np.exp(-order * np.abs(steps - last)))


def _no_way_back(left, order):
    steps = np.arange(left.shape[-1])
    last = np.where(left, -1, steps).max(-1, keepdims=True)
    return _shares(left * (steps > last) * np.exp(-order * steps))


def _nothing_left_starts_at_the_first(left, order):
    result = step_probabilities(left, order)
    result[..., 0] += 1.0 - result.sum(-1)
    return result


def _squared_steps(left, order):
    return _shares(left * np.exp(-order * np.arange(left.shape[-1]) ** 2))


def _nothing_left_is_nan(left, order):
    weight = left * np.exp(-order * np.arange(left.shape[-1]))
    with np.errstate(invalid="ignore"):
        return weight / weight.sum(-1, keepdims=True)


def _nothing_left_is_uniform(left, order):
    weight = left * np.exp(-order * np.arange(left.shape[-1]))
    weight[weight.sum(-1) == 0] = 1.0
    return weight / weight.sum(-1, keepdims=True)


def _nothing_left_starts_anew(left, order):
    every = np.exp(-order * np.arange(left.shape[-1]))
    weight = np.where(left.any(-1, keepdims=True), left * every, every)
    return weight / weight.sum(-1, keepdims=True)


def _counts_places_among_the_rest(left, order):
    place = np.cumsum(left, axis=-1) - 1
    return _shares(left * np.exp(-order * place))


def _one_sum_for_all(left, order):
    weight = left * np.exp(-order * np.arange(left.shape[-1]))
    return weight / max(weight.sum(), 1e-12)


def _sum_over_the_first_axis(left, order):
    weight = left * np.exp(-order * np.arange(left.shape[-1]))
    total = weight.sum(0, keepdims=True)
    return weight / np.where(total > 0, total, 1.0)


def _sum_over_axis_one(left, order):
    weight = left * np.exp(-order * np.arange(left.shape[-1]))
    total = weight.sum(axis=1, keepdims=True)
    return weight / np.where(total > 0, total, 1.0)


def _without_keepdims(left, order):
    weight = left * np.exp(-order * np.arange(left.shape[-1]))
    total = weight.sum(-1)
    return weight / np.where(total > 0, total, 1.0)


def _steps_of_the_first_axis(left, order):
    return _shares(left * np.exp(-order * np.arange(len(left))))


def _steps_down_the_first_axis(left, order):
    steps = np.arange(len(left)).reshape(-1, *[1] * (left.ndim - 1))
    return _shares(left * np.exp(-order * steps))


def _log_probabilities(left, order):
    with np.errstate(divide="ignore"):
        return np.log(step_probabilities(left, order))


def _added_up(left, order):
    return np.cumsum(step_probabilities(left, order), axis=-1)


def _only_the_largest(left, order):
    return step_probabilities(left, order).argmax(-1)


def _single_precision(left, order):
    return step_probabilities(left, order).astype(np.float32)


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
    built="You have built the step of a mission that comes next: it is how the simulator moves "
    "its shoppers on. The next cell shows order 0, our shop and a strict order, one below "
    "the other.",
    ours="Ours counts from the first step left, so that nothing underflows, and divides by at "
    "least 1: where nothing is left, 0 stays 0.",
    misconceptions=(
        Misconception(
            name="visited steps keep their weight",
            wrong=_visited_steps_keep_weight,
            says="Steps that are done (visited) still get probability: `left` is not used to mask "
            "them. No step comes twice: multiply the weights by `left`.",
        ),
        Misconception(
            name="visited instead of left",
            wrong=_visited_instead_of_left,
            says="Your mask is inverted: the visited steps get the probability, and those that "
            "are left get none. `left` is True where a step is still possible.",
        ),
        Misconception(
            name="masks inside the exponent",
            wrong=_masked_inside_the_exponent,
            says="You mask the exponent: visited steps get exp(0) = 1, the highest weight, "
            "instead of 0. Multiply by `left` after `np.exp`, outside (or set the exponent to "
            "-inf).",
        ),
        Misconception(
            name="normalises before it masks",
            wrong=_normalised_before_masking,
            says="Your rows don't sum to 1 once a step is done: you divide (normalise) first and "
            "mask afterwards. Mask, then divide by the sum of what is left.",
        ),
        Misconception(
            name="never normalised",
            wrong=_never_normalised,
            says="These are the weights, not yet probabilities: they don't sum to 1. Normalise: "
            "divide by the sum of each row.",
        ),
        Misconception(
            name="divided by the largest",
            wrong=_divided_by_the_largest,
            says="You divide by the largest weight (the maximum), so a row does not sum to 1. "
            "Divide by the sum.",
        ),
        Misconception(
            name="divided by how many are left",
            wrong=_divided_by_how_many,
            says="You divide by the number of steps left (the mean, the count). Probabilities sum "
            "to 1 only if you divide by the sum of the weights.",
        ),
        Misconception(
            name="all alike",
            wrong=_all_alike,
            says="All steps that are left get the same probability (uniform): `order` is not "
            "used. Weigh step k by exp(-order * k).",
        ),
        Misconception(
            name="the first for sure",
            wrong=_first_for_sure,
            says="You give everything to the first step left (a greedy argmax, a one-hot row). "
            "Later ones are possible too: each gets weight exp(-order * k).",
        ),
        Misconception(
            name="later steps first",
            wrong=_later_steps_first,
            says="Later steps get more weight than earlier ones: the exponent wants a minus sign, "
            "or your steps are counted from the end (reversed).",
        ),
        Misconception(
            name="without exp",
            wrong=_without_exp,
            says="Your weights are order * k, without the exponential, so the first step gets "
            "none and later ones get more. Use exp(-order * k).",
        ),
        Misconception(
            name="exp of order alone",
            wrong=_exp_of_order_alone,
            says="You multiply by k outside the exponential. The step number k belongs into the "
            "exponent: exp(-order * k).",
        ),
        Misconception(
            name="base 2",
            wrong=_base_two,
            says="You use powers of 2. The law has base e: use `np.exp(-order * k)`, the natural "
            "exponential.",
        ),
        Misconception(
            name="base 10",
            wrong=_base_ten,
            says="You use powers of 10. The law has base e: use `np.exp(-order * k)`, the natural "
            "exponential.",
        ),
        Misconception(
            name="order divides",
            wrong=_order_divides,
            says="You divide by `order`, like a temperature, so larger is less strict. Multiply "
            "the step number by it: exp(-order * k).",
        ),
        Misconception(
            name="order not used",
            wrong=_order_of_one,
            says="Your weights are those of exp(-k), whatever `order` is: it is never read, or "
            "only added to k, and then it cancels in the sum. Multiply k by it in the exponent.",
        ),
        Misconception(
            name="order as a power",
            wrong=_order_to_the_power,
            says="You raise the step number to the power `order`. In the exponent it is a factor: "
            "exp(-order * k).",
        ),
        Misconception(
            name="a power law",
            wrong=_power_law,
            says="Your weights fall like a power of the step number, (1 + k)^-order (Zipf). The "
            "law is exponential: exp(-order * k).",
        ),
        Misconception(
            name="a hyperbola",
            wrong=_hyperbola,
            says="Your weights fall like 1 / (1 + order * k), not exponentially. Use exp(-order * "
            "k).",
        ),
        Misconception(
            name="straight down",
            wrong=_straight_down,
            says="Your weights fall on a straight line (linear in k). The law is exponential: "
            "exp(-order * k).",
        ),
        Misconception(
            name="falls by one",
            wrong=_falls_by_one,
            says="Your weights fall by one per step (linear), whatever `order` is. The law is "
            "exponential: exp(-order * k).",
        ),
        Misconception(
            name="order squared",
            wrong=_order_squared,
            says="You square `order` in the exponent. It stands there once: exp(-order * k).",
        ),
        Misconception(
            name="only those that are left",
            wrong=_weights_of_those_left_only,
            says="You return only the steps that are left, in one row. The result has the shape "
            "of `left`, with 0 (no probability) at the steps that are done.",
        ),
        Misconception(
            name="distance to the last visited step",
            wrong=_distance_to_the_last_visited,
            says="You measure the distance to the last visited step. Each step keeps its own "
            "number k, counted from the start of the mission, whatever was visited.",
        ),
        Misconception(
            name="no way back",
            wrong=_no_way_back,
            says="You allow only steps after the last visited one. A mission's order is not "
            "fixed: an earlier step that was skipped is left too and keeps its weight.",
        ),
        Misconception(
            name="nothing left starts at the first",
            wrong=_nothing_left_starts_at_the_first,
            says="Where nothing is left you give all probability to the first step. Nothing can "
            "come next: the row should be all 0 (zeros).",
        ),
        Misconception(
            name="steps squared",
            wrong=_squared_steps,
            says="You square the step number k in the exponent. It stands there plainly: "
            "exp(-order * k).",
        ),
        Misconception(
            name="places among the rest",
            wrong=_counts_places_among_the_rest,
            says="You number the steps that are left 0, 1, 2, ... afresh (their rank among the "
            "rest). Each step keeps its own number k, its original position in the mission, so a "
            "gap in between counts.",
        ),
        Misconception(
            name="one sum for all rows",
            wrong=_one_sum_for_all,
            says="You divide by the sum over the whole array, all rows together. Each row is a "
            "distribution of its own: `sum(-1, keepdims=True)`.",
        ),
        Misconception(
            name="sums over the first axis",
            wrong=_sum_over_the_first_axis,
            says="You sum over the wrong axis: the first, down the columns. Each row is a "
            "distribution of its own: sum over the last axis, `sum(-1, keepdims=True)`.",
        ),
        Misconception(
            name="sums over axis 1",
            wrong=_sum_over_axis_one,
            says="You sum over axis 1, which is the last axis only if there are two. `left` can "
            "have any number of axes (one, or three): use axis -1.",
        ),
        Misconception(
            name="without keepdims",
            wrong=_without_keepdims,
            says="Your sum has lost its last axis, so it doesn't broadcast against the rows. Keep "
            "it: `sum(-1, keepdims=True)`.",
        ),
        Misconception(
            name="as many steps as rows",
            wrong=_steps_of_the_first_axis,
            says="You number the steps by the first axis: `len(left)` is the number of rows. The "
            "steps are on the last axis: `left.shape[-1]`.",
        ),
        Misconception(
            name="numbers the rows",
            wrong=_steps_down_the_first_axis,
            says="You number the rows, along the first axis. The steps of a mission run along the "
            "last axis.",
        ),
        Misconception(
            name="logarithms",
            wrong=_log_probabilities,
            says="These are the logarithms of the probabilities. Return the probabilities "
            "themselves: leave out the log.",
        ),
        Misconception(
            name="added up",
            wrong=_added_up,
            says="You return cumulative sums. Wanted is the probability of each step alone: leave "
            "out `cumsum`.",
        ),
        Misconception(
            name="the likeliest step",
            wrong=_only_the_largest,
            says="You return which step is the likeliest (argmax). Wanted are the probabilities "
            "of all steps, in the shape of `left`.",
        ),
        Misconception(
            name="nothing left starts anew",
            wrong=_nothing_left_starts_anew,
            says="Where nothing is left, visited steps get their weight back, as if the mission "
            "started anew. The row should be all 0 (zeros).",
        ),
        Misconception(
            name="nothing left is uniform",
            wrong=_nothing_left_is_uniform,
            says="Where nothing is left you spread the probability evenly (uniform). Nothing can "
            "come next: the row should be all 0 (zeros).",
        ),
        Misconception(
            name="0 / 0",
            wrong=_nothing_left_is_nan,
            says="Where nothing is left you divide 0 by 0, which is NaN. The row should be all 0 "
            "(zeros): divide by 1 where the sum is 0.",
        ),
        Misconception(
            name="single precision",
            wrong=_single_precision,
            says="You compute in float32. Small weights of a strict order underflow there, and "
            "the result should have double precision: use float64.",
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
    yield Probe((np.array([2, 1, 2, 4, 2, 1]), 4), label="four products, one without a click")
    yield Probe((np.array([3, 3, 3, 1, 2, 2]), 3), label="three products, all clicked")
    yield Probe((np.array([2, 2]), 5), label="one takes all", edge=True)
    yield Probe((np.array([3, 1, 2, 1, 3, 2]), 3), label="all alike", edge=True)
    yield Probe((np.array([1, 1, 1]), 1), label="one product", edge=True)
    yield Probe((np.array([1, 2, 1]), 2), label="two products")
    for n_items, n_clicks in ((5, 30), (7, 40), (12, 80), (20, 61), (40, 200)):
        chance = rng.dirichlet(np.ones(n_items))
        clicks = rng.choice(n_items, n_clicks, p=chance) + 1
        yield Probe((clicks, n_items), label="random clicks")
    for n_items in (6, 9, 15):
        kept = rng.choice(n_items - 2, n_items - 3, replace=False) + 2
        clicks = np.append(rng.choice(kept, 4 * n_items), kept[:2])
        label = "random clicks; the first and the last product have none"
        yield Probe((rng.permutation(clicks), n_items), label=label)


def _counts(item_id, n_items):
    return np.bincount(item_id, minlength=n_items + 1)[1:]


def _gini_of_counts(clicks):
    return float(np.abs(clicks[:, None] - clicks).mean() / (2 * clicks.mean()))


def _gini_of_clicked_ones(item_id, n_items):
    return _gini_of_counts(np.unique(item_id, return_counts=True)[1])


def _gini_with_product_zero(item_id, n_items):
    return _gini_of_counts(np.bincount(item_id, minlength=n_items + 1))


def _gini_without_the_last(item_id, n_items):
    return _gini_of_counts(np.bincount(item_id)[1:])


def _gini_with_zero_without_the_last(item_id, n_items):
    return _gini_of_counts(np.bincount(item_id))


def _gini_with_a_short_minlength(item_id, n_items):
    return _gini_of_counts(np.bincount(item_id, minlength=n_items)[1:])


def _gini_of_the_ids(item_id, n_items):
    return _gini_of_counts(np.asarray(item_id))


def _gini_of_distinct_counts(item_id, n_items):
    return _gini_of_counts(np.unique(_counts(item_id, n_items)))


def _gini_not_halved(item_id, n_items):
    return 2 * click_gini(item_id, n_items)


def _gini_of_pairs_once(item_id, n_items):
    return click_gini(item_id, n_items) / 2


def _gini_mean_of_clicked(item_id, n_items):
    counts = np.bincount(item_id, minlength=n_items + 1)[1:]
    distances = np.abs(counts[:, None] - counts[None, :])
    return float(distances.mean() / (2 * counts[counts > 0].mean()))


def _gini_without_own_pairs(item_id, n_items):
    return click_gini(item_id, n_items) * n_items / max(n_items - 1, 1)


def _gini_of_pairs_once_without_own(item_id, n_items):
    return _gini_without_own_pairs(item_id, n_items) / 2


def _gini_signed(item_id, n_items):
    clicks = _counts(item_id, n_items)
    return float((clicks[:, None] - clicks).mean() / (2 * clicks.mean()))


def _gini_of_squares(item_id, n_items):
    clicks = _counts(item_id, n_items)
    return float(((clicks[:, None] - clicks) ** 2).mean() / (2 * clicks.mean()))


def _gini_from_the_mean(item_id, n_items):
    clicks = _counts(item_id, n_items)
    return float(np.abs(clicks - clicks.mean()).mean() / (2 * clicks.mean()))


def _gini_from_the_mean_not_halved(item_id, n_items):
    return 2 * _gini_from_the_mean(item_id, n_items)


def _gini_without_the_mean(item_id, n_items):
    clicks = _counts(item_id, n_items)
    return float(np.abs(clicks[:, None] - clicks).mean() / 2)


def _gini_only_the_distance(item_id, n_items):
    clicks = _counts(item_id, n_items)
    return float(np.abs(clicks[:, None] - clicks).mean())


def _gini_by_the_sum(item_id, n_items):
    return click_gini(item_id, n_items) / n_items


def _gini_summed(item_id, n_items):
    return click_gini(item_id, n_items) * n_items**2


def _gini_summed_by_row(item_id, n_items):
    return click_gini(item_id, n_items) * n_items


def _gini_by_the_maximum(item_id, n_items):
    clicks = _counts(item_id, n_items)
    return float(np.abs(clicks[:, None] - clicks).mean() / (2 * clicks.max()))


def _gini_by_the_median(item_id, n_items):
    clicks = _counts(item_id, n_items)
    return float(np.abs(clicks[:, None] - clicks).mean() / (2 * max(np.median(clicks), 1)))


def _gini_multiplied(item_id, n_items):
    clicks = _counts(item_id, n_items)
    return float(np.abs(clicks[:, None] - clicks).mean() / 2 * clicks.mean())


def _gini_of_neighbours(item_id, n_items):
    clicks = _counts(item_id, n_items)
    return float(np.abs(np.diff(clicks)).sum() / max(n_items - 1, 1) / (2 * clicks.mean()))


def _gini_of_sorted_neighbours(item_id, n_items):
    clicks = np.sort(_counts(item_id, n_items))
    return float(np.abs(np.diff(clicks)).sum() / max(n_items - 1, 1) / (2 * clicks.mean()))


def _one_less_gini(item_id, n_items):
    return 1 - click_gini(item_id, n_items)


def _impurity(item_id, n_items):
    share = _counts(item_id, n_items) / len(item_id)
    return float(1 - (share**2).sum())


def _concentration(item_id, n_items):
    share = _counts(item_id, n_items) / len(item_id)
    return float((share**2).sum())


def _variation(item_id, n_items):
    clicks = _counts(item_id, n_items)
    return float(clicks.std() / clicks.mean())


def _entropy(item_id, n_items):
    clicks = _counts(item_id, n_items)
    share = clicks[clicks > 0] / clicks.sum()
    return float(-(share * np.log(share)).sum())


def _share_of_the_top(item_id, n_items):
    return float(_counts(item_id, n_items).max() / len(item_id))


def _spread(item_id, n_items):
    clicks = _counts(item_id, n_items)
    return float((clicks.max() - clicks.min()) / clicks.sum())


_GINI = Exercise(
    id="1.3",
    title="The Gini coefficient of a log",
    minutes=6,
    reference=click_gini,
    probes=_gini_probes,
    hints=(
        "First one count for each product of the shop, 0 for those that nobody clicked. Then all "
        "pairs of counts.",
        "`np.bincount(item_id, minlength=n_items + 1)` counts; its place 0 is no product. "
        "`clicks[:, None] - clicks` is the table of all differences.",
        "`np.abs(clicks[:, None] - clicks).mean() / (2 * clicks.mean())`",
    ),
    built="You have built the Gini coefficient of a click log, one number for how unequal "
    "products are. The next cell holds the large shop beside the two ends of the scale; the "
    "realism report of this chapter reads it too.",
    ours="Ours sorts the counts, and then needs no pairs: in ascending order the i-th of n counts "
    "has the weight 2i - n - 1 in the sum.",
    misconceptions=(
        Misconception(
            name="only what was clicked",
            wrong=_gini_of_clicked_ones,
            says="You count only the products that were clicked (`np.unique`, `value_counts`, a "
            "`Counter`). Those without a click have the count 0 and belong to the shop: there are "
            "`n_items` counts.",
        ),
        Misconception(
            name="product 0",
            wrong=_gini_with_product_zero,
            says="You have one product too many: place 0 of `np.bincount`. Products count from 1, "
            "so cut it off: `[1:]`.",
        ),
        Misconception(
            name="the last products are lost",
            wrong=_gini_without_the_last,
            says="Your counts end at the largest id in the log, so the last products are lost if "
            "nobody clicked them. `np.bincount(item_id, minlength=n_items + 1)` has a place for "
            "each.",
        ),
        Misconception(
            name="product 0, and the last ones lost",
            wrong=_gini_with_zero_without_the_last,
            says="`np.bincount(item_id)` has a place 0, which is no product, and ends at the "
            "largest id in the log. Give it `minlength=n_items + 1`, and cut off place 0: `[1:]`.",
        ),
        Misconception(
            name="minlength one short",
            wrong=_gini_with_a_short_minlength,
            says="Your `minlength` is one short: places run from 0 to `n_items`, which are "
            "`n_items + 1`. The last product is lost now if nobody clicked it.",
        ),
        Misconception(
            name="ids instead of counts",
            wrong=_gini_of_the_ids,
            says="You compare the ids themselves. An id is a name, not an amount: count the clicks "
            "of each product first.",
        ),
        Misconception(
            name="equal counts once",
            wrong=_gini_of_distinct_counts,
            says="You keep each count only once (`np.unique` of the counts, a set). Products with "
            "equal counts (ties) all stay in.",
        ),
        Misconception(
            name="not halved",
            wrong=_gini_not_halved,
            says="Your result is twice as large: the 2 below the line is missing. Divide by "
            "*twice* the mean count.",
        ),
        Misconception(
            name="each pair once",
            wrong=_gini_of_pairs_once,
            says="Your result is half as large. If you add up each pair only once (i < j), add it "
            "for (j, i) too; if you halve the distance, don't divide by 2 again.",
        ),
        Misconception(
            name="pairs of two different products",
            wrong=_gini_without_own_pairs,
            says="You divide by n (n - 1): the pairs of a product with itself are left out. All "
            "`n_items * n_items` pairs count, those on the diagonal with a difference of 0.",
        ),
        Misconception(
            name="mean of what was clicked",
            wrong=_gini_mean_of_clicked,
            says="Your mean count leaves out the products without a click, so it is too large. The "
            "mean below the line is over all `n_items` counts, zeros included.",
        ),
        Misconception(
            name="each pair once, n (n - 1) below the line",
            wrong=_gini_of_pairs_once_without_own,
            says="You add up each pair only once (i < j), and divide by n (n - 1). Count both (i, "
            "j) and (j, i), and divide by all `n_items * n_items` pairs.",
        ),
        Misconception(
            name="no absolute value",
            wrong=_gini_signed,
            says="Without the absolute value the differences cancel: c_i - c_j and c_j - c_i add "
            "up to 0. Take `np.abs` before the mean.",
        ),
        Misconception(
            name="squares",
            wrong=_gini_of_squares,
            says="You square the differences. The Gini coefficient takes their absolute value.",
        ),
        Misconception(
            name="distance from the mean",
            wrong=_gini_from_the_mean,
            says="You take the distance of each count from the mean (this is the Hoover index). "
            "The Gini coefficient compares all *pairs* of products.",
        ),
        Misconception(
            name="distance from the mean, not halved",
            wrong=_gini_from_the_mean_not_halved,
            says="You take the distance of each count from the mean, and don't halve it. Compare "
            "all *pairs* of products, and divide by twice the mean.",
        ),
        Misconception(
            name="not divided by the mean",
            wrong=_gini_without_the_mean,
            says="You don't divide by the mean count, so the result grows with the number of "
            "clicks. Normalise: divide by twice the mean.",
        ),
        Misconception(
            name="the mean distance alone",
            wrong=_gini_only_the_distance,
            says="This is the mean distance of two counts, what is above the line. Divide it by "
            "twice the mean count, so that it doesn't depend on the number of clicks.",
        ),
        Misconception(
            name="the sum below the line",
            wrong=_gini_by_the_sum,
            says="You divide by the sum of the counts (their total), or by n once too often. Below "
            "the line stands twice their *mean*.",
        ),
        Misconception(
            name="a sum above the line",
            wrong=_gini_summed,
            says="You add up the differences of all pairs and don't divide by their number, "
            "`n_items * n_items`. Take the mean over the pairs.",
        ),
        Misconception(
            name="a sum over one axis",
            wrong=_gini_summed_by_row,
            says="You divide by n only once. There are `n_items * n_items` pairs: take the mean "
            "over both axes.",
        ),
        Misconception(
            name="the maximum below the line",
            wrong=_gini_by_the_maximum,
            says="You divide by the largest count (the maximum). Below the line stands twice the "
            "mean of all.",
        ),
        Misconception(
            name="the median below the line",
            wrong=_gini_by_the_median,
            says="You divide by the median count. Below the line stands twice the mean.",
        ),
        Misconception(
            name="brackets below the line",
            wrong=_gini_multiplied,
            says="You divide by 2 and multiply by the mean: the brackets (parentheses) around `2 * "
            "clicks.mean()` are missing.",
        ),
        Misconception(
            name="neighbours",
            wrong=_gini_of_neighbours,
            says="You compare each product only with its neighbour (`np.diff`). All pairs count: "
            "`clicks[:, None] - clicks` is a table of them.",
        ),
        Misconception(
            name="sorted neighbours",
            wrong=_gini_of_sorted_neighbours,
            says="You sort the counts and compare neighbours only (`np.diff`). All pairs count, "
            "not only those that stand next to each other.",
        ),
        Misconception(
            name="one less Gini",
            wrong=_one_less_gini,
            says="This is 1 minus the Gini coefficient, it measures how *equal* the counts are: "
            "the scale is inverted. All alike should give 0.",
        ),
        Misconception(
            name="the impurity",
            wrong=_impurity,
            says="This is the Gini *impurity* of decision trees, 1 minus the sum of squared "
            "shares. The Gini *coefficient* compares pairs of counts: another formula of the same "
            "name.",
        ),
        Misconception(
            name="sum of squared shares",
            wrong=_concentration,
            says="This is the sum of squared shares (the Herfindahl index of concentration). The "
            "Gini coefficient is another measure: it compares pairs of counts.",
        ),
        Misconception(
            name="coefficient of variation",
            wrong=_variation,
            says="This is the standard deviation over the mean (the coefficient of variation). "
            "The Gini coefficient is another measure: it compares pairs of counts.",
        ),
        Misconception(
            name="entropy",
            wrong=_entropy,
            says="This is the entropy of the shares. The Gini coefficient is another measure: it "
            "compares pairs of counts.",
        ),
        Misconception(
            name="share of the top",
            wrong=_share_of_the_top,
            says="This is the largest product's share alone (the maximum). The Gini coefficient "
            "looks at all counts.",
        ),
        Misconception(
            name="spread",
            wrong=_spread,
            says="This compares only the largest with the smallest count (the range). The Gini "
            "coefficient looks at all pairs.",
        ),
    ),
)


# --- 1.4 Sessions ---------------------------------------------------------------------------------


def _session_probes(rng):
    yield Probe((np.array([1, 1, 1]), np.array([0, 10, 5000])), label="one user, one long silence")
    yield Probe((np.array([1, 2]), np.array([100, 110])), label="two users close in time")
    yield Probe((np.array([1, 2]), np.array([5000, 10])), label="the second user came earlier")
    yield Probe(
        (np.array([4, 4, 4, 4]), np.array([0, 1800, 3601, 5401])),
        label="a silence of exactly the gap",
    )
    yield Probe((np.array([7]), np.array([12])), label="one event", edge=True)
    for _ in range(3):
        yield Probe(_visits(rng, rng.permutation([3, 11, 8, 25])), label="random, default gap")
    for gap in (rng.integers(100, 900), rng.integers(900, 1700), rng.integers(2500, 4000)):
        users = rng.permutation([17, 4, 9, 30, 12])
        yield Probe((*_visits(rng, users), int(gap)), label="random, another gap")
    for _ in range(2):
        yield Probe(
            (*_visits(rng, [int(rng.integers(1, 9))], size=14), int(rng.integers(900, 2000))),
            label="random, one user",
        )
    user = np.repeat([0, 2, 1], 6)
    time = np.concatenate([np.sort(rng.integers(0, 9_000, 6)) for _ in range(3)])
    time[0] = 40
    yield Probe((user, time), label="random, users in no order")


def _visits(rng, users, size=9):
    """Each user's events in order of time; silences of all lengths, some of exactly 1800."""
    user = np.repeat(users, size)
    lengths = [20, 300, 700, 1100, 1500, 1800, 2200, 5000, 200_000, 3_000_000]
    silence = rng.choice(lengths, size=(len(users), size))
    silence[:, 1:] += rng.integers(-9, 10, (len(users), size - 1)) * (silence[:, 1:] != 1800)
    begin = rng.integers(0, 30_000, (len(users), 1))
    return user, (begin + np.cumsum(silence, axis=1)).ravel()


def _new_user(user):
    return user[1:] != user[:-1]


def _begins(rest, first=True):
    begins = np.empty(len(rest) + 1, dtype=bool)
    begins[0] = first
    begins[1:] = rest
    return begins


def _forgets_the_user(user, timestamp, gap=1800):
    return _begins(np.diff(timestamp) > gap)


def _forgets_the_user_in_absolute_value(user, timestamp, gap=1800):
    return _begins(np.abs(np.diff(timestamp)) > gap)


def _forgets_the_user_and_the_first(user, timestamp, gap=1800):
    return _begins(np.diff(timestamp) > gap, first=False)


def _forgets_the_time_and_the_first(user, timestamp, gap=1800):
    return _begins(_new_user(user), first=False)


def _another_user_than_the_first(user, timestamp, gap=1800):
    return _begins((user[1:] != user[0]) | (np.diff(timestamp) > gap))


def _forgets_the_time(user, timestamp, gap=1800):
    return _begins(_new_user(user))


def _forgets_the_first(user, timestamp, gap=1800):
    return _begins(_new_user(user) | (np.diff(timestamp) > gap), first=False)


def _one_short(user, timestamp, gap=1800):
    return _new_user(user) | (np.diff(timestamp) > gap)


def _at_the_gap_already(user, timestamp, gap=1800):
    return _begins(_new_user(user) | (np.diff(timestamp) >= gap))


def _marks_the_end(user, timestamp, gap=1800):
    return _begins(_new_user(user) | (np.diff(timestamp) > gap))[np.r_[1 : len(user), 0]]


def _marks_the_event_before(user, timestamp, gap=1800):
    return np.append(_new_user(user) | (np.diff(timestamp) > gap), False)


def _marks_the_event_before_and_the_first(user, timestamp, gap=1800):
    begins = np.append(_new_user(user) | (np.diff(timestamp) > gap), False)
    begins[0] = True
    return begins


def _marks_both_sides(user, timestamp, gap=1800):
    change = _new_user(user) | (np.diff(timestamp) > gap)
    return _begins(change) | np.append(change, False)


def _needs_both(user, timestamp, gap=1800):
    return _begins(_new_user(user) & (np.diff(timestamp) > gap))


def _either_or(user, timestamp, gap=1800):
    return _begins(_new_user(user) ^ (np.diff(timestamp) > gap))


def _goes_on(user, timestamp, gap=1800):
    return _begins(~_new_user(user) & (np.diff(timestamp) <= gap), first=False)


def _silence_of_the_same_user_only(user, timestamp, gap=1800):
    return _begins(~_new_user(user) & (np.diff(timestamp) > gap))


def _shorter_than_the_gap(user, timestamp, gap=1800):
    return _begins(_new_user(user) | (np.diff(timestamp) < gap))


def _the_same_user(user, timestamp, gap=1800):
    return _begins(~_new_user(user) | (np.diff(timestamp) > gap))


def _user_goes_up(user, timestamp, gap=1800):
    return _begins((user[1:] > user[:-1]) | (np.diff(timestamp) > gap))


def _user_goes_up_by_one(user, timestamp, gap=1800):
    return _begins((np.diff(user) == 1) | (np.diff(timestamp) > gap))


def _gap_of_half_an_hour(user, timestamp, gap=1800):
    return _begins(_new_user(user) | (np.diff(timestamp) > 1800))


def _gap_in_minutes(user, timestamp, gap=1800):
    return _begins(_new_user(user) | (np.diff(timestamp) > 60 * gap))


def _time_in_minutes(user, timestamp, gap=1800):
    return _begins(_new_user(user) | (np.diff(timestamp) > gap / 60))


def _time_in_milliseconds(user, timestamp, gap=1800):
    return _begins(_new_user(user) | (np.diff(timestamp) > 1000 * gap))


def _hours(user, timestamp, gap=1800):
    return _begins(_new_user(user) | (np.diff(timestamp) > gap / 3600))


def _since_the_session_began(user, timestamp, gap=1800):
    begins = np.ones(len(user), dtype=bool)
    began = 0
    for i in range(1, len(user)):
        begins[i] = user[i] != user[i - 1] or timestamp[i] - timestamp[began] > gap
        if begins[i]:
            began = i
    return begins


def _since_the_users_first_event(user, timestamp, gap=1800):
    begins = np.ones(len(user), dtype=bool)
    first = 0
    for i in range(1, len(user)):
        if user[i] != user[first]:
            first = i
        begins[i] = i == first or timestamp[i] - timestamp[first] > gap
    return begins


def _windows_of_the_gap(user, timestamp, gap=1800):
    slot = timestamp // gap
    return _begins(_new_user(user) | (slot[1:] != slot[:-1]))


def _time_alone_is_long(user, timestamp, gap=1800):
    return _begins(_new_user(user) | (timestamp[1:] > gap))


def _rolled(user, timestamp, gap=1800):
    return (user != np.roll(user, 1)) | (timestamp - np.roll(timestamp, 1) > gap)


def _rolled_and_absolute(user, timestamp, gap=1800):
    return (user != np.roll(user, 1)) | (np.abs(timestamp - np.roll(timestamp, 1)) > gap)


def _after_a_zero(user, timestamp, gap=1800):
    return (np.diff(user, prepend=0) != 0) | (np.diff(timestamp, prepend=0) > gap)


def _time_after_a_zero(user, timestamp, gap=1800):
    return _begins(_new_user(user), first=False) | (np.diff(timestamp, prepend=0) > gap)


def _skips_the_last(user, timestamp, gap=1800):
    begins = _begins(_new_user(user) | (np.diff(timestamp) > gap))
    begins[1:][-1:] = False
    return begins


def _skips_the_second(user, timestamp, gap=1800):
    begins = _begins(_new_user(user) | (np.diff(timestamp) > gap))
    begins[1:2] = False
    return begins


def _two_events_back(user, timestamp, gap=1800):
    begins = np.ones(len(user), dtype=bool)
    begins[2:] = (user[2:] != user[:-2]) | (timestamp[2:] - timestamp[:-2] > gap)
    return begins


def _numbers_the_sessions(user, timestamp, gap=1800):
    return np.cumsum(starts_session(user, timestamp, gap))


def _numbers_the_sessions_from_zero(user, timestamp, gap=1800):
    return np.cumsum(starts_session(user, timestamp, gap)) - 1


def _where_they_begin(user, timestamp, gap=1800):
    return np.flatnonzero(starts_session(user, timestamp, gap))


def _how_many(user, timestamp, gap=1800):
    return int(starts_session(user, timestamp, gap).sum())


def _zeros_and_ones(user, timestamp, gap=1800):
    return starts_session(user, timestamp, gap).astype(int)


def _sorted_by_time(user, timestamp, gap=1800):
    order = np.argsort(timestamp, kind="stable")
    return starts_session(user[order], timestamp[order], gap)


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
    built="You have built session cutting by a gap, as one does it with real logs. The next "
    "cell compares the sessions that you found with the true ones of the simulator.",
    ours="Ours compares the columns with themselves, moved by one: no loop, and no sorting.",
    misconceptions=(
        Misconception(
            name="forgets the user",
            wrong=_forgets_the_user,
            says="Two users who click within the gap share a session in your answer: `user` is "
            "not used. A new user always begins one.",
        ),
        Misconception(
            name="forgets the user, in absolute value",
            wrong=_forgets_the_user_in_absolute_value,
            says="You look only at the size of the time difference; `user` is not used. A new "
            "user always begins a session, however close in time.",
        ),
        Misconception(
            name="forgets the user and the first",
            wrong=_forgets_the_user_and_the_first,
            says="You look at silences alone: neither the first event of the log nor a new user "
            "begins a session in your answer. Both do.",
        ),
        Misconception(
            name="forgets the time and the first",
            wrong=_forgets_the_time_and_the_first,
            says="You mark only where the user changes: the time and `gap` are not used, and the "
            "first event is missing. A silence begins a session too, and so does the first event.",
        ),
        Misconception(
            name="another user than the first",
            wrong=_another_user_than_the_first,
            says="You compare each user with the very first of the log. Compare with the event "
            "just before: `user[1:] != user[:-1]`.",
        ),
        Misconception(
            name="forgets the time",
            wrong=_forgets_the_time,
            says="You look only at the user; time and `gap` are not used. A silence of more than "
            "`gap` seconds begins a session too.",
        ),
        Misconception(
            name="forgets the first event",
            wrong=_forgets_the_first,
            says="The first event of the log has nothing before it, but it does begin a session: "
            "set the first entry to True.",
        ),
        Misconception(
            name="one short",
            wrong=_one_short,
            says="Your result is one entry too short: the differences start at the second event. "
            "The very first event begins a session too: put a True in front.",
        ),
        Misconception(
            name="at the gap already",
            wrong=_at_the_gap_already,
            says="You cut at a silence of exactly `gap` seconds. The task says *more than*: use > "
            "rather than >= (strictly longer).",
        ),
        Misconception(
            name="marks the end",
            wrong=_marks_the_end,
            says="You mark the last event of each session, its end. Wanted is the first, the "
            "beginning: shift the condition by one.",
        ),
        Misconception(
            name="marks the event before",
            wrong=_marks_the_event_before,
            says="Your marks stand one event too early: on the event before the silence or before "
            "the new user, the last of a session. Shift them by one: `begins[1:]`, and True in "
            "front.",
        ),
        Misconception(
            name="marks the event before, and the first",
            wrong=_marks_the_event_before_and_the_first,
            says="Except for the first, your marks stand one event too early, on the last of a "
            "session (its end). Write the condition to `begins[1:]`, not to `begins[:-1]`.",
        ),
        Misconception(
            name="marks both sides",
            wrong=_marks_both_sides,
            says="You mark both sides of a break: the last event before it and the first after "
            "it. Only the first after it begins a session.",
        ),
        Misconception(
            name="wants both",
            wrong=_needs_both,
            says="You ask for a new user *and* a silence, both. Either of them begins a session: "
            "or, `|`.",
        ),
        Misconception(
            name="either, but not both",
            wrong=_either_or,
            says="You use an exclusive or (`^`, or `!=`): a new user who comes after a silence "
            "begins no session in your answer. Either or both will do: `|`.",
        ),
        Misconception(
            name="silence of the same user only",
            wrong=_silence_of_the_same_user_only,
            says="A new user begins no session in your answer: you look for a silence within one "
            "user only. A user's first event begins one as well.",
        ),
        Misconception(
            name="where it goes on",
            wrong=_goes_on,
            says="Your answer is inverted: True where a session goes on, False where one begins. "
            "Negate it.",
        ),
        Misconception(
            name="shorter than the gap",
            wrong=_shorter_than_the_gap,
            says="You cut where the silence is *shorter* than the gap: the comparison is turned. "
            "A session begins after more than `gap` seconds: use >.",
        ),
        Misconception(
            name="the same user",
            wrong=_the_same_user,
            says="You test whether the user is the *same* as before: == in place of !=. A session "
            "begins where the user changes.",
        ),
        Misconception(
            name="the user goes up",
            wrong=_user_goes_up,
            says="You take it for a new user only if the id is larger than the one before. Users "
            "need not come in ascending order: compare with !=.",
        ),
        Misconception(
            name="the user goes up by one",
            wrong=_user_goes_up_by_one,
            says="You take it for a new user only if the id grows by exactly 1. Ids have gaps and "
            "may come in any order: compare with !=.",
        ),
        Misconception(
            name="gap of half an hour",
            wrong=_gap_of_half_an_hour,
            says="You always use 1800 seconds: the argument `gap` is never read. Compare with "
            "`gap`.",
        ),
        Misconception(
            name="the gap in minutes",
            wrong=_gap_in_minutes,
            says="You take the gap for minutes and multiply it by 60. Gap and timestamps are both "
            "in seconds.",
        ),
        Misconception(
            name="the time in minutes",
            wrong=_time_in_minutes,
            says="You divide by 60, as if the times were in minutes. Gap and timestamps are both "
            "in seconds: compare them as they are.",
        ),
        Misconception(
            name="the time in milliseconds",
            wrong=_time_in_milliseconds,
            says="You convert by 1000, as if the times were in milliseconds. Gap and timestamps "
            "are both in seconds: compare them as they are.",
        ),
        Misconception(
            name="hours",
            wrong=_hours,
            says="You divide by 3600, as if the gap were in hours. Gap and timestamps are both in "
            "seconds: compare them as they are.",
        ),
        Misconception(
            name="since the session began",
            wrong=_since_the_session_began,
            says="You measure the time since the start of the session. The silence is the time "
            "since the *previous* event, the one just before.",
        ),
        Misconception(
            name="since the user's first event",
            wrong=_since_the_users_first_event,
            says="You measure the time since the user's first event. The silence is the time "
            "since the *previous* event, the one just before.",
        ),
        Misconception(
            name="windows of the gap",
            wrong=_windows_of_the_gap,
            says="You divide the time into fixed windows as long as the gap. What counts is the "
            "difference between an event and the previous one.",
        ),
        Misconception(
            name="the time instead of the silence",
            wrong=_time_alone_is_long,
            says="You compare the timestamp itself with the gap. What counts is the difference to "
            "the event before: `np.diff(timestamp)`.",
        ),
        Misconception(
            name="rolled",
            wrong=_rolled,
            says="`np.roll` (or index -1) compares the first event with the *last* one, round the "
            "end. The first event has nothing before it and always begins a session: set it to "
            "True.",
        ),
        Misconception(
            name="rolled, in absolute value",
            wrong=_rolled_and_absolute,
            says="`np.roll` (or index -1) compares the first event with the last one, and the "
            "absolute value makes a break of it only sometimes. The first event always begins a "
            "session.",
        ),
        Misconception(
            name="a zero in front",
            wrong=_after_a_zero,
            says="You put a 0 in front and compare the first event with it: a first user of id 0 "
            "who comes early begins no session then. Set the first entry to True, whatever the "
            "values.",
        ),
        Misconception(
            name="a zero in front of the time",
            wrong=_time_after_a_zero,
            says="You compare the first event's time with a 0 in front, so an early one begins no "
            "session. The first entry is True, whatever the time.",
        ),
        Misconception(
            name="skips the last",
            wrong=_skips_the_last,
            says="Your loop (or slice) ends one too early: the last event is never looked at. It "
            "may begin a session too.",
        ),
        Misconception(
            name="skips the second",
            wrong=_skips_the_second,
            says="The second event is never looked at: you start one too late. Compare every "
            "event from the second on with the one before.",
        ),
        Misconception(
            name="two events back",
            wrong=_two_events_back,
            says="You compare each event with the one two places before. It is the one just "
            "before: shift by one.",
        ),
        Misconception(
            name="numbers the sessions",
            wrong=_numbers_the_sessions,
            says="You number the sessions (a cumulative sum). Wanted is True where one begins, "
            "False elsewhere: leave out `cumsum`.",
        ),
        Misconception(
            name="numbers the sessions from 0",
            wrong=_numbers_the_sessions_from_zero,
            says="You number the sessions from 0 on (a cumulative sum, a session id per event). "
            "Wanted is True where one begins: leave out `cumsum`.",
        ),
        Misconception(
            name="where they begin",
            wrong=_where_they_begin,
            says="You return the positions (indices) at which sessions begin. Wanted is one bool "
            "for each event, a mask.",
        ),
        Misconception(
            name="how many",
            wrong=_how_many,
            says="You return how many sessions there are. Wanted is one bool for each event: "
            "leave out the sum.",
        ),
        Misconception(
            name="zeros and ones",
            wrong=_zeros_and_ones,
            says="You return integers 0 and 1. Wanted is an array of bool (dtype), so that it can "
            "serve as a mask.",
        ),
        Misconception(
            name="sorted by time",
            wrong=_sorted_by_time,
            says="You sort the whole log by time, which mixes the users, and your answer is in "
            "another order than the log. The events are in order already: don't sort.",
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
    yield Probe((np.array([0]), np.array([3])), label="one event", edge=True)
    for most in (0.03, 0.3) * 4:
        thresholds = {
            "support": int(rng.integers(1, 9)),
            "confidence": float(rng.uniform(most / 3, most)),
        }
        yield Probe(_journeys(rng, 80, 8), thresholds, label="random")
    yield Probe(_journeys(rng, 90, 9), label="random, thresholds as they are by default")
    yield Probe(_journeys(rng, 10, 70), label="random, few users with many clicks")


def _journeys(rng, users, most):
    """Users of 1 to `most` clicks, in no order of id; item ids with gaps, a 0, and habits."""
    user = np.repeat(rng.permutation(3 * users)[:users], rng.integers(1, most + 1, users))
    ids = np.array([0, 1, 2, 3, 5, 10, 11, 12, 13, 20, 31, 44])
    liked = rng.dirichlet(np.full(len(ids), 0.9))
    step = rng.choice([0, 1, 1, 2, 4], len(user))
    place = rng.choice(len(ids), len(user), p=0.7 * liked + 0.3 / len(ids))
    for i in range(1, len(user)):
        if rng.random() < 0.55:
            place[i] = (place[i - 1] + step[i]) % len(ids)
    return user, ids[place]


def _pairs_of(user, item):
    same = user[1:] == user[:-1]
    return item[:-1][same], item[1:][same]


def _cases(first, second):
    cases = {}
    for pair in zip(first.tolist(), second.tolist(), strict=True):
        cases[pair] = cases.get(pair, 0) + 1
    return cases


def _times(items):
    values, counts = np.unique(items, return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def _rules(cases, of, support, confidence):
    return sum(
        count > support and count > confidence * of.get(pair[0], 0) for pair, count in cases.items()
    )


def _across_users(user, item, support=5, confidence=0.1):
    cases = _cases(item[:-1], item[1:])
    return _rules(cases, _times(item[:-1]), support, confidence)


def _confidence_of_all(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    of = dict.fromkeys(first.tolist(), len(first))
    return _rules(_cases(first, second), of, support, confidence)


def _confidence_of_all_events(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    of = dict.fromkeys(first.tolist(), len(item))
    return _rules(_cases(first, second), of, support, confidence)


def _at_least(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    return _rules(_cases(first, second), _times(first), support - 1, confidence - 1e-9)


def _support_at_least(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    return _rules(_cases(first, second), _times(first), support - 1, confidence)


def _confidence_at_least(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    return _rules(_cases(first, second), _times(first), support, confidence - 1e-9)


def _support_alone(user, item, support=5, confidence=0.1):
    return _rules(_cases(*_pairs_of(user, item)), {}, support, 0.0)


def _confidence_alone(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    return _rules(_cases(first, second), _times(first), 0, confidence)


def _one_is_enough(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    of = _times(first)
    cases = _cases(first, second)
    return sum(count > support or count > confidence * of[i] for (i, _), count in cases.items())


def _no_threshold(user, item, support=5, confidence=0.1):
    return len(_cases(*_pairs_of(user, item)))


def _default_thresholds(user, item, support=5, confidence=0.1):
    return count_rules(user, item)


def _default_support(user, item, support=5, confidence=0.1):
    return count_rules(user, item, confidence=confidence)


def _default_confidence(user, item, support=5, confidence=0.1):
    return count_rules(user, item, support=support)


def _less_than(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    of = _times(first)
    cases = _cases(first, second)
    return sum(count < support and count < confidence * of[i] for (i, _), count in cases.items())


def _counts_cases(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    of = _times(first)
    cases = _cases(first, second)
    return sum(
        count for (i, _), count in cases.items() if count > support and count > confidence * of[i]
    )


def _counts_items(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    of = _times(first)
    cases = _cases(first, second)
    kept = {i for (i, _), count in cases.items() if count > max(support, confidence * of[i])}
    return len(kept)


def _not_itself(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    other = first != second
    return _rules(_cases(first[other], second[other]), _times(first[other]), support, confidence)


def _not_itself_but_in_the_cases(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    other = first != second
    return _rules(_cases(first[other], second[other]), _times(first), support, confidence)


def _all_clicks_of_i(user, item, support=5, confidence=0.1):
    return _rules(_cases(*_pairs_of(user, item)), _times(item), support, confidence)


def _all_clicks_of_j(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    return _rules(_cases(second, first), _times(item), support, confidence)


def _share_of_j(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    return _rules(_cases(second, first), _times(second), support, confidence)


def _users_who_clicked(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    of = {i: len(set(user[item == i].tolist())) for i in set(first.tolist())}
    return _rules(_cases(first, second), of, support, confidence)


def _once_per_user(user, item, support=5, confidence=0.1):
    same = user[1:] == user[:-1]
    rows = np.stack([user[:-1][same], item[:-1][same], item[1:][same]], axis=1)
    rows = np.unique(rows, axis=0)
    return _rules(_cases(rows[:, 1], rows[:, 2]), _times(rows[:, 1]), support, confidence)


def _counted_by_users(user, item, support=5, confidence=0.1):
    same = user[1:] == user[:-1]
    rows = np.stack([user[:-1][same], item[:-1][same], item[1:][same]], axis=1)
    first = rows[:, 1]
    rows = np.unique(rows, axis=0)
    return _rules(_cases(rows[:, 1], rows[:, 2]), _times(first), support, confidence)


def _later_ones(user, item):
    """All pairs (i, j) of one user in which j comes any time after i."""
    pairs = [
        (item[a], item[b])
        for a in range(len(user))
        for b in range(a + 1, len(user))
        if user[a] == user[b]
    ]
    return np.array(pairs, dtype=int).reshape(-1, 2).T


def _any_time_after(user, item, support=5, confidence=0.1):
    first, second = _later_ones(user, item)
    return _rules(_cases(first, second), _times(first), support, confidence)


def _any_time_after_of_cases(user, item, support=5, confidence=0.1):
    cases = _cases(*_later_ones(user, item))
    return _rules(cases, _times(_pairs_of(user, item)[0]), support, confidence)


def _two_steps_after(user, item, support=5, confidence=0.1):
    same = user[2:] == user[:-2]
    first, second = item[:-2][same], item[2:][same]
    return _rules(_cases(first, second), _times(first), support, confidence)


def _within_two_steps(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    same = user[2:] == user[:-2]
    firsts = np.concatenate([first, item[:-2][same]])
    seconds = np.concatenate([second, item[2:][same]])
    return _rules(_cases(firsts, seconds), _times(firsts), support, confidence)


def _pairs_without_overlap(user, item, support=5, confidence=0.1):
    n = len(item) // 2 * 2
    same = user[:n:2] == user[1:n:2]
    first, second = item[:n:2][same], item[1:n:2][same]
    return _rules(_cases(first, second), _times(first), support, confidence)


def _without_direction(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    low, high = np.minimum(first, second), np.maximum(first, second)
    return _rules(_cases(low, high), _times(low), support, confidence)


def _without_direction_of_i(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    low, high = np.minimum(first, second), np.maximum(first, second)
    return _rules(_cases(low, high), _times(first), support, confidence)


def _both_directions(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    firsts, seconds = np.concatenate([first, second]), np.concatenate([second, first])
    return _rules(_cases(firsts, seconds), _times(firsts), support, confidence)


def _rules_by_key(key, of, support, confidence):
    cases, totals = _times(key), {}
    for k, i in zip(key.tolist(), of.tolist(), strict=True):
        totals[k] = i
    return sum(count > support and count > confidence * totals[k] for k, count in cases.items())


def _keys_of_distinct(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    times = _times(first)
    of = np.array([times[i] for i in first.tolist()], dtype=float)
    n = len(np.unique(item))
    return _rules_by_key(first * n + second, of, support, confidence)


def _keys_of_the_largest(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    times = _times(first)
    of = np.array([times[i] for i in first.tolist()], dtype=float)
    return _rules_by_key(first * item.max(initial=0) + second, of, support, confidence)


def _keys_of_distinct_cut_back(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    n = len(np.unique(item))
    key = first * n + second
    of = _times(key // n)
    return sum(
        count > support and count > confidence * of[k // n] for k, count in _times(key).items()
    )


def _keys_of_distinct_read_back(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    n = len(np.unique(item))
    of = _times(first)
    cases = _times(first * n + second)
    return sum(
        count > support and count > confidence * of.get(k // n, 0) for k, count in cases.items()
    )


def _keys_of_ten(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    times = _times(first)
    of = np.array([times[i] for i in first.tolist()], dtype=float)
    return _rules_by_key(first * 10 + second, of, support, confidence)


def _keys_added(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    times = _times(first)
    of = np.array([times[i] for i in first.tolist()], dtype=float)
    return _rules_by_key(first + second, of, support, confidence)


def _one_user_alone(user, item, support=5, confidence=0.1):
    mine = user == user[0]
    return count_rules(user[mine], item[mine], support=support, confidence=confidence)


def _per_user(user, item, support=5, confidence=0.1):
    return sum(
        count_rules(user[user == u], item[user == u], support=support, confidence=confidence)
        for u in np.unique(user)
    )


def _last_pair_lost(user, item, support=5, confidence=0.1):
    return count_rules(user[:-1], item[:-1], support=support, confidence=confidence)


def _first_pair_lost(user, item, support=5, confidence=0.1):
    return count_rules(user[1:], item[1:], support=support, confidence=confidence)


def _items_sorted(user, item, support=5, confidence=0.1):
    order = np.lexsort((item, user))
    return count_rules(user[order], item[order], support=support, confidence=confidence)


def _the_rules_themselves(user, item, support=5, confidence=0.1):
    first, second = _pairs_of(user, item)
    of = _times(first)
    cases = _cases(first, second)
    return [
        pair
        for pair, count in cases.items()
        if count > support and count > confidence * of[pair[0]]
    ]


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
    built="You have built the first half of the shuffle test: rules that only an ordered log "
    "has. The next cell counts them in the journeys; a shuffle leaves less than half of them.",
    ours="The library gives each pair one number, `i * n_items + j`, and counts the numbers: no "
    "dict, no `groupby`.",
    misconceptions=(
        Misconception(
            name="across users",
            wrong=_across_users,
            says="You also pair one user's last click with the next user's first, across the "
            "boundary between two users. A rule lives within one user: pair only where both have "
            "the same `user`.",
        ),
        Misconception(
            name="confidence of all pairs",
            wrong=_confidence_of_all,
            says="You take the confidence as a share of *all* pairs. It is a share of the cases "
            "in which something follows i: the denominator belongs to i.",
        ),
        Misconception(
            name="confidence of all events",
            wrong=_confidence_of_all_events,
            says="You take the confidence as a share of all clicks of the log. It is a share of "
            "the cases in which something follows i: the denominator belongs to i.",
        ),
        Misconception(
            name="at least",
            wrong=_at_least,
            says="You keep pairs that just reach a threshold (>=). Both ask for *more than*: use "
            "> for support and confidence.",
        ),
        Misconception(
            name="support reached",
            wrong=_support_at_least,
            says="You keep pairs with exactly `support` cases (>=, at least). The task says *more "
            "than* `support`: use >, strictly greater.",
        ),
        Misconception(
            name="confidence reached",
            wrong=_confidence_at_least,
            says="You keep pairs of exactly the confidence (>=, at least). The task says in *more "
            "than* `confidence` of the cases: use >, strictly greater.",
        ),
        Misconception(
            name="support alone",
            wrong=_support_alone,
            says="You test the support only; `confidence` is not used. A pair can be frequent "
            "just because both items are: test the confidence too.",
        ),
        Misconception(
            name="confidence alone",
            wrong=_confidence_alone,
            says="You test the confidence only; `support` is not used. A pair that happened once "
            "or twice is no rule: test the support too.",
        ),
        Misconception(
            name="one limit is enough",
            wrong=_one_is_enough,
            says="One of the two thresholds is enough in your answer (or). A rule has to pass "
            "both, support *and* confidence: `&`.",
        ),
        Misconception(
            name="no threshold",
            wrong=_no_threshold,
            says="You count all distinct pairs, without any threshold. A rule needs more than "
            "`support` cases and more than `confidence` of the cases of i.",
        ),
        Misconception(
            name="thresholds not read",
            wrong=_default_thresholds,
            says="You use fixed thresholds, 5 and 0.1: the arguments `support` and `confidence` "
            "are never read.",
        ),
        Misconception(
            name="support not read",
            wrong=_default_support,
            says="You use the fixed number 5: the argument `support` is never read.",
        ),
        Misconception(
            name="confidence not read",
            wrong=_default_confidence,
            says="You use the fixed number 0.1: the argument `confidence` is never read.",
        ),
        Misconception(
            name="less than",
            wrong=_less_than,
            says="You count pairs that stay below the thresholds: the comparisons are turned "
            "(inverted). A rule has *more than* `support` cases.",
        ),
        Misconception(
            name="counts cases",
            wrong=_counts_cases,
            says="You add up the cases of the rules. Count each rule once: how many distinct "
            "pairs pass, not how often they occur.",
        ),
        Misconception(
            name="counts items",
            wrong=_counts_items,
            says="You count the items i that have a rule. One item can start several: count the "
            "pairs (i, j).",
        ),
        Misconception(
            name="drops repeats",
            wrong=_not_itself,
            says="You leave out items that follow themselves, or merge repeated clicks before you "
            "pair. Here they count: a repeat (i, i) is a rule as well, and it is a case of i.",
        ),
        Misconception(
            name="repeats are cases, but no rules",
            wrong=_not_itself_but_in_the_cases,
            says="You count no rule from an item to itself. An item may follow itself: the pair "
            "(i, i) can be a rule like any other.",
        ),
        Misconception(
            name="all clicks of i",
            wrong=_all_clicks_of_i,
            says="You divide by all clicks on i, also by those that nothing follows. A user's "
            "last click is no case: count i among the first items of the pairs only.",
        ),
        Misconception(
            name="all clicks of j",
            wrong=_all_clicks_of_j,
            says="You divide by all clicks on j, the item that follows. The confidence is the "
            "share among the cases of i, the item that comes first (the antecedent).",
        ),
        Misconception(
            name="share of j",
            wrong=_share_of_j,
            says="You take the share among the cases of j, the item that follows. The confidence "
            "asks how often j comes *after i*: the denominator is the cases of i, the first of "
            "the pair.",
        ),
        Misconception(
            name="users who clicked i",
            wrong=_users_who_clicked,
            says="Your denominator counts the users who clicked i. It should count the cases in "
            "which something follows i, each one of them.",
        ),
        Misconception(
            name="once per user",
            wrong=_once_per_user,
            says="You count each pair once per user (distinct users). Every case counts, also the "
            "second one of the same user: no `unique`, no `drop_duplicates`.",
        ),
        Misconception(
            name="cases by users",
            wrong=_counted_by_users,
            says="You count in how many users a pair occurs, but the cases of i by event. Every "
            "case counts, also the second one of the same user.",
        ),
        Misconception(
            name="any time after",
            wrong=_any_time_after,
            says="You count j any time after i. A rule wants j *at once* after i: the next click, "
            "adjacent, without others between them.",
        ),
        Misconception(
            name="any time after, of the cases",
            wrong=_any_time_after_of_cases,
            says="You count every later j, not only the next one. A rule wants j *at once* after "
            "i: consecutive clicks, adjacent, without others between them.",
        ),
        Misconception(
            name="two steps after",
            wrong=_two_steps_after,
            says="You pair each click with the one two places later (off by one). A rule wants "
            "the very next: `item[:-1]` and `item[1:]`.",
        ),
        Misconception(
            name="within two steps",
            wrong=_within_two_steps,
            says="You also pair clicks that are two places apart. A rule wants j *at once* after "
            "i: only adjacent clicks.",
        ),
        Misconception(
            name="pairs without overlap",
            wrong=_pairs_without_overlap,
            says="You cut the log into pairs that don't overlap (step 2), so every second pair is "
            "lost. Each click but the last starts a pair: `item[:-1]` and `item[1:]`.",
        ),
        Misconception(
            name="without direction",
            wrong=_without_direction,
            says="You take (i, j) and (j, i) for the same pair (unordered, sorted). The direction "
            "counts: i first, then j.",
        ),
        Misconception(
            name="without direction, of i",
            wrong=_without_direction_of_i,
            says="You merge (i, j) with (j, i), as if order did not matter (a set, sorted pairs). "
            "The direction counts: i first, then j.",
        ),
        Misconception(
            name="both directions",
            wrong=_both_directions,
            says="You count each pair in both directions, forward and backward. The order "
            "matters: only j after i.",
        ),
        Misconception(
            name="keys of distinct items",
            wrong=_keys_of_distinct,
            says="Your keys collide: you number pairs i * n + j with n the number of different "
            "items, but ids have gaps and may be larger than n. Use n above the largest id, or "
            "group by both columns.",
        ),
        Misconception(
            name="keys cut back",
            wrong=_keys_of_distinct_cut_back,
            says="Your keys collide, i * n + j is not unique: n is the number of different items, "
            "but ids have gaps and may be larger. Then i cannot be read back from the key: take n "
            "above the largest id.",
        ),
        Misconception(
            name="keys of the largest item",
            wrong=_keys_of_the_largest,
            says="Your keys collide: with n the largest id, i * n + j is the same for (i, n) and "
            "(i + 1, 0). Use n + 1, one more than the maximum.",
        ),
        Misconception(
            name="keys read back",
            wrong=_keys_of_distinct_read_back,
            says="Your keys collide: i * n + j is not unique and i = key // n is wrong, as n is "
            "the number of different items, but ids have gaps and may be larger than n. Take n "
            "above the largest id.",
        ),
        Misconception(
            name="keys of ten",
            wrong=_keys_of_ten,
            says="Your keys collide: with 10 * i + j two pairs can share a number as soon as ids "
            "have two digits. Use a factor above the largest id, or group by both columns.",
        ),
        Misconception(
            name="keys added",
            wrong=_keys_added,
            says="Your keys collide: i + j is the same for many pairs. Group by both columns, i "
            "and j.",
        ),
        Misconception(
            name="one user alone",
            wrong=_one_user_alone,
            says="You look at the first user only. Cases of all users count together.",
        ),
        Misconception(
            name="user by user",
            wrong=_per_user,
            says="You apply the thresholds user by user and add up. A rule is counted over all "
            "users together: collect the pairs of all, then compare.",
        ),
        Misconception(
            name="the last pair lost",
            wrong=_last_pair_lost,
            says="You lose the last pair of the log (off by one at the end): the second items run "
            "to the end, `item[1:]`.",
        ),
        Misconception(
            name="the first pair lost",
            wrong=_first_pair_lost,
            says="You lose the first pair of the log (off by one at the start): the first items "
            "start at 0, `item[:-1]`.",
        ),
        Misconception(
            name="items sorted",
            wrong=_items_sorted,
            says="You sort each user's clicks by item, so what followed what is lost. The events "
            "are in order of time already: don't sort.",
        ),
        Misconception(
            name="the rules themselves",
            wrong=_the_rules_themselves,
            says="You return the rules themselves, a list. Wanted is how many there are: an int, "
            "`len(...)`.",
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
                why="The models learned from 200,000 exposures, some 4,000 of each product. More "
                "rows of a table without order hold no order.",
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

GUESSES = (
    GuessNumber(
        id="1.1",
        asks="Clicked, of the rows right after a clicked one",
        unit="%",
        high=100,
        close=2,
    ),
    GuessNumber(id="1.2", asks="LinUCB's part of the way", unit="%", high=100, close=10),
    GuessNumber(id="1.3", asks="The MLP's part of the way", unit="%", high=100, close=10),
    GuessNumber(
        id="1.4",
        asks="How many of the oracle's top five differ between the sessions",
        unit="of 5",
        high=5,
        close=0,
    ),
    GuessNumber(
        id="1.5",
        asks="What a shuffle takes from the score, exposures",
        unit="%",
        low=-100,
        high=100,
        close=5,
    ),
    GuessNumber(
        id="1.6",
        asks="What a shuffle takes from the score, journeys",
        unit="%",
        low=-100,
        high=100,
        close=10,
    ),
)
