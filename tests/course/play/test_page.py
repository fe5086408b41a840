"""The page's buttons do what they say, and the board shows what the forecasters answer."""

import re

import ipywidgets as widgets
import pytest

from course.figures import COLOUR_OF
from course.play import PlayPage
from course.play.board import board, five_columns, status, title
from course.play.forecasters import LEARNED, MAX_CLICKS, NAMES, SHOPPERS, Forecasters, Visit
from course.play.game import TURNS, Round, Turn
from course.play.page import CLICK, GUESS
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
    return [plain(bar) for bar in re.findall(r'<li class="play-bar.*?</li>', section)]


def plain(page):
    """The text of a bar or a sentence, without the number at its end."""
    return re.sub(r"\d+%$", "", re.sub(r"<[^>]*>", "", page))


def test_a_click_on_a_product_is_the_newest_click_and_changes_the_forecasts(page, forecasters):
    before = page.view.value
    page.products[40].click()  # an aquarium tank
    assert page.visit.clicks == (*SHOPPERS["Anna"].clicks, 40) and page.view.value != before
    for name in LEARNED:
        expected = [
            forecasters.labels[item] for item, _ in forecasters.top_five(page.visit.clicks)[name]
        ]
        assert names_in(page, name) == [label.replace("&", "&amp;") for label in expected]
    assert "Click 4: Aquarium Tank €€." in plain(page.said.value)


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
        if not isinstance(leaf, widgets.HTML | widgets.Output):
            assert isinstance(leaf, widgets.Button | widgets.ToggleButtons) and leaf.description
    page.who.value = "Yourself"
    page.undo.click()
    after = leaves(page.panel)
    assert [id(leaf) for leaf in after] == [id(leaf) for leaf in before]
    assert not any(getattr(leaf, "disabled", False) for leaf in after)


def test_the_board_names_its_parts_and_says_in_numbers_what_bars_show(forecasters):
    shown = board(forecasters, Visit.of("Anna"))
    assert shown.count("<section") == shown.count("aria-label=") == len(NAMES) + 4
    assert shown.count('scope="col"') == 1 + len(LEARNED) and shown.count('scope="row"') == 4
    bars = shown.count('<i aria-hidden="true">')
    assert "<script" not in shown
    assert bars == shown.count("%</span>") + shown.count("%</td>") > 30
    assert "Flea & Tick" not in board(forecasters, Visit.of("Anna").click(3))


def test_the_forecasters_and_you_have_a_colour_each(forecasters):
    assert len({COLOUR_OF[name] for name in (*NAMES, "you")}) == len(NAMES) + 1


def test_bars_of_all_boards_have_one_scale(forecasters):
    for clicks in ((), (34,), (34, 13, 20), (40, 5)):
        drawn = re.findall(r'width:([\d.]+)%"></i></i></li>', five_columns(forecasters, clicks))
        shares = [share for five in forecasters.top_five(clicks).values() for _, share in five]
        assert [float(width) for width in drawn] == [round(100 * share, 1) for share in shares]


def test_a_hit_lights_up_and_a_miss_does_not(forecasters):
    clicks = SHOPPERS["Anna"].clicks
    newest = forecasters.top_five(clicks)["SASRec"][2][0]
    columns = five_columns(forecasters, clicks, newest).split("<section")[1:]
    for column, five in zip(columns, forecasters.top_five(clicks).values(), strict=True):
        places = [place for place, (item, _) in enumerate(five, 1) if item == newest]
        assert column.count("play-bar play-hit") == len(places)
        assert column.count("✓ place") == len(places)
        for place in places:
            assert f"✓ place {place}<" in column


def test_the_signs_of_a_price_are_in_one_piece_wherever_they_stand(page):
    page.products[3].click()
    for shown in (page.view.value, page.said.value):
        pieces = re.findall(r'<span class="panel-price">[^<]*€+</span>', shown)
        assert "".join(pieces).count("€") == shown.count("€") > 0


def test_it_opens_with_an_explanation_that_stays_as_the_visit_goes_on(page):
    told = page.told.value
    assert "<details open>" in told and "oracle" in told
    assert page.panel.children.index(page.told) < page.panel.children.index(page.view)
    page.products[3].click()
    assert page.told.value == told


def test_in_a_round_a_product_is_a_guess_and_the_shopper_clicks(page, forecasters):
    page.mode.value = GUESS
    before = page.visit
    expected = forecasters.next_click(before, seed=1)
    first = forecasters.top_five(before.clicks)["SASRec"][0][0]
    page.products[expected].click()
    assert page.game.turns == (Turn(expected, first, expected),)
    assert page.visit == before.click(expected)
    assert "✓ You said" in plain(page.said.value)
    wrong = next(item for item in page.products if item != forecasters.next_click(page.visit, 1))
    page.products[wrong].click()
    assert page.game.hits["You"] == [True, False]
    assert ", wrong." in plain(page.said.value)


def test_a_round_hides_every_forecast_until_the_guess_is_made(page, forecasters):
    page.mode.value = GUESS
    assert page.view.value.count("Speaks when you have guessed") == len(NAMES)
    assert "%" not in re.sub(r"style=.*?>", "", page.view.value)
    asked = page.visit
    page.products[1].click()
    for name, five in forecasters.top_five(asked.clicks).items():
        assert names_in(page, title(name)) == [
            forecasters.labels[item].replace("&", "&amp;") for item, _ in five
        ]


def test_a_round_ends_after_ten_turns_and_the_next_has_other_clicks(page):
    page.mode.value = GUESS
    for _ in range(TURNS):
        page.go_on.click()
    seen = page.visit
    assert page.game.is_over and "is over" in page.view.value
    page.products[1].click()
    assert page.visit == seen and len(page.game.turns) == TURNS
    assert "Next round" in page.said.value and page.reset.description == "Next round"
    page.reset.click()
    assert page.game == Round(2) and page.visit == Visit.of("Anna")
    for _ in range(TURNS):
        page.go_on.click()
    assert page.visit != seen


def test_a_guess_stands_and_to_click_again_ends_the_round(page):
    page.mode.value = GUESS
    page.products[1].click()
    seen = page.visit
    page.undo.click()
    assert page.visit == seen and "A guess stands" in page.said.value
    page.mode.value = CLICK
    assert page.game is None and page.visit == Visit.of("Anna")


def test_the_sentence_names_those_who_had_the_newest_click(forecasters):
    visit = Visit.of("Anna")
    said = plain(status(forecasters, visit))
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
