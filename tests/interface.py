"""What rnncore promises: the public names, as its docstring lists them."""

import importlib
import inspect
import re

import rnncore


def modules_in_layers(text=rnncore.__doc__):
    """List the rows of the table of layers, each a list of modules."""
    rule = re.compile(r"^=+  =+$", re.MULTILINE)
    rows = re.split(r"\n(?=\S)", rule.split(text)[1].strip())
    return [re.findall(r"`(\w+)`", row) for row in rows]


def public_names(text=rnncore.__doc__):
    """Map each public module to its names, with both names of a pair."""
    bullets = re.findall(r"^- `(\w+)`: ([^;.]*)[;.]$", text, re.MULTILINE)
    return {
        module: [
            name for short in re.findall(r"`(\w+)`", names) for name in both(short)
        ]
        for module, names in bullets
    }


def both(name):
    pair = name.endswith("_")
    return [name + way for way in ("forward", "backward")] if pair else [name]


def public_objects(text=rnncore.__doc__):
    """Give every public object under its module and its name."""
    return {
        (module, name): getattr(importlib.import_module(f"rnncore.{module}"), name)
        for module, names in public_names(text).items()
        for name in names
    }


def is_record(thing):
    """Tell a NamedTuple, which holds values and computes nothing."""
    return inspect.isclass(thing) and issubclass(thing, tuple)


def methods(cls):
    """List the public functions of a class, and how it is called if it can be."""
    named = inspect.getmembers(cls, inspect.isfunction)
    return [name for name, _ in named if name[0] != "_" or name == "__call__"]
