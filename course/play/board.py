"""The board of *Play as Anna* as HTML.

You and five forecasters side by side, the oracle's belief, and what the models look at. In a round
(`course.play.game`) it shows what was forecast before the newest click, so that nobody copies.

Bars have a colour of `course.figures.COLOUR_OF` each and stand beside the number that they show.
Nothing here holds a script.
"""

import html
from collections.abc import Sequence

from course.figures import COLOUR_OF
from course.figures.panel import product_name, stripe, trail
from course.play.forecasters import LEARNED, Forecasters, Visit
from course.play.game import TURNS, Round, Turn

TITLES = {"popularity": "Popularity", "oracle": "The oracle"}
SHOWN_CLICKS = 8  # the newest; the others are summed up in a line

STYLE = """
.play-row{display:grid;gap:10px;margin:8px 10px 8px 0}
.play-six{grid-template-columns:repeat(6,minmax(0,1fr))}
.play-below{grid-template-columns:2fr 1fr 1fr}
@container (max-width:960px){.play-six{grid-template-columns:repeat(3,minmax(0,1fr))}
.play-below{grid-template-columns:1fr 1fr}.play-wide{grid-column:span 2}}
@container (max-width:440px){.play-six{grid-template-columns:repeat(2,minmax(0,1fr))}}
.play-six section{border-top:4px solid var(--c)}
.play li.play-bar{display:grid;grid-template-columns:1fr auto;gap:0 6px;margin:0 0 5px}
.play-bar>i{grid-column:1/3;display:block;height:5px}
.play .play-hit{background:rgba(128,128,128,.2);box-shadow:0 0 0 2px var(--c);border-radius:2px;
font-weight:600;padding:0 2px;display:inline-block;margin-top:4px}
@media (prefers-reduced-motion:no-preference){.play-hit{animation:play-lit 1.2s ease-out}}
@keyframes play-lit{from{background:var(--c)}}
.play th:first-child{width:42%}
.play-score{display:grid;grid-template-columns:auto 1fr auto;gap:2px 8px;margin:4px 0 8px;
font-size:12px;align-items:center}
.play-pips{display:grid;grid-template-columns:repeat(10,1fr);gap:2px}
.play-pips>b{height:10px;border:1px solid var(--c);border-radius:2px;font-weight:400}
.play-pips>.play-full{background:var(--c)}
.play-pips>.play-miss{background:linear-gradient(to top right,transparent 42%,
var(--jp-content-font-color2,#555) 44% 56%,transparent 58%)}
.play-status{min-height:1.4em;margin-right:10px}
.play-status p{display:inline;margin-right:8px!important}
"""


def board(forecasters: Forecasters, visit: Visit, game: Round | None = None) -> str:
    """All of it for a visit; `game`: the round that is played, or None."""
    if game is None:
        asked = visit
        newest = None
    else:
        asked = visit.undo() if game.turns else None
        newest = visit.clicks[-1] if game.turns else None
    columns = you(forecasters, visit, game)
    if asked is None:
        columns += "".join(
            _section(title(name), "<p>Speaks when you have guessed.</p>", COLOUR_OF[name])
            for name in forecasters.names
        )
        return f'<div class="panel play"><div class="play-row play-six">{columns}</div></div>'
    columns += five_columns(forecasters, asked.clicks, newest)
    below = looks(forecasters, asked) + beliefs(forecasters, asked.clicks)
    return (
        f'<div class="panel play"><div class="play-row play-six">{columns}</div>'
        f'<div class="play-row play-below">{below}</div></div>'
    )


def you(forecasters: Forecasters, visit: Visit, game: Round | None) -> str:
    """Your column: the score of the round, or how to play one."""
    if game is None:
        body = (
            f"<p>Who knows better what {who(visit)} clicks next, you or SASRec?</p>"
            f"<p>Press <b>Guess</b> above: {TURNS} clicks a round, one guess each.</p>"
        )
        return _section("You", body, COLOUR_OF["you"])
    turn = min(len(game.turns) + 1, TURNS)
    rows = []
    for name, hits in game.hits.items():
        classes = ["play-full" if hit else "play-miss" for hit in hits]
        classes += [""] * (TURNS - len(hits))
        pips = "".join(f'<b class="{kind}"></b>' for kind in classes)
        colour = COLOUR_OF[name if name == "SASRec" else "you"]
        rows.append(
            f'<span>{name}</span><span class="play-pips" style="--c:{colour}" aria-hidden="true">'
            f"{pips}</span><span>{sum(hits)}</span>"
        )
    state = "is over" if game.is_over else f"click {turn} of {TURNS}"
    body = f"<p>Round {game.number}, {state}</p>"
    body += f'<div class="play-score">{"".join(rows)}</div><p><b>{game.verdict()}</b></p>'
    if game.turns:
        body += answer(forecasters, game.turns[-1])
    return _section("You", body, COLOUR_OF["you"])


def answer(forecasters: Forecasters, turn: Turn) -> str:
    """HTML: what you said in a turn, and whether it was right; a hit lights up."""
    if not turn.yours:
        return "<p>You said nothing.</p>"
    said = f"You said: {product_name(forecasters.labels[turn.yours])}"
    if turn.yours == turn.click:
        return f'<p><span class="play-hit">✓ {said}</span></p>'
    return f"<p>{said}, wrong.</p>"


def five_columns(forecasters: Forecasters, clicks: Sequence[int], newest: int | None = None) -> str:
    """A column for each forecaster.

    Its five, as bars of one scale, and how probably the next click is one of them.
    newest: the click that came next, if it is known; it lights up.
    """
    tops = forecasters.top_five(clicks)
    covered = forecasters.coverage(clicks)
    known = clicks if newest is None else (*clicks, newest)
    places = forecasters.places(known)
    columns = []
    for name, five in tops.items():
        bars = "".join(
            _bar(product_name(forecasters.labels[item]), share, item == newest)
            for item, share in five
        )
        body = f"<p>holds the next click: {covered[name]:.0%}<br>{_record(places[name])}</p>"
        columns.append(_section(title(name), f"{body}<ol>{bars}</ol>", COLOUR_OF[name]))
    return "".join(columns)


def beliefs(forecasters: Forecasters, clicks: Sequence[int]) -> str:
    """Two panels of bars: who the oracle thinks that it is, and what they are about to do."""
    heads = {
        "persona": "Who is it? The oracle believes",
        "mission": "What for? The oracle believes",
    }
    panels = []
    for kind, shares in forecasters.belief(clicks).items():
        bars = "".join(_bar(html.escape(spoken(name)), share) for name, share in shares.items())
        panels.append(_section(heads[kind], f"<ul>{bars}</ul>", COLOUR_OF["oracle"]))
    return "".join(panels)


def looks(forecasters: Forecasters, visit: Visit) -> str:
    """The clicks, newest first, and how much each model looks at each of them."""
    clicks = visit.clicks
    attention = forecasters.attention(clicks)
    head = f"{owner(visit)} clicks, and what the models look at"
    if not clicks:
        return _section(head, "<p>No click yet. Choose a product.</p>", kind="play-wide")
    columns = "".join(f'<th scope="col">{name}</th>' for name in LEARNED)
    first = max(0, len(clicks) - SHOWN_CLICKS)
    rows = []
    for place in range(len(clicks) - 1, first - 1, -1):
        name = f"{place + 1}. {product_name(forecasters.labels[clicks[place]])}"
        rows.append(_row(name, [attention[model][place] for model in LEARNED]))
    if first:
        before = [attention[model][:first].sum() for model in LEARNED]
        rows.append(_row(f"the {first} before", before))
    # SASRec asks from a click
    itself = [None if model == "SASRec" else attention[model][-1] for model in LEARNED]
    rows.append(_row("the place that asks", itself))
    top = f'<thead><tr><th scope="col">click</th>{columns}</tr></thead>'
    table = f"<table>{top}<tbody>{''.join(rows)}</tbody></table>"
    return _section(head, table, kind="play-wide")


def status(forecasters: Forecasters, visit: Visit) -> str:
    """HTML: the trail of clicks, and one sentence on the newest: who had it among their five."""
    if not visit.clicks:
        return "Nothing clicked yet: the forecasts are for somebody of whom nothing is known."
    newest = {name: places[-1] for name, places in forecasters.places(visit.clicks).items()}
    hits = [f"{spoken_title(name)} (place {place})" for name, place in newest.items() if place]
    names = ", ".join(hits) or "nobody"
    labels = [forecasters.labels[item] for item in visit.clicks]
    return (
        f"{trail(labels)}<div>Click {len(labels)}: {product_name(labels[-1])}. It was among the "
        f"five of: {names}.</div>"
    )


def title(name: str) -> str:
    """A forecaster as a heading."""
    return TITLES.get(name, name)


def spoken_title(name: str) -> str:
    """A forecaster in a sentence."""
    return TITLES[name].lower() if name in TITLES else name


def who(visit: Visit) -> str:
    """Who clicks: "Anna", or "somebody"."""
    return "somebody" if visit.shopper.persona is None else visit.shopper.name


def owner(visit: Visit) -> str:
    """Whose clicks: "Anna's", or "Your"."""
    return "Your" if visit.shopper.persona is None else f"{visit.shopper.name}'s"


def spoken(name: str) -> str:
    """A name as one says it: "new_puppy_parent" -> "new puppy parent"."""
    return name.replace("_", " ")


def _record(places: Sequence[int]) -> str:
    """How many clicks a forecaster had, and whether the newest; that lights up."""
    if not places:
        return "no click so far"
    had = f"had {sum(place > 0 for place in places)} of {len(places)} clicks"
    if not places[-1]:
        return had
    return f'{had}<br><span class="play-hit">✓ place {places[-1]}</span>'


def _section(head: str, body: str, colour: str = "inherit", kind: str = "") -> str:
    return (
        f'<section class="{kind}" style="--c:{colour}" aria-label="{html.escape(head)}">'
        f"<h4>{html.escape(head)}</h4>{body}</section>"
    )


def _bar(name: str, share: float, is_lit: bool = False) -> str:
    lit = " play-hit" if is_lit else ""
    return f'<li class="play-bar{lit}">{name}<span>{share:.0%}</span>{stripe(share)}</li>'


def _row(name: str, weights: Sequence[float | None]) -> str:
    cells = "".join(_cell(model, weight) for model, weight in zip(LEARNED, weights, strict=True))
    return f'<tr><th scope="row">{name}</th>{cells}</tr>'


def _cell(model: str, weight: float | None) -> str:
    if weight is None:
        return "<td>–</td>"
    return f'<td style="--c:{COLOUR_OF[model]}">{stripe(weight)}{weight:.0%}</td>'
