"""Writes `constraints.txt`, the exact version of all that a set-up may install, on any system, and
`hashes.txt`, the hashes of all files of these versions.

Run by `make lock`. Installs the newest versions that pyproject.toml allows into a temporary
environment, freezes them, then adds what only other systems or other Pythons ask for (colorama on
Windows, appnope on macOS ...). A constraints file pins only what gets installed, so those lines
trouble nobody. Build tags are dropped: `torch==2.13.0` fits 2.13.0+cpu as well. The hashes are
those that uv finds in the package index, with the systems and Pythons that each package is for.

What builds the checkout is pinned in pyproject.toml, by hand.
"""

import argparse
import itertools
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tools.files import write_whole
from tools.hashes import ENTRY, SECTIONS, normalised
from tools.interpreter import ROOT, venv_python

HEADER = (
    "# Exact versions of everything the course installs. Written by `make lock`; ranges are in "
    "pyproject.toml.\n"
)
HASHES_HEADER = (
    "# Hashes of every file of every package in constraints.txt, PyTorch excepted. Written by "
    "`make lock`;\n# a set-up installs with them.\n"
)
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
OLDEST = f"{PYTHONS[0]}.0"  # some packages begin with a later patch
SYSTEMS = (
    {
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "platform_machine": "x86_64",
    },
    {
        "sys_platform": "darwin",
        "platform_system": "Darwin",
        "os_name": "posix",
        "platform_machine": "arm64",
    },
    {
        "sys_platform": "win32",
        "platform_system": "Windows",
        "os_name": "nt",
        "platform_machine": "AMD64",
    },
)
# torch itself pins its CUDA libraries exactly, in every build that has them.
PINNED_BY_TORCH = ("nvidia-", "cuda-", "triton")


def needed(installed: Iterable[metadata.Distribution]) -> dict[str, SpecifierSet]:
    """All that a set-up with every extra may install, on any system and Python: name -> versions.

    installed: where the requirements of each package are read
    """
    by_name = {canonicalize_name(distribution.name): distribution for distribution in installed}
    versions: dict[str, SpecifierSet] = {}
    waiting = course_requirements()
    seen = set()
    while waiting:
        requirement = waiting.pop()
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        name = canonicalize_name(requirement.name)
        if name.startswith(PINNED_BY_TORCH):
            continue
        versions[name] = versions.get(name, SpecifierSet()) & requirement.specifier
        for text in (by_name[name].requires or ()) if name in by_name else ():
            further = Requirement(text)
            if any(applies(further, extra) for extra in ("", *requirement.extras)):
                waiting.append(further)
    return versions


def course_requirements() -> list[Requirement]:
    """What pyproject.toml lists, in all extras, and what builds the checkout."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = itertools.chain(*project["optional-dependencies"].values())
    listed = [*building(), *project["dependencies"], *extras]
    return [
        requirement for text in listed if (requirement := Requirement(text)).name != project["name"]
    ]


def applies(requirement: Requirement, extra: str) -> bool:
    """Does the requirement's marker hold on any of `SYSTEMS` with any of `PYTHONS`?"""
    return requirement.marker is None or any(
        requirement.marker.evaluate(
            system | {"python_version": v, "python_full_version": f"{v}.0", "extra": extra}
        )
        for system in SYSTEMS
        for v in PYTHONS
    )


def is_for_oldest(distribution: metadata.Distribution) -> bool:
    """May the oldest Python install it?"""
    return OLDEST in SpecifierSet(distribution.metadata.get("Requires-Python") or "")


def building() -> list[str]:
    """What builds the checkout, exactly pinned in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return project["build-system"]["requires"]


def read_pins(constraints: Path = ROOT / "constraints.txt") -> dict[str, str]:
    """Package to version, from a file of constraints."""
    lines = constraints.read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def newest_anywhere(name: str, versions: SpecifierSet, python: Path) -> str:
    """The newest version of a package that the oldest Python can install.

    Windows is asked, which most of them serve.
    """
    command = [python, "-m", "pip", "install", "--dry-run", "--quiet", "--no-deps", "--report", "-"]
    command += ["--only-binary=:all:", "--target", "unused"]
    command += ["--platform", "win_amd64", "--python-version", OLDEST]
    report = subprocess.run(
        [*command, f"{name}{versions}"], check=True, capture_output=True, text=True
    ).stdout
    return json.loads(report)["install"][0]["metadata"]["version"]


def hashes(uv: Path, constraints: Path) -> str:
    """The text of hashes.txt: a section for what the libraries and their building need, then one
    for what each extra adds.

    uv:          the program
    constraints: the file of pins; what it doesn't hold is left out
    """
    pins = read_pins(constraints)
    written: set[str] = {"torch"}
    text = HASHES_HEADER
    for section in SECTIONS:
        text += f"# section: {section}\n"
        for found in ENTRY.finditer(compiled(uv, constraints, section)):
            name = normalised(found[1])
            if name in pins and name not in written:
                text += found[0]
                written.add(name)
    return text


def compiled(uv: Path, constraints: Path, section: str) -> str:
    """All that the libraries, their building and an extra need, on any system: for pip to read.

    section: the first of `SECTIONS`, or the extra
    """
    project = ROOT / "pyproject.toml"
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder, "building.in")
        listed.write_text("\n".join(building()) + "\n", encoding="utf-8")
        command = [uv, "pip", "compile", listed, project, "--constraints", constraints]
        command += ["--extra", section] if section != SECTIONS[0] else []
        command += ["--universal", "--python-version", OLDEST, "--generate-hashes"]
        command += ["--no-header", "--no-annotate", "--quiet"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main(arguments: list[str] | None = None) -> None:
    """Install, freeze, add what other systems ask for, and write both files."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.lock",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--hashes", action="store_true", help="keep constraints.txt, write hashes.txt anew"
    )
    only_hashes = parser.parse_args(arguments).hashes
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = venv_python(Path(folder))
        constraints = Path(folder, "constraints.txt")
        constraints.write_text(
            (ROOT / "constraints.txt").read_text(encoding="utf-8")
            if only_hashes
            else newest_pins(python),
            encoding="utf-8",
        )
        subprocess.run([python, "-m", "pip", "install", "--quiet", "uv"], check=True)
        locked = {
            "constraints.txt": constraints.read_text(encoding="utf-8"),
            "hashes.txt": hashes(python.with_name("uv"), constraints),
        }
    for name, text in locked.items():
        write_whole(ROOT / name, text)
        print(f"{name}: {len(re.findall('^[a-z].*==', text, re.MULTILINE))} packages")


def newest_pins(python: Path) -> str:
    """The text of constraints.txt, with the versions of the day.

    python: of an empty environment; the course is installed there
    """
    subprocess.run([python, "-m", "pip", "install", f"{ROOT}[test]", *building()], check=True)
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run(
        [python, "-c", ask], check=True, capture_output=True, text=True
    ).stdout.strip()
    installed = {canonicalize_name(d.name): d for d in metadata.distributions(path=[site])}
    pins = {
        name: installed[name].version.split("+")[0]
        if name in installed and is_for_oldest(installed[name])
        else newest_anywhere(name, versions, python)
        for name, versions in needed(installed.values()).items()
    }
    return HEADER + "".join(f"{name}=={version}\n" for name, version in sorted(pins.items()))


if __name__ == "__main__":
    main()
