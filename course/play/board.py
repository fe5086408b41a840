"""The board of *Play as Anna* as HTML.

Five forecasts side by side, the oracle's belief, and what the models look at.

Text and lines take JupyterLab's own colours and so follow its theme; bars have a colour of
`course.figures.style` each and stand beside the number that they show. Nothing here holds a script.
"""

import html
from collections.abc import Sequence

from course.figures import COLOURS
from course.play.forecasters import LEARNED, NAMES, Forecasters, Visit

#: One colour a forecaster, of those that can be seen on white and on black.
COLOUR_OF = {name: COLOURS[n] for name, n in zip(NAMES, (3, 4, 5, 2, 1), strict=True)}
TITLES = {"popularity": "Popularity", "oracle": "The oracle"}
SHOWN_CLICKS = 8  # the newest; the others are summed up in a line

STYLE = """
.play{color:var(--jp-content-font-color1,#222);font-size:13px;line-height:1.35}
.play-row{display:grid;gap:10px;margin:8px 10px 8px 0}
.play-five{grid-template-columns:repeat(auto-fit,minmax(130px,1fr))}
.play-below{grid-template-columns:repeat(auto-fit,minmax(240px,1fr))}
.play section{border:1px solid var(--jp-border-color2,#ccc);border-radius:4px;
padding:8px 10px;min-width:0}
.play .play-wide{grid-column:span 2}
.play-five section{border-top:4px solid var(--c)}
.play h4{margin:0 0 2px!important;font-size:14px;font-weight:600}
.play p{margin:0 0 6px!important;font-size:12px;color:var(--jp-content-font-color2,#555)}
.play ol,.play ul{list-style:none;margin:0!important;padding:0!important}
.play li{display:grid;grid-template-columns:1fr auto;gap:0 6px;margin:0 0 5px}
.play li>i,.play td>i{border-radius:2px;background:rgba(128,128,128,.22)}
.play li>i{grid-column:1/3;display:block;height:5px}
.play i>i{display:block;height:100%;border-radius:2px;background:var(--c)}
.play-name{overflow-wrap:break-word;min-width:0}
.play table{border-collapse:collapse;width:100%;font-size:13px;
table-layout:fixed;margin:0!important}
.play th,.play td{text-align:left!important;padding:1px 8px 1px 0!important;
background:none!important;font-weight:400}
.play thead th{font-size:12px;color:var(--jp-content-font-color2,#555)}
.play th:first-child{width:42%}
.play td{white-space:nowrap}
.play td>i{display:inline-block;vertical-align:middle;width:calc(100% - 3.2em);
height:9px;margin-right:4px}
.play-status{min-height:1.4em}
"""


def board(forecasters: Forecasters, visit: Visit) -> str:
    """All of it for a visit."""
    five = five_columns(forecasters, visit.clicks)
    below = looks(forecasters, visit) + beliefs(forecasters, visit.clicks)
    return (
        f'<div class="play"><div class="play-row play-five">{five}</div>'
        f'<div class="play-row play-below">{below}</div></div>'
    )


def five_columns(forecasters: Forecasters, clicks: Sequence[int]) -> str:
    """A column for each forecaster.

    Its five, as bars of one scale, and how probably the next click is one of them.
    """
    tops = forecasters.top_five(clicks)
    covered = forecasters.coverage(clicks)
    places = forecasters.places(clicks)
    longest = max(share for five in tops.values() for _, share in five)
    columns = []
    for name, five in tops.items():
        bars = "".join(
            _bar(forecasters.labels[item], share, share / longest) for item, share in five
        )
        hits = sum(place > 0 for place in places[name])
        so_far = f"of {len(clicks)} clicks so far: {hits}" if clicks else "no click so far"
        body = f"<p>holds the next click: {covered[name]:.0%}<br>{so_far}</p><ol>{bars}</ol>"
        columns.append(_section("", title(name), body, COLOUR_OF[name]))
    return "".join(columns)


def beliefs(forecasters: Forecasters, clicks: Sequence[int]) -> str:
    """Two panels of bars: who the oracle thinks that it is, and what they are about to do."""
    heads = {
        "persona": "Who is it? The oracle believes",
        "mission": "What for? The oracle believes",
    }
    panels = []
    for kind, shares in forecasters.belief(clicks).items():
        bars = "".join(_bar(spoken(name), share, share) for name, share in shares.items())
        panels.append(_section("", heads[kind], f"<ul>{bars}</ul>", COLOUR_OF["oracle"]))
    return "".join(panels)


def looks(forecasters: Forecasters, visit: Visit) -> str:
    """The clicks, newest first, and how much each model looks at each of them."""
    clicks = visit.clicks
    attention = forecasters.attention(clicks)
    head = f"{owner(visit)} clicks, and what the models look at"
    if not clicks:
        return _section("play-wide", head, "<p>No click yet. Choose a product.</p>")
    columns = "".join(f'<th scope="col">{name}</th>' for name in LEARNED)
    first = max(0, len(clicks) - SHOWN_CLICKS)
    rows = []
    for place in range(len(clicks) - 1, first - 1, -1):
        name = f"{place + 1}. {html.escape(forecasters.labels[clicks[place]])}"
        rows.append(_row(name, [attention[model][place] for model in LEARNED]))
    if first:
        before = [attention[model][:first].sum() for model in LEARNED]
        rows.append(_row(f"the {first} before", before))
    # SASRec asks from a click
    itself = [None if model == "SASRec" else attention[model][-1] for model in LEARNED]
    rows.append(_row("the place that asks", itself))
    top = f'<thead><tr><th scope="col">click</th>{columns}</tr></thead>'
    return _section("play-wide", head, f"<table>{top}<tbody>{''.join(rows)}</tbody></table>")


def status(forecasters: Forecasters, visit: Visit) -> str:
    """One sentence on the newest click: who had it among their five."""
    if not visit.clicks:
        return "Nothing clicked yet: the forecasts are for somebody of whom nothing is known."
    label = forecasters.labels[visit.clicks[-1]]
    newest = {name: places[-1] for name, places in forecasters.places(visit.clicks).items()}
    hits = [f"{spoken_title(name)} (place {place})" for name, place in newest.items() if place]
    names = ", ".join(hits) or "nobody"
    return f"Click {len(visit.clicks)}: {label}. Among their five it was for: {names}."


def title(name: str) -> str:
    """A forecaster as a heading."""
    return TITLES.get(name, name)


def spoken_title(name: str) -> str:
    """A forecaster in a sentence."""
    return TITLES[name].lower() if name in TITLES else name


def owner(visit: Visit) -> str:
    """Whose clicks: "Anna's", or "Your"."""
    return "Your" if visit.shopper.persona is None else f"{visit.shopper.name}'s"


def spoken(name: str) -> str:
    """A name as one says it: "new_puppy_parent" -> "new puppy parent"."""
    return name.replace("_", " ")


def _section(kind: str, head: str, body: str, colour: str = "inherit") -> str:
    return (
        f'<section class="{kind}" style="--c:{colour}" aria-label="{head}">'
        f"<h4>{head}</h4>{body}</section>"
    )


def _bar(label: str, share: float, width: float) -> str:
    label = html.escape(label)
    return (
        f'<li><span class="play-name" title="{label}">{_unbroken(label)}</span>'
        f"<span>{share:.0%}</span>{_stripe(width)}</li>"
    )


def _stripe(width: float) -> str:
    return f'<i aria-hidden="true"><i style="width:{100 * width:.1f}%"></i></i>'


def _unbroken(label: str) -> str:
    """The price stays with the word before it."""
    return label.replace(" €", "&nbsp;€")


def _row(name: str, weights: Sequence[float | None]) -> str:
    cells = "".join(_cell(model, weight) for model, weight in zip(LEARNED, weights, strict=True))
    return f'<tr><th scope="row" title="{name}">{name}</th>{cells}</tr>'


def _cell(model: str, weight: float | None) -> str:
    if weight is None:
        return "<td>–</td>"
    return f'<td style="--c:{COLOUR_OF[model]}">{_stripe(weight)}{weight:.0%}</td>'
