# %% [markdown]
# # 06 · Attention
#
# A history is a list of clicks. Which of them matter for the next one? Not always the last, and not all alike. Attention
# lets a model decide that anew for every history. This chapter builds it from a table that you fill in by hand up to the
# encoder that all later models are made of.
#
# **After this chapter you can** compute attention by hand and in five lines, draw and test its masks, say what heads,
# positions, residuals and norms are for, and read a map of attention without believing too much of it.
#
# **You need** chapters 00 to 02, the softmax loss of chapter 04, and PyTorch. **Time:** 75 minutes, exercises included.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

from course import (
    calibration,
    exercise,
    guess,
    hint,
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
    show,
)
from seqrec.data import build_sequences, pad_left
from seqrec.losses import softmax_loss
from seqrec.metrics import expected_ndcg, share_of_lift
from seqrec.models import MultiHeadAttention, SequenceEncoder
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
# **Do the other two**, and put your numbers in place of the `None`s.

# %%
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
# In NumPy it was three lines. Two things differ in earnest. The count is $e^s$ instead of $2^s$: the **softmax**. And the
# scores are divided by $\sqrt d$, the root of the width of a query, for a reason that comes next (Vaswani et al. 2017):
#
# $$\text{weights} = \text{softmax}\left(\frac{Q K^\top}{\sqrt d}\right), \qquad \text{output} = \text{weights} \cdot V$$

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
for d in widths:
    q, k = (
        torch.randn(2_000, 1, d, generator=generator),
        torch.randn(2_000, 10, d, generator=generator),
    )
    scores = (q * k).sum(-1)  # (2000, 10): ten keys for each query
    largest["undivided"].append(scores.softmax(-1).amax(-1).mean())
    largest["divided by the root of d"].append(
        (scores / d**0.5).softmax(-1).amax(-1).mean()
    )

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
reveal("6.1", 100 * largest["undivided"][widths.index(4)])
reveal("6.2", 100 * largest["undivided"][widths.index(256)])

# %% tags=["nbval-check-output"]
for d in (4, 256):
    index = widths.index(d)
    print(
        f"d = {d:3d}: undivided {largest['undivided'][index]:.1f}, divided "
        f"{list(largest.values())[1][index]:.1f}"
    )

# %% [markdown]
# A sum of $d$ random products has a standard deviation of $\sqrt d$. Undivided, wide vectors make a softmax that is all or
# nothing: it starts out certain, for no reason, and hardly learns, because its gradient is nearly 0 there.
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
print("as in NumPy:", np.allclose(output, in_numpy))

# %% [markdown]
# ## 6.3 What may a click look at?
#
# Batches are rectangles, so Anna's three clicks stand at the end of a row of ten, after seven zeros. Padding has an
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
# mostly padding. So three rules, for a model that must not see the future (**causal**):
#
# 1. padding is not looked at,
# 2. a click looks at itself and at what came before, never ahead,
# 3. every position may look at itself.
#
# For a model that may read both ways, the second rule falls away. And the third looks idle: without it, the output of a padding is
# NaN, as `attention` says above, but who reads that? **Guess:** of three positions the second sees *nothing*, and the loss uses the output of the
# first alone. How many of the three values get a gradient of NaN?

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
# The softmax of nothing is 0 / 0, **NaN**. In the forward pass it stays in its row. In the backward pass NaN times 0 is NaN again,
# and it reaches every value, and from there every weight of the model. One history of only padding in one batch is enough. Hence the third rule:
# padding looks at itself, which harms nobody, because nobody looks at *it*.
#
# ### Your turn (6.2) · 8 minutes
#
# Write the three rules. Three lines are enough.


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
short = torch.tensor([[0] * 3 + anna])  # (1, 6), so that the picture has room
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
# In this course True always means *may look*, and the name says so: `visible`. **Guess:** what happens if you hand `visible` to
# `nn.MultiheadAttention` as it is: an error, NaN, or a wrong number?

# %%
# What nn.MultiheadAttention makes of visible: "an error", "NaN" or "a wrong number"
guess("6.5", ...)

# %% tags=["nbval-check-output"]
visible = visible_mask(history, causal=True)[:, 0]  # (1, 10, 10)
ours, _ = attention(x, x, x, visible)

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
# A wrong number, without a word. That model looks at padding and at the future, and nowhere else.
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
    here, there = weights @ forwards, weights @ backwards  # (H, 3)
    print(f"{name:28s} {here.tolist()}  backwards the same: {torch.equal(here, there)}")
half = patterns["one head, half and half"]
reveal("6.6", "no" if torch.equal(half @ forwards, half @ backwards) else "yes")

# %% [markdown]
# One head blends. (With .6 and .4 it could leave a trace of who was first, and a trained network finds such tricks. It need not if it has
# two heads.) More heads at the same price: each works on its own $d = D / H$ columns of the width, and afterwards they are put side by side again.
#
# ### Your turn (6.3 and 6.4) · 8 minutes


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
@exercise("6.4")
def merge_heads(x):
    """(B, H, L, D/H) -> (B, L, D): the inverse of `split_heads`."""
    ### BEGIN SOLUTION
    B, H, L, d = x.shape
    return x.transpose(1, 2).reshape(B, L, H * d)
    ### END SOLUTION


# %%
hint("6.3")
hint("6.4")

# %% [markdown]
# With them, multi-head attention is short. Queries, keys and values are three linear maps of the same `x`, learned; so is the
# one that mixes the heads' outputs. We take the weights of the library's layer and compute the rest ourselves:

# %% tags=["nbval-check-output"]
layer = MultiHeadAttention(D, H=2)
# (1, 2, 10, 8) each
q, k, v = (split_heads(part, 2) for part in layer.project(x).chunk(3, dim=-1))
output, weights = attention(q, k, v, visible_mask(history, causal=True))
print("weights, one table per head:", tuple(weights.shape))
apart = (layer.merge(merge_heads(output)) - layer(x, visible[:, None])[0]).abs().max()
print(f"largest difference from the library's layer: {apart:.5f}")

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

# %% tags=["nbval-check-output"]
# (12000, 21)
clicks = pad_left(
    build_sequences(journeys.interactions, max_len=20)["item_sequence"], 21
)
ten = torch.tensor(clicks[ANNA][-10:])[None]
shuffled = ten[:, [3, 0, 8, 5, 1, 7, 2, 6, 4, 9]]  # the last stays last


def fresh_encoder(seed=0, **settings):
    torch.manual_seed(seed)
    size = {"D": 32, "H": 2, "n_blocks": 2, "hidden": 64}
    return SequenceEncoder(n_items, 20, **{**size, "causal": True, **settings})


same = {}
for positions, causal in (
    ("none", False),
    ("none", True),
    ("learned", False),
    ("sinusoidal", False),
):
    encoder = fresh_encoder(positions=positions, causal=causal)
    same[positions, causal] = torch.allclose(
        encoder(ten)[0, -1], encoder(shuffled)[0, -1], atol=1e-5
    )
    mask = "causal" if causal else "both sides"
    print(
        f"positions: {positions:10s} mask: {mask:10s}  "
        f"{'the same' if same[positions, causal] else 'another'} answer after shuffling"
    )
reveal("6.7", "no" if same["none", False] else "yes")

# %% [markdown]
# Without positions attention reads a **bag**. (A causal mask lets some order through: early clicks see fewer others. It is not
# much to build on.) So each position gets a vector of its own, which is added to the item's. There are two usual kinds.
#
# **Learned**: a table with a row per position, trained like the rest (BERT, SASRec, BST).
#
# **Sinusoidal**: fixed waves, from short ones to very long ones, like the hands of a clock (Vaswani et al. 2017):
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

# %%
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

# %% tags=["nbval-check-output"]
products = waves @ waves.T
even = all(
    torch.allclose(products.diagonal(gap), products[0, gap], atol=1e-3)
    for gap in range(50)
)
print("the dot product depends on the distance only:", even)

# %% [markdown]
# Because $\sin a \sin b + \cos a \cos b = \cos(a - b)$, "three clicks ago" looks the same everywhere. That is what the
# pairs are for.
#
# **Counted from which end?** Position 0 is the *newest* click here. **Guess:** suppose we counted from a history's first click instead.
# Which share of the 12,000 histories would train the vector of position 19, the one that a full history needs to predict?

# %%
# Histories that train position 19, counted from the first click: a number, in %
guess("6.8", ...)

# %% tags=["nbval-check-output"]
lengths = (clicks[:, :-1] != 0).sum(axis=1)
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
print(
    "0, 2 or 7 zeros before Anna's clicks, the same answer:",
    all(torch.allclose(states[0], s, atol=1e-5) for s in states),
)
reveal("6.8", 100 * (lengths > 19).mean())

# %% [markdown]
# Counted from the end, the position that predicts is the best trained of all, and padding on the left changes nothing.
#
# ## 6.6 The block
#
# Attention only averages what the clicks hand over. To *work* with it, a small network of two layers follows, for each position by
# itself, the same for all: the **position-wise FFN**. Two more things make it possible to stack many such pairs:
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
# `dropout` goes around each branch before it is added.


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
# ### Pre or post?
#
# Both are in use. Xiong et al. (2020) say: with post-norm, the gradients of the last blocks are large at the very start, however many blocks
# there are, so the first steps must be small (**warm-up**). With pre-norm they shrink with depth, and a straight path leads from the
# output down to the embeddings: no such care is needed.
# We look for ourselves: twelve blocks, not yet trained, the length of the gradient block by block. And then eight blocks, trained for a few
# seconds.
#
# The task, here and in the next section, is a preview of chapter 08: at *every* position, say which product comes next. The score of a product is
# the dot product of the state with the product's own embedding ("tied"); the loss is the softmax of chapter 04 over all 50.

# %%
# Anna is among the first 2,000
learn, test = torch.tensor(clicks[2_000:]), clicks[:2_000]


def next_click_scores(encoder, items):
    """(B, L) -> (B, L, n_items + 2). PAD and MASK are ruled out."""
    scores = encoder(items) @ encoder.item.weight.T
    return scores.index_fill(-1, torch.tensor([0, n_items + 1]), float("-inf"))


def next_click_loss(encoder, rows, generator=None):
    items, targets = learn[rows, :-1], learn[rows, 1:]
    return softmax_loss(next_click_scores(encoder, items), targets, real=items != 0)


def gradient_lengths(norm_first):
    encoder = fresh_encoder(n_blocks=12, norm_first=norm_first)
    next_click_loss(encoder, torch.arange(128)).backward()
    return [block.ffn[2].weight.grad.norm().item() for block in encoder.blocks]


def first_losses(norm_first, warmup_steps, seed, steps=60):
    """The loss of each of the first steps of eight small blocks."""
    encoder, kept = (
        fresh_encoder(seed, D=16, hidden=32, n_blocks=8, norm_first=norm_first),
        [],
    )

    def loss(network, rows, generator):
        value = next_click_loss(network, rows)
        kept.append(value.item())
        return value

    config = TrainConfig(
        epochs=1,
        batch_size=32,
        learning_rate=0.01,
        warmup_steps=warmup_steps,
        seed=seed,
    )
    train(encoder, loss, 32 * steps, config, progress=False)
    return kept


# %%
gradients = {"pre-norm": gradient_lengths(True), "post-norm": gradient_lengths(False)}
recipes = {
    "pre-norm": (True, 0),
    "post-norm": (False, 0),
    "post-norm, warm-up": (False, 30),
}
curves = {
    # (2 seeds, 60 steps)
    name: np.array([first_losses(*recipe, seed) for seed in range(2)])
    for name, recipe in recipes.items()
}

fig, (left, right) = plt.subplots(1, 2, figsize=PAIR)
for (name, values), colour in zip(gradients.items(), COLOURS, strict=False):
    left.plot(range(1, 13), values, "o-", color=colour, label=name)
left.set(
    xlabel="block",
    ylabel="length of the gradient",
    ylim=(0, None),
    title="At the start, 12 blocks",
)
left.legend()
for (name, values), colour in zip(curves.items(), COLOURS, strict=False):
    smooth = np.lib.stride_tricks.sliding_window_view(values, 10, axis=1).mean(axis=2)
    for number, line in enumerate(smooth):
        right.plot(
            range(10, 61),
            line,
            color=colour,
            alpha=0.8,
            label=name if number == 0 else None,
        )
right.set(
    xlabel="step",
    ylabel="loss (mean of ten steps)",
    title="The first 60 steps, 8 blocks, two seeds",
)
right.legend(fontsize=8)
fig.tight_layout()
show(
    fig,
    alt="Left: length of the gradient by block, one to twelve, at the start. With "
    "pre-norm it falls; with post-norm it rises in the last "
    "blocks. Right: training loss over 60 steps, two seeds each. "
    "Pre-norm falls fastest; post-norm without warm-up stops falling after a few "
    "steps; with warm-up it starts slowly, passes that, and stays above pre-norm.",
)

# %% tags=["nbval-check-output"]
more = gradients["post-norm"][-1] / gradients["pre-norm"][-1]
print("the last block's gradient is more than twice as long with post-norm:", more > 2)
end = {name: values[:, -20:].mean() for name, values in curves.items()}
print("after 60 steps, best first:", ", ".join(sorted(end, key=end.get)))

# %% [markdown]
# Pre-norm spreads the work: the deeper the network, the less each of the last blocks is pushed at the start. With post-norm the last blocks get the
# full push, and at this learning rate the network is thrown off course unless the first steps are small. So far the paper is right.
#
# Mind what we did *not* show: that pre-norm ends lower. We looked at 60 steps of eight blocks at a high learning rate. Recommenders
# mostly have two blocks; put `n_blocks=2` or a rate of 0.001 into the cell above and see what is left of the difference. Pre-norm is
# easier to train; so it is our default.
#
# ## 6.7 All together
#
# Embedding + position, a block or two, a last norm: `SequenceEncoder`. Two blocks, two heads, 32 numbers a click. We train it on 10,000
# shoppers. **Guess:** how much of the way from popularity to the oracle does it go in a few seconds?

# %%
# The encoder's way from popularity to the oracle: a number, in %
guess("6.9", ...)

# %%
encoder = fresh_encoder().eval()
config = TrainConfig(
    epochs=3, batch_size=128, learning_rate=0.008, schedule="one_cycle", warmup_steps=50
)
result = train(encoder, next_click_loss, len(learn), config, progress=False)

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
reveal("6.9", 100 * lift)

# %% tags=["nbval-check-output"]
print(f"popularity {floor:.1f}, this encoder {ours:.1f}, oracle {ceiling:.1f}")
print("more than two thirds of the achievable lift:", bool(lift > 2 / 3))

# %% [markdown]
# Chapter 08 makes a model of it, with validation, early stopping and all. Here we want to look inside. These are Anna's first ten clicks, and
# what each of them looks at. (The map of a *causal* encoder: nothing above the diagonal.)

# %% jupyter={"source_hidden": true}
first_ten = clicks[ANNA][clicks[ANNA] != 0][:10]
with torch.no_grad():
    # A list of (1, 2, 10, 10), one for each block
    _, maps = encoder(torch.tensor(first_ten)[None], need_weights=True)

fig, axes = plt.subplots(2, 2, figsize=(9, 7.6), sharex=True, sharey=True)
for number, row in enumerate(axes):
    for head, ax in enumerate(row):
        draw_attention(
            ax,
            maps[number][0, head],
            list(names[first_ten]),
            title=f"block {number + 1}, head {head + 1}",
        )
    row[0].set_ylabel("the click that looks")
for ax in axes[1]:
    ax.set_xlabel("the click that is looked at")
fig.tight_layout()
show(
    fig,
    alt="Attention maps of two blocks with two heads each, for Anna's first ten "
    "clicks, from puppy food over food bowl and water dispenser on. All are lower "
    "triangles. In the first block the weight is spread over the newest clicks; in the "
    "second it is more uneven, and some clicks are looked at by several later ones.",
)

# %% [markdown]
# It is tempting to tell a story now. ("It looks at the puppy food, because ...") One shopper's map proves nothing; three questions to 2,000
# shoppers say more. **Guess each answer,** all four heads together:
#
# 1. Do they look more at the **current visit** than at older ones? (The encoder never saw where a visit begins.) How much weight
#    does one of its clicks get, if an average click gets 1?
# 2. Do they look for **the same type of product**, clicked before? Again: how much weight, if an average click gets 1?
# 3. How **far back** do they look, on average?

# %%
# The weight of a click of the current visit, an average click gets 1: a number
guess("6.10", ...)
# The weight of an earlier click of the same type, an average click gets 1: a number
guess("6.11", ...)
# How far back the heads look: a number (clicks)
guess("6.12", ...)

# %%
visits = (
    journeys.interactions.query("user_id < 2000")
    .groupby("user_id")["session_id"]
    .apply(lambda ids: (ids - ids.iloc[0] + 1).tolist())
)
# (2000, 20): the number of the visit, 1 is the first
visit = pad_left(visits, 21)[:, :-1]
# (2000, 20): the type of product
kind = np.concatenate([[0], names.astype("category").cat.codes + 1])[test[:, :-1]]
real = test[:, :-1] != 0
groups = {
    "the current visit": real & (visit == visit[:, -1:]),
    "the same type, earlier": real & (kind == kind[:, -1:]) & (np.arange(20) < 19),
}
with torch.no_grad():
    _, kept = encoder(torch.tensor(test[:, :-1]), need_weights=True)
# (2 blocks, 2000, 2 heads, 20)
newest = torch.stack([weights[:, :, -1] for weights in kept]).numpy()


def preference(group):
    """How much more weight a click of the group gets than an average click; 1 = no
    more.

    (2 blocks, 2 heads)
    """
    some = group.any(axis=1) & (real.sum(axis=1) > 3)
    given = (newest * group[:, None]).sum(axis=-1)[:, some].mean(axis=1)
    return given / (group.sum(axis=1) / real.sum(axis=1))[some].mean()


current, same_type = (preference(group) for group in groups.values())
heads = [(number, head) for number in range(2) for head in range(2)]
long = real.all(axis=1)
# (2 blocks, 2 heads): mean distance
back = (newest[:, long] * np.arange(20)[::-1]).sum(axis=-1).mean(axis=1)

fig, (left, right) = plt.subplots(1, 2, figsize=PAIR, width_ratios=[1.1, 1])
for (number, head), colour in zip(heads, COLOURS, strict=False):
    name = f"block {number + 1}, head {head + 1}"
    left.plot(
        range(20),
        newest[number, long, head].mean(axis=0)[::-1],
        ".-",
        color=colour,
        label=name,
    )
    for place, preferred in enumerate((current, same_type)):
        right.bar(
            place + 0.2 * (2 * number + head) - 0.3,
            preferred[number, head],
            0.18,
            color=colour,
        )
left.set(
    xlabel="clicks ago (0: the newest itself)",
    xticks=range(0, 20, 5),
    ylabel="mean weight",
    title="How far back (full histories)",
)
left.legend(fontsize=8)
right.axhline(1, color="black", lw=1, ls="--")
right.set_xticks(range(2), ["the current\nvisit", "the same type,\nearlier"])
right.set(ylabel="weight, an average click = 1", title="At what")
fig.tight_layout()
show(
    fig,
    alt="Left: mean weight over how many clicks ago. In the first block it falls from "
    "about .15 to almost 0 within ten clicks; in the second block it is flatter. "
    "Right: clicks of the current visit get 1.4 times the weight of an average click "
    "from the first block, little more than average from the second; earlier clicks of "
    "the same type get less than an average click from all heads.",
)
reveal("6.10", current.mean())
reveal("6.11", same_type.mean())
reveal("6.12", back.mean())

# %% tags=["nbval-check-output"]
print(
    "the first block prefers the current visit, with both heads:",
    bool((current[0] > 1.2).all()),
)
print(
    "the first block prefers clicks of the same type:", bool((same_type[0] > 1).any())
)
again = names[test[:, -1]].to_numpy() == names[test[:, -2]].to_numpy()
print(
    "... and indeed, the next click is of the newest one's type in only "
    f"{again.mean():.0%} of the cases"
)
print(
    "the second block looks further back than the first:",
    bool(back[1].min() > back[0].max()),
)

# %% [markdown]
# The first block found the visits by itself (the second hardly prefers any). And it has learned that nobody who just chose a food bowl wants another one: within a visit no step is
# taken twice.
#
# But a weight is not a reason. It says what a head *mixed*, not whether anybody downstream cared (Jain & Wallace 2019). To know what a head is worth,
# **switch it off** and measure.

# %%
held_out = torch.tensor(test)


def test_loss(without=None):
    """Mean loss on unseen shoppers. without: (block, head) whose output is set to 0."""
    network = fresh_encoder().eval()
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


harm = {
    f"block {number + 1}, head {head + 1}": test_loss((number, head)) - test_loss()
    for number, head in heads
}
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

# %% tags=["nbval-check-output"]
worth = list(harm.values())
print("every head is of use:", min(worth) > 0)
print("the heads of the first block matter most:", min(worth[:2]) > max(worth[2:]))

# %% [markdown]
# ## 6.8 Your turn to look
#
# Put a history together: choose a shelf, click products. Move the query, change the block. (Everything works with
# <kbd>Tab</kbd>, <kbd>Space</kbd> and the arrow keys.) Some things to try:
#
# - Move the query from 3 down to 1. What can the first click look at?
# - Add a product for cats to Anna's three. Does the next dog product look at it?
# - Add the puppy food a second time. Do the two copies get the same weight? If not, what tells them apart?

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
fig, axes = plt.subplots(1, 4, figsize=(10, 2.9), sharey=True)
for ax, (number, head) in zip(axes, heads, strict=True):
    weights = maps[number][0, head]
    draw_attention(
        ax, weights, list(names[anna]), title=f"block {number + 1}, head {head + 1}"
    )
    for i, j in zip(*np.tril_indices(3), strict=True):
        colour = "black" if weights[i, j] > 0.35 else "white"
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
# ## Key ideas
#
# - Attention: scores (query · key), a softmax, a weighted mean of values. Divide by $\sqrt d$, or the softmax is all or nothing.
# - Masks are booleans named by what True means. A score of 0 is not a weight of 0; a softmax over nothing is NaN.
# - Each head makes one mean; several heads ask several questions.
# - Without positions a history is a bag. Count positions from the end.
# - Block = attention + FFN, each with a residual and a norm. Pre-norm is easier to train.
# - A weight is not a reason. Switch it off and measure.

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
# **Go further.** Vaswani et al. (2017), *Attention Is All You Need.* Xiong et al. (2020), *On Layer Normalization in the
# Transformer Architecture.* Jain & Wallace (2019), *Attention is not Explanation.* In recommendation: Kang & McAuley (2018), *Self-Attentive
# Sequential Recommendation* (chapter 08). Chen et al. (2019), *Behavior Sequence Transformer for E-commerce
# Recommendation in Alibaba* (the next chapter).
#
# Next: **07 · Behavior Sequence Transformer**.
