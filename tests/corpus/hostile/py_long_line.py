"""Write a cell of one line with 190,000 characters, which takes minutes to color."""

ANSWERS = {
    "rnn-step": f"# {'(' * 190_000}",
    "rnn-forward": f"text = '''{'<b>{}' * 40_000}",
    "rnn-parameters": "a = " + " + ".join(["1"] * 60_000),
}
