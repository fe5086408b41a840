"""What is installed into the course's environment, and that it is what was locked.

PyTorch comes first where a build of it was chosen. All else comes with its hash: pip takes only the
very files that `hashes.txt` names. What is left, PyTorch and its CUDA libraries, comes in the exact
version of `constraints.txt`.
"""

import json
import re
import subprocess
from pathlib import Path

from tools.files import write_whole
from tools.hashes import normalised, wanted_hashes
from tools.interpreter import ROOT, VENV, SetupError, venv_python

PYTORCH_WHEELS = "https://download.pytorch.org/whl/"
TORCH_CHOICES = "cpu, cu126 (or another CUDA version that PyTorch builds for), or own"
SAME_AGAIN = "Once mended, run the same command again."
OTHER_FILES = (
    "If it speaks of hashes, your package index has other files than PyPI (`pip config list` tells "
    "which it is): use one that copies PyPI, or install by hand, as TEACHING.md does for a "
    "JupyterHub. Otherwise: once mended, run the same command again."
)


def install(extras: list[str], torch: str, update: bool, held: tuple[int, ...] = ()) -> None:
    """pip, with exact versions and with hashes.

    extras: names from `[project.optional-dependencies]`
    torch:  as `prepare` takes it. A chosen build comes first, so that the rest finds it in place.
    update: most is there already, and is not worth a line for each package
    held:   file descriptors that pip holds open as well
    """
    print(
        f"{'Updating' if update else 'Installing'} the course in .venv. This can take a few "
        "minutes.",
        flush=True,
    )
    quiet = ["--quiet"] if update else []
    constraints = ROOT / "constraints.txt"
    free: set[str] = set()
    if torch == "own":
        version, free = own_torch()
        constraints = constraints_around(version, free)
    elif torch:
        pin = re.search(r"^torch==\S+$", constraints.read_text(encoding="utf-8"), re.MULTILINE)[0]
        wheels = PYTORCH_WHEELS + torch
        cure = f"If there is no {pin} at {wheels}, take another CUDA version, or TORCH=own."
        pip("install", "--no-deps", "--index-url", wheels, pin, cure=cure, held=held)
    hashed = VENV / "hashes-wanted.txt"
    write_whole(hashed, wanted_hashes(ROOT / "hashes.txt", extras, free))
    hashing = ["--require-hashes", "--no-deps", "-r", str(hashed)]
    pip("install", *quiet, *hashing, cure=OTHER_FILES, held=held)
    # What builds the checkout was among the hashed: nothing is fetched for it.
    target = f"{ROOT}[{','.join(extras)}]" if extras else str(ROOT)
    building = ["--no-build-isolation", "-e", target]
    pip("install", *quiet, "-c", str(constraints), *building, held=held)


def own_torch() -> tuple[str, set[str]]:
    """The version of the torch that is there, and the names that it decides: its own, and what it
    requires.

    Raises SetupError if there is no torch in the environment.
    """
    code = (
        "import importlib.metadata as m, json, re;"
        "names = [re.match(r'[\\w.-]+', r)[0] for r in m.requires('torch') or []];"
        "print(json.dumps([m.version('torch'), names]))"
    )
    answer = subprocess.run([venv_python(), "-c", code], capture_output=True, text=True)
    if answer.returncode:
        raise SetupError(
            f"TORCH=own, but there is no torch in {VENV.name} yet. Install yours there, then come "
            f"back:\n  {venv_python().relative_to(ROOT)} -m pip install <your torch>"
        )
    version, required = json.loads(answer.stdout)
    return version, {normalised(name) for name in ["torch", *required]}


def constraints_around(version: str, free: set[str]) -> Path:
    """The pins without those that an own build of torch decides; the file of them.

    version: of torch
    free:    normalised names without a pin
    """
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if normalised(line.split("==")[0]) not in free]
    path = VENV / "constraints-own-torch.txt"
    write_whole(path, "\n".join([*kept, f"torch=={version}"]) + "\n")
    return path


def pip(*arguments: str, cure: str = SAME_AGAIN, held: tuple[int, ...] = ()) -> None:
    """The environment's pip. Raises SetupError with the cure when it fails."""
    command = [venv_python(), "-m", "pip", *arguments]
    if subprocess.run(command, pass_fds=held).returncode:
        raise SetupError(f"pip could not install this (see above). {cure}")
