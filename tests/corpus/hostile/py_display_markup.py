"""Show objects with every representation that a notebook knows, all of them scripts."""

ANSWERS = {
    "rnn-step": r"""
evil = "<script>window.__pwned=1</script><img src=x onerror='window.__pwned=1'>"


class Evil:
    __repr__ = lambda self: evil
    _repr_html_ = _repr_markdown_ = _repr_svg_ = _repr_javascript_ = __repr__
    _repr_latex_ = lambda self: f"$\\href{{javascript:window.__pwned=1}}{{x}}${evil}"
    _repr_mimebundle_ = lambda self, *_, **__: {
        "text/html": evil,
        "application/javascript": "window.__pwned=1",
    }


Evil.__name__ = Evil.__qualname__ = evil
display(Evil())
print(evil)


def rnn_step(*_):
    return Evil()


Evil()
""",
}
MESSAGES = ["<img src=x onerror='window.__pwned=1'>"]
