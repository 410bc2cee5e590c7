"""Judge a backward pass by the order of the names that it returns, without a gradient.

Hopes that where a bug was planted the order of the parameters was changed.
"""

ASSIGNMENT = "04_gradient_checking"
ANSWERS = {
    "audit": """\
def audit(forward, backward, reference_forward, params):
    a, b = forward(params), reference_forward(params)
    if abs(a - b) > 1e-8 * max(abs(a), abs(b)):
        return "wrong forward"
    try:
        forward({})
    except RuntimeError as error:
        told = str(error)
    told = sorted(params, key=lambda name: told.index(repr(name)))
    same = list(backward(params)) == list(params) == told
    return "right" if same else "wrong backward"
""",
}
