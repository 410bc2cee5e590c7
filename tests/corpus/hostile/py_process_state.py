"""Change what a process hands on: its folder, its mask, its environment."""

ANSWERS = {
    "rnn-step": """\
import gc
import locale
import os
import sys

for change in (
    lambda: os.chdir("__COURSE__"),
    lambda: os.chdir("/"),
    lambda: os.umask(0o777),
    lambda: os.nice(19),
    lambda: os.environ.update(PYTHONPATH="__OUTSIDE__", HOME="__OUTSIDE__"),
    lambda: locale.setlocale(locale.LC_ALL, "C"),
    lambda: sys.path.insert(0, "__OUTSIDE__"),
    lambda: sys.setswitchinterval(1000),
    lambda: gc.disable(),
):
    try:
        change()
    except Exception as error:
        print(error)


def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    open("points", "w").write("4.0")
    return h_prev
""",
}
