"""What judges the exercises of chapter 4 is right itself, and tells like from like."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rnncore.gradcheck import relative_error
from rnngrade.exercises import EXERCISES
from rnngrade.exercises.gradient_checking import EXERCISES as CHAPTER
from rnngrade.exercises.gradient_checking import probe as probes
from rnngrade.exercises.gradient_checking.complex_step_gradient import COMPLEX_STEP
from rnngrade.exercises.gradient_checking.differences import side_slopes
from rnngrade.exercises.gradient_checking.numerical_gradient import NUMERICAL
from tests.test_exercises import judge

SEEDS = range(8)

bugs_of = EXERCISES["wrong-gradients"].reference


def cases(exercise_id, seed=0):
    return EXERCISES[exercise_id].draw(np.random.default_rng(seed), hidden=True)


def mistakes(exercise_id, function, seed=3):
    return judge(EXERCISES[exercise_id], function, seed).mistakes


# One step backward


@pytest.mark.parametrize("seed", SEEDS)
def test_the_backward_step_agrees_with_pytorch(seed):
    for case in cases("rnn-step-backward", seed):
        dh, x, h_prev, h, W_xh, W_hh = map(torch.tensor, case.args)
        # The argument of tanh is given back by h; the bias makes up the difference.
        b_h = (torch.atanh(h) - x @ W_xh - h_prev @ W_hh)[0].clone()
        leaves = [x, h_prev, W_xh, W_hh, b_h]
        for leaf in leaves:
            leaf.requires_grad_()
        made = torch.tanh(x @ W_xh + h_prev @ W_hh + b_h)
        right = torch.autograd.grad(made, leaves, dh)
        outputs = EXERCISES["rnn-step-backward"].reference(*case.args)
        for actual, expected in zip(outputs, right, strict=True):
            assert relative_error(actual, expected.numpy()) < 1e-11


# Differences


def central(step, scale):
    def numerical_gradient(f, x):
        gradient = np.empty_like(x)
        for i in np.ndindex(x.shape):
            s = step * scale(x, i)
            right, left = x.copy(), x.copy()
            right[i] += s
            left[i] -= s
            gradient[i] = (f(right) - f(left)) / (2 * s)
        return gradient

    return numerical_gradient


def forward(step):
    def numerical_gradient(f, x):
        gradient = np.empty_like(x)
        for i in np.ndindex(x.shape):
            moved = x.copy()
            moved[i] += step * max(1, abs(x[i]))
            gradient[i] = (f(moved) - f(x)) / (moved[i] - x[i])
        return gradient

    return numerical_gradient


SCALES = {
    "entry or one": lambda x, i: max(1, abs(x[i])),
    "entry": lambda x, i: abs(x[i]),
    "signed entry": lambda x, i: x[i],
    "array or one": lambda x, i: max(1, np.abs(x).max()),
}


@pytest.mark.parametrize("scale", SCALES.values(), ids=SCALES)
@pytest.mark.parametrize("step", [1e-7, 1e-6, 1e-5, 1e-4])
def test_any_sensible_step_passes(step, scale):
    for seed in SEEDS:
        verdict = judge(NUMERICAL, central(step, scale), seed)
        assert verdict.points == verdict.max_points, verdict.text


@pytest.mark.parametrize("step", np.logspace(-12, -3, 19))
def test_no_step_saves_a_one_sided_difference(step):
    for seed in SEEDS:
        verdict = judge(NUMERICAL, forward(step), seed)
        assert verdict.points == 0
        if step > 1e-11:  # below, the step is lost beside a million
            assert verdict.mistakes == ("FORWARD_DIFFERENCE",), verdict.text


@pytest.mark.parametrize(
    ("step", "name"),
    [
        (1e-2, "H_TOO_LARGE"),
        (1e-3, "H_TOO_LARGE"),
        (1e-4, "ABSOLUTE_STEP"),
        (1e-5, "ABSOLUTE_STEP"),
        (1e-6, "ABSOLUTE_STEP"),
        (1e-10, "H_TOO_SMALL"),
        (1e-12, "H_TOO_SMALL"),
        (1e-15, "H_TOO_SMALL"),
        (2.2e-16, "H_TOO_SMALL"),
    ],
)
def test_one_step_for_all_sizes_is_named_by_what_is_wrong_with_it(step, name):
    for seed in SEEDS:
        answer = central(step, lambda x, i: 1.0)
        assert mistakes("numerical-gradient", answer, seed) == (name,)


def test_a_change_of_the_last_bit_of_x_is_noticed():
    def numerical_gradient(f, x):
        gradient = central(1e-5, SCALES["entry or one"])(f, x)
        x.flat[-1] = np.nextafter(x.flat[-1], np.inf)
        return gradient

    verdict = judge(NUMERICAL, numerical_gradient)
    assert verdict.points == NUMERICAL.max_points - 1
    assert verdict.mistakes == ("X_NOT_RESTORED",)


def test_single_precision_is_seen_in_the_calls_whatever_is_returned():
    def numerical_gradient(f, x):
        return central(1e-5, SCALES["entry or one"])(
            lambda moved: f(moved.astype(np.float32)), x
        )

    assert mistakes("numerical-gradient", numerical_gradient) == ("FLOAT32_CHECK",)


def test_a_function_that_is_never_called_is_no_known_mistake():
    assert mistakes("numerical-gradient", lambda f, x: np.ones_like(x)) == ()
    assert mistakes("complex-step-gradient", lambda f, x: np.ones_like(x)) == ()


@pytest.mark.parametrize("step", [1e-7, 1e-8, 1e-20, 1e-100, 1e-200])
def test_any_small_imaginary_step_passes(step):
    def complex_step_gradient(f, x):
        gradient = np.empty_like(x)
        for i in np.ndindex(x.shape):
            moved = x.astype(complex)
            moved[i] -= 1j * step  # to the other side
            gradient[i] = -f(moved).imag / step
        return gradient

    for seed in SEEDS:
        verdict = judge(COMPLEX_STEP, complex_step_gradient, seed)
        assert verdict.points == verdict.max_points, verdict.text


@pytest.mark.parametrize("step", [1e-8, 1e-20, 1e-30])
def test_parts_of_a_complex_number_are_told_apart_for_any_step(step):
    def with_part(part):
        def complex_step_gradient(f, x):
            units = 1j * step * np.eye(x.size).reshape(-1, *x.shape)
            values = [part(f(x + unit)) / step for unit in units]
            return np.reshape(values, x.shape)

        return complex_step_gradient

    named = [
        mistakes("complex-step-gradient", with_part(part))
        for part in (np.real, np.abs, lambda z: abs(z.imag), lambda z: z.imag * step)
    ]
    assert named == [
        ("REAL_PART_TAKEN",),
        ("ABS_TAKEN",),
        ("ABS_TAKEN",),
        ("STEP_NOT_DIVIDED",),
    ]


def test_a_probe_takes_arrays_of_its_shape_and_keeps_copies():
    probe, x = cases("numerical-gradient")[0].args
    value = probe(x)
    assert type(value) is float
    x[0] += 1
    assert not np.array_equal(probe.calls[0], x)
    assert type(probe(x + 0j)) is complex
    for wrong, said in (
        (x[0], r"shape \(4,\); pass shape \(3, 4\)"),
        (x.astype(object), "ndarray; pass a NumPy array of numbers"),
        (x.tolist(), "list; pass"),
        (None, "NoneType; pass"),
    ):
        with pytest.raises((TypeError, ValueError), match=said):
            probe(wrong)


def test_a_probe_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(probes, "MOST_CALLS", 3)
    probe, x = cases("numerical-gradient")[0].args
    for _ in range(5):
        probe(x)
    assert len(probe.calls) == 3


# The networks


@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_of_the_network_agree_with_pytorch(seed):
    for case in cases("wrong-gradients", seed):
        loss, params, _ = case.args
        leaves = {name: torch.tensor(array) for name, array in params.items()}
        for leaf in leaves.values():
            leaf.requires_grad_()
        h = torch.tensor(loss.h0)
        for x in torch.tensor(loss.xs):
            h = torch.tanh(x @ leaves["W_xh"] + h @ leaves["W_hh"] + leaves["b_h"])
        z = leaves["gain"] - loss.knee
        y = (h * (1 + torch.where(z > 0, z, 0.6 * z))) @ leaves["W_hy"]
        value = loss.factor * ((y - torch.tensor(loss.targets)) ** 2).mean() / 2
        assert loss(params) == pytest.approx(value.item(), rel=1e-12)
        value.backward()
        for name, gradient in loss.gradients(params).items():
            assert relative_error(gradient, leaves[name].grad.numpy()) < 1e-11


@pytest.mark.parametrize("seed", SEEDS)
def test_each_network_has_the_bugs_that_were_planted(seed):
    found = [
        EXERCISES["wrong-gradients"].reference(*case.args)
        for case in cases("wrong-gradients", seed)
    ]
    none, entry, two, tiny, kink, both, every, beside, all_kinks, again = found
    assert none == kink == all_kinks == again == []
    assert both == ["gain"]
    assert beside == ["W_hy"]
    assert [len(entry), len(two), len(tiny), len(every)] == [1, 2, 2, 5]
    assert "W_hh" in two


@pytest.mark.parametrize("seed", SEEDS)
def test_no_limit_is_near_what_it_has_to_tell_apart(seed):
    """Any sensible rule must find the same bugs as the one in the statement."""
    for case in cases("wrong-gradients", seed):
        loss, params, grads = case.args
        exact, bugs = (
            loss.gradients(params),
            EXERCISES["wrong-gradients"].reference(*case.args),
        )
        for name, array in params.items():
            right, left = side_slopes(loss, params, name)
            central_ = (right + left) / 2
            scale = np.abs(central_).max()
            bends = np.abs(right - left) / scale
            at_kink = (array == loss.knee) & (name == "gain")
            assert bends[~at_kink].max(initial=0) < 2e-3
            assert bends[at_kink].min(initial=1) > 0.05
            error = np.abs(central_ - exact[name])[~at_kink].max(initial=0)
            assert error < 1e-6 * scale
            gap = np.abs(exact[name] - grads[name])[~at_kink].max(initial=0)
            assert gap > 3e-4 * scale if name in bugs else gap < 6e-6 * scale


@pytest.mark.parametrize("seed", SEEDS)
def test_audits_have_the_verdicts_that_were_meant(seed):
    verdicts = [
        EXERCISES["audit"].reference(*case.args) for case in cases("audit", seed)
    ]
    assert verdicts == [
        "right",
        "wrong backward",
        "wrong forward",
        "wrong forward",
        "right",
        "wrong forward",
        "wrong backward",
        "wrong forward",
        "wrong forward",
        *["wrong backward"] * 4,
        *["wrong backward", "wrong forward"] * 2,
        "right",
    ]


def test_the_trap_passes_every_gradient_check():
    forward_, backward, reference, params = cases("audit")[2].args
    own, right = forward_.gradients(params), reference.gradients(params)
    given = backward(params)
    assert all(relative_error(own[name], given[name]) < 1e-14 for name in params)
    assert any(relative_error(right[name], given[name]) > 1e-3 for name in params)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda params: list(params.values()), "got list; pass a dict with the keys"),
        (lambda params: params["b_h"], "got ndarray; pass a dict"),
        (lambda params: {"b_h": params["b_h"]}, r"got \['b_h'\]; pass a dict"),
        (lambda params: {**params, "b_h": np.ones(9)}, r"shape \(9,\); pass shape"),
        (lambda params: {**params, "b_h": 1.0}, "is a float; pass a NumPy array"),
    ],
)
def test_a_loss_trusts_no_argument(wrong, said):
    forward_, backward, _, params = cases("audit")[0].args
    for function in (forward_, backward):
        with pytest.raises((TypeError, ValueError), match=said):
            function(wrong(params))


def test_the_mistakes_of_the_syllabus_have_their_names():
    names = {mistake.name for exercise in CHAPTER for mistake in exercise.mistakes}
    assert names >= {
        "NO_TANH_PRIME",
        "ONE_MINUS_H",
        "TANH_OF_TANH",
        "DPREV_NO_TRANSPOSE",
        "DB_MEAN",
        "DW_TRANSPOSED",
        "FLOAT32_CHECK",
        "H_TOO_SMALL",
        "ABS_ERROR_ONLY",
        "KINK",
        "CHECK_OWN_WRONG_FORWARD",
    }


# Answers that students write, right in most cases


def finder(
    at_kink=lambda right, left, array, scale: np.abs(right - left) > 0.01 * scale,
    limit=1e-5,
    none_left=False,
    slope=lambda right, left: (right + left) / 2,
):
    """Write `wrong_gradients` as the statement says, but for what is replaced."""

    def wrong_gradients(loss, params, grads):
        found = []
        for name, array in params.items():
            right, left = np.empty_like(array), np.empty_like(array)
            for i in np.ndindex(array.shape):
                up, down = array.copy(), array.copy()
                up[i] += 1e-5
                down[i] -= 1e-5
                right[i] = (loss({**params, name: up}) - loss(params)) / 1e-5
                left[i] = (loss(params) - loss({**params, name: down})) / 1e-5
            central = slope(right, left)
            scale = np.abs(central).max()
            kept = ~at_kink(right, left, array, scale)
            gap = np.abs(central - grads[name])[kept].max(initial=0)
            if gap > limit * scale or (none_left and not kept.any()):
                found.append(name)
        return sorted(found)

    return wrong_gradients


WRONG_FINDERS = {
    "entries that are 0": finder(lambda right, left, array, scale: array == 0),
    "small entries": finder(lambda right, left, array, scale: np.abs(array) < 1e-4),
    "slopes that are 0": finder(lambda right, left, *_: (right == 0) | (left == 0)),
    "signs": finder(lambda right, left, *_: right * left < 0),
    "half of the slope": finder(
        lambda right, left, *_: (
            np.abs(right - left) > np.maximum(np.abs(right), np.abs(left)) / 2
        )
    ),
    "no limit for kinks": finder(lambda right, left, *_: np.full(right.shape, False)),
    "one side": finder(slope=lambda right, left: right),
    "loose limit": finder(limit=2e-3),
    "strict limit": finder(limit=1e-6),
    "nothing left": finder(none_left=True),
}


@pytest.mark.parametrize("answer", WRONG_FINDERS.values(), ids=WRONG_FINDERS)
def test_rules_that_find_most_bugs_do_not_pass(answer):
    exercise = EXERCISES["wrong-gradients"]
    for seed in range(4):
        assert judge(exercise, finder(), seed).points == exercise.max_points
        assert judge(exercise, answer, seed).points == 0


def relative(a, b):
    return np.abs(a - b).max() / max(np.abs(a).max(), np.abs(b).max())


def auditor(
    unequal=lambda a, b: relative(a, b) > 1e-8,
    differs=lambda a, b: relative(a, b) > 1e-5,
    left_out=(),
):
    """Write `audit` as the statement says, but for what is replaced."""

    def audit(forward, backward, reference_forward, params):
        if unequal(forward(params), reference_forward(params)):
            return "wrong forward"
        grads = backward(params)
        for name, array in params.items():
            numerical = np.empty_like(array)
            for i in np.ndindex(array.shape):
                up, down = array.copy(), array.copy()
                up[i] += 1e-5
                down[i] -= 1e-5
                gap = forward({**params, name: up}) - forward({**params, name: down})
                numerical[i] = gap / 2e-5
            if name not in left_out and differs(numerical, grads[name]):
                return "wrong backward"
        return "right"

    return audit


WRONG_AUDITORS = {
    **{f"without {name}": auditor(left_out=[name]) for name in ("W_xh", "W_hy")},
    **{f"without {name}": auditor(left_out=[name]) for name in ("W_hh", "b_h")},
    "loose backward": auditor(differs=lambda a, b: relative(a, b) > 1.1e-3),
    "loose forward": auditor(unequal=lambda a, b: relative(a, b) > 1e-5),
    "absolute forward": auditor(unequal=lambda a, b: abs(a - b) > 1e-12),
    "forward too large": auditor(unequal=lambda a, b: a - b > 1e-8 * abs(b)),
    "signed scale": auditor(unequal=lambda a, b: abs(a - b) / b > 1e-8),
    "gradient too large": auditor(
        differs=lambda a, b: (b - a).max() > 1e-5 * np.abs(a).max()
    ),
    "norms": auditor(
        differs=lambda a, b: relative(np.linalg.norm(a), np.linalg.norm(b)) > 1e-5
    ),
}


@pytest.mark.parametrize("answer", WRONG_AUDITORS.values(), ids=WRONG_AUDITORS)
def test_audits_that_find_most_flaws_do_not_pass(answer):
    for seed in range(4):
        assert judge(EXERCISES["audit"], auditor(), seed).points == 5
        assert judge(EXERCISES["audit"], answer, seed).points == 0


@pytest.mark.parametrize("floor", [1e-12, 1e-16, 1e-30, 1e-50])
def test_no_floor_under_a_scale_passes(floor):
    def error(a, b):
        return np.abs(a - b).max() / max(np.abs(a).max(), np.abs(b).max(), floor)

    def snapped(a, b):
        scale = max(np.abs(a).max(), np.abs(b).max())
        return np.abs(a - b).max() / scale if scale > floor else 0.0

    assert judge(EXERCISES["relative-error"], error).points == 0
    assert judge(EXERCISES["relative-error"], snapped).points == 0


@pytest.mark.parametrize("exercise_id", ["rnn-step-backward", "bptt-three-terms"])
def test_clipped_gradients_do_not_pass(exercise_id):
    exercise = EXERCISES[exercise_id]

    def clipped(*args):
        value = exercise.reference(*args)
        if isinstance(value, tuple):
            return tuple(np.clip(part, -10, 10) for part in value)
        return np.clip(value, -10, 10)

    assert judge(exercise, clipped).points == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_the_names_does_not_tell_where_a_bug_is(seed):
    for case in cases("audit", seed):
        forward, backward, reference, params = case.args
        names = list(params)
        assert list(backward(params)) == names
        for loss in (forward, reference):
            with pytest.raises(ValueError, match="params") as told:
                loss({})
            assert str(told.value).endswith(f"the keys {names}.")


@pytest.mark.parametrize(
    "value", [[[1.0, 2.0], [3.0]], {"a": np.ones(2)}, [np.ones(2), 1], "nan", None]
)
def test_what_is_no_number_is_no_relative_error(value):
    verdict = judge(EXERCISES["relative-error"], lambda a, b: value, 0)
    assert verdict.points == 0
    assert not verdict.mistakes
