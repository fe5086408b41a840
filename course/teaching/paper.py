"""An exam on paper: the questions, and the answer sheet for whoever marks it."""

import string
from collections.abc import Sequence

from course.coach.cards.markup import to_text
from course.teaching.bank import Question

#: For the printed page: a question, its code and its choices stay together.
PRINT = """
li{list-style:none;margin:.4em 0}ul{padding-left:0}
@media print{section{break-inside:avoid}}
"""


def to_markdown(questions: Sequence[Question], title: str) -> str:
    """The exam."""
    parts = [f"# {title}", "Name: ______________________"]
    for number, question in enumerate(questions, 1):
        parts += [f"## {number}. {question.title}", question.text]
        parts += [f"```python\n{code}\n```" for code in (question.task, question.code) if code]
        if not question.is_single:
            parts.append("*More than one is right.*")
        lines = [
            f"- [ ] **{letter}** {' '.join(choice.text.split())}"
            for letter, choice in zip(string.ascii_uppercase, question.choices, strict=False)
        ]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def to_answers(questions: Sequence[Question], title: str) -> str:
    """The answer sheet: the letters, where each question comes from, and why."""
    parts = [f"# {title}: answers", "| | right | from |\n|---|---|---|"]
    for number, question in enumerate(questions, 1):
        parts[1] += f"\n| {number} | {letters(question)} | {question.id.replace('|', '/')} |"
    for number, question in enumerate(questions, 1):
        said = [
            f"- **{letter}** ({'right' if choice.right else 'wrong'}) {to_text(choice.why)}"
            for letter, choice in zip(string.ascii_uppercase, question.choices, strict=False)
        ]
        if not question.code:
            parts += [f"## {number}. {question.title}", "\n".join(said)]
    return "\n\n".join(parts) + "\n"


def letters(question: Question) -> str:
    """Of the right choices: "B", or "A, C"."""
    named = zip(string.ascii_uppercase, question.choices, strict=False)
    return ", ".join(letter for letter, choice in named if choice.right)
