"""GRU4Rec: a recurrent network reads the history click by click.

After Hidasi, Karatzoglou, Baltrunas and Tikk, "Session-based Recommendations with Recurrent Neural
Networks" (2016); trained at all positions with a softmax over all products, as their later work and
most that followed found better.

Axis letters: B users, L length, D width, V = n_items + 1 (column 0 is padding).
"""

from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import nn

from seqrec.baselines.adam import train_with_adam
from seqrec.baselines.counting import check_learned, popularity
from seqrec.baselines.histories import read_clicks, read_histories
from seqrec.baselines.settings import check_settings
from seqrec.checks import check_room, check_seed
from seqrec.data.sequences import build_sequences, pad_left
from seqrec.losses.formulas import softmax_loss

# Histories that `score` reads at a time: bounds its memory.
ROWS_AT_ONCE = 1024


class RecurrentNetwork(nn.Module):
    """Embedding, GRU, and a score per product on top of its log-popularity.

        logits = W h + log popularity        h = 0 before the first click

    So a user without clicks gets popularity, and the network learns what a history changes in it.

    n_items:    products are 1..n_items.
    D:          width of the embedding.
    state_size: width of the state h.
    """

    def __init__(self, n_items, D, state_size):
        super().__init__()
        self.item = nn.Embedding(n_items + 1, D)
        self.gru = nn.GRU(D, state_size, batch_first=True)
        self.out = nn.Linear(state_size, n_items + 1, bias=False)
        self.register_buffer("log_popularity", torch.zeros(n_items + 1))

    def forward(self, items):
        """Logits (B, L, V) after each item; column 0 is -inf.

        items: (B, L), real ones first, padding behind.
        """
        states, _ = self.gru(self.item(items))  # (B, L, state_size)
        return self.out(states) + self.log_popularity

    def draw_weights(self, generator):
        """PyTorch's usual law for a GRU, +- 1 / sqrt(state_size); small embeddings."""
        bound = self.gru.hidden_size**-0.5
        for weight in (*self.gru.parameters(), self.out.weight):
            nn.init.uniform_(weight, -bound, bound, generator=generator)
        nn.init.normal_(self.item.weight, std=0.1, generator=generator)


class GRU4Rec:
    """What comes next, from the state of a recurrent network that has read the history.

    Causal: the state after a click knows that click and those before it. Padding is skipped, so
    more of it changes nothing. So are products that nobody clicked in the log: the network knows
    nothing of them.

    n_items:       products are 1..n_items.
    D:             width of the embedding.
    state_size:    width of the state.
    max_len:       clicks that are read, the newest.
    epochs:        how often each history is seen.
    batch_size:    users a step.
    learning_rate: Adam's; it falls linearly to 0, which quiets the last steps.
    seed:          of weights and batches.
    progress:      whether to show a bar.

    Learned: network_ (RecurrentNetwork), clicked_ (V,) bool, losses_ (epochs,) mean log-loss in
    nats, each batch measured before its step.
    """

    def __init__(
        self,
        n_items: int,
        *,
        D: int = 32,
        state_size: int = 64,
        max_len: int = 50,
        epochs: int = 8,
        batch_size: int = 64,
        learning_rate: float = 0.01,
        seed: int = 0,
        progress: bool = True,
    ) -> None:
        self.n_items = n_items
        self.D = D
        self.state_size = state_size
        self.max_len = max_len
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.seed = seed
        self.progress = progress

    def fit(self, interactions: pd.DataFrame) -> Self:
        """Learn from scratch. interactions: log with `item_id` in 1..n_items. Returns self.

        Raises ValueError for a bad log, one in which no user has two clicks, or a setting that is
        not positive.
        """
        counts = ["D", "state_size", "max_len", "epochs", "batch_size"]
        check_settings(self, counts, ["learning_rate"])
        seed = check_seed("seed", self.seed)
        n_weights = 3 * self.state_size * (self.D + self.state_size)
        n_weights += (self.n_items + 1) * (self.D + self.state_size)
        check_room("D and state_size", (self.D, self.state_size), 4 * n_weights)
        _, clicks = read_clicks(interactions, self.n_items)
        sequences = build_sequences(interactions, self.max_len)["item_sequence"]
        sequences = pad_left(sequences[sequences.map(len) > 1], self.max_len + 1)
        if len(sequences) == 0:
            raise ValueError(
                "no user has two clicks: nothing follows anything. Cure: a longer log."
            )
        sequences = real_first(torch.from_numpy(sequences.astype(np.int64)))  # (B, max_len + 1)
        lengths = (sequences > 0).sum(dim=1)
        # One imagined click each: no product is impossible.
        popular = popularity(clicks, self.n_items) + 1 / len(clicks)
        popular[0] = 0

        generator = torch.Generator().manual_seed(seed)
        with torch.random.fork_rng(devices=[]):  # what PyTorch draws here is not used
            network = RecurrentNetwork(self.n_items, int(self.D), int(self.state_size))
        network.draw_weights(generator)
        network.log_popularity.copy_(torch.from_numpy(popular).log())

        def batch_loss(rows):
            batch = sequences[rows, : lengths[rows].max()]
            targets = batch[:, 1:]
            return softmax_loss(network(batch[:, :-1]), targets, real=targets > 0)

        self.losses_ = train_with_adam(
            network,
            batch_loss,
            len(sequences),
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            generator=generator,
            name="GRU4Rec",
            progress=self.progress,
        )
        self.network_ = network
        self.clicked_ = np.bincount(clicks, minlength=self.n_items + 1) > 0
        return self

    @torch.no_grad()
    def score(self, user_ids: npt.ArrayLike, histories: npt.ArrayLike) -> np.ndarray:
        """Logits (B, V) float32 of what comes next; column 0 is -inf."""
        check_learned(self, "network_")
        histories = read_histories(user_ids, histories, self.n_items)
        # 0 also where the network knows nothing.
        items = torch.from_numpy(histories * self.clicked_[histories])  # (B, L)
        padding_first = (items > 0).int().argsort(dim=1, stable=True)
        newest = items.gather(1, padding_first)[:, -self.max_len :]  # (B, max_len or less)
        recent = real_first(newest)
        scores = self.network_.log_popularity.repeat(len(items), 1)
        for rows in torch.arange(len(items)).split(ROWS_AT_ONCE):
            lengths = (recent[rows] > 0).sum(dim=1)
            rows = rows[lengths > 0]
            if len(rows):
                lengths = lengths[lengths > 0]
                logits = self.network_(recent[rows, : lengths.max()])  # (b, L, V)
                scores[rows] = logits[torch.arange(len(rows)), lengths - 1]
        return scores.numpy()


def gru_step(gru: nn.GRUCell, clicks: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
    """What a GRU makes of its states when it reads one click more.

        r  = sigmoid(W_r x + b_r + U_r h + c_r)          what of the old state counts for n
        z  = sigmoid(W_z x + b_z + U_z h + c_z)          what of the old state stays
        n  = tanh(W_n x + b_n + r * (U_n h + c_n))       what could take its place
        h' = (1 - z) * n + z * h

    (Cho et al., 2014; with r behind the product, as PyTorch has it.)

    gru:    holds weight_ih (3 S, D) with W_r, W_z and W_n one below the other, weight_hh (3 S, S)
            with U_r, U_z and U_n, bias_ih (3 S,) with b, bias_hh (3 S,) with c.
    clicks: (B, D), the vectors x of the clicks that are read.
    states: (B, S), the states h before.

    Returns the states after, (B, S).
    """
    of_click = (clicks @ gru.weight_ih.T + gru.bias_ih).chunk(3, dim=1)  # three of (B, S)
    of_state = (states @ gru.weight_hh.T + gru.bias_hh).chunk(3, dim=1)
    reset = torch.sigmoid(of_click[0] + of_state[0])
    stays = torch.sigmoid(of_click[1] + of_state[1])
    new = torch.tanh(of_click[2] + reset * of_state[2])
    return (1 - stays) * new + stays * states


def real_first(items):
    """The items of each row in their order, padding behind them. (B, L) -> (B, L).

    A recurrent network would read zeros that come first, and change its state by them. Behind the
    last click they can do no harm.
    """
    return items.gather(1, (items == 0).int().argsort(dim=1, stable=True))
