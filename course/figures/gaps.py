"""Figures of models that fill gaps (chapter 09): data in, a figure out; the chapter shows it.

Each raises what matplotlib raises for data that do not fit each other.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure

from course.figures.attention_map import draw_attention
from course.figures.colours import COLOUR_OF, COLOURS
from course.figures.sizes import PAIR, WIDE
from course.figures.style import SEQUENTIAL

_SHARE = "share of the achievable lift"


def draw_lines(
    lines: Mapping[str, tuple[npt.ArrayLike, npt.ArrayLike]],
    colours: Mapping[str, str] = COLOUR_OF,
    *,
    marker: str = "o",
    **axes: object,
) -> Figure:
    """Lines over one axis, their names beside it.

    lines:   name -> (x, y)
    colours: name -> colour
    marker:  "" for lines of many points
    axes:    what matplotlib's `Axes.set` takes
    """
    fig, ax = plt.subplots(figsize=WIDE)
    for name, (x, y) in lines.items():
        ax.plot(x, y, marker=marker, ms=4, color=colours[name], label=name)
    ax.set(**axes)
    ax.legend(fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.08), ncols=2)
    return fig


def draw_stretch(
    told: Mapping[str, npt.ArrayLike],
    colours: Sequence[str],
    products: Sequence[str],
    is_other: npt.ArrayLike,
    visits: npt.ArrayLike,
) -> Figure:
    """Probability of the click that was really made, over a strip of kinds and visits.

    told:     name -> (n,) probabilities
    colours:  of the names
    products: n names of what was clicked
    is_other: (n,) bool, clicks off the shopper's taste
    visits:   (n,) visit of each click
    """
    fig, ax = plt.subplots(figsize=(7.5, 4.4))
    places = np.arange(len(products))
    for (name, line), colour in zip(told.items(), colours, strict=True):
        ax.plot(places, line, "o-", ms=5, color=colour, label=name)
    for place in places:
        ground = COLOURS[1] if is_other[place] else COLOURS[5]
        ax.axvspan(place - 0.5, place + 0.5, color=ground, alpha=0.13, lw=0)
        if place and visits[place] != visits[place - 1]:
            ax.axvline(place - 0.5, color="0.4", lw=1, ls="--")
    ax.set_xticks(places, products, rotation=45, ha="right")
    ax.set(ylabel="probability of the true click", ylim=(0, 1), xlim=(-0.5, len(places) - 0.5))
    ax.grid(axis="x", visible=False)
    ax.legend(fontsize=8, ncols=len(told), loc="lower center", bbox_to_anchor=(0.5, 1.0))
    fig.tight_layout()
    return fig


def draw_bars(table: pd.DataFrame, colours: Sequence[str], **axes: object) -> Figure:
    """Bars in groups, each with its number. table: a row for each group, a column for each bar."""
    fig, ax = plt.subplots(figsize=WIDE)
    width = 0.8 / len(table.columns)
    for place, (name, colour) in enumerate(zip(table, colours, strict=True)):
        at = np.arange(len(table)) + (place - (len(table.columns) - 1) / 2) * width
        bars = ax.bar(at, table[name], 0.95 * width, color=colour, label=name)
        ax.bar_label(bars, fmt="{:.2f}", size=9)
    ax.set_xticks(range(len(table)), table.index)
    ax.set(**axes)
    ax.grid(axis="x", visible=False)
    ax.legend(fontsize=8, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.08))
    return fig


def draw_draws(is_masked: npt.ArrayLike) -> Figure:
    """Which clicks of a row are hidden in each of some draws. is_masked: (draws, L) bool."""
    n_draws, L = np.shape(is_masked)
    fig, ax = plt.subplots(figsize=(7.5, 3.0))
    names = [str(place + 1) if (place + 1) % 5 == 0 else "" for place in range(L)]
    draw_attention(ax, is_masked, names, queries=[f"draw {n + 1}" for n in range(n_draws)])
    ax.tick_params(axis="x", rotation=0)
    ax.set_xlabel("place of the click, oldest first")
    return fig


def draw_reactions(tables: Mapping[str, npt.ArrayLike]) -> Figure:
    """Which position reacts to a change of which click. tables: name -> (L, L)."""
    fig, axes = plt.subplots(1, len(tables), figsize=PAIR, sharey=True)
    for ax, (name, table) in zip(np.atleast_1d(axes), tables.items(), strict=True):
        table = np.asarray(table)
        names = [str(place + 1) for place in range(len(table))]
        draw_attention(ax, table / table.max(), names, title=name)
        plt.setp(ax.get_xticklabels(), rotation=0, ha="center")
        ax.set_xlabel("the click that is changed")
    np.atleast_1d(axes)[0].set_ylabel("the position that reacts")
    fig.tight_layout()
    return fig


def draw_budgets(runs: pd.DataFrame) -> Figure:
    """Learning curves by epoch and by CPU time, means over seeds, dashed for the smaller budget.

    runs: rows of model, budget, seed, epoch, cpu_seconds and next.
    """
    fig, axes = plt.subplots(1, 2, figsize=PAIR, sharey=True)
    least = runs["budget"].min()
    for (model, budget), run in runs.groupby(["model", "budget"], sort=False):
        means = run.groupby("epoch")[["cpu_seconds", "next"]].mean()
        for ax, x in zip(axes, (means.index, means["cpu_seconds"]), strict=True):
            style = "--" if budget == least else "-"
            label = f"{model}, {budget} epochs"
            ax.plot(x, means["next"], style, color=COLOUR_OF[model], label=label)
    for ax, label in zip(axes, ("epoch", "CPU seconds"), strict=True):
        ax.axhline(1, color=COLOUR_OF["oracle"], ls=":")
        ax.set(xlabel=label, ylim=(0, 1.05))
    axes[0].set_ylabel(_SHARE)
    axes[1].legend(fontsize=8, loc="lower right")
    fig.tight_layout()
    return fig


def draw_converge(chosen: pd.DataFrame) -> Figure:
    """What each budget reaches: a dot for each seed, a line through the means.

    chosen: a row for each model, budget and seed, with its share `next`.
    """
    fig, ax = plt.subplots(figsize=WIDE)
    for model, runs in chosen.groupby("model", sort=False):
        ax.plot(runs["budget"], runs["next"], "o", ms=4, alpha=0.6, color=COLOUR_OF[model])
        means = runs.groupby("budget")["next"].mean()
        ax.plot(means.index, means, "-", color=COLOUR_OF[model], label=model)
    ax.axhline(1, color=COLOUR_OF["oracle"], ls=":", label="oracle")
    ax.set(xscale="log", xlabel="epochs of the run", ylabel=_SHARE, ylim=(0, 1.05))
    budgets = sorted(chosen["budget"].unique())
    ax.set_xticks(budgets, budgets)
    ax.minorticks_off()
    ax.legend(fontsize=8, loc="lower right")
    return fig


def draw_sweeps(sweeps: pd.DataFrame) -> Figure:
    """A small plot for each setting: what its values reach, a dot for each seed.

    sweeps: rows of setting, value (text), seed, next and cloze.
    """
    settings = list(sweeps["setting"].unique())
    rows = -(-len(settings) // 4)
    fig, axes = plt.subplots(rows, 4, figsize=(7.5, 2.1 * rows), sharey=True, squeeze=False)
    for ax, setting in zip(axes.flat, settings, strict=False):
        of = sweeps[sweeps["setting"] == setting]
        values = list(of["value"].unique())
        for column, colour in (("next", COLOURS[0]), ("cloze", COLOURS[1])):
            ax.plot(of["value"].map(values.index), of[column], "o", ms=3, alpha=0.5, color=colour)
            means = of.groupby("value", sort=False)[column].mean()
            label = "next click" if column == "next" else "one gap"
            ax.plot(range(len(values)), means, "-", color=colour, label=label)
        ax.set_xticks(range(len(values)), [value.replace("0.", ".") for value in values])
        ax.tick_params(axis="x", rotation=30 if setting == "positions" else 0)
        ax.set_title(setting.replace(", ", ",\n"), size="small")
    for ax in axes.flat[len(settings) :]:
        ax.set_axis_off()
    axes.flat[-1].legend(*axes[0, 0].get_legend_handles_labels(), fontsize=8, loc="center")
    for ax in axes[:, 0]:
        ax.set_ylabel("share of lift")
    fig.tight_layout()
    return fig


def draw_restored(tables: Mapping[str, npt.ArrayLike], places: Sequence[str]) -> Figure:
    """How much of the oracle's change comes back, by the place and the block of the exchange.

    tables: name -> (blocks + 1, at most as many as places), drawn from the first place on
    places: names of the columns
    """
    fig, axes = plt.subplots(1, len(tables), figsize=(7.5, 3.4), sharey=True, squeeze=False)
    for ax, (name, table) in zip(axes[0], tables.items(), strict=True):
        table = np.asarray(table)
        ax.imshow(table, cmap=SEQUENTIAL, vmin=0, vmax=1, aspect="auto")
        for (row, column), share in np.ndenumerate(table):
            colour = "black" if share > 0.5 else "white"
            ax.text(column, row, f"{abs(share):.2f}", ha="center", va="center", color=colour)
        ax.set_xticks(range(table.shape[1]), places[: table.shape[1]])
        ax.set_yticks(range(len(table)), range(len(table)))
        ax.set(title=name, xlabel="the state that is exchanged")
        ax.grid(visible=False)
    axes[0, 0].set_ylabel("blocks passed")
    fig.tight_layout()
    return fig


def draw_heads(profile: npt.ArrayLike, offsets: npt.ArrayLike) -> Figure:
    """Mean attention weight by distance, a plot for each block. profile: (blocks, H, offsets)."""
    fig, axes = plt.subplots(1, len(profile), figsize=PAIR, sharey=True, squeeze=False)
    for number, (ax, heads) in enumerate(zip(axes[0], profile, strict=True), start=1):
        for h, (line, colour) in enumerate(zip(heads, COLOURS, strict=False), start=1):
            ax.plot(offsets, line, "o-", ms=4, color=colour, label=f"head {h}")
        ax.axvline(0, color="0.5", ls="--", lw=1)
        ax.set(title=f"block {number}", xlabel="place beside the gap (0)")
    axes[0, 0].set_ylabel("mean weight")
    axes[0, 0].legend(fontsize=8)
    fig.tight_layout()
    return fig
