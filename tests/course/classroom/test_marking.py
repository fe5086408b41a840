"""What an answer is worth."""

import inspect
import textwrap

import numpy as np
import pytest

from course.coach.find import chapters, find_exercise, load_key
from course.coach.judging.judge import judge
from course.coach.verdict import State
from course.marking import points
from course.marking.answers import find_answer, names_in
from course.marking.borrowing import borrows
from course.marking.inputs import fingerprint, inputs_of
from course.marking.marks import weighted
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


def test_all_but_four_exercises_have_hidden_inputs():
    none = []
    for chapter in chapters():
        for exercise in load_key(chapter).EXERCISES:
            shown = {fingerprint(probe) for probe in exercise.make_probes()}
            rng = np.random.default_rng(SEED)
            if {fingerprint(probe) for probe in exercise.probes(rng)} <= shown:
                none.append(exercise.id)
    # their keys ask the same questions under every seed; TEACHING.md says so
    assert none == ["6.5", "9.1", "9.3", "9.4"]


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
