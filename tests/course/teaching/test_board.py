"""A sketch is drawn from the course, dissolves wrong ideas that there are, and can be read."""

import html
import re
from xml.etree import ElementTree

import pytest

from course.coach.find import chapters, find_exercise, load_key
from course.teaching import teach
from course.teaching.board.drawn.by_hand import in_powers_of_two
from course.teaching.board.every import dissolvers, every, of_chapter
from course.teaching.board.ink import CHALK, LETTERS, MARGIN, UNIT, bounds_of, drawn, ink
from course.teaching.board.page import write_board
from course.teaching.board.shapes import Arrow, Cross, Grid, Knot, Line, Ring, Span, Words, row
from course.teaching.board.sketch import right, wrong
from course.teaching.ideas import sheet

SKETCHES = every()
SVG = "{http://www.w3.org/2000/svg}"
# Of a letter's height: between a narrow and a wide font.
WIDTH = 0.56


def test_every_chapter_has_one_to_four_sketches_with_names_of_their_own():
    for chapter in chapters():
        names = [sketch.name for sketch in of_chapter(chapter)]
        assert 1 <= len(names) == len(set(names)) <= 4, chapter
    assert {sketch.chapter for sketch in SKETCHES} == set(chapters())


@pytest.mark.parametrize("sketch", SKETCHES, ids=lambda sketch: sketch.id)
def test_it_dissolves_wrong_ideas_that_there_are_most_of_all_of_its_chapter(sketch):
    for id, names in sketch.dissolves.items():
        known = {each.name for each in find_exercise(id).misconceptions}
        assert len(names) == len(set(names)) > 0 and set(names) <= known, id
    own = {exercise.id for exercise in load_key(sketch.chapter).EXERCISES}
    assert own & set(sketch.dissolves)


def test_no_wrong_idea_has_two_sketches():
    named = [
        (id, name)
        for sketch in SKETCHES
        for id, names in sketch.dissolves.items()
        for name in names
    ]
    assert len(named) == len(dissolvers()) > 250


@pytest.mark.parametrize("sketch", SKETCHES, ids=lambda sketch: sketch.id)
def test_it_is_drawn_in_the_pages_own_ink_and_its_last_stroke_in_another(sketch):
    before, after = sketch.svg(len(sketch.steps)), sketch.svg()
    assert CHALK not in before and after.count(CHALK) == 1
    assert set(re.findall(r"#[0-9A-Fa-f]{3,6}", after)) == {CHALK}
    assert "?" in sketch.question and sketch.last.draws
    first, last = ElementTree.fromstring(before), ElementTree.fromstring(after)
    # Room is left for what comes, so nothing jumps.
    assert first.get("viewBox") == last.get("viewBox") and len(first) == len(last) - 1
    assert len(last.get("aria-label")) > 60 and "*" not in sketch.alt


@pytest.mark.parametrize("sketch", SKETCHES, ids=lambda sketch: sketch.id)
def test_its_texts_fit_into_their_boxes_and_into_the_picture(sketch):
    shapes = [shape for step in (*sketch.steps, sketch.last) for shape in step.draws]
    for grid in (shape for shape in shapes if isinstance(shape, Grid)):
        for cell in (cell for line in grid.cells for cell in line if isinstance(cell, str)):
            assert len(cell) * WIDTH * LETTERS <= grid.wide * UNIT, cell
        for name in grid.columns if len(grid.columns) > 1 else ():
            assert len(name) * WIDTH * LETTERS <= 1.1 * grid.wide * UNIT, name
    left, top, right_, bottom = (each * UNIT for each in bounds_of(shapes))
    for text in ElementTree.fromstring(sketch.svg()).iter(f"{SVG}text"):
        size = float(text.get("font-size", LETTERS))
        long = len(text.text) * WIDTH * size
        begin = (
            float(text.get("x"))
            - {"start": 0, "middle": 0.5, "end": 1}[text.get("text-anchor")] * long
        )
        assert left <= begin and begin + long <= right_, text.text
        assert top <= float(text.get("y")) - size / 2 and float(text.get("y")) <= bottom


def test_a_mask_on_the_board_is_that_of_the_library():
    (sketch,) = [each for each in SKETCHES if each.id == "06-visible"]
    grid, seen = sketch.steps[0].draws[0], sketch.steps[1].draws[0]
    clicks = sum(name != "0" for name in grid.rows)
    hatched = sum(cell is True for line in seen.cells for cell in line)
    assert hatched == clicks * (clicks + 1) / 2
    assert len(sketch.last.draws) == len(grid.rows) - clicks


def test_attention_on_the_board_is_that_of_the_chapters_example():
    output, weights = in_powers_of_two()
    assert weights[1].tolist() == pytest.approx([0.5, 0.25, 0.25])
    assert output.tolist() == [pytest.approx(row) for row in ([4, 4], [4, 3], [5, 5])]
    (sketch,) = [each for each in SKETCHES if each.id == "06-attention"]
    assert sketch.last.say.startswith(
        "The weighted mean of the values: ¼ (4, 0) + ¼ (0, 4) + ½ (8, 8) = (5, 5)."
    )


def test_what_is_shown_as_wrong_is_the_code_of_the_key():
    assert wrong("2.2", "pads on the right")([[5]], 3).tolist() == [[5, 0, 0]]
    assert right("2.2")([[5]], 3).tolist() == [[0, 0, 5]]
    with pytest.raises(LookupError, match="no wrong idea 'nothing'"):
        wrong("2.2", "nothing")


def test_shapes_know_their_points_and_their_bounds():
    grid = Grid(cells=[["a", "b"], ["c", None]], at=(1, 2), wide=3)
    assert grid.middle(0, 1) == (5.5, 2.5) and grid.bottom(-1, 0) == (2.5, 4)
    assert grid.left(1, 1) == (4, 3.5) and grid.right(0, 0) == (4, 2.5)
    assert grid.bounds == (1, 2, 7, 4)
    assert row(["a"], name="name").bounds[0] < -0.8
    assert Line((0, 0), (4, 0), bend=1).bounds == (0, -1, 4, 0)
    start, end = Knot("a", (0, 0), 1).towards(Knot("b", (5, 0), 1))
    assert start == (1, 0) and end == pytest.approx((3.94, 0))
    assert Span(low=1, middle=2, high=3, y=0).bounds == (1, -0.25, 3, 0.25)
    assert Words("abcd", (0, 0), "right").bounds[2] == 0


def test_each_shape_is_drawn_and_nothing_else_is():
    shapes = [Arrow((0, 0), (1, 1)), Cross((0, 0)), Ring((1, 1)), Words("a < b", (0, 0))]
    picture = drawn(shapes, [], "all of them")
    assert "a &lt; b" in picture and picture.count("<ellipse") == 1
    left, top, _, _ = bounds_of(shapes)
    assert f'viewBox="{left * UNIT:g} {top * UNIT:g} ' in picture and left < -MARGIN
    with pytest.raises(TypeError, match="can't be drawn"):
        ink("a text")


def test_a_page_shows_each_step_and_asks_before_the_last_stroke(tmp_path):
    assert write_board("06", tmp_path)
    page = html.unescape((tmp_path / "06.html").read_text("utf-8"))
    text = (tmp_path / "06.md").read_text("utf-8")
    for sketch in of_chapter("06"):
        part = page.split(f'<section id="{sketch.name}">')[1].split("</section>")[0]
        assert part.count("<svg") == len(sketch.steps) + 1
        assert part.index("Ask:") < part.index(CHALK) < part.index("It dissolves:")
        assert f"**Ask:** {sketch.question}\n1. **Last stroke:** " in text
        alone = ElementTree.parse(tmp_path / f"{sketch.id}.svg").getroot()
        assert alone.find(f"{SVG}style") is not None and f"]({sketch.id}.svg)" in text
    assert "<script" not in page and not write_board("99", tmp_path)


def test_a_sheet_names_the_sketch_and_its_link_leads_there(tmp_path):
    assert teach.main(["20", "--out", str(tmp_path)]) == 0
    text = (tmp_path / "wrong-ideas" / "20.md").read_text("utf-8")
    part = text.split("**sees the future**")[1].split("\n\n**")[0]
    assert "*On the board:* [Who may look at whom](../board/06.html#visible)" in part
    links = set(re.findall(r"\(\.\./board/(\d\d\.html)#(\w+)\)", text))
    assert len(links) > 3
    for file, name in links:
        assert f'id="{name}"' in (tmp_path / "board" / file).read_text("utf-8")
    assert "## On the board" in sheet("02") and sheet("02").count("*On the board:*") > 30
