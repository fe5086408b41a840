# %% [markdown]
# # 04 · Losses
#
# A loss is a question to the model. Ask a different question, get a different model, even if everything else is the same.
#
# **After this chapter you can** write the losses of the field, say what each one asks for, and choose between them by
# what you need: a rating, a probability, or an order.
#
# **You need** chapters 00 to 03 and basic PyTorch. **Time:** 50 minutes, exercises included.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

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
from course.figures import COLOURS, PAIR, WIDE, show
from seqrec.losses import mse_loss, uniform_negatives
from seqrec.metrics import expected_ndcg, share_of_lift
from zooplus_sim import Oracle, ZooplusSimulator

# %% [markdown]
# ## 4.1 Three questions
#
# | loss | asks | for |
# |---|---|---|
# | MSE | which *number* will the user give? | explicit ratings: one to five stars |
# | BCE | is this pair a click, *yes or no*? | a probability for each item, by itself |
# | BPR, softmax | *which one* of these? | an order among items |
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
# 3, which she never gives. A rating can be predicted well and an *order* badly: chapter 05 shows a model with the worse
# RMSE and the far better ranking. Clicks are not ratings, so from here on we ask for clicks.
#
# ### Padding does not vote
#
# Batches are padded. A position without a target has nothing to teach, so every loss here takes a mask `real`, leaves the
# rest out *before* computing anything, and takes the mean over what remains. Multiplying by the mask afterwards is
# not enough: the mean would be too small, and $0 \cdot \infty$ is not 0.
#
# ## 4.2 BCE: is this a click?
#
# $$-\frac{\log\sigma(s^+) + \sum_{j}\log\left(1-\sigma(s_j^-)\right)}{1+N}$$
#
# One detail decides whether your training survives: $\log\sigma(-200)$ is fine, but computed step by step it is
# $\log 0 = -\infty$. `torch.nn.functional.logsigmoid` knows how; and $1-\sigma(s) = \sigma(-s)$.
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
# Bayesian personalised ranking takes **triplets** $(u, i, j)$: a user, an item that she clicked, one that she did not. It asks
# that $i$ outranks $j$, and nothing else:
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
# of each next item, which is exactly what the oracle knows.
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
# The gradient says how hard a loss pulls at a pair of scores. We hold the negative at 0, move the positive, and look.
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

fig, ax = plt.subplots(figsize=WIDE)
for (name, values), colour, style in zip(
    curves.items(), COLOURS, ("-", "-", "--", "-"), strict=False
):
    ax.plot(gap, values, color=colour, ls=style, label=name)
ax.axhline(0, color="black", lw=0.8)
ax.set(
    xlabel="score of the positive minus score of the negative",
    ylabel="pull upwards",
    ylim=(-1.5, 2.5),
)
ax.set_title("How hard each loss pulls the positive up")
ax.legend()
show(
    fig,
    alt="Pull over score gap. BCE and BPR coincide: near 1 far below, one half at a "
    "gap of 0, near 0 far above. Softmax over 50 items still pulls at a gap of 3. MSE "
    "is a straight line that pulls back once the score passes 1.",
)
# With a gap of 6; "BCE" of "BCE (× 2)"
idle = [name.split()[0] for name, values in curves.items() if abs(values[-1]) < 0.01]
reveal("4.2", idle)

# %% [markdown]
# BCE and BPR fall silent once the positive is ahead of *its* negative. The softmax knows that there are 48 more, and keeps
# pulling. MSE pulls the score *down* when it is too high: it wants the number 1, not the first place.
#
# ## 4.5 BCE with too much confidence, and gBCE
#
# With one negative per positive, half of what BCE sees are clicks. So that is what it believes: its probabilities come
# out far too high. **gBCE** (Petrov & Macdonald 2023) takes the positive's probability to a power $\beta$:
#
# $$\log\sigma(s^+)^\beta, \qquad \beta = \alpha\left(t\left(1-\tfrac1\alpha\right)+\tfrac1\alpha\right), \qquad
# \alpha = \frac{N}{n-1}$$
#
# $\alpha$ is the share of the other items that is sampled, $t$ goes from 0 (plain BCE) to 1 (calibrated).
#
# ### Your turn (4.4) · 8 minutes


# %%
@exercise("4.4")
def gbce_loss(positive, negative, real, n_items, t):
    """BCE with the positive's probability to the power beta, mean over the real
    positions.

    positive: (B, L) logits. negative: (B, L, N) logits. real: (B, L) bool. n_items:
    items in the catalogue. t: 0 to 1.
    Returns a scalar tensor. Logits of +-200 are fine.
    """
    ### BEGIN SOLUTION
    positive, negative = positive[real], negative[real]
    N = negative.shape[1]
    alpha = N / (n_items - 1)
    beta = alpha * (t * (1 - 1 / alpha) + 1 / alpha)
    yes = beta * torch.nn.functional.logsigmoid(positive)
    no = torch.nn.functional.logsigmoid(-negative).sum(1)
    return -(yes + no).mean() / (1 + N)
    ### END SOLUTION


# %%
hint("4.4")

# %% [markdown]
# ## 4.6 The same model, five questions
#
# The smallest model that minds order: a table with a row of scores for each last click. It is trained with
# each loss, three seeds each, and judged against the oracle.

# %%
shop = ZooplusSimulator(n_users=5_000)
n_items = shop.n_products
clicks = (
    shop.journeys(events_per_user=40, seed=1)
    .interactions["item_id"]
    .to_numpy()
    .reshape(-1, 40)
)
learn, test = clicks[1_000:], clicks[:1_000]
last, following = (torch.tensor(part.ravel()) for part in (learn[:, :-1], learn[:, 1:]))
truth = Oracle(shop).next_item_probabilities(test[:, :-1])
popularity = np.bincount(learn.ravel(), minlength=n_items + 1) / learn.size
floor = expected_ndcg(np.tile(popularity, (len(test), 1)), truth, k=10).mean()
ceiling = expected_ndcg(truth, truth, k=10).mean()


def train(question, seed, N=4, steps=250, batch=1024):
    """question(scores (B, V), targets (B,), positive (B,), negative (B, N), real (B,))
    -> loss.

    Returns scores (V, V).
    """
    generator = torch.Generator().manual_seed(seed)
    table = torch.zeros(n_items + 1, n_items + 1, requires_grad=True)
    optimizer = torch.optim.Adam([table], lr=0.1)
    real = torch.ones(batch, dtype=torch.bool)
    for step in range(steps):
        chosen = torch.randint(len(last), (batch,), generator=generator)
        targets = following[chosen]
        scores = table[last[chosen]]
        negatives = uniform_negatives(targets, N, n_items, seed=seed * steps + step)
        positive, negative = (
            scores.gather(1, targets[:, None])[:, 0],
            scores.gather(1, negatives),
        )
        loss = question(scores, targets, positive, negative, real)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return table.detach()


def without_padding(scores):
    return torch.cat([torch.full_like(scores[:, :1], -torch.inf), scores[:, 1:]], 1)


def squared_error(scores, targets, positive, negative, real):
    """MSE towards 1 for the click and 0 for its negatives."""
    every = real[:, None].expand_as(negative)
    return mse_loss(positive, torch.ones_like(positive), real) + mse_loss(
        negative, torch.zeros_like(negative), every
    )


questions = {
    "MSE": squared_error,
    "BCE": lambda scores, targets, positive, negative, real: bce_loss(
        positive, negative, real
    ),
    "gBCE, t = 1": lambda scores, targets, positive, negative, real: gbce_loss(
        positive, negative, real, n_items, 1.0
    ),
    "BPR": lambda scores, targets, positive, negative, real: bpr_loss(
        positive, negative, real
    ),
    "softmax": lambda scores, targets, positive, negative, real: softmax_loss(
        without_padding(scores), targets, real
    ),
}
tables = {
    name: [train(question, seed) for seed in range(3)]
    for name, question in questions.items()
}


def lift(table):
    scores = table[torch.tensor(test[:, -2])].numpy()
    return float(
        share_of_lift(expected_ndcg(scores, truth, k=10).mean(), floor, ceiling)
    )


lifts = {
    name: np.array([lift(table) for table in each]) for name, each in tables.items()
}

# %% [markdown]
# **Guess** before you look: which one will order worst? And whose probabilities can you believe least?
#
# For the second question: a model that gives a product 30 % should be right in 30 % of the cases. For BCE and gBCE the
# probability is the sigmoid, for the softmax the softmax. What really happens, the oracle says.

# %%
# The loss that orders worst: "MSE", "BCE", "gBCE, t = 1", "BPR" or "softmax"
guess("4.3", ...)
# The probabilities to believe least: "BCE", "gBCE, t = 1" or "softmax"
guess("4.4", ...)

# %%
rows = torch.tensor(test[:, -2])
believed = {
    "BCE": tables["BCE"][0][rows].sigmoid()[:, 1:],
    "gBCE, t = 1": tables["gBCE, t = 1"][0][rows].sigmoid()[:, 1:],
    "softmax": without_padding(tables["softmax"][0][rows]).softmax(1)[:, 1:],
}
edges = np.array([0.0, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.5, 1.0])

fig, (left, right) = plt.subplots(1, 2, figsize=PAIR)
for place, values in enumerate(lifts.values()):
    left.bar(
        place, values.mean(), yerr=values.std(ddof=1), color=COLOURS[place], capsize=4
    )
left.set_xticks(range(len(lifts)), list(lifts), rotation=25)
left.set(ylabel="share of the achievable lift", title="Order (mean, sd of 3 seeds)")
for (name, told), colour in zip(
    believed.items(), (COLOURS[1], COLOURS[2], COLOURS[4]), strict=True
):
    told, exact = told.numpy().ravel(), truth[:, 1:].ravel()
    bins = np.digitize(told, edges[1:-1])
    filled = [b for b in range(len(edges) - 1) if (bins == b).sum() > 50]
    right.plot(
        [told[bins == b].mean() for b in filled],
        [exact[bins == b].mean() for b in filled],
        "o-",
        color=colour,
        label=name,
    )
right.plot([0, 1], [0, 1], ":", color="black", label="believe it")
right.set(
    xlabel="probability, says the model",
    ylabel="probability, says the oracle",
    title="Calibration",
)
right.set(xlim=(0, 0.9), ylim=(0, 0.6))
right.legend(fontsize=8)
fig.tight_layout()
show(
    fig,
    alt="Left: share of the achievable lift of five losses; four are level, MSE is "
    "some points behind. Right: what the model believes against the truth. BCE "
    "believes several times too much; gBCE with t = 1 and the softmax lie on the "
    "diagonal.",
)
# All products together: the next click is one of them, so these should be 1
total_of = {name: told.numpy().sum(1).mean() for name, told in believed.items()}
reveal("4.3", min(lifts, key=lambda name: lifts[name].mean()))
reveal("4.4", max(total_of, key=lambda name: abs(total_of[name] - 1)))

# %% tags=["nbval-check-output"]
for name, total in total_of.items():
    print(
        f"{name:12s} all products together: "
        f"{'about 1' if abs(total - 1) < 0.25 else 'far more than 1'}"
    )

# %% [markdown]
# As an **order**, four of the five are level on this small model: the last click limits them all. MSE is behind: it spends
# its strength on hitting 0 and 1. As **probabilities** they are worlds apart. BCE says of many products at once "I am quite sure": its probabilities of *one* next click add up to several.
# It was asked about a mixture in which one in five pairs is a click, and it answers that question rightly.
#
# ### Your turn (4.5) · 8 minutes
#
# One loss is left: the softmax when the catalogue is too large to sum over. Estimate the sum from N negatives, each
# weighted by how rarely it is drawn (chapter 03's log-Q):
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
# - MSE asks for the expected rating, BCE for the probability of a pair *in your mixture*, BPR and softmax for an order.
# - Leave padding out before you compute. `logsigmoid` and `logsumexp` do not overflow.
# - BCE with few negatives is overconfident; gBCE repairs it. BPR's scores mean nothing by themselves.
# - When you compare models, compare them under the same loss: much of what is published as "model A beats model B" is
#   "loss A beats loss B".

# %%
scoreboard("04")
calibration("04")

# %%
quiz("4.2")

# %% [markdown]
# **Go further.** Rendle, Freudenthaler, Gantner & Schmidt-Thieme (2009), *BPR: Bayesian Personalized Ranking from Implicit
# Feedback.* Petrov & Macdonald (2023), *gSASRec: Reducing Overconfidence in Sequential Recommendation Trained with
# Negative Sampling.* Klenitskiy & Vasilev (2023), *Turning Dross Into Gold Loss: is BERT4Rec really better than SASRec?*
#
# Next: **05 · Evaluation**.
