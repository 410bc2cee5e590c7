"""The time loops of the LSTM, the GRU, and the minGRU, written for speed.

What a kernel is, and why there are any, is told in `rnncore.kernels`; the mathematics
is that of `rnncore.gated_cells`. The factors that the forward pass has fixed, for the
LSTM with c the new and c' the old cell state:

    dc += dh * o (1 - tanh(c)^2)
    da_i = dc * g i (1 - i)         da_f = dc * c' f (1 - f)
    da_g = dc * i (1 - g^2)         da_o = dh * tanh(c) o (1 - o)

and for the GRU, where u = h' W_hn + b_n is what the reset gate multiplies:

    da_n = dh * (1 - z) (1 - n^2)   da_z = dh * (h' - n) z (1 - z)
    du   = da_n * r                 da_r = da_n * u r (1 - r)

Nothing is checked here, and the GRU's other variants have no kernel.
"""

from typing import ClassVar

import numpy as np

from rnncore.kernels import (
    Blocks,
    Gates,
    Params,
    State,
    half,
    rows,
    split_gates,
    start,
    transposed,
)


class LSTMKernel:
    """
    The LSTM over T steps.

    Parameters
    ----------
    drives : ndarray, shape (T, 4, N, H)
        What each gate receives from the input, the bias included, as `gates` says.
        They are overwritten by i, f, o, g.
    state : tuple of two ndarrays, shape (N, H)
        The states h and c before the first step.
    weights : dict of str to ndarray
        What `prepare` made of the parameters.
    """

    gates: ClassVar[Gates] = ((0, 0.5), (1, 0.5), (3, 0.5), (2, 1.0))  # i, f, o, g

    def __init__(self, drives: np.ndarray, state: State, weights: Params):
        self.values = drives
        self.W_hh, self.weights = weights["W_hh"], weights["by_gate"]
        T = len(drives)
        self.hs, self.cs = start(state[0], T), start(state[1], T)
        self.states: State = (self.hs, self.cs)
        self.tanh_cs = np.empty_like(self.cs[1:])
        self.product = np.empty_like(drives[0])  # (4, N, H)
        self.i_g = np.empty_like(self.product[0])
        self.half = half(drives)

    @classmethod
    def prepare(cls, params: Params) -> Params:
        """
        Bring the weights into the form that the time loop needs.

        Parameters
        ----------
        params : dict of str to ndarray
            ``W_hh`` (H, 4H).

        Returns
        -------
        dict of str to ndarray
            The parameters, and ``by_gate`` (4, H, H).
        """
        by_gate = split_gates(params["W_hh"], cls.gates)
        return {"W_hh": params["W_hh"], "by_gate": by_gate}

    def advance(self, t: int) -> None:
        """
        Compute the gates of step t, and h and c after it.

        Parameters
        ----------
        t : int
            The step.
        """
        values = self.values[t]  # (4, N, H)
        values += np.matmul(self.hs[t], self.weights, out=self.product)
        np.tanh(values, out=values)
        sigmoids = values[:3]
        sigmoids *= self.half
        sigmoids += self.half
        i, f, o, g = values
        c = np.multiply(f, self.cs[t], out=self.cs[t + 1])
        c += np.multiply(i, g, out=self.i_g)
        np.multiply(o, np.tanh(c, out=self.tanh_cs[t]), out=self.hs[t + 1])

    def way_back(self, dlast: State) -> "LSTMRetreat":
        """
        Prepare the way back.

        Parameters
        ----------
        dlast : tuple of two ndarrays, shape (N, H)
            Gradients with respect to h and c after the last step; they are changed.

        Returns
        -------
        LSTMRetreat
            What takes them back.
        """
        return LSTMRetreat(self, dlast)


class LSTMRetreat:
    """
    The way back through an `LSTMKernel`.

    Parameters
    ----------
    run : LSTMKernel
        The run.
    dlast : tuple of two ndarrays, shape (N, H)
        Gradients with respect to h and c after the last step; they are changed.
    """

    def __init__(self, run: LSTMKernel, dlast: State):
        self.run = run
        self.dstate = dlast
        self.dh, self.dc = dlast
        self.W_hh_T = transposed(run.W_hh, len(rows(run.tanh_cs)))
        self.forget = run.values[:, 1]
        self.scratch = np.empty_like(self.dc)
        T, N, H = run.tanh_cs.shape
        self.factors = np.empty((T, N, 4, H), self.dc.dtype)
        self.ddrives = self.factors.reshape(T, N, -1)
        self.blocks = Blocks(run.tanh_cs)
        self.dc_by_dh = np.empty_like(run.tanh_cs[: self.blocks.size])

    def _find_factors(self, steps: slice) -> None:
        run = self.run
        i, f, o, g = run.values[steps].swapaxes(0, 1)
        h, c_prev, tanh_c = run.hs[1:][steps], run.cs[:-1][steps], run.tanh_cs[steps]
        da_i, da_f, da_g, da_o = np.moveaxis(self.factors[steps], 2, 0)
        np.multiply(_sigmoid_slopes(i), g, out=da_i)
        np.multiply(_sigmoid_slopes(f), c_prev, out=da_f)
        np.multiply(_tanh_slopes(g), i, out=da_g)
        np.multiply(1 - o, h, out=da_o)  # h is o * tanh(c)
        np.subtract(o, h * tanh_c, out=self.dc_by_dh[: len(h)])

    def __call__(self, t: int) -> None:
        """
        Take the gradients from after step t to before it.

        Parameters
        ----------
        t : int
            The step.
        """
        if new := self.blocks.new_at(t):
            self._find_factors(new)
        da = self.factors[t]  # (N, 4, H)
        dc_by_dh = self.dc_by_dh[t - self.blocks.first]
        self.dc += np.multiply(self.dh, dc_by_dh, out=self.scratch)
        da[:, :3] *= self.dc[:, None]
        da[:, 3] *= self.dh
        self.dc *= self.forget[t]
        np.matmul(self.ddrives[t], self.W_hh_T, out=self.dh)

    def recurrent_gradients(self) -> Params:
        """
        Give the gradient of W_hh, one product for all steps.

        Returns
        -------
        dict of str to ndarray
            ``W_hh`` (H, 4H).
        """
        return {"W_hh": rows(self.run.hs[:-1]).T @ rows(self.ddrives)}


class GRUKernel:
    """
    The GRU over T steps, with the reset after the product and z keeping the old state.

    Parameters
    ----------
    drives : ndarray, shape (T, 3, N, H)
        What each gate receives from the input, the bias ``b_h`` included, as `gates`
        says. They are overwritten by r, z, n.
    state : tuple of one ndarray, shape (N, H)
        The state h before the first step.
    weights : dict of str to ndarray
        What `prepare` made of the parameters.
    """

    gates: ClassVar[Gates] = ((0, 0.5), (1, 0.5), (2, 1.0))  # r, z, n

    def __init__(self, drives: np.ndarray, state: State, weights: Params):
        self.values = drives
        self.W_hh, self.b_n = weights["W_hh"], weights["b_n"]
        self.weights = weights["by_gate"]
        self.hs = start(state[0], len(drives))
        self.states: State = (self.hs,)
        self.us = np.empty_like(drives[:, 0])  # (T, N, H)
        self.product = np.empty_like(drives[0, :2])  # (2, N, H)
        self.half = half(drives)

    @classmethod
    def prepare(cls, params: Params) -> Params:
        """
        Bring the weights into the form that the time loop needs.

        Parameters
        ----------
        params : dict of str to ndarray
            ``W_hh`` (H, 3H), ``b_n`` (H,).

        Returns
        -------
        dict of str to ndarray
            The parameters, and ``by_gate`` (3, H, H).
        """
        by_gate = split_gates(params["W_hh"], cls.gates)
        return {"W_hh": params["W_hh"], "b_n": params["b_n"], "by_gate": by_gate}

    def advance(self, t: int) -> None:
        """
        Compute the gates of step t, and h after it.

        Parameters
        ----------
        t : int
            The step.
        """
        h_prev, h = self.hs[t], self.hs[t + 1]
        sigmoids, n = self.values[t, :2], self.values[t, 2]
        sigmoids += np.matmul(h_prev, self.weights[:2], out=self.product)
        np.tanh(sigmoids, out=sigmoids)
        sigmoids *= self.half
        sigmoids += self.half
        r, z = sigmoids
        u = np.matmul(h_prev, self.weights[2], out=self.us[t])
        u += self.b_n
        n += np.multiply(r, u, out=h)
        np.tanh(n, out=n)
        np.subtract(h_prev, n, out=h)
        h *= z
        h += n

    def way_back(self, dlast: State) -> "GRURetreat":
        """
        Prepare the way back.

        Parameters
        ----------
        dlast : tuple of one ndarray, shape (N, H)
            Gradient with respect to h after the last step; it is changed.

        Returns
        -------
        GRURetreat
            What takes it back.
        """
        return GRURetreat(self, dlast)


class GRURetreat:
    """
    The way back through a `GRUKernel`.

    Parameters
    ----------
    run : GRUKernel
        The run.
    dlast : tuple of one ndarray, shape (N, H)
        Gradient with respect to h after the last step; it is changed.

    Notes
    -----
    The factors are kept in the order u, r, z, n, so that those that meet W_hh are the
    first three blocks and those that meet W_xh the last three.
    """

    def __init__(self, run: GRUKernel, dlast: State):
        self.run = run
        self.dstate = dlast
        self.dh = dlast[0]
        self.scratch = np.empty_like(self.dh)
        H = len(run.b_n)
        W_urz = np.roll(run.W_hh, H, axis=1)  # (H, 3H)
        self.W_urz_T = transposed(W_urz, len(rows(run.us)))
        T, N = run.us.shape[:2]
        self.factors = np.empty((T, N, 4, H), self.dh.dtype)
        self.das = self.factors.reshape(T, N, -1)
        self.das_urz, self.ddrives = self.das[..., : 3 * H], self.das[..., H:]
        self.blocks = Blocks(run.us)

    def _find_factors(self, steps: slice) -> None:
        r, z, n = self.run.values[steps].swapaxes(0, 1)
        du, da_r, da_z, da_n = np.moveaxis(self.factors[steps], 2, 0)
        np.multiply(_tanh_slopes(n), 1 - z, out=da_n)
        np.multiply(_sigmoid_slopes(z), self.run.hs[:-1][steps] - n, out=da_z)
        np.multiply(da_n, r, out=du)
        # r (1 - r) u da_n, where r da_n is du
        np.multiply(du, (1 - r) * self.run.us[steps], out=da_r)

    def __call__(self, t: int) -> None:
        """
        Take the gradient from after step t to before it.

        Parameters
        ----------
        t : int
            The step.
        """
        if new := self.blocks.new_at(t):
            self._find_factors(new)
        factors, z = self.factors[t], self.run.values[t, 1]
        factors *= self.dh[:, None]
        np.matmul(self.das_urz[t], self.W_urz_T, out=self.scratch)
        self.dh *= z
        self.dh += self.scratch

    def recurrent_gradients(self) -> Params:
        """
        Give the gradients of W_hh and b_n, one product for all steps.

        Returns
        -------
        dict of str to ndarray
            ``W_hh`` (H, 3H), ``b_n`` (H,).
        """
        H = len(self.run.b_n)
        dW_urz = rows(self.run.hs[:-1]).T @ rows(self.das_urz)
        db_n = self.das[..., :H].sum(axis=(0, 1))
        return {"W_hh": np.roll(dW_urz, -H, axis=1), "b_n": db_n}


class MinGRUKernel:
    """
    The minGRU over T steps: gates that know only the input, so that no product waits.

    Parameters
    ----------
    drives : ndarray, shape (T, 2, N, H)
        What z and n receive from the input, the bias included, as `gates` says. They
        are overwritten by z and n.
    state : tuple of one ndarray, shape (N, H)
        The state h before the first step.
    weights : dict of str to ndarray
        Not needed.
    """

    gates: ClassVar[Gates] = ((0, 0.5), (1, 1.0))  # z, n

    def __init__(self, drives: np.ndarray, state: State, weights: Params):
        self.zs, self.ns = drives.swapaxes(0, 1)
        self.half = half(drives)
        self.hs = start(state[0], len(self.zs))
        self.states: State = (self.hs,)

    @staticmethod
    def prepare(params: Params) -> Params:
        """
        Bring the weights into the form that the time loop needs.

        Parameters
        ----------
        params : dict of str to ndarray
            Not needed.

        Returns
        -------
        dict of str to ndarray
            An empty dict: no weights wait for the state.
        """
        return {}

    def advance(self, t: int) -> None:
        """
        Compute h after step t.

        Parameters
        ----------
        t : int
            The step.
        """
        h_prev, h, z = self.hs[t], self.hs[t + 1], self.zs[t]
        # Here and not for all steps at once: in `rnncore.stepping`, a drive is known
        # only when its step has come.
        np.tanh(z, out=z)
        z *= self.half
        z += self.half
        np.subtract(self.ns[t], h_prev, out=h)
        h *= z
        h += h_prev

    def way_back(self, dlast: State) -> "MinGRURetreat":
        """
        Prepare the way back.

        Parameters
        ----------
        dlast : tuple of one ndarray, shape (N, H)
            Gradient with respect to h after the last step; it is changed.

        Returns
        -------
        MinGRURetreat
            What takes it back.
        """
        return MinGRURetreat(self, dlast)


class MinGRURetreat:
    """
    The way back through a `MinGRUKernel`.

    Parameters
    ----------
    run : MinGRUKernel
        The run.
    dlast : tuple of one ndarray, shape (N, H)
        Gradient with respect to h after the last step; it is changed.
    """

    def __init__(self, run: MinGRUKernel, dlast: State):
        self.dstate = dlast
        self.dh = dlast[0]
        z, n = run.zs, run.ns
        self.keep = 1 - z  # (T, N, H)
        slopes = _sigmoid_slopes(z)
        factors = np.stack([slopes * (n - run.hs[:-1]), z], axis=2)  # (T, N, 2, H)
        self.factors = factors.astype(self.dh.dtype, copy=False)
        self.ddrives = self.factors.reshape(*z.shape[:2], -1)  # (T, N, 2H)

    def __call__(self, t: int) -> None:
        """
        Take the gradient from after step t to before it.

        Parameters
        ----------
        t : int
            The step.
        """
        factors = self.factors[t]
        factors *= self.dh[:, None]
        self.dh *= self.keep[t]

    def recurrent_gradients(self) -> Params:
        """
        Give the gradients of recurrent parameters, of which there are none.

        Returns
        -------
        dict of str to ndarray
            An empty dict.
        """
        return {}


def _sigmoid_slopes(gate: np.ndarray) -> np.ndarray:
    slopes = 1 - gate
    slopes *= gate
    return slopes


def _tanh_slopes(value: np.ndarray) -> np.ndarray:
    slopes = value * value
    return np.subtract(1, slopes, out=slopes)
