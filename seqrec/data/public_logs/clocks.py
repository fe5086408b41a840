"""Times of public logs, however they are written, as seconds since 1970 in UTC."""

import re
from datetime import UTC, datetime

import numpy as np

from seqrec.data.public_logs.cells import Cells, integers

#: The first second of 2200: a number beyond it counts something else than seconds.
LATEST = 7_258_118_400
#: Milliseconds before this one, in 1973, are seconds by mistake: no log is that old.
EARLIEST_MILLISECONDS = 10**11
DUE = {
    "seconds": "whole seconds since 1970, before the year 2200",
    "milliseconds": "whole milliseconds since 1970, from 1973 to 2199",
    "iso": "a time such as 2009-04-08T01:57:47Z",
    "date": "a date such as 2017-12-17",
}
SHAPES = {
    "iso": b"dddd-dd-ddTdd:dd:ddZ",
    "iso_ms": b"dddd-dd-ddTdd:dd:dd.dddZ",
    "date": b"dddd-dd-dd",
}
ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d{3}))?Z)?", re.ASCII)


def seconds_of_cells(cells: Cells, name: str, written: str) -> np.ndarray:
    """A column of times as seconds (N,): int64, or float64 where the format has milliseconds.

    written: "seconds", "milliseconds", "iso" (with or without milliseconds) or "date".

    Raises BadLog for a field that is no such time.
    """
    starts, ends = cells.column(name)
    if written in ("seconds", "milliseconds"):
        values, good = integers(cells.bytes, starts, ends)
        cells.refuse(good & _is_plausible(values, written), name, DUE[written])
        return values if written == "seconds" else values / 1000
    values, good = _calendar(cells.bytes, starts, ends, written)
    cells.refuse(good, name, DUE[written])
    return values


def seconds_of(value: object, written: str) -> float | None:
    """One time as seconds; None where it is none. As `seconds_of_cells`, for values of JSON."""
    if written in ("seconds", "milliseconds"):
        if isinstance(value, bool) or not isinstance(value, int):
            return None
        if not _is_plausible(value, written):
            return None
        return value if written == "seconds" else value / 1000
    match = ISO.fullmatch(value) if isinstance(value, str) else None
    if match is None or (match[4] is None) != (written == "date"):
        return None
    try:
        time = datetime(*(int(part or 0) for part in match.groups()[:6]), tzinfo=UTC)
    except ValueError:
        return None
    whole = int(time.timestamp())
    return whole + int(match[7]) / 1000 if match[7] else whole


def _is_plausible(values, written):
    if written == "seconds":
        return (values >= 0) & (values < LATEST)
    return (values >= EARLIEST_MILLISECONDS) & (values < 1000 * LATEST)


def _calendar(letters, starts, ends, written):
    """Seconds (N,) of written dates and times, and which fields are such."""
    if written == "date":
        return _of_shape(letters, starts, ends, SHAPES["date"])
    has_ms = ends - starts == len(SHAPES["iso_ms"])
    whole = _of_shape(letters, starts, ends, SHAPES["iso"])
    if not has_ms.any():
        return whole
    exact = _of_shape(letters, starts, ends, SHAPES["iso_ms"])
    return tuple(np.where(has_ms, *each) for each in zip(exact, whole, strict=True))


def _of_shape(letters, starts, ends, shape):
    """As `_calendar`, for one way to write them; a field of another length is bad."""
    rows = np.flatnonzero(ends - starts == len(shape))
    # (rows, letters of the shape)
    fields = letters[starts[rows, None] + np.arange(len(shape))]
    shape = np.frombuffer(shape, np.uint8)
    is_digit = shape == ord("d")
    digits = fields - np.uint8(ord("0"))
    good = (digits[:, is_digit] <= 9).all(axis=1)
    good &= (fields[:, ~is_digit] == shape[~is_digit]).all(axis=1)
    seconds, is_time = _seconds(np.where(good[:, None], digits, 1), len(shape))
    values = np.zeros(len(starts), seconds.dtype)
    are_times = np.zeros(len(starts), bool)
    values[rows] = seconds
    are_times[rows] = good & is_time
    return values, are_times


def _seconds(digits, width):
    """Seconds of times as digits (n, width), and which of them the calendar has."""

    def part(*places):
        value = np.zeros(len(digits), np.int64)
        for place in places:
            value = 10 * value + digits[:, place]
        return value

    year = part(0, 1, 2, 3)
    month = part(5, 6)
    day = part(8, 9)
    good = (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (day - 1)
    # The 31st of a month of 30 days would be in the next one.
    good &= days.astype("datetime64[M]") == months
    seconds = days.astype(np.int64) * 86_400
    if width > len(SHAPES["date"]):
        hour = part(11, 12)
        minute = part(14, 15)
        second = part(17, 18)
        good &= (hour < 24) & (minute < 60) & (second < 60)
        seconds += hour * 3600 + minute * 60 + second
    if width == len(SHAPES["iso_ms"]):
        return seconds + part(20, 21, 22) / 1000, good
    return seconds, good
