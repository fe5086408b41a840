# %% [markdown]
# # 04 · Losses
#
# A loss is a question to the model. Ask a different question, get a different model, even if everything else is the same.
#
# **After this chapter you can** write the losses of the field, say what each one asks for, and choose between them by
# what you need: a rating, a probability, or an order.
#
# **You need** chapters 00 to 03 and basic PyTorch (words: [Glossary](glossary.ipynb)). **Time:** 50 minutes, 38 of them for the exercises.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
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
from course.trials import LastClickTable, chosen_by_validation, open_shop, train
from seqrec.losses import mse_loss, uniform_negatives

# %% [markdown]
# ## 4.1 Three questions
#
# A **loss** is the number that training makes small. Here are the names of those that you will meet, and what each asks:
#
# | loss | asks | for |
# |---|---|---|
# | MSE, mean squared error | which *number* will the user give? | explicit ratings: one to five stars |
# | [BCE](glossary.ipynb), binary cross-entropy | is this pair a click, *yes or no*? | a probability for each item, by itself |
# | [BPR](glossary.ipynb), Bayesian personalised ranking; [softmax](glossary.ipynb) | *which one* of these? | an order among items |
#
# **MSE** first, because it is the simplest: the mean of (prediction - rating)². What it asks for is the *expected* rating.
# **Guess:** Anna gives puppy food 5 stars in half of the cases and 1 star otherwise. Which prediction has the least MSE?

# %%
# The prediction of the least MSE: a number (stars)
guess("4.1", ...)

# %% tags=["nbval-check-output"]
ratings = torch.tensor([5.0, 1.0, 5.0, 1.0])
real = torch.ones(4, dtype=torch.bool)
errors = {
    stars: mse_loss(torch.full((4,), stars), ratings, real).item()
    for stars in (1.0, 2.0, 3.0, 4.0, 5.0)
}
for stars, error in errors.items():
    print(f"predict {stars:.0f}: MSE {error:.0f}")
reveal("4.1", min(errors, key=errors.get))

# %% [markdown]
# 3, which she never gives: the mean of the ratings. (RMSE, which you will read in papers, is the root of the MSE. Chapter 05
# shows that it is no judge of a list.) Clicks are not ratings, so from here on we ask for clicks.
#
# ### Padding does not vote
#
# Batches are padded. A position without a target has nothing to teach, so every loss here takes a mask `real`, leaves the
# rest out *before* computing anything, and takes the mean over what remains. Multiplying by the mask afterwards is
# not enough: the mean would be too small, and $0 \cdot \infty$ is not 0.
#
# ## 4.2 BCE: is this a click?
#
# The model gives each item a **[logit](glossary.ipynb)** $s$: any number. The **sigmoid** $\sigma(s) = 1 / (1 + e^{-s})$ makes a probability of
# it. $s^+$ is the logit of the *positive*, the item that was clicked; $s_j^-$ those of its $N$ [negatives](glossary.ipynb).
#
# $$-\frac{\log\sigma(s^+) + \sum_{j}\log\left(1-\sigma(s_j^-)\right)}{1+N}$$
#
# One detail decides whether your training survives: $\log\sigma(-200)$ is -200. But computed step by step, with numbers of
# 32 bits, it is $\log 0 = -\infty$. `torch.nn.functional.logsigmoid` knows how; and $1-\sigma(s) = \sigma(-s)$.
#
# ### Your turn (4.1) · 7 minutes


# %%
@exercise("4.1")
def bce_loss(positive, negative, real):
    """Binary cross-entropy of one positive and N negatives a position, mean over the
    real positions.

    positive: (B, L) logits of the items that followed. negative: (B, L, N) logits.
    real: (B, L) bool, at least one True.
    Returns a scalar tensor. Logits of +-200 are fine, and what stands under padding
    does not matter, not even NaN.
    """
    ### BEGIN SOLUTION
    positive, negative = positive[real], negative[real]  # (K,), (K, N)
    yes = torch.nn.functional.logsigmoid(positive)
    no = torch.nn.functional.logsigmoid(-negative).sum(1)
    return -(yes + no).mean() / (1 + negative.shape[1])
    ### END SOLUTION


# %%
hint("4.1")

# %% [markdown]
# ## 4.3 BPR: the positive above the negative
#
# Bayesian personalised ranking ([Rendle et al. 2009](https://arxiv.org/abs/1205.2618)) takes **triplets** $(u, i, j)$: a
# user, an item that she clicked, one that she did not. It asks that $i$ stands above $j$, and nothing else:
#
# $$-\log\sigma(s_{ui} - s_{uj})$$
#
# Only the *difference* counts. Add 100 to all scores of a user, and the loss is the same.
#
# ### Your turn (4.2) · 5 minutes


# %%
@exercise("4.2")
def bpr_loss(positive, negative, real):
    """Mean of -log sigmoid(s+ - s-) over the N pairs of each real position.

    positive: (B, L) logits. negative: (B, L, N) logits. real: (B, L) bool, at least one
    True. Returns a scalar tensor. Logits of +-200 are fine.
    """
    ### BEGIN SOLUTION
    difference = positive[real][:, None] - negative[real]  # (K, N)
    return -torch.nn.functional.logsigmoid(difference).mean()
    ### END SOLUTION


# %%
hint("4.2")

# %%
quiz("4.1")

# %% [markdown]
# ## 4.4 Softmax: which one of all?
#
# The cross-entropy over the whole catalogue needs no negatives: *every* other item is one. It asks for the probability
# of each next item, which is exactly what the [oracle](glossary.ipynb) knows.
#
# $$\log\sum_j e^{s_j} - s_{\text{target}}$$
#
# ### Your turn (4.3) · 6 minutes


# %%
@exercise("4.3")
def softmax_loss(logits, targets, real):
    """Cross-entropy over all items, mean over the real positions.

    logits: (B, L, V); column 0, padding, is -inf. targets: (B, L) long. real: (B, L)
    bool, at least one True.
    Returns a scalar tensor. Logits of +-1000 are fine.
    """
    ### BEGIN SOLUTION
    logits, targets = logits[real], targets[real]  # (K, V), (K,)
    return (logits.logsumexp(1) - logits.gather(1, targets[:, None])[:, 0]).mean()
    ### END SOLUTION


# %%
hint("4.3")

# %% [markdown]
# ### What each loss pulls at
#
# The [gradient](glossary.ipynb) says how hard a loss pulls at a pair of scores. We hold the negative at 0, move the positive, and look.
#
# **Guess:** which of them stops pulling once the positive is clearly ahead? (If there are two, one of them will do.)

# %%
# What stops pulling once the positive is ahead: "MSE", "BCE", "BPR" or "softmax"
guess("4.2", ...)

# %%
gap = torch.linspace(-6, 6, 121)
zero, one = torch.zeros(121, 1), torch.ones(121, dtype=torch.bool)


def pull(loss):
    """-d loss / d positive, for each of 121 separate positions."""
    score = gap.clone().requires_grad_()
    (loss(score) * 121).backward()  # the mean over positions, undone
    return -score.grad


# %%
# Padding, and the one negative
columns = torch.tensor([[-torch.inf, 0.0]]).expand(121, 2)
curves = {
    "MSE towards 1": pull(lambda s: mse_loss(s, torch.ones(121), one)),
    "BCE (× 2)": 2 * pull(lambda s: bce_loss(s, zero, one)),
    "BPR": pull(lambda s: bpr_loss(s, zero, one)),
    "softmax over 50": pull(
        lambda s: softmax_loss(
            torch.cat([columns[:, :1], s[:, None], zero.expand(121, 49)], 1),
            torch.ones(121, dtype=torch.long),
            one,
        )
    ),
}

# %% jupyter={"source_hidden": true}
fig, ax = plt.subplots(figsize=WIDE)
for (name, values), colour, style in zip(
    curves.items(), COLOURS, ("-", "-", "--", "-"), strict=False
):
    ax.plot(gap, values, color=colour, ls=style, label=name)
ax.axhline(0, color="black", lw=0.8)
ax.set(
    xlabel="score of the positive (the negatives are at 0)",
    ylabel="pull upwards",
    ylim=(-1.5, 2.5),
)
ax.set_title("How hard each loss pulls the positive up")
ax.legend()
show(
    fig,
    alt="Pull over the score of the positive, the negatives at 0. BCE and BPR coincide: near "
    "1 far below 0, one half at 0, near 0 far above. Softmax over 50 items still pulls at "
    "3. MSE is a straight line that pulls back once the score passes 1.",
)
# At a score of 6; "BCE" of "BCE (× 2)"
idle = [name.split()[0] for name, values in curves.items() if abs(values[-1]) < 0.01]
reveal("4.2", idle)

# %% [markdown]
# (BCE divides by $1 + N = 2$; the picture undoes that.) BCE and BPR lie on each other here. Do they stop for the same reason? We
# move the negative, and keep the positive level with it.


# %% tags=["nbval-check-output"]
def pull_beside(loss, other):
    """-d loss / d positive where both scores are `other`."""
    positive = torch.tensor([other], requires_grad=True)
    loss(positive, torch.tensor([[other]]), one[:1]).backward()
    return -positive.grad.item()


for other in (-3.0, 0.0, 3.0):
    bce, bpr = 2 * pull_beside(bce_loss, other), pull_beside(bpr_loss, other)
    print(f"both scores at {other:+.0f}:   BCE (× 2) {bce:.2f}   BPR {bpr:.2f}")

# %% [markdown]
# BPR stops pulling once the positive is ahead of *its* negative. BCE asks about the positive alone: it stops once that score is
# high by itself, wherever the negative stands. The picture could not tell them apart, because the negative stood at 0. The
# softmax sees 49 negatives there, so it pulls on for longer: the whole curve is shifted to the right. MSE pulls the score *down*
# when it is too high: it wants the number 1, not the first place.
#
# ## 4.5 BCE with too much confidence, and gBCE
#
# BCE asks about a *mixture*: one positive and $N$ negatives a click. What does it learn? Take one history and one product
# that is the next click with probability $p$. At each click of such a history, the product is
#
# - the positive with probability $p$;
# - else, with probability $1 - p$, it may be drawn as a negative: $N$ of the $n - 1$ others are, so $\alpha = N/(n-1)$ times
#   on average.
#
# So on average its logit $s$ meets the loss $-p \log\sigma(s) - \alpha(1 - p)\log(1 - \sigma(s))$. The derivative is
# $\sigma(s)\,(p + \alpha(1-p)) - p$, and it is 0 at
#
# $$\sigma(s) = \frac{p}{p + \alpha\,(1 - p)}$$
#
# With all others as negatives, $\alpha = 1$, this is $p$. With one negative of 49, $\alpha = 1/49$. The order of the
# products stays: the fraction grows with $p$. The probability does not:

# %% tags=["nbval-check-output"]
chances = np.array([0.02, 0.1, 0.3, 0.6])
for N in (1, 4, 49):
    alpha = N / 49
    told = chances / (chances + alpha * (1 - chances))
    print(f"N = {N:2d}: p = .02, .10, .30, .60 are told as", np.round(told, 2))

# %% [markdown]
# **[gBCE](glossary.ipynb)** ([Petrov & Macdonald 2023](https://arxiv.org/abs/2308.07192)) repairs that with one number. It takes the positive's
# probability to a power $\beta$, and leaves the negatives alone:
#
# $$-\frac{\log\sigma(s^+)^\beta + \sum_{j}\log\left(1-\sigma(s_j^-)\right)}{1+N}$$
#
# ### Your turn (4.4) · 12 minutes · *hard*
#
# Which $\beta$? Find it yourself. Write down the mean loss of one logit as above, with $\beta$ in its place, set the
# derivative to 0, and solve for the $\beta$ with which $\sigma(s) = p$. That is $\beta$ for $t = 1$. For $t = 0$ gBCE is
# plain BCE. Between the two, $\beta$ goes in a straight line.


# %%
@exercise("4.4")
def gbce_loss(positive, negative, real, n_items, t):
    """BCE with the positive's probability to the power beta, mean over the real
    positions.

    positive: (B, L) logits. negative: (B, L, N) logits. real: (B, L) bool. n_items:
    items in the catalogue.
    t: 0 to 1. At 0 the loss is BCE; at 1 the sigmoids come out as the true
    probabilities; beta is linear in t.
    Returns a scalar tensor. Logits of +-200 are fine.
    """
    ### BEGIN SOLUTION
    positive, negative = positive[real], negative[real]
    N = negative.shape[1]
    alpha = N / (n_items - 1)
    beta = 1 - t * (1 - alpha)
    yes = beta * torch.nn.functional.logsigmoid(positive)
    no = torch.nn.functional.logsigmoid(-negative).sum(1)
    return -(yes + no).mean() / (1 + N)
    ### END SOLUTION


# %%
hint("4.4")

# %% [markdown]
# The fixed point is $\sigma(s) = \beta p / (\beta p + \alpha(1-p))$, and it is $p$ for $\beta = \alpha$. So
# $\beta = 1 - t\,(1 - \alpha)$. The paper writes the same line as
# $\alpha\,\big(t\,(1 - \tfrac1\alpha) + \tfrac1\alpha\big)$.
#
# > **What we changed, and why.** The paper trains SASRec with gBCE, many negatives and $t$ around 0.75; there the loss is a
# > part of the model. We take the loss alone, with 4 negatives and $t = 1$, on a table: there the formula above is exact,
# > and can be checked.
#
# ## 4.6 The same model, five questions
#
# The smallest model that minds order: a table with a row of scores for each last click. It learns from 4,000 shoppers of 40
# clicks, with 4 uniform negatives a click, and is judged by the oracle on 1,000 others. First a short run with your losses.


# %%
def squared_error(positive, negative, real):
    """MSE towards 1 for the click and 0 for its negatives."""
    told = torch.cat([positive[:, None], negative], 1)
    wanted = torch.zeros_like(told)
    wanted[:, 0] = 1
    return mse_loss(told, wanted, real[:, None].expand_as(told))


def against_negatives(loss, N=4):
    """The loss of a step, of a loss that compares a click with N negatives."""

    def step_loss(scores, targets, seed):
        negatives = uniform_negatives(targets, N, 50, seed=seed)
        positive = scores.gather(1, targets[:, None])[:, 0]
        return loss(positive, scores.gather(1, negatives), targets != 0)

    return step_loss


# %%
questions = {
    "MSE": against_negatives(squared_error),
    "BCE": against_negatives(bce_loss),
    "gBCE, t = 1": against_negatives(lambda *given: gbce_loss(*given, 50, 1.0)),
    "BPR": against_negatives(bpr_loss),
    "softmax": lambda scores, targets, seed: softmax_loss(
        scores, targets, targets != 0
    ),
}

# %%
shop = open_shop(50, learners=4_000)
scores = {
    name: train(
        shop,
        LastClickTable(50),
        question,
        steps=300,
        seed=0,
        batch=1_024,
        learning_rate=0.1,
    )
    for name, question in questions.items()
}
for name, found in scores.items():
    print(f"{name:12s} share of the achievable lift {shop.test.lift(found):.2f}")

# %% [markdown]
# That was one seed, one length of training and one learning rate: no result. The same was run over four lengths, three
# seeds and four learning rates; for each loss and length by itself the rate counts that is best on *[validation](glossary.ipynb)* shoppers.
# (`python -m benchmarks.bench_questions course/measured/04_losses.csv` makes the table.)
#
# **Guess,** before you look: after 2,000 steps, each with its own rate, how many points of the lift is the loss that orders
# worst behind the one that orders best? And what do the probabilities sum to that BCE gives to the 50 products, of which one is clicked next?

# %%
# Points of the lift between the loss that orders best and the one that orders worst: a
# number (points)
guess("4.3", ...)
# What BCE's probabilities of the 50 products sum to: a number
guess("4.4", ...)

# %% jupyter={"source_hidden": true}
table = chosen_by_validation(measured("04_losses"), ["loss", "steps"])
both = pd.concat([table, measured("04_losses").query("rate == 0.1")])
both["panel"] = ["the best rate for each"] * len(table) + ["rate 0.1 for all"] * (
    len(both) - len(table)
)
fig = draw_curves(
    both.sort_values("steps"),
    panel="panel",
    line="loss",
    x="steps",
    y="test",
    xlabel="steps of training",
    ylabel="share of the achievable lift",
    ylim=(0.4, 0.48),
)
show(
    fig,
    alt="Share of the achievable lift over 100 to 2,000 steps. Left, each loss at its best "
    "rate: all five end together near .47, gBCE after a later start. Right, the rate .1 for "
    "all: four losses near .46, MSE near .42.",
)

# %% tags=["nbval-check-output"]
last = (
    table[table["steps"] == 2_000]
    .groupby("loss")
    .agg(rate=("rate", "first"), mean=("test", "mean"), sd=("test", "std"))
)
# What the probabilities sum to, at a rate with which all have come to rest
at_rest = measured("04_losses").query("rate == 0.03 and steps == 2_000")
last["total"] = at_rest.groupby("loss")["total"].mean()
one_rate = measured("04_losses").query("rate == 0.1 and steps == 2_000")
last["with 0.1"] = one_rate.groupby("loss")["test"].mean()
print(last.round(3).to_string())
reveal("4.3", 100 * (last["mean"].max() - last["mean"].min()))
reveal("4.4", last.loc["BCE", "total"])

# %% [markdown]
# As an **order**, all five end within half a point of each other, about as far apart as the seeds of one loss: the last
# click is all that this model sees, and it limits them all. Why did the MSE look worse in the short run? The right panel
# changes one thing, the learning rate. With 0.1 for all (the last column), the MSE is four points behind. With 0.003, the smallest rate that
# was tried, nearly nothing of the gap is left.
# The MSE does not even ask for another order: the squared error is least at the same $p / (p + \alpha(1-p))$ as BCE, and the
# column `total` shows that the two end at the same sum. **At one learning rate, this comparison would have blamed the loss.**
#
# gBCE needs more steps than the others. Two things could be the reason. Its positives pull with only $\beta = 0.08$ of the
# strength. Or it has a longer way to go: a table of zeros says 1/2 for every product, and gBCE has to come down to small
# probabilities. We change the second alone: the table starts where it says 1/50 for every product.

# %%
for start, says in ((0.0, "1/2"), (-np.log(49), "1/50")):
    reached = []
    for seed in range(3):
        model = LastClickTable(50)
        torch.nn.init.constant_(model.table, start)
        told = train(
            shop,
            model,
            questions["gBCE, t = 1"],
            steps=100,
            seed=seed,
            batch=1_024,
            learning_rate=0.03,
        )
        reached.append(shop.test.lift(told))
    mean, sd = np.mean(reached), np.std(reached, ddof=1)
    print(f"gBCE from {says:4s} for all, 100 steps: {mean:.2f} (sd {sd:.3f}, 3 seeds)")

# %% [markdown]
# With the other start gBCE is as fast as the others, and $\beta$ is what it was. So the reason was the start, not the strength.
#
# Does the formula of section 4.5 hold? We count how often each product followed each last click, put these shares $p$ into
# the formula, and set what the trained table says beside it.

# %%
before, after = shop.recent[:, -1], shop.following
counted = torch.zeros(51, 51).index_put((before, after), torch.ones(1), accumulate=True)
p = (counted / counted.sum(1, keepdim=True))[shop.test.recent[:, -1], 1:]
told = {name: scores[name][:, 1:] for name in ("BCE", "gBCE, t = 1", "softmax")}
told = {
    name: each.softmax(1) if name == "softmax" else each.sigmoid()
    for name, each in told.items()
}
told["the formula for BCE"] = p / (p + 4 / 49 * (1 - p))
edges = torch.tensor([0.01, 0.03, 0.1, 0.2])
group = torch.bucketize(p, edges)
rows = {"p, counted": [p[group == g].mean().item() for g in range(len(edges) + 1)]}
for name, each in told.items():
    rows[name] = [each[group == g].mean().item() for g in range(len(edges) + 1)]

# %% jupyter={"source_hidden": true}
fig, ax = plt.subplots(figsize=WIDE)
x = rows["p, counted"]
colours = {"BCE": COLOURS[1], "gBCE, t = 1": COLOURS[2], "softmax": COLOURS[4]}
for name, colour in colours.items():
    ax.plot(x, rows[name], "o-", color=colour, label=name)
ax.plot(
    x,
    rows["the formula for BCE"],
    "x--",
    color="black",
    ms=8,
    label="p / (p + α (1 - p))",
)
ax.plot([0, 0.4], [0, 0.4], ":", color="0.4", label="told = counted")
ax.set(
    xlabel="how often it followed",
    ylabel="what the model says",
    xlim=(0, 0.4),
    ylim=(0, 1),
)
ax.set_title("What the model says, and what was counted")
ax.legend(fontsize=9)
show(
    fig,
    alt="What the model says over how often a product really followed. BCE lies far above "
    "the diagonal, on the crosses of the formula: .8 where .26 was counted. gBCE with t = 1 and "
    "the softmax lie on the diagonal.",
)

# %%
pd.DataFrame(rows).round(2)

# %% [markdown]
# As **probabilities** the losses are far apart. BCE says of several products at once that they are likely; it was asked
# about a mixture in which one in five pairs is a click, and it answers that question rightly: its points lie on the formula.
# gBCE with $t = 1$ and the softmax lie on the diagonal.
#
# ### Your turn (4.5) · 8 minutes
#
# One loss is left: the softmax when the catalogue is too large to sum over. Chapter 03 used it from the library; now write
# it. Estimate the sum from N negatives, each weighted by how rarely it is drawn (chapter 03's [log-Q](glossary.ipynb)):
#
# $$\log\Big(e^{s^+} + \frac1N\sum_j \frac{e^{s_j^-}}{q_j}\Big) - s^+$$


# %%
@exercise("4.5")
def sampled_softmax_loss(positive, negative, real, log_q):
    """Softmax cross-entropy estimated from N negatives, mean over the real positions.

    positive: (B, L) logits. negative, log_q: (B, L, N), the negatives' logits and
    log-probabilities of being drawn.
    real: (B, L) bool. Returns a scalar tensor. The positive is not corrected. Logits of
    +-1000 are fine.
    """
    ### BEGIN SOLUTION
    positive, negative, log_q = positive[real], negative[real], log_q[real].to(negative)
    corrected = negative - log_q - np.log(negative.shape[1])  # log of exp(s) / (N q)
    everything = torch.cat([positive[:, None], corrected], 1)  # (K, 1 + N)
    return (everything.logsumexp(1) - positive).mean()
    ### END SOLUTION


# %%
hint("4.5")

# %% [markdown]
# ## Key ideas
#
# - MSE asks for the expected rating, BCE for the probability of a pair *in your mixture*, BPR for an order, the softmax for
#   the probability of each next item.
# - Leave padding out before you compute. `logsigmoid` and `logsumexp` do not overflow.
# - BCE with few negatives says $p / (p + \alpha(1-p))$ instead of $p$; gBCE with $t = 1$ says $p$. BPR's scores mean nothing
#   by themselves.
# - When you compare losses or models, give each a learning rate of its own: here one rate for all made the MSE look four
#   points worse than it is. And compare models under the same loss: chapter 14 has a case where the loss decides more than
#   the model.

# %%
scoreboard("04")
calibration("04")

# %%
quiz("4.2")

# %% [markdown]
# **Go further.** [Rendle, Freudenthaler, Gantner & Schmidt-Thieme (2009)](https://arxiv.org/abs/1205.2618), *BPR: Bayesian
# Personalized Ranking from Implicit Feedback.* [Petrov & Macdonald (2023)](https://arxiv.org/abs/2308.07192), *gSASRec:
# Reducing Overconfidence in Sequential Recommendation Trained with Negative Sampling.*
# [Klenitskiy & Vasilev (2023)](https://arxiv.org/abs/2309.07602), *Turning Dross Into Gold Loss: is BERT4Rec really better
# than SASRec?*
#
# Next: **[05 · Evaluation](05_evaluation.ipynb)**.
