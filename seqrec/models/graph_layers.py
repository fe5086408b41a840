"""What SR-GNN does on the graph of a history: nodes hear their neighbours, then one vector is read.

    GatedGraphLayer    every node hears its neighbours and is updated by a gate
    SessionReadout     one vector per graph: its newest node, and an attention over all nodes

After Wu, Tang, Zhu, Wang, Xie and Tan, "Session-based Recommendation with Graph Neural Networks"
(2019); the gated update is that of Li, Tarlow, Brockschmidt and Zemel, "Gated Graph Sequence Neural
Networks" (2016). The graphs are made in `seqrec.models.session_graph`.

Axis letters: B batch, n nodes of the largest graph in the batch, D width.
"""

import torch
from torch import nn


class GatedGraphLayer(nn.Module):
    """One step along the edges, then a gated update of every node (Wu et al., equations 1 to 5).

        a = [incoming (v H_in), outgoing (v H_out)] + b       what a node hears, (D,) from each side
        z = sigmoid(W_z a + U_z v)                            how much of the new
        r = sigmoid(W_r a + U_r v)                            how much of the old goes into the new
        u = tanh(W_o a + U_o (r * v))                         the new
        v' = (1 - z) * v + z * u

    `nn.GRUCell` is a close relative: its z is ours less 1, and its r stands outside of the product,
    r * (U_o v).

    D: width
    """

    def __init__(self, D):
        super().__init__()
        self.into = nn.Linear(D, D, bias=False)  # H_in
        self.out_of = nn.Linear(D, D, bias=False)  # H_out
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)  # W_z, W_r, W_o, one below the other
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        """v: (B, n, D). incoming, outgoing: (B, n, n). Returns (B, n, D).

        A node without edges hears b alone.
        """
        both_sides = torch.cat([incoming @ self.into(v), outgoing @ self.out_of(v)], dim=-1)
        a = both_sides + self.bias  # (B, n, 2 D)
        for_z, for_r, for_u = self.heard(a).chunk(3, dim=-1)  # (B, n, D) each
        from_z, from_r = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(for_z + from_z)
        r = torch.sigmoid(for_r + from_r)
        return torch.lerp(v, torch.tanh(for_u + self.candidate(r * v)), z)


class SessionReadout(nn.Module):
    """The newest node, and all clicks weighed in its light (Wu et al., equations 6 and 7).

        alpha_i = q . sigmoid(W_1 v_newest + W_2 v_i + c)
        s = W_3 [v_newest, sum over clicks of alpha_i v_i]

    The weights are no softmax: they need not sum to 1, so the sum grows with the number of clicks.

    D: width
    """

    def __init__(self, D):
        super().__init__()
        self.of_newest = nn.Linear(D, D, bias=False)  # W_1
        self.of_each = nn.Linear(D, D)  # W_2 and c
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        """v: (B, n, D). visits: (B, n). newest: (B,) column of a node. Returns (B, D)."""
        last = v[torch.arange(len(v), device=v.device), newest]  # (B, D)
        inner = torch.sigmoid(self.of_newest(last)[:, None] + self.of_each(v))  # (B, n, D)
        alpha = self.weight(inner).squeeze(-1)  # (B, n)
        # A node counts once for each of its clicks.
        everything = ((alpha * visits)[:, None] @ v).squeeze(1)  # (B, D)
        return self.merge(torch.cat([last, everything], dim=1))
