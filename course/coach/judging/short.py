"""A value in a few readable lines, the same on every run.

No addresses, and nothing is cut without a sign of it.
"""

from typing import Any

import numpy as np
import pandas as pd
import torch

from course.coach.sandbox.text import name_of, scrub, text_of
from course.coach.sandbox.values import Unread

WIDTH = 100  # characters of one line
ROWS = 12  # rows shown of a matrix or table
COLUMNS = 16  # entries shown of a row
_READ = 2000  # characters of a text that are read at all


def short(value: Any, digits: int = 4) -> str:
    """One line for small values, one line per row for matrices and tables.

    digits: significant digits of floats.
    """
    if isinstance(value, Unread):
        return value.text
    if isinstance(value, torch.Tensor):
        return _array(value, "tensor", digits)
    if isinstance(value, np.ndarray):
        return _array(value, "array", digits)
    if isinstance(value, pd.DataFrame):
        return f"table of {len(value)} row{'s' * (len(value) != 1)}\n{_table(value, digits)}"
    if isinstance(value, pd.Series):
        return f"Series {_entries(value.tolist(), '[]', digits)}, {value.dtype}"
    if type(value) in (list, tuple):
        return _entries(value, "[]" if type(value) is list else "()", digits)
    if type(value) is dict:
        return _dict(value, digits)
    if isinstance(value, torch.nn.Module):
        return f"a {type(value).__name__} module"
    if isinstance(value, torch.Generator | np.random.Generator):
        return "a random generator"
    if isinstance(value, type) or callable(value):
        return getattr(value, "__name__", type(value).__name__)
    return _scalar(value, digits)


def side_by_side(one: Any, other: Any) -> tuple[str, str]:
    """Both as short text, with as many digits as it takes to see them differ."""
    for digits in (4, 7, 17):
        texts = short(one, digits), short(other, digits)
        if texts[0] != texts[1]:
            break
    return texts


def described(error: BaseException) -> str:
    """ "IndexError: list index out of range", without addresses, cut to a readable length."""
    name = name_of(type(error))
    try:
        text = str.__str__(str(error))
    except Exception:
        return f"{name}, whose text can't be read"
    text = scrub(" ".join(text[:_READ].split()))
    return f"{name}: {text}" if text else name


def _scalar(value: Any, digits: int) -> str:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return f"{value:.{digits}g}"
    if type(value) in (str, bytes):
        value = value[:_READ]
    return text_of(value)


def _entries(values: list | tuple, brackets: str, digits: int) -> str:
    shown = [short(value, digits) for value in values[:COLUMNS]]
    if len(values) > COLUMNS:
        shown.append(f"… {len(values)} in all")
    if brackets == "()" and len(values) == 1:
        shown[0] += ","
    return _joined(shown, brackets)


def _dict(value: dict, digits: int) -> str:
    shown = [
        f"{_scalar(key, digits)}: {short(entry, digits)}"
        for key, entry in list(value.items())[:COLUMNS]
    ]
    if len(value) > COLUMNS:
        shown.append(f"… {len(value)} in all")
    return _joined(shown, "{}")


def _joined(shown: list[str], brackets: str) -> str:
    line = brackets[0] + ", ".join(shown) + brackets[1]
    if len(line) <= WIDTH and "\n" not in line:
        return line
    return brackets[0] + ",\n ".join(entry.replace("\n", "\n  ") for entry in shown) + brackets[1]


def _array(value: torch.Tensor | np.ndarray, name: str, digits: int) -> str:
    facts = f"shape {tuple(value.shape)}, {str(value.dtype).removeprefix('torch.')}"
    if isinstance(value, torch.Tensor):
        if value.device.type != "cpu":
            facts += f" on {value.device.type}"
        if value.layout != torch.strided:
            facts += f", {str(value.layout).removeprefix('torch.')}"
        value = value.detach().cpu().to_dense()
    if value.ndim == 0:
        return f"{name} {_scalar(value.item(), digits)}, {facts}"
    width = 0
    if value.ndim > 1:
        # columns line up
        numbers = value.reshape(-1)[: ROWS * COLUMNS].tolist()
        width = max((len(_scalar(x, digits)) for x in numbers), default=0)
    body = _rows(value, width, digits)
    return f"{name} {body}, {facts}" if value.ndim == 1 else f"{name}, {facts}\n{body}"


def _rows(value: torch.Tensor | np.ndarray, width: int, digits: int) -> str:
    if value.ndim == 1:
        shown = [_scalar(x, digits).rjust(width) for x in value[:COLUMNS].tolist()]
        return "[" + ", ".join(shown + ["…"] * (len(value) > COLUMNS)) + "]"
    limit = ROWS if value.ndim == 2 else 3
    rows = [_rows(row, width, digits).replace("\n", "\n ") for row in value[:limit]]
    return "[" + ",\n ".join(rows + ["…"] * (len(value) > limit)) + "]"


def _table(value: pd.DataFrame, digits: int) -> str:
    shown = value.head(ROWS).map(
        lambda cell: short(cell, digits) if isinstance(cell, list | np.ndarray) else cell
    )
    lines = shown.to_string(max_cols=8, show_dimensions=False, float_format=f"%.{digits}g")
    return lines if len(value) <= ROWS else lines + "\n…"
