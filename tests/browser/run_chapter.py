"""Runs notebooks in a real browser and takes their pictures.

    python -m tests.browser.run_chapter chapters/00_start_here.ipynb --theme dark --out build/00.png
    python -m tests.browser.run_chapter chapters/*.ipynb --theme light dark --out build/screenshots

Works on a copy: the notebook on disk stays as it is. Ends with 1 if a cell failed, with 2 if there
is no Chromium.
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.chromium import chromium
from tests.browser.notebook import MAX_HEIGHT, CellError, open_notebook
from tests.browser.server import lab_server


def run_chapter(
    browser: Browser,
    notebook: Path,
    theme: str = "light",
    picture: Path | None = None,
    piece: int = MAX_HEIGHT,
    seconds: float = 300,
) -> list[CellError]:
    """Restart-and-Run-All a copy of `notebook`, with what lies beside it.

    picture: where to put the screenshot, None for none; piece: height at which it is cut; seconds:
    time limit.
    Returns what cells raised; empty when all is well.
    """
    with tempfile.TemporaryDirectory(prefix="chapter-") as folder:
        copy = Path(folder, "notebooks")
        others = [
            path.name for path in notebook.parent.glob("*.ipynb") if path.name != notebook.name
        ]
        shutil.copytree(
            notebook.parent, copy, ignore=shutil.ignore_patterns(*others, ".*", "__pycache__")
        )
        with lab_server(copy, theme) as lab, open_notebook(browser, lab, notebook.name) as opened:
            opened.run_all_afresh(seconds)
            if picture is not None:
                opened.screenshot(picture, piece)
            return opened.errors()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.browser.run_chapter", description=__doc__.splitlines()[0]
    )
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--theme", nargs="+", choices=("light", "dark"), default=["light"])
    parser.add_argument(
        "--out",
        type=Path,
        help="a .png for one notebook and theme, else a folder; none: no pictures",
    )
    parser.add_argument(
        "--piece", type=int, default=MAX_HEIGHT, help="cut pictures at this many pixels of height"
    )
    parser.add_argument("--seconds", type=float, default=300, help="time limit of each notebook")
    options = parser.parse_args(arguments)
    for notebook in options.notebooks:
        if not notebook.is_file():
            parser.error(f"there is no notebook {notebook}")
    one_picture = options.out is not None and options.out.suffix == ".png"
    if one_picture and len(options.notebooks) * len(options.theme) > 1:
        parser.error(
            f"--out {options.out} is one picture, but there are several to take: give a folder"
        )

    failed = False
    try:
        with chromium() as browser:
            for notebook in options.notebooks:
                for theme in options.theme:
                    picture = options.out
                    if picture is not None and not one_picture:
                        picture = options.out / f"{notebook.stem}-{theme}.png"
                    began = time.monotonic()
                    errors = run_chapter(
                        browser, notebook, theme, picture, options.piece, options.seconds
                    )
                    verdict = "; ".join(map(str, errors)) or "no error"
                    print(
                        f"{notebook.name} ({theme}, {time.monotonic() - began:.0f} s): {verdict}",
                        flush=True,
                    )
                    failed = failed or bool(errors)
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
