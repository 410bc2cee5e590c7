"""What a student's cells find in the place of what they cannot have.

While a notebook is graded there is no reference solution, no screen to draw on, nobody
to answer a question, and no package besides the allowed ones. Where that can be
replaced by something that does nothing, it is; where not, an error says what to do.

The worker loads this file without its package; it needs the standard library only.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import os
import types
from typing import Any

NO_REFERENCE = (
    "{} holds the reference solutions and is not available while your notebook is "
    "graded. Use what your own cells define, NumPy and the standard library."
)
NOT_INSTALLED = (
    "No module named {!r}: only the standard library and {} are available while "
    "your notebook is graded. Put what needs it into a cell of its own, apart from "
    "your answers: an error there costs no points."
)
PLOTTING = ("matplotlib", "seaborn", "IPython")
NOT_DRAWN = "{} draws nothing while your notebook is graded."
NO_INPUT = (
    "input() is not answered while your notebook is graded. Write the value into "
    "the cell."
)


class Guard(importlib.abc.MetaPathFinder):
    """Find the allowed packages, and say why another one is not found.

    Parameters
    ----------
    packages : dict
        Name of each allowed package and the file that it begins with.
    """

    def __init__(self, packages: dict[str, str]) -> None:
        self.packages = packages

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find a top-level module, as the import system asks.

        Parameters
        ----------
        fullname : str
            The module's name.
        path, target : object, optional
            Not used.

        Returns
        -------
        ModuleSpec or None
            None for a part of a package, which other finders look for.

        Raises
        ------
        ModuleNotFoundError
            For a module that is not allowed.
        """
        top, _, rest = fullname.partition(".")
        if top in ("rnncore", "rnngrade"):
            raise ModuleNotFoundError(NO_REFERENCE.format(top), name=fullname)
        if top in PLOTTING and top not in self.packages:
            return importlib.machinery.ModuleSpec(fullname, NoPlots(), is_package=True)
        if rest:
            return None
        if fullname not in self.packages:
            allowed = ", ".join(self.packages) or "nothing else"
            text = NOT_INSTALLED.format(fullname, allowed)
            raise ModuleNotFoundError(text, name=fullname)
        start = self.packages[fullname]
        folder = [os.path.dirname(start)] if start.endswith("__init__.py") else None
        return importlib.util.spec_from_file_location(
            fullname, start, submodule_search_locations=folder
        )


class NoPlots(importlib.abc.Loader):
    """Load a plotting package as one that accepts everything and draws nothing."""

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """Make the module, as the import system asks.

        Parameters
        ----------
        spec : ModuleSpec
            Its name.

        Returns
        -------
        module
            Any name can be imported from it.
        """
        if "." not in spec.name:
            print(NOT_DRAWN.format(spec.name))
        module = types.ModuleType(spec.name)
        module.__getattr__ = _nothing
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        """Do nothing more.

        Parameters
        ----------
        module : module
            What `create_module` made.
        """


class Nothing:
    """A figure, an axis, a line: whatever is done with it, it is another one."""

    def __call__(self, *_: object, **__: object) -> "Nothing":
        """Do nothing.

        Parameters
        ----------
        *_, **__ : object
            Not used.

        Returns
        -------
        Nothing
            Itself.
        """
        return self

    def __getattr__(self, name: str) -> "Nothing":
        return _nothing(name)

    def __getitem__(self, key: object) -> "Nothing":
        return self

    def __setitem__(self, key: object, value: object) -> None:
        pass

    def __iter__(self) -> Any:
        # As many as `figure, axes = plt.subplots()` takes apart.
        return iter((self, self))

    def __enter__(self) -> "Nothing":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __repr__(self) -> str:
        return "<not drawn>"


def _nothing(name: str) -> Nothing:
    # Whoever asks for a protocol must not be told that it is there.
    if name.startswith("__"):
        raise AttributeError(name)
    return Nothing()


def no_input(*_: object) -> str:
    """Take the place of ``input``: there is nobody to answer.

    Parameters
    ----------
    *_ : object
        Not used.

    Raises
    ------
    EOFError
        Always, with the remedy.
    """
    raise EOFError(NO_INPUT)


def stand_in() -> types.ModuleType:
    """Make what ``from rnngrade import check`` finds here.

    Returns
    -------
    module
        A module whose ``check`` decides nothing.
    """

    def check(*_: object, **__: object) -> None:
        print("Your answers are checked after your cells have run.")

    def missing(name: str) -> None:
        if name.startswith("__"):  # whoever looks at modules, such as `inspect`
            raise AttributeError(name)
        raise ImportError(NO_REFERENCE.format(f"rnngrade.{name}"))

    module = types.ModuleType("rnngrade")
    module.check, module.__getattr__, module.__path__ = check, missing, []
    return module
