"""The notebook kept while records are made up: the rows themselves, whose they are, and which flaws were planted."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TypeAlias

from unified_profile.testing.people.dice import scrambled

Row: TypeAlias = dict[str, str]
"""A line of a CSV file."""
Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Document: TypeAlias = dict[str, Json]
"""A line of a JSONL file."""


class Ledger:
    """Collects what the sources say, and the truth behind it."""

    def __init__(self) -> None:
        """Begin empty."""
        self.tables: dict[str, list[Row]] = {}
        self.logs: dict[str, list[Document]] = {}
        self.truth: dict[tuple[str, str], str] = {}
        self.planted: dict[str, list[str]] = {}
        self._numbers: dict[str, int] = {}

    def number(self, prefix: str) -> str:
        """Return the next record id with *prefix*."""
        self._numbers[prefix] = self._numbers.get(prefix, 0) + 1
        return prefix + scrambled(self._numbers[prefix])

    def row(self, source: str, person_id: str, row: Row) -> None:
        """Write down a CSV line of *source*, whose first column is its id."""
        self.tables.setdefault(source, []).append(row)
        self.truth[source, next(iter(row.values()))] = person_id

    def document(self, source: str, person_id: str, document: Document, *, key: str) -> None:
        """Write down a JSONL line of *source*, whose id stands under *key*."""
        self.logs.setdefault(source, []).append(document)
        self.truth[source, str(document[key])] = person_id

    def plant(self, flaw: str, *record_ids: str) -> None:
        """Remember that *flaw* was put into the records on purpose."""
        self.planted.setdefault(flaw, []).extend(record_ids)


def stamp(when: datetime, *, offset_hours: int = 0, utc_as_z: bool = False) -> str:
    """Return *when* in ISO 8601, to the second, with its offset.

    >>> from datetime import UTC
    >>> stamp(datetime(2026, 1, 31, 20, 0, tzinfo=UTC), offset_hours=9)
    '2026-02-01T05:00:00+09:00'
    """
    text = when.astimezone(timezone(timedelta(hours=offset_hours))).isoformat(timespec="seconds")
    return text.removesuffix("+00:00") + "Z" if utc_as_z else text
