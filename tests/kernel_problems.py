"""A kernel run over all steps and back, with nothing around it."""

import numpy as np

from rnncore.kernels import rows
from rnncore.layers import Layer
from rnncore.runs import KERNELS, input_drives
from tests.network_problems import numbered, problem

D, H = 4, 5


def kernel_problem(cell, T=6, N=3, seed=0):
    """Draw a problem, and the drives that a kernel of this cell reads."""
    p = problem(Layer(cell, D, H), T, N, seed=seed)
    W_xh, b_h = p.params["W_xh"], p.params["b_h"]
    return p, input_drives(p.xs, W_xh, b_h, KERNELS[cell].gates)


def advanced(cell, drives, p, weights=None):
    """Run a kernel to its last step."""
    kernel = KERNELS[cell]
    weights = kernel.prepare(p.params) if weights is None else weights
    run = kernel(drives, p.state, weights)
    for t in range(len(p.xs)):
        run.advance(t)
    return run


def retreated(run, p):
    """Take the gradients of a problem back; return the retreat."""
    retreat = run.way_back(tuple(array.copy() for array in p.dlast))
    for t in reversed(range(len(p.xs))):
        retreat.dstate[0][...] += p.dhs[t]
        retreat(t)
    return retreat


def forward_and_back(cell, drives, p, weights=None):
    """Return what `tests.network_problems.run` returns."""
    run = advanced(cell, drives, p, weights)
    values = {"hs": run.states[0][1:]}
    values |= numbered("last", [states[-1] for states in run.states])
    retreat = retreated(run, p)
    ddrives = retreat.ddrives
    grads = {"xs": ddrives @ p.params["W_xh"].T, **numbered("state", retreat.dstate)}
    grads |= {"W_xh": rows(p.xs).T @ rows(ddrives), **retreat.recurrent_gradients()}
    return values, {**grads, "b_h": np.sum(ddrives, axis=(0, 1))}
