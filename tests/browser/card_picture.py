"""The picture of a wrong answer and what the coach says, that the README shows, in a real browser.

To be run as `python -m tests.browser.card_picture docs`: makes `card-light.png` and
`card-dark.png` there.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat

from tests.browser.chromium import chromium
from tests.browser.notebook import open_notebook
from tests.browser.play_picture import palette
from tests.browser.server import lab_server

# As somebody who follows chapter 02 writes it: one item too few.
CELLS = (
    "from course import exercise",
    """\
@exercise("2.1")
def build_sequences(interactions, max_len):
    ordered = interactions.sort_values(["user_id", "timestamp"], kind="stable")
    items = ordered.groupby("user_id")["item_id"].apply(lambda ids: ids.to_numpy()[-max_len:])
    return items.rename("item_sequence").reset_index()""",
)
# What a README shows is some 830 pixels wide.
WIDTH, HEIGHT = 940, 900
THEMES = ("light", "dark")
# Without the frame, the caret and the buttons of a cell that is being edited.
AT_REST = """() => {
  window.panel.content.mode = 'command';
  window.panel.content.activeCellIndex = 0;
  document.activeElement.blur();
}"""


def take(seconds: float = 300) -> Iterator[tuple[str, bytes]]:
    """(theme, PNG) of the second cell and its output. Raises RuntimeError when late."""
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    )
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    with tempfile.TemporaryDirectory(prefix="card-") as folder, chromium() as browser:
        nbformat.write(notebook, Path(folder, "card.ipynb"))
        lab = lab_server(Path(folder))
        with lab as address, open_notebook(browser, address, "card.ipynb") as opened:
            opened.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
            opened.run_all_afresh(seconds)
            opened.page.locator(".coach").wait_for(timeout=1000 * seconds)
            for theme in THEMES:
                opened.set_theme(theme)
                opened.page.evaluate(AT_REST)
                opened.page.mouse.move(0, 0)
                opened.page.wait_for_timeout(500)
                yield theme, palette(opened.page.locator(".jp-Cell").nth(1).screenshot())


def main(arguments: list[str] | None = None) -> None:
    """Take both pictures."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.browser.card_picture", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("folder", type=Path, help="where the PNGs go: docs")
    folder = parser.parse_args(arguments).folder
    for theme, png in take():
        (folder / f"card-{theme}.png").write_bytes(png)


if __name__ == "__main__":
    main()
