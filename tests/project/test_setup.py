"""The environment is made once, and again exactly when its definition changes."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools import __main__ as course
from tools import environment, interpreter, packages

ROOT = Path(__file__).resolve().parents[2]
HASHES = """\
# section: libraries
numpy==2.4.6 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
sympy==1.14.0 ; python_version < '3.14' \\
    --hash=sha256:cc
# section: lab
jupyterlab==4.6.6 \\
    --hash=sha256:dd
# section: test
pytest==9.2.0 \\
    --hash=sha256:ee
"""


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A checkout without environment, where pip and venv only write down that they were called."""
    calls = []
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    (tmp_path / "constraints.txt").write_text(
        "# pins\nnumpy==2.4.6\nsympy==1.14.0\ntorch==2.13.0\n", encoding="utf-8"
    )
    (tmp_path / "hashes.txt").write_text(HASHES, encoding="utf-8")

    def make_venv(held):
        calls.append("venv")
        environment.VENV.mkdir(exist_ok=True)
        environment.venv_python().touch()
        environment.STAMP.unlink(missing_ok=True)

    stand_ins = {
        "ROOT": tmp_path,
        "VENV": tmp_path / ".venv",
        "STAMP": tmp_path / ".venv" / "course.json",
        "LOCK": tmp_path / "build" / "set-up.lock",
        "ASKED": tmp_path / "build" / "set-up.json",
        "venv_python": lambda: tmp_path / ".venv" / "python",
        "works": Path.exists,
        "pip": lambda *arguments, **options: calls.append(arguments),
        "make_venv": make_venv,
        "find_uv": lambda: "",
        "IS_LINUX": False,
        "brings_cuda": lambda: False,
    }
    for module in (environment, interpreter, packages):
        for name in stand_ins.keys() & vars(module).keys():
            monkeypatch.setattr(module, name, stand_ins[name])
    return calls


def kinds(calls):
    """What was done, a word each: "venv", "hashed", "torch" or "rest"."""
    words = {"--require-hashes": "hashed", "-e": "rest", "--no-deps": "torch"}
    return [
        call if call == "venv" else next(word for sign, word in words.items() if sign in call)
        for call in calls
    ]


def stamp():
    return json.loads(environment.STAMP.read_text("utf-8"))


def test_the_first_time_makes_and_installs_with_hashes_and_constraints(machine, tmp_path):
    environment.prepare()
    wanted = str(tmp_path / ".venv" / "hashes-wanted.txt")
    constraints = str(tmp_path / "constraints.txt")
    assert machine == [
        "venv",
        ("install", "--no-deps", "torch==2.13.0"),
        ("install", "--require-hashes", "--no-deps", "-r", wanted),
        ("install", "--quiet", "-c", constraints, "--no-build-isolation", "-e", str(tmp_path)),
    ]


@pytest.mark.parametrize(
    ("extras", "names"),
    [
        ((), ["numpy", "sympy"]),
        (("lab",), ["numpy", "sympy", "jupyterlab"]),
        (("test",), ["numpy", "sympy", "jupyterlab", "pytest"]),
        (("lab", "test"), ["numpy", "sympy", "jupyterlab", "pytest"]),
        (("classroom",), ["numpy", "sympy"]),
    ],
)
def test_the_hashes_are_those_of_the_extras(machine, tmp_path, extras, names):
    environment.prepare(extras)
    text = (tmp_path / ".venv" / "hashes-wanted.txt").read_text("utf-8")
    assert re.findall(r"^([\w-]+)==", text, re.MULTILINE) == names
    assert text.count("--hash") == len(names) + 1 and text in HASHES.replace(
        "# section: lab\n", ""
    ).replace("# section: test\n", "")


def test_the_second_time_does_nothing(machine):
    environment.prepare()
    machine.clear()
    environment.prepare()
    assert machine == []


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt", "hashes.txt"])
def test_a_changed_definition_installs_again(machine, tmp_path, name):
    environment.prepare()
    machine.clear()
    with (tmp_path / name).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    environment.prepare()
    assert kinds(machine) == ["torch", "hashed", "rest"]


def test_an_environment_of_before_there_were_hashes_is_updated(machine):
    environment.prepare(("lab",))
    old = {"definition": "another", "extras": ["lab"], "torch": "cpu"}
    environment.write_stamp(old)
    machine.clear()
    environment.prepare()
    assert kinds(machine) == ["torch", "hashed", "rest"]
    assert stamp() | {"definition": "another"} == {
        "state": "complete",
        "place": str(environment.ROOT),
        **old,
    }


def test_in_a_moved_checkout_the_environment_is_made_anew(machine):
    """Its programs begin with the path of their Python, and the installation points elsewhere."""
    environment.prepare()
    machine.clear()
    environment.write_stamp(stamp() | {"place": "/somewhere/else"})
    environment.prepare()
    assert kinds(machine) == ["venv", "torch", "hashed", "rest"]


@pytest.mark.parametrize(
    "damaged",
    [b"", b"{", b"[]", b"null", b'{"torch": 1}', b"\xff\xfe", b"[" * 100_000, b'"text"']
    + [b'{"definition": "a", "torch": "", "extras": [1]}', b'{"state": "complete"}'],
)
def test_a_damaged_stamp_is_none(machine, damaged):
    environment.prepare()
    machine.clear()
    environment.STAMP.write_bytes(damaged)
    environment.prepare()
    assert kinds(machine) == ["venv", "torch", "hashed", "rest"]


def test_a_build_of_pytorch_is_remembered_though_the_first_set_up_was_killed(machine, monkeypatch):
    def killed(held):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(environment, "make_venv", killed)
        with pytest.raises(KeyboardInterrupt):
            environment.prepare(("lab",), torch="cpu")
    environment.prepare()
    assert kinds(machine) == ["venv", "torch", "hashed", "rest"]
    assert stamp()["extras"] == ["lab"] and stamp()["torch"] == "cpu"


def test_what_was_asked_for_and_killed_does_not_empty_an_own_environment(machine, monkeypatch):
    """The set-up was killed, the user made `.venv` by hand, put a PyTorch there and says so."""
    with_torch(monkeypatch)
    environment.VENV.mkdir()
    environment.venv_python().touch()
    asked = {"state": "installing", "definition": "a", "extras": [], "torch": ""}
    environment.write_stamp(asked, environment.ASKED)
    environment.prepare(torch="own")
    assert kinds(machine) == ["hashed", "rest"]


def test_without_a_stamp_the_environment_is_made_anew(machine):
    """It may have been killed in the making."""
    environment.VENV.mkdir()
    environment.venv_python().touch()
    environment.prepare()
    assert kinds(machine) == ["venv", "torch", "hashed", "rest"]


def test_extras_once_installed_stay(machine, tmp_path):
    environment.prepare(course.AUTHOR)
    machine.clear()
    environment.prepare(course.LEARNER)
    assert machine == []
    environment.prepare(("classroom",))
    assert machine[-1][-1] == f"{tmp_path}[classroom,lab,test]"


def test_a_broken_interpreter_makes_the_environment_anew(machine, tmp_path):
    environment.prepare()
    environment.venv_python().unlink()
    machine.clear()
    environment.prepare()
    assert machine[0] == "venv" and machine[-1][-1] == str(tmp_path)


@pytest.mark.parametrize(
    ("error", "again"),
    [
        # pip said no and put things back: what is there is kept, for there may be no network now.
        (environment.SetupError("no network"), ["torch", "hashed", "rest"]),
        (KeyboardInterrupt(), ["venv", "torch", "hashed", "rest"]),
    ],
)
def test_an_unfinished_installation_is_done_again(machine, monkeypatch, error, again):
    environment.prepare()

    def fails(*arguments, **options):
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(packages, "pip", fails)
        with pytest.raises(type(error)):
            environment.prepare(("test",))
    machine.clear()
    environment.prepare()
    assert kinds(machine) == again and stamp()["extras"] == ["test"]


def test_torch_cpu_takes_pytorchs_own_wheel_first_and_is_remembered(machine, tmp_path):
    environment.prepare(torch="cpu")
    first, _, second = machine[1:]
    assert (
        first[first.index("--index-url") + 1].endswith("/whl/cpu") and first[-1] == "torch==2.13.0"
    )
    assert "--index-url" not in second
    machine.clear()
    environment.prepare()
    environment.prepare(torch="cpu")
    assert machine == []


def test_on_linux_the_small_build_comes_first_from_wherever_it_can_be_had(machine, monkeypatch):
    """Behind an index of one's own, or without a network, the plain name must go on working."""
    monkeypatch.setattr(packages, "IS_LINUX", True)
    environment.prepare()
    wheels = "https://download.pytorch.org/whl/cpu"
    assert machine[1] == ("install", "--no-deps", "--extra-index-url", wheels, "torch==2.13.0")
    assert kinds(machine) == ["venv", "torch", "hashed", "rest"] and stamp()["torch"] == ""
    machine.clear()
    environment.prepare()
    assert machine == []


def test_where_only_the_large_build_can_be_had_it_says_so_and_shows_what_comes(
    machine, monkeypatch, capsys
):
    monkeypatch.setattr(packages, "IS_LINUX", True)
    monkeypatch.setattr(packages, "brings_cuda", lambda: True)
    environment.prepare()
    assert "gigabytes of CUDA" in capsys.readouterr().out
    assert "--quiet" not in machine[-1]


@pytest.mark.parametrize(
    ("asks", "linux", "brings"),
    [
        ("['filelock', 'nvidia-cudnn-cu13==9.2; platform_system == \"Linux\"']", True, True),
        ("['filelock', 'nvidia-cudnn-cu13==9.2; platform_system == \"Linux\"']", False, False),
        ("['filelock', 'sympy']", True, False),
        ("None", True, False),
        ("", True, False),
    ],
)
def test_a_torch_with_cuda_is_told_by_what_it_asks_for(monkeypatch, asks, linux, brings):
    done = subprocess.CompletedProcess([], 0, stdout=asks)
    monkeypatch.setattr(packages.subprocess, "run", lambda *arguments, **options: done)
    monkeypatch.setattr(packages, "IS_LINUX", linux)
    assert packages.brings_cuda() is brings


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


def with_torch(monkeypatch, returncode=0):
    answer = json.dumps(["2.9.0+cu126", ["sympy", "numpy_not"]])
    done = subprocess.CompletedProcess([], returncode, stdout=answer)
    monkeypatch.setattr(packages.subprocess, "run", lambda *arguments, **options: done)


def test_own_torch_frees_its_pins_and_hashes_and_keeps_the_rest(machine, monkeypatch, tmp_path):
    with_torch(monkeypatch)
    environment.prepare(torch="own")
    install = machine[-1]
    pins = Path(install[install.index("-c") + 1]).read_text(encoding="utf-8").splitlines()
    assert pins == ["# pins", "numpy==2.4.6", "torch==2.9.0+cu126"]
    hashed = (tmp_path / ".venv" / "hashes-wanted.txt").read_text("utf-8")
    assert "numpy==" in hashed and "sympy" not in hashed


@pytest.mark.parametrize("error", [environment.SetupError("no network"), KeyboardInterrupt()])
def test_an_environment_with_own_torch_is_never_emptied(machine, monkeypatch, error):
    """Neither at first, without a stamp, nor after an installation that was stopped."""
    with_torch(monkeypatch)
    environment.VENV.mkdir()
    environment.venv_python().touch()

    def fails(*arguments, **options):
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(packages, "pip", fails)
        with pytest.raises(type(error)):
            environment.prepare(torch="own")
    environment.prepare()
    assert kinds(machine) == ["hashed", "rest"] and stamp()["torch"] == "own"


def test_own_torch_that_is_missing_is_an_error_with_its_cure(machine, monkeypatch):
    with_torch(monkeypatch, returncode=1)
    with pytest.raises(environment.SetupError, match="no torch in .venv yet"):
        environment.prepare(torch="own")


def test_a_link_that_would_be_emptied_is_refused_and_what_it_points_to_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(interpreter, "VENV", tmp_path / ".venv")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    (tmp_path / ".venv").symlink_to(tmp_path / "mine")
    with pytest.raises(environment.SetupError, match="remove the link .venv"):
        interpreter.make_venv()
    assert (tmp_path / "mine" / "thesis.tex").exists()


def test_a_file_named_venv_is_refused_with_a_cure(tmp_path, monkeypatch):
    monkeypatch.setattr(interpreter, "VENV", tmp_path / ".venv")
    (tmp_path / ".venv").touch()
    with pytest.raises(environment.SetupError, match="must be a folder, got a file"):
        interpreter.make_venv()


def test_a_folder_that_cant_be_written_is_an_error_with_a_cure(machine, tmp_path):
    (tmp_path / "build").touch()
    with pytest.raises(environment.SetupError, match="a folder that is yours") as refused:
        environment.prepare()
    assert len(str(refused.value)) < 600 and machine == []


def test_a_complete_environment_is_used_where_nothing_can_be_written(machine, tmp_path):
    environment.prepare()
    (tmp_path / "build" / "set-up.lock").unlink()
    (tmp_path / "build").rmdir()
    (tmp_path / "build").touch()
    environment.prepare()


@pytest.mark.parametrize("content", [b"", b"\x7fELF of another machine", b"#!/no/such/python\n"])
def test_what_does_not_run_is_no_interpreter(tmp_path, content):
    (tmp_path / "python").write_bytes(content)
    (tmp_path / "python").chmod(0o755)
    assert not interpreter.works(tmp_path / "python")


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


def test_the_first_set_up_says_how_much_comes_and_how_long_it_takes(machine, capsys):
    environment.prepare()
    assert re.search(r"0\.4 GB to fetch, .*two to three minutes", capsys.readouterr().out)
    environment.write_stamp(stamp() | {"definition": "another"})
    environment.prepare()
    assert "Updating the course in .venv: mostly some seconds" in capsys.readouterr().out


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
