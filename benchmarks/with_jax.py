"""The network in JAX: one compiled function for loss, gradients and Adam's update.

The inputs' product is taken for all steps at once, `jax.lax.scan` carries the state,
and the buffers of weights and of Adam's means are donated to the next step. The loop is
compiled as it is and unrolled by eight; each case is timed with the faster of the two.
A step counts as done when all its results are there.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax, nn

from benchmarks.case import Case
from benchmarks.peer import RATE, Peer

# Each step is waited for, so that handing it to another thread only costs time.
jax.config.update("jax_cpu_enable_async_dispatch", False)

Arrays = dict[str, jax.Array]


def _tanh(drive: Any, state: Any, p: Arrays) -> Any:
    return (jnp.tanh(drive + state[0] @ p["layer0.W_hh"]),)


def _lstm(drive: Any, state: Any, p: Arrays) -> Any:
    h, c = state
    i, f, g, o = jnp.split(drive + h @ p["layer0.W_hh"], 4, axis=1)
    c = nn.sigmoid(f) * c + nn.sigmoid(i) * jnp.tanh(g)
    return nn.sigmoid(o) * jnp.tanh(c), c


def _gru(drive: Any, state: Any, p: Arrays) -> Any:
    (h,) = state
    x_r, x_z, x_n = jnp.split(drive, 3, axis=1)
    h_r, h_z, h_n = jnp.split(h @ p["layer0.W_hh"], 3, axis=1)
    r, z = nn.sigmoid(x_r + h_r), nn.sigmoid(x_z + h_z)
    n = jnp.tanh(x_n + r * (h_n + p["layer0.b_n"]))
    return (z * h + (1 - z) * n,)


STEPS = {"tanh": _tanh, "lstm": _lstm, "gru": _gru}


class Model(Peer):
    """
    The JAX peer.

    Parameters
    ----------
    case : Case
        Cell and sizes.
    unroll : int, optional
        How many steps of the loop are compiled in a row.
    """

    @staticmethod
    def settings(task: str) -> list[dict[str, Any]]:
        """
        List how the loop may be compiled.

        Parameters
        ----------
        task : str
            "step" or "forward".

        Returns
        -------
        list of dict
            As it is, and unrolled.
        """
        return [{"unroll": 1}, {"unroll": 8}]

    def __init__(self, case: Case, unroll: int = 1):
        super().__init__(case)
        self.unroll = unroll
        self.params = jax.tree.map(jnp.asarray, self.params)
        self.inputs, self.targets = jnp.asarray(self.inputs), jnp.asarray(self.targets)
        zeros = jax.tree.map(jnp.zeros_like, self.params)
        # Donated buffers must not be one and the same.
        self.state = (jnp.zeros(()), zeros, jax.tree.map(jnp.copy, zeros))
        self.compiled = jax.jit(self._update, donate_argnums=(0, 1))
        self.compiled_logits = jax.jit(self._logits)

    def step(self) -> float:
        """
        Go one step: forward, backward, Adam.

        Returns
        -------
        float
            The loss before the update, in nats per token.
        """
        loss, self.params, self.state = jax.block_until_ready(
            self.compiled(self.params, self.state, self.inputs, self.targets)
        )
        return float(loss)

    def loss_and_grads(self) -> tuple[float, dict[str, np.ndarray]]:
        """
        Compute loss and gradients by automatic differentiation.

        Returns
        -------
        loss : float
            In nats per token.
        grads : dict of str to ndarray
            One array for each parameter.
        """
        differentiated = jax.jit(jax.value_and_grad(self._loss))
        loss, grads = differentiated(self.params, self.inputs, self.targets)
        return float(loss), {name: np.asarray(grad) for name, grad in grads.items()}

    def forward(self) -> np.ndarray:
        """
        Read the batch.

        Returns
        -------
        ndarray, shape (T, N, V)
            The logits.
        """
        return np.asarray(self.compiled_logits(self.params, self.inputs))

    def _logits(self, params: Arrays, inputs: jax.Array) -> jax.Array:
        drives = params["W_emb"][inputs] @ params["layer0.W_xh"] + params["layer0.b_h"]

        def body(state: Any, drive: Any) -> Any:
            state = STEPS[self.case.cell](drive, state, params)
            return state, state[0]

        h0 = jnp.zeros((inputs.shape[1], self.case.H), drives.dtype)
        state = (h0, h0) if self.case.cell == "lstm" else (h0,)
        _, hs = lax.scan(body, state, drives, unroll=min(self.unroll, len(inputs)))
        return hs @ params["W_hy"] + params["b_y"]

    def _loss(self, params: Arrays, inputs: jax.Array, targets: jax.Array) -> Any:
        log_probs = nn.log_softmax(self._logits(params, inputs))
        picked = jnp.take_along_axis(log_probs, targets[..., None], axis=-1)
        return -picked.mean()

    def _update(self, params: Arrays, state: Any, inputs: Any, targets: Any) -> Any:
        loss, grads = jax.value_and_grad(self._loss)(params, inputs, targets)
        step, means, squares = state
        step = step + 1
        means = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, means, grads)
        squares = jax.tree.map(lambda s, g: 0.999 * s + 0.001 * g**2, squares, grads)

        def updated(p: Any, m: Any, s: Any) -> Any:
            root = jnp.sqrt(s / (1 - 0.999**step))
            return p - RATE * (m / (1 - 0.9**step)) / (root + 1e-8)

        params = jax.tree.map(updated, params, means, squares)
        return loss, params, (step, means, squares)
