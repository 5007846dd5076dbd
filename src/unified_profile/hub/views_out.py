"""The side of the hub where people are read: for a purpose, or whole with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from unified_profile.consent.coverage import Coverage
from unified_profile.consent.evidence import Decision
from unified_profile.consent.policy import Policy
from unified_profile.consent.roles import Role
from unified_profile.consent.scopes import Request
from unified_profile.consent.situation import Situation
from unified_profile.consent.view import PurposeView
from unified_profile.engagement.context import Context
from unified_profile.expressions.subject import Subject
from unified_profile.hub import deciding, seeing
from unified_profile.hub.following import Follower
from unified_profile.hub.runner import traced
from unified_profile.hub.whose import Who
from unified_profile.model.values import Account
from unified_profile.model.views import Permission, Profile


class ViewsOut(Follower):
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
        return self._do(
            seeing.profile(
                self.setup, who, purpose=purpose, channel=channel, brand=brand, as_of=as_of, known_at=known_at
            )
        )

    def profiles(
        self,
        who: Iterable[Who] | None = None,
        /,
        *,
        purpose: str,
        channel: str = "any",
        brand: str = "",
        as_of: datetime | None = None,
        known_at: datetime | None = None,
        page: int = 500,
    ) -> Iterator[PurposeView]:
        """Yield many people (everybody when *who* is None) as *purpose* may see them, page by page.

        *as_of* and *known_at* are those of ``profile``. Everybody as known at a moment is told again in memory: meant
        for thousands to some millions of facts.
        """
        yield from self._give(
            seeing.profiles(
                self.setup, who, purpose=purpose, channel=channel, brand=brand,
                as_of=as_of, known_at=known_at, page=page,
            )
        )  # fmt: skip

    @traced
    def raw(
        self, who: Who, /, *, reason: str, by: str = "", as_of: datetime | None = None, known_at: datetime | None = None
    ) -> Profile:
        """Return *who* whole, whatever they permitted.

        Before it answers, *reason* and *by* (who reads: a clerk, a job) are recorded; ``accesses`` gives them.
        """
        return self._do(seeing.raw(self.setup, who, reason=reason, by=by, as_of=as_of, known_at=known_at))

    @traced
    def permission(
        self, who: Who, /, *, purpose: str, channel: str, brand: str = "", recipient: str = "", category: str = "",
        controller: str = "", jurisdiction: str = "", situation: Situation | None = None,
        at: datetime | None = None, known_at: datetime | None = None,
    ) -> Permission:  # fmt: skip
        """Return whether *who* may be met for *purpose* on *channel*, because of what, and until when.

        Args:
            who: A profile id that was ever given out, or any identifier.
            purpose: What for.
            channel: How they would be met.
            brand: Which brand asks.
            recipient: Who else would get the values; "" is nobody.
            category: Which category of data; "" is the purpose as a whole.
            controller: Who answers for it; the policy's own if not said.
            jurisdiction: Under whose law; the policy's own if not said.
            situation: What is known of them beside the records: age, zone, sales.
            at: The moment that is decided about.
            known_at: What was known by then.
        """
        request = Request(purpose, channel, brand, controller, jurisdiction, category, recipient)
        return self._do(seeing.permission(self.setup, who, request, situation=situation, at=at, known_at=known_at))

    @traced
    def decide(
        self, who: Who, request: Request, /, *, situation: Situation | None = None,
        at: datetime | None = None, known_at: datetime | None = None,
    ) -> Decision:  # fmt: skip
        """Return the answer to *request* about *who* with all that it rests on, to be kept as evidence."""
        return self._do(deciding.decide(self.setup, who, request, situation=situation, at=at, known_at=known_at))

    @traced
    def replay_decision(self, made: Decision, /, *, policy: Policy | None = None) -> Permission:
        """Return what *made* answers when it is made again, whatever was learned, merged or changed since.

        Args:
            made: A decision of this hub.
            policy: The policy of the day, if the hub has another one by now.

        Raises:
            ErasedError: If a statement that it rests on is gone.
            InvalidInputError: If the policy is not the one it was made under.
        """
        return self._do(deciding.replay(self.setup, made, policy=policy))

    @traced
    def context(
        self, who: Who, /, *, purpose: str, channel: str, brand: str = "", role: Role | None = None,
        now: datetime | None = None, known_at: datetime | None = None,
    ) -> Context:  # fmt: skip
        """Return what *purpose* may have at hand of *who* when they turn up on *channel*.

        Last interactions on any channel, open threads and promises, preferences, known facts: what they told once
        need not be asked again.

        Args:
            who: A profile id that was ever given out, or any identifier.
            purpose: The name of a registered purpose; its ``events`` say which interactions it may see.
            channel: Where they are.
            brand: Which brand asks.
            role: Whose work it is for: all of it is masked as this role sees it.
            now: The moment; the time it is, if not said. What happened later is left out.
            known_at: When it was known, as for ``profile``.

        Raises:
            UnknownProfileError: If nobody answers to it; with why.
            UnknownNameError: If the purpose is not registered.
        """
        return self._do(
            seeing.context(
                self.setup, who, purpose=purpose, channel=channel, brand=brand, role=role, now=now, known_at=known_at
            )
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
        known_at: datetime | None = None,
        page: int = 500,
    ) -> Iterator[Subject]:
        """Yield many people (everybody when *who* is None) as rules for *purpose* may ask about them, page by page.

        Segments and metrics take them: values and events that the purpose does not name, and everything of people who
        do not permit it, are denied, and so unknown under every operator. *as_of* and *known_at* are those of
        ``profiles``.
        """
        yield from self._give(
            seeing.subjects(
                self.setup, who, purpose=purpose, channel=channel, brand=brand,
                as_of=as_of, known_at=known_at, page=page,
            )
        )  # fmt: skip

    @traced
    def coverage(
        self, *, channels: Iterable[str], brand: str = "",
        at: datetime | None = None, known_at: datetime | None = None, page: int = 500,
    ) -> tuple[Coverage, ...]:  # fmt: skip
        """Return for how many people each purpose may be used on each of *channels*, and why not for the others.

        *at* is the moment that is decided about, *known_at* what was known by then, who is who included.
        """
        return self._do(seeing.covered(self.setup, channels=channels, brand=brand, at=at, known_at=known_at, page=page))

    def ids(self, *, known_at: datetime | None = None, page: int = 1_000) -> Iterator[str]:
        """Yield the ids of all live profiles, in order; of those that were live at *known_at*, if it is said."""
        yield from self._give(seeing.ids(self.setup, known_at=known_at, page=page))

    @traced
    def resolve(self, who: Who, /, *, known_at: datetime | None = None) -> str:
        """Return the live id of *who* (a redirected id leads on), or the one that was live at *known_at*.

        There is no ``as_of``: who is who is a matter of what is known, not of when it happened.

        Raises:
            UnknownProfileError: If nobody answers to it; with why.
        """
        return self._do(seeing.resolve(self.setup, who, known_at=known_at))

    @traced
    def accounts(
        self, *, purpose: str, channel: str = "any", brand: str = "",
        as_of: datetime | None = None, known_at: datetime | None = None, page: int = 500,
    ) -> dict[str, Account]:  # fmt: skip
        """Return the companies and households by id, with those members whose data *purpose* may use, and their roles.

        Meant for thousands of accounts: everybody's facts are read once. *as_of* and *known_at* are those of
        ``profiles``.
        """
        return self._do(
            seeing.accounts(
                self.setup, purpose=purpose, channel=channel, brand=brand, as_of=as_of, known_at=known_at, page=page
            )
        )
