"""How good somebody's guesses were, and how well they knew it."""

from collections.abc import Iterable
from dataclasses import dataclass

from course.coach.record import Noted


@dataclass(frozen=True)
class Score:
    """Of guesses whose answers were shown.

    answered:  how many there are.
    good:      how many were right or close.
    told_sure: for how many it was said how sure the learner was; the rest is about these.
    sure_good: how many of them were right or close.
    mean_sure: how sure, on average, 0 to 1.
    brier:     mean of (sure - 1 if right else sure)²: Brier (1950), Verification of Forecasts
               Expressed in Terms of Probability.
    """

    answered: int
    good: int
    told_sure: int
    sure_good: int
    mean_sure: float
    brier: float


def score_of(guesses: Iterable[Noted]) -> Score:
    """The score of guesses; those without an answer do not count."""
    answered = [each for each in guesses if each.is_answered]
    told = [each for each in answered if each.sure is not None]
    squares = [(each.sure - each.good) ** 2 for each in told]
    return Score(
        answered=len(answered),
        good=sum(each.good for each in answered),
        told_sure=len(told),
        sure_good=sum(each.good for each in told),
        mean_sure=sum(each.sure for each in told) / max(len(told), 1),
        brier=sum(squares) / max(len(told), 1),
    )
