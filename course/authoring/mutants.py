"""Small automatic edits of a function or class.

They are what a slip of a learner's finger, or thought, would make of it.
"""

import ast
import copy
import textwrap
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from course.authoring.slips import OPERATORS, replacements

_NOT_EDITED = (ast.Raise, ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
_NOT_ITS_OWN = ("annotation", "body", "orelse", "finalbody", "handlers")  # parts of a statement


@dataclass(frozen=True)
class Mutant:
    """One edit of a definition.

    edit:   "before -> after" of the statement it is in.
    source: the whole definition, edited.
    """

    edit: str
    source: str

    def define(self, names: dict[str, Any]) -> Callable:
        """The edited function or class, defined among `names` (which stay as they are)."""
        space = dict(names)
        with warnings.catch_warnings(action="ignore", category=SyntaxWarning):
            exec(compile(self.source, "<mutant>", "exec"), space)
        return space[ast.parse(self.source).body[0].name]


def mutants(source: str, *, refusals: bool) -> Iterator[Mutant]:
    """Each edit of the definition in `source`, one at a time.

    Constants off by one, comparisons and operators exchanged, terms, conditions, methods and slice
    bounds dropped, signs and conditions turned, kindred functions exchanged, statements left out.
    Not edited: signatures, annotations, docstrings, what is raised, and, without `refusals`,
    statements that only refuse bad input.
    """
    tree = ast.parse(textwrap.dedent(source))
    seen = Counter()
    for statement in _statements(tree.body[0]):
        if not refusals and _only_refuses(statement):
            continue
        before = _text(statement)
        for edited in _edits_of(statement):
            after = "(left out)" if edited is None else _text(edited)
            if before == after:
                continue
            edit = f"{before} -> {after}"
            seen[edit] += 1
            number = f" #{seen[edit]}" if seen[edit] > 1 else ""
            whole = ast.fix_missing_locations(_with(tree, statement, edited))
            mutant = Mutant(edit + number, ast.unparse(whole))
            if _is_python(mutant.source):
                yield mutant


def _is_python(source: str) -> bool:
    """Not every edit of a tree can be written: a starred expression has no place of its own."""
    with warnings.catch_warnings(action="ignore", category=SyntaxWarning):
        try:
            compile(source, "<mutant>", "exec")
        except SyntaxError:
            return False
    return True


def _statements(definition: ast.stmt) -> Iterator[ast.stmt]:
    """Every statement inside, outer ones first, without docstrings and raises."""
    for node in ast.walk(definition):
        if node is definition or not isinstance(node, ast.stmt):
            continue
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_text or isinstance(node, _NOT_EDITED):
            continue
        if ast.unparse(node) != "super().__init__()":
            yield node


def _only_refuses(statement: ast.stmt) -> bool:
    """Whether it does nothing but refuse bad input."""
    if isinstance(statement, ast.If):
        only_raises = all(isinstance(inner, ast.Raise) for inner in statement.body)
        return only_raises and not statement.orelse
    call = statement.value if isinstance(statement, ast.Expr) else None
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id.lstrip("_").startswith(("check", "validate", "refuse"))
    )


def _text(statement: ast.stmt) -> str:
    """A statement on one line; of a compound one, its head."""
    return ast.unparse(statement).splitlines()[0]


def _edits_of(statement: ast.stmt) -> Iterator[ast.stmt | None]:
    """Edited copies of one statement (of a compound one, of its head); None: leave it out."""
    is_call = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
    if is_call or isinstance(statement, ast.AugAssign):
        yield None
    if isinstance(statement, ast.If | ast.While):
        yield _replaced(statement, (("test", None),), ast.UnaryOp(ast.Not(), statement.test))
    for path, node in _expressions(statement, ()):
        for replacement in replacements(node):
            yield _replaced(statement, path, replacement)
    if isinstance(statement, ast.AugAssign) and type(statement.op) in OPERATORS:
        edited = copy.deepcopy(statement)
        edited.op = OPERATORS[type(statement.op)]()
        yield edited


def _expressions(node: ast.AST, path: tuple) -> Iterator[tuple[tuple, ast.expr]]:
    """The expressions of a statement itself, with the way to each.

    Inner statements have their own turn.
    """
    for name, value in ast.iter_fields(node):
        if isinstance(node, ast.stmt) and name in _NOT_ITS_OWN:
            continue
        for position, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or isinstance(child, ast.stmt | ast.arguments):
                continue
            step = (*path, (name, position))
            if isinstance(child, ast.expr | ast.Slice):
                yield step, child
            yield from _expressions(child, step)


def _replaced(statement: ast.stmt, path: tuple, replacement: ast.AST) -> ast.stmt:
    edited = copy.deepcopy(statement)
    parent: Any = edited
    for name, position in path[:-1]:
        parent = getattr(parent, name) if position is None else getattr(parent, name)[position]
    name, position = path[-1]
    if position is None:
        setattr(parent, name, replacement)
    else:
        getattr(parent, name)[position] = replacement
    return edited


def _with(tree: ast.Module, statement: ast.stmt, edited: ast.stmt | None) -> ast.Module:
    """A copy of the tree in which `edited` stands for `statement`."""

    class Swap(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            if node is statement:
                return ast.Pass() if edited is None else edited
            return self.generic_visit(copy.copy(node))

        def generic_visit(self, node: ast.AST) -> ast.AST:
            for name, value in ast.iter_fields(node):  # new lists: the original tree keeps its own
                if isinstance(value, list):
                    setattr(node, name, list(value))
            return super().generic_visit(node)

    return Swap().visit(tree)
