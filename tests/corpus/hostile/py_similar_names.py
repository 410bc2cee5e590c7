"""Define functions whose names look like those that are asked for, and are others.

Python reads full-width letters as plain ones, so the second name is the right one, and
its function is judged.
"""

CYRILLIC = "\N{CYRILLIC SMALL LETTER IE}"
WIDE = str.maketrans({letter: chr(ord(letter) + 0xFEE0) for letter in "rnfoward"})
ANSWERS = {
    "rnn-step": f"""\
def rnn_st{CYRILLIC}p(x, h_prev, W_xh, W_hh, b_h):
    return np.tanh(x @ W_xh + h_prev @ W_hh + b_h)
""",
    "rnn-forward": f"""\
def {"rnn_forward".translate(WIDE)}(xs, h0, W_xh, W_hh, b_h):
    return np.tanh(xs @ W_xh + h0 @ W_hh + b_h)
""",
}
MESSAGES = ["There is no function rnn_step", "ALWAYS_H0"]
