"""Ways in which a no was got around, or could be: odd spellings, notices that nobody saw, clocks, zones, guesses."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs
import pytest
from tests.consent.said import HOUR, hour, say

from unified_profile.consent import (
    Law,
    LawBook,
    Ledger,
    Notice,
    NoticeRegistry,
    Policy,
    PurposeRegistry,
    Request,
    Sale,
    Situation,
    permission,
)
from unified_profile.consent.columnar import ConsentColumns
from unified_profile.consent.scopes import OPT_OUT, RESTRICTION
from unified_profile.model import Identifier, Purpose

PURPOSES = PurposeRegistry(
    [Purpose("marketing"), Purpose("newsletter"), Purpose("ads"), Purpose("research", basis="legitimate_interests")],
    parents={"newsletter": "marketing"},
)
ONE, OTHER = [Identifier("email", "a@example.com")], [Identifier("email", "b@example.com")]


def ask(said, purpose="research", channel="email", at=9.0, situation=None, more=None, *, proven=True, **rules):
    """Ask one by one and as columns; both must agree."""
    policy, request = Policy(purposes=PURPOSES, **rules), Request(purpose, channel, **(more or {}))
    situation = situation or Situation()
    found = permission(Ledger(said, proven=proven), request, policy, situation=situation, at=hour(at))
    columns = ConsentColumns([Ledger(said, proven=proven)])
    assert columns.granted(request, policy, at=hour(at), situations={0: situation}).tolist() == [found.granted]
    if situation == Situation():
        assert columns.granted(request, policy, at=hour(at)).tolist() == [found.granted]
    return found


@pytest.mark.parametrize("channel", ["E-Mail", "EMAIL", " email ", "ｅｍａｉｌ", "any", "Any"])
def test_a_question_in_another_spelling_does_not_slip_by_a_refusal(channel):
    """A legitimate interest that somebody had objected to by e-mail was granted for ``E-Mail``."""
    assert ask([say("no", 1, "refused", "research")], channel=channel).code == "objected"
    assert ask([say("no", 1, "refused", "research", channel)]).code == "objected"
    assert ask([], channel="E-Mail").granted


def test_a_brand_and_a_place_are_one_in_every_spelling():
    no = say("no", 1, "refused", "research", brand="ＫＡＷＡ", jurisdiction="de")
    for brand, place in (("kawa", "DE"), ("Kawa", "de-BY"), (" KAWA", " DE ")):
        assert ask([no], more={"brand": brand, "jurisdiction": place}).code == "objected"
    assert ask([no], more={"brand": "hoshi", "jurisdiction": "DE"}).granted


@pytest.mark.parametrize("purpose", ["Newsletter", " news letter", "ＮＥＷＳＬＥＴＴＥＲ", "Marketing"])
def test_a_refusal_counts_in_every_spelling_of_its_purpose_and_a_grant_in_its_own_only(purpose):
    yes = say("yes", 1)
    found = ask([yes, say("no", 2, "withdrawn", purpose)], "newsletter")
    assert found.granted is (purpose == " news letter")  # two words are another name
    assert ask([say("yes", 1, purpose=purpose)], "newsletter").granted is False
    assert not ask([yes, say("no", 2, "refused", "Signal:Opt_Out", "any")], "newsletter",
                   kinds={"newsletter": {"sale"}}, situation=Situation(known=False)).granted  # fmt: skip


def test_a_part_that_was_refused_in_another_spelling_is_lifted_by_its_own_name_only():
    no = say("no", 1, "refused", "NEWSLETTER")
    later = say("yes", 2, purpose="marketing")
    assert not ask([no, later], "marketing").granted
    assert ask([no, later, say("part", 3)], "marketing").granted


@pytest.mark.parametrize("part", ["channel", "brand", "controller", "jurisdiction", "category", "recipient"])
@pytest.mark.parametrize("odd", [" ", "\t", "em\u200bail", "a\nb", "\x00", 7, None])
def test_what_is_no_name_is_denied_on_every_basis(part, odd):
    said = [say("yes", 1, purpose="research")]
    more = {} if part == "channel" else {part: odd}
    found = ask(said, channel=odd if part == "channel" else "email", more=more)
    assert (found.granted, found.code) == (False, "unknown_channel" if odd in {7, None} and part in {
        "channel", "brand"} else "malformed")  # fmt: skip


def test_a_channel_that_is_no_name_refuses_everywhere_and_grants_nowhere():
    assert ask([say("no", 1, "refused", "research", " ")]).code == "objected"
    assert not ask([say("yes", 1, channel=" ")], "newsletter").granted


NOTICE = Notice(id="n", version="1", purposes={"newsletter"}, channels={"email"}, categories={"email", "city"},
                recipients={"lab"}, controller="K")  # fmt: skip


def test_a_record_cannot_claim_more_than_the_notice_that_was_shown():
    """It once did: what the record listed replaced what its notice listed."""
    kept = {"notices": NoticeRegistry([NOTICE])}

    def under(**more):
        return [say("c", 1, notice_id="n", notice_version="1", **more)]

    wide = under(data_categories=["city", "health"], special_categories=["health"], recipients=["lab", "broker"])
    for asked, granted in [
        ({"category": "city"}, True), ({"category": "health"}, False), ({"category": "email"}, False),
        ({"recipient": "lab"}, True), ({"recipient": "broker"}, False),
    ]:  # fmt: skip
        assert ask(wide, "newsletter", more=asked, **kept).granted is granted, asked
    assert [one.value for one in ask(wide, "newsletter", **kept).obligations] == ["city"]
    assert not ask(under(data_categories=["health"]), "newsletter", **kept).granted, "nobody was shown any of it"
    assert not ask(under(channel="sms"), "newsletter", "sms", **kept).granted
    assert ask(under(controller="K"), "newsletter", more={"controller": "K"}, **kept).granted
    assert not ask(under(controller="L"), "newsletter", more={"controller": "L"}, **kept).granted
    assert ask(under(joint_controllers=["L"]), "newsletter", more={"controller": "L"}, **kept).granted


def test_the_hash_of_the_notice_that_was_shown_is_compared():
    kept = {"notices": NoticeRegistry([Notice(id="n", version="1", purposes={"newsletter"}, sha256="ab" * 32)])}
    for sha, granted in (("ab" * 32, True), ("cd" * 32, False), ("", True)):
        said = [say("c", 1, notice_id="n", notice_version="1", notice_sha256=sha)]
        assert ask(said, "newsletter", **kept).granted is granted


def test_a_grant_for_a_wider_or_another_place_does_not_lift_a_refusal_here():
    no = say("no", 1, "refused", jurisdiction="DE-BY")
    for place, granted in (("DE-BY", True), ("DE", False), ("FR", False), ("", False)):
        said = [no, say("yes", 2, jurisdiction=place), say("old", 0.5, jurisdiction="DE-BY")]
        assert ask(said, "newsletter", more={"jurisdiction": "DE-BY"}).granted is granted, place
    said = [say("old", 0.5, jurisdiction="DE"), say("no", 1, "refused"), say("yes", 2, jurisdiction="FR")]
    assert not ask(said, "newsletter", more={"jurisdiction": "DE"}).granted
    assert ask([*said, say("here", 3, jurisdiction="DE")], "newsletter", more={"jurisdiction": "DE"}).granted


def test_a_withdrawal_by_a_clock_that_is_ahead_counts_from_when_it_was_heard():
    """It once counted only when the person's clock had come true."""
    yes = say("yes", 1)
    no = say("no", 9, "withdrawn", recorded_at=hour(2))
    assert ask([yes, no], "newsletter", at=1.5).changes_at == hour(2)
    for at in (2, 5, 9, 12):
        assert ask([yes, no], "newsletter", at=at).code == "withdrawn"
    between = say("between", 5)
    assert not ask([yes, no, between], "newsletter", at=6).granted, "by what they said it is older"
    assert ask([yes, no, say("again", 10)], "newsletter", at=11).granted
    for right, purpose in ((RESTRICTION, "research"), (OPT_OUT, "ads")):
        signal = say("s", 9, "refused", right, "any", recorded_at=hour(2))
        kinds = {"ads": {"sale"}}
        said = [say("a", 1, purpose="ads"), signal]
        assert ask(said, purpose, at=1.5, kinds=kinds).changes_at == hour(2)
        assert not ask(said, purpose, at=3, kinds=kinds).granted


def test_a_grant_of_the_future_grants_nothing_yet():
    said = [say("yes", 9, recorded_at=hour(2))]
    assert not ask(said, "newsletter", at=5).granted
    assert ask(said, "newsletter", at=9).granted


@pytest.mark.parametrize("first", ["yes", "no"])
@pytest.mark.parametrize("scope", [{}, {"channel": "any"}, {"purpose": "marketing"}])
def test_at_the_same_microsecond_the_no_wins_whichever_id_sorts_first(first, scope):
    at = hour(1) + timedelta(microseconds=1)
    names = {"yes": "a" if first == "yes" else "z", "no": "a" if first == "no" else "z"}
    yes = say(names["yes"], 1 + 1 / 3.6e9)
    no = say(f"{names['no']}n", 1 + 1 / 3.6e9, "withdrawn", **scope)
    assert yes.occurred_at == no.occurred_at == at
    assert not ask([yes, no], "newsletter").granted
    assert not ask([no, yes], "newsletter").granted


def test_one_instant_in_two_zones_is_one_instant():
    east = datetime.fromisoformat("2026-01-01T10:00:00+09:00")
    west = datetime.fromisoformat("2025-12-31T17:00:00-08:00")
    assert east == west
    said = [attrs.evolve(say("yes", 0), occurred_at=west), attrs.evolve(say("no", 0, "withdrawn"), occurred_at=east)]
    assert ask(said, "newsletter").code == "withdrawn"


def test_a_confirmation_that_comes_late_or_first_confirms_its_own_request_only():
    doi: dict[str, Any] = {"double_opt_in": {"newsletter"}}
    pending = say("ask", 1, evidence_ref="t1", duration=3 * HOUR)

    def confirm(at, token="t1", **more):
        return say("ok", at, method="confirmation", evidence_ref=token, **more)

    assert ask([pending, confirm(2)], "newsletter", **doi).granted
    assert not ask([pending, confirm(2, "t2")], "newsletter", **doi).granted
    assert not ask([pending, confirm(4)], "newsletter", **doi).granted, "the token was over"
    assert not ask([confirm(0.5), pending], "newsletter", **doi).granted, "confirmed before it was asked"
    assert not ask([confirm(1), pending], "newsletter", **doi).granted, "at the same instant"
    told_late = [confirm(2, recorded_at=hour(3)), say("ask", 1, evidence_ref="t1", recorded_at=hour(8))]
    assert ask(told_late, "newsletter", **doi).granted
    assert not permission(Ledger(told_late, known_at=hour(5)), Request("newsletter", "email"),
                          Policy(purposes=PURPOSES, **doi), at=hour(9)).granted  # fmt: skip
    refused = say("no", 1.5, "refused")
    assert not ask([pending, refused, confirm(2)], "newsletter", **doi).granted
    newer = say("ask2", 1.5, evidence_ref="t2")
    assert not ask([pending, newer, confirm(2)], "newsletter", **doi).granted, "an older token"


def test_what_is_restricted_is_not_used_on_a_sale():
    """A sale carries messages without a consent; a restriction leaves consent only (GDPR 18(2))."""
    soft = Law(id="soft", jurisdiction="DE", kind="soft_opt_in", valid_from=date(2020, 1, 1), citation="A row",
               params={"relations": ["purchase"], "offered": True})  # fmt: skip
    sold = Situation(sales=[Sale(at=hour(0), opt_out_offered=True)])
    under = {"law": LawBook([soft]), "jurisdiction": "DE", "situation": sold}
    sale = ask([], "newsletter", **under)
    assert (sale.code, sale.basis, sale.because) == ("soft_opt_in", "soft_opt_in", ("rule:soft_opt_in", "law:soft"))
    stop = say("stop", 1, "refused", RESTRICTION, "any")
    assert ask([stop], "newsletter", **under).code == "restricted"
    assert ask([stop, say("yes", 2)], "newsletter", **under).granted


@pytest.mark.parametrize(
    ("zone", "turns"), [("Asia/Tokyo", -9), ("", 12), ("Nowhere/Land", 12), ("America/Los_Angeles", 8), ("UTC", 0)]
)
def test_a_birthday_begins_where_the_child_is(zone, turns):
    """In California it began eight hours early: at midnight in UTC."""
    row = Law(id="child", jurisdiction="DE", kind="child", valid_from=date(2020, 1, 1), citation="A row",
              params={"age": 13, "any_basis": True})  # fmt: skip
    child = Situation(birth_date=date(2013, 1, 2), time_zone=zone)
    under = {"law": LawBook([row]), "jurisdiction": "DE", "situation": child}
    birthday = datetime(2026, 1, 2, tzinfo=UTC) + turns * HOUR
    turning = (birthday - hour(0)) / HOUR
    before = ask([], "research", at=turning - 0.001, **under)
    assert (before.code, before.changes_at) == ("child_without_parent", birthday)
    assert ask([], "research", at=turning, **under).granted
    early, late = say("early", turning - 0.001), say("late", turning)
    assert ask([early], "newsletter", at=turning, **under).code == "child_without_parent", "said as a child"
    assert ask([early, late], "newsletter", at=turning, **under).granted


def test_a_yes_of_one_part_of_a_guessed_person_is_good_for_its_own_address_even_if_the_others_are_silent():
    """Nothing said so when only one of them had ever spoken."""
    yes = say("yes", 1, identifiers=ONE)
    found = ask([yes], "newsletter", proven=False)
    assert [(one.kind, one.value) for one in found.obligations] == [("only_address_of", "yes")]
    assert "rule:unproven_link" in found.because
    assert not ask([yes], "newsletter").obligations
    assert not ask([yes, say("no", 0.5, "refused", identifiers=OTHER)], "newsletter", proven=False).granted
    assert ask([yes, say("no", 0.5, "refused", identifiers=OTHER)], "newsletter").granted
    assert ask([], proven=False) == ask([])
