"""From a fact to its bundle: the set of identifiers it speaks of, under the rules in force."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import NamedTuple

from unified_profile.identity.namespaces import IdentityRules
from unified_profile.identity.spelling import storable
from unified_profile.model.facts import (
    ConsentRecord,
    Event,
    EventType,
    Fact,
    Judgement,
    ModelAdopted,
    Retraction,
    Severance,
    SourceRecord,
)
from unified_profile.model.values import RECORD, Identifier, record_node

NOBODY = ""
"""The bundle of facts that speak of nobody."""

ALIAS = "alias-"
"""How the key of a bundle begins that makes its values one."""

_STATEMENTS: dict[type[Fact], str] = {
    Judgement: "judgement",
    Severance: "severance",
    Retraction: "retraction",
    ModelAdopted: "model",
}

Strength = tuple[int, str, str]


class Bundle(NamedTuple):
    """A set of identifiers that occur together.

    *nodes* are those that link, a record's own first, then strongest first; *devices* those that never do
    (``mode="attribute"``). *alias* says that the fact makes its values of a one-per-person namespace one.
    """

    key: str
    nodes: tuple[str, ...]
    devices: tuple[str, ...] = ()
    alias: bool = False

    def __repr__(self) -> str:
        """Show the key only."""
        return f"Bundle(key={self.key!r})"


def spoken_of(fact: Fact, /) -> tuple[Identifier, ...]:
    """Return every identifier *fact* speaks of, as given; a record's own node first."""
    if type(fact) is Event:
        return (*fact.identifiers, *fact.previous) if fact.previous else fact.identifiers
    if isinstance(fact, SourceRecord):
        return (fact.node, *fact.identifiers)
    if isinstance(fact, ConsentRecord):
        return fact.identifiers
    return ()


def key_of(fact: Fact, /, *, without: Collection[str] = ()) -> str:
    """Return the key of what *fact* speaks of, less *without*: equal sets as given, equal keys, under any rules."""
    identifiers = spoken_of(fact)
    if not identifiers:
        return NOBODY
    nodes = [identifier.node for identifier in identifiers]
    if len(nodes) > 1:
        nodes = sorted(set(nodes))
    text = "".join([f"{len(node)}:{node}" for node in nodes])
    if without:
        text += "-" + "".join([f"{len(node)}:{node}" for node in sorted(without)])
    if type(fact) is SourceRecord and any(one.namespace == RECORD for one in fact.identifiers):
        text += "=" + fact.node.node  # the record that names another is not the one that is named
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
    return ALIAS + digest if is_alias(fact) else digest


def bundle_key(fact: Fact, /) -> str:
    """Return the key under which *fact* is kept: of its identifiers; of its kind, if it is a statement."""
    if type(fact) in _STATEMENTS:
        return statement_key(type(fact))
    return key_of(fact)


def statement_key(kind: type[Fact], /) -> str:
    """Return the key under which all statements of a kind are kept together.

    >>> statement_key(Judgement)
    '!judgement'
    """
    return f"!{_STATEMENTS[kind]}"


def severable(fact: Fact, nodes: Collection[str], /) -> frozenset[str]:
    """Return those of *nodes* that can be severed from *fact*: a record always speaks of itself."""
    own = record_node(fact.source, fact.key) if isinstance(fact, SourceRecord) else None
    return frozenset(node for node in nodes if node != own)


def is_alias(fact: Fact, /) -> bool:
    """Say whether *fact* makes values one."""
    return isinstance(fact, Event) and fact.type is EventType.ALIAS


def bundle_of(fact: Fact, rules: IdentityRules, /, *, without: Collection[str] = (), key: str = "") -> Bundle:
    """Return the bundle of *fact* under *rules*, less the nodes severed from it; *key* if it is known.

    Raises:
        UnknownNameError: If an identifier's namespace is not declared.
    """
    linking: list[Strength] = []
    devices: list[Strength] = []
    own = record_node(fact.source, fact.key) if type(fact) is SourceRecord else None
    for identifier in spoken_of(fact):
        found = placed(identifier, rules)
        if found is None or found[1] in without or found[1] == own:
            continue
        if found[0] == "link":
            linking.append(found[2])
        elif found[0] == "attribute":
            devices.append(found[2])
    nodes = _strongest_first(linking)
    return Bundle(
        key or key_of(fact, without=without),
        # The facts of a record stay with it, whichever other records it names.
        nodes if own is None else (own, *nodes),
        _strongest_first(devices) if devices else (),
        alias=is_alias(fact),
    )


def _strongest_first(found: list[Strength]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([one[2] for one in sorted(found)]))


def placed(identifier: Identifier, rules: IdentityRules, /) -> tuple[str, str, Strength] | None:
    """Return mode, node and strength of *identifier*, or None when it stands for nobody."""
    given = identifier.node
    try:
        return rules.placed[given]
    except KeyError:
        pass  # what follows may raise, and the error must not remember the key
    found = rules.placed_before.get(given, _UNKNOWN)
    if found is _UNKNOWN:
        del given  # as above
        found = _placed(identifier, rules)
        given = identifier.node
    if len(rules.placed) >= _MOST_PLACED:
        # What is asked for again is carried over one by one: names that never come back do not push out those that do.
        rules.placed_before.clear()
        rules.placed_before.update(rules.placed)
        rules.placed.clear()
    rules.placed[given] = found
    return found


_MOST_PLACED = 8_192
_UNKNOWN = ("", "", (0, "", ""))


def _placed(identifier: Identifier, rules: IdentityRules) -> tuple[str, str, Strength] | None:
    if identifier.namespace == RECORD:
        given = identifier.node
        return ("link", given, (-1, RECORD, given)) if storable(identifier.value) else None
    space = rules.namespace(identifier.namespace)
    if space.mode == "off":
        return None
    normal = rules.normalized(identifier)
    if normal is None:
        return None
    node = normal.node
    return space.mode, node, (*space.rank, node)


def strength(node: str, rules: IdentityRules, /) -> Strength:
    """Return the sort key of a node: records first, then by namespace, then by value."""
    return (*rules.rank_of(node), node)


def space_of(node: str, /) -> str:
    """Return the namespace with scope of a node.

    >>> space_of("customer_number@kawa:47:11")
    'customer_number@kawa'
    """
    return node[: node.index(":")]


def value_of(node: str, /) -> str:
    """Return the value of a node."""
    return node[node.index(":") + 1 :]
