"""Questions as Moodle reads them: its XML format.

What its importer asks of a multiple-choice question is in `question/format/xml/format.php` of
https://github.com/moodle/moodle (`import_multichoice`, `import_headers`, `import_answer`): a name
and a text, `single`, `shuffleanswers`, `answernumbering`, and answers with a `fraction` in percent
that is one of the grades Moodle knows (`match_grade_options`: to five places). The format is told
on https://docs.moodle.org/en/Moodle_XML_format.
"""

import html
from collections.abc import Iterable
from xml.etree import ElementTree

from course.coach.cards.markup import inline, to_html
from course.teaching.bank import Question

#: Percentages that Moodle takes for an answer; the same with a minus.
GRADES = (100, 90, 83.33333, 80, 75, 70, 66.66667, 60, 50, 40, 33.33333, 30, 25, 20, 16.66667)
GRADES += (14.28571, 12.5, 11.11111, 10, 5, 0)


def to_xml(questions: Iterable[Question], category: str) -> bytes:
    """A file for *Question bank > Import > Moodle XML format*.

    category: where the questions go, in the course's question bank.
    """
    quiz = ElementTree.Element("quiz")
    heading = ElementTree.SubElement(quiz, "question", type="category")
    _text(ElementTree.SubElement(heading, "category"), f"$course$/top/{category}")
    for question in questions:
        _add(quiz, question)
    ElementTree.indent(quiz)
    return ElementTree.tostring(quiz, encoding="utf-8", xml_declaration=True) + b"\n"


def _add(quiz: ElementTree.Element, question: Question) -> None:
    node = ElementTree.SubElement(quiz, "question", type="multichoice")
    _text(ElementTree.SubElement(node, "name"), question.id)
    _text(ElementTree.SubElement(node, "questiontext", format="html"), asked_html(question))
    _text(ElementTree.SubElement(node, "generalfeedback", format="html"), "")
    for name, value in {
        "defaultgrade": "1",
        "penalty": "0.3333333",
        "hidden": "0",
        "single": "true" if question.is_single else "false",
        "shuffleanswers": "true",
        "answernumbering": "abc",
    }.items():
        ElementTree.SubElement(node, name).text = value
    for name in ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"):
        _text(ElementTree.SubElement(node, name, format="html"), "")
    for choice, fraction in zip(question.choices, fractions(question), strict=True):
        answer = ElementTree.SubElement(node, "answer", fraction=f"{fraction:g}", format="html")
        _text(answer, f"<p>{inline(choice.text)}</p>")
        _text(ElementTree.SubElement(answer, "feedback", format="html"), to_html(choice.why))


def asked_html(question: Question) -> str:
    """What is asked, with task and code."""
    parts = [to_html(question.text)]
    parts += [f"<pre>{html.escape(code)}</pre>" for code in (question.task, question.code) if code]
    return "".join(parts)


def fractions(question: Question) -> list[float]:
    """Of the grade, in percent, what each choice gives.

    Where several are right they share it, and the wrong ones take as much off together.
    """
    right = sum(choice.right for choice in question.choices)
    wrong = len(question.choices) - right
    off = 0.0 if question.is_single or not wrong else -_grade(100 / wrong)
    return [_grade(100 / right) if choice.right else off for choice in question.choices]


def _grade(percent: float) -> float:
    return min(GRADES, key=lambda grade: abs(grade - percent))


def _text(node: ElementTree.Element, text: str) -> None:
    ElementTree.SubElement(node, "text").text = text
