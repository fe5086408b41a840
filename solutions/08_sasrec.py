# %% [markdown]
# # 08 · SASRec
#
# One network reads the history once and predicts *every* next click in it at the same time. It is the standard of the field: chapter 06's
# encoder with a mask and a loss. This chapter builds it, loss included, and finds out how far it goes.
#
# **After this chapter you can** build and train SASRec, say what it has over a recurrent network and what not, explain why a loss is
# slow to learn, tell when a sequential recommender pays, and take one home to a log of your own.
#
# **You need** chapters 02 to 07. (Words of other chapters: [glossary](glossary.ipynb).) **Time:** 105 minutes, exercises included.

# %%
import tempfile

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
from seqrec.baselines import GRU4Rec, ItemCoOccurrence, MarkovChain, Popularity
from seqrec.data import (
    build_sequences,
    leave_last_two_out,
    pad_left,
    without_empty_columns,
)
from seqrec.losses import chunked_softmax_loss, objectives
from seqrec.metrics import (
    expected_hit_rate,
    expected_ndcg,
    matched_ratio,
    share_of_lift,
)
from seqrec.models import PairHead, SequenceEncoder, pad_column
from seqrec.recommender import SASRecConfig, SequentialRecommender
from seqrec.training import TrainConfig, train
from zooplus_sim import Oracle, World, ZooplusSimulator

# %% tags=["nbval-check-output"]
N_ITEMS = 50
MAX_LEN = 40
ANNA = 23
shop = ZooplusSimulator(n_users=3_000)
types = shop.products["product_type"]
journeys = shop.journeys(events_per_user=(10, 40), seed=1)
log = journeys.interactions
known, valid, test = leave_last_two_out(log)


def padded(past, length=MAX_LEN, column="item_sequence"):
    """Each user's newest items (or outcomes), padded on the left: (B, length)."""
    return pad_left(build_sequences(past, length)[column], length)


histories = padded(pd.concat([known, valid]))  # (B, L): known before the test click
oracle = Oracle(shop)
law = oracle.next_item_probabilities(histories)  # (B, V)
print("Anna:", " > ".join(types[histories[ANNA][histories[ANNA] > 0][:3]]))

# %% [markdown]
# ## 8.1 SASRec, from parts that you have
#
# | part | chapter |
# |---|---|
# | item embedding + position, counted from the end | 06 |
# | mask: no padding, no future (`causal=True`) | 06 |
# | blocks of attention and a small network, a last norm | 06 |
# | **new:** the logit of a product is the state's dot product with *its embedding* | |
#
# (The **logit** of a product is its score before the [softmax](glossary.ipynb).) The last line is called a **tied** output. States and products live in one space,
# and what comes next is what the state points at. It saves a matrix of $D \cdot V$ weights. A product also learns twice: when it is
# read, and when it is predicted.
#
# Two rows of the [embedding](glossary.ipynb) are no products. Row 0 is PAD. The last row is [MASK](glossary.ipynb), a sign for a hidden click, which only chapter 09 needs.
# They must never get probability. So we multiply by the products' rows only, and put a column of $-\infty$ in front for PAD. Column $j$ is then
# product $j$.
#
# > **What we changed, and why.** [Kang & McAuley (2018)](https://arxiv.org/abs/1808.09781) against this chapter:
# >
# > - *Loss.* Theirs: yes or no, with one random [negative](glossary.ipynb) a click. Ours: the softmax over all products. Section 8.5 compares.
# > - *Block.* Theirs: one [head](glossary.ipynb), $D$ hidden units. Ours: two heads, $2 D$ hidden units. Both put the norm first and use [ReLU](glossary.ipynb).
# > - *Dropout.* Theirs: .2 to .5. Ours: none. We train for a few [epochs](glossary.ipynb) only.
# > - *Judge.* Theirs: the next click among 100 random others. Ours: among all products, against the [oracle](glossary.ipynb) (chapter 05).
#
# ### Your turn (8.1) · 8 minutes
#
# `forward` is yours. The rest is there: the training loss, and the scores for a list.


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
# A [causal](glossary.ipynb) model that looks ahead by one click is perfect in training and worthless in the shop. So we don't trust the [mask](glossary.ipynb), we test the
# network: change one click, and see at which [positions](glossary.ipynb) the logits move.
#
# **Guess:** which cells of a ten by ten table are empty? A row for each position that reacts, a column for each click that is changed.

# %%
# The empty cells, with the causal mask: a letter, in quotation marks: A above the
# diagonal; B the diagonal and above; C below the diagonal; D the diagonal and below
guess("8.1", ...)


# %%
def reaction(network, items):
    """Entry [t, c]: largest change of the logits at position t if click c is another
    one.

    items: (1, L) -> (L, L).
    """
    with torch.no_grad():
        logits = network(items)[0, :, 1:]  # (L, n_items)
        columns = []
        for c in range(items.shape[1]):
            other = items.clone()
            other[0, c] = items[0, c] % N_ITEMS + 1
            columns.append((network(other)[0, :, 1:] - logits).abs().amax(dim=1))
    return torch.stack(columns, dim=1)


torch.manual_seed(0)
untrained = SASRec(N_ITEMS, MAX_LEN, D=32).eval()
ten = torch.from_numpy(histories[ANNA][histories[ANNA] > 0][None, :10])
moves = reaction(untrained, ten)

# %% tags=["nbval-check-output"] jupyter={"source_hidden": true}
fig, ax = plt.subplots(figsize=(5.2, 3.6))
picture = draw_attention(
    ax, moves, [str(c + 1) for c in range(10)], brightest=moves.max().item()
)
fig.colorbar(picture, ax=ax, label="largest change of a logit")
plt.setp(ax.get_xticklabels(), rotation=0, ha="center")
ax.set(xlabel="the click that is changed", ylabel="the position that reacts")
fig.tight_layout()
show(
    fig,
    alt="A ten by ten table: which position reacts to a change of which click. A lower "
    "triangle is filled, with its diagonal. All above the diagonal is empty.",
)
square = torch.ones(10, 10, dtype=torch.bool)
parts = {
    "above the diagonal": square.triu(1),
    "the diagonal and above": square.triu(),
    "below the diagonal": square.tril(-1),
    "the diagonal and below": square.tril(),
}
reveal("8.1", [name for name, part in parts.items() if torch.equal(moves == 0, part)])
print("largest change above the diagonal:", moves[square.triu(1)].max().item())
untrained.encoder.causal = False
leak = reaction(untrained, ten)[square.triu(1)].min()
print(f"the same without the mask, the smallest change there: {leak.item():.2f}")

# %% [markdown]
# Exactly zero, not nearly: what is masked is multiplied by 0. A test with a tolerance would let a small leak pass.
#
# ## 8.2 A loss over all products
#
# The softmax compares the right product with all others, so it wants the logits of all of them, at each position. How many numbers is that?

# %% tags=["nbval-check-output"]
K = 32 * MAX_LEN  # positions of a batch
for V in (N_ITEMS, 100_000):
    all_logits, chunk = 4 * K * V / 1e6, 4 * 64 * V / 1e6
    print(f"{V:7,} products: {all_logits:6.1f} MB of logits, 64 rows: {chunk:5.2f} MB")

# %% [markdown]
# And as much again for the softmax, and for the [gradient](glossary.ipynb). Half a gigabyte each, for one step of 32 shoppers.
#
# The way out: go through the positions in **chunks**, and finish each chunk, gradient and all, before the next begins. That needs the gradient in closed
# form, because autograd would keep the softmax of every chunk until the backward pass. Chapter 04 has it. With $p$ the softmax of
# a position's logits and $y$ its [target](glossary.ipynb),
#
# $$\frac{\partial\,\text{loss}}{\partial\,\text{logit}_j} = p_j - [j = y]$$
#
# and a logit is a dot product $s \cdot v_j$. So the state $s$ receives $\sum_j (p_j - [j = y])\, v_j$, and a product $v_j$ receives
# $(p_j - [j = y])\, s$, summed over all positions. Then everything is divided by $K$, because the loss is a mean.
#
# ### Your turn (8.2) · 20 minutes · *hard*
#
# (If you leave it open, the chapter goes on with ours.)


# %%
@exercise("8.2")
def softmax_in_chunks(states, vectors, targets, size):
    """Cross-entropy over all products and its gradients, `size` positions at a time.

    states:  (K, D), K of 1 or more.
    vectors: (V, D), one a product.
    targets: (K,) long, rows of `vectors`, from 0.
    size:    positions at a time, 1 or more. The last chunk may be shorter.
    Returns the mean of logsumexp(logits) - logit of the target, a scalar tensor; its
    gradient of the states, (K, D); and its gradient of the vectors, (V, D).
    No tensor has more numbers than the largest of (size, V), (K, D) and (V, D). The
    arguments may ask for no gradients, so autograd is of no use. Logits may be in the
    hundreds.
    """
    ### BEGIN SOLUTION
    loss = 0.0
    of_states = torch.zeros_like(states)
    of_vectors = torch.zeros_like(vectors)
    for start in range(0, len(states), size):
        rows = states[start : start + size]
        wanted = targets[start : start + size]
        logits = rows @ vectors.T  # (size, V)
        loss = loss + nn.functional.cross_entropy(logits, wanted, reduction="sum")
        slopes = logits.softmax(dim=1)
        slopes[torch.arange(len(rows)), wanted] -= 1
        of_states[start : start + size] = slopes @ vectors
        of_vectors += slopes.T @ rows
    return loss / len(states), of_states / len(states), of_vectors / len(states)
    ### END SOLUTION


# %%
hint("8.2")

# %% [markdown]
# An `autograd.Function` tells PyTorch: here is the loss, and here are its gradients. From now on your function is SASRec's loss.


# %%
class AllProducts(torch.autograd.Function):
    """`softmax_in_chunks`, with the gradients kept for the backward pass."""

    @staticmethod
    def forward(ctx, states, vectors, targets):
        loss, *gradients = softmax_in_chunks(states, vectors, targets, 1_024)
        ctx.save_for_backward(*gradients)
        return loss

    @staticmethod
    def backward(ctx, upstream):
        of_states, of_vectors = ctx.saved_tensors
        return upstream * of_states, upstream * of_vectors, None


# %%
def softmax_loss(network, states, targets):
    products = network.encoder.item.weight[1 : network.n_items + 1]
    return AllProducts.apply(states, products, targets - 1)


SASRec.softmax_loss = softmax_loss  # from here on a method of the network

# %% tags=["nbval-check-output"]
some = torch.randn(3_000, 32, generator=torch.Generator().manual_seed(0))
states, vectors = some[:2_000].requires_grad_(), some[2_000:].requires_grad_()
targets = torch.arange(2_000) % 1_000
plain = nn.functional.cross_entropy(states @ vectors.T, targets)
ours = AllProducts.apply(states, vectors, targets)
pairs = zip(
    (plain, *torch.autograd.grad(plain, (states, vectors))),
    (ours, *torch.autograd.grad(ours, (states, vectors))),
    strict=True,
)
apart = max((one - other).abs().max().item() for one, other in pairs)
assert apart < 1e-5
print(f"loss of 2,000 positions and 1,000 products: {ours.item():.2f}")
print("apart from cross_entropy, gradients included: less than 1e-5")

# %% [markdown]
# ## 8.3 All positions at once
#
# [BST](glossary.ipynb) was asked one question per window. A causal network answers one at *every* position, because no position sees what it is asked for. The
# targets are the sequence itself, shifted by one:

# %% tags=["nbval-check-output"]
# The newest six of what is known of Anna
sequence = padded(known, MAX_LEN + 1)[ANNA][-6:]
for read, follows in zip(types[sequence[:-1]], types[sequence[1:]], strict=True):
    print(f"... up to {read:22s} ->  {follows}")

# %% [markdown]
# Build sequences of `max_len + 1` clicks (chapter 02), read all but the last, predict all but the first. Where [padding](glossary.ipynb) is read there is no question:
# nor at the padding just before the first click, although a click follows it.
#
# A [batch](glossary.ipynb) of short histories in an array 41 wide is mostly zeros, and zeros cost as much as clicks. `without_empty_columns(batch)` cuts off the columns that
# are padding in *every* row. (This is safe because positions are counted from the end. Counted from the front, they would all change.)
#
# ### Your turn (8.3) · 10 minutes
#
# The loss of a training step, in the form that `train` wants (chapter 07). Give `softmax_loss` the states of **real** positions only, as one
# long list (K, D): padding should have no share in the work.


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
used = int((sequences[:64, :-1] != 0).sum())
print(f"64 users: {used:,} questions in one pass; as windows, {used:,} rows to read")

# %% [markdown]
# Train. Two blocks, 64 numbers a click, four epochs; [validation](glossary.ipynb) by the loss on 500 shoppers' last-but-one clicks, which training does not see.

# %%
valid_histories = torch.from_numpy(padded(known)[:500])
valid_targets = torch.from_numpy(
    valid.sort_values("user_id")["item_id"].to_numpy(copy=True)[:500]
)


def validate(network):
    scores = network.score_catalogue(valid_histories)
    return {"valid_loss": -scores.gather(1, valid_targets[:, None]).mean().item()}


STEPS = {"batch_size": 32, "schedule": "linear", "warmup_steps": 50}
BY_LOSS = {"monitor": "valid_loss", "higher_is_better": False}
torch.manual_seed(0)
sasrec = SASRec(N_ITEMS, MAX_LEN, hidden=128, dropout=0.0)
config = TrainConfig(epochs=4, learning_rate=0.005, **STEPS, **BY_LOSS)
loss = next_item_loss(sequences)
run = train(sasrec, loss, len(sequences), config, validate=validate)
run.history[["epoch", "train_loss", "valid_loss", "learning_rate"]].round(4)

# %% [markdown]
# (The learning rate rises for 50 steps, the **warm-up**, and then falls in a line to 0: chapter 06.)
#
# ## 8.4 The older way to read
#
# GRU4Rec was the best model so far: second to the oracle in chapter 05. It reads click by click and keeps one vector, its **state** $h$. From a click $x$
# and the old state it makes the new one:
#
# $$r = \sigma(W_r x + b_r + U_r h + c_r) \qquad z = \sigma(W_z x + b_z + U_z h + c_z)$$
# $$n = \tanh(W_n x + b_n + r \odot (U_n h + c_n)) \qquad h' = (1 - z) \odot n + z \odot h$$
#
# Read it from the end. $n$ is what could be written, $z$ (the *update gate*) says for each number how much of the old state stays, and $r$ (the *reset
# gate*) how much of it counts for $n$. $\odot$ multiplies number by number, $\sigma$ is the sigmoid.
#
# ### Your turn (8.4) · 8 minutes
#
# PyTorch keeps the three matrices $W_r, W_z, W_n$ one below the other, in one matrix; and the other weights likewise.


# %%
@exercise("8.4")
def gru_step(gru, clicks, states):
    """The states of a GRU after one more click.

    gru:    holds weight_ih (3 S, D), that is W_r, W_z and W_n one below the other;
            weight_hh (3 S, S), U_r, U_z, U_n; bias_ih (3 S,), b; bias_hh (3 S,), c.
    clicks: (B, D), x.
    states: (B, S), h.
    Returns h' = (1 - z) n + z h, (B, S), with r, z and n as in the formulas above.
    """
    ### BEGIN SOLUTION
    of_click = clicks @ gru.weight_ih.T + gru.bias_ih  # (B, 3 S)
    of_state = states @ gru.weight_hh.T + gru.bias_hh  # (B, 3 S)
    x_r, x_z, x_n = of_click.chunk(3, dim=1)
    h_r, h_z, h_n = of_state.chunk(3, dim=1)
    r = torch.sigmoid(x_r + h_r)
    z = torch.sigmoid(x_z + h_z)
    n = torch.tanh(x_n + r * h_n)
    return (1 - z) * n + z * states
    ### END SOLUTION


# %%
hint("8.4")

# %% [markdown]
# We train the library's GRU4Rec, put its weights into a `GRUCell`, and let **your** step read histories of 30 clicks.

# %% tags=["nbval-check-output"]
gru = GRU4Rec(N_ITEMS, epochs=5, progress=False).fit(known)
weights = gru.network_.gru.state_dict()
cell = nn.GRUCell(32, 64)
cell.load_state_dict({name.removesuffix("_l0"): w for name, w in weights.items()})
more = shop.journeys(events_per_user=30, seed=2).interactions  # other journeys
long = more["item_id"].to_numpy(copy=True).reshape(-1, 30)  # (b, 30)
with torch.no_grad():
    read = gru.network_.item(torch.from_numpy(long))  # (b, 30, 32)
    state = torch.zeros(len(long), 64)
    for t in range(30):
        state = gru_step(cell, read[:, t], state)
    apart = (state - gru.network_.gru(read)[0][:, -1]).abs().max().item()
assert apart < 1e-5
print("30 steps of yours and PyTorch's GRU are apart by less than 1e-5")

# %% [markdown]
# > **What we changed, and why.** [Hidasi et al. (2016)](https://arxiv.org/abs/1511.06939) against our GRU4Rec:
# >
# > - *Loss.* Theirs: rank losses ([BPR](glossary.ipynb), TOP1) against the other clicks of the batch. Ours: the softmax over all 50 products. Their
# >   [later paper](https://arxiv.org/abs/1706.03847) is about better losses, too.
# > - *Rows.* Theirs: [sessions](glossary.ipynb) side by side, cut where a session ends. Ours: whole histories, because the shop's visits belong to one shopper.
# > - *Output.* Ours adds the log-popularity, so that a shopper without clicks gets the popular products.
#
# ### The rung
#
# **Guess:** on this log of 3,000 shoppers, is the transformer ahead of the recurrent network? (Less than five points of the [lift](glossary.ipynb)
# between them count as level. The **lift** is what the oracle has over popularity.)

# %%
# The transformer beside the recurrent network: "ahead", "level" or "behind"
guess("8.2", ...)


# %%
def catalogue_scores(network, items):
    """Scores of all products, (B, L) -> (B, V), arrays; 1,000 histories at a time."""
    parts = torch.tensor(items).split(1_000)
    return torch.cat([network.score_catalogue(part) for part in parts]).numpy()


def lift(scores, law, floor):
    """Share of the achievable lift in NDCG@10.

    scores, law: (B, V). floor: popularity's scores (B, V).
    """
    ndcg, low, high = (
        expected_ndcg(each, law, 10).mean() for each in (scores, floor, law)
    )
    return float(share_of_lift(ndcg, low, high))


# %%
torch.manual_seed(0)
small = SASRec(N_ITEMS, MAX_LEN, D=32, n_blocks=1, hidden=64, dropout=0.0)
config = TrainConfig(epochs=4, learning_rate=0.006, **STEPS, **BY_LOSS)
_ = train(small, loss, len(sequences), config, validate=validate, progress=False)
# %%
users = np.unique(log["user_id"])
simple = {
    "popularity": Popularity,
    "Markov chain": MarkovChain,
    "co-occurrence": ItemCoOccurrence,
}
fitted = {name: model(N_ITEMS).fit(known) for name, model in simple.items()}
scores = {name: model.score(users, histories) for name, model in fitted.items()}
scores["GRU4Rec"] = gru.score(users, histories)
scores["SASRec, 1 block of 32"] = catalogue_scores(small, histories)
scores["SASRec, 2 blocks of 64"] = catalogue_scores(sasrec, histories)
scores["oracle"] = law
# %%
ladder = pd.DataFrame(
    {
        "HR@10": {n: expected_hit_rate(s, law, 10).mean() for n, s in scores.items()},
        "NDCG@10": {n: expected_ndcg(s, law, 10).mean() for n, s in scores.items()},
        "lift": {n: lift(s, law, scores["popularity"]) for n, s in scores.items()},
    }
)
apart = ladder["lift"]["SASRec, 2 blocks of 64"] - ladder["lift"]["GRU4Rec"]
reveal("8.2", "level" if abs(apart) < 0.05 else "ahead" if apart > 0 else "behind")
ladder.round(2)

# %% [markdown]
# ([HR@10](glossary.ipynb) is the share of next clicks among the ten best; [NDCG@10](glossary.ipynb) also asks how high they stand: chapter 05.)
#
# One run each, and one number of epochs: enough to see that neither leaves the other far behind here, and too little to say which of them is better. A small SASRec stands below
# GRU4Rec, a larger one above it.
#
# And BST of chapter 07, .6 to .7 of the lift in its live run? It has one block of 32, as our small SASRec here. But it learned from windows, with other losses, other shoppers and other epochs.
# So the difference can't be put down to one of these.
#
# ### What does the state know?
#
# One thing is said against recurrent networks: they **forget**, because all clicks have to share one vector. We ask it. A linear map
# is fitted that reads the product clicked $k$ clicks ago off the state. What it can't read is not there (or well hidden). And as a control we ask
# SASRec's newest state the same: it could look at all clicks.
#
# **Guess:** of clicks ten steps back, for how many can GRU4Rec's state still name the product? (There are 50.)

# %%
# Products of ten clicks ago that can be read off the state: a number, in %
guess("8.3", ...)

# %%
learn, ask = slice(0, 2_000), slice(2_000, None)  # shoppers
steps_ago = np.arange(30)
items_ago = torch.from_numpy(long[:, ::-1].copy())  # (b, 30): column k is k clicks ago


def read_off(states):
    """For each k: how often a linear map reads the click k steps ago off a state."""
    inputs = nn.functional.pad(states, (0, 1), value=1).double()  # and a constant
    square = inputs[learn].T @ inputs[learn] + torch.eye(inputs.shape[1])
    wanted = nn.functional.one_hot(items_ago, N_ITEMS + 1).double()  # (b, 30, V)
    moments = torch.einsum("bd,bkv->kdv", inputs[learn], wanted[learn])
    named = (inputs[ask] @ torch.linalg.solve(square, moments)).argmax(
        dim=-1
    )  # (30, n)
    return (named == items_ago[ask].T).double().mean(dim=1).numpy()


# %%
with torch.no_grad():
    newest_state = sasrec.eval().encoder(torch.from_numpy(long))[:, -1]  # (b, 64)
readable = {"GRU4Rec": read_off(state), "SASRec": read_off(newest_state)}
most_popular = read_off(state[:, :0])  # no state, only the constant

# %% [markdown]
# Forgetting is a fault only if what is forgotten would have mattered. The oracle knows what matters. So we **exchange** the click $k$ steps
# ago for a random product, and see how far the prediction moves: half the sum of the absolute changes in probability, 0 for nothing,
# 1 for a quite different prediction.


# %%
def influence(law_of, k, seed=0):
    """How far `law_of(histories)`, (b, V) probabilities, moves if the click k steps ago
    is another one: a mean.
    """
    some = long[:200]
    changed = some.copy()
    changed[:, -1 - k] = np.random.default_rng(seed).integers(1, N_ITEMS + 1, len(some))
    return np.abs(law_of(changed) - law_of(some)).sum(axis=1).mean() / 2


def gru_law(items):
    logits = torch.from_numpy(gru.score(np.arange(len(items)), items))
    return logits.softmax(dim=-1).numpy()


# %%
lags = [0, 1, 2, 3, 5, 10, 15, 29]
laws = {
    "oracle": oracle.next_item_probabilities,
    "GRU4Rec": gru_law,
    "SASRec": lambda items: np.exp(catalogue_scores(sasrec, items)),
}
moved = {name: [influence(law_of, k) for k in lags] for name, law_of in laws.items()}

# %% jupyter={"source_hidden": true}
fig, (left, right) = plt.subplots(1, 2, figsize=PAIR)
for name, line in readable.items():
    left.plot(steps_ago, line, "o-", ms=4, color=COLOUR_OF[name], label=name)
left.plot(steps_ago, most_popular, color="0.5", ls="--", label="most popular")
left.set(
    xlabel="clicks ago (0: the newest)",
    ylabel="right product",
    ylim=(0, 1.02),
    title="What the newest state knows",
)
for name, line in moved.items():
    right.plot(lags, line, "o-", ms=4, color=COLOUR_OF[name], label=name)
right.set(
    xlabel="clicks ago",
    ylabel="change of the prediction",
    ylim=(0, None),
    title="What a click matters",
)
for ax in (left, right):
    ax.legend(fontsize=8)
fig.tight_layout()
show(
    fig,
    alt="Left: the share of products that can be read off the newest state, by how many "
    "clicks ago. "
    + " ".join(
        f"{name}: {line[0]:.2f} for the newest click, {line[5]:.2f} five clicks ago, "
        f"{line[10]:.2f} ten clicks ago."
        for name, line in readable.items()
    )
    + " Right: how far the prediction moves if a "
    "click is exchanged, for oracle, GRU4Rec and SASRec. All three fall to nearly 0 "
    "within fifteen clicks, the oracle's from the highest level.",
)
reveal("8.3", 100 * readable["GRU4Rec"][10])

# %%
at = [lags.index(k) for k in (2, 15)]
moves_by = {f"{name} moves": [line[i] for i in at] for name, line in moved.items()}
reads = {f"{name}'s state knows": line[[2, 15]] for name, line in readable.items()}
pd.DataFrame({**reads, **moves_by}, index=["2 clicks ago", "15 clicks ago"]).round(2)

# %% [markdown]
# It does forget. But SASRec's newest state names old clicks no better, although it could look at all of them: so that is no fault of recurrence alone.
# (The lines rise at the far end, and so does the dashed one: those are shoppers' first clicks, which fall on fewer products.) Once a visit is over, its
# clicks say little about the next one, and even the oracle hardly looks at what happened fifteen clicks ago. In this shop forgetting costs little.
# Where a click long ago decides (a printer, bought once, and years of cartridges), it may cost a lot.
#
# What remains is the waiting: state 40 needs state 39, which needs state 38. [Attention](glossary.ipynb) reads all clicks at once, in as many steps as it has blocks.
#
# Both networks lean on the newest clicks *less* than they should: the oracle's line is above theirs. So what they miss here is not memory.
# Section 8.6 gives them more examples.
#
# ## 8.5 One number
#
# The SASRec of 2018 was trained with *binary* cross-entropy ([BCE](glossary.ipynb)) and **one** random negative for each click (chapter 04). Many later models were compared
# with that one. [Petrov & Macdonald (2023)](https://arxiv.org/abs/2308.07192) used more negatives and another loss,
# [Klenitskiy & Vasilev (2023)](https://arxiv.org/abs/2309.07602) the softmax, and SASRec was as good as, or better than, [BERT4Rec](glossary.ipynb).
#
# So are more negatives better? We train one small network on a thousand shoppers for eight epochs, with nothing different but the loss.
#
# **Guess:** BCE with 1 negative for each click, or with 32: which one is ahead after these 8 epochs?

# %%
# The one ahead after 8 epochs: "BCE, 1 negative" or "BCE, 32 negatives"
guess("8.4", ...)


# %%
def logits_of(network, states, items):
    """Logits of some products at each position: (K, D) and (K, N) -> (K, N)."""
    # Of so few products it is cheapest to take all, and pick
    return (states @ network.encoder.item.weight.T).gather(1, items)


SASRec.logits_of = logits_of  # what the library's losses with negatives ask for
# %%
judged = slice(1_000, 1_300)  # shoppers that are not learned from
asked = torch.tensor(histories[judged])
products = torch.arange(1, N_ITEMS + 1).expand(300, -1)


def watch(network):
    """On other shoppers: share of the lift, mean logit, mean cosine of two states."""
    with torch.no_grad():
        states = network.encoder(asked)[:, -1]  # (300, D)
        logits = network.logits_of(states, products)  # (300, 50)
        middle = nn.functional.normalize(states, dim=1).mean(dim=0)
    told = pad_column(logits).numpy()
    share = lift(told, law[judged], scores["popularity"][judged])
    means = {"mean logit": logits.mean().item(), "cosine": middle.square().sum().item()}
    return {"share": share, **means}


# %%
def small_run(kind, network_of=SASRec, **options):
    """What `watch` sees of a small network, one row an epoch."""
    torch.manual_seed(0)
    network = network_of(N_ITEMS, MAX_LEN, D=32, n_blocks=1, hidden=64, dropout=0.0)
    loss = objectives.next_item_loss(sequences[:1_000], kind, **options)
    config = TrainConfig(epochs=8, learning_rate=0.005, monitor="share", **STEPS)
    run = train(network, loss, 1_000, config, validate=watch, progress=False)
    return run.history.set_index("steps")[["share", "mean logit", "cosine"]]


# %%
runs = {
    "BCE, 1 negative": small_run("bce", n_negatives=1),
    "BCE, 32 negatives": small_run("bce", n_negatives=32),
    "full softmax": small_run("softmax"),
}
after_8 = pd.Series({name: run["share"].iloc[-1] for name, run in runs.items()})
reveal("8.4", after_8[["BCE, 1 negative", "BCE, 32 negatives"]].idxmax())
after_8.rename("share of the lift").round(2).to_frame()

# %% [markdown]
# **More** negatives are much **worse**. One could stop here and write "the loss is what counts". We look closer first.
#
# BCE asks of each product: *is this the click, yes or no?* At each position one answer is yes, and $N$ are no. Suppose that a network knows nothing and gives
# every product the same logit $s$. Its loss is $-\log \sigma(s) - N \log \sigma(-s)$, up to a factor.
#
# **Guess:** at which $s$ is this lowest, for $N = 32$? (Where is $\sigma(s)$ the share of yes among all answers?)

# %%
# The logit of a network that knows nothing: a number
guess("8.5", ...)

# %% tags=["nbval-check-output"]
s = torch.linspace(-8, 2, 10_001)
yes, no = nn.functional.logsigmoid(s), nn.functional.logsigmoid(-s)
best = {N: s[(-yes - N * no).argmin()].item() for N in (1, 32)}
for N, logit in best.items():
    print(
        f"N = {N:2d}: loss lowest at {round(logit, 2) + 0:5.2f}, "
        f"and -log({N}) = {0 - np.log(N):5.2f}"
    )
reveal("8.5", best[32])

# %% [markdown]
# $-\log N$, the **prior**: what is known before anything about a shopper is known. With one negative it is 0. A new network's logits are near 0, too. With 32 negatives they are
# far from where they should be, for every product and every shopper. Where are they in training?

# %% jupyter={"source_hidden": true}
fig, ax = plt.subplots(figsize=WIDE)
for name, colour in (
    ("BCE, 1 negative", COLOURS[1]),
    ("BCE, 32 negatives", COLOURS[3]),
):
    run = runs[name]
    ax.plot([0, *run.index], [0, *run["mean logit"]], "o-", color=colour, label=name)
ax.axhline(-np.log(32), color=COLOURS[3], ls="--", lw=1)
ax.text(2, -np.log(32) + 0.08, "-log(32)", color=COLOURS[3], size=9)
ax.set(
    xlabel="training steps",
    ylabel="mean logit of all products",
    title="Down to the prior",
)
ax.legend()
show(
    fig,
    alt="The mean logit over training steps. With 1 negative it goes from 0 to "
    f"{runs['BCE, 1 negative']['mean logit'].iloc[-1]:.1f}. With 32 negatives it falls "
    f"from 0 to {runs['BCE, 32 negatives']['mean logit'].iloc[1]:.1f} in two epochs, past "
    "a dashed line at -log(32), and stays there.",
)

# %% [markdown]
# With 32 negatives the mean logit falls fast, past the prior. But the network has no number that all logits share. To lower all of them it has to turn all states away from all products, with the weights that
# should tell products and shoppers apart. Then all states look alike, and that is hard to undo.
#
# That is the suspicion. If it is right, one number will cure it: a **bias**, added to every logit, that starts at $-\log N$. It can't change a ranking, because it is the same for all
# products. Nothing else changes.
#
# **Guess:** BCE with 32 negatives and this number. Which share of the lift after 8 epochs?

# %%
# Share of the lift with one number more: a number, in %
guess("8.6", ...)


# %%
class WithPrior(SASRec):
    """SASRec with a number that is added to all logits."""

    def __init__(self, *args, **settings):
        super().__init__(*args, **settings)
        self.bias = nn.Parameter(torch.tensor(-np.log(32), dtype=torch.float32))

    def logits_of(self, states, items):
        return super().logits_of(states, items) + self.bias


runs["BCE, 32, prior"] = small_run("bce", WithPrior, n_negatives=32)
with_prior = runs["BCE, 32, prior"]["share"].iloc[-1]
reveal("8.6", 100 * with_prior)

# %% jupyter={"source_hidden": true}
fig, (left, right) = plt.subplots(1, 2, figsize=PAIR)
styles = {
    "full softmax": (COLOURS[0], "-"),
    "BCE, 32, prior": (COLOURS[3], "-"),
    "BCE, 1 negative": (COLOURS[1], "-"),
    "BCE, 32 negatives": (COLOURS[3], "--"),
}
for name, (colour, line) in styles.items():
    mfc = colour if line == "-" else "white"
    look = {"color": colour, "label": name, "ms": 4, "mfc": mfc}
    left.plot(range(1, 9), runs[name]["share"], f"o{line}", **look)
    right.plot(range(1, 9), runs[name]["cosine"], f"o{line}", **look)
left.set(xlabel="epoch", ylabel="share of the lift", ylim=(-0.25, 0.8))
right.set(xlabel="epoch", ylabel="mean cosine of two states", ylim=(0, 1.05))
left.set_title("What one number does")
right.set_title("How alike shoppers are")
right.legend(fontsize=8, loc="upper right", bbox_to_anchor=(1, 0.93), handlelength=3)
fig.tight_layout()
ends = "; ".join(
    f"{name} {runs[name]['share'].iloc[-1]:.2f} and {runs[name]['cosine'].iloc[-1]:.2f}"
    for name in styles
)
show(
    fig,
    alt="Left: share of the lift over eight epochs. Right: mean cosine of two shoppers' "
    f"states. At the end: {ends}.",
)

# %%
pd.DataFrame({name: runs[name].iloc[-1] for name in styles}).T.round(2)

# %% [markdown]
# The same network, the same negatives, the same steps. Without the number the mean cosine of two shoppers' states is 1: all shoppers have the same state, and the network tells everybody the same. With it
# the states differ, about as they do with the softmax. What looked like the loss was where it started.
#
# Does it hold for other seeds, and with more time? Measured: three seeds, 8 and 24 epochs, BCE up to 72, for each loss the best of three learning rates in validation (chosen once, after 8
# epochs, on a fourth shop), the best epoch by the NDCG@10 of 500 other shoppers (`python -m benchmarks.bench_sasrec prior course/measured/08_prior.csv`). With **gBCE**, the loss of
# Petrov & Macdonald: it raises the positive's probability to a power $\beta$ below 1, so its prior lies lower still, at $\log(\beta / N)$. One row is a control: the number is there
# and learns, but starts at 0.

# %% tags=["nbval-check-output"]
priors = measured("08_prior")
by_loss = priors.groupby(["loss", "epochs"])["share"].agg(["mean", "std"])
order = by_loss["mean"].unstack()[8].sort_values().index
by_loss.unstack().loc[order].map(lambda x: "not run" if np.isnan(x) else f"{x:.2f}")

# %% jupyter={"source_hidden": true}
fig, ax = plt.subplots(figsize=WIDE)
looks = {
    "full softmax": (COLOURS[0], "-"),
    "BCE, 1 negative": (COLOURS[1], "-"),
    "BCE, 32": (COLOURS[3], "--"),
    "BCE, 32, and a number from the prior": (COLOURS[3], "-"),
    "gBCE, 32": (COLOURS[4], "--"),
    "gBCE, 32, and a number from the prior": (COLOURS[4], "-"),
}
for name, (colour, line) in looks.items():
    points = by_loss.loc[name]
    # side by side, where lines meet
    apart = 1.02 ** (list(looks).index(name) - 2.5)
    ax.errorbar(
        points.index * apart,
        points["mean"],
        points["std"],
        fmt=f"o{line}",
        color=colour,
        mfc=colour if line == "-" else "white",
        capsize=3,
        ms=5,
        label=name.replace("and a number from the prior", "prior"),
    )
ax.set_xscale("log")
ax.set_xticks([8, 24, 72], [8, 24, 72])
ax.minorticks_off()
ax.set(
    xlabel="epochs",
    ylabel="share of the lift",
    ylim=(0, 1),
    title="Three seeds each, mean and standard deviation",
)
ax.legend(fontsize=8, loc="lower right", handlelength=4)
means = by_loss["mean"]
show(
    fig,
    alt="Share of the lift over epochs, mean and standard deviation of three seeds. "
    + " ".join(
        f"{name}: "
        + ", ".join(f"{mean:.2f} after {n}" for n, mean in means[name].items())
        + "."
        for name in looks
    ),
)

# %% [markdown]
# After 8 epochs the number takes BCE with 32 negatives from about .2 to .7, where the full softmax is, and gBCE from .1 to .7. The control changes nothing: it counts where the number
# **starts**. (AdamW moves a number by no more than about the learning rate in a step.) With 72 epochs the network gets out by itself, and the number is worth nothing more.
#
# And one negative? It is ahead of 32 after 8 epochs and behind after 72. So more negatives *are* better, once the start is right or the time is long. "The loss explains most" would have been wrong, and so
# would "more negatives are worse". A comparison after few epochs says how fast a loss learns, and from where. When a table says "SASRec", look up its loss **and** its steps.
#
# gBCE is never clearly ahead of BCE with 32 negatives here. That is against its paper. What differs: [the authors' run](https://github.com/asash/gSASRec-pytorch) on MovieLens-1M took 69,216 steps, with 256 negatives
# out of more than 3,000 films; ours take 256 or 768 steps, with 32 out of 50 products, and theirs has a second table of product vectors for the output. After so many steps a start is forgotten. And what gBCE corrects, probabilities that are too high because few of the products are drawn, is small where most of them
# are drawn.
#
# ## 8.6 How many shoppers does it take?
#
# The oracle is told the rules of the shop. SASRec has to find them in a log. **Guess:** the share of the lift with 300 shoppers, and with 30,000?
#
# (Measured: `python -m benchmarks.bench_sasrec users course/measured/08_users.csv`, made when our embeddings began at length 1; today they begin at 0.4.
# Other shoppers are judged than were learned from; the weights are those of the epoch with the best validation loss.)

# %%
# Share of the lift with 300 shoppers: a number, in %
guess("8.7", ...)
# Share of the lift with 30,000 shoppers: a number, in %
guess("8.8", ...)

# %% tags=["nbval-check-output"]
by_users = measured("08_users", dtype={"clicks": str}).query("clicks == 'all'")
over_users = by_users.groupby("users")["share"].agg(["mean", "std", "count"])
counting = {}
for n_users in (300, 1_000, 3_000):
    counts = ItemCoOccurrence(N_ITEMS).fit(known[known["user_id"] < n_users])
    counting[n_users] = lift(counts.score(users, histories), law, scores["popularity"])
reveal("8.7", 100 * over_users.loc[300, "mean"])
reveal("8.8", 100 * over_users.loc[30_000, "mean"])
over_users.round(2)

# %% jupyter={"source_hidden": true}
fig, ax = plt.subplots(figsize=WIDE)
blue = COLOUR_OF["SASRec"]
ax.plot(
    by_users["users"],
    by_users["share"],
    "o",
    color=blue,
    alpha=0.5,
    label="SASRec, one seed",
)
ax.plot(over_users.index, over_users["mean"], "-", color=blue, label="SASRec, mean")
ax.plot(
    list(counting),
    list(counting.values()),
    "s--",
    ms=4,
    color=COLOUR_OF["co-occurrence"],
    label="co-occurrence",
)
ax.axhline(1, color=COLOUR_OF["oracle"], ls="--", label="oracle")
ax.set_xscale("log")
ax.set_xticks(over_users.index, [f"{n:,}" for n in over_users.index])
ax.minorticks_off()
ax.set(
    xlabel="shoppers to learn from",
    ylabel="share of the achievable lift",
    ylim=(0, 1.06),
)
ax.legend(loc="lower right")
show(
    fig,
    alt="SASRec's share of the lift over the number of shoppers it learned from, "
    "on the way to the oracle's line at 1: "
    + ", ".join(f"{share:.2f} with {n:,}" for n, share in over_users["mean"].items())
    + ". Co-occurrence stays at about "
    + f"{np.mean(list(counting.values())):.2f} for 300 to 3,000.",
)

# %% [markdown]
# Counting has learned nearly all that it can after 300 shoppers, and stays there. The network begins where counting stands, and goes on as long as there is data, in ever
# smaller steps: the last points of the lift cost the most. With a log of a few hundred users, count (chapter 05).
#
# ## 8.7 When to stop
#
# With little data a network learns the log by heart. We let it: 300 shoppers, up to 40 epochs. **Guess:** after how many epochs is it best?

# %%
# The best epoch: a number
guess("8.9", ...)

# %%
tiny, others = sequences[:300], sequences[300:600]
loss_of_others, everybody = next_item_loss(others), torch.arange(300)


def validate_others(network):
    return {"valid_loss": loss_of_others(network, everybody, None).item()}


torch.manual_seed(0)
network = SASRec(N_ITEMS, MAX_LEN, hidden=128, dropout=0.0)
config = TrainConfig(epochs=40, learning_rate=0.004, patience=3, **STEPS, **BY_LOSS)
loss = next_item_loss(tiny)
stopped = train(
    network, loss, len(tiny), config, validate=validate_others, progress=False
)
reveal("8.9", stopped.best_epoch)

# %% jupyter={"source_hidden": true}
fig, ax = plt.subplots(figsize=WIDE)
for column, colour, label in (
    ("train_loss", "0.6", "300 shoppers it learns from"),
    ("valid_loss", COLOURS[0], "300 others"),
):
    past = stopped.history
    ax.plot(past["epoch"], past[column], "o-", ms=4, color=colour, label=label)
ax.axvline(stopped.best_epoch, color=COLOURS[2], ls="--", label="weights that are kept")
ax.set(xlabel="epoch", ylabel="loss (nats)", title="Learning, then learning by heart")
ax.legend()
show(
    fig,
    alt="Loss over epochs. On the shoppers it learns from it falls to the end. On "
    "others it falls, reaches its lowest point at the marked epoch, and rises again; "
    "three epochs later the run stops.",
)

# %% tags=["nbval-check-output"]
with torch.no_grad():
    now = validate_others(network.eval())["valid_loss"]
assert (
    abs(now - stopped.history["valid_loss"].min()) < 1e-4
)  # the best weights are back
print(
    f"stopped by {stopped.stopped_by}, {len(past) - stopped.best_epoch} epochs too late"
)

# %% [markdown]
# **Patience** is the number of epochs in a row that may pass without a new best. Two details that go wrong in practice: the best weights must come back
# also when the *epochs* run out first, and the shoppers or clicks that decide must not be trained on. And the test set decides nothing (chapter 05).
#
# ## 8.8 Another question to the same state
#
# A state sums up a [history](glossary.ipynb). We can ask it more than *what comes next*. The log says how each click ended: looked (0), put in the cart (0.5), bought (1). A second, small
# network, a **head**, answers: *if it is this product next, what will become of it?* It reads the state, the product's vector and their product,
# number by number. That is regression, so the loss is the squared error (chapter 04).
#
# Most clicks end with a look. **Guess:** of the variance of the outcome, how much can anybody explain, the oracle included?

# %%
# Variance that the oracle explains: a number, in %
guess("8.10", ...)

# %% tags=["nbval-check-output"]
last = test.sort_values("user_id")
items, outcomes = last["item_id"].to_numpy(copy=True), last["outcome"].to_numpy()
expected = oracle.expected_outcome(histories, items)  # (B,) of the click that was made
explained = expected.var() / outcomes.var()
print(
    f"mean outcome {known['outcome'].mean():.2f}, explained by the oracle {explained:.0%}"
)
reveal("8.10", 100 * explained)

# %% [markdown]
# Next to nothing: what becomes of a *single* click is luck. Its **expectation** differs between shoppers and products all the same, and a
# shop that shows ten thousand of them lives on such differences. So we compare with the oracle's expectation.
#
# ### Your turn (8.5) · 10 minutes · a bug hunt
#
# A colleague has written the lines that collect what the head learns from. They run, and the loss falls.


# %%
def colleagues_pairs(network, sequences, outcomes):
    read = sequences[:, :-1]
    real = read != 0
    states = network.encoder(read)[real]  # (K, D)
    items = sequences[:, 1:][real]  # (K,)
    ended = outcomes[:, :-1][real]  # (K,)
    return states, items, ended


# %%
past_outcomes = padded(known, MAX_LEN + 1, "outcome_sequence")  # beside `sequences`
past_outcomes = torch.from_numpy(past_outcomes).float()


def collected(pairs_of):
    """States, item vectors and outcomes of 2,000 shoppers."""
    sasrec.eval()
    rows = torch.arange(2_000).split(1_000)
    with torch.no_grad():
        parts = [
            pairs_of(sasrec, sequences[some], past_outcomes[some]) for some in rows
        ]
        states, items, ended = (torch.cat(part) for part in zip(*parts, strict=True))
        return states, sasrec.encoder.item(items), ended


# %%
with torch.no_grad():
    pieces = torch.tensor(histories).split(1_000)
    newest_states = torch.cat([sasrec.encoder(piece)[:, -1] for piece in pieces])
    candidates = sasrec.encoder.item(torch.from_numpy(items))


# %%
def head_told(states, vectors, ended, blind=False):
    """A head's expectations of the test clicks; blind: it sees no state."""
    seen = 0.0 if blind else 1.0
    mean, scale = ended.mean(), ended.std()

    def loss(head, rows, generator):
        told = head(seen * states[rows], vectors[rows])
        return (told - (ended[rows] - mean) / scale).square().mean()

    torch.manual_seed(0)
    head = PairHead(64)
    steps = {"batch_size": 256, "learning_rate": 0.001, "schedule": "linear"}
    config = TrainConfig(epochs=3, weight_decay=1.0, **steps)
    train(head, loss, len(ended), config, progress=False)
    with torch.no_grad():
        return (head(seen * newest_states, candidates) * scale + mean).numpy()


# %%
per_product = known.groupby("item_id")["outcome"].mean()[items].to_numpy()
told = {
    "mean of the product": per_product,
    "colleague's head": head_told(*collected(colleagues_pairs)),
}
pd.Series(
    {name: np.corrcoef(each, expected)[0, 1] for name, each in told.items()}
).rename("correlation with the oracle").round(2).to_frame()

# %% [markdown]
# A head that knows the shopper **and** the product does worse than a mean that knows the product alone. One line of the colleague's is
# wrong. Find it, and write the function as it should be.


# %%
@exercise("8.5")
def outcome_pairs(network, sequences, outcomes):
    """What a head learns from: who asks, about which item, and what became of it.

    sequences: (B, L + 1) long, left-padded with 0.
    outcomes:  (B, L + 1) float, how each event ended.
    network:   network.encoder(items) gives states, (B, l) -> (B, l, D).
    Of each position at which an item is read and one follows: the state that has read
    up to it, the item that follows, and how that one ended. Returns (K, D), (K,), (K,),
    row by row.
    """
    ### BEGIN SOLUTION
    read = sequences[:, :-1]
    real = read != 0
    return network.encoder(read)[real], sequences[:, 1:][real], outcomes[:, 1:][real]
    ### END SOLUTION


# %%
hint("8.5")

# %% [markdown]
# With your pairs we train two heads. One sees the state and the product. The other is **blind**: its states are all 0, everything else is the same.

# %%
states, vectors, ended = collected(outcome_pairs)
told["head, product only"] = head_told(states, vectors, ended, blind=True)
told["head, state and product"] = head_told(states, vectors, ended)
pd.DataFrame(
    {
        "correlation": {n: np.corrcoef(t, expected)[0, 1] for n, t in told.items()},
        "squared error x 1,000": {
            n: 1_000 * np.square(t - expected).mean() for n, t in told.items()
        },
    }
).round(2)

# %% [markdown]
# The last two rows differ by the *state* alone, though SASRec was never trained on outcomes. With it the head orders pairs better: the correlation rises. As an expectation
# its answer is no better: the squared error does not fall. (One training of each head, on 2,000 shoppers. Whether more shoppers change that, try.)
#
# ## 8.9 When not to
#
# Our *control world* is a shop without [missions](glossary.ipynb) and without habits: every click is a draw from the [persona](glossary.ipynb)'s taste. A small SASRec is trained twice in
# each world, with the same steps: on histories in order, and on histories whose clicks are **shuffled** (and it is asked about shuffled ones). **Guess:** how far apart are the two, there and here?
#
# (In the control world whole groups of products tie for the oracle, and ties count against a ranking; `Oracle.ceiling` breaks them.)

# %%
# What order is worth in the control world, of the lift: a number, in %
guess("8.11", ...)
# What order is worth in our shop, of the lift: a number, in %
guess("8.12", ...)


# %%
def shuffled(sequences, seed=0):
    """The same clicks in random order, padding still on the left. (B, L) -> (B, L)."""
    keys = np.random.default_rng(seed).random(sequences.shape)
    keys = np.where(sequences > 0, keys, -1)
    return np.take_along_axis(sequences, keys.argsort(axis=1), axis=1)


def told_in_order(learn, before, change):
    """Scores of a SASRec that learns from, and is asked about, changed histories."""
    torch.manual_seed(0)
    network = SASRec(N_ITEMS, MAX_LEN, D=32, n_blocks=1, hidden=64, dropout=0.0)
    loss = next_item_loss(torch.from_numpy(change(learn)))
    config = TrainConfig(epochs=6, learning_rate=0.005, **STEPS)
    train(network, loss, len(learn), config, progress=False)
    return catalogue_scores(network, change(before))


# %%
def worth_of_order(shop):
    """Share of the lift: histories in order, and shuffled; and of co-occurrence."""
    made = shop.journeys(events_per_user=(10, 40), seed=1).interactions
    past, held, _ = leave_last_two_out(made)
    learn, before = padded(past, MAX_LEN + 1), padded(pd.concat([past, held]))
    oracle = Oracle(shop)
    true = oracle.next_item_probabilities(before)
    best = oracle.ceiling(before).ndcg[:, -1].mean()
    everybody = np.arange(len(before))
    popular = Popularity(N_ITEMS).fit(past).score(everybody, before)
    told = {
        "in order": told_in_order(learn, before, np.array),
        "shuffled": told_in_order(learn, before, shuffled),
        "co-occurrence": ItemCoOccurrence(N_ITEMS).fit(past).score(everybody, before),
    }
    low = expected_ndcg(popular, true, 10).mean()
    ndcg = {name: expected_ndcg(each, true, 10).mean() for name, each in told.items()}
    return {name: float(share_of_lift(each, low, best)) for name, each in ndcg.items()}


# %%
control = World.default().replace(distraction=1.0, habit=0.0)
worth = pd.DataFrame(
    {
        "our shop": worth_of_order(ZooplusSimulator(n_users=800)),
        "control world": worth_of_order(ZooplusSimulator(n_users=800, world=control)),
    }
)
of_order = 100 * (worth.loc["in order"] - worth.loc["shuffled"])
reveal("8.11", of_order["control world"])
reveal("8.12", of_order["our shop"])
worth.round(2)

# %% [markdown]
# One seed, one number of epochs, and 800 shoppers, so a few points say nothing. The difference in our shop is far more than that. In the control world
# all that a history says is *who is there*, and any order says it. (It does not follow that counting will do there: co-occurrence asks the newest five
# clicks alone, and stays far below a network that reads them all.) To find out about your own log, do the same: shuffle, train, compare.
#
# **Without times.** A log that comes without a usable order has been put into one by somebody: by product number, say. Our SASRec and co-occurrence,
# both with the true order in what they learned from, are asked with such histories:


# %%
some = histories[:1_000]
sortings = {
    "by time": some,
    "at random": shuffled(some),
    "by product number": np.sort(some, axis=1),
}
asked_with = {
    "SASRec": lambda items: catalogue_scores(sasrec, items),
    "co-occurrence": lambda items: fitted["co-occurrence"].score(users[:1_000], items),
}
floor = scores["popularity"][:1_000]
pd.DataFrame(
    {
        name: {
            order: lift(told_by(items), law[:1_000], floor)
            for order, items in sortings.items()
        }
        for name, told_by in asked_with.items()
    }
).rename_axis("share of the lift").round(2)

# %% [markdown]
# Nothing crashes. But of its lift the network keeps about a third, and counting about a half or less: wrongly sorted, the two are nearly level. Check the
# order of a log before anything else; daily dates with twenty clicks each are no order.
#
# ## 8.10 What does it look at?
#
# The log knows which clicks belong to one visit. The network does not: nobody shows it where a visit begins. Here are Anna's newest twelve clicks, with the number of their visit.

# %%
some = log[log["user_id"] < 1_000]
first_of_user = some.groupby("user_id")["session_id"].transform("first")
numbered = some.assign(visit=some["session_id"] - first_of_user + 1)
before_test = numbered[numbered.groupby("user_id").cumcount(ascending=False) > 0]
rows_of = before_test.groupby("user_id")["visit"]
visits = pad_left([rows.to_numpy() for _, rows in rows_of], MAX_LEN)  # (1000, L)
with torch.no_grad():
    _, kept = sasrec.encoder(torch.tensor(histories[:1_000]), need_weights=True)
# Two times (1000, L, L): the mean of two heads
by_block = [block.mean(dim=1).numpy() for block in kept]

# %% jupyter={"source_hidden": true}
newest = slice(MAX_LEN - 12, MAX_LEN)
of_anna = visits[ANNA, newest]
names = [
    f"{name.lower()} · {visit}"
    for name, visit in zip(types[histories[ANNA, newest]], of_anna, strict=True)
]
parts = [block[ANNA, newest, newest] for block in by_block]
fig = plt.figure(figsize=(7.5, 4.2))
grid = fig.add_gridspec(1, 3, width_ratios=[1, 1, 0.06])
for number, part in enumerate(parts, start=1):
    ax = fig.add_subplot(grid[0, number - 1])
    picture = draw_attention(
        ax,
        part,
        [str(visit) for visit in of_anna],
        queries=names if number == 1 else [""] * 12,
        title=f"block {number}",
        brightest=max(part.max() for part in parts),
    )
    plt.setp(ax.get_xticklabels(), rotation=0, ha="center")
    ax.set_xlabel("visit of each click")
fig.colorbar(
    picture,
    cax=fig.add_subplot(grid[0, 2]),
    label="weight, mean of two heads\n(colours are finer near 0)",
)
fig.tight_layout()
show(
    fig,
    alt="Two attention maps of Anna's newest twelve clicks, each with the number of its "
    "visit. In block 1 most weight lies near the diagonal. In block 2 it is spread over "
    "more of the older clicks.",
)

# %% [markdown]
# A picture of one shopper, and a story comes by itself: *block 1 has found the visits.* So, over a thousand shoppers, from the newest click: how much weight does an older click
# of the **same visit** get, if a click of another visit gets 1?

# %% tags=["nbval-check-output"]
older = histories[:1_000, :-1] > 0
same = (visits[:, :-1] == visits[:, -1:])[older]
looks = [block[:, -1, :-1][older] for block in by_block]
anywhere = np.zeros(older.sum(), dtype=int)
ratios = [matched_ratio(look, same, anywhere) for look in looks]
for number, ratio in enumerate(ratios, start=1):
    print(f"block {number}: {ratio:.1f} for the same visit, 1 for another")

# %% [markdown]
# But clicks of the same visit are also the **newest** ones. Perhaps the block looks at what is near, and knows nothing of visits. So compare like with like, as in chapter 06: a click three steps
# back in the same visit with a click three steps back in another one, in histories of the same length.
#
# **Guess:** what is left of block 1's ratio?

# %%
# Block 1, same visit over other visits, like with like: a number
guess("8.13", ...)

# %%
back = np.broadcast_to(np.arange(MAX_LEN - 1, 0, -1), older.shape)
length = np.broadcast_to((histories[:1_000] > 0).sum(axis=1)[:, None], older.shape)
alike = {
    "all clicks": anywhere,
    "equal distance": back[older],
    "and equal length": (100 * back + length)[older],
}
left = pd.DataFrame(
    {
        name: [matched_ratio(look, same, cell) for look in looks]
        for name, cell in alike.items()
    },
    index=["block 1", "block 2"],
)
reveal("8.13", left.loc["block 1", "and equal length"])
left.round(2)

# %% [markdown]
# Most of block 1's ratio was nearness: held against its like, a click of the same visit gets about a tenth more than another one. So "block 1 has found
# the visits" was the story of a picture. Block 2 looks less at what is near, and what it keeps for the visit is not nearness: of the two it is the one
# that may have found something. (And as in chapter 06: this says where a block looks, not what it does with it.)
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
    training=TrainConfig(epochs=6, learning_rate=0.005, patience=3, **STEPS),
    progress=False,
).fit(split.train, valid_interactions=split.valid)
with tempfile.TemporaryDirectory() as folder:
    model.save(folder)
    again = SequentialRecommender.load(folder)
assert np.array_equal(model.score_items(mine), again.score_items(mine))
again.recommend_frame(mine[mine["user_id"] == ANNA], top_k=5).round(2)

# %% [markdown]
# (A folder holds numbers and JSON, no pickle: loading it runs nobody's code.) Was the network worth its training? Where `fit` validates, it also judges three models that only count, and need no training. Had the
# network ended below the best of them, a warning would say so. (A row has the name of what makes the model: `SequentialRecommender(PopularityConfig())`.)

# %%
network = pd.Series({"this network": model.epochs_["ndcg@10"].max()})
pd.concat([model.baselines_["ndcg@10"], network]).rename("ndcg@10").to_frame().round(3)

# %% [markdown]
# ## Key ideas
#
# - SASRec = embedding, positions from the end, causal mask, blocks, last norm; the logits are dot products with the item embeddings.
# - A causal network is trained at all positions at once: the targets are the sequence shifted by one. Test causality exactly.
# - The softmax over all products needs no large memory: its gradient is known, so the positions can be done in chunks.
# - With $N$ negatives the best constant logit is $-\log N$. A network that starts at 0 pays for getting there with its states, and needs many epochs to recover. One number cures it.
# - A comparison at one number of epochs says who learns fast. Ask of any table: which loss, how many steps, and was it trained until nothing changed?
# - A recurrent network forgets old clicks. So does SASRec's newest state; in this shop even the oracle hardly needs them.
# - Data closes the gap to the oracle; early stopping keeps little data from hurting.
# - Shuffle, train, compare: that says what the order of a log is worth. A model that learned from one order and is asked with another loses most of its
#   lift.
# - What attention "prefers" may be nearness: compare at equal distance.

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
# **Go further.**
#
# - Kang & McAuley (2018), [*Self-Attentive Sequential Recommendation*](https://arxiv.org/abs/1808.09781)
# - Hidasi, Karatzoglou, Baltrunas & Tikk (2016), [*Session-based Recommendations with Recurrent Neural Networks*](https://arxiv.org/abs/1511.06939)
# - Petrov & Macdonald (2023), [*gSASRec: Reducing Overconfidence in Sequential Recommendation Trained with Negative Sampling*](https://arxiv.org/abs/2308.07192)
# - Klenitskiy & Vasilev (2023), [*Turning Dross Into Gold Loss: is BERT4Rec really better than SASRec?*](https://arxiv.org/abs/2309.07602)
#
# All of it from an empty page: [In one scroll](in_one_scroll.ipynb).
#
# Next: **[09 · BERT4Rec](09_bert4rec.ipynb)**, which may look at both sides.
