"""What cannot be taken waits, whole and with its reason, until it can."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given, strategies as st
from tests.hub.worlds import Clock, contents, hub_over, told

from unified_profile import Event, Hub, Identifier, Judgement, MemoryStore, Severance, SourceRecord, Verdict
from unified_profile.hub import quarantine
from unified_profile.hub.reports import IngestReport, Quarantined
from unified_profile.identity.namespaces import IdentityRules, Namespace
from unified_profile.model import Fact, ModelAdopted
from unified_profile.storage.memory import MemoryStore as Store
from unified_profile.testing.identity_programs import moment

USERS = Namespace(name="user", priority=0, limit=1, normalizer="exact")
RULES = IdentityRules([USERS])
WIDER = IdentityRules([USERS, Namespace(name="card", priority=1, normalizer="exact")])
USER, CARD = Identifier("user", "u1"), Identifier("card", "c1")


def seen(name: str, *who: Identifier, page: str = "p") -> Event:
    return Event(id=name, source="web", occurred_at=moment(0), identifiers=who, properties={"page": page})


def waiting(hub: Hub) -> list[Any]:
    return [one.item for one in hub._run(lambda: quarantine.held(100))]


# --- taking turns ----------------------------------------------------------------------------------------------------


class Slow:
    """A reader that was mended for a single payload."""

    def __init__(self, mended: object) -> None:
        self.mended = mended
        self.tried: list[int] = []

    def read(self, payload: Any, /, *, received_at: datetime) -> Event:
        self.tried.append(payload["n"])
        if payload["n"] != self.mended:
            raise ValueError("not yet")
        return seen(f"e{payload['n']}", USER)


@pytest.mark.parametrize("limit", [1, 2, 5, 7])
def test_what_is_refused_for_ever_keeps_nothing_from_being_tried(limit):
    """A limited replay once began at the same ones each time."""
    hub = hub_over(MemoryStore(), RULES)
    hub.ingest([{"n": n} for n in range(7)])
    order = [item["n"] for item in waiting(hub)]
    reader = Slow(mended=order[-1])
    rounds = -(-7 // limit)
    assert sum(hub.replay(reader=reader, limit=limit).accepted for _ in range(rounds)) == 1
    assert sorted(reader.tried[:7]) == list(range(7)), "each once before any twice"
    assert len(hub.quarantined()) == 6
    reader.tried.clear()
    hub.replay(reader=reader)
    assert sorted(reader.tried) == sorted(order[:-1]), "without a limit all are tried, wherever the last one stopped"


def test_one_that_came_in_since_gets_its_turn():
    hub = hub_over(MemoryStore(), RULES)
    reader = Slow(mended=None)
    for n in range(20):
        hub.ingest([{"n": n}])
        hub.replay(reader=reader, limit=2)
    for _ in range(10):
        hub.replay(reader=reader, limit=2)
    assert set(reader.tried) == set(range(20))


# --- ids that were used before ---------------------------------------------------------------------------------------


def test_an_id_that_was_used_for_something_else_keeps_its_first_meaning_and_the_other_waits():
    hub = hub_over(MemoryStore(), RULES)
    first, other = seen("e", USER), seen("e", USER, page="another")
    assert hub.ingest([first]).accepted == 1
    report = hub.ingest([other, first])
    assert (report.accepted, report.duplicates) == (0, 1)
    assert report.reasons() == {"id: used before for a fact that says something else": 1}
    assert waiting(hub) == [other]
    assert hub.replay().quarantined[0].reason == "used before for a fact that says something else"
    assert [one.id for one in hub.quarantined()] == [one.id for one in report.quarantined]


def test_in_one_batch_the_first_is_kept_too():
    hub = hub_over(MemoryStore(), RULES)
    report = hub.ingest([seen("e", USER), seen("e", USER, page="b"), seen("e", USER, page="b"), seen("e", USER)])
    assert (report.accepted, report.duplicates, len(report.quarantined)) == (1, 1, 2)
    assert len(hub.quarantined()) == 1, "equal things wait once"


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=8), st.integers(1, 4))
def test_whatever_comes_under_one_id_the_first_counts_and_every_one_is_accounted_for(pages, size):
    hub = hub_over(MemoryStore(), RULES)
    report = hub.ingest([seen("e", USER, page=page) for page in pages], batch_size=size)
    assert report.accepted == 1
    assert report.duplicates == pages.count(pages[0]) - 1
    assert len(report.quarantined) == len(pages) - pages.count(pages[0])
    assert contents(hub) == contents(told(RULES, [seen("e", USER, page=pages[0])]))


# --- replay after a fix ----------------------------------------------------------------------------------------------

STRANGE: list[Fact] = [
    seen("e", USER, CARD),
    SourceRecord(id="r", source="crm", key="1", occurred_at=moment(1), identifiers=[CARD]),
    Judgement(id="j", source="desk", occurred_at=moment(2), left=USER, right=CARD, verdict=Verdict.DIFFERENT),
    Severance(id="s", source="desk", occurred_at=moment(3), fact_id="e", identifier=CARD),
]


def test_facts_of_a_namespace_that_was_not_declared_are_taken_once_it_is():
    """A judgement that named one once stopped the whole batch, and its hub."""
    clock = Clock()
    hub = hub_over(MemoryStore(), RULES, clock)
    report = hub.ingest([*STRANGE, seen("other", USER)])
    assert (report.accepted, len(report.quarantined)) == (1, 4)
    assert waiting(hub) == sorted(STRANGE, key=waiting(hub).index)
    hub.rebuild(WIDER)
    clock.tick()
    assert hub.replay().accepted == 4
    assert hub.quarantined() == []
    assert hub.replay().accepted == 0
    fresh = hub_over(MemoryStore(), WIDER, clock)
    fresh.ingest([*STRANGE, seen("other", USER)])
    assert contents(hub) == contents(fresh)


def test_what_is_replayed_is_learned_then_and_not_before():
    """It was once dated to 1970, and so known all the time."""
    clock = Clock()
    hub = hub_over(MemoryStore(), RULES, clock)
    hub.ingest([seen("e", USER, CARD), attrs.evolve(seen("known", USER), occurred_at=moment(-1))])
    hub.rebuild(WIDER)
    before = clock()
    clock.tick()
    hub.replay()
    assert hub.raw(USER, reason="a test", known_at=before).n_facts == 1
    assert hub.raw(USER, reason="a test").n_facts == 2


def test_a_payload_without_a_time_happened_when_it_came_not_when_it_could_be_read():
    clock = Clock(datetime(2026, 5, 1, tzinfo=UTC))
    hub = hub_over(MemoryStore(), IdentityRules(), clock)
    payload = {"type": "track", "event": "Seen", "userId": "7", "messageId": "m"}
    assert len(hub.ingest([payload]).quarantined) == 1
    came = clock()
    clock.tick(60 * 24)
    assert hub.replay(source="web").accepted == 1
    assert hub.raw(Identifier("user_id", "7"), reason="a test").last_at == came


def test_a_replay_without_a_reader_leaves_payloads_and_their_reasons_as_they_are():
    hub = hub_over(MemoryStore(), IdentityRules())
    hub.ingest([{"type": "track", "event": "Seen", "userId": "7", "timestamp": "yesterday"}], source="web")
    (before,) = hub.quarantined()
    assert before.field == "timestamp"
    report = hub.replay()
    assert report.quarantined == (before,)
    assert hub.quarantined() == [before]


def test_a_payload_with_times_and_bytes_of_python_is_replayed_as_it_was():
    at = datetime(2026, 5, 1, tzinfo=UTC)
    handed_in = {"type": "strange", "at": at, "after": timedelta(hours=1), "raw": b"\xff", "none": None}
    hub = hub_over(MemoryStore(), IdentityRules())
    hub.ingest([handed_in], source="web")
    assert waiting(hub) == [handed_in]

    class Fixed:
        def read(self, payload: Any, /, *, received_at: Any) -> Event:
            return Event(id="fixed", source="web", occurred_at=payload["at"])

    assert hub.replay(reader=Fixed()).accepted == 1


def test_the_adoption_of_identity_rules_is_no_fact_that_anybody_may_tell():
    """It would have changed what was known then; and a broken one everything that was asked of then."""
    adopted = ModelAdopted(
        id="a", source="desk", occurred_at=moment(0), kind="identity", fingerprint="x", body={"a": 1}
    )
    hub = hub_over(MemoryStore(), RULES)
    (refused,) = hub.ingest([adopted]).quarantined
    assert (refused.field, "hub.rebuild" in refused.reason) == ("kind", True)


def test_a_fact_of_another_tenant_waits_in_its_own_name():
    strange = SourceRecord(id="r", source="crm", key="1", occurred_at=moment(0), tenant="other")
    store = Store()
    hub = hub_over(store, RULES)
    assert [one.field for one in hub.ingest([strange]).quarantined] == ["tenant"]
    assert waiting(hub) == [strange]
    assert hub_over(store, RULES, tenant="other").ingest([strange]).accepted == 1
    assert list(hub.ids()) == []


def test_a_severance_of_what_is_no_fact_about_people_changes_nothing():
    """One from a judgement once moved it among the facts of nobody."""
    hub = hub_over(MemoryStore(), RULES)
    hub.ingest([seen("e", USER), Judgement(id="j", source="desk", occurred_at=moment(1), left=USER,
                                           right=Identifier("user", "u2"), verdict=Verdict.SAME)])  # fmt: skip
    before = contents(hub)
    hub.ingest([Severance(id="s", source="desk", occurred_at=moment(2), fact_id="j", identifier=USER)])
    assert contents(hub) == before
    hub.rebuild()
    assert contents(hub) == before


@pytest.mark.parametrize("key", ["a\x00b", "\ud800", "x" * 600])
def test_a_record_whose_key_no_store_could_keep_waits(key):
    hub = hub_over(MemoryStore(), RULES)
    record = SourceRecord(id="r", source="crm", key=key, occurred_at=moment(0))
    assert len(hub.ingest([record]).quarantined) == 1


def test_a_report_shows_the_first_of_what_was_refused_and_counts_all_of_it():
    hub = Hub(MemoryStore())
    report = hub.ingest(({"type": "nonsense", "n": n} for n in range(2_500)), source="web", batch_size=700)
    assert (len(report.quarantined), report.n_quarantined, sum(report.reasons().values())) == (1_000, 2_500, 2_500)
    assert f"{report.n_quarantined} quarantined" in str(report)
    assert len(hub.quarantined(limit=5_000)) == 2_500
    many = sum((IngestReport(quarantined=[Quarantined("1", f"f{n}", "odd")]) for n in range(900)), IngestReport())
    assert (many.n_quarantined, len(many.reasons())) == (900, 201)
