import math


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    T, N, D = xs.shape
    H = b_h.shape[0]
    hs = np.zeros((T, N, H))
    for n in range(N):
        before = [float(value) for value in h0[n]]
        for t in range(T):
            after = []
            for j in range(H):
                total = b_h[j]
                for d in range(D):
                    total += xs[t, n, d] * W_xh[d, j]
                for i in range(H):
                    total += before[i] * W_hh[i, j]
                after.append(math.tanh(total))
            hs[t, n] = after
            before = after
    return hs
