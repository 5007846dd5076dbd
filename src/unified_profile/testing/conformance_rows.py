"""Promises about rows: what is put is what is read, by key, by index and in order."""

from __future__ import annotations

from typing import Any

from unified_profile.model.rows import BundleNodeRow, EdgeRow, MetaRow, NodeRow, TraitRow, ViewRow
from unified_profile.storage.commands import Changes, Delete, Find, Get, Put, Read, Scan
from unified_profile.storage.layout import columns_of
from unified_profile.storage.tables import (
    ANCHORS,
    BUNDLE_NODES,
    EDGES,
    FACTS,
    META,
    NODES,
    PROFILES,
    REDIRECTS,
    TABLES,
    TRAITS,
    VIEWS,
    Table,
)
from unified_profile.testing.promises import BrokenPromiseError, Trial, answer, plain, promise, same, same_rows

_MANY = 5_000


def sample_row(table: Table[Any], number: int, /) -> Any:
    """Return a row of *table* with made-up values; *number* tells it from others.

    >>> plain(sample_row(NODES, 7))
    ('node-7', 'profile-7', 'leaf_of-7', 7, 'beside-7', 7, 7, 7)
    """
    names = [(column.name, column.type) for column in columns_of(table)]
    values: list[Any] = [f"{name}-{number}" if kind is str else kind(number) for name, kind in names]
    if table.positioned:
        values[-1] = 0
    return table.row._make(values)


def key_of(table: Table[Any], row: Any, /) -> tuple[Any, ...]:
    """Return the key of *row*."""
    return tuple(getattr(row, name) for name in table.key)


@promise("what is written is read")
def written_is_read(trial: Trial) -> None:
    """A row of every table is read as it was written, in the same session and in the next, as the table's own type."""
    for table in TABLES:
        row = sample_row(table, 1)
        with trial.store.session(trial.tenant) as session:
            session.write(Changes(puts=[Put(table, [row])]))
            inside = answer(session, Scan(table))
        outside = trial.read(Scan(table))
        for found, when in ((inside, "in the same session"), (outside, "in the next session")):
            stored = [one._replace(position=0) if table.positioned else one for one in found]
            same(list(map(plain, stored)), [plain(row)], f"rows of {table.name!r} {when}")
            same(type(found[0]), table.row, f"the type of a row of {table.name!r} {when}")


@promise("an empty table answers with nothing")
def nothing_is_empty(trial: Trial) -> None:
    """Reading where nothing is, or for no keys, gives empty lists."""
    for table in TABLES:
        same(trial.read(Scan(table)), [], f"Scan of an empty {table.name!r}")
        for by in table.indexes:
            same(trial.read(Find(table, by, [0 if by == "position" else "x"])), [], f"Find in an empty {table.name!r}")
            same(trial.read(Find(table, by, [])), [], f"Find of no values in {table.name!r}")
        if table.key:
            key = key_of(table, sample_row(table, 1))
            same(trial.read(Get(table, [key])), [], f"Get from an empty {table.name!r}")
            same(trial.read(Get(table, [])), [], f"Get of no keys from {table.name!r}")


@promise("Get leaves out what is not there")
def get_leaves_out(trial: Trial) -> None:
    """Keys without a row are left out; a key asked for twice gives its row once; whole keys are compared."""
    nodes = [sample_row(NODES, number) for number in range(3)]
    edges = [EdgeRow("a", "x", None, 1, 1), EdgeRow("a", "y", None, 1, 1), EdgeRow("b", "x", None, 1, 1)]
    trial.write(puts=[Put(NODES, nodes), Put(EDGES, edges)])
    asked = [("node-2",), ("nobody",), ("node-0",), ("node-2",)]
    same_rows(trial.read(Get(NODES, asked)), [nodes[0], nodes[2]], "Get of two keys that are there and one that is not")
    asked_pairs = [("a", "y"), ("b", "y"), ("b", "x"), ("a", "y")]
    same_rows(trial.read(Get(EDGES, asked_pairs)), edges[1:], "Get by keys of two columns")
    same_rows(trial.read(Get(EDGES, [("b", "y")])), [], "Get of a pair whose halves are there apart")


@promise("answers come in the order of the reads")
def answers_in_order(trial: Trial) -> None:
    """One call with several reads gives a list for each, in their order, empty ones too."""
    trial.write(puts=[Put(META, [MetaRow("a", "1")]), Put(VIEWS, [ViewRow("p", 1, "{}")])])
    reads: list[Read] = [Get(VIEWS, [("p",)]), Get(META, [("x",)]), Scan(META), Find(VIEWS, "position", [1])]
    with trial.store.session(trial.tenant) as session:
        sizes = [[type(row) for row in rows] for rows in session.read(reads)]
    same(sizes, [[ViewRow], [], [MetaRow], [ViewRow]], "the types of rows for each read")


@promise("Find compares one column")
def find_compares(trial: Trial) -> None:
    """Find gives each row whose column has one of the values, once; None is never equal; so is the key's beginning."""
    rows = [
        NodeRow("n1", "p1", None, 1),
        NodeRow("n2", "p1", None, 1),
        NodeRow("n3", "p2", None, 1),
        NodeRow("n4", None, "n1", 1),
    ]
    terms = [TraitRow("p1", "city=x"), TraitRow("p1", "city=y"), TraitRow("p2", "city=x")]
    views = [ViewRow("p1", 10, "{}"), ViewRow("p2", 20, "{}")]
    trial.write(puts=[Put(NODES, rows), Put(TRAITS, terms), Put(VIEWS, views)])
    same_rows(trial.read(Find(NODES, "profile", ["p1"])), rows[:2], "Find by one value of an index")
    same_rows(trial.read(Find(NODES, "profile", ["p2", "p1", "p2", "p9"])), rows[:3], "Find by several values")
    nothing: Any = None
    same_rows(trial.read(Find(NODES, "profile", [nothing])), [], "Find by None")
    same_rows(trial.read(Find(NODES, "profile", [nothing, "p2"])), rows[2:3], "Find by None and a value")
    same_rows(trial.read(Find(NODES, "node", ["n4", "n1"])), [rows[0], rows[3]], "Find by the key")
    same_rows(trial.read(Find(TRAITS, "profile", ["p1"])), terms[:2], "Find by the second column of a key")
    same_rows(trial.read(Find(TRAITS, "term", ["city=x", "city=y"])), terms, "Find by the first column of a key")
    same_rows(trial.read(Find(VIEWS, "position", [20])), views[1:], "Find by a number")


@promise("indexes follow their rows")
def indexes_follow(trial: Trial) -> None:
    """After a put or a delete nothing is found under the old value of an index."""
    trial.write(puts=[Put(NODES, [NodeRow("n1", "p1", None, 1), NodeRow("n2", "p1", None, 1)])])
    trial.write(puts=[Put(NODES, [NodeRow("n1", "p2", None, 1)])])
    same([row.node for row in trial.read(Find(NODES, "profile", ["p1"]))], ["n2"], "nodes under the old profile")
    same([row.node for row in trial.read(Find(NODES, "profile", ["p2"]))], ["n1"], "nodes under the new profile")
    trial.write(puts=[Put(NODES, [NodeRow("n1", None, None, 1)])], deletes=[Delete(NODES, [("n2",)])])
    same(trial.read(Find(NODES, "profile", ["p1", "p2"])), [], "nodes after the last one left")


@promise("Scan goes in order and stops at its limit")
def scan_in_order(trial: Trial) -> None:
    """Scan goes by the whole key in the order of code points, from after *after*, and pages meet without gap."""
    names = ["b", "a", "B", "Z", "é", "z", "あ", "𠮷", "\uffee", "a b", "a!", "aa", "", "10", "9"]
    trial.write(puts=[Put(META, [MetaRow(name, "1") for name in names])])
    same([row.name for row in trial.read(Scan(META))], sorted(names), "Scan by a key of text")
    same([row.name for row in trial.read(Scan(META, ("a!",), 3))], sorted(names)[8:11], "three rows after 'a!'")
    same([row.name for row in trial.read(Scan(META, ("a?",), 1))], ["aa"], "one row after a key that is not there")
    same(trial.read(Scan(META, None, 0)), [], "Scan with limit 0")
    pairs = [("x", 9), ("x", 10), ("x", -1), ("w", 100), ("y", 0)]
    trial.write(puts=[Put(REDIRECTS, [sample_row(REDIRECTS, 1)._replace(profile=p, since_us=s) for p, s in pairs])])
    found: list[tuple[Any, ...]] = []
    after: tuple[Any, ...] | None = None
    while page := trial.read(Scan(REDIRECTS, after, 2)):
        if len(page) > 2:
            raise BrokenPromiseError(f"a page of two: found {len(page)} rows")
        after = (page[-1].profile, page[-1].since_us)
        found += [(row.profile, row.since_us) for row in page]
        if len(found) > len(pairs):
            raise BrokenPromiseError("pages do not come to an end")
    same(found, sorted(pairs), "pages by a key of text and number")


@promise("a put replaces the whole row")
def put_replaces(trial: Trial) -> None:
    """A later put of the same key replaces every value, by None too; within one put the later row wins."""
    trial.write(puts=[Put(ANCHORS, [sample_row(ANCHORS, 1)])])
    trial.write(puts=[Put(ANCHORS, [sample_row(ANCHORS, 1)._replace(node=None, seq=2)])])
    same([(row.node, row.seq) for row in trial.read(Scan(ANCHORS))], [(None, 2)], "a row put twice")
    twice = [sample_row(ANCHORS, 1)._replace(seq=3), sample_row(ANCHORS, 1)._replace(seq=4)]
    trial.write(puts=[Put(ANCHORS, twice)])
    same([row.seq for row in trial.read(Scan(ANCHORS))], [4], "one key twice in one put")
    trial.write(puts=[Put(ANCHORS, twice[:1]), Put(ANCHORS, [twice[0]._replace(seq=5)])])
    same([row.seq for row in trial.read(Scan(ANCHORS))], [5], "one key in two puts of one write")
    pair = BundleNodeRow("n", "b")
    trial.write(puts=[Put(BUNDLE_NODES, [pair, pair])])
    trial.write(puts=[Put(BUNDLE_NODES, [pair])])
    same_rows(trial.read(Scan(BUNDLE_NODES)), [pair], "a row that is all key, put three times")


@promise("merging columns keep the least and the greatest")
def merging_columns(trial: Trial) -> None:
    """Columns that a table merges keep their least or greatest value; the others are replaced as ever."""
    puts = [(5, 5, "c1"), (3, 4, None), (4, 9, "c2"), (8, 2, "c3")]
    rows = [EdgeRow("n", "c", core, first, last) for first, last, core in puts]
    for row in rows:
        trial.write(puts=[Put(EDGES, [row])])
    wanted = [("n", "c", "c3", 3, 9)]
    same(list(map(plain, trial.read(Scan(EDGES)))), wanted, "an edge put four times (least first, greatest last)")
    other = [row._replace(node="m") for row in rows]
    trial.write(puts=[Put(EDGES, other)])
    same(list(map(plain, trial.read(Get(EDGES, [("m", "c")])))), [("m", *wanted[0][1:])], "four times in one put")
    trial.write(puts=[Put(NODES, [NodeRow("n", "p1", None, 5, shared=1)])])
    trial.write(puts=[Put(NODES, [NodeRow("n", None, None, 7)])])
    same([(row.profile, row.first_us, row.shared) for row in trial.read(Scan(NODES))], [(None, 5, 0)], "a merged node")
    trial.write(deletes=[Delete(NODES, [("n",)])], puts=[Put(NODES, [NodeRow("n", None, None, 7)])])
    same([row.first_us for row in trial.read(Scan(NODES))], [7], "a node deleted and put anew")


@promise("deletes come before puts")
def deletes_first(trial: Trial) -> None:
    """In one write deletes come first; deleting what is not there is no error; others stay."""
    rows = [sample_row(PROFILES, number) for number in range(3)]
    trial.write(puts=[Put(PROFILES, rows)])
    trial.write(
        puts=[Put(PROFILES, [rows[0]])], deletes=[Delete(PROFILES, [("profile-0",), ("profile-1",), ("none",)])]
    )
    same_rows(trial.read(Scan(PROFILES)), [rows[0], rows[2]], "profiles after a delete and a put of the same key")


@promise("a delete leaves nothing to be found")
def delete_leaves_nothing(trial: Trial) -> None:
    """What was deleted is found by no read, also by a store object opened later; a later put brings back nothing."""
    for table in (NODES, EDGES, VIEWS, TRAITS, PROFILES, REDIRECTS):
        row = sample_row(table, 1)
        trial.write(puts=[Put(table, [row, sample_row(table, 2)])])
        trial.write(deletes=[Delete(table, [key_of(table, row)])])
        stores = [trial.store] + ([trial.reopened()] if trial.again else [])
        for store in stores:
            with store.session(trial.tenant) as session:
                reads: list[Read] = [
                    Get(table, [key_of(table, row)]),
                    Find(table, table.key[0], [key_of(table, row)[0]]),
                ]
                reads += [Find(table, by, [getattr(row, by)]) for by in table.indexes]
                same(session.read(reads), [[] for _ in reads], f"reads of a deleted row of {table.name!r}")
                same_rows(answer(session, Scan(table)), [sample_row(table, 2)], f"what is left in {table.name!r}")


@promise("large batches are no trouble")
def large_batches(trial: Trial) -> None:
    """Five thousand rows are put, got, found, paged through and deleted in single calls."""
    nodes = [NodeRow(f"n{number:05}", f"p{number % 7}", None, number) for number in range(_MANY)]
    edges = [EdgeRow(f"n{number:05}", f"c{number % 3}", None, number, number) for number in range(_MANY)]
    facts = [sample_row(FACTS, number) for number in range(_MANY)]
    trial.write(puts=[Put(NODES, nodes), Put(EDGES, edges), Put(FACTS, facts)])
    trial.write(puts=[Put(NODES, nodes), Put(EDGES, edges), Put(FACTS, facts)])
    same(len(trial.read(Get(NODES, [(row.node,) for row in nodes]))), _MANY, "nodes got by their keys")
    same(len(trial.read(Get(EDGES, [row[:2] for row in edges]))), _MANY, "edges got by keys of two columns")
    same(len(trial.read(Get(FACTS, [(row.id,) for row in facts]))), _MANY, "facts got by their ids")
    same(
        len(trial.read(Find(NODES, "profile", ["p0", "p1"]))),
        len([n for n in nodes if n.profile in {"p0", "p1"}]),
        "found",
    )
    same(len(trial.read(Find(FACTS, "bundle", [row.bundle for row in facts]))), _MANY, "facts found by their bundles")
    same(len(trial.read(Scan(FACTS, None, 2 * _MANY))), _MANY, "facts in one scan, though put twice")
    trial.write(deletes=[Delete(NODES, [(row.node,) for row in nodes]), Delete(EDGES, [row[:2] for row in edges[1:]])])
    same([len(trial.read(Scan(table, None, _MANY))) for table in (NODES, EDGES)], [0, 1], "rows left after deleting")
