"""A tiny course of one chapter, in a folder of its own."""

import shutil
from pathlib import Path

import pytest

from course.authoring.build import build
from course.authoring.masters import Course

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def tiny(tmp_path) -> Course:
    """The tiny course, nothing made yet."""
    shutil.copytree(FIXTURES, tmp_path / "tiny")
    return Course(tmp_path / "tiny")


@pytest.fixture(scope="session")
def built_once(tmp_path_factory) -> Course:
    """The tiny course, made. Look at it only; tests that change something take `built`."""
    root = tmp_path_factory.mktemp("built") / "tiny"
    shutil.copytree(FIXTURES, root)
    course = Course(root)
    assert build(course, course.masters()) == []
    return course


@pytest.fixture
def built(built_once, tmp_path) -> Course:
    """A copy of the made tiny course."""
    shutil.copytree(built_once.root, tmp_path / "tiny")
    return Course(tmp_path / "tiny")


@pytest.fixture
def small(tmp_path):
    """Make a course whose one master has the given text.

    Without imports its kernel starts fast.
    """

    def make(text: str) -> Course:
        (tmp_path / "solutions").mkdir(exist_ok=True)
        (tmp_path / "solutions" / "91_small.py").write_text(text)
        return Course(tmp_path)

    return make
