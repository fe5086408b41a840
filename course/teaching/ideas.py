"""The wrong ideas of a chapter, for whoever will be asked about them: a sheet made from its key.

Which ones cost most is taken from `course/measured/consequences.csv`; `course.coach.consequence`
says what the numbers are.
"""

import csv
import math
from functools import cache

from course.coach.cards.markup import to_text
from course.coach.consequence import TABLE, cost_of
from course.coach.find import chapter_of, load_key
from course.coach.key import Exercise, Misconception
from course.teaching.board.every import dissolvers, link_to, of_chapter
from course.teaching.shown import code_of
from course.teaching.stubs import stubs_of, title_of

MOST_LINES = 24  # of code that is shown
DEAREST = 8
#: What the numbers are, in a few lines.
UNITS = (
    "**The numbers:** the *oracle* knows the rules of the shop and reads the same clicks; no "
    "forecast can be better. *Popularity* offers to everybody what is clicked most. *NDCG@10* "
    "gives points for how high the product stands that is clicked next: 1 for the first place, "
    ".63 for the second, none below the tenth. *Achievable lift* = (model − popularity) / "
    "(oracle − popularity): 0 is as good as popularity, 100 % as good as the oracle."
)
_TRAINED = (
    "What a mistake costs was measured on small models that learn from 800 shoppers, twice: "
    "once with the mistake, once with the chapter's solution (*ours*), three seeds, all else "
    "alike. They are trained shortly, each exercise with its own recipe, so *ours* differs "
    "between exercises: compare within a row. (A *small SASRec* is a causal transformer, chapter "
    "08, of one block, 32 numbers wide; it predicts the next click at every position.) Where seeds "
    "differ as much as the two do, it says *no clear difference*. And what costs little here may "
    "cost more elsewhere: without residuals its one block loses nothing that can be seen, a "
    "network of two loses a sixth of the way, one of six more than half of it (chapter 06, with "
    "more shoppers)."
)
# How good a model is: only these can be put in one order.
_LIFTS = ("share_of_lift", "lift_when_asked")


def sheet(chapter: str) -> str:
    """The sheet of one chapter, as Markdown. Raises KeyNotFound if it has no key."""
    key = load_key(chapter)
    ideas = sum(len(exercise.misconceptions) for exercise in key.EXERCISES)
    parts = [
        f"# Wrong ideas: {title_of(chapter)}",
        f"{len(key.EXERCISES)} exercises, {ideas} wrong ideas. Each has the name that the class "
        "view shows and the sentence that the coach says; most have the code of somebody who has "
        "the idea. In such code `helper` is a function that it needs besides, and where it calls "
        "the exercise by its name, the chapter's solution is meant, not itself.",
        UNITS,
        _TRAINED,
        *_dearest(key.EXERCISES),
        *_drawn(chapter),
    ]
    for exercise in key.EXERCISES:
        parts.append(f"## {exercise.id} {exercise.title} ({exercise.minutes} minutes)")
        parts += _task(exercise)
        parts += [_told(exercise, wrong) for wrong in exercise.misconceptions]
    return "\n\n".join(parts) + "\n"


def _dearest(exercises: tuple[Exercise, ...]) -> list[str]:
    """A table of those that cost a model most; nothing where none was measured."""
    lost = losses()
    known = [
        (lost[exercise.id, wrong.name], exercise, wrong)
        for exercise in exercises
        for wrong in exercise.misconceptions
        if (exercise.id, wrong.name) in lost
    ]
    known.sort(key=lambda entry: -entry[0])
    if not known:
        return []
    rows = ["| exercise | wrong idea | what it costs |", "|---|---|---|"]
    rows += [
        f"| {exercise.id} | {wrong.name} | {cost_of(exercise.id, wrong.name)} |"
        for _, exercise, wrong in known[:DEAREST]
    ]
    return ["## What costs a model most", "\n".join(rows)]


def _task(exercise: Exercise) -> list[str]:
    """What was to be written, folded: the stub, the three hints, the chapter's solution."""
    chapter = chapter_of(exercise.id)
    stub, solution = (stubs_of(chapter, solved).get(exercise.id, "") for solved in (False, True))
    hints = "\n".join(f"1. {' '.join(to_text(hint).split())}" for hint in exercise.hints)
    folded = (
        ("The task", f"```python\n{stub}\n```" if stub else ""),
        ("Its three hints", hints),
        ("A solution", f"```python\n{_uncommented(solution)}\n```" if solution else ""),
    )
    return [
        f"<details><summary>{name}</summary>\n\n{text}\n\n</details>"
        for name, text in folded
        if text
    ]


def _uncommented(solution: str) -> str:
    """A solution without the marks of its region."""
    return "\n".join(line for line in solution.splitlines() if "### " not in line)


def _drawn(chapter: str) -> list[str]:
    """The chapter's sketches, and how many wrong ideas each dissolves."""
    rows = [
        f"- {link_to(sketch)}: {sum(map(len, sketch.dissolves.values()))} of them"
        for sketch in of_chapter(chapter)
    ]
    return ["## On the board", "\n".join(rows)] if rows else []


def losses() -> dict[tuple[str, str], float]:
    """By exercise and misconception: the share of the achievable lift that a model loses by it.

    Infinite where its training ends in an error, or in numbers that are not finite. What was
    measured by other things than a model's lift is left out.
    """
    found = {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["measure"] in _LIFTS:
                measured = row["fate"] == "measured"
                gap = float(row["ours"]) - float(row["mistake"]) if measured else math.inf
                found.setdefault((row["exercise"], row["misconception"]), gap)
    return found


@cache
def _too_much() -> set[tuple[str, str]]:
    """Mistakes by which a model looks better than it is: what is reported is clearly too high."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["measure"] == "reported"]
    return {
        (row["exercise"], row["misconception"])
        for row in rows
        if row["fate"] == "measured"
        and "NDCG" in row["of"]
        and float(row["mistake"]) - float(row["ours"]) > max(0.02, 2 * float(row["spread"]))
    }


def _is_unclear(exercise: Exercise, wrong: Misconception) -> bool:
    """Does what is reported differ by less than .02, or than twice its spread over the seeds?"""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["measure"] == "reported"]
    return any(
        abs(float(row["mistake"]) - float(row["ours"])) < max(0.02, 2 * float(row["spread"]))
        for row in rows
        if (row["exercise"], row["misconception"]) == (exercise.id, wrong.name)
        and row["fate"] == "measured"
    )


def _told(exercise: Exercise, wrong: Misconception) -> str:
    """One idea: its name, its sentence, what it costs, its code."""
    parts = [f"**{wrong.name}**: {to_text(wrong.says)}"]
    cost = cost_of(exercise.id, wrong.name)
    if (exercise.id, wrong.name) in _too_much():
        cost += " It reports too much."
    elif cost.startswith("In our shop, the NDCG") and _is_unclear(exercise, wrong):
        cost += " That is no clear difference, over three seeds."
    if cost:
        parts.append(f"*What it costs:* {cost}")
    sketch = dissolvers().get((exercise.id, wrong.name))
    if sketch:
        parts.append(f"*On the board:* {link_to(sketch)}")
    code = code_of(exercise, wrong)
    if 0 < len(code.splitlines()) <= MOST_LINES:
        block = f"```python\n{code}\n```"
        parts.append(f"<details><summary>Its code</summary>\n\n{block}\n\n</details>")
    return "\n\n".join(parts)
