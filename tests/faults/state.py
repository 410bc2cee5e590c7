"""What a course looks like after grading, and whether two look the same.

Inputs are drawn anew in each run, so the digits of measured errors differ, as do times
and the use of memory. All else has to be equal.
"""

import json
import re
from pathlib import Path

import nbformat
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from rnngrade.engine.record import loads

NUMBER = re.compile(r"[-+]?\d[\d.]*(e[-+]?\d+)?")
TABLES = {
    "grades": """
        SELECT s.student_id, n.name, c.name, c.type, g.auto_score, g.manual_score,
               g.extra_credit, g.needs_manual_grade
        FROM grade g JOIN base_cell c ON g.cell_id = c.id
        JOIN submitted_notebook m ON g.notebook_id = m.id
        JOIN submitted_assignment s ON m.assignment_id = s.id
        JOIN notebook n ON m.notebook_id = n.id""",
    "comments": """
        SELECT s.student_id, n.name, c.name, c.type, g.auto_comment, g.manual_comment
        FROM comment g JOIN base_cell c ON g.cell_id = c.id
        JOIN submitted_notebook m ON g.notebook_id = m.id
        JOIN submitted_assignment s ON m.assignment_id = s.id
        JOIN notebook n ON m.notebook_id = n.id""",
    "penalties": """
        SELECT s.student_id, n.name, m.late_submission_penalty, s.timestamp
        FROM submitted_notebook m
        JOIN submitted_assignment s ON m.assignment_id = s.id
        JOIN notebook n ON m.notebook_id = n.id""",
}


def read(root, url):
    """Return all that counts, by where it is."""
    state = {}
    for part, rows in gradebook(url).items():
        for row in rows:
            key = f"{part} {' '.join(map(str, row[:2]))}"
            state.setdefault(key, []).append(" ".join(map(str, row[2:])))
    for step in ("verdicts", "autograded", "feedback"):
        for path in files(root, step):
            name = str(path.relative_to(root))
            state[name] = normal(path) if path.is_file() else "no file"
    return {key: sorted(v) if isinstance(v, list) else v for key, v in state.items()}


def gradebook(url):
    """Return the rows that have to do with grades."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return {
            part: sorted(map(tuple, connection.execute(text(query))), key=str)
            for part, query in TABLES.items()
        }


def files(root, step):
    """Return what is in the folders of a step, without locks and times of feedback."""
    found = sorted(Path(root, step).rglob("*"))
    left_out = (".lock",) if step != "feedback" else (".lock", ".txt")
    return [path for path in found if not path.is_dir() and path.suffix not in left_out]


def normal(path):
    """Return what must be equal of a file; raise ValueError where it is torn."""
    content = path.read_text(encoding="utf-8")
    if path.name.startswith("."):
        return "left over"
    if path.suffix == ".json":
        return _normal_record(content)
    if path.suffix == ".ipynb":
        return _normal_notebook(content)
    if path.suffix == ".html":
        if not content.endswith(("</html>", "</html>\n")):
            raise ValueError(f"{path} is torn")
        return NUMBER.sub("#", content)
    return content


def _normal_record(content):
    record = loads(content)
    parts = [
        (
            n.name,
            n.scores,
            n.answered,
            {name: NUMBER.sub("#", repr(check)) for name, check in n.checks.items()},
            {name: check.points for name, check in n.checks.items()},
            n.notes,
            n.losses,
            n.readable,
            _normal_notebook(n.text),
        )
        for n in record.notebooks
    ]
    return json.dumps((record.student, record.fingerprint, record.submitted, parts))


def _normal_notebook(content):
    notebook = nbformat.reads(content, as_version=4)
    nbformat.validate(notebook)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
        for output in cell.get("outputs", ()):
            for name in ("text", "evalue"):
                output[name] = NUMBER.sub("#", output.get(name, ""))
            output["traceback"] = [
                NUMBER.sub("#", line) for line in output.get("traceback", ())
            ]
    return json.dumps(notebook, sort_keys=True)


def torn(root):
    """Name the files that are there and are not whole."""
    found = []
    for step in ("verdicts", "autograded", "feedback"):
        for path in files(root, step):
            try:
                if not path.name.startswith("."):
                    normal(path)
            except FileNotFoundError:  # it was being replaced
                continue
            except Exception as error:
                found.append(f"torn: {path.relative_to(root)}: {str(error)[:200]}")
    return found


def differences(found, expected):
    """Name what differs."""
    told = []
    for key in sorted(found.keys() | expected.keys()):
        a, b = (side.get(key, "missing") for side in (found, expected))
        if a != b:
            told.append(f"{key}: {_apart(a, b)}")
    return told


def _apart(a, b):
    if isinstance(a, list) and isinstance(b, list):
        return (
            f"{[x for x in a if x not in b]}, expected {[x for x in b if x not in a]}"
        )
    a, b = str(a), str(b)
    pairs = enumerate(zip(a, b, strict=False))
    place = next((i for i, (x, y) in pairs if x != y), min(len(a), len(b)))
    start = max(0, place - 40)
    return f"…{a[start : place + 80]!r}, expected …{b[start : place + 80]!r}"
