"""Sum a range without end, in C code, with signals blocked."""

ANSWERS = {
    "rnn-forward": """\
import signal


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))
    return sum(range(10**18))
""",
}
REST = "reference"
POINTS = {"rnn-step": 4, "rnn-parameters": 5, "rnn-flops": 5}
MESSAGES = ["took longer than"]
