"""What an answer displays is shown once, however many probes it is called on."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

TOYS = Path(__file__).parents[1]  # the folder of the conftest that holds the toy key
ROOT = TOYS.parents[1]
SETUP = f"""
import sys, types
sys.path[:0] = [{str(TOYS)!r}, {str(ROOT)!r}]
import conftest as toy, dataclasses, course.coach.find
key = types.ModuleType("course.keys.ch02")
key.EXERCISES = (dataclasses.replace(toy.PAD, time_limit=3.0),)
key.QUIZZES = ()
sys.modules[key.__name__] = key
course.coach.find.chapters = lambda: ("02",)
from course import exercise
# most of what pyplot needs: its import in an answer is the answer's time
import matplotlib.figure, matplotlib.font_manager
from IPython.display import clear_output, display
"""
PLOTTING = "%matplotlib inline\nimport matplotlib.pyplot as plt"
HEAD = '@exercise("2.1")\ndef pad_left(items, length):\n    '
# by name: the cell, and the kinds of what is shown beside the card
CELLS = {
    "nothing": (f"{HEAD}return items", []),
    "display": (f"{HEAD}display('here I am')\n    return items", ["text/plain"]),
    "two in a call": (
        f"{HEAD}display('one')\n    display('two')\n    return items",
        ["text/plain", "text/plain"],
    ),
    "not in the first call": (
        f"calls = []\n{HEAD}calls.append(1)\n    if len(calls) > 1: display(len(calls))\n"
        "    return items",
        ["text/plain"],
    ),
    "imports pyplot itself": (
        f"{HEAD}import matplotlib.pyplot as mine\n    mine.plot([1, 2])\n    return items",
        ["image/png"],
    ),
    "plots": (f"{PLOTTING}\n{HEAD}plt.plot(items)\n    return items", ["image/png"]),
    "a figure a call": (
        f"{HEAD}plt.figure()\n    plt.plot(items)\n    return items",
        ["image/png"],
    ),
    "shows": (f"{HEAD}plt.plot(items)\n    plt.show()\n    return items", ["image/png"]),
    "stopped in the midst": (
        f"{HEAD}plt.plot(items)\n    while True: pass",
        ["image/png"],
    ),
    "beside the learner's own": (
        f"own, axes = plt.subplots()\naxes.plot([1, 2, 3])\n"
        f"{HEAD}plt.plot(items)\n    return items\n"
        "lines = len(axes.lines), plt.gcf() is own, len(plt.get_fignums())",
        ["image/png", "image/png"],
    ),
}
AFTER = "print(lines)"


@pytest.fixture(scope="module")
def outputs():
    sources = [SETUP, *(cell for cell, _ in CELLS.values()), AFTER]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=120, record_timing=False).execute()
    return [cell.outputs for cell in notebook.cells]


@pytest.mark.parametrize("name", CELLS)
def test_what_the_first_displaying_call_displays_is_shown_and_no_more(outputs, name):
    cell = outputs[1 + list(CELLS).index(name)]
    assert all(out.output_type == "display_data" for out in cell), cell
    kinds = [max(out.data, key=("text/plain", "text/html", "image/png").index) for out in cell]
    assert kinds.count("text/html") == 1, "the card"
    kinds.remove("text/html")
    assert kinds == CELLS[name][1]


def test_it_is_that_of_the_first_call_that_displays(outputs):
    cell = outputs[1 + list(CELLS).index("not in the first call")]
    assert "2" in [out.data["text/plain"] for out in cell]


def test_the_learner_s_open_figure_is_not_drawn_into_and_stays_the_current_one(outputs):
    assert outputs[-1][0].text == "(1, True, 2)\n"
