"""The knobs of the world: the picture shows means and spread, a slider measures anew."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from course.figures import WorldKnobs, knobs_figure


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture
def asked():
    return []


@pytest.fixture
def knobs(asked):
    def ladder(order, habit):
        asked.append((order, habit))
        return {"popularity": 0.2, "oracle": 0.5 + order / 10 + habit / 1000}

    return WorldKnobs(ladder, start={"order": 1.0, "habit": 0.5}, most={"order": 4.0, "habit": 2.0})


def test_it_begins_with_the_ladder_of_the_start(knobs, asked):
    assert asked == [(1.0, 0.5)]
    assert ">oracle</th>" in knobs.view.value and "0.60</td>" in knobs.view.value


def test_a_slider_measures_anew_and_start_again_brings_the_world_back(knobs, asked):
    knobs.sliders["order"].value = 3.0
    assert asked[-1] == (3.0, 0.5) and "0.80</td>" in knobs.view.value
    knobs.reset.click()
    assert asked[-1] == (1.0, 0.5) and "0.60</td>" in knobs.view.value


def test_sliders_reach_from_nothing_to_their_end_and_wait_until_they_are_let_go(knobs):
    for knob, most in (("order", 4.0), ("habit", 2.0)):
        slider = knobs.sliders[knob]
        assert (slider.min, slider.max, slider.continuous_update) == (0.0, most, False)


def test_where_widgets_do_not_run_the_table_of_the_start_is_shown(knobs):
    bundle = knobs._repr_mimebundle_()
    assert knobs.view.value in bundle["text/html"] and "run this cell" in bundle["text/plain"]


def test_the_figure_draws_means_over_seeds_and_marks_the_shop_of_the_course():
    table = pd.DataFrame(
        [
            ("order", 0.0, False, "oracle", 0.4),
            ("order", 0.0, False, "oracle", 0.6),
            ("order", 1.1, True, "oracle", 0.7),
            ("order", 1.1, True, "oracle", 0.7),
            ("habit", 0.25, True, "oracle", 0.7),
        ],
        columns=["knob", "value", "is_default", "forecaster", "score"],
    )
    order, habit, legend = knobs_figure(table).axes
    line, default = order.lines
    assert line.get_xydata().tolist() == [[0.0, 0.5], [1.1, 0.7]]
    assert default.get_xdata()[0] == 1.1 and habit.lines[1].get_xdata()[0] == 0.25
    assert (order.get_xlabel(), habit.get_xlabel()) == ("order", "habit")
    told = [text.get_text() for text in legend.get_legend().get_texts()]
    assert told == ["oracle", "the shop of the course"]
