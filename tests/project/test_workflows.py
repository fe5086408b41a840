"""What runs elsewhere when somebody pushes: the course's own commands, nothing else."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from tools.__main__ import parser
from website.__main__ import OUT

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))
}
COMMANDS = sorted(
    step["run"]
    for workflow in WORKFLOWS.values()
    for job in workflow["jobs"].values()
    for step in job["steps"]
    if "run" in step
)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_step_runs_one_of_the_courses_commands(command):
    name = re.fullmatch(r"(?:make|python -m tools) ([a-z-]+)", command)[1]
    parser().parse_args([name])


def test_the_suite_runs_on_three_systems_and_every_python_from_the_oldest_allowed_on():
    matrix = WORKFLOWS["test"]["jobs"]["test"]["strategy"]["matrix"]
    assert {name.partition("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    allowed = Requirement(f"python{project['requires-python']}").specifier
    minors = [int(version.removeprefix("3.")) for version in matrix["python"]]
    assert all(f"3.{minor}" in allowed for minor in minors)
    assert f"3.{minors[0] - 1}" not in allowed
    assert minors == list(range(minors[0], minors[0] + len(minors)))


def test_what_is_published_is_what_the_site_command_makes():
    (upload,) = [
        step
        for step in WORKFLOWS["site"]["jobs"]["build"]["steps"]
        if "path" in step.get("with", {})
    ]
    assert ROOT / upload["with"]["path"] == OUT


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_a_workflow_may_only_read_and_ends_some_time(workflow):
    assert WORKFLOWS[workflow]["permissions"] == {"contents": "read"}
    assert all("timeout-minutes" in job for job in WORKFLOWS[workflow]["jobs"].values())
