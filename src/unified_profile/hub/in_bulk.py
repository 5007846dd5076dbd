"""The side of the hub for many people at once: search, write-back, frames and features for notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from unified_profile.consent.view import PurposeView
from unified_profile.frames import Backend, frame
from unified_profile.hub import features, golden, reading
from unified_profile.hub.arguments import many, name, names, number, pair_of, term, use
from unified_profile.hub.reports import GoldenChange
from unified_profile.hub.runner import traced
from unified_profile.hub.views_out import ViewsOut
from unified_profile.hub.whose import Who


class InBulk(ViewsOut):
    """Searches, writes back, and makes frames."""

    @traced
    def refresh(self) -> int:
        """Bring the golden values (search, write-back) up to date; return how many facts and changes that took."""
        total = 0
        when = reading.moment(self.setup, None, None)
        while found := self._run(lambda: golden.refresh(self.setup, when)):
            total += found
        return total

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
        after: str = "",
        limit: int = 100,
    ) -> list[PurposeView]:
        """Return people whose *trait* is *value* (any case and width), who permit *purpose*; in order of id.

        Whoever does not permit it is left out, so that a search tells nothing about them. The next page begins after
        the last ``profile_id``.
        """
        use(purpose, channel, "")
        name(trait, "trait")
        term(value)
        name(after, "after", empty=True)
        number(limit, "limit", least=1)
        known = self.setup.purposes[purpose]
        if not known.allows_trait(trait):
            return []
        self.refresh()
        found: list[PurposeView] = []
        while len(found) < limit:
            ids = self._read(lambda after=after: golden.holders(trait, value, after, limit))  # type: ignore[misc]  # bound at once
            if not ids:
                break
            after = ids[-1]
            seen = self.profiles(ids, purpose=purpose, channel=channel, brand=brand)
            found += [view for view in seen if view.permission.granted]
        return found[:limit]

    @traced
    def golden_changes(
        self, *, purpose: str, channel: str = "any", brand: str = "", after: int = 0, limit: int = 1_000
    ) -> list[GoldenChange]:
        """Return whose golden values (or consents) changed after position *after*, for write-back into a CRM.

        Each entry has the person as *purpose* may see them: for one who does not permit it any more, everything is
        denied, so that the other system can forget. A consent that only time ends is not published; ask
        ``permission(...).changes_at``.
        """
        after, limit = number(after, "after"), number(limit, "limit", least=1)
        self.refresh()
        when = reading.moment(self.setup, None, None)
        return self._read(
            lambda: golden.golden_changes(after, limit, self.setup, when, purpose=purpose, channel=channel, brand=brand)
        )

    @traced
    def to_frame(
        self,
        who: Iterable[Who] | None = None,
        /,
        *,
        purpose: str,
        channel: str = "any",
        brand: str = "",
        traits: Sequence[str] | None = None,
        as_of: datetime | None = None,
        backend: Backend = "pandas",
    ) -> Any:
        """Return people as a frame, one row each: ``profile_id``, ``granted`` and a column per trait.

        A trait that is denied or missing is null. Needs the extra ``frames`` and the frame library itself.

        Args:
            who: Whom; everybody if None.
            purpose: What the values are read for.
            channel: How they would be met.
            brand: Which brand asks.
            traits: Which traits, in this order; every permitted one that somebody has, by name, if None.
            as_of: When it was true.
            backend: ``"pandas"``, ``"polars"`` or ``"pyarrow"``.

        Raises:
            MissingExtraError: If narwhals or the frame library is not installed.
        """
        names(traits, "traits")
        views = list(self.profiles(who, purpose=purpose, channel=channel, brand=brand, as_of=as_of))
        return frame(features.columns(views, traits), backend=backend)

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
        use(purpose, channel, brand)
        names(traits, "traits")
        asked = [(one[0], one[1]) for one in many(rows, "rows") if pair_of(one, "rows")]
        when = reading.moment(self.setup, None, None)
        views = [
            self._read(
                lambda who=who, at=at: features.at_the_time(  # type: ignore[misc]  # bound at once
                    who, at, self.setup, when, purpose=purpose, channel=channel, brand=brand
                )
            )
            for who, at in asked
        ]
        return frame({"at": [at for _, at in asked], **features.columns(views, traits)}, backend=backend)
