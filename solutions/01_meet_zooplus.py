# %% [markdown]
# # 01 · Meet Zooplus
#
# Before we model a shop we walk through it: who comes, what is sold, what the click log keeps and what it loses.
#
# **After this chapter you can** read the two kinds of click log, say what a model without memory can know and what it
# can't, and test whether a log has any order worth a sequence model.
#
# **You need** chapter 00. **Time:** 45 minutes, exercises included.

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
from course.figures import COLOURS, PAIR, SEQUENTIAL, show
from seqrec.baselines import LinUCB, MLPClick, click_rates
from zooplus_sim import (
    RANGES,
    Oracle,
    ZooplusSimulator,
    generate_training_data,
    realism_report,
    shuffle_test,
)

# %% [markdown]
# ## 1.1 Four kinds of shopper
#
# Zooplus knows four **personas**. Each shopper is one of them, and the shop cannot see which.
# Shown a product out of the blue, a persona clicks with a probability that depends on the product's category:

# %%
shop = ZooplusSimulator()
table = pd.DataFrame(shop.personas).T

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
ax.set_title("How likely is a click on a product shown out of the blue?")
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
# And the shelves? Each product has a category and, finer, a **product type**. Two categories are listed by nobody: bowls
# and brushes are not clicked for fun (1 % of the time), only when somebody needs one.

# %% tags=["nbval-check-output"]
shelves = shop.products.groupby("category")["product_type"].agg(
    lambda kinds: ", ".join(kinds.value_counts().index.sort_values())
)
with pd.option_context("display.max_colwidth", None):
    display(shelves.to_frame("product types"))
print(
    f"{len(shop.products)} products of {shop.products['product_type'].nunique()} types"
)

# %% [markdown]
# ## 1.2 A log without order
#
# The simplest log a shop can keep: show a random product to a random user, note whether it is clicked.

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
# The same. Each row was drawn on its own: shuffle the table, and nothing is lost. All that the log can teach is a *table*: how
# likely does this user click that product? Two classics learn such tables.
#
# - **An MLP on (user, product).** Two embeddings side by side, a small network, a probability.
# - **LinUCB**, a bandit. For each product a linear model of the click on what the shop knows of the user, plus a bonus
#   for products it has not yet shown often. What does a shop know of a user? How often she clicked each category so far.
#
# Neither knows the personas. Both train on the first 200,000 rows and are judged on 100,000 later ones.

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
# How well do they do? We use the **log-loss**: the mean of $-\log p$ of what happened, in nats. Lower is better.
# And because the shop is ours, we know the best value that anybody can reach: the log-loss of the true probabilities.
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
# Both have found the personas without ever having been told of them. As a table of tastes, there is little left to learn.
#
# ### Your turn (1.1) · 5 minutes
#
# LinUCB's score is the heart of a bandit: the expected click, plus a bonus for what is uncertain.
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
# **Guess:** how many of the MLP's top five will differ between the two sessions?

# %%
# How many of the MLP's top five differ between the sessions: a number (of 5)
guess("1.4", ...)

# %% tags=["nbval-check-output"]
oracle = Oracle(shop)
top_five = {
    "MLP": mlp.score([anna, anna], sessions),
    "LinUCB": bandit.score([anna, anna], sessions),
    "oracle": oracle.next_item_probabilities(sessions),
}
differ = {}
for name, score in top_five.items():
    monday, later_on = (set(row.argsort()[::-1][:5].tolist()) for row in score)
    differ[name] = len(monday - later_on)
    print(f"{name:7s} {differ[name]} of 5 differ between the two sessions")
reveal("1.4", differ["MLP"])


# %% tags=["nbval-check-output"]
lists = {
    (name, session): [types[product] for product in row.argsort()[::-1][:5]]
    for name, score in top_five.items()
    # Its list is made of trained numbers, which differ a little from machine to machine
    if name != "MLP"
    for session, row in zip(("feeding station", "hygiene"), score, strict=True)
}
pd.DataFrame(lists, index=pd.RangeIndex(1, 6, name="place"))

# %% [markdown]
# None, and LinUCB's neither. To a memoryless model the two sessions are the same user, so they get the same answer: dog
# toys, which Anna likes. The oracle, given the same clicks, sees two missions. A memoryless answer is right *on average over all of Anna's life* and has no idea what she is doing **now**. No amount of data helps: the
# log of exposures never said in which order things happened.
#
# ## 1.4 Journeys
#
# So we let the shoppers of Zooplus do what shoppers do. Each visit has a **mission**: product types in a usual order.
#
# 1. A visit begins: the shopper picks a mission. Which one depends on her persona and on the previous mission.
# 2. A click: mostly a step of the mission that is not yet done, the earlier steps first (as a rule, not always). Now and
#    then a *distraction*: something that she just likes.
# 3. Which product of that type? One that suits her purse, or one that she has clicked before.
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
# Left of `mission`: the shop's view. The rest is hidden from every model in this course. Here are Anna's first forty
# clicks, in order:

# %%
anna_log = log.interactions[mine].join(log.truth[mine]).reset_index(drop=True)
anna_log["type"] = anna_log["item_id"].map(types)
rows = {kind: row for row, kind in enumerate(anna_log["type"].drop_duplicates())}

fig, ax = plt.subplots(figsize=(10, 5.2))
for number, (_, visit) in enumerate(anna_log.groupby("session_id")):
    start, stop = visit.index[0], visit.index[-1]
    ax.axvspan(
        start - 0.5, stop + 0.5, color="black", alpha=0.05 if number % 2 else 0.0, lw=0
    )
    ax.text(
        (start + stop) / 2,
        -1.2,
        str(visit["mission"].iloc[0]).replace("_", "\n"),
        ha="center",
        va="bottom",
        size=7,
    )
on_mission = ~anna_log["distraction"]
y = anna_log["type"].map(rows)
ax.plot(anna_log.index, y, color="0.75", lw=1, zorder=1)
ax.scatter(
    anna_log.index[on_mission],
    y[on_mission],
    color=COLOURS[0],
    label="step of the mission",
    zorder=2,
)
ax.scatter(
    anna_log.index[~on_mission],
    y[~on_mission],
    facecolor="white",
    edgecolor=COLOURS[1],
    label="distraction",
    zorder=2,
)
carted = anna_log["outcome"] > 0
ax.scatter(
    anna_log.index[carted],
    y[carted],
    marker="s",
    s=110,
    facecolor="none",
    edgecolor="black",
    label="put in the cart",
)
ax.set_yticks(range(len(rows)), list(rows), size=8)
ax.set_ylim(len(rows) - 0.5, -1)
ax.set_xlabel("click number (shaded bands: visits, days apart)")
ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=3)
ax.set_title("Anna's first forty clicks", pad=34)
show(
    fig,
    alt="Anna's clicks over time, one row per product type, visits shaded. The first "
    "visit walks down the feeding station; later visits follow other missions. A few "
    "hollow dots, the distractions, stand off the path.",
)

# %% [markdown]
# That is a *life*, not a bag: food and bowls come first and hardly again; play, hygiene and restocking take turns.
#
# ### The grammar of a mission
#
# Which step follows which? We count, over all shoppers, the consecutive clicks that belong to the mission.

# %%
steps = log.interactions.join(log.truth)
steps["type"] = steps["item_id"].map(types)
same_visit = (steps["session_id"] == steps["session_id"].shift(-1)) & (
    steps["user_id"] == steps["user_id"].shift(-1)
)
steps["next_step"] = steps["step"].shift(-1)
pairs = steps[same_visit & (steps["step"] >= 0) & (steps["next_step"] >= 0)]


def draw_mission(ax, mission):
    counts = (
        pairs[pairs["mission"] == mission.name].groupby(["step", "next_step"]).size()
    )
    share = counts / counts.groupby("step").transform("sum")
    for (step, following), weight in share[share > 0.08].items():
        back = following < step
        ax.annotate(
            "",
            (following, -0.06 if back else 0.06),
            (step, -0.06 if back else 0.06),
            arrowprops={
                "arrowstyle": "-|>",
                "connectionstyle": f"arc3,rad={-0.35 if not back else -0.45}",
                "lw": 6 * weight,
                "color": COLOURS[1] if back else COLOURS[0],
                "alpha": 0.7,
                "shrinkA": 4,
                "shrinkB": 4,
            },
        )
    ax.scatter(
        range(len(mission.steps)),
        np.zeros(len(mission.steps)),
        s=90,
        color="black",
        zorder=3,
    )
    for place, kind in enumerate(mission.steps):
        ax.text(place + 0.15, -0.42, kind, rotation=28, ha="right", va="top", size=8)
    ax.set(xlim=(-1.2, 8.5), ylim=(-0.9, 0.5), title=mission.name)
    ax.axis("off")


missions = {mission.name: mission for mission in shop.world.missions}
fig, axes = plt.subplots(2, 2, figsize=(11, 5.4))
for ax, name in zip(
    axes.flat,
    ("feeding_station", "pet_hygiene", "cat_restock", "aquarium_setup"),
    strict=True,
):
    draw_mission(ax, missions[name])
fig.suptitle(
    "What follows what inside a mission (blue: forward, orange: back; thicker: more "
    "often)"
)
fig.tight_layout(h_pad=2)
show(
    fig,
    alt="Four small graphs. The steps of each mission stand in a row, joined by arrows "
    "as thick as a transition is frequent. The thickest arrows lead one step forward, "
    "thinner ones skip a step or go back.",
)

# %% [markdown]
# Order is typical, not fixed. The law behind it is called **Plackett-Luce**: among the steps that are left, step $k$
# comes next with probability proportional to $e^{-\text{order}\cdot k}$.
#
# ### Your turn (1.2) · 7 minutes


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
# ## 1.5 Does it look like a real shop?
#
# A simulator can invent anything. So we hold its logs beside published real ones. Fifty products are too few to look
# like a shop in every respect, so we open a branch with 2,000.

# %% tags=["nbval-check-output"]
large = ZooplusSimulator(n_products=2_000, n_users=5_000).journeys(
    events_per_user=(20, 60), seed=1
)
report = realism_report(large.interactions)
report.round(2)

# %% [markdown]
# Two of these pictures deserve to be seen. On the left, how unequal products are: a straight line would be *Zipf's law*;
# like real shops, ours bends down at the end, where the rarely clicked products are. On the right, how long visits are.

# %%
popularity = large.interactions["item_id"].value_counts().to_numpy()
lengths = large.interactions.groupby(["user_id", "session_id"]).size()

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
    low, high = RANGES[f"session length, {name}"]
    right_ax.axvspan(low, high, color=colour, alpha=0.15)
    right_ax.axvline(
        value, color=colour, lw=2, label=f"{name} (shaded: published shops)"
    )
right_ax.set(xlabel="clicks in a visit", ylabel="visits", title="Session length")
right_ax.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.22))
fig.tight_layout()
show(
    fig,
    alt="Left: clicks over popularity rank on logarithmic axes, straight at first, "
    "bending down at the end. Right: histogram of visit lengths, most between 1 and 9 "
    "clicks, its mean and 90th percentile inside the shaded ranges of published shops.",
)

# %% [markdown]
# ### Your turn (1.3) · 5 minutes
#
# One number for how unequal products are is the **Gini coefficient**: 0 if all are clicked alike, towards 1 if a few take
# all. With the counts sorted in ascending order, $c_1 \le \dots \le c_n$:
#
# $$G = \frac{\sum_{i=1}^{n} (2i - n - 1)\, c_i}{n \sum_{i=1}^{n} c_i}$$


# %%
@exercise("1.3")
def gini(clicks):
    """How unequal are these counts? clicks:

    (n,) counts in any order. Returns a float between 0 and 1.
    """
    ### BEGIN SOLUTION
    ordered = np.sort(clicks)
    n = len(ordered)
    return float((2 * np.arange(1, n + 1) - n - 1) @ ordered / (n * ordered.sum()))
    ### END SOLUTION


# %%
hint("1.3")

# %% tags=["nbval-check-output"]
print(f"Gini of the large shop: {gini(popularity):.2f}")
print(f"if all products were clicked alike: {gini(np.ones(2_000)):.2f}")

# %% [markdown]
# ### Your turn (1.4) · 7 minutes
#
# Our log comes with a `session_id`. Most logs don't: one cuts them where a user was silent for more than half an hour.


# %%
@exercise("1.4")
def starts_session(user, timestamp, gap=1800):
    """Where does a session begin? At a user's first event, and after more than `gap`
    seconds of silence.

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

# %% [markdown]
# ## 1.6 Is there order in a log? The shuffle test
#
# Somebody hands you a log. Is it worth a sequence model? Shuffle each user's history, and see what is lost
# (Klenitskiy et al. 2024). Two things can be lost:
#
# - **rules**: "after $i$ comes $j$ at once", seen more than 5 times and in more than 10 % of all cases of $i$;
# - **predictions**: how well does the last click tell the next one, before and after the shuffle?
#
# **Guess** for both logs which share of the predictor's score is lost: first the exposures of section 1.2 (their clicked
# rows), then Anna's world of journeys.

# %%
# What a shuffle takes from the score, exposures: a number, in %
guess("1.5", ...)
# What a shuffle takes from the score, journeys: a number, in %
guess("1.6", ...)

# %% tags=["nbval-check-output"]
without_order = exposures[exposures["clicked"] == 1].rename(
    columns={"product_id": "item_id"}
)
of_exposures = shuffle_test(without_order, n_shuffles=5)
of_journeys = shuffle_test(log.interactions)
print("exposures:", of_exposures)
print("journeys: ", of_journeys)
reveal("1.5", 100 * of_exposures.ndcg_lost)
reveal("1.6", 100 * of_journeys.ndcg_lost)

# %% [markdown]
# In the first log, there is no rule to lose, and the prediction loses nothing beyond noise (1,000 users: a few percent
# either way mean nothing). In the second, more than half of the rules and a third of the score live in the order alone.
# **This** is what sequence models are for, and the test takes a second: run it on your own log before you train anything.
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
# ## Key ideas
#
# - A log of independent exposures is a table of tastes. Its order means nothing, and a memoryless model learns all of it.
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
# **Go further.** Li, Chu, Langford & Schapire (2010), *A Contextual-Bandit Approach to Personalized News Article
# Recommendation* (LinUCB). Klenitskiy, Volodkevich, Pembek & Vasilev (2024), *Does It Look Sequential?* Plackett (1975),
# *The Analysis of Permutations.*
#
# Next: **02 · Sequences**, where the log of journeys becomes what models read.
