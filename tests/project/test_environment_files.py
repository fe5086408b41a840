"""The files that describe the environment agree with each other."""

import os
import re
import stat
import subprocess
import sysconfig
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from course.play.forecasters import LEARNED
from tools import lock
from tools.hashes import SECTIONS, normalised, read_hashes
from tools.lock import building, course_requirements, needed, read_pins
from tools.packages import PYTORCH_WHEELS

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
REPOSITORY = PROJECT["urls"]["Repository"].removeprefix("https://github.com/")


def with_extras(extra: str) -> list[Requirement]:
    """What an extra asks for, the extras that it names among it."""
    listed = [Requirement(text) for text in PROJECT["optional-dependencies"][extra]]
    ours = [further for r in listed if r.name == PROJECT["name"] for further in r.extras]
    others = [r for r in listed if r.name != PROJECT["name"]]
    return others + [r for further in ours for r in with_extras(further)]


def test_conda_brings_python_and_pip_the_rest_in_exact_versions():
    *conda, by_pip = CONDA["dependencies"]
    assert [re.split(r"\W", text)[0] for text in conda] == ["python", "pip"]
    options = dict(line.split(" ", 1) for line in by_pip["pip"])
    assert options == {
        "--extra-index-url": PYTORCH_WHEELS + "cpu",
        "--constraint": "constraints.txt",
        "--editable": ".[lab]",
    }


def test_conda_takes_an_allowed_python_and_only_conda_forge():
    (python,) = [text for text in CONDA["dependencies"] if str(text).startswith("python=")]
    version = python.removeprefix("python=")
    assert version in Requirement(f"python{PROJECT['requires-python']}").specifier
    assert CONDA["channels"] == ["conda-forge", "nodefaults"]


def installed_here():
    """What pip put there.

    setuptools, once imported, shows packages of its own on sys.path, in other versions.
    """
    return metadata.distributions(
        path=sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    )


def test_every_package_that_any_system_installs_has_an_exact_pin():
    versions, pins = needed(installed_here()), read_pins()
    assert sorted(pins) == sorted(versions)
    assert not [
        f"{name}=={pins[name]} is not {asked}"
        for name, asked in versions.items()
        if pins[name] not in asked
    ]


def test_pins_are_what_is_installed():
    """Fails in an environment that was not made with the constraints file."""
    installed = {canonicalize_name(d.name): d.version.split("+")[0] for d in installed_here()}
    names = {canonicalize_name(requirement.name) for requirement in course_requirements()} - {
        "torch"
    }
    assert {name: installed[name] for name in names} == {name: read_pins()[name] for name in names}


def test_every_pin_is_for_the_oldest_python():
    pinned = read_pins()
    later = [
        distribution.name
        for distribution in metadata.distributions()
        if canonicalize_name(distribution.name) in pinned and not lock.is_for_oldest(distribution)
    ]
    assert not later


def test_every_pin_but_pytorchs_has_hashes_and_the_same_version():
    read = read_hashes(ROOT / "hashes.txt")
    assert list(read) == list(SECTIONS)
    entries = [entry for section in read.values() for entry in section.values()]
    versions = [re.match(r"([\w.-]+)==([^\s;]+)", entry).groups() for entry in entries]
    named = {normalised(name): version for name, version in versions}
    assert len(named) == len(versions)
    assert named == {name: pin for name, pin in read_pins().items() if name != "torch"}
    assert all(re.search(r"\n +--hash=sha256:[0-9a-f]{64}", entry) for entry in entries)


def test_the_hashes_hold_nothing_that_pip_would_read_otherwise():
    """Each line is an entry's first, a hash, a heading or a remark."""
    lines = (ROOT / "hashes.txt").read_text("utf-8").splitlines()
    first = r"[a-z0-9][\w.-]*==[\w.]+( ; [\w\s.'<>=!()]+)? \\"
    known = re.compile(rf"# .*|{first}|    --hash=sha256:[0-9a-f]{{64}}( \\)?")
    assert [line for line in lines if not known.fullmatch(line)] == []


@pytest.mark.parametrize(("section", "extra"), [("libraries", None), ("lab", "lab")])
def test_the_sections_up_to_an_extra_hold_what_it_asks_for(section, extra):
    read = read_hashes(ROOT / "hashes.txt")
    sections = SECTIONS[: SECTIONS.index(section) + 1]
    held = {name for one in sections for name in read[one]}
    asked = [*map(Requirement, PROJECT["dependencies"]), *(with_extras(extra) if extra else ())]
    assert {normalised(r.name) for r in asked} - {"torch"} <= held
    assert {normalised(Requirement(text).name) for text in building()} <= set(read["libraries"])


def test_what_builds_the_course_is_pinned_exactly_and_as_in_the_constraints():
    pins = read_pins()
    assert building() == [f"{name}=={pins[name]}" for name in map(named_in, building())]
    assert {"hatchling", "editables"} <= set(map(named_in, building()))


def named_in(text: str) -> str:
    return canonicalize_name(Requirement(text).name)


COMPILED = {
    "libraries": "numpy==2.5.0 \\\n    --hash=sha256:aa\ntorch==2.13.0 \\\n    --hash=sha256:bb\n",
    "lab": "numpy==2.5.0 \\\n    --hash=sha256:aa\njupyterlab==5.0 ; os_name == 'nt' \\\n"
    "    --hash=sha256:cc \\\n    --hash=sha256:dd\n",
    "test": "nvidia-x==1.0 \\\n    --hash=sha256:ee\njupyterlab==5.0 \\\n    --hash=sha256:cc\n",
}


@pytest.fixture
def locking(tmp_path, monkeypatch):
    """`make lock` in an empty folder, without what takes minutes."""
    pins = "# pins\njupyterlab==5.0\nnumpy==2.5.0\ntorch==2.13.0\n"
    monkeypatch.setattr(lock, "ROOT", tmp_path)
    monkeypatch.setattr(lock, "newest_pins", lambda python: pins)
    monkeypatch.setattr(lock, "compiled", lambda uv, constraints, section: COMPILED[section])
    monkeypatch.setattr(lock.subprocess, "run", lambda command, **options: None)
    return tmp_path


def test_lock_writes_the_pins_and_their_hashes(locking):
    lock.main([])
    assert read_pins(locking / "constraints.txt") == {
        "jupyterlab": "5.0",
        "numpy": "2.5.0",
        "torch": "2.13.0",
    }
    read = read_hashes(locking / "hashes.txt")
    assert {section: list(entries) for section, entries in read.items()} == {
        "libraries": ["numpy"],
        "lab": ["jupyterlab"],
        "test": [],
    }
    assert read["lab"]["jupyterlab"].count("--hash") == 2


def test_a_lock_that_fails_leaves_both_files_as_they_were(locking, monkeypatch):
    lock.main([])
    before = {path.name: path.read_bytes() for path in locking.iterdir()}

    def no_network(*arguments):
        raise subprocess.CalledProcessError(2, "uv")

    monkeypatch.setattr(lock, "newest_pins", lambda python: "numpy==3.0\n")
    monkeypatch.setattr(lock, "compiled", no_network)
    with pytest.raises(subprocess.CalledProcessError):
        lock.main([])
    assert {path.name: path.read_bytes() for path in locking.iterdir()} == before


def test_binder_finds_the_models_of_the_page_to_play_with():
    """It clones the repository: what git does not know is not there."""
    listed = subprocess.run(
        ["git", "ls-files", "course/play/models"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    for name in LEARNED:
        folder = f"course/play/models/{name.lower()}/"
        assert {Path(path).suffix for path in listed.stdout.split() if path.startswith(folder)} == {
            ".json",
            ".safetensors",
        }


@pytest.mark.skipif(os.name == "nt", reason="Windows has no executable bit")
@pytest.mark.parametrize("script", ["start", ".ci/run"])
def test_scripts_are_executable(script):
    assert (ROOT / script).stat().st_mode & stat.S_IXUSR


def test_ci_runs_the_readmes_test_command():
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert lines[-1] == "exec make test"
    assert "make test" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_citation_agrees_with_pyproject():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["cff-version"] == "1.2.0" and citation["type"] == "software"
    assert citation["version"] == PROJECT["version"]
    assert citation["repository-code"] == PROJECT["urls"]["Repository"]
    assert " AND ".join(citation["license"]) == PROJECT["license"]
    assert [author["name"] for author in citation["authors"]] == [
        author["name"] for author in PROJECT["authors"]
    ]


@pytest.mark.parametrize(
    "file", ["README.md", "TEACHING.md", "CITATION.cff", "CONTRIBUTING.md", "docs/setup.md"]
)
def test_the_repositorys_address_is_the_same_everywhere(file):
    """`project.urls` in pyproject.toml is the place to change it: this then names what is left."""
    text = (ROOT / file).read_text(encoding="utf-8")
    addresses = re.findall(r"(?:github\.com|mybinder\.org/v2/gh|/github)/([\w.-]+/[\w-]+)", text)
    assert addresses and set(addresses) == {REPOSITORY}
