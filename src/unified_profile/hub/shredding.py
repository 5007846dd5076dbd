"""Plans by which keys of sealed values go with whom they were for, so that backups are covered too.

The rows go first, and in that transaction it is kept which keys are to follow; then the keys are destroyed, and that
note goes. Keys first would be no way: a legal hold may have to keep a value, an erasure may be refused, and nobody
can make a destroyed key again. Whatever cuts this short, the note is found, and the rest is done.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import attrs

from unified_profile.hub.driver import Plan
from unified_profile.hub.erasing_found import loaded
from unified_profile.hub.setup import Setup
from unified_profile.hub.whose import Who, belongings, find
from unified_profile.identity.working import TOUCHED
from unified_profile.model.redaction import hidden
from unified_profile.model.rows import ChangeRow, FactRow, MetaRow
from unified_profile.rights.sealing.sealer import key_of_bundle, key_of_held, key_of_profile, key_of_quarantined
from unified_profile.storage.commands import Alone, Changes, Commit, Delete, Find, Get, Load, Put
from unified_profile.storage.tables import CHANGES, FACTS, HELD, META, PROFILES, QUARANTINE, TRAITS, VIEWS

TO_SHRED = "keys_to_shred"
"""The name of the note that says which keys have to be destroyed."""

BUNDLE, PROFILE, WAITING, KEPT = "bundle", "profile", "quarantine", "held"


@attrs.frozen
class DueKeys:
    """What is sealed under keys that have to go, by kind; *shared*: of how many bundles somebody else has a part."""

    names: Mapping[str, Collection[str]] = attrs.field(factory=dict, repr=hidden)
    shared: int = 0

    def __bool__(self) -> bool:
        """Say whether there is any."""
        return any(self.names.values())

    def count(self) -> int:
        """Return how many keys have to go."""
        return sum(len(set(some)) for some in self.names.values())


def left_by(going: Iterable[FactRow], /) -> Plan[tuple[list[str], int]]:
    """Return the bundles of which nothing is left without the facts *going*, and how many have something left."""
    rows = {row.id: row for row in going}
    bundles = sorted({row.bundle for row in rows.values() if row.bundle})
    if not bundles:
        return [], 0
    (there,) = (yield Load((Find(FACTS, "bundle", bundles),))) or ([],)
    shared = {row.bundle for row in there if row.id not in rows}
    return [one for one in bundles if one not in shared], len(shared)


def noted(due: DueKeys, /) -> Plan[list[Put[Any]]]:
    """Return what keeps the note that the keys of *due* have to go, beside those of which it is noted already."""
    if not due:
        return []
    known = yield from _note()
    kinds = {*known, *due.names}
    both = {kind: sorted({*known.get(kind, ()), *due.names.get(kind, ())}) for kind in kinds}
    return [Put(META, [MetaRow(TO_SHRED, json.dumps({kind: some for kind, some in sorted(both.items()) if some}))])]


def waiting() -> Plan[bool]:
    """Say whether there are keys that have to go."""
    return bool((yield from _note()))


def shredded(tenant: str, now_us: int, destroy: Callable[[list[str]], object], /) -> Plan[int]:
    """Let *destroy* have the names of all keys that have to go, and forget them; return how many there were.

    A key under which somebody new is sealed since stays. Whoever calls it is alone, and a writer who sealed something
    under a destroyed key is refused, so nothing that is kept loses its key.
    """
    yield Alone()
    note = yield from _note()
    if not note:
        return 0
    bundles, waits, held = note.get(BUNDLE, []), note.get(WAITING, []), note.get(KEPT, [])
    facts, payloads, kept = yield from loaded(
        Find(FACTS, "bundle", bundles), Get(QUARANTINE, [(one,) for one in waits]), Find(HELD, "fact", held)
    )
    deletes, puts = yield from _folded_again(note.get(PROFILE, []), now_us)
    used = {row.bundle for row in facts}
    again = {row.id for row in payloads}
    still = {row.fact for row in kept}
    names = [key_of_bundle(tenant, one) for one in bundles if one not in used]
    names += [key_of_profile(tenant, one) for one in note.get(PROFILE, [])]
    names += [key_of_quarantined(tenant, one) for one in waits if one not in again]
    names += [key_of_held(tenant, one) for one in held if one not in still]
    destroy(names)
    yield Commit(Changes(puts=puts, deletes=[*deletes, Delete(META, [(TO_SHRED,)])]))
    return len(names)


def _folded_again(profiles: Sequence[str], now_us: int) -> Plan[tuple[list[Delete[Any]], list[Put[Any]]]]:
    """Return what lets golden values that were sealed under keys that go be folded, and sealed, anew."""
    keys = [(one,) for one in profiles]
    live, views, terms = yield from loaded(Get(PROFILES, keys), Get(VIEWS, keys), Find(TRAITS, "profile", profiles))
    deletes: list[Delete[Any]] = []
    if views:
        deletes.append(Delete(VIEWS, [(row.profile,) for row in views]))
    if terms:
        deletes.append(Delete(TRAITS, [(row.term, row.profile) for row in terms]))
    touched = [ChangeRow(TOUCHED, row.profile, now_us, "{}") for row in live]
    return deletes, [Put(CHANGES, touched)] if touched else []


def shredded_now(who: Who, setup: Setup, destroy: Callable[[list[str]], object], /) -> Plan[tuple[int, int]]:
    """Let *destroy* have the names of the keys under which *who* alone is sealed; return how many, and how many stay.

    Those stay under which facts of others are sealed too. Nobody writes meanwhile.
    """
    yield Alone()
    (found,) = yield from find([who], setup.rules)
    profile = found.one()
    owned = (yield from belongings([profile], setup.rules))[profile]
    bundles, shared = yield from left_by(owned.facts)
    names = [*(key_of_bundle(setup.tenant, one) for one in bundles), key_of_profile(setup.tenant, profile)]
    destroy(names)
    return len(names), shared


def _note() -> Plan[dict[str, list[str]]]:
    (rows,) = (yield Load((Get(META, [(TO_SHRED,)]),))) or ([],)
    found: dict[str, list[str]] = json.loads(rows[0].value) if rows else {}
    return found
