"""What comes through the door: facts or payloads become rows, or go to the quarantine with a reason."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol, TypeVar

import attrs

from unified_profile.errors import InvalidFactError, InvalidInputError, UnifiedProfileError
from unified_profile.hub.ingest import Told
from unified_profile.hub.reports import Quarantined
from unified_profile.hub.setup import Setup
from unified_profile.identity.bundles import bundle_key, spoken_of
from unified_profile.model.codec import KINDS, decode, encode
from unified_profile.model.facts import ErasureOrder, Fact
from unified_profile.model.rows import FactRow, QuarantineRow
from unified_profile.model.times import from_micros

T = TypeVar("T")
_FACTS = tuple(KINDS.values())
_KINDS = frozenset(_FACTS)


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


def admit(items: Sequence[object], setup: Setup, reader: PayloadReader | None, now_us: int, /) -> Admitted:
    """Turn *items* into rows; what cannot be taken becomes a quarantine row, whole and with the reason."""
    told: list[Told] = []
    refused: list[QuarantineRow] = []
    namespaces = setup.rules.by_name
    for item in items:
        try:
            if type(item) in _KINDS:
                fact: Fact = item  # type: ignore[assignment]  # its type was just looked up
            elif hasattr(item, "error") and hasattr(item, "raw"):  # a line that a file reader rejected
                refused.append(_rejected(item, now_us))
                continue
            else:
                fact = _read(item, reader, now_us)
            if fact.tenant != setup.tenant:
                raise InvalidFactError(
                    field="tenant", reason="not the tenant of this hub", hint="use a hub of that tenant"
                )
            if type(fact) is ErasureOrder:
                raise InvalidFactError(
                    field="fact", reason="erasure orders are executed by the rights room", hint="replay it there"
                )
            for identifier in spoken_of(fact):
                if identifier.namespace not in namespaces and identifier.namespace != "record":
                    setup.rules.namespace(identifier.namespace)
            row = encode(fact, bundle=bundle_key(fact), recorded_us=now_us)
            told.append(Told(fact, row))
        except InvalidInputError as error:
            refused.append(quarantine(item, error.field, error.reason, now_us))
        except UnifiedProfileError as error:
            refused.append(quarantine(item, "identifiers", str(error), now_us))
    return Admitted(tuple(told), tuple(refused))


def _read(item: object, reader: PayloadReader | None, now_us: int) -> Fact:
    if reader is None:
        raise InvalidInputError(
            field="items", reason=f"a {type(item).__name__} is not a fact", hint="pass source= to read payloads"
        )
    return reader.read(item, received_at=from_micros(now_us))


def _rejected(line: Any, now_us: int) -> QuarantineRow:
    return quarantine(line.raw, line.error.field, line.error.reason, now_us)


def quarantine(item: object, field: str, reason: str, now_us: int, /) -> QuarantineRow:
    """Return the quarantine row of something handed in; equal things get equal ids."""
    raw = raw_text(item)
    name = hashlib.blake2b(raw.encode("ascii"), digest_size=12).hexdigest()
    return QuarantineRow(f"q_{name}", now_us, field[:200], reason[:500], raw)


def raw_text(item: object, /) -> str:
    """Return *item* as ASCII JSON text from which ``raw_item`` makes something equal, whatever it is.

    What JSON cannot hold is kept as its Python form under ``"repr"``, so that a person can still read it.
    """
    if isinstance(item, _FACTS):
        return _fact_text(item)
    try:
        if isinstance(item, (bytes, bytearray)):
            return json.dumps({"bytes": bytes(item).hex()})
        return json.dumps({"item": item})
    except (TypeError, ValueError, RecursionError):
        pass
    try:
        return json.dumps({"repr": repr(item)})
    except Exception:  # noqa: BLE001  # a stranger's repr may raise anything
        return json.dumps({"repr": f"a {type(item).__name__} that cannot be written down"})


def raw_item(raw: str, /) -> object:
    """Return what was handed in, from its quarantine text."""
    held = json.loads(raw)
    if "bytes" in held:
        return bytes.fromhex(held["bytes"])
    if "item" in held:
        return held["item"]
    if "row" in held:
        return decode(FactRow(*held["row"]), tenant=held["tenant"])
    return held


def _fact_text(fact: Fact) -> str:
    try:
        row = encode(fact, bundle="", recorded_us=0)
        return json.dumps({"row": list(row), "tenant": fact.tenant})
    except InvalidInputError:
        return json.dumps({"fact": type(fact).__name__, "fields": _jsonable(attrs.asdict(fact))})


def _jsonable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _jsonable(part) for key, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_jsonable(part) for part in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else repr(value)


def batches(items: Iterable[T], size: int, /) -> Iterator[list[T]]:
    """Yield *items* in lists of at most *size*, reading no further ahead."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
