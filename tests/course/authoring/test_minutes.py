"""Minutes are counted by words, lines and exercises, and told alike everywhere."""

import pytest

from course.authoring.masters import Course
from course.authoring.minutes import TELL, counted, hours, is_off, promised, rewritten

COURSE = Course()
OPENS = "# %% [markdown]\n# # 97 · Padding\n#\n# **Time:** 10 minutes.\n\n"


def master(tmp_path, cells):
    path = tmp_path / "97_padding.py"
    path.write_text(OPENS + cells, encoding="utf-8")
    return path


def exercise(lines, heading="### Your turn (97.1) · 5 minutes"):
    body = "".join(f"    a{n} = {n}\n" for n in range(lines))
    return (
        f"# %% [markdown]\n# {heading}\n\n# %%\n"
        f'@exercise("97.1")\ndef f():\n    """It."""\n'
        f"    ### BEGIN SOLUTION\n{body}    ### END SOLUTION\n"
    )


@pytest.mark.parametrize("page", TELL)
def test_every_page_tells_the_same_minutes_and_hours(page):
    text = (COURSE.root / page).read_text("utf-8")
    minutes = promised(COURSE)
    assert rewritten(page, text, minutes) == text, "run: python -m course.authoring.minutes --write"
    others = {name: each + 35 for name, each in minutes.items()}
    assert rewritten(page, text, others) != text


@pytest.mark.parametrize("chapter", [path for path in COURSE.masters() if path.name[0] in "01"])
def test_a_chapter_tells_the_minutes_that_its_words_and_exercises_take(chapter):
    assert not is_off(chapter), "run: python -m course.authoring.minutes --write"


def test_words_lines_and_exercises_count(tmp_path):
    nothing = counted(master(tmp_path, ""))
    words = counted(master(tmp_path, "# %% [markdown]\n# " + "word " * 400))
    assert words - nothing == pytest.approx(2)
    code = "# %%\nimport os\n" + "".join(f"a{n} = {n}\n" for n in range(24))
    drawing = "fig, ax = plt.subplots()\nax.plot(a1)\n"
    assert counted(master(tmp_path, code + drawing)) - nothing == pytest.approx(2)
    short = counted(master(tmp_path, exercise(3)))
    assert counted(master(tmp_path, exercise(5))) - short == pytest.approx(2)
    hard = counted(master(tmp_path, exercise(3, "### Your turn (97.1) · 5 minutes · hard")))
    assert hard - short == pytest.approx(2.5, abs=0.05)


def test_pages_are_left_out_of_the_hours():
    assert hours({"01": 60, "02": 75, "in_one_scroll": 600}) == 2
