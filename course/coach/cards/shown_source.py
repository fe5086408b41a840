"""The source that a solution shows: the reference's, and that of the helpers it is built on."""

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable

_LONG_DOCSTRING = 6  # lines; the stub shows it anyway


def shown_source(reference: Callable) -> str:
    """The source, without its docstring where that is long."""
    source = textwrap.dedent(inspect.getsource(reference))
    node = ast.parse(source).body[0]
    if ast.get_docstring(node) is None or len(node.body) == 1:
        return source
    first = node.body[0]
    if first.end_lineno - first.lineno < _LONG_DOCSTRING:
        return source
    lines = source.splitlines(keepends=True)
    del lines[first.lineno - 1 : first.end_lineno]
    if not lines[first.lineno - 1].strip():
        del lines[first.lineno - 1]
    return "".join(lines)


def helpers_of(reference: Callable) -> list[Callable]:
    """The private functions and classes of its module that it uses, and that these use, in order.

    Public ones can be imported and looked up; these nobody finds.
    """
    space = vars(sys.modules[reference.__module__])
    found: dict[str, Callable] = {}
    waiting = [reference]
    while waiting:
        for name in _names_in(waiting.pop(0)):
            helper = space.get(name)
            is_own = getattr(helper, "__module__", None) == reference.__module__
            is_private = name.startswith("_") and helper is not reference
            if is_private and is_own and inspect.isroutine(helper) | inspect.isclass(helper):
                if name not in found:
                    found[name] = helper
                    waiting.append(helper)
    return list(found.values())


def _names_in(reference: Callable) -> list[str]:
    """The names that its code reads, each once, in order."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(reference)))
    return list(dict.fromkeys(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)))
