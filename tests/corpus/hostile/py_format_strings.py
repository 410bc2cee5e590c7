"""Bring names and texts that mean something to str.format, to % and to a template."""

ANSWERS = {
    "rnn-step": """\
evil = "{0.__class__.__mro__} {points} %s%s%n %(points)s {{ 7 * 7 }} {% raw %} $x"
Named = type(evil, (Exception,), {})


def rnn_step(*_):
    raise Named(evil)
""",
    "rnn-parameters": """\
def parameter_count(*_):
    return evil
""",
    "rnn-flops": """\
def forward_flops(*_):
    return type(evil, (), {})(), {evil: evil}
""",
}
MESSAGES = ["{0.__class__.__mro__} {points} %s%s%n %(points)s {{ 7 * 7 }} {% raw %}"]
