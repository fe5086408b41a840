"""One look for all figures, and the figures that several chapters draw.

colours         of series and of models
sizes           of figures and of their letters
themes          the same figure on a dark page
style           one look, `show`
icons           drawings of products
panel           what live panels share
attention_map   who looks at whom
graph_map       a graph of products
head_layout     which number goes to which head
curves          means and spreads over budgets, in small panels
explorer        attention, with buttons
ladder          how far each model of the course gets
rollouts        what generated visits are worth, click by click
journeys        a shopper's clicks, and the steps of missions
side_by_side    panels with one legend below them
sequence_maps   padding, windows and splits as grids
knobs           what a world's constants do to the ladder, with sliders
gaps            models that fill gaps
"""

from course.figures.attention_map import draw_attention
from course.figures.colours import COLOUR_OF, COLOURS
from course.figures.curves import draw_curves
from course.figures.explorer import AttentionExplorer
from course.figures.gaps import (
    draw_bars,
    draw_budgets,
    draw_converge,
    draw_draws,
    draw_heads,
    draw_lines,
    draw_reactions,
    draw_restored,
    draw_stretch,
    draw_sweeps,
)
from course.figures.graph_map import draw_graph
from course.figures.head_layout import head_layout
from course.figures.journeys import life_figure, missions_figure
from course.figures.knobs import WorldKnobs, knobs_figure
from course.figures.ladder import (
    first_ladder_alt,
    first_ladder_figure,
    first_rungs,
    ladder_alt,
    ladder_figure,
    rungs,
)
from course.figures.rollouts import rollout_figure
from course.figures.sequence_maps import padding_figure, splits_figure, windows_figure
from course.figures.sizes import PAIR, SQUARE, WIDE
from course.figures.style import (
    DIVERGING,
    SEQUENTIAL,
    show,
    show_picture,
)

__all__ = [
    "AttentionExplorer",
    "COLOURS",
    "COLOUR_OF",
    "DIVERGING",
    "PAIR",
    "SEQUENTIAL",
    "SQUARE",
    "WIDE",
    "WorldKnobs",
    "draw_attention",
    "draw_bars",
    "draw_budgets",
    "draw_converge",
    "draw_curves",
    "draw_draws",
    "draw_graph",
    "draw_heads",
    "draw_lines",
    "draw_reactions",
    "draw_restored",
    "draw_stretch",
    "draw_sweeps",
    "first_ladder_alt",
    "first_ladder_figure",
    "first_rungs",
    "head_layout",
    "knobs_figure",
    "ladder_alt",
    "ladder_figure",
    "life_figure",
    "missions_figure",
    "padding_figure",
    "rollout_figure",
    "rungs",
    "show",
    "show_picture",
    "splits_figure",
    "windows_figure",
]
