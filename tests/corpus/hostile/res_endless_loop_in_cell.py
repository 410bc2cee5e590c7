"""Loop for ever in a cell that catches every exception."""

ANSWERS = {
    "rnn-forward": """\
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
""",
}
REST = "reference"
POINTS = {"rnn-step": 4, "rnn-parameters": 5, "rnn-flops": 5}
MESSAGES = ["took longer than"]
