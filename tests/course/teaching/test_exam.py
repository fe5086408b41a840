"""An exam asks what the judge can prove, in a form that Moodle reads, and never the same twice."""

import ast
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from course.coach.key import Choice
from course.teaching import bank as banks
from course.teaching import exam
from course.teaching.bank import (
    MOST_LINES,
    Card,
    NotProven,
    Question,
    asked,
    cards,
    dealt,
    exams_in,
    prove,
)
from course.teaching.moodle import GRADES, fractions, to_xml
from course.teaching.paper import letters, to_answers, to_markdown


@pytest.fixture(scope="module")
def bank():
    return cards()


@pytest.fixture(scope="module")
def questions():
    """A question of each kind, from chapters whose judging is quick."""
    small = cards(["00"])
    bugs = [card for card in small if card.wrong is not None]
    quizzes = [card for card in cards(["05"]) if card.wrong is None]
    return [asked(card, 7) for card in [*bugs[:3], *quizzes]]


def test_two_exams_share_no_question_until_all_are_dealt(bank):
    exams = exams_in(bank, 20)
    assert len(bank) > 1000 and exams > 50
    dealt_out = [card.id for seed in range(exams) for card in dealt(bank, 20, seed)]
    assert len(dealt_out) == len(set(dealt_out)) == 20 * exams
    one, again = dealt(bank, 20, 3), dealt(bank, 20, 3 + exams)
    assert [card.id for card in one] == [card.id for card in again]
    assert len({card.source.id.partition(".")[0] for card in one}) > 8


def test_no_exam_is_made_of_too_few_questions(bank):
    with pytest.raises(ValueError, match="in the bank"):
        dealt(bank[:19], 20, 1)


def test_shown_code_says_nothing_but_what_it_does(bank):
    for card in bank:
        if card.wrong is None:
            continue
        assert 0 < len(card.code.splitlines()) <= MOST_LINES, card.id
        *helpers, last = ast.parse(card.code).body
        assert last.name == card.source.stub_name, card.id
        assert all(re.fullmatch(r"helper(_\d+)?", helper.name) for helper in helpers), card.id
        assert not re.search(r"(^|\s)# |\"\"\"", card.code), card.id
        assert card.wrong.wrong.__name__ not in card.code, card.id


def test_each_question_has_one_right_choice_and_others_that_differ(questions):
    for question in questions:
        texts = [choice.text for choice in question.choices]
        assert 2 <= len(texts) == len(set(texts))
        assert sum(choice.right for choice in question.choices) >= 1
        if question.code:
            assert question.task and question.is_single


def test_a_seed_asks_the_same_and_another_one_shuffles():
    card = next(card for card in cards(["00"]) if card.wrong is not None)
    assert asked(card, 7) == asked(card, 7)
    assert len({asked(card, seed).choices for seed in range(5)}) > 1


def test_code_that_is_right_or_wrong_in_another_way_is_no_question():
    first, second = [card for card in cards(["00"]) if card.wrong is not None][:2]
    prove(first)
    right = "def share_of_lift(model, popularity, oracle):\n"
    right += "    return (model - popularity) / (oracle - popularity)"
    for code in (second.code, right):
        with pytest.raises(NotProven):
            prove(replace(first, code=code))


def test_a_sentence_that_fits_too_is_not_offered(monkeypatch):
    card = next(card for card in cards(["00"]) if card.wrong is not None)
    monkeypatch.setattr(banks, "_could_be_meant", lambda *_: True)
    with pytest.raises(NotProven, match="fits it too"):
        asked(card, 7)


def test_moodle_finds_all_that_its_importer_asks_for(questions):
    """The fields of `question/format/xml/format.php`, and grades that it knows to five places."""
    quiz = ElementTree.fromstring(to_xml(questions, "Exam"))
    category, *nodes = quiz.findall("question")
    assert quiz.tag == "quiz" and category.get("type") == "category"
    assert category.findtext("category/text").startswith("$course$/top/")
    assert len(nodes) == len(questions)
    for node, question in zip(nodes, questions, strict=True):
        assert node.get("type") == "multichoice"
        assert node.findtext("name/text") == question.id
        assert node.find("questiontext").get("format") == "html"
        assert question.code.splitlines()[-1:] == [] or "<pre>" in node.findtext(
            "questiontext/text"
        )
        assert node.findtext("single") == ("true" if question.is_single else "false")
        assert node.findtext("answernumbering") == "abc"
        assert (
            float(node.findtext("defaultgrade")) == 1 and 0 <= float(node.findtext("penalty")) <= 1
        )
        answers = node.findall("answer")
        assert [bool(float(each.get("fraction")) > 0) for each in answers] == [
            choice.right for choice in question.choices
        ]
        for each in answers:
            grade = abs(float(each.get("fraction"))) / 100
            assert min(abs(grade - known / 100) for known in GRADES) < 1e-5
            assert each.findtext("text") and each.findtext("feedback/text")


@pytest.mark.parametrize(("right", "wrong"), [(1, 3), (2, 2), (3, 1), (3, 0), (2, 5), (6, 1)])
def test_all_right_choices_give_the_full_grade_and_all_choices_none(right, wrong):
    choices = [Choice(f"r{n}", right=True, why="w") for n in range(right)]
    choices += [Choice(f"w{n}", why="w") for n in range(wrong)]
    given = fractions(Question(id="1", title="t", text="q", choices=tuple(choices)))
    assert sum(given[:right]) == pytest.approx(100, abs=0.01)
    off = 0 if right == 1 or not wrong else -100
    assert sum(given[right:]) == pytest.approx(off, abs=0.01)


def test_paper_and_answer_sheet_agree(questions):
    paper, answers = to_markdown(questions, "Exam 7"), to_answers(questions, "Exam 7")
    for number, question in enumerate(questions, 1):
        part = paper.split(f"## {number}. ")[1].split("\n## ")[0]
        assert f"| {number} | {letters(question)} |" in answers
        for letter in letters(question).split(", "):
            (text,) = re.findall(rf"- \[ \] \*\*{letter}\*\* (.*)", part)
            assert text in [" ".join(c.text.split()) for c in question.choices if c.right]
    assert not re.search(r"\bright\b\)|\(wrong\)", paper)


def test_the_command_writes_an_exam_for_moodle_and_for_paper_and_refuses_what_is_not_there(
    tmp_path, capsys
):
    assert exam.main(["00", "--questions", "2", "--seed", "7", "--out", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "seed-7-answers.html",
        "seed-7-answers.md",
        "seed-7.html",
        "seed-7.md",
        "seed-7.xml",
    ]
    assert "have no question in common" in capsys.readouterr().out
    assert exam.main(["77", "--out", str(tmp_path)]) == 1
    assert exam.main(["00", "--questions", "900", "--out", str(tmp_path)]) == 1
    assert "in the bank" in capsys.readouterr().err


def test_an_exam_of_the_page_in_one_scroll_is_written_by_its_number(tmp_path):
    words = ["20", "--questions", "3", "--seed", "7", "--out", str(tmp_path)]
    assert exam.main(words) == 0
    text = (tmp_path / "seed-7.md").read_text("utf-8")
    assert text.count("\n## ") == 3 and "Exam 7" in text
    named = list(ElementTree.parse(tmp_path / "seed-7.xml").iterfind("question/name/text"))
    assert len(named) == 3 and all(re.search(r"\b20\.\d", name.text) for name in named)


def test_a_card_is_named_by_its_source():
    first = next(card for card in cards(["05"]) if card.wrong is None)
    assert isinstance(first, Card) and first.id == f"quiz {first.source.id}"
