"""What holds for rnncore as a whole: layers, style budget, docstrings.

The budget is counted without docstrings, comments and blank lines.
"""

import ast
import math
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "rnncore").glob("*.py"))

LAYERS = [
    {"kinds", "memory"},
    {"shapes", "dicts"},
    {"step_checks", "weight_checks"},
    {"ops", "init", "scan"},
    {"losses", "gated_cells", "jordan"},
    {"cells"},
    {"sequence", "stepwise"},
    {"kernels", "parameters"},
    {"gated_kernels"},
    {"runs"},
    {"stepping"},
    {"layers"},
    {"stacks"},
    {"bptt"},
    {"rtrl"},
    {"attention", "heads", "decoding_checks", "model_checks"},
    {"readers", "decoding"},
    {"models", "sequence_classifier", "sequence_regressor", "sequence_generator"},
    {"encoder_decoder"},
    {"tokenizer_base"},
    {"bpe"},
    {"tokenizers", "data"},
    {"tasks", "corpora"},
    {"clipping"},
    {"optim", "schedules", "weight_norm", "metrics"},
    {"recipes", "checkpoints"},
    {"resuming"},
    {"training"},
    {"gradcheck", "analysis", "converters", "drawing"},
    {"pytorch_weights", "graphs"},
    {"plots"},
]
FOREIGN = {
    "corpora": {"tqdm"},
    "training": {"tqdm"},
    "drawing": {"matplotlib"},
    "graphs": {"matplotlib"},
    "plots": {"matplotlib"},
}
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def imported_modules(source):
    """Return the full names of all modules that source imports, wherever it does."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide where a name comes from"
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def upward_imports(module, source):
    """Return the modules of rnncore that module imports and must not."""
    names = imported_modules(source)
    used = {name.split(".")[1] for name in names if name.startswith("rnncore.")}
    return {name for name in used & LEVEL.keys() if LEVEL[name] >= LEVEL[module]}


def docstring_lines(node):
    """Return the numbers of the lines of all docstrings in a module or function."""
    numbers = set()
    for child in ast.walk(node):
        documented = isinstance(child, ast.Module | ast.ClassDef | ast.FunctionDef)
        if documented and ast.get_docstring(child) is not None:
            text = child.body[0]
            numbers |= set(range(text.lineno, text.end_lineno + 1))
    return numbers


def code_lines(node, source_lines):
    """Count the lines of a module or function that are code."""
    first = getattr(node, "lineno", 1)
    last = getattr(node, "end_lineno", len(source_lines))
    code = (
        source_lines[number - 1].strip()
        for number in range(first, last + 1)
        if number not in docstring_lines(node)
    )
    return sum(1 for line in code if line and not line.startswith("#"))


def function_lengths(source):
    lines = source.splitlines()
    return {
        node.name: code_lines(node, lines)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
    }


def test_every_module_has_a_layer():
    assert {path.stem for path in MODULES} - {"__init__"} == LEVEL.keys()


@pytest.mark.parametrize("name", sorted(LEVEL))
def test_imports_go_only_downward(name):
    source = (ROOT / "rnncore" / f"{name}.py").read_text(encoding="utf-8")
    assert upward_imports(name, source) == set()
    assert not any(used.startswith("rnngrade") for used in imported_modules(source))


def test_other_packages_stay_where_they_belong():
    for path in MODULES:
        used = {n.split(".")[0] for n in imported_modules(path.read_text("utf-8"))}
        foreign = used - sys.stdlib_module_names - {"rnncore", "numpy"}
        assert foreign <= FOREIGN.get(path.stem, set()), path.name


def test_functions_are_short():
    lengths = {}
    for path in MODULES:
        for name, n in function_lengths(path.read_text(encoding="utf-8")).items():
            lengths[f"{path.stem}.{name}"] = n
    ordered = sorted(lengths.values())
    percentile_95 = ordered[math.ceil(0.95 * len(ordered)) - 1]
    longest = sorted(lengths, key=lengths.get)[-8:]
    assert statistics.median(ordered) <= 8
    assert percentile_95 <= 25, {name: lengths[name] for name in longest}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_files_are_short(path):
    source = path.read_text(encoding="utf-8")
    assert code_lines(ast.parse(source), source.splitlines()) <= 250


def test_no_dtype_is_fixed():
    for path in MODULES:
        source = path.read_text(encoding="utf-8")
        fixed = {
            node.attr
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Attribute)
            and node.attr in {"float16", "float32", "float64", "complex128"}
        }
        assert not fixed, path.name


def test_no_global_random_state():
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        uses = {ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
        uses = {name for name in uses if name.startswith("np.random.")}
        assert uses <= {"np.random.Generator"}, path.name


def test_docstrings_are_complete():
    command = [sys.executable, "-m", "numpydoc", "lint", *map(str, MODULES)]
    lint = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert lint.returncode == 0, lint.stdout + lint.stderr


# The tests above can fail.


def test_an_upward_import_is_seen():
    assert upward_imports("ops", "from rnncore.models import x") == {"models"}
    assert upward_imports("ops", "import rnncore.init") == {"init"}
    assert upward_imports("ops", "from rnncore import training") == {"training"}
    assert upward_imports("models", "def f():\n    import rnncore.ops") == set()


def test_only_code_is_counted():
    source = (
        '"""One.\n\nTwo."""\n\n\ndef f():\n    """Three."""\n    # Four.\n    x = 5\n'
    )
    assert function_lengths(source) == {"f": 2}
    assert code_lines(ast.parse(source), source.splitlines()) == 2
