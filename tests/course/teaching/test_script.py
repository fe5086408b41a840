"""A plan tells a chapter in the order of its page: what is said, asked, drawn, run and seen."""

import re

import pytest
from nbformat.v4 import new_code_cell, new_output

from course.coach.find import chapters, load_key
from course.teaching.lesson import plan, seconds_of
from course.teaching.live import answers, made_in, seen, training
from course.teaching.script import cells_of
from course.teaching.timing import sections_of
from course.teaching.told import words


def told(chapter: str) -> str:
    return plan(chapter).split("## Section by section")[1].split("\n## ")[0]


@pytest.mark.parametrize("chapter", chapters())
def test_a_plan_asks_and_answers_every_guess_and_names_every_cell_in_the_pages_order(chapter):
    text, guesses = told(chapter), [guess.id for guess in load_key(chapter).GUESSES]
    assert [id for s in sections_of(chapter) for id in s.guesses] == guesses
    stops = re.findall(r"^\*\*Stop\*\*.*", text, re.MULTILINE)
    assert [id for line in stops for id in re.findall(r"(\d+\.\d+), ", line)] == guesses
    found = re.findall(r"^\*\*Guess (\d+\.\d+), answered:\*\* \S", text, re.MULTILINE)
    assert sorted(found) == sorted(guesses)
    assert all(text.index("Stop") < text.index(f"Guess {id}, answered") for id in guesses)
    exercises = re.findall(r"^\*\*Exercise (\d+\.\d+) ", text, re.MULTILINE)
    assert exercises == [exercise.id for exercise in load_key(chapter).EXERCISES]
    numbers = [
        int(n)
        for line in re.findall(r"^\*Cells? .*", text, re.MULTILINE)
        for n in re.findall(r"\[(\d+)\]", line.partition("*:")[0])
    ]
    assert numbers == sorted(set(numbers)) and len(numbers) > 5


def test_the_order_is_that_of_the_page_and_what_was_said_there_is_said():
    text = told("02")
    steps = (
        "Look at three windows",
        "guess 2.2",
        "*On the board:* [The last two",
        "Exercise 2.4",
        "Guess 2.2, answered",
        "so it was the overlap",
        "A split by time hides both",
        "two vertical lines",
    )
    assert [text.find(step) for step in steps] == sorted(text.find(step) for step in steps)
    assert min(text.find(step) for step in steps) > 0
    assert "numbers, names = pd.factorize" in text
    # Of a short cell its code, and the function that a guess speaks of.
    assert "    validate_interactions(as_text)" in text and "index.encode" in text
    assert "memory[tuple(before)] = after" in text
    assert f"take {seconds_of('02')} seconds" in text and seconds_of("02") > 1
    assert "True = **blocked**" in told("06") and "carry it too far" in told("06")
    # A function that shows nothing, and that the prose speaks of.
    assert "`first_losses`" in told("06") and "def first_losses(" in told("06")


def test_a_cell_trains_where_it_calls_what_trains_and_an_index_learns_nothing():
    sources = [
        "index = ItemIndex().fit(names)",
        "def small(seed):\n    return train(net, loss, 5, config)",
        "runs = [small(seed) for seed in range(3)]",
        "best = GRU4Rec(50, epochs=2)",
        "best.fit(log)",
        "train.head(3)",
        "def step_once(net):\n    optimizer.step()",
        "step_once(net)",
    ]
    assert training(sources) == [False, False, True, False, True, False, False, True]
    assert made_in("a, b = 1, 2\n\n\ndef f():\n    c = 3\n\n\n_ = f()") == ["a", "b", "f"]


def test_of_a_cell_its_lines_and_pictures_are_seen_and_of_much_the_beginning():
    figure = {"text/html": '<picture><img alt="Two &amp; three"></picture>', "text/plain": "F"}
    rows = "".join(f"<tr><td>{n}</td></tr>" for n in range(40))
    table = {"text/html": f"<table>{rows}</table>", "text/plain": "x"}
    card = {"text/html": "<div class=coach>", "text/plain": "A guess: 7 %."}
    outputs = [
        new_output("stream", text="a\nb\n"),
        *(new_output("display_data", data=data) for data in (figure, table, card)),
    ]
    cell = new_code_cell('reveal("2.1", 7)', outputs=outputs)
    lines, picture, kept, more = seen(cell)
    assert lines == "```\na\nb\n```" and picture == "*Picture:* Two & three"
    assert kept.count("<tr>") == 13 and more == "(and 27 lines more)"
    assert answers(cell) == ["**Guess 2.1, answered:** A guess: 7 %."]


def test_words_are_those_of_the_text_and_not_of_its_code():
    assert words("```python\nlog.head(4)\n```\nand more") == []
    assert "**Head**" in words("each head\n```\n3 heads\n```")[1]
    assert "**Head**" not in plan("02") and "**Head**" in plan("06")


def test_some_chapter_trains_and_one_does_not():
    def count(chapter):
        return sum(training([c.source for c in cells_of(chapter) if c.cell_type == "code"]))

    assert count("02") == 0 and 3 <= count("06") <= 8 and count("08") > 2
