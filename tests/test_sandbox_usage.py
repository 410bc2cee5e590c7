import ctypes
import mmap
import os
import subprocess
import sys
import threading
import time

from rnngrade.sandbox import usage
from rnngrade.sandbox.usage import Usage

LARGEST = 10**6


def test_threads_are_counted():
    own = Usage(os.getpid(), "/nowhere")
    before, end = own.threads(), threading.Event()
    threads = [threading.Thread(target=end.wait) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert own.threads() == before + 3
    end.set()
    for thread in threads:
        thread.join()


def test_files_are_counted_by_size_and_by_number(tmp_path):
    own = Usage(os.getpid(), str(tmp_path))
    before = sum(own.file_sizes(LARGEST))
    (tmp_path / "a").write_bytes(bytes(10))
    (tmp_path / "b").write_bytes(b"")
    assert sum(own.file_sizes(LARGEST)) == before + 2 * 4096 + 10


def test_a_folder_in_which_nothing_was_ever_written_is_noticed(tmp_path):
    own = Usage(os.getpid(), str(tmp_path))
    with open(tmp_path / "removed", "w") as file:
        os.unlink(tmp_path / "removed")
        usage.mark_unused(str(tmp_path))
        assert list(own.file_sizes(LARGEST)) == []
        (tmp_path / "a").touch()
        assert len([*own.file_sizes(LARGEST)]) >= 2
        usage.mark_unused(str(tmp_path))
        os.unlink(tmp_path / "a")
        assert len([*own.file_sizes(LARGEST)]) >= 1
        assert file.fileno()


def test_removed_files_are_counted_while_they_are_held(tmp_path):
    own = Usage(os.getpid(), str(tmp_path))
    before = sum(own.file_sizes(LARGEST))
    with open(tmp_path / "a", "w+b") as file:
        file.write(bytes(10))
        file.flush()
        mapped = mmap.mmap(file.fileno(), 10)  # which holds a descriptor of its own
        os.unlink(tmp_path / "a")
        assert sum(own.file_sizes(LARGEST)) == before + 2 * 4096 + 10 + LARGEST
    mapped.close()
    assert sum(own.file_sizes(LARGEST)) == before


def test_memory_is_no_file(tmp_path):
    own = Usage(os.getpid(), str(tmp_path))
    (tmp_path / "a").touch()
    before = sum(own.file_sizes(LARGEST))
    with mmap.mmap(-1, 4096) as memory:
        memory[0] = 1
        assert sum(own.file_sizes(LARGEST)) == before


def test_what_one_thread_holds_alone_is_counted(tmp_path):
    own = Usage(os.getpid(), str(tmp_path))
    opened, end = threading.Event(), threading.Event()

    def hold():
        ctypes.CDLL(None).unshare(0x400)  # CLONE_FILES
        with open(tmp_path / "a", "wb", buffering=0) as file:
            os.unlink(tmp_path / "a")
            file.write(bytes(1000))
            opened.set()
            end.wait()

    (tmp_path / "b").touch()
    before = sum(own.file_sizes(LARGEST))
    thread = threading.Thread(target=hold)
    thread.start()
    opened.wait()
    assert sum(own.file_sizes(LARGEST)) == before + 4096 + 1000
    end.set()
    thread.join()


LEADER_ENDS = """
import ctypes, mmap, os, sys, threading, time

def go_on():
    with open(sys.argv[1] + "/a", "w+b") as file:
        file.write(bytes(5000))
        file.flush()
        os.unlink(file.name)
        mapped = mmap.mmap(file.fileno(), 5000)
        os.write(1, b".")
        time.sleep(60)

threading.Thread(target=go_on).start()
ctypes.CDLL(None).syscall({"x86_64": 60, "aarch64": 93}[os.uname().machine], 0)
"""


def test_what_is_held_counts_where_the_first_thread_has_ended(tmp_path):
    words = [sys.executable, "-c", LEADER_ENDS, str(tmp_path)]
    with subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout.read(1) == b"."
        while os.listdir(f"/proc/{process.pid}/fd"):
            time.sleep(0.01)
        used = Usage(process.pid, str(tmp_path))
        assert sorted(used.file_sizes(LARGEST)) == [4096 + 5000, 4096 + LARGEST]
        process.kill()


def test_a_process_that_has_ended_uses_nothing(tmp_path):
    ended = Usage(2**22 + 1, str(tmp_path))  # above every process id
    assert (ended.threads(), sum(ended.file_sizes(LARGEST))) == (0, 0)


def test_a_file_that_vanishes_does_not_hide_the_others(tmp_path):
    for name in "ace":
        (tmp_path / name).write_text("12345")
    for name in "bdf":
        (tmp_path / name).symlink_to("/nowhere")  # gone when it is looked at
    sizes = [seen.st_size for seen in usage._files(tmp_path, follow=True)]
    assert sizes == [5, 5, 5]
    assert list(usage._files(tmp_path / "missing", follow=True)) == []
