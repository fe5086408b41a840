"""What a named mistake costs a model or a metric, in one sentence.

The numbers are those of `course/measured/consequences.csv`, a row for each exercise, misconception
and measure:

    of       what the numbers belong to, "a small SASRec"
    measure  what they tell, one of MEASURES
    mistake  the mean over the seeds with the mistake
    ours     the same with the reference
    spread   standard deviation, over the seeds, of the difference between the two
    seeds    how many
    fate     "measured"; "not finite" where NaN or infinity comes out; "error" where one ends it

`benchmarks/consequences` makes the table, and tells how. The sentences are made here.
"""

import csv
from collections import defaultdict
from functools import cache
from importlib.resources import files
from typing import NamedTuple

TABLE = files("course") / "measured" / "consequences.csv"
# Less than this, of a share, is not worth a word; and three trainings differ by more than chance
# only if their difference is well beyond its spread.
LEAST_SHARE = 0.02
SPREADS = 2.0
# A loss in training that is so much lower looks like success.
LOOKS_BETTER = 0.8


class Row(NamedTuple):
    """One row of the table, but for exercise and misconception."""

    of: str
    measure: str
    fate: str
    mistake: float
    ours: float
    spread: float

    @property
    def differs(self) -> bool:
        """Whether the mistake changes the number by more than chance would."""
        gap = abs(self.mistake - self.ours)
        return gap >= LEAST_SHARE and gap >= SPREADS * self.spread


def cost_of(exercise_id: str, misconception: str) -> str:
    """The sentence about a misconception; "" where nothing was measured."""
    rows = _rows().get((exercise_id, misconception), ())
    if not rows:
        return ""
    main, *others = rows
    said = MEASURES[main.measure][main.fate](main)
    return said + "".join(_looks_better(row) for row in others)


def measured_of() -> set[tuple[str, str]]:
    """(exercise, misconception) of all that was measured."""
    return set(_rows())


@cache
def _rows() -> dict[tuple[str, str], list[Row]]:
    """The table; empty where it is missing: a verdict needs no cost."""
    if not TABLE.is_file():
        return {}
    rows = defaultdict(list)
    with TABLE.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            numbers = [float(line[name] or "nan") for name in ("mistake", "ours", "spread")]
            row = Row(line["of"], line["measure"], line["fate"], *numbers)
            rows[line["exercise"], line["misconception"]].append(row)
    return dict(rows)


def _trained(row: Row) -> str:
    return _lift(row, "Trained with this", "in this short training")


def _asked(row: Row) -> str:
    return _lift(row, "Asked like this", "here")


def _lift(row: Row, how: str, when: str) -> str:
    mistake, ours = _percent(row.mistake), _percent(row.ours)
    said = f"{how}, {row.of} reaches {mistake} of the achievable lift in our shop; with ours {ours}"
    if not row.differs:
        return f"{said}: no clear difference {when}."
    if row.mistake > row.ours:
        return f"{said}: it does no harm {when}."
    if row.mistake < 0:
        return f"{said}. Below 0 % is worse than showing everybody what is popular."
    return f"{said}."


def _no_loss(row: Row) -> str:
    return (
        f"Trained with this, {row.of} soon has a loss that is NaN or infinite, and learns nothing; "
        f"with ours it reaches {_percent(row.ours)} of the achievable lift in our shop."
    )


def _no_training(row: Row) -> str:
    return (
        f"The training of {row.of} ends in an error with this; with ours it reaches "
        f"{_percent(row.ours)} of the achievable lift in our shop."
    )


def _looks_better(row: Row) -> str:
    """About the loss in training, where it would deceive."""
    if row.measure != "training_loss" or not row.mistake < LOOKS_BETTER * row.ours:
        return ""
    mistake = f"{row.mistake:.2f}".replace("-", "−")
    return f" Its loss in training looks better: {mistake}, with ours {row.ours:.2f}."


def _reported(row: Row) -> str:
    mistake, ours = _number(row.mistake), _number(row.ours)
    if mistake == ours:
        return f"In our shop, {row.of} comes out as {ours} all the same."
    return f"In our shop, {row.of} comes out as {mistake} with this; with ours it is {ours}."


def _not_finite(row: Row) -> str:
    ours = _number(row.ours)
    return f"In our shop, {row.of} comes out as NaN or infinite; with ours it is {ours}."


def _lists(row: Row) -> str:
    mistake, ours = _percent(row.mistake), _percent(row.ours)
    return (
        f"With this, {mistake} of the {row.of} in our shop hold something that its shopper clicked "
        f"before; with ours {ours}."
    )


def _no_lists(row: Row) -> str:
    return f"With this, the {row.of} in our shop can't be made: their scores are NaN."


def _holds(row: Row) -> str:
    mistake, ours = _percent(row.mistake), _percent(row.ours)
    said = f"With this, {row.of} holds the truth in {mistake} of our trials; with ours in {ours}"
    too_wide = row.differs and row.mistake > row.ours
    return f"{said}: it is wider than need be." if too_wide else f"{said}."


def _finds(row: Row) -> str:
    mistake, ours = _percent(row.mistake), _percent(row.ours)
    said = (
        f"A test of the size that this gives finds the difference in {mistake} of cases, one of "
        f"our size in {ours}"
    )
    too_large = row.differs and row.mistake > row.ours
    return f"{said}: it asks for more shoppers than needed." if too_large else f"{said}."


def _percent(share: float) -> str:
    rounded = round(100 * share)
    # 99.6 % is not all, and 0.4 % is not nothing.
    if rounded in (0, 100) and abs(100 * share - rounded) > 1e-6:
        return f"{100 * share:.1f} %"
    return f"{rounded} %".replace("-", "−")


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


#: What is told of each measure: by the fate of the experiment.
MEASURES = {
    "share_of_lift": {"measured": _trained, "not finite": _no_loss, "error": _no_training},
    "lift_when_asked": {"measured": _asked},
    "training_loss": {"measured": _looks_better},
    "reported": {"measured": _reported, "not finite": _not_finite},
    "lists_with_seen": {"measured": _lists, "not finite": _no_lists},
    "coverage": {"measured": _holds},
    "power": {"measured": _finds},
}
