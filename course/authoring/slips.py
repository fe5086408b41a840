"""What a slip puts in place of one expression: rules, one expression to its replacements."""

import ast
import copy
from collections.abc import Iterator

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
#: Operators, and the one that each is taken for.
OPERATORS = {
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
    ("tril", "triu"),
    ("sum", "mean"),
    ("min", "max"),
    ("any", "all"),
    ("argmin", "argmax"),
    ("zeros", "ones"),
    ("minimum", "maximum"),
    ("log", "exp"),
    ("floor", "ceil"),
    ("head", "tail"),
    ("sigmoid", "tanh"),
    ("append", "extend"),
)
_NAMES = {a: b for pair in _PAIRS for a, b in (pair, pair[::-1])}


def replacements(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in place of one expression, one edit each."""
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
            if type(op) in OPERATORS:
                yield ast.BinOp(left, OPERATORS[type(op)](), right)
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
