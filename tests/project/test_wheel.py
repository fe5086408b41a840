"""The wheel brings what a chapter's cells import, for Colab and Kaggle, and nothing that marks."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CELLS = """
import importlib.util, sys
sys.path.insert(0, sys.argv[1])
import course, seqrec, zooplus_sim
assert all(sys.argv[1] in package.__file__ for package in (course, seqrec, zooplus_sim))
from course import exercise, measured, quiz, scoreboard
from course.play.forecasters import LEARNED, MODELS
assert len(measured("07_bst")) > 3
assert {path.name for path in MODELS.iterdir()} >= {name.lower() for name in LEARNED}

@exercise("0.1")
def share_of_lift(model, popularity, oracle):
    return (model - popularity) / (oracle - popularity)

print(share_of_lift(2, 1, 3))
scoreboard()
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The files of the wheel, as an installation has them."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def test_it_holds_the_three_packages_and_neither_marks_nor_authors_tools(unpacked):
    packages = {path.name for path in unpacked.iterdir() if not path.name.endswith(".dist-info")}
    assert packages == {"course", "seqrec", "zooplus_sim"}
    assert not (unpacked / "course" / "marking").exists()
    assert not (unpacked / "course" / "authoring").exists()
    assert not (unpacked / "course" / "teaching").exists()
    names = {path.suffix for path in unpacked.rglob("*") if path.is_file()}
    assert ".safetensors" in names and ".csv" in names and ".toml" in names


def test_a_chapters_cells_run_on_it_alone(unpacked, tmp_path):
    command = [sys.executable, "-c", CELLS, str(unpacked)]
    environment = {"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "0.5" in done.stdout
