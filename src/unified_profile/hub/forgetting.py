"""The side of the hub that forgets people: plan, erase, verify; what stays, and for how long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from unified_profile.hub import erasing, sweeping
from unified_profile.hub.following import Follower
from unified_profile.hub.runner import traced
from unified_profile.hub.whose import Who
from unified_profile.model.values import Identifier
from unified_profile.rights.anonymising import AnonymousCount
from unified_profile.rights.erasing import Erasure, ErasurePlan
from unified_profile.rights.holds import ConsentProof, HeldFact
from unified_profile.rights.retention import LegalHold, RetentionPlan, RetentionSchedule, Swept
from unified_profile.rights.verifying import Verification


class Forgetting(Follower):
    """Forgets people."""

    @traced
    def plan_erasure(self, who: Who | Sequence[Identifier], /, *, scope: str = "all") -> ErasurePlan:
        """Return what erasing *who* would do: what goes, what stays and why, who has to be told. Nothing is changed.

        Args:
            who: A profile id, an identifier, or several of one person. Of several, the strongest decides.
            scope: ``"all"``, ``"brand:<name>"`` or ``"source:<name>"``.

        >>> from datetime import UTC, datetime
        >>> from unified_profile import Hub, Identifier, MemoryStore, SourceRecord
        >>> hub, taro = Hub(MemoryStore()), Identifier("email", "taro@example.com")
        >>> at = datetime(2026, 1, 1, tzinfo=UTC)
        >>> _ = hub.ingest([SourceRecord(id="r1", source="crm", key="7", occurred_at=at, identifiers=[taro])])
        >>> plan = hub.plan_erasure(taro)
        >>> plan.counts(), plan.to_json()["identifiers"]
        ({'erase': 1}, {'email': 1, 'record': 1})

        Raises:
            InvalidInputError: If *who* or *scope* is nothing that can be looked for.
            UnknownProfileError: If *who* is a profile id of nobody; with why.
            ErasedError: If that profile was erased already.
            RulesChangedError: If who is who is being rebuilt, or was built under other rules.
        """
        return self._do(erasing.plan(self.setup, who, scope=scope))

    @traced
    def erase(self, plan: ErasurePlan, /, *, overwrite: bool = True) -> Erasure:
        """Carry out *plan*: the person's facts and views go, tombstones keep old facts from coming back.

        The order is kept first, so that whatever cuts this short, ``resume_erasures`` completes it. Carrying out one
        plan twice is carrying it out once. What the store holds of the person *now* goes, newer facts included.

        SQLite leaves bytes of rows in its file where no row is any more. To overwrite them takes a pass over the whole
        file the first time, and afterwards one over what was written since. To wait for none, leave that to one call of
        ``resume_erasures`` (*overwrite* False): until then the erasure is ``"erased"``, and not ``"done"``.

        >>> from datetime import UTC, datetime
        >>> from unified_profile import Hub, Identifier, MemoryStore, SourceRecord
        >>> hub, taro = Hub(MemoryStore()), Identifier("email", "taro@example.com")
        >>> at = datetime(2026, 1, 1, tzinfo=UTC)
        >>> told = SourceRecord(id="r1", source="crm", key="7", occurred_at=at, identifiers=[taro])
        >>> _ = hub.ingest([told])
        >>> done = hub.erase(hub.plan_erasure(taro))
        >>> done.state, done.counts["facts"], hub.ingest([told]).erased
        ('done', 1, 1)

        Raises:
            InvalidInputError: If somebody else became one with this person since the plan was made.
            ErasedError: If another plan of the same person was carried out since.
            RulesChangedError: If who is who is being rebuilt, or was built under other rules.
        """
        return self._do(erasing.erase(self.setup, plan, overwrite=overwrite))

    @traced
    def anonymise(self, plan: ErasurePlan, /, *, overwrite: bool = True) -> Erasure:
        """Carry out *plan*, but keep count: how many things of which kind happened in which month, of how many people.

        No fact stays, with or without a name, because a series of visits is as good as one. What stays is read by
        ``anonymous_counts``. For *overwrite* see ``erase``.

        >>> from datetime import UTC, datetime
        >>> from unified_profile import Event, Hub, Identifier, MemoryStore
        >>> hub = Hub(MemoryStore())
        >>> for name in ("taro", "hanako"):
        ...     who, at = Identifier("email", f"{name}@example.com"), datetime(2026, 1, 1, tzinfo=UTC)
        ...     _ = hub.ingest([Event(id=name, source="web", name="Viewed", occurred_at=at, identifiers=[who])])
        ...     _ = hub.anonymise(hub.plan_erasure(who))
        >>> hub.anonymous_counts(least=2)
        [AnonymousCount(month='2026-01', kind='event', name='Viewed', brand='', channel='', facts=2, people=2)]

        Raises:
            InvalidInputError: If somebody else became one with this person since the plan was made.
            ErasedError: If another plan of the same person was carried out since.
            RulesChangedError: If who is who is being rebuilt, or was built under other rules.
        """
        return self._do(erasing.erase(self.setup, plan, anonymous=True, overwrite=overwrite))

    @traced
    def resume_erasures(self) -> list[Erasure]:
        """Complete every erasure that was cut short; return what became of each.

        Call it when a service starts, and again while one is ``"erased"`` and not ``"done"``: a reader was in the way
        of cleaning the files, or it was left to this call. The files are cleaned once for all of them.
        """
        return self._do(erasing.resume(self.setup))

    @traced
    def erasures(self, *, limit: int = 1_000) -> list[Erasure]:
        """Return the erasures of this tenant, oldest first: counts and recipients, of nobody's name."""
        return self._do(erasing.erasures(limit))

    @traced
    def verify_erasure(
        self, erased: Erasure | Sequence[Erasure] | None = None, /, *, values: Iterable[str] = (), scan: bool = True
    ) -> Verification:
        """Look whether anything of an erased person is left: in every row, and in the bytes of the store.

        Looked for are the values that *erased* still holds in memory, as ``erase`` returned it, and *values* of your
        own, each in many encodings. A value of *erased* that others' facts tell as well (a city) is counted apart, and
        so is an identifier with which one of theirs begins (``user1``, ``user10``). Identifiers that were the person's
        alone, and all of *values*, must be nowhere.

        Args:
            erased: What ``erase`` returned.
            values: Further values, of four characters or more.
            scan: Read the bytes of files and tables too, where the store shows them; it takes its time.

        >>> from datetime import UTC, datetime
        >>> from unified_profile import Hub, Identifier, MemoryStore, SourceRecord
        >>> hub, taro = Hub(MemoryStore()), Identifier("email", "taro@example.com")
        >>> at = datetime(2026, 1, 1, tzinfo=UTC)
        >>> _ = hub.ingest([SourceRecord(id="r1", source="crm", key="7", occurred_at=at, identifiers=[taro])])
        >>> hub.verify_erasure(values=["taro@example.com"]).clean
        False
        >>> hub.verify_erasure(hub.erase(hub.plan_erasure(taro)), values=["taro@example.com"]).clean
        True

        Raises:
            InvalidInputError: If there is nothing to look for.
        """
        return self._do(sweeping.verify(self.setup, erased, values=values, scan=scan))

    @traced
    def held_facts(self, hold: str, /, *, reason: str, by: str = "") -> list[HeldFact]:
        """Return the facts of erased people that the legal hold *hold* keeps; that they were read is recorded.

        Nothing else reaches them: they are in no profile, view, segment or metric.

        Args:
            hold: The name of the legal hold.
            reason: Why they are read; recorded before the answer is given (``accesses``).
            by: Who reads them: a clerk, a job; recorded, too.

        Raises:
            InvalidInputError: If no reason is given.
        """
        return self._do(erasing.held(self.setup, hold=hold, reason=reason, by=by))

    @traced
    def consent_proofs(self, who: Identifier, /) -> list[ConsentProof]:
        """Return what proves that consents were expressed for *who*, after an erasure: what, when, under which notice.

        They are found only by naming the identifier; none of them names anybody.

        Raises:
            InvalidInputError: If *who* is not an identifier.
        """
        return self._do(erasing.proofs(self.setup, who))

    @traced
    def anonymous_counts(self, *, least: int = 5) -> list[AnonymousCount]:
        """Return the counts that ``anonymise`` kept, of cells with *least* people or more."""
        return self._do(erasing.anonymous_counts(least))

    @traced
    def sweep(
        self,
        approved: RetentionPlan,
        schedule: RetentionSchedule,
        /,
        *,
        holds: Iterable[LegalHold] = (),
        channel: str = "any",
        brand: str = "",
        batch: int = 200,
    ) -> Swept:
        """Delete the facts that *approved* says are over, if a fresh plan says so too; and what erasures kept too long.

        Deleted facts leave as in an erasure, with all that was concluded from them, and do not come back when they are
        handed in again. Tombstones, proofs and held facts whose time is over go as well.

        Raises:
            InvalidInputError: If an argument is not what it should be.
            RulesChangedError: If who is who is being rebuilt, or was built under other rules.
        """
        return self._do(
            sweeping.sweep(self.setup, approved, schedule, holds=holds, channel=channel, brand=brand, batch=batch)
        )
