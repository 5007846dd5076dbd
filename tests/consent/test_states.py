"""The table of states, written out; and double opt-in, step by step."""

# ruff: noqa: E501 - one row for each state

from __future__ import annotations

import pytest
from tests.consent.said import PURPOSES, hour, say

from unified_profile.consent import Ledger, Policy, Request, permission
from unified_profile.consent.states import CONFIRMATION, Act, Manner, Status, act_of, step
from unified_profile.consent.timeline import Terms, Timeline
from unified_profile.model import ConsentState

OPEN, CLOSED = ("none", "unknown", "requested", "deferred"), ("refused", "withdrawn", "revoked", "expired")
GIVEN = ("given", "renewed")

# from: give, give where a confirmation is needed, confirm, refuse, withdraw, expire, invalidate, re-ask
TABLE = {
    **dict.fromkeys(OPEN, ("given", "pending_confirmation", None, "refused", "refused", "same", "invalidated", "requested")),
    "pending_confirmation": ("same", "same", "given", "refused", "withdrawn", "unknown", "invalidated", "requested"),
    **dict.fromkeys(GIVEN, ("renewed", "renewed", "same", "withdrawn", "withdrawn", "expired", "invalidated", "same")),
    **dict.fromkeys(CLOSED, ("given", "pending_confirmation", None, "refused", "withdrawn", "same", "invalidated", "same")),
    "invalidated": ("same", "same", None, "refused", "withdrawn", "same", "invalidated", "same"),
}  # fmt: skip
TOLD = (
    (Act.GIVE, Manner()), (Act.GIVE, Manner(double_opt_in=True)), (Act.CONFIRM, Manner(token_matches=True)),
    (Act.REFUSE, Manner()), (Act.WITHDRAW, Manner()), (Act.EXPIRE, Manner()), (Act.INVALIDATE, Manner()),
    (Act.ASK, Manner()),
)  # fmt: skip


@pytest.mark.parametrize("status", list(Status))
def test_every_step_is_that_of_the_table(status):
    for (act, manner), wanted in zip(TOLD, TABLE[status], strict=True):
        found = step(status, act, manner)
        assert found == (status if wanted == "same" else wanted), (status, act)


@pytest.mark.parametrize("status", list(Status))
def test_what_others_report_lifts_nothing_confirms_nothing_and_revives_nothing(status):
    manner = Manner(first_hand=False, confirmed=True, new_notice=True)
    found = step(status, Act.GIVE, manner)
    assert found == ("given" if status in OPEN else status)
    if status in {*CLOSED, "invalidated"}:
        assert step(status, Act.PEND, Manner(first_hand=False)) == status


def test_an_invalidation_needs_a_new_notice():
    assert step(Status.INVALIDATED, Act.GIVE, Manner(new_notice=True)) == "given"
    assert step(Status.INVALIDATED, Act.GIVE, Manner(new_notice=True, double_opt_in=True)) == "pending_confirmation"
    assert step(Status.INVALIDATED, Act.GIVE, Manner(new_notice=True, first_hand=False)) == "invalidated"
    assert step(Status.INVALIDATED, Act.PEND, Manner(new_notice=True)) == "pending_confirmation"
    assert step(Status.INVALIDATED, Act.PEND) == "invalidated"


def test_the_other_steps_do_what_they_say():
    for status in Status:
        assert step(status, Act.REVOKE) == "revoked"
        assert step(status, Act.DEFER) == ("deferred" if status in OPEN else status)
        assert step(status, Act.FORGET) == (status if status in {*CLOSED, "invalidated"} else "unknown")
        assert step(status, Act.ASK, Manner(may_ask=True)) == (
            status if status in {*GIVEN, "invalidated"} else "requested"
        )
        assert step(status, Act.CONFIRM) in {None, status if status in GIVEN else None}
    assert step(Status.PENDING, Act.GIVE, Manner(confirmed=True)) == "given"
    assert step(Status.NONE, Act.GIVE, Manner(double_opt_in=True, confirmed=True)) == "given"
    assert step(Status.REFUSED, Act.PEND) == "pending_confirmation"


def test_each_state_of_a_record_does_one_thing():
    acts = {state: act_of(say("c", 1, state)) for state in ConsentState}
    assert acts == {
        "given": "give", "renewed": "give", "pending_confirmation": "pend", "unknown": "forget", "requested": "re-ask",
        "deferred": "defer", "refused": "refuse", "withdrawn": "withdraw", "revoked": "revoke",
        "invalidated": "invalidate",
    }  # fmt: skip
    assert act_of(say("c", 1, method=CONFIRMATION)) == "confirm"
    assert act_of(say("c", 1, expressed_by="controller")) is None


# --- double opt-in ----------------------------------------------------------------------------------------------------

ASKED = Request("newsletter", "email")
CAREFUL = Policy(purposes=PURPOSES, double_opt_in={"newsletter"})


def asked(*said, at=9.0):
    return permission(Ledger(said), ASKED, CAREFUL, at=hour(at))


def test_a_sign_up_waits_for_its_confirmation_and_holds_from_then():
    sent, back = say("sent", 1, evidence_ref="t1"), say("back", 3, method=CONFIRMATION, evidence_ref="t1")
    assert (asked(sent).code, asked(sent).because) == ("pending_confirmation", ("sent", "rule:default_deny"))
    assert asked(sent, back, at=2).code == "pending_confirmation"
    assert asked(sent, back, at=2).changes_at == hour(3)
    assert (asked(sent, back).granted, asked(sent, back).because[0]) == (True, "back")


def test_only_the_newest_token_confirms():
    first, second = say("first", 1, evidence_ref="t1"), say("second", 2, evidence_ref="t2")
    old = say("old", 3, method=CONFIRMATION, evidence_ref="t1")
    new = say("new", 4, method=CONFIRMATION, evidence_ref="t2")
    assert not asked(first, second, old).granted
    assert asked(first, second, old, new).granted


def test_a_confirmation_of_nothing_is_none():
    back = say("back", 3, method=CONFIRMATION, evidence_ref="t1")
    assert asked(back).code == "not_covered" or not asked(back).granted
    assert not asked(say("no", 1, "refused"), back).granted
    assert not asked(say("sent", 1, evidence_ref="t1"), say("no", 2, "refused"), back).granted
    late = say("sent", 1, evidence_ref="t1", duration=hour(2) - hour(1))
    assert not asked(late, back).granted


def test_a_confirmation_does_not_lift_a_refusal_of_everything_said_after_the_sign_up():
    sent, back = say("sent", 1, evidence_ref="t1"), say("back", 3, method=CONFIRMATION, evidence_ref="t1")
    everything = say("no", 2, "refused", "marketing", "any")
    assert asked(sent, everything, back).code == "refused"
    assert asked(say("no", 0, "refused", "marketing", "any"), sent, back).granted


def test_a_confirmation_that_took_place_elsewhere_counts_at_once():
    assert asked(say("c", 1, method="double_opt_in")).granted
    assert asked(say("c", 1, method="double_opt_in"), say("again", 2)).granted  # renewed: no second confirmation
    assert asked(say("c", 1, method="import")).code == "pending_confirmation"


def test_a_second_yes_that_was_confirmed_elsewhere_counts_from_its_own_time():
    sent, everything = say("sent", 1, evidence_ref="t1"), say("no", 2, "refused", "marketing", "any")
    assert asked(sent, everything, say("c", 3, method="double_opt_in")).granted


def test_being_asked_to_wait_keeps_the_token():
    sent, wait = say("sent", 1, evidence_ref="t1"), say("wait", 2, "deferred")
    assert asked(sent, wait, say("back", 3, method=CONFIRMATION, evidence_ref="t1")).granted


# --- timelines --------------------------------------------------------------------------------------------------------


def statuses(*said, terms=None):
    timeline = Timeline(list(said), terms or Terms())
    return [str(timeline.status(hour(at))) for at in range(6)]


def test_a_timeline_tells_its_status_at_every_instant_and_stores_no_expiry():
    hours = hour(2) - hour(0)
    assert statuses(say("c", 1, duration=hours)) == ["none", "given", "given", "expired", "expired", "expired"]
    assert statuses(say("a", 1), say("b", 2), say("c", 3, "refused"), say("d", 4, "requested")) == [
        "none", "given", "renewed", "withdrawn", "withdrawn", "withdrawn"]  # fmt: skip
    assert statuses(say("a", 1, "pending_confirmation", duration=hours))[2:4] == ["pending_confirmation", "unknown"]
    assert statuses(say("a", 1, "withdrawn"))[1] == "refused"  # kept as a negative
    assert statuses(say("a", 1, "unknown"), say("b", 2))[1:3] == ["unknown", "given"]


def test_a_timeline_shows_how_much_was_said_and_not_what():
    assert repr(Timeline([say("a", 1), say("b", 2)])) == "Timeline(2 statements)"


def test_an_expired_yes_is_not_revived_by_an_import():
    assert statuses(say("c", 1, duration=hour(1) - hour(0)), say("i", 3, method="import"))[4] == "expired"
    assert statuses(say("c", 1, duration=hour(1) - hour(0)), say("i", 3))[4] == "given"
