"""A live look into an encoder: choose a history and a query, read the weights of every head.

    # as the last line of a cell
    AttentionExplorer(encoder, labels, shelves, history=[34, 13, 20])

All controls are buttons and a slider in the page's tab order, so a keyboard will do. (No drop-down
menus: JupyterLab takes their arrow keys and letters for its own commands.) The weights are a table
with numbers, so a screen reader will do; it stands above the products, where a click is seen to
change it. Where widgets don't run, on a page or in a notebook that is not trusted, the table of the
first history stands in their place. Words, signs and look are those of *Play as Anna*.

Axis letters: H heads, L clicks of the history.
"""

import html
from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets as widgets
import torch

from course.figures.colours import COLOURS
from course.figures.panel import panel, product_button, product_name, stripe, trail

_STYLE = """
.explorer{margin:4px 10px 8px 0}
.explorer table{max-width:900px}
.explorer caption{text-align:left;font-weight:600;padding:6px 0 4px;color:inherit}
.explorer th:first-child{width:34%}
.explorer .explorer-asks{font-weight:600}
.explorer-shelf .jupyter-button{padding:0 6px}
"""


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
    heads = "".join(f'<th scope="col">head {number}</th>' for number in numbers)
    rows = []
    for place, name in enumerate(names):
        sign, kind = ("▶ ", "explorer-asks") if place == query else ("", "")
        cells = "".join(_cell(row[place], h) for h, row in enumerate(weights))
        rows.append(
            f'<tr class="{kind}"><th scope="row">{sign}{place + 1}. {product_name(name)}</th>'
            f"{cells}</tr>"
        )
    asking = f"click {query + 1} of {len(names)}, {html.escape(names[query])}"
    caption = f"In block {block + 1}, {asking}, looks at:"
    return (
        f"<table><caption>{caption}</caption>"
        f'<thead><tr><th scope="col">click</th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _cell(weight: float | None, head: int) -> str:
    if weight is None:
        return "<td>later: hidden</td>"
    colour = COLOURS[head % len(COLOURS)]
    return f'<td style="--c:{colour}">{stripe(weight)}{weight:.0%}</td>'


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
        self.first = list(history)
        self.shelf = widgets.ToggleButtons(
            options=list(shelves),
            value=_shelf_of(self.history, shelves),
            description="Shelf",
            style={"button_width": "auto"},
        )
        self.shelf.add_class("explorer-shelf")
        self.products = widgets.Box()
        self.products.add_class("panel-shop")
        self.undo = widgets.Button(
            description="Undo", icon="undo", tooltip="Take back the newest click"
        )
        self.reset = widgets.Button(
            description="Start again", icon="refresh", tooltip="The history as it began"
        )
        self.block = widgets.ToggleButtons(
            options=[(f"block {n + 1}", n) for n in range(len(encoder.blocks))],
            description="Weights of",
            style={"button_width": "auto"},
        )
        self.query = widgets.IntSlider(min=1, max=1, description="Query: click")
        self.view = widgets.HTML(layout=widgets.Layout(width="100%"))
        asked = widgets.Box([self.block, self.query])
        chosen = widgets.Box([self.shelf, widgets.HBox([self.undo, self.reset])])
        for line in (asked, chosen):
            line.add_class("panel-controls")
        wide = widgets.VBox([self.products])
        wide.add_class("panel-shelves")
        self.panel = panel([asked, self.view, chosen, wide], style=_STYLE)
        self.shelf.observe(lambda _: self._fill_shelf(), "value")
        self.undo.on_click(lambda _: self._set_history(self.history[:-1]))
        self.reset.on_click(lambda _: self._set_history(self.first))
        self.block.observe(lambda _: self._draw(), "value")
        self.query.observe(lambda _: self._draw(), "value")
        self._fill_shelf()
        self._set_history(self.history)

    def _fill_shelf(self) -> None:
        buttons = []
        for item in self.shelves[self.shelf.value]:
            button = product_button(self.labels[item])
            button.on_click(lambda _, item=item: self._set_history([*self.history, item]))
            buttons.append(button)
        self.products.children = buttons

    def _set_history(self, history: Sequence[int]) -> None:
        self.history = [int(item) for item in history][-self.encoder.max_len :]
        self.query.disabled = self.undo.disabled = not self.history
        self.query.max = self.query.value = max(len(self.history), 1)  # the newest click asks first
        self._draw()

    def _draw(self) -> None:
        if not self.history:
            self.view.value = _page("<p>No click yet. Choose a product.</p>")
            return
        # for a moment, the slider may know an older length
        place = min(self.query.value, len(self.history)) - 1
        weights = query_weights(self.encoder, self.history, self.block.value, place)
        names = [self.labels[item] for item in self.history]
        table = weights_table(names, weights, self.block.value, place)
        self.view.value = _page(trail(names) + table)

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        bundle = self.panel._repr_mimebundle_(**options)
        cure = "<p>(Run this cell to change the history, the query and the block.)</p>"
        return {
            **bundle,
            "text/html": self.view.value + cure,
            "text/plain": "The attention explorer: run this cell to use it.",
        }


def _shelf_of(history: Sequence[int], shelves: Mapping[str, Sequence[int]]) -> str:
    """Where the newest click is from; the first shelf if it is from none."""
    newest = history[-1] if history else None
    return next((name for name, items in shelves.items() if newest in items), next(iter(shelves)))


def _page(body: str) -> str:
    return f'<div class="panel explorer">{body}</div>'
