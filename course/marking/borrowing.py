"""Does an answer's source name the library's own solution? Read, not run.

Imports count wherever they stand, inside a function too, and under whatever name; so do
`seqrec.data.pad_left`, `getattr(data, "pad_left")`, `importlib.import_module("seqrec.data")` and
`sys.modules["seqrec.data"]`. What is put together at run time is not seen here: where the answer
runs, the function itself refuses (`fence`).
"""

import ast
import importlib
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from course.marking.answers import Answer

LIBRARIES = ("seqrec", "zooplus_sim")
_ASKS_FOR_A_MODULE = ("import_module", "__import__")


def borrows(reference: Any, answer: Answer) -> bool:
    """Whether an answer, or what it needs, names the reference."""
    nodes = [statement.node for statement in answer.needs] + [answer.value]
    names = _bound(nodes)
    # a function that calls itself names itself
    names.pop(getattr(answer.value, "name", ""), None)
    return any(
        _means(node, names) is reference
        for top in nodes
        for node in ast.walk(top)
        if isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.alias)
    ) or any(_imports(node, reference) for top in nodes[-1:] for node in ast.walk(top))


def _bound(nodes: Sequence[ast.AST]) -> dict[str, Any]:
    """What the imports and plain assignments in the code make names mean."""
    names: dict[str, Any] = {"importlib": importlib, "sys": sys}
    inner = [node for top in nodes for node in ast.walk(top)]
    for node in inner:
        if isinstance(node, ast.Import):
            for alias in node.names:
                found = _module(alias.name if alias.asname else alias.name.partition(".")[0])
                names[alias.asname or alias.name.partition(".")[0]] = found
                _module(alias.name)
        elif isinstance(node, ast.ImportFrom) and node.module and _module(node.module):
            for alias in node.names:
                if alias.name == "*":
                    names.update(vars(_module(node.module)))
                else:
                    names[alias.asname or alias.name] = _part(_module(node.module), alias.name)
    for node in inner:
        if isinstance(node, ast.Assign | ast.NamedExpr):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            meant = _means(node.value, names)
            for target in targets:
                if isinstance(target, ast.Name) and meant is not None:
                    names[target.id] = meant
    return names


def _imports(node: ast.AST, reference: Any) -> bool:
    """Whether a statement of the answer itself imports the reference, used or not."""
    if not isinstance(node, ast.ImportFrom) or not node.module:
        return False
    owner = _module(node.module)
    return owner is not None and any(
        alias.name == "*" or _part(owner, alias.name) is reference for alias in node.names
    )


def _means(node: ast.AST, names: dict[str, Any]) -> Any:
    """What an expression means, as far as its text tells; else None."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        return _part(_means(node.value, names), node.attr)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        is_modules = isinstance(node.value, ast.Attribute) and node.value.attr == "modules"
        return _module(node.slice.value) if is_modules else None
    if isinstance(node, ast.Call):
        return _called(node, names)
    return None


def _called(node: ast.Call, names: dict[str, Any]) -> Any:
    name = ast.unparse(node.func).rpartition(".")[2]
    texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
    if name in _ASKS_FOR_A_MODULE and texts:
        return _module(texts[0])
    if name == "getattr" and len(node.args) >= 2 and texts:
        return _part(_means(node.args[0], names), texts[0])
    return None


def _module(name: Any) -> ModuleType | None:
    """A module of our libraries; None for others, which hold no solution."""
    if not isinstance(name, str) or name.partition(".")[0] not in LIBRARIES:
        return None
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _part(owner: Any, name: Any) -> Any:
    """An attribute of a module or class of ours; None if there is none."""
    if not isinstance(owner, ModuleType | type) or not isinstance(name, str):
        return None
    if str(getattr(owner, "__module__", owner.__name__)).partition(".")[0] not in LIBRARIES:
        return None
    found = getattr(owner, name, None)
    if found is None and isinstance(owner, ModuleType):
        return _module(f"{owner.__name__}.{name}")
    return found
