"""What Linux keeps an answer's process from, also if its code is C: tried without the hook."""

import ctypes
import os
import platform
import subprocess
import sys

import pytest

from course.authoring.masters import ROOT

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or platform.machine() != "x86_64",
    reason="only 64-bit PCs with Linux have both parts",
)
BEFORE = """
import ctypes, os, socket, sys, threading
from pathlib import Path
sys.path.insert(0, {root!r})
import numpy as np, torch
from course.marking import kernel
import course.marking.fence as fence
own = Path({own!r})
os.chdir(own)
libc = ctypes.CDLL(None, use_errno=True)
kernel.fence(own, [sys.prefix, sys.base_prefix, *fence._READABLE])
def tells(number):
    print(number if number >= 0 else "refused: " + os.strerror(ctypes.get_errno()))
"""
SOLUTION = str(ROOT / "seqrec" / "data" / "sequences.py")
# name: code that prints "refused: why"
REFUSED = {
    "opens the solution in C": f"tells(libc.open({SOLUTION.encode()!r}, 0))",
    "opens it by a folder": (
        f"tells(libc.openat(libc.open(b'/', 0o200000), {SOLUTION.encode()[1:]!r}, 0))"
    ),
    "opens it through pyarrow": (
        "import pyarrow\n"
        f"try: pyarrow.memory_map({SOLUTION!r})\n"
        "except OSError as error: print('refused:', error)"
    ),
    "maps it through torch": (
        f"try: torch.from_file({SOLUTION!r}, size=9, dtype=torch.uint8)\n"
        "except RuntimeError as error: print('refused:', error)"
    ),
    "writes its own memory by a file": "tells(libc.open(b'/proc/self/mem', 2))",
    "writes elsewhere": "tells(libc.open(b'/tmp/a trace of it', 0o101, 0o600))",
    "copies itself": "tells(libc.fork())",
    "copies itself by clone": "tells(libc.syscall(56, 17, 0, 0, 0, 0))",
    "copies itself by clone3": "tells(libc.syscall(435, 0, 0))",
    "starts a program": "tells(libc.execv(b'/bin/true', None))",
    "leaves its group": "tells(libc.setsid())",
    "asks the network": "tells(libc.socket(2, 1, 0))",
    "signals its parent": "tells(libc.kill(os.getppid(), 0))",
    "signals its parent by thread": "tells(libc.syscall(234, os.getppid(), os.getppid(), 0))",
    "reads its parent": "tells(libc.syscall(310, os.getppid(), 0, 0, 0, 0, 0))",
    "traces its parent": "tells(libc.ptrace(16, os.getppid(), 0, 0))",
    "bounds its parent": "tells(libc.syscall(302, os.getppid(), 0, 0, 0))",
    "uses the calls' other numbers": "tells(libc.syscall(0x40000000 + 39))",
    "starts one by multiprocessing": (
        "import multiprocessing\n"
        "try: multiprocessing.get_context('fork').Process(target=print).start()\n"
        "except OSError as error: print('refused:', error)"
    ),
}
ALLOWED = {
    "threads": (
        "found = []\nthread = threading.Thread(target=found.append, args=[1])\n"
        "thread.start()\nthread.join()\nprint(*found)"
    ),
    "numbers": "print(int((torch.ones(99, 99) @ torch.ones(99, 99))[0, 0]) // 99)",
    "its folder": "open('a', 'w').write('1')\nprint(open(own / 'a').read())",
    "the library's imports": "import wave, this\nprint(1)",
}


def told(codes, own):
    """What each of the codes printed last, all run in one process."""
    code = "\n".join(f"{code}\nprint('::', {name!r})" for name, code in codes.items())
    text = BEFORE.format(root=str(ROOT), own=str(own)) + code
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
    lines = done.stdout.splitlines()
    ends = {line[3:]: place for place, line in enumerate(lines) if line.startswith(":: ")}
    return {name: lines[ends[name] - 1] if name in ends else done.stderr for name in codes}


@pytest.fixture(scope="module", autouse=True)
def _has_both():
    libc = ctypes.CDLL(None)
    if libc.syscall(444, None, 0, 1) < 1 or libc.prctl(21, 0, 0, 0, 0) != 0:
        pytest.skip("this kernel, or what it runs in, has not both parts")


def test_nothing_is_done_by_code_in_c(tmp_path):
    done = {name: each for name, each in told(REFUSED, tmp_path).items() if "refused" not in each}
    assert not done and not os.path.exists("/tmp/a trace of it")


def test_threads_numbers_and_a_folder_are_left(tmp_path):
    assert told(ALLOWED, tmp_path) == dict.fromkeys(ALLOWED, "1")
