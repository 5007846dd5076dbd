"""Junk of every kind at every entry: typed errors only, nothing lost or poisoned, no personal value in a message."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.hub.junk import CANARY, Hostile, anything, items, itself, nested, tell_nothing
from tests.hub.worlds import PROFILE_RULES, PURPOSES, STORES, Clock, everybody, some

import unified_profile
from unified_profile import Event, Hub, Identifier, MemoryStore, Setup, SourceRecord
from unified_profile.errors import InvalidInputError, UnifiedProfileError
from unified_profile.hub import quarantine
from unified_profile.hub.raw import raw_item, raw_text
from unified_profile.identity.namespaces import IdentityRules, Namespace
from unified_profile.storage.protocols import Store
from unified_profile.testing.identity_programs import moment


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[str]]:
    """Give every line that the library logs, and look at it afterwards."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(handler.format(record))  # type: ignore[method-assign]  # a double
    logger = logging.getLogger("unified_profile")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield lines
    logger.removeHandler(handler)
    logger.setLevel(level)
    assert not [line for line in lines if CANARY in line]


def plain_hub(store: Store) -> Hub:
    return Hub(store, purposes=PURPOSES, profile_rules=PROFILE_RULES, clock=Clock())


# --- what is handed in -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("store", "share"), [("memory", 1.0), ("sqlite", 0.15)])
def test_nothing_handed_in_is_lost_and_nothing_that_was_taken_poisons_what_is_read(store, share):
    @some(share)
    @given(st.lists(items, max_size=6), st.sampled_from(["", "web"]), st.integers(1, 3))
    def law(handed_in, source, size):
        with STORES[store]() as empty:
            hub = plain_hub(empty)
            report = hub.ingest(handed_in, source=source, batch_size=size)
            assert report.accepted + report.duplicates + len(report.quarantined) == len(handed_in)
            assert CANARY not in repr(report) + str(report) + str(report.reasons())
            waiting = {one.id for one in hub.quarantined()}
            assert waiting == {one.id for one in report.quarantined}
            for name in hub.ids():
                hub.raw(name, reason="to see that it can be read")
                hub.raw(name, reason="to see that it can be read", known_at=moment(99))
                hub.permission(name, purpose="news", channel="email")
                hub.explain_identity(name, reason="a test")
                hub.context(name, purpose="service", channel="web")
            hub.refresh()
            for ask in (hub.changes, hub.accesses):
                ask()
            for look in (hub.review, hub.conflicts):
                look(reason="a test")
            people = everybody(hub).contents()
            hub.rebuild()
            assert everybody(hub).contents() == people
            assert hub.simulate(hub.setup.rules).merges == ()
            # Tried again without a fix it stays, each once and with its reason.
            reasons = {one.id: one.reason for one in hub.quarantined()}
            hub.replay()
            assert {one.id for one in hub.quarantined()} == waiting
            assert source or {one.id: one.reason for one in hub.quarantined()} == reasons
            hub.replay(source="web")
            assert {one.id for one in hub.quarantined()} <= waiting

    law()


@given(items)
def test_whatever_was_handed_in_can_be_written_down_and_read_again(handed_in):
    can_be_kept(handed_in)


@pytest.mark.parametrize("make", [lambda: {"at": [nested(5_000)]}, itself, Hostile], ids=["deep", "itself", "hostile"])
def test_even_what_nobody_can_look_at_can(make):
    """What was nested too deeply was once told by its type alone."""
    can_be_kept(make())


def can_be_kept(handed_in: object) -> None:
    text = raw_text(handed_in)
    assert text.isascii()
    again = raw_item(text)
    assert raw_text(raw_item(raw_text(again))) == raw_text(again)
    if isinstance(handed_in, dict) and "at" in handed_in:
        assert again == '{"at":[' + "[" * 5_001 + "]" * 5_001 + "]}"


@pytest.mark.parametrize("items", [5, None, "text", b"bytes", {"type": "track"}, Hostile])
def test_what_cannot_be_gone_through_is_no_collection_of_facts(items):
    with pytest.raises(InvalidInputError, match=r"^items"):
        plain_hub(MemoryStore()).ingest(items)


@pytest.mark.parametrize("size", [0, -1, None, "1", 1.0, True])
def test_a_batch_size_that_would_take_nothing_is_refused(size):
    """Nothing was once taken, and nobody was told."""
    with pytest.raises(InvalidInputError, match=r"^batch_size"):
        plain_hub(MemoryStore()).ingest([], batch_size=size)


def test_ten_megabytes_in_one_payload_are_kept_and_told_by_their_size():
    payload = {"type": "track", "event": "Seen", "userId": "1", "messageId": "m", "properties": {"a": CANARY * 10**6}}
    hub = plain_hub(MemoryStore())
    (refused,) = hub.ingest([payload], source="web").quarantined
    assert "long" in refused.reason or "large" in refused.reason
    assert CANARY not in repr(refused)
    (held,) = hub._run(lambda: quarantine.held(5))
    assert held.item == payload
    assert CANARY not in repr(held)


def test_a_reader_that_breaks_loses_only_the_payload_it_broke_on():
    class Broken:
        def read(self, payload: Any, /, *, received_at: Any) -> Any:
            if payload == 2:
                raise KeyError(CANARY)
            return Event(id=str(payload), source="web", occurred_at=received_at) if payload == 1 else CANARY

    report = plain_hub(MemoryStore()).ingest([1, 2, 3], reader=Broken())
    assert report.accepted == 1
    assert [one.reason for one in report.quarantined] == [
        "could not be read: KeyError",
        "the reader made no fact of it",
    ]


# --- every method ----------------------------------------------------------------------------------------------------

_SENSIBLE: dict[str, list[Any]] = {
    "who": [Identifier("email", "a@x.example"), "p1", None],
    "purpose": ["service", "news"],
    "channel": ["any", "email"],
    "reason": ["because of a test"],
    "trait": ["city"],
    "value": ["Osaka"],
    "rules": [IdentityRules()],
}
METHODS = sorted(name for name, found in inspect.getmembers(Hub) if callable(found) and not name.startswith("_"))


def arguments(data: st.DataObject, function: Any) -> tuple[list[Any], dict[str, Any]]:
    """Draw arguments of *function*: left out, sensible or junk."""
    args, kwargs = [], {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        choice, sensible = data.draw(st.integers(0, 2)), _SENSIBLE.get(parameter.name)
        if choice == 0 and parameter.default is not parameter.empty:
            continue
        # A function that fails when it is called is no junk: the test below says what becomes of it.
        junk = anything.filter(lambda one: one is not len) if parameter.name == "progress" else anything
        value = data.draw(st.sampled_from(sensible) if choice == 1 and sensible else junk)
        if parameter.kind is parameter.POSITIONAL_ONLY:
            args.append(value)
        else:
            kwargs[parameter.name] = value
    return args, kwargs


def test_the_methods_that_are_tried_are_those_there_are():
    assert {"ingest", "profile", "raw", "search", "rebuild", "replay", "joined", "link"} <= set(METHODS)


@pytest.mark.parametrize(("store", "share"), [("memory", 8), ("sqlite", 2)])
def test_every_method_answers_junk_with_a_typed_error_that_tells_no_value(store, share):
    with STORES[store]() as opened:
        hub = plain_hub(opened)
        hub.ingest([
            SourceRecord(id="r1", source="crm", key="1", occurred_at=moment(0), attributes={"note": CANARY},
                         identifiers=[Identifier("email", "a@x.example")]),
            Event(id="e1", source="web", occurred_at=moment(1), name="Viewed",
                  identifiers=[Identifier("email", "a@x.example"), Identifier("device_id", CANARY)]),
        ])  # fmt: skip

        @some(share)
        @given(st.data())
        def law(data):
            method = getattr(hub, data.draw(st.sampled_from(METHODS)))
            args, kwargs = arguments(data, method)
            try:
                found = method(*args, **kwargs)
                if inspect.isgenerator(found):
                    list(found)
            except UnifiedProfileError as error:
                tell_nothing(error)

        law()
        assert hub.raw(Identifier("email", "a@x.example"), reason="it is as it was").n_facts >= 2


def test_what_a_callers_own_function_raises_goes_through_and_what_was_told_to_it_is_kept():
    """Whatever it raises, a TypeError of ``len`` too: it is the caller's own code."""
    hub = plain_hub(MemoryStore())
    facts = [SourceRecord(id=key, source="crm", key=key, occurred_at=moment(0)) for key in "abcd"]
    with pytest.raises(TypeError, match="has no len"):
        hub.ingest(facts, batch_size=2, progress=len)  # type: ignore[arg-type]  # the slip that is tested
    assert len(list(hub.ids())) == 2, "the batch that was reported is kept"
    again = hub.ingest(facts, batch_size=2)
    assert (again.accepted, again.duplicates) == (2, 2)
    with pytest.raises(TypeError, match="exactly one argument"):
        hub.rebuild(progress=len)  # type: ignore[arg-type]  # the slip that is tested
    hub.rebuild()
    assert len(list(hub.ids())) == 4


MADE = (
    Hub, Setup, Identifier, Namespace, IdentityRules, unified_profile.default_namespaces, unified_profile.Purpose,
    unified_profile.Segment, unified_profile.trait, unified_profile.events, MemoryStore,
)  # fmt: skip


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.__name__)
def test_what_a_hub_is_made_of_refuses_junk_by_a_typed_error(made):
    @some(0.5)
    @given(st.data())
    def law(data):
        args, kwargs = arguments(data, made)
        if made is Hub:
            kwargs |= data.draw(st.dictionaries(st.sampled_from(["tenant", "clock", "rules", "purposes"]), anything))
        try:
            made(*args, **kwargs)
        except UnifiedProfileError as error:
            tell_nothing(error)

    law()


@pytest.mark.parametrize("now", [None, moment(0).replace(tzinfo=None), "now"])
def test_a_clock_that_tells_no_instant_is_refused_when_it_is_asked(now):
    with pytest.raises(InvalidInputError, match=r"^clock"):
        Hub(MemoryStore(), clock=lambda: now).ingest([1])


@pytest.mark.parametrize("name", ["", None, "a\nb", "x" * 201])
def test_an_id_that_could_not_be_found_again_is_refused(name):
    hub = Hub(MemoryStore(), new_id=lambda: name)
    with pytest.raises(InvalidInputError, match=r"^new_id"):
        hub.ingest([SourceRecord(id="r", source="crm", key="1", occurred_at=moment(0))])


def test_a_blocked_value_is_blocked_however_it_is_written():
    """It once had to be written as the normalizer has it."""
    rules = IdentityRules([Namespace(name="email", priority=0, normalizer="email", blocked={"Info@Shop.Example"})])
    assert rules.normalized(Identifier("email", "info@shop.example")) is None
    assert "Shop" not in repr(rules)
