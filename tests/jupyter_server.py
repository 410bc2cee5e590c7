"""A Jupyter server with nbgrader's formgrader, for one test on this machine."""

import contextlib
import secrets
import socket
import subprocess
import sys
import time
import urllib.request

PATIENCE = 60  # seconds until it answers


@contextlib.contextmanager
def formgrader(folder, environment):
    """Serve a folder while the context lasts; yield the formgrader's address."""
    token, port = secrets.token_hex(16), free_port()
    command = [
        *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"),
        *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"),
        *("--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder}"),
    ]
    home = folder / ".jupyter"
    own = {
        "JUPYTER_TOKEN": token,
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
    }
    with open(folder / "server.log", "w+") as log:
        server = subprocess.Popen(
            command, cwd=folder, env=environment | own, stdout=log, stderr=log
        )
        try:
            base = f"http://127.0.0.1:{port}"
            wait(f"{base}/api/status?token={token}", server, log)
            yield f"{base}/formgrader?token={token}"
        finally:
            server.terminate()
            server.wait(30)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def wait(url, server, log):
    """Return when the server answers."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=5).close()
            return
        time.sleep(0.1)
    log.seek(0)
    raise AssertionError(f"No Jupyter server at {url}:\n{log.read()[-3000:]}")


@contextlib.contextmanager
def listener():
    """Listen on a port of this machine; yield its number and who has called."""
    callers = []
    with socket.create_server(("127.0.0.1", 0)) as opened:
        opened.setblocking(False)

        def called():
            with contextlib.suppress(BlockingIOError):
                while True:
                    connection, caller = opened.accept()
                    connection.close()
                    callers.append(caller)
            return callers

        yield opened.getsockname()[1], called
