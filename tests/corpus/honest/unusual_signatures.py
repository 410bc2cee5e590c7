"""Take the arguments as *args, with defaults, and as keywords only used inside."""

ANSWERS = {
    "rnn-step": """\
def rnn_step(*args, bias=True, **options):
    x, h, W_xh, W_hh, b = args
    return np.tanh(x @ W_xh + h @ W_hh + bias * b)
""",
    "rnn-flops": """\
def forward_flops(T=1, N=1, D=1, H=1):
    work = dict(T=T, N=N, D=D, H=H)
    lookup = 2 * work["T"] * work["N"] * work["H"] ** 2
    return lookup + 2 * T * N * D * H, lookup
""",
}
REST = "reference"
POINTS = "all"
