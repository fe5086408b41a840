# %% [markdown]
# # 00 · Start here
#
# A shopper has clicked three products. Which one comes next? That is **sequential recommendation**, and this course
# builds it from the first log to the models that are used today: one idea at a time, each claim shown by a cell.
#
# **After this chapter you can** find your way through a chapter, solve an exercise and read what the coach says to it,
# and tell how good a recommender is *on a scale from "knows nothing" to "as good as possible"*.
#
# **You need** Python and a little NumPy and pandas; a little PyTorch from chapter 03 on. **Time:** 15 minutes.

# %% [markdown]
# ## 0.1 How a chapter works
#
# Run a cell with <kbd>Shift</kbd>+<kbd>Enter</kbd>. Run them from top to bottom; nothing needs the internet.
#
# - **Where you are asked to guess, guess.** Write it into its cell, instead of `...`, and run the cell. The answer comes
#   below, and your guess stands beside it. A wrong guess costs nothing. (Say how sure you are, too, if you like: a number,
#   a comma, `sure=0.8`. Without a guess the chapter goes on as well.)
# - **Exercises** are cells that start with `@exercise("...")`. They are judged the moment they run. Leave one unsolved
#   and the chapter goes on with the course's own solution; answer wrongly and you are told *why* it is wrong.
# - **Everything is yours to change.** This is your own copy, and nothing overwrites it. On your own machine
#   `make reset CHAPTER=00` brings a fresh one and keeps yours beside it. What you solved and guessed is noted in
#   `course_progress.json`, beside your copy and nowhere else. (Some cells that only draw are folded. A click on their
#   three dots opens them.)

# %%
from importlib.resources import files

import matplotlib.pyplot as plt
import numpy as np

from course import (
    calibration,
    exercise,
    guess,
    hint,
    measured,
    progress_board,
    quiz,
    reveal,
    scoreboard,
    solution,
)
from course.figures import (
    COLOUR_OF,
    WIDE,
    first_ladder_alt,
    first_ladder_figure,
    first_rungs,
    show,
    show_picture,
)
from seqrec.metrics import expected_ndcg
from zooplus_sim import Belief, Oracle, ZooplusSimulator

# %% [markdown]
# ## 0.2 A shop opens
#
# Real logs have a flaw for learners: nobody knows how well one *could* predict them. So we bring our own shop,
# a simulated pet shop called Zooplus. Each of its shoppers has a *[persona](glossary.ipynb)*, the kind of shopper that she is, and on each
# visit a *[mission](glossary.ipynb)*, what she came for. The shop sees neither. We know both.

# %% tags=["nbval-check-output"]
shop = ZooplusSimulator(n_users=12_000)
shop.products[["name", "category", "price"]].head(6)

# %% [markdown]
# Fifty products. Now 12,000 shoppers come, and each clicks forty times.

# %% tags=["nbval-check-output"]
journeys = shop.journeys(events_per_user=40, seed=1)
log = journeys.interactions
print(
    f"{len(log):,} clicks by {log['user_id'].nunique():,} shoppers on "
    f"{log['item_id'].nunique()} products"
)
log.head(3)

# %% [markdown]
# That is all that a shop sees: who, what, when, in which visit, and what became of it (`outcome`: 0 looked, 0.5 in the cart, 1 bought).
#
# ## 0.3 Meet Anna
#
# Anna has a new puppy. We find her in the log by how her first visit began: puppy food, a food bowl, a water dispenser.

# %% tags=["nbval-check-output"]
# (users, 40), each row in order of time
clicks = log["item_id"].to_numpy().reshape(-1, 40)
types = shop.products["product_type"]
began = ["Puppy Food", "Food Bowl", "Water Dispenser"]
anna = next(
    user for user in range(len(clicks)) if list(types[clicks[user, :3]]) == began
)
seen = clicks[anna, :3]
print(f"Shopper {anna}, a {shop.user_to_persona_map[anna]}:")
for item in seen:
    print("  ", shop.products["name"][item])

# %% [markdown]
# **Guess before you go on:** what does she click next? And how sure can *anybody* be: which probability does the best
# possible forecast give to its first choice?

# %%
# Anna's fourth click: "Bowl Mat", "Cat Litter", "Fetch Ball" or "Puppy Training Treats"
guess("0.1", ...)
# How sure the best forecast is of its first choice: a number, in %
guess("0.2", ...)

# %% [markdown]
# Three forecasters will answer. The first two learn from the same 10,000 shoppers, the third need not learn; the other 2,000, Anna
# among them, stay unseen.
#
# 1. **Popularity** offers what was clicked most, to everyone.
# 2. **The last click** counts what followed what: a *[Markov chain](glossary.ipynb)*, the simplest model that minds order.
# 3. **The [oracle](glossary.ipynb)** knows how the shop works, though not what is in Anna's head. Nobody can predict better from
#    the clicks alone: its forecast is the exact probability of each product, given what was seen.

# %%
learn, test = clicks[2_000:], clicks[:2_000]  # Anna is among the first 2,000

# (51,) share of all clicks; product 0 is padding
popularity = np.bincount(learn.ravel(), minlength=51) / learn.size
follows = np.zeros((51, 51))
# follows[a, b]: how often b came right after a
np.add.at(follows, (learn[:, :-1].ravel(), learn[:, 1:].ravel()), 1)
# One imagined click keeps every row a forecast
follows = (follows + popularity) / (follows.sum(1, keepdims=True) + 1)
oracle = Oracle(shop)

# %%
forecasts = {
    "popularity": popularity,
    "last click": follows[seen[-1]],
    "oracle": oracle.next_item_probabilities(seen[None, :])[0],
}
actual = clicks[anna, 3]
# There are cheap and expensive ones of each type
label = types + ", " + shop.products["price_tier"].astype(str)
colours = {
    "popularity": COLOUR_OF["popularity"],
    "last click": COLOUR_OF["Markov chain"],
    "oracle": COLOUR_OF["oracle"],
}

# %% jupyter={"source_hidden": true}
fig, axes = plt.subplots(1, 3, figsize=(WIDE[0], 3.2), sharex=True)
for ax, (name, forecast) in zip(axes, forecasts.items(), strict=True):
    top = forecast.argsort()[::-1][:5]
    ax.barh(range(5), forecast[top], height=0.35, color=colours[name])
    for place, item in enumerate(top):
        is_hit = item == actual
        ax.text(
            0.01,
            place - 0.25,
            ("▶ " if is_hit else "") + label[item],
            fontsize=8,
            weight="bold" if is_hit else "normal",
        )
    ax.set(title=name, xlabel="probability", yticks=[], ylim=(4.4, -0.8))
    ax.grid(visible=False)
fig.suptitle("Top five forecasts of Anna's fourth click (▶: what she clicked)")
fig.tight_layout()
show(
    fig,
    alt="Three bar charts of the five products that each forecaster thinks likeliest. "
    "Popularity spreads thinly over products for dogs, cats and fish. The last click "
    "and the oracle both see a dog's shopper; the oracle puts more probability on "
    "fewer products.",
)

# %%
reveal("0.1", types[actual])
reveal("0.2", 100 * forecasts["oracle"].max())

# %% [markdown]
# Popularity offers the same products to everybody. The last click knows what follows what, but forgets the two clicks
# before. The oracle reads all three. What does it believe about Anna by now?

# %% tags=["nbval-check-output"]
belief = Belief(shop, n_shoppers=1)
for item in seen:
    belief.observe(np.array([item]))
for kind, chances, parts in (
    ("persona", belief.personas()[0], shop.world.personas),
    ("mission", belief.missions()[0], shop.world.missions),
):
    likeliest = chances.argmax()
    print(f"{kind}: {parts[likeliest].name}, {chances[likeliest]:.1%} sure")

# %% [markdown]
# It is nearly sure who she is and what she came for, and still not sure what she clicks next. **That doubt is real.** In
# this shop the next click is *drawn*, by chances that depend on persona, mission and earlier clicks. No model removes the
# draw.
#
# ## 0.4 How good is good?
#
# One shopper proves nothing. For each of the 2,000 unseen shoppers we hide the last click and let each forecaster rank all
# products. A forecaster gets points for how high the hidden one ranks: 1 for first place, fewer for a lower one, 0 below
# the tenth. The mean is called **[NDCG@10](glossary.ipynb)** (chapter 05 builds it). It runs from 0 to 1.
#
# As the shop is ours, we know how likely *each* product was. So we average the points over all of them, each with its
# probability, and not only the one that happened.
#
# **Guess:** what does the oracle score? It knows everything that the clicks can tell.

# %%
# The oracle's NDCG@10: a number
guess("0.3", ...)

# %% tags=["nbval-check-output"]
# (2000, 51) the exact probabilities of the hidden click
truth = oracle.next_item_probabilities(test[:, :-1])
score = {
    "popularity": expected_ndcg(
        np.tile(popularity, (len(test), 1)), truth, k=10
    ).mean(),
    "last click": expected_ndcg(follows[test[:, -2]], truth, k=10).mean(),
    "oracle": expected_ndcg(truth, truth, k=10).mean(),
}
for name, value in score.items():
    print(f"{name:10s}  NDCG@10 = {value:.2f}")
reveal("0.3", score["oracle"])

# %% [markdown]
# Had you guessed 1 for the oracle? The best possible score in this shop is well below 1. On a real log nobody could tell
# you: the same score may be poor there, or the best that can be had.
#
# So we measure each model on a scale with two fixed points: 0 % is what popularity reaches, 100 % is the oracle. What lies
# between them is the **[lift](glossary.ipynb)** that can be achieved, and the scale is called the **share of the achievable lift**. You will
# meet it in most chapters.
#
# ### Your turn (0.1) · 3 minutes
#
# Write the scale. (Leave it for now if you like: the chapter goes on either way.)


# %%
@exercise("0.1")
def share_of_lift(model, popularity, oracle):
    """How far a model has come from popularity (0) to the oracle (1).

    model, popularity, oracle: scores such as NDCG@10, one number each.
    Returns one number; below 0 if the model is worse than popularity.
    """
    ### BEGIN SOLUTION
    return (model - popularity) / (oracle - popularity)
    ### END SOLUTION


# %%
hint("0.1")
solution("0.1")

# %% tags=["nbval-check-output"]
for name, value in score.items():
    print(
        f"{name:10s}  "
        f"{share_of_lift(value, score['popularity'], score['oracle']):4.0%} of the "
        "achievable lift"
    )

# %% [markdown]
# The last click alone takes us almost half of the way. The rest is what this course is about: what a *history* says that
# its last click does not say.

# %% jupyter={"source_hidden": true}
fig, ax = plt.subplots(figsize=(WIDE[0], 1.9))
for place, (name, value) in enumerate(score.items()):
    ax.barh(place, value, color=colours[name])
    share = share_of_lift(value, score["popularity"], score["oracle"])
    ax.text(value + 0.01, place, f"{value:.2f}   {share:.0%} of the lift", va="center")
ax.set_yticks(range(3), list(score))
ax.set_xlim(0, 1)
ax.grid(visible=False)
ax.set_xlabel("NDCG@10 on 2,000 unseen shoppers (whoever knew the draw would score 1)")
show(
    fig,
    alt="Three bars of NDCG@10: popularity lowest, the last click in the middle, the "
    "oracle highest and well below 1.",
)

# %% [markdown]
# ## 0.5 The ladder
#
# The same scale, for six models of the course. Nothing is trained here: chapter 07 measured them, and keeps the table.
# All six learned from the same 4,000 shoppers, in each of five shops, and were asked for the next click of others. In the figure
# a bar is a mean over the five, and the thin line at its end their standard deviation.
#
# | | what it reads |
# |---|---|
# | popularity | nothing: it offers the same to all |
# | memoryless ([MLP](glossary.ipynb)) | who is asked, and which product; no history. An MLP is a small network (chapter 01) |
# | Markov chain | the last click |
# | co-occurrence | the last five clicks: what came soon after each of them in other histories; newer clicks and nearer pairs count more |
# | [BST](glossary.ipynb) | the history and one product, by [attention](glossary.ipynb) (chapter 07) |
# | [GRU4Rec](glossary.ipynb) (small) | the whole history, click by click, by a recurrent network (chapter 08) |
#
# **Guess** before you run it: how far does the best of the six come?
#
# And one question on [SASRec](glossary.ipynb), the model of chapter 08. It learned from 300 shoppers, and from 10,000, each with several seeds.
# **Guess** how far it comes from 300.

# %%
# How far the best of the six comes, of the achievable lift: a number, in %
guess("0.4", ...)
# How far SASRec comes from 300 shoppers, of the achievable lift: a number, in %
guess("0.5", ...)

# %%
ladder = first_rungs()
show(first_ladder_figure(ladder), alt=first_ladder_alt(ladder))
reveal("0.4", 100 * ladder["share"].max())

# %% tags=["nbval-check-output"]
share = ladder.set_index("model")["share"]
ratio = share["GRU4Rec (small)"] / share["Markov chain"]
print(f"GRU4Rec comes {ratio:.1f} times as far as the Markov chain")
by_users = measured("08_users").query("clicks == 'all'").groupby("users")["share"]
for users in (300, 10_000):
    seeds = by_users.get_group(users)
    print(
        f"SASRec from {users:6,} shoppers: {seeds.mean():.0%}, spread {seeds.std():.1%} "
        f"({len(seeds)} seeds)"
    )
reveal("0.5", 100 * by_users.mean()[300])

# %% [markdown]
# Two things to take along.
#
# - **Nobody passes the line.** The oracle is the end of the scale, and these models are below it.
# - **"Which model is best?" is half a question.** The same SASRec comes much further from more shoppers. How long a model
#   may learn matters too: chapters 08 and 09 draw curves over it before they compare.
#
# The ladder with all models of the course stands in
# [docs/results.md](https://github.com/zooplus-course/zooplus-course/blob/main/docs/results.md).
#
# ## 0.6 The map
#
# | | chapter | you build | minutes |
# |---|---|---|---|
# | 00 | start here | a first look at the shop, and the scale | 15 |
# | 01 | [Meet Zooplus](01_meet_zooplus.ipynb) | personas, a click log, models without memory and their blind spot | 45 |
# | 02 | [Sequences](02_sequences.ipynb) | from a log to histories and targets, without leaks | 70 |
# | 03 | [Negative samples](03_negative_samples.ipynb) | what was *not* clicked, and how to draw it | 55 |
# | 04 | [Losses](04_losses.ipynb) | what each loss really optimises | 50 |
# | 05 | [Evaluation](05_evaluation.ipynb) | ranks, metrics, an interval, and the ladder's lower half | 60 |
# | 06 | [Attention](06_attention.ipynb) | queries, keys, values, positions and masks | 125 |
# | 07 | [BST](07_bst.ipynb) | the Behavior Sequence Transformer | 105 |
# | 08 | [SASRec](08_sasrec.ipynb) | a causal transformer, and a recommender to take home | 105 |
# | 09 | [BERT4Rec](09_bert4rec.ipynb) | filling gaps, looking both ways | 100 |
# | 10 | [Item features](10_item_features.ipynb) | labels, prices and names; products without a click | 70 |
# | 11 | [Retrieve and rerank](11_retrieve_and_rerank.ipynb) | two towers, then a reranker, among 2,000 products | 90 |
# | 12 | [Session graphs](12_session_graphs.ipynb) | shoppers and visits as graphs | 100 |
# | 13 | [Transformers4Rec](13_transformers4rec.ipynb) | ready-made backbones from Hugging Face | 115 |
# | 14 | [MovieLens](14_movielens.ipynb) | the papers' benchmark, and four ways to fake it | 60 |
# | 15 | [Into the shop](15_into_the_shop.ipynb) | serving, an A/B test, the feedback loop | 105 |
# | 16 | [Past one machine](16_past_one_machine.ipynb) | clusters, two ranks, a million products | 40 |
#
# Minutes are for reading, guessing and solving, without hurry. Chapters build on each other, but each runs on its own.
#
# **There is a page to play with:** in **[Play as Anna](play_as_anna.ipynb)** you click, and five forecasters guess along, live.
# Come back to it whenever you have met one of them. Two more pages: **[In one scroll](in_one_scroll.ipynb)**, for after chapter 08: SASRec from an
# empty notebook, and what it does when it goes shopping itself; and the **[Glossary](glossary.ipynb)**. *Play as Anna* looks like this:

# %%
show_picture(
    files("course").joinpath("play", "screenshot.png").read_bytes(),
    dark=files("course").joinpath("play", "screenshot-dark.webp").read_bytes(),
    alt="Play as Anna: the products of the shop as buttons, on shelves for dogs, cats "
    "and fish. Below, a trail of clicks, a column for your own score, and side by side "
    "the five likeliest next clicks of popularity, BST, SASRec, BERT4Rec and the oracle. "
    "At the bottom what the models look at, and what "
    "the oracle believes about persona and mission.",
    width=980,
)

# %% [markdown]
# ## Key ideas
#
# - Sequential recommendation predicts the **next** item from the **ordered** history.
# - In a simulated world the best possible prediction is known. Scores are read between popularity and the oracle.
# - An exercise never blocks you, and a wrong answer gets a reason.
#
# ### How it went

# %%
scoreboard("00")
calibration("00")

# %% [markdown]
# And all chapters, by what is noted beside your copy (on your own machine also in a terminal: `make progress`):

# %%
progress_board()

# %%
quiz("0.1")

# %% [markdown]
# **Go further.** Does the order of a log matter at all? Asked of fifteen real data sets: Klenitskiy, Volodkevich, Pembek &
# Vasilev (2024),
# [*Does It Look Sequential? An Analysis of Datasets for Evaluation of Sequential Recommendations*](https://arxiv.org/abs/2408.12008).
#
# Next: **[01 · Meet Zooplus](01_meet_zooplus.ipynb)**, the shop and its log.
