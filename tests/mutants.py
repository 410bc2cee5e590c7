"""Generate wrong versions of a function by small edits of its source.

Each mutant differs from the original in one place: an operator, an index or slice, a
transpose, a constant, a dropped term, a name, a comparison. The edits are made on the
syntax tree, so every mutant parses. What a mutant computes is for the caller to find
out; some are equivalent to the original and have to be shown so.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatch

OPERATORS = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add, ast.Div),
    ast.Div: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
}
COMPARISONS = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt,),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt,),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
}
FUNCTIONS = {
    "tanh": ("sin", "arctan"),
    "zeros_like": ("ones_like",),
    "zeros": ("ones",),
    "sum": ("mean",),
    "max": ("min",),
    "maximum": ("minimum",),
    "abs": ("square",),
    "reversed": ("list",),
    "sorted": ("list",),
    "outer": ("add.outer",),
    "vstack": ("hstack",),
}


@dataclass(frozen=True)
class Mutant:
    """One changed version of a source text.

    Parameters
    ----------
    edit : str
        ``"line: before -> after"``, for messages.
    source : str
        The whole changed source.
    """

    edit: str
    source: str


def mutants(source: str) -> list[Mutant]:
    """Return every mutant of the functions in `source`, each text once.

    Parameters
    ----------
    source : str
        Python source; docstrings and default imports are left alone.

    Returns
    -------
    list of Mutant
        In the order of the source.
    """
    tree = ast.parse(source)
    found = {ast.unparse(tree): None}
    names = _arguments(tree)
    for position, node in enumerate(ast.walk(tree)):
        for changed in (*_edits(node), *_other_argument(node, names)):
            mutated = copy.deepcopy(tree)
            if not _replace(mutated, position, changed):
                continue
            text = ast.unparse(ast.fix_missing_locations(mutated))
            line = getattr(node, "lineno", 0)
            before, after = ast.unparse(node), ast.unparse(changed)
            found.setdefault(text, Mutant(f"line {line}: {before} -> {after}", text))
    return [mutant for mutant in found.values() if mutant]


def _arguments(tree: ast.AST) -> list[str]:
    functions = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef))
    return [arg.arg for function in functions for arg in function.args.args]


def _other_argument(node: ast.AST, names: list[str]) -> Iterator[ast.AST]:
    """Use the next argument of the function in the place of this one."""
    read = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    if read and node.id in names[:-1]:
        yield ast.Name(names[names.index(node.id) + 1], ast.Load())


def _replace(tree: ast.AST, position: int, changed: ast.AST) -> bool:
    """Put `changed` in the place of the node that `ast.walk` meets at `position`."""
    target = list(ast.walk(tree))[position]
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is target:
                setattr(parent, name, changed)
                return True
            if isinstance(value, list) and any(item is target for item in value):
                value[[item is target for item in value].index(True)] = changed
                return True
    return False


@singledispatch
def _edits(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that may stand in the place of `node`."""
    yield from ()


@_edits.register
def _(node: ast.BinOp) -> Iterator[ast.AST]:
    for operator in OPERATORS.get(type(node.op), ()):
        yield ast.BinOp(node.left, operator(), node.right)
    if isinstance(node.op, ast.Add | ast.Sub | ast.Mult):  # a dropped term or factor
        yield node.left
        yield node.right
    if isinstance(node.op, ast.MatMult | ast.Sub | ast.Div):
        yield ast.BinOp(node.right, node.op, node.left)
    if isinstance(node.op, ast.MatMult):
        for left, right in ((True, False), (False, True)):
            yield ast.BinOp(
                _transposed(node.left) if left else node.left,
                node.op,
                _transposed(node.right) if right else node.right,
            )


def _transposed(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    return ast.Attribute(node, "T", ast.Load())


@_edits.register
def _(node: ast.AugAssign) -> Iterator[ast.AST]:
    for operator in OPERATORS.get(type(node.op), ()):
        yield ast.AugAssign(node.target, operator(), node.value)
    yield ast.Assign([node.target], node.value)


@_edits.register
def _(node: ast.UnaryOp) -> Iterator[ast.AST]:
    yield node.operand


@_edits.register
def _(node: ast.Constant) -> Iterator[ast.AST]:
    if isinstance(node.value, bool) or not isinstance(node.value, int | float):
        return
    yield ast.Constant(node.value + 1)
    yield ast.Constant(node.value - 1)
    if node.value not in (0, 1, 2):
        yield ast.Constant(node.value * 2)


@_edits.register
def _(node: ast.Attribute) -> Iterator[ast.AST]:
    if node.attr == "T":
        yield node.value
    for name in FUNCTIONS.get(node.attr, ()):
        yield ast.parse(f"{ast.unparse(node.value)}.{name}", mode="eval").body


@_edits.register
def _(node: ast.Name) -> Iterator[ast.AST]:
    if isinstance(node.ctx, ast.Load):
        for name in FUNCTIONS.get(node.id, ()):
            yield ast.Name(name, ast.Load())


@_edits.register
def _(node: ast.Compare) -> Iterator[ast.AST]:
    for operator in COMPARISONS.get(type(node.ops[0]), ()):
        yield ast.Compare(node.left, [operator(), *node.ops[1:]], node.comparators)


@_edits.register
def _(node: ast.Subscript) -> Iterator[ast.AST]:
    if not isinstance(node.ctx, ast.Load):
        return
    if not isinstance(node.slice, ast.Slice | ast.Tuple | ast.Constant):
        for operator in (ast.Add, ast.Sub):
            shifted = ast.BinOp(node.slice, operator(), ast.Constant(1))
            yield ast.Subscript(node.value, shifted, node.ctx)


@_edits.register
def _(node: ast.Call) -> Iterator[ast.AST]:
    if len(node.args) == 1 and not node.keywords:  # a dropped function
        yield node.args[0]
    if len(node.args) == 2:
        yield ast.Call(node.func, node.args[::-1], node.keywords)
    for i in range(len(node.keywords)):
        yield ast.Call(node.func, node.args, node.keywords[:i] + node.keywords[i + 1 :])


@_edits.register
def _(node: ast.Return) -> Iterator[ast.AST]:
    if isinstance(node.value, ast.Tuple) and len(node.value.elts) > 1:
        first, second, *rest = node.value.elts
        yield ast.Return(ast.Tuple([second, first, *rest], ast.Load()))


@_edits.register
def _(node: ast.IfExp) -> Iterator[ast.AST]:
    yield node.body
    yield node.orelse


@_edits.register
def _(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield from node.values
