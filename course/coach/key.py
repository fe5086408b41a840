"""What an answer key is made of: exercises, misconceptions and quizzes; probes are in `probe`.

A key, `course/keys/chNN.py`, holds three tuples, `EXERCISES`, `QUIZZES` and
`GUESSES` (`course.coach.guesses`):

    from course.coach import Choice, Exercise, Misconception, Probe, Quiz
    from seqrec.data.sequences import pad_left

    def _pads_on_the_right(sequence, length):
        kept = list(sequence)[-length:]
        return kept + [0] * (length - len(kept))

    def _probes(rng):
        yield Probe(([7, 8], 4), label="a short history")
        yield Probe(([], 3), label="no history at all")
        for _ in range(5):
            items = rng.integers(1, 50, size=rng.integers(0, 9)).tolist()
            yield Probe((items, int(rng.integers(1, 9))), label="a random history")

    EXERCISES = (
        Exercise(
            id="2.3",
            title="Pad on the left",
            minutes=5,
            reference=pad_left,
            probes=_probes,
            hints=(
                "Where should the newest click stand?",
                "Zeros first, then the clicks.",
                "`[0] * missing + kept`",
            ),
            misconceptions=(
                Misconception(
                    name="pads on the right",
                    wrong=_pads_on_the_right,
                    says="Your zeros come last. We pad on the left, so that the newest click is "
                    "always at position -1.",
                ),
                ...,  # at least three
            ),
        ),
    )
    QUIZZES = (Quiz(id="2.1", question=..., choices=(Choice("...", right=True, why="..."), ...)),)

Everything is frozen and checked when it is made: a bad key is an author's error and says so at
once, in the tests.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course.coach.probe import Probe

_ID = re.compile(r"\d+\.\d+")


def _check_id(owner: str, id: str) -> None:
    if not isinstance(id, str) or not _ID.fullmatch(id):
        raise ValueError(f'{owner} id {id!r} is not "chapter.number"; write for instance "2.3"')


@dataclass(frozen=True, kw_only=True)
class Misconception:
    """A wrong answer that people give, and what to say to it.

    name:  a few words, for the author's and the teacher's eyes ("pads on the right").
    wrong: an implementation with the reference's signature (a class where the exercise asks for
           one).
    says:  one or two sentences to the learner, about *their* code: what it does and what to do
           instead.

    Raises TypeError if wrong can't be called, ValueError if says is empty.
    """

    name: str
    wrong: Callable
    says: str

    def __post_init__(self) -> None:
        if not callable(self.wrong):
            raise TypeError(
                f"misconception {self.name!r}: wrong is {self.wrong!r}, not a function or class"
            )
        if not self.says.strip():
            raise ValueError(f"misconception {self.name!r} says nothing")


@dataclass(frozen=True, kw_only=True)
class EquivalentMutant:
    """An automatic edit of the solution that no probe can or need reject, and why.

    edit:   the edit as `python -m course.authoring.mutation NN` prints it, "before -> after".
            "before -> *" stands for all surviving edits of that statement, where one reason serves
            them all.
    reason: why both are right answers.
    """

    edit: str
    reason: str

    def covers(self, edit: str) -> bool:
        """Is `edit` the one, or one of those, that this stands for?"""
        return edit == self.edit or (
            self.edit.endswith(" -> *") and edit.startswith(self.edit[:-1])
        )


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One exercise of a chapter: the reference, the probes, and what is said to wrong answers.

    id:                 "chapter.number", "2.3" for chapters/02_*.
    title:              a few words.
    minutes:            how long it takes most people.
    reference:          the right answer, imported from seqrec or zooplus_sim. Used whenever the
                        learner's is not right.
    probes:             `probes(rng)` gives the probes, for a numpy Generator of fixed seed: edge
                        cases and random ones, cheap (the whole judgement should take a fraction of
                        a second).
    built:              for the green card: what the learner has built, and where the chapter or the
                        shop uses it next; one or two sentences. `code` is set as such.
    ours:               for the green card: in what our way may differ from theirs, in style or in
                        speed; "" where there is one natural way.
    hints:              three, from a nudge to nearly the answer. `code`, ```blocks``` and
                        $formulas$ are set as such.
    misconceptions:     at least three (in a chapter's key; checked by its test), listed from
                        special to general.
    compare:            `compare(got, expected)` gives None if as good, else a sentence that says
                        what differs. None: exact for ints, bools and text, with a tolerance for
                        floats, aware of structure, type, shape, dtype and device
                        (`course.coach.judging.compare`).
    time_limit:         seconds for the answer on all probes together.
    draws:              the reference draws from a global random generator by intent (dropout, say):
                        seeds are set alike before every call, and the check that the same call
                        gives the same result twice is left out.
    name:               what the stub is called, and later cells call; "": as the reference is.
    equivalent_mutants: edits of the solution that are right answers too, with the reason.

    Raises TypeError for a reference that can't be called, and ValueError for a bad id, for more or
    fewer than three hints, for two misconceptions of one name, and for a time_limit of 0 or less.
    """

    id: str
    title: str
    minutes: int
    reference: Callable
    probes: Callable[[np.random.Generator], Iterable[Probe]]
    hints: tuple[str, str, str]
    misconceptions: tuple[Misconception, ...]
    compare: Callable[[Any, Any], str | None] | None = None
    time_limit: float = 5.0
    draws: bool = False
    name: str = ""
    equivalent_mutants: tuple[EquivalentMutant, ...] = ()
    built: str = ""
    ours: str = ""

    def __post_init__(self) -> None:
        _check_id("exercise", self.id)
        if not callable(self.reference):
            raise TypeError(
                f"exercise {self.id}: reference is {self.reference!r}, not a function or class"
            )
        if len(self.hints) != 3:
            raise ValueError(
                f"exercise {self.id} has {len(self.hints)} hints; three are due, from a nudge to "
                "nearly the answer"
            )
        names = [m.name for m in self.misconceptions]
        if len(set(names)) < len(names):
            raise ValueError(
                f"exercise {self.id}: two misconceptions share a name: {sorted(names)}"
            )
        if not self.time_limit > 0:
            raise ValueError(
                f"exercise {self.id}: time_limit is {self.time_limit}; give seconds above 0"
            )

    @property
    def stub_name(self) -> str:
        """What the learner's function or class is called."""
        return self.name or self.reference.__name__

    def make_probes(self) -> tuple[Probe, ...]:
        """The probes, the same every time. Raises ValueError if there are none."""
        probes = tuple(self.probes(np.random.default_rng(int(self.id.replace(".", "")))))
        if not probes:
            raise ValueError(f"exercise {self.id} has no probes")
        return probes


@dataclass(frozen=True)
class Choice:
    """One choice of a quiz.

    text:  what it says.
    right: whether it is a right answer.
    why:   explains it, right or wrong.

    Neither text gives the letter of another choice. Raises ValueError if why is empty.
    """

    text: str
    right: bool = field(default=False, kw_only=True)
    why: str = field(kw_only=True)

    def __post_init__(self) -> None:
        if not self.why.strip():
            raise ValueError(
                f"choice {self.text!r} has no explanation; every choice, right or wrong, needs one"
            )


@dataclass(frozen=True, kw_only=True)
class Quiz:
    """One multiple-choice question; one choice or several are right.

    id:                "chapter.number", counted apart from the exercises.
    question, choices: `code`, ```blocks``` and $formulas$ are set as such.

    Raises ValueError for a bad id, fewer than two choices, none that is right, or two alike.
    """

    id: str
    question: str
    choices: tuple[Choice, ...]

    def __post_init__(self) -> None:
        _check_id("quiz", self.id)
        if len(self.choices) < 2:
            raise ValueError(f"quiz {self.id} has {len(self.choices)} choices; give two or more")
        if not any(choice.right for choice in self.choices):
            raise ValueError(f"quiz {self.id}: no choice is right")
        texts = [choice.text for choice in self.choices]
        if len(set(texts)) < len(texts):
            raise ValueError(f"quiz {self.id}: two choices read the same")
