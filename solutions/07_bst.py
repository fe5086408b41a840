# %% [markdown]
# # 07 · The Behavior Sequence Transformer
#
# Attention lets clicks look at each other. Now we ask a question of them: *will she click this?* Two models answer it.
# The first reads the history and then meets the candidate; the second puts the candidate among the clicks.
#
# **After this chapter you can** build two models that say whether a product is clicked, keep padding out of every corner of them, train a network with a warm-up
# and a validation, rank a whole catalogue with it, and say what the better of the two knows that the other doesn't.
#
# **You need** chapters 02 to 06. (Words of other chapters: [glossary](glossary.ipynb).) **Time:** 105 minutes, exercises included.

# %%
import tempfile
from itertools import permutations, product
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy

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
from course.figures import COLOUR_OF, COLOURS, PAIR, SEQUENTIAL, WIDE, show
from seqrec.baselines import (
    ItemCoOccurrence,
    LinUCB,
    MarkovChain,
    MLPClick,
    Popularity,
    click_rates,
    exposures_from_interactions,
)
from seqrec.data import build_sequences, leave_last_two_out, pad_left, sliding_windows
from seqrec.losses import uniform_negatives
from seqrec.metrics import (
    expected_hit_rate,
    expected_ndcg,
    ndcg,
    ranks,
    share_of_lift,
    top_items,
)
from seqrec.models import SequenceEncoder, click_head
from seqrec.training import SCHEDULES, TrainConfig, train
from zooplus_sim import Oracle, ZooplusSimulator

N_ITEMS, MAX_LEN = 50, 10
shop = ZooplusSimulator(n_users=1_800)
names, types = shop.products["name"], shop.products["product_type"]
log = shop.journeys(events_per_user=(10, 40), seed=1).interactions
known, valid, test = leave_last_two_out(log)
# (n, L), (n,)
windows, targets = (
    torch.from_numpy(array) for array in sliding_windows(known, MAX_LEN)
)

# %% [markdown]
# ## 7.1 Yes or no?
#
# Chapter 02 made windows: a [history](glossary.ipynb), and what was clicked next. Chapter 03 drew products that were *not* clicked next.
# Put together, they are questions with an answer:

# %% tags=["nbval-check-output"]
row = int((windows[:, -3] > 0).nonzero()[0])  # the first window of three clicks or more
drawn = uniform_negatives(targets[row : row + 1], 3, N_ITEMS, seed=0)[0].tolist()
print("after", " > ".join(types[item] for item in windows[row].tolist() if item))
for candidate, label in [(int(targets[row]), 1), *((item, 0) for item in drawn)]:
    print(f"    {names[candidate]:35s} {'clicked' if label else 'not clicked'}")
print(
    f"{len(targets):,} windows, each with a click and 3 negatives: "
    f"{4 * len(targets):,} pairs an epoch"
)

# %% [markdown]
# A model that answers such questions gives a **click probability**. Is that possible without error? Nobody knows what a
# shopper will do, and a [negative](glossary.ipynb) may be something that she would have clicked in the next moment. The [oracle](glossary.ipynb) knows the
# law of the next click, $p(j)$, and the law of the negatives, $q(j)$. With $N$ negatives a click, the best answer is
#
# $$P(\text{click} \mid \text{history}, j) = \frac{p(j)}{p(j) + N\,q(j)}$$
#
# **Guess:** take a click and a negative at random. How often does the oracle give the click the higher probability?

# %%
# How often the oracle puts the click above the negative: a number, in %
guess("7.1", ...)


# %%
def questions(past, length):
    """Each user's history (B, length) in the log `past`, users ascending."""
    return pad_left(build_sequences(past, length)["item_sequence"], length)


def auc(clicks, others):
    """How often a click scores above a negative; a tie counts half.

    clicks: (B,). others: (B, N). Returns a float.
    """
    higher, equal = (
        compare(clicks[:, None], others.ravel()).mean()
        for compare in (np.greater, np.equal)
    )
    return higher + equal / 2


# %% tags=["nbval-check-output"]
oracle = Oracle(shop)
# The law of our negatives, column 0 is padding
uniform = np.append(0, np.full(N_ITEMS, 1 / N_ITEMS))
histories, answers = (
    questions(pd.concat([known, valid]), 40),
    test.sort_values("user_id")["item_id"].to_numpy(copy=True),
)
# (B, 8)
negatives = uniform_negatives(torch.from_numpy(answers), 8, N_ITEMS, seed=0).numpy()
pairs = np.column_stack([answers, negatives])  # (B, 9), the click in front
true = oracle.click_probability(
    histories, pairs[:, :4], negatives=uniform, n_negatives=3, reject_target=True
)
print(f"AUC of the oracle: {auc(true[:, 0], true[:, 1:]):.3f}")
reveal("7.1", 100 * auc(true[:, 0], true[:, 1:]))

# %% jupyter={"source_hidden": true}
fig, ax = plt.subplots(figsize=WIDE)
bins = np.linspace(0, 1, 26)
ax.hist(true[:, 1:].ravel(), bins, alpha=0.7, color=COLOURS[1], label="negatives")
ax.hist(true[:, 0], bins, alpha=0.7, color=COLOURS[0], label="clicks")
ax.set(
    xlabel="the oracle's click probability",
    ylabel="pairs",
    title="Between yes and no, even the oracle is unsure",
)
ax.legend()
show(
    fig,
    alt="Two histograms of the oracle's click probability. Most negatives lie close to "
    "0 and most clicks close to 1; some of both are spread over everything between.",
)

# %% [markdown]
# The area under the ROC curve, **AUC**, is exactly that share of pairs. It is the usual score for this task, and 1 is
# out of reach.
#
# ### Your turn (7.1) · 7 minutes
#
# The loss of a training step. Draw *fresh* negatives each time, ask the network, and take **BCE with logits**: the
# network returns a [logit](glossary.ipynb), any number, and the loss applies the sigmoid itself, safely. (Chapter 04: in 32 bits, the
# sigmoid of 20 is 1, and
# $\log(1-1)$ is the end of your training.) We apply a sigmoid only where somebody wants to read a probability.


# %%
@exercise("7.1")
def click_loss(histories, targets, n_negatives):
    """The loss of a training step: each click of a batch against fresh negatives.

    histories: (n, L) long, left-padded. targets: (n,) long, what was clicked next.
    Returns a function, loss(network, rows, generator):
        rows:      (B,) long, the windows of this step.
        generator: torch.Generator, the seed of the negatives: uniform, n_negatives a
        click, never the click itself.
        network:   network.score_candidates(histories (B, L), candidates (B, C)) gives
                   logits (B, C); network.n_items is the number of products.
        Returns the mean BCE over all B * (1 + n_negatives) pairs, a scalar tensor.
    """

    ### BEGIN SOLUTION
    def loss(network, rows, generator):
        clicked = targets[rows]  # (B,)
        # (B, N)
        drawn = uniform_negatives(clicked, n_negatives, network.n_items, seed=generator)
        # (B, 1 + N)
        logits = network.score_candidates(
            histories[rows], torch.cat([clicked[:, None], drawn], dim=1)
        )
        labels = torch.zeros_like(logits)
        labels[:, 0] = 1
        return nn.functional.binary_cross_entropy_with_logits(logits, labels)

    return loss
    ### END SOLUTION


# %%
hint("7.1")

# %% [markdown]
# ## 7.2 Step one: read, average, then meet the candidate
#
# 1. Item and [position](glossary.ipynb) [embeddings](glossary.ipynb) go through a transformer block (chapter 06): a vector for each click, which knows of
#    the others.
# 2. The **mean** of these vectors stands for the history.
# 3. Beside it, the candidate's embedding. A small [MLP](glossary.ipynb) looks at both and returns a logit.
#
# **Guess:** Anna clicked three products, and our histories are ten wide. What goes wrong with `states.mean(dim=1)`?

# %%
# What goes wrong with the plain mean: a letter, in quotation marks: A it is NaN; B it
# is shorter but points the same way; C it tells more of padding than of clicks
guess("7.2", ...)

# %% [markdown]
# So: the mean over the clicks alone. A colleague wrote it, tried it on one shopper, and was content. Then somebody else came into the [batch](glossary.ipynb).


# %% tags=["nbval-check-output"]
def colleagues_mean(states, real):
    weight = real[:, :, None].to(states.dtype)  # (B, L, 1)
    return (states * weight).sum(dim=1) / weight.sum()


# Anna's clicks have the values 1 and 3, the other's 5, 5 and 5; padding is 9
states = torch.tensor([[9.0, 9, 1, 3], [9, 5, 5, 5]])[:, :, None]  # (2, 4, 1)
real = torch.tensor([[False, False, True, True], [False, True, True, True]])
alone, beside = (colleagues_mean(states[:n], real[:n])[0].item() for n in (1, 2))
print(f"Anna alone:             {alone:.1f}")
print(f"Anna beside another:    {beside:.1f}")
print("somebody without click:", colleagues_mean(states[:1], real[:1] & False).item())

# %% [markdown]
# ### Your turn (7.2) · 5 minutes · bug hunt
#
# Two bugs, none of which raises anything. Find them, and write it right.


# %%
@exercise("7.2")
def masked_mean(states, real):
    """The mean over real positions; zeros for a row that has none.

    states: (B, L, D) floats. real: (B, L) bool, True where a click is. Returns (B, D).
    """
    ### BEGIN SOLUTION
    weight = real[:, :, None].to(states.dtype)  # (B, L, 1)
    return (states * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1)
    ### END SOLUTION


# %%
hint("7.2")

# %% tags=["nbval-check-output"]
print("plain mean of both: ", states.mean(dim=1).flatten().tolist())
print("masked mean of both:", masked_mean(states, real).flatten().tolist())

# %%
# And the states of three clicks behind seven zeros, in an encoder that is not trained
torch.manual_seed(0)
encoder = SequenceEncoder(
    N_ITEMS, MAX_LEN, D=32, H=2, n_blocks=1, hidden=64, causal=False
)
states = encoder(windows[row : row + 1])[0].detach()  # (10, 32)
real = windows[row] != 0
plain = states.mean(dim=0)
to_clicks, to_padding = (
    torch.cosine_similarity(plain, states[which].mean(dim=0), dim=0)
    for which in (real, ~real)
)
if plain.isnan().any():
    wrong = "it is NaN"
elif to_padding > to_clicks:
    wrong = "it tells more of padding than of clicks"
else:
    wrong = "it is shorter but points the same way"
reveal("7.2", wrong)

# %% [markdown]
# [Padding](glossary.ipynb) has an embedding of zeros, but its *state* is not zero: it has a position, and a normalisation that makes
# every vector about as long as the others. Seven such vectors would outvote three clicks.
#
# ### Your turn (7.3) · 8 minutes
#
# Now the model. Read the history *once*, however many candidates are asked for.


# %%
@exercise("7.3")
class MeanPoolBST(nn.Module):
    """Logit = head(masked mean of the encoded history, embedding of the candidate)."""

    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items, max_len, D=D, H=H, n_blocks=1, hidden=hidden, causal=False
        )
        self.head = click_head(2 * D, mlp=(64,), dropout=0.0)  # (..., 2 D) -> (..., 1)

    def forward(self, histories, candidates):
        """histories: (B, L) long, left-padded.

        candidates: (B,). Returns logits (B,).
        """
        return self.score_candidates(histories, candidates[:, None]).squeeze(1)

    def score_candidates(self, histories, candidates):
        """histories: (B, L) long, 0 = padding. candidates: (B, C). Returns logits (B,
        C).

        self.encoder(histories) gives states (B, L, D), self.encoder.item(candidates)
        the embeddings (B, C, D). The head gets the history first, then the candidate.
        """
        ### BEGIN SOLUTION
        pooled = masked_mean(self.encoder(histories), histories != 0)  # (B, D)
        # (B, C, D), a view: nothing is copied yet
        beside = pooled[:, None].expand(-1, candidates.shape[1], -1)
        return self.head(
            torch.cat([beside, self.encoder.item(candidates)], dim=2)
        ).squeeze(2)
        ### END SOLUTION


# %%
hint("7.3")

# %% [markdown]
# ### The same encoder from PyTorch's own parts
#
# Much code builds it from `nn.TransformerEncoder`, and you will meet it. The [mask](glossary.ipynb) has the opposite sign there: in a
# `src_key_padding_mask`, `True` means *never look at this*. We copy our weights into it and compare.

# %%
torch.manual_seed(0)
network = MeanPoolBST(N_ITEMS, MAX_LEN, hidden=64)
layer = nn.TransformerEncoderLayer(
    32, 2, 64, dropout=0.0, batch_first=True, norm_first=True
)
stock = nn.TransformerEncoder(
    layer, 1, norm=nn.LayerNorm(32), enable_nested_tensor=False
)

# TransformerEncoder works on a copy of the layer
ours, theirs = network.encoder.blocks[0], stock.layers[0]
# %%
twins = [
    (ours.attention.merge, theirs.self_attn.out_proj),
    (ours.ffn[0], theirs.linear1),
    (ours.ffn[2], theirs.linear2),
    (ours.norms[0], theirs.norm1),
    (ours.norms[1], theirs.norm2),
    (network.encoder.norm, stock.norm),
]
for mine, its in twins:
    its.load_state_dict(mine.state_dict())
with torch.no_grad():
    theirs.self_attn.in_proj_weight.copy_(ours.attention.project.weight)
    theirs.self_attn.in_proj_bias.copy_(ours.attention.project.bias)


# %% tags=["nbval-check-output"]
def stock_states(items, padding_mask):
    """What PyTorch's encoder makes of the same embeddings and positions.

    (B, L) -> (B, L, D).
    """
    embedded = network.encoder.item(items) + network.encoder.position(items.shape[1])
    return stock(embedded, src_key_padding_mask=padding_mask)


some = windows[:200]
real = some != 0
for where, their_mask in {"padding": ~real, "clicks": real}.items():
    apart = (stock_states(some, their_mask) - network.encoder(some))[real].abs().max()
    print(f"their mask True at {where:8s} largest difference from ours {apart:.1f}")

# %% [markdown]
# With the wrong sign nothing crashes: each click looks at padding only. And for a shopper without any click:

# %% tags=["nbval-check-output"]
nobody = torch.zeros(1, MAX_LEN, dtype=torch.long)
with torch.no_grad():
    print(
        "theirs, nothing to look at:",
        stock.eval()(torch.zeros(1, MAX_LEN, 32), src_key_padding_mask=nobody == 0)[
            0, 0, 0
        ].item(),
    )
    largest = network.encoder(nobody).abs().max()
    print(f"ours, the largest number:   {largest:.1f}")

# %% [markdown]
# (That is a network that is only asked. In training PyTorch's gives zeros there: the NaN comes from a shortcut that it takes otherwise.) In our mask
# every position sees itself, so the question does not come up.
#
# ### What padding does when you let it
#
# The same three clicks, with more and more zeros in front. Nothing about Anna changes. **Guess:** which of the three
# lines is flat?

# %%
# The flat line: "no mask, masked mean", "mask, plain mean" or "mask, masked mean"
guess("7.3", ...)

# %%
session = torch.tensor(
    [
        types[types == kind].index[0]
        for kind in ("Puppy Food", "Food Bowl", "Water Dispenser")
    ]
)
treats = torch.tensor([types[types == "Puppy Training Treats"].index[0]])
# In eval mode and without gradients PyTorch takes a shortcut, which treats padding in
# its own way
_ = stock.train()

# %%
lines = {"mask, masked mean": [], "mask, plain mean": [], "no mask, masked mean": []}
for pads in range(MAX_LEN - 2):
    # (1, pads + 3)
    padded = torch.cat([torch.zeros(pads, dtype=torch.long), session])[None]
    masked, unmasked = (
        stock_states(padded, mask).detach() for mask in (padded == 0, None)
    )
    vectors = (
        masked_mean(masked, padded != 0),
        masked.mean(dim=1),
        masked_mean(unmasked, padded != 0),
    )
    for line, vector in zip(lines.values(), vectors, strict=True):
        beside = torch.cat([vector, network.encoder.item(treats)], dim=1)
        line.append(network.head(beside).item())

reveal("7.3", [name for name, line in lines.items() if np.ptp(line) < 1e-5])

# %% jupyter={"source_hidden": true}
fig, ax = plt.subplots(figsize=WIDE)
for (name, line), colour, marker in zip(
    lines.items(), COLOURS[2::-1], "osD", strict=True
):
    ax.plot(line, marker + "-", color=colour, label=name)
ax.set(
    xlabel="zeros in front of the same three clicks",
    ylabel="logit of the same candidate",
)
ax.set_title("An untrained network's answer to one question")
ax.legend()
show(
    fig,
    alt="Logit of one candidate over the number of zeros in front of the same three "
    "clicks. With mask and masked mean the line is flat. The two other lines, without "
    "the mask or with the plain mean, move up and down with each zero.",
)

# %% tags=["nbval-check-output"]
for name, line in lines.items():
    print(f"{name:21s} highest less lowest logit: {np.ptp(line):.2f}")

# %% [markdown]
# A batch is as wide as its longest history. Without *both* masks, what Anna is told depends on who else is in her
# batch.
#
# ## 7.3 From one candidate to the catalogue
#
# A click model becomes a recommender when it scores every product. A thousand shoppers and 50 products are 50,000 pairs; with 100,000 products they are
# a hundred million, too many for the memory. So we go in chunks.
#
# ### Your turn (7.4) · 7 minutes


# %%
@exercise("7.4")
def score_catalogue(network, histories):
    """Logits of all products for each history: eval mode, no gradients, at most 8,192
    pairs at a time.

    network:   as above: score_candidates(histories (B, L), candidates (B, C)) -> (B,
               C), and n_items of at most 8,192. Afterwards it is in the mode (training
               or eval) that it was in before.
    histories: (B, L) long.
    Returns (B, n_items + 1): column j is product j; column 0, padding, is -inf.
    """
    ### BEGIN SOLUTION
    was_training = network.training
    network.eval()
    scores = torch.full((len(histories), network.n_items + 1), -torch.inf)
    items = torch.arange(1, network.n_items + 1)
    with torch.no_grad():
        for rows in torch.arange(len(histories)).split(8_192 // network.n_items):
            scores[rows, 1:] = network.score_candidates(
                histories[rows], items.expand(len(rows), -1)
            )
    network.train(was_training)
    return scores
    ### END SOLUTION


# %%
hint("7.4")

# %% [markdown]
# ## 7.4 One loop for every model
#
# Shuffle the rows, take a batch, compute its loss, clear the old [gradients](glossary.ipynb), compute new ones, take a step. All models of
# this course are trained by these few lines. A model brings its loss.
#
# One setting deserves a picture: how the learning rate changes from step to step. It **warms up**: it starts small and
# rises. Chapter 06 looked into the first steps and showed what a [warm-up](glossary.ipynb) is good for there. At the end it goes
# **down**, because large steps keep jumping around the goal.

# %% jupyter={"source_hidden": true}
steps = np.arange(1, 1_001)
fig, ax = plt.subplots(figsize=WIDE)
for (name, factor), colour in zip(SCHEDULES.items(), COLOURS, strict=False):
    ax.plot(
        steps,
        [factor(step, 100, 1_000) for step in steps],
        color=colour,
        label=name.replace("_", " "),
    )
ax.axvline(100, color="0.6", lw=1, ls="--")
ax.text(110, 0.02, "warm-up of 100 steps", color="0.4", size=9)
ax.set(
    xlabel="step",
    ylabel="share of the peak rate",
    title="Four ways from the first step to the last",
)
ax.legend(loc="upper right", bbox_to_anchor=(1, 0.95))
show(
    fig,
    alt="Share of the peak learning rate over 1,000 steps, 100 of them warm-up. All "
    "four rise to 1 at step 100. Constant stays, linear falls in a straight line to 0, "
    "inverse square root falls ever more slowly to about .3, one cycle falls like a "
    "cosine to 0.",
)

# %% [markdown]
# ### Your turn (7.5) · 5 minutes
#
# We use the straight one.


# %%
@exercise("7.5")
def linear(step, warmup_steps, total_steps):
    """The factor on the learning rate: up in a straight line, then down in one.

    step:         counts from 1 to total_steps.
    warmup_steps: the step at which the factor is exactly 1; 0 means the same as 1.
    Before it: step / warmup_steps.
    total_steps:  after the peak the line falls so that it would meet 0 at step
                  total_steps + 1: no step is wasted.
    Returns a float above 0, at most 1.
    """
    ### BEGIN SOLUTION
    peak = max(warmup_steps, 1)
    if step <= peak:
        return step / peak
    return (total_steps + 1 - step) / (total_steps + 1 - peak)
    ### END SOLUTION


# %%
hint("7.5")

# %% tags=["nbval-check-output"]
print([round(linear(step, warmup_steps=4, total_steps=10), 2) for step in range(1, 11)])

# %% [markdown]
# ### Your turn (7.6) · 10 minutes
#
# The loop itself, with a constant rate. The optimizer (AdamW, for instance) knows the network's weights and how to move
# them; `optimizer.step()` does it.


# %%
@exercise("7.6")
def plain_train(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    """The training loop, bare.

    network: is put into training mode. loss: loss(network, rows, generator) is the
    mean loss of a batch, a scalar tensor. rows: (B,) long.
    n_rows: how many rows an epoch has. Their order is torch.randperm(n_rows,
    generator=generator), drawn anew for each epoch; the last batch may be smaller.
    optimizer: for each batch the old gradients are cleared, new ones computed, and it
    takes one step.
    Returns a list of floats, the mean loss of each epoch; every row counts the same.
    """
    ### BEGIN SOLUTION
    network.train()
    means = []
    for _ in range(epochs):
        total = 0.0
        for rows in torch.randperm(n_rows, generator=generator).split(batch_size):
            optimizer.zero_grad()
            value = loss(network, rows, generator)
            value.backward()
            optimizer.step()
            total += value.item() * len(rows)
        means.append(total / n_rows)
    return means
    ### END SOLUTION


# %%
hint("7.6")

# %%
torch.manual_seed(0)
small = MeanPoolBST(N_ITEMS, MAX_LEN, D=8, hidden=16)
means = plain_train(
    small,
    click_loss(windows, targets, n_negatives=3),
    8_000,  # the first windows
    torch.optim.AdamW(small.parameters(), lr=0.01),
    epochs=3,
    batch_size=128,
    generator=torch.Generator().manual_seed(0),
)
print("mean loss of each epoch, in nats:", [round(mean, 3) for mean in means])

# %% [markdown]
# It learns. What a long run needs besides is in `seqrec.training.train`, which is told by a `TrainConfig`: the schedule,
# a [validation](glossary.ipynb) after each epoch, the memory of the best weights, checkpoints. From here on we use that.
#
# After each epoch it asks `validate` how good the network is, and in the end restores the weights of
# the best epoch. We ask with clicks that are in neither training nor test: the last but one of 500 shoppers. The same
# number would serve for *early stopping*: with `patience=3`, the run ends after three epochs without a new best.

# %%
valid_histories = torch.from_numpy(questions(known, MAX_LEN)[:500])
valid_answers = valid.sort_values("user_id")["item_id"].to_numpy()[:500]


def validate(network):
    scores = score_catalogue(network, valid_histories).numpy()
    return {"ndcg@10": ndcg(ranks(scores, valid_answers), 10).mean()}


# %%
def fit(network, n_negatives, learning_rate, epochs):
    """Train with the settings of this chapter.

    Returns the history, a row per epoch, and the loss of every step.
    """
    loss_of_batch, losses = click_loss(windows, targets, n_negatives), []

    def loss(network, rows, generator):
        value = loss_of_batch(network, rows, generator)
        losses.append(value.item())
        return value

    steps = {"batch_size": 128, "schedule": "linear", "warmup_steps": 100}
    config = TrainConfig(epochs=epochs, learning_rate=learning_rate, **steps, seed=0)
    told = train(network, loss, len(targets), config, validate=validate)
    return told.history, np.array(losses)


# %%
torch.manual_seed(0)
mean_pool = MeanPoolBST(N_ITEMS, MAX_LEN, hidden=64)
mean_pool_history, mean_pool_losses = fit(
    mean_pool, n_negatives=3, learning_rate=0.008, epochs=2
)
mean_pool_history.drop(columns="seconds").round(3)


# %% jupyter={"source_hidden": true}
def draw_training(history, losses, title):
    """Loss of each step with a running mean, and validation after each epoch."""
    fig, (left, right) = plt.subplots(1, 2, figsize=PAIR)
    left.plot(losses, color="0.8", lw=0.5)
    left.plot(
        pd.Series(losses).rolling(50).mean(), color=COLOURS[0], label="mean of 50 steps"
    )
    left.set(
        xlabel="step",
        ylabel="loss (nats)",
        ylim=(np.quantile(losses, 0.001), losses[:20].mean()),
        title="Training",
    )
    left.legend()
    right.plot(history["epoch"], history["ndcg@10"], "o-", color=COLOURS[1])
    right.set(
        xlabel="epoch",
        xticks=history["epoch"],
        ylabel="NDCG@10",
        ylim=(0, 0.7),
        title="Validation, 500 clicks",
    )
    fig.suptitle(title)
    fig.tight_layout()
    return fig


show(
    draw_training(mean_pool_history, mean_pool_losses, "MeanPoolBST"),
    alt="Left: the loss of each step scatters around a running mean that falls steeply "
    "at first, then slowly to the end. Right: validation NDCG@10 rises from the first "
    "to the second epoch.",
)

# %% [markdown]
# A single step's loss is noisy: its 128 windows are new each time, and so are its negatives. Never read one step; read
# the running mean, and judge by validation.
#
# ### When the power fails
#
# Training may take a night, and machines restart at night. With `checkpoint=`, the loop writes down where it is:
# weights, the optimiser's memory, the place in the data. All randomness hangs on the seed and the step, so a run that
# goes on ends where it would have ended. **Guess:** to how many digits?

# %%
# How far the resumed run agrees: "two or three digits", "five or six digits" or "every
# bit"
guess("7.4", ...)


# %%
def small_run(fails_at=None, **where):
    """Train a small network for 30 steps; at step `fails_at` the power fails.

    Returns its weights.
    """
    torch.manual_seed(0)
    small, done = MeanPoolBST(N_ITEMS, MAX_LEN, D=8, hidden=16), []
    loss_of_batch = click_loss(windows, targets, n_negatives=3)

    def loss(network, rows, generator):
        done.append(rows)
        if len(done) == fails_at:
            raise OSError("the power failed")
        return loss_of_batch(network, rows, generator)

    train(
        small, loss, 960, TrainConfig(epochs=2, batch_size=64), progress=False, **where
    )
    return small.state_dict(), len(done)


# %% tags=["nbval-check-output"]
with tempfile.TemporaryDirectory() as folder:
    place = {"checkpoint": Path(folder) / "night.safetensors", "checkpoint_every": 5}
    try:
        small_run(fails_at=18, **place)
    except OSError as error:
        print(f"step 18: {error}")
    resumed, n_steps = small_run(**place)
uninterrupted, _ = small_run()
differ = sum(
    (resumed[name] != uninterrupted[name]).sum().item() for name in uninterrupted
)
n_weights = sum(weights.numel() for weights in uninterrupted.values())
print(f"resumed for the last {n_steps} of 30 steps")
print(f"weights that differ from a run without the failure: {differ} of {n_weights:,}")
apart = max((resumed[name] - uninterrupted[name]).abs().max() for name in uninterrupted)
roughly = "two or three digits" if apart > 1e-4 else "five or six digits"
reveal("7.4", "every bit" if differ == 0 else roughly)

# %% [markdown]
# A checkpoint holds the weights, the optimiser's averages and the number of the step, and what is drawn at random hangs on the seed
# and the step alone. So nothing can tell that there was a break.
#
# ## 7.5 Step two: the candidate among the clicks
#
# The mean-pooling model reads a history without knowing what it will be asked. All that it can hand over is one vector,
# good for every question. Chen et al. (2019) turn it round: the candidate stands **inside** the sequence, at the newest
# place, and the question is there while the reading is done.
#
# `[0, 0, 0, 0, 0, 0, 0, puppy food, food bowl, water dispenser, training treats?]`
#
# The candidate looks at the clicks (*is one of you like me?*), the clicks look at the candidate. And the MLP reads **all**
# positions side by side instead of their mean.
#
# > **What we changed, and why**
# >
# > - *Positions.* In the paper a click's position is the **time** between it and the recommendation, and its vector stands
# >   *beside* the item's. Ours is its place counted from the end, and is *added*, as everywhere in this course.
# > - *Norm.* The paper's block is [post-norm](glossary.ipynb), ours [pre-norm](glossary.ipynb): it needs less care in the first steps (chapter 06).
# > - *Items.* There an item is its number and its category; here its number alone (chapter 10 adds the rest). The paper
# >   also feeds the user, the context and crossed features into the MLP: `seqrec.models.BST` takes `n_features=`.
# > - *Data.* There the shop's log holds both answers, yes and no. A log of clicks holds no *no*, so our negatives are random.
# > - *Size.* The paper reads 20 clicks, with 8 [heads](glossary.ipynb) and an MLP of 1,024, 512 and 256 units; ours reads 10, with 2 heads and
# >   64 units.
# > - *Training.* There: Adagrad at .01, one epoch, [dropout](glossary.ipynb) of .2. Here: AdamW with a warm-up, two epochs, no dropout.
# >
# > As in the paper: one block, and LeakyReLU in its FFN, which lets a little of the negative through, so that a unit whose
# > input is negative still has a gradient.
#
# ### Your turn (7.7) · 12 minutes · hard


# %%
@exercise("7.7")
class BST(nn.Module):
    """Logit = head(all positions of the encoded sequence "history, candidate")."""

    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.S = max_len + 1  # positions: the clicks and the candidate
        self.encoder = SequenceEncoder(
            n_items,
            self.S,
            D=D,
            H=H,
            n_blocks=1,
            hidden=hidden,
            causal=False,
            activation="leaky_relu",
        )
        self.head = click_head(self.S * D, mlp=(64,), dropout=0.0)  # (B, S D) -> (B, 1)

    def forward(self, histories, candidates):
        """histories: (B, L) long, left-padded, L of max_len or less. candidates: (B,).
        Returns logits (B,).

        1. The candidate comes last. Zeros in front fill the sequence up to S.
        2. Encode; set the states of padding to 0.
        3. All states side by side, oldest first, go into the head.
        """
        ### BEGIN SOLUTION
        sequences = torch.cat([histories, candidates[:, None]], dim=1)  # (B, L + 1)
        # (B, S)
        sequences = nn.functional.pad(sequences, (self.S - sequences.shape[1], 0))
        states = self.encoder(sequences) * (sequences != 0)[:, :, None]  # (B, S, D)
        return self.head(states.flatten(1)).squeeze(1)
        ### END SOLUTION

    def score_candidates(self, histories, candidates):
        """histories: (B, L). candidates:

        (B, C). Returns logits (B, C): every pair is a sequence of its own.
        """
        B, C = candidates.shape
        return self(histories.repeat_interleave(C, dim=0), candidates.flatten()).view(
            B, C
        )


# %%
hint("7.7")

# %% [markdown]
# ### The price
#
# **Guess:** to rank 50 products for one shopper, how many positions does each model send through its encoder?

# %%
# Positions for one shopper, MeanPoolBST: a number
guess("7.5", ...)
# Positions for one shopper, BST: a number
guess("7.6", ...)

# %% tags=["nbval-check-output"]
torch.manual_seed(0)
bst = BST(N_ITEMS, MAX_LEN, hidden=64)
encoded = {}
for name, model in {"MeanPoolBST": mean_pool, "BST": bst}.items():
    count = model.encoder.register_forward_hook(
        lambda _, inputs, __, name=name: encoded.update({name: inputs[0].numel()})
    )
    score_catalogue(model, windows[:1])
    count.remove()
    print(f"{name:11s} {encoded[name]:4d} positions for one shopper")
print(f"{encoded['BST'] / encoded['MeanPoolBST']:.0f} times as many")
reveal("7.5", encoded["MeanPoolBST"])
reveal("7.6", encoded["BST"])

# %% [markdown]
# A history of ten is encoded once; or eleven positions, for every candidate anew. In a shop with 100,000 products that
# is a million positions for one page view. So nobody ranks a catalogue with BST: a cheap model picks some hundred
# candidates, and BST ranks those (chapter 11). With 50 products we can afford it. It is trained as the other one was:
# the same negatives, the same learning rate, the same two epochs.

# %%
bst_history, bst_losses = fit(bst, n_negatives=3, learning_rate=0.008, epochs=2)
show(
    draw_training(bst_history, bst_losses, "BST"),
    alt="Left: the loss of each step scatters around a running mean that falls "
    "steeply, then slowly to the end. Right: validation NDCG@10 rises from the first "
    "to the second epoch.",
)

# %% [markdown]
# ## 7.6 Two new rungs
#
# **Guess:** chapter 05's [ladder](glossary.ipynb) had the [Markov chain](glossary.ipynb) and co-occurrence in the middle. Where do our two models stand?

# %%
# The ladder, the lowest NDCG@10 first: letters in your order, in quotation marks: A
# BST; B co-occurrence; C Markov chain; D MeanPoolBST
guess("7.7", ...)

# %%
newest = torch.from_numpy(histories[:, -MAX_LEN:])
users = np.unique(log["user_id"])
law = oracle.next_item_probabilities(histories)  # (B, V)
exposures = exposures_from_interactions(known, N_ITEMS)
mlp = MLPClick(N_ITEMS, epochs=3, batch_size=2048, progress=False).fit(exposures)
scores = {
    "popularity": Popularity(N_ITEMS).fit(known).score(users, histories),
    "memoryless (MLP)": mlp.score(users),
    "Markov chain": MarkovChain(N_ITEMS).fit(known).score(users, histories),
    "co-occurrence": ItemCoOccurrence(N_ITEMS).fit(known).score(users, histories),
    "MeanPoolBST": score_catalogue(mean_pool, newest).numpy(),
    "BST": score_catalogue(bst, newest).numpy(),
    "oracle": law,
}

# %%
ladder = pd.DataFrame(
    {
        name: {
            "HR@10": expected_hit_rate(score, law, 10).mean(),
            "NDCG@10": expected_ndcg(score, law, 10).mean(),
            "AUC": auc(
                score[np.arange(len(score)), answers],
                np.take_along_axis(score, negatives, axis=1),
            ),
        }
        for name, score in scores.items()
    }
).T
lift = ladder["NDCG@10"]
ladder["share of the lift"] = share_of_lift(lift, lift["popularity"], lift["oracle"])
reveal("7.7", lift.sort_values().index)
ladder.round(2)

# %% jupyter={"source_hidden": true}
fig, ax = plt.subplots(figsize=(7.6, 3.8))
colours = [COLOUR_OF[name] for name in ladder.index]
ax.barh(ladder.index, ladder["NDCG@10"], color=colours)
for name in ("popularity", "oracle"):
    ax.axvline(ladder.loc[name, "NDCG@10"], color=COLOUR_OF[name], ls="--", lw=1)
for place, (_, rung) in enumerate(ladder.iterrows()):
    ax.text(
        0.73,
        place,
        f"{rung['NDCG@10']:.2f}  ({rung['share of the lift']:.0%})",
        va="center",
        size=9,
    )
ax.set(
    xlabel="NDCG@10, all 50 products ranked",
    xlim=(0, 0.9),
    xticks=np.arange(0, 0.8, 0.1),
)
ax.set_title("The ladder (in brackets: share of the achievable lift)")
ax.grid(axis="y", visible=False)
show(
    fig,
    alt="Bars of NDCG@10 that grow from popularity over the memoryless MLP, the Markov "
    "chain and co-occurrence to BST, then the oracle. MeanPoolBST lies beside "
    "the Markov chain, BST above all but the oracle.",
)

# %% [markdown]
# (One run of each, two epochs. Section 7.8 compares the two with care.)
#
# AUC puts the models in nearly the same order as [NDCG@10](glossary.ipynb), but close together. The MLP has more than half of the oracle's lead over
# popularity in AUC, and a third of it in NDCG@10. Perhaps most random negatives are easy: an aquarium filter, for somebody with a puppy. We ask for
# them apart.

# %%
animal = np.append("none", shop.products["species"])
same_animal = animal[negatives] == animal[answers][:, None]  # (B, 8)
by_kind = {}
for name, score in scores.items():
    of_click = score[np.arange(len(score)), answers][:, None]
    of_others = np.take_along_axis(score, negatives, axis=1)
    above = (of_click > of_others) + (of_click == of_others) / 2  # (B, 8)
    by_kind[name] = {
        "negatives for another animal": above[~same_animal].mean(),
        "negatives for the same animal": above[same_animal].mean(),
    }
print(f"{same_animal.mean():.0%} of the negatives are for the same animal as the click")
pd.DataFrame(by_kind).T.rename_axis("how often the click is above").round(2)

# %% [markdown]
# Two of three negatives are for another animal, and these even the MLP puts below the click nine times out of ten. Against the others it is little better than
# popularity. AUC is full of the easy pairs; NDCG@10 looks at the top of the list, where the hard ones stand.
#
# ### Is the probability a probability?
#
# A ranking needs an order. An auction for an advert, or an expected revenue, needs the **number**. We hold each model's
# sigmoid beside the oracle's click probability, on the same pairs: test clicks, and negatives drawn as in that model's
# training.

# %% jupyter={"source_hidden": true}
fig, axes = plt.subplots(1, 2, figsize=PAIR, sharey=True)
log_loss = {}
for ax, (name, N) in zip(axes, {"MeanPoolBST": 3, "BST": 3}.items(), strict=True):
    asked = pairs[:, : 1 + N]
    told = (
        torch.from_numpy(np.take_along_axis(scores[name], asked, axis=1))
        .double()
        .sigmoid()
        .numpy()
    )
    truth = oracle.click_probability(
        histories, asked, negatives=uniform, n_negatives=N, reject_target=True
    )
    log_loss[name] = {
        who: binary_cross_entropy(
            torch.from_numpy(answer), torch.from_numpy(truth)
        ).item()
        for who, answer in {
            "same for all": np.full_like(truth, 1 / (1 + N)),
            "model": told,
            "oracle": truth,
        }.items()
    }
    pair = pd.DataFrame({"says": told.ravel(), "true": truth.ravel()})
    tenths = pair.groupby(pd.cut(pair["says"], np.linspace(0, 1, 11)), observed=True)
    middle, edges = tenths.mean(), tenths["true"].quantile([0.1, 0.9]).unstack()
    ax.fill_between(
        middle["says"],
        edges[0.1],
        edges[0.9],
        color=COLOURS[0],
        alpha=0.2,
        label="80 % of the pairs",
    )
    ax.plot(middle["says"], middle["true"], "o-", color=COLOURS[0], label="mean")
    ax.plot([0, 1], [0, 1], color="0.5", ls="--", lw=1)
    ax.set(
        xlabel="the model's click probability", title=f"{name}, {N} negatives a click"
    )
axes[0].set_ylabel("the oracle's, of the same pairs")
axes[0].legend(loc="upper left")
fig.tight_layout()
show(
    fig,
    alt="The oracle's click probability over the model's, for both models. The means "
    "lie close to the diagonal, the band of 80 percent of the pairs around them is "
    "wide: most of the square between 20 and 80 percent.",
)

# %%
pd.DataFrame(log_loss).T.rename_axis("expected log-loss (nats)").round(3)

# %% [markdown]
# The means stay close to the diagonal: of all pairs that a model calls 40 %, about 40 % are clicks. It is *calibrated*.
# Yet the band is wide: among those pairs are some of which the oracle is nearly sure. A model can be right on average
# and know little about the single pair; the log-loss sees both.
#
# Mind *which* probability this is: that of a click in a mixture with $N$ random negatives a click, not that of a click
# on a page. Train with more negatives and it gets smaller; the order stays.
#
# ## 7.7 Two sessions of Anna's
#
# Chapter 01 ended with a blind spot: on Monday Anna sets up a feeding station, three weeks later it is hygiene, and the
# memoryless models gave her the same five products both times. (The MLP here is the rung of the ladder, and LinUCB
# learns from the same log.)

# %%
first_of_type = (
    shop.products.reset_index().groupby("product_type")["product_id"].first()
)
stories = {
    "feeding station": ["Puppy Food", "Food Bowl", "Water Dispenser"],
    "hygiene": ["Flea & Tick Prevention", "Dog Shampoo", "Grooming Brush"],
}
# (2, 3)
sessions = np.stack([first_of_type[story].to_numpy() for story in stories.values()])

# %%
first_three = (
    log.sort_values(["user_id", "timestamp"])
    .groupby("user_id")
    .head(3)["item_id"]
    .to_numpy()
    .reshape(-1, 3)
)
anna = next(
    user
    for user, items in enumerate(first_three)
    if list(types[items]) == stories["feeding station"]
)

# %%
# Of the past; LinUCB learns from what came after it
rates = click_rates(exposures, shop.products["category"])
bandit = LinUCB(N_ITEMS, rates).fit(exposures_from_interactions(valid, N_ITEMS))
answers_to_anna = {
    "oracle": oracle.next_item_probabilities(sessions),
    "BST": score_catalogue(bst, torch.from_numpy(sessions)).numpy(),
    "MeanPoolBST": score_catalogue(mean_pool, torch.from_numpy(sessions)).numpy(),
    "MLP": mlp.score([anna, anna]),
    "LinUCB": bandit.score([anna, anna]),
}
# (2, 5) each
top_five = {name: top_items(score, 5) for name, score in answers_to_anna.items()}
tiers = shop.products["price_tier"].astype(str)
tiers = tiers.map({"budget": "€", "standard": "€€", "premium": "€€€"})

# %% jupyter={"source_hidden": true}
fig, axes = plt.subplots(2, 1, figsize=(7.5, 8))
for ax, session_number, (title, story) in zip(
    axes, range(2), stories.items(), strict=True
):
    best = top_five["oracle"][session_number]
    for column, (name, lists) in enumerate(top_five.items()):
        ax.text(
            column + 0.5, -0.35, name, ha="center", va="center", weight="bold", size=10
        )
        for place, item in enumerate(lists[session_number]):
            shade = (
                COLOURS[2]
                if item in best
                else COLOURS[1]
                if types[item] in story
                else "white"
            )
            ax.add_patch(
                plt.Rectangle(
                    (column, place), 1, 1, facecolor=shade, alpha=0.3, edgecolor="0.6"
                )
            )
            ax.text(
                column + 0.5,
                place + 0.5,
                f"{types[item]}\n{tiers[item]}".replace("Training ", "Training\n"),
                ha="center",
                va="center",
                size=8.5,
            )
    ax.set(
        xlim=(0, len(top_five)),
        ylim=(5, -0.7),
        yticks=np.arange(5) + 0.5,
        yticklabels=range(1, 6),
        xticks=[],
    )
    ax.set_title(f"{title}: {' > '.join(story)} > ?", loc="left")
    ax.grid(visible=False)
    for side in ax.spines.values():
        side.set_visible(False)
among = [
    len(set(ours.tolist()) & set(best.tolist()))
    for ours, best in zip(top_five["BST"], top_five["oracle"], strict=True)
]
fig.suptitle(
    "Top five (green: the product is among the oracle's five; orange: a type that she "
    "has just clicked)",
    size=10,
)
fig.tight_layout()
show(
    fig,
    alt="Two tables of top-five products, one for each session, with a column each for "
    "oracle, BST, MeanPoolBST, MLP and LinUCB. Of BST's five, "
    f"{among[0]} are among the oracle's after the feeding station and {among[1]} after "
    "hygiene. MLP and LinUCB show the same list twice.",
)

# %%
for name, lists in top_five.items():
    feeding, hygiene = (set(row.tolist()) for row in lists)
    print(f"{name:11s} has {len(feeding & hygiene)} of 5 products in both sessions")

# %% [markdown]
# The transformers answer the [session](glossary.ipynb), the memoryless models cannot. The orange fields are a weakness to remember: a
# product of a kind that she has *just* clicked. On a [mission](glossary.ipynb), a done step is done.
#
# Of BST's five, fewer are among the oracle's five after hygiene than after the feeding station. Does it answer hygiene worse? There is a
# reason why it might. **Guess:** of what has the log little for hygiene: products, clicks on them, or histories that begin with them?

# %%
# Of what the log has little for hygiene: "few products", "few clicks on them" or "few
# histories that begin so"
guess("7.8", ...)

# %% tags=["nbval-check-output"]
# All training histories of three clicks
three = windows[(windows > 0).sum(dim=1) == 3][:, -3:].numpy()
numbers = {}
for title, story in stories.items():
    same = sum(set(types[items]) == set(story) for items in three)
    numbers[title] = {
        "few products": types.isin(story).sum(),
        "few clicks on them": known["item_id"].map(types).isin(story).sum(),
        "few histories that begin so": same,
    }
    print(
        f"{title:15s} {same:3d} of {len(three):,} histories of three clicks, "
        "in whatever order"
    )
numbers = pd.DataFrame(numbers)
is_few = numbers["hygiene"] < numbers["feeding station"] / 2
reveal("7.8", is_few[is_few].index)

# %% [markdown]
# (Products and clicks are about as many as for the feeding station.) Hardly anybody *begins* with hygiene: it comes
# later in a life, behind other clicks. The oracle knows the missions and needs no example; a network knows what it has
# seen. A good reason to be worse. But *is* BST worse? Two lists of five are two questions. We ask more of them: each product of
# the three types, in each order. The score is NDCG@10 under the oracle's law; the oracle's own is the best that can be had. And we ask for
# hygiene as it is asked in the shop, too, behind Anna's feeding station.


# %%
def in_all_ways(story):
    """The products of these types in every choice and order: (n, 3)."""
    shelves = [types.index[types == kind] for kind in story]
    return np.array(
        [order for chosen in product(*shelves) for order in permutations(chosen)]
    )


# %%
feeding, hygiene = (in_all_ways(story) for story in stories.values())
behind = np.hstack([np.tile(sessions[:1], (len(hygiene), 1)), hygiene])  # (n, 6)
answered = {}
for what, asked in {
    "feeding station alone": feeding,
    "hygiene alone": hygiene,
    "hygiene, behind a feeding station": behind,
}.items():
    true = oracle.next_item_probabilities(asked)
    told = score_catalogue(bst, torch.from_numpy(asked)).numpy()
    ours, best = (expected_ndcg(each, true, 10).mean() for each in (told, true))
    answered[what] = {"BST": ours, "oracle": best, "questions": len(asked)}
pd.DataFrame(answered).T.round(2).astype({"questions": int})

# %% [markdown]
# Not by this score: what is missing to the oracle is about as much after hygiene as after the feeding station. We had a good reason for
# something that is hardly there. Look first whether there is anything to explain! (And mind that this is one network, trained once, and
# two missions: a difference of some hundredths, or of a tenth in the last row, may be gone in the next training.)
#
# What did BST look at? Here are its two heads, with the oracle's favourite as candidate: a row is who looks, a column
# at whom, and each row sums to 1.

# %% jupyter={"source_hidden": true}
fig, axes = plt.subplots(2, 2, figsize=(9.4, 7.6))
on_candidate = []
for row_of_axes, clicks, (title, story), best in zip(
    axes, sessions, stories.items(), top_five["oracle"][:, 0], strict=True
):
    sequence = torch.from_numpy(np.append(clicks, best))[None]  # (1, 4)
    with torch.no_grad():
        _, (weights,) = bst.eval().encoder(sequence, need_weights=True)  # (1, H, 4, 4)
    labels = [*story, f"{types[best]}?"]
    for head, ax in enumerate(row_of_axes):
        sns.heatmap(
            weights[0, head],
            annot=True,
            fmt=".2f",
            cmap=SEQUENTIAL,
            vmin=0,
            vmax=1,
            cbar=False,
            square=True,
            ax=ax,
            xticklabels=labels,
            yticklabels=labels if head == 0 else False,
        )
        ax.set_xticklabels(labels, rotation=30, ha="right", size=8)
        ax.tick_params(axis="y", labelsize=8, labelrotation=0)
        ax.set_title(f"{title}, head {head + 1}")
        mean = weights[0, head, :, -1].mean()
        on_candidate.append(f"{title}, head {head + 1} {mean:.2f}")
fig.tight_layout()
show(
    fig,
    alt="Four grids of attention weights, four by four: two sessions by two heads. Mean "
    f"weight on the candidate: {', '.join(on_candidate)}.",
)

# %% [markdown]
# ## 7.8 Which of the two, and why?
#
# One run is one run, and the two models differ in *two* things: where the candidate stands, and what the head reads. So we change one
# thing at a time. Between the two there are two more models: the candidate beside the history but all places to the head, and the candidate
# inside but the mean to the head. And from BST we take two parts away: its **attention** (each position looks at itself alone), and the
# **order** of the clicks (they are shuffled, in training and when asked).
#
# All have the same negatives and the same epochs, once few and once three times as many. All had the same search: two learning rates, tried
# on a shop that is not in the table, the better one by NDCG@10 on its validation clicks. Then three other shops, of 600 shoppers each.
# The table is made by `python -m benchmarks.bench_bst_parts course/measured/07_parts.csv`, in about ten minutes.
#
# **Guess:** which of the three costs BST most when it is taken away: the candidate inside, the attention, or all places to the head?

# %%
# What costs BST most to lose: "the candidate inside", "the attention" or "all places to
# the head"
guess("7.9", ...)

# %% tags=["nbval-check-output"]
parts = measured("07_parts").query("task == 'result'")
share = parts.pivot(index="model", columns=["epochs", "seed"], values="share")
share = share.loc[parts["model"].unique()]  # in the table's order
by_epochs = share.T.groupby("epochs")
print("share of the lift, mean of three shops, and their standard deviation:")
both = pd.concat({"mean": by_epochs.mean().T, "std": by_epochs.std().T}, axis=1)
print(both.round(2).to_string())
lost = by_epochs.mean().loc[6]
reveal(
    "7.9",
    {
        "all places to the head": "the candidate inside",
        "BST, no attention": "the attention",
        "candidate inside": "all places to the head",
    }[
        lost[
            ["all places to the head", "BST, no attention", "candidate inside"]
        ].idxmin()
    ],
)

# %% jupyter={"source_hidden": true}
fig, axes = plt.subplots(1, 2, figsize=PAIR, sharey=True, sharex=True)
for ax, epochs in zip(axes, (2, 6), strict=True):
    for place, values in enumerate(share[epochs].to_numpy()[::-1]):
        ax.plot(values, [place] * 3, "o", color=COLOURS[0], alpha=0.8)
        ax.plot(values.mean(), place, "|", color=COLOURS[1], ms=18, mew=2)
    ax.set(title=f"{epochs} epochs", xlabel="share of the lift")
    ax.set_yticks(range(len(share)), share.index[::-1])
fig.tight_layout()
show(
    fig,
    alt="Share of the achievable lift of six models after two and after six epochs, three "
    "shops each. After two, BST and the model with the candidate inside and a mean lie near "
    ".44, the four others near .34. After six: .68 for the candidate inside with a mean, .61 "
    "for BST, and .40 to .44 for the four others.",
)

# %% [markdown]
# - **The candidate inside** is what counts, at these numbers of epochs. With the candidate beside the history, it is all the same what the head reads.
# - It counts only together with **attention** and **order**. Take either of them from BST, and nothing of its lead is left.
# - **All places to the head** is no gain here. After two epochs it makes no difference, after six the mean is ahead. The paper does not
#   compare the two.
#
# What this table can't say: how it ends. All six still gain much from the second to the sixth epoch, so none of them is trained to the end, and 600
# shoppers are few. The differences are large against the spread of three shops (the points in the picture), but with more clicks they may shrink.
#
# Where does BST win? **Guess:** at the start of a visit, or
# deep in it?

# %%
# Where BST is ahead of MeanPoolBST: "at the start" or "deep in it"
guess("7.10", ...)

# %% tags=["nbval-check-output"]
places = parts.set_index(["model", "epochs", "seed"])[["start", "deep"]]
ahead = places.loc["BST"] - places.loc["MeanPoolBST"]
print("NDCG@10, BST less MeanPoolBST: one or two clicks in the visit, five or more:")
print(ahead.round(3).to_string())
mean = ahead.loc[6].mean()
where = "deep in it" if mean["deep"] > mean["start"] else "at the start"
reveal("7.10", where)

# %% [markdown]
# After two epochs the lead is about as large in both places. After six it is larger deep in the visit, in each of the three shops. Here are the two networks of
# this chapter (two epochs), click by click. And beside it, what they show wrongly: types that were clicked in this visit already.

# %%
ordered = log.sort_values(["user_id", "timestamp"])
before = ordered.groupby("user_id").head(-1)  # all but the click that is asked for
last_visit = before.groupby("user_id")["session_id"].transform("last")
# Clicks in the visit so far
depth = (before["session_id"] == last_visit).groupby(before["user_id"]).sum().to_numpy()
compared = ("MeanPoolBST", "BST", "oracle")
per_user = pd.DataFrame(
    {name: expected_ndcg(scores[name], law, 10) for name in compared}
)
bins_of_depth = pd.cut(depth, [0, 2, 4, 6, 8], labels=["1-2", "3-4", "5-6", "7-8"])
by_depth = per_user.groupby(bins_of_depth, observed=True).mean()

kind = np.append(-1, types.astype("category").cat.codes)  # (V,) a number for each type
in_visit = np.arange(40) >= 40 - depth[:, None]  # (B, 40)
done = {}
for name in compared:
    shown = kind[top_items(scores[name], 5)]  # (B, 5)
    again = (shown[:, :, None] == kind[histories][:, None]) & in_visit[:, None]
    done[name] = again.any(axis=2).mean()
print("share of the top five:", {name: round(float(x), 2) for name, x in done.items()})

# %% jupyter={"source_hidden": true}
fig, (left, right) = plt.subplots(1, 2, figsize=PAIR)
for name in by_depth:
    left.plot(by_depth.index, by_depth[name], "o-", color=COLOUR_OF[name], label=name)
left.set(
    xlabel="clicks in the visit so far",
    ylabel="NDCG@10",
    ylim=(0.2, 0.8),
    title="Where the score comes from",
)
left.legend(loc="lower left", fontsize=8)
right.bar(list(done), list(done.values()), color=[COLOUR_OF[name] for name in done])
right.set(ylabel="share of the top five", title="Types clicked in this visit")
fig.tight_layout()
show(
    fig,
    alt="Left: NDCG@10 over the clicks in the visit so far. BST is ahead of "
    "MeanPoolBST, the oracle is far above "
    "both. Right: of MeanPoolBST's top five the largest share are types that were "
    "clicked in this visit already, BST has fewer, the oracle fewest.",
)

# %% [markdown]
# Deep in a visit the question becomes *which steps are left?* That is a question about each candidate **and** the clicks: is something like it among
# them? BST can look. A mean of ten vectors is made before anyone asks, and has to hold the answers to all fifty questions at once. It can, but it takes
# longer to learn them: train MeanPoolBST for twelve epochs at a rate of .004 (a minute), and see how far one vector comes. (Chapter 08's model has no
# more than one, either.) After two epochs neither model is done: both still show finished steps more often than the oracle.
#
# BST's price stays: each of its answers costs a pass of its own. Where many candidates have to be ranked in little time,
# the mean-pooling model may still be the right choice.
#
# Here is one table more, five shops of 4,000 shoppers (`python -m benchmarks.bench_bst
# course/measured/07_bst.csv`; each model with a recipe of its own, MeanPoolBST with 8 negatives and three epochs, BST with 3 and two, so it can't say how far
# apart they are; made when our embeddings began at length 1, today they begin at 0.4):

# %% tags=["nbval-check-output"]
runs = measured("07_bst").groupby("model")["share"].agg(["mean", "std"])
print(runs.loc[["co-occurrence", "MeanPoolBST", "BST", "GRU4Rec (small)"]].round(2))

# %% [markdown]
# With these recipes [GRU4Rec](glossary.ipynb), the small recurrent network of chapter 05, stands above BST. The two differ in several things. One of them is
# the question: not *yes or no, for a few random products?* but *which one of all?*, and at every position of a sequence at once.
# Chapter 08 puts that question to a transformer.
#
# ## Key ideas
#
# - A click model answers yes or no about a pair; its probability is that of a mixture with the negatives it was trained on.
# - Padding is kept out twice: of the attention by a mask, of the mean by a masked mean. PyTorch's masks have the opposite sign.
# - Train on logits. Warm up, then come down. Judge an epoch by clicks that are in neither training nor test.
# - A checkpoint makes a long run safe; with keyed randomness it ends with the same bits.
# - The candidate inside the sequence can look at each click. The price is a sequence for every pair.

# %%
scoreboard("07")
calibration("07")

# %%
quiz("7.1")

# %%
quiz("7.2")

# %%
quiz("7.3")

# %%
quiz("7.4")

# %% [markdown]
# **Go further.**
#
# - Chen, Zhao, Li, Huang & Ou (2019), [*Behavior Sequence Transformer for E-commerce Recommendation in
#   Alibaba*](https://arxiv.org/abs/1905.06874).
# - Zhou et al. (2018), [*Deep Interest Network for Click-Through Rate Prediction*](https://arxiv.org/abs/1706.06978): the
#   candidate looks at the clicks, without a transformer.
# - Vaswani et al. (2017), [*Attention Is All You Need*](https://arxiv.org/abs/1706.03762): its section 5.3 has the warm-up.
#
# Next: **[08 · SASRec](08_sasrec.ipynb)**, which predicts at every position at once.
