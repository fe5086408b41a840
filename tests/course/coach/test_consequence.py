"""What a named mistake costs: the measured table, the sentence made of it, and the card."""

import importlib
import re

import pytest

from course.coach import State, consequence, judge
from course.coach.cards.verdict_cards import verdict_card
from course.coach.consequence import cost_of, measured_of

COLUMNS = "exercise,misconception,of,measure,mistake,ours,spread,seeds,fate\n"
PADS_RIGHT = """
def pad_left(items, length):
    if length < 1:
        raise ValueError
    kept = list(items)[-length:]
    return kept + [0] * (length - len(kept))
"""
KEEPS_FIRST = PADS_RIGHT.replace("[-length:]", "[:length]").replace(
    "kept + [0] * (length - len(kept))", "[0] * (length - len(kept)) + kept"
)


@pytest.fixture
def table(tmp_path, monkeypatch):
    """Write these lines as the table."""

    def write(*lines):
        path = tmp_path / "consequences.csv"
        path.write_text(COLUMNS + "\n".join(lines), "utf-8")
        monkeypatch.setattr(consequence, "TABLE", path)
        consequence._rows.cache_clear()

    yield write
    consequence._rows.cache_clear()


@pytest.fixture
def said(table):
    """The sentence of a mistake with these numbers, as the table has them."""

    def sentence(*numbers):
        table(*(f"4.2,turned round,{each}" for each in numbers))
        return cost_of("4.2", "turned round")

    return sentence


def test_each_row_names_a_misconception_of_a_key():
    known = set()
    for chapter in {exercise.split(".")[0] for exercise, _ in measured_of()}:
        key = importlib.import_module(f"course.keys.ch{int(chapter):02d}")
        known |= {(one.id, known.name) for one in key.EXERCISES for known in one.misconceptions}
    assert measured_of() - known == set()


def test_the_mistakes_of_twenty_exercises_or_more_were_measured():
    assert len({exercise for exercise, _ in measured_of()}) >= 20
    assert len(measured_of()) >= 100


@pytest.mark.parametrize("exercise", sorted({exercise for exercise, _ in measured_of()}))
def test_each_row_becomes_a_sentence_in_words(exercise):
    for name in (name for of, name in measured_of() if of == exercise):
        cost = cost_of(exercise, name)
        assert 40 < len(cost) < 300 and cost.endswith(".") and cost[0].isupper(), cost
        assert not re.search(r"\bnan\b|\binf\b|e[+-]\d\d|_", cost), cost


def test_a_mistake_that_was_not_measured_costs_nothing_said():
    assert cost_of("4.2", "no such mistake") == "" == cost_of("99.9", "turned round")


def test_without_the_table_nothing_is_said(table, tmp_path, monkeypatch):
    monkeypatch.setattr(consequence, "TABLE", tmp_path / "none.csv")
    consequence._rows.cache_clear()
    assert cost_of("4.2", "turned round") == "" and measured_of() == set()


def test_a_lower_share_of_the_lift_is_told_beside_ours(said):
    cost = said("a small SASRec,share_of_lift,0.041,0.518,0.02,3,measured")
    assert cost == (
        "Trained with this, a small SASRec reaches 4 % of the achievable lift in our shop; with "
        "ours 52 %."
    )


def test_a_loss_that_looks_better_is_told_and_one_that_does_not_is_not(said):
    lift = "a small SASRec,share_of_lift,0.041,0.518,0.02,3,measured"
    better = said(lift, "a small SASRec,training_loss,0.02,2.1,0.01,3,measured")
    assert better.endswith("Its loss in training looks better: 0.02, with ours 2.10.")
    assert "loss" not in said(lift, "a small SASRec,training_loss,2.0,2.1,0.01,3,measured")


@pytest.mark.parametrize("numbers", ["0.50,0.518,0.002", "0.40,0.518,0.08", "0.55,0.518,0.09"])
def test_a_difference_that_is_small_or_within_chance_is_not_called_a_cost(said, numbers):
    cost = said(f"a small SASRec,share_of_lift,{numbers},3,measured")
    assert cost.endswith("no clear difference in this short training.")


def test_a_mistake_that_does_better_is_not_called_a_cost(said):
    cost = said("a small SASRec,share_of_lift,0.60,0.518,0.01,3,measured")
    assert cost.endswith(
        "60 % of the achievable lift in our shop; with ours 52 %: it does no harm "
        "in this short training."
    )


def test_less_than_popularity_is_called_so(said):
    cost = said("a small SASRec,share_of_lift,-0.302,0.518,0.01,3,measured")
    assert "−30 %" in cost and "worse than showing everybody what is popular" in cost


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("a small SASRec,share_of_lift,,0.5,,3,not finite", "a loss that is NaN or infinite"),
        ("a small SASRec,share_of_lift,,0.5,,3,error", "ends in an error"),
        ("a small BERT4Rec,lift_when_asked,0.1,0.5,0.01,3,measured", "Asked like this"),
        ("the NDCG@10,reported,0.61234,0.413,0.01,3,measured", "as 0.612 with this; with ours it"),
        ("the NDCG@10,reported,0.413,0.413,0,3,measured", "as 0.413 all the same"),
        ("the NDCG@10,reported,,0.413,,3,not finite", "as NaN or infinite; with ours it is 0.413"),
        ("lists,lists_with_seen,0.83,0,0.01,3,measured", "83 % of the lists"),
        ("lists,lists_with_seen,,0,,3,not finite", "their scores are NaN"),
        ("the interval,coverage,0.31,0.95,0.01,3,measured", "in 31 % of our trials"),
        ("a test,power,0.341,0.8,0.01,3,measured", "in 34 % of cases"),
        ("a test,power,0.9996,0.8,0.01,3,measured", "in 100.0 % of cases"),
    ],
)
def test_each_measure_and_each_fate_has_words(said, row, says):
    assert says in said(row)


def test_the_card_tells_it_below_the_diagnosis_and_before_the_case(toy, cell, table):
    table("2.1,pads right,a small SASRec,share_of_lift,0.04,0.52,0.01,3,measured")
    verdict = judge(toy.pad, cell(PADS_RIGHT)["pad_left"])
    assert verdict.state is State.MISCONCEPTION and verdict.cause == "pads right"
    assert verdict.cost == cost_of("2.1", "pads right") != ""
    card = verdict_card(verdict)
    for face, case in ((" ".join(card.text.split()), "input:"), (card.html, "<details>")):
        places = [face.index(each) for each in (verdict.says[0], verdict.cost, case)]
        assert places == sorted(places)
        assert face.count("What it costs: Trained with this, ") == 1


def test_the_card_of_a_mistake_that_was_not_measured_tells_nothing_of_it(toy, cell, table):
    table("2.1,pads right,a small SASRec,share_of_lift,0.04,0.52,0.01,3,measured")
    verdict = judge(toy.pad, cell(KEEPS_FIRST)["pad_left"])
    assert verdict.cause == "keeps first" and verdict.cost == ""
    card = verdict_card(verdict)
    assert "costs" not in card.text and "costs" not in card.html


def test_an_answer_that_is_right_or_wrong_in_no_known_way_costs_nothing(toy, cell, table):
    table("2.1,pads right,a small SASRec,share_of_lift,0.04,0.52,0.01,3,measured")
    right = PADS_RIGHT.replace(
        "kept + [0] * (length - len(kept))", "[0] * (length - len(kept)) + kept"
    )
    for source in (right, right.replace("[-length:]", "[-length:][::-1]")):
        assert judge(toy.pad, cell(source)["pad_left"]).cost == ""


def test_a_learner_who_makes_a_measured_mistake_of_a_real_key_is_told_what_it_costs():
    key = importlib.import_module("course.keys.ch05")
    exercise = next(each for each in key.EXERCISES if each.id == "5.2")
    wrong = next(each for each in exercise.misconceptions if each.name == "natural logarithm")
    verdict = judge(exercise, wrong.wrong)
    assert verdict.cost == cost_of("5.2", "natural logarithm") != ""
