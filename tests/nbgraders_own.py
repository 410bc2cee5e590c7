"""A pytest plug-in for nbgrader's own tests: all commands in them use our settings.

Those tests call nbgrader in their own process and append to ``nbgrader_config.py`` in
the current folder, which nbgrader reads after what is written here. The environment has
``JUPYTER_NO_CONFIG``: nothing that is installed on this machine has a say.
"""

from functools import cache
from pathlib import Path

from jupyter_core.paths import jupyter_config_dir
from nbgrader import api

SETTINGS = """\
from rnngrade.config import configure

c = get_config()
configure(c, {root!r})
c.Grade.plain_tests = True
"""


def pytest_configure(config):
    folder = Path(jupyter_config_dir())
    text = SETTINGS.format(root=str(folder))
    (folder / "nbgrader_config.py").write_text(text)
    # Each new gradebook asks another program, which takes a second to say the same.
    api.get_alembic_version = cache(api.get_alembic_version)
