"""The knobs of a simulated world: what each does to the ladder, and sliders to turn them.

    show(knobs_figure(table), alt="...")
    WorldKnobs(ladder, start={"order": 1.1}, most={"order": 4.0})    # last line of a cell

The sliders stand in the page's tab order and take the arrow keys; the scores are a table with
numbers. Where widgets don't run, the table of the start stands in their place.
"""

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets
import pandas as pd
from matplotlib.figure import Figure

from course.figures.colours import COLOUR_OF, COLOURS
from course.figures.panel import panel, stripe
from course.figures.side_by_side import legend_below, side_by_side

Ladder = Callable[..., Mapping[str, float]]
STEPS = 40  # of a slider, from 0 to its end


def knobs_figure(table: pd.DataFrame) -> Figure:
    """A panel for each knob: the score of each forecaster over the knob's value.

    table: a row per world, forecaster and seed: knob, value, is_default (bool: the value that the
           shop has), forecaster, score. Lines are means over the seeds, bands reach from the lowest
           to the highest.
    """
    knobs = table["knob"].drop_duplicates()
    fig, axes = side_by_side(len(knobs), height=3.6)
    for ax, knob in zip(axes, knobs, strict=True):
        of_knob = table[table["knob"] == knob]
        for forecaster, rows in of_knob.groupby("forecaster", sort=False):
            spread = rows.groupby("value")["score"].agg(["mean", "min", "max"])
            colour = _colour(forecaster)
            ax.plot(spread.index, spread["mean"], "o-", ms=4, color=colour, label=forecaster)
            ax.fill_between(spread.index, spread["min"], spread["max"], color=colour, alpha=0.25)
        default = of_knob.loc[of_knob["is_default"], "value"].iloc[0]
        ax.axvline(default, color="0.45", lw=1.8, ls="--", label="the shop of the course")
        ax.set(xlabel=knob, ylim=(0, 1))
    axes[0].set_ylabel("NDCG@10")
    legend_below(fig, axes)
    return fig


def ladder_table(scores: Mapping[str, float]) -> str:
    """Scores as an HTML table: one row a forecaster, a bar from 0 to 1 and the number."""
    rows = "".join(
        f'<tr><th scope="row">{name}</th><td style="--c:{_colour(name)}">{stripe(score)}'
        f"{score:.2f}</td></tr>"
        for name, score in scores.items()
    )
    head = '<thead><tr><th scope="col">forecaster</th><th scope="col">NDCG@10</th></tr></thead>'
    return f'<div class="panel"><table>{head}<tbody>{rows}</tbody></table></div>'


def _colour(forecaster: str) -> str:
    return COLOUR_OF.get(forecaster, COLOURS[1])


class WorldKnobs:
    """A slider for each knob, and the ladder of the world that they make.

    ladder: `ladder(**knobs)` gives forecaster -> score; called anew when a slider is let go.
    start:  knob -> the value to begin with.
    most:   knob -> the end of its slider, which begins at 0.
    """

    def __init__(
        self, ladder: Ladder, start: Mapping[str, float], most: Mapping[str, float]
    ) -> None:
        self.ladder = ladder
        self.start = dict(start)
        self.sliders = {
            knob: widgets.FloatSlider(
                value=value,
                min=0.0,
                max=most[knob],
                step=most[knob] / STEPS,
                description=knob,
                continuous_update=False,
            )
            for knob, value in start.items()
        }
        self.reset = widgets.Button(
            description="Start again", icon="refresh", tooltip="The world as it began"
        )
        self.view = widgets.HTML(layout=widgets.Layout(width="100%"))
        controls = widgets.Box([*self.sliders.values(), self.reset])
        controls.add_class("panel-controls")
        self.panel = panel([controls, self.view])
        for slider in self.sliders.values():
            slider.observe(lambda _: self._draw(), "value")
        self.reset.on_click(lambda _: self._begin_again())
        self._draw()

    def _begin_again(self) -> None:
        for knob, slider in self.sliders.items():
            slider.value = self.start[knob]

    def _draw(self) -> None:
        knobs = {knob: slider.value for knob, slider in self.sliders.items()}
        self.view.value = ladder_table(self.ladder(**knobs))

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        bundle = self.panel._repr_mimebundle_(**options)
        cure = "<p>(Run this cell to turn the knobs.)</p>"
        return {
            **bundle,
            "text/html": self.view.value + cure,
            "text/plain": "The knobs of the world: run this cell to use them.",
        }
