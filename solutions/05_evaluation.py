# %% [markdown]
# # 05 · Evaluation
#
# A score decides what you ship. This chapter builds the scores, finds five ways in which they lie, and then draws the
# **ladder**: from guessing to the best that anyone can do.
#
# **After this chapter you can** rank fairly, compute HR@k, NDCG@k and MRR, tell a difference from noise, spot a score
# that is too good, and say how much there was to win.
#
# **You need** chapters 01 and 02. **Time:** 60 minutes, exercises included.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

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
    difference_interval,
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
# A perfect score for a constant. All scores tie, a stable sort leaves ties as they stand, and the target stood first. Real models tie too: one whose output saturates, one that diverged, one that counts and has counted nothing.
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
# - **HR@k**, hit rate: 1 if the rank is at most $k$, else 0. (Also called recall@k.)
# - **NDCG@k**: $1 / \log_2(1 + \text{rank})$ up to $k$, else 0. First place 1, second .63, third .5.
# - **MRR**: $1 / \text{rank}$, however far down.
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

# %%
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
# the same food again. **Guess:** with all 50 products ranked, the oracle has the next click among its first ten in 93 % of
# the cases. And without those that were clicked before?

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
# "The closer the predicted probabilities are to what happened, the better the model": reasonable, and wrong for a list.
# We take the oracle's probabilities, the best ranking there is, and multiply them by 10. And beside them a model that says $1/50$ for everything. The root mean squared error is taken over all (user, product) pairs against 1 for the click and 0 for the rest.

# %% tags=["nbval-check-output"]
happened = np.eye(51)[targets][:, 1:]
for name, told in {
    "oracle x 10": law * 10,
    "1/50 for all": np.full_like(law, 1 / 50),
}.items():
    rmse = np.sqrt(np.mean((told[:, 1:] - happened) ** 2))
    print(
        f"{name:13s} RMSE {rmse:.2f}   NDCG@10 "
        f"{ndcg(ranks(told, targets), 10).mean():.2f}"
    )

# %% [markdown]
# The constant wins by RMSE and cannot rank at all. A list depends on the **order** of the scores only; RMSE on their
# size, and mostly on the 49 products of 50 that nobody clicked.
#
# ## 5.4 A hundred random negatives
#
# Ranking all products costs time in a large shop. A popular short cut: rank the target among **100 products drawn at
# random**. A small list is easier, so all scores go up. Fine, as long as the better model stays the better model.
# Does it? In a branch with 2,000 products, two simple models meet:
#
# - *again*: what you clicked before, the newest first; of the rest it knows nothing;
# - *Markov chain*: what usually follows your last click.
#
# **Guess:** both are scored by HR@10, once among all 2,000 products and once among 100 random ones. Same winner?

# %%
# The winner among 100 random products: "the same" or "the other one"
guess("5.3", ...)

# %% tags=["nbval-check-output"]
large = ZooplusSimulator(n_products=2_000, n_users=3_000)
large_train, large_valid, large_test = leave_last_two_out(
    large.journeys(events_per_user=(20, 60), seed=1).interactions
)
who, before, after = questions(
    pd.concat([large_train, large_valid]), large_test, length=60
)


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
of_lists = pd.DataFrame(
    {
        "all 2,000 products": {
            name: hit_rate(rank, 10).mean() for name, rank in full.items()
        },
        "100 random ones": {
            name: hit_rate(rank, 10).mean() for name, rank in sampled.items()
        },
    }
)
reveal("5.3", "the same" if of_lists.idxmax().nunique() == 1 else "the other one")
of_lists.round(2)

# %% [markdown]
# The winner depends on the list. And it is not bad luck: here is the whole way from 20 negatives to all.

# %%
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
# The reason (Krichene & Rendle 2020): to be among the first 10 of 101 takes about rank 200 of 2,000. So the sampled score
# asks "is the target among the better tenth?", where the Markov chain is good, and not "is it on the page?", where *again*
# is. **Rank all products.** `full_ranking` goes through the users in chunks, so memory is no reason not to.
#
# ### Does it show the catalogue?
#
# A rank says nothing about what *else* a model shows. **Coverage** does: the share of the catalogue that somebody gets to see.
#
# ### Your turn (5.4) · 5 minutes


# %%
@exercise("5.4")
def coverage(top_items, n_items):
    """Share of the catalogue that is shown to somebody.

    top_items: (B, K) integer item ids, 0 = nothing shown at this place. n_items:
    products in the catalogue.
    Returns a float, 0 to 1.
    """
    ### BEGIN SOLUTION
    shown = np.unique(top_items)
    return float((shown > 0).sum() / n_items)
    ### END SOLUTION


# %%
hint("5.4")

# %% tags=["nbval-check-output"]
for name, model in {
    "popularity": Popularity(2_000).fit(large_train),
    "Markov chain": chain,
}.items():
    lists = full_ranking(
        lambda rows, model=model: model.score(who[rows], before[rows]), after, top=10
    ).top_items
    print(
        f"{name:13s} shows {coverage(lists, 2_000):6.1%} of the catalogue in its ten "
        "places"
    )

# %% [markdown]
# ## 5.5 Is it a difference, or is it luck?
#
# A mean over users is a mean over a sample. The **bootstrap** draws as many users again from those that we have, with
# replacement, a thousand times, and looks at how the mean scatters. We try it on 300 users, with two models that are close.

# %% tags=["nbval-check-output"]
few = np.arange(300)
models = {"Markov chain": MarkovChain(50), "co-occurrence": ItemCoOccurrence(50)}
values = {}
for name, model in models.items():
    rank = ranks(model.fit(train).score(users[few], histories[few]), targets[few])
    values[name] = ndcg(rank, 10)
    print(f"{name:14s} NDCG@10 {mean_interval(values[name], seed=0)}")
difference = difference_interval(
    values["co-occurrence"], values["Markov chain"], seed=0
)
print(f"{'difference':14s}         {difference}")

# %% [markdown]
# The two intervals overlap, so nothing is proven? Look at the last line. Some users are hard for *both* models, and that
# scatter cancels if we take the difference **user by user** first. Always compare in pairs.
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
# The same number within a narrower interval: the luck of the one click is gone, only that of the users is left.
#
# ## 5.6 Choosing on the test set
#
# You train for thirty epochs, look at the *test* score after each, and report the best. Nobody trained on the test set. Is anything
# wrong? We play it through many times. Our thirty "epochs" are thirty Markov chains, each fitted on 60 users: about
# equally good, each with its own luck. The score over all 3,000 users stands for the truth.

# %% tags=["nbval-check-output"]
rng = np.random.default_rng(0)
runs = []
for _ in range(30):
    some = train[train["user_id"].isin(rng.choice(3_000, size=60, replace=False))]
    runs.append(MarkovChain(50).fit(some).score(users, histories))
realised = np.array([ndcg(ranks(scores, targets), 10) for scores in runs])  # (30, B)
true = realised.mean(axis=1)  # (30,)

on_test, on_valid = [], []
for _ in range(500):
    draw = rng.permutation(len(targets))
    test_users, valid_users = draw[:150], draw[150:300]
    test_scores, valid_scores = (
        realised[:, test_users].mean(axis=1),
        realised[:, valid_users].mean(axis=1),
    )
    for choice, gaps in (
        (test_scores.argmax(), on_test),
        (valid_scores.argmax(), on_valid),
    ):
        gaps.append(test_scores[choice] - true[choice])
print(f"chosen on the test set:  reported - true = {np.mean(on_test):+.3f} on average")
print(f"chosen on other users:   reported - true = {np.mean(on_valid):+.3f} on average")

# %%
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
# The best of thirty is good *and lucky*, and the luck will not come again. Choose on validation data. Open the test set
# once.
#
# ## 5.7 Where does the log end?
#
# One more way to a score that is too good, and a quiet one. Leave-last-out tests each user's *last* click. Which click is
# that? If the log was cut at some point in time, or after some number of events: any click. If it was cut after whole
# *visits*: always the last click of a visit, and that is no ordinary click.

# %% tags=["nbval-check-output"]
branch = ZooplusSimulator(n_users=1_000)
know = Oracle(branch)
rows = {}
for name, how in {
    "after whole visits": {"sessions_per_user": 3},
    "after some event": {"events_per_user": (8, 32)},
}.items():
    journeys = branch.journeys(seed=3, **how).interactions
    sequences = [
        items
        for items in build_sequences(journeys, 99)["item_sequence"]
        if len(items) > 1
    ]
    clicks = pad_left(sequences, 100)
    chance = know.next_item_probabilities(clicks[:, :-1])
    last_two = journeys.groupby("user_id").tail(2).groupby("user_id")["session_id"]
    rows[name] = {
        "last click opens a visit": f"{(last_two.nunique() > 1).mean():.0%}",
        "expected NDCG@10": round(expected_ndcg(chance, chance, 10).mean(), 2),
        "realised NDCG@10": round(ndcg(ranks(chance, clicks[:, -1]), 10).mean(), 2),
    }
pd.DataFrame(rows).T.rename_axis("the log ends")

# %% [markdown]
# Cut after whole visits, the oracle seems to beat *itself*. It knows the law of the next click; but the cut picked a
# special one: deep in a mission, when few steps are left and the next is easy to guess. The hard clicks, which open
# a visit, are hardly ever tested. So this course evaluates on logs that stop after a number of events.
#
# ## 5.8 The ceiling
#
# How good can anybody be? The oracle's expected score is the best that a model of item ids can reach. At every position:

# %%
long = (
    branch.journeys(events_per_user=31, users=500, seed=2)
    .interactions["item_id"]
    .to_numpy()
    .reshape(-1, 31)
)
ceiling = know.ceiling(long[:, :-1], k=10).by_position()
popular = np.bincount(train["item_id"], minlength=51).astype(float)
probabilities = know.filter(long[:, :-1])
foot = [
    expected_ndcg(np.tile(popular, (500, 1)), probabilities[:, t], 10).mean()
    for t in range(30)
]

fig, ax = plt.subplots(figsize=WIDE)
ax.plot(
    ceiling.index,
    ceiling["hit_rate"],
    "o-",
    ms=4,
    color=COLOURS[2],
    label="oracle, HR@10",
)
ax.plot(
    ceiling.index,
    ceiling["ndcg"],
    "o-",
    ms=4,
    color=COLOURS[0],
    label="oracle, NDCG@10",
)
ax.plot(ceiling.index, foot, color=COLOURS[6], ls="--", label="popularity, NDCG@10")
ax.set(
    xlabel="clicks known",
    ylabel="expected score",
    ylim=(0, 1),
    title="The ceiling, click by click",
)
ax.legend(loc="center right", bbox_to_anchor=(1, 0.45))
show(
    fig,
    alt="The oracle's HR@10 rises from .89 after one click to about .93 and stays. Its "
    "NDCG@10 rises from .64 to about .72, with a small wave in the first visits. "
    "Popularity stays near .2.",
)

# %% [markdown]
# One click tells the most. The small dip around the tenth click is where many a first visit ends, and a new mission
# begins that the clicks do not announce. The ceiling is far below 1: shoppers are not machines, and **no model can do what the oracle
# can't**. So the honest question is not "how far from 1?" but *which share of what can be won did the model win?*
#
# $$\text{share of the achievable lift} = \frac{\text{model} - \text{popularity}}{\text{oracle} - \text{popularity}}$$
#
# ## 5.9 The ladder
#
# Everybody climbs the same ladder: trained on the same log, asked the same questions, all 50 products ranked.
#
# **Guess the order,** the lowest NDCG@10 first: the MLP of chapter 01, which knows each user but not the order of clicks; the
# Markov chain, which knows the last click; co-occurrence, which knows the last five; GRU4Rec, a small recurrent network that
# reads all.

# %%
# The ladder, the lowest NDCG@10 first: letters in your order, in quotation marks: A
# co-occurrence; B GRU4Rec (small); C Markov chain; D memoryless (MLP)
guess("5.4", ...)

# %%
sequential = {
    "popularity": Popularity(50),
    "Markov chain": MarkovChain(50),
    "co-occurrence": ItemCoOccurrence(50),
    "GRU4Rec (small)": GRU4Rec(50, epochs=5, progress=False),
}
memoryless = MLPClick(50, epochs=3, batch_size=2048, progress=False).fit(
    exposures_from_interactions(train, 50)
)
answers = {
    "random": np.random.default_rng(0).random(law.shape),
    "memoryless (MLP)": memoryless.score(users),
    **{
        name: model.fit(train).score(users, histories)
        for name, model in sequential.items()
    },
    "oracle": law,
}
rungs = [
    "random",
    "popularity",
    "memoryless (MLP)",
    "Markov chain",
    "co-occurrence",
    "GRU4Rec (small)",
    "oracle",
]
ladder = pd.DataFrame(
    {
        name: {
            "HR@10": expected_hit_rate(answers[name], law, 10).mean(),
            "NDCG@10": expected_ndcg(answers[name], law, 10).mean(),
        }
        for name in rungs
    }
).T
for metric in ("HR@10", "NDCG@10"):
    of = ladder[metric]
    ladder[f"share, {metric}"] = share_of_lift(of, of["popularity"], of["oracle"])
reveal("5.4", ladder["NDCG@10"].sort_values().index)
ladder.round(3)

# %% tags=["nbval-check-output"]
for metric in ("HR@10", "NDCG@10"):
    print(
        f"{metric:8s} "
        f"{'every rung is above the one before' if ladder[metric].is_monotonic_increasing else 'mixed'}"
    )

# %%
fig, axes = plt.subplots(1, 2, figsize=(PAIR[0] + 1, 4.2), sharey=True)
colours = ["0.75", "0.6", COLOURS[4], COLOURS[5], COLOURS[0], COLOURS[1], COLOURS[2]]
for ax, metric in zip(axes, ("HR@10", "NDCG@10"), strict=True):
    ax.barh(ladder.index, ladder[metric], color=colours)
    ax.axvline(ladder.loc["oracle", metric], color=COLOURS[2], ls="--", lw=1)
    ax.axvline(ladder.loc["popularity", metric], color="0.5", ls="--", lw=1)
    for row, name in enumerate(rungs):
        share = (
            ""
            if name == "random"
            else f"  ({ladder.loc[name, f'share, {metric}']:.0%})"
        )
        ax.text(
            ladder.loc["oracle", metric] + 0.02,
            row,
            f"{ladder.loc[name, metric]:.2f}{share}",
            va="center",
            size=9,
        )
    ax.set(
        title=metric,
        xlim=(0, ladder.loc["oracle", metric] * 1.3),
        xticks=np.arange(0, ladder.loc["oracle", metric], 0.2),
    )
    ax.grid(axis="y", visible=False)
fig.suptitle("The ladder (in brackets: share of the achievable lift)")
fig.tight_layout()
show(
    fig,
    alt="Bars of HR@10 and NDCG@10 that grow from random over popularity, the "
    "memoryless MLP, the Markov chain, co-occurrence and a small GRU4Rec to the "
    "oracle. GRU4Rec wins most of the lift in both scores; the MLP a third of it in "
    "NDCG@10.",
)

# %% [markdown]
# - **Memoryless** models win a third of the lift in NDCG@10: they know *who* is there.
# - The **last click alone** beats them: it knows what is going on.
# - **Co-occurrence** has no parameters to train and takes a fraction of a second. Any network has to beat it first.
# - **GRU4Rec** reads the whole history, in order, and wins most of what there is to win. The rest of the course is about the
#   last rungs: attention, and what it takes to train it well.
#
# ## Key ideas
#
# - Ties count against the model. Otherwise a constant can be perfect.
# - Rank all products. A hundred random negatives answer another question, and can crown another model.
# - Compare user by user, with an interval. Choose on validation, open the test set once.
# - Mind which click is tested: logs that end with whole visits flatter every model.
# - Report the share of the achievable lift: (model - popularity) / (oracle - popularity).

# %%
scoreboard("05")
calibration("05")

# %%
quiz("5.1")

# %%
quiz("5.2")

# %% [markdown]
# **Go further.** Krichene & Rendle (2020), *On Sampled Metrics for Item Recommendation.* Järvelin & Kekäläinen (2002),
# *Cumulated Gain-Based Evaluation of IR Techniques.* Efron (1979), *Bootstrap Methods: Another Look at the Jackknife.*
# Hidasi, Karatzoglou, Baltrunas & Tikk (2016), *Session-based Recommendations with Recurrent Neural Networks.*
#
# Next: **06 · Attention**.
