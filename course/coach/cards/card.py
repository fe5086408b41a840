"""What the coach shows: an object with an HTML face and a plain-text face.

The HTML holds no script, asks nothing of any server, and reads well in a notebook that is not
trusted, which loses its style. Colours are JupyterLab's own variables, so it follows the theme; a
sign and a word say what a colour says.
"""

import sys
from dataclasses import dataclass
from typing import Any

from course.coach.sandbox.isolate import running_shell

_STYLE = """
.coach{--c:var(--jp-border-color1,#888);max-width:58em;margin:.4em 0;padding:.5em 1em .6em;
border:1px solid var(--jp-border-color2,#bbb);border-left:.45em solid var(--c);
border-radius:.25em;line-height:1.5}
.coach-good{--c:var(--jp-success-color1,#388e3c)}.coach-bad{--c:var(--jp-error-color1,#d32f2f)}
.coach-warn{--c:var(--jp-warn-color1,#f57c00)}.coach-info{--c:var(--jp-info-color1,#0288d1)}
.coach p{margin:.35em 0!important}
.coach .coach-foot{font-size:.92em}
.coach pre{margin:.2em 0!important;padding:.35em .6em!important;overflow-x:auto;
background:var(--jp-cell-editor-background,rgba(128,128,128,.14))!important;border-radius:.2em}
.coach-row{display:grid;grid-template-columns:6.5em minmax(0,1fr)}.coach-row>b{padding-top:.45em}
.coach details{margin:.25em 0}.coach summary{display:list-item;cursor:pointer;padding:.1em .2em;
list-style:disclosure-closed inside;color:var(--jp-content-link-color,#1565c0)}
.coach details[open]>summary{list-style-type:disclosure-open}
.coach summary:hover{text-decoration:underline}
.coach summary:focus-visible{outline:2px solid var(--jp-brand-color1,#1976d2);outline-offset:1px}
.coach details>div{margin:.1em 0 .4em .35em;padding-left:.9em;
border-left:2px solid var(--jp-border-color2,#bbb)}
.coach table{margin:.3em 0!important;border-collapse:collapse}
.coach th,.coach td{text-align:left!important;padding:.2em 1.4em .2em 0!important;
background:none!important}
"""


@dataclass(frozen=True)
class Card:
    """Something to show: `html` for a notebook, `text` for a terminal, a braille line or a test."""

    html: str
    text: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.html}

    def __repr__(self) -> str:
        return self.text


def card(kind: str, label: str, body: str, text: str, style: str = "") -> Card:
    """A framed card.

    kind:  good, bad, warn, info or plain.
    label: how a screen reader announces it, as HTML.
    body:  what the frame holds, as HTML.
    text:  the same as plain text.
    style: more CSS.
    """
    css = "".join((_STYLE + style).splitlines())
    return Card(
        f'<style>{css}</style><section class="coach coach-{kind}" '
        f'aria-label="{label}">{body}</section>',
        text,
    )


def show(card: Card) -> None:
    """Display in a notebook, print elsewhere; there with question marks for signs it lacks."""
    if running_shell() is None:
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        print(card.text.encode(encoding, "replace").decode(encoding))
        return
    from IPython.display import display

    display(card)
