"""Fetch a page, as a program would that has its answers on a server."""

ANSWERS = {
    "rnn-forward": """\
import urllib.request

urllib.request.urlopen("http://127.0.0.1:__PORT__/answers", timeout=1)


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    h, hs = h0, []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return np.stack(hs)
""",
}
REST = "reference"
POINTS = {"rnn-step": 4, "rnn-parameters": 5, "rnn-flops": 5}
