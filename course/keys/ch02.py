"""Answer key of chapter 02."""

import numpy as np
import pandas as pd

from course.coach import Choice, EquivalentMutant, Exercise, Misconception, Probe, Quiz
from seqrec.data import (
    build_sequences,
    interactions_from_clicks,
    leave_last_two_out,
    pad_left,
    sliding_windows,
)


def _log(user, item, time):
    return pd.DataFrame({"user_id": user, "item_id": item, "timestamp": time})


def _random_log(rng, n=40, users=5, times=15):
    return _log(rng.integers(0, users, n), rng.integers(1, 9, n), rng.integers(0, times, n))


_THREE_USERS = _log(
    [7, 7, 5, 7, 9, 9], [1, 2, 3, 4, 8, 6], [30, 10, 10, 20, 5, 5]
)  # unsorted, with a tie of user 9


def _ordered(interactions, kind="stable"):
    return interactions.sort_values(["user_id", "timestamp"], kind=kind)


def _ties_reversed(interactions):
    return interactions[::-1].sort_values(["user_id", "timestamp"], kind="stable")


# --- 2.1 Sequences --------------------------------------------------------------------------------


def _sequence_probes(rng):
    yield Probe((_THREE_USERS, 5), label="three users, unsorted")
    yield Probe((_THREE_USERS, 1), label="max_len = 1: two items are kept")
    yield Probe((_log([1, 1, 1], [4, 5, 6], [2, 2, 2]), 2), label="all at the same time")
    yield Probe((_log([3], [8], [0]), 4), label="a single event")
    yield Probe(
        (_THREE_USERS.set_index(pd.Index([9, 3, 5, 0, 1, 2])), 2),
        label="an index that is not 0, 1, ...",
    )
    for _ in range(3):
        yield Probe((_random_log(rng), int(rng.integers(1, 6))), label="a random log with ties")


def _same_sequences(got, expected):
    """Lists are as good as arrays."""
    if not isinstance(got, pd.DataFrame) or list(got.columns) != ["user_id", "item_sequence"]:
        return "The result should be a DataFrame with the columns user_id and item_sequence."
    if got["user_id"].tolist() != expected["user_id"].tolist():
        return f"The users are {got['user_id'].tolist()}, expected {expected['user_id'].tolist()}."
    for user, mine, wanted in zip(
        expected["user_id"], got["item_sequence"], expected["item_sequence"], strict=True
    ):
        if list(mine) != list(wanted):
            return (
                f"User {user} has the sequence {list(map(int, mine))}, expected "
                f"{list(map(int, wanted))}."
            )
    if not got.index.equals(expected.index):
        return "The index should be 0, 1, ...: `reset_index()` makes one."
    return None


def _sequences(ordered, max_len, cut):
    items = ordered.groupby("user_id")["item_id"].apply(lambda ids: cut(ids.to_numpy(), max_len))
    return items.rename("item_sequence").reset_index()


def _newest(ids, max_len):
    return ids[-(max_len + 1) :]


def _only_max_len(interactions, max_len):
    return _sequences(_ordered(interactions), max_len, lambda ids, n: ids[-n:])


def _oldest(interactions, max_len):
    return _sequences(_ordered(interactions), max_len, lambda ids, n: ids[: n + 1])


def _never_sorted(interactions, max_len):
    return _sequences(interactions, max_len, _newest)


def _newest_first(interactions, max_len):
    return _sequences(_ordered(interactions), max_len, lambda ids, n: _newest(ids, n)[::-1])


def _tied_backwards(interactions, max_len):
    return _sequences(_ties_reversed(interactions), max_len, _newest)


_SEQUENCES = Exercise(
    id="2.1",
    title="One row per user",
    minutes=8,
    reference=build_sequences,
    probes=_sequence_probes,
    compare=_same_sequences,
    hints=(
        "Three steps: sort, group by user, keep the end of each group.",
        '`sort_values(["user_id", "timestamp"], kind="stable")` keeps ties in the order of the '
        "log. The last n of an "
        "array: `ids[-n:]`.",
        'Sort stably; `groupby("user_id")["item_id"].apply(lambda ids: ids.to_numpy()[-(max_len + '
        "1):])`; name the "
        "column and `reset_index()`.",
    ),
    misconceptions=(
        Misconception(
            name="keeps max_len",
            wrong=_only_max_len,
            says="You keep `max_len` items. The model reads `sequence[:-1]` and is asked for "
            "`sequence[1:]`, so one more is needed to fill `max_len` positions.",
        ),
        Misconception(
            name="keeps the oldest",
            wrong=_oldest,
            says="You keep the first items of each user. What a user did most recently tells the "
            "most: keep the end.",
        ),
        Misconception(
            name="does not sort",
            wrong=_never_sorted,
            says="You take the rows as the log has them. Logs come in any order: sort by user and "
            "time first.",
        ),
        Misconception(
            name="newest first",
            wrong=_newest_first,
            says="Your sequences run backwards. Oldest first, so that the last entry is the most "
            "recent click.",
        ),
        Misconception(
            name="ties the wrong way",
            wrong=_tied_backwards,
            says="Events at the same time come out in another order than in the log. Sort stably: "
            '`kind="stable"`.',
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="interactions = validate_interactions(interactions) -> *",
            reason="A table of pandas comes back as it is, and the probes have no other.",
        ),
        EquivalentMutant(
            edit="max_len = min(max_len, len(interactions)) -> *",
            reason="It matters only where max_len + 1 does not fit 64 bits.",
        ),
    ),
)

# --- 2.2 Padding ----------------------------------------------------------------------------------


def _pad_probes(rng):
    yield Probe(([[5], [1, 2, 3, 4]], 3), label="one too short, one too long")
    yield Probe(([[], [7, 8]], 2), label="an empty sequence")
    yield Probe(([[], []], 2), label="nothing but empty sequences")
    yield Probe(([[1, 2, 3]], 3), label="exactly max_len")
    yield Probe(([[4, 9, 2]], 1), label="max_len = 1")
    for _ in range(3):
        lists = [rng.integers(1, 50, rng.integers(0, 9)).tolist() for _ in range(4)]
        yield Probe(([*lists, [3]], int(rng.integers(2, 7))), label="random sequences")


def _padded(sequences, max_len, fill):
    rows = np.zeros((len(sequences), max_len), dtype=np.int64)
    for row, sequence in zip(rows, sequences, strict=True):
        fill(row, list(sequence), max_len)
    return rows


def _pads_right(sequences, max_len):
    def fill(row, sequence, max_len):
        recent = sequence[-max_len:]
        row[: len(recent)] = recent

    return _padded(sequences, max_len, fill)


def _keeps_the_oldest(sequences, max_len):
    def fill(row, sequence, max_len):
        kept = sequence[:max_len]
        row[max_len - len(kept) :] = kept

    return _padded(sequences, max_len, fill)


def _reverses(sequences, max_len):
    def fill(row, sequence, max_len):
        recent = sequence[-max_len:][::-1]
        row[max_len - len(recent) :] = recent

    return _padded(sequences, max_len, fill)


def _minus_len(sequences, max_len):
    def fill(row, sequence, max_len):
        recent = sequence[-max_len:]
        row[-len(recent) :] = recent if recent else 99

    return _padded(sequences, max_len, fill)


def _as_floats(sequences, max_len):
    return pad_left(sequences, max_len).astype(float)


_PADDING = Exercise(
    id="2.2",
    title="Pad on the left",
    minutes=5,
    reference=pad_left,
    probes=_pad_probes,
    hints=(
        "Start from an array of zeros and write each sequence into the right end of its row.",
        "`sequence[-max_len:]` are the most recent ones. How many zeros stand before them?",
        "`recent = sequence[-max_len:]`, then `row[max_len - len(recent):] = recent`, for each row "
        "of `np.zeros((B, max_len), dtype=np.int64)`",
    ),
    misconceptions=(
        Misconception(
            name="pads on the right",
            wrong=_pads_right,
            says="Your zeros come last. We pad on the left, so that the newest click is always at "
            "position -1.",
        ),
        Misconception(
            name="keeps the oldest",
            wrong=_keeps_the_oldest,
            says="A sequence that is too long loses its newest items in your answer. Keep the most "
            "recent `max_len`.",
        ),
        Misconception(
            name="reverses",
            wrong=_reverses,
            says="Your rows run backwards. Oldest first: the last column holds the most recent "
            "item.",
        ),
        Misconception(
            name="row[-0:]",
            wrong=_minus_len,
            says="An empty sequence fills its whole row: `row[-0:]` is the whole row, not nothing. "
            "Count from the left: `row[max_len - len(recent):]`.",
        ),
        Misconception(
            name="floats",
            wrong=_as_floats,
            says="Your array holds floats. Ids are integers: an embedding cannot look up row 3.0.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="recent = [np.asarray(sequence)[-max_len:] for sequence in sequences] -> *",
            reason="A slice of a list does as well as a slice of an array.",
        ),
        EquivalentMutant(
            edit="values = np.concatenate(filled) if filled else np.zeros(0, np.int64) -> *",
            reason="Where nothing is filled no value is read: only the dtype counts.",
        ),
        EquivalentMutant(
            edit="for row, sequence in zip(padded, sequences, strict=True): -> *",
            reason="There are as many rows as sequences.",
        ),
    ),
)

# --- 2.3 Windows ----------------------------------------------------------------------------------


def _window_probes(rng):
    yield Probe((_THREE_USERS, 3), label="three users, one with a single event")
    yield Probe(
        (_log([1] * 5, [1, 2, 3, 4, 5], [1, 2, 3, 4, 5]), 2), label="a history longer than max_len"
    )
    yield Probe((_log([1, 2], [4, 5], [1, 2]), 3), label="nobody with two events")
    yield Probe((_log([1, 1, 1], [7, 7, 7], [3, 3, 3]), 2), label="the same item three times")
    for _ in range(3):
        yield Probe((_random_log(rng), int(rng.integers(1, 6))), label="a random log with ties")


def _windows(interactions, max_len, order=_ordered, first=1, shift=0, side="left", across=False):
    rows, targets = [], []
    ordered = order(interactions)
    groups = (
        [ordered["item_id"]]
        if across
        else [group for _, group in ordered.groupby("user_id")["item_id"]]
    )
    for group in groups:
        items = group.to_numpy()
        for place in range(first, len(items)):
            history = items[max(0, place + shift - max_len) : place + shift]
            gap = max_len - len(history)
            rows.append(np.pad(history, (gap, 0) if side == "left" else (0, gap)))
            targets.append(items[place])
    dtype = interactions["item_id"].dtype
    return np.array(rows, dtype).reshape(-1, max_len), np.array(targets, dtype)


def _target_in_the_history(interactions, max_len):
    return _windows(interactions, max_len, shift=1)


def _windows_across_users(interactions, max_len):
    return _windows(interactions, max_len, across=True)


def _empty_histories_too(interactions, max_len):
    return _windows(interactions, max_len, first=0)


def _windows_unsorted(interactions, max_len):
    return _windows(interactions, max_len, order=lambda log: log)


def _windows_padded_right(interactions, max_len):
    return _windows(interactions, max_len, side="right")


def _full_windows_only(interactions, max_len):
    histories, targets = sliding_windows(interactions, max_len)
    full = (histories != 0).all(1)
    return histories[full], targets[full]


def _windows_ties_reversed(interactions, max_len):
    return _windows(interactions, max_len, order=_ties_reversed)


_WINDOWS = Exercise(
    id="2.3",
    title="Sliding windows",
    minutes=10,
    reference=sliding_windows,
    probes=_window_probes,
    hints=(
        "Two loops: over users, and over the places from 1 to the end of the user's items.",
        "At place p, the history is `items[max(0, p - max_len):p]` and the target `items[p]`.",
        "Pad each history with `np.pad(history, (max_len - len(history), 0))`; at the end make "
        "arrays of both lists, with `.reshape(-1, max_len)` in case there is no window at all.",
    ),
    misconceptions=(
        Misconception(
            name="the target in the history",
            wrong=_target_in_the_history,
            says="The target is part of its own history: the model would only have to copy it. Cut "
            "the history *before* the target.",
        ),
        Misconception(
            name="across users",
            wrong=_windows_across_users,
            says="Your windows run from one user into the next. Cut each user's items on their "
            "own.",
        ),
        Misconception(
            name="empty histories",
            wrong=_empty_histories_too,
            says="You also ask for each user's first item, after a history of zeros. A window "
            "needs at least one real item.",
        ),
        Misconception(
            name="does not sort",
            wrong=_windows_unsorted,
            says="You take the rows as the log has them. Sort by user and time first.",
        ),
        Misconception(
            name="pads on the right",
            wrong=_windows_padded_right,
            says="Your zeros stand on the right. Pad on the left, so that the newest item is in "
            "the last column.",
        ),
        Misconception(
            name="full windows only",
            wrong=_full_windows_only,
            says="You drop the windows that are not full. Short histories count too, they are what "
            "new users have: pad them.",
        ),
        Misconception(
            name="ties the wrong way",
            wrong=_windows_ties_reversed,
            says="Events at the same time come out in another order than in the log. Sort stably.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="interactions = validate_interactions(interactions) -> *",
            reason="A table of pandas comes back as it is, and the probes have no other.",
        ),
        EquivalentMutant(
            edit="return (np.array(histories, dtype).reshape(-1, max_len), np.array(targets, "
            "dtype)) -> *",
            reason="NumPy takes any negative length for the one to be found.",
        ),
        EquivalentMutant(
            edit="histories.append(np.pad(history, (max_len - len(history), 0))) -> *",
            reason="The list may be flat: `reshape` makes rows of it.",
        ),
    ),
)

# --- 2.4 Leave last two out -----------------------------------------------------------------------


def _split_probes(rng):
    yield Probe(
        (_log([1, 1, 1, 2], [5, 6, 7, 8], [1, 2, 3, 1]),),
        label="a user with three events, one with one",
    )
    yield Probe((_log([1, 1], [5, 6], [1, 2]),), label="a user with two events")
    yield Probe(
        (_log([2, 1, 2, 1, 2, 1, 1], [1, 2, 3, 4, 5, 6, 7], [9, 3, 2, 8, 5, 8, 1]),),
        label="unsorted, a tie",
    )
    for _ in range(3):
        log = _random_log(rng, n=30)
        yield Probe(
            (log.set_index(rng.permutation(30)),),
            label="a random log with ties and an index of its own",
        )


def _same_split(got, expected):
    if (
        not isinstance(got, tuple)
        or len(got) != 3
        or not all(isinstance(part, pd.DataFrame) for part in got)
    ):
        return "The result should be a tuple of three DataFrames: train, valid, test."
    for name, mine, wanted in zip(("train", "valid", "test"), got, expected, strict=True):
        if not mine.equals(wanted):
            if sorted(mine.index) == sorted(wanted.index):
                return (
                    f"{name} holds the right rows, but not in the order of the log, or with other "
                    "columns."
                )
            return (
                f"{name} holds the rows {mine.index.tolist()} of the log, expected "
                f"{wanted.index.tolist()}."
            )
    return None


def _divide(interactions, ordered, enough=3, valid=1, test=0):
    users = ordered.groupby("user_id")
    from_the_end = users.cumcount(ascending=False)
    long = users["item_id"].transform("size") >= enough
    part = pd.Series(0, index=ordered.index)
    part[long & (from_the_end == valid)] = 1
    part[long & (from_the_end == test)] = 2
    part = part.reindex(interactions.index)
    return tuple(interactions[part == number] for number in range(3))


def _valid_and_test_swapped(interactions):
    return _divide(interactions, _ordered(interactions), valid=0, test=1)


def _two_are_enough(interactions):
    return _divide(interactions, _ordered(interactions), enough=2)


def _last_rows_of_the_log(interactions):
    return _divide(interactions, interactions)


def _last_of_all(interactions):
    ordered = interactions.sort_values("timestamp", kind="stable")
    part = pd.Series(0, index=ordered.index)
    part.iloc[-2:-1], part.iloc[-1:] = 1, 2
    part = part.reindex(interactions.index)
    return tuple(interactions[part == number] for number in range(3))


def _short_users_dropped(interactions):
    train, valid, test = leave_last_two_out(interactions)
    size = interactions.groupby("user_id")["item_id"].transform("size")
    return train[size.loc[train.index] >= 3], valid, test


def _everything_to_train(interactions):
    _, valid, test = leave_last_two_out(interactions)
    return interactions, valid, test


def _split_ties_reversed(interactions):
    return _divide(interactions, _ties_reversed(interactions))


_SPLIT = Exercise(
    id="2.4",
    title="Leave the last two out",
    minutes=8,
    reference=leave_last_two_out,
    probes=_split_probes,
    compare=_same_split,
    hints=(
        "Number each user's events from the end: 0 is the test event, 1 the validation event.",
        'After a stable sort, `ordered.groupby("user_id").cumcount(ascending=False)` counts from '
        "the end. Mind users "
        "with fewer than three events.",
        "Make a Series `part` (0 train, 1 valid, 2 test) with the index of the sorted log, "
        "`reindex` it to the index of the log, and take `interactions[part == number]`.",
    ),
    misconceptions=(
        Misconception(
            name="swapped",
            wrong=_valid_and_test_swapped,
            says="Your validation event comes after the test event. The last event is the test, "
            "the one before it validates: else the choice of a model looks into the future.",
        ),
        Misconception(
            name="two are enough",
            wrong=_two_are_enough,
            says="A user with two events gives both away and has nothing left to learn from. Below "
            "three, all go to train.",
        ),
        Misconception(
            name="last rows, not last events",
            wrong=_last_rows_of_the_log,
            says="You take the last rows as the log has them. The last event is the latest in "
            "*time*: sort first.",
        ),
        Misconception(
            name="the last two of the whole log",
            wrong=_last_of_all,
            says="You leave out the last two events of the whole log. It is the last two of *each "
            "user*.",
        ),
        Misconception(
            name="drops short users",
            wrong=_short_users_dropped,
            says="Users with fewer than three events have vanished. They can't be tested, but a "
            "model can learn from them.",
        ),
        Misconception(
            name="trains on everything",
            wrong=_everything_to_train,
            says="Your training part still holds the validation and test events. That is the leak "
            "this split is there to prevent.",
        ),
        Misconception(
            name="ties the wrong way",
            wrong=_split_ties_reversed,
            says="Of two events at the same time, the one further down in the log is the later "
            "one. Sort stably.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="interactions = validate_interactions(interactions) -> *",
            reason="A table of pandas comes back as it is, and the probes have no other.",
        ),
        EquivalentMutant(
            edit="part = np.where(enough & (from_the_end < 2), 2 - from_the_end, 0) -> *",
            reason="2 - 2 is 0 as well.",
        ),
        EquivalentMutant(
            edit="part = pd.Series(part, index=ordered.index).reindex(interactions.index) -> *",
            reason="pandas aligns a Series of bools by its index, with a warning.",
        ),
    ),
)

# --- 2.5 Clicks -----------------------------------------------------------------------------------


def _click_probes(rng):
    def clicks(user, product, clicked):
        return pd.DataFrame({"user_id": user, "product_id": product, "clicked": clicked})

    yield Probe(
        (clicks([1, 2, 1], [9, 9, 4], [1, 0, 1]),), label="two clicks, one exposure between them"
    )
    yield Probe((clicks([3], [7], [1]),), label="one click")
    for _ in range(3):
        clicked = rng.integers(0, 2, 12)
        clicked[3] = 1
        yield Probe(
            (clicks(rng.integers(0, 4, 12), rng.integers(1, 9, 12), clicked),),
            label="random exposures",
        )
    some = clicks([5, 5, 6, 6], [1, 2, 3, 4], [0, 1, 1, 0])
    yield Probe(
        (some.set_index(pd.Index([40, 10, 30, 20])),), label="an index that is not 0, 1, ..."
    )


def _interactions(clicks, rows, time):
    return pd.DataFrame(
        {
            "user_id": clicks["user_id"].to_numpy()[rows],
            "item_id": clicks["product_id"].to_numpy()[rows],
            "timestamp": np.asarray(time, dtype=np.int64),
            "outcome": np.ones(len(rows)),
        }
    )


def _clicked_rows(clicks):
    return np.flatnonzero(clicks["clicked"].to_numpy() == 1)


def _keeps_everything(clicks):
    rows = np.arange(len(clicks))
    return _interactions(clicks, rows, rows).assign(
        outcome=clicks["clicked"].to_numpy().astype(float)
    )


def _renumbers_the_clicks(clicks):
    rows = _clicked_rows(clicks)
    return _interactions(clicks, rows, np.arange(len(rows)))


def _keeps_the_old_index(clicks):
    rows = _clicked_rows(clicks)
    return _interactions(clicks, rows, rows).set_index(clicks.index[rows])


def _takes_the_index_for_time(clicks):
    rows = _clicked_rows(clicks)
    return _interactions(clicks, rows, clicks.index.to_numpy()[rows])


def _sorts_by_user(clicks):
    rows = _clicked_rows(clicks)
    rows = rows[np.argsort(clicks["user_id"].to_numpy()[rows], kind="stable")]
    return _interactions(clicks, rows, rows)


_CLICKS = Exercise(
    id="2.5",
    title="From exposures to interactions",
    minutes=5,
    reference=interactions_from_clicks,
    probes=_click_probes,
    hints=(
        "Number the rows first, throw away those without a click afterwards.",
        "`clicks.reset_index(drop=True)` gives the row numbers as the index; it is what "
        "`timestamp` should hold.",
        "Filter `clicked == 1`, build a DataFrame of `user_id`, `item_id`, `timestamp` and "
        "`outcome`, then `reset_index(drop=True)`.",
    ),
    misconceptions=(
        Misconception(
            name="keeps what was not clicked",
            wrong=_keeps_everything,
            says="You keep the exposures without a click. An interaction is something that the "
            "user did.",
        ),
        Misconception(
            name="counts the clicks",
            wrong=_renumbers_the_clicks,
            says="You number the clicks 0, 1, 2, ... The timestamp should be the row number among "
            "*all* exposures, so that gaps stay visible.",
        ),
        Misconception(
            name="the index for the time",
            wrong=_takes_the_index_for_time,
            says="You take the log's index for the time. An index can hold anything; count the "
            "rows.",
        ),
        Misconception(
            name="keeps the old index",
            wrong=_keeps_the_old_index,
            says="The rows are right, but they still carry the old index. `reset_index(drop=True)` "
            "gives a fresh one.",
        ),
        Misconception(
            name="sorts by user",
            wrong=_sorts_by_user,
            says="You sorted by user. Keep the order of the log; sorting is the next function's "
            "business.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="clicks = as_frame(clicks, 'clicks') -> *",
            reason="A table of pandas comes back as it is, and the probes have no other.",
        ),
        EquivalentMutant(
            edit="good = clicked.isin([0, 1]).to_numpy(bool) -> *",
            reason="It serves the check alone.",
        ),
        EquivalentMutant(
            edit="rows = np.flatnonzero(clicked.to_numpy(bool)) -> *",
            reason="NumPy makes an array of a Series.",
        ),
        EquivalentMutant(
            edit="numbered = clicks.reset_index(drop=True) -> *",
            reason="The old index becomes a column nobody reads.",
        ),
    ),
)

EXERCISES = (_SEQUENCES, _PADDING, _WINDOWS, _SPLIT, _CLICKS)

QUIZZES = (
    Quiz(
        id="2.1",
        question="A colleague splits the *windows* of a log at random, 80 to 20, and reports an "
        "NDCG@10 that nobody reached before. What is the likeliest reason?",
        choices=(
            Choice(
                "Targets of test windows stand in the histories of training windows.",
                right=True,
                why="Windows of one user overlap. Most test answers can be read off in the "
                "training set, as the look-up showed.",
            ),
            Choice(
                "The test set is too small.",
                why="A small test set makes a score noisy, in both directions. It does not lift "
                "it.",
            ),
            Choice(
                "Shuffling makes training more stable.",
                why="Shuffling *batches* does help training. Shuffling what is train and what is "
                "test breaks the test.",
            ),
            Choice(
                "Popular items are easier to predict.",
                why="They are, under any split. That is why popularity is the foot of the ladder.",
            ),
        ),
    ),
    Quiz(
        id="2.2",
        question="Why do we keep `max_len + 1` items per user in training?",
        choices=(
            Choice(
                "One place is reserved for padding.",
                why="Padding fills up histories that are too short. It needs no place of its own.",
            ),
            Choice(
                "The input is the sequence without its last item, the target the sequence without "
                "its first.",
                right=True,
                why="Both are one shorter than the sequence, and both should fill the `max_len` "
                "positions of the model.",
            ),
            Choice(
                "The last item is the test item.",
                why="The test item has left the log before any sequence is built. It must not be "
                "in here.",
            ),
        ),
    ),
)
