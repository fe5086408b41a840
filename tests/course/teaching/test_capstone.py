"""Three projects are worked out and judged; a poor one loses its points where it is poor."""

import re
import shutil
import subprocess
import sys

import pandas as pd
import pytest

from course.authoring.masters import ROOT
from course.teaching import teach
from course.teaching.capstone import examples, judge
from course.teaching.capstone.examples import EXAMPLES
from course.teaching.capstone.judge import LINES, marks

BUDGETS = (1, 3)
pytestmark = pytest.mark.filterwarnings("ignore:.*item that the model does not know")


@pytest.fixture(scope="module")
def projects(tmp_path_factory):
    out = tmp_path_factory.mktemp("capstone")
    return {name: (out / name, make(out / name, BUDGETS)) for name, make in EXAMPLES.items()}


def points(folder):
    return {mark.line: mark.points for mark in marks(folder)}


@pytest.fixture
def poor(projects, tmp_path):
    """The book shop by somebody in a hurry: one seed, one budget, a number that is too good."""
    folder = tmp_path / "poor"
    shutil.copytree(projects["book_shop"][0], folder)
    results = pd.read_csv(folder / "results.csv")
    run = (results["model"] == "sasrec") & (results["seed"] == 0)
    kept = results[run & (results["epochs"] == max(BUDGETS))].copy()
    kept["test"] = kept["valid"] = 0.97
    kept.to_csv(folder / "results.csv", index=False)
    (folder / "report.md").write_text("SASRec is the best model.\n")
    return folder


def test_the_judge_separates_a_good_project_from_a_poor_one(projects, poor):
    good = sum(points(projects["book_shop"][0]).values())
    assert good == sum(most for _, most, _ in LINES) == 10
    assert sum(points(poor).values()) == 0


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_example_gets_all_points_and_says_its_own_numbers(projects, name):
    folder, results = projects[name]
    assert [mark for mark in marks(folder) if mark.points < mark.most] == []
    report = (folder / "report.md").read_text("utf-8")
    assert "{" not in report
    below = results[results["epochs"] == 0].set_index("model")["test"]
    assert f"the last click {below['markov']:.2f}" in report
    if name != "own_log":
        assert abs(below["popularity"]) < 0.01 and results["test"].max() < 1


def test_what_the_shops_were_made_for_can_be_seen(projects):
    """Of books in order the last one says most; without an order a longer history is needed."""
    books, bag = (
        projects[name][1].set_index("model")["test"] for name in ("book_shop", "no_order")
    )
    assert books["markov"] > 0.6 and bag["sasrec"].max() > bag["markov"] + 0.2


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (lambda t: t.assign(test=t["test"] + 0.05), "numbers of the table"),
        (lambda t: t[t["model"] != "markov"], "Popularity and the last click"),
        (lambda t: t[t["seed"] < 2], "three seeds"),
        (lambda t: t[t["epochs"] != min(BUDGETS)], "two budgets"),
        (lambda t: t.assign(valid=-t["valid"]), "chosen on validation"),
    ],
)
def test_each_fault_costs_its_own_line(projects, tmp_path, damage, line):
    folder = tmp_path / "spoilt"
    shutil.copytree(projects["no_order"][0], folder)
    damage(pd.read_csv(folder / "results.csv")).to_csv(folder / "results.csv", index=False)
    lost = [mark.line for mark in marks(folder) if not mark.points]
    assert any(line in each for each in lost) and len(lost) <= 2


@pytest.mark.parametrize("name", judge.FILES)
def test_what_is_missing_or_damaged_is_named(projects, tmp_path, name, capsys):
    folder = tmp_path / "torn"
    shutil.copytree(projects["own_log"][0], folder)
    (folder / name).unlink()
    assert judge.main([str(folder)]) == 0
    assert f"{name} missing" in capsys.readouterr().out
    (folder / name).write_bytes(b"\x00\xff{")
    assert sum(points(folder).values()) < 10
    assert judge.main([str(tmp_path / "nowhere")]) == 1


def test_a_huge_shop_is_not_simulated(projects, tmp_path):
    folder = tmp_path / "huge"
    shutil.copytree(projects["no_order"][0], folder)
    text = (folder / "submission.toml").read_text()
    (folder / "submission.toml").write_text(re.sub("users = .*", "users = 2000000000", text))
    (mark,) = [mark for mark in marks(folder) if mark.most == 3]
    assert mark.points == 0 and "users is 2000000000" in mark.said


def test_the_rubric_lists_what_the_judge_checks():
    text = (ROOT / "course" / "teaching" / "capstone" / "rubric.md").read_text("utf-8")
    assert all(f"| {line} | {most} |" in text for line, most, _ in LINES)


def test_make_teach_lays_out_what_learners_get_and_it_runs_alone(tmp_path):
    assert teach.main(["00", "--out", str(tmp_path)]) == 0
    kit = tmp_path / "capstone"
    assert 'href="capstone/brief.html"' in (tmp_path / "index.html").read_text("utf-8")
    for path in kit.glob("*.py"):
        assert "course" not in re.findall(r"^(?:from|import) (\w+)", path.read_text("utf-8"), re.M)
    for program in ("examples", "judge"):
        command = [sys.executable, f"{program}.py", "--help"]
        done = subprocess.run(command, cwd=kit, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert f"python {program}.py" in done.stdout
    assert (kit / "book_shop.toml").is_file() and (kit / "rubric.html").is_file()


def test_the_command_refuses_an_example_that_is_not_there(tmp_path, capsys):
    with pytest.raises(SystemExit):
        examples.main([str(tmp_path), "shoe_shop"])
    assert "shoe_shop" in capsys.readouterr().err
