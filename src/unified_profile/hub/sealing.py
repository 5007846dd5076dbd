"""A store around a store that lets declared values through only sealed: what any database below holds is ciphertext."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import attrs

from unified_profile.errors import ConflictError, InvalidInputError
from unified_profile.hub.driver import run
from unified_profile.hub.golden import terms_of
from unified_profile.hub.setup import Setup
from unified_profile.hub.shredding import shredded, shredded_now
from unified_profile.hub.whose import Who
from unified_profile.model.rows import TraitRow, ViewRow
from unified_profile.model.soundness import fits
from unified_profile.rights.sealing.keys import SealKeys
from unified_profile.rights.sealing.sealer import Sealer
from unified_profile.storage.commands import Changes, Expect, Find, Get, Put, Read, Scan
from unified_profile.storage.layout import key_of
from unified_profile.storage.protocols import Session, Store
from unified_profile.storage.tables import TRAITS, VIEWS

_PAGE = 500
_PASSED_ON = frozenset({"backup", "bytes_kept", "close", "compact", "migrate", "overwrite", "scrub"})


class SealedStore:
    """A store that keeps its rows in another one, with the values of *fields* sealed.

    What a hub does with it is what it does with the store below, but that a search by a sealed trait opens everybody's
    golden values: it is answered in memory, never by the database. Identifiers are not sealed: people are found by
    them.

    >>> from datetime import UTC, datetime
    >>> from unified_profile import Hub, Identifier, MemoryStore, Purpose, SourceRecord
    >>> from unified_profile.rights.sealing import MemoryKeys
    >>> below = MemoryStore()
    >>> store = SealedStore(below, MemoryKeys(), fields={"income"})
    >>> hub = Hub(store, purposes=[Purpose("loans", traits={"*"}, basis="contract")])
    >>> told = SourceRecord(
    ...     id="r1",
    ...     source="crm",
    ...     key="7",
    ...     occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
    ...     identifiers=[Identifier("email", "hanako@example.com")],
    ...     attributes={"income": 4_200_000},
    ... )
    >>> hub.ingest([told]).accepted
    1
    >>> hub.profile(Identifier("email", "hanako@example.com"), purpose="loans")["income"]
    4200000
    >>> from unified_profile.storage.tables import FACTS
    >>> with below.session("default") as session:
    ...     ((kept, *_),) = session.read([Scan(FACTS)])
    >>> "4200000" in kept.body
    False

    Args:
        store: The store below.
        keys: Where keys are kept; not in the store, and not in its backups.
        fields: The attributes, traits and event properties to seal.

    .. versionadded:: 0.1
    """

    _joined = False

    def __init__(self, store: Store, keys: SealKeys, /, *, fields: Iterable[str]) -> None:
        """Wrap *store*; rows that are there already stay as they are until they are written again."""
        if not fits(store, Store):
            raise InvalidInputError(field="store", reason="opens no sessions", hint="MemoryStore() or another Store")
        self.below = store
        self.sealer = Sealer(keys, fields)

    @contextmanager
    def session(self, tenant: str, /, *, exclusive: bool = False) -> Iterator[Session]:
        """See ``Store.session``."""
        with self.below.session(tenant, exclusive=exclusive) as session:
            yield SealedSession(session, self.sealer, tenant)

    def __getattr__(self, name: str) -> Any:
        """Offer what the store below offers; readers and joined transactions are sealed as well."""
        if name not in _PASSED_ON | {"reader", "join"}:
            raise AttributeError(name)
        found = getattr(self.below, name)
        if name == "join":
            return lambda connection: self._in(found(connection))
        return self._reader if name == "reader" else found

    def _in(self, joined: Store) -> SealedStore:
        """Return a store whose sessions are part of a transaction of the caller's."""
        made = SealedStore(joined, self.sealer.keys, fields=self.sealer.fields)
        made._joined = True
        return made

    def seals(self) -> bool:
        """Say that keys have to go with whom they were for."""
        return True

    def shred(self, tenant: str, now_us: int, /) -> bool:
        """Destroy the keys that erasures left to be destroyed; False in a transaction that may still be taken back."""
        if self._joined:
            return False
        run(self, tenant, lambda: shredded(tenant, now_us, self.sealer.keys.erase))
        return True

    @contextmanager
    def _reader(self, tenant: str, /) -> Iterator[Session]:
        with self.below.reader(tenant) as session:  # type: ignore[attr-defined]  # asked for only where it is
            yield SealedSession(session, self.sealer, tenant)


class SealedSession:
    """A session that seals what is written and opens what is read."""

    def __init__(self, session: Session, sealer: Sealer, tenant: str) -> None:
        """Work through *session*."""
        self._session, self._sealer, self._tenant = session, sealer, tenant
        self.alone = getattr(session, "alone", False)

    def read(self, reads: Sequence[Read], /) -> list[list[Any]]:
        """See ``Session.read``."""
        asked = [None if hidden_search(read, self._sealer) else read for read in reads]
        rows = iter(self._session.read([read for read in asked if read is not None]))
        return [
            self._searched(wanted) if read is None else opened(read, next(rows), self._sealer, self._tenant)
            for wanted, read in zip(reads, asked, strict=True)
        ]

    def write(self, changes: Changes, /) -> None:
        """See ``Session.write``."""
        expects = [self._below(one) for one in changes.expects]
        under: dict[str, bytes] = {}
        self._session.write(sealed_changes(changes, expects, self._sealer, self._tenant, under))
        usable(under, self._sealer)

    def _below(self, expect: Expect[Any]) -> Expect[Any]:
        """Return the expectation of the row as it lies below, if it opens to what is expected."""
        if expect.row is None or not self._sealer.seals(expect.table.name):
            return expect
        ((*rows,),) = self._session.read([Get(expect.table, [expect.key])])
        return as_kept(expect, rows, self._sealer, self._tenant)

    def _searched(self, read: Read) -> list[TraitRow]:
        found: list[TraitRow] = []
        after: tuple[str, ...] | None = None
        while True:
            (rows,) = self._session.read([Scan(VIEWS, after, _PAGE)])
            found += hits(self._sealer.opened(VIEWS.name, rows, self._tenant))
            if len(rows) < _PAGE:
                return answer(read, found)
            after = (rows[-1].profile,)


def hidden_search(read: Read, sealer: Sealer, /) -> bool:
    """Say whether *read* asks for people by a sealed trait, which the database cannot know."""
    if read.table.name != TRAITS.name:
        return False
    if isinstance(read, Find):
        return read.by == "term" and any(_is_hidden(str(one), sealer) for one in read.values)
    return isinstance(read, Scan) and read.after is not None and _is_hidden(str(read.after[0]), sealer)


def _is_hidden(term: str, sealer: Sealer) -> bool:
    return term.partition("=")[0] in sealer.fields


def hits(rows: Iterable[Any], /) -> list[TraitRow]:
    """Return the search terms of golden values, as the rows that an unsealed store would hold."""
    return [TraitRow(view.profile, one) for view in (ViewRow(*row) for row in rows) for one in terms_of(view.body)]


def answer(read: Read, found: list[TraitRow], /) -> list[TraitRow]:
    """Return the answer to *read* from all the rows that there would be."""
    if isinstance(read, Find):
        return [row for row in found if row.term in set(read.values)]
    assert isinstance(read, Scan)  # noqa: S101  # the only other kind that is hidden
    after = tuple(read.after or ())
    return sorted((row for row in found if (row.term, row.profile) > after), key=lambda row: (row.term, row.profile))[
        : read.limit
    ]


def opened(read: Read, rows: list[Any], sealer: Sealer, tenant: str, /) -> list[Any]:
    """Return *rows* as they were before they were sealed."""
    name = read.table.name
    return sealer.opened(name, rows, tenant) if sealer.seals(name) else rows


def usable(under: dict[str, bytes], sealer: Sealer, /) -> None:
    """Refuse what was sealed *under* keys that were destroyed before this writer's turn came: nobody could read it.

    Raises:
        ConflictError: If there is such a key; who decides again seals under a new one.
    """
    if sealer.lost(under):
        raise ConflictError("a key was destroyed since something was sealed under it; decide again")


def sealed_changes(
    changes: Changes, expects: Sequence[Expect[Any]], sealer: Sealer, tenant: str, under: dict[str, bytes], /
) -> Changes:
    """Return *changes* as they may reach the store below; the keys that they are sealed by are noted in *under*."""
    puts = []
    for put in changes.puts:
        if sealer.seals(put.table.name):
            puts.append(Put(put.table, sealer.sealed(put.table.name, put.rows, tenant, under=under)))
        elif put.table.name == TRAITS.name:
            puts.append(Put(put.table, [row for row in put.rows if not _is_hidden(row.term, sealer)]))
        else:
            puts.append(put)
    return attrs.evolve(changes, puts=puts, expects=expects)


def as_kept(expect: Expect[Any], rows: Sequence[Any], sealer: Sealer, tenant: str, /) -> Expect[Any]:
    """Return *expect* with the sealed row among *rows*, if it opens to what is expected.

    Raises:
        ConflictError: If it does not.
    """
    for row in rows:
        (plain,) = sealer.opened(expect.table.name, [row], tenant)
        if key_of(expect.table, row) == expect.key and plain == expect.row:
            return Expect(expect.table, expect.key, row)
    raise ConflictError(f"a row of {expect.table.name!r} was changed by another writer")


@attrs.frozen
class Shredded:
    """How many keys were destroyed, and how many were kept because others' facts are sealed under them as well.

    .. versionadded:: 0.1
    """

    destroyed: int
    shared: int


def shred(store: SealedStore, setup: Setup, who: Who, /) -> Shredded:
    """Destroy the keys of *who*: what was sealed of them cannot be opened any more, not in any backup either.

    An erasure does it by itself. On its own it is no erasure: what is not sealed stays readable. A key under which
    facts of somebody else are sealed too (a device that several people used) is kept.

    Raises:
        UnknownProfileError: If *who* is nobody; with why.
    """
    if not isinstance(store, SealedStore):
        raise InvalidInputError(field="store", reason="not sealed", hint="see SealedStore")
    done = run(store.below, setup.tenant, lambda: shredded_now(who, setup, store.sealer.keys.erase))
    return Shredded(*done)
