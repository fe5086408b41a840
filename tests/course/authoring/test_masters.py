"""What is made of a master, before anything runs."""

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.authoring.masters import BEGIN, END, Course, MasterError, exercises, make_notebook

TITLE = "# %% [markdown]\n# # 91 · Small\n\n"
ANSWER = f"""\
# %%
@exercise("91.1")
def double(number):
    \"\"\"Twice the number.\"\"\"
    {BEGIN}
    return 2 * number
    {END}


"""


def test_a_chapter_has_a_stub_where_its_master_has_a_solution(small):
    course = small(TITLE + ANSWER)
    chapter = make_notebook(course.master("91"), solved=False)
    assert (
        chapter.cells[1].source
        == '@exercise("91.1")\ndef double(number):\n    """Twice the number."""\n    ...'
    )


def test_each_method_of_a_class_keeps_its_own_stub(small):
    method = f"    def {{}}(self):\n        {BEGIN}\n        return 1\n        {END}\n\n"
    course = small(
        TITLE + '# %%\n@exercise("91.1")\nclass Model:\n' + method.format("a") + method.format("b")
    )
    chapter = make_notebook(course.master("91"), solved=False)
    assert chapter.cells[1].source.count("...") == 2
    assert "return" not in chapter.cells[1].source


def test_the_solved_notebook_holds_the_master_s_cells_unchanged(small):
    course = small(TITLE + ANSWER)
    assert (
        make_notebook(course.master("91"), solved=True).cells[1].source
        == ANSWER.removeprefix("# %%\n").strip()
    )


@pytest.mark.parametrize("solved", [False, True])
def test_an_authors_note_is_in_the_metadata_and_a_learner_reads_none(small, solved):
    notebook = make_notebook(small(TITLE + ANSWER).master("91"), solved)
    nbformat.validate(notebook)
    lines = notebook.cells[0].source.splitlines()
    assert lines[0] == "# 91 · Small"
    note = notebook.metadata.course.note
    assert "solutions/91_small.py" in note and "make chapters" in note
    assert not any("make chapters" in cell.source for cell in notebook.cells)
    assert lines[2:3] == (["*Chapter 91, solved.*"] if solved else [])


def test_an_edit_of_a_solution_changes_nothing_in_the_chapter_s_cells(small):
    before = make_notebook(small(TITLE + ANSWER).master("91"), solved=False)
    after = make_notebook(
        small(TITLE + ANSWER.replace("2 * number", "number + number")).master("91"), solved=False
    )
    assert before.cells == after.cells
    assert before.metadata.course.sha256 != after.metadata.course.sha256


def test_a_cell_has_one_id_in_the_chapter_and_in_the_solved_notebook(small):
    master = small(TITLE + ANSWER + "# %%\ndouble(1)\n").master("91")
    first, *chapter = [cell.id for cell in make_notebook(master, solved=False).cells]
    _, *solved = [cell.id for cell in make_notebook(master, solved=True).cells]
    assert chapter == solved


CELLS = st.lists(
    st.tuples(
        st.sampled_from(["# %%\n", "# %% [markdown]\n# "]),
        st.sampled_from(["a = 1", "b = 2", "c = 3", "d = 4"]),
    ),
    max_size=8,
)


@given(cells=CELLS, position=st.integers(0, 8), data=st.data())
@settings(max_examples=60, deadline=None)
def test_ids_are_unique_and_outlive_a_cell_put_in_elsewhere(
    tmp_path_factory, cells, position, data
):
    folder = tmp_path_factory.mktemp("ids")

    def ids(cells):
        master = folder / "91_small.py"
        master.write_text(TITLE + "\n\n".join(marker + source for marker, source in cells) + "\n")
        return [cell.id for cell in make_notebook(master, solved=False).cells]

    before = ids(cells)
    assert len(set(before)) == len(before)
    after = ids([*cells[:position], ("# %%\n", "new = 0"), *cells[position:]])
    assert [id for id in after if id in before] == before
    assert len(after) == len(before) + 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# %%\n1 + 1\n", "has no title"),
        (TITLE + ANSWER.replace(END, ""), "line 4 begins never ends"),
        (TITLE + ANSWER.replace(END, "### END"), "line 4 begins never ends"),
        (TITLE + ANSWER.replace(BEGIN, ""), "line 6 ends a solution that never began"),
        (TITLE + ANSWER.replace(BEGIN, f"{BEGIN}\n    {BEGIN}"), "line 5 begins a solution inside"),
        (TITLE + ANSWER.replace(BEGIN, "## BEGIN SOLUTION"), "line 4 is '## BEGIN SOLUTION'"),
        (TITLE + ANSWER.replace(BEGIN, "### Begin Solution"), "line 4 is '### Begin Solution'"),
        (TITLE + ANSWER.replace(BEGIN, f"number += 0  {BEGIN}"), "alone on its line"),
        (
            TITLE + ANSWER.replace(f"    {BEGIN}\n", "").replace(f"    {END}\n", ""),
            "learners would see its solution",
        ),
        (TITLE + ANSWER.replace("(number):", "(number)"), "line 2 is not Python: expected ':'"),
        (TITLE + '# %% tags=["nbval-chek-output"]\n1\n', "unknown tag 'nbval-chek-output'"),
        (TITLE + '# %% tags=["timing", "nbval-check-output"]\n1\n', "a time can't be compared"),
    ],
)
def test_a_bad_master_is_refused_with_its_place(small, text, message):
    with pytest.raises(MasterError, match="91_small.py") as error:
        make_notebook(small(text).master("91"), solved=False)
    assert message in str(error.value)


def test_an_unknown_chapter_is_refused_with_those_that_are_there(small):
    with pytest.raises(MasterError, match="there are: 91_small"):
        small(TITLE).master("07")
    with pytest.raises(MasterError, match="none"):
        Course(small(TITLE).root / "nowhere").master("07")


def test_exercises_are_found_with_their_lines_and_nothing_else_is():
    source = (
        'x = 1\n\n@exercise("3.1")\ndef f(x):\n    return x\n\n\n'
        '@other("3.2")\ndef g(x):\n    return x\n'
    )
    assert exercises(source) == [("3.1", "f", 3, 5)]
    assert exercises('@exercise("3.4")\nclass Model:\n    width = 1') == [("3.4", "Model", 1, 3)]
    assert exercises("exercise = 3") == []
