"""Weights under the names of PyTorch, for the same cells, layers, and directions.

A cell here and a cell there differ in three ways: matrices are transposed, every sum
has two biases there and one here, and the names are others.

=======================  ==========================  ======================
here                     PyTorch                     shape there
=======================  ==========================  ======================
W_xh                     weight_ih                   (G, D)
W_hh                     weight_hh                   (G, H)
b_h                      bias_ih                     (G,)
b_n of the GRU, or none  bias_hh, last block or all  (G,)
=======================  ==========================  ======================

G is H for tanh and relu, 4H for lstm, 3H for gru; the gates stand in the same order.
Names say which layer and direction is meant:

==========================  ======================  ===============
here                        PyTorch                 of
==========================  ======================  ===============
W_xh                        weight_ih               RNNCell, ...
layer0.W_xh                 weight_ih_l0            RNN, LSTM, GRU
layer1.forward.W_xh         weight_ih_l1            bidirectional
layer1.backward.W_xh        weight_ih_l1_reverse    bidirectional
==========================  ======================  ===============

There is no projection of the LSTM's state, and no module without biases. PyTorch itself
is not needed: arrays come in, arrays go out.
"""

import re
from typing import Any

import numpy as np

from rnncore.converters import gates_of
from rnncore.kinds import check_choice
from rnncore.weight_checks import check_weights

Arrays = dict[str, np.ndarray]

CELLS_OF_PYTORCH = ("tanh", "relu", "lstm", "gru")
OUR_NAME = re.compile(r"(|layer\d+\.(?:forward\.|backward\.)?)(W_xh|W_hh|b_h|b_n)")
THEIR_NAME = re.compile(r"((?:weight|bias)_(?:ih|hh))(|_l\d+(?:_reverse)?)")

OUR_AXES = {"W_xh": "DG", "W_hh": "HG", "b_h": "G"}
THEIR_AXES = {"weight_ih": "GD", "weight_hh": "GH", "bias_ih": "G", "bias_hh": "G"}


def from_pytorch(weights: Arrays, cell: str) -> Arrays:
    """
    Write the weights of a PyTorch module in our convention.

    Parameters
    ----------
    weights : dict of str to ndarray
        The ``state_dict()`` of an RNN, LSTM, GRU, or of a cell, as NumPy arrays:
        ``{name: tensor.numpy() for name, tensor in net.state_dict().items()}``.
    cell : {"tanh", "relu", "lstm", "gru"}
        The cell of the module.

    Returns
    -------
    dict of str to ndarray
        The parameters, all new arrays. Two biases become one, their sum, but for the
        candidate of the GRU, where the second is ``b_n``.

    Raises
    ------
    TypeError
        If `weights` is not a dict of arrays of floats.
    ValueError
        If the cell or a name is unknown, an array or a layer is missing, or shapes do
        not fit together.

    Examples
    --------
    >>> weights = {"weight_ih_l0": np.ones((3, 4)), "weight_hh_l0": np.ones((3, 3))}
    >>> weights |= {"bias_ih_l0": np.ones(3), "bias_hh_l0": np.ones(3)}
    >>> params = from_pytorch(weights, "tanh")
    >>> params["layer0.W_xh"].shape, params["layer0.b_h"]
    ((4, 3), array([2., 2., 2.]))
    """
    where = "from_pytorch"
    check_choice(where, CELLS_OF_PYTORCH, cell=cell)
    parts = _parts_of_theirs(where, weights)
    params: Arrays = {}
    for prefix, suffix in _layers(where, parts, theirs=True):
        _check_part(where, parts[suffix], THEIR_AXES, cell, "{}" + suffix)
        ours = _cell_from_pytorch(parts[suffix], cell)
        params |= {prefix + name: array for name, array in ours.items()}
    return params


def to_pytorch(params: Arrays, cell: str) -> Arrays:
    """
    Write our parameters under the names of PyTorch.

    Parameters
    ----------
    params : dict of str to ndarray
        The parameters of a cell, or of all layers of a stack.
    cell : {"tanh", "relu", "lstm", "gru"}
        The cell.

    Returns
    -------
    dict of str to ndarray
        The weights, all new arrays. The whole bias is in ``bias_ih``, and ``bias_hh``
        is zero, but for the candidate of the GRU, where it is ``b_n``. A module takes
        them by ``net.load_state_dict({name: torch.tensor(array) for ...})``.

    Raises
    ------
    TypeError
        If `params` is not a dict of arrays of floats.
    ValueError
        If the cell or a name is unknown, an array or a layer is missing, or shapes do
        not fit together.

    Examples
    --------
    >>> params = {"W_xh": np.ones((4, 3)), "W_hh": np.ones((3, 3)), "b_h": np.ones(3)}
    >>> weights = to_pytorch(params, "relu")
    >>> weights["weight_ih"].shape, weights["bias_hh"]
    ((3, 4), array([0., 0., 0.]))
    """
    where = "to_pytorch"
    check_choice(where, CELLS_OF_PYTORCH, cell=cell)
    parts = _parts_of_ours(where, params)
    axes = {**OUR_AXES, "b_n": "H"} if cell == "gru" else OUR_AXES
    weights: Arrays = {}
    for prefix, suffix in _layers(where, parts, theirs=False):
        _check_part(where, parts[prefix], axes, cell, prefix + "{}")
        theirs = _cell_to_pytorch(parts[prefix])
        weights |= {name + suffix: array for name, array in theirs.items()}
    return weights


def _cell_from_pytorch(weights: Arrays, cell: str) -> Arrays:
    params = {"W_xh": weights["weight_ih"].T.copy()}
    params["W_hh"] = weights["weight_hh"].T.copy()
    if cell != "gru":
        return {**params, "b_h": weights["bias_ih"] + weights["bias_hh"]}
    H = len(params["W_hh"])
    inside = weights["bias_hh"].copy()
    inside[-H:] = 0  # the reset gate stands between the candidate's two biases
    b_n = weights["bias_hh"][-H:].copy()
    return {**params, "b_h": weights["bias_ih"] + inside, "b_n": b_n}


def _cell_to_pytorch(params: Arrays) -> Arrays:
    second = np.zeros_like(params["b_h"])  # (G,)
    if "b_n" in params:
        second[-len(params["b_n"]) :] = params["b_n"]
    return {
        "weight_ih": params["W_xh"].T.copy(),
        "weight_hh": params["W_hh"].T.copy(),
        "bias_ih": params["b_h"].copy(),
        "bias_hh": second,
    }


def _parts_of_theirs(where: str, weights: Any) -> dict[str, Arrays]:
    parts: dict[str, Arrays] = {}
    for key, match in _matches(where, weights, THEIR_NAME, "weight_ih_l0").items():
        name, suffix = match.groups()
        parts.setdefault(suffix, {})[name] = weights[key]
    return parts


def _parts_of_ours(where: str, params: Any) -> dict[str, Arrays]:
    parts: dict[str, Arrays] = {}
    for key, match in _matches(where, params, OUR_NAME, "layer0.W_xh").items():
        prefix, name = match.groups()
        parts.setdefault(prefix, {})[name] = params[key]
    return parts


def _matches(
    where: str, weights: Any, pattern: re.Pattern, example: str
) -> dict[str, re.Match]:
    if not isinstance(weights, dict):
        raise TypeError(
            f"{where}: the weights are a {type(weights).__name__}, but a dict of "
            f"arrays is needed. Pass each array under its name."
        )
    matches = {}
    for key in weights:
        match = pattern.fullmatch(str(key))
        if match is None:
            raise ValueError(
                f"{where}: the weights hold the unknown {key!r}, but names such as "
                f"{example!r} are needed. Pass the weights of one recurrent network "
                f"and nothing else."
            )
        matches[key] = match
    return matches


def _layers(where: str, parts: dict[str, Arrays], theirs: bool) -> list:
    # Pairs of our prefix and their suffix, from the first layer on.
    one_way = [(f"layer{k}.", f"_l{k}") for k in range(len(parts))]
    two_ways = [
        (f"{prefix}{way}.", suffix + end)
        for prefix, suffix in one_way[: len(parts) // 2]
        for way, end in (("forward", ""), ("backward", "_reverse"))
    ]
    for names in ([("", "")], one_way, two_ways):
        if parts and parts.keys() == {name[theirs] for name in names}:
            return names
    raise ValueError(
        f"{where}: the weights have the parts {sorted(parts)}, but one cell is needed, "
        f"or all layers from 0 on, in one direction or in both. Pass the weights of "
        f"one network whole."
    )


def _check_part(
    where: str, part: Arrays, axes: dict[str, str], cell: str, name: str
) -> None:
    # Messages are to name arrays as the caller did; the braces hold the place.
    weights = {name.format(key): array for key, array in part.items()}
    named = {name.format(key): letters for key, letters in axes.items()}
    check_weights(where, weights, named, blocks=len(gates_of(cell)))
