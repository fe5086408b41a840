"""Makes no table: one row after another of it, for `benchmarks.consequences`."""

import importlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.consequences import (
    ch02_sequences,
    ch03_negatives,
    ch04_losses,
    ch05_metrics,
    ch06_attention,
    ch07_click_models,
    ch09_cloze,
    ch11_towers,
    ch15_estimates,
)
from benchmarks.consequences.experiment import Experiment
from benchmarks.consequences.shop import NotANumber, Setting
from course.coach import Exercise, Misconception

CHAPTERS = (
    ch02_sequences,
    ch03_negatives,
    ch04_losses,
    ch05_metrics,
    ch06_attention,
    ch07_click_models,
    ch09_cloze,
    ch11_towers,
    ch15_estimates,
)
EXPERIMENTS = tuple(each for chapter in CHAPTERS for each in chapter.EXPERIMENTS)
SEEDS = (11, 12, 13)
KEY = ["exercise", "misconception"]
COLUMNS = [*KEY, "of", "measure", "mistake", "ours", "spread", "seeds", "fate"]


def planned(only: tuple[str, ...] = ()) -> list[tuple[Experiment, str]]:
    """(experiment, misconception) of the exercises `only`, or of all."""
    return [
        (experiment, name)
        for experiment in EXPERIMENTS
        if not only or experiment.exercise in only
        for name in experiment.misconceptions
    ]


def exercise_of(experiment: Experiment) -> Exercise:
    """The exercise in its chapter's key."""
    number = int(experiment.exercise.split(".")[0])
    key = importlib.import_module(f"course.keys.ch{number:02d}")
    return next(each for each in key.EXERCISES if each.id == experiment.exercise)


def misconception_of(experiment: Experiment, name: str) -> Misconception:
    """The misconception of this name. Raises KeyError if the key has none."""
    for each in exercise_of(experiment).misconceptions:
        if each.name == name:
            return each
    raise KeyError(f"exercise {experiment.exercise} has no misconception {name!r}")


def rows_of(
    experiment: Experiment, name: str, ours: list[dict[str, float]], setting: Setting
) -> Iterator[dict]:
    """One row a measure.

    ours: the numbers of the reference, a dict for each of SEEDS
    """
    wrong = misconception_of(experiment, name).wrong
    row = {"exercise": experiment.exercise, "misconception": name, "of": experiment.of}
    row |= {"seeds": len(SEEDS), "fate": "measured"}
    main = next(iter(ours[0]))
    try:
        theirs = [experiment.numbers(wrong, seed, setting) for seed in SEEDS]
    except NotANumber:
        yield row | {"measure": main, "ours": _mean(ours, main), "fate": "not finite"}
        return
    except Exception as error:
        print(f"{experiment.exercise} {name}: {error!r:.200}")
        yield row | {"measure": main, "ours": _mean(ours, main), "fate": "error"}
        return
    for measure in ours[0]:
        gaps = [one[measure] - other[measure] for one, other in zip(theirs, ours, strict=True)]
        numbers = {"mistake": _mean(theirs, measure), "ours": _mean(ours, measure)}
        yield row | numbers | {"measure": measure, "spread": float(np.std(gaps, ddof=1))}


def numbers_of_ours(experiment: Experiment, setting: Setting) -> list[dict[str, float]]:
    """The numbers of the reference, a dict for each of SEEDS."""
    reference = exercise_of(experiment).reference
    return [experiment.numbers(reference, seed, setting) for seed in SEEDS]


def read(path: Path) -> pd.DataFrame:
    """The table as far as it goes; empty if there is none."""
    if not path.is_file():
        return pd.DataFrame(columns=COLUMNS)
    return pd.read_csv(path, dtype={"exercise": str})


def write(table: pd.DataFrame, path: Path) -> None:
    """Write the rows in the order of the experiments."""
    order = {(each.exercise, name): n for n, (each, name) in enumerate(planned())}
    places = [
        order.get(key, len(order)) for key in zip(*(table[name] for name in KEY), strict=True)
    ]
    table = table.iloc[np.argsort(places, kind="stable")]
    table[COLUMNS].round(4).to_csv(path, index=False)


def _mean(numbers, measure):
    return float(np.mean([each[measure] for each in numbers]))
