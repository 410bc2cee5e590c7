"""Get one of two outputs right."""

ANSWERS = {
    "rnn-flops": """\
def forward_flops(T, N, D, H):
    dense = 2 * T * N * H * (D + H)
    return dense, dense
""",
}
REST = "reference"
POINTS = {"rnn-step": 4, "rnn-forward": 6, "rnn-parameters": 5, "rnn-flops": 2}
MESSAGES = ["LOOKUP_COUNTED_AS_PRODUCT"]
