"""A row of law that nothing could read is refused when it is made, not when somebody is about to be asked."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from unified_profile.consent import Law, LawBook, Policy, Situation, decide
from unified_profile.consent.law.params import PARAMS
from unified_profile.consent.law.rows import CHANNELS, KINDS
from unified_profile.errors import InvalidRulesError
from unified_profile.model import Json, Purpose

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def row(kind: str, since: Any = date(2026, 1, 1), **params: Json) -> Law:
    return Law(id="mine", jurisdiction="DE", kind=kind, params=params, valid_from=since, citation="Our own rule")


@pytest.mark.parametrize(
    ("kind", "params", "field"),
    [
        ("quiet_hours", {"weekday": ["9-18"]}, "weekday"),
        ("quiet_hours", {"weekday": "09:00-18:00"}, "weekday"),
        ("quiet_hours", {"weekday": ["18:00-09:00"]}, "weekday"),
        ("quiet_hours", {"weekday": ["09:00-18:00+02:00"]}, "weekday"),
        ("quiet_hours", {"weekdays": ["09:00-18:00"]}, "weekdays"),
        ("quiet_hours", {"weekend": []}, "weekday"),
        ("consent_required", {"chanels": ["email"]}, "chanels"),
        ("consent_required", {"channels": "letter"}, "channels"),
        ("consent_required", {"kinds": []}, "kinds"),
        ("child", {}, "age"),
        ("child", {"age": True}, "age"),
        ("frequency_cap", {"most": 0, "hours": 24}, "most"),
        ("frequency_cap", {"most": 3, "hours": "24"}, "hours"),
        ("soft_opt_in", {"similar": "yes"}, "similar"),
        ("duty", {"duty": ""}, "duty"),
    ],
)
def test_what_a_row_cannot_say_is_refused_by_name(kind, params, field):
    with pytest.raises(InvalidRulesError) as refused:
        row(kind, **params)
    assert refused.value.field == f"law 'mine'.params.{field}"
    form = {**row("double_opt_in").to_json(), "kind": kind, "params": params}
    with pytest.raises(InvalidRulesError):
        Law.from_json(form)


@pytest.mark.parametrize("since", ["2024-01-01", NOW, None, 2024])
def test_days_are_days(since):
    with pytest.raises(InvalidRulesError, match="has no days"):
        row("double_opt_in", since)


def test_each_kind_has_its_parameters_and_the_book_keeps_to_them():
    assert PARAMS.keys() == KINDS
    used = {(one.kind, name) for one in LawBook.default() for name in one.params}
    assert used <= {(kind, name) for kind, names in PARAMS.items() for name in names}
    assert {name for one in LawBook.default() for name in one.names("channels")} <= CHANNELS


@pytest.mark.parametrize("channel", ["emial", "Telefon", "whatsapp", "line"])
@pytest.mark.parametrize("place", ["DE", "FR"])
def test_a_channel_of_which_no_rule_ever_heard_is_whichever_a_rule_is_about(channel, place):
    offers = Purpose("offers", basis="legitimate_interests")
    policy = Policy(
        purposes=[offers], kinds={"offers": {"direct_marketing"}}, law=LawBook.default(), jurisdiction=place
    )
    found = decide([], "offers", channel, policy=policy, situation=Situation(), at=NOW)
    assert (found.granted, found.code) == (False, "no_consent")
    assert decide([], "offers", "letter", policy=policy, situation=Situation(), at=NOW).granted


def test_a_leave_is_for_nothing_but_the_channels_that_it_names():
    soft = row("soft_opt_in", kinds=["direct_marketing"], channels=["email"], relations=["purchase"])
    assert soft.concerns(frozenset({"direct_marketing"}), "email")
    assert not soft.concerns(frozenset({"direct_marketing"}), "emial")
    asked = row("consent_required", kinds=["direct_marketing"], channels=["email"])
    assert asked.concerns(frozenset({"direct_marketing"}), "emial")
    assert not asked.concerns(frozenset({"direct_marketing"}), "letter")
