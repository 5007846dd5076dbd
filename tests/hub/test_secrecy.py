"""Errors do not remember whom they were about: not in their message, and not in the locals of our frames.

An error report (or a debugger) shows the locals of every frame. What a caller hands in stands in the frames of the call
itself; nothing that was stored before may stand beside it.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from tests.hub.worlds import hub_over

from unified_profile import (
    ConsentRecord,
    ConsentState,
    Event,
    Hub,
    Identifier,
    Judgement,
    Link,
    MemoryStore,
    ModelAdopted,
    Retraction,
    Severance,
    SourceRecord,
    Verdict,
)
from unified_profile.errors import (
    ConflictError,
    StorageError,
    UnifiedProfileError,
    UnknownNameError,
    UnknownProfileError,
)
from unified_profile.hub import driver
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.model import Fact
from unified_profile.storage.commands import Changes, Read
from unified_profile.storage.protocols import Session, Store
from unified_profile.testing.identity_programs import moment

CANARY = "canary7f3a"


class Failing:
    """A store that fails at the n-th question or answer after *left* is set."""

    def __init__(self, error: type[StorageError]) -> None:
        self.store, self.error = MemoryStore(), error
        self.left: int | None = None

    @contextmanager
    def session(self, tenant: str, /, *, exclusive: bool = False) -> Iterator[Session]:
        with self.store.session(tenant, exclusive=exclusive) as session:
            yield FailingSession(self, session)


class FailingSession:
    alone = True

    def __init__(self, store: Failing, session: Session) -> None:
        self.store, self.session = store, session

    def _work(self) -> None:
        if self.store.left is not None:
            self.store.left -= 1
            if self.store.left < 0:
                raise self.store.error("the database failed")

    def read(self, reads: Sequence[Read], /) -> list[list[Any]]:
        self._work()
        return self.session.read(reads)

    def write(self, changes: Changes, /) -> None:
        self._work()
        self.session.write(changes)


U1, U2 = Identifier("user_id", f"{CANARY}u1"), Identifier("user_id", f"{CANARY}u2")
DEVICE, MAIL = Identifier("device_id", f"{CANARY}d"), Identifier("email", f"{CANARY}@x.example")
RECORD = Identifier.record("crm", f"{CANARY}key")
LINK = Link(RECORD, Identifier.record("shop", "2"), 3.0, "m")
PAYLOADS = ({"type": "track", "event": "X", "userId": "", "properties": {"a": CANARY}}, {"type": CANARY}, CANARY)


def seen(name: str, *who: Identifier) -> Event:
    return Event(id=name, source="web", occurred_at=moment(2), name="Viewed", identifiers=who, properties={"a": CANARY})


FACTS: tuple[Fact, ...] = (
    SourceRecord(id="r1", source="crm", key=f"{CANARY}key", occurred_at=moment(0), identifiers=[MAIL, DEVICE],
                 attributes={"city": CANARY, "n": 1}),
    SourceRecord(id="r2", source="shop", key="2", occurred_at=moment(1), identifiers=[U1], attributes={"city": CANARY}),
    SourceRecord(id="r2", source="shop", key="2", occurred_at=moment(1), attributes={"city": f"{CANARY}2"}),
    seen("e1", DEVICE, U1),
    seen("e2", DEVICE, U2),
    Judgement(id="j", source="desk", occurred_at=moment(3), left=U1, right=U2, verdict=Verdict.DIFFERENT, by=CANARY),
    Severance(id="s", source="desk", occurred_at=moment(3), fact_id="e1", identifier=DEVICE, reason=CANARY),
    Retraction(id="x", source="desk", occurred_at=moment(4), fact_id="s"),
    ConsentRecord(id="c", source="web", occurred_at=moment(1), purpose="news", state=ConsentState.GIVEN,
                  identifiers=[U1]),
    ModelAdopted(id="m", source="desk", occurred_at=moment(4), kind="records", fingerprint="m"),
)  # fmt: skip

CALLS: dict[str, Callable[[Hub], object]] = {
    "ingest": lambda hub: hub.ingest([*FACTS, seen("e9", Identifier("user_id", f"{CANARY}u3"), DEVICE)], batch_size=4),
    "link": lambda hub: hub.link([Link(LINK.left, LINK.right, 9.0, "m")]),
    "replay": lambda hub: hub.replay(source="web"),
    "profile": lambda hub: hub.profile(U1, purpose="service"),
    "raw": lambda hub: hub.raw(U1, reason="a test"),
    "raw as known": lambda hub: hub.raw(U1, reason="a test", known_at=moment(99)),
    "permission": lambda hub: hub.permission(U1, purpose="news", channel="email"),
    "context": lambda hub: hub.context(U1, purpose="service", channel="web"),
    "explain": lambda hub: hub.explain_identity(U1, reason="a test"),
    "between": lambda hub: hub.explain_identity(MAIL, reason="a test", between=(RECORD, MAIL)),
    "search": lambda hub: hub.search("city", "x", purpose="service"),
    "golden": lambda hub: hub.golden_changes(purpose="service", recipient="crm"),
    "profiles": lambda hub: list(hub.profiles(purpose="service")),
    "accounts": lambda hub: hub.accounts(purpose="service"),
    "review": lambda hub: hub.review(reason="a test"),
    "conflicts": lambda hub: hub.conflicts(reason="a test"),
    "changes": lambda hub: hub.changes(),
    "simulate": lambda hub: hub.simulate(hub.setup.rules),
    "rebuild": lambda hub: hub.rebuild(),
}
UNANSWERED: dict[str, tuple[type[UnifiedProfileError], Callable[[Hub], object]]] = {
    "unknown": (UnknownProfileError, lambda hub: hub.profile(Identifier("user_id", f"{CANARY}?"), purpose="service")),
    "unknown then": (UnknownProfileError, lambda hub: hub.raw(U1, reason="a test", known_at=moment(-1))),
    "somebody else's": (UnknownProfileError, lambda hub: hub.explain_identity(U1, reason="a test", between=(U1, U2))),
    "undeclared": (UnknownNameError, lambda hub: hub.link([LINK, Link(Identifier("nope", CANARY), U1, 1.0, "m")])),
    "undeclared who": (UnknownNameError, lambda hub: hub.resolve(Identifier("nope", CANARY))),
    "no such purpose": (UnknownNameError, lambda hub: hub.profile(U1, purpose="nope")),
}


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    """Let a plan that met a conflict run again at once."""
    monkeypatch.setattr(driver, "pause", lambda attempt: 0)


def filled(store: Store) -> Hub:
    hub = hub_over(store, IdentityRules())
    hub.ingest(PAYLOADS, source="web")
    hub.ingest(FACTS)
    hub.link([LINK])
    return hub


def remembers(error: BaseException) -> set[str]:
    """Return where *error* remembers a personal value: in a message, or in a local of one of our frames."""
    found: set[str] = set()
    current: BaseException | None = error
    while current is not None:
        if CANARY in str(current) + repr(current):
            found.add("message")
        shown = traceback.TracebackException.from_exception(current, capture_locals=True)
        for frame in shown.stack:
            if "unified_profile" in frame.filename and "/tests/" not in frame.filename:
                found |= {f"{frame.name}: {name}" for name, text in (frame.locals or {}).items() if CANARY in text}
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return found


def forgets_at_every_failure(made, call, kind=StorageError):
    """Let the database fail at each of the moments at which *call* asks it: no error may remember a personal value."""
    for moment_of_failure in range(1_000):
        store = Failing(kind)
        hub = made(store)
        store.left = moment_of_failure
        try:
            call(hub)
        except StorageError as error:
            told = remembers(error)
        else:
            break
        assert not told
    assert moment_of_failure > 0, "it asks the database something"


@pytest.mark.parametrize("kind", [StorageError, ConflictError])
@pytest.mark.parametrize("call", CALLS)
def test_when_the_database_fails_at_any_moment_the_error_remembers_nobody(call, kind):
    forgets_at_every_failure(filled, CALLS[call], kind)


@pytest.mark.parametrize("call", UNANSWERED)
def test_when_there_is_no_answer_the_error_remembers_nobody(call):
    kind, ask = UNANSWERED[call]
    with pytest.raises(kind) as caught:
        ask(filled(MemoryStore()))
    assert not remembers(caught.value)


def test_a_memory_store_tells_of_a_conflict_without_the_row():
    from unified_profile.model.rows import NodeRow
    from unified_profile.storage.commands import Expect
    from unified_profile.storage.tables import NODES

    row = NodeRow(U1.node, "p", None, 0)
    with pytest.raises(ConflictError) as caught, MemoryStore().session("default") as session:
        session.write(Changes(expects=[Expect(NODES, (U1.node,), row)]))
    assert not remembers(caught.value)
