"""Stores that break one promise each, so that the conformance kit is seen to notice. Of no other use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from unified_profile.storage.commands import Changes, Expect, Scan
from unified_profile.storage.tables import Table
from unified_profile.testing.naive_store import NaiveSession, NaiveStore, Rows

BROKEN_STORES: dict[type[NaiveStore], str] = {}
"""Each broken store, and the name of the promise that rejects it."""


def _breaks(promise: str) -> Any:
    """Make a store of the decorated session, which breaks *promise*."""

    def store_of(session: type[NaiveSession]) -> type[NaiveSession]:
        def opened(self: NaiveStore, tenant: str, /) -> NaiveSession:
            return session(self, {name: dict(rows) for name, rows in self.kept.items()}, tenant)

        body = {"opened": opened, "__doc__": session.__doc__}
        BROKEN_STORES[type(session.__name__.strip("_"), (NaiveStore,), body)] = promise
        return session

    return store_of


@_breaks("merging columns keep the least and the greatest")
class _LosesMerges(NaiveSession):
    """Replaces columns that should be merged."""

    def merged(self, table: Table[Any], old: Any, new: Any, /) -> Any:  # noqa: ARG002
        return new


@_breaks("a put replaces the whole row")
class _KeepsOldValues(NaiveSession):
    """Takes None for "leave as it is"."""

    def merged(self, table: Table[Any], old: Any, new: Any, /) -> Any:
        if old is not None:
            new = type(new)._make(before if now is None else now for before, now in zip(old, new, strict=True))
        return super().merged(table, old, new)


@_breaks("a log keeps a fact once")
class _RepeatsFacts(NaiveSession):
    """Appends whatever comes."""

    def append(self, table: Table[Any], new: Sequence[Any], /) -> None:
        for row in new:
            position = self.next_position(table)
            self.rows(table)[(position,)] = row._replace(position=position)


@_breaks("a position is never given twice")
class _ReusesPositions(NaiveSession):
    """Counts on from the newest row that is left."""

    def next_position(self, table: Table[Any], /) -> int:
        return max((key[0] for key in self.rows(table)), default=0) + 1


@_breaks("an expectation that fails changes nothing")
class _IgnoresExpectations(NaiveSession):
    """The last writer wins."""

    def check(self, expect: Expect[Any], /) -> None:
        pass


@_breaks("an expectation that fails changes nothing")
class _HalfWrites(NaiveSession):
    """Looks at expectations when the work is done already."""

    def write(self, changes: Changes, /) -> None:
        super().write(Changes(changes.puts, changes.deletes))
        super().write(Changes(expects=changes.expects))


@_breaks("deletes come before puts")
class _PutsFirst(NaiveSession):
    """Deletes what was just put."""

    def write(self, changes: Changes, /) -> None:
        super().write(Changes(changes.puts, expects=changes.expects))
        super().write(Changes(deletes=changes.deletes))


@_breaks("tenants do not see each other")
class _LeaksTenants(NaiveSession):
    """Takes tenants whose names are folded alike for one."""

    def rows(self, table: Table[Any], /) -> Rows:
        return self.tables.setdefault((self.tenant.strip().casefold(), table.name), {})


@_breaks("Find compares one column")
class _MatchesNone(NaiveSession):
    """Finds nothing equal to nothing."""

    def found(self, value: Any, wanted: Sequence[Any], /) -> bool:
        return value in wanted


@_breaks("text is kept exactly")
class _FoldsCase(NaiveSession):
    """Finds text whatever its case."""

    def found(self, value: Any, wanted: Sequence[Any], /) -> bool:
        return value is not None and str(value).casefold() in {str(one).casefold() for one in wanted if one is not None}


@_breaks("long text is kept exactly")
class _CutsText(NaiveSession):
    """Has columns of 65,535 characters."""

    def merged(self, table: Table[Any], old: Any, new: Any, /) -> Any:
        return super().merged(table, old, _cut(new))

    def append(self, table: Table[Any], new: Sequence[Any], /) -> None:
        super().append(table, [_cut(row) for row in new])


@_breaks("numbers are kept exactly")
class _RoundsNumbers(NaiveSession):
    """Keeps whole numbers as JavaScript does."""

    def merged(self, table: Table[Any], old: Any, new: Any, /) -> Any:
        rounded = type(new)._make(int(float(v)) if isinstance(v, int) else v for v in new)
        return super().merged(table, old, rounded)


@_breaks("Scan goes in order and stops at its limit")
class _ScansUnordered(NaiveSession):
    """Pages through rows as they came."""

    def page(self, rows: Rows, read: Scan[Any], /) -> list[Any]:
        return [row for key, row in rows.items() if read.after is None or key > tuple(read.after)][: read.limit]


@_breaks("Scan goes in order and stops at its limit")
class _ScansAgain(NaiveSession):
    """Begins a page with the last row of the one before."""

    def page(self, rows: Rows, read: Scan[Any], /) -> list[Any]:
        return [rows[key] for key in sorted(rows) if read.after is None or key >= tuple(read.after)][: read.limit]


@_breaks("what is written is read")
class _ForgetsTypes(NaiveSession):
    """Gives plain tuples."""

    def answer(self, read: Any, /) -> list[Any]:
        return [tuple(row) for row in super().answer(read)]


@_breaks("an erased person is gone from every table")
class _KeepsLogs(NaiveSession):
    """Takes a log for something from which nothing is ever deleted."""

    def write(self, changes: Changes, /) -> None:
        kept = [delete for delete in changes.deletes if not delete.table.positioned]
        super().write(Changes(changes.puts, kept, changes.expects))


class KeepsAJournal(NaiveStore):
    """Deletes what it is told to, and keeps a journal of all that was ever written."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.journal: list[bytes] = []

    def opened(self, tenant: str, /) -> NaiveSession:
        """Return a session that writes to the journal too."""
        return _Journaling(self, {name: dict(rows) for name, rows in self.kept.items()}, tenant)

    def bytes_kept(self) -> list[tuple[str, list[bytes]]]:
        """Show the journal."""
        return [("journal", self.journal)]


class _Journaling(NaiveSession):
    def write(self, changes: Changes, /) -> None:
        """See ``Session.write``."""
        super().write(changes)
        if isinstance(self.store, KeepsAJournal):
            self.store.journal += [str(tuple(row)).encode() for put in changes.puts for row in put.rows]


class LeavesMovedRows(NaiveStore):
    """Overwrites what it deletes, but not what now and then a row leaves where it was before it had to move."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.count = 0
        self.left: list[bytes] = []

    def opened(self, tenant: str, /) -> NaiveSession:
        """Return a session that moves every five-hundredth row."""
        return _Moving(self, {name: dict(rows) for name, rows in self.kept.items()}, tenant)

    def bytes_kept(self) -> list[tuple[str, list[bytes]]]:
        """Show the rows, and what they left."""
        rows = [str(tuple(row)).encode() for table in self.kept.values() for row in table.values()]
        return [("file", [*rows, *self.left])]


class _Moving(NaiveSession):
    def write(self, changes: Changes, /) -> None:
        """See ``Session.write``."""
        super().write(changes)
        if isinstance(self.store, LeavesMovedRows):
            for row in [row for put in changes.puts for row in put.rows]:
                self.store.count += 1
                if self.store.count % 500 == 0:
                    self.store.left.append(str(tuple(row)).encode())


class KeepsAfterErrors(NaiveStore):
    """Commits at the end, whatever happened."""

    @contextmanager
    def session(self, tenant: str, /, *, exclusive: bool = False) -> Iterator[NaiveSession]:  # noqa: ARG002
        """See ``Store.session``."""
        with self.lock:
            session = self.opened(tenant)
            try:
                yield session
            finally:
                self.kept = session.tables


class ShowsUnkept(NaiveStore):
    """Lets everybody see what is not kept yet."""

    @contextmanager
    def session(self, tenant: str, /, *, exclusive: bool = False) -> Iterator[NaiveSession]:  # noqa: ARG002
        """See ``Store.session``."""
        before, session = self.kept, self.opened(tenant)
        self.kept = session.tables
        try:
            yield session
        except BaseException:
            self.kept = before
            raise


class LosesUpdates(NaiveStore):
    """Compares expectations with what was there when the session began, not with what others wrote since."""

    @contextmanager
    def session(self, tenant: str, /, *, exclusive: bool = False) -> Iterator[NaiveSession]:  # noqa: ARG002
        """See ``Store.session``."""
        session = self.opened(tenant)
        yield session
        with self.lock:
            self.kept = session.tables


BROKEN_STORES[KeepsAJournal] = "an erased person is gone from the bytes that are kept"
BROKEN_STORES[LeavesMovedRows] = "many who are erased are gone from the bytes that are kept"
BROKEN_STORES[KeepsAfterErrors] = "an error in the block undoes everything"
BROKEN_STORES[ShowsUnkept] = "nobody sees what is not kept yet"
BROKEN_STORES[LosesUpdates] = "racing writers lose no update"


def _cut(row: Any) -> Any:
    return type(row)._make(value[:65_535] if isinstance(value, str) else value for value in row)
