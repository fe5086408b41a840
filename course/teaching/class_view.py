"""Which wrong idea the room has now: for the teacher's screen, while a class works.

    python -m course.teaching.class_view FOLDER              a page that renews itself, and a table
    python -m course.teaching.class_view FOLDER --once       the table, once

Learners take part by the variable COURSE_CLASS, which names the folder that all can write into
(`course.coach.class_lines` says what goes there, and that they are told). The page is written every
few seconds, until Ctrl-C: `build/class-view/index.html`, or where `--page` says. A browser that
shows it loads it again by itself. No names are shown, unless `--names` asks for those that learners
gave.
"""

import argparse
import html
import os
import secrets
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from course.authoring.masters import ROOT
from course.coach.cards.markup import inline
from course.teaching.pages import page
from course.teaching.room import Reader, Standing, about, now_in

PAGE = ROOT / "build" / "class-view" / "index.html"
_STYLE = (
    ".bar{display:flex;height:1.1em;max-width:40em;border-radius:.2em;overflow:hidden}"
    ".bar i{background:#2e8b57}.bar b{background:#c0504d;border-left:1px solid #fff8}"
    "li{margin:.4em 0}"
)


def main(arguments: list[str] | None = None) -> int:
    """The command line. Returns 0, or 1 if there is no such folder."""
    parser = argparse.ArgumentParser(
        prog="python -m course.teaching.class_view",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder of the class")
    parser.add_argument("--once", action="store_true", help="print the table once; no page")
    parser.add_argument("--minutes", type=float, default=15, metavar="N", help="what is now (15)")
    parser.add_argument("--every", type=float, default=2, metavar="S", help="seconds (2)")
    parser.add_argument("--names", action="store_true", help="show the names that learners gave")
    parser.add_argument("--page", type=Path, default=PAGE, help="build/class-view/index.html")
    options = parser.parse_args(arguments)
    if options.folder == Path():
        parser.error("say which folder: make class-view FOLDER=/shared/room")
    reader = Reader(options.folder)
    try:
        while True:
            text = _look(reader, options)
            if options.once:
                print(text)
                return 0
            print(f"\033[2J\033[H{text}\n\nThe page: {options.page}  (Ctrl-C ends)", flush=True)
            time.sleep(options.every)
    except OSError as error:
        print(f"{options.folder} can't be read: {error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def _look(reader: Reader, options: argparse.Namespace) -> str:
    """Write the page, unless the table alone is asked for; the table."""
    lines, damaged = reader.look()
    standings = now_in(lines, options.minutes)
    foot = _foot(standings, damaged, options.minutes)
    if not options.once:
        write(options.page, to_page(standings, foot, options.every, options.names))
    return to_text(standings, foot, options.names)


def _foot(standings: Sequence[Standing], damaged: int, minutes: float) -> str:
    told = f"The last {minutes:g} minutes, each learner's last try."
    if not standings:
        told = f"Nobody has tried anything in the last {minutes:g} minutes."
    lines = "1 damaged line was" if damaged == 1 else f"{damaged} damaged lines were"
    return f"{told} {lines} skipped." if damaged else told


def to_text(standings: Sequence[Standing], foot: str, names: bool = False) -> str:
    """The table for a terminal; what is not printable is left out."""
    rows = []
    for standing in standings:
        title = about(standing.exercise)
        rows.append(f"{standing.exercise} {title}: {standing.right} of {standing.tried} right")
        for cause, number in standing.causes:
            who = f"  ({', '.join(standing.names[cause])})" if names else ""
            rows.append(f"  {number:>3}  {cause}{who}")
    text = "\n".join([*rows, foot])
    return "".join(letter for letter in text if letter.isprintable() or letter == "\n")


def to_page(standings: Sequence[Standing], foot: str, every: float, names: bool = False) -> str:
    """The page, as HTML."""
    parts = ["<h1>The room now</h1>"]
    for standing in standings:
        head = html.escape(f"{standing.exercise} {about(standing.exercise)}")
        wrong = "".join(f'<b style="flex:{number}"></b>' for _, number in standing.causes)
        parts.append(
            f"<h2>{head}</h2><p>{standing.right} of {standing.tried} right</p>"
            f'<div class="bar" aria-hidden="true"><i style="flex:{standing.right}"></i>'
            f"{wrong}</div>"
        )
        entries = "".join(
            _entry(standing, cause, number, names) for cause, number in standing.causes
        )
        parts.append(f"<ul>{entries}</ul>")
    parts.append(f"<p>{html.escape(foot)}</p>")
    renew = f'<meta http-equiv="refresh" content="{max(1, round(every))}">'
    return page("The room now", "".join(parts), head=renew, style=_STYLE)


def _entry(standing: Standing, cause: str, number: int, names: bool) -> str:
    says = about(standing.exercise, cause)
    who = f" ({html.escape(', '.join(standing.names[cause]))})" if names else ""
    told = f"<br>{inline(says)}" if says else ""
    return f"<li><strong>{number} × {html.escape(cause)}</strong>{who}{told}</li>"


def write(path: Path, text: str) -> None:
    """In one piece: a browser may read it at any time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


if __name__ == "__main__":
    sys.exit(main())
