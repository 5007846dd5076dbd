"""Whatever fails, the calls that guard people remember nobody: not in a message, not in the locals of a traceback."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest
from tests.hub.test_secrecy import CANARY, U1, filled, forgets_at_every_failure, remembers
from tests.hub.worlds import PURPOSES

from unified_profile import ConsentRecord, ConsentState, Hub, MemoryStore, SourceRecord
from unified_profile.consent import Policy
from unified_profile.errors import ConflictError, HashedAudienceError, PermitError, PurposeDeniedError, StorageError
from unified_profile.hub import driver
from unified_profile.rights import ExternalRow, RetentionRule, RetentionSchedule, ThirdParty
from unified_profile.testing.identity_programs import moment

USE: dict[str, Any] = {"action": "export", "purpose": "news", "channel": "email", "recipient": "mailer"}
SCHEDULE = RetentionSchedule(rules=[RetentionRule("other", "news", timedelta(days=1))])


def rows() -> list[ExternalRow]:
    record = SourceRecord(
        id="x1", source="broker", key=f"{CANARY}9", occurred_at=moment(5), identifiers=[U1], attributes={"a": CANARY}
    )
    return [ExternalRow(record, "consent", confirmed=True, evidence_ref=CANARY)]


def opened(store: Any) -> Hub:
    hub = filled(store)
    policy = Policy(purposes=PURPOSES, processors={"mailer"})
    return Hub(store, attrs.evolve(hub.setup, policy=policy, third_parties=[ThirdParty("broker", "B", "news")]))


CALLS: dict[str, Callable[[Hub], object]] = {
    "permit": lambda hub: hub.permit(U1, **USE),
    "permit and release": lambda hub: hub.release(hub.permit(U1, **USE), **USE),
    "disclosures": lambda hub: hub.disclosures(U1),
    "link_external": lambda hub: hub.link_external(rows(), party="broker"),
    "privacy_audit": lambda hub: hub.privacy_audit(channels=["email"]),
    "retention_plan": lambda hub: hub.retention_plan(SCHEDULE),
    "plan_erasure": lambda hub: hub.plan_erasure(U1),
    "erase and verify": lambda hub: hub.verify_erasure(hub.erase(hub.plan_erasure(U1))),
}


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    """Let a plan that met a conflict run again at once."""
    monkeypatch.setattr(driver, "pause", lambda attempt: 0)


@pytest.mark.parametrize("kind", [StorageError, ConflictError])
@pytest.mark.parametrize("call", CALLS)
def test_when_the_database_fails_at_any_moment_the_error_remembers_nobody(call, kind):
    forgets_at_every_failure(opened, CALLS[call], kind)


def test_refusals_remember_nobody():
    hub = opened(MemoryStore())
    permit = hub.permit(U1, **USE)
    hub.ingest([
        ConsentRecord(id="w", source="web", occurred_at=moment(9), purpose="news", state=ConsentState.WITHDRAWN,
                      identifiers=[U1])
    ])  # fmt: skip
    for kind, ask in (
        (PermitError, lambda: hub.release(permit, **USE)),
        (PurposeDeniedError, lambda: hub.permit(U1, **USE)),
        (HashedAudienceError, lambda: hub.link_external(["0" * 64], party="broker")),  # type: ignore[list-item]
    ):
        with pytest.raises(kind) as caught:
            ask()
        assert not remembers(caught.value)
        assert permit.id not in str(caught.value)
