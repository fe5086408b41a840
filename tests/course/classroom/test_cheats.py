"""Answers that want points without being right: none gets any."""

import os
import subprocess
import sys

import pytest

from course.coach.find import find_exercise
from course.marking.fence import gut
from seqrec.data import pad_left as solution_of_2_2
from tests.course.classroom.conftest import PADS, cell_of, marked

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
SOLUTION = os.path.abspath("seqrec/data/sequences.py")
RUNS = "names = {}\nexec(bytes(text), names)\nreturn names['pad_left'](sequences, max_len)\n"
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
    "reads memory through numpy": (
        "import ctypes\nimport numpy.ctypeslib as c\n"
        "return c.as_array((ctypes.c_uint8 * 64).from_address(id(sequences)))"
    ),
    "asks who holds what": "import gc\nreturn gc.get_referrers(np)",
    "asks for weak references": (
        "import weakref, types, seqrec.data.sequences as s\n"
        "held = [r() for m in vars(s).values() for r in weakref.getweakrefs(m)]\n"
        "found = [f for f in held if getattr(f, '__name__', '') == 'pad_left']\n"
        "return found[0](sequences, max_len)"
    ),
    "asks for the frames of all threads": "import sys\nreturn sys._current_frames()",
    "goes up from its own error": (
        "frame = None\ntry:\n    1 / 0\nexcept ZeroDivisionError as error:\n"
        "    frame = error.__traceback__.tb_frame\n"
        "while frame:\n    frame.f_globals['taken'] = lambda value: []\n    frame = frame.f_back"
    ),
    "goes up from a generator": (
        "def steps():\n    yield frames.gi_frame.f_back\nframes = steps()\n"
        "return next(frames).f_back.f_locals['expected']"
    ),
    "puts the frames' names together": (
        "import sys\nframe = getattr(sys, '_get' + 'frame')()\n"
        "while frame:\n    names = getattr(frame, 'f_' + 'globals')\n"
        "    if 'pack' in names:\n        old = names['pack']\n"
        "        names['pack'] = lambda value: old({'value': True, 'seconds': 0.0})\n"
        "    frame = getattr(frame, 'f_' + 'back')"
    ),
    "answers when it is thrown away": (
        "return Late()",
        "class Late:\n    def __del__(self):\n        print(5.0)\n"
        "    def __getattr__(self, name):\n        return lambda *a, **k: 5.0",
    ),
    "edits what it was given": "sequences[:] = [[0] * max_len] * len(sequences)\nreturn sequences",
    "gives an object that reads as anything": (
        "import pickle\nclass Any:\n    def __reduce__(self):\n        return (eval, ('5.0',))\n"
        "return Any()"
    ),
    "starts a program from a pickle": (
        "import os\nclass Any:\n    def __reduce__(self):\n        return (os.system, ('id',))\n"
        "np.save('a.npy', np.array([Any()], object), allow_pickle=True)\n"
        "return np.load('a.npy', allow_pickle=True)"
    ),
    "reads the solution through torch.load": (
        f"return torch.load({SOLUTION!r}, weights_only=False)"
    ),
    "maps the solution through torch": (
        f"text = torch.from_file({SOLUTION!r}, size=4000, dtype=torch.uint8)\n" + RUNS
    ),
    "maps the solution through pyarrow": (
        f"import pyarrow\ntext = pyarrow.memory_map({SOLUTION!r}).read()\n" + RUNS
    ),
    "opens the solution below open": (
        f"import _io\ntext = _io.FileIO({SOLUTION!r}).read()\n" + RUNS
    ),
    "opens the solution below os": (
        f"import posix\ntext = posix.read(posix.open({SOLUTION!r}, 0), 9**6)\n" + RUNS
    ),
    "opens the solution from a folder": (
        f"import os\nroot = os.open('/usr/share', os.O_RDONLY)\n"
        f"text = os.read(os.open('../..{SOLUTION}', 0, dir_fd=root), 9**6)\n" + RUNS
    ),
    "opens the solution from where it has gone": (
        f"import os\nos.chdir('/usr/share')\ntext = open('../..{SOLUTION}').read()\n" + RUNS
    ),
    "asks another interpreter in its process": (
        "import importlib\nother = importlib.import_module('_xx' + 'subinterpreters')\n"
        f"code = \"open('a', 'w').write(open({SOLUTION!r}).read())\"\n"
        "other.run_string(other.create(), code)\ntext = open('a').read()\n" + RUNS
    ),
    "asks the module's loader": (
        "import seqrec.data.sequences as s\ntext = s.__loader__.get_source(s.__name__)\n" + RUNS
    ),
    "loads a module again": (
        "import importlib, seqrec.data.sequences as s\nimportlib.reload(s)\n"
        "return vars(s)['pad' + '_left'](sequences, max_len)"
    ),
    "builds an extension": (
        "from torch.utils import cpp_extension\n"
        "return cpp_extension.load_inline('a', 'int a() {return 1;}', functions=['a'])"
    ),
    "loads a library": f"return torch.ops.load_library({SOLUTION!r})",
    "looks at its pipes": "import os\nreturn os.listdir('/proc/self/fd')",
    "maps its own memory": (
        "import mmap\nwith open('/proc/self/mem', 'r+b') as file:\n"
        "    return mmap.mmap(file.fileno(), 9)"
    ),
    "copies itself through ctypes": "import ctypes\nreturn ctypes.CDLL(None).fork()",
    "copies itself through multiprocessing": (
        "import multiprocessing\n"
        "process = multiprocessing.get_context('fork').Process(target=print)\nprocess.start()"
    ),
    "warns with points": (
        "import warnings\nwarnings.showwarning = lambda *a, **k: 5.0\nwarnings.warn('5.0')"
    ),
    "lifts its limits": (
        "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (-1, -1))\nreturn None"
    ),
    "hides behind a signal": (
        "import signal, _thread\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nreturn None"
    ),
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
        (repr(probe.args), solution_of_2_2(*probe.args).tolist())
        for probe in exercise.make_probes()
    ]
    body = "return next(np.array(c) for a, c in KNOWN if a == repr((sequences, max_len)))"
    share = marked(cell_of(body, f"KNOWN = {known!r}")).share
    assert 0 < share < 0.5


WATCHED = """
@exercise("9.2")
def cloze_loss(sequences, mask_prob):
    frame = sys._getframe()
    while frame:
        if "taken" in frame.f_globals:
            frame.f_globals["taken"] = lambda value: {"every row has a gap": True}
        frame = frame.f_back
"""


@pytest.mark.parametrize(
    "cell",
    [
        WATCHED,
        WATCHED.replace("sys._getframe()", "getattr(sys, '_getframe')()"),
        "import course.coach.judging.observe as seen\n" + WATCHED.partition("    frame")[0]
        + "    seen.taken = None",
        "from course.coach.judging import observe as seen\n" + WATCHED.partition("    frame")[0]
        + "    seen.taken = None",
        "def up(): return inspect.currentframe()\n" + WATCHED.partition("    frame")[0]
        + "    return up()",
    ],
)  # fmt: skip
def test_who_names_what_watches_an_answer_at_work_gets_nothing(cell):
    found = marked("import sys, inspect", cell, id="9.2")
    assert found.share == 0 and "looks at what runs it" in found.says[0]


def test_what_only_resembles_such_a_name_is_no_peeking():
    cell = cell_of("back = {'f_back_': 1, 'frame': 2}\nassert back" + PADS)
    assert marked(cell).share == 1


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
