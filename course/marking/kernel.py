"""What Linux itself keeps an answer's process from, whatever code it runs, C included.

Landlock: no file but those that it is given, no network, no signal to another process. A filter of
system calls, on 64-bit PCs: no new process or program. Nothing takes either off again. Where the
kernel has none of it there is only the hook of `fence`.
"""

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_NO_NEW_RIGHTS, _SET_FILTER, _FILTER = 38, 22, 2  # of prctl
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # system calls, on every machine
_VERSION, _BENEATH = 1, 1
# Rights to files that each version of Landlock knows, and those that reading takes.
_FILE_RIGHTS = (0, 13, 14, 15, 15, 16)
_EXECUTE, _WRITE, _READ, _LIST, _TRUNCATE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14
_TCP = 0b11  # bind, connect
_SCOPES = 0b11  # named sockets without a file, signals

_PC = 0xC000003E  # what the kernel calls an x86_64
_OTHER_NUMBERS = 0x40000000  # from here on the same calls have other numbers
_REFUSED = {
    "fork": 57, "vfork": 58, "execve": 59, "execveat": 322, "socket": 41, "kill": 62, "tkill": 200,
    "rt_sigqueueinfo": 129, "rt_tgsigqueueinfo": 297, "ptrace": 101, "setsid": 112, "setpgid": 109,
    "process_vm_readv": 310, "process_vm_writev": 311, "pidfd_open": 434, "pidfd_getfd": 438,
    "pidfd_send_signal": 424, "io_uring_setup": 425, "userfaultfd": 323, "bpf": 321,
    "unshare": 272, "setns": 308, "mount": 165, "umount2": 166, "chroot": 161, "pivot_root": 155,
}  # fmt: skip
_CLONE, _CLONE3, _PRLIMIT, _TGKILL = 56, 435, 302, 234
_A_THREAD = 0x10000  # the flag by which `clone` makes a thread
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _IF_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_NUMBER, _MACHINE, _FIRST = 0, 4, 16  # where a call's number, machine and first argument stand


def fence(own: Path, readable: Iterable[str]) -> None:
    """From now on, for this thread and those that it starts. Does what the kernel can.

    own:      a folder in which all is allowed.
    readable: files and folders to read.
    """
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    if libc.prctl(_NO_NEW_RIGHTS, 1, 0, 0, 0):
        return
    _bind_files(libc, own, readable)
    if platform.machine() == "x86_64" and sys.maxsize > 2**32:
        _filter_calls(libc)


def _bind_files(libc: ctypes.CDLL, own: Path, readable: Iterable[str]) -> None:
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)
    if version < 1:
        return
    rights = (1 << _FILE_RIGHTS[min(version, len(_FILE_RIGHTS) - 1)]) - 1
    asked = struct.pack("QQQ", rights, _TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    # an older kernel knows the first fields only
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = libc.syscall(_CREATE_RULESET, asked, ctypes.c_size_t(size), 0)
    if rules < 0:
        return
    _allow(libc, rules, str(own), rights)
    for place in readable:
        _allow(libc, rules, place, rights & (_READ | _LIST))
    _allow(libc, rules, os.devnull, rights & (_READ | _WRITE | _TRUNCATE))
    libc.syscall(_RESTRICT_SELF, rules, 0)
    os.close(rules)


def _allow(libc: ctypes.CDLL, rules: int, place: str, rights: int) -> None:
    try:
        handle = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not os.path.isdir(place):
        rights &= _EXECUTE | _READ | _WRITE | _TRUNCATE
    libc.syscall(_ADD_RULE, rules, _BENEATH, struct.pack("=Qi", rights, handle), 0)
    os.close(handle)


def _filter_calls(libc: ctypes.CDLL) -> None:
    code = b"".join(_program())
    buffer = ctypes.create_string_buffer(code, len(code))
    held = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    libc.prctl(_SET_FILTER, _FILTER, held, 0, 0)


def _program() -> list[bytes]:
    """The filter: steps of 8 bytes. A test skips one or two steps, where it is not met."""
    refuse = _step(_RETURN, _ERROR | _EPERM)
    allow = _step(_RETURN, _ALLOW)
    steps = [_step(_LOAD, _MACHINE), _step(_IF_EQUAL, _PC, met=1), refuse, _step(_LOAD, _NUMBER)]
    steps += [_step(_IF_AT_LEAST, _OTHER_NUMBERS, missed=1), refuse]
    for number in _REFUSED.values():
        steps += [_step(_IF_EQUAL, number, missed=1), refuse]
    # libraries that meet this error use `clone`, whose flags can be read
    steps += [_step(_IF_EQUAL, _CLONE3, missed=1), _step(_RETURN, _ERROR | _ENOSYS)]
    for number, test, value in (
        (_CLONE, _IF_SET, _A_THREAD),
        (_PRLIMIT, _IF_EQUAL, 0),
        (_TGKILL, _IF_EQUAL, os.getpid()),
    ):
        steps += [_step(_IF_EQUAL, number, missed=4), _step(_LOAD, _FIRST)]
        steps += [_step(test, value, missed=1), allow, refuse]
    return [*steps, allow]


def _step(code: int, value: int, met: int = 0, missed: int = 0) -> bytes:
    return struct.pack("HBBI", code, met, missed, value)
