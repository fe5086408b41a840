"""The score of a round."""

import pytest

from course.play.game import TURNS, Round, Turn

YOURS = Turn(1, 2, 1)
SASRECS = Turn(1, 2, 2)
NOBODYS = Turn(0, 2, 3)


def played(*turns):
    game = Round()
    for turn in turns:
        game = game.take(turn)
    return game


@pytest.mark.parametrize(
    "turns, told",
    [
        ((), "0 : 0, level"),
        ((YOURS,), "1 : 0, you lead"),
        ((YOURS, SASRECS, SASRECS), "1 : 2, SASRec leads"),
        ((YOURS,) * 6 + (SASRECS,) * 4, "6 : 4, you win"),
        ((YOURS,) * 4 + (SASRECS,) * 6, "4 : 6, SASRec wins"),
        ((NOBODYS,) * 10, "0 : 0, a draw"),
    ],
)
def test_the_verdict_counts_the_clicks_that_each_had_guessed(turns, told):
    assert played(*turns).verdict() == told


def test_hits_are_told_turn_by_turn():
    hits = played(YOURS, SASRECS, NOBODYS).hits
    assert hits == {"You": [True, False, False], "SASRec": [False, True, False]}


def test_an_eleventh_turn_is_refused_with_what_to_press():
    game = played(*[NOBODYS] * TURNS)
    assert game.is_over
    with pytest.raises(ValueError, match="Cure: press Next round"):
        game.take(YOURS)
