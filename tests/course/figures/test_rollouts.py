"""A line for each generator, with its band and its colour."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import same_color

from course.figures import COLOUR_OF, rollout_figure


def test_each_generator_has_a_line_of_its_means_in_its_colour():
    nats = {"the shop": np.array([[1.0, 2.0], [3.0, 2.0]]), "SASRec": np.full((4, 2), 2.5)}
    figure = rollout_figure(nats)
    try:
        (ax,) = figure.axes
        lines = {line.get_label(): line for line in ax.get_lines()}
        assert lines["the shop"].get_ydata().tolist() == [2.0, 2.0]
        assert lines["SASRec"].get_xdata().tolist() == [1, 2]
        assert same_color(lines["SASRec"].get_color(), COLOUR_OF["SASRec"])
        assert same_color(lines["the shop"].get_color(), COLOUR_OF["oracle"])
        assert len(ax.collections) == 2 and ax.get_xlabel() and ax.get_ylabel()
    finally:
        plt.close(figure)
