"""Many at once answers as one by one, whatever people said."""

from __future__ import annotations

from random import Random

import pytest
from tests.consent.said import PURPOSES, hour, say
from tests.consent.worlds import business, moment, policy, question, records_of, request_of, situation_of, world

from unified_profile.consent import Ledger, Request, permission
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
                ).granted
                for place, ledger in enumerate(ledgers)
            ]  # fmt: skip
            assert found.tolist() == singly, (ask, at)


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
