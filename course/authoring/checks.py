"""What a stored chapter must keep to.

No error, no machine path, alt text on images, moderate size, tagged outputs.
`problems` names every breach with its cell and text. The build refuses to write a notebook that has
any.
"""

import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

from nbformat import NotebookNode

from course.authoring.execution import serialise
from course.authoring.masters import ROOT

MAX_BYTES = 1 << 20
COMPARED = "nbval-check-output"

_TEXTS = ("text/plain", "text/html", "text/markdown")
_DATA_URI = re.compile(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=\s]*")
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_MARKDOWN_IMAGE_WITHOUT_ALT = re.compile(r"!\[\s*\]\([^)]*\)")
_MACHINE = re.compile(
    r"""
      (?<![\w.]) /(?:home|Users|root|tmp|opt|usr|var|private|mnt)/ [^\s'"<>:]*
    | \b[A-Za-z]:\\ [^\s'"<>:]*
    | \bsite-packages [^\s'"<>:]*
    | \bat[ ]0x[0-9a-fA-F]{6,}  # where an object lives
    """,
    re.VERBOSE,
)


def problems(notebook: NotebookNode) -> list[str]:
    """Everything wrong with an executed notebook, a sentence each; empty if all is well."""
    return [
        *_in_cells(notebook, _cell_problems),
        *_in_cells(notebook, _output_problems),
        *_size_problem(notebook),
        *_tag_problem(notebook),
    ]


def output_text(cell: NotebookNode) -> list[str]:
    """What a cell shows, as texts to compare.

    These are streams, plain text and HTML, with images left out.
    """
    texts = []
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            texts.append(f"{output.name}: {output.text}")
        elif output.output_type == "error":
            texts.append(f"{output.ename}: {output.evalue}")
        else:
            texts.extend(
                _DATA_URI.sub("data:", output.data[kind]) for kind in _TEXTS if kind in output.data
            )
    return texts


def prints(cell: NotebookNode) -> bool:
    """Whether a code cell prints text: to a stream, or as its last expression."""
    return any(
        output.output_type in ("stream", "execute_result") for output in cell.get("outputs", [])
    )


def is_compared(cell: NotebookNode) -> bool:
    """Whether tests compare the cell's output with the stored one."""
    return COMPARED in cell.metadata.get("tags", [])


def _in_cells(
    notebook: NotebookNode, check: Callable[[NotebookNode], Iterator[str]]
) -> Iterator[str]:
    for position, cell in enumerate(notebook.cells):
        for problem in check(cell):
            yield f"cell {position + 1} ({cell.source.splitlines()[0][:60]!r}): {problem}"


def _cell_problems(cell: NotebookNode) -> Iterator[str]:
    if cell.cell_type == "markdown":
        for image in _MARKDOWN_IMAGE_WITHOUT_ALT.findall(cell.source):
            yield f"image without alt text: {image}; say in the brackets what it shows"
        for image in _images_without_alt(cell.source):
            yield f"image without alt text: {image}; add alt=..."
    elif cell.cell_type == "code" and cell.execution_count is None:
        yield "was not executed"


def _output_problems(cell: NotebookNode) -> Iterator[str]:
    expected_error = "raises-exception" in cell.metadata.get("tags", [])
    for output in cell.get("outputs", []):
        if output.output_type == "error" and not expected_error:
            yield f"ends in an error: {output.ename}: {output.evalue}"
        for kind in getattr(output, "data", {}):
            if kind.startswith("image/"):
                yield (
                    f"{kind} output without alt text; show it with "
                    "course.figures.show(figure, alt=...)"
                )
        for image in _images_without_alt(getattr(output, "data", {}).get("text/html", "")):
            yield f"image without alt text in HTML output: {image}; add alt=..."
    for text in [*output_text(cell), *_tracebacks(cell)]:
        if found := machine_trace(text):
            yield (
                f"output holds a path or an address of this machine, {found!r}: "
                f"{_around(text, found)!r}"
            )


def machine_trace(text: str) -> str | None:
    """The first path or object address in a text that belongs to the machine it was made on."""
    for place in _places():
        if place in text:
            return place
    match = _MACHINE.search(text)
    return match.group() if match else None


def _tracebacks(cell: NotebookNode) -> list[str]:
    lines = [line for output in cell.get("outputs", []) for line in output.get("traceback", [])]
    return [_COLOUR.sub("", line) for line in lines]


def _places() -> set[str]:
    """Folders of this machine: the checkout, the home, the interpreter, temporary files."""
    folders = {ROOT, Path.home(), Path(sys.prefix), Path(tempfile.gettempdir())}
    # a short one ("/usr") is in other words too
    return {str(folder) for folder in folders if len(folder.parts) > 2}


def _images_without_alt(html: str) -> list[str]:
    finder = _ImageFinder()
    finder.feed(_DATA_URI.sub("data:", html))
    return finder.without_alt


class _ImageFinder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.without_alt: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img" and not (dict(attrs).get("alt") or "").strip():
            self.without_alt.append(self.get_starttag_text())


def _size_problem(notebook: NotebookNode) -> Iterator[str]:
    size = len(serialise(notebook).encode())
    if size > MAX_BYTES:
        sizes = [len(str(cell.get("outputs", ""))) for cell in notebook.cells]
        largest = sizes.index(max(sizes))
        yield (
            f"the notebook has {size:,} bytes, the limit is {MAX_BYTES:,}; the largest output is "
            f"cell {largest + 1}'s"
        )


def _tag_problem(notebook: NotebookNode) -> Iterator[str]:
    printing = [cell for cell in notebook.cells if prints(cell)]
    compared = [cell for cell in printing if is_compared(cell)]
    if 2 * len(compared) < len(printing):
        yield (
            f"only {len(compared)} of {len(printing)} cells that print are tagged {COMPARED}; tag "
            f"at least half, those whose text is the same on every machine"
        )


def _around(text: str, found: str) -> str:
    at = text.index(found)
    return text[max(0, at - 60) : at + len(found) + 60]
