"""When the database fails while memberships are worked out, the error remembers nobody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.hub.test_secrecy import CANARY, FACTS, U1, forgets_at_every_failure, seen
from tests.hub.worlds import hub_over

from unified_profile import Hub, Identifier, Purpose, Segment, events, trait
from unified_profile.hub import driver
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.storage.protocols import Store

PURPOSE = Purpose("service", traits={"*"}, events={"*"}, basis="contract")
RULE = (events("Viewed").count() >= 1) | (trait("city") == "Osaka")
LATE = seen("e9", Identifier("user_id", f"{CANARY}u3"), Identifier("device_id", f"{CANARY}d"))

CALLS: dict[str, Callable[[Hub], object]] = {
    "ingest": lambda hub: hub.ingest([LATE]),
    "define": lambda hub: hub.define_segment(Segment("s", RULE & RULE, purpose="service")),
    "due": lambda hub: hub.due(),
    "members": lambda hub: list(hub.members("s")),
    "memberships": lambda hub: hub.memberships(U1, purpose="service"),
    "audience": lambda hub: hub.audience("s", purpose="service", channel="email", recipient="crm"),
    "simulate": lambda hub: hub.simulate_segment(Segment("s", RULE & RULE, purpose="service")),
    "sizes": lambda hub: hub.segment_overlap(),
}


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    """Let a plan that met a conflict run again at once."""
    monkeypatch.setattr(driver, "pause", lambda attempt: 0)


def filled(store: Store) -> Hub:
    hub = hub_over(store, IdentityRules(), purposes=[PURPOSE])
    hub.define_segment(Segment("s", RULE, purpose="service"))
    hub.ingest(FACTS)
    return hub


@pytest.mark.parametrize("call", CALLS)
def test_when_the_database_fails_at_any_moment_the_error_remembers_nobody(call):
    forgets_at_every_failure(filled, CALLS[call])
