"""Corners of the decision that broken copies of it showed to be untried."""

from datetime import date, timedelta

import pytest
from tests.consent.said import HOUR, PURPOSES, hour, say

from unified_profile.consent import Law, LawBook, Ledger, Policy, Request, Situation, permission
from unified_profile.consent.scopes import RESTRICTION


def ask(said, purpose="newsletter", channel="email", at=9.0, more=None, **rules):
    request = Request(purpose, channel, **(more or {}))
    return permission(Ledger(said), request, Policy(purposes=PURPOSES, **rules), at=hour(at))


def test_grants_of_different_categories_are_different_scopes_unless_one_category_is_asked_for():
    """Asked for the whole, the older stands beside the newer; asked for the email, the newer has replaced it."""
    said = [say("email", 1, data_categories=["email"]),
            say("both", 2, data_categories=["email", "city"], duration=HOUR)]  # fmt: skip
    whole = ask(said)
    assert (whole.granted, [one.value for one in whole.obligations]) == (True, ["email"])
    assert ask(said, more={"category": "email"}).code == "expired"


@pytest.mark.parametrize("ids", [("a", "z"), ("z", "a")])
def test_of_two_grants_at_one_instant_the_briefer_decides(ids):
    said = [say(ids[0], 1), say(ids[1], 1, duration=HOUR)]
    assert ask(said, at=1).changes_at == hour(2)
    assert ask(said, at=2).code == "expired"
    longer = [say(ids[0], 1, duration=2 * HOUR), say(ids[1], 1, duration=HOUR)]
    assert ask(longer, at=1).changes_at == hour(2)


@pytest.mark.parametrize("state", ["requested", "deferred", "unknown", "pending_confirmation"])
def test_a_right_is_taken_back_by_a_yes_to_that_and_by_nothing_else(state):
    stop = say("stop", 1, "refused", RESTRICTION, "any")
    assert ask([stop, say("x", 2, state, RESTRICTION, "any")], "improvement").code == "restricted"
    assert ask([stop, say("x", 2, "given", RESTRICTION, "any")], "improvement").granted


def test_a_right_is_taken_back_as_broadly_as_it_was_invoked():
    wide = say("stop", 1, "refused", RESTRICTION, "any")
    assert ask([wide, say("back", 2, "given", RESTRICTION, "email")], "improvement").code == "restricted"
    narrow = say("stop", 1, "refused", RESTRICTION, "email")
    assert ask([narrow, say("back", 2, "given", RESTRICTION, "any")], "improvement").granted
    assert ask([wide, say("back", 2, "given", RESTRICTION, "any", brand="kawa")], "improvement").code == "restricted"


def test_what_was_said_elsewhere_is_told_from_its_own_instant_on():
    other = say("other", 3, channel="sms")
    tick = timedelta(microseconds=1) / HOUR
    assert [ask([other], at=at).code for at in (3 - tick, 3, 4)] == ["no_consent", "not_covered", "not_covered"]


def test_a_yes_to_another_controller_that_lapsed_is_still_the_persons_own():
    lapsed = say("c", 1, controller="L", duration=HOUR)
    assert ask([lapsed], more={"controller": "K"}).code == "not_covered"
    by_other = say("c", 1, controller="L", duration=HOUR, expressed_by="controller")
    assert ask([by_other], more={"controller": "L"}).code == "not_by_subject"


def test_a_right_taken_back_for_one_brand_stays_invoked_for_it_as_it_was_for_all():
    wide = say("stop", 1, "refused", RESTRICTION, "any")
    back = say("back", 2, "given", RESTRICTION, "any", brand="kawa")
    assert ask([wide, back], "improvement", more={"brand": "kawa"}).code == "restricted"
    own = say("stop", 1, "refused", RESTRICTION, "any", brand="kawa")
    assert ask([own, back], "improvement", more={"brand": "kawa"}).granted


def test_what_one_controller_was_refused_another_may():
    said = [say("yes", 1, controller="K"), say("no", 2, "refused", controller="L")]
    assert ask(said, more={"controller": "K"}).granted
    assert ask(said, more={"controller": "L"}).code == "refused"


def test_of_rows_about_children_the_nearest_general_one_counts_and_every_particular_one():
    def row(name, place, age, **params):
        return Law(id=name, jurisdiction=place, kind="child", params={"age": age, **params}, citation="A row",
                   valid_from=date(2020, 1, 1))  # fmt: skip

    child = Situation(birth_date=date(2012, 1, 1), time_zone="UTC")  # fourteen
    general, wider = row("near", "DE", 13), row("far", "EU", 16)
    particular = row("ads", "EU", 16, kinds=["targeted_advertising"])
    for rows, code in (([general, wider], "consent_given"), ([general, particular], "child_without_parent")):
        rules = Policy(purposes=PURPOSES, kinds={"ads": {"targeted_advertising"}}, law=LawBook(rows),
                       jurisdiction="DE")  # fmt: skip
        answer = permission(
            Ledger([say("c", 1, purpose="ads")]), Request("ads", "email"), rules, situation=child, at=hour(9)
        )
        assert answer.code == code
