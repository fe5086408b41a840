"""Written times are the seconds of Python's calendar; what it does not know is refused."""

from datetime import UTC, datetime

import numpy as np
import pytest

from seqrec.data.public_logs.cells import Cells
from seqrec.data.public_logs.clocks import seconds_of, seconds_of_cells
from seqrec.data.public_logs.refusals import BadLog


def read(texts, written):
    cells = Cells("".join(f"{text}\n" for text in texts).encode(), b"\t", ["time"], 1)
    return seconds_of_cells(cells, "time", written)


def of_calendar(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def drawn(n):
    rng = np.random.default_rng(0)
    for year, month, day, hour, minute, second in zip(
        rng.integers(1, 10_000, n),
        rng.integers(0, 14, n),
        rng.integers(0, 33, n),
        rng.integers(0, 26, n),
        rng.integers(0, 62, n),
        rng.integers(0, 62, n),
        strict=True,
    ):
        date = f"{year:04}-{month:02}-{day:02}"
        yield date, f"{date}T{hour:02}:{minute:02}:{second:02}Z"


@pytest.mark.parametrize("written", ["date", "iso"])
def test_days_and_hours_are_those_of_the_calendar_and_no_others(written):
    n_bad = 0
    good = []
    for pair in drawn(3000):
        text = pair[written == "iso"]
        try:
            expected = of_calendar(text)
        except ValueError:
            n_bad += 1
            with pytest.raises(BadLog, match="line 1: time must be a "):
                read([text], written)
            assert seconds_of(text, written) is None
            continue
        good.append((text, expected))
        assert seconds_of(text, written) == expected
    texts, seconds = zip(*good, strict=True)
    assert read(texts, written).tolist() == list(seconds)
    assert n_bad > 300 and len(good) > 300


def test_29th_of_february_is_there_in_leap_years_alone():
    assert read(["2012-02-29", "2000-02-29"], "date").tolist() == [1330473600, 951782400]
    for text in ("2013-02-29", "1900-02-29", "2012-02-30", "2012-04-31", "0000-01-01"):
        with pytest.raises(BadLog):
            read([text], "date")


def test_times_with_and_without_milliseconds_may_stand_together():
    texts = ["2014-04-07T10:51:09.277Z", "2014-04-07T10:51:09Z"]
    assert read(texts, "iso").tolist() == [1396867869.277, 1396867869.0]
    assert read(texts[1:], "iso").dtype == np.int64


@pytest.mark.parametrize(
    "value", [True, 1.5e9, "1373155200", None, -1, 2**70, 10**400, [], float("nan")]
)
def test_values_that_are_no_whole_seconds_are_none(value):
    assert seconds_of(value, "seconds") is None and seconds_of(value, "milliseconds") is None
