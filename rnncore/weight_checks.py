"""What converters check about weights that come under the names of others.

Axes are named by letters as in `rnncore.shapes`; besides those, G counts the columns of
all gates, K is H + D, and 1 a single column. What weights mean is not known here.
"""

from collections.abc import Iterable

import numpy as np

from rnncore.kinds import check_floats
from rnncore.shapes import check_shapes


def check_weights(
    where: str,
    weights: dict[str, np.ndarray],
    axes: dict[str, str],
    optional: Iterable[str] = (),
    blocks: int = 1,
) -> None:
    """
    Require weights of exactly these names, whose shapes fit together.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    weights : dict of str to ndarray
        The weights.
    axes : dict of str to str
        The axes of each by letters, such as ``{"Wx": "DH"}``.
    optional : iterable of str, optional
        The names that may be missing.
    blocks : int, optional
        The number of gates: G is to be as many times H.

    Raises
    ------
    TypeError
        If `weights` is not a dict of arrays of floats.
    ValueError
        If a name is missing or unknown, or shapes do not fit together.

    Examples
    --------
    >>> check_weights("f", {"Wx": np.ones((2, 3))}, {"Wx": "DH", "Wh": "HH"})
    Traceback (most recent call last):
    ValueError: f: the weights lack 'Wh' (they have: 'Wx'). Pass exactly Wx, Wh.
    """
    if not isinstance(weights, dict):
        raise TypeError(
            f"{where}: the weights are a {type(weights).__name__}, but a dict of "
            f"arrays is needed. Pass each array under its name."
        )
    _check_names(where, weights, axes, set(optional))
    check_floats(where, **weights)
    ordered = {name: (weights[name], axes[name]) for name in axes if name in weights}
    check_shapes(where, **ordered)
    sizes = {
        letter: size
        for array, letters in ordered.values()
        for letter, size in zip(letters, array.shape, strict=True)
    }
    _check_sizes(where, sizes, blocks)


def _check_names(
    where: str, weights: dict, axes: dict[str, str], optional: set[str]
) -> None:
    missing = [name for name in axes if name not in weights and name not in optional]
    unknown = [name for name in weights if name not in axes]
    if missing or unknown:
        fault = (
            f"lack {missing[0]!r}" if missing else f"hold the unknown {unknown[0]!r}"
        )
        have = ", ".join(map(repr, weights)) or "nothing"
        wanted = ", ".join(name for name in axes if name not in optional)
        more = ", ".join(name for name in axes if name in optional)
        raise ValueError(
            f"{where}: the weights {fault} (they have: {have}). Pass exactly {wanted}"
            f"{f', and if you like {more}' if more else ''}."
        )


def _check_sizes(where: str, sizes: dict[str, int], blocks: int) -> None:
    if sizes.get("1", 1) != 1:
        raise ValueError(
            f"{where}: the biases have {sizes['1']} columns, but 1 is needed. Pass "
            f"biases of shape (H, 1)."
        )
    if sizes.get("K", sizes["H"] + 1) <= sizes["H"]:
        raise ValueError(
            f"{where}: the matrices have {sizes['K']} columns for state and input, but "
            f"more than H = {sizes['H']} are needed. Pass them of shape (H, H + D)."
        )
    if sizes.get("G", blocks * sizes["H"]) != blocks * sizes["H"]:
        raise ValueError(
            f"{where}: the weights have G = {sizes['G']} for all gates together, but "
            f"{blocks * sizes['H']} is needed, H = {sizes['H']} for each of {blocks}. "
            f"Pass the weights of this kind of cell."
        )
