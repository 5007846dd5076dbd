"""Looks for erased people in what could not be read: the quarantine, and what would go there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from unified_profile.hub.driver import Plan
from unified_profile.hub.erasing_found import loaded
from unified_profile.hub.erasing_stones import met, ring_of
from unified_profile.hub.raw import raw_item
from unified_profile.hub.setup import Setup
from unified_profile.hub.shredding import WAITING, DueKeys, noted
from unified_profile.hub.statements import names_of
from unified_profile.identity.bundles import placed
from unified_profile.model.codec import KINDS
from unified_profile.model.redaction import Veiled
from unified_profile.model.rows import QuarantineRow
from unified_profile.model.times import to_micros
from unified_profile.model.values import RECORD, Identifier
from unified_profile.rights.tombstones import BESIDE, FACT, IDENTIFIER
from unified_profile.storage.commands import Alone, Changes, Commit, Delete, Get, Load, Scan
from unified_profile.storage.tables import QUARANTINE

_FACTS = tuple(KINDS.values())
_PAGE = 1_000
_LONGEST = 512
_PIECE = re.compile(r"[^\s,;<>()\[\]{}\"']+")
_DATED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


def texts(item: object, /, depth: int = 0) -> Iterator[str]:  # noqa: C901  # one branch a kind
    """Yield every text in *item*, keys and numbers included, and the pieces of longer texts."""
    if isinstance(item, str):
        yield item
        if len(item) > 3:
            for piece in _PIECE.findall(item[:100_000]):
                if piece != item:
                    yield piece
    elif isinstance(item, (bytes, bytearray)):
        yield from texts(bytes(item[:100_000]).decode("utf-8", "replace"), depth)
    elif isinstance(item, bool) or item is None:
        return
    elif isinstance(item, (int, float)):
        yield str(item)
    elif isinstance(item, Identifier):
        yield item.value
    elif depth < 60 and isinstance(item, Mapping):
        for key, value in item.items():
            yield from texts(key, depth + 1)
            yield from texts(value, depth + 1)
    elif depth < 60 and isinstance(item, (list, tuple, set, frozenset)):
        for value in item:
            yield from texts(value, depth + 1)


def texts_of(row: QuarantineRow, /) -> Iterator[str]:
    """Yield every text in what waits in *row*, escapes undone."""
    return texts(raw_item(row.raw))


def named_in(item: object, setup: Setup, /) -> dict[tuple[str, str], None]:
    """Return every kind and name that *item*, a fact or whatever came instead of one, may speak of."""
    found: dict[tuple[str, str], None] = Veiled()
    if isinstance(item, _FACTS):
        found[FACT, str(item.id)] = None
        for one in names_of(item):
            found.update(((IDENTIFIER, node), None) for node in _spellings(one, setup))
        return found
    scopes = {""} | ({str(scope)} if isinstance(item, Mapping) and (scope := item.get("scope")) else set())
    spaces = [space for space in setup.rules.namespaces if space.mode == "link"]
    for text in {text for text in texts(item) if 0 < len(text) <= _LONGEST}:
        found[FACT, text] = None
        for space in spaces:
            for scope in scopes:
                try:
                    one = Identifier(space.name, text, scope)
                    found.update(((IDENTIFIER, node), None) for node in _spellings(one, setup))
                except ValueError:  # no identifier could be made of it
                    continue
    return found


def _spellings(one: Identifier, setup: Setup) -> tuple[str, ...]:
    if one.namespace != RECORD and one.namespace not in setup.rules.by_name:
        return (one.node,)
    home = placed(one, setup.rules)
    return (one.node,) if home is None else (home[1], one.node)


def last_moment(item: object, /) -> int | None:
    """Return the latest moment that *item* names in ISO 8601, in microseconds; None if it names none."""
    if isinstance(item, _FACTS):
        return to_micros(item.occurred_at)
    best: int | None = None
    for text in texts(item):
        if _DATED.match(text):
            try:
                at = datetime.fromisoformat(text)
            except ValueError:
                continue
            at_us = to_micros(at if at.tzinfo else at.replace(tzinfo=UTC))
            best = at_us if best is None else max(best, at_us)
    return best


def speaking_of(
    names: frozenset[tuple[str, str]], shared: frozenset[tuple[str, str]], cut_us: int, setup: Setup, /
) -> Plan[tuple[list[QuarantineRow], int]]:
    """Return what waits in the quarantine and names one of *names*, and how much names only one of *shared*.

    Neither counts if it says that it is later than *cut_us*.
    """
    found: list[QuarantineRow] = []
    perhaps = 0
    after: tuple[Any, ...] | None = None
    while True:
        (rows,) = (yield Load((Scan(QUARANTINE, after, _PAGE),))) or ([],)
        for row in rows:
            item = raw_item(row.raw)
            said = named_in(item, setup)
            theirs = any(name in names for name in said)
            if not theirs and shared.isdisjoint(said):
                continue
            if not _later(item, cut_us):
                perhaps += not theirs
                found += [row] if theirs else []
        if len(rows) < _PAGE:
            return found, perhaps
        after = (rows[-1].id,)


def _later(item: object, cut_us: int) -> bool:
    at = last_moment(item)
    return at is not None and at > cut_us


def discarded(ids: Sequence[str], /, *, sealed: bool) -> Plan[int]:
    """Delete what waits under *ids*, and note its keys where values are *sealed*; return how much there was."""
    yield Alone()
    (rows,) = yield from loaded(Get(QUARANTINE, [(one,) for one in ids]))
    if rows:
        there = [row.id for row in rows]
        puts = (yield from noted(DueKeys({WAITING: there}))) if sealed else []
        yield Commit(Changes(puts=puts, deletes=[Delete(QUARANTINE, [(one,) for one in there])]))
    return len(rows)


def of_the_erased(rows: Sequence[QuarantineRow], setup: Setup, flag: str, now_us: int, /) -> Plan[list[QuarantineRow]]:
    """Return those of *rows*, refused at the door, that speak of erased people: they are not even kept to wait."""
    ring = ring_of(setup, flag)
    out: list[QuarantineRow] = []
    for row in rows:
        item = raw_item(row.raw)
        stones = yield from met(named_in(item, setup), ring, setup, now_us)
        if any(
            stone.scope == "all" and stone.kind != BESIDE and (stone.kind == FACT or not _later(item, stone.cut_us))
            for found in stones.values()
            for stone in found
        ):
            out.append(row)
    return out
