"""Promises about writing: all or nothing, on what was expected, for one tenant, whoever else writes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from unified_profile.errors import ConflictError
from unified_profile.model.rows import AnchorRow, EdgeRow, MetaRow, NodeRow, ProfileRow
from unified_profile.storage.commands import Changes, Delete, Expect, Find, Get, Put, Read, Scan
from unified_profile.storage.tables import ANCHORS, EDGES, FACTS, META, NODES, PROFILES
from unified_profile.testing.conformance_logs import fact
from unified_profile.testing.promises import (
    Beside,
    BrokenPromiseError,
    Trial,
    answer,
    conflict,
    plain,
    promise,
    same,
    same_rows,
)

_WRITERS, _TURNS = 4, 15


class _OnPurposeError(Exception):
    """What goes wrong in a trial."""


def _everything(trial: Trial) -> list[list[tuple[object, ...]]]:
    with trial.store.session(trial.tenant) as session:
        return [list(map(plain, rows)) for rows in session.read([Scan(t) for t in (META, EDGES, FACTS, PROFILES)])]


@promise("an error in the block undoes everything")
def error_undoes(trial: Trial) -> None:
    """When a session's block ends with an error, nothing of all that was written in it is kept."""
    trial.write(
        puts=[
            Put(META, [MetaRow("old", "1"), MetaRow("gone", "1")]),
            Put(EDGES, [EdgeRow("n", "c", None, 5, 5)]),
            Put(FACTS, [fact("f1")]),
        ]
    )
    before = _everything(trial)
    position: int = trial.read(Scan(FACTS))[0].position
    for wrong in (_OnPurposeError, KeyboardInterrupt):
        with suppress(wrong), trial.store.session(trial.tenant) as session:
            session.write(Changes(puts=[Put(META, [MetaRow("old", "2"), MetaRow("new", "1")])]))
            session.write(Changes(deletes=[Delete(META, [("gone",)]), Delete(FACTS, [(position,)])]))
            session.write(Changes(puts=[Put(EDGES, [EdgeRow("n", "c", "c", 1, 9)]), Put(FACTS, [fact("f2")])]))
            session.write(Changes(puts=[Put(PROFILES, [ProfileRow("p", 1, 1, "{}")])]))
            raise wrong
        same(_everything(trial), before, f"all rows after a block that ended with {wrong.__name__}")
    trial.write(puts=[Put(META, [MetaRow("after", "1")])])
    same(len(trial.read(Scan(META))), 3, "rows after the next session")


@promise("writes of one session are kept together")
def session_is_kept(trial: Trial) -> None:
    """Several writes of a session all hold when its block ends; each sees the ones before."""
    with trial.store.session(trial.tenant) as session:
        session.write(Changes(puts=[Put(META, [MetaRow("a", "1")])]))
        session.write(Changes(puts=[Put(META, [MetaRow("b", "1")])], expects=[Expect(META, ("a",), MetaRow("a", "1"))]))
        session.write(Changes(deletes=[Delete(META, [("a",)])]))
        session.write(Changes())
    same([row.name for row in trial.read(Scan(META))], ["b"], "rows after several writes of one session")


@promise("an expectation that fails changes nothing")
def expectations_hold(trial: Trial) -> None:
    """A row that is not exactly as expected raises ConflictError, and nothing of that write is done."""
    row = ProfileRow("p", 3, 1, "{}")
    trial.write(puts=[Put(PROFILES, [row]), Put(FACTS, [fact("f1")])])
    stored = trial.read(Get(FACTS, [("f1",)]))[0]
    puts = [Put(META, [MetaRow("done", "1")])]
    wrong: dict[str, Expect[Any]] = {
        "another version": Expect(PROFILES, ("p",), row._replace(version=2)),
        "other text": Expect(PROFILES, ("p",), row._replace(summary="{ }")),
        "nothing, though there is a row": Expect(PROFILES, ("p",), None),
        "a row, though there is none": Expect(PROFILES, ("q",), row._replace(profile="q")),
        "no such fact, though there is": Expect(FACTS, ("f1",), None),
        "another fact": Expect(FACTS, ("f1",), stored._replace(body="[]")),
    }
    for what, expect in wrong.items():
        with conflict(f"expected {what}"):
            trial.write(puts=puts, deletes=[Delete(PROFILES, [("p",)])], expects=[expect])
        with trial.store.session(trial.tenant) as session:
            answer(session, Get(PROFILES, [("p",), ("q",)]))
            with conflict(f"expected {what} after reading"):
                session.write(Changes(puts, expects=[expect]))
            session.write(Changes(puts=[Put(META, [MetaRow("went on", what)])]))
        same([one.name for one in trial.read(Scan(META))], ["went on"], f"rows after expecting {what}")
    same_rows(trial.read(Scan(PROFILES)), [row], "profiles after all these conflicts")
    right: list[Expect[Any]] = [
        Expect(PROFILES, ("p",), row),
        Expect(PROFILES, ("q",), None),
        Expect(FACTS, ("f1",), stored),
    ]
    trial.write(puts=puts, expects=[*right, Expect(FACTS, ("f2",), None)])
    same(len(trial.read(Scan(META))), 2, "rows after expectations that hold")


@promise("an expectation sees what others wrote")
def expectations_see_others(trial: Trial) -> None:
    """A decision made on what one session read conflicts in a later one if the row was changed, made or deleted."""
    trial.write(puts=[Put(ANCHORS, [AnchorRow("a", None, 1), AnchorRow("b", None, 1)])])
    a, b = trial.read(Get(ANCHORS, [("a",), ("b",)]))
    trial.write(
        puts=[Put(ANCHORS, [AnchorRow("a", None, 2), AnchorRow("c", None, 1)])], deletes=[Delete(ANCHORS, [("b",)])]
    )
    for name, row in (("a", a), ("b", b), ("c", None)):
        with conflict(f"anchor {name!r}"):
            trial.write(puts=[Put(META, [MetaRow("x", "1")])], expects=[Expect(ANCHORS, (name,), row)])
    same(trial.read(Scan(META)), [], "rows after conflicts")


@promise("tenants do not see each other")
def tenants_apart(trial: Trial) -> None:
    """No read, put, delete, merge, key or expectation of one tenant touches another's rows, however alike the names."""
    tenants = [trial.tenant + end for end in ("", " ", "x", "X", "x ", "é", "e\u0301", "店")]
    for number, tenant in enumerate(tenants):
        rows = [NodeRow("n", f"p{number}", None, 100 - number)]
        puts: list[Put[Any]] = [
            Put(NODES, rows),
            Put(FACTS, [fact("f", str(number))]),
            Put(META, [MetaRow("m", str(number))]),
        ]
        trial.write(puts=puts, expects=[Expect(META, ("m",), None)], tenant=tenant)
    last = len(tenants) - 1
    trial.write(deletes=[Delete(META, [("m",)])], tenant=tenants[last])
    for number, tenant in enumerate(tenants):
        with trial.store.session(tenant) as session:
            reads: list[Read] = [
                Get(NODES, [("n",)]),
                Find(NODES, "node", ["n"]),
                Scan(NODES),
                Find(NODES, "profile", [f"p{number}"]),
            ]
            for found in session.read(reads):
                same(
                    list(map(plain, found)),
                    [plain(NodeRow("n", f"p{number}", None, 100 - number))],
                    "nodes of a tenant",
                )
            others = [f"p{other}" for other in range(len(tenants)) if other != number]
            same(answer(session, Find(NODES, "profile", others)), [], "nodes found under profiles of other tenants")
            for read in (Get(FACTS, [("f",)]), Scan(FACTS), Find(FACTS, "bundle", ["b"])):
                same([row.body for row in answer(session, read)], [str(number)], "facts of a tenant")
            kept = [] if number == last else [str(number)]
            same(
                [row.value for row in answer(session, Scan(META))],
                kept,
                "a tenant's rows after another deleted its own",
            )


@promise("nobody sees what is not kept yet")
def no_dirty_reads(trial: Trial) -> None:
    """While a session that wrote is open, others wait or see what was there before."""
    trial.write(puts=[Put(META, [MetaRow("m", "before")])])
    seen: list[str] = []
    reader = Beside(lambda: None)
    with suppress(_OnPurposeError), trial.store.session(trial.tenant) as session:
        session.write(Changes(puts=[Put(META, [MetaRow("m", "not kept")])]))
        reader = Beside(lambda: seen.extend(row.value for row in trial.read(Scan(META))))
        reader.is_over_within(0.1)
        raise _OnPurposeError
    reader.end()
    same(seen, ["before"], "what another thread read meanwhile")


def _race(work: Callable[[int], None]) -> None:
    start = threading.Barrier(_WRITERS)

    def run(number: int) -> None:
        start.wait()
        work(number)

    racers = [Beside(lambda number=number: run(number)) for number in range(_WRITERS)]  # type: ignore[misc]  # bound at once
    for racer in racers:
        racer.end()


def _until_taken(turn: Callable[..., None]) -> None:
    """Do *turn* again after a conflict, as the hub does: first as one of many, then exclusively."""
    for attempt in range(1_000):
        try:
            turn(exclusive=attempt > 1)
        except ConflictError:
            time.sleep(0.001 * (attempt % 5))
        else:
            return
    raise BrokenPromiseError("a thousand conflicts in a row: a writer never gets its turn")


@promise("racing writers lose no update")
def no_lost_update(trial: Trial) -> None:
    """Threads that read, decide and write on an expectation, again after a conflict, count every turn."""
    trial.write(puts=[Put(ANCHORS, [AnchorRow("sum", None, 0)])])

    def count(number: int) -> None:
        for turn in range(_TURNS):

            def add(*, exclusive: bool, name: str = f"{number}-{turn}") -> None:
                with trial.store.session(trial.tenant, exclusive=exclusive) as session:
                    row = answer(session, Get(ANCHORS, [("sum",)]))[0]
                    time.sleep(0.0005)  # lets others in, if the store does
                    puts = [Put(ANCHORS, [row._replace(seq=row.seq + 1)]), Put(FACTS, [fact(name)])]
                    session.write(Changes(puts=puts, expects=[Expect(ANCHORS, ("sum",), row)]))

            _until_taken(add)

    _race(count)
    same([row.seq for row in trial.read(Scan(ANCHORS))], [_WRITERS * _TURNS], "a sum that all threads added to")
    same(len(trial.read(Scan(FACTS))), _WRITERS * _TURNS, "facts that all threads added")


@promise("of two who create one row, one wins")
def one_creator(trial: Trial) -> None:
    """Threads that each make the same new row on the expectation that there is none: one does, the others conflict."""
    won: list[int] = []

    def create(number: int) -> None:
        row = AnchorRow("new", f"by-{number}", number)
        try:
            trial.write(puts=[Put(ANCHORS, [row])], expects=[Expect(ANCHORS, ("new",), None)])
        except ConflictError:
            return
        won.append(number)

    _race(create)
    same(len(won), 1, "writers that made the same new row")
    same([row.seq for row in trial.read(Scan(ANCHORS))], won, "the row of the one that won")


@promise("a follower of a log misses nothing")
def follower_misses_nothing(trial: Trial) -> None:
    """Who resumes after the last position seen, while others write, sees every row: positions follow commits."""
    _overtaken(trial)
    start = trial.read(Scan(FACTS))[-1].position  # before anybody else writes
    done = threading.Event()
    seen: list[str] = []

    def follow() -> None:
        position = start
        while True:
            over = done.is_set()
            rows = trial.read(Scan(FACTS, (position,), 10))
            seen.extend(row.id for row in rows)
            position = rows[-1].position if rows else position
            if over and not rows:
                return
            time.sleep(0.001)

    def add(number: int) -> None:
        for turn in range(_TURNS):
            with trial.store.session(trial.tenant) as session:
                session.write(Changes(puts=[Put(FACTS, [fact(f"{number}-{turn}-{part}") for part in range(3)])]))
                time.sleep(0.001)

    follower = Beside(follow)
    try:
        _race(add)
    finally:
        done.set()
    follower.end()
    same(len(seen), len(set(seen)), "facts seen, each once")
    same(len(seen), _WRITERS * _TURNS * 3, "facts that a follower saw")


def _overtaken(trial: Trial) -> None:
    """One session writes and stays open while another writes and ends, if it can; in between somebody reads."""
    seen: list[Any] = []
    with trial.store.session(trial.tenant) as session:
        session.write(Changes(puts=[Put(FACTS, [fact("slow")])]))
        quick = Beside(lambda: trial.write(puts=[Put(FACTS, [fact("quick")])]))
        quick.is_over_within(0.1)
        reader = Beside(lambda: seen.extend(trial.read(Scan(FACTS))))
        reader.is_over_within(0.1)
    quick.end()
    reader.end()
    seen += trial.read(Scan(FACTS, (seen[-1].position,) if seen else None))
    same(sorted(row.id for row in seen), ["quick", "slow"], "facts seen by who resumes after the last position")
