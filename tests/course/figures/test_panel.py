"""What live panels share."""

import ipywidgets as widgets
import pytest

from course.figures.panel import panel, product_name, stripe, trail, unbroken


@pytest.mark.parametrize(
    "label, page",
    [
        ("Puppy Food €€", 'Puppy <span class="panel-price">Food €€</span>'),
        ("Catnip €", '<span class="panel-price">Catnip €</span>'),
        ("Flea & Tick <b> €€€", 'Flea &amp; Tick <span class="panel-price">&lt;b&gt; €€€</span>'),
        ("no price", "no price"),
        ("€", "€"),
        ("", ""),
    ],
)
def test_a_price_is_one_piece_with_the_word_before_it(label, page):
    assert unbroken(label) == page


def test_a_bar_of_everything_is_as_wide_as_its_scale():
    assert 'width:100.0%"' in stripe(1.0) and 'width:5.0%"' in stripe(0.05)


def test_a_long_trail_says_how_much_came_before():
    labels = [f"Chew Toy {n}" for n in range(9)]
    shown = trail(labels, most=6)
    assert "<li>3 before</li>" in shown and shown.count("<li>") == 7
    assert product_name(labels[3]) in shown and product_name(labels[2]) not in shown
    assert "before" not in trail(labels[:6])


def test_a_panel_holds_its_look_and_keeps_its_keys():
    button = widgets.Button(description="press")
    made = panel([button], style=".own{color:red}")
    sheet, keys, last = made.children
    assert last is button and ".own{color:red}" in sheet.value and "\n" not in sheet.value
    script = keys.outputs[0]["data"]["application/javascript"]
    assert "data-lm-suppress-shortcuts" in script and "ctrlKey" in script
    assert "panel-keys" in made._dom_classes
