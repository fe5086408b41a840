"""What the documents, docstrings and chapters tell a reader to type, and the programs they show."""

import ast
import re
import textwrap
from collections import defaultdict
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    "README.md",
    "TEACHING.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *(path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "docs").glob("*.md"))),
)
PACKAGES = ("seqrec", "zooplus_sim", "course", "benchmarks", "tools", "tests/browser", "website")
SOURCES = sorted(path for place in PACKAGES for path in (ROOT / place).rglob("*.py"))
MASTERS = sorted((ROOT / "solutions").glob("*.py"))

#: With which words a line begins that is to be typed, behind variables that it sets.
TYPED = re.compile(
    r"(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?"
    r"(?:python3?|py|make|git|pip|conda|nbgrader|jupyter|docker|hadolint|torchrun|pytest|ruff"
    r"|source|cd) \S.*"
)
#: In docstrings and comments, where sentences begin like commands: no doubt left.
NO_SENTENCE = re.compile(
    r"(?:python3? -m|python3? \S+\.py|py -m|torchrun --|pip install|pytest tests|make [a-z-]+$"
    r"|make [a-z-]+ [A-Z]+=).*"
)
COMMENT = re.compile(r"#:? ?(.*)$")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands():
    """{command: names of the texts that say it}, whitespace made one."""
    found = defaultdict(set)
    for name, text in texts():
        lines = [*typed(text, NO_SENTENCE), *in_backticks(FENCE.sub("", text), TYPED)]
        if name in PAGES:
            fences = "\n".join(block for language, block in FENCE.findall(text) if not language)
            lines += typed(fences, TYPED)
        for command in lines:
            # In a docstring a program is also spoken of without what it needs.
            if name in PAGES or not re.fullmatch(r"python -m [\w.]+", command):
                found[command].add(name)
    return dict(sorted(found.items()))


@cache
def texts():
    """(name, text) of all that is read here: pages, docstrings, other strings, comments."""
    found = [(name, (ROOT / name).read_text("utf-8")) for name in PAGES]
    for path in SOURCES + MASTERS:
        name = str(path.relative_to(ROOT))
        found += [(name, text) for text in said(path.read_text("utf-8"))]
    return found


def typed(text, begins):
    """Commands on lines of their own, up to the two spaces before what is said of them."""
    for line in re.sub(r" *\\\n *", " ", text).splitlines():
        for part in re.split(r" {2,}", line.strip())[0].split(" && "):
            if begins.fullmatch(part):
                yield part


def in_backticks(text, begins):
    """Commands in running text, which may go over a line's end."""
    for span in re.findall(r"(?<!`)`([^`]+)`(?!`)", text):
        for part in re.split(" && |; ", " ".join(span.split())):
            if begins.fullmatch(part):
                yield part


def said(code):
    """Docstrings and other texts of a program, and its comments, lines that follow in one piece.

    What looks like a comment within a text is read twice. A tokenizer would tell them apart, and
    takes longer than all the rest.
    """
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
    lines = []
    for line in code.splitlines():
        comment = COMMENT.search(line)
        if comment:
            lines.append(comment[1])
        elif lines:
            yield "\n".join(lines)
            lines = []
    yield "\n".join(lines)


def programs():
    """(name, code) of each program that a docstring shows, but for those behind >>>."""
    for path in SOURCES:
        for node in documented(ast.parse(path.read_text("utf-8"))):
            where = str(path.relative_to(ROOT)) + ":" + getattr(node, "name", "")
            for code in shown(ast.get_docstring(node) or ""):
                yield where, code


def documented(node):
    """A module and its functions and classes, at every depth: all that may have a docstring."""
    if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef):
        yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield from documented(child)


def shown(docstring):
    """Indented blocks that are Python and call or import something."""
    for block in re.findall(r"(?:^ {4,}.*\n(?:\n(?= {4}))*)+", docstring + "\n", re.MULTILINE):
        code = textwrap.dedent(block)
        try:
            tree = ast.parse(code)
        except SyntaxError:
            continue
        if any(isinstance(node, ast.Call | ast.Import | ast.ImportFrom) for node in ast.walk(tree)):
            yield code
