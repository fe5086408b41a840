"""What is known and what is asked: two logs that must not tell each other's secrets.

Axis letters: N events of both.
"""

import pandas as pd

from seqrec.checks import QUOTED, cut
from seqrec.data.ids import joined_ids, normal_ids
from seqrec.data.interactions import REQUIRED, validate_interactions
from seqrec.data.times import joined_times, normal_times


def together(known, test):
    """One log of two, the rows of `test` behind the others, with the three columns that count.

    Raises ValueError for columns that hold another kind of data in one of them.
    """
    join = {"user_id": joined_ids, "item_id": joined_ids, "timestamp": joined_times}
    try:
        _check_times(normal_times(known["timestamp"]), normal_times(test["timestamp"]))
        joined = {name: join[name](known[name], test[name]) for name in REQUIRED}
        return validate_interactions(pd.DataFrame(joined))
    except ValueError as error:
        raise ValueError(f"known and test, taken together: {error}") from error


def _check_times(first, second):
    """Raise ValueError where the times of one log can't be compared with those of the other.

    first, second: what `normal_times` returned.
    """
    kinds = [_kind_of_times(times) for times in (first, second)]
    if kinds[0] == kinds[1]:
        return
    if "numbers" in kinds:
        cure = "pd.to_datetime(..., unit='s'), or what they count, on the column of numbers"
    elif "datetimes without a zone" in kinds:
        cure = ".dt.tz_localize('UTC'), or where the log is from, on the column without a zone"
    else:
        cure = ".dt.tz_convert('UTC') on both columns"
    raise ValueError(
        f"column 'timestamp' must hold times of one kind, got {kinds[0]} and {kinds[1]}. Cure: "
        f"{cure}."
    )


def _kind_of_times(times):
    if times.dtype.kind in "iuf":
        return "numbers"
    zone = times.dt.tz
    return "datetimes without a zone" if zone is None else f"datetimes of {cut(str(zone), QUOTED)}"


def check_later(events, is_test, begins):
    """Raise ValueError where a known event of a user comes behind one of the test.

    events:  both logs in (user, time) order.
    is_test: (N,) bool.
    begins:  (N,) bool, where a user's events begin.
    """
    wrong = is_test[:-1] & ~is_test[1:] & ~begins[1:]
    if not wrong.any():
        return
    place = int(wrong.argmax())
    user = cut(str(events["user_id"].iloc[place]), QUOTED)
    moment, until = events["timestamp"].iloc[place : place + 2]
    raise ValueError(
        f"test, user {user}: the event at {moment} must be later than what is known of them, got a "
        f"known one at {until}: the model has learned its future. Cure: known=, a log of what came "
        "before."
    )


def check_apart(both, n_known):
    """Raise ValueError where an event (same user, item and time) is known and asked.

    both:    what `together` returned.
    n_known: rows of it that are known, the first ones.
    """
    read = {"user_id": normal_ids, "item_id": normal_ids, "timestamp": normal_times}
    keys = pd.DataFrame({name: read[name](both[name]) for name in REQUIRED})
    asked = keys.iloc[n_known:].drop_duplicates()
    is_twin = pd.concat([keys.iloc[:n_known], asked]).duplicated().to_numpy()[n_known:]
    if not is_twin.any():
        return
    user = cut(str(asked["user_id"].iloc[int(is_twin.argmax())]), QUOTED)
    raise ValueError(
        f"test: {is_twin.sum()} of {len(asked)} events (same user, item and time) must not be "
        f"known already, got one of user {user}: it would be foretold from itself. Cure: known=, a "
        "log without them; if the log holds events twice, drop_duplicates before it is split."
    )
