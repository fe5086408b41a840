"""Make the chapters from their masters.

For each master `solutions/NN_topic.py` two notebooks are made, executed and stored:
`chapters/NN_topic.ipynb`, its solutions taken out, and `solutions/NN_topic.ipynb`, solved. A
notebook whose master has not changed is left alone, and one of which only the prose has changed
keeps its outputs. A notebook with a failing cell, a machine path
in an output, an image without alt text or another of the problems of `course.authoring.checks` is
not written; the old one stays.

    python -m course.authoring.build                make what is out of date
    python -m course.authoring.build 02 05          of these chapters only
    python -m course.authoring.build 02 --force     again: a library that it uses has changed
    python -m course.authoring.build --check        only say what is out of date or wrong;
                                                    runs no cell
"""

import argparse
import sys
from pathlib import Path

import nbformat
from tqdm import tqdm

from course.authoring.checks import problems
from course.authoring.execution import ChapterError, Run, execute, write
from course.authoring.freshness import orphans, staleness
from course.authoring.masters import Course, MasterError, call_name, make_notebook
from course.authoring.prose import keep_outputs

MAX_SECONDS = 60
MAX_PEAK = 1.2e9  # bytes


def build_notebook(
    course: Course, master: Path, solved: bool, may_keep: bool = False
) -> Run | None:
    """Make, execute and store one notebook. Returns None where its outputs were kept.

    may_keep: keep the outputs of the stored one if only the prose has changed since

    Raises MasterError or ChapterError, and then the stored one stays.
    """
    path = course.notebook(master, solved)
    notebook = make_notebook(master, solved)
    run = None
    if not (may_keep and keep_outputs(notebook, path)):
        run = _executed(course, notebook, path)
    if found := problems(notebook):
        raise ChapterError("\n".join(found))
    write(notebook, path)
    return run


def _executed(course, notebook, path):
    cells = sum(cell.cell_type == "code" for cell in notebook.cells)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tqdm(total=cells, desc=_name(course, path), unit="cell", leave=False, disable=None) as bar:
        return execute(notebook, path.parent, after_cell=bar.update)


def check(course: Course, masters: list[Path]) -> list[str]:
    """What is out of date or wrong with the stored notebooks of `masters`, a line each.

    No cell is run.
    """
    found = []
    for master in masters:
        for solved in course.versions(master):
            path = course.notebook(master, solved)
            if why := staleness(course, master, solved):
                found.append(
                    f"{_name(course, path)} {why}; run: python -m course.authoring.build "
                    f"{call_name(master)}"
                )
            else:
                stored = nbformat.read(path, as_version=4)
                found += [f"{_name(course, path)} {problem}" for problem in problems(stored)]
    return found


def build(course: Course, masters: list[Path], force: bool = False) -> list[str]:
    """Make what is out of date, or everything if `force`; report each on a line.

    Returns what failed.
    """
    failed = []
    for master in masters:
        for solved in course.versions(master):
            path = course.notebook(master, solved)
            name = _name(course, path)
            try:
                if not force and staleness(course, master, solved) is None:
                    print(f"{name}  up to date")
                    continue
                run = build_notebook(course, master, solved, may_keep=not force)
            except (MasterError, ChapterError) as error:
                failed.append(f"{name} not written: {error}")
                print(f"{name}  FAILED", flush=True)
            else:
                told = f"{run}, " if run else "only prose has changed: outputs kept, "
                print(f"{name}  {told}{_size(path)}{_warning(run)}", flush=True)
    return failed


def main(arguments: list[str] | None = None, course: Course | None = None) -> int:
    """The command line. Returns 0, or 1 if a chapter is stale, failing or wrong."""
    course = course or Course()
    parser = argparse.ArgumentParser(
        prog="python -m course.authoring.build",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("chapters", nargs="*", metavar="NN", help="chapter numbers; none means all")
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--force", action="store_true", help="make them even if their masters have not changed"
    )
    how.add_argument(
        "--check",
        action="store_true",
        help="make nothing; exit with 1 if a chapter is out of date or wrong",
    )
    options = parser.parse_args(arguments)
    try:
        masters = [course.master(number) for number in options.chapters] or course.masters()
        if options.check:
            complaints = check(course, masters)
        else:
            complaints = build(course, masters, options.force)
    except MasterError as error:
        complaints = [str(error)]
    complaints += [
        f"{_name(course, path)} has no master in solutions/; remove it" for path in orphans(course)
    ]
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if options.check and not complaints:
        made = sum(len(course.versions(master)) for master in masters)
        print(f"{len(masters)} masters, {made} notebooks up to date")
    return 1 if complaints else 0


def _name(course: Course, path: Path) -> str:
    return path.relative_to(course.root).as_posix()


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1024:.0f} KiB"


def _warning(run: Run) -> str:
    if run is None:
        return ""
    over = []
    if run.seconds > MAX_SECONDS:
        over.append(f"over {MAX_SECONDS} s")
    if run.peak_bytes and run.peak_bytes > MAX_PEAK:
        over.append(f"over {MAX_PEAK / 1e9} GB")
    return f"  ({', '.join(over)}: too much for a chapter)" if over else ""


if __name__ == "__main__":
    sys.exit(main())
