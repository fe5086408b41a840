"""What a reader is told to type does what is said: executed, or parsed where that takes too long.

`documented.py` finds every command of README, TEACHING, CONTRIBUTING, docstrings, comments and the
prose of chapters. What is not executed stands in a table here, with the reason.
"""

import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib

import pytest

from course import progress
from course.figures import __main__ as figures
from tests.project import documented
from tests.project.documented import ROOT
from tests.project.test_commands import MODULES
from zooplus_sim import __main__ as simulator
from zooplus_sim.benchmark import __main__ as judge

COMMANDS = documented.commands()
OURS = "tests|tools|course|seqrec|benchmarks|zooplus_sim|website"
#: Not executed, and not parsed.
NOT_RUN = {
    r"git clone .*": "needs a network",
    r"git (add|pull|diff)": "is about what the reader changed",
    r"cd .*|source .*": "is the shell's own",
    r"python3 -m venv .*": "is Python's own",
    r"conda .*": "needs conda; test_environment_files looks at environment.yml",
    r"docker .*": "needs Docker; test_image runs what the image is made of",
    r"hadolint .*": "is a program of its own",
    r"(?:\S*python3? -m )?pip .*": "installs; what it names is looked up below",
    r"jupyter lab": "opens a browser; make test-browser does so",
    r"nbgrader .*": "takes a chapter's time; tests/course/classroom runs all three",
    r"python -m zooplus_sim\.benchmark (make|judge) .*": "test_benchmark_page.py runs them",
    r"\.venv/bin/ruff .*": "test_hygiene runs both, and writes nothing",
    r"torchrun .* train\.py(?: \.\.\.)?": "is about a program of the reader's own",
}
#: Parsed by the program itself, which then stops.
PARSED = {
    "benchmarks": "minutes to hours each",
    "course.authoring": "runs or tries whole chapters, or trains for minutes",
    "course.teaching": "judges some dozen answers; tests/course/teaching runs it",
    "seqrec.reproduce": "needs MovieLens, which is downloaded, and hours",
    "seqrec.serve": "serves until it is stopped; test_serving_page.py starts it",
    "tests.browser": "needs a browser",
    "tools": "installs an environment, opens JupyterLab",
    "website": "makes every page; tests/website makes some",
}
#: Executed here.
RUN = ("zooplus_sim", "course.figures", "course.progress", "make help")

MAINS = {
    "zooplus_sim": simulator.main,
    "zooplus_sim.benchmark": judge.main,
    "course.figures": figures.main,
    "course.progress": progress.main,
}

#: What stands for something of the reader's.
PLACEHOLDERS = {
    " NN": " 02",
    " NAME": " sasrec",
    "tools sasrec": "tools lab",
    " --seed N": " --seed 3",
    " FILE ...": " chapters/00_start_here.ipynb",
    " FILE": " build/a.png",
    " FOLDER": " build/a",
    " [SEED ...]": " 0 1",
    " GPUS": " 8",
    "seqrec.reproduce ...": "seqrec.reproduce movielens-1m --model sasrec",
    "bench_...": "bench_bst build/a.csv",
}
PARSE_ALL = """
import argparse, contextlib, io, json, os, runpy, sys
from torch.distributed import run as torchrun
from tools import __main__ as tools

class Parsed(BaseException):
    pass

asked = argparse.ArgumentParser.parse_args

def parse(self, *arguments, **options):
    asked(self, *arguments, **options)
    raise Parsed

def tried(words):
    if words[0] == "torchrun":
        options = torchrun.get_args_parser().parse_args(words[1:])
        return tried(["python", "-m", options.training_script, *options.training_script_args])
    if words[2] == "tools":
        # It says what it would run, and that is parsed in turn.
        runs = []
        tools.environment.prepare = lambda extras, torch="": "python"
        tools.run = lambda *command, **options: runs.append([str(word) for word in command]) or 0
        # Neither writes into workspace/.
        tools.workspace.reset = lambda *folders: (folders[0] / "a", None)
        tools.workspace.add_new_chapters = lambda *folders: []
        tools.main(words[3:])
        for command in runs:
            if command[2] not in ("jupyterlab", "pytest"):
                tried(command)
        return
    sys.argv = [words[2], *words[3:]]
    argparse.ArgumentParser.parse_args = parse
    try:
        if words[1] == "-m":
            runpy.run_module(words[2], run_name="__main__", alter_sys=True)
        else:
            sys.argv = words[1:]
            runpy.run_path(words[1], run_name="__main__")
        raise SystemExit("it parsed nothing")
    except Parsed:
        pass
    finally:
        argparse.ArgumentParser.parse_args = asked

for words in json.load(sys.stdin):
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            tried(words)
    except (SystemExit, Exception) as end:
        if getattr(end, "code", end) != 0:
            print(" ".join(words), "->", repr(end), said.getvalue()[-300:])
"""


def module_of(command):
    """The module of a command that is ours, or ""."""
    found = re.search(rf"-m ((?:{OURS})\b[\w.]*)", command)
    return found[1] if found else ""


def is_parsed(command):
    if re.fullmatch(r"python benchmarks/\S+\.py .*", command):
        return True
    return module_of(command).startswith(tuple(PARSED)) and "pytest" not in command


def is_run(command):
    return command == "make help" or (
        module_of(command).startswith(RUN) and not is_skipped(command)
    )


def is_skipped(command):
    return any(re.fullmatch(pattern, command) for pattern in NOT_RUN)


def is_made(command):
    return bool(re.match(r"(?:\S+=\S+ )*make (?!help\b)", command))


def is_collected(command):
    return "pytest" in command.split("-m benchmark")[0] and not is_made(command)


def words_of(command):
    for sign, example in PLACEHOLDERS.items():
        command = command.replace(sign, example)
    command = re.sub(r"\[(--\S+ \d+)\]", r"\1", command)
    return shlex.split(command)


def test_each_command_is_executed_parsed_or_listed_with_a_reason():
    ways = (is_run, is_parsed, is_skipped, is_made, is_collected)
    said = {command: [way.__name__ for way in ways if way(command)] for command in COMMANDS}
    assert len(said) > 100
    assert {command: ways for command, ways in said.items() if len(ways) != 1} == {}


def test_each_listed_reason_is_still_needed():
    for pattern in NOT_RUN:
        assert any(re.fullmatch(pattern, command) for command in COMMANDS), pattern
    for module in PARSED:
        assert any(module_of(command).startswith(module) for command in COMMANDS), module


def test_files_that_commands_name_are_there():
    ours = ("course", "benchmarks", "tests", "chapters", "docs", "solutions")
    named = {
        word
        for command in COMMANDS
        for word in command.split()
        if word.split("/")[0] in ours and "/" in word
    }
    assert len(named) > 20
    assert [word for word in sorted(named) if not list(ROOT.glob(word))] == []


def test_what_is_parsed_only_parses():
    there = sorted((ROOT / "workspace").rglob("*"))
    words = [words_of(command) for command in COMMANDS if is_parsed(command)]
    words += made([command for command in COMMANDS if is_made(command)])
    words = sorted(set(map(tuple, words)))
    assert len(words) > 50
    done = subprocess.run(
        [sys.executable, "-c", PARSE_ALL],
        input=json.dumps(words),
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert not done.stdout, done.stdout
    assert sorted((ROOT / "workspace").rglob("*")) == there


def made(commands):
    """What `make` would run, a list of words for each command of `tools`; [] without make."""
    found = []
    if shutil.which("make"):
        for command in commands:
            words = shlex.split(re.sub(r"^(?:\S+=\S+ )*make", "make -n", command))
            shown = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
            assert shown.returncode == 0, (command, shown.stderr)
            lines = re.findall(r"-m tools (.*)", shown.stdout)
            assert lines or command == "make clean", (command, shown.stdout)
            found += [["python", "-m", "tools", *shlex.split(line)] for line in lines]
    return found


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
def test_make_help_lists_what_there_is():
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True)
    named = {
        re.sub(r"^(?:\S+=\S+ )*", "", command).split()[1]
        for command in COMMANDS
        if is_made(command)
    }
    assert named <= set(re.findall(r"^ +make (\S+)", shown.stdout, re.MULTILINE))


def test_commands_of_the_simulator_and_the_figures_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    ours = [command for command in COMMANDS if is_run(command) and command != "make help"]
    # A starter file comes before what reads it.
    for number, command in enumerate(sorted(ours, key=lambda said: "--write-world" not in said)):
        words = words_of(command)
        run = MAINS[words[2]]
        line = re.sub(r"--users \d+", "--users 5", shlex.join(words[3:]))
        # A cluster there is in tests/seqrec/data. Each has a folder of its own, but for the shop.
        line = re.sub(r" --scheduler \S+", "", line).replace("--out log ", f"--out log{number} ")
        try:
            assert not run(shlex.split(line)), (command, capsys.readouterr().err)
        except SystemExit as end:
            assert end.code == 0 and "--help" in line, (command, capsys.readouterr().err)
    assert (tmp_path / "docs" / "ladder.png").stat().st_size > 10_000
    assert len((tmp_path / "clicks.csv").read_text().splitlines()) > 30_000


def test_whatever_is_called_a_command_anywhere_is_one():
    """Where only its name is said, without what it needs."""
    named = {
        name
        for _, text in documented.texts()
        for name in re.findall(rf"(?:python3?|py)\s+-m\s+((?:{OURS})[\w.]*\w)", text)
    }
    assert len(named) > 20 and named - {"benchmarks.bench_"} <= set(MODULES)


def test_benchmarks_that_are_run_by_pytest_hold_some():
    """Collecting them all would take a minute: it loads what they measure."""
    for command in COMMANDS:
        if is_collected(command) and "-m benchmark" in command:
            text = (ROOT / command.split()[-1]).read_text("utf-8")
            assert "pytest.mark.benchmark\n" in text and "\ndef test_" in text, command


def test_what_pip_is_told_to_install_is_there():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    told = " ".join(command for command in COMMANDS if "pip " in command)
    extras = re.findall(r"(?:zooplus-course|\.)\[([\w,]+)\]", told)
    named = {name for several in extras for name in several.split(",")}
    assert named and named <= set(project["optional-dependencies"])
    assert all((ROOT / file).is_file() for file in re.findall(r"-c (\S+)", told))
    # Whoever installs all of it gets exact versions, PyTorch's among them.
    assert all("-c constraints.txt" in line for line in COMMANDS if '".[' in line)


def test_subcommands_of_nbgrader_exist():
    apps = pytest.importorskip("nbgrader.apps")
    named = {command.split()[1] for command in COMMANDS if command.startswith("nbgrader ")}
    assert named and named <= set(apps.NbGraderApp.subcommands)
