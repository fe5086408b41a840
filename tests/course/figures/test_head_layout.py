"""The picture of heads: each number once on both sides, tinted by the head that has it."""

import matplotlib.pyplot as plt
import numpy as np

from course.figures import head_layout


def drawn(ax):
    """Numbers of a table, row by row, and the tint of each."""
    return [text.get_text() for text in ax.texts], [box.get_facecolor() for box in ax.patches]


def test_each_table_shows_its_numbers_and_a_number_has_one_tint_on_both_sides():
    batch = np.arange(24).reshape(2, 3, 4)
    heads = batch.reshape(2, 3, 2, 2).swapaxes(1, 2)
    figure = head_layout(batch, heads)
    assert len(figure.axes) == 2 * 3
    tint = {}
    for ax, table in zip(figure.axes, [batch[0], *heads[0], batch[1], *heads[1]], strict=True):
        numbers, tints = drawn(ax)
        assert numbers == [str(number) for number in table.flat]
        for number, its in zip(numbers, tints, strict=True):
            assert tint.setdefault(number, its) == its
    assert len(set(tint.values())) == 2
    plt.close(figure)
