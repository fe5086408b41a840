"""Verdicts and messages as cards."""

import html
import textwrap

from course.coach.cards.card import Card, card
from course.coach.cards.markup import inline, to_html, to_text
from course.coach.verdict import Case, State, Verdict

_SIGNS = {"good": "✓", "bad": "✗", "warn": "!", "info": "…"}
_KINDS = {
    State.RIGHT: "good",
    State.NOT_ATTEMPTED: "info",
    State.TIME_LIMIT: "warn",
    State.UNUSABLE: "warn",
}


def verdict_card(verdict: Verdict) -> Card:
    """The verdict on one answer."""
    kind = _KINDS.get(verdict.state, "bad")
    head = f"Exercise {verdict.exercise_id} · {verdict.title} · {verdict.state.value}"
    foot = _foot(verdict)
    said = list(verdict.says)
    if verdict.cost:
        said.append(f"What it costs: {verdict.cost}")
    body = [_head(kind, head), *(to_html(paragraph) for paragraph in said)]
    text = [f"{_SIGNS[kind]} {head}", *(_wrapped(to_text(paragraph)) for paragraph in said)]
    if verdict.case is not None:
        body.append(_case_html(verdict.case, folded=verdict.state is State.MISCONCEPTION))
        text.append(_case_text(verdict.case))
    body += [f"<p>{inline(note)}</p>" for note in verdict.notes] + [_printed_html(verdict)]
    text += [_wrapped(note) for note in verdict.notes] + [_printed_text(verdict)]
    body.append(f'<p class="coach-foot">{inline(foot)}</p>')
    text.append(_wrapped(foot))
    return card(kind, html.escape(head), "".join(body), "\n".join(part for part in text if part))


def message_card(text: str) -> Card:
    """Something that went wrong with the coach itself or with how it was asked."""
    text = text[:1].upper() + text[1:]
    body = f'<p><span aria-hidden="true">! </span>{inline(text)}</p>'
    return card("warn", "A word from the coach", body, "! " + text)


def _head(kind: str, head: str) -> str:
    sign = f'<span aria-hidden="true">{_SIGNS[kind]} </span>'
    return f"<p><strong>{sign}{html.escape(head)}</strong></p>"


def _foot(verdict: Verdict) -> str:
    if verdict.right:
        compare = f'`solution("{verdict.exercise_id}")` shows ours, to compare.'
        return f"The chapter goes on with your code. {compare}"
    hint = f'`hint("{verdict.exercise_id}")`'
    if verdict.state is State.NOT_ATTEMPTED:
        return f"The chapter goes on with the reference until you try. {hint} gives a nudge."
    again = f"Change the cell and run it again, or ask {hint}."
    passed = ""
    if verdict.probes and verdict.state is not State.TIME_LIMIT:
        passed = f"Right on {verdict.passed} of {verdict.probes} inputs. "
    return f"{passed}The chapter goes on with the reference. {again}"


def _case_html(case: Case, folded: bool) -> str:
    rows = "".join(
        f'<div class="coach-row"><b>{name}</b><pre>{html.escape(value)}</pre></div>'
        for name, value in case.rows
    )
    title = html.escape(case.title, quote=False)
    if folded:
        return f"<details><summary>{title}</summary><div>{rows}</div></details>"
    return f"<p>{title}</p>{rows}"


def _case_text(case: Case) -> str:
    width = max(len(name) for name, _ in case.rows) + 3
    rows = [_row_text(name, value, width) for name, value in case.rows]
    return "\n".join([f"{case.title}:", *rows])


def _row_text(name: str, value: str, width: int) -> str:
    return f"  {name}:".ljust(width) + "  " + value.replace("\n", "\n" + " " * (width + 2))


def _printed_html(verdict: Verdict) -> str:
    if not verdict.printed:
        return ""
    printed = html.escape(verdict.printed)
    return f"<details><summary>What it printed, once</summary><pre>{printed}</pre></details>"


def _printed_text(verdict: Verdict) -> str:
    return textwrap.indent(verdict.printed.rstrip("\n"), "  | ")


def _wrapped(text: str) -> str:
    """Lines of at most 100 characters; indented (code) lines stay."""
    return "\n".join(
        line if line.startswith("    ") else textwrap.fill(line, 100) for line in text.splitlines()
    )
