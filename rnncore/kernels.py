"""The time loops of the cells, written for speed.

`rnncore.cells` and `rnncore.gated_cells` have the same mathematics one step at a time,
to be read; `rnncore.stepwise` runs those steps over time, and tests hold both equal. A
kernel does less work inside the loop, the one place where time cannot be multiplied
away:

- What does not depend on the state is computed for all steps at once: what each gate
  receives from the input (the drive), and on the way back every factor that the forward
  pass has fixed, so that a step back is one product with such factors and one with
  W_hh.
- A sigmoid is a tanh: sigmoid(a) = (1 + tanh(a/2)) / 2. The half goes into the weights
  beforehand, and one tanh serves all gates.
- Results go into arrays that exist (``out=``). What a step reads and writes is one
  piece of memory: drives and gates are (T, G, N, H), the sigmoids side by side.
  Gradients are (T, N, G*H), so that each weight matrix takes one product for all steps.

A kernel is made for one run, with weights that serve any number of runs. `advance`
computes one step from the step before it. A retreat, made by `way_back`, takes the
gradient one step back: its call changes ``dstate``, the gradient with respect to the
state after step t, to that before it.

Nothing is checked here; that is done by `rnncore.layers`.
"""

from typing import ClassVar, Protocol

import numpy as np

State = tuple[np.ndarray, ...]
Params = dict[str, np.ndarray]
Gates = tuple[tuple[int, float], ...]

BLOCK = 2**14  # numbers of an array that are worked on at a time


class Retreat(Protocol):
    """The way back through a run, one step at a time."""

    dstate: State  # arrays (N, H), changed by every call

    def __call__(self, t: int) -> None:
        """
        Take `dstate` from after step t to before it.

        Parameters
        ----------
        t : int
            The step.
        """

    @property
    def ddrives(self) -> np.ndarray:
        """
        Give the gradient with respect to the drives, once all steps are taken.

        Returns
        -------
        ndarray, shape (T, N, G*H)
            The gates in the order of the parameters.
        """
        ...

    def recurrent_gradients(self) -> Params:
        """
        Give the gradients of the parameters that the time loop uses.

        Returns
        -------
        dict of str to ndarray
            One gradient for each of them.
        """
        ...


class Kernel(Protocol):
    """
    A run of one cell over T steps.

    Parameters
    ----------
    drives : ndarray
        What each gate receives from the input, the bias included, as `gates` says.
    state : tuple of ndarray, each of shape (N, H)
        The state before the first step.
    weights : dict of str to ndarray
        What `prepare` made of the parameters.
    """

    gates: ClassVar[Gates]
    states: State  # arrays (T+1, N, H): the first state, then that after each step

    def __init__(self, drives: np.ndarray, state: State, weights: Params): ...

    @classmethod
    def prepare(cls, params: Params) -> Params:
        """
        Bring the weights into the form that the time loop needs.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters of the cell.

        Returns
        -------
        dict of str to ndarray
            Those that the time loop uses.
        """
        ...

    def advance(self, t: int) -> None:
        """
        Compute the state after step t.

        Parameters
        ----------
        t : int
            The step.
        """

    def way_back(self, dlast: State) -> Retreat:
        """
        Prepare the way back.

        Parameters
        ----------
        dlast : tuple of ndarray, each of shape (N, H)
            Gradient with respect to the state after the last step; it is changed.

        Returns
        -------
        Retreat
            What takes it back.
        """
        ...


def start(state: np.ndarray, T: int) -> np.ndarray:
    """
    Make room for the states of a run, and put the first one in its place.

    Parameters
    ----------
    state : ndarray, shape (N, H)
        The state before the first step.
    T : int
        Number of steps.

    Returns
    -------
    ndarray, shape (T+1, N, H)
        An array whose first entry is `state`; the others are not set.
    """
    states = np.empty((T + 1, *state.shape), state.dtype)
    states[0] = state
    return states


def rows(array: np.ndarray) -> np.ndarray:
    """
    Join all axes but the last.

    Parameters
    ----------
    array : ndarray, shape (..., K)
        Any array.

    Returns
    -------
    ndarray, shape (rows, K)
        The same values.
    """
    return array.reshape(-1, array.shape[-1])


class Blocks:
    """
    Steps on the way back, a few at a time.

    What is computed for a block of steps is still in the cache when they are taken.

    Parameters
    ----------
    array : ndarray, shape (T, N, H)
        An array as large as those that are computed.
    """

    def __init__(self, array: np.ndarray):
        T, N, H = array.shape
        self.size = min(T, max(1, BLOCK // (N * H)))
        self.first = T  # of the steps that have been computed

    def new_at(self, t: int) -> slice | None:
        """
        Say which steps must be computed before step t is taken back.

        Parameters
        ----------
        t : int
            The step; they come from the last to the first.

        Returns
        -------
        slice or None
            A block that ends with step t, or None if step t has been computed.
        """
        if t >= self.first:
            return None
        self.first = max(0, t + 1 - self.size)
        return slice(self.first, t + 1)


def half(like: np.ndarray) -> np.ndarray:
    """
    Give the number 1/2 as an array, which NumPy takes in faster than a Python number.

    Parameters
    ----------
    like : ndarray
        An array whose dtype it takes.

    Returns
    -------
    ndarray, shape ()
        The number.
    """
    return np.array(0.5, like.dtype)


def split_gates(W: np.ndarray, gates: Gates) -> np.ndarray:
    """
    Give each gate its own matrix, in the kernel's order, multiplied by its scale.

    Parameters
    ----------
    W : ndarray, shape (D, G*H)
        Weights whose blocks of columns belong to the gates.
    gates : tuple of (int, float), length G
        For each gate of the kernel its block of columns, and what to multiply it by.

    Returns
    -------
    ndarray, shape (G, D, H)
        A new array.

    Examples
    --------
    >>> split_gates(np.array([[1.0, 2.0, 3.0, 4.0]]), ((1, 0.5), (0, 1.0))).tolist()
    [[[1.5, 2.0]], [[1.0, 2.0]]]
    """
    blocks = W.reshape(len(W), len(gates), -1)
    split = np.empty((len(gates), len(W), blocks.shape[2]), W.dtype)
    for k, (block, scale) in enumerate(gates):
        np.multiply(blocks[:, block], scale, out=split[k])
    return split


def transposed(W_hh: np.ndarray, n_rows: int) -> np.ndarray:
    """
    Transpose the weights that every step back is multiplied with.

    Parameters
    ----------
    W_hh : ndarray, shape (H, G*H)
        Hidden to hidden weights.
    n_rows : int
        How many rows, of all steps together, will be multiplied with them.

    Returns
    -------
    ndarray, shape (G*H, H)
        A view, or a copy where there are rows enough to make up for copying: products
        with rows that lie in memory one after the other are up to 1.5 times faster.
    """
    return np.ascontiguousarray(W_hh.T) if n_rows > len(W_hh) else W_hh.T


class ElmanKernel:
    """
    The cells with one product and one activation: tanh, ReLU, identity.

    Parameters
    ----------
    drives : ndarray, shape (T, 1, N, H)
        What each step receives from its input, the bias included.
    state : tuple of one ndarray, shape (N, H)
        The state before the first step.
    weights : dict of str to ndarray
        What `prepare` made of the parameters.
    """

    gates: ClassVar[Gates] = ((0, 1.0),)

    def __init__(self, drives: np.ndarray, state: State, weights: Params):
        self.drives = drives[:, 0]
        self.W_hh = weights["W_hh"]
        self.hs = start(state[0], len(self.drives))
        self.states: State = (self.hs,)

    @staticmethod
    def prepare(params: Params) -> Params:
        """
        Bring the weights into the form that the time loop needs.

        Parameters
        ----------
        params : dict of str to ndarray
            ``W_hh`` (H, H).

        Returns
        -------
        dict of str to ndarray
            ``W_hh`` as it is.
        """
        return {"W_hh": params["W_hh"]}

    def advance(self, t: int) -> None:
        """
        Compute h_t = activate(drive_t + h_{t-1} W_hh).

        Parameters
        ----------
        t : int
            The step.
        """
        h = np.matmul(self.hs[t], self.W_hh, out=self.hs[t + 1])
        h += self.drives[t]
        self.activate(h)

    def activate(self, a: np.ndarray) -> None:
        """
        Replace a by the activation of a: tanh, unless a subclass says otherwise.

        Parameters
        ----------
        a : ndarray, shape (N, H)
            What the state is computed from.
        """
        np.tanh(a, out=a)

    def slopes(self) -> np.ndarray:
        """
        Give the derivative of the activation at every step.

        Returns
        -------
        ndarray, shape (T, N, H)
            A new array.
        """
        slopes = np.square(self.hs[1:])
        return np.subtract(1, slopes, out=slopes)

    def way_back(self, dlast: State) -> "ElmanRetreat":
        """
        Prepare the way back.

        Parameters
        ----------
        dlast : tuple of one ndarray, shape (N, H)
            Gradient with respect to the state after the last step; it is changed.

        Returns
        -------
        ElmanRetreat
            What takes it back.
        """
        return ElmanRetreat(self, dlast)


class ReLUKernel(ElmanKernel):
    """The cell whose activation is max(a, 0)."""

    def activate(self, a: np.ndarray) -> None:
        """
        Replace a by max(a, 0), of complex numbers by the real part.

        Parameters
        ----------
        a : ndarray, shape (N, H)
            What the state is computed from.
        """
        a *= a.real > 0

    def slopes(self) -> np.ndarray:
        """
        Give 1 where the unit is on, 0 where it is off.

        Returns
        -------
        ndarray, shape (T, N, H)
            A new array.
        """
        return (self.hs[1:].real > 0).astype(self.hs.dtype)


class IdentityKernel(ElmanKernel):
    """The cell without an activation: a linear recurrence."""

    def activate(self, a: np.ndarray) -> None:
        """
        Leave a as it is.

        Parameters
        ----------
        a : ndarray, shape (N, H)
            What the state is computed from.
        """

    def slopes(self) -> np.ndarray:
        """
        Give 1 everywhere.

        Returns
        -------
        ndarray, shape (T, N, H)
            A new array.
        """
        return np.ones_like(self.hs[1:])


class ElmanRetreat:
    """
    The way back through an `ElmanKernel`: da_t = dh_t * slope_t, dh = da_t W_hh^T.

    Parameters
    ----------
    run : ElmanKernel
        The run.
    dlast : tuple of one ndarray, shape (N, H)
        Gradient with respect to the state after the last step; it is changed.
    """

    def __init__(self, run: ElmanKernel, dlast: State):
        self.run = run
        self.dstate = dlast
        self.dh = dlast[0]
        # (T, N, H); each slope becomes the gradient in its turn
        self.ddrives = run.slopes().astype(self.dh.dtype, copy=False)
        self.W_hh_T = transposed(run.W_hh, len(rows(self.ddrives)))

    def __call__(self, t: int) -> None:
        """
        Take the gradient from after step t to before it.

        Parameters
        ----------
        t : int
            The step.
        """
        da = self.ddrives[t]
        da *= self.dh
        np.matmul(da, self.W_hh_T, out=self.dh)

    def recurrent_gradients(self) -> Params:
        """
        Give the gradient of W_hh, one product for all steps.

        Returns
        -------
        dict of str to ndarray
            ``W_hh`` (H, H).
        """
        return {"W_hh": rows(self.run.hs[:-1]).T @ rows(self.ddrives)}
