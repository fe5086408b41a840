import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F

from tests.course.keys.answers.bank import right, wrong

# 2.1 build_sequences


@right("2.1", "one stable sort, then groupby")
def build_sequences(interactions, max_len):
    ordered = interactions.sort_values(["user_id", "timestamp"], kind="stable")
    items = ordered.groupby("user_id")["item_id"].apply(lambda s: s.to_numpy()[-(max_len + 1) :])
    return items.rename("item_sequence").reset_index()


@right("2.1", "a dictionary of lists")
def build_sequences(interactions, max_len):
    by_time = interactions.sort_values("timestamp", kind="mergesort")
    lists = {}
    for user, item in zip(by_time["user_id"], by_time["item_id"], strict=True):
        lists.setdefault(user, []).append(item)
    users = sorted(lists)
    rows = [np.array(lists[user][-(max_len + 1) :]) for user in users]
    return pd.DataFrame({"user_id": users, "item_sequence": rows})


@right("2.1", "lexsort and split")
def build_sequences(interactions, max_len):
    user = interactions["user_id"].to_numpy()
    item = interactions["item_id"].to_numpy()
    order = np.lexsort((interactions["timestamp"].to_numpy(), user))
    users, first = np.unique(user[order], return_index=True)
    sequences = [part[-max_len - 1 :] for part in np.split(item[order], first[1:])]
    out = pd.DataFrame({"user_id": users})
    out["item_sequence"] = sequences
    return out


@right("2.1", "tail within each user, then groups")
def build_sequences(interactions, max_len):
    df = interactions.reset_index(drop=True)
    df["place"] = np.arange(len(df))
    df = df.sort_values(by=["user_id", "timestamp", "place"])
    newest = df.groupby("user_id").tail(max_len + 1)
    users, sequences = [], []
    for user, group in newest.groupby("user_id"):
        users.append(user)
        sequences.append(group["item_id"].values)
    return pd.DataFrame({"user_id": users, "item_sequence": sequences})


def _in_order(interactions):
    return interactions.sort_values(["user_id", "timestamp"], kind="stable")


def _as_rows(ordered, cut):
    items = ordered.groupby("user_id")["item_id"].apply(lambda s: cut(s.to_numpy()))
    return items.rename("item_sequence").reset_index()


@wrong(
    "2.1",
    "max_len items, not one more",
    r"max_len \+ 1|one more|one (item )?(too few|short|less|fewer)|off by one|plus one|plus 1"
    r"|target as well",
)
def build_sequences(interactions, max_len):
    return _as_rows(_in_order(interactions), lambda items: items[-max_len:])


@wrong(
    "2.1",
    "keeps the oldest items",
    r"oldest|newest|most recent|first `?max_len|wrong end|latest|last `?max_len|head"
    r"|from the front",
)
def build_sequences(interactions, max_len):
    return _as_rows(_in_order(interactions), lambda items: items[: max_len + 1])


@wrong(
    "2.1",
    "newest first within a sequence",
    r"newest first|oldest first|revers|backwards|descend|wrong (way|direction)|order of time"
    r"|turned (a?round)",
)
def build_sequences(interactions, max_len):
    return _as_rows(_in_order(interactions), lambda items: items[-(max_len + 1) :][::-1])


@wrong("2.1", "lists instead of arrays", r"list|array|ndarray|tolist|to_numpy")
def build_sequences(interactions, max_len):
    ordered = interactions.sort_values(["user_id", "timestamp"], kind="stable")
    lists = ordered.groupby("user_id")["item_id"].agg(list)
    return lists.map(lambda s: s[-(max_len + 1) :]).rename("item_sequence").reset_index()


@wrong(
    "2.1",
    "never sorted by time",
    r"(not|never|un|without|forg\w*|no)\b.{0,20}sort|sort (them|it|the|by|first)"
    r"|order of (the )?(time|log)|timestamp|by time|chronolog|as they (stand|come)",
)
def build_sequences(interactions, max_len):
    return _as_rows(interactions, lambda items: items[-(max_len + 1) :])


@wrong("2.1", "ties turned around", r"\btie|stable|same (time|timestamp)|share a time|equal time")
def build_sequences(interactions, max_len):
    newest_first = interactions.sort_values("timestamp", ascending=False, kind="stable")
    newest = newest_first.groupby("user_id").head(max_len + 1)
    return _as_rows(newest, lambda items: items[::-1])


@wrong(
    "2.1", "an unstable sort", r"\btie|stable|quick ?sort|same (time|timestamp)|share a time|kind="
)
def build_sequences(interactions, max_len):
    ordered = interactions.sort_values("timestamp", kind="quicksort")
    return _as_rows(ordered, lambda items: items[-(max_len + 1) :])


@wrong("2.1", "ties sorted by item id", r"\btie|stable|item id|same (time|timestamp)|share a time")
def build_sequences(interactions, max_len):
    ordered = interactions.sort_values(["user_id", "timestamp", "item_id"])
    return _as_rows(ordered, lambda items: items[-(max_len + 1) :])


@wrong(
    "2.1",
    "users in the order in which they appear",
    r"users? .{0,30}(ascend|order|sort|appear)|ascend|sort=False|first appearance"
    r"|rows .{0,20}order",
)
def build_sequences(interactions, max_len):
    by_time = interactions.sort_values("timestamp", kind="stable")
    rows = [
        {"user_id": user, "item_sequence": group["item_id"].to_numpy()[-(max_len + 1) :]}
        for user, group in by_time.groupby("user_id", sort=False)
    ]
    return pd.DataFrame(rows)


@wrong("2.1", "user ids left in the index", r"index|reset_index|column|user_id")
def build_sequences(interactions, max_len):
    items = _in_order(interactions).groupby("user_id")["item_id"]
    return items.apply(lambda s: s.to_numpy()[-(max_len + 1) :]).to_frame("item_sequence")


@wrong(
    "2.1",
    "index of the log kept",
    r"index|reset_index|row (label|number)s?|0, 1",
)
def build_sequences(interactions, max_len):
    ordered = _in_order(interactions)
    sequences = _as_rows(ordered, lambda items: items[-(max_len + 1) :])
    return sequences.set_index(ordered.drop_duplicates("user_id").index)


@wrong(
    "2.1",
    "padded with zeros",
    r"\bpad|zeros|length|filled|short (sequence|histor)|as (long|many) as",
)
def build_sequences(interactions, max_len):
    def fill(items):
        items = items[-(max_len + 1) :]
        return np.concatenate([np.zeros(max_len + 1 - len(items), dtype=items.dtype), items])

    return _as_rows(_in_order(interactions), fill)


@wrong(
    "2.1",
    "drops users with a single event",
    r"single event|one event|only one|drop|missing user|users? .{0,30}(missing|gone|lost"
    r"|left out)|fewer rows",
)
def build_sequences(interactions, max_len):
    rows = _as_rows(_in_order(interactions), lambda items: items[-(max_len + 1) :])
    return rows[rows["item_sequence"].map(len) > 1].reset_index(drop=True)


@wrong(
    "2.1",
    "each item once per user",
    r"duplicat|repeat|twice|once (per|for)|only once|unique|again|distinct|several times",
)
def build_sequences(interactions, max_len):
    ordered = _in_order(interactions).drop_duplicates(["user_id", "item_id"], keep="last")
    return _as_rows(ordered, lambda items: items[-(max_len + 1) :])


@wrong(
    "2.1",
    "sorts the log in place",
    r"in.?place|edit|modif|mutat|\bwrit|alter|your input|chang|copy|inplace",
)
def build_sequences(interactions, max_len):
    interactions.sort_values(["user_id", "timestamp"], kind="stable", inplace=True)
    return _as_rows(interactions, lambda items: items[-(max_len + 1) :])


@wrong(
    "2.1",
    "cut before the sort",
    r"before .{0,30}sort|sort .{0,20}(first|before|after)|cut .{0,30}(sort|first|early)"
    r"|order of the log"
    r"|most recent|newest",
)
def build_sequences(interactions, max_len):
    newest = interactions.groupby("user_id").tail(max_len + 1)
    return _as_rows(_in_order(newest), lambda items: items)


# 2.2 pad_left


@right("2.2", "a loop that fills a row of zeros")
def pad_left(sequences, max_len):
    out = np.zeros((len(sequences), max_len), dtype=np.int64)
    for row, sequence in zip(out, sequences, strict=True):
        newest = np.asarray(sequence, dtype=np.int64)[-max_len:]
        row[max_len - len(newest) :] = newest
    return out


@right("2.2", "lists all the way")
def pad_left(sequences, max_len):
    rows = []
    for s in sequences:
        s = list(s)[-max_len:]
        rows.append([0] * (max_len - len(s)) + s)
    return np.array(rows, dtype="int64").reshape(len(rows), max_len)


@right("2.2", "np.pad in front, then the last max_len")
def pad_left(sequences, max_len):
    padded = [np.pad(np.asarray(s, dtype=np.int64), (max_len, 0))[-max_len:] for s in sequences]
    return np.stack(padded) if padded else np.zeros((0, max_len), dtype=np.int64)


@right("2.2", "torch pad inside")
def pad_left(sequences, max_len):
    out = torch.zeros(len(sequences), max_len, dtype=torch.long)
    for n, s in enumerate(sequences):
        t = torch.as_tensor(np.array(s, dtype=np.int64))[-max_len:]
        out[n] = F.pad(t, (max_len - t.numel(), 0))
    return out.numpy()


@right("2.2", "one mask for the whole batch")
def pad_left(sequences, max_len):
    cut = [np.asarray(s, dtype=np.int64)[-max_len:] for s in sequences]
    lengths = np.array([len(s) for s in cut], dtype=int)
    real = np.arange(max_len) >= max_len - lengths[:, None]
    out = np.zeros((len(cut), max_len), dtype=np.int64)
    if len(cut):
        out[real] = np.concatenate(cut)
    return out


@wrong(
    "2.2",
    "zeros behind instead of in front",
    r"\bright\b.{0,40}(zero|pad)|(zero|pad)\w*.{0,40}(right|behind|after|end|wrong side)|in front"
    r"|wrong side|on the left",
)
def pad_left(sequences, max_len):
    out = np.zeros((len(sequences), max_len), dtype=np.int64)
    for n, s in enumerate(sequences):
        s = s[-max_len:]
        out[n, : len(s)] = s
    return out


@wrong(
    "2.2",
    "keeps the oldest entries",
    r"oldest|newest|most recent|first `?max_len|wrong end|latest|last `?max_len|from the front",
)
def pad_left(sequences, max_len):
    out = np.zeros((len(sequences), max_len), dtype=np.int64)
    for n, s in enumerate(sequences):
        s = s[:max_len]
        out[n, max_len - len(s) :] = s
    return out


@wrong(
    "2.2",
    "fails for an empty sequence: minus 0",
    r"empty|-0|minus 0|no (entries|items)|length 0|\[\]",
)
def pad_left(sequences, max_len):
    out = np.zeros((len(sequences), max_len), dtype=np.int64)
    for n, s in enumerate(sequences):
        s = s[-max_len:]
        out[n, -len(s) :] = s
    return out


@wrong(
    "2.2",
    "floats",
    r"\bfloats\b|float64|floating|dtype|int64|integers",
)
def pad_left(sequences, max_len):
    out = np.zeros((len(sequences), max_len))
    for n, s in enumerate(sequences):
        s = s[-max_len:]
        out[n, max_len - len(s) :] = s
    return out


@wrong("2.2", "int32", r"int32|int64|dtype|32.bit|64.bit")
def pad_left(sequences, max_len):
    out = np.zeros((len(sequences), max_len), dtype=np.int32)
    for n, s in enumerate(sequences):
        s = s[-max_len:]
        out[n, max_len - len(s) :] = s
    return out


@wrong(
    "2.2",
    "newest first",
    r"revers|backwards|newest first|oldest first|wrong (way round|direction|order)"
    r"|turned (a?round)|mirror",
)
def pad_left(sequences, max_len):
    out = np.zeros((len(sequences), max_len), dtype=np.int64)
    for n, s in enumerate(sequences):
        s = s[-max_len:][::-1]
        out[n, max_len - len(s) :] = s
    return out


@wrong(
    "2.2",
    "as wide as the longest, not max_len",
    r"longest|wide|width|columns|always .{0,10}max_len|`?max_len`? columns",
)
def pad_left(sequences, max_len):
    cut = [list(s)[-max_len:] for s in sequences]
    width = max((len(s) for s in cut), default=0)
    rows = [[0] * (width - len(s)) + s for s in cut]
    return np.array(rows, dtype=np.int64).reshape(len(rows), width)


@wrong("2.2", "a list of lists", r"list|np\.array|ndarray|one array|\barray\b")
def pad_left(sequences, max_len):
    rows = [[int(x) for x in s][-max_len:] for s in sequences]
    return [[0] * (max_len - len(s)) + s for s in rows]


@wrong(
    "2.2",
    "empty sequences dropped",
    r"empty|drop|skip|rows? .{0,30}(missing|lost|gone)|one row (per|for)",
)
def pad_left(sequences, max_len):
    kept = [np.asarray(s, dtype=np.int64)[-max_len:] for s in sequences if len(s) > 0]
    out = np.zeros((len(kept), max_len), dtype=np.int64)
    for n, s in enumerate(kept):
        out[n, max_len - len(s) :] = s
    return out


@wrong("2.2", "padded with -1", r"-1|minus one|pad\w* (value|with)|with (0|zero)|filled with|zeros")
def pad_left(sequences, max_len):
    out = np.full((len(sequences), max_len), -1, dtype=np.int64)
    for n, s in enumerate(sequences):
        s = s[-max_len:]
        out[n, max_len - len(s) :] = s
    return out


@wrong(
    "2.2",
    "one entry fewer than fits",
    r"off by one|one (entry|item)? ?(too few|short|less|fewer|missing)|max_len ?- ?1",
)
def pad_left(sequences, max_len):
    out = np.zeros((len(sequences), max_len), dtype=np.int64)
    for n, s in enumerate(sequences):
        s = list(s)[-(max_len - 1) :] if max_len > 1 else []
        out[n, max_len - len(s) :] = s
    return out


@wrong(
    "2.2",
    "a negative start that loses entries of short sequences",
    r"negative|len\(\w*\) ?- ?max_len|shorter than|short (sequence|histor|one)|slice|start of the"
    r"|entries .{0,20}(lost|missing)",
)
def pad_left(sequences, max_len):
    out = np.zeros((len(sequences), max_len), dtype=np.int64)
    for n, s in enumerate(sequences):
        s = s[len(s) - max_len :]
        out[n, max_len - len(s) :] = s
    return out


@wrong(
    "2.2",
    "zeros put into the lists that were given",
    r"in.?place|lists? .{0,20}(given|passed|handed)|edit|modif|mutat|\bwrit|alter|your input"
    r"|chang|insert|copy",
)
def pad_left(sequences, max_len):
    rows = []
    for s in sequences:
        s = s if isinstance(s, list) else s.tolist()
        while len(s) < max_len:
            s.insert(0, 0)
        rows.append(s[-max_len:])
    return np.array(rows, dtype=np.int64).reshape(len(rows), max_len)


@wrong(
    "2.2",
    "filled with the first item instead of zeros",
    r"first (item|entry)|repeat|edge|with (0|zero)|zeros|oldest item",
)
def pad_left(sequences, max_len):
    out = np.zeros((len(sequences), max_len), dtype=np.int64)
    for n, s in enumerate(sequences):
        s = s[-max_len:]
        out[n] = s[0] if len(s) else 0
        out[n, max_len - len(s) :] = s
    return out


# 2.3 sliding_windows


@right("2.3", "two loops and a pad")
def sliding_windows(interactions, max_len):
    ordered = interactions.sort_values(["user_id", "timestamp"], kind="stable")
    dtype = interactions["item_id"].dtype
    histories, targets = [], []
    for _, group in ordered.groupby("user_id"):
        items = group["item_id"].to_numpy()
        for place in range(1, len(items)):
            history = items[max(0, place - max_len) : place]
            histories.append(np.pad(history, (max_len - len(history), 0)))
            targets.append(items[place])
    return (
        np.array(histories, dtype=dtype).reshape(-1, max_len),
        np.array(targets, dtype=dtype),
    )


@right("2.3", "shifted columns")
def sliding_windows(interactions, max_len):
    order = np.lexsort((interactions["timestamp"], interactions["user_id"]))
    user = interactions["user_id"].to_numpy()[order]
    item = interactions["item_id"].to_numpy()[order]
    n = len(item)
    histories = np.zeros((n, max_len), dtype=item.dtype)
    for back in range(1, min(max_len, n - 1) + 1):
        same = user[back:] == user[:-back]
        histories[back:, max_len - back][same] = item[:-back][same]
    later = np.zeros(n, dtype=bool)
    later[1:] = user[1:] == user[:-1]
    return histories[later], item[later]


@right("2.3", "groupby and shift in pandas")
def sliding_windows(interactions, max_len):
    frame = interactions[["user_id", "item_id", "timestamp"]].reset_index(drop=True)
    frame = frame.sort_values(["user_id", "timestamp"], kind="stable")
    dtype = frame["item_id"].dtype
    items = frame.groupby("user_id")["item_id"]
    columns = [items.shift(back, fill_value=0).to_numpy() for back in range(max_len, 0, -1)]
    keep = items.cumcount().to_numpy() > 0
    histories = np.stack(columns, axis=1).astype(dtype)
    return histories[keep], frame["item_id"].to_numpy()[keep]


@right("2.3", "sliding_window_view over zeros and items")
def sliding_windows(interactions, max_len):
    dtype = interactions["item_id"].dtype
    ordered = interactions.sort_values("timestamp", kind="stable")
    windows = [np.zeros((0, max_len + 1), dtype=dtype)]
    for _, items in ordered.groupby("user_id")["item_id"]:
        if len(items) < 2:
            continue
        row = np.concatenate([np.zeros(max_len - 1, dtype=dtype), items.to_numpy()])
        windows.append(np.lib.stride_tricks.sliding_window_view(row, max_len + 1))
    both = np.concatenate(windows)
    return both[:, :-1].copy(), both[:, -1].copy()


def _windows(ordered, max_len, cut, places=lambda n: range(1, n), groups=None, sort=True):
    dtype = ordered["item_id"].dtype
    histories, targets = [], []
    for _, group in ordered.groupby(groups or "user_id", sort=sort):
        items = group["item_id"].to_numpy()
        for place in places(len(items)):
            histories.append(cut(items, place))
            targets.append(items[place])
    return (
        np.array(histories, dtype=dtype).reshape(-1, max_len),
        np.array(targets, dtype=dtype),
    )


def _before(max_len):
    def cut(items, place):
        history = items[max(0, place - max_len) : place]
        return np.pad(history, (max_len - len(history), 0))

    return cut


@wrong(
    "2.3",
    "the first event is a target, too",
    r"first event|but the first|empty history|nothing (came |stands )?before|no history"
    r"|too many windows"
    r"|all zeros",
)
def sliding_windows(interactions, max_len):
    return _windows(_in_order(interactions), max_len, _before(max_len), places=range)


@wrong(
    "2.3",
    "only the last window of each user",
    r"last (event|window|target)|one window|every event|each event|only one|too few|newest event",
)
def sliding_windows(interactions, max_len):
    cut = _before(max_len)
    return _windows(_in_order(interactions), max_len, cut, lambda n: range(max(1, n - 1), n))


@wrong(
    "2.3",
    "windows run across users",
    r"(across|another|previous|other|next|different|between) users?|user .{0,20}(border|ignor"
    r"|chang)"
    r"|someone else|users? .{0,15}mix",
)
def sliding_windows(interactions, max_len):
    items = _in_order(interactions)["item_id"].to_numpy()
    cut = _before(max_len)
    histories = [cut(items, place) for place in range(1, len(items))]
    return np.array(histories, dtype=items.dtype).reshape(-1, max_len), items[1:]


@wrong(
    "2.3",
    "zeros behind the history",
    r"(zero|pad)\w*.{0,40}(right|behind|after|end|wrong side)|right.pad|in front|left|wrong side",
)
def sliding_windows(interactions, max_len):
    def cut(items, place):
        history = items[max(0, place - max_len) : place]
        return np.pad(history, (0, max_len - len(history)))

    return _windows(_in_order(interactions), max_len, cut)


@wrong(
    "2.3",
    "history backwards",
    r"revers|backwards|newest first|oldest first|wrong (way round|direction)|mirror"
    r"|turned (a?round)",
)
def sliding_windows(interactions, max_len):
    def cut(items, place):
        history = items[max(0, place - max_len) : place][::-1]
        return np.pad(history, (max_len - len(history), 0))

    return _windows(_in_order(interactions), max_len, cut)


@wrong(
    "2.3",
    "the target stands in its own history",
    r"(target|answer) .{0,40}(in|inside|part of|itself|own|leak|already|include)|leak|off by one"
    r"|one too far"
    r"|contains? the (target|answer)",
)
def sliding_windows(interactions, max_len):
    cut = _before(max_len)
    return _windows(_in_order(interactions), max_len, lambda items, p: cut(items, p + 1))


@wrong(
    "2.3",
    "oldest items of a long history",
    r"oldest|newest|most recent|first `?max_len|wrong end|latest|directly before|just before"
    r"|from the (front|start)",
)
def sliding_windows(interactions, max_len):
    def cut(items, place):
        history = items[:place][:max_len]
        return np.pad(history, (max_len - len(history), 0))

    return _windows(_in_order(interactions), max_len, cut)


@wrong(
    "2.3", "not sorted by time", r"\bsort|timestamp|by time|order of (the )?(time|log)|chronolog"
)
def sliding_windows(interactions, max_len):
    return _windows(interactions, max_len, _before(max_len))


@wrong("2.3", "ties the other way round", r"\btie|stable|same (time|timestamp)|share a time")
def sliding_windows(interactions, max_len):
    turned = interactions.iloc[::-1].sort_values(["user_id", "timestamp"], kind="stable")
    return _windows(turned, max_len, _before(max_len))


@wrong("2.3", "always int64", r"dtype|int64|int32|64.bit|type of `?item_id|same type")
def sliding_windows(interactions, max_len):
    histories, targets = _windows(_in_order(interactions), max_len, _before(max_len))
    return histories.astype(np.int64), targets.astype(np.int64)


@wrong(
    "2.3",
    "histories as floats",
    r"\bfloats\b|float64|floating|dtype|integers|np\.zeros|type of `?item_id",
)
def sliding_windows(interactions, max_len):
    histories, targets = _windows(_in_order(interactions), max_len, _before(max_len))
    out = np.zeros((len(targets), max_len))
    out[:] = histories
    return out, targets


@wrong(
    "2.3",
    "only windows with a full history",
    r"full|short (histor|window)|fewer than|too few windows|at least `?max_len|early|up to|dropp"
    r"|incomplete",
)
def sliding_windows(interactions, max_len):
    return _windows(_in_order(interactions), max_len, _before(max_len), lambda n: range(max_len, n))


@wrong(
    "2.3",
    "the item after the next as a target",
    r"skip|next but one|after the next|one (too far|too late|further)|two (steps|places)|off by one"
    r"|directly|gap between|immediately",
)
def sliding_windows(interactions, max_len):
    cut = _before(max_len)
    return _windows(
        _in_order(interactions), max_len, lambda items, p: cut(items, p - 1), lambda n: range(2, n)
    )


@wrong(
    "2.3",
    "windows in order of time over all users",
    r"\(user, time\)|user by user|order of the (windows|rows)|windows .{0,30}order|by user"
    r"|row order"
    r"|over all users",
)
def sliding_windows(interactions, max_len):
    frame = interactions.reset_index(drop=True)
    frame = frame.sort_values("timestamp", kind="stable")
    items = frame.groupby("user_id")["item_id"]
    columns = [items.shift(back, fill_value=0).to_numpy() for back in range(max_len, 0, -1)]
    keep = items.cumcount().to_numpy() > 0
    histories = np.stack(columns, axis=1).astype(frame["item_id"].dtype)
    return histories[keep], frame["item_id"].to_numpy()[keep]


@wrong(
    "2.3",
    "one item of history lost",
    r"max_len ?- ?1|one (item|entry)? ?(too few|short|less|fewer|missing)|off by one|oldest (item"
    r"|entry)|lost|too short|shorter",
)
def sliding_windows(interactions, max_len):
    def cut(items, place):
        history = items[max(0, place - max_len + 1) : place]
        return np.pad(history, (max_len - len(history), 0))

    return _windows(_in_order(interactions), max_len, cut)


@wrong(
    "2.3",
    "windows of each user newest first",
    r"newest (window|first)|order of the (windows|rows)|windows .{0,30}(order|revers|backwards)"
    r"|revers"
    r"|row order",
)
def sliding_windows(interactions, max_len):
    return _windows(
        _in_order(interactions), max_len, _before(max_len), lambda n: range(n - 1, 0, -1)
    )


# 2.4 leave_last_two_out


@right("2.4", "places from the end, by cumcount")
def leave_last_two_out(interactions):
    log = interactions.reset_index(drop=True)
    ordered = log.sort_values(["user_id", "timestamp"], kind="stable")
    from_end = ordered.groupby("user_id").cumcount(ascending=False).sort_index().to_numpy()
    events = log.groupby("user_id")["item_id"].transform("size").to_numpy()
    test = (from_end == 0) & (events >= 3)
    valid = (from_end == 1) & (events >= 3)
    return interactions[~test & ~valid], interactions[valid], interactions[test]


@right("2.4", "a loop over users with positions")
def leave_last_two_out(interactions):
    part = np.zeros(len(interactions), dtype=int)
    times = interactions["timestamp"].to_numpy()
    positions = {}
    for n, user in enumerate(interactions["user_id"]):
        positions.setdefault(user, []).append(n)
    for rows in positions.values():
        if len(rows) < 3:
            continue
        rows = sorted(rows, key=lambda n: (times[n], n))
        part[rows[-2]] = 1
        part[rows[-1]] = 2
    return tuple(interactions.iloc[np.flatnonzero(part == p)] for p in (0, 1, 2))


@right("2.4", "lexsort in numpy")
def leave_last_two_out(interactions):
    user = interactions["user_id"].to_numpy()
    order = np.lexsort((interactions["timestamp"].to_numpy(), user))
    _, start, size = np.unique(user[order], return_index=True, return_counts=True)
    end = (start + size)[size >= 3]
    label = np.full(len(user), "train")
    label[order[end - 1]] = "test"
    label[order[end - 2]] = "valid"
    train, valid, test = (interactions.loc[label == name] for name in ("train", "valid", "test"))
    return train, valid, test


def _from_end(interactions):
    log = interactions.reset_index(drop=True)
    ordered = log.sort_values(["user_id", "timestamp"], kind="stable")
    from_end = ordered.groupby("user_id").cumcount(ascending=False).sort_index().to_numpy()
    events = log.groupby("user_id")["user_id"].transform("size").to_numpy()
    return from_end, events


@wrong(
    "2.4",
    "splits users with fewer than three events, too",
    r"fewer than three|fewer than 3|less than (three|3)|two events|short|one or two|single event"
    r"|< ?3"
    r"|at least (three|3)|few events",
)
def leave_last_two_out(interactions):
    from_end, _ = _from_end(interactions)
    return (
        interactions[from_end > 1],
        interactions[from_end == 1],
        interactions[from_end == 0],
    )


@wrong(
    "2.4",
    "users with two events are split",
    r"two events|exactly (two|2)|fewer than (three|3)|less than (three|3)|< ?3|off by one"
    r"|at least (three|3)",
)
def leave_last_two_out(interactions):
    from_end, events = _from_end(interactions)
    test, valid = (from_end == 0) & (events >= 2), (from_end == 1) & (events >= 2)
    return interactions[~test & ~valid], interactions[valid], interactions[test]


@wrong(
    "2.4",
    "users with three events are not split",
    r"exactly (three|3)|three events|fewer than (three|3)|<= ?3|off by one|at least (three|3)"
    r"|more than three",
)
def leave_last_two_out(interactions):
    from_end, events = _from_end(interactions)
    test, valid = (from_end == 0) & (events > 3), (from_end == 1) & (events > 3)
    return interactions[~test & ~valid], interactions[valid], interactions[test]


@wrong(
    "2.4",
    "valid and test swapped",
    r"swap|exchang|valid\w* and test|wrong way round|test .{0,30}before|last .{0,30}valid|mixed up",
)
def leave_last_two_out(interactions):
    from_end, events = _from_end(interactions)
    test, valid = (from_end == 1) & (events >= 3), (from_end == 0) & (events >= 3)
    return interactions[~test & ~valid], interactions[valid], interactions[test]


@wrong(
    "2.4",
    "rows in order of user and time",
    r"order of the log|sorted|row order|order of (the )?rows|original order|by user|reorder"
    r"|order of (the )?user|log.s order|user and time",
)
def leave_last_two_out(interactions):
    ordered = interactions.sort_values(["user_id", "timestamp"], kind="stable")
    from_end = ordered.groupby("user_id").cumcount(ascending=False)
    events = ordered.groupby("user_id")["user_id"].transform("size")
    test, valid = (from_end == 0) & (events >= 3), (from_end == 1) & (events >= 3)
    return ordered[~test & ~valid], ordered[valid], ordered[test]


@wrong("2.4", "index counted anew", r"index|reset_index|label")
def leave_last_two_out(interactions):
    from_end, events = _from_end(interactions)
    test, valid = (from_end == 0) & (events >= 3), (from_end == 1) & (events >= 3)
    parts = interactions[~test & ~valid], interactions[valid], interactions[test]
    return tuple(part.reset_index(drop=True) for part in parts)


@wrong(
    "2.4",
    "of a tie, the row further up is the later one",
    r"\btie|stable|further (down|up)|same (time|timestamp)|share a time|equal time",
)
def leave_last_two_out(interactions):
    log = interactions.reset_index(drop=True)
    newest_first = log.sort_values("timestamp", ascending=False, kind="stable")
    from_end = newest_first.groupby("user_id").cumcount().sort_index().to_numpy()
    events = log.groupby("user_id")["user_id"].transform("size").to_numpy()
    test, valid = (from_end == 0) & (events >= 3), (from_end == 1) & (events >= 3)
    return interactions[~test & ~valid], interactions[valid], interactions[test]


@wrong(
    "2.4",
    "last rows of the log, whatever the time",
    r"timestamp|by time|\bsort|order of time|whatever the time|last rows?|never look\w* at"
    r"|any order",
)
def leave_last_two_out(interactions):
    users = interactions["user_id"]
    from_end = users.groupby(users).cumcount(ascending=False).to_numpy()
    events = users.groupby(users).transform("size").to_numpy()
    test, valid = (from_end == 0) & (events >= 3), (from_end == 1) & (events >= 3)
    return interactions[~test & ~valid], interactions[valid], interactions[test]


@wrong(
    "2.4",
    "the first two events instead of the last",
    r"first (two|event)|earliest|oldest|wrong end|last (two|event)|beginning|from the (front"
    r"|start)",
)
def leave_last_two_out(interactions):
    log = interactions.reset_index(drop=True)
    ordered = log.sort_values(["user_id", "timestamp"], kind="stable")
    place = ordered.groupby("user_id").cumcount().sort_index().to_numpy()
    events = log.groupby("user_id")["user_id"].transform("size").to_numpy()
    test, valid = (place == 0) & (events >= 3), (place == 1) & (events >= 3)
    return interactions[~test & ~valid], interactions[valid], interactions[test]


@wrong(
    "2.4",
    "train keeps what is tested",
    r"leak|whole log|overlap|in train|both|twice|train .{0,40}(all|also|still|contain|hold|every)"
    r"|(test|valid)\w* .{0,40}(in|from) train|train .{0,40}(keep|includ|tested)",
)
def leave_last_two_out(interactions):
    from_end, events = _from_end(interactions)
    test, valid = (from_end == 0) & (events >= 3), (from_end == 1) & (events >= 3)
    return interactions.copy(), interactions[valid], interactions[test]


@wrong(
    "2.4",
    "validation events stay in train",
    r"valid\w* .{0,40}(train|leak|twice|both)|train .{0,40}valid|leak|overlap|in both|twice",
)
def leave_last_two_out(interactions):
    from_end, events = _from_end(interactions)
    test, valid = (from_end == 0) & (events >= 3), (from_end == 1) & (events >= 3)
    return interactions[~test], interactions[valid], interactions[test]


@wrong(
    "2.4",
    "short users dropped",
    r"drop|lost|missing|thrown|fewer than (three|3)|less than (three|3)|short|go to `?train"
    r"|one or two"
    r"|few events",
)
def leave_last_two_out(interactions):
    from_end, events = _from_end(interactions)
    enough = events >= 3
    return (
        interactions[(from_end > 1) & enough],
        interactions[(from_end == 1) & enough],
        interactions[(from_end == 0) & enough],
    )


@wrong(
    "2.4",
    "every event at the last time goes to the test",
    r"\btie|same (time|timestamp)|share a time|one (event|row) (per|a|for each)|more than one"
    r"|several|\bmax\b|last time|every event",
)
def leave_last_two_out(interactions):
    from_end, events = _from_end(interactions)
    time = interactions["timestamp"]
    newest = time.groupby(interactions["user_id"].to_numpy()).transform("max").to_numpy()
    test = (time.to_numpy() == newest) & (events >= 3)
    valid = (from_end == 1) & (events >= 3) & ~test
    return interactions[~test & ~valid], interactions[valid], interactions[test]


@wrong(
    "2.4",
    "a helper column left in the parts",
    "helper|(extra|additional|new|own) column|column .{0,20}(too many|stays|left|added)|left over",
)
def leave_last_two_out(interactions):
    log = interactions.copy()
    log["from_end"], events = _from_end(interactions)
    test = ((log["from_end"] == 0) & (events >= 3)).to_numpy()
    valid = ((log["from_end"] == 1) & (events >= 3)).to_numpy()
    return log[~test & ~valid], log[valid], log[test]


@wrong(
    "2.4",
    "a helper column written into the log that was given",
    r"in.?place|edit|modif|mutat|\bwrit|alter|your input|chang|copy|given log"
    r"|column .{0,20}(added|new|written)",
)
def leave_last_two_out(interactions):
    columns = list(interactions.columns)
    interactions["from_end"], events = _from_end(interactions)
    test = ((interactions["from_end"] == 0) & (events >= 3)).to_numpy()
    valid = ((interactions["from_end"] == 1) & (events >= 3)).to_numpy()
    log = interactions[columns]
    return log[~test & ~valid], log[valid], log[test]


@wrong(
    "2.4",
    "the last events of the whole log, not of each user",
    r"each user|per user|every user|whole log|by user|user by user|of all users|global",
)
def leave_last_two_out(interactions):
    order = np.argsort(interactions["timestamp"].to_numpy(), kind="stable")
    n = interactions["user_id"].nunique()
    place = np.empty(len(order), dtype=int)
    place[order] = np.arange(len(order))[::-1]
    valid, test = (place >= n) & (place < 2 * n), place < n
    return interactions[~test & ~valid], interactions[valid], interactions[test]


# 2.5 numbered_windows


def _cut(log, numbers, max_len, kind="stable"):
    log = log.assign(number=numbers).sort_values(["user_id", "timestamp"], kind=kind)
    histories, targets = [], []
    for _, ids in log.groupby("user_id")["number"]:
        ids = ids.tolist()
        for n in range(1, len(ids)):
            before = ids[max(0, n - max_len) : n]
            histories.append([0] * (max_len - len(before)) + before)
            targets.append(ids[n])
    shape = (len(targets), max_len)
    return np.array(histories, dtype=np.int64).reshape(shape), np.array(targets, dtype=np.int64)


@right("2.5", "a dict from the sorted catalogue")
def numbered_windows(interactions, catalogue, max_len):
    place = {item: n + 1 for n, item in enumerate(sorted(catalogue))}
    return _cut(interactions, [place[item] for item in interactions["item_id"]], max_len)


@right("2.5", "searchsorted")
def numbered_windows(interactions, catalogue, max_len):
    ordered = np.sort(np.asarray(list(catalogue), dtype=object))
    numbers = np.searchsorted(ordered, interactions["item_id"].to_numpy(dtype=object)) + 1
    return _cut(interactions, numbers, max_len)


@right("2.5", "a pandas categorical")
def numbered_windows(interactions, catalogue, max_len):
    kinds = pd.Categorical(interactions["item_id"], categories=sorted(catalogue))
    return _cut(interactions, kinds.codes.astype(np.int64) + 1, max_len)


@wrong("2.5", "numbers from 0", r"from 0|starts? at 0|padding|\+ ?1|from 1")
def numbered_windows(interactions, catalogue, max_len):
    place = {item: n for n, item in enumerate(sorted(catalogue))}
    return _cut(interactions, [place[item] for item in interactions["item_id"]], max_len)


@wrong(
    "2.5", "numbered by what was clicked", r"catalogue|nobody (has )?clicked|clicked items|the log"
)
def numbered_windows(interactions, catalogue, max_len):
    codes, _ = pd.factorize(interactions["item_id"], sort=True)
    return _cut(interactions, codes + 1, max_len)


@wrong("2.5", "numbered in the order of the clicks", r"catalogue|appear|first click|sorted")
def numbered_windows(interactions, catalogue, max_len):
    codes, _ = pd.factorize(interactions["item_id"])
    return _cut(interactions, codes + 1, max_len)


@wrong("2.5", "catalogue not sorted", r"sort")
def numbered_windows(interactions, catalogue, max_len):
    place = {item: n + 1 for n, item in enumerate(catalogue)}
    return _cut(interactions, [place[item] for item in interactions["item_id"]], max_len)


@wrong("2.5", "everything one more at the end, padding too", r"padding|zeros?|pad")
def numbered_windows(interactions, catalogue, max_len):
    place = {item: n for n, item in enumerate(sorted(catalogue))}
    histories, targets = _cut(
        interactions, [place[item] for item in interactions["item_id"]], max_len
    )
    return histories + 1, targets + 1


@wrong("2.5", "one more only where a history is not 0", r"histor|0|padding|first item|lost")
def numbered_windows(interactions, catalogue, max_len):
    place = {item: n for n, item in enumerate(sorted(catalogue))}
    histories, targets = _cut(
        interactions, [place[item] for item in interactions["item_id"]], max_len
    )
    return np.where(histories > 0, histories + 1, 0), targets + 1


@wrong("2.5", "only the targets from 1", r"histor|targets?")
def numbered_windows(interactions, catalogue, max_len):
    place = {item: n for n, item in enumerate(sorted(catalogue))}
    histories, targets = _cut(
        interactions, [place[item] for item in interactions["item_id"]], max_len
    )
    return histories, targets + 1


@wrong("2.5", "ids sorted as text", r"text|as numbers|'10'|str")
def numbered_windows(interactions, catalogue, max_len):
    place = {item: n + 1 for n, item in enumerate(sorted(catalogue, key=str))}
    return _cut(interactions, [place[item] for item in interactions["item_id"]], max_len)


@wrong("2.5", "the most popular item is number 1", r"popular|often|frequen|sorted|catalogue")
def numbered_windows(interactions, catalogue, max_len):
    count = interactions["item_id"].value_counts()
    ordered = sorted(catalogue, key=lambda item: (-count.get(item, 0), item))
    place = {item: n + 1 for n, item in enumerate(ordered)}
    return _cut(interactions, [place[item] for item in interactions["item_id"]], max_len)


@wrong("2.5", "not sorted by time", r"sort|time|order")
def numbered_windows(interactions, catalogue, max_len):
    place = {item: n + 1 for n, item in enumerate(sorted(catalogue))}
    log = interactions.assign(timestamp=0)
    return _cut(log, [place[item] for item in interactions["item_id"]], max_len)


@wrong("2.5", "histories one too short", r"max_len|too few|short|one item")
def numbered_windows(interactions, catalogue, max_len):
    place = {item: n + 1 for n, item in enumerate(sorted(catalogue))}
    histories, targets = _cut(
        interactions, [place[item] for item in interactions["item_id"]], max_len
    )
    histories[:, 0] = 0
    return histories, targets


@wrong("2.5", "zeros behind the history", r"left|right|before|behind|after")
def numbered_windows(interactions, catalogue, max_len):
    place = {item: n + 1 for n, item in enumerate(sorted(catalogue))}
    histories, targets = _cut(
        interactions, [place[item] for item in interactions["item_id"]], max_len
    )
    rows = [np.append(row[row > 0], row[row == 0]) for row in histories]
    return np.array(rows, dtype=np.int64).reshape(histories.shape), targets
