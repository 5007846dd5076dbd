"""Seals declared values in rows before a store sees them, and opens them when they come back."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import attrs

from unified_profile.errors import InvalidInputError, StorageError
from unified_profile.model.erasure_rows import HeldRow
from unified_profile.model.rows import FactRow, QuarantineRow, ViewRow
from unified_profile.model.soundness import fits
from unified_profile.model.texts import compact
from unified_profile.profiles.rules import SEGMENT_NAMES
from unified_profile.rights.sealing.ciphers import KEY, decrypted, encrypted
from unified_profile.rights.sealing.keys import SealKeys

MARK = "~sealed"
"""The only key of the object that stands where a sealed value was."""

_PREFIX = "1."
_MARK = 6
_PARTS = ("attributes", "traits", "properties")
_KINDS = frozenset({"record", "event"})
_WHOLE = "raw"

Row: TypeAlias = "tuple[Any, ...]"


def view_text(values: Mapping[str, Any], /) -> str:
    """Return golden values as the text in which views keep them."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _names(names: Iterable[str]) -> frozenset[str]:
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise InvalidInputError(field="fields", reason="not a list of names", hint='{"income"}')
    found = frozenset(names)
    if not all(isinstance(one, str) for one in found):
        raise InvalidInputError(field="fields", reason="not a list of names", hint='{"income"}')
    return found | {alias for alias, name in SEGMENT_NAMES.items() if name in found}


@attrs.frozen
class Sealer:
    """Seals the values of *fields* under a key for each person's bundle of identifiers, bound to where they stand.

    *fields* names attributes, traits and event properties; a Segment name of one (``firstName``) is sealed with it.
    """

    keys: SealKeys = attrs.field(repr=False)
    fields: frozenset[str] = attrs.field(converter=_names)

    def __attrs_post_init__(self) -> None:
        """Refuse what keeps no keys."""
        if not fits(self.keys, SealKeys):
            raise InvalidInputError(field="keys", reason="keeps no keys", hint="see SealKeys")

    def seals(self, table: str, /) -> bool:
        """Say whether rows of *table* can hold sealed values."""
        return table in _SEALED

    def sealed(
        self, table: str, rows: Sequence[Row], tenant: str, /, *, under: dict[str, bytes] | None = None
    ) -> list[Row]:
        """Return *rows* with declared values sealed; keys are made where there are none, and noted in *under*."""
        job = _SEALED[table]
        wanted = [(row, job(row, tenant)) for row in rows]
        touched = [place for row, place in wanted if place is not None and self._touches(row, place)]
        keys = self.keys.make({place.key for place in touched}) if touched else {}
        if under is not None:
            under.update(keys)
        return [row if place is None or place.key not in keys else self._shut(row, place, keys[place.key])
                for row, place in wanted]  # fmt: skip

    def lost(self, under: Mapping[str, bytes], /) -> bool:
        """Say whether a key of *under* was destroyed, or made anew, since something was sealed with it."""
        if not under:
            return False
        now = self.keys.get(list(under))
        return any(now.get(name) != key for name, key in under.items())

    def opened(self, table: str, rows: Sequence[Row], tenant: str, /) -> list[Row]:
        """Return *rows* with sealed values opened; a value whose key is gone is left out, if one was made anew, too.

        Raises:
            StorageError: If a sealed value was changed, or moved from where it was sealed.
        """
        job = _SEALED[table]
        wanted = [(row, job(row, tenant) if _holds(row) else None) for row in rows]
        names = {place.key for _, place in wanted if place is not None}
        keys = self.keys.get(names) if names else {}
        return [row if place is None else self._open(row, place, keys.get(place.key)) for row, place in wanted]

    def _touches(self, row: Row, place: Place) -> bool:
        return place.whole or any(
            self._hides(name, value) for _, values in place.parts(row) for name, value in values.items()
        )

    def _hides(self, name: str, value: object) -> bool:
        """Say whether *value* is to be sealed; what only looks as if it were, too, so that nobody can feign it."""
        return name in self.fields or _is_sealed(value)

    def _shut(self, row: Row, place: Place, key: bytes) -> Row:
        if place.whole:
            return place.put(row, compact({MARK: _token(key, place, place.text(row), _WHOLE)}))

        def shut(part: str, name: str, value: Any) -> Any:
            if not self._hides(name, value):
                return value
            return {MARK: _token(key, place, json.dumps(value), f"{part}.{name}")}

        return place.put(row, place.written({
            part: {name: shut(part, name, value) for name, value in values.items()}
            for part, values in place.parts(row)
        }, row))  # fmt: skip

    def _open(self, row: Row, place: Place, key: bytes | None) -> Row:
        if place.whole:
            body = _object(place.text(row))
            if not _is_sealed(body):
                return row
            text = _plain(key, place, body[MARK], _WHOLE)
            return place.put(row, json.dumps({"item": None}) if text is None else text)
        opened: dict[str, dict[str, Any]] = {}
        for part, values in place.parts(row):
            kept = opened[part] = {}
            for name, value in values.items():
                if not _is_sealed(value):
                    kept[name] = value
                elif (text := _plain(key, place, value[MARK], f"{part}.{name}")) is not None:
                    kept[name] = json.loads(text)
        return place.put(row, place.written(opened, row))


@attrs.frozen
class Place:
    """Where the values of a row stand: under which key they are sealed, and to what they are bound."""

    key: str
    tenant: str
    id: str
    column: int
    flat: bool = False
    whole: bool = False

    def context(self, field: str) -> bytes:
        """Return what a sealed value is bound to: tenant, key, row and field."""
        return json.dumps([self.tenant, self.key, self.id, field]).encode()

    def text(self, row: Row) -> str:
        """Return the text in which the values stand."""
        found: str = row[self.column]
        return found

    def parts(self, row: Row) -> list[tuple[str, dict[str, Any]]]:
        """Return the values by the part of the body that they stand in."""
        body = _object(self.text(row))
        if self.flat:
            return [("", body)]
        return [(part, body[part]) for part in _PARTS if isinstance(body.get(part), dict)]

    def written(self, parts: Mapping[str, dict[str, Any]], row: Row) -> str:
        """Return the body with other values in its *parts*, in the very text that the library would write."""
        if self.flat:
            return view_text(parts[""])
        return compact({**_object(self.text(row)), **parts})

    def put(self, row: Row, text: str) -> Row:
        """Return *row* with other text."""
        made = list(row)
        made[self.column] = text
        return type(row)(*made)


def _of_fact(row: Row, tenant: str) -> Place | None:
    fact = FactRow(*row)
    if fact.kind not in _KINDS:
        return None
    return Place(key_of_bundle(tenant, fact.bundle), tenant, fact.id, _column(FactRow, "body"))


def _of_view(row: Row, tenant: str) -> Place:
    view = ViewRow(*row)
    return Place(key_of_profile(tenant, view.profile), tenant, view.profile, _column(ViewRow, "body"), flat=True)


def _of_quarantine(row: Row, tenant: str) -> Place:
    waiting = QuarantineRow(*row)
    return Place(key_of_quarantined(tenant, waiting.id), tenant, waiting.id, _column(QuarantineRow, "raw"), whole=True)


def _of_held(row: Row, tenant: str) -> Place | None:
    held = HeldRow(*row)
    if held.kind not in _KINDS:
        return None
    return Place(key_of_held(tenant, held.fact), tenant, held.fact, _column(HeldRow, "body"))


_SEALED: Mapping[str, Callable[[Row, str], Place | None]] = {
    "fact": _of_fact, "view": _of_view, "quarantine": _of_quarantine, "held": _of_held,
}  # fmt: skip
"""The tables whose rows hold values of people, by name."""


def key_of_bundle(tenant: str, bundle: str, /) -> str:
    """Return the name of the key of everything told under one set of identifiers."""
    return f"{tenant}/bundle/{bundle}"


def key_of_profile(tenant: str, profile: str, /) -> str:
    """Return the name of the key of the golden values of *profile*."""
    return f"{tenant}/profile/{profile}"


def key_of_quarantined(tenant: str, id_: str, /) -> str:
    """Return the name of the key of what waits in the quarantine under *id_*: nobody knows yet whose it is."""
    return f"{tenant}/quarantine/{id_}"


def key_of_held(tenant: str, fact: str, /) -> str:
    """Return the name of the key of the fact *fact* that a legal hold keeps."""
    return f"{tenant}/held/{fact}"


def _column(row: type[Any], name: str) -> int:
    fields: tuple[str, ...] = row._fields
    return fields.index(name)


def _object(text: str) -> dict[str, Any]:
    """Return the JSON object in *text*; an empty one if there is none, in which nothing is sealed."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _holds(row: Row) -> bool:
    return any(isinstance(one, str) and MARK in one for one in row)


def _is_sealed(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == {MARK} and str(value[MARK]).startswith(_PREFIX)


def _token(key: bytes, place: Place, text: str, field: str) -> str:
    """Return *text*, sealed, behind marks of the key's name and of the key itself.

    By them a value whose key was destroyed, and made anew for what came later, is told from one that was moved here.
    """
    sealed = encrypted(key, text.encode("utf-8", "surrogatepass"), place.context(field))
    return _PREFIX + base64.b64encode(_mark(place.key.encode()) + _mark(key) + sealed).decode()


def _plain(key: bytes | None, place: Place, token: str, field: str) -> str | None:
    """Return what was sealed; None if its key is gone."""
    try:
        sealed = base64.b64decode(token.removeprefix(_PREFIX), validate=True)
    except ValueError:
        raise StorageError("a sealed value cannot be opened: it is not what was written") from None
    named, made, rest = sealed[:_MARK], sealed[_MARK : 2 * _MARK], sealed[2 * _MARK :]
    if named == _mark(place.key.encode()) and (key is None or made != _mark(key)):
        return None
    return decrypted(key or bytes(KEY), rest, place.context(field)).decode("utf-8", "surrogatepass")


def _mark(of: bytes) -> bytes:
    return hashlib.sha256(of).digest()[:_MARK]
