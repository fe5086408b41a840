"""*Play as Anna*: a shop to click in. `PlayPage()` is the last line of a cell.

The logic is in `course.play.forecasters` and `course.play.game`, the board in `course.play.board`;
here are the buttons. All are in the page's tab order. None is ever disabled or made anew while one
plays: a button that goes takes the keyboard's place with it. Where widgets don't run, a picture of
the visit stands there instead.
"""

import html
from collections.abc import Iterator
from typing import Any

import ipywidgets as widgets
import pandas as pd

from course.figures.panel import panel, product_button
from course.play.board import STYLE, answer, board, spoken, status, who
from course.play.forecasters import SHOPPERS, Forecasters, Shopper, Visit, best
from course.play.game import TURNS, Round, Turn
from course.play.picture import picture

GRID = """
.play-line{margin:0 10px 5px 0!important;align-items:flex-start}
.play-shelf{font-weight:600;width:3.2em;margin:3px 0 0!important}
.play-told{margin:0 10px 4px 0}
"""
SHELVES = {"dog": "Dogs", "cat": "Cats", "fish": "Fish"}
CLICK = "Click"
GUESS = "Guess"


class PlayPage:
    """The controls and the board; `visit` is what they show.

    forecasters: a `Forecasters`; None makes one.
    name:        who is played at first, one of `SHOPPERS`.
    game:        the round that is played; None while products are clicked, not guessed.
    """

    def __init__(self, forecasters: Forecasters | None = None, name: str = "Anna") -> None:
        self.forecasters = Forecasters() if forecasters is None else forecasters
        self.visit = Visit.of(name)
        self.game: Round | None = None
        self.who = _choice("Play as", list(SHOPPERS), "auto")
        self.who.tooltips = [_introduced(shopper) for shopper in SHOPPERS.values()]
        self.who.value = name
        self.mode = _choice("To do", [CLICK, GUESS], "auto")
        self.mode.tooltips = [
            "A product is the next click",
            f"A product is your guess of the next click: {TURNS} a round, against SASRec",
        ]
        self.go_on = widgets.Button(icon="forward", layout=widgets.Layout(width="13em"))
        self.undo = widgets.Button(
            description="Undo",
            icon="undo",
            tooltip="Take back the newest click",
            layout=widgets.Layout(width="8em"),
        )
        self.reset = widgets.Button(icon="refresh", layout=widgets.Layout(width="10em"))
        self.products = self._make_products()
        self.told = widgets.HTML(explanation())
        self.said = widgets.HTML()
        self.view = widgets.HTML(layout=widgets.Layout(width="100%"))
        controls = widgets.Box(
            [self.who, self.mode, widgets.HBox([self.go_on, self.undo, self.reset])]
        )
        controls.add_class("panel-controls")
        self.panel = panel(
            [self.told, controls, *self._shelves(), self.said, self.view],
            style=STYLE + GRID,
        )
        self.who.observe(lambda change: self._begin(Visit.of(change["new"])), "value")
        self.mode.observe(lambda _: self._begin(self.visit.reset()), "value")
        self.go_on.on_click(lambda _: self._let_click())
        self.undo.on_click(lambda _: self._take_back())
        self.reset.on_click(lambda _: self._begin(self.visit.reset()))
        self.show(self.visit)

    def press(self, item: int) -> None:
        """A product's button: a click, or in a round a guess."""
        if self.game is None:
            self.click(item)
        else:
            self.guess(item)

    def click(self, item: int) -> None:
        """One click more; where no more are taken, say why."""
        try:
            self.show(self.visit.click(item))
        except ValueError as error:
            self._say(html.escape(str(error)))

    def guess(self, item: int) -> None:
        """A turn of the round: `item` is what you say comes next; 0: you don't know."""
        click = self.forecasters.next_click(self.visit, seed=self.game.number)
        sasrecs = best(self.forecasters.probabilities(self.visit.clicks)["SASRec"], 1)[0]
        try:
            self.game = self.game.take(Turn(item, int(sasrecs), click))
        except ValueError:
            self._say("The round is over: press <b>Next round</b>, or <b>Click</b> to look around.")
            return
        self.click(click)

    def show(self, visit: Visit) -> None:
        """Make `visit` the one on the board."""
        self.visit = visit
        is_round = self.game is not None
        self.go_on.description = "I don't know" if is_round else f"Let {who(visit)} click"
        self.reset.description = "Next round" if is_round else "Start again"
        self.view.value = board(self.forecasters, visit, self.game)
        told = status(self.forecasters, visit)
        if is_round and self.game.turns:
            told += answer(self.forecasters, self.game.turns[-1]) + f"<p>{self.game.verdict()}</p>"
        self._say(told)

    def _begin(self, visit: Visit) -> None:
        """A visit from its beginning; in guessing, with it another round."""
        if self.mode.value == CLICK:
            self.game = None
        else:
            self.game = Round(1 if self.game is None else self.game.number + 1)
        self.show(visit)

    def _let_click(self) -> None:
        if self.game is None:
            self.click(self.forecasters.next_click(self.visit))
        else:
            self.guess(0)

    def _take_back(self) -> None:
        if self.game is None:
            self.show(self.visit.undo())
        else:
            self._say("A guess stands. <b>Next round</b> begins another.")

    def _say(self, page: str) -> None:
        self.said.value = f'<div class="panel play play-status" role="status">{page}</div>'

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
            buttons[item] = product_button(self.forecasters.labels[item], tip)
            buttons[item].on_click(lambda _, item=item: self.press(item))
        return buttons

    def _shelves(self) -> Iterator[widgets.HBox]:
        species = self.forecasters.products["species"].astype(str)
        for kind, head in SHELVES.items():
            items = [item for item in self.products if species[item] == kind]
            shelf = widgets.Box([self.products[item] for item in items])
            shelf.add_class("panel-shop")
            wide = widgets.VBox([shelf])
            wide.add_class("panel-shelves")
            name = widgets.HTML(f'<div class="play-shelf">{head}</div>')
            line = widgets.HBox([name, wide])
            line.add_class("play-line")
            yield line

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        return {
            **self.panel._repr_mimebundle_(**options),
            "text/html": picture(self.forecasters, self.visit),
            "text/plain": "Play as Anna: run this cell, then click.",
        }


def explanation() -> str:
    """HTML: what one sees, before anything is clicked."""
    return (
        '<div class="panel play-told"><details open><summary>What this is</summary>'
        "<p>Anna has a new puppy. Her clicks so far are the trail below the shop. What comes next? "
        "Five forecasters name five products each, the likeliest first; bars reach from 0 to "
        "100&nbsp;%. Who had the newest click lights up. <b>The oracle</b> knows the rules of the "
        "shop, so nobody can do better in the long run.</p>"
        "<p><b>Click</b>: press products, or let Anna click, and watch the forecasts move. "
        f"<b>Guess</b>: say Anna's next click, {TURNS} times a round, against SASRec's first "
        "choice.</p></details></div>"
    )


def _choice(description: str, options: list[str], width: str) -> widgets.ToggleButtons:
    return widgets.ToggleButtons(
        options=options, description=description, style={"button_width": width}
    )


def _introduced(shopper: Shopper) -> str:
    return "whoever you are" if shopper.persona is None else spoken(shopper.persona)
