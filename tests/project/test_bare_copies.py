"""A learner's copy of a chapter shows no answer before its guess."""

import json
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.authoring.execution import serialise
from tools import workspace
from tools.bare import bare

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "chapters").glob("*.ipynb"))


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """What a learner has after the first start."""
    folder = tmp_path_factory.mktemp("course") / "workspace"
    workspace.add_new_chapters(ROOT / "chapters", folder)
    return folder


def codes(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


# The glossary has no code.
WITH_CODE = [page for page in PAGES if codes(nbformat.read(page, as_version=4))]


@pytest.mark.parametrize("page", WITH_CODE, ids=lambda path: path.stem)
def test_no_cell_of_a_learners_copy_holds_an_output_and_all_else_is_as_it_was(page, copies):
    ours = nbformat.read(page, as_version=4)
    assert any(cell.outputs for cell in codes(ours)), "nothing to leave out: this shows nothing"
    theirs = nbformat.read(copies / page.name, as_version=4)
    nbformat.validate(theirs)
    assert all(cell.outputs == [] and cell.execution_count is None for cell in codes(theirs))
    for cell in codes(ours):
        cell.outputs = []
        cell.execution_count = None
    assert theirs == ours


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_saving_an_unchanged_copy_changes_no_byte(page, copies):
    text = (copies / page.name).read_text("utf-8")
    assert serialise(nbformat.reads(text, as_version=4)) == text


def test_a_fresh_copy_of_a_chapter_comes_without_outputs_too(copies):
    workspace.reset(ROOT / "chapters", copies, "02")
    fresh = nbformat.read(copies / "02_sequences.ipynb", as_version=4)
    assert not [cell for cell in codes(fresh) if cell.outputs]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["cells", "cell_type", "outputs", "a"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(st.binary(max_size=50) | JSON.map(lambda document: json.dumps(document).encode()))
def test_what_is_no_notebook_is_copied_as_it_is(data):
    after = bare(data)
    if after != data:
        cells = json.loads(after)["cells"]
        assert all(cell.get("outputs", []) == [] for cell in cells if cell["cell_type"] == "code")


def test_the_marks_of_a_merge_reach_the_learner_for_jupyterlab_tells_what_they_are():
    torn = b'<<<<<<< HEAD\n{"cells": []}\n=======\n'
    assert bare(torn) == torn
