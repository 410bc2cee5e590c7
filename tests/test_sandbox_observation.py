import sys

import numpy as np
import pytest

from rnngrade.sandbox.observation import observe


def test_observe_returns_what_the_function_returns():
    seen = observe(lambda x, k: (x * k, {"n": k}), (np.ones(2), 3))
    np.testing.assert_array_equal(seen.value[0], [3, 3])
    assert seen.value[1] == {"n": 3}
    assert (seen.error, seen.mutated, seen.views) == ("", (), ())


def test_observe_gives_every_call_its_own_copies():
    x, params = np.ones(2), {"W": np.ones(2)}

    def greedy(x, params):
        x += 1
        params["W"][:] = 0
        return x, params["W"][:1]

    seen = observe(greedy, (x, params))
    np.testing.assert_array_equal(x, [1, 1])
    np.testing.assert_array_equal(params["W"], [1, 1])
    assert seen.mutated == (0, 1)
    assert seen.views == ((0, 0), (1, 1))


@pytest.mark.parametrize(
    ("returned", "views"),
    [
        (lambda x: x, ((0, 0),)),
        (lambda x: (1, x), ((1, 0),)),
        (lambda x: [1, x], ((0, 0),)),
        (lambda x: {"a": 1, "b": {"c": x[1:]}}, ((0, 0),)),
        (lambda x: x[1:1], ()),
        (lambda x: x.copy(), ()),
    ],
)
def test_observe_sees_views(returned, views):
    assert observe(returned, (np.ones(2),)).views == views


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(b=np.ones(1)),
        lambda d: d.pop("a"),
        lambda d: d.update(a=d["a"].reshape(1, 2)),
        lambda d: d.update(a=None),
        lambda d: d["a"].__setitem__(0, np.nan),
    ],
)
def test_observe_sees_every_change_of_a_dict(change):
    assert observe(lambda d: change(d) and None, ({"a": np.ones(2)},)).mutated == (0,)


def test_observe_sees_no_change_in_nan():
    assert observe(lambda x: x + 1, (np.array([np.nan]),)).mutated == ()


def test_observe_passes_functions_on():
    assert observe(lambda f, x: f(x), (np.sin, 0.0)).value == 0


def test_observe_survives_hostile_exceptions():
    class Hostile(Exception):
        def __str__(self):
            raise RuntimeError

    def fail():
        raise Hostile

    assert observe(fail, ()).error == "Hostile: (its message cannot be shown)"


def test_observe_limits_the_text_of_an_exception():
    def fail():
        raise ValueError("x" * 10**6)

    assert len(observe(fail, ()).error) < 3000


def test_observe_reports_a_giant_result_as_an_error():
    seen = observe(lambda: np.broadcast_to(0.0, (10**6, 10**6)), ())
    assert seen.value is None
    assert "value too large" in seen.error


def test_observe_lets_exits_through():
    with pytest.raises(SystemExit):
        observe(sys.exit, ())


def test_observe_is_silent_about_warnings():
    assert np.isnan(observe(lambda x: np.log(x), (np.array(-1.0),)).value)
