"""Have a dict where the list of cells belongs."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False


def hand_in(folder: Path, kit: Kit) -> None:
    kit.write('{"nbformat": 4, "cells": {"0": {"cell_type": "code", "source": "1"}}}')
