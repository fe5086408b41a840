"""Small automatic edits of a function or class:

what a slip of a learner's finger, or thought, would make of it.
"""

import ast
import copy
import textwrap
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_NOT_EDITED = (ast.Raise, ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
_SYMMETRIC = frozenset({"maximum", "minimum", "max", "min", "isclose", "allclose"})
_CONVERSIONS = frozenset({"float", "int", "bool"})  # numpy's numbers are as good as Python's
_MODULES = frozenset({"torch", "np", "pd", "nn", "F", "math"})
_COMPARISONS = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_OPERATORS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
}
_PAIRS = (
    ("tril", "triu"), ("sum", "mean"), ("min", "max"), ("any", "all"), ("argmin", "argmax"), ("zeros", "ones"),
    ("minimum", "maximum"), ("log", "exp"), ("floor", "ceil"), ("head", "tail"), ("sigmoid", "tanh"),
    ("append", "extend"),
)  # fmt: skip
_NAMES = {a: b for pair in _PAIRS for a, b in (pair, pair[::-1])}


@dataclass(frozen=True)
class Mutant:
    """One edit. edit: "before -> after" of the statement it is in; source:

    the whole definition, edited.
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
            mutant = Mutant(
                edit + number,
                ast.unparse(ast.fix_missing_locations(_with(tree, statement, edited))),
            )
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
        if (
            not is_text
            and not isinstance(node, _NOT_EDITED)
            and ast.unparse(node) != "super().__init__()"
        ):
            yield node


def _only_refuses(statement: ast.stmt) -> bool:
    """Whether it does nothing but refuse bad input."""
    if isinstance(statement, ast.If):
        return not statement.orelse and all(
            isinstance(inner, ast.Raise) for inner in statement.body
        )
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
    if isinstance(statement, ast.AugAssign) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
    ):
        yield None
    if isinstance(statement, ast.If | ast.While):
        yield _replaced(statement, (("test", None),), ast.UnaryOp(ast.Not(), statement.test))
    for path, node in _expressions(statement, ()):
        for replacement in _replacements(node):
            yield _replaced(statement, path, replacement)
    if isinstance(statement, ast.AugAssign) and type(statement.op) in _OPERATORS:
        edited = copy.deepcopy(statement)
        edited.op = _OPERATORS[type(statement.op)]()
        yield edited


def _expressions(node: ast.AST, path: tuple) -> Iterator[tuple[tuple, ast.expr]]:
    """The expressions of a statement itself, with the way to each.

    Inner statements have their own turn.
    """
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "body", "orelse", "finalbody", "handlers") and isinstance(
            node, ast.stmt
        ):
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


def _replacements(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in place of one expression."""
    match node:
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield from (ast.Constant(value + 1), ast.Constant(value - 1))
        case ast.Constant(value=float(value)):
            yield ast.Constant(value * 2 if value else 1.0)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
            yield from (ast.Constant(1 - value), ast.Constant(-1 - value))
        case ast.UnaryOp(op=ast.Not() | ast.Invert() | ast.USub(), operand=operand):
            yield operand
        case ast.Compare(left=left, ops=[op], comparators=comparators):
            yield from (
                ast.Compare(left, [other()], comparators) for other in _COMPARISONS[type(op)]
            )
        case ast.BinOp(left=left, op=op, right=right):
            if type(op) in _OPERATORS:
                yield ast.BinOp(left, _OPERATORS[type(op)](), right)
            yield from (left, right)
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            yield from values
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield ast.IfExp(test, orelse, body)
        case ast.Slice(lower=lower, upper=upper, step=step):
            if lower is not None:
                yield ast.Slice(None, upper, step)
            if upper is not None:
                yield ast.Slice(lower, None, step)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp() if (
            node.generators[0].ifs
        ):
            unfiltered = copy.deepcopy(node)
            unfiltered.generators[0].ifs = []
            yield unfiltered
        case ast.Call(func=function, args=args, keywords=keywords):
            name = function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)
            if len(args) > 1 and name not in _SYMMETRIC:
                yield ast.Call(function, [args[1], args[0], *args[2:]], keywords)
            owner = function.value if isinstance(function, ast.Attribute) else None
            if name in _CONVERSIONS:
                pass
            elif owner is None or (isinstance(owner, ast.Name) and owner.id in _MODULES | {"self"}):
                yield from args[:1]  # what the function does left undone
            else:
                yield owner
    match node:
        case ast.Attribute(value=owner, attr=name) if name in _NAMES:
            yield ast.Attribute(owner, _NAMES[name], ast.Load())
        case ast.Name(id=name) if name in _NAMES and isinstance(node.ctx, ast.Load):
            yield ast.Name(_NAMES[name], ast.Load())
