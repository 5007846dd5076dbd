"""Ways around a no that fresh eyes found: half a consent, the wrong row, a child who grew up, a word for all."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from hypothesis import given, strategies as st
from tests.consent.said import hour, say

from unified_profile.consent import (
    ConsentColumns,
    Law,
    LawBook,
    Ledger,
    Ledgers,
    Policy,
    PurposeRegistry,
    RegisterEntry,
    Request,
    Sale,
    Situation,
    permission,
)
from unified_profile.errors import InvalidRulesError
from unified_profile.model import Identifier, Purpose

PURPOSES = PurposeRegistry(
    [
        Purpose("marketing"),
        Purpose("newsletter"),
        Purpose("care", basis="contract"),
        Purpose("offers", basis="legitimate_interests"),
        Purpose("selling", basis="contract"),
    ],
    parents={"newsletter": "marketing"},
)
HER = [Identifier("email", "a@example.com")]


def ask(said, purpose, /, *, at=9.0, situation=None, channel="email", proven=True, more=None, **rules):
    """Ask one by one and as columns; both must agree."""
    policy = Policy(purposes=PURPOSES, **rules)
    request = Request(purpose, channel, **(more or {}))
    person = situation or Situation()
    found = permission(Ledger(said, proven=proven), request, policy, situation=person, at=hour(at))
    columns = ConsentColumns([Ledger(said, proven=proven)])
    known = {0: person} if situation else None
    assert columns.granted(request, policy, at=hour(at), situations=known).tolist() == [found.granted]
    return found


def row(kind, place="DE", **params):
    return Law(id=f"{kind}-{place}", jurisdiction=place, kind=kind, params=params, valid_from=date(2000, 1, 1),
               citation="A row")  # fmt: skip


@pytest.mark.parametrize("wider", [{"channel": "any"}, {"purpose": "care", "channel": "any", "recipients": []}])
def test_a_special_category_rests_on_no_consent_that_was_taken_back_with_more(wider):
    """On a contract the withdrawal of all channels was no refusal, and the explicit consent in one still stood."""
    entry = RegisterEntry(purpose="care", basis="contract", categories={"health"})
    yes = say("yes", 1, purpose="care", special_categories=["health"])
    under = {"more": {"category": "health"}, "register": [entry]}
    assert ask([yes], "care", **under).granted
    no = say("no", 2, "withdrawn", **{"purpose": "care", **wider})
    assert ask([yes, no], "care", **under).code == "special_category"
    again = say("again", 3, purpose="care", channel="any", special_categories=["health"])
    assert ask([yes, no, again], "care", **under).granted


def test_an_opt_out_is_not_lifted_by_a_consent_that_was_taken_back_with_more():
    stop = say("stop", 1, "refused", "signal:opt_out", "any", identifiers=HER)
    yes = say("yes", 2, purpose="selling", identifiers=HER)
    no = say("no", 3, "withdrawn", "selling", "any", identifiers=HER)
    selling = {"kinds": {"selling": {"sale"}}}
    assert ask([stop, yes], "selling", **selling).granted
    assert ask([stop, yes, no], "selling", **selling).code == "opted_out"


def test_on_another_basis_a_parents_consent_counts_only_until_it_is_taken_back():
    law = {"law": LawBook([row("child", age=13, any_basis=True)]), "jurisdiction": "DE"}
    child = Situation(birth_date=date(2018, 1, 1))
    yes = say("yes", 1, purpose="care", expressed_by="parent")
    assert ask([yes], "care", situation=child, **law).granted
    no = say("no", 2, "withdrawn", "care", "any", expressed_by="parent")
    assert ask([yes, no], "care", situation=child, **law).code == "child_without_parent"


@pytest.mark.parametrize(("near", "wide"), [("DE", "EEA"), ("DE", "EU"), ("EU", "EEA"), ("NO", "EEA"), ("US-CA", "US")])
def test_of_two_entries_of_the_register_that_of_the_nearer_place_decides(near, wide):
    """It was the one whose place had the longer name; of equally long ones the later."""
    for since in (hour(-9), hour(0)):
        register = [
            RegisterEntry(purpose="newsletter", basis="consent", jurisdiction=near),
            RegisterEntry(purpose="newsletter", basis="legitimate_interests", jurisdiction=wide, valid_from=since),
        ]
        for entries in (register, register[::-1]):
            assert ask([], "newsletter", register=entries, more={"jurisdiction": near}).code == "no_consent"
            if wide != "EEA":
                assert ask([], "newsletter", register=entries, more={"jurisdiction": wide}).granted


def test_a_right_that_a_row_of_your_own_gives_is_heard():
    """Only the library's own rights were looked for: who invoked another was used on."""
    own = row("opt_out", right="Right:No_Profiling", kinds=["sale"])
    under = {"law": LawBook([own]), "jurisdiction": "DE", "kinds": {"selling": {"sale"}}}
    stop = say("stop", 1, "refused", "right:no_profiling", "any")
    found = ask([stop], "selling", **under)
    assert (found.code, found.because) == ("opted_out", ("stop", "rule:opted_out", "law:opt_out-DE"))
    assert ask([], "selling", **under).granted
    assert ask([stop, say("back", 2, "given", "right:no_profiling", "any")], "selling", **under).granted
    with pytest.raises(InvalidRulesError, match="nothing asks for it"):
        row("right", right="right:no_profiling")


def test_nobody_comes_of_age_into_what_they_said_as_a_child():
    """On the sixteenth birthday the yes of a child of fifteen came into force."""
    law = {"law": LawBook([row("child", age=16)]), "jurisdiction": "DE"}
    grown = Situation(birth_date=date(2010, 1, 1), time_zone="Etc/GMT+4")  # sixteen at the fourth hour
    early, late = say("early", 3, data_categories=["email", "age"]), say("late", 5, data_categories=["email"])
    found = ask([early], "newsletter", situation=grown, **law)
    assert (found.code, found.changes_at) == ("child_without_parent", None)
    assert found.because == ("early", "rule:child", "law:child-DE", "rule:default_deny")
    assert ask([early, say("parent", 2, expressed_by="parent")], "newsletter", situation=grown, at=2.5, **law).granted
    both = ask([early, late], "newsletter", situation=grown, **law)
    assert [one.value for one in both.obligations] == ["email"], "what the child listed beside it is not allowed"
    wide = say("wide", 3, channel="any", data_categories=["age"])
    assert [one.value for one in ask([wide, late], "newsletter", situation=grown, **law).obligations] == ["email"]
    sent = say("sent", 5, recorded_at=hour(3))  # by a clock that is ahead
    assert not ask([sent], "newsletter", situation=grown, **law).granted


def test_what_a_child_says_lifts_no_opt_out():
    law = {"law": LawBook([row("child", age=16)]), "jurisdiction": "DE", "kinds": {"selling": {"sale"}}}
    young = Situation(birth_date=date(2012, 1, 1))
    stop = say("stop", 1, "refused", "signal:opt_out", "any", identifiers=HER)
    yes = say("yes", 2, purpose="selling", identifiers=HER)
    assert ask([stop, yes], "selling", situation=young, **law).code == "opted_out"
    parent = say("parent", 2, purpose="selling", identifiers=HER, expressed_by="parent")
    assert ask([stop, parent], "selling", situation=young, **law).granted


@given(st.permutations(range(3)))
def test_two_statements_with_one_id_both_count_when_people_are_merged(places):
    """The one that was told last stood for both: a withdrawal under the id of its grant was lost, or was not."""
    events = [say("c", 1), say("c", 2, "withdrawn"), say("d", 0)]
    policy, request = Policy(purposes=PURPOSES), Request("newsletter", "email")
    told = [events[place] for place in places]
    apart = [Ledgers({"web": [one]}) for one in told]
    for ledgers in (
        Ledgers({"web": told}),
        Ledgers().told("web", *told),
        apart[0].united(apart[1]).united(apart[2]),
    ):
        assert ledgers.permission("web", request, policy, at=hour(9)).code == "withdrawn"
        assert ledgers == Ledgers({"web": events})


@pytest.mark.parametrize("zero", [datetime(1970, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)])
@pytest.mark.parametrize("purpose", ["newsletter", "right:restriction"])
def test_a_withdrawal_without_a_date_counts_from_when_it_was_learned(zero, purpose):
    """Zero in the field of its date made it older than every grant."""
    yes = say("yes", 1, purpose="newsletter" if purpose == "newsletter" else "care")
    no = attrs.evolve(say("no", 0, "refused", purpose, "any"), occurred_at=zero, recorded_at=hour(2))
    for asked in ("newsletter", "care"):
        if asked == yes.purpose:
            assert not ask([yes, no], asked).granted
            assert ask([yes, no], asked, at=1.5).granted
    again = say("again", 3)
    assert ask([say("yes", 1), attrs.evolve(no, purpose="newsletter"), again], "newsletter").granted


def test_a_grant_for_less_than_no_time_never_holds():
    for never in (timedelta(0), timedelta(days=-1), timedelta.min):
        assert ask([say("yes", 1, duration=never)], "newsletter").code == "expired"


def test_a_policy_without_namespaces_of_devices_stays_one():
    policy = Policy(purposes=PURPOSES, devices=())
    again = Policy.from_json(policy.to_json())
    assert (again.devices, again.fingerprint) == (frozenset(), policy.fingerprint)


def test_what_forbids_a_part_forbids_the_whole():
    """Who objected to all marketing was used for what has marketing among its parts, under its own name."""
    kinds = {"newsletter": {"direct_marketing", "sale"}}
    whole = [Purpose("marketing", basis="contract"), Purpose("newsletter")]
    rules = Policy(purposes=PurposeRegistry(whole, parents={"newsletter": "marketing"}), kinds=kinds)
    at = hour(9)

    def code(said, **more):
        return permission(Ledger(said), Request("marketing", "email", **more), rules, at=at).code

    assert code([]) == "basis_declared"
    assert code([say("no", 1, "refused", "right:objection_to_marketing", "any")]) == "objected"
    assert code([say("no", 1, "refused", "signal:opt_out", "any")]) == "opted_out"
    soft = row("soft_opt_in", kinds=["sale"], relations=["purchase"])
    first = row("consent_required", kinds=["direct_marketing"])
    sold = Situation(sales=[Sale(at=hour(0))])
    under = {"jurisdiction": "DE", "situation": sold, "kinds": kinds}
    assert ask([], "newsletter", law=LawBook([soft]), **under).code == "soft_opt_in"
    assert not ask([], "marketing", law=LawBook([soft]), **under).granted, "what allows a part does not allow the whole"
    strict = attrs.evolve(rules, law=LawBook([first]), jurisdiction="DE")
    assert permission(Ledger(), Request("marketing", "email"), strict, at=at).code == "no_consent"


WORDS = ["all", "ALL", " any", "*", "＊"]


@pytest.mark.parametrize("word", WORDS)
def test_who_refuses_all_channels_brands_recipients_or_categories_refuses_each(word):
    """Only ``any``, and only of channels, was understood; of a channel called ``all`` nobody ever asked."""
    entry = RegisterEntry(purpose="offers", basis="legitimate_interests", recipients={"adnet"}, categories={"email"})
    use = {"brand": "kawa", "controller": "k", "category": "email"}
    under, to = ({"register": [entry], "more": more} for more in (use, use | {"recipient": "adnet"}))
    assert ask([], "offers", **under).granted
    parts = [
        {"channel": word}, {"brand": word}, {"controller": word}, {"controller": "l", "joint_controllers": [word]},
        {"data_categories": ["city", word]}, {"purpose": word}, {"purpose": word, "channel": word},
    ]  # fmt: skip
    for part in parts:
        no = say("no", 1, "withdrawn", **{"purpose": "offers", **part})
        assert ask([no], "offers", **under).code == "objected"
        assert ask([no], "offers", **to).code == "objected"
    to_all = say("no", 1, "refused", "offers", recipients=["lab", word])
    assert ask([to_all], "offers", **to).code == "objected"
    assert ask([say("no", 1, "refused", "offers")], "offers", channel=word, **under).code == "objected"


@pytest.mark.parametrize("word", WORDS)
def test_a_refusal_of_everything_is_lifted_for_what_is_permitted_anew_and_a_grant_of_everything_is_none(word):
    no = say("no", 2, "withdrawn", word, "any")
    assert not ask([say("yes", 1), no], "newsletter").granted
    assert ask([no, say("yes", 3)], "newsletter").granted
    assert not ask([no, say("yes", 3)], "offers").granted
    assert not ask([no, say("back", 3, purpose=word, channel="any")], "offers").granted
    assert ask([say("yes", 1, purpose=word, channel="any")], "newsletter").code == "no_consent"
    assert ask([say("yes", 1, channel=word)], "newsletter").granted, "one can consent to all channels"


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("part", ["brand", "controller", "recipient", "category"])
def test_nobody_asks_for_all_brands_or_recipients_at_once(part, word):
    """A refusal for one brand did not meet a question for a brand that was called ``all``."""
    assert ask([], "offers", more={part: word}).code == "malformed"
