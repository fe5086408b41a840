"""A sketch as SVG: plain lines, in the colour of the page's text, and the last stroke in another.

So it is black on a light page and light on a dark one; its ground is the page's own. The file of
a sketch looks at what the reader's system prefers.
"""

import html
from collections.abc import Iterable, Sequence
from functools import singledispatch

from course.figures import COLOURS
from course.teaching.board.shapes import (
    Arrow,
    Bounds,
    Cross,
    Grid,
    Knot,
    Line,
    Point,
    Ring,
    Shape,
    Span,
    Words,
)

UNIT = 42  # pixels of a box
LETTERS = 16  # pixels
MARGIN = 0.3  # boxes
CHALK = COLOURS[1]
_ALONE = "<style>svg{color:#000}@media(prefers-color-scheme:dark){svg{color:#eee}}</style>"


def drawn(
    black: Sequence[Shape], coloured: Sequence[Shape], alt: str, room: Sequence[Shape] = ()
) -> str:
    """The SVG of some shapes.

    alt:  what the picture shows, for who can't see it
    room: shapes that are not drawn yet, for which there has to be room
    """
    left, top, right, bottom = bounds_of([*black, *coloured, *room])
    parts = [f'<g stroke-width="1.6">{"".join(map(ink, black))}</g>'] if black else []
    if coloured:
        strokes = "".join(map(ink, coloured))
        parts.append(f'<g color="{CHALK}" stroke-width="2.6" font-weight="bold">{strokes}</g>')
    width, height = (right - left) * UNIT, (bottom - top) * UNIT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{html.escape(alt)}" '
        f'viewBox="{left * UNIT:g} {top * UNIT:g} {width:g} {height:g}" width="{width:g}" '
        f'fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round" '
        f'font-family="system-ui,sans-serif" font-size="{LETTERS}">{"".join(parts)}</svg>'
    )


def alone(svg: str) -> str:
    """The same picture as a file of its own."""
    head, mark, rest = svg.partition(">")
    return head + mark + _ALONE + rest + "\n"


def bounds_of(shapes: Iterable[Shape]) -> Bounds:
    """Of all shapes, with a margin, in whole tenths of a box."""
    lefts, tops, rights, bottoms = zip(*(shape.bounds for shape in shapes), strict=True)
    ends = min(lefts) - MARGIN, min(tops) - MARGIN, max(rights) + MARGIN, max(bottoms) + MARGIN
    return tuple(round(end, 1) for end in ends)


@singledispatch
def ink(shape: Shape) -> str:
    """A shape as SVG."""
    raise TypeError(f"{shape!r} can't be drawn")


@ink.register
def _(shape: Grid) -> str:
    parts = []
    for i, cells in enumerate(shape.cells):
        for j, cell in enumerate(cells):
            if cell is None:
                continue
            (x, y), wide = shape.corner(i, j), shape.wide
            parts.append(_path((x, y), (x + wide, y), (x + wide, y + 1), (x, y + 1), closed=True))
            if cell is True:
                parts += [_hatch(x + k * wide, y, wide) for k in (0.25, 0.5, 0.75)]
            elif cell:
                parts.append(_text(cell, shape.middle(i, j)))
    for i, name in enumerate(shape.rows):
        x, y = shape.left(i, 0)
        parts.append(_text(name, (x - 0.2, y), "end"))
    for j, name in enumerate(shape.columns):
        x, y = shape.top(0, j)
        if name:
            parts.append(_text(name, (x, y - 0.4)))
    return "".join(parts)


def _hatch(x: float, y: float, wide: float) -> str:
    """A slanting line of a hatched box."""
    slant = 0.2 * wide
    return f'<path d="{_at((x - slant, y + 0.85))}L{_at((x + slant, y + 0.15))[1:]}"/>'


@ink.register
def _(shape: Knot) -> str:
    x, y = (each * UNIT for each in shape.at)
    circle = f'<circle cx="{x:g}" cy="{y:g}" r="{shape.radius * UNIT:g}"/>'
    return circle + _text(shape.text, shape.at)


@ink.register
def _(shape: Line) -> str:
    # A curve of the second order passes half as far from its handle.
    (x, y), (u, v) = shape.peak, ((a + b) / 2 for a, b in zip(shape.start, shape.end, strict=True))
    handle = 2 * x - u, 2 * y - v
    return f'<path d="{_at(shape.start)}Q{_at(handle)[1:]} {_at(shape.end)[1:]}"/>'


@ink.register
def _(shape: Arrow) -> str:
    (x, y), (u, v) = shape.peak, ((a + b) / 2 for a, b in zip(shape.start, shape.end, strict=True))
    handle = 2 * x - u, 2 * y - v
    (p, q), (r, s) = shape.end, handle if shape.bend else shape.start
    far = ((p - r) ** 2 + (q - s) ** 2) ** 0.5 or 1
    a, b = (r - p) / far * 0.26, (s - q) / far * 0.26
    wings = _path(
        (p + a - b * 0.6, q + b + a * 0.6), (p, q), (p + a + b * 0.6, q + b - a * 0.6), closed=False
    )
    return f'<path d="{_at(shape.start)}Q{_at(handle)[1:]} {_at(shape.end)[1:]}"/>{wings}'


@ink.register
def _(shape: Span) -> str:
    low, middle, high, y = shape.low, shape.middle, shape.high, shape.y
    ends = [_path((x, y - 0.22), (x, y + 0.22), closed=False) for x in (low, high)]
    dot = f'<circle cx="{middle * UNIT:g}" cy="{y * UNIT:g}" r="4.5" fill="currentColor"/>'
    return _path((low, y), (high, y), closed=False) + "".join(ends) + dot


@ink.register
def _(shape: Words) -> str:
    anchor = {"left": "start", "middle": "middle", "right": "end"}[shape.side]
    return _text(shape.text, shape.at, anchor, shape.size)


@ink.register
def _(shape: Cross) -> str:
    left, top, right, bottom = shape.bounds
    return _path((left, bottom), (right, top), closed=False) + _path(
        (left, top), (right, bottom), closed=False
    )


@ink.register
def _(shape: Ring) -> str:
    (x, y), rx, ry = shape.at, shape.width / 2, shape.height / 2
    return f'<ellipse cx="{x * UNIT:g}" cy="{y * UNIT:g}" rx="{rx * UNIT:g}" ry="{ry * UNIT:g}"/>'


def _at(point: Point) -> str:
    x, y = point
    return f"M{round(x * UNIT, 1):g} {round(y * UNIT, 1):g}"


def _path(*points: Point, closed: bool) -> str:
    first, *others = map(_at, points)
    return f'<path d="{first}{"".join(f"L{each[1:]}" for each in others)}{"Z" * closed}"/>'


def _text(text: str, at: Point, anchor: str = "middle", size: float = 1) -> str:
    x, y = at
    # A third of the letters' height below the point: then their middle stands on it.
    y += LETTERS * size / 3 / UNIT
    grown = f' font-size="{LETTERS * size:g}"' if size != 1 else ""
    return (
        f'<text x="{round(x * UNIT, 1):g}" y="{round(y * UNIT, 1):g}" text-anchor="{anchor}" '
        f'fill="currentColor" stroke="none"{grown}>{html.escape(text)}</text>'
    )
