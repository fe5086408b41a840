"""What a cell asks for, and makes when it is run: names, what is seen of it; whether it trains."""

import ast
import html
import re
from collections.abc import Sequence

import nbformat

from course.teaching.carried import MOST_LINES, TABLE

#: Whose `fit` takes seconds; that of an index or of counts does not.
_LEARNS = {"SequentialRecommender", "GRU4Rec", "MLPClick"}
_REVEAL = re.compile(r'^reveal\(\s*"([\d.]+)"', re.MULTILINE)
# The lines above a guess say of what kind it is.
_GUESS = re.compile(r'((?:^#.*\n)*)^guess\(\s*"([\d.]+)"', re.MULTILINE)
_ALT = re.compile(r'alt="([^"]+)"')
_FIGURE = ("<img", "<picture", "<figure")
_Definition = ast.FunctionDef | ast.ClassDef


def training(sources: Sequence[str]) -> list[bool]:
    """Of each cell, in their order: does a network learn when it is run?

    It does where `train` is called, a model fitted or a step taken, or a function that does so.
    """
    slow, learns, found = {"train", "step"}, set(_LEARNS), []
    for source in sources:
        run = []
        for node in ast.parse(source).body:
            if isinstance(node, _Definition):
                slow |= {node.name} if _is_slow(node, slow, learns) else set()
                continue
            run.append(_is_slow(node, slow, learns))
            if isinstance(node, ast.Assign) and _names(node.value) & learns:
                learns |= set().union(*map(_names, node.targets))
        found.append(any(run))
    return found


def _is_slow(tree: ast.AST, slow: set[str], learns: set[str]) -> bool:
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return any(
        (isinstance(call, ast.Name) and call.id in slow)
        or (isinstance(call, ast.Attribute) and call.attr == "step")
        or (
            isinstance(call, ast.Attribute)
            and call.attr == "fit"
            and bool(_names(call.value) & learns)
        )
        for call in calls
    )


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def made_in(source: str) -> list[str]:
    """The names that a cell defines for the cells below, in their order."""
    found: dict[str, None] = {}
    for node in ast.parse(source).body:
        if isinstance(node, _Definition):
            found[node.name] = None
        elif isinstance(node, ast.Assign):
            for each in (part for target in node.targets for part in ast.walk(target)):
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                    found[each.id] = None
    found.pop("_", None)
    return list(found)


def seen(cell: nbformat.NotebookNode) -> list[str]:
    """What stands below a cell, as Markdown: its lines, tables, and what its figures show."""
    found = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        rich = "".join(data.get("text/html", ""))
        lines = "".join(output.get("text", "") or data.get("text/plain", "")).rstrip()
        if rich.lstrip().startswith(_FIGURE):
            alt = _ALT.search(rich)
            found += [f"*Picture:* {html.unescape(alt[1])}"] if alt else []
        elif table := TABLE.search(rich):
            rows = re.findall(r"<tr\b.*?</tr>", table[0], re.DOTALL)
            kept = "\n".join(rows[: MOST_LINES + 1])
            kept = re.sub(r' (?:border|style|class)="[^"]*"|<i\b[^>]*>|</i>', "", kept)
            found.append(f"<table>\n{kept}\n</table>")
            found += _more(len(rows) - MOST_LINES - 1)
        elif lines and "coach" not in rich:
            kept = lines.splitlines()
            found.append("```\n" + "\n".join(kept[: 2 * MOST_LINES]) + "\n```")
            found += _more(len(kept) - 2 * MOST_LINES)
    return found


def _more(count: int) -> list[str]:
    return [f"(and {count} lines more)"] if count > 0 else []


def asks_for(source: str) -> list[tuple[str, str]]:
    """The guesses of a cell: number, and what is to be written down."""
    return [(id, " ".join(kind.replace("# ", "").split())) for kind, id in _GUESS.findall(source)]


def answers(cell: nbformat.NotebookNode) -> list[str]:
    """What the cards of a cell say of the guesses that it answers."""
    ids = _REVEAL.findall(cell.source)
    shown = (output.get("data", {}) for output in cell.get("outputs", []))
    said = [data["text/plain"] for data in shown if "coach" in data.get("text/html", "")]
    # As many cards as there are guesses: then they stand in their order.
    if len(said) != len(ids):
        return []
    return [
        f"**Guess {id}, answered:** {' '.join(text.split())}"
        for id, text in zip(ids, said, strict=True)
    ]
