"""Write source on which a parser or a compiler recurses too deeply."""

ANSWERS = {
    "rnn-step": "x = " + "(" * 5_000 + ")" * 5_000,
    "rnn-forward": "x = " + "-" * 50_000 + "1",
    "rnn-parameters": "x" + ".x" * 50_000,
    "rnn-flops": "".join(" " * i + "if 1:\n" for i in range(99)) + " " * 99 + "pass",
}
