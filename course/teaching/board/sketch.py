"""What a board sketch is, and which one dissolves a wrong idea."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from course.coach.find import find_exercise
from course.teaching.board.ink import bounds_of, drawn
from course.teaching.board.shapes import Shape


@dataclass(frozen=True)
class Step:
    """What is drawn in one go.

    say:   what the teacher does, in the coach's mark-up
    draws: the shapes
    """

    say: str
    draws: tuple[Shape, ...]


@dataclass(frozen=True, kw_only=True)
class Sketch:
    """A picture for the board, as it comes about.

    chapter:   "06"; of the page In one scroll "20"
    name:      one word, for files and links
    title:     what it is about
    alt:       what the finished picture shows
    steps:     what is drawn before the question
    question:  what to ask the room then
    last:      the last stroke, which answers it: in another colour
    dissolves: by exercise, the names of the wrong ideas that nobody can have who looks at it
    section:   "6.1", where it is drawn; "" for that of the first exercise in `dissolves`
    """

    chapter: str
    name: str
    title: str
    alt: str
    steps: Sequence[Step]
    question: str
    last: Step
    dissolves: Mapping[str, Sequence[str]]
    section: str = ""

    @property
    def id(self) -> str:
        """The name of its file, "06-visible"."""
        return f"{self.chapter}-{self.name}"

    @property
    def width(self) -> float:
        """Of the finished picture, in boxes."""
        left, _, right, _ = bounds_of(
            shape for step in (*self.steps, self.last) for shape in step.draws
        )
        return right - left

    def svg(self, steps: int | None = None) -> str:
        """The picture after so many steps, the last stroke among them; None for all."""
        every = [*self.steps, self.last]
        count = len(every) if steps is None else steps
        black = [shape for step in self.steps[:count] for shape in step.draws]
        coloured = list(self.last.draws) if count == len(every) else []
        room = [shape for step in every[count:] for shape in step.draws]
        alt = self.alt if count == len(every) else f"{self.title}, after step {count}."
        return drawn(black, coloured, alt, room)


def wrong(id: str, name: str) -> Callable[..., Any]:
    """The code of a wrong idea, from its key. Raises LookupError if it is not there.

    So a sketch shows what that code gives, and changes with it.
    """
    for misconception in find_exercise(id).misconceptions:
        if misconception.name == name:
            return misconception.wrong
    raise LookupError(f"{id} has no wrong idea {name!r}")


def right(id: str) -> Callable[..., Any]:
    """The reference of an exercise."""
    return find_exercise(id).reference
