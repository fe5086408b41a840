"""*Play as Anna* on the site, in a real Chromium, from files: by keyboard alone, by its link."""

import re

import pytest

SIZE = 8_000_000  # bytes of all that the page asks for
CHOICES = "194426387"  # nine of them; the tenth is found by arrow keys
FOCUS = "document.activeElement.className"
PLACE = "[...document.querySelectorAll('.play-product')].indexOf(document.activeElement)"
BOARD = "document.querySelector('.play-board').innerText"
OUTLINE = "getComputedStyle(document.activeElement).outlineStyle"


@pytest.fixture
def page(browser, site):
    page = browser.new_page(viewport={"width": 800, "height": 900})
    said = []
    page.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto((site / "play.html").as_uri())
    yield page
    assert not said
    page.close()


def test_a_game_by_keyboard_alone_and_its_link_makes_it_again(page):
    asked = page.locator("#play-asked")
    for turn, key in enumerate(CHOICES, 1):
        assert asked.inner_text() == "What does Anna click next?"
        assert page.locator(".play-game").inner_text() == f"Game 1, click {turn} of 10"
        page.keyboard.press(key)
        assert asked.inner_text().startswith("Anna clicked ")
        assert re.match("Right: (nobody|.*)\\.$", page.locator(".play-said").inner_text())
        page.keyboard.press(key)  # a guess stands
        assert page.evaluate("location.hash") == f"#anna-1-{CHOICES[:turn]}"
        assert page.evaluate(FOCUS) == "play-next" and page.evaluate(OUTLINE) == "solid"
        page.keyboard.press("Enter")
        assert page.evaluate(PLACE) == 0 and page.evaluate(OUTLINE) == "solid"
    for key, place in zip(
        ("ArrowUp", "ArrowLeft", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowUp"),
        (0, 0, 3, 4, 5, 5, 2),
        strict=True,
    ):
        page.keyboard.press(key)
        assert page.evaluate(PLACE) == place
    page.keyboard.press("Space")
    assert page.evaluate("location.hash") == f"#anna-1-{CHOICES}3"
    said = page.locator(".play-said").inner_text()
    winner, yours, best, worth, most = re.fullmatch(
        r"(You win|The oracle wins|A draw): you (\d+), the oracle (\d+)\. By the rules .* bring "
        r"([\d.]+) hits .* oracle’s ([\d.]+); the rest was luck\.",
        said,
    ).groups()
    for row, hits, value in ((0, yours, worth), (5, best, most)):
        told = page.locator(".play-board li").nth(row)
        assert told.locator(".play-full").count() == int(hits)
        assert told.inner_text().endswith(f"worth {value}")
    beaten = (int(yours) > int(best)) - (int(yours) < int(best))
    assert winner == {1: "You win", 0: "A draw", -1: "The oracle wins"}[beaten]
    assert page.locator(".play-copy").is_visible()
    board = page.evaluate(BOARD)
    page.reload()
    assert page.evaluate(BOARD) == board
    page.locator(".play-next").press("Enter")
    assert page.locator(".play-game").inner_text() == "Game 2, click 1 of 10"


def test_every_player_is_told_with_guess_and_probability_and_the_truth_is_marked(page):
    page.keyboard.press("1")  # is wrong, so that the truth is another button than yours
    assert page.locator(".play-yours").count() == page.locator(".play-click").count() == 1
    assert page.locator(".play-yours.play-click").count() == 0
    rows = page.locator(".play-board li").all_inner_texts()
    assert [row.split("\n")[0] for row in rows] == [
        "You",
        "Popularity",
        "BST",
        "SASRec",
        "BERT4Rec",
        "The oracle",
    ]
    click = page.locator(".play-click .play-name").inner_text().split("\n")[0]
    assert click in page.locator("#play-asked").inner_text()
    for row in rows[1:]:
        guess = re.search(r"([✓✗]) (.+ €+), \d+%", row)
        assert (guess[1] == "✓") == (guess[2] == click)
        assert guess[1] == "✓" or re.search(r"the click: \d+%", row)
    widths = page.evaluate(
        "[...document.querySelectorAll('.play-bars')].map(bars => bars.style.backgroundSize)"
    )
    shares = [[float(width) for width in re.findall(r"([\d.]+)%", line)] for line in widths]
    assert len(shares) == 9
    for column in zip(*shares, strict=True):
        assert abs(sum(column) - 100) < 0.5


def test_a_screen_reader_is_told_what_happens_and_what_each_button_is(page):
    name = page.locator(".play-product").first.inner_text()
    assert re.search("budget|standard|premium", name)
    shelf = page.get_by_role("group", name="What does Anna click next?")
    assert shelf.get_by_role("button").count() == 9
    page.keyboard.press("1")
    assert page.get_by_role("status").inner_text().startswith("Right: ")
    assert page.get_by_role("group", name="Anna clicked").get_by_role("button").count() == 9


def test_another_shopper_by_arrow_keys_and_a_digit_in_the_search_is_no_guess(page):
    page.get_by_role("radio", name="Anna").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#play-so-far").inner_text() == "Carlos’s clicks so far"
    page.keyboard.press("Control+k")
    page.keyboard.type("2")
    assert page.locator("#play-asked").inner_text() == "What does Carlos click next?"


def test_a_link_that_is_none_begins_the_first_game(page, site):
    for link in ("#zoe-1-11", "#anna-1-0", "#nonsense"):
        page.goto("about:blank")
        page.goto((site / "play.html").as_uri() + link)
        assert page.locator(".play-game").inner_text() == "Game 1, click 1 of 10"


def test_the_page_is_small(browser, site):
    page = browser.new_page()
    asked = set()
    page.on("request", lambda request: asked.add(request.url))
    page.goto((site / "play.html").as_uri())
    page.close()
    places = [url.removeprefix(site.as_uri() + "/").split("?")[0] for url in asked]
    files = [site / place for place in places if not place.startswith(("data:", "blob:"))]
    assert len(files) > 15 and sum(file.stat().st_size for file in files) < SIZE
