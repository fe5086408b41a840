# %% [markdown]
# # 01 · Meet Zooplus
#
# Before we model a shop we look at it: who comes, what is sold, what the click log keeps and what it loses.
#
# **After this chapter you can** read the two kinds of click log, say what a model without memory can know and what it
# can't, and test whether a log has any order worth a sequence model.
#
# **You need** chapter 00. A word is explained where it first appears, and again in the
# [Glossary](glossary.ipynb). **Time:** 45 minutes, exercises included.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from IPython.display import display

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
from course.figures import (
    COLOURS,
    PAIR,
    SEQUENTIAL,
    life_figure,
    missions_figure,
    show,
)
from seqrec.baselines import LinUCB, MLPClick, click_rates
from zooplus_sim import (
    Oracle,
    ZooplusSimulator,
    generate_training_data,
    realism_report,
    shuffle_test,
)

# %% [markdown]
# ## 1.1 Four kinds of shopper
#
# Zooplus knows four **[personas](glossary.ipynb)**. Each shopper is one of them, and the shop cannot see which.
# Shown a product at random, a persona clicks with a probability that depends on the product's category:

# %%
shop = ZooplusSimulator()
table = pd.DataFrame(shop.personas).T

# %% jupyter={"source_hidden": true}
fig, ax = plt.subplots(figsize=(6.4, 3.0))
sns.heatmap(
    table,
    annot=True,
    fmt=".2f",
    cmap=SEQUENTIAL,
    vmin=0,
    cbar_kws={"label": "click probability"},
    ax=ax,
)
ax.set_xticklabels(ax.get_xticklabels(), rotation=0)
ax.set_title("How likely is a click on a product shown at random?")
show(
    fig,
    alt="Heat map of click probability, four personas by five categories. New puppy "
    "parents click dog toys at .50 and dog food at .40, cat connoisseurs cat food at "
    ".55, fish hobbyists fish supplies at .60; budget shoppers click a bit of "
    "everything.",
)

# %% [markdown]
# Anna is a `new_puppy_parent`: dog toys .50, dog food .40. We met her in chapter 00.
#
# And the shelves? Each product has a category and, finer, a **product type**.

# %% tags=["nbval-check-output"]
shelves = shop.products.groupby("category")["product_type"].agg(
    lambda kinds: ", ".join(kinds.value_counts().index.sort_values())
)
with pd.option_context("display.max_colwidth", None):
    display(shelves.to_frame("product types"))
print(
    f"{len(shop.products)} products of {shop.products['product_type'].nunique()} types"
)
unlisted = sorted(set(shop.products["category"]) - set(table.columns))
print(
    f"listed by no persona: {', '.join(unlisted)}; shown at random, clicked "
    f"{shop.world.unlisted_click_probability:.0%} of the time"
)

# %% [markdown]
# Two categories stand in no persona's list. Bowls and brushes are hardly clicked when they are shown at random. They are
# clicked when somebody needs one (section 1.4).

# %% [markdown]
# ## 1.2 A log without order
#
# The simplest log a shop can keep: show a random product to a random user, note whether it is clicked. Such a row is an **[exposure](glossary.ipynb)**.

# %% tags=["nbval-check-output"]
exposures = generate_training_data(shop, 1_000_000, seed=0)
print(f"{len(exposures):,} exposures, {exposures['clicked'].mean():.1%} clicked")
exposures.head(4)

# %% [markdown]
# **Guess:** and of the rows that come right after a clicked one?

# %%
# Clicked, of the rows right after a clicked one: a number, in %
guess("1.1", ...)

# %% tags=["nbval-check-output"]
was_clicked = exposures["clicked"].to_numpy() == 1
after_a_click = was_clicked[1:][was_clicked[:-1]].mean()
print(f"right after a clicked row: {after_a_click:.1%} clicked")
reveal("1.1", 100 * after_a_click)

# %% [markdown]
# The same, but for chance. Each row was drawn on its own: shuffle the table, and nothing is lost. All that the log can
# teach is a *table*: how likely does this user click that product? Two well-known models learn such tables.
#
# - **An [MLP](glossary.ipynb) on (user, product).** MLP stands for *multilayer perceptron*, a small network of layers. Each user and each
#   product has an *[embedding](glossary.ipynb)*, a row of numbers that is learned. The network reads the two rows and gives a probability.
# - **LinUCB**, a *[bandit](glossary.ipynb)*: a model that chooses what to show, learns from the answer to that alone, and so has to try out
#   what it doesn't know yet. For each product it has a linear model of the click, on what the shop knows of the user, and a
#   bonus for products that it has not shown often. What does a shop know of a user? How often she clicked each category.
#
# Neither is told the personas. Both learn from the first 200,000 rows and are judged on the next 100,000.

# %%
past, recent, later = (
    exposures[:100_000],
    exposures[100_000:200_000],
    exposures[200_000:300_000],
)
mlp = MLPClick(shop.n_products, seed=0).fit(pd.concat([past, recent]))
rates = click_rates(past, shop.products["category"])
bandit = LinUCB(shop.n_products, rates, alpha=1.0).fit(recent)


# %% [markdown]
# How well do they do? We use the **log-loss**: the mean of $-\log p$, where $p$ is the probability that the model gave to
# what happened. Lower is better. And because the shop is ours, we know the best value that anybody can reach: the log-loss
# of the true probabilities.
#
# **Guess:** how much of the way from "the same rate for everybody" to the truth does each model make? First LinUCB, then
# the MLP.

# %%
# LinUCB's part of the way: a number, in %
guess("1.2", ...)
# The MLP's part of the way: a number, in %
guess("1.3", ...)


# %%
def log_loss(probability, clicked):
    # A linear model may leave [0, 1]
    probability = np.clip(probability, 1e-3, 1 - 1e-3)
    return -np.mean(
        np.where(clicked == 1, np.log(probability), np.log(1 - probability))
    )


persona_of = later["user_id"].map(shop.user_to_persona_map)
category_of = later["product_id"].map(shop.products["category"])
listed = table.stack()
truth = listed.reindex(
    pd.MultiIndex.from_arrays([persona_of, category_of]), fill_value=0.01
).to_numpy()


# %%
users, products, clicked = (
    later[name].to_numpy() for name in ("user_id", "product_id", "clicked")
)
loss = {
    "one rate for all": log_loss(np.full(len(later), past["clicked"].mean()), clicked),
    "LinUCB": log_loss(bandit.click_probability(users, products), clicked),
    "MLP": log_loss(mlp.click_probability(users, products), clicked),
    "the truth": log_loss(truth, clicked),
}
worst, best = loss["one rate for all"], loss["the truth"]
way = {name: (worst - value) / (worst - best) for name, value in loss.items()}
for name, share in way.items():
    print(f"{name:16s}  {share:4.0%} of the way")
reveal("1.2", 100 * way["LinUCB"])
reveal("1.3", 100 * way["MLP"])

# %% [markdown]
# Nobody told them of personas, and both come close to the truth. As a table of tastes, little is left to learn.
#
# ### How LinUCB computes
#
# Take one product. It was shown $N$ times. Each time the shop knew $D$ numbers about the user: a constant 1, and how often
# she clicked each category. These are the rows of a table $X$, $(N, D)$. Whether she clicked, 0 or 1, stands in $r$, $(N,)$.
# LinUCB keeps two sums over these rows:
#
# $$A = I + X^\top X, \qquad b = X^\top r$$
#
# $A$ counts what was seen. $b$ counts what of it was clicked. ($I$ is the identity matrix. It stands for what is believed
# before the first row, and it makes sure that $A$ has an inverse.)

# %% tags=["nbval-check-output"]
shown = recent[recent["product_id"] == 1]
X = rates.loc[shown["user_id"]].to_numpy()  # (N, D)
r = shown["clicked"].to_numpy()  # (N,)
A = np.eye(X.shape[1]) + X.T @ X  # (D, D)
b = X.T @ r  # (D,)
print(
    f"product 1 was shown {len(X):,} times, D = {X.shape[1]}: A {A.shape}, b {b.shape}"
)

# %% [markdown]
# ### Your turn (1.1) · 5 minutes
#
# From $A$ and $b$ comes the score of the product for a user $x$: the expected click $x^\top\theta$, plus a bonus that is
# large where few rows looked like $x$.
#
# $$\text{score}(x) = x^\top\theta + \alpha\sqrt{x^\top A^{-1}x}, \qquad \theta = A^{-1}b$$


# %%
@exercise("1.1")
def upper_confidence_bound(context, A, b, alpha):
    """The score of one product for one user.

    context: (D,) the user's features x. A: (D, D). b: (D,). alpha: weight of the bonus.
    Returns a float.
    """
    ### BEGIN SOLUTION
    theta = np.linalg.solve(A, b)
    width = np.sqrt(context @ np.linalg.solve(A, context))
    return float(context @ theta + alpha * width)
    ### END SOLUTION


# %%
hint("1.1")

# %% tags=["nbval-check-output"]
x = rates.loc[0].to_numpy()  # (D,) what the shop knows of user 0
by_hand = upper_confidence_bound(x, A, b, alpha=1.0)
expected = upper_confidence_bound(x, A, b, alpha=0.0)
print(f"user 0, product 1: {expected:.4f} expected + {by_hand - expected:.4f} bonus")
print(f"by hand {by_hand:.4f}, LinUCB {bandit.score([0])[0, 1]:.4f}")

# %% [markdown]
# ## 1.3 The blind spot
#
# On Monday, Anna sets up a feeding station: puppy food, a food bowl, a water dispenser. Three weeks later she worries
# about hygiene: flea and tick prevention, a shampoo, a brush. What does each model recommend next?

# %%
first_of_type = (
    shop.products.reset_index().groupby("product_type")["product_id"].first()
)
feeding = first_of_type[["Puppy Food", "Food Bowl", "Water Dispenser"]].to_numpy()
hygiene = first_of_type[
    ["Flea & Tick Prevention", "Dog Shampoo", "Grooming Brush"]
].to_numpy()
sessions = np.stack([feeding, hygiene])  # (2, 3) two histories of the same shopper

# The shoppers of chapter 00
log = ZooplusSimulator(n_users=12_000).journeys(events_per_user=40, seed=1)
clicks = log.interactions["item_id"].to_numpy().reshape(-1, 40)
types = shop.products["product_type"]
anna = next(
    user
    for user in range(1000)
    if list(types[clicks[user, :3]]) == list(types[feeding])
)

# %% [markdown]
# A memoryless model is asked with a user's number. There is no place where the [session](glossary.ipynb) could go in. So it gives Anna *one*
# row of scores, on Monday and three weeks later:

# %% tags=["nbval-check-output"]
one_row = {"MLP": mlp.score([anna]), "LinUCB": bandit.score([anna])}
for name, scores in one_row.items():
    print(f"{name:6s} asked with user {anna}: scores of shape {scores.shape}")

# %% [markdown]
# The [oracle](glossary.ipynb) reads the session. **Guess:** how many of its five likeliest products differ between the two?

# %%
# How many of the oracle's top five differ between the sessions: a number (of 5)
guess("1.4", ...)

# %% tags=["nbval-check-output"]
oracle = Oracle(shop)
of_sessions = oracle.next_item_probabilities(sessions)  # (2, 51)
monday, later_on = (row.argsort()[::-1][:5] for row in of_sessions)
differ = len(set(monday.tolist()) - set(later_on.tolist()))
reveal("1.4", differ)
lists = {
    # The MLP's list is made of trained numbers, which differ a little between machines
    ("LinUCB", "both sessions"): one_row["LinUCB"][0].argsort()[::-1][:5],
    ("oracle", "feeding station"): monday,
    ("oracle", "hygiene"): later_on,
}
pd.DataFrame(
    {column: types[best].to_list() for column, best in lists.items()},
    index=pd.RangeIndex(1, 6, name="place"),
)

# %% [markdown]
# (A type may stand in a list twice: of most types there is a cheap and an expensive product.) LinUCB offers dog toys, which Anna
# likes, whatever she came for. The oracle reads the three clicks, and sees two [missions](glossary.ipynb).
#
# The memoryless models are not poor. They answer another question: what does Anna like, at any time? What she is doing
# **now** was never told to them. More rows of the same log don't help: it doesn't say in which order things happened.
#
# ## 1.4 Journeys
#
# So we let the shoppers of Zooplus do what shoppers do. Each visit has a **mission**: product types in a usual order.
#
# 1. A visit begins: the shopper picks a mission. Which one depends on her persona and on the previous mission.
# 2. A click: mostly a step of the mission that is not yet done, the earlier steps first (as a rule, not always). Now and
#    then a *distraction*: something that she just likes.
# 3. Which product of that type? One at the price level that she prefers, or one that she has clicked before.
# 4. When the mission is done, or she has had enough, the visit ends.
#
# `journeys()` returns two tables: what the shop sees, and what only we know.

# %% tags=["nbval-check-output"]
mine = log.interactions["user_id"] == anna
both = log.interactions[mine].join(log.truth[mine]).head(8)
both.insert(2, "product_type", both["item_id"].map(types))
both[
    [
        "product_type",
        "timestamp",
        "outcome",
        "session_id",
        "mission",
        "step",
        "distraction",
    ]
]

# %% [markdown]
# Up to `session_id`: the shop's view. The rest is hidden from every model in this course. Here are Anna's first forty
# clicks, in order:

# %%
anna_log = log.interactions[mine].join(log.truth[mine])
anna_log["type"] = anna_log["item_id"].map(types)
show(
    life_figure(anna_log),
    alt="Anna's clicks over time, one row per product type, visits shaded. The first "
    "visit walks down the feeding station; later visits follow other missions. A few "
    "hollow dots, the distractions, stand off the path.",
)

# %% [markdown]
# The first visit is the feeding station, step by step but for one exchange (7 before 6). It does not come again; other missions take turns. But many product
# types do come again, in later missions:

# %% tags=["nbval-check-output"]
in_first_visit = anna_log["session_id"] == 0
first_types = set(anna_log.loc[in_first_visit, "type"])
again = first_types & set(anna_log.loc[~in_first_visit, "type"])
print(
    f"{len(first_types)} product types in the first visit, {len(again)} of them again"
)
print("never again:", ", ".join(sorted(first_types - again)))

# %% [markdown]
# Is it like that for other puppy parents? We count the missions of their first visits, and of all later ones.

# %% tags=["nbval-check-output"]
steps = log.interactions.join(log.truth)
steps["type"] = steps["item_id"].map(types)
puppies = steps[steps["persona"] == "new_puppy_parent"]
visits = puppies.groupby(["user_id", "session_id"])["mission"].first()
is_first = visits.index.get_level_values("session_id") == 0
by_visit = {
    "first visits": visits[is_first].value_counts(normalize=True),
    "later visits": visits[~is_first].value_counts(normalize=True),
}
chances = pd.DataFrame(by_visit).fillna(0)
print(chances[(chances > 0).any(axis=1)].map("{:.0%}".format).to_string())

# %% [markdown]
# So a history has an order on two levels: which mission follows which, and, inside a mission, which step follows which.
#
# ### The grammar of a mission
#
# Which step follows which? We count, over all shoppers, each two clicks in a row that belong to the same mission.

# %%
same_visit = (steps["session_id"] == steps["session_id"].shift(-1)) & (
    steps["user_id"] == steps["user_id"].shift(-1)
)
steps["next_step"] = steps["step"].shift(-1)
pairs = steps[same_visit & (steps["step"] >= 0) & (steps["next_step"] >= 0)]

missions = {mission.name: mission.steps for mission in shop.world.missions}
drawn = ("feeding_station", "pet_hygiene", "cat_restock", "aquarium_setup")
show(
    missions_figure(pairs, {name: missions[name] for name in drawn}),
    alt="Four missions below each other. The steps of each stand in a row, numbered "
    "circles joined by arrows as thick as a transition is frequent. Thick arrows lead "
    "one step forward, thinner ones skip a step or, drawn below the row, go back. From "
    "the last step thick ones go back.",
)

# %% [markdown]
# Blue arrows lead forward, orange ones back. The thicker an arrow, the larger its share of what follows its step; below 8 % none
# is drawn. From the last step only earlier ones are left: there the orange arrows are thick.
#
# Order is typical, not fixed. The law behind it is called **Plackett-Luce**.
#
# ### Your turn (1.2) · 7 minutes
#
# Write this law: among the steps that are left, step $k$ (counted from 0) comes next with probability proportional to
# $e^{-\text{order}\cdot k}$.


# %%
@exercise("1.2")
def step_probabilities(left, order):
    """Which step of a mission comes next?

    left:  (..., K) bool array, True for the steps that are not yet visited.
    order: a number; 0 treats all that are left alike, larger is stricter.
    Returns (..., K) probabilities. They sum to 1, or are all 0 where nothing is left.
    """
    ### BEGIN SOLUTION
    weight = left * np.exp(-order * np.arange(left.shape[-1]))
    total = weight.sum(-1, keepdims=True)
    return weight / np.where(total > 0, total, 1.0)
    ### END SOLUTION


# %%
hint("1.2")

# %% tags=["nbval-check-output"]
left = np.array([False, True, True, True])  # the first step is done
for order in (0.0, shop.world.order, 5.0):
    print(f"order {order}:", step_probabilities(left, order).round(2))

# %% [markdown]
# Is that what the shoppers do? We take each first visit to the feeding station that begins with a step of it, and count
# which step that is. Your formula says the same for a mission of which nothing is done yet.

# %% tags=["nbval-check-output"]
stations = steps[(steps["mission"] == "feeding_station") & (steps["session_id"] == 0)]
begins = stations.groupby("user_id")["step"].first()
begins = begins[begins >= 0]
everything_left = np.ones(len(missions["feeding_station"]), dtype=bool)
counted = np.bincount(begins, minlength=len(everything_left)) / len(begins)
print(f"{len(begins):,} visits counted:", counted[:4].round(3))
law = step_probabilities(everything_left, shop.world.order)
print("by the formula:      ", law[:4].round(3))

# %% [markdown]
# ## 1.5 Popular and rare, short and long
#
# What would you like to know of a log before you model it? How unequal its products are, and how long its visits. Fifty
# products are too few to look like a shop here, so we open a branch with 2,000.

# %% tags=["nbval-check-output"]
large = ZooplusSimulator(n_products=2_000, n_users=5_000).journeys(
    events_per_user=(20, 60), seed=1
)
lengths = large.interactions.groupby(["user_id", "session_id"]).size()
print(f"{len(large.interactions):,} clicks in {len(lengths):,} visits")

# %% jupyter={"source_hidden": true}
popularity = large.interactions["item_id"].value_counts().to_numpy()
fig, (left_ax, right_ax) = plt.subplots(1, 2, figsize=PAIR)
left_ax.loglog(np.arange(1, len(popularity) + 1), popularity, color=COLOURS[0])
left_ax.set(xlabel="rank of the product", ylabel="clicks", title="Popularity")
right_ax.hist(
    lengths,
    bins=np.arange(0.5, lengths.max() + 1.5),
    color=COLOURS[0],
    edgecolor="white",
)
for (name, value), colour in zip(
    {"mean": lengths.mean(), "90th percentile": lengths.quantile(0.9)}.items(),
    COLOURS[1:3],
    strict=True,
):
    right_ax.axvline(value, color=colour, lw=2, label=f"{name}: {value:.1f}")
right_ax.set(xlabel="clicks in a visit", ylabel="visits", title="Length of visits")
right_ax.legend(fontsize=9, loc="upper center", bbox_to_anchor=(0.5, -0.2))
fig.tight_layout()
show(
    fig,
    alt="Left: clicks over popularity rank on logarithmic axes, straight at first, "
    "bending down at the end. Right: histogram of visit lengths, most between 1 and 9 "
    "clicks, with lines at the mean and at the 90th percentile.",
)

# %% [markdown]
# On the left both axes are logarithmic: the product of rank 1 has the most clicks. A straight line there would be *[Zipf](glossary.ipynb)'s
# law*: clicks proportional to $\text{rank}^{-s}$, and the steepness $s$ is the **Zipf slope**. Ours is straight at first and
# bends down among the rarely clicked. (Section 1.7 measures the slope where it is straight, on the ranks from 1 % to 30 % of the
# products.) On the right, the **90th percentile** is the length that 90 % of the visits do not
# exceed.
#
# ### Your turn (1.3) · 6 minutes
#
# One number for how unequal products are is the **[Gini coefficient](glossary.ipynb)**: 0 if all are clicked alike, towards 1 if a few take
# all. Count the clicks of each product, $c_1, \dots, c_n$. Take two products at random: how far are their counts apart, on
# average? Half of that, divided by the mean count, is the Gini coefficient:
#
# $$G = \frac{1}{2\,\bar c}\cdot\frac{1}{n^2}\sum_{i=1}^{n}\sum_{j=1}^{n} |c_i - c_j|$$
#
# You get the log, not the counts. Mind the products that nobody has clicked: they belong to the shop.


# %%
@exercise("1.3")
def click_gini(item_id, n_items):
    """How unequally are clicks spread over the products of a shop?

    item_id: (N,) integers from 1 to `n_items`, the product of each click, in any order.
    n_items: how many products the shop has, those without a click among them.
    Returns a float: the mean of |c_i - c_j| over all n_items * n_items pairs (i, j),
        divided by twice the mean of c, where c_i is the number of clicks on product i.
    """
    ### BEGIN SOLUTION
    clicks = np.bincount(item_id, minlength=n_items + 1)[1:]  # (n_items,)
    apart = np.abs(clicks[:, None] - clicks[None, :]).mean()
    return float(apart / (2 * clicks.mean()))
    ### END SOLUTION


# %%
hint("1.3")

# %% tags=["nbval-check-output"]
clicked_items = large.interactions["item_id"].to_numpy()
print(f"the large shop:           {click_gini(clicked_items, 2_000):.2f}")
print(f"each product once:        {click_gini(np.arange(1, 2_001), 2_000):.2f}")
print(f"one product has them all: {click_gini(np.full(100, 7), 2_000):.2f}")

# %% [markdown]
# ### Your turn (1.4) · 7 minutes
#
# Our log comes with a `session_id`. Where a log has none, one cuts it where a user did not click for more than half an hour.


# %%
@exercise("1.4")
def starts_session(user, timestamp, gap=1800):
    """Where does a session begin? At a user's first event, and after more than `gap`
    seconds without one.

    user, timestamp: (N,) arrays, each user's events together and in order of time;
    seconds.
    Returns (N,) bool.
    """
    ### BEGIN SOLUTION
    begins = np.ones(len(user), dtype=bool)
    begins[1:] = (user[1:] != user[:-1]) | (np.diff(timestamp) > gap)
    return begins
    ### END SOLUTION


# %%
hint("1.4")

# %% tags=["nbval-check-output"]
recovered = starts_session(
    large.interactions["user_id"].to_numpy(), large.interactions["timestamp"].to_numpy()
)
print(f"{recovered.sum():,} sessions found, {len(lengths):,} in the truth")
timeout = shop.world.session_timeout_minutes
print(f"the simulator leaves more than {timeout:.0f} minutes between two visits")

# %% [markdown]
# All are found. That is no merit of ours: the simulator keeps its visits that far apart. In a real log nobody knows where
# a visit ends, and half an hour is a habit, not a law.
#
# ## 1.6 Is there order in a log? The shuffle test
#
# Somebody hands you a log. Is it worth a sequence model? Shuffle each user's history, and see what is lost
# ([Klenitskiy et al. 2024](https://arxiv.org/abs/2408.12008)). Two things can be lost:
#
# - **rules**: "after $i$ comes $j$ at once", seen more than 5 times and in more than 10 % of all cases of $i$;
# - **predictions**: how well does the last click tell the next one, before and after the shuffle? (By [NDCG@10](glossary.ipynb), the points
#   of chapter 00.)
#
# **Guess** for both logs which share of the predictor's score is lost: first the exposures of section 1.2 (their clicked
# rows), then Anna's world of journeys.

# %%
# What a shuffle takes from the score, exposures: a number, in %
guess("1.5", ...)
# What a shuffle takes from the score, journeys: a number, in %
guess("1.6", ...)


# %% tags=["nbval-check-output"]
def clicks_of(shown):
    clicked_rows = shown[shown["clicked"] == 1]
    return clicked_rows.rename(columns={"product_id": "item_id"})


of_exposures = shuffle_test(clicks_of(exposures), n_shuffles=5)
of_journeys = shuffle_test(log.interactions)
print("exposures:", of_exposures)
print("journeys: ", of_journeys)
reveal("1.5", 100 * of_exposures.ndcg_lost)
reveal("1.6", 100 * of_journeys.ndcg_lost)

# %% [markdown]
# In the first log there is no rule to lose. And the few percent of its score? It has 1,000 users. We draw the same kind of
# log three times more, to see how far chance alone moves the number.

# %% tags=["nbval-check-output"]
for seed in (1, 2, 3):
    again = generate_training_data(shop, 1_000_000, seed=seed)
    lost = shuffle_test(clicks_of(again), n_shuffles=5).ndcg_lost
    print(f"exposures, seed {seed}: {lost:+.0%} of the NDCG@10 lost")

# %% [markdown]
# Sometimes a few percent more, sometimes a few percent less: nothing that a shuffle takes away. In the journeys, rules and
# score depend on the order. **This** is what sequence models are for. Run the test on your own log before you train
# anything.
#
# ### Your turn (1.5) · 8 minutes
#
# Write the first half of the test: count the rules.


# %%
@exercise("1.5")
def count_rules(user, item, support=5, confidence=0.1):
    """How many rules "after i comes j at once" does a log have?

    user, item: (N,) integer arrays, each user's events together and in order of time.
    An item may follow itself. A pair (i, j) is a rule if j follows i at once more than
    `support` times, and in more than `confidence` of the cases in which anything
    follows i (always within one user).
    Returns an int.
    """
    ### BEGIN SOLUTION
    same = user[1:] == user[:-1]
    pairs = pd.DataFrame({"i": item[:-1][same], "j": item[1:][same]})
    cases = pairs.groupby(["i", "j"]).size()
    of_i = cases.groupby("i").transform("sum")
    return int(((cases > support) & (cases > confidence * of_i)).sum())
    ### END SOLUTION


# %%
hint("1.5")

# %% tags=["nbval-check-output"]
ordered = log.interactions[["user_id", "item_id"]].to_numpy().T
print(f"{count_rules(*ordered)} rules in the journeys")

# %% [markdown]
# ## 1.7 Does it look like a real shop?
#
# A simulator can invent anything. `realism_report` measures a log in the terms that you have met, and in three more:
# **repeats** are clicks on a product that the same user clicked before; **carts** are clicks that put something in the cart
# (`outcome` above 0); **orders** are carts that were paid (`outcome` 1). Beside each value stands a range.

# %% tags=["nbval-check-output"]
realism_report(large.interactions).round(2)

# %% [markdown]
# Read it with care. "Inside" is no discovery: the constants of the shop were chosen so that it lies there. The ranges for
# carts and orders reach from [RetailRocket](https://www.kaggle.com/datasets/retailrocket/ecommerce-dataset) to
# [OTTO](https://github.com/otto-de/recsys-dataset), computed from their published counts. Those for a shuffle follow
# Klenitskiy et al., who lose the score of sequence models where this test loses that of a Markov chain. The others are rules of thumb of this course. The report runs on any log: try it on yours.

# %% [markdown]
# ## Key ideas
#
# - A log of independent exposures is a table of tastes. Its order means nothing, and memoryless models learn nearly all
#   of it.
# - A memoryless model gives one shopper one answer, whatever she is doing now.
# - Journeys have missions, a typical order, distractions and habits. What a shop sees and what is true are two tables.
# - The shuffle test tells whether a log has order worth learning, before any model is trained.

# %%
scoreboard("01")
calibration("01")

# %%
quiz("1.1")

# %%
quiz("1.2")

# %% [markdown]
# **Go further.** Li, Chu, Langford & Schapire (2010),
# [*A Contextual-Bandit Approach to Personalized News Article Recommendation*](https://arxiv.org/abs/1003.0146) (LinUCB).
# Klenitskiy, Volodkevich, Pembek & Vasilev (2024), [*Does It Look Sequential?*](https://arxiv.org/abs/2408.12008) Plackett
# (1975), [*The Analysis of Permutations*](https://doi.org/10.2307/2346567).
#
# Next: **[02 · From log to sequences](02_sequences.ipynb)**, where the log of journeys becomes what models read.
