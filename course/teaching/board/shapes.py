"""What a sketch is made of: what a hand can draw on a board, and no more.

    Grid     boxes in rows and columns, with texts in them or hatched; `row` makes one of one row
    Knot     a circle with a text in it
    Arrow    from one point to another, straight or bent; `Line` is one without a point
    Span     an interval: a line with two ends and a mark for its middle
    Words    a text
    Cross    what strikes a box or a text through
    Ring     what draws attention to a box

Points are (x, y), in boxes; y goes down. A grid and a knot know their points, so that arrows are
drawn from box to box and not from number to number.
"""

from collections.abc import Sequence
from dataclasses import dataclass

Point = tuple[float, float]
#: What stands in a box: a text, True for a hatched box, False for an empty one, None for no box.
Cell = str | bool | None
Bounds = tuple[float, float, float, float]  # left, top, right, bottom
LETTER = 0.24  # boxes that a letter takes, at size 1


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Boxes in rows and columns.

    cells:   rows of what stands in the boxes
    at:      the upper left corner
    wide:    the width of a box; its height is 1
    rows:    what stands left of each row
    columns: what stands above each column
    """

    cells: Sequence[Sequence[Cell]]
    at: Point = (0, 0)
    wide: float = 1
    rows: Sequence[str] = ()
    columns: Sequence[str] = ()

    def corner(self, i: int, j: int) -> Point:
        """The upper left corner of a box; of negative numbers from the end."""
        i, j = i % len(self.cells), j % len(self.cells[0])
        return self.at[0] + j * self.wide, self.at[1] + i

    def middle(self, i: int, j: int) -> Point:
        """The middle of a box."""
        x, y = self.corner(i, j)
        return x + self.wide / 2, y + 0.5

    def top(self, i: int, j: int) -> Point:
        """The middle of its upper edge."""
        x, y = self.middle(i, j)
        return x, y - 0.5

    def bottom(self, i: int, j: int) -> Point:
        """The middle of its lower edge."""
        x, y = self.middle(i, j)
        return x, y + 0.5

    def right(self, i: int, j: int) -> Point:
        """The middle of its right edge."""
        x, y = self.middle(i, j)
        return x + self.wide / 2, y

    def left(self, i: int, j: int) -> Point:
        """The middle of its left edge."""
        x, y = self.middle(i, j)
        return x - self.wide / 2, y

    @property
    def bounds(self) -> Bounds:
        """With what stands beside it."""
        x, y = self.at
        margin = max((len(text) * LETTER + 0.3 for text in self.rows), default=0)
        width = max(map(len, self.cells)) * self.wide
        return x - margin, y - 0.8 * bool(self.columns), x + width, y + len(self.cells)


def row(cells: Sequence[Cell], at: Point = (0, 0), wide: float = 1, name: str = "", **more) -> Grid:
    """A grid of one row, with its name on its left."""
    return Grid(cells=[cells], at=at, wide=wide, rows=(name,) if name else (), **more)


@dataclass(frozen=True)
class Knot:
    """A circle with a text in it, around a point."""

    text: str
    at: Point
    radius: float = 0.75

    @property
    def bounds(self) -> Bounds:
        """Of the circle."""
        (x, y), r = self.at, self.radius
        return x - r, y - r, x + r, y + r

    def towards(self, other: "Knot", aside: float = 0) -> tuple[Point, Point]:
        """Where a line between the two leaves this one and meets the other, a bit to its right."""
        (x, y), (u, v) = self.at, other.at
        far = ((u - x) ** 2 + (v - y) ** 2) ** 0.5
        a, b = (u - x) / far, (v - y) / far
        x, y, u, v = x - b * aside, y + a * aside, u - b * aside, v + a * aside
        r, s = self.radius, other.radius + 0.06
        return (x + a * r, y + b * r), (u - a * s, v - b * s)


@dataclass(frozen=True)
class Line:
    """A line between two points; `bend` lifts its middle to its left, in boxes."""

    start: Point
    end: Point
    bend: float = 0

    @property
    def bounds(self) -> Bounds:
        """Of the line, bent or not."""
        points = [self.start, self.end, self.peak]
        return (
            min(x for x, _ in points),
            min(y for _, y in points),
            max(x for x, _ in points),
            max(y for _, y in points),
        )

    @property
    def peak(self) -> Point:
        """Its middle."""
        (x, y), (u, v) = self.start, self.end
        far = ((u - x) ** 2 + (v - y) ** 2) ** 0.5 or 1
        return (x + u) / 2 + (v - y) / far * self.bend, (y + v) / 2 - (u - x) / far * self.bend


class Arrow(Line):
    """A line with a point at its end."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """An interval on a line that runs to the right.

    low, middle, high: places, in boxes
    y:                 how far down
    """

    low: float
    middle: float
    high: float
    y: float

    @property
    def bounds(self) -> Bounds:
        """With its two ends."""
        return self.low, self.y - 0.25, self.high, self.y + 0.25


@dataclass(frozen=True)
class Words:
    """A text; `side` says which end of it stands at the point: "left", "middle" or "right"."""

    text: str
    at: Point
    side: str = "middle"
    size: float = 1

    @property
    def width(self) -> float:
        """In boxes."""
        return len(self.text) * LETTER * self.size

    @property
    def bounds(self) -> Bounds:
        """Of the text, by its letters."""
        x, y = self.at
        left = x - {"left": 0, "middle": 0.5, "right": 1}[self.side] * self.width
        return left, y - 0.35 * self.size, left + self.width, y + 0.35 * self.size


@dataclass(frozen=True)
class Cross:
    """Strikes through what stands around a point."""

    at: Point
    width: float = 0.8
    height: float = 0.7

    @property
    def bounds(self) -> Bounds:
        """Of what is struck through."""
        (x, y), w, h = self.at, self.width / 2, self.height / 2
        return x - w, y - h, x + w, y + h


class Ring(Cross):
    """An oval around what stands there."""


Shape = Grid | Knot | Line | Span | Words | Cross
