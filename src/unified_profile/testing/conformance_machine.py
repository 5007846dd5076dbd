"""Random work on a store, step by step beside the reference: Hypothesis finds the shortest that tells them apart."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import attrs

from unified_profile.errors import ConflictError
from unified_profile.storage.commands import Changes, Delete, Expect, Find, Get, Key, Put, Scan
from unified_profile.storage.layout import columns_of
from unified_profile.storage.memory import MemoryStore
from unified_profile.storage.protocols import Session, Store
from unified_profile.storage.tables import EDGES, FACTS, NODES, Table
from unified_profile.testing.promises import NotOfferedError, Trial, answer, promise, same

if TYPE_CHECKING:
    from hypothesis.stateful import RuleBasedStateMachine
    from hypothesis.strategies import SearchStrategy

_EXAMPLES, _STEPS = 15, 6
_TABLES: tuple[Table[Any], ...] = (NODES, EDGES, FACTS)
_COLUMNS = ((NODES, "profile"), (NODES, "node"), (EDGES, "core"), (EDGES, "node"), (FACTS, "bundle"), (FACTS, "id"))


@attrs.frozen
class _Write:
    """Puts, keys to delete (facts by id: their positions may differ), and rows expected rightly or wrongly."""

    puts: Sequence[Put[Any]]
    deletes: Sequence[tuple[Table[Any], Key]]
    expects: Sequence[tuple[Table[Any], Key, bool]]


@attrs.frozen
class _Look:
    """What is read: keys, values of a column, and a page after a key."""

    keys: Sequence[tuple[Table[Any], Key]]
    column: tuple[Table[Any], str]
    values: Sequence[str]
    after: tuple[Table[Any], Key | None]
    limit: int


class _OnPurposeError(Exception):
    """What ends a session without a trace."""


def store_machine(store: Store, /) -> type[RuleBasedStateMachine]:
    """Return a Hypothesis state machine that does the same to *store* and to ``MemoryStore`` and compares.

    Its ``TestCase`` attribute is a test class for pytest and unittest. Needs the package ``hypothesis``.
    """
    from hypothesis import strategies as st
    from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

    actions = st.lists(_writes() | _looks(), min_size=1, max_size=5)

    class Work(RuleBasedStateMachine):
        """The same sessions on both stores."""

        def __init__(self) -> None:
            super().__init__()
            self.tenant = f"machine-{uuid4().hex}"
            self.reference = MemoryStore()

        @rule(actions=actions, fails=st.booleans())
        def session(self, actions: Sequence[_Write | _Look], fails: bool) -> None:  # noqa: FBT001  # Hypothesis names it
            """Do *actions* in one session; *fails* ends it with an error."""
            wanted = _done(self.reference, self.tenant, actions, fails=fails)
            found = _done(store, self.tenant, actions, fails=fails)
            for number, action in enumerate(actions):
                same(
                    found[number],
                    wanted[number],
                    f"step {number + 1} of a session, {type(action).__name__[1:].lower()}",
                )

        @invariant()
        def same_rows(self) -> None:
            """Compare all rows."""
            rows = []
            for one in (self.reference, store):
                with one.session(self.tenant) as session:
                    rows.append([_comparable(table, answer(session, Scan(table))) for table in _TABLES])
            same(rows[1], rows[0], "all rows after a session")

    return Work


def _names() -> SearchStrategy[str]:
    from hypothesis import strategies as st

    return st.sampled_from(["a", "b", "C", "c", "é", "店", "a "])


def _keys() -> SearchStrategy[tuple[Table[Any], Key]]:
    from hypothesis import strategies as st

    return st.sampled_from(_TABLES).flatmap(
        lambda table: st.tuples(st.just(table), st.tuples(*[_names() for _ in table.key]))
    )


def _rows(table: Table[Any]) -> SearchStrategy[Any]:
    """Return rows of *table*: few values where rows are found by, any elsewhere."""
    from hypothesis import strategies as st

    text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)
    columns = []
    for column in columns_of(table):
        found_by = column.name in table.key or column.name in table.indexes
        values: SearchStrategy[Any] = st.integers(-(2**62), 2**62)
        if column.type is str:
            values = _names() if found_by else text
        columns.append(st.none() | values if column.nullable else values)
    return st.tuples(*columns).map(table.row._make)


def _writes() -> SearchStrategy[_Write]:
    from hypothesis import strategies as st

    puts = [st.builds(Put, st.just(table), st.lists(_rows(table), min_size=1, max_size=4)) for table in _TABLES]
    expects = st.tuples(_keys(), st.integers(0, 3)).map(lambda drawn: (*drawn[0], drawn[1] > 0))
    return st.builds(
        _Write, st.lists(st.one_of(puts), max_size=3), st.lists(_keys(), max_size=2), st.lists(expects, max_size=2)
    )


def _looks() -> SearchStrategy[_Look]:
    from hypothesis import strategies as st

    nowhere: SearchStrategy[tuple[Table[Any], Key | None]] = st.tuples(st.sampled_from(_TABLES), st.none())
    after = _keys() | nowhere
    values = st.lists(_names(), max_size=3)
    return st.builds(_Look, st.lists(_keys(), max_size=4), st.sampled_from(_COLUMNS), values, after, st.integers(0, 3))


def _done(store: Store, tenant: str, actions: Sequence[_Write | _Look], *, fails: bool) -> list[Any]:
    """Return what came of each of *actions*, comparable between stores."""
    results: list[Any] = []
    with suppress(_OnPurposeError), store.session(tenant) as session:
        for action in actions:
            done = _written(session, action) if isinstance(action, _Write) else _looked(session, action)
            results.append(done)  # one by one: an error may end the session in between
        if fails:
            raise _OnPurposeError
    return results


def _written(session: Session, action: _Write) -> str:
    deletes, expects = [], []
    for table, key in action.deletes:
        named = [(row.position,) for row in answer(session, Get(table, [key]))] if table.positioned else [key]
        deletes.append(Delete(table, named))
    for table, key, rightly in action.expects:
        there = answer(session, Get(table, [key]))
        row = there[0] if there else None
        if not rightly:
            row = None if row else table.row._make([*key, *[None] * (len(table.columns) - len(key))])
        expects.append(Expect(table, key, row))
    try:
        session.write(Changes(action.puts, deletes, expects))
    except ConflictError:
        return "conflict"
    return "done"


def _looked(session: Session, action: _Look) -> list[Any]:
    table, key = action.after
    after = key
    if table.positioned and key is not None:
        there = answer(session, Get(table, [key]))
        after = (there[0].position,) if there else None
    reads = [Get(one, [name]) for one, name in action.keys]
    found = session.read([*reads, Find(*action.column, action.values), Scan(table, after, action.limit)])
    tables = [*(one for one, _ in action.keys), action.column[0]]
    unordered = [sorted(_comparable(one, rows), key=repr) for one, rows in zip(tables, found, strict=False)]
    return [*unordered, _comparable(table, found[-1])]


def _comparable(table: Table[Any], rows: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return *rows* without their positions, which may differ by gaps."""
    return [tuple(row[:-1]) if table.positioned else tuple(row) for row in rows]


@promise("random work ends as in the reference", optional=True)
def random_work(trial: Trial) -> None:
    """Whatever sessions do, step by step, every answer and every row is that of MemoryStore."""
    try:
        from hypothesis import HealthCheck, Phase, settings
        from hypothesis.stateful import run_state_machine_as_test
    except ImportError:
        raise NotOfferedError("install hypothesis to try random work") from None

    run_state_machine_as_test(
        store_machine(trial.store),
        settings=settings(
            max_examples=_EXAMPLES,
            stateful_step_count=_STEPS,
            deadline=None,
            database=None,
            report_multiple_bugs=False,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
        ),
    )
