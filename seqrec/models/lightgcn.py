"""LightGCN: all users and items in one graph, and vectors that are smoothed along its edges.

After He, Deng, Wang, Li, Zhang and Wang, "LightGCN: Simplifying and Powering Graph Convolution
Network for Recommendation" (2020). The temporal edges are no part of it; they are there to be
switched on.

    bipartite_edges(users, items, n_users)    an edge both ways for each click: user and item
    temporal_edges(users, items, n_users)     an edge for each step: an item hears the next click's
    normalised_graph(edges, n_nodes)          the matrix that a propagation multiplies by
    propagate(graph, x, n_layers)             what a node hears from 0, 1, 2 ... steps away
    LightGCN                                  a vector per node, and scores from them

Nodes are numbered 0..n_users - 1 for users, then items: item j is node n_users + j - 1.

Axis letters: N clicks of a log, E edges, M = n_users + n_items nodes, D width, B questions.
"""

import torch
from torch import nn

from seqrec.models.encoder import draw_weights
from seqrec.models.heads import pad_column


def bipartite_edges(users: torch.Tensor, items: torch.Tensor, n_users: int) -> torch.Tensor:
    """The user hears the item, and the item the user.

    users:   (N,) rows from 0
    items:   (N,) from 1
    n_users: rows of users

    Returns (2, 2 N) long nodes: who hears, above; who is heard, below.
    """
    click = torch.stack([users, items + n_users - 1])
    return torch.cat([click, click.flip(0)], dim=1)


def temporal_edges(users: torch.Tensor, items: torch.Tensor, n_users: int) -> torch.Tensor:
    """Each click's item hears the item of the same user's next click: what tends to follow it.

    users:   (N,) rows from 0, each user's clicks side by side, oldest first
    items:   (N,) from 1
    n_users: rows of users

    Returns (2, E) long nodes: the earlier item above, the later below. A step that is repeated is
    an edge that is repeated.
    """
    is_step = users[1:] == users[:-1]
    return torch.stack([items[:-1], items[1:]])[:, is_step] + n_users - 1


def normalised_graph(edges: torch.Tensor, n_nodes: int) -> torch.Tensor:
    """The adjacency, divided by the roots of how much a node hears and is heard; sparse.

        A[i, j] = how often node i hears node j
        graph[i, j] = A[i, j] / sqrt(sum over k of A[i, k] * sum over k of A[k, j])

    If all edges go both ways this is D^-1/2 A D^-1/2 (He et al., equation 8).

    edges:   (2, E) long nodes: who hears, above; who is heard, below. Repeated edges add up
    n_nodes: M

    Returns a sparse (M, M) tensor. A node that hears nobody has an empty row.
    Raises ValueError for a node that does not exist.
    """
    if edges.numel() and not (0 <= edges.min() and edges.max() < n_nodes):
        raise ValueError(
            f"edges name nodes {edges.min()} to {edges.max()}, but there are 0 to {n_nodes - 1}."
        )
    hears, is_heard = (torch.bincount(ends, minlength=n_nodes).float() for ends in edges)
    weights = (hears[edges[0]] * is_heard[edges[1]]).rsqrt()
    return torch.sparse_coo_tensor(
        edges, weights, (n_nodes, n_nodes), check_invariants=True
    ).coalesce()


def propagate(graph, x, n_layers):
    """x, A x, A A x ...: (n_layers + 1, M, D). graph: A, sparse or dense (M, M). x: (M, D).

    LightGCN's vectors are their mean (He et al., equations 7 and 8; weights 1 / (n_layers + 1)).
    """
    layers = [x]
    for _ in range(n_layers):
        layers.append(graph @ layers[-1])
    return torch.stack(layers)


class LightGCN(nn.Module):
    """Logit of item j for a question = its state . vector of j, all propagated over one graph.

    Nothing is learned but a vector per node. A question is a user: state = the user's vector. With
    `reads_newest` it is a user at a moment: state = the user's vector + what the newest item hears.
    (Its own vector is left out of that: an item is most like itself, and would recommend itself.)

    graph:        of `normalised_graph`, (M, M)
    n_users:      nodes 0..n_users - 1
    n_items:      the nodes behind them
    D:            width
    n_layers:     propagations, 1 or more
    reads_newest: whether a question is a user at a moment
    """

    def __init__(
        self, graph: torch.Tensor, n_users: int, n_items: int, *,
        D: int = 32, n_layers: int = 2, reads_newest: bool = False,
    ):  # fmt: skip
        super().__init__()
        self.n_users = n_users
        self.n_items = n_items
        self.n_layers = n_layers
        self.reads_newest = reads_newest
        self.register_buffer("graph", graph)
        self.node = nn.Embedding(n_users + n_items, D)
        draw_weights(self)

    def forward(
        self, users: torch.Tensor, newest: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """users: (B,) rows. newest: (B,) items from 1, the click before.

        Returns states (B, D), items (n_items, D).
        """
        layers = propagate(self.graph, self.node.weight, self.n_layers)  # (n_layers + 1, M, D)
        vectors = layers.mean(dim=0)  # (M, D), of all nodes at every step
        states = vectors[users]  # (B, D)
        if self.reads_newest:
            states = states + layers[1:, self.n_users + newest - 1].mean(dim=0)
        return states, vectors[self.n_users :]

    @torch.no_grad()
    def score_catalogue(self, users: torch.Tensor, newest: torch.Tensor) -> torch.Tensor:
        """Log-probabilities of what comes next: (B,), (B,) -> (B, n_items + 1), column 0 -inf."""
        states, items = self(users, newest)
        return pad_column((states @ items.T).log_softmax(dim=-1))
