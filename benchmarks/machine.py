"""Describe the machine on which something was measured, but not whose it is.

No host name, no user, no path: what is written here may be published.
"""

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any

import numpy as np

LIBRARIES = ("numpy", "torch", "jax", "jaxlib", "tokenizers")


def describe() -> dict[str, Any]:
    """
    Describe processor, system and libraries.

    Returns
    -------
    dict
        ``cpu``, ``cores`` (those that this process may use), ``system``, ``python``,
        ``blas`` (name and version that NumPy was built with), and one entry for each
        library that is installed.
    """
    return {
        "cpu": _cpu_model(),
        "cores": _cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "blas": _blas(),
        **_versions(),
    }


def _cpu_model() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = [line.split(":")[1].strip() for line in lines if "model name" in line]
    return models[0] if models else platform.processor() or "unknown"


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _blas() -> str:
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{blas['name']} {blas['version']}"


def _versions() -> dict[str, str]:
    versions = {}
    for name in LIBRARIES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions
