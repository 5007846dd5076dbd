"""A withdrawal in another spelling is a withdrawal; one of an unknown purpose is not lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from unified_profile import ConsentRecord, ConsentState, Hub, Identifier, MemoryStore, Purpose

WHO = Identifier("email", "hanako@example.com")


def said(name: str, day: int, state: ConsentState, purpose: str = "newsletter", channel: str = "email"):
    at = datetime(2026, 1, day, tzinfo=UTC)
    return ConsentRecord(
        id=name, source="web", occurred_at=at, purpose=purpose, channel=channel, state=state, identifiers=[WHO]
    )


@pytest.mark.parametrize(
    ("purpose", "channel"),
    [("newsletter", "Email"), ("newsletter", "e-mail"), ("newsletter", "Ｅ－ｍａｉｌ"), ("Newsletter ", "email")],
)
def test_a_withdrawal_in_another_spelling_is_a_withdrawal(purpose, channel):
    hub = Hub(MemoryStore(), purposes=[Purpose("newsletter", traits={"email"})])
    hub.ingest([said("c1", 1, ConsentState.GIVEN)])
    assert hub.permission(WHO, purpose="newsletter", channel="email").granted
    hub.ingest([said("c2", 2, ConsentState.WITHDRAWN, purpose, channel)])
    assert hub.permission(WHO, purpose="newsletter", channel="email").code == "withdrawn"


def test_a_consent_for_an_unknown_purpose_waits_with_a_hint_until_the_purpose_is_registered():
    hub = Hub(MemoryStore(), purposes=[Purpose("newsletter")])
    report = hub.ingest([said("c1", 1, ConsentState.WITHDRAWN, "newsleter")])
    assert report.accepted == 0
    assert "did you mean 'newsletter'" in report.quarantined[0].reason
    later = Hub(hub.store, purposes=[Purpose("newsletter"), Purpose("newsleter")])
    assert later.replay().accepted == 1
    assert later.permission(WHO, purpose="newsleter", channel="email").code == "withdrawn"


def test_a_hub_without_purposes_keeps_every_consent():
    assert Hub(MemoryStore()).ingest([said("c1", 1, ConsentState.GIVEN, "whatever")]).accepted == 1
