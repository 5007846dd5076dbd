"""What the tests of the door share: the documented payloads, and a close look at every refusal."""

import json
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from unified_profile.errors import InvalidInputError

PAYLOADS = Path(__file__).parent / "payloads"
CANARY = "canary.7391@example.com"


@pytest.fixture
def now() -> datetime:
    """The moment at which everything is received."""
    return datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def documented() -> Callable[[str], dict[str, Any]]:
    """Give a documented payload by its name."""

    def load(name: str) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))
        return loaded

    return load


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@pytest.fixture
def refusal() -> Callable[..., InvalidInputError]:
    """Give a function that calls another one, and returns its refusal after a look for the canary in every corner."""

    def refuse(call: Callable[[], object], *canaries: str) -> InvalidInputError:
        with pytest.raises(InvalidInputError) as caught:
            call()
        error = caught.value
        told = "".join(traceback.format_exception(error)) + repr(error) + repr(error.args)
        for link in _chain(error):
            told += str(link) + repr(link) + repr(vars(link))
        # The lines of this very file stand in a traceback, so a canary is never written as a literal beside the call.
        for canary in canaries or (CANARY,):
            assert canary not in told
        return error

    return refuse


@pytest.fixture
def canary() -> str:
    """A personal value that must not come out anywhere."""
    return CANARY
