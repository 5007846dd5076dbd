"""What a question reads: as much as it is about, however much else there is; and nothing of it is missed."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.hub.test_laws import KINDS, whom
from tests.hub.worlds import Clock, hub_over, some, stories, tell, told

from unified_profile import (
    Event,
    Hub,
    Identifier,
    Judgement,
    MemoryStore,
    Purpose,
    Retraction,
    Severance,
    SourceRecord,
    SqliteStore,
    Verdict,
)
from unified_profile.errors import LearnedLaterWarning, UnknownProfileError
from unified_profile.hub import simulating
from unified_profile.hub.driver import run
from unified_profile.hub.neighborhoods import around, everything
from unified_profile.hub.replaying import Replay
from unified_profile.hub.whose import belongings, find, machine_linked
from unified_profile.identity.bundles import placed
from unified_profile.model.times import to_micros
from unified_profile.testing.identity_programs import moment
from unified_profile.testing.strategies import shuffled
from unified_profile.wire import RecordMapping, fact_of


@pytest.mark.parametrize("kind", KINDS)
def test_a_neighborhood_tells_the_same_of_its_people_as_the_whole_log(kind):
    @some(0.4)
    @given(st.data())
    def law(data):
        story = data.draw(stories(kind))
        hub = hub_over(MemoryStore(), story.rules, Clock())
        tell(hub, data.draw(shuffled([*story.facts, *story.links])))
        whole = Replay(hub._run(everything), story.rules, "default")
        limits = sorted(moment(data.draw(st.integers(0, 12))) for _ in range(2))
        for limit in limits:
            all_told = whole.to(to_micros(limit))
            for node in {home[1] for one in whom(story) if (home := placed(one, story.rules)) and home[0] == "link"}:
                near = hub._run(partial(around, node, story.rules))
                alone = Replay(near, story.rules, "default").to(to_micros(limit))
                assert whose(alone, node, story.rules) == whose(all_told, node, story.rules)

    law()


def whose(store, node, rules):
    """Return what belongs to whoever holds *node*, and whether a machine link holds it together."""
    (home,) = run(store, "default", lambda: find([Identifier.of(node)], rules))
    if home.profile is None:
        return None  # why is not part of the law: a severance that came early leaves no trace of what it severed
    name = home.profile
    owned = run(store, "default", lambda: belongings([name], rules))
    facts = [fact.id for fact in owned[name].facts]
    return facts, owned[name].nodes, bool(run(store, "default", lambda: machine_linked(owned)))


@pytest.mark.parametrize("kind", KINDS)
def test_features_of_many_rows_are_those_of_each_row_asked_alone(kind):
    @some(0.3)
    @given(st.data())
    def law(data):
        story = data.draw(stories(kind))
        hub = told(story.rules, data.draw(shuffled(list(story.facts))))
        hub = Hub(hub.store, rules=story.rules, purposes=[Purpose("all", traits={"*"}, basis="contract")])
        who = [*whom(story), *hub.ids()]
        if not who:
            return
        rows = data.draw(st.lists(st.tuples(st.sampled_from(who), st.integers(0, 12).map(moment)), max_size=6))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LearnedLaterWarning)
            together = hub.features(rows, purpose="all", backend="pyarrow").to_pydict()
        for place, (one, at) in enumerate(rows):
            try:
                view = hub.profile(one, purpose="all", as_of=at, known_at=at)
            except UnknownProfileError:
                assert together["profile_id"][place] is None
            else:
                assert together["profile_id"][place] == view.profile_id
                names = [name for name in together if name not in ("at", "profile_id", "granted")]
                assert [together[name][place] for name in names] == [view.get(name) for name in names]

    law()


class Counting(MemoryStore):
    """Counts the rows that are read."""

    rows = 0

    def session(self, tenant, /, *, exclusive=False):
        return self._counted(super().session(tenant, exclusive=exclusive))

    def _counted(self, opened):
        @contextmanager
        def session():
            with opened as inner:
                read = inner.read

                def counted(reads, /):
                    found = read(reads)
                    self.rows += sum(map(len, found))
                    return found

                inner.read = counted
                yield inner

        return session()


def test_a_question_about_the_past_does_not_read_what_was_said_of_strangers():
    store, ticks = Counting(), Clock()
    hub = hub_over(store, Hub(MemoryStore()).setup.rules, ticks)
    users = [Identifier("user_id", f"u{n}") for n in range(400)]
    hub.ingest(
        Event(id=f"e{n}", source="web", occurred_at=moment(0), identifiers=[user]) for n, user in enumerate(users)
    )
    hub.ingest(
        Judgement(id=f"j{n}", source="desk", occurred_at=moment(1), left=one, right=other, verdict=Verdict.DIFFERENT)
        for n, (one, other) in enumerate(pairwise(users[2:]))
    )
    hub.ingest(Retraction(id=f"r{n}", source="desk", occurred_at=moment(1), fact_id=f"j{n}") for n in range(100))
    known = ticks()
    ticks.tick()
    store.rows = 0
    assert hub.raw(users[0], reason="a test", known_at=known).n_facts == 1
    assert store.rows < 30


def test_what_was_taken_back_since_still_leads_to_whom_it_joined_and_what_it_cut():
    clock = Clock()
    hub = hub_over(MemoryStore(), Hub(MemoryStore()).setup.rules, clock)
    one, two, mail = Identifier("login", "one"), Identifier("login", "two"), Identifier("email", "a@example.com")
    for number, who in enumerate([(one,), (two, mail)]):
        hub.ingest([Event(id=f"e{number}", source="web", occurred_at=moment(0), identifiers=who)])
    clock.tick()
    hub.ingest([Judgement(id="same", source="desk", occurred_at=moment(1), left=one, right=two, verdict=Verdict.SAME)])
    hub.ingest([Severance(id="cut", source="desk", occurred_at=moment(1), fact_id="e1", identifier=mail)])
    then = clock()
    clock.tick()
    hub.ingest(
        [Retraction(id=f"no {name}", source="desk", occurred_at=moment(2), fact_id=name) for name in ("same", "cut")]
    )
    assert hub.raw(one, reason="a test").n_facts == 1
    assert hub.raw(mail, reason="a test").n_facts == 1
    assert hub.raw(one, reason="a test", known_at=then).n_facts == 2
    with pytest.raises(UnknownProfileError):
        hub.raw(mail, reason="a test", known_at=then)


def test_a_page_of_a_search_reads_a_page_however_many_have_the_value():
    store = Counting()
    purpose = Purpose("all", traits={"*"}, basis="contract")
    hub = Hub(store, purposes=[purpose])
    people = [Identifier("user_id", f"u{n}") for n in range(600)]
    hub.ingest(
        [
            SourceRecord(
                id=one.value,
                source="crm",
                key=one.value,
                occurred_at=moment(0),
                identifiers=[one],
                attributes={"city": "Osaka"},
            )
            for one in people
        ]
    )
    first = hub.search("city", "osaka", purpose="all", limit=5)
    hub.refresh()  # reads once what the first one published
    store.rows = 0
    second = hub.search("city", "osaka", purpose="all", limit=5, after=first[-1].profile_id)
    assert store.rows < 60
    assert [view.profile_id for view in (*first, *second)] == sorted(hub.ids())[:10]


def test_features_of_imported_history_warn_that_it_was_learned_later_and_a_mapping_can_say_otherwise():
    row = {"id": "1", "mail": "a@example.com", "town": "Nara", "changed": "2026-01-01T00:00:00Z", "wrote": ""}
    said: dict[str, Any] = {"identifiers": {"mail": "email"}, "attributes": {"town": "city"}, "occurred_at": "changed"}
    who, at = Identifier("email", "a@example.com"), datetime(2026, 1, 2, tzinfo=UTC)
    later = datetime(2026, 2, 1, tzinfo=UTC)

    def city(mapping, **further):
        purposes = [Purpose("all", traits={"*"}, basis="contract")]
        hub = Hub(MemoryStore(), purposes=purposes, clock=lambda: later)
        hub.ingest([fact_of(row | further, mapping, received_at=later)])
        rows = [(who, at), (who, at - timedelta(days=9)), (who, later)]
        return hub.features(rows, purpose="all", traits=["city"], backend="pyarrow")["city"].to_pylist()

    with pytest.warns(LearnedLaterWarning, match="1 row") as warned:
        assert city(RecordMapping("crm", "id", **said)) == [None, None, "Nara"]
    assert len(warned) == 1
    assert city(RecordMapping("crm", "id", **said, recorded_as_of_occurrence=True)) == ["Nara", None, "Nara"]
    dated = RecordMapping("crm", "id", **said, recorded_at="wrote")
    assert city(dated, wrote="2026-01-01T12:00:00Z") == ["Nara", None, "Nara"]


def test_features_warn_as_well_where_most_of_what_had_happened_was_learned_later():
    """The contacts were imported with their dates, the orders without: the rows were there, and told too little."""
    who, now = Identifier("email", "a@example.com"), datetime(2026, 2, 1, tzinfo=UTC)
    day = timedelta(days=1)

    def told(orders: int, at: datetime) -> Any:
        hub = Hub(MemoryStore(), purposes=[Purpose("all", traits={"*"}, basis="contract")], clock=lambda: now)
        hub.ingest([SourceRecord(id=f"r{n}", source="crm", key="1", occurred_at=now - (20 - n) * day, identifiers=[who],
                                 recorded_at=now - (20 - n) * day, attributes={"city": "Nara"})
                    for n in range(3)])  # fmt: skip
        hub.ingest([Event(id=f"e{n}", source="shop", name="Order Completed", occurred_at=now - 15 * day,
                          identifiers=[who]) for n in range(orders)])  # fmt: skip
        return hub.features([(who, at)], purpose="all", traits=["city"], backend="pyarrow")["city"].to_pylist()

    for orders, at in ((3, now - 10 * day), (4, now - 16 * day), (9, now)):
        assert told(orders, at) == ["Nara"], "nothing to warn of"
    with pytest.warns(LearnedLaterWarning, match="lack most of what had happened"):
        assert told(4, now - 10 * day) == ["Nara"]


def test_a_simulation_sees_one_moment_whoever_writes_meanwhile(tmp_path, monkeypatch):
    user, card = Identifier("user_id", "u1"), Identifier("loyalty_card", "C1")
    other = Identifier("email", "hana@example.com")
    with SqliteStore(tmp_path / "hub.sqlite") as store:
        hub = Hub(store)
        hub.ingest([Event(id="e1", source="web", occurred_at=moment(0), identifiers=[user, card])])
        read = simulating.log

        def written_meanwhile(simulation, /):
            found = yield from read(simulation)
            hub.ingest([Event(id="e2", source="web", occurred_at=moment(1), identifiers=[card])])
            hub.ingest([Event(id="e3", source="web", occurred_at=moment(1), identifiers=[other])])
            return found

        monkeypatch.setattr(simulating, "log", written_meanwhile)
        change = hub.simulate(hub.setup.rules)
        assert (change.unchanged, change.merges, change.splits, change.grows, change.shrinks) == (1, (), (), 0, 0)
        assert len(list(hub.ids())) == 2
