"""Ids of users, items and sessions, in one of three forms, whatever a shop's table made of them.

    int64     if all fit
    uint64    else, if all fit
    object    of str

Every border of the library takes ids through :func:`normal_ids`: behind it two ids are the same if
and only if the shop's are. Columns are taken in any form that loses nothing: integers of any width
(pandas', Arrow's or plain, 2**63 and above too), text, categories, whole decimals, UUIDs (as their
text). Floats lose digits, so they are refused, with the cure that loses no more.
"""

from uuid import UUID

import numpy as np
import pandas as pd
from pandas.api import types

from seqrec.checks import shown
from seqrec.data.id_refusals import refuse_floats, refuse_half_characters, refuse_objects
from seqrec.data.refusals import found, refuse_first, refuse_missing

LARGEST = np.iinfo(np.uint64).max


def normal_ids(ids, name="item_id"):
    """The ids as a Series (n,) of int64, uint64 or str; a Series of int64 is returned itself.

    ids:  a Series (which keeps its index and its name), another array or a list.
    name: what messages call them where `ids` has no name.

    Raises TypeError for what is no list, and ValueError that names the first missing or negative
    id, or the first that is neither an integer nor text.

    >>> normal_ids(pd.Series([2**60 + 1, 7], dtype="UInt64")).tolist()
    [1152921504606846977, 7]
    >>> normal_ids(pd.Series([3.0, 4.5], name="item_id"))
    Traceback (most recent call last):
    ValueError: column 'item_id', row 1: 4.5 is not an id; ids are integers or text, and this \
column has dtype float64. Cure: drop these rows, then .astype('int64') on the column.
    """
    ids = as_series(ids, name)
    if len(ids) == 0:
        return ids
    if types.is_float_dtype(ids.dtype):
        refuse_floats(ids, np.ones(len(ids), bool))
    refuse_missing(ids, "drop these rows")
    kind, values = _values(ids)
    if kind == "text":
        refuse_half_characters(ids, values)
        return _like(ids, values)
    if kind == "integer":
        cure = "if it marks 'nobody' or 'nothing', drop these rows"
        refuse_first(ids, np.asarray(values < 0, bool), "is negative, and no id is", cure)
        if values.max() <= LARGEST:
            is_signed = values.max() < 2**63
            return _like(ids, values.astype(np.int64 if is_signed else np.uint64, copy=False))
    refuse_objects(ids)


def check_ids(ids):
    """Raise ValueError unless a Series holds ids: see `normal_ids`."""
    normal_ids(ids)


def as_series(ids, name="item_id"):
    """Anything that holds ids in a row as a Series (n,), nothing converted.

    Raises TypeError for a single value or a table.
    """
    if isinstance(ids, pd.Series):
        return ids if ids.name is not None else ids.rename(name)
    if isinstance(ids, (pd.Index, pd.api.extensions.ExtensionArray, np.ndarray)):
        return pd.Series(ids, name=name)
    if isinstance(ids, (str, bytes)) or not hasattr(ids, "__iter__"):
        raise TypeError(f"{name} must be a list of ids, got {shown(ids)}. Cure: [{shown(ids)}].")
    if hasattr(ids, "columns"):
        raise TypeError(
            f"{name} must be a list of ids, got a table with the columns {found(ids.columns)}. "
            "Cure: one column of it."
        )
    if hasattr(ids, "__arrow_c_array__") or hasattr(ids, "__arrow_c_stream__"):
        # NumPy would make floats of Arrow's integers with a hole.
        import pyarrow

        is_array = hasattr(ids, "__arrow_c_array__")
        array = pyarrow.array(ids) if is_array else pyarrow.chunked_array(ids)
        return pd.Series(array, dtype=pd.ArrowDtype(array.type), name=name)
    if hasattr(ids, "__array__"):
        return pd.Series(np.asarray(ids), name=name)
    # Objects: pandas makes floats of integers beside a None, NumPy two texts of [1, "a"].
    return pd.Series(list(ids), name=name, dtype=object)


def check_kind(ids, known):
    """Raise ValueError if one holds text and the other integers: they have nothing in common.

    ids:   Series of `normal_ids`.
    known: array or Index, the ids that a model knows.
    """
    known_are_integers = types.is_integer_dtype(known.dtype)
    ids_are_integers = types.is_integer_dtype(ids.dtype)
    if known_are_integers == ids_are_integers:
        return
    kind = {True: "integers", False: "text"}
    cure = ".astype(str) on the column"
    if known_are_integers:
        cure = ".astype('int64') on the column"
        if not is_reversible(ids):
            # '007' and '7' are two ids.
            cure = f"fit on a log whose {ids.name} is text as well; '007' and '7' are two ids"
    raise ValueError(
        f"column {ids.name!r} holds {kind[ids_are_integers]}, but what the model knows are "
        f"{kind[known_are_integers]}: not one would be found. Cure: {cure}."
    )


def is_reversible(texts):
    """Whether all texts of a Series are integers of 64 bits as Python writes them: '7', not '007'.

    Then to read them as integers merges no two of them.
    """
    integers = texts.str.fullmatch("0|[1-9][0-9]{0,19}|-[1-9][0-9]{0,17}").to_numpy(bool)
    return bool(integers.all()) and max(map(int, texts.unique()), default=0) <= LARGEST


def places_in(known, ids):
    """Where each id stands among the known ones: (n,), -1 where it does not.

    known: Index (m,) or array, each id once.
    ids:   Series or Index (n,) of `normal_ids`.
    """
    known, ids = _one_dtype(pd.Index(known), pd.Index(ids))
    return known.get_indexer(ids)


def joined_ids(first, second):
    """The ids of one column behind those of another, as one Series, each as it was.

    Integers and text together are mixed, which `normal_ids` refuses.
    """
    if first.dtype != second.dtype:
        first, second = _one_dtype(normal_ids(first), normal_ids(second))
    return pd.concat([first, second], ignore_index=True)


def _one_dtype(first, second):
    """Both in one integer dtype, where both are integers: none is negative, so uint64 holds all."""
    are_integers = types.is_integer_dtype(first.dtype) and types.is_integer_dtype(second.dtype)
    if are_integers and first.dtype != second.dtype:
        return first.astype(np.uint64), second.astype(np.uint64)
    return first, second


def _like(ids, values):
    if ids.dtype == values.dtype != object:
        return ids
    return pd.Series(values, index=ids.index, name=ids.name, dtype=values.dtype)


def _values(ids):
    """What a column without holes holds: "integer" and integers, "text" and str, or None and None.

    Integers come as an array of NumPy's, or of Python's where they may be too large for these.
    """
    if isinstance(ids.dtype, pd.CategoricalDtype):
        ids = pd.Series(ids.cat.categories.take(ids.cat.codes), name=ids.name)
    if types.is_integer_dtype(ids.dtype):
        return "integer", ids.to_numpy()
    if types.is_bool_dtype(ids.dtype):
        return None, None
    values = ids.to_numpy(object)
    kind = types.infer_dtype(values, skipna=False)
    if kind == "string":
        return "text", values
    if kind == "integer":
        return "integer", values
    if kind == "decimal" and all(_is_whole(value) for value in values):
        return "integer", _objects(map(int, values))
    if all(isinstance(value, UUID) for value in values):
        return "text", _objects(map(str, values))
    return None, None


def _is_whole(decimal):
    return decimal.is_finite() and decimal == decimal.to_integral_value()


def _objects(values):
    return np.array(list(values), dtype=object)
