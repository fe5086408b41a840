"""Slides of each chapter fit on the wall, light and dark, and printed none of them is lost."""

import re

import pytest

from course.coach.find import chapters
from course.teaching.slides import slides_of

SIZES = ((1280, 720), (1024, 768), (1920, 1080))
# What of each slide is cut off, lies on its head or foot, is stretched or was not loaded.
UNFIT = """() => [...document.querySelectorAll('section')].flatMap((slide, number) => {
  const box = slide.getBoundingClientRect();
  const edge = (name, side, otherwise) => {
    const found = slide.querySelector(`:scope > ${name}`);
    return found ? found.getBoundingClientRect()[side] : otherwise;
  };
  const top = edge('header', 'bottom', box.top), low = edge('footer', 'top', box.bottom);
  const bad = [];
  if (slide.offsetHeight !== innerHeight) bad.push(`is ${slide.offsetHeight} high`);
  for (const part of slide.querySelectorAll(':scope > :not(header, footer)')) {
    const at = part.getBoundingClientRect();
    if (at.top < top - 1 || at.bottom > low + 1) bad.push(`${part.tagName} from ${at.top} on`);
    if (at.left < 0 || at.right > innerWidth || part.scrollWidth > part.clientWidth + 1)
      bad.push(`${part.tagName} too wide`);
  }
  for (const image of slide.querySelectorAll('img')) {
    if (!image.complete || !image.naturalWidth) bad.push('a picture is missing');
    if (getComputedStyle(image).objectFit !== 'contain') bad.push('a picture is stretched');
  }
  return bad.map(what => `${number + 1}: ${what}`);
})"""
COUNT = "document.querySelectorAll('section').length"


def opened(browser, text, folder, **more):
    path = folder / "slides.html"
    path.write_text(text, encoding="utf-8")
    page = browser.new_page(**more)
    page.goto(path.as_uri())
    return page


def pages_of(pdf):
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.mark.parametrize("chapter", chapters())
def test_nothing_is_cut_off_and_each_slide_is_a_page_of_the_print(browser, tmp_path, chapter):
    page = opened(browser, slides_of(chapter), tmp_path, color_scheme="dark")
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(UNFIT) == [], (width, height)
    page.emulate_media(color_scheme="light")
    assert page.evaluate(UNFIT) == []
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert pages_of(pdf) == page.evaluate(COUNT) > 9
    # What is printed is laid out anew: the same look at that layout.
    page.set_viewport_size({"width": 1280, "height": 720})
    page.emulate_media(media="print")
    assert page.evaluate(UNFIT) == []
    page.close()


def test_the_look_sees_what_does_not_fit(browser, tmp_path):
    text = slides_of("00")
    for old, new, told in (
        ("<h1>", "<h1 style='min-height:900px'>", "H1 from"),
        ("<h1>", "<h1 style='width:2000px;max-width:none'>", "H1 too wide"),
        ("object-fit:contain", "object-fit:fill", "a picture is stretched"),
        ('src="data:image/png;base64,', 'src="data:image/png;base64,AAAA', "missing"),
        ("section{height:100vh", "section{min-height:130vh", "high"),
    ):
        assert old in text
        page = opened(
            browser, text.replace(old, new, 1), tmp_path, viewport={"width": 1280, "height": 720}
        )
        assert any(told in each for each in page.evaluate(UNFIT)), told
        page.close()


def test_dark_pages_show_the_dark_twins_of_figures(browser, tmp_path):
    page = opened(browser, slides_of("02"), tmp_path, color_scheme="dark")
    shown = "getComputedStyle(document.querySelector('img.course-figure')).content"
    assert page.evaluate(shown).startswith('url("data:image/webp')
    page.emulate_media(color_scheme="light")
    assert page.evaluate(shown) == "normal"
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(shown) == "normal"
    page.close()
