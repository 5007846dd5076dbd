"""The side of the hub for metrics: events and cases as columns, for a purpose."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from unified_profile.hub import measuring
from unified_profile.hub.following import Follower
from unified_profile.hub.measuring import Answers
from unified_profile.hub.runner import traced


class Measured(Follower):
    """Gives the columns that metrics are made of."""

    @traced
    def answers(
        self, event: str, properties: Iterable[str] = (), /, *, purpose: str, channel: str = "any", brand: str = "",
        as_of: datetime | None = None, known_at: datetime | None = None, page: int = 500,
    ) -> Answers:  # fmt: skip
        """Return the events of one name as columns, of everybody whose data *purpose* may use: for metrics.

        Survey answers, orders and tickets are events with declared names. Each row has the person's ``profile`` id,
        ``occurred_at``, ``channel`` and ``brand``, and the *properties* asked for, ``None`` where there is none. People
        who do not permit the purpose are left out and counted in ``denied``.

        >>> from datetime import UTC, datetime
        >>> from unified_profile import Event, Hub, Identifier, MemoryStore, Purpose, nps
        >>> hub = Hub(MemoryStore(), purposes=[Purpose("service", events={"Survey Answered"}, basis="contract")])
        >>> for i, (score, channel) in enumerate([(10, "chat"), (3, "mail"), (9, "chat")]):
        ...     told = Event(
        ...         id=f"e{i}",
        ...         source="survey",
        ...         name="Survey Answered",
        ...         channel=channel,
        ...         occurred_at=datetime(2026, 5, 1, tzinfo=UTC),
        ...         identifiers=[Identifier("user_id", f"u{i}")],
        ...         properties={"nps": score},
        ...     )
        ...     _ = hub.ingest([told])
        >>> found = hub.answers("Survey Answered", ["nps"], purpose="service")
        >>> nps(found["nps"], by=found["channel"])["chat"].value, found.people, found.denied
        (100.0, 3, 0)

        Args:
            event: The name of the events.
            properties: Which of their properties become columns.
            purpose: What the answers are read for; it must have declared these events.
            channel: How people would be met for it.
            brand: Which brand asks.
            as_of: When it was true; events after it are left out.
            known_at: When it was known, as for ``profiles``.
            page: How many people are read at a time.

        Raises:
            InvalidInputError: If the purpose has not declared these events, or a property stands twice.
            UnknownNameError: If the purpose is not registered.
        """
        return self._do(
            measuring.answers(
                self.setup, event, properties, purpose=purpose, channel=channel, brand=brand,
                as_of=as_of, known_at=known_at, page=page,
            )
        )  # fmt: skip

    @traced
    def cases(
        self, opened: str, done: str, /, *, key: str, properties: Iterable[str] = (), purpose: str,
        channel: str = "any", brand: str = "", as_of: datetime | None = None, known_at: datetime | None = None,
        page: int = 500,
    ) -> Answers:  # fmt: skip
        """Return cases as columns, of everybody whose data *purpose* may use: what waiting times are made of.

        A case begins with the first event called *opened* of a person with some *key* (a property, such as
        ``ticket_id``) and ends with the first one called *done* of the same person and key that is not before it.
        Events without a key are in no case. The columns are those of ``answers`` for the opening event, and ``opened``,
        ``done`` (``None`` while it is open) and ``key``: hand the first two to
        `unified_profile.metrics.resolution_time`.

        Args:
            opened: The name of the events that open a case.
            done: The name of the events that end one.
            key: The property that tells cases apart.
            properties: Which properties of the opening event become columns.
            purpose: What it is read for; it must have declared both events.
            channel: How people would be met for it.
            brand: Which brand asks.
            as_of: When it was true; events after it are left out.
            known_at: When it was known, as for ``profiles``.
            page: How many people are read at a time.

        Raises:
            InvalidInputError: If the purpose has not declared these events, or a property stands twice.
            UnknownNameError: If the purpose is not registered.
        """
        return self._do(
            measuring.cases(
                self.setup, opened, done, key=key, properties=properties, purpose=purpose, channel=channel, brand=brand,
                as_of=as_of, known_at=known_at, page=page,
            )
        )  # fmt: skip
