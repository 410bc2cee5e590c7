from nbformat import NotebookNode, v4

from rnngrade import cells

METADATA = {"nbgrader": {"grade_id": "a", "points": 4}}


def same(ours, theirs):
    assert ours == theirs
    assert type(ours) is type(ours.get("metadata", ours)) is NotebookNode


def test_cells_are_those_of_nbformat():
    for ours, theirs in (
        (cells.code_cell, v4.new_code_cell),
        (cells.markdown_cell, v4.new_markdown_cell),
    ):
        same(ours("x", "a"), theirs("x", id="a"))
        cell = ours("x", "a", METADATA)
        same(cell, theirs("x", id="a", metadata=METADATA))
        assert cell.metadata.nbgrader.points == 4
        assert cell.metadata.nbgrader is not METADATA["nbgrader"]


def test_outputs_are_those_of_nbformat():
    same(cells.printed("x"), v4.new_output("stream", name="stdout", text="x"))
    theirs = v4.new_output("execute_result", {"text/plain": "4"}, execution_count=2)
    same(cells.result("4", 2), theirs)
    about = {"rnngrade": {"mistakes": ["DB_MEAN"]}}
    assert cells.result("4", 2, about).metadata.rnngrade.mistakes == ["DB_MEAN"]
    lines = ["Traceback …", "ValueError: a: b"]
    named = {"ename": "ValueError", "evalue": "a: b", "traceback": lines}
    same(cells.raised(lines), v4.new_output("error", **named))


def test_cells_do_not_share_what_can_change():
    first, second = cells.code_cell("", "a"), cells.code_cell("", "b")
    first.metadata["x"] = 1
    first.outputs.append(1)
    assert (second.metadata, second.outputs) == ({}, [])
