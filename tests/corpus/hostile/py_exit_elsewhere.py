"""Interrupt the main thread from another one, at any moment, and for ever."""

ANSWERS = {
    "rnn-step": """\
import _thread
import sys
import threading
import time


def nag():
    while True:
        time.sleep(0.01)
        _thread.interrupt_main()


threading.Thread(target=nag, daemon=True).start()
threading.Thread(target=sys.exit).start()


def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    time.sleep(1)
    return h_prev
""",
}
