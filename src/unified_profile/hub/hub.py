"""The hub: facts in, views out, over any store. Every method is a plan of this room, run synchronously."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from unified_profile.consent.coverage import Coverage, coverage
from unified_profile.consent.view import PurposeView
from unified_profile.engagement.context import Context
from unified_profile.errors import ForkedError, InvalidInputError
from unified_profile.expressions.subject import Subject
from unified_profile.hub import (
    contexts,
    explaining,
    feed,
    golden,
    quarantine,
    reading,
    rebuilding,
    records,
    simulating,
    subjects,
)
from unified_profile.hub.door import PayloadReader, batches
from unified_profile.hub.driver import Plan, run, run_in
from unified_profile.hub.everybody import partition
from unified_profile.hub.reports import (
    Access,
    GoldenChange,
    IngestReport,
    ProfileMerged,
    ProfileSplit,
    Quarantined,
    ReviewItem,
    RuleChange,
    Step,
)
from unified_profile.hub.setup import Setup
from unified_profile.hub.taking import reader_of, taking
from unified_profile.hub.whose import Who
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.model.times import to_micros
from unified_profile.model.values import Identifier
from unified_profile.model.views import Link, Permission, Profile
from unified_profile.storage.protocols import Session, Store

T = TypeVar("T")
logger = logging.getLogger("unified_profile")

Hook = Callable[[str, Mapping[str, object]], None]
"""Called after each operation with its name and its measures (never with a personal value); for traces."""


class Hub:
    """Turns facts into profiles over a store.

    A hub is safe to share between threads as far as its store is; after a fork, make a new one in the child. It keeps
    nothing of its own: two hubs over one store are one.

    >>> from datetime import UTC, datetime
    >>> from unified_profile import Hub, Identifier, MemoryStore, Purpose, SourceRecord
    >>> hub = Hub(MemoryStore(), purposes=[Purpose("service", traits={"city"}, basis="contract")])
    >>> hub.ingest([SourceRecord(id="r1", source="crm", key="7", occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
    ...     identifiers=[Identifier("email", "hanako@example.com")], attributes={"city": "Osaka", "age": 30})]).accepted
    1
    >>> view = hub.profile(Identifier("email", "Hanako@Example.com"), purpose="service")
    >>> view["city"], "age" in view
    ('Osaka', False)

    Args:
        store: Where rows are kept: ``MemoryStore``, ``SqliteStore``, ``SqlStore`` or your own.
        setup: Rules, purposes, clock; or give its fields by keyword (``tenant=``, ``rules=``, ``purposes=`` ...).
        hooks: Called after each operation, for traces and metrics.
    """

    def __init__(self, store: Store, setup: Setup | None = None, *, hooks: Iterable[Hook] = (), **fields: Any) -> None:
        """Open a hub; nothing is read or written yet."""
        if setup is not None and fields:
            raise InvalidInputError(field="setup", reason="given whole and by parts", hint="use attrs.evolve")
        self.store = store
        self.setup = Setup(**fields) if setup is None else setup
        self._hooks = tuple(hooks)
        self._pid = os.getpid()
        self._session: Session | None = None

    # Facts in

    def ingest(
        self,
        items: Iterable[object],
        /,
        *,
        source: str = "",
        reader: PayloadReader | None = None,
        rejected: list[Any] | None = None,
        batch_size: int = 1_000,
        progress: Callable[[IngestReport], None] | None = None,
    ) -> IngestReport:
        """Take facts or payloads in; each batch is kept whole before the next is read.

        Idempotent by fact id. What cannot be taken goes to the quarantine with its reason, and nothing handed in is
        lost. A generator of any length streams in bounded memory.

        Args:
            items: Facts, or payloads (mappings, JSON text) to be read by *reader*.
            source: Reads payloads as coming from this source; short for ``reader=wire.Reader(source=...)``.
            reader: Turns payloads into facts.
            rejected: The list in which a file reader collects lines it could not read; they are quarantined too.
            batch_size: How many items one commit holds.
            progress: Called with the report so far after each batch.
        """
        if isinstance(items, (str, bytes, Mapping)):
            raise InvalidInputError(field="items", reason="a single payload", hint="pass a list: hub.ingest([payload])")
        reader = reader_of(source, reader, self.setup)
        report = IngestReport()
        for batch in batches(items, batch_size):
            if rejected:
                batch += rejected  # noqa: PLW2901  # lines that the reader met while it made this batch
                rejected.clear()
            report += self._take(batch, reader)
            if progress is not None:
                progress(report)
        if rejected:
            report += self._take(list(rejected), reader)
            rejected.clear()
        self._done("ingest", accepted=report.accepted, quarantined=len(report.quarantined))
        return report

    def _take(self, batch: Sequence[object], reader: PayloadReader | None) -> IngestReport:
        return self._run(taking(batch, self.setup, reader))

    def link(self, links: Iterable[Link], /) -> IngestReport:
        """Take machine links of a record model; they count while that model is the adopted one."""
        found = tuple(links)
        return self._run(lambda: records.linked_report(found, self.setup, to_micros(self.setup.clock())))

    def quarantined(self, *, limit: int = 1_000) -> list[Quarantined]:
        """Return what waits for a fix, oldest id first, without what was handed in."""
        return self._run(lambda: quarantine.waiting(limit))

    def replay(self, *, reader: PayloadReader | None = None, source: str = "", limit: int = 10_000) -> IngestReport:
        """Try everything in the quarantine again, after rules or readers were fixed; what is taken leaves it."""
        held = self._run(lambda: quarantine.held(limit))
        reader = reader_of(source, reader, self.setup)
        report = IngestReport()
        for name, item in held:
            found = self._take([item], reader)
            report += found
            if not found.quarantined:
                self._run(lambda name=name: quarantine.left(name, to_micros(self.setup.clock())))  # type: ignore[misc]  # bound at once
        return report

    # Views out

    def profile(
        self,
        who: Who,
        /,
        *,
        purpose: str,
        channel: str = "any",
        brand: str = "",
        as_of: datetime | None = None,
        known_at: datetime | None = None,
    ) -> PurposeView:
        """Return *who* as *purpose* may see them on *channel*.

        Args:
            who: A profile id that was ever given out, or any identifier.
            purpose: The name of a registered purpose.
            channel: How they would be met; consent may differ by channel.
            brand: Which brand asks.
            as_of: When it was true: what happened later is left out.
            known_at: When it was known: what was learned later is left out, who is who included.

        Raises:
            UnknownProfileError: If nobody answers to it; with why.
            UnknownNameError: If the purpose is not registered.
        """
        when = reading.moment(self.setup, as_of, known_at)
        (found,) = self._run(
            lambda: reading.views([who], self.setup, when, purpose=purpose, channel=channel, brand=brand)
        )
        return found

    def profiles(
        self,
        who: Iterable[Who] | None = None,
        /,
        *,
        purpose: str,
        channel: str = "any",
        brand: str = "",
        as_of: datetime | None = None,
        page: int = 500,
    ) -> Iterator[PurposeView]:
        """Yield many people (everybody when *who* is None) as *purpose* may see them, page by page."""
        when = reading.moment(self.setup, as_of, None)
        for some in batches(self.ids() if who is None else who, page):
            yield from self._run(
                lambda some=some: reading.views(  # type: ignore[misc]  # bound at once
                    some, self.setup, when, purpose=purpose, channel=channel, brand=brand
                )
            )

    def raw(
        self, who: Who, /, *, reason: str, as_of: datetime | None = None, known_at: datetime | None = None
    ) -> Profile:
        """Return *who* whole, whatever they permitted; *reason* is recorded and can be asked for (``accesses``)."""
        when = reading.moment(self.setup, as_of, known_at)
        return self._run(lambda: reading.raw(who, self.setup, when, reason=reason)).profile

    def permission(
        self, who: Who, /, *, purpose: str, channel: str, brand: str = "",
        at: datetime | None = None, known_at: datetime | None = None,
    ) -> Permission:  # fmt: skip
        """Return whether *who* may be met for *purpose* on *channel*, because of what, and until when."""
        when = reading.moment(self.setup, at, known_at)

        def plan() -> Plan[Permission]:
            (person,) = yield from reading.people([who], self.setup, when)
            return reading.permission_of(person, self.setup, when, purpose=purpose, channel=channel, brand=brand)

        return self._run(plan)

    def context(
        self, who: Who, /, *, purpose: str, channel: str, brand: str = "", now: datetime | None = None
    ) -> Context:
        """Return what *purpose* may have at hand of *who* when they turn up on *channel*.

        Last interactions on any channel, open threads and promises, preferences, known facts: what they told once
        need not be asked again.

        Args:
            who: A profile id that was ever given out, or any identifier.
            purpose: The name of a registered purpose; its ``events`` say which interactions it may see.
            channel: Where they are.
            brand: Which brand asks.
            now: The moment; the time it is, if not said.

        Raises:
            UnknownProfileError: If nobody answers to it; with why.
            UnknownNameError: If the purpose is not registered.
        """
        when = reading.moment(self.setup, now, None)
        return self._run(
            lambda: contexts.context_of(who, self.setup, when, purpose=purpose, channel=channel, brand=brand)
        )

    def subjects(
        self,
        who: Iterable[Who] | None = None,
        /,
        *,
        purpose: str,
        channel: str = "any",
        brand: str = "",
        as_of: datetime | None = None,
        page: int = 500,
    ) -> Iterator[Subject]:
        """Yield many people (everybody when *who* is None) as rules for *purpose* may ask about them, page by page.

        Segments and metrics take them: values and events that the purpose does not name, and everything of people who
        do not permit it, are denied, and so unknown under every operator.
        """
        when = reading.moment(self.setup, as_of, None)
        for some in batches(self.ids() if who is None else who, page):
            yield from self._run(
                lambda some=some: subjects.subjects(  # type: ignore[misc]  # bound at once
                    some, self.setup, when, purpose=purpose, channel=channel, brand=brand
                )
            )

    def coverage(
        self, *, channels: Iterable[str], brand: str = "", at: datetime | None = None, page: int = 500
    ) -> tuple[Coverage, ...]:
        """Return for how many people each purpose may be used on each of *channels*, and why not for the others."""
        when = reading.moment(self.setup, at, None)
        records = (
            person.facts
            for some in batches(self.ids(), page)
            for person in self._run(lambda some=some: reading.people(some, self.setup, when))  # type: ignore[misc]  # bound at once
        )
        return coverage(records, purposes=self.setup.purposes, channels=channels, brand=brand, at=when.at)

    def ids(self, *, page: int = 1_000) -> Iterator[str]:
        """Yield the ids of all live profiles, in order."""
        after = ""
        while True:
            found = self._run(lambda after=after: rebuilding.live_ids(after, page))  # type: ignore[misc]  # bound at once
            yield from found
            if len(found) < page:
                return
            after = found[-1]

    def resolve(self, who: Who, /) -> str:
        """Return the live id of *who* (a redirected id leads on).

        Raises:
            UnknownProfileError: If nobody answers to it; with why.
        """
        return self._run(lambda: reading.resolved(who, self.setup))

    # Search and write-back

    def refresh(self) -> int:
        """Bring the golden values (search, write-back) up to date; return how many facts and changes that took."""
        total = 0
        when = reading.moment(self.setup, None, None)
        while found := self._run(lambda: golden.refresh(self.setup, when)):
            total += found
        return total

    def search(
        self, trait: str, value: str | float, /, *, purpose: str, channel: str = "any", after: str = "", limit: int = 100
    ) -> list[PurposeView]:
        """Return people whose *trait* is *value* (any case and width), who permit *purpose*; in order of id.

        Whoever does not permit it is left out, so that a search tells nothing about them. The next page begins after
        the last ``profile_id``.
        """
        known = self.setup.purposes[purpose]
        if not known.allows_trait(trait):
            return []
        self.refresh()
        found: list[PurposeView] = []
        while len(found) < limit:
            ids = self._run(lambda after=after: golden.holders(trait, value, after, limit))  # type: ignore[misc]  # bound at once
            if not ids:
                break
            after = ids[-1]
            found += [view for view in self.profiles(ids, purpose=purpose, channel=channel) if view.permission.granted]
        return found[:limit]

    def golden_changes(self, *, after: int = 0, limit: int = 1_000) -> list[GoldenChange]:
        """Return whose golden values changed after position *after*, for write-back into a CRM."""
        self.refresh()
        return self._run(lambda: golden.golden_changes(after, limit))

    # Who is who

    def explain_identity(self, who: Who, /, *, between: tuple[Identifier, Identifier] | None = None) -> list[Step]:
        """Return the facts that hold *who* together, or the shortest path of facts *between* two identifiers."""
        return self._run(lambda: explaining.explained(who, self.setup, between))

    def changes(self, *, after: int = 0, limit: int = 1_000) -> list[ProfileMerged | ProfileSplit]:
        """Return merges and splits after position *after*, in the order in which they became so."""
        return self._run(lambda: feed.changes(after, limit))

    def accesses(self, *, after: int = 0, limit: int = 1_000) -> list[Access]:
        """Return who was read whole, when and why, after position *after*."""
        return self._run(lambda: feed.accesses(after, limit))

    def review(self, *, limit: int = 100) -> list[ReviewItem]:
        """Return what a clerk should judge, weightiest first."""
        return self._run(lambda: explaining.review(self.setup, limit))

    def simulate(self, rules: IdentityRules, /) -> RuleChange:
        """Return what *rules* would merge, split and grow, without changing anything.

        Everybody's facts are told again in memory: meant for thousands to some millions of facts.
        """
        simulation = simulating.Simulation(rules, self.setup.tenant)
        self._run(lambda: simulating.log(simulation))
        with self.store.session(self.setup.tenant) as session:
            now = partition(session, self.setup.rules)
        return simulating.difference(now, simulation.partition())

    def rebuild(
        self, rules: IdentityRules | None = None, /, *, progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Compute who is who anew from all facts, under *rules* if given (they are adopted, and that is a fact).

        Goes on where an interrupted rebuild stopped. Ids that callers know stay with the people they stood for.
        *progress* gets the position in the log and its end.
        """
        setup = rebuilding.adopt(self.setup, rules)
        while step := self._run(lambda: rebuilding.step(setup)):
            if progress is not None:
                progress(step.position, step.end)
        self.setup = setup

    # Running plans

    @contextmanager
    def within(self, session: Session, /) -> Iterator[Hub]:
        """Yield a hub whose every call joins *session* (for instance ``store.join(connection)`` of a caller's open
        transaction): what it writes stands or falls with the caller's commit.
        """  # noqa: D205  # one sentence
        inner = Hub(self.store, self.setup, hooks=self._hooks)
        inner._session = session
        yield inner

    def _run(self, plan: Callable[[], Plan[T]]) -> T:
        if os.getpid() != self._pid:
            raise ForkedError("this hub was made before a fork; make a new store and hub in the child")
        if self._session is not None:
            return run_in(self._session, plan())
        return run(self.store, self.setup.tenant, plan)

    def _done(self, name: str, **measures: object) -> None:
        logger.debug("%s %s", name, measures)
        for hook in self._hooks:
            hook(name, measures)
