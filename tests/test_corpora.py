"""Texts are downloaded once, checked, and kept; nothing wrong is returned or stored.

Everything is served from this machine: by a small server, or from a file.
"""

import hashlib
import http.server
import multiprocessing
import os
import socket
import tempfile
import threading
from pathlib import Path

import pytest

from rnncore import corpora
from rnncore.corpora import CORPORA, Corpus, CorpusError, load_corpus, load_text
from tests.rejection import rejects

TEXT = "Là où tout s'écrit:\n" * 20_000  # several pieces
DATA = TEXT.encode()


class Library(http.server.BaseHTTPRequestHandler):
    """Serve the text whole, cut short, changed, endless, or not at all."""

    visits: list[str]

    def do_GET(self):
        self.visits.append(self.path)
        body = {
            "/whole": DATA,
            "/short": DATA[:-1000],
            "/changed": DATA[:-1] + b"!",
            "/endless": DATA,
            "/broken": b"1000\r\nof which nothing comes",
        }.get(self.path)
        if body is None:
            self.send_error(404)
            return
        self.send_response(200)
        if self.path == "/broken":
            self.send_header("Transfer-Encoding", "chunked")
        elif self.path != "/endless":
            self.send_header("Content-Length", str(len(DATA)))
        self.end_headers()
        try:
            self.wfile.write(body)
            while self.path == "/endless":
                self.wfile.write(DATA)
                self.visits.append("more")
        except ConnectionError:  # the reader has had enough
            pass

    def log_message(self, *arguments):
        pass


@pytest.fixture
def library():
    handler = type("Visited", (Library,), {"visits": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    server.address = f"http://127.0.0.1:{server.server_port}"
    server.visits = handler.visits
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def described(url, data=DATA):
    return Corpus("poem", url, hashlib.sha256(data).hexdigest(), len(data))


def everything_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


# From the source to the cache


def test_a_text_is_downloaded_once(library, tmp_path):
    poem, cache = described(f"{library.address}/whole"), tmp_path / "new" / "cache"
    assert load_corpus(poem, cache, progress=False) == TEXT
    assert everything_in(cache) == ["poem.txt"]
    assert (cache / "poem.txt").read_bytes() == DATA
    assert load_corpus(poem, str(cache)) == TEXT
    assert library.visits == ["/whole"]


def test_a_corpus_of_the_package_is_found_by_its_name(library, tmp_path, monkeypatch):
    poem = described(f"{library.address}/whole")
    monkeypatch.setitem(CORPORA, "poem", poem)
    assert load_corpus("poem", tmp_path, progress=False) == TEXT


def test_the_cache_of_the_user(tmp_path, monkeypatch):
    source = tmp_path / "source.txt"
    source.write_bytes(DATA)
    poem = described(source.as_uri())
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    load_corpus(poem, progress=False)
    assert (tmp_path / "xdg" / "rnncore" / "poem.txt").read_bytes() == DATA
    monkeypatch.delenv("XDG_CACHE_HOME")
    load_corpus(poem, progress=False)
    assert (tmp_path / "home" / ".cache" / "rnncore" / "poem.txt").exists()


def test_others_may_read_a_shared_cache(library, tmp_path):
    ordinary = tmp_path / "ordinary"
    ordinary.write_bytes(b"")
    load_corpus(described(f"{library.address}/whole"), tmp_path, progress=False)
    assert (tmp_path / "poem.txt").stat().st_mode == ordinary.stat().st_mode


def test_progress_is_shown_if_wanted(library, tmp_path, capsys):
    poem = described(f"{library.address}/whole")
    load_corpus(poem, tmp_path / "one")
    shown = capsys.readouterr().err
    assert "poem: 100%" in shown
    load_corpus(poem, tmp_path / "two", progress=False)
    assert capsys.readouterr() == ("", "")


def load_at_once(start, poem, cache, results):
    start.wait()
    results.put(load_corpus(poem, cache, progress=False) == TEXT)


def test_two_processes_at_once(library, tmp_path):
    context = multiprocessing.get_context("spawn")
    start, results = context.Barrier(2), context.Queue()
    poem, cache = described(f"{library.address}/whole"), tmp_path / "cache"
    arguments = (start, poem, cache, results)
    workers = [context.Process(target=load_at_once, args=arguments) for _ in range(2)]
    for worker in workers:
        worker.start()
    assert [results.get(timeout=60) for _ in workers] == [True, True]
    for worker in workers:
        worker.join()
    assert everything_in(cache) == ["poem.txt"]


# What goes wrong on the way


@pytest.mark.parametrize("what", ["short", "changed", "endless"])
def test_what_is_not_the_text_is_not_kept(library, tmp_path, what):
    url = f"{library.address}/{what}"
    sent = {"short": f"{len(DATA) - 1000} bytes", "changed": f"{len(DATA)} bytes"}
    parts = [f"{url} sent", sent.get(what, " bytes"), f"{len(DATA)} bytes"]
    with rejects(CorpusError, "load_corpus", *parts, "Nothing was kept", "poem.txt"):
        load_corpus(described(url), tmp_path, progress=False)
    assert everything_in(tmp_path) == []


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_offline(tmp_path):
    url = f"http://127.0.0.1:{closed_port()}/whole"
    place = str(tmp_path / "poem.txt")
    checksum = hashlib.sha256(DATA).hexdigest()
    parts = ["'poem' is not in the cache", url, "refused", "Connect", checksum, place]
    with rejects(CorpusError, "load_corpus", *parts):
        load_corpus(described(url), tmp_path)
    assert everything_in(tmp_path) == []
    Path(place).write_bytes(DATA)  # the advice
    assert load_corpus(described(url), tmp_path) == TEXT


def test_a_source_that_is_gone(library, tmp_path):
    with rejects(CorpusError, "cannot be read", "404", "put it at"):
        load_corpus(described(f"{library.address}/gone"), tmp_path, progress=False)
    with rejects(CorpusError, "cannot be read", "No such file", "put it at"):
        load_corpus(described((tmp_path / "gone").as_uri()), tmp_path, progress=False)
    with rejects(CorpusError, "cannot be read", "IncompleteRead", "put it at"):
        load_corpus(described(f"{library.address}/broken"), tmp_path, progress=False)
    assert everything_in(tmp_path) == []


def test_a_source_that_is_silent(tmp_path, monkeypatch):
    monkeypatch.setattr(corpora, "TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with rejects(CorpusError, "cannot be read", "timed out", "put it at"):
            load_corpus(described(url), tmp_path, progress=False)


def test_an_interrupted_download_leaves_nothing(library, tmp_path, monkeypatch):
    def interrupt(data, corpus):
        raise KeyboardInterrupt

    monkeypatch.setattr(corpora, "_differs", interrupt)
    with pytest.raises(KeyboardInterrupt):
        load_corpus(described(f"{library.address}/whole"), tmp_path, progress=False)
    assert everything_in(tmp_path) == []


# What goes wrong in the cache


@pytest.mark.parametrize("wrong", [b"", DATA[:-1], b"\xff\xfe", DATA + b"\n"])
def test_a_wrong_file_in_the_cache_is_neither_used_nor_removed(
    library, tmp_path, wrong
):
    place = tmp_path / "poem.txt"
    place.write_bytes(wrong)
    poem = described(f"{library.address}/whole")
    parts = [f"{place} holds {len(wrong)} bytes", poem.sha256, "left as it is"]
    with rejects(CorpusError, "load_corpus", *parts, "Move it away"):
        load_corpus(poem, tmp_path, progress=False)
    assert place.read_bytes() == wrong
    assert library.visits == []
    place.rename(tmp_path / "aside.txt")  # the advice
    assert load_corpus(poem, tmp_path, progress=False) == TEXT


def test_a_cache_in_which_nothing_can_be_written(library, tmp_path):
    (tmp_path / "file").write_text("in the way")
    poem = described(f"{library.address}/whole")
    for cache in (tmp_path / "file", tmp_path / "file" / "below"):
        with rejects(CorpusError, "cannot be read or written", "Pass cache_dir="):
            load_corpus(poem, cache, progress=False)
    (tmp_path / "poem.txt").mkdir()
    with rejects(CorpusError, "Is a directory", "Pass cache_dir="):
        load_corpus(poem, tmp_path, progress=False)
    assert library.visits == []  # found before the download, not after


@pytest.fixture
def ordinary_user():
    """Give up the rights of root, if there are any, to which nothing is forbidden."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    yield
    os.seteuid(before)


@pytest.mark.parametrize("mode", [0o555, 0o000])
def test_a_cache_without_permission(library, ordinary_user, mode):
    poem = described(f"{library.address}/whole")
    with tempfile.TemporaryDirectory() as cache:
        os.chmod(cache, mode)
        with rejects(CorpusError, cache, "Permission denied", "Pass cache_dir="):
            load_corpus(poem, cache, progress=False)
        os.chmod(cache, 0o755)
    assert library.visits == []


def test_a_full_disk(library, tmp_path, monkeypatch):
    def full(source, destination):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with rejects(CorpusError, "No space left", "Pass cache_dir="):
        load_corpus(described(f"{library.address}/whole"), tmp_path, progress=False)
    assert everything_in(tmp_path) == []


# Descriptions


def test_the_corpora_of_the_package():
    for name, corpus in CORPORA.items():
        assert corpus.name == name
        assert corpus.url.startswith("https://")
        assert "public domain" in corpus.license
        assert set(corpus.url.split("/")) & {"main", "master"} == set()  # it can change
    assert CORPORA["tiny-shakespeare"].n_bytes == 1_115_394


@pytest.mark.parametrize(
    ("changed", "kind", "parts"),
    [
        ({"name": "../poem"}, ValueError, ["name is '../poem'", "Pass name"]),
        ({"name": ""}, ValueError, ["name is ''", "letters"]),
        ({"url": "ftp://poem"}, ValueError, ["url is 'ftp://poem'", "https", "Pass"]),
        ({"url": "poem.txt"}, ValueError, ["url is 'poem.txt'", "file", "Pass"]),
        ({"sha256": "A" * 64}, ValueError, ["sha256 is 'AA", "lowercase", "Pass"]),
        ({"sha256": "0" * 65}, ValueError, ["sha256 is '00", "64", "Pass"]),
        ({"name": "a/../b"}, ValueError, ["name is 'a/../b'", "Pass name"]),
        ({"sha256": None}, ValueError, ["sha256 is None", "64"]),
        ({"n_bytes": 0}, ValueError, ["n_bytes is 0", "Pass n_bytes=1"]),
        ({"n_bytes": 2.5}, TypeError, ["n_bytes is 2.5", "Pass an int"]),
    ],
)
def test_bad_descriptions(changed, kind, parts):
    fields = {"name": "poem", "url": "file:///x", "sha256": "0" * 64, "n_bytes": 1}
    with rejects(kind, "Corpus: ", *parts):
        Corpus(**{**fields, **changed})


def test_unknown_corpora(tmp_path):
    with rejects(ValueError, "'bible'", "'tiny-shakespeare'", "load_text"):
        load_corpus("bible", tmp_path)
    with rejects(TypeError, "corpus is a PosixPath", "Corpus(...)"):
        load_corpus(tmp_path, tmp_path)


# Own files


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"a\r\nb\rc\n", "a\nb\nc\n"),
        ("\ufeffà\ufeff".encode(), "à\ufeff"),
        ("👩‍💻 e\u0301 \0".encode(), "👩‍💻 e\u0301 \0"),
    ],
)
def test_text_files(tmp_path, data, text):
    path = tmp_path / "text.txt"
    path.write_bytes(data)
    assert load_text(path) == load_text(str(path)) == text


def test_a_file_in_another_encoding(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes("one\ntwo\ncafé\n".encode("cp1252"))
    with rejects(ValueError, "load_text: text.txt", "byte 11", "line 3", "cp1252"):
        load_text(path)
    new = tmp_path / "new.txt"  # the advice
    new.write_text(Path(path).read_text(encoding="cp1252"), encoding="utf-8")
    assert load_text(new) == "one\ntwo\ncafé\n"
    path.write_bytes("one".encode("utf-16"))
    with rejects(ValueError, "load_text: text.txt", "byte 0", "line 1"):
        load_text(path)


def test_a_file_that_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"missing\.txt"):
        load_text(tmp_path / "missing.txt")
