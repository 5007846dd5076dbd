"""More ways in which a no was got around: copied withdrawals, clocks, names in many spellings, nameless notices."""

from datetime import date
from typing import Any

import attrs
import pytest
from tests.consent.said import HOUR, hour, say
from tests.consent.test_attacks import ONE, ask

from unified_profile.consent import (
    Law,
    LawBook,
    Ledger,
    Notice,
    NoticeRegistry,
    Policy,
    PurposeRegistry,
    RegisterEntry,
    Request,
    Situation,
    permission,
)
from unified_profile.consent.scopes import OBJECTION, OPT_OUT, RESTRICTION
from unified_profile.errors import InvalidRulesError
from unified_profile.model import Identifier, Purpose

# --- a withdrawal is no narrower than what it takes back ---


@pytest.mark.parametrize("state", ["withdrawn", "revoked"])
def test_a_withdrawal_that_names_everyone_the_grant_named_takes_the_whole_grant_back(state):
    """Copied from the grant, as forms do, it denied the recipients alone, and the house went on."""
    yes = say("yes", 1, recipients=["Partner", "lab"])
    for named in (["Partner", "lab"], ["lab", "partner "], ["lab", "partner", "third"]):
        no = say("no", 2, state, recipients=named)
        assert not ask([yes, no], "newsletter").granted, named
        assert not ask([yes, no], "newsletter", more={"recipient": "lab"}).granted
    assert ask([yes, say("no", 2, state, recipients=["lab"])], "newsletter").granted is True
    assert not ask([yes, say("no", 2, state, recipients=["lab"])], "newsletter", more={"recipient": "lab"}).granted
    wide = say("no", 2, state, "marketing", "any", recipients=["partner", "lab"])
    assert not ask([yes, wide], "newsletter").granted
    again = say("again", 3)
    assert ask([yes, say("no", 2, state, recipients=["partner", "lab"]), again], "newsletter").granted
    other = say("other", 1.5, data_categories=["city"])
    assert not ask([other, yes, say("no", 2, state, recipients=["partner", "lab"])], "newsletter").granted


def test_an_invalidation_strikes_the_consent_whomever_it_names():
    yes, void = say("yes", 1, recipients=["partner"]), say("void", 2, "invalidated", recipients=["lab"])
    assert not ask([yes, void], "newsletter").granted
    assert ask([yes, void], "newsletter", more={"recipient": "partner"}).granted
    assert not ask([void, say("again", 3)], "newsletter").granted
    assert ask([void, say("again", 3, notice_id="new")], "newsletter").granted


def test_not_to_them_is_no_withdrawal_of_what_was_never_passed_to_anybody():
    no = say("no", 2, "refused", recipients=["partner"])
    for state in ("refused", "withdrawn"):
        assert ask([say("yes", 1), say("no", 2, state, recipients=["partner"])], "newsletter").granted
    assert ask([say("yes", 1, recipients=["partner"]), no], "newsletter").granted, "refused is a no to those it names"
    assert not ask([say("yes", 1, recipients=["partner"]), no], "newsletter", more={"recipient": "partner"}).granted
    assert ask([say("yes", 1), no, say("shared", 3, recipients=["partner"])], "newsletter").granted
    assert ask([no], "research").granted, "a legitimate interest, in the house"


def test_a_withdrawal_by_name_takes_back_what_the_notice_let_out():
    kept = {"notices": NoticeRegistry([Notice(id="n", version="1", purposes={"newsletter"}, recipients={"Lab"})])}
    yes = say("yes", 1, notice_id="n", notice_version="1")
    assert ask([yes], "newsletter", more={"recipient": "lab"}, **kept).granted
    assert not ask([yes, say("no", 2, "withdrawn", recipients=["LAB"])], "newsletter", **kept).granted


def test_of_joint_controllers_each_can_be_told_the_withdrawal():
    """GDPR 26(3): it was told one of them, and the other went on."""
    yes = say("yes", 1, controller="K", joint_controllers=["L"])
    for told in ("K", "L", "k ", "Ｌ"):
        no = say("no", 2, "withdrawn", controller=told)
        for asked in ("K", "L", ""):
            assert not ask([yes, no], "newsletter", more={"controller": asked}).granted, (told, asked)
    assert ask([yes, say("no", 2, "withdrawn", controller="M")], "newsletter", more={"controller": "L"}).granted


def test_a_signal_or_an_objection_that_lists_recipients_is_no_narrower_for_the_house():
    for right, kind in ((OPT_OUT, "sale"), (OBJECTION, "direct_marketing")):
        no = say("no", 2, "refused", right, "any", recipients=["broker"])
        assert not ask([say("yes", 1, purpose="ads"), no], "ads", kinds={"ads": {kind}}).granted


# --- clocks ---


def test_a_grant_by_a_clock_that_is_ahead_does_not_outlive_a_later_withdrawal():
    """Dated next year and heard today, it came into force next year over tomorrow's withdrawal."""
    ahead = say("yes", 9, recorded_at=hour(1))
    for no in (
        say("no", 2, "withdrawn"), say("no", 2, "withdrawn", channel="any"), say("no", 2, "refused", "marketing"),
        say("no", 3, "refused", recorded_at=hour(2)),
    ):  # fmt: skip
        assert not ask([ahead, no], "newsletter", at=10).granted, no.purpose
        assert not ask([say("old", 0.5), ahead, no], "newsletter", at=10).granted
    both = [say("no", 8, "refused", recorded_at=hour(1)), say("yes", 9, recorded_at=hour(2))]
    assert ask(both, "newsletter", at=10).granted, "one clock, ahead all the time: the order is clear"
    older = say("real", 3, "refused")
    assert not ask([*both, older], "newsletter", at=10).granted, "and what was refused since is not forgotten"
    signal = say("s", 2, "refused", OPT_OUT, "any", identifiers=ONE)
    yes = say("yes", 9, purpose="ads", recorded_at=hour(1), identifiers=ONE)
    assert not ask([signal, yes], "ads", at=10, kinds={"ads": {"sale"}}).granted
    stop, go = say("s", 2, "refused", RESTRICTION, "any"), say("g", 9, "given", RESTRICTION, "any", recorded_at=hour(1))
    assert not ask([stop, go], at=10).granted


def test_a_confirmation_counts_from_when_the_request_was_heard():
    pending = say("ask", 8, evidence_ref="t", recorded_at=hour(1))
    done = say("ok", 9, method="confirmation", evidence_ref="t")
    found = ask([pending, say("no", 2, "refused", channel="any"), done], "newsletter", at=10,
                double_opt_in={"newsletter"})  # fmt: skip
    assert not found.granted


# --- confirmations ---


def test_nothing_confirms_a_request_without_a_token():
    """Two records without a token had the same one: none."""
    doi = {"double_opt_in": {"newsletter"}}
    assert not ask([say("ask", 1), say("ok", 2, method="confirmation")], "newsletter", **doi).granted
    assert ask([say("a", 1, evidence_ref="t"), say("ok", 2, method="Confirmation ", evidence_ref="t")],
               "newsletter", **doi).granted  # fmt: skip


# --- taking back rights ---


@pytest.mark.parametrize("right", [RESTRICTION, OBJECTION])
def test_who_takes_a_right_back_in_part_keeps_the_rest(right):
    """A restriction of everything was lifted by one that named a category, a controller, a place, or an hour."""
    kinds = {"research": {"direct_marketing"}}
    no = say("no", 1, "refused", right, "any")
    asked = {"controller": "K", "jurisdiction": "DE"}
    for part in (
        {"data_categories": ["email"]}, {"controller": "L"}, {"jurisdiction": "FR"}, {"recipients": ["lab"]},
        {"duration": HOUR}, {"optional_categories": ["email"]}, {"jurisdiction": "DE-BY"},
    ):  # fmt: skip
        assert not ask([no, say("back", 2, "given", right, "any", **part)], more=asked, kinds=kinds).granted, part
        assert not ask([no, say("back", 2, "given", right, "any", **part)], kinds=kinds).granted, part
    for whole in ({}, {"controller": "K"}, {"jurisdiction": "EU"}, {"duration": 9 * HOUR}):
        assert ask([no, say("back", 2, "given", right, "any", **whole)], more=asked, kinds=kinds).granted, whole
    narrow = say("no", 1, "refused", right, "any", data_categories=["email"])
    assert ask([narrow, say("back", 2, "given", right, "any", data_categories=["email", "city"])], kinds=kinds).granted


# --- names in many spellings ---


@pytest.mark.parametrize("name", ["Partner-A", "partner-a", " PARTNER-A", "ｐａｒｔｎｅｒ-a"])
@pytest.mark.parametrize("part", ["recipients", "data_categories", "controller"])
def test_a_refusal_that_names_somebody_in_another_spelling_counts(part, name):
    """Each of these names was another one."""
    asked = {"recipients": "recipient", "data_categories": "category", "controller": "controller"}[part]
    listed: dict[str, Any] = {part: name if part == "controller" else [name]}
    entry = RegisterEntry(purpose="research", basis="legitimate_interests", recipients={"PARTNER-A"},
                          categories={"Partner-A"})  # fmt: skip
    for said in ("Partner-A", "partner-a ", "PARTNER-A"):
        no = say("no", 1, "refused", "research", **listed)
        assert not ask([no], more={asked: said}, register=[entry]).granted
        assert ask([], more={asked: said}, register=[entry]).granted
        other: dict[str, Any] = {part: said if part == "controller" else [said]}
        yes = say("yes", 1, **listed)
        assert ask([yes], "newsletter", more={asked: said}).granted
        assert not ask([yes, say("no", 2, "withdrawn", **other)], "newsletter", more={asked: name}).granted


@pytest.mark.parametrize("name", ["https://w3id.org/dpv#Marketing", "http://w3id.org/dpv#marketing/", "DPV:Marketing"])
def test_a_term_of_dpv_is_one_with_its_prefix_and_by_its_address(name):
    purposes = PurposeRegistry([Purpose("dpv:Marketing", basis="legitimate_interests")])

    def asked(said):
        return permission(Ledger(said), Request("dpv:Marketing", "email"), Policy(purposes=purposes), at=hour(9))

    assert not asked([say("no", 1, "refused", name)]).granted
    assert asked([say("no", 1, "refused", "dpv:Other")]).granted
    with_slash = say("no", 1, "refused", "research", recipients=["https://partner.example/"])
    entry = RegisterEntry(purpose="research", basis="legitimate_interests", recipients={"https://partner.example"})
    assert not ask([with_slash], more={"recipient": "https://partner.example"}, register=[entry]).granted


@pytest.mark.parametrize("name", ["Health", "HEALTH", " health ", "dpv-pd:Health", "https://w3id.org/dpv/pd#Health",
                                  "Sexual Orientation", "sexual-orientation", "SexualOrientation"])  # fmt: skip
def test_a_special_category_is_special_in_every_spelling(name):
    """``Health`` was no special category."""
    assert ask([], more={"category": name}).code == "special_category"
    row = Law(id="special", jurisdiction="DE", kind="special_category", valid_from=date(2020, 1, 1), citation="A row",
              params={"categories": ["health", "sexual_orientation"]})  # fmt: skip
    found = ask([say("yes", 1, data_categories=[name])], "newsletter", more={"category": name, "jurisdiction": "DE"},
                law=LawBook([row]), rights="by_law")  # fmt: skip
    assert found.code == "special_category"


@pytest.mark.parametrize("method", ["Import", "IMPORT", "csv_import", "Third Party", "third-party", "backfilled",
                                    "data migration", "inferred by model"])  # fmt: skip
def test_what_others_report_lifts_no_refusal_in_whatever_words(method):
    """``Import`` was the person's own word."""
    said = [say("no", 1, "withdrawn"), say("yes", 2, method=method)]
    assert not ask(said, "newsletter").granted
    assert ask([said[0], say("yes", 2, method="an important form")], "newsletter").granted


@pytest.mark.parametrize(("said", "asked"), [
    ("UK", "GB"), ("gb", "UK"), ("de_BY", "DE-BY"), ("EL", "GR"), ("UK-ENG", "GB-ENG"), ("Germany", "DE"),
    ("everywhere", "US-CA"), ("DEU", "DE"),
])  # fmt: skip
def test_a_place_in_another_spelling_refuses_there_and_one_that_is_no_place_everywhere(said, asked):
    assert not ask([say("no", 1, "refused", "research", jurisdiction=said)], more={"jurisdiction": asked}).granted
    assert ask([say("no", 1, "refused", "research", jurisdiction="FR")], more={"jurisdiction": asked}).granted


def test_an_entry_of_the_register_is_found_in_every_spelling_of_its_place_and_controller():
    """Else the general entry would allow what the particular one does not."""
    entries = [
        RegisterEntry(purpose="research", basis="contract"),
        RegisterEntry(purpose="research", basis="consent", jurisdiction="de"),
        RegisterEntry(purpose="research", basis="consent", controller="Acme"),
    ]
    for more in ({"jurisdiction": "DE"}, {"jurisdiction": " De "}, {"controller": "ACME"}, {"controller": "acme "}):
        assert ask([], more=more, register=entries).code == "no_consent", more


def test_what_a_purpose_does_is_spelled_as_rules_spell_it():
    """``direct-marketing`` was nothing that anybody could object to."""
    for kinds in ({"ads": {"direct-marketing"}}, {"ads": {"marketing"}}):
        with pytest.raises(InvalidRulesError, match="kinds"):
            ask([], "ads", kinds=kinds)


# --- notices ---


def test_after_an_invalidation_a_grant_that_names_no_notice_grants_nothing():
    void = say("void", 2, "invalidated", notice_id="n", notice_version="1", expressed_by="authority")
    assert not ask([void, say("yes", 3)], "newsletter").granted
    assert not ask([void, say("yes", 3, notice_id="N ", notice_version="1")], "newsletter").granted
    assert ask([void, say("yes", 3, notice_id="n", notice_version="2")], "newsletter").granted


def test_an_invalidated_notice_without_a_version_is_struck_in_every_version_in_use():
    void = say("void", 2, "invalidated", notice_id="n", expressed_by="authority")
    old = say("old", 1, notice_id="n", notice_version="1")
    assert not ask([old, void, say("yes", 3, notice_id="n", notice_version="1")], "newsletter").granted
    assert ask([old, void, say("yes", 3, notice_id="n", notice_version="2")], "newsletter").granted
    assert ask([old, void, say("yes", 3, notice_id="m", notice_version="1")], "newsletter").granted


def test_a_notice_that_was_shown_to_others_before_was_in_use():
    """To this person it was new."""
    shown = Notice(id="n", version="1", purposes={"newsletter"}, published_at=hour(0))
    later = Notice(id="n", version="2", purposes={"newsletter"}, published_at=hour(2.5))
    kept = {"notices": NoticeRegistry([shown, later])}
    void = say("void", 2, "invalidated", expressed_by="authority")
    assert not ask([void, say("yes", 3, notice_id="n", notice_version="1")], "newsletter", **kept).granted
    assert ask([void, say("yes", 3, notice_id="n", notice_version="2")], "newsletter", **kept).granted
    at_once = attrs.evolve(void, occurred_at=hour(2.5))
    assert not ask([at_once, say("yes", 3, notice_id="n", notice_version="2")], "newsletter", **kept).granted


# --- who speaks, and for how long ---


def test_what_others_report_makes_no_longer_what_somebody_said_for_so_long():
    """A yes for one day was made one for ever by an import on that day."""
    said = [say("yes", 1, duration=2 * HOUR), say("told", 2, method="import")]
    assert ask(said, "newsletter", at=2.5).granted
    assert not ask(said, "newsletter", at=3).granted
    assert ask([said[1], say("more", 3, method="import", duration=HOUR)], "newsletter", at=3.5).granted


def test_where_the_law_asks_for_consent_a_child_cannot_give_it_whatever_basis_was_declared():
    """The rule of age looked at the declared basis, and the law had replaced that one."""
    rows = [
        Law(id="first", jurisdiction="DE", kind="consent_required", valid_from=date(2020, 1, 1), citation="A row"),
        Law(id="age", jurisdiction="DE", kind="child", valid_from=date(2020, 1, 1), citation="A row",
            params={"age": 16}),
    ]  # fmt: skip
    under = {"law": LawBook(rows), "jurisdiction": "DE", "situation": Situation(birth_date=date(2015, 1, 1))}
    own = say("yes", 1, purpose="research")
    assert ask([own], **under).code == "child_without_parent"
    assert ask([attrs.evolve(own, expressed_by="parent")], **under).granted


def test_a_device_of_a_namespace_of_your_own_is_no_person():
    """A banner on a device lifted the opt-out of whoever used it."""

    def of(name):
        return [Identifier(name, "x")]

    signal = say("s", 1, "refused", OPT_OUT, "any", identifiers=of("tv_id"))
    banner = say("yes", 2, purpose="ads", identifiers=of("tv_id"))
    under = {"kinds": {"ads": {"sale"}}, "devices": {"tv_id", "cookie"}}
    assert ask([signal, banner], "ads", **under).code == "opted_out"
    assert ask([signal, attrs.evolve(banner, identifiers=of("email"))], "ads", **under).granted
    policy = Policy(purposes=[Purpose("ads")], devices={"tv_id"})
    assert Policy.from_json(policy.to_json()).devices == {"tv_id"}
    assert Policy.from_json(policy.to_json()).fingerprint == policy.fingerprint


# --- one id, two statements ---


def test_two_statements_with_one_id_both_count():
    """ISO/IEC TS 27560 has one record id for all events of a consent: the first of them won."""
    yes, no = say("c", 1), say("c", 2, "withdrawn")
    assert not ask([yes, no], "newsletter").granted
    assert not ask([no, yes], "newsletter").granted
    assert len(Ledger([yes, yes])) == 1
    assert len(Ledger([yes, no])) == 2


# --- duties that say more than the answer ---


def test_a_duty_names_no_category_that_is_denied_by_itself():
    """The answer to the whole named health among what may be used, and denied it when asked."""
    yes = say("yes", 1, data_categories=["email", "health"])
    assert [one.value for one in ask([yes], "newsletter").obligations] == ["email"]
    assert ask([say("yes", 1, data_categories=["health"])], "newsletter").code == "special_category"
    explicit = say("yes", 1, data_categories=["email"], special_categories=["health"])
    assert [one.value for one in ask([explicit], "newsletter").obligations] == ["email", "health"]
    entry = RegisterEntry(purpose="research", basis="contract", categories={"email", "health"})
    assert [one.value for one in ask([], register=[entry]).obligations] == ["email"]
    assert ask([], register=[RegisterEntry(purpose="research", basis="contract", categories={"health"})]).code == (
        "special_category"
    )
