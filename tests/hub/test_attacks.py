"""Ways around a no by the hub: asking for yesterday, a child's own yes, a guess, a spelling at the door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs
import pytest

from unified_profile import (
    ConsentRecord,
    ConsentState,
    Event,
    EventType,
    Hub,
    Identifier,
    Link,
    MemoryStore,
    ModelAdopted,
    Purpose,
    SourceRecord,
)
from unified_profile.consent import Law, LawBook, Policy, Request, Situation
from unified_profile.model import Brand

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HER = Identifier("email", "hanako@example.com")
PURPOSES = [Purpose("newsletter", traits={"email", "city"}), Purpose("service", traits={"city"}, basis="contract")]


def told(**fields: Any) -> Hub:
    """Return a hub that knows Hanako, who said yes ten days ago."""
    now = [NOON - 30 * DAY]
    hub = Hub(MemoryStore(), clock=lambda: now[0], **(fields or {"purposes": PURPOSES}))
    hub.ingest([SourceRecord(id="r", source="crm", key="1", occurred_at=now[0], identifiers=[HER], attributes={
        "email": HER.value, "city": "Kyoto", "birth_date": "2015-04-01"})])  # fmt: skip
    now[0] = NOON - 10 * DAY
    hub.ingest([said("yes", ConsentState.GIVEN, now[0])])
    now[0] = NOON
    return hub


def said(name: str, state: ConsentState, at: datetime, **more: Any) -> ConsentRecord:
    return ConsentRecord(id=name, source="web", purpose=more.pop("purpose", "newsletter"), channel="email", state=state,
                         occurred_at=at, identifiers=[HER], **more)  # fmt: skip


FOR: dict[str, Any] = {"purpose": "newsletter", "channel": "email"}
ROUTES: dict[str, Callable[..., Any]] = {
    "profile": lambda hub, **when: hub.profile(HER, **FOR, **when).get("city"),
    "profiles": lambda hub, **when: [one.get("city") for one in hub.profiles(**FOR, **when)],
    "one of several": lambda hub, **when: [one.get("city") for one in hub.profiles([HER], **FOR, **when)],
    "subjects": lambda hub, **when: [one.traits.get("city") for one in hub.subjects(**FOR, **when)],
    "search": lambda hub, **when: [one.get("city") for one in hub.search("city", "kyoto", **FOR, **when)],
    "a frame": lambda hub, **when: list(hub.to_frame(**FOR, traits=["city"], backend="polars", **when)["city"]),
}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("when", [{"as_of": NOON - DAY}, {"known_at": NOON - DAY},
                                  {"as_of": NOON - 2 * DAY, "known_at": NOON - DAY}])  # fmt: skip
def test_a_withdrawal_is_not_got_around_by_asking_for_yesterday(route, when):
    """Values of the past were given to whom the person had permitted them then, whatever they said since."""
    hub = told()
    ask = ROUTES[route]
    assert "Kyoto" in str(ask(hub, **when)), "they permit it now as well"
    hub.ingest([said("no", ConsentState.WITHDRAWN, NOON)])
    assert "Kyoto" not in str(ask(hub, **when))
    at = {"at" if name == "as_of" else name: moment for name, moment in when.items()}
    assert hub.permission(HER, **FOR, **at).granted, "what was permitted then is still answered"
    assert hub.raw(HER, reason="a test", **when).traits["city"].value == "Kyoto"


def test_neither_features_nor_a_context_of_yesterday_go_round_a_withdrawal():
    hub, before = told(), NOON - DAY

    def features() -> list[Any]:
        return list(hub.features([(HER, before)], **FOR, traits=["city"], backend="polars")["city"])

    def context(**when: Any) -> str:
        return str(hub.context(HER, **FOR, **when).known_facts.to_dict())

    assert [features(), "Kyoto" in context(now=before), "Kyoto" in context(known_at=before)] == [["Kyoto"], True, True]
    hub.ingest([said("no", ConsentState.WITHDRAWN, NOON)])
    assert (features(), "Kyoto" in context(now=before) + context(known_at=before)) == ([None], False)
    assert hub.profile(HER, **FOR, as_of=before).permission.code == "withdrawn"


def test_of_whom_yesterday_knew_all_who_hold_them_today_must_permit_it():
    """Somebody is known today as two people, or as one with somebody who refused: each of them is asked."""
    hub = told()
    assert hub.profile(HER, **FOR, known_at=NOON - DAY)["city"] == "Kyoto"
    other = Identifier("email", "other@example.com")
    hub.ingest([ConsentRecord(id="theirs", source="web", purpose="newsletter", channel="email", occurred_at=NOON,
                              state=ConsentState.REFUSED, identifiers=[other])])  # fmt: skip
    assert hub.profile(HER, **FOR, known_at=NOON - DAY)["city"] == "Kyoto"
    hub.ingest([SourceRecord(id="both", source="crm", key="2", occurred_at=NOON, identifiers=[HER, other])])
    assert not hub.profile(HER, **FOR, known_at=NOON - DAY).permission.granted


def test_an_account_shows_the_traits_that_its_purpose_needs():
    """It showed every trait that a group call had told."""
    hub = told()
    hub.ingest([Event(id="g", source="app", type=EventType.GROUP, account="home", occurred_at=NOON, identifiers=[HER],
                      traits={"city": "Kyoto", "income": "high"})])  # fmt: skip
    assert hub.accounts(**FOR)["home"].traits == {"city": "Kyoto"}


class Guess:
    """Takes whoever has the same name for the same person."""

    fingerprint = "guess"

    def keys(self, records: Any, /) -> Any:
        return [[record.attributes["name"]] for record in records]

    def links(self, candidates: Any, /) -> Any:
        return [Link(candidates[0].node, other.node, 9.0, self.fingerprint) for other in candidates[1:]]


def test_a_yes_of_one_part_of_a_guessed_person_shows_nothing_of_the_other():
    """Her consent showed the address of somebody whom a machine took for her; a duty said not to use it."""
    now = [NOON]
    hub = Hub(MemoryStore(), purposes=PURPOSES, clock=lambda: now[0], resolver=Guess())
    hub.ingest([ModelAdopted(id="m", source="desk", occurred_at=NOON, kind="records", fingerprint="guess")])
    theirs = Identifier("email", "other@example.com")
    report = hub.ingest([
        SourceRecord(id=f"r{place}", source="crm", key=str(place), occurred_at=NOON + place * DAY, identifiers=[who],
                     attributes={"name": "Hanako", "email": who.value, "city": city})
        for place, (who, city) in enumerate([(HER, "Kyoto"), (theirs, "Osaka")])
    ])  # fmt: skip
    assert report.merged == 1
    now[0] = NOON + 9 * DAY
    assert hub.profile(HER, purpose="service")["city"] == "Osaka", "on another basis they are one person"
    hub.ingest([said("yes", ConsentState.GIVEN, now[0])])
    assert hub.profile(HER, **FOR).to_dict() == {"email": HER.value, "city": "Kyoto"}
    assert [one.traits for one in hub.subjects(**FOR)] == [{"email": HER.value, "city": "Kyoto"}]
    assert "Osaka" not in str(hub.context(HER, **FOR).known_facts.to_dict())
    assert [one.to_dict() for one in hub.profiles(**FOR, known_at=now[0])] == [{"email": HER.value, "city": "Kyoto"}]
    hub.ingest([attrs.evolve(said("theirs", ConsentState.GIVEN, now[0]), identifiers=[theirs])])
    assert hub.profile(HER, **FOR)["city"] == "Osaka"


CHILD = Law(id="age", jurisdiction="DE", kind="child", valid_from=date(2020, 1, 1), citation="A row",
            params={"age": 16})  # fmt: skip


def test_a_child_is_one_whether_the_caller_says_so_or_not():
    """The hub knew the birth date, and took the child's own yes."""
    hub = told(policy=Policy(purposes=PURPOSES, law=LawBook([CHILD]), jurisdiction="DE"))
    asked = Request("newsletter", "email")
    assert hub.profile(HER, **FOR).permission.code == "child_without_parent"
    assert hub.profile(HER, **FOR).permission.changes_at is None, "what she says as a child stays none"
    everywhere = attrs.evolve(CHILD, params={"age": 16, "any_basis": True})
    strict = told(policy=Policy(purposes=PURPOSES, law=LawBook([everywhere]), jurisdiction="DE"))
    assert strict.profile(HER, purpose="service").permission.changes_at == datetime(2031, 4, 1, 12, tzinfo=UTC)
    assert hub.permission(HER, **FOR).code == "child_without_parent"
    assert hub.permission(HER, **FOR, situation=Situation(time_zone="Asia/Tokyo")).code == "child_without_parent"
    assert hub.decide(HER, asked).permission.code == "child_without_parent"
    assert next(iter(hub.profiles(**FOR))).permission.code == "child_without_parent"
    assert {row.purpose: row.granted for row in hub.coverage(channels=["email"])}["newsletter"] == 0
    assert hub.permission(HER, **FOR, situation=Situation(birth_date=date(1990, 1, 1))).granted, (
        "who knows better says so"
    )
    hub.ingest([said("parent", ConsentState.GIVEN, NOON, expressed_by="parent")])
    assert hub.profile(HER, **FOR)["city"] == "Kyoto"
    grown = told(policy=Policy(purposes=PURPOSES, law=LawBook([CHILD]), jurisdiction="DE", birth_date="city"))
    assert grown.profile(HER, **FOR).permission.granted, "a text that is no date makes nobody a child"


@pytest.mark.parametrize(
    "born", [" 2015-04-01", "2015/04/01", 20150401, 2015, "01.04.2015", "April 1, 2015", "２０１５年4月"]
)
def test_a_birth_date_in_another_spelling_makes_a_child_as_well(born):
    """All but ISO 8601 was passed over, and the child taken for an adult."""
    hub = told(policy=Policy(purposes=PURPOSES, law=LawBook([CHILD]), jurisdiction="DE"))
    hub.ingest([SourceRecord(id="r2", source="crm", key="1", occurred_at=NOON, identifiers=[HER],
                             attributes={"birth_date": born, "city": "Kyoto"})])  # fmt: skip
    assert hub.permission(HER, **FOR).code == "child_without_parent"


@pytest.mark.parametrize("born", ["9999-12-31", "9990-01-01"])
def test_a_birth_date_of_no_year_stops_nothing_but_the_person(born):
    """What stands for an unknown date in many systems made every read of the person fail."""
    hub = told(policy=Policy(purposes=PURPOSES, law=LawBook([CHILD]), jurisdiction="DE"))
    hub.ingest([SourceRecord(id="r2", source="crm", key="1", occurred_at=NOON, identifiers=[HER],
                             attributes={"birth_date": born, "city": "Kyoto"})])  # fmt: skip
    assert hub.permission(HER, **FOR).code == "child_without_parent"
    assert hub.profile(HER, purpose="service")["city"] == "Kyoto"
    assert [one.permission.code for one in hub.profiles(**FOR)] == ["child_without_parent"]


def test_a_grown_child_is_asked_again_by_the_hub_as_well():
    """Of those who are of age the hub did not look at the birth date: the child's own yes stood on the birthday."""
    now = [NOON]
    hub = Hub(MemoryStore(), policy=Policy(purposes=PURPOSES, law=LawBook([CHILD]), jurisdiction="DE"),
              clock=lambda: now[0])  # fmt: skip
    hub.ingest([
        SourceRecord(id="r", source="crm", key="1", occurred_at=NOON - DAY, identifiers=[HER], attributes={
            "email": HER.value, "city": "Kyoto", "birth_date": "2010-05-03"}),
        said("yes", ConsentState.GIVEN, NOON),
    ])  # fmt: skip
    now[0] = NOON + 9 * DAY  # sixteen
    assert hub.profile(HER, **FOR).permission.code == "child_without_parent"
    hub.ingest([said("again", ConsentState.GIVEN, now[0])])
    assert hub.profile(HER, **FOR)["city"] == "Kyoto"


def test_of_a_child_and_an_adult_who_may_be_one_the_child_counts():
    """A machine took a mother and her daughter for one: her birth date won, and the daughter's own yes was enough."""
    now = [NOON]
    hub = Hub(MemoryStore(), policy=Policy(purposes=PURPOSES, law=LawBook([CHILD]), jurisdiction="DE"),
              clock=lambda: now[0], resolver=Guess())  # fmt: skip
    hub.ingest([ModelAdopted(id="m", source="desk", occurred_at=NOON, kind="records", fingerprint="guess")])
    mother = Identifier("email", "mother@example.com")
    report = hub.ingest([
        SourceRecord(id=f"r{place}", source="crm", key=str(place), occurred_at=NOON + place * DAY, identifiers=[who],
                     attributes={"name": "Tanaka", "city": "Kyoto", "birth_date": born})
        for place, (who, born) in enumerate([(HER, "2015-01-01"), (mother, "1980-01-01")])
    ])  # fmt: skip
    assert report.merged == 1
    now[0] = NOON + 9 * DAY
    hub.ingest([said("yes", ConsentState.GIVEN, now[0])])
    assert hub.profile(HER, **FOR).permission.code == "child_without_parent"


@pytest.mark.parametrize("brands", [[], [Brand("kawa")]])
@pytest.mark.parametrize("word", ["*", "All", "any"])
def test_a_withdrawal_of_everything_is_heard_at_the_door(word, brands):
    """It named no registered purpose and no declared brand, and was set aside."""
    offers = Purpose("offers", traits={"city"}, basis="legitimate_interests")
    hub = told(purposes=[*PURPOSES, offers], brands=brands)
    assert hub.permission(HER, purpose="offers", channel="sms").granted
    no = attrs.evolve(said("no", ConsentState.WITHDRAWN, NOON), purpose=word, channel=word, brand=word)
    assert hub.ingest([no]).accepted == 1
    assert hub.permission(HER, purpose="offers", channel="sms").code == "objected"
    assert hub.permission(HER, **FOR).code == "withdrawn"
    yes = attrs.evolve(no, id="back", state=ConsentState.GIVEN)
    assert hub.ingest([yes]).n_quarantined == 1, "nobody consents to purposes without naming them"


@pytest.mark.parametrize("purpose", ["Right:Restriction", "RIGHT:RESTRICTION "])
def test_a_right_is_heard_at_the_door_in_every_spelling(purpose):
    hub = told()
    assert hub.ingest([said("stop", ConsentState.REFUSED, NOON, purpose=purpose)]).accepted == 1
    assert hub.permission(HER, purpose="service", channel="email").code == "restricted"


def test_a_right_that_a_row_of_your_own_gives_is_heard_at_the_door():
    """Only the library's own rights passed, and a business with rights of its own heard of nobody who used them."""
    row = Law(id="own", jurisdiction="DE", kind="opt_out", valid_from=date(2020, 1, 1), citation="A row",
              params={"right": "right:no_profiling", "kinds": ["sale"]})  # fmt: skip
    rules = Policy(purposes=PURPOSES, kinds={"service": {"sale"}}, law=LawBook([row]), jurisdiction="DE")
    hub = told(policy=rules)
    assert hub.permission(HER, purpose="service", channel="email").granted
    assert hub.ingest([said("stop", ConsentState.REFUSED, NOON, purpose="Right:No_Profiling")]).accepted == 1
    assert hub.permission(HER, purpose="service", channel="email").code == "opted_out"


def test_a_second_event_under_the_id_of_the_first_is_set_aside_and_said_so():
    """An id names an event and not a consent: a withdrawal under the id of the grant is never taken in silence."""
    hub = told()
    report = hub.ingest([said("yes", ConsentState.WITHDRAWN, NOON)])
    assert (report.accepted, report.duplicates, report.n_quarantined) == (0, 0, 1)
