"""All sketches, and which one dissolves a wrong idea."""

from functools import cache

from course.teaching.board.drawn import (
    attention,
    by_hand,
    catalogue,
    graphs_and_masks,
    judging,
    next_click,
    pieces,
    readers,
    scale_and_log,
    sequences,
    shop,
    training,
)
from course.teaching.board.sketch import Sketch

_MODULES = (
    scale_and_log,
    sequences,
    training,
    judging,
    by_hand,
    attention,
    readers,
    next_click,
    catalogue,
    graphs_and_masks,
    pieces,
    shop,
)


@cache
def every() -> tuple[Sketch, ...]:
    """All sketches, by chapter."""
    made = (draw() for module in _MODULES for draw in module.SKETCHES)
    return tuple(sorted(made, key=lambda sketch: sketch.chapter))


def of_chapter(chapter: str) -> list[Sketch]:
    """The sketches of one chapter, in the order in which they are drawn."""
    return [sketch for sketch in every() if sketch.chapter == chapter]


@cache
def dissolvers() -> dict[tuple[str, str], Sketch]:
    """By exercise and wrong idea, the sketch that dissolves it; of two the one listed first."""
    found: dict[tuple[str, str], Sketch] = {}
    for sketch in every():
        for id, names in sketch.dissolves.items():
            for name in names:
                found.setdefault((id, name), sketch)
    return found


def link_to(sketch: Sketch) -> str:
    """A sketch's title as a link, in Markdown, from a page in a folder beside `board`."""
    return f"[{sketch.title}](../board/{sketch.chapter}.html#{sketch.name})"
