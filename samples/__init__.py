"""A class of five sample students, and the script that grades them.

The reference solution and the untouched release are made from ``solutions/``. The
other three students hand in the reference with some answers replaced; those answers
are in a folder named after the student, one text notebook for each assignment, whose
cells carry the ``grade_id`` of the answer that they replace.
"""
