"""Start threads without end, each of which starts to compute."""

ANSWERS = {
    "rnn-forward": """\
import threading


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    def spin():
        while True:
            pass

    while True:
        threading.Thread(target=spin, daemon=True).start()
""",
}
REST = "reference"
POINTS = {"rnn-step": 4, "rnn-parameters": 5, "rnn-flops": 5}
