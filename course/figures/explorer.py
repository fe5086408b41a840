"""A live look into an encoder: choose a history and a query, read the weights of every head.

    # as the last line of a cell
    AttentionExplorer(encoder, labels, shelves, history=[34, 13, 20])

All controls are buttons and a slider in the page's tab order, so a keyboard will do. (No drop-down
menus: JupyterLab takes their arrow keys and letters for its own commands.) The weights are a table
with numbers, so a screen reader will do. Where widgets don't run, on a page or in a notebook that
is not trusted, the table of the first history stands in their place.

Axis letters: H heads, L clicks of the history.
"""

import html
from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets as widgets
import torch

from course.figures.style import COLOURS

_BAR = "display:inline-block;vertical-align:middle;height:.8em;margin-right:.4em"
_CELL = "text-align:left;padding:.15em 1.2em .15em 0"


def query_weights(
    encoder: torch.nn.Module, history: Sequence[int], block: int, query: int
) -> list[list[float | None]]:
    """What one click of a history looks at, in each head of one block.

    encoder: a `SequenceEncoder`.
    history: L item ids, oldest first.
    block:   number of the block, from 0.
    query:   number of the click that asks, from 0.

    Returns a nested list, H times L floats; None where the encoder is causal and the click comes
    later.
    """
    items = torch.tensor([history])  # (1, L)
    with torch.no_grad():
        _, weights = encoder(items, need_weights=True)
    hidden = query + 1 if encoder.causal else len(history)
    rows = weights[block][0, :, query].tolist()  # (H, L)
    return [row[:hidden] + [None] * (len(history) - hidden) for row in rows]


def weights_table(
    names: Sequence[str], weights: Sequence[Sequence[float | None]], block: int, query: int
) -> str:
    """What `query_weights` gives as an HTML table: a row for each click, a column for each head.

    names:   L labels, oldest first.
    weights: H times L, as `query_weights` gives them.
    block:   number of the block, from 0.
    query:   number of the click that asks, from 0.
    """
    numbers = range(1, len(weights) + 1)
    heads = "".join(f'<th scope="col" style="{_CELL}">head {number}</th>' for number in numbers)
    rows = []
    for place, name in enumerate(names):
        sign = "▶ " if place == query else ""
        cells = "".join(
            f'<td style="{_CELL}">{_cell(row[place], h)}</td>' for h, row in enumerate(weights)
        )
        rows.append(
            f'<tr><th scope="row" style="{_CELL}">{sign}{place + 1}. '
            f"{html.escape(name)}</th>{cells}</tr>"
        )
    asking = f"click {query + 1} of {len(names)}, {html.escape(names[query])}"
    caption = f"In block {block + 1}, {asking}, looks at:"
    return (
        f'<table><caption style="text-align:left">{caption}</caption>'
        f'<thead><tr><th scope="col" style="{_CELL}">click</th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _cell(weight: float | None, head: int) -> str:
    if weight is None:
        return "later: hidden"
    style = f"{_BAR};width:{6 * weight:.2f}em;background:{COLOURS[head % len(COLOURS)]}"
    return f'<span aria-hidden="true" style="{style}"></span>{weight:.0%}'


class AttentionExplorer:
    """The controls and the table, shown when it is the last line of a cell.

    encoder: a `SequenceEncoder`; put into eval mode.
    labels:  item id -> name.
    shelves: shelf -> item ids, for choosing.
    history: item ids to begin with, oldest first. It keeps the newest `encoder.max_len`.
    """

    def __init__(
        self,
        encoder: torch.nn.Module,
        labels: Mapping[int, str],
        shelves: Mapping[str, Sequence[int]],
        history: Sequence[int],
    ) -> None:
        self.encoder = encoder.eval()
        self.labels = labels
        self.shelves = shelves
        self.history = list(history)
        self.shelf = widgets.ToggleButtons(options=list(shelves), description="Shelf")
        self.products = widgets.Box(layout=widgets.Layout(flex_flow="row wrap"))
        self.remove = widgets.Button(
            description="Remove the newest", icon="undo", layout=widgets.Layout(width="13em")
        )
        self.clear = widgets.Button(description="Start again", icon="trash")
        self.block = widgets.ToggleButtons(
            options=[(f"block {n + 1}", n) for n in range(len(encoder.blocks))],
            description="Weights of",
        )
        self.query = widgets.IntSlider(min=1, max=1, description="Query: click")
        self.view = widgets.HTML()
        self.panel = widgets.VBox(
            [
                self.shelf,
                self.products,
                widgets.HBox([self.remove, self.clear]),
                self.block,
                self.query,
                self.view,
            ]
        )
        self.shelf.observe(lambda _: self._fill_shelf(), "value")
        self.remove.on_click(lambda _: self._set_history(self.history[:-1]))
        self.clear.on_click(lambda _: self._set_history([]))
        self.block.observe(lambda _: self._draw(), "value")
        self.query.observe(lambda _: self._draw(), "value")
        self._fill_shelf()
        self._set_history(self.history)

    def _fill_shelf(self) -> None:
        buttons = []
        for item in self.shelves[self.shelf.value]:
            layout = widgets.Layout(width="17em")
            button = widgets.Button(description=self.labels[item], layout=layout)
            button.on_click(lambda _, item=item: self._set_history([*self.history, item]))
            buttons.append(button)
        self.products.children = buttons

    def _set_history(self, history: Sequence[int]) -> None:
        self.history = [int(item) for item in history][-self.encoder.max_len :]
        self.query.disabled = self.remove.disabled = self.clear.disabled = not self.history
        self.query.max = self.query.value = max(len(self.history), 1)  # the newest click asks first
        self._draw()

    def _draw(self) -> None:
        if not self.history:
            self.view.value = "<p>No click yet: choose a product above.</p>"
            return
        # for a moment, the slider may know an older length
        place = min(self.query.value, len(self.history)) - 1
        weights = query_weights(self.encoder, self.history, self.block.value, place)
        names = [self.labels[item] for item in self.history]
        self.view.value = weights_table(names, weights, self.block.value, place)

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        bundle = self.panel._repr_mimebundle_(**options)
        cure = "<p>(Run this cell to change the history, the query and the block.)</p>"
        return {
            **bundle,
            "text/html": self.view.value + cure,
            "text/plain": "The attention explorer: run this cell to use it.",
        }
