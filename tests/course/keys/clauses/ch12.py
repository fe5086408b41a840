"""What breaks each sentence of chapter 12's stubs. See `table`."""

import torch

from seqrec.models.lightgcn import propagate
from seqrec.models.session_graph import (
    GatedGraphLayer,
    SessionReadout,
    distinct_items,
    normalised_adjacency,
)


def _dense_only(graph, x, n_layers):
    layers = [x]
    for _ in range(n_layers):
        layers.append((graph[:, :, None] * layers[-1][None]).sum(dim=1))
    return torch.stack(layers)


def _sparse_only(graph, x, n_layers):
    return propagate(graph.coalesce(), x, n_layers)


def _one_layer_at_least(graph, x, n_layers):
    return propagate(graph, x, max(n_layers, 1))


def _needs_two_histories(items):
    nodes, alias = distinct_items(items)
    return nodes.squeeze(0), alias.squeeze(0)


def _needs_two_clicks(items):
    nodes, alias = distinct_items(items)
    return nodes, alias if items.shape[1] > 1 else items


def _nodes_as_32_bits(items):
    nodes, alias = distinct_items(items)
    return nodes.int(), alias


def _one_column_more(items):
    nodes, alias = distinct_items(items)
    return torch.nn.functional.pad(nodes, (0, 1)), alias


def _whole_numbers(alias, is_click, n):
    return tuple(table.long() for table in normalised_adjacency(alias, is_click, n))


def _n_from_alias(alias, is_click, n):
    """n not read: a node that only a longer history has is no row."""
    return normalised_adjacency(alias, is_click, int(alias[:1].max()) + 1)


class _OtherGates(GatedGraphLayer):
    """U_z and U_r taken from every second number in turn."""

    def forward(self, v, incoming, outgoing):
        gates = self.gates
        places = torch.arange(2 * v.shape[-1]).view(-1, 2).T.flatten()
        self.gates = lambda v: gates(v)[..., places]
        return super().forward(v, incoming, outgoing)


class _FlatReadout(SessionReadout):
    def forward(self, v, visits, newest):
        return super().forward(v, visits, newest).squeeze(0)


CLAUSES = {
    "12.1": {
        "The layers of LightGCN: x, A x, A (A x) ...": (
            "always from x",
            "squares the graph",
            "a ReLU",
        ),
        "graph: sparse or dense (M, M).": (_dense_only, _sparse_only, "transposed"),
        "x: (M, D), a vector per node.": ("rows normalised", "detached"),
        "n_layers: how many propagations, 0 or more.": (
            "one propagation too many",
            "always three",
            _one_layer_at_least,
        ),
        "Returns all layers, the first is x itself: (n_layers + 1, M, D).": (
            "the mean of the layers",
            "without x itself",
            "stacked along axis 1",
        ),
    },
    "12.2": {
        "The nodes of each history, and which of them each click is.": (
            "one set for the batch",
            "exchanged",
        ),
        "items: (B, L) long, padded on the left with 0, B and L of 1 or more.": (
            _needs_two_histories,
            _needs_two_clicks,
            "padding as a node",
        ),
        "Returns nodes (B, n) long: each row's distinct items, ascending, then zeros.": (
            "in the order of clicks",
            "zeros on the left",
            "the last node repeated",
            _nodes_as_32_bits,
        ),
        "n: the most that a row has, at least 1.": (
            "as wide as the history",
            "no column for empty histories",
            _one_column_more,
        ),
        "alias (B, L) long: nodes[b, alias[b, t]] == items[b, t] for every click.": (
            "alias from 1",
            "alias in sorted order",
            "the item for the alias",
        ),
        "What it holds at padding is up to you, but it must lie in 0..n - 1.": (
            "no column at padding",
        ),
    },
    "12.3": {
        "Who hears whom in each graph, and how loudly.": (
            "one graph for the batch",
            "counts",
            "without direction",
        ),
        "alias: (B, L) long, the node of each click.": ("every step once", "two apart"),
        "is_click: (B, L) bool, False is padding, on the left.": (
            "padding counted",
            "the mask turned round",
        ),
        "n: number of nodes.": _n_from_alias,
        "Returns incoming and outgoing, (B, n, n) float each.": (
            "the two swapped",
            "incoming not transposed",
            _whole_numbers,
        ),
        "A step from padding to the first click is no step.": "steps out of padding",
    },
    "12.4": {
        "One round of propagation along the edges, and a gated update of every node.": (
            "nobody heard",
            "no gate, the new alone",
        ),
        "v: (B, n, D).": ("the new without the old", "v once more"),
        "incoming, outgoing: (B, n, n).": ("incoming twice", "the sides turned", "transposed"),
        "Returns the new v, (B, n, D).": ("the old alone", "z u alone"),
        "self.heard(a) is (B, n, 3 D)": ("W_z and W_r exchanged", "W_r and W_o exchanged"),
        "Likewise self.gates(v).": ("U_z and U_r exchanged", _OtherGates),
    },
    "12.5": {
        "One vector per graph.": ("all graphs in one sum", "the sum alone"),
        "v: (B, n, D).": ("sums W_2 v", "alpha without the node"),
        "visits: (B, n), clicks of each node, 0 where there is none.": (
            "each node once",
            "empty nodes too",
            "visits squared",
        ),
        "newest: (B,) long, a column.": ("the last column", "one column before"),
        "-> (B, D)": (_FlatReadout, "without W_3"),
    },
}
