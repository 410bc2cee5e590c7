"""Parameters of models that have parts: flat dicts whose keys have dots.

``"layer0.W_xh"`` is the ``W_xh`` of the part ``layer0``. A flat dict is what
optimizers, checkpoints, and gradient checks work on; a part is what one layer works on.

Nothing is copied here.
"""

import numpy as np

Params = dict[str, np.ndarray]


def joined(**parts: Params) -> Params:
    """
    Join the parameters of parts.

    Parameters
    ----------
    **parts : dict of str to ndarray
        The parameters of each part, by its name.

    Returns
    -------
    dict of str to ndarray
        All of them, each under the part's name, a dot, and its own name.

    Examples
    --------
    >>> both = joined(encoder={"b_h": np.zeros(2)}, decoder={"b_h": np.ones(2)})
    >>> list(both)
    ['encoder.b_h', 'decoder.b_h']
    """
    return {
        f"{part}.{name}": array
        for part, params in parts.items()
        for name, array in params.items()
    }


def part(params: Params, name: str) -> Params:
    """
    Take the parameters of one part.

    Parameters
    ----------
    params : dict of str to ndarray
        The parameters of the whole.
    name : str
        The name of the part.

    Returns
    -------
    dict of str to ndarray
        Its parameters, without its name; empty if there is no such part.

    Examples
    --------
    >>> params = {"encoder.b_h": np.zeros(2), "decoder.b_h": np.ones(2)}
    >>> part(params, "decoder")
    {'b_h': array([1., 1.])}
    """
    prefix = f"{name}."
    return {
        key.removeprefix(prefix): array
        for key, array in params.items()
        if key.startswith(prefix)
    }
