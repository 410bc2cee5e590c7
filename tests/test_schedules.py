"""Learning rates against PyTorch's schedules and at the places that matter."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from rnncore.schedules import (
    Constant,
    ExponentialDecay,
    InverseSquareRoot,
    StepDecay,
    WarmupCosine,
)
from tests.rejection import rejects

STEPS = 60
SCHEDULES = {
    "constant": (
        Constant(0.3),
        lambda o: lr_scheduler.ConstantLR(o, factor=1.0),
    ),
    "step": (
        StepDecay(0.3, factor=0.7, every=9),
        lambda o: lr_scheduler.StepLR(o, step_size=9, gamma=0.7),
    ),
    "exponential": (
        ExponentialDecay(0.3, factor=0.97),
        lambda o: lr_scheduler.ExponentialLR(o, gamma=0.97),
    ),
    "inverse square root": (
        InverseSquareRoot(0.3, warmup=12),
        lambda o: lr_scheduler.LambdaLR(  # Vaswani et al., equation 3, scaled
            o, lambda k: 12**0.5 * min((k + 1) ** -0.5, (k + 1) * 12**-1.5)
        ),
    ),
    "cosine": (
        WarmupCosine(0.3, last=0.01, steps=STEPS),
        lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=STEPS - 1, eta_min=0.01),
    ),
    "warm-up and cosine": (
        WarmupCosine(0.3, last=0.01, steps=STEPS, warmup=12),
        lambda o: lr_scheduler.SequentialLR(
            o,
            [
                lr_scheduler.LinearLR(o, start_factor=1 / 12, total_iters=11),
                lr_scheduler.CosineAnnealingLR(o, T_max=STEPS - 12, eta_min=0.01),
            ],
            milestones=[11],
        ),
    ),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_against_pytorch(name):
    schedule, make = SCHEDULES[name]
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    theirs, rates = make(optimizer), []
    for _ in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        theirs.step()
    ours = [schedule(step) for step in range(STEPS)]
    np.testing.assert_allclose(ours, rates, rtol=1e-12)


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_rate_can_be_used(name):
    schedule, _ = SCHEDULES[name]
    rates = [schedule(step) for step in (*range(2 * STEPS), np.int64(5))]
    assert all(type(rate) is float and 0 < rate <= 0.3 for rate in rates)


def test_settings_decide_what_is_equal():
    assert StepDecay(0.3, 0.5, 9) == StepDecay(0.3, factor=0.5, every=9)
    assert StepDecay(0.3, 0.5, 9) != StepDecay(0.3, 0.5, 10)
    assert Constant(0.3) != ExponentialDecay(0.3, 1.0)
    assert len({Constant(0.3), Constant(0.3)}) == 1
    assert repr(Constant(0.3)) == "Constant(rate=0.3)"
    with pytest.raises(AttributeError):
        Constant(0.3).rate = 0.4


RATES = st.floats(1e-6, 10)


@given(RATES, RATES, st.integers(1, 30), st.integers(1, 30))
@settings(deadline=None)
def test_a_warm_up_ends_at_the_peak(peak, last, warmup, fall):
    last = min(last, peak)
    for schedule in (
        WarmupCosine(peak, last, steps=warmup + fall, warmup=warmup),
        InverseSquareRoot(peak, warmup),
    ):
        rates = [schedule(step) for step in range(warmup + fall)]
        assert rates[warmup - 1] == pytest.approx(peak, rel=1e-12)
        assert rates[0] == pytest.approx(peak / warmup, rel=1e-12)
        rise = np.diff(rates[:warmup])
        np.testing.assert_allclose(rise, peak / warmup, rtol=1e-9)
        assert (np.diff(rates[warmup - 1 :]) <= 1e-12 * peak).all()


@given(RATES, RATES, st.integers(2, 40), st.integers(0, 10**9))
@settings(deadline=None)
def test_the_last_rate_stays(peak, last, steps, later):
    schedule = WarmupCosine(peak, last, steps)
    assert schedule(steps - 1 + later) == pytest.approx(last, rel=1e-12)


@pytest.mark.parametrize(
    ("make", "kind", "parts"),
    [
        (lambda: Constant(0), ValueError, ["Constant: rate is 0", "Pass"]),
        (lambda: Constant("1"), TypeError, ["Constant: rate is '1'", "Pass"]),
        (lambda: StepDecay(-1, 0.5, 9), ValueError, ["StepDecay: rate is -1"]),
        (lambda: StepDecay(1, 2, 9), ValueError, ["factor is 2", "at most 1", "Pass"]),
        (lambda: StepDecay(1, 0, 9), ValueError, ["factor is 0", "greater than 0"]),
        (lambda: StepDecay(1, 0.5, 0), ValueError, ["every is 0", "at least 1"]),
        (lambda: StepDecay(1, 0.5, 1.5), TypeError, ["every is 1.5", "Pass an int"]),
        (lambda: ExponentialDecay(0, 0.5), ValueError, ["rate is 0"]),
        (lambda: ExponentialDecay(1, 1.1), ValueError, ["factor is 1.1", "at most 1"]),
        (lambda: InverseSquareRoot(0, 4), ValueError, ["peak is 0"]),
        (lambda: InverseSquareRoot(1, 0), ValueError, ["warmup is 0", "at least 1"]),
        (lambda: WarmupCosine(0, 1, 9), ValueError, ["peak is 0"]),
        (lambda: WarmupCosine(1, 0, 9), ValueError, ["last is 0", "greater than 0"]),
        (lambda: WarmupCosine(1, 1, 9, 0), ValueError, ["warmup is 0", "at least 1"]),
        (lambda: WarmupCosine(1, 1, 9, 9), ValueError, ["steps is 9", "at least 10"]),
    ],
)
def test_bad_settings(make, kind, parts):
    with rejects(kind, *parts):
        make()


@pytest.mark.parametrize("name", SCHEDULES)
def test_bad_steps(name):
    schedule, _ = SCHEDULES[name]
    where = type(schedule).__name__
    with rejects(ValueError, f"{where}: step is -1", "at least 0"):
        schedule(-1)
    with rejects(TypeError, f"{where}: step is 1.0", "Pass an int"):
        schedule(1.0)
