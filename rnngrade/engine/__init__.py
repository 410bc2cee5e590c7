"""Grade a class: many submissions, on all cores, into nbgrader's gradebook.

Reading order: ``record``, ``submissions``, ``grading``, ``ancestor``, ``cluster``,
``run``.
"""

import sys

# jsonschema, which nbformat imports, would spend a second on a grammar of addresses
# that no notebook has. Without it, jsonschema leaves that one check out.
sys.modules.setdefault("rfc3987_syntax", None)
