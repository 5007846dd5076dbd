"""Merging ledgers: free of order, exactly undone, and never a yes that a live refusal in scope forbids."""

from __future__ import annotations

import os
from random import Random
from typing import Any

import pytest
from tests.consent.said import PURPOSES, hour, say
from tests.consent.tables import allowed
from tests.consent.worlds import business, moment, policy, question, record, records_of, request_of, situation_of

from unified_profile.consent import Request, permission
from unified_profile.consent.ledger import Ledger
from unified_profile.consent.merging import Ledgers, Tie
from unified_profile.consent.policy import plain
from unified_profile.errors import UnknownNameError

PROGRAMS = int(os.environ.get("UNIFIED_PROFILE_CONSENT_MERGES", "3000"))
SIDES = ("a", "b", "c", "d")
PURPOSES_ASKED = ["newsletter", "weekly", "marketing"]


def program(dice: Random):
    """A program of tellings, ties and unties, with what should be left of it."""
    steps: list[tuple[Any, ...]] = []
    told: dict[str, dict[str, Any]] = {side: {} for side in SIDES}
    ties: set[Tie] = set()
    for number in range(dice.randrange(3, 11)):
        side, other = dice.sample(SIDES, 2)
        if dice.random() < 0.5:
            one = record(dice, number, PURPOSES_ASKED, rich=False)
            told[side][one["id"]] = one
            steps.append(("told", side, one))
        elif dice.random() < 0.75:
            proven = dice.random() < 0.5
            ties.add(Tie.of(side, other, proven=proven))
            steps.append(("tied", side, other, proven))
        elif ties:
            tie = dice.choice(sorted(ties))
            ties = {one for one in ties if (one.left, one.right) != (tie.left, tie.right)}
            steps.append(("untied", tie.left, tie.right))
    return steps, told, ties


def run(steps):
    found = Ledgers({side: [] for side in SIDES})
    for step, *rest in steps:
        if step == "told":
            found = found.told(rest[0], *records_of([rest[1]]))
        elif step == "tied":
            found = found.tied(rest[0], rest[1], proven=rest[2])
        else:
            found = found.untied(rest[0], rest[1])
    return found


def together(side, ties, *, proven):
    """The sides that hold together, by walking the ties."""
    found = {side}
    for _ in SIDES:
        for tie in ties:
            if (tie.proven or not proven) and {tie.left, tie.right} & found:
                found |= {tie.left, tie.right}
    return found


@pytest.mark.slow
def test_programs_of_merges_leave_only_what_they_say():
    """Told in another order, without what was undone, they are equal, and answer alike, as the slow decision does."""
    dice, plain_business = Random(11), business(1)
    rules = policy(plain_business)
    for _ in range(PROGRAMS):
        steps, told, ties = program(dice)
        after = run(steps)
        shuffled: list[tuple[Any, ...]] = [("told", side, one) for side, said in told.items() for one in said.values()]
        shuffled += [("tied", tie.left, tie.right, tie.proven) for tie in ties]
        dice.shuffle(shuffled)
        again = run(shuffled)
        assert after == again
        assert again.united(after) == after.united(again) == after
        ask, person, at, known_at = question(dice, PURPOSES_ASKED, [])
        side = dice.choice(SIDES)
        known = None if known_at is None else moment(known_at)
        asked = {"situation": situation_of(person), "at": moment(at)}
        found = after.permission(side, request_of(ask), rules, known_at=known, **asked)
        assert found == again.permission(side, request_of(ask), rules, known_at=known, **asked)
        whole = together(side, ties, proven=False)
        if whole == together(side, ties, proven=True):
            said = [one for name in sorted(whole) for one in told[name].values()]
            assert found.granted is allowed(said, ask, at, known_at, plain_business, person)
        else:
            parts = {frozenset(together(name, ties, proven=True)) for name in whole}
            answers = [one_part(told, part, ask, known, rules, asked) for part in parts]
            if found.granted:
                assert any(one.granted for one in answers)
                assert not any(one.code in {"refused", "withdrawn", "revoked", "invalidated", "objected", "opted_out"}
                               for one in answers)  # fmt: skip


def one_part(told, part, ask, known, rules, asked):
    facts = records_of([one for name in part for one in told[name].values()])
    return permission(Ledger(facts, known_at=known), request_of(ask), rules, **asked)


def two(yes=2, no=1):
    return Ledgers({"a": [say("no", no, "refused")], "b": [say("yes", yes)]})


ASKED, RULES = Request("newsletter", "email"), plain(PURPOSES)


def test_proven_sides_speak_in_the_order_of_what_was_said():
    assert two().tied("a", "b", proven=True).permission("a", ASKED, RULES, at=hour(9)).granted
    assert not two(yes=1, no=2).tied("a", "b", proven=True).permission("a", ASKED, RULES, at=hour(9)).granted


def test_guessed_sides_are_as_strict_as_the_strictest_and_say_what_to_ask_again():
    guessed = two().tied("a", "b", proven=False)
    answer = guessed.permission("b", ASKED, RULES, at=hour(9))
    assert (answer.code, answer.because) == ("refused", ("no", "rule:refusal_stands", "rule:unproven_link"))
    (conflict,) = guessed.conflicts("a", [ASKED, Request("ads", "email")], RULES, at=hour(9))
    assert (conflict.request, conflict.granting, conflict.refusing) == (ASKED, ("yes",), ("no",))
    assert two().permission("b", ASKED, RULES, at=hour(9)).granted
    assert two().conflicts("b", [ASKED], RULES, at=hour(9)) == ()


def test_asked_again_and_proven_the_conflict_is_gone():
    settled = two().tied("a", "b", proven=False).told("a", say("again", 5))
    assert settled.conflicts("a", [ASKED], RULES, at=hour(9)) == ()
    assert settled.permission("b", ASKED, RULES, at=hour(9)).granted


def test_a_grant_of_a_guessed_part_is_good_for_its_own_addresses_only():
    guessed = Ledgers({"a": [say("yes", 1)], "b": []}).tied("a", "b", proven=False)
    answer = guessed.permission("b", ASKED, RULES, at=hour(9))
    assert [(one.kind, one.value) for one in answer.obligations] == [("only_address_of", "yes")]


def test_a_devices_opt_out_survives_the_merge():
    out = say("gpc", 5, "refused", "signal:opt_out", "any", method="gpc")
    rules = business_with_ads()
    asked = Request("ads", "web")
    sides = Ledgers({"device": [out], "person": [say("yes", 1, purpose="ads", channel="any")]})
    assert sides.permission("person", asked, rules, at=hour(9)).granted
    for proven in (True, False):
        merged = sides.tied("device", "person", proven=proven)
        assert merged.permission("person", asked, rules, at=hour(9)).code == "opted_out"
        assert merged.untied("person", "device") == sides


def business_with_ads():
    return policy(business(1) | {"kinds": {"ads": {"targeted_advertising"}}})


def test_an_unknown_side_is_named():
    with pytest.raises(UnknownNameError):
        Ledgers({"a": []}).tied("a", "z", proven=True)
