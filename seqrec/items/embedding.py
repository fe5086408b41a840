"""The vector of an item: its own, and what its features say.

    h0 = id vector + W_content content + position

A product that nobody clicked yet has no id vector that could mean anything. It has content, and
W_content was learned from the others. So that content learns to carry, training hides the id vector
now and then (`id_dropout`, after Volkovs, Yu and Poutanen, "DropoutNet: Addressing Cold Start in
Recommender Systems", 2017).

Axis letters: V = n_items + 2, F features, D width.
"""

import numpy.typing as npt
import torch
from torch import nn

from seqrec.checks import is_number
from seqrec.data.padding import PAD

#: About how long the vector of an item is before training, whatever the width: components are
#: drawn from N(0, 0.4^2 / D). Beside a normalised state, sqrt(D) long, an item's logit is then from
#: N(0, 0.4^2), and a softmax over all items begins close to log(n_items). Longer vectors learn
#: slowly where most items are rare, shorter ones where there are few. NDCG@10 in validation for
#: lengths 1, 0.4 and 0.16 (the 0.02 of large language models): Amazon Video Games after 8 epochs
#: .051, .061, .063; the shop of 50 products after 10 epochs .618, .631, .595 (one seed).
EMBEDDING_LENGTH = 0.4


class ItemEmbedding(nn.Module):
    """Vector of item j = id vector of j + W_content content of j.

    It stands in the place of a model's `encoder.item`:

        network.encoder.item = ItemEmbedding(table.transform(catalogue), D=64, id_dropout=0.3)

    It has the two faces of the `nn.Embedding` that it replaces: it can be called, and it has a
    `weight`. PAD is zeros. MASK is no product: it has an id vector and no content.

    features:   (n_items, F), row j - 1 is item j
    D:          width
    has_id:     which items have an id vector of their own: True for all, False for none (content
                alone), (n_items,) bool. Leave out whom training does not know: where there is no id
                vector there are zeros, not noise
    id_dropout: in training, how often an item is seen without its id vector, as new products are;
                from 0 to below 1

    Parameters: `content`, W_content of shape (D, F), drawn so that a product's content is about
    as long as an id vector; `id`, with a row for each item that has one, and for MASK.

    Raises ValueError for what makes no sense.
    """

    def __init__(
        self,
        features: npt.ArrayLike,
        D: int,
        *,
        has_id: npt.ArrayLike = True,
        id_dropout: float = 0.0,
    ):
        super().__init__()
        features = as_features(features)
        n_items, F = features.shape
        has_id = torch.as_tensor(has_id)
        if has_id.dtype != torch.bool or has_id.shape not in ((), (n_items,)):
            raise ValueError(
                f"has_id must be True, False or ({n_items},) bool, got {tuple(has_id.shape)} "
                f"{has_id.dtype}."
            )
        check_id_dropout(id_dropout)
        self.id_dropout = id_dropout
        has_id = has_id.expand(n_items).cpu()
        # (n_items,) from 1; 0 is nobody's: zeros, and no gradient.
        rows = torch.where(has_id, has_id.cumsum(0), 0)
        self.id = nn.Embedding(int(has_id.sum()) + 2, D, padding_idx=PAD)
        self.content = nn.Linear(F, D, bias=False)
        self.register_buffer("rows", nn.functional.pad(rows, (1, 1)))  # (V,)
        self.rows[-1] = len(self.id.weight) - 1
        # (V, F), zeros for PAD and MASK.
        self.register_buffer("features", nn.functional.pad(features, (0, 0, 1, 1)))
        self.draw_weights()

    @classmethod
    def content_in(cls, state: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
        """`features` and `has_id` of the embedding that a `state_dict` has under `prefix`."""
        return {
            "features": state[prefix + "features"][1:-1],
            "has_id": state[prefix + "rows"][1:-1] > 0,
        }

    @property
    def n_items(self) -> int:
        """Items are 1..n_items."""
        return len(self.rows) - 2

    @property
    def weight(self) -> torch.Tensor:
        """(V, D), row j is what `self` gives for item j.

        In training each look hides other id vectors.
        """
        return self(torch.arange(len(self.rows), device=self.rows.device))

    def forward(self, items: torch.Tensor) -> torch.Tensor:
        """items: (...) long, 0 to n_items + 1. Returns (..., D)."""
        return self.id(self.visible_rows(items)) + self.content(self.features[items])

    def visible_rows(self, items: torch.Tensor) -> torch.Tensor:
        """Row of `id` that each item (...) gets: its own, or 0 where it has none or hides it."""
        rows = self.rows[items]
        if not self.training or not self.id_dropout:
            return rows
        is_hidden = torch.rand(rows.shape, device=rows.device) < self.id_dropout
        # Never MASK's: it has nothing else.
        return rows.masked_fill(is_hidden & (items <= self.n_items), PAD)

    def moved(self, features: npt.ArrayLike, old: npt.ArrayLike) -> "ItemEmbedding":
        """The same vectors for a catalogue in which products came, went and changed numbers.

        features: (n_items, F) of the new catalogue, row j - 1 is item j
        old:      (n_items,) long, which number item j had here; 0 for a new product, which has no
                  id vector

        Returns an ItemEmbedding that shares the parameters. Raises ValueError where the two do not
        fit together, or do not fit this one.
        """
        features = as_features(features)
        old = torch.as_tensor(old, dtype=torch.long)
        if features.shape != (len(old), self.features.shape[1]):
            raise ValueError(
                f"features must be ({len(old)}, {self.features.shape[1]}), got "
                f"{tuple(features.shape)}."
            )
        if len(old) and not 0 <= old.min() <= old.max() <= self.n_items:
            raise ValueError(
                f"old must be item numbers from 0 (new) to {self.n_items}, got {old.max()}."
            )
        moved = ItemEmbedding(
            features, len(self.content.weight), has_id=False, id_dropout=self.id_dropout
        )
        moved.id = self.id
        moved.content = self.content
        moved.rows = nn.functional.pad(self.rows.cpu()[old], (1, 1))
        moved.rows[-1] = self.rows[-1].item()
        return moved.to(self.rows.device).train(self.training)

    def draw_weights(self) -> None:
        """Draw id from N(0, s^2 / D), content from N(0, s^2 / (D q)), q a product's mean square.

        Both are about s long, EMBEDDING_LENGTH. From PyTorch's global generator, as layers do when
        they are made.
        """
        D = self.id.embedding_dim
        square = self.features[1:-1].square().sum(dim=1).mean()
        nn.init.normal_(self.id.weight, std=EMBEDDING_LENGTH * D**-0.5)
        nn.init.zeros_(self.id.weight[PAD])
        std = EMBEDDING_LENGTH * float(D * max(square, 1e-12)) ** -0.5
        nn.init.normal_(self.content.weight, std=std)


def check_id_dropout(id_dropout):
    """Raise ValueError unless it is a share from 0 to below 1: at 1 no id vector would be seen."""
    if not is_number(id_dropout) or not 0 <= id_dropout < 1:
        raise ValueError(f"id_dropout must be a share from 0 to below 1, got {id_dropout!r}.")


def as_features(features):
    """(n_items, F) float32 on the CPU.

    Raises ValueError for another shape, and for what is not finite.
    """
    features = torch.as_tensor(features, dtype=torch.float32).detach().cpu()
    if features.ndim != 2 or 0 in features.shape:
        raise ValueError(
            f"features must be (n_items, F), neither of them 0, got {tuple(features.shape)}."
        )
    if not features.isfinite().all():
        row, column = features.isfinite().logical_not().nonzero()[0].tolist()
        raise ValueError(
            f"features hold {features[row, column]} for item {row + 1}, column {column}."
        )
    return features
