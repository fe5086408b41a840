"""Guesses as cards: what to write, what was written, what is true, and how a chapter's went."""

import html
from collections.abc import Sequence

from course.coach.cards.card import Card, card
from course.coach.cards.markup import inline, to_text
from course.coach.guesses.kinds import Guess
from course.coach.guesses.number import GuessNumber
from course.coach.guesses.scores import Score, score_of
from course.coach.record import Noted

_BARS = """
.coach-bar{display:grid;grid-template-columns:4.5em minmax(0,1fr) auto;gap:0 .8em;
align-items:center}
.coach-bar>i{height:.55em;border-radius:.2em;background:var(--c)}
.coach-bar>b{font-weight:normal}
"""
_TABLE = ".coach-guesses th,.coach-guesses .coach-none{white-space:nowrap}"


def open_card(asked: Guess) -> Card:
    """No guess yet: how to make one."""
    head = f"Guess {asked.id} · {asked.asks}"
    how = f"Instead of `...` write {asked.slot()}. Then run the cell again."
    more = "Without a guess the chapter goes on, too."
    if counts := asked.counts():
        more = f"{counts[0].upper()}{counts[1:]}. {more}"
    return _card("plain", head, [how], more)


def noted_card(asked: Guess, noted: Noted, more: str = "") -> Card:
    """A guess that was made. Does not tell the truth, even where it is known."""
    head = f"Guess {asked.id} · noted: {asked.shown(noted.value)}{_sure(noted.sure)}"
    lines = [line for line in (asked.doubt(noted.value), more) if line]
    return _card("info", head, lines, asked.asks)


def reveal_card(asked: Guess, truth: object, noted: Noted | None) -> Card:
    """The truth, beside the guess if there is one."""
    real = asked.shown_truth(truth)
    if noted is None:
        return _card("plain", "", [f"{asked.asks}: {real}."], "")
    own = asked.shown(noted.value)
    good = asked.is_good(noted.value, truth)
    head = f"You: {own}{_sure(noted.sure)} · in truth: {real}"
    how = asked.apart(noted.value, truth)
    if isinstance(asked, GuessNumber):
        how = f"{how}: close" if good and how != "exact" else how
    sign = "✓ " if good else ""
    kind = "good" if good else "info"
    body = (
        f'<p><strong><span aria-hidden="true">{sign}</span>{html.escape(head)}</strong></p>'
        f"{_bars(asked, noted.value, truth)}"
        f'<p class="coach-foot">Guess {asked.id} · {inline(asked.asks)} · {html.escape(how)}</p>'
    )
    text = f"{sign}{head}\nGuess {asked.id} · {to_text(asked.asks)} · {how}"
    return card(kind, html.escape(head), body, text, _BARS)


def calibration_card(chapter: str, asked: Sequence[Guess], guesses: dict[str, Noted]) -> Card:
    """A chapter's guesses: how far each was off, and how sure the learner was and might have been.

    guesses: those that were made, by id
    """
    answered = [each for each in asked if each.id in guesses and guesses[each.id].is_answered]
    score = score_of([guesses[each.id] for each in answered])
    head = f"Chapter {chapter}: {score.good} of {len(asked)} guesses right or close"
    names = ("Guess", "About", "You", "In truth", "How far", "Sure")
    rows = [_row(each, guesses.get(each.id)) for each in asked]
    columns = "".join(f'<th scope="col">{name}</th>' for name in names)
    cells = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in rows)
    foot = calibrated(score, len(asked))
    body = (
        f'<p><strong>{head}</strong></p><table class="coach-guesses">'
        f"<thead><tr>{columns}</tr></thead>"
        f'<tbody>{cells}</tbody></table><p class="coach-foot">{inline(foot)}</p>'
    )
    width = max(len(each.asks) for each in asked)
    lines = [f"  {id:>5}  {asks:<{width}}  {_as_text(rest)}" for id, asks, *rest in rows]
    return card("info", head, body, "\n".join([head, *lines, to_text(foot)]), _TABLE)


def calibrated(score: Score, asked: int) -> str:
    """How sure somebody was, and how often right, in a sentence or two."""
    if not score.answered:
        return "A guess goes into its cell before the answer's cell runs; `...` stands for none."
    if not score.told_sure:
        return (
            "Say how sure you are, `sure=0.8` behind the guess, and this tells how well you know "
            "what you know."
        )
    times = f"{score.told_sure} time{'s' * (score.told_sure != 1)}"
    was = "was" if score.sure_good == 1 else "were"
    return (
        f"You said {times} how sure you were: {_percent(score.mean_sure)} on average, and "
        f"{score.sure_good} of these {was} right or close. Brier score {score.brier:.2f}: 0 is the "
        "best, and 0.25 is what “50 % sure” of everything gets."
    )


def note_card(text: str) -> Card:
    """A quiet word that needs nothing of the learner."""
    return _card("plain", "", [text], "")


def _row(asked: Guess, noted: Noted | None) -> tuple[str, ...]:
    if noted is None:
        return asked.id, asked.asks, "no guess", "", "", ""
    sure = "" if noted.sure is None else _percent(noted.sure)
    if not noted.is_answered:
        return asked.id, asked.asks, _safely(asked.shown, noted.value), "", "", sure
    return (
        asked.id,
        asked.asks,
        _safely(asked.shown, noted.value),
        _safely(asked.shown_truth, noted.truth),
        ("✓ " if noted.good else "") + _safely(asked.apart, noted.value, noted.truth),
        sure,
    )


def _safely(said, *values: object) -> str:
    """What a question says of a guess, which may be of another version of the question."""
    try:
        return said(*values)
    except Exception:
        return "?"


def _cell(value: str) -> str:
    """One of the table. Words of a guess may break: an order of five names is a long line."""
    kind = ' class="coach-none"' if value == "no guess" else ""
    return f"<td{kind}>{html.escape(value)}</td>"


def _as_text(cells: Sequence[str]) -> str:
    own, truth, far, sure = cells
    parts = [
        f"you {own}" if own != "no guess" else own,
        f"in truth {truth}" if truth else "",
        far,
        f"{sure} sure" if sure else "",
    ]
    return ", ".join(part for part in parts if part)


def _bars(asked: Guess, guess: object, truth: object) -> str:
    """Two bars where the range is known; the words beside them say all."""
    if not isinstance(asked, GuessNumber) or not asked.high < float("inf"):
        return ""
    rows = ""
    for name, value, shown in (
        ("you", guess, asked.shown(guess)),
        ("in truth", truth, asked.shown_truth(truth)),
    ):
        share = (value - asked.low) / (asked.high - asked.low)
        width = f"{100 * min(max(share, 0.0), 1.0):.1f}%"
        rows += f'<b>{name}</b><i style="width:{width}"></i><b>{html.escape(shown)}</b>'
    return f'<div class="coach-bar" aria-hidden="true">{rows}</div>'


def _sure(sure: float | None) -> str:
    return "" if sure is None else f" ({_percent(sure)} sure)"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _card(kind: str, head: str, lines: Sequence[str], foot: str) -> Card:
    body = f"<p><strong>{inline(head)}</strong></p>" if head else ""
    body += "".join(f"<p>{inline(line)}</p>" for line in lines)
    body += f'<p class="coach-foot">{inline(foot)}</p>' if foot else ""
    text = "\n".join(to_text(part) for part in (head, *lines, foot) if part)
    return card(kind, html.escape(head or "Guess"), body, text)
