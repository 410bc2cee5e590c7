def rnn_step_backward(dh, x, h_prev, h, W_xh, W_hh):
    ones = np.ones((len(x), 1))
    inputs = np.concatenate([x, h_prev, ones], axis=1)
    weights = np.concatenate([W_xh, W_hh], axis=0)
    da = dh - dh * h * h
    D = x.shape[1]
    dweights = inputs.T @ da
    dinputs = da @ weights.T
    return dinputs[:, :D], dinputs[:, D:], dweights[:D], dweights[D:-1], dweights[-1]
