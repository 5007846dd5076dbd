"""Plans that find people: by id or any identifier, and the facts that are theirs."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeAlias

import attrs

from unified_profile.errors import InvalidInputError, RulesChangedError, UnknownProfileError
from unified_profile.hub.arguments import LONGEST
from unified_profile.hub.driver import Plan
from unified_profile.hub.everybody import is_reset
from unified_profile.hub.ingest import MODEL, OTHER_RULES, REBUILD, RULES, UNDER_WAY
from unified_profile.identity.bundles import placed
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.identity.runs import OnDevice, owners
from unified_profile.model.redaction import hidden
from unified_profile.model.rows import BundleRow, FactRow, NodeRow
from unified_profile.model.values import Identifier
from unified_profile.storage.commands import Find, Get, Load
from unified_profile.storage.tables import ANCHORS, BUNDLE_NODES, BUNDLES, FACTS, META, NODES, SEVERED, STATEMENTS

Who: TypeAlias = "str | Identifier"

UNKNOWN = "nobody was ever seen under it"
NO_ID = "no such id was ever given out; a text is a profile id, so pass an Identifier for an address or a number"
UNUSABLE = "its value stands for nobody (blank, blocked or unreadable)"
SHARED = "it is shared by too many people and links nobody"
AFLOAT = "it is known, but not linked to anybody: every person it was seen with has refused it by a limit or judgement"
GONE = "the id is known, but nothing is left of it"


@attrs.frozen
class Found:
    """Who somebody is: a live profile id, or why there is none."""

    profile: str | None
    because: str = ""

    def one(self) -> str:
        """Return the profile id, or say why there is none."""
        if self.profile is None:
            raise UnknownProfileError(because=self.because)
        return self.profile


def find(who: Sequence[Who], rules: IdentityRules, /) -> Plan[list[Found]]:
    """Find each of *who*: a profile id that was ever given out, or an identifier.

    Raises:
        RulesChangedError: If who is who is being rebuilt, or an identifier is asked for under other rules than those
            the store was built under.
    """
    nodes, ids, found = _meant(who, rules)
    asked = "" if len(ids) == len(who) else rules.fingerprint
    if ids:
        anchors, flags = (
            yield Load((Get(ANCHORS, [(name,) for name in dict.fromkeys(ids.values())]), Get(META, [(REBUILD,)])))
        ) or ([], [])
        settled(flags)
        held = {anchor.profile: anchor.node for anchor in anchors}
        for place, name in ids.items():
            node = held.get(name)
            if node is None:
                found[place] = Found(None, GONE if name in held else NO_ID)
            else:
                nodes[place] = node
    rows = yield from _nodes(nodes.values(), asked)
    for place, node in nodes.items():
        found[place] = _home(rows.get(node), rows, by_id=place in ids)
    afloat = {place: nodes[place] for place in nodes if found[place].because == AFLOAT}
    if afloat:  # a node may outlive the last fact that spoke of it: whether it does depends on the order of arrival
        (near,) = (yield Load((Find(BUNDLE_NODES, "node", sorted(set(afloat.values()))),))) or ([],)
        spoken = {row.node for row in near}
        found.update((place, Found(None, UNKNOWN)) for place, node in afloat.items() if node not in spoken)
    return [found[place] for place in range(len(who))]


def _meant(who: Sequence[object], rules: IdentityRules) -> tuple[dict[int, str], dict[int, str], dict[int, Found]]:
    """Return, by place in *who*, the nodes and the ids that are meant, and whoever can be nobody."""
    nodes: dict[int, str] = {}
    ids: dict[int, str] = {}
    found: dict[int, Found] = {}
    for place, one in enumerate(who):
        if isinstance(one, Identifier):
            home = placed(one, rules)
            if home is None or home[0] != "link":
                found[place] = Found(None, UNUSABLE)
            else:
                nodes[place] = home[1]
        elif not isinstance(one, str):
            raise InvalidInputError(field="who", reason="neither a profile id nor an Identifier", hint="pass one")
        elif one.isprintable() and 0 < len(one) <= LONGEST:
            ids[place] = one
        else:  # no id was ever made like this, and not every store could look for it
            found[place] = Found(None, NO_ID)
    return nodes, ids, found


def settled(flags: Sequence[object], /) -> None:
    """Refuse to say who is who while that is being computed anew.

    Raises:
        RulesChangedError: If the flag of a rebuild is among *flags*.
    """
    if flags:
        raise RulesChangedError(UNDER_WAY)


def _nodes(nodes: Iterable[str], asked: str) -> Plan[dict[str, NodeRow]]:
    """Return the rows of *nodes* and of the homes of leaves among them; *asked*: the rules identifiers were read by."""
    wanted = [(node,) for node in dict.fromkeys(nodes)]
    if not wanted:
        return {}
    rows, flags, built = (yield Load((Get(NODES, wanted), Get(META, [(REBUILD,)]), Get(META, [(RULES,)])))) or (
        [],
        [],
        [],
    )
    settled(flags)
    if asked and built and built[0].value != asked:
        raise RulesChangedError(OTHER_RULES)
    found = {row.node: row for row in rows}
    homes = {row.leaf_of for row in rows if row.leaf_of is not None} - found.keys()
    if homes:
        (more,) = (yield Load((Get(NODES, [(home,) for home in sorted(homes)]),))) or ([],)
        found.update((row.node, row) for row in more)
    return found


def _home(row: NodeRow | None, rows: dict[str, NodeRow], *, by_id: bool) -> Found:
    if row is None:
        return Found(None, GONE if by_id else UNKNOWN)
    if row.shared and row.profile is None:
        return Found(None, SHARED)
    if row.leaf_of is not None:
        row = rows.get(row.leaf_of, row)
    return Found(row.profile, "" if row.profile is not None else GONE if by_id else AFLOAT)


@attrs.frozen
class Belongings:
    """What is a person's: the rows of the facts, the nodes, and whether a machine link holds any of it together."""

    facts: tuple[FactRow, ...]
    nodes: tuple[str, ...] = attrs.field(repr=hidden)


def belongings(profiles: Collection[str], rules: IdentityRules, /) -> Plan[dict[str, Belongings]]:
    """Return what belongs to each of *profiles* (live ids)."""
    ids = list(dict.fromkeys(profiles))
    (rows,) = (yield Load((Find(NODES, "profile", ids),))) or ([],)
    owner: dict[str, str] = {row.node: row.profile for row in rows}
    (bundles,) = (yield Load((Find(BUNDLES, "centre", list(owner)),))) or ([],)
    whose = {bundle.bundle: owner[bundle.centre] for bundle in bundles}
    nodes: defaultdict[str, set[str]] = defaultdict(set)
    for node, profile in owner.items():
        nodes[profile].add(node)
    yield from _leaves(bundles, owner, nodes)
    facts: defaultdict[str, dict[str, FactRow]] = defaultdict(dict)
    for key, fact in (yield from facts_of(list(whose))):
        facts[whose[key]][fact.id] = fact
    yield from _on_devices(bundles, owner, rules, facts)
    return {
        name: Belongings(
            tuple(sorted(facts[name].values(), key=lambda fact: (fact.occurred_us, fact.id))),
            tuple(sorted(nodes[name])),
        )
        for name in ids
    }


def machine_linked(owned: Mapping[str, Belongings], /) -> Plan[set[str]]:
    """Return the profiles that hold a link of the adopted model: their consents were not proven to be one person's."""
    (flags,) = (yield Load((Get(META, [(MODEL,)]),))) or ([],)
    if not flags or not flags[0].value:
        return set()
    held = {node: name for name, own in owned.items() for node in own.nodes}
    (links,) = (yield Load((Find(STATEMENTS, "left", sorted(held)),))) or ([],)
    return {
        held[row.left]
        for row in links
        if row.kind == "link" and row.model == flags[0].value and held.get(row.right) == held[row.left]
    }


def facts_of(bundles: Sequence[str], /) -> Plan[list[tuple[str, FactRow]]]:
    """Return the facts of *bundles* with their bundle, as severances left them."""
    if not bundles:
        return []
    facts, left, came = (
        yield Load((Find(FACTS, "bundle", bundles), Find(SEVERED, "was", bundles), Find(SEVERED, "bundle", bundles)))
    ) or ([], [], [])
    gone = {row.fact for row in left}
    placed_facts = [(fact.bundle, fact) for fact in facts if fact.id not in gone]
    if came:
        home = {row.fact: row.bundle for row in came}
        (others,) = (yield Load((Get(FACTS, [(name,) for name in home]),))) or ([],)
        placed_facts += [(home[fact.id], fact) for fact in others]
    return placed_facts


def _leaves(bundles: Sequence[BundleRow], owner: dict[str, str], nodes: dict[str, set[str]]) -> Plan[None]:
    """Add the identifiers that are looked through: sessions and the like, with a single centre."""
    around: dict[str, str] = {}
    for bundle in bundles:
        for node in json.loads(bundle.nodes):
            if node not in owner:
                around[node] = bundle.centre or ""
    if around:
        (rows,) = (yield Load((Get(NODES, [(node,) for node in around]),))) or ([],)
        for row in rows:
            if row.leaf_of is not None and row.leaf_of in owner:
                nodes[owner[row.leaf_of]].add(row.node)


def _on_devices(
    bundles: Sequence[BundleRow], owner: dict[str, str], rules: IdentityRules, facts: dict[str, dict[str, FactRow]]
) -> Plan[None]:
    """Add the anonymous facts of shared devices that happened while one of these people was signed in."""
    devices = sorted({device for bundle in bundles if bundle.devices for device in json.loads(bundle.devices)})
    if not devices:
        return
    (links,) = (yield Load((Find(BUNDLE_NODES, "node", devices),))) or ([],)
    keys = sorted({link.bundle for link in links})
    (rows,) = (yield Load((Get(BUNDLES, [(key,) for key in keys]),))) or ([],)
    known = {row.bundle: row for row in rows}
    on: defaultdict[str, list[OnDevice]] = defaultdict(list)
    anonymous: dict[str, tuple[str, FactRow]] = {}
    for key, fact in (yield from facts_of(keys)):
        row = known[key]
        held = json.loads(row.devices or "[]")
        for device in held:
            on[device].append(OnDevice(fact.occurred_us, fact.id, row.centre, is_reset(fact, rules)))
        if row.centre is None and held:
            anonymous[fact.id] = (held[0], fact)
    owned = {device: owners(found) for device, found in on.items()}
    for name, (device, fact) in anonymous.items():
        centre = owned.get(device, {}).get(name)
        if centre is not None and centre in owner:
            facts[owner[centre]][fact.id] = fact
