"""The command, the file that it writes, and the tables made from it."""

import getpass
import json
import os
import platform
from contextlib import closing

import pytest

from benchmarks import results, table
from benchmarks.__main__ import main
from benchmarks.comparisons import (
    Options,
    cells,
    latency,
    memory,
    stretched,
    tokenizers,
)
from benchmarks.machine import describe
from benchmarks.scaling import plot, scaling, slope

QUICK = Options(quick=True, threads=(1,))
SPREAD = {"median": 2.0, "lower": 1.5, "upper": 2.5}


def compared(ours, theirs, **more):
    """Make a row in which a peer takes theirs / ours times as long."""

    def peer(seconds):
        ratio = {**SPREAD, "median": seconds / ours}
        clocks = {"cpu": {**SPREAD, "median": seconds}, "wall": SPREAD}
        return {**clocks, "ratio": {"cpu": ratio, "wall": SPREAD}, "settings": {}}

    case = {"cell": "lstm", "N": 1, "T": 25, "V": 10_000, "H": 100}
    peers = {"rnncore": peer(ours), "PyTorch": peer(theirs)}
    return {"case": case, "task": "step", "threads": 1, "peers": peers, **more}


def part(*rows):
    return {"machine": describe(), "options": QUICK.public(), "rows": list(rows)}


def test_the_machine_is_described_but_not_whose_it_is():
    text = json.dumps(describe()).lower()
    assert describe()["cores"] >= 1
    assert describe()["numpy"]
    for secret in (platform.node(), os.getcwd(), getpass.getuser()):
        assert len(secret) < 4 or secret.lower() not in text


def test_parts_are_replaced_one_by_one(tmp_path):
    path = tmp_path / "new" / "results.json"
    assert results.read(path) == {}
    results.write_part(path, "training", {"cpu": "x"}, {}, [{"steps": 1}])
    results.write_part(path, "cells", {"cpu": "x"}, {}, [{"rounds": 5}])
    results.write_part(path, "training", {"cpu": "y"}, {}, [{"steps": 2}])
    parts = results.read(path)
    assert list(parts) == ["cells", "training"]
    assert parts["training"]["rows"] == [{"steps": 2}]
    assert parts["training"]["machine"] == {"cpu": "y"}
    assert [file.name for file in path.parent.iterdir()] == ["results.json"]


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"format": "other"}', '{"format": "rnncore benchmarks"}']
)
def test_a_file_of_something_else_is_left_alone(tmp_path, content):
    path = tmp_path / "results.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match="pass another --out"):
        results.write_part(path, "cells", {}, {}, [])
    assert path.read_text(encoding="utf-8") == content


def test_the_table_has_ratios_and_their_geometric_mean():
    rows = [compared(1e-3, 2e-3), compared(2e-6, 16e-6)]
    text = table.document({"cells": part(*rows)})
    assert "| step | lstm | (1, 25, 10,000, 100) | 1 ms | 2.00 (1.50-2.50) |" in text
    assert "2 µs | 8.00" in text
    assert "| geometric mean |  |  |  | 4.00 |" in text
    assert "one thread, CPU time" in text
    assert "A quick run" in text
    assert describe()["cpu"] in text


def test_threads_have_a_table_each():
    rows = [compared(1.0, 3.0), compared(1.0, 3.0, threads=2)]
    text = table.document({"cells": part(*rows)})
    assert text.count("geometric mean") == 2
    assert "With 2 threads, time" in text


def test_tables_of_memory_scaling_and_training():
    row = compared(1.0, 3.0)
    for name, size in (("rnncore", 3_000_000), ("PyTorch", 1_500_000)):
        row["peers"][name]["bytes"] = size
    line = {"cell": "gru", "axis": "T", "sizes": [8, 32], "slope": 1.0, "cpu": []}
    run = {"rate": "constant", "cpu_seconds": 60.01, "steps": 2400, "nats": 1.5}
    text = table.document(
        {"memory": part(row), "scaling": part(line), "training": part(run)}
    )
    assert "| PyTorch | 2 MB | 0.500 |" in text
    assert "| gru | T | 8 to 32 | 1.00 |" in text
    assert "| 60 s | constant | 2,400 | 1.500 |" in text


def test_the_command_that_prints_tables(tmp_path, capsys):
    path = tmp_path / "results.json"
    run = {"rate": "constant", "cpu_seconds": 60.0, "steps": 7, "nats": 1.5}
    results.write_part(path, "training", describe(), QUICK.public(), [run])
    table.main(["--results", str(path), "--part", "training", "cells"])
    assert "| 60 s | constant | 7 | 1.500 |" in capsys.readouterr().out


def test_a_row_of_the_table():
    with closing(cells(QUICK)) as rows:
        row = next(rows)
    assert row["case"] == {"cell": "tanh", "N": 1, "T": 25, "V": 65, "H": 100}
    assert (row["task"], row["threads"]) == ("step", 1)
    assert row["agreement"] < 1e-4
    assert list(row["peers"]) == ["rnncore", "PyTorch", "JAX", "naive"]
    assert table.document({"cells": part(row)})


def test_rows_of_latency():
    with closing(latency(QUICK)) as rows:
        pair = [next(rows), next(rows)]
    assert [row["task"] for row in pair] == ["forward", "sample"]
    assert table.document({"latency": part(*pair)})


def test_the_row_of_memory():
    (row,) = memory(QUICK)
    assert all(peer["bytes"] > 0 for peer in row["peers"].values())
    assert table.document({"memory": part(row)})


def test_rows_of_tokenizers(tmp_path):
    text = tmp_path / "verse.txt"
    text.write_text("the state of the net is a net of the state.\n" * 50)
    rows = list(tokenizers(Options(quick=True, texts=(text,))))
    assert [row["task"] for row in rows] == ["train", "encode"]
    assert rows[0]["case"] == {"characters": 50_000, "vocab_size": 512}
    assert all(row["agreement"] == 0 for row in rows)
    assert table.document({"tokenizers": part(*rows)})


def test_scaling_and_its_figure(tmp_path):
    rows = list(scaling(QUICK, peer="naive"))
    assert [(row["cell"], row["axis"]) for row in rows][:4] == [
        ("tanh", "T"),
        ("tanh", "N"),
        ("tanh", "H"),
        ("lstm", "T"),
    ]
    assert rows[0]["fixed"].keys() == {"N", "V", "H"}
    plot(rows, tmp_path / "scaling.svg")
    assert "slope" in (tmp_path / "scaling.svg").read_text(encoding="utf-8")
    assert table.document({"scaling": part(*rows)})


def test_slopes_are_those_of_power_laws():
    sizes = [10, 20, 40, 80]
    assert slope(sizes, [7 * n**1.5 for n in sizes]) == pytest.approx(1.5)


def test_texts_are_repeated_to_length():
    assert stretched("abc", 2) == "ab"
    assert stretched("abc", 6) == "abcabc"


def test_the_training_run_writes_what_it_reached(tmp_path, capsys):
    text = tmp_path / "verse.txt"
    text.write_text("the state of the net is a net of the state.\n" * 900)
    arguments = ["training", "--quick", "--text", str(text), "--out", str(tmp_path)]
    assert main(arguments) == 0
    content = (tmp_path / "results.json").read_text(encoding="utf-8")
    assert str(tmp_path) not in content
    trained = json.loads(content)["parts"]["training"]
    assert trained["options"]["texts"] == ["verse.txt"]
    constant, falling = trained["rows"]
    assert (constant["rate"], falling["rate"]) == ("constant", "falling")
    assert min(constant["steps"], falling["steps"]) > 0
    assert max(constant["nats"], falling["nats"]) < 3
    written = (tmp_path / "results.md").read_text(encoding="utf-8")
    printed = capsys.readouterr().out
    assert printed[printed.index("## ") :].rstrip("\n") + "\n" == written


def test_what_cannot_be_measured_ends_the_command(tmp_path, capsys):
    short = tmp_path / "short.txt"
    short.write_text("too short")
    arguments = ["training", "--text", str(short), "--out", str(tmp_path)]
    assert main(arguments) == 2
    assert "at least 2000" in capsys.readouterr().err
    (tmp_path / "results.json").write_text("{}")
    assert main(["nothing"]) == 2
    assert "cells, latency" in capsys.readouterr().err
