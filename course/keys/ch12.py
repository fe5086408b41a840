"""Answer key of chapter 12."""

import numpy as np
import torch
from torch import nn

from course.coach import (
    Choice,
    EquivalentMutant,
    Exercise,
    GuessChoice,
    GuessNumber,
    GuessOrder,
    Misconception,
    ModuleProbe,
    Probe,
    Quiz,
)
from seqrec.models import normalised_graph
from seqrec.models.lightgcn import propagate
from seqrec.models.session_graph import (
    GatedGraphLayer,
    SessionReadout,
    distinct_items,
    normalised_adjacency,
)


def _sequences(rng, lengths, L, n_items):
    """Left-padded histories of the given lengths. (B, L) long."""
    items = torch.from_numpy(rng.integers(1, n_items + 1, (len(lengths), L)))
    return items * (torch.arange(L) >= L - torch.tensor(lengths)[:, None])


# --- 12.1 Propagation -----------------------------------------------------------------------------


def _on_a_sparse_graph(answer, edges, x, n_layers):
    return answer(normalised_graph(edges, len(x)), x, n_layers)


def _propagate_probes(rng):
    def numbers(*shape):
        return torch.from_numpy(rng.normal(size=shape)).float()

    def graph(M):
        """Weights as those of clicks: none below 0. Rows don't sum to 1."""
        return torch.from_numpy(rng.uniform(0.05, 0.6, (M, M))).float()

    yield Probe(
        (torch.tensor([[0.0, 1.0], [1.0, 0.0]]), torch.tensor([[1.0], [2.0]]), 1),
        label="two nodes, one layer",
    )
    yield Probe((numbers(3, 3), numbers(3, 2), 0), label="no propagation", edge=True)
    yield Probe((graph(4), numbers(4, 3), 3), label="three propagations, not symmetric")
    for n_layers in (2, 2, 3, 4):
        M = int(rng.integers(4, 7))
        yield Probe((graph(M), numbers(M, 3), n_layers), label="a random graph")
    yield Probe((graph(3), numbers(3, 3), 2), label="as many nodes as numbers in a vector")
    yield Probe((graph(4), numbers(4, 3), 2), label="to be trained", gradients=True)
    edges = torch.from_numpy(rng.integers(0, 5, (2, 9)))
    yield Probe((edges, numbers(5, 2), 2), label="a sparse graph", call=_on_a_sparse_graph)


def _mean_of_layers(graph, x, n_layers):
    return propagate(graph, x, n_layers).mean(dim=0)


def _without_own(graph, x, n_layers):
    return propagate(graph, x, n_layers)[1:]


def _last_only(graph, x, n_layers):
    return propagate(graph, x, n_layers)[-1]


def _one_step_each(graph, x, n_layers):
    return torch.stack([x] + [graph @ x] * n_layers)


def _heard_by(graph, x, n_layers):
    return propagate(graph.to_dense().T, x, n_layers)


def _with_self_loops(graph, x, n_layers):
    layers = [x]
    for _ in range(n_layers):
        layers.append(layers[-1] + graph @ layers[-1])
    return torch.stack(layers)


def _one_too_many(graph, x, n_layers):
    return propagate(graph, x, n_layers + 1)


def _one_too_few(graph, x, n_layers):
    return propagate(graph, x, max(n_layers - 1, 0))


def _all_from_the_first_step_on(graph, x, n_layers):
    return propagate(graph, x, n_layers + 1)[1:]


def _joined(graph, x, n_layers):
    return torch.cat(list(propagate(graph, x, n_layers)))


def _joined_side_by_side(graph, x, n_layers):
    return torch.cat(list(propagate(graph, x, n_layers)), dim=1)


def _stacked_second(graph, x, n_layers):
    return propagate(graph, x, n_layers).transpose(0, 1)


def _stacked_last(graph, x, n_layers):
    return propagate(graph, x, n_layers).permute(1, 2, 0)


def _rows_normalised(graph, x, n_layers):
    dense = graph.to_dense()
    return propagate(dense / dense.sum(dim=1, keepdim=True).clamp(min=1e-9), x, n_layers)


def _roots_again(graph, x, n_layers):
    dense = graph.to_dense()
    root = dense.sum(dim=1).clamp(min=1e-9) ** -0.5
    return propagate(root[:, None] * dense * root, x, n_layers)


def _sum_of_layers(graph, x, n_layers):
    return propagate(graph, x, n_layers).sum(dim=0)


def _activated(activation):
    def answer(graph, x, n_layers):
        layers = [x]
        for _ in range(n_layers):
            layers.append(activation(graph @ layers[-1]))
        return torch.stack(layers)

    return answer


def _unit_length(layer):
    return nn.functional.normalize(layer, dim=-1)


def _newest_first(graph, x, n_layers):
    return propagate(graph, x, n_layers).flip(0)


def _from_the_right(graph, x, n_layers):
    layers = [x]
    for _ in range(n_layers):
        layers.append(layers[-1] @ graph)
    return torch.stack(layers)


def _entry_by_entry(graph, x, n_layers):
    layers = [x]
    for _ in range(n_layers):
        layers.append(graph.to_dense() * layers[-1])
    return torch.stack(layers)


def _squares_the_graph(graph, x, n_layers):
    layers = [x]
    dense = graph.to_dense()
    for _ in range(n_layers):
        layers.append(dense @ layers[-1])
        dense = dense @ dense
    return torch.stack(layers)


def _x_in_every_step(graph, x, n_layers):
    layers = [x]
    for _ in range(n_layers):
        layers.append(x + graph @ layers[-1])
    return torch.stack(layers)


def _hears_all_before(graph, x, n_layers):
    layers = [x]
    for _ in range(n_layers):
        layers.append(graph @ torch.stack(layers).sum(dim=0))
    return torch.stack(layers)


def _divided_by_layers(graph, x, n_layers):
    return propagate(graph, x, n_layers) / (n_layers + 1)


def _later_weigh_less(graph, x, n_layers):
    layers = propagate(graph, x, n_layers)
    return layers / torch.arange(1, n_layers + 2)[:, None, None]


def _always_one(graph, x, n_layers):
    return propagate(graph, x, 1)


def _always_three(graph, x, n_layers):
    return propagate(graph, x, 3)


def _detached_layers(graph, x, n_layers):
    return propagate(graph, x.detach(), n_layers)


_PROPAGATE = Exercise(
    id="12.1",
    title="Propagation",
    minutes=5,
    reference=propagate,
    probes=_propagate_probes,
    hints=(
        "Each layer is the graph times the layer before. Keep all of them.",
        "Start with `layers = [x]` and append `graph @ layers[-1]`.",
        "`for _ in range(n_layers): layers.append(graph @ layers[-1])`, then "
        "`torch.stack(layers)`.",
    ),
    built="You have built LightGCN's only step. The class in the next cells takes the mean of "
    "these layers as its vectors, and the chapter trains it with and without temporal "
    "edges.",
    misconceptions=(
        Misconception(
            name="the mean of the layers",
            wrong=_mean_of_layers,
            says="You return the mean of the layers. The model takes it later, and needs the "
            "single ones too: stack them.",
        ),
        Misconception(
            name="without x itself",
            wrong=_without_own,
            says="Your first layer is A x. The first is x itself: what a node knows before it has "
            "heard anybody.",
        ),
        Misconception(
            name="the last layer alone",
            wrong=_last_only,
            says="You return the last layer alone, as most graph networks do. LightGCN uses all of "
            "them.",
        ),
        Misconception(
            name="always from x",
            wrong=_one_step_each,
            says="You multiply x itself each time, so all your layers after the first are A x. Go "
            "on from the layer before.",
        ),
        Misconception(
            name="transposed",
            wrong=_heard_by,
            says="You sum over those who hear a node instead of those whom it hears: row i of the "
            "graph is what node i hears, so the graph comes first, `graph @ x`.",
        ),
        Misconception(
            name="one propagation too many",
            wrong=_one_too_many,
            says="You propagate once too often: with x itself that makes n_layers + 2 layers. "
            "`range(n_layers)`: n_layers propagations, n_layers + 1 layers.",
        ),
        Misconception(
            name="one propagation too few",
            wrong=_one_too_few,
            says="You propagate once too few: x counts as layer 0, beside n_layers propagations. "
            "`range(n_layers)`, so that there are n_layers + 1 layers.",
        ),
        Misconception(
            name="begins with A x",
            wrong=_all_from_the_first_step_on,
            says="Your layers begin with A x and go one propagation too far. The first layer is "
            "x itself, without any propagation.",
        ),
        Misconception(
            name="below each other",
            wrong=_joined,
            says="You put the layers below each other with `cat`, and get a table of (n_layers + "
            "1) M rows. `torch.stack` gives them a new axis, the first: (n_layers + 1, M, "
            "D).",
        ),
        Misconception(
            name="side by side",
            wrong=_joined_side_by_side,
            says="You put the layers side by side with `cat`, as wider vectors. `torch.stack` "
            "gives them a new axis, the first: (n_layers + 1, M, D).",
        ),
        Misconception(
            name="stacked along axis 1",
            wrong=_stacked_second,
            says="You stack the layers along the second axis, (M, n_layers + 1, D). The layers "
            "are the first axis, dim=0: (n_layers + 1, M, D).",
        ),
        Misconception(
            name="stacked along the last axis",
            wrong=_stacked_last,
            says="You stack the layers along the last axis, (M, D, n_layers + 1). The layers are "
            "the first axis, dim=0: (n_layers + 1, M, D).",
        ),
        Misconception(
            name="rows normalised",
            wrong=_rows_normalised,
            says="You normalise the graph: its rows are divided by their sums, so each node "
            "takes a mean. The weights of the graph are what they should be already: "
            "multiply as it is.",
        ),
        Misconception(
            name="roots of the degrees again",
            wrong=_roots_again,
            says="You normalise the graph a second time, with the roots of its row sums "
            "(degrees). `graph` is normalised already: multiply as it is.",
        ),
        Misconception(
            name="the sum of the layers",
            wrong=_sum_of_layers,
            says="You add the layers up to one table. Return all of them, stacked: the mean is "
            "taken later.",
        ),
        Misconception(
            name="a ReLU",
            wrong=_activated(torch.relu),
            says="You apply a ReLU (an activation) after each propagation, so negative numbers "
            "are lost. LightGCN has no activation: it is the product alone.",
        ),
        Misconception(
            name="a tanh",
            wrong=_activated(torch.tanh),
            says="You apply a tanh (an activation) after each propagation. LightGCN has no "
            "activation: it is the product alone.",
        ),
        Misconception(
            name="a sigmoid",
            wrong=_activated(torch.sigmoid),
            says="You apply a sigmoid (an activation) after each propagation. LightGCN has no "
            "activation: it is the product alone.",
        ),
        Misconception(
            name="a softmax",
            wrong=_activated(lambda layer: layer.softmax(dim=-1)),
            says="You apply a softmax after each propagation. LightGCN neither has an activation "
            "nor normalises its layers: it is the product alone.",
        ),
        Misconception(
            name="unit length",
            wrong=_activated(_unit_length),
            says="You normalise each layer's vectors to length 1. LightGCN does not: their "
            "lengths say how much a node hears.",
        ),
        Misconception(
            name="in reverse order",
            wrong=_newest_first,
            says="Your layers stand in reverse order, the last propagation first. x comes first, "
            "then A x, and so on.",
        ),
        Misconception(
            name="the graph from the right",
            wrong=_from_the_right,
            says="You multiply the graph from the right, `x @ graph`. Row i of the graph is what "
            "node i hears, so the graph comes first: `graph @ x`.",
        ),
        Misconception(
            name="entry by entry",
            wrong=_entry_by_entry,
            says="You multiply entry by entry with `*`. Hearing the neighbours is a matrix "
            "product, `graph @ x`: a weighted sum of their vectors.",
        ),
        Misconception(
            name="squares the graph",
            wrong=_squares_the_graph,
            says="You multiply the graph by itself *and* apply it to the layer before, so steps "
            "are taken more than once. One factor A for each layer: A x, A (A x), ...",
        ),
        Misconception(
            name="adds the layers up",
            wrong=_x_in_every_step,
            says="Each of your layers holds all earlier ones too, or x again (x + A x + ...: a "
            "running sum, as with a residual connection). Each layer is A times the one "
            "before and nothing else.",
        ),
        Misconception(
            name="hears all layers before",
            wrong=_hears_all_before,
            says="You propagate the sum of all layers so far. Only the layer before is "
            "propagated: `graph @ layers[-1]`.",
        ),
        Misconception(
            name="divided by their number",
            wrong=_divided_by_layers,
            says="You divide the layers by their number, n_layers + 1. The mean is taken later; "
            "here they are returned as they are.",
        ),
        Misconception(
            name="later layers weigh less",
            wrong=_later_weigh_less,
            says="You scale layer k down by 1 / (k + 1). The layers are not weighted here: A x, "
            "A (A x) as they are.",
        ),
        Misconception(
            name="always one",
            wrong=_always_one,
            says="You propagate once, whatever `n_layers` is: the argument is never read. Repeat "
            "it `n_layers` times.",
        ),
        Misconception(
            name="always three",
            wrong=_always_three,
            says="You propagate three times, whatever `n_layers` is: the argument is never read. "
            "Repeat it `n_layers` times.",
        ),
        Misconception(
            name="detached",
            wrong=_detached_layers,
            says="Your numbers are right, but no gradient reaches x: it was detached on the way. "
            "LightGCN learns nothing but x: compute with tensors that keep their graph.",
        ),
        Misconception(
            name="keeps itself in every step",
            wrong=_with_self_loops,
            says="You add the layer before to each layer. In LightGCN a node does not hear itself; "
            "its own vector comes in by the mean over layers.",
        ),
    ),
)

# --- 12.2 Nodes -----------------------------------------------------------------------------------


def _nodes_and_alias(answer, items):
    """nodes, and alias where there are clicks; at padding, only whether it is a column at all."""
    nodes, alias = answer(items)
    if alias.shape != items.shape or nodes.ndim != 2:
        return {"nodes": nodes, "alias": alias}
    at_padding = alias[items == 0]
    inside = bool(((at_padding >= 0) & (at_padding < nodes.shape[1])).all())
    return {
        "nodes": nodes,
        "alias of the clicks": alias[items != 0],
        "alias in range at padding": inside,
    }


def _node_probes(rng):
    def probe(items, label, **how):
        return Probe((items,), label=label, call=_nodes_and_alias, **how)

    def histories(B, L, n_items):
        """Of random lengths from 2 on, with repeated clicks."""
        return _sequences(rng, rng.integers(2, L + 1, B).tolist(), L, n_items)

    yield probe(torch.tensor([[5, 3]]), "two products")
    yield probe(torch.tensor([[4, 4, 4]]), "one product three times")
    yield probe(torch.tensor([[2, 7, 2, 1]]), "a product that comes back")
    yield probe(torch.tensor([[0, 0, 9], [8, 6, 8]]), "a short history beside a longer one")
    yield probe(torch.tensor([[0, 2, 1], [5, 5, 5]]), "the padded history has more nodes")
    yield probe(torch.zeros(2, 3, dtype=torch.long), "nothing but padding", edge=True)
    yield probe(torch.tensor([[3]]), "a single click", edge=True)
    yield probe(torch.tensor([[0, 0, 0], [0, 4, 2]]), "an empty history beside another", edge=True)
    for B, L, n_items in ((3, 7, 9), (4, 8, 6), (5, 6, 30), (3, 9, 7), (6, 8, 5), (2, 7, 20)):
        yield probe(histories(B, L, n_items), "random histories")
    yield probe(histories(60, 20, 50), "sixty histories")


def _by_first_click(items):
    """Nodes in the order of their first click."""
    n = distinct_items(items)[0].shape[1]
    nodes, alias = items.new_zeros(len(items), n), torch.zeros_like(items)
    for b, row in enumerate(items.tolist()):
        seen = list(dict.fromkeys(item for item in row if item))
        nodes[b, : len(seen)] = torch.tensor(seen, dtype=torch.long)
        alias[b] = torch.tensor([seen.index(item) if item else 0 for item in row])
    return nodes, alias


def _nodes_of_the_batch(items):
    nodes, alias = items.unique(return_inverse=True)
    return nodes.expand(len(items), -1), alias


def _padding_is_a_node(items):
    rows = [row.unique() for row in items]
    nodes = torch.stack(
        [torch.cat([row, row.new_zeros(max(map(len, rows)) - len(row))]) for row in rows]
    )
    alias = torch.stack([torch.searchsorted(row, of) for row, of in zip(rows, items, strict=True)])
    return nodes, alias


def _node_per_click(items):
    return items, torch.arange(items.shape[1], device=items.device).expand_as(items)


def _nodes_left(items):
    nodes, alias = distinct_items(items)
    missing = (nodes == 0).sum(dim=1, keepdim=True)
    columns = (torch.arange(nodes.shape[1], device=items.device) - missing) % nodes.shape[1]
    return nodes.gather(1, columns), alias + missing.clamp(max=nodes.shape[1] - 1) * (items != 0)


def _as_wide_as_the_history(items):
    nodes, alias = distinct_items(items)
    return nn.functional.pad(nodes, (0, items.shape[1] - nodes.shape[1])), alias


def _of_the_batch(items):
    every = items[items != 0].unique() if items.any() else items.new_zeros(1)
    return every.expand(len(items), -1), torch.searchsorted(every, items).clamp(max=len(every) - 1)


def _rows_to_tables(items, nodes_of, alias_of, width=None):
    """Tables of what is made of each row. nodes_of, alias_of: of a list of items with padding."""
    rows = items.tolist()
    nodes = [nodes_of(row) for row in rows]
    n = max(1, max(map(len, nodes))) if width is None else width
    table = items.new_zeros(len(rows), n)
    for b, found in enumerate(nodes):
        table[b, : len(found)] = torch.tensor(found[:n], dtype=torch.long)
    return table, torch.tensor(
        [alias_of(row, found) for row, found in zip(rows, nodes, strict=True)]
    )


def _place(row, found):
    return [found.index(item) if item in found else 0 for item in row]


def _descending(items):
    return _rows_to_tables(items, lambda row: sorted(set(row) - {0}, reverse=True), _place)


def _by_last_click(items):
    return _rows_to_tables(
        items, lambda row: list(dict.fromkeys(item for item in row[::-1] if item))[::-1], _place
    )


def _newest_click_first(items):
    return _rows_to_tables(
        items, lambda row: list(dict.fromkeys(item for item in row[::-1] if item)), _place
    )


def _by_visits(items):
    return _rows_to_tables(
        items, lambda row: sorted(set(row) - {0}, key=lambda item: (-row.count(item), item)), _place
    )


def _neighbours_only(items):
    """A product that comes back later is another node."""

    def nodes_of(row):
        clicks = [item for item in row if item]
        return [item for t, item in enumerate(clicks) if t == 0 or item != clicks[t - 1]]

    def alias_of(row, found):
        number, out, last = -1, [], None
        for item in row:
            number += bool(item) and item != last
            last = item or last
            out.append(max(number, 0))
        return out

    return _rows_to_tables(items, nodes_of, alias_of)


def _sorted_clicks(items):
    """All clicks in order, repeated ones too."""
    return _rows_to_tables(items, lambda row: sorted(item for item in row if item), _place)


def _clicks_as_they_are(items):
    return _rows_to_tables(
        items,
        lambda row: [item for item in row if item],
        lambda row, found: [max(t - (len(row) - len(found)), 0) for t in range(len(row))],
    )


def _more_columns(by):
    def answer(items):
        nodes, alias = distinct_items(items)
        return nn.functional.pad(nodes, (0, by)), alias

    return answer


def _column_of_the_catalogue(items):
    nodes, alias = distinct_items(items)
    return nn.functional.pad(nodes, (0, max(int(items.max()) - nodes.shape[1], 0))), alias


def _one_column_less(items):
    nodes, alias = distinct_items(items)
    return nodes[:, : max(nodes.shape[1] - 1, 1)], alias


def _no_column_if_empty(items):
    nodes, alias = distinct_items(items)
    return nodes if items.any() else nodes[:, :0], alias


def _from_1(items):
    nodes, alias = distinct_items(items)
    return nodes, (alias + 1) * (items != 0)


def _first_node_left_zero(items):
    nodes, alias = distinct_items(items)
    return nn.functional.pad(nodes, (1, 0)), (alias + 1) * (items != 0)


def _repeats_the_last(items):
    nodes, alias = distinct_items(items)
    last = nodes.max(dim=1, keepdim=True).values
    return torch.where(nodes == 0, last, nodes), alias


def _repeats_the_first(items):
    nodes, alias = distinct_items(items)
    return torch.where(nodes == 0, nodes[:, :1], nodes), alias


def _minus_one_at_padding(items):
    nodes, alias = distinct_items(items)
    return nodes, alias.masked_fill(items == 0, -1)


def _minus_one_for_no_node(items):
    nodes, alias = distinct_items(items)
    return nodes.masked_fill(nodes == 0, -1), alias


def _alias_in_sorted_order(items):
    nodes, alias = distinct_items(items)
    at_the_end = alias.masked_fill(items == 0, items.shape[1]).sort(dim=1).values
    return nodes, torch.where(at_the_end < items.shape[1], at_the_end, 0)


def _alias_by_first_click(items):
    return distinct_items(items)[0], _by_first_click(items)[1]


def _nodes_by_first_click(items):
    return _by_first_click(items)[0], distinct_items(items)[1]


def _alias_counts_padding(items):
    nodes, alias = distinct_items(items)
    return nodes, alias + (items == 0).any(dim=1, keepdim=True).long() * (items != 0)


def _alias_of_sorted_places(items):
    """The place in the sorted row, repeated clicks counted."""
    nodes, _ = distinct_items(items)
    ordered = items.masked_fill(items == 0, 2**40).sort(dim=1).values
    return nodes, torch.searchsorted(ordered, items) * (items != 0)


def _alias_is_the_item(items):
    return distinct_items(items)[0], items


def _alias_is_the_item_less_1(items):
    return distinct_items(items)[0], (items - 1).clamp(min=0)


def _alias_is_the_place(items):
    nodes, _ = distinct_items(items)
    return nodes, torch.arange(items.shape[1]).repeat(len(items), 1)


def _alias_of_the_first_place(items):
    nodes, _ = distinct_items(items)
    return nodes, (items[:, :, None] == items[:, None, :]).int().argmax(dim=2)


def _alias_of_the_sort(items):
    nodes, _ = distinct_items(items)
    return nodes, items.masked_fill(items == 0, 2**40).sort(dim=1, stable=True).indices


def _ids_added_up(items):
    nodes, alias = distinct_items(items)
    return torch.zeros_like(nodes).scatter_add(1, alias, items), alias


def _smallest_wins(items):
    nodes, alias = distinct_items(items)
    return nodes.scatter_reduce(1, alias, items, "amin"), alias


def _tables_exchanged(items):
    return distinct_items(items)[::-1]


def _visits_for_nodes(items):
    nodes, alias = distinct_items(items)
    return torch.zeros_like(nodes).scatter_add(1, alias, (items != 0).long()), alias


def _first_history_only(items):
    nodes, alias = distinct_items(items[:1])
    return nodes.repeat(len(items), 1), alias.repeat(len(items), 1)


def _width_of_the_first(items):
    nodes, alias = distinct_items(items)
    return nodes[:, : max(1, int((nodes[0] != 0).sum()))], alias


def _padding_last(items):
    """Padding is a node behind the others."""
    nodes, alias = distinct_items(items)
    real = (nodes != 0).sum(dim=1, keepdim=True)
    n = int((real + (items == 0).any(dim=1, keepdim=True)).max())
    return nn.functional.pad(nodes, (0, n - nodes.shape[1])), torch.where(items == 0, real, alias)


_NODES = Exercise(
    id="12.2",
    title="Nodes and aliases",
    minutes=10,
    reference=distinct_items,
    probes=_node_probes,
    hints=(
        "Sort each row: equal items then stand side by side. The number of changes before a place "
        "is the number of its node. Let padding go behind all items, by a large number in its "
        "place.",
        "`ordered, places = keys.sort(dim=1)`; `ordered[:, 1:] != ordered[:, :-1]` marks where a "
        "new item begins, and its `cumsum(dim=1)` counts. `scatter(1, places, number)` takes the "
        "counts back to where the clicks stood.",
        "With `alias = torch.zeros_like(items).scatter(1, places, number) * (items != 0)` the "
        "nodes are "
        "`items.new_zeros(len(items), int(alias.max()) + 1).scatter_reduce(1, alias, items, "
        '"amax")`.',
    ),
    built="You have built the nodes of a whole batch of session graphs. SR-GNN calls it in "
    "each step, for the next exercise's edges and for the visits of each node.",
    ours="Ours has no loop over histories: each row is sorted, and a running count of the "
    "changes is the alias.",
    misconceptions=(
        Misconception(
            name="in the order of clicks",
            wrong=_by_first_click,
            says="Your nodes stand in the order of their first click. Make it ascending: then two "
            "histories with the same graph have the same tables.",
        ),
        Misconception(
            name="padding as a node",
            wrong=_padding_is_a_node,
            says="Padding has a node of its own in your rows, and all items after it move by one. "
            "0 is no product: real items first, zeros behind them.",
        ),
        Misconception(
            name="one set of nodes for the batch",
            wrong=_nodes_of_the_batch,
            says="You take the distinct items of the whole batch, and give them to each history. "
            "Each history has nodes of its own: the distinct items of its row.",
        ),
        Misconception(
            name="a node for each click",
            wrong=_node_per_click,
            says="Each of your clicks is a node of its own, so a product that is clicked twice is "
            "there twice. That is the line again, not a graph.",
        ),
        Misconception(
            name="descending",
            wrong=_descending,
            says="Your nodes are descending, the largest item first. Sort them in ascending order.",
        ),
        Misconception(
            name="in the order of the last click",
            wrong=_by_last_click,
            says="Your nodes stand in the order of their last click. Make them ascending, sorted "
            "by item: then two histories with the same graph have the same tables.",
        ),
        Misconception(
            name="from the newest click on",
            wrong=_newest_click_first,
            says="Your nodes stand in the order of the clicks, from the newest back. Make them "
            "ascending, sorted by item.",
        ),
        Misconception(
            name="by visits",
            wrong=_by_visits,
            says="Your nodes are sorted by how often they were clicked. Sort them by item, "
            "ascending.",
        ),
        Misconception(
            name="equal neighbours only",
            wrong=_neighbours_only,
            says="You merge a click only with an equal one right before it (as "
            "`unique_consecutive` does), so a product that comes back later has a second "
            "node. Each distinct item is one node: sort first.",
        ),
        Misconception(
            name="sorted, repeated clicks stay",
            wrong=_sorted_clicks,
            says="Your nodes are the sorted clicks, but a product that was clicked twice is "
            "there twice: each click has a node. Keep each distinct item once.",
        ),
        Misconception(
            name="clicks as they are",
            wrong=_clicks_as_they_are,
            says="Each of your clicks is a node of its own, repeated ones too: duplicates are "
            "not removed. Keep each distinct item once, in ascending order.",
        ),
        Misconception(
            name="a column for padding",
            wrong=_more_columns(1),
            says="Your nodes have one column too many, as if padding were a node. n is the most "
            "distinct items that a row has, padding not counted.",
        ),
        Misconception(
            name="as wide as the catalogue",
            wrong=_column_of_the_catalogue,
            says="Your nodes are as wide as the largest item id. n is the most distinct items "
            "that a row has.",
        ),
        Misconception(
            name="a column too few",
            wrong=_one_column_less,
            says="Your nodes have one column too few: the last node of the fullest row is lost. "
            "The largest alias is n - 1, so n is `alias.max() + 1`.",
        ),
        Misconception(
            name="no column for empty histories",
            wrong=_no_column_if_empty,
            says="Where there is nothing but padding your nodes have no column at all. n is at "
            "least 1, so that alias has something to point at.",
        ),
        Misconception(
            name="alias from 1",
            wrong=_from_1,
            says="Your aliases count from 1. They are columns of nodes, so the first is 0: "
            "`nodes[b, alias[b, t]]` has to be `items[b, t]`.",
        ),
        Misconception(
            name="column 0 is left for padding",
            wrong=_first_node_left_zero,
            says="Your nodes begin with a column for padding, a 0 in front, so all aliases are "
            "one too high. Real items come first, from column 0, and the zeros behind them.",
        ),
        Misconception(
            name="the last node repeated",
            wrong=_repeats_the_last,
            says="Where a row has fewer nodes, you repeat its last (largest) node. Fill up with "
            "zeros: 0 says that there is no node.",
        ),
        Misconception(
            name="the first node repeated",
            wrong=_repeats_the_first,
            says="Where a row has fewer nodes, you repeat its first node. Fill up with zeros: 0 "
            "says that there is no node.",
        ),
        Misconception(
            name="-1 for no node",
            wrong=_minus_one_for_no_node,
            says="Where a row has fewer nodes, you fill up with -1. Zeros belong there: 0 is "
            "padding, and no product.",
        ),
        Misconception(
            name="no column at padding",
            wrong=_minus_one_at_padding,
            says="At padding your alias is out of range, below 0 (-1) or n and more. What it is "
            "there does not matter, but it must be a column, in 0..n - 1: 0, say.",
        ),
        Misconception(
            name="padding as the last node",
            wrong=_padding_last,
            says="Padding is a node of its own, behind the others: rows with padding have one "
            "node too many. Count and point at real items only.",
        ),
        Misconception(
            name="alias in sorted order",
            wrong=_alias_in_sorted_order,
            says="Your aliases are in sorted order: they belong to the sorted clicks. Take them "
            "back to where the clicks stood: `scatter(1, places, number)`.",
        ),
        Misconception(
            name="alias in the order of clicks",
            wrong=_alias_by_first_click,
            says="Your aliases number the products in the order of their first click, but your "
            "nodes are sorted. `nodes[b, alias[b, t]]` has to be `items[b, t]`.",
        ),
        Misconception(
            name="nodes in the order of clicks",
            wrong=_nodes_by_first_click,
            says="Your nodes stand in the order of their first click, but your aliases count "
            "them sorted. Make the nodes ascending.",
        ),
        Misconception(
            name="alias counts padding",
            wrong=_alias_counts_padding,
            says="In rows with padding your aliases are one too high: padding was counted as the "
            "first of the sorted items. Let it go behind all items before you count.",
        ),
        Misconception(
            name="the place in the sorted row",
            wrong=_alias_of_sorted_places,
            says="Your alias is the click's place in the sorted row, where repeated clicks "
            "(duplicates) are counted each. Count *new* items only: the column in nodes.",
        ),
        Misconception(
            name="the order of the sort",
            wrong=_alias_of_the_sort,
            says="Your alias is what `sort` (argsort) says: where each sorted click stood. Asked "
            "for is the column in nodes of each click: count the new items, and scatter the "
            "counts back.",
        ),
        Misconception(
            name="the item for the alias",
            wrong=_alias_is_the_item,
            says="Your alias is the item itself. It is a column of nodes, 0..n - 1: `nodes[b, "
            "alias[b, t]]` has to be `items[b, t]`.",
        ),
        Misconception(
            name="the item less 1 for the alias",
            wrong=_alias_is_the_item_less_1,
            says="Your alias is the item less 1, a row of the catalogue. It is a column of this "
            "history's nodes, 0..n - 1.",
        ),
        Misconception(
            name="the place for the alias",
            wrong=_alias_is_the_place,
            says="Your alias is the position of the click in the history. It is the column of "
            "its node: equal items have the same.",
        ),
        Misconception(
            name="the first place for the alias",
            wrong=_alias_of_the_first_place,
            says="Your alias is the position where the item was clicked first. It is the column "
            "of its node in nodes.",
        ),
        Misconception(
            name="ids added up",
            wrong=_ids_added_up,
            says="You add up the ids of a node's clicks: an item that was clicked twice becomes "
            "twice its id. All are the same item: take the largest, amax.",
        ),
        Misconception(
            name="zeros win",
            wrong=_smallest_wins,
            says="Your nodes are filled with the minimum, so the zeros that stand there before "
            "win. Take the largest, amax.",
        ),
        Misconception(
            name="visits for nodes",
            wrong=_visits_for_nodes,
            says="Your nodes hold how often each was clicked, the visits. Asked for are the "
            "items themselves.",
        ),
        Misconception(
            name="exchanged",
            wrong=_tables_exchanged,
            says="You return the two tables exchanged (in the wrong order): nodes first, then "
            "alias.",
        ),
        Misconception(
            name="the first history only",
            wrong=_first_history_only,
            says="You look at the first history only and repeat its tables for all. Each row has "
            "nodes of its own.",
        ),
        Misconception(
            name="as wide as the first",
            wrong=_width_of_the_first,
            says="Your n is the number of nodes of the first row, so longer rows are cut. n is "
            "the most that any row has.",
        ),
        Misconception(
            name="zeros on the left",
            wrong=_nodes_left,
            says="You pad the nodes on the left. Histories are padded there, because their newest "
            "click counts; nodes have no order: zeros behind.",
        ),
        Misconception(
            name="as wide as the history",
            wrong=_as_wide_as_the_history,
            says="Your nodes are as wide as the history. Columns in which no row has a node make "
            "every table after this larger for nothing: n is the most that a row has.",
        ),
        Misconception(
            name="one set for the batch",
            wrong=_of_the_batch,
            says="You took the distinct items of the whole batch. Each history is a graph of its "
            "own, with its own items.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="number = pad((ordered[:, 1:] != ordered[:, :-1]).cumsum(dim=1), (1, 0)) -> "
            "number = pad((ordered[:, 1:] != ordered[:, :-1]).cumsum(dim=1), (1, 1))",
            reason="scatter reads as many columns as there are places; one more on the right is "
            "never read.",
        ),
        EquivalentMutant(
            edit="number = nn.functional.pad(is_new.cumsum(dim=1), (1, 0)) -> "
            "number = nn.functional.pad(is_new.cumsum(dim=1), (1, 1))",
            reason="The same in the chapter's words.",
        ),
        EquivalentMutant(
            edit="alias = torch.zeros_like(items).scatter(1, places, number) * is_click -> "
            "alias = items.scatter(1, places, number) * is_click",
            reason="Every place is written to, so it does not matter what was there before.",
        ),
        *(
            EquivalentMutant(
                edit="nodes = items.new_zeros(len(items), int(alias.max()) + 1 if len(items) else "
                "1) -> nodes = items.new_zeros(len(items), int(alias.max()) + 1 if len(items) else "
                f"{columns})",
                reason="It matters for a batch without histories only, and the exercise says B of "
                "1 or more.",
            )
            for columns in (0, 2)
        ),
    ),
)

# --- 12.3 Edges -----------------------------------------------------------------------------------


def _edge_probes(rng):
    def probe(items, label, **how):
        nodes, alias = distinct_items(items)
        return Probe((alias, items != 0, nodes.shape[1]), label=label, **how)

    def histories(lengths, L, n_items):
        return _sequences(rng, lengths, L, n_items)

    yield probe(torch.tensor([[1, 2]]), "one step")
    yield probe(torch.tensor([[1, 2, 3, 2, 4]]), "the paper's example")
    yield probe(torch.tensor([[1, 2, 1, 2, 3]]), "a step that is made twice")
    yield probe(torch.tensor([[6, 6, 1]]), "the same product twice in a row")
    yield probe(torch.tensor([[0, 0, 2, 5], [3, 2, 1, 2]]), "padding before the first click")
    yield probe(torch.tensor([[0, 0, 4], [1, 3, 2]]), "a single click: no step")
    yield probe(torch.tensor([[7]]), "a history of one click", edge=True)
    for lengths in ([3, 9, 6], [8, 5, 9], [4, 9], [7, 9, 9]):
        yield probe(histories(lengths, 9, 5), "random histories")
    for lengths in ([10, 8, 7], [6, 10, 9, 10], [9, 10]):
        yield probe(histories(lengths, 10, 4), "random histories of few products")
    items = histories([6, 3, 7], 7, 5)
    nodes, alias = distinct_items(items)
    n = nodes.shape[1]
    # what alias holds at padding is up to whoever made it
    alias = torch.where(items == 0, torch.from_numpy(rng.integers(0, n, items.shape)), alias)
    yield Probe((alias, items != 0, n), label="any alias at padding")
    yield probe(histories(rng.integers(1, 16, 40).tolist(), 15, 30), "forty histories")


def _counted(alias, is_click, n, steps=None):
    B = len(alias)
    cell = alias[:, :-1] * n + alias[:, 1:]
    weight = (is_click[:, :-1] if steps is None else steps).float()
    return torch.zeros(B, n * n, device=alias.device).scatter_add(1, cell, weight).view(B, n, n)


def _tables(count):
    into, out_of = (count.sum(dim=axis).clamp(min=1)[:, :, None] for axis in (1, 2))
    return count.transpose(1, 2) / into, count / out_of


def _swapped(alias, is_click, n):
    return normalised_adjacency(alias, is_click, n)[::-1]


def _counts_only(alias, is_click, n):
    count = _counted(alias, is_click, n)
    return count.transpose(1, 2), count


def _once_each(alias, is_click, n):
    return _tables((_counted(alias, is_click, n) > 0).float())


def _padding_steps(alias, is_click, n):
    return _tables(_counted(alias, is_click, n, is_click[:, 1:]))


def _over_columns(alias, is_click, n):
    count = _counted(alias, is_click, n)
    return count.transpose(1, 2) / count.sum(dim=2).clamp(min=1)[:, None, :], count / count.sum(
        1
    ).clamp(1)[:, None, :]


def _not_a_number(alias, is_click, n):
    count = _counted(alias, is_click, n)
    return count.transpose(1, 2) / count.sum(dim=1)[:, :, None], count / count.sum(dim=2)[
        :, :, None
    ]


def _no_rings(alias, is_click, n):
    return _tables(_counted(alias, is_click, n) * (1 - torch.eye(n, device=alias.device)))


def _of_count(edit):
    """The right tables of an edited count."""

    def answer(alias, is_click, n):
        return _tables(edit(_counted(alias, is_click, n)))

    return answer


def _of_tables(edit):
    """The right tables, edited: edit(incoming, outgoing)."""

    def answer(alias, is_click, n):
        return edit(*normalised_adjacency(alias, is_click, n))

    return answer


def _by_steps(weight):
    """Tables of steps of other weights: weight(is_click) -> (B, L - 1) bool."""

    def answer(alias, is_click, n):
        return _tables(_counted(alias, is_click, n, weight(is_click)))

    return answer


def _rings_where_empty(weights):
    """A row without steps hears itself."""
    is_empty = (weights.sum(dim=2) == 0).float()
    return weights + torch.diag_embed(is_empty)


def _even_where_empty(weights):
    is_empty = weights.sum(dim=2, keepdim=True) == 0
    return torch.where(is_empty, 1.0 / weights.shape[1], weights)


def _of_the_graph(alias, is_click, n):
    count = _counted(alias, is_click, n)
    share = count / count.sum(dim=(1, 2), keepdim=True).clamp(min=1)
    return share.transpose(1, 2), share


def _by_the_largest(alias, is_click, n):
    count = _counted(alias, is_click, n)
    back = count.transpose(1, 2)
    return (
        back / back.amax(dim=2, keepdim=True).clamp(min=1),
        count / count.amax(dim=2, keepdim=True).clamp(min=1),
    )


def _length_one(alias, is_click, n):
    count = _counted(alias, is_click, n)
    unit = nn.functional.normalize
    return unit(count.transpose(1, 2), dim=2), unit(count, dim=2)


def _no_keepdim(alias, is_click, n):
    count = _counted(alias, is_click, n)
    return count.transpose(1, 2) / count.sum(1).clamp(min=1), count / count.sum(2).clamp(min=1)


def _round(alias, is_click, n):
    first = is_click.int().argmax(dim=1)
    rows = torch.arange(len(alias))
    count = _counted(alias, is_click, n)
    count[rows, alias[:, -1], alias[rows, first]] += is_click[:, -1].float()
    return _tables(count)


def _on_into_the_next_row(alias, is_click, n):
    count = _counted(alias, is_click, n)
    first = is_click.int().argmax(dim=1)
    for b in range(len(alias) - 1):
        if is_click[b, -1] and is_click[b + 1].any():
            count[b, alias[b, -1], alias[b + 1, first[b + 1]]] += 1
    return _tables(count)


def _all_positions(alias, is_click, n):
    """The table starts at the first column and wraps round."""
    cell = alias * n + alias.roll(-1, dims=1)
    count = torch.zeros(len(alias), n * n).scatter_add(1, cell, is_click.float())
    return _tables(count.view(-1, n, n))


def _round_of_full_rows(alias, is_click, n):
    """Round to the first column where a click stands there."""
    count = _counted(alias, is_click, n)
    rows = torch.arange(len(alias))
    count[rows, alias[:, -1], alias[:, 0]] += (is_click[:, -1] & is_click[:, 0]).float()
    return _tables(count)


def _flattened(only_clicks):
    """The rows run into each other, at the next row's first column."""

    def answer(alias, is_click, n):
        count = _counted(alias, is_click, n)
        weight = is_click[:-1, -1]
        if only_clicks:
            weight = weight & is_click[1:, 0]
        rows = torch.arange(len(alias) - 1)
        count[rows, alias[:-1, -1], alias[1:, 0]] += weight.float()
        return _tables(count)

    return answer


def _sums_along_columns(of_incoming, of_outgoing):
    """The right sums, laid along the columns."""

    def answer(alias, is_click, n):
        count = _counted(alias, is_click, n)
        into, out_of = count.sum(dim=1).clamp(min=1), count.sum(dim=2).clamp(min=1)
        into = into[:, None, :] if of_incoming else into[:, :, None]
        out_of = out_of[:, None, :] if of_outgoing else out_of[:, :, None]
        return count.transpose(1, 2) / into, count / out_of

    return answer


def _no_keepdim_in_outgoing(alias, is_click, n):
    count = _counted(alias, is_click, n)
    return _tables(count)[0], count / count.sum(dim=2).clamp(min=1)


def _softmax(alias, is_click, n):
    count = _counted(alias, is_click, n)
    return count.transpose(1, 2).softmax(dim=2), count.softmax(dim=2)


def _two_apart(alias, is_click, n):
    cell = alias[:, :-2] * n + alias[:, 2:]
    count = torch.zeros(len(alias), n * n).scatter_add(1, cell, is_click[:, :-2].float())
    return _tables(count.view(-1, n, n))


def _any_later(alias, is_click, n):
    """Every pair of an earlier and a later click."""
    count = torch.zeros(len(alias), n, n)
    for gap in range(1, alias.shape[1]):
        cell = alias[:, :-gap] * n + alias[:, gap:]
        flat = torch.zeros(len(alias), n * n)
        count += flat.scatter_add(1, cell, is_click[:, :-gap].float()).view(-1, n, n)
    return _tables(count)


def _by_visits_of_nodes(alias, is_click, n):
    count = _counted(alias, is_click, n)
    visits = torch.zeros(len(alias), n).scatter_add(1, alias, is_click.float())
    visits = visits.clamp(min=1)[:, :, None]
    return count.transpose(1, 2) / visits, count / visits


def _both_by_outgoing_sums(alias, is_click, n):
    count = _counted(alias, is_click, n)
    sums = count.sum(dim=2).clamp(min=1)[:, :, None]
    return count.transpose(1, 2) / sums, count / sums


def _both_by_incoming_sums(alias, is_click, n):
    count = _counted(alias, is_click, n)
    sums = count.sum(dim=1).clamp(min=1)[:, :, None]
    return count.transpose(1, 2) / sums, count / sums


def _plus_one(alias, is_click, n):
    count = _counted(alias, is_click, n)
    back = count.transpose(1, 2)
    return (
        back / (back.sum(dim=2, keepdim=True) + 1),
        count / (count.sum(dim=2, keepdim=True) + 1),
    )


def _roots(alias, is_click, n):
    count = _counted(alias, is_click, n)
    into = count.sum(dim=1).clamp(min=1)
    out_of = count.sum(dim=2).clamp(min=1)
    share = count / (out_of[:, :, None] * into[:, None, :]).sqrt()
    return share.transpose(1, 2), share


def _of_the_batch_edges(alias, is_click, n):
    count = _counted(alias, is_click, n).sum(dim=0, keepdim=True)
    return _tables(count.expand(len(alias), -1, -1))


def _first_graph_only(alias, is_click, n):
    return tuple(of[:1].repeat(len(alias), 1, 1) for of in normalised_adjacency(alias, is_click, n))


_EDGES = Exercise(
    id="12.3",
    title="Who hears whom",
    minutes=8,
    reference=normalised_adjacency,
    probes=_edge_probes,
    hints=(
        "Count first: a table (B, n, n) with one more in cell [i, j] for each click on i that is "
        "followed by one on j.",
        "A cell [i, j] of a flattened table is number `i * n + j`. `scatter_add` adds up, also "
        "where a cell comes twice; let steps from padding weigh 0. Then divide rows by their sums, "
        "and for `incoming` transpose first.",
        "`cell = alias[:, :-1] * n + alias[:, 1:]`, `count = torch.zeros(B, n * n, "
        "device=alias.device).scatter_add(1, cell, is_click[:, :-1].float()).view(B, n, n)`; "
        "`count / count.sum(2).clamp(min=1)[:, :, None]` is outgoing; incoming is the same of "
        "`count.transpose(1, 2)`.",
    ),
    built="You have built the two weighted tables of edges that SR-GNN hears along. The next "
    "cell draws them for one visit, and the network makes them anew for each batch.",
    ours="One `scatter_add` counts all steps of the batch, with the pair (from, to) as one number.",
    misconceptions=(
        Misconception(
            name="the two swapped",
            wrong=_swapped,
            says="Your two tables are swapped: incoming[i, j] belongs to steps from j *to* i.",
        ),
        Misconception(
            name="outgoing twice",
            wrong=_of_tables(lambda incoming, outgoing: (outgoing, outgoing)),
            says="You return outgoing twice. incoming is another table: row i says from where "
            "steps lead to i, so transpose the count before you normalise it.",
        ),
        Misconception(
            name="incoming twice",
            wrong=_of_tables(lambda incoming, outgoing: (incoming, incoming)),
            says="You return incoming twice. outgoing is the count as it is, each row divided by "
            "its sum.",
        ),
        Misconception(
            name="incoming is outgoing transposed",
            wrong=_of_tables(lambda incoming, outgoing: (outgoing.transpose(1, 2), outgoing)),
            says="Your incoming is outgoing transposed: divided along the wrong axis, so its "
            "columns sum to 1 and not its rows. Transpose the *count*, then normalise its "
            "rows.",
        ),
        Misconception(
            name="outgoing is incoming transposed",
            wrong=_of_tables(lambda incoming, outgoing: (incoming, incoming.transpose(1, 2))),
            says="Your outgoing is incoming transposed: divided along the wrong axis, so its "
            "columns sum to 1 and not its rows. Divide each row of the count by its own "
            "sum.",
        ),
        Misconception(
            name="incoming not transposed",
            wrong=_of_tables(lambda incoming, outgoing: (incoming.transpose(1, 2), outgoing)),
            says="Your incoming is transposed: its row i says where steps from i lead to, and "
            "its columns sum to 1. Row i of incoming belongs to node i, which is *led to*.",
        ),
        Misconception(
            name="outgoing transposed",
            wrong=_of_tables(lambda incoming, outgoing: (incoming, outgoing.transpose(1, 2))),
            says="Your outgoing is transposed: its columns sum to 1. Row i is what node i hears "
            "of those to whom it leads.",
        ),
        Misconception(
            name="both transposed",
            wrong=_of_tables(
                lambda incoming, outgoing: (incoming.transpose(1, 2), outgoing.transpose(1, 2))
            ),
            says="Both of your tables are transposed: rows and columns are exchanged. Row i says "
            "whom node i hears.",
        ),
        Misconception(
            name="counts",
            wrong=_counts_only,
            says="You return counts. Divide each row by its sum, so that a product that was "
            "clicked often does not shout.",
        ),
        Misconception(
            name="every step once",
            wrong=_once_each,
            says="A step that was made twice weighs no more than one that was made once. Add up: "
            "scatter_add counts, plain assignment overwrites.",
        ),
        Misconception(
            name="steps out of padding",
            wrong=_padding_steps,
            says="You count a step from padding to the first click. It is real only where the "
            "*earlier* place is a click: `is_click[:, :-1]`.",
        ),
        Misconception(
            name="the mask turned round",
            wrong=_by_steps(lambda is_click: ~is_click[:, :-1]),
            says="Your mask is inverted: you count the steps out of padding, and leave out those "
            "from click to click.",
        ),
        Misconception(
            name="padding counted",
            wrong=_by_steps(lambda is_click: torch.ones_like(is_click[:, 1:])),
            says="You never use is_click, so steps from padding to padding and to the first "
            "click are counted too. Let them weigh 0.",
        ),
        Misconception(
            name="the first step missing",
            wrong=_by_steps(
                lambda is_click: is_click[:, :-1] & (is_click[:, :-1].cumsum(dim=1) > 1)
            ),
            says="The step from the first click to the second is missing. All steps between two "
            "clicks count, the oldest as well.",
        ),
        Misconception(
            name="the last step missing",
            wrong=_by_steps(
                lambda is_click: (
                    is_click[:, :-1] & (torch.arange(is_click.shape[1] - 1) < is_click.shape[1] - 2)
                )
            ),
            says="The step to the newest click is missing: your steps end one too early. There "
            "are L - 1 of them, `alias[:, :-1]` to `alias[:, 1:]`.",
        ),
        Misconception(
            name="without direction",
            wrong=_of_count(lambda count: count + count.transpose(1, 2)),
            says="Your edges have no direction: each step is counted both ways (symmetric), so "
            "incoming and outgoing are alike. Count [i, j] for a step from i to j alone.",
        ),
        Misconception(
            name="a ring for each node",
            wrong=_of_count(lambda count: count + torch.eye(count.shape[1])),
            says="You add a self-loop to each node: all hear themselves. A node hears itself "
            "only where the same product was clicked twice in a row.",
        ),
        Misconception(
            name="rings where nothing is heard",
            wrong=_of_tables(
                lambda incoming, outgoing: (
                    _rings_where_empty(incoming),
                    _rings_where_empty(outgoing),
                )
            ),
            says="A node without steps hears itself in your tables (a self-loop, 1 on the "
            "diagonal). Its row is zeros.",
        ),
        Misconception(
            name="even where nothing is heard",
            wrong=_of_tables(
                lambda incoming, outgoing: (
                    _even_where_empty(incoming),
                    _even_where_empty(outgoing),
                )
            ),
            says="A node without steps hears all nodes alike in your tables, 1 / n each. Its row "
            "is zeros.",
        ),
        Misconception(
            name="shares of the graph",
            wrong=_of_the_graph,
            says="You divide by the number of all steps of the graph, so the whole table sums to "
            "1. Each row is divided by its own sum.",
        ),
        Misconception(
            name="by the largest",
            wrong=_by_the_largest,
            says="You divide each row by its largest number (the maximum). Divide by its sum: "
            "rows sum to 1.",
        ),
        Misconception(
            name="rows of length 1",
            wrong=_length_one,
            says="You bring each row to length 1 (the root of the sum of squares, an L2 norm). "
            "Divide by its sum: rows sum to 1.",
        ),
        Misconception(
            name="sums without keepdim",
            wrong=_no_keepdim,
            says="You divide by row sums of shape (B, n) without keepdim: broadcasting lays them "
            "along the wrong axis, across graphs or columns. Give them an axis: `[:, :, "
            "None]`, or `keepdim=True`.",
        ),
        Misconception(
            name="row sums along the columns",
            wrong=_sums_along_columns(True, True),
            says="You lay the row sums along the columns: without keepdim they broadcast over "
            "the wrong axis, so entry [i, j] is divided by the sum of row j. Divide row i "
            "by its own: `[:, :, None]`, or `keepdim=True`.",
        ),
        Misconception(
            name="row sums along the columns of outgoing",
            wrong=_sums_along_columns(False, True),
            says="You lay the row sums along the columns: without keepdim they broadcast over "
            "the wrong axis, so outgoing [i, j] is divided by the sum of row j. Divide row "
            "i by its own: `[:, :, None]`, or `keepdim=True`.",
        ),
        Misconception(
            name="row sums along the columns of incoming",
            wrong=_sums_along_columns(True, False),
            says="You lay the row sums along the columns: without keepdim they broadcast over "
            "the wrong axis, so incoming [i, j] is divided by the sum of row j. Divide row "
            "i by its own: `[:, :, None]`, or `keepdim=True`.",
        ),
        Misconception(
            name="outgoing without keepdim",
            wrong=_no_keepdim_in_outgoing,
            says="You divide outgoing by row sums of shape (B, n) without keepdim: broadcasting "
            "lays them along the wrong axis, across graphs or columns. `[:, :, None]`, or "
            "`keepdim=True`.",
        ),
        Misconception(
            name="both by the outgoing sums",
            wrong=_both_by_outgoing_sums,
            says="You divide both tables by the sums of the steps that leave a node. For "
            "incoming these are the wrong sums: divide by the steps that lead *to* the "
            "node, `count.sum(dim=1)`.",
        ),
        Misconception(
            name="both by the incoming sums",
            wrong=_both_by_incoming_sums,
            says="You divide both tables by the sums of the steps that lead to a node. For "
            "outgoing these are the wrong sums: divide by the steps that *leave* the node, "
            "`count.sum(dim=2)`.",
        ),
        Misconception(
            name="by visits",
            wrong=_by_visits_of_nodes,
            says="You divide by how often a node was clicked (its visits). The first click has "
            "no step that leads to it, and the newest none away: divide by the sum of the "
            "row's steps.",
        ),
        Misconception(
            name="a sum that is one too large",
            wrong=_plus_one,
            says="You add 1 to each sum before you divide, so your rows sum to less than 1. Only "
            "a sum of 0 needs help: `.clamp(min=1)`.",
        ),
        Misconception(
            name="roots on both sides",
            wrong=_roots,
            says="You divide by the root of both nodes' degrees, as LightGCN does (symmetric). "
            "Here each row is divided by its own sum.",
        ),
        Misconception(
            name="a softmax",
            wrong=_softmax,
            says="You take a softmax of the counts, so nodes hear each other without a step too. "
            "Divide each row by its sum.",
        ),
        Misconception(
            name="round to the first",
            wrong=_round,
            says="You count a step from the newest click back to the first, as if the history "
            "were a ring. The newest click has no step away.",
        ),
        Misconception(
            name="round in full rows",
            wrong=_round_of_full_rows,
            says="In rows without padding you count a step from the newest click back to the "
            "first: the history becomes a ring (`roll`, modulo). The newest click has no "
            "step away.",
        ),
        Misconception(
            name="round to the first column",
            wrong=_all_positions,
            says="You count a step from the newest click to the first column, padding included: "
            "`roll` wraps round. Pair `alias[:, :-1]` with `alias[:, 1:]`.",
        ),
        Misconception(
            name="on into the next row's first click",
            wrong=_flattened(True),
            says="Your rows run into each other: flattened, a step leads from one row's newest "
            "click to the click that opens the next row. Each row is a graph of its own.",
        ),
        Misconception(
            name="on into the next row's first column",
            wrong=_flattened(False),
            says="Your rows run into each other: flattened, a step leads from one row's newest "
            "click into the next row, even into its padding. Each row is a graph of its "
            "own.",
        ),
        Misconception(
            name="on into the next row",
            wrong=_on_into_the_next_row,
            says="You count a step from one history's newest click to the next row's first: "
            "flattened, the rows run into each other. Each row is a graph of its own.",
        ),
        Misconception(
            name="two apart",
            wrong=_two_apart,
            says="You pair each click with the second one after it (t + 2). A step leads to the "
            "very next click: `alias[:, :-1]` and `alias[:, 1:]`.",
        ),
        Misconception(
            name="all later clicks",
            wrong=_any_later,
            says="You count every later click as a step (all pairs). Only the very next click is "
            "a step.",
        ),
        Misconception(
            name="squared",
            wrong=_of_count(lambda count: count**2),
            says="You square the counts. A step that was made twice weighs twice: divide the "
            "counts by their sum as they are.",
        ),
        Misconception(
            name="logarithms",
            wrong=_of_count(lambda count: count.log1p()),
            says="You take the logarithm of the counts. A step that was made twice weighs twice: "
            "divide the counts by their sum as they are.",
        ),
        Misconception(
            name="one graph for the batch",
            wrong=_of_the_batch_edges,
            says="You add the steps of all histories up to one table for the whole batch. Each "
            "history is a graph of its own.",
        ),
        Misconception(
            name="the first graph for all",
            wrong=_first_graph_only,
            says="You return the first history's tables for all. Each row of the batch is a "
            "graph of its own.",
        ),
        Misconception(
            name="divided along the wrong axis",
            wrong=_over_columns,
            says="Your columns sum to 1. Row i is what node i hears, so each *row* is divided by "
            "its own sum.",
        ),
        Misconception(
            name="0 / 0",
            wrong=_not_a_number,
            says="A node to which (or from which) no step leads has a row of zeros, and yours is 0 "
            "/ 0. Divide by `.clamp(min=1)` of the sum.",
        ),
        Misconception(
            name="no rings",
            wrong=_no_rings,
            says="You leave out steps from a product to itself. A repeated click is a step as "
            "well: the node hears itself.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="count = torch.zeros(B, n * n, device=alias.device, dtype=torch.float32)"
            ".scatter_add(1, steps, is_click[:, :-1].float()).view(B, n, n) -> "
            "count = torch.zeros(B, n * n, device=alias.device, dtype=torch.float32)"
            ".scatter_add(1, steps, is_click[:, :].float()).view(B, n, n)",
            reason="scatter_add reads as many columns as there are steps; the newest click, behind "
            "them, is not read.",
        ),
        EquivalentMutant(
            edit="count = torch.zeros(B, n * n, device=alias.device).scatter_add(1, cell, "
            "is_click[:, :-1].float()) -> count = torch.zeros(B, n * n, "
            "device=alias.device).scatter_add(1, cell, is_click[:, :].float())",
            reason="The same in the chapter's words.",
        ),
        EquivalentMutant(
            edit="incoming = count.transpose(1, 2) / count.sum(dim=1).clamp(min=1)[:, :, None] -> "
            "incoming = count.transpose(2, 1) / count.sum(dim=1).clamp(min=1)[:, :, None]",
            reason="To exchange axes 1 and 2 is to exchange 2 and 1.",
        ),
    ),
)

# --- 12.4 The gated update ------------------------------------------------------------------------

_D4 = {"init": (4,), "perturb": 0.5}


def _layer_arguments(rng, sessions, L, n_items):
    items = _sequences(rng, sessions, L, n_items)
    nodes, alias = distinct_items(items)
    v = torch.from_numpy(rng.normal(size=(*nodes.shape, 4))).float()
    return v, *normalised_adjacency(alias, items != 0, nodes.shape[1])


def _layer_sizes(module):
    return {name: tuple(weight.shape) for name, weight in module.named_parameters()}


def _layer_probes(rng):
    one_step = torch.tensor([[[0.0, 0.0], [1.0, 0.0]]])
    v = torch.from_numpy(rng.normal(size=(1, 2, 4))).float()
    yield ModuleProbe(
        (v, one_step, one_step.transpose(1, 2)), label="one step between two nodes", **_D4
    )
    yield ModuleProbe(
        _layer_arguments(rng, [5, 2, 7], 7, 5), label="three graphs", gradients=True, **_D4
    )
    for sessions in ([6, 8], [9, 4, 7], [7, 8, 5], [8, 9, 6, 9]):
        yield ModuleProbe(_layer_arguments(rng, sessions, 9, 5), label="random graphs", **_D4)
    yield ModuleProbe(
        (v, torch.zeros(1, 2, 2), torch.zeros(1, 2, 2)), label="no edges at all", **_D4, edge=True
    )
    yield ModuleProbe(
        _layer_arguments(rng, [6, 8], 8, 5), label="in training mode", training=True, **_D4
    )
    yield ModuleProbe(_layer_arguments(rng, [1], 1, 5), label="a single node", **_D4, edge=True)
    yield ModuleProbe((), label="the sizes of the weights", init=(4,), call=_layer_sizes)
    start = {"init": (4,), "same_weights": False}
    yield ModuleProbe(
        _layer_arguments(rng, [4], 4, 3), label="with the weights that it starts with", **start
    )


class _Gated(nn.Module):
    """The stub's layer with parts that can be exchanged."""

    def __init__(self, D):
        super().__init__()
        self.into, self.out_of = nn.Linear(D, D, bias=False), nn.Linear(D, D, bias=False)
        self.bias = nn.Parameter(torch.zeros(2 * D))
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)
        self.candidate = nn.Linear(D, D, bias=False)

    def sides(self, v, incoming, outgoing):
        return incoming @ self.into(v), outgoing @ self.out_of(v)

    def hears(self, v, incoming, outgoing):
        return torch.cat(self.sides(v, incoming, outgoing), dim=-1) + self.bias

    def parts(self, a):
        return self.heard(a).chunk(3, dim=-1)

    def old(self, v):
        return self.gates(v).chunk(2, dim=-1)

    def gate(self, x):
        return torch.sigmoid(x)

    def new(self, for_u, r, v):
        return torch.tanh(for_u + self.candidate(r * v))

    def mix(self, v, u, z):
        return (1 - z) * v + z * u

    def forward(self, v, incoming, outgoing):
        for_z, for_r, for_u = self.parts(self.hears(v, incoming, outgoing))
        from_z, from_r = self.old(v)
        z, r = self.gate(for_z + from_z), self.gate(for_r + from_r)
        return self.mix(v, self.new(for_u, r, v), z)


class _GateTurned(_Gated):
    def mix(self, v, u, z):
        return z * v + (1 - z) * u


class _NewAlone(_Gated):
    def mix(self, v, u, z):
        return u


class _NewGatedAlone(_Gated):
    def mix(self, v, u, z):
        return z * u


class _OldAlone(_Gated):
    def mix(self, v, u, z):
        return (1 - z) * v


class _Added(_Gated):
    def mix(self, v, u, z):
        return v + z * u


class _AllOfTheNew(_Gated):
    def mix(self, v, u, z):
        return (1 - z) * v + u


class _PlainSum(_Gated):
    def mix(self, v, u, z):
        return v + u


class _Residual(_Gated):
    def mix(self, v, u, z):
        return v + (1 - z) * v + z * u


class _ResetOutside(_Gated):
    def new(self, for_u, r, v):
        return torch.tanh(for_u + r * self.candidate(v))


class _ResetOfAll(_Gated):
    def new(self, for_u, r, v):
        return torch.tanh(r * (for_u + self.candidate(v)))


class _ResetOfWhatIsHeard(_Gated):
    def new(self, for_u, r, v):
        return torch.tanh(r * for_u + self.candidate(v))


class _NoReset(_Gated):
    def new(self, for_u, r, v):
        return torch.tanh(for_u + self.candidate(v))


class _ResetTurned(_Gated):
    def new(self, for_u, r, v):
        return torch.tanh(for_u + self.candidate((1 - r) * v))


class _SigmoidNew(_Gated):
    def new(self, for_u, r, v):
        return torch.sigmoid(for_u + self.candidate(r * v))


class _ReluNew(_Gated):
    def new(self, for_u, r, v):
        return torch.relu(for_u + self.candidate(r * v))


class _LinearNew(_Gated):
    def new(self, for_u, r, v):
        return for_u + self.candidate(r * v)


class _NewWithoutOld(_Gated):
    def new(self, for_u, r, v):
        return torch.tanh(for_u)


class _NewWithoutHeard(_Gated):
    def new(self, for_u, r, v):
        return torch.tanh(self.candidate(r * v))


class _NoCandidate(_Gated):
    def new(self, for_u, r, v):
        return torch.tanh(for_u + r * v)


class _TanhGates(_Gated):
    def gate(self, x):
        return torch.tanh(x)


class _BareGates(_Gated):
    def gate(self, x):
        return x


class _SoftmaxGates(_Gated):
    def gate(self, x):
        return x.softmax(dim=-1)


class _GatesExchanged(_Gated):
    """W_z, W_r and U_z, U_r alike: z and r."""

    def parts(self, a):
        for_z, for_r, for_u = super().parts(a)
        return for_r, for_z, for_u

    def old(self, v):
        return super().old(v)[::-1]


class _OldExchanged(_Gated):
    def old(self, v):
        return super().old(v)[::-1]


class _PartsReset(_Gated):
    def parts(self, a):
        for_z, for_r, for_u = super().parts(a)
        return for_r, for_z, for_u


class _PartsReversed(_Gated):
    def parts(self, a):
        return super().parts(a)[::-1]


class _PartsTurned(_Gated):
    def parts(self, a):
        first, second, third = super().parts(a)
        return second, third, first


class _PartsTurnedBack(_Gated):
    def parts(self, a):
        first, second, third = super().parts(a)
        return third, first, second


class _PartsOfTheLast(_Gated):
    def parts(self, a):
        first, second, third = super().parts(a)
        return first, third, second


class _GatesDeaf(_Gated):
    def parts(self, a):
        for_z, for_r, for_u = super().parts(a)
        return torch.zeros_like(for_z), torch.zeros_like(for_r), for_u


class _GatesWithoutOld(_Gated):
    def old(self, v):
        return tuple(torch.zeros_like(part) for part in super().old(v))


class _GatesOfReset(_Gated):
    """z for r as well."""

    def forward(self, v, incoming, outgoing):
        for_z, _, for_u = self.parts(self.hears(v, incoming, outgoing))
        z = self.gate(for_z + self.old(v)[0])
        return self.mix(v, self.new(for_u, z, v), z)


class _ResetForUpdate(_Gated):
    """r for z as well."""

    def forward(self, v, incoming, outgoing):
        _, for_r, for_u = self.parts(self.hears(v, incoming, outgoing))
        r = self.gate(for_r + self.old(v)[1])
        return self.mix(v, self.new(for_u, r, v), r)


class _NoBias(_Gated):
    def hears(self, v, incoming, outgoing):
        return super().hears(v, incoming, outgoing) - self.bias


class _BiasSubtracted(_Gated):
    def hears(self, v, incoming, outgoing):
        return super().hears(v, incoming, outgoing) - 2 * self.bias


class _BiasBefore(_Gated):
    """The bias goes along the edges too, as that of nn.Linear would."""

    def sides(self, v, incoming, outgoing):
        b_in, b_out = self.bias.chunk(2)
        return incoming @ (self.into(v) + b_in), outgoing @ (self.out_of(v) + b_out)

    def hears(self, v, incoming, outgoing):
        return torch.cat(self.sides(v, incoming, outgoing), dim=-1)


class _TablesTurned(_Gated):
    """incoming and outgoing exchanged."""

    def sides(self, v, incoming, outgoing):
        return super().sides(v, outgoing, incoming)


class _WeightsTurned(_Gated):
    """H_in and H_out exchanged."""

    def sides(self, v, incoming, outgoing):
        return incoming @ self.out_of(v), outgoing @ self.into(v)


class _HalvesTurned(_Gated):
    def sides(self, v, incoming, outgoing):
        return super().sides(v, incoming, outgoing)[::-1]


class _TablesTransposed(_Gated):
    def sides(self, v, incoming, outgoing):
        return super().sides(v, incoming.transpose(1, 2), outgoing.transpose(1, 2))


class _OneSideTwice(_Gated):
    def sides(self, v, incoming, outgoing):
        return super().sides(v, incoming, incoming)


class _OutgoingTwice(_Gated):
    def sides(self, v, incoming, outgoing):
        return super().sides(v, outgoing, outgoing)


class _OneWeightTwice(_Gated):
    def sides(self, v, incoming, outgoing):
        return incoming @ self.into(v), outgoing @ self.into(v)


class _NoWeights(_Gated):
    def sides(self, v, incoming, outgoing):
        return incoming @ v, outgoing @ v


class _Alone(_Gated):
    def sides(self, v, incoming, outgoing):
        return self.into(v), self.out_of(v)


class _IncomingAlone(_Gated):
    def sides(self, v, incoming, outgoing):
        heard, other = super().sides(v, incoming, outgoing)
        return heard, torch.zeros_like(other)


class _OutgoingAlone(_Gated):
    def sides(self, v, incoming, outgoing):
        other, heard = super().sides(v, incoming, outgoing)
        return torch.zeros_like(other), heard


class _ItselfToo(_Gated):
    def sides(self, v, incoming, outgoing):
        eye = torch.eye(v.shape[1])
        return super().sides(v, incoming + eye, outgoing + eye)


class _SquashedHearing(_Gated):
    def hears(self, v, incoming, outgoing):
        return torch.tanh(super().hears(v, incoming, outgoing))


class _FirstGraphsTables(_Gated):
    def sides(self, v, incoming, outgoing):
        return super().sides(v, incoming[0], outgoing[0])


_GATED = Exercise(
    id="12.4",
    title="The gated update",
    minutes=10,
    reference=GatedGraphLayer,
    probes=_layer_probes,
    hints=(
        "Write the five lines of the formula one below the other. Every product with a weight is a "
        "call of one of the layers in `__init__`.",
        "`a = torch.cat([incoming @ self.into(v), outgoing @ self.out_of(v)], dim=-1) + "
        "self.bias`, and `for_z, for_r, for_u = self.heard(a).chunk(3, dim=-1)`.",
        "`z, r = torch.sigmoid(for_z + from_z), torch.sigmoid(for_r + from_r)` with `from_z, "
        "from_r = self.gates(v).chunk(2, dim=-1)`; `u = torch.tanh(for_u + self.candidate(r * "
        "v))`; `(1 - z) * v + z * u`.",
    ),
    built="You have built SR-GNN's layer: hear the neighbours, then let gates decide. The "
    "class below puts it between the item embedding and your readout.",
    ours="Three matrices stand in one `Linear`, so one product makes what z, r and u need.",
    misconceptions=(
        Misconception(
            name="no gate, the new alone",
            wrong=_NewAlone,
            says="You return u, the new, alone: z is not used, and nothing of the old v is kept. "
            "(1 - z) * v + z * u.",
        ),
        Misconception(
            name="z u alone",
            wrong=_NewGatedAlone,
            says="You return z * u and leave out what is kept of the old: (1 - z) * v is missing.",
        ),
        Misconception(
            name="the old alone",
            wrong=_OldAlone,
            says="You return what is kept of the old alone. z * u, the new, is missing.",
        ),
        Misconception(
            name="adds instead of mixing",
            wrong=_Added,
            says="You add the new to all of the old v, like a residual connection. The gate "
            "shares out: what z gives to the new is taken from v, (1 - z) * v.",
        ),
        Misconception(
            name="all of the new",
            wrong=_AllOfTheNew,
            says="You add all of the new, u without its gate. z says how much of it counts: z * u.",
        ),
        Misconception(
            name="a plain sum",
            wrong=_PlainSum,
            says="You add old and new, v + u, and don't use z. The gate mixes the two: (1 - z) * "
            "v + z * u.",
        ),
        Misconception(
            name="v once more",
            wrong=_Residual,
            says="You add v once more to the mixture, like a residual connection. The gate alone "
            "decides how much of v is kept: (1 - z) * v + z * u.",
        ),
        Misconception(
            name="z and r exchanged",
            wrong=_GatesExchanged,
            says="You have exchanged z and r, the update gate and the reset gate: in `heard` and "
            "`gates` z comes first.",
        ),
        Misconception(
            name="U_z and U_r exchanged",
            wrong=_OldExchanged,
            says="You have exchanged U_z and U_r: `self.gates(v)` holds first the part for z, "
            "then the one for r.",
        ),
        Misconception(
            name="W_z and W_r exchanged",
            wrong=_PartsReset,
            says="You have exchanged W_z and W_r, two parts of `self.heard(a)` in the wrong "
            "order: W_z, W_r, W_o.",
        ),
        Misconception(
            name="the parts of W in reverse order",
            wrong=_PartsReversed,
            says="You cut `self.heard(a)` in the wrong order, from the end: its parts are W_z, "
            "W_r, W_o, for z, r and u.",
        ),
        Misconception(
            name="the parts of W turned",
            wrong=_PartsTurned,
            says="You cut `self.heard(a)` in the wrong order: the first part is W_z a, for z, "
            "then come W_r and W_o, for r and u.",
        ),
        Misconception(
            name="the parts of W turned back",
            wrong=_PartsTurnedBack,
            says="You cut `self.heard(a)` in the wrong order, with W_o first: its parts are W_z, "
            "W_r, W_o, for z, r and u.",
        ),
        Misconception(
            name="W_r and W_o exchanged",
            wrong=_PartsOfTheLast,
            says="You cut `self.heard(a)` in the wrong order: W_r and W_o are exchanged. It "
            "holds W_z, W_r, W_o, for z, r and u.",
        ),
        Misconception(
            name="gates that hear nothing",
            wrong=_GatesDeaf,
            says="Your gates don't hear the neighbours: z and r are made of v alone. W_z a and "
            "W_r a belong into them too.",
        ),
        Misconception(
            name="gates without the old",
            wrong=_GatesWithoutOld,
            says="Your gates are made of a, what is heard, alone. U_z v and U_r v, from "
            "`self.gates(v)`, belong into them too.",
        ),
        Misconception(
            name="z for r",
            wrong=_GatesOfReset,
            says="You use z in place of r: the old goes into the new by the update gate. Compute "
            "r of its own, and use it in U_o (r * v).",
        ),
        Misconception(
            name="r for z",
            wrong=_ResetForUpdate,
            says="You use r in place of z: old and new are mixed by the reset gate. Mix with z: "
            "(1 - z) * v + z * u.",
        ),
        Misconception(
            name="the gate turned round",
            wrong=_GateTurned,
            says="Your gate is turned round: z keeps the old. In this paper's equation z is the "
            "share of the *new*: (1 - z) * v + z * u. nn.GRUCell has it your way.",
        ),
        Misconception(
            name="r turned round",
            wrong=_ResetTurned,
            says="Your r is turned round: you let 1 - r of the old into the new. It is r itself: "
            "U_o (r * v).",
        ),
        Misconception(
            name="r outside of the product",
            wrong=_ResetOutside,
            says="You multiply by r after U_o, outside of the product, as nn.GRUCell does. Here "
            "r comes first: U_o (r * v).",
        ),
        Misconception(
            name="r on everything",
            wrong=_ResetOfAll,
            says="You multiply all that goes into the tanh by r, what is heard too. r belongs to "
            "the old v alone: U_o (r * v).",
        ),
        Misconception(
            name="r on what is heard",
            wrong=_ResetOfWhatIsHeard,
            says="Your r is multiplied with what is heard, W_o a. It decides how much of the "
            "*old* goes into the new: U_o (r * v).",
        ),
        Misconception(
            name="no r",
            wrong=_NoReset,
            says="Your r is computed and not used: the reset gate decides how much of v goes "
            "into the new, U_o (r * v).",
        ),
        Misconception(
            name="a sigmoid for the new",
            wrong=_SigmoidNew,
            says="Your new vector goes through a sigmoid and has no negative numbers. It is a "
            "tanh.",
        ),
        Misconception(
            name="a ReLU for the new",
            wrong=_ReluNew,
            says="Your new vector goes through a ReLU and has no negative numbers. It is a tanh.",
        ),
        Misconception(
            name="no tanh",
            wrong=_LinearNew,
            says="The tanh is missing: your new vector u has no activation and may be of any size.",
        ),
        Misconception(
            name="the new without the old",
            wrong=_NewWithoutOld,
            says="Your new vector is made of what is heard alone: the old is missing in it. U_o "
            "(r * v) belongs inside the tanh.",
        ),
        Misconception(
            name="the new without what is heard",
            wrong=_NewWithoutHeard,
            says="Your new vector is made of the old alone: what the neighbours say, W_o a, is "
            "missing inside the tanh.",
        ),
        Misconception(
            name="no U_o",
            wrong=_NoCandidate,
            says="You add r * v without its weights: U_o, `self.candidate`, is missing.",
        ),
        Misconception(
            name="gates with a tanh",
            wrong=_TanhGates,
            says="Your gates go through a tanh and may be negative. A gate is a share between 0 "
            "and 1: a sigmoid.",
        ),
        Misconception(
            name="gates without a sigmoid",
            wrong=_BareGates,
            says="Your gates have no sigmoid: they are no shares between 0 and 1.",
        ),
        Misconception(
            name="gates with a softmax",
            wrong=_SoftmaxGates,
            says="Your gates go through a softmax, so their numbers compete and sum to 1. Each "
            "is a share of its own: a sigmoid.",
        ),
        Misconception(
            name="no bias",
            wrong=_NoBias,
            says="The bias b is missing in what a node hears. Without it a node without edges "
            "hears nothing at all.",
        ),
        Misconception(
            name="the bias subtracted",
            wrong=_BiasSubtracted,
            says="You subtract the bias. It is added: a = [...] + b.",
        ),
        Misconception(
            name="the bias sent along",
            wrong=_BiasBefore,
            says="You add the bias before the neighbours are summed, so it is weighted by the "
            "edges (and missing where there are none). It comes after: [incoming ..., "
            "outgoing ...] + b.",
        ),
        Misconception(
            name="H_in and H_out exchanged",
            wrong=_WeightsTurned,
            says="You have exchanged (swapped) H_in and H_out: incoming goes with `self.into`, "
            "outgoing with `self.out_of`.",
        ),
        Misconception(
            name="the sides turned",
            wrong=_TablesTurned,
            says="You have exchanged (swapped) incoming and outgoing: your nodes hear with H_in "
            "those to whom they lead. incoming goes with self.into, outgoing with "
            "self.out_of.",
        ),
        Misconception(
            name="the halves turned",
            wrong=_HalvesTurned,
            says="The halves of your a stand in the wrong order (swapped): what comes in is "
            "first, what goes out second.",
        ),
        Misconception(
            name="transposed",
            wrong=_TablesTransposed,
            says="Your tables are transposed: you sum over columns, those who hear a node. Row i "
            "of a table says whom node i hears: `incoming @ ...`, the table in front.",
        ),
        Misconception(
            name="incoming twice",
            wrong=_OneSideTwice,
            says="Both halves of your a come from the incoming table. The second is for the "
            "outgoing one.",
        ),
        Misconception(
            name="outgoing twice",
            wrong=_OutgoingTwice,
            says="Both halves of your a come from the outgoing table. The first is for the "
            "incoming one.",
        ),
        Misconception(
            name="H_in twice",
            wrong=_OneWeightTwice,
            says="You use H_in, `self.into`, for both sides. The outgoing one has weights of its "
            "own, `self.out_of`.",
        ),
        Misconception(
            name="no H",
            wrong=_NoWeights,
            says="You sum the neighbours' vectors as they are: H_in and H_out, `self.into` and "
            "`self.out_of`, are missing.",
        ),
        Misconception(
            name="nobody heard",
            wrong=_Alone,
            says="Your nodes hear themselves only: the neighbours never come in, since incoming "
            "and outgoing are not used. Multiply by the tables: `incoming @ self.into(v)`.",
        ),
        Misconception(
            name="incoming alone",
            wrong=_IncomingAlone,
            says="The outgoing side is missing (zero) in your a: a node hears those before it "
            "and those after it.",
        ),
        Misconception(
            name="outgoing alone",
            wrong=_OutgoingAlone,
            says="The incoming side is missing (zero) in your a: a node hears those before it "
            "and those after it.",
        ),
        Misconception(
            name="itself too",
            wrong=_ItselfToo,
            says="Your nodes hear themselves beside their neighbours (a self-loop). What is in "
            "the tables is all that is heard; v itself comes in by U and the gate.",
        ),
        Misconception(
            name="what is heard, squashed",
            wrong=_SquashedHearing,
            says="You apply a tanh to what is heard. a is linear; only the gates and the new "
            "vector have an activation.",
        ),
        Misconception(
            name="the first graph's tables",
            wrong=_FirstGraphsTables,
            says="You use the first graph's tables for all graphs of the batch. Each has tables "
            "of its own: `@` multiplies a batch of them at once.",
        ),
    ),
)

# --- 12.5 The readout -----------------------------------------------------------------------------


def _readout_probes(rng):
    def arguments(*visits):
        visits = torch.tensor(visits, dtype=torch.float)
        v = torch.from_numpy(rng.normal(size=(*visits.shape, 4))).float()
        newest = torch.stack(
            [torch.from_numpy(rng.permutation(int((row > 0).sum()) or 1))[0] for row in visits]
        )
        return v, visits, newest

    def drawn(*nodes):
        """Graphs of so many nodes; one of them was visited more often than any other."""
        n = max(nodes)
        visits = rng.integers(1, 4, (len(nodes), n))
        visits *= np.arange(n) < np.array(nodes)[:, None]
        v, visits, newest = arguments(*visits.tolist())
        # neither the first node, nor the last, nor the one with the most visits, in most rows
        for b, count in enumerate(nodes):
            if count > 2:
                newest[b] = int(rng.integers(1, count - 1))
                visits[b, 0] = 5
        return v, visits, newest

    yield ModuleProbe(arguments([1, 1]), label="two nodes, a visit each", **_D4)
    yield ModuleProbe(arguments([1]), label="a single click", **_D4, edge=True)
    yield ModuleProbe(arguments([3, 1, 2]), label="nodes that were visited several times", **_D4)
    yield ModuleProbe(
        arguments([2, 1, 0], [1, 1, 4], [1, 0, 0]),
        label="graphs of 2, 3, 1 nodes",
        # Visits are counted, not learned.
        call=lambda module, v, visits, newest: module(v, visits.detach(), newest),
        gradients=True,
        **_D4,
    )
    for nodes in ((5, 3), (3, 5, 4), (4, 3, 5), (3, 3, 6, 4), (5, 3, 4)):
        yield ModuleProbe(drawn(*nodes), label="random graphs", **_D4)
    yield ModuleProbe(arguments([0, 0]), label="nothing but padding", **_D4, edge=True)
    yield ModuleProbe(drawn(4, 3), label="in training mode", training=True, **_D4)
    yield ModuleProbe((), label="the sizes of the weights", init=(4,), call=_layer_sizes)


class _Read(nn.Module):
    """The stub's readout with parts that can be exchanged."""

    def __init__(self, D):
        super().__init__()
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)
        self.merge = nn.Linear(2 * D, D, bias=False)

    def pick(self, v, visits, newest):
        return v[torch.arange(len(v)), newest]

    def inner(self, last, v):
        return torch.sigmoid(self.of_newest(last)[:, None] + self.of_each(v))

    def alpha(self, last, v, visits):
        return self.weight(self.inner(last, v)).squeeze(-1)

    def share(self, alpha, visits, newest):
        return alpha * visits

    def total(self, share, v, last, visits):
        return (share[:, None] @ v).squeeze(1)

    def both(self, last, everything):
        return self.merge(torch.cat([last, everything], dim=1))

    def forward(self, v, visits, newest):
        last = self.pick(v, visits, newest)
        share = self.share(self.alpha(last, v, visits), visits, newest)
        return self.both(last, self.total(share, v, last, visits))


class _NodesOnce(_Read):
    def share(self, alpha, visits, newest):
        return alpha * (visits > 0)


class _EmptyNodesToo(_Read):
    def share(self, alpha, visits, newest):
        return alpha


class _Softmax(_Read):
    def share(self, alpha, visits, newest):
        return alpha.masked_fill(visits == 0, -1e9).softmax(dim=-1) * visits


class _SoftmaxOnce(_Read):
    def share(self, alpha, visits, newest):
        return alpha.masked_fill(visits == 0, -1e9).softmax(dim=-1)


class _SoftmaxOfAll(_Read):
    def share(self, alpha, visits, newest):
        return alpha.softmax(dim=-1) * visits


class _SoftmaxOfAllOnce(_Read):
    def share(self, alpha, visits, newest):
        return alpha.softmax(dim=-1)


class _SumsToOne(_Read):
    def share(self, alpha, visits, newest):
        share = alpha * visits
        return share / share.sum(dim=-1, keepdim=True)


class _MeanOfClicks(_Read):
    def share(self, alpha, visits, newest):
        return alpha * visits / visits.sum(dim=-1, keepdim=True).clamp(min=1)


class _MeanOfNodes(_Read):
    def share(self, alpha, visits, newest):
        return alpha * visits / visits.shape[1]


class _MeanOfRealNodes(_Read):
    def share(self, alpha, visits, newest):
        return alpha * visits / (visits > 0).sum(dim=-1, keepdim=True).clamp(min=1)


class _VisitsSquared(_Read):
    def share(self, alpha, visits, newest):
        return alpha * visits**2


class _VisitsLogged(_Read):
    def share(self, alpha, visits, newest):
        return alpha * visits.log1p()


class _WithoutAlpha(_Read):
    def share(self, alpha, visits, newest):
        return visits


class _WithoutNewest(_Read):
    def share(self, alpha, visits, newest):
        return alpha * visits * (torch.arange(visits.shape[1]) != newest[:, None])


class _SquashedAlpha(_Read):
    def alpha(self, last, v, visits):
        return torch.sigmoid(super().alpha(last, v, visits))


class _SigmoidOutside(_Read):
    def inner(self, last, v):
        return self.of_newest(last)[:, None] + self.of_each(v)

    def alpha(self, last, v, visits):
        return torch.sigmoid(super().alpha(last, v, visits))


class _VisitsInsideOnly(_Read):
    def alpha(self, last, v, visits):
        return super().alpha(last, v * visits[:, :, None], visits)

    def share(self, alpha, visits, newest):
        return alpha


class _NewestClickOut(_Read):
    def share(self, alpha, visits, newest):
        is_newest = torch.arange(visits.shape[1]) == newest[:, None]
        return alpha * (visits - is_newest.to(visits.dtype))


class _ProjectedNewest(_Read):
    def both(self, last, everything):
        return super().both(self.of_newest(last), everything)


class _VisitsInside(_Read):
    def alpha(self, last, v, visits):
        return super().alpha(last, v * visits[:, :, None], visits)


class _LastColumn(_Read):
    def pick(self, v, visits, newest):
        return v[:, -1]


class _FirstColumn(_Read):
    def pick(self, v, visits, newest):
        return v[:, 0]


class _LastNode(_Read):
    def pick(self, v, visits, newest):
        return v[torch.arange(len(v)), ((visits > 0).sum(dim=1) - 1).clamp(min=0)]


class _MostVisited(_Read):
    def pick(self, v, visits, newest):
        return v[torch.arange(len(v)), visits.argmax(dim=1)]


class _FirstGraphsColumn(_Read):
    """The column of the first graph in all."""

    def pick(self, v, visits, newest):
        return v[:, newest[0]]


class _FirstGraph(_Read):
    """The columns in the first graph."""

    def pick(self, v, visits, newest):
        return v[0, newest]


class _FirstGraphsVector(_Read):
    def pick(self, v, visits, newest):
        return v[:1, newest[0]].expand(len(v), -1)


class _OneBefore(_Read):
    def pick(self, v, visits, newest):
        return v[torch.arange(len(v)), newest - 1]


class _MeanForNewest(_Read):
    def pick(self, v, visits, newest):
        return v.mean(dim=1)


class _Turned(_Read):
    def both(self, last, everything):
        return super().both(everything, last)


class _LastTwice(_Read):
    def both(self, last, everything):
        return super().both(last, last)


class _SumTwice(_Read):
    def both(self, last, everything):
        return super().both(everything, everything)


class _SumAlone(_Read):
    def both(self, last, everything):
        return super().both(torch.zeros_like(last), everything)


class _LastAlone(_Read):
    def both(self, last, everything):
        return super().both(last, torch.zeros_like(last))


class _InTheSumAndTwice(_Read):
    def both(self, last, everything):
        return super().both(last + everything, last + everything)


class _InTheSum(_Read):
    def both(self, last, everything):
        return super().both(torch.zeros_like(last), last + everything)


class _InTheSumToo(_Read):
    def both(self, last, everything):
        return super().both(last, last + everything)


class _AddedUp(_Read):
    def both(self, last, everything):
        return last + everything


class _NotMerged(_Read):
    def both(self, last, everything):
        return torch.cat([last, everything], dim=1)


class _SumNotMerged(_Read):
    def both(self, last, everything):
        return everything


class _SquashedResult(_Read):
    def both(self, last, everything):
        return torch.tanh(super().both(last, everything))


class _SumOfInner(_Read):
    def total(self, share, v, last, visits):
        return (share[:, None] @ self.inner(last, v)).squeeze(1)


class _SumOfProjected(_Read):
    def total(self, share, v, last, visits):
        return (share[:, None] @ self.of_each(v)).squeeze(1)


class _AllGraphs(_Read):
    def total(self, share, v, last, visits):
        return super().total(share, v, last, visits).sum(dim=0).expand_as(last)


class _Largest(_Read):
    def total(self, share, v, last, visits):
        return (share[:, :, None] * v).max(dim=1).values


class _Tanh(_Read):
    def inner(self, last, v):
        return torch.tanh(self.of_newest(last)[:, None] + self.of_each(v))


class _Relu(_Read):
    def inner(self, last, v):
        return torch.relu(self.of_newest(last)[:, None] + self.of_each(v))


class _SoftmaxInside(_Read):
    def inner(self, last, v):
        return torch.softmax(self.of_newest(last)[:, None] + self.of_each(v), dim=-1)


class _Unsquashed(_Read):
    def inner(self, last, v):
        return self.of_newest(last)[:, None] + self.of_each(v)


class _WeightsExchanged(_Read):
    def inner(self, last, v):
        return torch.sigmoid(self.of_each(last)[:, None] + self.of_newest(v))


class _EachAlone(_Read):
    def inner(self, last, v):
        return torch.sigmoid(self.of_each(v))


class _NewestAlone(_Read):
    def inner(self, last, v):
        return torch.sigmoid(self.of_newest(last)[:, None]).expand_as(v)


class _MultipliedInside(_Read):
    def inner(self, last, v):
        return torch.sigmoid(self.of_newest(last)[:, None] * self.of_each(v))


class _SubtractedInside(_Read):
    def inner(self, last, v):
        return torch.sigmoid(self.of_newest(last)[:, None] - self.of_each(v))


class _SeparateSigmoids(_Read):
    def inner(self, last, v):
        return torch.sigmoid(self.of_newest(last))[:, None] + torch.sigmoid(self.of_each(v))


class _NoBiasInside(_Read):
    def inner(self, last, v):
        return torch.sigmoid(self.of_newest(last)[:, None] + v @ self.of_each.weight.T)


_READOUT = Exercise(
    id="12.5",
    title="The readout",
    minutes=8,
    reference=SessionReadout,
    probes=_readout_probes,
    hints=(
        "Pick the newest node's vector out of each graph, then compare it with all nodes of the "
        "graph at once.",
        "`last = v[torch.arange(len(v)), newest]` is (B, D); `self.of_newest(last)[:, None]` "
        "broadcasts over the nodes. `self.weight(...)` is (B, n, 1).",
        "`alpha = self.weight(torch.sigmoid(self.of_newest(last)[:, None] + "
        "self.of_each(v))).squeeze(-1)`, `everything = ((alpha * visits)[:, :, None] * "
        "v).sum(dim=1)`, `self.merge(torch.cat([last, everything], dim=1))`.",
    ),
    built="You have built SR-GNN's readout: the newest click, and all clicks weighed in its "
    "light. With it the network is complete, and the next cells train it.",
    ours="A node's weight is multiplied by its visits, so nobody goes back to single clicks.",
    misconceptions=(
        Misconception(
            name="each node once",
            wrong=_NodesOnce,
            says="A node that was clicked three times counts once in your sum. It runs over "
            "clicks: multiply by visits, which say how often.",
        ),
        Misconception(
            name="empty nodes too",
            wrong=_EmptyNodesToo,
            says="You don't use visits, so columns without a node (padding) are summed as well, "
            "and repeated clicks count once. Multiply alpha by visits: 0 there, and 3 for a "
            "node with three clicks.",
        ),
        Misconception(
            name="a softmax",
            wrong=_Softmax,
            says="You normalise alpha with a softmax, as in chapter 06. SR-GNN does not: its "
            "weights may be negative and need not sum to 1.",
        ),
        Misconception(
            name="a softmax, without visits",
            wrong=_SoftmaxOnce,
            says="You normalise alpha with a softmax over the nodes, and visits only say which "
            "nodes there are. SR-GNN has no softmax: alpha as it is, times visits.",
        ),
        Misconception(
            name="a softmax of all columns",
            wrong=_SoftmaxOfAll,
            says="You normalise alpha with a softmax over all columns, empty ones too. SR-GNN "
            "has no softmax: alpha as it is, times visits.",
        ),
        Misconception(
            name="a softmax and no visits",
            wrong=_SoftmaxOfAllOnce,
            says="You normalise alpha with a softmax and never read visits. SR-GNN has no "
            "softmax: alpha as it is, times visits.",
        ),
        Misconception(
            name="weights that sum to 1",
            wrong=_SumsToOne,
            says="You normalise the weights: they are divided by their sum. SR-GNN does not: "
            "alpha as it is, times visits.",
        ),
        Misconception(
            name="the mean over clicks",
            wrong=_MeanOfClicks,
            says="You take the mean over clicks: you divide by the number of all visits. It is a "
            "sum, which grows with the number of clicks.",
        ),
        Misconception(
            name="the mean over columns",
            wrong=_MeanOfNodes,
            says="You take the mean over the columns: you divide by n. It is a sum over clicks.",
        ),
        Misconception(
            name="the mean over nodes",
            wrong=_MeanOfRealNodes,
            says="You take the mean over the nodes that there are. It is a sum over clicks.",
        ),
        Misconception(
            name="visits squared",
            wrong=_VisitsSquared,
            says="Your visits count twice: they come in squared, in the weight and again in the "
            "sum. Multiply by visits once.",
        ),
        Misconception(
            name="visits by their logarithm",
            wrong=_VisitsLogged,
            says="You take the logarithm of visits. A node with three clicks counts three times: "
            "multiply by visits as they are.",
        ),
        Misconception(
            name="no alpha",
            wrong=_WithoutAlpha,
            says="Your sum has no alpha: each click weighs the same. Multiply by alpha, the "
            "attention, as well as by visits.",
        ),
        Misconception(
            name="the newest left out",
            wrong=_WithoutNewest,
            says="You leave the newest click's node out of the sum (excluded). It runs over "
            "*all* clicks, the newest among them.",
        ),
        Misconception(
            name="a sigmoid around alpha",
            wrong=_SquashedAlpha,
            says="You put a sigmoid around alpha, after q. The sigmoid is inside: q . "
            "sigmoid(...), and alpha may be negative.",
        ),
        Misconception(
            name="the sigmoid after q",
            wrong=_SigmoidOutside,
            says="Your sigmoid is around q . (...), not inside. First the sigmoid, then q: "
            "`self.weight(torch.sigmoid(...))`.",
        ),
        Misconception(
            name="visits inside of alpha only",
            wrong=_VisitsInsideOnly,
            says="You multiply the vectors by visits before alpha is computed, and not in the sum. "
            "There they count: alpha * visits.",
        ),
        Misconception(
            name="the newest click left out",
            wrong=_NewestClickOut,
            says="You take one visit off the newest click's node. The sum runs over *all* clicks, "
            "the newest among them.",
        ),
        Misconception(
            name="W_1 v beside the sum",
            wrong=_ProjectedNewest,
            says="You put W_1 v_newest beside the sum. W_1 is for alpha alone: the node's vector "
            "goes there as it is.",
        ),
        Misconception(
            name="visits inside of alpha",
            wrong=_VisitsInside,
            says="You multiply the vectors by visits before alpha is computed. visits count in "
            "the sum, not in the comparison.",
        ),
        Misconception(
            name="the last column",
            wrong=_LastColumn,
            says="You take the last column for the newest click. Nodes are sorted by item, so "
            "the newest click's node may be anywhere: `newest` says where.",
        ),
        Misconception(
            name="the first column",
            wrong=_FirstColumn,
            says="You take the first column for the newest click. Nodes are sorted by item, so "
            "the newest click's node may be anywhere: `newest` says where.",
        ),
        Misconception(
            name="the last node",
            wrong=_LastNode,
            says="You take the last node that there is for the newest click. Nodes are sorted by "
            "item, not by time: `newest` says in which column it is.",
        ),
        Misconception(
            name="the most visited",
            wrong=_MostVisited,
            says="You take the most visited node (the one that was clicked most often) for the "
            "newest click. `newest` says in which column that one is.",
        ),
        Misconception(
            name="the first graph's column",
            wrong=_FirstGraphsColumn,
            says="You read `newest` of the first graph only, and take the same column in all "
            "graphs. Each has its own: `v[torch.arange(len(v)), newest]`.",
        ),
        Misconception(
            name="columns of the first graph",
            wrong=_FirstGraph,
            says="You pick all newest nodes out of the first graph. Each row of `newest` is a "
            "column of its own graph: `v[torch.arange(len(v)), newest]`.",
        ),
        Misconception(
            name="the first graph's newest for all",
            wrong=_FirstGraphsVector,
            says="You use the first graph's newest vector for all graphs. Each has its own: "
            "`v[torch.arange(len(v)), newest]`.",
        ),
        Misconception(
            name="one column before",
            wrong=_OneBefore,
            says="You take the column before the newest one, as if `newest` counted from 1. "
            "Columns count from 0: use it as it is.",
        ),
        Misconception(
            name="the mean for the newest",
            wrong=_MeanForNewest,
            says="In place of the newest click's vector you take the mean over nodes. `newest` "
            "says which column to take.",
        ),
        Misconception(
            name="turned round",
            wrong=_Turned,
            says="You put the sum before the newest node's vector: the wrong order (swapped). "
            "W_3 expects [newest, sum].",
        ),
        Misconception(
            name="the newest twice",
            wrong=_LastTwice,
            says="Both halves of what you merge are the newest node's vector; the sum is "
            "missing. W_3 expects [newest, sum].",
        ),
        Misconception(
            name="the sum twice",
            wrong=_SumTwice,
            says="Both halves of what you merge are the sum; the newest node's vector is "
            "missing. W_3 expects [newest, sum].",
        ),
        Misconception(
            name="the sum alone",
            wrong=_SumAlone,
            says="The newest node's vector is missing in what you merge: W_3 expects [newest, "
            "sum].",
        ),
        Misconception(
            name="the newest alone",
            wrong=_LastAlone,
            says="You return what W_3 makes of the newest node's vector alone; the sum over "
            "clicks is missing. W_3 expects [newest, sum].",
        ),
        Misconception(
            name="the newest in the sum",
            wrong=_InTheSum,
            says="You add the newest node's vector to the sum in place of putting it beside. W_3 "
            "expects the two side by side: [newest, sum].",
        ),
        Misconception(
            name="the newest in the sum, twice",
            wrong=_InTheSumAndTwice,
            says="You add the newest node's vector and the sum, and use that for both halves. "
            "They stand side by side: [newest, sum].",
        ),
        Misconception(
            name="the newest beside and in the sum",
            wrong=_InTheSumToo,
            says="You add the newest node's vector to the sum as well as putting it beside. The "
            "sum is alpha times v over clicks, and nothing else.",
        ),
        Misconception(
            name="added, without W_3",
            wrong=_AddedUp,
            says="You add the newest node's vector and the sum, and leave out W_3. Put them side "
            "by side and merge: `self.merge(torch.cat([last, everything], dim=1))`.",
        ),
        Misconception(
            name="without W_3",
            wrong=_NotMerged,
            says="W_3 is missing: you return the two side by side, 2 D wide. `self.merge` brings "
            "them to width D.",
        ),
        Misconception(
            name="the sum, without W_3",
            wrong=_SumNotMerged,
            says="You return the sum over clicks itself. The newest node's vector is put before "
            "it and W_3, `self.merge`, makes one vector of both.",
        ),
        Misconception(
            name="a tanh around all",
            wrong=_SquashedResult,
            says="You apply a tanh to the result. W_3 is the end: no activation after it.",
        ),
        Misconception(
            name="sums the sigmoids",
            wrong=_SumOfInner,
            says="You sum what the sigmoids give (the hidden vectors inside of alpha). alpha "
            "weighs the nodes' vectors themselves: alpha times v.",
        ),
        Misconception(
            name="sums W_2 v",
            wrong=_SumOfProjected,
            says="You sum W_2 v + c. alpha weighs the nodes' vectors as they are: alpha times v.",
        ),
        Misconception(
            name="all graphs in one sum",
            wrong=_AllGraphs,
            says="You sum over all graphs of the batch, so each hears the others. Sum over the "
            "nodes of each graph, dim=1.",
        ),
        Misconception(
            name="the largest",
            wrong=_Largest,
            says="You take the maximum over the nodes. It is a sum over clicks.",
        ),
        Misconception(
            name="a tanh",
            wrong=_Tanh,
            says="Inside of alpha you use tanh. The paper's equation has a sigmoid there.",
        ),
        Misconception(
            name="a ReLU",
            wrong=_Relu,
            says="Inside of alpha you use a ReLU. The paper's equation has a sigmoid there.",
        ),
        Misconception(
            name="a softmax inside",
            wrong=_SoftmaxInside,
            says="Inside of alpha you use a softmax. The paper's equation has a sigmoid there.",
        ),
        Misconception(
            name="nothing inside",
            wrong=_Unsquashed,
            says="You left out the sigmoid. Without it alpha is the sum of a number for the "
            "newest click and one for each node: the two never meet.",
        ),
        Misconception(
            name="W_1 and W_2 exchanged",
            wrong=_WeightsExchanged,
            says="You have exchanged (swapped) W_1 and W_2: `self.of_newest` is for the newest "
            "node's vector, `self.of_each` for each node.",
        ),
        Misconception(
            name="alpha without the newest",
            wrong=_EachAlone,
            says="Your alpha does not depend on the newest click: W_1 v_newest, "
            "`self.of_newest`, is missing inside the sigmoid.",
        ),
        Misconception(
            name="alpha without the node",
            wrong=_NewestAlone,
            says="Your alpha is the same for all nodes: W_2 v_i + c, `self.of_each(v)`, is "
            "missing inside the sigmoid.",
        ),
        Misconception(
            name="multiplied inside",
            wrong=_MultipliedInside,
            says="You multiply the newest click's part and each node's part inside the sigmoid. "
            "They are added.",
        ),
        Misconception(
            name="subtracted inside",
            wrong=_SubtractedInside,
            says="You subtract inside the sigmoid. The newest click's part and each node's part "
            "are added.",
        ),
        Misconception(
            name="two sigmoids",
            wrong=_SeparateSigmoids,
            says="You take two sigmoids and add them. There is one sigmoid, of the sum of both.",
        ),
        Misconception(
            name="no c",
            wrong=_NoBiasInside,
            says="The bias c is missing inside the sigmoid: call `self.of_each(v)`, which has "
            "it, rather than its weight alone.",
        ),
    ),
)

EXERCISES = (_PROPAGATE, _NODES, _EDGES, _GATED, _READOUT)

QUIZZES = (
    Quiz(
        id="12.1",
        question="You add edges between consecutive clicks to LightGCN's graph, and still ask it "
        "about a shopper. What changes for Anna between her last click and the next?",
        choices=(
            Choice(
                "Her vector moves on to the newest product.",
                why="Nothing in the graph says which of her clicks is the newest: all her edges "
                "weigh the same.",
            ),
            Choice(
                "Nothing, until the graph is built again; and then one edge among many.",
                right=True,
                why="The graph has no now. A model can only answer with the moment if the moment "
                "is in the question.",
            ),
            Choice(
                "The products that tend to follow her newest click come closer to her.",
                why="Products move closer to what follows them, for all shoppers alike. That is "
                "not about her newest click.",
            ),
        ),
    ),
    Quiz(
        id="12.2",
        question="A, B, A, C, A and A, C, A, B, A: can a deeper SR-GNN, with five rounds, tell "
        "them apart?",
        choices=(
            Choice(
                "Yes: after more rounds a node hears what lies further away.",
                why="It does hear further, but in both cases the same: the graphs are equal in "
                "every table.",
            ),
            Choice(
                "Yes, if its embedding is wide enough.",
                why="Width is about how much can be said of a graph. These two are one graph.",
            ),
            Choice(
                "No.",
                right=True,
                why="Nodes, visits, both tables and the newest node are the same, so every "
                "function of them is. Only something that is not in the graph could help, "
                "positions for instance.",
            ),
        ),
    ),
    Quiz(
        id="12.3",
        question="SR-GNN on the current visit scores above the oracle on your table. What is the "
        "likeliest reason?",
        choices=(
            Choice(
                "A bug in the oracle: nothing beats it.",
                why="Nothing beats it that knows what it knows. This oracle reads item ids alone.",
            ),
            Choice(
                "The model is told where the visit began, and this oracle is not.",
                right=True,
                why="It reads something that the oracle has to guess. The fair ceiling is the "
                "oracle that is told the borders too.",
            ),
            Choice(
                "The model was trained too long.",
                why="Training too long costs score on new clicks. It does not lift a model above a "
                "ceiling.",
            ),
        ),
    ),
)

_SAYS = ("the same", "nearly the same", "something else")

GUESSES = (
    GuessNumber(id="12.1", asks="Propagations until Ada knows of product 3", close=0),
    GuessChoice(
        id="12.2",
        asks="The best of the four",
        choices=(
            "shopper, static graph",
            "shopper, + temporal edges",
            "newest click, static graph",
            "newest click, + temporal edges",
        ),
    ),
    GuessChoice(
        id="12.3",
        asks="The question that gains more from temporal edges",
        choices=("shopper", "newest click"),
    ),
    GuessNumber(id="12.4", asks="Nodes of the visit's graph", close=0),
    GuessNumber(id="12.5", asks="Different edges of the visit's graph", close=0),
    GuessOrder(
        id="12.6",
        asks="What a network reads, the lowest share of the lift first",
        items=("graph of 6 clicks", "graph of the visit", "line of 40 clicks"),
    ),
    GuessNumber(
        id="12.7",
        asks="In training, how often place 0 names another visit",
        unit="%",
        high=100,
        close=10,
    ),
    GuessChoice(
        id="12.8",
        asks="On the current visit, both trained on the same question",
        choices=("the graph", "the line", "no difference"),
    ),
    GuessChoice(id="12.9", asks="SR-GNN says to the second shopper", choices=_SAYS),
    GuessChoice(id="12.10", asks="The oracle says to the second shopper", choices=_SAYS),
    GuessChoice(
        id="12.11",
        asks="Whose prediction moves least",
        choices=("SR-GNN, newest 6 clicks", "SASRec", "oracle"),
    ),
    GuessNumber(
        id="12.12",
        asks="Share of the lift of a visit's graph after one click",
        unit="%",
        close=5,
    ),
)
