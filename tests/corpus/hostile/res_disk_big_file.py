"""Write one file without end."""

ANSWERS = {
    "rnn-forward": """\
def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    with open("big", "wb") as file:
        while True:
            file.write(bytes(1 << 20))
""",
}
REST = "reference"
POINTS = {"rnn-step": 4, "rnn-parameters": 5, "rnn-flops": 5}
MESSAGES = ["File too large"]
