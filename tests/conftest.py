"""What all tests share: the summary at the end."""


def pytest_terminal_summary(terminalreporter) -> None:
    """Print what tests have recorded about mutants, wherever they ran."""
    lines = [
        value
        for report in terminalreporter.getreports("passed")
        for name, value in getattr(report, "user_properties", ())
        if name == "mutants" and report.when == "call"
    ]
    if lines:
        terminalreporter.section("mutants of the reference solutions")
        terminalreporter.write_line("\n".join(sorted(lines)))
