"""The package that students get: the released chapters, and what of the course they run on.

A file goes in only if git knows it, so that an exam that lies about in the folder stays there.
Where there is no git, a file goes in by its folder and its kind, unless its name speaks of an exam
or a solution. Links never go in. Notebooks go in without outputs: a guess comes before its answer.
"""

import ast
import io
import os
import re
import secrets
import subprocess
import zipfile
from pathlib import Path

import nbformat

from course.authoring.execution import serialise
from course.authoring.masters import ROOT
from course.authoring.student_files import student_makefile, student_readme
from course.coach.find import PAGES

WITHHELD = '''\
def solution(id: str) -> None:
    """Solutions are given out by the teacher."""
    show(message_card(f"The solution of {id} is your teacher's to give out. \
`hint(\\"{id}\\")` says more."))
'''
# A student's course: these, and the released chapters. Masters, solved notebooks and authors' tools
# stay here.
HANDED_OUT = ("seqrec", "zooplus_sim", "course", "tools", "chapters", "docs")
FILES = (
    "README.md",
    "LICENSE",
    "CITATION.cff",
    "Makefile",
    "pyproject.toml",
    "constraints.txt",
    "hashes.txt",
    "environment.yml",
    "Dockerfile",
    ".dockerignore",
    "start",
    ".gitattributes",
)
EXECUTABLE = ("start",)
# Pages with exercises are released as chapters are.
EXERCISED = "|".join(page for page, number in PAGES.items() if number)
KEPT_BACK = re.compile(
    r"course/(authoring|marking|teaching)(/.*|\.py)|website/.*|tools/lock\.py|docs/card-.*"
    rf"|chapters/(\d\d_|{EXERCISED}).*"
    r"|(.*/)?(__pycache__|\.ipynb_checkpoints)/.*"
)
# What is believed without git.
KINDS = {".csv", ".ipynb", ".json", ".jsonl", ".md", ".png", ".py", ".safetensors"}
KINDS |= {".toml", ".typed", ".webp"}
PRIVATE = re.compile(r"exam(?!ple)|solution|solved|(^|/)\.", re.IGNORECASE)


def student_package(folder: Path, root: Path = ROOT) -> Path:
    """Make `student.zip`, and give its path. The same files make the same bytes.

    It holds the released chapters of the course in `folder` and what they run on, without any
    solution. An older package stays until the new one is whole.
    """
    listed = listed_files(root)
    released = {}
    for path in sorted((folder / "release").glob("*/*.ipynb")):
        # Other assignments of the teacher's are released to those they are for.
        if f"chapters/{path.name}" in listed and path.stem == path.parent.name:
            released[path.name] = path.read_bytes()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(name for name in listed if is_handed_out(name)):
            data = (root / name).read_bytes()
            if name == "course/coach/notebook.py":
                data = replace_function(data.decode(), "solution", WITHHELD).encode()
            if name == "README.md":
                data = student_readme(released).encode()
            if name == "Makefile":
                data = student_makefile(data.decode()).encode()
            if name.endswith(".ipynb"):
                data = without_outputs(data)
            _add(archive, name, data, executable=name in EXECUTABLE)
        for name, data in released.items():
            _add(archive, f"chapters/{name}", without_outputs(data))
    return write_whole(folder / "student.zip", packed.getvalue())


def listed_files(root: Path) -> set[str]:
    """Names, relative to `root`, of the files of the course that are there and are no links."""
    names = _tracked(root)
    if names is None:
        names = _by_kind(root)
    return {name for name in names if _is_file_of(root, name)}


def has_git(root: Path = ROOT) -> bool:
    """Is `root` a checkout whose files git can list?"""
    return _tracked(root) is not None


def _tracked(root: Path) -> list[str] | None:
    """What git knows of the checkout in `root`; None if there is none, or no git."""
    try:
        # The folder may lie, unknown, in somebody else's checkout.
        above = _git(root, "rev-parse", "--show-cdup")
        listed = _git(root, "ls-files", "-z")
    except OSError:
        return None
    if above.returncode or above.stdout.strip() or listed.returncode:
        return None
    return [os.fsdecode(name) for name in listed.stdout.split(b"\0") if name]


def _git(root: Path, *command: str) -> subprocess.CompletedProcess[bytes]:
    # A hook of git's sets variables that name its own checkout.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(["git", *command], cwd=root, env=plain, capture_output=True)


def _by_kind(root: Path) -> list[str]:
    found = [path for place in HANDED_OUT for path in (root / place).rglob("*")]
    names = [path.relative_to(root).as_posix() for path in found if path.suffix in KINDS]
    return [*FILES, *(name for name in names if not PRIVATE.search(name))]


def _is_file_of(root: Path, name: str) -> bool:
    """A file, reached without a link."""
    path = root.resolve() / name
    return path.is_file() and path.resolve() == path


def is_handed_out(name: str) -> bool:
    """Does a file of the course, by its name relative to the root, go to students?"""
    place = name.split("/")[0]
    return name in FILES or (
        place in HANDED_OUT and place != name and not KEPT_BACK.fullmatch(name)
    )


def _add(archive: zipfile.ZipFile, name: str, data: bytes, executable: bool = False) -> None:
    # without a date, and as if made on one system: the same files make the same archive
    entry = zipfile.ZipInfo(f"course/{name}")
    entry.create_system = 3
    entry.external_attr = (0o755 if executable else 0o644) << 16
    archive.writestr(entry, data, zipfile.ZIP_DEFLATED)


def without_outputs(data: bytes) -> bytes:
    """A notebook's bytes without outputs and execution counts; what is no notebook as it is."""
    try:
        notebook = nbformat.reads(data.decode(), as_version=4)
    except (ValueError, nbformat.ValidationError):
        return data
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
            cell.execution_count = None
    return serialise(notebook).encode()


def write_whole(path: Path, data: bytes) -> Path:
    """Write a file, over an older one if there is one: it holds the old or the new."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        part.write_bytes(data)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path


def replace_function(source: str, name: str, instead: str) -> str:
    """`source` with its top-level function `name` written anew."""
    functions = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    [node] = [node for node in functions if node.name == name]
    lines = source.splitlines(keepends=True)
    lines[node.lineno - 1 : node.end_lineno] = io.StringIO(instead).readlines()
    return "".join(lines)
