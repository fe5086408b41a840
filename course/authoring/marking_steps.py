"""nbgrader's steps of marking, some of them our own: no kernel runs, and no answer meets its mark.

By itself nbgrader runs a notebook and reads the marks off its outputs, which its cells can write.
Here the marks come from `course.marking`, which reads the answers as text and runs each in a
fenced process. So a notebook needs no kernel to be marked; the outputs in it are those that were
handed in. Only marking cells of another kind, a teacher's own, are run as nbgrader does.
"""

import ast

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters.autograde import Autograde
from nbgrader.preprocessors import ClearOutput, Execute, NbGraderPreprocessor, OverwriteCells
from nbgrader.utils import is_grade

from course.marking.marks import mark
from course.marking.notebook import points_of, told

OURS = "marks of the course"  # where the steps' common notes are kept


class OneOfEach(OverwriteCells):
    """Each cell of the assignment once, whatever was pasted or deleted.

    A copy (nbgrader keeps the last one) and a cell of another assignment become the learner's own:
    with what nbgrader leaves of their metadata it would refuse the notebook. Marking cells that are
    missing come back, at the end: an answer is marked from any place below it. (nbgrader's own
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


class Marks(NbGraderPreprocessor):
    """Find each marking cell's points: it names the exercise, the points and the hidden seed."""

    def preprocess(
        self, nb: NotebookNode, resources: ResourcesDict
    ) -> tuple[NotebookNode, ResourcesDict]:
        """The notebook as it is; the marks are noted in `resources`."""
        notes = resources.setdefault(OURS, {})
        code = []
        for cell in nb.cells:
            if cell.cell_type != "code":
                continue
            asked = asked_for(cell.source) if is_grade(cell) else None
            if asked is None:
                code.append(cell.source)
                continue
            id, most, seed = asked
            found = mark(id, seed, code)
            notes[cell.metadata.nbgrader.grade_id] = (points_of(found, most), told(found, most))
        return nb, resources


def asked_for(source: str) -> tuple[str, float, int] | None:
    """Exercise, points and seed of a marking cell: its `points("2.3", most=5, seed=4711)`.

    None if it is another kind of cell.
    """
    for node in ast.walk(_tree(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "points":
            try:
                given = {each.arg: ast.literal_eval(each.value) for each in node.keywords}
                return ast.literal_eval(node.args[0]), given["most"], given["seed"]
            except (ValueError, KeyError, IndexError):
                return None
    return None


def _tree(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.Module([], [])


class RunTheRest(Execute):
    """Run the notebook, if a marking cell of it asks for that; else leave it as it is."""

    def preprocess(
        self, nb: NotebookNode, resources: ResourcesDict, **more: object
    ) -> tuple[NotebookNode, ResourcesDict]:
        """The notebook, with outputs of its own where it was run."""
        cells = [cell for cell in nb.cells if is_grade(cell)]
        if all(cell.metadata.nbgrader.grade_id in resources.get(OURS, {}) for cell in cells):
            return nb, resources
        return super().preprocess(nb, resources, **more)


class NumberAlone(NbGraderPreprocessor):
    """Of a marking cell's outputs, the last number decides, or the error that came instead.

    Where the course has marked, the number and why are all that there is.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, cell_index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        """The cell, without what would mislead nbgrader."""
        ours = resources.get(OURS, {})
        if is_grade(cell) and cell.metadata.nbgrader.get("grade_id") in ours:
            points, why = ours[cell.metadata.nbgrader.grade_id]
            number = nbformat.v4.new_output("execute_result", data={"text/plain": str(points)})
            cell.outputs = [nbformat.v4.new_output("stream", text=f"{why}\n"), number]
        elif is_grade(cell):
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
    """What nbgrader does to what is handed in. It would clear outputs, to make them anew."""
    steps = [step for step in Autograde.sanitize_preprocessors.default() if step is not ClearOutput]
    return [OneOfEach if step is OverwriteCells else step for step in steps]


def last_steps() -> list[type]:
    """From there to the marks."""
    steps = Autograde.autograde_preprocessors.default()
    at = steps.index(Execute)
    return [*steps[:at], Marks, RunTheRest, NumberAlone, *steps[at + 1 :]]
