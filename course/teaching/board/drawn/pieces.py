"""Sketches of chapter 14 and of the page In one scroll: pieces of a history, a rank in a sample."""

from collections.abc import Mapping, Sequence

import numpy as np

from course.teaching.board.anna import clicks, names
from course.teaching.board.shapes import Grid, Line, Ring, Words, row
from course.teaching.board.sketch import Sketch, Step, right, wrong
from seqrec.data.events import Events

WIDE = 1.5
CLICKS, MAX_LEN = 7, 2
AMONG, NEGATIVES, K = 3_000, 100, 10


def pieces() -> Sketch:
    """14: pieces for training on a long history."""
    items = clicks(CLICKS)
    events = Events.of_histories(np.zeros(len(items), int), items, 1)
    cut = [way(events, MAX_LEN, whole=True) for way in _ways("14.2", "nothing shared")]
    told = (
        "nothing shared",
        "sliding windows",
        "two shared",
        "full pieces only",
        "the oldest piece missing",
        "cut from the oldest",
        "the leftover thrown away",
        "never whole",
    )
    return _cut("14", *cut, {"14.2": told})


def rows() -> Sketch:
    """20: the same, in the reader's own code."""
    histories = [clicks(CLICKS).tolist()]
    cut = [way(histories, MAX_LEN).numpy() for way in _ways("20.1", "neighbours share nothing")]
    told = (
        "neighbours share nothing",
        "max_len wide",
        "the newest row only",
        "a row for every click",
        "cut from the oldest click",
    )
    return _cut("20", *cut, {"20.1": told})


def _ways(id: str, name: str) -> tuple:
    return right(id), wrong(id, name)


def _cut(
    chapter: str, good: np.ndarray, bad: np.ndarray, told: Mapping[str, Sequence[str]]
) -> Sketch:
    """Pieces of Anna's history, as they should be and with nothing shared."""
    history = clicks(CLICKS)
    line = row(names(history), wide=WIDE, name="history")
    place = {int(item): j for j, item in enumerate(history)}

    def below(cut: np.ndarray, y: float) -> list[Grid]:
        """Each piece below the clicks that it holds."""
        ends = [place[int(piece[-1])] + 1 - len(piece) for piece in cut]
        return [
            row(names(piece), at=(WIDE * left, y + 1.2 * k), wide=WIDE)
            for k, (piece, left) in enumerate(zip(cut, ends, strict=True))
        ]

    apart = below(bad, 1.8)
    shared = below(good, 2.4 + 1.2 * len(apart))
    asked = {int(item) for piece in bad for item in piece[1:]}
    lost = [Ring(line.middle(0, j), 1.4, 0.8) for j in range(1, CLICKS) if history[j] not in asked]
    strokes = [Line(grid.left(0, 0), grid.right(0, -1)) for grid in apart]
    twice = [Ring(grid.middle(0, 0), 1.4, 0.8) for grid in shared[:-1]]
    return Sketch(
        chapter=chapter,
        name="pieces",
        title="Neighbours share one click",
        alt="Anna's first seven clicks in a line. Below it pieces of three that share nothing, "
        "struck out; the clicks that none of them asks for are ringed in the line. Below these "
        "the pieces as they should be: each begins with the click that the older one ends with.",
        steps=(
            Step("Seven clicks in a line, the newest at the right.", (line,)),
            Step("Cut it into pieces of three, from the newest click backwards.", tuple(apart)),
        ),
        question="In a piece all clicks but the first are asked for. Which clicks of the line "
        "does nobody ask for?",
        last=Step(
            "Ring them, strike the pieces out, and cut anew: each piece begins *with the click "
            "that the older piece ends with*. There it is asked for, here it is read. So each "
            "click but the very first is asked for exactly once.",
            (*lost, *strokes, *shared, *twice),
        ),
        dissolves=told,
    )


def sample() -> Sketch:
    """14: a rank among a hundred is not a rank among all."""
    long, ranks = 12, np.array([1, 30, 150, 600])
    chance = right("14.3")(ranks, AMONG, NEGATIVES, K)
    at = [3 * k + 1.5 for k in range(len(ranks))]
    axis = Line((0, 0), (long, 0))
    marks = [Line((x, -0.2), (x, 0.2)) for x in at]
    texts = [Words(f"rank {rank}", (x, -0.6)) for rank, x in zip(ranks, at, strict=True)]
    full = [Words(str(int(rank <= K)), (x, 0.9)) for rank, x in zip(ranks, at, strict=True)]
    sampled = [Words(f"{each:.2f}", (x, 2)) for each, x in zip(chance, at, strict=True)]
    return Sketch(
        chapter="14",
        name="sample",
        title="A rank among a hundred",
        alt=f"A line of ranks among {AMONG:,} films: 1, 30, 150 and 600. In the first ten of "
        f"all is rank 1 alone. Among {NEGATIVES} drawn films rank 30 is in the first ten with a "
        f"chance of {chance[1]:.2f}, and rank 150 with {chance[2]:.2f}.",
        steps=(
            Step(
                f"A line: four targets, ranked among all {AMONG:,} films.", (axis, *marks, *texts)
            ),
            Step(
                f"Below it HR@{K} of each, as it is counted among all.",
                (*full, Words("among all", (-0.3, 0.9), "right")),
            ),
        ),
        question=f"Now rank each against {NEGATIVES} films that are drawn. How many of the "
        f"{NEGATIVES} stand before the target that has rank 30? Is it a hit?",
        last=Step(
            f"Of {NEGATIVES} one: nearly always a hit. Write the chances below. What tells the "
            f"good model from the fair one, rank 1 or 30, is gone: a rank among {NEGATIVES} is "
            "another question.",
            (*sampled, Words(f"among {NEGATIVES}", (-0.3, 2), "right")),
        ),
        dissolves={
            "14.3": ("no sample", "exactly k - 1", "the expected rank", "the chance of a miss"),
        },
    )


SKETCHES = (pieces, sample, rows)
