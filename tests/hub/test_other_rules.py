"""A store built under other rules says so, instead of knowing nobody."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from unified_profile import Hub, Identifier, IdentityRules, MemoryStore, SourceRecord, default_namespaces
from unified_profile.errors import RulesChangedError

PHONE = Identifier("phone", "090-0000-0001")


def test_an_identifier_asked_for_under_other_rules_is_refused_with_the_way_out():
    store = MemoryStore()
    japan = Hub(store, rules=IdentityRules(default_namespaces(region="JP")))
    at = datetime(2026, 1, 1, tzinfo=UTC)
    japan.ingest([SourceRecord(id="r1", source="crm", key="1", occurred_at=at, identifiers=[PHONE])])
    profile = japan.resolve(PHONE)
    other = Hub(store)
    with pytest.raises(RulesChangedError, match="other identity rules"):
        other.resolve(PHONE)
    assert other.resolve(profile) == profile  # an id means the same under any rules
