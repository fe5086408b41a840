"""The image for Docker, Binder, hubs and dev containers: what of it can be held without Docker."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools import __main__ as course

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
IGNORED = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
# (instruction, words), line ends within one made one.
STEPS = re.findall(r"^([A-Z]+) (.*)$", re.sub(r" *\\\n *", " ", DOCKERFILE), re.MULTILINE)


def words(instruction):
    return [told for name, told in STEPS if name == instruction]


def test_binder_builds_from_the_dockerfile():
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # It prints the file that it would use.
    assert done.stdout.strip() == DOCKERFILE.strip()
    assert {"NB_USER=learner", "NB_UID=1000"} <= set(words("ARG"))


def test_it_does_not_run_as_root():
    assert words("USER") == ["${NB_UID}"]
    after = [name for name, _ in STEPS[STEPS.index(("USER", "${NB_UID}")) :]]
    assert {"ENTRYPOINT", "CMD", "COPY"} <= set(after)


def test_it_installs_what_a_laptop_gets_by_the_same_command():
    (install,) = [told for told in words("RUN") if "setup" in told]
    first = re.search(r"python -m tools (\w+) (.*?) &&", install)
    options = course.parser().parse_args([first[1], *first[2].split()])
    assert options.action is course.setup and options.torch == "cpu"
    here = [told.split() for told in words("COPY")]
    before = {name for told in here[:2] for name in told[1:-1]}
    # All that decides what is installed, and what the build of the course reads.
    assert before >= {"pyproject.toml", "constraints.txt", "hashes.txt", "tools", "README.md"}
    assert all((ROOT / name).exists() for name in before)


def test_jupyter_has_the_settings_that_make_lab_gives_it():
    told = dict(pair.split("=", 1) for line in words("ENV") for pair in line.split())
    settings = course.settings()
    place = told["JUPYTER_CONFIG_PATH"].removeprefix("/srv/zooplus-course/")
    assert str(ROOT / place) in settings["JUPYTER_CONFIG_PATH"].split(os.pathsep)
    assert told["JUPYTER_PREFER_ENV_PATH"] == settings["JUPYTER_PREFER_ENV_PATH"]
    assert told["OMP_NUM_THREADS"] == "1"
    assert course.GIVE_BACK.items() <= told.items() and course.GIVE_BACK.items() <= settings.items()
    assert f"/lab/tree/zooplus/{course.FIRST}" in json.loads(words("CMD")[0])[-1]


def test_neither_solutions_nor_a_learners_work_nor_this_environment_go_in():
    assert {"solutions", "workspace", ".venv", ".git", "build"} <= set(IGNORED)


@pytest.fixture
def started(tmp_path):
    """What a container does first, with an empty home and this Python: (its end, the home)."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "python").symlink_to(sys.executable)

    def run(home):
        environment = {
            "HOME": str(home),
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
        }
        show = 'echo "$OMP_NUM_THREADS $0 $1"'
        command = [ROOT / "start", "sh", "-c", show, "two words", "more"]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        return done, home

    return run


@pytest.mark.skipif(os.name == "nt", reason="the image is for Linux")
def test_a_container_starts_with_bare_copies_in_the_home_and_one_thread(started, tmp_path):
    (tmp_path / "home").mkdir()
    done, home = started(tmp_path / "home")
    assert done.returncode == 0 and done.stdout.splitlines()[-1] == "1 two words more", done.stderr
    first = json.loads((home / "zooplus" / course.FIRST).read_text("utf-8"))
    assert not [cell for cell in first["cells"] if cell.get("outputs")]
    (home / "zooplus" / course.FIRST).write_text("mine", encoding="utf-8")
    assert started(home)[0].returncode == 0
    assert (home / "zooplus" / course.FIRST).read_text("utf-8") == "mine"


@pytest.mark.skipif(os.name == "nt", reason="the image is for Linux")
def test_a_home_that_cant_be_written_does_not_keep_jupyter_from_starting(started, tmp_path):
    (tmp_path / "home").touch()
    done, _ = started(tmp_path / "home")
    assert done.returncode == 0 and done.stdout == "1 two words more\n"
    assert "could not be copied" in done.stderr and "Traceback" not in done.stderr


def test_the_dev_container_is_made_from_it_and_has_its_kernel():
    told = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    folder = ROOT / ".devcontainer"
    assert (folder / told["build"]["dockerfile"]).resolve() == ROOT / "Dockerfile"
    assert (folder / told["build"]["context"]).resolve() == ROOT
    assert f"NB_USER={told['remoteUser']}" in words("ARG")
    python = told["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert Path(python).parent.as_posix() == words("ENV")[1].split("PATH=")[1].split(":")[0]
    command = told["postCreateCommand"].removeprefix("python -m tools ").split()
    assert course.parser().parse_args(command).action is course.copies
