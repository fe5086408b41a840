"""The pictures of *Play as Anna* that chapter 00 and the README show, taken in a real browser.

To be run as `python -m tests.browser.play_picture course/play`: makes `screenshot.png` and, of the
dark theme, `screenshot-dark.webp` there.
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


def take(seconds: float = 300) -> tuple[bytes, bytes]:
    """The panel after three more clicks of Anna's, light and dark: a palette PNG, a WebP.

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
            light = opened.page.locator(".panel-keys").screenshot()
            opened.set_theme("dark")
            opened.page.evaluate("document.activeElement.blur()")
            opened.page.wait_for_timeout(500)
            dark = opened.page.locator(".panel-keys").screenshot()
    return palette(light), _webp(palette(dark))


def _webp(png: bytes) -> bytes:
    small = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").save(small, format="webp", lossless=True)
    return small.getvalue()


def palette(png: bytes) -> bytes:
    """The same picture in few colours: a third of the bytes."""
    small = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
        small, format="png", optimize=True
    )
    return small.getvalue()


def main(arguments: list[str] | None = None) -> None:
    """Take both pictures."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.browser.play_picture", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("folder", type=Path, help="where they go: course/play")
    folder = parser.parse_args(arguments).folder
    light, dark = take()
    (folder / "screenshot.png").write_bytes(light)
    (folder / "screenshot-dark.webp").write_bytes(dark)


if __name__ == "__main__":
    main()
