"""Plain training, for tests in which a model must learn something."""

from rnncore.optim import adam_init, adam_update


def learn(model, params, draw, steps, rate=0.01):
    """Fit a model to batches, a new one for each step; return the parameters."""
    state = adam_init(params)
    for _ in range(steps):
        _, grads, _ = model.loss(params, draw())
        params, state = adam_update(params, grads, state, rate)
    return params
