"""Draw the ladder for docs/results.md: `python -m course.figures docs/ladder.png`."""

import argparse
from pathlib import Path

from course.figures.ladder import ladder_alt, ladder_figure
from course.figures.style import as_png


def main(arguments: list[str] | None = None) -> None:
    """Write the figure, a PNG.

    Its description is what it shows, so that a test can tell an old one.
    """
    parser = argparse.ArgumentParser(prog="python -m course.figures", description=__doc__)
    parser.add_argument("file", type=Path, help="where the PNG goes, such as docs/ladder.png")
    options = parser.parse_args(arguments)
    png, _ = as_png(ladder_figure(), description=ladder_alt())
    options.file.write_bytes(png)


if __name__ == "__main__":
    main()
