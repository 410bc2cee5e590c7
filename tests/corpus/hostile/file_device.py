"""Hand in the device that holds nothing but zeros, without end."""

import os
import stat
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False


def hand_in(folder: Path, kit: Kit) -> None:
    os.mknod(kit.path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
