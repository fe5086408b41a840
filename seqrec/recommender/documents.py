"""A recommender as JSON and tensors can say it, and back: what `save` and `load` put into a folder.

A file names a class of this library only by its name in `seqrec.models.registry`, and none can run
code.
"""

from dataclasses import asdict

import numpy as np
import pandas as pd
import torch

from seqrec import __version__
from seqrec.data.item_index import ItemIndex
from seqrec.devices import best_device
from seqrec.items.content import Content
from seqrec.items.embedding import ItemEmbedding
from seqrec.items.table import FeatureTable
from seqrec.models.config import new_network
from seqrec.models.registry import model_named
from seqrec.recommender.scoring import CatalogueScorer
from seqrec.training.config import TrainConfig

# Before the names of the network's own tensors.
NETWORK = "network/"


def to_document(config):
    """A ModelConfig as JSON can say it."""
    content = config.content and config.content.to_document()
    return {"class": type(config).__name__, **asdict(config), "content": content}


def from_document(document):
    """The ModelConfig that `to_document` wrote.

    Raises KeyError, TypeError or ValueError for anything else.
    """
    options = {name: value for name, value in document.items() if name != "class"}
    if options.get("content") is not None:
        options["content"] = Content.from_document(options["content"])
    return model_named(document["class"])(**options)


def describe(model, with_histories):
    """A fitted SequentialRecommender: its tensors by name, and a document for JSON with the rest.

    model:          SequentialRecommender
    with_histories: whether the users and what they clicked are kept
    """
    scorer = model.scorer_
    is_kept = with_histories and model.histories_ is not None
    tensors = {NETWORK + name: value for name, value in scorer.network.state_dict().items()}
    tensors["popularity"] = scorer.popularity
    if is_kept:
        tensors["histories"] = torch.from_numpy(model.histories_)
    settings = model.get_params() | {
        "model": to_document(scorer.config),
        "training": vars(model.training or TrainConfig()),
        "device": None,
    }
    document = {
        "seqrec": __version__,
        "settings": settings,
        "max_len": scorer.max_len,
        "items": _ids_document(model.item_index_.item_ids_),
        "features": model.features_ and model.features_.to_document(),
        "users": _ids_document(model.user_ids_.to_numpy()) if is_kept else None,
    }
    return tensors, document


def restore(kind, tensors, document, device):
    """The model that `describe` described.

    kind:              SequentialRecommender
    tensors, document: what `describe` returned
    device:            where the network goes; None takes the best there is

    Raises KeyError, TypeError, ValueError or RuntimeError for anything else.
    """
    place = torch.device(device or best_device())
    config = from_document(document["settings"]["model"])
    training = TrainConfig(**document["settings"]["training"])
    model = kind(**document["settings"] | {"model": config, "training": training, "device": device})
    model.item_index_ = ItemIndex.in_order(_read_ids(document["items"]))
    weights = {
        name.removeprefix(NETWORK): value
        for name, value in tensors.items()
        if name.startswith(NETWORK)
    }
    model.features_ = None
    content = {}
    if document.get("features"):
        model.features_ = FeatureTable.from_document(document["features"])
        content = ItemEmbedding.content_in(weights, "encoder.item.")
    max_len = document["max_len"]
    network = new_network(
        config, model.item_index_.n_items, max_len, training.seed, place, **content
    )
    network.load_state_dict(weights)
    model.network_ = network
    model.scorer_ = CatalogueScorer(config, network, max_len, tensors["popularity"].numpy())
    model.user_ids_ = None
    model.histories_ = None
    model.seen_ = None
    if document["users"] is not None:
        model.user_ids_ = pd.Index(_read_ids(document["users"]))
        model.histories_ = tensors["histories"].numpy()
    return model


def _ids_document(ids):
    """Ids of items or users, a (n,) array of integers or text, as JSON can say it."""
    return {"dtype": str(ids.dtype), "values": ids.tolist()}


def _read_ids(document):
    """The array that `_ids_document` wrote."""
    return np.array(document["values"], dtype=document["dtype"])
