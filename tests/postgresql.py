"""A PostgreSQL server for tests, gone when they are over.

It listens on a socket in its own folder only, needs no password, and does not wait for
the disk. PostgreSQL refuses to run as root: then it runs as an ordinary user.
"""

import glob
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager

import psycopg
import pytest

NOBODY = 65534
PLACES = (*sorted(glob.glob("/usr/lib/postgresql/*/bin"))[::-1], "/usr/local/bin")
SETTINGS = {
    "dynamic_shared_memory_type": "mmap",  # /dev/shm is tiny in containers
    "fsync": "off",
    "listen_addresses": "",
    "max_connections": "20",
    "shared_buffers": "16MB",
}
STARTING = 60  # seconds


def programs():
    """Return the paths of initdb and postgres, or None."""
    path = os.pathsep.join((os.environ.get("PATH", ""), *PLACES))
    found = [shutil.which(name, path=path) for name in ("initdb", "postgres")]
    return found if all(found) else None


class Server:
    """A running server."""

    def __init__(self, folder, postgres):
        self.folder, self._postgres, self._count = folder, postgres, 0
        self._start()

    def url(self, name="postgres"):
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def new(self):
        """Make an empty database and return its URL."""
        self._count += 1
        name = f"course{self._count}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def restart(self):
        self.stop()
        self._start()

    def stop(self):
        self._process.send_signal(signal.SIGINT)  # it then waits for no client
        self._process.wait(STARTING)

    def _start(self):
        options = [f"-c{name}={value}" for name, value in SETTINGS.items()]
        command = [self._postgres, "-D", f"{self.folder}/data", "-k", self.folder]
        with open(f"{self.folder}/log", "ab") as log:
            self._process = subprocess.Popen(
                [*command, *options], stdout=log, stderr=log, **_ordinary(self.folder)
            )
        until = time.monotonic() + STARTING
        while True:
            try:
                psycopg.connect(self.url()).close()
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.05)


def _ordinary(folder):
    settings = {"cwd": folder, "env": {"LC_ALL": "C", "PATH": os.environ["PATH"]}}
    if os.geteuid() == 0:
        settings |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    return settings


@contextmanager
def server():
    """Run a server; where there is none the test is skipped, but fails in CI."""
    found = programs()
    if found is None:
        message = "No PostgreSQL: install it (apt install postgresql)."
        pytest.fail(message) if "CI" in os.environ else pytest.skip(message)
    initdb, postgres = found
    # The path of a socket has at most 107 characters.
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        command = [initdb, "-D", f"{folder}/data", "-U", "postgres", "-A", "trust"]
        options = ["-E", "UTF8", "--no-locale", "--no-sync"]
        subprocess.run(
            [*command, *options], check=True, capture_output=True, **_ordinary(folder)
        )
        running = Server(folder, postgres)
        try:
            yield running
        finally:
            running.stop()
