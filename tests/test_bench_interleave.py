"""Measuring in turns: what children answer, and what is made of it."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.case import Case
from benchmarks.interleave import (
    QUICK,
    Child,
    DisagreementError,
    children,
    compare,
    environment,
    largest_difference,
    spread,
    summary,
    take_turns,
)
from benchmarks.resident import largest_bytes, reset_largest, resident_bytes

TINY = Case("lstm", N=2, T=3, V=5, H=4)


class Recorder:
    """A peer that needs no process."""

    def __init__(self, name, log):
        self.name, self.log = name, log

    def ask(self, do, repeats):
        assert do == "run"
        self.log.append((self.name, repeats))
        return {"cpu": 1.0, "wall": 2.0}


def test_a_comparison_of_two_processes():
    with children(["naive", "PyTorch"], threads=1) as peers:
        result = compare(peers, TINY, "step", QUICK)
        sampled = compare(peers, TINY, "sample", QUICK, per=50)
    assert all(peer.process.returncode == 0 for peer in peers)
    assert result["rounds"] == QUICK.rounds
    assert 0 < result["agreement"] < 1e-4
    assert list(result["peers"]) == ["naive", "PyTorch"]
    for peer in result["peers"].values():
        for clock in ("cpu", "wall"):
            assert 0 < peer[clock]["lower"] <= peer[clock]["median"]
            assert 0 < peer["ratio"][clock]["median"] <= peer["ratio"][clock]["upper"]
    assert result["peers"]["naive"]["ratio"]["cpu"]["median"] == 1
    assert set(result["peers"]["PyTorch"]["settings"]) == {"onednn", "adam"}
    assert set(sampled["peers"]["PyTorch"]["settings"]) == {"onednn", "stepper"}


def test_memory_is_that_of_one_step():
    case = {"cell": "tanh", "N": 64, "V": 5, "H": 64}
    sizes = []
    for T in (8, 512):
        with children(["naive"], threads=1) as (child,):
            sizes.append(child.ask(do="memory", case={**case, "T": T})["bytes"])
    states = 512 * 64 * 64 * 4  # bytes: one float32 for each step, sequence and unit
    assert sizes[1] > sizes[0] + states


def test_a_child_that_ends_is_reported(capfd):
    child = Child("naive", threads=1)
    try:
        with pytest.raises(RuntimeError, match="naive ended instead of answering 'sin"):
            child.ask(do="sing")
        with pytest.raises(RuntimeError, match="make bench"):
            child.ask(do="run", repeats=1)
    finally:
        child.process.stdin = None if child.process.stdin.closed else _Quiet(child)
        child.close()
    assert "AttributeError" in capfd.readouterr().err


class _Quiet:
    """Close a pipe whose other end is gone."""

    def __init__(self, child):
        self.pipe = child.process.stdin

    def close(self):
        try:
            self.pipe.close()
        except BrokenPipeError:
            return


def test_every_peer_has_one_turn_a_round_in_changing_order():
    log = []
    peers = [Recorder(name, log) for name in "abc"]
    times = take_turns(peers, {"a": 1, "b": 2, "c": 3}, replace(QUICK, rounds=9))
    assert all(len(turns) == 9 for turns in times.values())
    rounds = [tuple(log[i : i + 3]) for i in range(0, len(log), 3)]
    assert all(sorted(r) == [("a", 1), ("b", 2), ("c", 3)] for r in rounds)
    assert len(set(rounds)) > 1


def test_ratios_are_taken_within_a_round():
    """The machine halves its speed after the first round; the ratio does not see it."""
    ours = [{"cpu": t, "wall": t} for t in (1.0, 2.0, 2.0)]
    theirs = [{"cpu": 3 * t, "wall": 4 * t} for t in (1.0, 2.0, 2.0)]
    result = summary(theirs, ours, per=2)
    assert result["ratio"]["cpu"] == {"median": 3, "lower": 3, "upper": 3}
    assert result["ratio"]["wall"]["upper"] == 4
    assert result["cpu"]["median"] == 3.0


def test_one_bad_round_changes_little():
    values = np.array([1.0, 1.1, 0.9, 1.0, 1.0])
    values[1] = 500
    assert spread(values)["median"] == 1
    assert spread(values)["upper"] == 1


def test_peers_that_disagree_are_not_timed():
    with pytest.raises(DisagreementError, match="b computes something else than a"):
        largest_difference({"a": [1.0, 2.0], "b": [1.0, 2.1]})
    with pytest.raises(DisagreementError):
        largest_difference({"a": [1.0, 2.0], "b": [1.0, float("nan")]})
    with pytest.raises(DisagreementError):
        largest_difference({"a": [1.0, 2.0], "b": [1.0]})
    assert largest_difference({"a": [1.0, 2.0], "b": [1.0, 2.0]}) == 0


def test_threads_are_set_for_every_library():
    one, two = environment(1), environment(2)
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "RAYON_NUM_THREADS"):
        assert (one[name], two[name]) == ("1", "2")
    assert "eigen=false" in one["XLA_FLAGS"]
    assert "eigen=true" in two["XLA_FLAGS"]


def test_every_library_may_use_what_the_processor_has(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    monkeypatch.setenv("OPENBLAS_VERBOSE", "0")
    assert "OPENBLAS_CORETYPE" not in environment(1)
    assert environment(1)["OPENBLAS_VERBOSE"] == "0"


def test_memory_that_was_given_back_is_still_the_largest():
    reset_largest()
    before = resident_bytes()
    np.ones(8_000_000).sum()  # 64 MB, more than `rnncore.memory` lets a process keep
    assert largest_bytes() >= before + 60_000_000
