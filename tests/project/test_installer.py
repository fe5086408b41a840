"""uv installs where it is, and pip wherever uv can't or may not; a line tells how far it is."""

import io
import subprocess

import pytest

from tools import installer
from tools.interpreter import SetupError

WORDS = ("install", "--require-hashes", "-r", "hashes-wanted.txt")
SAID = """\
Ignoring colorama: markers 'sys_platform == "win32"' don't match your environment
Collecting numpy==2.4.6 (from -r hashed.txt (line 1))
  Downloading numpy-2.4.6-cp311-cp311-manylinux_2_28_x86_64.whl (16.9 MB)
Collecting pandas==3.1.1 (from -r hashed.txt (line 5))
  Using cached pandas-3.1.1-cp311-cp311-manylinux_2_28_x86_64.whl (12.0 MB)
Processing wheels/editables-0.6-py3-none-any.whl (from -r hashed.txt (line 9))
Installing collected packages: numpy, pandas, editables
Successfully installed numpy-2.4.6 pandas-3.1.1
"""


@pytest.fixture
def machine(monkeypatch):
    """A machine with uv and pip that only note their calls; (calls, exit statuses, pip's settings).

    The last two are there to be changed.
    """
    calls, codes, settings = [], {"uv": 0, "pip": 0}, [""]

    def run(command, **options):
        if "config" in command:
            return subprocess.CompletedProcess(command, 0, stdout=settings[0])
        who = "uv" if command[0] == "/a/uv" else "pip"
        calls.append((who, command))
        return subprocess.CompletedProcess(command, codes[who])

    monkeypatch.setattr(installer.shutil, "which", lambda name: f"/a/{name}")
    monkeypatch.setattr(installer.subprocess, "run", run)
    return calls, codes, settings


def test_uv_gets_the_same_words_as_pip_and_the_environments_python(machine):
    installer.pip(*WORDS)
    ((who, command),) = machine[0]
    python = str(installer.venv_python())
    assert who == "uv" and command == ["/a/uv", "pip", "install", "--python", python, *WORDS[1:]]


def test_what_uv_cant_do_pip_does(machine, capsys):
    machine[1]["uv"] = 1
    installer.pip(*WORDS)
    (_, (who, command)) = machine[0]
    python = str(installer.venv_python())
    assert who == "pip"
    assert command == [python, "-m", "pip", "install", "--no-compile", *WORDS[1:]]
    assert "pip tries" in capsys.readouterr().out


def test_what_neither_can_do_is_an_error_with_its_cure(machine):
    machine[1].update(uv=1, pip=1)
    with pytest.raises(SetupError, match="pip could not install this.*take another disk"):
        installer.pip(*WORDS, cure="take another disk")


@pytest.mark.parametrize(
    "setting",
    [
        "global.index-url='https://pypi.school.example/simple'",
        "site.extra-index-url='https://pypi.school.example/simple'",
        ":env:.no-index='1'",
        "global.timeout='60'\n:env:.find-links='wheels'",
    ],
)
def test_who_told_pip_where_packages_come_from_gets_pip(machine, setting):
    """uv would ask PyPI, which a laptop without a network does not reach."""
    machine[2][0] = setting + "\n"
    installer.pip(*WORDS)
    assert [who for who, _ in machine[0]] == ["pip"]


@pytest.mark.parametrize("setting", ["", "global.timeout='60'", "global.cert='/a/find-links.pem'"])
def test_other_settings_of_pip_leave_uv_the_work(machine, setting):
    machine[2][0] = setting + "\n"
    installer.pip(*WORDS)
    assert [who for who, _ in machine[0]] == ["uv"]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_on_a_terminal_one_line_counts_the_packages(monkeypatch):
    monkeypatch.setattr(installer.sys, "stdout", Terminal())
    installer.show(io.StringIO(SAID), packages=4, began=0)
    said = installer.sys.stdout.getvalue()
    assert said.count("\n") == 1 and said.endswith("\n")
    told = [part.split(" s  ")[1].strip() for part in said.split("\r")[1:]]
    assert told == [
        "1 of 3 packages: numpy",
        "1 of 3 packages: numpy (16.9 MB)",
        "2 of 3 packages: pandas",
        "2 of 3 packages: pandas (12.0 MB)",
        "3 of 3 packages: editables",
        "unpacking them, about which pip says nothing",
    ]


def test_in_a_file_every_25th_package_has_a_line(monkeypatch):
    monkeypatch.setattr(installer.sys, "stdout", io.StringIO())
    lines = [f"Collecting a{number}==1\n" for number in range(60)]
    installer.show(lines, packages=60, began=0)
    told = installer.sys.stdout.getvalue().splitlines()
    assert [line.split(" s  ")[1] for line in told] == [
        "25 of 60 packages: a24",
        "50 of 60 packages: a49",
    ]


def test_counting_hides_no_failure(monkeypatch, tmp_path):
    import sys

    monkeypatch.setattr(installer, "find_uv", lambda: "")
    monkeypatch.setattr(installer, "venv_python", lambda: sys.executable)
    with pytest.raises(SetupError, match="mend it"):
        # No such command of pip's.
        installer.pip("instal", cure="mend it", packages=3)
