"""The cures that the figures and *Play as Anna* print."""

import pandas as pd

from course.figures import draw_curves
from course.play import PlayPage
from course.play.game import TURNS, Round, Turn
from tests.project.cures import Cure


def played(turns):
    game = Round()
    for _ in range(turns):
        game = game.take(Turn(1, 2, 1))
    return game


def after_next_round(_):
    page = PlayPage()
    page.mode.value = "Guess"
    for _ in range(TURNS):
        page.go_on.click()
    assert page.reset.description == "Next round"
    page.reset.click()
    page.game.take(Turn(1, 2, 1))


SHARES = pd.DataFrame({"shop": ["a", "a"], "model": "m", "epochs": [1, 3], "share": [0.2, 0.5]})


def curves_of(shop):
    names = {"panel": "shop", "line": "model", "x": "epochs", "y": "share"}
    chosen = SHARES[SHARES["shop"] == shop]
    return draw_curves(chosen, **names, xlabel="epochs", ylabel="share", ylim=(0, 1))


CURES = [
    Cure(
        "Cure: look at what it filters.",
        lambda _: curves_of("b"),
        lambda _: curves_of("a"),
    ),
    Cure(
        "Cure: press Next round.",
        lambda _: played(TURNS).take(Turn(1, 2, 1)),
        after_next_round,
    ),
]
