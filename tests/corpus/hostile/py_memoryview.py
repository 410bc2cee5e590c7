"""Return views of memory that is freed, or that belongs to nobody."""

ANSWERS = {
    "rnn-step": """\
def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    return memoryview(h_prev).cast("B")
""",
    "rnn-forward": """\
import ctypes


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    address = (ctypes.c_double * 10**6).from_address(id(xs))
    return np.frombuffer(address, count=10**6)
""",
    "rnn-parameters": """\
def parameter_count(*_):
    return np.lib.stride_tricks.as_strided(np.zeros(1), (1 << 20,), (1 << 20,))
""",
}
