"""The coach in a real kernel, as in a chapter."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

TOYS = Path(__file__).parents[1]  # the folder of the conftest that holds the toy key
ROOT = TOYS.parents[1]
SETUP = f"""
import sys, types
sys.path[:0] = [{str(TOYS)!r}, {str(ROOT)!r}]
import conftest as toy, dataclasses, torch, course.coach.find
from torch import nn
key = types.ModuleType("course.keys.ch02")
key.EXERCISES = (toy.PAD, dataclasses.replace(toy.MEAN, time_limit=0.5), toy.GATE)
key.QUIZZES = (toy.QUIZ,)
sys.modules[key.__name__] = key
course.coach.find.chapters = lambda: ("02",)
from course import exercise, hint, quiz, scoreboard, solution
"""
CELLS = {
    "set up": SETUP,
    "stub": '@exercise("2.1")\ndef pad_left(items, length):\n    ...',
    "stub class": """@exercise("2.3")
class Gate(nn.Module):
    def forward(self, x):
        ...""",
    "endless": '@exercise("2.2")\ndef masked_mean(scores, visible):\n    while True: pass',
    "exit": '@exercise("2.1")\ndef pad_left(items, length):\n    exit()',
    "input": '@exercise("2.1")\ndef pad_left(items, length):\n    return input("?")',
    "raises": """@exercise("2.1")
def pad_left(items, length):
    # a comment
    return items[9]""",
    "right class": """@exercise("2.3")
class Gate(nn.Module):
    def __init__(self, width):
        super(Gate, self).__init__()
        self.project = nn.Linear(width, width)

    def forward(self, x):
        return x * self.project(x).sigmoid()
""",
    "bound": """whose = "own" if Gate is not toy.Gate else "reference"
print(pad_left([7], 2), Gate.__module__, whose)""",
    "scoreboard": "scoreboard()",
    "quiz": 'quiz("2.1")',
    "hint": 'hint("2.1")',
    "solution": 'solution("2.1")',
}


@pytest.fixture(scope="module")
def outputs():
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS.values()]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=120, record_timing=False).execute()
    return dict(zip(CELLS, (cell.outputs for cell in notebook.cells), strict=True))


def test_no_cell_fails_and_every_card_has_both_faces(outputs):
    for name, out in outputs.items():
        if name in ("set up", "bound"):
            continue
        assert len(out) == 1, name
        assert out[0].output_type == "display_data"
        assert set(out[0].data) == {"text/plain", "text/html"}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("stub", "not attempted yet"),
        ("stub class", "not attempted yet"),
        ("endless", "stopped (time limit)"),
        ("exit", "`SystemExit: exit() was called`"),
        ("input", "nobody can answer input()"),
        ("raises", "That was line 4: `return items[9]`."),
        ("right class", "A gate · right"),
        ("scoreboard", "1 of 3 exercises solved by you"),
    ],
)
def test_the_verdicts_are_those_of_the_judge(outputs, name, says):
    text = " ".join(outputs[name][0].data["text/plain"].split())
    assert says in text


def test_later_cells_go_on_with_the_reference_or_the_learner_s_code(outputs):
    assert outputs["bound"][0].text == "[0, 7] __main__ own\n"


def test_no_address_and_no_path_is_stored(outputs):
    stored = str([out for name, out in outputs.items() if name not in ("set up",)])
    assert "0x" not in stored
    assert "ipykernel" not in stored
    assert "/tmp" not in stored
