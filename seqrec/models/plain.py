"""SASRec written out, to be read from top to bottom: the formulas, and no fast path.

    training_rows       histories into rows: all but the last item are read, all but the first asked
    Attention           H heads side by side
    Block               attention, then a network for each position
    Encoder             items and positions in, one vector per position out
    PlainSASRec         scores and loss
    train_step          one step of gradient descent
    roll_out            what a model would click: draw, append, ask again

After Kang and McAuley, "Self-Attentive Sequential Recommendation" (2018), but with the softmax over
all items, pre-norm and no dropout. The parts have the names of `seqrec.models.SASRec`, so weights
can be copied from one to the other, and the tests hold its scores and its gradients against it.

Axis letters: n rows, B batch, L length, D width, H heads, d = D / H, V = n_items + 2 vocabulary
(0 is PAD, n_items + 1 is MASK), K real positions.
"""

import torch
from torch import nn

from seqrec.models.encoder import draw_weights


def training_rows(histories, max_len):
    """Rows of up to max_len + 1 items, cut from the newest click backwards, padded on the left.

    Neighbours of one history share an item, so every click but a history's first is asked for once.
    The newest row of a history comes first.

    histories: a list of lists of item ids, oldest first
    max_len:   clicks that are read, 1 or more

    Returns (n, max_len + 1) long; a history of one click or none gives no row.
    """
    rows = []
    for history in histories:
        for stop in range(len(history), 1, -max_len):
            row = history[max(0, stop - max_len - 1) : stop]
            rows.append([0] * (max_len + 1 - len(row)) + row)
    return torch.tensor(rows, dtype=torch.long).reshape(-1, max_len + 1)


class Attention(nn.Module):
    """H attentions side by side, each on D / H of the width (Vaswani et al., 2017, section 3.2).

    D: width
    H: heads
    """

    def __init__(self, D, H):
        super().__init__()
        self.H = H
        self.project = nn.Linear(D, 3 * D)
        self.merge = nn.Linear(D, D)

    def forward(self, x, visible):
        """x: (B, L, D). visible: (B, 1, L, L) bool, True where a position may look.

        Returns (B, L, D).
        """
        B, L, D = x.shape
        parts = self.project(x).view(B, L, 3, self.H, D // self.H)
        q, k, v = parts.permute(2, 0, 3, 1, 4)  # (B, H, L, d) each
        scores = q @ k.transpose(-2, -1) / (D // self.H) ** 0.5  # (B, H, L, L)
        weights = scores.masked_fill(~visible, float("-inf")).softmax(dim=-1)
        heads = weights @ v  # (B, H, L, d)
        return self.merge(heads.transpose(1, 2).reshape(B, L, D))


class Block(nn.Module):
    """x + attention(norm(x)), then x + network(norm(x)).

    D:      width
    H:      heads
    hidden: units of the network
    """

    def __init__(self, D, H, hidden):
        super().__init__()
        self.attention = Attention(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])

    def forward(self, x, visible):
        """x: (B, L, D). visible: (B, 1, L, L) bool. Returns (B, L, D)."""
        x = x + self.attention(self.norms[0](x), visible)
        return x + self.ffn(self.norms[1](x))


class Encoder(nn.Module):
    """Item + position, then causal blocks, then a last norm. Positions count from the end.

    n_items:  items are 1..n_items
    max_len:  clicks that are read
    D:        width
    H:        heads
    n_blocks: 0 or more
    hidden:   units of each block's network
    """

    def __init__(self, n_items, max_len, D, H, n_blocks, hidden):
        super().__init__()
        self.item = nn.Embedding(n_items + 2, D, padding_idx=0)
        self.position = nn.Embedding(max_len, D)
        self.blocks = nn.ModuleList(Block(D, H, hidden) for _ in range(n_blocks))
        self.norm = nn.LayerNorm(D)
        draw_weights(self)

    def forward(self, items):
        """items: (B, L) long, padded on the left with 0. Returns states (B, L, D)."""
        L = items.shape[1]
        past = torch.ones(L, L, dtype=torch.bool).tril()
        visible = (items != 0)[:, None, None, :] & past | torch.eye(L, dtype=torch.bool)
        x = self.item(items) + self.position.weight[:L].flip(0)  # (B, L, D) + (L, D)
        for block in self.blocks:
            x = block(x, visible)
        return self.norm(x)


class PlainSASRec(nn.Module):
    """Logit of item j after position t = state of t . embedding of j.

    n_items:  items are 1..n_items
    max_len:  clicks that are read
    D:        width
    H:        heads
    n_blocks: of the encoder
    hidden:   units of each block's network
    """

    def __init__(self, n_items, max_len, D=32, H=2, n_blocks=2, hidden=64):
        super().__init__()
        self.n_items = n_items
        self.max_len = max_len
        self.encoder = Encoder(n_items, max_len, D, H, n_blocks, hidden)

    def forward(self, items):
        """items: (B, L) long -> logits (B, L, n_items): column j - 1 is item j."""
        return self.encoder(items) @ self.encoder.item.weight[1 : self.n_items + 1].T

    def loss(self, rows):
        """Mean cross-entropy over all items, at the positions where a click follows a click.

        rows: (B, max_len + 1) long -> a scalar
        """
        read = rows[:, :-1]
        target = rows[:, 1:]
        is_asked = read != 0  # padding is on the left: what follows a click is a click
        logits = self(read)[is_asked]  # (K, n_items)
        return nn.functional.cross_entropy(logits, target[is_asked] - 1)


def train_step(network, optimizer, rows, max_norm=1.0):
    """One step: loss, gradient, clip, update.

    network:   answers `loss(rows)`
    optimizer: of its parameters
    rows:      (B, max_len + 1) long
    max_norm:  a gradient that is longer is scaled down to this length

    Returns the loss before the step, a float.
    """
    optimizer.zero_grad()
    loss = network.loss(rows)
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), max_norm)
    optimizer.step()
    return loss.item()


def roll_out(law, histories, n_steps, max_len, generator):
    """Draw each next click from a model, append it, ask again.

    law:       `law(histories)`: (B, L) long, L of max_len or less -> (B, n_items) probabilities of
               the next click, column j - 1 is item j
    histories: (B, L) long, L of 1 or more
    n_steps:   clicks that are drawn
    max_len:   the model is shown the newest max_len clicks
    generator: a torch.Generator

    Returns (B, L + n_steps) long: the histories, and what was drawn behind them.
    """
    for _ in range(n_steps):
        probabilities = law(histories[:, -max_len:])  # (B, n_items)
        drawn = torch.multinomial(probabilities, 1, generator=generator) + 1  # (B, 1)
        histories = torch.cat([histories, drawn], dim=1)
    return histories
