"""Views: what we conclude from facts and rules. They can be thrown away and computed again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import attrs

from unified_profile.model.redaction import Closed, closed, hidden
from unified_profile.model.values import Identifier, Json


@closed
@attrs.frozen
class Link(Closed):
    """A machine's conclusion that two records are one person; keyed by the model that said so.

    *weight* is a match weight in bits (log2 of the Bayes factor), rounded to a fixed step by the engine.
    """

    left: Identifier
    right: Identifier
    weight: float
    model: str


@attrs.frozen
class Provenance:
    """Where a value comes from: which fact of which source, when it happened, when we learned it.

    *basis* is how it was obtained: ``"explicit"`` (the person said so), ``"observed"`` or ``"inferred"``.
    """

    fact_id: str
    source: str
    occurred_at: datetime
    recorded_at: datetime
    basis: str = "observed"


@closed
@attrs.frozen
class Trait(Closed):
    """One value of a profile with its provenance, the rule that chose it, and the values that lost."""

    name: str
    value: Json = attrs.field(repr=hidden)
    provenance: tuple[Provenance, ...]
    rule: str
    losers: tuple[tuple[Json, Provenance], ...] = attrs.field(default=(), repr=hidden)


@closed
@attrs.frozen
class Profile(Closed):
    """One person as the facts and rules have it, at a moment and as known at a moment.

    *derived_from* says of every trait that the rules compute, whether this person has it or not, what it is made of
    (``{"orders": {"event:Order Completed"}}``): who may not use all of that may not use the trait.
    """

    id: str
    traits: Mapping[str, Trait]
    identifiers: tuple[Identifier, ...] = ()
    accounts: tuple[str, ...] = attrs.field(default=(), repr=hidden)
    n_facts: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    as_of: datetime | None = None
    known_at: datetime | None = None
    derived_from: Mapping[str, frozenset[str]] = attrs.field(factory=dict, repr=False, eq=False, kw_only=True)


@attrs.frozen
class Obligation:
    """What must be kept when a permission is acted upon: a quiet hour, a cap, a way out to offer.

    *because* names the rule or the row of the law; *until* is when it ends by itself.
    """

    kind: str
    value: str = ""
    until: datetime | None = None
    because: str = ""


@attrs.frozen
class Permission:
    """The answer to *may we*: granted or not, on which basis, because of what, and until when it stays so."""

    granted: bool
    purpose: str
    channel: str
    basis: str
    code: str
    because: tuple[str, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    changes_at: datetime | None = None
    brand: str = attrs.field(default="", kw_only=True)
    controller: str = attrs.field(default="", kw_only=True)
    jurisdiction: str = attrs.field(default="", kw_only=True)
    category: str = attrs.field(default="", kw_only=True)
    recipient: str = attrs.field(default="", kw_only=True)
    at: datetime | None = attrs.field(default=None, kw_only=True, eq=False)

    def __bool__(self) -> bool:
        """A permission is true when it was granted."""
        return self.granted


@attrs.frozen
class Membership:
    """Whether a profile belongs to a segment, since when, because of what, and when that changes by itself."""

    segment: str
    profile: str
    member: bool | None
    because: tuple[str, ...] = ()
    since: datetime | None = None
    next_change_at: datetime | None = None
