"""Nest lists a million deep, beyond the stack of any parser."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False


def hand_in(folder: Path, kit: Kit) -> None:
    kit.write('{"cells": ' + "[" * 1_000_000)
