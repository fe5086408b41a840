"""The picture of a graph has an arrow for each edge, and a ring for one from a node to itself."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch

from course.figures import draw_graph


def test_every_positive_weight_is_an_arrow_or_a_ring_and_every_node_a_disc():
    fig, ax = plt.subplots()
    draw_graph(ax, ["a", "b", "c"], np.array([[0.5, 0.5, 0], [1, 0, 0], [0, 0, 0]]))
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    assert len(arrows) == 2 and len(ax.patches) == 2 + 1 + 3
    assert [text.get_text() for text in ax.texts if text.get_text()] == ["a", "b", "c"]
    plt.close(fig)


def test_weights_of_another_number_of_nodes_are_refused():
    fig, ax = plt.subplots()
    with pytest.raises(ValueError, match=r"weights have shape \(2, 2\), but there are 3 names"):
        draw_graph(ax, ["a", "b", "c"], np.zeros((2, 2)))
    plt.close(fig)
