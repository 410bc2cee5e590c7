"""Hand in files whose names are patterns, options, commands, line ends and colors of
a terminal.
"""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    names = ["*", "[a-z]*", "?", "--help", "-rf", "$(touch x)", "`id`", "a\nb", "..."]
    names += ["\x1b]0;title\x07", "~", "%s%n", "{0}", " ", "é\u202e", "\udcff", "a;b|c"]
    for name in names:
        (folder / name).write_text("x")
        (folder / f"{name}.ipynb").write_text("{")
    kit.write(kit.solved())
