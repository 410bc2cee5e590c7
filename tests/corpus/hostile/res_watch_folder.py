"""Watch the folder of the graded notebooks for what appears there, through inotify."""

ANSWERS = {
    "rnn-forward": """\
import ctypes

libc = ctypes.CDLL(None)
watch = libc.inotify_init()
if libc.inotify_add_watch(watch, b"__COURSE__/autograded", 0xFFF) >= 0:
    raise RuntimeError("it can be watched")


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    h, hs = h0, []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return np.stack(hs)
""",
}
REST = "reference"
POINTS = "all"
