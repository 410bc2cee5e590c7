import pytest

from rnngrade import sandbox
from rnngrade.sandbox import bubblewrap, landlock, seccomp


@pytest.fixture
def machine(monkeypatch):
    """Say what is missing on a machine that lacks nothing else."""

    def lacks(**missing):
        for module in (bubblewrap, landlock, seccomp):
            text = missing.get(module.__name__.removeprefix("rnngrade.sandbox."), "")
            monkeypatch.setattr(module, "missing", lambda text=text: text)

    return lacks


def test_the_first_sandbox_that_works_is_taken(machine):
    machine()
    assert sandbox.choose() == "bubblewrap"
    machine(bubblewrap="no bubblewrap.")
    assert sandbox.choose() == "landlock"


@pytest.mark.parametrize("kind", sandbox.KINDS)
def test_a_sandbox_that_was_asked_for_is_not_replaced(machine, kind):
    machine()
    assert sandbox.choose(kind) == kind
    machine(**{kind: "it is missing."})
    with pytest.raises(sandbox.SandboxUnavailable, match="it is missing"):
        sandbox.choose(kind)


@pytest.mark.parametrize("kind", ["auto", *sandbox.KINDS])
def test_no_sandbox_does_without_seccomp(machine, kind):
    machine(seccomp="seccomp is missing.")
    with pytest.raises(sandbox.SandboxUnavailable) as caught:
        sandbox.check_available(kind)
    assert str(caught.value).count("seccomp is missing.") == 1


def test_what_is_missing_is_said_with_the_remedy(machine):
    machine(bubblewrap="bubblewrap is not installed.", landlock="landlock is missing.")
    with pytest.raises(sandbox.SandboxUnavailable) as caught:
        sandbox.check_available()
    for part in (
        "bubblewrap is not installed",
        "landlock is missing",
        "apt install bubblewrap",
        "Ubuntu 23.10",
        "Linux 5.13",
        "WSL2",
        "trusted_classroom",
    ):
        assert part in str(caught.value)


def test_an_unknown_sandbox_is_refused():
    with pytest.raises(ValueError, match="'docker' is none of 'auto', 'bubblewrap'"):
        sandbox.choose("docker")
