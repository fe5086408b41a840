"""Two chapters as shipped, in a real JupyterLab, in a real Chromium.

The others: `make test-browser`.
"""

import nbformat
import pytest

from tests.browser import run_chapter as command
from tools.__main__ import BUILD, CHAPTERS, ROOT


@pytest.mark.parametrize(("name", "theme"), [("00_start_here", "light"), ("02_sequences", "dark")])
def test_a_chapter_runs_without_an_error(browser, name, theme):
    folder = BUILD / "screenshots" / f"{name}-{theme}"
    assert (
        command.run_chapter(browser, CHAPTERS / f"{name}.ipynb", theme, folder / "page.png") == []
    )
    pictures = list(folder.iterdir())  # one, or the pieces of a long page
    assert pictures and all(picture.stat().st_size > 50_000 for picture in pictures)


def test_a_failing_cell_is_seen_and_those_below_it_count_as_not_run(browser, tmp_path):
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    )
    cells = ["import sys; print('no error', file=sys.stderr)", "1 / 0", "'never reached'"]
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in cells]
    nbformat.write(notebook, tmp_path / "broken.ipynb")
    errors = command.run_chapter(browser, tmp_path / "broken.ipynb", theme="dark")
    assert [(error.cell, error.name) for error in errors] == [
        (1, "ZeroDivisionError"),
        (2, "NotRun"),
    ]


def test_without_a_chromium_the_command_says_where_to_get_one(monkeypatch, capsys):
    monkeypatch.setattr("tests.browser.chromium.find_chromium", lambda: None)
    assert command.main([str(ROOT / "README.md")]) == 2
    assert "apt install chromium" in capsys.readouterr().err
