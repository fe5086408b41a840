"""What is installed into the course's environment, and that it is what was locked.

PyTorch comes first, as the build that was chosen. All else comes with its hash: only the very files
that `hashes.txt` names are taken. What is left, PyTorch and its CUDA libraries, comes in the exact
version of `constraints.txt`.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

from tools.files import write_whole
from tools.hashes import ENTRY, normalised, wanted_hashes
from tools.installer import SAME_AGAIN, find_uv, pip
from tools.interpreter import ROOT, VENV, SetupError, venv_python

# Only there the usual build of PyTorch brings gigabytes of CUDA.
IS_LINUX = sys.platform == "linux"
PYTORCH_WHEELS = "https://download.pytorch.org/whl/"
TORCH_CHOICES = "cpu, cu126 (or another CUDA version that PyTorch builds for), or own"
OTHER_FILES = (
    "If it speaks of hashes, your package index has other files than PyPI (`pip config list` tells "
    "which it is): use one that copies PyPI, or install by hand, as environment.yml does. "
    f"Otherwise: {SAME_AGAIN[0].lower()}{SAME_AGAIN[1:]}"
)


def install(extras: list[str], torch: str, update: bool, held: tuple[int, ...] = ()) -> None:
    """Everything, with exact versions and with hashes.

    extras: names from `[project.optional-dependencies]`
    torch:  as `prepare` takes it
    update: most is there already, and is not worth a line for each package
    held:   file descriptors that the installer holds open as well
    """
    print(what_comes(update), flush=True)
    quiet = ["--quiet"] if update else []
    constraints = ROOT / "constraints.txt"
    free: set[str] = set()
    if torch == "own":
        version, free = own_torch()
        constraints = constraints_around(version, free)
    else:
        install_torch(torch, quiet, held)
    text = wanted_hashes(ROOT / "hashes.txt", extras, free)
    hashed = VENV / "hashes-wanted.txt"
    write_whole(hashed, text)
    packages = 0 if update else len(ENTRY.findall(text))
    hashing = ["--require-hashes", "--no-deps", "-r", str(hashed)]
    pip("install", *quiet, *hashing, cure=OTHER_FILES, held=held, packages=packages)
    # What builds the checkout was among the hashed: nothing is fetched for it.
    target = f"{ROOT}[{','.join(extras)}]" if extras else str(ROOT)
    building = ["--no-build-isolation", "-e", target]
    cuda = brings_cuda()
    if cuda and not torch:
        print(
            "PyTorch's build for the CPU could not be had: this one brings gigabytes of CUDA. To "
            "wait for the other, stop here (Ctrl-C) and say TORCH=cpu later.",
            flush=True,
        )
    print("Last, the course itself.", flush=True)
    # Gigabytes are worth a bar; what is there already is not worth a line for each package.
    quiet = [] if cuda else ["--quiet"]
    pip("install", *quiet, "-c", str(constraints), *building, held=held)


def what_comes(update: bool) -> str:
    """How much there is to do, and how long that takes."""
    if update:
        return "Updating the course in .venv: mostly some seconds."
    minutes = "about a minute" if find_uv() else "two to three minutes"
    return (
        "Installing the course in .venv, once: 0.4 GB to fetch, 1.5 GB on the disk. With a fast "
        f"network that takes {minutes}; at 1 MB a second, eight."
    )


def install_torch(torch: str, quiet: list[str], held: tuple[int, ...]) -> None:
    """PyTorch first, so that the rest finds the wanted build in place.

    torch: "" for the small build: on Linux that is PyTorch's own one without CUDA, where the
           network has it; elsewhere the usual one is small.
    """
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pin = re.search(r"^torch==\S+$", constraints, re.MULTILINE)[0]
    wheels = PYTORCH_WHEELS + (torch or "cpu")
    print(f"First, PyTorch: {torch or 'the build for the CPU'}.", flush=True)
    where: list[str] = []
    if torch:
        where = ["--index-url", wheels]
    elif IS_LINUX:
        # Behind an index of one's own, or without a network, that has the plain name.
        where = ["--extra-index-url", wheels]
    cure = SAME_AGAIN
    if torch:
        cure = f"If there is no {pin} at {wheels}, take another CUDA version, or TORCH=own."
    pip("install", *quiet, "--no-deps", *where, pin, cure=cure, held=held)


def brings_cuda() -> bool:
    """Does the torch that is there ask for CUDA's libraries?"""
    code = "import importlib.metadata as m; print(m.requires('torch'))"
    answer = subprocess.run([venv_python(), "-c", code], capture_output=True, text=True)
    return IS_LINUX and "nvidia-" in answer.stdout


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
