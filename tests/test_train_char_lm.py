"""The training run as a command: succeeds on text, says what is wrong otherwise."""

import json

import numpy as np
import pytest

from benchmarks.train_char_lm import main, read_texts

VERSE = "the state of the net is a net of the state, and so it is.\n"


@pytest.fixture
def text_file(tmp_path):
    path = tmp_path / "verse.txt"
    path.write_text(VERSE * 60, encoding="utf-8")
    return path


def short_run(path, *more):
    sizes = ["--hidden-size=16", "--batch-size=4", "--window=20", "--sample-length=30"]
    return main(["--text", str(path), "--no-progress", *sizes, *more])


def test_a_run_that_learns(text_file, tmp_path, capsys):
    out = tmp_path / "new" / "result.json"
    assert short_run(text_file, "--steps", "150", "--out", str(out)) == 0
    printed = capsys.readouterr()
    result = json.loads(out.read_text(encoding="utf-8"))
    assert result["validation_loss"] < result["unigram_entropy"]
    assert result["validation_loss"] < result["validation_loss_before"]
    assert result["characters"] == 60 * len(VERSE)
    assert result["vocabulary"] == len(set(VERSE))
    assert result["numpy"] == np.__version__
    assert result["options"]["seed"] == 0
    assert len(result["sample"]) == 30
    assert result["sample"] in printed.out
    assert f"{result['validation_loss']:.3f} nats" in printed.out
    assert "bits per character" in printed.out
    assert str(tmp_path) not in out.read_text(encoding="utf-8")


def test_a_run_that_learns_nothing_has_exit_code_1(text_file, capsys):
    assert short_run(text_file, "--steps", "1") == 1
    error = capsys.readouterr().err
    assert "validation loss is not below the unigram entropy" in error
    assert "--steps" in error


def test_the_same_options_give_the_same_numbers(text_file, tmp_path):
    results = []
    for name in ("first", "second"):
        out = tmp_path / name
        short_run(text_file, "--steps", "20", "--out", str(out))
        results.append(json.loads(out.read_text(encoding="utf-8")))
        del results[-1]["cpu_seconds"]
    assert results[0] == results[1]


def test_an_interrupted_run_goes_on_to_the_same_numbers(text_file, tmp_path, capsys):
    results, file = [], str(tmp_path / "run.checkpoint")
    how = ["--cell=lstm", "--layers=2", "--embedding-size=8"]
    for more in (
        ["--steps=30"],
        ["--steps=11", "--checkpoint", file],
        ["--steps=30", "--checkpoint", file, "--resume"],
    ):
        out = tmp_path / "result.json"
        short_run(text_file, *how, *more, "--out", str(out))
        results.append(json.loads(out.read_text(encoding="utf-8")))
        del results[-1]["cpu_seconds"]
    assert results[0] == results[2] != results[1]
    assert results[0]["options"]["cell"] == "lstm"
    capsys.readouterr()
    assert short_run(text_file, *how, "--checkpoint", file) == 2
    assert "is there already" in capsys.readouterr().err
    assert short_run(text_file, "--checkpoint", file, "--resume") == 2
    assert "was saved by a run with model" in capsys.readouterr().err
    assert short_run(text_file, "--resume") == 2
    assert "--checkpoint FILE" in capsys.readouterr().err


def test_a_run_that_diverges_has_exit_code_2(text_file, capsys):
    assert short_run(text_file, "--cell=identity", "--learning-rate=1e30") == 2
    assert "stopped at step" in capsys.readouterr().err


def test_progress_is_shown(text_file, capsys):
    main(["--text", str(text_file), "--hidden-size", "4", "--steps", "3"])
    assert "training" in capsys.readouterr().err


def test_several_files_make_one_text(text_file, tmp_path):
    second = tmp_path / "second.txt"
    second.write_text("ü" * 100, encoding="utf-8")
    assert read_texts([text_file, second]) == VERSE * 60 + "\n" + "ü" * 100


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b"too short", ["9 characters", "2000", "--text"]),
        (b"\xff" * 3000, ["text.txt is not UTF-8", "byte 0", "Convert"]),
        (None, ["text.txt"]),
    ],
    ids=["short", "bytes", "missing"],
)
def test_text_that_cannot_be_used(tmp_path, capsys, content, parts):
    path = tmp_path / "text.txt"
    if content is not None:
        path.write_bytes(content)
    assert short_run(path) == 2
    error = capsys.readouterr().err
    assert all(part in error for part in parts), error


def test_bad_options_are_explained(text_file, capsys):
    assert short_run(text_file, "--steps", "0") == 2
    assert "steps is 0" in capsys.readouterr().err
    assert short_run(text_file, "--batch-size", "5000") == 2
    assert "smaller N" in capsys.readouterr().err
    assert short_run(text_file, "--sample-length", "0") == 2
    assert "sample_length is 0" in capsys.readouterr().err


def test_an_unusable_place_is_found_before_the_training(text_file, tmp_path, capsys):
    assert short_run(text_file, "--out", str(tmp_path)) == 2
    printed = capsys.readouterr()
    assert "directory" in printed.err
    assert printed.out == ""
