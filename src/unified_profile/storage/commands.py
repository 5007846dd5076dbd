"""What a plan asks of a store: three ways to read, one way to write. Data, so that plans stay free of I/O."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

import attrs

from unified_profile.model.redaction import hidden
from unified_profile.storage.tables import Table

R = TypeVar("R", bound="tuple[Any, ...]")
Key: TypeAlias = "tuple[str | int, ...]"


@attrs.frozen(eq=False)
class Get(Generic[R]):
    """The rows of *table* with these whole keys; keys that are not there are left out. Any order; no row twice."""

    table: Table[R]
    keys: Sequence[Key] = attrs.field(repr=hidden)


@attrs.frozen(eq=False)
class Find(Generic[R]):
    """The rows of *table* whose column *by* equals one of *values*. Any order; no row twice.

    *by* is an indexed column or the first column of the key. ``None`` is never equal to anything.
    """

    table: Table[R]
    by: str
    values: Sequence[str | int] = attrs.field(repr=hidden)


@attrs.frozen(eq=False)
class Scan(Generic[R]):
    """At most *limit* rows in ascending order of the key (a log: of the position), after *after* (excluded).

    Text goes by code points. Keys of more than 300 characters that begin alike may come in any order, always the same.
    """

    table: Table[R]
    after: Key | None = attrs.field(default=None, repr=hidden)
    limit: int = 1_000


Read: TypeAlias = "Get[Any] | Find[Any] | Scan[Any]"


@attrs.frozen(eq=False)
class Put(Generic[R]):
    """Rows to keep in *table*: replaced by key, merged where the table says so, appended where it is a log.

    *new* tells that none of the rows was there when the plan looked, which a store may use to be faster. It is no
    expectation: where one of them came meanwhile, the put does what it always does.
    """

    table: Table[R]
    rows: Sequence[R] = attrs.field(repr=hidden)
    new: bool = False


@attrs.frozen(eq=False)
class Delete(Generic[R]):
    """Keys whose rows go (a log: positions, as one-item tuples)."""

    table: Table[R]
    keys: Sequence[Key] = attrs.field(repr=hidden)


class Expect(NamedTuple, Generic[R]):
    """What a decision rests on: the row under *key* is still exactly *row* (None: still nothing)."""

    table: Table[R]
    key: Key
    row: R | None

    def __repr__(self) -> str:
        """Show the table only: keys and rows are personal."""
        return f"Expect({self.table!r})"


@attrs.frozen(eq=False)
class Changes:
    """Everything one commit does, all or nothing."""

    puts: Sequence[Put[Any]] = ()
    deletes: Sequence[Delete[Any]] = ()
    expects: Sequence[Expect[Any]] = ()


@attrs.frozen(eq=False)
class Load:
    """A plan's command: answer these reads, a list of rows for each."""

    reads: tuple[Read, ...]


@attrs.frozen(eq=False)
class Commit:
    """A plan's command: make these changes, or raise ``ConflictError`` and change nothing."""

    changes: Changes


@attrs.frozen(eq=False)
class Alone:
    """A plan's command: go on only if nobody else writes meanwhile; else the plan is run again, exclusively.

    Rare decisions rest on whole histories, which no list of expected rows could cover.
    """


@attrs.frozen(eq=False)
class Hold:
    """A plan's command: let nobody else write from now on, and answer these reads (None: nobody could have written).

    What must follow the order of commits, such as when something was learned, is read again here.
    """

    reads: tuple[Read, ...]


Command: TypeAlias = "Load | Commit | Alone | Hold"
