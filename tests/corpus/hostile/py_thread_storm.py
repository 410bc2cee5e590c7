"""Start threads until none can be started, each of which writes and starts another."""

ANSWERS = {
    "rnn-step": """\
import threading


def storm():
    while True:
        try:
            threading.Thread(target=storm, daemon=True).start()
            print("4.0" * 1000)
        except Exception:
            pass


def rnn_step(*_):
    storm()
""",
}
REST = "reference"
POINTS = {"rnn-forward": 6, "rnn-parameters": 5, "rnn-flops": 5}
