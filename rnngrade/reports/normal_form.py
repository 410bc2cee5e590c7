"""The normal form of an answer: what is left when names and layout are taken away.

Two answers have the same form if they differ only in the names of what they bind
themselves, in comments, docstrings, annotations, quotes, parentheses and line breaks.
Attributes, builtins and other names from outside, operators, constants and the order of
statements stay. Text that is not Python has a form, too: its words, without comments.

The form is made from the syntax tree. Nothing is run, but Python's parser may crash or
hang on what it gets, so :mod:`rnngrade.reports.forms` starts this file as a program, in
a process of its own; therefore it needs the standard library only.
"""

import ast
import hashlib
import json
import re
import signal
import sys
import warnings
from collections import Counter
from dataclasses import astuple, dataclass
from typing import NamedTuple

MAX_CHARACTERS = 50_000
SECONDS = 10
MEMORY = 1 << 30

# Comments for readers and for type checkers, and what follows from the other fields.
_LEFT_OUT = {"annotation", "returns", "type_comment", "type_params"}
_LEFT_OUT |= {"ctx", "kind", "str"}
_BINDING = {
    "arg": "arg",
    "ExceptHandler": "name",
    "MatchAs": "name",
    "MatchMapping": "rest",
    "MatchStar": "name",
}
_MAGIC = re.compile(r"^([ \t]*)[%!].*$", re.MULTILINE)
_COMMENT = re.compile(r"#.*")
_WORD = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True)
class Form:
    """What is kept of a normal form.

    Attributes
    ----------
    digest : str
        Equal for equal forms.
    size : int
        The number of nodes of the syntax tree, or of words.
    python : bool
        Whether the text could be read as Python; if not, names count.
    """

    digest: str
    size: int
    python: bool


def form(source: str) -> Form:
    r"""Take the normal form of an answer.

    Parameters
    ----------
    source : str
        The text of a cell.

    Returns
    -------
    Form
        Its digest and size.

    Examples
    --------
    >>> form("def f(x):\n    return 2 * x") == form("def g(a): return (2*a)  # twice")
    True
    """
    parts, size, python = normal_form(source)
    text = json.dumps([python, parts])
    return Form(hashlib.sha256(text.encode()).hexdigest(), size, python)


def normal_form(source: str) -> tuple[list[str], int, bool]:
    """Write an answer without its names and layout.

    Parameters
    ----------
    source : str
        The text of a cell.

    Returns
    -------
    parts : list of str
        The syntax tree from left to right, with numbers for the names that it binds.
    size : int
        The number of its nodes.
    python : bool
        False if the text could not be read as Python; then the parts are its words.

    Examples
    --------
    >>> normal_form("x = np.pi")
    (['[', 'Assign', '[', '#0', ']', 'Attribute', '=np', "'pi'", ']'], 4, True)
    """
    # Lines for the notebook itself stand where a statement could.
    for text in (source, _MAGIC.sub(r"\1pass", source)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                writer = _Writer(ast.parse(text))
            return writer.renamed(), writer.size, True
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    words = _WORD.findall(_COMMENT.sub("", source))
    return words, len(words), False


class _Scope:
    """Where names are bound: the cell, a function, a class or a comprehension."""

    def __init__(self, parent: "_Scope | None" = None, kind: str = "function") -> None:
        self.parent, self.kind = parent, kind
        self.root: _Scope = parent.root if parent else self
        self.bound: Counter[str] = Counter()
        self.elsewhere: dict[str, _Scope] = {}  # global and nonlocal
        self.functions: dict[str, _Scope] = {}
        self.parameters: set[str] = set()

    def owner(self, name: str) -> "_Scope | None":
        """Find the scope that binds a name as it is seen from here."""
        scope: _Scope | None = self
        while scope is not None:
            if name in scope.elsewhere:
                scope = scope.elsewhere[name]
            elif scope.bound[name] and (scope is self or scope.kind != "class"):
                return scope
            else:
                scope = scope.parent
        return None


class _Name(NamedTuple):
    scope: _Scope
    name: str

    def variable(self) -> tuple[_Scope | None, str]:
        return self.scope.owner(self.name), self.name


class _Keyword(NamedTuple):
    scope: _Scope
    function: str
    name: str

    def variable(self) -> tuple[_Scope | None, str]:
        """Find the parameter of a function that the answer itself defines, once."""
        owner = self.scope.owner(self.function)
        if owner is not None and owner.bound[self.function] == 1:
            inner = owner.functions.get(self.function)
            if inner is not None and self.name in inner.parameters:
                return inner, self.name
        return None, self.name


class _Writer:
    """Write a syntax tree; names are numbered when all that is bound is known."""

    def __init__(self, tree: ast.Module) -> None:
        self.parts: list[str | _Name | _Keyword] = []
        self.size = 0
        self.write(tree.body, _Scope())

    def renamed(self) -> list[str]:
        numbers: dict[tuple[_Scope, str], int] = {}
        parts = []
        for part in self.parts:
            if not isinstance(part, str):
                owner, name = part.variable()
                # What a class binds are attributes: they are seen from outside.
                if owner is None or owner.kind == "class":
                    part = f"={name}"
                else:
                    part = f"#{numbers.setdefault((owner, name), len(numbers))}"
            parts.append(part)
        return parts

    def write(self, value: object, scope: _Scope) -> None:
        if isinstance(value, list):
            self.parts.append("[")
            for item in value:
                self.write(item, scope)
            self.parts.append("]")
        elif isinstance(value, ast.AST):
            name = type(value).__name__.lower()
            getattr(self, f"_{name}", self._plain)(value, scope)
        else:
            self.parts.append(repr(value))

    def _open(self, node: ast.AST) -> None:
        self.size += 1
        self.parts.append(type(node).__name__)

    def _bind(self, name: str, scope: _Scope) -> None:
        scope.bound[name] += 1
        self.parts.append(_Name(scope, name))

    def _plain(self, node: ast.AST, scope: _Scope) -> None:
        self._open(node)
        for field in node._fields:
            value = getattr(node, field)
            if value is not None and field == _BINDING.get(type(node).__name__):
                self._bind(value, scope)
            elif field not in _LEFT_OUT:
                self.write(value, scope)

    def _pass(self, node: ast.Pass, scope: _Scope) -> None:
        pass

    def _expr(self, node: ast.Expr, scope: _Scope) -> None:
        # A constant by itself is a docstring, a comment, or `...` for `pass`.
        if not isinstance(node.value, ast.Constant):
            self._plain(node, scope)

    def _constant(self, node: ast.Constant, scope: _Scope) -> None:
        self.size += 1
        # Python refuses to write a very long integer in decimal.
        whole = type(node.value) is int
        self.parts.append(hex(node.value) if whole else repr(node.value))

    def _name(self, node: ast.Name, scope: _Scope) -> None:
        self.size += 1
        if not isinstance(node.ctx, ast.Load):
            scope.bound[node.id] += 1
        self.parts.append(_Name(scope, node.id))

    def _namedexpr(self, node: ast.NamedExpr, scope: _Scope) -> None:
        self._open(node)
        outer = scope
        while outer.kind == "comprehension":
            outer = outer.parent
        self.write(node.target, outer)
        self.write(node.value, scope)

    def _annassign(self, node: ast.AnnAssign, scope: _Scope) -> None:
        if node.value is not None:
            self.write(ast.Assign([node.target], node.value), scope)
        elif isinstance(node.target, ast.Name):
            scope.bound[node.target.id] += 1

    def _global(self, node: ast.Global, scope: _Scope) -> None:
        if scope.parent is not None:
            scope.elsewhere.update(dict.fromkeys(node.names, scope.root))

    def _nonlocal(self, node: ast.Nonlocal, scope: _Scope) -> None:
        if scope.parent is not None:
            scope.elsewhere.update(dict.fromkeys(node.names, scope.parent))

    def _alias(self, node: ast.alias, scope: _Scope) -> None:
        self._open(node)
        self.parts += [repr(node.name), repr(node.asname is None and "." in node.name)]
        if node.name != "*":
            self._bind(node.asname or node.name.partition(".")[0], scope)

    def _call(self, node: ast.Call, scope: _Scope) -> None:
        self._open(node)
        self.write(node.func, scope)
        self.write(node.args, scope)
        callee = node.func.id if isinstance(node.func, ast.Name) else ""
        for keyword in node.keywords:
            self.parts.append(_Keyword(scope, callee, keyword.arg or "**"))
            self.write(keyword.value, scope)
        self.parts.append(")")

    def _functiondef(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: _Scope
    ) -> None:
        self._open(node)
        self._bind(node.name, scope)
        self.write(node.decorator_list, scope)
        scope.functions[node.name] = inner = self._parameters(node.args, scope)
        self.write(node.body, inner)

    _asyncfunctiondef = _functiondef

    def _lambda(self, node: ast.Lambda, scope: _Scope) -> None:
        self._open(node)
        self.write(node.body, self._parameters(node.args, scope))

    def _parameters(self, node: ast.arguments, scope: _Scope) -> _Scope:
        inner = _Scope(scope)
        for field in node._fields:
            value = getattr(node, field)
            # Defaults are computed where the function is defined.
            self.write(value, scope if "defaults" in field else inner)
        inner.parameters = {arg.arg for arg in [*node.args, *node.kwonlyargs]}
        return inner

    def _classdef(self, node: ast.ClassDef, scope: _Scope) -> None:
        self._open(node)
        self._bind(node.name, scope)
        for value in (node.decorator_list, node.bases, node.keywords):
            self.write(value, scope)
        self.write(node.body, _Scope(scope, "class"))

    def _listcomp(self, node: ast.ListComp, scope: _Scope) -> None:
        self._open(node)
        inner = _Scope(scope, "comprehension")
        # What the first loop runs over is computed outside.
        self.write(node.generators[0].iter, scope)
        for number, loop in enumerate(node.generators):
            self.write(loop.target, inner)
            self.write(loop.iter if number else None, inner)
            self.write([loop.is_async, *loop.ifs], inner)
        for field in node._fields[:-1]:  # all but the loops
            self.write(getattr(node, field), inner)

    _setcomp = _dictcomp = _generatorexp = _listcomp


def _serve() -> None:
    """Answer each line, a text, by the line of its form; end if one takes too long."""
    import resource  # Windows has none, and reads this module, too

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        signal.alarm(SECONDS)
        print(json.dumps(astuple(form(json.loads(line)))), flush=True)
        signal.alarm(0)


if __name__ == "__main__":
    _serve()
