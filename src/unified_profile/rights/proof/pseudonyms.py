"""Names in place of names: keyed hashes, so that the log can say "the same person" without saying who."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.model.redaction import Closed, closed, hidden
from unified_profile.rights.keeping import read_secret, write_secret
from unified_profile.rights.proof.canonical import read_strictly

_LEAST = 16
_DIGITS = 32
_NAME = re.compile(r"[A-Za-z0-9._-]{1,40}\Z")


def _keys(keys: Mapping[str, bytes]) -> Mapping[str, bytes]:
    if not isinstance(keys, Mapping) or not keys:
        raise InvalidInputError(field="keys", reason="none", hint="Pseudonyms.fresh()")
    for name, key in keys.items():
        if not isinstance(name, str) or not _NAME.match(name):
            raise InvalidInputError(field="keys", reason="a name of a key is none", hint="letters, digits, . _ -")
        if not isinstance(key, bytes) or len(key) < _LEAST:
            raise InvalidInputError(field="keys", reason=f"a key of less than {_LEAST} bytes", hint="os.urandom(32)")
    return MappingProxyType(dict(keys))


@closed
@attrs.frozen
class Pseudonyms(Closed):
    """The keys under which ids become pseudonyms (HMAC-SHA-256, 128 bits of it). The last one makes new ones.

    Without the key nobody can tell whose a pseudonym is, nor try names one after the other. Destroy a key, and all
    that was told under it can be tied to nobody any more.

    >>> keys = Pseudonyms({"2026": b"0123456789abcdef"})
    >>> keys.of("profile", "prf_1")
    '2026:2e9978d8b4d49c26977062f028447094'
    >>> keys.of("profile", "prf_1") == keys.of("fact", "prf_1")
    False

    Raises:
        InvalidInputError: If there is no key, or one is short.

    .. versionadded:: 0.1
    """

    keys: Mapping[str, bytes] = attrs.field(converter=_keys, repr=hidden)

    @classmethod
    def fresh(cls, name: str = "1") -> Pseudonyms:
        """Return a new key called *name*."""
        return cls({name: os.urandom(32)})

    def plus(self, name: str, key: bytes | None = None, /) -> Pseudonyms:
        """Return these keys and one more, by which new pseudonyms are made from now on; a new one if *key* is None.

        Raises:
            InvalidInputError: If there is one of that name already.
        """
        if not isinstance(name, str) or name in self.keys:
            raise InvalidInputError(
                field="name", reason="taken, or no text", hint="a name is never given to another key"
            )
        return Pseudonyms({**self.keys, name: os.urandom(32) if key is None else key})

    def without(self, name: str, /) -> Pseudonyms:
        """Return these keys without one: what was told under it is anonymous from then on, once no copy is left."""
        return Pseudonyms({one: key for one, key in self.keys.items() if one != name})

    def of(self, kind: str, value: str, /) -> str:
        """Return the pseudonym of *value* under the newest key; *kind* keeps ids of different things apart."""
        name = list(self.keys)[-1]
        return self._under(name, kind, value)

    def all_of(self, kind: str, value: str, /) -> tuple[str, ...]:
        """Return every pseudonym that *value* ever had, newest key first."""
        return tuple(self._under(name, kind, value) for name in list(self.keys)[::-1])

    def _under(self, name: str, kind: str, value: str) -> str:
        told = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
        return f"{name}:{hmac.new(self.keys[name], told, hashlib.sha256).hexdigest()[:_DIGITS]}"

    @classmethod
    def load(cls, file: str | os.PathLike[str], /) -> Pseudonyms:
        """Return the keys in *file*.

        Raises:
            InvalidInputError: If there are none, or others may read it.
        """
        found = read_strictly(read_secret(file), field="file")
        try:
            return cls({name: bytes.fromhex(key) for name, key in found.items()})
        except (AttributeError, TypeError, ValueError):
            pass
        raise InvalidInputError(field="file", reason="holds no keys", hint="write it by save()")

    def save(self, file: str | os.PathLike[str], /) -> Path:
        """Write the keys to *file*, whole or not at all, for its owner alone (mode 0600)."""
        return write_secret(file, json.dumps({name: key.hex() for name, key in self.keys.items()}).encode())
