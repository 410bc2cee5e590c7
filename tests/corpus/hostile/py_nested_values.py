"""Return lists within lists, deeper than a recursion, some within themselves."""

ANSWERS = {
    "rnn-step": """\
def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    result = []
    for _ in range(10**5):
        result = [result]
    return result
""",
    "rnn-forward": """\
def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    result = {"hs": xs}
    result["again"] = result
    return result
""",
    "rnn-parameters": """\
def parameter_count(*_):
    result = ()
    for _ in range(30):
        result = (result, result)
    return result
""",
}
