"""Answers that want points without being right: none gets any."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from course.coach.find import find_exercise
from course.marking.fence import gut
from course.marking.inputs import inputs_of
from seqrec.data import pad_left as solution_of_2_2
from tests.course.classroom.conftest import PADS, SEED, cell_of, marked

PATCHED = """
import sys, types
import course.marking, course.marking.marks, course.coach.judging.judge as judging
course.marking.points = course.marking.marks.mark = lambda *a, **k: 5.0
judging.find_faults = lambda exercise, probes, *rest: [None] * len(probes)
sys.modules["course.marking"] = types.SimpleNamespace(points=lambda *a, **k: 5.0)
"""
TRUE_TO_ALL = """
class Yes(np.ndarray):
    __eq__ = __ge__ = __le__ = __ne__ = lambda self, other: np.ones(1, bool)
    __hash__ = None
    shape = property(lambda self: (2, 3))
    def __array__(self, *args, **kwargs):
        return self
"""
# name: the body of the answer, or (body, code before it)
CHEATS = {
    "imports the solution inside": (
        "from seqrec.data import pad_left as p\nreturn p(sequences, max_len)"
    ),
    "imports its module inside": "import seqrec.data as d\nreturn d.pad_left(sequences, max_len)",
    "imports it by its file": (
        "from seqrec.data.sequences import pad_left as p\nreturn p(sequences, max_len)"
    ),
    "asks importlib": (
        "import importlib\n"
        "return importlib.import_module('seqrec.data').pad_left(sequences, max_len)"
    ),
    "puts the name together": (
        "import importlib\n"
        "d = importlib.import_module('seq' + 'rec.data')\n"
        "return getattr(d, 'pad' + '_left')(sequences, max_len)"
    ),
    "uses getattr": (
        "import seqrec.data\nreturn getattr(seqrec.data, 'pad_left')(sequences, max_len)"
    ),
    "looks into sys.modules": (
        "import sys\nreturn vars(sys.modules['seqrec' + '.data'])['pad_left'](sequences, max_len)"
    ),
    "keeps it in a list": (
        "return TOOLS[0](sequences, max_len)",
        "from seqrec import data\nTOOLS = [getattr(data, n) for n in dir(data) if n == 'pad_left']",
    ),
    "lets a helper call it": (
        "return helper(sequences, max_len)",
        "import seqrec.data\nhelper = lambda *a: seqrec.data.pad_left(*a)",
    ),
    "finds the exercise": (
        "from course.coach.find import find_exercise\n"
        "return find_exercise('2.2').reference(sequences, max_len)"
    ),
    "imports the key": (
        "import course.keys.ch02 as key\nreturn key.EXERCISES[1].reference(sequences, max_len)"
    ),
    "walks the frames": (
        "import sys\n"
        "frame = sys._getframe()\n"
        "while frame:\n"
        "    for value in [*frame.f_locals.values()]:\n"
        "        for name in ('expected', 'reference', 'value'):\n"
        "            if callable(getattr(value, name, None)):\n"
        "                return getattr(value, name)(sequences, max_len)\n"
        "    frame = frame.f_back"
    ),
    "asks the garbage collector": (
        "import gc\n"
        "for o in gc.get_objects():\n"
        "    if getattr(o, '__name__', '') == 'pad_left' and o.__module__.startswith('seqrec'):\n"
        "        return o(sequences, max_len)"
    ),
    "runs the solution's source": (
        "import inspect, seqrec.data.sequences as s\n"
        "names = dict(vars(s))\n"
        "exec(inspect.getsource(vars(s)['pad' + '_left']), names)\n"
        "return names['pad_left'](sequences, max_len)"
    ),
    "loads the library anew": (
        "import sys, importlib\n"
        "for name in [n for n in sys.modules if n.startswith('seqrec')]:\n"
        "    del sys.modules[name]\n"
        "d = importlib.import_module('seqrec' + '.data')\n"
        "return getattr(d, 'pad_left')(sequences, max_len)"
    ),
    "reads the teacher's version": (
        f"text = open({os.path.abspath('solutions/02_sequences.py')!r}).read()\n"
        "names = {'exercise': lambda id: lambda f: f}\n"
        "exec(text, names)\n"
        "return names['pad_left'](sequences, max_len)"
    ),
    "asks another Python": (
        "import subprocess, sys\n"
        "call = f'pad_left({sequences}, {max_len}).tolist()'\n"
        "code = f'from seqrec.data import pad_left; print({call})'\n"
        "out = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)\n"
        "return np.array(eval(out.stdout))"
    ),
    "copies itself": "import os\nos.fork()\nreturn None",
    "starts a process below subprocess": (
        "import _posixsubprocess\nreturn _posixsubprocess.fork_exec()"
    ),
    "patches what marks": ("return None", PATCHED),
    "patches while it is asked": f"{PATCHED.strip()}\nreturn None",
    "patches comparisons": (
        "np.isclose = np.array_equal = torch.equal = lambda *a, **k: True\n"
        "np.asarray = np.all = lambda *a, **k: True\n"
        "return np.zeros((9, 9))"
    ),
    "equals everything": ("return np.zeros((2, 3)).view(Yes)", TRUE_TO_ALL),
    "prints points": "print('5.0')\nreturn 5.0",
    "writes into each pipe": (
        "import os, struct, json\n"
        "tree = json.dumps(['str', 'ready']).encode()\n"
        "data = struct.pack('>II', len(tree), 2) + tree + b'[]'\n"
        "for number in range(3, 64):\n"
        "    try: os.write(number, struct.pack('>Q', len(data)) + data)\n"
        "    except OSError: pass\n"
        "return 'ready'"
    ),
    "writes rubbish into each pipe": (
        "import os\n"
        "for number in range(3, 64):\n"
        "    try: os.write(number, b'\\xff' * 99)\n"
        "    except OSError: pass\n"
    ),
    "ends the process well": "import os\nos._exit(0)",
    "ends the process in its cell": (PADS, "import os\nX = os._exit(0)\nnp = X"),
    "leaves a thread behind": (
        "import threading\n"
        "threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        "return None"
    ),
    "answers at exit": "import atexit\natexit.register(print, 5.0)\nraise SystemExit(0)",
    "returns a bomb": "return np.broadcast_to(np.int64(0), (10**6, 10**6))",
    "returns itself within itself": "deep = []\ndeep.append(deep)\nreturn deep",
    "takes all memory": "return np.zeros(10**11)",
}


@pytest.mark.parametrize("name", CHEATS)
def test_no_points_for_an_answer_that(name):
    cheat = CHEATS[name]
    body, before = cheat if isinstance(cheat, tuple) else (cheat, "")
    found = marked(cell_of(body, before))
    assert found.share == 0, found.says
    assert all(len(line) <= 600 for line in found.says)


def test_without_the_cheat_the_same_cell_gets_all_points():
    assert marked(cell_of(PADS)).share == 1


def test_who_knows_the_shown_inputs_only_gets_less_than_half():
    exercise = find_exercise("2.2")
    known = [
        (*probe.args, solution_of_2_2(*probe.args).tolist()) for probe in exercise.make_probes()
    ]
    body = "return next(np.array(c) for a, b, c in KNOWN if (a, b) == (sequences, max_len))"
    share = marked(cell_of(body, f"KNOWN = {known!r}")).share
    assert 0 < share < 0.5


def test_a_thread_that_talks_on_spoils_no_later_mark():
    noise = (
        "import threading, os\n"
        "def talk():\n"
        "    while True:\n"
        "        for number in range(3, 32):\n"
        "            try: os.write(number, b'noise')\n"
        "            except OSError: pass\n"
        "threading.Thread(target=talk, daemon=True).start()\nreturn None"
    )
    assert marked(cell_of(noise)).share == 0
    assert marked(cell_of(PADS)).share == 1


@pytest.mark.parametrize(
    ("body", "state"),
    [("while True: pass", "time"), ("import time\ntime.sleep(10**6)", "time")],
    ids=["computes", "waits"],
)
def test_an_answer_that_never_ends_is_ended(body, state, monkeypatch):
    def hasty(exercise, seed):
        return replace(inputs, exercise=replace(inputs.exercise, time_limit=0.5))

    inputs = inputs_of(find_exercise("2.2"), SEED)
    monkeypatch.setattr("course.marking.marks.inputs_of", hasty)
    monkeypatch.setattr("course.marking.rooms.WAITS", 1.0)
    found = marked(cell_of(body))
    assert found.share == 0 and state in found.says[0]


def test_an_emptied_solution_is_empty_for_everybody_who_holds_it():
    code = (
        "import seqrec.data as d\nfrom seqrec.data import pad_left\nheld = [pad_left]\n"
        "from course.marking.fence import gut\ngut(d.pad_left, 'pad_left')\n"
        "for each in (held[0], pad_left, d.sequences.pad_left):\n"
        "    try: each([[1]], 2)\n"
        "    except RuntimeError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.count("is the solution of this exercise") == 3, done.stderr


def test_all_methods_of_a_class_are_emptied_and_none_of_its_parents():
    class Parent:
        def kept(self):
            return 1

    class Solution(Parent):
        def __init__(self, size=3):
            super().__init__()

        @property
        def wide(self):
            return 2

        @staticmethod
        def alone():
            return 3

    gut(Solution, "Solution")
    for call in (Solution, Solution.alone, lambda: object.__new__(Solution).wide):
        with pytest.raises(RuntimeError, match="Solution of the library is the solution"):
            call()
    assert Parent().kept() == 1
