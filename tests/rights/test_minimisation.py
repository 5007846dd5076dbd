"""No more than is needed: what a purpose requires, what is over, what nobody uses, and one question at most."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from unified_profile.errors import InvalidInputError, InvalidRulesError
from unified_profile.model import Event, Permission, Profile, Purpose, SourceRecord, Trait
from unified_profile.profiles import ProfileRules, computed, fold
from unified_profile.rights import (
    Usage,
    excess_fields,
    next_question,
    required_fields,
    unused_fields,
    usage_of,
    without_benefit,
)
from unified_profile.segments import Segment, events, trait

AT = datetime(2026, 1, 1, tzinfo=UTC)
FIELDS = ("email", "phone", "city", "birth_date", "size")
NAMES = ("news", "service", "ads")
fields = st.frozensets(st.sampled_from(FIELDS))


def answer(purpose, *, granted=True):
    return Permission(granted=granted, purpose=purpose, channel="any", basis="consent", code="x")


@st.composite
def purposes(draw):
    found = []
    for name in NAMES:
        traits = draw(fields)
        optional = frozenset(field for field in traits if draw(st.booleans()))
        found.append(Purpose(name, traits=traits, optional=optional, gives=draw(st.sampled_from(["", "tips"]))))
    return found


permitted = st.frozensets(st.sampled_from(NAMES))


def permissions(granted):
    return {name: answer(name, granted=name in granted) for name in NAMES}


def test_an_email_is_enough_for_a_newsletter():
    letter = Purpose("newsletter", traits={"email", "given_name"}, optional={"given_name"})
    assert required_fields(letter) == ("email",)
    assert excess_fields(["email", "given_name", "birth_date"], [letter]) == ("birth_date",)
    with pytest.raises(InvalidRulesError, match="optional"):
        Purpose("newsletter", traits={"email"}, optional={"city"})


@given(fields, purposes(), permitted)
def test_excess_is_exactly_what_no_permitted_purpose_may_use(held, wanting, granted):
    found = excess_fields(held, wanting, permissions=permissions(granted))
    assert set(found) == {
        name for name in held if not any(one.name in granted and name in one.traits for one in wanting)
    }
    assert set(excess_fields(held, wanting)) <= set(found), "who permits less has more in excess"
    assert list(found) == sorted(found)


def test_a_field_that_a_source_cleared_is_not_held():
    profile = Profile("p1", {"city": Trait("city", None, (), "r"), "size": Trait("size", "M", (), "r")})
    assert excess_fields(profile, []) == ("size",)


def test_a_permission_for_another_purpose_permits_nothing():
    assert excess_fields(["city"], [Purpose("news", traits={"city"})], permissions={"news": answer("ads")}) == ("city",)


@given(fields, st.lists(fields, max_size=3))
def test_unused_is_exactly_what_nothing_reads(collected, used):
    usage = [Usage("metric", str(at), one) for at, one in enumerate(used)]
    assert set(unused_fields(collected, usage)) == collected - frozenset().union(*used)
    assert not unused_fields(collected, [*usage, Usage("report", "all", {"*"})])


def test_a_segment_tells_what_it_reads():
    segment = Segment("pros", (trait("plan") == "pro") & (events("Ordered").count() >= 1), purpose="service")
    assert usage_of(segment) == Usage("segment", "pros", {"plan"})
    assert unused_fields(["plan", "fax"], [usage_of(segment)]) == ("fax",)


@given(fields, purposes(), permitted, fields, st.booleans())
def test_a_question_is_for_one_unknown_field_of_a_permitted_purpose(known, wanting, granted, declined, asked_before):
    found = next_question(
        known, wanting, permissions=permissions(granted), declined=declined, asked=["city"] if asked_before else []
    )
    open_fields = {(name, one.name) for one in wanting if one.name in granted for name in one.traits - known - declined}
    if asked_before or not open_fields:
        assert found is None
        return
    assert found is not None
    assert (found.field, found.purpose) in open_fields
    by_name = {one.name: one for one in wanting}
    assert found.gives == by_name[found.purpose].gives
    assert found.required == (found.field in required_fields(by_name[found.purpose]))
    if any(by_name[purpose].gives for _, purpose in open_fields):
        assert found.gives, "what gives something comes first"


@given(purposes(), permitted)
def test_asking_again_and_again_ends_and_never_asks_twice(wanting, granted):
    known: set[str] = set()
    for _ in range(len(FIELDS)):
        found = next_question(known, wanting, permissions=permissions(granted))
        if found is None:
            break
        assert found.field not in known
        known.add(found.field)
    assert next_question(known, wanting, permissions=permissions(granted)) is None
    assert known == {field for one in wanting if one.name in granted for field in one.traits}


def test_what_is_computed_or_known_not_to_exist_is_not_asked_for():
    rules = ProfileRules(computed=[computed("orders", "last", "Ordered", "n")])
    told = SourceRecord(id="r", source="crm", key="1", occurred_at=AT, attributes={"phone": None})
    profile = fold([told, Event(id="e", source="web", occurred_at=AT, name="Seen")], rules, profile_id="p1", now=AT)
    letter = Purpose("news", traits={"orders", "phone", "*"})
    assert next_question(profile, [letter], permissions={"news": answer("news")}) is None


def test_what_asks_for_consent_should_say_what_it_gives():
    assert without_benefit([Purpose("a", traits={"x"}), Purpose("b", traits={"x"}, gives="tips"), Purpose("c")]) == (
        "a",
    )


@pytest.mark.parametrize("call", ["held", "collected", "known", "asked", "declined"])
def test_a_bare_string_is_no_list_of_names(call):
    calls = {
        "held": lambda: excess_fields("city", []),
        "collected": lambda: unused_fields("city", []),
        "known": lambda: next_question("city", [], permissions={}),
        "asked": lambda: next_question([], [], permissions={}, asked="city"),
        "declined": lambda: next_question([], [], permissions={}, declined="city"),
    }
    with pytest.raises(InvalidInputError, match="bare string"):
        calls[call]()
