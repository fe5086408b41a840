"""A process with the libraries loaded, out of which each answer gets one of its own.

Where processes can be copied (not on Windows) a fresh one costs some milliseconds. This one never
runs a learner's code: it copies itself, and the copy does.

It takes one letter at a time through a socket: "s", with two pipes, starts a process and tells its
number; "e" ends it.
"""

import contextlib
import ctypes
import importlib
import os
import pkgutil
import signal
import socket
import sys
from pathlib import Path

import psutil

LIBRARIES = ("seqrec", "zooplus_sim")
_SUBREAPER = 36  # of prctl
BESIDE = ("matplotlib.pyplot", "tqdm", "tqdm.auto", "course", "IPython.display")


def load() -> None:
    """Import what answers may need: afterwards our libraries' files are closed to them."""
    os.environ["MPLBACKEND"] = "Agg"
    for library in LIBRARIES:
        package = importlib.import_module(library)
        for module in pkgutil.walk_packages(package.__path__, f"{library}.", onerror=_pass_by):
            if not module.name.endswith("__main__"):
                _load(module.name)
    for name in BESIDE:
        _load(name)
    _load("course.marking.candidate")


def _pass_by(_: str) -> None:
    """An extra that is not installed."""


def _load(name: str) -> None:
    with contextlib.suppress(ImportError):
        importlib.import_module(name)


def serve(control: int) -> None:
    """Start and end processes until the socket closes."""
    load()
    adopt()
    with socket.socket(fileno=control) as line:
        line.sendall(b"r")
        child = 0
        while True:
            asked, pipes, _, _ = socket.recv_fds(line, 4096, 2)
            own = Path(os.fsdecode(asked[1:]))
            child = ended(child)
            if not asked:
                return
            if asked[:1] == b"s":
                child = os.fork()
                if not child:
                    _be_the_answer(line, pipes, own)
            for pipe in pipes:
                os.close(pipe)
            line.sendall(child.to_bytes(8, "big"))


def _be_the_answer(line: socket.socket, pipes: list[int], own: Path) -> None:
    from course.marking.candidate import sit

    try:
        os.setsid()
        line.close()
        sit(*pipes, own)
    finally:
        os._exit(0)


def adopt() -> None:
    """From now on, what children leave behind are children of this process. Linux only."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def ended(child: int) -> int:
    """End a process and whatever it started; 0."""
    if child:
        for end in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                end(child, signal.SIGKILL)
        os.waitpid(child, 0)
        for orphan in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                orphan.kill()
                orphan.wait()
    return 0


def alone(own: str) -> None:
    """Be the process of one answer, on the pipes that this one was started with."""
    load()
    from course.marking.candidate import sit

    pipes = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1):
        os.dup2(null, number)
    sit(*pipes, Path(own))
