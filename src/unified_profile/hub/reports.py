"""What calls of the hub report: frozen, printable, without a personal value."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import attrs

from unified_profile.consent.view import PurposeView
from unified_profile.model.redaction import Closed, closed
from unified_profile.model.values import Identifier


@attrs.frozen
class Quarantined:
    """One thing that could not be taken: its id in the quarantine, and the field and reason."""

    id: str
    field: str
    reason: str


@attrs.frozen
class IngestReport:
    """What became of what was handed in.

    ``accepted`` facts are kept, ``duplicates`` were there already, *quarantined* wait for a fix (``hub.replay``);
    ``merged`` profiles were absorbed by another, ``split`` ones came apart.
    """

    accepted: int = 0
    duplicates: int = 0
    quarantined: tuple[Quarantined, ...] = ()
    merged: int = 0
    split: int = 0

    def __add__(self, other: IngestReport) -> IngestReport:
        """Add two reports up."""
        return IngestReport(
            self.accepted + other.accepted,
            self.duplicates + other.duplicates,
            self.quarantined + other.quarantined,
            self.merged + other.merged,
            self.split + other.split,
        )

    def reasons(self) -> dict[str, int]:
        """Return how often each reason for quarantine occurred, most frequent first."""
        return dict(Counter(f"{item.field}: {item.reason}" for item in self.quarantined).most_common())

    def __str__(self) -> str:
        """Say it in a sentence."""
        return (
            f"{self.accepted} accepted, {self.duplicates} duplicates, {len(self.quarantined)} quarantined; "
            f"{self.merged} merged, {self.split} split"
        )


@attrs.frozen
class ProfileMerged:
    """*absorbed*, and all that led to it, leads to *profile* since *at*; *position* is where a consumer resumes."""

    profile: str
    absorbed: str
    at: datetime
    position: int


@attrs.frozen
class ProfileSplit:
    """*profile* came apart into *into* (itself among them if it lives on; nothing: nobody is left of it).

    *redirects* are ids that led to *profile* (or to nobody), each with where it leads now (None: to nobody). An id that
    leads to itself was revived. Everything else that led here stays with *profile*, or went with it when it merged.

    >>> leads = {"old": "kept", "kept": "kept"}
    >>> leads.update(ProfileSplit("kept", ("kept", "old"), (("old", "old"),), datetime.now(), 7).redirects)
    >>> leads
    {'old': 'old', 'kept': 'kept'}
    """

    profile: str
    into: tuple[str, ...]
    redirects: tuple[tuple[str, str | None], ...]
    at: datetime
    position: int


@closed
@attrs.frozen
class GoldenChange(Closed):
    """That the golden values of *profile*, or what it permits, changed; *view* is what the purpose may see of them now.

    *view* is None when the profile is gone: absorbed by another, or nothing is left of it.
    """

    profile: str
    view: PurposeView | None
    position: int


@closed
@attrs.frozen
class Step(Closed):
    """One step of an identity explanation: these two identifiers occur together in that fact, or were judged so."""

    left: Identifier
    right: Identifier
    kind: str
    fact_id: str
    at: datetime


@attrs.frozen
class RuleChange:
    """What a change of identity rules would do, before it is made.

    Each tuple of *merges* names the live ids that would become one; each entry of *splits* an id and into how many
    it would come apart; *grows* how many facts of nobody would find a profile; *unchanged* how many profiles stay.
    """

    merges: tuple[tuple[str, ...], ...]
    splits: tuple[tuple[str, int], ...]
    grows: int
    shrinks: int
    unchanged: int


@closed
@attrs.frozen
class IdentityConflict(Closed):
    """Facts of *profile* speak of *identifier*, which lies with *held_by* (None: with nobody) instead."""

    profile: str
    identifier: Identifier
    held_by: str | None


@closed
@attrs.frozen
class ReviewItem(Closed):
    """Two profiles or identifiers that a clerk should look at, and why."""

    left: str
    right: str
    reason: str
    weight: float = 0.0
    left_node: Identifier | None = None
    right_node: Identifier | None = None


@attrs.frozen
class Access:
    """That a profile was read whole: when and why."""

    profile: str
    reason: str
    at: datetime
    position: int
