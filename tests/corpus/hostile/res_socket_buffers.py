"""Keep data in the buffers of socket pairs, each made as large as it gets, in threads
with tables of open files of their own. None of it counts as memory of the process.
"""

ANSWERS = {
    "rnn-forward": """\
import ctypes
import os
import socket
import threading
import time

libc = ctypes.CDLL(None)
sizes = []


def hoard():
    # close_range, of numbers that nobody uses, with CLOSE_RANGE_UNSHARE.
    libc.syscall(436, ctypes.c_uint(2**32 - 16), ctypes.c_uint(2**32 - 1), 2)
    pairs = [socket.socketpair() for _ in range(20)]
    for box in sum(pairs, ()):
        box.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 30)
        box.setblocking(False)
        try:
            while sum(sizes) < 100 << 20:
                sizes.append(os.write(box.fileno(), bytes(1 << 16)))
        except BlockingIOError:
            pass
    time.sleep(3600)


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    if not sizes:
        for _ in range(3):
            threading.Thread(target=hoard, daemon=True).start()
        time.sleep(0.7)
    if sum(sizes) < 64 << 20:
        raise MemoryError(f"only {sum(sizes)} bytes were kept")
    h, hs = h0, []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return np.stack(hs)
""",
}
REST = "reference"
POINTS = {"rnn-step": 4, "rnn-parameters": 5, "rnn-flops": 5}
