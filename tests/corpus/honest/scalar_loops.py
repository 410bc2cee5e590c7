"""Write out all sums number by number, with math.tanh."""

ANSWERS = {
    "rnn-forward": """\
import math


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    T, N, D = xs.shape
    H = h0.shape[1]
    hs = np.zeros((T, N, H))
    for t in range(T):
        before = h0 if t == 0 else hs[t - 1]
        for n in range(N):
            for j in range(H):
                a = b_h[j]
                for i in range(D):
                    a += xs[t, n, i] * W_xh[i, j]
                for k in range(H):
                    a += before[n, k] * W_hh[k, j]
                hs[t, n, j] = math.tanh(a)
    return hs
""",
}
REST = "reference"
POINTS = "all"
