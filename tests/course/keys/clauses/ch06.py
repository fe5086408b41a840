"""How the coach notices that a sentence of chapter 06's stubs is broken, see `table`."""

import math

import torch

# 6.1


def _scores(q, k):
    return q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])


def _mask_of_the_same_shape(q, k, v, visible):
    hidden = ~visible.reshape(*q.shape[:-1], k.shape[-2])
    weights = _scores(q, k).masked_fill(hidden, -torch.inf).softmax(dim=-1)
    return weights @ v, weights


def _nothing_seen_is_an_average(q, k, v, visible):
    weights = _scores(q, k).masked_fill(~visible, -1e9).softmax(dim=-1)
    return weights @ v, weights


def _value_as_wide_as_the_key(q, k, v, visible):
    weights = _scores(q, k).masked_fill(~visible, -torch.inf).softmax(dim=-1)
    return (weights @ v)[..., : q.shape[-1]], weights


def _keys_as_many_as_queries(q, k, v, visible):
    n = min(q.shape[-2], k.shape[-2])
    k, v, visible = k[..., :n, :], v[..., :n, :], visible[..., :n]
    weights = _scores(q, k).masked_fill(~visible, -torch.inf).softmax(dim=-1)
    return weights @ v, weights


def _nan_weights_only(q, k, v, visible):
    weights = _scores(q, k).masked_fill(~visible, -torch.inf).softmax(dim=-1)
    return weights.nan_to_num() @ v, weights


# 6.2


def _mask_of_numbers(items, causal):
    return _mask(items, causal).float()


def _mask(items, causal):
    L = items.shape[1]
    visible = (items > 0)[:, None, None, :].expand(-1, 1, L, L)
    if causal:
        visible = visible & torch.ones(L, L, dtype=torch.bool).tril()
    return visible | torch.eye(L, dtype=torch.bool)


def _padding_sees_all(items, causal):
    return _mask(items, causal) | (items == 0)[:, None, :, None]


# 6.3


def _two_heads(x, H):
    B, L, D = x.shape
    return x.view(B, L, 2, D // 2).transpose(1, 2)


# 6.5


def _refuses_with_another_error(max_len, D):
    if D % 2:
        raise TypeError("D must be even")
    return _waves(max_len, D)


def _waves(max_len, D):
    places = torch.arange(max_len)[:, None]
    angles = places * 10_000 ** (-torch.arange(0, D, 2) / D)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


def _waves_of_a_square(max_len, D):
    return _waves(max(max_len, D), D)[: min(max_len, D)]


CLAUSES = {
    "6.1": {
        "Scaled dot-product attention.": ("not scaled", "divided by d", "no softmax"),
        "q: (..., L, d) queries.": ("queries against queries", "two axes only"),
        "k: (..., S, d) keys.": ("keys not transposed", _keys_as_many_as_queries),
        "v: (..., S, D) values.": ("mean of the keys", _value_as_wide_as_the_key),
        "visible: bool, (..., L, S)": ("first mask for all", _mask_of_the_same_shape),
        "True = may look.": "sign of the mask",
        "Returns output (..., L, D)": ("exchanged", "output only", "gives scores"),
        "Hidden keys have weight 0.": ("masked after the softmax", "a score of 0 for hidden keys"),
        "A query that sees nothing": (
            "zero instead of NaN",
            "a large negative number",
            _nothing_seen_is_an_average,
            _nan_weights_only,
        ),
    },
    "6.2": {
        "Which position may look at which.": ("transposed", "turned"),
        "items: (B, L) long, 0 = padding.": (
            "forgets padding",
            "padding is visible, clicks hidden",
            "the first for all",
        ),
        "causal: if True": ("always causal", "never causal", "only the strict past"),
        "Returns (B, 1, L, L) bool": (
            "no axis for the heads",
            "on the CPU",
            "masks queries",
            _mask_of_numbers,
            _padding_sees_all,
        ),
        "Every position sees itself": ("never oneself", "no diagonal"),
    },
    "6.3": {
        "(B, L, D) -> (B, H, L, D/H)": ("reshapes in one go", "interleaved", _two_heads),
        "H divides D.": "H columns a head",
    },
    "6.4": {
        "Several attentions side by side.": ("one head", "mean of the heads"),
        "x: (B, L, D).": "not projected",
        "visible: (B, 1, L, L) bool.": ("sees everything", "mask turned"),
        "1. `self.project(x)` is (B, L, 3 D): queries, then keys, then values.": (
            "keys first",
            "values first",
            "values are keys",
        ),
        "2. Each is split into H heads, which attend.": (
            "split before the parts",
            "reshaped in one go",
        ),
        "3. The outputs of the heads stand side by side again, head 0 first.": (
            "merged in one go",
            "interleaved",
            "heads backwards",
        ),
        "4. `self.merge` mixes them.": ("not merged", "adds the input"),
        "Returns output (B, L, D)": ("output only", "weights first", "mean of the weights"),
        "or None unless need_weights.": ("weights unasked", "never weights"),
    },
    "6.5": {
        "Row pos of the table": (
            "positions from 1",
            "in halves",
            "i instead of 2i",
            "cosine first",
        ),
        "Returns (max_len, D) float32.": ("64 bits", "transposed", _waves_of_a_square),
        "Raises ValueError if D is odd": (
            "never refuses",
            "asserts",
            _refuses_with_another_error,
        ),
    },
    "6.6": {
        "(B, L, D) -> (B, L, D), and the attention's weights.": "forgets the weights",
        "x: (B, L, D).": ("no residual", "no attention"),
        "visible: (B, 1, L, L) bool.": ("sees everything", "mask turned"),
        "norm_first: pre-norm, else post-norm.": ("always pre-norm", "always post-norm"),
        "`self.attention(x, visible, need_weights)`": "need_weights not handed on",
        "Returns output (B, L, D) and those weights.": ("weights first", "weights unasked"),
    },
    "6.7": {
        "Item ids in, a vector for each position out.": ("newest position only", "positions only"),
        "items: (B, L) long, 0 = padding, on the left;": "forgets padding",
        "L is at most max_len.": "the last rows",
        "1. Embedding plus position.": ("no positions", "multiplied", "embeddings scaled up"),
        "Row 0 of the table of positions is the newest.": (
            "counted from the first click",
            "the last rows, turned",
            "the columns backwards",
        ),
        "2. The blocks one after the other": (
            "one block",
            "each block reads the embeddings",
            "the last block first",
            "another residual",
        ),
        "masked as `self.causal` says.": ("always causal", "never causal", "mask turned"),
        "3. The last norm.": ("no last norm", "norm at the start"),
        "Returns states (B, L, D);": "weights unasked",
        "with need_weights a pair": ("never weights", "the last weights only"),
    },
    "6.8": {
        "How many times as much the members of a group get": ("a difference", "upside down"),
        "values: (N,) floats.": "sums of the others",
        "in_group: (N,) bool, True for a member.": "the group turned round",
        "cell: (N,) whole numbers;": "ignores the cells",
        "what is alike has the same.": "ignores the cells",
        "What the members got is the sum of their values.": "every cell counts the same",
        "What was due to them is": ("against all", "counted by the others"),
        "Returns the first divided by the sum of the second": (
            "mean of the cells' ratios",
            "ratios weighed by members",
        ),
        "A cell that has no member, or no other": "members without others",
        "NaN if no cell is left.": ("1 of nothing", "0 of nothing"),
    },
}
