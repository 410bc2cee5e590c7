"""Differentiate by complex steps instead of propagating back.

This is permitted: the numbers are right to the last digit, and the statement asks for
numbers. It has to find out the bias, to run the network again for every entry, and to
know what a complex step is, which is a later exercise.
"""

ANSWERS = {
    "bptt-full": """\
def rnn_backward(dhs, xs, states, W_xh, W_hh):
    bias = np.arctanh(states[1:]) - xs @ W_xh - states[:-1] @ W_hh

    def loss(xs, h, W_xh, W_hh, b_h):
        total = 0.0
        for t, x in enumerate(xs):
            h = np.tanh(x @ W_xh + h @ W_hh + bias[t] + b_h)
            total += (dhs[t] * h).sum()
        return total

    points = [xs, states[0], W_xh, W_hh, np.zeros(len(W_hh))]
    gradients = []
    for which, point in enumerate(points):
        gradient = np.empty_like(point)
        for index in np.ndindex(point.shape):
            moved = [p.astype(complex) for p in points]
            moved[which][index] += 1e-20j
            gradient[index] = loss(*moved).imag / 1e-20
        gradients.append(gradient)
    return tuple(gradients)
""",
}
ASSIGNMENT = "05_bptt"
POINTS = {"bptt-full": 11}
