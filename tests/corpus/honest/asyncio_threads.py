"""Compute the rows of a batch in threads for which an event loop waits."""

ANSWERS = {
    "rnn-forward": """\
import asyncio


def one(xs, h, W_xh, W_hh, b_h):
    hs = []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return hs


async def rows(xs, h0, *weights):
    loop = asyncio.get_running_loop()
    first = loop.run_in_executor(None, one, xs[:, 0], h0[0], *weights)
    rest = range(1, len(h0))
    others = [asyncio.to_thread(one, xs[:, n], h0[n], *weights) for n in rest]
    return await asyncio.gather(first, *others)


def rnn_forward(*args):
    return np.stack(asyncio.run(rows(*args)), axis=1)
""",
}
REST = "reference"
POINTS = "all"
