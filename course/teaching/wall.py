"""The look of slides, and how large each part may be so that all of it fits on the wall.

Lengths are those of a letter of the body (em), on the narrowest wall, 4 by 3.
"""

import html
import math
import re
from xml.etree import ElementTree

STYLE = """
html{scroll-snap-type:y mandatory}
body{--one:clamp(18px,3.7vmin,48px);--wide:calc(100vw - 18vmin);
max-width:none;margin:0;padding:0;font-size:var(--one)}
section{height:100vh;box-sizing:border-box;padding:5vmin 8vmin 9vmin;position:relative;
scroll-snap-align:start;display:flex;flex-direction:column;justify-content:center;
align-items:flex-start;border-bottom:1px solid var(--line)}
section>*{max-width:100%;box-sizing:border-box}
section>p,section>ul,section>ol{max-width:38em}
section>p:has(math[display=block]){max-width:none!important}
section :is(p,li){text-wrap:pretty}
section>p,section>pre,section>ul{margin:.4em 0}
section pre{white-space:pre-wrap}
section>pre,section .highlight{font-size:min(var(--one)*var(--fit),var(--wide)/var(--long))}
section>img,section>picture{align-self:center}
section>:is(img,picture)+p{font-size:.75em;align-self:center;margin:.3em 0 0}
section math[display=block]{margin:.1em 0;
font-size:min(var(--one)*var(--fit),var(--wide)/var(--long))}
section mtd{padding:.15em 0;text-align:left}section mtd:nth-child(odd){text-align:right}
section mtd:nth-child(n+3){padding-left:.8em}
section table{font-size:min(var(--one)*var(--fit),var(--wide)/var(--long));margin:.4em 0}
section .highlight{margin:.4em 0}
section .highlight pre{margin:0;font-size:1em}
section.dense{font-size:.88em}section.dense>:is(p,ul,ol){max-width:43em}section.dense>header{font-size:.9em}
section.dense>footer{font-size:.8em}section.packed{font-size:.72em}section.packed>:is(p,ul,ol){max-width:53em}
section.packed>header{font-size:1.1em}section.packed>footer{font-size:.97em}
h1{font-size:2em}h2{font-size:1.5em;margin:0 0 .4em}.task>h2{font-size:1.25em}
header{position:absolute;top:3.5vmin;left:8vmin;font-size:.8em;opacity:.8}
section img{max-height:76vh;min-width:0;min-height:0;width:auto;height:auto;object-fit:contain}
section img.course-figure{height:76vh}
section img.course-figure:has(+p){height:71vh}
.guess:not(.dense,.packed)>p,.idea:not(.dense,.packed)>ul{font-size:1.2em}
.guess{border-left:.5em solid #0288d1}.idea,.answer{border-left:.5em solid #2e8b57}
.task{border-left:.5em solid #c77700}.down{font-size:.75em!important;opacity:.85}
.options{list-style:none;padding-left:1em}.down+.down{margin-top:0}
.talk{border-left:.5em solid #7b5ea7}
footer{position:absolute;bottom:3vmin;right:8vmin;font-size:.7em;opacity:.8}
@media (prefers-color-scheme:dark){body{background:#111;color:#eee}
img.course-figure{content:var(--dark)}}
@media print{@page{size:1280px 720px;margin:0}
body{--one:26px;--wide:1150px;background:#fff;color:#000;print-color-adjust:exact}
section{width:1280px;height:720px;padding:36px 58px 65px;border-bottom:0;break-after:page;
break-inside:avoid}
section:last-child{break-after:auto}
header{top:25px;left:58px}footer{bottom:22px;right:58px}
section img,section img.course-figure{content:normal;max-height:547px}
section img.course-figure{height:547px}
section img.course-figure:has(+p){height:505px}}
"""
#: What a slide has room for, how wide a letter of words is and one of a table, how high a line is;
#: how wide a letter of code is.
WIDTH, HEIGHT, LETTER, CELL, LINE, CODE = 30.5, 20.6, 0.535, 0.6, 1.5, 0.605
BESIDE = 1.45  # what a cell has beside its words
#: How large the words of a slide may be, by its class: the first that fits.
SCALES = {"": 1.0, "dense": 0.88, "packed": 0.72}
#: The largest and the smallest that tables and lines are drawn; formulas, where they fit.
LARGEST, SMALLEST, FORMULA = {"table": 1.1, "pre": 0.95}, 0.5, 1.25
#: Lines and tables no smaller than this, or the words around them give way.
READABLE = 0.72
_LARGE = re.compile(r'<table.*?</table>|<div class="highlight">.*?</div>|<pre.*?</pre>', re.DOTALL)
_FORMULA = re.compile(r'<math[^>]*display="block".*?</math>', re.DOTALL)
_BLOCK = re.compile(r"<(h1|h2|p|li)\b([^>]*)>(.*?)</\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


def fitted(body: str, kind: str = "") -> tuple[str, str]:
    """A slide's body with the sizes of its tables, lines and formulas; and the class of its words.

    kind: "guess" or "idea", whose words are larger where there are few
    """
    body = _FORMULA.sub(lambda found: _sized(found[0], FORMULA, _of_formula(found[0])), body)
    larger = 1.2 if kind in ("guess", "idea") else 1.0
    large = _LARGE.findall(body)
    wished = [min(READABLE, WIDTH / _width(block)) for block in large]
    for name, scale in SCALES.items():
        left = HEIGHT - _height_of_words(body, scale * (larger if not name else 1.0))
        sizes = _of_large(large, left)
        if left >= 0 and all(map(float.__ge__, sizes, wished)):
            break
    given = iter(sizes)
    return _LARGE.sub(lambda found: _sized(found[0], next(given), _width(found[0])), body), name


def _sized(block: str, size: float, width: float) -> str:
    """A block that knows its size, and its width in letters of that size."""
    style = f'style="--fit:{size:.2f};--long:{width:.1f}"'
    return re.sub(r"^<(\w+)", rf"<\1 {style}", block, count=1)


def _height_of_words(body: str, scale: float) -> float:
    """All but tables and lines."""
    height = 0.0
    for tag, more, said in _BLOCK.findall(_LARGE.sub("", body)):
        for each in _FORMULA.findall(said):
            rows = 1.7 * max(1, each.count("<mtr"))
            height += 1.7 * rows * min(FORMULA, WIDTH / _of_formula(each))
        size = scale * {"h1": 2, "h2": 1.4}.get(tag, 0.75 if "down" in more else 1.0)
        width = WIDTH / size - (2.2 if tag == "li" else 0)
        for part in _FORMULA.sub("", said).replace("<br />", "<br>").split("<br>"):
            letters = len(_TAG.sub("", part).strip())
            height += size * LINE * math.ceil(letters * LETTER / width)
        height += size * (0.2 if tag == "li" else 0.7)
    return height


def _of_large(blocks: list[str], height: float) -> list[float]:
    """The sizes of tables and lines that share a height."""
    wanted = [_height(block, 1.0) for block in blocks]
    shares = (height * each / sum(wanted) for each in wanted)
    return [_of_block(block, share) for block, share in zip(blocks, shares, strict=True)]


def _of_block(block: str, height: float) -> float:
    size = LARGEST["table" if block.startswith("<table") else "pre"]
    while size > SMALLEST and _height(block, size) > height:
        size -= 0.03
    return size


def _rows(block: str) -> list[list[str]]:
    """The words of a table's cells."""
    rows = re.findall(r"<tr\b.*?</tr>", block, re.DOTALL)
    cells = (re.findall(r"<t[hd]\b.*?</t[hd]>", row, re.DOTALL) for row in rows)
    return [[html.unescape(" ".join(_TAG.sub("", cell).split())) for cell in row] for row in cells]


def _columns(rows: list[list[str]], is_narrow: bool = False) -> list[float]:
    """How wide each is, without a break or (narrow) with breaks wherever words end."""
    whole = max(map(len, rows), default=0)
    found = []
    for n in range(whole):
        cells = [row[n] for row in rows if n < len(row)]
        words = [word for cell in cells for word in cell.split()] if is_narrow else cells
        found.append(CELL * max(map(len, words), default=0) + BESIDE)
    return found


def _width(block: str) -> float:
    """At least, at the size of the body: a long cell of a table is broken into lines."""
    if block.startswith("<table"):
        rows = _rows(block)
        pairs = zip(_columns(rows), _columns(rows, is_narrow=True), strict=True)
        return sum(max(min(whole, 11.0), narrow) for whole, narrow in pairs)
    lines = html.unescape(_TAG.sub("", block)).splitlines()
    return CODE * max(map(len, lines), default=0) + 1.8


def _height(block: str, size: float) -> float:
    if not block.startswith("<table"):
        return size * (1.42 * (_TAG.sub("", block).strip().count("\n") + 1) + 1.2) + 0.6
    rows = _rows(block)
    natural = _columns(rows)
    squeeze = max(1.0, sum(natural) * size / WIDTH)
    height = 0.0
    for row in rows:
        lines = [
            math.ceil(CELL * len(cell) * squeeze / max(natural[n] - BESIDE, 1.0) - 0.01)
            for n, cell in enumerate(row)
        ]
        height += LINE * max([1, *lines]) + 0.68
    return size * height + 1.0


def _of_formula(block: str) -> float:
    """How wide it is, in letters of its size."""
    return max(1.0, _length(ElementTree.fromstring(block)) * 1.12 + 0.5)


def _length(node: ElementTree.Element) -> float:
    """How wide a formula is, about, in letters of its size."""
    tag = node.tag.rpartition("}")[2]
    parts = [_length(each) for each in node]
    if tag == "mtable":
        rows = [[_length(cell) for cell in row] for row in node]
        return sum(max(row[n] for row in rows if n < len(row)) for n in range(max(map(len, rows))))
    if tag in ("mfrac", "munder", "mover", "munderover"):
        return max(parts, default=0) + 0.2
    if tag in ("msub", "msup"):
        return parts[0] + 0.7 * parts[1]
    if tag == "msubsup":
        return parts[0] + 0.7 * max(parts[1:])
    if tag == "mspace":
        return float(node.get("width", "1em").removesuffix("em") or 1)
    own = (node.text or "").strip("\n")
    if tag == "mo" and own not in "()[]{}|,":
        return 1.1 + sum(parts)
    each = {"mo": 0.45, "mtext": 0.47}.get(tag, 0.56)
    return each * len(own) + sum(parts) + (0.5 if tag == "mtd" else 0)
