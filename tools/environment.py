"""The virtual environment of the course: made once, brought up to date when its definition changes.

A small file inside the environment remembers from what it was installed. As long as
`pyproject.toml`, `constraints.txt` and the place of the checkout are the same, nothing is installed
again and the course starts at once.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "course.json"
PYTORCH_WHEELS = "https://download.pytorch.org/whl/"
TORCH_CHOICES = "cpu, cu126 (or another CUDA version that PyTorch builds for), or own"


class SetupError(Exception):
    """Something that the reader can mend; the message says how."""


def venv_python(venv: Path = VENV) -> Path:
    """The environment's own interpreter."""
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"


def prepare(extras: tuple[str, ...] = (), torch: str = "") -> Path:
    """Bring `.venv` up to date and return its interpreter.

    extras: names from `[project.optional-dependencies]`. Extras installed earlier stay.
    torch:  "" keeps what is there (the platform's usual build at first); otherwise one of
            `TORCH_CHOICES`.
    Raises SetupError when pip or venv fails.
    """
    if torch not in ("", "own", "cpu") and not re.fullmatch(r"cu\d{3}", torch):
        raise SetupError(f"TORCH={torch} is not known. Use {TORCH_CHOICES}.")
    before = read_stamp()
    if before and torch and torch != before["torch"]:
        print(
            f"PyTorch changes from {before['torch'] or 'the usual build'} to {torch}: the "
            "environment is made anew."
        )
        make_venv()
        before = {}
    elif not works(venv_python()):
        make_venv()
        before = {}

    after = {
        "definition": definition(),
        "extras": sorted({*before.get("extras", ()), *extras}),
        "torch": torch or before.get("torch", ""),
    }
    if after != before:
        # An interrupted installation must not look like a finished one.
        STAMP.unlink(missing_ok=True)
        install(after["extras"], after["torch"], update=bool(before))
        STAMP.write_text(json.dumps(after, indent=1) + "\n", encoding="utf-8")
    return venv_python()


def install(extras: list[str], torch: str, update: bool) -> None:
    """pip, with exact versions.

    extras: names from `[project.optional-dependencies]`
    torch:  as `prepare` takes it. A chosen build comes first, so that the rest finds it in place.
    update: most is there already, and is not worth a line for each package
    """
    print(
        f"{'Updating' if update else 'Installing'} the course in .venv. This can take a few "
        "minutes.",
        flush=True,
    )
    quiet = ["--quiet"] if update else []
    constraints = ROOT / "constraints.txt"
    if torch == "own":
        constraints = constraints_around_own_torch()
    elif torch:
        pin = re.search(r"^torch==\S+$", constraints.read_text(encoding="utf-8"), re.MULTILINE)[0]
        wheels = PYTORCH_WHEELS + torch
        cure = f"If there is no {pin} at {wheels}, take another CUDA version, or TORCH=own."
        pip("install", "--no-deps", "--index-url", wheels, pin, cure=cure)
    target = f"{ROOT}[{','.join(extras)}]" if extras else str(ROOT)
    pip("install", *quiet, "-c", str(constraints), "-e", target)


def constraints_around_own_torch() -> Path:
    """The pins without those that an own build of torch decides: itself and what it requires.

    Returns the file of them. Raises SetupError if there is no torch in the environment.
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
    free = {normalised(name) for name in ["torch", *required]}
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if normalised(line.split("==")[0]) not in free]
    path = VENV / "constraints-own-torch.txt"
    path.write_text("\n".join([*kept, f"torch=={version}"]) + "\n", encoding="utf-8")
    return path


def normalised(name: str) -> str:
    """A distribution's name as the package index compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def definition() -> str:
    """Hash of all that decides what gets installed.

    An editable install names the checkout, so a moved one counts.
    """
    digest = hashlib.sha256(str(ROOT).encode())
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def read_stamp() -> dict:
    """What the last finished installation was made from; empty if there was none."""
    try:
        return json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def works(python: Path) -> bool:
    """Is this an interpreter that runs and has pip?

    It is not after the system's Python was upgraded from under it.
    """
    if not python.exists():
        return False
    return subprocess.run([python, "-c", "import pip"], capture_output=True).returncode == 0


def make_venv() -> None:
    """Make `.venv` anew. Raises SetupError when that fails."""
    print(f"Making the virtual environment .venv with Python {sys.version.split()[0]}.", flush=True)
    if subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)]).returncode:
        raise SetupError(
            "The virtual environment could not be made (see above). On Debian or Ubuntu:  sudo apt "
            "install python3-venv"
        )


def pip(*arguments: str, cure: str = "Once mended, run the same command again.") -> None:
    """The environment's pip. Raises SetupError with the cure when it fails."""
    if subprocess.run([venv_python(), "-m", "pip", *arguments]).returncode:
        raise SetupError(f"pip could not install this (see above). {cure}")
