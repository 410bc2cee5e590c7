def rnn_step_backward(dh, x, h_prev, h, W_xh, W_hh):
    N, H = dh.shape
    D = x.shape[1]
    dx, dh_prev = np.zeros((N, D)), np.zeros((N, H))
    dW_xh, dW_hh, db_h = np.zeros((D, H)), np.zeros((H, H)), np.zeros(H)
    for n in range(N):
        for j in range(H):
            da = dh[n, j] * (1 - h[n, j] * h[n, j])
            db_h[j] += da
            for d in range(D):
                dx[n, d] += da * W_xh[d, j]
                dW_xh[d, j] += da * x[n, d]
            for i in range(H):
                dh_prev[n, i] += da * W_hh[i, j]
                dW_hh[i, j] += da * h_prev[n, i]
    return dx, dh_prev, dW_xh, dW_hh, db_h
