"""Roles: everybody is told the same, and what is masked does not leak."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from unified_profile.consent.roles import HIDDEN, WHOLE, Mask, Role
from unified_profile.consent.view import view
from unified_profile.errors import InvalidInputError, InvalidRulesError, PurposeDeniedError
from unified_profile.model import Permission, Profile, Provenance, Purpose, Trait

TOLD = Provenance("f1", "crm", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
YES = Permission(granted=True, purpose="service", channel="any", basis="contract", code="basis_declared")
TRAITS = ("phone", "email", "birth_date", "city", "plan")
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**12), 10**12), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=4,
)
masks = st.one_of(
    st.sampled_from([WHOLE, HIDDEN, Mask("domain"), Mask("year")]),
    st.builds(Mask, st.sampled_from(["last", "first"]), st.integers(1, 5)),
)
roles = st.builds(Role, st.sampled_from(["agent", "boss"]), st.dictionaries(st.sampled_from(TRAITS), masks), masks)
people = st.dictionaries(st.sampled_from(TRAITS), values)
PURPOSE = Purpose("service", traits=set(TRAITS) - {"plan"})


def seen(traits, role=None):
    profile = Profile(
        "p1", {name: Trait(name, value, (), "most_recent", ((value, TOLD),)) for name, value in traits.items()}
    )
    whole = view(profile, PURPOSE, YES)
    return whole if role is None else whole.as_role(role)


@given(people, roles, roles)
def test_all_roles_agree_on_what_they_see_whole(traits, one, other):
    left, right, whole = seen(traits, one), seen(traits, other), seen(traits)
    for name in TRAITS:
        if one.mask(name) == other.mask(name) == WHOLE:
            assert left.state(name) == right.state(name) == whole.state(name)
            assert left.get(name) == right.get(name) == whole.get(name)


@given(people, roles)
def test_a_role_never_sees_more_than_the_purpose_does(traits, role):
    masked, whole = seen(traits, role), seen(traits)
    assert set(masked) <= set(whole)
    assert "plan" not in masked


@given(people, people, roles)
def test_what_is_hidden_from_a_role_changes_nothing_that_the_role_can_see(first, second, role):
    """Not even whether it exists."""
    hidden = {name for name in TRAITS if role.mask(name) == HIDDEN}
    same = {name: value for name, value in first.items() if name not in hidden}
    one = seen({**same, **{name: value for name, value in first.items() if name in hidden}}, role)
    other = seen({**same, **{name: value for name, value in second.items() if name in hidden}}, role)
    assert (dict(one), repr(one), one._repr_html_()) == (dict(other), repr(other), other._repr_html_())
    for name in hidden:
        assert (one.state(name), one.get(name, "-"), name in one) == ("denied", "-", False)
        with pytest.raises(PurposeDeniedError):
            one.require(name)


@given(
    st.text(alphabet="0123456789abc@.-", min_size=1, max_size=24), st.sampled_from(["last", "first"]), st.integers(1, 6)
)
def test_a_part_hides_at_least_as_much_as_it_shows(text, kind, shown):
    letters = "".join(letter for letter in text if letter.isalnum())
    found: Any = Mask(kind, shown).of(text)
    part = found.replace("•••", "")
    assert part in ("", letters[-shown:], letters[:shown])
    assert len(part) <= len(letters) - len(part)
    assert Mask(kind, shown).of([text, 12]) == [found, Mask(kind, shown).of(12)]


@given(values)
def test_two_long_values_with_one_end_look_alike(value):
    assert Mask("last", 4).of("0" * 9 + "1234") == Mask("last", 4).of("777771234") == "•••1234"
    assert HIDDEN.of(value) in (None, "", [], {}, "•••") or isinstance(value, list)


def test_masks_people_know():
    assert [Mask("domain").of(text) for text in ("a@b.example", "a@b@c", "@b", "a@", "a")] == ["•••@b.example"] + [
        "•••"
    ] * 4
    assert [Mask("year").of(text) for text in ("1990-04-01", "1990", "April")] == ["1990", "•••", "•••"]
    assert [Mask("last", 4).of({"number": "123456789"})] == Mask("last", 4).of([True]) == ["•••"]
    assert Mask("last", 2).of(123456) == "•••56"
    assert [Mask("last", 4).of(text) for text in ("12345678", "1234567")] == ["•••5678", "•••"]


def test_the_values_that_lost_do_not_come_with_a_part():
    role = Role("agent", {"phone": Mask("last", 4), "city": WHOLE})
    masked = seen({"phone": "0123456789", "city": "Osaka"}, role)
    assert (masked.trait("phone").value, masked.trait("phone").losers) == ("•••6789", ())
    assert masked.trait("city").losers == (("Osaka", TOLD),)
    assert "role='agent'" in repr(masked)
    assert masked.role is role
    assert masked != seen({"phone": "0123456789", "city": "Osaka"})


def test_a_view_of_a_role_cannot_be_opened_by_another_role():
    masked = seen({"phone": "0123456789"}, Role("agent"))
    with pytest.raises(InvalidInputError, match="a role's view"):
        masked.as_role(Role("boss", others=WHOLE))
    with pytest.raises(InvalidInputError, match="not a Role"):
        seen({}).as_role("boss")


UNUSABLE: dict[str, tuple[Any, dict[str, Any]]] = {
    "an unknown kind": (Mask, {"kind": "middle"}),
    "a part of no size": (Mask, {"kind": "last"}),
    "less than nothing": (Mask, {"kind": "last", "shown": -1}),
    "a part of the whole": (Mask, {"kind": "whole", "shown": 3}),
    "a size that is none": (Mask, {"kind": "last", "shown": True}),
    "a role without a name": (Role, {"name": ""}),
    "masks that are none": (Role, {"name": "x", "masks": {"phone": "last"}}),
    "others that are no mask": (Role, {"name": "x", "others": "whole"}),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_a_mask_or_role_that_could_not_mean_what_it_says_is_refused(case):
    kind, parts = UNUSABLE[case]
    with pytest.raises(InvalidRulesError):
        kind(**parts)
