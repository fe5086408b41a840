"""Makes the website: `python -m website`, or `make site`.

No chapter is executed: pages are made of the notebooks as they are stored in `solutions/`.
"""

import argparse
import shutil
import sys
from pathlib import Path

from sphinx.cmd.build import build_main

from website.sources import ROOT, assemble

OUT = ROOT / "build" / "site"
_DESCRIPTION = __doc__.partition("\n")[0]


def main(arguments: list[str] | None = None) -> int:
    """Make the site. Returns Sphinx's exit status; a warning, as of a broken link, is an error."""
    parser = argparse.ArgumentParser(prog="python -m website", description=_DESCRIPTION)
    parser.add_argument(
        "chapters", nargs="*", help="such as 02; all of them and the pages if none is given"
    )
    parser.add_argument("--out", type=Path, default=OUT, help="a folder")
    options = parser.parse_args(arguments)
    sources = options.out.with_name(options.out.name + "-sources")
    shutil.rmtree(sources, ignore_errors=True)
    assemble(sources, options.chapters)
    status = build_main(
        ["-q", "-W", "--keep-going", "-b", "html", "-d", str(sources / ".doctrees")]
        + ["-D", f"html_extra_path={sources / 'extra'}"]
        + ["-c", str(Path(__file__).parent), str(sources), str(options.out)]
    )
    if status == 0:
        print(f"The site is made: open {options.out / 'index.html'}")
    return status


if __name__ == "__main__":
    sys.exit(main())
