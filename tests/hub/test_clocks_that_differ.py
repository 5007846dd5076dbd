"""Writers whose clocks differ: what is kept has been said, and nobody is told tomorrow's yes today."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from unified_profile import ConsentRecord, ConsentState, Hub, Identifier, MemoryStore, Purpose, SourceRecord
from unified_profile.consent import Request
from unified_profile.errors import PermitError

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY, AHEAD = timedelta(days=1), timedelta(minutes=5)
HER = Identifier("email", "hanako@example.com")
PURPOSES = [Purpose("newsletter", traits={"city"})]
FOR = {"purpose": "newsletter", "channel": "email"}


def said(name, state, at, **more):
    return ConsentRecord(id=name, source="web", purpose="newsletter", channel="email", state=state, occurred_at=at,
                         identifiers=[HER], **more)  # fmt: skip


def told():
    """Return a hub that knows Hanako, who said yes, and its clock."""
    now, store = [NOON], MemoryStore()
    hub = Hub(store, purposes=PURPOSES, clock=lambda: now[0])
    hub.ingest([
        SourceRecord(id="r", source="crm", key="1", occurred_at=NOON - DAY, identifiers=[HER],
                     attributes={"city": "Kyoto"}),
        said("yes", ConsentState.GIVEN, NOON - DAY),
    ])  # fmt: skip
    return hub, now, store


def test_a_withdrawal_that_was_kept_by_a_clock_that_is_ahead_counts_at_once():
    """A reader whose clock was five minutes behind the writer's went on for five minutes."""
    hub, _, store = told()
    other = Hub(store, purposes=PURPOSES, clock=lambda: NOON + AHEAD)
    before = hub.permission(HER, **FOR)
    assert before.code == "consent_given"
    other.ingest([said("no", ConsentState.WITHDRAWN, NOON + AHEAD)])
    assert hub.permission(HER, **FOR).code == "withdrawn"
    assert hub.profile(HER, **FOR).permission.code == "withdrawn"
    assert "city" not in hub.profile(HER, **FOR, as_of=NOON - timedelta(hours=1)), "nor by asking for an hour ago"
    assert [one.traits for one in hub.subjects(**FOR)] == [{}]
    made = hub.decide(HER, Request("newsletter", "email"))
    assert (made.permission.code, made.at, made.decided_at) == ("withdrawn", NOON + AHEAD, NOON)
    assert hub.replay_decision(made) == made.permission
    assert hub.permission(HER, **FOR, at=NOON).granted, "what was in force at an instant is still answered"


def test_what_a_permit_lets_out_is_decided_after_the_last_withdrawal_whatever_the_clock_says():
    hub, _, store = told()
    use = {"action": "trigger", "recipient": "mailer", **FOR}
    hub.ingest([said("to", ConsentState.GIVEN, NOON - DAY, recipients=["mailer"])])
    permit = hub.permit(HER, **use)
    Hub(store, purposes=PURPOSES, clock=lambda: NOON + AHEAD).ingest([said("no", ConsentState.WITHDRAWN, NOON + AHEAD)])
    with pytest.raises(PermitError, match="withdrawn"):
        hub.release(permit, **use)


@pytest.mark.parametrize("recorded", [None, NOON + 30 * DAY])
def test_a_yes_of_next_month_does_not_come_back_over_a_no_of_tomorrow(recorded):
    """A sender who said that it was learned next month as well was believed."""
    hub, now, _ = told()
    late = NOON + 30 * DAY
    assert hub.ingest([said("early", ConsentState.GIVEN, late, recorded_at=recorded)]).accepted == 1
    now[0] = NOON + DAY
    hub.ingest([said("no", ConsentState.WITHDRAWN, now[0])])
    now[0] = late + DAY
    assert hub.permission(HER, **FOR).code == "withdrawn"


def test_a_withdrawal_that_says_that_it_was_learned_later_counts_from_when_it_came():
    hub, now, _ = told()
    report = hub.ingest([said("no", ConsentState.WITHDRAWN, NOON + DAY, recorded_at=NOON + DAY)])
    assert (report.accepted, hub.permission(HER, **FOR).code) == (1, "withdrawn")
    now[0] += timedelta(seconds=1)
    again = hub.ingest([said("no", ConsentState.WITHDRAWN, NOON + DAY, recorded_at=NOON + DAY)])
    assert (again.duplicates, again.n_quarantined) == (1, 0)
