"""Promises about what a store may offer beyond sessions; what is not offered is not tried."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from unified_profile.errors import ConflictError, StorageError
from unified_profile.model.rows import AnchorRow, EdgeRow, MetaRow
from unified_profile.storage.capabilities import BacksUp, Closes, Compacts, Joins, Migrates, ReadsAside
from unified_profile.storage.commands import Changes, Delete, Expect, Get, Put, Scan
from unified_profile.storage.protocols import Store
from unified_profile.storage.tables import ANCHORS, EDGES, FACTS, META
from unified_profile.testing.conformance_logs import fact
from unified_profile.testing.promises import (
    Beside,
    BrokenPromiseError,
    NotOfferedError,
    Trial,
    answer,
    plain,
    promise,
    same,
    same_rows,
)


@promise("what was kept outlives the store object", optional=True)
def outlives(trial: Trial) -> None:
    """Another store object on the same database reads what was kept, goes on with positions, and meets expectations."""
    trial.write(
        puts=[Put(META, [MetaRow("m", "1")]), Put(EDGES, [EdgeRow("n", "c", None, 5, 5)]), Put(FACTS, [fact("a")])]
    )
    before = [trial.read(Scan(table)) for table in (META, EDGES, FACTS)]
    later = trial.reopened()
    with later.session(trial.tenant) as session:
        same(
            [list(map(plain, rows)) for rows in session.read([Scan(META), Scan(EDGES), Scan(FACTS)])],
            [list(map(plain, rows)) for rows in before],
            "rows read by another store object",
        )
        expects = [Expect(META, ("m",), MetaRow("m", "1"))]
        puts: list[Put[Any]] = [
            Put(FACTS, [fact("a", "again"), fact("b")]),
            Put(EDGES, [EdgeRow("n", "c", None, 7, 4)]),
        ]
        session.write(Changes(puts=puts, expects=expects))
    facts = trial.read(Scan(FACTS))
    same([(row.id, row.body) for row in facts], [("a", "{}"), ("b", "{}")], "facts written by both")
    if facts[1].position <= facts[0].position:
        raise BrokenPromiseError("positions do not go on in another store object")
    same([plain(row) for row in trial.read(Scan(EDGES))], [("n", "c", None, 5, 5)], "an edge merged by both")


@promise("an exclusive session keeps other writers out", optional=True)
def exclusive_keeps_out(trial: Trial) -> None:
    """While a session opened with exclusive=True is open, other sessions of the tenant wait with their writes."""
    trial.write(puts=[Put(ANCHORS, [AnchorRow("sum", None, 0)])])
    with trial.store.session(trial.tenant, exclusive=True) as session:
        row = answer(session, Get(ANCHORS, [("sum",)]))[0]
        other = Beside(lambda: trial.write(puts=[Put(ANCHORS, [AnchorRow("sum", None, 10)])]))
        if other.is_over_within(0.2):
            raise NotOfferedError("exclusive sessions let others write")
        session.write(
            Changes(puts=[Put(ANCHORS, [row._replace(seq=row.seq + 1)])], expects=[Expect(ANCHORS, ("sum",), row)])
        )
    other.end()
    same([one.seq for one in trial.read(Scan(ANCHORS))], [10], "the row after both, the one that waited last")


@promise("a reader sees one moment", optional=True)
def reader_sees_one_moment(trial: Trial) -> None:
    """A reader sees what was there when it was opened, holds nobody up, and does not write."""
    store = trial.store
    if not isinstance(store, ReadsAside):
        raise NotOfferedError("no reader()")
    trial.write(puts=[Put(META, [MetaRow("m", "1")])])
    with store.reader(trial.tenant) as reader:
        before = answer(reader, Get(META, [("m",)]))
        writer = Beside(lambda: trial.write(puts=[Put(META, [MetaRow("m", "2"), MetaRow("n", "1")])]))
        writer.end()
        same(
            [list(map(plain, rows)) for rows in reader.read([Get(META, [("m",)]), Scan(META)])],
            [list(map(plain, before))] * 2,
            "what a reader sees after a write",
        )
        try:
            reader.write(Changes(puts=[Put(META, [MetaRow("r", "1")])]))
        except StorageError:
            pass
        else:
            raise BrokenPromiseError("a reader's write raised no StorageError")
    with store.reader(trial.tenant) as reader:
        same(len(answer(reader, Scan(META))), 2, "rows that a later reader sees")


@promise("a reader waits for nobody", optional=True)
def reader_waits_for_nobody(trial: Trial) -> None:
    """While a session that wrote is open, a reader sees what was there before it."""
    store = trial.store
    if not isinstance(store, ReadsAside):
        raise NotOfferedError("no reader()")
    trial.write(puts=[Put(META, [MetaRow("m", "1")])])
    seen: list[str] = []

    def read() -> None:
        with store.reader(trial.tenant) as reader:
            seen.extend(row.value for row in answer(reader, Scan(META)))

    with trial.store.session(trial.tenant) as session:
        session.write(Changes(puts=[Put(META, [MetaRow("m", "2")])]))
        Beside(read).end()
    same(seen, ["1"], "what a reader saw beside an open session")


@promise("a backup is one moment, whole", optional=True)
def backup_is_whole(trial: Trial) -> None:
    """A copy made while others write holds every kept write up to one moment, and none in part."""
    store = trial.store
    if not isinstance(store, BacksUp):
        raise NotOfferedError("no backup()")

    def write() -> None:
        for turn in range(30):
            names = [f"{turn}-{part}" for part in range(20)]
            trial.write(puts=[Put(FACTS, [fact(name) for name in names]), Put(META, [MetaRow(n, "1") for n in names])])

    with TemporaryDirectory() as folder:
        target = Path(folder) / "copy"
        trial.write(puts=[Put(META, [MetaRow("first", "1")])])
        writer = Beside(write)
        store.backup(target)
        writer.end()
        copy = trial.restored(target)
        with copy.session(trial.tenant) as session:
            names, facts = session.read([Scan(META), Scan(FACTS)])
        same(len(facts) % 20, 0, "facts beyond whole writes")
        same_rows([(row.id,) for row in facts], [(row.name,) for row in names if row.name != "first"], "both tables")
        try:
            store.backup(target)
        except StorageError:
            pass
        else:
            raise BrokenPromiseError("a backup over a file that is there raised no StorageError")
        if isinstance(copy, Closes):
            copy.close()


@promise("nothing deleted is left after compacting", optional=True)
def compacting_keeps_rows(trial: Trial) -> None:
    """Compacting takes nothing away that is kept."""
    store = trial.store
    if not isinstance(store, Compacts):
        raise NotOfferedError("no compact()")
    names = [MetaRow(f"m{number}", "x" * 100) for number in range(500)]
    trial.write(puts=[Put(META, names)])
    trial.write(deletes=[Delete(META, [(row.name,) for row in names[::2]])])
    store.compact()
    same_rows(trial.read(Scan(META)), names[1::2], "rows after compacting")


@promise("migrating what is current changes nothing", optional=True)
def migrating_again(trial: Trial) -> None:
    """A store whose tables are current has no steps to take, and keeps its rows."""
    store = trial.store
    if not isinstance(store, Migrates):
        raise NotOfferedError("no migrate()")
    trial.write(puts=[Put(META, [MetaRow("m", "1")])])
    same(store.migrate(), [], "steps that were needed")
    same(len(trial.read(Scan(META))), 1, "rows after migrating")


@promise("a joined session belongs to its transaction", optional=True)
def joined_belongs(trial: Trial) -> None:
    """What sessions wrote on the caller's connection is kept when the caller commits, and gone when he rolls back."""
    store = trial.store
    if not isinstance(store, Joins):
        raise NotOfferedError("no join()")
    if trial.connect is None:
        raise NotOfferedError("pass connect=… to try join()")
    trial.write(puts=[Put(META, [MetaRow("m", "1")])])
    connection = trial.connect(store)
    try:
        for number, end in enumerate((connection.rollback, connection.commit)):
            joined = store.join(connection)
            with joined.session(trial.tenant) as session:
                same([row.value for row in answer(session, Scan(META, None, 1))], ["1"], "a row seen from inside")
                session.write(Changes(puts=[Put(META, [MetaRow("kept", str(number))])]))
            _fails_alone(joined, trial.tenant)
            with joined.session(trial.tenant, exclusive=True) as session:
                same(len(answer(session, Scan(META))), 2, "rows seen by a later session of the same transaction")
            end()
            kept = ["1"] if end == connection.rollback else [str(number), "1"]
            same([row.value for row in trial.read(Scan(META))], kept, f"rows after {end.__name__}")
    finally:
        connection.close()


def _fails_alone(joined: Store, tenant: str) -> None:
    """A session that ends with an error takes back its own changes only."""
    try:
        with joined.session(tenant) as session:
            session.write(Changes(puts=[Put(META, [MetaRow("not kept", "1")]), Put(FACTS, [fact("f")])]))
            session.write(Changes(expects=[Expect(META, ("m",), None)]))
    except ConflictError:
        return
    raise BrokenPromiseError("an expectation that does not hold raised no ConflictError in a joined session")
