"""The stubs of a chapter's exercises, as learners meet them, its title and its prose."""

import re
from functools import lru_cache

from course.authoring.masters import Course, exercises, make_notebook, number_of


@lru_cache(maxsize=32)
def stubs_of(chapter: str, solved: bool = False) -> dict[str, str]:
    """By exercise: the stub's text, without the line `@exercise(...)`. {} without a master.

    solved: the solution instead
    """
    masters = {number_of(master): master for master in Course().masters()}
    if chapter not in masters:
        return {}
    found = {}
    for cell in make_notebook(masters[chapter], solved=solved).cells:
        if cell.cell_type == "code":
            for id, _, first, last in exercises(cell.source):
                found[id] = "\n".join(cell.source.splitlines()[first:last])
    return found


def title_of(chapter: str) -> str:
    """A chapter's title, "02 · Sequences"; its number without a master."""
    masters = {number_of(master): master for master in Course().masters()}
    if chapter not in masters:
        return chapter
    return (
        make_notebook(masters[chapter], solved=False).cells[0].source.splitlines()[0].lstrip("# ")
    )


def without_pages(text: str) -> str:
    """Markdown without links to the course's notebooks, which lead nowhere outside of it."""
    return re.sub(r"(?<!!)\[([^\]\n]+)\]\([^)\s]*\.ipynb[^)\s]*\)", r"\1", text)
