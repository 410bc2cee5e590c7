"""check() as a student calls it in a notebook."""

import numpy as np
import pytest

from rnngrade import check


def test_check_prints_a_report_and_returns_the_points(capsys):
    def rnn_step(x, h_prev, W_xh, W_hh, b_h):
        return np.tanh(x @ W_xh + h_prev @ W_hh + b_h)

    assert check(rnn_step) == 4
    assert check(rnn_step, hidden=True) == 4
    assert "rnn_step: 4 of 4 points" in capsys.readouterr().out


def test_check_names_the_mistake(capsys):
    def rnn_step(x, h_prev, W_xh, W_hh, b_h):
        return np.tanh(x @ W_xh + h_prev @ W_hh)

    assert check(rnn_step) == 0
    printed = capsys.readouterr().out
    assert "NO_BIAS" in printed
    assert "relative error" in printed


def test_check_draws_new_numbers_each_time():
    seen = []

    def rnn_step(x, h_prev, W_xh, W_hh, b_h):
        seen.append(x)

    check(rnn_step)
    check(rnn_step)
    assert not np.array_equal(seen[0], seen[1])


@pytest.mark.parametrize("thing", [lambda x: x, 3, None, "rnn_step"])
def test_check_of_something_else_names_the_functions(thing):
    with pytest.raises(ValueError, match=r"check: got .*rnn_step"):
        check(thing)
