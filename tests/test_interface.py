"""The list of public names in the docstring of rnncore is complete and true."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest

import rnncore
from rnncore import kinds
from tests.interface import is_record, modules_in_layers, public_names, public_objects

FOLDER = Path(rnncore.__file__).parent
MODULES = sorted({path.stem for path in FOLDER.glob("*.py")} - {"__init__"})
# What stands in a public module for the sake of other modules.
SUPPORT = {
    "checkpoints": {"described", "digest", "leaves", "regrown"},
    "kinds": {"entries", *(name for name in vars(kinds) if name.startswith("check_"))},
    "stacks": {"Dropped", "reads_both_ways"},
    "recipes": {"check_batches", "check_instance"},
}


def definitions(module):
    """Name the functions and classes of a module that others are meant to use."""
    return {
        name
        for name, thing in vars(module).items()
        if (inspect.isfunction(thing) or inspect.isclass(thing))
        and thing.__module__ == module.__name__
        and not name.startswith("_")
        and not is_record(thing)
        and not getattr(thing, "_is_protocol", False)
    }


def imported(name):
    """Name the modules of rnncore that a module imports."""
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    froms = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    return {used.split(".")[1] for used in froms if used.startswith("rnncore.")}


def test_every_module_has_its_place_in_the_layers():
    rows = modules_in_layers()
    assert sorted(name for row in rows for name in row) == MODULES


def test_layers_import_from_those_before():
    place = {name: k for k, row in enumerate(modules_in_layers()) for name in row}
    for name in MODULES:
        later = {used for used in imported(name) if place[used] > place[name]}
        assert not later, f"{name} imports {later}, which the table has further down"


def test_every_name_in_the_list_exists():
    assert len(public_objects()) > 100
    assert all(thing is not None for thing in public_objects().values())


@pytest.mark.parametrize("module", public_names())
def test_the_list_forgets_nothing(module):
    listed = set(public_names()[module])
    defined = definitions(importlib.import_module(f"rnncore.{module}"))
    assert defined - SUPPORT.get(module, set()) <= listed


# The tests above can fail.


def test_a_name_that_does_not_exist_is_seen():
    with pytest.raises(AttributeError, match="softmaxx"):
        public_objects("- `ops`: `softmaxx`;")
    with pytest.raises(ModuleNotFoundError):
        public_objects("- `opps`: `softmax`;")


def test_the_list_is_read_as_it_is_meant():
    text = "- `ops`: `affine_`,\n  `softmax`;\n- `cells`: `Cell`."
    names = {"ops": ["affine_forward", "affine_backward", "softmax"], "cells": ["Cell"]}
    assert public_names(text) == names
