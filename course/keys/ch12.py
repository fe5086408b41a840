"""Answer key of chapter 12."""

import torch
from torch import nn

from course.coach import Choice, EquivalentMutant, Exercise, Misconception, ModuleProbe, Probe, Quiz
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

    yield Probe(
        (torch.tensor([[0.0, 1.0], [1.0, 0.0]]), torch.tensor([[1.0], [2.0]]), 1),
        label="two nodes, one layer",
    )
    yield Probe((numbers(3, 3), numbers(3, 2), 0), label="no propagation")
    yield Probe(
        (numbers(4, 4), numbers(4, 3), 3), label="three propagations, not symmetric", gradients=True
    )
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
    inside = bool(((alias >= 0) & (alias < nodes.shape[1])).all())
    return {"nodes": nodes, "alias of the clicks": alias[items != 0], "alias in range": inside}


def _node_probes(rng):
    def probe(items, label, **how):
        return Probe((items,), label=label, call=_nodes_and_alias, **how)

    yield probe(torch.tensor([[5, 3]]), "two products")
    yield probe(torch.tensor([[4, 4, 4]]), "one product three times")
    yield probe(torch.tensor([[2, 7, 2, 1]]), "a product that comes back")
    yield probe(torch.tensor([[0, 0, 9], [8, 6, 8]]), "a short history beside a longer one")
    yield probe(torch.tensor([[0, 2, 1], [5, 5, 5]]), "the padded history has more nodes")
    yield probe(torch.zeros(2, 3, dtype=torch.long), "nothing but padding")
    yield probe(torch.tensor([[3]]), "a single click", elsewhere=True)
    for _ in range(2):
        yield probe(_sequences(rng, rng.integers(0, 8, 6).tolist(), 8, 5), "random histories")
    yield probe(
        _sequences(rng, rng.integers(1, 21, 1_500).tolist(), 20, 50), "1,500 histories", slowdown=25
    )


def _by_first_click(items):
    """Nodes in the order of their first click."""
    n = distinct_items(items)[0].shape[1]
    nodes, alias = items.new_zeros(len(items), n), torch.zeros_like(items)
    for b, row in enumerate(items.tolist()):
        seen = list(dict.fromkeys(item for item in row if item))
        nodes[b, : len(seen)] = torch.tensor(seen, dtype=torch.long)
        alias[b] = torch.tensor([seen.index(item) if item else 0 for item in row])
    return nodes, alias


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
            name="a node for each click",
            wrong=_node_per_click,
            says="Each of your clicks is a node of its own, so a product that is clicked twice is "
            "there twice. That is the line again, not a graph.",
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

    yield probe(torch.tensor([[1, 2]]), "one step")
    yield probe(torch.tensor([[1, 2, 3, 2, 4]]), "the paper's example")
    yield probe(torch.tensor([[1, 2, 1, 2, 3]]), "a step that is made twice")
    yield probe(torch.tensor([[6, 6, 1]]), "the same product twice in a row")
    yield probe(torch.tensor([[0, 0, 2, 5], [3, 2, 1, 2]]), "padding before the first click")
    yield probe(torch.tensor([[0, 0, 4], [1, 3, 2]]), "a single click: no step")
    yield probe(torch.tensor([[7]]), "a history of one click")
    yield probe(_sequences(rng, [3, 9, 6], 9, 4), "random histories", elsewhere=True)
    yield probe(
        _sequences(rng, rng.integers(1, 21, 1_000).tolist(), 20, 50), "1,000 histories", slowdown=25
    )


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
    misconceptions=(
        Misconception(
            name="the two swapped",
            wrong=_swapped,
            says="Your two tables are swapped: incoming[i, j] belongs to steps from j *to* i.",
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
    yield ModuleProbe(
        (v, torch.zeros(1, 2, 2), torch.zeros(1, 2, 2)), label="no edges at all", **_D4
    )
    yield ModuleProbe(_layer_arguments(rng, [1], 1, 5), label="a single node", **_D4)
    yield ModuleProbe((), label="the sizes of the weights", init=(4,), call=_layer_sizes)
    start = {"init": (4,), "same_weights": False}
    yield ModuleProbe(
        _layer_arguments(rng, [4], 4, 3), label="with the weights that it starts with", **start
    )


class _Gated(GatedGraphLayer):
    """The layer with parts that can be exchanged."""

    def hears(self, v, incoming, outgoing):
        return torch.cat([incoming @ self.into(v), outgoing @ self.out_of(v)], dim=-1) + self.bias

    def new(self, for_u, r, v):
        return torch.tanh(for_u + self.candidate(r * v))

    def mix(self, v, u, z):
        return (1 - z) * v + z * u

    def forward(self, v, incoming, outgoing):
        for_z, for_r, for_u = self.heard(self.hears(v, incoming, outgoing)).chunk(3, dim=-1)
        from_z, from_r = self.gates(v).chunk(2, dim=-1)
        z, r = torch.sigmoid(for_z + from_z), torch.sigmoid(for_r + from_r)
        return self.mix(v, self.new(for_u, r, v), z)


class _GateTurned(_Gated):
    def mix(self, v, u, z):
        return z * v + (1 - z) * u


class _ResetOutside(_Gated):
    def new(self, for_u, r, v):
        return torch.tanh(for_u + r * self.candidate(v))


class _NoReset(_Gated):
    def new(self, for_u, r, v):
        return torch.tanh(for_u + self.candidate(v))


class _NoBias(_Gated):
    def hears(self, v, incoming, outgoing):
        return super().hears(v, incoming, outgoing) - self.bias


class _SidesTurned(_Gated):
    def hears(self, v, incoming, outgoing):
        return super().hears(v, outgoing, incoming)


class _OneSideTwice(_Gated):
    def hears(self, v, incoming, outgoing):
        return super().hears(v, incoming, incoming)


class _Added(_Gated):
    def mix(self, v, u, z):
        return v + z * u


class _SigmoidNew(_Gated):
    def new(self, for_u, r, v):
        return torch.sigmoid(for_u + self.candidate(r * v))


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
    misconceptions=(
        Misconception(
            name="the gate turned round",
            wrong=_GateTurned,
            says="Your z keeps the old. In this paper's equation z is the share of the *new*: (1 - "
            "z) * v + z * u. nn.GRUCell has it your way.",
        ),
        Misconception(
            name="r outside of the product",
            wrong=_ResetOutside,
            says="You multiply by r after U_o, as nn.GRUCell does. Here r comes first: U_o (r * "
            "v).",
        ),
        Misconception(
            name="no r",
            wrong=_NoReset,
            says="Your r is computed and not used: it decides how much of v goes into the new, U_o "
            "(r * v).",
        ),
        Misconception(
            name="no bias",
            wrong=_NoBias,
            says="The bias b is missing in what a node hears. Without it a node without edges "
            "hears nothing at all.",
        ),
        Misconception(
            name="the sides turned",
            wrong=_SidesTurned,
            says="Your nodes hear with H_in those to whom they lead. incoming goes with self.into, "
            "outgoing with self.out_of.",
        ),
        Misconception(
            name="one side twice",
            wrong=_OneSideTwice,
            says="Both halves of your a come from the incoming table. The second is for the "
            "outgoing one.",
        ),
        Misconception(
            name="adds instead of mixing",
            wrong=_Added,
            says="You add the new to all of the old. The gate shares out: what z gives to the new "
            "is taken from v.",
        ),
        Misconception(
            name="a sigmoid for the new",
            wrong=_SigmoidNew,
            says="Your new vector goes through a sigmoid and has no negative numbers. It is a "
            "tanh.",
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

    yield ModuleProbe(arguments([1, 1]), label="two nodes, a visit each", **_D4)
    yield ModuleProbe(arguments([1]), label="a single click", **_D4)
    yield ModuleProbe(arguments([3, 1, 2]), label="nodes that were visited several times", **_D4)
    yield ModuleProbe(
        arguments([2, 1, 0], [1, 1, 4], [1, 0, 0]),
        label="graphs of 2, 3, 1 nodes",
        gradients=True,
        **_D4,
    )
    yield ModuleProbe(arguments([0, 0]), label="nothing but padding", **_D4)
    yield ModuleProbe((), label="the sizes of the weights", init=(4,), call=_layer_sizes)


class _Read(SessionReadout):
    """The readout with parts that can be exchanged."""

    def newest(self, v, newest):
        return v[torch.arange(len(v)), newest]

    def squash(self, x):
        return torch.sigmoid(x)

    def share(self, alpha, visits):
        return alpha * visits

    def both(self, last, everything):
        return torch.cat([last, everything], dim=1)

    def forward(self, v, visits, newest):
        last = self.newest(v, newest)
        alpha = self.weight(self.squash(self.of_newest(last)[:, None] + self.of_each(v))).squeeze(
            -1
        )
        everything = (self.share(alpha, visits)[:, None] @ v).squeeze(1)
        return self.merge(self.both(last, everything))


class _NodesOnce(_Read):
    def share(self, alpha, visits):
        return alpha * (visits > 0)


class _EmptyNodesToo(_Read):
    def share(self, alpha, visits):
        return alpha


class _Softmax(_Read):
    def share(self, alpha, visits):
        return alpha.masked_fill(visits == 0, -1e9).softmax(dim=-1) * visits


class _LastColumn(_Read):
    def newest(self, v, newest):
        return v[:, -1]


class _Turned(_Read):
    def both(self, last, everything):
        return torch.cat([everything, last], dim=1)


class _Tanh(_Read):
    def squash(self, x):
        return torch.tanh(x)


class _Unsquashed(_Read):
    def squash(self, x):
        return x


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
    misconceptions=(
        Misconception(
            name="each node once",
            wrong=_NodesOnce,
            says="A node that was clicked three times counts once in your sum. It runs over "
            "clicks: multiply by visits.",
        ),
        Misconception(
            name="empty nodes too",
            wrong=_EmptyNodesToo,
            says="You don't use visits, so columns without a node are summed as well. Multiply "
            "alpha by visits: 0 there, and 3 for a node with three clicks.",
        ),
        Misconception(
            name="a softmax",
            wrong=_Softmax,
            says="You normalise alpha with a softmax, as in chapter 06. SR-GNN does not: its "
            "weights may be negative and need not sum to 1.",
        ),
        Misconception(
            name="the last column",
            wrong=_LastColumn,
            says="You take the last column for the newest click. Nodes are sorted by item, so the "
            "newest click's node may be anywhere: `newest` says where.",
        ),
        Misconception(
            name="turned round",
            wrong=_Turned,
            says="You put the sum before the newest node's vector. W_3 expects [newest, sum].",
        ),
        Misconception(
            name="a tanh",
            wrong=_Tanh,
            says="Inside of alpha you use tanh. The paper's equation has a sigmoid there.",
        ),
        Misconception(
            name="nothing inside",
            wrong=_Unsquashed,
            says="You left out the sigmoid. Without it alpha is the sum of a number for the newest "
            "click and one for each node: the two never meet.",
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
