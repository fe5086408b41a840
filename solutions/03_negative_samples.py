# %% [markdown]
# # 03 · Negative samples
#
# A click log says what people wanted. It never says what they did *not* want. Most models need both, so we draw the
# second kind ourselves. How we draw it decides what the model learns.
#
# **After this chapter you can** draw negatives in four ways, count how often they are wrong, correct a model for the way
# in which they were drawn, and tell from numbers how many you need.
#
# **You need** chapters 00 to 02, and a little PyTorch (words: [Glossary](glossary.ipynb)). **Time:** 55 minutes, 33 of them for the exercises.

# %%
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import torch

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
from course.figures import COLOURS, WIDE, draw_curves, show
from course.trials import TwoVectors, chosen_by_validation, open_shop, train
from seqrec.data import sliding_windows
from seqrec.losses import (
    in_batch_negatives,
    popularity_negatives,
    sampled_softmax_loss,
    softmax_loss,
)
from zooplus_sim import Oracle, ZooplusSimulator

shop = ZooplusSimulator(n_users=6_000)
n_items = shop.n_products
log = shop.journeys(events_per_user=40, seed=1).interactions
clicks = log["item_id"].to_numpy().reshape(-1, 40)  # (users, 40)
learn = clicks[1_000:]

# %% [markdown]
# ## 3.1 The first try
#
# Nearly everybody begins like this. Take each true pair of a history and its *[target](glossary.ipynb)*, the product that was clicked next.
# Copy it with a random product in place of the target. Call the first 1 and the second 0, and shuffle.
#
# **Guess:** we have 50 products. How many of these "[negatives](glossary.ipynb)" are no negatives at all, because they are the very target,
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
# One in fifty contradicts its own positive, as theory says. Worse, three in ten are things that she *does* like. These
# are **[false negatives](glossary.ipynb)**. (A third fault chapter 02 has shown: the "copy" is often the same table, edited in place, and the
# true targets are gone.) The first share is one in the number of products, so it shrinks as a shop grows.
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
many_times = uniform_negatives(torch.full((1, 6_000), 2), 1, n_items=4, seed=0)
print("target 2 of 4, drawn 1 to 4:", torch.bincount(many_times.flatten())[1:].tolist())

# %% [markdown]
# Three products, so only two are left for each target; and of four products the three others come up equally often. What
# about the products that she likes? They can be rejected too: the library's samplers take them as `own_items`. But take them
# from the **training** part alone. To leave out what she will click tomorrow is to tell the model what tomorrow brings.
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
#   more than popularity. Word2vec found $\alpha = 0.75$ useful
#   ([Mikolov et al. 2013](https://arxiv.org/abs/1310.4546)).
# - **[in-batch negatives](glossary.ipynb)**: the targets of the other rows of the [batch](glossary.ipynb). They cost little in large systems, because their vectors have
#   been computed already. A popular product is often somebody's target, so this is drawing by popularity, too.
# - **[hard](glossary.ipynb)**: what the model itself ranks on top. There is much to learn from each, but the very top is often what she would
#   click next. So one leaves out the first few, a *margin*.

# %%
counts = torch.bincount(torch.tensor(learn).flatten(), minlength=n_items + 1)
many = torch.tensor(targets[:60_000])
samplers = {
    "uniform": uniform_negatives(many[:, None], 4, n_items, seed=0)[:, 0],
    "popularity, α = 0.75": popularity_negatives(many, 4, counts, alpha=0.75, seed=0),
    "in-batch": in_batch_negatives(many, 4, seed=0),
}
by_popularity = counts[1:].argsort(descending=True) + 1

# %% jupyter={"source_hidden": true}
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
# ## 3.3 How many?
#
# Now train something. The model is small: each product has two vectors, one for "was clicked", one for "is offered". The score
# of product $j$ is a dot product:
#
# $$s_j = \bar c \cdot o_j$$
#
# Here $\bar c$ is the mean of the clicked vectors of the last three clicks, and $o_j$ the offered vector of $j$.
# The model stands in `course/trials.py`, with its shop and its loop of training. All that differs below is how the negatives are
# drawn. Four words that you need, each built in a later chapter:
#
# - A **[logit](glossary.ipynb)** is a score before it becomes a probability: any number, positive or negative.
# - The **[softmax](glossary.ipynb)** makes probabilities of logits: $e^{s_j} / \sum_k e^{s_k}$. They sum to 1. The loss is minus the logarithm
#   of the target's probability (chapter 04).
# - Against *all* products the sum runs over the catalogue. In a **sampled** softmax it runs over the target and its negatives
#   only.
# - **[NDCG@10](glossary.ipynb)** says how near to the top of a list of ten the next click stands (chapter 05). As in chapter 00, we give it as
#   a **share of the achievable [lift](glossary.ipynb)**: popularity has 0, the [oracle](glossary.ipynb) 1.


# %%
def softmax_against(draw, log_q_of=None):
    """The loss of a softmax over the target and its negatives, draw(targets, seed,
    scores); log_q_of(negatives, targets) corrects for how they were drawn.
    """

    def step_loss(scores, targets, seed):
        negatives = draw(targets, seed, scores.detach())  # (B, N)
        correction = None if log_q_of is None else log_q_of(negatives, targets).float()
        both = torch.cat([targets[:, None], negatives], dim=1)  # (B, 1 + N)
        logits = scores.gather(1, both)
        return sampled_softmax_loss(
            logits[:, 0], logits[:, 1:], targets != 0, correction
        )

    return step_loss


def against_all(scores, targets, seed):
    return softmax_loss(scores, targets, targets != 0)


# %%
small, large = open_shop(50), open_shop(500)


def lifts(shop, step_loss, steps=60, **options):
    """The shares of the lift of three seeds."""
    options |= {"steps": steps}
    runs = [
        train(
            shop, TwoVectors(shop.n_items, seed=seed), step_loss, seed=seed, **options
        )
        for seed in range(3)
    ]
    return np.array([shop.test.lift(scores) for scores in runs])


def uniform(shop, N):
    return lambda targets, seed, scores: uniform_negatives(
        targets[:, None], N, shop.n_items, seed=seed
    )[:, 0]


# %%
for shop in (small, large):
    for name, step_loss in {
        "1 negative": softmax_against(uniform(shop, 1)),
        "all products": against_all,
    }.items():
        found = lifts(shop, step_loss)
        told = f"{found.mean():.2f} (sd {found.std(ddof=1):.2f})"
        print(f"{shop.n_items:3d} products, {name:12s}  {told}")

# %% [markdown]
# That took 60 steps of 256 clicks each, a twelfth of all clicks. One budget proves little: perhaps one negative only needs
# more time. So the same was measured beforehand from 30 to 1,000 steps, among 500 products to 3,000, with three seeds and
# several learning rates. For each way and budget by itself that rate counts which is best on *[validation](glossary.ipynb)* shoppers. The
# command that makes the table: `python -m benchmarks.bench_drawing course/measured/03_negatives.csv`.
#
# **Guess:** after 300 steps, which share does one negative reach of what *all* products reach: among 50 products, and among
# 500? And among 500 after 3,000 steps?

# %%
# What one negative reaches of what all reach, 50 products, after 300 steps: a number,
# in %
guess("3.2", ...)
# What one negative reaches of what all reach, 500 products, after 300 steps: a number,
# in %
guess("3.3", ...)
# What one negative reaches of what all reach, 500 products, after 3,000 steps: a
# number, in %
guess("3.4", ...)

# %% jupyter={"source_hidden": true}
table = chosen_by_validation(
    measured("03_negatives"), ["products", "way", "negatives", "steps"]
)
by_number = table[table["way"].isin(["all", "uniform"])].copy()
by_number["shop"] = by_number["products"].map("{} products".format)
names = {0: "all", 1: "1 negative"}
by_number["line"] = by_number["negatives"].map(lambda N: names.get(N, f"{N} negatives"))
fig = draw_curves(
    by_number.sort_values(["products", "steps", "negatives"]),
    panel="shop",
    line="line",
    x="steps",
    y="test",
    xlabel="steps of training",
    ylabel="share of the achievable lift",
    ylim=(0, 0.85),
)
show(
    fig,
    alt="Share of the achievable lift over steps of training. Left, 50 products: one negative "
    "comes up to all products, which end at .67 after 1,000 steps. Right, 500 products: one "
    "negative is far behind after 300 steps and comes closer, to .41 of .51 after 3,000; sixteen "
    "come close to all products after 1,000.",
)

# %% tags=["nbval-check-output"]
means = by_number.groupby(["products", "steps", "negatives"])["test"].mean()
for products, steps in means.index.droplevel("negatives").unique():
    of = means[products, steps]
    reached = "  ".join(f"{N:2d}: {of[N] / of[0]:4.0%}" for N in of.index if N)
    print(f"{products:3d} products, {steps:5,} steps, of what all reach:  {reached}")
reveal("3.2", 100 * means[50, 300, 1] / means[50, 300, 0])
reveal("3.3", 100 * means[500, 300, 1] / means[500, 300, 0])
reveal("3.4", 100 * means[500, 3_000, 1] / means[500, 3_000, 0])

# %% [markdown]
# Few negatives cost time. Among 50 products one negative is nearly there after 1,000 steps. Among 500 it is far behind after
# 300 steps, comes closer with each further budget, and has not arrived after 3,000. With 16 negatives 1,000 steps are enough
# to come near. (The next section shows that in the end all of them ask for nearly the same, as long as the draw is uniform.) In a
# shop of 100,000 products "all" means 100,000 scores for each click. So one chooses: more negatives a step, or more steps.
#
# ## 3.4 Why popular negatives make popular products look bad
#
# Popular products as negatives make the model work harder. But they change what it learns. Take the smallest case: one
# target, drawn with probability $p$, against one negative, drawn with probability $q$, whatever the target is. We see
# a pair of candidates $\{a, b\}$. Which of them is the target? The pair can come about in two ways:
#
# - $a$ was the target and $b$ the negative: probability $p_a q_b$;
# - $b$ was the target and $a$ the negative: probability $p_b q_a$.
#
# So the target is $a$ with probability
#
# $$\frac{p_a q_b}{p_a q_b + p_b q_a} = \sigma\Big(\log\frac{p_a}{q_a} - \log\frac{p_b}{q_b}\Big), \qquad
# \sigma(x) = \frac{1}{1 + e^{-x}}$$
#
# and the softmax over the pair says $\sigma(s_a - s_b)$. The loss is least where the two agree: the score tends to
# $\log p_j - \log q_j$, plus a constant. The same holds for any number of negatives, if all are drawn from the same $q$
# ([van den Oord et al. 2018](https://arxiv.org/abs/1807.03748)). Popularity is divided out.
#
# Three products are enough to see it. There are nine pairs of target and negative; we weigh each by its probability and
# train three scores until they no longer change.

# %%
p = torch.tensor([0.6, 0.3, 0.1])
target, negative = torch.cartesian_prod(torch.arange(3), torch.arange(3)).T  # (9,)


def learned(q, reject=False, correct=False):
    """Three scores after training on all pairs, with mean 0."""
    chance = p[target] * q[negative]
    log_q_of = q[negative].log()
    if reject:
        chance = chance / (1 - q[target]) * (target != negative)
        log_q_of = log_q_of - (1 - q[target]).log()
    scores = torch.zeros(3, requires_grad=True)
    optimizer = torch.optim.Adam([scores], lr=0.05)
    for _ in range(600):
        gap = scores[target] - scores[negative] + correct * log_q_of
        loss = -(chance * torch.nn.functional.logsigmoid(gap)).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return scores.detach() - scores.detach().mean()


# %% tags=["nbval-check-output"]
def centred(numbers):
    return "  ".join(f"{x:+.2f}" for x in numbers - numbers.mean() + 0.0)


even = torch.full((3,), 1 / 3)
print("products with p = .6, .3, .1            A      B      C")
print("log p                              ", centred(p.log()))
for name, q in {"uniform": even, "by popularity, q = p": p}.items():
    print(f"{name}: log p - log q".ljust(35), centred((p / q).log()))
    print("   what is learned".ljust(35), centred(learned(q)))
print("by popularity, target rejected     ", centred(learned(p, reject=True)))
corrected = learned(p, reject=True, correct=True)
print("   with the correction             ", centred(corrected))
largest = large.counts.max() / large.counts.sum()
less = -(1 - largest).log()
print(f"500 products: q is at most {largest:.3f}, -log(1 - q) {less:.3f}")
print(f"   16 times as much: {16 * less:.2f}")

# %% [markdown]
# Drawn by popularity, the three products look alike: the model has learned nothing of what it should.
#
# The line with the rejection is another number. If the target can't be drawn, the negatives share what is left: $q_b / (1 -
# q_a)$ takes the place of $q_b$ in the first way, and the score tends to $\log p_j - \log q_j - \log(1 - q_j)$. Among
# three products that is a lot. Among 500 it is little, but $N$ different negatives bring $N$ times as much: with 16 a quarter,
# for the most popular product. The line with the correction is the cure for both.
#
# The **[log-Q correction](glossary.ipynb)** subtracts $\log q_j$ from each negative's logit in the loss. Here is why, in two lines. The full
# softmax needs the sum $\sum_j e^{s_j}$ over all products but the target. Draw $N$ of them, each with probability $q_j$;
# then the mean of $e^{s_j} / q_j$ over the draws has just this sum as its expectation:
#
# $$\sum_j q_j \cdot \frac{e^{s_j}}{q_j} = \sum_j e^{s_j}, \qquad \frac{e^{s_j}}{q_j} = e^{s_j - \log q_j}$$
#
# So each logit loses $\log q_j$, and $\log N$, because a mean is wanted. The sum comes out right on average. But the loss
# takes its *logarithm*, and the logarithm of an estimate is not right on average. What does that leave? Above, one negative
# was enough, by luck: it is exact where $q = p$. We take uniform negatives of the same three products, target rejected, with the
# correction and without.

# %%
clicked = torch.arange(3).repeat_interleave(torch.tensor([3_600, 1_800, 600]))
can_be_drawn = even * (1 - torch.eye(3))
can_be_drawn = can_be_drawn / can_be_drawn.sum(1, keepdim=True)  # (target, negative)
real = torch.ones(len(clicked), dtype=torch.bool)


def fitted(drawn, log_q_of):
    """Three scores after training on 6,000 clicks and their negatives, with mean 0."""
    scores = torch.zeros(3, requires_grad=True)
    optimizer = torch.optim.Adam([scores], lr=0.1)
    for _ in range(200):
        loss = sampled_softmax_loss(scores[clicked], scores[drawn], real, log_q_of)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return centred(scores.detach())


# %% tags=["nbval-check-output"]
print("log p           ", centred(p.log()))
print("negatives        corrected               not corrected")
for N in (1, 4, 16):
    generator = torch.Generator().manual_seed(0)
    drawn = torch.multinomial(can_be_drawn[clicked], N, True, generator=generator)
    log_q_of = can_be_drawn[clicked].gather(1, drawn).log()  # (6_000, N)
    print(f"{N:9d}        {fitted(drawn, log_q_of)}     {fitted(drawn, None)}")

# %% [markdown]
# With one negative the corrected scores lie too far apart. With 16 nearly nothing of that is left. So the corrected sampled softmax
# asks what the full one asks, **if the negatives are not too few**.
#
# Without the correction it is the other way round: exact for one negative, and further and further apart for more. The reason is
# the rejection, once more. Four draws from two products must repeat some. A target with the negatives $b, b$ cannot be $b$, so
# this draw always says "not $b$". Among 500 products 16 draws seldom repeat any.
#
# ### Your turn (3.4) · 12 minutes · *hard*
#
# What was the chance of each negative? Some items could not be drawn: padding, the target $i$, and the user's own items
# $O$, if the sampler rejects them. What is left gets likelier:
#
# $$q(j \mid i, O) = \frac{w_j}{\sum_{k \text{ that can be drawn}} w_k}$$
#
# Mind what `own_items` looks like: zeros, repeats, and now and then the target itself.


# %%
@exercise("3.4")
def log_q(negatives, targets, weights, *, own_items):
    """The log-probability with which each negative was drawn, in proportion to
    `weights`, the target and the user's own items rejected.

    negatives: (B, N) long. targets: (B,) long, none is padding.
    weights: (n_items + 1,) float; entry 0 is padding, which is never drawn and must not
    count.
    own_items: (B, M) long, what each row rejects besides its target, 0 = nothing; it
    may hold the target, and an item twice.
    Returns (B, N) float64.
    """
    ### BEGIN SOLUTION
    weights = weights.double().clone()
    weights[0] = 0
    rejected = torch.zeros(len(targets), len(weights), dtype=torch.bool)
    rejected.scatter_(1, own_items, True)
    rejected.scatter_(1, targets[:, None], True)
    left = (weights * ~rejected).sum(1, keepdim=True)  # (B, 1)
    return weights[negatives].log() - left.log()
    ### END SOLUTION


# %%
hint("3.4")

# %% tags=["nbval-check-output"]
weights = torch.tensor([0.0, 1, 2, 3, 4])
others = torch.tensor([[2, 3, 4]])
for own in ([[0, 0]], [[4, 4]]):
    can_be_drawn = others[:, :2] if own[0][0] else others
    q = log_q(can_be_drawn, torch.tensor([1]), weights, own_items=torch.tensor(own))
    told = [f"{x:.2f}" for x in q.exp()[0]]
    print(f"weights 1, 2, 3, 4, target 1, own items {own[0]}: q = {', '.join(told)}")

# %% [markdown]
# ## 3.5 Which kind?
#
# Back to 500 products. First a short run with your code: 60 steps, three seeds.


# %%
def popular(N):
    return lambda targets, seed, scores: popularity_negatives(
        targets, N, large.counts, alpha=1.0, seed=seed
    )


def hardest(N, margin):
    return lambda targets, seed, scores: hard_negatives(
        scores, targets, N, margin=margin
    )


def log_q_popular(negatives, targets):
    nothing = torch.zeros_like(targets)[:, None]
    return log_q(negatives, targets, large.counts, own_items=nothing)


# %%
for name, step_loss in {
    "16 popular": softmax_against(popular(16)),
    "16 popular, log-Q": softmax_against(popular(16), log_q_popular),
    "4 hardest": softmax_against(hardest(4, margin=0)),
    "4 hard, margin 20": softmax_against(hardest(4, margin=20)),
}.items():
    found = lifts(large, step_loss)
    print(f"{name:18s} {found.mean():+.2f} (sd {found.std(ddof=1):.2f})")

# %% [markdown]
# And over four budgets, from the same table as above. On the left 16 popular negatives, on the right 4 hard ones; beside
# them as many uniform ones.

# %% jupyter={"source_hidden": true}
shown = {"popularity": "popular", "popularity, log-Q": "popular, log-Q"}
shown |= {
    "uniform": "uniform",
    "hard, margin 0": "hardest",
    "hard, margin 20": "margin 20",
}
ways = table[(table["products"] == 500) & table["way"].isin(list(shown))].copy()
ways["line"] = ways["way"].map(shown)
titles = {16: "16 negatives", 4: "4 negatives"}
ways = ways[ways["negatives"].isin(list(titles))]
ways["panel"] = ways["negatives"].map(titles)
order = {name: place for place, name in enumerate(titles.values())}
ways = ways.sort_values(["steps", "seed"]).sort_values(
    "panel", key=lambda column: column.map(order), kind="stable"
)
chosen_colours = dict(
    zip(shown.values(), COLOURS[1:3] + COLOURS[:1] + COLOURS[3:], strict=False)
)
fig = draw_curves(
    ways,
    panel="panel",
    line="line",
    x="steps",
    y="test",
    colours=chosen_colours,
    xlabel="steps of training",
    ylabel="share of the achievable lift",
    ylim=(-0.1, 0.55),
)
show(
    fig,
    alt="Share of the achievable lift over 30 to 1,000 steps, 500 products. Left, 16 negatives: "
    "popular ones without the correction go from .16 to .26; with it they rise with the uniform "
    "ones to near .45. Right, 4 negatives: the hardest stay near .1; with a margin of 20 they rise "
    "with the uniform ones to .3, and fall again; the uniform ones rise to .44.",
)

# %% tags=["nbval-check-output"]
of_500 = table[table["products"] == 500].groupby(["way", "negatives", "steps"])
for (way, N), shares in of_500["test"].mean().groupby(["way", "negatives"]):
    cells = "   ".join(f"{share:+.2f}" for share in shares)
    print(f"{way:18s} {N or 'all':>3}   {cells}")

# %% [markdown]
# (Columns: 30, 100, 300 and 1,000 steps, and 3,000 where they were taken.)
#
# Is it the division by popularity that makes the popular negatives so poor? Then one can undo it when all training is over. We
# train with 16 popular negatives, without the correction, and *add* $\log q$ to the finished scores. And the other way round: we
# train against all products, and take $\log q$ *off*. We take it off the oracle, too.


# %%
def trained_with(step_loss):
    """The finished scores of three seeds."""
    options = {"steps": 300, "learning_rate": 0.01}
    return [
        train(large, TwoVectors(500, seed=seed), step_loss, seed=seed, **options)
        for seed in range(3)
    ]


log_clicks = large.counts.clamp(min=1).log()  # (V,) log q, but for a constant
popular_scores = trained_with(softmax_against(popular(16)))
full_scores = trained_with(against_all)
finished = {
    "16 popular": popular_scores,
    "... log q added": [scores + log_clicks for scores in popular_scores],
    "all products": full_scores,
    "... log q taken off": [scores - log_clicks for scores in full_scores],
}

# %%
for name, runs in finished.items():
    lift = np.array([large.test.lift(scores) for scores in runs])
    print(f"{name:21s} {lift.mean():.2f} (sd {lift.std(ddof=1):.3f}, 3 seeds)")
law = torch.tensor(large.test.law)
print(f"the oracle, divided by q: {large.test.lift(law / log_clicks.exp()):.2f}")

# %% [markdown]
# It is. One addition lifts the model of popular negatives to where the one against all products stands, and one subtraction
# takes that down to where the popular negatives were. (The oracle, which knows the rare products as well as the others, loses
# much less.)
#
# And what stands at the very top? We ask the oracle how likely the products in the first places of the model against all products
# are the next click.

# %%
order = full_scores[0].argsort(1, descending=True).numpy()  # (J, 501), the best first
chance = np.take_along_axis(large.test.law, order, axis=1).mean(0)
print(f"the four on top:     {chance[:4].sum():4.0%} of the next clicks")
print(f"places 21 to 24:     {chance[20:24].sum():4.0%}")
print(f"four at random:      {4 / 500:4.0%}")

# %% [markdown]
# A quarter of all next clicks are among the four on top, and as negatives they would be pushed down. Is it this that harms? We let the oracle
# strike the 20 likeliest next clicks of each history out of the hard negatives, and change nothing else. To save time we learn
# from 400 shoppers, and do so for all three ways.

# %%
branch = ZooplusSimulator(n_products=500, n_users=6_000)  # the shop of `large`
their_clicks = branch.journeys(events_per_user=40, seed=1, users=range(1_000, 1_400))
their_clicks = their_clicks.interactions["item_id"].to_numpy().reshape(-1, 40)
# (400, 37, 501) what follows each three clicks, for someone who knows all before
chances = Oracle(branch).filter(their_clicks[:, :-1])[:, 2:]
likely = torch.tensor(np.argsort(-chances, axis=2)[..., :20].reshape(-1, 20))
rows = torch.arange(len(likely))
few = replace(large, recent=large.recent[rows], following=rows)  # asked by number


def against(draw):
    """The loss of a step with four negatives draw(rows, targets, seed, scores)."""

    def step_loss(scores, rows, seed):
        targets = large.following[rows]
        draw_now = softmax_against(lambda *given: draw(rows, *given))
        return draw_now(scores, targets, seed)

    return step_loss


def hardest_but_likely(rows, targets, seed, scores):
    struck = scores.scatter(1, likely[rows], -1e9)
    return hard_negatives(struck, targets, 4, margin=0)


# %%
for name, draw in {
    "4 hardest": lambda rows, *given: hardest(4, margin=0)(*given),
    "... the 20 likeliest struck": hardest_but_likely,
    "4 uniform": lambda rows, *given: uniform(large, 4)(*given),
}.items():
    found = lifts(few, against(draw), steps=150, learning_rate=0.01)
    print(f"{name:28s} {found.mean():.2f} (sd {found.std(ddof=1):.2f})")

# %% [markdown]
# Two things to take from it.
#
# - **The correction decides.** Without it the model learns the right answer to the wrong question, also when it is trained for
#   longer. With it, popular negatives do about as well as uniform ones: ahead after 300 steps, behind after 1,000.
# - **Hard is good where it is a true negative.** With the hardest four the model gets an eighth of the lift at most, because the
#   next clicks are among them. Without the likely ones the same kind of negatives is better than uniform ones. No shop has an
#   oracle that strikes them out; a margin does it blindly. Without the first 20, hard negatives keep up with four uniform ones for
#   300 steps, and then fall behind. Shops that report gains from hard negatives mix them with easy ones, and rank millions of
#   products ([Huang et al. 2020](https://arxiv.org/abs/2006.11632)).
#
# ## Key ideas
#
# - Random negatives can be false: the target itself (1 in $n$), or something else that the user likes (more).
# - Reject the target always, own items if you can afford it; own items come from the training data alone.
# - The way of drawing is part of what is learned: the score tends to $\log p - \log q$, so without log-Q popular negatives
#   make popular products look bad.
# - How many negatives one needs depends on the catalogue and on how long one trains: among 500 products one negative stands
#   after 3,000 steps where all products stand after 300.

# %%
scoreboard("03")
calibration("03")

# %%
quiz("3.1")

# %%
quiz("3.2")

# %% [markdown]
# **Go further.** [Mikolov et al. (2013)](https://arxiv.org/abs/1310.4546), *Distributed Representations of Words and
# Phrases and their Compositionality* (the power 0.75). [Yi et al. (2019)](https://doi.org/10.1145/3298689.3346996),
# *Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations* (log-Q).
# [van den Oord, Li & Vinyals (2018)](https://arxiv.org/abs/1807.03748), *Representation Learning with Contrastive Predictive
# Coding* (what a sampled softmax learns). [Huang et al. (2020)](https://arxiv.org/abs/2006.11632), *Embedding-based
# Retrieval in Facebook Search* (hard negatives, and why not the hardest).
#
# Next: **[04 · Losses](04_losses.ipynb)**.
