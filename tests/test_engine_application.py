import pytest
from nbgrader.apps.baseapp import NbGrader

from rnngrade.engine.application import assignment_of, first_ones, launch


class Small(NbGrader):
    name = "rnngrade-small"
    code = 0

    def start(self):
        self.assignment = assignment_of(self)
        print("started", self.assignment)
        self.exit(self.code)


@pytest.fixture(autouse=True)
def quiet(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_NO_CONFIG", "1")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("words", [["hw"], ["--assignment=hw"]])
def test_an_assignment_is_named_as_in_nbgrader(words, capsys):
    assert launch(Small, words) == 0
    assert "started hw" in capsys.readouterr().out


def test_one_assignment_is_asked_for(capsys):
    assert launch(Small, []) == 1
    said = capsys.readouterr()
    assert "0 assignments were given" in said.err
    assert "rnngrade small 05_bptt" in said.err
    assert said.out == ""


def test_the_exit_code_is_returned_and_nothing_is_kept(monkeypatch):
    monkeypatch.setattr(Small, "code", 3)
    assert launch(Small, ["hw"]) == 3
    assert not Small.initialized()


def test_long_lists_are_cut():
    names = [f"s{number:02}" for number in range(12)]
    assert first_ones(names[1::-1]) == "s00, s01"
    assert first_ones(names).startswith("s00, s01")
    assert first_ones(names).endswith("s09 and 2 more")
