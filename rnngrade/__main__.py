"""Run ``python -m rnngrade``."""

import sys

from rnngrade.cli import main

if __name__ == "__main__":
    sys.exit(main())
