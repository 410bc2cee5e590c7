"""Write arrays to files and read them back."""

ANSWERS = {
    "rnn-forward": """\
import json
import tempfile


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    with open("sizes.json", "w") as file:
        json.dump(xs.shape, file)
    with tempfile.TemporaryFile() as file:
        np.save(file, h0)
        file.seek(0)
        h0 = np.load(file)
    h, hs = h0, []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return np.stack(hs)
""",
}
REST = "reference"
POINTS = "all"
