"""Cures that `zooplus_sim` and `course` print. Few of them stand behind the word."""

import contextlib
import io
import shlex
from unittest import mock

import matplotlib.pyplot as plt
import numpy as np

from course.authoring.masters import make_notebook
from course.coach import Choice, Exercise, Probe, Quiz
from course.coach.find import find_exercise
from course.figures import WIDE
from course.figures.style import as_html
from course.play.forecasters import MAX_CLICKS, Visit
from course.tables import measured
from tests.project.cures import Cure
from zooplus_sim import (
    Browsing,
    Oracle,
    RandomPolicy,
    Storefront,
    World,
    ZooplusSimulator,
    write_journeys,
)
from zooplus_sim.__main__ import main

SHOP = ZooplusSimulator(n_users=2)


def typed(folder, line):
    """The command line there, an error where it does not end with 0."""
    said = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stderr(said):
        try:
            code = main(shlex.split(line))
        except SystemExit as end:
            code = end.code
    if code:
        raise ValueError(said.getvalue())


def with_folder(folder):
    (folder / "missing").mkdir()
    return folder


def with_shop(folder):
    typed(folder, "--write-world my_shop.toml")
    with contextlib.chdir(folder):
        return ZooplusSimulator(world=World.from_toml("my_shop.toml"))


def without(package, call):
    with mock.patch.dict("sys.modules", {package: None}):
        return call()


def written(folder, name, **settings):
    write_journeys(folder / "log", SHOP, events_per_user=2, seed=0, progress=False)
    write_journeys(folder / name, SHOP, events_per_user=2, progress=False, **settings)


def front(n_resets, n_steps):
    """A storefront that is stepped through, and begun again where it is asked for."""
    shop = Storefront(SHOP, shoppers=2, n_steps=1)
    policy = RandomPolicy(shop)
    for _ in range(n_resets):
        observation, info = shop.reset(seed=0)
        for _ in range(n_steps):
            shop.step(policy(observation, info))
    if not n_resets:
        shop.step(np.ones((2, shop.slate_size), np.int64))


ZOOPLUS_SIM = [
    Cure(
        "Cure: another folder, or the settings that it was begun with.",
        lambda folder: written(folder, "log", seed=1),
        lambda folder: (written(folder, "other", seed=1), written(folder, "log", seed=0)),
    ),
    Cure(
        "make it first",
        lambda folder: typed(folder, "--out missing/log.csv --events 2 --users 3 --quiet"),
        lambda folder: typed(
            with_folder(folder), "--out missing/log.csv --events 2 --users 3 --quiet"
        ),
    ),
    Cure(
        "expected .csv or .parquet",
        lambda folder: typed(folder, "--out log.json --events 2 --users 3 --quiet"),
        lambda folder: typed(folder, "--out log.csv --events 2 --users 3 --quiet"),
    ),
    Cure(
        "expected a file of its own for each table",
        lambda folder: typed(folder, "--out a.csv --truth a.csv --users 3 --quiet"),
        lambda folder: typed(folder, "--out a.csv --truth b.csv --users 3 --quiet"),
    ),
    Cure(
        "or name a .csv file",
        lambda folder: without("pyarrow", lambda: typed(folder, "--out a.parquet --users 3")),
        lambda folder: without("pyarrow", lambda: typed(folder, "--out a.csv --users 3 --quiet")),
    ),
    Cure(
        "--users-per-block needs a folder: --out with a name without a suffix",
        lambda folder: typed(folder, "--out log.csv --users 3 --users-per-block 2 --quiet"),
        lambda folder: typed(folder, "--out log --users 3 --users-per-block 2 --quiet"),
    ),
    Cure(
        "--truth must be one too, of another name",
        lambda folder: typed(folder, "--out log --truth truth.csv --users 3 --quiet"),
        lambda folder: typed(folder, "--out log --truth truth --users 3 --quiet"),
    ),
    Cure(
        "must be a number such as 40, or a range such as 20-60",
        lambda folder: typed(folder, "--out log.csv --users 3 --events 60-20 --quiet"),
        lambda folder: (
            typed(folder, "--out log.csv --users 3 --events 40 --quiet"),
            typed(folder, "--out log.csv --users 3 --events 20-60 --quiet"),
        ),
    ),
    Cure(
        "expected the name of a new file",
        lambda folder: (with_shop(folder), with_shop(folder)),
        lambda folder: typed(folder, "--write-world new.toml"),
    ),
    Cure(
        "such as World.from_toml('my_shop.toml')",
        lambda folder: ZooplusSimulator(world="my_shop.toml"),
        with_shop,
    ),
    Cure(
        "ZooplusSimulator(n_users=3)",
        lambda _: SHOP.journeys(events_per_user=2, users=3),
        lambda _: ZooplusSimulator(n_users=3).journeys(events_per_user=2, users=3),
    ),
    Cure(
        "give either events_per_user or sessions_per_user",
        lambda _: SHOP.journeys(),
        lambda _: (SHOP.journeys(events_per_user=2), SHOP.journeys(sessions_per_user=2)),
    ),
    Cure(
        "n_products must be at least 27",
        lambda _: ZooplusSimulator(n_products=26),
        lambda _: ZooplusSimulator(n_products=27),
    ),
    Cure(
        "use world.replace(...) for a changed copy",
        lambda _: SHOP.world.personas[0].tiers.update(low=1.0),
        lambda _: SHOP.world.replace(habit=0.0),
    ),
    Cure(
        "call reset() first",
        lambda _: front(0, 1),
        lambda _: front(1, 1),
    ),
    Cure(
        "call reset() to begin again",
        lambda _: front(1, 2),
        lambda _: front(2, 1),
    ),
    Cure(
        "such as Browsing(take=0.5)",
        lambda _: Storefront(SHOP, browsing=0.5),
        lambda _: Storefront(SHOP, browsing=Browsing(take=0.5)),
    ),
    Cure(
        "expected padding on the left only",
        lambda _: Oracle(SHOP).next_item_probabilities(np.array([[1, 0]])),
        lambda _: Oracle(SHOP).next_item_probabilities(np.array([[0, 1]])),
    ),
]


def full(visit):
    while len(visit.clicks) < MAX_CLICKS:
        visit = visit.click(1)
    return visit


def exercise(**settings):
    """An exercise that is right as it is, but for these settings."""
    settings = {"id": "2.3", "hints": ("a", "b", "c")} | settings
    return Exercise(
        title="One",
        minutes=1,
        reference=lambda: 1,
        probes=lambda rng: [Probe(())],
        misconceptions=(),
        **settings,
    )


def quiz(*choices):
    return Quiz(id="2.1", question="Which?", choices=choices)


def choice(right, why="so", text=None):
    return Choice(text or f"it is {right}", right=right, why=why)


def master(folder, text):
    path = folder / "97_padding.py"
    path.write_text(text)
    return make_notebook(path, solved=True)


COURSE = [
    Cure(
        "Cure: undo one, or start again.",
        lambda _: full(Visit.of("Anna")).click(1),
        lambda _: (
            full(Visit.of("Anna")).undo().click(1),
            full(Visit.of("Anna")).reset().click(1),
        ),
    ),
    Cure(
        'ids look like "2.3"',
        lambda _: find_exercise("2"),
        lambda _: find_exercise("2.3"),
    ),
    Cure(
        "wrap it: Probe(([1],))",
        lambda _: Probe([1]),
        lambda _: Probe(([1],)),
    ),
    Cure(
        "of axes pass ax.figure",
        lambda _: as_html(plt.subplots(figsize=WIDE)[1], alt="an empty plot"),
        lambda _: as_html(plt.subplots(figsize=WIDE)[1].figure, alt="an empty plot"),
    ),
    Cure(
        "say in a sentence what the figure shows",
        lambda _: as_html(plt.subplots(figsize=WIDE)[0], alt=""),
        lambda _: as_html(plt.subplots(figsize=WIDE)[0], alt="An empty plot."),
    ),
    Cure(
        'write for instance "2.3"',
        lambda _: exercise(id="two"),
        lambda _: exercise(id="2.3"),
    ),
    Cure(
        "three are due",
        lambda _: exercise(hints=("a",)),
        lambda _: exercise(hints=("a", "b", "c")),
    ),
    Cure(
        "every choice, right or wrong, needs one",
        lambda _: quiz(choice(True), choice(False, why="")),
        lambda _: quiz(choice(True), choice(False)),
    ),
    Cure(
        "give two or more",
        lambda _: quiz(choice(True)),
        lambda _: quiz(choice(True), choice(False)),
    ),
    Cure(
        "no choice is right",
        lambda _: quiz(choice(False), choice(False, text="no")),
        lambda _: quiz(choice(True), choice(False, text="no")),
    ),
    Cure(
        "its first cell must be markdown and begin with '# '",
        lambda folder: master(folder, "# %%\nprint(1)\n"),
        lambda folder: master(folder, "# %% [markdown]\n# # 97 · A title\n\n# %%\nprint(1)\n"),
    ),
    Cure(
        "There are: ",
        lambda _: measured("7_bst"),
        lambda _: measured("07_bst"),
    ),
]
CURES = [*ZOOPLUS_SIM, *COURSE]
