"""The oldest pandas and NumPy that pyproject.toml allows: do logs and ids fare the same there?

    python -m tools.oldest                 makes build/oldest, and runs the tests of the border
    python -m tools.oldest tests/seqrec    other tests

Needs `.venv` (`make test` makes it): all else, PyTorch among it, is taken from there. Of the oldest
minor version it takes the last patch, which is the one that others' wheels still fit.
"""

import argparse
import os
import re
import subprocess
import sys
import tomllib

from tools.files import write_whole
from tools.interpreter import ROOT, VENV, venv_python

PACKAGES = ("numpy", "pandas")
FOLDER = ROOT / "build" / "oldest"
# Written last: a folder without it is one that was stopped in the making.
COMPLETE = FOLDER / "complete.txt"
TESTS = ("tests/seqrec/data", "tests/seqrec/test_dtypes.py")


def oldest(dependencies: list[str]) -> list[str]:
    """What pip is asked for: ["numpy>=2.0", ...] -> ["numpy==2.0.*", ...]."""
    floors = {}
    for dependency in dependencies:
        if found := re.match(r"([\w-]+)>=(\d+\.\d+)", dependency):
            floors[found[1]] = found[2]
    return [f"{name}=={floors[name]}.*" for name in PACKAGES]


def site_packages(python) -> str:
    """Where an interpreter keeps what is installed."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    answer = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    return answer.stdout.strip()


def make() -> None:
    """The environment, in FOLDER."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    subprocess.run([venv_python(), "-m", "venv", "--clear", str(FOLDER)], check=True)
    python = venv_python(FOLDER)
    wanted = oldest(project["dependencies"])
    subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)
    # Behind its own packages come those of .venv.
    link = os.path.join(site_packages(python), "course.pth")
    with open(link, "w", encoding="utf-8") as file:
        file.write(site_packages(venv_python()) + "\n")
    write_whole(COMPLETE, "\n".join(wanted) + "\n")


def main(arguments: list[str] | None = None) -> int:
    """Make the environment if need be, run the tests; their exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.oldest",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("tests", nargs="*", default=TESTS, help="what pytest is to run")
    tests = parser.parse_args(arguments).tests
    if not venv_python(VENV).exists():
        print("There is no .venv yet. Cure: make test, once.", file=sys.stderr)
        return 2
    if not COMPLETE.exists():
        make()
    python = venv_python(FOLDER)
    subprocess.run(
        [python, "-c", "import numpy, pandas; print(numpy.__version__, pandas.__version__)"]
    )
    environment = {"OMP_NUM_THREADS": "1", **os.environ}
    command = [python, "-m", "pytest", "-q", "-n", "0", *tests]
    return subprocess.run(command, cwd=ROOT, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
