"""A master of which only the prose has changed keeps its outputs: no cell has to be run again."""

from pathlib import Path

import nbformat
from nbformat import NotebookNode


def keep_outputs(notebook: NotebookNode, stored: Path) -> bool:
    """Give a new notebook the outputs of the stored one, if the code cells of both are the same.

    notebook: not executed; edited in place where the answer is True
    stored:   the file of the notebook that was made before; it may be missing or broken

    The same: as many code cells, in the same order, with the same source, tags and Python.
    """
    try:
        old = nbformat.read(stored, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError):
        return False
    before, now = (
        [cell for cell in of.cells if cell.cell_type == "code"] for of in (old, notebook)
    )
    asks = [[(cell.source, cell.metadata) for cell in cells] for cells in (before, now)]
    was_executed = all(cell.execution_count for cell in before if cell.source)
    if asks[0] != asks[1] or not was_executed:
        return False
    for have, new in zip(before, now, strict=True):
        new.outputs = have.outputs
        new.execution_count = have.execution_count
    return True
