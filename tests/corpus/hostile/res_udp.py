"""Send a datagram, which needs no connection."""

ANSWERS = {
    "rnn-forward": """\
import socket

box = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
box.sendto(b"hello", ("127.0.0.1", __PORT__))


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
