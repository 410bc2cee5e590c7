"""Networks over time with something to do, and PyTorch's modules beside them."""

from typing import Any, NamedTuple

import numpy as np
import torch

from rnncore.gradcheck import relative_error
from rnncore.pytorch_weights import from_pytorch, to_pytorch

KINDS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
torch.set_num_threads(1)  # products this small lose by threads


class Problem(NamedTuple):
    """What a network reads, and gradients of a loss with respect to what it gives."""

    xs: np.ndarray
    state: tuple
    params: dict
    dhs: np.ndarray
    dlast: tuple | None
    mask: np.ndarray | None = None


def problem(network, T=6, N=3, tokens=False, seed=0):
    """Draw a problem; nothing in it is zero or equal."""
    rng = np.random.default_rng(seed)
    params = {k: 0.6 * rng.normal(size=w.shape) for k, w in network.init(rng).items()}
    D, zeros = network.input_size, network.zero_state(N)
    return Problem(
        rng.integers(D, size=(T, N)) if tokens else rng.normal(size=(T, N, D)),
        tuple(0.7 * rng.normal(size=array.shape) for array in zeros),
        params,
        rng.normal(size=(T, N, network.width)),
        tuple(rng.normal(size=array.shape) for array in zeros),
    )


def any_mask(T=6, N=3, seed=0):
    """Draw padding before, after, and in between; one sequence may have no step."""
    mask = np.random.default_rng(seed).random((T, N)) < 0.6
    mask[0, 0], mask[-1, -1] = False, False
    return mask


def mask_of(lengths, T):
    """Make the mask of sequences that begin at the first step."""
    return np.arange(T)[:, None] < np.array(lengths)


def numbered(name, arrays):
    return {f"{name}[{i}]": array for i, array in enumerate(arrays)}


def cast(p, dtype):
    """Give all floats of a problem another precision."""
    return Problem(
        p.xs.astype(dtype) if p.xs.dtype.kind == "f" else p.xs,
        tuple(array.astype(dtype) for array in p.state),
        {name: array.astype(dtype) for name, array in p.params.items()},
        p.dhs.astype(dtype),
        None if p.dlast is None else tuple(array.astype(dtype) for array in p.dlast),
        p.mask,
    )


def run(network, p, **how):
    """Go forward and back; return values and gradients, both by names."""
    hs, last, cache = network.forward(p.xs, p.state, p.params, p.mask)
    dxs, dstate, grads = network.backward(p.dhs, cache, p.dlast, **how)
    inputs = {} if dxs is None else {"xs": dxs}
    values = {"hs": hs, **numbered("last", last)}
    return values, {**inputs, **numbered("state", dstate), **grads}


def differentiable(network, p):
    """Write a problem as a function of one dict, as gradient checks take it."""
    arrays = {**numbered("state", p.state), **p.params}
    if p.xs.dtype.kind == "f":
        arrays["xs"] = p.xs

    def loss_and_grads(given: dict) -> tuple[Any, dict]:
        state = tuple(given[f"state[{i}]"] for i in range(len(p.state)))
        params = {name: given[name] for name in p.params}
        q = p._replace(xs=given.get("xs", p.xs), state=state, params=params)
        values, grads = run(network, q)
        return weighted(values, p), grads

    return loss_and_grads, arrays


def weighted(values, p):
    """Make one number of what a network gives: the loss with these gradients."""
    upstream = [p.dhs, *(p.dlast or ())]
    return sum(np.sum(d * v) for d, v in zip(upstream, values.values(), strict=False))


def close(found, expected, limit):
    """Require the same names, and numbers as near as that."""
    assert found.keys() == expected.keys()
    errors = {name: relative_error(found[name], expected[name]) for name in found}
    assert max(errors.values()) <= limit, errors


def alone(p, n):
    """Take one sequence out of a problem without its padding, if its first step is."""
    on, one = p.mask[:, n], slice(n, n + 1)
    return Problem(
        p.xs[on][:, one],
        tuple(array[one] for array in p.state),
        p.params,
        p.dhs[on][:, one],
        tuple(array[one] for array in p.dlast),
    )


def in_pytorch(p, cell, layers=1, both=False):
    """Solve the problem of a stack with PyTorch; return what `run` returns."""
    net = module(p.params, cell, p.xs.shape[2], p.state[0].shape[1], layers, both)
    xs = torch.tensor(p.xs, requires_grad=True)
    state = [torch.tensor(array, requires_grad=True) for array in p.state]
    kinds = 2 if cell == "lstm" else 1
    first = [torch.stack(state[k::kinds]) for k in range(kinds)]
    given = xs if p.mask is None else packed(xs, p.mask)
    hs, last = net(given, first[0] if kinds == 1 else tuple(first))
    if p.mask is not None:
        hs, _ = torch.nn.utils.rnn.pad_packed_sequence(hs, total_length=len(p.xs))
    last = [last] if kinds == 1 else last
    ends = [last[i % kinds][i // kinds] for i in range(len(state))]
    upstream = map(torch.tensor, (p.dhs, *p.dlast))
    torch.autograd.backward([hs, *ends], list(upstream))
    values = [tensor.detach().numpy() for tensor in (hs, *ends)]
    dstate = numbered("state", [tensor.grad.numpy() for tensor in state])
    grads = {"xs": xs.grad.numpy(), **dstate, **gradients(net, cell)}
    return {"hs": values[0], **numbered("last", values[1:])}, grads


def module(params, cell, D, H, layers=1, both=False):
    """Make a module of PyTorch with these parameters of a stack."""
    how = {"nonlinearity": cell} if cell in ("tanh", "relu") else {}
    kind = KINDS.get(cell, torch.nn.RNN)
    net = kind(D, H, layers, bidirectional=both, dtype=torch.float64, **how)
    weights = to_pytorch(params, cell)
    net.load_state_dict({name: torch.tensor(w) for name, w in weights.items()})
    return net


def gradients(net, cell):
    """Name the gradients of a module as we do."""
    grads = {name: w.grad.numpy().copy() for name, w in net.named_parameters()}
    for name, grad in grads.items():
        if "bias_hh" in name:  # there are two biases, and one is ours
            grad[: 2 * net.hidden_size if cell == "gru" else None] = 0
    return from_pytorch(grads, cell)


def packed(xs, mask):
    lengths = torch.tensor(mask.sum(axis=0))
    return torch.nn.utils.rnn.pack_padded_sequence(xs, lengths, enforce_sorted=False)
