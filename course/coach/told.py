"""How the coach says something: never by an error, whatever happens on the way."""

from collections.abc import Callable

from course.coach import class_lines, progress
from course.coach.cards.card import Card, show
from course.coach.cards.guess_cards import note_card
from course.coach.cards.verdict_cards import message_card
from course.coach.find import KeyNotFound
from course.coach.judging.fault import described
from course.coach.verdict import State, Verdict


def tell(made: Callable[[], Card]) -> None:
    """Show a card; a slip in the cell or in the key is told instead."""
    try:
        show(made())
    except KeyNotFound as error:
        show(message_card(f"{error}."))
    except Exception as error:
        show(message_card(f"The coach itself failed: `{described(error)}`."))


def keep() -> None:
    """Write what is new into the learner's file; where that fails, a quiet note, once."""
    try:
        note = progress.save()
        if note:
            show(note_card(note))
    except Exception as error:
        show(message_card(f"Your progress is not kept: `{described(error)}`."))


def share(verdict: Verdict) -> None:
    """A line for the class view, where the learner takes part in one; they are told so, once.

    A stub is no try.
    """
    if verdict.state is State.NOT_ATTEMPTED:
        return
    try:
        id, cause = verdict.exercise_id, verdict.cause
        note = class_lines.add(id, verdict.state.name, cause, progress.where())
        if note:
            show(note_card(note))
    except Exception as error:
        show(message_card(f"The class view gets nothing: `{described(error)}`."))
