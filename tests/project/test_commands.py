"""Every module with a command line says what it does, and refuses what it does not know."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Other programs in tests/ are started by a test, and by nobody else.
PLACES = (
    "seqrec",
    "zooplus_sim",
    "course",
    "tools",
    "benchmarks",
    "tests/browser",
    "solutions",
    "website",
)
GUARD = re.compile(r"^if __name__ == .__main__.:", re.MULTILINE)
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__main__")
    for place in PLACES
    for path in (ROOT / place).rglob("*.py")
    if path.name == "__main__.py" or GUARD.search(path.read_text("utf-8"))
)
# One process for all: each loads PyTorch otherwise.
ASK_ALL = """
import contextlib, io, os, runpy, sys, warnings
warnings.simplefilter("ignore")
before = sorted(os.listdir())
for module in {modules!r}:
    for argument, due in (("--help", 0), ("--no-such-option", 2)):
        sys.argv = [module, argument]
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            try:
                runpy.run_module(module, run_name="__main__", alter_sys=True)
                code = "ran on"
            except SystemExit as end:
                code = end.code
        text = said.getvalue()
        if code != due or (due == 0 and "usage: " not in text):
            print(f"python -m {{module}} {{argument}}: {{code!r}}, due is {{due}}; {{text[-200:]}}")
if sorted(os.listdir()) != before:
    print("files were written:", *sorted(set(os.listdir()) - set(before)))
"""


def test_there_are_commands():
    assert {"zooplus_sim", "seqrec.reproduce", "course.authoring.build", "tools"} <= set(MODULES)


def test_every_command_has_help_refuses_unknown_arguments_and_writes_nothing_for_it(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", ASK_ALL.format(modules=MODULES)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert not done.stdout, done.stdout
