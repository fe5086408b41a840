"""A chapter as slides: its questions, guesses and what comes out, figures, exercises, key ideas.

One page that needs no network: *Page Down*, the space bar or a swipe go on, and printed it has a
page for each slide. Figures come from the solved notebook, with their alt text; they stand behind
the guesses that they answer. Formulas are drawn by the browser.
"""

import ast
import html
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import nbformat
from nbconvert.filters.markdown import markdown2html

from course.authoring.masters import Course
from course.coach.cards.markup import inline
from course.coach.find import find_exercise, load_key
from course.teaching import beside, carried
from course.teaching.aloud import answered_aloud, options_of, read_aloud, without_first_aside
from course.teaching.formulas import with_formulas
from course.teaching.live import answers, asks_for
from course.teaching.pages import page
from course.teaching.parts import parts_of
from course.teaching.stubs import stubs_of, title_of, without_pages
from course.teaching.wall import STYLE, fitted

_HEADING = re.compile(r"^(##|###) (.+)$", re.MULTILINE)
#: Letters of a picture's caption.
CAPTION = 85
_IMAGE = re.compile(r"<picture>.*?</picture>|<img [^>]*>", re.DOTALL)
_TASK = re.compile(r"Your turn \(([\d.]+)\)")
Cell = nbformat.NotebookNode


def slides_of(chapter: str) -> str:
    """The slides of one chapter, as an HTML page. Raises MasterError if it has no master."""
    course = Course()
    notebook = course.notebook(course.master(chapter), solved=True)
    title = title_of(chapter)
    parts = [_slide(f"<h1>{html.escape(title)}</h1>")]
    under, waits, last, code = "", "", None, ""
    made: list[tuple[str, str, str]] = []
    above: list[str] = []  # what cells have printed since the last prose, on no slide yet
    for cell, following in pairwise([*cells_of(notebook), None]):
        if cell.cell_type == "markdown":
            before = under
            made, under, waits = _of_prose(cell.source, following, under, last, code)
            is_comment = made and beside.comments(cell.source, made[0])
            parts += [_slide(each, "answer", before) for each in above if is_comment]
            parts += [_slide(*each) for each in made]
            above, code = [], ""
            continue
        result, figures = _result(cell, bool(waits)), _figures(cell)
        if not result and beside.speaks(cell):
            told = _blocks([carried.printed(cell)])
            above += [told] if not any(told in body for body, *_ in made) else []
        parts += [_slide(result, "answer", under)] if result else []
        parts += [_slide(_captioned(image), under=under) for image in figures]
        if result or (figures and waits == "shown"):
            waits = ""
        waits = waits or "asked" * (bool(answers(cell)) and not carried.printed(cell))
        last = cell if carried.printed(cell) else last
        code = beside.definition(cell.source) or code
    parts += _to_talk_about(chapter)
    count = len(parts)
    numbered = (
        part.replace("</section>", f"<footer>{number} / {count}</footer></section>")
        for number, part in enumerate(parts, 1)
    )
    return page(f"Slides: {title}", "\n".join(numbered), style=STYLE)


def cells_of(notebook: Path) -> list[Cell]:
    """The cells of a stored notebook."""
    return nbformat.read(notebook, as_version=4).cells


def _figures(cell: Cell) -> list[str]:
    """The pictures of a cell; a card of the coach may hold some, a figure is nothing but one."""
    shown = ("".join(o.get("data", {}).get("text/html", "")) for o in cell.get("outputs", []))
    figures = (t for t in shown if t.lstrip().startswith(("<img", "<picture", "<figure")))
    return [image for each in figures for image in _IMAGE.findall(each)[:1]]


def _result(cell: Cell, asked: bool) -> str:
    """What a cell prints, as HTML, and what becomes of the guesses; "" where nobody has asked."""
    said = answers(cell)
    if not said and not asked:
        return ""
    return _blocks([each for each in (carried.printed(cell), *said) if each])


def _to_write_down(asked: Sequence[tuple[str, str, list[str]]]) -> str:
    """What guesses ask for (id, what, options); options are as large as words, and told once."""
    told = ""
    for n, (id, what, options) in enumerate(asked):
        told += f'<p class="down">{html.escape(f"{id}: {what}")}</p>'
        is_told_below = any(later[: len(options)] == options for *_, later in asked[n + 1 :])
        listed = "".join(f"<li>{html.escape(each)}</li>" for each in options if not is_told_below)
        told += f'<ul class="options">{listed}</ul>' if listed else ""
    return told


def _captioned(image: str) -> str:
    """A picture with the first sentence of what it shows, if that is short."""
    told = re.search(r'alt="([^"]*)"', image)
    first = re.split(r"(?<=\.) (?=[A-Z])", html.unescape(told[1]) if told else "")[0]
    return image + (f"<p>{html.escape(first)}</p>" if first and len(first) <= CAPTION else "")


def _to_talk_about(chapter: str) -> list[str]:
    """What a chapter's quizzes ask, without their choices."""
    asked = [
        f"<li>{with_formulas(inline(quiz.question))}</li>" for quiz in load_key(chapter).QUIZZES
    ]
    body = f"<h2>To talk about</h2><ul>{''.join(asked)}</ul>"
    return [_slide(body, "talk")] if asked else []


def _of_prose(
    text: str, following: Cell | None, under: str, last: Cell | None = None, code: str = ""
) -> tuple[list[tuple[str, str, str]], str, str]:
    """A heading with what stands below it, exercises, guesses, lists, questions, conclusions.

    following: the next cell
    under:     the heading that it stands under
    last:      the cell that has printed something last
    code:      the function that the cell above has defined
    Returns slides (body, kind, heading), the heading, and whether the last of them waits for what
    is printed next: "asked" until something is, "shown" if the next cell shows it, or "".
    """
    text = read_aloud(text)
    found, waits = [], ""
    end = carried.blocks_of(text)[-1:]

    def add(below: str, shown: Sequence[str], is_last: bool) -> None:
        nonlocal waits
        for part in parts_of(below, shown):
            blocks = list(part.blocks)
            table = last and part.kind == "guess" and carried.speaks_of_table(blocks[-1])
            has_one = any(not carried.is_prose(each) for each in blocks)
            if carried.is_prose(blocks[0]):
                blocks[0] = without_first_aside(blocks[0])
            body = _blocks([carried.printed(last)] if table and not has_one else [])
            body += _blocks(blocks)
            waits = "asked" if part.kind == "ask" else _waits(part.blocks, end) * is_last
            found.append((body, part.kind, under))
        kinds = asks_for(following.source) if following and is_last else []
        if kinds and found and found[-1][1] == "guess":
            told = _to_write_down([(id, *options_of(answered_aloud(kind))) for id, kind in kinds])
            body, *rest = found[-1]
            found[-1] = (body + told, *rest)
            waits = ""

    # Pieces: what stands before a heading, then rank, heading, what stands below it, ...
    before, *pieces = _HEADING.split(text)
    add(before, (), not pieces)
    for rank, heading, below in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True):
        if heading == "Key ideas":
            listed = re.split(r"\n\n(?!- )", below.strip())[0]
            found.append((_prose(f"## {heading}") + _blocks([listed]), "idea", ""))
            continue
        is_last = below is pieces[-1]
        first = carried.opening(below, following if is_last else None)
        shown, waits = [], ""
        if rank == "##":
            under = heading
            # A heading alone is no slide: it stands at the head of the next one.
            if first:
                found.append((_prose(f"## {heading}") + _blocks(first), "", ""))
                shown = first
        elif task := _TASK.match(heading):
            title = f"## {heading}<br>{find_exercise(task[1]).title}"
            body = _prose(title) + _blocks(first) + _task(task[1], text.partition(heading)[0])
            if "bug hunt" in heading:
                hunted = beside.definition(following.source if following else "") or code
                body += _blocks([f"```python\n{hunted}\n```"] if hunted else [])
            found.append((body, "task", under))
            shown = first
        elif first and not any(map(carried.asks, carried.blocks_of(below))):
            found.append((_prose(f"## {heading}") + _blocks(first), "", under))
            shown = first
        is_asked = any(each.rstrip().endswith("?") for each in shown) and is_last
        waits = "asked" if is_asked else _waits(shown, end) * (is_last and not _TASK.match(heading))
        add(below, shown, is_last)
    return found, under, waits


def _waits(shown: Sequence[str], end: Sequence[str]) -> str:
    """Is the end of a text on a slide, so that what the next cell shows belongs to it?"""
    return "shown" if shown and end and beside.is_same(shown[-1], end[-1]) else ""


def _blocks(blocks: list[str]) -> str:
    """Markdown as HTML, of paragraphs and of what they point at."""
    return "".join(
        _prose(block) if carried.is_prose(block) else _html(without_pages(block))
        for block in blocks
    )


def _task(id: str, before: str) -> str:
    """The head of an exercise's stub, what it promises first, and the formula that this names.

    before: the prose above the exercise
    """
    stub = stubs_of(id.partition(".")[0].zfill(2)).get(id)
    if stub is None:
        return ""
    (node,) = ast.parse(stub).body
    if isinstance(node, ast.ClassDef):
        head = f"class {node.name}({', '.join(map(ast.unparse, node.bases))})"
    else:
        head = f"def {node.name}({ast.unparse(node.args)})"
    promise, _, more = (ast.get_docstring(node) or "").partition("\n\n")
    told = f"<pre>{html.escape(head)}</pre><p>{inline(' '.join(promise.split()))}</p>"
    if promise.endswith(":"):
        told += f"<pre>{html.escape(more.partition(chr(10) * 2)[0])}</pre>"
    formulas = [each for each in carried.blocks_of(before) if each.startswith("$$")]
    return _html(formulas[-1]) + told if "formula above" in promise and formulas else told


def _prose(text: str) -> str:
    """Markdown as HTML, of one paragraph or one heading."""
    return _html(without_pages(" ".join(text.split())))


def _html(text: str) -> str:
    # A number and its "%" stay on one line.
    made = markdown2html(text if "```" in text else re.sub(r"(?<=\d) (?=%)", "\u00a0", text))
    made = re.sub(r'<a class="anchor-link".*?</a>| id="[^"]*"', "", made)
    return with_formulas(made)


def _slide(body: str, kind: str = "", under: str = "") -> str:
    body, size = fitted(body, kind)
    kinds = f"{kind} {size}".strip()
    mark = f' class="{kinds}"' if kinds else ""
    head = f"<header>{_prose(under)}</header>" if under else ""
    return f"<section{mark}>{head.replace('<p>', '').replace('</p>', '')}{body}</section>"
