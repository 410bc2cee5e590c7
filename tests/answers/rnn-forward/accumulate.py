from itertools import accumulate


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    def step(h, x):
        return np.tanh(b_h + h @ W_hh + x @ W_xh)

    _, *hs = accumulate(xs, step, initial=h0)
    return np.array(hs)
