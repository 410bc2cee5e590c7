"""Something for every cell to do: inputs, states, parameters, upstream gradients."""

import numpy as np

from rnncore.cells import CELLS

BLOCKS = {"lstm": 4, "mingru": 2}  # of H columns each; the GRUs have three


def state_axes(cell):
    """Name the arrays before a step, with their axes."""
    return {f"{s}_prev": "NV" if s == "y" else "NH" for s in cell.state}


def shapes_of(name, N=3, D=4, H=6, V=5):
    """Return the shape of every array that one step of a cell reads."""
    cell = CELLS[name]
    sizes = {"N": N, "D": D, "H": H, "V": V, "G": BLOCKS.get(name, 3) * H}
    axes = {"x": "ND", **state_axes(cell), **cell.axes}
    return {key: tuple(sizes[letter] for letter in axes[key]) for key in axes}


def cell_problem(name, seed=0, **sizes):
    """Draw what one step reads, and upstream gradients; nothing is zero or equal."""
    rng = np.random.default_rng(seed)
    shapes = shapes_of(name, **sizes)
    arrays = {key: 0.7 * rng.normal(size=shape) for key, shape in shapes.items()}
    before = [shapes[key] for key in state_axes(CELLS[name])]
    return arrays, tuple(rng.normal(size=shape) for shape in before)


def run_step(name, arrays, dstate):
    """Go one step and back; return the state, and gradients named like the arrays."""
    cell = CELLS[name]
    names = list(state_axes(cell))
    state = tuple(arrays[key] for key in names)
    after, cache = cell.step_forward(arrays["x"], state, arrays)
    dx, before, grads = cell.step_backward(dstate, cache)
    return after, {"x": dx, **dict(zip(names, before, strict=True)), **grads}
