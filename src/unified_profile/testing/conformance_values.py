"""Promises about values: text, numbers and nothing come back exactly as they went in."""

from __future__ import annotations

from typing import Any

from unified_profile.errors import InvalidInputError, StorageError
from unified_profile.model.rows import AnchorRow, EdgeRow, FactRow, MetaRow, NodeRow, StatementRow, ViewRow
from unified_profile.storage.commands import Delete, Find, Get, Put, Scan
from unified_profile.storage.tables import ANCHORS, EDGES, FACTS, META, NODES, STATEMENTS, VIEWS
from unified_profile.testing.promises import BrokenPromiseError, Trial, plain, promise, same, same_rows

TEXTS = (
    "",
    " ",
    "a ",
    "A",
    "a",
    "'\"`\\",
    "%s %(x)s ? :name $1 {} -- /* ; NULL",
    '{"json": "\\u0000"}',
    "line\nbreak\r\n\ttab",
    "".join(map(chr, range(1, 32))) + "\x7f\x80\x85\x9f",
    "\ufeffmark",
    "\u2028\u2029\u200b\u202e",
    "山田 太郎",
    "ﾔﾏﾀﾞ",
    "𠮷野家",
    "é",
    "e\u0301",
    "ß",
    "ss",
    "ı",
    "i",
    "İ",
    "🙂👩‍👩‍👧‍👦🏳️‍🌈",
    "\uffff\U0010ffff",
)
"""Texts that databases are known to change, fold together or refuse."""


@promise("text is kept exactly")
def text_is_exact(trial: Trial) -> None:
    """Control characters, quotes, Japanese, emoji, texts that look alike: as values and as keys, none is another."""
    trial.write(puts=[Put(META, [MetaRow(text, text) for text in TEXTS])])
    same(
        [plain(row) for row in trial.read(Scan(META))],
        [(text, text) for text in sorted(TEXTS)],
        "texts as keys and values",
    )
    for text in TEXTS:
        same([row.value for row in trial.read(Get(META, [(text,)]))], [text], "Get of one text")
    trial.write(puts=[Put(NODES, [NodeRow(f"n{number}", text, None, 1) for number, text in enumerate(TEXTS)])])
    for number, text in enumerate(TEXTS):
        same([row.node for row in trial.read(Find(NODES, "profile", [text]))], [f"n{number}"], f"Find of {text!r}")
    trial.write(deletes=[Delete(META, [("a",), ("é",)])])
    same(len(trial.read(Scan(META))), len(TEXTS) - 2, "texts after two were deleted that look like others")


@promise("long text is kept exactly")
def long_text_is_exact(trial: Trial) -> None:
    """A body of a megabyte and keys of 600 characters are kept; keys that differ in the last character differ.

    Keys of more than 300 characters that begin alike may be scanned in any order, as long as it is always the same.
    """
    body = "長い🙂 text " * 100_000
    trial.write(puts=[Put(FACTS, [FactRow("f", "event", "web", "b", 1, 1, body)])])
    same([len(row.body) for row in trial.read(Get(FACTS, [("f",)]))], [len(body)], "the length of a long body")
    if trial.read(Get(FACTS, [("f",)]))[0].body != body:
        raise BrokenPromiseError("a long body has other characters")
    for letter in "aあ🙂":
        long = ["login:" + letter * 600 + end for end in "xyz"]
        trial.write(puts=[Put(NODES, [NodeRow(node, node, node, 1) for node in long])])
        trial.write(puts=[Put(NODES, [NodeRow(node, node, None, 2) for node in long])])
        wanted = [NodeRow(node, node, None, 1) for node in long]
        same_rows(trial.read(Get(NODES, [(node,) for node in long])), wanted, f"nodes of 600 {letter!r}")
        same_rows(trial.read(Find(NODES, "profile", long[1:2])), wanted[1:2], f"Find by 600 {letter!r}")
        same_rows(_pages(trial), wanted, f"pages over nodes of 600 {letter!r}, in whatever order")
        edges = [EdgeRow(long[0], long[1], long[1], 1, 1), EdgeRow(long[0], long[2], "short", 1, 1)]
        trial.write(puts=[Put(EDGES, edges)])
        trial.write(puts=[Put(EDGES, [edges[0]._replace(core=None)])])
        same_rows(trial.read(Find(EDGES, "core", [long[1], "short"])), edges[1:], f"edges by a core of 600 {letter!r}")
        trial.write(deletes=[Delete(NODES, [(long[1],)]), Delete(EDGES, [(long[0], long[2])])])
        same_rows(trial.read(Get(NODES, [(node,) for node in long])), wanted[::2], f"what is left of 600 {letter!r}")
        same_rows(trial.read(Find(EDGES, "node", long)), [edges[0]._replace(core=None)], f"edges of 600 {letter!r}")
        trial.write(deletes=[Delete(NODES, [(node,) for node in long]), Delete(EDGES, [(long[0], long[1])])])


def _pages(trial: Trial) -> list[NodeRow]:
    """Return all nodes, page by page. Such long keys may come in another order, but each once."""
    found: list[NodeRow] = []
    while page := trial.read(Scan(NODES, (found[-1].node,) if found else None, 1)):
        found += page
        if len(found) > 10:
            raise BrokenPromiseError("pages over long keys do not come to an end")
    return found


@promise("numbers are kept exactly")
def numbers_are_exact(trial: Trial) -> None:
    """Whole numbers up to ±2**62 and every finite float come back as they were, and of their type."""
    whole = [0, 1, -1, 2**31, 2**53 + 1, 2**62, -(2**62), 253402300799_999999]
    trial.write(puts=[Put(ANCHORS, [AnchorRow(f"p{number}", None, value) for number, value in enumerate(whole)])])
    found = [trial.read(Get(ANCHORS, [(f"p{number}",)]))[0].seq for number in range(len(whole))]
    same([(value, type(value)) for value in found], [(value, int) for value in whole], "whole numbers")
    floats = [0.0, 0.1, -1.5, 1e300, 5e-324, 1 / 3, 123456789.123456789, 1.0]
    rows = [StatementRow(f"s{number}", "link", "a", "b", 1, 1, value, "m") for number, value in enumerate(floats)]
    trial.write(puts=[Put(STATEMENTS, rows)])
    found = [trial.read(Get(STATEMENTS, [(row.id,)]))[0].weight for row in rows]
    same([(value, type(value)) for value in found], [(value, float) for value in floats], "floats")
    trial.write(puts=[Put(VIEWS, [ViewRow("p", 2**62, "{}")])])
    same(len(trial.read(Find(VIEWS, "position", [2**62, 2**62 - 1]))), 1, "views found by a large number")


@promise("None is kept")
def none_is_kept(trial: Trial) -> None:
    """None stays None, beside empty text and zero."""
    rows = [NodeRow("n1", None, "", 0, ""), NodeRow("n2", "", None, 0, None)]
    trial.write(puts=[Put(NODES, rows)])
    same([plain(row) for row in trial.read(Scan(NODES))], [plain(row) for row in rows], "rows with None and empty text")
    same([row.node for row in trial.read(Find(NODES, "profile", [""]))], ["n2"], "Find by empty text")


@promise("what cannot be kept is refused whole")
def unfit_is_refused(trial: Trial) -> None:
    """NUL characters, half surrogate pairs and numbers beyond 64 bits are kept exactly, or a typed error says so."""
    unfit: list[tuple[Any, Any]] = [
        (META, MetaRow("nul", "a\0b")),
        (META, MetaRow("a\0b", "nul in a key")),
        (META, MetaRow("half a pair", "\ud83d")),
        (ANCHORS, AnchorRow("large", None, 2**64)),
    ]
    for number, (table, row) in enumerate(unfit):
        before = MetaRow(f"before-{number}", "1")
        try:
            trial.write(puts=[Put(META, [before]), Put(table, [row])])
        except (InvalidInputError, StorageError) as error:
            if any(isinstance(value, str) and len(value) > 1 and value in str(error) for value in row):
                raise BrokenPromiseError(f"the message of {type(error).__name__} shows the value") from error
            same(trial.read(Get(META, [(before.name,)])), [], "rows beside one that was refused")
        else:
            key = (row[0],)
            same([plain(one) for one in trial.read(Get(table, [key]))], [plain(row)], "a value that was taken")
