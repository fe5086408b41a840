"""Chapter 14, MovieLens: answers written from its stubs alone."""

import heapq
from collections import Counter
from fractions import Fraction
from math import comb, exp, lgamma

import numpy as np
import pandas as pd
import torch

from tests.course.keys.answers.bank import right, wrong

# 14.1 benchmark_log


@right("14.1", "transform and sort_values")
def benchmark_log(interactions, min_count=5):
    n = interactions.groupby("item_id")["item_id"].transform("size")
    kept = interactions[n >= min_count]
    return kept.sort_values(["user_id", "timestamp"], kind="stable", ignore_index=True)


@right("14.1", "value_counts, isin, lexsort")
def benchmark_log(interactions, min_count=5):
    counts = interactions["item_id"].value_counts()
    frequent = counts.index[counts >= min_count]
    kept = interactions.loc[interactions["item_id"].isin(frequent).to_numpy()]
    order = np.lexsort((kept["timestamp"].to_numpy(), kept["user_id"].to_numpy()))
    return kept.iloc[order].reset_index(drop=True)


@right("14.1", "two stable sorts, users last")
def benchmark_log(interactions, min_count=5):
    out = interactions.copy()
    out = out.sort_values("timestamp", kind="mergesort")
    out = out.sort_values("user_id", kind="mergesort")
    size = out["item_id"].map(out["item_id"].value_counts())
    out = out[(size >= min_count).to_numpy()]
    out.index = pd.RangeIndex(len(out))
    return out


@right("14.1", "a Counter and sorted row numbers")
def benchmark_log(interactions, min_count=5):
    counts = Counter(interactions["item_id"].tolist())
    items = interactions["item_id"].tolist()
    users = interactions["user_id"].tolist()
    times = interactions["timestamp"].tolist()
    rows = [i for i, item in enumerate(items) if counts[item] >= min_count]
    rows = sorted(rows, key=lambda i: (users[i], times[i]))
    return interactions.iloc[rows].reset_index(drop=True)


@wrong(
    "14.1",
    "sorts the file backwards, so equal times are turned round",
    r"equal times|same (time|second)|\bties?\b|stable|order of the file|revers|backward",
)
def benchmark_log(interactions, min_count=5):
    n = interactions.groupby("item_id")["item_id"].transform("size")
    kept = interactions[n >= min_count].iloc[::-1]
    return kept.sort_values(["user_id", "timestamp"], kind="stable", ignore_index=True)


@wrong(
    "14.1",
    "times with numpy's quicksort, then users stably",
    r"stable|quicksort|equal times|same (time|second)|\bties?\b|order of the file|kind",
)
def benchmark_log(interactions, min_count=5):
    n = interactions.groupby("item_id")["item_id"].transform("size")
    kept = interactions[n >= min_count].sort_values("timestamp")
    return kept.sort_values("user_id", kind="stable").reset_index(drop=True)


@wrong(
    "14.1",
    "times stably, then users with quicksort",
    r"stable|quicksort|equal times|same (time|second)|\bties?\b|"
    r"times? .{0,40}(go|lost|mixed|back)|"
    r"order of the file|kind|in order",
)
def benchmark_log(interactions, min_count=5):
    n = interactions.groupby("item_id")["item_id"].transform("size")
    kept = interactions[n >= min_count].sort_values("timestamp", kind="stable")
    return kept.sort_values("user_id").reset_index(drop=True)


@wrong(
    "14.1",
    "more than min_count instead of at least",
    r"at least|exactly|fewer|>=|more than|just `?min_count|border|strict|keeps? items? with",
)
def benchmark_log(interactions, min_count=5):
    n = interactions.groupby("item_id")["item_id"].transform("size")
    kept = interactions[n > min_count]
    return kept.sort_values(["user_id", "timestamp"], kind="stable", ignore_index=True)


@wrong(
    "14.1",
    "drops users with few ratings too",
    r"users?\b.{0,60}(drop|few|kept|stay|left|gone|lost|missing|remov|filter)|"
    r"(drop|remov|filter|los|keep)\w*\b.{0,30}\busers?|k.?core",
)
def benchmark_log(interactions, min_count=5):
    n = interactions.groupby("item_id")["item_id"].transform("size")
    kept = interactions[n >= min_count]
    kept = kept[kept.groupby("user_id")["user_id"].transform("size") >= min_count]
    return kept.sort_values(["user_id", "timestamp"], kind="stable", ignore_index=True)


@wrong(
    "14.1",
    "counts ratings of users instead of items",
    r"users?\b.{0,60}(count|drop|few|kept|instead|stay|gone|lost|missing|remov|filter)|"
    r"(count|drop|remov|filter)\w*\b.{0,30}\busers?|items?, not|by item|per item|rare items?",
)
def benchmark_log(interactions, min_count=5):
    n = interactions.groupby("user_id")["user_id"].transform("size")
    kept = interactions[n >= min_count]
    return kept.sort_values(["user_id", "timestamp"], kind="stable", ignore_index=True)


@wrong(
    "14.1",
    "sorted by time alone",
    r"by user|users?\b.{0,50}(first|mixed|together|order|sort|one after|before)|time alone|"
    r"only by time",
)
def benchmark_log(interactions, min_count=5):
    n = interactions.groupby("item_id")["item_id"].transform("size")
    kept = interactions[n >= min_count]
    return kept.sort_values("timestamp", kind="stable", ignore_index=True)


@wrong(
    "14.1",
    "sorted by user alone",
    r"timestamp|(by|within|order of|then|ignor\w*|never|not) .{0,20}\btimes?\b|"
    r"\btimes? .{0,40}(back|order|sort|jump|ignor|never)|oldest first|chronolog|user alone",
)
def benchmark_log(interactions, min_count=5):
    n = interactions.groupby("item_id")["item_id"].transform("size")
    kept = interactions[n >= min_count]
    return kept.sort_values("user_id", kind="stable", ignore_index=True)


@wrong(
    "14.1",
    "rows keep their old numbers",
    r"index|numbered|reset|row numbers|old numbers|RangeIndex|from 0|labels",
)
def benchmark_log(interactions, min_count=5):
    n = interactions.groupby("item_id")["item_id"].transform("size")
    return interactions[n >= min_count].sort_values(["user_id", "timestamp"], kind="stable")


@wrong(
    "14.1",
    "numbered before sorting",
    r"index|numbered|reset|row numbers|RangeIndex|from 0|labels",
)
def benchmark_log(interactions, min_count=5):
    n = interactions.groupby("item_id")["item_id"].transform("size")
    kept = interactions[n >= min_count].reset_index(drop=True)
    return kept.sort_values(["user_id", "timestamp"], kind="stable")


@wrong(
    "14.1",
    "the old index becomes a column",
    r"drop=True|(more|extra|additional|further|new|superfluous|too many) columns?|"
    r"column.{0,20}index|"
    r"index.{0,40}column|`?index`? .{0,20}not",
)
def benchmark_log(interactions, min_count=5):
    n = interactions.groupby("item_id")["item_id"].transform("size")
    kept = interactions[n >= min_count]
    return kept.sort_values(["user_id", "timestamp"], kind="stable").reset_index()


@wrong("14.1", "min_count never read", r"min_count|argument|always (5|five)|fixed|hard|constant")
def benchmark_log(interactions, min_count=5):
    n = interactions.groupby("item_id")["item_id"].transform("size")
    kept = interactions[n >= 5]
    return kept.sort_values(["user_id", "timestamp"], kind="stable", ignore_index=True)


@wrong(
    "14.1",
    "equal times in the order of items",
    r"equal times|same (time|second)|\bties?\b|stable|order of the file|by item",
)
def benchmark_log(interactions, min_count=5):
    n = interactions.groupby("item_id")["item_id"].transform("size")
    kept = interactions[n >= min_count]
    return kept.sort_values(["user_id", "timestamp", "item_id"], ignore_index=True)


@wrong(
    "14.1",
    "equal times by the index's labels",
    r"equal times|same (time|second)|\bties?\b|stable|order of the file|index|labels",
)
def benchmark_log(interactions, min_count=5):
    n = interactions.groupby("item_id")["item_id"].transform("size")
    kept = interactions[n >= min_count].sort_index()
    return kept.sort_values(["user_id", "timestamp"], kind="stable", ignore_index=True)


@wrong(
    "14.1",
    "newest first",
    r"newest|oldest|descend|ascend|revers|backward|wrong (end|way|direction)",
)
def benchmark_log(interactions, min_count=5):
    n = interactions.groupby("item_id")["item_id"].transform("size")
    kept = interactions[n >= min_count]
    return kept.sort_values(
        ["user_id", "timestamp"], ascending=[True, False], kind="stable", ignore_index=True
    )


@wrong(
    "14.1",
    "a column of counts stays",
    r"column",
)
def benchmark_log(interactions, min_count=5):
    out = interactions.copy()
    out["count"] = out.groupby("item_id")["item_id"].transform("size")
    out = out[out["count"] >= min_count]
    return out.sort_values(["user_id", "timestamp"], kind="stable", ignore_index=True)


@wrong(
    "14.1",
    "writes a column into the caller's log",
    r"in.?place|input|edit|overw|caller|argument|copy|modif|mutat|changes? (the|your|its)|"
    r"own log",
)
def benchmark_log(interactions, min_count=5):
    interactions["n"] = interactions.groupby("item_id")["item_id"].transform("size")
    kept = interactions[interactions["n"] >= min_count].drop(columns="n")
    return kept.sort_values(["user_id", "timestamp"], kind="stable", ignore_index=True)


@wrong(
    "14.1",
    "sorts the caller's log in place",
    r"in.?place|input|edit|overw|caller|argument|copy|modif|mutat|changes? (the|your|its)|"
    r"own log",
)
def benchmark_log(interactions, min_count=5):
    interactions.sort_values(["user_id", "timestamp"], kind="stable", inplace=True)
    n = interactions.groupby("item_id")["item_id"].transform("size")
    return interactions[n >= min_count].reset_index(drop=True)


@wrong("14.1", "three columns only", r"columns?")
def benchmark_log(interactions, min_count=5):
    log = interactions[["user_id", "item_id", "timestamp"]]
    n = log.groupby("item_id")["item_id"].transform("size")
    return log[n >= min_count].sort_values(["user_id", "timestamp"], ignore_index=True)


@wrong(
    "14.1",
    "counts users of an item, not its ratings",
    r"nunique|distinct|twice|not (its )?ratings|ratings?, not|different users|once per user|"
    r"number of users|counts? users|repeat|same user|ratings of an item",
)
def benchmark_log(interactions, min_count=5):
    n = interactions.groupby("item_id")["user_id"].transform("nunique")
    kept = interactions[n >= min_count]
    return kept.sort_values(["user_id", "timestamp"], kind="stable", ignore_index=True)


@wrong(
    "14.1",
    "an item rated again by a user is dropped",
    r"duplicat|twice|repeat|again|both ratings|more than once|same (user|item)",
)
def benchmark_log(interactions, min_count=5):
    n = interactions.groupby("item_id")["item_id"].transform("size")
    kept = interactions[n >= min_count].drop_duplicates(["user_id", "item_id"])
    return kept.sort_values(["user_id", "timestamp"], kind="stable", ignore_index=True)


# 14.2 pieces


@right("14.2", "ends from the newest down, written into zeros")
def pieces(events, max_len, *, whole):
    cuts = []
    for start, end in zip(events.starts, events.ends, strict=True):
        for stop in range(end, start + 1, -max_len):
            cuts.append((max(start, stop - max_len - 1), stop))
            if not whole:
                break
    rows = np.zeros((len(cuts), max_len + 1), dtype=np.int64)
    for row, (begin, stop) in zip(rows, cuts, strict=True):
        row[max_len + 1 - (stop - begin) :] = events.items[begin:stop]
    return rows


@right("14.2", "a while loop and np.pad")
def pieces(events, max_len, *, whole):
    width = max_len + 1
    out = [np.zeros((0, width), dtype=events.items.dtype)]
    for u in range(len(events.starts)):
        history = events.items[events.starts[u] : events.ends[u]]
        while len(history) > 1:
            piece = history[-width:]
            out.append(np.pad(piece, (width - len(piece), 0))[None])
            if not whole:
                break
            history = history[:-max_len]
    return np.concatenate(out)


@right("14.2", "one gather of places, no loop over pieces")
def pieces(events, max_len, *, whole):
    starts, ends = np.asarray(events.starts), np.asarray(events.ends)
    n_pieces = np.maximum(-(-(ends - starts - 1) // max_len), 0)
    if not whole:
        n_pieces = np.minimum(n_pieces, 1)
    user = np.repeat(np.arange(len(starts)), n_pieces)
    first = np.cumsum(n_pieces) - n_pieces
    number = np.arange(len(user)) - first[user]
    stop = ends[user] - number * max_len
    place = stop[:, None] + np.arange(-max_len - 1, 0)
    is_own = place >= starts[user][:, None]
    padded = np.append(events.items, 0)
    return padded[np.where(is_own, place, len(padded) - 1)]


@right("14.2", "lists of Python numbers, recursion")
def pieces(events, max_len, *, whole):
    def cut(history):
        if len(history) < 2:
            return []
        row = history[-(max_len + 1) :]
        row = [0] * (max_len + 1 - len(row)) + row
        return [row] + (cut(history[:-max_len]) if whole else [])

    rows = []
    for start, end in zip(events.starts.tolist(), events.ends.tolist(), strict=True):
        rows += cut(events.items[start:end].tolist())
    return np.array(rows, dtype=np.int64).reshape(-1, max_len + 1)


@wrong(
    "14.2",
    "neighbours share no item",
    r"shar|neighbou?r|overlap|one (item|event) in common|both|never predicted|not predicted|"
    r"exactly once|step|opens",
)
def pieces(events, max_len, *, whole):
    rows = []
    for start, end in zip(events.starts, events.ends, strict=True):
        for stop in range(end, start + 1, -(max_len + 1)):
            piece = events.items[max(start, stop - max_len - 1) : stop]
            rows.append(np.pad(piece, (max_len + 1 - len(piece), 0)))
            if not whole:
                break
    return np.array(rows, dtype=np.int64).reshape(-1, max_len + 1)


@wrong(
    "14.2",
    "neighbours share two items",
    r"shar|neighbou?r|overlap|in common|twice|exactly once|more than once|step",
)
def pieces(events, max_len, *, whole):
    rows = []
    for start, end in zip(events.starts, events.ends, strict=True):
        for stop in range(end, start + 1, -max(1, max_len - 1)):
            piece = events.items[max(start, stop - max_len - 1) : stop]
            rows.append(np.pad(piece, (max_len + 1 - len(piece), 0)))
            if not whole:
                break
    return np.array(rows, dtype=np.int64).reshape(-1, max_len + 1)


@wrong(
    "14.2",
    "a window at every event",
    r"sliding|window|every (event|step|position)|twice|exactly once|more than once|overlap|"
    r"too many|step|shar",
)
def pieces(events, max_len, *, whole):
    rows = []
    for start, end in zip(events.starts, events.ends, strict=True):
        for stop in range(end, start + 1, -1):
            piece = events.items[max(start, stop - max_len - 1) : stop]
            rows.append(np.pad(piece, (max_len + 1 - len(piece), 0)))
            if not whole:
                break
    return np.array(rows, dtype=np.int64).reshape(-1, max_len + 1)


@wrong(
    "14.2",
    "padded on the right",
    r"\bright\b|\bleft\b|pad|behind|after the (items|events)|wrong (end|side)",
)
def pieces(events, max_len, *, whole):
    rows = []
    for start, end in zip(events.starts, events.ends, strict=True):
        for stop in range(end, start + 1, -max_len):
            piece = events.items[max(start, stop - max_len - 1) : stop]
            rows.append(np.pad(piece, (0, max_len + 1 - len(piece))))
            if not whole:
                break
    return np.array(rows, dtype=np.int64).reshape(-1, max_len + 1)


@wrong(
    "14.2",
    "cut from the oldest event forwards",
    r"from the (newest|oldest|end|start|beginning|front)|backward|forward|"
    r"start\w* (at|with|from) the (oldest|newest)|wrong end",
)
def pieces(events, max_len, *, whole):
    rows = []
    for start, end in zip(events.starts, events.ends, strict=True):
        if end - start < 2:
            continue
        cuts = [
            events.items[begin : min(end, begin + max_len + 1)]
            for begin in range(start, end - 1, max_len)
        ]
        if not whole:
            cuts = [events.items[max(start, end - max_len - 1) : end]]
        for piece in reversed(cuts):
            rows.append(np.pad(piece, (max_len + 1 - len(piece), 0)))
    return np.array(rows, dtype=np.int64).reshape(-1, max_len + 1)


@wrong(
    "14.2",
    "a user's oldest piece first",
    r"oldest .{0,30}first|newest .{0,30}first|order of the (pieces|rows)|revers|piece first|"
    r"sorted|wrong order|row order",
)
def pieces(events, max_len, *, whole):
    rows = []
    for start, end in zip(events.starts, events.ends, strict=True):
        own = []
        for stop in range(end, start + 1, -max_len):
            piece = events.items[max(start, stop - max_len - 1) : stop]
            own.append(np.pad(piece, (max_len + 1 - len(piece), 0)))
            if not whole:
                break
        rows += own[::-1]
    return np.array(rows, dtype=np.int64).reshape(-1, max_len + 1)


@wrong(
    "14.2",
    "all newest pieces first, then the second ones",
    r"user by user|order of the (pieces|rows)|one user|each user|"
    r"users?\b.{0,40}(together|after|order)|wrong order|row order|newest pieces",
)
def pieces(events, max_len, *, whole):
    rows, turn, more = [], 0, True
    while more:
        more = False
        for start, end in zip(events.starts, events.ends, strict=True):
            stop = end - turn * max_len
            if stop - start > 1:
                piece = events.items[max(start, stop - max_len - 1) : stop]
                rows.append(np.pad(piece, (max_len + 1 - len(piece), 0)))
                more = whole
        turn += 1
    return np.array(rows, dtype=np.int64).reshape(-1, max_len + 1)


@wrong(
    "14.2",
    "users with one event get a row",
    r"(one|single|1) (event|item)|nothing (to|is) predict|no target|no piece|too short|"
    r"at least two|"
    r"fewer than two|only one",
)
def pieces(events, max_len, *, whole):
    rows = []
    for start, end in zip(events.starts, events.ends, strict=True):
        for stop in range(end, start + 1, -max_len):
            piece = events.items[max(start, stop - max_len - 1) : stop]
            rows.append(np.pad(piece, (max_len + 1 - len(piece), 0)))
            if not whole:
                break
        if end - start == 1:
            rows.append(np.pad(events.items[start:end], (max_len, 0)))
    return np.array(rows, dtype=np.int64).reshape(-1, max_len + 1)


@wrong(
    "14.2",
    "a last piece of one item, which was a target already",
    r"(one|single|1) (event|item)|nothing (to|is) predict|no target|first (event|item)|"
    r"left over|"
    r"leftover|too many|fewer than two|at least two|only one|too short|empty lesson",
)
def pieces(events, max_len, *, whole):
    rows = []
    for start, end in zip(events.starts, events.ends, strict=True):
        if end - start < 2:
            continue
        for stop in range(end, start, -max_len):
            piece = events.items[max(start, stop - max_len - 1) : stop]
            rows.append(np.pad(piece, (max_len + 1 - len(piece), 0)))
            if not whole:
                break
    return np.array(rows, dtype=np.int64).reshape(-1, max_len + 1)


@wrong(
    "14.2",
    "what is left, a short piece, is thrown away",
    r"left over|leftover|what is left|short|rest|remainder|oldest (piece|events|stretch)|full|"
    r"missing|thrown|dropped|incomplete",
)
def pieces(events, max_len, *, whole):
    rows = []
    for start, end in zip(events.starts, events.ends, strict=True):
        for stop in range(end, start + 1, -max_len):
            if stop - start < max_len + 1 and stop != end:
                break
            piece = events.items[max(start, stop - max_len - 1) : stop]
            rows.append(np.pad(piece, (max_len + 1 - len(piece), 0)))
            if not whole:
                break
    return np.array(rows, dtype=np.int64).reshape(-1, max_len + 1)


@wrong(
    "14.2",
    "the oldest piece is filled up with events of the one before",
    r"twice|exactly once|more than once|overlap|shar|filled|pad|what is left|left over",
)
def pieces(events, max_len, *, whole):
    rows = []
    for start, end in zip(events.starts, events.ends, strict=True):
        for stop in range(end, start + 1, -max_len):
            begin = max(start, stop - max_len - 1)
            piece = events.items[begin : min(end, begin + max_len + 1)]
            rows.append(np.pad(piece, (max_len + 1 - len(piece), 0)))
            if not whole:
                break
    return np.array(rows, dtype=np.int64).reshape(-1, max_len + 1)


@wrong("14.2", "whole never read: always all pieces", r"\bwhole\b|newest piece only|argument")
def pieces(events, max_len, *, whole):
    rows = []
    for start, end in zip(events.starts, events.ends, strict=True):
        for stop in range(end, start + 1, -max_len):
            piece = events.items[max(start, stop - max_len - 1) : stop]
            rows.append(np.pad(piece, (max_len + 1 - len(piece), 0)))
    return np.array(rows, dtype=np.int64).reshape(-1, max_len + 1)


@wrong(
    "14.2",
    "only the newest piece, whatever whole says",
    r"\bwhole\b|all pieces|several|only (the|one)|older (events|pieces)|thrown|argument",
)
def pieces(events, max_len, *, whole):
    rows = []
    for start, end in zip(events.starts, events.ends, strict=True):
        if end - start > 1:
            piece = events.items[max(start, end - max_len - 1) : end]
            rows.append(np.pad(piece, (max_len + 1 - len(piece), 0)))
    return np.array(rows, dtype=np.int64).reshape(-1, max_len + 1)


@wrong(
    "14.2",
    "not whole: keeps the oldest events",
    r"newest piece|(newest|oldest) (events|items)|keeps? .{0,20}oldest|first `?max_len|"
    r"wrong end|beginning|most recent",
)
def pieces(events, max_len, *, whole):
    rows = []
    for start, end in zip(events.starts, events.ends, strict=True):
        last = end if whole else min(end, start + max_len + 1)
        for stop in range(last, start + 1, -max_len):
            piece = events.items[max(start, stop - max_len - 1) : stop]
            rows.append(np.pad(piece, (max_len + 1 - len(piece), 0)))
    return np.array(rows, dtype=np.int64).reshape(-1, max_len + 1)


@wrong(
    "14.2",
    "rows of max_len items",
    r"max_len \+ 1|one (more|too few|short|less|column)|by one|width|columns|"
    r"too (short|narrow)",
)
def pieces(events, max_len, *, whole):
    rows = []
    for start, end in zip(events.starts, events.ends, strict=True):
        for stop in range(end, start + 1, -max_len):
            piece = events.items[max(start, stop - max_len) : stop]
            rows.append(np.pad(piece, (max_len - len(piece), 0)))
            if not whole:
                break
    return np.array(rows, dtype=np.int64).reshape(-1, max_len)


@wrong(
    "14.2",
    "histories of two events are left out",
    r"(two|2) (events|items)|too short|at least|short(est)? (histor|piece)|one target|missing|"
    r"by one|left out",
)
def pieces(events, max_len, *, whole):
    rows = []
    for start, end in zip(events.starts, events.ends, strict=True):
        for stop in range(end, start + 2, -max_len):
            piece = events.items[max(start, stop - max_len - 1) : stop]
            rows.append(np.pad(piece, (max_len + 1 - len(piece), 0)))
            if not whole:
                break
    return np.array(rows, dtype=np.int64).reshape(-1, max_len + 1)


@wrong(
    "14.2",
    "reads on into the user before",
    r"(another|other|neighbou?r\w*|next|previous|wrong|two) users?|user before|starts?\[|"
    r"border|"
    r"boundar|mix|someone else|foreign|own (events|items|history)",
)
def pieces(events, max_len, *, whole):
    rows = []
    for start, end in zip(events.starts, events.ends, strict=True):
        for stop in range(end, start + 1, -max_len):
            piece = events.items[max(0, stop - max_len - 1) : stop]
            rows.append(np.pad(piece, (max_len + 1 - len(piece), 0)))
            if not whole:
                break
    return np.array(rows, dtype=np.int64).reshape(-1, max_len + 1)


@wrong(
    "14.2",
    "items in a row newest first",
    r"revers|backward|within (a|the|each) (row|piece)|oldest first|newest first|"
    r"order of (time|the items|items)",
)
def pieces(events, max_len, *, whole):
    rows = []
    for start, end in zip(events.starts, events.ends, strict=True):
        for stop in range(end, start + 1, -max_len):
            piece = events.items[max(start, stop - max_len - 1) : stop][::-1]
            rows.append(np.pad(piece, (max_len + 1 - len(piece), 0)))
            if not whole:
                break
    return np.array(rows, dtype=np.int64).reshape(-1, max_len + 1)


@wrong(
    "14.2",
    "a list of arrays",
    r"\blist\b|an? array|2-?D|stack",
)
def pieces(events, max_len, *, whole):
    rows = []
    for start, end in zip(events.starts, events.ends, strict=True):
        for stop in range(end, start + 1, -max_len):
            piece = events.items[max(start, stop - max_len - 1) : stop]
            rows.append(np.pad(piece, (max_len + 1 - len(piece), 0)))
            if not whole:
                break
    return rows


@wrong(
    "14.2",
    "no pieces at all: (0,) instead of (0, max_len + 1)",
    r"\b0 rows|no (rows|pieces?|users?)|empty|nobody|nothing to|without (a )?piece"
    r"|max_len \+ 1 columns",
)
def pieces(events, max_len, *, whole):
    rows = []
    for start, end in zip(events.starts, events.ends, strict=True):
        for stop in range(end, start + 1, -max_len):
            piece = events.items[max(start, stop - max_len - 1) : stop]
            rows.append(np.pad(piece, (max_len + 1 - len(piece), 0)))
            if not whole:
                break
    return np.array(rows)


# 14.3 expected_sampled_hit_rate


@right("14.3", "the formula in a double loop")
def expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k):
    ranks = np.asarray(ranks)
    sizes = np.broadcast_to(n_candidates, ranks.shape)
    chances = np.zeros(len(ranks))
    for i, (r, n) in enumerate(zip(ranks.tolist(), sizes.tolist(), strict=True)):
        ways = 0
        for b in range(min(k, n_negatives + 1)):
            ways += comb(r - 1, b) * comb(n - r, n_negatives - b)
        chances[i] = ways / comb(n - 1, n_negatives)
    return chances


@right("14.3", "exact fractions in a comprehension")
def expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k):
    N = int(n_negatives)

    def chance(r, n):
        beaten_by = range(min(int(k) - 1, N) + 1)
        hits = sum(comb(r - 1, b) * comb(n - r, N - b) for b in beaten_by)
        return float(Fraction(hits, comb(n - 1, N)))

    both = np.broadcast_arrays(np.asarray(ranks), np.asarray(n_candidates))
    pairs = zip(*(of.tolist() for of in both), strict=True)
    return np.array([chance(r, n) for r, n in pairs], dtype=float)


@right("14.3", "logarithms of factorials")
def expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k):
    def log_comb(n, m):
        return lgamma(n + 1) - lgamma(m + 1) - lgamma(n - m + 1)

    n_all = np.zeros(len(ranks), dtype=int) + n_candidates
    out = []
    for r, n in zip(ranks, n_all, strict=True):
        better, worse = int(r) - 1, int(n) - int(r)
        p = 0.0
        for b in range(k):
            if b > n_negatives or b > better or n_negatives - b > worse:
                continue
            logs = log_comb(better, b) + log_comb(worse, n_negatives - b)
            p += exp(logs - log_comb(better + worse, n_negatives))
        out.append(p)
    return np.array(out, dtype=np.float64)


@right("14.3", "draw by draw, chances of how many beat it so far")
def expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k):
    better = np.asarray(ranks, dtype=float) - 1
    others = np.broadcast_to(np.asarray(n_candidates, dtype=float) - 1, better.shape)
    chances = np.zeros((n_negatives + 1, len(better)))
    chances[0] = 1
    beaten = np.arange(n_negatives + 1)[:, None]
    for drawn in range(n_negatives):
        up = np.clip((better - beaten) / (others - drawn), 0, 1)
        moved = np.zeros_like(chances)
        moved[1:] = (chances * up)[:-1]
        chances = chances * (1 - up) + moved
    return chances[:k].sum(axis=0)


@wrong(
    "14.3",
    "drawn with putting back",
    r"put(ting)? (any |it )?back|replace|binomial|at most once|twice|independent|"
    r"more than once",
)
def expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k):
    p = (np.asarray(ranks) - 1) / (np.asarray(n_candidates) - 1)
    N = n_negatives
    return sum(comb(N, b) * p**b * (1 - p) ** (N - b) for b in range(min(k, N + 1)))


@wrong(
    "14.3",
    "up to k that beat it",
    r"k - 1|fewer than k|one (term )?too (many|far)|by one|up to k\b|k \+ 1|k others|"
    r"k (that )?beat|range\(k|last term",
)
def expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k):
    ranks = np.asarray(ranks)
    sizes = np.broadcast_to(n_candidates, ranks.shape)
    chances = []
    for r, n in zip(ranks.tolist(), sizes.tolist(), strict=True):
        terms = range(min(k, n_negatives) + 1)
        ways = sum(comb(r - 1, b) * comb(n - r, n_negatives - b) for b in terms)
        chances.append(ways / comb(n - 1, n_negatives))
    return np.array(chances)


@wrong(
    "14.3",
    "the last term left out",
    r"k - 1|fewer than k|one (term )?(too few|short|missing)|by one|k - 2|range\(k|last term|"
    r"term .{0,20}missing",
)
def expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k):
    ranks = np.asarray(ranks)
    sizes = np.broadcast_to(n_candidates, ranks.shape)
    chances = []
    for r, n in zip(ranks.tolist(), sizes.tolist(), strict=True):
        terms = range(min(k - 1, n_negatives + 1))
        ways = sum(comb(r - 1, b) * comb(n - r, n_negatives - b) for b in terms)
        chances.append(ways / comb(n - 1, n_negatives))
    return np.array(chances)


@wrong(
    "14.3",
    "b starts at 1",
    r"b (=|is|from|starts?) .{0,10}(0|1|zero|one)|from (0|1|zero|one)|"
    r"(none|nobody|no other|nothing)|"
    r"first term|b = 0|by one|start\w* (at|with|from)",
)
def expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k):
    ranks = np.asarray(ranks)
    sizes = np.broadcast_to(n_candidates, ranks.shape)
    chances = []
    for r, n in zip(ranks.tolist(), sizes.tolist(), strict=True):
        terms = range(1, min(k, n_negatives + 1))
        ways = sum(comb(r - 1, b) * comb(n - r, n_negatives - b) for b in terms)
        chances.append(ways / comb(n - 1, n_negatives))
    return np.array(chances, dtype=float)


@wrong(
    "14.3",
    "ranks read as starting at 0",
    r"r - 1|1 = best|from (0|1|zero|one)|rank 1|beat itself|itself|by one|best (is|has)|"
    r"one too (many|large|high)|start\w* (at|with)",
)
def expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k):
    ranks = np.asarray(ranks)
    sizes = np.broadcast_to(n_candidates, ranks.shape)
    chances = []
    for r, n in zip(ranks.tolist(), sizes.tolist(), strict=True):
        terms = range(min(k, n_negatives + 1))
        ways = sum(comb(r, b) * comb(max(n - 1 - r, 0), n_negatives - b) for b in terms)
        chances.append(ways / comb(n - 1, n_negatives))
    return np.array(chances)


@wrong(
    "14.3",
    "the target itself among those that can be drawn",
    r"n - 1|itself|target (is|included|too|may|can|not)|includ|others|denominator|by one",
)
def expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k):
    ranks = np.asarray(ranks)
    sizes = np.broadcast_to(n_candidates, ranks.shape)
    chances = []
    for r, n in zip(ranks.tolist(), sizes.tolist(), strict=True):
        terms = range(min(k, n_negatives + 1))
        ways = sum(comb(r - 1, b) * comb(n - r, n_negatives - b) for b in terms)
        chances.append(ways / comb(n, n_negatives))
    return np.array(chances)


@wrong(
    "14.3",
    "n_candidates taken for the others without the target",
    r"n - 1|n - r|target.{0,20}includ|includ\w* .{0,20}target|others|by one|"
    r"one too (many|large|high)",
)
def expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k):
    ranks = np.asarray(ranks)
    sizes = np.broadcast_to(n_candidates, ranks.shape)
    chances = []
    for r, n in zip(ranks.tolist(), sizes.tolist(), strict=True):
        terms = range(min(k, n_negatives + 1))
        ways = sum(comb(r - 1, b) * comb(n + 1 - r, n_negatives - b) for b in terms)
        chances.append(ways / comb(n, n_negatives))
    return np.array(chances)


@wrong(
    "14.3",
    "the mean over users",
    r"mean|averag|one (number|chance) (for|per)|each (user|rank|target)|per (user|rank)|"
    r"\(B,?\)|"
    r"single number|scalar",
)
def expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k):
    ranks = np.asarray(ranks)
    sizes = np.broadcast_to(n_candidates, ranks.shape)
    chances = []
    for r, n in zip(ranks.tolist(), sizes.tolist(), strict=True):
        terms = range(min(k, n_negatives + 1))
        ways = sum(comb(r - 1, b) * comb(n - r, n_negatives - b) for b in terms)
        chances.append(ways / comb(n - 1, n_negatives))
    return np.mean(chances)


@wrong(
    "14.3",
    "the first number of candidates for all",
    r"n_candidates|own (number|size)|each (user|row|rank)|per (user|row)|"
    r"first (number|user|row|one)|"
    r"candidates.{0,30}(differ|own|each|of its)",
)
def expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k):
    n = max(int(np.ravel(n_candidates)[0]), int(np.max(ranks, initial=1)))
    chances = []
    for r in np.asarray(ranks).tolist():
        terms = range(min(k, n_negatives + 1))
        ways = sum(comb(r - 1, b) * comb(n - r, n_negatives - b) for b in terms)
        chances.append(ways / comb(n - 1, n_negatives))
    return np.array(chances)


@wrong(
    "14.3",
    "the chance of place k exactly",
    r"exactly|\bsum|all b|every b|only (the|one)|single term|one term|at place k|add|or better",
)
def expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k):
    ranks = np.asarray(ranks)
    sizes = np.broadcast_to(n_candidates, ranks.shape)
    chances = []
    for r, n in zip(ranks.tolist(), sizes.tolist(), strict=True):
        b = k - 1
        ways = comb(r - 1, b) * comb(n - r, n_negatives - b) if b <= n_negatives else 0
        chances.append(ways / comb(n - 1, n_negatives))
    return np.array(chances)


@wrong(
    "14.3",
    "the chance of being first",
    r"\bsum|all b|every b|only (the|one)|single term|one term|\badd\b|b = 0|first place|"
    r"being first|\bk\b.{0,30}(never|not|ignor|unused|argument)",
)
def expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k):
    ranks = np.asarray(ranks)
    sizes = np.broadcast_to(n_candidates, ranks.shape)
    return np.array(
        [
            comb(n - r, n_negatives) / comb(n - 1, n_negatives)
            for r, n in zip(ranks.tolist(), sizes.tolist(), strict=True)
        ]
    )


@wrong(
    "14.3",
    "the chance of a miss",
    r"miss|complement|1 -|opposite|wrong way|way round|revers|rest of the chance|invert|"
    r"(larger|higher|better|worse) rank",
)
def expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k):
    ranks = np.asarray(ranks)
    sizes = np.broadcast_to(n_candidates, ranks.shape)
    chances = []
    for r, n in zip(ranks.tolist(), sizes.tolist(), strict=True):
        terms = range(min(k, n_negatives + 1))
        ways = sum(comb(r - 1, b) * comb(n - r, n_negatives - b) for b in terms)
        chances.append(1 - ways / comb(n - 1, n_negatives))
    return np.array(chances)


@wrong(
    "14.3",
    "the two groups exchanged",
    r"exchang|swap|mixed up|way round|wrong way|revers|those that (beat|lose)|worse|r - 1|"
    r"n - r",
)
def expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k):
    ranks = np.asarray(ranks)
    sizes = np.broadcast_to(n_candidates, ranks.shape)
    chances = []
    for r, n in zip(ranks.tolist(), sizes.tolist(), strict=True):
        terms = range(min(k, n_negatives + 1))
        ways = sum(comb(n - r, b) * comb(r - 1, n_negatives - b) for b in terms)
        chances.append(ways / comb(n - 1, n_negatives))
    return np.array(chances)


@wrong(
    "14.3",
    "a thousand simulated draws",
    r"simulat|random|drawn? (of|a|from)|sampl\w+ (error|noise)|exact|noise|formula|approximat|"
    r"monte|chance itself",
)
def expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k):
    generator = np.random.default_rng()
    ranks = np.asarray(ranks)
    better = ranks - 1
    worse = np.broadcast_to(n_candidates, ranks.shape) - ranks
    beat = generator.hypergeometric(better, worse, n_negatives, size=(1_000, len(ranks)))
    return (beat < k).mean(axis=0)


@wrong(
    "14.3",
    "hit or miss of the mean number that beat it",
    r"0 (or|and) 1|zero|hit or miss|mean (number|count)|expect\w* (number|count|rank)|"
    r"all or nothing|"
    r"chance|probabilit|averag",
)
def expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k):
    beaten_by = n_negatives * (np.asarray(ranks) - 1) / (np.asarray(n_candidates) - 1)
    return (beaten_by < k).astype(float)


@wrong(
    "14.3",
    "whole-number division",
    r"//|integer|whole|round|truncat|cut|0 (or|and) 1|floor",
)
def expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k):
    ranks = np.asarray(ranks)
    sizes = np.broadcast_to(n_candidates, ranks.shape)
    chances = np.zeros_like(ranks, dtype=float)
    for i, (r, n) in enumerate(zip(ranks.tolist(), sizes.tolist(), strict=True)):
        for b in range(min(k, n_negatives + 1)):
            ways = comb(r - 1, b) * comb(n - r, n_negatives - b)
            chances[i] += ways // comb(n - 1, n_negatives)
    return chances


@wrong(
    "14.3",
    "the target counted among n_negatives",
    r"n_negatives|one (more|too few|less|fewer)|by one|N - 1|negatives|itself|besides",
)
def expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k):
    ranks = np.asarray(ranks)
    N = max(n_negatives - 1, 0)
    sizes = np.broadcast_to(n_candidates, ranks.shape)
    chances = []
    for r, n in zip(ranks.tolist(), sizes.tolist(), strict=True):
        ways = sum(comb(r - 1, b) * comb(n - r, N - b) for b in range(min(k, N + 1)))
        chances.append(ways / comb(n - 1, N))
    return np.array(chances)


@wrong("14.3", "always the first 10", r"\bk\b|ten\b|always|argument|fixed|constant|hard")
def expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k):
    ranks = np.asarray(ranks)
    sizes = np.broadcast_to(n_candidates, ranks.shape)
    chances = []
    for r, n in zip(ranks.tolist(), sizes.tolist(), strict=True):
        terms = range(min(10, n_negatives + 1))
        ways = sum(comb(r - 1, b) * comb(n - r, n_negatives - b) for b in terms)
        chances.append(ways / comb(n - 1, n_negatives))
    return np.array(chances)


@wrong(
    "14.3",
    "fails where k is more than the number drawn",
    r"N - b|n_negatives|negativ|fewer (than k )?(drawn|negatives)|"
    r"k (is )?(larger|greater|more|above)|"
    r"k > |certain|always a hit|small(er)? than k",
)
def expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k):
    ranks = np.asarray(ranks)
    sizes = np.broadcast_to(n_candidates, ranks.shape)
    chances = []
    for r, n in zip(ranks.tolist(), sizes.tolist(), strict=True):
        ways = sum(comb(r - 1, b) * comb(n - r, n_negatives - b) for b in range(k))
        chances.append(ways / comb(n - 1, n_negatives))
    return np.array(chances)


# 14.4 best_unseen


@right("14.4", "minus infinity and a stable argsort")
def best_unseen(score, history, max_len, k):
    history = np.asarray(history)
    row = np.zeros((1, max_len), dtype=np.int64)
    newest = history[-max_len:]
    row[0, max_len - len(newest) :] = newest
    scores = np.array(score(row)[0], dtype=float)
    scores[0] = -np.inf
    scores[history] = -np.inf
    return np.argsort(-scores, kind="stable")[:k]


@right("14.4", "heapq over the unseen items")
def best_unseen(score, history, max_len, k):
    watched = {int(item) for item in history}
    read = [int(item) for item in history][-max_len:]
    read = [0] * (max_len - len(read)) + read
    scores = score(np.array([read]))[0]
    unseen = [j for j in range(1, len(scores)) if j not in watched]
    return np.array(heapq.nlargest(k, unseen, key=lambda j: scores[j]), dtype=int)


@right("14.4", "a pandas Series by item")
def best_unseen(score, history, max_len, k):
    history = np.asarray(history, dtype=np.int64)
    read = np.concatenate([np.zeros(max_len, dtype=np.int64), history])[-max_len:]
    scores = pd.Series(np.asarray(score(read[None])).ravel())
    scores = scores.drop(labels=[0, *set(history.tolist())])
    return scores.sort_values(ascending=False, kind="stable").index[:k].to_numpy()


@right("14.4", "topk of torch on a copy")
def best_unseen(score, history, max_len, k):
    seen = list(map(int, history))
    padded = np.pad(seen[-max_len:], (max(max_len - len(seen), 0), 0))
    scores = torch.tensor(np.asarray(score(padded.reshape(1, -1)))[0], dtype=torch.float64)
    scores[[0, *seen]] = -torch.inf
    return scores.topk(k).indices.numpy()


@wrong(
    "14.4",
    "leaves out only what was read",
    r"all of (it|them|the history)|whole history|older|"
    r"(not )?only .{0,40}(max_len|newest|read)|"
    r"before the newest|entire|all watched",
)
def best_unseen(score, history, max_len, k):
    history = np.asarray(history)[-max_len:]
    row = np.zeros((1, max_len), dtype=np.int64)
    row[0, max_len - len(history) :] = history
    scores = np.array(score(row)[0], dtype=float)
    scores[0] = -np.inf
    scores[history] = -np.inf
    return np.argsort(-scores, kind="stable")[:k]


@wrong(
    "14.4",
    "reads the oldest items",
    r"oldest|newest|first `?max_len|most recent|wrong end|latest",
)
def best_unseen(score, history, max_len, k):
    history = np.asarray(history)
    row = np.zeros((1, max_len), dtype=np.int64)
    read = history[:max_len]
    row[0, max_len - len(read) :] = read
    scores = np.array(score(row)[0], dtype=float)
    scores[0] = -np.inf
    scores[history] = -np.inf
    return np.argsort(-scores, kind="stable")[:k]


@wrong(
    "14.4",
    "pads on the right",
    r"\bright\b|\bleft\b|behind|wrong (end|side)|zeros? (come|stand|belong)|"
    r"pad\w* .{0,20}(before|after)",
)
def best_unseen(score, history, max_len, k):
    history = np.asarray(history)
    row = np.zeros((1, max_len), dtype=np.int64)
    read = history[-max_len:]
    row[0, : len(read)] = read
    scores = np.array(score(row)[0], dtype=float)
    scores[0] = -np.inf
    scores[history] = -np.inf
    return np.argsort(-scores, kind="stable")[:k]


@wrong(
    "14.4",
    "padding may be in the list",
    r"padding.{0,60}(list|recommend|item|result|left out|rank|may not|must)|column 0|item 0|"
    r"\b0 is (no|not|padding)|"
    r"(recommend|list|rank)\w* .{0,40}padding",
)
def best_unseen(score, history, max_len, k):
    history = np.asarray(history)
    row = np.zeros((1, max_len), dtype=np.int64)
    read = history[-max_len:]
    row[0, max_len - len(read) :] = read
    scores = np.array(score(row)[0], dtype=float)
    scores[history] = -np.inf
    return np.argsort(-scores, kind="stable")[:k]


@wrong(
    "14.4",
    "the worst instead of the best",
    r"worst|lowest|ascend|descend|smallest|wrong (end|way)|revers|sign|least|highest|largest",
)
def best_unseen(score, history, max_len, k):
    history = np.asarray(history)
    row = np.zeros((1, max_len), dtype=np.int64)
    read = history[-max_len:]
    row[0, max_len - len(read) :] = read
    scores = np.array(score(row)[0], dtype=float)
    scores[0] = np.inf
    scores[history] = np.inf
    return np.argsort(scores, kind="stable")[:k]


@wrong(
    "14.4",
    "the best k, the best of them last",
    r"best first|revers|ascend|descend|order|last|\bturned|backward|\[::-1\]",
)
def best_unseen(score, history, max_len, k):
    history = np.asarray(history)
    row = np.zeros((1, max_len), dtype=np.int64)
    read = history[-max_len:]
    row[0, max_len - len(read) :] = read
    scores = np.array(score(row)[0], dtype=float)
    scores[0] = -np.inf
    scores[history] = -np.inf
    return np.argsort(scores, kind="stable")[-k:]


@wrong(
    "14.4",
    "the best k in the order of their ids",
    r"best first|order|sort|by id|ids? ascend|not ranked|set\b|ascend",
)
def best_unseen(score, history, max_len, k):
    history = np.asarray(history)
    row = np.zeros((1, max_len), dtype=np.int64)
    read = history[-max_len:]
    row[0, max_len - len(read) :] = read
    scores = np.array(score(row)[0], dtype=float)
    scores[0] = -np.inf
    scores[history] = -np.inf
    return np.sort(np.argsort(-scores, kind="stable")[:k])


@wrong(
    "14.4",
    "what was watched stays in the list",
    r"watched|seen|in the history|history.{0,60}(list|left out|remov|exclud|recommend)|exclud|"
    r"already",
)
def best_unseen(score, history, max_len, k):
    history = np.asarray(history)
    row = np.zeros((1, max_len), dtype=np.int64)
    read = history[-max_len:]
    row[0, max_len - len(read) :] = read
    scores = np.array(score(row)[0], dtype=float)
    scores[0] = -np.inf
    return np.argsort(-scores, kind="stable")[:k]


@wrong(
    "14.4",
    "the best k first, then what was watched is taken out",
    r"(fewer|less) than k|too (few|short)|k (items|ids|of them)|before (the )?(top|cut|k best)|"
    r"after(wards)?|first.{0,40}then|fill|\(k,?\)",
)
def best_unseen(score, history, max_len, k):
    history = np.asarray(history)
    row = np.zeros((1, max_len), dtype=np.int64)
    read = history[-max_len:]
    row[0, max_len - len(read) :] = read
    scores = np.array(score(row)[0], dtype=float)
    scores[0] = -np.inf
    best = np.argsort(-scores, kind="stable")[:k]
    return best[~np.isin(best, history)]


@wrong(
    "14.4",
    "watched items get score 0, which is high among logarithms",
    r"negativ|\binf|score (of )?(0|zero)|(0|zero) (is|as|may|can|beats)|below (0|zero)|"
    r"watched|seen|in the history|already",
)
def best_unseen(score, history, max_len, k):
    history = np.asarray(history)
    row = np.zeros((1, max_len), dtype=np.int64)
    read = history[-max_len:]
    row[0, max_len - len(read) :] = read
    scores = np.array(score(row)[0], dtype=float)
    scores[0] = -np.inf
    scores[history] = 0
    return np.argsort(-scores, kind="stable")[:k]


@wrong(
    "14.4",
    "places among the unseen instead of ids",
    r"places?\b|position|ids?, not|index (of|in)|not (the )?ids?|mapp?|compress|shift"
    "|among the (unseen|rest)|numbers? of the items|move up|no longer the item",
)
def best_unseen(score, history, max_len, k):
    history = np.asarray(history)
    row = np.zeros((1, max_len), dtype=np.int64)
    read = history[-max_len:]
    row[0, max_len - len(read) :] = read
    scores = np.asarray(score(row)[0], dtype=float)
    unseen = np.setdiff1d(np.arange(1, len(scores)), history)
    return np.argsort(-scores[unseen], kind="stable")[:k]


@wrong(
    "14.4",
    "ids one too high",
    r"by one|one too (high|many|large)|column j|off|\+ ?1|shift|next (item|id|column)",
)
def best_unseen(score, history, max_len, k):
    history = np.asarray(history)
    row = np.zeros((1, max_len), dtype=np.int64)
    read = history[-max_len:]
    row[0, max_len - len(read) :] = read
    scores = np.array(score(row)[0], dtype=float)
    scores[0] = -np.inf
    scores[history] = -np.inf
    return np.argsort(-scores, kind="stable")[:k] + 1


@wrong(
    "14.4",
    "column 0 cut off, so ids one too low",
    r"by one|one too (low|small|few)|column (0|j)|off|\+ ?1|shift|before (it|the)",
)
def best_unseen(score, history, max_len, k):
    history = np.asarray(history)
    row = np.zeros((1, max_len), dtype=np.int64)
    read = history[-max_len:]
    row[0, max_len - len(read) :] = read
    scores = np.array(score(row)[0, 1:], dtype=float)
    scores[history - 1] = -np.inf
    return np.argsort(-scores, kind="stable")[:k]


@wrong(
    "14.4",
    "a short history is not padded",
    r"pad|max_len (columns|ids|wide)|width|short histor|\(1, ?max_len\)|zeros",
)
def best_unseen(score, history, max_len, k):
    history = np.asarray(history)
    scores = np.array(score(history[None, -max_len:])[0], dtype=float)
    scores[0] = -np.inf
    scores[history] = -np.inf
    return np.argsort(-scores, kind="stable")[:k]


@wrong(
    "14.4",
    "a long history is not cut",
    r"\bcut|newest|max_len|truncat|long histor|too (long|wide|many)|width|whole history|all of",
)
def best_unseen(score, history, max_len, k):
    history = np.asarray(history, dtype=np.int64)
    row = np.concatenate([np.zeros(max(max_len - len(history), 0), dtype=np.int64), history])
    scores = np.array(score(row[None])[0], dtype=float)
    scores[0] = -np.inf
    scores[history] = -np.inf
    return np.argsort(-scores, kind="stable")[:k]


@wrong(
    "14.4",
    "read newest first",
    r"revers|backward|newest (first|is)|order of (time|the history)|oldest first|\bturned|"
    r"wrong (way|end)",
)
def best_unseen(score, history, max_len, k):
    history = np.asarray(history)
    row = np.zeros((1, max_len), dtype=np.int64)
    read = history[-max_len:]
    row[0, max_len - len(read) :] = read[::-1]
    scores = np.array(score(row)[0], dtype=float)
    scores[0] = -np.inf
    scores[history] = -np.inf
    return np.argsort(-scores, kind="stable")[:k]


@wrong("14.4", "scores in place of ids", r"scores?\b.{0,40}(instead|not|rather|in place)|\bids\b")
def best_unseen(score, history, max_len, k):
    history = np.asarray(history)
    row = np.zeros((1, max_len), dtype=np.int64)
    read = history[-max_len:]
    row[0, max_len - len(read) :] = read
    scores = np.array(score(row)[0], dtype=float)
    scores[0] = -np.inf
    scores[history] = -np.inf
    return -np.sort(-scores)[:k]


@wrong(
    "14.4",
    "a table of one row",
    r"\(1, ?k\)|\(k,?\)|2-?D|1-?D|one row|dimension|axis|table|nested|\[0\]|flat",
)
def best_unseen(score, history, max_len, k):
    history = np.asarray(history)
    row = np.zeros((1, max_len), dtype=np.int64)
    read = history[-max_len:]
    row[0, max_len - len(read) :] = read
    scores = np.array(score(row), dtype=float)
    scores[:, 0] = -np.inf
    scores[:, history] = -np.inf
    return np.argsort(-scores, axis=1, kind="stable")[:, :k]


@wrong("14.4", "always ten", r"\bk\b|\bten\b|\b10\b|always|argument|too many|longer|\(k,?\)")
def best_unseen(score, history, max_len, k):
    history = np.asarray(history)
    row = np.zeros((1, max_len), dtype=np.int64)
    read = history[-max_len:]
    row[0, max_len - len(read) :] = read
    scores = np.array(score(row)[0], dtype=float)
    scores[0] = -np.inf
    scores[history] = -np.inf
    return np.argsort(-scores, kind="stable")[:10]


@wrong(
    "14.4",
    "only the newest item is taken out",
    r"all of (it|them|the history)|whole history|every|only (the )?(last|newest)|older|entire|"
    r"watched|seen|in the history|already|each of",
)
def best_unseen(score, history, max_len, k):
    history = np.asarray(history)
    row = np.zeros((1, max_len), dtype=np.int64)
    read = history[-max_len:]
    row[0, max_len - len(read) :] = read
    scores = np.array(score(row)[0], dtype=float)
    scores[[0, history[-1]]] = -np.inf
    return np.argsort(-scores, kind="stable")[:k]


@wrong(
    "14.4",
    "an argpartition, not in order",
    "argpartition|not (sorted|ranked|ordered|in order)|un(sorted|ordered)|(in )?(any|no"
    "|whatever) order",
)
def best_unseen(score, history, max_len, k):
    history = np.asarray(history)
    row = np.zeros((1, max_len), dtype=np.int64)
    read = history[-max_len:]
    row[0, max_len - len(read) :] = read
    scores = np.array(score(row)[0], dtype=float)
    scores[0] = -np.inf
    scores[history] = -np.inf
    return np.argpartition(scores, -k)[-k:]
