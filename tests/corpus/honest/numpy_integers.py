"""Return NumPy's integers where the statement says int."""

ANSWERS = {
    "rnn-flops": """\
def forward_flops(T, N, D, H):
    return np.int64(2 * T * N * H * (D + H)), np.int64(2 * T * N * H * H)
""",
}
REST = "reference"
POINTS = "all"
