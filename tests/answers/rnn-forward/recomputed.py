def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    """Every state from the start, by recursion: nothing is kept."""
    weights = np.concatenate([W_xh, W_hh, b_h[np.newaxis]])

    def state(t):
        if t < 0:
            return h0
        ones = np.ones((xs.shape[1], 1))
        return np.tanh(np.concatenate([xs[t], state(t - 1), ones], axis=1) @ weights)

    return np.stack([state(t) for t in range(len(xs))], axis=0)
