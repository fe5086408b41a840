"""Half of a project's marks: what a machine can check. The other half is for whoever reads it.

    python -m course.teaching.capstone.judge FOLDER

FOLDER is what was handed in (`brief.md` says what). Nothing in it is run. The shop is made again
from `world.toml`, and the lists are asked its oracle: a number that is not what they give is found.
"""

import argparse
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from course.teaching.capstone.ladder import COLUMNS
from course.teaching.capstone.questions import K, Questions, of_shop
from zooplus_sim import World, ZooplusSimulator

FILES = ("report.md", "submission.toml", "results.csv", "lists.csv")
PARTS = ("Question", "How it was measured", "What came out", "What it gets wrong")
MOST_WORDS = 700
FIRST_RUNGS = ("popularity", "markov")
TOLERANCE = 0.01
#: What a project may make the judge compute.
MOST = {"items": 2_000, "users": 20_000, "learners": 20_000, "seed": 2**31}


@dataclass(frozen=True)
class Mark:
    """Points for one line of the rubric, and why."""

    line: str
    points: int
    most: int
    said: str


@dataclass(frozen=True)
class Project:
    """What was handed in, read."""

    report: str
    settings: dict
    results: pd.DataFrame
    lists: pd.DataFrame
    folder: Path

    @property
    def trained(self) -> pd.DataFrame:
        """The runs of models that are trained."""
        return self.results[~self.results["model"].isin(FIRST_RUNGS)]


def read(folder: Path) -> Project:
    """Read a project. Raises ValueError that says what is missing or damaged."""
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise ValueError(f"{', '.join(missing)} missing")
    try:
        settings = tomllib.loads((folder / "submission.toml").read_text("utf-8"))
        results, lists = (pd.read_csv(folder / name) for name in ("results.csv", "lists.csv"))
    except (ValueError, pd.errors.ParserError) as error:
        raise ValueError(f"a file can't be read: {error}") from error
    places = [f"place_{place}" for place in range(1, K + 1)]
    for name, table, wanted in (
        ("results.csv", results, COLUMNS),
        ("lists.csv", lists, ["model", "epochs", "user", *places]),
    ):
        lacking = [column for column in wanted if column not in table.columns]
        if lacking or table[wanted].isna().any(axis=None):
            raise ValueError(f"{name} lacks {', '.join(lacking) or 'values'}")
    return Project((folder / "report.md").read_text("utf-8"), settings, results, lists, folder)


def marks(folder: Path) -> list[Mark]:
    """All lines of the automatic part; where files are missing, 0 for each and the reason."""
    try:
        project = read(folder)
    except ValueError as error:
        return [Mark(line, 0, most, str(error)) for line, most, _ in LINES]
    found = []
    for line, most, check in LINES:
        fault = check(project)
        found.append(Mark(line, 0 if fault else most, most, fault or "yes"))
    return found


def _is_short(project: Project) -> str:
    words = len(project.report.split())
    lacking = [part for part in PARTS if f"**{part}" not in project.report]
    if lacking:
        return f"the report lacks {', '.join(lacking)}"
    return f"{words} words; {MOST_WORDS} at most" if words > MOST_WORDS else ""


def _has_rungs(project: Project) -> str:
    lacking = [name for name in FIRST_RUNGS if name not in set(project.results["model"])]
    if lacking:
        return f"no {', '.join(lacking)} to be better than"
    return "" if len(project.trained) else "no trained model"


def _has_seeds(project: Project) -> str:
    seeds = project.trained.groupby(["model", "epochs"])["seed"].nunique()
    few = [f"{model} with {epochs} epochs" for (model, epochs), count in seeds.items() if count < 3]
    if not len(seeds):
        return "no trained model"
    return f"fewer than three seeds: {', '.join(few)}" if few else ""


def _has_budgets(project: Project) -> str:
    budgets = project.trained.groupby("model")["epochs"].nunique()
    return "" if len(budgets) and budgets.min() > 1 else "one budget: is it trained to the end?"


def _is_chosen_on_validation(project: Project) -> str:
    for model, runs in project.trained.groupby("model"):
        best = runs.groupby("epochs")["valid"].mean().idxmax()
        shown = set(project.lists.loc[project.lists["model"] == model, "epochs"])
        if shown and shown != {best}:
            return f"lists of {model} with {sorted(shown)} epochs; on validation {best} is best"
        if runs["valid"].equals(runs["test"]):
            return f"validation and test of {model} are the same numbers"
    return "" if len(project.trained) else "no trained model"


def _is_true(project: Project) -> str:
    """Do the lists give the numbers of the table?"""
    try:
        questions = _questions(project)
    except (ValueError, KeyError, TypeError, OSError) as error:
        return f"the questions can't be asked again: {error}"
    told = project.results.sort_values("seed").groupby(["model", "epochs"])["test"].first()
    asked = project.lists.groupby(["model", "epochs"])
    if set(project.lists["model"]) != set(project.results["model"]):
        return "lists of some model are missing"
    for key, made in asked:
        made = made.sort_values("user").filter(like="place_").to_numpy()
        if made.shape != (len(questions.targets), K) or made.dtype.kind != "i" or made.min() < 1:
            return f"{key[0]}: lists of {K} items for {len(questions.targets)} users were due"
        if questions.law is not None and made.max() >= questions.law.shape[1]:
            return f"{key[0]}: there is no item {made.max()}"
        if (np.diff(np.sort(made, axis=1), axis=1) == 0).any():
            return f"{key[0]}: an item stands twice in a list"
        value = questions.value(made)
        if key not in told.index or abs(value - told[key]) > TOLERANCE:
            said = told[key] if key in told.index else "nothing"
            return f"{key[0]}: the table says {said}, the lists give {value:.3f}"
    return ""


def _questions(project: Project) -> Questions:
    settings = project.settings
    if settings.get("kind") == "log":
        table = pd.read_csv(project.folder / "questions.csv").sort_values("user")
        targets = table["target"].to_numpy()
        return Questions(np.zeros((len(targets), 0), int), targets, None, 1.0, 0.0)
    for name, most in MOST.items():
        if not isinstance(settings[name], int) or not 0 <= settings[name] <= most:
            raise ValueError(f"{name} is {settings[name]}; 0 to {most}")
    world = World.from_toml(project.folder / "world.toml")
    sim = ZooplusSimulator(settings["items"], settings["users"], settings["seed"], world=world)
    return of_shop(sim, settings["seed"], settings["learners"])[2]


#: A line of the rubric, its points, and what says "" or why there are none.
LINES: tuple[tuple[str, int, Callable[[Project], str]], ...] = (
    ("The report has its four parts and is short", 1, _is_short),
    ("Popularity and the last click stand beside a trained model", 2, _has_rungs),
    ("Each trained model has three seeds at each budget", 2, _has_seeds),
    ("Each trained model has two budgets or more", 1, _has_budgets),
    ("The budget was chosen on validation", 1, _is_chosen_on_validation),
    ("The lists give the numbers of the table", 3, _is_true),
)


def main(arguments: list[str] | None = None) -> int:
    """The command line. Returns 0, or 1 if there is no such folder."""
    parser = argparse.ArgumentParser(
        prog="python -m course.teaching.capstone.judge",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="what was handed in")
    folder = parser.parse_args(arguments).folder
    if not folder.is_dir():
        print(f"There is no folder {folder}", file=sys.stderr)
        return 1
    given = marks(folder)
    for mark in given:
        print(f"{mark.points} of {mark.most}  {mark.line}: {mark.said}")
    print(f"{sum(m.points for m in given)} of {sum(m.most for m in given)} points")
    return 0


if __name__ == "__main__":
    sys.exit(main())
