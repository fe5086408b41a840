"""A newcomer's first minute: chapter 00 in a real JupyterLab, in a real Chromium. The others: `make test-browser`."""

from pathlib import Path

import nbformat

from tests.browser import run_chapter as command

ROOT = Path(__file__).resolve().parents[2]


def test_chapter_00_runs_without_an_error(browser, tmp_path):
    picture = tmp_path / "00.png"
    assert command.run_chapter(browser, ROOT / "chapters" / "00_start_here.ipynb", picture=picture) == []
    assert picture.stat().st_size > 50_000


def test_a_failing_cell_is_seen_and_those_below_it_count_as_not_run(browser, tmp_path):
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    cells = ["import sys; print('no error', file=sys.stderr)", "1 / 0", "'never reached'"]
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in cells]
    nbformat.write(notebook, tmp_path / "broken.ipynb")
    errors = command.run_chapter(browser, tmp_path / "broken.ipynb", theme="dark")
    assert [(error.cell, error.name) for error in errors] == [(1, "ZeroDivisionError"), (2, "NotRun")]


def test_without_a_chromium_the_command_says_where_to_get_one(monkeypatch, capsys):
    monkeypatch.setattr("tests.browser.chromium.find_chromium", lambda: None)
    assert command.main([str(ROOT / "README.md")]) == 2
    assert "apt install chromium" in capsys.readouterr().err
