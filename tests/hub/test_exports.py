"""Values leave for another system by a permit: to a declared recipient, decided then, and kept as having left."""

import asyncio
import inspect
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from unified_profile import ConsentRecord, ConsentState, Hub, Identifier, MemoryStore, Purpose, SourceRecord
from unified_profile.aio import AsyncHub
from unified_profile.consent import Policy, RegisterEntry
from unified_profile.errors import InvalidInputError, PurposeDeniedError, UnknownNameError
from unified_profile.storage.aio import AsyncSqlStore

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
NEWS, SERVICE = Purpose("news", traits={"email"}), Purpose("service", traits={"city"}, basis="contract")
POLICY = Policy(purposes=[NEWS, SERVICE], processors={"crm", "mailer"}, recipients={"crm", "mailer", "partner"})


def mail(number: int) -> Identifier:
    return Identifier("email", f"p{number}@x.example")


def record(number: int) -> SourceRecord:
    return SourceRecord(id=f"r{number}", source="crm", key=str(number), occurred_at=NOON, identifiers=[mail(number)],
                        attributes={"email": mail(number).value, "city": "Osaka"})  # fmt: skip


def said(number: int, state: ConsentState, day: int, **further: Any) -> ConsentRecord:
    return ConsentRecord(id=f"c{number}-{day}", source="web", purpose="news", state=state, identifiers=[mail(number)],
                         occurred_at=NOON + timedelta(days=day), **further)  # fmt: skip


def opened(policy: Policy = POLICY, people: int = 3) -> Hub:
    hub = Hub(MemoryStore(), policy=policy, clock=lambda: NOON + timedelta(days=9))
    hub.ingest([record(number) for number in range(people)])
    hub.ingest([said(number, ConsentState.GIVEN, 1) for number in range(people)])
    return hub


def left(hub: Hub, number: int) -> list[tuple[str, str, str]]:
    found = hub.disclosures(mail(number))
    return [(one.bound.action, one.bound.purpose, one.bound.recipient) for one in found]


@pytest.mark.parametrize("kind", [Hub, AsyncHub])
@pytest.mark.parametrize("name", ["golden_changes", "permit", "release"])
def test_every_call_by_which_values_leave_says_to_whom(kind, name):
    parameter = inspect.signature(getattr(kind, name)).parameters["recipient"]
    assert parameter.default is inspect.Parameter.empty


def test_what_is_written_back_is_kept_as_having_left():
    hub = opened()
    hub.ingest([said(1, ConsentState.WITHDRAWN, 2)])
    page = hub.golden_changes(purpose="news", recipient="crm")
    assert sorted(len(change.view or ()) for change in page) == [0, 1, 1]
    assert [left(hub, number) for number in range(3)] == [[("export", "news", "crm")], [], [("export", "news", "crm")]]
    assert hub.golden_changes(purpose="news", recipient="crm", after=page[-1].position) == []
    assert left(hub, 0) == [("export", "news", "crm")], "nothing was handed over, nothing left"


def test_a_feed_does_not_feed_itself_with_what_it_keeps_of_its_pages():
    hub = opened(people=5)
    after, pages = 0, 0
    while page := hub.golden_changes(purpose="service", recipient="crm", after=after, limit=2):
        after, pages = page[-1].position, pages + 1
        assert pages < 9
    assert pages == 3
    assert hub.refresh() == 0
    assert hub.golden_changes(purpose="service", recipient="crm", after=after) == []


def test_a_third_party_is_written_to_only_of_those_whose_consent_lists_it():
    hub = opened()
    hub.ingest([said(2, ConsentState.RENEWED, 2, recipients=["partner"])])
    page = hub.golden_changes(purpose="news", recipient="partner")
    views = {change.view.profile_id: change.view for change in page if change.view is not None}
    assert [views[hub.resolve(mail(number))].permission.code for number in range(3)] == [
        "not_covered", "not_covered", "consent_given",
    ]  # fmt: skip
    assert [left(hub, number) for number in range(3)] == [[], [], [("export", "news", "partner")]]


@pytest.mark.parametrize("policy", [None, Policy(purposes=[NEWS, SERVICE]), POLICY])
def test_a_system_that_nobody_declared_is_refused_instead_of_made_to_forget_everybody(policy):
    hub = Hub(MemoryStore(), policy=policy) if policy else Hub(MemoryStore(), purposes=[NEWS])
    with pytest.raises(UnknownNameError, match="stranger"):
        hub.golden_changes(purpose="news", recipient="stranger")
    with pytest.raises(InvalidInputError):
        hub.golden_changes(purpose="news", recipient="")


def test_a_recipient_of_the_register_is_declared():
    entry = RegisterEntry(purpose="service", basis="contract", recipients={"carrier"})
    hub = opened(Policy(purposes=[NEWS, SERVICE], register=[entry]))
    (change, *_) = hub.golden_changes(purpose="service", recipient="carrier")
    assert change.view is not None
    assert change.view.to_dict() == {"city": "Osaka"}


def test_a_frame_that_leaves_holds_those_who_permit_it_and_is_kept_as_having_left():
    hub = opened()
    hub.ingest([said(1, ConsentState.WITHDRAWN, 2)])
    stays = hub.to_frame(purpose="news", backend="polars")
    assert sorted(stays["granted"]) == [False, True, True]
    assert [left(hub, number) for number in range(3)] == [[], [], []]
    goes = hub.to_frame(purpose="news", recipient="mailer", traits=["email"], backend="polars")
    assert sorted(goes["email"]) == ["p0@x.example", "p2@x.example"]
    assert all(goes["granted"])
    assert [len(left(hub, number)) for number in range(3)] == [1, 0, 1]
    some = hub.to_frame([mail(0)], purpose="news", recipient="mailer", backend="polars")
    assert some["profile_id"].to_list() == [hub.resolve(mail(0))]


def test_a_frame_that_nobody_permits_does_not_leave():
    hub = opened()
    with pytest.raises(PurposeDeniedError):
        hub.to_frame(purpose="news", recipient="stranger", backend="polars")
    for when in ({"as_of": NOON}, {"known_at": NOON}):
        with pytest.raises(InvalidInputError, match="decided on now"):
            hub.to_frame(purpose="news", recipient="mailer", backend="polars", **when)  # type: ignore[arg-type]  # one of them


def test_the_asynchronous_hub_lets_out_the_same(tmp_path):
    async def main() -> None:
        async with AsyncSqlStore(f"sqlite+aiosqlite:///{tmp_path}/people.sqlite") as store:
            hub = AsyncHub(store, policy=POLICY, clock=lambda: NOON + timedelta(days=9))
            await hub.ingest([record(0), record(1), said(0, ConsentState.GIVEN, 1)])
            page = await hub.golden_changes(purpose="news", recipient="crm")
            assert sorted(len(change.view or ()) for change in page) == [0, 1]
            frame = await hub.to_frame(purpose="news", recipient="mailer", backend="polars")
            assert frame["email"].to_list() == ["p0@x.example"]
            assert [one.bound.recipient for one in await hub.disclosures(mail(0))] == ["crm", "mailer"]
            assert await hub.disclosures(mail(1)) == []

    asyncio.run(main())
