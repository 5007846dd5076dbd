"""Many at once answers as one by one, whatever people said."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from tests.consent.said import PURPOSES, hour, say
from tests.consent.worlds import business, moment, policy, question, records_of, request_of, situation_of, world

from unified_profile.consent import CODES, Ledger, Request, permission
from unified_profile.consent.columnar import ConsentColumns
from unified_profile.consent.policy import plain

PLAIN = ["given", "given", "renewed", "refused", "withdrawn", "revoked", "requested", "deferred"]


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("simple", [True, False])
def test_many_at_once_answers_as_one_by_one(number, simple):
    """A base in which some or all said plain things, and a question that some of them spoke of."""
    body = business(number)
    rules, dice = policy(body), Random(number)
    for _ in range(60):
        purposes, _ = world(dice, body)
        people = []
        for _ in range(12):
            _, said = world(dice, body)
            for one in said:
                one["purpose"] = dice.choice(purposes)
                if simple:
                    one |= {"state": dice.choice(PLAIN), "method": "", "by": "subject", "basis": "consent"}
            people.append(said)
        ledgers = [Ledger(records_of(said), proven=dice.random() < 0.9) for said in people]
        columns = ConsentColumns(ledgers)
        for _ in range(4):
            ask, person, at, _ = question(dice, purposes, dice.choice(people))
            one_knows = {dice.randrange(12): situation_of(person)}
            found = columns.granted(request_of(ask), rules, at=moment(at), situations=one_knows)
            singly = [
                permission(
                    ledger, request_of(ask), rules, at=moment(at),
                    **({"situation": one_knows[place]} if place in one_knows else {}),
                )
                for place, ledger in enumerate(ledgers)
            ]  # fmt: skip
            codes = columns.codes(request_of(ask), rules, at=moment(at), situations=one_knows)
            assert [CODES[place] for place in codes] == [one.code for one in singly], (ask, at)
            assert found.tolist() == [one.granted for one in singly], (ask, at)


def test_only_what_is_not_plain_is_decided_one_by_one():
    columns = ConsentColumns([
        [say("c1", 1), say("c2", 2, "withdrawn"), say("c3", 3, "requested")], [], [say("c4", 1, method="import")],
        [say("c5", 1, "invalidated")], [say("c6", 1, "refused", "signal:opt_out")],
    ])  # fmt: skip
    assert (len(columns), columns.one_by_one) == (5, 3)
    found = columns.granted(Request("newsletter", "email"), plain(PURPOSES), at=hour(1))
    assert found.tolist() == [True, False, True, False, False]


def test_what_is_unknown_is_denied_to_all():
    columns = ConsentColumns([[say("c1", 1)], []])
    for request in (Request("nothing", "email"), Request("newsletter", "")):
        assert columns.granted(request, plain(PURPOSES), at=hour(9)).tolist() == [False, False]


def test_a_base_of_nobody_has_no_answers():
    assert ConsentColumns([]).granted(Request("newsletter", "email"), plain(PURPOSES), at=hour(1)).tolist() == []


def test_each_person_is_told_why_and_equal_instants_are_decided_by_the_later_id():
    """A code a person: the newest refusal that stands, what lapsed, what waits, what was said of something else."""
    people = [
        [say("a", 1)],
        [say("a", 1), say("b", 2, "revoked")],
        [say("z", 2, "refused", channel="any"), say("b", 2, "withdrawn")],
        [say("a", 2, "refused", channel="any"), say("b", 2, "withdrawn")],
        [say("a", 1, duration=timedelta(hours=1)), say("b", 3, "requested")],
        [say("a", 1, channel="sms")],
        [say("a", 1, method="import", state="pending_confirmation")],
        [],
    ]
    found = ConsentColumns(people).codes(Request("newsletter", "email"), plain(PURPOSES), at=hour(5))
    assert found.itemsize == 1
    assert [CODES[place] for place in found] == [
        "consent_given", "revoked", "refused", "withdrawn", "expired", "not_covered", "pending_confirmation",
        "no_consent",
    ]  # fmt: skip
