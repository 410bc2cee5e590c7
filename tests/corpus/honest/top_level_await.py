"""Wait at the top level of a cell, after the function, as a notebook allows."""

ANSWERS = {
    "rnn-forward": """\
def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    h, hs = h0, []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return np.stack(hs)


import asyncio

await asyncio.sleep(0)
""",
}
REST = "reference"
POINTS = "all"
