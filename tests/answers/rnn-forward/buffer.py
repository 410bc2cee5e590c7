def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    states = np.empty((xs.shape[0] + 1, *h0.shape))
    states[0] = h0
    states[1:] = np.einsum("tnd,dh->tnh", xs, W_xh) + b_h
    for t in range(xs.shape[0]):
        states[t + 1] += states[t].dot(W_hh)
        np.tanh(states[t + 1], out=states[t + 1])
    return states[1:]
