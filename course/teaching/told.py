"""What a teacher has to know of a chapter before the class does: key ideas, quizzes, words."""

import re

from course.authoring.masters import ROOT
from course.coach.cards.markup import to_text
from course.coach.find import load_key
from course.teaching.script import cells_of
from course.teaching.stubs import without_pages

_ENTRY = re.compile(r"^# - \*\*(.+?)\*\* \(\[\d\d\]\(\S+?\)\): (.+)$", re.MULTILINE)


def key_ideas(chapter: str) -> list[str]:
    """What should stay, in the chapter's own words."""
    for cell in cells_of(chapter):
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


def words(text: str) -> list[str]:
    """The words of the course's glossary that a text uses, each with what it means; no code."""
    text = re.sub(r"```python.*?```", "", text, flags=re.DOTALL)
    entries = _ENTRY.findall((ROOT / "solutions" / "glossary.py").read_text("utf-8"))
    used = [f"- **{term}**: {says}" for term, says in entries if _uses(text, term)]
    return ["## Words", without_pages("\n".join(used))] if used else []


def _uses(text: str, term: str) -> bool:
    # NDCG@K stands for each cut-off; MASK and the mask are two words.
    word = rf"\b{re.escape(term.removesuffix('K') if '@' in term else term)}"
    sort = 0 if term.isupper() else re.IGNORECASE
    return bool(re.search(word if word.endswith("@") else rf"{word}(?:s|es)?\b", text, sort))


def _line(text: str) -> str:
    return " ".join(to_text(text).split())
