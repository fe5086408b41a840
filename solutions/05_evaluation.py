# %% [markdown]
# # 05 · Evaluation
#
# A score decides what you ship. This chapter builds the scores and shows seven ways in which they mislead, one in each of
# the sections 5.1 to 5.7. Then it draws the **[ladder](glossary.ipynb)**: from guessing to the best that anyone can do.
#
# **After this chapter you can** rank fairly, compute HR@k, NDCG@k and MRR, tell a difference from noise with an interval
# that you wrote yourself, spot a score that is too good, and say how much there was to win.
#
# **You need** chapters 01 and 02 (words: [Glossary](glossary.ipynb)). **Time:** 60 minutes, 44 of them for the exercises.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

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
from course.figures import COLOUR_OF, COLOURS, PAIR, WIDE, show
from seqrec.baselines import (
    GRU4Rec,
    ItemCoOccurrence,
    MarkovChain,
    MLPClick,
    Popularity,
    exposures_from_interactions,
)
from seqrec.data import build_sequences, leave_last_two_out, pad_left
from seqrec.metrics import (
    coverage,
    expected_hit_rate,
    full_ranking,
    hit_rate,
    mean_interval,
    reciprocal_rank,
    sampled_ranks,
    share_of_lift,
)
from zooplus_sim import Oracle, ZooplusSimulator

shop = ZooplusSimulator(n_users=3_000)
log = shop.journeys(events_per_user=(10, 40), seed=5).interactions
train, valid, test = leave_last_two_out(log)


def questions(known, asked, length):
    """Users (B,), their histories (B, length) from the log `known`, and what they
    clicked next (B,), from `asked`.
    """
    sequences = build_sequences(known, length)
    answers = asked.set_index("user_id")["item_id"].reindex(sequences["user_id"])
    return (
        sequences["user_id"].to_numpy(),
        pad_left(sequences["item_sequence"], length),
        answers.to_numpy(),
    )


users, histories, targets = questions(pd.concat([train, valid]), test, length=40)

# %% [markdown]
# ## 5.1 The place of the right answer
#
# Anna's last click is hidden. A model sees what came before and gives each of the 50 products a score. Sort the scores:
# at which place stands the product that she clicked? That **rank** is all that the common metrics look at.
#
# A much copied way to compute it: put the target in front, other products behind, sort, and see where the target went.
# Here it is, with a "model" that has learned nothing and gives every product the same score.
#
# **Guess:** how often does this model put the right product first?

# %%
# How often the constant model puts the right product first: a number, in %
guess("5.1", ...)

# %% tags=["nbval-check-output"]
# Column 0: the target, columns 1 to 49: the others
scores = np.full((len(targets), 50), 0.5)
# Where did column 0 go?
place = np.argsort(-scores, axis=1, kind="stable").argmin(axis=1)
print(f"a constant model is right first time in {(place == 0).mean():.0%} of the cases")
reveal("5.1", 100 * (place == 0).mean())

# %% [markdown]
# A perfect score for a constant. All scores tie, a stable sort leaves ties as they stand, and the target stood first. Real
# models tie too: one whose output has reached its largest number, or one that counts and has counted nothing.
#
# So **ties count against the model**: the rank is the number of products that score *at least* as much as the target.
#
# ### Your turn (5.1) · 5 minutes


# %%
@exercise("5.1")
def ranks(scores, targets):
    """The place of each target among the items of its row, 1 = best: how many items
    score at least as much as it.

    scores:  (B, V) floats, column j is item j; column 0 is padding and must not be
        looked at, whatever it holds. An item at -inf is ruled out: as a target it gets
        the last rank, V - 1.
    targets: (B,) item ids, 1 to V - 1.
    Returns (B,) integers, 1 to V - 1.
    """
    ### BEGIN SOLUTION
    own = scores[np.arange(len(targets)), targets][:, None]  # (B, 1)
    return (scores[:, 1:] >= own).sum(axis=1)
    ### END SOLUTION


# %%
hint("5.1")

# %% tags=["nbval-check-output"]
constant = np.full((len(targets), 51), 0.5)
print(f"a constant model: every target at rank {ranks(constant, targets).max()} of 50")
print(
    "one favourite, two that tie:",
    ranks(np.array([[-np.inf, 0.9, 0.3, 0.3]] * 3), np.array([1, 2, 3])),
)

# %% [markdown]
# ## 5.2 What is a place worth?
#
# Three answers are in common use. With one right product per question they are short:
#
# - **[HR@k](glossary.ipynb)**, hit rate: 1 if the rank is at most $k$, else 0. (Also called recall@k.)
# - **[NDCG@k](glossary.ipynb)**: $1 / \log_2(1 + \text{rank})$ up to $k$, else 0. First place 1, second .63, third .5.
# - **[MRR](glossary.ipynb)**, mean reciprocal rank: the mean of $1 / \text{rank}$, however far down.
#
# The long name of NDCG is *normalised discounted cumulative gain*
# ([Järvelin & Kekäläinen 2002](https://doi.org/10.1145/582415.582418)). A right product is a *gain*; it is *discounted* by
# its place; the gains of a list are added up, so *cumulative*; and the sum is divided by the best that the list could have
# had, so *normalised*. With one right product the sum has one term and the best is 1: what is left is the formula above.
#
# ### Your turn (5.2) · 4 minutes


# %%
@exercise("5.2")
def ndcg(ranks, k):
    """1 / log2(1 + rank) where the target is among the first k, else 0.

    ranks: (B,) integers from 1. k: cut-off, 1 or more. Returns (B,) floats.
    """
    ### BEGIN SOLUTION
    return np.where(ranks <= k, 1 / np.log2(1 + ranks), 0.0)
    ### END SOLUTION


# %%
hint("5.2")

# %% jupyter={"source_hidden": true}
place = np.arange(1, 21)
fig, ax = plt.subplots(figsize=WIDE)
ax.step(place, hit_rate(place, 10), where="mid", color=COLOURS[0], label="HR@10")
ax.plot(place, ndcg(place, 10), "o-", color=COLOURS[1], label="NDCG@10")
ax.plot(
    place, reciprocal_rank(place), "s-", color=COLOURS[2], ms=4, label="reciprocal rank"
)
ax.set(
    xlabel="rank of the product that was clicked",
    ylabel="worth",
    xticks=[1, 5, 10, 15, 20],
)
ax.set_title("What a place is worth")
ax.legend()
show(
    fig,
    alt="Worth over rank. HR@10 is 1 up to rank 10 and 0 beyond. NDCG@10 falls from 1 "
    "to .29 at rank 10, then drops to 0. The reciprocal rank falls fastest, to .1 at "
    "rank 10, and never reaches 0.",
)

# %% [markdown]
# HR@10 asks: is it on the page? NDCG@10 asks: near the top of the page? MRR cares for little but the first places. We
# report HR@10 and NDCG@10 throughout the course, on *all* products.
#
# ### What may be ranked?
#
# Some papers take away what a user has clicked before: nobody watches the same film twice. In a pet shop, they do buy
# the same food again. **Guess:** with all 50 products ranked, the [oracle](glossary.ipynb) has the next click among its first ten in 93 % of
# the cases (a cell of this section prints it). And without those that were clicked before?

# %%
# HR@10 of the oracle without what was clicked: a number, in %
guess("5.2", ...)

# %% [markdown]
# ### Your turn (5.3) · 5 minutes


# %%
@exercise("5.3")
def exclude(scores, seen):
    """A copy of the scores in which each user's seen items are at -inf, so that they
    rank last.

    scores: (B, V) floats, column 0 is -inf. seen: (B, S) item ids of each user, 0 =
    nothing; repeats are fine.
    Returns a new (B, V) array; `scores` stays as it was.
    """
    ### BEGIN SOLUTION
    kept = scores.copy()
    np.put_along_axis(kept, seen, -np.inf, axis=1)
    return kept
    ### END SOLUTION


# %%
hint("5.3")

# %% tags=["nbval-check-output"]
oracle = Oracle(shop)
# (B, 51): the true probability of every next click
law = oracle.next_item_probabilities(histories)
ranked = np.where(law > 0, law, -np.inf)  # column 0 to -inf, as models have it
of_all = hit_rate(ranks(ranked, targets), 10).mean()
of_unseen = hit_rate(ranks(exclude(ranked, histories), targets), 10).mean()
print(f"the oracle, all products ranked: HR@10 {of_all:.2f}")
print(f"... without what was clicked:    HR@10 {of_unseen:.2f}")
print(
    "the target was clicked before:   "
    f"{(histories == targets[:, None]).any(axis=1).mean():.0%} of the cases"
)
reveal("5.2", 100 * of_unseen)

# %% [markdown]
# Exclude only what a shop would never show again. Here that is nothing.
#
# ## 5.3 Why not RMSE?
#
# **RMSE** is the root of the mean squared error: over all pairs of a user and a product, the told probability against 1 for
# the click and 0 for the rest. The closer to what happened, the better the model? For a list that need not hold. Three
# models:
#
# - a constant: 1/50 for every product;
# - the [Markov chain](glossary.ipynb), which counts what follows the last click;
# - the same Markov chain as a network would tell it that was trained by yes or no, with one negative per click. Such a
#   network learns $p / (p + (1 - p)/49)$ instead of $p$: chapter 04 shows why. It is the usual recipe.

# %% tags=["nbval-check-output"]
happened = np.eye(51)[targets][:, 1:]
p = MarkovChain(50).fit(train).score(users, histories)[:, 1:]
told_of = {
    "1/50 for all": np.full_like(p, 1 / 50),
    "Markov chain": p,
    "the same, as yes or no": p / (p + (1 - p) / 49),
}
for name, told in told_of.items():
    error = (told - happened) ** 2
    of_others = error[happened == 0].sum() / error.sum()
    place = ranks(np.pad(told, ((0, 0), (1, 0))), targets)
    print(
        f"{name:23s} RMSE {np.sqrt(error.mean()):.3f} ({of_others:3.0%} of the squared "
        f"error: not clicked)   NDCG@10 {ndcg(place, 10).mean():.3f}"
    )

# %% [markdown]
# The last two show every shopper the same list: the formula keeps the order of $p$. By RMSE one of them is better than the
# constant and the other one worse. A list depends on the **order** of the scores only, RMSE on their size. The brackets
# say where the third model loses: nearly all of its error stands at the 49 products that were not clicked, because it tells
# high probabilities of many at once. No list changes by that.
#
# ## 5.4 A hundred random negatives
#
# Ranking all products costs time in a large shop. A popular short cut: rank the target among **100 products drawn at
# random**. A small list is easier, so all scores go up. Fine, as long as the better model stays the better model.
# Does it? We take a shop with 2,000 products and two simple models:
#
# - *again*: what you clicked before, the newest first; of the rest it knows nothing;
# - *Markov chain*: what usually follows your last click.
#
# **Guess:** both are scored by HR@10, once among all 2,000 products and once among 100 random ones. Same winner?

# %%
# The winner among 100 random products: "the same" or "the other one"
guess("5.3", ...)

# %%
large = ZooplusSimulator(n_products=2_000, n_users=3_000)
large_train, large_valid, large_test = leave_last_two_out(
    large.journeys(events_per_user=(20, 60), seed=1).interactions
)
who, before, after = questions(
    pd.concat([large_train, large_valid]), large_test, length=60
)


# %%
def again(user_ids, histories):
    scores = np.zeros((len(histories), 2_001))
    # Later columns overwrite earlier ones
    for steps, items in enumerate(histories.T, start=1):
        scores[np.arange(len(histories)), items] = steps
    return scores


chain = MarkovChain(2_000).fit(large_train)
full = {
    name: full_ranking(
        lambda rows, score=score: score(who[rows], before[rows]), after
    ).ranks
    for name, score in {"again": again, "Markov chain": chain.score}.items()
}
sampled = {name: sampled_ranks(rank, 2_000, 100, seed=0) for name, rank in full.items()}

# %% tags=["nbval-check-output"]
among = {"all 2,000 products": full, "100 random ones": sampled}
of_lists = pd.DataFrame(
    {
        products: {name: hit_rate(rank, 10).mean() for name, rank in of.items()}
        for products, of in among.items()
    }
)
reveal("5.3", "the same" if of_lists.idxmax().nunique() == 1 else "the other one")
of_lists.round(2)

# %% [markdown]
# The winner depends on the list. Is 100 a special number? Here is the whole way from 20 negatives to all.

# %% jupyter={"source_hidden": true}
sizes = [20, 50, 100, 200, 500, 1_000, 1_999]
fig, ax = plt.subplots(figsize=WIDE)
for (name, rank), colour in zip(full.items(), COLOURS, strict=False):
    means = [
        hit_rate(sampled_ranks(rank, 2_000, size, seed=0), 10).mean() for size in sizes
    ]
    ax.semilogx(sizes, means, "o-", color=colour, label=name)
ax.axvline(100, color="0.6", lw=1, ls="--")
ax.text(104, 0.93, "100, the habit", color="0.4", size=9)
ax.set(
    xlabel="random negatives beside the target",
    ylabel="HR@10",
    ylim=(0, 1),
    xticks=sizes,
    xticklabels=sizes,
)
ax.minorticks_off()
ax.set_title("Which model is better? It depends on the number of negatives")
ax.legend()
show(
    fig,
    alt="HR@10 of two models over the number of random negatives, from 20 to all "
    "1,999. The Markov chain leads clearly at 20 to 100 negatives; the lines cross "
    "near 200, and beyond, up to all products, the model that repeats leads.",
)

# %% [markdown]
# The reason ([Krichene & Rendle 2020](https://doi.org/10.1145/3394486.3403226)): to be among the first 10 of 101 takes about
# rank 200 of 2,000. So the sampled score asks "is the target among the better tenth?", and not "is it on the page?". We can
# ask both questions of the ranks among *all* products:

# %% tags=["nbval-check-output"]
for name, rank in full.items():
    print(
        f"{name:13s} among the first 10: {(rank <= 10).mean():.0%}, among the first "
        f"200: {(rank <= 200).mean():.0%}"
    )

# %% [markdown]
# **Rank all products.** `full_ranking` goes through the users in chunks, so memory is no reason not to.
#
# ### Does it show the catalogue?
#
# A rank says nothing about what *else* a model shows. **[Coverage](glossary.ipynb)** does: the share of the catalogue that somebody gets to
# see. It counts the different products in all lists together.

# %% tags=["nbval-check-output"]
for name, model in {
    "popularity": Popularity(2_000).fit(large_train),
    "Markov chain": chain,
}.items():
    lists = full_ranking(
        lambda rows, model=model: model.score(who[rows], before[rows]), after, top=10
    ).top_items
    print(f"{name:13s} shows {coverage(lists, 2_000):6.1%} of the catalogue")

# %% [markdown]
# ## 5.5 Is it a difference, or is it luck?
#
# A mean over users is a mean over a sample. Other users of the same kind would give another mean. How far away?
#
# The **bootstrap** ([Efron 1979](https://doi.org/10.1214/aos/1176344552)) asks the sample itself. It draws as many users as
# we have, *with replacement*: some come twice, others not at all. Of these it takes the mean. A thousand such draws give a
# thousand means, and the middle 950 of them span the **95 % interval**. In about 95 of 100 studies such an interval holds
# the mean of all users of this kind.
#
# We try it on 300 users, with two models that are close. Each interval stands behind its mean, in brackets.

# %% tags=["nbval-check-output"]
few = np.arange(300)
models = {"Markov chain": MarkovChain(50), "co-occurrence": ItemCoOccurrence(50)}
values = {}
for name, model in models.items():
    rank = ranks(model.fit(train).score(users[few], histories[few]), targets[few])
    values[name] = ndcg(rank, 10)
    print(f"{name:14s} NDCG@10 {mean_interval(values[name], seed=0)}")

# %% [markdown]
# The two intervals overlap. So nothing is proven? Some users are hard for *both* models. That scatter has nothing to do with
# the difference between the models. It cancels if we take the difference **user by user** first, and then ask how the mean
# of these differences scatters.
#
# ### Your turn (5.4) · 12 minutes · *hard*
#
# Write the interval yourself: the **paired** bootstrap of a difference between two models. There is no library in it but
# NumPy's generator and `np.quantile`.


# %%
@exercise("5.4")
def difference_interval(values, others, *, seed, level=0.95, n_resamples=1000):
    """The mean of `values - others` over the users, and its bootstrap interval.

    values, others: (B,) floats, two models' metric for the same users in order.
    B users are drawn with replacement, `n_resamples` times, and each time the mean
    difference of those drawn is taken; the interval holds the middle `level` of these
    means, half of the rest on each side.
    seed: an integer; the same seed gives the same interval, another seed another one.
    Returns three floats: mean, low, high.
    """
    ### BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    gaps = values - others
    chosen = rng.integers(0, len(gaps), (n_resamples, len(gaps)))
    means = gaps[chosen].mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(gaps.mean()), float(low), float(high)
    ### END SOLUTION


# %%
hint("5.4")

# %% tags=["nbval-check-output"]
both = values["co-occurrence"], values["Markov chain"]
mean, low, high = difference_interval(*both, seed=0)
print(f"correlation of the two models' scores: {np.corrcoef(both)[0, 1]:.2f}")
print(f"difference, user by user: {mean:+.3f} [{low:+.2f}, {high:+.2f}]")
shuffled = np.random.default_rng(0).permutation(both[1])
mean, low, high = difference_interval(both[0], shuffled, seed=0)
print(f"... in torn pairs:        {mean:+.3f} [{low:+.2f}, {high:+.2f}]")

# %% [markdown]
# The last line pairs each user of one model with *another* user of the other model, and changes nothing else. The mean is
# the same, the interval is wider, and 0 lies inside it. Always compare in pairs.
#
# And the two winners of section 5.4, were they luck?

# %% tags=["nbval-check-output"]
for products, of in among.items():
    hits = [hit_rate(of[name], 10).astype(float) for name in ("again", "Markov chain")]
    mean, low, high = difference_interval(*hits, seed=0)
    print(f"{products:18s} again - chain: {mean:+.3f} [{low:+.2f}, {high:+.2f}]")

# %% [markdown]
# No: both differences are clear, and they point in opposite directions.
#
# An interval over users says nothing about the seeds of training. That scatter comes on top; the course shows both.
#
# ### Scores without luck
#
# In our shop we can do better. The oracle knows the *law* of the next click, so instead of asking where one click happened
# to fall, we can average over all clicks that could have followed.
#
# $$\mathbb{E}[\text{NDCG@}k] = \sum_j p(j \mid \text{history}) \cdot \text{NDCG@}k\,(\text{rank of } j)$$
#
# ### Your turn (5.5) · 8 minutes


# %%
@exercise("5.5")
def expected_ndcg(scores, probabilities, k):
    """Mean NDCG@k of the scores if `probabilities` is the true law of the next item.

    scores:        (B, V) floats of the model that is judged; column 0 is padding and
                   not looked at.
    probabilities: (B, V) floats, rows sum to 1, column 0 is 0.
    k:             cut-off. Ties count against the model, for each item that might
                   follow.
    Returns (B,) floats.
    """
    ### BEGIN SOLUTION
    items = scores[:, 1:]
    # (B, V - 1): the place of each item
    rank = (items[:, None, :] >= items[:, :, None]).sum(axis=2)
    return (probabilities[:, 1:] * ndcg(rank, k)).sum(axis=1)
    ### END SOLUTION


# %%
hint("5.5")

# %% tags=["nbval-check-output"]
scores = models["Markov chain"].score(users, histories)
realised, expected = ndcg(ranks(scores, targets), 10), expected_ndcg(scores, law, 10)
print("what one click says:     ", mean_interval(realised, seed=0))
print("what all clicks would say:", mean_interval(expected, seed=0))

# %% [markdown]
# The two means agree within the intervals, and the second interval is narrower: the luck of the one click is gone, only
# that of the users is left.
#
# ## 5.6 Choosing on the test set
#
# You train for thirty [epochs](glossary.ipynb) (an epoch is one pass over the data), look at the *test* score after each, and report the best. Nobody trained on the test set. Is
# anything wrong? We repeat it many times. Our thirty "epochs" are thirty Markov chains, each fitted on 60 users: not all
# alike, and each with its own luck. The score over all 3,000 users stands for the truth.

# %%
rng = np.random.default_rng(0)
runs = []
for _ in range(30):
    some = train[train["user_id"].isin(rng.choice(3_000, size=60, replace=False))]
    runs.append(MarkovChain(50).fit(some).score(users, histories))
realised = np.array([ndcg(ranks(scores, targets), 10) for scores in runs])  # (30, B)
true = realised.mean(axis=1)  # (30,)

# %% tags=["nbval-check-output"]
on_test, on_valid = [], []
for _ in range(500):
    draw = rng.permutation(len(targets))
    test_users, valid_users = draw[:150], draw[150:300]
    test_scores = realised[:, test_users].mean(axis=1)
    valid_scores = realised[:, valid_users].mean(axis=1)
    for chosen_by, gaps in ((test_scores, on_test), (valid_scores, on_valid)):
        choice = chosen_by.argmax()
        gaps.append(test_scores[choice] - true[choice])
print(f"true scores of the thirty: {true.min():.3f} to {true.max():.3f}")
print(f"chosen on the test set:  reported - true = {np.mean(on_test):+.3f} on average")
print(f"chosen on other users:   reported - true = {np.mean(on_valid):+.3f} on average")

# %% jupyter={"source_hidden": true}
fig, ax = plt.subplots(figsize=WIDE)
bins = np.linspace(-0.12, 0.12, 41)
ax.hist(on_valid, bins, alpha=0.6, color=COLOURS[0], label="chosen on validation users")
ax.hist(on_test, bins, alpha=0.6, color=COLOURS[1], label="chosen on the test users")
ax.axvline(0, color="black", lw=1)
ax.set(xlabel="reported NDCG@10 less the true one", ylabel="times out of 500")
ax.set_title("The best of thirty on the test set promises too much")
ax.legend(loc="upper left", fontsize=8)
show(
    fig,
    alt="Two histograms of reported less true NDCG@10. Chosen on validation users, it "
    "is centred at 0. Chosen on the test users, it is shifted to the right.",
)

# %% [markdown]
# The best of thirty is good *and lucky*, and the luck will not come again. Choose on [validation](glossary.ipynb) data. Open the test set
# once.
#
# ## 5.7 Where does the log end?
#
# One more way to a score that is too good, and nobody notices it. Leave-last-out tests each user's *last* click. Which click
# is that? If the log was cut at some point in time, or after some number of events: any click. If it was cut after whole
# *visits*: always the last click of a visit, and that is no ordinary click.

# %%
branch = ZooplusSimulator(n_users=1_000)
know = Oracle(branch)


def at_the_end(journeys):
    """How the last clicks of a log are foreseen: one table, and one number a user."""
    log = journeys.interactions
    clicks = pad_left(build_sequences(log, 99)["item_sequence"], 100)
    known = pd.concat(leave_last_two_out(log)[:2])
    chance = know.next_item_probabilities(clicks[:, :-1])
    chain = MarkovChain(50).fit(known).score(np.arange(len(clicks)), clicks[:, :-1])
    told = {}
    for name, scores in {"Markov chain": chain, "oracle": chance}.items():
        realised = ndcg(ranks(scores, clicks[:, -1]), 10)
        told[f"{name}, expected"] = expected_ndcg(scores, chance, 10).mean().round(2)
        told[f"{name}, realised"] = realised.mean().round(2)
    return told, realised


cuts = {
    "after whole visits": branch.journeys(sessions_per_user=3, seed=3),
    "after some event": branch.journeys(events_per_user=(8, 32), seed=3),
}
found = {name: at_the_end(journeys) for name, journeys in cuts.items()}

# %% tags=["nbval-check-output"]
rows = {name: told for name, (told, _) in found.items()}
pd.DataFrame(rows).rename_axis("NDCG@10, if the log ends")

# %% [markdown]
# Cut after whole visits, the oracle seems to beat *itself*: its realised score is above the expected one. It knows the law
# of the next click, but the cut picked a special click. The Markov chain's score rises, too, and less.
#
# What is special about it? Most visits end when their mission is done. So we count how often the last click takes the last
# step of its mission that was left, and look at the oracle's realised score there and elsewhere.

# %%
steps_of = {mission.name: set(mission.steps) for mission in branch.world.missions}
type_of = branch.products["product_type"]


def ends_a_mission(journeys):
    """(users,) bool: with the last click all steps of its mission are done."""
    log = journeys.interactions
    table = pd.DataFrame(
        {"type": log["item_id"].map(type_of), "mission": journeys.truth["mission"]}
    )
    visits = table.groupby([log["user_id"], log["session_id"]])
    of_visits = visits.agg({"type": set, "mission": "first"})
    last = of_visits.groupby("user_id").tail(1)
    pairs = zip(last["mission"], last["type"], strict=True)
    return np.array([steps_of[mission] <= done for mission, done in pairs])


# %% tags=["nbval-check-output"]
for name, journeys in cuts.items():
    realised, ends = found[name][1], ends_a_mission(journeys)
    told = (
        f"realised {realised[ends].mean():.2f}, elsewhere {realised[~ends].mean():.2f}"
    )
    print(f"{name:18s}  the last click ends a mission: {ends.mean():.0%}, {told}")

# %% [markdown]
# Such clicks are foreseen equally well in both logs, and all others, too. The log of whole visits only has many more of them.
# So this course evaluates on logs that stop after a number of events.
#
# ## 5.8 The ceiling
#
# How good can anybody be? The oracle's expected score is the best that a model of item ids can reach. At every position:

# %% tags=["nbval-check-output"]
long_log = branch.journeys(events_per_user=31, users=500, seed=2).interactions
long = long_log["item_id"].to_numpy().reshape(-1, 31)
ceiling = know.ceiling(long[:, :-1], k=10).by_position()
popular = np.bincount(train["item_id"], minlength=51).astype(float)
probabilities = know.filter(long[:, :-1])
foot = [
    expected_ndcg(np.tile(popular, (500, 1)), probabilities[:, t], 10).mean()
    for t in range(30)
]
print(ceiling.loc[[1, 2, 4, 10, 30], ["hit_rate", "ndcg"]].round(2))

# %% jupyter={"source_hidden": true}
lines = {
    "oracle, HR@10": (ceiling["hit_rate"], COLOURS[2], "o-"),
    "oracle, NDCG@10": (ceiling["ndcg"], COLOURS[0], "o-"),
    "popularity, NDCG@10": (foot, COLOURS[6], "--"),
}
fig, ax = plt.subplots(figsize=WIDE)
for name, (line, colour, style) in lines.items():
    ax.plot(ceiling.index, line, style, ms=4, color=colour)
    end = np.asarray(line)[-1]
    ax.text(30.8, end, name, color=colour, va="center", size=9.5)
ax.set(xlabel="clicks known", ylabel="expected score", xlim=(0, 43), ylim=(0, 1))
ax.set_xticks([1, 10, 20, 30])
ax.set_title("The ceiling, click by click")
show(
    fig,
    alt="The oracle's HR@10 rises from .89 after one click to about .93 and stays. Its "
    "NDCG@10 rises from .63 to about .72, with a small wave in the first visits. "
    "Popularity stays near .2.",
)

# %% [markdown]
# The first clicks tell the most; from the fourth on the lines hardly rise. The ceiling is below 1, because shoppers choose at random
# among what they want next, and **no model of item ids can do what the oracle can't**. So the honest question is not "how
# far from 1?" but *which share of what can be won did the model win?*
#
# $$\text{share of the achievable lift} = \frac{\text{model} - \text{popularity}}{\text{oracle} - \text{popularity}}$$
#
# ## 5.9 The ladder
#
# All models are trained on the same log and asked the same questions, all 50 products ranked. One of them you build
# yourself.
#
# ### Your turn (5.6) · 10 minutes
#
# Count what follows what. If Anna clicked puppy food, a bowl and a leash, and `window` is 2, then the bowl and the leash
# followed the food, and the leash followed the bowl. One loop is enough, and it does not run over the clicks.


# %%
@exercise("5.6")
def follower_table(users, items, n_items, window):
    """How often each product was clicked within `window` clicks after each product.

    users, items: (N,) integers, the user and the product of each click, ordered by user
        and then by time.
    n_items: products are 1..n_items.
    window: 1 or more.
    Returns (n_items + 1, n_items + 1) integers: entry [i, j] counts the pairs of clicks
    of one user in which j came 1, 2, ... or `window` clicks after i.
    """
    ### BEGIN SOLUTION
    table = np.zeros((n_items + 1, n_items + 1), dtype=np.int64)
    for lag in range(1, window + 1):
        same = users[lag:] == users[:-lag]
        np.add.at(table, (items[:-lag][same], items[lag:][same]), 1)
    return table
    ### END SOLUTION


# %%
hint("5.6")

# %% [markdown]
# A table of counts is a recommender: divide each row by its sum, and let the rows of the last five clicks vote.

# %% tags=["nbval-check-output"]
ordered = train.sort_values(["user_id", "timestamp"], kind="stable")
counts = follower_table(
    ordered["user_id"].to_numpy(), ordered["item_id"].to_numpy(), 50, window=5
)
shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
votes = shares[histories[:, -5:]].sum(axis=1)  # (B, 51)
print(f"{counts.sum():,} pairs, NDCG@10 {expected_ndcg(votes, law, 10).mean():.3f}")

# %% [markdown]
# **Guess the order,** the lowest NDCG@10 first: the [MLP](glossary.ipynb) of chapter 01, which knows each user but not the order of clicks; the
# Markov chain, which knows the last click; co-occurrence, the library's table of counts, in which near pairs and newer clicks weigh more;
# [GRU4Rec](glossary.ipynb), a small recurrent network that reads all.

# %%
# The ladder, the lowest NDCG@10 first: letters in your order, in quotation marks: A
# co-occurrence; B GRU4Rec (small); C Markov chain; D memoryless (MLP)
guess("5.4", ...)

# %%
exposures = exposures_from_interactions(train, 50)
memoryless = MLPClick(50, epochs=3, batch_size=2048, progress=False).fit(exposures)
learned = {
    "popularity": Popularity(50),
    "Markov chain": MarkovChain(50),
    "co-occurrence": ItemCoOccurrence(50),
    "GRU4Rec (small)": GRU4Rec(50, epochs=5, progress=False),
}
answers = {
    name: model.fit(train).score(users, histories) for name, model in learned.items()
}
answers["random"] = np.random.default_rng(0).random(law.shape)
answers["memoryless (MLP)"] = memoryless.score(users)
answers["your votes"] = votes
answers["oracle"] = law

# %%
metrics = {"HR@10": expected_hit_rate, "NDCG@10": expected_ndcg}
ladder = pd.DataFrame(
    {
        name: {m: f(scores, law, 10).mean() for m, f in metrics.items()}
        for name, scores in answers.items()
    }
).T.sort_values("NDCG@10")
for metric in metrics:
    of = ladder[metric]
    ladder[f"share, {metric}"] = share_of_lift(of, of["popularity"], of["oracle"])
guessed = ["memoryless (MLP)", "Markov chain", "co-occurrence", "GRU4Rec (small)"]
reveal("5.4", ladder.loc[guessed, "NDCG@10"].sort_values().index)
ladder.round(3)

# %% jupyter={"source_hidden": true}
fig, axes = plt.subplots(1, 2, figsize=(PAIR[0], 4.2), sharey=True)
known_by = {"GRU4Rec (small)": "GRU4Rec", "your votes": "you"}
colours = [COLOUR_OF.get(known_by.get(name, name), "0.6") for name in ladder.index]
for ax, metric in zip(axes, metrics, strict=True):
    top = ladder.loc["oracle", metric]
    ax.barh(ladder.index, ladder[metric], color=colours)
    for name in ("oracle", "popularity"):
        ax.axvline(ladder.loc[name, metric], color=COLOUR_OF[name], ls="--", lw=1)
    for row, name in enumerate(ladder.index):
        share = f"  ({ladder.loc[name, f'share, {metric}']:.0%})"
        told = f"{ladder.loc[name, metric]:.2f}{'' if name == 'random' else share}"
        ax.text(top + 0.02, row, told, va="center", size=9)
    ax.set(title=metric, xlim=(0, top * 1.4), xticks=np.arange(0, top, 0.2))
    ax.grid(axis="y", visible=False)
fig.suptitle("The ladder (in brackets: share of the achievable lift)")
fig.tight_layout()
show(
    fig,
    alt="Bars of HR@10 and NDCG@10 that grow from random over popularity, the "
    "memoryless MLP, the Markov chain, the votes of exercise 5.6, co-occurrence and a "
    "small GRU4Rec to the oracle. GRU4Rec wins most of the lift in both scores; the MLP "
    "a third of it in NDCG@10.",
)

# %% [markdown]
# One run of each network is no comparison. Is it the luck of the seed? The table that chapter 07 uses has five seeds of
# shop, log and training, 4,000 users each. (`python -m benchmarks.bench_bst course/measured/07_bst.csv` makes it; the
# settings were fixed beforehand, nothing was chosen on the test clicks.)

# %% tags=["nbval-check-output"]
five = measured("07_bst")
five = five[five["model"].isin(guessed)]
five.groupby("model")["share"].agg(["mean", "std"]).sort_values("mean").round(2)

# %% [markdown]
# Or is it the length of training? Models that count have none. The networks were trained again on the log of this chapter, shorter
# and longer, with three seeds; the standard deviation stands in brackets. (`python -m benchmarks.bench_epochs course/measured/05_epochs.csv`)

# %% tags=["nbval-check-output"]
for name, rows in measured("05_epochs").groupby("model", sort=False):
    told = [
        f"{n} epochs {shares.mean():.2f} ({shares.std():.2f})"
        for n, shares in rows.groupby("epochs")["share"]
    ]
    print(f"{name:16s} {',  '.join(told)}")

# %% [markdown]
# And your votes: why does the library's co-occurrence get further with the same pairs of clicks? It does three things that
# yours doesn't. A pair counts half as much with each further click between the two. A click has half the votes of the one after
# it. And where counts are low it adds some popularity. We switch the first two on one at a time, in your table; the third
# we switch off in the library's.

# %%
log_columns = ordered["user_id"].to_numpy(), ordered["item_id"].to_numpy()
within = [follower_table(*log_columns, 50, window=d) for d in range(1, 6)]
apart = np.diff(within, axis=0, prepend=0)  # (5, 51, 51) pairs 1, 2, ... 5 clicks apart


def lift_of(scores):
    reached = expected_ndcg(scores, law, 10).mean()
    return share_of_lift(reached, *ladder.loc[["popularity", "oracle"], "NDCG@10"])


def lift_of_votes(nearer, newer):
    """The lift if each click further away counts 1 / nearer (1 / newer) as much."""
    counts = np.tensordot(1 / nearer ** np.arange(5), apart, 1)  # (51, 51)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    weights = newer ** np.arange(5.0)  # (5,) the newest counts most
    return lift_of((shares[histories[:, -5:]] * weights[:, None]).sum(axis=1))


# %% tags=["nbval-check-output"]
for nearer, newer in ((1, 1), (2, 1), (1, 2), (2, 2)):
    told = f"near pairs x {nearer}, newer votes x {newer}"
    print(f"yours, {told}  {lift_of_votes(nearer, newer):.3f}")
print(f"the library's co-occurrence            {lift_of(answers['co-occurrence']):.3f}")
no_popularity = ItemCoOccurrence(50, smoothing=1e-6).fit(train)
told = lift_of(no_popularity.score(users, histories))
print(f"... without popularity                 {told:.3f}")

# %% [markdown]
# - The **memoryless** model wins a third of the [lift](glossary.ipynb) in NDCG@10, from the shopper alone. Trained for longer it wins a bit less.
# - The **last click alone** beats it.
# - Your **votes** get about as far as the last click. The library's co-occurrence gets further because near pairs count more
#   *and* newer clicks have more votes; each alone brings less than half of it, and popularity brings nothing on this log. It
#   has nothing to train. Any network has to beat it first.
# - **GRU4Rec** reads the whole history, in order. After two epochs it is above all models that count, and after ten it is
#   above where it was after five. The rest of the course is about the last rungs: attention, and what it takes to train it well.
#
# ## Key ideas
#
# - Ties count against the model. Otherwise a constant can be perfect.
# - Rank all products. A hundred random negatives answer another question, and another model may win.
# - Compare user by user, with an interval. Choose on validation, open the test set once.
# - Mind which click is tested: a log that ends with whole visits tests the last steps of missions, which are easier to foresee.
# - Report the share of the achievable lift: (model - popularity) / (oracle - popularity).

# %%
scoreboard("05")
calibration("05")

# %%
quiz("5.1")

# %%
quiz("5.2")

# %% [markdown]
# **Go further.** [Krichene & Rendle (2020)](https://doi.org/10.1145/3394486.3403226), *On Sampled Metrics for Item
# Recommendation.* [Järvelin & Kekäläinen (2002)](https://doi.org/10.1145/582415.582418), *Cumulated Gain-Based Evaluation
# of IR Techniques.* [Efron (1979)](https://doi.org/10.1214/aos/1176344552), *Bootstrap Methods: Another Look at the
# Jackknife.* [Hidasi, Karatzoglou, Baltrunas & Tikk (2016)](https://arxiv.org/abs/1511.06939), *Session-based
# Recommendations with Recurrent Neural Networks.*
#
# Next: **[06 · Attention](06_attention.ipynb)**.
