"""SR-GNN: a history as a small graph of its own, and what comes next after it.

    session_graphs(items)    the graphs of a batch of histories, without a loop over them
    SessionGraphEncoder      graph, layer and readout, see `seqrec.models.graph_layers`
    SRGNN                    all of it, and a score for every item of the catalogue

After Wu, Tang, Zhu, Wang, Xie and Tan, "Session-based Recommendation with Graph Neural Networks"
(2019). The model was made for sessions, hence the names. Which clicks make a session is for the
caller to say: what it is given becomes one graph.

Axis letters: B batch, L length, n nodes of the largest graph in the batch, D width, K histories
with a target.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import torch
from torch import nn
from torch.nn.functional import pad

from seqrec.checks import check_count
from seqrec.data.events import Events
from seqrec.data.padding import PAD
from seqrec.losses.chunked_softmax import chunked_softmax_loss
from seqrec.losses.objectives import window_loss
from seqrec.models.config import ModelConfig, Objective, windows_on
from seqrec.models.encoder import check_dropout, draw_weights
from seqrec.models.graph_layers import GatedGraphLayer, SessionReadout
from seqrec.models.heads import eval_mode, pad_column

# Rounds of propagation: after so many all nodes of a graph say the same.
MOST_STEPS = 100


class SessionGraphs(NamedTuple):
    """One graph per history.

    Two histories with the same clicks, pairs of neighbours and newest item have the same.

    nodes:    (B, n) long: the distinct items, ascending, 0 behind them where a graph has fewer
    visits:   (B, n) how often each was clicked, 0 where there is no node
    incoming: (B, n, n) [b, i, j]: of the steps that lead to node i, the share that comes from j
    outgoing: (B, n, n) [b, i, j]: of the steps that leave node i, the share that goes to j
    newest:   (B,) long: column of the newest click's node
    """

    nodes: torch.Tensor
    visits: torch.Tensor
    incoming: torch.Tensor
    outgoing: torch.Tensor
    newest: torch.Tensor


def distinct_items(items):
    """The nodes of each history, and which of them each click is: a repeated item is one node.

    items: (B, L) long, 0 = padding

    Returns nodes (B, n) long, the distinct items ascending with zeros behind them, n of 1 or more
    the most that a history has; and alias (B, L) long, so that nodes[b, alias[b, t]] is items[b, t]
    (0 for padding, of which alias says nothing).
    """
    is_click = items != PAD
    # The largest number there is: padding goes behind the items.
    ordered, places = items.masked_fill(~is_click, torch.iinfo(items.dtype).max).sort(dim=1)
    # (B, L): each new item counts one up.
    number = pad((ordered[:, 1:] != ordered[:, :-1]).cumsum(dim=1), (1, 0))
    alias = torch.zeros_like(items).scatter(1, places, number) * is_click
    nodes = items.new_zeros(len(items), int(alias.max()) + 1 if len(items) else 1)
    # amax: padding's zeros must not win.
    return nodes.scatter_reduce(1, alias, items, "amax"), alias


def normalised_adjacency(alias, is_click, n):
    """Who hears whom, and how loudly: edges into and out of nodes (Wu et al., figure 2).

        count[i, j]    = how often a click on j follows a click on i
        incoming[i, j] = count[j, i] / sum over k of count[k, i]
        outgoing[i, j] = count[i, j] / sum over k of count[i, k]

    alias:    (B, L) node of each click
    is_click: (B, L) bool, False is padding, on the left
    n:        nodes

    Returns incoming and outgoing, (B, n, n) floats. Rows sum to 1, or to 0 for a node to (from)
    which no step leads.
    """
    B = len(alias)
    # (B, L - 1): the cell of the table in which each step is counted.
    steps = alias[:, :-1] * n + alias[:, 1:]
    count = (
        torch.zeros(B, n * n, device=alias.device, dtype=torch.float32)
        .scatter_add(1, steps, is_click[:, :-1].float())
        .view(B, n, n)
    )
    incoming = count.transpose(1, 2) / count.sum(dim=1).clamp(min=1)[:, :, None]
    outgoing = count / count.sum(dim=2).clamp(min=1)[:, :, None]
    return incoming, outgoing


def session_graphs(items):
    """The graph of each history of a batch. Returns SessionGraphs.

    items: (B, L) long, padded on the left with 0, L of 1 or more

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
    visits = torch.zeros(nodes.shape, device=items.device, dtype=torch.float32)
    visits = visits.scatter_add(1, alias, is_click.float())
    incoming, outgoing = normalised_adjacency(alias, is_click, nodes.shape[1])
    return SessionGraphs(nodes, visits, incoming, outgoing, alias[:, -1])


class SessionGraphEncoder(nn.Module):
    """Histories in, one vector each out: graph, `n_steps` rounds of one gated layer, readout.

    n_items: items are 1..n_items
    D:       width
    n_steps: rounds, 0 or more; after k of them a node knows what lies up to k steps away
    dropout: of the nodes' vectors before the first round

    Raises ValueError for settings that make no sense.
    """

    def __init__(self, n_items, *, D, n_steps, dropout):
        super().__init__()
        check_count("n_items", n_items)
        check_graph(D=D, n_steps=n_steps, dropout=dropout)
        self.n_items = n_items
        self.n_steps = n_steps
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
    check_count("n_steps", n_steps, lowest=0, highest=MOST_STEPS)
    check_dropout(dropout)


class SRGNN(nn.Module):
    """Logit of item j next = readout of the graph . embedding of j.

    n_items: items are 1..n_items
    max_len: clicks that become the graph, the newest of what it is given
    D:       width
    n_steps: rounds of propagation, 1 in the paper
    dropout: of the nodes' vectors before the first round
    """

    def __init__(
        self, n_items: int, max_len: int, *, D: int = 64, n_steps: int = 1, dropout: float = 0.0
    ):
        super().__init__()
        self.n_items = n_items
        self.max_len = max_len
        self.encoder = SessionGraphEncoder(n_items, D=D, n_steps=n_steps, dropout=dropout)

    @property
    def item_vectors(self) -> torch.Tensor:
        """(n_items, D): row j - 1 is item j. None for PAD and MASK: no probability, no gradient."""
        return self.encoder.item.weight[1 : self.n_items + 1]

    def states(self, histories: torch.Tensor) -> torch.Tensor:
        """What the newest max_len clicks come to.

        histories: (B, L) long, padded on the left. Returns (B, D).
        """
        return self.encoder(histories[:, -self.max_len :])

    def forward(self, histories: torch.Tensor) -> torch.Tensor:
        """Logits of what comes next.

        histories: (B, L) -> (B, n_items + 1); column 0, padding, is -inf.
        """
        return pad_column(self.states(histories) @ self.item_vectors.T)

    def softmax_loss(self, states: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Exact cross-entropy, (K, D) and (K,) from 1 -> a scalar. Never holds all logits."""
        return chunked_softmax_loss(states, self.item_vectors, targets - 1)

    @torch.no_grad()
    def score_catalogue(self, histories: torch.Tensor) -> torch.Tensor:
        """Log-probabilities of what comes next, in eval mode.

        histories: (B, L) -> (B, n_items + 1), column 0 -inf.
        """
        with eval_mode(self):
            scores = self(histories).log_softmax(dim=-1)
        return scores


@dataclass(frozen=True, kw_only=True)
class SRGNNConfig(ModelConfig):
    """Options of `seqrec.models.SRGNN`.

    The newest `max_len` clicks are one graph: short ones are its strength. It learns
    from every click but a user's first, each after the clicks before it, by the softmax over all
    items.
    """

    D: int = 64
    n_steps: int = 1
    dropout: float = 0.0

    network: ClassVar = SRGNN

    def objective(
        self, events: Events, max_len: int, *, whole: bool, device: torch.device | str
    ) -> Objective:
        """`window_loss` of each click after the clicks before it."""
        histories, targets = windows_on(events, max_len, whole=whole, device=device)
        return window_loss(histories, targets), len(targets)

    def check_network_options(self, options: dict[str, Any]) -> None:
        """Raise ValueError for options that SRGNN would refuse. Builds nothing."""
        check_graph(**options)
