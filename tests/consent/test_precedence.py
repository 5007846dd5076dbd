"""The order of precedence in examples people will look up: codes, reasons, duties, and when they turn."""

# ruff: noqa: E501 - one scene on a line

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.consent.said import hour, say

from unified_profile.consent import (
    CODES,
    Law,
    LawBook,
    Ledger,
    Notice,
    NoticeRegistry,
    Policy,
    PurposeRegistry,
    RegisterEntry,
    Request,
    Sale,
    Situation,
    permission,
)
from unified_profile.consent.notices import text_sha256
from unified_profile.errors import InvalidFactError, InvalidRulesError, UnknownNameError
from unified_profile.model import Identifier, Obligation, Purpose

PURPOSES = PurposeRegistry(
    [Purpose("marketing"), Purpose("newsletter"), Purpose("ads"), Purpose("service", basis="contract"),
     Purpose("research", basis="legitimate_interests"), Purpose("archive", basis="legal_obligation")],
    parents={"newsletter": "marketing", "ads": "marketing"},
)  # fmt: skip
KINDS = {
    "newsletter": {"direct_marketing", "similar_products"}, "ads": {"targeted_advertising"}, "archive": {"storage"},
    "research": {"direct_marketing"},
}  # fmt: skip
EMAIL, DEVICE = [Identifier("email", "a@example.com")], [Identifier("anonymous_id", "d")]


def ask(said, purpose="newsletter", channel="email", at=9.0, situation=None, more=None, **rules):
    policy = Policy(purposes=PURPOSES, **({"kinds": KINDS} | rules))
    request = Request(purpose, channel, **(more or {}))
    return permission(Ledger(said), request, policy, situation=situation or Situation(), at=hour(at))


def why(answer):
    return answer.granted, answer.code, answer.because


def law(kind, place="DE", name="row", since=date(2020, 1, 1), **params):
    return Law(id=name, jurisdiction=place, kind=kind, params=params, valid_from=since, citation="A row")


def under(*rows):
    return {"law": LawBook(rows), "jurisdiction": "DE", "rights": "by_law"}


def test_1_an_erased_person_is_used_for_nothing_but_holds():
    gone = Situation(tombstoned=True)
    assert why(ask([say("c", 1)], situation=gone)) == (False, "tombstoned", ("rule:erased",))
    assert ask([], "archive", situation=gone, kinds={"archive": {"legal_hold"}}).granted
    assert ask([], "archive", situation=gone, kinds={"archive": {"suppression_check"}}).granted


def test_2_what_is_restricted_is_stored_and_used_with_consent():
    stop = say("stop", 2, "refused", "right:restriction", "any")
    assert why(ask([stop], "service")) == (False, "restricted", ("stop", "rule:restriction_in_force"))
    assert ask([stop], "archive").granted
    assert ask([stop, say("c", 1)]).granted
    assert ask([stop], "service", at=1).granted
    lifted = say("lifted", 3, "given", "right:restriction", "any", expressed_by="controller")
    assert ask([stop, lifted], "service").granted
    assert not ask([stop, say("lifted", 2, "given", "right:restriction", "any")], "service").granted
    assert not ask([stop, say("i", 3, "given", "right:restriction", "any", method="import")], "service").granted
    assert not ask([stop, say("sms", 3, "given", "right:restriction", "sms")], "service").granted
    assert ask([say("stop", 2, "refused", "right:restriction", "sms")], "service").granted
    row = law("right", right="right:restriction")
    assert ask([stop], "service", **under(row)).because[-1] == "law:row"
    assert ask([stop], "service", **under(law("duty", duty="smile"))).granted


def test_3_what_nobody_declared_is_denied():
    assert ask([], "nothing").code == "unknown_purpose"
    assert ask([say("c", 1)], channel="").code == "unknown_channel"
    assert ask([say("c", 1)], more={"category": 3}).code == "malformed"
    assert ask([say("c", 1)], channel="fax", channels={"email"}).code == "unknown_channel"
    assert ask([say("c", 1)], channel="any", channels={"email"}).code == "not_covered"
    assert ask([say("c", 1)], more={"category": "shoe"}, categories={"email"}).code == "unknown_category"
    assert ask([say("c", 1)], more={"recipient": "x"}, recipients={"y"}).code == "unknown_recipient"
    assert ask([say("c", 1)], more={"jurisdiction": "ZZ"}, **under(law("duty", duty="smile"))).code == (
        "unknown_jurisdiction"
    )
    unsure = ask([say("c", 1)], situation=Situation(unverifiable=["gpc"]))
    assert why(unsure) == (False, "unverifiable_signal", ("rule:unverifiable_signal",))


def test_4_a_special_category_needs_a_condition_beside_the_basis():
    health = {"category": "health"}
    listed, explicit = say("c", 1, data_categories=["health"]), say("c", 1, special_categories=["health"])
    assert why(ask([listed], more=health)) == (False, "special_category", ("rule:special_category",))
    assert ask([explicit], more=health).granted
    entry: dict[str, Any] = {"purpose": "service", "basis": "contract", "categories": ["health"]}
    assert not ask([], "service", more=health, register=[RegisterEntry(**entry)]).granted
    held = RegisterEntry(**entry, special_condition="health_care")
    assert ask([], "service", more=health, register=[held]).granted
    claimed = RegisterEntry(**entry, special_condition="explicit_consent")
    assert not ask([], "service", more=health, register=[claimed]).granted
    row = law("special_category", categories=["health"])
    assert ask([explicit], more=health, **under(row)).because == ("rule:special_category", "law:row")
    both = under(row, law("special_condition", name="b", condition="explicit_consent"))
    assert ask([explicit], more=health, **both).granted


def test_5_a_childs_yes_needs_a_parent():
    young, rows = Situation(birth_date=date(2014, 6, 1)), under(law("child", age=13))
    assert why(ask([say("c", 1)], situation=young, **rows)) == (
        False, "child_without_parent", ("rule:child", "law:row"))  # fmt: skip
    assert ask([say("c", 1, expressed_by="parent")], situation=young, **rows).granted
    assert ask([], "service", situation=young, **rows).granted
    old = Situation(birth_date=date(2013, 1, 1), time_zone="UTC")  # thirteen on this very day
    assert ask([say("c", 1)], at=0.0, situation=old, **rows).code == "no_consent"
    assert ask([say("c", 1)], situation=old, **rows).granted
    assert ask([say("c", 1)], situation=young, **rows).changes_at is None, "it was none, and is none later"
    on_any = under(law("child", age=13, any_basis=True))
    answer = ask([say("c", 1)], "service", situation=young, **on_any)
    assert answer.changes_at == datetime(2027, 6, 1, 12, tzinfo=UTC)  # where they are is unknown
    nearer = under(law("child", age=13), law("child", place="EU", name="wide", age=16))
    assert ask([say("c", 1)], situation=old, **nearer).granted


def test_6_who_objected_to_marketing_gets_none_on_any_basis():
    never = say("never", 2, "refused", "right:objection_to_marketing", "any", identifiers=EMAIL)
    assert why(ask([say("c", 1), never])) == (False, "objected", ("never", "rule:objection_stands"))
    assert ask([never], "research").code == "objected"
    assert ask([never], "service").granted
    assert ask([never, say("c", 3, identifiers=EMAIL)]).granted
    assert ask([never, say("c", 3, identifiers=DEVICE)]).code == "objected"
    assert ask([never, say("c", 3, identifiers=EMAIL)], situation=Situation(known=False)).code == "objected"
    assert ask([never, say("c", 3, channel="sms", identifiers=EMAIL)]).code == "objected"
    back = say("back", 3, "given", "right:objection_to_marketing", "any")
    assert ask([say("c", 1), never, back]).granted
    assert not ask([say("c", 1), never, say("i", 3, "given", "right:objection_to_marketing", "any",
                                            expressed_by="controller")]).granted  # fmt: skip
    assert ask([say("no", 1, "refused", "research")], "research").because == ("no", "rule:objection_stands")


def test_7_an_opt_out_signal_beats_what_was_said_before_and_its_absence_lifts_nothing():
    signal = say("gpc", 2, "refused", "signal:opt_out", "any", identifiers=DEVICE, method="gpc")
    yes = say("c", 1, purpose="ads", channel="web", identifiers=EMAIL)
    assert why(ask([yes, signal], "ads", "web")) == (False, "opted_out", ("gpc", "rule:opted_out"))
    assert not ask([yes, signal, say("off", 3, "given", "signal:opt_out", "any")], "ads", "web").granted
    fresh = say("fresh", 4, purpose="ads", channel="web", identifiers=EMAIL)
    assert ask([yes, signal, fresh], "ads", "web").granted
    assert not ask([yes, signal, fresh], "ads", "web", situation=Situation(known=False)).granted
    setting = say("set", 4, purpose="ads", channel="web", identifiers=EMAIL, expressed_by="controller")
    assert not ask([yes, signal, setting], "ads", "web").granted
    assert ask([say("c", 1), signal]).granted
    assert ask([yes, signal], "ads", "web", **under(law("duty", duty="smile"))).granted
    row = law("opt_out", right="right:limit_sensitive", categories=["location"])
    limit = say("limit", 2, "refused", "right:limit_sensitive", "any")
    where = say("w", 1, data_categories=["location"])
    assert ask([where, limit], more={"category": "location"}, **under(row)).because == (
        "limit", "rule:opted_out", "law:row")  # fmt: skip
    assert ask([where, limit], **under(row)).code == "opted_out", "it comes down to nothing else"
    both = say("w", 1, data_categories=["location", "email"])
    assert [one.value for one in ask([both, limit], **under(row)).obligations] == ["email"]
    expected = {"newsletter": {"expected_service"}}
    assert ask([where, limit], more={"category": "location"}, kinds=expected, **under(row)).granted


def test_8_the_declared_basis_decides():
    entry = RegisterEntry(purpose="service", basis="contract", categories=["email"], recipients=["courier"])
    assert why(ask([], "service", register=[entry])) == (True, "basis_declared", ("rule:basis_contract",))
    assert ask([], "service", register=[]).code == "not_in_register"
    assert ask([], "service", register=[entry], more={"category": "email"}).granted
    assert ask([], "service", register=[entry], more={"category": "plan"}).code == "not_in_entry"
    assert ask([], "service", register=[entry], more={"recipient": "courier"}).granted
    assert ask([], "service", register=[entry], more={"recipient": "broker"}).code == "not_in_entry"
    assert ask([], "service", more={"recipient": "broker"}).code == "unknown_recipient"
    assert ask([], "service", more={"recipient": "host"}, processors={"host"}).granted
    told = RegisterEntry(purpose="service", basis="notice")
    assert ask([], "service", register=[told]).granted
    assert ask([say("no", 1, "refused", "service")], "service", register=[told]).code == "opted_out"
    bases = under(law("basis", basis="consent"))
    assert ask([], "service", **bases).code == "basis_not_recognized"
    assert ask([say("c", 1)], **bases).because == ("c", "rule:grant_in_force", "law:row")
    asking = under(law("consent_required", kinds=["direct_marketing"], channels=["email"]))
    assert ask([], "research", **asking).code == "no_consent"
    assert ask([], "research", "sms", **asking).granted
    assert ask([say("c", 1, purpose="research")], "research", **asking).basis == "consent"


def test_8_a_basis_is_not_swapped_after_a_withdrawal():
    said = [say("c", 1, purpose="service"), say("no", 2, "withdrawn", "service")]
    late = RegisterEntry(purpose="service", basis="contract", valid_from=hour(3))
    assert why(ask(said, "service", register=[late])) == (False, "basis_swapped", ("no", "rule:no_swap_of_basis"))
    always = RegisterEntry(purpose="service", basis="contract")
    assert ask(said, "service", register=[always]).granted
    assert ask([say("no", 2, "withdrawn", "service")], "service", register=[late]).granted
    ends = RegisterEntry(purpose="service", basis="contract", valid_to=hour(12))
    assert ask([], "service", register=[ends]).changes_at == hour(12)


def test_8_the_most_particular_entry_counts_then_the_latest():
    wide = RegisterEntry(purpose="service", basis="notice")
    mine = RegisterEntry(purpose="service", basis="contract", controller="K")
    here = RegisterEntry(purpose="service", basis="legal_obligation", jurisdiction="DE")
    newer = RegisterEntry(purpose="service", basis="vital_interests", valid_from=hour(1))
    asked = {"controller": "K", "jurisdiction": "DE"}
    assert ask([], "service", register=[wide, mine, here], more=asked).basis == "contract"
    assert ask([], "service", register=[wide, here], more=asked).basis == "legal_obligation"
    assert ask([], "service", register=[here, wide, newer]).basis == "vital_interests"
    assert ask([], "service", register=[wide, newer], at=0.5).basis == "notice"


def test_9_a_sale_carries_messages_about_the_same_until_the_person_opts_out():
    soft = law("soft_opt_in", kinds=["direct_marketing"], channels=["email"], relations=["purchase"], similar=True,
               offered=True, months=1)  # fmt: skip
    sold = Situation(sales=[Sale(at=hour(1), opt_out_offered=True)])
    assert why(ask([], situation=sold, **under(soft))) == (True, "soft_opt_in", ("rule:soft_opt_in", "law:row"))
    assert ask([], situation=sold, **under(soft)).changes_at == hour(1).replace(month=2)
    assert ask([], situation=sold, at=0.5, **under(soft)).changes_at == hour(1)
    for channel in ("sms", "any"):
        assert ask([], channel=channel, situation=sold, **under(soft)).code == "no_consent"
    assert ask([say("no", 2, "refused")], situation=sold, **under(soft)).code == "refused"
    assert not ask([], situation=sold, more={"recipient": "x"}, **under(soft)).granted
    assert not ask([], situation=sold, kinds={"newsletter": {"direct_marketing"}}, **under(soft)).granted
    for other in (Sale(at=hour(1)), Sale(at=hour(1), brand="kawa", opt_out_offered=True),
                  Sale(at=hour(1), relation="inquiry", opt_out_offered=True)):  # fmt: skip
        assert not ask([], situation=Situation(sales=[other]), **under(soft)).granted


def test_9_where_the_law_does_not_ask_for_an_offer_to_opt_out_none_is_needed():
    free = law("soft_opt_in", channels=["email"], relations=["purchase"])
    sold = Situation(sales=[Sale(at=hour(1))])
    answer = ask([], kinds={}, situation=sold, **under(free))
    assert (answer.code, answer.changes_at) == ("soft_opt_in", None)


def test_3_what_is_declared_is_not_unknown():
    yes = say("yes", 1, data_categories=["email"], recipients=["lab"])
    declared = {"categories": {"email"}, "recipients": {"lab"}, "channels": {"email"}}
    assert ask([yes], more={"category": "email", "recipient": "lab"}, **declared).granted
    for more, code in (({"category": "age"}, "unknown_category"), ({"recipient": "broker"}, "unknown_recipient")):
        assert why(ask([yes], more=more, **declared)) == (False, code, ("rule:default_deny",))
    assert why(ask([yes], channel="sms", **declared)) == (False, "unknown_channel", ("rule:default_deny",))


def test_an_instant_without_a_zone_is_refused_by_its_name():
    with pytest.raises(InvalidFactError) as refused:
        permission(Ledger(), Request("newsletter"), Policy(purposes=PURPOSES), at=datetime(2026, 1, 1))  # noqa: DTZ001  # that is what is tested
    assert refused.value.field == "at"


def test_4_a_register_cannot_declare_that_somebody_consented_explicitly():
    rows = under(law("special_category", name="s", categories=["health"]),
                 law("special_condition", name="c", conditions=["explicit_consent", "vital_interests"]))  # fmt: skip
    for condition, code in (("explicit_consent", "special_category"), ("vital_interests", "basis_declared")):
        entry = RegisterEntry(purpose="service", basis="contract", categories=["health"], special_condition=condition)
        assert ask([], "service", register=[entry], more={"category": "health"}, **rows).code == code


def test_4_a_condition_that_the_law_does_not_list_is_none():
    rows = [law("special_condition", name="c", condition="vital_interests")]
    entry = RegisterEntry(purpose="service", basis="contract", categories=["health"], special_condition="health_care")
    asked: dict[str, Any] = {"register": [entry], "more": {"category": "health"}, "jurisdiction": "DE"}
    assert ask([], "service", law=LawBook(rows), **asked).code == "special_category"
    assert ask([], "service", **asked).granted


def test_5_a_childs_answer_turns_on_the_birthday_that_its_row_names():
    child = Situation(birth_date=date(2013, 5, 1), time_zone="UTC")
    both = law("child", age=16, own_from=13, any_basis=True)
    at_16 = datetime(2029, 5, 1, tzinfo=UTC)
    found = ask([], "service", situation=child, **under(both))
    assert (found.code, found.changes_at) == ("child_without_parent", at_16)


def test_a_ledger_that_is_not_proven_to_be_one_persons_answers_part_by_part():
    other = [Identifier("email", "b@example.com")]
    said = [say("no", 1, "refused", identifiers=EMAIL), say("yes", 2, identifiers=other)]
    asked: dict[str, Any] = {"at": hour(9)}
    rules, request = Policy(purposes=PURPOSES), Request("newsletter", "email")
    assert permission(Ledger(said), request, rules, **asked).granted
    assert permission(Ledger(said, proven=False), request, rules, **asked).code == "refused"
    assert permission(Ledger(said), request, rules, proven=False, **asked).code == "refused"
    silent = permission(Ledger(said, proven=False), Request("ads", "email"), rules, **asked)
    assert silent.because == ("rule:default_deny",)  # it rests on no statement, so on no link


@pytest.mark.parametrize("kind", ["sale", "share", "targeted_advertising"])
def test_7_without_any_law_an_opt_out_stops_sale_sharing_and_targeting(kind):
    said = [say("yes", 1, purpose="ads"), say("out", 2, "refused", "signal:opt_out", "any", method="gpc")]
    device = Situation(known=False)
    found = ask(said, "ads", kinds={"ads": {kind}}, situation=device)
    assert why(found) == (False, "opted_out", ("out", "rule:opted_out"))
    assert ask(said, "ads", kinds={"ads": {"direct_marketing"}}, situation=device).granted


def test_10_duties_come_along_with_a_yes():
    call = {"kinds": ["direct_marketing"], "channels": ["phone"]}
    rows = [law("quiet_hours", name="q", weekday=["08:00-21:00"], weekend=["10:00-18:00"], **call),
            law("frequency_cap", name="f", most=2, hours=24, **call), law("do_not_call", name="n", list="L", **call),
            law("duty", name="d", duty="identify_sender", value="name", **call)]  # fmt: skip
    rules, yes = under(*rows), say("c", 1, channel="phone")
    berlin = Situation(time_zone="Europe/Berlin")
    at = {"at": 22.0}  # Thursday the first of January, 23:00 in Berlin
    found = ask([yes], channel="phone", situation=berlin, **at, **rules).obligations
    assert found == (
        Obligation("identify_sender", "name", None, "law:d"),
        Obligation("quiet_hours", "until", datetime(2026, 1, 2, 7, tzinfo=UTC), "law:q"),
        Obligation("frequency_cap", "2 in 24 h", None, "law:f"),
    )
    day = ask([yes], channel="phone", at=12, situation=berlin, **rules).obligations
    assert [one.kind for one in day] == ["identify_sender", "frequency_cap"]
    friday_night = ask([yes], channel="phone", at=45, situation=berlin, **rules).obligations[1]
    assert friday_night.until == datetime(2026, 1, 3, 9, tzinfo=UTC)  # Saturday from ten
    nowhere = ask([yes], channel="phone", at=12, situation=Situation(time_zone="Mars/Base"), **rules).obligations
    assert nowhere[1] == Obligation("quiet_hours", "zone_unknown", None, "law:q")
    met = Situation(time_zone="UTC", contacts=[hour(-20), hour(1), hour(5)])
    capped = ask([yes], channel="phone", at=10, situation=met, **rules).obligations[-1]
    assert capped.until == hour(25)
    assert ask([], channel="phone", **rules).obligations == ()
    listed = Situation(do_not_call=True)
    assert why(ask([], "research", "phone", situation=listed, **rules)) == (
        False, "do_not_call", ("rule:do_not_call", "law:n"))  # fmt: skip
    assert ask([yes], channel="phone", situation=listed, **rules).granted
    no = say("no", 2, "refused", channel="phone")
    assert ask([yes, no], channel="phone", situation=listed, **rules).code == "refused"
    free = ask([], "research", "phone", at=12, situation=berlin, **rules).obligations
    assert Obligation("check_do_not_call", "L", None, "law:n") in free


def test_10_a_yes_says_which_data_it_is_about():
    listed = ask([say("c", 1, data_categories=["email", "age"])]).obligations
    assert listed == (Obligation("only_category", "age", None, "c"), Obligation("only_category", "email", None, "c"))
    assert ask([say("c", 1, data_categories=["email"])], more={"category": "email"}).obligations == ()
    assert ask([say("c", 1)]).obligations == ()
    entry = RegisterEntry(purpose="service", basis="contract", categories=["email"])
    assert ask([], "service", register=[entry]).obligations == (
        Obligation("only_category", "email", None, "rule:register"),
    )


# --- scopes and notices -----------------------------------------------------------------------------------------------


def test_a_grant_covers_exactly_the_categories_recipients_controllers_and_places_it_lists():
    yes = say("c", 1, data_categories=["email"], recipients=["lab"], controller="K", joint_controllers=["J"],
              jurisdiction="DE")  # fmt: skip
    for more, granted in [
        ({"category": "email"}, True), ({"category": "age"}, False), ({"recipient": "lab"}, True),
        ({"recipient": "x"}, False), ({"controller": "K"}, True), ({"controller": "J"}, True),
        ({"controller": "X"}, False), ({"jurisdiction": "DE"}, True), ({"jurisdiction": "DE-BY"}, True),
        ({"jurisdiction": "EU"}, False), ({"jurisdiction": "FR"}, False),
    ]:  # fmt: skip
        assert ask([yes], more=more).granted is granted, more
    assert ask([say("c", 1)], more={"category": "email"}).code == "not_covered"
    assert ask([say("c", 1)], more={"controller": "K"}).code == "not_covered"
    assert ask([say("c", 1)], more={"controller": "K"}, controller="K").granted
    assert ask([say("c", 1)], more={"jurisdiction": "DE"}, jurisdiction="DE").granted


def test_a_refusal_of_a_part_is_one_of_the_whole_and_of_that_part_only():
    yes = say("c", 1, data_categories=["email", "age"], recipients=["lab"])
    no_age = say("no", 2, "refused", data_categories=["age"])
    assert ask([yes, no_age], more={"category": "email"}).granted
    assert not ask([yes, no_age], more={"category": "age"}).granted
    assert not ask([yes, no_age]).granted
    assert ask([yes, no_age, say("c2", 3, data_categories=["email", "age"])]).granted
    assert not ask([yes, no_age, say("c2", 3, data_categories=["email"])]).granted
    no_lab = say("no", 2, "refused", recipients=["lab"])
    assert ask([yes, no_lab]).granted
    assert not ask([yes, no_lab], more={"recipient": "lab"}).granted


def test_a_grant_covers_no_more_than_its_notice_and_a_changed_notice_is_not_covered():
    first = Notice(id="n", version="1", purposes={"newsletter"}, channels={"email"}, categories={"email"},
                   sha256=text_sha256("one"), controller="K", jurisdictions={"DE"})  # fmt: skip
    second = Notice(id="n", version="2", purposes={"newsletter", "ads"}, categories={"email"}, recipients={"lab"})
    notices = NoticeRegistry([first, second])
    yes = say("c", 1, channel="any", notice_id="n", notice_version="1")
    kept = {"notices": notices}
    assert ask([yes], **kept).granted
    assert ask([yes], channel="sms", **kept).code == "not_covered"
    assert ask([yes], more={"category": "email"}, **kept).granted
    assert ask([yes], more={"category": "age"}, **kept).code == "not_covered"
    assert ask([yes], more={"recipient": "lab"}, **kept).code == "not_covered"
    assert ask([yes], more={"controller": "K"}, **kept).granted
    assert ask([say("c", 1, notice_id="n", notice_version="2")], more={"recipient": "lab"}, **kept).granted
    assert not ask([say("c", 1, notice_id="n", notice_version="3")], **kept).granted
    assert not ask([say("c", 1, purpose="ads", notice_id="n", notice_version="1")], "ads", **kept).granted
    wrong = say("c", 1, notice_id="n", notice_version="1", notice_sha256=text_sha256("two"))
    assert not ask([wrong], **kept).granted
    place = say("c", 1, notice_id="n", notice_version="1", jurisdiction="EU")
    assert ask([place], more={"jurisdiction": "DE"}, **kept).granted
    assert not ask([place], more={"jurisdiction": "FR"}, **kept).granted
    assert second.materially_differs(first) == ("purposes", "recipients", "controller")
    assert NoticeRegistry.from_json(notices.to_json()) == notices
    assert notices["n", "1"] is first
    with pytest.raises(InvalidRulesError):
        notices.plus(Notice(id="n", version="1", purposes={"ads"}))
    with pytest.raises(UnknownNameError):
        notices["n", "9"]


def test_clocks_that_may_differ_lift_nothing_within_the_tolerance():
    said = [say("no", 1, "refused"), say("yes", 1.5)]
    assert ask(said).granted
    assert not ask(said, tolerance=timedelta(minutes=30)).granted
    assert ask(said, tolerance=timedelta(minutes=29)).granted


def test_an_invalidation_without_a_notice_strikes_every_notice_in_use():
    used = say("used", 1, notice_id="n", notice_version="1")
    void = say("void", 2, "invalidated")
    assert not ask([used, void, say("again", 3, notice_id="n", notice_version="1")]).granted
    assert not ask([used, void, say("bare", 3)]).granted
    assert ask([used, void, say("new", 3, notice_id="n", notice_version="2")]).granted


def test_a_policy_goes_through_json_unchanged_and_refuses_strangers():
    full = Policy(
        purposes=PURPOSES, kinds=KINDS, double_opt_in={"newsletter"}, law=LawBook.default().only("DE"),
        register=[RegisterEntry(purpose="service", basis="contract", valid_to=hour(5))],
        notices=NoticeRegistry([Notice(id="n", version="1", purposes={"ads"}, published_at=hour(0))]),
        jurisdiction="DE", controller="K", recipients={"lab"}, processors={"host"}, tolerance=timedelta(seconds=2),
    )  # fmt: skip
    again = Policy.from_json(full.to_json())
    assert (again.to_json(), again.fingerprint) == (full.to_json(), full.fingerprint)
    assert Policy(purposes=PURPOSES).fingerprint != full.fingerprint
    for wrong in ({"kinds": {"nothing": {"sale"}}}, {"double_opt_in": {"nothing"}}, {"rights": "never"},
                  {"kinds": {"ads": "sale"}}, {"register": [RegisterEntry(purpose="x", basis="contract")]}):  # fmt: skip
        with pytest.raises(InvalidRulesError):
            Policy(purposes=PURPOSES, **wrong)
    with pytest.raises(InvalidRulesError):
        RegisterEntry(purpose="ads", basis="vibes")
    with pytest.raises(InvalidRulesError):
        Policy.from_json({})


def test_codes_are_listed_once():
    assert len(CODES) == len(set(CODES))


def test_of_a_part_of_a_place_that_was_refused_only_that_place_lifts_and_only_with_what_was_refused():
    """A grant that named no data once lifted, for a wider place, a refusal of some."""
    no = say("no", 1, "refused", jurisdiction="US-CA", data_categories=["email"])
    wide = say("wide", 3, jurisdiction="US", data_categories=["email"])
    bare, exact = say("bare", 2, jurisdiction="US-CA"), say("exact", 2, jurisdiction="US-CA", data_categories=["email"])
    asked = {"jurisdiction": "US"}
    assert ask([wide], more=asked).granted
    assert not ask([no, wide], more=asked).granted
    assert not ask([no, wide, bare], more=asked).granted
    assert ask([no, wide, exact], more=asked).granted
