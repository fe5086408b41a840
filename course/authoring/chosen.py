"""Which exercises of a chapter an assignment marks: `02:2.3,2.4`."""

import re
from collections.abc import Mapping
from pathlib import Path

import nbformat

from course.authoring.masters import Course, MasterError, exercises, make_notebook

#: The numbers of exercises; None for all of a chapter.
Chosen = frozenset[str] | None
_MARKING = re.compile(r'^points\("([\d.]+)"', re.MULTILINE)


def chosen_of(word: str) -> tuple[Path, Chosen]:
    """A chapter's master and its chosen exercises, of "02" or "02:2.3,2.4".

    Raises MasterError if there is no such chapter, or if it does not have such an exercise.
    """
    number, colon, listed = word.partition(":")
    master = Course().master(number)
    if not colon:
        return master, None
    asked = [id.strip() for id in listed.split(",") if id.strip()]
    there = exercises_of(master)
    unknown = [id for id in asked if id not in there]
    if unknown or not asked:
        what = f"no exercise {unknown[0]}" if unknown else "no exercise after the colon"
        raise MasterError(f"{word!r}: {what}; {master.stem} has {', '.join(there)}")
    return master, frozenset(asked)


def exercises_of(master: Path) -> tuple[str, ...]:
    """The numbers of a chapter's exercises, in order."""
    cells = make_notebook(master, solved=False).cells
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    return tuple(id for source in code for id, *_ in exercises(source))


def told_of_the_old(folder: Path, marked: Mapping[Path, Chosen]) -> list[str]:
    """A sentence about each assignment that is there, and marks other exercises than asked for."""
    said = []
    for master, asked in marked.items():
        path = folder / "source" / master.stem / f"{master.stem}.ipynb"
        if not path.is_file():
            continue
        cells = nbformat.read(path, as_version=4).cells
        there = {id for cell in cells for id in _MARKING.findall(cell.source)}
        if there != (set(exercises_of(master)) if asked is None else asked):
            marks = ", ".join(sorted(there, key=lambda id: int(id.partition(".")[2])))
            said.append(
                f"{master.stem} stays as it is and marks {marks}. To choose others remove "
                f"{path.parent} and {folder / 'release' / master.stem} first."
            )
    return said
