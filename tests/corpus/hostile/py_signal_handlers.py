"""Ignore every signal, set timers, and loop without end."""

ANSWERS = {
    "rnn-step": """\
import signal

for number in signal.valid_signals():
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)


def rnn_step(*_):
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue
""",
}
REST = "reference"
POINTS = {"rnn-forward": 6, "rnn-parameters": 5, "rnn-flops": 5}
MESSAGES = ["it took longer than 2 s"]
