"""What is committed: small, clean, and of no particular machine."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK_BYTES, FILE_BYTES, ALL_BYTES = 2**20, 5_000_000, 45_000_000
# Places that only one machine has. In outputs they come from tracebacks, warnings and reprs.
MACHINE_PATH = re.compile(
    r"/(?:home|Users|root|tmp|opt|work|private|var)/\w|[A-Z]:\\\\?Users|site-packages"
)


def tracked(suffix: str = "") -> list[Path]:
    """Files under version control that exist.

    Without git (a downloaded archive) there is nothing to judge.
    """
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [
        path
        for name in listed.split("\0")
        if name.endswith(suffix) and (path := ROOT / name).is_file()
    ]


def test_a_module_has_250_lines_at_most():
    """Keys and masters are longer: they are read one exercise at a time."""
    places = ("seqrec/", "zooplus_sim/", "course/", "tools/")
    long = {
        name: lines
        for path in tracked(".py")
        if (name := path.relative_to(ROOT).as_posix()).startswith(places)
        and not name.startswith("course/keys/")
        and (lines := len(path.read_text("utf-8").splitlines())) > 250
    }
    assert not long


def test_no_file_names_the_place_of_the_checkout():
    if len(ROOT.parts) < 3:
        pytest.skip(f"{ROOT} is too short to look for")
    found = [
        path.relative_to(ROOT) for path in tracked() if str(ROOT).encode() in path.read_bytes()
    ]
    assert not found


def test_no_stored_output_holds_a_path_of_a_machine():
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked(".ipynb")
        for output in outputs(path)
        for match in MACHINE_PATH.finditer(output)
    ]
    assert not found, "\n".join(found)


def outputs(path: Path):
    """The texts of a notebook's outputs; pictures are left out, as their letters mean nothing."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", ()):
            texts = [output.get("text", ""), *output.get("traceback", ())]
            texts += [
                text
                for kind, text in output.get("data", {}).items()
                if not kind.startswith("image/")
            ]
            for text in texts:
                yield "".join(text) if isinstance(text, list) else json.dumps(text)


def test_machine_paths_are_recognised(tmp_path):
    texts = [
        "/home/anna/x.py",
        "C:\\Users\\anna",
        "lib/site-packages/torch",
        "a/b",
        "1/2",
        "and/or/root",
    ]
    cells = [
        {"outputs": [{"output_type": "stream", "name": "stdout", "text": [text]}]} for text in texts
    ]
    (tmp_path / "n.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    hits = [text for text in outputs(tmp_path / "n.ipynb") if MACHINE_PATH.search(text)]
    assert hits == texts[:3]


def test_files_are_small():
    limits = [
        (path, NOTEBOOK_BYTES if path.suffix == ".ipynb" else FILE_BYTES) for path in tracked()
    ]
    assert not [
        f"{path.relative_to(ROOT)}: {path.stat().st_size}"
        for path, most in limits
        if path.stat().st_size > most
    ]


def test_all_files_together_are_a_download_of_a_few_seconds():
    assert sum(path.stat().st_size for path in tracked()) < ALL_BYTES


def test_every_notebook_runs_on_the_environments_own_kernel():
    from jupyter_client.kernelspec import KernelSpecManager

    kernel = KernelSpecManager().get_kernel_spec("python3").resource_dir
    assert Path(kernel).resolve().is_relative_to(Path(sys.prefix).resolve())
    for path in tracked(".ipynb"):
        assert (
            json.loads(path.read_text(encoding="utf-8"))["metadata"]["kernelspec"]["name"]
            == "python3"
        ), path


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=["lint", "format"])
def test_ruff_is_content(command):
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "."], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
