"""Law 3 of every view: as known then is what a hub says that was told nothing since, of one person and of everybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from hypothesis import given, strategies as st
from tests.hub.test_laws import KINDS, whom
from tests.hub.worlds import Clock, hub_over, some, stories, tell, told

from unified_profile import (
    Event,
    EventType,
    Hub,
    Identifier,
    IdentityRules,
    Judgement,
    MemoryStore,
    PurposeView,
    Retraction,
    SourceRecord,
    Verdict,
)
from unified_profile.errors import InvalidFactError, UnknownProfileError
from unified_profile.model import Fact
from unified_profile.testing.identity_programs import moment
from unified_profile.testing.strategies import batched, shuffled


def seen(view: PurposeView) -> Any:
    """Return what a view says, without the id."""
    return repr(sorted(view.to_dict().items())), attrs.astuple(view.permission)


def of_everybody(hub: Hub, **when: Any) -> dict[str, Any]:
    """Return what each view of everybody says, without ids."""
    ids = list(hub.ids(**{name: at for name, at in when.items() if name == "known_at"}))
    views = list(hub.profiles(purpose="service", **when))
    assert [view.profile_id for view in views] == ids
    assert ids == sorted(set(ids))
    asked = {"at" if name == "as_of" else name: at for name, at in when.items()}
    return {
        "views": Counter(map(seen, views)),
        "subjects": Counter(
            repr((sorted(one.traits.items()), sorted(event.id for event in one.events)))
            for one in hub.subjects(purpose="news", **when)
        ),
        "coverage": [attrs.astuple(row) for row in hub.coverage(channels=["any", "email"], **asked)],
        "accounts": {
            name: (account.traits, len(account.members), sorted(account.roles.values()))
            for name, account in hub.accounts(purpose="service", **when).items()
        },
        "found": Counter(seen(view) for view in hub.search("city", "osaka", purpose="service", **when)),
    }


NOTHING = repr(([], []))


def assert_same(now: dict[str, Any], then: dict[str, Any]) -> None:
    """Check that all is as then; but whoever permits it no more shows nothing of what they permitted then."""
    told, known = now.pop("subjects"), then.pop("subjects")
    assert now == then
    assert told.total() == known.total()
    assert Counter({one: count for one, count in told.items() if one != NOTHING}) <= known


def of_one(hub: Hub, who: Identifier, **when: Any) -> Any:
    """Return what each view of one person says, without the id."""
    try:
        found = hub.context(who, purpose="service", channel="email", **when)
        steps = hub.explain_identity(who, reason="a test", **when)
        assert hub.resolve(who, **when) == found.profile
    except UnknownProfileError as error:
        return error.because
    events = [(one.fact_id, one.at, one.what) for one in found.last_interactions]
    return seen(found.known_facts), events, {(one.left, one.right, one.kind, one.fact_id, one.at) for one in steps}


def grouped(facts: Iterable[Any], picks: list[int]) -> list[Any]:
    """Return *facts*, some events of which speak of an account."""
    made = []
    for fact, pick in zip(facts, picks, strict=True):
        if isinstance(fact, Event) and pick:
            traits = {"plan": f"plan{pick}", "role": ("buyer", "user")[pick % 2]}
            fact = attrs.evolve(fact, type=EventType.GROUP, account=f"a{pick % 2}", traits=traits)  # noqa: PLW2901
        made.append(fact)
    return made


@pytest.mark.parametrize("order", ["jr", "rj"])
@pytest.mark.parametrize("size", [1, 2])
def test_why_there_is_nobody_does_not_depend_on_what_was_told_first(order, size):
    """A word about two records that was taken back speaks of nobody, in whatever order both came."""
    left, right = Identifier.record("crm", "1"), Identifier.record("crm", "2")
    at: dict[str, Any] = {"source": "desk", "occurred_at": moment(0), "recorded_at": moment(0)}
    facts: dict[str, Fact] = {
        "j": Judgement(id="j", verdict=Verdict.SAME, left=left, right=right, **at),
        "r": Retraction(id="r", fact_id="j", **at),
    }
    hub = told(IdentityRules(), [facts[name] for name in order], size)
    for known_at in (None, moment(0)):
        with pytest.raises(UnknownProfileError, match="nobody was ever seen"):
            hub.raw(left, reason="a test", known_at=known_at)


@pytest.mark.parametrize("kind", KINDS)
def test_every_view_as_known_then_is_that_of_a_hub_that_was_told_nothing_since(kind):
    @some(0.15)
    @given(st.data())
    def law(data):
        story = data.draw(stories(kind))
        size = len(story.facts)
        facts = grouped(story.facts, data.draw(st.lists(st.integers(0, 3), min_size=size, max_size=size)))
        limit = moment(data.draw(st.integers(0, 12)))
        now = told(story.rules, data.draw(shuffled(facts)), 3)
        then = told(story.rules, [fact for fact in facts if fact.recorded_at <= limit])
        assert_same(of_everybody(now, known_at=limit), of_everybody(then))
        as_of = moment(data.draw(st.integers(0, 9)))
        assert_same(of_everybody(now, known_at=limit, as_of=as_of), of_everybody(then, as_of=as_of))
        for who in whom(story):
            assert of_one(now, who, known_at=limit) == of_one(then, who)

    law()


@pytest.mark.parametrize("kind", KINDS)
def test_everybody_as_known_then_has_the_ids_that_they_had(kind):
    """Merges, splits and severances since then change nothing of what was said."""

    @some(0.12)
    @given(st.data())
    def law(data):
        story = data.draw(stories(kind))
        order = [attrs.evolve(one, recorded_at=None) for one in data.draw(shuffled(list(story.facts)))]
        clock = Clock()
        hub = hub_over(MemoryStore(), story.rules, clock)
        answers: list[tuple[datetime, list[Any]]] = []
        for batch in data.draw(batched(order)):
            clock.tick()
            tell(hub, batch)
            answers.append((clock(), [(view.profile_id, seen(view)) for view in hub.profiles(purpose="service")]))
        clock.tick(100)
        for at, answer in answers[:-1]:
            clock.at = at  # windows and permissions are as of now
            assert list(hub.ids(known_at=at)) == [name for name, _ in answer]
            known = [(view.profile_id, seen(view)) for view in hub.profiles(purpose="service", known_at=at)]
            assert known == answer

    law()


def test_a_frame_as_known_then_holds_what_was_known():
    """As of June and as known in June are not the same where something was told late."""
    who = Identifier("user_id", "7")

    def moved(month: int, learned: int, city: str) -> Event:
        return Event(id=city, source="app", type="identify", occurred_at=datetime(2026, month, 1, tzinfo=UTC),
                     recorded_at=datetime(2026, learned, 2, tzinfo=UTC), identifiers=[who],
                     traits={"city": city})  # fmt: skip

    hub = told(Hub(MemoryStore()).setup.rules, [
        moved(1, 1, "Kyoto"), moved(3, 9, "Osaka"), moved(10, 10, "Kobe")
    ])  # fmt: skip
    june = datetime(2026, 6, 1, tzinfo=UTC)

    def city(**when: Any) -> list[str]:
        frame = hub.to_frame(purpose="service", traits=["city"], backend="polars", **when)
        return list(frame["city"])

    assert (city(), city(as_of=june), city(known_at=june)) == (["Kobe"], ["Osaka"], ["Kyoto"])
    assert city(as_of=june, known_at=datetime(2026, 9, 1, tzinfo=UTC)) == ["Kyoto"]


def test_whoever_had_no_id_then_can_be_read_whole_and_that_is_recorded():
    """Imported facts were known before anybody made a profile of them; that is no sign of an erasure."""
    mail = Identifier("email", "hanako@example.com")
    hub = Hub(MemoryStore())
    visit = Event(id="e", source="web", occurred_at=moment(0), recorded_at=moment(0), identifiers=[mail])
    record = SourceRecord(
        id="r", source="crm", key="1", occurred_at=moment(0), recorded_at=moment(30), identifiers=[mail]
    )
    hub.ingest([visit, record])
    shown = hub.raw(mail, reason="a test", known_at=moment(10))
    assert shown.n_facts == 1
    assert [access.profile for access in hub.accesses()] == [shown.id]


SLIPS: dict[str, Callable[[Hub, Any], Any]] = {
    "ids": lambda hub, at: list(hub.ids(known_at=at)),
    "profiles": lambda hub, at: list(hub.profiles(purpose="service", known_at=at)),
    "subjects": lambda hub, at: list(hub.subjects(purpose="service", known_at=at)),
    "coverage": lambda hub, at: hub.coverage(channels=["email"], known_at=at),
    "accounts": lambda hub, at: hub.accounts(purpose="service", known_at=at),
    "search": lambda hub, at: hub.search("city", "osaka", purpose="service", known_at=at),
    "to_frame": lambda hub, at: hub.to_frame(purpose="service", known_at=at),
    "resolve": lambda hub, at: hub.resolve("p1", known_at=at),
    "explain_identity": lambda hub, at: hub.explain_identity("p1", reason="a test", known_at=at),
    "context": lambda hub, at: hub.context("p1", purpose="service", channel="email", known_at=at),
}


@pytest.mark.parametrize("ask", SLIPS.values(), ids=SLIPS.keys())
def test_a_moment_without_a_time_zone_is_refused_by_name(ask: Callable[[Hub, Any], Any]):
    hub = told(Hub(MemoryStore()).setup.rules, [])
    for slip in (moment(0).replace(tzinfo=None), "2026-05-01", 5):
        with pytest.raises(InvalidFactError) as caught:
            ask(hub, slip)
        assert caught.value.field == "known_at"
