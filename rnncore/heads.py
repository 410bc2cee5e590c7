"""From states to a loss and its gradient, in one go.

A head is told the states of some steps and returns the gradient of the loss with
respect to them; the loss and the gradients of its own parameters it adds up. That is
what the methods of `rnncore.bptt` ask for, and it lets a long sequence be computed in
pieces, so that the logits of all steps never exist together.

`SoftmaxHead` is `rnncore.ops.affine_forward` followed by
`rnncore.ops.cross_entropy_forward`, and their way back, without what is not needed: the
exponentials of the logits become probabilities and then gradients in the same place,
a block of rows at a time, which stays in the cache. A test holds both equal.

Nothing is checked here but whether numbers are finite; the rest is done by the models,
the only users.
"""

from typing import Any

import numpy as np

from rnncore.kernels import Params, rows
from rnncore.kinds import check_finite

# Logits in a block of rows: a few hundred kilobytes.
BLOCK = 2**16
# Logits that differ by less have exponentials that are normal numbers in float32.
SPREAD = 60.0


class SoftmaxHead:
    """
    Affine map, softmax, and cross-entropy of tokens.

    Parameters
    ----------
    W_hy : ndarray, shape (H, V)
        Hidden to output weights.
    b_y : ndarray, shape (V,)
        Output bias.
    targets : ndarray of int, shape (T, N)
        The tokens that came.
    mask : ndarray of bool, shape (T, N), optional
        True where a token counts; by default all do.
    drop : ndarray, shape (N, H), optional
        What the states are multiplied by first, at every step: a dropout mask.

    Attributes
    ----------
    n_tokens : int
        How many tokens count.
    loss : float
        Mean cross-entropy in nats per token that counts, of the steps seen so far.
    grads : dict of str to ndarray
        Gradients of the loss with respect to ``W_hy``, ``b_y``.
    """

    def __init__(
        self,
        W_hy: np.ndarray,
        b_y: np.ndarray,
        targets: np.ndarray,
        mask: np.ndarray | None = None,
        drop: np.ndarray | None = None,
    ):
        self.W_hy, self.b_y, self.drop = W_hy, b_y, drop
        self.targets, self.mask = targets, mask
        self.n_tokens = targets.size if mask is None else int(mask.sum())
        self.loss: Any = 0.0
        self.grads: Params = {}

    def __call__(self, hs: np.ndarray, steps: slice) -> np.ndarray:
        """
        Add the loss of some steps.

        Parameters
        ----------
        hs : ndarray, shape (steps, N, H)
            Their states.
        steps : slice
            Which steps of the targets they are.

        Returns
        -------
        ndarray, shape (steps, N, H)
            Gradient of the loss with respect to `hs`.

        Raises
        ------
        NonFiniteError
            If a logit is NaN or infinite.
        """
        inputs = hs if self.drop is None else hs * self.drop
        targets = self.targets[steps].reshape(-1)
        logits = self._products(inputs)  # (rows, V)
        weights = self._weights(steps, logits.real.dtype)
        for block in _blocks(logits):
            part = logits[block]
            part += self.b_y
            self.loss += _to_gradient("loss", part, targets[block], weights[block])
        dlogits = logits  # what _to_gradient has made of them
        # A product rounds less than a sum over the first axis, row after row.
        ones = np.ones(len(dlogits), dlogits.dtype)
        self._add({"W_hy": rows(inputs).T @ dlogits, "b_y": ones @ dlogits})
        dhs = (dlogits @ self.W_hy.T).reshape(hs.shape)
        return dhs if self.drop is None else dhs * self.drop

    def score(self, hs: np.ndarray) -> Any:
        """
        Compute the loss of all steps, without a gradient.

        Parameters
        ----------
        hs : ndarray, shape (T, N, H)
            Their states.

        Returns
        -------
        floating-point scalar
            Mean cross-entropy in nats per token that counts.

        Raises
        ------
        NonFiniteError
            If a logit is NaN or infinite.
        """
        logits = self._products(hs)  # (T*N, V)
        weights = self._weights(slice(None), logits.real.dtype)
        logits += self.b_y
        return _to_gradient("score", logits, self.targets.reshape(-1), weights)

    def _products(self, hs: np.ndarray) -> np.ndarray:
        products = rows(hs) @ self.W_hy
        # The bias will be added in place; a complex step may be in it alone.
        return products.astype(np.result_type(products, self.b_y), copy=False)

    def _weights(self, steps: slice, dtype: Any) -> np.ndarray:
        if self.mask is None:
            return np.full(self.targets[steps].size, 1 / self.n_tokens, dtype)
        return (self.mask[steps].reshape(-1) / self.n_tokens).astype(dtype)

    def _add(self, grads: Params) -> None:
        before = self.grads
        self.grads = {k: before.get(k, 0) + grad for k, grad in grads.items()}


def _blocks(logits: np.ndarray) -> list[slice]:
    size = max(1, BLOCK // logits.shape[1])
    return [slice(row, row + size) for row in range(0, len(logits), size)]


def _to_gradient(
    where: str, logits: np.ndarray, targets: np.ndarray, weights: np.ndarray
) -> Any:
    """Turn logits (R, V) into the gradient of their loss, and return the loss."""
    places = np.arange(len(targets)), targets
    logits -= _shift(where, logits)
    at_target = logits[places]  # (R,)
    np.exp(logits, out=logits)
    sums = logits @ np.ones(logits.shape[1], logits.dtype)  # (R,), faster than sum
    logits *= (weights / sums)[:, None]
    logits[places] -= weights
    return weights @ (np.log(sums) - at_target)


def _shift(where: str, logits: np.ndarray) -> Any:
    """Give what to subtract so that no exponential overflows, and no sum is zero."""
    largest = logits.real.max()
    spread = largest - logits.real.min()
    if not np.isfinite(spread):
        check_finite(where, logits=logits)
    if spread < SPREAD:  # one number for all rows takes a tenth of the time
        return largest
    return logits.real.max(axis=1, keepdims=True)  # (R, 1)
