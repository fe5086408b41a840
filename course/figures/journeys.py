"""A shopper's clicks over time, and what follows what inside a mission.

show(life_figure(clicks), alt="...")
show(missions_figure(pairs, missions), alt="...")
"""

from collections.abc import Mapping, Sequence
from textwrap import fill

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course.figures.colours import COLOURS
from course.figures.sizes import WIDEST

NODE = "#66707c"  # bluish, so that a dark page keeps it: white letters lie on it
LEAST_SHARE = 0.08  # of what follows a step; rarer arrows are left out


def life_figure(clicks: pd.DataFrame) -> Figure:
    """One shopper's clicks: a row for each product type, a shaded band for every second visit.

    clicks: a row per click, in order of time, with the columns type, session_id, mission,
            distraction (bool) and outcome (above 0: put in the cart).
    """
    clicks = clicks.reset_index(drop=True)
    kinds = clicks["type"].drop_duplicates().tolist()
    height = clicks["type"].map(kinds.index)
    fig, ax = plt.subplots(figsize=(WIDEST, 0.28 * len(kinds) + 1.6))
    for number, (_, visit) in enumerate(clicks.groupby("session_id")):
        _draw_visit(ax, visit, is_shaded=number % 2 == 1)
    strays = clicks["distraction"]
    ax.plot(clicks.index, height, color="0.75", lw=1, zorder=1)
    steps = clicks.index[~strays]
    ax.scatter(steps, height[~strays], color=COLOURS[0], label="step of the mission", zorder=2)
    hollow = {"facecolor": "white", "edgecolor": COLOURS[1]}
    ax.scatter(clicks.index[strays], height[strays], label="distraction", zorder=2, **hollow)
    carted = clicks["outcome"] > 0
    frame = {"marker": "s", "s": 110, "facecolor": "none", "edgecolor": "black"}
    ax.scatter(clicks.index[carted], height[carted], label="put in the cart", **frame)
    ax.set_yticks(range(len(kinds)), kinds, size=8)
    ax.set_ylim(len(kinds) - 0.5, -1)
    ax.set_xlabel("click number (each band is a visit; days lie between two)")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=3)
    return fig


def _draw_visit(ax: Axes, visit: pd.DataFrame, is_shaded: bool) -> None:
    start, stop = visit.index[0], visit.index[-1]
    shade = 0.05 if is_shaded else 0.0
    ax.axvspan(start - 0.5, stop + 0.5, color="black", alpha=shade, lw=0)
    name = str(visit["mission"].iloc[0]).replace("_", "\n")
    ax.text((start + stop) / 2, -1.2, name, ha="center", va="bottom", size=8)


def missions_figure(pairs: pd.DataFrame, missions: Mapping[str, Sequence[str]]) -> Figure:
    """Missions below each other, steps in a row; an arrow is as thick as a transition is frequent.

    pairs:    a row for each two clicks of a mission in a row: mission, step, next_step (from 0).
    missions: names (two or more) -> the names of their steps.
    """
    fig, axes = plt.subplots(len(missions), 1, figsize=(WIDEST, 2.1 * len(missions)))
    longest = max(len(steps) for steps in missions.values())
    for ax, (name, steps) in zip(axes.flat, missions.items(), strict=True):
        of_mission = pairs[pairs["mission"] == name]
        counts = of_mission.groupby(["step", "next_step"]).size()
        shares = counts / counts.groupby("step").transform("sum")
        for (step, following), share in shares[shares > LEAST_SHARE].items():
            _draw_arrow(ax, step, following, share)
        ax.scatter(range(len(steps)), [0] * len(steps), s=320, color=NODE, zorder=3)
        for place, kind in enumerate(steps):
            ax.text(place, 0, place, ha="center", va="center", size=9, color="white", zorder=4)
            label = fill(kind, 11, break_long_words=False)
            ax.text(place, -1.05, label, ha="center", va="top", size=8)
        ax.set(xlim=(-0.6, longest - 0.4), ylim=(-1.8, 1.1), title=name)
        ax.axis("off")
    fig.tight_layout(h_pad=0.5)
    return fig


def _draw_arrow(ax: Axes, step: int, following: int, share: float) -> None:
    is_back = following < step
    height = -0.25 if is_back else 0.25
    arrow = {
        "arrowstyle": "-|>",
        "connectionstyle": "arc3,rad=-0.45" if is_back else "arc3,rad=-0.35",
        "lw": 6 * share,
        "color": COLOURS[1] if is_back else COLOURS[0],
        "alpha": 0.7,
        "shrinkA": 4,
        "shrinkB": 4,
    }
    ax.annotate("", (following, height), (step, height), arrowprops=arrow)
