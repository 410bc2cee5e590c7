"""Call the function that is handed over with everything but numbers, and forge calls.

The function lives on the grader's side of the pipe.
"""

ANSWERS = {
    "numerical-gradient": """\
import sys


def numerical_gradient(f, x):
    for bad in ("x", None, [[]], {"x": x}, x.astype(object), x[:0], 10**400, f):
        try:
            f(bad)
        except Exception as error:
            print(error)
    frame = sys._getframe()
    while frame := frame.f_back:
        server = frame.f_locals.get("self")
        for index in (-1, 1, 10**9):
            if hasattr(server, "send"):
                server.send({"kind": "ask", "index": index, "args": (x,)})
    return np.zeros_like(x)
""",
    "complex-step-gradient": """\
def complex_step_gradient(f, x):
    while True:
        f(np.full_like(x, np.inf))
""",
}
ASSIGNMENT = "04_gradient_checking"
