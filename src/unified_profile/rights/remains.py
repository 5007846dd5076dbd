"""What an erasure does with each table, so that nobody has to guess, and a new table has to be thought about."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

REMAINS: Mapping[str, str] = MappingProxyType({
    "fact": "the person's facts and what clerks said of them are deleted; the order stays, without a name",
    "quarantine": "what names an identifier of the person's alone is deleted; what names a shared one stays, and is "
    "counted",
    "node": "identifiers of the person's alone are deleted; shared ones stay, and lead to whoever else has them",
    "bundle": "sets of identifiers without a fact are deleted",
    "bundle_node": "goes with its bundle",
    "edge": "ties made by the person's facts are deleted",
    "profile": "deleted",
    "anchor": "every id that led to the person is deleted; other ids forget that they once stood there",
    "redirect": "those of the ids are deleted; others may name such an id: a random text that leads nowhere",
    "statement": "what was said of the identifiers or facts is deleted",
    "record_key": "keys of the person's records are deleted",
    "severed": "goes with its fact",
    "view": "deleted",
    "trait": "deleted",
    "change": "those of the person's ids are deleted; one stays that says the id is gone",
    "access": "deleted",
    "permit": "deleted",
    "meta": "no values; says that there are tombstones and, if no keys were handed in, holds their key; until keys of "
    "sealed values are destroyed, which ones",
    "log_entry": "no personal data: pseudonyms under a key that is kept elsewhere",
    "log_tile": "hashes of entries",
    "segment": "definitions: no personal data",
    "standing": "deleted",
    "membership": "deleted",
    "timer": "deleted",
    "membership_change": "deleted",
    "erasure": "that somebody was erased, when, how many facts, and who had to be told",
    "tombstone": "keyed digests, until their end",
    "held": "facts that a legal hold keeps, until its end",
    "consent_proof": "what was agreed to and when, under a keyed digest of the identifier, until its end",
    "anonymous_count": "counts, if the person was made anonymous",
})  # fmt: skip
"""Each table, and what becomes of what it held of an erased person."""
