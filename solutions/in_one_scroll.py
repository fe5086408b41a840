# %% [markdown]
# # In one scroll
#
# SASRec from an empty notebook: from a list of clicks to a recommendation, in seven parts that you write, about 120 lines in all.
# Then two things that no log of real people allows. Your network is held against the library's, number by number. And it
# *generates* visits of Anna's, which the law of the shop judges.
#
# **After this page you can** write a sequential recommender without looking anything up, and test one that you did not write: by
# its first loss, by one batch, by a NaN, by its size.
#
# **You need** chapters 02 to 06 and 08. Nothing here is new but the whole, and the last part. (Words: [glossary](glossary.ipynb).) **Time:** 90 minutes, exercises included.

# %% tags=["nbval-check-output"]
import copy
from collections import Counter
from importlib import resources

import numpy as np
import pandas as pd
import torch
from torch import nn

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
from course.figures import rollout_figure, show
from zooplus_sim import Oracle, ZooplusSimulator

N_ITEMS = 50
MAX_LEN = 24
shop = ZooplusSimulator(n_users=3_000)
types = shop.products["product_type"]
log = shop.journeys(events_per_user=(10, 40), seed=1).interactions
histories = [clicks.tolist() for _, clicks in log.groupby("user_id")["item_id"]]
print(f"{len(histories):,} histories, the first: {histories[0][:8]} ...")

# %% [markdown]
# Items are 1 to 50, oldest first. 0 is [padding](glossary.ipynb). The axes, here and below: B [batch](glossary.ipynb), L length, D width, H [heads](glossary.ipynb), d = D / H.
#
# ## 1 · Rows
#
# A row is read and asked at once: all but its last click are read, all but its first are asked for. So a row has one click more than
# the network reads. Long histories give several rows.
#
# ### Your turn (20.1) · 8 minutes


# %%
@exercise("20.1")
def training_rows(histories, max_len):
    """Rows of max_len + 1 places, cut from the newest click backwards.

    histories: a list of lists of item ids, oldest first.
    Zeros fill a row on the left. Neighbours of one history share an item, so that every
    click but a history's first is asked for exactly once. The newest row comes first.
    A history with fewer than two clicks gives no row.
    Returns (n, max_len + 1) long, (0, max_len + 1) if there is no row.
    """
    ### BEGIN SOLUTION
    rows = []
    for history in histories:
        for stop in range(len(history), 1, -max_len):
            row = history[max(0, stop - max_len - 1) : stop]
            rows.append([0] * (max_len + 1 - len(row)) + row)
    return torch.tensor(rows, dtype=torch.long).reshape(-1, max_len + 1)
    ### END SOLUTION


# %%
hint("20.1")

# %% tags=["nbval-check-output"]
rows = training_rows(histories, MAX_LEN)
asked = int(((rows[:, :-1] != 0) & (rows[:, 1:] != 0)).sum())
print("rows:", tuple(rows.shape))
print(f"clicks that are asked for: {asked:,} = {len(log):,} - {len(histories):,}")

# %% [markdown]
# ## 2 · Attention
#
# Three linear maps make a query, a key and a value of each [position](glossary.ipynb); here they are one map, three times as wide. A head has d of the D numbers.
#
# ### Your turn (20.2) · 12 minutes


# %%
@exercise("20.2")
class Attention(nn.Module):
    """H attentions side by side, each on d = D / H of the width."""

    def __init__(self, D, H):
        super().__init__()
        self.H = H
        self.project = nn.Linear(D, 3 * D)
        self.merge = nn.Linear(D, D)

    def forward(self, x, visible):
        """x: (B, L, D). visible: (B, 1, L, L) bool, True where a position may look.

        self.project(x) is (B, L, 3 D): queries, then keys, then values. Of each of
        these, head h has the columns h d to (h + 1) d - 1. Scores are divided by the
        root of d. self.merge mixes the heads, side by side again.
        Returns (B, L, D).
        """
        ### BEGIN SOLUTION
        B, L, D = x.shape
        parts = self.project(x).view(B, L, 3, self.H, D // self.H)
        q, k, v = parts.permute(2, 0, 3, 1, 4)  # (B, H, L, d) each
        scores = q @ k.transpose(-2, -1) / (D // self.H) ** 0.5  # (B, H, L, L)
        weights = scores.masked_fill(~visible, float("-inf")).softmax(dim=-1)
        heads = weights @ v  # (B, H, L, d)
        return self.merge(heads.transpose(1, 2).reshape(B, L, D))
        ### END SOLUTION


# %%
hint("20.2")

# %% [markdown]
# ## 3 · A block
#
# Two branches, one after the other: [attention](glossary.ipynb), and a small network for each position. Each reads a norm of x, and is added to x (**pre-norm**).
#
# ### Your turn (20.3) · 5 minutes


# %%
@exercise("20.3")
class Block(nn.Module):
    """x + attention(norm(x)), then x + network(norm(x))."""

    def __init__(self, D, H, hidden):
        super().__init__()
        self.attention = Attention(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])

    def forward(self, x, visible):
        """x: (B, L, D). visible: (B, 1, L, L) bool.

        norms[0] is the attention's, norms[1] the network's.
        Returns (B, L, D).
        """
        ### BEGIN SOLUTION
        x = x + self.attention(self.norms[0](x), visible)
        return x + self.ffn(self.norms[1](x))
        ### END SOLUTION


# %%
hint("20.3")

# %% [markdown]
# ## 4 · The encoder
#
# Three decisions are made here, and each of them is easy to get wrong without a word from the program: who sees whom, from which end positions are
# counted, and what a position of padding sees.
#
# ### Your turn (20.4) · 10 minutes · hard

# %%
from seqrec.models import draw_weights


@exercise("20.4")
class Encoder(nn.Module):
    """Item + position, then causal blocks, then a last norm."""

    def __init__(self, n_items, max_len, D, H, n_blocks, hidden):
        super().__init__()
        self.item = nn.Embedding(n_items + 2, D, padding_idx=0)
        self.position = nn.Embedding(max_len, D)
        self.blocks = nn.ModuleList(Block(D, H, hidden) for _ in range(n_blocks))
        self.norm = nn.LayerNorm(D)
        draw_weights(self)

    def forward(self, items):
        """items: (B, L) long, L of max_len or less, padded on the left with 0.

        A position sees itself, and the clicks before it; nobody else sees padding. Row
        0 of self.position.weight is the newest place, at the right. The last norm comes
        behind the blocks.
        Returns states (B, L, D), finite everywhere.
        """
        ### BEGIN SOLUTION
        L = items.shape[1]
        past = torch.ones(L, L, dtype=torch.bool).tril()
        own = torch.eye(L, dtype=torch.bool)
        visible = (items != 0)[:, None, None, :] & past | own  # (B, 1, L, L)
        x = self.item(items) + self.position.weight[:L].flip(0)  # (B, L, D)
        for block in self.blocks:
            x = block(x, visible)
        return self.norm(x)
        ### END SOLUTION


# %%
hint("20.4")

# %% [markdown]
# ## 5 · Scores and loss
#
# The **logit** of a product, its score before the [softmax](glossary.ipynb), is the dot product of the state with the product's own [embedding](glossary.ipynb) (*tied*). Rows 1 to
# n_items of the embedding are products; row 0 is PAD, and the last one is [MASK](glossary.ipynb), which only [BERT4Rec](glossary.ipynb) uses.
#
# ### Your turn (20.5) · 10 minutes


# %%
@exercise("20.5")
class SASRec(nn.Module):
    """A causal transformer that says at each position what comes next."""

    def __init__(self, n_items, max_len, D=32, H=2, n_blocks=2, hidden=64):
        super().__init__()
        self.n_items = n_items
        self.max_len = max_len
        self.encoder = Encoder(n_items, max_len, D, H, n_blocks, hidden)

    def forward(self, items):
        """items: (B, L) long. Returns logits (B, L, n_items): column j - 1 is item j.

        self.encoder.item.weight is (n_items + 2, D): PAD, the items, MASK.
        """
        ### BEGIN SOLUTION
        return self.encoder(items) @ self.encoder.item.weight[1 : self.n_items + 1].T
        ### END SOLUTION

    def loss(self, rows):
        """rows: (B, max_len + 1) long. Returns the mean cross-entropy, a scalar.

        The mean is over all positions of all rows that read a click, padding left out.
        """
        ### BEGIN SOLUTION
        is_asked = rows[:, :-1] != 0
        logits = self(rows[:, :-1])[is_asked]  # (K, n_items)
        return nn.functional.cross_entropy(logits, rows[:, 1:][is_asked] - 1)
        ### END SOLUTION


# %%
hint("20.5")

# %% [markdown]
# > **What we changed, and why** (against Kang & McAuley, 2018)
# >
# > - *The loss*: the softmax over all products in place of binary cross-entropy with one [negative](glossary.ipynb). Chapter 08 measures what that is worth.
# > - *Positions* are counted from the newest click, so that more padding changes nothing.
# > - *No dropout*: two runs can then be compared number by number.
# > - *Starting scale*: an embedding is about .4 long, so that the first scores are near each other.
#
# ## Four habits before the first long run
#
# **One: the first loss.** A network that has learned nothing should spread its belief evenly. **Guess:** which loss is that, with 50 products?

# %%
# The loss before the first step: a number (nats)
guess("20.1", ...)


# %% tags=["nbval-check-output"]
def new_network(seed=0):
    torch.manual_seed(seed)
    return SASRec(N_ITEMS, MAX_LEN)


network = new_network()
with torch.no_grad():
    first_loss = network.loss(rows[:256]).item()
print(f"{first_loss:.2f} nats; log {N_ITEMS} is {np.log(N_ITEMS):.2f}")
reveal("20.1", first_loss)

# %% [markdown]
# log V, and a little more. A first loss far above it says that the network starts sure of the wrong things; one far below, that it has seen the answers.
#
# **Two: the size.** **Guess:** which share of all weights are embeddings, of items and of positions?

# %%
# Share of the weights in the embeddings: a number, in %
guess("20.2", ...)

# %% tags=["nbval-check-output"]
counts = pd.Series(
    {name: weight.numel() for name, weight in network.named_parameters()}
)
parts = counts.groupby(counts.index.str.split(".").str[1]).sum()
embedded = parts["item"] + parts["position"]
print(parts.to_string())
print(f"all: {counts.sum():,}, of these in embeddings {embedded / counts.sum():.0%}")
reveal("20.2", 100 * embedded / counts.sum())

# %% [markdown]
# That share is small because the shop is: with a million products it would be nearly everything (chapter 16).
#
# Work is counted in **FLOPs**, multiplications and additions. A product of (n, a) and (a, b) takes 2 n a b of them. So a [history](glossary.ipynb) of L places costs, in
# each block, 2 L (4 D² + 2 D · hidden) for the linear maps, and 4 L² D for the scores and their mixture. PyTorch counts, too:

# %% tags=["nbval-check-output"]
from torch.utils.flop_counter import FlopCounterMode

L, D, HIDDEN = MAX_LEN, 32, 64
in_blocks = 2 * (2 * L * (4 * D**2 + 2 * D * HIDDEN) + 4 * L**2 * D)
in_scores = 2 * L * D * N_ITEMS
counter = FlopCounterMode(display=False)
with counter, torch.no_grad():
    network(rows[:1, 1:])
print(
    f"by the formula {in_blocks + in_scores:,}, counted {counter.get_total_flops():,}"
)

# %% [markdown]
# **Three: one batch.** A network with a bug in its [gradient](glossary.ipynb) can't even learn 32 rows by heart. It should, down to what can't be known: where two rows of one
# length begin alike and go on differently, even perfect memory has to share its belief.
#
# ### Your turn (20.6) · 5 minutes


# %%
@exercise("20.6")
def train_step(network, optimizer, rows, max_norm=1.0):
    """One step of gradient descent on the batch `rows`.

    network.loss(rows) is what is to shrink. A gradient that is longer than max_norm, all
    parameters together, is scaled down to that length. What earlier steps left in the
    gradients has no effect.
    Returns the loss before the step, a float.
    """
    ### BEGIN SOLUTION
    optimizer.zero_grad()
    loss = network.loss(rows)
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), max_norm)
    optimizer.step()
    return loss.item()
    ### END SOLUTION


# %%
hint("20.6")

# %% [markdown]
# **Guess:** 300 steps, always on the same 32 rows. Where does the loss end?

# %%
# The loss of the one batch after 300 steps: a number (nats)
guess("20.3", ...)

# %%
network, batch = new_network(), rows[:32]
optimizer = torch.optim.AdamW(network.parameters(), lr=0.01, weight_decay=0.0)
losses = [train_step(network, optimizer, batch) for _ in range(300)]

begun, gone_on = Counter(), Counter()
for row in batch.tolist():
    places = [t for t in range(1, len(row)) if row[t - 1]]
    begun.update(tuple(row[:t]) for t in places)
    gone_on.update(tuple(row[: t + 1]) for t in places)
paid = [-n * np.log(n / begun[clicks[:-1]]) for clicks, n in gone_on.items()]
lowest = sum(paid) / begun.total()
for step in (0, 20, 100, 299):
    print(f"step {step + 1:3d}: {losses[step]:.2f}")
print(f"lowest possible: {lowest:.2f}")
reveal("20.3", losses[-1])

# %% [markdown]
# By heart. If it had not: is the learning rate the reason, or does a part get no gradient? `weight.grad` of each parameter tells.
#
# **Four: the NaN hunt.** Somebody leaves `| own` out of the [mask](glossary.ipynb), and after one step the loss is NaN. Each part can be asked what came out of it: a *hook* is a function that
# PyTorch calls after a part has run. We plant the bug and listen.
#
# **Guess:** which part is the first whose output has a NaN?

# %%
# The first part with a NaN: "attention of block 1", "embedding", "last norm" or
# "network of block 1"
guess("20.4", ...)

# %%
PARTS = {
    "embedding": "item",
    "attention of block 1": "blocks.0.attention",
    "network of block 1": "blocks.0.ffn",
    "attention of block 2": "blocks.1.attention",
    "last norm": "norm",
}
broken, batch = new_network().encoder, rows[(rows == 0).any(dim=1)][:32, :-1]
share = {}
for name, path in PARTS.items():
    broken.get_submodule(path).register_forward_hook(
        lambda part, given, out, name=name: share.update({name: out.isnan()})
    )
for block in broken.blocks:  # the bug: a position may look at clicks only
    block.register_forward_pre_hook(
        lambda part, given: (given[0], given[1] & (batch != 0)[:, None, None, :])
    )
with torch.no_grad():
    broken(batch)

# %% tags=["nbval-check-output"]
is_click = batch != 0
table = pd.DataFrame(
    {
        name: [
            isnan.any(dim=-1)[group].double().mean().item()
            for group in (~is_click, is_click)
        ]
        for name, isnan in share.items()
    },
    index=["padding", "clicks"],
).T
reveal("20.4", table.index[table.max(axis=1) > 0][0])
table.map("{:.0%}".format)

# %% [markdown]
# The first block makes NaN where a position sees nothing, 0 / 0, and only there: at padding, whose states nobody reads. Then the second block multiplies
# them by a weight of 0, and **0 · NaN is NaN**: all clicks of a padded row are lost. Look for the first NaN, not for the loudest.
#
# ## 6 · Against the library
#
# Your parts have the names that the library's have, so weights can be copied. The library takes a faster path through attention, in another
# order of additions; asked for its attention weights, it computes the formula as you wrote it.

# %%
from seqrec.models import SASRec as Library

theirs = Library(N_ITEMS, MAX_LEN, D=32, H=2, n_blocks=2, hidden=64, dropout=0.0)
mine = new_network(seed=1)
theirs.load_state_dict(mine.state_dict())
items = rows[:200, 1:]
with torch.no_grad():
    own = mine(items)[items != 0]  # (K, n_items)
    fast = theirs(items)[..., 1:][items != 0]
    states, _ = theirs.encoder(items, need_weights=True)
    written_out = (states @ theirs.item_vectors.T)[items != 0]
print(f"{own.numel():,} scores, the largest {own.abs().max():.2f}. Largest difference:")
print(f"    the formula {(own - written_out).abs().max():.1e}")
print(f"    the fast path {(own - fast).abs().max():.1e}")

# %% [markdown]
# Now training. The library's loop draws the batches; we write down which, and take the same steps with yours.

# %%
from seqrec.losses import next_item_loss
from seqrec.training import TrainConfig, train

objective = next_item_loss(rows)
drawn, of_theirs = [], []


def noted(network, chosen, generator):
    """The library's loss, and a note of which rows and how much."""
    loss = objective(network, chosen, generator)
    drawn.append(chosen)
    of_theirs.append(loss.item())
    return loss


# %%
config = TrainConfig(epochs=1, batch_size=64, learning_rate=0.003, weight_decay=0.0)
train(theirs, noted, len(rows), config, progress=False)
optimizer = torch.optim.AdamW(mine.parameters(), lr=0.003, weight_decay=0.0)
of_mine = [train_step(mine, optimizer, rows[chosen]) for chosen in drawn]
last = len(drawn) - 1
for step in (0, 1, 10, last):
    print(
        f"step {step + 1:2d}: theirs {of_theirs[step]:.5f}, yours {of_mine[step]:.5f}"
    )

# %% tags=["nbval-check-output"]
apart = np.abs(np.subtract(of_theirs, of_mine)).max()
print(f"largest difference of {len(drawn)} losses: {apart:.3f}")

# %% [markdown]
# The same loss, step by step, up to rounding, which adds up a little over the steps: not "about as good", the same computation. Had they parted at the
# first step, the loss would be the reason; at the second, the gradient or the optimiser.
#
# One loop more, and it is trained. What is a recommendation? The best scores behind the newest click.

# %%
network = new_network()
optimizer = torch.optim.AdamW(network.parameters(), lr=0.005, weight_decay=0.0)
N_STEPS = 600
kept = {0: copy.deepcopy(network)}
shuffler = torch.Generator().manual_seed(0)
for step in range(1, N_STEPS + 1):
    chosen = torch.randint(len(rows), (64,), generator=shuffler)
    train_step(network, optimizer, rows[chosen])
    if step in (50, 200, N_STEPS):
        kept[step] = copy.deepcopy(network)


# %%
@torch.no_grad()
def recommend(network, history, k=5):
    """The k likeliest next items, and their probabilities. history: a list."""
    items = torch.tensor([history[-network.max_len :]])
    law = network(items)[0, -1].softmax(dim=-1)  # (n_items,)
    best = law.topk(k)
    return (best.indices + 1).tolist(), best.values.tolist()


ANNA = [34, 13, 20]
print("Anna:", " > ".join(types[ANNA]))
for item, probability in zip(*recommend(network, ANNA), strict=True):
    print(f"    {probability:4.0%}  {types[item]}")

# %% [markdown]
# ## 7 · Generation
#
# A model that gives probabilities can do more than rank: it can *go shopping*. Draw the next click, append it, ask again. Language models write in just this way.
#
# ### Your turn (20.7) · 10 minutes · hard


# %%
@exercise("20.7")
def roll_out(law, histories, n_steps, max_len, generator):
    """Draw each next click from a model, append it, ask again.

    law(histories): (B, L) long, L of max_len or less -> (B, n_items) probabilities of
        the next click; column j - 1 is item j.
    histories: (B, L) long, no padding. The model is shown the newest max_len clicks.
    Each row draws for itself, by `generator`, a torch.Generator, alone.
    Returns (B, L + n_steps) long: the histories, and what was drawn behind them.
    """
    ### BEGIN SOLUTION
    for _ in range(n_steps):
        probabilities = law(histories[:, -max_len:])  # (B, n_items)
        drawn = torch.multinomial(probabilities, 1, generator=generator) + 1
        histories = torch.cat([histories, drawn], dim=1)
    return histories
    ### END SOLUTION


# %%
hint("20.7")

# %% [markdown]
# Who generates? The shop itself, by its law. Popularity, which draws from the counts of the log. One who clicks at random, all products alike. And two networks that are shipped with *Play as Anna*, a [SASRec](glossary.ipynb) and a
# BERT4Rec, trained on some thousand other shoppers (`python -m course.authoring.play_models`). BERT4Rec reads both ways. To generate it is asked from the left all the same: a gap
# behind the newest click.

# %%
from seqrec.recommender import SequentialRecommender

oracle = Oracle(shop)


def shipped(name):
    """A model of *Play as Anna*, as a law."""
    folder = resources.files("course") / "play" / "models" / name.lower()
    with resources.as_file(folder) as path:
        model = SequentialRecommender.load(path, device="cpu")
    return lambda histories: model.scorer_(histories.numpy()).exp()


# %%
counted = torch.bincount(torch.tensor(log["item_id"].to_numpy()))[1:] / len(log)
even = torch.full((N_ITEMS,), 1 / N_ITEMS)
laws = {
    "the shop": lambda histories: torch.from_numpy(
        oracle.next_item_probabilities(histories.numpy())[:, 1:]
    ),
    "SASRec": shipped("SASRec"),
    "BERT4Rec": shipped("BERT4Rec"),
    "popularity": lambda histories: counted.expand(len(histories), -1),
    "at random": lambda histories: even.expand(len(histories), -1),
}
start = torch.tensor([ANNA])  # (1, 3)
visits = {}
for name, law in laws.items():
    generator = torch.Generator().manual_seed(0)
    visits[name] = roll_out(law, start.expand(200, -1), 20, 40, generator)
    clicks = types[visits[name][0, 3:9].numpy()].tolist()
    print(f"{name:10s}", " > ".join(clicks[:3]))
    print(" " * 8, ">", " > ".join(clicks[3:]))

# %% [markdown]
# (All begin with the same random numbers, so the same law would draw the same clicks.) Which of them could be Anna? It is hard to say by eye, and on a real log it can't be said at all: nobody knows how likely a click is. Here the [oracle](glossary.ipynb) does. It **pays** for each click
# $-\log p$, with $p$ its probability by the law of the shop, given all clicks before: 0 nats for a certain click, 0.7 for one of two that are alike, 4.6 for one
# in a hundred.
#
# **Guess:** how much does it pay for the shop's *own* clicks?

# %%
# Nats per click of the shop's own clicks: a number (nats)
guess("20.5", ...)


# %%
def nats_of(law, visits, n_given=3):
    """What a law pays for each click behind the first n_given. (B, L) -> (B, L - n)."""
    paid = [
        -law(visits[:, :t]).gather(1, visits[:, t : t + 1] - 1).log()
        for t in range(n_given, visits.shape[1])
    ]
    return torch.cat(paid, dim=1).numpy()


nats = {name: nats_of(laws["the shop"], rolled) for name, rolled in visits.items()}
show(
    rollout_figure(nats),
    alt="Nats of generated clicks by the law of the shop, over twenty clicks. The shop's "
    "own stay at about 2. SASRec's are a little above, BERT4Rec's near 3. Those of "
    "popularity and of clicks at random lie together, near 6.",
)
reveal("20.5", nats["the shop"].mean())
pd.Series({name: each.mean() for name, each in nats.items()}, name="nats").round(2)

# %% [markdown]
# Two nats, as for a click with a probability of $e^{-2}$, a seventh: the shop itself does not know what its shoppers do next. Popularity is hardly cheaper than clicks at
# random: what most shoppers like is of little use to somebody with a puppy.
#
# Few nats alone are not the aim. **Guess:** let SASRec always take its likeliest click. What does the oracle pay, beside the shop's own clicks?

# %%
# SASRec's likeliest clicks, beside the shop's own: "as many nats", "fewer nats" or
# "more nats"
guess("20.6", ...)


# %% tags=["nbval-check-output"]
def greedy(histories):
    """SASRec's likeliest click, for certain."""
    likeliest = laws["SASRec"](histories).argmax(dim=1)
    return nn.functional.one_hot(likeliest, N_ITEMS).float()


surest = roll_out(greedy, start, 20, 40, torch.Generator().manual_seed(0))
of_surest = nats_of(laws["the shop"], surest).mean()
for part in (surest[0, 3:8], surest[0, 8:13]):
    print(" > ".join(types[part.numpy()]))
print(f"{of_surest:.2f} nats a click, the shop's own {nats['the shop'].mean():.2f}")
more = of_surest - nats["the shop"].mean()
reveal(
    "20.6",
    "as many nats" if abs(more) < 0.1 else "more nats" if more > 0 else "fewer nats",
)

# %% [markdown]
# What is asked of a generator is that it does each thing *as often* as the shop. Two differences say how far it is from that, and neither can be below 0 on the average. (Each is a
# *Kullback-Leibler divergence*, per click.)
#
# - On its **own** visits: what the oracle pays, less what the model itself pays. High for a model that does what nobody does.
# - On the **shop's** visits: what the model pays, less what the oracle pays. High for a model that is surprised by what people do. This is what
#   training makes small.

# %%
paid_by = {
    name: {
        "own visits": nats[name] - nats_of(law, visits[name]),
        "the shop's visits": nats_of(law, visits["the shop"]) - nats["the shop"],
    }
    for name, law in laws.items()
    if name != "the shop"
}
differences = pd.DataFrame(
    {
        name: {
            where: f"{each.mean():.2f} ± {2 * each.mean(axis=1).std() / 200**0.5:.2f}"
            for where, each in pair.items()
        }
        for name, pair in paid_by.items()
    }
).T
differences

# %% [markdown]
# (± is twice the standard error over 200 visits that all begin as Anna's. There is one network of each kind, so this says how far *these two* are from the shop, not which of the
# two methods is better: chapter 09 compares them, with the same search and several seeds.)
#
# And yours? Its roll-outs after 0, 50, 200 and 600 steps:

# %%
for step, network in kept.items():

    @torch.no_grad()
    def law(histories, network=network):
        return network(histories)[:, -1].softmax(dim=-1)

    generator = torch.Generator().manual_seed(0)
    rolled = roll_out(law, start.expand(200, -1), 20, MAX_LEN, generator)
    paid = nats_of(laws["the shop"], rolled).mean()
    apart = (nats_of(law, visits["the shop"]) - nats["the shop"]).mean()
    print(f"{step:4d} steps: pays {apart:.2f} too much for the shop's visits; ", end="")
    print(f"its own cost {paid:.2f}")

# %% [markdown]
# At first its clicks cost what clicks at random cost. Training makes the first number small, and the second follows.
#
# ## Key ideas
#
# - A sequential recommender is seven small parts. Each can be tested alone; the whole is tested by a second implementation.
# - First loss log V, one batch by heart, the first NaN, the size: minutes before a long run save the run.
# - The same weights give the same scores, the same batches the same losses. "Nearly as good" hides bugs, "the same" does not.
# - A model of the next click is a generator of visits. Likely clicks are not the aim: the right share of unlikely ones is.

# %%
scoreboard("20")
calibration("20")

# %%
quiz("20.1")

# %%
quiz("20.2")

# %% [markdown]
# **Go further.**
#
# - Kang & McAuley (2018), [*Self-Attentive Sequential Recommendation*](https://arxiv.org/abs/1808.09781).
# - Vaswani et al. (2017), [*Attention Is All You Need*](https://arxiv.org/abs/1706.03762).
# - Karpathy (2019), [*A Recipe for Training Neural Networks*](https://karpathy.github.io/2019/04/25/recipe/): the first loss, the one batch,
#   and many habits more.
#
# Next: **[09 · BERT4Rec](09_bert4rec.ipynb)**, which may look at both sides.
