"""The run with the oldest NumPy: the right versions, and no test left out."""

import tomllib

import numpy as np
import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests import oldest

PROJECT = tomllib.loads((oldest.ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_the_oldest_versions_are_the_lowest_admitted():
    needed = {Requirement(line).name: line for line in PROJECT["dependencies"]}
    lowest = oldest.pinned(python="3.11")
    assert needed.keys() == lowest.keys()
    for name, line in needed.items():
        bound = next(s for s in Requirement(line).specifier if s.operator == ">=")
        assert Version(lowest[name]) == Version(bound.version)


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_every_python_has_one_version_of_each(python):
    assert oldest.pinned(python).keys() == {"numpy", "tqdm"}


def test_every_module_with_a_test_is_tested():
    modules = {path.stem for path in (oldest.ROOT / "rnncore").glob("[a-z]*.py")}
    found = {path.stem.removeprefix("test_") for path in oldest.tests_of_rnncore()}
    tested = {m for m in modules if (oldest.ROOT / f"tests/test_{m}.py").exists()}
    assert tested - found == oldest.LEFT_OUT
    assert len(found) >= 40


def test_another_version_is_told(monkeypatch, capsys):
    monkeypatch.setattr(oldest, "pinned", lambda: {"numpy": "1.0"})
    assert oldest.main() == 1
    assert f"numpy is {np.__version__}, not 1.0" in capsys.readouterr().out
