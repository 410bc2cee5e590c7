"""All that a process has loaded that grades; see :mod:`rnngrade.engine.ancestor`."""

import gc

import distributed.nanny  # noqa: F401

import rnngrade.engine.grading  # noqa: F401

gc.collect()
gc.freeze()  # or looking for garbage would copy this memory into every worker
