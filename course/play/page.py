"""*Play as Anna*: a shop to click in. `PlayPage()` is the last line of a cell.

The logic is in `course.play.forecasters`, the board in `course.play.board`; here are the buttons.
All are in the page's tab order. None is ever disabled or made anew while one plays: a button that
goes takes the keyboard's place with it. Where widgets don't run, a picture of the visit stands
there instead.
"""

import html
from collections.abc import Iterator
from typing import Any

import ipywidgets as widgets
import pandas as pd

from course.play.board import STYLE, board, spoken, status
from course.play.forecasters import SHOPPERS, Forecasters, Shopper, Visit
from course.play.picture import picture

GRID = """
.play-shop{display:grid!important;grid-template-columns:repeat(auto-fill,minmax(168px,1fr));
gap:3px;margin:0;flex:1}
.play-line{margin:0 10px 5px 0!important;align-items:flex-start}
.play-shop .jupyter-button{width:auto;height:26px;margin:0;padding:0 7px;border-radius:3px}
.play-shop .jupyter-button{text-align:left;font-size:12px;line-height:26px}
.play-panel .jupyter-button:focus-visible{outline:2px solid var(--jp-brand-color1,#1976d2);
outline-offset:1px}
.play-shelf{font-weight:600;width:3.2em;margin:3px 0 0!important}
"""
SHELVES = {"dog": "Dogs", "cat": "Cats", "fish": "Fish"}


class PlayPage:
    """The controls and the board; `visit` is what they show.

    forecasters: a `Forecasters`; None makes one.
    name:        who is played at first, one of `SHOPPERS`.
    """

    def __init__(self, forecasters: Forecasters | None = None, name: str = "Anna") -> None:
        self.forecasters = Forecasters() if forecasters is None else forecasters
        self.visit = Visit.of(name)
        self.who = widgets.ToggleButtons(
            options=[(_introduced(shopper), shopper.name) for shopper in SHOPPERS.values()],
            value=name,
            description="Play as",
            style={"button_width": "auto"},
        )
        self.go_on = widgets.Button(icon="forward", layout=widgets.Layout(width="17em"))
        self.undo = widgets.Button(
            description="Undo", icon="undo", tooltip="Take back the newest click"
        )
        self.reset = widgets.Button(
            description="Start again", icon="refresh", tooltip="The visit as it began"
        )
        self.products = self._make_products()
        self.said = widgets.HTML()
        self.view = widgets.HTML(layout=widgets.Layout(width="100%"))
        self.panel = widgets.VBox(
            [
                widgets.HTML(f"<style>{''.join((STYLE + GRID).splitlines())}</style>"),
                self.who,
                widgets.HBox(
                    [self.go_on, self.undo, self.reset], layout=widgets.Layout(flex_flow="row wrap")
                ),
                *self._shelves(),
                self.said,
                self.view,
            ]
        )
        self.panel.add_class("play-panel")
        self.who.observe(lambda change: self.show(Visit.of(change["new"])), "value")
        self.go_on.on_click(lambda _: self.click(self.forecasters.next_click(self.visit)))
        self.undo.on_click(lambda _: self.show(self.visit.undo()))
        self.reset.on_click(lambda _: self.show(self.visit.reset()))
        self.show(self.visit)

    def click(self, item: int) -> None:
        """One click more; where no more are taken, say why."""
        try:
            self.show(self.visit.click(item))
        except ValueError as error:
            self._say(str(error))

    def show(self, visit: Visit) -> None:
        """Make `visit` the one on the board."""
        self.visit = visit
        who = "somebody" if visit.shopper.persona is None else visit.shopper.name
        self.go_on.description = f"Let {who} click"
        self.view.value = board(self.forecasters, visit)
        self._say(status(self.forecasters, visit))

    def _say(self, sentence: str) -> None:
        text = html.escape(sentence)
        self.said.value = f'<div class="play play-status" role="status">{text}</div>'

    def _make_products(self) -> dict[int, widgets.Button]:
        """{product: its button}, in the order in which missions name the types."""
        missions = self.forecasters.shop.world.missions
        order = list(dict.fromkeys(step for mission in missions for step in mission.steps))
        table = self.forecasters.products
        types = table["product_type"].astype(str)
        table = table.assign(place=pd.Categorical(types, order, ordered=True))
        buttons = {}
        for item, row in table.sort_values(["place", "price"]).iterrows():
            tip = f"{row['name']}, {row['price']:.2f}"
            buttons[item] = widgets.Button(description=self.forecasters.labels[item], tooltip=tip)
            buttons[item].on_click(lambda _, item=item: self.click(item))
        return buttons

    def _shelves(self) -> Iterator[widgets.HBox]:
        species = self.forecasters.products["species"].astype(str)
        for kind, head in SHELVES.items():
            items = [item for item in self.products if species[item] == kind]
            shelf = widgets.Box([self.products[item] for item in items])
            shelf.add_class("play-shop")
            line = widgets.HBox([widgets.HTML(f'<div class="play play-shelf">{head}</div>'), shelf])
            line.add_class("play-line")
            yield line

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        return {
            **self.panel._repr_mimebundle_(**options),
            "text/html": picture(self.forecasters, self.visit),
            "text/plain": "Play as Anna: run this cell, then click.",
        }


def _introduced(shopper: Shopper) -> str:
    return shopper.name if shopper.persona is None else f"{shopper.name}, {spoken(shopper.persona)}"
