"""Every decision against a slow one that was written from the tables alone: no false yes, and no false no.

``UNIFIED_PROFILE_CONSENT_CASES`` says how many cases to try; ``docs/explanation/consent-testing.md`` of a million.
"""

from __future__ import annotations

import os
from collections import Counter
from random import Random

import pytest
from tests.consent.tables import allowed
from tests.consent.worlds import business, moment, policy, question, records_of, request_of, situation_of, world

from unified_profile.consent import CODES, Ledger, permission
from unified_profile.consent.codes import ALLOWING

CASES = int(os.environ.get("UNIFIED_PROFILE_CONSENT_CASES", "100000"))
BUSINESSES = 5
QUESTIONS = 12
"""How many questions each ledger is asked."""


@pytest.mark.slow
@pytest.mark.parametrize("number", range(BUSINESSES))
def test_there_is_no_false_allow_and_no_false_deny(number):
    """Each case is a ledger, a question, an instant, and what was known by another."""
    plain = business(number)
    rules, dice = policy(plain), Random(20260101 + number)
    seen: Counter[str] = Counter()
    wrong: list[object] = []
    for _ in range(max(1, CASES // BUSINESSES // QUESTIONS)):
        purposes, said = world(dice, plain)
        facts = records_of(said)
        ledgers = {None: Ledger(facts)}
        for _ in range(QUESTIONS):
            ask, person, at, known_at = question(dice, purposes, said)
            if known_at not in ledgers:
                ledgers[known_at] = Ledger(facts, known_at=moment(known_at))
            answer = permission(
                ledgers[known_at], request_of(ask), rules, situation=situation_of(person), at=moment(at)
            )
            seen[answer.code] += 1
            if answer.granted is not allowed(said, ask, at, known_at, plain, person):
                wrong.append((said, ask, at, known_at, person, answer))
    assert not wrong, (len(wrong), min(wrong, key=lambda one: len(str(one))))
    assert set(seen) <= set(CODES)
    granted = sum(count for code, count in seen.items() if code in ALLOWING)
    assert 0.04 < granted / seen.total() < 0.6, seen  # both answers are really tried


@pytest.mark.slow
@pytest.mark.parametrize("number", range(BUSINESSES))
def test_an_answer_turns_exactly_when_it_says(number):
    """``changes_at`` is the first hour at which the slow decision turns, of all that lie ahead."""
    plain = business(number)
    rules, dice = policy(plain), Random(7 + number)
    for _ in range(max(60, CASES // 1000)):
        purposes, said = world(dice, plain)
        ledger = Ledger(records_of(said))
        ask, person, at, _ = question(dice, purposes, said)
        answer = permission(ledger, request_of(ask), rules, situation=situation_of(person), at=moment(at))
        ahead = range(at + 1, 30)  # all that can turn lies within hours, but for coming of age
        turned = [hour for hour in ahead if allowed(said, ask, hour, None, plain, person) is not answer.granted]
        found = None if answer.changes_at is None or answer.changes_at >= moment(30) else answer.changes_at
        assert found == (moment(turned[0]) if turned else None), (said, ask, at, person, answer)
