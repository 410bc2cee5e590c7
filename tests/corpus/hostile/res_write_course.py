"""Write points into the gradebook and code into the folder of the course."""

ANSWERS = {
    "rnn-forward": """\
import sqlite3

for write in (
    lambda: open("__COURSE__/nbgrader_config.py", "a"),
    lambda: open("__COURSE__/../sitecustomize.py", "w"),
    lambda: open("__OTHER__", "w"),
    lambda: sqlite3.connect("__GRADEBOOK__").execute("UPDATE grade SET auto_score = 9"),
):
    try:
        write()
    except (OSError, sqlite3.Error) as error:
        print(error)


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    h, hs = h0, []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return np.stack(hs)
""",
}
REST = "reference"
POINTS = "all"
