"""What a chapter's cells call: what they bind, what they show, and that they never raise."""

import html.parser
import io
import sys

import pytest

import course
from course.coach import judge
from course.coach.cards.card import Card
from course.coach.cards.help_cards import (
    choice_card,
    hints_card,
    quiz_card,
    scoreboard_card,
    solution_card,
)
from course.coach.cards.verdict_cards import verdict_card

RIGHT = """
@exercise("2.1")
def pad_left(items, length):
    if length < 1:
        raise ValueError
    kept = list(items)[-length:]
    return [0] * (length - len(kept)) + kept
"""
WRONG = RIGHT.replace("[-length:]", "[:length]")
STUB = '@exercise("2.1")\ndef pad_left(items, length):\n    ...\n'


@pytest.fixture
def run(toy, cell):
    """Run a cell in a notebook that has the course's functions."""
    names = {name: getattr(course, name) for name in course.__all__}
    return lambda source: cell(source, **names)


@pytest.mark.parametrize(("source", "own"), [(RIGHT, True), (WRONG, False), (STUB, False)])
def test_the_name_is_bound_to_the_learner_s_code_if_right_and_else_to_the_reference(
    run, toy, source, own
):
    bound = run(source)["pad_left"]
    assert (bound is not toy.pad.reference) == own
    assert bound([7], 2) == [0, 7]


def test_running_a_cell_again_changes_nothing(run, cell, toy, capsys):
    names = run(WRONG)
    first, shown = names["pad_left"], capsys.readouterr().out
    again = cell(WRONG, **{k: v for k, v in names.items() if not k.startswith("__")})
    assert again["pad_left"] is first
    assert capsys.readouterr().out == shown


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ('@exercise("2.9")\ndef f(): ...', "there is no exercise 2.9 in course/keys/ch02.py"),
        ('@exercise("77.1")\ndef f(): ...', "Chapter 77 has no answer key"),
        ('@exercise("two")\ndef f(): ...', "'two' is not an id"),
        ("@exercise\ndef f(): ...", "needs the number of the exercise"),
        ("@exercise(2.1)\ndef f(): ...", "needs the number of the exercise"),
        ('exercise("2.1")(7)', "not a function or class"),
        ('exercise("2.1")(print)', "not yet"),
        ('exercise("2.1")(None)', "not a function or class"),
        ('hint("2.9")', "there is no exercise 2.9"),
        ('hint("2.1", 4)', "There are hints 1, 2 and 3, no 4"),
        ('solution("x")', "is not an id"),
        ('quiz("2.7")', "there is no quiz 2.7"),
        ('quiz("2.1", "Z")', "Quiz 2.1 has the choices A, B, C, no 'Z'"),
        ('scoreboard("55")', "Chapter 55 has no answer key"),
        ("scoreboard()", "No exercise has run yet"),
    ],
)
def test_a_slip_in_a_cell_is_told_and_never_raised(run, capsys, source, says):
    run(source)
    assert says.lower() in capsys.readouterr().out.lower()


def test_a_broken_key_is_told_and_never_raised(run, monkeypatch, capsys, toy):
    monkeypatch.setattr("course.coach.notebook.judge", lambda *_: 1 / 0)
    assert run(STUB)["pad_left"] is toy.pad.reference
    assert "The coach itself failed on exercise 2.1: `ZeroDivisionError" in capsys.readouterr().out


def test_a_renamed_stub_leaves_the_name_that_later_cells_call(run, toy, capsys):
    names = run(STUB.replace("pad_left", "my_padding"))
    assert names["pad_left"] is names["my_padding"] is toy.pad.reference
    assert "Later cells call `pad_left`" in capsys.readouterr().out


def test_the_scoreboard_follows_the_last_verdict_on_each_exercise(run, capsys):
    run(WRONG)
    run('@exercise("2.2")\ndef masked_mean(scores, visible):\n    ...')
    capsys.readouterr()
    run("scoreboard()")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Chapter 02: 0 of 3 exercises solved by you"
    assert [line.split("  ")[-1].strip() for line in lines[1:]] == [
        "reference used",
        "not tried",
        "not tried",
    ]
    run(RIGHT)
    capsys.readouterr()
    run('scoreboard("2")')
    assert "2.1  Pad on the left        5 min  solved by you" in capsys.readouterr().out


def test_the_text_of_a_hint_gives_one_at_a_time(run, capsys):
    run('hint("2.1")')
    text = capsys.readouterr().out
    assert "newest click" in text
    assert "Zeros first" not in text
    run('hint("2.1", 3)')
    assert "Try `[0] * missing + kept`." in capsys.readouterr().out


def test_after_the_last_hint_the_solution_is_offered_and_not_before(run, capsys, toy):
    offer = 'solution("2.1")'
    run('hint("2.1", 1)\nhint("2.1", 2)\nhint("2.1")')
    assert offer not in capsys.readouterr().out
    run('hint("2.1", 3)')
    assert offer in capsys.readouterr().out
    page = hints_card(toy.pad).html
    # Inside the last of the three that open one another.
    assert page.rindex("<details>") < page.index("<code>solution(") < page.index("</details>")


def test_the_text_of_a_quiz_keeps_the_answer_until_asked(run, capsys, toy):
    run('quiz("2.1")')
    text = capsys.readouterr().out
    assert "B. It is faster" in text
    assert "Right" not in text
    assert not any(choice.why in text for choice in toy.quiz.choices)
    run('quiz("2.1", "a")')
    assert "✓ Right. The model reads its answer there." in capsys.readouterr().out
    run('quiz("2.2")')
    assert "(2 are right)" in capsys.readouterr().out


WRONG_AND_LOUD = """
def pad_left(items, length):
    print("length", length) if items == [7, 8] else None
    return [0] * (length + 1)
"""
AS_TEXT = """✗ Exercise 2.1 · Pad on the left · not yet (wrong shape)
One row too many: off by one, or nothing was left out that should be.
The result has 3 entries, expected 2.
The smallest input that shows it: an empty history:
  input:     items = []
             length = 2
  yours:     [0, 0, 0]
  expected:  [0, 0]
It printed 1 line on the way.
  | length 4
Right on 0 of 9 inputs. The chapter goes on with the reference. Change the cell and run it again, or
ask `hint("2.1")`."""


def test_a_verdict_as_text_tells_all(toy, cell):
    assert verdict_card(judge(toy.pad, cell(WRONG_AND_LOUD)["pad_left"])).text == AS_TEXT


class _Page(html.parser.HTMLParser):
    """Checks that tags close in order, and remembers them."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.words = [], [], ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words += data


@pytest.fixture
def cards(toy, cell):
    verdicts = [
        judge(toy.pad, cell(source.replace('@exercise("2.1")', ""))["pad_left"])
        for source in (RIGHT, WRONG, STUB)
    ]
    return [
        *map(verdict_card, verdicts),
        hints_card(toy.pad),
        solution_card(toy.gate),
        scoreboard_card("02", (toy.pad, toy.mean)),
        quiz_card(toy.quiz),
        quiz_card(toy.order),
        choice_card(toy.quiz, "C"),
    ]


def test_html_is_well_formed_labelled_and_asks_nothing_of_a_server(cards):
    for each in cards:
        page = _Page(each.html)
        names = [tag for tag, _ in page.tags]
        assert not {"script", "img", "link", "iframe"} & set(names)
        assert "http" not in each.html
        assert names.count("details") == names.count("summary")
        assert dict(page.tags)["section"]["aria-label"]
        # ids would clash between two outputs
        assert not any("id" in attributes for _, attributes in page.tags)


def test_signs_are_hidden_from_screen_readers_which_read_the_words(cards):
    assert "right" in _Page(cards[0].html).words
    assert '<span aria-hidden="true">✓ </span>' in cards[0].html


def test_text_in_a_key_can_not_break_the_page(cards):
    assert "either &lt; side" in cards[-1].html


def test_each_choice_of_a_quiz_opens_its_own_explanation(cards, toy):
    page = _Page(cards[6].html)
    assert [tag for tag, _ in page.tags].count("details") == len(toy.quiz.choices)
    assert "pad on the <em>left</em>? See <code>pad_left</code>" in cards[6].html
    assert all(choice.why in page.words for choice in toy.quiz.choices)


def test_both_faces_are_offered(cards):
    for each in cards:
        assert isinstance(each, Card)
        assert set(each._repr_mimebundle_()) == {"text/plain", "text/html"}
        assert repr(each) == each.text


def test_a_terminal_without_the_check_mark_shows_a_question_mark_and_the_verdict_holds(
    run, monkeypatch
):
    bytes_written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(bytes_written, encoding="ascii"))
    names = run(RIGHT)
    sys.stdout.flush()
    assert bytes_written.getvalue().startswith(b"? Exercise 2.1")
    assert "kept" in names["pad_left"].__code__.co_varnames


def test_what_fails_to_be_shown_does_not_decide_what_is_bound(run, monkeypatch):
    def broken(verdict):
        raise RuntimeError("no room for a card")

    monkeypatch.setattr("course.coach.notebook.verdict_card", broken)
    assert "kept" in run(RIGHT)["pad_left"].__code__.co_varnames


def test_an_interrupted_exercise_is_told_in_a_line_and_passed_on(run, monkeypatch, capsys):
    def interrupted(key, answer):
        raise KeyboardInterrupt

    monkeypatch.setattr("course.coach.notebook.judge", interrupted)
    with pytest.raises(KeyboardInterrupt) as raised:
        run(RIGHT)
    assert "Exercise 2.1 was interrupted" in capsys.readouterr().out
    assert raised.value._render_traceback_() == [
        "KeyboardInterrupt: exercise 2.1 was not judged: run its cell again"
    ]
