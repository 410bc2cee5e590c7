"""What the commands of ``rnngrade`` that work on a course have in common.

They are nbgrader applications. This module is small, as each of them imports it.
"""

from nbgrader.apps.baseapp import NbGrader


def assignment_of(app: NbGrader) -> str:
    """Read the assignment from the command line, as nbgrader does.

    Parameters
    ----------
    app : nbgrader.apps.baseapp.NbGrader
        The running application.

    Returns
    -------
    str
        Its name.
    """
    given = [*app.extra_args, *filter(None, [app.coursedir.assignment_id])]
    if len(given) != 1:
        app.fail(
            f"{len(given)} assignments were given, expected one, such as: "
            f"{app.name.replace('-', ' ')} 05_bptt"
        )
    app.coursedir.assignment_id = given[0]
    return given[0]


def first_ones(names: list[str]) -> str:
    """Write a list of names that may be long.

    Parameters
    ----------
    names : list of str
        Students.

    Returns
    -------
    str
        The first ten by the alphabet, and how many there are beyond.
    """
    shown = ", ".join(sorted(names)[:10])
    more = len(names) - 10
    return f"{shown} and {more} more" if more > 0 else shown


def launch(application: type[NbGrader], arguments: list[str]) -> int:
    """Run an nbgrader application.

    Parameters
    ----------
    application : type
        Which one.
    arguments : list of str
        Its command line.

    Returns
    -------
    int
        Exit code.
    """
    try:
        application.launch_instance(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        application.clear_instance()
    return 0
