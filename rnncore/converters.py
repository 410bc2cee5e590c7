"""From one convention to another: layouts of arrays, names and gates of weights.

The same network is written in many ways. Axes come in other orders, matrices are
transposed, gates stand side by side in other orders or in matrices of their own:

====================  =======  ====================================  ==============
convention            layout   weights of the cell; of the output    gates, in order
====================  =======  ====================================  ==============
here                  TND      W_xh W_hh b_h (D, H); W_hy b_y        i f g o; r z n
cs231n                NTD      Wx Wh b (D, H); W_vocab b_vocab
cs231n-lstm           NTD      Wx Wh b (D, 4H); W_vocab b_vocab      i f o g
scratch-lstm          NTD      Wx Wh b (D, 4H)                       f g i o
dlai                  DNT      Wax Waa ba (H, D); Wya by
dlai-lstm             DNT      Wi Wf Wc Wo (H, H+D), bi ...; Wy by   one matrix each
dlai-gru              DNT      Wr Wu Wc (H, H+D), br ...; Wy by      one matrix each
a                     columns  W_ax W_aa b_a (H, D); W_ya b_y
o                     columns  W_hx W_hh b_h (H, D); W_ho b_o
s                     rows     W_x W_s (D, H), no bias; W_y
no-bias               columns  W_xh W_hh (H, D), no bias; W_hy
====================  =======  ====================================  ==============

cs231n is Stanford's course, dlai the sequence models of deeplearning.ai (its GRU is
ours with the reset before and the update "renew"), scratch the second volume of "Deep
Learning from Scratch"; the last four are letters often met in introductions. Where the
inputs stand in columns, biases have the shape (H, 1). Weights of the output are
converted if they are there.

Numbers are moved, never computed, so that a way and its way back give the same bits.
Only biases are added where the other side has one for two of ours, and the zeros that
stand for a missing bias may be left out again. Names of PyTorch are the business of
`rnncore.pytorch_weights`.
"""

from typing import Any, NamedTuple

import numpy as np

from rnncore.cells import CELLS
from rnncore.gated_cells import GRU_GATES, LSTM_GATES
from rnncore.kinds import check_choice, check_floats
from rnncore.weight_checks import check_weights

Arrays = dict[str, np.ndarray]

OUTPUT_AXES = {"W_hy": "HV", "b_y": "V"}


class Convention(NamedTuple):
    """How one source writes the weights of one cell."""

    cell: str  # the name in CELLS
    names: dict[str, str]  # ours: theirs
    gates: tuple[str, ...] = ("",)  # ours, in their order
    columns: bool = False  # weights are (outputs, inputs), biases (H, 1)
    per_gate: tuple[str, ...] = ()  # their letter of each of our gates


_WX = {"W_xh": "Wx", "W_hh": "Wh", "b_h": "b"}
_VOCAB = {"W_hy": "W_vocab", "b_y": "b_vocab"}
_WY = {"W_hy": "Wy", "b_y": "by"}
CONVENTIONS = {
    "cs231n": Convention("tanh", _WX | _VOCAB),
    "cs231n-lstm": Convention("lstm", _WX | _VOCAB, gates=("i", "f", "o", "g")),
    "scratch-lstm": Convention("lstm", _WX, gates=("f", "g", "i", "o")),
    "dlai": Convention(
        "tanh",
        {"W_xh": "Wax", "W_hh": "Waa", "b_h": "ba", "W_hy": "Wya", "b_y": "by"},
        columns=True,
    ),
    "dlai-lstm": Convention(
        "lstm", _WY, LSTM_GATES, columns=True, per_gate=("i", "f", "c", "o")
    ),
    "dlai-gru": Convention(
        "gru-before-renew", _WY, GRU_GATES, columns=True, per_gate=("r", "u", "c")
    ),
    "a": Convention(
        "tanh",
        {"W_xh": "W_ax", "W_hh": "W_aa", "b_h": "b_a", "W_hy": "W_ya", "b_y": "b_y"},
        columns=True,
    ),
    "o": Convention(
        "tanh",
        {"W_xh": "W_hx", "W_hh": "W_hh", "b_h": "b_h", "W_hy": "W_ho", "b_y": "b_o"},
        columns=True,
    ),
    "s": Convention("tanh", {"W_xh": "W_x", "W_hh": "W_s", "W_hy": "W_y"}),
    "no-bias": Convention(
        "tanh", {"W_xh": "W_xh", "W_hh": "W_hh", "W_hy": "W_hy"}, columns=True
    ),
}


def change_layout(xs: np.ndarray, given: str, wanted: str) -> np.ndarray:
    """
    Put the axes of an array into another order.

    Parameters
    ----------
    xs : ndarray
        The array, such as a batch of sequences.
    given : str
        Its axes by letters, such as ``"TND"``.
    wanted : str
        The same letters in the order wanted, such as ``"NTD"`` or ``"DNT"``.

    Returns
    -------
    ndarray
        A new array with its axes in this order.

    Raises
    ------
    TypeError
        If `xs` is not an array of floats.
    ValueError
        If `given` does not name each axis of `xs` once, or `wanted` has other letters.

    Examples
    --------
    >>> xs = np.zeros((7, 2, 5))  # 7 steps, 2 sequences, 5 inputs
    >>> change_layout(xs, "TND", "DNT").shape
    (5, 2, 7)
    """
    _check_layout(xs, given, wanted)
    return xs.transpose([given.index(letter) for letter in wanted]).copy()


def from_convention(weights: Arrays, convention: str) -> Arrays:
    """
    Write weights of another source in our convention.

    Parameters
    ----------
    weights : dict of str to ndarray
        The weights under the names of the source; those of the output may be missing.
    convention : str
        The name of the source, one of `CONVENTIONS`.

    Returns
    -------
    dict of str to ndarray
        The parameters of the cell, and ``W_hy``, ``b_y`` if the output was there; zeros
        for biases that the source does not have. All are new arrays.

    Raises
    ------
    TypeError
        If `weights` is not a dict of arrays of floats.
    ValueError
        If the convention is unknown, a name is missing or unknown, or shapes do not
        fit together.

    Examples
    --------
    >>> weights = {"W_x": np.ones((4, 3)), "W_s": np.ones((3, 3))}
    >>> {name: a.shape for name, a in from_convention(weights, "s").items()}
    {'W_xh': (4, 3), 'W_hh': (3, 3), 'b_h': (3,)}
    """
    source = _check_theirs(weights, convention)
    params = {
        ours: _turned(ours, weights[theirs], source.columns)
        for ours, theirs in _names(source).items()
        if theirs in weights
    }
    if source.per_gate:
        params = _unstacked(params, source.gates)
    params = _reordered(params, source.gates, gates_of(source.cell))
    return _with_zeros(params, source.cell)


def to_convention(params: Arrays, convention: str) -> Arrays:
    """
    Write our parameters in the convention of another source.

    Parameters
    ----------
    params : dict of str to ndarray
        The parameters of the cell, and ``W_hy``, ``b_y`` if the output is wanted.
    convention : str
        The name of the source, one of `CONVENTIONS`.

    Returns
    -------
    dict of str to ndarray
        The weights under the names of the source, all new arrays.

    Raises
    ------
    TypeError
        If `params` is not a dict of arrays of floats.
    ValueError
        If the convention is unknown, a name is missing or unknown, shapes do not fit
        together, or a bias is not zero where the source has none.

    Notes
    -----
    The two biases of a GRU's candidate become one, their sum. On the way back ``b_n``
    is 0 then, and the network the same.

    Examples
    --------
    >>> params = {"W_xh": np.ones((4, 3)), "W_hh": np.ones((3, 3)), "b_h": np.zeros(3)}
    >>> {name: a.shape for name, a in to_convention(params, "a").items()}
    {'W_ax': (3, 4), 'W_aa': (3, 3), 'b_a': (3, 1)}
    """
    source = _check_ours(params, convention)
    params = _reordered(_merged(params), gates_of(source.cell), source.gates)
    if source.per_gate:
        params = _stacked(params, source.gates)
    return {
        theirs: _turned(ours, params[ours], source.columns)
        for ours, theirs in _names(source).items()
        if ours in params
    }


def gates_of(cell: str) -> tuple[str, ...]:
    """
    Name the blocks of a cell's weights, from left to right.

    Parameters
    ----------
    cell : str
        The name of the cell in `rnncore.cells.CELLS`.

    Returns
    -------
    tuple of str
        The gates; for a cell without gates, a single nameless block.

    Raises
    ------
    ValueError
        If the cell is unknown.

    Examples
    --------
    >>> gates_of("lstm"), gates_of("tanh")
    (('i', 'f', 'g', 'o'), ('',))
    """
    check_choice("gates_of", tuple(CELLS), cell=cell)
    return CELLS[cell].gates or ("",)


def _names(source: Convention) -> dict[str, str]:
    # With a matrix for each gate, ours are W_i, b_i, ... on the way.
    names = dict(source.names)
    for ours, theirs in zip(source.gates, source.per_gate, strict=False):
        names |= {f"W_{ours}": f"W{theirs}", f"b_{ours}": f"b{theirs}"}
    return names


def _turned(name: str, array: np.ndarray, columns: bool) -> np.ndarray:
    if columns and name.startswith("b"):  # (H,) to (H, 1), and back
        array = array[:, None] if array.ndim == 1 else array[:, 0]
    return (array.T if columns and name.startswith("W") else array).copy()


def _reordered(
    params: Arrays, given: tuple[str, ...], wanted: tuple[str, ...]
) -> Arrays:
    changed = dict(params)
    for name in {"W_xh", "W_hh", "b_h"} & params.keys():
        parts = np.split(params[name], len(given), axis=-1)
        blocks = dict(zip(given, parts, strict=True))
        changed[name] = np.concatenate([blocks[gate] for gate in wanted], axis=-1)
    return changed


def _unstacked(params: Arrays, gates: tuple[str, ...]) -> Arrays:
    W = np.hstack([params[f"W_{gate}"] for gate in gates])  # (H+D, G)
    H = params[f"W_{gates[0]}"].shape[1]
    fused = {"W_xh": W[H:].copy(), "W_hh": W[:H].copy()}
    fused["b_h"] = np.concatenate([params[f"b_{gate}"] for gate in gates])
    return fused | {name: params[name] for name in OUTPUT_AXES if name in params}


def _stacked(params: Arrays, gates: tuple[str, ...]) -> Arrays:
    W = np.vstack([params["W_hh"], params["W_xh"]])  # (H+D, G)
    weights = zip(gates, np.split(W, len(gates), axis=1), strict=True)
    biases = zip(gates, np.split(params["b_h"], len(gates)), strict=True)
    split = {f"W_{gate}": array for gate, array in weights}
    split |= {f"b_{gate}": array for gate, array in biases}
    return split | {name: params[name] for name in OUTPUT_AXES if name in params}


def _with_zeros(params: Arrays, cell: str) -> Arrays:
    zeros = {"b_h": np.zeros_like(params["W_hh"][0])}  # (G,)
    if "b_n" in CELLS[cell].axes:
        zeros["b_n"] = np.zeros_like(params["W_hh"][:, 0])  # (H,)
    if "W_hy" in params:
        zeros["b_y"] = np.zeros_like(params["W_hy"][0])  # (V,)
    order = {**CELLS[cell].axes, **OUTPUT_AXES}
    params = zeros | params
    return {name: params[name] for name in order if name in params}


def _merged(params: Arrays) -> Arrays:
    if "b_n" not in params:
        return params
    H = len(params["b_n"])
    b_h = params["b_h"].copy()
    b_h[-H:] += params["b_n"]  # n is the last gate
    return {**params, "b_h": b_h}


def _check_layout(xs: Any, given: Any, wanted: Any) -> None:
    where = "change_layout"
    check_floats(where, xs=xs)
    for name, letters in (("given", given), ("wanted", wanted)):
        if not isinstance(letters, str):
            raise TypeError(
                f"{where}: {name} is a {type(letters).__name__}, but a str of one "
                f"letter for each axis is needed. Pass one, such as {name}='TND'."
            )
    if len(given) != xs.ndim or len(set(given)) != xs.ndim:
        raise ValueError(
            f"{where}: given is {given!r}, but xs has shape {xs.shape}. Pass one "
            f"letter for each of its axes, such as given='TND'."
        )
    if sorted(wanted) != sorted(given):
        raise ValueError(
            f"{where}: wanted is {wanted!r}, but the letters of given, {given!r}, are "
            f"needed. Pass them in the order wanted."
        )


def _check_theirs(weights: Any, convention: Any) -> Convention:
    where = "from_convention"
    check_choice(where, tuple(CONVENTIONS), convention=convention)
    source = CONVENTIONS[convention]
    axes = {
        theirs: _their_axes(ours, source) for ours, theirs in _names(source).items()
    }
    output = [source.names[name] for name in OUTPUT_AXES if name in source.names]
    check_weights(where, weights, axes, output, len(source.gates))
    return source


def _their_axes(ours: str, source: Convention) -> str:
    axes = {**CELLS[source.cell].axes, **OUTPUT_AXES}
    # For a matrix of one gate, on top of each other what reads h and what reads x.
    letters = axes.get(ours, "KH" if ours.startswith("W") else "H")
    if source.columns:
        return letters[::-1] if len(letters) == 2 else letters + "1"
    return letters


def _check_ours(params: Any, convention: Any) -> Convention:
    where = "to_convention"
    check_choice(where, tuple(CONVENTIONS), convention=convention)
    source = CONVENTIONS[convention]
    axes = {**CELLS[source.cell].axes, **OUTPUT_AXES}
    check_weights(where, params, axes, OUTPUT_AXES, len(source.gates))
    fused = ("W_xh", "W_hh", "b_h", "b_n") if source.per_gate else ()
    for name in params.keys() - {*source.names, *fused}:
        if name in OUTPUT_AXES and "W_hy" not in source.names:
            raise ValueError(
                f"{where}: the weights hold {name!r}, but the convention "
                f"{convention!r} ends with the cell. Pass them without {name}."
            )
        if params[name].any():
            raise ValueError(
                f"{where}: {name} is not zero, but the convention {convention!r} has "
                f"no bias. Pass zeros, or choose another convention."
            )
    return source
