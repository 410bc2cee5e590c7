"""Networks in PyTorch, step by step, for the tests of whole models."""

import torch

from rnncore.gradcheck import relative_error


def leaves(params):
    """Turn parameters into tensors that collect gradients."""
    return {name: torch.tensor(a, requires_grad=True) for name, a in params.items()}


def tanh_step(x, state, p):
    return (torch.tanh(x @ p["W_xh"] + state[0] @ p["W_hh"] + p["b_h"]),)


def lstm_step(x, state, p):
    h, c = state
    i, f, g, o = (x @ p["W_xh"] + h @ p["W_hh"] + p["b_h"]).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def gru_step(x, state, p):
    (h,) = state
    xr, xz, xn = (x @ p["W_xh"] + p["b_h"]).chunk(3, dim=1)
    hr, hz, hn = (h @ p["W_hh"]).chunk(3, dim=1)
    n = torch.tanh(xn + torch.sigmoid(xr + hr) * (hn + p["b_n"]))
    z = torch.sigmoid(xz + hz)
    return (z * h + (1 - z) * n,)


STEPS = {"tanh": (tanh_step, 1), "lstm": (lstm_step, 2), "gru": (gru_step, 1)}


def part(params, name):
    prefix = name + "."
    return {
        key.removeprefix(prefix): p
        for key, p in params.items()
        if key.startswith(prefix)
    }


def run(cell, xs, state, params, mask=None, backward=False):
    """Run one cell over time; a masked step leaves the state as it is."""
    step, hs = STEPS[cell][0], [None] * len(xs)
    for t in reversed(range(len(xs))) if backward else range(len(xs)):
        after = step(xs[t], state, params)
        if mask is not None:
            real = torch.tensor(mask[t])[:, None]
            pairs = zip(after, state, strict=True)
            after = tuple(torch.where(real, new, old) for new, old in pairs)
        state, hs[t] = after, after[0]
    return torch.stack(hs), state


def read(cell, xs, params, H, layers=1, both=False, mask=None, state=None):
    """Run a stack; return the states of the last layer, and all last states."""
    if "W_emb" in params:
        xs = params["W_emb"][torch.tensor(xs)]
    elif not torch.is_tensor(xs):
        D = next(p for name, p in params.items() if name.endswith("W_xh")).shape[0]
        tokens = torch.tensor(xs)
        xs = torch.eye(D, dtype=torch.float64)[tokens] if xs.ndim == 2 else tokens
    arrays, last = STEPS[cell][1], ()
    zeros = (torch.zeros(xs.shape[1], H, dtype=torch.float64),) * arrays
    for k in range(layers):
        p = part(params, f"layer{k}")
        start = zeros if state is None else state[k * arrays : (k + 1) * arrays]
        if both:
            ahead, a = run(cell, xs, zeros, part(p, "forward"), mask)
            back, b = run(cell, xs, zeros, part(p, "backward"), mask, backward=True)
            xs, last = torch.cat([ahead, back], dim=2), last + a + b
        else:
            xs, end = run(cell, xs, start, p, mask)
            last += end
    return xs, last


def cross_entropy(logits, targets, mask=None):
    """Give the mean over the tokens that count."""
    rows = logits.reshape(-1, logits.shape[-1])
    losses = torch.nn.functional.cross_entropy(
        rows, torch.tensor(targets.ravel()), reduction="none"
    )
    return losses.mean() if mask is None else losses[torch.tensor(mask.ravel())].mean()


def assert_equal(found, theirs, tensors, limit=1e-10):
    """Compare a loss and all gradients with those of PyTorch."""
    loss, grads, _ = found
    theirs.backward()
    assert relative_error(loss, theirs.item()) < limit
    assert grads.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert relative_error(grads[name], tensor.grad.numpy()) < limit, name
