"""What holds for every guess of every chapter: its key, its cell, and the cell that answers it."""

import ast
import re

import nbformat
import pytest

import course
from course.authoring.masters import Course, make_notebook, number_of
from course.coach.find import chapters, load_key
from course.coach.guesses.kinds import comment_of

COURSE = Course()
MASTERS = {number_of(path): path for path in COURSE.masters()}
every_chapter = pytest.mark.parametrize("chapter", chapters())
WORD = "**Guess"


def guesses_of(chapter):
    return load_key(chapter).GUESSES


def cells_of(chapter):
    return make_notebook(MASTERS[chapter], solved=False).cells


def calls(cell, name):
    """The calls of a function at the top of a code cell, as their arguments."""
    if cell.cell_type != "code" or f"{name}(" not in cell.source:
        return []
    found = [node.value for node in ast.parse(cell.source).body if isinstance(node, ast.Expr)]
    return [
        node.args for node in found if isinstance(node, ast.Call) and ast.unparse(node.func) == name
    ]


@every_chapter
def test_guesses_count_up_from_one(chapter):
    guesses = guesses_of(chapter)
    assert [each.id for each in guesses] == [f"{int(chapter)}.{n + 1}" for n in range(len(guesses))]


@every_chapter
def test_each_is_asked_in_a_cell_of_guesses_alone_that_says_what_to_write(chapter):
    guesses = {each.id: each for each in guesses_of(chapter)}
    asked = []
    for cell in cells_of(chapter):
        ids = [args[0].value for args in calls(cell, "guess")]
        if not ids:
            continue
        due = "\n".join(f'{comment_of(guesses[id])}\nguess("{id}", ...)' for id in ids)
        assert cell.source == due, f"this cell should be:\n{due}"
        asked += ids
    assert asked == list(guesses)


@every_chapter
def test_each_is_answered_once_below_by_what_the_cell_computed(chapter):
    guesses_of(chapter)
    open_guesses, answered = set(), []
    for cell in cells_of(chapter):
        for id, truth in calls(cell, "reveal"):
            assert id.value in open_guesses, f"{id.value} is answered before it is asked"
            assert names_in(truth), f"{id.value}: {ast.unparse(truth)} is typed in"
            answered.append(id.value)
        open_guesses |= {args[0].value for args in calls(cell, "guess")}
    assert sorted(answered) == sorted(open_guesses)


def names_in(node):
    return [each for each in ast.walk(node) if isinstance(each, ast.Name)]


@every_chapter
def test_wherever_prose_asks_for_a_guess_there_is_room_for_one_at_once(chapter):
    guesses_of(chapter)
    cells = cells_of(chapter)
    for cell, after in zip(cells, cells[1:], strict=False):
        if cell.cell_type == "markdown" and WORD in cell.source:
            assert calls(after, "guess"), cell.source[cell.source.index(WORD) :][:80]
        elif calls(after, "guess"):
            pytest.fail(f"no {WORD}** in the prose above {after.source!r}")


@every_chapter
def test_a_chapter_ends_with_how_its_guesses_went(chapter):
    guesses_of(chapter)
    board = next(cell for cell in cells_of(chapter) if calls(cell, "scoreboard"))
    assert [args[0].value for args in calls(board, "calibration")] == [chapter]


@every_chapter
def test_the_names_of_an_order_give_nothing_away(chapter):
    """Names to be put in order stand by the alphabet: by no result."""
    for each in guesses_of(chapter):
        assert not each.asks.endswith((".", ":"))
        if hasattr(each, "items"):
            by_alphabet = sorted(each.items, key=str.casefold)
            assert list(each.items) == by_alphabet, f"{each.id}: {by_alphabet}"


@every_chapter
def test_no_cell_gives_another_meaning_to_what_the_course_exports(chapter):
    """A cell above would fail if it ran again, and so would one below."""
    taken = {
        (name, cell.source[:60])
        for cell in cells_of(chapter)
        if cell.cell_type == "code"
        for node in ast.parse(cell.source).body
        if not isinstance(node, ast.Import | ast.ImportFrom)
        for name in outside_comprehensions(node) & set(course.__all__)
    }
    assert not taken


def outside_comprehensions(node):
    """Names that a statement binds; a comprehension keeps its own to itself."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    kept = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    inside = {
        id(part) for each in ast.walk(node) if isinstance(each, kept) for part in ast.walk(each)
    }
    names = (each for each in ast.walk(node) if isinstance(each, ast.Name))
    return {each.id for each in names if isinstance(each.ctx, ast.Store) and id(each) not in inside}


@every_chapter
def test_each_chapter_has_what_helps_within_reach(chapter):
    guesses_of(chapter)
    first = next(cell for cell in cells_of(chapter) if "from course import" in cell.source)
    imported = re.search(r"from course import (\([^)]*\)|.*)", first.source)[1]
    needed = {"calibration", "exercise", "guess", "hint", "quiz", "reveal", "scoreboard"}
    assert needed | {"solution"} <= set(re.findall(r"\w+", imported))


@every_chapter
def test_the_stored_chapter_shows_every_truth_and_no_guess(chapter):
    guesses_of(chapter)
    stored = nbformat.read(COURSE.notebook(MASTERS[chapter], solved=False), as_version=4)
    for cell in stored.cells:
        if calls(cell, "guess") or calls(cell, "reveal"):
            text = str(cell.outputs)
            assert "You: " not in text and "A word from the coach" not in text, cell.source
