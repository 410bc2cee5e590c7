"""Open the pipe of the answers for reading, and take back a byte that the grader has
already been told of: whoever then reads without looking again waits for ever.
"""

ANSWERS = {
    "rnn-step": """\
import os
import select
import struct
import sys
import threading
import time


def pipe():
    frame = sys._getframe()
    while frame := frame.f_back:
        server = frame.f_locals.get("self")
        if hasattr(server, "replies"):
            return server.replies


def steal(back, taken):
    while not taken:
        # As the grader does: so both are told, and only one of them can read.
        select.select([back], [], [])
        try:
            taken.append(os.read(back, 1))
        except BlockingIOError:
            pass


def rnn_step(*_):
    number, taken = pipe(), []
    back = os.open(f"/proc/self/fd/{number}", os.O_RDONLY | os.O_NONBLOCK)
    threading.Thread(target=steal, args=[back, taken], daemon=True).start()
    # A well-formed frame, byte by byte, until one is caught.
    for byte in struct.pack("<4sIQ", b"RNV1", 4_000_000, 0) + b" " * 4_000_000:
        os.write(number, bytes([byte]))
        time.sleep(0.002)
        if taken:
            break
    time.sleep(3600)
""",
}
REST = "reference"
POINTS = {"rnn-forward": 6, "rnn-parameters": 5, "rnn-flops": 5}
