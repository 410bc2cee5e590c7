"""Make a process by the bare system calls fork, vfork, clone and clone3, past every
wrapper.
"""

ANSWERS = {
    "rnn-forward": """\
import ctypes
import os
import platform

libc = ctypes.CDLL(None)
numbers = {"x86_64": (56, 57, 58, 435), "aarch64": (220, 435)}
for number in numbers.get(platform.machine(), ()):
    # SIGCHLD as the only flag: a plain fork.
    if libc.syscall(number, 17, 0, 0, 0, 0) == 0:
        open("__OUTSIDE__/child", "w").close()
        os._exit(0)


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
