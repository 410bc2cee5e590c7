"""Check and grade the exercises of the course.

Students need one name: :func:`check`.
"""

from rnngrade.check import check

__all__ = ["check"]
