"""Return names that are arrays of eight axes, which take minutes to be written as text.

An axis of six entries is never abbreviated. What does not fit into a message is still
written first, by the grader, outside of the time that student code has.
"""

ASSIGNMENT = "04_gradient_checking"
ANSWERS = {
    "wrong-gradients": """\
def wrong_gradients(loss, params, grads):
    return [np.zeros((6,) * 8, np.int8)] * 9
""",
}
REST = "reference"
POINTS = {
    "rnn-step-backward": 10,
    "numerical-gradient": 6,
    "complex-step-gradient": 4,
    "relative-error": 4,
    "audit": 5,
}
