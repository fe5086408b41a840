"""nbgrader's steps of marking, two of them our own: a mark is what `points()` gives, and only that.

By itself nbgrader gives 0 to a marking cell into which anybody writes to stderr, such as a thread
that an answer left running, and all points to one that shows no number; it leaves one that was
deleted to the teacher, and can't mark a notebook in which a cell was copied.
"""

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters.autograde import Autograde
from nbgrader.preprocessors import Execute, NbGraderPreprocessor, OverwriteCells
from nbgrader.utils import is_grade


class OneOfEach(OverwriteCells):
    """Each cell of the assignment once, whatever was pasted or deleted.

    A copy (nbgrader keeps the last one) and a cell of another assignment become the learner's own:
    with what nbgrader leaves of their metadata it would refuse the notebook. Marking cells that are
    missing come back, at the end: `points()` marks from any place below the answer. (nbgrader's own
    way looks for the answer's cell, and fails if that was deleted too.)
    """

    add_missing_cells = True

    def preprocess(
        self, nb: NotebookNode, resources: ResourcesDict
    ) -> tuple[NotebookNode, ResourcesDict]:
        """The notebook with the cells that it should have."""
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as gradebook:
            source = gradebook.find_notebook(about["notebook"], about["assignment"])
            names = {cell.name for cell in source.source_cells}
        for cell in nb.cells:
            if cell.metadata.get("nbgrader", {}).get("grade_id") not in names:
                cell.metadata.pop("nbgrader", None)
        return super().preprocess(nb, resources)

    def add_missing_grade_cells(
        self, nb: NotebookNode, resources: ResourcesDict
    ) -> tuple[NotebookNode, ResourcesDict]:
        """The notebook with marking cells for all."""
        source = self.gradebook.find_notebook(self.notebook_id, self.assignment_id)
        worth = {cell.name: cell.max_score for cell in source.grade_cells}
        there = {cell.metadata.nbgrader.grade_id for cell in nb.cells if is_grade(cell)}
        for cell in source.source_cells:
            if cell.name in worth.keys() - there:
                back = self.missing_cell_transform(cell, worth[cell.name])
                back.id = cell.name
                nb.cells.append(back)
        return nb, resources


class NumberAlone(NbGraderPreprocessor):
    """Of a marking cell's outputs, the last number decides, or the error that came instead."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, cell_index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        """The cell, without what would mislead nbgrader."""
        if is_grade(cell):
            shown = [out for out in cell.outputs if out.get("name") == "stdout"]
            ends = [out for out in cell.outputs if out.output_type in ("execute_result", "error")]
            if not ends or not _is_mark(ends[-1], most=cell.metadata.nbgrader.points):
                says = "The marking cell gave no number of points."
                ends = [nbformat.v4.new_output("error", ename="NoMark", evalue=says)]
                ends[0].traceback = [says]
            cell.outputs = [*shown, ends[-1]]
        return cell, resources


def _is_mark(output: NotebookNode, most: float) -> bool:
    """Whether it is an error, which nbgrader gives 0, or a number of points."""
    if output.output_type == "error":
        return True
    try:
        return 0 <= float(output.data["text/plain"]) <= most
    except (KeyError, ValueError):
        return False


def first_steps() -> list[type]:
    """What nbgrader does to what is handed in, before it runs."""
    steps = Autograde.sanitize_preprocessors.default()
    return [OneOfEach if step is OverwriteCells else step for step in steps]


def last_steps() -> list[type]:
    """From running it to the marks."""
    steps = Autograde.autograde_preprocessors.default()
    behind = steps.index(Execute) + 1
    return [*steps[:behind], NumberAlone, *steps[behind:]]
