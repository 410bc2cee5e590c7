"""Sphinx extensions of the book.

``chapters`` numbers chapters and equations, and runs a chapter again when the code
that it calls has changed; ``katex`` typesets mathematics while the book is built;
``code_include`` shows source code of the package and ``nb_exercise`` an exercise, each
as a ``part_of_file``; ``citations`` say where in a source to look; ``reading`` is what
a reader's browser gets beyond the theme.
"""
