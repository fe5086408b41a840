"""A live look into an encoder: click a history together, move the query, read the weights of every
head.

    AttentionExplorer(encoder, labels, shelves, history=[34, 13, 20])      # as the last line of a cell

All controls are buttons and a slider in the page's tab order, so a keyboard will do. (No drop-down
menus: JupyterLab takes their arrow keys and letters for its own commands.) The weights are a table
with numbers, so a screen reader will do. Where widgets don't run, on a page or in a notebook that
is not trusted, the table of the first history stands in their place.

Axis letters: H heads, L clicks of the history.
"""

import html

import ipywidgets as widgets
import torch

from course.figures.style import COLOURS

_BAR = "display:inline-block;vertical-align:middle;height:.8em;margin-right:.4em"
_CELL = "text-align:left;padding:.15em 1.2em .15em 0"


def query_weights(encoder, history, block, query):
    """What click `query` of `history` looks at, in each head of block `block` (both counted from
    0).

    Returns a nested list, H times L floats; None where the encoder is causal and the click comes
    later.
    """
    items = torch.tensor([history])  # (1, L)
    with torch.no_grad():
        _, weights = encoder(items, need_weights=True)
    hidden = query + 1 if encoder.causal else len(history)
    rows = weights[block][0, :, query].tolist()  # (H, L)
    return [row[:hidden] + [None] * (len(history) - hidden) for row in rows]


def weights_table(names, weights, block, query):
    """What `query_weights` gives as an HTML table:

    a row for each click, a column for each head. names: L labels.
    """
    heads = "".join(
        f'<th scope="col" style="{_CELL}">head {h + 1}</th>' for h in range(len(weights))
    )
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
    caption = f"In block {block + 1}, click {query + 1} of {len(names)}, {html.escape(names[query])}, looks at:"
    return (
        f'<table><caption style="text-align:left">{caption}</caption>'
        f'<thead><tr><th scope="col" style="{_CELL}">click</th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _cell(weight, head):
    if weight is None:
        return "later: hidden"
    colour, width = COLOURS[head % len(COLOURS)], 6 * weight
    return f'<span aria-hidden="true" style="{_BAR};width:{width:.2f}em;background:{colour}"></span>{weight:.0%}'


class AttentionExplorer:
    """The controls and the table, shown when it is the last line of a cell.

    encoder: a `SequenceEncoder`; put into eval mode. labels: item id -> name. shelves: shelf ->
    item ids, for choosing.
    history: item ids to begin with, oldest first. It keeps the newest `encoder.max_len`.
    """

    def __init__(self, encoder, labels, shelves, history):
        self.encoder, self.labels, self.shelves = encoder.eval(), labels, shelves
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

    def _fill_shelf(self):
        buttons = []
        for item in self.shelves[self.shelf.value]:
            button = widgets.Button(
                description=self.labels[item], layout=widgets.Layout(width="17em")
            )
            button.on_click(lambda _, item=item: self._set_history([*self.history, item]))
            buttons.append(button)
        self.products.children = buttons

    def _set_history(self, history):
        self.history = [int(item) for item in history][-self.encoder.max_len :]
        self.query.disabled = self.remove.disabled = self.clear.disabled = not self.history
        self.query.max = self.query.value = max(len(self.history), 1)  # the newest click asks first
        self._draw()

    def _draw(self):
        if not self.history:
            self.view.value = "<p>No click yet: choose a product above.</p>"
            return
        place = (
            min(self.query.value, len(self.history)) - 1
        )  # for a moment, the slider may know an older length
        weights = query_weights(self.encoder, self.history, self.block.value, place)
        names = [self.labels[item] for item in self.history]
        self.view.value = weights_table(names, weights, self.block.value, place)

    def _repr_mimebundle_(self, **options):
        bundle = self.panel._repr_mimebundle_(**options)
        alone = (
            self.view.value
            + "<p>(Run this cell to change the history, the query and the block.)</p>"
        )
        return {
            **bundle,
            "text/html": alone,
            "text/plain": "The attention explorer: run this cell to use it.",
        }
