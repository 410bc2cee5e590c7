"""Plot with Matplotlib in the answer cell."""

ANSWERS = {
    "rnn-forward": """\
import matplotlib.pyplot as plt


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    h, hs = h0, []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return np.stack(hs)


fig, axes = plt.subplots(1, 2, figsize=(8, 3))
axes[0].plot(np.linspace(0, 1), label="h")
axes[0].legend()
fig.tight_layout()
plt.show()
""",
}
REST = "reference"
POINTS = "all"
MESSAGES = ["draws nothing"]
