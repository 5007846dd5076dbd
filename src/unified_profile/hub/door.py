"""What comes through the door: facts or payloads become rows, or go to the quarantine with a reason."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Protocol, TypeVar

import attrs

from unified_profile.errors import InvalidFactError, InvalidInputError, UnifiedProfileError
from unified_profile.hub.arguments import name
from unified_profile.hub.consents import heard
from unified_profile.hub.ingest import Told
from unified_profile.hub.raw import raw_text
from unified_profile.hub.reports import Quarantined
from unified_profile.hub.setup import Setup
from unified_profile.hub.statements import names_of
from unified_profile.identity.bundles import bundle_key, placed
from unified_profile.model.codec import KINDS, encode
from unified_profile.model.facts import (
    ConsentRecord,
    ErasureOrder,
    Fact,
    ModelAdopted,
    Retraction,
    Severance,
    SourceRecord,
)
from unified_profile.model.rows import QuarantineRow
from unified_profile.model.times import from_micros
from unified_profile.model.values import RECORD
from unified_profile.rights.erasing import Scope

T = TypeVar("T")
_KINDS = frozenset(KINDS.values())
_ADOPTABLE = ("records", "profiles")


class PayloadReader(Protocol):
    """Turns a payload into a fact (``wire.Reader`` is one)."""

    def read(self, payload: Any, /, *, received_at: Any) -> Fact:
        """Return the fact, or raise ``InvalidPayloadError``."""
        ...


@attrs.frozen
class Admitted:
    """A batch after the door."""

    told: tuple[Told, ...]
    refused: tuple[QuarantineRow, ...]

    def quarantined(self) -> tuple[Quarantined, ...]:
        """Return the refused ones as a report shows them."""
        return tuple(Quarantined(row.id, row.field, row.reason) for row in self.refused)


def admit(
    items: Sequence[object],
    setup: Setup,
    reader: PayloadReader | None,
    now_us: int,
    /,
    *,
    held: QuarantineRow | None = None,
) -> Admitted:
    """Turn *items* into rows; what cannot be taken becomes a quarantine row, whole and with the reason.

    *held* is the row that the only item comes from when it is replayed: it was received then, and stays under its id
    if it cannot be taken now either.
    """
    told: list[Told] = []
    refused: list[QuarantineRow] = []
    received_us = now_us if held is None else held.received_us
    for item in items:
        if held is not None and reader is None and type(item) not in _KINDS:
            refused.append(held)  # nobody has looked at it again
            continue
        try:
            if type(item) in _KINDS:
                fact: Fact = item  # type: ignore[assignment]  # its type was just looked up
            elif not isinstance(item, (dict, str, bytes)) and hasattr(item, "error") and hasattr(item, "raw"):
                refused.append(_rejected(item, now_us))  # a line that a file reader rejected
                continue
            else:
                fact = _read(item, reader, received_us)
            _check(fact, setup)
            if type(fact) is ConsentRecord:
                fact = heard(fact, setup, from_micros(now_us))
            told.append(Told(fact, encode(fact, bundle=bundle_key(fact), recorded_us=now_us)))
        except InvalidInputError as error:
            refused.append(_refused(item, error.field, error.reason, now_us, held))
        except UnifiedProfileError as error:
            refused.append(_refused(item, "identifiers", str(error), now_us, held))
        except Exception as error:  # noqa: BLE001  # a stranger's reader or object; the others must not be lost for it
            reason = f"could not be read: {type(error).__name__}"
            refused.append(_refused(item, "items", reason, now_us, held))
    return Admitted(tuple(told), tuple(refused))


def _check(fact: Fact, setup: Setup) -> None:
    """Refuse what no engine here could work with."""
    if fact.tenant != setup.tenant:
        raise InvalidFactError(field="tenant", reason="not the tenant of this hub", hint="use a hub of that tenant")
    if setup.third_parties and any(fact.source == party.source for party in setup.third_parties):
        raise InvalidFactError(field="source", reason="a third party's", hint="take it in by hub.link_external")
    namespaces = setup.rules.by_name
    for identifier in names_of(fact):
        if identifier.namespace not in namespaces and identifier.namespace != RECORD:
            setup.rules.namespace(identifier.namespace)
    if isinstance(fact, SourceRecord):
        if placed(fact.node, setup.rules) is None:
            raise InvalidFactError(field="key", reason="holds control characters", hint="remove them")
    elif isinstance(fact, ErasureOrder):
        Scope.of(fact.scope)
        if not fact.identifiers:
            raise InvalidFactError(field="identifiers", reason="none", hint="say who asks to be forgotten")
    elif isinstance(fact, (Severance, Retraction)):
        name(fact.fact_id, "fact_id")
    elif isinstance(fact, ModelAdopted):
        name(fact.fingerprint, "fingerprint")
        if fact.kind not in _ADOPTABLE:
            raise InvalidFactError(
                field="kind",
                reason="identity rules are adopted by hub.rebuild(rules)" if fact.kind == "identity" else "unknown",
                hint="one of " + ", ".join(_ADOPTABLE),
            )


def _read(item: object, reader: PayloadReader | None, received_us: int) -> Fact:
    if reader is None:
        raise InvalidInputError(
            field="items", reason=f"a {type(item).__name__} is not a fact", hint="pass source= to read payloads"
        )
    fact = reader.read(item, received_at=from_micros(received_us))
    if type(fact) not in _KINDS:
        raise InvalidInputError(field="items", reason="the reader made no fact of it", hint="see wire.Reader")
    return fact


def _rejected(line: Any, now_us: int) -> QuarantineRow:
    return quarantine(line.raw, line.error.field, line.error.reason, now_us)


def _refused(item: object, field: str, reason: str, now_us: int, held: QuarantineRow | None) -> QuarantineRow:
    if held is not None:
        return held._replace(field=field[:200], reason=reason[:500])
    return quarantine(item, field, reason, now_us)


def quarantine(item: object, field: str, reason: str, now_us: int, /) -> QuarantineRow:
    """Return the quarantine row of something handed in; equal things get equal ids."""
    raw = raw_text(item)
    digest = hashlib.blake2b(raw.encode("ascii"), digest_size=12).hexdigest()
    return QuarantineRow(f"q_{digest}", now_us, field[:200], reason[:500], raw)


def batches(items: Iterable[T], size: int, /) -> Iterator[list[T]]:
    """Yield *items* in lists of at most *size*, reading no further ahead."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
