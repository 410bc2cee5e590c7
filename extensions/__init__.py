"""Sphinx extensions of the book.

``chapters`` numbers chapters and equations, and runs a chapter again when the code
that it calls has changed; ``katex`` typesets mathematics while the book is built;
``code_include`` shows source code of the package; ``citations`` say where in a source
to look; ``reading`` is what a reader's browser gets beyond the theme. The directive
that shows an exercise is part of `rnngrade`, which knows what an exercise is.
"""
