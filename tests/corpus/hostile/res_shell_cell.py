"""Make the answer a cell for another program."""

ANSWERS = {
    "rnn-forward": """\
%%bash
cat __CANARY__
touch __OUTSIDE__/made
""",
}
REST = "reference"
POINTS = {"rnn-step": 4, "rnn-parameters": 5, "rnn-flops": 5}
MESSAGES = ["cells for another program are not run"]
