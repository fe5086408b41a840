"""What keeps an answer's process from what it must not reach.

An audit hook can't be taken off again. It sees what Python does: not what a library written in C
does by itself, which only the system can stop (`kernel`). TEACHING.md says what follows from that.
"""

import os
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any

from course.marking import kernel

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = ("seqrec", "zooplus_sim")
MEMORY = 4 * 2**30  # bytes that an answer may take beyond what the libraries have
FILE = 64 * 2**20  # bytes of a file that it writes
_REFUSED = (
    "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.startfile",
    "os.kill", "os.link", "os.symlink", "pty.", "ctypes.", "socket.connect", "socket.bind",
    "socket.sendto", "socket.getaddrinfo", "resource.setrlimit", "resource.prlimit", "sys._current",
    "gc.", "winreg.", "webbrowser.",
)  # fmt: skip
_EDITS = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.chmod", "os.chown", "os.truncate",
          "shutil.")  # fmt: skip
_NO_IMPORT = ("course.keys", "course.authoring", "course.play", "_posixsubprocess")
_CODE = (".py", ".pyc", ".so")
_READABLE = ("/usr/lib", "/usr/lib64", "/usr/share", "/usr/local/lib", "/usr/local/share", "/lib",
             "/lib64", "/etc", "/dev/null", "/dev/urandom", "/proc/cpuinfo", "/proc/meminfo",
             "/sys/devices/system/cpu")  # fmt: skip


def gut(solution: Any, name: str) -> None:
    """Empty a function, or all methods of a class, in place: whoever holds it, holds nothing."""
    if isinstance(solution, type):
        for part in list(vars(solution).values()):
            part = part.fget if isinstance(part, property) else part
            gut(getattr(part, "__func__", part), name)
    while solution is not None:
        if isinstance(solution, FunctionType):
            _empty(solution, name)
        inner = getattr(solution, "__wrapped__", None)
        solution = inner if callable(inner) else None


def _empty(function: FunctionType, name: str) -> None:
    free = function.__code__.co_freevars
    says = f"{name} of the library is the solution of this exercise: write your own"
    # a function's new code needs as many outer names as its old one
    outer = "".join(f"    {each} = None\n" for each in free)
    uses = f"        ({', '.join(free)},)\n" if free else ""
    names: dict[str, Any] = {}
    exec(
        f"def make():\n{outer}    def refuse(*args, **kwargs):\n"
        f"        if 0:\n            pass\n{uses}        raise RuntimeError({says!r})\n"
        "    return refuse.__code__\n",
        names,
    )
    function.__defaults__ = None
    function.__kwdefaults__ = None
    function.__code__ = names["make"]()


def limit(seconds: int) -> None:
    """Processor time of this process from now on, its memory, and the size of what it writes."""
    try:
        import resource
    except ImportError:  # not on Windows; the marking looks at the processor time anyway
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (most, most + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    statm = Path("/proc/self/statm")
    if statm.exists():
        size = int(statm.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE") + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (size, size))


def close(own: Path) -> None:
    """From now on: no other programs, no network, no files but Python's own and those in `own`."""
    import subprocess

    # without these nothing starts a process that does not ask the hook
    subprocess._fork_exec = None
    for name in list(sys.modules):
        if name.startswith(_NO_IMPORT):
            del sys.modules[name]
    places = [sys.prefix, sys.base_prefix, *sysconfig.get_paths().values()]
    readable = [*places, *(os.path.realpath(place) for place in places), *_READABLE]
    libraries = [str(Path(sys.modules[name].__file__).parent) for name in LIBRARIES]
    kernel.fence(own, [*readable, *_data_of(libraries)])
    sys.addaudithook(
        _guard(os.path.realpath(own), _folders(readable), _folders(libraries), f"{ROOT}{os.sep}")
    )


def _data_of(libraries: list[str]) -> list[str]:
    """The files of our libraries that are no code: answers may read them."""
    files = (path for library in libraries for path in Path(library).rglob("*") if path.is_file())
    return [str(path) for path in files if path.suffix not in _CODE]


def _folders(places: list[str]) -> tuple[str, ...]:
    return tuple({f"{place.rstrip(os.sep)}{os.sep}" for place in places})


def _guard(
    own: str, readable: tuple[str, ...], libraries: tuple[str, ...], course: str
) -> Callable:
    """The hook. What it uses are locals and builtin types: an answer patches what has a name."""
    refused, edits, unknown, code = _REFUSED, _EDITS, _NO_IMPORT, _CODE
    error, here, kind, text, raw, number = PermissionError, os.getcwd, type, str, bytes, int
    sep, writing = os.sep, os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    own += sep
    # Python may lie in the course's folder, or that in a folder which is open
    inside = tuple(place for place in readable if place.startswith(course))

    def full(path: Any) -> str:
        """The path from the root, without dots. A stranger's type could change its mind later."""
        if kind(path) is raw:
            path = path.decode()
        if kind(path) is not text:
            raise error("an answer that is marked names files by plain text")
        parts: list[str] = []
        for part in (path if path.startswith(sep) else f"{here()}{sep}{path}").split(sep):
            if part == "..":
                parts[-1:] = []
            elif part not in ("", "."):
                parts.append(part)
        return f"{sep}{sep.join(parts)}{sep}"

    def may_read(path: str) -> bool:
        if path.startswith(libraries):
            return not path[:-1].endswith(code)
        return path.startswith(inside if path.startswith(course) else readable)

    def guard(event: str, args: tuple) -> None:
        if event.startswith(refused):
            raise error(f"an answer that is marked may not use {event}")
        if event == "import" and args[0].startswith(unknown):
            raise error(f"an answer that is marked may not import {args[0]}")
        if event == "open" and kind(args[0]) is not number:
            path = full(args[0])
            writes = kind(args[2]) is number and args[2] & writing
            if not path.startswith((own, f"{sep}dev{sep}null{sep}")):
                if writes or not may_read(path):
                    raise error("an answer that is marked may not open this file")
        if event.startswith(edits) and args and kind(args[0]) is not number:
            if not full(args[0]).startswith(own):
                raise error(f"an answer that is marked may not use {event} here")

    return guard
