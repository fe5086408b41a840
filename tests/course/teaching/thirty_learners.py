"""A class at work: learners who write their lines at once, and a view that has to keep up.

    python -m tests.course.teaching.thirty_learners --seconds 600

prints what was written and what the view has read, and how old the page's news was. Each learner
has two kernels, which write a line every --pace seconds or so; one line in fifty is cut off or
nonsense. Beside them somebody writes numbered lines, one after the other: their age when they stand
on the page is the page's.
"""

import argparse
import json
import random
import runpy
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# The file alone: with its package PyTorch comes along, for each process.
append = runpy.run_path(str(ROOT / "course" / "coach" / "class_lines.py"))["append"]
LEARNERS, KERNELS, PROCESSES = 30, 2, 6
_DAMAGED = (b'\n{"exercise": "2.1", "sta\n', b"\nnull\n", b"\n\xff\xfe\n")
_STATES = ("RIGHT", "MISCONCEPTION", "RAISED")


@dataclass(frozen=True)
class Report:
    """What came of it.

    ages: seconds from each numbered line to its appearance on the page.
    """

    written: int
    spoilt: int
    read: int
    damaged: int
    learners: int
    ages: tuple[float, ...]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--pace", type=float, default=1.0)
    parser.add_argument("--every", type=float, default=2.0, help="seconds between pages")
    # For the processes that it starts.
    parser.add_argument("--write", nargs=2, metavar=("FOLDER", "PART"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        print(json.dumps(written_by(*options.write, options.seconds, options.pace)))
        return
    with tempfile.TemporaryDirectory() as folder:
        report = at_work(Path(folder), options.seconds, options.pace, options.every)
    # The first one waits for the view to start.
    ages = sorted(report.ages[1:])
    print(f"{report.written} lines of {report.learners} learners, {report.spoilt} damaged ones")
    print(f"read: {report.read} lines, {report.damaged} damaged")
    middle, late = ages[len(ages) // 2], ages[int(0.95 * len(ages))]
    print(
        f"age of {len(ages)} news: median {middle:.1f} s, 95 % {late:.1f} s, most {ages[-1]:.1f} s"
    )


def at_work(folder: Path, seconds: float, pace: float, every: float) -> Report:
    """Let a class work, and look at its view meanwhile."""
    from course.teaching.room import read

    room, page = folder / "room", folder / "view" / "index.html"
    room.mkdir()
    flags = ["--seconds", str(seconds), "--pace", str(pace)]
    here = [sys.executable, "-S", __file__, *flags]
    writing = [
        subprocess.Popen([*here, "--write", str(room), str(part)], stdout=subprocess.PIPE)
        for part in range(PROCESSES)
    ]
    view = subprocess.Popen(
        [sys.executable, "-m", "course.teaching.class_view", str(room), "--every", str(every)]
        + ["--page", str(page)],
        stdout=subprocess.DEVNULL,
        cwd=ROOT,
    )
    ages = []
    try:
        while any(process.poll() is None for process in writing) or len(ages) < 2:
            ages.append(age_of_news(room / "numbers.jsonl", page, len(ages)))
            time.sleep(0.5)
    finally:
        view.kill()
        view.wait()
    told = [json.loads(process.communicate()[0]) for process in writing]
    written, spoilt = (sum(pair[place] for pair in told) for place in (0, 1))
    lines, damaged = read(room)
    ours = [line for line in lines if line.who != "numbers"]
    return Report(
        written, spoilt, len(ours), damaged, len({line.who for line in ours}), tuple(ages)
    )


def age_of_news(path: Path, page: Path, number: int) -> float:
    """Write a numbered line, and wait until the page shows it."""
    news = f"number {number};"
    line = {"exercise": "0.1", "state": "RAISED", "cause": news, "at": int(time.time())}
    append(path, line)
    begin = time.monotonic()
    while not page.exists() or news not in page.read_text("utf-8"):
        time.sleep(0.05)
    return time.monotonic() - begin


def written_by(folder: str, part: str, seconds: float, pace: float) -> tuple[int, int]:
    """Lines and damaged lines of a part of the class, each kernel in a thread of its own."""
    counts = []

    def kernel(path: Path, seed: int) -> None:
        rng = random.Random(seed)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if rng.random() < 0.02:
                with open(path, "ab", buffering=0) as file:
                    file.write(rng.choice(_DAMAGED))
                counts.append(0)
            else:
                line = {"exercise": f"2.{rng.randint(1, 5)}", "state": rng.choice(_STATES)}
                line |= {"cause": "x" * rng.randint(0, 300), "at": int(time.time())}
                append(path, line)
                counts.append(1)
            time.sleep(rng.uniform(0, 2 * pace))

    threads = [
        threading.Thread(target=kernel, args=(Path(folder) / f"{who:012x}.jsonl", 100 * who + k))
        for who in range(int(part), LEARNERS, PROCESSES)
        for k in range(KERNELS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts), len(counts) - sum(counts)


if __name__ == "__main__":
    main()
