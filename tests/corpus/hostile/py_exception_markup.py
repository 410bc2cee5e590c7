"""Raise exceptions whose names and texts are HTML and terminal escapes.

They hope for a page or a terminal that shows them as they are.
"""

ANSWERS = {
    "rnn-step": r"""
evil = "<img src=x onerror=window.__pwned=1>"
escapes = "\x1b]0;title\x07\x1b[2J\x1b[31m4 of 4 points\x1b[0m\x9b1m\u202e"
Named = type(evil, (Exception,), {"__module__": evil})


def rnn_step(*_):
    raise Named(escapes + evil + "</pre><script>window.__pwned=1</script>")


raise Named(escapes + evil + "</pre><script>window.__pwned=1</script>")
""",
}
MESSAGES = ["<img src=x onerror=window.__pwned=1>"]
