"""Notebooks without what their cells have shown: a guess comes before its answer.

With the standard library alone.
"""

import json
from pathlib import Path


def copy_bare(source: Path, target: Path) -> None:
    """Copy a file; a notebook without outputs and execution counts.

    A notebook that can't be read (one with the marks of a merge in it) is copied as it is, and
    JupyterLab says so. Raises OSError.
    """
    data = source.read_bytes()
    if source.suffix == ".ipynb":
        data = bare(data)
    target.write_bytes(data)


def bare(data: bytes) -> bytes:
    """The bytes of a notebook without outputs and execution counts; other bytes as they are."""
    try:
        notebook = json.loads(data)
    except (ValueError, RecursionError):
        return data
    if not is_notebook(notebook):
        return data
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = []
            cell["execution_count"] = None
    # As nbformat writes it, so that saving an unchanged copy changes nothing.
    text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
    return (text + "\n").encode()


def is_notebook(document: object) -> bool:
    """Has it cells that each say of which type they are?"""
    cells = document.get("cells") if isinstance(document, dict) else None
    return isinstance(cells, list) and all(
        isinstance(cell, dict) and "cell_type" in cell for cell in cells
    )
