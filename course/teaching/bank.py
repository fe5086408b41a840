"""All questions that an exam can ask, and which of them a seed asks.

Two kinds: a misconception of a key becomes "what is wrong with this code?", a quiz of a key is
asked as it is. The bank is dealt out like cards, so that exams of different seeds share no question
until all are dealt. With n exams in the bank, seeds that leave the same remainder by n ask the
same.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from course.coach.find import chapters, load_key
from course.coach.judging.judge import (
    behaviour_of,
    expected_outcomes,
    judge,
    known_behaviour,
)
from course.coach.judging.naming import explanation
from course.coach.key import Choice, Exercise, Misconception, Quiz
from course.coach.verdict import State
from course.teaching.shown import built, code_of, stands_alone
from course.teaching.stubs import stubs_of

MOST_LINES = 24  # of code in a question
CHOICES = 4
_ORDER = 2026  # in which the cards are dealt, the same for everybody


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question.

    id:      of the exercise or the quiz, and of the misconception: the same in each exam.
    title:   what it is about; does not say the answer.
    text:    what is asked, in the coach's mark-up.
    task:    the stub that was to be filled in; "" for a quiz.
    code:    what somebody wrote; "" for a quiz.
    choices: in the order in which they are shown.
    """

    id: str
    title: str
    text: str
    task: str = ""
    code: str = ""
    choices: tuple[Choice, ...]

    @property
    def is_single(self) -> bool:
        """Is one choice right, and no more?"""
        return sum(choice.right for choice in self.choices) == 1


@dataclass(frozen=True)
class Card:
    """What a question is made of: a quiz, or a misconception of an exercise with its code."""

    source: Exercise | Quiz
    wrong: Misconception | None = None
    code: str = ""

    @property
    def id(self) -> str:
        """Of the question that it becomes."""
        if self.wrong is None:
            return f"quiz {self.source.id}"
        return f"{self.source.id}, {self.wrong.name}"


class NotProven(AssertionError):
    """A question's right answer does not stand up to the judge: the key or the code is at fault."""


def cards(numbers: Iterable[str] = ()) -> list[Card]:
    """All cards of some chapters, or of all, by chapter and exercise."""
    found = []
    for chapter in [str(number).zfill(2) for number in numbers] or chapters():
        key, stubs = load_key(chapter), stubs_of(chapter)
        for exercise in key.EXERCISES:
            if exercise.id not in stubs:
                continue
            for wrong in exercise.misconceptions:
                code = code_of(exercise, wrong)
                if 0 < len(code.splitlines()) <= MOST_LINES and stands_alone(exercise, wrong, code):
                    found.append(Card(exercise, wrong, code))
        found += [Card(quiz) for quiz in key.QUIZZES]
    return found


def exams_in(bank: list[Card], number: int) -> int:
    """How many exams of `number` questions have no question in common."""
    return len(bank) // number


def dealt(bank: list[Card], number: int, seed: int) -> list[Card]:
    """The cards of one exam, spread over the chapters. Raises ValueError if the bank is small."""
    exams = exams_in(bank, number)
    if not exams:
        raise ValueError(f"{number} questions were asked for; there are {len(bank)} in the bank")
    order = np.random.default_rng(_ORDER).permutation(len(bank))
    # within an exercise in any order, exercises as they come
    place = {card.id: place for place, card in zip(order, bank, strict=True)}
    first = {id(card.source): place for place, card in reversed(list(enumerate(bank)))}
    queue = sorted(bank, key=lambda card: (first[id(card.source)], place[card.id]))
    return queue[seed % exams :: exams][:number]


def asked(card: Card, seed: int) -> Question:
    """The question of a card, its choices shuffled by a seed. Raises NotProven."""
    rng = np.random.default_rng([seed, *card.id.encode()])
    if card.wrong is None:
        quiz = card.source
        choices = [quiz.choices[place] for place in rng.permutation(len(quiz.choices))]
        title = f"Quiz {quiz.id}"
        return Question(id=card.id, title=title, text=quiz.question, choices=tuple(choices))
    exercise = card.source
    prove(card)
    right = Choice(card.wrong.says, right=True, why="The coach says so to this code.")
    choices = [right, *_distractors(card, rng)]
    return Question(
        id=card.id,
        title=f"{exercise.id} {exercise.title}",
        text="This function was to be written. Below it is what somebody wrote. "
        "What is wrong with that code?",
        task=stubs_of(exercise.id.partition(".")[0].zfill(2))[exercise.id],
        code=card.code,
        choices=tuple(choices[place] for place in rng.permutation(len(choices))),
    )


def prove(card: Card) -> None:
    """The reference is right, and the shown text is wrong in the way that its sentence tells.

    Raises NotProven.
    """
    exercise, wrong = card.source, card.wrong
    if judge(exercise, exercise.reference).state is not State.RIGHT:
        raise NotProven(f"{exercise.id}: the reference is not right")
    verdict = judge(exercise, built(exercise, wrong, card.code))
    if verdict.state is not State.MISCONCEPTION or verdict.says != (wrong.says,):
        raise NotProven(f"{card.id}: the judge says {verdict.says or verdict.state.value}")


def _distractors(card: Card, rng: np.random.Generator) -> list[Choice]:
    """Sentences about other mistakes, none of which could be meant by this code too."""
    exercise = card.source
    others = [each for each in exercise.misconceptions if each is not card.wrong]
    found = []
    for place in rng.permutation(len(others)):
        other = others[place]
        if not _could_be_meant(exercise, card.wrong, other):
            why = "That would be another mistake; this code does not make it."
            found.append(Choice(other.says, why=why))
        if len(found) == CHOICES - 1:
            return found
    if not found:
        raise NotProven(f"{card.id}: each other sentence of {exercise.id} fits it too")
    return found


def _could_be_meant(exercise: Exercise, wrong: Misconception, other: Misconception) -> bool:
    """Would the coach tell `other`'s sentence to `wrong`, if it did not know `wrong`?"""
    alone = replace(exercise, misconceptions=(other,))
    probes, expected = exercise.make_probes(), expected_outcomes(exercise).outcomes
    due = behaviour_of(exercise, probes, expected, expected)
    mine = known_behaviour(exercise, wrong)
    return explanation(alone, mine, due, partial(known_behaviour, exercise)) is not None
