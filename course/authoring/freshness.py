"""Whether the stored notebooks are those that the masters make. Nothing is executed."""

from pathlib import Path

import nbformat

from course.authoring.masters import Course, make_notebook


def staleness(course: Course, master: Path, solved: bool) -> str | None:
    """Why the stored notebook is not what its master makes, outputs aside; None if it is."""
    path = course.notebook(master, solved)
    if not path.exists():
        return "does not exist"
    try:
        stored = nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError) as error:
        return f"can't be read: {error}"
    made = make_notebook(master, solved)
    if stored.metadata.get("course") != made.metadata.course:
        return f"was made from another version of {master.name}"
    if len(stored.cells) != len(made.cells):
        return f"has {len(stored.cells)} cells, its master makes {len(made.cells)}"
    for position, (have, want) in enumerate(zip(stored.cells, made.cells, strict=True), 1):
        for part in ("cell_type", "source", "metadata", "id"):
            if have.get(part) != want.get(part):
                return f"was edited: the {part} of cell {position} is not what {master.name} makes"
    return None


def orphans(course: Course) -> list[Path]:
    """Chapters and solved notebooks that no master makes."""
    made = set()
    for master in course.masters():
        made |= {course.notebook(master, solved) for solved in course.versions(master)}
    stored = set()
    for folder in ("chapters", "solutions"):
        stored |= set((course.root / folder).glob("*.ipynb"))
    return sorted(stored - made)
