"""Have no list of cells, but null."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False


def hand_in(folder: Path, kit: Kit) -> None:
    kit.write('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": null}')
