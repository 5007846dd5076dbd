"""Keeps values out of what drivers say: their errors repeat the row that was refused, and their loggers print it."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping
from typing import Any

from unified_profile.errors import UnifiedProfileError

LOGGING_NAME = "unified_profile"
"""What is added to the names of the loggers of engines of our own."""


def without_values(error: BaseException, /, code: str = "") -> None:
    """Take from a driver's *error*, which will be shown as the cause of ours, all that it may repeat of a row.

    Its kind and *code* stay, and the statement, which holds no values. Messages go (PostgreSQL puts whole rows into
    DETAIL, MariaDB the value that is there twice), so do parameters, and the frames in which they were bound: a
    traceback with locals would print them.

    >>> error = ValueError("canary")
    >>> without_values(error)
    >>> str(error)
    ''
    """
    if isinstance(error, UnifiedProfileError):
        return
    driver = getattr(error, "orig", None)
    if isinstance(driver, BaseException):
        told = f"({type(driver).__module__}.{type(driver).__name__}) {code}".rstrip()
        _set(error, {"orig": _bare(driver, code), "params": None, "args": (told,), "detail": []})
    elif isinstance(error, UnicodeError):
        _set(error, {"object": b"" if isinstance(error, UnicodeDecodeError) else "", "args": ()})
    elif not isinstance(error, sqlite3.Error):  # its messages name tables and columns
        _set(error, {"args": ()})
    error.__cause__ = error.__context__ = error.__traceback__ = None


def _bare(driver: BaseException, code: str) -> BaseException:
    """Return an error of the same kind that says nothing but its *code*."""
    if isinstance(driver, sqlite3.Error):
        driver.__cause__ = driver.__context__ = driver.__traceback__ = None
        return driver
    try:
        return type(driver)(int(code), "") if code.isdigit() and len(code) < 5 else type(driver)(code)
    except (TypeError, ValueError):
        return Exception(code)


def _set(error: BaseException, parts: Mapping[str, Any]) -> None:
    for name, value in parts.items():
        if name == "args" or hasattr(error, name):
            setattr(error, name, value)


class _NoRows(logging.Filter):
    """Lets statements pass, and no rows: SQLAlchemy logs them at DEBUG, whatever becomes of parameters."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether *record* may be logged."""
        return record.levelno > logging.DEBUG


class _NoCalls(logging.Filter):
    """Lets records of aiosqlite pass without the calls in them, which show what was bound."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Hide the arguments of *record*."""
        if isinstance(record.args, tuple) and record.args:
            record.args = tuple("•••" for _ in record.args)
        return True


_NO_ROWS, _NO_CALLS = _NoRows(), _NoCalls()


def quiet_loggers(driver: str, /) -> None:
    """Keep the loggers of an engine of our own, and of its *driver*, from printing values.

    Engines that a caller made, and their loggers, are the caller's.
    """
    logging.getLogger(f"sqlalchemy.engine.Engine.{LOGGING_NAME}").addFilter(_NO_ROWS)
    if driver == "aiosqlite":
        logging.getLogger("aiosqlite").addFilter(_NO_CALLS)
