"""Check the shapes of arrays, the keys of parameters, the kind of a cache.

Axes are named by letters, as in the equations: ``T`` steps, ``N`` sequences,
``D`` inputs, ``H`` hidden units, ``G`` columns of all gates, ``E`` embedding entries,
``V`` vocabulary entries. A specification such as ``"TND"`` names the axes of one array;
``"...D"`` allows any leading axes. Equal letters must have equal sizes in all arrays of
one check.

Messages say what was given, what was expected, and the remedy. What the arrays hold
is the business of `rnncore.kinds`.
"""

from typing import Any

import numpy as np

from rnncore.kinds import check_floats

NOUNS = {
    "T": "steps",
    "N": "sequences",
    "D": "inputs",
    "H": "hidden units",
    "G": "gate columns",
    "E": "embedding entries",
    "V": "vocabulary entries",
}


def check_shapes(where: str, **arrays: tuple[np.ndarray, str]) -> None:
    """
    Require that arrays have the axes named, and that equal letters agree.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    **arrays : tuple of (ndarray, str)
        Each array with its axes, such as ``xs=(xs, "TND")``. The first array that
        has a letter sets its size, so put those first that the others must follow.

    Raises
    ------
    ValueError
        If an array has another number of axes, an empty axis, or a size that differs
        from that of an earlier array.

    Examples
    --------
    >>> W_xh, xs = np.zeros((4, 3)), np.zeros((7, 2, 5))
    >>> check_shapes("rnn_forward", W_xh=(W_xh, "DH"), xs=(xs, "TND"))
    Traceback (most recent call last):
    ValueError: rnn_forward: xs has D = 5 inputs (shape (7, 2, 5)), but W_xh has D = 4
    (shape (4, 3)). Pass xs of shape (7, 2, 4).
    """
    if _fit(arrays):
        return
    owners: dict[str, tuple[Any, str]] = {}  # letter: (size, the array that set it)
    for name, (array, axes) in arrays.items():
        sizes = _named_sizes(where, name, array, axes)
        for letter, size in sizes:
            known, owner = owners.setdefault(letter, (size, name))
            if size == known:
                continue
            wanted = _shape_text(
                axes, {key: value for key, (value, _) in owners.items()}
            )
            raise ValueError(
                f"{where}: {name} has {_size_text(letter, size)} "
                f"(shape {array.shape}), but {owner} has {_equation(letter, known)} "
                f"(shape {arrays[owner][0].shape}). Pass {name} of shape {wanted}."
            )


def check_params(where: str, params: Any, axes: dict[str, str]) -> None:
    """
    Require a dict that holds the parameters named, as arrays of floats.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    params : dict of str to ndarray
        The parameters; further entries are welcome.
    axes : dict of str to str
        The axes of each parameter that must be there, such as ``{"W_hh": "HH"}``.

    Raises
    ------
    TypeError
        If `params` is not a dict, or a parameter is not an array of floats.
    ValueError
        If a parameter is missing.

    Examples
    --------
    >>> check_params("rnn_forward", {"W_xh": np.ones((4, 3))}, {"b_h": "H"})
    Traceback (most recent call last):
    ValueError: rnn_forward: params has no 'b_h' (it has: 'W_xh'). Add b_h of shape
    (H,).
    """
    if not isinstance(params, dict):
        raise TypeError(
            f"{where}: params is a {type(params).__name__}, but a dict of arrays with "
            f"the keys {', '.join(axes)} is needed. Pass each array under its name."
        )
    for name in axes:
        if name not in params:
            raise ValueError(
                f"{where}: params has no {name!r} (it has: "
                f"{', '.join(map(repr, params)) or 'nothing'}). "
                f"Add {name} of shape {_shape_text(axes[name])}."
            )
    check_floats(where, **{name: params[name] for name in axes})


def check_cache(where: str, cache: Any, kind: type) -> None:
    """
    Require the cache of the matching forward function.

    Parameters
    ----------
    where : str
        Name of the calling backward function, for the message.
    cache : object
        What the caller passed as cache.
    kind : type
        The class of cache that the forward function returns.

    Raises
    ------
    TypeError
        If `cache` is of another kind.

    Examples
    --------
    >>> check_cache("rnn_backward", None, tuple)
    Traceback (most recent call last):
    TypeError: rnn_backward: cache is a NoneType, but a tuple is needed. Pass the cache
    that rnn_forward returned.
    """
    if not isinstance(cache, kind):
        forward = where.replace("backward", "forward")
        raise TypeError(
            f"{where}: cache is a {type(cache).__name__}, but a {kind.__name__} is "
            f"needed. Pass the cache that {forward} returned."
        )


def _fit(arrays: dict[str, tuple[np.ndarray, str]]) -> bool:
    """Look quickly: False only means that a closer look is needed."""
    sizes: dict[str, int] = {}
    for array, axes in arrays.values():
        if array.ndim != len(axes) or "." in axes:
            return False
        for letter, size in zip(axes, array.shape, strict=True):
            if size == 0 or sizes.setdefault(letter, size) != size:
                return False
    return True


def _named_sizes(
    where: str, name: str, array: np.ndarray, axes: str
) -> list[tuple[str, Any]]:
    letters = axes.removeprefix("...")
    open_ended = letters != axes
    leading = array.ndim - len(letters)
    if leading < 0 or (leading > 0 and not open_ended):
        raise ValueError(
            f"{where}: {name} has shape {array.shape}, but {_shape_text(axes)} is "
            f"needed. Pass {name} with its axes in this order; keep axes of size 1."
        )
    sizes = list(zip(letters, array.shape[leading:], strict=True))
    if 0 in array.shape:
        empty = next((letter for letter, size in sizes if size == 0), "...")
        raise ValueError(
            f"{where}: {name} is empty ({_size_text(empty, 0)}, shape {array.shape}), "
            f"but every axis must have at least one entry. Leave out empty "
            f"sequences and batches before the call."
        )
    return [("...", array.shape[:leading]), *sizes] if open_ended else sizes


def _equation(letter: str, size: Any) -> str:
    return f"leading axes {size}" if letter == "..." else f"{letter} = {size}"


def _size_text(letter: str, size: Any) -> str:
    noun = NOUNS.get(letter)
    return f"{_equation(letter, size)} {noun}" if noun else _equation(letter, size)


def _shape_text(axes: str, sizes: dict[str, Any] | None = None) -> str:
    sizes = sizes or {}
    letters = axes.removeprefix("...")
    parts = [str(sizes.get(letter, letter)) for letter in letters]
    if letters != axes:
        parts = [str(size) for size in sizes.get("...", ("...",))] + parts
    return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"
