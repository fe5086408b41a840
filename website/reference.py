"""The reference: for each door of the two packages what it shows, with signature and docstring."""

import ast
import importlib
import inspect
import pkgutil
import textwrap
from pathlib import Path
from types import ModuleType

PACKAGES = ("zooplus_sim", "seqrec")


def doors() -> list[str]:
    """The names of the modules that a user imports from: a package each, with its `__all__`."""
    found = []
    for package in PACKAGES:
        module = importlib.import_module(package)
        found.append(package)
        for inner in pkgutil.iter_modules(module.__path__, f"{package}."):
            if inner.ispkg and getattr(importlib.import_module(inner.name), "__all__", None):
                found.append(inner.name)
    return found


def write_reference(folder: Path) -> list[str]:
    """A page for each door. Returns their names for a table of contents."""
    (folder / "reference").mkdir(parents=True, exist_ok=True)
    names = []
    for door in doors():
        page = folder / "reference" / f"{door}.md"
        page.write_text(page_of_door(importlib.import_module(door)), encoding="utf-8")
        names.append(door)
    return names


def page_of_door(module: ModuleType) -> str:
    """The page of one door, as Markdown."""
    parts = [f"# {module.__name__}", _verbatim(inspect.getdoc(module) or "")]
    for name in getattr(module, "__all__", ()):
        thing = getattr(module, name)
        parts.append(f"## {name}")
        parts += _of_callable(name, thing) if callable(thing) else [f"A {type(thing).__name__}."]
        if inspect.isclass(thing):
            parts += _of_methods(thing)
    return "\n\n".join(parts) + "\n"


def _of_callable(name, thing):
    return [_code(f"{name}{_signature(thing)}"), _verbatim(inspect.getdoc(thing) or "")]


def _of_methods(thing):
    parts = []
    for name, member in vars(thing).items():
        function = getattr(member, "__func__", member)
        if name.startswith("_") or not inspect.isfunction(function) or not function.__doc__:
            continue
        parts += [f"### {thing.__name__}.{name}", *_of_callable(f".{name}", function)]
    return parts


def _signature(thing):
    """As it stands in the source: `ArrayLike`, not the ten types that it stands for."""
    made = thing.__init__ if inspect.isclass(thing) and "__init__" in vars(thing) else thing
    try:
        (node,) = ast.parse(textwrap.dedent(inspect.getsource(made))).body
    except (OSError, TypeError):  # made in C, or by a metaclass
        return "(...)"
    if not isinstance(node, ast.FunctionDef):
        return _of_its_fields(thing)
    told = node.args
    if told.args and told.args[0].arg in ("self", "cls"):
        del told.args[0]
    arguments = ast.unparse(told)
    returns = f" -> {ast.unparse(node.returns)}" if node.returns and made is thing else ""
    return f"({arguments}){returns}"


def _of_its_fields(thing):
    """Of a class whose `__init__` is written for it, or is another's."""
    try:
        return str(inspect.signature(thing))
    except ValueError:  # an exception's
        return "(message)"


def _code(text):
    lines = textwrap.wrap(text, 88, subsequent_indent="    ", break_long_words=False)
    return "```python\n" + "\n".join(lines) + "\n```"


def _verbatim(text):
    """As it is written: docstrings set their tables of arguments by hand."""
    return f"```text\n{text}\n```" if text else ""
