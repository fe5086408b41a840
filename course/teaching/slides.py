"""A chapter as slides: its questions, guesses and what comes out, figures, exercises, key ideas.

One page that needs no network: *Page Down*, the space bar or a swipe go on, and printed it has a
page for each slide. Figures come from the solved notebook, with their alt text; they stand behind
the guesses that they answer. Formulas are drawn by the browser.
"""

import ast
import html
import re
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbconvert.filters.markdown import markdown2html

from course.authoring.masters import Course
from course.coach.cards.markup import inline
from course.coach.find import find_exercise
from course.teaching import carried
from course.teaching.formulas import with_formulas
from course.teaching.live import answers, asks_for
from course.teaching.pages import page
from course.teaching.parts import parts_of
from course.teaching.stubs import stubs_of, title_of, without_pages

_STYLE = """
html{scroll-snap-type:y mandatory}
body{max-width:none;margin:0;padding:0;font-size:clamp(18px,3.7vmin,48px)}
section{height:100vh;box-sizing:border-box;padding:5vmin 8vmin 9vmin;position:relative;
scroll-snap-align:start;display:flex;flex-direction:column;justify-content:center;
align-items:flex-start;border-bottom:1px solid var(--line)}
section>*{max-width:100%;box-sizing:border-box}
section>p,section>ul,section>ol{max-width:38em}
section>p,section>pre,section>ul{margin:.4em 0}
section>pre{font-size:.9em;white-space:pre-wrap}
section>img,section>picture{align-self:center}
section math[display=block]{font-size:.8em}
section table{font-size:.8em;margin:.4em 0}section .highlight{margin:.4em 0;font-size:.8em}
section .highlight pre{margin:0;white-space:pre-wrap}
section.dense{font-size:.88em}section.dense>:is(p,ul,ol){max-width:43em}section.dense>header{font-size:.9em}
section.dense>footer{font-size:.8em}section.packed{font-size:.72em}section.packed>:is(p,ul,ol){max-width:53em}
section.packed>header{font-size:1.1em}section.packed>footer{font-size:.97em}
h1{font-size:2em}h2{font-size:1.5em;margin:0 0 .4em}.task>h2{font-size:1.25em}
header{position:absolute;top:3.5vmin;left:8vmin;font-size:.8em;opacity:.8}
section img{max-height:76vh;min-width:0;min-height:0;width:auto;height:auto;object-fit:contain}
section img.course-figure{height:76vh}
.guess:not(.dense,.packed)>p,.idea:not(.dense,.packed)>ul{font-size:1.2em}
.guess{border-left:.5em solid #0288d1}.idea,.answer{border-left:.5em solid #2e8b57}
.task{border-left:.5em solid #c77700}.down{font-size:.75em!important;opacity:.85}
footer{position:absolute;bottom:3vmin;right:8vmin;font-size:.7em;opacity:.8}
@media (prefers-color-scheme:dark){body{background:#111;color:#eee}
img.course-figure{content:var(--dark)}}
@media print{@page{size:1280px 720px;margin:0}
body{font-size:26px;background:#fff;color:#000;print-color-adjust:exact}
section{width:1280px;height:720px;padding:36px 58px 65px;border-bottom:0;break-after:page;
break-inside:avoid}
section:last-child{break-after:auto}
header{top:25px;left:58px}footer{bottom:22px;right:58px}
section img,section img.course-figure{content:normal;max-height:547px}
section img.course-figure{height:547px}}
"""
#: Letters of a slide from which on they are smaller, and how many a line is reckoned to have.
SIZES, A_LINE = {"packed": 1000, "dense": 600}, 45
_HEADING = re.compile(r"^(##|###) (.+)$", re.MULTILINE)
_IMAGE = re.compile(r"<picture>.*?</picture>|<img [^>]*>", re.DOTALL)
_TASK = re.compile(r"Your turn \(([\d.]+)\)")
Cell = nbformat.NotebookNode


def slides_of(chapter: str) -> str:
    """The slides of one chapter, as an HTML page. Raises MasterError if it has no master."""
    course = Course()
    notebook = course.notebook(course.master(chapter), solved=True)
    title = title_of(chapter)
    parts = [_slide(f"<h1>{html.escape(title)}</h1>")]
    under, asked, last = "", False, None
    cells = cells_of(notebook)
    for cell, following in zip(cells, [*cells[1:], None], strict=True):
        if cell.cell_type == "markdown":
            made, under, asked = _of_prose(cell.source, following, under, last)
            parts += made
            continue
        result = _result(cell, asked)
        asked = not result if asked else bool(answers(cell)) and not carried.printed(cell)
        parts += [_slide(result, "answer", under)] if result else []
        parts += [_slide(image, under=under) for image in _figures(cell)]
        last = cell if carried.printed(cell) else last
    count = len(parts)
    numbered = (
        part.replace("</section>", f"<footer>{number} / {count}</footer></section>")
        for number, part in enumerate(parts, 1)
    )
    return page(f"Slides: {title}", "\n".join(numbered), style=_STYLE)


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


def _of_prose(
    text: str, following: Cell | None, under: str, last: Cell | None = None
) -> tuple[list[str], str, bool]:
    """A heading with what stands below it, exercises, guesses, lists, questions, conclusions.

    following: the next cell
    under:     the heading that it stands under
    last:      the cell that has printed something last
    Returns slides, the heading, and whether the last slide waits for what is printed next.
    """
    found, asked = [], False

    def add(below: str, shown: Sequence[str], is_last: bool) -> None:
        nonlocal asked
        for part in parts_of(below, shown):
            table = last and part.kind == "guess" and carried.speaks_of_table(part.blocks[-1])
            has_one = any(not carried.is_prose(each) for each in part.blocks)
            body = _blocks([carried.printed(last)] if table and not has_one else [])
            body += _blocks(list(part.blocks))
            asked = part.kind == "ask"
            found.append((body, "answer" if part.kind == "answer" else part.kind, under))
        kinds = asks_for(following.source) if following and is_last else []
        if kinds and found and found[-1][1] == "guess":
            told = "<br>".join(html.escape(f"{id}: {kind}") for id, kind in kinds)
            body, *rest = found[-1]
            found[-1] = (body + f'<p class="down">{told}</p>', *rest)

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
        shown = []
        if rank == "##":
            under = heading
            # A heading alone is no slide: it stands at the head of the next one.
            if first:
                found.append((_prose(f"## {heading}") + _blocks(first), "", ""))
                shown = first
        elif task := _TASK.match(heading):
            title = f"## {heading}<br>{find_exercise(task[1]).title}"
            body = _prose(title) + _blocks(first) + _task(task[1], text.partition(heading)[0])
            found.append((body, "task", under))
            shown = first
        elif first and not any(map(carried.asks, carried.blocks_of(below))):
            found.append((_prose(f"## {heading}") + _blocks(first), "", under))
            shown = first
        asked = any(each.rstrip().endswith("?") for each in shown) and is_last
        add(below, shown, is_last)
    return [_slide(*each) for each in found], under, asked


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
    made = markdown2html(text)
    made = re.sub(r'<a class="anchor-link".*?</a>| id="[^"]*"', "", made)
    return with_formulas(made)


def _slide(body: str, kind: str = "", under: str = "") -> str:
    size = next((name for name, least in SIZES.items() if _bulk(body) > least), "")
    kinds = f"{kind} {size}".strip()
    mark = f' class="{kinds}"' if kinds else ""
    head = f"<header>{_prose(under)}</header>" if under else ""
    return f"<section{mark}>{head.replace('<p>', '').replace('</p>', '')}{body}</section>"


def _bulk(body: str) -> int:
    """How much room a slide's words take, in letters: a row or a line has some to itself."""
    letters = len(re.sub(r"<math.*?</math>|<[^>]+>", " ", body, flags=re.DOTALL))
    lines = sum(block.count("\n") for block in re.findall(r"<pre.*?</pre>", body, re.DOTALL))
    lines += len(re.findall(r"<(?:tr|li|p|math)\b", body))
    return letters + A_LINE * lines
