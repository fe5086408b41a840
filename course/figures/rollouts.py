"""What the law of the shop makes of generated visits, click by click."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from course.figures.colours import COLOUR_OF
from course.figures.sizes import WIDE

# Nobody generates by the oracle's name: its clicks are the shop's own.
_COLOURS = COLOUR_OF | {"the shop": COLOUR_OF["oracle"], "at random": "#9A7060"}
_DASHES = {"at random": "--", "popularity": ":"}


def rollout_figure(nats: Mapping[str, npt.ArrayLike]) -> Figure:
    """A line for each generator: nats of its clicks under the law of the shop, over the clicks.

    nats: by name, (B, n) of B visits and n clicks; the band is twice the standard error of the mean
    """
    fig, ax = plt.subplots(figsize=WIDE)
    for name, values in nats.items():
        values = np.asarray(values)
        mean = values.mean(axis=0)
        spread = 2 * values.std(axis=0) / len(values) ** 0.5
        clicks = np.arange(1, len(mean) + 1)
        colour = _COLOURS[name]
        ax.plot(clicks, mean, color=colour, ls=_DASHES.get(name, "-"), label=name)
        ax.fill_between(clicks, mean - spread, mean + spread, color=colour, alpha=0.2, lw=0)
    ax.set(
        xlabel="click that was generated",
        ylabel="nats, by the law of the shop",
        ylim=(0, None),
        xticks=range(5, len(clicks) + 1, 5) if len(clicks) >= 5 else clicks,
        title="How likely are generated clicks?",
    )
    ax.legend(fontsize=8, ncols=2)
    fig.tight_layout()
    return fig
