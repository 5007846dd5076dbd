"""Tombstones as a hub keeps and finds them: under which keys, for which spellings, and which are in force."""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import attrs

from unified_profile.hub.driver import Plan
from unified_profile.hub.ingest import TOMBSTONED
from unified_profile.hub.setup import Setup
from unified_profile.identity.bundles import placed
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.model.erasure_rows import TombstoneRow
from unified_profile.model.redaction import Veiled, hidden
from unified_profile.model.rows import MetaRow
from unified_profile.model.values import RECORD, Identifier
from unified_profile.rights.tombstones import IDENTIFIER, TIED, KeyRing, TombstoneKeys, marks, message
from unified_profile.storage.commands import Find, Load
from unified_profile.storage.tables import TOMBSTONES

OWN = "own"
"""The id of the key that a hub makes for itself when it is given none."""


@attrs.frozen
class Ring:
    """The keys of a hub, with the one that the store keeps itself where there is one; *ids* are those in use."""

    given: TombstoneKeys | None
    own: bytes | None = attrs.field(repr=hidden)
    ids: tuple[str, ...]

    def current(self) -> str:
        """Return the id of the key for new tombstones."""
        return OWN if self.given is None else self.given.current()

    def macs(self, key_id: str, messages: Sequence[bytes], /) -> list[bytes]:
        """See ``TombstoneKeys``."""
        if key_id == OWN and self.own is not None:
            return KeyRing({OWN: self.own}).macs(OWN, messages)
        if self.given is None:
            raise LookupError(key_id)
        return self.given.macs(key_id, messages)

    def mark(self, node: str, setup: Setup, /) -> str:
        """Return the mark of the identifier *node* under a key that is in use."""
        key = self.current() if self.current() in self.ids else self.ids[-1]
        return marks(self, key, [message(IDENTIFIER, node, setup.tenant)])[0]

    def with_current(self) -> Ring:
        """Return the ring with the current key in use, made now if it is the store's own."""
        own = secrets.token_bytes(32) if self.given is None and self.own is None else self.own
        return Ring(self.given, own, tuple(sorted({*self.ids, self.current()})))

    def flag(self) -> MetaRow:
        """Return the mark that says that there are tombstones, and under which keys.

        It is never the same twice: whoever decided on facts beside an erasure decides again.
        """
        body = {"keys": list(self.ids), "own": "" if self.own is None else self.own.hex(), "at": secrets.token_hex(8)}
        return MetaRow(TOMBSTONED, json.dumps(body))


def ring_of(setup: Setup, flag: str | None, /) -> Ring:
    """Return the keys of *setup* and of the store's mark."""
    body: dict[str, Any] = json.loads(flag) if flag else {"keys": [], "own": ""}
    return Ring(setup.erasure.keys, bytes.fromhex(body["own"]) if body["own"] else None, tuple(body["keys"]))


def met(
    names: Mapping[tuple[str, str], Any] | Collection[tuple[str, str]],
    ring: Ring,
    setup: Setup,
    now_us: int,
    /,
    *,
    tied: bool = False,
) -> Plan[dict[tuple[str, str], list[TombstoneRow]]]:
    """Return the tombstones in force of each of *names*: pairs of a kind and a name.

    Those of identifiers that are only *tied* to an erased person keep nothing out, and are there for who asks.
    """
    wanted = list(names)
    messages = [message(kind, name, setup.tenant) for kind, name in wanted]
    place = Veiled[str, int]()
    for key_id in ring.ids:
        place.update((mark, number) for number, mark in enumerate(marks(ring, key_id, messages)))
    if not place:
        return {}
    (rows,) = (yield Load((Find(TOMBSTONES, "mac", list(place)),))) or ([],)
    found: defaultdict[tuple[str, str], list[TombstoneRow]] = defaultdict(list)
    for row in rows:
        if (row.until_us is None or now_us < row.until_us) and (tied or row.kind != TIED):
            found[wanted[place[row.mac]]].append(row)
    return Veiled(found)


def spellings(identifier: Identifier, rules: IdentityRules, /) -> tuple[str, ...]:
    """Return the nodes of *identifier*, if it links people: in its normal form, and as it was given.

    Rules of spelling may change after an erasure, so both have a tombstone.
    """
    if identifier.namespace != RECORD and identifier.namespace not in rules.by_name:
        return (identifier.node,)
    home = placed(identifier, rules)
    if home is None or home[0] != "link":
        return ()
    return tuple(dict.fromkeys((home[1], identifier.node)))
