"""The rows in which the audit log is stored: its entries, without personal data, and the tiles of its hash tree."""

from __future__ import annotations

from typing import NamedTuple


class LogEntryRow(NamedTuple):
    """An entry of the audit log: where it stands (from 0), whom it is about (a pseudonym), when it was, what it says.

    *body* is the canonical JSON text that is hashed.
    """

    place: int
    subject: str
    at_us: int
    body: str


class LogTileRow(NamedTuple):
    """Sixteen neighboring hashes of the log's tree, as hex; fewer in the last tile of a level."""

    level: int
    place: int
    hashes: str
