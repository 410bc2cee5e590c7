"""Keep states in a database, one in memory and one in a file, and log to a named
temporary file that is read again.
"""

ANSWERS = {
    "rnn-forward": """\
import sqlite3
import tempfile

memory = sqlite3.connect(":memory:")
stored = sqlite3.connect("states.db")
for database in (memory, stored):
    database.execute("CREATE TABLE states (t INTEGER, h BLOB)")


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    h = h0
    for t, x in enumerate(xs):
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        for database in (memory, stored):
            with database:
                database.execute("INSERT INTO states VALUES (?, ?)", (t, h.tobytes()))
    rows = memory.execute("SELECT h FROM states ORDER BY t").fetchall()
    assert rows == stored.execute("SELECT h FROM states ORDER BY t").fetchall()
    for database in (memory, stored):
        with database:
            database.execute("DELETE FROM states")
    hs = np.stack([np.frombuffer(row[0]).reshape(h0.shape) for row in rows])
    with tempfile.NamedTemporaryFile(suffix=".npy") as file:
        np.save(file, hs)
        file.flush()
        return np.array(np.load(file.name, mmap_mode="r"))
""",
}
REST = "reference"
POINTS = "all"
