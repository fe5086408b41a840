"""The short form of a value is readable, bounded and the same on every run."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course.coach.judging.short import COLUMNS, scrub, short, side_by_side


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([0, 0, 7], "[0, 0, 7]"),
        ((1,), "(1,)"),
        ({"a": [1, 2]}, "{'a': [1, 2]}"),
        (np.int64(3), "3"),
        (1 / 3, "0.3333"),
        (torch.tensor([0, 5]), "tensor [0, 5], shape (2,), int64"),
        (torch.tensor([[True, False]]), "tensor, shape (1, 2), bool\n[[ True, False]]"),
        (
            np.array([[1.5, -2], [0, 10]]),
            "array, shape (2, 2), float64\n[[1.5,  -2],\n [  0,  10]]",
        ),
        (torch.tensor(2.0), "tensor 2, shape (), float32"),
        (pd.Series([1, 2]), "Series [1, 2], int64"),
        (torch.nn.Linear(2, 2), "a Linear module"),
        (np.random.default_rng(0), "a random generator"),
        (len, "len"),
        (None, "None"),
    ],
)
def test_small_values_read_well(value, text):
    assert short(value) == text


def test_a_table_shows_its_columns_and_cells():
    text = short(pd.DataFrame({"user_id": [1, 2], "items": [[1, 2], [3]]}))
    assert text.splitlines()[0] == "table of 2 rows"
    assert "user_id" in text
    assert "[1, 2]" in text


def test_no_address_is_ever_shown():
    assert "0x" not in short([object(), {1: object()}]) + scrub(f"error in {object()!r}")


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_short_form_is_bounded_and_shows_that_something_is_left_out(rows, columns):
    text = short(torch.zeros(rows, columns))
    assert len(text) < 2500
    assert ("…" in text) == (rows > 12 or (columns > COLUMNS and rows > 0))


def test_as_many_digits_as_it_takes_to_see_a_difference():
    assert side_by_side(0.12345678, 0.12345) == ("0.1234568", "0.12345")
    assert side_by_side([1], [2]) == ("[1]", "[2]")
