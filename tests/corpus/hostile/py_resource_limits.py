"""Lift the limits of the process, or set them so low that nothing works any more."""

ANSWERS = {
    "rnn-step": """\
import resource

for name in [name for name in dir(resource) if name.startswith("RLIMIT")]:
    for value in (resource.RLIM_INFINITY, 0):
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (OSError, ValueError) as error:
            print(name, error)


def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    return np.ones((10**5, 10**5)) * h_prev[0, 0]
""",
}
