"""Figures of chapter 09 show the data that they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from course import figures
from course.tables import measured


@pytest.fixture(autouse=True)
def close_all():
    yield
    plt.close("all")


def lines_of(ax):
    return {line.get_label(): np.asarray(line.get_ydata()).tolist() for line in ax.get_lines()}


def test_lines_are_drawn_by_name():
    lines = {"SASRec": ([1, 2], [0.1, 0.5]), "BERT4Rec": ([1, 2], [0.2, 0.3])}
    ax = figures.draw_lines(lines, xlabel="epoch", ylim=(0, 1)).axes[0]
    assert lines_of(ax) == {"SASRec": [0.1, 0.5], "BERT4Rec": [0.2, 0.3]}
    assert ax.get_xlabel() == "epoch" and ax.get_ylim() == (0, 1)


def test_a_dashed_line_stands_before_each_new_visit_of_a_stretch():
    told = {"left": [0.1, 0.2, 0.3], "both": [0.4, 0.5, 0.6]}
    fig = figures.draw_stretch(told, ("C0", "C1"), ["a", "b", "c"], [False, True, True], [4, 5, 5])
    ax = fig.axes[0]
    dashed = [line.get_xdata()[0] for line in ax.get_lines() if line.get_linestyle() == "--"]
    assert dashed == [0.5] and ax.get_ylim() == (0, 1)


def test_bars_of_a_group_stand_side_by_side_and_carry_their_numbers():
    table = pd.DataFrame({"left": [0.25, 0.5], "both": [0.75, 1.0]}, index=["all", "first"])
    ax = figures.draw_bars(table, ("C0", "C1")).axes[0]
    assert [bar.get_height() for bar in ax.patches] == [0.25, 0.5, 0.75, 1.0]
    assert {text.get_text() for text in ax.texts} == {"0.25", "0.50", "0.75", "1.00"}


def test_reactions_are_tables_relative_to_their_largest_entry():
    fig = figures.draw_reactions({"one": np.array([[2.0, 0.0], [1.0, 4.0]]), "two": np.eye(2)})
    shown = fig.axes[0].images[0].get_array()
    assert shown.max() == 1 and shown.mask.tolist() == [[False, True], [False, False]]


def test_every_fifth_place_of_the_draws_has_a_number():
    ax = figures.draw_draws(np.eye(3, 11, dtype=bool)).axes[0]
    named = [label.get_text() for label in ax.get_xticklabels()]
    assert [name for name in named if name] == ["5", "10"]


def test_budgets_show_the_mean_of_the_seeds_against_epochs_and_seconds():
    runs = measured("09_compare")
    axes = figures.draw_budgets(runs).axes
    of = runs.query("model == 'BERT4Rec' and budget == 24").groupby("epoch")["next"].mean()
    for ax in axes:
        assert lines_of(ax)["BERT4Rec, 24 epochs"] == pytest.approx(of.tolist())


def test_what_a_budget_reaches_is_a_mean_over_the_seeds():
    rows = [("SASRec", 24, 0.8), ("SASRec", 24, 0.9), ("SASRec", 72, 1.0), ("BERT4Rec", 24, 0.5)]
    chosen = pd.DataFrame(rows, columns=["model", "budget", "next"])
    ax = figures.draw_converge(chosen).axes[0]
    assert lines_of(ax)["SASRec"] == pytest.approx([0.85, 1.0])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["24", "72"]


def test_sweeps_have_a_plot_for_each_setting():
    sweeps = measured("09_sweeps", dtype={"value": str})
    axes = figures.draw_sweeps(sweeps).axes
    titles = [ax.get_title().replace(",\n", ", ") for ax in axes if ax.get_title()]
    assert titles == list(sweeps["setting"].unique())


def test_the_numbers_of_what_is_restored_stand_in_its_cells_without_a_sign_for_zero():
    table = np.array([[0.7, -0.001], [0.0, 0.66]])
    fig = figures.draw_restored({"BERT4Rec": table}, ["click", "gap"])
    assert [text.get_text() for text in fig.axes[0].texts] == ["0.70", "0.00", "0.00", "0.66"]


def test_heads_are_drawn_block_by_block():
    profile = np.arange(12.0).reshape(2, 2, 3)
    axes = figures.draw_heads(profile, [-1, 0, 1]).axes
    assert lines_of(axes[1])["head 2"] == [9, 10, 11]
