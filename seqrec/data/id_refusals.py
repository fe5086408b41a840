"""How a column that holds no ids is refused: what is wrong with which value, and what cures it."""

import numpy as np
from pandas.api import types

from seqrec.checks import shown
from seqrec.data.refusals import refuse_all, refuse_first


def refuse_half_characters(ids, texts):
    """Raise ValueError for a text that no file can hold: with half of a surrogate pair in it."""
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        bad = np.array([any("\ud800" <= each <= "\udfff" for each in text) for text in texts])
        problem = "holds half a character, which can't be written down"
        refuse_first(ids, bad, problem, "read the file again, with the encoding that it has")


def refuse_floats(ids, is_float):
    """Raise ValueError for floats, (n,) bool: with what is left to be done, however bad it is."""
    values = ids[is_float].to_numpy(np.float64, na_value=np.nan)
    # float64, unless the column says less; in an object column they are Python's.
    precision = getattr(ids.dtype, "numpy_dtype", ids.dtype)
    bits = np.finfo(precision if precision.kind == "f" else np.float64).nmant
    finite = np.isfinite(values)
    is_whole = finite & (values == np.floor(values))
    not_an_id = f"is not an id; ids are integers or text, and this column has dtype {ids.dtype}"
    cure = ".astype('int64') on the column"
    if (np.abs(values[finite]) >= 2.0 ** (bits + 1)).any():
        not_an_id += f", which has lost the digits of whole numbers from 2**{bits + 1} on"
        cure = f"read the file again, with dtype={{{ids.name!r}: 'Int64'}} or with str"
    elif not is_whole.all():
        cure = f"drop these rows, then {cure}"
    missing = ids.isna().to_numpy(bool)
    refuse_first(ids, missing, "is a missing value", cure)
    bad = is_float.copy()
    if not is_whole.all():
        bad[is_float] = ~is_whole
    refuse_first(ids, bad, not_an_id, cure)


def refuse_objects(ids):
    """Raise ValueError for a column without holes that holds no ids."""
    values = ids.to_numpy(object)
    is_float = np.array([isinstance(value, (float, np.floating)) for value in values])
    only_numbers = types.infer_dtype(values, skipna=False) in ("floating", "mixed-integer-float")
    if only_numbers:
        refuse_floats(ids, is_float)
    not_an_id = f"is not an id; ids are integers or text, and this column has dtype {ids.dtype}"
    if types.is_bool_dtype(ids.dtype) or types.infer_dtype(values, skipna=False) == "boolean":
        refuse_all(ids, not_an_id, ".astype('int64') on the column")
    is_text = np.array([isinstance(value, str) for value in values])
    bad = ~is_text if is_text[0] and not is_text.all() else np.ones(len(ids), bool)
    cure = ".astype(str) on the column"
    if _texts_merge(values):
        cure = "one kind where the column is made; .astype(str) would merge two of them"
    refuse_first(ids, bad, not_an_id, cure)


def _texts_merge(values):
    """Whether two different values have the same text, as 7 and '7' have."""
    pairs = {(type(value).__name__, _text(value)) for value in values}
    return len({text for _, text in pairs}) < len(pairs)


def _text(value):
    """`str`, also of a number of more digits than Python writes."""
    try:
        return str(value)
    except ValueError:
        return shown(value)
