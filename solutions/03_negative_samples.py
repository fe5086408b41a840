# %% [markdown]
# # 03 · Negative samples
#
# A click log says what people wanted. It never says what they did *not* want. Most models need both, so we draw the
# second kind ourselves. How we draw it decides what the model learns.
#
# **After this chapter you can** draw negatives in four ways, count how often they are wrong, correct a model for the way
# in which they were drawn, and tell from numbers how many you need.
#
# **You need** chapters 00 to 02, and a little PyTorch. **Time:** 50 minutes, exercises included.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

from seqrec.losses import bce_loss, sampled_softmax_loss
from seqrec.metrics import expected_ndcg, share_of_lift
from seqrec.negatives import in_batch_negatives, popularity_negatives
from seqrec.sequences import sliding_windows
from solutions import exercise, hint, quiz, scoreboard
from solutions.figures import COLOURS, PAIR, WIDE, show
from zooplus_sim import Oracle, ZooplusSimulator

shop = ZooplusSimulator(n_users=6_000)
n_items = shop.n_products
log = shop.journeys(events_per_user=40, seed=1).interactions
clicks = log["item_id"].to_numpy().reshape(-1, 40)  # (users, 40)
learn, test = clicks[1_000:], clicks[:1_000]

# %% [markdown]
# ## 3.1 The first try
#
# Nearly everybody begins like this: take each true pair (history, target), copy it with a random product in place of
# the target, call the first 1 and the second 0, shuffle.
#
# **Guess:** we have 50 products. How many of these "negatives" are no negatives at all, because they are the very target,
# or another product that the same shopper clicked?

# %% tags=["nbval-check-output"]
histories, targets = sliding_windows(log[log["user_id"] >= 1_000], max_len=10)
first_try = np.random.default_rng(0).integers(1, n_items + 1, size=len(targets))
own = np.repeat(learn, 39, axis=0)  # (windows, 40) all clicks of the shopper that each window belongs to
print(f"the target itself:               {np.mean(first_try == targets):.1%}, theory says {1 / n_items:.1%}")
print(f"a product that she clicks, too:  {np.mean((own == first_try[:, None]).any(1)):.1%}")

# %% [markdown]
# One in fifty contradicts its own positive, as theory says. Worse, about a third are things that she *does* like. These
# are **false negatives**. (A third fault chapter 02 has shown: the "copy" is often the same table, edited in place, and the
# true targets are gone.) In a shop with a million products both shares would be tiny; in a small one, or among the popular
# products of a large one, they are not.
#
# ### Your turn (3.1) · 8 minutes
#
# Draw better: uniformly, but never the target.


# %%
@exercise("3.1")
def uniform_negatives(targets, N, n_items, *, seed):
    """N negatives for each target, every other item as likely as any.

    targets: (B, L) long tensor of item ids 1..n_items, 0 = padding. seed: an integer.
    Returns (B, L, N) long: never the target of its position, 0 where the target is padding. Same seed, same draw; the
    global generator is left alone.
    """
    ### BEGIN SOLUTION
    generator = torch.Generator().manual_seed(seed)
    shape = (*targets.shape, N)
    drawn = torch.randint(1, n_items, shape, generator=generator)  # one item fewer: 1 .. n_items - 1
    drawn = drawn + (drawn >= targets[..., None])  # make room for the target: what is not below it moves up by one
    return drawn.masked_fill((targets == 0)[..., None], 0)
    ### END SOLUTION


# %%
hint("3.1")

# %% tags=["nbval-check-output"]
few = torch.tensor([[0, 0, 3, 1], [0, 2, 2, 3]])
print(uniform_negatives(few, 2, n_items=3, seed=0).tolist())

# %% [markdown]
# Three products, so only two are left for each target. What about the products that she likes? They can be rejected too:
# hand them over as `own_items`. But take them from the **training** part alone. To leave out what she will click tomorrow
# is to tell the model what tomorrow brings.
#
# ### Your turn (3.2) · 6 minutes
#
# Before you mend anything, count it.


# %%
@exercise("3.2")
def collisions(negatives, targets, own_items):
    """Count the negatives that are none.

    negatives: (B, N) long. targets: (B,) long, 0 = padding (its negatives don't count). own_items: (B, M) long, what the
    user of each row likes, 0 = nothing; it may hold the target, and an item twice.
    Returns three ints: (drawn, target, own): how many negatives there are; how many are the target; how many are *another*
    item of the user.
    """
    ### BEGIN SOLUTION
    real = (targets != 0)[:, None].expand_as(negatives)
    is_target = (negatives == targets[:, None]) & real
    is_own = (negatives[:, :, None] == own_items[:, None, :]).any(2) & real & ~is_target
    return int(real.sum()), int(is_target.sum()), int(is_own.sum())
    ### END SOLUTION


# %%
hint("3.2")

# %% tags=["nbval-check-output"]
rows = slice(0, 20_000)
ours = torch.tensor(targets[rows])
liked = torch.tensor(own[rows])
for name, negatives in {
    "first try": torch.tensor(first_try[rows])[:, None],
    "target rejected": uniform_negatives(ours[:, None], 1, n_items, seed=0)[:, 0],
    "popularity": popularity_negatives(
        ours, 1, torch.bincount(torch.tensor(learn).flatten(), minlength=n_items + 1), seed=0
    ),
}.items():
    drawn, target, liked_too = collisions(negatives, ours, liked)
    print(f"{name:16s} {target / drawn:5.1%} are the target, {liked_too / drawn:5.1%} something else that she likes")

# %% [markdown]
# ## 3.2 Four ways to draw
#
# - **uniform**: every product alike. Most are easy to tell apart: a fish tank for Anna.
# - **by popularity**, $q_j \propto \text{clicks}_j^{\alpha}$: popular products come up more often, so the model must learn
#   more than popularity. Word2vec found $\alpha = 0.75$ useful.
# - **in-batch**: the targets of the other rows of the batch. Free in large systems: their embeddings are at hand. That is
#   popularity, too.
# - **hard**: what the model itself ranks on top. Much to learn from each, but the very top is often what she would click
#   next. So one leaves a safe margin.

# %%
counts = torch.bincount(torch.tensor(learn).flatten(), minlength=n_items + 1)
many = torch.tensor(targets[:60_000])
samplers = {
    "uniform": uniform_negatives(many[:, None], 4, n_items, seed=0)[:, 0],
    "popularity, α = 0.75": popularity_negatives(many, 4, counts, alpha=0.75, seed=0),
    "in-batch": in_batch_negatives(many, 4, seed=0),
}
by_popularity = counts[1:].argsort(descending=True) + 1

fig, ax = plt.subplots(figsize=WIDE)
for (name, negatives), colour in zip(samplers.items(), COLOURS, strict=False):
    share = torch.bincount(negatives.flatten(), minlength=n_items + 1) / negatives.numel()
    ax.plot(range(1, n_items + 1), share[by_popularity], ".-", color=colour, label=name)
ax.set(xlabel="product, by popularity rank", ylabel="share of the negatives", ylim=(0, None))
ax.set_title("Which products are told to be unwanted?")
ax.legend()
show(
    fig,
    alt="Share of the negatives by popularity rank of the product. Uniform is flat at 2 percent. In-batch follows "
    "popularity steeply, from 5 percent down to almost nothing; popularity with power three quarters lies in between.",
)

# %% [markdown]
# ### Your turn (3.3) · 7 minutes
#
# Hard negatives, with their margin.


# %%
@exercise("3.3")
def hard_negatives(scores, targets, N, *, margin):
    """The N items that the model puts highest, without the target and without the `margin` best of the others.

    scores: (B, V) float, column j is item j, column 0 is padding and never taken. targets: (B,) long, none is padding.
    Returns (B, N) long, hardest first; `scores` stays as it is.
    """
    ### BEGIN SOLUTION
    candidates = scores.clone()
    candidates[:, 0] = -torch.inf
    candidates.scatter_(1, targets[:, None], -torch.inf)
    return candidates.topk(margin + N, dim=1).indices[:, margin:]
    ### END SOLUTION


# %%
hint("3.3")

# %% [markdown]
# ## 3.3 What the way of drawing teaches
#
# Now train something. The smallest model that minds order: a table with one row of scores for each *last* click. It can
# learn exactly what a Markov chain can, no more, so whatever differs below comes from the negatives.


# %%
oracle = Oracle(shop)
truth = oracle.next_item_probabilities(test[:, :-1])  # (1000, 51)
popularity = counts.numpy() / counts.sum().item()
floor = expected_ndcg(np.tile(popularity, (len(test), 1)), truth, k=10).mean()
ceiling = expected_ndcg(truth, truth, k=10).mean()
last, following = (torch.tensor(part.ravel()) for part in (learn[:, :-1], learn[:, 1:]))


def train(step_loss, seed, steps=150, batch=2048):
    """Scores (51, 51): row = last click. step_loss(scores of the batch's rows (B, 51), targets (B,), seed) -> loss."""
    generator = torch.Generator().manual_seed(seed)
    table = torch.zeros(n_items + 1, n_items + 1, requires_grad=True)
    optimizer = torch.optim.Adam([table], lr=0.1)
    for step in range(steps):
        chosen = torch.randint(len(last), (batch,), generator=generator)
        loss = step_loss(table[last[chosen]], following[chosen], seed * steps + step)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return table.detach()


def lift(table):
    """Share of the achievable lift of a table of scores on the 1,000 unseen shoppers."""
    scores = table[torch.tensor(test[:, -2])].numpy()
    return float(share_of_lift(expected_ndcg(scores, truth, k=10).mean(), floor, ceiling))


def with_bce(N):
    def step_loss(scores, targets, seed):
        negatives = uniform_negatives(targets[:, None], N, n_items, seed=seed)[:, 0]  # (B, N)
        positive = scores.gather(1, targets[:, None])[:, 0]
        return bce_loss(positive, scores.gather(1, negatives), torch.ones(len(targets), dtype=torch.bool))

    return step_loss


# %% [markdown]
# **How many?** **Guess:** one negative a positive, the common choice, against 4, 16, 48. What changes? And does it matter
# how long we train?

# %%
numbers = [1, 4, 16, 48]
budgets = {"short training (80 steps of 512)": (80, 512), "longer training (150 steps of 2,048)": (150, 2048)}
by_number = {
    name: np.array([[lift(train(with_bce(N), seed, *budget)) for seed in range(3)] for N in numbers])  # (4, 3 seeds)
    for name, budget in budgets.items()
}

fig, ax = plt.subplots(figsize=(WIDE[0], 3.0))
for (name, values), colour in zip(by_number.items(), COLOURS, strict=False):
    ax.errorbar(numbers, values.mean(1), values.std(1, ddof=1), fmt="o-", color=colour, capsize=4, label=name)
ax.set_xscale("log", base=2)
ax.set_xticks(numbers, numbers)
ax.set(xlabel="uniform negatives per positive", ylabel="share of the achievable lift", ylim=(0, None))
ax.set_title("The same model, more negatives (mean and standard deviation of 3 seeds)")
ax.legend(loc="lower right")
show(
    fig,
    alt="Share of the achievable lift against the number of negatives per positive, 1 to 48, after short and longer "
    "training. Both lines are nearly flat, and close together.",
)

# %% tags=["nbval-check-output"]
short, longer = (values.mean(1) for values in by_number.values())
print("short training: 16 negatives do better than one:", bool(short[2] > short[0]))
print("longer training: the number matters less:", bool(np.ptp(longer) < np.ptp(short)))

# %% [markdown]
# Hardly anything changes: all values lie within a few hundredths of each other. On a catalogue of 50 products, one negative
# asks the same question as 48, only with more noise in each step. Don't carry that over to 100,000 products; chapter 08 and
# the gBCE loss of chapter 04 return to it.
#
# **Which kind?** Popular products as negatives make the model work harder. But there is a catch. With a softmax over one
# positive and a few negatives, the score tends to $\log p_j - \log q_j$: how likely the product is, *divided by how often it
# was used as a negative* (van den Oord et al. 2018). Popular products look bad.
#
# The cure is the **log-Q correction**: subtract $\log q_j$ from each negative's score in the loss, and the division
# is undone.
#
# ### Your turn (3.4) · 8 minutes
#
# What was the chance of each negative? Mind the rejection: when the target may not be drawn, all the others get likelier.
#
# $$q(j \mid \text{target } i) = \frac{w_j}{\sum_k w_k - w_i}$$


# %%
@exercise("3.4")
def log_q(negatives, targets, weights):
    """The log-probability with which each negative was drawn, in proportion to `weights`, the target rejected.

    negatives: (B, N) long. targets: (B,) long, none is padding. weights: (n_items + 1,) float; entry 0 is padding, which
    is never drawn and must not count.
    Returns (B, N) float64.
    """
    ### BEGIN SOLUTION
    weights = weights.double().clone()
    weights[0] = 0
    left = weights.sum() - weights[targets]  # (B,)
    return weights[negatives].log() - left.log()[:, None]
    ### END SOLUTION


# %%
hint("3.4")

# %%
weights = counts.double()


def with_popular_negatives(corrected):
    def step_loss(scores, targets, seed):
        negatives = popularity_negatives(targets, 8, counts, alpha=1.0, seed=seed)  # (B, 8)
        correction = log_q(negatives, targets, weights).float() if corrected else None
        positive = scores.gather(1, targets[:, None])[:, 0]
        real = torch.ones(len(targets), dtype=torch.bool)
        return sampled_softmax_loss(positive, scores.gather(1, negatives), real, correction)

    return step_loss


tables = {
    name: [train(with_popular_negatives(name == "with"), seed) for seed in range(3)] for name in ("without", "with")
}
lifts = {name: np.array([lift(table) for table in each]) for name, each in tables.items()}

# %% [markdown]
# For each model we look at what it puts first for the 1,000 unseen shoppers: how popular is it, and how good?

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=PAIR)
for (name, each), colour in zip(tables.items(), COLOURS[1:3], strict=True):
    top = each[0][torch.tensor(test[:, -2])][:, 1:].topk(5).indices + 1
    share = torch.bincount(top.flatten(), minlength=n_items + 1) / top.numel()
    left.plot(range(1, n_items + 1), share[by_popularity].cumsum(0), color=colour, label=f"{name} correction")
left.plot(range(1, n_items + 1), popularity[by_popularity].cumsum(), color="black", ls=":", label="clicks")
left.set(xlabel="product, by popularity rank", ylabel="cumulated share", title="What is put in the top five")
left.legend(fontsize=8)
for place, (values, colour) in enumerate(zip(lifts.values(), COLOURS[1:3], strict=True)):
    right.bar(place, values.mean(), yerr=values.std(ddof=1), color=colour, capsize=4)
right.set_xticks(range(2), [f"{name} correction" for name in lifts])
right.set(ylabel="share of the achievable lift", title="How good it is (3 seeds)")
fig.tight_layout()
show(
    fig,
    alt="Left: cumulated share of the top-five lists over popularity rank. Without the correction rare products fill the "
    "lists; with it the curve comes close to that of the clicks. Right: the share of the achievable lift is clearly "
    "higher with the correction.",
)

# %% tags=["nbval-check-output"]
print("the correction helps with each of the three seeds:", bool((lifts["with"] > lifts["without"]).all()))

# %% [markdown]
# Nothing but one subtraction differs between the two. Without it, the model has learned the right thing for the wrong
# question.
#
# ## Key ideas
#
# - Random negatives can be false: the target itself (1 in $n$), or something else that the user likes (more).
# - Reject the target always, own items if you can afford it; own items come from the training data alone.
# - The way of drawing is part of what is learned: without log-Q, popular negatives make popular products look bad.
# - How many negatives one needs depends on the catalogue: among 50 products, one does nearly as well as 48.

# %%
scoreboard("03")

# %%
quiz("3.1")

# %%
quiz("3.2")

# %% [markdown]
# **Go further.** Mikolov et al. (2013), *Distributed Representations of Words and Phrases* (the power 0.75). Yi et al.
# (2019), *Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations* (log-Q). Huang et al. (2020),
# *Embedding-based Retrieval in Facebook Search* (hard negatives, and why not the hardest).
#
# Next: **04 · Losses**.
