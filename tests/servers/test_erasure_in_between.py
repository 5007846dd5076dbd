"""Whatever was decided before an erasure and is kept after it: nothing of it may be about the person.

On PostgreSQL, where reading locks nobody out. Each call is held just before its first write; the person is erased; the
call goes on.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.hub.test_erasure import M1, MAIL, RULES, at, mine, others, rows
from tests.hub.worlds import PURPOSES, hub_over

from unified_profile import Event, Hub
from unified_profile.consent import Policy
from unified_profile.errors import ErasedError, PermitError, UnifiedProfileError
from unified_profile.hub.everybody import everything
from unified_profile.storage.sql import SqlStore
from unified_profile.storage.tables import CHANGES, TABLES

_numbers = itertools.count()
POLICY = Policy(purposes=PURPOSES, processors=frozenset({"crm"}))
USE: dict[str, Any] = {"action": "export", "purpose": "service", "channel": "any", "recipient": "crm"}
NEW = Event(id="canary-x", source="web", name="Viewed", occurred_at=at(9), identifiers=[M1])


class Held:
    """A store whose *left*-th session that comes to write is held up, while *meanwhile* is done."""

    def __init__(self, store: SqlStore, meanwhile: Callable[[], object]) -> None:
        self.store, self.meanwhile, self.left = store, meanwhile, -1

    @contextmanager
    def session(self, tenant: str, /, *, exclusive: bool = False) -> Iterator[Any]:
        with self.store.session(tenant, exclusive=exclusive) as session:
            yield session if exclusive else HeldSession(self, session)


class HeldSession:
    """Its first write waits."""

    alone = False

    def __init__(self, store: Held, session: Any) -> None:
        self.store, self.session, self.wrote = store, session, False

    def read(self, reads: Any, /) -> Any:
        return self.session.read(reads)

    def write(self, changes: Any, /) -> None:
        if not self.wrote:
            self.wrote = True
            self.store.left -= 1
            if self.store.left == 0:
                self.store.meanwhile()
        self.session.write(changes)


CALLS: dict[str, tuple[int, Callable[[Hub], object]]] = {
    "refresh": (1, lambda hub: hub.refresh()),
    "raw": (1, lambda hub: hub.raw(M1, reason="a test")),
    "explain": (1, lambda hub: hub.explain_identity(M1, reason="a test")),
    "access": (1, lambda hub: hub.access(M1, verify=lambda asked: True)),
    "permit": (1, lambda hub: hub.permit(M1, **USE)),
    "release": (2, lambda hub: hub.release(hub.permit(M1, **USE), **USE)),
    "write back": (2, lambda hub: hub.golden_changes(purpose="service", recipient="crm")),
    "ingest": (1, lambda hub: hub.ingest([NEW])),
    "quarantine": (
        1,
        lambda hub: hub.ingest([{"type": "track", "userId": "canary-M1", "x": MAIL.value}], source="web"),
    ),
}


@pytest.mark.parametrize("call", CALLS)
def test_what_was_decided_before_an_erasure_leaves_nothing_after_it(call, postgres_url):
    with SqlStore(postgres_url, prefix=f"between{next(_numbers)}_") as kept:
        first = hub_over(kept, RULES, policy=POLICY)
        first.ingest([*others(), *mine()])
        plan = first.plan_erasure(M1)
        store = Held(kept, lambda: first.erase(plan))
        store.left, ask = CALLS[call]
        left: set[tuple[str, str]] = set()
        try:
            ask(hub_over(store, RULES, policy=POLICY))
        except UnifiedProfileError as error:
            assert isinstance(error, (ErasedError, PermitError))  # noqa: PT017  # either is right: what must hold is below
        assert store.left <= 0, "the person was erased in between"
        with kept.session(first.setup.tenant) as session:
            for table in TABLES:
                for row in everything(session, table):
                    if any(one in repr(tuple(row)) for one in plan.ids):
                        left.add((table.name, row[0] if table is CHANGES else ""))
        assert left == {("change", "erased"), ("change", "golden_changed")}, "that the id is gone, for whoever follows"
        assert "canary" not in rows(first)
        assert [one.state for one in first.erasures()] == ["done"]
