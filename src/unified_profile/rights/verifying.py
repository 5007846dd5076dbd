"""Looks whether anything of an erased person is left: in rows, and in the bytes that a database keeps beside them.

The values to look for are handed in, or held in memory by the erasure that has just run. They are written nowhere: a
list of what was erased would be the last copy of it.
"""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from urllib.parse import quote

import attrs

from unified_profile.model import Fact, Identifier, Json
from unified_profile.model.redaction import Closed, Veiled, closed, hidden
from unified_profile.rights.needles import ends_of, maybe_within

SHORTEST = 4
"""The fewest characters of a value that is looked for: shorter ones are found everywhere."""

_TELLING = frozenset({
    "identifiers", "previous", "attributes", "properties", "traits", "context", "key", "account", "evidence_ref",
    "reason", "by", "left", "right", "identifier",
})  # fmt: skip
"""The fields of facts that hold values of people; the others hold words of the business."""


def values_of(facts: Iterable[Fact], /) -> frozenset[str]:
    """Return the texts in *facts* that could tell of a person: values of identifiers, traits, properties, and ids.

    >>> from datetime import UTC, datetime
    >>> from unified_profile import SourceRecord
    >>> at = datetime(2026, 1, 1, tzinfo=UTC)
    >>> told = SourceRecord(id="r-81", source="crm", key="4711", occurred_at=at, attributes={"city": "Osaka"})
    >>> sorted(values_of([told]))
    ['4711', 'Osaka', 'r-81']
    """
    found: set[str] = set()
    for fact in facts:
        found.add(fact.id)
        for field in attrs.fields(type(fact)):
            if field.name in _TELLING:
                found.update(_texts(getattr(fact, field.name)))
    return frozenset(text for text in found if len(text) >= SHORTEST)


def _texts(value: object) -> Iterator[str]:
    if type(value) is str:
        yield value
    elif isinstance(value, Identifier):
        yield value.value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)


def forms(value: str, /) -> frozenset[bytes]:
    r"""Return the byte strings as which *value* may lie in a file: encodings, escapes, normal forms, base64.

    >>> b"taro@example.com" in forms("Taro@Example.com"), b"T\x00a\x00r\x00o\x00" in forms("Taro")
    (True, True)
    """
    spelled = {value, value.lower(), value.upper(), value.casefold(), value.strip()}
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        spelled |= {unicodedata.normalize(form, text) for text in tuple(spelled)}
    found: set[bytes] = set()
    for text in spelled:
        if len(text) < SHORTEST:
            continue
        plain = text.encode("utf-8", "surrogatepass")
        found |= {plain, text.encode("utf-16-le", "surrogatepass"), text.encode("utf-16-be", "surrogatepass")}
        found |= {
            json.dumps(text)[1:-1].encode(),
            json.dumps(text, ensure_ascii=False)[1:-1].encode("utf-8", "replace"),
        }
        found |= {quote(plain, safe="").encode(), quote(plain).encode(), plain.hex().encode()}
        found |= _base64(plain)
    return frozenset(found)


def _base64(plain: bytes) -> set[bytes]:
    """Return what of the base64 form of *plain* does not depend on what stands before and after it."""
    found = set()
    for lead in range(3):
        coded = base64.b64encode(b"\0" * lead + plain)
        start = -(-lead * 8 // 6) if lead else 0
        whole = (lead + len(plain)) * 8 // 6
        core = coded[start:whole]
        if len(core) >= 2 * SHORTEST:
            found |= {core, core.replace(b"+", b"-").replace(b"/", b"_")}
    return found


@closed
@attrs.frozen
class Search(Closed):
    """Values to look for in texts and bytes; it shows none of them.

    .. versionadded:: 0.1
    """

    needles: Mapping[bytes, int] = attrs.field(repr=hidden)
    longest: int
    ends: Mapping[int, Mapping[int, list[bytes]]] = attrs.field(repr=hidden)

    @classmethod
    def of(cls, values: Iterable[str], /) -> Search:
        """Return a search for *values*; those of fewer than four characters are left out."""
        needles = Veiled[bytes, int]()
        for place, value in enumerate(sorted({value for value in values if len(value) >= SHORTEST})):
            for form in forms(value):
                needles.setdefault(form, place)
        return cls(needles, max(map(len, needles), default=0), ends_of(needles))

    @property
    def n_values(self) -> int:
        """How many values it looks for."""
        return len(set(self.needles.values()))

    def within(self, data: bytes, /) -> set[int]:
        """Return which values (by place) are in *data*."""
        return self._found(data, lambda needle: needle in data)

    def standing(self, data: bytes, /) -> set[int]:
        """Return which values (by place) are in *data* and end there: ``user1`` is not in ``user10``."""
        return self._found(data, lambda needle: re.search(re.escape(needle) + rb"(?![0-9A-Za-z])", data) is not None)

    def _found(self, data: bytes, is_there: Callable[[bytes], bool]) -> set[int]:
        found: set[int] = set()
        for needle in sorted(maybe_within(data, self.ends), key=len):
            place = self.needles[needle]
            if place not in found and is_there(needle):  # one form is enough
                found.add(place)
        return found

    def through(self, chunks: Iterable[bytes], /) -> Counter[int]:
        """Return which values are in a stream of *chunks*, those that lie over a border included, and in how many."""
        found: Counter[int] = Counter()
        tail = b""
        for chunk in chunks:
            found.update(self.within(tail + chunk))
            tail = (tail + chunk)[-max(self.longest - 1, 0) :] if self.longest > 1 else b""
        return found


@attrs.frozen
class Trace:
    """Something that was found: where, and how many of the values; never which.

    .. versionadded:: 0.1
    """

    where: str
    values: int


@attrs.frozen(kw_only=True)
class Verification:
    """What a verification found.

    Attributes:
        clean: Nothing of the person is left but what the erasure says.
        rows: Where values are in rows of the store.
        files: Where values are in bytes of its files, beyond those in rows of others.
        also_others: How many values are left because facts of others tell them as well: a city is not one person's.
        unfinished: Erasures that are not done yet, and profiles that somebody has to look at; ``"keys_to_shred"`` if a
            sweep left keys to be destroyed, which ``hub.resume_erasures`` does.
        waiting: What waits in the quarantine and holds a value that no fact of others tells: ``hub.discard`` it, or
            mend and replay it.
        n_values: How many values were looked for.
        n_rows: How many rows were looked through.
        n_bytes: How many bytes.
        places: The files or tables whose bytes were looked through; none where a store shows none.

    .. versionadded:: 0.1
    """

    clean: bool
    rows: tuple[Trace, ...] = ()
    files: tuple[Trace, ...] = ()
    also_others: int = 0
    unfinished: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    n_values: int = 0
    n_rows: int = 0
    n_bytes: int = 0
    places: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """Return it as JSON."""
        return {
            "clean": self.clean,
            "rows": {one.where: one.values for one in self.rows},
            "files": {one.where: one.values for one in self.files},
            "also_others": self.also_others,
            "unfinished": list(self.unfinished),
            "waiting": list(self.waiting),
            "values": self.n_values,
            "rows_read": self.n_rows,
            "bytes_read": self.n_bytes,
            "places": list(self.places),
        }
