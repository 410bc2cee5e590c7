"""Faults: what becomes of grades when something breaks while a class is graded.

``python -m tests.faults`` disturbs many runs, repeats each command as an instructor
would, and compares what is there at the end with an undisturbed run.
"""
