"""Plans of the materialized golden values: kept for search and write-back, brought up to date from the log.

Taking facts in costs nothing here: what changed since is read off the log of facts and changes, people are folded anew,
and whoever's values differ is published. ``refresh`` may be called at any time, by anybody, as often as one likes.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from unified_profile.consent.permits import DISCLOSED
from unified_profile.hub.driver import Plan
from unified_profile.hub.ingest import REBUILD, TOMBSTONED
from unified_profile.hub.reading import Moment, Person, people
from unified_profile.hub.setup import Setup
from unified_profile.hub.whose import settled
from unified_profile.identity.bundles import placed, spoken_of
from unified_profile.identity.working import BUNDLE, TOUCHED
from unified_profile.model.codec import decode
from unified_profile.model.facts import Retraction, Severance
from unified_profile.model.rows import ChangeRow, FactRow, MetaRow, ProfileRow, TraitRow, ViewRow
from unified_profile.model.times import to_micros
from unified_profile.model.values import Identifier, Json
from unified_profile.storage.commands import Changes, Commit, Delete, Expect, Find, Get, Load, Put, Scan
from unified_profile.storage.tables import (
    BUNDLE_NODES,
    BUNDLES,
    CHANGES,
    FACTS,
    META,
    NODES,
    PROFILES,
    SEVERED,
    TRAITS,
    VIEWS,
)

CURSOR = "golden"
GOLDEN = "golden_changed"
_SILENT = frozenset({GOLDEN, DISCLOSED})
"""What is published and changes nobody's values."""

_LONGEST_TERM = 200
_START = {"facts": 0, "changes": 0, "now": 0, "rules": ""}
_HOUR = 3_600_000_000
_MOST_HOURS = 10_000


def refresh(setup: Setup, when: Moment, /, *, page: int = 10_000) -> Plan[int]:
    """Bring the golden values of at most *page* facts' and changes' people up to date; return how many were looked at.

    Zero means that everything is up to date.

    Raises:
        RulesChangedError: If who is who is being rebuilt.
    """
    (flags,) = (yield Load((Get(META, [(CURSOR,), (REBUILD,), (TOMBSTONED,)]),))) or ([],)
    meta = {row.name: row.value for row in flags}
    settled([name for name in meta if name == REBUILD])
    cursor = {**_START, **json.loads(meta.get(CURSOR, "{}"))}
    if cursor["rules"] != setup.profile_rules.fingerprint:
        cursor |= {"rules": setup.profile_rules.fingerprint, "facts": 0}  # everybody is folded anew
    facts, published = (
        yield Load((Scan(FACTS, (cursor["facts"],), page), Scan(CHANGES, (cursor["changes"],), page)))
    ) or ([], [])
    due = yield from _due(cursor, to_micros(when.now)) if setup.profile_rules.computed else _nobody()
    if not facts and not published and not due:
        return 0
    touched = due | (yield from _of_changes(published)) | (yield from _of_facts(facts, setup))
    # A consent changes no value, but it changes who may be told of them: whoever writes back must look again.
    spoken = yield from _of_facts([fact for fact in facts if fact.kind == "consent"], setup)
    puts, deletes = yield from _folded(touched, spoken, setup, when)
    if facts:
        cursor["facts"] = facts[-1].position
    if published:
        cursor["changes"] = published[-1].position
    cursor["now"] = to_micros(when.now)
    done = [(row.position,) for row in published if row.kind in (TOUCHED, BUNDLE)]  # nobody else reads these
    deletes = [*deletes, *([Delete(CHANGES, done)] if done else [])]
    kept = Put(META, [MetaRow(CURSOR, json.dumps(cursor))])
    was = {row.name: row for row in flags}
    # Two who refresh at once do not undo each other, and nobody who is erased meanwhile is folded again.
    rests_on = [Expect(META, (name,), was.get(name)) for name in (CURSOR, TOMBSTONED)]
    yield Commit(Changes(puts=[*puts, kept], deletes=deletes, expects=rests_on))
    return len(facts) + len(published) + len(due)


def _nobody() -> Plan[set[str]]:
    """Return nobody, in the form of a plan."""
    yield from ()
    return set()


def _due(cursor: Mapping[str, Any], now_us: int) -> Plan[set[str]]:
    """Return whom time may have changed since the values were brought up to date: by hours, never too few.

    A window moved on, or something that was said to happen in the future has happened.
    """
    if now_us <= cursor["now"]:
        return set()
    first, last = cursor["now"] // _HOUR, now_us // _HOUR
    if last - first > _MOST_HOURS:
        return {row.profile for row in (yield from _everything_due())}
    terms = [_due_term(hour * _HOUR) for hour in range(first, last + 1)]
    (rows,) = (yield Load((Find(TRAITS, "term", terms),))) or ([],)
    return {row.profile for row in rows}


def _everything_due() -> Plan[list[ProfileRow]]:
    """Return everybody: after a long pause nothing is saved by looking."""
    found: list[ProfileRow] = []
    while True:
        (rows,) = (yield Load((Scan(PROFILES, (found[-1].profile,) if found else None, 10_000),))) or ([],)
        found += rows
        if not rows:
            return found


def _due_term(at_us: int) -> str:
    """Return the term under which a profile waits that changes by itself: no trait has an empty name."""
    return f"={at_us // _HOUR}"


def _of_changes(published: Iterable[ChangeRow]) -> Plan[set[str]]:
    """Return the profiles that took part in merges, splits and other moves."""
    touched: set[str] = set()
    keys: set[str] = set()
    for row in published:
        body = json.loads(row.body) if row.kind not in _SILENT else {}
        if row.kind == BUNDLE:
            keys.add(body["bundle"])
        elif row.kind not in _SILENT:
            touched.update((row.profile, *body.get("into", ())))
            touched.update([body["absorbed"]] if "absorbed" in body else ())
            touched.update(name for pair in body.get("redirects", ()) for name in pair if name is not None)
    if keys:
        (bundles,) = (yield Load((Get(BUNDLES, [(key,) for key in sorted(keys)]),))) or ([],)
        nodes = yield from _signed_in({device for row in bundles for device in json.loads(row.devices or "[]")})
        touched |= yield from _owners(nodes)
    return touched


def _of_facts(facts: Sequence[FactRow], setup: Setup) -> Plan[set[str]]:
    """Return the profiles whose contents these facts can have changed."""
    if not facts:
        return set()
    (severed,) = (yield Load((Get(SEVERED, [(fact.id,) for fact in facts]),))) or ([],)
    home = {row.fact: row.bundle for row in severed}
    keys = sorted({home.get(fact.id, fact.bundle) for fact in facts if fact.bundle})
    (bundles,) = (yield Load((Get(BUNDLES, [(key,) for key in keys]),))) or ([],)
    nodes = {row.centre for row in bundles if row.centre is not None}
    devices = {device for row in bundles if row.devices for device in json.loads(row.devices)}
    for identifier in (yield from _cut(facts, setup)):
        placement = placed(identifier, setup.rules)
        if placement is not None:
            (devices if placement[0] == "attribute" else nodes).add(placement[1])
    nodes |= yield from _signed_in(devices)
    return (yield from _owners(nodes))


def _signed_in(devices: Collection[str]) -> Plan[set[str]]:
    """Return the centres of everybody who ever signed in on *devices*: their anonymous facts may have changed hands."""
    if not devices:
        return set()
    (links,) = (yield Load((Find(BUNDLE_NODES, "node", sorted(devices)),))) or ([],)
    (bundles,) = (yield Load((Get(BUNDLES, [(link.bundle,) for link in links]),))) or ([],)
    return {row.centre for row in bundles if row.centre is not None}


def _owners(nodes: Collection[str]) -> Plan[set[str]]:
    """Return the profiles of *nodes*; a leaf's is that of its home."""
    if not nodes:
        return set()
    (rows,) = (yield Load((Get(NODES, [(node,) for node in sorted(nodes)]),))) or ([],)
    leaves = sorted({row.leaf_of for row in rows if row.leaf_of is not None})
    (homes,) = (yield Load((Get(NODES, [(node,) for node in leaves]),))) or ([],) if leaves else ([],)
    return {row.profile for row in (*rows, *homes) if row.profile is not None}


def _cut(facts: Iterable[FactRow], setup: Setup) -> Plan[list[Identifier]]:
    """Return all identifiers of the facts that severances among *facts* (or what took them back) are about."""
    names: set[str] = set()
    for row in facts:
        if row.kind in ("severance", "retraction"):
            fact = decode(row, tenant=setup.tenant)
            if isinstance(fact, (Severance, Retraction)):
                names.add(fact.fact_id)
    if not names:
        return []
    (rows,) = (yield Load((Get(FACTS, [(name,) for name in sorted(names)]),))) or ([],)
    found = [decode(row, tenant=setup.tenant) for row in rows]
    further = [fact.fact_id for fact in found if isinstance(fact, Severance)]
    (more,) = (yield Load((Get(FACTS, [(name,) for name in further]),))) or ([],) if further else ([],)
    found += [decode(row, tenant=setup.tenant) for row in more]
    return [identifier for fact in found for identifier in spoken_of(fact)]


def _folded(
    touched: set[str], spoken: set[str], setup: Setup, when: Moment
) -> Plan[tuple[list[Put[Any]], list[Delete[Any]]]]:
    """Fold *touched* anew; return what to write for those whose values differ, or who spoke of consent."""
    names = sorted(touched)
    live, old, terms = (
        yield Load((Get(PROFILES, [(name,) for name in names]), Get(VIEWS, [(name,) for name in names]),
                    Find(TRAITS, "profile", names)))
    ) or ([], [], [])  # fmt: skip
    alive = sorted(row.profile for row in live)
    found: dict[str, Person] = {}
    if alive:
        for person in (yield from people(alive, setup, when)):
            found[person.profile.id] = person
    was = {row.profile: row.body for row in old}
    now = {name: golden_json(person) for name, person in found.items()}
    wanted = {name: {*terms_of(now[name]), *_waits(found[name])} for name in now}
    held: dict[str, set[str]] = {}
    for row in terms:
        held.setdefault(row.profile, set()).add(row.term)
    changed = [name for name in names if now.get(name) != was.get(name)]
    at = to_micros(when.now)
    puts: list[Put[Any]] = [
        Put(VIEWS, [ViewRow(name, at, now[name]) for name in changed if name in now]),
        Put(TRAITS, [TraitRow(name, one) for name in wanted for one in sorted(wanted[name] - held.get(name, set()))]),
        Put(CHANGES, [ChangeRow(GOLDEN, name, at, "{}") for name in sorted({*changed, *(spoken & now.keys())})]),
    ]
    deletes: list[Delete[Any]] = [
        Delete(TRAITS, [(one, name) for name in held for one in sorted(held[name] - wanted.get(name, set()))]),
        Delete(VIEWS, [(name,) for name in changed if name not in now]),
    ]
    return [put for put in puts if put.rows], [delete for delete in deletes if delete.keys]


def _waits(person: Person) -> list[str]:
    """Return the term of the hour in which the values of *person* change by themselves."""
    return [] if person.changes_at is None else [_due_term(to_micros(person.changes_at))]


def golden_json(person: Person, /) -> str:
    """Return the golden values as canonical JSON text."""
    values = {name: trait.value for name, trait in person.profile.traits.items()}
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def terms_of(body: str, /) -> list[str]:
    """Return the search terms of golden values: one per scalar, one per item of a list.

    >>> terms_of('{"city": "Ｏｓａｋａ", "tags": ["A", 1]}')
    ['city=osaka', 'tags=1', 'tags=a']
    """
    values: Mapping[str, Json] = json.loads(body)
    found = set()
    for name, value in values.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, (str, int, float)):
                found.add(term(name, item))
    return sorted(found)


def term(name: str, value: str | float, /) -> str:
    """Return the search term of a value: compared without case, width and surrounding space; 12.0 is 12.

    >>> term("points", 12.0), len(term("note", "a" * 1000))
    ('points=12', 200)
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = json.dumps(value) if isinstance(value, (bool, int, float)) else value
    folded = unicodedata.normalize("NFKC", text).casefold().strip().replace("\x00", "")
    found = f"{name}={folded}"
    if len(found) <= _LONGEST_TERM:
        return found
    digest = hashlib.blake2b(found.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return f"{found[: _LONGEST_TERM - len(digest) - 1]}~{digest}"


def holders(name: str, value: str | float, after: str, limit: int, /) -> Plan[list[str]]:
    """Return at most *limit* ids, in order and after *after*, of profiles whose trait *name* is *value*."""
    wanted = term(name, value)
    (rows,) = (yield Load((Scan(TRAITS, (wanted, after), limit),))) or ([],)  # in order of the key: a page costs a page
    return [row.profile for row in rows if row.term == wanted]
