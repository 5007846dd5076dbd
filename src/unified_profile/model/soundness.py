"""Turns what Python says of parts of the wrong kind, where rules are declared, into an error that callers can catch."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from unified_profile.errors import InvalidRulesError, UnifiedProfileError

P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C", bound=type[Any])


def fits(thing: object, kind: type, /) -> bool:
    """Say whether *thing* is a *kind*, a protocol too; no, where it raises when it is looked at."""
    try:
        return isinstance(thing, kind)
    except Exception:  # noqa: BLE001  # a stranger's object may raise anything
        return False


def offers(thing: object, name: str, /) -> bool:
    """Say whether *thing* has something callable called *name*; no, where it raises when it is looked at."""
    try:
        return callable(getattr(thing, name, None))
    except Exception:  # noqa: BLE001  # a stranger's object may raise anything
        return False


def sound(made: Callable[P, T], /) -> Callable[P, T]:
    """Let *made* raise ``InvalidRulesError`` where its arguments are of a kind that it cannot work with.

    For what declares rules, where every part is looked at when it is made. A call with names that are not there, or
    without one that is needed, is a ``TypeError`` as everywhere.

    >>> @sound
    ... def days(count):
    ...     return 24 * abs(count)
    >>> days(None)
    Traceback (most recent call last):
        ...
    unified_profile.errors.InvalidRulesError: days: a part is of the wrong kind (TypeError); look at what its parts take
    """
    return _guarded(made, made.__name__)


def soundly_made(cls: C, /) -> C:
    """Let the making of *cls* raise ``InvalidRulesError`` where a part is of the wrong kind; see ``sound``."""
    cls.__init__ = _guarded(cls.__init__, cls.__name__)
    return cls


def _guarded(made: Callable[P, T], name: str) -> Callable[P, T]:
    @functools.wraps(made)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return made(*args, **kwargs)
        except UnifiedProfileError:
            raise
        except Exception as error:
            trace = error.__traceback__
            if trace is None or trace.tb_next is None:  # it was not even begun
                raise
            kind = type(error).__name__
            raise InvalidRulesError(
                field=name, reason=f"a part is of the wrong kind ({kind})", hint="look at what its parts take"
            ) from error

    return guarded
