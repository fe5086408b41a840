"""The pictures of chapter 01 draw each click and each frequent step once."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from course.figures import life_figure, missions_figure

CLICKS = pd.DataFrame(
    {
        "type": ["Food", "Bowl", "Food", "Ball", "Mat"],
        "session_id": [0, 0, 1, 1, 2],
        "mission": ["feeding", "feeding", "play", "play", "hygiene"],
        "distraction": [False, False, True, False, False],
        "outcome": [0.0, 0.5, 0.0, 1.0, 0.0],
    },
    index=[7, 8, 9, 20, 21],
)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_each_click_stands_in_the_row_of_its_type_as_step_or_distraction():
    ax = life_figure(CLICKS).axes[0]
    steps, strays, carted = (dots.get_offsets().tolist() for dots in ax.collections[:3])
    assert steps == [[0, 0], [1, 1], [3, 2], [4, 3]] and strays == [[2, 0]]
    assert carted == [[1, 1], [3, 2]]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Food", "Bowl", "Ball", "Mat"]


def test_each_visit_has_its_band_and_the_name_of_its_mission():
    ax = life_figure(CLICKS).axes[0]
    assert [text.get_text() for text in ax.texts] == ["feeding", "play", "hygiene"]
    assert len(ax.patches) == 3


def test_frequent_steps_are_arrows_as_thick_as_their_share_and_rare_ones_are_left_out():
    rows = [("a", 0, 1)] * 90 + [("a", 0, 2)] * 10 + [("a", 2, 0)] * 3 + [("b", 0, 1)]
    rows += [("c", 0, 1)] * 95 + [("c", 0, 2)] * 5
    pairs = pd.DataFrame(rows, columns=["mission", "step", "next_step"])
    names = dict.fromkeys("abcd", ("Food", "Bowl", "Mat"))
    axes = missions_figure(pairs, names).axes
    arrows = [
        [each.arrow_patch for each in ax.texts if getattr(each, "arrow_patch", None)] for ax in axes
    ]
    widths = [[arrow.get_linewidth() / 6 for arrow in of_ax] for of_ax in arrows]
    assert widths == [pytest.approx([0.9, 0.1, 1.0]), [1.0], pytest.approx([0.95]), []]
    assert [ax.get_title() for ax in axes] == list(names)
    forward, back = arrows[0][0].get_facecolor(), arrows[0][2].get_facecolor()
    assert forward != back
