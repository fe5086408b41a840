"""What a chapter's cells call about guesses: guess, reveal, calibration.

    # Shoppers who come back: a number, in %
    guess("2.1", ...)

and below it, as the last line of the cell that shows the answer, `reveal("2.1", 100 * share)`. None
of them raises.
"""

from typing import Any

from course.coach import progress
from course.coach.cards.card import Card
from course.coach.cards.guess_cards import calibration_card, noted_card, open_card, reveal_card
from course.coach.cards.verdict_cards import message_card
from course.coach.find import chapter_of, find_guess, load_key
from course.coach.guesses.kinds import Guess
from course.coach.guesses.reading import Unreadable, got, plain_number
from course.coach.record import Noted
from course.coach.told import keep, tell

_IN_QUOTES = 'A guess needs its number in quotation marks: `guess("2.1", ...)`.'


def guess(id: str, value: Any = ..., sure: float | None = None) -> None:
    """Note the reader's guess, before a cell below shows the answer.

    id:    of the guess, "2.1".
    value: a number, the name of a choice, or letters in order; the card says which. `...` is no
           guess, and blocks nothing.
    sure:  how sure the reader is that it will be right or close, 0 to 1; anything else is left out,
           and the card says so.

    May be changed until the answer is shown.
    """
    tell(lambda: _guessed(id, value, sure))
    keep()


def reveal(id: str, truth: Any) -> None:
    """Show the answer of guess `id`, which the cell has computed, beside the reader's guess.

    truth: a number in the unit of the question, the name of the right choice (or several names), or
           names in order.
    """
    tell(lambda: _revealed(id, truth))
    keep()


def calibration(chapter: str | None = None) -> None:
    """Show how a chapter's ("02") guesses went: how far off, how sure.

    Without an argument: the chapter that this kernel is in.
    """

    def made() -> Card:
        last = progress.last_judged()
        if chapter is None and last is None:
            return message_card(
                "Nothing has run yet in this kernel: run the chapter's cells first."
            )
        number = chapter_of(last) if chapter is None else str(chapter).zfill(2)
        asked = load_key(number).GUESSES
        if not asked:
            return message_card(f"Chapter {number} asks for no guesses.")
        return calibration_card(number, asked, progress.so_far().guesses)

    tell(made)


def _guessed(id: str, value: Any, sure: Any) -> Card:
    if not isinstance(id, str):
        return message_card(_IN_QUOTES)
    asked = find_guess(id)
    before = _readable(asked, progress.guess_of(id))
    if value is ... or value is None:
        if before is None:
            return open_card(asked)
        return noted_card(asked, before, "You guessed this before. Another guess takes its place.")
    try:
        noted = Noted(asked.read(value), _sureness(sure))
    except Unreadable as error:
        return message_card(f"Guess {id}: {error}")
    if before is not None and before.is_answered:
        same = (before.value, before.sure) == (noted.value, noted.sure)
        return noted_card(asked, before, "" if same else "Its answer was shown: this guess stays.")
    if progress.is_shown(id):
        return message_card(
            f"Guess {id}: the answer is on the page already, so this guess does not count. Guess "
            "first, then run the cell that answers."
        )
    progress.note_guess(id, noted)
    return noted_card(asked, noted, _odd_sureness(sure))


def _revealed(id: str, truth: Any) -> Card:
    if not isinstance(id, str):
        return message_card(_IN_QUOTES.replace("guess(", "reveal("))
    asked = find_guess(id)
    try:
        real = asked.read_truth(truth)
    except (ValueError, TypeError):
        return message_card(f"Guess {id} can't be compared: this cell came to {got(truth)}.")
    noted = _readable(asked, progress.guess_of(id))
    progress.note_shown(id)
    if noted is not None and not noted.is_answered:
        good = asked.is_good(noted.value, real)
        progress.note_guess(id, Noted(noted.value, noted.sure, real, good))
    return reveal_card(asked, real, noted)


def _readable(asked: Guess, noted: Noted | None) -> Noted | None:
    """A guess of the file, unless the question has changed since so that it can't be one."""
    if noted is None:
        return None
    try:
        return noted if asked.read(noted.value) == noted.value else None
    except Unreadable:
        return None


def _sureness(sure: Any) -> float | None:
    """0 to 1; None for anything else."""
    number = None if sure is ... else plain_number(sure)
    return number if number is not None and 0 <= number <= 1 else None


def _odd_sureness(sure: Any) -> str:
    """What to say of a `sure` that says nothing; "" where there is nothing to say."""
    if sure is None or sure is ... or _sureness(sure) is not None:
        return ""
    return (
        f"How sure you are is left out: {got(sure)} can't be. `sure` is from 0 to 1, so `sure=0.8` "
        "for 80 %. Run it again with one."
    )
