"""Plans of the materialized golden values: kept for search and write-back, brought up to date from the log.

Taking facts in costs nothing here: what changed since is read off the log of facts and changes, people are folded anew,
and whoever's values differ is published. ``refresh`` may be called at any time, by anybody, as often as one likes.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from unified_profile.hub.driver import Plan
from unified_profile.hub.reading import Moment, Person, people
from unified_profile.hub.reports import GoldenChange
from unified_profile.hub.setup import Setup
from unified_profile.identity.bundles import placed, spoken_of
from unified_profile.model.codec import decode
from unified_profile.model.facts import Retraction, Severance
from unified_profile.model.rows import ChangeRow, FactRow, MetaRow, NodeRow, TraitRow, ViewRow
from unified_profile.model.times import to_micros
from unified_profile.model.values import Json
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
_LONGEST_TERM = 200


def refresh(setup: Setup, when: Moment, /, *, page: int = 10_000) -> Plan[int]:
    """Bring the golden values of at most *page* facts' and changes' people up to date; return how many were looked at.

    Zero means that everything is up to date.
    """
    (rows,) = (yield Load((Get(META, [(CURSOR,)]),))) or ([],)
    cursor = json.loads(rows[0].value) if rows else {}
    if cursor.get("rules") != setup.profile_rules.fingerprint:  # folded by other rules: everybody is looked at again
        cursor = {"facts": 0, "changes": cursor.get("changes", 0), "rules": setup.profile_rules.fingerprint}
    facts, published = (
        yield Load((Scan(FACTS, (cursor["facts"],), page), Scan(CHANGES, (cursor["changes"],), page)))
    ) or ([], [])
    if not facts and not published:
        return 0
    touched = {row.profile for row in published if row.kind != GOLDEN}
    for row in published:
        if row.kind != GOLDEN:
            body = json.loads(row.body)
            touched.update(body.get("into", ()))
            touched.update([body["absorbed"]] if "absorbed" in body else ())
    touched |= yield from _of_facts(facts, setup)
    puts, deletes = yield from _folded(touched, setup, when)
    if facts:
        cursor["facts"] = facts[-1].position
    if published:
        cursor["changes"] = published[-1].position
    kept = Put(META, [MetaRow(CURSOR, json.dumps(cursor))])
    expected = Expect(META, (CURSOR,), rows[0] if rows else None)  # two who refresh at once do not undo each other
    yield Commit(Changes(puts=[*puts, kept], deletes=deletes, expects=[expected]))
    return len(facts) + len(published)


def _of_facts(facts: Iterable[FactRow], setup: Setup) -> Plan[set[str]]:
    """Return the profiles whose contents these facts can have changed."""
    facts = list(facts)
    (severed,) = (yield Load((Get(SEVERED, [(fact.id,) for fact in facts]),))) or ([],)
    home = {row.fact: row.bundle for row in severed}
    keys = sorted({home.get(fact.id, fact.bundle) for fact in facts if fact.bundle})
    (bundles,) = (yield Load((Get(BUNDLES, [(key,) for key in keys]),))) or ([],)
    nodes = {row.centre for row in bundles if row.centre is not None}
    devices = sorted({device for row in bundles if row.devices for device in json.loads(row.devices)})
    if devices:
        (links,) = (yield Load((Find(BUNDLE_NODES, "node", devices),))) or ([],)
        (others,) = (yield Load((Get(BUNDLES, [(link.bundle,) for link in links]),))) or ([],)
        nodes |= {row.centre for row in others if row.centre is not None}
    nodes |= yield from _of_statements(facts, setup)
    if not nodes:
        return set()
    (rows,) = (yield Load((Get(NODES, [(node,) for node in sorted(nodes)]),))) or ([],)
    return {row.profile for row in rows if isinstance(row, NodeRow) and row.profile is not None}


def _of_statements(facts: Iterable[FactRow], setup: Setup) -> Plan[set[str]]:
    """Return the nodes of facts that severances (or what took them back) are about."""
    names: set[str] = set()
    for row in facts:
        if row.kind in ("severance", "retraction"):
            fact = decode(row, tenant=setup.tenant)
            if isinstance(fact, (Severance, Retraction)):
                names.add(fact.fact_id)
    if not names:
        return set()
    (rows,) = (yield Load((Get(FACTS, [(name,) for name in sorted(names)]),))) or ([],)
    found = [decode(row, tenant=setup.tenant) for row in rows]
    further = [fact.fact_id for fact in found if isinstance(fact, Severance)]
    (more,) = (yield Load((Get(FACTS, [(name,) for name in further]),))) or ([],) if further else ([],)
    found += [decode(row, tenant=setup.tenant) for row in more]
    homes = [placed(identifier, setup.rules) for fact in found for identifier in spoken_of(fact)]
    return {home[1] for home in homes if home is not None and home[0] == "link"}


def _folded(touched: set[str], setup: Setup, when: Moment) -> Plan[tuple[list[Put[Any]], list[Delete[Any]]]]:
    """Fold *touched* anew; return what to write for those whose values differ."""
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
    changed = [name for name in names if now.get(name) != was.get(name)]
    at = to_micros(when.now)
    puts: list[Put[Any]] = [
        Put(VIEWS, [ViewRow(name, at, now[name]) for name in changed if name in now]),
        Put(TRAITS, [TraitRow(name, term) for name in changed if name in now for term in terms_of(now[name])]),
        Put(CHANGES, [ChangeRow(GOLDEN, name, at, "{}") for name in changed]),
    ]
    moved = set(changed)
    deletes: list[Delete[Any]] = [
        Delete(TRAITS, [(row.profile, row.term) for row in terms if row.profile in moved]),
        Delete(VIEWS, [(name,) for name in changed if name not in now]),
    ]
    return [put for put in puts if put.rows], [delete for delete in deletes if delete.keys]


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
    """Return the search term of a value: compared without case, width and surrounding space."""
    text = json.dumps(value) if isinstance(value, (bool, int, float)) else value
    folded = unicodedata.normalize("NFKC", text).casefold().strip().replace("\x00", "")
    return f"{name}={folded}"[:_LONGEST_TERM]


def holders(name: str, value: str | float, after: str, limit: int, /) -> Plan[list[str]]:
    """Return at most *limit* ids, in order and after *after*, of profiles whose trait *name* is *value*."""
    (rows,) = (yield Load((Find(TRAITS, "term", [term(name, value)]),))) or ([],)
    return sorted(row.profile for row in rows if row.profile > after)[:limit]


def golden_changes(after: int, limit: int, /) -> Plan[list[GoldenChange]]:
    """Return the golden values that changed after position *after*, one entry a profile, at its last change."""
    last: dict[str, int] = {}
    while not last:  # merges and splits stand in the same log: a page may hold nothing else
        (rows,) = (yield Load((Scan(CHANGES, (after,), limit),))) or ([],)
        if not rows:
            break
        last = {row.profile: row.position for row in rows if row.kind == GOLDEN}
        after = rows[-1].position
    (found,) = (yield Load((Get(VIEWS, [(name,) for name in last]),))) or ([],) if last else ([],)
    bodies = {row.profile: row.body for row in found}
    return [
        GoldenChange(name, None if name not in bodies else json.loads(bodies[name]), position)
        for name, position in sorted(last.items(), key=lambda item: item[1])
    ]
