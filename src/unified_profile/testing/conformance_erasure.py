"""What a store has to do so that somebody can be forgotten in it: tried by erasing a person, and looking."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from unified_profile.errors import ErasedError
from unified_profile.hub import Hub
from unified_profile.model import ConsentRecord, ConsentState, Event, Fact, Identifier, Purpose, SourceRecord
from unified_profile.model.rows import MetaRow
from unified_profile.storage.capabilities import Overwrites, Scrubs, ShowsBytes
from unified_profile.storage.commands import Delete, Put, Scan
from unified_profile.storage.tables import META
from unified_profile.testing.promises import BrokenPromiseError, NotOfferedError, Trial, promise, same

_START = datetime(2026, 1, 1, tzinfo=UTC)
_CANARY = "canary-5c1e"
_MANY = 4_000
_OF_MANY = "canary-9d2f"
"""Another one: half of the many stay, and whoever is erased after them in the same database is looked for as well."""
_ONE_OF_MANY = re.compile(_OF_MANY.encode() + rb"-(\d{5})")
_MAIL = Identifier("email", f"{_CANARY}@example.com")
_USER = Identifier("user_id", f"{_CANARY}-user")
_OTHER = Identifier("user_id", "somebody-else")
_SHARED = Identifier("phone", "+81 3-1234-5678")


def _told(tenant: str) -> list[Fact]:
    at = _START + timedelta(days=1)
    return [
        SourceRecord(id=f"{_CANARY}-r", source="crm", key=_CANARY, occurred_at=_START, tenant=tenant,
                     identifiers=[_MAIL, _USER], attributes={"city": f"{_CANARY} Ōsaka 大阪"}),
        Event(id=f"{_CANARY}-e", source="web", name="Viewed", occurred_at=at, tenant=tenant,
              identifiers=[_USER, _SHARED], properties={"page": _CANARY * 400}),
        ConsentRecord(id=f"{_CANARY}-c", source="web", occurred_at=at, tenant=tenant, identifiers=[_MAIL],
                      purpose="news", state=ConsentState.GIVEN, evidence_ref=_CANARY),
        Event(id="other", source="web", name="Viewed", occurred_at=at, tenant=tenant, identifiers=[_OTHER, _SHARED]),
    ]  # fmt: skip


def _hub(trial: Trial) -> Hub:
    return Hub(trial.store, tenant=trial.tenant, purposes=[Purpose("service", traits={"*"}, basis="contract")])


@promise("an erased person is gone from every table")
def erased_from_tables(trial: Trial) -> None:
    """After an erasure no row holds a value of the person, old facts revive nothing, and others lose nothing."""
    hub = _hub(trial)
    hub.ingest(_told(trial.tenant))
    hub.refresh()
    done = hub.erase(hub.plan_erasure(_USER))
    same(hub.verify_erasure(done, values=[_CANARY], scan=False).rows, (), "tables that hold a value of the erased")
    again = hub.ingest(reversed(_told(trial.tenant)))
    same((again.accepted, again.duplicates), (0, 1), "old facts taken, and facts of others that were there")
    same(len(list(hub.ids())), 1, "people who are left")
    same(hub.raw(_OTHER, reason="conformance").n_facts, 1, "facts of somebody else")
    try:
        hub.resolve(_MAIL)
    except ErasedError:
        return
    raise BrokenPromiseError("asked for the erased person, it raised no ErasedError")


@promise("an erased person is gone from the bytes that are kept", optional=True)
def erased_from_bytes(trial: Trial) -> None:
    """After an erasure, nothing that the store keeps beside its rows holds a value of the person."""
    store = trial.store
    if not isinstance(store, ShowsBytes):
        raise NotOfferedError("no bytes_kept()")
    hub = _hub(trial)
    hub.ingest(_told(trial.tenant))
    if not _places(store.bytes_kept()):
        raise BrokenPromiseError("the bytes do not show what is kept")
    done = hub.erase(hub.plan_erasure(_USER))
    if isinstance(store, Scrubs):
        same(done.state, "done", "the state of the erasure")
    same([one.where for one in hub.verify_erasure(done, values=[_CANARY]).files], [], "places that hold a value")
    same(_places(store.bytes_kept()), [], "places that hold the bytes")


@promise("many who are erased are gone from the bytes that are kept", optional=True)
def many_erased_from_bytes(trial: Trial) -> None:
    """Where rows come in any order, grow and go, no byte of those that went is kept: not where they once stood either.

    Databases move rows to make room, and may leave what they were where nobody reads it any more. That happens to few,
    so here are many.
    """
    store = trial.store
    if not isinstance(store, ShowsBytes):
        raise NotOfferedError("no bytes_kept()")
    dice = random.Random(1)  # the same each time
    people = [f"{dice.random()}-{_OF_MANY}-{number:05d}" for number in range(_MANY)]
    for longest in (4, 20):
        dice.shuffle(people)
        rows = [MetaRow(one, one[-len(_OF_MANY) - 6 :] * dice.randint(1, longest)) for one in people]
        for some in range(0, _MANY, 300):
            trial.write(puts=[Put(META, rows[some : some + 300])])
    gone = set(dice.sample(people, _MANY // 2))
    trial.write(deletes=[Delete(META, [(one,) for one in sorted(gone)])])
    if isinstance(store, Overwrites):  # lets go of copies as well
        if not store.overwrite():
            raise BrokenPromiseError("nobody works beside, and yet it could not be overwritten")
    elif isinstance(store, Scrubs) and not store.scrub():
        raise BrokenPromiseError("nobody works beside, and yet copies could not be let go of")
    same(len(trial.read(Scan(META, None, _MANY))), _MANY - len(gone), "rows of those who are left")
    numbers = {one[-5:] for one in gone}
    left = {where for where, chunks in store.bytes_kept() if numbers & _numbers(b"".join(chunks))}
    same(sorted(left), [], "places that hold bytes of those who went")


def _numbers(data: bytes) -> set[str]:
    return {found.decode() for found in _ONE_OF_MANY.findall(data)}


def _places(shown: Iterable[tuple[str, Iterable[bytes]]]) -> list[str]:
    return [where for where, chunks in shown if _CANARY.encode() in b"".join(chunks)]
