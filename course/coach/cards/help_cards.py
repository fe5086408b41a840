"""Hints, solutions, scoreboard and quizzes as cards."""

import html
import string
from collections.abc import Sequence

from course.coach.cards.card import Card, card
from course.coach.cards.markup import inline, to_html, to_text
from course.coach.cards.shown_source import helpers_of, shown_source
from course.coach.key import Choice, Exercise, Quiz
from course.coach.progress import Progress, standing

_SIGNS = {
    Progress.SOLVED: "✓",
    Progress.EARLIER: "✓",
    Progress.REFERENCE: "○",
    Progress.NOT_TRIED: "·",
}
# The colours of JupyterLab's editor, so that a solution looks as it would in a cell; the names are
# those of pygments' tokens.
_TOKENS = {
    "keyword": ("k", "kn", "ow"),
    "string": ("s1", "s2", "sd", "si", "sa"),
    "comment": ("c1",),
    "number": ("mi", "mf"),
    "def": ("nf", "nc"),
    "builtin": ("nb", "kc"),
    "operator": ("o",),
}
_CODE_STYLE = "".join(
    f"{','.join('.coach .' + name for name in names)}"
    f"{{color:var(--jp-mirror-editor-{color}-color,inherit)}}"
    for color, names in _TOKENS.items()
)


def hints_card(exercise: Exercise) -> Card:
    """All three hints, each closed, each inside the one before."""
    nested = f'<p class="coach-foot">{inline(_more_help(exercise))}</p>'
    for number in (3, 2, 1):
        name = {1: "A hint", 2: "One more", 3: "The last"}[number]
        shown = to_html(exercise.hints[number - 1]) + nested
        nested = f"<details><summary>{name}</summary><div>{shown}</div></details>"
    head = f"Hints for exercise {exercise.id} · {exercise.title}"
    text = f'{head}\n1. {to_text(exercise.hints[0])}\nhint("{exercise.id}", 2) gives one more.'
    body = f"<p><strong>{html.escape(head)}</strong></p>{nested}"
    return card("info", html.escape(head), body, text)


def hint_card(exercise: Exercise, number: int) -> Card:
    """One hint, open."""
    head = f"Hint {number} of 3 for exercise {exercise.id} · {exercise.title}"
    body = f"<p><strong>{html.escape(head)}</strong></p>{to_html(exercise.hints[number - 1])}"
    text = f"{head}\n{to_text(exercise.hints[number - 1])}"
    if number == 3:
        body += f'<p class="coach-foot">{inline(_more_help(exercise))}</p>'
        text += f"\n{_more_help(exercise)}"
    return card("info", html.escape(head), body, text)


def _more_help(exercise: Exercise) -> str:
    """After the last hint."""
    return f'That was the last hint. `solution("{exercise.id}")` shows our solution.'


def solution_card(exercise: Exercise) -> Card:
    """The reference's source, closed, and below it that of private helpers."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    reference = exercise.reference
    source = "\n\n".join(map(shown_source, [reference, *helpers_of(reference)]))
    head = f"A solution of exercise {exercise.id} · {exercise.title}"
    origin = f"from {reference.__module__} import {reference.__name__}"
    colored = highlight(source, PythonLexer(), HtmlFormatter(nowrap=True))
    body = (
        f"<details><summary>{html.escape(head)}</summary><div><pre>{colored}</pre>"
        f'<p class="coach-foot">It is in the library: <code>{origin}</code></p></div></details>'
    )
    text = f"{head}\n\n{source}\nIt is in the library: {origin}"
    return card("info", html.escape(head), body, text, _CODE_STYLE)


def scoreboard_card(chapter: str, exercises: Sequence[Exercise]) -> Card:
    """How each exercise of a chapter stands."""
    standings = [standing(exercise.id) for exercise in exercises]
    solved = sum(each.is_solved for each in standings)
    head = f"Chapter {chapter}: {solved} of {len(exercises)} exercises solved by you"
    rows = "".join(
        f"<tr><td>{e.id}</td><td>{html.escape(e.title)}</td><td>{e.minutes}</td>"
        f'<td><span aria-hidden="true">{_SIGNS[s]} </span>{s.value}</td></tr>'
        for e, s in zip(exercises, standings, strict=True)
    )
    names = ("Exercise", "About", "Minutes", "How it stands")
    columns = "".join(f'<th scope="col">{name}</th>' for name in names)
    body = (
        f"<p><strong>{head}</strong></p>"
        f"<table><thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table>"
    )
    width = max(len(e.title) for e in exercises)
    lines = [
        f"  {e.id:>5}  {e.title:<{width}}  {e.minutes:>2} min  {s.value}"
        for e, s in zip(exercises, standings, strict=True)
    ]
    done = solved == len(exercises)
    return card("good" if done else "info", head, body, "\n".join([head, *lines]))


def quiz_card(quiz: Quiz) -> Card:
    """The question; each choice opens its own explanation."""
    right = sum(choice.right for choice in quiz.choices)
    how_many = "Choose one" if right == 1 else f"{right} of these are right"
    choices = "".join(
        f"<details><summary>{letter}. {inline(choice.text)}</summary>"
        f"<div>{_explained(choice)}</div></details>"
        for letter, choice in lettered(quiz).items()
    )
    body = (
        f"<p><strong>Quiz {quiz.id}</strong></p>{to_html(quiz.question)}"
        f'<p class="coach-foot">{how_many}; each opens its explanation. '
        f'<code>quiz("{quiz.id}", "A")</code> in a cell notes your choice, too.</p>{choices}'
    )
    lines = [f"  {letter}. {to_text(choice.text)}" for letter, choice in lettered(quiz).items()]
    count = "" if right == 1 else f" ({right} are right)"
    text = [
        f"Quiz {quiz.id}{count}: {to_text(quiz.question)}",
        *lines,
        f'quiz("{quiz.id}", "A") explains choice A.',
    ]
    return card("plain", f"Quiz {quiz.id}", body, "\n".join(text))


def choice_card(quiz: Quiz, letter: str) -> Card:
    """The explanation of one choice."""
    choice = lettered(quiz)[letter]
    head = f"Quiz {quiz.id}, {letter}. {choice.text}"
    body = f"<p><strong>{inline(head)}</strong></p>{_explained(choice)}"
    text = f"{to_text(head)}\n{_ruling(choice)} {to_text(choice.why)}"
    return card("good" if choice.right else "bad", f"Quiz {quiz.id}, choice {letter}", body, text)


def lettered(quiz: Quiz) -> dict[str, Choice]:
    """The choices by letter, A first."""
    return dict(zip(string.ascii_uppercase, quiz.choices, strict=False))


def _ruling(choice: Choice) -> str:
    return "✓ Right." if choice.right else "✗ Not this one."


def _explained(choice: Choice) -> str:
    return to_html(choice.why).replace("<p>", f"<p><b>{_ruling(choice)}</b> ", 1)
