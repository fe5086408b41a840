"""What a chapter's cells call: exercise, hint, solution, scoreboard, quiz; `guessing` has the rest.

    from course import exercise, hint, quiz, scoreboard, solution

None of them raises, so that Run All always comes to the end: a slip in a cell or a key is told in a
card instead.
"""

from collections.abc import Callable
from typing import Any

from course.coach.board import chapter_rows
from course.coach.cards.board_cards import board_card
from course.coach.cards.card import Card, show
from course.coach.cards.help_cards import (
    choice_card,
    hint_card,
    hints_card,
    lettered,
    quiz_card,
    scoreboard_card,
    solution_card,
)
from course.coach.cards.verdict_cards import message_card, verdict_card
from course.coach.find import KeyNotFound, chapter_of, find_exercise, find_quiz, load_key
from course.coach.judging.fault import described
from course.coach.judging.judge import judge
from course.coach.key import Exercise
from course.coach.progress import (
    kept_where,
    last_judged,
    note_choice,
    read_again,
    record,
    so_far,
)
from course.coach.sandbox.code import name_of_code
from course.coach.sandbox.isolate import globals_of
from course.coach.told import keep, share, tell
from seqrec.compiler import leave_compiler_unloaded

leave_compiler_unloaded()  # chapters make optimisers of their own


class Interrupted(KeyboardInterrupt):
    """The kernel was interrupted while the coach judged: told in a line, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows of it."""
        return [f"KeyboardInterrupt: {self}"]


def exercise(id: str) -> Callable[[Any], Any]:
    """Decorator of an exercise's stub: judge the answer and show the verdict.

        @exercise("2.3")
        def pad_left(sequence, length):
            ...

    The name is bound to the learner's own function or class if it is right, else to the reference.
    Nothing is raised, whatever the answer does; the same cell run twice changes nothing.
    """
    if not isinstance(id, str):
        show(message_card('`@exercise` needs the number of the exercise: `@exercise("2.3")`.'))
        return id if callable(id) else _as_it_stands

    def decorate(answer: Any) -> Any:
        key = None
        try:
            key = find_exercise(id)
            verdict = judge(key, answer)
        except KeyboardInterrupt:
            show(message_card(f"Exercise {id} was interrupted before it was judged."))
            raise Interrupted(f"exercise {id} was not judged: run its cell again") from None
        except KeyNotFound as error:
            show(message_card(f"{error}. Your code is taken as it stands."))
            return answer
        except Exception as error:
            failed = f"The coach itself failed on exercise {id}: `{described(error)}`."
            if key is None:
                show(message_card(f"{failed} Your code is taken as it stands."))
                return answer
            show(message_card(f"{failed} The chapter goes on with the reference."))
            return key.reference
        used = answer if verdict.right else key.reference
        record(verdict)
        tell(lambda: verdict_card(verdict))
        keep()
        share(verdict)
        _bind_expected_name(key, answer, used)
        return used

    return decorate


def hint(id: str, number: int | None = None) -> None:
    """Show the hints of exercise `id`: all three, closed, or hint `number` (1, 2 or 3), open."""

    def made() -> Card:
        if number is None:
            return hints_card(find_exercise(id))
        if number not in (1, 2, 3):
            return message_card(f'There are hints 1, 2 and 3, no {number!r}: `hint("{id}", 1)`.')
        return hint_card(find_exercise(id), number)

    tell(made)


def solution(id: str) -> None:
    """Show the source of the reference of exercise `id`, closed until it is asked for."""
    tell(lambda: solution_card(find_exercise(id)))


def scoreboard(chapter: str | None = None) -> None:
    """Show how each exercise of a chapter ("02") stands: solved by you, reference used, not tried.

    Without an argument: the chapter of the exercise that this kernel judged last.
    """

    def made() -> Card:
        last = last_judged()
        if chapter is None and last is None:
            return message_card(
                "No exercise has run yet in this kernel: run the chapter's cells first."
            )
        number = chapter_of(last) if chapter is None else str(chapter).zfill(2)
        exercises = load_key(number).EXERCISES
        if not exercises:
            return message_card(f"Chapter {number} has no exercises.")
        return scoreboard_card(number, exercises)

    tell(made)


def progress_board() -> None:
    """Show how far all chapters have come, by the file beside your copy of the chapters."""

    def made() -> Card:
        note = read_again() or kept_where()
        return board_card(chapter_rows(so_far()), note)

    tell(made)


def quiz(id: str, choice: str | None = None) -> None:
    """Show quiz `id`; each choice opens its own explanation.

    Where HTML is not shown, the question and its choices; `quiz("2.1", "B")` then explains B.
    """

    def made() -> Card:
        found = find_quiz(id)
        if choice is None:
            return quiz_card(found)
        letter = str(choice).strip().upper()
        if letter not in lettered(found):
            return message_card(
                f"Quiz {id} has the choices {', '.join(lettered(found))}, no {choice!r}."
            )
        note_choice(id, letter)
        return choice_card(found, letter)

    tell(made)
    keep()


def _as_it_stands(answer: Any) -> Any:
    return answer


def _bind_expected_name(key: Exercise, answer: Any, used: Any) -> None:
    """A stub that was renamed would leave the name that later cells call undefined."""
    expected = key.stub_name
    space = globals_of(answer)
    name = name_of_code(answer)
    if name not in ("", expected) and space is not None:
        space[expected] = used
        show(
            message_card(
                f"Later cells call `{expected}`, your code is named `{name}`. Both names work now."
            )
        )
