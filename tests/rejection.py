"""How tests look at error messages: what was given, what was expected, the remedy."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def rejects(kind: type[Exception], *parts: str) -> Iterator[None]:
    """Expect an error of this very kind whose message holds all parts, in order."""
    with pytest.raises(kind) as caught:
        yield
    message, place = str(caught.value), 0
    for part in parts:
        assert part in message[place:], f"{part!r} is not in {message[place:]!r}"
        place = message.index(part, place) + len(part)
