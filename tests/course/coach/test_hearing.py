"""What an answer writes is told once in its card, and reaches the notebook by no way."""

import io
import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from course.coach import judge
from course.coach.sandbox.hearing import KEPT_CHARACTERS, Heard, overheard
from course.coach.sandbox.isolate import isolated
from course.coach.sandbox.time_limit import guarded

TOYS = Path(__file__).parents[1]  # the folder of the conftest that holds the toy key
ROOT = TOYS.parents[1]
SETUP = f"""
import logging, os, subprocess, sys, threading, types, warnings
sys.path[:0] = [{str(TOYS)!r}, {str(ROOT)!r}]
import conftest as toy, course.coach.find
from tqdm import tqdm
key = types.ModuleType("course.keys.ch02")
key.EXERCISES, key.QUIZZES = (toy.PAD,), ()
sys.modules[key.__name__] = key
course.coach.find.chapters = lambda: ("02",)
from course import exercise
logging.basicConfig(level=logging.INFO)
kept, kept_out, kept_write = sys.stderr, sys.stdout, sys.stderr.write
early_bar = tqdm(total=22, mininterval=0)
CHILD = [sys.executable, "-S", "-c", "import sys; print('child', file=sys.stderr)"]
"""
# by what it writes, once: how
WAYS = {
    "plain": 'print("plain")',
    "stderr": 'print("stderr", file=sys.stderr)',
    "logged": 'logging.info("logged")',
    "old": 'print("old", file=kept, flush=True)',
    "old out": 'kept_out.writelines(["old out"])',
    "method": 'kept_write("method")',
    "/22": "early_bar.update()",
    "own stderr": 'print("own stderr", file=sys.__stderr__)',
    "own stdout": 'sys.__stdout__.write("own stdout")',
    "one": 'os.write(1, b"one")',
    "two": 'os.write(2, b"two")',
    "three": 'os.write(sys.stderr.fileno(), b"three")',
    "child": "subprocess.run(CHILD)",
    "given": "subprocess.run([*CHILD[:-1], CHILD[-1].replace('child', 'given')], stderr=kept)",
    "threaded": "thread = threading.Thread(target=print, args=['threaded'], "
    "kwargs={'file': sys.stderr})\nthread.start()\nthread.join()",
    "100%": "for _ in tqdm(range(3)): pass",
}
IN_TERMINAL = ("given",)  # the kernel's stream names the terminal to a process, not the notebook


def pad_left(body):
    lines = "\n".join(f"        {line}" for line in body.splitlines())
    return (
        "def pad_left(items, length):\n    if length < 1: raise ValueError\n"
        f"    if items == [7, 8]:\n{lines}\n"
        "    kept_items = list(items)[-length:]\n"
        "    return [0] * (length - len(kept_items)) + kept_items"
    )


@pytest.fixture(scope="module")
def outputs():
    """The outputs of a cell for each way, and of one that writes after them all."""
    cells = [SETUP, *(f'@exercise("2.1")\n{pad_left(body)}' for body in WAYS.values())]
    cells += ["logging.info('after'); os.write(2, b'below'); print('said', file=kept)"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in cells])
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTEST_CURRENT_TEST")  # with it a kernel does not watch the descriptors
        NotebookClient(notebook, timeout=120, record_timing=False).execute()
    _, *judged, after = (cell.outputs for cell in notebook.cells)
    return dict(zip(WAYS, judged, strict=True)) | {"after": after}


@pytest.mark.parametrize("way", WAYS)
def test_the_card_is_all_that_a_cell_shows_and_tells_it_once(outputs, way):
    (card,) = outputs[way]
    assert card.output_type == "display_data"
    text = card.data["text/plain"]
    assert "right" in text.splitlines()[0]
    assert ("It printed" in text and text.count(way) == 1) or way in IN_TERMINAL


def test_afterwards_each_way_leads_to_the_notebook_as_before(outputs):
    text = "".join(out.text for out in outputs["after"] if out.output_type == "stream")
    assert "INFO:root:after" in text
    assert "said" in text
    assert "below" in text or sys.platform == "win32"  # where the kernel watches descriptors


def test_lines_that_go_by_the_descriptors_are_counted_in_one_pass_only(toy, cell):
    body = 'os.write(1, b"line\\n" * 100); subprocess.run(["echo", "last"])'
    answer = cell(pad_left(body), os=os, subprocess=subprocess)["pad_left"]
    for _ in range(3):
        verdict = judge(toy.pad, answer)
        assert verdict.right
        assert verdict.notes == ("It printed 101 lines on the way.",)
        assert verdict.printed.startswith("line\nline\n")


def test_streams_come_first_and_descriptors_last():
    with isolated(print, "print") as heard:
        os.write(1, b"below \xff")
        print("above")
    assert heard.printed == "above\nbelow \ufffd"


def test_a_flood_is_drained_and_stopped_without_filling_memory_or_disk(toy, cell):
    answer = cell('def pad_left(items, length):\n    while True: os.write(2, b"x" * 9999)', os=os)
    verdict = judge(toy.hasty, answer["pad_left"])
    assert "stopped" in verdict.state.value
    assert len(verdict.printed) <= KEPT_CHARACTERS


def test_a_process_that_lives_on_is_neither_waited_for_nor_heard_later(capfd):
    child = "import time; print('early', flush=True); time.sleep(3); print('late', flush=True)"
    began = time.monotonic()
    with isolated(print, "print") as heard:
        process = subprocess.Popen([sys.executable, "-S", "-c", child])
        while not heard.tap.n_lines and time.monotonic() - began < 60:
            time.sleep(0.01)
        said = time.monotonic()
    assert time.monotonic() - said < 2.5
    process.wait()
    assert heard.printed == "early\n"
    assert capfd.readouterr() == ("", "")


def test_a_thread_that_is_left_behind_can_not_take_the_descriptors_away_again(capfd):
    heard = Heard()
    late = threading.Event()
    with overheard(heard):
        pass
    thread = threading.Thread(target=lambda: (heard.stop(), late.set()))
    thread.start()
    assert late.wait(60)
    os.write(1, b"seen")
    assert capfd.readouterr().out == "seen"


def test_who_keeps_the_stream_of_the_judging_writes_to_the_notebook_s_afterwards():
    notebook = io.StringIO()
    before, sys.stderr = sys.stderr, notebook
    try:
        with isolated(print, "print") as heard:
            kept = sys.stderr
            handler = logging.StreamHandler()
            kept.write("during ")
        kept.write("after ")
        handler.stream.write("logged")
        sys.stderr = kept  # as a `with redirect_stderr` in a thread that is left behind does
        print(" printed", end="", file=sys.stderr)
    finally:
        sys.stderr = before
    assert heard.printed == "during "
    assert notebook.getvalue() == "after logged printed"


def test_the_root_logger_is_as_before():
    root = logging.getLogger()
    before = root.level, list(root.handlers), root.manager.disable
    with isolated(print, "print"):
        logging.basicConfig(level=logging.DEBUG, force=True)
        logging.disable(logging.ERROR)
    assert (root.level, root.handlers, root.manager.disable) == before


def test_nothing_stays_open_and_no_thread_runs():
    def counted():
        return len(os.listdir("/proc/self/fd")), threading.active_count()

    if not Path("/proc/self/fd").exists():
        pytest.skip("no list of open descriptors here")
    with isolated(print, "print"):
        pass
    before = counted()
    for _ in range(20):
        with isolated(print, "print") as heard:
            subprocess.run(["true"])
            guarded(heard.stop, 9)
    assert counted() == before


@pytest.mark.parametrize("numbers", [(0, 1, 2), (1,), (2,), (1, 2)])
def test_closed_descriptors_are_heard_too_and_closed_again(numbers, capfd):
    own = {number: os.dup(number) for number in numbers}
    try:
        for number in numbers:
            os.close(number)
        with isolated(print, "print") as heard:
            print("above")
            os.write(2, b"below ")
            subprocess.run(["echo", "child"])
        for number in numbers:
            with pytest.raises(OSError, match="Bad file descriptor"):
                os.fstat(number)
    finally:
        for number, copy in own.items():
            os.dup2(copy, number)
            os.close(copy)
    assert heard.printed == "above\nbelow child\n"
    assert capfd.readouterr() == ("", "")
