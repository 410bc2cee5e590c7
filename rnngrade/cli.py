"""The command ``rnngrade``: what nbgrader has no command for.

Each subcommand says what it takes with ``--help``. Those that work on a course read
``nbgrader_config.py`` and take nbgrader's own options (``--course-dir``, ``--db``,
``--student``), as they are nbgrader applications themselves.
"""

import atexit
import gc
import importlib
import sys

COMMANDS = {
    "autograde": ("engine.launch:autograde", "grade a class on all cores"),
    "doctor": ("sandbox.doctor:main", "tell whether student code can be confined"),
    "feedback": ("engine.feedback_command:feedback", "write the feedback pages"),
    "report": ("reports.command:report", "sum up a graded assignment for you"),
    "similar": ("reports.command:similar", "show answers that are equal up to names"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run a subcommand.

    Parameters
    ----------
    arguments : list of str, optional
        Command-line arguments, those of the process by default.

    Returns
    -------
    int
        Exit code: 2 for an unknown subcommand, else what it says.
    """
    given = sys.argv[1:] if arguments is None else arguments
    name = given[0] if given else "--help"
    if name in ("-h", "--help"):
        print(usage())
        return 0
    if name not in COMMANDS:
        print(f"rnngrade: there is no command {name!r}.\n\n{usage()}", file=sys.stderr)
        return 2
    # Else Python looks for garbage in all that was imported, for a third of a second.
    atexit.register(gc.freeze)
    module, _, function = COMMANDS[name][0].partition(":")
    # Imported only now: each needs other parts, and nbgrader takes a second.
    run = getattr(importlib.import_module(f"rnngrade.{module}"), function)
    try:
        return run(given[1:])
    except KeyboardInterrupt:
        print(
            "Stopped. What was done is kept: run the same command to go on.",
            file=sys.stderr,
        )
        return 130


def usage() -> str:
    """List the subcommands.

    Returns
    -------
    str
        Some lines.
    """
    lines = [f"  {name:10} {about}" for name, (_, about) in COMMANDS.items()]
    head = "Usage: rnngrade COMMAND ...\n\nCommands (each has --help):"
    return "\n".join([head, *lines])
