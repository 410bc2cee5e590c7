"""Runs that take a while: training, and comparisons with other libraries."""
