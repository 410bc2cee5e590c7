"""A run that goes on ends with the bits of one that was never interrupted."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from rnncore.bptt import RandomizedBPTT
from rnncore.checkpoints import CheckpointError, load_checkpoint, save_checkpoint
from rnncore.data import random_batches, sequential_batches
from rnncore.models import LanguageModel
from rnncore.optim import ADAGRAD, ADAM, ADAMW, MOMENTUM, RMSPROP, SGD
from rnncore.recipes import Checkpoints, Recipe, Validation
from rnncore.resuming import SETTINGS
from rnncore.schedules import WarmupCosine
from rnncore.training import Result, train
from tests.rejection import rejects

ROOT = Path(__file__).parent.parent
TOKENS = np.random.default_rng(5).integers(6, size=150)
MODEL = LanguageModel(6, 5, "lstm", layers=2, embedding_size=4, dropout=0.3)
HELD_OUT = sequential_batches(TOKENS[:40], N=1, T=8)


def at_random(rng):
    return random_batches(TOKENS, N=4, T=9, rng=rng)  # 4 batches


def in_order(rng):
    return sequential_batches(TOKENS, N=4, T=9, offset=int(rng.integers(9)))


class Interruption(Exception):
    """What ends a run from outside."""


def interrupted(epoch_batches, after):
    """Return the same function, but with an end after so many batches."""
    taken = []

    class Batches(list):
        def __getitem__(self, place):
            if isinstance(place, int):
                taken.append(place)
                if len(taken) > after:
                    raise Interruption
            return super().__getitem__(place)

    return lambda rng: Batches(epoch_batches(rng))


def fit(path=None, epoch_batches=at_random, *, steps=11, every=1, **how):
    """Train from the same start; go on if there is a file."""
    recipe = how.pop("recipe", Recipe(WarmupCosine(0.05, 0.01, 30, warmup=4)))
    file = path and Checkpoints(path, every, resume=True)
    given = {"model": MODEL, "rng": np.random.default_rng(1), "progress": False, **how}
    params = given.pop("params", None) or MODEL.init(np.random.default_rng(0))
    return train(
        params=params,
        epoch_batches=epoch_batches,
        recipe=recipe,
        steps=steps,
        checkpoints=file,
        **given,
    )


def assert_same(one: Result, other: Result):
    """Compare results bit by bit."""
    for mine, theirs in zip(one, other, strict=True):
        assert mine.keys() == theirs.keys()
        for name in mine:
            assert mine[name].tobytes() == theirs[name].tobytes(), name


WAYS = {
    "random, dropout": {},
    "in order, carried": {
        "epoch_batches": in_order,
        "recipe": Recipe(0.05, carry_state=True),
    },
    "random cuts": {"recipe": Recipe(0.05, method=RandomizedBPTT(0.3), max_norm=None)},
    "early stopping": {"validation": Validation(HELD_OUT, every=2, patience=2)},
    "float32": {
        "params": {
            name: p.astype(np.float32)
            for name, p in MODEL.init(np.random.default_rng(0)).items()
        }
    },
    **{
        kind.update.__name__: {"recipe": Recipe(0.05, kind, max_norm=0.5)}
        for kind in (SGD, MOMENTUM, ADAGRAD, RMSPROP, ADAMW)
    },
}


@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize("way", WAYS)
def test_interrupted_at_every_step(tmp_path, way, every):
    how = WAYS[way]
    epoch_batches = how.get("epoch_batches", at_random)
    whole = fit(tmp_path / "whole", **{**how, "every": every})
    assert_same(whole, fit(**how))  # saving disturbs nothing
    for after in range(len(whole.history["loss"])):
        path = tmp_path / f"after{after}"
        broken = {**how, "epoch_batches": interrupted(epoch_batches, after)}
        with pytest.raises(Interruption):
            fit(path, every=every, **broken)
        assert load_checkpoint(path)[1]["step"] == after - after % every
        assert_same(whole, fit(path, every=every, **how))
        assert path.read_bytes() == (tmp_path / "whole").read_bytes()


@pytest.mark.parametrize("kind", ["PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_every_generator_goes_on_where_it_was(tmp_path, kind):
    def start():
        return np.random.Generator(getattr(np.random, kind)(3))

    fit(tmp_path / "run", steps=5, rng=start())
    assert_same(fit(rng=start()), fit(tmp_path / "run", rng=start()))


def test_a_finished_run_comes_back_and_can_be_made_longer(tmp_path):
    path = tmp_path / "run"
    first = fit(path, steps=6, every=4)
    content = path.read_bytes()
    assert_same(first, fit(path, steps=6))
    assert path.read_bytes() == content
    assert_same(fit(steps=12), fit(path, steps=12, every=5))


def test_a_run_that_has_stopped_early_stays_stopped(tmp_path):
    how = {"validation": Validation(HELD_OUT, every=1, patience=1), "steps": 200}
    first = fit(tmp_path / "run", **how)
    assert len(first.history["loss"]) < 200
    assert_same(first, fit(tmp_path / "run", **how))


def test_the_bar_of_a_run_that_goes_on_counts_all_steps(tmp_path, capsys):
    fit(tmp_path / "run", steps=5)
    fit(tmp_path / "run", steps=6, progress=True)
    assert "6/6" in capsys.readouterr().err


CHILD = """
import sys
import numpy as np
from tests.test_resuming import fit
print("begun", flush=True)
fit(sys.argv[1], steps=10**6, every=1)
"""
# In a process of its own, too: how OpenBLAS computes is settled when a process begins.
COMPARISON = """
import sys
from tests.test_resuming import assert_same, fit
path, steps = sys.argv[1], int(sys.argv[2])
assert_same(fit(steps=steps), fit(path, steps=steps))
"""


def test_killed_at_random_moments(tmp_path):
    path, chance = tmp_path / "run", random.Random(0)
    steps = [0]
    while len(steps) <= 10 or steps[-1] <= 20:
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, str(path)], cwd=ROOT, stdout=subprocess.PIPE
        ) as child:
            assert child.stdout.readline() == b"begun\n"
            time.sleep(chance.uniform(0, 0.15))
            child.send_signal(signal.SIGKILL)
        assert child.returncode == -signal.SIGKILL
        if path.exists():  # whatever is there is whole
            steps.append(load_checkpoint(path)[1]["step"])
    assert steps == sorted(steps)
    arguments = [str(path), str(steps[-1] + 5)]
    subprocess.run([sys.executable, "-c", COMPARISON, *arguments], cwd=ROOT, check=True)
    assert os.listdir(tmp_path) == ["run"]


def test_a_full_disk_stops_the_run_and_leaves_the_last_checkpoint(
    tmp_path, monkeypatch
):
    fit(tmp_path / "run", steps=4)
    before = (tmp_path / "run").read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "replace", full)
        with rejects(CheckpointError, "No space left", "A good one is still there"):
            fit(tmp_path / "run")
    assert (tmp_path / "run").read_bytes() == before
    assert_same(fit(), fit(tmp_path / "run"))


def test_an_interrupt_from_the_keyboard_leaves_the_last_checkpoint(tmp_path):
    class Stopped(LanguageModel):
        n_calls = 0

        def loss(self, *given):
            Stopped.n_calls += 1
            if Stopped.n_calls == 8:
                raise KeyboardInterrupt
            return super().loss(*given)

    how = {"model": Stopped(6, 5, "lstm", 2, 4, dropout=0.3), "every": 3}
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path / "run", **how)
    assert load_checkpoint(tmp_path / "run")[1]["step"] == 6
    assert_same(fit(), fit(tmp_path / "run", **how))


def test_an_unusable_place_is_found_before_the_training(tmp_path):
    def never(rng):
        raise AssertionError

    with rejects(CheckpointError, "cannot be written", "None is there"):
        fit(tmp_path / "new" / "run", never)


def test_a_run_is_not_overwritten_by_another(tmp_path):
    fit(tmp_path / "run", steps=2)
    before = (tmp_path / "run").read_bytes()
    given = (MODEL, MODEL.init(np.random.default_rng(0)), at_random, Recipe(0.1))
    with rejects(CheckpointError, "is there already", "resume=True", "another path"):
        train(
            *given,
            steps=3,
            rng=np.random.default_rng(0),
            checkpoints=Checkpoints(tmp_path / "run"),
        )
    assert (tmp_path / "run").read_bytes() == before


OTHER = {
    "model": {"model": LanguageModel(6, 5, "gru", 2, 4, dropout=0.3)},
    "dropout": {"model": LanguageModel(6, 5, "lstm", 2, 4, dropout=0.2)},
    "learning_rate": {"recipe": Recipe(0.1)},
    "optimizer": {"recipe": Recipe(0.05, ADAM.with_options(beta2=0.99))},
    "max_norm": {"recipe": Recipe(0.05, max_norm=1.0)},
    "carry_state": {"recipe": Recipe(0.05, carry_state=True)},
    "method": {"recipe": Recipe(0.05, method=RandomizedBPTT(0.5))},
    "validation": {"validation": Validation(HELD_OUT, every=3)},
    "patience": {"validation": Validation(HELD_OUT, every=2, patience=5)},
    "rng": {"rng": np.random.Generator(np.random.MT19937(0))},
    "params": {"params": {"b_y": np.zeros(6)}},
}


@pytest.mark.parametrize("name", OTHER)
def test_other_settings_are_named(tmp_path, name):
    how = {"recipe": Recipe(0.05), "validation": Validation(HELD_OUT, every=2)}
    fit(tmp_path / "run", steps=3, **how)
    with pytest.raises(ValueError, match="was saved by a run with") as caught:
        fit(tmp_path / "run", **{**how, **OTHER[name]})
    message = str(caught.value)
    assert name in message
    assert "Pass those" in message
    if name in SETTINGS:  # and no other
        assert message.count("(now ") == 1


def test_other_batches_and_fewer_steps_are_reported(tmp_path):
    fit(tmp_path / "run", steps=6)
    rng = np.random.default_rng(1)
    before = rng.bit_generator.state
    with rejects(ValueError, "epoch_batches returns other batches", "same data"):
        fit(tmp_path / "run", in_order, rng=rng)
    assert rng.bit_generator.state == before
    with rejects(ValueError, "steps is 5", "has 6 of them", "steps=6 or more"):
        fit(tmp_path / "run", steps=5)


def test_a_checkpoint_that_is_damaged_or_of_something_else(tmp_path):
    path = tmp_path / "run"
    fit(path, steps=2)
    path.write_bytes(path.read_bytes()[:-9])
    with rejects(CheckpointError, "run is truncated"):
        fit(path)
    save_checkpoint(path, {}, {"step": 3})
    with rejects(CheckpointError, "not of a run that train has saved"):
        fit(path)
