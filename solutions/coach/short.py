"""A value in a few readable lines, the same on every run: no addresses, no clipped numbers without a sign of it."""

import re
from typing import Any

import numpy as np
import pandas as pd
import torch

WIDTH = 100  # characters of one line
ROWS = 12  # rows shown of a matrix or table
COLUMNS = 16  # entries shown of a row

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def short(value: Any) -> str:
    """One line for small values, one line per row for matrices and tables; long ones are cut with a sign."""
    if isinstance(value, torch.Tensor):
        return _array(value, "tensor")
    if isinstance(value, np.ndarray):
        return _array(value, "array")
    if isinstance(value, pd.DataFrame):
        return f"table of {_count(len(value), 'row')}\n{_table(value)}"
    if isinstance(value, pd.Series):
        return f"Series {_entries(value.tolist(), '[]')}, {value.dtype}"
    if type(value) is list:
        return _entries(value, "[]")
    if type(value) is tuple:
        return _entries(value, "()")
    if type(value) is dict:
        return _dict(value)
    if isinstance(value, torch.nn.Module):
        return f"a {type(value).__name__} module"
    if isinstance(value, torch.Generator | np.random.Generator):
        return "a random generator"
    if isinstance(value, type) or callable(value):
        return getattr(value, "__name__", type(value).__name__)
    return _scalar(value)


def scrub(text: str, length: int = 300) -> str:
    """`text` without memory addresses, cut after `length` characters."""
    text = _ADDRESS.sub("", text)
    return text if len(text) <= length else text[: length - 2].rstrip() + " …"


def _scalar(value: Any) -> str:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return f"{value:.6g}"
    return scrub(repr(value), WIDTH)


def _entries(values: list | tuple, brackets: str) -> str:
    shown = [short(value) for value in values[:COLUMNS]]
    if len(values) > COLUMNS:
        shown.append(f"… {len(values)} in all")
    if isinstance(values, tuple) and len(values) == 1:
        shown[0] += ","
    line = brackets[0] + ", ".join(shown) + brackets[1]
    if len(line) <= WIDTH and "\n" not in line:
        return line
    return brackets[0] + ",\n ".join(entry.replace("\n", "\n  ") for entry in shown) + brackets[1]


def _dict(value: dict) -> str:
    shown = [f"{_scalar(key)}: {short(entry)}" for key, entry in list(value.items())[:COLUMNS]]
    if len(value) > COLUMNS:
        shown.append(f"… {len(value)} in all")
    line = "{" + ", ".join(shown) + "}"
    return line if len(line) <= WIDTH and "\n" not in line else "{" + ",\n ".join(shown) + "}"


def _array(value: torch.Tensor | np.ndarray, name: str) -> str:
    facts = f"shape {tuple(value.shape)}, {str(value.dtype).removeprefix('torch.')}"
    if isinstance(value, torch.Tensor):
        if value.device.type != "cpu":
            facts += f" on {value.device.type}"
        if value.device.type == "meta":
            return f"{name}, {facts}"
        value = value.detach().cpu()
    if value.ndim == 0:
        return f"{name} {_scalar(value.item())}, {facts}"
    digits = max((len(_scalar(x)) for x in value.reshape(-1)[: ROWS * COLUMNS].tolist()), default=0)
    body = _rows(value, digits if value.ndim > 1 else 0)
    return f"{name} {body}, {facts}" if value.ndim == 1 else f"{name}, {facts}\n{body}"


def _rows(value: torch.Tensor | np.ndarray, digits: int) -> str:
    if value.ndim == 1:
        shown = [_scalar(x).rjust(digits) for x in value[:COLUMNS].tolist()]
        if len(value) > COLUMNS:
            shown.append("…")
        return "[" + ", ".join(shown) + "]"
    limit = ROWS if value.ndim == 2 else 3
    rows = [_rows(row, digits).replace("\n", "\n ") for row in value[:limit]]
    if len(value) > limit:
        rows.append("…")
    return "[" + ",\n ".join(rows) + "]"


def _table(value: pd.DataFrame) -> str:
    lines = value.head(ROWS).to_string(max_cols=8, max_colwidth=40, show_dimensions=False, float_format="%.6g")
    return lines if len(value) <= ROWS else lines + "\n…"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
