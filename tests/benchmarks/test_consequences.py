"""What a mistake costs is measured with small experiments: alike each time, and of the right sign.

The table that is read here is the one that `python -m benchmarks.consequences FILE` makes.
"""

import math
import sys

import numpy as np
import pandas as pd
import pytest
import torch

from benchmarks.consequences import __main__ as program
from benchmarks.consequences import table
from benchmarks.consequences.experiment import Experiment
from benchmarks.consequences.shop import TINY, NotANumber, shop
from benchmarks.consequences.training import put_in_place, trained
from course.tables import measured
from seqrec.models import attention

KEYS = [(each.exercise, name) for each, name in table.planned()]


def experiment_of(exercise, name):
    return next(each for each, other in table.planned((exercise,)) if other == name)


def numbers(exercise, name, seed):
    """Those of the mistake and of ours, in a tiny shop."""
    experiment = experiment_of(exercise, name)
    wrong = table.misconception_of(experiment, name).wrong
    right = table.exercise_of(experiment).reference
    return [experiment.numbers(each, seed, TINY) for each in (wrong, right)]


def test_each_mistake_that_is_tried_is_one_of_its_key_and_tried_once():
    for experiment, name in table.planned():
        assert table.misconception_of(experiment, name).name == name
    assert len(set(KEYS)) == len(KEYS)


def test_a_mistake_that_a_key_does_not_have_is_an_error():
    with pytest.raises(KeyError, match=r"4\.2 has no misconception 'no such mistake'"):
        table.misconception_of(experiment_of("4.2", "turned round"), "no such mistake")


def test_the_table_holds_what_is_planned_and_nothing_else():
    found = measured("consequences", dtype={"exercise": str})
    assert list(found.columns) == table.COLUMNS
    keys = list(dict.fromkeys(zip(found["exercise"], found["misconception"], strict=True)))
    assert keys == KEYS
    assert not found.duplicated([*table.KEY, "measure"]).any()
    assert (found["seeds"] == len(table.SEEDS)).all()
    has_number = found["mistake"].notna() & found["spread"].notna()
    assert (has_number == (found["fate"] == "measured")).all()


@pytest.mark.parametrize(
    ("exercise", "name", "measure"),
    [
        ("2.3", "the target in the history", "training_loss"),
        ("4.3", "off by one", "share_of_lift"),
        ("5.1", "ties for the model", "reported"),
        ("6.2", "looks ahead", "training_loss"),
        ("8.3", "no shift", "training_loss"),
        ("9.2", "reads the answers", "share_of_lift"),
        ("15.4", "half of the interval", "coverage"),
        ("15.6", "no weights", "reported"),
    ],
)
def test_a_tiny_experiment_is_of_the_same_sign_as_the_table_and_the_same_each_time(
    exercise, name, measure
):
    found = measured("consequences", dtype={"exercise": str})
    row = found.query("exercise == @exercise and misconception == @name and measure == @measure")
    mistake, ours = numbers(exercise, name, 11)
    assert [mistake, ours] == numbers(exercise, name, 11)
    assert math.isfinite(mistake[measure]) and math.isfinite(ours[measure])
    expected = np.sign(row["mistake"].item() - row["ours"].item())
    assert np.sign(mistake[measure] - ours[measure]) == expected


def test_another_seed_is_another_shop():
    assert not torch.equal(shop(11, TINY).sequences, shop(12, TINY).sequences)


def test_what_is_exchanged_in_the_library_is_put_back_after_an_error_too():
    before = attention.split_heads
    with pytest.raises(RuntimeError), put_in_place(attention, "split_heads", len):
        assert attention.split_heads is len
        raise RuntimeError
    assert attention.split_heads is before


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_that_is_no_number_ends_the_training_at_once(bad):
    layer = torch.nn.Linear(1, 1)
    asked = []

    def loss(network, rows, generator):
        asked.append(rows)
        return network(torch.ones(1, 1)).sum() * (bad if len(asked) == 3 else 1)

    with pytest.raises(NotANumber, match="at step 3"):
        trained(layer, loss, 5, seed=0, steps=10)


def test_scores_that_are_no_numbers_have_no_lift():
    place = shop(11, TINY)
    scores = place.markov.copy()
    scores[3, 4] = np.nan
    with pytest.raises(NotANumber):
        place.lift(scores)


def test_the_lift_is_0_for_popularity_and_1_for_the_oracle():
    place = shop(11, TINY)
    assert place.lift(place.popularity) == pytest.approx(0)
    assert place.lift(place.law) == pytest.approx(1)


@pytest.fixture
def toy(monkeypatch):
    """An experiment that counts how often it is asked, with three mistakes of exercise 4.2."""
    asked = []

    def numbers(implementation, seed, setting):
        asked.append(implementation)
        if implementation is table.misconception_of(tried, "no logarithm").wrong:
            raise NotANumber("by intent")
        if implementation is table.misconception_of(tried, "sigmoid twice").wrong:
            raise RuntimeError("by intent")
        return {"reported": float(implementation.__name__ != "bpr_loss") + seed / 100}

    names = ("turned round", "no logarithm", "sigmoid twice")
    tried = Experiment("4.2", "the toy", numbers, names)
    monkeypatch.setattr(table, "EXPERIMENTS", (tried,))
    monkeypatch.setattr(program, "EXPERIMENTS", (tried,))
    return asked


def run(monkeypatch, path, *more):
    monkeypatch.setattr(sys, "argv", ["consequences", str(path), *more])
    program.main()
    return pd.read_csv(path, dtype={"exercise": str})


def test_the_program_tells_numbers_nan_and_errors_apart(toy, monkeypatch, tmp_path, capsys):
    found = run(monkeypatch, tmp_path / "a.csv")
    assert found["fate"].tolist() == ["measured", "not finite", "error"]
    assert found["mistake"].iloc[0] == pytest.approx(1.12)
    assert found["ours"].tolist() == pytest.approx([0.12] * 3)
    assert found["spread"].iloc[0] == pytest.approx(0)
    assert "sigmoid twice: RuntimeError('by intent')" in capsys.readouterr().out


def test_a_run_goes_on_where_the_file_ends_and_again_measures_anew(toy, monkeypatch, tmp_path):
    path = tmp_path / "a.csv"
    whole = run(monkeypatch, path)
    n_asked = len(toy)
    assert run(monkeypatch, path).equals(whole) and len(toy) == n_asked
    whole.iloc[1:].to_csv(path, index=False)
    assert run(monkeypatch, path).equals(whole) and len(toy) == n_asked + 6
    assert run(monkeypatch, path, "--only", "4.2", "--again").equals(whole)
    assert len(toy) == 2 * n_asked + 6
