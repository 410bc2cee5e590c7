"""The network as one writes it first: NumPy, one time step after the other.

Every step multiplies, adds its gradients to the sums, and keeps what it needs in a
list; the gradient of the embedding is collected with `np.add.at`; Adam is the formula.
It is correct, and it is the mark against which the work of making it fast is seen.
`rnncore` is not used here.
"""

from typing import Any

import numpy as np

from benchmarks.case import Case
from benchmarks.peer import RATE, SAMPLE_LENGTH, Peer

Arrays = dict[str, np.ndarray]
State = tuple[np.ndarray, ...]


def sigmoid(a: np.ndarray) -> np.ndarray:
    """
    Squash to (0, 1).

    Parameters
    ----------
    a : ndarray
        Any numbers.

    Returns
    -------
    ndarray
        1 / (1 + exp(-a)).
    """
    return 1 / (1 + np.exp(-a))


def softmax(logits: np.ndarray) -> np.ndarray:
    """
    Turn logits into probabilities.

    Parameters
    ----------
    logits : ndarray, shape (N, V)
        One row for each sequence.

    Returns
    -------
    ndarray, shape (N, V)
        Rows that sum to 1.
    """
    exps = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exps / exps.sum(axis=1, keepdims=True)


def _tanh_forward(x: np.ndarray, state: State, p: Arrays) -> tuple[State, Any]:
    (h_prev,) = state
    h = np.tanh(x @ p["layer0.W_xh"] + h_prev @ p["layer0.W_hh"] + p["layer0.b_h"])
    return (h,), (x, h_prev, h)


def _tanh_backward(
    dstate: State, cache: Any, p: Arrays, grads: Arrays
) -> tuple[np.ndarray, State]:
    x, h_prev, h = cache
    da = dstate[0] * (1 - h**2)
    grads["layer0.W_xh"] += x.T @ da
    grads["layer0.W_hh"] += h_prev.T @ da
    grads["layer0.b_h"] += da.sum(axis=0)
    return da @ p["layer0.W_xh"].T, (da @ p["layer0.W_hh"].T,)


def _lstm_forward(x: np.ndarray, state: State, p: Arrays) -> tuple[State, Any]:
    h_prev, c_prev = state
    a = x @ p["layer0.W_xh"] + h_prev @ p["layer0.W_hh"] + p["layer0.b_h"]
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return (h, c), (x, h_prev, c_prev, i, f, g, o, c)


def _lstm_backward(
    dstate: State, cache: Any, p: Arrays, grads: Arrays
) -> tuple[np.ndarray, State]:
    x, h_prev, c_prev, i, f, g, o, c = cache
    dh, dc = dstate
    dc = dc + dh * o * (1 - np.tanh(c) ** 2)
    da_i = dc * g * i * (1 - i)
    da_f = dc * c_prev * f * (1 - f)
    da_g = dc * i * (1 - g**2)
    da_o = dh * np.tanh(c) * o * (1 - o)
    da = np.concatenate([da_i, da_f, da_g, da_o], axis=1)
    grads["layer0.W_xh"] += x.T @ da
    grads["layer0.W_hh"] += h_prev.T @ da
    grads["layer0.b_h"] += da.sum(axis=0)
    return da @ p["layer0.W_xh"].T, (da @ p["layer0.W_hh"].T, dc * f)


def _gru_forward(x: np.ndarray, state: State, p: Arrays) -> tuple[State, Any]:
    (h_prev,) = state
    x_r, x_z, x_n = np.split(x @ p["layer0.W_xh"] + p["layer0.b_h"], 3, axis=1)
    h_r, h_z, h_n = np.split(h_prev @ p["layer0.W_hh"], 3, axis=1)
    h_n = h_n + p["layer0.b_n"]
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    n = np.tanh(x_n + r * h_n)
    return (z * h_prev + (1 - z) * n,), (x, h_prev, h_n, r, z, n)


def _gru_backward(
    dstate: State, cache: Any, p: Arrays, grads: Arrays
) -> tuple[np.ndarray, State]:
    x, h_prev, h_n, r, z, n = cache
    (dh,) = dstate
    da_n = dh * (1 - z) * (1 - n**2)
    da_z = dh * (h_prev - n) * z * (1 - z)
    da_r = da_n * h_n * r * (1 - r)
    dx_gates = np.concatenate([da_r, da_z, da_n], axis=1)
    dh_gates = np.concatenate([da_r, da_z, da_n * r], axis=1)
    grads["layer0.W_xh"] += x.T @ dx_gates
    grads["layer0.W_hh"] += h_prev.T @ dh_gates
    grads["layer0.b_h"] += dx_gates.sum(axis=0)
    grads["layer0.b_n"] += (da_n * r).sum(axis=0)
    dh_prev = dh * z + dh_gates @ p["layer0.W_hh"].T
    return dx_gates @ p["layer0.W_xh"].T, (dh_prev,)


STEPS = {
    "tanh": (_tanh_forward, _tanh_backward),
    "lstm": (_lstm_forward, _lstm_backward),
    "gru": (_gru_forward, _gru_backward),
}


class Model(Peer):
    """
    The naive peer.

    Parameters
    ----------
    case : Case
        Cell and sizes.
    """

    def __init__(self, case: Case):
        super().__init__(case)
        self.cell_forward, self.cell_backward = STEPS[case.cell]
        self.means = {name: np.zeros_like(p) for name, p in self.params.items()}
        self.squares = {name: np.zeros_like(p) for name, p in self.params.items()}
        self.updates = 0

    def step(self) -> float:
        """
        Go one step: forward, backward, Adam.

        Returns
        -------
        float
            The loss before the update, in nats per token.
        """
        loss, grads = self.loss_and_grads()
        self._adam(grads)
        return loss

    def loss_and_grads(self) -> tuple[float, Arrays]:
        """
        Compute loss and gradients, step by step.

        Returns
        -------
        loss : float
            In nats per token.
        grads : dict of str to ndarray
            One array for each parameter.
        """
        loss, caches = self._read_batch()
        grads = {name: np.zeros_like(p) for name, p in self.params.items()}
        dstate = self._zero_state(self.case.N)
        for t in reversed(range(self.case.T)):
            h, probs, cache = caches[t]
            dlogits = self._head_backward(t, h, probs, grads)
            dstate = (dstate[0] + dlogits @ self.params["W_hy"].T, *dstate[1:])
            dx, dstate = self.cell_backward(dstate, cache, self.params, grads)
            np.add.at(grads["W_emb"], self.inputs[t], dx)
        return loss, grads

    def forward(self) -> np.ndarray:
        """
        Read the batch.

        Returns
        -------
        ndarray, shape (T, N, V)
            The logits.
        """
        state, logits = self._zero_state(self.case.N), []
        for tokens in self.inputs:
            step_logits, state = self._advance(tokens, state)
            logits.append(step_logits)
        return np.stack(logits)  # (T, N, V)

    def predict(self, tokens: np.ndarray) -> np.ndarray:
        """
        Read the tokens of one sequence.

        Parameters
        ----------
        tokens : ndarray of int, shape (length,)
            What is read.

        Returns
        -------
        ndarray, shape (V,)
            The logits after the last one.
        """
        state = self._zero_state(1)
        for token in tokens:
            logits, state = self._advance(np.array([token]), state)
        return logits[0]

    def sample(self) -> list[int]:
        """
        Draw tokens one after the other, starting from token 0.

        Returns
        -------
        list of int
            The tokens.
        """
        rng = np.random.default_rng(2)
        state, tokens = self._zero_state(1), [0]
        for _ in range(SAMPLE_LENGTH):
            logits, state = self._advance(np.array(tokens[-1:]), state)
            probs = softmax(logits.astype(float))[0]
            tokens.append(int(rng.choice(len(probs), p=probs)))
        return tokens[1:]

    def _zero_state(self, N: int) -> State:
        count = 2 if self.case.cell == "lstm" else 1
        return tuple(np.zeros((N, self.case.H), np.float32) for _ in range(count))

    def _advance(self, tokens: np.ndarray, state: State) -> tuple[np.ndarray, State]:
        x = self.params["W_emb"][tokens]  # (N, H)
        state, _ = self.cell_forward(x, state, self.params)
        return state[0] @ self.params["W_hy"] + self.params["b_y"], state

    def _read_batch(self) -> tuple[float, list[Any]]:
        p, loss, caches = self.params, 0.0, []
        state = self._zero_state(self.case.N)
        for t in range(self.case.T):
            state, cache = self.cell_forward(p["W_emb"][self.inputs[t]], state, p)
            probs = softmax(state[0] @ p["W_hy"] + p["b_y"])  # (N, V)
            loss -= np.log(probs[np.arange(self.case.N), self.targets[t]]).sum()
            caches.append((state[0], probs, cache))
        return float(loss) / self.targets.size, caches

    def _head_backward(
        self, t: int, h: np.ndarray, probs: np.ndarray, grads: Arrays
    ) -> np.ndarray:
        dlogits = probs.copy()
        dlogits[np.arange(self.case.N), self.targets[t]] -= 1
        dlogits /= self.targets.size
        grads["W_hy"] += h.T @ dlogits
        grads["b_y"] += dlogits.sum(axis=0)
        return dlogits

    def _adam(self, grads: Arrays) -> None:
        self.updates += 1
        for name, g in grads.items():
            self.means[name] = 0.9 * self.means[name] + 0.1 * g
            self.squares[name] = 0.999 * self.squares[name] + 0.001 * g**2
            mean = self.means[name] / (1 - 0.9**self.updates)
            square = self.squares[name] / (1 - 0.999**self.updates)
            self.params[name] = self.params[name] - RATE * mean / (
                np.sqrt(square) + 1e-8
            )
