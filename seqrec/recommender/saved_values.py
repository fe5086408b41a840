"""What a folder says of a model: does one value contradict another?

`seqrec.recommender.documents` asks before it makes anything of them. Each function raises
ValueError with the name of the entry.

Axis letters: U users, n_items items, L max_len.
"""

from dataclasses import replace

import numpy as np
import torch

from seqrec.checks import check_flag, shown
from seqrec.models.saved import ITEM
from seqrec.recommender.settings import read_settings

ENTRIES = ("seqrec", "settings", "max_len", "items", "features", "users")
# An older version did not write it.
_MAY_LACK = ("features",)
# What saved ids are, and the numbers that each kind holds.
_IDS = {"int64": 2**63 - 1, "uint64": 2**64 - 1, "object": None}


def check_entries(document, names, what, may_lack=()):
    """Raise ValueError unless `document` is a dict with these entries and no others."""
    if not isinstance(document, dict):
        raise ValueError(f"{what} must be a dict, got {shown(document)}.")
    strange = [name for name in document if name not in names]
    lacking = [name for name in names if name not in document and name not in may_lack]
    if strange or lacking:
        raise ValueError(
            f"{what} must have the entries {', '.join(names)}: {shown(lacking)} are missing, "
            f"{shown(strange)} are strange."
        )


def check_document(document):
    """Raise ValueError unless it has the entries of a saved recommender."""
    check_entries(document, ENTRIES, "the document", _MAY_LACK)
    if not isinstance(document["seqrec"], str):
        raise ValueError(f"seqrec must be a version, got {shown(document['seqrec'])}.")
    if not isinstance(document["settings"], dict):
        raise ValueError(f"settings must be a dict, got {shown(document['settings'])}.")
    settings = document["settings"]
    if not isinstance(settings.get("model"), dict):
        raise ValueError(f"settings: model must be a dict, got {shown(settings.get('model'))}.")
    # None stands for the defaults.
    if not isinstance(settings.get("training", 0), dict | None):
        raise ValueError(
            f"settings: training must be a dict or null, got {shown(settings.get('training'))}."
        )


def check_settings(params):
    """Raise ValueError or TypeError for settings by name that `fit` would refuse.

    The max_len among them is that of the next `fit`, and need not be the one that was learned.
    """
    if params["device"] is not None:
        raise ValueError(f"settings: device must be None, got {shown(params['device'])}.")
    check_flag("settings: progress", params["progress"])
    wanted = {name: value for name, value in params.items() if name not in ("device", "progress")}
    # Else `read_settings` warned where the two say different lengths.
    read_settings(**wanted | {"model": replace(wanted["model"], max_len=None)})


def read_ids(document, what):
    """Ids of items or users as a folder has them: {"dtype", "values"} -> a (n,) array.

    Raises ValueError for another kind of id, one that its dtype can't hold, and one that comes
    twice.
    """
    check_entries(document, ("dtype", "values"), what)
    dtype = document["dtype"]
    values = document["values"]
    if not isinstance(dtype, str) or dtype not in _IDS:
        raise ValueError(f"{what}: dtype must be one of {', '.join(_IDS)}, got {shown(dtype)}.")
    if not isinstance(values, list):
        raise ValueError(f"{what}: values must be a list, got {shown(values)}.")
    highest = _IDS[dtype]
    for place, value in enumerate(values):
        # `type`, because True is an int.
        is_right = type(value) is str if highest is None else type(value) is int
        if not is_right or (highest is not None and not 0 <= value <= highest):
            due = "text" if highest is None else f"whole numbers from 0 to {highest}"
            raise ValueError(f"{what}: values[{place}] must be {due}, got {shown(value)}.")
    if len(set(values)) < len(values):
        raise ValueError(f"{what}: values must hold each id once, got {shown(values)}.")
    return np.array(values, dtype=dtype)


def check_tensor_names(tensors, prefix, with_users):
    """Raise ValueError for a tensor that no model has, and for one that is missing."""
    due = {"popularity", "histories"} if with_users else {"popularity"}
    found = {name for name in tensors if not name.startswith(prefix)}
    if found != due:
        raise ValueError(
            f"beside the network's tensors there must be {', '.join(sorted(due))}, got "
            f"{shown(sorted(found))}."
        )


def check_popularity(popularity, n_items):
    """Raise ValueError unless it is (n_items,) log-probabilities, float32."""
    is_right = popularity.dtype == torch.float32 and popularity.shape == (n_items,)
    # The sum of the probabilities of a million items is 1 but for rounding.
    if not is_right or not abs(popularity.double().logsumexp(0)) < 1e-3:
        raise ValueError(
            f"popularity must be log-probabilities of {n_items} items, torch.float32, got "
            f"{tuple(popularity.shape)} {popularity.dtype}."
        )


def check_histories(histories, n_users, max_len, n_items):
    """Raise ValueError unless it is (U, L) int32, items from 1 with padding on their left."""
    if histories.dtype != torch.int32 or histories.shape != (n_users, max_len):
        raise ValueError(
            f"histories must be ({n_users}, {max_len}) torch.int32, for users and max_len, got "
            f"{tuple(histories.shape)} {histories.dtype}."
        )
    if ((histories < 0) | (histories > n_items)).any():
        raise ValueError(f"histories must hold items from 1 to {n_items}, and 0 for padding.")
    is_item = histories > 0
    if (is_item[:, :-1] & ~is_item[:, 1:]).any():
        raise ValueError("histories must have padding on the left of all items.")


def check_features(table, content):
    """Raise ValueError unless a FeatureTable is that of a Content; None where there is none."""
    if (table is None) != (content is None):
        raise ValueError("features must be there if the model reads content, and only then.")
    if table is not None and (
        tuple(table.columns) != content.columns or table.unknown != content.unknown
    ):
        raise ValueError("features must be those of the model's content, and are not.")


def check_width(table, weights):
    """Raise ValueError unless the features in the weights have the columns of the table."""
    if table is None:
        return
    F = weights[ITEM + "features"].shape[1]
    if len(table.names_) != F:
        raise ValueError(f"features have {len(table.names_)} columns, the network has {F}.")
