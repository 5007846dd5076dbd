"""An order may come before the facts, and facts under names that nobody knew: what they tie to the erased person."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given, strategies as st
from tests.hub.test_erasure import COOKIE, M1, M2, MAIL, SHARED, at, mine, opened, others, rows
from tests.hub.worlds import some

from unified_profile import Event, Identifier, Judgement, MemoryStore, Severance, SourceRecord, Verdict
from unified_profile.errors import StorageError
from unified_profile.hub import erasing
from unified_profile.model import ErasureOrder
from unified_profile.testing.strategies import shuffled

ORDER = ErasureOrder(id="order-1", source="desk", occurred_at=at(50), identifiers=[M1])
OLD, OTHER_COOKIE = Identifier("mail", "canary.old@example.com"), Identifier("cookie", "canary-cookie-78")


def seen(name: str, *who: Identifier, day: float = 1) -> Event:
    return Event(id=f"canary-{name}", source="web", name="Viewed", occurred_at=at(day), identifiers=who,
                 properties={"page": "canary-page"})  # fmt: skip


FACTS: list[Any] = [
    *(one for one in mine() if set(getattr(one, "identifiers", ())) & {M1, COOKIE} and one.source != "kiosk"),
    seen("old1", OLD), seen("old2", OLD, day=2), seen("old3", OLD, M1), seen("both", OLD, MAIL, day=3),
    seen("cookie", OTHER_COOKIE), seen("cookies", OTHER_COOKIE, COOKIE, M1, day=4), seen("mail", MAIL),
]  # fmt: skip
"""Everything under names that some fact beside the erased one ties to it: in pairs, alone, in company."""


def test_an_order_before_everything_leaves_nobody_in_whatever_order_the_facts_come():
    @some(0.25)
    @given(shuffled(FACTS, duplicates=True), st.integers(1, 7))
    def law(told, size):
        hub = opened(MemoryStore())
        hub.ingest(others())
        people = list(hub.ids())
        hub.ingest([ORDER])
        hub.ingest([attrs.evolve(one) for one in told], batch_size=size)
        assert list(hub.ids()) == people
        assert "canary" not in rows(hub)
        assert hub.verify_erasure(values=["canary"]).clean

    law()


def test_facts_of_the_erased_under_names_that_came_after_the_erasure_go_with_the_one_that_ties_them():
    hub = opened(MemoryStore())
    hub.ingest([*others(), *mine()])
    hub.erase(hub.plan_erasure(M1))
    people = list(hub.ids())
    assert hub.ingest([seen("old1", OLD), seen("old2", OLD, day=2)]).accepted == 2, "nobody could know whose they are"
    assert hub.ingest([seen("tie", OLD, M1)]).erased == 1
    assert list(hub.ids()) == people
    assert "canary" not in rows(hub)
    assert [one.id[:5] for one in hub.erasures()] == ["erasu", "late:"]
    assert hub.ingest([seen("old4", OLD, day=3)]).erased == 1
    assert hub.ingest([seen("again", OLD, day=300)]).accepted == 1, "a fresh sign-up"


@pytest.mark.parametrize("more", [
    pytest.param([seen("new", OLD, day=60)], id="something happened after the order"),
    pytest.param([seen("else", OLD, Identifier("cookie", "x-9"))], id="another name stands beside"),
    pytest.param([SourceRecord(id="x-r", source="shop", key="x", occurred_at=at(1), identifiers=[OLD])], id="a record"),
    pytest.param([Judgement(id="x-j", source="desk", occurred_at=at(1), verdict=Verdict.SAME, left=OLD, right=SHARED)],
                 id="a clerk spoke of it"),
])  # fmt: skip
def test_whoever_is_more_than_what_a_late_fact_ties_is_left_to_a_person(more):
    hub = opened(MemoryStore())
    hub.ingest([ORDER])
    hub.ingest([seen("old1", OLD), *more])
    hub.ingest([seen("tie", OLD, M1)])
    (done,) = hub.erasures()
    assert done.loose == (hub.resolve(OLD),)
    assert hub.verify_erasure(values=["canary-M1"]).unfinished == done.loose


def test_whoever_was_known_at_the_erasure_and_left_is_never_taken_by_a_late_fact():
    """A clerk had cut the mailbox off: nobody remembers that after the erasure, but the mailbox's owner stays."""
    hub = opened(MemoryStore())
    hub.ingest([
        seen("f", M1, SHARED),
        Severance(id="s", source="desk", occurred_at=at(3), fact_id="canary-f", identifier=SHARED),
        Event(id="o1", source="web", name="Viewed", occurred_at=at(1), identifiers=[SHARED]),
    ])  # fmt: skip
    hub.erase(hub.plan_erasure(M1))
    owner = hub.resolve(SHARED)
    assert hub.ingest([seen("f", M1, SHARED)]).erased == 1
    assert hub.raw(SHARED, reason="a test").n_facts == 1
    assert hub.erasures()[0].loose == (), "a fact that was erased says nothing about whom it names"
    assert hub.ingest([seen("g", M1, SHARED)]).erased == 1
    assert (hub.resolve(SHARED), hub.erasures()[0].loose) == (owner, (owner,))


def test_a_limit_tells_the_spouse_apart():
    hub = opened(MemoryStore())
    hub.ingest([ORDER, Event(id="o", source="web", name="V", occurred_at=at(1), identifiers=[M2, OLD])])
    hub.ingest([seen("tie", OLD, M1)])
    assert (hub.resolve(OLD), hub.erasures()[0].loose) == (hub.resolve(M2), ())


def test_what_a_late_fact_began_is_completed_on_resume(monkeypatch):
    hub = opened(MemoryStore())
    hub.ingest([ORDER])
    hub.ingest([seen("old1", OLD)])

    def cut(*_: object, **__: object) -> Any:
        raise StorageError("the machine went away")

    with monkeypatch.context() as patched:
        patched.setattr(erasing, "finish", cut)
        with pytest.raises(StorageError):
            hub.ingest([seen("tie", OLD, M1)])
    assert [one.state for one in hub.erasures()] == ["done", "ordered"]
    assert len(hub.verify_erasure(values=["canary"], scan=False).unfinished) == 1
    hub.resume_erasures()
    assert hub.verify_erasure(values=["canary"]).clean
    assert list(hub.ids()) == []
