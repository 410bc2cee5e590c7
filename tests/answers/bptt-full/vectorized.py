def rnn_backward(dhs, xs, states, W_xh, W_hh):
    before, after = states[:-1], states[1:]
    slopes = 1 - after * after
    das = dhs * slopes
    for t in range(len(das) - 2, -1, -1):
        das[t] += slopes[t] * (das[t + 1] @ W_hh.T)
    rows = das.reshape(-1, das.shape[-1])
    dW_xh = xs.reshape(len(rows), -1).T @ rows
    dW_hh = before.reshape(len(rows), -1).T @ rows
    return das @ W_xh.T, das[0] @ W_hh.T, dW_xh, dW_hh, rows.sum(axis=0)
