"""Builds books for tests: the sample book, and the real one where it is out of date."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "tests" / "sample_book"
BOOK = ROOT / "_build" / "html"
STRICT = ("-W", "-n", "--keep-going")


def build(source, output):
    """Run Jupyter Book with the repository's settings; its messages are one string."""
    run = subprocess.run(
        [
            Path(sys.executable).with_name("jupyter-book"),
            "build",
            source,
            *("--config", ROOT / "_config.yml"),
            *("--path-output", output),
            *STRICT,
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1"},
    )
    return run.returncode, run.stdout + run.stderr


def book_sources():
    """Return every file that the real book is made of."""
    names = ("index.md", "_config.yml", "_toc.yml", "references.bib")
    files = [ROOT / name for name in names]
    files += [ROOT / "package-lock.json"]
    for folder in ("chapters", "solutions", "rnncore", "rnngrade", "extensions"):
        files += (ROOT / folder).rglob("*")
    return [path for path in files if path.is_file() and path.suffix != ".pyc"]


def is_stale(page, sources):
    """Return whether a page is missing or older than one of its sources."""
    if not page.is_file():
        return True
    return page.stat().st_mtime < max(path.stat().st_mtime for path in sources)


def book():
    """Return the folder of the real book, built where it was missing or out of date."""
    BOOK.parent.mkdir(exist_ok=True)
    with (BOOK.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes ask for it
        if is_stale(BOOK / "index.html", book_sources()):
            code, messages = build(ROOT, ROOT)
            assert code == 0, messages
            (BOOK / "index.html").touch()
    return BOOK


def pages(folder):
    """Return every HTML page of a book."""
    return sorted(
        path for path in folder.rglob("*.html") if "_static" not in path.parts
    )
