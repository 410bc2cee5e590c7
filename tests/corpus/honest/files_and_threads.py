"""Keep a large temporary file open and mapped while many threads wait for each other.

All threads see the same file; it is one file.
"""

ANSWERS = {
    "rnn-forward": """\
import tempfile
import threading
import time

THREADS = 24
file = tempfile.TemporaryFile()
states = np.memmap(file, dtype=float, mode="w+", shape=(700, 1000))


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    together = threading.Barrier(THREADS + 1)
    threads = [threading.Thread(target=together.wait) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    states[0, : h0.size] = h0.ravel()
    states.flush()
    time.sleep(0.3)
    together.wait()
    for thread in threads:
        thread.join()
    h, hs = np.array(states[0, : h0.size]).reshape(h0.shape), []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return np.stack(hs)
""",
}
REST = "reference"
POINTS = "all"
