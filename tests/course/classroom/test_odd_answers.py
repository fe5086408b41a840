"""Honest answers in odd forms keep their marks, and so does every solution of every chapter."""

import os

import pytest

from course.authoring.masters import Course, make_notebook
from course.coach.find import chapters, load_key
from course.marking.marks import mark
from tests.course.classroom.conftest import PADS, SEED, cell_of, marked

ZEROS = "np.zeros((len(sequences), max_len), np.int64)"
IN_FUNCTION = PADS.replace("\n", "\n    ")
HEAD = '@exercise("2.2")\n'
# name: (cells before the answer's, the answer's cell)
ODD = {
    "is plain": ((), cell_of(PADS)),
    "prints, warns and logs": (
        ("import logging, warnings",),
        cell_of("print('hm')\nwarnings.warn('hm')\nlogging.error('hm')" + PADS),
    ),
    "shows a bar": (("from tqdm.auto import tqdm",), cell_of("list(tqdm(range(3)))" + PADS)),
    "plots": (
        ("import matplotlib.pyplot as plt",),
        cell_of("plt.figure()\nplt.plot([1])\nplt.show()" + PADS),
    ),
    "has its helper in another cell": (
        ("def zeros(n, m):\n    return np.zeros((n, m), np.int64)",),
        cell_of(PADS.replace(ZEROS, "zeros(len(sequences), max_len)")),
    ),
    "has a helper that another one makes": (
        ("import functools", "zeros = functools.partial(np.zeros, dtype=np.int64)"),
        cell_of(PADS.replace(ZEROS, "zeros((len(sequences), max_len))")),
    ),
    "has a helper under a condition": (
        ("try:\n    import cupy as xp\nexcept ImportError:\n    xp = np",),
        cell_of(PADS.replace("np.zeros", "xp.zeros")),
    ),
    "uses a class of its own": (
        ("class Rows:\n    def __init__(self, *nm):\n        self.all = np.zeros(nm, int)",),
        cell_of(PADS.replace(ZEROS, "Rows(len(sequences), max_len).all")),
    ),
    "uses a dataclass": (
        ("from dataclasses import dataclass\n@dataclass\nclass Size:\n    n: int\n    m: int\n",),
        cell_of(
            "size = Size(len(sequences), max_len)"
            + PADS.replace("(len(sequences), max_len)", "(size.n, size.m)")
        ),
    ),
    "imports inside": (
        (),
        cell_of("import numpy as jnp" + PADS.replace("np.zeros", "jnp.zeros")),
    ),
    "works through torch": (
        (),
        cell_of(PADS.replace("return rows", "return torch.from_numpy(rows).clone().numpy()")),
    ),
    "works in a thread": (
        ("import threading",),
        cell_of(
            "found = []\ndef work():\n    found.append(pads())\ndef pads():"
            + IN_FUNCTION
            + "\nthread = threading.Thread(target=work)\nthread.start()\nthread.join()\n"
            "return found[0]"
        ),
    ),
    "is a lambda": (
        (f"def mine(sequences, max_len):{PADS}".replace("\n", "\n    "),),
        'pad_left = exercise("2.2")(lambda sequences, max_len: mine(sequences, max_len))',
    ),
    "is a partial function": (
        ("import functools", f"def mine(how, sequences, max_len):{PADS}".replace("\n", "\n    ")),
        'pad_left = exercise("2.2")(functools.partial(mine, "left"))',
    ),
    "is decorated twice": (
        ("import functools\n@functools.cache\ndef width(n):\n    return n",),
        f"{HEAD}@torch.no_grad()\ndef pad_left(sequences, max_len):{IN_FUNCTION}",
    ),
    "has another name": ((), cell_of(PADS, head=f"{HEAD}def pad(sequences, max_len):")),
    "calls itself": (
        (),
        cell_of(
            "if len(sequences) > 2:\n"
            "    halves = sequences[:2], sequences[2:]\n"
            "    return np.concatenate([pad_left(half, max_len) for half in halves])" + PADS
        ),
    ),
    "stands below magics and a broken cell": (
        ("%matplotlib inline\n!ls\n", "def broken(:", "1 / 0"),
        cell_of(PADS),
    ),
    "uses another function of the library": (
        ("from seqrec.data import PAD",),
        cell_of(PADS.replace("np.zeros(", "PAD + np.zeros(")),
    ),
    "calls an earlier exercise by its name": (
        ("from seqrec.data import build_sequences as built",),
        cell_of("assert callable(build_sequences) and callable(built)" + PADS),
    ),
    "reads numbers that a cell made": (
        ("SIZES = [n for n in range(9)]\nSIZES.append(9)\nfill = SIZES[0]",),
        cell_of(PADS.replace("np.zeros(", "fill + np.zeros(")),
    ),
    "edits what it reads by a method": (
        ("SIZES = [7]\nSIZES.append(0)", "SIZES.reverse()"),
        cell_of(PADS.replace("np.zeros(", "SIZES[0] + np.zeros(")),
    ),
    "edits what it reads in a loop": (
        ("SIZES = []", "for n in range(3):\n    if n == 2:\n        SIZES.append(n - 2)"),
        cell_of(PADS.replace("np.zeros(", "SIZES[0] + np.zeros(")),
    ),
    "edits what it reads by a function": (
        ("SIZES = {}", "def fill():\n    SIZES['fill'] = 0", "fill()"),
        cell_of(PADS.replace("np.zeros(", "SIZES['fill'] + np.zeros(")),
    ),
    "deletes from what it reads": (
        ("SIZES = [9, 0]\ndel SIZES[0]",),
        cell_of(PADS.replace("np.zeros(", "SIZES[0] + np.zeros(")),
    ),
    "has helpers that a decorator collects": (
        (
            "HELPERS = {}\ndef kept(f):\n    HELPERS[f.__name__] = f\n    return f",
            "@kept\ndef zeros(n, m):\n    return np.zeros((n, m), np.int64)",
        ),
        cell_of(PADS.replace(ZEROS, "HELPERS['zeros'](len(sequences), max_len)")),
    ),
    "keeps notes on a helper": (
        ("def helper():\n    return helper.notes[0]\nsetattr(helper, 'notes', [0])",),
        cell_of(PADS.replace("np.zeros(", "helper() + np.zeros(")),
    ),
    "logs to a handler of its own": (
        (
            "import logging, sys\nown = logging.getLogger('own')",
            "own.addHandler(logging.StreamHandler(sys.stderr))",
        ),
        cell_of("assert own.handlers\nown.error('hm')" + PADS),
    ),
    "drew its constants under a seed": (
        ("np.random.seed(0)\nDRAWN = np.random.rand()",),
        cell_of("assert 0.54 < DRAWN < 0.55" + PADS),
    ),
    "writes a file in its folder": (
        (),
        cell_of(
            "with open('notes.txt', 'w') as file:\n    file.write('hm')\n"
            "assert open('notes.txt').read() == 'hm'" + PADS
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_all_points_for_a_right_answer_that(name):
    before, cell = ODD[name]
    found = marked(*before, cell)
    assert found.share == 1, found.says


def _sample():
    """Tables, networks and a strange library; all chapters under `make fuzz`."""
    return chapters() if "FUZZ" in os.environ else ("02", "08", "13")


@pytest.mark.parametrize("chapter", _sample())
def test_every_solution_of_a_chapter_gets_all_points(chapter):
    notebook = make_notebook(Course().master(chapter), solved=True)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    for exercise in load_key(chapter).EXERCISES:
        assert mark(exercise.id, SEED, cells).share == 1, exercise.id


def test_no_stub_of_a_chapter_gets_a_point():
    notebook = make_notebook(Course().master("07"), solved=False)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    for exercise in load_key("07").EXERCISES:
        assert mark(exercise.id, SEED, cells).share == 0, exercise.id
