"""The picture that stands where *Play as Anna* can't run: the same visit, drawn."""

import matplotlib.pyplot as plt

from course.figures.style import as_html
from course.play.board import COLOUR_OF, owner, spoken, title
from course.play.forecasters import LEARNED


def picture(forecasters, visit):
    """An `<img>` of the visit:

    forecasts above, belief and attention below, and an alt text that tells the gist.
    """
    fig, axes = plt.subplots(2, 5, figsize=(13, 5), height_ratios=(1, 1.25))
    tops, covered = forecasters.top_five(visit.clicks), forecasters.coverage(visit.clicks)
    longest = max(share for five in tops.values() for _, share in five)
    for ax, (name, five) in zip(axes[0], tops.items(), strict=True):
        labels = [forecasters.labels[item] for item, _ in five]
        _bars(ax, labels, [share for _, share in five], COLOUR_OF[name], 1.3 * longest)
        ax.set_title(f"{title(name)}, holds the next: {covered[name]:.0%}")
    for ax, (kind, shares) in zip(
        axes[1, :2], forecasters.belief(visit.clicks).items(), strict=True
    ):
        _bars(
            ax, [spoken(label) for label in shares], list(shares.values()), COLOUR_OF["oracle"], 1.3
        )
        ax.set_title(f"the oracle's belief: {kind}")
    clicks = [f"{n}. {forecasters.labels[item]}" for n, item in enumerate(visit.clicks, 1)]
    for ax, name in zip(axes[1, 2:], LEARNED, strict=True):
        weights = list(forecasters.attention(visit.clicks)[name])
        asks = [] if name == "SASRec" else ["the place that asks"]
        _bars(ax, clicks + asks, weights[: len(clicks) + len(asks)], COLOUR_OF[name], 1.3)
        ax.set_title(f"{name} looks at")
    fig.tight_layout()
    return as_html(fig, alt_text(forecasters, visit))


def alt_text(forecasters, visit):
    """What the picture tells, in three sentences."""
    covered, belief = forecasters.coverage(visit.clicks), forecasters.belief(visit.clicks)
    first = {
        name: forecasters.labels[five[0][0]]
        for name, five in forecasters.top_five(visit.clicks).items()
    }
    said = ", ".join(
        f"{title(name)} {label} ({covered[name]:.0%})" for name, label in first.items()
    )
    likely = [spoken(max(shares, key=shares.get)) for shares in belief.values()]
    so_far = ", ".join(forecasters.labels[item] for item in visit.clicks) or "none yet"
    return (
        f"{owner(visit)} clicks so far: {so_far}. First guess of each forecaster, and how probably "
        f"the next click is among its five: {said}. The oracle believes most in a {likely[0]}, on "
        f"the mission {likely[1]}."
    )


def _bars(ax, labels, shares, colour, right):
    ax.barh(range(len(labels)), shares, color=colour)
    for row, share in enumerate(shares):
        ax.text(share + 0.02 * right, row, f"{share:.0%}", va="center", fontsize=8)
    ax.set_yticks(range(len(labels)), labels, fontsize=8)
    ax.set(xlim=(0, right), xticks=[])
    ax.invert_yaxis()
    ax.grid(visible=False)
