"""Answer key of chapter 06."""

import math

import numpy as np
import torch
from torch import nn

from course.coach import (
    Choice,
    EquivalentMutant,
    Exercise,
    GuessChoice,
    GuessNumber,
    Misconception,
    ModuleProbe,
    Probe,
    Quiz,
)
from seqrec.metrics import matched_ratio
from seqrec.models import (
    MultiHeadAttention,
    SequenceEncoder,
    TransformerBlock,
    draw_weights,
    visible_mask,
)
from seqrec.models.attention import attention, merge_heads, split_heads
from seqrec.models.positions import sinusoidal_positions


def _normal(rng, *shape, scale=1.0):
    return torch.from_numpy(rng.normal(size=shape) * scale).float()


# --- 6.1 Scaled dot-product attention -------------------------------------------------------------


def _attention_probes(rng):
    one = torch.tensor([[1.0, 2.0]])
    yield Probe((one, one, one, torch.tensor([[True]])), label="one query, one key", edge=True)
    q, k, v = (
        torch.tensor([[1.0, 0.0]]),
        torch.tensor([[1.0, 0.0], [0.0, 1.0]]),
        torch.tensor([[4.0], [8.0]]),
    )
    yield Probe((q, k, v, torch.tensor([[True, True]])), label="one query, two keys")
    yield Probe((q, k, v, torch.tensor([[False, True]])), label="one of two keys is hidden")
    yield Probe(
        (q, k, v, torch.tensor([[False, False]])), label="a query that sees nothing", edge=True
    )
    three = _normal(rng, 3, 4)
    yield Probe(
        (three, _normal(rng, 3, 4), _normal(rng, 3, 2), torch.ones(3, 3, dtype=torch.bool).tril()),
        label="a causal mask",
    )
    for _ in range(2):
        q, k, v = _normal(rng, 2, 5, 3), _normal(rng, 2, 4, 3), _normal(rng, 2, 4, 6)
        visible = torch.from_numpy(rng.random((2, 5, 4)) < 0.6)
        visible[..., 1] = True
        yield Probe((q, k, v, visible), label="a batch of two")
    for _ in range(2):
        q, k, v = _normal(rng, 2, 3, 4, 5), _normal(rng, 2, 3, 6, 5), _normal(rng, 2, 3, 6, 2)
        visible = torch.from_numpy(rng.random((2, 1, 4, 6)) < 0.6)
        visible[..., 0] = True
        yield Probe(
            (q, k, v, visible), label="batches and heads, one mask for all heads", gradients=True
        )
    cube = _normal(rng, 3, 3, 3)
    yield Probe(
        (cube, 2 * cube, -cube, torch.ones(3, 3, dtype=torch.bool).tril()),
        label="all axes of the same length",
        edge=True,
    )
    yield Probe(
        (30 * three, 30 * three, three, torch.ones(3, 3, dtype=torch.bool)),
        label="large scores",
        edge=True,
    )
    yield Probe(
        (three, three, three, torch.ones(3, 3, dtype=torch.bool)),
        label="another device",
        elsewhere=True,
    )


def _weighted(scores, v, visible):
    weights = scores.masked_fill(~visible, float("-inf")).softmax(dim=-1)
    return weights @ v, weights


def _attention_unscaled(q, k, v, visible):
    return _weighted(q @ k.transpose(-2, -1), v, visible)


def _attention_by_d(q, k, v, visible):
    return _weighted(q @ k.transpose(-2, -1) / q.shape[-1], v, visible)


def _attention_by_keys(q, k, v, visible):
    return _weighted(q @ k.transpose(-2, -1) / k.shape[-2] ** 0.5, v, visible)


def _attention_over_queries(q, k, v, visible):
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    weights = scores.masked_fill(~visible, float("-inf")).softmax(dim=-2)
    return weights @ v, weights


def _attention_masked_afterwards(q, k, v, visible):
    weights = (q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5).softmax(dim=-1) * visible
    return weights @ v, weights


def _attention_zero_scores(q, k, v, visible):
    weights = (
        (q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5).masked_fill(~visible, 0.0).softmax(dim=-1)
    )
    return weights @ v, weights


def _attention_turned(q, k, v, visible):
    return _weighted(q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5, v, ~visible)


def _attention_large_number(q, k, v, visible):
    weights = (
        (q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5).masked_fill(~visible, -1e9).softmax(dim=-1)
    )
    return weights @ v, weights


def _attention_ignores_visible(q, k, v, visible):
    weights = (q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5).softmax(dim=-1)
    return weights @ v, weights


def _attention_by_values(q, k, v, visible):
    return _weighted(q @ k.transpose(-2, -1) / v.shape[-1] ** 0.5, v, visible)


def _attention_by_queries(q, k, v, visible):
    return _weighted(q @ k.transpose(-2, -1) / q.shape[-2] ** 0.5, v, visible)


def _attention_times_root(q, k, v, visible):
    return _weighted(q @ k.transpose(-2, -1) * q.shape[-1] ** 0.5, v, visible)


def _attention_weights_divided(q, k, v, visible):
    scores = (q @ k.transpose(-2, -1)).masked_fill(~visible, float("-inf"))
    weights = scores.softmax(dim=-1) / q.shape[-1] ** 0.5
    return weights @ v, weights


def _attention_powers_of_two(q, k, v, visible):
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    counts = 2 ** scores.masked_fill(~visible, float("-inf"))
    weights = counts / counts.sum(dim=-1, keepdim=True)
    return weights @ v, weights


def _attention_powers_of_two_undivided(q, k, v, visible):
    counts = 2 ** (q @ k.transpose(-2, -1)).masked_fill(~visible, float("-inf"))
    weights = counts / counts.sum(dim=-1, keepdim=True)
    return weights @ v, weights


def _attention_all_axes(q, k, v, visible):
    turned = k.permute(*reversed(range(k.ndim)))
    return _weighted(q @ turned / q.shape[-1] ** 0.5, v, visible)


def _attention_first_axes(q, k, v, visible):
    return _weighted(q @ k.transpose(0, 1) / q.shape[-1] ** 0.5, v, visible)


def _attention_two_axes_only(q, k, v, visible):
    return _weighted(q @ k.t() / q.shape[-1] ** 0.5, v, visible)


def _attention_three_axes_only(q, k, v, visible):
    return _weighted(q @ k.transpose(1, 2) / q.shape[-1] ** 0.5, v, visible)


def _attention_not_transposed(q, k, v, visible):
    return _weighted(q @ k / q.shape[-1] ** 0.5, v, visible)


def _attention_over_axis_one(q, k, v, visible):
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    weights = scores.masked_fill(~visible, float("-inf")).softmax(dim=1)
    return weights @ v, weights


def _attention_over_axis_zero(q, k, v, visible):
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    weights = scores.masked_fill(~visible, float("-inf")).softmax(dim=0)
    return weights @ v, weights


def _attention_no_softmax(q, k, v, visible):
    weights = (q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5).masked_fill(~visible, 0.0)
    return weights @ v, weights


def _attention_shares_of_scores(q, k, v, visible):
    scores = (q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5).masked_fill(~visible, 0.0)
    weights = scores / scores.sum(dim=-1, keepdim=True)
    return weights @ v, weights


def _attention_sigmoid(q, k, v, visible):
    scores = (q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5).masked_fill(~visible, float("-inf"))
    weights = scores.sigmoid()
    return weights @ v, weights


def _attention_cosine(q, k, v, visible):
    unit_q, unit_k = (nn.functional.normalize(part, dim=-1) for part in (q, k))
    return _weighted(unit_q @ unit_k.transpose(-2, -1), v, visible)


def _attention_negative(q, k, v, visible):
    return _weighted(-q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5, v, visible)


def _attention_output_only(q, k, v, visible):
    return attention(q, k, v, visible)[0]


def _attention_exchanged(q, k, v, visible):
    return attention(q, k, v, visible)[::-1]


def _attention_gives_scores(q, k, v, visible):
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    scores = scores.masked_fill(~visible, float("-inf"))
    return scores.softmax(dim=-1) @ v, scores


def _attention_of_keys(q, k, v, visible):
    weights = attention(q, k, v, visible)[1]
    return weights @ k, weights


def _attention_of_queries(q, k, v, visible):
    return _weighted(q @ q.transpose(-2, -1) / q.shape[-1] ** 0.5, v, visible)


def _attention_zero_for_nothing(q, k, v, visible):
    weights = attention(q, k, v, visible)[1].nan_to_num(0.0)
    return weights @ v, weights


def _attention_adds_the_mask(q, k, v, visible):
    weights = (q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5 + visible).softmax(dim=-1)
    return weights @ v, weights


def _attention_always_causal(q, k, v, visible):
    past = torch.ones_like(visible).tril()
    return attention(q, k, v, visible & past)


def _attention_overflows(q, k, v, visible):
    counts = (q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5).exp() * visible
    weights = counts / counts.sum(dim=-1, keepdim=True)
    return weights @ v, weights


def _attention_first_mask(q, k, v, visible):
    return attention(q, k, v, visible if visible.ndim == 2 else visible[:1])


_ATTENTION = Exercise(
    id="6.1",
    title="Scaled dot-product attention",
    minutes=8,
    reference=attention,
    probes=_attention_probes,
    hints=(
        "Three steps: a score for each query and key, a softmax over the keys, a weighted mean of "
        "the values.",
        "`q @ k.transpose(-2, -1)` are all scores, (..., L, S). Divide them by `d ** 0.5`; "
        "`masked_fill` writes `float('-inf')` where `~visible`.",
        "`weights = scores.masked_fill(~visible, float('-inf')).softmax(dim=-1)`, then `return "
        "weights @ v, weights`",
    ),
    built="You have built attention, the one formula of every transformer. The next cell holds "
    "it against the NumPy by hand; with the heads of section 6.4 it becomes the library's layer.",
    ours="-inf before the softmax makes a weight exactly 0, and the sum stays 1 by itself.",
    misconceptions=(
        Misconception(
            name="powers of two",
            wrong=_attention_powers_of_two,
            says="Your weights are powers of two, as in the example by hand. A softmax has "
            "base e: count `exp(score)`, or call `.softmax(dim=-1)`.",
        ),
        Misconception(
            name="powers of two, undivided",
            wrong=_attention_powers_of_two_undivided,
            says="You count powers of two of undivided scores, as in the example by hand. In "
            "earnest the base is e, the softmax, and the scores are divided by the square root "
            "of d.",
        ),
        Misconception(
            name="divided by d",
            wrong=_attention_by_d,
            says="You divide by d itself. A sum of d products grows like the *square root* of "
            "d: the root is missing.",
        ),
        Misconception(
            name="multiplied by the root",
            wrong=_attention_times_root,
            says="You multiply the scores by the square root of d. That makes them still "
            "larger: divide by it.",
        ),
        Misconception(
            name="square root of the number of keys",
            wrong=_attention_by_keys,
            says="You divide by the root of the number of keys, S. It is the width d of a "
            "query, its last axis, that makes scores large.",
        ),
        Misconception(
            name="square root of the value's width",
            wrong=_attention_by_values,
            says="You divide by the root of the values' width, D. Scores are products of "
            "queries and keys: the width d of a query counts, `q.shape[-1]`, not that of v.",
        ),
        Misconception(
            name="square root of the number of queries",
            wrong=_attention_by_queries,
            says="You divide by the root of the number of queries, the length L. The width d "
            "of a query is its *last* axis: `q.shape[-1]`.",
        ),
        Misconception(
            name="scaled after the softmax",
            wrong=_attention_weights_divided,
            says="You divide the weights by the root of d, after the softmax, so they no "
            "longer sum to 1. Scale the scores, before it.",
        ),
        Misconception(
            name="cosine",
            wrong=_attention_cosine,
            says="You compare directions only, the cosine of normalised vectors. Attention "
            "takes the plain dot product, divided by the square root of d.",
        ),
        Misconception(
            name="negative scores",
            wrong=_attention_negative,
            says="Your scores have the wrong sign: the key that fits least gets the most "
            "weight. Don't negate the dot product.",
        ),
        Misconception(
            name="not scaled",
            wrong=_attention_unscaled,
            says="The scores are not scaled: the division is missing. Divide them by the "
            "square root of d, the width of a query.",
        ),
        Misconception(
            name="softmax over the queries",
            wrong=_attention_over_queries,
            says="You take the softmax over the queries, the wrong axis: your columns sum to "
            "1. Each *query* shares out its attention, so it runs over the keys, `dim=-1`.",
        ),
        Misconception(
            name="softmax over axis 1",
            wrong=_attention_over_axis_one,
            says="Your softmax runs over axis 1. With leading axes, batches or heads, that is "
            "not the keys' axis: count from the end, `dim=-1`.",
        ),
        Misconception(
            name="softmax over axis 0",
            wrong=_attention_over_axis_zero,
            says="Your softmax runs over the first axis, across queries or the batch. The "
            "keys are on the last axis: `dim=-1`.",
        ),
        Misconception(
            name="no softmax",
            wrong=_attention_no_softmax,
            says="There is no softmax in your code: the weights are bare scores, which don't "
            "sum to 1. Call `.softmax(dim=-1)` on the scores.",
        ),
        Misconception(
            name="shares of the scores",
            wrong=_attention_shares_of_scores,
            says="You divide the scores by their sum, without `exp`. Scores may be negative; "
            "a softmax takes e to their power first, then normalises.",
        ),
        Misconception(
            name="sigmoid",
            wrong=_attention_sigmoid,
            says="You use a sigmoid: each weight by itself, so that a row does not sum to 1. "
            "A softmax lets the keys compete: `.softmax(dim=-1)`.",
        ),
        Misconception(
            name="exp overflows",
            wrong=_attention_overflows,
            says="Your own softmax overflows: `exp` of a large score is infinite, and inf / "
            "inf is NaN. Subtract each row's largest score first, or call `.softmax(dim=-1)`, "
            "which does.",
        ),
        Misconception(
            name="transposes all axes",
            wrong=_attention_all_axes,
            says="You transpose all axes of k, the leading ones (batch, heads) too: `k.T` is "
            "right for two axes only. Swap only the last two: `k.transpose(-2, -1)`.",
        ),
        Misconception(
            name="transposes the first axes",
            wrong=_attention_first_axes,
            says="You swap the first two axes of k. With a batch or heads in front, those are "
            "not length and width: swap the last two, `k.transpose(-2, -1)`.",
        ),
        Misconception(
            name="two axes only",
            wrong=_attention_two_axes_only,
            says="`k.t()` works for matrices only, without batch and heads. `k.transpose(-2, "
            "-1)` swaps the last two axes, whatever stands in front.",
        ),
        Misconception(
            name="three axes only",
            wrong=_attention_three_axes_only,
            says="You swap axes 1 and 2 of k, counted from the front: right with exactly one "
            "leading axis (batch). Count from the end, `k.transpose(-2, -1)`, for any number.",
        ),
        Misconception(
            name="keys not transposed",
            wrong=_attention_not_transposed,
            says="You multiply q by k without transposing it. A score is a dot product of a "
            "query and a key: `q @ k.transpose(-2, -1)`.",
        ),
        Misconception(
            name="queries against queries",
            wrong=_attention_of_queries,
            says="You compare queries with queries, and never use k. Scores are queries times "
            "*keys*: `q @ k.transpose(-2, -1)`.",
        ),
        Misconception(
            name="mean of the keys",
            wrong=_attention_of_keys,
            says="The weights are right, but you mix the keys with them. The output is the "
            "weighted mean of the *values*: `weights @ v`.",
        ),
        Misconception(
            name="masked after the softmax",
            wrong=_attention_masked_afterwards,
            says="You apply the mask after the softmax, so what is left no longer sums to 1: "
            "it is not normalised. Hide keys before it: a score of -inf gets a weight of "
            "exactly 0.",
        ),
        Misconception(
            name="a score of 0 for hidden keys",
            wrong=_attention_zero_scores,
            says="You set hidden scores to 0, or multiply them by the mask. But e to the "
            "power 0 is 1: a hidden key still gets its share. Fill with `float('-inf')`, not "
            "zero.",
        ),
        Misconception(
            name="adds the mask",
            wrong=_attention_adds_the_mask,
            says="You add the mask to the scores as ones and zeros, which hides nothing. "
            "Where `visible` is False the score must become -inf: `masked_fill(~visible, "
            "float('-inf'))`.",
        ),
        Misconception(
            name="sign of the mask",
            wrong=_attention_turned,
            says="Your mask is inverted, the wrong way round: you hide what is visible. Here "
            "True means *may look*: fill where `~visible`.",
        ),
        Misconception(
            name="always causal",
            wrong=_attention_always_causal,
            says="You hide the future on your own, with a causal triangle. Who may look at "
            "whom is said by `visible` alone.",
        ),
        Misconception(
            name="first mask for all",
            wrong=_attention_first_mask,
            says="You use the mask of the first row of the batch for all of them. Each has "
            "its own: leave `visible` whole, it broadcasts.",
        ),
        Misconception(
            name="a large negative number",
            wrong=_attention_large_number,
            says="A large negative number such as -1e9 is not never. A query that sees "
            "nothing would quietly look at everything that is hidden, all alike; with "
            "`float('-inf')` it is NaN, and you notice.",
        ),
        Misconception(
            name="zero instead of NaN",
            wrong=_attention_zero_for_nothing,
            says="You replace NaN by 0 for a query that sees nothing. Asked for is NaN, so "
            "that the mistake is noticed: leave out `nan_to_num`.",
        ),
        Misconception(
            name="ignores the mask",
            wrong=_attention_ignores_visible,
            says="You ignore the mask: `visible` is not used. Where it is False the score "
            "must be -inf before the softmax.",
        ),
        Misconception(
            name="gives scores",
            wrong=_attention_gives_scores,
            says="The output is right, but beside it you return the scores, before the "
            "softmax. Return the weights that sum to 1.",
        ),
        Misconception(
            name="exchanged",
            wrong=_attention_exchanged,
            says="You return the two results in the wrong order. First the output, then the "
            "weights.",
        ),
        Misconception(
            name="output only",
            wrong=_attention_output_only,
            says="You return the output alone; the weights are missing. Return both: `return "
            "weights @ v, weights`.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5 -> "
            "scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5",
            reason="To swap the last two axes is to swap them, in whatever order they are named.",
        ),
    ),
)

# --- 6.2 The mask ---------------------------------------------------------------------------------


def _mask_probes(rng):
    yield Probe((torch.tensor([[7]]), True), label="one click", edge=True)
    yield Probe((torch.tensor([[0, 7]]), False), label="padding, then one click")
    yield Probe((torch.tensor([[0, 7, 3]]), True), label="padding and two clicks, causal")
    yield Probe((torch.tensor([[0, 7, 3]]), False), label="padding and two clicks, both sides")
    yield Probe(
        (torch.tensor([[0, 0, 0], [0, 5, 5], [1, 2, 3]]), True),
        label="nothing but padding, causal",
        edge=True,
    )
    yield Probe(
        (torch.tensor([[0, 0, 0], [0, 5, 5], [1, 2, 3]]), False),
        label="nothing but padding, both sides",
        edge=True,
    )
    for causal in (True, False):
        for n, L in ((4, 6), (3, 5)):
            lengths = torch.from_numpy(rng.integers(1, L, size=n))
            items = torch.from_numpy(rng.integers(1, 51, size=(n, L))) * (
                torch.arange(L) >= L - lengths[:, None]
            )
            yield Probe((items, causal), label="random histories")
        yield Probe((items, causal), label="another device", elsewhere=True)


def _eye(items):
    return torch.eye(items.shape[1], dtype=torch.bool, device=items.device)


def _triangle(items):
    L = items.shape[1]
    return torch.ones(L, L, dtype=torch.bool, device=items.device)


def _keys(items):
    return (items != 0)[:, None, None, :].expand(-1, 1, items.shape[1], -1)


def _mask_looks_ahead(items, causal):
    visible = _keys(items)
    if causal:
        visible = visible & _triangle(items).triu()
    return visible | _eye(items)


def _mask_one_ahead(items, causal):
    visible = _keys(items)
    if causal:
        visible = visible & _triangle(items).tril(1)
    return visible | _eye(items)


def _mask_one_behind(items, causal):
    visible = _keys(items)
    if causal:
        visible = visible & _triangle(items).tril(-2)
    return visible | _eye(items)


def _mask_never_oneself(items, causal):
    visible = _keys(items)
    if causal:
        visible = visible & _triangle(items).tril()
    return visible & ~_eye(items)


def _mask_strict_past(items, causal):
    visible = _keys(items)
    return visible & _triangle(items).tril(-1) if causal else visible.clone()


def _mask_diagonal_and(items, causal):
    visible = _keys(items)
    if causal:
        visible = visible & _triangle(items).tril()
    return visible & _eye(items)


def _mask_of_queries(items, causal):
    L = items.shape[1]
    visible = (items != 0)[:, None, :, None].expand(-1, 1, -1, L)
    if causal:
        visible = visible & _triangle(items).tril()
    return visible | _eye(items)


def _mask_of_both(items, causal):
    real = items != 0
    visible = real[:, None, :, None] & real[:, None, None, :]
    if causal:
        visible = visible & _triangle(items).tril()
    return visible


def _mask_of_both_and_oneself(items, causal):
    return _mask_of_both(items, causal) | _eye(items)


def _mask_of_either(items, causal):
    real = items != 0
    visible = real[:, None, :, None] | real[:, None, None, :]
    if causal:
        visible = visible & _triangle(items).tril()
    return visible | _eye(items)


def _mask_without_diagonal(items, causal):
    visible = _keys(items)
    return visible & _triangle(items).tril() if causal else visible.clone()


def _mask_joined_by_or(items, causal):
    visible = _keys(items)
    if causal:
        visible = visible | _triangle(items).tril()
    return visible | _eye(items)


def _mask_turned(items, causal):
    return ~visible_mask(items, causal)


def _mask_of_padding(items, causal):
    visible = (items == 0)[:, None, None, :].expand(-1, 1, items.shape[1], -1)
    if causal:
        visible = visible & _triangle(items).tril()
    return visible | _eye(items)


def _mask_no_heads(items, causal):
    return visible_mask(items, causal)[:, 0]


def _mask_heads_first(items, causal):
    return visible_mask(items, causal).transpose(0, 1)


def _mask_heads_last(items, causal):
    return visible_mask(items, causal)[:, 0, :, :, None]


def _mask_heads_between(items, causal):
    return visible_mask(items, causal).transpose(1, 2)


def _mask_one_row(items, causal):
    return (items != 0)[:, None, None, :]


def _mask_square_only(items, causal):
    return _triangle(items).tril() if causal else _triangle(items)


def _mask_transposed(items, causal):
    return visible_mask(items, causal).transpose(2, 3)


def _mask_of_the_first(items, causal):
    return visible_mask(items[:1].expand(len(items), -1), causal)


def _mask_for_one(items, causal):
    return visible_mask(items[:1], causal)


def _mask_always_causal(items, causal):
    return visible_mask(items, True)


def _mask_never_causal(items, causal):
    return visible_mask(items, False)


def _mask_causal_turned(items, causal):
    return visible_mask(items, not causal)


def _mask_forgets_padding(items, causal):
    return visible_mask(items.clamp(min=1), causal)


def _mask_to_add(items, causal):
    visible = visible_mask(items, causal)
    return torch.zeros(visible.shape, device=items.device).masked_fill(~visible, -torch.inf)


def _mask_on_the_cpu(items, causal):
    L = items.shape[1]
    visible = _keys(items)
    if causal:
        visible = visible & torch.ones(L, L, dtype=torch.bool).tril()
    return visible | torch.eye(L, dtype=torch.bool)


_MASK = Exercise(
    id="6.2",
    title="Who may look at whom",
    minutes=8,
    reference=visible_mask,
    probes=_mask_probes,
    hints=(
        "Write the three rules as three tables of booleans and join them: `&` for *and*, `|` for "
        "*or*.",
        "`(items != 0)[:, None, None, :]` says which *keys* are clicks; `torch.ones(L, L, "
        "dtype=torch.bool).tril()` is the past and oneself. New tensors need "
        "`device=items.device`.",
        "`visible = keys.expand(-1, 1, L, -1)`, if causal `visible & past`, and at the end "
        "`visible | torch.eye(L, dtype=torch.bool, device=items.device)`",
    ),
    built="You have built the masks of this course: causal for SASRec, both sides for BERT4Rec. "
    "The next cells draw them, and the library's encoder calls the same lines.",
    ours="Ours broadcasts keys, triangle and diagonal, and never loops over positions.",
    misconceptions=(
        Misconception(
            name="one click ahead",
            wrong=_mask_one_ahead,
            says="Your triangle reaches one too far: each position sees the next click ahead, "
            "the very one to be predicted. `tril()` without an offset keeps the past and "
            "oneself.",
        ),
        Misconception(
            name="looks ahead",
            wrong=_mask_looks_ahead,
            says="Your row i looks at what comes *after* it, the future. The triangle is "
            "upside down: `tril` keeps the past, `triu` the future.",
        ),
        Misconception(
            name="the neighbour is hidden",
            wrong=_mask_one_behind,
            says="Your triangle stops too early: the click just before is hidden as well. "
            "`tril()` keeps all of the past and oneself.",
        ),
        Misconception(
            name="never oneself",
            wrong=_mask_never_oneself,
            says="You hide every position from itself. The diagonal must be True: each "
            "position sees itself, padding as well.",
        ),
        Misconception(
            name="only the strict past",
            wrong=_mask_strict_past,
            says="With `tril(-1)` a click sees only what came strictly before, not itself: "
            "the diagonal is missing. Every position sees itself.",
        ),
        Misconception(
            name="only oneself",
            wrong=_mask_diagonal_and,
            says="You join the diagonal with `&`, so each position sees only itself. It is a "
            "third reason to see something: join it with `|`, or.",
        ),
        Misconception(
            name="joined by or",
            wrong=_mask_joined_by_or,
            says="You join the past with `|`, or, so padding of the past and clicks of the "
            "future come in again. Both must hold: `&`, and.",
        ),
        Misconception(
            name="masks queries",
            wrong=_mask_of_queries,
            says="You mask padding as queries, the rows, the wrong axis. What must not be "
            "*looked at* are padding keys: the last axis, the columns, not the one before it.",
        ),
        Misconception(
            name="masks either",
            wrong=_mask_of_either,
            says="You let a pair pass if query *or* key is real. Only the key counts: padding "
            "is not looked at, whoever looks.",
        ),
        Misconception(
            name="masks both, then oneself",
            wrong=_mask_of_both_and_oneself,
            says="You blank the rows of padding too: as a query it sees only itself. The "
            "rules speak of keys alone: padding is not looked at, but it may look.",
        ),
        Misconception(
            name="masks both",
            wrong=_mask_of_both,
            says="You hide padding as a query, too, so its row sees nothing at all, and its "
            "softmax is NaN. Hide it as a key, and let every position see itself, the diagonal.",
        ),
        Misconception(
            name="no diagonal",
            wrong=_mask_without_diagonal,
            says="A history that begins with padding has rows that see nothing: the third "
            "rule is missing, the diagonal. `| torch.eye(L, dtype=torch.bool)` lets every "
            "position see itself, padding as well.",
        ),
        Misconception(
            name="padding is visible, clicks hidden",
            wrong=_mask_of_padding,
            says="Your padding mask is inverted: only padding can be looked at, and the "
            "clicks are hidden. A key is visible where `items != 0`.",
        ),
        Misconception(
            name="turned",
            wrong=_mask_turned,
            says="Your mask is right with its sign turned round, inverted: here True means "
            "*may look*. `nn.MultiheadAttention` wants what you wrote, True for hidden.",
        ),
        Misconception(
            name="a mask to add",
            wrong=_mask_to_add,
            says="You return numbers, 0 and -inf, to be added to scores. Asked for are "
            "booleans: True where a position may look.",
        ),
        Misconception(
            name="no axis for the heads",
            wrong=_mask_no_heads,
            says="The tables are right, the shape is not, (B, L, L): the axis for the heads "
            "is missing. (B, 1, L, L) lets one table serve them all.",
        ),
        Misconception(
            name="heads before the batch",
            wrong=_mask_heads_first,
            says="Your axis of 1 for the heads stands before the batch. It comes second: (B, "
            "1, L, L).",
        ),
        Misconception(
            name="heads at the end",
            wrong=_mask_heads_last,
            says="Your axis of 1 for the heads comes last. It stands second, behind the "
            "batch: (B, 1, L, L).",
        ),
        Misconception(
            name="heads between",
            wrong=_mask_heads_between,
            says="Your axis of 1 stands between queries and keys. It is the heads' axis and "
            "comes second: (B, 1, L, L).",
        ),
        Misconception(
            name="keys alone",
            wrong=_mask_one_row,
            says="You return one row of keys for each history, (B, 1, 1, L): neither the past "
            "nor the diagonal is in it. Each position needs a row of its own, (B, 1, L, L).",
        ),
        Misconception(
            name="the triangle alone",
            wrong=_mask_square_only,
            says="You return one (L, L) table and never look at `items`. Which keys are "
            "padding differs from row to row of the batch: (B, 1, L, L).",
        ),
        Misconception(
            name="transposed",
            wrong=_mask_transposed,
            says="Your table is transposed: [i, j] says whether j may look at i. Rows are "
            "those who look, columns what is looked at.",
        ),
        Misconception(
            name="the first history alone",
            wrong=_mask_for_one,
            says="You make a mask of the first history only. Each row of the batch needs its "
            "own: (B, 1, L, L).",
        ),
        Misconception(
            name="the first for all",
            wrong=_mask_of_the_first,
            says="You use the padding of the first history for the whole batch. Each row has "
            "its own.",
        ),
        Misconception(
            name="causal turned round",
            wrong=_mask_causal_turned,
            says="You have `causal` the wrong way round, inverted: you hide the future where "
            "it is False, and show it where it is True.",
        ),
        Misconception(
            name="always causal",
            wrong=_mask_always_causal,
            says="You ignore `causal`: it is never read, so your mask is always causal, in "
            "any case. Hide the future only if it is True; with False both sides are visible.",
        ),
        Misconception(
            name="never causal",
            wrong=_mask_never_causal,
            says="You ignore `causal`: you never hide the future. With `causal=True` a click "
            "may only see itself and what came before.",
        ),
        Misconception(
            name="forgets padding",
            wrong=_mask_forgets_padding,
            says="You forget padding: it can be looked at in your mask. A key is visible only "
            "where `items != 0`.",
        ),
        Misconception(
            name="on the CPU",
            wrong=_mask_on_the_cpu,
            says="You make new tensors on the CPU, wherever `items` is. On another device "
            "they can't be joined: give `device=items.device`.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="visible = (items != PAD)[:, None, None, :].expand(-1, 1, L, -1) -> "
            "visible = (items != PAD)[:, None, None, :]",
            reason="`| eye` makes the rows anyway.",
        ),
        EquivalentMutant(
            edit="visible = (items != 0)[:, None, None, :].expand(-1, 1, L, -1) -> "
            "visible = (items != 0)[:, None, None, :]",
            reason="`| eye` makes the rows anyway.",
        ),
    ),
)

# --- 6.3 and 6.4 Heads ----------------------------------------------------------------------------


def _split_probes(rng):
    yield Probe((torch.arange(4.0).view(1, 1, 4), 2), label="one position, two heads", edge=True)
    yield Probe((torch.arange(12.0).view(1, 2, 6), 2), label="two positions, two heads")
    yield Probe((torch.arange(6.0).view(1, 2, 3), 1), label="one head", edge=True)
    yield Probe((torch.arange(9.0).view(1, 3, 3), 3), label="as many heads as columns", edge=True)
    yield Probe((_normal(rng, 2, 4, 8), 4), label="random", gradients=True)
    yield Probe((_normal(rng, 2, 8, 12), 4), label="two histories, four heads of width 3")
    yield Probe((_normal(rng, 4, 6, 15), 3), label="four histories, three heads of width 5")


def _split_rows(x, H):
    B, L, D = x.shape
    return x.reshape(B, H, L, D // H)


def _split_interleaved(x, H):
    B, L, D = x.shape
    return x.reshape(B, L, D // H, H).permute(0, 3, 1, 2)


def _split_not_moved(x, H):
    B, L, D = x.shape
    return x.reshape(B, L, H, D // H)


def _split_copied(x, H):
    return x[:, None].expand(-1, H, -1, -1)


def _split_heads_first(x, H):
    return split_heads(x, H).transpose(0, 1)


def _split_by_width(x, H):
    return split_heads(x, x.shape[2] // H)


def _split_first_columns(x, H):
    return x[:, None, :, : x.shape[2] // H].expand(-1, H, -1, -1)


def _split_backwards(x, H):
    return split_heads(x, H).flip(1)


def _split_positions(x, H):
    B, L, D = x.shape
    return x.reshape(B, H, L // H, D)


def _split_width_before_positions(x, H):
    return split_heads(x, H).transpose(2, 3)


def _split_ends_exchanged(x, H):
    B, L, D = x.shape
    return x.reshape(B, L, H, D // H).transpose(1, 3)


def _split_heads_last(x, H):
    B, L, D = x.shape
    return x.reshape(B, L, H, D // H).transpose(2, 3)


def _split_into_batch(x, H):
    return split_heads(x, H).flatten(0, 1)


def _split_one_head(x, H):
    return x[:, None, :, : x.shape[2] // H]


def _split_masked_copies(x, H):
    parts = x.chunk(H, dim=2)
    width = x.shape[2] // H
    return torch.stack(
        [
            nn.functional.pad(part, (h * width, x.shape[2] - (h + 1) * width))
            for h, part in enumerate(parts)
        ],
        dim=1,
    )


def _split_transposed_first(x, H):
    B, L, D = x.shape
    return x.transpose(1, 2).reshape(B, H, L, D // H)


def _split_list(x, H):
    return list(x.chunk(H, dim=2))


_SPLIT = Exercise(
    id="6.3",
    title="Split into heads",
    minutes=4,
    reference=split_heads,
    probes=_split_probes,
    hints=(
        "Cut the last axis first; only then move the heads to the front.",
        "`x.reshape(B, L, H, D // H)` cuts each row into H neighbouring pieces.",
        "`x.reshape(B, L, H, D // H).transpose(1, 2)`",
    ),
    built="You have built the first half of multi-head attention: every head reads its own "
    "columns. The next cells merge them again and compare with the library's layer.",
    ours="A `view` and a `transpose`: no number is copied.",
    misconceptions=(
        Misconception(
            name="reshapes in one go",
            wrong=_split_rows,
            says="You reshape straight to (B, H, L, D/H): the shape is right, but clicks end "
            "up in other clicks' places, rows mixed. Reshape to (B, L, H, D/H), then "
            "transpose, swap the two axes.",
        ),
        Misconception(
            name="transposes first, then reshapes",
            wrong=_split_transposed_first,
            says="You transpose x before you cut it, so the reshape mixes positions and "
            "columns. Cut the last axis first, to (B, L, H, D/H), then swap axes 1 and 2.",
        ),
        Misconception(
            name="interleaved",
            wrong=_split_interleaved,
            says="You deal the columns out like cards, interleaved, every H-th to a head. "
            "Heads get neighbouring columns: head 0 the *first* D/H, head 1 the next.",
        ),
        Misconception(
            name="H columns a head",
            wrong=_split_by_width,
            says="You have exchanged the number of heads and their width: D/H heads of H "
            "columns each. Asked for are H heads of D/H columns.",
        ),
        Misconception(
            name="every head the first columns",
            wrong=_split_first_columns,
            says="Every head gets the same columns, the first D/H. Head h starts at column h "
            "D/H: each has a part of its own.",
        ),
        Misconception(
            name="one head only",
            wrong=_split_one_head,
            says="You return the first head only. All H heads are due, side by side on axis 1.",
        ),
        Misconception(
            name="heads in reverse order",
            wrong=_split_backwards,
            says="Your heads come in reverse order, backwards: head 0 gets the last columns. "
            "It gets the first D/H.",
        ),
        Misconception(
            name="cuts the positions",
            wrong=_split_positions,
            says="You split the positions, the length L of the sequence, among the heads, and "
            "not the columns. Heads share the *width*: cut the last axis, D, and let each head "
            "see all positions.",
        ),
        Misconception(
            name="heads before the batch",
            wrong=_split_heads_first,
            says="Your heads stand in front of the batch, (H, B, L, D/H). The batch stays "
            "first: `torch.stack(..., dim=1)`, or `.transpose(1, 2)` of (B, L, H, D/H).",
        ),
        Misconception(
            name="width before positions",
            wrong=_split_width_before_positions,
            says="Your last two axes are exchanged: (B, H, D/H, L). Positions come before the "
            "width, (B, H, L, D/H).",
        ),
        Misconception(
            name="axes 1 and 3 exchanged",
            wrong=_split_ends_exchanged,
            says="You swap the wrong two axes, 1 and 3. After the cut, (B, L, H, D/H), swap 1 "
            "and 2: `.transpose(1, 2)`.",
        ),
        Misconception(
            name="heads at the end",
            wrong=_split_heads_last,
            says="Your heads' axis comes last: (B, L, D/H, H). It belongs on axis 1, before "
            "the positions: `.transpose(1, 2)` after the cut.",
        ),
        Misconception(
            name="heads not moved",
            wrong=_split_not_moved,
            says="The cut is right, but the axes are not swapped: (B, L, H, D/H). The heads' "
            "axis must stand before the positions: `.transpose(1, 2)`.",
        ),
        Misconception(
            name="heads in the batch",
            wrong=_split_into_batch,
            says="You fold the heads into the batch, (B H, L, D/H). They have an axis of "
            "their own: (B, H, L, D/H).",
        ),
        Misconception(
            name="the rest is zero",
            wrong=_split_masked_copies,
            says="Each head keeps the whole width, with zeros outside its own columns. Cut "
            "its D/H columns out instead.",
        ),
        Misconception(
            name="copies",
            wrong=_split_copied,
            says="You hand every head a copy of the whole width. Each gets a part of its own, "
            "D/H columns.",
        ),
        Misconception(
            name="a list",
            wrong=_split_list,
            says="You return a list of heads. Put them into one tensor, (B, H, L, D/H): "
            "`torch.stack(parts, dim=1)`.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="return x.reshape(B, L, H, D // H).transpose(1, 2) -> "
            "return x.reshape(B, L, H, D // H).transpose(2, 1)",
            reason="To swap axes 1 and 2 is to swap axes 2 and 1.",
        ),
        EquivalentMutant(
            edit="return x.view(B, L, H, D // H).transpose(1, 2) -> return x.view(B, L, H, D // "
            "H).transpose(2, 1)",
            reason="To swap axes 1 and 2 is to swap axes 2 and 1.",
        ),
    ),
)


def _heads_probes(rng):
    both = torch.ones(1, 1, 2, 2, dtype=torch.bool)
    yield ModuleProbe((_normal(rng, 1, 2, 4), both), init=(4, 2), label="two clicks, two heads")
    yield ModuleProbe(
        (_normal(rng, 1, 1, 2), both[..., :1, :1]), init=(2, 1), label="one click", edge=True
    )
    yield ModuleProbe((_normal(rng, 1, 2, 4), both), init=(4, 1), label="one head")
    visible = visible_mask(torch.tensor([[0, 1, 2], [3, 4, 5]]), causal=True)
    for D, H in ((6, 3), (8, 2)):
        yield ModuleProbe(
            (_normal(rng, 2, 3, D), visible, True),
            init=(D, H),
            label=f"width {D}, {H} heads, weights asked for",
        )
        yield ModuleProbe(
            (_normal(rng, 2, 3, D), visible),
            init=(D, H),
            label=f"width {D}, {H} heads, causal",
            gradients=True,
        )
    yield ModuleProbe(
        (_normal(rng, 3, 3, 9), visible[1:].expand(3, -1, -1, -1), True),
        init=(9, 3),
        label="three of everything",
        edge=True,
    )


class _Heads(nn.Module):
    """The stub's layer. A mistake is in one of its three steps, or in what it returns."""

    def __init__(self, D, H):
        super().__init__()
        self.H = H
        self.project = nn.Linear(D, 3 * D)
        self.merge = nn.Linear(D, D)

    def forward(self, x, visible, need_weights=False):
        output, weights = self.attend(*self.parts(x), visible)
        return self.merge(self.side_by_side(output)), weights if need_weights else None

    def parts(self, x):
        return (split_heads(part, self.H) for part in self.project(x).chunk(3, dim=-1))

    def attend(self, q, k, v, visible):
        return attention(q, k, v, visible)

    def side_by_side(self, output):
        return merge_heads(output)


class _HeadsKeysFirst(_Heads):
    def parts(self, x):
        q, k, v = super().parts(x)
        return k, q, v


class _HeadsValuesFirst(_Heads):
    def parts(self, x):
        q, k, v = super().parts(x)
        return v, k, q


class _HeadsValuesAreKeys(_Heads):
    def parts(self, x):
        q, k, _ = super().parts(x)
        return q, k, k


class _HeadsSplitFirst(_Heads):
    def parts(self, x):
        return split_heads(self.project(x), self.H).chunk(3, dim=-1)


class _HeadsReshapedInOneGo(_Heads):
    def parts(self, x):
        B, L, D = x.shape
        return (
            part.reshape(B, self.H, L, D // self.H) for part in self.project(x).chunk(3, dim=-1)
        )


class _HeadsOne(_Heads):
    def parts(self, x):
        return (part[:, None] for part in self.project(x).chunk(3, dim=-1))


class _HeadsMergedInOneGo(_Heads):
    def side_by_side(self, output):
        B, H, L, d = output.shape
        return output.reshape(B, L, H * d)


class _HeadsInterleaved(_Heads):
    def side_by_side(self, output):
        return output.permute(0, 2, 3, 1).flatten(2)


class _HeadsReversed(_Heads):
    def side_by_side(self, output):
        return merge_heads(output.flip(1))


class _HeadsMean(_Heads):
    def side_by_side(self, output):
        return output.mean(dim=1).repeat(1, 1, self.H)


class _HeadsNotMerged(_Heads):
    def forward(self, x, visible, need_weights=False):
        output, weights = self.attend(*self.parts(x), visible)
        return merge_heads(output), weights if need_weights else None


class _HeadsNotProjected(_Heads):
    def parts(self, x):
        return [split_heads(x, self.H)] * 3


class _HeadsSeeEverything(_Heads):
    def attend(self, q, k, v, visible):
        return attention(q, k, v, torch.ones_like(visible))


class _HeadsMaskTurned(_Heads):
    def attend(self, q, k, v, visible):
        return attention(q, k, v, ~visible)


class _HeadsScaledByWidth(_Heads):
    def attend(self, q, k, v, visible):
        return attention(q / self.H**0.5, k, v, visible)


class _HeadsUnscaled(_Heads):
    def attend(self, q, k, v, visible):
        return attention(q * q.shape[-1] ** 0.5, k, v, visible)


class _HeadsAddInput(_Heads):
    def forward(self, x, visible, need_weights=False):
        output, weights = super().forward(x, visible, need_weights)
        return x + output, weights


class _HeadsAlwaysWeights(_Heads):
    def forward(self, x, visible, need_weights=False):
        return super().forward(x, visible, True)


class _HeadsNeverWeights(_Heads):
    def forward(self, x, visible, need_weights=False):
        return super().forward(x, visible)


class _HeadsMeanWeights(_Heads):
    def forward(self, x, visible, need_weights=False):
        output, weights = super().forward(x, visible, need_weights)
        return output, weights.mean(dim=1) if need_weights else None


class _HeadsOutputOnly(_Heads):
    def forward(self, x, visible, need_weights=False):
        return super().forward(x, visible)[0]


class _HeadsWeightsFirst(_Heads):
    def forward(self, x, visible, need_weights=False):
        return super().forward(x, visible, need_weights)[::-1]


_HEADS = Exercise(
    id="6.4",
    title="Multi-head attention",
    minutes=10,
    reference=MultiHeadAttention,
    probes=_heads_probes,
    hints=(
        "Five lines, and each of them has a shape: (B, L, 3 D), three times (B, L, D), three times "
        "(B, H, L, D/H), then (B, H, L, D/H) again, then (B, L, D).",
        "`q, k, v = self.project(x).chunk(3, dim=-1)` cuts the last axis into three. Then "
        "`split_heads(part, self.H)` for each, and your `attention`.",
        "Side by side again: `output.transpose(1, 2).flatten(2)` is (B, L, D). Then `return "
        "self.merge(...), weights if need_weights else None`.",
    ),
    built="You have built multi-head attention, with PyTorch's layout of the weights. The next "
    "cell holds it against PyTorch's layer; the block of section 6.6 is made of yours.",
    ours="Without `need_weights` ours calls PyTorch's fused function, which holds no weights.",
    misconceptions=(
        Misconception(
            name="keys first",
            wrong=_HeadsKeysFirst,
            says="You take the first third for keys and the second for queries. `project` lays "
            "them out as queries, keys, values.",
        ),
        Misconception(
            name="values first",
            wrong=_HeadsValuesFirst,
            says="You take the first third for values and the last for queries. The order is "
            "queries, keys, values.",
        ),
        Misconception(
            name="values are keys",
            wrong=_HeadsValuesAreKeys,
            says="You use the keys as values too, so the last third of `project` is never read. "
            "Values have a projection of their own.",
        ),
        Misconception(
            name="split before the parts",
            wrong=_HeadsSplitFirst,
            says="You split into heads first and cut into queries, keys and values then. The "
            "first head gets queries only that way. Cut `project(x)` into three first.",
        ),
        Misconception(
            name="reshaped in one go",
            wrong=_HeadsReshapedInOneGo,
            says="You reshape straight to (B, H, L, D/H), which mixes positions into heads. "
            "`split_heads` reshapes to (B, L, H, D/H) and swaps then.",
        ),
        Misconception(
            name="one head",
            wrong=_HeadsOne,
            says="You never split: all of the width is one head, and H is unread. Use "
            "`split_heads(part, self.H)`.",
        ),
        Misconception(
            name="merged in one go",
            wrong=_HeadsMergedInOneGo,
            says="You reshape (B, H, L, D/H) to (B, L, D) without a swap, so that numbers of "
            "different clicks stand in one row. `transpose(1, 2)` comes first.",
        ),
        Misconception(
            name="interleaved",
            wrong=_HeadsInterleaved,
            says="You put the heads' columns together in turns, one of each head. Side by side "
            "means: all of head 0, then all of head 1.",
        ),
        Misconception(
            name="heads backwards",
            wrong=_HeadsReversed,
            says="You put the last head first. Side by side means: all of head 0, then all of "
            "head 1.",
        ),
        Misconception(
            name="mean of the heads",
            wrong=_HeadsMean,
            says="You average the heads. Each keeps its own D/H columns; `merge` may mix them, "
            "as it has learned to.",
        ),
        Misconception(
            name="not merged",
            wrong=_HeadsNotMerged,
            says="`self.merge` is missing at the end: the heads stand side by side and nothing "
            "mixes them.",
        ),
        Misconception(
            name="not projected",
            wrong=_HeadsNotProjected,
            says="You attend with x itself. Queries, keys and values are three learned maps of "
            "it: `self.project(x)`.",
        ),
        Misconception(
            name="sees everything",
            wrong=_HeadsSeeEverything,
            says="You ignore `visible`: every position looks at everything, padding and the "
            "future. Hand it on to `attention`.",
        ),
        Misconception(
            name="mask turned",
            wrong=_HeadsMaskTurned,
            says="You hand on the mask inverted. `visible` is True where a position may look, and "
            "`attention` wants just that.",
        ),
        Misconception(
            name="divided by the root of D",
            wrong=_HeadsScaledByWidth,
            says="Your scores are divided by the root of the whole width D. A head has queries of "
            "width D/H: `attention` divides by the right root by itself, if it gets the split "
            "queries.",
        ),
        Misconception(
            name="not divided",
            wrong=_HeadsUnscaled,
            says="Your scores are not divided by the root of a head's width. `attention` does "
            "it: call it.",
        ),
        Misconception(
            name="adds the input",
            wrong=_HeadsAddInput,
            says="You add x to the output. That residual belongs to the block, section 6.6, and "
            "would be added twice.",
        ),
        Misconception(
            name="weights unasked",
            wrong=_HeadsAlwaysWeights,
            says="You always return the weights. Without `need_weights` the second result is None.",
        ),
        Misconception(
            name="never weights",
            wrong=_HeadsNeverWeights,
            says="Your second result is always None. With `need_weights` it is the weights, "
            "(B, H, L, L).",
        ),
        Misconception(
            name="mean of the weights",
            wrong=_HeadsMeanWeights,
            says="You average the weights over the heads, as `nn.MultiheadAttention` does. Asked "
            "for is one table for each head, (B, H, L, L).",
        ),
        Misconception(
            name="output only",
            wrong=_HeadsOutputOnly,
            says="You return the output alone. Two results are due: output, and weights or None.",
        ),
        Misconception(
            name="weights first",
            wrong=_HeadsWeightsFirst,
            says="Your two results are in the wrong order: output first, then weights.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="output = self.merge(output.transpose(1, 2).flatten(2)) -> "
            "output = self.merge(output.transpose(2, 1).flatten(2))",
            reason="To swap axes 1 and 2 is to swap axes 2 and 1.",
        ),
    ),
)

# --- 6.5 Sinusoidal positions ---------------------------------------------------------------------


def _waves_probes(rng):
    yield Probe((1, 2), label="the newest position only", edge=True)
    yield Probe((3, 2), label="one wavelength", edge=True)
    yield Probe((4, 4), label="two wavelengths")
    yield Probe((5, 6), label="three wavelengths")
    yield Probe((20, 16), label="a usual size")
    yield Probe((3, 5), label="an odd width")
    for _ in range(3):
        yield Probe((int(rng.integers(2, 40)), 2 * int(rng.integers(2, 20))), label="a random size")


def _angle(max_len, D, first=0, exponent=1.0):
    pos = torch.arange(first, first + max_len, dtype=torch.float64)[:, None]
    return pos / 10_000 ** (exponent * torch.arange(0, D, 2, dtype=torch.float64) / D)


def _woven(sines, cosines, max_len, D):
    return torch.stack([sines, cosines], dim=2).reshape(max_len, D).float()


def _even(D):
    if D % 2:
        raise ValueError("an odd width")


def _waves_in_halves(max_len, D):
    _even(D)
    angle = _angle(max_len, D)
    return torch.cat([angle.sin(), angle.cos()], dim=1).float()


def _waves_half_exponent(max_len, D):
    _even(D)
    angle = _angle(max_len, D, exponent=0.5)
    return _woven(angle.sin(), angle.cos(), max_len, D)


def _waves_from_one(max_len, D):
    _even(D)
    angle = _angle(max_len, D, first=1)
    return _woven(angle.sin(), angle.cos(), max_len, D)


def _waves_cosine_first(max_len, D):
    _even(D)
    angle = _angle(max_len, D)
    return _woven(angle.cos(), angle.sin(), max_len, D)


def _waves_sines_only(max_len, D):
    _even(D)
    angle = _angle(max_len, D)
    return _woven(angle.sin(), angle.sin(), max_len, D)


def _waves_one_length_a_column(max_len, D):
    _even(D)
    pos, column = (
        torch.arange(max_len, dtype=torch.float64)[:, None],
        torch.arange(D, dtype=torch.float64),
    )
    angle = pos / 10_000 ** (column / D)
    return torch.where(column % 2 == 0, angle.sin(), angle.cos()).float()


def _waves_never_refuse(max_len, D):
    angle = _angle(max_len, D)
    return torch.stack([angle.sin(), angle.cos()], dim=2).flatten(1)[:, :D].float()


def _waves(angle, max_len, D):
    return _woven(angle.sin(), angle.cos(), max_len, D)


def _powers(D, exponent=1.0, base=10_000):
    return base ** (exponent * torch.arange(0, D, 2, dtype=torch.float64) / D)


def _places(max_len):
    return torch.arange(max_len, dtype=torch.float64)[:, None]


def _waves_multiplied(max_len, D):
    _even(D)
    return _waves(_places(max_len) * _powers(D), max_len, D)


def _waves_multiplied_in_32_bits(max_len, D):
    _even(D)
    angle = torch.arange(max_len)[:, None] * 10_000 ** (torch.arange(0, D, 2) / D)
    return _waves(angle, max_len, D)


def _waves_without_minus(max_len, D):
    _even(D)
    power = torch.exp(torch.arange(0, D, 2) * (math.log(10_000) / D))
    return _waves(torch.arange(max_len)[:, None] * power, max_len, D)


def _waves_all_alike(max_len, D):
    _even(D)
    return _waves(_places(max_len) / 10_000 ** (torch.arange(0, D, 2) // D), max_len, D)


def _waves_whole_angles(max_len, D):
    _even(D)
    return _waves(_places(max_len) // _powers(D), max_len, D)


def _waves_double_exponent(max_len, D):
    _even(D)
    return _waves(_angle(max_len, D, exponent=2.0), max_len, D)


def _waves_base_1000(max_len, D):
    _even(D)
    return _waves(_places(max_len) / _powers(D, base=1_000), max_len, D)


def _waves_not_a_power(max_len, D):
    _even(D)
    column = torch.arange(0, D, 2, dtype=torch.float64).clamp(min=1)
    return _waves(_places(max_len) / (10_000 * column / D), max_len, D)


def _waves_no_width(max_len, D):
    _even(D)
    return _waves(
        _places(max_len) / 10_000 ** torch.arange(0, D, 2, dtype=torch.float64), max_len, D
    )


def _waves_to_the_end(max_len, D):
    _even(D)
    n = D // 2
    return _waves(
        _places(max_len) / 10_000 ** (torch.arange(n, dtype=torch.float64) / max(n - 1, 1)),
        max_len,
        D,
    )


def _waves_exponent_from_two(max_len, D):
    _even(D)
    power = 10_000 ** (torch.arange(2, D + 2, 2, dtype=torch.float64) / D)
    return _waves(_places(max_len) / power, max_len, D)


def _waves_full_turns(max_len, D):
    _even(D)
    return _waves(2 * torch.pi * _angle(max_len, D), max_len, D)


def _waves_shares(max_len, D):
    _even(D)
    return _waves(_angle(max_len, D) / max_len, max_len, D)


def _waves_backwards(max_len, D):
    return sinusoidal_positions(max_len, D).flip(0)


def _waves_long_first(max_len, D):
    _even(D)
    return _waves(_angle(max_len, D).flip(1), max_len, D)


def _waves_cosines_only(max_len, D):
    _even(D)
    angle = _angle(max_len, D)
    return _woven(angle.cos(), angle.cos(), max_len, D)


def _waves_halves_turned(max_len, D):
    _even(D)
    angle = _angle(max_len, D)
    return torch.cat([angle.cos(), angle.sin()], dim=1).float()


def _waves_minus(max_len, D):
    _even(D)
    return _waves(-_angle(max_len, D), max_len, D)


def _waves_below_one_another(max_len, D):
    _even(D)
    angle = _angle(max_len, D)
    return torch.stack([angle.sin(), angle.cos()]).reshape(max_len, D).float()


def _waves_not_woven(max_len, D):
    _even(D)
    angle = _angle(max_len, D)
    return torch.stack([angle.sin(), angle.cos()], dim=2).float()


def _waves_transposed(max_len, D):
    return sinusoidal_positions(max_len, D).T


def _waves_with_batch(max_len, D):
    return sinusoidal_positions(max_len, D)[None]


def _waves_one_row_more(max_len, D):
    return sinusoidal_positions(max_len + 1, D)


def _waves_one_row_less(max_len, D):
    return sinusoidal_positions(max_len - 1, D)


def _waves_angles(max_len, D):
    _even(D)
    angle = _angle(max_len, D)
    return _woven(angle, angle, max_len, D)


def _waves_in_64_bits(max_len, D):
    return sinusoidal_positions(max_len, D).double()


def _waves_refuse_even(max_len, D):
    if D % 2 == 0:
        raise ValueError("an even width")
    return _waves_never_refuse(max_len, D)


def _waves_assert(max_len, D):
    assert D % 2 == 0, "an odd width"
    return sinusoidal_positions(max_len, D)


def _waves_round_odd_up(max_len, D):
    return sinusoidal_positions(max_len, D + D % 2)


def _waves_drop_the_odd(max_len, D):
    return sinusoidal_positions(max_len, D - D % 2)


_WAVES = Exercise(
    id="6.5",
    title="Sinusoidal positions",
    minutes=8,
    reference=sinusoidal_positions,
    probes=_waves_probes,
    hints=(
        "First a table of angles, a row per position, a column per wavelength: (max_len, D/2).",
        "`pos = torch.arange(max_len)[:, None]` divided by `10_000 ** (torch.arange(0, D, 2) / "
        "D)`. Note that 2i runs over 0, 2, 4 ...",
        "`torch.stack([angle.sin(), angle.cos()], dim=2)` is (max_len, D/2, 2); `.reshape(max_len, "
        "D)` weaves them.",
    ),
    built="You have built the position codes of the first transformer. The next picture shows "
    "why they work: the dot product of two depends on their distance only.",
    ours="`stack` weaves sines and cosines; we compute with 64 bits, so that far positions keep "
    "their fraction of a wave.",
    misconceptions=(
        Misconception(
            name="in halves",
            wrong=_waves_in_halves,
            says="All sines, then all cosines, in two halves: a fine encoding, and some "
            "libraries' choice. The paper's formula, which is asked for here, takes turns, "
            "interleaved: sine in the even columns, cosine in the odd ones.",
        ),
        Misconception(
            name="in halves, cosines first",
            wrong=_waves_halves_turned,
            says="All cosines, then all sines, in two halves. They take turns, interleaved: "
            "sine in the even columns, cosine in the odd ones.",
        ),
        Misconception(
            name="i instead of 2i",
            wrong=_waves_half_exponent,
            says="Your waves get longer too slowly, a factor 2 is missing: the exponent is "
            "2i/D, not i/D, where i numbers the pairs.",
        ),
        Misconception(
            name="4i instead of 2i",
            wrong=_waves_double_exponent,
            says="Your waves get longer too fast: the factor 2 comes twice. The exponent is "
            "2i/D; if your range steps by 2, it holds 2i already.",
        ),
        Misconception(
            name="i from 1",
            wrong=_waves_exponent_from_two,
            says="Your exponents begin one pair too late, at 2/D. i counts from 0, so the "
            "first pair has the exponent 0 and the angle pos itself.",
        ),
        Misconception(
            name="another base",
            wrong=_waves_base_1000,
            says="Your base is 1,000. The formula has 10,000.",
        ),
        Misconception(
            name="multiplies by the power",
            wrong=_waves_multiplied,
            says="You multiply pos by the power, so the waves get shorter and shorter. "
            "Divide: pos / 10000^(2i/D), with a minus in the exponent if you multiply.",
        ),
        Misconception(
            name="multiplies by the power, in 32 bits",
            wrong=_waves_multiplied_in_32_bits,
            says="You multiply positions by the power 10000^(2i/D), so the waves get shorter "
            "and shorter. Divide by it: pos / 10000^(2i/D).",
        ),
        Misconception(
            name="no minus in the exponent",
            wrong=_waves_without_minus,
            says="The minus in your exponent is missing, so you multiply by 10000^(2i/D), and "
            "the waves get shorter and shorter. Divide by the power: `torch.exp(-...)`.",
        ),
        Misconception(
            name="no power",
            wrong=_waves_not_a_power,
            says="You multiply 10,000 by 2i/D. That is its exponent: `10_000 ** (2i / D)`.",
        ),
        Misconception(
            name="not divided by the width",
            wrong=_waves_no_width,
            says="Your exponent is 2i, not divided by D, so all waves but the first are "
            "endless. Write 2i / D.",
        ),
        Misconception(
            name="integer division in the exponent",
            wrong=_waves_all_alike,
            says="You divide whole numbers with `//`, integer division: the exponent 2i // D "
            "is always 0, and all waves are equally long. Use `/`.",
        ),
        Misconception(
            name="integer division of the position",
            wrong=_waves_whole_angles,
            says="You round the angle down to a whole number, integer division: slow waves "
            "stand still. Divide pos with `/`.",
        ),
        Misconception(
            name="the last exponent is 1",
            wrong=_waves_to_the_end,
            says="Your exponents run from 0 to 1, divided by the number of pairs less one. "
            "The formula divides 2i by D, so the last stays below 1.",
        ),
        Misconception(
            name="full turns",
            wrong=_waves_full_turns,
            says="You multiply the angle by 2 pi. The formula has no such factor: the angle "
            "is pos / 10000^(2i/D), in radians.",
        ),
        Misconception(
            name="shares of the length",
            wrong=_waves_shares,
            says="You divide positions by `max_len`. A position is a whole number, the same "
            "in tables of any length.",
        ),
        Misconception(
            name="positions from 1",
            wrong=_waves_from_one,
            says="Your positions count from 1, one too far. The first row is position 0: "
            "sines 0, cosines 1.",
        ),
        Misconception(
            name="positions backwards",
            wrong=_waves_backwards,
            says="Your rows run backwards, in reverse order. Row 0 is position 0: sines 0, "
            "cosines 1.",
        ),
        Misconception(
            name="long waves first",
            wrong=_waves_long_first,
            says="Your columns run backwards: the longest wave comes first. i counts from 0, "
            "the shortest wave.",
        ),
        Misconception(
            name="cosine first",
            wrong=_waves_cosine_first,
            says="Sine and cosine have changed places, swapped: even columns, column 0 first, "
            "are sines, odd ones cosines.",
        ),
        Misconception(
            name="minus",
            wrong=_waves_minus,
            says="Your sines have the wrong sign, minus: the angle is positive.",
        ),
        Misconception(
            name="sines only",
            wrong=_waves_sines_only,
            says="The odd columns are sines, too; the cosine is missing. With the cosine "
            "beside each sine, a shift becomes a rotation.",
        ),
        Misconception(
            name="cosines only",
            wrong=_waves_cosines_only,
            says="The even columns are cosines, too; the sine is missing. Even columns are sines.",
        ),
        Misconception(
            name="angles only",
            wrong=_waves_angles,
            says="Your table holds the angles themselves. Take their sine in the even "
            "columns, their cosine in the odd ones.",
        ),
        Misconception(
            name="a wavelength for each column",
            wrong=_waves_one_length_a_column,
            says="Each column has a wavelength, an exponent of its own: the cosine's angle is "
            "not the sine's. Columns 2i and 2i + 1 share theirs: sine and cosine of the *same* "
            "angle.",
        ),
        Misconception(
            name="below one another",
            wrong=_waves_below_one_another,
            says="You stack sines and cosines in front of the positions, so the reshape mixes "
            "rows. Stack on the last axis, `dim=2`, then reshape.",
        ),
        Misconception(
            name="not woven",
            wrong=_waves_not_woven,
            says="Sine and cosine still have an axis of their own, (max_len, D/2, 2). Join "
            "the last two axes: `.reshape(max_len, D)`.",
        ),
        Misconception(
            name="transposed",
            wrong=_waves_transposed,
            says="Your table is transposed: (D, max_len). A row is a position: (max_len, D).",
        ),
        Misconception(
            name="an axis for the batch",
            wrong=_waves_with_batch,
            says="You put an axis for the batch in front, (1, max_len, D). The table alone is "
            "asked for: (max_len, D).",
        ),
        Misconception(
            name="a row too many",
            wrong=_waves_one_row_more,
            says="Your table has a row too many: positions 0 to max_len - 1 are max_len rows.",
        ),
        Misconception(
            name="a row is missing",
            wrong=_waves_one_row_less,
            says="A row is missing, one too few: positions 0 to max_len - 1 are max_len rows.",
        ),
        Misconception(
            name="64 bits",
            wrong=_waves_in_64_bits,
            says="Your table is float64, double. float32 is asked for, like the embeddings "
            "that it is added to: `.float()`.",
        ),
        Misconception(
            name="asserts",
            wrong=_waves_assert,
            says="You refuse an odd width with an AssertionError. `assert` can be switched "
            "off: raise a ValueError.",
        ),
        Misconception(
            name="refuses even widths",
            wrong=_waves_refuse_even,
            says="You refuse the wrong widths, the check is inverted: even ones are right, "
            "odd ones raise a ValueError.",
        ),
        Misconception(
            name="rounds an odd width up",
            wrong=_waves_round_odd_up,
            says="For an odd width you return a column more, unasked. It is not accepted: "
            "raise a ValueError.",
        ),
        Misconception(
            name="drops the odd column",
            wrong=_waves_drop_the_odd,
            says="For an odd width you drop a column, silently. It is not accepted: raise a "
            "ValueError.",
        ),
        Misconception(
            name="never refuses",
            wrong=_waves_never_refuse,
            says="An odd width slips through: nothing checks D. It leaves a sine without its "
            "cosine: raise a ValueError.",
        ),
    ),
)

# --- 6.6 The block --------------------------------------------------------------------------------


def _block_probes(rng):
    both = torch.ones(1, 1, 2, 2, dtype=torch.bool)
    for norm_first in (True, False):
        name = "pre-norm" if norm_first else "post-norm"
        settings = {"init": (4, 2), "init_kwargs": {"hidden": 6, "norm_first": norm_first}}
        yield ModuleProbe((_normal(rng, 1, 2, 4), both), label=f"{name}, two clicks", **settings)
        visible = visible_mask(torch.tensor([[0, 1, 2], [3, 4, 5]]), causal=True)
        yield ModuleProbe(
            (_normal(rng, 2, 3, 4), visible, True), label=f"{name}, weights asked for", **settings
        )
        yield ModuleProbe(
            (_normal(rng, 2, 3, 4), visible), label=f"{name}, causal", gradients=True, **settings
        )
        settings["init_kwargs"] = settings["init_kwargs"] | {"dropout": 0.5}
        yield ModuleProbe(
            (_normal(rng, 1, 2, 4), both), label=f"{name}, with dropout", training=True, **settings
        )
        yield ModuleProbe(
            (_normal(rng, 2, 3, 4), visible),
            label=f"{name}, dropout of a trained network: off",
            **settings,
        )
    yield ModuleProbe(
        (_normal(rng, 1, 2, 4), both), init=(4, 2), init_kwargs={"hidden": 6}, label="the default"
    )


class _Block(nn.Module):
    """The stub's block. A mistake is in `pre`, in `post`, or in how they are called."""

    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = MultiHeadAttention(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        form = self.pre if self.norm_first else self.post
        return form(x, visible, need_weights)

    def pre(self, x, visible, need_weights):
        change, weights = self.attention(self.norms[0](x), visible, need_weights)
        x = x + self.dropout(change)
        return x + self.dropout(self.ffn(self.norms[1](x))), weights

    def post(self, x, visible, need_weights):
        change, weights = self.attention(x, visible, need_weights)
        x = self.norms[0](x + self.dropout(change))
        return self.norms[1](x + self.dropout(self.ffn(x))), weights


class _NoResidual(_Block):
    def pre(self, x, visible, need_weights):
        x, weights = self.attention(self.norms[0](x), visible, need_weights)
        return self.dropout(self.ffn(self.norms[1](self.dropout(x)))), weights

    def post(self, x, visible, need_weights):
        x, weights = self.attention(x, visible, need_weights)
        x = self.norms[0](self.dropout(x))
        return self.norms[1](self.dropout(self.ffn(x))), weights


class _NoResidualOfAttention(_Block):
    def pre(self, x, visible, need_weights):
        x, weights = self.attention(self.norms[0](x), visible, need_weights)
        x = self.dropout(x)
        return x + self.dropout(self.ffn(self.norms[1](x))), weights

    def post(self, x, visible, need_weights):
        x, weights = self.attention(x, visible, need_weights)
        x = self.norms[0](self.dropout(x))
        return self.norms[1](x + self.dropout(self.ffn(x))), weights


class _NoResidualOfNetwork(_Block):
    def pre(self, x, visible, need_weights):
        change, weights = self.attention(self.norms[0](x), visible, need_weights)
        x = x + self.dropout(change)
        return self.dropout(self.ffn(self.norms[1](x))), weights

    def post(self, x, visible, need_weights):
        change, weights = self.attention(x, visible, need_weights)
        x = self.norms[0](x + self.dropout(change))
        return self.norms[1](self.dropout(self.ffn(x))), weights


class _ResidualOfTheNorm(_Block):
    def pre(self, x, visible, need_weights):
        x = self.norms[0](x)
        change, weights = self.attention(x, visible, need_weights)
        x = self.norms[1](x + self.dropout(change))
        return x + self.dropout(self.ffn(x)), weights


class _ResidualOfTheInput(_Block):
    def pre(self, x, visible, need_weights):
        change, weights = self.attention(self.norms[0](x), visible, need_weights)
        between = x + self.dropout(change)
        return x + self.dropout(self.ffn(self.norms[1](between))), weights

    def post(self, x, visible, need_weights):
        change, weights = self.attention(x, visible, need_weights)
        between = self.norms[0](x + self.dropout(change))
        return self.norms[1](x + self.dropout(self.ffn(between))), weights


class _ResidualBeforeTheNorm(_Block):
    def post(self, x, visible, need_weights):
        change, weights = self.attention(x, visible, need_weights)
        x = x + self.dropout(change)
        return self.norms[1](x + self.dropout(self.ffn(self.norms[0](x)))), weights


class _NetworkReadsTheInput(_Block):
    def pre(self, x, visible, need_weights):
        normed = self.norms[0](x)
        change, weights = self.attention(normed, visible, need_weights)
        x = x + self.dropout(change)
        return x + self.dropout(self.ffn(normed)), weights


class _SideBySideInPre(_Block):
    def pre(self, x, visible, need_weights):
        change, weights = self.attention(self.norms[0](x), visible, need_weights)
        return x + self.dropout(change) + self.dropout(self.ffn(self.norms[1](x))), weights


class _SideBySideInPost(_Block):
    def post(self, x, visible, need_weights):
        change, weights = self.attention(x, visible, need_weights)
        after = self.norms[0](x + self.dropout(change))
        return self.norms[1](after + self.dropout(self.ffn(x))), weights


class _NoResidualOfNetworkInPre(_Block):
    pre = _NoResidualOfNetwork.pre


class _NoResidualOfNetworkInPost(_Block):
    post = _NoResidualOfNetwork.post


class _NoResidualOfAttentionInPre(_Block):
    pre = _NoResidualOfAttention.pre


class _ResidualOfTheInputInPre(_Block):
    pre = _ResidualOfTheInput.pre


class _NoResidualInPre(_Block):
    pre = _NoResidual.pre


class _NoResidualInPost(_Block):
    post = _NoResidual.post


class _NoDropoutInPost(_Block):
    def post(self, x, visible, need_weights):
        change, weights = self.attention(x, visible, need_weights)
        x = self.norms[0](x + change)
        return self.norms[1](x + self.ffn(x)), weights


class _NormsExchanged(_Block):
    def pre(self, x, visible, need_weights):
        change, weights = self.attention(self.norms[1](x), visible, need_weights)
        x = x + self.dropout(change)
        return x + self.dropout(self.ffn(self.norms[0](x))), weights

    def post(self, x, visible, need_weights):
        change, weights = self.attention(x, visible, need_weights)
        x = self.norms[1](x + self.dropout(change))
        return self.norms[0](x + self.dropout(self.ffn(x))), weights


class _NetworkFirst(_Block):
    def pre(self, x, visible, need_weights):
        x = x + self.dropout(self.ffn(self.norms[0](x)))
        change, weights = self.attention(self.norms[1](x), visible, need_weights)
        return x + self.dropout(change), weights

    def post(self, x, visible, need_weights):
        x = self.norms[0](x + self.dropout(self.ffn(x)))
        change, weights = self.attention(x, visible, need_weights)
        return self.norms[1](x + self.dropout(change)), weights


class _NetworkFirstWithItsNorm(_Block):
    def pre(self, x, visible, need_weights):
        x = x + self.dropout(self.ffn(self.norms[1](x)))
        change, weights = self.attention(self.norms[0](x), visible, need_weights)
        return x + self.dropout(change), weights

    def post(self, x, visible, need_weights):
        x = self.norms[1](x + self.dropout(self.ffn(x)))
        change, weights = self.attention(x, visible, need_weights)
        return self.norms[0](x + self.dropout(change)), weights


class _NormOfTheBranch(_Block):
    def pre(self, x, visible, need_weights):
        change, weights = self.attention(x, visible, need_weights)
        x = x + self.dropout(self.norms[0](change))
        return x + self.dropout(self.norms[1](self.ffn(x))), weights

    post = pre


class _NormOfTheBranchInPost(_Block):
    def post(self, x, visible, need_weights):
        change, weights = self.attention(x, visible, need_weights)
        x = x + self.dropout(self.norms[0](change))
        return x + self.dropout(self.norms[1](self.ffn(x))), weights


class _NormBeforeAndAfter(_Block):
    def pre(self, x, visible, need_weights):
        change, weights = self.attention(self.norms[0](x), visible, need_weights)
        x = self.norms[0](x + self.dropout(change))
        return self.norms[1](x + self.dropout(self.ffn(self.norms[1](x)))), weights

    post = pre


class _NormAtTheEnd(_Block):
    def pre(self, x, visible, need_weights):
        x, weights = super().pre(x, visible, need_weights)
        return self.norms[1](x), weights


class _NoNorm(_Block):
    def pre(self, x, visible, need_weights):
        change, weights = self.attention(x, visible, need_weights)
        x = x + self.dropout(change)
        return x + self.dropout(self.ffn(x)), weights

    post = pre


class _OnlyTheFirstNorm(_Block):
    def pre(self, x, visible, need_weights):
        change, weights = self.attention(self.norms[0](x), visible, need_weights)
        x = x + self.dropout(change)
        return x + self.dropout(self.ffn(x)), weights

    def post(self, x, visible, need_weights):
        change, weights = self.attention(x, visible, need_weights)
        x = self.norms[0](x + self.dropout(change))
        return x + self.dropout(self.ffn(x)), weights


class _OnlyTheSecondNorm(_Block):
    def pre(self, x, visible, need_weights):
        change, weights = self.attention(x, visible, need_weights)
        x = x + self.dropout(change)
        return x + self.dropout(self.ffn(self.norms[1](x))), weights

    def post(self, x, visible, need_weights):
        change, weights = self.attention(x, visible, need_weights)
        x = x + self.dropout(change)
        return self.norms[1](x + self.dropout(self.ffn(x))), weights


class _AlwaysPre(_Block):
    def forward(self, x, visible, need_weights=False):
        return self.pre(x, visible, need_weights)


class _AlwaysPost(_Block):
    def forward(self, x, visible, need_weights=False):
        return self.post(x, visible, need_weights)


class _TurnedRound(_Block):
    def forward(self, x, visible, need_weights=False):
        form = self.post if self.norm_first else self.pre
        return form(x, visible, need_weights)


class _OneNorm(_Block):
    def pre(self, x, visible, need_weights):
        norm = self.norms[0]
        change, weights = self.attention(norm(x), visible, need_weights)
        x = x + self.dropout(change)
        return x + self.dropout(self.ffn(norm(x))), weights

    def post(self, x, visible, need_weights):
        norm = self.norms[0]
        change, weights = self.attention(x, visible, need_weights)
        x = norm(x + self.dropout(change))
        return norm(x + self.dropout(self.ffn(x))), weights


class _NoDropout(_Block):
    def pre(self, x, visible, need_weights):
        change, weights = self.attention(self.norms[0](x), visible, need_weights)
        x = x + change
        return x + self.ffn(self.norms[1](x)), weights

    def post(self, x, visible, need_weights):
        change, weights = self.attention(x, visible, need_weights)
        x = self.norms[0](x + change)
        return self.norms[1](x + self.ffn(x)), weights


class _DropoutOfAttentionOnly(_Block):
    def pre(self, x, visible, need_weights):
        change, weights = self.attention(self.norms[0](x), visible, need_weights)
        x = x + self.dropout(change)
        return x + self.ffn(self.norms[1](x)), weights

    def post(self, x, visible, need_weights):
        change, weights = self.attention(x, visible, need_weights)
        x = self.norms[0](x + self.dropout(change))
        return self.norms[1](x + self.ffn(x)), weights


class _DropoutOfNetworkOnly(_Block):
    def pre(self, x, visible, need_weights):
        change, weights = self.attention(self.norms[0](x), visible, need_weights)
        x = x + change
        return x + self.dropout(self.ffn(self.norms[1](x))), weights

    def post(self, x, visible, need_weights):
        change, weights = self.attention(x, visible, need_weights)
        x = self.norms[0](x + change)
        return self.norms[1](x + self.dropout(self.ffn(x))), weights


class _DropoutOfTheSum(_Block):
    def pre(self, x, visible, need_weights):
        change, weights = self.attention(self.norms[0](x), visible, need_weights)
        x = self.dropout(x + change)
        return self.dropout(x + self.ffn(self.norms[1](x))), weights

    def post(self, x, visible, need_weights):
        change, weights = self.attention(x, visible, need_weights)
        x = self.norms[0](self.dropout(x + change))
        return self.norms[1](self.dropout(x + self.ffn(x))), weights


class _DropoutAfterTheNorm(_Block):
    def post(self, x, visible, need_weights):
        change, weights = self.attention(x, visible, need_weights)
        x = self.dropout(self.norms[0](x + change))
        return self.dropout(self.norms[1](x + self.ffn(x))), weights


class _DropoutOfTheInput(_Block):
    def pre(self, x, visible, need_weights):
        change, weights = self.attention(self.dropout(self.norms[0](x)), visible, need_weights)
        x = x + change
        return x + self.ffn(self.dropout(self.norms[1](x))), weights

    def post(self, x, visible, need_weights):
        change, weights = self.attention(self.dropout(x), visible, need_weights)
        x = self.norms[0](x + change)
        return self.norms[1](x + self.ffn(self.dropout(x))), weights


class _DropoutAlways(_Block):
    def forward(self, x, visible, need_weights=False):
        was_training = self.dropout.training
        self.dropout.train()
        try:
            return super().forward(x, visible, need_weights)
        finally:
            self.dropout.train(was_training)


class _NoFFN(_Block):
    def pre(self, x, visible, need_weights):
        change, weights = self.attention(self.norms[0](x), visible, need_weights)
        return x + self.dropout(change), weights

    def post(self, x, visible, need_weights):
        change, weights = self.attention(x, visible, need_weights)
        return self.norms[0](x + self.dropout(change)), weights


class _NoAttention(_Block):
    def pre(self, x, visible, need_weights):
        return x + self.dropout(self.ffn(self.norms[1](x))), None

    def post(self, x, visible, need_weights):
        return self.norms[1](x + self.dropout(self.ffn(x))), None


class _SeesEverything(_Block):
    def forward(self, x, visible, need_weights=False):
        return super().forward(x, torch.ones_like(visible), need_weights)


class _MaskTurned(_Block):
    def forward(self, x, visible, need_weights=False):
        return super().forward(x, ~visible, need_weights)


class _NeverWeights(_Block):
    def forward(self, x, visible, need_weights=False):
        return super().forward(x, visible)


class _AlwaysWeights(_Block):
    def forward(self, x, visible, need_weights=False):
        return super().forward(x, visible, True)


class _ForgetsTheWeights(_Block):
    def forward(self, x, visible, need_weights=False):
        return super().forward(x, visible, need_weights)[0]


class _ForgetsThemUnlessAsked(_Block):
    def forward(self, x, visible, need_weights=False):
        x, weights = super().forward(x, visible, need_weights)
        return (x, weights) if need_weights else x


class _WeightsFirst(_Block):
    def forward(self, x, visible, need_weights=False):
        x, weights = super().forward(x, visible, need_weights)
        return weights, x


_BLOCK = Exercise(
    id="6.6",
    title="The transformer block",
    minutes=10,
    reference=TransformerBlock,
    probes=_block_probes,
    draws=True,
    hints=(
        "Each order has two lines: one for the attention, one for the network. "
        "`self.attention(...)` gives two things, the output and the weights.",
        "Pre-norm: `change, weights = self.attention(self.norms[0](x), visible, need_weights)`, "
        "then `x = x + self.dropout(change)`. The bare `x` is what is added to.",
        "Post-norm: `x = self.norms[0](x + self.dropout(change))`, then `self.norms[1](x + "
        "self.dropout(self.ffn(x)))`",
    ),
    built="You have built the block that SASRec, BERT4Rec and GPT-2 stack. The next cells "
    "pile up twelve of them, pre-norm and post-norm, and look at their first steps.",
    misconceptions=(
        Misconception(
            name="no residual",
            wrong=_NoResidual,
            says="The residuals are missing: what comes in is replaced, not changed. Add each "
            "branch to `x`: that skip path is what lets deep networks learn.",
        ),
        Misconception(
            name="no residual around the attention",
            wrong=_NoResidualOfAttention,
            says="The residual around the attention is missing: its output replaces x. Add "
            "it: `x + self.dropout(change)`.",
        ),
        Misconception(
            name="no residual around the network",
            wrong=_NoResidualOfNetwork,
            says="The residual around the network, `self.ffn`, is missing: its output "
            "replaces x. Add it to x, a skip as with the attention.",
        ),
        Misconception(
            name="adds to the normalised x",
            wrong=_ResidualOfTheNorm,
            says="In pre-norm you add the branch to the *normalised* x, so the straight path, "
            "the residual, is gone. Normalise only what goes into the branch, and add to x as "
            "it was.",
        ),
        Misconception(
            name="adds to the input",
            wrong=_ResidualOfTheInput,
            says="The second residual adds to the block's input, the x from before the "
            "attention, whose change is lost. Add the network's output to what the attention "
            "left.",
        ),
        Misconception(
            name="adds to the sum before the norm",
            wrong=_ResidualBeforeTheNorm,
            says="In post-norm your second residual keeps the sum from before the norm, "
            "unnormed. The norm's output replaces x: `x = self.norms[0](...)`, and the network "
            "adds to that.",
        ),
        Misconception(
            name="network reads the attention's input",
            wrong=_NetworkReadsTheInput,
            says="In pre-norm your network (FFN) reads the same as the attention, the old "
            "normalised x. It must read what the attention has changed: `self.norms[1](x)` of "
            "the new x.",
        ),
        Misconception(
            name="side by side in pre-norm",
            wrong=_SideBySideInPre,
            says="In pre-norm your network (FFN) reads the block's input, the old x that the "
            "attention read. The branches come one after the other: it must read the new x, "
            "`self.norms[1](x)` after the attention's change.",
        ),
        Misconception(
            name="side by side in post-norm",
            wrong=_SideBySideInPost,
            says="In post-norm your network (FFN) reads the block's input, the old x that the "
            "attention read. It must read the norm's output, after the attention.",
        ),
        Misconception(
            name="no residual around the network in pre-norm",
            wrong=_NoResidualOfNetworkInPre,
            says="In pre-norm the residual around the network, `self.ffn`, is missing: its "
            "output replaces x. Return `x + self.dropout(...)`.",
        ),
        Misconception(
            name="no residual around the network in post-norm",
            wrong=_NoResidualOfNetworkInPost,
            says="In post-norm the residual around the network, `self.ffn`, is missing: the "
            "last norm takes `x + self.dropout(self.ffn(x))`.",
        ),
        Misconception(
            name="no residual around the attention in pre-norm",
            wrong=_NoResidualOfAttentionInPre,
            says="In pre-norm the residual around the attention is missing: its output "
            "replaces x. Add it to the bare x.",
        ),
        Misconception(
            name="adds to the input in pre-norm",
            wrong=_ResidualOfTheInputInPre,
            says="In pre-norm the second residual adds to the block's input, the old x, so "
            "the attention's change is lost. Add to x as the attention left it.",
        ),
        Misconception(
            name="no residual in pre-norm",
            wrong=_NoResidualInPre,
            says="In pre-norm the residuals are missing: each branch replaces x. Add it, `x + "
            "self.dropout(...)`, both times.",
        ),
        Misconception(
            name="no residual in post-norm",
            wrong=_NoResidualInPost,
            says="In post-norm the residuals are missing: the norms take the branch alone. "
            "They take the sum, `x + self.dropout(...)`.",
        ),
        Misconception(
            name="no dropout in post-norm",
            wrong=_NoDropoutInPost,
            says="In post-norm dropout is missing: `self.dropout(...)` around each branch "
            "before it is added.",
        ),
        Misconception(
            name="norms exchanged",
            wrong=_NormsExchanged,
            says="The two norms are exchanged, swapped: `self.norms[0]` belongs to the "
            "attention, `self.norms[1]` to the network.",
        ),
        Misconception(
            name="network first",
            wrong=_NetworkFirst,
            says="Your branches stand in the wrong order: the network (FFN) comes before the "
            "attention. Attention first, then the network.",
        ),
        Misconception(
            name="network first, with its norm",
            wrong=_NetworkFirstWithItsNorm,
            says="The network (FFN) with its norm comes before the attention: the wrong "
            "order. Attention first.",
        ),
        Misconception(
            name="one norm for both",
            wrong=_OneNorm,
            says="You use the first norm twice, the same for both branches. The second branch "
            "has a norm of its own, `self.norms[1]`.",
        ),
        Misconception(
            name="norm of each branch's output",
            wrong=_NormOfTheBranch,
            says="You normalise what comes out of a branch before you add it. Pre-norm "
            "normalises what goes *in*; post-norm normalises the sum.",
        ),
        Misconception(
            name="norm of the output in post-norm",
            wrong=_NormOfTheBranchInPost,
            says="In post-norm you normalise the branch alone and add it then. The norm comes "
            "after the sum, around it: `self.norms[0](x + self.dropout(change))`.",
        ),
        Misconception(
            name="norm before and after",
            wrong=_NormBeforeAndAfter,
            says="You normalise before each branch and after each sum. It is one or the "
            "other, as `norm_first` says.",
        ),
        Misconception(
            name="a norm at the end of pre-norm",
            wrong=_NormAtTheEnd,
            says="In pre-norm you normalise the result once more at the end. Nothing comes "
            "after the last sum: the straight path stays free.",
        ),
        Misconception(
            name="no norm",
            wrong=_NoNorm,
            says="The norms are missing, there is no normalisation: `self.norms[0]` for the "
            "attention, `self.norms[1]` for the network.",
        ),
        Misconception(
            name="no second norm",
            wrong=_OnlyTheFirstNorm,
            says="The second norm is missing: the network (FFN) needs `self.norms[1]`, before "
            "it in pre-norm, after its sum in post-norm.",
        ),
        Misconception(
            name="no first norm",
            wrong=_OnlyTheSecondNorm,
            says="The first norm is missing: the attention needs `self.norms[0]`, before it "
            "in pre-norm, after its sum in post-norm.",
        ),
        Misconception(
            name="turned round",
            wrong=_TurnedRound,
            says="You have `norm_first` the wrong way round, inverted: where it is True the "
            "norm comes first, pre-norm.",
        ),
        Misconception(
            name="always pre-norm",
            wrong=_AlwaysPre,
            says="You ignore `norm_first`: your block is always pre-norm. That part is right; "
            "but with `norm_first=False` (post-norm) the norm must come after the sum.",
        ),
        Misconception(
            name="always post-norm",
            wrong=_AlwaysPost,
            says="You ignore `norm_first`: your block is always post-norm. That part is "
            "right; but with `norm_first=True` (pre-norm) the norm goes before each branch, "
            "and nothing comes after the sum.",
        ),
        Misconception(
            name="dropout of the attention only",
            wrong=_DropoutOfAttentionOnly,
            says="Dropout is missing on the second branch: `self.dropout(self.ffn(...))` "
            "before it is added.",
        ),
        Misconception(
            name="dropout of the network only",
            wrong=_DropoutOfNetworkOnly,
            says="Dropout is missing on the first branch, the attention: `x + "
            "self.dropout(change)`.",
        ),
        Misconception(
            name="dropout of the sum",
            wrong=_DropoutOfTheSum,
            says="You apply dropout after the addition, to the sum, so the straight path, the "
            "residual, is dropped as well. Drop only the branch, before it is added: `x + "
            "self.dropout(change)`.",
        ),
        Misconception(
            name="dropout after the norm",
            wrong=_DropoutAfterTheNorm,
            says="In post-norm you apply dropout after the norm, to all of x. Drop only the "
            "branch, before it is added.",
        ),
        Misconception(
            name="dropout of the branch's input",
            wrong=_DropoutOfTheInput,
            says="You apply dropout to what goes into a branch. It belongs to what comes out, "
            "before it is added: `self.dropout(change)`.",
        ),
        Misconception(
            name="dropout in eval mode",
            wrong=_DropoutAlways,
            says="Your dropout stays on in eval mode. Use `self.dropout`, which knows the mode.",
        ),
        Misconception(
            name="no dropout",
            wrong=_NoDropout,
            says="Dropout is missing: `self.dropout(...)` around each branch before it is added.",
        ),
        Misconception(
            name="no network",
            wrong=_NoFFN,
            says="The second half is missing: the network (FFN), `self.ffn`, with a residual "
            "and a norm of its own, is never used.",
        ),
        Misconception(
            name="no attention",
            wrong=_NoAttention,
            says="The first half is missing: `self.attention`, with a residual and a norm of "
            "its own, is never used.",
        ),
        Misconception(
            name="sees everything",
            wrong=_SeesEverything,
            says="You ignore `visible`: every position looks at everything, padding and the "
            "future. Hand the mask on to `self.attention`.",
        ),
        Misconception(
            name="mask turned",
            wrong=_MaskTurned,
            says="You hand on the mask inverted. `visible` is True where a position may look, "
            "and the attention wants just that.",
        ),
        Misconception(
            name="need_weights not handed on",
            wrong=_NeverWeights,
            says="`need_weights` is not handed on, you ignore it: the weights are always "
            "None. Pass it as third argument to `self.attention`.",
        ),
        Misconception(
            name="weights unasked",
            wrong=_AlwaysWeights,
            says="You always ask for the weights, whatever `need_weights` says. Hand it on as "
            "it is: None is due if not asked for.",
        ),
        Misconception(
            name="weights only if asked",
            wrong=_ForgetsThemUnlessAsked,
            says="You return the output alone where no weights are asked for. Two results are "
            "always due: `return x, weights`, with None for the weights.",
        ),
        Misconception(
            name="weights first",
            wrong=_WeightsFirst,
            says="Your two results are in the wrong order: output first, then weights.",
        ),
        Misconception(
            name="forgets the weights",
            wrong=_ForgetsTheWeights,
            says="You return the output alone. Return the attention's weights as well: "
            "`return x, weights`.",
        ),
    ),
)

# --- 6.7 The encoder ------------------------------------------------------------------------------


def _encoder_probes(rng):
    def probe(label, rows, *, causal=True, n_blocks=1, max_len=4, need_weights=False, **how):
        # PAD and MASK stay what they are, the six products change names.
        named = np.concatenate([[0], 1 + rng.permutation(6), [7]])
        items = torch.from_numpy(named[np.array(rows)])
        return ModuleProbe(
            (items, True) if need_weights else (items,),
            init=(6, max_len),
            init_kwargs={"D": 4, "H": 2, "n_blocks": n_blocks, "hidden": 6, "causal": causal},
            label=label,
            **how,
        )

    yield probe("two clicks, one block", [[1, 2]])
    yield probe("two clicks, both sides", [[1, 2]], causal=False)
    yield probe("two blocks", [[3, 1, 4]], n_blocks=2)
    yield probe("padding on the left", [[0, 0, 5, 2], [1, 2, 3, 4]], gradients=True)
    yield probe("padding on the left, both sides", [[0, 3, 5, 2], [0, 0, 3, 4]], causal=False)
    yield probe("three blocks, weights asked for", [[0, 1, 2]], n_blocks=3, need_weights=True)
    yield probe("as long as may be", [[1, 2, 3, 4, 5]], max_len=5, n_blocks=2, gradients=True)
    yield probe("one click", [[2]], edge=True)
    yield probe("a row of padding", [[0, 0, 0]], edge=True)
    yield probe("MASK, item 7", [[1, 7]], edge=True)
    yield probe("no blocks", [[1, 2, 3]], n_blocks=0, edge=True)
    yield probe("another device", [[1, 2, 3]], elsewhere=True)


class _Encoder(nn.Module):
    """The stub's encoder. A mistake is in one of its steps."""

    def __init__(self, n_items, max_len, *, D, H, n_blocks, hidden, causal):
        super().__init__()
        self.max_len, self.causal = max_len, causal
        self.item = nn.Embedding(n_items + 2, D, padding_idx=0)
        self.position = nn.Embedding(max_len, D)
        self.blocks = nn.ModuleList(
            [TransformerBlock(D, H, hidden=hidden) for _ in range(n_blocks)]
        )
        self.norm = nn.LayerNorm(D)
        draw_weights(self)

    def forward(self, items, need_weights=False):
        x, kept = self.through(self.first(items), self.mask(items))
        return (self.last(x), kept) if need_weights else self.last(x)

    def first(self, items):
        return self.item(items) + self.places(items.shape[1])

    def places(self, L):
        return self.position.weight[:L].flip(0)

    def mask(self, items):
        return visible_mask(items, self.causal)

    def through(self, x, visible):
        kept = []
        for block in self.blocks:
            x, weights = block(x, visible, True)
            kept.append(weights)
        return x, kept

    def last(self, x):
        return self.norm(x)


class _EncoderFromTheStart(_Encoder):
    def places(self, L):
        return self.position.weight[:L]


class _EncoderLastRows(_Encoder):
    def places(self, L):
        return self.position.weight[-L:]


class _EncoderLastRowsBackwards(_Encoder):
    def places(self, L):
        return self.position.weight[-L:].flip(0)


class _EncoderColumnsBackwards(_Encoder):
    def places(self, L):
        return self.position.weight[:L].flip(1)


class _EncoderNoPositions(_Encoder):
    def first(self, items):
        return self.item(items)


class _EncoderPositionsOnly(_Encoder):
    def first(self, items):
        return self.places(items.shape[1]).expand(len(items), -1, -1)


class _EncoderMultiplied(_Encoder):
    def first(self, items):
        return self.item(items) * self.places(items.shape[1])


class _EncoderScaled(_Encoder):
    def first(self, items):
        vectors = self.item(items)
        return vectors * vectors.shape[-1] ** 0.5 + self.places(items.shape[1])


class _EncoderAlwaysCausal(_Encoder):
    def mask(self, items):
        return visible_mask(items, True)


class _EncoderNeverCausal(_Encoder):
    def mask(self, items):
        return visible_mask(items, False)


class _EncoderForgetsPadding(_Encoder):
    def mask(self, items):
        return visible_mask(torch.ones_like(items), self.causal)


class _EncoderSeesEverything(_Encoder):
    def mask(self, items):
        return torch.ones_like(visible_mask(items, False))


class _EncoderMaskTurned(_Encoder):
    def mask(self, items):
        return ~visible_mask(items, self.causal)


class _EncoderOneBlock(_Encoder):
    def through(self, x, visible):
        kept = []
        for block in self.blocks[:1]:
            x, weights = block(x, visible, True)
            kept.append(weights)
        return x, kept


class _EncoderAllFromTheFirst(_Encoder):
    def through(self, x, visible):
        out, kept = x, []
        for block in self.blocks:
            out, weights = block(x, visible, True)
            kept.append(weights)
        return out, kept


class _EncoderBackwards(_Encoder):
    def through(self, x, visible):
        kept = []
        for block in reversed(self.blocks):
            x, weights = block(x, visible, True)
            kept.append(weights)
        return x, kept


class _EncoderResidual(_Encoder):
    def through(self, x, visible):
        kept = []
        for block in self.blocks:
            change, weights = block(x, visible, True)
            x = x + change
            kept.append(weights)
        return x, kept


class _EncoderLastWeights(_Encoder):
    def through(self, x, visible):
        x, kept = super().through(x, visible)
        return x, kept[-1] if kept else None


class _EncoderNoNorm(_Encoder):
    def last(self, x):
        return x


class _EncoderNormFirst(_Encoder):
    def first(self, items):
        return self.norm(super().first(items))

    def last(self, x):
        return x


class _EncoderNormAtBothEnds(_Encoder):
    def first(self, items):
        return self.norm(super().first(items))


class _EncoderNormBehindEach(_Encoder):
    def through(self, x, visible):
        kept = []
        for block in self.blocks:
            x, weights = block(x, visible, True)
            x = self.norm(x)
            kept.append(weights)
        return x, kept

    def last(self, x):
        return x


class _EncoderFirstBlockAgain(_Encoder):
    def through(self, x, visible):
        kept = []
        for _ in self.blocks:
            x, weights = self.blocks[0](x, visible, True)
            kept.append(weights)
        return x, kept


class _EncoderNoPositionAtPadding(_Encoder):
    def first(self, items):
        return super().first(items) * (items != 0)[:, :, None]


class _EncoderZerosAtPadding(_Encoder):
    def forward(self, items, need_weights=False):
        states, kept = super().forward(items, True)
        states = states * (items != 0)[:, :, None]
        return (states, kept) if need_weights else states


class _EncoderNewestOnly(_Encoder):
    def last(self, x):
        return self.norm(x)[:, -1]


class _EncoderAlwaysWeights(_Encoder):
    def forward(self, items, need_weights=False):
        return super().forward(items, True)


class _EncoderNeverWeights(_Encoder):
    def forward(self, items, need_weights=False):
        return super().forward(items)


_ENCODER = Exercise(
    id="6.7",
    title="The encoder",
    minutes=12,
    reference=SequenceEncoder,
    probes=_encoder_probes,
    hints=(
        "Four steps: embedding plus position, the mask, block after block, the last norm. Each is "
        "one or two lines.",
        "Row 0 of `self.position.weight` is the newest position, and the newest click stands on "
        "the right: `self.position.weight[:L].flip(0)` for L positions.",
        "`for block in self.blocks: x, weights = block(x, visible, need_weights)`, and "
        "`kept.append(weights)`. At the end `self.norm(x)`, with `kept` beside it if asked for.",
    ),
    built="You have built the encoder of this chapter of parts that are all your own. The next "
    "cells train it; SASRec and BERT4Rec are the same one with another mask and another loss.",
    ours="Ours also knows dropout, post-norm and other positions, and computes rows of uneven "
    "length in groups.",
    misconceptions=(
        Misconception(
            name="counted from the first click",
            wrong=_EncoderFromTheStart,
            says="Your positions are counted from the oldest place on. Row 0 of the table is the "
            "*newest* position, on the right: turn the rows round, `.flip(0)`.",
        ),
        Misconception(
            name="the last rows",
            wrong=_EncoderLastRows,
            says="You take the last L rows of the table. In a short batch the newest click would "
            "get the oldest positions. Take the first L, and turn them round.",
        ),
        Misconception(
            name="the last rows, turned",
            wrong=_EncoderLastRowsBackwards,
            says="You turn the *last* L rows of the table round. The newest click has row 0, so "
            "the *first* L rows are due, turned round.",
        ),
        Misconception(
            name="the columns backwards",
            wrong=_EncoderColumnsBackwards,
            says="You turn the columns of the table round, not its rows: `.flip(0)`.",
        ),
        Misconception(
            name="no positions",
            wrong=_EncoderNoPositions,
            says="The positions are missing: you pass the embeddings on alone. Add a row of "
            "`self.position.weight` to each.",
        ),
        Misconception(
            name="positions only",
            wrong=_EncoderPositionsOnly,
            says="The items are missing: you pass the positions on alone. Add `self.item(items)`.",
        ),
        Misconception(
            name="multiplied",
            wrong=_EncoderMultiplied,
            says="You multiply embedding and position. They are added.",
        ),
        Misconception(
            name="embeddings scaled up",
            wrong=_EncoderScaled,
            says="You multiply the embeddings by the root of D, as Vaswani et al. do. Not here: "
            "embedding plus position.",
        ),
        Misconception(
            name="always causal",
            wrong=_EncoderAlwaysCausal,
            says="Your mask is always causal. `self.causal` says whether it is.",
        ),
        Misconception(
            name="never causal",
            wrong=_EncoderNeverCausal,
            says="Your mask is never causal: positions see the future. Hand on `self.causal`.",
        ),
        Misconception(
            name="forgets padding",
            wrong=_EncoderForgetsPadding,
            says="Padding is looked at in your encoder. `visible_mask` needs the `items` "
            "themselves, in which 0 is padding.",
        ),
        Misconception(
            name="sees everything",
            wrong=_EncoderSeesEverything,
            says="Every position sees everything in your encoder: the mask is missing. "
            "`visible_mask(items, self.causal)`.",
        ),
        Misconception(
            name="mask turned",
            wrong=_EncoderMaskTurned,
            says="You hand on the mask inverted. True means *may look*, here and in the blocks.",
        ),
        Misconception(
            name="one block",
            wrong=_EncoderOneBlock,
            says="Only the first block is used. Go through all of `self.blocks`.",
        ),
        Misconception(
            name="each block reads the embeddings",
            wrong=_EncoderAllFromTheFirst,
            says="Each of your blocks reads the embeddings, and only the last one's output is "
            "used. A block reads what the block before it gave.",
        ),
        Misconception(
            name="the last block first",
            wrong=_EncoderBackwards,
            says="You go through the blocks from the last to the first. Keep their order.",
        ),
        Misconception(
            name="another residual",
            wrong=_EncoderResidual,
            says="You add each block's output to what came in. The block has done that inside: "
            "`x, weights = block(...)`.",
        ),
        Misconception(
            name="the last weights only",
            wrong=_EncoderLastWeights,
            says="You return the weights of the last block alone. Asked for is a list, one for "
            "each block.",
        ),
        Misconception(
            name="no last norm",
            wrong=_EncoderNoNorm,
            says="The last norm is missing: `self.norm(x)`, after all blocks.",
        ),
        Misconception(
            name="norm at the start",
            wrong=_EncoderNormFirst,
            says="You normalise the embeddings and not the end. `self.norm` comes after all "
            "blocks.",
        ),
        Misconception(
            name="norm at both ends",
            wrong=_EncoderNormAtBothEnds,
            says="You normalise the embeddings too. `self.norm` comes once, after all blocks.",
        ),
        Misconception(
            name="norm behind each block",
            wrong=_EncoderNormBehindEach,
            says="You apply `self.norm` after each block, inside the loop. It comes once, after "
            "all blocks.",
        ),
        Misconception(
            name="the first block again",
            wrong=_EncoderFirstBlockAgain,
            says="You apply the first block again and again. Each block has weights of its own: "
            "`for block in self.blocks`, and call `block`.",
        ),
        Misconception(
            name="no position at padding",
            wrong=_EncoderNoPositionAtPadding,
            says="You set the input at padding to 0, its position too. That is not asked: padding "
            "is kept out by the mask alone.",
        ),
        Misconception(
            name="zeros at padding",
            wrong=_EncoderZerosAtPadding,
            says="You set the states at padding to 0. That is not asked: nobody looks at them. "
            "Return what the last norm gives.",
        ),
        Misconception(
            name="newest position only",
            wrong=_EncoderNewestOnly,
            says="You return the newest position alone. Asked for are the states of all "
            "positions, (B, L, D).",
        ),
        Misconception(
            name="weights unasked",
            wrong=_EncoderAlwaysWeights,
            says="You always return the weights. Without `need_weights` the states alone are due, "
            "no pair.",
        ),
        Misconception(
            name="never weights",
            wrong=_EncoderNeverWeights,
            says="You never return the weights. With `need_weights` a pair is due: states, and "
            "the list of weights.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="draw_weights(self) -> *",
            reason="Probes give the weights; how they are drawn is the stub's own line.",
        ),
        EquivalentMutant(
            edit="groups = None if need_weights else groups_of_like_length(items, self.D) -> "
            "groups = groups_of_like_length(items, self.D) if need_weights else None",
            reason="Groups change the time that large batches take, and no number.",
        ),
        EquivalentMutant(
            edit="x = self.dropout(self.item(items) + self.position(items.shape[1])) -> "
            "x = self.item(items) + self.position(items.shape[1])",
            reason="The stub's encoder has no dropout.",
        ),
        EquivalentMutant(
            edit="return by_groups(self._states, items, groups) -> *",
            reason="Groups are for batches larger than those of the probes.",
        ),
    ),
)

# --- 6.8 Like with like ---------------------------------------------------------------------------


def _matched_probes(rng):
    yield Probe(
        (
            np.array([0.6, 0.2, 0.3, 0.1]),
            np.array([True, False, True, False]),
            np.array([1, 1, 2, 2]),
        ),
        label="two cells, one of each kind in both",
    )
    yield Probe(
        (
            np.array([0.4, 0.4, 0.4, 0.4, 0.1, 0.1, 0.1, 0.1]),
            np.array([True, True, True, False, True, False, False, False]),
            np.array([0, 0, 0, 0, 3, 3, 3, 3]),
        ),
        label="the group stands where all weights are high",
    )
    yield Probe(
        (
            np.array([0.5, 0.3, 0.2, 0.9, 0.7]),
            np.array([True, False, False, True, False]),
            np.array([0, 0, 0, 1, 2]),
        ),
        label="a cell that has no other click, and one that has no member",
    )
    yield Probe(
        (
            np.array([0.9, 0.1, 0.1, 0.1, 0.05, 0.2]),
            np.array([True, True, True, False, True, False]),
            np.array([0, 0, 0, 0, 1, 1]),
        ),
        label="a cell with three members and one with one",
    )
    for n, cells in ((40, 4), (200, 30), (60, 60)):
        yield Probe(
            (rng.random(n), rng.random(n) < 0.3, rng.integers(0, cells, n)),
            label=f"{n} random weights in {cells} cells",
        )
    yield Probe(
        (rng.random(30), rng.random(30) < 0.5, 1000 * rng.integers(1, 5, 30)),
        label="cells with large numbers",
    )
    yield Probe(
        (np.array([0.5, 0.2]), np.array([True, False]), np.array([0, 1])),
        label="nothing can be compared",
        edge=True,
    )
    yield Probe(
        (np.array([]), np.array([], dtype=bool), np.array([], dtype=int)),
        label="no weights",
        edge=True,
    )


def _cells(values, in_group, cell):
    """Of each cell: members' values, others' values."""
    for number in np.unique(cell):
        here = cell == number
        yield values[here & in_group], values[here & ~in_group]


def _matched(values, in_group, cell, due, given=np.sum, empty=float("nan"), **of):
    """Sums over the cells that have both, or as `of` says."""
    some = [
        (members, others)
        for members, others in _cells(values, in_group, cell)
        if len(members) and (len(others) or of.get("lonely"))
    ]
    if not some:
        return empty
    top = sum(given(members) for members, _ in some)
    return float(top / sum(due(members, others) for members, others in some))


def _due(members, others):
    return len(members) * others.mean()


def _matched_ignores_cells(values, in_group, cell):
    if in_group.all() or not in_group.any():
        return float("nan")
    return float(values[in_group].mean() / values[~in_group].mean())


def _matched_against_all(values, in_group, cell):
    def due(members, others):
        return len(members) * np.concatenate([members, others]).mean()

    return _matched(values, in_group, cell, due)


def _matched_cells_alike(values, in_group, cell):
    return _matched(values, in_group, cell, lambda _, others: others.mean(), given=np.mean)


def _matched_mean_of_ratios(values, in_group, cell):
    ratios = [
        members.mean() / others.mean()
        for members, others in _cells(values, in_group, cell)
        if len(members) and len(others)
    ]
    return float(np.mean(ratios)) if ratios else float("nan")


def _matched_ratios_by_members(values, in_group, cell):
    pairs = [
        (members.mean() / others.mean(), len(members))
        for members, others in _cells(values, in_group, cell)
        if len(members) and len(others)
    ]
    if not pairs:
        return float("nan")
    return float(sum(ratio * n for ratio, n in pairs) / sum(n for _, n in pairs))


def _matched_upside_down(values, in_group, cell):
    return 1 / matched_ratio(values, in_group, cell)


def _matched_group_turned(values, in_group, cell):
    return matched_ratio(values, ~in_group, cell)


def _matched_lonely_members(values, in_group, cell):
    def due(members, others):
        return len(members) * others.mean() if len(others) else 0.0

    if in_group.all() or not in_group.any():
        return float("nan")
    top = due_sum = 0.0
    for members, others in _cells(values, in_group, cell):
        top += members.sum()
        due_sum += due(members, others)
    return float(top / due_sum) if due_sum else float("nan")


def _matched_sums(values, in_group, cell):
    return _matched(values, in_group, cell, lambda _, others: others.sum())


def _matched_by_others(values, in_group, cell):
    pairs = [
        (members.mean() * len(others), others.sum())
        for members, others in _cells(values, in_group, cell)
        if len(members) and len(others)
    ]
    if not pairs:
        return float("nan")
    return float(sum(top for top, _ in pairs) / sum(below for _, below in pairs))


def _matched_difference(values, in_group, cell):
    found = [
        (members.sum() - len(members) * others.mean(), len(members))
        for members, others in _cells(values, in_group, cell)
        if len(members) and len(others)
    ]
    if not found:
        return float("nan")
    return float(sum(extra for extra, _ in found) / sum(n for _, n in found))


def _matched_one_of_nothing(values, in_group, cell):
    found = matched_ratio(values, in_group, cell)
    return 1.0 if math.isnan(found) else found


def _matched_zero_of_nothing(values, in_group, cell):
    found = matched_ratio(values, in_group, cell)
    return 0.0 if math.isnan(found) else found


_MATCHED = Exercise(
    id="6.8",
    title="Weight at equal distance",
    minutes=12,
    reference=matched_ratio,
    probes=_matched_probes,
    hints=(
        "Go through the cells, `for number in np.unique(cell)`. In each, what do the members get, "
        "and what would they get if they were like the others there?",
        "`members = values[here & in_group]` and `others = values[here & ~in_group]`. Skip the "
        "cell unless both have a length. What they got: `members.sum()`. What was due: "
        "`len(members) * others.mean()`.",
        "Add both up over the cells, `got += members.sum()` and `due += len(members) * "
        "others.mean()`; then `return got / due if due else float('nan')`",
    ),
    built="You have built a comparison of like with like. The next cell asks with it whether the "
    "heads prefer the current visit, or only the newest clicks.",
    ours="Ours counts all cells at once with `np.bincount`, which has no loop.",
    misconceptions=(
        Misconception(
            name="ignores the cells",
            wrong=_matched_ignores_cells,
            says="You ignore `cell`: you compare all members with all others. That is the very "
            "mistake that cells are for. Compare within each cell, then add up.",
        ),
        Misconception(
            name="against all",
            wrong=_matched_against_all,
            says="You hold the members against *everybody* in their cell, themselves included. "
            "Where nearly all are members, that is 1 whatever they get. Take the others alone: "
            "`~in_group`.",
        ),
        Misconception(
            name="every cell counts the same",
            wrong=_matched_cells_alike,
            says="Each of your cells counts the same, one member or a hundred. Add up what the "
            "members got, `members.sum()`, and `len(members)` times the others' mean.",
        ),
        Misconception(
            name="mean of the cells' ratios",
            wrong=_matched_mean_of_ratios,
            says="You take the mean of a ratio for each cell. A cell whose weights are tiny then "
            "decides as much as any. Add up above and below first, and divide once.",
        ),
        Misconception(
            name="ratios weighed by members",
            wrong=_matched_ratios_by_members,
            says="You average the cells' ratios, weighed by their members. Where the others get "
            "next to nothing such a ratio explodes. Add up above and below, and divide once.",
        ),
        Misconception(
            name="upside down",
            wrong=_matched_upside_down,
            says="Your fraction is upside down: above the line stands what the group got, below "
            "it what was due.",
        ),
        Misconception(
            name="the group turned round",
            wrong=_matched_group_turned,
            says="You exchange members and others: the ones outside are held against the group. "
            "`in_group` is True for a member.",
        ),
        Misconception(
            name="members without others",
            wrong=_matched_lonely_members,
            says="Members of a cell that has no others count above the line and not below it. "
            "Such a cell can't be compared: leave it out of both sums.",
        ),
        Misconception(
            name="sums of the others",
            wrong=_matched_sums,
            says="Below the line you add up the others' weights, however many they are. Due is "
            "their *mean*, once for each member.",
        ),
        Misconception(
            name="counted by the others",
            wrong=_matched_by_others,
            says="You let the others say how much a cell counts. The question is about the "
            "members: multiply the others' mean by the number of *members*.",
        ),
        Misconception(
            name="a difference",
            wrong=_matched_difference,
            says="You return a difference, how much more a member gets. Asked for is how many "
            "*times* as much: divide the two sums.",
        ),
        Misconception(
            name="1 of nothing",
            wrong=_matched_one_of_nothing,
            says="Where nothing can be compared you return 1, which claims that group and others "
            "are alike. Nobody knows: return NaN.",
        ),
        Misconception(
            name="0 of nothing",
            wrong=_matched_zero_of_nothing,
            says="Where nothing can be compared you return 0, which claims that the group gets "
            "nothing. Nobody knows: return NaN.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="values, in_group = (np.asarray(values), np.asarray(in_group)) -> *",
            reason="The probes give arrays, as the stub promises.",
        ),
        EquivalentMutant(
            edit="if len(members) and len(others): -> if len(others):",
            reason="A cell without a member adds 0 above and below.",
        ),
        *(
            EquivalentMutant(
                edit=f"both = (n_members > 0) & (n_others > 0) -> both = {other}",
                reason="A cell without a member adds 0 above and below.",
            )
            for other in (
                "n_others > 0",
                "(n_members >= 0) & (n_others > 0)",
                "(n_members > -1) & (n_others > 0)",
            )
        ),
    ),
)

EXERCISES = (_ATTENTION, _MASK, _SPLIT, _HEADS, _WAVES, _BLOCK, _ENCODER, _MATCHED)

QUIZZES = (
    Quiz(
        id="6.1",
        question="Why are the scores divided by $\\sqrt{d}$?",
        choices=(
            Choice(
                "So that the weights of each query sum to 1.",
                why="The softmax sees to that, whatever the scores.",
            ),
            Choice(
                "So that scores are about as large for wide vectors as for narrow ones, and the "
                "softmax stays soft.",
                right=True,
                why="A sum of $d$ products of independent numbers of size 1 has a standard "
                "deviation of $\\sqrt{d}$. Undivided, nearly all weight falls on one key, and the "
                "gradient vanishes.",
            ),
            Choice(
                "So that every key gets some weight.",
                why="Every visible key gets some weight anyway, as e to any power is positive. The "
                "question is how little.",
            ),
        ),
    ),
    Quiz(
        id="6.2",
        question="You have `visible`, True where a query may look. What does "
        "`nn.MultiheadAttention` want as `attn_mask`?",
        choices=(
            Choice(
                "`visible`",
                why="Then each click looks at padding and at the future, and at nothing that it "
                "may see. Where the shape fits nothing raises; the scores are just bad, and NaN "
                "for the newest click of a history without padding, which then sees nothing.",
            ),
            Choice(
                "`~visible`",
                right=True,
                why="Its boolean masks say what is *blocked*. `scaled_dot_product_attention` takes "
                "`visible` as it is.",
            ),
            Choice(
                "`visible.float()`",
                why="A mask of floats is *added* to the scores. Ones and zeros only shift them a "
                "little; blocked would be -inf.",
            ),
        ),
    ),
    Quiz(
        id="6.3",
        question="A bidirectional encoder has no positions. You shuffle all clicks of a history "
        "but the newest. What changes in the newest click's state?",
        choices=(
            Choice(
                "Nothing.",
                right=True,
                why="It takes a weighted mean over a set. Which click stood where enters nowhere, "
                "in no block.",
            ),
            Choice(
                "The weights, but not the mean.",
                why="The weights move along with their clicks. What click 3 got before, it gets "
                "now, wherever it stands.",
            ),
            Choice(
                "Everything: each query meets other keys.",
                why="Each query meets the *same* keys, in another order. A sum does not mind "
                "order.",
            ),
        ),
    ),
    Quiz(
        id="6.4",
        question="A head gives .8 of its weight to the puppy food. What do you know?",
        choices=(
            Choice(
                "The puppy food is the reason for the forecast.",
                why="Weights say how values were mixed in one head of one block. The values may be "
                "small, later blocks may ignore them, and the residual path goes round them all.",
            ),
            Choice(
                "Of what this head hands on, four fifths come from the puppy food's position. What "
                "it is worth, you have to test.",
                right=True,
                why="As in the chapter: switch the head off and measure. And after the first block "
                "a *position* holds what was mixed into it before.",
            ),
            Choice(
                "The puppy food was clicked most often.",
                why="Weights compare queries with keys. How often something was clicked is not in "
                "the formula.",
            ),
        ),
    ),
)

GUESSES = (
    GuessNumber(id="6.1", asks="The best key's weight, 4 numbers", unit="%", high=100, close=10),
    GuessNumber(id="6.2", asks="The best key's weight, 256 numbers", unit="%", high=100, close=10),
    GuessNumber(
        id="6.3", asks="The dispenser's attention to seven zeros", unit="%", high=100, close=10
    ),
    GuessNumber(id="6.4", asks="Values whose gradient is NaN", unit="of 3", high=3, close=0),
    GuessChoice(
        id="6.5",
        asks="What nn.MultiheadAttention makes of visible",
        choices=("an error", "NaN", "a wrong number"),
    ),
    GuessChoice(
        id="6.6",
        asks="One head, half and half, tells a history from the same one backwards",
        choices=("yes", "no"),
    ),
    GuessChoice(
        id="6.7",
        asks="The newest click's output changes when the others are shuffled",
        choices=("yes", "no"),
    ),
    GuessNumber(
        id="6.8",
        asks="Histories that train position 19, counted from the first click",
        unit="%",
        high=100,
        close=5,
    ),
    GuessNumber(
        id="6.9",
        asks="Post-norm's first step in the last block, pre-norm's is 1",
        close=0.1,
        digits=1,
    ),
    GuessNumber(
        id="6.10",
        asks="The encoder's way from popularity to the oracle",
        unit="%",
        high=100,
        close=10,
    ),
    GuessChoice(
        id="6.11",
        asks="Which part costs most to lose",
        choices=("mask", "root of d", "residuals", "positions"),
    ),
    GuessNumber(
        id="6.12",
        asks="The weight of a click of the current visit, another click gets 1",
        close=0.2,
        digits=2,
    ),
    GuessNumber(
        id="6.13",
        asks="The weight of an earlier click of the same type, another click gets 1",
        close=0.15,
        digits=2,
    ),
    GuessNumber(
        id="6.14", asks="How far back the heads look", unit="clicks", high=19, close=1, digits=1
    ),
    GuessNumber(
        id="6.15",
        asks="The current visit at equal distance and length, another click gets 1",
        close=0.1,
        digits=2,
    ),
)
