"""Marks: what the answer to an exercise is worth on inputs that its author has not seen.

    points("2.3", most=5, seed=4711)

is the last line of a marking cell, and nbgrader takes the number as partial credit.

The answer is the one that the notebook's `@exercise("2.3")` judged, not what the name means
afterwards: where an answer is wrong, the name means the reference. `course.authoring.classroom`
writes the cells.
"""

import ast
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np

from course.coach.find import find_exercise
from course.coach.judging.judge import judge
from course.coach.judging.source import definition
from course.coach.key import Exercise
from course.coach.probe import Probe
from course.coach.progress import answer_of
from course.coach.sandbox.isolate import globals_of
from course.coach.verdict import State

LIBRARIES = ("seqrec", "zooplus_sim")


def points(id: str, most: float, seed: int) -> float:
    """Points for the answer to an exercise: `most` times the share of probes that it passes.

    id:   of the exercise, "2.3".
    most: points for an answer without any fault.
    seed: of the unseen probes, which count beside those of the key.

    Returns 0 for what was not attempted, and for an answer that hands its work to the library's own
    solution. One fault that no probe shows, such as two results for one call, costs one probe.
    Prints why, in a line or two. Neither it nor the answer reaches stderr: nbgrader gives 0 for a
    marking cell that writes there. Raises KeyNotFound if there is no such exercise.
    """
    exercise = find_exercise(id)
    answer = answer_of(id)
    if answer is None:
        print(f'No cell with @exercise("{id}") ran to its end: 0 of {most:g} points.')
        return 0.0
    if borrows(exercise, answer):
        print(
            f"The answer calls the library's {exercise.reference.__name__}, which is the solution: "
            "0 points."
        )
        return 0.0
    verdict = judge(with_unseen(exercise, seed), answer)
    passed = verdict.passed
    if not verdict.right and verdict.probes:
        passed = min(passed, verdict.probes - 1)
    earned = 0.0 if not verdict.probes else round(most * passed / verdict.probes, 1)
    print(
        f"{passed} of {verdict.probes} inputs, {earned:g} of {most:g} points: "
        f"{verdict.state.value}."
    )
    if verdict.state is not State.RIGHT:
        for sentence in verdict.says:
            print(sentence)
    return earned


def with_unseen(exercise: Exercise, seed: int) -> Exercise:
    """The exercise with its own probes and those of another seed behind them, and time for both.

    Its own stay: they are known to reject every misconception, which random ones of some seed might
    let pass.
    """

    def probes(rng: np.random.Generator) -> list[Probe]:
        return [*exercise.make_probes(), *exercise.probes(np.random.default_rng(seed))]

    return replace(exercise, probes=probes, time_limit=2 * exercise.time_limit)


def borrows(exercise: Exercise, answer: Any) -> bool:
    """Whether an answer is, imports or calls the library's own function for this exercise.

    Read from its source, so it finds the obvious ways only; the rest is for the teacher's eye.
    """
    name = exercise.reference.__name__
    home = str(getattr(answer, "__module__", ""))
    if answer is exercise.reference or home.partition(".")[0] in LIBRARIES:
        return True
    space = globals_of(answer) or {}
    for node in ast.walk(definition(answer) or ast.Module([], [])):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in LIBRARIES:
            if any(alias.name in (name, "*") for alias in node.names):
                return True
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = space.get(node.value.id)
            found = getattr(owner, node.attr, None) if isinstance(owner, ModuleType) else None
            if found is exercise.reference:
                return True
        elif isinstance(node, ast.Name) and node.id != exercise.stub_name:
            if space.get(node.id) is exercise.reference:
                return True
    return False
