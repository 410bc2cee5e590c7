import math


def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    N, D = x.shape
    H = len(b_h)
    h = np.empty((N, H))
    for n in range(N):
        for j in range(H):
            total = b_h[j]
            for d in range(D):
                total += x[n, d] * W_xh[d, j]
            for i in range(H):
                total += h_prev[n, i] * W_hh[i, j]
            h[n, j] = math.tanh(total)
    return h
