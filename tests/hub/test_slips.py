"""A slip in a call is answered with a typed error that names the parameter, never with a name of the inside."""

from typing import Any

import pytest

from unified_profile import Hub, InvalidInputError, MemoryStore, ProfileRules, Purpose, SqliteStore, UnknownNameError
from unified_profile.errors import InvalidRulesError
from unified_profile.profiles import diff


def test_a_part_of_a_setup_that_is_none_is_answered_with_those_there_are():
    with pytest.raises(UnknownNameError, match=r"no part of a hub's setup named 'purpose'; did you mean 'purposes'"):
        Hub(MemoryStore(), purpose=[Purpose("service")])


@pytest.mark.parametrize(
    ("slip", "field"),
    (
        (lambda hub: hub.ingest([{}], reader=5), "reader"),
        (lambda hub: hub.replay(reader="web"), "reader"),
        (lambda hub: hub.ingest([{}], source=7), "source"),
        (lambda hub: hub.to_frame(purpose="service", traits="city"), "traits"),
        (lambda hub: hub.to_frame(purpose="service", traits=["city", "city"]), "traits"),
        (lambda hub: hub.coverage(channels="email"), "channels"),
        (lambda hub: list(hub.profiles("hanako", purpose="service")), "who"),
        (lambda _: SqliteStore(5), "path"),  # type: ignore[arg-type]  # the slip that is tested
        (lambda _: SqliteStore("people.sqlite", busy_timeout=5), "busy_timeout"),  # type: ignore[arg-type]  # the slip that is tested
        (lambda _: SqliteStore("a.sqlite", durability="none"), "durability"),  # type: ignore[arg-type]  # as above
    ),
    ids=(
        "reader", "reader of replay", "source", "one trait", "a trait twice", "one channel", "one person", "path",
        "busy_timeout", "durability",
    ),
)  # fmt: skip
def test_a_slip_is_told_by_parameter(slip, field):
    hub = Hub(MemoryStore(), purposes=[Purpose("service", traits={"*"}, basis="contract")])
    with pytest.raises(InvalidInputError) as caught:
        slip(hub)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "field", ["traits.city", "traits", "default", "computed", "sources", "renames", "properties", "inferred"]
)
def test_a_part_of_profile_rules_that_is_of_another_kind_is_named(field):
    part, _, name = field.partition(".")
    wrong_ones: tuple[Any, ...] = ({name: str},) if name else (5, [5])
    for wrong in wrong_ones:
        with pytest.raises(InvalidRulesError) as caught:
            ProfileRules(**{part: wrong})
        assert caught.value.field == field


def test_what_is_no_profile_has_no_difference():
    with pytest.raises(InvalidInputError, match=r"^profile"):
        diff(1, 2)  # type: ignore[arg-type]  # the slip that is tested


def test_a_hub_without_a_store_is_told_what_is_missing():
    with pytest.raises(TypeError, match="'store'"):
        Hub()  # type: ignore[call-arg]  # the slip that is tested


@pytest.mark.parametrize("many", [2**63, 10**30])
def test_a_number_larger_than_a_machine_can_count_asks_for_all(many):
    """It once came out as an error of Python."""
    hub = Hub(MemoryStore(), purposes=[Purpose("service", traits={"*"}, basis="contract")])
    assert hub.ingest([{}], source="web", batch_size=many).n_quarantined == 1
    assert len(hub.quarantined(limit=many)) == 1
    assert hub.replay(limit=many).accepted == 0
    asked = (
        hub.ids(page=many), hub.changes(after=many, limit=many),
        hub.review(reason="a test", limit=many), hub.conflicts(reason="a test", limit=many),
        hub.accesses(after=many, limit=many), hub.profiles(purpose="service", page=many),
        hub.search("city", "Osaka", purpose="service", limit=many),
    )  # fmt: skip
    assert [list(found) for found in asked] == [[]] * len(asked)
