"""A slip in a call is answered with a typed error that names the parameter, never with a name of the inside."""

import pytest

from unified_profile import Hub, InvalidInputError, MemoryStore, Purpose, SqliteStore, UnknownNameError


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
