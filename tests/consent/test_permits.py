"""What leaves the house leaves once, to whom it was decided for, and only if it still may when it leaves."""

import asyncio
import copy
import pickle
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from unified_profile import (
    ConsentRecord,
    ConsentState,
    Hub,
    Identifier,
    MemoryStore,
    Purpose,
    PurposeRegistry,
    SourceRecord,
    SqliteStore,
)
from unified_profile.consent import Policy
from unified_profile.errors import InvalidInputError, PermitError, PurposeDeniedError, UnknownNameError

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
PURPOSES = [Purpose("news", traits={"email"}), Purpose("service", traits={"email", "city"}, basis="contract")]
POLICY = Policy(purposes=PurposeRegistry(PURPOSES), processors={"mailer"})
SENT: dict[str, Any] = {"action": "export", "purpose": "news", "channel": "email", "recipient": "mailer"}


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now


def mail(number: int) -> Identifier:
    return Identifier("email", f"p{number}@x.example")


def said(hub: Any, number: int, state: ConsentState, name: str, **further: Any) -> Any:
    record = ConsentRecord(
        id=name, source="web", purpose="news", channel="email", state=state, occurred_at=hub.setup.clock(),
        identifiers=[mail(number)], **further,
    )  # fmt: skip
    return hub.ingest([record])


def person(number: int) -> SourceRecord:
    return SourceRecord(
        id=f"r{number}", source="crm", key=str(number), occurred_at=NOON, identifiers=[mail(number)],
        attributes={"email": mail(number).value, "city": "Osaka"},
    )  # fmt: skip


def opened(store: Any = None, people: int = 3) -> Hub:
    hub = Hub(store or MemoryStore(), policy=POLICY, clock=Clock())
    hub.ingest([person(number) for number in range(people)])
    for number in range(people):
        said(hub, number, ConsentState.GIVEN, f"c{number}")
    return hub


def refused(hub: Hub, permit: Any, **other: Any) -> str:
    with pytest.raises(PermitError) as caught:
        hub.release(permit, **{**SENT, **other})
    return caught.value.code


def test_a_permit_lets_values_out_once():
    hub = opened()
    permit = hub.permit(mail(0), **SENT)
    out = hub.release(permit, **SENT)
    assert [dict(view) for view in out.views] == [{"email": "p0@x.example"}]
    assert not out.dropped
    assert refused(hub, permit) == refused(hub, permit.id) == "used_or_unknown"
    assert [(one.bound.recipient, one.bound.action) for one in hub.disclosures(mail(0))] == [("mailer", "export")]
    assert not hub.disclosures(mail(1))


def test_a_permit_names_the_last_consent_that_it_was_decided_on():
    from unified_profile.storage.commands import Scan
    from unified_profile.storage.tables import FACTS

    hub = opened()
    said(hub, 0, ConsentState.RENEWED, "newest")
    said(hub, 1, ConsentState.RENEWED, "of somebody else")
    with hub.store.session("default") as session:
        (rows,) = session.read([Scan(FACTS, None, 1_000)])
    positions = {row.id: row.position for row in rows}
    assert hub.permit(mail(0), **SENT).position == positions["newest"]
    assert hub.permit([mail(0), mail(1)], **SENT).position == positions["of somebody else"]
    assert hub.permit(mail(0), **{**SENT, "purpose": "service"}).position == positions["newest"]


@pytest.mark.parametrize(
    ("part", "value"),
    [("action", "trigger"), ("purpose", "service"), ("channel", "sms"), ("brand", "other"), ("recipient", "broker")],
)
def test_a_permit_for_something_else_lets_nothing_out_and_stays(part, value):
    hub = opened()
    permit = hub.permit(mail(0), **SENT)
    assert refused(hub, permit, **{part: value}) == f"other_{part}"
    assert hub.release(permit, **SENT).views
    assert not [one for one in hub.disclosures(mail(0)) if getattr(one.bound, part) == value]


@pytest.mark.parametrize("state", [ConsentState.WITHDRAWN, ConsentState.REFUSED, ConsentState.INVALIDATED])
def test_a_withdrawal_between_asking_and_using_lets_nothing_out(state):
    hub = opened()
    permit = hub.permit(mail(0), **SENT)
    said(hub, 0, state, "later")
    assert refused(hub, permit) == state.value
    assert not hub.disclosures(mail(0))
    said(hub, 0, ConsentState.GIVEN, "again")
    assert refused(hub, permit) == "used_or_unknown", "a permit that failed is used up"


def test_of_an_audience_only_those_leave_who_still_permit_it():
    hub = opened(people=4)
    said(hub, 3, ConsentState.WITHDRAWN, "before")
    permit = hub.permit([mail(number) for number in range(4)], **{**SENT, "action": "audience"})
    assert (len(permit.people), dict(permit.denied)) == (3, {"withdrawn": 1})
    said(hub, 1, ConsentState.WITHDRAWN, "between")
    out = hub.release(permit, **{**SENT, "action": "audience"})
    assert sorted(str(view["email"]) for view in out.views) == ["p0@x.example", "p2@x.example"]
    assert dict(out.dropped) == {hub.resolve(mail(1)): "withdrawn"}


def test_who_permits_nothing_gets_no_permit():
    hub = opened(people=1)
    said(hub, 0, ConsentState.WITHDRAWN, "w")
    with pytest.raises(PurposeDeniedError) as caught:
        hub.permit(mail(0), **SENT)
    assert caught.value.code == "withdrawn"
    with pytest.raises(PurposeDeniedError):
        hub.permit([], **SENT)


def test_values_go_to_a_third_party_only_where_the_consent_lists_it():
    hub = opened(people=2)
    said(hub, 1, ConsentState.RENEWED, "shared", recipients=["broker"])
    sent = {**SENT, "recipient": "broker"}
    with pytest.raises(PurposeDeniedError):
        hub.permit(mail(0), **sent)
    assert len(hub.release(hub.permit(mail(1), **sent), **sent).views) == 1


def test_a_permit_ends_at_the_instant_it_names():
    for late, works in ((-SECOND, True), (timedelta(0), False), (SECOND, False)):
        hub = opened(people=1)
        permit = hub.permit(mail(0), valid=timedelta(minutes=5), **SENT)
        hub.setup.clock.clock.now = permit.until + late - timedelta(microseconds=1)  # type: ignore[attr-defined]  # ours
        if works:
            assert hub.release(permit, **SENT).views
        else:
            assert refused(hub, permit) == "expired"
            assert refused(hub, permit) == "used_or_unknown"


def test_a_consent_that_ends_in_between_lets_nothing_out():
    hub = opened(people=0)
    hub.ingest([person(0)])
    said(hub, 0, ConsentState.GIVEN, "short", duration=timedelta(minutes=2))
    permit = hub.permit(mail(0), **SENT)
    hub.setup.clock.clock.now += timedelta(minutes=3)  # type: ignore[attr-defined]  # ours
    assert refused(hub, permit) == "expired"


def test_a_profile_that_became_part_of_another_is_somebody_else():
    hub = opened(people=2)
    permits = [hub.permit(mail(number), **SENT) for number in range(2)]
    both = SourceRecord(id="both", source="shop", key="9", occurred_at=NOON, identifiers=[mail(0), mail(1)])
    hub.ingest([both])
    kept = hub.resolve(mail(0))
    for permit in permits:
        if permit.people == (kept,):
            assert hub.release(permit, **SENT).views
        else:
            assert refused(hub, permit) == "profile_changed"


def test_a_permit_shows_neither_itself_nor_people_and_cannot_be_doubled():
    hub = opened()
    permit = hub.permit(mail(0), **SENT)
    for text in (repr(permit), f"{permit}", str([permit]), repr(hub.release(permit, **SENT))):
        assert permit.id not in text
        assert "x.example" not in text
        assert hub.resolve(mail(0)) not in text
    assert copy.copy(permit) is copy.deepcopy(permit) is permit
    with pytest.raises(TypeError):
        pickle.dumps(permit)


def test_what_could_not_be_a_permit_is_refused():
    hub = opened(people=1)
    cases: list[tuple[dict[str, Any], type[Exception]]] = [
        ({"action": "leak"}, InvalidInputError),
        ({"recipient": ""}, InvalidInputError),
        ({"purpose": "nope"}, UnknownNameError),
        ({"valid": timedelta(0)}, InvalidInputError),
        ({"valid": timedelta(days=8)}, InvalidInputError),
    ]
    for wrong, kind in cases:
        with pytest.raises(kind):
            hub.permit(mail(0), **{**SENT, **wrong})
    for given_one in ("", "x" * 300, "pmt_\x00", "pmt_unknown"):
        assert refused(hub, given_one) == "used_or_unknown"


def test_a_permit_is_used_once_by_whichever_process_comes_first(tmp_path):
    """Two stores over one file are two processes to it."""
    path = tmp_path / "people.sqlite"
    with SqliteStore(path) as store:
        permit = opened(store).permit([mail(0), mail(1)], **SENT)
    outcomes: list[str] = []
    barrier = threading.Barrier(4)

    def use() -> None:
        with SqliteStore(path) as mine:
            hub = Hub(mine, policy=POLICY, clock=lambda: NOON + timedelta(minutes=1))
            barrier.wait()
            try:
                outcomes.append(f"{len(hub.release(permit.id, **SENT).views)} out")
            except PermitError as error:
                outcomes.append(error.code)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["2 out", *["used_or_unknown"] * 3]
    with SqliteStore(path) as store:
        hub = Hub(store, policy=POLICY)
        assert len(hub.disclosures(mail(0))) == len(hub.disclosures(mail(1))) == 1


def test_the_asynchronous_hub_uses_the_permits_of_the_other_one(tmp_path):
    from unified_profile.aio import AsyncHub
    from unified_profile.storage.aio import AsyncSqlStore

    async def main() -> None:
        async with AsyncSqlStore(f"sqlite+aiosqlite:///{tmp_path}/people.sqlite") as store:
            hub = AsyncHub(store, policy=POLICY, clock=Clock())
            await hub.ingest([person(0), person(1)])
            for number in range(2):
                await said(hub, number, ConsentState.GIVEN, f"c{number}")
            permit = await hub.permit([mail(0), mail(1)], **SENT)
            await said(hub, 1, ConsentState.WITHDRAWN, "w")
            out = await hub.release(permit, **SENT)
            assert (len(out.views), list(out.dropped.values())) == (1, ["withdrawn"])
            with pytest.raises(PermitError):
                await hub.release(permit, **SENT)
            assert len(await hub.disclosures(mail(0))) == 1

    asyncio.run(main())


steps = st.lists(st.tuples(st.sampled_from(["permit", "use", "give", "withdraw"]), st.integers(0, 2)), max_size=16)


@given(steps)
@settings(max_examples=40)
def test_in_any_order_of_events_nothing_leaves_that_is_not_permitted_at_that_moment(program):
    """Against a model: the last word of each person, and the permits that are out."""
    hub = opened()
    granted = dict.fromkeys(range(3), True)
    out: list[tuple[Any, int]] = []
    for count, (step, number) in enumerate(program):
        if step in {"give", "withdraw"}:
            granted[number] = step == "give"
            said(hub, number, ConsentState.GIVEN if step == "give" else ConsentState.WITHDRAWN, f"s{count}")
        elif step == "permit":
            if granted[number]:
                out.append((hub.permit(mail(number), **SENT), number))
            else:
                with pytest.raises(PurposeDeniedError):
                    hub.permit(mail(number), **SENT)
        elif out:
            permit, whose = out.pop(number % len(out))
            if granted[whose]:
                assert [view["email"] for view in hub.release(permit, **SENT).views] == [mail(whose).value]
            else:
                assert refused(hub, permit) == "withdrawn"
            assert refused(hub, permit) == "used_or_unknown"
