"""A folder is there as a whole or not at all; of two writers the second is told so."""

import contextlib
import os
import signal
import subprocess
import sys
import threading

import pytest

from seqrec.data.whole_folders import whole_folder

#: Writes half of a folder, says so, and waits to be killed.
HALF = """
import sys, time
from pathlib import Path
from seqrec.data.whole_folders import whole_folder
with whole_folder(Path(sys.argv[1])) as folder:
    (folder / "one").touch()
    print("half", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def half(tmp_path):
    """A process that is in the middle of writing `out`."""
    process = subprocess.Popen(
        [sys.executable, "-c", HALF, str(tmp_path / "out")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "half\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def there(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


def test_it_appears_at_the_end(tmp_path):
    with whole_folder(tmp_path / "new" / "out") as folder:
        (folder / "one").touch()
        assert not (tmp_path / "new" / "out").exists()
    assert there(tmp_path / "new") == ["out"] and there(tmp_path / "new" / "out") == ["one"]


def test_an_error_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), whole_folder(tmp_path / "out") as folder:
        (folder / "one").touch()
        raise KeyboardInterrupt
    assert there(tmp_path) == []


def test_a_second_writer_is_told_and_a_killed_one_is_cleaned_up(tmp_path, half):
    with (
        pytest.raises(ValueError, match="'out' is being written by another process. Cure: wait"),
        whole_folder(tmp_path / "out"),
    ):
        pass
    assert len(there(tmp_path)) == 1
    os.kill(half.pid, signal.SIGKILL)
    half.wait()
    with whole_folder(tmp_path / "out") as folder:
        (folder / "two").touch()
    assert there(tmp_path) == ["out"] and there(tmp_path / "out") == ["two"]


@pytest.mark.parametrize("make", ["mkdir", "touch", "symlink"])
def test_what_is_there_is_left_alone(tmp_path, make):
    out = tmp_path / "out"
    out.symlink_to("nowhere") if make == "symlink" else getattr(out, make)()
    with pytest.raises(ValueError, match="is there already. Cure: another"), whole_folder(out):
        pass
    assert there(tmp_path) == ["out"]


def test_a_thread_that_goes_on_writing_leaves_nothing_behind(tmp_path):
    """Workers hear late that another one has failed."""
    enough = threading.Event()

    def write(folder):
        for number in range(2_000):
            if enough.is_set():
                return
            with contextlib.suppress(OSError):
                (folder / f"part-{number}").write_text("late")

    with pytest.raises(ZeroDivisionError):
        with whole_folder(tmp_path / "out") as folder:
            late = threading.Thread(target=write, args=(folder,))
            late.start()
            threading.Timer(0.2, enough.set).start()
            raise ZeroDivisionError
    late.join()
    assert not list(tmp_path.glob("*.partial")) and not list(tmp_path.glob(".*.partial"))
