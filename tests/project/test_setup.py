"""The environment is made once, and again exactly when its definition changes."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools import __main__ as course
from tools import environment

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A checkout without environment, where pip and venv only write down that they were called."""
    calls = []
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    (tmp_path / "constraints.txt").write_text(
        "# pins\nnumpy==2.4.6\nsympy==1.14.0\ntorch==2.13.0\n", encoding="utf-8"
    )
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "STAMP", tmp_path / ".venv" / "course.json")
    monkeypatch.setattr(environment, "venv_python", lambda: tmp_path / ".venv" / "python")
    monkeypatch.setattr(environment, "works", Path.exists)
    monkeypatch.setattr(environment, "pip", lambda *arguments, **options: calls.append(arguments))

    def make_venv():
        calls.append("venv")
        environment.VENV.mkdir(exist_ok=True)
        environment.venv_python().touch()
        environment.STAMP.unlink(missing_ok=True)

    monkeypatch.setattr(environment, "make_venv", make_venv)
    return calls


def test_the_first_time_makes_and_installs_with_constraints(machine, tmp_path):
    environment.prepare()
    assert machine == [
        "venv",
        ("install", "-c", str(tmp_path / "constraints.txt"), "-e", str(tmp_path)),
    ]


def test_the_second_time_does_nothing(machine):
    environment.prepare()
    machine.clear()
    environment.prepare()
    assert machine == []


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_a_changed_definition_installs_again(machine, tmp_path, name):
    environment.prepare()
    machine.clear()
    with (tmp_path / name).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    environment.prepare()
    assert [call[0] for call in machine] == ["install"]


def test_a_moved_checkout_installs_again(machine, monkeypatch, tmp_path):
    """The installation points into the checkout."""
    environment.prepare()
    machine.clear()
    moved = tmp_path / "moved"
    moved.mkdir()
    for name in ("pyproject.toml", "constraints.txt"):
        (moved / name).write_bytes((tmp_path / name).read_bytes())
    monkeypatch.setattr(environment, "ROOT", moved)
    environment.prepare()
    assert [call[0] for call in machine] == ["install"]


def test_extras_once_installed_stay(machine, tmp_path):
    environment.prepare(course.AUTHOR)
    machine.clear()
    environment.prepare(course.LEARNER)
    assert machine == []
    environment.prepare(("classroom",))
    assert machine[0][-1] == f"{tmp_path}[classroom,lab,test]"


def test_a_broken_interpreter_makes_the_environment_anew(machine, tmp_path):
    environment.prepare()
    environment.venv_python().unlink()
    machine.clear()
    environment.prepare()
    assert machine[0] == "venv" and machine[1][-1] == str(tmp_path)


def test_an_interrupted_installation_is_done_again(machine, monkeypatch):
    environment.prepare()

    def fails(*arguments):
        raise environment.SetupError("no network")

    with monkeypatch.context() as broken:
        broken.setattr(environment, "pip", fails)
        with pytest.raises(environment.SetupError):
            environment.prepare(("test",))
    machine.clear()
    environment.prepare()
    assert [call[0] for call in machine] == ["install"]


def test_torch_cpu_takes_pytorchs_own_wheel_first_and_is_remembered(machine, tmp_path):
    environment.prepare(torch="cpu")
    first, second = machine[1:]
    assert (
        first[first.index("--index-url") + 1].endswith("/whl/cpu") and first[-1] == "torch==2.13.0"
    )
    assert "--index-url" not in second
    machine.clear()
    environment.prepare()
    environment.prepare(torch="cpu")
    assert machine == []


def test_another_torch_means_another_environment(machine):
    environment.prepare()
    machine.clear()
    environment.prepare(torch="cu126")
    assert machine[0] == "venv" and any("/whl/cu126" in argument for argument in machine[1])


@pytest.mark.parametrize("name", ["gpu", "CPU", "cu", "cu12.6", "../cpu"])
def test_an_unknown_torch_is_an_error_that_lists_the_known(machine, name):
    with pytest.raises(environment.SetupError, match="cpu, cu126"):
        environment.prepare(torch=name)
    assert machine == []


def test_own_torch_frees_its_pins_and_keeps_the_rest(machine, monkeypatch, tmp_path):
    answer = json.dumps(["2.9.0+cu126", ["sympy", "numpy_not"]])
    done = subprocess.CompletedProcess([], 0, stdout=answer)
    monkeypatch.setattr(environment.subprocess, "run", lambda *arguments, **options: done)
    environment.prepare(torch="own")
    (install,) = machine[1:]
    pins = Path(install[install.index("-c") + 1]).read_text(encoding="utf-8").splitlines()
    assert pins == ["# pins", "numpy==2.4.6", "torch==2.9.0+cu126"]


def test_own_torch_that_is_missing_is_an_error_with_its_cure(machine, monkeypatch):
    monkeypatch.setattr(
        environment.subprocess, "run", lambda *a, **o: subprocess.CompletedProcess([], 1, stdout="")
    )
    with pytest.raises(environment.SetupError, match="no torch in .venv yet"):
        environment.prepare(torch="own")


def test_an_old_python_is_told_so():
    code = "import sys; sys.version_info = (3, 9, 6); import tools"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert (
        "needs Python 3.11 or newer, and this is Python 3.9.6" in done.stderr
        and "Traceback" not in done.stderr
    )


def test_a_wrong_chapter_ends_with_one_message_and_2(capsys):
    assert course.main(["reset", "no such chapter"]) == 2
    assert "There is no chapter 'no such chapter'" in capsys.readouterr().err


def test_what_follows_two_dashes_is_passed_on():
    options = course.parser().parse_args(
        ["lab", "--torch", "cpu", "--", "--no-browser", "--port=9999"]
    )
    assert options.more == ["--no-browser", "--port=9999"] and options.torch == "cpu"


def test_make_and_the_tool_offer_the_same_commands():
    targets = set(
        re.findall(
            r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
        )
    )
    (commands,) = [
        action.choices for action in course.parser()._actions if action.dest == "command"
    ]
    assert targets == set(commands) | {"help", "clean"}
