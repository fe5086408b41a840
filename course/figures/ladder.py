"""The ladder: how far each model of the course gets from popularity (0 %) to the oracle (100 %).

    show(first_ladder_figure(first_rungs()), alt=...)    six rungs of one protocol, for chapter 00
    python -m course.figures docs/ladder.png             all of them, for docs/results.md

Nothing is measured here: the rungs are means over the seeds of the chapters' own tables in
`course/measured`. The tables share the default shop of 50 products, the question (a shopper's next
click, all products ranked, expected NDCG@10 under the oracle's law) and the scale. They differ in
how many shoppers a model learned from, and for how long. So rungs are compared within a group;
SASRec stands in four of the five, and says how far apart the groups are. Models that are told more
than item ids (where a visit began) are left out: the oracle is no ceiling to them.
"""

from typing import NamedTuple

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from course.figures.colours import COLOUR_OF, COLOURS
from course.tables import measured

GREY = "#66707c"  # bluish, so that a dark page keeps it: white letters lie on it


class Group(NamedTuple):
    """What was measured in one go, and which rows of its table become rungs.

    told:   protocol, in words.
    table:  course/measured/TABLE.csv.
    share:  its column.
    rungs:  label -> {column: value} that a row must have.
    chosen: True: rows are epochs, and the one with the lowest valid_loss of each run counts.
    """

    told: str
    table: str
    share: str
    rungs: dict[str, dict]
    chosen: bool = False


GROUPS = (
    Group(
        "chapters 05 and 07: 4,000 shoppers of 10 to 40 clicks, 5 seeds",
        "07_bst",
        "share",
        {
            name: {"model": name}
            for name in (
                "memoryless (MLP)",
                "Markov chain",
                "co-occurrence",
                "BST",
                "GRU4Rec (small)",
            )
        },
    ),
    Group(
        "chapter 12: 2,000 shoppers of 10 to 40 clicks, 3 seeds",
        "12_graphs",
        "share",
        {
            "LightGCN, temporal": {
                "model": "LightGCN, newest click, temporal edges",
                "group": "all",
            },
            "SR-GNN": {"model": "SR-GNN", "group": "all"},
            "SASRec": {"model": "SASRec", "group": "all"},
        },
    ),
    Group(
        "chapter 13: 1,000 shoppers of 10 to 40 clicks, 8 epochs, 3 seeds",
        "13_backbones",
        "share",
        {
            "GPT-2": {"model": "GPT-2", "objective": "causal"},
            "SASRec": {"model": "SASRec (ours)", "objective": "causal"},
            "XLNet": {"model": "XLNet, causal", "objective": "causal"},
        },
    ),
    Group(
        "chapter 09: 8,000 shoppers of 40 clicks, 24 epochs, 3 seeds",
        "09_compare",
        "next",
        {
            "BERT4Rec": {"model": "BERT4Rec", "budget": 24},
            "SASRec": {"model": "SASRec", "budget": 24},
        },
        chosen=True,
    ),
    Group(
        "chapter 08: SASRec again, more and more shoppers of 10 to 40 clicks, 2 to 5 seeds",
        "08_users",
        "share",
        {
            f"{users:,} shoppers": {"users": users, "clicks": "all"}
            for users in (300, 1_000, 3_000, 10_000, 30_000)
        },
    ),
)


#: The first ladder that a learner meets: one protocol, so that all six can be compared.
FIRST = Group(
    "4,000 shoppers of 10 to 40 clicks, 5 shops",
    "07_bst",
    "share",
    {
        name: {"model": name}
        for name in (
            "popularity",
            "memoryless (MLP)",
            "Markov chain",
            "co-occurrence",
            "BST",
            "GRU4Rec (small)",
        )
    },
)


def first_rungs() -> pd.DataFrame:
    """The six rungs of chapter 00: see `rungs`."""
    return rungs((FIRST,))


def rungs(groups: tuple[Group, ...] | None = None) -> pd.DataFrame:
    """One row a rung, from the ground up.

    groups: what was measured, group by group; None: all.

    Columns: told (the protocol), model, share (mean over seeds) and sd (of the seeds).
    Raises ValueError where a rung has fewer than two seeds, or a seed several rows.
    """
    rows = []
    for group in GROUPS if groups is None else groups:
        table = measured(group.table)
        for model, wanted in group.rungs.items():
            chosen = table[(table[list(wanted)] == pd.Series(wanted)).all(axis=1)]
            if group.chosen:
                chosen = chosen.loc[chosen.groupby("seed")["valid_loss"].idxmin()]
            if chosen["seed"].duplicated().any():
                raise ValueError(
                    f"{group.table}.csv has several rows of one seed with {wanted}: name another "
                    "column"
                )
            if len(chosen) < 2:
                raise ValueError(
                    f"{group.table}.csv has {len(chosen)} rows with {wanted}: a rung needs two "
                    "seeds or more"
                )
            shares = chosen[group.share]
            rung = {"model": model, "share": shares.mean(), "sd": shares.std()}
            rows.append({"told": group.told, **rung})
    return pd.DataFrame(rows)


def ladder_figure() -> Figure:
    """The rungs as bars, group after group, below the oracle's line."""
    table = rungs()
    fig, ax = plt.subplots(figsize=(7, 6.4))
    row = 0.0
    ticks = []
    for protocol, group in table.groupby("told", sort=False):
        ax.text(0, row, protocol, va="center", fontsize=9)
        for rung in group.itertuples():
            row += 1
            repeated = rung.model == "SASRec" or "SASRec" in protocol
            colour = COLOURS[0] if repeated else GREY
            ax.barh(row, rung.share, xerr=rung.sd, height=0.74, color=colour)
            share = f"{rung.share:.0%}"
            ax.text(0.015, row, share, va="center_baseline", fontsize=8.5, color="white")
            ticks.append((row, rung.model))
        row += 1.5
    ax.axvline(1, color=COLOURS[2], linewidth=2.5)
    ax.set_yticks([at for at, _ in ticks], [model for _, model in ticks], fontsize=9)
    ax.set_xticks(
        [0, 0.25, 0.5, 0.75, 1], ["popularity\n0%", "25%", "50%", "75%", "the oracle\n100%"]
    )
    ax.set(xlim=(0, 1.02), ylim=(row - 0.6, -0.8), xlabel="share of the achievable lift in NDCG@10")
    ax.grid(visible=False)
    return fig


def ladder_alt() -> str:
    """What the figure shows, for readers who can't see it."""
    groups = [
        f"{protocol}: " + ", ".join(f"{rung.model} {rung.share:.0%}" for rung in group.itertuples())
        for protocol, group in rungs().groupby("told", sort=False)
    ]
    bars = "Bars from popularity, 0 %, towards the oracle, 100 %, in five groups."
    return f"{bars} {'; '.join(groups)}."


def first_ladder_figure(table: pd.DataFrame) -> Figure:
    """A few rungs of one protocol as bars in their models' colours, and the oracle's line.

    table: rows of `rungs`.
    """
    fig, ax = plt.subplots(figsize=(7, 0.42 * len(table) + 1.2))
    for row, rung in enumerate(table.itertuples()):
        colour = COLOUR_OF[rung.model.removesuffix(" (small)")]
        ax.barh(row, rung.share, xerr=rung.sd, height=0.7, color=colour)
        label = f"{rung.share:.0%}"
        ax.text(rung.share + rung.sd + 0.012, row, label, va="center_baseline", fontsize=9.5)
    ax.axvline(1, color=COLOUR_OF["oracle"], linewidth=2.5)
    ax.set_yticks(range(len(table)), table["model"], fontsize=9.5)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "the oracle\n100%"])
    ax.set(xlim=(0, 1.02), xlabel="share of the achievable lift in NDCG@10")
    ax.invert_yaxis()
    ax.grid(visible=False)
    return fig


def first_ladder_alt(table: pd.DataFrame) -> str:
    """What `first_ladder_figure` shows, for readers who can't see it."""
    bars = ", ".join(f"{rung.model} {rung.share:.0%}" for rung in table.itertuples())
    return f"Bars of the share of the achievable lift, the oracle's line at 100 %: {bars}."
