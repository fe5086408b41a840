"""The memoryless network: is this click to be expected of this user and this product?

Axis letters: B users, D width of an embedding, N pairs of user and product.
"""

from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from seqrec.baselines.adam import train_with_adam
from seqrec.baselines.exposures import read_exposures, read_item_ids, rows_of_users
from seqrec.baselines.settings import check_settings
from seqrec.checks import check_room, check_seed

# Bounds the memory of `score`: 128 bytes a pair and layer at the default widths.
PAIRS_AT_ONCE = 2**18


class PairNetwork(nn.Module):
    """Logit of a click for pairs: two embeddings side by side, one hidden layer.

    n_users: rows of users.
    n_items: products are 1..n_items.
    D:       width of an embedding.
    hidden:  units of the hidden layer.
    """

    def __init__(self, n_users, n_items, D, hidden):
        super().__init__()
        self.user = nn.Embedding(n_users, D)
        self.item = nn.Embedding(n_items + 1, D)  # row 0 belongs to padding and is never asked for
        self.layers = nn.Sequential(nn.Linear(2 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, users, items):
        """users, items: long tensors of shapes that broadcast to S. Returns logits of shape S."""
        both = torch.broadcast_tensors(self.user(users), self.item(items))
        pair = torch.cat(both, dim=-1)  # S + (2 D,)
        return self.layers(pair).squeeze(-1)

    def draw_weights(self, generator):
        """Small embeddings, so that all users start alike; PyTorch's usual law for the layers.

        That law is +- 1 / sqrt(inputs).
        """
        for embedding in (self.user, self.item):
            nn.init.normal_(embedding.weight, std=0.1, generator=generator)
        for layer in (self.layers[0], self.layers[2]):
            bound = layer.in_features**-0.5
            nn.init.uniform_(layer.weight, -bound, bound, generator=generator)
            nn.init.uniform_(layer.bias, -bound, bound, generator=generator)


class MLPClick:
    """Click probability of a (user, product) pair: sigmoid(MLP([e_user, e_product])).

    Trained by log-loss. It knows ids only: neither persona nor category, and no order. Equal bags
    of exposures and equal seeds give equal models, bit for bit, however the log was shuffled
    (`read_exposures` sorts it, then the seed decides the batches).

    n_items:       products are 1..n_items.
    D:             width of each embedding.
    hidden:        units of the hidden layer.
    epochs:        how often each exposure is seen.
    batch_size:    exposures a step.
    learning_rate: Adam's; it falls linearly to 0, which quiets the last steps.
    seed:          of weights and batches.
    progress:      whether to show a bar.

    It runs on the CPU: the network is too small to gain from anything else.

    Learned: user_ids_ (pandas Index, sorted), network_ (PairNetwork), losses_ (epochs,) mean
    log-loss in nats, each batch measured before its step.
    """

    def __init__(
        self,
        n_items: int,
        *,
        D: int = 16,
        hidden: int = 32,
        epochs: int = 5,
        batch_size: int = 512,
        learning_rate: float = 0.02,
        seed: int = 0,
        progress: bool = True,
    ) -> None:
        self.n_items = n_items
        self.D = D
        self.hidden = hidden
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.seed = seed
        self.progress = progress

    def fit(self, exposures: pd.DataFrame) -> Self:
        """Learn from scratch. exposures: DataFrame `user_id, product_id, clicked`. Returns self.

        Raises ValueError that names the first bad row, or a setting that is not positive.
        """
        check_settings(self, ["D", "hidden", "epochs", "batch_size"], ["learning_rate"])
        seed = check_seed("seed", self.seed)
        users, items, clicks = read_exposures(exposures, self.n_items)
        self.user_ids_ = pd.Index(np.unique(users))
        n_embeddings = len(self.user_ids_) + self.n_items + 1
        n_weights = (n_embeddings + 2 * self.hidden) * self.D
        check_room("D and hidden", (self.D, self.hidden), 4 * n_weights)
        users = torch.from_numpy(rows_of_users(users, self.user_ids_))
        items = torch.from_numpy(items)
        clicks = torch.from_numpy(clicks).float()

        generator = torch.Generator().manual_seed(seed)
        with torch.random.fork_rng(devices=[]):  # what PyTorch draws here is not used
            self.network_ = PairNetwork(len(self.user_ids_), self.n_items, self.D, self.hidden)
        self.network_.draw_weights(generator)

        def batch_loss(rows):
            logits = self.network_(users[rows], items[rows])
            return binary_cross_entropy_with_logits(logits, clicks[rows])

        self.losses_ = train_with_adam(
            self.network_,
            batch_loss,
            len(clicks),
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            generator=generator,
            name="MLPClick",
            progress=self.progress,
        )
        return self

    @torch.no_grad()
    def score(self, user_ids: npt.ArrayLike, histories: npt.ArrayLike | None = None) -> np.ndarray:
        """Logits (B, n_items + 1) float32 of all products; column 0 is -inf, probability 0.

        user_ids:  (B,) integers that `fit` has seen.
        histories: not looked at. What a user did a moment ago is nothing to a memoryless model.

        Raises ValueError that names the first stranger.
        """
        self._check_learned()
        users = torch.from_numpy(rows_of_users(user_ids, self.user_ids_))[:, None]  # (B, 1)
        items = torch.arange(1, self.n_items + 1)[None, :]  # (1, n_items)
        scores = torch.full((len(users), self.n_items + 1), float("-inf"))
        chunk = max(1, PAIRS_AT_ONCE // self.n_items)
        for start in range(0, len(users), chunk):
            scores[start : start + chunk, 1:] = self.network_(users[start : start + chunk], items)
        return scores.numpy()

    @torch.no_grad()
    def click_probability(self, user_ids: npt.ArrayLike, item_ids: npt.ArrayLike) -> np.ndarray:
        """Probability (N,) float32 that the user clicks the product, for each pair of two lists.

        user_ids: (N,) integers that `fit` has seen.
        item_ids: (N,) from 1..n_items.

        Raises ValueError that names the first stranger or unknown product.
        """
        self._check_learned()
        users = torch.from_numpy(rows_of_users(user_ids, self.user_ids_))
        items = torch.from_numpy(read_item_ids(item_ids, self.n_items))
        return self.network_(users, items).sigmoid().numpy()

    def _check_learned(self):
        if not hasattr(self, "network_"):
            raise RuntimeError("MLPClick has learned nothing yet: call fit(exposures) first")
