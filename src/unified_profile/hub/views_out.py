"""The side of the hub where people are read: for a purpose, or whole with a reason."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from unified_profile.consent.coverage import Coverage, coverage
from unified_profile.consent.ledger import Ledger
from unified_profile.consent.view import PurposeView
from unified_profile.engagement.context import Context
from unified_profile.expressions.subject import Subject
from unified_profile.hub import contexts, reading, rebuilding, subjects
from unified_profile.hub.arguments import many, names, number
from unified_profile.hub.door import batches
from unified_profile.hub.driver import Plan
from unified_profile.hub.runner import Runner, T, traced
from unified_profile.hub.whose import Who
from unified_profile.model.values import Account
from unified_profile.model.views import Permission, Profile
from unified_profile.profiles.accounts import fold_accounts


class ViewsOut(Runner):
    """Reads people."""

    @traced
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
        (found,) = self._read(
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
        yield from self._paged(
            who,
            lambda some: reading.views(some, self.setup, when, purpose=purpose, channel=channel, brand=brand),
            page,
        )

    @traced
    def raw(
        self, who: Who, /, *, reason: str, as_of: datetime | None = None, known_at: datetime | None = None
    ) -> Profile:
        """Return *who* whole, whatever they permitted; *reason* is recorded and can be asked for (``accesses``)."""
        when = reading.moment(self.setup, as_of, known_at)
        return self._run(lambda: reading.raw(who, self.setup, when, reason=reason)).profile

    @traced
    def permission(
        self, who: Who, /, *, purpose: str, channel: str, brand: str = "",
        at: datetime | None = None, known_at: datetime | None = None,
    ) -> Permission:  # fmt: skip
        """Return whether *who* may be met for *purpose* on *channel*, because of what, and until when."""
        when = reading.moment(self.setup, at, known_at)

        def plan() -> Plan[Permission]:
            (person,) = yield from reading.people([who], self.setup, when)
            return reading.permission_of(person, self.setup, when, purpose=purpose, channel=channel, brand=brand)

        return self._read(plan)

    @traced
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
        return self._read(
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
        yield from self._paged(
            who,
            lambda some: subjects.subjects(some, self.setup, when, purpose=purpose, channel=channel, brand=brand),
            page,
        )

    @traced
    def coverage(
        self, *, channels: Iterable[str], brand: str = "", at: datetime | None = None, page: int = 500
    ) -> tuple[Coverage, ...]:
        """Return for how many people each purpose may be used on each of *channels*, and why not for the others."""
        names(channels := tuple(many(channels, "channels")), "channels")
        when = reading.moment(self.setup, at, None)
        records = (
            Ledger(person.facts, proven=person.proven)
            for person in self._paged(None, lambda some: reading.people(some, self.setup, when), page)
        )
        return coverage(records, purposes=self.setup.purposes, channels=channels, brand=brand, at=when.at)

    def ids(self, *, page: int = 1_000) -> Iterator[str]:
        """Yield the ids of all live profiles, in order."""
        after = ""
        number(page, "page", least=1)
        while True:
            found = self._read(lambda after=after: rebuilding.live_ids(after, page))  # type: ignore[misc]  # bound at once
            yield from found
            if len(found) < page:
                return
            after = found[-1]

    @traced
    def resolve(self, who: Who, /) -> str:
        """Return the live id of *who* (a redirected id leads on).

        Raises:
            UnknownProfileError: If nobody answers to it; with why.
        """
        return self._read(lambda: reading.resolved(who, self.setup))

    @traced
    def accounts(
        self, *, purpose: str, channel: str = "any", brand: str = "", as_of: datetime | None = None, page: int = 500
    ) -> dict[str, Account]:
        """Return the companies and households by id, with those members whose data *purpose* may use, and their roles.

        Meant for thousands of accounts: everybody's facts are read once.
        """
        when = reading.moment(self.setup, as_of, None)
        told = self._paged(
            None,
            lambda some: subjects.members(some, self.setup, when, purpose=purpose, channel=channel, brand=brand),
            page,
        )
        return fold_accounts(dict(told), self.setup.profile_rules, as_of=when.as_of)

    def _paged(
        self, who: Iterable[Who] | None, plan: Callable[[Sequence[Who]], Plan[Sequence[T]]], page: int
    ) -> Iterator[T]:
        """Run *plan* for *who* in pages; for everybody if None: no profile twice, and none that is gone by then."""

        def everybody(some: Sequence[str]) -> Plan[Sequence[T]]:
            return (yield from plan((yield from reading.living(some))))

        size = number(page, "page", least=1)
        if who is None:
            for ids in batches(self.ids(), size):
                yield from self._read(functools.partial(everybody, ids))
        else:
            for some in batches(many(who, "who"), size):
                yield from self._read(functools.partial(plan, some))
