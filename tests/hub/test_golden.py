"""Golden values: whatever happened, they are those of everybody now; and who consumes their changes has them too."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import attrs
import pytest
from hypothesis import given, strategies as st
from tests.hub.worlds import PROFILE_RULES, Clock, hub_over, some, stories, tell

from unified_profile import Event, Hub, Identifier, MemoryStore, Purpose, Retraction, Severance, SourceRecord
from unified_profile.hub import golden, reading
from unified_profile.hub.everybody import everything
from unified_profile.identity.namespaces import IdentityRules, Namespace
from unified_profile.model import Fact
from unified_profile.storage.tables import CHANGES, TRAITS, VIEWS
from unified_profile.testing.identity_programs import moment
from unified_profile.testing.strategies import batched, shuffled

KINDS = ("dense", "contested", "sparse")
TIMELESS = attrs.evolve(PROFILE_RULES, computed=PROFILE_RULES.computed[:3])


def values_of_everybody(hub: Hub) -> dict[str, dict[str, Any]]:
    """Fold everybody anew."""
    return {
        name: {trait.name: trait.value for trait in hub.raw(name, reason="a law is tried").traits.values()}
        for name in hub.ids()
    }


def refreshed(hub: Hub, page: int) -> None:
    """Bring golden values up to date, *page* facts and changes at a time."""
    when = reading.moment(hub.setup, None, None)
    while hub._run(partial(golden.refresh, hub.setup, when, page=page)):
        pass


class Crm:
    """Another system that takes golden values over, page by page."""

    def __init__(self, hub: Hub, page: int = 3) -> None:
        self.hub, self.page, self.after = hub, page, 0
        self.values: dict[str, dict[str, Any]] = {}

    def catch_up(self) -> None:
        while changes := self.hub.golden_changes(purpose="service", recipient="crm", after=self.after, limit=self.page):
            for change in changes:
                if change.view is None:
                    self.values.pop(change.profile, None)
                else:
                    self.values[change.profile] = change.view.to_dict()
            self.after = changes[-1].position


def materialized(hub: Hub) -> tuple[dict[str, dict[str, Any]], set[tuple[str, str]]]:
    with hub.store.session(hub.setup.tenant) as session:
        views = {row.profile: json.loads(row.body) for row in everything(session, VIEWS)}
        return views, {(row.profile, row.term) for row in everything(session, TRAITS) if not row.term.startswith("=")}


@pytest.mark.parametrize("kind", KINDS)
def test_after_any_program_they_are_those_of_everybody_and_a_crm_has_them(kind):
    """Whether facts move, people merge or split, or time passes; refreshed in any pages."""

    @some(0.6)
    @given(st.data())
    def law(data):
        story, quiet = data.draw(stories(kind)), data.draw(st.booleans())
        # With windows, and with events that are still to come, time alone changes values.
        clock, rules = (Clock(), TIMELESS) if quiet else (Clock(moment(3)), PROFILE_RULES)
        hub = hub_over(MemoryStore(), story.rules, clock, profile_rules=rules)
        crm, page = Crm(hub, data.draw(st.integers(1, 3))), data.draw(st.integers(1, 4))
        for batch in data.draw(batched(data.draw(shuffled([*story.facts, *story.links])))):
            clock.tick(data.draw(st.sampled_from((0, 1, 9, 25, 2_000))))
            tell(hub, batch)
            if data.draw(st.integers(0, 2)) == 0:
                refreshed(hub, page)
                views, terms = materialized(hub)
                assert views == values_of_everybody(hub)
                assert terms == {
                    (name, term) for name, values in views.items() for term in golden.terms_of(json.dumps(values))
                }
        crm.catch_up()
        assert crm.values == values_of_everybody(hub)

    law()


@pytest.mark.parametrize("kind", KINDS)
def test_a_search_finds_exactly_those_who_have_the_value_and_permit_the_purpose_page_by_page(kind):
    @some(0.3)
    @given(st.data())
    def law(data):
        story = data.draw(stories(kind))
        hub = hub_over(MemoryStore(), story.rules)
        tell(hub, data.draw(shuffled([*story.facts, *story.links])), 3)
        for city in ("Osaka", "kyoto"):
            found: list[str] = []
            while page := hub.search("city", city, purpose="news", channel="email", limit=1,
                                     after=found[-1] if found else ""):  # fmt: skip
                found += [view.profile_id for view in page]
            assert found == [
                name
                for name, values in values_of_everybody(hub).items()
                if str(values.get("city")).casefold() == city.casefold()
                and hub.permission(name, purpose="news", channel="email").granted
            ]
        assert hub.search("points", 12.5, purpose="news") == [], "a purpose does not even learn what it may not read"

    law()


# --- examples: each once left a value behind -------------------------------------------------------------------------

RULES = IdentityRules([
    Namespace(name="user", priority=0, limit=1, normalizer="exact"),
    Namespace(name="mail", priority=1, shared_above=1, normalizer="exact"),
    Namespace(name="card", priority=2, limit=1, normalizer="exact"),
    Namespace(name="device", priority=3, keep="latest", normalizer="exact"),
    Namespace(name="kiosk", priority=4, mode="attribute", normalizer="exact"),
])  # fmt: skip


def seen(minute: int, *who: str, name: str = "Viewed") -> Event:
    identifiers = [Identifier(*one.split(":")) for one in who]
    return Event(
        id=f"e{minute}", source="web", occurred_at=moment(minute), name=name, identifiers=identifiers,
        properties={"page": f"p{minute}", "total": minute},
    )  # fmt: skip


SEVERED = Severance(id="s", source="desk", occurred_at=moment(50), fact_id="e1", identifier=Identifier("kiosk", "k"))
BACK = Retraction(id="r", source="desk", occurred_at=moment(51), fact_id="s")
MOVES: dict[str, tuple[list[Fact], list[Fact]]] = {
    "a device goes to another": ([seen(1, "user:1", "device:d"), seen(2, "device:d")], [seen(3, "user:2", "device:d")]),
    "a shared value loses its facts": ([seen(1, "mail:a", "user:1"), seen(2, "mail:a")], [seen(3, "mail:a", "user:2")]),
    "a shared value hands its facts on": (
        [seen(0, "card:c", "user:3"), seen(1, "mail:a", "user:1"), seen(2, "mail:a", "card:c")],
        [seen(3, "mail:a", "user:2")],
    ),
    "a shared value leaves a fact to whoever was signed in": (
        [seen(1, "mail:a", "user:1"), seen(4, "mail:a", "kiosk:k"), seen(0, "kiosk:k", "user:3")],
        [seen(3, "mail:a", "user:2")],
    ),
    "somebody else was signed in": (
        [seen(1, "user:1", "kiosk:k"), seen(0, "user:2", "kiosk:k"), seen(4, "kiosk:k")],
        [SEVERED],
    ),
    "and was not": (
        [seen(1, "user:1", "kiosk:k"), seen(0, "user:2", "kiosk:k"), seen(4, "kiosk:k"), SEVERED],
        [BACK],
    ),
    "somebody signed out": (
        [seen(1, "user:1", "kiosk:k"), seen(4, "kiosk:k")],
        [seen(2, "kiosk:k", name="Signed Out")],
    ),
}


@pytest.mark.parametrize("move", MOVES)
def test_values_follow_facts_that_move_although_nobody_merges_or_splits(move):
    hub = hub_over(MemoryStore(), RULES, profile_rules=TIMELESS)
    crm = Crm(hub)
    for batch in MOVES[move]:
        hub.ingest(batch)
        crm.catch_up()
        assert crm.values == values_of_everybody(hub)


def test_a_window_that_moves_on_changes_values_and_says_so():
    clock = Clock(moment(0))
    hub = hub_over(MemoryStore(), RULES, clock)
    crm = Crm(hub)
    hub.ingest([seen(0, "user:1")])
    crm.catch_up()
    (value,) = crm.values.values()
    assert value["views_56m"] == 1
    clock.tick(56.1)
    crm.catch_up()
    (value,) = crm.values.values()
    assert value["views_56m"] == 0
    clock.tick(60 * 24 * 365 * 3)
    crm.catch_up()
    assert crm.values == values_of_everybody(hub)


def test_what_only_the_refresh_reads_does_not_fill_the_log():
    hub = hub_over(MemoryStore(), RULES)
    for batch in MOVES["a shared value leaves a fact to whoever was signed in"]:
        hub.ingest(batch)
        hub.refresh()
    with hub.store.session("default") as session:
        assert {row.kind for row in everything(session, CHANGES)} <= {golden.GOLDEN, "profile_merged", "profile_split"}


def told(value: Any) -> Hub:
    hub = Hub(MemoryStore(), purposes=[Purpose("service", traits={"note"}, basis="contract")])
    hub.ingest([SourceRecord(id="r", source="crm", key="1", occurred_at=moment(0), attributes={"note": value})])
    return hub


@pytest.mark.parametrize(
    ("value", "asked"), [(12, 12.0), (True, True), ("Ｏｓａｋａ ", "osaka"), ([1, "A"], "a"), ("x" * 900, "X" * 900)]
)
def test_a_value_is_found_whatever_its_case_width_or_form(value, asked):
    assert len(told(value).search("note", asked, purpose="service")) == 1


@pytest.mark.parametrize(("value", "asked"), [("x" * 900 + "y", "x" * 900 + "z"), (12, 13), ("", "a"), (None, "None")])
def test_nobody_is_found_by_another_value(value, asked):
    """Long values that begin alike were once one."""
    assert told(value).search("note", asked, purpose="service") == []
