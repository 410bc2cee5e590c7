"""nbgrader reads this file when a command is run in this folder.

The settings are in rnngrade/config.py. To change one, set it below, after
``configure``, for example ``c.Grade.timeout = 60`` (seconds for a cell).
"""

import sys
from pathlib import Path

c = get_config()  # noqa: F821 - nbgrader defines it

try:
    from rnngrade.config import configure

    configure(c, Path(__file__).parent)
except Exception as error:
    # nbgrader would only log the error and go on with its own settings, which run
    # student code without any protection.
    sys.exit(
        f"nbgrader_config.py: {type(error).__name__}: {error}\n"
        "Nothing has been done. Mend this first; without it, student code would run "
        "unprotected. Is the environment that holds nbgrader the one in which you "
        "installed this course (`pip install -e '.[course]'`)?"
    )
