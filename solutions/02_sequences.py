# %% [markdown]
# # 02 · From log to sequences
#
# A model does not read a log. It reads *histories* and is asked for *targets*. Between the two lie a dozen small
# decisions, and a wrong one does not crash: it quietly gives you a score that is too good, or a model that is too bad.
#
# **After this chapter you can** turn any log into sequences, windows and samples, split it without leaking the future,
# and tell by a number whether a split leaks.
#
# **You need** chapter 01, pandas, NumPy. **Time:** 60 minutes, exercises included.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from torch.utils.data import DataLoader

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
from seqrec.data import (
    ItemIndex,
    SequenceDataset,
    labelled_samples,
    split_by_time,
    validate_interactions,
)
from seqrec.metrics import expected_ndcg
from zooplus_sim import Oracle, ZooplusSimulator, generate_training_data

shop = ZooplusSimulator()
log = shop.journeys(events_per_user=(5, 60), seed=2).interactions
types = shop.products["product_type"]

# %% [markdown]
# ## 2.1 One shopper, one line
#
# A log is one row per event, in whatever order the database felt like. Here are four rows of shopper 7, as they might
# arrive.

# %% tags=["nbval-check-output"]
rows = log[log["user_id"] == 7].head(4).iloc[[2, 0, 3, 1]]
rows[["user_id", "item_id", "timestamp"]]

# %% [markdown]
# A **sequence** is these rows sorted by time and written in one line:

# %% tags=["nbval-check-output"]
print(rows.sort_values("timestamp")["item_id"].tolist())

# %% [markdown]
# First of all, let one function look at the log, once, at the border. It changes nothing; it says what is wrong.
# `'10'` and `'9'` as text would sort the wrong way round, and no model would ever complain.

# %% tags=["nbval-check-output"]
as_text = rows.assign(timestamp=rows["timestamp"].astype(str))
try:
    validate_interactions(as_text)
except ValueError as error:
    print(error)

# %% [markdown]
# ### When two clicks share a time
#
# Many logs keep whole seconds or minutes, some only days. Then events **tie**, and the order among them is whatever the
# sort makes of it. A *stable* sort keeps the order of the log. An unstable one may return ties in any order, and in another
# one on the next machine.
#
# **Guess:** we round our timestamps to the hour and let ties fall as they may. For how many shoppers does the *last*
# click change, the one that every test is about?

# %%
# Shoppers whose last click changes: a number, in %
guess("2.1", ...)

# %% tags=["nbval-check-output"]
user, hour = log["user_id"].to_numpy(), log["timestamp"].to_numpy() // 3600
any_order = np.random.default_rng(0).random(len(log))


def last_clicks(order):
    return log.iloc[order].groupby("user_id")["item_id"].last()


# By user, then by hour; ties stay in the order of the log
stable = np.lexsort((hour, user))
# One of the many orders that an unstable sort may give
unstable = np.lexsort((any_order, hour, user))
changed = last_clicks(stable) != last_clicks(unstable)
print(f"the last click changes for {changed.mean():.0%} of the shoppers")
reveal("2.1", 100 * changed.mean())

# %% [markdown]
# On MovieLens-1M, the benchmark of chapter 14, ratings were entered page by page and a large part of all test items
# hangs on that choice. So the rule of this course: **one stable sort by (user, time)**, in one place.
#
# ### Your turn (2.1) · 8 minutes
#
# Build the sequences: one row per user, the newest `max_len + 1` items. Why one more than the model reads? Because the
# model is trained on input `sequence[:-1]` and target `sequence[1:]`, and both should be `max_len` long.


# %%
@exercise("2.1")
def build_sequences(interactions, max_len):
    """One row per user, users ascending: the user's most recent `max_len + 1` items,
    oldest first.

    interactions: DataFrame with `user_id`, `item_id`, `timestamp`, in any order; of
        events that tie in time, the one further down in the log is the later one.
    Returns a DataFrame with the columns `user_id` and `item_sequence` (an array of item
    ids per row), index 0, 1, ...
    """
    ### BEGIN SOLUTION
    ordered = interactions.sort_values(["user_id", "timestamp"], kind="stable")
    items = ordered.groupby("user_id")["item_id"].apply(
        lambda ids: ids.to_numpy()[-(max_len + 1) :]
    )
    return items.rename("item_sequence").reset_index()
    ### END SOLUTION


# %%
hint("2.1")

# %% tags=["nbval-check-output"]
sequences = build_sequences(log[["user_id", "item_id", "timestamp"]], max_len=10)
sequences.head(3)

# %% [markdown]
# Input and target are the same sequence, shifted by one:

# %% tags=["nbval-check-output"]
one = sequences["item_sequence"][0]
print("input ", one[:-1])
print("target", one[1:])

# %% [markdown]
# ## 2.2 Padding, on the left
#
# Histories differ in length; a tensor does not like that. So short ones are filled with zeros. Product ids start at 1 for
# exactly this reason: 0 is nobody.
#
# **Which side?** On the left. Then the newest click is always at position -1, whatever the length, and a model
# finds it without looking. Chapter 06 will count positions from there.
#
# ### Your turn (2.2) · 5 minutes


# %%
@exercise("2.2")
def pad_left(sequences, max_len):
    """Sequences of any length as one array: the most recent `max_len` entries at the
    right, zeros before them.

    sequences: B lists or arrays of integers; some may be empty. Returns (B, max_len)
    int64.
    """
    ### BEGIN SOLUTION
    padded = np.zeros((len(sequences), max_len), dtype=np.int64)
    for row, sequence in zip(padded, sequences, strict=True):
        recent = sequence[-max_len:]
        row[max_len - len(recent) :] = recent
    return padded
    ### END SOLUTION


# %%
hint("2.2")

# %% tags=["nbval-check-output"]
print(pad_left([[5], [], [1, 2, 3, 4, 5]], max_len=4))

# %% [markdown]
# ## 2.3 Sliding windows
#
# A sequence of five clicks answers four questions, not one:

# %% tags=["nbval-check-output"]
five = one[:5]
for place in range(1, 5):
    print(f"after {str(five[:place]):18s} comes {five[place]}")

# %% [markdown]
# Each is a **window**: a history of at most `max_len` items, and the item that followed. A user with a single event has
# no window: there must be something to come from and something to go to.
#
# ### Your turn (2.3) · 10 minutes


# %%
@exercise("2.3")
def sliding_windows(interactions, max_len):
    """Every event of a user but the first, as a target, with the up to `max_len` items
    before it as its history.

    interactions: DataFrame with `user_id`, `item_id` (integers from 1), `timestamp`, in
    any order; stable in ties.
    Returns histories (N, max_len), left-padded with 0, and targets (N,), both of the
    dtype of `item_id`; windows in (user, time) order.
    """
    ### BEGIN SOLUTION
    ordered = interactions.sort_values(["user_id", "timestamp"], kind="stable")
    histories, targets = [], []
    for _, items in ordered.groupby("user_id")["item_id"]:
        items = items.to_numpy()
        for place in range(1, len(items)):
            history = items[max(0, place - max_len) : place]
            histories.append(np.pad(history, (max_len - len(history), 0)))
            targets.append(items[place])
    dtype = interactions["item_id"].dtype
    return np.array(histories, dtype).reshape(-1, max_len), np.array(targets, dtype)
    ### END SOLUTION


# %%
hint("2.3")

# %% tags=["nbval-check-output"]
histories, targets = sliding_windows(log, max_len=10)
print(
    f"{len(log):,} events of {log['user_id'].nunique():,} users -> {len(targets):,} "
    "windows"
)
print(histories[:4], targets[:4], sep="\n")

# %% [markdown]
# Two Python loops and an `np.pad` per window: that is how most people write it first, and it is right. It also takes
# minutes on a million events. `seqrec.data.sliding_windows` gives the same arrays bit for bit, hundreds of times
# faster: it lays all items out in one long row, `max_len` zeros before each user, and cuts. (`solution("2.3")` shows it.)
#
# ### What truncation loses
#
# `max_len` is a price: a longer window costs time and memory, a shorter one forgets. How much does it forget? We ask the
# oracle. We let it start *cold* a few clicks before the question, and see how its best possible score falls.

# %%
oracle = Oracle(shop)
long = (
    shop.journeys(events_per_user=41, seed=3)
    .interactions["item_id"]
    .to_numpy()
    .reshape(-1, 41)[:500]
)
truth = oracle.next_item_probabilities(long[:, :-1])
lengths = [1, 2, 3, 5, 7, 10, 15, 20, 30, 40]
reached = [
    expected_ndcg(
        oracle.restarted(w).next_item_probabilities(long[:, :-1]), truth, k=10
    ).mean()
    for w in lengths
]

fig, ax = plt.subplots(figsize=WIDE)
ax.plot(
    lengths,
    reached,
    "o-",
    color=COLOURS[0],
    label="the oracle, begun cold so many clicks ago",
)
ax.axhline(
    expected_ndcg(truth, truth, k=10).mean(),
    color=COLOURS[2],
    label="the oracle with the whole history",
)
ax.set(
    xlabel="clicks that it may see", ylabel="NDCG@10", title="What a short window costs"
)
ax.legend()
show(
    fig,
    alt="NDCG@10 of an oracle begun cold rises steeply over the first ten clicks and "
    "reaches the line of the oracle that sees the whole history at fifteen to twenty.",
)

# %% [markdown]
# Five clicks are not enough, fifteen are nearly all: they hold this visit and a good part of the one before. What lies
# further back tells of purse and habits and is worth little more. (A cold start takes the window for a first visit, which
# costs a bit on top.) So a `max_len` of 15 to 20 is a fair price in this shop. In yours it may not be: measure it.
#
# ## 2.4 Ids inside a model
#
# Our products are numbered 1 to 50. Yours have ids like `"B07-XL"`. `ItemIndex` numbers them 1 to n. Fit it on the whole
# **catalogue**, not on the clicks: a product that nobody clicked yet needs a place too. And the numbers don't move.

# %% tags=["nbval-check-output"]
index = ItemIndex().fit(["mat", "bowl", "food"])
print(index.encode(["food", "bowl", "food"]), index.decode([2, 1]))
try:
    index.encode(["food", "rocket"])
except ValueError as error:
    print(error)

# %% [markdown]
# An unknown item is refused, not silently turned into some number. (Or dropped with a count, if you ask for that.)
#
# ## 2.5 Splitting without leaking
#
# To judge a model we hide something from it. The habit from other fields is a random split: 80 % of the windows to train,
# 20 % to test. What is wrong with it here?
#
# Look at three windows of one shopper:
#
# | history | target |
# |---|---|
# | `food bowl dispenser` | **treats** |
# | `food bowl dispenser treats` | mat |
# | `bowl dispenser treats mat` | chews |
#
# Put the first into the test set and the others into training. The answer, *treats* after *food bowl dispenser*, stands
# inside the **histories** of the training set. To show what that is worth, here is a "model" that understands nothing. It
# looks up the last four clicks among all training windows, and returns what it saw next to them.
#
# **Guess:** how often is it right under the random split? And under an honest one, where each user's last event is the test
# and everything before it is there to learn from?

# %%
# The look-up is right first time, random split: a number, in %
guess("2.2", ...)
# The look-up is right first time, honest split: a number, in %
guess("2.3", ...)


# %%
def look_up(train_histories, train_targets, histories, n=4):
    """For each history:

    what followed its last n items anywhere in the training windows (0 if they never
    occurred).
    """
    rows = np.column_stack([train_histories, train_targets])  # (N, L + 1)
    memory = {}
    for stretch in (
        np.lib.stride_tricks.sliding_window_view(rows, n + 1, axis=1)
        .reshape(-1, n + 1)
        .tolist()
    ):
        if stretch[0]:
            memory[tuple(stretch[:-1])] = stretch[-1]
    return np.array(
        [memory.get(tuple(history[-n:]), 0) for history in histories.tolist()]
    )


# Windows with ten real items
full = histories[(histories != 0).all(1)], targets[(histories != 0).all(1)]
draw = np.random.default_rng(0).permutation(len(full[1]))
test, train = draw[: len(draw) // 5], draw[len(draw) // 5 :]
found = look_up(full[0][train], full[1][train], full[0][test])
leaked = (found == full[1][test]).mean()

# %% [markdown]
# For the comparison we need the honest split. And the oracle, which knows the shop: no honest model can hit more often than
# its first choice.
#
# ### Your turn (2.4) · 8 minutes


# %%
@exercise("2.4")
def leave_last_two_out(interactions):
    """Test on each user's last event, validate on the one before it, train on the rest.

    interactions: DataFrame with `user_id`, `item_id`, `timestamp`, in any order; of
        events that tie in time, the one further down in the log is the later one. All
        events of a user with fewer than three go to `train`.
    Returns a tuple of three DataFrames (train, valid, test): rows of the log, in the
    order of the log, with their index.
    """
    ### BEGIN SOLUTION
    ordered = interactions.sort_values(["user_id", "timestamp"], kind="stable")
    users = ordered.groupby("user_id")
    from_the_end = users.cumcount(ascending=False)  # 0 = the last event
    enough = users["item_id"].transform("size") >= 3
    part = np.where(enough & (from_the_end < 2), 2 - from_the_end, 0)
    part = pd.Series(part, index=ordered.index).reindex(interactions.index)
    return tuple(interactions[part == number] for number in range(3))
    ### END SOLUTION


# %%
hint("2.4")

# %% tags=["nbval-check-output"]
train_log, valid_log, test_log = leave_last_two_out(log)
print(f"train {len(train_log):,}   valid {len(valid_log):,}   test {len(test_log):,}")

before = build_sequences(pd.concat([train_log, valid_log]), max_len=9)
honest_histories = pad_left(before["item_sequence"].tolist(), max_len=10)
asked = test_log.sort_values("user_id")
found = look_up(
    *sliding_windows(pd.concat([train_log, valid_log]), max_len=10), honest_histories
)
honest = (found == asked["item_id"].to_numpy()).mean()

complete = list(log.groupby("user_id")["item_id"].apply(list))
exact = oracle.next_item_probabilities(
    pad_left([items[:-1] for items in complete], max_len=60)
)
ceiling = exact.max(1).mean()
print(
    f"look-up, random split of windows: right first time in {leaked:.0%} of the cases"
)
print(
    f"look-up, each user's last event:  right first time in {honest:.0%} of the cases"
)
print(
    f"the oracle:                       right first time in {ceiling:.0%} of the cases"
)
reveal("2.2", 100 * leaked)
reveal("2.3", 100 * honest)

# %% [markdown]
# Under the random split a table of the past "beats" the best possible model by a wide margin. That is how a leak shows:
# **a score above the ceiling is not a success, it is a bug.** On real data there is no ceiling to warn you. So split
# first, and cut windows afterwards, from the training part alone.
#
# There is a second honest split: by time. Everything before a date is training, everything after is test. Leave-last-out
# still lets a model learn from what *other* users did later; a split by time does not.

# %% tags=["nbval-check-output"]
cuts = log["timestamp"].quantile([0.8, 0.9]).astype(int)
parts = split_by_time(log, valid_from=cuts.iloc[0], test_from=cuts.iloc[1])
for name, part in zip(("train", "valid", "test"), parts, strict=True):
    days = (part["timestamp"] - log["timestamp"].min()) // 86_400
    print(f"{name:6s} {len(part):6,} events, days {days.min():3d} to {days.max():3d}")

# %% [markdown]
# ## 2.6 Samples for a classifier
#
# The exposures of chapter 01 carry a 0 or a 1. To make sequences of them, keep the clicked rows. They have no clock, so
# the row number stands in for the time.
#
# ### Your turn (2.5) · 5 minutes


# %%
@exercise("2.5")
def interactions_from_clicks(clicks):
    """Turn a log of exposures into interactions: the clicked rows, the order of the
    rows taken as time.

    clicks: DataFrame with `user_id`, `product_id`, `clicked` (0 or 1), in the order in
    which things happened.
    Returns a new DataFrame, index 0, 1, ..., with the columns `user_id`, `item_id`,
    `timestamp` (the row number among *all* exposures, int64) and `outcome` (1.0).
    """
    ### BEGIN SOLUTION
    numbered = clicks.reset_index(drop=True)
    chosen = numbered[numbered["clicked"] == 1]
    table = pd.DataFrame(
        {
            "user_id": chosen["user_id"],
            "item_id": chosen["product_id"],
            "timestamp": chosen.index,
        }
    )
    return table.assign(outcome=1.0).reset_index(drop=True)
    ### END SOLUTION


# %%
hint("2.5")

# %% tags=["nbval-check-output"]
exposures = generate_training_data(shop, 20_000, seed=0)
clicked = interactions_from_clicks(exposures)
print(f"{len(exposures):,} exposures -> {len(clicked):,} clicks")

# %% [markdown]
# A classifier wants both answers: *this followed* (1) and *this did not* (0). The zeros must be drawn, and how to draw
# them well is chapter 03. A common first try looks like this:

# %% tags=["nbval-check-output"]
table = pd.DataFrame({"history": list(histories[:4]), "target_item_id": targets[:4]})
negatives = table  # "a copy"
negatives["target_item_id"] = 42  # "random" negatives
print("true targets now:", table["target_item_id"].tolist())

# %% [markdown]
# The "copy" was the same table, edited in place: the true targets are gone, and nothing complained. `labelled_samples`
# takes arrays, edits none of them, and shuffles targets and negatives together:

# %% tags=["nbval-check-output"]
drawn = np.random.default_rng(0).integers(1, 51, size=len(targets))
samples = labelled_samples(histories, targets, drawn, seed=0)
print(f"{len(samples.label):,} samples, {samples.label.mean():.0%} positive")
print(
    f"{(drawn == targets).mean():.0%} of the negatives hit the very target: chapter 03 "
    "counts them"
)

# %% [markdown]
# For PyTorch there is a `Dataset`. It hands out whole batches by index, which is far quicker than one row at a time:

# %% tags=["nbval-check-output"]
loader = DataLoader(SequenceDataset(*samples), batch_size=256)
history, candidate, label = next(iter(loader))
print(tuple(history.shape), tuple(candidate.shape), tuple(label.shape), label.dtype)

# %% [markdown]
# ## Key ideas
#
# - One check at the border, one stable sort by (user, time). Everything else rests on them.
# - Keep `max_len + 1` items: input and target are the same sequence, shifted by one. Pad on the left with 0.
# - Split events first, cut windows afterwards. A random split of windows leaks, and a leak looks like success.
# - A score above the ceiling is a bug.

# %%
scoreboard("02")
calibration("02")

# %%
quiz("2.1")

# %%
quiz("2.2")

# %% [markdown]
# **Go further.** Kang & McAuley (2018), *Self-Attentive Sequential Recommendation*: the leave-last-two-out protocol. Ji,
# Sun, Zhang & Li (2023), *A Critical Study on Data Leakage in Recommender System Offline Evaluation.*
#
# Next: **03 · Negative samples**.
