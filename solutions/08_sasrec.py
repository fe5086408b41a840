# %% [markdown]
# # 08 · SASRec
#
# One network reads the history once and predicts *every* next click in it at the same time. It is the standard of the field,
# and it is chapter 06 with a mask and a loss. This chapter builds it, finds out how far it goes, and where it is not worth the trouble.
#
# **After this chapter you can** build and train SASRec, say what it has over a recurrent network and what not, read a published
# number with its loss in mind, tell when a sequential recommender pays, and take one home to a log of your own.
#
# **You need** chapters 02 to 07. **Time:** 75 minutes, exercises included.

# %%
import tempfile
import time

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from torch import nn

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
from course.figures import COLOUR_OF, COLOURS, PAIR, WIDE, draw_attention, show
from seqrec.baselines import (
    GRU4Rec,
    ItemCoOccurrence,
    MarkovChain,
    MLPClick,
    Popularity,
    exposures_from_interactions,
)
from seqrec.data import build_sequences, leave_last_two_out, pad_left
from seqrec.losses import chunked_softmax_loss, objectives
from seqrec.metrics import expected_hit_rate, expected_ndcg, share_of_lift
from seqrec.models import SequenceEncoder, draw_weights
from seqrec.recommender import SASRecConfig, SequentialRecommender
from seqrec.training import TrainConfig, train
from zooplus_sim import Oracle, World, ZooplusSimulator

N_ITEMS = 50
MAX_LEN = 40
ANNA = 23
shop = ZooplusSimulator(n_users=3_000)
types = shop.products["product_type"]
journeys = shop.journeys(events_per_user=(10, 40), seed=1)
log = journeys.interactions
known, valid, test = leave_last_two_out(log)


def padded(past, length=MAX_LEN, column="item_sequence"):
    """Each user's newest items (or outcomes) in the log `past`, padded on the left:

    (B, length), users ascending.
    """
    return pad_left(build_sequences(past, length)[column], length)


# (B, L): what is known when the test click is asked for
histories = padded(pd.concat([known, valid]))
oracle = Oracle(shop)
law = oracle.next_item_probabilities(histories)  # (B, V)
print("Anna:", " > ".join(types[histories[ANNA][histories[ANNA] > 0][:3]]))

# %% [markdown]
# ## 8.1 What is wrong with a recurrent network?
#
# GRU4Rec is the best model so far: second to the oracle in chapter 05, and ahead of both transformers in chapter 07. It reads click by click and
# keeps one vector, its **state** $h$. Every click changes it a little:
#
# $$h_t = \text{GRU}(h_{t-1},\ \text{click}_t)$$
#
# Two things are said against it. First: it **forgets**, because all clicks have to share one vector. We ask it. A linear map
# is fitted that reads the product clicked $k$ clicks ago off the state. What it can't read is not there (or well hidden).
#
# **Guess:** of clicks ten steps back, for how many can it still name the product? (There are 50.)

# %%
# Products of ten clicks ago that can be read off the state: a number, in %
guess("8.1", ...)

# %%
gru = GRU4Rec(N_ITEMS, epochs=5, progress=False).fit(known)
# (b, 30)
long = np.stack(
    [items[items > 0][:30] for items in histories[(histories > 0).sum(axis=1) >= 30]]
)
with torch.no_grad():
    # (b, 30, 64)
    states, _ = gru.network_.gru(gru.network_.item(torch.from_numpy(long)))
# (b, 65): and a constant
state = torch.nn.functional.pad(states[:, -1], (0, 1), value=1).double()
fitted, asked = slice(0, 900), slice(900, None)
steps_ago = np.arange(30)
readable, most_popular = [], []
for k in steps_ago:
    item = torch.from_numpy(long[:, -1 - k])
    wanted = nn.functional.one_hot(item, N_ITEMS + 1).double()
    reader = torch.linalg.solve(
        state[fitted].T @ state[fitted] + torch.eye(65),
        state[fitted].T @ wanted[fitted],
    )
    readable.append(
        ((state[asked] @ reader).argmax(dim=1) == item[asked]).double().mean().item()
    )
    most_popular.append(
        (item[asked] == wanted[fitted].sum(dim=0).argmax()).double().mean().item()
    )

# %% [markdown]
# Forgetting is a fault only if what is forgotten would have mattered. The oracle knows what matters. So we **exchange** the click $k$ steps
# ago for a random product, and see how far the prediction moves: half the sum of the absolute changes in probability, 0 for nothing,
# 1 for another world.


# %%
def influence(law_of, k, seed=0):
    """How far `law_of(histories)`, (b, V) probabilities, moves if the click k steps ago
    is another one.

    A mean.
    """
    some = long[:300]
    changed = some.copy()
    changed[:, -1 - k] = np.random.default_rng(seed).integers(1, N_ITEMS + 1, len(some))
    return np.abs(law_of(changed) - law_of(some)).sum(axis=1).mean() / 2


def gru_law(items):
    return (
        torch.from_numpy(gru.score(np.arange(len(items)), items))
        .softmax(dim=-1)
        .numpy()
    )


lags = [0, 1, 2, 3, 5, 8, 10, 15, 20, 29]
moved = {
    "oracle": [influence(oracle.next_item_probabilities, k) for k in lags],
    "GRU4Rec": [influence(gru_law, k) for k in lags],
}

fig, (left, right) = plt.subplots(1, 2, figsize=PAIR)
left.plot(
    steps_ago,
    readable,
    "o-",
    ms=4,
    color=COLOUR_OF["GRU4Rec"],
    label="read off GRU4Rec's state",
)
left.plot(
    steps_ago, most_popular, color="0.5", ls="--", label="always the most popular"
)
left.set(
    xlabel="clicks ago (0: the newest)",
    ylabel="right product",
    ylim=(0, 1.02),
    title="What the state still knows",
)
left.legend(fontsize=8)
for name, line in moved.items():
    right.plot(lags, line, "o-", ms=4, color=COLOUR_OF[name], label=name)
right.set(
    xlabel="clicks ago",
    ylabel="change of the prediction",
    ylim=(0, None),
    title="What a click matters",
)
right.legend(fontsize=8)
fig.tight_layout()
show(
    fig,
    alt="Left: the share of products that can be read off GRU4Rec's state falls from "
    "about .8 for the newest click to about the level of twice a guess by popularity "
    "within some five clicks, and rises a little again for the very first ones. Right: "
    "how far the prediction moves if a click is exchanged, for oracle and GRU4Rec. "
    "Both fall from about .5 to nearly 0 within fifteen clicks, the oracle's from a "
    "higher level.",
)
reveal("8.1", 100 * readable[10])

# %% tags=["nbval-check-output"]
print(
    "the newest click can be read off the state in more than half of the cases:",
    readable[0] > 0.5,
)
print("a click ten steps ago in less than a quarter:", readable[10] < 0.25)
near, far = ([line[lags.index(k)] for line in moved.values()] for k in (2, 15))
print(
    "a click 2 steps ago moves both at least five times as far as one 15 steps ago:",
    near[0] > 5 * far[0] and near[1] > 5 * far[1],
)

# %% [markdown]
# It does forget. (The line rises again at the far end, and so does the dashed one: those are shoppers' first clicks, which are easier to guess from
# who the shopper is.) But so would you: once a visit is over, its clicks say little about the next one, and even the oracle hardly looks at
# what happened fifteen clicks ago. In this shop the charge is true and costs little. Where a click long ago decides (a printer, bought
# once, and years of cartridges), it costs a lot.
#
# Second: it **can't be done in parallel**. State 40 needs state 39, which needs state 38.

# %% tags=["nbval-check-output"]
print("steps that have to wait for each other, for a history of")
for L in (10, 40, 160):
    print(f"    {L:3d} clicks:   GRU, one layer: {L:3d}     attention, two blocks: 2")

# %% [markdown]
# **Guess:** then attention is faster, on this machine? With 64 histories of 160 clicks, forwards and backwards, say.

# %%
# The faster one on 160 clicks: "attention, two blocks" or "GRU, one layer"
guess("8.2", ...)


# %%
def milliseconds(network, inputs):
    """One pass forwards and backwards, the fastest of three."""
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        out = network(inputs)
        (out[0] if isinstance(out, tuple) else out).sum().backward()
        taken.append(1000 * (time.perf_counter() - began))
    return min(taken)


embedded = torch.randn(64, 160, 64)
clicks = torch.randint(1, N_ITEMS + 1, (64, 160))
one_gru = nn.GRU(64, 64, batch_first=True)
two_blocks = SequenceEncoder(
    N_ITEMS, 160, D=64, H=2, n_blocks=2, hidden=128, causal=True
)

# %% tags=["timing"]
for L in (10, 40, 160):
    of_gru, of_blocks = (
        milliseconds(network, inputs[:, :L])
        for network, inputs in ((one_gru, embedded), (two_blocks, clicks))
    )
    times = f"GRU {of_gru:5.0f} ms     two blocks {of_blocks:5.0f} ms"
    print(f"64 histories of {L:3d} clicks, one thread:   {times}")
# Of the last, 160 clicks
reveal("8.2", "GRU, one layer" if of_gru < of_blocks else "attention, two blocks")

# %% [markdown]
# No. One thread does one thing after the other anyway, so what counts is the amount of work, and two blocks are more work than one GRU. Waiting
# hurts where thousands of multiplications could run at once and don't: on a GPU, with long histories. This is an honest
# reason to prefer attention, and for our laptop-sized log it is not one.
#
# What remains is a better question: **how good does it get?**
#
# ## 8.2 SASRec, from parts that you have
#
# | part | chapter |
# |---|---|
# | item embedding + position, counted from the end | 06 |
# | mask: no padding, no future (`causal=True`) | 06 |
# | blocks of attention and a small network, a last norm | 06 |
# | **new:** the logit of a product is the state's dot product with *its embedding* | |
#
# The last line is called a **tied** output. State and products live in one space, and what comes next is what the state points at. It saves a
# matrix of $D \cdot V$ weights, and a product learns from every time it is read *and* every time it is predicted.
#
# Two rows of the embedding are no products: PAD (0) and MASK. They must never get probability, or any gradient from being predicted.
# So we multiply by the products' rows only, and put a column of $-\infty$ in front for PAD. Column $j$ is then product $j$.
#
# ### Your turn (8.1) · 8 minutes
#
# `forward` is yours. The rest is there: the training loss, which takes states instead of logits (8.3 says why), and the scores for a list.


# %%
@exercise("8.1")
class SASRec(nn.Module):
    """A causal transformer: what comes after each position?"""

    def __init__(
        self, n_items, max_len, *, D=64, H=2, n_blocks=2, hidden=None, dropout=0.1
    ):
        super().__init__()
        self.n_items = n_items
        hidden = 4 * D if hidden is None else hidden
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=True,
            dropout=dropout,
        )

    def forward(self, items):
        """Logits of what follows each position. items: (B, L) long, left-padded -> (B,
        L, n_items + 1).

        self.encoder(items) gives the states (B, L, D). self.encoder.item.weight is
        (n_items + 2, D): row 0 is PAD, the last is MASK. Column j of the logits is
        product j; column 0 is -inf.
        """
        ### BEGIN SOLUTION
        states = self.encoder(items)  # (B, L, D)
        # (B, L, n_items)
        logits = states @ self.encoder.item.weight[1 : self.n_items + 1].T
        # (B, L, n_items + 1)
        return nn.functional.pad(logits, (1, 0), value=float("-inf"))
        ### END SOLUTION

    def softmax_loss(self, states, targets):
        """Mean cross-entropy over all products.

        states: (K, D). targets: (K,) from 1.
        """
        return chunked_softmax_loss(
            states, self.encoder.item.weight[1 : self.n_items + 1], targets - 1
        )

    @torch.no_grad()
    def score_catalogue(self, histories):
        """Log-probabilities of the next click, in eval mode.

        histories: (B, L) -> (B, n_items + 1), column 0 is -inf.
        """
        was_training = self.training
        self.eval()
        scores = self(histories)[:, -1].log_softmax(dim=-1)
        self.train(was_training)
        return scores


# %%
hint("8.1")

# %% [markdown]
# ### Does it see the future?
#
# A causal model that looks ahead by one click is perfect in training and worthless in the shop. So we don't trust the mask, we test the
# network: change one click, and see at which positions the logits move.
#
# **Guess:** which cells of a ten by ten table are empty? A row for each position that reacts, a column for each click that is changed.

# %%
# The empty cells, with the causal mask: a letter, in quotation marks: A above the
# diagonal; B the diagonal and above; C below the diagonal; D the diagonal and below
guess("8.3", ...)


# %%
def reaction(network, items):
    """Entry [t, c]:

    largest change of the logits at position t if click c is another one. items: (1, L)
    -> (L, L).
    """
    with torch.no_grad():
        logits = network(items)[0, :, 1:]  # (L, n_items)
        columns = []
        for c in range(items.shape[1]):
            other = items.clone()
            other[0, c] = items[0, c] % N_ITEMS + 1
            columns.append((network(other)[0, :, 1:] - logits).abs().amax(dim=1))
    return torch.stack(columns, dim=1)


def with_mask(causal):
    """A network that is not trained, with the same weights either way."""
    torch.manual_seed(0)
    network = SASRec(N_ITEMS, MAX_LEN, D=32).eval()
    network.encoder.causal = causal
    return network


ten = torch.from_numpy(long[:1, :10])
reactions = {
    "causal mask": reaction(with_mask(True), ten),
    "no causal mask": reaction(with_mask(False), ten),
}
fig, axes = plt.subplots(1, 2, figsize=(8.4, 3.8), sharey=True)
for ax, (name, moves) in zip(axes, reactions.items(), strict=True):
    draw_attention(ax, moves / moves.max(), [str(c + 1) for c in range(10)], title=name)
    plt.setp(ax.get_xticklabels(), rotation=0, ha="center")
    ax.set_xlabel("the click that is changed")
axes[0].set_ylabel("the position that reacts")
fig.tight_layout()
show(
    fig,
    alt="Two ten by ten tables: which position reacts to a change of which click. With "
    "the causal mask a lower triangle is filled, all above the diagonal is empty. "
    "Without it every cell is filled.",
)
square = torch.ones(10, 10, dtype=torch.bool)
parts = {
    "above the diagonal": square.triu(1),
    "the diagonal and above": square.triu(),
    "below the diagonal": square.tril(-1),
    "the diagonal and below": square.tril(),
}
empty = reactions["causal mask"] == 0
reveal("8.3", [name for name, part in parts.items() if torch.equal(empty, part)])

# %% tags=["nbval-check-output"]
above = torch.ones(10, 10).triu(1).bool()
for name, moves in reactions.items():
    print(
        f"{name:15s} {(moves[above] != 0).sum():2d} of {above.sum()} earlier logits "
        "move when a later click changes"
    )

# %% [markdown]
# Exactly zero, not nearly: what is masked is multiplied by 0. A test with a tolerance would be one that lets a small leak pass.
#
# ## 8.3 All positions at once
#
# BST was asked one question per window. A causal network answers one at *every* position, because no position sees what it is asked for. The
# targets are the sequence itself, shifted by one:

# %% tags=["nbval-check-output"]
# The newest six of what is known of Anna
sequence = padded(known, MAX_LEN + 1)[ANNA][-6:]
for read, follows in zip(types[sequence[:-1]], types[sequence[1:]], strict=True):
    print(f"... up to {read:22s} ->  {follows}")

# %% [markdown]
# Build sequences of `max_len + 1` clicks (chapter 02), read all but the last, predict all but the first. Two things to mind:
#
# - **Padding.** Where padding is read there is no question: also not at the padding just before the first click, although a click
#   follows it. A user's first click has no history.
# - **Width.** A batch of short histories in an array 41 wide is mostly zeros, and zeros cost as much as clicks. Columns that are padding in *every*
#   row can go. (This is safe because positions are counted from the end. Counted from the front, they would all change.)
#
# ### Your turn (8.2) · 5 minutes


# %%
@exercise("8.2")
def without_empty_columns(items):
    """The batch without the columns of padding that all its rows share.

    items: (B, L) long, left-padded with 0, B of 1 or more. Returns (B, l): the columns
    from the first with an item on. A batch of nothing but padding keeps its last
    column.
    """
    ### BEGIN SOLUTION
    is_used = (items != 0).any(dim=0)  # (L,)
    if not is_used.any():
        return items[:, -1:]
    return items[:, int(is_used.int().argmax()) :]
    ### END SOLUTION


# %%
hint("8.2")

# %% [markdown]
# ### Your turn (8.3) · 10 minutes
#
# Now the loss of a training step, in the form that `train` wants (chapter 07). Give `softmax_loss` the states of **real** positions only, as one
# long list (K, D). That is why it takes states: the product with all 50 (or 100,000) embeddings is by far the largest part of the work,
# and padding should not have a share in it. Inside, it goes through the list in chunks and never holds all logits at once.


# %%
@exercise("8.3")
def next_item_loss(sequences):
    """At each position, the click that follows it, under the softmax over all products.

    sequences: (n, max_len + 1) long, left-padded with 0.
    Returns a function, loss(network, rows, generator):
        rows:    (B,) long, the sequences of this step. generator is not needed.
        network: network.encoder(items) gives states (B, L, D), and
                 network.softmax_loss(states (K, D), targets (K,)) the mean over K
                 positions.
        Returns the mean loss over all positions at which an item is read and one
        follows, a scalar tensor.
    """

    ### BEGIN SOLUTION
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])  # (B, l + 1)
        items, targets = batch[:, :-1], batch[:, 1:]
        real = items != 0  # where an item is read, one follows: padding is on the left
        return network.softmax_loss(network.encoder(items)[real], targets[real])

    return loss
    ### END SOLUTION


# %%
hint("8.3")

# %% tags=["nbval-check-output"]
sequences = torch.from_numpy(padded(known, MAX_LEN + 1))  # (B, 41)
batch = sequences[:64]
used = int((batch[:, :-1] != 0).sum())
print(
    f"64 users: {used} questions in one pass, instead of {used} windows with a pass "
    "each"
)
# The shortest histories
sorted_rows = sequences[(sequences != 0).sum(dim=1).argsort()][:64]
print(
    f"the 64 shortest histories: {sorted_rows.numel()} places, without empty columns "
    f"{without_empty_columns(sorted_rows).numel()}"
)

# %% [markdown]
# Train. Two blocks, 64 numbers a click, six epochs; validation by the loss on 500 shoppers' last-but-one clicks, which training does not see.

# %%
valid_histories = torch.from_numpy(padded(known)[:500])
valid_targets = torch.from_numpy(
    valid.sort_values("user_id")["item_id"].to_numpy(copy=True)[:500]
)


def validate(network):
    scores = network.score_catalogue(valid_histories)
    return {"valid_loss": -scores.gather(1, valid_targets[:, None]).mean().item()}


SETTINGS = {
    "batch_size": 32,
    "schedule": "linear",
    "warmup_steps": 50,
    "monitor": "valid_loss",
    "higher_is_better": False,
}
torch.manual_seed(0)
sasrec = SASRec(N_ITEMS, MAX_LEN, hidden=128, dropout=0.0)
config = TrainConfig(epochs=6, learning_rate=0.004, **SETTINGS)
run = train(
    sasrec, next_item_loss(sequences), len(sequences), config, validate=validate
)
run.history[["epoch", "train_loss", "valid_loss", "learning_rate"]].round(4)

# %% [markdown]
# ## 8.4 The rung
#
# **Guess:** on this log of 3,000 shoppers, is the transformer ahead of the recurrent network? (Less than five points of the lift
# between them are level.)

# %%
# The transformer beside the recurrent network: "ahead", "level" or "behind"
guess("8.4", ...)


# %%
def catalogue_scores(network, items):
    """Scores of all products, 1,000 histories at a time to save memory.

    Arrays: (B, L) -> (B, V).
    """
    return torch.cat(
        [network.score_catalogue(part) for part in torch.tensor(items).split(1_000)]
    ).numpy()


def lift(scores, law, floor):
    """Share of the achievable lift in NDCG@10.

    scores, law: (B, V). floor: popularity's scores (B, V).
    """
    return float(
        share_of_lift(
            *(expected_ndcg(each, law, 10).mean() for each in (scores, floor, law))
        )
    )


users = np.unique(log["user_id"])
simple = {
    "popularity": Popularity,
    "Markov chain": MarkovChain,
    "co-occurrence": ItemCoOccurrence,
}
fitted = {name: model(N_ITEMS).fit(known) for name, model in simple.items()}
scores = {
    **{name: model.score(users, histories) for name, model in fitted.items()},
    "GRU4Rec": gru.score(users, histories),
    "SASRec": catalogue_scores(sasrec, histories),
    "oracle": law,
}
ladder = pd.DataFrame(
    {
        name: {
            "HR@10": expected_hit_rate(score, law, 10).mean(),
            "NDCG@10": expected_ndcg(score, law, 10).mean(),
            "share of the lift": lift(score, law, scores["popularity"]),
        }
        for name, score in scores.items()
    }
).T
apart = ladder["share of the lift"]["SASRec"] - ladder["share of the lift"]["GRU4Rec"]
reveal("8.4", "level" if abs(apart) < 0.05 else "ahead" if apart > 0 else "behind")
ladder.round(3)

# %%
chapter_07 = measured("07_bst").groupby("model")["share"].mean()
rungs = {
    "popularity": 0,
    "Markov chain": ladder.loc["Markov chain", "share of the lift"],
    "co-occurrence": ladder.loc["co-occurrence", "share of the lift"],
    "MeanPoolBST (chapter 07)": chapter_07["MeanPoolBST"],
    "BST (chapter 07)": chapter_07["BST"],
    "GRU4Rec": ladder.loc["GRU4Rec", "share of the lift"],
    "SASRec": ladder.loc["SASRec", "share of the lift"],
    "oracle": 1,
}
fig, ax = plt.subplots(figsize=(7.6, 3.6))
colours = [COLOUR_OF[name.removesuffix(" (chapter 07)")] for name in rungs]
ax.barh(list(rungs), list(rungs.values()), color=colours)
for place, share in enumerate(rungs.values()):
    ax.text(share + 0.01, place, f"{share:.0%}", va="center", size=9)
ax.set(
    xlabel="share of the achievable lift in NDCG@10", xlim=(0, 1.1), title="The ladder"
)
ax.grid(axis="y", visible=False)
show(
    fig,
    alt="Bars of the share of the achievable lift that grow from popularity, 0, over "
    "the Markov chain, co-occurrence, MeanPoolBST and BST to GRU4Rec and SASRec, which "
    "are about equally long, near nine tenths, and the oracle, 1.",
)

# %% tags=["nbval-check-output"]
share = ladder["share of the lift"]
print(
    "SASRec is above the Markov chain, co-occurrence and the mean of BST's five runs:",
    bool(share["SASRec"] > max(*share.iloc[:3], chapter_07["BST"])),
)
print(
    "SASRec and GRU4Rec are within five points of the lift:",
    bool(abs(apart) < 0.05),
)

# %% [markdown]
# (BST's bars are the means of five runs in chapter 07, on 4,000 shoppers, so they have seen more. Runs differ by a point or so.)
#
# Above BST by a wide margin: same blocks, another *question*. And level with the recurrent network. Section 8.1 said why: not much happens in
# this shop that a single vector can't hold. To anyone who tells you that attention beats recurrence, say: on which log?
#
# Has SASRec learned what matters?


# %%
def sasrec_law(items):
    return np.exp(catalogue_scores(sasrec, items))


moved["SASRec"] = [influence(sasrec_law, k) for k in lags]
fig, ax = plt.subplots(figsize=WIDE)
for name, line in moved.items():
    ax.plot(lags, line, "o-", ms=4, color=COLOUR_OF[name], label=name)
ax.set(
    xlabel="clicks ago",
    ylabel="change of the prediction",
    ylim=(0, None),
    title="What a click matters, once more",
)
ax.legend()
show(
    fig,
    alt="How far the prediction moves if the click some steps ago is exchanged, for "
    "oracle, GRU4Rec and SASRec. The two networks' curves lie close together, below "
    "the oracle's for the newest eight clicks, and all three are near 0 beyond "
    "fifteen.",
)

# %% [markdown]
# Both networks lean on the clicks of the current visit *less* than they should: the oracle's line is above theirs. What is missing is not memory. It is
# sharpness, and that takes examples: section 8.6.
#
# %% [markdown]
# ## 8.5 Most of it is the loss
#
# The SASRec of 2018 was trained with *binary* cross-entropy and **one** random negative for each click. Its numbers, and those of papers that copied
# it, are the ones that later models beat. Petrov & Macdonald (2023) and Klenitskiy & Vasilev (2023) changed little but the loss, and had most of the newer models
# behind them.
#
# With negatives we need the logits of a few products only, others for each position.
#
# ### Your turn (8.4) · 5 minutes


# %%
@exercise("8.4")
def logits_of(network, states, items):
    """Logits of some products at each position: the dot product of its state with the
    embedding of each of them.

    network.encoder.item(items) gives embeddings: (K, N) -> (K, N, D).
    states: (K, D). items: (K, N) long from 1. Returns (K, N).
    """
    ### BEGIN SOLUTION
    return (network.encoder.item(items) * states[:, None]).sum(dim=-1)
    ### END SOLUTION


# %%
hint("8.4")

# %% [markdown]
# With it the library's `next_item_loss` takes a `kind`: all losses of chapter 04. First a small run, live: a thousand shoppers, a network of one block, eight epochs, and nothing
# different but the loss. **Guess:** how far apart are they at the end?

# %%
# How far the two losses are apart, of the lift: a number, in %
guess("8.5", ...)

# %%
SASRec.logits_of = logits_of  # from here on a method of the network
few = sequences[:1_000]
judged = slice(1_000, 1_500)  # other shoppers


def small_run(kind, **options):
    """Share of the lift on other shoppers, after each of eight epochs."""
    torch.manual_seed(0)
    network = SASRec(N_ITEMS, MAX_LEN, D=32, n_blocks=1, hidden=64, dropout=0.0)

    def share_so_far(network):
        told = catalogue_scores(network, histories[judged])
        return {"share": lift(told, law[judged], scores["popularity"][judged])}

    loss = objectives.next_item_loss(few, kind, **options)
    config = TrainConfig(
        epochs=8,
        batch_size=32,
        learning_rate=0.005,
        schedule="linear",
        warmup_steps=50,
        monitor="share",
    )
    return train(
        network, loss, len(few), config, validate=share_so_far, progress=False
    ).history["share"]


small = {
    "BCE, 1 negative (2018)": small_run("bce", n_negatives=1),
    "full softmax": small_run("softmax"),
}
fig, ax = plt.subplots(figsize=WIDE)
for (name, shares), colour in zip(small.items(), (COLOURS[1], COLOURS[0]), strict=True):
    ax.plot(range(1, 9), shares, "o-", color=colour, label=name)
ax.set(
    xlabel="epoch",
    xticks=range(1, 9),
    ylabel="share of the lift",
    ylim=(0, 1),
    title="One network, two losses, 1,000 shoppers",
)
ax.legend()
show(
    fig,
    alt="Share of the lift over eight epochs for two losses. The full softmax is ahead "
    "of binary cross-entropy with one negative after every epoch, and by more than ten "
    "points at the end.",
)
gap = small["full softmax"].iloc[-1] - small["BCE, 1 negative (2018)"].iloc[-1]
reveal("8.5", 100 * gap)

# %% tags=["nbval-check-output"]
print("the full softmax is ahead by more than a tenth of the lift:", bool(gap > 0.1))

# %% [markdown]
# The same with more shoppers, three seeds, five losses, a shop with a larger catalogue, and for 8 epochs and for 24, is a table made by
# `python -m benchmarks.bench_sasrec losses course/measured/08_losses.csv`. (The weights are those of the epoch with the best NDCG@10 on other
# shoppers.) Its last row asks about a habit of the original code: to multiply item embeddings by $\sqrt D$ on the way in.
#
# **Guess:** BCE with 1 negative for each click, or with 32: which one learns faster, and is ahead after 8 epochs? Which one ends
# higher, after 24?

# %%
# The one ahead after 8 epochs: "BCE, 1 negative" or "BCE, 32 negatives"
guess("8.6", ...)
# The one ahead after 24 epochs: "BCE, 1 negative" or "BCE, 32 negatives"
guess("8.7", ...)

# %% tags=["nbval-check-output"]
losses = measured("08_losses")
order, catalogues, budgets = (
    list(losses[column].unique()) for column in ("loss", "products", "epochs")
)
table = losses.pivot_table(
    index="loss", columns=["products", "epochs"], values="share"
).loc[order]
# Mean of the two shops
bce = table.T.groupby("epochs").mean()[["BCE, 1 negative", "BCE, 32 negatives"]]
reveal("8.6", bce.loc[8].idxmax())
reveal("8.7", bce.loc[24].idxmax())
table.map(lambda share: "" if np.isnan(share) else f"{share:z.2f}")

# %% jupyter={"source_hidden": true}
fig, axes = plt.subplots(1, len(catalogues), figsize=(9.6, 3.4), sharey=True)
for ax, n_products in zip(axes, catalogues, strict=True):
    for n_epochs, face in zip(budgets, ("white", COLOURS[0]), strict=True):
        rows = losses.query("products == @n_products and epochs == @n_epochs")
        ax.plot(
            rows["share"],
            rows["loss"].map(order.index),
            "o",
            ms=7,
            mfc=face,
            mec=COLOURS[0],
            label=f"{n_epochs} epochs",
        )
    ax.set(
        title=f"{n_products:,} products",
        xlabel="share of the achievable lift",
        xlim=(-0.03, 1),
    )
axes[0].set_yticks(range(len(order)), order)
axes[0].invert_yaxis()
axes[0].legend(fontsize=8, loc="lower left")
fig.suptitle("One network, three seeds each")
fig.tight_layout()
show(
    fig,
    alt="Share of the lift for six ways to train the same network, three seeds each, "
    "which lie close together. "
    + " ".join(
        f"With {n:,} products and {n_epochs} epochs, from the lowest mean to the "
        "highest: "
        + ", ".join(
            f"{name} {mean:.2f}"
            for name, mean in table[n, n_epochs].dropna().sort_values().items()
        )
        + "."
        for n in catalogues
        for n_epochs in budgets
    ),
)

# %% tags=["nbval-check-output"]
by_run = losses.pivot(
    index=["epochs", "products", "seed"], columns="loss", values="share"
)
for n_epochs in budgets:
    runs = by_run.loc[n_epochs]
    for one, other in (
        ("full softmax", "BCE, 1 negative"),
        ("full softmax", "sampled softmax, 32"),
        ("BCE, 32 negatives", "BCE, 1 negative"),
        ("gBCE, 32 negatives", "BCE, 32 negatives"),
    ):
        print(
            f"{n_epochs:2} epochs: {one} above {other} in "
            f"{(runs[one] > runs[other]).sum()} of {len(runs)} runs"
        )
short = by_run.loc[budgets[0]]
worth = pd.DataFrame(
    {
        "softmax instead of BCE": short["full softmax"] - short["BCE, 1 negative"],
        "times sqrt(D)": short["full softmax, x sqrt(D)"] - short["full softmax"],
    }
)
print(f"\nwhat a change is worth, share of the lift after {budgets[0]} epochs")
print(worth.groupby("products").mean().round(2).to_string())

# %% [markdown]
# One name, one network, and numbers that far apart. The full softmax is ahead of BCE in every run, and of the sampled softmax in all but one.
#
# BCE is the instructive one. After 8 epochs, **more** negatives are **worse**, and gBCE is worst: in the large shop it has found nothing at all. After 24 epochs BCE with 32 negatives is
# ahead of BCE with one in every run, and gBCE is ahead too. What happened? Each of the $1 + N$ answers of a position has an equal say. With 32 negatives the click has one voice of
# 33, and gBCE makes it quieter still. So the network first learns that nearly everything is a no. Only then does it begin to tell products apart, and from there it goes further.
# A comparison after few epochs says how fast a loss learns. It does not say how far it gets. Pick the number of epochs, and you have picked the winner.
#
# So when a table says "SASRec", look up its loss **and** its epochs before anything else. And the factor $\sqrt D$? In the small shop it cost about a tenth of the lift. (The table was made when our embeddings began
# at length 1, and it makes eight times that of them. Today they begin at 0.4.) It is a question of how first weights are drawn, and belongs to the code that draws them otherwise.
#
# Ours is the full softmax, exactly computed, as long as the catalogue allows it; beyond some hundred thousand products the sampled one.
#
# ## 8.6 How many shoppers does it take?
#
# The oracle is told the rules of the shop. SASRec has to find them in a log. **Guess:** the share of the lift with 300 shoppers, and with 30,000?
#
# (Measured: `python -m benchmarks.bench_sasrec users course/measured/08_users.csv`. Other shoppers are judged than were learned from; the
# weights are those of the epoch with the best validation loss.)

# %%
# Share of the lift with 300 shoppers: a number, in %
guess("8.8", ...)
# Share of the lift with 30,000 shoppers: a number, in %
guess("8.9", ...)

# %%
by_users = measured("08_users", dtype={"clicks": str})
over_users = (
    by_users[by_users["clicks"] == "all"]
    .groupby("users")["share"]
    .agg(["mean", "std", "count"])
)
by_clicks = (
    by_users[by_users["clicks"] != "all"]
    .astype({"clicks": int})
    .groupby(["users", "clicks"])["share"]
    .mean()
)

counting = {}
for n_users in (300, 1_000, 3_000):
    counts = ItemCoOccurrence(N_ITEMS).fit(known[known["user_id"] < n_users])
    counting[n_users] = lift(counts.score(users, histories), law, scores["popularity"])

fig, (left, right) = plt.subplots(1, 2, figsize=(9.6, 3.8), sharey=True)
whole = by_users[by_users["clicks"] == "all"]
left.plot(
    whole["users"],
    whole["share"],
    "o",
    color=COLOUR_OF["SASRec"],
    alpha=0.35,
    label="one seed",
)
left.plot(
    over_users.index, over_users["mean"], "-", color=COLOURS[0], label="SASRec, mean"
)
left.plot(
    list(counting),
    list(counting.values()),
    "s--",
    ms=4,
    color=COLOUR_OF["co-occurrence"],
    label="co-occurrence",
)
left.set_xscale("log")
left.set_xticks(over_users.index, [f"{n:,}" for n in over_users.index])
left.minorticks_off()
left.set(
    xlabel="shoppers to learn from",
    ylabel="share of the achievable lift",
    ylim=(0, 1.06),
)
# All of them are SASRec, so one colour; marks tell them apart
for n_users, mark in zip(over_users.index, "ovs^D", strict=False):
    right.plot(
        by_clicks[n_users],
        f"{mark}-",
        ms=4,
        color=COLOUR_OF["SASRec"],
        label=f"{n_users:,} shoppers",
    )
right.set(xlabel="clicks known of the shopper who is judged")
for ax, title in ((left, "More shoppers"), (right, "More clicks of the one shopper")):
    ax.axhline(1, color=COLOURS[2], ls="--")
    ax.text(
        0.02,
        1.015,
        "oracle",
        color=COLOURS[2],
        size=9,
        transform=ax.get_yaxis_transform(),
    )
    ax.set_title(title)
    ax.legend(fontsize=8, loc="lower right")
fig.tight_layout()
show(
    fig,
    alt="Left: SASRec's share of the lift over the number of shoppers it learned from, "
    "on the way to the oracle's line at 1: "
    + ", ".join(f"{share:.2f} with {n:,}" for n, share in over_users["mean"].items())
    + ". Co-occurrence stays at about "
    + f"{np.mean(list(counting.values())):.2f} for 300 to 3,000. Right: the same over the number of clicks known, one line for each number of "
    + "shoppers; with more shoppers the whole line lies higher.",
)
reveal("8.8", 100 * over_users.loc[300, "mean"])
reveal("8.9", 100 * over_users.loc[30_000, "mean"])

# %% tags=["nbval-check-output"]
print(over_users["mean"].round(2).rename("share of the lift").to_string())
enough = over_users.index[over_users["mean"] >= 0.95]
print(
    f"95 % of the lift: with {enough[0]:,} shoppers"
    if len(enough)
    else "95 % of the lift: not reached"
)

# %% [markdown]
# Counting has learned nearly all that it can after 300 shoppers, and stays there. The network begins where counting stands, and goes on as long as there is data, in ever
# smaller steps: the last points of the lift cost the most. With a log of a few hundred users, count (chapter 05).
#
# The right picture surprises at first: the **share** does not grow with what is known.

# %% tags=["nbval-check-output"]
first, last_ones = (
    by_clicks.xs(known_clicks, level="clicks") for known_clicks in (1, 30)
)
print("share of the lift after 1 click and after 30:")
for n_users in over_users.index:
    print(
        f"    {n_users:6,} shoppers: {first[n_users]:.2f} and {last_ones[n_users]:.2f}"
    )

# %% [markdown]
# After one click there is little to know, and the network soon knows it. After thirty, the oracle weighs missions, tastes, habits and price tiers, and the network has to have
# learned all of that from examples. The longer the history, the more there is to fall short of.
#
# ## 8.7 When to stop
#
# With little data a network learns the log by heart. We let it: 300 shoppers, up to 40 epochs. **Guess:** after how many epochs is it best?

# %%
# The best epoch: a number
guess("8.10", ...)

# %%
tiny, others = sequences[:300], sequences[300:600]
others_loss, all_others = next_item_loss(others), torch.arange(300)
torch.manual_seed(0)
network = SASRec(N_ITEMS, MAX_LEN, hidden=128, dropout=0.0)
config = TrainConfig(epochs=40, learning_rate=0.004, patience=5, **SETTINGS)
stopped = train(
    network,
    next_item_loss(tiny),
    len(tiny),
    config,
    validate=lambda network: {
        "valid_loss": others_loss(network, all_others, None).item()
    },
)
history = stopped.history

fig, ax = plt.subplots(figsize=WIDE)
ax.plot(
    history["epoch"],
    history["train_loss"],
    "o-",
    ms=4,
    color="0.6",
    label="300 shoppers it learns from",
)
ax.plot(
    history["epoch"],
    history["valid_loss"],
    "o-",
    ms=4,
    color=COLOURS[0],
    label="300 others",
)
ax.axvline(
    stopped.best_epoch,
    color=COLOURS[2],
    ls="--",
    label="best epoch: its weights are kept",
)
ax.set(xlabel="epoch", ylabel="loss (nats)", title="Learning, then learning by heart")
ax.legend()
show(
    fig,
    alt="Loss over epochs. On the shoppers it learns from it falls to the end. On "
    "others it falls, reaches its lowest point at the marked epoch, and rises again; "
    "five epochs later the run stops.",
)
reveal("8.10", stopped.best_epoch)

# %% tags=["nbval-check-output"]
with torch.no_grad():
    now = others_loss(network.eval(), all_others, None).item()
print("stopped by:", stopped.stopped_by)
print("epochs after the best one:", len(history) - stopped.best_epoch)
print(
    "the network has the best epoch's weights:",
    abs(now - history["valid_loss"].min()) < 1e-4,
)

# %% [markdown]
# **Patience** is the number of epochs in a row that may pass without a new best. Two details that go wrong in practice: the best weights must come back
# also when the *epochs* run out first (in some code they come back only if patience did), and the shoppers or clicks that decide must not be
# trained on. And the test set decides nothing (chapter 05).
#
# ## 8.8 Another question to the same state
#
# A state sums up a history. We can ask it more than *what comes next*. The log says how each click ended: looked (0), put in the cart (0.5), bought (1). A second, small
# **head** answers: *if it is this product next, what will become of it?* That is regression, so the loss is the squared error (chapter 04).
#
# ### Your turn (8.5) · 6 minutes


# %%
@exercise("8.5")
class OutcomeHead(nn.Module):
    """E[outcome | history, item] from a state and an item's embedding."""

    def __init__(self, D, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(3 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1)
        )
        draw_weights(self)

    def forward(self, states, vectors):
        """states, vectors: (..., D) each. Returns (...).

        The layers read, side by side: the state, the vector, and their product, number
        by number.
        """
        ### BEGIN SOLUTION
        both = torch.cat([states, vectors, states * vectors], dim=-1)  # (..., 3 D)
        return self.layers(both).squeeze(-1)
        ### END SOLUTION


# %%
hint("8.5")

# %% [markdown]
# Most clicks end with a look. **Guess:** of the variance of the outcome, how much can anybody explain, the oracle included?

# %%
# Variance that the oracle explains: a number, in %
guess("8.11", ...)

# %% tags=["nbval-check-output"]
last = test.sort_values("user_id")
items, outcomes = last["item_id"].to_numpy(copy=True), last["outcome"].to_numpy()
expected = oracle.expected_outcome(histories, items)  # (B,) of the click that was made
print(f"mean outcome: {known['outcome'].mean():.2f}")
explained = expected.var() / outcomes.var()
print(f"variance that the oracle explains: {explained:.0%}")
reveal("8.11", 100 * explained)

# %% [markdown]
# Next to nothing. What becomes of a *single* click is luck, and no model can change that. Its **expectation** differs between shoppers and products all the same, and a
# shop that shows ten thousand of them lives on such differences. So a score against real outcomes would be a score of luck. We compare with the oracle's expectation.
#
# The head learns on states that stay as they are, with a strong weight decay, because it sees so much noise, and on outcomes scaled to mean 0 and variance 1.

# %%
# (B, 41), beside `sequences`
past_outcomes = torch.from_numpy(padded(known, MAX_LEN + 1, "outcome_sequence"))
read, asked_for = sequences[:, :-1], sequences[:, 1:]
real = read != 0
with torch.no_grad():
    sasrec.eval()
    states = [sasrec.encoder(some)[some != 0] for some in read.split(1_000)]
    states = torch.cat(states)  # (n, D), at every real position
    vectors = sasrec.encoder.item(asked_for)[real]  # (n, D), of the click that follows
    # (B, D)
    now = torch.cat(
        [sasrec.encoder(some)[:, -1] for some in torch.tensor(histories).split(1_000)]
    )
    candidate = sasrec.encoder.item(torch.from_numpy(items))  # (B, D)
became = past_outcomes[:, 1:][real].float()
mean, scale = became.mean(), became.std()


def outcome_loss(head, rows, generator):
    return nn.functional.mse_loss(
        head(states[rows], vectors[rows]), (became[rows] - mean) / scale
    )


torch.manual_seed(0)
head = OutcomeHead(64)
config = TrainConfig(
    epochs=3, batch_size=256, learning_rate=0.001, weight_decay=1.0, schedule="linear"
)
train(head, outcome_loss, len(became), config)
with torch.no_grad():
    told = {
        "always the mean": np.full(len(items), mean.item()),
        "mean of the product": known.groupby("item_id")["outcome"]
        .mean()[items]
        .to_numpy(),
        "outcome head": (head(now, candidate) * scale + mean).numpy(),
    }

# %% jupyter={"source_hidden": true}
fig, axes = plt.subplots(1, 2, figsize=(8.6, 3.8), sharex=True, sharey=True)
for ax, name in zip(axes, ("mean of the product", "outcome head"), strict=True):
    ax.plot(expected, told[name], ".", ms=3, alpha=0.25, color=COLOURS[0])
    ax.plot([0, 0.11], [0, 0.11], color="0.5", ls="--", lw=1)
    ax.set(
        xlabel="the oracle's expectation",
        title=name,
        xlim=(0, 0.11),
        ylim=(-0.02, 0.11),
    )
axes[0].set_ylabel("predicted outcome")
fig.tight_layout()
show(
    fig,
    alt="Predicted outcome over the oracle's expectation, for 3,000 test clicks. The "
    "mean of the product forms horizontal stripes that rise only weakly with the "
    "expectation. The outcome head's cloud rises along the diagonal, a little flatter.",
)

# %%
error = {name: np.square(each - expected).mean() for name, each in told.items()}
correlation = {
    name: np.corrcoef(each, expected)[0, 1]
    for name, each in told.items()
    if each.std() > 1e-9
}
pd.DataFrame(
    {
        "squared error x 1,000": pd.Series(error) * 1_000,
        "correlation": pd.Series(correlation),
    }
).loc[list(told)].round(2)

# %% tags=["nbval-check-output"]
print("squared error against the oracle's expectation")
print(
    "    head below the mean of the product:",
    error["outcome head"] < error["mean of the product"],
)
print(
    "    mean of the product below the constant:",
    error["mean of the product"] < error["always the mean"],
)
print(
    "the head's correlation is above one half:", bool(correlation["outcome head"] > 0.5)
)

# %% [markdown]
# The state knows something about outcomes although it was never trained on one: persona and price tier shape clicks, and so they are in it.
#
# ## 8.9 When not to
#
# **Without missions.** Our *control world* is a shop without missions and without habits: every click is a draw from the persona's taste. We train a small SASRec twice in
# each world: on the log, and on the log with every user's clicks **shuffled**. **Guess:** how far apart are the two, there and here?
#
# (A detail: in the control world whole groups of products tie for the oracle, and ties count against a ranking. `Oracle.ceiling` breaks them.)

# %%
# What order is worth in the control world, of the lift: a number, in %
guess("8.12", ...)
# What order is worth in our shop, of the lift: a number, in %
guess("8.13", ...)


# %%
def shuffled(sequences, seed=0):
    """The same clicks in random order, padding still on the left. (B, L) -> (B, L)."""
    keys = np.where(
        sequences > 0, np.random.default_rng(seed).random(sequences.shape), -1
    )
    return np.take_along_axis(sequences, keys.argsort(axis=1), axis=1)


def worth_of_order(shop):
    """Share of the lift of three models in a shop of about a thousand users."""
    past, held, _ = leave_last_two_out(
        shop.journeys(events_per_user=(10, 40), seed=1).interactions
    )
    before, learn = padded(pd.concat([past, held])), padded(past, MAX_LEN + 1)
    rows, oracle = np.arange(len(before)), Oracle(shop)
    true, best = (
        oracle.next_item_probabilities(before),
        oracle.ceiling(before).ndcg[:, -1].mean(),
    )
    floor = expected_ndcg(
        Popularity(N_ITEMS).fit(past).score(rows, before), true, 10
    ).mean()
    memoryless = MLPClick(N_ITEMS, epochs=3, batch_size=2048, progress=False)
    told = {
        "memoryless (MLP)": memoryless.fit(
            exposures_from_interactions(past, N_ITEMS)
        ).score(rows)
    }
    for name, change in {"SASRec, shuffled": shuffled, "SASRec": np.array}.items():
        torch.manual_seed(0)
        network = SASRec(N_ITEMS, MAX_LEN, D=32, n_blocks=1, hidden=64, dropout=0.0)
        config = TrainConfig(
            epochs=6,
            batch_size=32,
            learning_rate=0.005,
            schedule="linear",
            warmup_steps=50,
        )
        train(
            network,
            next_item_loss(torch.from_numpy(change(learn))),
            len(learn),
            config,
            progress=False,
        )
        told[name] = catalogue_scores(network, change(before))
    return {
        name: float(share_of_lift(expected_ndcg(score, true, 10).mean(), floor, best))
        for name, score in told.items()
    }


control = World.default().replace(distraction=1.0, habit=0.0)
worth = {
    "our shop": worth_of_order(ZooplusSimulator(n_users=1_000)),
    "control world": worth_of_order(ZooplusSimulator(n_users=800, world=control)),
}

# %%
fig, ax = plt.subplots(figsize=WIDE)
for place, (name, colour) in enumerate(
    zip(
        worth["our shop"],
        (COLOUR_OF["memoryless (MLP)"], COLOURS[5], COLOUR_OF["SASRec"]),
        strict=True,
    )
):
    bars = ax.bar(
        np.arange(2) + 0.26 * place,
        [shares[name] for shares in worth.values()],
        0.24,
        color=colour,
        label=name,
    )
    ax.bar_label(bars, fmt="{:.0%}", size=9)
ax.axhline(1, color=COLOURS[2], ls="--")
ax.text(0.6, 1.015, "oracle", color=COLOURS[2], size=9)
ax.set_xticks(np.arange(2) + 0.26, worth)
ax.set(
    ylabel="share of the achievable lift", ylim=(0, 1.15), title="What order is worth"
)
ax.grid(axis="x", visible=False)
ax.legend(loc="upper left", bbox_to_anchor=(0, 0.85), fontsize=8)
show(
    fig,
    alt="Share of the lift of a memoryless MLP, a SASRec on shuffled histories and a "
    "SASRec on ordered ones, in two worlds. In our shop the ordered one is far ahead. "
    "In the control world the two SASRecs are level and close to the oracle, with the "
    "memoryless model below.",
)
of_order = {
    world: 100 * (shares["SASRec"] - shares["SASRec, shuffled"])
    for world, shares in worth.items()
}
reveal("8.12", of_order["control world"])
reveal("8.13", of_order["our shop"])

# %% tags=["nbval-check-output"]
for world in worth:
    order_wins = of_order[world] > 10
    print(f"{world:14s} order is worth more than a tenth of the lift: {order_wins}")

# %% [markdown]
# In the control world all that a history says is *who is there*, and any order says it. There, take the model that is cheapest to run. To find out
# about your own log, do what we did: shuffle (chapter 01), train, compare.
#
# **Without times.** A log that comes without a usable order has been put into one by somebody: by product number, say.

# %%
some = histories[:1_000]
in_order = {
    "by time": some,
    "at random": shuffled(some),
    "by product number": np.sort(some, axis=1),
}
by_order = {
    name: lift(
        catalogue_scores(sasrec, items), law[:1_000], scores["popularity"][:1_000]
    )
    for name, items in in_order.items()
}
pd.Series(by_order).rename_axis("sorted").rename("share of the lift").round(
    2
).to_frame()

# %% tags=["nbval-check-output"]
print(
    "SASRec on a wrongly sorted history is below co-occurrence:",
    max(list(by_order.values())[1:]) < share["co-occurrence"],
)

# %% [markdown]
# Nothing crashes. The model is now worse than counting. Check the order of a log before anything else; daily dates with twenty clicks each are no order.
#
# **One event a user.** A sequence model learns from what follows what. Of a log in which nothing follows anything, it can learn nothing, and should say so:

# %% tags=["nbval-check-output"]
one_event_each = log.drop_duplicates("user_id")
try:
    SequentialRecommender(SASRecConfig()).fit(one_event_each)
except ValueError as error:
    print(error)

# %% [markdown]
# ## 8.10 What does it look at?
#
# The simulator wrote down what no shop ever sees: the **mission** that each click belongs to. So we can put the truth beside the attention. Here are Anna's newest twenty clicks. A row
# looks at the columns; the strip shows the mission of each column, with a gap between visits.

# %%
truth = journeys.truth.assign(
    user_id=log["user_id"], timestamp=log["timestamp"], visit=log["session_id"]
)
truth["mission_number"] = truth["mission"].astype("category").cat.codes + 1
truth["visit_number"] = (
    truth["visit"] - truth.groupby("user_id")["visit"].transform("first") + 1
)
before_test = truth[
    (truth["user_id"] < 1_000)
    & (truth.groupby("user_id").cumcount(ascending=False) > 0)
]
# (1000, L) each
missions, visits = (
    pad_left(
        [values.to_numpy() for _, values in before_test.groupby("user_id")[column]],
        MAX_LEN,
    )
    for column in ("mission_number", "visit_number")
)
with torch.no_grad():
    # Two times (1000, H, L, L)
    _, weights = sasrec.encoder(torch.tensor(histories[:1_000]), need_weights=True)

newest = slice(MAX_LEN - 20, MAX_LEN)
mission_names = truth["mission"].astype("category").cat.categories
shown = np.unique(missions[ANNA, newest])  # the missions of these twenty clicks
mission_colours = dict(zip(shown, COLOURS, strict=False))

fig, axes = plt.subplots(2, 2, figsize=(10.4, 5.6), sharex=True, height_ratios=[1, 14])
for (strip, ax), (number, kept) in zip(
    axes.T, enumerate(weights, start=1), strict=True
):
    for column in range(20):
        place = MAX_LEN - 20 + column
        opens = visits[ANNA, place] != visits[ANNA, place - 1]
        colour = mission_colours[missions[ANNA, place]]
        strip.barh(
            0,
            0.8 if opens else 1,
            left=column - (0.3 if opens else 0.5),
            height=1,
            color=colour,
            lw=0,
        )
    strip.axis("off")
    strip.set_title(f"block {number}, mean of two heads")
    clicks = list(types[histories[ANNA, newest]])
    draw_attention(
        ax,
        kept[ANNA, :, newest, newest].mean(dim=0),
        [""] * 20,
        queries=clicks if number == 1 else [""] * 20,
    )
    ax.set_xlabel("the click that is looked at,\noldest of the twenty first")
patches = [plt.Rectangle((0, 0), 1, 1, color=mission_colours[code]) for code in shown]
fig.legend(
    patches,
    mission_names[shown - 1],
    loc="lower center",
    ncols=len(shown),
    fontsize=8,
    bbox_to_anchor=(0.5, -0.04),
)
fig.tight_layout()
show(
    fig,
    alt="Two attention maps of Anna's newest twenty clicks, with a strip above each "
    "that shows the true mission and visit of every click. In block 1 the weight stays "
    "mostly in a band near the diagonal, about as wide as a visit. In block 2 it "
    "reaches back to earlier visits.",
)

# %% [markdown]
# A picture of one shopper, and a story comes by itself. So, over a thousand shoppers, for the newest click of each history: how much weight does a click get, compared with the average click of that
# history? We sort the clicks by how many visits ago they were, and by whether that visit had the **same mission** as the current one.
#
# **Guess:** the network never saw a mission. Does it tell them apart? Say, does its second block look more at older visits
# with the same mission than at older visits with another one?

# %%
# Block 2 looks more at older visits with the same mission: "yes" or "no"
guess("8.14", ...)

# %%
# (2 blocks, 1000, L)
on_clicks = np.stack([kept[:, :, -1].mean(dim=1).numpy() for kept in weights])
real = histories[:1_000] > 0
# 1 = the average click of the history
relative = on_clicks * real.sum(axis=1, keepdims=True)
ago = visits[:, -1:] - visits  # (1000, L) visits ago; 0 is the current one
same = missions == missions[:, -1:]
looks = pd.DataFrame(
    [
        {
            "block": f"block {number + 1}",
            "visits ago": n,
            "visit": "same mission" if is_same else "another mission",
            "weight": relative[number][group].mean(),
        }
        for number in range(2)
        for n in range(5)
        for is_same in (True, False)
        if (group := real & (ago == n) & (same == is_same)).any()
    ]
)

fig, axes = plt.subplots(1, 2, figsize=PAIR, sharey=True)
for ax, (block, rows) in zip(axes, looks.groupby("block"), strict=True):
    for (kind, line), colour in zip(
        rows.groupby("visit"), (COLOURS[1], COLOURS[0]), strict=True
    ):
        ax.plot(line["visits ago"], line["weight"], "o-", color=colour, label=kind)
    ax.axhline(1, color="0.5", ls="--", lw=1)
    ax.set(title=block, xlabel="visits ago (0: the current one)", xticks=range(5))
axes[0].set_ylabel("weight, average click = 1")
axes[0].legend(title="clicks of visits with", fontsize=8, title_fontsize=8)
fig.tight_layout()
show(
    fig,
    alt="Weight of a click relative to the average click, over visits ago, for visits "
    "with the same mission as the current one and with another. Block 1 gives the "
    "current visit a multiple of the average and little to older ones. Block 2 is "
    "flatter, and gives older visits with the same mission more than others.",
)
by_group = looks.set_index(["block", "visit", "visits ago"])["weight"].unstack(
    "visits ago"
)
more = (
    by_group.loc[("block 2", "same mission"), 1:]
    > by_group.loc[("block 2", "another mission"), 1:]
)
reveal("8.14", "yes" if more.all() else "no")

# %% tags=["nbval-check-output"]
print(
    "block 1 gives clicks of the current visit more than twice the average:",
    bool(by_group.loc[("block 1", "same mission"), 0] > 2),
)
print(
    "block 2 gives older visits with the same mission more than others, 1, 2, 3, 4 "
    "visits ago:",
    more.tolist(),
)

# %% [markdown]
# The first block finds the current visit, whose borders nobody showed it. The second looks further, and tells missions apart that nobody named. (As in chapter 06: this says where it looks, not
# what it does with it.)
#
# ## 8.11 Take it home
#
# All of this chapter, and the care of chapters 02 and 05, for a log of your own. Ids may be numbers or text, rows in any order.

# %%
mine = log[log["user_id"] < 1_000].assign(
    item_id=lambda rows: rows["item_id"].map(shop.products["name"])
)
# As from a CSV, in any order
mine = mine[["user_id", "item_id", "timestamp"]].sample(frac=1, random_state=0)

split = leave_last_two_out(mine)
model = SequentialRecommender(
    SASRecConfig(D=32, n_blocks=1, hidden=64, dropout=0.0),
    max_len=20,
    training=TrainConfig(
        epochs=8,
        batch_size=32,
        learning_rate=0.005,
        schedule="linear",
        warmup_steps=50,
        patience=3,
    ),
    progress=False,
).fit(split.train, valid_interactions=split.valid)

with tempfile.TemporaryDirectory() as folder:
    model.save(folder)
    again = SequentialRecommender.load(folder)
again.recommend_frame(mine[mine["user_id"] == ANNA], top_k=5).round(2)

# %% tags=["nbval-check-output"]
print(
    "loaded, it gives the same scores, bit for bit:",
    np.array_equal(model.score_items(mine), again.score_items(mine)),
)
print(
    "its best epoch is one of those that ran:",
    1 <= model.best_epoch_ <= len(model.epochs_),
)

# %% [markdown]
# Was the network worth its training? Where `fit` validates, it also judges three models that only count, and need no training. Had the network ended below the best of them, a warning would say so.

# %%
pd.concat(
    [
        model.baselines_["ndcg@10"],
        pd.Series({"this network": model.epochs_["ndcg@10"].max()}),
    ]
).rename("ndcg@10 in validation").to_frame().round(3)

# %% [markdown]
# `recommend` gives the lists as an array, `score_items` all log-probabilities, `predict` those of pairs. A folder holds numbers and JSON, no pickle: loading it runs nobody's code.
#
# One switch deserves a measurement. The model reads the newest `max_len` clicks. Many histories are longer. Training can cut them into pieces, so that every click is predicted once
# (`whole_histories=True`), or take the newest piece and forget the rest. **Guess:** we read only 8 clicks. What is the rest of the log worth?

# %%
# What the rest of the log is worth, of the lift: a number, in %
guess("8.15", ...)

# %%
first = log[log["user_id"] < 1_000]
split, judged = leave_last_two_out(first), slice(0, 1_000)
cut = {}
for whole in (True, False):
    switched = SequentialRecommender(
        SASRecConfig(D=32, n_blocks=1, hidden=64, dropout=0.0),
        max_len=8,
        whole_histories=whole,
        progress=False,
        training=TrainConfig(
            epochs=6,
            batch_size=32,
            learning_rate=0.005,
            schedule="linear",
            warmup_steps=50,
        ),
    ).fit(split.train, items=np.arange(1, N_ITEMS + 1))
    told = np.pad(
        switched.score_items(pd.concat([split.train, split.valid])),
        ((0, 0), (1, 0)),
        constant_values=-np.inf,
    )
    cut[f"whole_histories={whole}"] = lift(
        told, law[judged], scores["popularity"][judged]
    )
more_lift = cut["whole_histories=True"] - cut["whole_histories=False"]
reveal("8.15", 100 * more_lift)
pd.Series(cut, name="share of the lift").round(2).to_frame()

# %% tags=["nbval-check-output"]
print(
    "whole histories are worth more than a tenth of the lift:",
    more_lift > 0.1,
)

# %% [markdown]
# (At equal epochs. An epoch of whole histories has more steps, so it also takes longer.)
#
# ## Key ideas
#
# - SASRec = embedding, positions from the end, causal mask, blocks, last norm; the logits are dot products with the item embeddings.
# - A causal network is trained at all positions at once: the targets are the sequence shifted by one. Test causality exactly.
# - Its loss explains more than its layers. Full softmax if the catalogue allows, sampled beyond. Ask of any table: which loss, how many epochs?
# - A recurrent network is no worse on a small log with short memory. Attention is for parallel machines and for what lies far back.
# - Data closes the gap to the oracle; early stopping keeps little data from hurting.
# - Where order is worth nothing, or unknown, a sequence model is worth nothing more than a simpler one.

# %%
scoreboard("08")
calibration("08")

# %%
quiz("8.1")

# %%
quiz("8.2")

# %%
quiz("8.3")

# %%
quiz("8.4")

# %% [markdown]
# **Go further.** Kang & McAuley (2018), *Self-Attentive Sequential Recommendation.* Hidasi, Karatzoglou, Baltrunas & Tikk (2016), *Session-based
# Recommendations with Recurrent Neural Networks.* Petrov & Macdonald (2023), *gSASRec: Reducing Overconfidence in Sequential Recommendation
# Trained with Negative Sampling.* Klenitskiy & Vasilev (2023), *Turning Dross Into Gold Loss: is BERT4Rec really better than SASRec?*
#
# Next: **09 · BERT4Rec**, which may look at both sides.
