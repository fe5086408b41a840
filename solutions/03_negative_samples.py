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
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch.nn.functional import embedding

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
from course.figures import COLOURS, WIDE, show
from seqrec.data import sliding_windows
from seqrec.losses import (
    in_batch_negatives,
    popularity_negatives,
    sampled_softmax_loss,
    softmax_loss,
)
from seqrec.metrics import expected_ndcg, share_of_lift
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

# %%
# Random negatives that the same shopper clicks, the target included: a number, in %
guess("3.1", ...)

# %% tags=["nbval-check-output"]
histories, targets = sliding_windows(log[log["user_id"] >= 1_000], max_len=10)
first_try = np.random.default_rng(0).integers(1, n_items + 1, size=len(targets))
# (windows, 40) all clicks of the shopper that each window belongs to
own = np.repeat(learn, 39, axis=0)
print(
    f"the target itself:               {np.mean(first_try == targets):.1%}, theory "
    f"says {1 / n_items:.1%}"
)
is_hers = (own == first_try[:, None]).any(1)
print(f"a product that she clicks, too:  {is_hers.mean():.1%}")
reveal("3.1", 100 * is_hers.mean())

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
    Returns (B, L, N) long: never the target of its position, 0 where the target is
    padding. Same seed, same draw; the global generator is left alone.
    """
    ### BEGIN SOLUTION
    generator = torch.Generator().manual_seed(seed)
    shape = (*targets.shape, N)
    # One item fewer: 1 .. n_items - 1
    drawn = torch.randint(1, n_items, shape, generator=generator)
    # Make room for the target: what is not below it moves up by one
    drawn = drawn + (drawn >= targets[..., None])
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

    negatives: (B, N) long. targets: (B,) long, 0 = padding (its negatives don't count).
    own_items: (B, M) long, what the user of each row likes, 0 = nothing; it may hold
    the target, and an item twice.
    Returns three ints: (drawn, target, own): how many negatives there are; how many are
    the target; how many are *another* item of the user.
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
        ours,
        1,
        torch.bincount(torch.tensor(learn).flatten(), minlength=n_items + 1),
        seed=0,
    ),
}.items():
    drawn, target, liked_too = collisions(negatives, ours, liked)
    print(
        f"{name:16s} {target / drawn:5.1%} are the target, {liked_too / drawn:5.1%} "
        "something else that she likes"
    )

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
    share = (
        torch.bincount(negatives.flatten(), minlength=n_items + 1) / negatives.numel()
    )
    ax.plot(range(1, n_items + 1), share[by_popularity], ".-", color=colour, label=name)
ax.set(
    xlabel="product, by popularity rank",
    ylabel="share of the negatives",
    ylim=(0, None),
)
ax.set_title("Which products are told to be unwanted?")
ax.legend()
show(
    fig,
    alt="Share of the negatives by popularity rank of the product. Uniform is flat at "
    "2 percent. In-batch follows popularity steeply, from 5 percent down to almost "
    "nothing; popularity with power three quarters lies in between.",
)

# %% [markdown]
# ### Your turn (3.3) · 7 minutes
#
# Hard negatives, with their margin.


# %%
@exercise("3.3")
def hard_negatives(scores, targets, N, *, margin):
    """The N items that the model puts highest, without the target and without the
    `margin` best of the others.

    scores: (B, V) float, column j is item j, column 0 is padding and never taken.
    targets: (B,) long, none is padding.
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
# Now train something. The smallest model that minds order is a table: a row of scores for each last click. With 50 products
# that is 2,500 numbers; with 500 it would be 250,000, and most of them would hardly ever see a click. So we give each
# product two short vectors, one for "was clicked", one for "is offered". The mean of the last three clicks' vectors, times
# the vector of what is offered, is the score. All that differs below is how the negatives are drawn.


# %%
def open_shop(n_products):
    """What 5,000 shoppers clicked, and what the oracle says of 1,000 others, whom no
    model learns from.
    """
    shop = ZooplusSimulator(n_products=n_products, n_users=6_000)
    clicks = (
        shop.journeys(events_per_user=40, seed=1)
        .interactions["item_id"]
        .to_numpy()
        .reshape(-1, 40)
    )
    test, learn = clicks[:1_000], clicks[1_000:]
    truth = Oracle(shop).next_item_probabilities(test[:, :-1])  # (1000, V)
    windows = torch.tensor(
        np.lib.stride_tricks.sliding_window_view(learn, 4, axis=1).reshape(-1, 4)
    )
    counts = torch.bincount(torch.tensor(learn).flatten(), minlength=n_products + 1)
    return SimpleNamespace(
        n_items=n_products,
        recent=windows[:, :3],
        following=windows[:, 3],
        counts=counts,
        test=torch.tensor(test[:, -4:-1]),  # (1000, 3)
        truth=truth,
        # Everybody is shown the most popular
        floor=expected_ndcg(np.tile(counts, (len(test), 1)), truth, k=10).mean(),
        ceiling=expected_ndcg(truth, truth, k=10).mean(),
    )


def train(shop, step_loss, seed, steps=60, batch=512, D=32):
    """Scores (1000, V) for the unseen shoppers.

    step_loss(scores of the batch (B, V), targets (B,), seed) -> loss.
    """
    generator = torch.Generator().manual_seed(seed)
    clicked, offered = (
        0.1 * torch.randn(shop.n_items + 1, D, generator=generator) for _ in range(2)
    )
    optimizer = torch.optim.Adam(
        [clicked.requires_grad_(), offered.requires_grad_()], lr=0.05
    )

    no_padding = torch.zeros(shop.n_items + 1)
    no_padding[0] = -torch.inf

    # All products: in a shop this small that is no slower than to score a few
    def score(recent):
        return torch.addmm(no_padding, embedding(recent, clicked).mean(1), offered.T)

    for step in range(steps):
        chosen = torch.randint(len(shop.following), (batch,), generator=generator)
        loss = step_loss(
            score(shop.recent[chosen]), shop.following[chosen], seed * steps + step
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return score(shop.test).detach()


def lift(shop, scores):
    """Share of the achievable lift: 0 is popularity, 1 the oracle."""
    return float(
        share_of_lift(
            expected_ndcg(scores.numpy(), shop.truth, k=10).mean(),
            shop.floor,
            shop.ceiling,
        )
    )


def softmax_against(draw, log_q_of=None):
    """The loss of a softmax over the target and its negatives, those that draw(targets,
    seed, scores) returns.
    """

    def step_loss(scores, targets, seed):
        negatives = draw(targets, seed, scores.detach())  # (B, N)
        correction = None if log_q_of is None else log_q_of(negatives, targets).float()
        # (B, 1 + N)
        sampled = scores.gather(1, torch.cat([targets[:, None], negatives], dim=1))
        return sampled_softmax_loss(
            sampled[:, 0], sampled[:, 1:], targets != 0, correction
        )

    return step_loss


def over_seeds(shop, step_loss):
    """The lift of three runs."""
    return [lift(shop, train(shop, step_loss, seed)) for seed in range(3)]


# %% [markdown]
# **How many?** **Guess:** one negative a positive, the common choice, against 4, 16, 64, and against *all* other products.
# What changes? Is it the same in our shop of 50 products and in one of 500? Say which share of the result of *all* the one
# negative reaches: among 50 products, and among 500.

# %%
# What one negative reaches of what all reach, 50 products: a number, in %
guess("3.2", ...)
# What one negative reaches of what all reach, 500 products: a number, in %
guess("3.3", ...)

# %%
shops = {n_products: open_shop(n_products) for n_products in (50, 500)}
numbers = [1, 4, 16, 64]


def uniform(shop, N):
    return lambda targets, seed, scores: uniform_negatives(
        targets[:, None], N, shop.n_items, seed=seed
    )[:, 0]


def against_all(scores, targets, seed):
    return softmax_loss(scores, targets, targets != 0)


by_number = {
    n: np.array([over_seeds(shop, softmax_against(uniform(shop, N))) for N in numbers])
    for n, shop in shops.items()
}
by_all = {n: np.mean(over_seeds(shop, against_all)) for n, shop in shops.items()}

fig, ax = plt.subplots(figsize=WIDE)
for (n, values), colour in zip(by_number.items(), COLOURS, strict=False):
    ax.errorbar(
        numbers,
        values.mean(1),
        values.std(1, ddof=1),
        fmt="o-",
        color=colour,
        capsize=4,
        label=f"{n} products",
    )
    ax.axhline(
        by_all[n], color=colour, ls=":", label=f"{n} products, against all of them"
    )
ax.set_xscale("log", base=2)
ax.set_xticks(numbers, numbers)
ax.set(
    xlabel="uniform negatives per positive",
    ylabel="share of the achievable lift",
    ylim=(0, 0.8),
)
ax.set_title(
    "The same 60 steps, more negatives (mean and standard deviation of 3 seeds)"
)
ax.legend(loc="lower right", ncols=2, fontsize=8)
show(
    fig,
    alt="Share of the achievable lift against the number of uniform negatives, 1 to "
    "64, in two shops. With 50 products the line rises a little, from .57 to .64. With "
    "500 it rises from about .2 to .37, more slowly towards the end, and comes close "
    "to the dotted line, at .38, of the model that was trained against all products.",
)
# As a share of what "against all" reaches
gain = {n: values.mean(1) / by_all[n] for n, values in by_number.items()}
reveal("3.2", 100 * gain[50][0])
reveal("3.3", 100 * gain[500][0])

# %% tags=["nbval-check-output"]
print(
    "one negative, 50 products: over 80% of what all of them give:",
    bool(gain[50][0] > 0.8),
)
print("one negative, 500 products: less than 65%:", bool(gain[500][0] < 0.65))
print("64 negatives, 500 products: over 85%:", bool(gain[500][3] > 0.85))
print(
    "from 1 to 4 brings more than from 16 to 64:",
    bool(gain[500][1] - gain[500][0] > gain[500][3] - gain[500][2]),
)

# %% [markdown]
# Among 50 products, one negative asks nearly the same question as all of them, only with more noise in each step. Among 500,
# the product that the model should learn to tell from the target seldom comes up, and more negatives pay: much at first,
# then less and less. With 64 we are nearly as good as with all 500. (With a longer training the gap narrows: what is not drawn
# today may be drawn tomorrow.) In shops of 100,000 products "all" is out of reach, and the number is a choice that costs.
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
    """The log-probability with which each negative was drawn, in proportion to
    `weights`, the target rejected.

    negatives: (B, N) long. targets: (B,) long, none is padding. weights: (n_items + 1,)
    float; entry 0 is padding, which is never drawn and must not count.
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
shop = shops[500]


def popular(N):
    return lambda targets, seed, scores: popularity_negatives(
        targets, N, shop.counts, alpha=1.0, seed=seed
    )


def from_batch(N):
    return lambda targets, seed, scores: in_batch_negatives(targets, N, seed=seed)


def hardest(N, margin):
    return lambda targets, seed, scores: hard_negatives(
        scores, targets, N, margin=margin
    )


def log_q_popular(negatives, targets):
    return log_q(negatives, targets, shop.counts)


def log_q_from_batch(negatives, targets):
    return log_q(
        negatives, targets, torch.bincount(targets, minlength=shop.n_items + 1)
    )


corrections = {"popularity": None, "popularity, log-Q": log_q_popular}
by_correction = {
    name: np.array(
        [over_seeds(shop, softmax_against(popular(N), correction)) for N in numbers]
    )
    for name, correction in corrections.items()
}
others = {  # what, how many, lift of three seeds
    "in-batch": (16, over_seeds(shop, softmax_against(from_batch(16)))),
    "in-batch, log-Q": (
        16,
        over_seeds(shop, softmax_against(from_batch(16), log_q_from_batch)),
    ),
    "hard, margin 0": (4, over_seeds(shop, softmax_against(hardest(4, 0)))),
    "hard, margin 20": (4, over_seeds(shop, softmax_against(hardest(4, 20)))),
}

# %% [markdown]
# In-batch negatives, which are drawn by popularity too, come along at 16; hard ones at 4, once from the very top and once
# from below a margin of 20. And we look at what the models put first for the 1,000 unseen shoppers: how popular is it?

# %%
by_popularity = shop.counts[1:].argsort(descending=True) + 1


def popularity_curve(items):
    """Share of `items` that are among the 1, 2, ... most popular products."""
    share = torch.bincount(items.flatten(), minlength=shop.n_items + 1) / items.numel()
    return share[by_popularity].cumsum(0)


top_five = {
    name: train(shop, softmax_against(popular(16), correction), seed=0).topk(5).indices
    for name, correction in corrections.items()
}

fig, (left, right) = plt.subplots(1, 2, figsize=(9.0, 4.4), width_ratios=(3, 2))
left.axhline(by_all[500], color="black", lw=1, label="against all products")
styles = dict(zip(corrections, ("C1--", "C1-"), strict=True))
for name, values in {"uniform": by_number[500], **by_correction}.items():
    style = styles.get(name, "C0-") + "o"
    left.errorbar(
        numbers,
        values.mean(1),
        values.std(1, ddof=1),
        fmt=style,
        ms=4,
        capsize=4,
        label=name,
    )
for (name, (N, values)), marker in zip(
    others.items(), ("D", "s", "x", "^"), strict=True
):
    colour = "C2" if name.startswith("in-batch") else "black"
    left.plot(
        N,
        np.mean(values),
        marker,
        color=colour,
        mfc="none",
        ms=8,
        mew=1.5,
        ls="",
        label=name,
    )
left.set_xscale("log", base=2)
left.set_xticks(numbers, numbers)
left.set(
    xlabel="negatives per positive",
    ylabel="share of the achievable lift",
    ylim=(-0.1, 0.5),
)
left.set_title("500 products (mean of 3 seeds, standard deviation)")
left.legend(
    loc="upper center",
    bbox_to_anchor=(0.5, -0.2),
    ncols=3,
    fontsize=8,
    handlelength=3.5,
)
ranks = range(1, shop.n_items + 1)
for name, items in top_five.items():
    right.plot(ranks, popularity_curve(items), styles[name], label=name)
right.plot(
    ranks,
    popularity_curve(shop.following),
    color="black",
    lw=1,
    label="what is clicked",
)
right.set(
    xlabel="product, by popularity rank",
    ylabel="cumulated share",
    title="Top five, 16 negatives",
)
right.legend(
    loc="upper center", bbox_to_anchor=(0.5, -0.2), fontsize=8, handlelength=3.5
)
fig.tight_layout()
show(
    fig,
    alt="Left: share of the achievable lift over 1 to 64 negatives. Without the "
    "correction popular negatives stay below .15. With it they start near 0 at one "
    "negative, meet the uniform ones at 16 and end with them near .38, the line of all "
    "products. In-batch negatives at 16 lie close to the popular ones, without and "
    "with correction. Four hard negatives: near 0 without a margin, about .24 with "
    "one, below the uniform ones. Right: without the correction the top-five lists "
    "hold rare and popular products alike; with it they lean to the popular ones.",
)

# %% tags=["nbval-check-output"]
plain, corrected = by_correction.values()
lifts = {name: np.array(values) for name, (_, values) in others.items()}
print(
    "popularity: from 16 negatives on, the correction helps with each seed:",
    bool((plain[2:] < corrected[2:]).all()),
)
print(
    "in-batch: so it does:", bool((lifts["in-batch"] < lifts["in-batch, log-Q"]).all())
)
print(
    "one negative: uniform is far ahead:",
    bool(by_number[500][0].min() > 0.05 + corrected[0].max()),
)
print(
    "64 negatives: it is not:",
    bool(by_number[500][3].mean() < 0.03 + corrected[3].mean()),
)
print(
    "hard: the margin helps with each seed:",
    bool((lifts["hard, margin 0"] < lifts["hard, margin 20"]).all()),
)
print(
    "but no better than four uniform ones:",
    bool(lifts["hard, margin 20"].mean() < by_number[500][1].mean() + 0.02),
)

# %% [markdown]
# Three things to take from it.
#
# - **The correction decides.** Nothing but one subtraction separates the dashed line from the solid one. Without it, more
#   negatives help little: the model learns the right thing for the wrong question. In-batch negatives are no different.
# - **It needs several negatives.** It weighs each by how rarely it comes up, to estimate a sum over all products. A sum
#   estimated from a single term is a poor one. Then popular negatives catch up; a clear lead over uniform ones they don't
#   get *here*.
# - **Hard is not better by itself.** At the very top stand the products that the shopper may well click next. With a margin
#   the damage is smaller, but in 60 steps from nothing they do no better than as many uniform ones. Shops that do gain from
#   hard negatives mix them with easy ones, and have millions of products.
#
# ## Key ideas
#
# - Random negatives can be false: the target itself (1 in $n$), or something else that the user likes (more).
# - Reject the target always, own items if you can afford it; own items come from the training data alone.
# - The way of drawing is part of what is learned: without log-Q, popular negatives make popular products look bad.
# - How many negatives one needs depends on the catalogue: among 50 products one does nearly as well as all; among 500 each
#   fourfold number helps, less each time.

# %%
scoreboard("03")
calibration("03")

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
