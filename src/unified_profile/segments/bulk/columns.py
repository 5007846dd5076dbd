"""The columns of a layout's frames, each read once; and rows one by one for what no column answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unified_profile.errors import InvalidInputError
from unified_profile.expressions.values import FIRST_US, LAST_US, instant_of
from unified_profile.frames import cells, column_names
from unified_profile.segments.bulk.coded import Coded, Tables, listed
from unified_profile.segments.sql.layout import Column
from unified_profile.segments.sql.reading import read_value

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIZES = {"micros": 1, "millis": 1_000, "seconds": 1_000_000}
NEVER = LAST_US + 1
"""When something happened that has no time."""


class Columns:
    """Frames by the names that a layout gives its tables."""

    def __init__(self, tables: Tables) -> None:
        """Take the frames; columns are read when they are first asked for."""
        self.tables = dict(tables)
        self._coded: dict[tuple[str, str], Coded] = {}

    def cells(self, table: str, name: str) -> NDArray[Any] | list[Any]:
        """Return the cells of a column as they are.

        Raises:
            InvalidInputError: If there is no such table or column.
        """
        return cells(self._table(table), name, field=table)

    def coded(self, table: str, column: Column) -> Coded:
        """Return a column as the different values it holds."""
        key = (table, column.name)
        if key not in self._coded:
            self._coded[key] = Coded.of(self.cells(table, column.name), lambda cell: read_value(column, cell))
        return self._coded[key]

    def times(self, table: str, column: Column) -> NDArray[Any]:
        """Return when each row happened, in microseconds; `NEVER` without a time."""
        import numpy as np

        found = self.cells(table, column.name)
        if not isinstance(found, list) and found.dtype.kind in "iu" and column.stored in _SIZES:
            size = _SIZES[column.stored]
            held = (found >= -(-FIRST_US // size)) & (found <= LAST_US // size)
            made: NDArray[Any] = np.where(held, np.where(held, found, 0).astype(np.int64) * size, NEVER)
            return made
        coded = Coded.of(found, lambda cell: _micros(column, cell))
        return np.array(coded.values, dtype=np.int64)[coded.codes] if len(coded.codes) else coded.codes

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a frame as mappings."""
        held = self._table(table)
        names = column_names(held, field=table)
        found = [listed(cells(held, name, field=table)) for name in names]
        return [dict(zip(names, row, strict=True)) for row in zip(*found, strict=True)]

    def by_owner(self, table: str, owner: str) -> dict[Any, list[dict[str, Any]]]:
        """Return the rows of a frame by whose they are."""
        found: dict[Any, list[dict[str, Any]]] = {}
        for row in self.rows(table):
            found.setdefault(row[owner], []).append(row)
        return found

    def _table(self, name: str) -> Any:
        if name not in self.tables:
            raise InvalidInputError(field=f"tables.{name}", reason="not there", hint="hand in a frame for each table")
        return self.tables[name]


def _micros(column: Column, cell: Any) -> int:
    """Return when something happened."""
    found = instant_of(read_value(column, cell))
    return NEVER if found is None else found
