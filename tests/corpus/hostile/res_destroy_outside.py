"""Delete, rename, overwrite and lock files that everybody may write."""

ANSWERS = {
    "rnn-forward": """\
import os
import pathlib
import shutil

canary = pathlib.Path("__CANARY__")
for attack in (
    canary.unlink,
    lambda: canary.rename("stolen"),
    lambda: canary.write_text(""),
    lambda: canary.chmod(0),
    lambda: os.truncate(canary, 0),
    lambda: os.utime(canary, (0, 0)),
    lambda: os.link(canary, "mine"),
    lambda: os.symlink("/", "__OUTSIDE__/link"),
    lambda: os.mkfifo("__OUTSIDE__/pipe"),
    lambda: os.mkdir("__OUTSIDE__/folder"),
    lambda: shutil.rmtree("__OUTSIDE__"),
):
    try:
        attack()
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
