# %% [markdown]
# # 06 · Attention
#
# A history is a list of clicks. Which of them matter for the next one? Not always the last, and not all alike. Attention
# lets a model decide that anew for every history. This chapter builds it from a table that you fill in by hand up to the
# encoder that all later models are made of.
#
# **After this chapter you can** compute attention by hand and in three lines, draw and test its masks, say what heads,
# positions, residuals and norms are for, and read a map of attention without believing too much of it.
#
# **You need** chapters 00 to 02, the softmax loss of chapter 04, and PyTorch. Words of other chapters are in the [glossary](glossary.ipynb). **Time:** 125 minutes, exercises included.

# %%
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

from course import (
    calibration,
    exercise,
    guess,
    hint,
    measured,
    quiz,
    reveal,
    scoreboard,
    solution,
)
from course.figures import (
    COLOURS,
    DIVERGING,
    PAIR,
    WIDE,
    AttentionExplorer,
    draw_attention,
    head_layout,
    show,
)
from seqrec.data import build_sequences, pad_left
from seqrec.losses import softmax_loss
from seqrec.metrics import expected_ndcg, share_of_lift
from seqrec.models import SequenceEncoder as LibraryEncoder
from seqrec.models import draw_weights
from seqrec.training import TrainConfig, train
from zooplus_sim import Oracle, ZooplusSimulator

shop = ZooplusSimulator(n_users=12_000)
n_items = shop.n_products
journeys = shop.journeys(events_per_user=(3, 21), seed=1)
names = shop.products["product_type"]
ANNA = 23
anna = journeys.interactions.query("user_id == @ANNA")["item_id"].tolist()[:3]
print("Anna:", ", then ".join(names[anna]))

# %% [markdown]
# ## 6.1 By hand
#
# Anna clicked puppy food, a food bowl, a water dispenser. Each click gets three small vectors:
#
# - a **query** $q$: what it wants to know,
# - a **key** $k$: what it can be found by,
# - a **value** $v$: what it hands over.
#
# A click asks all clicks: how well does your key fit my query? The answer is a dot product, the **score**. From the scores
# come **weights** that sum to 1, and the click takes home the weighted mean of the values. That is all.
#
# | | $q$ | $k$ | $v$ |
# |---|---|---|---|
# | puppy food | (0, 0) | (1, 0) | (4, 0) |
# | food bowl | (1, 0) | (0, 1) | (0, 4) |
# | water dispenser | (1, 1) | (0, 2) | (8, 8) |
#
# Take a pen. To have round numbers, make weights of scores by powers of **two**: a score of $s$ counts $2^s$, and then divide by
# the sum of the row. For the food bowl: the scores are 1, 0, 0; they count 2, 1, 1; the weights are ½, ¼, ¼; so it
# takes home ½ (4, 0) + ¼ (0, 4) + ¼ (8, 8) = (4, 3).
#
# **Do the other two** (4 minutes): write down what each takes home.
#
# Your numbers go into the next cell; the one after it looks at them.

# %%
# Put your numbers in place of each None
by_hand = {
    "puppy food": (None, None),
    "food bowl": (4, 3),
    "water dispenser": (None, None),
}

# %%
Q = np.array([[0, 0], [1, 0], [1, 1]])
K = np.array([[1, 0], [0, 1], [0, 2]])
V = np.array([[4, 0], [0, 4], [8, 8]])

counts = 2.0 ** (Q @ K.T)  # (3, 3): row = query, column = key
weights = counts / counts.sum(axis=1, keepdims=True)
for (name, mine), row in zip(by_hand.items(), weights @ V, strict=True):
    verdict = (
        "not filled in"
        if None in mine
        else "right"
        if np.allclose(mine, row)
        else "not yet: check the scores"
    )
    print(f"{name:16s} {verdict}")

# %% [markdown]
# ### In three lines
#
# In NumPy that is three lines: `counts = 2.0 ** (Q @ K.T)`, divided by the sum of each row, times `V`. Two things differ in earnest. The count is $e^s$ instead of $2^s$: the **softmax**. And the
# scores are divided by $\sqrt d$, the root of the width of a query, for a reason that comes next (Vaswani et al. 2017):
#
# $$\text{weights} = \text{softmax}\left(\frac{Q K^\top}{\sqrt d}\right), \qquad \text{output} = \text{weights} \cdot V$$
#
# (With $d = 2$ these two changes nearly cancel: $e^{s / \sqrt 2}$ is $2.03^s$, nearly $2^s$.)

# %% tags=["nbval-check-output"]
counts = np.exp(Q @ K.T / np.sqrt(2))
weights = counts / counts.sum(axis=1, keepdims=True)
in_numpy = weights @ V
print(weights.round(2), "weights")
print(in_numpy.round(2), "output")

# %% [markdown]
# ## 6.2 Why the square root?
#
# Our queries have two numbers; real ones have 16, 64, 128. A dot product adds up one product for each.
#
# **Guess:** ten random keys, one random query, all numbers about 1 in size. How much of its attention does the query give to
# the *one* key that fits best, when vectors have 4 numbers, and when they have 256? (Nothing is divided by anything yet.)

# %%
# The best key's weight, 4 numbers: a number, in %
guess("6.1", ...)
# The best key's weight, 256 numbers: a number, in %
guess("6.2", ...)

# %%
widths = [2**n for n in range(1, 11)]
generator = torch.Generator().manual_seed(0)
largest = {"undivided": [], "divided by the root of d": []}
slope = {name: [] for name in largest}
for d in widths:
    q = torch.randn(2_000, 1, d, generator=generator)
    k = torch.randn(2_000, 10, d, generator=generator)
    scores = (q * k).sum(-1)  # (2000, 10): ten keys for each query
    for name, divisor in zip(largest, (1, d**0.5), strict=True):
        best = (scores / divisor).softmax(-1).amax(-1)
        largest[name].append(best.mean())
        slope[name].append((best * (1 - best)).mean())
reveal("6.1", 100 * largest["undivided"][widths.index(4)])
reveal("6.2", 100 * largest["undivided"][widths.index(256)])

# %% jupyter={"source_hidden": true}
fig, ax = plt.subplots(figsize=WIDE)
for (name, values), colour in zip(largest.items(), COLOURS, strict=False):
    ax.semilogx(widths, values, "o-", base=2, color=colour, label=name)
ax.set(
    xlabel="width d of queries and keys",
    ylabel="largest of ten weights",
    ylim=(0, 1.05),
    xticks=widths,
)
ax.set_xticks(widths, widths)
ax.set_title("Undivided, the best key takes all")
ax.legend(loc="center right")
show(
    fig,
    alt="The largest of ten weights against the width, 2 to 1,024. Undivided it climbs "
    "from .36 to .97; divided by the root of d it stays near .3 throughout.",
)

# %% tags=["nbval-check-output"]
print(
    "the best key's weight w; w (1 - w): how far w moves when its score moves a little"
)
for d in (4, 256):
    at = widths.index(d)
    for name in largest:
        print(
            f"    d = {d:3d}, {name:24s}: w is {largest[name][at]:.2f}, "
            f"w (1 - w) is {slope[name][at]:.2f}"
        )

# %% [markdown]
# A sum of $d$ random products has a standard deviation of $\sqrt d$. Undivided, wide vectors make a softmax that is all or
# nothing: it is certain before it has learned anything. And it hardly learns: if the score of a key moves a little, its weight $w$ moves
# $w (1 - w)$ times as far, and that is nearly 0 where $w$ is nearly 0 or 1. (Both columns are means, and the mean of $w (1 - w)$ is
# not $w (1 - w)$ of the mean.)
#
# ### Your turn (6.1) · 8 minutes
#
# Now in PyTorch, for any number of leading axes: batches, heads. And with one argument more. `visible` says which query may look
# at which key. Where it is False, the score becomes $-\infty$ *before* the softmax, so that the weight is exactly 0.


# %%
@exercise("6.1")
def attention(q, k, v, visible):
    """Scaled dot-product attention.

    q: (..., L, d) queries. k: (..., S, d) keys. v: (..., S, D) values. visible: bool,
    (..., L, S) or what broadcasts to it; True = may look.
    Returns output (..., L, D) and weights (..., L, S). Hidden keys have weight 0. A
    query that sees nothing is all NaN.
    """
    ### BEGIN SOLUTION
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5  # (..., L, S)
    weights = scores.masked_fill(~visible, float("-inf")).softmax(dim=-1)
    return weights @ v, weights
    ### END SOLUTION


# %%
hint("6.1")

# %% tags=["nbval-check-output"]
everything = torch.ones(3, 3, dtype=torch.bool)
output, weights = attention(
    *(torch.tensor(part, dtype=torch.float32) for part in (Q, K, V)), everything
)
print(f"farthest from NumPy: {np.abs(output.numpy() - in_numpy).max():.4f}")

# %% [markdown]
# ## 6.3 What may a click look at?
#
# In a model $q$, $k$ and $v$ come from learned numbers: each product has a vector of them, its [embedding](glossary.ipynb), and three
# linear maps make $q$, $k$ and $v$ of it. Here nothing is learned yet: the vectors are 16 random numbers, about 1 long, and $q = k = v = x$, the
# vector itself. Batches are rectangles, so Anna's three clicks stand at the end of a row of ten, after seven zeros. [Padding](glossary.ipynb) has an
# embedding too: the zero vector. Attention compares *every* position with every other, and no part of the formula knows that a zero
# is no product.
#
# **Guess:** of the attention that the water dispenser hands out, which share goes to the seven zeros? An embedding of zeros should
# fit no query, should it not?

# %%
# The dispenser's attention to seven zeros: a number, in %
guess("6.3", ...)

# %% tags=["nbval-check-output"]
history = torch.tensor([[0] * 7 + anna])  # (B=1, L=10)
D = 16
item = nn.Embedding(n_items + 2, D, padding_idx=0)
with torch.no_grad():
    item.weight[1:] = (
        torch.randn(n_items + 1, D, generator=torch.Generator().manual_seed(0))
        * D**-0.5
    )
x = item(history).detach()  # (1, 10, 16); query, key and value are all x itself for now

_, weights = attention(x, x, x, torch.ones(1, 10, 10, dtype=torch.bool))
print(
    f"{weights[0, -1, :7].sum():.0%} of the water dispenser's attention goes to padding"
)
reveal("6.3", 100 * weights[0, -1, :7].sum())

# %% [markdown]
# A score of 0 is not a weight of 0: it counts $e^0 = 1$, and there are seven of them. Short histories would all look alike,
# mostly padding. So two rules, for a model that must not see the future (**causal**):
#
# 1. padding is not looked at,
# 2. a click looks at itself and at what came before, never ahead.
#
# Would training cure it? Mostly: without the first rule, a small SASRec (chapter 08) that was trained still reached about as much of the [lift](glossary.ipynb).
# (Leave the rule out in exercise 6.2, and the coach says what that cost.) But the same history then gets another answer in a wider batch.
#
# For a model that may read both ways, the second rule falls away.
#
# With both rules a zero before the first click sees nothing at all. Its output is NaN, not a number: but who reads that?
#
# **Guess:** of three positions the second sees *nothing*, and the loss uses the output of the
# first alone. How many of the three values get a [gradient](glossary.ipynb) of NaN?

# %%
# Values whose gradient is NaN: a number (of 3)
guess("6.4", ...)

# %% tags=["nbval-check-output"]
v = torch.ones(3, 2, requires_grad=True)
output, weights = attention(
    v,
    v,
    v,
    torch.tensor([[True, True, True], [False, False, False], [True, True, True]]),
)
print(weights.detach().numpy().round(2))
output[0].sum().backward()  # the loss of the first row alone
print("gradient of the values:\n", v.grad.numpy())
reveal("6.4", v.grad.isnan().any(dim=1).sum())

# %% [markdown]
# **The softmax of nothing is 0 / 0, NaN.** In the forward pass of one attention it stays in its row. (A second block spreads it: a weight of 0 times NaN is NaN too.) In the backward pass NaN times 0 is NaN again, and it reaches every
# value, and from there every weight of the model. In a causal model one *short* [history](glossary.ipynb) is enough: the zeros before its first click see nothing. In a
# model that reads both ways it takes a history of only padding.
#
# That holds for the formula as you wrote it. PyTorch's own function, `scaled_dot_product_attention`, computes the same in one go. What
# does it say of a query that sees nothing?

# %% tags=["nbval-check-output"]
second_sees_nothing = torch.tensor(
    [[True, True, True], [False, False, False], [True, True, True]]
)
v = torch.ones(3, 2, requires_grad=True)
builtin = scaled_dot_product_attention(v, v, v, attn_mask=second_sees_nothing)
builtin[0].sum().backward()
print("built in, the second row:", builtin[1].tolist())
print("gradient of the values:\n", v.grad.numpy().round(2))

# %% [markdown]
# Zeros, and gradients that are finite. Whoever wrote it has thought of that case. But other code has not: `nn.TransformerEncoder` gives zeros in
# training, and NaN when it is only asked, where it takes a shortcut (chapter 07 meets it). A loop that follows the formula gives NaN in training too.
# ### Your turn (6.2) · 8 minutes
#
# So a third rule: everybody sees itself, padding too. It harms nobody, because nobody looks at padding. Write the three: padding is not
# looked at, nobody looks ahead, everybody sees itself. Three lines are enough.


# %%
@exercise("6.2")
def visible_mask(items, causal):
    """Which position may look at which.

    items: (B, L) long, 0 = padding. causal: if True, no position sees what comes after
    it.
    Returns (B, 1, L, L) bool on the device of `items`, the 1 for all heads: [b, 0, i,
    j] is True where i may look at j. Every position sees itself, padding as well.
    """
    ### BEGIN SOLUTION
    L = items.shape[1]
    # Keys that are clicks
    visible = (items != 0)[:, None, None, :].expand(-1, 1, L, -1)
    if causal:
        visible = (
            visible & torch.ones(L, L, dtype=torch.bool, device=items.device).tril()
        )
    # Nobody faces an empty softmax
    return visible | torch.eye(L, dtype=torch.bool, device=items.device)
    ### END SOLUTION


# %%
hint("6.2")

# %% jupyter={"source_hidden": true}
# (1, 6), so that the picture has room
short = torch.tensor([[0] * 3 + anna])
labels = ["padding"] * 3 + list(names[anna])
rules = {
    "padding alone": visible_mask(short, causal=False),
    "causal alone": visible_mask(torch.ones_like(short), causal=True),
    "both": visible_mask(short, causal=True),
}
fig, axes = plt.subplots(1, 3, figsize=(10, 3.4), sharey=True)
for ax, (title, visible) in zip(axes, rules.items(), strict=True):
    draw_attention(ax, visible[0, 0], labels, title=title)
axes[0].set_ylabel("query: who looks")
axes[1].set_xlabel("key: who is looked at")
fig.suptitle("Yellow: may be looked at", fontsize=10)
fig.tight_layout()
show(
    fig,
    alt="Three six by six tables. Padding alone: the last three columns are full, and "
    "the diagonal. Causal alone: the lower triangle. Both: a lower triangle of the "
    "three clicks in the corner, and the diagonal of the padding.",
)

# %% tags=["nbval-check-output"]
_, weights = attention(x, x, x, visible_mask(history, causal=True)[:, 0])
print(
    f"{weights[0, -1, :7].sum():.0%} of the water dispenser's attention goes to padding"
)

# %% [markdown]
# ### Two conventions, opposite signs
#
# PyTorch has attention built in, three times, and does not agree with itself on what True means:
#
# | | a boolean mask says | shape |
# |---|---|---|
# | `scaled_dot_product_attention(attn_mask=)` | True = may look | (..., L, S) |
# | `nn.MultiheadAttention(attn_mask=)` | True = **blocked** | (L, S) or (B · H, L, S) |
# | `nn.MultiheadAttention(key_padding_mask=)`, `nn.TransformerEncoder(src_key_padding_mask=)` | True = **blocked** | (B, S) |
#
# In this course True always means *may look*, and the name says so: `visible`.
#
# We let the projections of PyTorch's layer change nothing, so that it computes what our `attention` does. Take Anna's row, seven zeros and three clicks, with
# one head: `visible` has the shape (1, 10, 10), which fits. **Guess:** what happens if you hand it to `nn.MultiheadAttention` as it
# is: an error, NaN, or a wrong number for her newest click?

# %%
# What nn.MultiheadAttention makes of visible: "an error", "NaN" or "a wrong number"
guess("6.5", ...)

# %%
visible = visible_mask(history, causal=True)[:, 0]  # (1, 10, 10)
ours, _ = attention(x, x, x, visible)

# %% tags=["nbval-check-output"]
stock = nn.MultiheadAttention(D, num_heads=1, bias=False, batch_first=True)
# Let its projections do nothing, so that it is attention(x, x, x) like ours
with torch.no_grad():
    stock.in_proj_weight.copy_(torch.eye(D).repeat(3, 1))
    stock.out_proj.weight.copy_(torch.eye(D))
    answers = {
        "scaled_dot_product_attention, visible": scaled_dot_product_attention(
            x, x, x, attn_mask=visible
        ),
        "nn.MultiheadAttention, ~visible": stock(x, x, x, attn_mask=~visible)[0],
        "nn.MultiheadAttention, visible": stock(x, x, x, attn_mask=visible)[0],
    }
for name, theirs in answers.items():
    agree = torch.allclose(theirs, ours, atol=1e-5)
    print(
        f"{name:38s} {'agrees with ours' if agree else 'differs'}, "
        f"{theirs.isnan().sum()} NaN"
    )
# An error would have ended this cell
mistaken = answers["nn.MultiheadAttention, visible"]
reveal("6.5", "NaN" if mistaken.isnan().any() else "a wrong number")

# %% [markdown]
# A wrong number, without a word. That model looks at padding and at the future, and nowhere else. (Four axes, (B, 1, L, L), would
# have been an error.) And a history without padding? Its newest click may look everywhere, so everything is blocked:

# %% tags=["nbval-check-output"]
three = x[:, -3:]  # Anna's clicks alone
visible_of_three = visible[:, -3:, -3:]
for need in (True, False):
    answer, _ = stock(
        three, three, three, attn_mask=visible_of_three, need_weights=need
    )
    begins = answer[0, -1, :3].tolist()
    print(f"need_weights={need}: the newest click's output begins {begins}")

# %% [markdown]
# Two answers of one layer. Asked for its weights too, as it is by default, it follows the formula, step by step, and gives NaN.
# Only without them it calls `scaled_dot_product_attention`, which gives zeros.
#
# ## 6.4 Heads
#
# One softmax makes *one* weighted mean. What if a click has two questions: what came **first**, and what came **last**? It must split its
# attention. Half and half, say, on the values "puppy food", "food bowl", "water dispenser", one column for each. **Guess:** can
# the output tell this history from the same one backwards?

# %%
# One head, half and half, tells a history from the same one backwards: "yes" or "no"
guess("6.6", ...)

# %% tags=["nbval-check-output"]
value = torch.eye(3)
forwards, backwards = value[[0, 1, 2]], value[[2, 1, 0]]
patterns = {
    "one head, half and half": torch.tensor([[0.5, 0.0, 0.5]]),
    "two heads, one question each": torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
}
for name, weights in patterns.items():
    print(name)
    print("    forwards ", (weights @ forwards).tolist())  # (H, 3)
    print("    backwards", (weights @ backwards).tolist())
half = patterns["one head, half and half"]
reveal("6.6", "no" if torch.equal(half @ forwards, half @ backwards) else "yes")

# %% [markdown]
# One head blends. (With .6 and .4 it could leave a trace of who was first, and a trained network finds such tricks. It need not if it has
# two heads.) More heads at the same price: each works on its own $d = D / H$ columns of the width, and afterwards they are put side by side again.
#
# ### Your turn (6.3) · 4 minutes


# %%
@exercise("6.3")
def split_heads(x, H):
    """(B, L, D) -> (B, H, L, D/H): head h gets the columns h D/H to (h + 1) D/H.

    H divides D.
    """
    ### BEGIN SOLUTION
    B, L, D = x.shape
    return x.reshape(B, L, H, D // H).transpose(1, 2)
    ### END SOLUTION


# %%
hint("6.3")

# %% jupyter={"source_hidden": true}
# Two histories, three clicks, D = 4
layout = torch.arange(2 * 3 * 4).reshape(2, 3, 4)
show(
    head_layout(layout, split_heads(layout, 2)),
    alt="Left: two histories as tables of three clicks by four columns, 0 to 11 and 12 "
    "to 23. Right: four smaller tables of three clicks by two columns. Head 0 has the "
    "first two columns of each history, head 1 the last two.",
)

# %% [markdown]
# ### Your turn (6.4) · 10 minutes
#
# Now the whole layer. Queries, keys and values are three linear maps of the same `x`, learned; one matrix product computes all three. Each head works
# alone. Then the heads' outputs stand side by side again, and a last linear map mixes them.


# %%
@exercise("6.4")
class MultiHeadAttention(nn.Module):
    """Several attentions side by side."""

    def __init__(self, D, H):
        super().__init__()
        self.H = H
        self.project = nn.Linear(D, 3 * D)
        self.merge = nn.Linear(D, D)

    def forward(self, x, visible, need_weights=False):
        """x: (B, L, D). visible: (B, 1, L, L) bool.

        1. `self.project(x)` is (B, L, 3 D): queries, then keys, then values.
        2. Each is split into H heads, which attend.
        3. The outputs of the heads stand side by side again, head 0 first.
        4. `self.merge` mixes them.

        Returns output (B, L, D) and weights (B, H, L, L); or None unless need_weights.
        """
        ### BEGIN SOLUTION
        parts = self.project(x).chunk(3, dim=-1)  # (B, L, D) each
        q, k, v = (split_heads(part, self.H) for part in parts)  # (B, H, L, D/H)
        output, weights = attention(q, k, v, visible)  # (B, H, L, D/H)
        output = self.merge(output.transpose(1, 2).flatten(2))  # (B, L, D)
        return output, weights if need_weights else None
        ### END SOLUTION


# %%
hint("6.4")

# %% tags=["nbval-check-output"]
layer, theirs = (
    MultiHeadAttention(D, H=2),
    nn.MultiheadAttention(D, 2, batch_first=True),
)
# PyTorch's layer with the same weights
theirs.in_proj_weight, theirs.in_proj_bias = layer.project.weight, layer.project.bias
theirs.out_proj.load_state_dict(layer.merge.state_dict())
output, weights = layer(x, visible[:, None], need_weights=True)
print("weights, one table per head:", tuple(weights.shape))
apart = (output - theirs(x, x, x, attn_mask=~visible.repeat(2, 1, 1))[0]).abs().max()
print(f"largest difference from PyTorch's layer: {apart:.5f}")

# %% [markdown]
# ## 6.5 Positions
#
# Puppy food, bowl, dispenser. Or bowl, puppy food, dispenser. Which of these does attention tell apart?
#
# **Guess:** every click may look at every other. We shuffle the clicks of a history but leave the newest in its place. Does the
# newest click's output change?

# %%
# The newest click's output changes when the others are shuffled: "yes" or "no"
guess("6.7", ...)

# %%
# (12000, 21)
clicks = pad_left(
    build_sequences(journeys.interactions, max_len=20)["item_sequence"], 21
)
ten = torch.tensor(clicks[ANNA][-10:])[None]
shuffled = ten[:, [3, 0, 8, 5, 1, 7, 2, 6, 4, 9]]  # the last stays last


def fresh_encoder(seed=0, **settings):
    torch.manual_seed(seed)
    size = {"D": 32, "H": 2, "n_blocks": 2, "hidden": 64}
    return LibraryEncoder(n_items, 20, **{**size, "causal": True, **settings})


lengths = (clicks[:, :-1] != 0).sum(axis=1)
print(
    f"{len(lengths):,} histories, {lengths.mean():.0f} clicks on average, "
    f"{lengths.max()} at most"
)

# %% tags=["nbval-check-output"]
change = {}
state = fresh_encoder()(ten)[0, -1]
print(
    f"two blocks, untrained; the newest state has mean {state.mean().abs():.1f}, "
    f"spread {state.std():.1f}"
)
for positions, causal in (
    ("none", False),
    ("none", True),
    ("learned", False),
    ("sinusoidal", False),
):
    encoder = fresh_encoder(positions=positions, causal=causal)
    apart = (encoder(ten)[0, -1] - encoder(shuffled)[0, -1]).abs().max()
    change[positions, causal] = apart.item()
    mask = "causal" if causal else "both sides"
    print(f"positions: {positions:10s}  mask: {mask:10s}  largest change {apart:.1f}")
reveal("6.7", "no" if change["none", False] < 1e-4 else "yes")

# %% [markdown]
# Without positions attention reads a **bag**, where every click may look at every other. (A causal mask lets some order through from
# the second block on: early clicks have seen fewer others.)
#
# So that order counts, each position gets a vector of its own, which is added to the item's. There are two usual kinds:
#
# - **learned**: a table with a row per position, trained like the rest (BERT, [SASRec](glossary.ipynb), [BST](glossary.ipynb));
# - **sinusoidal**: fixed waves, from short ones to very long ones, like the hands of a clock (Vaswani et al. 2017).
#
# Of the waves, each pair of columns is a sine and a cosine of one length:
#
# $$PE(pos, 2i) = \sin\left(\frac{pos}{10000^{2i/D}}\right), \qquad PE(pos, 2i + 1) = \cos\left(\frac{pos}{10000^{2i/D}}\right)$$
#
# ### Your turn (6.5) · 8 minutes


# %%
@exercise("6.5")
def sinusoidal_positions(max_len, D):
    """Row pos of the table is the vector of position pos, by the formula above, from
    position 0.

    Returns (max_len, D) float32. Raises ValueError if D is odd: a sine needs its
    cosine.
    """
    ### BEGIN SOLUTION
    if D % 2:
        raise ValueError(f"D must be even, got {D}")
    pos = torch.arange(max_len)[:, None]
    angle = pos / 10_000 ** (torch.arange(0, D, 2) / D)  # (max_len, D/2)
    return torch.stack([angle.sin(), angle.cos()], dim=2).reshape(max_len, D)
    ### END SOLUTION


# %%
hint("6.5")

# %% jupyter={"source_hidden": true}
waves = sinusoidal_positions(50, 32)  # (50, 32)
fig, (left, right) = plt.subplots(1, 2, figsize=PAIR)
picture = left.imshow(waves, cmap=DIVERGING, aspect="auto", vmin=-1, vmax=1)
left.set(xlabel="column", ylabel="position", title="The waves")
fig.colorbar(picture, ax=left, ticks=[-1, 0, 1])
for pos, colour, lw in zip((10, 25, 40), COLOURS, (8, 4, 1.5), strict=False):
    right.plot(
        torch.arange(50) - pos,
        waves @ waves[pos],
        color=colour,
        lw=lw,
        label=f"position {pos}",
    )
right.set(
    xlabel="distance to the other position",
    ylabel="dot product",
    title="Only the distance counts",
)
right.legend(fontsize=8)
for ax in (left, right):
    ax.grid(visible=False)
fig.tight_layout()
show(
    fig,
    alt="Left: heat map of 50 positions by 32 columns; the first columns flicker from "
    "row to row, the last ones hardly change. Right: dot products of positions 10, 25 "
    "and 40 with all others over the distance; the three curves lie on top of each "
    "other, with a peak at distance 0.",
)

# %% [markdown]
# The three curves lie on each other: the dot product of two positions depends on their distance alone.
# The reason is $\sin a \sin b + \cos a \cos b = \cos(a - b)$: each pair of columns gives a number that depends on $a - b$, the distance. That
# is what the pairs are for.
#
# But the curve is the same on both sides: by this product alone, "three clicks ago" and "three clicks ahead" look alike. To ask for one
# of them, a head has to *turn* its query first. Turn each pair of columns by the angle of three steps, and position $p$ becomes position $p + 3$.
# This rotation is one fixed matrix for all positions. A head's query projection is a matrix too, so it can learn it.

# %% tags=["nbval-check-output"]
turn = 3 / 10_000 ** (torch.arange(0, 32, 2) / 32)  # (16,): three steps, pair by pair
sine, cosine = waves[:, 0::2], waves[:, 1::2]
queries = torch.stack(
    [
        sine * turn.cos() + cosine * turn.sin(),
        cosine * turn.cos() - sine * turn.sin(),
    ],
    dim=2,
).reshape(50, 32)
apart = (queries[:47] - waves[3:]).abs().max()
print(f"turned by three steps, farthest from the position three on: {apart:.3f}")
best = [(queries[pos] @ waves.T).argmax().item() for pos in (10, 25, 40)]
print("best key of the turned queries 10, 25 and 40:", best)

# %% [markdown]
# **Counted from which end?** Position 0 is the *newest* click here. The shoppers of this chapter are drawn anew, each with a length of its own: their histories have 2 to 20 clicks, 11 on average. **Guess:** suppose we counted from a history's first click instead.
# Which share of the 12,000 histories would train the vector of position 19, the one that a full history needs to predict?

# %%
# Histories that train position 19, counted from the first click: a number, in %
guess("6.8", ...)

# %% tags=["nbval-check-output"]
print(
    "counted from the first click, position 19 is trained by "
    f"{(lengths > 19).mean():4.0%} of the histories"
)
print(
    "counted from the newest,      position 0  is trained by "
    f"{(lengths > 0).mean():4.0%}"
)

encoder = fresh_encoder()
states = [encoder(torch.tensor([[0] * pads + anna]))[0, -1] for pads in (0, 2, 7)]
apart = max((states[0] - state).abs().max() for state in states)
print(f"0, 2 or 7 zeros before Anna's clicks, the largest difference: {apart:.4f}")
reveal("6.8", 100 * (lengths > 19).mean())

# %% [markdown]
# Few histories have all 20 clicks, and only these reach position 19 when one counts from the first click. Counted from the end,
# the position that predicts is the best trained of all, and padding on the left changes nothing.
#
# ## 6.6 The block
#
# Attention only averages what the clicks hand over. To *work* with it, a small network of two layers follows, for each position by
# itself, the same for all: the **position-wise FFN** (feed-forward network). Between its layers is a **ReLU**, the larger of $x$ and 0. Two more things make it possible to stack many such pairs:
#
# - a **residual**: each part's output is *added* to what came in, so nothing gets lost on the way;
# - a **LayerNorm**: each vector is brought to mean 0 and spread 1, so that nothing blows up.
#
# Where to put the norm is a question with two answers:
#
# | | attention | then FFN |
# |---|---|---|
# | **post-norm** (Vaswani et al. 2017) | norm(x + attention(x)) | norm(x + ffn(x)) |
# | **pre-norm** | x + attention(norm(x)) | x + ffn(norm(x)) |
#
# ### Your turn (6.6) · 10 minutes
#
# The parts are there. Put them together, in both orders. `norms[0]` belongs to the attention, `norms[1]` to the FFN;
# `dropout` goes around each branch before it is added. (**Dropout** sets some numbers to 0 in training, drawn anew each time, so that the
# network does not depend on a single one.)


# %%
@exercise("6.6")
class TransformerBlock(nn.Module):
    """(B, L, D) -> (B, L, D), and the attention's weights."""

    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = MultiHeadAttention(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        """x: (B, L, D). visible: (B, 1, L, L) bool. norm_first: pre-norm, else
        post-norm.

        `self.attention(x, visible, need_weights)` gives output and weights (None if not
        asked for).
        Returns output (B, L, D) and those weights.
        """
        ### BEGIN SOLUTION
        if self.norm_first:
            change, weights = self.attention(self.norms[0](x), visible, need_weights)
            x = x + self.dropout(change)
            return x + self.dropout(self.ffn(self.norms[1](x))), weights
        change, weights = self.attention(x, visible, need_weights)
        x = self.norms[0](x + self.dropout(change))
        return self.norms[1](x + self.dropout(self.ffn(x))), weights
        ### END SOLUTION


# %%
hint("6.6")

# %% tags=["nbval-check-output"]
block = TransformerBlock(D, H=2, hidden=4 * D)
output, weights = block(x, visible_mask(history, causal=True), need_weights=True)
print(
    "in", tuple(x.shape), " out", tuple(output.shape), " weights", tuple(weights.shape)
)

# %% [markdown]
# ### Pre or post, and the first steps
#
# Both are in use. But a deep post-norm network needs a **warm-up**: the learning rate starts small and rises over the first steps.
# Pre-norm manages without. Why? Xiong et al. (2020) say: with post-norm the last blocks' gradients are long at the very start. We look for
# ourselves: twelve blocks, not yet trained.
#
# The task, here and in the next section, is a preview of chapter 08: at *every* position, say which product comes next. The score of a product is
# the dot product of the state with the product's own embedding ("tied"); the loss is the softmax of chapter 04 over all 50.

# %%
# Anna is among the first 2,000
learn, test = torch.tensor(clicks[2_000:]), clicks[:2_000]


def next_click_scores(encoder, items):
    """(B, L) -> (B, L, n_items + 2). PAD and MASK, a place holder of chapter 09, are
    ruled out."""
    scores = encoder(items) @ encoder.item.weight.T
    return scores.index_fill(-1, torch.tensor([0, n_items + 1]), float("-inf"))


def next_click_loss(encoder, rows, generator=None):
    items, targets = learn[rows, :-1], learn[rows, 1:]
    return softmax_loss(next_click_scores(encoder, items), targets, real=items != 0)


# %% [markdown]
# A long gradient makes a long step, if the step is learning rate times gradient. But we train with **AdamW** (Loshchilov & Hutter 2019), as nearly
# everybody does. It keeps two running averages of each weight's gradient $g$: of $g$ itself, $\hat m$, and of its square, $\hat v$. Both are
# *bias-corrected*: divided by what an average has collected so far, so that they have the right size from the first step on. The step is
#
# $$\text{learning rate} \cdot \frac{\hat m}{\sqrt{\hat v} + \epsilon}$$
#
# **Guess:** the first gradient of the last block is several times as long with post-norm as with pre-norm. How many times as long is AdamW's first
# *step* there?

# %%
# Post-norm's first step in the last block, pre-norm's is 1: a number
guess("6.9", ...)


# %%
def first_step(norm_first):
    """Of each block's last matrix: length of gradient and of AdamW's step. (2, 12)"""
    encoder = fresh_encoder(n_blocks=12, norm_first=norm_first)
    matrices = [block.ffn[2].weight for block in encoder.blocks]
    before = [matrix.detach().clone() for matrix in matrices]
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=0.01, weight_decay=0.0)
    next_click_loss(encoder, torch.arange(128)).backward()
    optimizer.step()
    gradients = [matrix.grad.norm().item() for matrix in matrices]
    steps = [
        (matrix - old).norm().item()
        for matrix, old in zip(matrices, before, strict=True)
    ]
    return gradients, steps


# %%
lengths_of = {"pre-norm": first_step(True), "post-norm": first_step(False)}
longer = [
    after[-1] / before[-1]
    for after, before in zip(
        lengths_of["post-norm"], lengths_of["pre-norm"], strict=True
    )
]
print(
    f"last block, post-norm / pre-norm: gradient {longer[0]:.1f}, step {longer[1]:.2f}"
)
reveal("6.9", longer[1])

# %% jupyter={"source_hidden": true}
fig, axes = plt.subplots(1, 2, figsize=PAIR)
for (name, parts), colour in zip(lengths_of.items(), COLOURS, strict=False):
    for ax, part in zip(axes, parts, strict=True):
        width = 4 if name == "pre-norm" else 1.5
        ax.plot(range(1, 13), part, "o-", color=colour, lw=width, label=name)
for ax, title in zip(axes, ("gradient", "first step of AdamW"), strict=True):
    ax.set(xlabel="block", title=f"Length of the {title}")
    ax.set_ylim(0, 1.3 * ax.get_ylim()[1])
    ax.set_xticks(range(1, 13, 2))
axes[0].legend()
fig.tight_layout()
show(
    fig,
    alt="Left: length of the gradient by block, one to twelve, before training. With "
    "pre-norm it falls from block to block; with post-norm it rises in the last ones. "
    "Right: length of AdamW's first step: two flat lines, one on the other.",
)

# %% [markdown]
# The same length, in every block. At the first step both averages hold one gradient: $\hat m = g$ and $\sqrt{\hat v} = |g|$, so each weight moves by
# the learning rate, up or down, whatever its gradient. **So long gradients can't be the reason, not with AdamW.**
#
# Liu et al. (2020, RAdam) name another: at first $\hat v$ is an average of very *few* squares, and so a bad one. Some weights get a divisor that is far too
# small, and go far too far. How far? We draw gradients at random, of typical size 1, and make AdamW's factor $1 / \sqrt{\hat v}$ of them. It
# should be 1.

# %%
squares = torch.randn(20_000, 100, generator=torch.Generator().manual_seed(0)) ** 2
decay = 0.999
averages, average = [], torch.zeros(20_000)
for step in range(1, 101):
    average = decay * average + (1 - decay) * squares[:, step - 1]
    averages.append(average / (1 - decay**step))  # bias-corrected
factors = torch.stack(averages).rsqrt()  # (100 steps, 20000 weights)
for step in (1, 2, 5, 10, 30, 100):
    low, high = factors[step - 1].quantile(torch.tensor([0.05, 0.95])).tolist()
    print(f"step {step:3d}: nine of ten factors lie between {low:.2f} and {high:.2f}")

# %% [markdown]
# At the first step nine of ten factors lie between .5 and 15, after 100 steps near 1. So the suspicion is: at first $\hat v$ is a bad average, and that
# does the harm.
#
# First the trouble itself: how do eight small blocks (they train faster than twelve) fare at a rate of .01, without a warm-up? (Who gives all 50 products the same probability has a loss of $\ln 50$, that is 3.91.)


# %%
def first_losses(norm_first, seed, warm_up=0, watch=0, steps=60):
    """The loss of each of the first steps of eight small blocks.

    warm_up: steps until the full rate. watch: steps before, at a rate of 0.
    """
    encoder = fresh_encoder(seed, D=16, hidden=32, n_blocks=8, norm_first=norm_first)
    optimizer = torch.optim.AdamW(encoder.parameters(), weight_decay=0.0)
    generator, kept = torch.Generator().manual_seed(seed), []
    for step in range(1 - watch, steps + 1):
        rows = torch.randint(len(learn), (32,), generator=generator)
        loss = next_click_loss(encoder, rows)
        optimizer.zero_grad()
        loss.backward()
        share = min(max(step, 0) / max(warm_up, 1), 1.0)
        optimizer.param_groups[0]["lr"] = 0.01 * share
        optimizer.step()
        kept.append(loss.item())
    return kept[watch:]


# %%
for name, norm_first in (("pre-norm", True), ("post-norm", False)):
    losses = first_losses(norm_first, seed=0, steps=30)
    print(f"{name:9s} loss of steps 21 to 30: {np.mean(losses[20:]):.2f}")

# %% [markdown]
# Pre-norm learns, post-norm hardly. Is the bad average the cause? Change it and nothing else. Here are four recipes, each with
# eight blocks, a rate of .01, and 60 steps with each of three seeds:
#
# - *pre-norm*, and *post-norm*: as they are;
# - *post-norm, warm-up*: the rate rises over the first 30 steps;
# - *post-norm, watched first*: AdamW only *watches* 30 gradients, without moving, so that its averages are good when it starts, at the full rate.
#
# `python -m benchmarks.bench_first_steps course/measured/06_first_steps.csv` makes the table, in a minute.
#
# If bad averages were the whole reason, good ones would help as much as a warm-up does. Do they?

# %% tags=["nbval-check-output"]
every = measured("06_first_steps")


def late_losses(runs):
    """Mean loss of the steps 41 to 60: a row for each recipe, a column for each seed."""
    late = runs.query("step > 40").groupby(["recipe", "seed"], sort=False)["loss"]
    return late.mean().unstack().round(2).rename_axis(None).rename_axis(None, axis=1)


steps = every.query("blocks == 8 and rate == 0.01")
print("loss of steps 41 to 60, a column for each seed:")
print(late_losses(steps).to_string())

# %% jupyter={"source_hidden": true}
fig, ax = plt.subplots(figsize=WIDE)
names_of_recipes = steps["recipe"].unique()
for name, colour in zip(names_of_recipes, COLOURS, strict=False):
    for seed, run in steps.query("recipe == @name").groupby("seed"):
        line = run["loss"].rolling(10).mean().to_numpy()
        label = name if seed == 0 else None
        style = "--" if name.endswith("watched first") else "-"
        ax.plot(range(1, 61), line, style, color=colour, alpha=0.8, label=label)
ax.set(
    xlabel="step",
    ylabel="loss (mean of ten steps)",
    title="The first 60 steps of eight blocks, three seeds each",
)
ax.set_ylim(bottom=ax.get_ylim()[0] - 0.35)
ax.legend(fontsize=10, ncols=2, loc="lower left")
show(
    fig,
    alt="Training loss over 60 steps, three seeds each. Pre-norm falls fastest. "
    "Post-norm falls in the first steps and then hardly any more; with a warm-up it starts "
    "slowly and comes out below that; after 30 gradients that were only watched it "
    "mostly goes the way of post-norm without a warm-up.",
)

# %% [markdown]
# **The warm-up helps in all three runs; good averages alone help in one of the three.** (In the translation models of Liu et al.
# they helped.) So here a bad $\hat v$ is not the main reason either. What the warm-up changes besides is plain: the first steps are **small**.
#
# Why, then, does post-norm need small steps more than pre-norm does? A third answer is another paper's (Liu, Liu, Gao et al. 2020, *Understanding the Difficulty of
# Training Transformers*): in a deep post-norm network, the same small step in all weights moves the **output** farther. That can be measured. One step
# of AdamW at a rate of .001, and then: how far did the states move, as a share of their length?


# %%
def moved(norm_first, n_blocks, seed):
    """By which share of their length one step of AdamW moves the states."""
    encoder = fresh_encoder(seed, n_blocks=n_blocks, norm_first=norm_first)
    rows, real = torch.arange(64), learn[:64, :-1] != 0
    before = encoder(learn[rows, :-1])[real].detach()
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=0.001, weight_decay=0.0)
    next_click_loss(encoder, rows).backward()
    optimizer.step()
    after = encoder(learn[rows, :-1])[real].detach()
    return ((after - before).norm() / before.norm()).item()


# %%
shares = pd.DataFrame(
    {
        (name, f"seed {seed}"): [
            moved(norm_first, n_blocks, seed) for n_blocks in (2, 8, 12)
        ]
        for name, norm_first in (("pre-norm", True), ("post-norm", False))
        for seed in range(3)
    },
    index=["2 blocks", "8 blocks", "12 blocks"],
)
shares.round(2)

# %% [markdown]
# With two blocks post-norm is the steadier one. With depth the order turns round: one step moves the states of a deep post-norm network farther. This
# fits what we saw. How it comes about we did not measure; the paper says: with post-norm each norm scales the sum of road and branch
# back, so every branch keeps its full share of the output, and the changes of all blocks add up. With pre-norm the road grows from
# block to block, so that each later branch is a smaller share of it. This is the reason that the later chapters refer to: **with depth the order turns round, for the first steps of a deep post-norm network carry it too far, so they are made small.**
#
# Mind what we did *not* show: that pre-norm ends lower. We looked at 60 steps of eight blocks at a high learning rate. Recommenders
# mostly have two blocks. What is left of the difference with two blocks, or at a lower rate?

# %% tags=["nbval-check-output"]
for (blocks, rate), runs in every.groupby(["blocks", "rate"]):
    pair = runs[runs["recipe"].isin(["pre-norm", "post-norm"])]
    print(f"{blocks} blocks, rate {rate}, loss of steps 41 to 60 by seed:")
    print(late_losses(pair).to_string(header=False))

# %% [markdown]
# With two blocks hardly anything. With eight, the lower the rate the smaller the difference; but at .001 both still stand at 3.5
# or more. Pre-norm is easier to train; so it is our default. (To try other numbers: `first_losses` has them, `n_blocks=8` and 0.01.)
#
# ## 6.7 All together
#
# Embedding + position, a block or two, a last norm: that is the encoder of all later chapters.
#
# ### Your turn (6.7) · 12 minutes
#
# Put it together from your own parts.


# %%
@exercise("6.7")
class SequenceEncoder(nn.Module):
    """Item ids in, a vector for each position out."""

    # Two rows more than products: padding, and MASK of chapter 09. `draw_weights`
    # draws small starting weights. The last norm: nothing behind the blocks has one.
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
        """items: (B, L) long, 0 = padding, on the left; L is at most max_len.

        1. Embedding plus position. Row 0 of the table of positions is the newest.
        2. The blocks one after the other; masked as `self.causal` says.
        3. The last norm.

        Returns states (B, L, D); with need_weights a pair, the states and a list of
        each block's weights.
        """
        ### BEGIN SOLUTION
        L = items.shape[1]
        visible = visible_mask(items, self.causal)
        x = self.item(items) + self.position.weight[:L].flip(0)  # (B, L, D) + (L, D)
        kept = []
        for block in self.blocks:
            x, weights = block(x, visible, need_weights)
            kept.append(weights)
        return (self.norm(x), kept) if need_weights else self.norm(x)
        ### END SOLUTION


# %%
hint("6.7")

# %% [markdown]
# Two blocks, two heads, 32 numbers a click. We train it on 10,000 shoppers for three [epochs](glossary.ipynb), in batches of 128, without dropout. The learning
# rate rises to .008 over 50 steps and then falls along a cosine (`one_cycle`; chapter 07 draws it). The score is [NDCG@10](glossary.ipynb), as in chapter 05. **Guess:** how much of the way from popularity to the [oracle](glossary.ipynb) does it go in a few seconds?

# %%
# The encoder's way from popularity to the oracle: a number, in %
guess("6.10", ...)


# %%
def small_encoder(seed=0):
    torch.manual_seed(seed)
    return SequenceEncoder(n_items, 20, D=32, H=2, n_blocks=2, hidden=64, causal=True)


encoder = small_encoder().eval()
config = TrainConfig(
    epochs=3, batch_size=128, learning_rate=0.008, schedule="one_cycle", warmup_steps=50
)
result = train(encoder, next_click_loss, len(learn), config, progress=False)

# %%
truth = Oracle(shop).next_item_probabilities(test[:, :-1])  # (2000, 51)
with torch.no_grad():
    scores = next_click_scores(encoder, torch.tensor(test[:, :-1]))[
        :, -1, : n_items + 1
    ].numpy()
popular = np.bincount(learn.flatten(), minlength=n_items + 1)
floor = expected_ndcg(np.tile(popular, (len(test), 1)), truth, k=10).mean()
ours, ceiling = (
    expected_ndcg(scores, truth, k=10).mean(),
    expected_ndcg(truth, truth, k=10).mean(),
)
lift = share_of_lift(ours, floor, ceiling)

# %%
print(f"NDCG@10: popularity {floor:.2f}, this encoder {ours:.2f}, oracle {ceiling:.2f}")
print(f"that is {lift:.0%} of the way")
reveal("6.10", 100 * lift)

# %% [markdown]
# It reads what the oracle reads, item ids in their order, and has seen each shopper three times. Chapter 08 trains such a network until
# it gains no more, and goes further.
#
# ### Break it
#
# Each part of the encoder has had its argument. Four of them can be switched off (`switched` does it): the mask, the root of d, the residuals, the positions.
#
# **Guess:** which costs most to lose, the mask, the root of d, the residuals or the positions, with two blocks and after four epochs?

# %%
# Which part costs most to lose: "mask", "root of d", "residuals" or "positions"
guess("6.11", ...)


# %% jupyter={"source_hidden": true}
class NoResidual(TransformerBlock):
    def forward(self, x, visible, need_weights=False):
        change, weights = self.attention(self.norms[0](x), visible, need_weights)
        return self.ffn(self.norms[1](change)), weights


def undivided(module, inputs, parts):
    """Queries times the root of d, which undoes the division."""
    return torch.cat([parts[..., :32] * 16**0.5, parts[..., 32:]], dim=-1)


# %%
def switched(off):
    encoder = small_encoder()
    encoder.causal = off != "mask"
    if off == "residuals":
        encoder.blocks = nn.ModuleList([NoResidual(32, 2, hidden=64) for _ in range(2)])
        draw_weights(encoder)
    if off == "root of d":
        for block in encoder.blocks:
            block.attention.project.register_forward_hook(undivided)
    if off == "positions":
        encoder.position.weight.requires_grad_(False).zero_()
    return encoder


# %% [markdown]
# Try one (3 minutes): write a word into the line `off = ...`, run the cell, and see what the encoder is worth without that part after one epoch, some seconds.
# (`"nothing"`, `"mask"`, `"root of d"`, `"residuals"`, `"positions"`.)

# %%
off = "nothing"
broken = switched(off)
one_epoch = replace(config, epochs=1)
training = train(broken, next_click_loss, len(learn), one_epoch, progress=False)
with torch.no_grad():
    scores = next_click_scores(broken.eval(), torch.tensor(test[:, :-1]))[:, -1, :-1]
share = share_of_lift(expected_ndcg(scores.numpy(), truth, k=10).mean(), floor, ceiling)
last_loss = training.history["train_loss"].iloc[-1]
print(f"{off} switched off: training loss {last_loss:.2f}, {share:.0%} of the way")

# %% [markdown]
# One seed and one epoch prove little. This table has three seeds, and one epoch and four. Batch, peak rate and warm-up are those of the
# encoder above, which had three epochs: so it went less far than the *nothing* of four epochs here. The learning rate was not searched anew for each.
#
# `python -m benchmarks.bench_switches course/measured/06_switches.csv` makes the table.

# %% tags=["nbval-check-output"]
switches = measured("06_switches")
print("                     one epoch:         four epochs:")
print("blocks  off          loss   way (sd)    loss   way (sd)")
for (blocks, off), runs in switches.groupby(["blocks", "off"], sort=False):
    told = f"{blocks:6}  {off:11s}"
    for _, some in runs.groupby("epochs"):
        way = some["share"]
        told += f"{some['training_loss'].mean():6.2f}"
        told += f"{way.mean():6.0%} ({way.std():.0%})   "
    print(told)
mean_share = (
    switches.query("blocks == 2 and epochs == 4").groupby("off")["share"].mean()
)
reveal("6.11", mean_share.drop("nothing").idxmin())

# %% [markdown]
# After four epochs, with two blocks:
#
# - Without the **mask** the training loss falls to an eighth, and the forecasts get half as good. The network reads each answer one place ahead. At the newest
#   position, where it is asked, there is nothing to read. A low loss is not a good model.
# - Without the **residuals** it loses a sixth of the way; with six blocks more than half of it. Each block has to hand on all that the next ones
#   need.
# - The **root** and the **positions** are worth some three points each. After *one* epoch it looked as if positions did harm. (We measured that, not why.) A comparison at one
#   budget can be wrong about the sign.
#
# Chapter 08 makes a model of it, with [validation](glossary.ipynb), [early stopping](glossary.ipynb) and all. Here we want to look inside. These are Anna's first ten clicks, and
# what each of them looks at. (The map of a *causal* encoder: nothing above the diagonal.)

# %% jupyter={"source_hidden": true}
first_ten = clicks[ANNA][clicks[ANNA] != 0][:10]
with torch.no_grad():
    # A list of (1, 2, 10, 10), one for each block
    _, maps = encoder(torch.tensor(first_ten)[None], need_weights=True)

fig = plt.figure(figsize=(7.5, 7))
grid = fig.add_gridspec(2, 3, width_ratios=[1, 1, 0.06])
for number in range(2):
    for head in range(2):
        ax = fig.add_subplot(grid[number, head])
        picture = draw_attention(
            ax,
            maps[number][0, head],
            list(names[first_ten]),
            title=f"block {number + 1}, head {head + 1}",
            brightest=0.6,
        )
        if head:
            ax.set_yticklabels([])
        else:
            ax.set_ylabel("the click that looks")
        if number:
            ax.set_xlabel("the click that is looked at")
        else:
            ax.set_xticklabels([])
fig.colorbar(
    picture, cax=fig.add_subplot(grid[0, 2]), label="weight, .6 or more on top"
)
fig.tight_layout()
show(
    fig,
    alt="Attention maps of two blocks with two heads each, for Anna's first ten "
    "clicks, from puppy food over food bowl and water dispenser on. All are lower "
    "triangles. In the first block the weight is spread over the newest clicks; in the "
    "second it is more uneven, and some clicks are looked at by several later ones.",
)

# %% [markdown]
# It is tempting to tell a story now. ("It looks at the puppy food, because ...") One shopper's map proves nothing; two questions to 2,000
# shoppers say more. We look from each one's newest click back at the clicks before it. **Guess,** as a mean over all four heads:
#
# 1. How much weight does an earlier click of the **current visit** get, if a click of an older visit gets 1? (The encoder never saw where a visit begins.)
# 2. How much does an earlier click on **the same type of product** get, if another earlier click gets 1?
# 3. How **far back** do the heads look, on average, in the full histories, those of 20 clicks? Here the newest click counts too, as 0. (These histories are 107 of the 2,000.)

# %%
# The weight of a click of the current visit, another click gets 1: a number
guess("6.12", ...)
# The weight of an earlier click of the same type, another click gets 1: a number
guess("6.13", ...)
# How far back the heads look: a number (clicks)
guess("6.14", ...)

# %%
visits = (
    journeys.interactions.query("user_id < 2000")
    .groupby("user_id")["session_id"]
    .apply(lambda ids: (ids - ids.iloc[0] + 1).tolist())
)
visit = pad_left(visits, 21)[:, :-1]  # (2000, 20): number of the visit, from 1
# (2000, 20): the type of product
kind = np.concatenate([[0], names.astype("category").cat.codes + 1])[test[:, :-1]]
real = test[:, :-1] != 0
distance = np.broadcast_to(np.arange(20)[::-1], real.shape)  # clicks ago
asked = real & (distance > 0)  # the clicks before the newest
groups = {
    "the current visit": (visit == visit[:, -1:])[asked],
    "the same type": (kind == kind[:, -1:])[asked],
}  # (n,) each


# %%
def looks_of(network):
    """What each head of the newest click looks at: (4 heads, 2000, 20)."""
    with torch.no_grad():
        _, kept = network(torch.tensor(test[:, :-1]), need_weights=True)
    return torch.cat([weights[:, :, -1].transpose(0, 1) for weights in kept]).numpy()


looks = looks_of(encoder)

# %%
heads = [f"block {1 + n // 2}, head {1 + n % 2}" for n in range(4)]
as_they_are = {
    name: [
        look[asked][is_member].mean() / look[asked][~is_member].mean() for look in looks
    ]
    for name, is_member in groups.items()
}
full = real.all(axis=1)
back = [(look[full] * distance[full]).sum(axis=1).mean() for look in looks]
for number, head in enumerate(heads):
    visit_gets, type_gets = (ratios[number] for ratios in as_they_are.values())
    print(
        f"{head}: current visit {visit_gets:.2f}, same type {type_gets:.2f}, "
        f"{back[number]:.1f} clicks back"
    )
reveal("6.12", np.mean(as_they_are["the current visit"]))
reveal("6.13", np.mean(as_they_are["the same type"]))
reveal("6.14", np.mean(back))

# %% jupyter={"source_hidden": true}
shape = {"figsize": PAIR, "width_ratios": [1.1, 1]}
fig, (left, right) = plt.subplots(1, 2, **shape)
for number, (head, look) in enumerate(zip(heads, looks, strict=True)):
    profile = look[full].mean(axis=0)[::-1]
    left.plot(range(20), profile, ".-", color=COLOURS[number], label=head)
    for place, ratios in enumerate(as_they_are.values()):
        x = place + 0.2 * number - 0.3
        right.bar(x, ratios[number], 0.18, color=COLOURS[number])
left.set(
    xlabel="clicks ago (0: the newest itself)",
    xticks=range(0, 20, 5),
    ylabel="mean weight",
    title="How far back (full histories)",
)
left.legend(fontsize=8)
right.axhline(1, color="black", lw=1, ls="--")
right.set_xticks(range(2), ["the current\nvisit", "the same\ntype"])
right.set(ylabel="weight, another click = 1", title="At what")
fig.tight_layout()
show(
    fig,
    alt="Left: mean weight over how many clicks ago. In the first block it falls from the "
    "newest clicks to the oldest, in the second it is nearly flat. Right: from every head, clicks of the current visit get more weight "
    "than other clicks; earlier clicks of the same type get less than other clicks.",
)

# %% [markdown]
# **A good story: the heads found the visits by themselves, and they have learned that nobody who just chose a food bowl wants another one.**
#
# Is it true? The clicks of the current visit are the *newest* ones. **A head that looks at the newest clicks, whatever they are, draws the same
# bars.** And within a visit no step of a mission is taken twice, so clicks of the same type are *old* ones. Both bars may say no more than the left picture:
# newer clicks get more.
#
# **To judge, hold like against like: two clicks equally far back, in histories equally long, one in the current
# visit and one not.** Why equally long? The weights of a history sum to 1, so in a short one each click gets more; and of a short one
# more clicks belong to the current visit. Who mixes short and long finds a preference where there is none.
#
# ### Your turn (6.8) · 12 minutes · hard
#
# Write that comparison, for any kind of likeness. What is alike is in the same **cell**, a number. In each cell the members of a group
# are held against the others there.


# %%
@exercise("6.8")
def matched_ratio(values, in_group, cell):
    """How many times as much the members of a group get as others in the same cells.

    values: (N,) floats. in_group: (N,) bool, True for a member. cell: (N,) whole
    numbers; what is alike has the same.
    What the members got is the sum of their values. What was due to them is, for each
    member, the mean of the others in its cell. Returns the first divided by the sum of
    the second, a float.
    A cell that has no member, or no other, is left out of both. NaN if no cell is left.
    """
    ### BEGIN SOLUTION
    got = due = 0.0
    for number in np.unique(cell):
        here = cell == number
        members, others = values[here & in_group], values[here & ~in_group]
        if len(members) and len(others):
            got += members.sum()
            due += len(members) * others.mean()
    return float(got / due) if due else float("nan")
    ### END SOLUTION


# %%
hint("6.8")

# %% [markdown]
# **Guess:** the first question again, mean over the four heads, at equal distance and equal length of the history. What is left of the preference
# for the current visit?

# %%
# The current visit at equal distance and length, another click gets 1: a number
guess("6.15", ...)

# %%
length = np.broadcast_to(real.sum(axis=1)[:, None], real.shape)
cells = {
    "as they are": np.zeros(asked.sum(), dtype=int),
    "equal distance": distance[asked],
    "and equal length": (21 * distance + length)[asked],
}


# %%
def compared(looks):
    """The ratio of each head, in a column; a row for each group and likeness."""
    return pd.DataFrame(
        {
            (group, likeness): [
                matched_ratio(look[asked], is_member, cell) for look in looks
            ]
            for group, is_member in groups.items()
            for likeness, cell in cells.items()
        },
        index=heads,
    ).T


matched = compared(looks)
for who, some in (("up to 10", length[asked] <= 10), ("more", length[asked] > 10)):
    weight = looks[:, asked][:, some].mean()
    share = groups["the current visit"][some].mean()
    print(f"{who:8s} clicks: each gets {weight:.2f}, {share:.0%} in the current visit")
print(f"full histories: {full.sum()}")
reveal("6.15", matched.loc[("the current visit", "and equal length")].mean())
matched.round(2)

# %% jupyter={"source_hidden": true}
fig, axes = plt.subplots(1, 2, figsize=PAIR, sharey=True)
for ax, group in zip(axes, groups, strict=True):
    for place, likeness in enumerate(cells):
        for number, ratio in enumerate(matched.loc[(group, likeness)]):
            x = place + 0.2 * number - 0.3
            label = heads[number] if place == 0 else None
            ax.bar(x, ratio, 0.18, color=COLOURS[number], label=label)
    ax.axhline(1, color="black", lw=1, ls="--")
    ax.set_xticks(range(3), [name.replace(" ", "\n", 1) for name in cells])
    ax.set_title(group)
axes[0].set_ylabel("weight, another click = 1")
axes[1].legend(fontsize=8, loc="upper right")
fig.tight_layout()
show(
    fig,
    alt="Two groups of bars, for the current visit and for the same type: the weight of "
    "a member as they are, at equal distance, and at equal distance and equal length of "
    "the history, for four heads. As they are, the bars are far from 1; at equal "
    "distance they lie much closer to it.",
)

# %% [markdown]
# One encoder is one encoder. What does a second one look at, trained the same way from other starting weights and in another order?

# %%
other = small_encoder(seed=1).eval()
train(other, next_click_loss, len(learn), replace(config, seed=1), progress=False)
compared(looks_of(other)).round(2)

# %% [markdown]
# **Most of the story was distance.** In the first block, a click of the current visit gets about a tenth more than an equal one of an older visit, not
# three times as much, and nothing is left of the dislike for the same type.
#
# In the second block it depends on the encoder: the one just trained has a head
# that keeps a third more for the visit, and a third less for the type. That head may have learned something of visits and of types. The heads of the
# first block have learned "the newest". In the first encoder those of the second block look nearly everywhere alike: eight or nine clicks back on
# average, where even weights over all 20, the newest (0 back) among them, would look 9.5 back. The weights are the same as before; only the comparison changed.
#
# **Whenever somebody shows you what a model looks at, ask what else goes along with it.**
#
# There is a second reason for care. A weight says what a head *mixed*, not whether anybody downstream cared (Jain & Wallace 2019). **To know what a head is worth,
# switch it off and measure.** That is: set what it hands on to 0 (its 16 of the 32 columns of `merge`), train nothing anew, and see how far the loss on the
# 2,000 unseen shoppers rises.

# %%
held_out = torch.tensor(test)


def test_loss(without=None):
    """Mean loss on unseen shoppers. without: (block, head) whose output is set to 0."""
    network = small_encoder().eval()
    network.load_state_dict(encoder.state_dict())
    with torch.no_grad():
        if without:
            number, head = without
            # 16 of 32 columns
            network.blocks[number].attention.merge.weight[
                :, 16 * head : 16 * (head + 1)
            ] = 0
        items, targets = held_out[:, :-1], held_out[:, 1:]
        return softmax_loss(
            next_click_scores(network, items), targets, real=items != 0
        ).item()


# %%
harm = {
    head: test_loss((number // 2, number % 2)) - test_loss()
    for number, head in enumerate(heads)
}

# %% jupyter={"source_hidden": true}
fig, ax = plt.subplots(figsize=(WIDE[0], 2.4))
ax.barh(list(harm), list(harm.values()), color=COLOURS[:4])
ax.invert_yaxis()
ax.set(xlabel="how much the loss rises without it", title="What each head is worth")
show(
    fig,
    alt="Bars of how much the loss on unseen shoppers rises when one head is switched "
    "off. Each of the two heads of the first block is worth several times as much as "
    "either head of the second.",
)

# %%
print(f"the whole encoder has a loss of {test_loss():.2f}")
for name, rise in harm.items():
    print(f"without {name}: the loss rises by {rise:.2f}")

# %% [markdown]
# The two heads of the first block are worth several times as much as those of the second. No picture of weights had told us.
#
# ## 6.8 Your turn to look
#
# What does the trained encoder do with histories of your own? Try three things (8 minutes):
#
# - Move the query from 3 down to 1. What can the first click look at?
# - Add a product for cats to Anna's three. Does the next dog product look at it?
# - Add the puppy food a second time. Do the two copies get the same weight? If not, what tells them apart?
#
# (Below, choose a shelf and click products; move the query, change the block. Everything works with <kbd>Tab</kbd>, <kbd>Space</kbd>
# and the arrow keys.)

# %%
signs = {"budget": "€", "standard": "€€", "premium": "€€€"}
labels = names + " " + shop.products["price_tier"].astype(str).map(signs)
shelves = {
    shelf: list(items)
    for shelf, items in shop.products.groupby("category").groups.items()
}
AttentionExplorer(encoder, labels, shelves, history=anna)

# %% [markdown]
# Where it does not run, here is the same as a picture: Anna's three clicks, all heads.

# %% jupyter={"source_hidden": true}
with torch.no_grad():
    _, maps = encoder(torch.tensor(anna)[None], need_weights=True)
fig, axes = plt.subplots(1, 4, figsize=(10, 3.2), sharey=True)
fig.suptitle("What each of Anna's clicks (rows) looks at", fontsize=11)
for ax, (number, head) in zip(axes, enumerate(heads), strict=True):
    weights = maps[number // 2][0, number % 2]
    draw_attention(ax, weights, list(names[anna]), title=head, brightest=0.6)
    for i, j in zip(*np.tril_indices(3), strict=True):
        colour = "black" if weights[i, j] > 0.25 else "white"
        ax.text(
            j, i, f"{weights[i, j]:.2f}", ha="center", va="center", size=8, color=colour
        )
fig.tight_layout()
show(
    fig,
    alt="Four three by three tables of attention weights, lower triangles, for puppy "
    "food, food bowl and water dispenser. The first row is always 1: the puppy food "
    "can only look at itself. The heads share out the rows below differently.",
)

# %% [markdown]
# The first click can look at itself alone: weight 1. And what does this encoder do with the cats' product and with the two copies?

# %%
of_cats = shop.products.index[shop.products["category"] == "Cat Toy"][0]
of_dogs = shop.products.index[shop.products["category"] == "Dog Toy"][0]
for told, clicked, looked in (
    ("the dog toy looks at the cat toy", [*anna, of_cats, of_dogs], [3]),
    ("the 2nd puppy food looks at the 1st, at itself", [*anna, anna[0]], [0, 3]),
):
    with torch.no_grad():
        _, maps = encoder(torch.tensor(clicked)[None], need_weights=True)
    for number, block in enumerate(maps, 1):
        given = [f"{block[0, :, -1, at].mean():.0%}" for at in looked]
        print(f"block {number}, {told}: {' and '.join(given)}")

# %% [markdown]
# (Means of both heads; even weights would be 20 and 25 %.) A click can look at all before it, whatever they are for; how much it gives to a product for cats is learned, and no rule. The
# two copies have the same embedding, so in the first block only their *positions* tell them apart.

# %% [markdown]
# ## Key ideas
#
# - Attention: scores (query · key), a softmax, a weighted mean of values. Divide by $\sqrt d$, or the softmax is all or nothing.
# - Masks are booleans named by what True means. A score of 0 is not a weight of 0; a softmax over nothing is NaN.
# - Each head makes one mean; several heads ask several questions.
# - Where all see all, a history without positions is a bag; a causal mask lets some order through. Count positions from the end.
# - Block = attention + FFN, each with a residual and a norm. Pre-norm is easier to train.
# - What a head looks at goes along with distance: compare at equal distance. And a weight is not a reason: switch it off and measure.

# %%
scoreboard("06")
calibration("06")

# %%
quiz("6.1")

# %%
quiz("6.2")

# %%
quiz("6.3")

# %%
quiz("6.4")

# %% [markdown]
# **Go further.**
#
# - Vaswani et al. (2017), [*Attention Is All You Need*](https://arxiv.org/abs/1706.03762).
# - Xiong et al. (2020), [*On Layer Normalization in the Transformer Architecture*](https://arxiv.org/abs/2002.04745).
# - Loshchilov & Hutter (2019), [*Decoupled Weight Decay Regularization*](https://arxiv.org/abs/1711.05101): AdamW.
# - Liu et al. (2020), [*On the Variance of the Adaptive Learning Rate and Beyond*](https://arxiv.org/abs/1908.03265): RAdam.
# - Liu, Liu, Gao, Chen & Han (2020), [*Understanding the Difficulty of Training Transformers*](https://arxiv.org/abs/2004.08249).
# - Jain & Wallace (2019), [*Attention is not Explanation*](https://arxiv.org/abs/1902.10186).
# - In recommendation: Kang & McAuley (2018), [*Self-Attentive Sequential Recommendation*](https://arxiv.org/abs/1808.09781)
#   (chapter 08), and Chen et al. (2019), [*Behavior Sequence Transformer for E-commerce Recommendation in
#   Alibaba*](https://arxiv.org/abs/1905.06874) (the next chapter).
#
# Next: **[07 · The Behavior Sequence Transformer](07_bst.ipynb)**.
