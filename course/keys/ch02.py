"""Answer key of chapter 02."""

import numpy as np
import pandas as pd

from course.coach import (
    Choice,
    EquivalentMutant,
    Exercise,
    GuessChoice,
    GuessNumber,
    Misconception,
    Probe,
    Quiz,
)
from seqrec.data import build_sequences, leave_last_two_out, pad_left, sliding_windows
from seqrec.data.sequences import numbered_windows


def _log(user, item, time):
    return pd.DataFrame({"user_id": user, "item_id": item, "timestamp": time})


def _with_prices(log):
    """The log with a column more, and its columns in another order."""
    return log.assign(price=2.5)[["item_id", "price", "timestamp", "user_id"]]


def _random_log(rng, n=40, users=5, times=15):
    """A log with ties, whose user ids are no row of numbers and stand in no order."""
    ids = rng.permutation(9)[:users] + 3
    return _log(ids[rng.integers(0, users, n)], rng.integers(1, 9, n), rng.integers(0, times, n))


def _many_ties(rng):
    """Two users with 40 events each, at few times: small groups hide that a sort is not stable."""
    return _log(rng.integers(4, 6, 80), rng.integers(1, 30, 80), rng.integers(0, 5, 80))


def _with_short_users(rng, log):
    """The log, and among its rows those of two users more: one has one event, one has two."""
    times = rng.integers(0, 15, 3)
    more = _log([0, 14, 14], rng.integers(1, 9, 3), times)
    both = pd.concat([log, more], ignore_index=True)
    return both.iloc[rng.permutation(len(both))].reset_index(drop=True)


_THREE_USERS = _log(
    [7, 7, 5, 7, 9, 9], [1, 2, 3, 4, 8, 6], [30, 10, 10, 20, 5, 5]
)  # unsorted, with a tie of user 9


def _ordered(interactions, kind="stable"):
    return interactions.sort_values(["user_id", "timestamp"], kind=kind)


def _ties_reversed(interactions):
    return interactions[::-1].sort_values(["user_id", "timestamp"], kind="stable")


def _sorted_unstably(interactions):
    return interactions.sort_values("timestamp", kind="quicksort")


def _each_sorted_unstably(interactions):
    groups = interactions.groupby("user_id")
    return pd.concat([group.sort_values("timestamp", kind="quicksort") for _, group in groups])


# --- 2.1 Sequences --------------------------------------------------------------------------------


def _sequence_probes(rng):
    yield Probe((_THREE_USERS, 5), label="three users, unsorted")
    yield Probe((_THREE_USERS, 1), label="max_len = 1: two items are kept")
    yield Probe((_log([1, 1, 1], [4, 6, 5], [2, 2, 2]), 2), label="all at the same time", edge=True)
    yield Probe((_log([3], [8], [0]), 4), label="a single event", edge=True)
    yield Probe(
        (_THREE_USERS.set_index(pd.Index([9, 3, 5, 0, 1, 2])), 2),
        label="an index that is not 0, 1, ...",
    )
    yield Probe((_many_ties(rng), 30), label="two users with many ties", edge=True)
    for max_len in (2, 3, 4, 6):
        log = _with_short_users(rng, _random_log(rng))
        yield Probe((log, max_len), label="a random log with ties")
    for max_len in (2, 5):
        log = _random_log(rng, times=4000)
        yield Probe((_with_short_users(rng, log), max_len), label="a random log without ties")
    yield Probe((_with_prices(_THREE_USERS), 2), label="more columns, in another order")


def _same_sequences(got, expected):
    """Values first: that a sequence is no array is told only if its items are right."""
    if not isinstance(got, pd.DataFrame) or list(got.columns) != ["user_id", "item_sequence"]:
        return "The result should be a DataFrame with the columns user_id and item_sequence."
    if got["user_id"].dtype.kind == "f":
        return "The column user_id should hold the ids as the log has them, not floats."
    if got["user_id"].tolist() != expected["user_id"].tolist():
        return f"The users are {got['user_id'].tolist()}, expected {expected['user_id'].tolist()}."
    for user, mine, wanted in zip(
        expected["user_id"], got["item_sequence"], expected["item_sequence"], strict=True
    ):
        if not all(isinstance(item, int | np.integer) for item in mine):
            return f"The sequence of user {user} should hold item ids: integers, as in the log."
        if list(mine) != list(wanted):
            return (
                f"User {user} has the sequence {list(map(int, mine))}, expected "
                f"{list(map(int, wanted))}."
            )
    if not got.index.equals(expected.index):
        return "The index should be 0, 1, ...: `reset_index()` makes one."
    for user, mine in zip(expected["user_id"], got["item_sequence"], strict=True):
        if not isinstance(mine, np.ndarray):
            return (
                f"The sequence of user {user} is a {type(mine).__name__}, expected a NumPy array: "
                "`.to_numpy()` or `np.array(...)` makes one."
            )
    return None


def _sequences(ordered, max_len, cut):
    items = ordered.groupby("user_id")["item_id"].apply(lambda ids: cut(ids.to_numpy(), max_len))
    return items.rename("item_sequence").reset_index()


def _sequences_as_lists(interactions, max_len):
    table = build_sequences(interactions, max_len)
    return table.assign(item_sequence=[row.tolist() for row in table["item_sequence"]])


def _sequences_by_label(interactions, max_len):
    order = _ordered(interactions).index
    user = interactions["user_id"].to_numpy()[order]
    item = interactions["item_id"].to_numpy()[order]
    rows = [(each, item[user == each][-max_len - 1 :]) for each in np.unique(user)]
    return pd.DataFrame(rows, columns=["user_id", "item_sequence"])


def _newest(ids, max_len):
    return ids[-(max_len + 1) :]


def _only_max_len(interactions, max_len):
    return _sequences(_ordered(interactions), max_len, lambda ids, n: ids[-n:])


def _two_more(interactions, max_len):
    return _sequences(_ordered(interactions), max_len, lambda ids, n: ids[-(n + 2) :])


def _one_less(interactions, max_len):
    return _sequences(
        _ordered(interactions), max_len, lambda ids, n: ids[max(0, len(ids) - n + 1) :]
    )


def _all_items(interactions, max_len):
    return _sequences(_ordered(interactions), max_len, lambda ids, n: ids)


def _without_the_last(interactions, max_len):
    return _sequences(_ordered(interactions), max_len, lambda ids, n: ids[-(n + 1) : -1])


def _last_item_left_out(interactions, max_len):
    return _sequences(_ordered(interactions), max_len, lambda ids, n: ids[:-1][-(n + 1) :])


def _oldest(interactions, max_len):
    return _sequences(_ordered(interactions), max_len, lambda ids, n: ids[: n + 1])


def _oldest_max_len(interactions, max_len):
    return _sequences(_ordered(interactions), max_len, lambda ids, n: ids[:n])


def _never_sorted(interactions, max_len):
    return _sequences(interactions, max_len, _newest)


def _cut_before_sorting(interactions, max_len):
    newest = interactions.groupby("user_id").tail(max_len + 1)
    return _sequences(_ordered(newest), max_len, _newest)


def _sorted_by_item(interactions, max_len):
    return _sequences(interactions.sort_values(["user_id", "item_id"]), max_len, _newest)


def _ties_by_item(interactions, max_len):
    ordered = interactions.sort_values(["user_id", "timestamp", "item_id"])
    return _sequences(ordered, max_len, _newest)


def _newest_first(interactions, max_len):
    return _sequences(_ordered(interactions), max_len, lambda ids, n: _newest(ids, n)[::-1])


def _descending(interactions):
    ascending = [True, False]
    return interactions.sort_values(["user_id", "timestamp"], ascending=ascending, kind="stable")


def _descending_head(interactions, max_len):
    return _sequences(_descending(interactions), max_len, lambda ids, n: ids[: n + 1])


def _descending_tail(interactions, max_len):
    return _sequences(_descending(interactions), max_len, _newest)


def _tied_backwards(interactions, max_len):
    return _sequences(_ties_reversed(interactions), max_len, _newest)


def _unstable_sequences(interactions, max_len):
    return _sequences(_sorted_unstably(interactions), max_len, _newest)


def _unstable_sequences_by_user(interactions, max_len):
    return _sequences(_each_sorted_unstably(interactions), max_len, _newest)


def _sorted_items(interactions, max_len):
    return _sequences(_ordered(interactions), max_len, lambda ids, n: np.sort(_newest(ids, n)))


def _each_item_once(interactions, max_len):
    kept = _ordered(interactions).drop_duplicates(["user_id", "item_id"])
    return _sequences(kept, max_len, _newest)


def _each_item_once_the_latest(interactions, max_len):
    kept = _ordered(interactions).drop_duplicates(["user_id", "item_id"], keep="last")
    return _sequences(kept, max_len, _newest)


def _each_item_once_in_the_end(interactions, max_len):
    def cut(ids, n):
        return np.array(list(dict.fromkeys(_newest(ids, n).tolist())))

    return _sequences(_ordered(interactions), max_len, cut)


def _distinct_sorted(interactions, max_len):
    return _sequences(_ordered(interactions), max_len, lambda ids, n: np.unique(ids)[-(n + 1) :])


def _repeats_merged(interactions, max_len):
    def cut(ids, n):
        return _newest(ids[np.r_[True, ids[1:] != ids[:-1]]], n)

    return _sequences(_ordered(interactions), max_len, cut)


def _users_as_they_appear(interactions, max_len):
    ordered = interactions.sort_values("timestamp", kind="stable")
    items = {user: [] for user in interactions["user_id"]}
    for user, item in zip(ordered["user_id"], ordered["item_id"], strict=True):
        items[user].append(item)
    return _table_of({user: ids[-(max_len + 1) :] for user, ids in items.items()})


def _users_by_their_first_event(interactions, max_len):
    ordered = interactions.sort_values("timestamp", kind="stable")
    items = {}
    for user, item in zip(ordered["user_id"], ordered["item_id"], strict=True):
        items.setdefault(user, []).append(item)
    return _table_of({user: ids[-(max_len + 1) :] for user, ids in items.items()})


def _users_descending(interactions, max_len):
    return build_sequences(interactions, max_len)[::-1].reset_index(drop=True)


def _table_of(items):
    return pd.DataFrame({"user_id": list(items), "item_sequence": list(items.values())})


def _padded_sequences(interactions, max_len):
    def cut(ids, n):
        kept = _newest(ids, n)
        return np.pad(kept, (n + 1 - len(kept), 0))

    return _sequences(_ordered(interactions), max_len, cut)


def _padded_on_the_right(interactions, max_len):
    def cut(ids, n):
        kept = _newest(ids, n)
        return np.pad(kept, (0, n + 1 - len(kept)))

    return _sequences(_ordered(interactions), max_len, cut)


def _two_events_at_least(interactions, max_len):
    table = build_sequences(interactions, max_len)
    return table[table["item_sequence"].str.len() > 1].reset_index(drop=True)


def _full_sequences_only(interactions, max_len):
    table = build_sequences(interactions, max_len)
    return table[table["item_sequence"].str.len() == max_len + 1].reset_index(drop=True)


def _cut_to_the_last_events_of_all(interactions, max_len):
    newest = interactions.sort_values("timestamp", kind="stable").tail(max_len + 1)
    return _sequences(newest, max_len, _newest)


def _times_instead_of_items(interactions, max_len):
    times = _ordered(interactions).groupby("user_id")["timestamp"]
    cut = times.apply(lambda time: time.to_numpy()[-(max_len + 1) :])
    return cut.rename("item_sequence").reset_index()


def _users_as_the_index(interactions, max_len):
    return build_sequences(interactions, max_len).set_index("user_id")


def _column_keeps_its_name(interactions, max_len):
    return build_sequences(interactions, max_len).rename(columns={"item_sequence": "item_id"})


def _one_row_per_event(interactions, max_len):
    kept = _ordered(interactions).groupby("user_id").tail(max_len + 1)
    return kept.rename(columns={"item_id": "item_sequence"})[["user_id", "item_sequence"]]


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
    built="You have built the input of every sequence model: one row per user, oldest first. "
    "The next cell shifts a row by one into input and target, and chapters 05 to 08 call it "
    "again.",
    ours="The library sorts once and cuts all users with one index, without a `groupby`.",
    misconceptions=(
        Misconception(
            name="keeps max_len",
            wrong=_only_max_len,
            says="You keep `max_len` items, one too few. The model reads `sequence[:-1]` and is "
            "asked for `sequence[1:]`, so one more is needed to fill `max_len` positions: keep "
            "`max_len + 1`.",
        ),
        Misconception(
            name="keeps two more",
            wrong=_two_more,
            says="You keep `max_len + 2` items, one too many (off by one). One more than "
            "`max_len` is enough.",
        ),
        Misconception(
            name="keeps one less",
            wrong=_one_less,
            says="You keep `max_len - 1` items, two too few: the sign of the 1 is wrong. Keep "
            "`max_len + 1`.",
        ),
        Misconception(
            name="keeps all",
            wrong=_all_items,
            says="You keep all items: `max_len` is not used. Truncate each sequence to its most "
            "recent `max_len + 1`.",
        ),
        Misconception(
            name="leaves out the last item",
            wrong=_last_item_left_out,
            says="You leave out each user's last item, the most recent one. It belongs in: input "
            "and target are cut from the sequence later.",
        ),
        Misconception(
            name="cuts off the last item",
            wrong=_without_the_last,
            says="You cut `max_len + 1` items and then drop the last of them, the newest. The end "
            "of the slice stays open: `ids[-(max_len + 1):]`.",
        ),
        Misconception(
            name="keeps the oldest",
            wrong=_oldest,
            says="You keep the first (oldest) items of each user, the head instead of the tail. "
            "What a user did most recently tells the most: keep the end.",
        ),
        Misconception(
            name="keeps the oldest max_len",
            wrong=_oldest_max_len,
            says="You keep the first (oldest) items of each user, and only `max_len` of them. "
            "Keep the most recent `max_len + 1`, the end.",
        ),
        Misconception(
            name="does not sort",
            wrong=_never_sorted,
            says="You don't sort by time: you take the rows as the log has them. Logs come in any "
            "order: sort by user and timestamp first.",
        ),
        Misconception(
            name="cuts before it sorts",
            wrong=_cut_before_sorting,
            says="You cut first and sort by time afterwards, so you keep the last *rows* of the "
            "log and not the latest events. Sort first, then cut.",
        ),
        Misconception(
            name="sorts by item",
            wrong=_sorted_by_item,
            says='You sort each user\'s rows by item id. Sort by time: `sort_values(["user_id", '
            '"timestamp"], kind="stable")`.',
        ),
        Misconception(
            name="not stable",
            wrong=_unstable_sequences,
            says="Your sort by timestamp is not stable (quicksort, the default): events at the "
            'same time (ties) may come out in any order. Set `kind="stable"`, so that ties keep '
            "their order in the log.",
        ),
        Misconception(
            name="not stable within a user",
            wrong=_unstable_sequences_by_user,
            says="Within each user your sort is not stable (quicksort, the default): ties lose "
            'their order in the log as soon as a user has many events. Set `kind="stable"`.',
        ),
        Misconception(
            name="sorts the items",
            wrong=_sorted_items,
            says="You sort the item ids inside the sequence, so the order of the clicks is lost. "
            "The order is that of time.",
        ),
        Misconception(
            name="newest first, cut at the head",
            wrong=_descending_head,
            says="You sort by time in descending order, so your sequences run backwards, the "
            "newest first. Oldest first: sort ascending, and keep the end.",
        ),
        Misconception(
            name="newest first, cut at the tail",
            wrong=_descending_tail,
            says="You sort by time in descending order and keep the end, which are now the "
            "*oldest* items, backwards. Sort ascending: then the end is the newest.",
        ),
        Misconception(
            name="newest first",
            wrong=_newest_first,
            says="Your sequences run backwards (reversed). Oldest first, so that the last entry "
            "is the most recent click.",
        ),
        Misconception(
            name="ties by item",
            wrong=_ties_by_item,
            says="Events at the same time (ties) come out in the order of their item ids. Of tied "
            "events the one further down in the log is the later one: sort by user and time only, "
            "and stably.",
        ),
        Misconception(
            name="ties the wrong way",
            wrong=_tied_backwards,
            says="Events at the same time (ties) come out in another order than in the log, so "
            'your sort is not stable. Sort stably: `kind="stable"`.',
        ),
        Misconception(
            name="repeats merged",
            wrong=_repeats_merged,
            says="You merge an item that is clicked twice in a row into one (consecutive "
            "duplicates). A repeat is an event like any other: keep it.",
        ),
        Misconception(
            name="each item once",
            wrong=_each_item_once,
            says="You keep each item only once per user, its first click (`drop_duplicates`, "
            "unique). A repeat is an event like any other: keep duplicates.",
        ),
        Misconception(
            name="each item once, the latest",
            wrong=_each_item_once_the_latest,
            says="You keep each item only once per user, its latest click (`drop_duplicates`, "
            "unique). A repeat is an event like any other: keep duplicates.",
        ),
        Misconception(
            name="each item once in the end",
            wrong=_each_item_once_in_the_end,
            says="You remove repeated items from the sequence (a set, unique). A repeat is an "
            "event like any other: keep duplicates.",
        ),
        Misconception(
            name="distinct items, sorted",
            wrong=_distinct_sorted,
            says="`np.unique` (or a set) drops repeats and sorts the ids, so neither duplicates "
            "nor the order of time are left. Keep every event, in the order of time.",
        ),
        Misconception(
            name="users as they appear",
            wrong=_users_as_they_appear,
            says="Your users stand in the order in which they first appear in the log. They "
            "should be ascending: sorted by `user_id` (`groupby` does it unless `sort=False`).",
        ),
        Misconception(
            name="users by their first event",
            wrong=_users_by_their_first_event,
            says="Your users stand in the order in which they first come in time. They should be "
            "ascending: sorted by `user_id`.",
        ),
        Misconception(
            name="users descending",
            wrong=_users_descending,
            says="Your users are in descending order. They should be ascending, the smallest "
            "`user_id` first.",
        ),
        Misconception(
            name="padded",
            wrong=_padded_sequences,
            says="You pad short sequences with zeros. Here each keeps its own length: padding "
            "comes later, with `pad_left`.",
        ),
        Misconception(
            name="padded on the right",
            wrong=_padded_on_the_right,
            says="You pad short sequences with zeros at the end. Here each keeps its own length: "
            "padding comes later, with `pad_left`.",
        ),
        Misconception(
            name="two events at least",
            wrong=_two_events_at_least,
            says="You drop users with a single event. They have a sequence too, of length 1: "
            "every user has a row.",
        ),
        Misconception(
            name="full sequences only",
            wrong=_full_sequences_only,
            says="You drop users with a short history, fewer than `max_len + 1` items. They have "
            "a sequence too: every user has a row.",
        ),
        Misconception(
            name="the last events of all",
            wrong=_cut_to_the_last_events_of_all,
            says="You keep the last events of the whole log. It is the last `max_len + 1` of "
            "*each user*: group by user, then cut.",
        ),
        Misconception(
            name="times instead of items",
            wrong=_times_instead_of_items,
            says="Your sequences hold timestamps. They should hold the item ids: take the column "
            "`item_id`.",
        ),
        Misconception(
            name="users as the index",
            wrong=_users_as_the_index,
            says="Your users are the index of the table. They should be a column, `user_id`: "
            "`reset_index()`.",
        ),
        Misconception(
            name="the column keeps its name",
            wrong=_column_keeps_its_name,
            says="Your column is still called `item_id`. Rename it to `item_sequence`.",
        ),
        Misconception(
            name="one row per event",
            wrong=_one_row_per_event,
            says="You return one row per event. It should be one row per user, with an array of "
            "item ids in it: aggregate each group.",
        ),
        Misconception(
            name="rows by label",
            wrong=_sequences_by_label,
            says="You take the index labels for places: after a sort, `.index` holds labels, and a "
            "log needn't be numbered 0, 1, ... Take the values from the sorted table itself.",
        ),
        Misconception(
            name="lists",
            wrong=_sequences_as_lists,
            says="Your sequences are Python lists. Wanted is one array of item ids per row: keep "
            "what `.to_numpy()` gives, without `.tolist()` or `list`.",
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
    yield Probe(([[], [7, 8]], 2), label="an empty sequence", edge=True)
    yield Probe(([[], []], 2), label="nothing but empty sequences", edge=True)
    yield Probe(([[1, 2, 3]], 3), label="exactly max_len")
    yield Probe(([[4, 9, 2]], 1), label="max_len = 1", edge=True)
    yield Probe(([[4, 9], [6, 2, 8]], 5), label="all shorter than max_len")
    yield Probe(([np.array([4, 9]), np.array([6, 2, 8, 1])], 3), label="arrays")
    for _ in range(4):
        lists = [rng.integers(1, 50, rng.integers(0, 9)).tolist() for _ in range(4)]
        yield Probe(([*lists, [3]], int(rng.integers(2, 7))), label="random sequences")
    for max_len in (3, 4, 6):
        sizes = rng.permutation([1, 2, 2, 5, 7, 8])
        lists = [rng.integers(1, 6, size).tolist() for size in sizes]
        yield Probe((lists, max_len), label="random sequences, none empty")
    yield Probe(([], 3), label="no sequences at all: 0 rows", edge=True)


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


def _oldest_on_the_left(sequences, max_len):
    def fill(row, sequence, max_len):
        kept = sequence[:max_len]
        row[: len(kept)] = kept

    return _padded(sequences, max_len, fill)


def _reverses(sequences, max_len):
    def fill(row, sequence, max_len):
        recent = sequence[-max_len:][::-1]
        row[max_len - len(recent) :] = recent

    return _padded(sequences, max_len, fill)


def _flips_the_rows(sequences, max_len):
    return pad_left(sequences, max_len)[:, ::-1]


def _reverses_the_oldest(sequences, max_len):
    def fill(row, sequence, max_len):
        kept = sequence[:max_len][::-1]
        row[max_len - len(kept) :] = kept

    return _padded(sequences, max_len, fill)


def _one_zero_at_the_end(sequences, max_len):
    def fill(row, sequence, max_len):
        recent = sequence[len(sequence) - max_len + 1 :] if len(sequence) >= max_len else sequence
        row[max_len - len(recent) - 1 : max_len - 1] = recent

    return _padded(sequences, max_len, fill)


def _one_fewer(sequences, max_len):
    def fill(row, sequence, max_len):
        recent = sequence[max(0, len(sequence) - max_len + 1) :]
        row[max_len - len(recent) :] = recent

    return _padded(sequences, max_len, fill)


def _one_zero_always(sequences, max_len):
    return pad_left([[0, *list(sequence)[-max_len + 1 :]] for sequence in sequences], max_len)


def _without_the_newest(sequences, max_len):
    def fill(row, sequence, max_len):
        recent = sequence[:-1][-max_len:]
        row[max_len - len(recent) :] = recent

    return _padded(sequences, max_len, fill)


def _one_column_more(sequences, max_len):
    return pad_left(sequences, max_len + 1)


def _one_column_less(sequences, max_len):
    return pad_left(sequences, max(1, max_len - 1))


def _as_wide_as_the_longest(sequences, max_len):
    return _of_width(sequences, max(map(len, sequences)))


def _of_width(sequences, width):
    rows = np.zeros((len(sequences), width), dtype=np.int64)
    for row, sequence in zip(rows, sequences, strict=True):
        kept = list(sequence)[len(sequence) - min(len(sequence), width) :]
        row[width - len(kept) :] = kept
    return rows


def _as_wide_as_the_longest_kept(sequences, max_len):
    return _of_width(sequences, min(max_len, max(map(len, sequences))))


def _as_wide_as_the_shortest(sequences, max_len):
    return _of_width(sequences, min(map(len, sequences)))


def _as_wide_as_the_longest_pads_right(sequences, max_len):
    rows = np.zeros((len(sequences), max(map(len, sequences))), dtype=np.int64)
    for row, sequence in zip(rows, sequences, strict=True):
        row[: len(sequence)] = list(sequence)
    return rows


def _never_cut(sequences, max_len):
    rows = [[0] * (max_len - len(sequence)) + list(sequence) for sequence in sequences]
    return np.array(rows, dtype=np.int64)


def _long_ones_whole(sequences, max_len):
    rows = np.zeros((len(sequences), max_len), dtype=np.int64)
    for row, sequence in zip(rows, sequences, strict=True):
        row[max_len - len(sequence) :] = sequence
    return rows


def _long_ones_empty(sequences, max_len):
    return pad_left([s if len(s) <= max_len else [] for s in sequences], max_len)


def _short_ones_lost(sequences, max_len):
    return pad_left([s for s in sequences if len(s) >= max_len], max_len)


def _empty_ones_lost(sequences, max_len):
    return pad_left([s for s in sequences if len(s)], max_len)


def _no_width(sequences, max_len):
    rows = [[0] * (max_len - len(row)) + list(row[-max_len:]) for row in sequences]
    return np.array(rows, dtype=np.int64)


def _minus_len(sequences, max_len):
    rows = np.zeros((len(sequences), max_len), dtype=np.int64)
    for row, sequence in zip(rows, sequences, strict=True):
        recent = sequence[-max_len:]
        row[-len(recent) :] = recent
    return rows


def _fill_with(sequences, max_len, value):
    rows = []
    for sequence in sequences:
        recent = list(sequence)[-max_len:]
        rows.append([value(recent)] * (max_len - len(recent)) + recent)
    return np.array(rows, dtype=np.int64).reshape(len(rows), max_len)


def _filled_with_the_first(sequences, max_len):
    return _fill_with(sequences, max_len, lambda recent: recent[0] if recent else 0)


def _filled_with_the_last(sequences, max_len):
    return _fill_with(sequences, max_len, lambda recent: recent[-1] if recent else 0)


def _filled_with_minus_one(sequences, max_len):
    return _fill_with(sequences, max_len, lambda recent: -1)


def _filled_with_one(sequences, max_len):
    return _fill_with(sequences, max_len, lambda recent: 1)


def _repeated(sequences, max_len):
    rows = np.zeros((len(sequences), max_len), dtype=np.int64)
    for row, sequence in zip(rows, sequences, strict=True):
        if len(sequence):
            row[:] = np.resize(np.asarray(sequence)[::-1], max_len)[::-1]
    return rows


def _zeros_on_both_sides(sequences, max_len):
    def fill(row, sequence, max_len):
        recent = sequence[-max_len:]
        before = (max_len - len(recent)) // 2
        row[before : before + len(recent)] = recent

    return _padded(sequences, max_len, fill)


def _each_item_once_padded(sequences, max_len):
    return pad_left([list(dict.fromkeys(list(s))) for s in sequences], max_len)


def _rows_sorted(sequences, max_len):
    return np.sort(pad_left(sequences, max_len), axis=1)


def _cut_on_the_wrong_side(sequences, max_len):
    rows = [([0] * max_len + list(sequence))[:max_len] for sequence in sequences]
    return np.array(rows, dtype=np.int64).reshape(len(rows), max_len)


def _one_long_row(sequences, max_len):
    return pad_left(sequences, max_len).astype(np.int64).ravel()


def _rows_in_reversed_order(sequences, max_len):
    return pad_left(sequences, max_len)[::-1].astype(np.int64)


def _longest_first(sequences, max_len):
    return pad_left(sorted(sequences, key=len, reverse=True), max_len).astype(np.int64)


def _oldest_with_row_from_the_end(sequences, max_len):
    rows = np.zeros((len(sequences), max_len), dtype=np.int64)
    for row, sequence in zip(rows, sequences, strict=True):
        kept = list(sequence)[:max_len]
        row[-len(kept) :] = kept
    return rows


def _one_row_for_all(sequences, max_len):
    row = np.zeros(max_len, dtype=np.int64)
    for sequence in sequences:
        recent = list(sequence)[-max_len:]
        row[:] = 0
        row[max_len - len(recent) :] = recent
    return np.stack([row] * len(sequences))


def _never_cleared(sequences, max_len):
    row = np.zeros(max_len, dtype=np.int64)
    rows = []
    for sequence in sequences:
        recent = list(sequence)[-max_len:]
        row[max_len - len(recent) :] = recent
        rows.append(row.copy())
    return np.array(rows)


def _first_row_alone(sequences, max_len):
    rows = pad_left(sequences, max_len).astype(np.int64)
    rows[1:] = 0
    return rows


def _last_row_lost(sequences, max_len):
    rows = pad_left(sequences, max_len).astype(np.int64)
    rows[-1] = 0
    return rows


def _columns_of_sequences(sequences, max_len):
    return np.ascontiguousarray(pad_left(sequences, max_len).T)


def _as_lists(sequences, max_len):
    return pad_left(sequences, max_len).tolist()


def _as_small_integers(sequences, max_len):
    return pad_left(sequences, max_len).astype(np.int32)


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
    built="You have built the rectangle that a network reads, with the newest click always at "
    "position -1. The histories of chapters 05 to 08 pass through it.",
    ours="The library lays all items in one row and fills a mask with it: no loop over the "
    "positions.",
    misconceptions=(
        Misconception(
            name="pads on the right",
            wrong=_pads_right,
            says="Your zeros come last: you pad on the right, behind the items. We pad on the "
            "left, so that the newest click is always at position -1.",
        ),
        Misconception(
            name="keeps the oldest",
            wrong=_keeps_the_oldest,
            says="A sequence that is too long loses its newest items in your answer: you keep the "
            "first, the oldest `max_len`. Keep the most recent ones, the last: "
            "`sequence[-max_len:]`.",
        ),
        Misconception(
            name="keeps the oldest and pads on the right",
            wrong=_oldest_on_the_left,
            says="Two ends are mixed up: you keep the first (oldest) items and put the zeros "
            "behind them, on the right. Keep the last `max_len`, and pad on the left.",
        ),
        Misconception(
            name="reverses",
            wrong=_reverses,
            says="Your rows run backwards (reversed). Oldest first: the last column holds the "
            "most recent item.",
        ),
        Misconception(
            name="flips the rows",
            wrong=_flips_the_rows,
            says="Your whole rows are flipped (mirrored): the newest item comes first and the "
            "zeros last. Oldest first, zeros on the left.",
        ),
        Misconception(
            name="reverses the oldest",
            wrong=_reverses_the_oldest,
            says="You keep the first (oldest) items and reverse them, so the rows run backwards. "
            "Keep the last `max_len`, in their order.",
        ),
        Misconception(
            name="a zero at the end",
            wrong=_one_zero_at_the_end,
            says="Your items stand one column too far to the left (off by one): the last column "
            "is always 0. The newest item belongs in the last column.",
        ),
        Misconception(
            name="one fewer",
            wrong=_one_fewer,
            says="You keep at most `max_len - 1` entries, one too few (off by one). A row has "
            "room for `max_len`.",
        ),
        Misconception(
            name="a zero always",
            wrong=_one_zero_always,
            says="You keep at most `max_len - 1` items behind a zero: one fewer than fits (off by "
            "one). A full row has no zero.",
        ),
        Misconception(
            name="without the newest",
            wrong=_without_the_newest,
            says="You leave out the newest item, the last of each sequence. It belongs in the "
            "last column.",
        ),
        Misconception(
            name="one column more",
            wrong=_one_column_more,
            says="Your array has one column too many: `max_len + 1`. The `+ 1` belongs to "
            "`build_sequences`; here the width is `max_len`.",
        ),
        Misconception(
            name="one column less",
            wrong=_one_column_less,
            says="Your array has one column too few: `max_len - 1`. The width is `max_len`.",
        ),
        Misconception(
            name="as wide as the longest",
            wrong=_as_wide_as_the_longest,
            says="Your array is as wide as the longest sequence: `max_len` is not used. The width "
            "is always `max_len`.",
        ),
        Misconception(
            name="as wide as the longest kept",
            wrong=_as_wide_as_the_longest_kept,
            says="Your array is only as wide as the longest sequence where all are shorter than "
            "`max_len`. The width is always `max_len`, with zeros in front.",
        ),
        Misconception(
            name="as wide as the longest, zeros on the right",
            wrong=_as_wide_as_the_longest_pads_right,
            says="Your array is as wide as the longest sequence, with the zeros on the right (as "
            "`pad_sequence` does). The width is always `max_len`, and the zeros stand on the "
            "left.",
        ),
        Misconception(
            name="as wide as the shortest",
            wrong=_as_wide_as_the_shortest,
            says="You cut all sequences to the shortest. The width is always `max_len`: short "
            "ones get zeros in front.",
        ),
        Misconception(
            name="never cut",
            wrong=_never_cut,
            says="You never cut (truncate) a sequence that is longer than `max_len`, so your rows "
            "differ in length. Keep its last `max_len` items.",
        ),
        Misconception(
            name="long ones whole",
            wrong=_long_ones_whole,
            says="You try to write a sequence that is longer than `max_len` into its row without "
            "cutting it (no truncation). Keep its last `max_len` items.",
        ),
        Misconception(
            name="long ones empty",
            wrong=_long_ones_empty,
            says="You leave out sequences that are too long: their rows are all zeros. Truncate "
            "them: keep their last `max_len` items.",
        ),
        Misconception(
            name="short ones lost",
            wrong=_short_ones_lost,
            says="You drop sequences that are shorter than `max_len`. Every sequence has a row: "
            "fill it with zeros in front.",
        ),
        Misconception(
            name="empty ones lost",
            wrong=_empty_ones_lost,
            says="You drop empty sequences. Each sequence has a row, an empty one a row of zeros.",
        ),
        Misconception(
            name="no sequences, no width",
            wrong=_no_width,
            says="Without any sequence you return shape (0,): `np.array([])` has no columns. The "
            "result is always (B, max_len), also for B = 0: `np.zeros((len(sequences), max_len), "
            "dtype=np.int64)` first, or a `reshape` in the end.",
        ),
        Misconception(
            name="row[-0:]",
            wrong=_minus_len,
            says="An empty sequence breaks your code: `row[-0:]` is the whole row, not nothing. "
            "Count from the left: `row[max_len - len(recent):]`.",
        ),
        Misconception(
            name="filled with the first",
            wrong=_filled_with_the_first,
            says="You fill up with the first item, repeated, instead of zeros. Padding is 0, "
            "which is no item.",
        ),
        Misconception(
            name="filled with the last",
            wrong=_filled_with_the_last,
            says="You fill up with the last item, repeated, instead of zeros. Padding is 0, which "
            "is no item.",
        ),
        Misconception(
            name="filled with -1",
            wrong=_filled_with_minus_one,
            says="You fill up with -1. Padding is 0: an embedding's row 0 is kept for it, and -1 "
            "would be read as the last item.",
        ),
        Misconception(
            name="filled with 1",
            wrong=_filled_with_one,
            says="You fill up with ones, and 1 is a real item. Padding is 0.",
        ),
        Misconception(
            name="repeated",
            wrong=_repeated,
            says="You repeat a short sequence until its row is full. Fill with zeros before it "
            "instead.",
        ),
        Misconception(
            name="zeros on both sides",
            wrong=_zeros_on_both_sides,
            says="You put zeros on both sides (centred). All of them stand on the left, so that "
            "the newest click is at position -1.",
        ),
        Misconception(
            name="each item once",
            wrong=_each_item_once_padded,
            says="You drop repeated items (unique, a set). A repeat is an event like any other: "
            "keep duplicates.",
        ),
        Misconception(
            name="sorted",
            wrong=_rows_sorted,
            says="You sort the rows by item id: zeros come first, but the order of the clicks is "
            "lost. Keep the order of the sequence.",
        ),
        Misconception(
            name="cut on the wrong side",
            wrong=_cut_on_the_wrong_side,
            says="You put zeros in front and then cut on the wrong side: only zeros remain. Keep "
            "the end: `[-max_len:]`.",
        ),
        Misconception(
            name="one long row",
            wrong=_one_long_row,
            says="Your result is one long row (flat). Wanted is one row per sequence: shape (B, "
            "max_len).",
        ),
        Misconception(
            name="rows in reversed order",
            wrong=_rows_in_reversed_order,
            says="Your rows stand in reversed order. Row 0 belongs to the first sequence.",
        ),
        Misconception(
            name="longest first",
            wrong=_longest_first,
            says="You sort the sequences by length. Row 0 belongs to the first sequence: keep "
            "their order.",
        ),
        Misconception(
            name="oldest, with row[-0:]",
            wrong=_oldest_with_row_from_the_end,
            says="You keep the first (oldest) items instead of the last, and an empty sequence "
            "breaks `row[-0:]`. Keep `sequence[-max_len:]`, and count from the left.",
        ),
        Misconception(
            name="one row for all",
            wrong=_one_row_for_all,
            says="All your rows are the same one, shared, so each holds the last sequence. Make a "
            "new row for each.",
        ),
        Misconception(
            name="never cleared",
            wrong=_never_cleared,
            says="You use one row again and don't clear it, so items of the sequence before show "
            "where zeros should be. Start from zeros for each row.",
        ),
        Misconception(
            name="the first row alone",
            wrong=_first_row_alone,
            says="Only your first row is filled: the `return` stands inside the loop, or the loop "
            "ends too early. Fill every row.",
        ),
        Misconception(
            name="the last row lost",
            wrong=_last_row_lost,
            says="Your last row stays empty: the loop ends one too early. Fill every row.",
        ),
        Misconception(
            name="columns",
            wrong=_columns_of_sequences,
            says="Your array is transposed: sequences stand in columns. One row per sequence: "
            "shape (B, max_len).",
        ),
        Misconception(
            name="lists",
            wrong=_as_lists,
            says="You return lists. Wanted is one array: `np.array(rows, dtype=np.int64)`.",
        ),
        Misconception(
            name="int32",
            wrong=_as_small_integers,
            says="Your array has a smaller integer dtype. Wanted is int64: `dtype=np.int64`.",
        ),
        Misconception(
            name="floats",
            wrong=_as_floats,
            says="Your array holds floats (`np.zeros` makes them by default). Ids are integers, "
            "int64: an embedding cannot look up row 3.0. Set the dtype.",
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
    yield Probe((_THREE_USERS, 3), label="three users, unsorted")
    yield Probe(
        (_log([1] * 5, [1, 2, 3, 4, 5], [1, 2, 3, 4, 5]), 2), label="a history longer than max_len"
    )
    yield Probe((_log([1, 2], [4, 5], [1, 2]), 3), label="nobody with two events", edge=True)
    yield Probe(
        (_log([1, 1, 1], [7, 7, 7], [3, 3, 3]), 2), label="the same item three times", edge=True
    )
    small = _random_log(rng, n=20)
    yield Probe(
        (small.assign(item_id=small["item_id"].astype(np.int32)), 3),
        label="item ids of another dtype",
        edge=True,
    )
    yield Probe((_many_ties(rng), 3), label="two users with many ties", edge=True)
    for max_len in (2, 3, 5):
        log = _with_short_users(rng, _random_log(rng))
        yield Probe((log, max_len), label="a random log with ties")
    for max_len in (1, 3, 4, 7):
        log = _with_short_users(rng, _random_log(rng, times=4000))
        yield Probe((log, max_len), label="a random log without ties")
    yield Probe((_with_prices(_THREE_USERS), 2), label="more columns, in another order")
    log = _with_short_users(rng, _random_log(rng, n=17, times=4000))
    yield Probe(
        (log.set_index(rng.permutation(len(log))), 3), label="an index that is not 0, 1, ..."
    )


def _windows(
    interactions,
    max_len,
    *,
    order=_ordered,
    places=lambda n: range(1, n),
    history=lambda items, place, max_len: items[max(0, place - max_len) : place],
    target=lambda place: place,
    pad=lambda history, gap: np.pad(history, (gap, 0)),
    groups=lambda ordered: [g.to_numpy() for _, g in ordered.groupby("user_id")["item_id"]],
):
    rows, targets = [], []
    for items in groups(order(interactions)):
        for place in places(len(items)):
            before = history(items, place, max_len)
            rows.append(pad(before, max_len - len(before)))
            targets.append(items[target(place)])
    dtype = interactions["item_id"].dtype
    return np.array(rows, dtype).reshape(len(rows), max_len), np.array(targets, dtype)


def _target_in_the_history(interactions, max_len):
    return _windows(
        interactions, max_len, history=lambda items, p, n: items[max(0, p + 1 - n) : p + 1]
    )


def _one_between(interactions, max_len):
    return _windows(
        interactions, max_len, history=lambda items, p, n: items[max(0, p - 1 - n) : p - 1]
    )


def _one_between_and_longer(interactions, max_len):
    return _windows(
        interactions, max_len, history=lambda items, p, n: items[max(0, p - n) : max(0, p - 1)]
    )


def _target_after_the_next(interactions, max_len):
    return _windows(
        interactions,
        max_len,
        places=lambda n: range(1, n - 1),
        target=lambda place: place + 1,
    )


def _the_future_as_history(interactions, max_len):
    return _windows(
        interactions,
        max_len,
        places=lambda n: range(n - 1),
        history=lambda items, p, n: items[p + 1 : p + 1 + n],
    )


def _one_item_fewer(interactions, max_len):
    return _windows(interactions, max_len, history=lambda items, p, n: items[max(0, p - n + 1) : p])


def _oldest_of_the_history(interactions, max_len):
    return _windows(interactions, max_len, history=lambda items, p, n: items[:p][:n])


def _history_backwards(interactions, max_len):
    return _windows(
        interactions, max_len, history=lambda items, p, n: items[max(0, p - n) : p][::-1]
    )


def _rows_backwards(interactions, max_len):
    histories, targets = _windows(interactions, max_len)
    return histories[:, ::-1], targets


def _history_without_repeats(interactions, max_len):
    return _windows(
        interactions,
        max_len,
        history=lambda items, p, n: np.array(list(dict.fromkeys(items[:p].tolist())))[-n:],
    )


def _history_sorted(interactions, max_len):
    return _windows(
        interactions, max_len, history=lambda items, p, n: np.sort(items[max(0, p - n) : p])
    )


def _history_without_the_target(interactions, max_len):
    return _windows(
        interactions, max_len, history=lambda items, p, n: items[:p][items[:p] != items[p]][-n:]
    )


def _windows_across_users(interactions, max_len):
    return _windows(interactions, max_len, groups=lambda ordered: [ordered["item_id"].to_numpy()])


def _histories_across_users(interactions, max_len):
    _, targets = _windows(interactions, max_len)
    histories, _ = _windows_across_users(interactions, max_len)
    users = _ordered(interactions)["user_id"].to_numpy()
    return histories[users[1:] == users[:-1]], targets


def _windows_by_time_across_users(interactions, max_len):
    def order(log):
        return log.sort_values("timestamp", kind="stable")

    return _windows(
        interactions,
        max_len,
        order=order,
        groups=lambda ordered: [ordered["item_id"].to_numpy()],
    )


def _empty_histories_too(interactions, max_len):
    return _windows(interactions, max_len, places=range)


def _second_event_skipped(interactions, max_len):
    return _windows(interactions, max_len, places=lambda n: range(2, n))


def _last_event_skipped(interactions, max_len):
    return _windows(interactions, max_len, places=lambda n: range(1, n - 1))


def _last_event_only(interactions, max_len):
    return _windows(interactions, max_len, places=lambda n: range(max(1, n - 1), n))


def _first_window_only(interactions, max_len):
    return _windows(interactions, max_len, places=lambda n: range(1, min(n, 2)))


def _full_windows_only(interactions, max_len):
    return _windows(interactions, max_len, places=lambda n: range(max_len, n))


def _more_than_full_windows_only(interactions, max_len):
    return _windows(interactions, max_len, places=lambda n: range(max_len + 1, n))


def _windows_side_by_side(interactions, max_len):
    return _windows(interactions, max_len, places=lambda n: range(max_len, n, max_len))


def _every_max_len_th(interactions, max_len):
    return _windows(interactions, max_len, places=lambda n: range(1, n, max_len))


def _newest_windows_only(interactions, max_len):
    return _windows(interactions, max_len, places=lambda n: range(max(1, n - max_len), n))


def _windows_unsorted(interactions, max_len):
    return _windows(interactions, max_len, order=lambda log: log)


def _windows_sorted_by_item(interactions, max_len):
    return _windows(
        interactions, max_len, order=lambda log: log.sort_values(["user_id", "item_id"])
    )


def _windows_ties_by_item(interactions, max_len):
    return _windows(
        interactions,
        max_len,
        order=lambda log: log.sort_values(["user_id", "timestamp", "item_id"]),
    )


def _windows_ties_reversed(interactions, max_len):
    return _windows(interactions, max_len, order=_ties_reversed)


def _unstable_windows(interactions, max_len):
    return _windows(interactions, max_len, order=_sorted_unstably)


def _unstable_windows_by_user(interactions, max_len):
    return _windows(interactions, max_len, order=_each_sorted_unstably)


def _windows_by_descending_time(interactions, max_len):
    return _windows(
        interactions,
        max_len,
        order=lambda log: log.sort_values(
            ["user_id", "timestamp"], ascending=[True, False], kind="stable"
        ),
    )


def _windows_of_distinct_items(interactions, max_len):
    return _windows(
        interactions,
        max_len,
        order=lambda log: _ordered(log).drop_duplicates(["user_id", "item_id"]),
    )


def _windows_padded_right(interactions, max_len):
    return _windows(interactions, max_len, pad=lambda history, gap: np.pad(history, (0, gap)))


def _windows_padded_with_the_first(interactions, max_len):
    return _windows(
        interactions,
        max_len,
        pad=lambda history, gap: np.pad(history, (gap, 0), mode="edge"),
    )


def _windows_padded_with_minus_one(interactions, max_len):
    return _windows(
        interactions,
        max_len,
        pad=lambda history, gap: np.pad(history, (gap, 0), constant_values=-1),
    )


def _windows_one_wider(interactions, max_len):
    return sliding_windows(interactions, max_len + 1)


def _windows_with_their_target(interactions, max_len):
    histories, targets = sliding_windows(interactions, max_len)
    return np.column_stack([histories, targets]), targets


def _targets_first(interactions, max_len):
    return sliding_windows(interactions, max_len)[::-1]


def _windows_in_the_order_of_time(interactions, max_len):
    histories, targets = sliding_windows(interactions, max_len)
    ordered = _ordered(interactions)
    later = ordered.groupby("user_id").cumcount().to_numpy() > 0
    order = np.argsort(ordered["timestamp"].to_numpy()[later], kind="stable")
    return histories[order], targets[order]


def _windows_as_they_happen(interactions, max_len):
    histories, targets = sliding_windows(interactions, max_len)
    place = pd.Series(np.arange(len(interactions)), index=interactions.index)
    ordered = _ordered(interactions)
    later = ordered.groupby("user_id").cumcount().to_numpy() > 0
    keys = place[ordered.index].to_numpy()[later], ordered["timestamp"].to_numpy()[later]
    order = np.lexsort(keys)
    return histories[order], targets[order]


def _windows_in_the_order_of_the_log(interactions, max_len):
    histories, targets = sliding_windows(interactions, max_len)
    place = pd.Series(np.arange(len(interactions)), index=interactions.index)
    ordered = _ordered(interactions)
    later = ordered.groupby("user_id").cumcount().to_numpy() > 0
    order = np.argsort(place[ordered.index].to_numpy()[later])
    return histories[order], targets[order]


def _windows_of_users_as_they_appear(interactions, max_len):
    return _windows(
        interactions,
        max_len,
        groups=lambda ordered: [
            ordered["item_id"].to_numpy()[ordered["user_id"].to_numpy() == user]
            for user in interactions["user_id"].unique()
        ],
    )


def _windows_by_their_first_event(interactions, max_len):
    return _windows(
        interactions,
        max_len,
        order=lambda log: log.sort_values("timestamp", kind="stable"),
        groups=lambda ordered: [
            g.to_numpy() for _, g in ordered.groupby("user_id", sort=False)["item_id"]
        ],
    )


def _newest_window_first(interactions, max_len):
    return _windows(interactions, max_len, places=lambda n: range(n - 1, 0, -1))


def _users_instead_of_targets(interactions, max_len):
    histories, targets = sliding_windows(interactions, max_len)
    users = _ordered(interactions)["user_id"].to_numpy()
    return histories, users[1:][users[1:] == users[:-1]].astype(targets.dtype)


def _items_before_the_target(interactions, max_len):
    histories, _ = sliding_windows(interactions, max_len)
    return histories, histories[:, -1].copy()


def _targets_in_a_column(interactions, max_len):
    histories, targets = sliding_windows(interactions, max_len)
    return histories, targets[:, None]


def _windows_as_int64(interactions, max_len):
    histories, targets = sliding_windows(interactions, max_len)
    return histories.astype(np.int64), targets.astype(np.int64)


def _histories_as_int64(interactions, max_len):
    histories, targets = sliding_windows(interactions, max_len)
    return histories.astype(np.int64), targets


def _windows_as_floats(interactions, max_len):
    histories, targets = sliding_windows(interactions, max_len)
    return histories.astype(float), targets


def _windows_as_lists(interactions, max_len):
    histories, targets = sliding_windows(interactions, max_len)
    return histories.tolist(), targets.tolist()


def _windows_by_label(interactions, max_len):
    order = _ordered(interactions).index
    user = interactions["user_id"].to_numpy()[order]
    item = interactions["item_id"].to_numpy()[order]
    table = pd.DataFrame({"user_id": user, "item_id": item, "timestamp": np.arange(len(item))})
    return sliding_windows(table, max_len)


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
    built="You have built the training set of a next-click model: each event is asked for from "
    "what came before. The look-up model of the next section uses these windows, chapter 07 "
    "trains on them.",
    ours="The library puts `max_len` zeros before each user, lays all out in one long row and "
    "cuts: the same arrays, without a loop over windows.",
    misconceptions=(
        Misconception(
            name="the target in the history",
            wrong=_target_in_the_history,
            says="The target is part of its own history, its last item (a leak): the model would "
            "only have to copy it. Cut the history *before* the target.",
        ),
        Misconception(
            name="one between",
            wrong=_one_between,
            says="The item just before the target is missing in your history: it ends one too "
            "early (off by one). The slice ends at the target's place, `items[...:p]`.",
        ),
        Misconception(
            name="one between, and shorter",
            wrong=_one_between_and_longer,
            says="Your history ends one item too early, so the newest item before the target is "
            "missing (off by one). The slice ends at the target's place, `items[...:p]`.",
        ),
        Misconception(
            name="the target after the next",
            wrong=_target_after_the_next,
            says="Your target is one event too late: the next item is skipped. The target comes "
            "right after the history.",
        ),
        Misconception(
            name="the future as history",
            wrong=_the_future_as_history,
            says="Your history holds what came *after* the target, the future. It is what came "
            "before.",
        ),
        Misconception(
            name="one item fewer",
            wrong=_one_item_fewer,
            says="Your histories hold at most `max_len - 1` items, one too few (off by one). Up "
            "to `max_len` items fit.",
        ),
        Misconception(
            name="the oldest of the history",
            wrong=_oldest_of_the_history,
            says="A history that is too long keeps its oldest (first) items in your answer. Keep "
            "the most recent `max_len` before the target.",
        ),
        Misconception(
            name="history backwards",
            wrong=_history_backwards,
            says="Your histories run backwards (reversed), the newest first. Oldest first: the "
            "last column holds the item just before the target.",
        ),
        Misconception(
            name="rows backwards",
            wrong=_rows_backwards,
            says="Your whole rows are flipped: the newest item stands first, and the zeros "
            "behind. Oldest first, with zeros on the left.",
        ),
        Misconception(
            name="history without repeats",
            wrong=_history_without_repeats,
            says="You keep each item only once in a history (unique, a set). A repeat is an event "
            "like any other: keep duplicates.",
        ),
        Misconception(
            name="history sorted",
            wrong=_history_sorted,
            says="You sort the items inside the history by id. Keep them in the order of time.",
        ),
        Misconception(
            name="history without the target's item",
            wrong=_history_without_the_target,
            says="You remove the target's item from its history. If a user clicked it before, it "
            "belongs there: a repeat is an event like any other.",
        ),
        Misconception(
            name="across users",
            wrong=_windows_across_users,
            says="Your windows run across users, from one user into the next: their items are "
            "mixed at the boundary. Group by user and cut each user's items on their own.",
        ),
        Misconception(
            name="histories across users",
            wrong=_histories_across_users,
            says="Your histories reach across the boundary into the user before: other users' "
            "items get in where zeros should be. Cut each user's items on their own.",
        ),
        Misconception(
            name="by time, across users",
            wrong=_windows_by_time_across_users,
            says="You never separate the users: windows run through all events in the order of "
            "time, across users. Group by user, then cut.",
        ),
        Misconception(
            name="empty histories",
            wrong=_empty_histories_too,
            says="You also take each user's first event (item) for a target, after an empty "
            "history of zeros. A window needs at least one real item: start with the second "
            "event.",
        ),
        Misconception(
            name="the second event skipped",
            wrong=_second_event_skipped,
            says="Your first target is each user's third event: the second is skipped (off by one "
            "at the start). Every event but the first is a target.",
        ),
        Misconception(
            name="the last event skipped",
            wrong=_last_event_skipped,
            says="Each user's last event is never a target: your loop ends one too early. Every "
            "event but the first is a target.",
        ),
        Misconception(
            name="the last event only",
            wrong=_last_event_only,
            says="You make one window per user, for the last event only. Every event but the "
            "first is a target.",
        ),
        Misconception(
            name="the first window only",
            wrong=_first_window_only,
            says="You make only the first window of each user: the `return` or `append` stands at "
            "the wrong depth, or the loop ends too early. Every event but the first is a target.",
        ),
        Misconception(
            name="full windows only",
            wrong=_full_windows_only,
            says="You drop the windows that are not full, those with fewer than `max_len` items "
            "before the target. Short histories count too, they are what new users have: pad "
            "them.",
        ),
        Misconception(
            name="more than full windows only",
            wrong=_more_than_full_windows_only,
            says="You start only after `max_len + 1` items, so short histories are dropped (and "
            "one more). They count too: pad them with zeros.",
        ),
        Misconception(
            name="side by side",
            wrong=_windows_side_by_side,
            says="Your windows don't overlap: you move on by `max_len` events (the step, stride). "
            "Move on by one event, and pad short histories.",
        ),
        Misconception(
            name="every max_len-th",
            wrong=_every_max_len_th,
            says="Only every `max_len`-th event is a target: the step (stride) of your loop is "
            "`max_len`. Move on by one event.",
        ),
        Misconception(
            name="the newest windows only",
            wrong=_newest_windows_only,
            says="You keep only the last `max_len` windows of each user (cut to the most recent "
            "events first). Every event but the first is a target, however old.",
        ),
        Misconception(
            name="does not sort",
            wrong=_windows_unsorted,
            says="You don't sort by time: you take the rows as the log has them. Sort by user and "
            "timestamp first.",
        ),
        Misconception(
            name="sorted by item",
            wrong=_windows_sorted_by_item,
            says="You sort each user's rows by item id. Sort by time: user, then timestamp.",
        ),
        Misconception(
            name="ties by item",
            wrong=_windows_ties_by_item,
            says="Events at the same time (ties) come out in the order of their item ids. Keep "
            "their order in the log: sort by user and time only, and stably.",
        ),
        Misconception(
            name="not stable",
            wrong=_unstable_windows,
            says="Your sort by timestamp is not stable (quicksort, the default): events at the "
            'same time (ties) may come out in any order. Set `kind="stable"`, so that ties keep '
            "their order in the log.",
        ),
        Misconception(
            name="not stable within a user",
            wrong=_unstable_windows_by_user,
            says="Within each user your sort is not stable (quicksort, the default): ties lose "
            'their order in the log as soon as a user has many events. Set `kind="stable"`.',
        ),
        Misconception(
            name="descending time",
            wrong=_windows_by_descending_time,
            says="You sort by time in descending order, so the future stands in the history and "
            "time runs backwards. Sort ascending.",
        ),
        Misconception(
            name="pads on the right",
            wrong=_windows_padded_right,
            says="Your zeros stand on the right, behind the items. Pad on the left, so that the "
            "newest item is in the last column.",
        ),
        Misconception(
            name="pads with the first",
            wrong=_windows_padded_with_the_first,
            says="You fill short histories with their first item, repeated. Padding is 0.",
        ),
        Misconception(
            name="pads with -1",
            wrong=_windows_padded_with_minus_one,
            says="You fill short histories with -1. Padding is 0.",
        ),
        Misconception(
            name="distinct items",
            wrong=_windows_of_distinct_items,
            says="You drop repeated items of a user first (`drop_duplicates`, unique). A repeat "
            "is an event like any other: keep duplicates.",
        ),
        Misconception(
            name="one wider",
            wrong=_windows_one_wider,
            says="Your histories have `max_len + 1` columns, one too many. `max_len` is the "
            "length of the history alone, without the target.",
        ),
        Misconception(
            name="with the target",
            wrong=_windows_with_their_target,
            says="Your histories still hold the target as one more column at the end. Split it "
            "off: `rows[:, :-1]`.",
        ),
        Misconception(
            name="targets first",
            wrong=_targets_first,
            says="You return the targets first. The order is histories, then targets: swap the "
            "two.",
        ),
        Misconception(
            name="in the order of time",
            wrong=_windows_in_the_order_of_time,
            says="Your windows stand in the order of time over all users. They should be in "
            "(user, time) order: all of one user, then the next.",
        ),
        Misconception(
            name="as they happen",
            wrong=_windows_as_they_happen,
            says="Your windows come as events happen: in order of time over all users, who are "
            "mixed. They should be in (user, time) order: all windows of one user, then those of "
            "the next.",
        ),
        Misconception(
            name="in the order of the log",
            wrong=_windows_in_the_order_of_the_log,
            says="Your windows stand in the order of the log's rows. They should be in (user, "
            "time) order: all of one user, then the next.",
        ),
        Misconception(
            name="users as they appear",
            wrong=_windows_of_users_as_they_appear,
            says="Your users stand in the order in which they first appear in the log. Windows "
            "should be in (user, time) order: users ascending, sorted by `user_id`.",
        ),
        Misconception(
            name="users by their first event",
            wrong=_windows_by_their_first_event,
            says="Your users stand in the order of their first event in time. Windows should be "
            "in (user, time) order: users ascending, sorted by `user_id`.",
        ),
        Misconception(
            name="newest window first",
            wrong=_newest_window_first,
            says="Within a user your windows run from the newest target back to the oldest, in "
            "reversed order. They should be in order of time, ascending.",
        ),
        Misconception(
            name="users instead of targets",
            wrong=_users_instead_of_targets,
            says="Your targets are user ids. The target is the item that followed: `item_id`.",
        ),
        Misconception(
            name="the item before the target",
            wrong=_items_before_the_target,
            says="Your target is the last item of the history itself, the one before (off by "
            "one). It is the item that *follows* the history.",
        ),
        Misconception(
            name="targets in a column",
            wrong=_targets_in_a_column,
            says="Your targets form a column, shape (N, 1). Wanted is shape (N,): one axis.",
        ),
        Misconception(
            name="int64",
            wrong=_windows_as_int64,
            says="You always return int64. Both arrays should have the dtype of `item_id`, "
            "whatever it is.",
        ),
        Misconception(
            name="histories in int64",
            wrong=_histories_as_int64,
            says="Your histories are always int64. Both arrays should have the dtype of "
            "`item_id`, whatever it is.",
        ),
        Misconception(
            name="floats",
            wrong=_windows_as_floats,
            says="Your histories are floats (`np.zeros` makes them by default). Ids are integers: "
            "use the dtype of `item_id`.",
        ),
        Misconception(
            name="lists",
            wrong=_windows_as_lists,
            says="You return lists. Wanted are two arrays: `np.array(...)` of each.",
        ),
        Misconception(
            name="ties the wrong way",
            wrong=_windows_ties_reversed,
            says="Events at the same time (ties) come out in another order than in the log. Sort "
            'stably: `kind="stable"`.',
        ),
        Misconception(
            name="rows by label",
            wrong=_windows_by_label,
            says="You take the index labels for places: after a sort, `.index` holds labels, and a "
            "log needn't be numbered 0, 1, ... Take the values from the sorted table itself.",
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
        log = _with_short_users(rng, _random_log(rng, n=27))
        yield Probe(
            (log.set_index(rng.permutation(30)),),
            label="a random log with ties and an index of its own",
        )
    for _ in range(3):
        yield Probe((_many_ties(rng),), label="two users with many ties", edge=True)
    for n in (20, 24, 35, 50):
        log = _with_short_users(rng, _random_log(rng, n=n, users=n // 6 + 1, times=4000))
        yield Probe((_with_three_events(rng, log),), label="a random log without ties")
    yield Probe((_with_prices(_THREE_USERS),), label="more columns, in another order")


def _with_three_events(rng, log):
    """The log, and among its rows those of a user with three events."""
    more = _log([2, 2, 2], rng.integers(1, 9, 3), rng.integers(0, 4000, 3))
    both = pd.concat([log, more], ignore_index=True)
    return both.iloc[rng.permutation(len(both))].reset_index(drop=True)


def _same_split(got, expected):
    if (
        not isinstance(got, tuple)
        or len(got) != 3
        or not all(isinstance(part, pd.DataFrame) for part in got)
    ):
        return "The result should be a tuple of three DataFrames: train, valid, test."
    for name, mine, wanted in zip(("train", "valid", "test"), got, expected, strict=True):
        more = [column for column in mine.columns if column not in wanted.columns]
        lost = [column for column in wanted.columns if column not in mine.columns]
        if mine.index.equals(wanted.index) and (more or lost):
            return (
                f"{name} holds the right rows, but has a helper column left over, {more[0]!r}: the "
                "parts hold the columns of the log. Drop it, or keep it apart."
                if more
                else f"{name} holds the right rows, but has lost the column {lost[0]!r}: the parts "
                "hold all columns of the log."
            )
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


def _parts(interactions, part):
    """part: a Series with the index of the log; 0 train, 1 valid, 2 test, anything else nowhere."""
    part = part.reindex(interactions.index)
    return tuple(interactions[part == number] for number in range(3))


def _divide(interactions, ordered, enough=3, valid=1, test=0):
    users = ordered.groupby("user_id")
    from_the_end = users.cumcount(ascending=False)
    long = users["item_id"].transform("size") >= enough
    part = pd.Series(0, index=ordered.index)
    part[long & (from_the_end == valid)] = 1
    part[long & (from_the_end == test)] = 2
    return _parts(interactions, part)


def _sizes(interactions):
    return interactions.groupby("user_id")["item_id"].transform("size")


def _valid_and_test_swapped(interactions):
    return _divide(interactions, _ordered(interactions), valid=0, test=1)


def _one_too_early(interactions):
    return _divide(interactions, _ordered(interactions), valid=2, test=1)


def _two_are_enough(interactions):
    return _divide(interactions, _ordered(interactions), enough=2)


def _one_is_enough(interactions):
    return _divide(interactions, _ordered(interactions), enough=1)


def _four_are_needed(interactions):
    return _divide(interactions, _ordered(interactions), enough=4)


def _last_rows_of_the_log(interactions):
    return _divide(interactions, interactions)


def _last_by_item(interactions):
    return _divide(interactions, interactions.sort_values(["user_id", "item_id"], kind="stable"))


def _first_instead_of_last(interactions):
    ordered = interactions.sort_values(
        ["user_id", "timestamp"], ascending=[True, False], kind="stable"
    )
    return _divide(interactions, ordered)


def _first_two(interactions):
    ordered = _ordered(interactions)
    number = ordered.groupby("user_id").cumcount()
    part = pd.Series(0, index=ordered.index)
    part[number < 2] = number + 1
    return _parts(interactions, part.where(_sizes(ordered) >= 3, 0))


def _first_two_tested_first(interactions):
    return _divide(interactions, _ordered(interactions)[::-1])


def _last_of_all(interactions):
    return _last_of(interactions, interactions.sort_values("timestamp", kind="stable"))


def _last_of(interactions, ordered):
    part = pd.Series(0, index=ordered.index)
    part.iloc[-2:-1], part.iloc[-1:] = 1, 2
    return _parts(interactions, part)


def _last_of_the_sorted_log(interactions):
    return _last_of(interactions, _ordered(interactions))


def _last_rows_of_all(interactions):
    return _last_of(interactions, interactions)


def _last_of_all_in_order(interactions):
    ordered = interactions.sort_values("timestamp", kind="stable")
    return ordered[:-2], ordered[-2:-1], ordered[-1:]


def _last_of_the_sorted_log_in_order(interactions):
    ordered = _ordered(interactions)
    return ordered[:-2], ordered[-2:-1], ordered[-1:]


def _as_many_as_users(interactions):
    ordered = interactions.sort_values("timestamp", kind="stable")
    n = interactions["user_id"].nunique()
    from_the_end = np.arange(len(ordered))[::-1]
    part = np.where(from_the_end < n, 2, np.where(from_the_end < 2 * n, 1, 0))
    return _parts(interactions, pd.Series(part, index=ordered.index))


def _as_many_as_users_in_order(interactions):
    ordered = interactions.sort_values("timestamp", kind="stable")
    n = interactions["user_id"].nunique()
    return ordered[: -2 * n], ordered[-2 * n : -n], ordered[-n:]


def _last_tenths(interactions):
    ordered = interactions.sort_values("timestamp", kind="stable")
    share = np.arange(len(ordered)) / len(ordered)
    part = pd.Series((share >= 0.8) * 1 + (share >= 0.9) * 1, index=ordered.index)
    return _parts(interactions, part)


def _tenths_of_each_user(interactions):
    ordered = _ordered(interactions)
    share = ordered.groupby("user_id").cumcount() / _sizes(ordered)
    return _parts(interactions, (share >= 0.8) * 1 + (share >= 0.9) * 1)


def _short_users_dropped(interactions):
    train, valid, test = leave_last_two_out(interactions)
    return train[_sizes(interactions).loc[train.index] >= 3], valid, test


def _short_users_to_test(interactions):
    train, valid, test = leave_last_two_out(interactions)
    short = _sizes(interactions) < 3
    tested = interactions.index.isin(test.index) | short.to_numpy()
    return train[~short.loc[train.index]], valid, interactions[tested]


def _one_event_users_dropped(interactions):
    train, valid, test = leave_last_two_out(interactions)
    return train[_sizes(interactions).loc[train.index] >= 2], valid, test


def _everything_to_train(interactions):
    _, valid, test = leave_last_two_out(interactions)
    return interactions, valid, test


def _valid_in_train_too(interactions):
    _, valid, test = leave_last_two_out(interactions)
    return interactions[~interactions.index.isin(test.index)], valid, test


def _test_in_train_too(interactions):
    _, valid, test = leave_last_two_out(interactions)
    return interactions[~interactions.index.isin(valid.index)], valid, test


def _test_in_valid_too(interactions):
    train, _, test = leave_last_two_out(interactions)
    return train, interactions[~interactions.index.isin(train.index)], test


def _valid_in_test_too(interactions):
    train, valid, _ = leave_last_two_out(interactions)
    return train, valid, interactions[~interactions.index.isin(train.index)]


def _histories_in_test_too(interactions):
    train, valid, _ = leave_last_two_out(interactions)
    return train, valid, interactions[_sizes(interactions) >= 3]


def _both_to_test(interactions):
    train, _, _ = leave_last_two_out(interactions)
    return train, interactions[:0], interactions[~interactions.index.isin(train.index)]


def _no_valid(interactions):
    train, valid, test = leave_last_two_out(interactions)
    both = interactions.index.isin(train.index) | interactions.index.isin(valid.index)
    return interactions[both], valid[:0], test


def _all_at_the_last_time(interactions):
    rank = interactions.groupby("user_id")["timestamp"].rank(method="dense", ascending=False)
    part = pd.Series(0, index=interactions.index)
    part[rank == 2] = 1
    part[rank == 1] = 2
    return _parts(interactions, part.where(_sizes(interactions) >= 3, 0))


def _all_at_the_time_of_the_last(interactions):
    _, valid, test = leave_last_two_out(interactions)
    long = _sizes(interactions) >= 3
    due = [
        interactions["timestamp"]
        == interactions["user_id"].map(part.set_index("user_id")["timestamp"])
        for part in (valid, test)
    ]
    part = pd.Series(0, index=interactions.index)
    part[long & due[0]] = 1
    part[long & due[1]] = 2
    return _parts(interactions, part)


def _train_follows_the_sorted_log(interactions):
    order = _ordered(interactions).index
    return tuple(
        interactions.loc[[row for row in order if row in set(part.index)]]
        for part in leave_last_two_out(interactions)
    )


def _split_in_the_order_of_time(interactions):
    order = interactions.sort_values("timestamp", kind="stable").index
    return tuple(
        interactions.loc[[row for row in order if row in set(part.index)]]
        for part in leave_last_two_out(interactions)
    )


def _index_anew(interactions):
    return tuple(part.reset_index(drop=True) for part in leave_last_two_out(interactions))


def _index_of_positions(interactions):
    return tuple(leave_last_two_out(interactions.reset_index(drop=True)))


def _old_index_as_a_column(interactions):
    return tuple(leave_last_two_out(interactions.reset_index()))


def _number_of_the_part_left(interactions):
    parts = leave_last_two_out(interactions)
    return tuple(part.assign(part=number) for number, part in enumerate(parts))


def _test_first(interactions):
    train, valid, test = leave_last_two_out(interactions)
    return test, valid, train


def _two_parts(interactions):
    train, valid, test = leave_last_two_out(interactions)
    return interactions[~interactions.index.isin(test.index)], test


def _distinct_items_counted(interactions):
    ordered = _ordered(interactions)
    users = ordered.groupby("user_id")
    from_the_end = users.cumcount(ascending=False)
    part = pd.Series(np.where(from_the_end < 2, 2 - from_the_end, 0), index=ordered.index)
    return _parts(interactions, part.where(users["item_id"].transform("nunique") >= 3, 0))


def _split_by_ties_of_items(interactions):
    return _divide(interactions, interactions.sort_values(["user_id", "timestamp", "item_id"]))


def _unstable_split(interactions):
    return _divide(interactions, _sorted_unstably(interactions))


def _unstable_split_by_user(interactions):
    return _divide(interactions, _each_sorted_unstably(interactions))


def _split_ties_reversed(interactions):
    return _divide(interactions, _ties_reversed(interactions))


def _three_columns(interactions):
    columns = ["user_id", "item_id", "timestamp"]
    return tuple(part[columns] for part in leave_last_two_out(interactions))


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
    built="You have built the split that most papers use. The next cell asks the look-up model "
    "again, this time honestly, and chapters 05, 07 and 08 split their logs by it.",
    ours="Ours gives each row the number of its part: then the order of the log and its index "
    "stay by themselves.",
    misconceptions=(
        Misconception(
            name="swapped",
            wrong=_valid_and_test_swapped,
            says="Valid and test are swapped: your validation event comes after the test event. "
            "The last event is the test, the one before it validates: else the choice of a model "
            "looks into the future.",
        ),
        Misconception(
            name="one too early",
            wrong=_one_too_early,
            says="Your test and validation events are one too early (off by one): the last event "
            "stays in train. The last is the test, the second last validates.",
        ),
        Misconception(
            name="two are enough",
            wrong=_two_are_enough,
            says="A user with two events gives both away, and the one that validates has no "
            "history to be predicted from. Below three (fewer than three events), all go to train.",
        ),
        Misconception(
            name="one is enough",
            wrong=_one_is_enough,
            says="You split users with fewer than three events, too: even a single event goes to "
            "the test. Below three, all of a user's events go to train (the minimum is not "
            "checked).",
        ),
        Misconception(
            name="four are needed",
            wrong=_four_are_needed,
            says="You don't split users with exactly three events: your limit is four (> 3 where "
            ">= 3 is due). Three are enough: one each for train, valid and test.",
        ),
        Misconception(
            name="last rows, not last events",
            wrong=_last_rows_of_the_log,
            says="You don't sort: you take the last rows as the log has them. The last event is "
            "the latest in *time*: sort by timestamp first.",
        ),
        Misconception(
            name="sorted by item",
            wrong=_last_by_item,
            says="You sort each user's rows by item id. The last event is the latest in *time*: "
            "sort by timestamp.",
        ),
        Misconception(
            name="sorted descending",
            wrong=_first_instead_of_last,
            says="You sort by time in descending order, so you leave out the first (oldest) "
            "events instead of the last. Sort ascending, or count from the other end.",
        ),
        Misconception(
            name="the first two",
            wrong=_first_two,
            says="You leave out the first two events, the oldest, in order. It is the *last* two: "
            "count from the end, `cumcount(ascending=False)`.",
        ),
        Misconception(
            name="the first two, counted from the start",
            wrong=_first_two_tested_first,
            says="You count from the start: the first (earliest) event is your test, the second "
            "validates. Count from the end: the *last* event is the test.",
        ),
        Misconception(
            name="the last two of the whole log",
            wrong=_last_of_all,
            says="You leave out the last two events of the whole log in time, for all users "
            "together. It is the last two of *each user* (per user): group by `user_id`.",
        ),
        Misconception(
            name="the last two of the sorted log",
            wrong=_last_of_the_sorted_log,
            says="You leave out the last two rows of the whole sorted log, which are those of one "
            "user. It is the last two of *each user* (per user): group by `user_id`.",
        ),
        Misconception(
            name="the last two rows of the log",
            wrong=_last_rows_of_all,
            says="You leave out the last two rows of the whole log, without a sort and without "
            "users. It is the last two events in time of *each user* (per user): group by "
            "`user_id`.",
        ),
        Misconception(
            name="the last two of the whole log, sorted",
            wrong=_last_of_all_in_order,
            says="You sort the log by time and slice off its last two events, one test and one "
            "validation event in all. It is the last two of *each user* (per user), and the parts "
            "keep the order of the log.",
        ),
        Misconception(
            name="the last two of the log sorted by user",
            wrong=_last_of_the_sorted_log_in_order,
            says="You slice off the last two rows of the whole sorted log, so only one user is "
            "tested. It is the last two of *each user* (per user), and the parts keep the order "
            "of the log.",
        ),
        Misconception(
            name="as many as there are users",
            wrong=_as_many_as_users,
            says="You take the last events of the whole log, as many as there are users. It is "
            "the last events of *each user* (per user): group by `user_id`.",
        ),
        Misconception(
            name="as many as there are users, sorted",
            wrong=_as_many_as_users_in_order,
            says="You sort the whole log by time and slice off its end, as many events as there "
            "are users. It is the last two of *each user* (per user): group by `user_id`.",
        ),
        Misconception(
            name="the last tenths",
            wrong=_last_tenths,
            says="You split the whole log by time, in shares such as 80, 10 and 10 %. Here it is "
            "by user: each user's last event tests, the one before it validates.",
        ),
        Misconception(
            name="the tenths of each user",
            wrong=_tenths_of_each_user,
            says="You split each user's events by shares, such as 80, 10 and 10 %. It is exactly "
            "one event for the test and one for validation.",
        ),
        Misconception(
            name="drops short users",
            wrong=_short_users_dropped,
            says="Users with fewer than three events have vanished: you drop them. They can't be "
            "tested, but a model can learn from them: all their events go to train.",
        ),
        Misconception(
            name="drops users with one event",
            wrong=_one_event_users_dropped,
            says="Users with a single event have vanished: you drop them. All events of a user "
            "with fewer than three go to train.",
        ),
        Misconception(
            name="short users to the test",
            wrong=_short_users_to_test,
            says="Users with fewer than three events go to your test part. They belong to train, "
            "all their events.",
        ),
        Misconception(
            name="trains on everything",
            wrong=_everything_to_train,
            says="Your training part still holds the validation and test events (the whole log). "
            "That is the leak this split is there to prevent: remove them from train.",
        ),
        Misconception(
            name="validation events in train",
            wrong=_valid_in_train_too,
            says="Your training part still holds the validation events: only the test events are "
            "taken out. That is a leak: an event stands in one part alone, so remove both from "
            "train.",
        ),
        Misconception(
            name="test events in train",
            wrong=_test_in_train_too,
            says="Your training part still holds the test events: only the validation events are "
            "taken out. That is a leak: remove both from train.",
        ),
        Misconception(
            name="test events in valid",
            wrong=_test_in_valid_too,
            says="Your validation part holds the test events too, two for each user. An event "
            "stands in one part alone: only the second last validates.",
        ),
        Misconception(
            name="validation events in test",
            wrong=_valid_in_test_too,
            says="Your test part holds the validation events too, two for each user. An event "
            "stands in one part alone: only the last tests.",
        ),
        Misconception(
            name="histories in the test",
            wrong=_histories_in_test_too,
            says="Your test part holds whole histories. It should hold only each user's last "
            "event, one row per user.",
        ),
        Misconception(
            name="both to the test",
            wrong=_both_to_test,
            says="Both last events go to the test and none validates. The last one is the test, "
            "the one before it is for validation.",
        ),
        Misconception(
            name="nothing for validation",
            wrong=_no_valid,
            says="Nothing is left out for validation: the second last event stays in train. It "
            "belongs to valid.",
        ),
        Misconception(
            name="all at the last time",
            wrong=_all_at_the_last_time,
            says="Every event at the last time goes to the test: you compare times (or dense "
            "ranks), and tied events share them. It is one event per user: of ties, the one "
            "further down in the log.",
        ),
        Misconception(
            name="all at the time of the last",
            wrong=_all_at_the_time_of_the_last,
            says="Events that tie in time with the last or second last leave train together with "
            "it. It is one event per user each, even if times are equal: count, don't compare "
            "times.",
        ),
        Misconception(
            name="sorted order",
            wrong=_train_follows_the_sorted_log,
            says="Your rows stand in the order of the sorted log (user, time). The parts should "
            "keep the order of the log as it was given, and its index: select rows with a mask "
            "instead of sorting.",
        ),
        Misconception(
            name="the order of time",
            wrong=_split_in_the_order_of_time,
            says="Your rows stand in the order of time. The parts should keep the order of the "
            "log as it was given: select rows with a mask instead of sorting.",
        ),
        Misconception(
            name="index anew",
            wrong=_index_anew,
            says="You number each part anew (`reset_index`). The parts should keep the log's "
            "index, so that one can tell which rows they are.",
        ),
        Misconception(
            name="index of positions",
            wrong=_index_of_positions,
            says="Your parts carry row positions (`reset_index`) in place of the log's own index. "
            "Keep the index of the log.",
        ),
        Misconception(
            name="the index as a column",
            wrong=_old_index_as_a_column,
            says="Your parts have the old index as a column more (`reset_index` without `drop`). "
            "Keep the index of the log, and its columns alone.",
        ),
        Misconception(
            name="a column more",
            wrong=_number_of_the_part_left,
            says="Your parts have a helper column more than the log. Return the log's columns "
            "only: drop it.",
        ),
        Misconception(
            name="three columns",
            wrong=_three_columns,
            says="You keep the columns `user_id`, `item_id`, `timestamp` alone. A part holds whole "
            "rows of the log, with all columns that it has: an outcome, say.",
        ),
        Misconception(
            name="test first",
            wrong=_test_first,
            says="You return the parts in reversed order. It is train, valid, test.",
        ),
        Misconception(
            name="two parts",
            wrong=_two_parts,
            says="You return two parts. There are three: train, valid and test.",
        ),
        Misconception(
            name="distinct items counted",
            wrong=_distinct_items_counted,
            says="You count a user's *different* items (distinct, `nunique`). What counts is the "
            "number of events: use `size`.",
        ),
        Misconception(
            name="ties by item",
            wrong=_split_by_ties_of_items,
            says="Of two events at the same time (ties) you take the one with the larger item id "
            "for the later one. It is the one further down in the log: sort by user and time "
            "only, stably.",
        ),
        Misconception(
            name="not stable",
            wrong=_unstable_split,
            says="Your sort by timestamp is not stable (quicksort, the default): events at the "
            'same time (ties) may come out in any order. Set `kind="stable"`, so that ties keep '
            "their order in the log.",
        ),
        Misconception(
            name="not stable within a user",
            wrong=_unstable_split_by_user,
            says="Within each user your sort is not stable (quicksort, the default): ties lose "
            'their order in the log as soon as a user has many events. Set `kind="stable"`.',
        ),
        Misconception(
            name="ties the wrong way",
            wrong=_split_ties_reversed,
            says="Of two events at the same time (ties), the one further down in the log is the "
            'later one. Sort stably: `kind="stable"`.',
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

# --- 2.5 Numbers ----------------------------------------------------------------------------------


def _shop_log(rng, ids, n=40, users=5, times=15):
    """A random log with ties, of items with these ids."""
    log = _random_log(rng, n, users, times)
    return log.assign(item_id=[ids[place % len(ids)] for place in log["item_id"]])


def _numbered_probes(rng):
    names = ["toy", "mat", "bowl", "food", "treats"]
    small = _log([7, 7, 5, 7, 5], ["bowl", "mat", "food", "bowl", "toy"], [30, 10, 10, 20, 5])
    yield Probe((small, names, 3), label="two users, text ids, one product without a click")
    yield Probe((small, names, 1), label="max_len = 1")
    yield Probe((small, np.array(names), 3), label="a catalogue that is an array")
    yield Probe((small[2:3], names, 2), label="a single event, no window", edge=True)
    numbers = [900, 30, 7, 120, 45, 8, 1000]
    for max_len in (2, 3, 4):
        log = _shop_log(rng, numbers[:-2])
        yield Probe((log, numbers, max_len), label="ids that are numbers, two without a click")
    for max_len in (2, 3, 5):
        ids = [f"{kind}-{size}" for kind in ("mat", "bowl", "toy") for size in "SXL"]
        log = _shop_log(rng, ids[1:-1])
        yield Probe((log, ids, max_len), label="text ids, two without a click")
    log = _shop_log(rng, names[::2], n=30)
    yield Probe((log.set_index(log.index[::-1] + 3), names, 3), label="an index of its own")
    yield Probe((_with_prices(small), names, 2), label="more columns, in another order")


def _numbers_of(interactions, ordered, first=1):
    """A Series of numbers, by the place in an ordered list of ids."""
    number = {item: place for place, item in enumerate(ordered, start=first)}
    return interactions["item_id"].map(number).astype("int64")


def _windows_of(interactions, numbers, max_len, cut=sliding_windows):
    """Windows of the log with these numbers in place of its ids."""
    return cut(interactions.assign(item_id=numbers), max_len)


def _windows_from_zero(interactions, ordered, max_len):
    """As `sliding_windows` makes them, but of numbers from 0, which it refuses."""
    histories, targets = _windows_of(interactions, _numbers_of(interactions, ordered), max_len)
    return np.where(histories > 0, histories - 1, 0), targets - 1


def _from_zero(interactions, catalogue, max_len):
    return _windows_from_zero(interactions, sorted(catalogue), max_len)


def _from_zero_by_the_log(interactions, catalogue, max_len):
    return _windows_from_zero(interactions, sorted(set(interactions["item_id"])), max_len)


def _from_zero_unsorted(interactions, catalogue, max_len):
    return _windows_from_zero(interactions, list(catalogue), max_len)


def _from_two(interactions, catalogue, max_len):
    numbers = _numbers_of(interactions, sorted(catalogue), first=2)
    return _windows_of(interactions, numbers, max_len)


def _by_the_log(interactions, catalogue, max_len):
    numbers = _numbers_of(interactions, sorted(set(interactions["item_id"])))
    return _windows_of(interactions, numbers, max_len)


def _as_they_appear(interactions, catalogue, max_len):
    numbers = _numbers_of(interactions, pd.unique(interactions["item_id"]))
    return _windows_of(interactions, numbers, max_len)


def _as_the_catalogue_stands(interactions, catalogue, max_len):
    return _windows_of(interactions, _numbers_of(interactions, list(catalogue)), max_len)


def _sorted_backwards(interactions, catalogue, max_len):
    numbers = _numbers_of(interactions, sorted(catalogue, reverse=True))
    return _windows_of(interactions, numbers, max_len)


def _sorted_as_text(interactions, catalogue, max_len):
    numbers = _numbers_of(interactions, sorted(catalogue, key=str))
    return _windows_of(interactions, numbers, max_len)


def _by_popularity(interactions, catalogue, max_len):
    count = interactions["item_id"].value_counts()
    ordered = sorted(sorted(catalogue), key=lambda item: -count.get(item, 0))
    return _windows_of(interactions, _numbers_of(interactions, ordered), max_len)


def _padding_numbered_too(interactions, catalogue, max_len):
    histories, targets = _from_zero(interactions, catalogue, max_len)
    return histories + 1, targets + 1


def _first_item_left_as_padding(interactions, catalogue, max_len):
    histories, targets = _from_zero(interactions, catalogue, max_len)
    return np.where(histories > 0, histories + 1, 0), targets + 1


def _only_targets_from_one(interactions, catalogue, max_len):
    histories, targets = _from_zero(interactions, catalogue, max_len)
    return histories, targets + 1


def _only_histories_from_one(interactions, catalogue, max_len):
    right = numbered_windows(interactions, catalogue, max_len)
    return right[0], right[1] - 1


def _padded_with_minus_one(interactions, catalogue, max_len):
    histories, targets = numbered_windows(interactions, catalogue, max_len)
    return histories - 1, targets - 1


def _numbered(wrong_windows):
    """A wrong way to cut windows, of ids that are numbered rightly."""

    def windows(interactions, catalogue, max_len):
        numbers = _numbers_of(interactions, sorted(catalogue))
        return _windows_of(interactions, numbers, max_len, wrong_windows)

    return windows


def _not_sorted(interactions, max_len):
    in_this_order = interactions.assign(timestamp=np.arange(len(interactions)))
    return sliding_windows(in_this_order, max_len)


def _with_ties_reversed(interactions, max_len):
    return sliding_windows(interactions[::-1], max_len)


def _on_the_right(interactions, max_len):
    histories, targets = sliding_windows(interactions, max_len)
    rows = [np.append(row[row > 0], row[row == 0]) for row in histories]
    return np.array(rows, np.int64).reshape(histories.shape), targets


def _one_fewer(interactions, max_len):
    histories, targets = sliding_windows(interactions, max_len)
    histories[:, 0] = 0
    return histories, targets


def _over_all_users(interactions, max_len):
    ordered = _ordered(interactions).assign(timestamp=np.arange(len(interactions)), user_id=0)
    return sliding_windows(ordered, max_len)


def _last_windows_only(interactions, max_len):
    histories, targets = sliding_windows(interactions, max_len)
    users = np.sort(interactions["user_id"].to_numpy(), kind="stable")
    whose = np.delete(users, np.unique(users, return_index=True)[1])
    is_last = np.append(whose[1:] != whose[:-1], True)[: len(whose)]
    return histories[is_last], targets[is_last]


def _ids_as_small_integers(interactions, catalogue, max_len):
    histories, targets = numbered_windows(interactions, catalogue, max_len)
    return histories.astype(np.int8), targets.astype(np.int8)


def _numbers_as_floats(interactions, catalogue, max_len):
    histories, targets = numbered_windows(interactions, catalogue, max_len)
    return histories.astype(float), targets.astype(float)


_NUMBERS = Exercise(
    id="2.5",
    title="A bug hunt: the windows of a shop with names",
    minutes=8,
    reference=numbered_windows,
    probes=_numbered_probes,
    hints=(
        "Look for zeros in the printed table. Which of them stand where a click should be?",
        "`pd.factorize` counts from 0, and only what it sees. Make a dictionary from the sorted "
        "catalogue: `enumerate(sorted(catalogue), start=1)`.",
        '`interactions.assign(item_id=interactions["item_id"].map(number))`, and then your own '
        "`sliding_windows`.",
    ),
    built="You have found a bug that raises no error, and built the step that a shop with names "
    "needs before any model: numbers from 1, by the catalogue. The next cell runs the four checks "
    "again.",
    ours="The library numbers with `ItemIndex`, which also refuses an id that the catalogue does "
    "not have.",
    misconceptions=(
        Misconception(
            name="from 0",
            wrong=_from_zero,
            says="Your numbers start at 0, which is the number of padding: this is the colleague's "
            "bug. One product cannot be told from an empty place. Count from 1.",
        ),
        Misconception(
            name="from 0, by the log",
            wrong=_from_zero_by_the_log,
            says="Your numbers start at 0, the number of padding, and they count only products "
            "that were clicked: this is the colleague's line as it was. Count from 1, and number "
            "the whole catalogue.",
        ),
        Misconception(
            name="from 0, as the catalogue stands",
            wrong=_from_zero_unsorted,
            says="Your numbers start at 0, the number of padding, and follow the catalogue as it "
            "stands. Sort the catalogue, and count from 1.",
        ),
        Misconception(
            name="from 2",
            wrong=_from_two,
            says="Your numbers start at 2: one was added twice. Only 0 is taken, by padding: count "
            "from 1.",
        ),
        Misconception(
            name="padding gets a number",
            wrong=_padding_numbered_too,
            says="You add 1 after the windows are cut and padded, so padding becomes 1 as well, "
            "and the first product is still not told from it. Number first, pad afterwards.",
        ),
        Misconception(
            name="the first product stays padding",
            wrong=_first_item_left_as_padding,
            says="You add 1 to what is not 0 in the finished histories. But a 0 there may be the "
            "first product, and it stays lost. Number the items from 1 before you cut and pad.",
        ),
        Misconception(
            name="only the targets from 1",
            wrong=_only_targets_from_one,
            says="Your targets count from 1, your histories still from 0: the same product has two "
            "numbers. Number the items once, before the windows are cut.",
        ),
        Misconception(
            name="only the histories from 1",
            wrong=_only_histories_from_one,
            says="Your histories count from 1, your targets from 0: the same product has two "
            "numbers. Number the items once, before the windows are cut.",
        ),
        Misconception(
            name="padded with -1",
            wrong=_padded_with_minus_one,
            says="You pad with -1 and number the items from 0. It tells them apart, but the course "
            "(and `nn.Embedding`) pads with 0: count from 1.",
        ),
        Misconception(
            name="only what was clicked",
            wrong=_by_the_log,
            says="You number the items of the log (`factorize`, `unique`): the catalogue is not "
            "used. As soon as a product gets its first click, all numbers behind it move. Number "
            "the whole catalogue, clicked or not.",
        ),
        Misconception(
            name="as they appear",
            wrong=_as_they_appear,
            says="You number the items in the order in which they appear in the log: another log "
            "gives other numbers. Number the sorted catalogue.",
        ),
        Misconception(
            name="the catalogue as it stands",
            wrong=_as_the_catalogue_stands,
            says="You number the catalogue in the order in which it is given. Sort it first, so "
            "that its order doesn't matter.",
        ),
        Misconception(
            name="sorted backwards",
            wrong=_sorted_backwards,
            says="Your numbers run backwards: the last id in sorted order has 1. Sort ascending.",
        ),
        Misconception(
            name="sorted as text",
            wrong=_sorted_as_text,
            says="You sort the ids as text (`str`), so 1000 comes before 30. Ids that are numbers "
            "are sorted as numbers.",
        ),
        Misconception(
            name="by popularity",
            wrong=_by_popularity,
            says="You number by popularity, the most clicked product first, so the numbers move "
            "with each day's log. Number the sorted catalogue.",
        ),
        Misconception(
            name="not sorted by time",
            wrong=_numbered(_not_sorted),
            says="The numbers are right, but the events are not sorted by time: you take the rows "
            "as the log has them.",
        ),
        Misconception(
            name="ties the wrong way",
            wrong=_numbered(_with_ties_reversed),
            says="The numbers are right, but events that tie in time are in reversed order. Of "
            'those the one further down in the log is the later one: `kind="stable"`.',
        ),
        Misconception(
            name="pads on the right",
            wrong=_numbered(_on_the_right),
            says="The numbers are right, but your zeros come last (padded on the right). Pad on "
            "the left, so that the newest click is at position -1.",
        ),
        Misconception(
            name="one item fewer",
            wrong=_numbered(_one_fewer),
            says="The numbers are right, but your histories hold at most `max_len - 1` items, one "
            "too few (off by one).",
        ),
        Misconception(
            name="windows across users",
            wrong=_numbered(_over_all_users),
            says="The numbers are right, but your windows run from one user into the next. Cut "
            "each user's events alone.",
        ),
        Misconception(
            name="one window per user",
            wrong=_numbered(_last_windows_only),
            says="The numbers are right, but you keep only each user's last window. Each event but "
            "a user's first is a target.",
        ),
        Misconception(
            name="int8",
            wrong=_ids_as_small_integers,
            says="Your arrays have a smaller integer dtype (the codes of a pandas categorical are "
            "int8). Wanted is int64.",
        ),
        Misconception(
            name="floats",
            wrong=_numbers_as_floats,
            says='Your arrays hold floats. Wanted is int64: `.astype("int64")`.',
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="interactions = validate_interactions(interactions) -> *",
            reason="It refuses a bad log; a good one comes back as it is.",
        ),
    ),
)

EXERCISES = (_SEQUENCES, _PADDING, _WINDOWS, _SPLIT, _NUMBERS)

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

GUESSES = (
    GuessNumber(id="2.1", asks="Shoppers whose last click changes", unit="%", high=100, close=10),
    GuessNumber(
        id="2.2", asks="The look-up is right first time, random split", unit="%", high=100, close=10
    ),
    GuessNumber(
        id="2.3", asks="The look-up is right first time, honest split", unit="%", high=100, close=5
    ),
    GuessChoice(
        id="2.4",
        asks="Where the bug is",
        choices=("the numbers", "the order", "the padding", "the windows"),
    ),
    GuessChoice(
        id="2.5",
        asks="Which knob brings the oracle closest to popularity",
        choices=("distraction", "habit", "order"),
    ),
    GuessNumber(
        id="2.6",
        asks="How far the last click comes at order = 0, of the achievable lift",
        unit="%",
        high=100,
        close=10,
    ),
)
