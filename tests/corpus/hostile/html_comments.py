"""Write script into the comments and texts of an answer that is right."""

from pathlib import Path

from tests.corpus.kit import Kit

ANSWER = '''\
# </pre><script>alert(1)</script>
# {{ 7 * 191 }} {% raw %} <!-- ]]> \\u202e
def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    """<img src=x onerror=alert(1)> &lt;b&gt; $\\\\href{javascript:alert(1)}{x}$"""
    return np.tanh(x @ W_xh + h_prev @ W_hh + b_h)
'''

POINTS = "all"
MESSAGES = ["# </pre><script>alert(1)</script>"]


def hand_in(folder: Path, kit: Kit) -> None:
    kit.write(kit.solved(rnn_step=ANSWER))
