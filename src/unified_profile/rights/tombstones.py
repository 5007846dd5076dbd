"""Tombstones: keyed digests by which a door knows that something was erased, without knowing what.

A digest without a key hides nothing: whoever has the table can try every address there is. So each is an HMAC (RFC
2104) under a key that is kept elsewhere, named by an id so that keys can be changed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, runtime_checkable

from unified_profile.errors import InvalidInputError, InvalidRulesError

_SHORTEST_KEY = 16
_BYTES = 20

IDENTIFIER = "identifier"
BESIDE = "beside"
TIED = "tied"
"""Kinds of tombstones of identifiers that were met beside an erased one: nobody was known by them, or somebody was."""

FACT = "fact"
PROFILE = "profile"


@runtime_checkable
class TombstoneKeys(Protocol):
    """Keys of tombstones, wherever they are kept: in memory, in a file, in a key service that never gives them out.

    .. versionadded:: 0.1
    """

    def current(self) -> str:
        """Return the id of the key for new tombstones: 1 to 40 printable characters without a colon."""
        ...

    def macs(self, key_id: str, messages: Sequence[bytes], /) -> list[bytes]:
        """Return the HMAC-SHA-256 of each of *messages* under the key *key_id*.

        Raises:
            LookupError: If there is no such key (any more).
        """
        ...


class KeyRing:
    """Keys in memory, by id; *current* is that of new tombstones (the last one, if not said).

    Keep a key as long as tombstones made with it shall hold. To change keys, add one and name it *current*.

    >>> ring = KeyRing({"2026": b"a secret of 32 bytes or more, ok"})
    >>> ring.current(), len(ring.macs("2026", [b"taro"])[0])
    ('2026', 32)

    Raises:
        InvalidRulesError: If there is no key, one is shorter than 16 bytes, or an id cannot be used.

    .. versionadded:: 0.1
    """

    def __init__(self, keys: Mapping[str, bytes], *, current: str = "") -> None:
        """Take the keys."""
        if not isinstance(keys, Mapping) or not keys:
            raise InvalidRulesError(field="tombstone_keys", reason="no keys", hint='{"2026": secrets.token_bytes(32)}')
        for key_id, key in keys.items():
            usable_key_id(key_id)
            if not isinstance(key, (bytes, bytearray)) or len(key) < _SHORTEST_KEY:
                raise InvalidRulesError(
                    field="tombstone_keys", reason=f"not at least {_SHORTEST_KEY} bytes", hint="secrets.token_bytes(32)"
                )
        if current and current not in keys:
            raise InvalidRulesError(field="tombstone_keys", reason="the current one is not among them", hint="add it")
        self._keys = {key_id: bytes(key) for key_id, key in keys.items()}
        self._current = current or list(keys)[-1]

    def __repr__(self) -> str:
        """Show the ids only."""
        return f"KeyRing({sorted(self._keys)}, current={self._current!r})"

    def current(self) -> str:
        """See ``TombstoneKeys``."""
        return self._current

    def macs(self, key_id: str, messages: Sequence[bytes], /) -> list[bytes]:
        """See ``TombstoneKeys``."""
        key = self._keys[key_id]
        return [hmac.digest(key, message, hashlib.sha256) for message in messages]


def usable_key_id(key_id: object, /) -> str:
    """Return *key_id* if a tombstone can be marked with it.

    Raises:
        InvalidRulesError: If it cannot.
    """
    if not isinstance(key_id, str) or not 0 < len(key_id) <= 40 or not key_id.isprintable() or ":" in key_id:
        raise InvalidRulesError(
            field="tombstone_keys", reason="an id is not 1 to 40 printable characters without a colon", hint="e.g. 2026"
        )
    return key_id


def message(kind: str, name: str, tenant: str, /) -> bytes:
    """Return what is digested for *name*: of another tenant or kind it is something else, and cannot be compared."""
    space = IDENTIFIER if kind in (BESIDE, TIED) else kind
    return f"{len(tenant)}:{tenant}|{space}|{name}".encode("utf-8", "surrogatepass")


def marks(keys: TombstoneKeys, key_id: str, messages: Sequence[bytes], /) -> list[str]:
    """Return the mark of each message under one key, as a tombstone keeps it.

    Raises:
        InvalidInputError: If the key is not there, or the keys do not keep their contract.
    """
    if not messages:
        return []
    try:
        found = keys.macs(key_id, list(messages))
    except LookupError:
        raise _missing(key_id) from None
    if not isinstance(found, list) or len(found) != len(messages) or not all(_whole(one) for one in found):
        raise InvalidInputError(
            field="tombstone_keys.macs", reason="not one digest of 20 bytes or more a message", hint="see TombstoneKeys"
        )
    return [f"{key_id}:{base64.b32encode(bytes(one[:_BYTES])).decode().lower()}" for one in found]


def marks_under(keys: TombstoneKeys, key_ids: Iterable[str], messages: Sequence[bytes], /) -> list[dict[str, int]]:
    """Return, for each of *key_ids*, the mark of every message with the place of that message."""
    return [{mark: place for place, mark in enumerate(marks(keys, one, messages))} for one in key_ids]


def _whole(mac: object) -> bool:
    return isinstance(mac, (bytes, bytearray)) and len(mac) >= _BYTES


def _missing(key_id: str) -> InvalidInputError:
    return InvalidInputError(
        field="tombstone_keys",
        reason=f"the key {key_id[:40]!r}, under which something was erased, is not there",
        hint="hand it in until its tombstones are over; without it nobody can tell what must not come back",
    )
