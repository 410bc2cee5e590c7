"""Use magics around an answer: plots inline, timing, autoreload, installing, help."""

ANSWERS = {
    "rnn-forward": """\
%%time
%matplotlib inline
%load_ext autoreload
%autoreload 2
!pip install numpy
np.tanh?
def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    h, hs = h0, []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return np.stack(hs)


%timeit -n 1 np.tanh(0.0)
""",
}
REST = "reference"
POINTS = "all"
MESSAGES = ["not run while grading"]
