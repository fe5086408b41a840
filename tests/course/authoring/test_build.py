"""The tiny chapter made, made again, edited, broken."""

import subprocess
import sys

import nbformat
import pytest

from course.authoring import execution
from course.authoring.build import build, build_notebook, check, main
from course.authoring.freshness import orphans, staleness
from course.authoring.masters import ROOT

TITLE = "# %% [markdown]\n# # 91 · Small\n\n"


def read(course, solved=False):
    return nbformat.read(course.notebook(course.masters()[0], solved), as_version=4)


def cell_with(notebook, text):
    return next(cell for cell in notebook.cells if text in cell.source)


def bytes_without_timing(course):
    text = course.notebook(course.masters()[0], solved=False).read_text()
    for cell in read(course).cells:
        if "timing" in cell.metadata.get("tags", []):
            text = text.replace(cell.outputs[0].data["text/plain"], "a time")
    return text


def test_made_twice_only_cells_tagged_timing_differ(built):
    before, timed_before = (
        bytes_without_timing(built),
        cell_with(read(built), "perf_counter").outputs,
    )
    build_notebook(built, built.masters()[0], solved=False)
    assert bytes_without_timing(built) == before
    assert cell_with(read(built), "perf_counter").outputs != timed_before


def test_an_unchanged_chapter_is_left_alone(built, capsys):
    path = built.notebook(built.masters()[0], solved=False)
    before = path.stat().st_mtime_ns
    assert main([], built) == 0
    assert path.stat().st_mtime_ns == before
    assert (
        capsys.readouterr().out
        == "chapters/90_tiny.ipynb  up to date\nsolutions/90_tiny.ipynb  up to date\n"
    )


def edit(course, old, new):
    master = course.masters()[0]
    text = master.read_text()
    assert text.count(old) >= 1
    master.write_text(text.replace(old, new, 1))


def test_where_only_prose_has_changed_the_outputs_are_kept_and_no_cell_is_run(
    built, capsys, monkeypatch
):
    before = [cell.get("outputs") for cell in read(built).cells if cell.cell_type == "code"]
    edit(built, "# # 90", "# # 90 ·")
    monkeypatch.setattr("course.authoring.build.execute", None)
    assert main([], built) == 0
    assert capsys.readouterr().out.count("only prose has changed: outputs kept") == 2
    now = read(built)
    assert "# 90 ·" in now.cells[0].source
    assert [cell.get("outputs") for cell in now.cells if cell.cell_type == "code"] == before
    assert main(["--check"], built) == 0


@pytest.mark.parametrize(
    "plant",
    [
        lambda course: edit(course, "perf_counter()", "perf_counter() + 1"),
        lambda course: edit(course, ' tags=["timing"]', ""),
        lambda course: course.notebook(course.masters()[0], False).write_text("{"),
    ],
)
def test_code_tags_or_a_broken_file_are_executed_again(built, plant):
    edit(built, "# # 90", "# # 90 ·")
    plant(built)
    master = built.masters()[0]
    assert build_notebook(built, master, solved=False, may_keep=True) is not None


def test_force_executes_where_only_prose_has_changed(built, capsys):
    edit(built, "# # 90", "# # 90 ·")
    assert main(["--force"], built) == 0
    assert "outputs kept" not in capsys.readouterr().out


def test_a_chapter_is_executed_in_its_folder_and_holds_no_bar_no_model_no_version(built_once):
    for solved in (False, True):
        notebook = read(built_once, solved)
        nbformat.validate(notebook)
        assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
        assert not {"widgets", "jupytext"} & set(notebook.metadata)
        assert "version" not in notebook.metadata.language_info
        assert "execution" not in cell_with(notebook, "perf_counter").metadata
        assert [o.text for o in cell_with(notebook, "tqdm(range").outputs] == [
            "the first ten numbers add up to 45\n"
        ]
        slider = cell_with(notebook, "IntSlider").outputs[0].data
        assert slider == {"text/plain": "(An interactive control: run this cell to use it.)"}


def test_the_chapter_is_unsolved_and_the_solved_notebook_solved(built_once):
    chapter, solved = read(built_once), read(built_once, solved=True)
    assert not [
        cell for cell in chapter.cells if "SOLUTION" in cell.source or "2 * number" in cell.source
    ]
    assert cell_with(solved, "def double").source.count("return 2 * number") == 1
    verdicts = [cell_with(notebook, "def double").outputs for notebook in (chapter, solved)]
    assert verdicts[0] != verdicts[1]
    assert cell_with(chapter, "triple(14)").outputs == cell_with(solved, "triple(14)").outputs


def test_ruff_accepts_what_is_made_from_a_formatted_master(built_once):
    stored = [str(built_once.notebook(built_once.masters()[0], solved)) for solved in (False, True)]
    for command in (["check"], ["format", "--check"]):
        ran = subprocess.run(
            [
                sys.executable,
                "-m",
                "ruff",
                *command,
                "--config",
                str(ROOT / "pyproject.toml"),
                "--no-cache",
                *stored,
            ],
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("plant", "why"),
    [
        ("master", "was made from another version of 90_tiny.py"),
        ("source", "was edited: the source of cell 4"),
        ("tag", "was edited: the metadata of cell 4"),
        ("id", "was edited: the id of cell 4"),
        ("cell", "has 18 cells, its master makes 17"),
        ("junk", "can't be read"),
        ("missing", "does not exist"),
    ],
)
def test_planted_staleness_is_found_and_named_with_its_cure(built, plant, why):
    master = built.masters()[0]
    path = built.notebook(master, solved=False)
    assert staleness(built, master, solved=False) is None
    notebook = read(built)
    if plant == "master":
        master.write_text(master.read_text().replace("one of everything", "all"))
    elif plant == "source":
        notebook.cells[3].source += "  # mine"
    elif plant == "tag":
        notebook.cells[3].metadata.tags = []
    elif plant == "id":
        notebook.cells[3].id = "mine"
    elif plant == "cell":
        notebook.cells.append(nbformat.v4.new_markdown_cell("mine"))
    if plant in ("source", "tag", "id", "cell"):
        nbformat.write(notebook, path)
    elif plant == "junk":
        path.write_text("{")
    elif plant == "missing":
        path.unlink()

    complaint = check(built, [master])[0]
    assert complaint.startswith(f"chapters/90_tiny.ipynb {why}")
    assert complaint.endswith("run: python -m course.authoring.build 90")
    assert main(["--check"], built) == 1


def test_a_notebook_without_a_master_is_found(built):
    (built.root / "chapters" / "89_gone.ipynb").write_text("{}")
    assert [path.name for path in orphans(built)] == ["89_gone.ipynb"]
    assert main(["--check"], built) == 1


@pytest.mark.parametrize(
    ("cell", "complaint"),
    [
        (
            "from pathlib import Path\n\nprint(Path.cwd())",
            "output holds a path or an address of this machine",
        ),
        (
            'int("x")\n\n# %%\n1 / 0',
            "cell 3 failed: ZeroDivisionError: division by zero\n    1 / 0",
        ),
    ],
)
def test_a_chapter_with_a_fault_is_not_written_and_the_old_one_stays(small, cell, complaint):
    course = small(f'{TITLE}# %% tags=["raises-exception"]\n{cell}\n')
    chapter = course.notebook(course.master("91"), solved=False)
    chapter.parent.mkdir()
    chapter.write_text("the old one")
    failed = build(course, course.masters())
    assert len(failed) == 2
    assert failed[0].startswith("chapters/91_small.ipynb not written: ") and complaint in failed[0]
    assert chapter.read_text() == "the old one"
    assert [path.name for path in chapter.parent.iterdir()] == ["91_small.ipynb"]


@pytest.mark.parametrize(
    ("cell", "complaint"),
    [
        ("import os\n\nos._exit(1)", "Kernel died"),
        ("import time\n\ntime.sleep(60)", "A cell timed out"),
    ],
)
def test_a_kernel_that_dies_or_hangs_is_a_failed_chapter(small, monkeypatch, cell, complaint):
    monkeypatch.setattr(execution, "CELL_TIMEOUT", 2)
    course = small(f"{TITLE}# %%\n{cell}\n")
    with pytest.raises(execution.ChapterError, match=complaint):
        build_notebook(course, course.master("91"), solved=False)


def test_a_kernel_has_one_thread_and_its_cost_is_reported(small, capsys):
    course = small(
        f'{TITLE}# %% tags=["nbval-check-output"]\nimport '
        'os\n\nprint(os.environ["OMP_NUM_THREADS"])\n'
    )
    assert main(["91"], course) == 0
    assert read(course).cells[1].outputs[0].text == "1\n"
    line = capsys.readouterr().out.splitlines()[0]
    assert line.startswith("chapters/91_small.ipynb  ") and " s, " in line and "KiB" in line


def test_an_unknown_chapter_number_is_a_line_and_status_1(small, capsys):
    assert main(["07"], small(TITLE)) == 1
    assert capsys.readouterr().err == "0 masters for chapter '07'; there are: 91_small\n"
