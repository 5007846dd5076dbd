"""What is made of values may be used for what all of them may; only a registered figure over a group forgets that."""

import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from unified_profile import Hub, Identifier, MemoryStore
from unified_profile.consent.labels import Aggregates, GroupAggregate, Labeled, derive, purposes_of, shut
from unified_profile.consent.purposes import PurposeRegistry
from unified_profile.consent.view import view
from unified_profile.errors import InsufficientDataError, InvalidRulesError, PurposeDeniedError, UnknownNameError
from unified_profile.model import Event, Permission, Purpose
from unified_profile.profiles import ProfileRules, computed, fold

AT = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = ("a", "b", "c")
labels = st.frozensets(st.sampled_from(("service", "ads", "research", "news")))
RULES = ProfileRules(
    computed=[
        computed("orders", "count", "Ordered"),
        computed("last_page", "last", ["Viewed", "Ordered"], "page"),
        computed("all_events", "count"),
    ],
    properties={"topic": "topic"},
)


def bought(**properties):
    return Event(id="e1", source="web", occurred_at=AT, name="Ordered", properties=properties)


def seen(purpose, *facts):
    yes = Permission(granted=True, purpose=purpose.name, channel="any", basis="contract", code="basis_declared")
    return view(fold(facts, RULES, profile_id="p1", now=AT), purpose, yes)


@given(st.lists(labels, min_size=1, max_size=4))
def test_a_derived_value_may_be_used_for_what_all_its_inputs_may(purposes):
    made = derive(lambda *values: sum(values), *(Labeled(1, one) for one in purposes))
    assert made.purposes == frozenset.intersection(*purposes)
    for name in ("service", "ads", "research", "news"):
        if all(name in one for one in purposes):
            assert made.read(name) == len(purposes)
        else:
            with pytest.raises(PurposeDeniedError, match="made_of_denied_values"):
                made.read(name)


@given(labels, labels, labels)
def test_labels_stick_however_values_are_derived_again(first, second, third):
    one, two, three = (Labeled(1, label, frozenset({str(at)})) for at, label in enumerate((first, second, third)))
    left = derive(max, derive(max, one, two), three)
    right = derive(max, one, derive(max, two, three))
    assert (left.purposes, left.people) == (right.purposes, right.people)
    assert left.purposes <= first
    assert left.purposes <= derive(max, one, two).purposes


def test_what_is_made_of_nothing_has_no_label_and_is_refused():
    with pytest.raises(InvalidRulesError, match="made of"):
        derive(lambda: 7)


EVENTS = ("Ordered", "Viewed")


@given(
    st.frozensets(st.sampled_from((*EVENTS, "*"))),
    st.frozensets(st.sampled_from((*EVENTS, "*"))),
    st.booleans(),
)
def test_a_computed_trait_is_seen_exactly_by_those_who_may_use_every_input(events, derives, has_it):
    purpose = Purpose("p", traits={"*"}, events=events, derives=derives)
    found = seen(purpose, *([bought(page="x", topic="shoes")] if has_it else []))
    usable = events | derives
    wanted = {"orders": {"Ordered"}, "last_page": set(EVENTS), "all_events": {"*"}, "topic": {"*"}}
    for name, inputs in wanted.items():
        allowed = "*" in usable or inputs <= usable
        assert (found.state(name) != "denied") is allowed
        assert name not in found or allowed
        if not allowed:
            with pytest.raises(PurposeDeniedError, match="made_of_denied_values"):
                found.require(name)


def test_whether_somebody_has_a_derived_trait_cannot_be_told_by_who_may_not_use_it():
    purpose = Purpose("p", traits={"last_page", "topic"})
    with_it, without = seen(purpose, bought(page="x", topic="y")), seen(purpose)
    for ask in (lambda one: one.state("last_page"), lambda one: one.state("topic"), repr, len, dict):
        assert ask(with_it) == ask(without)


def test_to_derive_from_events_is_not_to_see_them():
    purpose = Purpose("p", traits={"orders"}, derives={"Ordered"})
    assert seen(purpose, bought())["orders"] == 1
    assert not purpose.allows_event("Ordered")


def test_the_label_of_a_trait_names_the_purposes_that_may_use_it():
    registry = PurposeRegistry(
        [
            Purpose("service", traits={"orders"}, events={"Ordered"}),
            Purpose("ads", traits={"orders"}),
            Purpose("news", traits={"email"}, derives={"Ordered"}),
        ]
    )
    assert purposes_of("orders", registry, RULES.derived_from) == {"service"}
    assert purposes_of("orders", registry) == {"service", "ads"}
    assert shut(registry["ads"], RULES.derived_from) == set(RULES.derived_from)


def group(n, label=frozenset({"analytics"})):
    return [Labeled(10 * at, label, frozenset({f"p{at}"})) for at in range(n)]


REGISTRY = PurposeRegistry([Purpose("analytics"), Purpose("ads"), Purpose("news")])
MEAN = GroupAggregate("mean", lambda values: sum(values) / len(values), "analytics", opens={"ads"}, at_least=3)


def test_a_registered_figure_over_a_large_enough_group_loses_the_labels_of_its_inputs():
    figure = Aggregates([MEAN], REGISTRY).over("mean", group(3))
    assert figure.read("ads") == 10.0
    assert figure.purposes == {"ads"}
    assert not figure.people


def test_a_figure_over_too_few_people_is_refused_however_many_values_they_have():
    for values in (group(2), [*group(2), *group(2)], []):
        with pytest.raises(InsufficientDataError):
            Aggregates([MEAN], REGISTRY).over("mean", values)


def test_a_figure_over_values_that_its_purpose_may_not_use_is_refused():
    with pytest.raises(PurposeDeniedError):
        Aggregates([MEAN], REGISTRY).over("mean", [*group(3), Labeled(1, frozenset({"news"}), frozenset({"x"}))])


def test_of_two_groups_that_differ_by_fewer_than_may_be_told_of_the_second_is_refused():
    """The difference of both means would be the value of the one who is in the second."""
    figures = Aggregates([MEAN, GroupAggregate("sum", sum, "analytics", at_least=3)], REGISTRY)
    assert figures.over("mean", group(6)).read("ads") == 25.0
    assert figures.over("mean", group(6)).read("ads") == 25.0, "the same group tells no more"
    for name in ("mean", "sum"):
        for other in (group(7), group(8), group(5), group(7)[1:]):
            with pytest.raises(InsufficientDataError, match="beside another group"):
                figures.over(name, other)
    assert figures.over("mean", group(9)).read("ads") == 40.0
    assert figures.over("sum", group(20)[15:]).read("news") == 850, "nobody is in both"
    with pytest.raises(InsufficientDataError):
        figures.over("mean", group(10))
    assert Aggregates([MEAN], REGISTRY).over("mean", group(10)).read("ads") == 45.0, "another object remembers nothing"


@given(st.lists(st.frozensets(st.integers(0, 9), max_size=8), max_size=6))
def test_what_was_told_is_never_apart_by_fewer_than_the_smallest_group(groups):
    figures, told = Aggregates([MEAN], REGISTRY), []
    for wanted in groups:
        with contextlib.suppress(InsufficientDataError):
            figures.over("mean", [one for at, one in enumerate(group(10)) if at in wanted])
            told.append(wanted)
    for one in told:
        assert len(one) >= 3
        assert all(one == other or not one & other or len(one ^ other) >= 3 for other in told)


def test_nobody_can_make_up_an_aggregate_that_opens_values_of_one_person_or_for_an_unknown_purpose():
    with pytest.raises(UnknownNameError):
        Aggregates([MEAN], REGISTRY).over("median", group(9))
    with pytest.raises(UnknownNameError):
        Aggregates([GroupAggregate("x", len, "nope")], REGISTRY)
    sizes: tuple[Any, ...] = (1, 0, True, 2.5)
    for size in sizes:
        with pytest.raises(InvalidRulesError):
            GroupAggregate("x", len, "analytics", at_least=size)


def test_a_value_of_a_view_carries_the_label_of_its_trait_and_of_all_that_it_is_made_of():
    registry = PurposeRegistry(
        [
            Purpose("service", traits={"orders", "email"}, events={"Ordered"}),
            Purpose("research", traits={"orders"}, derives={"Ordered"}),
            Purpose("ads", traits={"orders", "email"}),
        ]
    )
    found = seen(registry["service"], bought(), bought()).labeled("orders", registry)
    assert found.purposes == {"service", "research"}
    assert found.people == {"p1"}
    with pytest.raises(PurposeDeniedError):
        derive(lambda orders: orders > 0, found).read("ads")
    with pytest.raises(PurposeDeniedError):
        seen(registry["ads"], bought()).labeled("orders", registry)


def hub_of(**purposes):
    hub = Hub(
        MemoryStore(),
        purposes=[Purpose(name, basis="contract", **parts) for name, parts in purposes.items()],
        profile_rules=RULES,
        clock=lambda: AT,
    )
    hub.ingest([Event(id="e1", source="web", occurred_at=AT, name="Ordered", identifiers=[WHO], properties={"n": 1})])
    return hub


WHO = Identifier("user_id", "u1")


def test_every_way_out_of_a_hub_respects_what_a_trait_is_made_of():
    """Views, subjects, searches and frames; by a wildcard, too."""
    hub = hub_of(
        blind={"traits": {"orders"}}, wild={"traits": {"*"}}, may={"traits": {"orders"}, "derives": {"Ordered"}}
    )
    for name, state, allowed in (("blind", "denied", False), ("wild", "denied", False), ("may", "present", True)):
        assert hub.profile(WHO, purpose=name).state("orders") == state
        subject = next(iter(hub.subjects([WHO], purpose=name)))
        assert ("orders" in subject.traits, "orders" in subject.denied) == (allowed, not allowed)
        assert bool(hub.search("orders", 1, purpose=name)) is allowed
        frame = hub.to_frame(purpose=name, traits=["orders"], backend="polars")
        assert frame["orders"].to_list() == [1 if allowed else None]
        assert len(hub.context(WHO, purpose=name, channel="web").known_facts) == allowed
