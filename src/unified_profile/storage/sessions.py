"""What sessions of SQL databases have in common: expectations are checked against what is known already, if it is sure.

A session that holds the writers' lock since before its first read is *alone*: what it read is what is there, so an
expectation about it needs no second question. Others ask again, once they hold the lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from unified_profile.errors import ConflictError, StorageError
from unified_profile.storage.commands import Changes, Expect, Get, Key, Read, Scan
from unified_profile.storage.layout import key_of
from unified_profile.storage.tables import Table

_REMEMBERED = 100_000


class CheckedSession:
    """Reads, expectations and writes of one tenant; a database says how each is done."""

    alone: bool = False
    """Whether nobody else could write since before the first read of this session."""

    failures: tuple[type[Exception], ...] = ()
    """What the driver raises."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._answered: list[tuple[Read, list[Any]]] = []
        self._remembered = 0

    def read(self, reads: Sequence[Read], /) -> list[list[Any]]:
        """See ``Session.read``."""
        try:
            answers = [self._answer(read) for read in reads]
        except self.failures as error:
            raise self._translated(error) from error
        if self._sure():
            self._remember(reads, answers)
        return answers

    def write(self, changes: Changes, /) -> None:
        """See ``Session.write``."""
        try:
            self._begin_to_write()
            self._apply(self._checked(changes))
        except self.failures as error:
            raise self._translated(error) from error

    def _sure(self) -> bool:
        """Say whether what is read now cannot be changed by others before this session ends."""
        return self.alone

    def _answer(self, read: Read) -> list[Any]:
        """Return the rows that *read* asks for."""
        raise NotImplementedError

    def _now(self, table: Table[Any], keys: Sequence[Key]) -> Sequence[Any]:
        """Return the rows under *keys* as they are now, whatever was seen before."""
        raise NotImplementedError

    def _begin_to_write(self) -> None:
        """Keep other writers out from now on."""

    def _apply(self, changes: Changes) -> None:
        """Delete and put, all or nothing."""
        raise NotImplementedError

    def _translated(self, error: Exception) -> StorageError:
        """Return our error for one of the driver's."""
        raise NotImplementedError

    def _remember(self, reads: Sequence[Read], answers: Sequence[list[Any]]) -> None:
        for read, rows in zip(reads, answers, strict=True):
            if not isinstance(read, Scan):  # pages through whole tables are not what decisions rest on
                self._answered.append((read, rows))
                self._remembered += len(rows)
        if self._remembered > _REMEMBERED:
            self._answered.clear()
            self._remembered = 0

    def _check(self, expects: Sequence[Expect[Any]]) -> None:
        """Raise ``ConflictError`` unless all expected rows are there."""
        by_table: dict[str, list[Expect[Any]]] = {}
        for expect in expects:
            by_table.setdefault(expect.table.name, []).append(expect)
        for name, wanted in by_table.items():
            table = wanted[0].table
            known = self._known(table)
            unknown = [expect.key for expect in wanted if expect.key not in known]
            if unknown:
                known.update(dict.fromkeys(unknown))
                for row in self._now(table, unknown):
                    known[key_of(table, row)] = row
            for expect in wanted:
                if known[expect.key] != expect.row:
                    raise ConflictError(f"a row of {name!r} is not as expected; read again and decide again")

    def _checked(self, changes: Changes) -> Changes:
        """Raise ``ConflictError`` unless all rows are as expected; forget what was read, and return what is to do."""
        if changes.expects:
            self._check(changes.expects)
        self._answered.clear()
        self._remembered = 0
        return changes

    def _known(self, table: Table[Any]) -> dict[Key, Any]:
        """Return what is known for sure of *table*: rows, or None where nothing is."""
        known: dict[Key, Any] = {}
        for read, rows in self._answered:
            if read.table.name == table.name:
                if isinstance(read, Get):
                    known.update(dict.fromkeys(read.keys))
                known.update((key_of(table, row), row) for row in rows)
        return known
