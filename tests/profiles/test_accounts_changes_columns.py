"""Accounts with members and roles, what changed between two profiles, and profiles as columns."""

import pytest
from hypothesis import given
from tests.profiles.told import RULES, facts, group, hour, identify, record

from unified_profile.errors import InvalidInputError
from unified_profile.model import Account, Profile
from unified_profile.profiles import ProfileRules, diff, fold, fold_accounts, longest, rows


def person(*told, id="p1", **more) -> Profile:
    return fold(told, profile_id=id, **more)


def test_an_account_has_traits_members_and_their_newest_roles():
    people = {
        "p2": [group("g1", 1, "kawa", {"name": "Kawa", "plan": "free", "role": "owner"})],
        "p1": [
            group("g2", 2, "kawa", {"plan": "pro"}, role="buyer"),
            group("g3", 3, "kawa", role="admin"),
            group("g4", 1, "hoshi"),
            identify("i", 9, {"plan": "personal"}),
        ],
    }
    assert fold_accounts(people) == {
        "hoshi": Account("hoshi", {}, ("p1",), {}),
        "kawa": Account("kawa", {"name": "Kawa", "plan": "pro"}, ("p1", "p2"), {"p1": "admin", "p2": "owner"}),
    }


def test_sources_are_the_rivals_over_an_accounts_traits():
    told = [
        group("g1", 1, "kawa", {"name": "Kawa Kabushiki Gaisha"}),
        group("g2", 2, "kawa", {"name": "Kawa"}, source="crm"),
    ]
    rules = ProfileRules(traits={"name": longest()})
    assert fold_accounts({"p1": told}, rules)["kawa"].traits["name"] == "Kawa Kabushiki Gaisha"
    assert fold_accounts({"p1": told})["kawa"].traits["name"] == "Kawa"


def test_an_account_hides_what_is_said_of_it():
    shown = repr(fold_accounts({"p1": [group("g", 1, "kawa", {"phone": "canary"})]}))
    assert "canary" not in shown


def test_changes_tell_added_removed_and_changed_values():
    before = person(record("a", 1, {"city": "Kyoto", "gone": 1, "same": 1.0}))
    after = person(record("b", 2, {"city": "Osaka", "same": 1, "new": None}))
    changes = diff(before, after)
    assert [(change.name, change.kind) for change in changes] == [
        ("city", "changed"),
        ("gone", "removed"),
        ("new", "added"),
    ]
    assert changes[0].before is before.traits["city"]
    assert changes[0].after is after.traits["city"]
    assert "Kyoto" not in repr(changes)


def test_from_nobody_and_to_nobody_everything_changes():
    somebody = person(record("a", 1, {"city": "Kyoto"}))
    assert [change.kind for change in diff(None, somebody)] == ["added"]
    assert [change.kind for change in diff(somebody, None)] == ["removed"]
    assert diff(None, None) == ()


@given(facts(), facts())
def test_no_change_means_equal_values_and_back_is_the_mirror(one, two):
    before = fold(one, RULES, profile_id="p1", now=hour(3))
    after = fold(two, RULES, profile_id="p1", now=hour(3))
    assert diff(before, before) == ()
    mirror = {"added": "removed", "removed": "added", "changed": "changed"}
    assert [(c.name, mirror[c.kind], c.after, c.before) for c in diff(after, before)] == [
        (c.name, c.kind, c.before, c.after) for c in diff(before, after)
    ]
    if not diff(before, after):
        assert {name: trait.value for name, trait in before.traits.items()} == {
            name: trait.value for name, trait in after.traits.items()
        }


def test_columns_keep_missing_and_null_apart_when_asked():
    people = [
        person(record("a", 1, {"city": "Kyoto"})),
        person(record("b", 1, {"city": None}), id="p2"),
        person(id="p3"),
    ]
    assert rows(people, ["city"]) == {"profile_id": ["p1", "p2", "p3"], "city": ["Kyoto", None, None]}
    assert rows(people, missing="-")["city"] == ["Kyoto", None, "-"]
    assert rows([]) == {"profile_id": []}


def test_a_column_is_named_once():
    for names in ("city", ["city", "city"], ["profile_id"]):
        with pytest.raises(InvalidInputError, match="names"):
            rows([], names)
