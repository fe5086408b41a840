"""A guess is read, noted, and set beside what a cell computes; nothing that is written raises."""

import math
import sys

import numpy as np
import pandas as pd
import pytest
import torch

import course
from course.coach import GuessChoice, GuessNumber, GuessOrder, progress
from course.coach.cards import guess_cards
from course.coach.guesses.reading import Unreadable
from course.coach.guesses.scores import score_of
from course.coach.record import Noted

SHARE = GuessNumber(id="2.1", asks="Shoppers who come back", unit="%", high=100, close=10)
LOSS = GuessChoice(id="2.2", asks="Which loss stops?", choices=("MSE", "gBCE, t = 1", "softmax"))
ORDER = GuessOrder(id="2.3", asks="Worst first", items=("counts", "chain", "network"))
TIMES = GuessNumber(id="2.4", asks="How much slower", unit="times", factor=2, digits=1)
EPOCHS = GuessNumber(id="2.5", asks="Epochs", close=0)
GUESSES = (SHARE, LOSS, ORDER, TIMES, EPOCHS)


@pytest.fixture
def run(toy, cell, capsys, monkeypatch):
    """Run a cell of chapter 02; gives what it shows."""
    monkeypatch.setattr(sys.modules["course.keys.ch02"], "GUESSES", GUESSES)
    names = {name: getattr(course, name) for name in course.__all__} | {"nan": math.nan, "pd": pd}

    def shown(source):
        cell(source, **names)
        return capsys.readouterr().out

    return shown


def test_a_guess_that_is_not_made_blocks_nothing_and_says_what_to_write(run):
    text = run('guess("2.1", ...)')
    assert "Instead of `...` write a number, in %." in text and "goes on" in text
    assert run('guess("2.1")') == text
    assert run('reveal("2.1", 61.7)') == "Shoppers who come back: 62 %.\n"


def test_the_truth_stands_beside_the_guess(run):
    assert "Guess 2.1 · noted: 40 % (80 % sure)" in run('guess("2.1", 40, sure=0.8)')
    text = run('reveal("2.1", 61.7)')
    assert "You: 40 % (80 % sure) · in truth: 62 %" in text and "22 points too low" in text


def test_one_point_is_no_points():
    asks = "Shoppers who come back"
    told = [GuessNumber(id="2.1", asks=asks, unit="%", close=close).counts() for close in (1, 2)]
    assert told == ["close is within 1 point", "close is within 2 points"]


@pytest.mark.parametrize(
    ("asked", "guess", "truth", "good", "says"),
    [
        (SHARE, 40, 50.0, True, "10 points too low: close"),
        (SHARE, 40, 50.1, False, "10 points too low"),
        (SHARE, 40, 41.0, True, "1 point too low: close"),
        (SHARE, 62, np.float32(62.0), True, "exact"),
        (SHARE, 12.5, torch.tensor(10.0), True, "2.5 points too high: close"),
        (LOSS, '"mse"', "MSE", True, "right"),
        (LOSS, '"C"', ["MSE", "gBCE, t = 1"], False, "in truth: MSE or gBCE, t = 1"),
        (LOSS, '"gbce,  T = 1"', ["MSE", "gBCE, t = 1"], True, "right"),
        (ORDER, '"bac"', ["chain", "counts", "network"], True, "3 of 3 pairs"),
        (ORDER, '["network", "chain", "counts"]', ["counts", "chain", "network"], False, "0 of 3"),
        (
            ORDER,
            '"chain > network > counts"',
            ["chain", "best", "counts", "network"],
            False,
            "2 of",
        ),
        (ORDER, '"A, B, C"', pd.Index(["counts", "chain", "network"]), True, "3 of 3"),
        (ORDER, '"A C B"', ["counts", "network", "chain"], True, "3 of 3"),
        (TIMES, 10, 20, True, "2.0 times too low"),
        (TIMES, 1, 300.0, False, "300 times too low"),
        (TIMES, 0, 3.0, False, "3.0 too low"),
        (EPOCHS, 7, 7, True, "exact"),
        (EPOCHS, 7, 8, False, "1 too low"),
    ],
)
def test_what_is_right_or_close(run, toy, asked, guess, truth, good, says):
    run(f'guess("{asked.id}", {guess})')
    course.reveal(asked.id, truth)
    assert says in run("")
    assert progress.guess_of(asked.id).good is good


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ('guess("2.1", "40")', 'without quotation marks: `guess("2.1", 40)`'),
        ('guess("2.1", "40 %")', 'without quotation marks: `guess("2.1", 40)`'),
        ('guess("2.1", "many")', "`'many'` is no number. Write a number, in %"),
        ('guess("2.1", nan)', "is no number"),
        ('guess("2.1", 1e400)', "can't be. Write a number, in %, from 0 to 100"),
        ('guess("2.1", 120)', "from 0 to 100"),
        ('guess("2.1", True)', "is no number"),
        ('guess("2.1", [40])', "is no number"),
        ('guess("2.1", 2j)', "is no number"),
        ('guess("2.1", 40, sure=80)', "so `sure=0.8` for 80 %"),
        ('guess("2.1", 40, sure=nan)', "`sure` is from 0 to 1"),
        ('guess("2.1", 40, sure="very")', "`sure` is from 0 to 1"),
        ('guess("2.1", 0.4)', "Did you mean 40?"),
        ('guess("2.2", "BCE")', "none of the choices. Write one of them, or its letter"),
        ('guess("2.2", 1)', "A MSE; B gBCE, t = 1; C softmax"),
        ('guess("2.3", "AAB")', "no order of all of these: A counts; B chain; C network"),
        ('guess("2.3", "A")', "no order of all"),
        ('guess("2.3", 123)', "no order of all"),
        ('guess("2.3", ["A", 2, "C"])', "no order of all"),
        ('guess("2.5", -1)', ", 0 or more"),
        ("guess(2.1, 40)", "needs its number in quotation marks"),
        ('guess("2.9", 40)', "there is no guess 2.9"),
        ('guess("x", 40)', "is not an id"),
        ('reveal("2.1", nan)', "can't be compared"),
        ('reveal("2.1", "62")', "can't be compared"),
        ('reveal("2.1", None)', "can't be compared"),
        ('reveal("2.2", "BCE")', "can't be compared"),
        ('reveal("2.2", 3)', "can't be compared"),
        ('reveal("2.2", [])', "can't be compared"),
        ('reveal("2.2", [[]])', "can't be compared"),
        ('reveal("2.3", ["chain"])', "can't be compared"),
        ('reveal("2.3", 7)', "can't be compared"),
        ("reveal(2.1, 3)", "needs its number in quotation marks"),
        ("calibration()", "Nothing has run yet"),
        ('calibration("55")', "Chapter 55 has no answer key"),
    ],
)
def test_a_slip_is_told_in_a_small_card_and_never_raised(run, source, says):
    text = run(source)
    assert says.lower() in text.lower() and len(text) < 400


def test_a_guess_of_any_size_is_cut_in_its_card(run):
    for value in ('"x" * 10_000', "10 ** 4000", '["A"] * 999', "-(10.0 ** 300)"):
        for id in ("2.1", "2.2", "2.3", "2.5"):
            assert 0 < len(run(f'guess("{id}", {value})')) < 400


def test_what_can_not_be_printed_is_told_by_its_type(run):
    text = run('class Odd:\n    def __repr__(self): 1 / 0\nguess("2.2", Odd())')
    assert "`Odd` is none of the choices" in text


def test_a_guess_may_change_until_its_answer_is_shown(run):
    run('guess("2.1", 40)')
    assert "Guess 2.1 · noted: 50 %" in run('guess("2.1", 50)')
    assert "You: 50 %" in run('reveal("2.1", 62)')
    assert "Its answer was shown: this guess stays" in run('guess("2.1", 62)')
    assert "You: 50 %" in run('reveal("2.1", 62)')


def test_a_guess_after_the_answer_does_not_count(run):
    run('reveal("2.1", 62)')
    assert "does not count" in run('guess("2.1", 62)')
    assert progress.guess_of("2.1") is None


def test_cells_that_run_twice_show_the_same(run):
    for source in ('guess("2.1", 40)', 'reveal("2.1", 62)', 'guess("2.1", 40)', 'guess("2.1")'):
        assert run(source) == run(source)


def test_an_open_cell_does_not_give_an_answer_away_that_was_shown_once(run):
    run('guess("2.1", 40)\nreveal("2.1", 61.7)')
    assert "62" not in run('guess("2.1", ...)') + run('guess("2.1", 41)')


def test_the_calibration_tells_how_far_and_how_sure(run):
    run('guess("2.1", 40, sure=0.9)\nguess("2.2", "A", sure=0.6)\nguess("2.4", 10)')
    assert "Chapter 02: 0 of 5 guesses" in run("calibration()")
    run('reveal("2.1", 62)\nreveal("2.2", "MSE")\nreveal("2.4", 300)\nreveal("2.5", 3)')
    text = run('calibration("2")')
    assert "Chapter 02: 1 of 5 guesses right or close" in text
    assert "you 40 %, in truth 62 %, 22 points too low, 90 % sure" in text
    assert "Epochs                  no guess" in text
    assert "75 % on average, and 1 of these" in text
    brier = ((0.9 - 0) ** 2 + (0.6 - 1) ** 2) / 2
    assert f"Brier score {brier:.2f}" in text


def test_the_score_counts_answered_guesses_only():
    told = [Noted(1.0, 0.5, 1.0, True), Noted(1.0, None, 2.0, False), Noted(1.0, 0.9)]
    score = score_of(told)
    assert (score.answered, score.good, score.told_sure, score.brier) == (2, 1, 1, 0.25)
    assert score_of([]).brier == 0


def test_a_guess_of_another_version_of_the_question_is_no_guess(run):
    progress.note_guess("2.2", Noted("a choice of last year"))
    assert "Instead of `...`" in run('guess("2.2", ...)')
    assert "Which loss stops?: MSE." in run('reveal("2.2", "MSE")')
    progress.note_guess("2.1", Noted("text", None, "text", True))
    assert "?" in run('calibration("02")')


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (GuessNumber, {"id": "21", "close": 1}),
        (GuessNumber, {"asks": " ", "close": 1}),
        (GuessNumber, {}),
        (GuessNumber, {"close": 1, "factor": 2}),
        (GuessNumber, {"close": -1}),
        (GuessNumber, {"close": math.nan}),
        (GuessNumber, {"factor": 0.5}),
        (GuessNumber, {"factor": 2, "low": -1}),
        (GuessNumber, {"close": 1, "low": 3, "high": 3}),
        (GuessChoice, {"choices": ("one",)}),
        (GuessChoice, {"choices": ("one", " ONE")}),
        (GuessChoice, {"choices": ("A", "B")}),
        (GuessChoice, {"id": 2.1, "choices": ("one", "two")}),
        (GuessOrder, {"items": ("one", "two")}),
        (GuessOrder, {"items": ("one, at last", "two", "three")}),
        (GuessOrder, {"items": ("one > two", "two", "three")}),
    ],
)
def test_a_question_that_makes_no_sense_is_an_author_s_error(kind, fields):
    with pytest.raises(ValueError, match="guess"):
        kind(**{"id": "2.1", "asks": "How many?"} | fields)


def test_every_text_of_a_kind_reads_back_as_the_guess_that_it_shows():
    for value in LOSS.choices + ("A", "B", "C"):
        assert LOSS.read(LOSS.read(value)) == LOSS.read(value)
    for name in ("ABC", "CAB"):
        assert ORDER.read(ORDER.read(name)) == ORDER.read(name)
    with pytest.raises(Unreadable):
        SHARE.read("")


def test_the_page_is_well_formed_and_text_can_not_break_it():
    odd = GuessChoice(id="2.1", asks="<b> & `code`?", choices=("a < b", "<script>"))
    noted = Noted("<script>", 0.5, ["a < b"], False)
    pages = [
        guess_cards.open_card(odd),
        guess_cards.noted_card(odd, noted),
        guess_cards.reveal_card(odd, ["a < b"], noted),
        guess_cards.reveal_card(odd, ["<script>"], None),
        guess_cards.calibration_card("02", (odd, SHARE), {"2.1": noted}),
    ]
    for page in pages:
        assert "<script>" not in page.html and "<b> &" not in page.html
        assert page.html.count("<p") == page.html.count("</p>")
    assert "<code>code</code>" in pages[0].html


def test_a_sureness_that_can_t_be_is_left_out_and_the_guess_still_counts(run):
    said = run('guess("2.1", 40, sure=80)')
    assert "noted: 40 %" in said and "sure)" not in said
    assert "You: 40 % · in truth: 62 %" in run('reveal("2.1", 62)')
