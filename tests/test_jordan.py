"""One step of the Jordan network, against PyTorch's automatic derivatives."""

import numpy as np
import torch

from rnncore.gradcheck import relative_error
from rnncore.jordan import jordan_step_backward, jordan_step_forward
from tests.cell_problems import cell_problem, run_step
from tests.rejection import rejects


def test_values_and_gradients_against_pytorch():
    arrays, (dy,) = cell_problem("jordan")
    t = {name: torch.tensor(a, requires_grad=True) for name, a in arrays.items()}
    h = torch.tanh(t["x"] @ t["W_xh"] + t["y_prev"] @ t["W_yh"] + t["b_h"])
    y = h @ t["W_hy"] + t["b_y"]
    y.backward(torch.tensor(dy))
    (ours,), grads = run_step("jordan", arrays, (dy,))
    assert relative_error(ours, y.detach().numpy()) < 1e-10
    assert grads.keys() == t.keys()
    for name, grad in grads.items():
        assert relative_error(grad, t[name].grad.numpy()) < 1e-10, name


def test_equal_outputs_hide_what_came_before():
    # Two pasts that led to the same output cannot be told apart from then on.
    p, _ = cell_problem("jordan")
    p["W_hy"] = np.zeros_like(p["W_hy"])
    one, _ = jordan_step_forward(p["x"], p["y_prev"], p)
    other, _ = jordan_step_forward(-p["x"], p["y_prev"], p)
    np.testing.assert_array_equal(one, other)
    p, _ = cell_problem("jordan")
    one, _ = jordan_step_forward(p["x"], p["y_prev"], p)
    other, _ = jordan_step_forward(-p["x"], p["y_prev"], p)
    assert relative_error(one, other) > 0.1


def test_the_state_has_the_size_of_the_output():
    p, (dy,) = cell_problem("jordan", H=6, V=5)
    y, cache = jordan_step_forward(p["x"], p["y_prev"], p)
    assert y.shape == (3, 5)
    with rejects(ValueError, "y_prev has V = 6", "W_yh has V = 5", "(3, 5)"):
        jordan_step_forward(p["x"], np.ones((3, 6)), p)
    with rejects(ValueError, "jordan_step_backward: dy has V = 4", "Pass dy"):
        jordan_step_backward(dy[:, :4], cache)
    with rejects(TypeError, "cache is a tuple", "JordanStepCache"):
        jordan_step_backward(dy, tuple(cache))
