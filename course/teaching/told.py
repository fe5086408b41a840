"""What a teacher has to know of a chapter before the class does: guesses, key ideas, quizzes."""

import re

import nbformat

from course.authoring.masters import Course
from course.coach.cards.markup import to_text
from course.coach.find import load_key
from course.teaching import carried

_REVEAL = re.compile(r'^reveal\(\s*"([\d.]+)"', re.MULTILINE)
# The lines above a guess say of what kind it is.
_GUESS = re.compile(r'((?:^#.*\n)*)^guess\(\s*"([\d.]+)"', re.MULTILINE)


def guesses(chapter: str) -> list[str]:
    """Each guess, as it is asked, what it turns out to be, and why, from the solved notebook."""
    asked, answers, reasons, prose = {}, {}, {}, ""
    open_ids: list[str] = []
    for cell in _solved(chapter):
        if cell.cell_type == "markdown":
            prose += f"\n\n{cell.source}"
            if open_ids and (reason := carried.reason(cell.source)):
                reasons[open_ids[-1]], open_ids = reason, []
            continue
        found = [(id, said.replace("# ", "")) for said, id in _GUESS.findall(cell.source)]
        questions = ["\n\n".join(blocks) for blocks in carried.guesses(prose)]
        for (id, kind), question in zip(found, _one_each(questions, found), strict=True):
            asked[id] = f"{question}\n\n*({' '.join(kind.split())})*".strip()
        answers |= (told := _revealed(cell))
        open_ids = [] if found else open_ids
        # One reason for all that a cell answers, and for those that stand next to it.
        open_ids += told
        prose = ""
    rows = [
        f"**Guess {id}** {asked.get(id, '')}\n\n**{text}**{_because(reasons.get(id))}"
        for id, text in answers.items()
    ]
    return ["## The guesses, answered", *rows] if rows else []


def _because(reason: str | None) -> str:
    return f"\n\n*Because:* {reason}" if reason else ""


def _one_each(questions: list[str], found: list) -> list[str]:
    """A question for each guess; where they are not as many, all of them before the first."""
    if len(questions) == len(found):
        return questions
    return ["\n\n".join(questions), *[""] * len(found)][: len(found)]


def _revealed(cell: nbformat.NotebookNode) -> dict[str, str]:
    """What the cards of a cell say, by guess."""
    ids = _REVEAL.findall(cell.source)
    shown = (output.get("data", {}) for output in cell.get("outputs", []))
    said = [data["text/plain"] for data in shown if "coach" in data.get("text/html", "")]
    # As many cards as there are guesses: then they stand in their order.
    if len(said) != len(ids):
        return {}
    return {id: " ".join(text.split()) for id, text in zip(ids, said, strict=True)}


def key_ideas(chapter: str) -> list[str]:
    """What should stay, in the chapter's own words."""
    for cell in _solved(chapter):
        _, heading, text = cell.source.partition("## Key ideas\n")
        if heading and cell.cell_type == "markdown":
            listed = re.split(r"\n\n(?!- )", text.strip())[0]
            return ["## Key ideas: what should stay", listed]
    return []


def quizzes(chapter: str) -> list[str]:
    """The questions of the quizzes, and folded below each its choices."""
    parts = ["## To talk about, before the choices are seen"]
    for quiz in load_key(chapter).QUIZZES:
        parts.append(f"- {_line(quiz.question)}")
        rows = [
            f"- {'**Right:** ' if choice.right else ''}{_line(choice.text)}<br>{_line(choice.why)}"
            for choice in sorted(quiz.choices, key=lambda choice: not choice.right)
        ]
        folded = "\n".join(rows)
        parts.append(f"<details><summary>The choices</summary>\n\n{folded}\n\n</details>")
    return parts if len(parts) > 1 else []


def _line(text: str) -> str:
    return " ".join(to_text(text).split())


def _solved(chapter: str) -> list[nbformat.NotebookNode]:
    course = Course()
    path = course.notebook(course.master(chapter), solved=True)
    return nbformat.read(path, as_version=4).cells
