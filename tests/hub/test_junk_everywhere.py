"""Every name that callers import from the face and from the door, against junk; a new one fails until it is tried."""

from __future__ import annotations

import asyncio
import enum
import inspect
import io
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.hub.junk import CANARY, nested, tell_nothing
from tests.hub.test_junk import arguments
from tests.hub.worlds import PROFILE_RULES, PURPOSES, Clock, some

import unified_profile
from unified_profile import Event, Hub, Identifier, MemoryStore, wire
from unified_profile.aio import AsyncHub
from unified_profile.errors import UnifiedProfileError
from unified_profile.testing.identity_programs import moment

ANSWERS = {  # what the library hands out: nobody hands it in
    "Estimate", "IngestReport", "Membership", "Permission", "Preference", "Profile", "ProfileMerged", "ProfileSplit",
    "Provenance", "PurposeView", "Trait",
}  # fmt: skip
PLAIN = {"__version__", "Resolver"}  # a text, and a protocol: resolvers are swept with Setup, and by their own laws
METRICS = {"ces", "churn_rate", "csat", "nps", "weakest_link"}  # numbers in: tests/metrics tries what they refuse
FACE = sorted(
    name
    for name in unified_profile.__all__
    if name not in ANSWERS | PLAIN | METRICS and not name.endswith(("Error", "Warning"))
)
DOOR_ANSWERS = {"ColumnGuess", "CsvSample", "Rejected", "SegmentCall", "Told", "SCHEMA_NAMES", "SEGMENT_TRAITS"}
DOOR = sorted(name for name in wire.__all__ if name not in DOOR_ANSWERS)

SENSIBLE: dict[str, Any] = {
    "trait": "city", "rule": "most_recent", "name": "name", "namespace": "email", "value": "a@x.example",
    "source": "crm", "key": "1", "id": "f1", "occurred_at": moment(0), "tenant": "default", "purpose": "news",
}  # fmt: skip


def test_every_public_name_is_tried_or_said_to_be_no_entry():
    """The sets above are complete, and name nothing that is gone."""
    face, door = set(unified_profile.__all__), set(wire.__all__)
    assert face >= ANSWERS | PLAIN | METRICS
    assert door >= DOOR_ANSWERS
    tried = [getattr(unified_profile, name) for name in FACE] + [getattr(wire, name) for name in DOOR]
    assert all(callable(one) for one in tried)


def refuses(made: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]) -> None:
    """Call *made*, go through what it yields, and accept no other errors than ours."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = made(*args, **kwargs)
            if inspect.isgenerator(found):
                list(found)
    except UnifiedProfileError as error:
        tell_nothing(error)


def sweep(made: Any, share: float) -> None:
    if isinstance(made, enum.EnumMeta):
        pytest.fail("an enumeration is looked up, not made: sweep who takes it")

    @some(share)
    @given(st.data())
    def law(data):
        args, kwargs = arguments(data, made)
        for name in kwargs.keys() & SENSIBLE.keys():
            if data.draw(st.integers(0, 3)):
                kwargs[name] = SENSIBLE[name]
        refuses(made, args, kwargs)

    law()


ENUMS = {name for name in FACE if isinstance(getattr(unified_profile, name), enum.EnumMeta)}


@pytest.mark.parametrize("name", [name for name in FACE if name not in ENUMS])
def test_what_the_face_offers_answers_junk_by_a_typed_error(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sweep(getattr(unified_profile, name), 0.25)


@pytest.mark.parametrize("name", DOOR)
def test_what_the_door_offers_answers_junk_by_a_typed_error(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sweep(getattr(wire, name), 0.2)


# --- by one well-made piece of junk each -----------------------------------------------------------------------------

HUGE = CANARY * 1_000_000
TEXTS = {
    "ten megabytes": HUGE,
    "control characters": f"{CANARY}\x00\x1b[31m\x7f",
    "a lone surrogate": f"{CANARY}\ud800",
    "year 0": "0000-01-01T00:00:00Z",
    "year 9999": "9999-12-31T23:59:59.999999Z",
    "a naive time": "2026-01-01T00:00:00",
    "not a number": "NaN",
    "nothing": "",
}
PAYLOAD: dict[str, Any] = {
    "type": "track", "event": "Viewed", "userId": "1", "messageId": "m", "timestamp": "2026-01-01T00:00:00Z",
    "properties": {"a": 1}, "context": {"ip": "::1"}, "anonymousId": "a",
}  # fmt: skip


@pytest.mark.parametrize("field", [*PAYLOAD])
@pytest.mark.parametrize("kind", TEXTS)
def test_a_payload_with_junk_in_one_field_is_taken_or_waits_and_tells_nothing(kind, field):
    hub = Hub(MemoryStore(), clock=Clock())
    report = hub.ingest([PAYLOAD | {field: TEXTS[kind]}, PAYLOAD | {"messageId": "other"}], source="web")
    assert report.accepted + len(report.quarantined) == 2
    assert report.accepted >= 1, "the other one is taken"
    assert CANARY not in repr(report) + str(report.reasons())
    assert len(hub.quarantined()) == len(report.quarantined)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), nested(5_000), 10**400, {1: 2}, {"a": {1}}, HUGE])
def test_so_is_one_with_junk_that_json_cannot_hold_or_nobody_can_read(value):
    hub = Hub(MemoryStore(), clock=Clock())
    report = hub.ingest([PAYLOAD | {"properties": {"a": value}}], source="web")
    assert report.accepted + len(report.quarantined) == 1
    assert CANARY not in repr(report)


@pytest.mark.parametrize("text", [
    f'{{"type": "track", "userId": "{CANARY}", "userId": "2", "event": "Viewed"}}',
    "{" * 100_000, "[" * 100_000, '{"a": 1e999}', "\ufeff{}", "nul", '{"type": "track", "userId": "\\ud800"}', HUGE,
], ids=["twice", "deep", "deep list", "infinite", "mark", "cut", "surrogate", "huge"])  # fmt: skip
def test_json_text_with_junk_is_taken_or_waits(text):
    hub = Hub(MemoryStore(), clock=Clock())
    report = hub.ingest([text, text.encode("utf-8", "surrogatepass")], source="web")
    assert report.accepted + report.duplicates + len(report.quarantined) == 2
    assert CANARY not in repr(report) + str(report.reasons())


@pytest.mark.parametrize("data", [
    b"", b"\x00" * 1_000, b"\xff\xfe\xfa", b'{"a": 1}', HUGE.encode(), b"id,id\n1,2\n", b'"' * 10_001,
    b"id,email\n" + b"1," * 9_000,
    ("id,email\n1," + HUGE).encode(), b"id\n" + b"\n" * 500, b"id,email\n1,\xed\xa0\x80\n",
], ids=range(11))  # fmt: skip
@pytest.mark.parametrize("reader", ["csv", "jsonl", "facts", "peek"])
def test_a_file_of_junk_loses_no_line_silently_and_raises_nothing_of_python(reader, data):
    mapping = wire.RecordMapping("crm", "id", identifiers={"email": "email"})
    ways: dict[str, Callable[[], Any]] = {
        "csv": lambda: list(wire.read_csv(io.BytesIO(data), mapping, received_at=moment(0))),
        "jsonl": lambda: list(wire.read_jsonl(io.BytesIO(data), wire.Reader(source="web"), received_at=moment(0))),
        "facts": lambda: list(wire.read_facts(io.BytesIO(data))),
        "peek": lambda: wire.peek_csv(io.BytesIO(data)),
    }
    refuses(ways[reader], [], {})


# --- the hub that is awaited -----------------------------------------------------------------------------------------

AWAITED = sorted(name for name, found in inspect.getmembers(AsyncHub) if callable(found) and not name.startswith("_"))


def test_every_method_that_is_awaited_answers_junk_by_a_typed_error(tmp_path: Path) -> None:
    from unified_profile.storage.aio import AsyncSqlStore

    who = Identifier("email", "a@x.example")

    async def called(name: str, args: list[Any], kwargs: dict[str, Any]) -> None:
        async with AsyncSqlStore(f"sqlite+aiosqlite:///{tmp_path}/facts.sqlite") as store:
            hub = AsyncHub(store, purposes=PURPOSES, profile_rules=PROFILE_RULES, clock=Clock())
            await hub.ingest([Event(id="e", source="web", occurred_at=moment(0), identifiers=[who])])
            try:
                found = getattr(hub, name)(*args, **kwargs)
                if inspect.isasyncgen(found):
                    async for _ in found:
                        pass
                elif inspect.isawaitable(found):
                    await found
            except UnifiedProfileError as error:
                tell_nothing(error)
            assert (await hub.raw(who, reason="it is as it was")).n_facts >= 1

    @some(0.6)
    @given(st.data())
    def law(data):
        name = data.draw(st.sampled_from(AWAITED))
        asyncio.run(called(name, *arguments(data, getattr(AsyncHub, name).__get__(object.__new__(AsyncHub)))))

    law()


@pytest.mark.parametrize("at", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)])
def test_the_first_and_the_last_moment_of_the_calendar_can_be_asked_for(at):
    hub = Hub(MemoryStore(), purposes=PURPOSES, profile_rules=PROFILE_RULES, clock=Clock())
    who = Identifier("email", "a@x.example")
    hub.ingest([Event(id="e", source="web", occurred_at=at, identifiers=[who], properties={"total": 1}, name="Viewed")])
    for ask in (
        lambda: hub.raw(who, reason="a test", as_of=at),
        lambda: hub.raw(who, reason="a test", known_at=at),
        lambda: hub.permission(who, purpose="news", channel="email", at=at),
        lambda: hub.context(who, purpose="service", channel="web", now=at),
        lambda: hub.profile(who, purpose="service", as_of=at, known_at=at),
    ):
        refuses(ask, [], {})
