"""Freed memory stays with the process, unless the user wants it otherwise."""

import os
import subprocess
import sys

import pytest

import rnncore.memory
from rnncore.memory import keep_freed_memory

# Counts the page faults of ten arrays of 16 MB, each freed before the next.
COUNT = """
import resource
import {module}
import numpy as np
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def use():
    array = np.empty(2**21)
    array[::256] = 1
use(), use()
before = faults()
for _ in range(10):
    use()
print(faults() - before)
"""


def page_faults(module, **environment):
    program = [sys.executable, "-c", COUNT.format(module=module)]
    environment = {**os.environ, **environment}
    run = subprocess.run(
        program, env=environment, capture_output=True, text=True, check=True
    )
    return int(run.stdout)


@pytest.mark.skipif(not keep_freed_memory(), reason="the C library is not glibc")
def test_arrays_reuse_the_memory_of_those_before_them():
    kept = page_faults("rnncore")
    assert kept < page_faults("rnncore", MALLOC_TRIM_THRESHOLD_="100000") / 5


def test_the_setting_of_the_user_is_respected(monkeypatch):
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "100000")
    assert not keep_freed_memory()


def test_other_systems_are_left_alone(monkeypatch):
    monkeypatch.setattr(rnncore.memory.os, "name", "nt")
    assert not keep_freed_memory()


def test_other_c_libraries_are_left_alone(monkeypatch):
    monkeypatch.setattr(rnncore.memory.ctypes, "CDLL", lambda name: object())
    assert not keep_freed_memory()
