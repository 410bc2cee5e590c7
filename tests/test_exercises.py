"""Every exercise: right answers score in full, wrong ones do not and are named.

Five sources of answers: the solutions of the course, independent solutions in other
styles (``tests/answers``), an untouched release, the known mistakes, and generated
mutants of the solutions. The inputs come from seeded generators, so a failure repeats.
"""

from __future__ import annotations

import itertools
import signal
import tomllib
import warnings
from pathlib import Path

import numpy as np
import pytest

from rnngrade.exercise import Exercise
from rnngrade.exercises import EXERCISES
from rnngrade.grader import check_exercises, check_release
from rnngrade.judge import evaluate
from rnngrade.sandbox.observation import observe
from rnngrade.source import (
    check_source,
    exercise_cells,
    read_solution,
    released_source,
)
from rnngrade.trial import CallFailed
from rnngrade.verdict import Verdict
from tests.mutants import Mutant, mutants

ROOT = Path(__file__).parent.parent
ANSWERS = Path(__file__).parent / "answers"
SOLUTIONS = {path.stem: read_solution(path) for path in ROOT.glob("solutions/*/*.md")}
SEEDS = (0, 1)
LEAST_MUTANTS = 15


def cells_of(exercise_id: str):
    """Return (statement, answer, check) of an exercise, wherever it is."""
    for notebook in SOLUTIONS.values():
        if any(
            cell.metadata.get("nbgrader", {}).get("grade_id") == exercise_id
            for cell in notebook.cells
        ):
            return exercise_cells(notebook, exercise_id)
    raise LookupError(f"no solution source has an answer cell {exercise_id!r}")


def answer_from(source: str, exercise: Exercise):
    namespace = {"np": np}
    exec(compile(source, "<answer>", "exec"), namespace)
    return namespace[exercise.function]


def judge(exercise: Exercise, function, seed: int = 0) -> Verdict:
    def call(args: tuple):
        with time_limit(10):
            return observe(function, args)

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return evaluate(exercise, call, np.random.default_rng(seed))


class time_limit:  # noqa: N801, reads as a statement
    """End a mutant that never ends."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds

    def __enter__(self) -> None:
        signal.signal(signal.SIGALRM, self._expired)
        signal.alarm(self.seconds)

    def __exit__(self, *exc: object) -> None:
        signal.alarm(0)

    def _expired(self, *_: object) -> None:
        raise CallFailed("it did not end")


exercises = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=lambda e: e.id)


@exercises
def test_the_solution_scores_in_full(exercise):
    solution = answer_from(cells_of(exercise.id)[1].source, exercise)
    for seed in range(20):
        verdict = judge(exercise, solution, seed)
        assert verdict.points == exercise.max_points, verdict.text
        assert not verdict.notes


@exercises
def test_independent_answers_score_in_full(exercise):
    paths = sorted((ANSWERS / exercise.id).glob("*.py"))
    assert len(paths) >= 3, f"{exercise.id} needs three independent answers"
    for path, seed in itertools.product(paths, range(10)):
        verdict = judge(exercise, answer_from(path.read_text(), exercise), seed)
        assert verdict.points == exercise.max_points, f"{path.name}: {verdict.text}"


@exercises
def test_an_untouched_release_scores_nothing(exercise):
    released = released_source(cells_of(exercise.id)[1])
    verdict = judge(exercise, answer_from(released, exercise))
    assert verdict.points == 0
    assert "NotImplementedError" in verdict.failure


@exercises
def test_nothing_returned_scores_nothing(exercise):
    for nothing in (None, [], "", 0, object()):
        verdict = judge(exercise, lambda *args, value=nothing: value)
        assert verdict.points == 0
        assert "expected" in verdict.text, verdict.text


@exercises
def test_zeros_score_nothing(exercise):
    """Zeros of the right shapes, with every argument zeroed in place as well."""

    def zeros(*args):
        for array in args:
            if isinstance(array, np.ndarray):
                array[...] = 0
        value = exercise.reference(*args)
        parts = value if isinstance(value, tuple) else (value,)
        blank = tuple(
            np.zeros_like(part) if isinstance(part, np.ndarray) else 0 for part in parts
        )
        return blank if isinstance(value, tuple) else blank[0]

    assert judge(exercise, zeros).points == 0


@exercises
def test_an_answer_that_remembers_does_not_score_in_full(exercise):
    """Right at the first call with arguments of these shapes, and stale afterwards."""
    kept = {}

    def remembers(*args):
        shapes = str([getattr(arg, "shape", type(arg)) for arg in args])
        if shapes not in kept:
            kept[shapes] = exercise.reference(*args)
        return kept[shapes]

    assert judge(exercise, remembers).points < exercise.max_points


def known_mistakes():
    for exercise in EXERCISES.values():
        for mistake in exercise.mistakes:
            for i, wrong in enumerate(mistake.variants):
                yield pytest.param(
                    exercise, mistake, wrong, id=f"{exercise.id}-{mistake.name}-{i}"
                )


@pytest.mark.parametrize(("exercise", "mistake", "wrong"), list(known_mistakes()))
def test_known_mistakes_are_rejected_by_name(exercise, mistake, wrong):
    for seed in range(5):
        verdict = judge(exercise, wrong, seed)
        assert verdict.points < exercise.max_points
        assert verdict.mistakes == (mistake.name,), verdict.text
        assert mistake.hint in verdict.text


@pytest.mark.parametrize(("exercise", "mistake", "wrong"), list(known_mistakes()))
def test_known_mistakes_compute_something(exercise, mistake, wrong):
    """One that always raises would be named by its exception, and by no numbers."""

    def raises(args):
        try:
            with np.errstate(all="ignore"):
                wrong(*args)
        except Exception:
            return True
        return False

    rng = np.random.default_rng(0)
    cases = [*exercise.cases(rng), *exercise.edges(rng)]
    assert not all(raises(case.args) for case in cases), mistake.name


@exercises
def test_points_agree_with_the_notebook(exercise):
    check = cells_of(exercise.id)[2]
    assert check.metadata.nbgrader.points == exercise.max_points
    assert check.source.splitlines()[0] == f"check({exercise.function})"


def test_exercises_and_solutions_name_the_same():
    graded = {
        cell.metadata.nbgrader.grade_id.removesuffix("-check")
        for notebook in SOLUTIONS.values()
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    assert graded == set(EXERCISES)
    functions = [exercise.function for exercise in EXERCISES.values()]
    assert len(functions) == len(set(functions)), "check() finds exercises by function"


def test_nothing_is_asked_twice_and_every_check_is_graded():
    names = [
        (cell.metadata.nbgrader.grade_id, cell.metadata.nbgrader.grade)
        for notebook in SOLUTIONS.values()
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id", "").endswith("-check")
    ]
    assert sorted(names) == sorted((f"{name}-check", True) for name in EXERCISES)


@pytest.mark.parametrize("name", SOLUTIONS)
def test_every_notebook_can_be_released(name):
    check_source(SOLUTIONS[name])
    check_exercises(SOLUTIONS[name], EXERCISES)  # points, too
    check_release(SOLUTIONS[name], EXERCISES)


def survivors(exercise: Exercise, generated: list[Mutant]) -> list[Mutant]:
    """Return the mutants that score in full for every seed."""
    return [
        mutant
        for mutant in generated
        if all(mutant_scores_in_full(exercise, mutant, seed) for seed in SEEDS)
    ]


def mutant_scores_in_full(exercise: Exercise, mutant: Mutant, seed: int) -> bool:
    try:
        function = answer_from(mutant.source, exercise)
    except Exception:
        return False
    return judge(exercise, function, seed).points == exercise.max_points


def equivalent_mutants(exercise: Exercise) -> dict[str, str]:
    """Return {edit: reason} for the mutants that compute the same as the solution."""
    path = ANSWERS / exercise.id / "equivalent.toml"
    return tomllib.loads(path.read_text()) if path.exists() else {}


@exercises
def test_mutants_of_the_solution_are_rejected(exercise, record_property):
    generated = mutants(cells_of(exercise.id)[1].source)
    alive = {mutant.edit for mutant in survivors(exercise, generated)}
    equivalent = set(equivalent_mutants(exercise))
    record_property(
        "mutants",
        f"{exercise.id:24} {len(generated):3} mutants, "
        f"{len(generated) - len(alive):3} rejected, {len(equivalent)} equivalent",
    )
    assert len(generated) >= LEAST_MUTANTS
    assert alive == equivalent
