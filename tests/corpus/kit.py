"""Read the corpus, and hand in what it describes."""

from __future__ import annotations

import copy
import importlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import nbformat
from nbformat import NotebookNode

from rnngrade.source import grade_id

HERE = Path(__file__).parent
USUAL = "02_rnn_equations"
FULL = {
    "02_rnn_equations": {
        "rnn-step": 4,
        "rnn-forward": 6,
        "rnn-parameters": 5,
        "rnn-flops": 5,
    },
    "04_gradient_checking": {
        "rnn-step-backward": 10,
        "numerical-gradient": 6,
        "complex-step-gradient": 4,
        "relative-error": 4,
        "wrong-gradients": 7,
        "audit": 5,
    },
    "05_bptt": {
        "bptt-output-weights": 7,
        "bptt-three-terms": 7,
        "bptt-full": 11,
    },
}


@dataclass(frozen=True)
class Submission:
    """One file of the corpus.

    Attributes
    ----------
    name : str
        Of the file, and of the student.
    kind : str
        ``"hostile"``, ``"honest"`` or ``"control"``.
    technique : str
        What it does.
    assignment : str
        What it is handed in for.
    hand_in : callable
        Takes a folder and a `Kit`.
    points : dict
        What each exercise deserves.
    readable : bool
        Whether there is a notebook in it.
    messages : tuple of str
        What the feedback says.
    """

    name: str
    kind: str
    technique: str
    assignment: str
    hand_in: Callable[[Path, Kit], None]
    points: dict[str, float]
    readable: bool = True
    messages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kit:
    """What a submission is made of, and what it can attack.

    Attributes
    ----------
    folder : Path
        Where this student hands in; it exists.
    assignment : str
        Its name.
    notebooks : dict of str to NotebookNode
        ``"released"`` and ``"reference"``.
    words : dict of str to str
        What `fill` puts in the place of words:

        - ``__CANARY__``: a file with a secret, which nobody may read or change;
        - ``__OUTSIDE__``: its folder, in which everybody may write;
        - ``__HOME__``, ``__COURSE__``, ``__GRADEBOOK__``: of the instructor;
        - ``__OTHER__``: the notebook of another student;
        - ``__PORT__``: where somebody listens on 127.0.0.1, TCP and UDP;
        - ``__SOCKET__``: a Unix socket with a listener.
    """

    folder: Path
    assignment: str
    notebooks: Mapping[str, NotebookNode]
    words: Mapping[str, str]

    @property
    def canary(self) -> Path:
        """The file with a secret."""
        return Path(self.words["__CANARY__"])

    @property
    def port(self) -> int:
        """The port of the listener."""
        return int(self.words["__PORT__"])

    def fill(self, text: str) -> str:
        """Put paths and numbers in the place of words such as ``__CANARY__``."""
        for word, value in self.words.items():
            text = text.replace(word, value)
        return text

    def released(self, **answers: str) -> NotebookNode:
        """Return the released notebook with some answers: ``rnn_step="def …"``."""
        return self._with(self.notebooks["released"], answers)

    def solved(self, **answers: str) -> NotebookNode:
        """Return the notebook with the right answers, but for those given."""
        return self._with(self.notebooks["reference"], answers)

    def _with(self, notebook: NotebookNode, answers: dict[str, str]) -> NotebookNode:
        notebook = copy.deepcopy(notebook)
        given = {name.replace("_", "-"): text for name, text in answers.items()}
        unknown = given.keys() - set(map(grade_id, notebook.cells))
        if unknown:
            raise ValueError(f"no cell is named {', '.join(sorted(unknown))}")
        for cell in notebook.cells:
            cell.source = self.fill(given.get(grade_id(cell), cell.source))
        return notebook

    @property
    def path(self) -> Path:
        """Where the notebook belongs."""
        return self.folder / f"{self.assignment}.ipynb"

    def write(self, notebook: NotebookNode | str | bytes) -> Path:
        """Hand in a notebook, or anything else in its place."""
        if not isinstance(notebook, str | bytes):
            notebook = nbformat.writes(notebook)
        if isinstance(notebook, str):
            notebook = notebook.encode("utf-8", "surrogatepass")
        self.path.write_bytes(notebook)
        return self.path


def find(notebook: NotebookNode, name: str) -> NotebookNode:
    """Return the cell of a name."""
    return next(cell for cell in notebook.cells if grade_id(cell) == name)


def corpus() -> list[Submission]:
    """Return all submissions of the corpus, the controls among them, by name."""
    found = [
        _read(kind, path.stem)
        for kind in ("hostile", "honest")
        for path in sorted(HERE.glob(f"{kind}/*.py"))
        if path.stem != "__init__"
    ]
    return sorted([*found, *controls()], key=lambda submission: submission.name)


def _read(kind: str, name: str) -> Submission:
    module = importlib.import_module(f"tests.corpus.{kind}.{name}")
    assignment = getattr(module, "ASSIGNMENT", USUAL)
    points = getattr(module, "POINTS", {})
    if points == "all":
        points = FULL[assignment]
    unknown = points.keys() - FULL[assignment].keys()
    if unknown or not module.__doc__:
        raise ValueError(f"{kind}/{name}.py: no docstring, or points for {unknown}")
    return Submission(
        name=name,
        kind=kind,
        technique=" ".join(module.__doc__.split()),
        assignment=assignment,
        hand_in=getattr(module, "hand_in", None) or _texts(module),
        points={**dict.fromkeys(FULL[assignment], 0), **points},
        readable=getattr(module, "READABLE", True),
        messages=tuple(getattr(module, "MESSAGES", ())),
    )


def _texts(module: ModuleType) -> Callable[[Path, Kit], None]:
    answers = {name.replace("-", "_"): text for name, text in module.ANSWERS.items()}
    rest = getattr(module, "REST", "released")

    def hand_in(_: Path, kit: Kit) -> None:
        kit.write({"released": kit.released, "reference": kit.solved}[rest](**answers))

    return hand_in


def controls() -> list[Submission]:
    """Return submissions of known scores, graded before, between and after the rest."""
    made = []
    for name in ("aaa", "mmm", "zzz"):
        for assignment, full in FULL.items():
            number = assignment[:2]
            first = next(iter(full))
            partial = {**full, first: 0}
            blank = {first.replace("-", "_"): "pass"}
            made += [
                _control(f"{name}_{number}_full", assignment, full, {}),
                _control(f"{name}_{number}_partial", assignment, partial, blank),
            ]
    return made


def _control(
    name: str, assignment: str, points: dict[str, float], answers: dict[str, str]
) -> Submission:
    def hand_in(_: Path, kit: Kit) -> None:
        kit.write(kit.solved(**answers))

    technique = "Give known answers."
    return Submission(name, "control", technique, assignment, hand_in, points)


def give(submission: Submission, kit: Kit) -> None:
    """Hand in one submission."""
    os.makedirs(kit.folder)
    (kit.folder / "timestamp.txt").write_text("2026-01-01 10:00:00 UTC\n")
    submission.hand_in(kit.folder, kit)
