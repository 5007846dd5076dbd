"""What somebody can take along (GDPR 20): what they gave and what was seen of them, where it is used by their will."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import attrs

from unified_profile.consent.purposes import PurposeRegistry
from unified_profile.model import ConsentRecord, Event, Fact, Json, Purpose, SourceRecord
from unified_profile.model.redaction import Closed, closed, hidden
from unified_profile.rights.access import Held, iso, origin_of, to_json

PORTABLE_BASES = frozenset({"consent", "contract"})
"""The bases on which data can be taken along (GDPR 20(1)(a))."""


@closed
@attrs.frozen
class PortableData(Closed):
    """What somebody can take along: what they gave and what was seen of them, as facts that any hub takes in again.

    .. versionadded:: 0.1
    """

    at: datetime
    facts: tuple[Fact, ...] = attrs.field(repr=hidden)

    def to_json(self) -> dict[str, Json]:
        """Return the facts as JSON; ``wire.from_json`` reads each of them."""
        return {"at": iso(self.at), "format": "unified_profile/facts", "facts": [to_json(one) for one in self.facts]}


def portable(
    held: Held, purposes: PurposeRegistry, /, *, at: datetime, others: Collection[str], inferred: Collection[str]
) -> PortableData:
    """Return what of *held* can be taken along (GDPR 20).

    It was given by the person or seen of them, and some purpose uses it on the basis of consent or a contract. A trait
    of a record that none of those purposes uses is left out of it. Consents are the person's own word, and go along.

    .. versionadded:: 0.1
    """
    using = [one for one in purposes if one.basis in PORTABLE_BASES]
    found: list[Fact] = []
    for fact in sorted(held.facts, key=lambda one: (one.occurred_at, one.id)):
        if origin_of(fact, others=others, inferred=inferred) in {"provided", "observed"}:
            kept = _portable(fact, using)
            if kept is not None:
                found.append(kept)
    return PortableData(at, tuple(found))


def _portable(fact: Fact, using: Sequence[Purpose]) -> Fact | None:
    if isinstance(fact, ConsentRecord):
        return fact
    if isinstance(fact, SourceRecord):
        told = {name: value for name, value in fact.attributes.items() if _used(name, using)}
        return attrs.evolve(fact, attributes=told) if told else None
    if isinstance(fact, Event):
        traits = {name: value for name, value in fact.traits.items() if _used(name, using)}
        seen = any(one.allows_event(fact.name) for one in using)
        if not seen and not traits:
            return None
        return attrs.evolve(fact, traits=traits, properties=fact.properties if seen else {})
    return None


def _used(trait: str, using: Sequence[Purpose]) -> bool:
    return any(one.allows_trait(trait) for one in using)
