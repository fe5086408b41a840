# %% [markdown]
# # 02 · From log to sequences
#
# A model does not read a log. It reads *[histories](glossary.ipynb)* and is asked for *[targets](glossary.ipynb)*. Between the two lie many small decisions. A
# wrong one raises no error: the score is too good, or the model too bad, and nobody is told.
#
# **After this chapter you can** turn any log into sequences, windows and samples, split it without leaking the future,
# tell by a number whether a split [leaks](glossary.ipynb), and say what of the shop's order there is to learn.
#
# **You need** chapter 01, pandas, NumPy (words: [Glossary](glossary.ipynb)). **Time:** 70 minutes, exercises included.

# %%
import textwrap

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from torch.utils.data import DataLoader

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
from course.figures import (
    COLOUR_OF,
    COLOURS,
    WIDE,
    WorldKnobs,
    knobs_figure,
    padding_figure,
    show,
    splits_figure,
    windows_figure,
)
from seqrec.data import (
    ItemIndex,
    SequenceDataset,
    interactions_from_clicks,
    labelled_samples,
    split_by_time,
    validate_interactions,
)
from seqrec.data import sliding_windows as quick_windows
from seqrec.metrics import expected_ndcg
from zooplus_sim import Oracle, World, ZooplusSimulator, generate_training_data

shop = ZooplusSimulator()
log = shop.journeys(events_per_user=(5, 60), seed=2).interactions
types = shop.products["product_type"]

# %% [markdown]
# ## 2.1 One shopper, one line
#
# A log is one row per [event](glossary.ipynb), in any order. Here are four rows of shopper 7, as they might arrive.

# %% tags=["nbval-check-output"]
rows = log[log["user_id"] == 7].head(4).iloc[[2, 0, 3, 1]]
rows[["user_id", "item_id", "timestamp"]]

# %% [markdown]
# **A sequence is these rows, sorted by time and written in one line.**

# %% tags=["nbval-check-output"]
print(rows.sort_values("timestamp")["item_id"].tolist())

# %% [markdown]
# In earnest, one function looks at the log first, once, before anything else reads it. It changes nothing; it says what is
# wrong. `'10'` and `'9'` as text would sort the wrong way round, and no error would tell you.

# %% tags=["nbval-check-output"]
as_text = rows.assign(timestamp=rows["timestamp"].astype(str))
try:
    validate_interactions(as_text)
except ValueError as error:
    print(textwrap.fill(str(error), 76))

# %% [markdown]
# ### When two clicks share a time
#
# Many logs keep whole seconds or minutes, some only days. Then events **tie**, and the order among them is whatever the
# sort makes of it. A *stable* sort keeps the order of the log. An unstable one may return ties in any order, and in another
# one on the next machine.
#
# **Guess:** we round our timestamps to the hour and put ties into a random order. For how many shoppers does the *last*
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
# A visit takes minutes. So most last clicks share their hour with others, and among those that tie any may end up last.
#
# Our shop needs rounding to get ties. A real benchmark has them in plenty: chapter 14 counts what they do to MovieLens-1M.
# So the rule of this course: **one stable sort by (user, time)**, in one place.
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
# Histories differ in length, and the rows of a tensor may not. So short ones are filled with zeros: this is **[padding](glossary.ipynb)**.
# Product ids start at 1 for this reason: 0 is no product. On which side should the zeros stand?
#
# ### Your turn (2.2) · 5 minutes
#
# Put them on the left. Then the newest click is always at position -1, whatever the length, and whoever asks what follows it knows where to look.
# Chapter 06 will count positions from there.


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

# %%
show(
    padding_figure(pad_left([[5], [], [8, 9], [1, 2, 3, 4, 5]], max_len=4)),
    alt="Four rows of four places. Zeros, drawn empty, stand on the left. Items are filled "
    "cells on the right. In each row that has items the one at position -1 is framed; of "
    "the row of five the oldest item is cut off.",
)

# %% [markdown]
# **The frame is the newest click, at position -1 in each row that has a click.** Of the fourth history the oldest click is gone: five don't fit
# into four places.

# %% [markdown]
# ## 2.3 Sliding windows
#
# A sequence of five clicks answers four questions, not one:

# %% tags=["nbval-check-output"]
five = one[:5]
for place in range(1, 5):
    print(f"after {str(five[:place]):18s} comes {five[place]}")

# %% [markdown]
# Each is a **[window](glossary.ipynb)**: a history of at most `max_len` items, and the item that followed, its target. A user with a single
# event has no window: there is no history before it.
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

# %%
show(
    windows_figure(histories[:6, -6:], targets[:6]),
    alt="Six windows of one shopper as rows. The history grows by one item a row, from the "
    "right, with empty padding on its left. The target of each row, in another colour, is "
    "the newest item of the history below.",
)

# %% [markdown]
# **Read it from top to bottom: the target of one row is the newest item of the next row's history.** Neighbouring
# windows overlap. Keep that in mind for section 2.5.
#
# A loop over windows is right, but it takes one Python step for each. The library has none: it lays all items out in one long
# row, `max_len` zeros before each user, and cuts. (`solution("2.3")` shows it.) Both give the same arrays:

# %% tags=["nbval-check-output"]
quick_histories, quick_targets = quick_windows(log, max_len=10)
different = (quick_histories != histories).sum() + (quick_targets != targets).sum()
print(f"{histories.size + targets.size:,} numbers, {different} of them differ")

# %% [markdown]
# ### What truncation loses
#
# With a large `max_len` there is more to store and to compute. With a small one the model forgets. How much does it forget?
# We ask two forecasters that see the newest clicks alone. One is the [oracle](glossary.ipynb), begun *cold*: it takes the first click that it sees
# for the shopper's first. The other is a small network, which was taught what the oracle says who sees all clicks.
#
# (The network learned on 3,000 other shoppers, with three seeds, one learning rate and six epochs, for up to 15 clicks; sd is the standard deviation over the seeds. `python -m benchmarks.bench_truncation course/measured/02_truncation.csv` makes the table.)
# A better forecast from so few clicks may exist. So the higher of the two says what they are worth *at least*. Each is judged by its [NDCG@10](glossary.ipynb) on
# 500 shoppers of 41 clicks, who are asked for the last one, as a share of what the oracle reaches that reads all 40 before it.

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
whole = expected_ndcg(truth, truth, k=10).mean()
cold = np.array(reached) / whole
networks = measured("02_truncation").groupby("length")["share"].agg(["mean", "std"])

# %% jupyter={"source_hidden": true}
fig, ax = plt.subplots(figsize=WIDE)
ax.plot(lengths, cold, "o-", color=COLOURS[0], label="the oracle, begun cold")
ax.plot(networks["mean"], "s-", color=COLOURS[1], label="a network")
ax.axhline(1, color=COLOUR_OF["oracle"], label="the oracle with the whole history")
ax.set(
    xlabel="clicks that it may see",
    ylabel="NDCG@10, whole history = 1",
    title="What the newest clicks are worth, at least",
    ylim=(0, 1.05),
)
ax.legend(loc="lower right")
show(
    fig,
    alt="Share of the NDCG@10 that the whole history gives. With one to five clicks a "
    "network is far above the oracle begun cold; with ten they are level near the top, "
    "with fifteen and more the cold oracle is at 1.",
)

# %% tags=["nbval-check-output"]
print(f"of what the whole history gives, NDCG@10 {whole:.2f} ({len(long)} shoppers):")
for length, share in zip(lengths, cold, strict=True):
    told = f"clicks: {length:2d}   the oracle, cold {share:4.0%}"
    if length in networks.index:
        mean, sd = networks.loc[length]
        told += f"   a network {mean:.0%} (sd {sd:.1%})"
    print(told)
visits = shop.journeys(events_per_user=41, seed=3).interactions
visit_length = visits.groupby(["user_id", "session_id"]).size().mean()
print(f"a visit has {visit_length:.1f} clicks, on average")

# %% [markdown]
# A single click is worth six tenths already. Five, less than a visit, are worth nine tenths, and fifteen, more than two visits, nearly
# all that there is. **So in this shop a `max_len` of 15 to 20 loses little.** In yours it may be another number. There is no oracle there:
# train with several lengths, and compare them on [validation](glossary.ipynb).
#
# Mind the line of the oracle begun cold. With few clicks the cold oracle is far below the network, though it knows the shop and the network does not. It begins with a
# belief that is wrong here: that this is the shopper's first visit, and has just begun. So one line alone would have told us that five
# clicks are worth three quarters. A lower bound says what is there at least, never what is missing.
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
    print(textwrap.fill(str(error), 76))

# %% [markdown]
# An unknown item is refused. It does not become some number that nobody asked for. (Or it is dropped with a count, if you
# ask for that.)
#
# ## 2.5 Splitting without leaking
#
# To judge a model we hide something from it. In other fields one often splits at random: 80 % of the windows to train, 20 %
# to test. What is wrong with it here?
#
# Look at three windows of one shopper:
#
# | history | target |
# |---|---|
# | `food bowl water` | **treats** |
# | `food bowl water treats` | mat |
# | `bowl water treats mat` | chews |
#
# Put the first into the test set and the others into training. The answer, *treats* after *food bowl water*, stands
# inside the histories of the training set: **it leaks**.
#
# To show what a leak is worth, take a "model" that only looks up. In the training windows it finds every four clicks in a row,
# and keeps what stood behind them. Asked what comes next, it takes the last four clicks of the history and gives that one
# answer. With three clicks instead of four it would answer the first window of the table from the second: there, *treats*
# stands behind *food bowl water*.
#
# **Guess:** how often is its one answer right under the random split? And under an honest one, where each user's last event
# is the test and what comes before it is there to learn from?

# %%
# The look-up is right first time, random split: a number, in %
guess("2.2", ...)
# The look-up is right first time, honest split: a number, in %
guess("2.3", ...)


# %%
def look_up(train_histories, train_targets, histories, n=4):
    """What followed the last n items of each history anywhere in the training windows;
    0 if they never occurred there."""
    rows = np.column_stack([train_histories, train_targets])  # (N, L + 1)
    stretches = np.lib.stride_tricks.sliding_window_view(rows, n + 1, axis=1)
    memory = {}
    for *before, after in stretches.reshape(-1, n + 1).tolist():
        if before[0]:
            memory[tuple(before)] = after
    return np.array([memory.get(tuple(row[-n:]), 0) for row in histories.tolist()])


def share_found(train, test):
    """On the windows `test`: how often the look-up is right, how often it knows the four."""
    found = look_up(histories[train], targets[train], histories[test])
    return (found == targets[test]).mean(), (found > 0).mean()


# %%
# Windows with ten real items, in any order
full = np.flatnonzero((histories != 0).all(1))
full = np.random.default_rng(0).permutation(full)
test, train = full[: len(full) // 5], full[len(full) // 5 :]
leaked, leaked_known = share_found(train, test)

# %% [markdown]
# For the comparison we need the honest split. It keeps one event more of each user, for *validation*: on it one chooses settings and stops the
# training, so that the test is looked at only once. Which one should that be, and what of a user with only two events?
#
# ### Your turn (2.4) · 8 minutes
#
# **[Leave-last-two-out](glossary.ipynb)**: each user's last event is the test, the one before it is for validation. Whoever has fewer than three is
# there to learn from.
#
# It leaks nothing of a user's own future. It does leak the future of others: their training clicks may be later than this user's test, so
# a product that became popular only afterwards is known already. A split at one moment, the same for all, has no such leak,
# but asks about users of whom little is known at that moment (chapter 14 compares the two). A random split is right where
# rows have nothing to do with one another, such as the exposures of chapter 01.


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


# %%
known = pd.concat([train_log, valid_log])  # All that may be read before the test
before = build_sequences(known, max_len=9)
honest_histories = pad_left(before["item_sequence"].tolist(), max_len=10)
asked = test_log.sort_values("user_id")["item_id"].to_numpy()
answered = look_up(*sliding_windows(known, max_len=10), honest_histories)
honest = (answered == asked).mean()

# A control: the same kind of windows, but no user is in both parts
users = log.groupby("user_id").size()
whose = np.repeat(users.index, users - 1)  # (N,) the windows stand in order of users
is_new = whose[full] % 5 == 0
of_others, others_known = share_found(full[~is_new], full[is_new])

# %% [markdown]
# Besides the two splits there is a control, a *split of users*: every fifth user is held out with all windows, and the others' windows are there to learn from.
# (Both splits of windows take the full ones alone, with ten clicks before the target.)
# How good may a score be? No honest model is right more often than the oracle's first choice. We ask the oracle too: at 2,000 of the windows that
# either split of windows asks for, and at each user's last event.


# %%
def oracle_is_sure(histories):
    """How often the oracle's first choice is right, on average, after these clicks."""
    law = oracle.next_item_probabilities(pad_left(histories, max_len=60))
    return law.max(axis=1).mean()


of_user = log.groupby("user_id")["item_id"].apply(list)
place = np.concatenate(
    [np.arange(1, n) for n in users]
)  # (N,) clicks before the target
at_windows, at_others = (
    oracle_is_sure([of_user[whose[n]][: place[n]] for n in some[:2_000]])
    for some in (test, full[is_new])
)
at_the_end = oracle_is_sure([items[:-1] for items in of_user])

# %% tags=["nbval-check-output"]
new_users = len(np.unique(whose[full[is_new]]))
splits = {
    "random split of windows": (leaked, at_windows, leaked_known, len(test)),
    "split of users": (of_others, at_others, others_known, is_new.sum()),
    "each user's last event": (honest, at_the_end, (answered > 0).mean(), len(asked)),
}
print("                        look-up right  oracle right  knows the four  asked")
for split, (found, ceiling, known_in, count) in splits.items():
    print(f"{split:24s}{found:13.0%}{ceiling:14.0%}{known_in:16.0%}{count:7,}")
have_windows = len(np.unique(whose[full]))
print(f"held out: {new_users} of the {have_windows} users with windows of ten clicks")
reveal("2.2", 100 * leaked)
reveal("2.3", 100 * honest)

# %% tags=["nbval-check-output"]
# How many products followed each four clicks in training, random split
rows = np.column_stack([histories[train], targets[train]])
fives = np.lib.stride_tricks.sliding_window_view(rows, 5, axis=1).reshape(-1, 5)
followed_by = pd.DataFrame(fives).drop_duplicates().groupby([0, 1, 2, 3]).size()
fours = pd.MultiIndex.from_arrays(histories[test][:, -4:].T)
is_right = look_up(histories[train], targets[train], histories[test]) == targets[test]
answers = followed_by.reindex(fours).to_numpy()  # NaN where unknown
print(
    f"one product followed the four:     right in {is_right[answers == 1].mean():.0%}"
)
print(f"several products followed the four: {is_right[answers > 1].mean():.0%}")

# %% [markdown]
# Why 71 % and not nearly all? Where the same four clicks were followed by several products, the table keeps one, the last that
# it read. And why so little honestly? There more than half of the fours are new, and where they are known, what once followed
# them is right in a quarter of the cases only. (A Markov chain asks by one click, which is nearly always known, and counts all that followed it.)
#
# Under the random split a table of the past "beats" the best possible model. Is it the kind of window that makes it so easy?
# **The second line is the control: windows of the same kind, and only the split is another. Now
# no user is in both parts, and the look-up falls to what it is worth: so it was the overlap.** Remember: **a score above the ceiling is not a success, it is a bug.** On real data
# there is no ceiling to warn you. Split first, and cut windows afterwards, from the training part alone.
#
# ### Two honest splits
#
# There is a second one: by time. What lies before one date is training, what lies after a second one is test, and between them is validation. Here the dates leave 80, 10 and 10 % of the clicks. Leaving the last two out hides each shopper's own future, but not that of the others (what was new, what became popular). A split by time hides both, and asks fewer shoppers.

# %% tags=["nbval-check-output"]
cuts = log["timestamp"].quantile([0.8, 0.9]).astype(int)
parts = split_by_time(log, valid_from=cuts.iloc[0], test_from=cuts.iloc[1])
for name, part in zip(("train", "valid", "test"), parts, strict=True):
    days = (part["timestamp"] - log["timestamp"].min()) // 86_400
    print(f"{name:6s} {len(part):6,} events, days {days.min():3d} to {days.max():3d}")

# %% jupyter={"source_hidden": true}
few = log[log["user_id"] < 7]
drawn_events = pd.DataFrame(
    {
        "user": few["user_id"],
        "day": (few["timestamp"] - log["timestamp"].min()) / 86_400,
    }
)


def part_of(parts):
    rows = {name: set(part.index) for name, part in zip(names, parts, strict=True)}
    return [next(name for name in names if row in rows[name]) for row in few.index]


names = ("train", "valid", "test")
fig = splits_figure(
    drawn_events,
    {
        "leave the last two out": part_of((train_log, valid_log, test_log)),
        "split by time": part_of(parts),
    },
)
for moment in cuts:
    day = (moment - log["timestamp"].min()) / 86_400
    fig.axes[1].axvline(day, color="0.5", lw=1)
show(
    fig,
    alt="The clicks of seven shoppers over days, twice. Left, the last click of each row is "
    "test, the one before it validation; the test clicks of some lie before training "
    "clicks of others. Right, two vertical lines part all rows: training before the first, "
    "test after the second; a shopper who left early has no test click.",
)

# %% [markdown]
# On the left each shopper is judged, at her own end. But she is judged by a model that has learned from later days of *others*.
# How much of what it learned from is later than the test?

# %% tags=["nbval-check-output"]
train_times = np.sort(train_log["timestamp"].to_numpy())
test_times = test_log["timestamp"].to_numpy()
later = 1 - np.searchsorted(train_times, test_times) / len(train_times)  # (users,)
print(
    f"of the training events, {later.mean():.0%} are later than a test event, on average"
)
judged = parts[2]["user_id"].nunique()
print(f"the split by time judges {judged} of {log['user_id'].nunique():,} shoppers")

# %% [markdown]
# The split by time learns from nothing that is later, and judges fewer shoppers. (Its last tenth of the clicks takes so many days because most shoppers are
# gone by then.) Most papers of this course leave the last
# two out, and so do we. Chapter 05 looks at what else one can choose.
#
# ## 2.6 A bug hunt
#
# A colleague's shop has names for its products, and not numbers. To test it, we put names in the place of the numbers of our log, all of it. Here is the colleague's way to windows. It raises no error,
# and its arrays have the right shapes. One step of it breaks a rule of this chapter.


# %%
def colleagues_windows(log, max_len):
    """Windows of a log whose `item_id` is text, as a colleague wrote it."""
    ordered = log.sort_values(["user_id", "timestamp"], kind="stable")
    numbers, names = pd.factorize(ordered["item_id"], sort=True)
    histories, targets = [], []
    for _, items in pd.Series(numbers).groupby(ordered["user_id"].to_numpy()):
        items = items.to_numpy()
        for place in range(1, len(items)):
            history = items[max(0, place - max_len) : place]
            histories.append(np.pad(history, (max_len - len(history), 0)))
            targets.append(items[place])
    return np.array(histories), np.array(targets), names


# %% tags=["nbval-check-output"]
name_of = types.str.lower().str.replace(" & | ", "-", regex=True) + "-"
name_of += shop.products.index.astype(str)
named = log.assign(item_id=log["item_id"].map(name_of))
theirs, their_targets, their_names = colleagues_windows(named, max_len=5)
shopper = np.flatnonzero(whose == 646)[:8]
print(f"{len(named):,} events, {len(theirs):,} windows; the first 8 of shopper 646:")
table = pd.DataFrame(
    {
        "history": [str(row) for row in theirs[shopper]],
        "target": their_targets[shopper],
        "what it was": their_names[their_targets[shopper]],
    }
)
print(table.to_string())

# %% [markdown]
# **Guess** where the bug is: in *the numbers* that stand for products, in *the order* of the events, in *the padding*, or in
# how *the windows* are cut? The table tells more than the code.

# %%
# Where the bug is: "the numbers", "the order", "the padding" or "the windows"
guess("2.4", ...)

# %% [markdown]
# A good way to find such a bug: write down what must hold, and count where it doesn't. Four checks, one for each:


# %% tags=["nbval-check-output"]
def broken_places(histories, targets, names):
    """How often each rule is broken by windows of the log `named`."""
    clicks_before = named.groupby("user_id").cumcount().to_numpy()
    is_first = clicks_before[clicks_before > 0] == 1  # (N,) one click of history
    wanted = named.groupby("user_id")["item_id"].apply(lambda ids: list(ids[1:]))
    return {
        "the numbers": int((targets == 0).sum()),
        "the order": int((names[targets] != np.concatenate(wanted)).sum()),
        "the padding": int((histories[is_first, :-1] != 0).any(axis=1).sum()),
        "the windows": abs(len(targets) - len(named) + named["user_id"].nunique()),
    }


broken = broken_places(theirs, their_targets, their_names)
for rule, times in broken.items():
    print(f"{rule:12s} {times:5,} of {len(theirs):,} windows break the rule")
print(f"number 0 stands for {their_names[0]}")
reveal("2.4", max(broken, key=broken.get))

# %% [markdown]
# `pd.factorize` counts from 0, and 0 is padding. One product is lost: no model can tell it from an empty place. And there is a
# second fault in the same line, which this log hides. `factorize` numbers what it sees. The day on which a new product is
# clicked for the first time, the numbers behind it move.
#
# ### Your turn (2.5) · 8 minutes
#
# Repair it. You have the catalogue now, and your own `sliding_windows`.


# %%
@exercise("2.5")
def numbered_windows(interactions, catalogue, max_len):
    """Sliding windows of a log whose items have ids of any kind.

    interactions: DataFrame with `user_id`, `item_id`, `timestamp`, in any order; stable
        in ties.
    catalogue: list or array of the ids of all products, in any order, all text or all
        numbers. An item's number is its place in the sorted catalogue, counted from 1.
    Returns histories (N, max_len) and targets (N,) of numbers, as `sliding_windows`
        gives them, int64.
    """
    ### BEGIN SOLUTION
    number = {item: place for place, item in enumerate(sorted(catalogue), start=1)}
    numbers = interactions["item_id"].map(number)
    return sliding_windows(interactions.assign(item_id=numbers), max_len)
    ### END SOLUTION


# %%
hint("2.5")

# %% tags=["nbval-check-output"]
mine, my_targets = numbered_windows(named, list(name_of), max_len=5)
my_names = np.array(["(padding)", *sorted(name_of)])
for rule, times in broken_places(mine, my_targets, my_names).items():
    print(f"{rule:12s} {times:5,} of {len(mine):,} windows break the rule")

# %% [markdown]
# ## 2.7 Samples for a classifier
#
# The exposures of chapter 01 carry a 0 or a 1. To make a log of interactions out of them, the library keeps the clicked rows.
# They have no clock, so the row number stands in for the time.

# %% tags=["nbval-check-output"]
exposures = generate_training_data(shop, 20_000, seed=0)
clicked = interactions_from_clicks(exposures)
print(f"{len(exposures):,} exposures -> {len(clicked):,} clicks")
clicked.head(3)

# %% [markdown]
# **A classifier wants both answers, 1 for "this followed" and 0 for "this did not".** The zeros must be drawn, and how to draw
# them well is chapter 03. A common first try looks like this:

# %% tags=["nbval-check-output"]
table = pd.DataFrame({"history": list(histories[:4]), "target_item_id": targets[:4]})
negatives = table  # "a copy"
negatives["target_item_id"] = 42  # "random" negatives
print("true targets now:", table["target_item_id"].tolist())

# %% [markdown]
# **The "copy" of the table was the same table: the negatives were written over the true targets, and there was no error.** `labelled_samples`
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
# For PyTorch there is a `Dataset`. It hands out whole batches by index:

# %% tags=["nbval-check-output"]
loader = DataLoader(SequenceDataset(*samples), batch_size=256)
history, candidate, label = next(iter(loader))
print(tuple(history.shape), tuple(candidate.shape), tuple(label.shape), label.dtype)

# %% [markdown]
# ## 2.8 The knobs of the world
#
# You can now make data of any log. One question is left: what is in it? Three numbers of the shop decide how much of the
# next click can be known. (A [mission](glossary.ipynb) is what a shopper came for, a new puppy, an aquarium. Its steps are product types.)
#
# - `distraction`: the share of clicks that follow the shopper's *taste* and not her mission: the kinds of products that she likes anyway.
# - `habit`: how strongly she returns to a product that she clicked before.
# - `order`: how strictly the steps of a mission follow each other: of those that are left, each counts `exp(-order)` times what the one before it counts; 0 is any order.
#
# In the shop of the course they are:

# %% tags=["nbval-check-output"]
world = World.default()
default = {name: getattr(world, name) for name in ("distraction", "habit", "order")}
print(default)

# %% [markdown]
# Take the three forecasters of chapter 00, and measure them in a world of your own.


# %%
def ladder(distraction, habit, order, seed=1):
    """NDCG@10 of three forecasters in a world with these knobs, 1,500 shoppers."""
    world = World.default().replace(distraction=distraction, habit=habit, order=order)
    branch = ZooplusSimulator(n_users=1_500, world=world)
    clicks = branch.journeys(events_per_user=40, seed=seed).interactions["item_id"]
    clicks = clicks.to_numpy().reshape(-1, 40)
    learn, test = clicks[300:], clicks[:300]
    popularity = np.bincount(learn.ravel(), minlength=51) / learn.size
    follows = np.zeros((51, 51))
    np.add.at(follows, (learn[:, :-1].ravel(), learn[:, 1:].ravel()), 1)
    follows = (follows + popularity) / (follows.sum(1, keepdims=True) + 1)
    truth = Oracle(branch).next_item_probabilities(test[:, :-1])
    forecasts = {
        "popularity": np.tile(popularity, (len(test), 1)),
        "Markov chain": follows[test[:, -2]],
        "oracle": truth,
    }
    return {name: expected_ndcg(p, truth, k=10).mean() for name, p in forecasts.items()}


# %% [markdown]
# **Guess:** each knob is turned from 0 to a large value, the other two stay. Which one brings the oracle closest to popularity,
# somewhere on its way? And at `order = 0`, how far does the last click (the Markov chain) still come, on the scale from
# popularity to the oracle? (In the shop of the course it was almost half of the way, chapter 00.)

# %%
# Which knob brings the oracle closest to popularity: "distraction", "habit" or "order"
guess("2.5", ...)
# How far the last click comes at order = 0, of the achievable lift: a number, in %
guess("2.6", ...)

# %%
values = {"distraction": (0, 0.5, 1), "habit": (0, 1, 2), "order": (0, 0.5, 2, 4)}
rows = []
for seed in (1, 2, 3):
    at_default = ladder(**default, seed=seed)
    for knob, start in default.items():
        worlds = {v: ladder(**default | {knob: v}, seed=seed) for v in values[knob]}
        for value, scores in (worlds | {start: at_default}).items():
            for name, score in scores.items():
                rows.append((knob, value, value == start, name, seed, score))
columns = ["knob", "value", "is_default", "forecaster", "seed", "score"]
turned = pd.DataFrame(rows, columns=columns)

# %% [markdown]
# Here are means over three seeds; the bands, hardly wider than the lines, reach from the lowest to the highest.

# %%
show(
    knobs_figure(turned),
    alt="NDCG@10 of popularity, the Markov chain and the oracle over three knobs. With more "
    "distraction the oracle falls towards the other two. Habit moves hardly anything. With "
    "less order the oracle falls, though not to the others; with more it rises, and so "
    "does the Markov chain.",
)

# %% tags=["nbval-check-output"]
means = turned.groupby(["knob", "value", "forecaster"])["score"].mean().unstack()
means["lift"] = means["oracle"] - means["popularity"]
means["share"] = (means["Markov chain"] - means["popularity"]) / means["lift"]
print("knob        value  oracle  above popularity  Markov chain's share of that")
for (knob, value), row in means.iterrows():
    told = f"{row['oracle']:6.2f}  {row['lift']:16.2f}  {row['share']:28.0%}"
    print(f"{knob:12s}{value:5.2f}  {told}")
taste = ladder(distraction=1, habit=0, order=default["order"])
left = taste["oracle"] - taste["popularity"]
print(f"distraction 1, habit 0: the oracle {left:.2f} above popularity (one seed)")
reveal("2.5", means["lift"].groupby("knob").min().idxmin())
reveal("2.6", 100 * means["share"]["order", 0])

# %% [markdown]
# What each knob does:
#
# - **Distraction** takes most. At 1 no click follows a mission, and what is left of the [lift](glossary.ipynb) is taste and habit; without habit,
#   taste alone.
# - **Order** at 0 takes the steps of a mission out of order, but leaves the missions. Which products belong to one mission is
#   worth a lot, in any order. The Markov chain keeps about its share of the lift there.
# - **Habit** changes little in this shop. We measured that, not why; the default is on the low side of what the knob can do.
# - The chain's **share** is of what is left. At distraction 1 it rises, because little is left, and the chain's few points are more
#   of it. Why it dips at `order` .5, we did not look into.
#
# So "does the history matter?" and "does its order matter?" are two questions.
#
# Turn the knobs yourself (3 minutes): how close can you bring the oracle to popularity, and how far above?
#
# (Each time you let a slider go, a new world is drawn and measured, with one seed.)

# %%
WorldKnobs(ladder, start=default, most={"distraction": 1.0, "habit": 2.0, "order": 4.0})

# %% [markdown]
# ## Key ideas
#
# - One check of the log, one stable sort by (user, time). Everything else rests on them.
# - Keep `max_len + 1` items: input and target are the same sequence, shifted by one. Pad on the left with 0.
# - Split events first, cut windows afterwards. A random split of windows leaks, and a leak looks like success.
# - A score above the ceiling is a bug. Write down what must hold, and count where it doesn't.
# - What can be known of the next click is made by missions first, then by their order; distraction takes it away.

# %%
scoreboard("02")
calibration("02")

# %%
quiz("2.1")

# %%
quiz("2.2")

# %% [markdown]
# **Go further.** Kang & McAuley (2018), [*Self-Attentive Sequential Recommendation*](https://arxiv.org/abs/1808.09781): the
# protocol that leaves the last two out. Ji, Sun, Zhang & Li (2023),
# [*A Critical Study on Data Leakage in Recommender System Offline Evaluation*](https://arxiv.org/abs/2010.11060).
#
# Next: **[03 · Negative samples](03_negative_samples.ipynb)**, the products that were *not* clicked.
