"""Lines for a class view: each verdict, without code, into a folder that a class shares.

Nothing is written unless an environment variable names that folder, on the learner's own machine or
on the server that the class works on:

    COURSE_CLASS=/shared/room make lab

Then each verdict is a line of a file in it, one file a learner. Its name is drawn at random, once,
and kept beside the learner's copies. No name of a person is in it, unless COURSE_CLASS_NAME gives
one:

    {"exercise": "2.1", "state": "MISCONCEPTION", "cause": "keeps max_len", "at": 1790000000}

The learner is told so once. `python -m course.teaching.class_view` shows what the room has.
"""

import json
import os
import re
import secrets
import time
from pathlib import Path

FOLDER, NAME = "COURSE_CLASS", "COURSE_CLASS_NAME"
KEPT = ".course_class_id"
ENDING = ".jsonl"
#: Characters of a cause and of a name, so that a line is written in one piece.
LONGEST = 300
_ID = re.compile(r"[0-9a-f]{12}")
_told: set[str] = set()
_drawn: list[str] = []


def add(exercise: str, state: str, cause: str, beside: Path | None) -> str:
    """Write a line where a class view is asked for; a sentence to the learner, or "".

    state:  the name of a State.
    beside: the file of the learner's progress, beside which their id is kept; None for nowhere.
    """
    told = os.environ.get(FOLDER, "").strip()
    if not told:
        return ""
    folder, name = Path(told), os.environ.get(NAME, "").strip()
    line = {"exercise": exercise, "state": state, "cause": cause[:LONGEST], "at": int(time.time())}
    if name:
        line["name"] = name[:LONGEST]
    try:
        append(folder / f"{own_id(beside)}{ENDING}", line)
    except OSError as error:
        return _once(
            f"The class view gets nothing: `{told}` can't be written ({error.strerror}). "
            f"Nothing else changes. Without the variable {FOLDER} it isn't tried."
        )
    who = f"the name {name}" if name else "neither your name nor your code"
    return _once(
        f"You take part in the class view: after each try a line goes to `{told}`, with the number "
        f"of the exercise, how it stands, what was wrong, and {who}. Start the course without the "
        f"variable {FOLDER} and nothing goes."
    )


def append(path: Path, line: dict) -> None:
    """Add a line to a file of lines, in one piece. Raises OSError; makes no folder.

    It begins with a line's end too: after a line that was cut off, the next one is whole.
    """
    data = b"\n" + json.dumps(line).encode() + b"\n"
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags, 0o644)
    try:
        if os.write(handle, data) != len(data):
            raise OSError(0, "the disk is full")
    finally:
        os.close(handle)


def own_id(beside: Path | None) -> str:
    """The learner's id: the kept one, or a new one; this kernel's alone where none can be kept."""
    if _drawn:
        return _drawn[0]
    drawn = secrets.token_hex(6)
    if beside is not None:
        try:
            drawn = _kept(beside.with_name(KEPT), drawn)
        except OSError:
            pass
    _drawn.append(drawn)
    return drawn


def _kept(path: Path, drawn: str) -> str:
    """The id in a file; the one that was drawn, where there is none yet or it is damaged."""
    try:
        with open(path, "x", encoding="ascii") as file:
            file.write(drawn)
        return drawn
    except FileExistsError:
        text = path.read_text("ascii", "replace").strip()
        return text if _ID.fullmatch(text) else drawn


def forget() -> None:
    """Start anew, as a fresh kernel does."""
    _told.clear()
    _drawn.clear()


def _once(sentence: str) -> str:
    if sentence in _told:
        return ""
    _told.add(sentence)
    return sentence
