"""A recommender as JSON and tensors can say it, and back: what `save` and `load` put into a folder.

A file names a class of this library only by its name in `seqrec.models.registry`, and none can run
code.
"""

from dataclasses import asdict

import pandas as pd
import torch

from seqrec import __version__
from seqrec.checks import check_count, shown
from seqrec.data.item_index import ItemIndex
from seqrec.devices import best_device
from seqrec.items.content import Content
from seqrec.items.table import FeatureTable
from seqrec.models.config import ModelConfig
from seqrec.models.hybrid import HybridConfig, saved_hybrid
from seqrec.models.registry import model_named
from seqrec.models.saved import saved_network
from seqrec.recommender.saved_values import (
    check_document,
    check_features,
    check_histories,
    check_popularity,
    check_settings,
    check_tensor_names,
    check_width,
    read_ids,
)
from seqrec.recommender.scoring import CatalogueScorer
from seqrec.training.config import TrainConfig

# Before the names of the network's own tensors.
NETWORK = "network/"
# What values that make no sense may raise.
_NO_RECOMMENDER = (KeyError, IndexError, AttributeError, TypeError, ValueError)
_NO_RECOMMENDER += (RuntimeError, OverflowError)


def to_document(config):
    """A ModelConfig as JSON can say it."""
    parts = {
        name: to_document(value)
        for name, value in vars(config).items()
        if isinstance(value, ModelConfig)
    }
    content = config.content and config.content.to_document()
    return {"class": type(config).__name__, **asdict(config), **parts, "content": content}


def from_document(document):
    """The ModelConfig that `to_document` wrote.

    Raises KeyError, TypeError or ValueError for anything else.
    """
    options = {name: value for name, value in document.items() if name != "class"}
    for name, value in options.items():
        if isinstance(value, dict) and "class" in value:  # a configuration made of others
            options[name] = from_document(value)
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
        "training": model.training and vars(model.training),
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


def restore(kind, folder, tensors, document, device):
    """The model that `describe` described.

    kind:              SequentialRecommender
    folder:            where it is from, for messages
    tensors, document: what `describe` returned
    device:            where the network goes; None takes the best there is

    Raises ValueError for anything else, and where values contradict each other, before the network
    takes memory. What can't be known is said where `SequentialRecommender.load` is.
    """
    try:
        return _restore(kind, tensors, document, device)
    except _NO_RECOMMENDER as error:
        said = shown(error, 400)
        cure = "" if "Cure:" in said else " Cure: another save of the model."
        raise ValueError(
            f"{folder} is undamaged, but no recommender that this library knows: {said}.{cure}"
        ) from error


def _restore(kind, tensors, document, device):
    """The model. Raises whatever its parts do."""
    check_document(document)
    place = torch.device(device or best_device())
    config = from_document(document["settings"]["model"])
    training = document["settings"]["training"]
    training = None if training is None else TrainConfig(**training)
    model = kind(**document["settings"] | {"model": config, "training": training})
    check_settings(model.get_params())
    model.device = device
    max_len = check_count("max_len", document["max_len"])
    index = ItemIndex.in_order(read_ids(document["items"], "items"))
    with_users = document["users"] is not None
    check_tensor_names(tensors, NETWORK, with_users)
    check_popularity(tensors["popularity"], index.n_items)
    table = document.get("features") and FeatureTable.from_document(document["features"])
    check_features(table, config.content)
    users = None
    if with_users:
        users = pd.Index(read_ids(document["users"], "users"))
        check_histories(tensors["histories"], len(users), max_len, index.n_items)
    weights = {
        name.removeprefix(NETWORK): value
        for name, value in tensors.items()
        if name.startswith(NETWORK)
    }
    if config.is_trained:
        seed = 0 if training is None else training.seed
        saved = saved_hybrid if isinstance(config, HybridConfig) else saved_network
        network = saved(config, index.n_items, max_len, weights, seed, place)
        check_width(table, weights)
        model.network_ = network
    else:
        network = config.restored(index.n_items, max_len, weights)
    model.item_index_ = index
    model.features_ = table
    model.scorer_ = CatalogueScorer(config, network, max_len, tensors["popularity"].numpy())
    model.user_ids_ = users
    model.histories_ = tensors["histories"].numpy() if with_users else None
    model.seen_ = None
    return model


def _ids_document(ids):
    """Ids of items or users, a (n,) array of integers or text, as JSON can say it."""
    return {"dtype": str(ids.dtype), "values": ids.tolist()}
