"""SR-GNN as the paper's equations say it: one session, one node, one number after the other."""

import torch


def plain_graph(session):
    """Nodes in ascending order, and the paper's two tables, lists of floats, from dictionaries."""
    nodes = sorted(set(session))
    count = {}
    for a, b in zip(session[:-1], session[1:], strict=True):
        count[a, b] = count.get((a, b), 0) + 1
    into = {b: sum(times for (_, end), times in count.items() if end == b) for b in nodes}
    out_of = {a: sum(times for (start, _), times in count.items() if start == a) for a in nodes}
    incoming = [[count.get((j, i), 0) / into[i] if into[i] else 0.0 for j in nodes] for i in nodes]
    outgoing = [
        [count.get((i, j), 0) / out_of[i] if out_of[i] else 0.0 for j in nodes] for i in nodes
    ]
    return nodes, incoming, outgoing


def plain_layer(layer, vectors, incoming, outgoing):
    """Equations 1 to 5. vectors: a list of (D,). Returns another."""
    D, updated = len(vectors[0]), []
    w_z, w_r, w_o = layer.heard.weight.split(D)
    u_z, u_r, u_o = layer.gates.weight[:D], layer.gates.weight[D:], layer.candidate.weight
    for i, v in enumerate(vectors):
        from_in, from_out = torch.zeros(D, dtype=v.dtype), torch.zeros(D, dtype=v.dtype)
        for j, other in enumerate(vectors):
            from_in = from_in + incoming[i][j] * (layer.into.weight @ other)
            from_out = from_out + outgoing[i][j] * (layer.out_of.weight @ other)
        a = torch.cat([from_in, from_out]) + layer.bias
        z = 1 / (1 + torch.exp(-(w_z @ a + u_z @ v)))
        r = 1 / (1 + torch.exp(-(w_r @ a + u_r @ v)))
        new = torch.tanh(w_o @ a + u_o @ (r * v))
        updated.append((1 - z) * v + z * new)
    return updated


def plain_readout(readout, vectors, places):
    """Equations 6 and 7. vectors: a list of (D,), one per node.

    places: the node of each click, the newest last.
    """
    last, total = vectors[places[-1]], torch.zeros_like(vectors[0])
    # Over clicks, as in the paper: a node that was clicked twice is there twice.
    for place in places:
        v = vectors[place]
        of_both = readout.of_newest.weight @ last + readout.of_each.weight @ v
        inner = 1 / (1 + torch.exp(-(of_both + readout.of_each.bias)))
        total = total + (readout.weight.weight[0] @ inner) * v
    return readout.merge.weight @ torch.cat([last, total])


def plain_srgnn(network, session):
    """Logits (n_items,) of what follows a session, a list of items from 1."""
    session = session[-network.max_len :]
    nodes, incoming, outgoing = plain_graph(session)
    vectors = [network.encoder.item.weight[item] for item in nodes]
    for _ in range(network.encoder.n_steps):
        vectors = plain_layer(network.encoder.layer, vectors, incoming, outgoing)
    state = plain_readout(network.encoder.readout, vectors, [nodes.index(item) for item in session])
    return torch.stack([state @ vector for vector in network.item_vectors])
