"""What a purpose may not see is not there; and nothing that is there shows itself unasked."""

import copy
import io
import json
import logging
import pickle
import pprint
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from unified_profile.consent import PurposeView, view
from unified_profile.errors import InvalidInputError, MissingTraitError, PurposeDeniedError
from unified_profile.model import Permission, Profile, Provenance, Purpose, Trait

CANARY = "canary@example.com"
AT = datetime(2026, 1, 1, tzinfo=UTC)
TOLD = Provenance("f1", "crm", AT, AT)
VALUES: dict[str, Any] = {
    "email": CANARY,
    "name": "",
    "tags": [],
    "title": None,
    "points": 0,
    "vip": False,
    "birth_date": CANARY,
}
PROFILE = Profile(
    "p1", {name: Trait(name, value, (TOLD,), "most_recent", ((CANARY, TOLD),)) for name, value in VALUES.items()}
)
NEWSLETTER = Purpose("newsletter", traits={"email", "name", "tags", "title", "points", "vip", "unheard"})
YES = Permission(granted=True, purpose="newsletter", channel="email", basis="consent", code="consent_given")
NO = Permission(granted=False, purpose="newsletter", channel="email", basis="consent", code="withdrawn")
SEEN = view(PROFILE, NEWSLETTER, YES)
DENIED = view(PROFILE, NEWSLETTER, NO)


def test_permitted_traits_are_there_and_denied_ones_are_absent():
    assert sorted(SEEN) == ["email", "name", "points", "tags", "title", "vip"]
    assert len(SEEN) == 6
    assert ("email" in SEEN, "birth_date" in SEEN, "unheard" in SEEN) == (True, False, False)
    assert (SEEN["email"], SEEN.get("title", "-"), SEEN.get("birth_date", "-"), SEEN.get("unheard")) == (
        CANARY,
        None,
        "-",
        None,
    )
    assert SEEN.to_dict() == {name: VALUES[name] for name in SEEN} == dict(SEEN)
    assert SEEN.items() == list(zip(SEEN.keys(), SEEN.values(), strict=True)) == list(SEEN.to_dict().items())


def test_the_states_are_told_apart():
    states = {name: SEEN.state(name) for name in (*VALUES, "unheard", "nonsense")}
    assert states == {
        "email": "present",
        "name": "empty",
        "tags": "empty",
        "title": "null",
        "points": "present",
        "vip": "present",
        "birth_date": "denied",
        "unheard": "missing",
        "nonsense": "denied",
    }


@given(st.sampled_from([*VALUES, "unheard", "nonsense"]))
def test_the_answer_of_what_is_denied_does_not_tell_whether_it_exists(name):
    with_it, without = (
        view(PROFILE, Purpose("p"), permission("p")),
        view(Profile("p1", {}), Purpose("p"), permission("p")),
    )
    for ask in (lambda seen: seen.state(name), lambda seen: name in seen, lambda seen: seen.get(name), repr, len):
        assert ask(with_it) == ask(without)
    for one in (with_it, without):
        with pytest.raises(PurposeDeniedError, match="trait_not_in_purpose"):
            one.require(name)


def permission(purpose: str) -> Permission:
    return Permission(granted=True, purpose=purpose, channel="any", basis="consent", code="consent_given")


def test_without_a_grant_everything_is_denied_for_the_reason_of_the_decision():
    assert (len(DENIED), list(DENIED), DENIED.to_dict(), DENIED.get("email")) == (0, [], {}, None)
    assert {DENIED.state(name) for name in (*VALUES, "unheard")} == {"denied"}
    with pytest.raises(PurposeDeniedError, match="withdrawn") as caught:
        DENIED.require("email")
    assert (caught.value.code, caught.value.trait, caught.value.purpose) == ("withdrawn", "email", "newsletter")
    with pytest.raises(PermissionError):
        DENIED["email"]


def test_a_required_trait_is_there_or_says_why_not():
    assert (SEEN.require("email"), SEEN.require("title")) == (CANARY, None)
    with pytest.raises(
        MissingTraitError, match="no trait 'unheard' in this profile; get\\(\\) takes a default"
    ) as caught:
        SEEN.require("unheard")
    assert isinstance(caught.value, LookupError)
    assert pickle.loads(pickle.dumps(caught.value)).trait == "unheard"
    with pytest.raises(KeyError):
        SEEN["unheard"]
    assert SEEN.trait("email").provenance == (TOLD,)


def test_every_trait_can_be_meant_by_a_star():
    assert sorted(view(PROFILE, Purpose("newsletter", traits={"*"}), YES)) == sorted(VALUES)


def test_a_permission_for_another_purpose_opens_nothing():
    with pytest.raises(InvalidInputError, match="decided for another purpose"):
        view(PROFILE, Purpose("ads", traits={"*"}), YES)


def test_a_view_tells_what_it_rests_on():
    assert (SEEN.profile_id, SEEN.permission, SEEN.purpose) == ("p1", YES, NEWSLETTER)
    assert view(PROFILE, NEWSLETTER, YES) == SEEN
    assert SEEN != DENIED
    assert SEEN.to_dict() != SEEN


def test_a_view_cannot_be_changed():
    for name in ("profile_id", "_traits", "new"):
        with pytest.raises(AttributeError):
            setattr(SEEN, name, None)
        with pytest.raises(AttributeError):
            delattr(SEEN, name)
    with pytest.raises(TypeError):
        vars(SEEN)


def logged(thing: object) -> str:
    stream = io.StringIO()
    handler, log = logging.StreamHandler(stream), logging.getLogger("canaries of views")
    log.addHandler(handler)
    log.warning("%s %r %s", thing, thing, [thing])
    log.removeHandler(handler)
    return stream.getvalue()


def trace(thing: PurposeView) -> str:
    try:
        thing.require("nonsense")
    except PurposeDeniedError as error:
        return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    return ""


def compared(thing: PurposeView) -> str:
    with pytest.raises(AssertionError) as caught:
        assert thing == DENIED
    return str(caught.value)


ROUTES: dict[str, Callable[[Any], str]] = {
    "repr": repr,
    "str": str,
    "format": lambda seen: f"{seen} {seen!r} {seen!s} {seen:>400}",
    "percent": lambda seen: "%s %r" % (seen, seen),  # noqa: UP031 - one of the routes
    "in a list": lambda seen: repr([seen, {"view": seen}]),
    "keys": lambda seen: repr([seen.keys(), list(seen), sorted(seen)]),
    "pprint": lambda seen: pprint.pformat([seen]),
    "logging": logged,
    "traceback with locals": trace,
    "pytest": compared,
    "html": lambda seen: seen._repr_html_(),
    "permission": lambda seen: repr((seen.permission, seen.purpose)),
    "trait": lambda seen: repr(seen.trait("email")),
    "dir": lambda seen: repr(dir(seen)),
    "copy": lambda seen: repr((copy.copy(seen), copy.deepcopy(seen))),
}


@pytest.mark.parametrize("route", ROUTES)
def test_no_value_leaves_by(route):
    shown = ROUTES[route](SEEN)
    assert shown
    assert CANARY not in shown


def test_no_value_leaves_by_pickle_or_json():
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="cannot be pickled") as caught:
            pickle.dumps(SEEN, protocol)
        assert CANARY not in str(caught.value)
    with pytest.raises(TypeError) as caught:
        json.dumps(SEEN)
    assert CANARY not in str(caught.value)


def test_a_notebook_shows_names_and_states_with_everything_escaped():
    told = Trait("<b>", 1, (TOLD,), "most_recent")
    shown = view(Profile("<i>", {"<b>": told}), Purpose("<u>", traits={"*"}), permission("<u>"))._repr_html_()
    assert "&lt;b&gt;</td><td>present" in shown
    assert not {"<b>", "<i>", "<u>"} & set(shown.split())
    assert "withdrawn" in DENIED._repr_html_()
