"""An answer's own process: runs the answer on what comes through a pipe, and sends back values.

What comes in was made by the marking and is trusted (pickles); what goes out is not (`values`).
The expected results are on the other side. So whatever an answer does to this process, it can send
right results by computing them, and in no other way.
"""

import ast
import contextlib
import importlib
import linecache
import os
import pickle
import struct
import sys
import tempfile
import threading
import types
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cloudpickle  # noqa: F401  (what comes in is unpickled by it)
from torch import nn

from course.coach.judging.observe import outcome
from course.coach.judging.source import failing_line
from course.marking.fence import close, gut, limit
from course.marking.needs import is_exercise
from course.marking.values import pack

_VALUE = "the answer"  # no name that anybody can write
STACK = 64 * 2**20  # bytes; deep recursion fails politely


def sit(pipe_in: int, pipe_out: int, own: Path) -> None:
    """Be the process of one answer, until the pipe closes. Runs in a process without anything else.

    own: its folder; everything else is closed to it.
    """
    task = receive(pipe_in)
    os.chdir(own)
    tempfile.tempdir = str(own)
    if task["solution"] is not None:
        gut(_found(*task["solution"]), task["solution"][1])
    limit(task["seconds"])
    close(own)
    threading.stack_size(STACK)
    thread = threading.Thread(target=_work, args=(task, pipe_in, pipe_out), daemon=True)
    thread.start()
    thread.join()


def receive(pipe: int) -> Any:
    """The next message of the marking. Raises EOFError if there will be none."""
    (length,) = struct.unpack(">Q", _read(pipe, 8))
    return pickle.loads(_read(pipe, length))


def _read(pipe: int, length: int) -> bytes:
    parts = []
    while length:
        part = os.read(pipe, min(length, 2**20))
        if not part:
            raise EOFError
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _send(pipe: int, value: Any) -> None:
    data = memoryview(pack(value))
    data = memoryview(struct.pack(">Q", len(data)) + data)
    while data:
        data = data[os.write(pipe, data) :]


def _work(task: dict[str, Any], pipe_in: int, pipe_out: int) -> None:
    try:
        answer, file = _answer(task)
        _send(pipe_out, "ready")
    except BaseException as error:
        _send(pipe_out, _told(error, ""))
        return
    while True:
        try:
            asked = receive(pipe_in)
            question = pickle.loads(asked["parcel"])
        except EOFError:
            return
        _send(pipe_out, _used(answer, file, question, asked["seed"]))


def _answer(task: dict[str, Any]) -> tuple[Any, str]:
    """Run what the answer needs, then the answer's own statement.

    Returns it and the file that its lines are looked up in.
    """
    # classes that it defines belong to a module of this name, which must be there
    sys.modules["__main__"] = types.ModuleType("__main__")
    names = vars(sys.modules["__main__"])
    for name, place in task["given"].items():
        names[name] = _found(*place)
    for cell, number in task["needs"]:
        # a notebook goes on below a cell that fails
        with contextlib.suppress(Exception):
            _run(cell, number, names)
    cell, number = task["statement"]
    node = _run(cell, number, names)
    answer = names[getattr(node, "name", _VALUE)]
    names[task["name"]] = answer
    return answer, _file(cell)


def _run(cell: str, number: int, names: dict[str, Any]) -> ast.stmt:
    """Run one statement of a cell without `exercise(...)`: nothing is judged here."""
    node = ast.parse(cell).body[number]
    decorators = getattr(node, "decorator_list", [])
    decorators[:] = [each for each in decorators if not is_exercise(each)]
    handed = getattr(node, "value", None)
    if isinstance(handed, ast.Call) and is_exercise(handed.func):
        lines = {"lineno": node.lineno, "col_offset": 0}
        targets = [*getattr(node, "targets", []), ast.Name(_VALUE, ast.Store(), **lines)]
        node = ast.Assign(targets, handed.args[0], **lines)
    exec(compile(ast.Module([node], []), _file(cell), "exec"), names)
    return node


def _file(cell: str) -> str:
    file = f"<cell {hash(cell)}>"
    linecache.cache[file] = (len(cell), None, cell.splitlines(keepends=True), file)
    return file


def _found(module: str, name: str) -> Any:
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _used(answer: Any, file: str, question: dict[str, Any], seed: int) -> Any:
    """What the answer did on one input, as plain values."""
    exercise = SimpleNamespace(reference=_StandIn(question["names"], question.get("weights")))
    got = outcome(answer, exercise, question["probe"], seed=seed)
    if got.error is not None:
        return _told(got.error, file) | {"edited": dict(got.edited)}
    return {
        "value": got.value,
        "edited": dict(got.edited),
        "gradients": dict(got.gradients),
        "misplaced": got.misplaced,
        "misfit": got.misfit,
        "seconds": got.seconds,
    }


def _told(error: BaseException, file: str) -> dict[str, Any]:
    """An error by the names of its classes, its text, and the line of the answer that it was."""
    try:
        text = str(error)[:300]
    except Exception:
        text = "its text can't be read"
    kinds = [[kind.__module__, kind.__name__] for kind in type(error).__mro__]
    return {"error": kinds, "text": text, "line": failing_line(error, file) if file else ""}


class _StandIn:
    """Has of the reference what an input needs: its parameters' names, and a module's weights."""

    def __init__(self, names: list[str], weights: dict[str, Any] | None) -> None:
        plain = [name for name in names if name.isidentifier()]
        self.__code__ = eval(f"lambda {', '.join(plain)}: None").__code__
        self.forward = eval(f"lambda {', '.join(['_module', *plain])}: None")
        self._weights = weights

    def __call__(self, *_: Any, **__: Any) -> nn.Module:
        return _Weights(self._weights or {})


class _Weights(nn.Module):
    def __init__(self, weights: dict[str, Any]) -> None:
        super().__init__()
        self._given = weights

    def state_dict(self) -> dict[str, Any]:
        return self._given
