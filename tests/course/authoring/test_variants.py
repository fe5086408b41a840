"""The tiny chapter answered wrong, half, and with each cell run twice."""

import pytest

import course.keys
from course.authoring import variants
from course.authoring.build import build
from course.authoring.checks import output_text
from course.authoring.execution import execute
from course.authoring.variants import strays, variant
from course.coach import State, judge
from course.coach.find import find_exercise


@pytest.fixture(autouse=True)
def tiny_keys(built_once, monkeypatch):
    monkeypatch.setattr(
        course.keys, "__path__", [*course.keys.__path__, str(built_once.root / "keys")]
    )


def test_an_unknown_way_of_answering_is_refused(built_once):
    with pytest.raises(ValueError, match="choose from wrong, half, doubled"):
        variant(built_once.masters()[0], "wrnog")


def test_the_wrong_variant_types_a_misconception_of_each_key_and_only_verdicts_differ(
    built_once, monkeypatch
):
    executed = []
    monkeypatch.setattr(
        variants,
        "execute",
        lambda notebook, folder: executed.append(notebook) or execute(notebook, folder),
    )
    assert strays(built_once, built_once.masters()[0], "wrong") == []
    [notebook] = executed
    first, second = [cell for cell in notebook.cells if "@exercise" in cell.source]
    assert first.source == "@exercise('90.1')\ndef double(number):\n    return number + 2"
    assert second.source.startswith(
        "from course.keys.ch90 import _minus\n\n@exercise('90.2')\ndef triple(number):"
    )

    shown = {cell.source: " ".join(output_text(cell)) for cell in notebook.cells}
    assert (
        "You added two." in shown[first.source] and "You turned the sign." in shown[second.source]
    )
    assert "ValueError" not in shown[first.source] + shown[second.source]


@pytest.mark.parametrize(
    ("id", "name"),
    [
        ("15.3", "slate_log_propensity"),
        ("15.4", "paired_comparison"),
        ("15.6", "ips"),
        ("15.7", "snips"),
    ],
)
def test_a_misconception_that_calls_the_reference_or_comes_out_of_a_factory_is_still_the_same(
    id, name
):
    answers = {"exercise": lambda id: lambda answer: answer}
    exec(variants._misconception(id, name), answers)
    verdict = judge(find_exercise(id), answers[name])
    assert verdict.state is State.MISCONCEPTION
    assert verdict.says[0] in {each.says for each in find_exercise(id).misconceptions}


def test_the_half_variant_solves_every_other_exercise(built_once):
    notebook = variant(built_once.masters()[0], "half")
    assert ["return" in cell.source for cell in notebook.cells if "@exercise" in cell.source] == [
        True,
        False,
    ]


def test_a_sound_chapter_with_each_cell_run_twice_shows_what_is_stored(built_once):
    assert strays(built_once, built_once.masters()[0], "doubled") == []


def test_a_planted_change_of_a_compared_output_goes_astray(built):
    path = built.notebook(built.masters()[0], solved=False)
    path.write_text(path.read_text().replace('"42 42\\n"', '"42 43\\n"'))
    found = strays(built, built.masters()[0], "half")
    assert len(found) == 1 and "'print(double(21), triple(14))'" in found[0] and "42 43" in found[0]


def test_a_planted_cell_that_is_not_the_same_run_twice_goes_astray(small):
    course = small(
        "# %% [markdown]\n# # 91 · Small\n\n# %%\ncount = [0]\n\n"
        '# %% tags=["nbval-check-output"]\ncount.append(1)\nprint(len(count))\n'
    )
    assert build(course, course.masters()) == []
    found = strays(course, course.masters()[0], "doubled")
    assert len(found) == 1 and found[0].startswith(
        "91_small, doubled: second run of cell 'count.append(1)'"
    )


def test_a_stale_chapter_is_not_run(built):
    master = built.masters()[0]
    master.write_text(master.read_text() + "\n# %%\nnew = 1\n")
    found = strays(built, master, "wrong")
    assert len(found) == 1 and "run: python -m course.authoring.build 90" in found[0]
