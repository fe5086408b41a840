"""The attention explorer and the attention map: what they show is what the encoder computes."""

import re

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from course.figures import AttentionExplorer, draw_attention
from course.figures.explorer import query_weights, weights_table
from seqrec.models import SequenceEncoder

LABELS = {item: f"Flea & Tick <{item}>" for item in range(1, 7)}
SHELVES = {"Dog": [1, 2, 3], "Cat": [4, 5, 6]}


def encoder(causal=True, max_len=5):
    torch.manual_seed(0)
    return SequenceEncoder(6, max_len, D=8, H=2, n_blocks=2, hidden=8, causal=causal, dropout=0.5)


@pytest.fixture
def explorer():
    return AttentionExplorer(encoder(), LABELS, SHELVES, history=[1, 2, 3])


def shown(explorer):
    """The percentages in the table, a row for each click, a column for each head.

    None where nothing may be seen.
    """
    rows = re.findall(r"<tr[^>]*><th scope=\"row\".*?</tr>", explorer.view.value)
    cells = [re.findall(r"<td.*?>(?:<i.*?</i></i>)?([^<]*)</td>", row) for row in rows]
    return [
        [None if text == "later: hidden" else int(text.rstrip("%")) for text in row]
        for row in cells
    ]


def product(explorer, item):
    return next(
        button for button in explorer.products.children if button.description == LABELS[item]
    )


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("query", [0, 1, 2])
def test_the_weights_are_the_encoders_and_hide_what_comes_later(causal, query):
    network = encoder(causal).eval()
    _, expected = network(torch.tensor([[4, 2, 5]]), need_weights=True)
    for block in range(2):
        rows = query_weights(network, [4, 2, 5], block, query)
        for head, row in enumerate(rows):
            seen = [weight for weight in row if weight is not None]
            assert len(seen) == (query + 1 if causal else 3) and len(row) == 3
            np.testing.assert_allclose(
                seen, expected[block][0, head, query, : len(seen)].tolist(), atol=1e-6
            )


def test_it_starts_with_the_newest_click_as_the_query_and_each_head_sums_to_one_hundred(explorer):
    assert explorer.query.value == explorer.query.max == 3
    assert np.abs(np.sum(shown(explorer), axis=0) - 100).max() <= 2  # three rounded numbers
    assert "▶ 3. Flea &amp; Tick &lt;3&gt;" in re.sub(r"</?span.*?>", "", explorer.view.value)


def test_moving_the_query_hides_the_clicks_after_it(explorer):
    explorer.query.value = 1
    assert shown(explorer) == [[100, 100], [None, None], [None, None]]


def test_another_block_shows_other_weights(explorer):
    before = shown(explorer)
    explorer.block.value = 1
    assert shown(explorer) != before


def test_a_click_on_a_product_of_any_shelf_becomes_the_newest_click(explorer):
    explorer.shelf.value = "Cat"
    product(explorer, 5).click()
    assert explorer.history == [1, 2, 3, 5]
    assert explorer.query.value == explorer.query.max == len(shown(explorer)) == 4


def test_no_more_clicks_are_kept_than_the_encoder_can_read(explorer):
    for item in (1, 2, 3):
        product(explorer, item).click()
    assert explorer.history == [2, 3, 1, 2, 3]


def test_an_empty_history_is_fine_and_can_be_filled_again(explorer):
    explorer.undo.click()
    assert explorer.history == [1, 2]
    explorer.undo.click()
    explorer.undo.click()
    assert explorer.history == [] and explorer.query.disabled and explorer.undo.disabled
    assert "Choose a product" in explorer.view.value
    product(explorer, 2).click()
    assert shown(explorer) == [[100, 100]] and not explorer.query.disabled
    explorer.reset.click()
    assert explorer.history == [1, 2, 3]  # as it began


def test_all_controls_are_ones_that_a_keyboard_can_reach_and_have_a_name(explorer):
    def leaves(widget):
        return (
            [leaf for child in widget.children for leaf in leaves(child)]
            if hasattr(widget, "children")
            else [widget]
        )

    for leaf in leaves(explorer.panel):
        if not isinstance(leaf, widgets.HTML | widgets.Output):
            assert isinstance(leaf, widgets.Button | widgets.ToggleButtons | widgets.IntSlider)
            assert leaf.description


def test_where_no_widgets_run_the_first_table_stands_there(explorer):
    bundle = explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert explorer.view.value in bundle["text/html"] and "Run this cell" in bundle["text/html"]


def test_dropout_is_off_while_looking(explorer):
    before = explorer.view.value
    explorer.block.value, explorer.block.value = 1, 0
    assert explorer.view.value == before


def test_a_table_names_its_rows_and_columns_for_a_screen_reader():
    table = weights_table(["a", "b"], [[0.25, 0.75]], block=0, query=1)
    assert table.count('scope="row"') == 2 and table.count('scope="col"') == 2
    # the bars repeat what the numbers say
    assert "<caption" in table and table.count('aria-hidden="true"') == 2


def test_a_map_has_a_row_for_each_query_a_column_for_each_key_and_white_for_nothing():
    fig, ax = plt.subplots()
    draw_attention(
        ax, [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]], ["a", "b", "c"], queries=["x", "y"], title="a title"
    )
    drawn = ax.images[0].get_array()
    assert drawn.mask.tolist() == [[False, True, True], [False, False, True]]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b", "c"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["x", "y"]
    with pytest.raises(ValueError, match="weights have shape"):
        draw_attention(ax, np.zeros((2, 3)), ["a", "b"])
    plt.close(fig)


@pytest.mark.parametrize(("history", "shelf"), [([1, 4], "Cat"), ([3, 2], "Dog"), ([], "Dog")])
def test_it_opens_on_the_shelf_of_the_newest_click(history, shelf):
    shown = AttentionExplorer(encoder(), LABELS, {"Dog": [1, 2], "Cat": [3, 4]}, history=history)
    assert shown.shelf.value == shelf
