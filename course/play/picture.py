"""The picture that stands where *Play as Anna* can't run: the same visit, drawn."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from course.figures import COLOUR_OF
from course.figures.style import as_html
from course.play.board import owner, spoken, title
from course.play.forecasters import LEARNED, Forecasters, Visit


def picture(forecasters: Forecasters, visit: Visit) -> str:
    """An `<img>` of the visit, with an alt text that tells the gist.

    Forecasts stand above, belief and attention below.
    """
    fig, axes = plt.subplots(2, 5, figsize=(13, 5), height_ratios=(1, 1.25))
    tops = forecasters.top_five(visit.clicks)
    covered = forecasters.coverage(visit.clicks)
    longest = max(share for five in tops.values() for _, share in five)
    for ax, (name, five) in zip(axes[0], tops.items(), strict=True):
        labels = [forecasters.labels[item] for item, _ in five]
        _bars(ax, labels, [share for _, share in five], COLOUR_OF[name], 1.3 * longest)
        ax.set_title(f"{title(name)}, holds the next: {covered[name]:.0%}")
    belief = forecasters.belief(visit.clicks)
    for ax, (kind, shares) in zip(axes[1, :2], belief.items(), strict=True):
        labels = [spoken(label) for label in shares]
        _bars(ax, labels, list(shares.values()), COLOUR_OF["oracle"], 1.3)
        ax.set_title(f"the oracle's belief: {kind}")
    clicks = [f"{n}. {forecasters.labels[item]}" for n, item in enumerate(visit.clicks, 1)]
    for ax, name in zip(axes[1, 2:], LEARNED, strict=True):
        weights = list(forecasters.attention(visit.clicks)[name])
        labels = clicks if name == "SASRec" else [*clicks, "the place that asks"]
        _bars(ax, labels, weights[: len(labels)], COLOUR_OF[name], 1.3)
        ax.set_title(f"{name} looks at")
    fig.tight_layout()
    return as_html(fig, alt_text(forecasters, visit))


def alt_text(forecasters: Forecasters, visit: Visit) -> str:
    """What the picture tells, in three sentences."""
    covered = forecasters.coverage(visit.clicks)
    belief = forecasters.belief(visit.clicks)
    guesses = []
    for name, five in forecasters.top_five(visit.clicks).items():
        label = forecasters.labels[five[0][0]]
        guesses.append(f"{title(name)} {label} ({covered[name]:.0%})")
    likely = [spoken(max(shares, key=shares.get)) for shares in belief.values()]
    so_far = ", ".join(forecasters.labels[item] for item in visit.clicks) or "none yet"
    return (
        f"{owner(visit)} clicks so far: {so_far}. First guess of each forecaster, and how probably "
        f"the next click is among its five: {', '.join(guesses)}. The oracle believes most in a "
        f"{likely[0]}, on the mission {likely[1]}."
    )


def _bars(
    ax: Axes, labels: Sequence[str], shares: Sequence[float], colour: str, right: float
) -> None:
    ax.barh(range(len(labels)), shares, color=colour)
    for row, share in enumerate(shares):
        ax.text(share + 0.02 * right, row, f"{share:.0%}", va="center", fontsize=8)
    ax.set_yticks(range(len(labels)), labels, fontsize=8)
    ax.set(xlim=(0, right), xticks=[])
    ax.invert_yaxis()
    ax.grid(visible=False)
