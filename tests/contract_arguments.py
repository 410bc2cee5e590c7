"""Valid arguments of every public function and method that computes with arrays.

`arguments(cast)` passes each array through ``cast`` before anything is computed from
it, so that caches are made of cast arrays too.
"""

import numpy as np

from rnncore import (
    analysis,
    cells,
    clipping,
    converters,
    data,
    gated_cells,
    gradcheck,
    init,
    jordan,
    losses,
    metrics,
    ops,
    optim,
    pytorch_weights,
    scan,
    sequence,
    stepwise,
    tasks,
    weight_norm,
)
from rnncore.layers import Layer
from tests.contract_models import of_models, of_networks, of_training
from tests.contract_sample import D, H, N, T, V, sample

CELL = cells.CELLS["lstm"]


def loss_and_grads(params):
    return np.sum(params["w"] ** 3), {"w": 3 * params["w"] ** 2}


def arguments(cast=lambda array: array):
    """Return valid arguments of every public function, each array passed to cast."""
    a = sample(cast)
    table = of_arrays(a) | of_cells(a) | of_networks(a) | of_models(a) | of_training(a)
    return table | of_data(a) | of_tasks(a) | of_updates(a) | of_tools(a)


def of_arrays(a):
    """Operations, losses, initial weights."""
    W, b = a.weights["W_xh"], a.weights["b_h"]
    _, affine = ops.affine_forward(a.xs, W, b)
    _, entropy = ops.cross_entropy_forward(a.logits, a.tokens, a.mask)
    _, lookup = ops.embedding_forward(a.tokens, a.table)
    _, squared = losses.squared_error_forward(a.xs, a.shares, a.mask)
    _, yes_or_no = losses.sigmoid_cross_entropy_forward(a.xs, a.shares, a.mask)
    targets = {"targets": a.tokens, "mask": a.mask}
    dloss = np.float64(0.5)
    return {
        ops.affine_forward: {"x": a.xs, "W": W, "b": b},
        ops.affine_backward: {"dy": a.dhs, "cache": affine},
        ops.sigmoid: {"a": a.xs},
        ops.softmax: {"logits": a.logits},
        ops.log_softmax: {"logits": a.logits},
        ops.cross_entropy_forward: {"logits": a.logits, **targets},
        ops.cross_entropy_backward: {"cache": entropy, "dloss": dloss},
        ops.embedding_forward: {"tokens": a.tokens, "W": a.table},
        ops.embedding_backward: {"drows": a.dhs, "cache": lookup},
        ops.one_hot: {"tokens": a.tokens, "vocab_size": V},
        ops.dropout_mask: {"rng": a.rng, "shape": (N, H), "rate": 0.5, "like": a.xs},
        losses.squared_error_forward: {
            "predictions": a.xs,
            "targets": a.shares,
            "mask": a.mask,
        },
        losses.squared_error_backward: {"cache": squared, "dloss": dloss},
        losses.sigmoid_cross_entropy_forward: {
            "logits": a.xs,
            "targets": a.shares,
            "mask": a.mask,
        },
        losses.sigmoid_cross_entropy_backward: {"cache": yes_or_no, "dloss": dloss},
        init.glorot_uniform: {"rng": a.rng, "shape": (3, 4)},
        init.orthogonal: {"rng": a.rng, "shape": (3, 4)},
        init.uniform: {"rng": a.rng, "shape": (3, 4), "limit": 0.1},
        init.embedding_rows: {"rng": a.rng, "V": 5, "E": 3},
        init.identity: {"H": 4, "gain": 0.5},
        init.init_rnn: {"rng": a.rng, "D": 3, "H": 4},
        init.init_lstm: {"rng": a.rng, "D": 3, "H": 4},
        init.init_gru: {"rng": a.rng, "D": 3, "H": 4},
        init.init_mingru: {"rng": a.rng, "D": 3, "H": 4},
        init.init_jordan: {"rng": a.rng, "D": 3, "H": 4, "V": 2},
    }


def of_cells(a):
    """One step of every cell, and a cell over time."""
    before, dh = {"x": a.x, "h_prev": a.h0}, {"dh": a.dh}
    lstm, gru = a.drawn(Layer("lstm", D, H)), a.drawn(Layer("gru", D, H))
    mingru = a.drawn(Layer("mingru", D, H))
    shapes = init.init_jordan(np.random.default_rng(0), D, H, V)
    weights = {name: a.draw(*array.shape) for name, array in shapes.items()}
    jordan_step = {"x": a.x, "y_prev": a.draw(N, V), "params": weights}
    lstm_step = {**before, "c_prev": a.c0, "params": lstm}
    state, dlast = (a.h0, a.c0), (a.dh, a.dh)
    over_time = {"cell": CELL, "xs": a.xs, "state": state, "params": lstm}
    over_time["mask"] = a.mask
    decays = {"decays": a.dhs, "h0": a.h0}

    def cache(forward, given):
        return forward(**given)[-1]

    table = {
        gated_cells.lstm_step_forward: lstm_step,
        jordan.jordan_step_forward: jordan_step,
        stepwise.stepwise_forward: over_time,
        CELL.step_forward: {"x": a.x, "state": state, "params": lstm},
        CELL.init: {"rng": a.rng, "D": D, "H": H},
        sequence.unroll: {
            "drives": a.dhs,
            "h0": a.h0,
            "W_hh": a.weights["W_hh"],
        },
        sequence.unroll_backward: {
            "dhs": a.dhs,
            "states": a.draw(T + 1, N, H),
            "W_hh": a.weights["W_hh"],
        },
        sequence.rnn_forward: {"xs": a.xs, "h0": a.h0, "params": a.weights},
        scan.linear_recurrence: {**decays, "inputs": a.draw(T, N, H)},
        scan.linear_recurrence_backward: {
            **decays,
            "dhs": a.draw(T, N, H),
            "hs": a.draw(T, N, H),
        },
    }
    table[gated_cells.lstm_step_backward] = {
        "dh": a.dh,
        "dc": a.dh,
        "cache": cache(gated_cells.lstm_step_forward, lstm_step),
    }
    table[CELL.step_backward] = {
        "dstate": dlast,
        "cache": cache(gated_cells.lstm_step_forward, lstm_step),
    }
    table[jordan.jordan_step_backward] = {
        "dy": a.draw(N, V),
        "cache": cache(jordan.jordan_step_forward, jordan_step),
    }
    table[stepwise.stepwise_backward] = {
        "dhs": a.dhs,
        "cache": cache(stepwise.stepwise_forward, over_time),
        "dlast": dlast,
    }
    table[sequence.rnn_backward] = {
        "dhs": a.dhs,
        "cache": cache(sequence.rnn_forward, table[sequence.rnn_forward]),
    }
    simple = {
        "rnn": (cells, a.weights),
        "relu": (cells, a.weights),
        "identity": (cells, a.weights),
        "gru": (gated_cells, gru),
        "mingru": (gated_cells, mingru),
    }
    for name, (module, params) in simple.items():
        forward = getattr(module, f"{name}_step_forward")
        given = {**before, "params": params}
        table[forward] = given
        backward = getattr(module, f"{name}_step_backward")
        table[backward] = {**dh, "cache": cache(forward, given)}
    return table


def of_data(a):
    """Minibatches, padding, numbers about texts."""
    lengths = a.cast(np.array([3, 1]))
    real = a.cast(np.array([[True, True], [True, False], [True, False]]))
    documents = [a.cast(np.array([1, 2, 3])), a.cast(np.array([4, 5]))]
    drawn = {"rng": a.rng, "N": 2}
    return {
        data.sequential_batches: {"tokens": a.text, "N": 2, "T": 3},
        data.random_batches: {"tokens": a.text, "T": 3, **drawn},
        data.mask_from_lengths: {"lengths": lengths},
        data.lengths_from_mask: {"mask": real},
        data.pad: {"sequences": [a.draw(3, D), a.draw(1, D)]},
        data.document_batch: {"documents": documents},
        data.length_buckets: {"lengths": lengths, **drawn},
        data.bucketed_batches: {"documents": documents, **drawn},
        data.padding_share: {"masks": [real, a.mask]},
        metrics.perplexity: {"total_nll": 3.0, "n_tokens": 2},
        metrics.bits_per_character: {"total_nll": 3.0, "n_characters": 2},
        metrics.unigram_entropy: {"tokens": a.text, "vocab_size": V},
    }


def of_tasks(a):
    """Tasks that are drawn, and what they can be solved to."""
    drawn = {"rng": a.rng, "N": 2}
    return {
        tasks.guessing_baseline: {"vocab_size": V},
        tasks.adding_problem: {"T": 6, **drawn},
        tasks.adding_problem_hs97: {"T": 6, **drawn},
        tasks.copy_memory: {"T": 6, **drawn},
        tasks.copy_memory_baseline: {"T": 6},
        tasks.delayed_echo: {"T": 6, "delay": 2, **drawn},
        tasks.parity: {"T": 6, **drawn},
        tasks.matched_counts: {"n_max": 3, **drawn},
        tasks.matched_counts_optimum: {"n_max": 3},
        tasks.reversal: {"T": 6, **drawn},
        tasks.addition: {"n_digits": 2, **drawn},
        tasks.addition_baseline: {"n_digits": 2},
        tasks.hello: {},
        tasks.noisy_sine: {"T": 6, **drawn},
        tasks.disturbed_oscillation: {"T": 6, **drawn},
        tasks.disturbed_oscillation_baseline: {},
        tasks.narma10: {"T": 6, **drawn},
    }


def of_updates(a):
    """Optimizers, clipping, weight normalization."""
    weights, grads = a.weights, a.grads
    squares = {name: grad**2 for name, grad in grads.items()}
    step = {"params": weights, "grads": grads, "learning_rate": np.float64(0.1)}
    v, g = a.draw(D, H), a.draw(H)
    _, normed = weight_norm.weight_norm_forward(v, g)
    split = weight_norm.split_params(weights, ["W_hh"])
    _, rejoined = weight_norm.join_params_forward(split)
    states = {
        "sgd": (),
        "momentum": optim.MomentumState(grads),
        "adagrad": optim.AdagradState(squares),
        "rmsprop": optim.RMSPropState(squares),
        "adam": optim.AdamState(2, grads, squares),
        "adamw": optim.AdamState(2, grads, squares),
    }
    table = {
        clipping.global_norm: {"grads": grads},
        clipping.clip_by_global_norm: {"grads": grads, "max_norm": np.float64(0.5)},
        clipping.clip_by_value: {"grads": grads, "limit": np.float64(0.5)},
        weight_norm.weight_norm_forward: {"v": v, "g": g},
        weight_norm.weight_norm_backward: {"dw": a.draw(D, H), "cache": normed},
        weight_norm.split_weights: {"w": v},
        weight_norm.split_params: {"params": weights, "names": ["W_hh"]},
        weight_norm.join_params_forward: {"params": split},
        weight_norm.join_params_backward: {"grads": grads, "cache": rejoined},
    }
    for name, state in states.items():
        table[getattr(optim, f"{name}_init")] = {"params": weights}
        table[getattr(optim, f"{name}_update")] = {**step, "state": state}
    return table


def of_tools(a):
    """Checks of gradients, analysis, weights of others."""
    w = a.draw(3)
    cube = {"f": lambda x: np.sum(x**3), "x": w}
    lstm = a.drawn(Layer("lstm", D, H))
    return {
        gradcheck.numerical_gradient: cube,
        gradcheck.complex_step_gradient: cube,
        gradcheck.relative_error: {"a": w, "b": 2 * w},
        gradcheck.check_gradients: {
            "loss_and_grads": loss_and_grads,
            "params": {"w": w},
        },
        analysis.spectral_radius: {"W": a.weights["W_hh"]},
        analysis.singular_values: {"W": a.weights["W_xh"]},
        analysis.step_jacobians: {
            "cell": cells.CELLS["tanh"],
            "xs": a.xs,
            "state": (a.h0,),
            "params": a.weights,
        },
        analysis.jacobian_products: {"jacobians": a.draw(T, N, H, H)},
        analysis.largest_lyapunov: {
            "step": np.tanh,
            "h": a.h0,
            "rng": a.rng,
            "steps": 5,
        },
        converters.change_layout: {"xs": a.xs, "given": "TND", "wanted": "NTD"},
        converters.to_convention: {"params": a.weights, "convention": "cs231n"},
        converters.from_convention: {
            "weights": converters.to_convention(a.weights, "cs231n"),
            "convention": "cs231n",
        },
        converters.gates_of: {"cell": "lstm"},
        pytorch_weights.to_pytorch: {"params": lstm, "cell": "lstm"},
        pytorch_weights.from_pytorch: {
            "weights": pytorch_weights.to_pytorch(lstm, "lstm"),
            "cell": "lstm",
        },
    }
