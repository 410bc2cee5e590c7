"""Equal up to names and layout: what is, what is not, and text that nobody can read."""

import ast
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnngrade.reports import forms as forms_module
from rnngrade.reports.forms import Forms
from rnngrade.reports.normal_form import MAX_CHARACTERS, form, normal_form

STEP = '''\
def rnn_step(x, h, W_xh, W_hh, b):
    """Return the next state."""
    # weigh, then squash
    total = x @ W_xh + h @ W_hh + b
    return np.tanh(total, out=None)
'''
SAME = {
    "renamed": """\
def rnn_step(inputs, state, A, B, c):
    s = inputs @ A + state @ B + c
    return np.tanh(s, out=None)""",
    "laid out": """\
def rnn_step(
    x, h, W_xh, W_hh, b,
):
    total = ((x @ W_xh) + \\
        (h @ W_hh) + b); pass
    return (np.tanh(
        total, out=None,  # in place?
    ))""",
    "annotated": """\
def rnn_step(x: float, h: "state", W_xh, W_hh, b) -> np.ndarray:
    'Another docstring.'
    total: np.ndarray = x @ W_xh + h @ W_hh + b
    return np.tanh(total, out=None)""",
    "with a magic": "%matplotlib inline\n" + STEP.replace("    #", "    ...\n    #"),
}
OTHER = {
    "an operator": STEP.replace("h @", "h *"),
    "a constant": STEP.replace("None", "0"),
    "the order of a sum": STEP.replace("x @ W_xh + h @ W_hh", "h @ W_hh + x @ W_xh"),
    "two arguments": STEP.replace("(x, h,", "(h, x,"),
    "two names in the body": STEP.replace("h @ W_hh", "h @ W_xh"),
    "an attribute": STEP.replace("np.tanh", "np.sinh"),
    "a library": STEP.replace("np.tanh", "torch.tanh"),
    "a shadowed library": STEP.replace("W_hh, b)", "W_hh, np)"),
    "a foreign keyword": STEP.replace("out=", "where="),
    "a transposition": STEP.replace("h @ W_hh", "h @ W_hh.T"),
}


@pytest.mark.parametrize("name", SAME)
def test_names_and_layout_do_not_count(name):
    assert form(SAME[name]) == form(STEP)
    assert form(STEP).python


@pytest.mark.parametrize("name", OTHER)
def test_everything_else_counts(name):
    assert OTHER[name] != STEP
    assert form(OTHER[name]).digest != form(STEP).digest


# Pairs that are the same program but for the names, however scopes are nested.
ALIKE = [
    ("[x for x in x]", "[y for y in x]"),
    ("a = 1\n[a for a in range(a)]", "b = 1\n[c for c in range(b)]"),
    ("f = lambda x, y=z: x + y", "g = lambda a, b=z: a + b"),
    (
        "def f(a):\n def g(a): return a\n return g(a)",
        "def f(b):\n def g(c): return c\n return g(b)",
    ),
    (
        "def f():\n n = 0\n def g():\n  nonlocal n\n  n += 1",
        "def f():\n m = 0\n def g():\n  nonlocal m\n  m += 1",
    ),
    ("n = 0\ndef f():\n global n\n n = 1", "m = 0\ndef f():\n global m\n m = 1"),
    ("def f(a): return a\nf(a=1)", "def g(b): return b\ng(b=1)"),
    ("try: f()\nexcept E as e: print(e)", "try: f()\nexcept E as x: print(x)"),
    ("import numpy as np\nnp.pi", "import numpy\nnumpy.pi"),
    (
        "def f(x):\n return [y := x for x in x], y",
        "def f(a):\n return [c := b for b in a], c",
    ),
    (
        "match p:\n case {'a': [b, *c], **d}: b, c, d",
        "match p:\n case {'a': [x, *y], **z}: x, y, z",
    ),
    ("class A:\n def f(self): return self.x", "class B:\n def f(me): return me.x"),
    (
        "def g(x):\n class A:\n  x = 1\n  def f(s): return x",
        "def g(y):\n class A:\n  x = 1\n  def f(s): return y",
    ),
    ("for i, _ in z: i", "for k, j in z: k"),
    ("async def f(a): await a", "async def g(b): await b"),
    ("x = 'it'", 'y = """it"""'),
    ("x = 1000.0", "x = 1e3"),
    ("x: int\nx", "y: str\ny"),
]
DIFFERENT = [
    ("[x for x in x]", "[x for y in x]"),
    ("x = 1", "x = 1.0"),
    ("x = 1", "x = True"),
    ("x = 1", "x = -1"),
    ("f(a=1)", "f(b=1)"),
    ("def f(a): return a\nf(a=1)", "def f(a): return a\nf(b=1)"),
    (
        "if c: f = g\ndef f(a): return a\nf(a=1)",
        "if c: f = g\ndef f(b): return b\nf(b=1)",
    ),
    ("def f():\n global n\n n = 1", "def f():\n n = 1"),
    ("def f():\n global n\n n = 1", "def f():\n global m\n m = 1"),
    (
        "def f():\n n = 0\n def g():\n  nonlocal n\n  n = 1",
        "def f():\n n = 0\n def g():\n  n = 1",
    ),
    ("class A:\n x = 1", "class A:\n y = 1"),
    ("class A:\n x = 1\n def f(s): return x", "x = 1\nclass A:\n def f(s): return x"),
    ("import a.b\na", "import a.b as a\na"),
    ("def f(x): return x", "def f(y): return x"),
    ("def f(x, y): return x - y", "def f(x, y): return y - x"),
    ("def f(x, y): pass", "def f(x, *, y): pass"),
    ("def f(x, y=x): pass", "def f(z, y=z): pass"),
    ("[f(x, y=1)]", "[f(x), y, 1]"),
    ("f(*a)", "f(a)"),
    ("f(**a)", "f(*a)"),
    ("x[1:2]", "x[1:2:1]"),
    ("if a:\n b\nc", "if a:\n b\n c"),
    ("print(1)\nprint(2)", "print(2)\nprint(1)"),
    ("def f(\nreturn x", "def f(\nreturn y"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_names_are_renamed_in_their_own_scope(one, other):
    assert normal_form(one) == normal_form(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_means_something_else_is_different(one, other):
    assert normal_form(one)[0] != normal_form(other)[0]


def test_what_is_no_python_is_compared_by_its_words():
    form = normal_form("def f(:  # mine\n    return  1")
    assert form == (["def", "f", "(", ":", "return", "1"], 6, False)


def test_a_line_needs_the_same_number_of_nodes_as_the_page_says():
    assert normal_form("y = 2 * x")[1] == 6


# --- any function, any names ----------------------------------------------------------

LOCALS, FRESH = ["a", "b", "c", "d"], ["p", "np2", "long_name", "sum_"]
ATOMS = st.sampled_from([*LOCALS, "np.pi", "a.b", "len(b)", "2", "f(c, d=1)", "'a'"])
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("({} + {})".format, inner, inner),
        st.builds("[{} for a in {} if {}]".format, inner, inner, inner),
        st.builds("(lambda b, c={}: {})({})".format, inner, inner, inner),
        st.builds("np.sum({}, axis={})".format, inner, inner),
    ),
    max_leaves=6,
)
LINES = st.one_of(
    st.builds("{} = {}".format, st.sampled_from(LOCALS), EXPRESSIONS),
    st.builds("for d in {}: a = {}".format, EXPRESSIONS, EXPRESSIONS),
    st.builds("def b(a): return {}".format, EXPRESSIONS),
    st.builds("return {}".format, EXPRESSIONS),
)


NAMED = {ast.Name: "id", ast.arg: "arg", ast.keyword: "arg", ast.FunctionDef: "name"}


def rename(source, names):
    """Rename in all scopes at once, by the tree and not by the text."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        field = NAMED.get(type(node))
        if field:
            old = getattr(node, field)
            setattr(node, field, names.get(old, old))
    return ast.unparse(tree)


@given(st.lists(LINES, min_size=1, max_size=6), st.permutations(FRESH))
@settings(deadline=None)
def test_a_consistent_renaming_never_changes_the_form(lines, fresh):
    source = "def f(a, b, c=b, *, d=1):\n" + "\n".join(f"    {line}" for line in lines)
    source = "b = 0\n" + source
    renamed = rename(source, dict(zip(LOCALS, fresh, strict=True)))
    assert renamed != source
    assert normal_form(renamed) == normal_form(source)


# --- hostile text ---------------------------------------------------------------------

N = MAX_CHARACTERS
DEEP = "".join(" " * i + "if 1:\n" for i in range(99)) + " " * 99 + "pass"
HOSTILE = {
    "open brackets": "(" * N,
    "nested brackets": "[" * 190 + "]" * 190,
    "nested dicts": "{1:" * 190 + "1" + "}" * 190,
    "nested calls, not closed": "f(" * 190,
    "nested f-strings": "f'{" * (N // 3),
    "lambdas": "lambda:" * 7_000 + "1",
    "attributes": "a" + ".a" * 24_999,
    "a long sum": "1" + "+1" * 24_999,
    "minus signs": "-" * (N - 1) + "x",
    "powers": "2" + "**2" * 16_000,
    "a tower": "x = 9**9**9**9",
    "decimal digits": "1" * N,
    "hexadecimal digits": "x = 0x" + "f" * (N - 6),
    "else after else": "if 1: pass\n" + "elif 1: pass\n" * 3_800,
    "blocks in blocks": DEEP,
    "a null byte": "x = 1\0",
    "a lone surrogate": "x = '\ud800'",
    "an unknown escape": "x = '\\d' '\\N{SNOWMAN}'",
    "many lines": "\n" * N,
    "only a comment": "#" * N,
    "a backslash": "\\",
    "magics": "%a\n" * (N // 3),
}


@pytest.fixture(scope="module")
def forms():
    with Forms() as opened:
        yield opened


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_has_a_form(forms, name):
    assert len(HOSTILE[name]) <= N
    form = forms.of(HOSTILE[name])
    assert re.fullmatch("[0-9a-f]{64}", form.digest)
    process = forms._process
    assert process.poll() is None, "the parser's process has survived"


@pytest.mark.parametrize("name", ["hexadecimal digits", "an unknown escape", "magics"])
def test_odd_text_is_read_as_python_all_the_same(name):
    assert normal_form(HOSTILE[name])[2]


def test_too_long_a_text_has_none(forms):
    assert forms.of("x" * (N + 1)) is None
    assert forms.of("x" * N) is not None


LOSING = f"""
import importlib.util, os, sys, time
spec = importlib.util.spec_from_file_location("normal_form", {forms_module.PROGRAM!r})
module = sys.modules["normal_form"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
take = module.form

def form(source):
    if source == "crash":
        os.abort()
    if source == "hang":
        time.sleep(600)
    return take(source)

module.form, module.SECONDS = form, 1
module._serve()
"""


@pytest.mark.parametrize("text", ["crash", "hang"])
def test_a_lost_process_costs_one_answer(tmp_path, monkeypatch, text):
    (tmp_path / "program.py").write_text(LOSING)
    monkeypatch.setattr(forms_module, "PROGRAM", str(tmp_path / "program.py"))
    with Forms() as forms:
        assert forms.of("fine") == form("fine")
        first = forms._process
        assert forms.of(text) is None
        assert first.returncode < 0
        assert forms.of("fine, too") == form("fine, too")
        last = forms._process
    assert last.poll() is not None, "nothing is left behind"


def test_a_text_is_looked_at_once(forms, monkeypatch):
    first = forms.of("once = 1")
    monkeypatch.setattr(forms, "_ask", None)
    assert forms.of("once = 1") is first
