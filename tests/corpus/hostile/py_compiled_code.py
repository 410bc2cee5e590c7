"""Run code that pretends to come from the grader's own files."""

ANSWERS = {
    "rnn-step": r"""
import sys

own = sys._getframe(1).f_code.co_filename
text = "def rnn_step(*_):\n    raise AssertionError('4 of 4 points')\n"
for name in (own, np.__file__, "<cell 3>", "/etc/passwd", "__CANARY__"):
    exec(compile(text, name, "exec"))
    try:
        rnn_step()
    except AssertionError as error:
        print(error)
eval(compile("1 / 0", "__CANARY__", "eval"))
""",
}
