"""The side of the hub for many people at once: search, write-back, frames and features for notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from unified_profile.consent.view import PurposeView
from unified_profile.frames import Backend
from unified_profile.hub import bulk, permitting, write_back
from unified_profile.hub.following import Follower
from unified_profile.hub.reports import GoldenChange
from unified_profile.hub.runner import traced
from unified_profile.hub.whose import Who


class InBulk(Follower):
    """Searches, writes back, and makes frames."""

    @traced
    def refresh(self) -> int:
        """Bring the golden values (search, write-back) up to date; return how many facts and changes that took."""
        return self._do(bulk.refresh(self.setup))

    @traced
    def search(
        self,
        trait: str,
        value: str | float,
        /,
        *,
        purpose: str,
        channel: str = "any",
        brand: str = "",
        as_of: datetime | None = None,
        known_at: datetime | None = None,
        after: str = "",
        limit: int = 100,
    ) -> list[PurposeView]:
        """Return people whose *trait* is *value* (any case and width), who permit *purpose*; in order of id.

        Whoever does not permit it is left out, so that a search tells nothing about them. The next page begins after
        the last ``profile_id``. Of now it looks things up; with *as_of* or *known_at* (as for ``profiles``) it looks
        through everybody as they were.
        """
        return self._do(
            bulk.search(
                self.setup, trait, value, purpose=purpose, channel=channel, brand=brand,
                as_of=as_of, known_at=known_at, after=after, limit=limit,
            )
        )  # fmt: skip

    @traced
    def golden_changes(
        self,
        *,
        purpose: str,
        recipient: str,
        channel: str = "any",
        brand: str = "",
        after: int = 0,
        limit: int = 1_000,
    ) -> list[GoldenChange]:
        """Return whose golden values (or consents) changed after position *after*, for write-back into *recipient*.

        Each entry has the person as *purpose* may see them: for one who does not permit it any more, everything is
        denied, so that the other system can forget. A consent that only time ends is not published; ask
        ``permission(...).changes_at``. It is a feed of what to write now: of the past ask ``profiles``.

        The values leave with this call, so it takes a permit to export them and uses it: each person is decided on for
        *recipient*, and what left is kept (``disclosures``), in the transaction that hands it over.

        Args:
            purpose: The name of a registered purpose.
            recipient: The system that is written to: a processor, a recipient, or one of an entry of the register, of
                the hub's policy. Systems of your own are processors.
            channel: How they would be met.
            brand: Which brand asks.
            after: The position of the last entry that was written.
            limit: How many entries at most.

        Raises:
            UnknownNameError: If the purpose is not registered, or nobody declared the recipient.
        """
        bound = permitting.bound_to(
            self.setup, action="export", purpose=purpose, channel=channel, recipient=recipient, brand=brand
        )
        return self._do(write_back.golden_changes(self.setup, bound=bound, after=after, limit=limit))

    @traced
    def to_frame(
        self,
        who: Iterable[Who] | None = None,
        /,
        *,
        purpose: str,
        channel: str = "any",
        brand: str = "",
        recipient: str = "",
        traits: Sequence[str] | None = None,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
        backend: Backend = "pandas",
    ) -> Any:
        """Return people as a frame, one row each: ``profile_id``, ``granted`` and a column per trait.

        A trait that is denied or missing is null. Needs the extra ``frames`` and the frame library itself.

        A frame that stays with you is a read like ``profiles``. One that leaves needs a permit: name its *recipient*,
        and one is taken and used. Then it holds only those who permit it, and what left is kept (``disclosures``).

        Args:
            who: Whom; everybody if None.
            purpose: What the values are read for.
            channel: How they would be met.
            brand: Which brand asks.
            recipient: To whom the frame will be handed on; "" is nobody.
            traits: Which traits, in this order; every permitted one that somebody has, by name, if None.
            as_of: When it was true.
            known_at: When it was known, as for ``profiles``.
            backend: ``"pandas"``, ``"polars"`` or ``"pyarrow"``.

        Raises:
            MissingExtraError: If narwhals or the frame library is not installed.
            PurposeDeniedError: If it is to leave, and nobody permits that; with the reason code.
        """
        return self._do(
            bulk.to_frame(
                self.setup, who, purpose=purpose, channel=channel, brand=brand, recipient=recipient, traits=traits,
                as_of=as_of, known_at=known_at, backend=backend,
            )
        )  # fmt: skip

    @traced
    def features(
        self,
        rows: Iterable[tuple[Who, datetime]],
        /,
        *,
        purpose: str,
        channel: str = "any",
        brand: str = "",
        traits: Sequence[str] | None = None,
        backend: Backend = "pandas",
    ) -> Any:
        """Return point-in-time correct features: for each (person, time) what was true *and known* at that time.

        Nothing that happened or was learned later leaks into a row: not a value, not a merge, not a consent. A person
        nobody knew at the time has a row of nulls. Needs the extra ``frames`` and the frame library itself.
        """
        return self._do(
            bulk.made_features(
                self.setup, rows, purpose=purpose, channel=channel, brand=brand, traits=traits, backend=backend
            )
        )
