"""How the memory store holds its tables: rows in dictionaries or a list, and the ways that lead to them."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Any, TypeAlias

from unified_profile.storage.commands import Key
from unified_profile.storage.layout import columns_of
from unified_profile.storage.tables import Table

_MERGE = {"min": min, "max": max}


class KeyedRows:
    """One keyed table: rows by key, keys by index (``_add`` says how an index holds them).

    A row whose last columns are all as they are by default is kept without them: most identifiers are plain leaves.
    """

    def __init__(self, table: Table[Any]) -> None:
        """Start without rows."""
        columns = table.columns
        self.table = table
        self.rows: dict[Any, Any] = {}
        self.order: list[Any] | None = None
        key = [columns.index(name) for name in table.key]
        self.whole = key[0] if len(key) == 1 else None
        self.key_of: Callable[[Any], Any] = _itself if key == [*range(len(columns))] else itemgetter(*key)
        self.make = table.row._make
        self.merge = [(columns.index(name), _MERGE[how]) for name, how in table.merge.items()]
        names = [*table.indexes, *(table.key[:1] if len(key) > 1 else ())]
        self.indexes: dict[str, tuple[int, dict[Any, Any]]] = {name: (columns.index(name), {}) for name in names}
        self._places = list(self.indexes.values())
        needed = [*key, *(place for place, _ in (*self.merge, *self.indexes.values()))]
        defaults: dict[str, Any] = table.row._field_defaults
        self.width = max(len(columns) - len(defaults), *(place + 1 for place in needed))
        self.plain = tuple(defaults[name] for name in columns[self.width :])

    def row_under(self, key: Key) -> Any:
        """Return the row under a whole *key*, or None."""
        kept = self.rows.get(key[0] if self.whole is not None else key)
        return None if kept is None else self._row(kept)

    def _row(self, kept: Any) -> Any:
        return self.make(kept + self.plain) if len(kept) == self.width and self.plain else kept

    def _rows(self, kept: list[Any]) -> list[Any]:
        if not self.plain:
            return kept
        make, plain, width = self.make, self.plain, self.width
        return [make(row + plain) if len(row) == width else row for row in kept]

    def get(self, keys: Iterable[Key]) -> list[Any]:
        """Answer a ``Get``."""
        rows = self.rows
        if self.whole is not None:
            return self._rows([rows[key[0]] for key in keys if key[0] in rows])
        return self._rows([rows[key] for key in keys if key in rows])

    def find(self, by: str, values: Iterable[Any]) -> list[Any]:
        """Answer a ``Find``."""
        rows = self.rows
        if by not in self.indexes:
            return self._rows([rows[value] for value in values if value in rows])
        index = self.indexes[by][1]
        found: list[Any] = []
        for value in values:
            held = index.get(value)
            if held is not None:
                found += [rows[key] for key in held] if type(held) in _MANY else [rows[held]]
        return self._rows(found)

    def scan(self, after: Key | None, limit: int) -> list[Any]:
        """Answer a ``Scan``."""
        start = None if after is None else after[0] if self.whole is not None else after
        if self.order is None:
            self.order = sorted(self.rows)  # kept for the next page, until a key comes or goes
        first = 0 if start is None else bisect_right(self.order, start)
        return self._rows([self.rows[key] for key in self.order[first : first + limit]])

    def put(self, rows: Iterable[Any], undo: list[Undo]) -> None:
        """Keep *rows*, and note in *undo* what was there."""
        kept, key_of, merge = self.rows, self.key_of, self.merge
        plain, width = self.plain, self.width
        for row in rows:
            key = key_of(row)
            before = kept.get(key)
            if before is not None and merge:
                values = list(row)
                for place, how in merge:
                    values[place] = how(before[place], values[place])
                row = self.make(values)  # noqa: PLW2901  # the merged row takes the place of the given one
            undo.append((self, key, before))
            self.set(key, before, row[:width] if plain and row[width:] == plain else row)

    def delete(self, keys: Iterable[Key], undo: list[Undo]) -> None:
        """Let the rows under *keys* go, and note in *undo* what was there."""
        for key in keys:
            plain = key[0] if self.whole is not None else key
            before = self.rows.get(plain)
            if before is not None:
                undo.append((self, plain, before))
                self.set(plain, before, None)

    def set(self, key: Any, before: Any, row: Any) -> None:
        """Put *row* in the place of *before* (None: no row), in the indexes, too."""
        for place, index in self._places:
            was = None if before is None else before[place]
            now = None if row is None else row[place]
            if was is not now and was != now:
                if was is not None:
                    _drop(index, was, key)
                if now is not None:
                    _add(index, now, key)
        if row is None or before is None:
            self.order = None
        if row is None:
            del self.rows[key]
        else:
            self.rows[key] = row

    def restore(self, key: Any, before: Any) -> None:
        """Take one step back."""
        self.set(key, self.rows.get(key), before)


class LogRows:
    """One log, column by column: the place of a row, counted from one, is its position.

    Whole numbers lie in arrays. So a row takes half of what a tuple of objects would, and is made when it is read.
    """

    def __init__(self, table: Table[Any]) -> None:
        """Start without rows."""
        names = table.columns
        self.make = table.row._make
        self.columns: list[Any] = [
            array("q") if column.type is int and not column.nullable else [] for column in columns_of(table)[:-1]
        ]
        self.key = names.index(table.key[0]) if table.key else -1
        self.ids: dict[Any, int] = {}
        self.indexes: dict[str, tuple[int, dict[Any, Any]]] = {name: (names.index(name), {}) for name in table.indexes}

    def row_under(self, key: Key) -> Any:
        """Return the row under a whole *key*, or None."""
        position = self.ids.get(key[0])
        return None if position is None else self._row(position)

    def get(self, keys: Iterable[Key]) -> list[Any]:
        """Answer a ``Get``."""
        ids = self.ids
        return [self._row(ids[key[0]]) for key in keys if key[0] in ids]

    def find(self, by: str, values: Iterable[Any]) -> list[Any]:
        """Answer a ``Find``."""
        if by not in self.indexes:
            return self.get([(value,) for value in values])
        index, row = self.indexes[by][1], self._row
        found: list[Any] = []
        for value in values:
            held = index.get(value)
            if held is not None:
                found += [row(position) for position in held] if type(held) in _MANY else [row(held)]
        return found

    def scan(self, after: Key | None, limit: int) -> list[Any]:
        """Answer a ``Scan``."""
        start = 0 if after is None else max(0, int(after[0]))
        found: list[Any] = []
        while len(found) < limit and start < len(self.columns[0]):
            pages = zip(*[column[start : start + limit] for column in self.columns], strict=True)
            found += [self.make((*row, start + n)) for n, row in enumerate(pages, 1) if row[0] is not None]
            start += limit
        return found[:limit]

    def put(self, rows: Iterable[Any], undo: list[Undo]) -> None:
        """Keep *rows*, and note in *undo* what was there."""
        ids, key, columns = self.ids, self.key, self.columns
        first = len(columns[0])
        undo.append((self, first, _APPENDED))
        fresh: dict[Any, Any] = {}
        if key >= 0:
            for row in rows:
                if row[key] not in ids:
                    fresh.setdefault(row[key], row)
            rows = fresh.values()
        for column, values in zip(columns, zip(*rows, strict=True), strict=False):  # a row's last value is no column
            column.extend(values)
        positions = list(range(first + 1, len(columns[0]) + 1))
        if key >= 0:
            ids.update(zip(fresh, positions, strict=True))
        for place, index in self.indexes.values():
            texts = columns[place]
            for position in positions:
                value = texts[position - 1]
                held = index.get(value)
                if held is None:
                    if value is not None:
                        index[value] = position
                else:
                    # Rows found by one value share one text of it: a busy bundle's key is held once.
                    texts[position - 1] = texts[(next(iter(held)) if type(held) in _MANY else held) - 1]
                    _add(index, value, position)

    def delete(self, keys: Iterable[Key], undo: list[Undo]) -> None:
        """Let the rows under *keys* go, and note in *undo* what was there."""
        for key in keys:
            position = int(key[0])
            if 0 < position <= len(self.columns[0]) and self.columns[0][position - 1] is not None:
                undo.append((self, position, self._row(position)))
                self._forget(position)

    def restore(self, key: Any, before: Any) -> None:
        """Take one step back."""
        if before is _APPENDED:
            for position in range(min(len(column) for column in self.columns), key, -1):
                if self.columns[0][position - 1] is not None:
                    self._forget(position)
            for column in self.columns:
                del column[key:]
            return
        for column, value in zip(self.columns, before, strict=False):  # the last value of a row is its position
            column[key - 1] = value
        if self.key >= 0:
            self.ids[before[self.key]] = key
        for place, index in self.indexes.values():
            if before[place] is not None:
                _add(index, before[place], key)

    def _row(self, position: int) -> Any:
        return self.make((*[column[position - 1] for column in self.columns], position))

    def _forget(self, position: int) -> None:
        """Forget a row; its place stays empty: the first column of no log is ever None."""
        row = self._row(position)
        if self.key >= 0:
            del self.ids[row[self.key]]
        for place, index in self.indexes.values():
            if row[place] is not None:
                _drop(index, row[place], position)
        for column in self.columns:
            if type(column) is list:
                column[position - 1] = None


Undo: TypeAlias = "tuple[KeyedRows | LogRows, Any, Any]"
_APPENDED = object()


def _itself(row: Any) -> Any:
    """Return the row as its own key: it has no other columns."""
    return row


def _add(index: dict[Any, Any], value: Any, key: Any) -> None:
    """Let *index* lead from *value* to *key*, too.

    Most values lead to one key, which is held bare. Several are held in a list, a third as large as a dict; where many
    are held and one is to go, in a dict, so that the next ones go at once. A key is never added twice.
    """
    held = index.get(value)
    if held is None:
        index[value] = key
    elif type(held) is list:
        held.append(key)
    elif type(held) is dict:
        held[key] = None
    else:
        index[value] = [held, key]


def _drop(index: dict[Any, Any], value: Any, key: Any) -> None:
    held = index[value]
    if type(held) is list and len(held) > _SHORT:
        held = index[value] = dict.fromkeys(held)
    if type(held) is dict:
        del held[key]
    elif type(held) is list:
        held.remove(key)
    else:
        del index[value]
        return
    if len(held) == 1:
        index[value] = next(iter(held))


_MANY = (list, dict)
_SHORT = 32
"""From so many keys on, one is not looked for in a list."""
