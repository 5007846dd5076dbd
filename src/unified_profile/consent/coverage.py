"""Coverage: for how many people each purpose may be used on each channel, and why not for the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import attrs

from unified_profile.consent.decision import decide
from unified_profile.consent.ledger import Ledger, ledger_of
from unified_profile.consent.policy import Policy
from unified_profile.consent.purposes import PurposeRegistry
from unified_profile.consent.situation import NOTHING_KNOWN, Situation
from unified_profile.model import Fact, Permission


@attrs.frozen
class Coverage:
    """One cell of the report. *codes* counts the people by the reason code of their permission.

    .. versionadded:: 0.1
    """

    purpose: str
    channel: str
    people: int
    granted: int
    codes: Mapping[str, int]


def coverage(
    people: Iterable[Ledger | Iterable[Fact]],
    *,
    purposes: PurposeRegistry,
    channels: Iterable[str],
    brand: str = "",
    at: datetime,
    known_at: datetime | None = None,
    policy: Policy | None = None,
    situations: Iterable[Situation] = (),
) -> tuple[Coverage, ...]:
    """Return one row per purpose and channel over *people* (the records, or the ledger, of each).

    *situations* says in the same order what is known of them beside; of who is missing, nothing. A ledger that was
    built with ``proven=False`` answers as ``decide`` does of people whom a machine's link holds.

    >>> from datetime import UTC, datetime
    >>> from unified_profile.model import Purpose
    >>> row = coverage(
    ...     [[], []],
    ...     purposes=PurposeRegistry([Purpose("newsletter")]),
    ...     channels=["email"],
    ...     at=datetime(2026, 1, 1, tzinfo=UTC),
    ... )[0]
    >>> row.people, row.granted, dict(row.codes)
    (2, 0, {'no_consent': 2})

    .. versionadded:: 0.1
    """
    wanted = tuple(dict.fromkeys(channels))
    asked = [(purpose.name, channel) for purpose in purposes for channel in wanted]
    codes: dict[tuple[str, str], dict[str, int]] = {cell: {} for cell in asked}
    granted = dict.fromkeys(asked, 0)
    count = 0
    # Of those who never said anything all is decided alike, and they are many.
    silent: dict[tuple[str, str, bool], Permission] = {}
    known = iter(situations)
    for records in people:
        count += 1
        situation = next(known, NOTHING_KNOWN)
        ledger = ledger_of(records, known_at=known_at)
        for cell in asked:
            plain = not len(ledger) and situation == NOTHING_KNOWN
            answer = silent.get((*cell, ledger.proven)) if plain else None
            if answer is None:
                answer = decide(
                    ledger, cell[0], cell[1], purposes=purposes, policy=policy, brand=brand, at=at, situation=situation
                )
                if plain:
                    silent[(*cell, ledger.proven)] = answer
            granted[cell] += answer.granted
            codes[cell][answer.code] = codes[cell].get(answer.code, 0) + 1
    return tuple(
        Coverage(purpose, channel, count, granted[purpose, channel], dict(sorted(codes[purpose, channel].items())))
        for purpose, channel in asked
    )
