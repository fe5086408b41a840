"""Curves: a point is a mean, a bar a standard deviation, and each line has its name."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from course.figures import draw_curves

LABELS = {"xlabel": "steps", "ylabel": "share", "ylim": (0, 1)}


def table(**more):
    rows = [
        {"shop": shop, "way": way, "steps": steps, "share": 0.1 * place + 0.02 * seed}
        for shop in ("small", "large")
        for place, way in enumerate(("uniform", "popular"), start=1)
        for steps in (40, 400)
        for seed in range(3)
    ]
    return pd.DataFrame(rows).assign(**more)


def curves(of):
    fig = draw_curves(of, panel="shop", line="way", x="steps", y="share", **LABELS)
    plt.close(fig)
    return fig.axes


def names(ax):
    return [text.get_text() for text in ax.texts]


def test_a_point_is_the_mean_over_the_seeds():
    for ax in curves(table()):
        means = [line.get_ydata().tolist() for line in ax.lines if len(line.get_ydata()) == 2]
        assert means[0] == pytest.approx([0.12, 0.12])
        assert [tick.get_text() for tick in ax.get_xticklabels()] == ["40", "400"]


def test_names_stand_in_the_last_panel_if_all_have_the_same_lines():
    first, last = curves(table())
    assert names(first) == [] and set(names(last)) == {"uniform", "popular"}


def test_a_panel_with_other_lines_has_names_of_its_own():
    rows = table()
    rows = rows[(rows["shop"] == "large") | (rows["way"] == "uniform")]
    first, last = curves(rows)
    assert names(first) == ["uniform"] and set(names(last)) == {"uniform", "popular"}


def test_no_name_stands_on_another():
    _, last = curves(table(share=0.5))
    places = sorted(text.get_position()[1] for text in last.texts)
    assert places[1] - places[0] > 0.05


def test_an_empty_table_is_refused():
    with pytest.raises(ValueError, match="no curve"):
        curves(table().iloc[:0])
