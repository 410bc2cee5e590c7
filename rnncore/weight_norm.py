"""Weight normalization: the length and the direction of weights, learned apart.

Each column of a weight matrix holds the weights of one output unit. It is written as

    w = g v / ||v||

with a length g and a direction v / ||v||. The gradient with respect to v is at a right
angle to v, so that learning turns v and hardly changes its length.

========  ==========  ==========================================
v         (D, H)      directions, one column per output unit
g         (H,)        lengths
w         (D, H)      the weights that the network uses
========  ==========  ==========================================

The functions with ``params`` in their names do the same for some matrices of a flat
dict: ``"W_hh"`` becomes ``"W_hh.v"`` and ``"W_hh.g"``. A model is trained on the split
dict like this::

    params = split_params(model.init(rng), ("W_hh",))
    plain, cache = join_params_forward(params)
    loss, grads, state = model.loss(plain, batch)
    grads = join_params_backward(grads, cache)

Biases are not normalized, and there is no mean-only batch normalization beside it.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from rnncore.dicts import Arrays
from rnncore.kinds import check_floats, entries
from rnncore.shapes import check_cache, check_params, check_shapes


class WeightNormCache(NamedTuple):
    """What `weight_norm_forward` keeps for `weight_norm_backward`."""

    directions: np.ndarray  # (D, H), columns of length 1
    lengths: np.ndarray  # (H,), of the columns of v
    g: np.ndarray  # (H,)


class JoinCache(NamedTuple):
    """What `join_params_forward` keeps for `join_params_backward`."""

    caches: dict[str, WeightNormCache]


def weight_norm_forward(
    v: np.ndarray, g: np.ndarray
) -> tuple[np.ndarray, WeightNormCache]:
    """
    Put weights together from directions and lengths.

    Parameters
    ----------
    v : ndarray, shape (D, H)
        Directions: one column for each output unit, of any length but 0.
    g : ndarray, shape (H,)
        Length of each column of the weights; a negative one turns the column around.

    Returns
    -------
    w : ndarray, shape (D, H)
        The weights, g v / ||v|| column by column.
    cache : WeightNormCache
        What `weight_norm_backward` needs.

    Raises
    ------
    TypeError
        If an argument is not an array of floats.
    ValueError
        If shapes do not fit together, or a column of `v` has length 0.

    References
    ----------
    T. Salimans and D. P. Kingma, "Weight normalization: A simple reparameterization to
    accelerate training of deep neural networks", NeurIPS (2016), equation 2.

    Examples
    --------
    >>> w, cache = weight_norm_forward(np.array([[3.0], [4.0]]), np.array([10.0]))
    >>> w
    array([[6.], [8.]])
    """
    _check_weight_norm(v, g)
    lengths = np.sqrt((v * v).sum(axis=0))  # (H,)
    _check_lengths("weight_norm_forward", "v", lengths)
    directions = v / lengths  # (D, H)
    return g * directions, WeightNormCache(directions, lengths, g)


def weight_norm_backward(
    dw: np.ndarray, cache: WeightNormCache
) -> tuple[np.ndarray, np.ndarray]:
    """
    Take the gradient from the weights to their directions and lengths.

    Parameters
    ----------
    dw : ndarray, shape (D, H)
        Gradient of the loss with respect to the weights.
    cache : WeightNormCache
        The cache that `weight_norm_forward` returned.

    Returns
    -------
    dv : ndarray, shape (D, H)
        Gradient with respect to `v`, each column at a right angle to that of `v`.
    dg : ndarray, shape (H,)
        Gradient with respect to `g`.

    Raises
    ------
    TypeError
        If `cache` is not a `WeightNormCache`, or `dw` not an array of floats.
    ValueError
        If `dw` has another shape than the weights.

    References
    ----------
    Salimans and Kingma (2016), equation 3.

    Examples
    --------
    >>> w, cache = weight_norm_forward(np.array([[3.0], [4.0]]), np.array([10.0]))
    >>> dv, dg = weight_norm_backward(np.array([[1.0], [0.0]]), cache)
    >>> dv, dg
    (array([[ 1.28], [-0.96]]), array([0.6]))
    """
    _check_weight_norm_upstream(dw, cache)
    directions, lengths, g = cache
    dg = (dw * directions).sum(axis=0)  # (H,)
    dv = g / lengths * (dw - dg * directions)  # (D, H)
    return dv, dg


def split_weights(w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """
    Split weights into directions and lengths that give the same weights.

    Parameters
    ----------
    w : ndarray, shape (D, H)
        The weights.

    Returns
    -------
    v : ndarray, shape (D, H)
        Directions: a copy of the weights.
    g : ndarray, shape (H,)
        Lengths of its columns.

    Raises
    ------
    TypeError
        If `w` is not an array of floats.
    ValueError
        If `w` is not a matrix, or a column has length 0 and so no direction.

    Examples
    --------
    >>> split_weights(np.array([[3.0], [4.0]]))
    (array([[3.], [4.]]), array([5.]))
    """
    check_floats("split_weights", w=w)
    check_shapes("split_weights", w=(w, "DH"))
    g = np.sqrt((w * w).sum(axis=0))  # (H,)
    _check_lengths("split_weights", "w", g)
    return w.copy(), g


def split_params(params: Arrays, names: Iterable[str]) -> Arrays:
    """
    Split some matrices of a flat dict into directions and lengths.

    Parameters
    ----------
    params : dict of str to ndarray
        The parameters.
    names : iterable of str
        Which of them to split.

    Returns
    -------
    dict of str to ndarray
        The parameters, with ``"name.v"`` and ``"name.g"`` in place of each name.

    Raises
    ------
    TypeError
        If `params` is not a dict of arrays of floats, or `names` is a single name.
    ValueError
        If a name is missing, or its parameter cannot be split.

    Examples
    --------
    >>> params = {"W_hh": np.eye(2), "b_h": np.zeros(2)}
    >>> list(split_params(params, ["W_hh"]))
    ['W_hh.v', 'W_hh.g', 'b_h']
    """
    _check_names(names)
    names = set(names)
    check_params("split_params", params, dict.fromkeys(sorted(names), "DH"))
    check_floats("split_params", **entries("params", params))
    split = {}
    for name, array in params.items():
        if name in names:
            split[f"{name}.v"], split[f"{name}.g"] = split_weights(array)
        else:
            split[name] = array
    return split


def join_params_forward(params: Arrays) -> tuple[Arrays, JoinCache]:
    """
    Put the split matrices of a flat dict together.

    Parameters
    ----------
    params : dict of str to ndarray
        The parameters, as `split_params` returned them, or updated.

    Returns
    -------
    params : dict of str to ndarray
        The parameters that a model takes.
    cache : JoinCache
        What `join_params_backward` needs.

    Raises
    ------
    TypeError
        If `params` is not a dict of arrays of floats.
    ValueError
        If a part of a split matrix is missing, or shapes do not fit together.

    Examples
    --------
    >>> params = split_params({"W_hh": np.eye(2), "b_h": np.zeros(2)}, ["W_hh"])
    >>> plain, cache = join_params_forward(params)
    >>> plain["W_hh"]
    array([[1., 0.], [0., 1.]])
    """
    _check_split("join_params_forward", params)
    plain, caches = {}, {}
    for key, array in params.items():
        name, _, part = key.rpartition(".")
        if part == "v":
            plain[name], caches[name] = weight_norm_forward(array, params[f"{name}.g"])
        elif part != "g":
            plain[key] = array
    return plain, JoinCache(caches)


def join_params_backward(grads: Arrays, cache: JoinCache) -> Arrays:
    """
    Take the gradients from the parameters of a model to their split form.

    Parameters
    ----------
    grads : dict of str to ndarray
        Gradients with respect to the parameters that `join_params_forward` returned.
    cache : JoinCache
        The cache that it returned.

    Returns
    -------
    dict of str to ndarray
        Gradients with respect to the parameters that it was given.

    Raises
    ------
    TypeError
        If an argument is not of the kind needed.
    ValueError
        If the gradient of a split matrix is missing, or has another shape.

    Examples
    --------
    >>> params = split_params({"W_hh": np.eye(2), "b_h": np.zeros(2)}, ["W_hh"])
    >>> plain, cache = join_params_forward(params)
    >>> grads = {"W_hh": np.ones((2, 2)), "b_h": np.ones(2)}
    >>> join_params_backward(grads, cache)["W_hh.g"]
    array([1., 1.])
    """
    check_cache("join_params_backward", cache, JoinCache)
    _check_joined_grads(grads, cache)
    split = {}
    for name, grad in grads.items():
        if name in cache.caches:
            dv, dg = weight_norm_backward(grad, cache.caches[name])
            split[f"{name}.v"], split[f"{name}.g"] = dv, dg
        else:
            split[name] = grad
    return split


def _check_weight_norm(v: Any, g: Any) -> None:
    where = "weight_norm_forward"
    check_floats(where, v=v, g=g)
    check_shapes(where, v=(v, "DH"), g=(g, "H"))


def _check_weight_norm_upstream(dw: Any, cache: Any) -> None:
    where = "weight_norm_backward"
    check_cache(where, cache, WeightNormCache)
    check_floats(where, dw=dw)
    check_shapes(where, w=(cache.directions, "DH"), dw=(dw, "DH"))


def _check_lengths(where: str, name: str, lengths: np.ndarray) -> None:
    bad = np.flatnonzero(~((lengths.real > 0) & np.isfinite(lengths)))
    if bad.size:
        raise ValueError(
            f"{where}: column {bad[0]} of {name} has length {lengths[bad[0]]}, but a "
            f"finite length greater than 0 is needed, or it has no direction. Pass "
            f"{name} with other numbers in this column."
        )


def _check_names(names: Any) -> None:
    if isinstance(names, str):
        raise TypeError(
            f"split_params: names is {names!r}, a str, but several names are needed. "
            f"Pass ({names!r},)."
        )


def _check_split(where: str, params: Any) -> None:
    check_params(where, params, {})
    check_floats(where, **entries("params", params))
    for key in params:
        name, _, part = key.rpartition(".")
        other = f"{name}.{'g' if part == 'v' else 'v'}"
        if part in ("v", "g") and other not in params:
            raise ValueError(
                f"{where}: params has {key!r}, but not {other!r}. Pass both, as "
                f"split_params returns them."
            )


def _check_joined_grads(grads: Any, cache: JoinCache) -> None:
    where = "join_params_backward"
    if not isinstance(grads, dict):
        raise TypeError(
            f"{where}: grads is a {type(grads).__name__}, but a dict of arrays is "
            f"needed. Pass the gradients with the keys of the parameters."
        )
    check_floats(where, **entries("grads", grads))
    missing = [name for name in cache.caches if name not in grads]
    if missing:
        raise ValueError(
            f"{where}: grads has no {missing[0]!r}, but this matrix was put together "
            f"from its parts. Pass its gradient too."
        )
