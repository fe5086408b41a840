"""SR-GNN: a history as a small graph of its own, and what comes next after it.

After Wu, Tang, Zhu, Wang, Xie and Tan, "Session-based Recommendation with Graph Neural Networks"
(2019); the gated update is that of Li, Tarlow, Brockschmidt and Zemel, "Gated Graph Sequence Neural
Networks" (2016).

    session_graphs(items)       the graphs of a batch of histories, without a loop over them
    GatedGraphLayer             every node hears its neighbours and is updated by a gate
    SessionReadout              one vector per graph: its newest node, and an attention over all nodes
    SRGNN                       all of it, and a score for every item of the catalogue

The model was made for sessions, hence the names. Which clicks make a session is for the caller to
say: what it is given becomes one graph.

Axis letters: B batch, L length, n nodes of the largest graph in the batch, D width, K histories
with a target.
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from torch import nn
from torch.nn.functional import pad

from seqrec.checks import check_count
from seqrec.data.padding import PAD
from seqrec.losses.chunked_softmax import chunked_softmax_loss
from seqrec.losses.objectives import window_loss
from seqrec.models.attention import check_dropout, draw_weights
from seqrec.models.config import ModelConfig, windows_on
from seqrec.models.heads import eval_mode, pad_column


class SessionGraphs(NamedTuple):
    """One graph per history.

    Two histories with the same clicks, pairs of neighbours and newest item have the same.
    """

    nodes: (
        torch.Tensor
    )  # (B, n) long: the distinct items, ascending, 0 behind them where a graph has fewer than n
    visits: torch.Tensor  # (B, n) how often each was clicked, 0 where there is no node
    incoming: (
        torch.Tensor
    )  # (B, n, n) [b, i, j]: of the steps that lead to node i, the share that comes from node j
    outgoing: (
        torch.Tensor
    )  # (B, n, n) [b, i, j]: of the steps that leave node i, the share that goes to node j
    newest: torch.Tensor  # (B,) long: column of the newest click's node


def distinct_items(items):
    """The nodes of each history, and which of them each click is: a repeated item is one node.

    items: (B, L) long, 0 = padding. Returns nodes (B, n) long, the distinct items ascending with
    zeros behind them, n of 1 or more the most that a history has; and alias (B, L) long, so that
    nodes[b, alias[b, t]] is items[b, t] (0 for padding, of which alias says nothing).
    """
    is_click = items != PAD
    ordered, places = items.masked_fill(~is_click, torch.iinfo(items.dtype).max).sort(
        dim=1
    )  # padding behind
    number = pad(
        (ordered[:, 1:] != ordered[:, :-1]).cumsum(dim=1), (1, 0)
    )  # (B, L): each new item counts one up
    alias = torch.zeros_like(items).scatter(1, places, number) * is_click
    nodes = items.new_zeros(len(items), int(alias.max()) + 1 if len(items) else 1)
    return nodes.scatter_reduce(
        1, alias, items, "amax"
    ), alias  # amax: padding's zeros must not win


def normalised_adjacency(alias, is_click, n):
    """Who hears whom, and how loudly: incoming and outgoing edges of each graph, as in figure 2 of
    Wu et al.

        count[i, j]    = how often a click on j follows a click on i
        incoming[i, j] = count[j, i] / sum over k of count[k, i]
        outgoing[i, j] = count[i, j] / sum over k of count[i, k]

    alias: (B, L) node of each click. is_click: (B, L) bool, False is padding, on the left. n:
    nodes.
    Returns incoming and outgoing, (B, n, n) floats. Rows sum to 1, or to 0 for a node to (from)
    which no step leads.
    """
    B = len(alias)
    steps = (
        alias[:, :-1] * n + alias[:, 1:]
    )  # (B, L - 1): cell of the table in which each step is counted
    count = (
        torch.zeros(B, n * n, device=alias.device)
        .scatter_add(1, steps, is_click[:, :-1].float())
        .view(B, n, n)
    )
    incoming = count.transpose(1, 2) / count.sum(dim=1).clamp(min=1)[:, :, None]
    outgoing = count / count.sum(dim=2).clamp(min=1)[:, :, None]
    return incoming, outgoing


def session_graphs(items):
    """items: (B, L) long, padded on the left with 0, L of 1 or more. Returns SessionGraphs.

    More padding changes nothing. A history of nothing but padding is a graph without nodes; its
    `newest` is 0.
    Raises ValueError for another shape, or padding after a click.
    """
    if items.ndim != 2 or items.shape[1] == 0:
        raise ValueError(f"items must be (B, L) with L of 1 or more, got {tuple(items.shape)}.")
    is_click = items != PAD
    is_gap = (is_click[:, :-1] & ~is_click[:, 1:]).any(dim=1)
    if is_gap.any():
        row = int(is_gap.int().argmax())
        raise ValueError(
            f"items[{row}] has padding after a click: {items[row].tolist()}. Cure: pad on the left."
        )
    nodes, alias = distinct_items(items)
    visits = torch.zeros(nodes.shape, device=items.device).scatter_add(1, alias, is_click.float())
    return SessionGraphs(
        nodes, visits, *normalised_adjacency(alias, is_click, nodes.shape[1]), alias[:, -1]
    )


class GatedGraphLayer(nn.Module):
    """One step of propagation along the edges, then a gated update of every node (Wu et al.,
    equations 1 to 5).

        a = [incoming (v H_in), outgoing (v H_out)] + b       what a node hears, (D,) from each side
        z = sigmoid(W_z a + U_z v)                            how much of the new
        r = sigmoid(W_r a + U_r v)                            how much of the old goes into the new
        u = tanh(W_o a + U_o (r * v))                         the new
        v' = (1 - z) * v + z * u

    `nn.GRUCell` is a close relative: its z is ours less 1, and its r stands outside of the product,
    r * (U_o v).

    D: width.
    """

    def __init__(self, D):
        super().__init__()
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )  # H_in, H_out
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)  # W_z, W_r, W_o, one below the other
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        """v: (B, n, D). incoming, outgoing:

        (B, n, n). Returns (B, n, D). A node without edges hears b alone.
        """
        a = (
            torch.cat([incoming @ self.into(v), outgoing @ self.out_of(v)], dim=-1) + self.bias
        )  # (B, n, 2 D)
        for_z, for_r, for_u = self.heard(a).chunk(3, dim=-1)  # (B, n, D) each
        from_z, from_r = self.gates(v).chunk(2, dim=-1)
        z, r = torch.sigmoid(for_z + from_z), torch.sigmoid(for_r + from_r)
        return torch.lerp(v, torch.tanh(for_u + self.candidate(r * v)), z)


class SessionReadout(nn.Module):
    """One vector per graph: the newest node, and all clicks weighed in its light (Wu et al.,
    equations 6 and 7).

        alpha_i = q . sigmoid(W_1 v_newest + W_2 v_i + c)      s = W_3 [v_newest, sum over clicks of alpha_i v_i]

    The weights are no softmax: they need not sum to 1, so the sum grows with the number of clicks.

    D: width.
    """

    def __init__(self, D):
        super().__init__()
        self.of_newest, self.of_each = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D),
        )  # W_1; W_2 and c
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        """v: (B, n, D). visits: (B, n). newest: (B,) column of a node. Returns (B, D)."""
        last = v[torch.arange(len(v), device=v.device), newest]  # (B, D)
        alpha = self.weight(torch.sigmoid(self.of_newest(last)[:, None] + self.of_each(v))).squeeze(
            -1
        )  # (B, n)
        everything = ((alpha * visits)[:, None] @ v).squeeze(
            1
        )  # (B, D): a node counts once for each of its clicks
        return self.merge(torch.cat([last, everything], dim=1))


class SessionGraphEncoder(nn.Module):
    """Histories in, one vector each out: graph, `n_steps` rounds of one gated layer, readout.

    n_items: items are 1..n_items. D: width. n_steps: rounds, 0 or more; after k of them a node
    knows what lies up to k steps away. Raises ValueError for settings that make no sense.
    """

    def __init__(self, n_items, *, D, n_steps, dropout):
        super().__init__()
        check_count("n_items", n_items)
        check_graph(D=D, n_steps=n_steps, dropout=dropout)
        self.n_items, self.n_steps = n_items, n_steps
        self.item = nn.Embedding(n_items + 2, D, padding_idx=PAD)
        self.dropout = nn.Dropout(dropout)
        self.layer = GatedGraphLayer(D)
        self.readout = SessionReadout(D)
        draw_weights(self)

    def forward(self, items):
        """items: (B, L) long, padded on the left.

        Returns (B, D); for a row of padding finite, and without meaning.
        """
        nodes, visits, incoming, outgoing, newest = session_graphs(items)
        v = self.dropout(self.item(nodes))  # (B, n, D)
        visits, incoming, outgoing = (table.to(v.dtype) for table in (visits, incoming, outgoing))
        for _ in range(self.n_steps):
            v = self.layer(v, incoming, outgoing)
        return self.readout(v, visits, newest)


def check_graph(*, D, n_steps, dropout):
    """Raise ValueError for settings of a SessionGraphEncoder that make no sense. Builds nothing."""
    check_count("D", D)
    check_count("n_steps", n_steps, lowest=0)
    check_dropout(dropout)


class SRGNN(nn.Module):
    """Logit of item j next = readout of the graph . embedding of j.

    n_items: items are 1..n_items. max_len: clicks that become the graph, the newest of what it is
    given.
    D: width. n_steps: rounds of propagation, 1 in the paper. dropout: of the nodes' vectors before
    the first round.
    """

    def __init__(self, n_items, max_len, *, D=64, n_steps=1, dropout=0.0):
        super().__init__()
        self.n_items, self.max_len = n_items, max_len
        self.encoder = SessionGraphEncoder(n_items, D=D, n_steps=n_steps, dropout=dropout)

    @property
    def item_vectors(self):
        """(n_items, D): row j - 1 is item j.

        No row for PAD and MASK, so they get no probability and no gradient.
        """
        return self.encoder.item.weight[1 : self.n_items + 1]

    def states(self, histories):
        """What the newest max_len clicks come to.

        histories: (B, L) long, padded on the left. Returns (B, D).
        """
        return self.encoder(histories[:, -self.max_len :])

    def forward(self, histories):
        """Logits of what comes next. histories:

        (B, L) -> (B, n_items + 1); column 0, padding, is -inf.
        """
        return pad_column(self.states(histories) @ self.item_vectors.T)

    def softmax_loss(self, states, targets):
        """Exact cross-entropy over all items; never holds all logits.

        states: (K, D). targets: (K,) from 1.
        """
        return chunked_softmax_loss(states, self.item_vectors, targets - 1)

    @torch.no_grad()
    def score_catalogue(self, histories):
        """Log-probabilities of what comes next, in eval mode.

        histories: (B, L) -> (B, n_items + 1), column 0 -inf.
        """
        with eval_mode(self):
            scores = self(histories).log_softmax(dim=-1)
        return scores


@dataclass(frozen=True, kw_only=True)
class SRGNNConfig(ModelConfig):
    """Options of `seqrec.models.SRGNN`. The newest `max_len` clicks are one graph: short ones are
    its strength.

    It learns from every click but a user's first, each after the clicks before it, by the softmax
    over all items.
    """

    D: int = 64
    n_steps: int = 1
    dropout: float = 0.0

    network: ClassVar = SRGNN

    def objective(self, events, max_len, *, whole, device):
        histories, targets = windows_on(events, max_len, whole=whole, device=device)
        return window_loss(histories, targets), len(targets)

    def check_network_options(self, options):
        check_graph(**options)
