"""What ``rnngrade autograde`` does first: workers load while it does so itself."""

from rnngrade.engine import ancestor


def autograde(arguments: list[str]) -> int:
    """Run ``rnngrade autograde``.

    Parameters
    ----------
    arguments : list of str
        What is given after the name.

    Returns
    -------
    int
        Exit code.
    """
    ancestor.start()
    from rnngrade.engine import command

    return command.autograde(arguments)
