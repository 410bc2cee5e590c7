"""Name things as the equations do, with docstrings that hold HTML and formulas."""

ANSWERS = {
    "rnn-forward": """\
def φ(ж):
    r\"\"\"Return <b>tanh</b>(ж) & nothing else: $\\\\tanh$, “ж < 1”.\"\"\"
    return np.tanh(ж)


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    ħ, états = h0, []
    for ж in xs:
        ħ = φ(ж @ W_xh + ħ @ W_hh + b_h)
        états += [ħ]
    return np.stack(états)
""",
}
REST = "reference"
POINTS = "all"
