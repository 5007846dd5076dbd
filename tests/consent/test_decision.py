"""May we: against a slow decision written from the documentation, by laws, and by the table people will look up."""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.consent.said import HOUR, PEOPLE, PURPOSES, hour, records, say

from unified_profile.consent import Ledger, Policy, PurposeRegistry, decide
from unified_profile.consent.scopes import OBJECTION
from unified_profile.model import ConsentState, Permission, Purpose, SourceRecord
from unified_profile.testing import strategies

REQUESTS = st.tuples(
    st.sampled_from(["newsletter", "newsletter", "marketing", "weekly", "ads", "improvement", "delivery"]),
    st.sampled_from(["any", "email", "email", "sms"]),
    st.sampled_from(["", "kawa"]),
)
INSTANTS = st.integers(-1, 20).map(lambda halves: hour(halves / 2))


def ask(said, purpose="newsletter", channel="email", at=9.0, **more) -> Permission:
    return decide(said, purpose, channel, purposes=PURPOSES, at=hour(at), **more)


@given(st.data(), REQUESTS, INSTANTS, st.booleans())
def test_order_and_repetition_of_the_records_change_nothing(data, request_, at, proven):
    purpose, channel, brand = request_
    said = data.draw(records())
    again = data.draw(strategies.shuffled(said, duplicates=True))
    asked = {"brand": brand, "purposes": PURPOSES, "at": at, "proven": proven}
    assert decide(again, purpose, channel, **asked) == decide(said, purpose, channel, **asked)


@given(records(), records(), REQUESTS, INSTANTS)
def test_what_is_learned_later_does_not_change_what_was_decided(said, late, request_, at):
    purpose, channel, brand = request_
    late = [say_again(one, f"late{number}") for number, one in enumerate(late)]
    asked = {"brand": brand, "purposes": PURPOSES, "at": at, "known_at": hour(40)}
    assert decide([*said, *late], purpose, channel, **asked) == decide(said, purpose, channel, **asked)


def say_again(record, id):
    import attrs

    return attrs.evolve(record, id=id, recorded_at=hour(50))


@given(records(), REQUESTS, INSTANTS)
def test_a_refusal_of_everything_now_means_no_now(said, request_, at):
    """Nothing that was ever said, at whatever time, survives a refusal of every channel and every brand."""
    purpose, channel, brand = request_
    refusal = say("no", 100, "withdrawn", "marketing", "any")
    if purpose in {"improvement", "delivery"}:
        return
    later = max(at, hour(100))
    assert not decide([*said, refusal], purpose, channel, brand=brand, purposes=PURPOSES, at=later).granted


@given(records(), REQUESTS, INSTANTS)
def test_an_unproven_link_never_allows_what_a_part_refuses(said, request_, at):
    purpose, channel, brand = request_
    asked = {"brand": brand, "purposes": PURPOSES, "at": at}
    together = decide(said, purpose, channel, proven=False, **asked)
    parts = [decide(list(part), purpose, channel, **asked) for part in Ledger(said).by_subject()]
    refused = {state.value for state in ConsentState} & {"refused", "withdrawn", "revoked", "invalidated"} | {
        "objected"
    }
    if any(part.code in refused for part in parts):
        assert not together.granted
    elif parts:
        assert together.granted is any(part.granted for part in parts)
    else:
        assert together == decide([], purpose, channel, **asked)


@given(records())
def test_parts_of_a_ledger_share_no_identifier_and_lose_no_statement(said):
    parts = Ledger(said).by_subject()
    assert sorted(one.id for part in parts for one in part) == sorted(one.id for one in said)
    named = [{key for one in part for key in (one.identifiers or (None,))} for part in parts]
    assert sum(map(len, named)) == len(set().union(*named))


@given(records(), REQUESTS, INSTANTS)
def test_a_ledger_and_its_records_decide_alike(said, request_, at):
    purpose, channel, brand = request_
    asked = {"brand": brand, "purposes": PURPOSES, "at": at}
    other = SourceRecord(id="r", source="crm", key="1", occurred_at=hour(1))
    assert decide(Ledger([*said, other]), purpose, channel, **asked) == decide(said, purpose, channel, **asked)


# --- the table ------------------------------------------------------------------------------------------------------


def test_nothing_said_is_no():
    answer = ask([])
    assert (answer.granted, answer.code, answer.because) == (False, "no_consent", ("rule:default_deny",))


def test_only_given_and_renewed_allow():
    for state in ConsentState:
        assert ask([say("c", 1, state)]).granted is (state.value in {"given", "renewed"})


def test_a_permission_says_because_of_what_and_until_when():
    answer = ask([say("old", 1), say("c", 2, duration=100 * HOUR)])
    assert answer.because == ("c", "rule:grant_in_force")
    assert (answer.basis, answer.code, answer.changes_at) == ("consent", "consent_given", hour(102))


def test_a_grant_ends_with_its_last_instant_left_out():
    said, tick = [say("c", 1, duration=2 * HOUR)], timedelta(microseconds=1)
    assert decide(said, "newsletter", "email", purposes=PURPOSES, at=hour(3) - tick).granted
    answer = decide(said, "newsletter", "email", purposes=PURPOSES, at=hour(3))
    assert (answer.granted, answer.code, answer.because[0]) == (False, "expired", "c")


@pytest.mark.parametrize("state", ["requested", "deferred"])
def test_what_lapsed_is_still_told_as_lapsed_when_somebody_was_asked_again(state):
    """The answer was once that nobody had ever consented."""
    answer = ask([say("a", 1, duration=HOUR), say("b", 3, state)])
    assert (answer.code, answer.because[0]) == ("expired", "a")
    assert ask([say("a", 1, duration=HOUR), say("b", 3, state), say("c", 4)]).granted


def test_a_renewal_replaces_the_older_grant_and_its_length():
    assert ask([say("a", 1), say("b", 2, "renewed", duration=HOUR)]).code == "expired"
    assert ask([say("a", 1, duration=HOUR), say("b", 2, "renewed")]).granted


def test_a_later_refusal_covers_what_it_is_broader_than():
    for purpose in ("newsletter", "marketing"):
        for channel in ("email", "any"):
            for brand in ("", "kawa"):
                said = [say("yes", 1, brand="kawa"), say("no", 2, "refused", purpose, channel, brand=brand)]
                answer = ask(said, brand="kawa")
                assert (answer.granted, answer.code, answer.because) == (
                    False,
                    "refused",
                    ("no", "rule:refusal_stands"),
                )


def test_a_refusal_elsewhere_is_none_here():
    yes = say("yes", 1)
    assert ask([yes, say("no", 2, "refused", channel="sms")]).granted
    assert ask([yes, say("no", 2, "refused", "ads", "any")]).granted
    assert ask([yes, say("no", 2, "refused", "weekly", "any")], "weekly").code == "refused"
    assert ask([yes, say("no", 2, "refused", brand="kawa")]).granted


def test_a_broad_refusal_then_a_specific_grant_allows_that_scope_only():
    said = [say("no", 1, "refused", "marketing", "any"), say("yes", 2)]
    assert ask(said).granted
    assert ask(said, channel="sms").code == "refused"
    assert ask(said, "ads").code == "refused"


def test_a_specific_refusal_then_a_broader_grant_is_still_no():
    said = [say("no", 1, "refused"), say("yes", 2, channel="any")]
    assert ask(said).code == "refused"
    assert ask(said, channel="sms").granted
    assert ask([*said, say("yes2", 3)]).granted


def test_at_the_same_instant_the_refusal_wins():
    assert ask([say("yes", 1), say("no", 1, "withdrawn")]).code == "withdrawn"
    assert ask([say("yes", 1), say("no", 1, "withdrawn", channel="any")]).code == "withdrawn"


def test_a_refusal_that_arrives_late_counts_at_its_own_time():
    said = [say("no", 1, "refused", recorded_at=hour(8)), say("yes", 2)]
    assert ask(said).granted
    assert ask(said, at=1.5).code == "refused"
    assert ask(said, at=1.5, known_at=hour(7)).code == "no_consent"


def test_a_grant_covers_exactly_its_brand_and_a_refusal_without_a_brand_all():
    assert ask([say("yes", 1)], brand="kawa").code == "not_covered"
    assert ask([say("yes", 1, brand="kawa")]).code == "not_covered"
    assert ask([say("yes", 1, brand="kawa")], brand="kawa").granted


def test_a_grant_flows_neither_down_nor_up():
    assert ask([say("yes", 1)], "marketing").code == "no_consent"
    assert ask([say("yes", 1)], "weekly").code == "no_consent"
    assert ask([say("yes", 1, purpose="marketing")]).code == "no_consent"


def test_asking_for_more_than_was_refused_is_refused():
    every = say("yes", 1, channel="any")
    assert ask([every], channel="any").granted
    assert ask([every, say("no", 2, "refused")], channel="any").code == "refused"
    assert ask([every, say("no", 2, "refused"), say("yes2", 3)], channel="any").granted
    whole = say("yes", 1, purpose="marketing", channel="any")
    assert ask([whole, say("no", 2, "refused")], "marketing").code == "refused"
    assert ask([whole, say("no", 2, "refused"), say("yes2", 3)], "marketing").granted


def test_asking_again_changes_nothing_but_an_open_confirmation_does():
    assert ask([say("yes", 1), say("again", 2, "requested"), say("later", 3, "deferred")]).granted
    assert ask([say("yes", 1), say("open", 2, "pending_confirmation")]).code == "pending_confirmation"
    assert ask([say("open", 2, "pending_confirmation"), say("yes", 3)]).code == "pending_confirmation"
    said = [
        say("open", 2, "pending_confirmation", evidence_ref="t"),
        say("yes", 3, method="confirmation", evidence_ref="t"),
    ]
    assert ask(said).granted
    assert ask([say("yes", 1), say("lost", 2, "unknown")]).code == "unknown"


def test_what_others_report_lifts_no_refusal_and_outdates_nothing():
    reported = say("import", 3, method="import")
    assert ask([reported]).granted
    assert ask([say("no", 1, "withdrawn"), reported]).code == "withdrawn"
    assert ask([say("no", 1, "withdrawn"), say("yes", 2), reported]).granted
    assert ask([say("yes", 2), say("import", 3, method="import", duration=HOUR)]).granted


def test_only_the_person_or_a_parent_can_consent():
    assert ask([say("c", 1, expressed_by="parent")]).granted
    assert ask([say("c", 1, expressed_by="controller")]).code == "not_by_subject"
    assert ask([say("c", 1, legal_basis="contract")]).code == "not_by_subject"
    assert ask([say("c", 1), say("d", 2, "revoked", expressed_by="controller")]).code == "revoked"


def test_an_invalidation_reaches_back_and_needs_a_new_notice():
    yes, void = (
        say("yes", 1, notice_id="n", notice_version="1"),
        say("void", 5, "invalidated", notice_id="n", notice_version="1"),
    )
    assert ask([yes], at=2).granted
    assert ask([yes, void], at=2).code == "invalidated"
    assert ask([yes, void, say("same", 6, notice_id="n", notice_version="1")]).code == "invalidated"
    assert ask([yes, void, say("new", 6, notice_id="n", notice_version="2")]).granted


def test_a_withdrawal_does_not_reach_back():
    assert ask([say("yes", 1), say("no", 5, "withdrawn")], at=2).granted
    assert ask([say("yes", 1), say("no", 5, "withdrawn")], at=2).changes_at == hour(5)


def test_other_bases_grant_unless_somebody_objects_where_he_can():
    contract = ask([say("no", 1, "refused", "delivery", "any")], "delivery")
    assert (contract.granted, contract.basis, contract.because) == (True, "contract", ("rule:basis_contract",))
    assert ask([], "improvement").granted
    answer = ask([say("no", 1, "refused", "improvement", "any")], "improvement")
    assert (answer.granted, answer.code, answer.because) == (False, "objected", ("no", "rule:objection_stands"))
    assert ask([say("no", 1, "refused", "improvement"), say("yes", 2, purpose="improvement")], "improvement").granted


JUNK: list[Any] = [None, 3, [], {}, b"email", "x" * 10_000, "\ud800"]


def test_what_is_unknown_or_malformed_is_no():
    assert ask([say("c", 1)], "newsleter").code == "unknown_purpose"
    assert ask([say("c", 1)], Purpose("newsletters", basis="contract")).code == "unknown_purpose"
    assert ask([say("c", 1, channel="")], channel="").code == "unknown_channel"
    assert ask([say("c", 1)], Purpose("newsletter", basis="contract")).basis == "consent"
    for junk in JUNK:
        assert not ask([say("c", 1)], junk).granted
        assert not ask([say("c", 1)], channel=junk).granted
        assert not ask([say("c", 1)], brand=junk).granted
    with pytest.raises(ValueError, match="no time zone"):
        decide([], "newsletter", "email", purposes=PURPOSES, at=datetime(2026, 1, 1))  # noqa: DTZ001 - the point


def test_an_unproven_link_lets_each_group_answer_for_itself():
    one, other = PEOPLE[:1], PEOPLE[1:2]
    said = [say("no", 1, "refused", identifiers=one), say("yes", 2, identifiers=other)]
    assert ask(said).granted
    answer = ask(said, proven=False)
    assert (answer.code, answer.because) == ("refused", ("no", "rule:refusal_stands", "rule:unproven_link"))
    assert ask([say("no", 1, "refused", identifiers=one), say("yes", 2, identifiers=one)], proven=False).granted


def test_a_ledger_shows_nothing_of_what_was_said():
    ledger = Ledger([say("c", 1, identifiers=PEOPLE)])
    assert repr(ledger) == "Ledger(1 statements)"
    assert "example.com" not in repr(list(ledger.scopes("newsletter").items()))


def test_a_registry_without_purposes_denies_everything():
    assert (
        decide([say("c", 1)], "newsletter", "email", purposes=PurposeRegistry(), at=hour(2)).code == "unknown_purpose"
    )


def test_a_later_yes_to_everything_does_not_lift_a_refusal_of_one_channel_when_all_are_asked_for():
    assert ask([say("no", 1, "refused", channel="sms"), say("yes", 2, channel="any")], channel="any").code == "refused"


def test_a_yes_that_nobody_who_could_gave_covers_nothing_elsewhere_either():
    assert ask([say("c", 1, channel="sms", expressed_by="controller")]).code == "no_consent"


def test_an_objection_that_lies_ahead_turns_the_answer_on_whatever_channel_it_was_said():
    """Told of two channels, the later of them said on the one that comes first."""
    policy = Policy(purposes=PURPOSES, kinds={"newsletter": {"direct_marketing"}})
    ahead = [say("late", 9, "refused", OBJECTION, "any"), say("back", 4, "given", OBJECTION, "email")]
    answer = decide([say("yes", 1), *ahead], "newsletter", "email", policy=policy, at=hour(6))
    assert (answer.granted, answer.changes_at) == (True, hour(9))


def test_what_was_said_at_one_instant_counts_in_one_order_however_it_is_told():
    """Sorted by instant alone, statements of one instant would stand as they came."""
    said = [say("b", 2, "pending_confirmation"), say("a", 2), say("c", 2, "refused"), say("d", 1, duration=HOUR)]
    assert {ask(order, at=3).because for order in permutations(said)} == {("c", "rule:refusal_stands")}
    assert [one.id for one in Ledger(said)] == ["d", "a", "b", "c"]
