def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    hs = np.zeros((len(xs), *h0.shape))
    hs[-1] = h0  # what hs[t - 1] reads at t = 0
    for t in range(len(xs)):
        hs[t] = np.tanh(xs[t] @ W_xh + hs[t - 1] @ W_hh + b_h)
    return hs
