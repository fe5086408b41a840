"""Runs that are killed, and runs that meet: a process that forks them and looks at what is left.

    python -m tests.zooplus_sim.logs.in_bad_company killed_files FOLDER

One process for all of them: what takes time is to import pandas, not to fork.
"""

import os
import random
import signal
import sys
from pathlib import Path

from zooplus_sim.__main__ import main

FILE_EVENTS = {"open", "os.rename", "os.remove", "os.mkdir", "fcntl.flock"}
KILLS = 5 * int(os.environ.get("FUZZ", "1"))
MEETINGS = 20 * int(os.environ.get("FUZZ", "1"))
LINE = ["--users", "30", "--events", "3-9", "--quiet"]


def content(place: Path) -> dict[str, bytes]:
    """Every file below a folder but the locks, by name."""
    return {
        path.relative_to(place).as_posix(): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


def forked(line: list[str], before) -> int:
    """The process that runs a line; what it says goes nowhere. before: called in it, at first."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        before()
        code = main(line)
    finally:
        # No other code of this process runs twice.
        os._exit(code)


def status(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def die_at(number: int, touched: Path, counted: int | None = None):
    """A call that arms this process: it is killed when it does something with a file below
    `touched` for the `number`-th time; if counted is a pipe, it notes there how often it did.
    """
    seen = 0

    def watch(event, arguments):
        nonlocal seen
        if event not in FILE_EVENTS:
            return
        if event != "fcntl.flock" and str(touched) not in str(arguments[0]):
            return
        seen += 1
        if counted is not None:
            os.write(counted, b".")
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

    return lambda: sys.addaudithook(watch)


def count_events(line: list[str], place: Path) -> int:
    """How often an unbroken run touches a file."""
    reads, writes = os.pipe()
    pid = forked(line, die_at(-1, place, writes))
    os.close(writes)
    total = 0
    while found := os.read(reads, 65536):
        total += len(found)
    assert status(pid) == 0
    return total


def killed(place: Path, line_of) -> None:
    """Kill runs at random moments; what was killed goes on, and ends as if it had not been."""
    whole = place / "whole"
    whole.mkdir()
    total = count_events(line_of(whole), whole)
    expected = content(whole)
    assert total > 5 and expected
    draw = random.Random(0)
    for number in range(KILLS):
        broken = place / f"broken{number}"
        broken.mkdir()
        moment = draw.randrange(1, total + 1)
        assert status(forked(line_of(broken), die_at(moment, broken))) == -signal.SIGKILL
        left = content(broken)
        for name in left.keys() & expected.keys():
            assert left[name] == expected[name], f"{name} is half a file after event {moment}"
        assert status(forked(line_of(broken), lambda: None)) == 0, moment
        assert content(broken) == expected, f"another log, or leftovers, after event {moment}"
        print(f"killed at {moment} of {total}")


def killed_files(place: Path) -> None:
    """Three files of one run. They get their names one after the other."""
    killed(
        place,
        lambda folder: [
            *LINE,
            *("--out", f"{folder}/log.parquet"),
            *("--truth", f"{folder}/truth.csv", "--catalogue", f"{folder}/products.csv"),
        ],
    )


def killed_folders(place: Path) -> None:
    """A log and its truth, in blocks."""
    killed(
        place,
        lambda folder: [
            *LINE,
            *("--out", f"{folder}/log", "--truth", f"{folder}/truth", "--users-per-block", "7"),
        ],
    )


def two(place: Path) -> None:
    """Two runs begin at once in one folder, with another seed each."""
    lines = {}
    expected = {}
    for seed in "12":
        lines[seed] = [*LINE, "--seed", seed, "--users-per-block", "7", "--out"]
        assert main([*lines[seed], f"{place}/alone{seed}"]) == 0
        expected[seed] = content(place / f"alone{seed}")
    for number in range(MEETINGS):
        both = place / f"both{number}"
        reads, writes = os.pipe()

        def wait(reads=reads, writes=writes):
            os.close(writes)
            os.read(reads, 1)

        runs = {seed: forked([*line, str(both)], wait) for seed, line in lines.items()}
        os.close(reads)
        os.close(writes)  # the start: both reads end
        done = {seed for seed, pid in runs.items() if status(pid) == 0}
        assert len(done) == 1, done
        assert content(both) == expected[done.pop()]
        print("one of two")


if __name__ == "__main__":
    kind, place = sys.argv[1:]
    {"killed_files": killed_files, "killed_folders": killed_folders, "two": two}[kind](Path(place))
