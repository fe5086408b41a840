"""The Python of the course's environment: where it is, whether it runs, how it is made anew."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"


class SetupError(Exception):
    """Something that the reader can mend; the message says how."""


def venv_python(venv: Path | None = None) -> Path:
    """An environment's own interpreter; the course's by default."""
    venv = venv or VENV
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"


def works(python: Path) -> bool:
    """Is this an interpreter that runs and has pip?

    It is not after the system's Python was upgraded from under it.
    """
    if not python.exists():
        return False
    try:
        return subprocess.run([python, "-c", "import pip"], capture_output=True).returncode == 0
    except OSError:
        # Of another machine, or not a program.
        return False


def make_venv(held: tuple[int, ...] = ()) -> None:
    """Make `.venv` anew, in an empty folder.

    held: file descriptors that the program holds open as well

    Raises SetupError when that fails, or when what has the name is not to be emptied.
    """
    refuse_what_is_no_environment()
    print(f"Making the virtual environment .venv with Python {sys.version.split()[0]}.", flush=True)
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if subprocess.run(command, pass_fds=held).returncode:
        raise SetupError(
            "The virtual environment could not be made (see above). On Debian or Ubuntu:  sudo apt "
            "install python3-venv"
        )


def refuse_what_is_no_environment() -> None:
    """Raises SetupError where `.venv` is a file, or a link to a folder with something in it."""
    if VENV.is_symlink() and not (VENV.is_dir() and not any(VENV.iterdir())):
        raise SetupError(
            f"{VENV.name} is to be made anew, and must be a folder or a link to an empty one, got "
            f"a link to {str(VENV.readlink())[:200]}.\n"
            f"Cure: remove the link {VENV.name} (what it points to stays), then run the same "
            "command again."
        )
    if VENV.exists() and not VENV.is_dir():
        raise SetupError(
            f"{VENV.name} must be a folder, got a file of that name.\n"
            "Cure: rename or remove the file, then run the same command again."
        )
