"""The marking's side of an answer's process: start it, ask it, wait for it so long and no longer.

Time is processor time, so that a busy machine marks as an idle one. Only for an answer that waits,
and computes nothing, the clock on the wall decides.
"""

import contextlib
import os
import pickle
import queue
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from course.marking.values import LARGEST, Unreadable, unpack

ROOT = Path(__file__).resolve().parents[2]
WAITS = 10.0  # seconds on the wall in which an answer may wait without computing
_LOOK = 0.25  # seconds between looks at its processor time
_START = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from course.marking import zygote; "
# Names of the environment that an answer's process gets: none says where the course is.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "USERPROFILE",
         "MPLCONFIGDIR", "XDG_CACHE_HOME", "APPDATA", "LOCALAPPDATA")  # fmt: skip


class Ended(Exception):
    """The process gave no reply: it ended, or took too long and was ended."""


class Rooms:
    """Gives out one process at a time, each fresh.

    copies: whether a process is a copy of one with the libraries loaded, or loads them for itself,
            as on Windows.
    """

    def __init__(self, copies: bool = hasattr(os, "fork")) -> None:
        self._copies = copies
        self._line: socket.socket | None = None
        self._zygote: subprocess.Popen | None = None

    @contextlib.contextmanager
    def room(self) -> Iterator["Room"]:
        """A process of its own, to be asked; afterwards it has ended, and what it wrote is gone."""
        own = Path(tempfile.mkdtemp(prefix="answer-"))
        try:
            with self._copied(own) if self._copies else _made(own) as room:
                yield room
        finally:
            shutil.rmtree(own, ignore_errors=True)

    @contextlib.contextmanager
    def _copied(self, own: Path) -> Iterator["Room"]:
        line = self._ready()
        (its_in, write), (read, its_out) = os.pipe(), os.pipe()
        try:
            socket.send_fds(line, [b"s" + os.fsencode(own)], [its_in, its_out])
            number = int.from_bytes(line.recv(8), "big")
        finally:
            os.close(its_in)
            os.close(its_out)
        try:
            yield Room(number, write, read)
        finally:
            line.sendall(b"e")
            line.recv(8)
            os.close(write)
            os.close(read)

    def _ready(self) -> socket.socket:
        if self._line is None:
            self._line, theirs = socket.socketpair()
            with theirs:
                self._zygote = subprocess.Popen(
                    [sys.executable, "-I", "-c", f"{_START}zygote.serve({theirs.fileno()})"],
                    pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                    env=_environment(), cwd=tempfile.gettempdir(),
                )  # fmt: skip
            if self._line.recv(1) != b"r":
                raise RuntimeError("the process that runs answers did not start")
        return self._line

    def close(self) -> None:
        """End the process that the others come from."""
        if self._line is not None:
            self._line.close()
            self._zygote.wait()
            self._line = self._zygote = None


@contextlib.contextmanager
def _made(own: Path) -> Iterator["Room"]:
    """Where no process can be copied: one that loads the libraries for itself."""
    with subprocess.Popen(
        [sys.executable, "-I", "-c", f"{_START}zygote.alone({str(own)!r})"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=_environment(), cwd=own,
    ) as process:  # fmt: skip
        try:
            yield Room(process.pid, process.stdin.fileno(), process.stdout.fileno())
        finally:
            with contextlib.suppress(psutil.Error):
                for started in psutil.Process(process.pid).children(recursive=True):
                    started.kill()
            process.kill()


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "MPLBACKEND": "Agg"}


class Room:
    """One answer's process.

    number: of the process.
    write:  descriptor of the pipe to it.
    read:   descriptor of the pipe from it.
    """

    def __init__(self, number: int, write: int, read: int) -> None:
        self._process = psutil.Process(number)
        self._pipes = write, read
        self._most = 0.0

    def grant(self, seconds: float) -> float:
        """Processor time for all replies from now on. Returns what was used until now."""
        used = self.used()
        self._most = used + seconds
        return used

    def used(self) -> float:
        """Seconds of processor time until now; 0 of a process that is gone."""
        return self._look()[0]

    def ask(self, message: Any) -> Any:
        """The reply to a message. Raises Ended if none comes."""
        data = message if type(message) is bytes else pickle.dumps(message)
        replies: queue.Queue = queue.Queue()
        threading.Thread(target=self._talk, args=(data, replies), daemon=True).start()
        before = -1.0
        since = time.monotonic()
        while True:
            with contextlib.suppress(queue.Empty):
                return self._read(replies.get(timeout=_LOOK))
            used, state = self._look()
            if used > self._most:
                raise Ended("time")
            if used != before or state != psutil.STATUS_SLEEPING:
                before = used
                since = time.monotonic()
            if time.monotonic() - since > WAITS or state in (psutil.STATUS_ZOMBIE, ""):
                raise Ended("end" if state != psutil.STATUS_SLEEPING else "time")

    def _read(self, data: bytes | None) -> Any:
        if data is None:
            raise Ended("time" if self._look()[0] > self._most else "end")
        try:
            return unpack(data)
        except Unreadable:
            return None

    def _talk(self, data: bytes, replies: queue.Queue) -> None:
        write, read = self._pipes
        reply = None
        with contextlib.suppress(OSError, struct.error):
            left = memoryview(struct.pack(">Q", len(data)) + data)
            while left:
                left = left[os.write(write, left) :]
            (length,) = struct.unpack(">Q", _exactly(read, 8))
            reply = _exactly(read, length) if length <= LARGEST else None
        replies.put(reply)

    def _look(self) -> tuple[float, str]:
        """Processor time until now, and the state of the process; "" if there is none."""
        try:
            times = self._process.cpu_times()
            return times.user + times.system, self._process.status()
        except psutil.Error:
            return 0.0, ""


def _exactly(pipe: int, length: int) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        part = os.read(pipe, min(length - len(parts), 2**20))
        if not part:
            raise OSError("the pipe ended")
        parts += part
    return bytes(parts)
