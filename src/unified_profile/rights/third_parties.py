"""Data from others: linked to somebody only where the giver may give it and the person lets us take it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import attrs

from unified_profile.errors import HashedAudienceError, InvalidRulesError
from unified_profile.model import SourceRecord
from unified_profile.model.redaction import Closed, closed, hidden

GIVER_BASES = frozenset({"consent", "contract", "legal_obligation", "public_task", "legitimate_interests"})
"""The bases on which somebody else may give us a person's data."""

_DIGEST = re.compile(r"(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128})\Z")
_HASHES = re.compile(r"(?:^|_)(?:md5|sha1|sha256|sha512|hash|hashed)(?:$|_)")


@attrs.frozen
class ThirdParty:
    """Somebody else whose records we take: *source* is what their facts are told under, *purpose* what we link for.

    Linking is a purpose of its own: register it, and ask people for it. *channel* is where that was asked.

    .. versionadded:: 0.1
    """

    source: str
    provider: str
    purpose: str
    channel: str = "any"

    def __attrs_post_init__(self) -> None:
        """Refuse a party without a name."""
        for part in ("source", "provider", "purpose", "channel"):
            if not isinstance(getattr(self, part), str) or not getattr(self, part):
                raise InvalidRulesError(field=f"third_party.{part}", reason="missing", hint="name it")


@closed
@attrs.frozen
class ExternalRow(Closed):
    """One record of a third party, with why they may give it.

    *basis* is the giver's own legal basis, *confirmed* that they have checked the person's agreement to its being given
    to us (APPI Art. 31(1): the giver confirms it), *evidence_ref* where the proof is.

    .. versionadded:: 0.1
    """

    record: SourceRecord
    basis: str = ""
    confirmed: bool = False
    evidence_ref: str = attrs.field(default="", repr=hidden)

    def refusal(self, party: ThirdParty, /) -> str:
        """Return why the giver may not give it; nothing if they may."""
        if self.record.source != party.source:
            return "other_source"
        if not self.record.identifiers:
            return "no_identifier"
        if self.basis not in GIVER_BASES:
            return "no_basis"
        if self.basis == "consent" and not (self.confirmed and self.evidence_ref):
            return "not_confirmed"
        return ""


@attrs.frozen
class LinkReport:
    """What became of a third party's rows: how many were linked, and how many refused, by reason.

    ``other_source``, ``no_identifier``, ``no_basis`` and ``not_confirmed`` are the giver's; ``nobody`` and
    ``several_people`` say that the identifiers do not lead to one person we know; all others are the reason code of the
    person's own permission.

    .. versionadded:: 0.1
    """

    linked: int = 0
    refused: Mapping[str, int] = attrs.field(factory=dict)

    @property
    def n_refused(self) -> int:
        """How many rows were refused."""
        return sum(self.refused.values())


def no_bare_hashes(rows: Sequence[object], /) -> None:
    """Refuse an audience that is nothing but hashes of addresses.

    Whoever sends it asks us to find people who agreed to nothing; and a hash of an address is still the person's data.

    >>> no_bare_hashes(["5f4dcc3b5aa765d61d8327deb882cf99"])
    Traceback (most recent call last):
        ...
    unified_profile.errors.HashedAudienceError: rows: hashes of addresses without a profile or a basis; ...

    Raises:
        HashedAudienceError: If one of *rows* is a bare hash.
    """
    bare = sum(_is_bare(row) for row in rows)
    if bare:
        raise HashedAudienceError(
            field="rows",
            reason="hashes of addresses without a profile or a basis",
            hint=f"send records with a basis; {bare} of {len(rows)} rows are bare",
        )


def _is_bare(row: object) -> bool:
    if isinstance(row, (str, bytes)):
        return bool(_DIGEST.match(row if isinstance(row, str) else row.hex()))
    if isinstance(row, Mapping):
        return bool(row) and all(isinstance(value, str) and bool(_DIGEST.match(value)) for value in row.values())
    if not isinstance(row, ExternalRow):
        return False
    names: Iterable[str] = (one.namespace for one in row.record.identifiers)
    hashed = bool(row.record.identifiers) and all(
        _HASHES.search(name) or _DIGEST.match(one.value)
        for name, one in zip(names, row.record.identifiers, strict=True)
    )
    return hashed and row.basis not in GIVER_BASES
