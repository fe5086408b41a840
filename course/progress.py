"""How far you have come, chapter by chapter: exercises, guesses, quizzes.

    python -m course.progress

tells it by `workspace/course_progress.json`, the file that the chapters write beside themselves. Of
chapters that are elsewhere, say the folder behind it. Writes nothing, and sends nothing.
"""

import argparse
import sys
from pathlib import Path

from course.coach.board import board_text, chapter_rows
from course.coach.progress_file import NAME, read

WORKSPACE = Path(__file__).resolve().parents[1] / "workspace"


def main(arguments: list[str] | None = None) -> int:
    """Print the table. Returns 0, or 1 where the file can't be read, or not all of it."""
    parser = argparse.ArgumentParser(
        prog="python -m course.progress",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=WORKSPACE,
        metavar="FOLDER",
        help="the folder of your chapters; workspace/ if none is said",
    )
    folder = parser.parse_args(arguments).folder
    record, problem = read(folder / NAME)
    print(board_text(chapter_rows(record)))
    if problem:
        print(problem, file=sys.stderr)
    elif not record:
        print(f"\nNothing is kept in {folder / NAME} yet: it begins with your first exercise.")
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
