"""The website in a real Chromium, from files: widths, themes, search; no server, no other host."""

import pytest

PAGES = ("index", "play", "chapters/02_sequences", "reference/seqrec.metrics", "search")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 800, 1440])
def test_pages_fit_their_window_and_ask_nobody_else(browser, site, theme, width):
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    for name in PAGES:
        page.goto((site / f"{name}.html").as_uri())
        wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wider <= 0, name
        assert page.evaluate("document.documentElement.dataset.theme") == theme
    page.close()
    assert not [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]
    assert not said


def test_a_figure_shows_its_twin_on_a_dark_page(browser, site):
    shown = {}
    for theme in ("light", "dark"):
        page = browser.new_page(color_scheme=theme)
        page.goto((site / "chapters" / "02_sequences.html").as_uri())
        style = "getComputedStyle(document.querySelector('img.course-figure'))"
        shown[theme] = page.evaluate(f"[{style}.content, {style}.filter]")
        page.close()
    assert shown["light"] == ["normal", "none"]
    assert shown["dark"][0].startswith("url(") and shown["dark"][1] == "none"


def test_search_finds_a_chapter_without_a_server(browser, site):
    page = browser.new_page()
    page.goto((site / "search.html").as_uri() + "?q=padding")
    found = page.locator("#search-results li a").first
    found.wait_for()
    assert "From log to sequences" in page.locator("#search-results").inner_text()
    page.close()
