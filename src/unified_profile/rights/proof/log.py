"""The log as a list of entries in memory: the reference for those in a store, and enough for a log of one's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from unified_profile.errors import InvalidInputError
from unified_profile.model import Json
from unified_profile.rights.proof.canonical import canonical
from unified_profile.rights.proof.heads import TreeHead
from unified_profile.rights.proof.merkle import consistency_ranges, inclusion_ranges, leaf_hash
from unified_profile.rights.proof.proofs import ConsistencyProof, InclusionProof
from unified_profile.rights.proof.tiles import TileKey, grown, hashes_of


class MerkleLog:
    """An append-only log whose head stands for all of its entries (RFC 9162 over RFC 8785).

    >>> from datetime import UTC
    >>> log = MerkleLog("decisions")
    >>> log.append([{"granted": True}, {"granted": False}])
    2
    >>> head = log.head(at=datetime(2026, 1, 1, tzinfo=UTC))
    >>> log.inclusion(1).proves({"granted": False}, head), log.inclusion(1).proves({"granted": True}, head)
    (True, False)

    .. versionadded:: 0.1
    """

    def __init__(self, name: str) -> None:
        """Start empty."""
        self.name = name
        self._size = 0
        self._tiles: dict[TileKey, bytes] = {}

    def __len__(self) -> int:
        return self._size

    def append(self, entries: Iterable[Mapping[str, Json]], /) -> int:
        """Add *entries* and return how many there are now; only their hashes are kept.

        Raises:
            InvalidInputError: If one has no canonical form; then none is added.
        """
        try:
            found = [dict(entry) for entry in entries]
        except Exception:  # noqa: BLE001  # whatever a stranger's object answers
            found = None
        if found is None:
            raise InvalidInputError(field="entries", reason="not a list of objects", hint='[{"granted": True}]')
        return self.append_hashes([leaf_hash(canonical(entry)) for entry in found])

    def append_hashes(self, leaves: list[bytes], /) -> int:
        """Add entries by their leaf hashes."""
        self._tiles.update(grown(self._size, self._tiles, leaves))
        self._size += len(leaves)
        return self._size

    def head(self, *, at: datetime, size: int | None = None) -> TreeHead:
        """Return the head, or the one at the time when there were *size* entries."""
        size = self._sized(size)
        return TreeHead(self.name, size, hashes_of([(0, size)], self._tiles)[0], at)

    def inclusion(self, index: int, /, *, size: int | None = None) -> InclusionProof:
        """Return the proof that entry *index* is in the log of *size* entries.

        Raises:
            InvalidInputError: If there is no such entry.
        """
        size = self._sized(size)
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < size:
            raise InvalidInputError(field="index", reason="no entry of the log", hint="from 0 up to its size")
        return InclusionProof(index, size, hashes_of(inclusion_ranges(index, size), self._tiles))

    def consistency(self, old: int, new: int | None = None, /) -> ConsistencyProof:
        """Return the proof that the log of *new* entries begins with that of *old*.

        Raises:
            InvalidInputError: If the log never had so many entries.
        """
        new = self._sized(new)
        if isinstance(old, bool) or not isinstance(old, int) or not 0 <= old <= new:
            raise InvalidInputError(field="old", reason="not between 0 and the new size", hint="older first")
        return ConsistencyProof(old, new, hashes_of(consistency_ranges(old, new), self._tiles))

    def _sized(self, size: int | None) -> int:
        if size is None:
            return self._size
        if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= self._size:
            raise InvalidInputError(field="size", reason="the log never had it", hint="at most len(log)")
        return size
