"""The page's buttons do what they say, and the board shows what the forecasters answer."""

import re

import ipywidgets as widgets
import pytest

from course.play import PlayPage
from course.play.board import COLOUR_OF, board, status
from course.play.forecasters import LEARNED, MAX_CLICKS, NAMES, SHOPPERS, Forecasters, Visit
from course.play.picture import alt_text


@pytest.fixture(scope="module")
def forecasters():
    return Forecasters()


@pytest.fixture
def page(forecasters):
    return PlayPage(forecasters)


def leaves(widget):
    inner = getattr(widget, "children", ())
    return [leaf for child in inner for leaf in leaves(child)] if inner else [widget]


def names_in(page, title):
    """The five products of a column of the board, best first."""
    section = re.search(rf'aria-label="{title}".*?</section>', page.view.value)[0]
    return re.findall(r'<span class="play-name" title="([^"]*)"', section)


def test_a_click_on_a_product_is_the_newest_click_and_changes_the_forecasts(page, forecasters):
    before = page.view.value
    page.products[40].click()  # an aquarium tank
    assert page.visit.clicks == (*SHOPPERS["Anna"].clicks, 40) and page.view.value != before
    for name in LEARNED:
        expected = [
            forecasters.labels[item] for item, _ in forecasters.top_five(page.visit.clicks)[name]
        ]
        assert names_in(page, name) == [label.replace("&", "&amp;") for label in expected]
    assert "Click 4: Aquarium Tank €€" in page.said.value


def test_undo_and_start_again_bring_the_board_back(page):
    before = page.view.value, page.said.value
    page.products[40].click()
    page.undo.click()
    assert (page.view.value, page.said.value) == before
    for item in (1, 2, 3):
        page.products[item].click()
    page.reset.click()
    assert (page.view.value, page.said.value) == before


def test_somebody_else_begins_anew_and_may_have_clicked_nothing(page):
    page.products[40].click()
    page.who.value = "Yourself"
    assert page.visit == Visit.of("Yourself") and "No click yet" in page.view.value
    assert page.go_on.description == "Let somebody click"
    page.undo.click()
    page.go_on.click()
    assert len(page.visit.clicks) == 1 and "Your clicks" in page.view.value
    page.who.value = "Finn"
    assert page.visit == Visit.of("Finn") and "Finn&#x27;s" in page.view.value.replace(
        "'", "&#x27;"
    )


def test_after_the_last_click_it_says_so_and_stays(page):
    for _ in range(MAX_CLICKS):
        page.products[34].click()
    assert (
        len(page.visit.clicks) == MAX_CLICKS and "as many as the models can read" in page.said.value
    )
    assert "the 32 before" in page.view.value


def test_every_product_has_one_button_beside_its_own_kind(page, forecasters):
    described = [
        leaf.description for leaf in leaves(page.panel) if isinstance(leaf, widgets.Button)
    ]
    assert (
        sorted(described[3:]) == sorted(forecasters.labels.values()) and len(set(described)) == 53
    )
    assert described[3:7] == ["Puppy Food €", "Puppy Food €€", "Food Bowl €", "Food Bowl €€€"]


def test_all_controls_can_be_reached_by_keyboard_have_a_name_and_stay(page):
    before = leaves(page.panel)
    for leaf in before:
        assert isinstance(leaf, widgets.Button | widgets.ToggleButtons | widgets.HTML)
        assert isinstance(leaf, widgets.HTML) or leaf.description
    page.who.value = "Yourself"
    page.undo.click()
    after = leaves(page.panel)
    assert [id(leaf) for leaf in after] == [id(leaf) for leaf in before]
    assert not any(getattr(leaf, "disabled", False) for leaf in after)


def test_the_board_names_its_parts_and_says_in_numbers_what_bars_show(forecasters):
    shown = board(forecasters, Visit.of("Anna"))
    assert shown.count("<section") == shown.count("aria-label=") == len(NAMES) + 3
    assert shown.count('scope="col"') == 1 + len(LEARNED) and shown.count('scope="row"') == 4
    bars = shown.count('<i aria-hidden="true">')
    assert bars == shown.count("%</span>") + shown.count("%</td>") > 30
    assert "Flea & Tick" not in board(forecasters, Visit.of("Anna").click(3))


def test_forecasters_have_five_colours(forecasters):
    assert len(set(COLOUR_OF.values())) == len(NAMES)


def test_the_sentence_names_those_who_had_the_newest_click(forecasters):
    visit = Visit.of("Anna")
    said = status(forecasters, visit)
    for name, places in forecasters.places(visit.clicks).items():
        assert (f"place {places[-1]}" in said) or places[-1] == 0
        assert (name in said) == (places[-1] > 0)


def test_where_no_widgets_run_a_picture_with_alt_text_stands_there(page, forecasters):
    bundle = page._repr_mimebundle_()
    assert (
        "application/vnd.jupyter.widget-view+json" in bundle
        and "run this cell" in bundle["text/plain"]
    )
    assert (
        bundle["text/html"].startswith('<img alt="Anna')
        and "data:image/png;base64," in bundle["text/html"]
    )
    told = alt_text(forecasters, page.visit)
    assert "Puppy Food €, Food Bowl €, Water Dispenser €€" in told and "new puppy parent" in told
