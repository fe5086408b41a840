"""The virtual environment of the course: made once, brought up to date when its definition changes.

A small file inside the environment, its stamp, remembers from what it was installed. As long as
`pyproject.toml`, the pins and the place of the checkout are the same, nothing is installed again
and the course starts at once. The stamp also tells how the last set-up ended. Only one that came to
its end is relied on: after one that was killed the environment is made anew.
"""

import hashlib
import json
import re
from pathlib import Path

from tools.alone import alone
from tools.files import write_whole
from tools.interpreter import ROOT, VENV, SetupError, make_venv, venv_python, works
from tools.packages import TORCH_CHOICES, install

STAMP = VENV / "course.json"
LOCK = ROOT / "build" / "set-up.lock"
# What was asked for, as long as it is being done: the stamp goes when the environment is emptied.
ASKED = ROOT / "build" / "set-up.json"
DEFINED_BY = ("pyproject.toml", "constraints.txt", "hashes.txt")
# How the last set-up ended. INSTALLING is what a killed one leaves; STOPPED, one whose pip failed
# and put back what it had begun.
COMPLETE, INSTALLING, STOPPED = "complete", "installing", "stopped"


def prepare(extras: tuple[str, ...] = (), torch: str = "") -> Path:
    """Bring `.venv` up to date and return its interpreter.

    extras: names from `[project.optional-dependencies]`. Extras installed earlier stay.
    torch:  "" keeps what is there (the platform's usual build at first); otherwise one of
            `TORCH_CHOICES`.
    Raises SetupError when pip or venv fails, or where the folder of the course can't be written.
    """
    if torch not in ("", "own", "cpu") and not re.fullmatch(r"cu\d{3}", torch):
        raise SetupError(f"TORCH={torch[:40]} is not known. Use {TORCH_CHOICES}.")
    before = read_stamp()
    if before == wanted(before, extras, torch) and works(venv_python()):
        # Nothing is written: a course on a read-only drive starts as well.
        return venv_python()
    try:
        with alone(LOCK, "Another set-up of this course") as held:
            set_up(extras, torch, held)
    except OSError as error:
        raise SetupError(
            f"The environment could not be written: {str(error)[:300]}.\n"
            "Cure: free some disk, or put the course into a folder that is yours; then run the "
            "same command again."
        ) from error
    return venv_python()


def set_up(extras: tuple[str, ...], torch: str, held: tuple[int, ...]) -> None:
    """Make or complete the environment, alone.

    held: file descriptors of the lock, which every program started here holds too
    """
    before = read_stamp()
    after = wanted(before, extras, torch)
    working = works(venv_python())
    if before == after and working:
        # Whoever was waited for did it.
        return
    reason = reason_to_remake(before, after, working)
    if reason:
        if VENV.exists():
            print(f"{reason}: the environment is made anew.", flush=True)
        write_stamp(after | {"state": INSTALLING}, ASKED)
        make_venv(held)
    write_stamp(after | {"state": INSTALLING})
    try:
        update = bool(before) and not reason and before.get("state") != STOPPED
        install(after["extras"], after["torch"], update=update, held=held)
    except SetupError:
        write_stamp(after | {"state": STOPPED})
        raise
    write_stamp(after)
    ASKED.unlink(missing_ok=True)


def wanted(before: dict, extras: tuple[str, ...], torch: str) -> dict:
    """The stamp of what is asked for, which keeps the extras and the PyTorch of the one before."""
    return {
        "state": COMPLETE,
        "place": str(ROOT),
        "definition": definition(),
        "extras": sorted({*before.get("extras", ()), *extras}),
        "torch": torch or before.get("torch", ""),
    }


def reason_to_remake(before: dict, after: dict, working: bool) -> str:
    """Why what is there can't be built upon; empty where it can."""
    own = after["torch"] == "own"
    if not working:
        return "The Python of .venv does not run"
    if not before or not STAMP.exists():
        # A .venv without a stamp is one that was killed in the making, unless its user says that
        # it is theirs.
        return "" if own else ".venv is not complete"
    if after["torch"] != before["torch"]:
        return f"PyTorch changes from {before['torch'] or 'the usual build'} to {after['torch']}"
    if after["place"] != before.get("place", after["place"]):
        # Its programs begin with the path of the interpreter.
        return "The course has moved"
    if before.get("state", COMPLETE) == INSTALLING and not own:
        return "The last set-up was stopped before its end"
    return ""


def definition() -> str:
    """Hash of all that decides what gets installed."""
    digest = hashlib.sha256()
    for name in DEFINED_BY:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def read_stamp() -> dict:
    """What the last set-up left; empty if there was none, or nobody can read it."""
    for path in (STAMP, ASKED):
        try:
            stamp = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            continue
        if is_stamp(stamp):
            return stamp
    return {}


def is_stamp(stamp: object) -> bool:
    """Has it the entries of a stamp, in their types?"""
    return (
        isinstance(stamp, dict)
        and all(isinstance(stamp.get(name), str) for name in ("definition", "torch"))
        and isinstance(stamp.get("extras"), list)
        and all(isinstance(extra, str) for extra in stamp["extras"])
    )


def write_stamp(stamp: dict, path: Path | None = None) -> None:
    """All of it or nothing, whenever this is killed.

    path: `STAMP` by default
    """
    write_whole(path or STAMP, json.dumps(stamp, indent=1) + "\n")
