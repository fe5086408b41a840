"""Any kind of guess, and what stands above it in a chapter's cell."""

import textwrap

from course.coach.guesses.names import GuessChoice, GuessOrder
from course.coach.guesses.number import GuessNumber

Guess = GuessNumber | GuessChoice | GuessOrder
# Columns of a chapter's cell.
_WIDTH = 88


def comment_of(asked: Guess) -> str:
    """What the chapter's cell says above `guess("2.1", ...)`: the question, and what to write."""
    text = f"# {asked.asks.rstrip('?')}: {asked.slot()}"
    return textwrap.fill(text, _WIDTH, subsequent_indent="# ", break_on_hyphens=False)
