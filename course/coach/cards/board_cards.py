"""The scoreboard over all chapters as a card."""

import html
from collections.abc import Sequence

from course.coach.board import ChapterRow, board_text, row_texts, totals
from course.coach.cards.card import Card, card
from course.coach.cards.markup import inline, to_text


def board_card(rows: Sequence[ChapterRow], note: str) -> Card:
    """A line a chapter.

    note: a word about where this is kept
    """
    head = totals(rows)
    names = ("Chapter", "Exercises", "Guesses", "Quizzes answered")
    columns = "".join(f'<th scope="col">{name}</th>' for name in names)
    cells = "".join(
        "<tr>" + "".join(f"<td>{html.escape(value)}</td>" for value in row_texts(row)) + "</tr>"
        for row in rows
    )
    body = (
        f"<p><strong>{head}</strong></p><table><thead><tr>{columns}</tr></thead>"
        f'<tbody>{cells}</tbody></table><p class="coach-foot">{inline(note)}</p>'
    )
    return card("info", "All chapters", body, f"{board_text(rows)}\n{to_text(note)}")
