"""Print every file worth reading: the sources with the solutions, the work of
others, the gradebook, keys.
"""

ANSWERS = {
    "rnn-forward": """\
import os

for path in (
    "__CANARY__",
    "__HOME__/canary.txt",
    "__OTHER__",
    "__GRADEBOOK__",
    "__COURSE__/source/02_rnn_equations/02_rnn_equations.ipynb",
    "/etc/passwd",
    "/etc/shadow",
    os.path.expanduser("~/.ssh/id_rsa"),
):
    try:
        with open(path, "rb") as file:
            print("READ", path, file.read())
    except OSError as error:
        print(error)
for folder in ("__COURSE__", "__HOME__", "__OUTSIDE__", "/", "/tmp", "/home"):
    try:
        print("READ", os.listdir(folder))
    except OSError as error:
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
