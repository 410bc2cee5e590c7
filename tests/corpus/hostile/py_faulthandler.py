"""Let Python's fault handler write into every file, on a signal, later, and again."""

ANSWERS = {
    "rnn-step": """\
import faulthandler
import signal

for number in range(3, 64):
    try:
        faulthandler.dump_traceback(file=number)
        faulthandler.register(signal.SIGUSR1, file=number)
        faulthandler.dump_traceback_later(0.1, repeat=True, file=number)
    except (OSError, ValueError, RuntimeError):
        pass


def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    signal.raise_signal(signal.SIGUSR1)
    return h_prev
""",
}
