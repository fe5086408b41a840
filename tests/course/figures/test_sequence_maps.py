"""The grids of chapter 02 show each id once, where it stands, and each event in its part."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba

from course.figures import padding_figure, splits_figure, windows_figure
from course.figures.sequence_maps import PARTS


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def letters(ax):
    return [
        (text.get_position()[1], text.get_position()[0], int(text.get_text())) for text in ax.texts
    ]


def test_padding_is_empty_and_the_newest_item_of_each_row_is_framed():
    ax = padding_figure([[0, 0, 5], [2, 3, 4], [0, 0, 0]]).axes[0]
    ids = {(row, place): item for row, place, item in letters(ax)}
    assert ids == dict(np.ndenumerate(np.array([[0, 0, 5], [2, 3, 4], [0, 0, 0]])))
    framed = [patch for patch in ax.patches if patch.get_linewidth() == 2]
    assert [patch.get_y() for patch in framed] == pytest.approx([-0.42, 0.58])
    empty = [patch for patch in ax.patches if patch.get_facecolor()[3] == 0]
    assert len(empty) - len(framed) == 5
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["-3", "-2", "-1"]


def test_targets_stand_apart_in_another_colour():
    ax = windows_figure([[0, 7], [7, 8]], [8, 9]).axes[0]
    assert [item for _, _, item in letters(ax)] == [0, 7, 7, 8, 8, 9]
    places = [place for _, place, _ in letters(ax)]
    assert max(places[:4]) == 1 and min(places[4:]) > 2
    colours = {patch.get_facecolor() for patch in ax.patches}
    assert len(colours) == 3


def test_each_event_is_drawn_in_the_colour_of_its_part_under_each_split():
    events = pd.DataFrame({"user": [0, 0, 0, 1, 1], "day": [0, 3, 9, 1, 2]})
    splits = {
        "one": ["train", "valid", "test", "train", "test"],
        "two": ["train", "train", "test", "train", "train"],
    }
    fig = splits_figure(events, splits)
    panels = fig.axes[:2]
    assert [ax.get_title() for ax in panels] == ["one", "two"]
    for ax, parts in zip(panels, splits.values(), strict=True):
        drawn = {}
        for dots, (name, (colour, _, below)) in zip(ax.collections, PARTS.items(), strict=True):
            drawn |= {(day, round(row - below)): name for day, row in dots.get_offsets().tolist()}
            if len(dots.get_offsets()):
                assert tuple(dots.get_facecolor()[0]) == to_rgba(colour)
        expected = zip(events["day"], events["user"], strict=True)
        assert drawn == dict(zip(expected, parts, strict=True))
