"""Define asynchronous functions, and run them in an event loop of their own."""

ANSWERS = {
    "rnn-forward": """\
import asyncio


async def step(x, h, W_xh, W_hh, b_h):
    return np.tanh(x @ W_xh + h @ W_hh + b_h)


async def steps(xs, h, *weights):
    return np.stack([h := await step(x, h, *weights) for x in xs])


def rnn_forward(xs, h0, *weights):
    return asyncio.run(steps(xs, h0, *weights))
""",
}
REST = "reference"
POINTS = "all"
