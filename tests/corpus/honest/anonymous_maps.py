"""Keep the states in memory that is mapped without a file, and write a file as well."""

ANSWERS = {
    "rnn-forward": """\
import mmap


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    np.save("h0.npy", h0)
    shape = len(xs), *np.load("h0.npy", mmap_mode="r").shape
    memory = mmap.mmap(-1, 8 * int(np.prod(shape)))
    hs = np.frombuffer(memory, count=int(np.prod(shape))).reshape(shape)
    for t, x in enumerate(xs):
        hs[t] = np.tanh(x @ W_xh + (hs[t - 1] if t else h0) @ W_hh + b_h)
    return hs
""",
}
REST = "reference"
POINTS = "all"
