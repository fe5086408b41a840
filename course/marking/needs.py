"""What an answer needs of the statements around it. Read, not run.

Those that bind or edit a name that it uses, directly or by way of others, in their order. An
expression that stands alone, such as `sizes.append(9)`, edits what it names, also by way of a
function that it calls, and so does a decorator. `print(...)` and `display(...)` edit nothing. What
is imported is not edited by naming it; `np.random.seed(0)`, which names nothing else, runs too.

Not seen: an edit in the value of an assignment, `last = sizes.pop()`, where `last` is not needed.
"""

import ast
import builtins
import symtable
from collections.abc import Sequence

_DEFINES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_SHOWS = ("print", "display", "guess", "reveal")


def needed(nodes: Sequence[ast.stmt], place: int, given: frozenset[str]) -> list[int]:
    """Numbers of the statements that the one at `place` needs, in order.

    nodes: statements, in the order in which they run.
    given: names that are bound anyway.
    """
    return _Search(nodes, place, given).run()


class _Search:
    """Grows the set of needed statements until nothing more is named."""

    def __init__(self, nodes: Sequence[ast.stmt], place: int, given: frozenset[str]) -> None:
        self._nodes = nodes
        self._place = place
        self._seen = set(given) | set(dir(builtins))
        self._free = set(self._seen)
        self._binds = [binds(node) for node in nodes]
        imported = self._bound_by(ast.Import | ast.ImportFrom)
        defined = self._bound_by(_DEFINES)
        # of a name that is anything else too, nothing is known
        others = [
            found
            for node, found in zip(nodes, self._binds, strict=True)
            if not isinstance(node, ast.Import | ast.ImportFrom | _DEFINES)
        ]
        self._plain = (imported | defined) - set().union(*others)
        self._imported = imported & self._plain
        # what a star brings has no names here
        self._chosen = {number for number, found in enumerate(self._binds) if "*" in found}

    def _bound_by(self, kind: type) -> set[str]:
        pairs = zip(self._nodes, self._binds, strict=True)
        return set().union(*(found for node, found in pairs if isinstance(node, kind)))

    def run(self) -> list[int]:
        todo: list[ast.AST] = [self._nodes[self._place]]
        while todo:
            for name in names_in(todo.pop()) - self._seen:
                self._seen.add(name)
                todo += self._choose(n for n, found in enumerate(self._binds) if name in found)
            if not todo:
                todo += self._choose(n for n, node in enumerate(self._nodes) if self._edits(node))
        return sorted(self._chosen)

    def _choose(self, numbers) -> list[ast.AST]:
        new = {number for number in numbers if number != self._place} - self._chosen
        self._chosen |= new
        return [self._nodes[number] for number in sorted(new)]

    def _edits(self, node: ast.stmt) -> bool:
        """Whether a statement may edit something that is needed, without binding it."""
        needed = self._seen - self._free
        for acts in acting(node):
            names = self._reached(acts) - self._free
            if names & needed - self._plain or _handed(acts) & needed - self._imported:
                return True
            # of libraries only, such as a seed
            if isinstance(node, ast.Expr) and names & needed and names <= self._imported:
                return True
        return False

    def _reached(self, acts: ast.AST) -> set[str]:
        """The names in an expression, and in the functions and classes that it names."""
        found: set[str] = set()
        todo = names_in(acts)
        while todo:
            name = todo.pop()
            if name in found:
                continue
            found.add(name)
            for node, bound in zip(self._nodes, self._binds, strict=True):
                if isinstance(node, _DEFINES) and name in bound and name in self._plain:
                    todo |= names_in(node)
        return found


def _handed(acts: ast.AST) -> set[str]:
    """The names in an expression that are more than called: `f` in `f.table` and in `g(f)`."""
    called = {id(each.func) for each in ast.walk(acts) if isinstance(each, ast.Call)}
    names = [each for each in ast.walk(acts) if isinstance(each, ast.Name)]
    return {each.id for each in names if id(each) not in called} - set(dir(builtins))


def acting(node: ast.stmt) -> list[ast.AST]:
    """The parts of a statement that stand for what they do: expressions, `del`, decorators."""
    found: list[ast.AST] = []
    todo: list[ast.AST] = [node]
    while todo:
        each = todo.pop()
        if isinstance(each, _DEFINES):
            found += [part for part in each.decorator_list if not is_exercise(part)]
        elif isinstance(each, ast.Delete):
            found += each.targets
        elif isinstance(each, ast.Expr):
            call = each.value
            shows = isinstance(call, ast.Call) and ast.unparse(call.func) in _SHOWS
            found += [] if shows or isinstance(call, ast.Constant) else [call]
        elif isinstance(each, ast.stmt | ast.ExceptHandler | ast.match_case):
            todo += ast.iter_child_nodes(each)
    return found


def is_exercise(node: ast.expr, id: str = "") -> bool:
    """Whether an expression is `exercise("2.3")`, of this id or of any."""
    if not (isinstance(node, ast.Call) and ast.unparse(node.func).endswith("exercise")):
        return False
    if not (node.args and isinstance(node.args[0], ast.Constant)):
        return False
    return not id or node.args[0].value == id


def names_in(node: ast.AST) -> set[str]:
    """The global names that a statement or expression uses; of `x.y`, x. Not its own variables."""
    text = ast.unparse(node)
    found: set[str] = set()
    tables = [symtable.symtable(text, "<cell>", "exec")]
    while tables:
        table = tables.pop()
        is_top = table.get_type() == "module"
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (is_top or symbol.is_global()):
                found.add(symbol.get_name())
        tables += table.get_children()
    return found


def binds(node: ast.stmt) -> set[str]:
    """The names that a statement at the top of a cell binds or edits, inside blocks too."""
    found: set[str] = set()
    todo: list[ast.AST] = [node]
    while todo:
        each = todo.pop()
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(each.name)
            continue
        if isinstance(each, ast.alias):
            found.add((each.asname or each.name).partition(".")[0])
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            found.add(each.id)
        if isinstance(each, ast.Attribute | ast.Subscript) and isinstance(each.ctx, ast.Store):
            found |= {part.id for part in ast.walk(each.value) if isinstance(part, ast.Name)}
        if isinstance(each, ast.ExceptHandler) and each.name:
            found.add(each.name)
        if not isinstance(each, ast.Lambda):
            todo += ast.iter_child_nodes(each)
    return found
