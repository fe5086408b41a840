"""What CONTRIBUTING.md says about masters is so."""

import re
import subprocess
import sys

import pytest

from course.authoring.masters import ROOT, TAGS, exercises, make_notebook

GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL).group(1)


def test_the_example_is_a_master_of_about_20_lines(tmp_path):
    master = tmp_path / "97_padding.py"
    master.write_text(EXAMPLE)
    chapter = make_notebook(master, solved=False)
    assert sum(bool(line.strip()) for line in EXAMPLE.splitlines()) <= 22
    assert [
        exercises(cell.source)[0][:2] for cell in chapter.cells if "@exercise" in cell.source
    ] == [("97.1", "pad_left")]
    assert "return" not in chapter.cells[2].source


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]])
def test_the_example_pleases_ruff(tmp_path, command):
    name = ["--stdin-filename", str(ROOT / "solutions" / "97_padding.py")]
    ran = subprocess.run(
        [sys.executable, "-m", "ruff", *command, *name, "-"],
        input=EXAMPLE,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_example_s_solution_does_what_its_docstring_says():
    names = {"exercise": lambda id: lambda answer: answer, "scoreboard": lambda: None}
    exec(EXAMPLE.replace("from course import exercise, scoreboard", ""), names)
    assert names["pad_left"]([3, 7], 4) == [0, 0, 3, 7] and names["pad_left"]([], 2) == [0, 0]


def test_every_tag_is_explained_and_no_other():
    table = GUIDE.partition("**Tags**")[2].partition("**Figures**")[0]
    assert set(re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE)) == TAGS


def test_files_that_the_guide_names_exist():
    folders = "solutions|tests|tools|seqrec|zooplus_sim|course|benchmarks|chapters"
    named = re.findall(rf"`((?:{folders})/[\w/]*(?:\.py)?)`", GUIDE)
    missing = [name for name in named if not (ROOT / name).exists() and "NN_" not in name]
    assert named and missing == []
