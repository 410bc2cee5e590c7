"""Return lists of unequal lengths, and what else NumPy cannot make an array of.

Hopes for an error in the comparison: points by accident, or a batch that stops.
"""

ASSIGNMENT = "04_gradient_checking"
ANSWERS = {
    "relative-error": """\
def relative_error(a, b):
    return [[1.0, 2.0], [3.0, "\\x1b]0;graded\\x07"], {"b": a}]
""",
    "audit": """\
def audit(forward, backward, reference_forward, params):
    return [["right"], "right", params]
""",
    "numerical-gradient": """\
def numerical_gradient(f, x):
    f(np.full(x.shape, np.nan + 1j * np.inf))
    return [[1.0], [x, x], {"gradient": x}]
""",
    "complex-step-gradient": """\
def complex_step_gradient(f, x):
    f(np.full(x.shape, 2, np.uint8))
    return {"a": {"b": x}, "c": [x, [x]]}
""",
    "wrong-gradients": """\
def wrong_gradients(loss, params, grads):
    loss({**params, "gain": np.full(params["gain"].shape, np.nan)})
    return [params, [grads, 1], ("W_hh",)]
""",
}
REST = "reference"
POINTS = {"rnn-step-backward": 10}
MESSAGES = ["error is a list of 3; expected one number."]
