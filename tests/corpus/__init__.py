"""A public corpus of submissions: hostile ones, and honest ones that are unusual.

One technique a file, readable as documentation. ``hostile/`` and ``honest/`` hold one
module for each; its name is the name of the student who hands it in.

- The docstring says what the technique does and, if it is hostile, what it hopes for.
- ``ANSWERS``: the texts of answer cells, by their ``grade_id``. In them,
  ``__CANARY__`` and the other words of :class:`tests.corpus.kit.Kit` stand for what
  there is to attack.
- ``REST``: what the other answer cells hold: ``"released"`` (nothing; the default) or
  ``"reference"`` (the right answer).
- ``hand_in(folder, kit)`` instead of ``ANSWERS``, for what needs more than texts. The
  folder is the student's own, such as ``submitted/py_exit/02_rnn_equations``.
- ``POINTS``: what it deserves, by the ``grade_id`` of the answer cell. What is missing
  deserves 0; ``"all"`` is everything.
- ``ASSIGNMENT``: ``"02_rnn_equations"`` unless it says otherwise.
- ``READABLE``: False where the submitted file is no notebook; the page has to say so.
- ``MESSAGES``: texts that the feedback has to contain.

:mod:`tests.corpus.run` hands all of them in for one class, grades it, and looks at what
came of it.
"""
