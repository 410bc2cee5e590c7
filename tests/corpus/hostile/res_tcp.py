"""Send the answer of another student to a server by TCP."""

ANSWERS = {
    "rnn-forward": """\
import socket

server = socket.create_connection(("127.0.0.1", __PORT__), 1)
server.send(b"hello")


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
