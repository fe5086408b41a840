"""The picture of *Play as Anna* that chapter 00 and the README show, taken in a real browser.

To be run as `python -m tests.browser.play_picture course/play/screenshot.png`.
"""

import argparse
import io
import shutil
import tempfile
from pathlib import Path

from PIL import Image

from tests.browser.chromium import chromium
from tests.browser.notebook import open_notebook
from tests.browser.server import lab_server
from tools.__main__ import CHAPTERS

NAME = "play_as_anna.ipynb"
WIDTH, HEIGHT = 1280, 1500  # all of the panel in view
COLOURS = 128  # of the palette: a few flat tints, and the greys of letters


def take(seconds=300):
    """The panel after three more clicks of Anna's, as a palette PNG.

    Raises RuntimeError when late.
    """
    with tempfile.TemporaryDirectory(prefix="play-") as folder, chromium() as browser:
        shutil.copy(CHAPTERS / NAME, folder)
        with lab_server(Path(folder)) as lab, open_notebook(browser, lab, NAME) as opened:
            opened.run_all_afresh(seconds)
            for clicks in (4, 5, 6):
                opened.page.get_by_role("button", name="Let Anna click").click()
                opened.page.get_by_text(f"Click {clicks}:").wait_for(timeout=1000 * seconds)
            opened.page.emulate_media(reduced_motion="reduce")  # a hit fades to its last tint
            opened.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
            opened.page.mouse.move(0, 0)  # no button under the pointer
            opened.page.evaluate("document.activeElement.blur()")
            shot = opened.page.locator(".panel-keys").screenshot()
    return palette(shot)


def palette(png):
    """The same picture in few colours: a third of the bytes."""
    small = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
        small, format="png", optimize=True
    )
    return small.getvalue()


def main(arguments: list[str] | None = None) -> None:
    """Take the picture."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.browser.play_picture", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("file", type=Path, help="where the PNG goes: course/play/screenshot.png")
    file = parser.parse_args(arguments).file
    file.write_bytes(take())


if __name__ == "__main__":
    main()
