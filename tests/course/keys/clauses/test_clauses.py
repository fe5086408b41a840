"""A stub's docstring is a contract: whoever breaks a sentence of it is told so by the coach."""

import importlib
import re
from collections.abc import Callable, Iterator

import pytest

from course.authoring.master_solutions import definitions
from course.coach import Exercise, State, judge
from course.coach.find import chapter_of, chapters, load_key
from course.coach.judging.judge import accepts
from tests.course.keys.clauses.table import NOTHING, promises, sentences

EXERCISES = [exercise for chapter in chapters() for exercise in load_key(chapter).EXERCISES]
every_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)


def _table(exercise: Exercise) -> dict[str, tuple]:
    """What breaks each sentence; of one thing a tuple as well."""
    chapter = chapter_of(exercise.id)
    written = importlib.import_module(f"tests.course.keys.clauses.ch{chapter}").CLAUSES
    return {
        " ".join(clause.split()): broken if isinstance(broken, tuple) else (broken,)
        for clause, broken in written.get(exercise.id, {}).items()
    }


def _promises(exercise: Exercise) -> list[str]:
    source, _ = definitions(chapter_of(exercise.id), solved=False)[exercise.id]
    return promises(source)


def _passes(exercise: Exercise, way: Callable) -> bool:
    # `accepts` is cheap, but does not see that two calls give two results.
    return accepts(exercise, way, exercise.time_limit) and judge(exercise, way).state in (
        State.RIGHT,
        State.NOT_ATTEMPTED,
    )


def _all_broken(exercise: Exercise) -> Iterator[tuple[str, str | Callable]]:
    for clause, ways in _table(exercise).items():
        for way in ways:
            yield clause, way


@every_exercise
def test_each_sentence_of_the_stub_says_how_the_coach_notices_that_it_is_broken(exercise):
    clauses = _table(exercise)
    promised = _promises(exercise)
    open_ones = [sentence for sentence in promised if not any(map(sentence.startswith, clauses))]
    strangers = [
        clause
        for clause in clauses
        if clause not in promised
        and len({sentence for sentence in promised if sentence.startswith(clause)}) != 1
    ]
    assert not open_ones, "sentences without an entry:\n" + "\n".join(open_ones)
    assert not strangers, "entries that start none or several sentences:\n" + "\n".join(strangers)


@every_exercise
def test_each_misconception_that_a_table_names_exists(exercise):
    known = {misconception.name for misconception in exercise.misconceptions} | {NOTHING}
    named = {way for _, way in _all_broken(exercise) if isinstance(way, str)}
    assert not named - known


@every_exercise
def test_each_small_wrong_answer_of_a_table_is_rejected(exercise):
    accepted = [
        f"{clause}: {way.__name__}"
        for clause, way in _all_broken(exercise)
        if callable(way) and _passes(exercise, way)
    ]
    assert not accepted, "accepted, though it breaks the sentence:\n" + "\n".join(accepted)


@every_exercise
def test_the_green_card_says_in_two_or_three_sentences_what_was_built(exercise):
    assert exercise.built, "no `built`"
    assert exercise.built[-1] in ".!?"
    assert len(re.findall(r"[.!?](?=\s|$)", exercise.built)) <= 3
    assert not exercise.ours or exercise.ours[-1] in ".!?`"


def test_sentences_end_at_full_stops_semicolons_and_list_entries():
    text = """One row per user, ascending:
    the newest 2. Ties: as the log has them; never mind.

    left, right: (..., K) arrays, such as
        of index 0, 1, ... as before. b: (D,), from 1. c: 7.
    Returns an int.
    1. First.
    2. Then this.
    """
    assert sentences(text) == [
        "One row per user, ascending: the newest 2.",
        "Ties: as the log has them;",
        "never mind.",
        "left, right: (..., K) arrays, such as of index 0, 1, ... as before.",
        "b: (D,), from 1.",
        "c: 7.",
        "Returns an int.",
        "1. First.",
        "2. Then this.",
    ]


def test_a_class_promises_what_its_methods_promise_too():
    stub = '''
class Block:
    """A block."""

    def forward(self, x):
        """x: (B, D). Returns it."""
'''
    assert promises(stub) == ["A block.", "x: (B, D).", "Returns it."]
