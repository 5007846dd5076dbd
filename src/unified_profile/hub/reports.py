"""What calls of the hub report: frozen, printable, without a personal value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
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


KEPT_EXAMPLES = 1_000
"""How many refused items a report shows; the quarantine keeps them all."""

_MOST_REASONS = 200
_FURTHER = "further reasons"


@attrs.frozen
class IngestReport:
    """What became of what was handed in.

    ``accepted`` facts are kept, ``duplicates`` were there already, ``n_quarantined`` wait for a fix (``hub.replay``);
    ``merged`` profiles were absorbed by another, ``split`` ones came apart. *quarantined* shows the first thousand of
    those that wait, so that a report stays small however much was refused; ``hub.quarantined()`` lists them all.
    Counts, those by reason included, are of everything. ``erased`` ones were dropped, because they happened before the
    person asked to be forgotten; nothing of them is kept. Of the accepted ones, ``ordered`` are orders to erase
    somebody; they were carried out.

    >>> refused = [Quarantined(str(n), "email", "not an address") for n in range(1500)]
    >>> report = IngestReport(quarantined=refused) + IngestReport(accepted=3)
    >>> report.n_quarantined, len(report.quarantined), report.reasons()
    (1500, 1000, {'email: not an address': 1500})
    """

    accepted: int = 0
    duplicates: int = 0
    quarantined: Sequence[Quarantined] = ()
    merged: int = 0
    split: int = 0
    erased: int = 0
    ordered: int = 0
    counts: Mapping[str, int] = attrs.field(kw_only=True, repr=False)
    """How many were refused, by reason."""

    @counts.default
    def _counted(self) -> Mapping[str, int]:
        return _summed({}, Counter(f"{item.field}: {item.reason}" for item in self.quarantined))

    def __attrs_post_init__(self) -> None:
        """Keep no more examples than a report shows."""
        object.__setattr__(self, "quarantined", tuple(self.quarantined[:KEPT_EXAMPLES]))

    @property
    def n_quarantined(self) -> int:
        """How many items wait in the quarantine because of this call."""
        return sum(self.counts.values())

    def __add__(self, other: IngestReport) -> IngestReport:
        """Add two reports up."""
        return IngestReport(
            self.accepted + other.accepted,
            self.duplicates + other.duplicates,
            (*self.quarantined, *other.quarantined[: KEPT_EXAMPLES - len(self.quarantined)]),
            self.merged + other.merged,
            self.split + other.split,
            self.erased + other.erased,
            self.ordered + other.ordered,
            counts=_summed(self.counts, other.counts),
        )

    def reasons(self) -> dict[str, int]:
        """Return how often each reason for quarantine occurred, most frequent first."""
        return dict(Counter(self.counts).most_common())

    def __str__(self) -> str:
        """Say it in a sentence."""
        return (
            f"{self.accepted} accepted, {self.duplicates} duplicates, {self.n_quarantined} quarantined; "
            f"{self.merged} merged, {self.split} split" + (f"; {self.erased} of erased people" if self.erased else "")
        )


def _summed(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    """Add counts up; beyond so many reasons the further ones are counted together."""
    found = Counter(one)
    for reason, count in other.items():
        found[reason if reason in found or len(found) < _MOST_REASONS else _FURTHER] += count
    return dict(found)


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
    """That somebody was read without a purpose: *what* was called, *by* whom, when and why.

    *what* is ``"raw"`` (every value), ``"explain_identity"``, ``"review"`` or ``"conflicts"`` (identifiers). *profile*
    is the id that they had then, "" for identifiers that were nobody's. *position* is where a consumer resumes.
    """

    profile: str
    reason: str
    at: datetime
    position: int
    what: str = "raw"
    by: str = ""
