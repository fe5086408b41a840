"""Content in a recommender: which columns a model reads, and products that training never met.

    SASRecConfig(content=Content(columns=[Labels("category"), Number("price", log=True)]))

A network with content is trained on the products that were clicked, and on no others: as a negative
of every click, a product that is merely new would be learned to be unwanted. The others join
afterwards, by content (`Shelf.place`).

Axis letters: n_items items, F features, D width.
"""

import copy
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import nn

from seqrec.checks import check_flag, shown
from seqrec.data.ids import check_kind, joined_ids, normal_ids, places_in
from seqrec.data.item_index import ItemIndex
from seqrec.items.columns import Kind, kind_document, read_kind
from seqrec.items.embedding import ItemEmbedding, check_id_dropout
from seqrec.items.table import FeatureTable


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a model is told about items, beside which they are.

    columns, unknown: see `seqrec.items.FeatureTable`
    ids:              False has content only; True has an id vector as well, for each product that
                      was clicked
    id_dropout:       see `seqrec.items.ItemEmbedding`

    Raises TypeError or ValueError for what these refuse.
    """

    columns: Sequence[Kind]
    ids: bool = True
    id_dropout: float = 0.3
    unknown: str = "refuse"

    def __post_init__(self):
        self.table()
        object.__setattr__(self, "columns", tuple(self.columns))
        check_flag("ids", self.ids)
        check_id_dropout(self.id_dropout)
        # From NumPy's, which JSON does not know.
        object.__setattr__(self, "id_dropout", float(self.id_dropout))

    def table(self) -> FeatureTable:
        """A FeatureTable of these columns, not fitted."""
        return FeatureTable(self.columns, unknown=self.unknown).check()

    def embedding(self, features: npt.ArrayLike, D: int, has_id: npt.ArrayLike) -> ItemEmbedding:
        """An ItemEmbedding for these items.

        features: (n_items, F)
        D:        width
        has_id:   (n_items,) bool, whom training knows
        """
        return ItemEmbedding(
            features, D, has_id=has_id if self.ids else False, id_dropout=self.id_dropout
        )

    def to_document(self) -> dict[str, Any]:
        """As JSON can say it."""
        return {**asdict(self), "columns": [kind_document(kind) for kind in self.columns]}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Content":
        """What `to_document` wrote. Raises KeyError, TypeError or ValueError for anything else."""
        columns = document["columns"]
        if not isinstance(columns, list):
            raise ValueError(f"columns of content must be a list, got {shown(columns)}.")
        return cls(**document | {"columns": tuple(read_kind(part) for part in columns)})


class Shelf(NamedTuple):
    """A catalogue while a recommender learns: all items, and the numbers of those in training.

    Without content, everything is None and nothing is renumbered: all items are in training.

    table:    fitted on the items in training
    features: (n_items, F)
    numbers:  (n_items + 1,) what item j is called in training; 0 if it is not there
    """

    table: FeatureTable | None = None
    features: torch.Tensor | None = None
    numbers: np.ndarray | None = None

    @classmethod
    def fill(cls, content, catalogue, index, clicked):
        """The shelf of a catalogue.

        content:   Content or None
        catalogue: DataFrame with `item_id`
        index:     ItemIndex of all its items
        clicked:   numbers of items, repeats allowed: those in training
        """
        if content is None:
            return cls()
        rows = rows_of(catalogue, index.item_ids_)
        known = np.unique(clicked)
        table = content.table().fit(rows.iloc[known - 1])
        numbers = np.zeros(len(rows) + 1, np.int64)
        numbers[known] = np.arange(1, len(known) + 1)
        return cls(table, torch.from_numpy(table.transform(rows)), numbers)

    def in_training(self, events):
        """`seqrec.data.Events` with the numbers of training. All their items must be there."""
        return events if self.table is None else events._replace(items=self.numbers[events.items])

    def n_known(self, index):
        """How many items there are in training. index: the ItemIndex of all."""
        return index.n_items if self.table is None else int(self.numbers.max())

    def content(self):
        """What `ModelConfig.build` needs besides: the features of those in training, if any."""
        return {} if self.table is None else {"features": self.features[self.numbers[1:] > 0]}

    def place(self, network):
        """The network for the whole catalogue; its weights are as they are now."""
        if self.table is None:
            return network
        return with_catalogue(network, self.features, self.numbers[1:])


def read_catalogue(items):
    """The ids of a catalogue: a DataFrame's column `item_id`, or the ids themselves.

    Raises ValueError for a DataFrame without that column.
    """
    if not isinstance(items, pd.DataFrame):
        return items
    if list(items.columns).count("item_id") != 1:
        raise ValueError(
            f"items must have one column 'item_id', found {list(items.columns)}. Cure: rename or "
            "add it."
        )
    return items["item_id"]


def rows_of(catalogue, item_ids):
    """The catalogue's rows of these items (n,), in their order.

    Raises TypeError or ValueError where that can't be.
    """
    if not isinstance(catalogue, pd.DataFrame):
        raise TypeError(
            "items must be a DataFrame: the model reads content, so it needs the catalogue, with "
            f"`item_id` and the columns of its features. Got {type(catalogue).__name__}."
        )
    ids = normal_ids(catalogue["item_id"])
    twice = ids.duplicated().to_numpy()
    if twice.any():
        item = catalogue["item_id"].tolist()[int(twice.argmax())]
        raise ValueError(
            f"items describe item {item!r} twice. Cure: one row per item, "
            "drop_duplicates('item_id')."
        )
    return catalogue.iloc[places_in(pd.Index(ids), pd.Index(item_ids))]


def with_catalogue(network: nn.Module, features: npt.ArrayLike, old: npt.ArrayLike) -> nn.Module:
    """A network for another catalogue: products may have come, gone and changed their numbers.

    network:  its `encoder.item` is an ItemEmbedding
    features: (n_items, F) of the new catalogue
    old:      (n_items,), which number item j had in `network`, 0 for a new one

    A parameter that `network` itself holds for each item, as the bias of BERT4Rec is, gets the mean
    for new products. Returns a copy; `network` stays as it is.
    """
    before = network.n_items
    n_items = len(old)
    moved = copy.deepcopy(network)
    old = torch.as_tensor(np.asarray(old), device=network.encoder.item.rows.device)
    moved.encoder.item = moved.encoder.item.moved(features, old)
    moved.n_items = moved.encoder.n_items = n_items
    for name, weight in list(moved.named_parameters(recurse=False)):
        if len(weight) == before:
            values = torch.where(old > 0, weight.detach()[old - 1], weight.detach().mean())
            setattr(moved, name, torch.nn.Parameter(values))
    return moved


def with_new_items(network, index, table, items):
    """What `SequentialRecommender.add_items` does.

    network: its `encoder.item` is an ItemEmbedding
    index:   ItemIndex of the items it knows
    table:   FeatureTable, fitted
    items:   DataFrame of new items

    Returns the ItemIndex of all, (n_items,) the old number of each item, 0 for a new one, and the
    network. Raises ValueError for an item that is known already.
    """
    known = pd.Series(index.item_ids_, name="item_id")
    new = pd.Series(ItemIndex().fit(read_catalogue(items)).item_ids_, name="item_id")
    check_kind(new, known)
    both = new[places_in(known, new) >= 0]
    if len(both):
        item = both.tolist()[0]
        others = len(both) - 1
        raise ValueError(
            f"item {item!r} is known already, and so are {others} others. Cure: new items only."
        )
    grown = ItemIndex().fit(joined_ids(known, new))
    before = network.encoder.item.features[1:-1].cpu()
    old = np.zeros(grown.n_items, np.int64)
    features = torch.zeros(grown.n_items, before.shape[1])
    places = grown.encode(index.item_ids_) - 1
    old[places] = np.arange(1, index.n_items + 1)
    features[places] = before
    features[grown.encode(new) - 1] = torch.from_numpy(table.transform(rows_of(items, new)))
    return grown, old, with_catalogue(network, features, old)
