"""Anna's clicks, as chapter 00 finds them, and what else sketches take from the course."""

import re
from functools import cache

import nbformat
import numpy as np
import pandas as pd

from course.authoring.masters import Course
from zooplus_sim import ZooplusSimulator

BEGAN = ["Puppy Food", "Food Bowl", "Water Dispenser"]
_FEW = 100  # shoppers; Anna is one of the first
_LONGEST = 6  # letters of a name on the board


@cache
def _shop() -> tuple[ZooplusSimulator, pd.DataFrame]:
    shop = ZooplusSimulator(n_users=_FEW)
    return shop, shop.journeys(events_per_user=40, seed=1).interactions


@cache
def log() -> pd.DataFrame:
    """The rows of Anna and of the shopper behind her, in order."""
    shop, rows = _shop()
    types = shop.products["product_type"]
    for user, clicks in rows.groupby("user_id")["item_id"]:
        if list(types[clicks.to_numpy()[:3]]) == BEGAN:
            return rows[rows["user_id"].isin([user, user + 1])]
    raise LookupError(f"none of {_FEW} shoppers begins as Anna does")


def clicks(number: int) -> np.ndarray:
    """The products of Anna's first clicks."""
    return log()["item_id"].to_numpy()[:number]


def name_of(item: int) -> str:
    """A product's type in one short word; "0" for padding."""
    if item == 0:
        return "0"
    words = _shop()[0].products["product_type"][item].lower().split()
    return next((word for word in reversed(words) if len(word) <= _LONGEST), words[-1])


def names(items: np.ndarray) -> list[str]:
    """The words of a row of products."""
    return [name_of(int(item)) for item in items]


@cache
def printed(chapter: str, pattern: str) -> dict[str, float]:
    """What a solved chapter printed: by name, the numbers that a pattern finds.

    pattern: with two groups, a name and a number.

    Raises LookupError if it finds none.
    """
    course = Course()
    notebook = nbformat.read(course.notebook(course.master(chapter), solved=True), as_version=4)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            found = re.findall(pattern, output.get("text", ""), re.MULTILINE)
            if found:
                return {name.strip(): float(number) for name, number in found}
    raise LookupError(f"chapter {chapter} prints nothing like {pattern}")
