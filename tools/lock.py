"""Writes `constraints.txt`: the exact version of everything that a set-up may install, on any system.

Run by `make lock`. Installs the newest versions that pyproject.toml allows into a temporary environment, freezes them,
then adds what only other systems or other Pythons ask for (colorama on Windows, appnope on macOS ...). A constraints
file pins only what gets installed, so those lines trouble nobody. Build tags are dropped: `torch==2.13.0` fits
2.13.0+cpu as well.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tools.environment import ROOT, venv_python

COURSE = "zooplus-course"
HEADER = "# Exact versions of everything the course installs. Written by `make lock`; ranges are in pyproject.toml.\n"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SYSTEMS = (
    {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix", "platform_machine": "arm64"},
    {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
)
# torch itself pins its CUDA libraries exactly, in every build that has them.
PINNED_BY_TORCH = ("nvidia-", "cuda-", "triton")


def requirements(distributions: list[metadata.Distribution]) -> Iterator[Requirement]:
    """What the installed distributions ask for on some system and Python; the course itself with its extras."""
    for distribution in distributions:
        extras = ("test", "parquet", "classroom", "benchmarks") if distribution.name == COURSE else ()
        for text in distribution.requires or ():
            requirement = Requirement(text)
            if requirement.marker is None or any(applies(requirement, extra) for extra in ("", *extras)):
                yield requirement


def applies(requirement: Requirement, extra: str) -> bool:
    """Does the requirement's marker hold on any of `SYSTEMS` with any of `PYTHONS`?"""
    return any(
        requirement.marker.evaluate(system | {"python_version": v, "python_full_version": f"{v}.0", "extra": extra})
        for system in SYSTEMS
        for v in PYTHONS
    )


def missing_pins(pinned: set[str], distributions: list[metadata.Distribution]) -> dict[str, SpecifierSet]:
    """What some system would install without a pin, with the versions that are asked for."""
    missing: dict[str, SpecifierSet] = {}
    for requirement in requirements(distributions):
        name = canonicalize_name(requirement.name)
        if name not in pinned and name != COURSE and not name.startswith(PINNED_BY_TORCH):
            missing[name] = missing.get(name, SpecifierSet()) & requirement.specifier
    return missing


def newest_anywhere(name: str, versions: SpecifierSet, python: Path) -> str:
    """The newest version of a package that this system has no use for; Windows is asked, which most of them serve."""
    command = [python, "-m", "pip", "install", "--dry-run", "--quiet", "--no-deps", "--report", "-"]
    command += ["--only-binary=:all:", "--target", "unused", "--platform", "win_amd64", "--python-version", "3.12"]
    report = subprocess.run([*command, f"{name}{versions}"], check=True, capture_output=True, text=True).stdout
    return json.loads(report)["install"][0]["metadata"]["version"]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = venv_python(Path(folder))
        subprocess.run([python, "-m", "pip", "install", f"{ROOT}[test]"], check=True)
        ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
        site = subprocess.run([python, "-c", ask], check=True, capture_output=True, text=True).stdout.strip()
        distributions = list(metadata.distributions(path=[site]))
        pins = {canonicalize_name(d.name): d.version.split("+")[0] for d in distributions}
        del pins[COURSE], pins["pip"]
        for name, versions in missing_pins(set(pins), distributions).items():
            pins[name] = newest_anywhere(name, versions, python)
    lines = [f"{name}=={version}\n" for name, version in sorted(pins.items())]
    (ROOT / "constraints.txt").write_text(HEADER + "".join(lines), encoding="utf-8")
    print(f"constraints.txt: {len(lines)} packages")


if __name__ == "__main__":
    main()
