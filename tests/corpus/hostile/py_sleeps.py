"""Sleep in every call, without using any processor time."""

ANSWERS = {
    "rnn-step": """\
import time


def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    time.sleep(1000)
    return np.tanh(x @ W_xh + h_prev @ W_hh + b_h)
""",
}
REST = "reference"
POINTS = {"rnn-forward": 6, "rnn-parameters": 5, "rnn-flops": 5}
MESSAGES = ["it took longer than 2 s"]
