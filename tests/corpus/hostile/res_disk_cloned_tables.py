"""Hold removed files in threads that got a copy of the table of open files when they
were made, by a bare clone, and close them everywhere else.
"""

ANSWERS = {
    "rnn-forward": """\
import ctypes
import os
import time

libc = ctypes.CDLL(None)
pause = ctypes.cast(libc.pause, ctypes.c_void_p)
FLAGS = 0x100 | 0x200 | 0x800 | 0x10000  # all of a thread, but for CLONE_FILES
SIZE = 1 << 16
stacks = [ctypes.create_string_buffer(SIZE) for _ in range(3)]
for stack in stacks:
    files = []
    for _ in range(7):
        files.append(os.open("hidden", os.O_RDWR | os.O_CREAT))
        os.unlink("hidden")
        os.write(files[-1], bytes(7 << 20))
    top = ctypes.addressof(stack) + SIZE & ~15
    if libc.clone(pause, ctypes.c_void_p(top), FLAGS, None) < 0:
        raise PermissionError("clone was refused")
    for file in files:
        os.close(file)
    time.sleep(0.05)


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    time.sleep(0.3)
    h, hs = h0, []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return np.stack(hs)
""",
}
REST = "reference"
POINTS = {"rnn-step": 4, "rnn-parameters": 5, "rnn-flops": 5}
