"""Markdown as a page that stands alone: no script, nothing from a server, light and dark."""

import html
import re
from pathlib import Path

from nbconvert.filters.markdown import markdown2html

from course.teaching.formulas import with_formulas

_STYLE = """
:root{color-scheme:light dark;--line:#8886;--code:#8882}
body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em}
table{border-collapse:collapse;margin:1em 0}
td,th{border:1px solid var(--line);padding:.3em .7em;text-align:left;vertical-align:top}
code{background:var(--code);padding:0 .2em}
pre{background:var(--code);padding:.6em .8em;overflow-x:auto;font-size:14px;line-height:1.4}
pre code{background:none;padding:0}
summary{cursor:pointer}
.anchor-link{display:none}
@media print{@page{margin:16mm}body{max-width:none;margin:0;padding:0;font-size:10.5pt}
pre{white-space:pre-wrap;font-size:9pt}tr,pre,li{break-inside:avoid}h2,h3{break-after:avoid}}
"""


def page(title: str, body: str, head: str = "", style: str = "") -> str:
    """A whole page.

    body:  HTML.
    head:  more of its head, as HTML.
    style: more CSS.
    """
    css = "".join((_STYLE + style).splitlines())
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">{head}'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{css}</style></head>\n"
        f"<body>{body}</body></html>\n"
    )


def write_both(path: Path, title: str, text: str, style: str = "", body: str = "") -> None:
    """A page as Markdown and as HTML, `path` with either suffix.

    style: more CSS
    body:  HTML, where it is not made of the Markdown. In what is, all that stands under a heading
           of the second rank is a section.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".md").write_text(text, encoding="utf-8")
    body = body or re.sub(
        r"<h2.*?(?=<h2|\Z)", r"<section>\g<0></section>", markdown2html(text), flags=re.S
    )
    path.with_suffix(".html").write_text(
        page(title, with_formulas(body), style=style), encoding="utf-8"
    )
