"""Hand rows through a queue to threads that were started once and wait for ever."""

ANSWERS = {
    "rnn-forward": """\
import queue
import threading

jobs = queue.Queue()


def work():
    while True:
        function, n, results = jobs.get()
        results.put((n, function(n)))
        jobs.task_done()


for _ in range(4):
    threading.Thread(target=work, daemon=True).start()


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    def row(n):
        h, hs = h0[n], []
        for x in xs[:, n]:
            h = np.tanh(x @ W_xh + h @ W_hh + b_h)
            hs.append(h)
        return hs

    results = queue.Queue()
    for n in range(len(h0)):
        jobs.put((row, n, results))
    jobs.join()
    rows = dict(results.get() for _ in range(len(h0)))
    return np.stack([rows[n] for n in range(len(h0))], axis=1)
""",
}
REST = "reference"
POINTS = "all"
