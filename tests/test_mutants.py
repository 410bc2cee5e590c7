"""The mutation tool makes the edits that it promises, and only those."""

import ast

import pytest

from tests.mutants import mutants


def edits(body):
    return [m.edit.partition(": ")[2] for m in mutants(f"def f(a, b):\n    {body}")]


@pytest.mark.parametrize(
    ("body", "edit"),
    [
        ("return a + b", "a + b -> a - b"),
        ("return a + b", "a + b -> a"),
        ("return a - b", "a - b -> b - a"),
        ("return a @ b", "a @ b -> b @ a"),
        ("return a @ b", "a @ b -> a @ b.T"),
        ("return a @ b.T", "a @ b.T -> a @ b"),
        ("return a ** 2", "2 -> 3"),
        ("return -a", "-a -> a"),
        ("return np.tanh(a)", "np.tanh(a) -> a"),
        ("return a.sum(axis=0)", "0 -> 1"),
        ("return a.sum(axis=0)", "a.sum(axis=0) -> a.sum()"),
        ("return a[b]", "a[b] -> a[b - 1]"),
        ("return a[1:]", "1 -> 2"),
        ("return a, b", "return (a, b) -> return (b, a)"),
        ("return a if a < b else b", "a < b -> a <= b"),
        ("a += b", "a += b -> a = b"),
        ("return a", "a -> b"),
    ],
)
def test_edits(body, edit):
    assert edit in edits(body)


def test_mutants_are_distinct_and_parse():
    source = "def f(a, b):\n    c = a @ b + 1\n    return np.tanh(c) * b[0]"
    texts = [mutant.source for mutant in mutants(source)]
    assert len(texts) == len(set(texts)) > 15
    assert ast.unparse(ast.parse(source)) not in texts
    for text in texts:
        ast.parse(text)


def test_docstrings_and_names_that_are_assigned_stay():
    source = 'def f(a, b):\n    """Return 1 + 1."""\n    a = 2\n    return b'
    for mutant in mutants(source):
        assert "Return 1 + 1." in mutant.source
        assert mutant.source.startswith("def f(a, b)")
