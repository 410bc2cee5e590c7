"""What several tables of arguments draw from: sizes, arrays, parameters."""

from types import SimpleNamespace

import numpy as np

from rnncore.layers import Layer

T, N, D, H, V = 3, 2, 4, 5, 6
LAYER = Layer("tanh", D, H)


def sample(cast):
    """Draw what several functions take."""
    a = SimpleNamespace(rng=np.random.default_rng(1), cast=cast)
    rng = np.random.default_rng(0)

    def draw(*shape):
        return cast(rng.normal(size=shape))

    def drawn(network):
        params = network.init(np.random.default_rng(2))
        return {name: draw(*array.shape) for name, array in params.items()}

    a.draw, a.drawn = draw, drawn
    a.weights = drawn(LAYER)
    a.grads = {name: draw(*w.shape) for name, w in a.weights.items()}
    a.table = draw(V, H)
    a.tokens = cast(rng.integers(V, size=(T, N)))
    a.text = cast(rng.integers(V, size=40))
    a.mask = cast(np.array([[True, False], [True, True], [False, True]]))
    a.shares = cast(rng.random((T, N, D)))
    a.x, a.xs, a.h0, a.c0 = draw(N, D), draw(T, N, D), draw(N, H), draw(N, H)
    a.dh, a.dhs, a.logits = draw(N, H), draw(T, N, H), draw(T, N, V)
    return a
