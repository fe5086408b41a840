"""The cures that the figures and *Play as Anna* print."""

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


CURES = [
    Cure(
        "Cure: press Next round.",
        lambda _: played(TURNS).take(Turn(1, 2, 1)),
        after_next_round,
    ),
]
