"""Run the tests of rnncore with the oldest NumPy that it admits.

`make test-oldest` puts what requirements-oldest.txt names into a folder, and that
folder in front of the installed packages. All else, PyTorch included, stays as it is.
"""

import ast
import importlib.metadata
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
OTHERS = {"benchmarks", "extensions", "rnngrade", "samples"}
# About texts, files, and figures, which NumPy has no part in.
LEFT_OUT = {"bpe", "checkpoints", "corpora", "plots", "resuming", "tokenizer_base"}
LEFT_OUT |= {"tokenizers"}


def pinned(python: str | None = None) -> dict[str, str]:
    """Give the version of each package, for the running Python or another."""
    environment = {"python_version": python} if python else {}
    lines = (ROOT / "requirements-oldest.txt").read_text(encoding="utf-8").splitlines()
    needed = [Requirement(line) for line in lines if not line.startswith("#")]
    return {
        need.name: str(need.specifier).removeprefix("==")
        for need in needed
        if need.marker is None or need.marker.evaluate(environment)
    }


def imported_packages(path: Path) -> set[str]:
    """Name the packages that a file imports, wherever it does."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            names.add(node.module)
    return {name.split(".")[0] for name in names}


def tests_of_rnncore() -> list[Path]:
    """List the tests that are about rnncore alone, and about numbers."""
    return [
        path
        for path in sorted((ROOT / "tests").glob("test_*.py"))
        if "rnncore" in (used := imported_packages(path))
        and not used & OTHERS
        and path.stem.removeprefix("test_") not in LEFT_OUT
    ]


def main() -> int:
    """Run the tests, if the packages are those that are pinned."""
    for name, version in pinned().items():
        found = importlib.metadata.version(name)
        if found != version:
            print(f"{name} is {found}, not {version}. Run: make test-oldest")
            return 1
    print("with", ", ".join(f"{name} {version}" for name, version in pinned().items()))
    paths = [ROOT / "rnncore", *tests_of_rnncore()]
    options = ["--quiet", "--doctest-modules", "--numprocesses=2", "--dist=loadfile"]
    options += ["-k", "not rejected"]  # thousands of bad inputs, refused before NumPy
    return pytest.main([*options, *map(str, paths)])


if __name__ == "__main__":
    sys.exit(main())
