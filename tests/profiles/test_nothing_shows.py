"""Planted canaries: values pass through the fold and appear in nothing that it shows."""

import io
import logging
import pprint
import traceback

import pytest
from tests.profiles.told import RULES, group, hour, identify, record, track

from unified_profile.errors import InvalidFactError
from unified_profile.model import Event, Identifier, Profile, SourceRecord
from unified_profile.profiles import FoldState, Survivorship, diff, fold, history
from unified_profile.profiles.statements import Statements, said_in
from unified_profile.profiles.windows import outcome

CANARY = "canary@example.com"
TOLD: list[SourceRecord | Event] = [
    record("r", 1, {"email": CANARY, "trusted": CANARY}, key=CANARY),
    record("r2", 1, {"email": "other" + CANARY}, source="shop"),
    identify("i", 2, {"email": CANARY, "union": [CANARY]}, who=CANARY),
    track("t", 3, "Bought", amount=1, kind=CANARY),
    group("g", 3, CANARY, {"name": CANARY}),
]


def shown(thing) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    log = logging.getLogger("canaries")
    log.addHandler(handler)
    log.warning("%s %r", thing, thing)
    log.removeHandler(handler)
    return "".join([repr(thing), str(thing), f"{thing}", f"{thing!r}", pprint.pformat(thing), stream.getvalue()])


def test_no_finding_of_the_fold_shows_a_value():
    person = fold(TOLD, RULES, profile_id="p1", identifiers=[Identifier("email", CANARY)], now=hour(5))
    state = FoldState(RULES)
    state.update(TOLD)
    assert CANARY in str(person.traits["email"].value)
    statements = Statements(RULES)
    for fact in TOLD:
        for voice, told in said_in(fact, RULES):
            statements.hear(voice, told, fact)
    findings = [
        person,
        *person.traits.values(),
        diff(None, person),
        state,
        state.changes_at(hour(5)),
        statements,
        [said for voices in statements._traits.values() for said in voices.values()],
        state._entries,
        [outcome(spec, found, hour(5)) for spec, found in zip(RULES.computed, state._entries, strict=True)],
        fold([], profile_id="p1"),
    ]
    for finding in findings:
        assert CANARY not in shown(finding)


def test_a_traceback_with_locals_shows_the_fold_and_not_the_values():
    def fail(person: Profile, state: FoldState) -> None:
        raise RuntimeError

    state = FoldState(RULES)
    state.update(TOLD)
    try:
        fail(fold(TOLD, RULES, profile_id="p1", now=hour(5)), state)
    except RuntimeError as error:
        text = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
        assert "FoldState" in text
        assert CANARY not in text


def test_an_error_of_the_fold_says_what_kind_and_not_which_value():
    bad = [record("a", 1, {"x": {CANARY}}), record("b", 1, {"x": {CANARY}}, key="8")]
    with pytest.raises(InvalidFactError) as caught:
        fold(bad, profile_id="p1")
    assert "a set is not JSON" in str(caught.value)
    assert CANARY not in str(caught.value)


def test_a_rule_shows_its_name_and_not_its_function():
    assert repr(Survivorship("custom:x", (), print)) == "Survivorship(name='custom:x', sources=())"


def test_history_is_values_that_were_asked_for():
    assert [value for value, _ in history(TOLD, "union")] == [[CANARY]]
