"""The commands of the course: `python -m tools lab`, which `make lab` calls.

Runs with any Python 3.11 or newer and needs nothing installed: it makes the environment that the
rest runs in.
"""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tools import environment, workspace

ROOT = environment.ROOT
CHAPTERS = ROOT / "chapters"
WORKSPACE = ROOT / "workspace"
BUILD = ROOT / "build"
FIRST = "00_start_here.ipynb"
# Extras. After the second, the first asks for nothing new.
LEARNER = ("lab",)
AUTHOR = ("lab", "test")
# glibc keeps freed memory; so told, it gives it back: chapter 08 peaks 100 MB lower, no slower.
GIVE_BACK = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "1048576",
    "MALLOC_TRIM_THRESHOLD_": "8388608",
}
# File by file, by one worker more than cores: now and then a test waits for a browser or a clock.
# Four kernels are as many as a laptop's memory likes.
SUITE = ["-n", str(min((os.cpu_count() or 1) + 1, 4)), "--dist", "loadfile"]
SUITE += ["--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout", "300"]
# Each solution is judged by tests/course/keys: three solved notebooks will do (CONTRIBUTING.md).
SUITE += ["tests", "chapters", *map(str, sorted((ROOT / "solutions").glob("0[0-2]_*.ipynb")))]


def lab(options: argparse.Namespace) -> int:
    """Bring new chapters into the workspace and open JupyterLab there."""
    python = environment.prepare(LEARNER, options.torch)
    bring_new_chapters(WORKSPACE)
    flags = [f"--LabApp.default_url=/lab/tree/{FIRST}", *lab_flags(), *options.more]
    return run(python, "-m", "jupyterlab", *flags, folder=WORKSPACE)


def setup(options: argparse.Namespace) -> int:
    """All that `lab` does before it opens JupyterLab: for VS Code, or the evening before."""
    environment.prepare(LEARNER, options.torch)
    bring_new_chapters(WORKSPACE)
    return 0


def copies(options: argparse.Namespace) -> int:
    """Bring new chapters into a folder, and nothing else. Raises WorkspaceError."""
    bring_new_chapters(Path(options.folder).absolute() if options.folder else WORKSPACE)
    return 0


def bring_new_chapters(folder: Path) -> None:
    """Copy the chapters that are not in `folder` yet, and tell their names."""
    for path in workspace.add_new_chapters(CHAPTERS, folder):
        if path.suffix == ".ipynb":
            print(f"new in {folder.name}/: {path.name}", flush=True)


def reset(options: argparse.Namespace) -> int:
    """A fresh copy of one chapter. Raises WorkspaceError if there is no such chapter."""
    fresh, kept = workspace.reset(CHAPTERS, WORKSPACE, options.chapter)
    if kept:
        print(f"Your copy is kept as workspace/{kept.name}")
    print(
        f"Fresh: workspace/{fresh.name}. If it is open in JupyterLab: File > Reload Notebook from "
        "Disk."
    )
    return 0


def progress(options: argparse.Namespace) -> int:
    """How far the learner has come."""
    python = environment.prepare(LEARNER, options.torch)
    return run(python, "-m", "course.progress", *options.more)


def test(options: argparse.Namespace) -> int:
    """The whole test suite."""
    python = environment.prepare(AUTHOR, options.torch)
    return run(python, "-m", "pytest", *SUITE, *options.more)


def fuzz(options: argparse.Namespace) -> int:
    """The tests with odd inputs, twenty times as many."""
    python = environment.prepare(AUTHOR, options.torch)
    os.environ.setdefault("FUZZ", "20")
    return run(python, "-m", "pytest", "tests/fuzz", *options.more)


def bench(options: argparse.Namespace) -> int:
    """The benchmarks."""
    python = environment.prepare(AUTHOR, options.torch)
    return run(python, "-m", "pytest", "-m", "benchmark", "-s", "benchmarks", *options.more)


def test_browser(options: argparse.Namespace) -> int:
    """Every chapter in a real Chromium. Fails if the tests fail or a chapter does."""
    python = environment.prepare(AUTHOR, options.torch)
    tested = run(python, "-m", "pytest", "tests/browser")
    notebooks = [str(path) for path in sorted(CHAPTERS.glob("*.ipynb"))]
    out = BUILD / "screenshots"
    words = [*notebooks, "--out", str(out), *options.more]
    return run(python, "-m", "tests.browser.run_chapter", *words) or tested


def lock(options: argparse.Namespace) -> int:
    """Write constraints.txt and hashes.txt anew, with today's versions."""
    return run(environment.prepare(AUTHOR, options.torch), "-m", "tools.lock")


def author(name: str, module: str) -> Callable[[argparse.Namespace], int]:
    """A command of authors and teachers, which runs a module of theirs."""

    def action(options: argparse.Namespace) -> int:
        python = environment.prepare(AUTHOR, options.torch)
        return run(python, "-m", module, *options.more)

    action.__name__ = name
    return action


coach_report = author("coach_report", "tests.course.keys.answers.report")
chapters = author("chapters", "course.authoring.build")
classroom = author("classroom", "course.authoring.classroom")
exam = author("exam", "course.teaching.exam")
class_view = author("class_view", "course.teaching.class_view")
site = author("site", "website")
teach = author("teach", "course.teaching.teach")


def run(python: Path, *command: str, folder: Path = ROOT) -> int:
    """Run in the course's environment until it ends; return its exit status."""
    process = subprocess.Popen([str(python), *command], cwd=folder, env=settings())
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # It has had its own Ctrl-C (Jupyter asks back): wait for what it makes of it.
            continue


def settings() -> dict[str, str]:
    """The environment variables that the course runs under."""
    paths = [str(ROOT / "tools" / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    return {
        # The same figures everywhere, and faster on a busy machine.
        "OMP_NUM_THREADS": "1",
        **GIVE_BACK,
        **os.environ,
        # No question about news, no look-up of updates, no buttons of the authors' tools.
        "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, paths)),
        # This environment's kernel goes before one of the same name that the user has elsewhere.
        "JUPYTER_PREFER_ENV_PATH": "1",
    }


def lab_flags() -> list[str]:
    """JupyterLab refuses to run as root unless told; in a container everybody is."""
    return ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


#: What some commands work with. Students' packages are without, and without these commands.
NEEDS = {
    test: "tests",
    fuzz: "tests",
    coach_report: "tests",
    bench: "benchmarks",
    chapters: "course/authoring",
    test_browser: "tests",
    classroom: "course/authoring",
    exam: "course/teaching",
    teach: "course/teaching",
    class_view: "course/teaching",
    site: "website",
    lock: "tools/lock.py",
}


def parser() -> argparse.ArgumentParser:
    """The command line: a subcommand for each action whose files are there."""
    root = argparse.ArgumentParser(prog="python -m tools", description=__doc__.splitlines()[0])
    commands = root.add_subparsers(dest="command", required=True, metavar="command")
    for action, text in (
        (lab, "set up if needed, bring new chapters into workspace/, open JupyterLab there"),
        (setup, "set up if needed and bring new chapters into workspace/; opens nothing"),
        (copies, "bring new chapters into a folder, without outputs; sets up nothing"),
        (reset, "a fresh copy of one chapter; yours is kept beside it"),
        (progress, "how far you have come: exercises, guesses, quizzes, a line a chapter"),
        (test, "the whole test suite"),
        (fuzz, "the tests with odd inputs, twenty times as many (FUZZ=100 for more)"),
        (coach_report, "how the coach judges a bank of answers, a line a chapter"),
        (bench, "the benchmarks"),
        (chapters, "make chapters/ from solutions/"),
        (test_browser, "every chapter in a real Chromium, screenshots into build/screenshots"),
        (classroom, "an nbgrader course and a package for students, into build/classroom"),
        (exam, "an exam from the keys, for Moodle and on paper, into build/exam"),
        (teach, "wrong ideas, a plan by the minute and slides of each chapter, into build/teach"),
        (class_view, "which wrong idea the room has now, from the folder of a class"),
        (site, "the course as a website, into build/site"),
        (lock, "write constraints.txt and hashes.txt anew, with today's versions"),
    ):
        if not (ROOT / NEEDS.get(action, "")).exists():
            continue
        command = commands.add_parser(
            action.__name__.replace("_", "-"), help=text, description=text
        )
        command.set_defaults(action=action)
        if action is reset:
            command.add_argument("chapter", help="number or name, such as 02")
            continue
        if action is copies:
            command.add_argument("folder", nargs="?", help="where to; workspace/ by default")
            continue
        command.add_argument(
            "--torch",
            default="",
            metavar="BUILD",
            help=f"build of PyTorch: {environment.TORCH_CHOICES}",
        )
        if action not in (lock, setup):
            command.add_argument(
                "more", nargs="*", help="after --: passed on, such as  -- --no-browser"
            )
    return root


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit status, 2 for something that the reader can mend."""
    options = parser().parse_args(arguments)
    try:
        return options.action(options)
    except (environment.SetupError, workspace.WorkspaceError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped. The same command goes on from here.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
