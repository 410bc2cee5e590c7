def rnn_backward(dhs, xs, states, W_xh, W_hh):
    T, N, D = xs.shape
    H = len(W_hh)
    dxs = np.zeros((T, N, D))
    dh0 = np.zeros((N, H))
    dW_xh = np.zeros((D, H))
    dW_hh = np.zeros((H, H))
    db_h = np.zeros(H)
    for n in range(N):
        carried = [0.0] * H
        for t in range(T - 1, -1, -1):
            da = []
            for j in range(H):
                h = states[t + 1, n, j]
                da.append((dhs[t, n, j] + carried[j]) * (1 - h) * (1 + h))
            for j in range(H):
                db_h[j] += da[j]
                for d in range(D):
                    dxs[t, n, d] += W_xh[d, j] * da[j]
                    dW_xh[d, j] += xs[t, n, d] * da[j]
                for i in range(H):
                    dW_hh[i, j] += states[t, n, i] * da[j]
            carried = [sum(W_hh[i, j] * da[j] for j in range(H)) for i in range(H)]
        dh0[n] = carried
    return dxs, dh0, dW_xh, dW_hh, db_h
