"""Promises about logs: they only grow, each row once, at positions that a consumer can resume from."""

from __future__ import annotations

from itertools import pairwise

from unified_profile.model.rows import AccessRow, ChangeRow, FactRow
from unified_profile.storage.commands import Changes, Delete, Find, Get, Put, Scan
from unified_profile.storage.tables import ACCESSES, CHANGES, FACTS
from unified_profile.testing.promises import BrokenPromiseError, Trial, answer, plain, promise, same, same_rows


def fact(name: str, body: str = "{}", *, bundle: str = "b") -> FactRow:
    """Return a made-up fact."""
    return FactRow(name, "event", "web", bundle, 1, 2, body)


def _grows(positions: list[int], what: str) -> None:
    if any(later <= earlier for earlier, later in pairwise(positions)):
        raise BrokenPromiseError(f"{what}: positions have to grow, found {positions}")
    if any(position <= 0 for position in positions):
        raise BrokenPromiseError(f"{what}: positions begin at 1, found {positions}")


@promise("a log keeps a fact once")
def appended_once(trial: Trial) -> None:
    """A row whose key is in the log already is left alone: in a later write, in the same write, in the same put."""
    trial.write(puts=[Put(FACTS, [fact("f1", "first"), fact("f2"), fact("f1", "second")])])
    trial.write(puts=[Put(FACTS, [fact("f1", "third"), fact("f3")]), Put(FACTS, [fact("f3", "other")])])
    found = trial.read(Scan(FACTS))
    same(
        [(row.id, row.body) for row in found], [("f1", "first"), ("f2", "{}"), ("f3", "{}")], "facts put several times"
    )
    same_rows(trial.read(Get(FACTS, [("f3",), ("f9",), ("f1",)])), [found[0], found[2]], "facts by their ids")
    same_rows(trial.read(Find(FACTS, "bundle", ["b"])), found, "facts by their bundle")
    same_rows(trial.read(Find(FACTS, "id", ["f2"])), found[1:2], "Find of facts by their id")


@promise("positions follow the order of writing")
def positions_grow(trial: Trial) -> None:
    """Positions grow from write to write and from row to row, whatever position the rows were handed in with."""
    for batch in (["a", "b", "c"], ["z"], ["y", "a", "x"]):
        trial.write(puts=[Put(FACTS, [fact(name)._replace(position=7) for name in batch])])
    found = trial.read(Scan(FACTS))
    same([row.id for row in found], ["a", "b", "c", "z", "y", "x"], "facts in the order of their positions")
    _grows([row.position for row in found], "facts")
    middle = found[2].position
    same([row.id for row in trial.read(Scan(FACTS, (middle,), 2))], ["z", "y"], "two facts after the third")
    trial.write(puts=[Put(CHANGES, [ChangeRow("merged", "p", 1, "{}")] * 2), Put(ACCESSES, [AccessRow("p", "why", 1)])])
    trial.write(puts=[Put(CHANGES, [ChangeRow("merged", "p", 1, "{}")])])
    changes = trial.read(Scan(CHANGES))
    same(len(changes), 3, "equal rows in a log without a key")
    _grows([row.position for row in changes], "changes")
    same_rows(trial.read(Find(CHANGES, "profile", ["p"])), changes, "changes by their profile")


@promise("a position is never given twice")
def positions_are_new(trial: Trial) -> None:
    """Not even after the newest row was deleted, or a consumer of the log would miss the next one."""
    trial.write(puts=[Put(FACTS, [fact("a"), fact("b")])])
    last = trial.read(Scan(FACTS))[-1].position
    trial.write(deletes=[Delete(FACTS, [(last,)])])
    same([row.id for row in trial.read(Scan(FACTS))], ["a"], "facts after the newest was deleted by its position")
    trial.write(puts=[Put(FACTS, [fact("b", "again")])])
    same([row.body for row in trial.read(Scan(FACTS, (last,)))], ["again"], "facts after the deleted position")
    everything = trial.read(Scan(FACTS))
    trial.write(deletes=[Delete(FACTS, [(row.position,) for row in everything])])
    same(trial.read(Get(FACTS, [("a",), ("b",)])), [], "facts by id after all were deleted")
    trial.write(puts=[Put(FACTS, [fact("c")])])
    same([row.id for row in trial.read(Scan(FACTS, (everything[-1].position,)))], ["c"], "facts after an emptied log")


@promise("positions are known before the session ends")
def positions_inside(trial: Trial) -> None:
    """A session reads the positions of what it wrote; they are the same afterwards."""
    with trial.store.session(trial.tenant) as session:
        session.write(Changes(puts=[Put(FACTS, [fact("a"), fact("b")])]))
        inside = list(map(plain, answer(session, Scan(FACTS))))
        session.write(Changes(puts=[Put(FACTS, [fact("c")])]))
    _grows([row[-1] for row in inside], "facts in their own session")
    same(list(map(plain, trial.read(Scan(FACTS))))[:2], inside, "facts after their session")
