import importlib
import subprocess
import sys

import pytest

from rnngrade.cli import COMMANDS, main, usage


def test_every_command_exists():
    for target, about in COMMANDS.values():
        module, _, function = target.partition(":")
        assert callable(
            getattr(importlib.import_module(f"rnngrade.{module}"), function)
        )
        assert about in usage()


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_lists_the_commands(arguments, capsys):
    assert main(arguments) == 0
    assert "autograde" in capsys.readouterr().out


def test_an_unknown_command_is_told_what_there_is(capsys):
    assert main(["grade"]) == 2
    told = capsys.readouterr().err
    assert "'grade'" in told
    assert "autograde" in told


def test_the_module_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "rnngrade", "nothing"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "'nothing'" in done.stderr
