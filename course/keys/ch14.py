"""Answer key of chapter 14."""

from math import comb, exp, factorial

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
from seqrec.data import Events, benchmark_log, pieces
from seqrec.metrics import expected_sampled_hit_rate
from seqrec.reproduce.benchmark import best_unseen

# --- 14.1 The log ---------------------------------------------------------------------------------


def _log(users, items, times, index=None):
    n = len(users)
    columns = {
        "item_id": items,
        "outcome": np.arange(n) * 37 % 101 / 10,  # in no order: nothing can be sorted by it
        "user_id": users,
        "page": np.arange(n) % 7,
        "timestamp": times,
    }
    return pd.DataFrame(columns, index=index)


def _random_log(rng):
    """Films about the limit, rated twice at times; times tie; labels that say nothing."""
    n = 90
    popular, rare = rng.integers(1, 12, n), rng.integers(12, 40, n)
    items = np.where(rng.random(n) < 0.6, popular, rare)
    users = rng.choice([3, 9, 4, 7, 11], n)
    return _log(users, items, rng.integers(0, 6, n), rng.permutation(n) + 100)


def _log_probes(rng):
    yield Probe((_log([1, 1, 1], [7, 8, 9], [3, 1, 2]), 1), label="one user, out of order")
    yield Probe((_log([2, 1, 2, 1], [7, 7, 8, 8], [1, 4, 0, 2]), 1), label="two users, mixed")
    yield Probe(
        (_log([1] * 40, rng.permutation(40), [5] * 40), 1), label="forty ratings at one time"
    )
    yield Probe(
        (_log([3, 2, 1, 3, 2], [7, 7, 7, 8, 9], [1, 1, 1, 0, 2]), 3),
        label="one film has three ratings",
    )
    yield Probe(
        (_log([2, 3, 1, 1, 2], [7, 7, 7, 8, 8], [1, 1, 1, 0, 2]), 2), label="a film at the limit"
    )
    several = _log([1, 1, 1, 2, 2, 3], [7, 8, 9, 7, 8, 7], [3, 2, 1, 5, 6, 1])
    yield Probe((several, 2), label="a user who loses a rating")
    yield Probe((several,), label="the default, and nothing is left", edge=True)
    for min_count in (None, 3, 4, 7):
        args = (_random_log(rng),)
        yield Probe(args if min_count is None else (*args, min_count), label="random")


def _kept(interactions, min_count):
    return interactions[interactions.groupby("item_id")["item_id"].transform("size") >= min_count]


def _kept_users(interactions, min_count):
    return interactions[interactions.groupby("user_id")["user_id"].transform("size") >= min_count]


def _ordered(kept, by=("user_id", "timestamp"), **options):
    return kept.sort_values(list(by), **{"kind": "stable", "ignore_index": True} | options)


def _sorting(by=("user_id", "timestamp"), **options):
    """The right films, in another order."""

    def wrong(interactions, min_count=5):
        return _ordered(_kept(interactions, min_count), by, **options)

    return wrong


_newest_first = _sorting(ascending=[True, False])
_users_backwards = _sorting(ascending=[False, True])
_all_backwards = _sorting(ascending=False)
_by_item_too = _sorting(("user_id", "timestamp", "item_id"))
_by_item_not_time = _sorting(("user_id", "item_id"))
_time_only = _sorting(("timestamp",))
_time_then_user = _sorting(("timestamp", "user_id"))
_user_only = _sorting(("user_id",))
_by_item_then_time = _sorting(("item_id", "timestamp"))
_old_numbers = _sorting(ignore_index=False)


def _ties_backwards(interactions, min_count=5):
    return _ordered(_kept(interactions, min_count).iloc[::-1])


def _ties_by_label(interactions, min_count=5):
    return _ordered(_kept(interactions, min_count).sort_index())


def _users_unstably(interactions, min_count=5):
    by_time = _ordered(_kept(interactions, min_count), ("timestamp",))
    return by_time.sort_values("user_id", ignore_index=True)


def _not_sorted(interactions, min_count=5):
    return _kept(interactions, min_count).reset_index(drop=True)


def _more_than(interactions, min_count=5):
    return _ordered(_kept(interactions, min_count + 1))


def _one_less(interactions, min_count=5):
    return _ordered(_kept(interactions, min_count - 1))


def _always_five(interactions, min_count=5):
    return _ordered(_kept(interactions, 5))


def _rare_ones(interactions, min_count=5):
    return _ordered(interactions.drop(_kept(interactions, min_count).index))


def _users_too(interactions, min_count=5):
    return _ordered(_kept_users(_kept(interactions, min_count), min_count))


def _users_first(interactions, min_count=5):
    return _ordered(_kept(_kept_users(interactions, min_count), min_count))


def _both_until_nothing_changes(interactions, min_count=5):
    kept = interactions
    while True:
        fewer = _kept_users(_kept(kept, min_count), min_count)
        if len(fewer) == len(kept):
            return _ordered(kept)
        kept = fewer


def _users_instead(interactions, min_count=5):
    return _ordered(_kept_users(interactions, min_count))


def _counts_users(interactions, min_count=5):
    n_users = interactions.groupby("item_id")["user_id"].transform("nunique")
    return _ordered(interactions[n_users >= min_count])


def _once_each(keep, counted_before):
    """Each user's ratings of a film but one are dropped."""

    def wrong(interactions, min_count=5):
        kept = _kept(interactions, min_count) if counted_before else interactions
        kept = kept.drop_duplicates(["user_id", "item_id"], keep=keep)
        return _ordered(kept if counted_before else _kept(kept, min_count))

    return wrong


def _one_at_a_time(interactions, min_count=5):
    kept = _kept(interactions, min_count)
    return _ordered(kept.drop_duplicates(["user_id", "timestamp"]))


def _first_few_missing(interactions, min_count=5):
    return _ordered(interactions[interactions.groupby("item_id").cumcount() >= min_count - 1])


def _all_films(interactions, min_count=5):
    return _ordered(interactions)


def _number_column(interactions, min_count=5):
    return _old_numbers(interactions, min_count).reset_index()


def _three_columns(interactions, min_count=5):
    return _ordered(_kept(interactions, min_count))[["user_id", "item_id", "timestamp"]]


def _count_column(interactions, min_count=5):
    counted = interactions.assign(
        count=interactions.groupby("item_id")["item_id"].transform("size")
    )
    return _ordered(counted[counted["count"] >= min_count])


_LOG = Exercise(
    id="14.1",
    title="The log that the papers use",
    minutes=5,
    reference=benchmark_log,
    probes=_log_probes,
    hints=(
        "Count first: `interactions.groupby('item_id')['user_id'].transform('size')` has a number "
        "for each row.",
        "`sort_values` with two columns; its default kind of sort is not stable in general, so say "
        "`kind='stable'`.",
        "`k_core(interactions, items=min_count).sort_values(['user_id', 'timestamp'], "
        "kind='stable', ignore_index=True)`.",
    ),
    built="You have built the log that the papers' numbers rest on: 999,611 ratings, if it is "
    "MovieLens 1M. The next cell makes it, and everything in this chapter is learned "
    "from such a log.",
    misconceptions=(
        Misconception(
            name="newest first",
            wrong=_newest_first,
            says="Your users' newest ratings come first, time descending. Oldest first, as "
            "everywhere in this course.",
        ),
        Misconception(
            name="users backwards",
            wrong=_users_backwards,
            says="Your users stand in descending order, the largest id first. Sort them upward: "
            "ascending.",
        ),
        Misconception(
            name="all backwards",
            wrong=_all_backwards,
            says="You sort everything in descending order: users backwards, and newest first. Sort "
            "upward, ascending.",
        ),
        Misconception(
            name="films decide ties",
            wrong=_by_item_too,
            says="Where times are equal (ties) you sort by film, item_id. Then the 'last' rating "
            "is the one with the largest number. Equal times keep the order of the file: a stable "
            "sort by user and time alone.",
        ),
        Misconception(
            name="ties by label",
            wrong=_ties_by_label,
            says="Where times are equal (ties) you go by the labels of the index. They need not be "
            "in the order of the file: keep the rows as they stand, and sort stably.",
        ),
        Misconception(
            name="ties backwards",
            wrong=_ties_backwards,
            says="Ratings at the same time (ties) stand in the opposite order of the file, "
            "reversed. Sort the rows as they come, and stably.",
        ),
        Misconception(
            name="users sorted unstably",
            wrong=_users_unstably,
            says="Your second sort, by user, is not stable (quicksort is the default for one "
            "column), so it spoils the order in time that the first one made. Say kind='stable', "
            "or sort by both columns at once.",
        ),
        Misconception(
            name="films in place of times",
            wrong=_by_item_not_time,
            says="Within a user you sort by film, item_id, and the time is never read. First by "
            "user, then by timestamp.",
        ),
        Misconception(
            name="users within a time",
            wrong=_time_then_user,
            says="You sort by time first and by user second, so users are mixed. First by user, "
            "then by time.",
        ),
        Misconception(
            name="time only",
            wrong=_time_only,
            says="You sort by time alone, so users are mixed. First by user, then by time.",
        ),
        Misconception(
            name="user only",
            wrong=_user_only,
            says="You sort by user alone; within a user the time is ignored and the order of the "
            "file is left. First by user, then by time.",
        ),
        Misconception(
            name="by film",
            wrong=_by_item_then_time,
            says="You sort by film. Histories are those of users: by user_id, then by timestamp.",
        ),
        Misconception(
            name="not sorted",
            wrong=_not_sorted,
            says="The right rows, but not sorted: they stand as in the file. By user, then by "
            "time.",
        ),
        Misconception(
            name="more than",
            wrong=_more_than,
            says="You drop films with exactly `min_count` ratings. They stay: at least, `>=`, not "
            "more than, `>`.",
        ),
        Misconception(
            name="one less",
            wrong=_one_less,
            says="You keep films with `min_count` - 1 ratings too, one fewer than the limit. At "
            "least `min_count`.",
        ),
        Misconception(
            name="always five",
            wrong=_always_five,
            says="Your limit is always 5, the default: the argument `min_count` is never read.",
        ),
        Misconception(
            name="the rare ones",
            wrong=_rare_ones,
            says="You keep the rare films and drop the others, the wrong way round. Keep those "
            "with at least `min_count` ratings.",
        ),
        Misconception(
            name="users too, until nothing changes",
            wrong=_both_until_nothing_changes,
            says="You drop users with few ratings as well, again and again until nothing changes "
            "(a full k-core). This protocol drops films only, once.",
        ),
        Misconception(
            name="users first",
            wrong=_users_first,
            says="You drop users with few ratings first, and then count the films. This protocol "
            "drops films only.",
        ),
        Misconception(
            name="users too",
            wrong=_users_too,
            says="You drop users with few ratings as well. This protocol drops films only.",
        ),
        Misconception(
            name="users instead of films",
            wrong=_users_instead,
            says="You count the ratings of each user, and drop users instead of films. Films are "
            "to be counted: group by item_id.",
        ),
        Misconception(
            name="counts users, not ratings",
            wrong=_counts_users,
            says="You count how many different users rated a film (`nunique`). Its ratings are to "
            "be counted, repeats and all: size.",
        ),
        Misconception(
            name="a film once a user, counted before",
            wrong=_once_each("first", True),
            says="You drop a user's second rating of a film as a duplicate. All of them stay: the "
            "protocol drops rare films only.",
        ),
        Misconception(
            name="a film once a user",
            wrong=_once_each("first", False),
            says="You drop repeated ratings of a film by a user before you count, as duplicates. "
            "They count, and stay.",
        ),
        Misconception(
            name="a film once a user, the last, counted before",
            wrong=_once_each("last", True),
            says="Of a user's ratings of one film you keep the last and drop the others as "
            "duplicates. All of them stay: the protocol drops rare films only.",
        ),
        Misconception(
            name="a film once a user, the last",
            wrong=_once_each("last", False),
            says="Of a user's ratings of one film you keep the last, and then count: duplicates "
            "are dropped. They count, and stay.",
        ),
        Misconception(
            name="one rating at a time",
            wrong=_one_at_a_time,
            says="You keep one rating for each user and time, as if equal times were duplicates. "
            "All of them stay, in the order of the file.",
        ),
        Misconception(
            name="the first few missing",
            wrong=_first_few_missing,
            says="You drop the first ratings of each film until it has had `min_count`. A film "
            "with enough of them keeps all.",
        ),
        Misconception(
            name="nothing dropped",
            wrong=_all_films,
            says="Films with fewer than `min_count` ratings are still there: nothing is dropped.",
        ),
        Misconception(
            name="three columns",
            wrong=_three_columns,
            says="Some columns are lost: you keep user, item and time only. All columns are "
            "wanted.",
        ),
        Misconception(
            name="numbers as a column",
            wrong=_number_column,
            says="The old row numbers have become a column: `reset_index(drop=True)` leaves them "
            "out.",
        ),
        Misconception(
            name="counts as a column",
            wrong=_count_column,
            says="Your column of counts is still there. Return the columns that came in: drop it.",
        ),
        Misconception(
            name="old row numbers",
            wrong=_old_numbers,
            says="The rows are right, but carry the index that they had before the sort, the old "
            "row numbers: `ignore_index=True`, or `reset_index(drop=True)`.",
        ),
    ),
)

# --- 14.2 Pieces ----------------------------------------------------------------------------------


def _events(*lengths, items=None):
    ends = np.cumsum(lengths)
    n = int(ends[-1])
    return Events(
        pd.RangeIndex(len(ends)),
        np.arange(1, n + 1) if items is None else items,
        np.arange(n),
        ends - lengths,
        ends,
        np.ones(n, bool),
    )


def _random_events(rng, max_len):
    """Long, short and single histories; ids in no order, some of them again."""
    lengths = [1, 2, max_len + 1, *rng.integers(max_len + 2, 4 * max_len, 3), max_len]
    lengths = [*rng.permutation(lengths), 2 * max_len + 2]
    items = rng.integers(1, 50, sum(lengths))
    again = rng.random(len(items)) < 0.15  # the same item twice in a row
    items[1:] = np.where(again[1:], items[:-1], items[1:])
    return _events(*lengths, items=items)


def _pieces_probes(rng):
    for whole in (True, False):
        options = {"kwargs": {"whole": whole}}
        yield Probe((_events(8), 3), label="eight events, three at a time", **options)
        yield Probe((_events(4), 3), label="one piece exactly", **options)
        yield Probe((_events(5), 3), label="one event more than a piece", **options)
        yield Probe((_events(2, 1, 7), 2), label="three users, one with one event", **options)
        yield Probe((_events(1, 1), 2), label="nothing to predict", edge=True, **options)
        yield Probe((_events(3), 10), label="a short history", **options)
        yield Probe(
            (_events(3, 0, 2), 1),
            label="a user without events, one at a time",
            edge=True,
            **options,
        )
        for max_len in (4, 3, 5, 6, 4, 7):
            events = _random_events(rng, max_len)
            yield Probe((events, max_len), label="random lengths", **options)


def _rows(events, max_len, cut):
    """Rows of the pieces that `cut(start, end)` gives for each user, as (low, high)."""
    rows = []
    for start, end in zip(events.starts.tolist(), events.ends.tolist(), strict=True):
        for low, high in cut(start, end):
            piece = events.items[max(low, 0) : high]
            rows.append(np.pad(piece, (max_len + 1 - len(piece), 0)))
    return np.array(rows, events.items.dtype).reshape(-1, max_len + 1)


def _backwards(step, width, least=2, least_of_user=0, is_whole=None, crossing=False, newest=0):
    """Pieces from the newest event backwards, cut in another way.

    step, width: functions of max_len, of how far apart pieces end and how many events they have.
    """

    def wrong(events, max_len, *, whole):
        def cut(start, end):
            end -= newest
            if end - start < least_of_user:
                return
            while end - start >= least:
                low = end - width(max_len)
                yield low if crossing else max(low, start), end
                end -= step(max_len)
                if not (whole if is_whole is None else is_whole(whole)):
                    return

        return _rows(events, max_len, cut)

    return wrong


def _length(max_len):
    return max_len


def _and_one(max_len):
    return max_len + 1


_no_shared_event = _backwards(_and_one, _and_one)
_two_shared = _backwards(lambda max_len: max(max_len - 1, 1), _and_one)
_sliding = _backwards(lambda max_len: 1, _and_one)
_one_too_short = _backwards(_length, _length)
_too_short_and_apart = _backwards(lambda max_len: max(max_len - 1, 1), _length)
_single_events = _backwards(_length, _and_one, least=1)
_at_least_three = _backwards(_length, _and_one, least=3)
_users_of_three = _backwards(_length, _and_one, least_of_user=3)
_across_users = _backwards(_length, _and_one, crossing=True)
_newest_left_out = _backwards(_length, _and_one, newest=1)
_always_whole = _backwards(_length, _and_one, is_whole=lambda whole: True)
_never_whole = _backwards(_length, _and_one, is_whole=lambda whole: False)
_whole_inverted = _backwards(_length, _and_one, is_whole=lambda whole: not whole)


def _users_with_one_event(events, max_len, *, whole):
    def cut(start, end):
        if end - start == 1:
            yield start, end
        while end - start > 1:
            yield max(start, end - max_len - 1), end
            end -= max_len
            if not whole:
                return

    return _rows(events, max_len, cut)


def _leftover_of_one(events, max_len, *, whole):
    def cut(start, end):
        if end - start < 2:
            return
        while end > start:
            yield max(start, end - max_len - 1), end
            end -= max_len
            if not whole:
                return

    return _rows(events, max_len, cut)


def _leftover_thrown_away(events, max_len, *, whole):
    def cut(start, end):
        yield from _own_pieces(start, end, max_len, whole, is_kept=lambda n: n > max_len)

    return _rows(events, max_len, cut)


def _own_pieces(start, end, max_len, whole, is_kept):
    is_newest = True
    while end - start > 1:
        if is_newest or is_kept(end - start):
            yield max(start, end - max_len - 1), end
        is_newest = False
        end -= max_len
        if not whole:
            return


def _oldest_piece_missing(events, max_len, *, whole):
    def cut(start, end):
        found = list(_own_pieces(start, end, max_len, whole, is_kept=lambda n: True))
        yield from found[:-1] if len(found) > 1 else found

    return _rows(events, max_len, cut)


def _oldest_filled_up(events, max_len, *, whole):
    def cut(start, end):
        newest = end
        for low, high in _own_pieces(start, end, max_len, whole, is_kept=lambda n: True):
            yield low, max(high, min(low + max_len + 1, newest))

    return _rows(events, max_len, cut)


def _from_the_oldest(events, max_len, *, whole):
    def cut(start, end):
        for low in range(start, end - 1, max_len):
            yield low, min(low + max_len + 1, end)
            if not whole:
                return

    return _rows(events, max_len, cut)


def _from_the_oldest_newest_piece_first(events, max_len, *, whole):
    def cut(start, end):
        lows = range(start, end - 1, max_len)[::-1]
        for low in lows if whole else lows[:1]:
            yield low, min(low + max_len + 1, end)

    return _rows(events, max_len, cut)


def _oldest_of_all(events, max_len, *, whole):
    def cut(start, end):
        if whole:
            yield from _own_pieces(start, end, max_len, whole, is_kept=lambda n: True)
        elif end - start > 1:
            yield start, min(start + max_len + 1, end)

    return _rows(events, max_len, cut)


def _starts_ignored(events, max_len, *, whole):
    return pieces(events._replace(starts=np.zeros_like(events.starts)), max_len, whole=whole)


def _one_user_at_a_time(events, max_len, whole):
    for start, end in zip(events.starts, events.ends, strict=True):
        alone = events._replace(
            items=events.items[start:end],
            starts=np.array([0]),
            ends=np.array([end - start]),
        )
        yield pieces(alone, max_len, whole=whole)


def _joined(parts, events, max_len):
    empty = np.zeros((0, max_len + 1), events.items.dtype)
    return np.concatenate([empty, *parts])


def _oldest_piece_first(events, max_len, *, whole):
    parts = [own[::-1] for own in _one_user_at_a_time(events, max_len, whole)]
    return _joined(parts, events, max_len)


def _last_user_first(events, max_len, *, whole):
    return _joined(list(_one_user_at_a_time(events, max_len, whole))[::-1], events, max_len)


def _round_by_round(events, max_len, *, whole):
    parts = list(_one_user_at_a_time(events, max_len, whole))
    n_rounds = max(map(len, parts))
    rounds = [own[turn : turn + 1] for turn in range(n_rounds) for own in parts]
    return _joined(rounds, events, max_len)


def _all_reversed(events, max_len, *, whole):
    return pieces(events, max_len, whole=whole)[::-1]


def _last_user_missing(events, max_len, *, whole):
    return _joined(list(_one_user_at_a_time(events, max_len, whole))[:-1], events, max_len)


def _first_user_only(events, max_len, *, whole):
    return _joined(list(_one_user_at_a_time(events, max_len, whole))[:1], events, max_len)


def _rewritten(change):
    """The right pieces, each row changed. change: (row without padding, max_len + 1) -> row."""

    def wrong(events, max_len, *, whole):
        rows = pieces(events, max_len, whole=whole)
        changed = [change(row[row != 0], max_len + 1) for row in rows]
        return np.array(changed, rows.dtype).reshape(rows.shape)

    return wrong


_padded_right = _rewritten(lambda piece, width: np.pad(piece, (0, width - len(piece))))
_newest_event_first = _rewritten(lambda piece, width: np.pad(piece[::-1], (width - len(piece), 0)))
_flipped = _rewritten(lambda piece, width: np.pad(piece[::-1], (0, width - len(piece))))
_padded_with_first = _rewritten(
    lambda piece, width: np.pad(piece, (width - len(piece), 0), mode="edge")
)
_padded_with_minus_one = _rewritten(
    lambda piece, width: np.pad(piece, (width - len(piece), 0), constant_values=-1)
)
_sorted_items = _rewritten(lambda piece, width: np.pad(np.sort(piece), (width - len(piece), 0)))


def _without_repeats(is_kept):
    """Some events of each history are dropped before it is cut. is_kept: (items) -> bool."""

    def wrong(events, max_len, *, whole):
        own = [
            events.items[start:end][is_kept(events.items[start:end])]
            for start, end in zip(events.starts, events.ends, strict=True)
        ]
        fewer = _events(*map(len, own), items=np.concatenate(own))
        return pieces(fewer, max_len, whole=whole)

    return wrong


def _is_first(items):
    return ~pd.Series(items).duplicated().to_numpy()


def _is_last(items):
    return ~pd.Series(items).duplicated(keep="last").to_numpy()


def _is_no_repeat(items):
    return np.diff(items, prepend=0) != 0


def _full_ones_only(events, max_len, *, whole):
    rows = pieces(events, max_len, whole=whole)
    return rows[(rows != 0).all(axis=1)]


def _inputs_only(events, max_len, *, whole):
    return pieces(events, max_len, whole=whole)[:, :-1]


def _targets_only(events, max_len, *, whole):
    return pieces(events, max_len, whole=whole)[:, 1:]


def _one_column_more(events, max_len, *, whole):
    return np.pad(pieces(events, max_len, whole=whole), ((0, 0), (1, 0)))


def _longer_pieces(events, max_len, *, whole):
    return pieces(events, max_len + 1, whole=whole)


def _shorter_pieces(events, max_len, *, whole):
    return pieces(events, max_len - 1, whole=whole)


def _no_table_of_nothing(events, max_len, *, whole):
    rows = pieces(events, max_len, whole=whole)
    return rows if len(rows) else np.zeros(0, rows.dtype)


_PIECES = Exercise(
    id="14.2",
    title="All of a long history",
    minutes=10,
    reference=pieces,
    probes=_pieces_probes,
    hints=(
        "A loop over users, and in it `while end - start > 1:`. The piece is "
        "`events.items[max(start, end - max_len - 1) : end]`.",
        "After a piece the next one ends max_len earlier: `end -= max_len`. So one event is "
        "shared.",
        "`np.pad(piece, (max_len + 1 - len(piece), 0))` pads on the left; with `whole=False` leave "
        "the loop after one.",
    ),
    built="You have built the cut that trains on all of a long history. The next cell counts "
    "the targets it wins over the newest piece alone, and `seqrec.reproduce` trains on "
    "such pieces.",
    ours="The library has no loop over users: it counts the pieces of each, and cuts all of "
    "them with one index.",
    misconceptions=(
        Misconception(
            name="nothing shared",
            wrong=_no_shared_event,
            says="Your pieces share no event, there is no overlap, so the first event of each is "
            "never predicted. The next piece ends max_len earlier, not max_len + 1.",
        ),
        Misconception(
            name="two shared",
            wrong=_two_shared,
            says="Neighbours share two events here, so one of them is predicted twice. They "
            "overlap in one: the next piece ends max_len earlier.",
        ),
        Misconception(
            name="sliding windows",
            wrong=_sliding,
            says="You move on by one event. Then most events are targets many times: that is "
            "chapter 02's sliding window, max_len times the work. Move on by max_len.",
        ),
        Misconception(
            name="too short, one shared",
            wrong=_too_short_and_apart,
            says="Your pieces have max_len events, and each ends max_len - 1 earlier: one too few "
            "both times. Up to max_len are read, and one more is predicted: max_len + 1.",
        ),
        Misconception(
            name="one too short",
            wrong=_one_too_short,
            says="Your pieces are one event too short: max_len. A piece has up to max_len + 1 "
            "events: max_len are read, and the last is only predicted.",
        ),
        Misconception(
            name="users with one event",
            wrong=_users_with_one_event,
            says="A user with one single event gets a row, in which there is nothing to predict. "
            "Leave such users out: two events at least.",
        ),
        Misconception(
            name="a leftover of one",
            wrong=_leftover_of_one,
            says="Your last piece may be one single event, left over, that was a target already "
            "and predicts nothing. Go on only while `end - start > 1`.",
        ),
        Misconception(
            name="pieces of one event",
            wrong=_single_events,
            says="You make pieces of one single event, with nothing to predict: for users who have "
            "only one, and of what is left over. Two at least: `while end - start > 1`.",
        ),
        Misconception(
            name="users of three",
            wrong=_users_of_three,
            says="You leave out users with two events. One of them is read and the other "
            "predicted: two are enough.",
        ),
        Misconception(
            name="pieces of three",
            wrong=_at_least_three,
            says="You leave out pieces of two events. One is read, the other predicted: two are "
            "enough, `end - start > 1`.",
        ),
        Misconception(
            name="the leftover thrown away",
            wrong=_leftover_thrown_away,
            says="You throw away what is left of a long history, the short remainder at its "
            "beginning. It is a piece as well: pad it.",
        ),
        Misconception(
            name="full pieces only",
            wrong=_full_ones_only,
            says="The pieces that are not full are missing, short histories and remainders. Two "
            "events are enough for a lesson: pad them.",
        ),
        Misconception(
            name="the oldest piece missing",
            wrong=_oldest_piece_missing,
            says="The oldest piece of each long history is missing: your loop ends one too early. "
            "Go on while two events are left.",
        ),
        Misconception(
            name="the oldest piece filled up",
            wrong=_oldest_filled_up,
            says="You fill up the oldest piece with events of its neighbour, so these are "
            "predicted twice. Let it be short, and pad it with zeros.",
        ),
        Misconception(
            name="cut from the oldest",
            wrong=_from_the_oldest,
            says="You cut from the oldest event on, forward, so the short remainder is the newest. "
            "Begin at the end and go backwards.",
        ),
        Misconception(
            name="cut from the oldest, newest piece first",
            wrong=_from_the_oldest_newest_piece_first,
            says="You cut from the oldest event on, forward (though the newest piece comes first): "
            "the short remainder is the newest one. Begin at the end.",
        ),
        Misconception(
            name="the oldest of all",
            wrong=_oldest_of_all,
            says="With whole=False you keep each user's oldest events, the first ones. The newest "
            "piece is wanted, the last events.",
        ),
        Misconception(
            name="across users",
            wrong=_across_users,
            says="Your pieces run across the boundary of a user, into the history of the one "
            "before. Stop at the user's first event: `max(start, ...)`.",
        ),
        Misconception(
            name="starts ignored",
            wrong=_starts_ignored,
            says="You go back to the first event of the whole array, so a user gets the events of "
            "all users before. Each begins at events.starts.",
        ),
        Misconception(
            name="the newest event left out",
            wrong=_newest_left_out,
            says="Each user's newest event is left out, one too few at the end. `ends` is one past "
            "it already: items[starts[u] : ends[u]].",
        ),
        Misconception(
            name="oldest piece first",
            wrong=_oldest_piece_first,
            says="The pieces are right, their order is not: the oldest piece comes first. A user's "
            "newest piece comes first.",
        ),
        Misconception(
            name="last user first",
            wrong=_last_user_first,
            says="The pieces are right, but users stand in reverse order, the last one first. User "
            "by user, as in events.starts.",
        ),
        Misconception(
            name="round by round",
            wrong=_round_by_round,
            says="The pieces are right, but their order is not: all users' newest pieces first, "
            "then all the next. User by user.",
        ),
        Misconception(
            name="all reversed",
            wrong=_all_reversed,
            says="The rows stand in reverse order, last user and oldest piece first. User by user, "
            "the newest piece first.",
        ),
        Misconception(
            name="last user missing",
            wrong=_last_user_missing,
            says="The last user is missing: your loop ends one too early.",
        ),
        Misconception(
            name="first user only",
            wrong=_first_user_only,
            says="Only the first user's pieces are there. Loop over all of starts and ends, and "
            "return after the loop.",
        ),
        Misconception(
            name="newest event first",
            wrong=_newest_event_first,
            says="Within a row the newest event comes first, reversed. Keep the order of the "
            "history, oldest to newest, the newest last.",
        ),
        Misconception(
            name="flipped",
            wrong=_flipped,
            says="Your rows are flipped: newest event first, zeros on the right. Padding is on the "
            "left, then the events from old to new.",
        ),
        Misconception(
            name="padded on the right",
            wrong=_padded_right,
            says="The zeros stand on the right. Padding is on the left, so that the newest event "
            "is always last.",
        ),
        Misconception(
            name="padded with the first event",
            wrong=_padded_with_first,
            says="You pad with the first event of the piece, repeated. Padding is 0.",
        ),
        Misconception(
            name="padded with -1",
            wrong=_padded_with_minus_one,
            says="You pad with -1. Padding is 0.",
        ),
        Misconception(
            name="each item once, the first",
            wrong=_without_repeats(_is_first),
            says="You drop an item that comes again in a history, as a duplicate. Repeats are "
            "events like any other: keep all.",
        ),
        Misconception(
            name="each item once, the last",
            wrong=_without_repeats(_is_last),
            says="Of an item that comes again you keep the last event only and drop the others as "
            "duplicates. Repeats are events like any other: keep all.",
        ),
        Misconception(
            name="repeats in a row dropped",
            wrong=_without_repeats(_is_no_repeat),
            says="You drop an item that follows itself, as a duplicate. Repeats are events like "
            "any other: keep all.",
        ),
        Misconception(
            name="items sorted",
            wrong=_sorted_items,
            says="You sort the items by id. Keep the order of the history.",
        ),
        Misconception(
            name="always whole",
            wrong=_always_whole,
            says="You always cut the whole history: `whole` is never read. With whole=False only "
            "the newest piece of each user is wanted.",
        ),
        Misconception(
            name="never whole",
            wrong=_never_whole,
            says="You always keep the newest piece only: `whole` is never read, or the loop ends "
            "after one. With whole=True the older pieces are wanted too.",
        ),
        Misconception(
            name="whole inverted",
            wrong=_whole_inverted,
            says="You read `whole` the wrong way round, inverted: True means all pieces, False the "
            "newest only.",
        ),
        Misconception(
            name="inputs only",
            wrong=_inputs_only,
            says="Your last column is missing, the targets of the last place: rows have max_len "
            "items. They have max_len + 1: what is read, and what is predicted.",
        ),
        Misconception(
            name="targets only",
            wrong=_targets_only,
            says="Your first column is missing: rows have max_len items, the targets only. They "
            "have max_len + 1: what is read, and what is predicted.",
        ),
        Misconception(
            name="shorter pieces",
            wrong=_shorter_pieces,
            says="You cut pieces of max_len items, one too few: max_len are read, and one more is "
            "predicted. Rows have max_len + 1.",
        ),
        Misconception(
            name="longer pieces",
            wrong=_longer_pieces,
            says="Your pieces are one event too long, max_len + 2. max_len are read, and one more "
            "is predicted: max_len + 1.",
        ),
        Misconception(
            name="one column more",
            wrong=_one_column_more,
            says="Your rows are one column too wide, one zero too many on the left. They have "
            "max_len + 1 items.",
        ),
        Misconception(
            name="no table of nothing",
            wrong=_no_table_of_nothing,
            says="Where no user has a piece your result is empty and flat, (0,). It is a table "
            "without rows: (0, max_len + 1), as `reshape(-1, max_len + 1)` makes it.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="for start, end in zip(events.starts, events.ends, strict=True): -> "
            "for start, end in zip(events.starts, events.ends, strict=False):",
            reason="There are as many starts as ends.",
        ),
        EquivalentMutant(
            edit="return np.array(rows, events.items.dtype).reshape(-1, max_len + 1) -> *",
            reason="NumPy takes any negative number for the length that it works out.",
        ),
        EquivalentMutant(
            edit="rows.append(np.pad(piece, (max_len + 1 - len(piece), 0))) -> "
            "rows.extend(np.pad(piece, (max_len + 1 - len(piece), 0)))",
            reason="The reshape at the end puts the numbers back into rows.",
        ),
        EquivalentMutant(
            edit="max_len = _read_max_len(max_len, events.items) -> max_len = max_len",
            reason="It refuses what is no length, and gives back what is one.",
        ),
        EquivalentMutant(
            edit="return stretches(values, events.starts, events.ends, user, events.ends[user] - "
            "back * max_len, before + max_len + 1) -> return stretches(values, events.starts, "
            "events.ends, user, events.ends[user] - back * max_len, max_len + 1)",
            reason="The exercise asks for nothing that stands before a piece: before is 0.",
        ),
    ),
)

# --- 14.3 What a sample says ----------------------------------------------------------------------


def _sampled_probes(rng):
    yield Probe((np.array([1, 2, 3, 4]), 4, 1, 1), label="one negative, first place")
    yield Probe((np.array([1, 5, 10]), 10, 9, 3), label="all others drawn", edge=True)
    yield Probe((np.array([1, 20, 35, 50, 100]), 100, 20, 5), label="twenty of a hundred")
    yield Probe((np.array([3, 3, 20]), np.array([4, 50, 30]), 3, 2), label="two sizes of list")
    yield Probe((np.array([2, 14]), 20, 2, 10), label="fewer negatives than places", edge=True)
    yield Probe((rng.integers(40, 300, 5), 3_000, 100, 6), label="a large catalogue")
    yield Probe(
        (np.array([7, 400, 900]), 20_000, 200, 5),
        label="more ways to draw than a float can hold",
        edge=True,
    )
    for n_negatives, k in ((20, 4), (12, 3), (30, 5), (15, 2)):
        sizes = rng.integers(90, 200, 4)
        # as many as leave a chance of each outcome
        shares = rng.uniform(0.5, 1.8, 4) * k / n_negatives
        ranks = 2 + (shares * sizes).astype(int)
        yield Probe(
            (ranks, sizes if k % 2 else 200, n_negatives, k), label="random ranks and sizes"
        )


def _each(ranks, n_candidates, chance):
    sizes = np.broadcast_to(n_candidates, np.shape(ranks))
    return np.array(
        [chance(int(rank), int(n)) for rank, n in zip(ranks, sizes, strict=True)], float
    )


def _way(better, worse, n, b):
    """Draws of n in which b are of the better ones; 0 where there are none."""
    return comb(better, b) * comb(worse, n - b) if 0 <= b <= n and min(better, worse) >= 0 else 0


def _law(
    better=lambda r, n: r - 1,
    others=lambda r, n: n - 1,
    drawn=lambda N: N,
    terms=lambda N, k: range(min(k, N + 1)),
    divided=lambda others, N, k: comb(others, N),
    k_read=None,
):
    """The hypergeometric sum, one part of it wrong."""

    def wrong(ranks, n_candidates, n_negatives, k):
        N = drawn(n_negatives)

        def chance(r, n):
            first, all_others = better(r, n), others(r, n)
            ways = sum(
                _way(first, all_others - first, min(N, all_others), b)
                for b in terms(N, k_read or k)
            )
            return ways / divided(all_others, min(N, all_others), k)

        return _each(ranks, n_candidates, chance)

    return wrong


_k_too_many = _law(terms=lambda N, k: range(min(k, N) + 1))
_last_term_missing = _law(terms=lambda N, k: range(min(k - 1, N + 1)))
_first_term_missing = _law(terms=lambda N, k: range(1, min(k, N + 1)))
_from_one_to_k = _law(terms=lambda N, k: range(1, min(k, N) + 1))
_exactly = _law(terms=lambda N, k: [min(k, N + 1) - 1])
_exactly_k = _law(terms=lambda N, k: [k])
_none_in_front = _law(terms=lambda N, k: [0])
_more_than_k = _law(terms=lambda N, k: range(k + 1, N + 1))
_counts_itself = _law(better=lambda r, n: r, others=lambda r, n: n)
_itself_in_front = _law(better=lambda r, n: min(r, n - 1))
_itself_drawn = _law(others=lambda r, n: n)
_two_fewer_in_front = _law(better=lambda r, n: max(r - 2, 0))
_one_negative_fewer = _law(drawn=lambda N: N - 1)
_one_negative_more = _law(drawn=lambda N: N + 1)
_worse_in_front = _law(better=lambda r, n: n - r)
_always_ten = _law(k_read=10)
_divided_by_all = _law(divided=lambda others, N, k: comb(others + 1, N))
_divided_by_k = _law(divided=lambda others, N, k: comb(others, min(k, others)))


def _whole_numbers_only(ranks, n_candidates, n_negatives, k):
    def chance(r, n):
        ways = sum(_way(r - 1, n - r, n_negatives, b) for b in range(min(k, n_negatives + 1)))
        return ways // comb(n - 1, n_negatives)

    return _each(ranks, n_candidates, chance)


def _binomial(share):
    """With replacement: each negative beats the target with a chance of its own."""

    def wrong(ranks, n_candidates, n_negatives, k):
        def chance(r, n):
            p = min(max(share(r, n), 0.0), 1.0)
            return sum(
                comb(n_negatives, b) * p**b * (1 - p) ** (n_negatives - b)
                for b in range(min(k, n_negatives + 1))
            )

        return _each(ranks, n_candidates, chance)

    return wrong


_with_replacement = _binomial(lambda r, n: (r - 1) / (n - 1))
_with_replacement_of_all = _binomial(lambda r, n: (r - 1) / n)
_with_replacement_itself = _binomial(lambda r, n: r / n)


def _poisson(ranks, n_candidates, n_negatives, k):
    def chance(r, n):
        rate = n_negatives * (r - 1) / (n - 1)
        return sum(exp(-rate) * rate**b / factorial(b) for b in range(min(k, n_negatives + 1)))

    return _each(ranks, n_candidates, chance)


def _miss(ranks, n_candidates, n_negatives, k):
    return 1 - expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k)


def _percent(ranks, n_candidates, n_negatives, k):
    return 100 * expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k)


def _no_sample(ranks, n_candidates, n_negatives, k):
    return (np.asarray(ranks) <= k).astype(float)


def _expected_rank(ranks, n_candidates, n_negatives, k):
    return 1 + (np.asarray(ranks) - 1) * n_negatives / (np.asarray(n_candidates) - 1)


def _share(ranks, n_candidates, n_negatives, k):
    return (_expected_rank(ranks, n_candidates, n_negatives, k) <= k).astype(float)


def _share_before(ranks, n_candidates, n_negatives, k):
    return (_expected_rank(ranks, n_candidates, n_negatives, k) - 1 < k).astype(float)


def _places_by_rank(ranks, n_candidates, n_negatives, k):
    return np.minimum(k / _expected_rank(ranks, n_candidates, n_negatives, k), 1.0)


def _by_luck(ranks, n_candidates, n_negatives, k):
    return np.full(np.shape(ranks), min(k / (n_negatives + 1), 1.0))


def _mean(ranks, n_candidates, n_negatives, k):
    return float(expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k).mean())


def _first_alone(ranks, n_candidates, n_negatives, k):
    found = expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k)
    return np.full_like(found, found[0])


def _sum_of_all(ranks, n_candidates, n_negatives, k):
    return float(expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k).sum())


def _first_size(ranks, n_candidates, n_negatives, k):
    size = int(np.ravel(n_candidates)[0])
    return _law()(ranks, np.maximum(size, np.asarray(ranks)), n_negatives, k)


def _beyond_the_draws(ranks, n_candidates, n_negatives, k):
    def chance(r, n):
        ways = sum(comb(r - 1, b) * comb(n - r, n_negatives - b) for b in range(k))
        return ways / comb(n - 1, n_negatives)

    return _each(ranks, n_candidates, chance)


def _one_size_for_all(ranks, n_candidates, n_negatives, k):
    ranks = np.asarray(ranks)
    return np.array(
        [
            sum(
                comb(int(rank) - 1, b) * comb(n_candidates - int(rank), n_negatives - b)
                for b in range(min(k, n_negatives + 1))
            )
            / comb(n_candidates - 1, n_negatives)
            for rank in ranks
        ]
    )


def _sizes_in_a_list(ranks, n_candidates, n_negatives, k):
    return np.array(
        [
            expected_sampled_hit_rate(np.array([rank]), int(size), n_negatives, k)[0]
            for rank, size in zip(ranks, n_candidates, strict=True)
        ]
    )


_SAMPLED = Exercise(
    id="14.3",
    title="What a sample says",
    minutes=8,
    reference=expected_sampled_hit_rate,
    probes=_sampled_probes,
    hints=(
        "For one user: `better = rank - 1` of the `n = n_candidates - 1` others beat the target. "
        "The formula is a sum over b, how many of *those* are drawn.",
        "b goes from 0 to k - 1, and never beyond n_negatives. `comb` does the rest, and is 0 "
        "where nothing fits.",
        "`sum(comb(better, b) * comb(n - better, N - b) for b in range(min(k, N + 1))) / comb(n, "
        "N)`, for each user; `np.broadcast_to(n_candidates, np.shape(ranks))` makes an array of a "
        "number.",
    ),
    built="You have built the exact answer of a sampled evaluation, without drawing a sample. "
    "The chapter turns its own full ranks into the papers' HR@10 with it, and they "
    "double at least.",
    ours="The library computes each rank once, however many users share it.",
    misconceptions=(
        Misconception(
            name="whole-number division",
            wrong=_whole_numbers_only,
            says="You divide with `//`, a whole-number (integer) division, which leaves 0 of every "
            "chance below 1. Use `/`.",
        ),
        Misconception(
            name="one place too many",
            wrong=_k_too_many,
            says="You allow k negatives in front of the target, one term too many. Then it stands "
            "at place k + 1: fewer than k may be, b = 0 .. k - 1.",
        ),
        Misconception(
            name="the last term missing",
            wrong=_last_term_missing,
            says="The last term of your sum is left out: b has to go up to k - 1, with k - 1 "
            "negatives in front the target is still at place k. `range(k)`.",
        ),
        Misconception(
            name="the first term missing",
            wrong=_first_term_missing,
            says="Your sum begins with b = 1: the first term is left out, in which no negative "
            "stands in front. b goes from 0.",
        ),
        Misconception(
            name="from one to k",
            wrong=_from_one_to_k,
            says="Your b goes from 1 to k. It counts the negatives in front of the target: from "
            "none, 0, to k - 1.",
        ),
        Misconception(
            name="none in front",
            wrong=_none_in_front,
            says="This is the chance that *no* negative stands in front, the first place: k is "
            "never read. Sum over b = 0 .. k - 1.",
        ),
        Misconception(
            name="exactly k - 1",
            wrong=_exactly,
            says="This is the chance of *exactly* k - 1 negatives in front, a single term. Fewer "
            "are welcome too: sum over b = 0 .. k - 1.",
        ),
        Misconception(
            name="exactly k",
            wrong=_exactly_k,
            says="This is the chance of *exactly* k negatives in front, a single term. Fewer than "
            "k are asked for: sum over b = 0 .. k - 1.",
        ),
        Misconception(
            name="more than k",
            wrong=_more_than_k,
            says="You sum over more than k negatives in front, the upper tail: that is a miss. Sum "
            "over fewer than k.",
        ),
        Misconception(
            name="always ten",
            wrong=_always_ten,
            says="You always ask for the first 10: the argument `k` is never read.",
        ),
        Misconception(
            name="it beats itself",
            wrong=_counts_itself,
            says="You count the target among those that beat it, and among those that are drawn. "
            "At rank r only r - 1 beat it, and the negatives are drawn from the others.",
        ),
        Misconception(
            name="one too many in front",
            wrong=_itself_in_front,
            says="You let `rank` items beat the target, one too many: it does not beat itself. At "
            "rank r only r - 1 stand before it.",
        ),
        Misconception(
            name="one too few in front",
            wrong=_two_fewer_in_front,
            says="You let rank - 2 items beat the target, as if ranks began with 2. At rank r, r - "
            "1 stand before it.",
        ),
        Misconception(
            name="drawn from all candidates",
            wrong=_itself_drawn,
            says="You draw the negatives from all n_candidates, the target included. They are "
            "drawn from the others: n_candidates - 1.",
        ),
        Misconception(
            name="the target is one of the negatives",
            wrong=_one_negative_fewer,
            says="You count the target as one of the n_negatives, and draw one fewer. They are "
            "drawn besides it: n_negatives others.",
        ),
        Misconception(
            name="one negative more",
            wrong=_one_negative_more,
            says="You draw n_negatives + 1, one too many. The list has that many with the target, "
            "which isn't drawn.",
        ),
        Misconception(
            name="worse ones in front",
            wrong=_worse_in_front,
            says="You exchange better and worse: those *behind* the target count as those that "
            "beat it. rank - 1 beat it, the others don't.",
        ),
        Misconception(
            name="divided by draws from all",
            wrong=_divided_by_all,
            says="You divide by the draws from all n_candidates. There are comb(n_candidates - 1, "
            "n_negatives): the target isn't drawn.",
        ),
        Misconception(
            name="divided by draws of k",
            wrong=_divided_by_k,
            says="You divide by the number of ways to draw k. n_negatives are drawn: "
            "comb(n_candidates - 1, n_negatives).",
        ),
        Misconception(
            name="with replacement, from all",
            wrong=_with_replacement_of_all,
            says="This is the chance if the same negative could be drawn twice (with replacement, "
            "binomial), and from all candidates. Each of the others is drawn at most once: the "
            "hypergeometric law.",
        ),
        Misconception(
            name="with replacement, itself in front",
            wrong=_with_replacement_itself,
            says="This is the binomial law, with replacement, and the target beats itself in it. "
            "Each of the others is drawn at most once (hypergeometric), and rank - 1 beat it.",
        ),
        Misconception(
            name="with replacement",
            wrong=_with_replacement,
            says="This is the chance if the same negative could be drawn twice (with replacement, "
            "the binomial law). Each is drawn at most once: the hypergeometric law.",
        ),
        Misconception(
            name="Poisson",
            wrong=_poisson,
            says="This is Poisson's law, an approximation for rare hits. Each of the others is "
            "drawn at most once: the hypergeometric law is exact.",
        ),
        Misconception(
            name="the chance of a miss",
            wrong=_miss,
            says="This is the chance of a miss, the complement: 1 minus the answer.",
        ),
        Misconception(
            name="percent",
            wrong=_percent,
            says="You return percent. A chance is between 0 and 1: don't multiply by 100.",
        ),
        Misconception(
            name="no sample",
            wrong=_no_sample,
            says="This is the hit rate among all candidates (rank <= k), without a sample. With a "
            "sample of them most rivals are not there.",
        ),
        Misconception(
            name="the expected rank",
            wrong=_share,
            says="You compare the *expected* sampled rank with k, which gives 0 or 1. The rank is "
            "random: sum its chances.",
        ),
        Misconception(
            name="the expected number in front",
            wrong=_share_before,
            says="You compare the *expected* number of negatives in front, a mean, with k, which "
            "gives hit or miss, 0 or 1. The number is random: sum its chances.",
        ),
        Misconception(
            name="the expected rank itself",
            wrong=_expected_rank,
            says="You return the expected rank in the sample. Asked for is the chance that it is "
            "at most k.",
        ),
        Misconception(
            name="k by the expected rank",
            wrong=_places_by_rank,
            says="You divide k by the expected rank in the sample. That is no chance: sum the "
            "hypergeometric law over b.",
        ),
        Misconception(
            name="by luck",
            wrong=_by_luck,
            says="This is the chance of a target that is placed by luck, k of n_negatives + 1: "
            "`ranks` is never read.",
        ),
        Misconception(
            name="a mean",
            wrong=_mean,
            says="You return the mean over users, a single number. One number per user is asked "
            "for, (B,).",
        ),
        Misconception(
            name="a sum",
            wrong=_sum_of_all,
            says="You return the sum over users, a single number. One number per user is asked "
            "for, (B,).",
        ),
        Misconception(
            name="the first user for all",
            wrong=_first_alone,
            says="Every user gets the first one's chance. Compute it for each rank.",
        ),
        Misconception(
            name="the first size for all",
            wrong=_first_size,
            says="You read the first entry of n_candidates for all. Where it is an array, each "
            "user has their own.",
        ),
        Misconception(
            name="one size for all",
            wrong=_one_size_for_all,
            says="You take n_candidates for one number. It may be an array, (B,), one for each "
            "user: `np.broadcast_to(n_candidates, np.shape(ranks))` serves both.",
        ),
        Misconception(
            name="sizes in a list",
            wrong=_sizes_in_a_list,
            says="You take n_candidates for an array and loop over it. It may be one number for "
            "all: `np.broadcast_to(n_candidates, np.shape(ranks))` serves both.",
        ),
        Misconception(
            name="beyond the draws",
            wrong=_beyond_the_draws,
            says="Your b goes beyond n_negatives where k is larger, and `comb` refuses a negative "
            "number. Stop at n_negatives: `range(min(k, n_negatives + 1))`.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="ranks = read_ranks(ranks) -> ranks = ranks",
            reason="It edits the check of bad input alone; the exercise asks for good input only.",
        ),
        EquivalentMutant(
            edit="distinct, places = np.unique(np.stack([ranks - 1, n_candidates - 1]), axis=1, "
            "return_inverse=True) -> *",
            reason="np.unique makes an array of a list.",
        ),
        EquivalentMutant(
            edit="chances = [sum((comb(better, b) * comb(others - better, n_negatives - b) for b "
            "in range(min(k, n_negatives + 1)))) / comb(others, n_negatives) for better, others in "
            "distinct.T.tolist()] -> *",
            reason="comb takes NumPy's integers too, and returns Python's.",
        ),
        EquivalentMutant(
            edit="for better, n in zip(np.asarray(ranks).tolist(), others.tolist(), strict=True): "
            "-> *",
            reason="comb takes NumPy's integers too; the probes' ranks are arrays, and as many as "
            "there are sizes.",
        ),
    ),
)

# --- 14.4 Your list -------------------------------------------------------------------------------


def _scorer(seed, V, max_len, watched):
    """Log-probabilities that hang on every place of the history, and on what stands there.

    watched: films that score well, so that whoever does not exclude them lists them.
    """
    rng = np.random.default_rng(seed)
    of_items, of_places = rng.normal(size=(V, V)), rng.uniform(0.3, 2.0, max_len)

    def score(histories):
        histories = np.asarray(histories)
        if histories.shape != (1, max_len):
            raise ValueError(
                f"score takes histories of shape (1, {max_len}), got {histories.shape}."
            )
        scores = (of_items[histories] * of_places[None, :, None]).sum(axis=1)
        scores = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True)) - 0.1
        scores[:, 0] = 99.0  # padding: whoever lists it has forgotten that it is no item
        scores[:, watched] /= 50
        return scores

    return score


def _best_probes(rng):
    for label, history, max_len, k, edge in (
        ("a short history", [3, 5], 4, 4, False),
        ("as long as the network reads", [2, 9, 4, 7], 4, 5, False),
        ("longer than the network reads", [8, 2, 9, 4, 7, 1], 4, 3, False),
        ("one film", [6], 3, 4, True),
        ("seen twice", [6, 6, 2], 5, 4, True),
    ):
        seed = len(history) + max_len
        yield Probe(
            (_scorer(seed, 15, max_len, history), history, max_len, k), label=label, edge=edge
        )
    for n, max_len, k in ((3, 6, 7), (8, 5, 3), (4, 7, 9), (5, 4, 9), (6, 3, 10)):
        history = (rng.permutation(16)[:n] + 1).tolist()
        seed = int(rng.integers(1, 10**6))
        yield Probe((_scorer(seed, 21, max_len, history), history, max_len, k), label="random")


def _plain(
    score,
    history,
    max_len,
    k,
    *,
    read=None,
    left=True,
    seen=None,
    padding=True,
    hidden=-np.inf,
):
    """The list, one part of it wrong. read: what the network is given; seen: what is excluded."""
    given = list(history)[-max_len:] if read is None else list(read)
    gap = [0] * (max_len - len(given))
    scores = np.array(score(np.array([gap + given if left else given + gap])))[0]
    if padding:
        scores[0] = -np.inf
    scores[list(history if seen is None else seen)] = hidden
    return np.argsort(-scores, kind="stable")[:k]


def _giving(read, **options):
    """The network is given another history. read: (history, max_len) -> items."""

    def wrong(score, history, max_len, k):
        given = read(list(history), max_len)
        return _plain(score, history, max_len, k, read=given, **options)

    return wrong


def _excluding(seen, **options):
    """Other films are excluded. seen: (history, max_len) -> items."""

    def wrong(score, history, max_len, k):
        left_out = seen(list(history), max_len)
        return _plain(score, history, max_len, k, seen=left_out, **options)

    return wrong


_pads_right = _giving(lambda history, max_len: history[-max_len:], left=False)
_oldest = _giving(lambda history, max_len: history[:max_len])
_oldest_padded_right = _giving(lambda history, max_len: history[:max_len], left=False)
_newest_reversed = _giving(lambda history, max_len: history[-max_len:][::-1])
_reversed_padded_right = _giving(lambda history, max_len: history[-max_len:][::-1], left=False)
_oldest_reversed = _giving(lambda history, max_len: history[::-1][-max_len:])
_one_too_few = _giving(lambda history, max_len: history[-max_len + 1 :])
_without_the_newest = _giving(lambda history, max_len: history[:-1][-max_len:])
_newest_alone = _giving(lambda history, max_len: history[-1:])
_sorted_history = _giving(lambda history, max_len: sorted(history[-max_len:]))
_each_once = _giving(lambda history, max_len: sorted(set(history))[-max_len:])
_nothing_read = _giving(lambda history, max_len: [])
_repeated = _giving(lambda history, max_len: (history * max_len)[-max_len:])
_first_item_repeated = _giving(
    lambda history, max_len: [history[0]] * (max_len - len(history)) + history[-max_len:]
)
_shows_the_seen = _excluding(lambda history, max_len: [0])
_seen_and_padding = _excluding(lambda history, max_len: [], padding=False)
_shows_padding = _excluding(lambda history, max_len: history, padding=False)
_seen_that_was_read = _excluding(lambda history, max_len: history[-max_len:])
_oldest_excluded = _excluding(lambda history, max_len: history[:-max_len] or [0])
_newest_excluded = _excluding(lambda history, max_len: history[-1:])
_first_excluded = _excluding(lambda history, max_len: history[:1])
_one_column_left = _excluding(lambda history, max_len: [item - 1 for item in history])
_one_column_right = _excluding(lambda history, max_len: [item + 1 for item in history])
_places_excluded = _excluding(lambda history, max_len: range(len(history)))
_seen_are_zero = _excluding(lambda history, max_len: history, hidden=0.0)
_seen_are_minus_one = _excluding(lambda history, max_len: history, hidden=-1.0)


def _worst(score, history, max_len, k):
    return _plain(lambda histories: -np.array(score(histories)), history, max_len, k)


def _worst_upward(score, history, max_len, k):
    scores = np.array(score(_padded(history, max_len)))[0]
    scores[[0, *history]] = -np.inf
    return np.argsort(scores)[:k]


def _padded(history, max_len):
    newest = list(history)[-max_len:]
    return np.array([[0] * (max_len - len(newest)) + newest])


def _changed(change):
    """The right list, changed. change: (the best k + 1, k) -> list."""

    def wrong(score, history, max_len, k):
        return change(_plain(score, history, max_len, k + 1), k)

    return wrong


_columns_from_one = _changed(lambda best, k: best[:k] - 1)
_columns_from_two = _changed(lambda best, k: best[:k] + 1)
_best_last = _changed(lambda best, k: best[:k][::-1])
_by_id = _changed(lambda best, k: np.sort(best[:k]))
_one_table = _changed(lambda best, k: best[None, :k])
_one_fewer = _changed(lambda best, k: best[: k - 1])
_one_more = _changed(lambda best, k: best[: k + 1])
_best_missing = _changed(lambda best, k: best[1 : k + 1])
_best_alone = _changed(lambda best, k: best[0])


def _always_ten(score, history, max_len, k):
    return _plain(score, history, max_len, 10)


def _all_of_them(score, history, max_len, k):
    return _plain(score, history, max_len, 99)


def _taken_out_afterwards(score, history, max_len, k):
    best = _plain(score, history, max_len, k, seen=[0])
    return best[~np.isin(best, history)]


def _taken_out_afterwards_with_padding(score, history, max_len, k):
    best = _plain(score, history, max_len, k, seen=[], padding=False)
    return best[~np.isin(best, [0, *history])]


def _columns_deleted(score, history, max_len, k):
    scores = np.array(score(_padded(history, max_len)))[0]
    return np.argsort(-np.delete(scores, [0, *history]), kind="stable")[:k]


def _not_padded(score, history, max_len, k):
    return _plain(lambda histories: score(histories[:, -len(history) :]), history, max_len, k)


def _not_cut(score, history, max_len, k):
    given = [0] * (max_len - len(history)) + list(history)
    return _plain(lambda histories: score(np.array([given])), history, max_len, k)


def _as_it_is(score, history, max_len, k):
    return _plain(lambda histories: score(np.array([history])), history, max_len, k)


def _one_row(score, history, max_len, k):
    return _plain(lambda histories: score(histories[0]), history, max_len, k)


def _scores_of_the_best(score, history, max_len, k):
    scores = np.array(score(_padded(history, max_len)))[0]
    return scores[_plain(score, history, max_len, k)]


_BEST = Exercise(
    id="14.4",
    title="A list for you",
    minutes=6,
    reference=best_unseen,
    probes=_best_probes,
    hints=(
        "Three steps: a row of max_len ids with the newest on the right, its scores, and a list "
        "without what was seen.",
        "`padded[0, max_len - len(newest):] = newest` with `newest = "
        "np.asarray(history)[-max_len:]`.",
        "`top_items(exclude(scores, np.asarray(history)[None]), k)[0]`, where `scores` is "
        "`score(padded)`.",
    ),
    built="You have built the last step before a person: history in, list out. The next cell "
    "asks the trained network for ten films for you with it.",
    misconceptions=(
        Misconception(
            name="padded on the right",
            wrong=_pads_right,
            says="The zeros stand on the right, so the network takes padding for the newest film. "
            "Pad on the left.",
        ),
        Misconception(
            name="the oldest, padded on the right",
            wrong=_oldest_padded_right,
            says="You write the history from the left edge: zeros stand on the right, and of a "
            "long one you keep the oldest films. Pad on the left, and keep the newest max_len.",
        ),
        Misconception(
            name="the oldest",
            wrong=_oldest,
            says="Of a long history you hand over the oldest films, the first `max_len`. The "
            "network reads the newest max_len, the last ones.",
        ),
        Misconception(
            name="not padded",
            wrong=_not_padded,
            says="A short history is not padded. The network takes rows of exactly max_len: zeros "
            "on the left, then the films.",
        ),
        Misconception(
            name="not cut",
            wrong=_not_cut,
            says="A long history is not cut. The network takes rows of exactly max_len: keep the "
            "newest, `history[-max_len:]`.",
        ),
        Misconception(
            name="neither padded nor cut",
            wrong=_as_it_is,
            says="You hand over the history as it is, neither padded nor cut. The network takes "
            "rows of exactly max_len: the newest, with zeros on their left.",
        ),
        Misconception(
            name="a row without a batch",
            wrong=_one_row,
            says="You hand over one row, (max_len,). `score` takes a batch of them, (1, max_len): "
            "`[None]` adds the axis.",
        ),
        Misconception(
            name="newest first",
            wrong=_newest_reversed,
            says="The history is handed over newest first, reversed. Oldest first, the newest at "
            "the right end.",
        ),
        Misconception(
            name="newest first, padded on the right",
            wrong=_reversed_padded_right,
            says="You hand over the newest first, with the zeros on the right: the whole row is "
            "reversed. Zeros on the left, then oldest to newest.",
        ),
        Misconception(
            name="oldest, reversed",
            wrong=_oldest_reversed,
            says="You reverse the history and then cut it, so the oldest films are read, newest "
            "first. Keep the order, and the newest max_len.",
        ),
        Misconception(
            name="one too few read",
            wrong=_one_too_few,
            says="You hand over max_len - 1 films, one too few. The network reads the newest "
            "max_len: `history[-max_len:]`.",
        ),
        Misconception(
            name="without the newest",
            wrong=_without_the_newest,
            says="You hold back the newest film, as if it were to be predicted. The next one is: "
            "the network reads all that is there.",
        ),
        Misconception(
            name="the newest alone",
            wrong=_newest_alone,
            says="You hand over the newest film alone. The network reads the newest max_len.",
        ),
        Misconception(
            name="sorted",
            wrong=_sorted_history,
            says="You hand over the history sorted by id. Keep its order, oldest first.",
        ),
        Misconception(
            name="each once, sorted",
            wrong=_each_once,
            says="You hand over each film once, sorted by id, as a set gives them. Keep the order "
            "of the history, and the newest max_len.",
        ),
        Misconception(
            name="nothing read",
            wrong=_nothing_read,
            says="You hand over padding only: the history never reaches the network. Write its "
            "newest films into the row.",
        ),
        Misconception(
            name="repeated",
            wrong=_repeated,
            says="You fill the row up with the history, again and again. Fill it up with zeros, on "
            "the left.",
        ),
        Misconception(
            name="padded with the first film",
            wrong=_first_item_repeated,
            says="You pad with the first film, repeated. Padding is 0.",
        ),
        Misconception(
            name="shows what was seen, and padding",
            wrong=_seen_and_padding,
            says="Nothing is excluded: padding, item 0, and films of the history are in the list. "
            "Exclude both.",
        ),
        Misconception(
            name="shows padding",
            wrong=_shows_padding,
            says="Padding is in your list: column 0 is no film. Exclude it too.",
        ),
        Misconception(
            name="shows what was seen",
            wrong=_shows_the_seen,
            says="Films of the history, watched already, are in the list. Nobody rates a film "
            "twice: exclude them.",
        ),
        Misconception(
            name="excludes what was read",
            wrong=_seen_that_was_read,
            says="You exclude the films that the network read, the newest max_len, but an older "
            "one comes back. Exclude *all* of the history.",
        ),
        Misconception(
            name="excludes what was not read",
            wrong=_oldest_excluded,
            says="You exclude only the old films that the network did not read. Exclude *all* of "
            "the history.",
        ),
        Misconception(
            name="excludes the newest",
            wrong=_newest_excluded,
            says="You exclude only the last film of the history. Exclude *all* of them.",
        ),
        Misconception(
            name="excludes the first",
            wrong=_first_excluded,
            says="You exclude only the first film of the history. Exclude *all* of them.",
        ),
        Misconception(
            name="excludes one column to the left",
            wrong=_one_column_left,
            says="You exclude columns `history - 1`, one too far left. Column j is item j, because "
            "column 0 is padding.",
        ),
        Misconception(
            name="excludes one column to the right",
            wrong=_one_column_right,
            says="You exclude columns `history + 1`, one too far right. Column j is item j.",
        ),
        Misconception(
            name="excludes places",
            wrong=_places_excluded,
            says="You exclude the columns 0, 1, 2 ..., the places in the history. Exclude the ids "
            "that stand there.",
        ),
        Misconception(
            name="seen films score zero",
            wrong=_seen_are_zero,
            says="You give the watched films a score of 0, which is high where scores are "
            "negative, as logarithms are. Give them -inf.",
        ),
        Misconception(
            name="seen films score minus one",
            wrong=_seen_are_minus_one,
            says="You give the watched films a score of -1, and where others score less they come "
            "back. Give them -inf.",
        ),
        Misconception(
            name="taken out afterwards",
            wrong=_taken_out_afterwards,
            says="You take the best k first and the watched films out afterwards, so the list is "
            "too short. Exclude first, then take the best k.",
        ),
        Misconception(
            name="taken out afterwards, with padding",
            wrong=_taken_out_afterwards_with_padding,
            says="You take the best k first, then padding and the watched films out, so the list "
            "is too short. Exclude first, then take the best k.",
        ),
        Misconception(
            name="columns deleted",
            wrong=_columns_deleted,
            says="You delete the excluded columns, so those behind move up, and a column is no "
            "longer the item of its number. Set their scores to -inf.",
        ),
        Misconception(
            name="worst first",
            wrong=_worst,
            says="You list the films with the *lowest* scores, the worst ones. Best first.",
        ),
        Misconception(
            name="sorted upward",
            wrong=_worst_upward,
            says="You sort upward, ascending, so the list begins with the lowest scores, and with "
            "what you excluded. Sort downward.",
        ),
        Misconception(
            name="by id",
            wrong=_by_id,
            says="The right films, but in the order of their ids. Best first, by score.",
        ),
        Misconception(
            name="best last",
            wrong=_best_last,
            says="The right films, but the best stands at the end, reversed. Best first.",
        ),
        Misconception(
            name="the best missing",
            wrong=_best_missing,
            says="The best film is left out: your list begins with the second.",
        ),
        Misconception(
            name="the best alone",
            wrong=_best_alone,
            says="You return the best film alone. k of them are wanted, (k,).",
        ),
        Misconception(
            name="one fewer",
            wrong=_one_fewer,
            says="Your list is one too short: k - 1 films. Take k.",
        ),
        Misconception(
            name="one more",
            wrong=_one_more,
            says="Your list is one too long: k + 1 films. Take k.",
        ),
        Misconception(
            name="always ten",
            wrong=_always_ten,
            says="You always list 10 films: the argument `k` is never read.",
        ),
        Misconception(
            name="all of them",
            wrong=_all_of_them,
            says="You list all films. Only the best k are wanted: `[:k]`.",
        ),
        Misconception(
            name="one id too small",
            wrong=_columns_from_one,
            says="Each id is one too small. Column j of the scores is item j, because column 0 is "
            "padding.",
        ),
        Misconception(
            name="one id too large",
            wrong=_columns_from_two,
            says="Each id is one too large: you add 1. Column j of the scores is item j, because "
            "column 0 is padding.",
        ),
        Misconception(
            name="scores in place of ids",
            wrong=_scores_of_the_best,
            says="You return the scores of the best films. Their ids are wanted: `argsort` gives "
            "places, `sort` values.",
        ),
        Misconception(
            name="a table of one row",
            wrong=_one_table,
            says="You return a table of one row, (1, k): the batch axis is still there. Take row "
            "0, (k,).",
        ),
    ),
    equivalent_mutants=tuple(
        EquivalentMutant(
            edit=f"return top_items(exclude(score(padded), {seen}), k)[0] -> "
            f"return top_items(exclude(score(padded), {seen}), k)[-1]",
            reason="There is one row, so the first is the last.",
        )
        for seen in ("of_all", "np.asarray(history)[None]")
    ),
)

EXERCISES = (_LOG, _PIECES, _SAMPLED, _BEST)

QUIZZES = (
    Quiz(
        id="14.1",
        question="Two papers report SASRec on MovieLens 1M: HR@10 of .82 and of .32. Which "
        "explanation fits best?",
        choices=(
            Choice(
                "The first one found much better settings.",
                why="No settings make up for that. Look at what was ranked first.",
            ),
            Choice(
                "The first one ranked the target among 100 random films, the second among all.",
                right=True,
                why="From a rank among all films the sampled hit rate follows, and it is more than "
                "twice as high here.",
            ),
            Choice(
                "The first one trained on the test set.",
                why="One would have to; but there is a much more common reason.",
            ),
            Choice(
                "The seeds differ.",
                why="Seeds move the third decimal.",
            ),
        ),
    ),
    Quiz(
        id="14.2",
        question="A quarter of an hour after midnight a user rated forty films, all within one "
        "second. What is the 'last' of them?",
        choices=(
            Choice(
                "The one that the model ranks highest.",
                why="Then the model would choose its own question.",
            ),
            Choice(
                "Any of them, it makes no difference.",
                why="It makes another test set. Numbers on two of them can't be compared to the "
                "third decimal.",
            ),
            Choice(
                "By convention the one that stands last in the file; the data itself does not say.",
                right=True,
                why="Which is why the sort has to be stable, and why the model may read the page, "
                "not the taste.",
            ),
            Choice(
                "The one with the largest id.",
                why="That is what an accidental sort by id makes of it: another test set.",
            ),
        ),
    ),
    Quiz(
        id="14.3",
        question="Your model reaches .1862, the published one .1857. The standard error over users "
        "is .004. What do you write?",
        choices=(
            Choice(
                "State of the art.",
                why="A tenth of a standard error is no difference.",
            ),
            Choice(
                "As good as the published one, within what users and seeds scatter.",
                right=True,
                why="And with several seeds and the weights, so that others can judge in pairs.",
            ),
            Choice(
                "Nothing can be said.",
                why="It can: a model that were .01 worse would be told apart.",
            ),
            Choice(
                "Better by .0005, because both were judged on the same users.",
                why="A paired comparison needs both models' ranks user by user. From two means it "
                "can't be had.",
            ),
        ),
    ),
)

_CHANGES = (
    "32 random negatives, BCE",
    "no dropout",
    "50 events read, not 200",
    "genres besides ids",
)

GUESSES = (
    GuessNumber(
        id="14.1",
        asks="Ratings that share their user and second with another",
        unit="%",
        high=100,
        close=10,
    ),
    GuessNumber(id="14.2", asks="Until BERT4Rec comes to .15", unit="epochs", high=60, close=4),
    GuessChoice(id="14.3", asks="The change that costs most", choices=_CHANGES),
    GuessChoice(id="14.4", asks="A change that helps", choices=(*_CHANGES, "none")),
    GuessNumber(id="14.5", asks='Users with another "last" film', unit="%", high=100, close=5),
    GuessNumber(
        id="14.6",
        asks="The place of EASE among the five, counted from the top",
        low=1,
        high=5,
        close=1,
    ),
)
