"""The plain way to do it, one event after the other, and the logs that both ways are tried on."""

import numpy as np
import pandas as pd
from hypothesis import settings
from hypothesis import strategies as st

tried = settings(max_examples=60, deadline=None)  # no deadline: a busy machine is no fault


def histories_by_user(log):
    """{user: rows of the log in order of time, ties as they stand}, users ascending."""
    by_user = {}
    for row, (user, time) in enumerate(
        zip(log["user_id"].tolist(), log["timestamp"].tolist(), strict=True)
    ):
        by_user.setdefault(user, []).append((time, row))
    return {user: [row for _, row in sorted(by_user[user])] for user in sorted(by_user)}


def sliding_windows_by_loop(log, max_len):
    """The double loop: each user's events but the first, each with its padded history."""
    items = log["item_id"].tolist()
    histories, targets = [], []
    for rows in histories_by_user(log).values():
        for i in range(1, len(rows)):
            history = [items[row] for row in rows[max(0, i - max_len) : i]]
            histories.append(
                np.pad(history, (max_len - len(history), 0), "constant", constant_values=0)
            )
            targets.append(items[rows[i]])
    dtype = log["item_id"].to_numpy().dtype
    return np.array(histories, dtype).reshape(-1, max_len), np.array(targets, dtype)


def recent_by_loop(log, column, max_len):
    """[(user, the last max_len + 1 values of `column`)], users ascending."""
    values = log[column].tolist()
    return [
        (user, [values[row] for row in rows][-(max_len + 1) :])
        for user, rows in histories_by_user(log).items()
    ]


integer_users = st.sampled_from([np.int64, np.uint64, np.int16]).flatmap(
    lambda dtype: st.lists(
        st.integers(0, 4) | st.integers(0, np.iinfo(dtype).max), min_size=1, max_size=4
    ).map(lambda pool: (pool, dtype))
)
text_users = st.lists(st.text(max_size=3), min_size=1, max_size=4).map(lambda pool: (pool, object))
integer_times = st.sampled_from([np.int64, np.int8]).flatmap(
    lambda dtype: st.lists(
        st.integers(-2, 3) | st.integers(np.iinfo(dtype).min, np.iinfo(dtype).max),
        min_size=1,
        max_size=5,
    ).map(lambda pool: (pool, dtype))
)
float_times = st.lists(
    st.sampled_from([0.0, -0.0, 0.5, 1e-300, -1e300])
    | st.floats(allow_nan=False, allow_infinity=False),
    min_size=1,
    max_size=5,
).map(lambda pool: (pool, np.float64))
datetimes = st.lists(st.integers(0, 3) | st.integers(0, 2**60), min_size=1, max_size=5).map(
    lambda pool: (pd.to_datetime(pool).tolist(), "datetime64[ns]")
)
zoned_datetimes = datetimes.map(
    lambda pool: (
        [
            t.tz_localize("Europe/Berlin", nonexistent="shift_forward", ambiguous=False)
            for t in pool[0]
        ],
        None,
    )
)
integer_items = st.sampled_from([np.int64, np.int32, np.uint8, np.uint64]).flatmap(
    lambda dtype: st.lists(
        st.integers(1, 6) | st.integers(1, np.iinfo(dtype).max), min_size=1, max_size=5
    ).map(lambda pool: (pool, dtype))
)
text_items = st.lists(st.text(max_size=3), min_size=1, max_size=5).map(lambda pool: (pool, object))


@st.composite
def logs(draw, items=integer_items, max_rows=25):
    """Valid logs: users repeat and times tie; unsorted or sorted; any index."""
    n = draw(st.integers(1, max_rows))

    def column(pools):
        pool, dtype = draw(pools)
        return pd.Series(draw(st.lists(st.sampled_from(pool), min_size=n, max_size=n)), dtype=dtype)

    columns = {
        "user_id": column(integer_users | text_users),
        "item_id": column(items),
        "timestamp": column(integer_times | float_times | datetimes | zoned_datetimes),
    }
    if draw(st.booleans()):
        columns["outcome"] = column(st.just(([0.0, 0.5, 1.0], np.float64)))
    if draw(st.booleans()):
        columns["session_id"] = column(integer_users)
    log = pd.DataFrame(columns)
    if draw(st.booleans()):
        log = log.sort_values(["user_id", "timestamp"], kind="stable")
    if draw(st.booleans()):
        log.index = draw(st.permutations(range(100, 100 + n)))
    return log
