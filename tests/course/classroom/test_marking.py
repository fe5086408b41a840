"""What an answer is worth."""

import contextlib
import inspect
import textwrap
from dataclasses import replace

import pytest

from course.coach.find import chapters, find_exercise, load_key
from course.coach.judging.judge import judge
from course.coach.verdict import State
from course.marking import points
from course.marking.answers import find_answer
from course.marking.asking import COPIES
from course.marking.borrowing import borrows
from course.marking.inputs import fingerprint, hidden_probes, inputs_of
from course.marking.marks import weighted
from course.marking.needs import names_in
from course.marking.rooms import Rooms
from tests.course.classroom.conftest import SEED, marked

KEY = find_exercise("0.1")
HEAD = '@exercise("0.1")\n'
RIGHT = "def share_of_lift(model, popularity, oracle):\n    return {}\n"
LIFT = "(model - popularity) / (oracle - popularity)"
BORROWS = {
    "at the top": "from seqrec.metrics import share_of_lift as solved\n",
    "the module": "import seqrec.metrics as m\nsolved = m.share_of_lift\n",
    "by parts": "import seqrec.metrics\nsolved = seqrec.metrics.ranking.share_of_lift\n",
    "getattr": "import seqrec.metrics as m\nsolved = getattr(m, 'share_of_lift')\n",
    "importlib": "import importlib\n"
    "solved = importlib.import_module('seqrec.metrics').share_of_lift\n",
    "by its name": "from importlib import import_module as load\nimport importlib\n"
    "m = importlib.import_module('seqrec.metrics')\nsolved = m.share_of_lift\n",
    "sys.modules": "import sys\nsolved = sys.modules['seqrec.metrics'].share_of_lift\n",
    "everything": "from seqrec.metrics import *\nsolved = share_of_lift\n",
}


def answer(expression, before=""):
    return f"{before}{HEAD}{RIGHT.format(expression)}"


def of_exercise(cell):
    return find_answer([cell], "0.1", frozenset())


def test_a_right_answer_gets_all_points():
    found = marked(answer(LIFT), id="0.1")
    assert found.share == 1 and "right" in found.says[0]


@pytest.mark.parametrize("misconception", KEY.misconceptions, ids=lambda each: each.name)
def test_a_wrong_answer_gets_a_part_and_is_told_why(misconception):
    source = textwrap.dedent(inspect.getsource(misconception.wrong))
    found = marked(HEAD + source, id="0.1")
    assert 0 <= found.share < 1
    assert misconception.says in found.says


def test_the_share_is_that_of_shown_and_hidden_inputs_and_hidden_ones_weigh_more():
    assert weighted([True] * 4 + [False] * 2, shown=4) == pytest.approx(1 / 3)
    assert weighted([False] * 4 + [True] * 2, shown=4) == pytest.approx(2 / 3)
    assert weighted([True, False, True, False], shown=2) == pytest.approx(1 / 2)
    assert weighted([True, False], shown=2) == pytest.approx(1 / 2)


def test_hidden_inputs_are_new_depend_on_the_seed_and_are_the_same_each_time():
    shown = {fingerprint(probe) for probe in KEY.make_probes()}
    inputs_of.cache_clear()
    first, other = inputs_of(KEY, SEED), inputs_of(KEY, SEED + 1)
    inputs_of.cache_clear()
    again = inputs_of(KEY, SEED)
    hidden = [
        [fingerprint(probe) for probe in each.probes[each.shown :]]
        for each in (first, other, again)
    ]
    assert hidden[0] == hidden[2] != hidden[1] and not shown & set(hidden[0])
    assert len(set(hidden[0])) == len(hidden[0]) >= 4
    assert first.shown == len(shown)


@pytest.mark.parametrize("chapter", chapters())
def test_every_exercise_has_as_many_hidden_inputs_as_shown_ones_and_four(chapter):
    for exercise in load_key(chapter).EXERCISES:
        shown = {fingerprint(probe) for probe in exercise.make_probes()}
        drawn = []
        for seed in (SEED, SEED + 1):
            hidden = {fingerprint(probe) for probe in hidden_probes(exercise, seed)}
            assert len(hidden) >= max(4, len(shown)) and not hidden & shown, exercise.id
            drawn.append(hidden)
        assert len(drawn[0] - drawn[1]) >= len(drawn[0]) / 2, exercise.id


@pytest.mark.parametrize("id", ["6.3", "6.5"])
def test_who_has_a_table_of_the_shown_inputs_gets_less_than_half(id):
    exercise = find_exercise(id)
    table = []
    for probe in exercise.make_probes():
        with contextlib.suppress(ValueError):
            asked = [each.tolist() if hasattr(each, "tolist") else each for each in probe.args]
            table.append((asked, exercise.reference(*probe.args).tolist()))
    cell = (
        f'TABLE = {table!r}\n@exercise("{id}")\ndef known(a, b):\n'
        "    asked = [a.tolist() if hasattr(a, 'tolist') else a, b]\n"
        f"    found = next((due for key, due in TABLE if key == asked), None)\n"
        "    if found is None:\n        raise ValueError('not known')\n"
        f"    return torch.tensor(found, dtype=torch.float32)"
    )
    assert 0.2 < marked(cell, id=id).share < 0.5


def hasty(monkeypatch):
    """Half a second for an answer that computes, one for one that waits."""

    def short(exercise, seed):
        found = inputs_of(exercise, seed)
        return replace(found, exercise=replace(found.exercise, time_limit=0.5))

    monkeypatch.setattr("course.marking.marks.inputs_of", short)
    monkeypatch.setattr("course.marking.rooms.WAITS", 1.0)


ENDS = {
    "computes for ever": "while True: pass",
    "waits for ever": "import time; time.sleep(10**6)",
    "ends its process": "import os; os._exit(0)",
}


@pytest.mark.parametrize("way", ENDS)
def test_an_input_on_which_an_answer_does_not_come_back_costs_the_others_nothing(way, monkeypatch):
    hasty(monkeypatch)
    inputs = inputs_of(KEY, SEED)
    hard = inputs.probes[1].args
    body = f"    if (model, popularity, oracle) == {hard!r}:\n        {ENDS[way]}\n"
    lost = answer(LIFT).replace("\n    return", f"\n{body}    return")
    met = [probe.args == hard for probe in inputs.probes]
    assert sum(met) == 1
    assert marked(lost, id="0.1").share == pytest.approx(
        weighted([not each for each in met], inputs.shown)
    )


@pytest.mark.parametrize("way", ENDS)
def test_an_answer_that_never_comes_back_is_tried_four_times(way, monkeypatch):
    hasty(monkeypatch)
    tried = []
    room = Rooms.room
    monkeypatch.setattr(Rooms, "room", lambda self: tried.append(1) or room(self))
    lost = answer(LIFT).replace("\n    return", f"\n    {ENDS[way]}\n    return")
    found = marked(lost, id="0.1")
    assert found.share == 0
    due = "an error" if way == "ends its process" else "time limit"
    assert due in found.says[0], found.says
    assert len(tried) == 1 + COPIES == 4


def test_who_does_not_come_back_from_second_calls_only_gave_two_results(monkeypatch):
    hasty(monkeypatch)
    inputs = inputs_of(KEY, SEED)
    cell = f"import os\ncalls = []\n{answer(LIFT)}".replace(
        "\n    return",
        f"\n    calls.append(1)\n    if len(calls) > {len(inputs.probes)}: os._exit(0)\n    return",
    )
    assert 0 < marked(cell, id="0.1").share < 1


def test_an_answer_may_take_for_each_input_what_a_shown_one_may():
    inputs = inputs_of(KEY, SEED)
    seconds = KEY.time_limit * len(inputs.probes) / inputs.shown
    assert inputs.seconds == pytest.approx(seconds) and inputs.exercise is KEY


def test_nothing_attempted_and_nothing_there_get_nothing():
    assert marked(answer("..."), id="0.1").says == (f"{State.NOT_ATTEMPTED.value}.",)
    assert marked(answer(LIFT).replace("0.1", "0.9"), id="0.1").share == 0
    assert marked("class share_of_lift: pass".replace("class", f"{HEAD}class"), id="0.1").share == 0


def test_the_last_answer_counts_and_a_stub_below_it_does_not():
    right, wrong, stub = answer(LIFT), answer("0.5"), answer("...")
    assert marked(wrong, right, stub, id="0.1").share == 1
    assert marked(right, wrong, stub, id="0.1").share < 1


@pytest.mark.parametrize("way", BORROWS)
@pytest.mark.parametrize("inside", [False, True], ids=["above", "inside"])
def test_who_calls_the_librarys_own_function_gets_nothing(way, inside):
    call = "solved(model, popularity, oracle)"
    if inside and "*" not in BORROWS[way]:
        body = textwrap.indent(f"{BORROWS[way]}return {call}\n", "    ")
        cell = f"{HEAD}def share_of_lift(model, popularity, oracle):\n{body}"
    else:
        cell = answer(call, BORROWS[way])
    assert borrows(KEY.reference, of_exercise(cell))
    found = marked(cell, id="0.1")
    assert found.share == 0 and "calls the library's share_of_lift" in found.says[0]


@pytest.mark.parametrize(
    "before",
    [
        "from seqrec.metrics import ndcg, share_of_lift\n",
        "import seqrec.metrics\nlift = seqrec.metrics.ndcg\n",
        "import sys\nhere = sys.modules['seqrec.metrics']\n",
        "from seqrec.metrics import *\n",
    ],
)
def test_what_the_answer_does_not_use_is_not_borrowed(before):
    uses = before.replace("import *", "import ndcg")
    cell = answer(f"[ndcg, {LIFT}][1]" if "ndcg" in uses.partition("\n")[0] else LIFT, before)
    assert not borrows(KEY.reference, of_exercise(cell))


def test_an_answer_that_gives_two_results_never_gets_all_points():
    cell = "calls = []\n" + answer("[calls.append(1), " + LIFT + " + (len(calls) % 9 == 0)][1]")
    assert 0 < marked(cell, id="0.1").share < 1


def test_an_answer_needs_what_it_names_and_not_its_own_variables():
    cells = ["x = 1", "y = x", "model = fit()", "unused = 3", answer("model + y")]
    found = find_answer(cells, "0.1", frozenset())
    assert [statement.cell for statement in found.needs] == ["x = 1", "y = x"]
    assert names_in(found.value) >= {"y"} and "model" not in names_in(found.value)


@pytest.mark.parametrize(
    "cell",
    [
        "print(sizes)",
        "display(sizes, fit())",
        "other.append(1)",
        "helper(3)",
        "fit(other)",
        "'sizes'",
        "import sizes_of_others",
        "@functools.cache\ndef other(): ...",
        "def edits(): sizes.append(1)",
        "left = sizes.pop()",
    ],
)
def test_what_edits_nothing_that_an_answer_names_is_not_run_for_it(cell):
    before = ["sizes = [1]", "def helper(n): return n", "other = []", "import functools"]
    found = find_answer([*before, cell, answer("sizes[0] + helper(1)")], "0.1", frozenset())
    assert [statement.cell for statement in found.needs] == before[:2]


def test_a_seed_runs_if_its_library_is_named_and_a_call_on_data_does_not():
    cells = ["import numpy as np", "data = read()", "np.random.seed(0)", "np.add.at(data, 0, 1)"]
    found = find_answer([*cells, answer("np.zeros(3)")], "0.1", frozenset())
    assert [statement.cell for statement in found.needs] == [cells[0], cells[2]]


def test_reading_an_answer_runs_nothing():
    cell = (
        "raise SystemExit\n"
        + HEAD
        + "def share_of_lift(a=exit(1), *b: exit(2)) -> exit(3):\n    ..."
    )
    assert of_exercise(cell).is_open


@pytest.mark.parametrize("text", ["", "def (", "\0", "(" * 5000, "x = " + "-" * 20000 + "1"])
def test_a_cell_that_is_no_python_is_passed_by(text):
    assert marked(text, answer(LIFT), id="0.1").share == 1


def test_by_hand_without_a_notebook_there_is_no_answer(capsys):
    assert points("0.1", most=3, seed=SEED) == 0
    assert "0 of 3 points" in capsys.readouterr().out


def test_the_coach_lets_borrowing_pass():
    def share_of_lift(model, popularity, oracle):
        from seqrec.metrics import share_of_lift as solved

        return solved(model, popularity, oracle)

    assert judge(KEY, share_of_lift).state is State.RIGHT


def test_of_an_error_its_text_and_its_line_are_told():
    raises = answer(LIFT).replace("\n    return", "\n    raise KeyError('own text')\n    return")
    says = marked(raises, id="0.1").says[1]
    assert says.startswith("It raised `KeyError: ") and "That was line 3" in says, says
