"""Who may import whom."""

import ast
import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tools.lock import read_pins

ROOT = Path(__file__).resolve().parents[2]
# What a learner's set-up holds besides the standard library, by import name, some by way of
# JupyterLab or matplotlib.
LEARNER = {
    "numpy",
    "pandas",
    "torch",
    "matplotlib",
    "seaborn",
    "tqdm",
    "safetensors",
    "tomli_w",
    "ipywidgets",
}
LEARNER |= {"IPython", "PIL", "pygments", "nbformat", "transformers", "dask"}
MAY_IMPORT = {
    "zooplus_sim": {"numpy", "pandas", "tomli_w", "tqdm", "pyarrow", "distributed"},
    "seqrec": {
        "torch",
        "numpy",
        "pandas",
        "tqdm",
        "safetensors",
        "matplotlib",
        "IPython",
        "faiss",
        "transformers",
    }
    | {"dask", "pyarrow"},
    "course/coach": LEARNER | {"seqrec", "solutions"},
    "course/keys": LEARNER | {"seqrec", "zooplus_sim", "solutions"},
    "chapters": LEARNER | {"seqrec", "zooplus_sim", "course"},
}
AUTHORS_TOOLS = (
    "nbgrader",
    "jupytext",
    "nbval",
    "pytest",
    "hypothesis",
    "scipy",
    "playwright",
    "yaml",
    "pyarrow",
)
AUTHORS_TOOLS += (
    "faiss",
    "dask",
    "distributed",
)  # extras: what needs them imports them there and then

IMPORT_ALL = """
import importlib, pkgutil, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"{{name}} is blocked", name=name)

sys.meta_path.insert(0, Blocked())
package = importlib.import_module({package!r})
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not module.name.endswith("__main__") and {every!r}:
        importlib.import_module(module.name)
"""


def run_python(code: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("package", "blocked"),
    [
        ("zooplus_sim", ("torch", "seqrec", "solutions", *AUTHORS_TOOLS)),
        ("seqrec", ("zooplus_sim", "solutions", "transformers", *AUTHORS_TOOLS)),
    ],
)
def test_a_library_imports_without_what_it_must_not_know(package, blocked):
    done = run_python(IMPORT_ALL.format(package=package, blocked=blocked, every=True))
    assert done.returncode == 0, done.stderr


def test_the_coach_imports_without_the_authors_tools():
    done = run_python(IMPORT_ALL.format(package="solutions", blocked=AUTHORS_TOOLS, every=False))
    assert done.returncode == 0, done.stderr


def test_the_block_blocks():
    done = run_python(IMPORT_ALL.format(package="seqrec", blocked=("torch",), every=True))
    assert done.returncode != 0 and "torch is blocked" in done.stderr


@pytest.mark.parametrize("place", MAY_IMPORT)
def test_imports_inside_functions_follow_the_arrows_too(place):
    allowed = MAY_IMPORT[place] | sys.stdlib_module_names | {place.split("/")[0]}
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path, code in sources(ROOT / place)
        for name in imported(code)
        if name not in allowed
    ]
    assert not wrong, "\n".join(wrong)


def test_tests_and_tools_import_only_what_the_test_set_up_installs():
    ours = {"zooplus_sim", "seqrec", "solutions", "tests", "tools"}
    distributions, pins = metadata.packages_distributions(), read_pins()
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for place in ("tests", "tools", "solutions")
        for path, code in sources(ROOT / place)
        for name in imported(code)
        if name not in ours | sys.stdlib_module_names
        and not any(canonicalize_name(found) in pins for found in distributions.get(name, ()))
    ]
    assert not wrong, "\n".join(wrong)


def sources(folder: Path):
    """Every module, and the code of every notebook, line magics taken out."""
    for path in sorted(folder.rglob("*.py")):
        yield path, path.read_text(encoding="utf-8")
    for path in sorted(folder.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        lines = "\n".join(
            "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"
        ).splitlines()
        yield path, "\n".join(line for line in lines if not line.startswith(("%", "!")))


def imported(code: str):
    """Top-level names of the packages that `code` imports, anywhere in it."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.split(".")[0]


def test_imported_finds_imports_wherever_they_stand():
    code = "import a.b\ndef f():\n    from c.d import e\n    if True:\n        import g as h\nfrom . import i"
    assert sorted(imported(code)) == ["a", "c", "g"]


def test_zooplus_sim_imports_quickly_and_without_torch():
    """Processor time, so that a busy machine does not matter:

    little more than numpy and pandas alone.
    """
    code = "import sys, time; began = time.process_time(); import {0};"
    code += "print(time.process_time() - began, 'torch' in sys.modules)"
    best = {}
    for name in ("pandas", "zooplus_sim"):
        runs = [run_python(code.format(name)).stdout.split() for _ in range(3)]
        assert all(loaded == "False" for _, loaded in runs)
        best[name] = min(float(seconds) for seconds, _ in runs)
    assert best["zooplus_sim"] < best["pandas"] + 0.5, best
