"""What users will write, as the type checker sees it: mypy checks this file, pytest runs it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import assert_type

import unified_profile as up
from unified_profile.aio import AsyncHub
from unified_profile.consent import Coverage, Policy
from unified_profile.engagement import Context
from unified_profile.hub import (
    Access,
    GoldenChange,
    IdentityConflict,
    Quarantined,
    ReviewItem,
    RuleChange,
    Step,
)
from unified_profile.segments import Subject
from unified_profile.storage import Store

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
WHO = up.Identifier("email", "hanako@example.com")


def hub() -> up.Hub:
    """Return a hub with one person."""
    policy = Policy(purposes=[up.Purpose("service", traits={"city"}, basis="contract")], processors={"crm"})
    made = up.Hub(up.MemoryStore(), policy=policy)
    told = up.SourceRecord(
        id="r1", source="crm", key="1", occurred_at=NOON, identifiers=[WHO], attributes={"city": "Kobe"}
    )
    made.ingest([told])
    return made


def test_a_hub_answers_with_the_types_it_declares() -> None:
    made = hub()
    assert_type(made.ingest([]), up.IngestReport)
    view = assert_type(made.profile(WHO, purpose="service"), up.PurposeView)
    assert_type(view.permission, up.Permission)
    assert_type(made.raw(WHO, reason="type test"), up.Profile)
    assert_type(made.permission(WHO, purpose="service", channel="email"), up.Permission)
    assert_type(made.resolve(WHO), str)
    assert_type(made.search("city", "kobe", purpose="service"), list[up.PurposeView])
    assert_type(made.golden_changes(purpose="service", recipient="crm"), list[GoldenChange])
    assert_type(made.changes(), list[up.ProfileMerged | up.ProfileSplit])
    assert_type(made.explain_identity(WHO, reason="a test"), list[Step])
    assert_type(made.simulate(up.IdentityRules()), RuleChange)
    assert_type(made.quarantined(), list[Quarantined])
    assert_type(made.review(reason="a test"), list[ReviewItem])
    assert_type(made.conflicts(reason="a test"), list[IdentityConflict])
    assert_type(made.accesses(), list[Access])
    assert_type(made.context(WHO, purpose="service", channel="chat"), Context)
    assert_type(made.coverage(channels=["email"]), tuple[Coverage, ...])
    assert_type(made.accounts(purpose="service"), dict[str, up.Account])
    assert_type(list(made.subjects(purpose="service")), list[Subject])
    assert_type(list(made.profiles(purpose="service", known_at=NOON)), list[up.PurposeView])


async def awaited(made: AsyncHub) -> None:
    """What ``Hub`` returns is awaited; the type checker reads this, and nobody runs it."""
    assert_type(await made.ingest([]), up.IngestReport)
    assert_type(await made.profile(WHO, purpose="service"), up.PurposeView)
    assert_type(await made.context(WHO, purpose="service", channel="chat"), Context)
    assert_type([one async for one in made.profiles(purpose="service")], list[up.PurposeView])
    assert_type([one async for one in made.ids()], list[str])
    assert_type(await made.simulate(up.IdentityRules()), RuleChange)
    assert_type(made.joined(object()), AsyncHub)


def test_metrics_answer_with_estimates() -> None:
    assert_type(up.nps([9, 10, 3]), up.Estimate)
    assert_type(up.csat([5, 4, 2], scale=(1, 5), satisfied_from=4), up.Estimate)


def test_records_are_resolved_to_a_resolution() -> None:
    found = assert_type(up.resolve([{"record_id": 1, "name": "Hanako Mori"}]), up.Resolution)
    assert_type(found.model, up.RecordModel)
    resolver: up.Resolver = up.RecordResolver(found.model)
    assert resolver.fingerprint


def test_the_stores_of_the_library_are_what_the_protocol_asks_for(tmp_path: Path) -> None:
    stores: list[Store] = [up.MemoryStore(), up.SqliteStore(tmp_path / "people.sqlite")]
    for store in stores:
        assert up.Hub(store).ingest([]).accepted == 0
