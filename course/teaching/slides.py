"""A chapter as slides: its questions, guesses, figures and key ideas, a slide each.

One page that needs no network: *Page Down*, the space bar or a swipe go on. Figures come from the
solved notebook, with their alt text; they stand behind the guesses that they answer. Formulas stay
as they are written.
"""

import html
import re
from pathlib import Path

import nbformat
from nbconvert.filters.markdown import markdown2html

from course.authoring.masters import Course
from course.teaching.pages import page
from course.teaching.stubs import title_of

_STYLE = """
html{scroll-snap-type:y mandatory}
body{max-width:none;margin:0;padding:0;font-size:clamp(18px,2.6vmin,34px)}
section{min-height:100vh;box-sizing:border-box;padding:6vmin 9vmin;scroll-snap-align:start;
display:flex;flex-direction:column;justify-content:center;border-bottom:1px solid var(--line)}
section>*{max-width:46em}
section img{max-width:100%;max-height:72vh;width:auto;height:auto;background:#fff}
picture{max-width:100%}
.guess p,.idea p,.idea li{font-size:1.5em}
.guess{border-left:.5em solid #0288d1}.idea{border-left:.5em solid #2e8b57}
footer{font-size:.6em;opacity:.7}
"""
_GUESS = re.compile(r"(?:^|\n\n)([^\n]*\*\*(?:Guess|Before you run)[\s\S]*?)(?=\n\n|$)")
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_IMAGE = re.compile(r"<picture>.*?</picture>|<img [^>]*>", re.DOTALL)


def slides_of(chapter: str) -> str:
    """The slides of one chapter, as an HTML page. Raises MasterError if it has no master."""
    course = Course()
    notebook = course.notebook(course.master(chapter), solved=True)
    title = title_of(chapter)
    parts = [_slide(f"<h1>{html.escape(title)}</h1>")]
    parts += [part for cell in cells_of(notebook) for part in _slides(cell)]
    count = len(parts)
    numbered = (
        part.replace("</section>", f"<footer>{number} / {count}</footer></section>")
        for number, part in enumerate(parts, 1)
    )
    return page(f"Slides: {title}", "\n".join(numbered), style=_STYLE)


def cells_of(notebook: Path) -> list[nbformat.NotebookNode]:
    """The cells of a stored notebook."""
    return nbformat.read(notebook, as_version=4).cells


def _slides(cell: nbformat.NotebookNode) -> list[str]:
    """The slides that a cell makes."""
    if cell.cell_type == "markdown":
        return _of_prose(cell.source)
    found = []
    for output in cell.get("outputs", []):
        text = "".join(output.get("data", {}).get("text/html", ""))
        # A card of the coach may hold pictures; a figure is nothing but one.
        if text.lstrip().startswith(("<img", "<picture", "<figure")):
            found += [_slide(image) for image in _IMAGE.findall(text)[:1]]
    return found


def _of_prose(text: str) -> list[str]:
    """A heading with the sentence below it, each guess, each key idea."""
    headings = _HEADING.findall(text)
    if headings == ["Key ideas"]:
        ideas = re.split(r"\n- ", "\n" + text.partition("## Key ideas")[2].strip())
        return [_slide(markdown2html(_joined(idea)), "idea") for idea in ideas if idea.strip()]
    found = []
    if headings:
        below = text.partition(f"## {headings[0]}")[2].strip().partition("\n\n")[0]
        plain = below if not below.startswith(("|", "```", "#", "**Guess")) else ""
        found.append(_slide(markdown2html(f"## {headings[0]}\n\n{plain}")))
    guesses = _GUESS.findall(text)
    return found + [_slide(markdown2html(_joined(guess)), "guess") for guess in guesses]


def _joined(text: str) -> str:
    return " ".join(text.split())


def _slide(body: str, kind: str = "") -> str:
    mark = f' class="{kind}"' if kind else ""
    return f"<section{mark}>{body}</section>"
