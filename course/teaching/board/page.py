"""A chapter's sketches as a page: each as it comes about, step by step, and as a file to copy."""

import html
from pathlib import Path

from nbconvert.filters.markdown import markdown2html

from course.teaching.board.every import of_chapter
from course.teaching.board.ink import alone
from course.teaching.board.sketch import Sketch
from course.teaching.pages import write_both
from course.teaching.stubs import title_of

_HOW = (
    "Draw each by hand, in this order. Before the last stroke ask, and wait. The last stroke is in "
    "another colour."
)
WIDE = 13  # boxes: beyond, letters would be too small in two columns
_STYLE = """
.steps{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(25em,100%),1fr));gap:1em 2em}
.wide{grid-template-columns:1fr}
.steps>div>svg{max-width:100%;height:auto}
.steps>div>p{margin:.3em 0}
.ask{border-left:.4em solid #0288d1;padding-left:.6em;font-size:1.15em}
section{break-inside:avoid}
@media print{.steps{grid-template-columns:1fr 1fr}.wide{grid-template-columns:1fr}}
"""


def write_board(chapter: str, out: Path) -> bool:
    """Write the page of a chapter, and a file for each sketch; False if it has none."""
    sketches = of_chapter(chapter)
    if not sketches:
        return False
    title = f"On the board: {title_of(chapter)}"
    text = "\n\n".join([f"# {title}", _HOW, *map(_told, sketches)]) + "\n"
    parts = [f"<h1>{html.escape(title)}</h1>", f"<p>{_HOW}</p>", *map(_shown, sketches)]
    write_both(out / chapter, title, text, style=_STYLE, body="\n".join(parts))
    for sketch in sketches:
        (out / f"{sketch.id}.svg").write_text(alone(sketch.svg()), encoding="utf-8")
    return True


def _told(sketch: Sketch) -> str:
    """One sketch, as Markdown: the finished picture and how it comes about."""
    steps = [f"1. {step.say}" for step in sketch.steps]
    steps += [f"1. **Ask:** {sketch.question}", f"1. **Last stroke:** {sketch.last.say}"]
    picture = f"![{sketch.alt}]({sketch.id}.svg)"
    return "\n\n".join([f"## {sketch.title}", picture, "\n".join(steps), _dissolved(sketch)])


def _shown(sketch: Sketch) -> str:
    """One sketch, as HTML: a picture for each step."""
    parts = [
        f"<div>{sketch.svg(number)}{_prose(f'**{number}.** {step.say}')}</div>"
        for number, step in enumerate(sketch.steps, 1)
    ]
    ask = _prose(f"**Ask:** {sketch.question}").replace("<p>", '<p class="ask">')
    last = _prose(f"**{len(parts) + 1}.** {sketch.last.say}")
    parts[-1] = parts[-1].removesuffix("</div>") + ask + "</div>"
    parts.append(f"<div>{sketch.svg()}{last}</div>")
    steps = "steps wide" if sketch.width > WIDE else "steps"
    return (
        f'<section id="{sketch.name}"><h2>{html.escape(sketch.title)}</h2>'
        f'<div class="{steps}">{"".join(parts)}</div>{_prose(_dissolved(sketch))}</section>'
    )


def _dissolved(sketch: Sketch) -> str:
    """The wrong ideas that it is drawn against."""
    told = [f"{id} {', '.join(names)}" for id, names in sketch.dissolves.items()]
    return f"*It dissolves:* {'; '.join(told)}."


def _prose(text: str) -> str:
    return markdown2html(text).strip()
