"""Write one byte behind a terabyte of nothing: small on disk, endless for who reads
it.
"""

ANSWERS = {
    "rnn-forward": """\
def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    with open("sparse", "wb") as file:
        file.seek(1 << 40)
        file.write(b"x")
""",
}
REST = "reference"
POINTS = {"rnn-step": 4, "rnn-parameters": 5, "rnn-flops": 5}
MESSAGES = ["File too large"]
