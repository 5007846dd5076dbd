"""The tables a store keeps: their rows, keys and indexes. A store needs to know nothing else about them.

Three kinds of tables exist. *Keyed* tables hold one row per key, replaced by a later put. *Log* tables
(``positioned``) only grow: the store gives each row the next position; a row whose key is there already is left
alone. *Merging* columns of a keyed table are combined with what is stored (``min`` / ``max``) instead of replaced, so
that two writers may add to them without reading first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import attrs

from unified_profile.model.erasure_rows import CountRow, ErasureRow, HeldRow, ProofRow, TombstoneRow
from unified_profile.model.membership_rows import (
    MembershipChangeRow,
    MembershipRow,
    SegmentRow,
    StandingRow,
    TimerRow,
)
from unified_profile.model.proof_rows import LogEntryRow, LogTileRow
from unified_profile.model.rows import (
    AccessRow,
    AnchorRow,
    BundleNodeRow,
    BundleRow,
    ChangeRow,
    EdgeRow,
    FactRow,
    MetaRow,
    NodeRow,
    PermitRow,
    ProfileRow,
    QuarantineRow,
    RecordKeyRow,
    RedirectRow,
    SeveredRow,
    StatementRow,
    TraitRow,
    ViewRow,
)

R = TypeVar("R", bound="tuple[Any, ...]")

TABLE_VERSION = 2
"""Grows with every migration (``storage/migrations.py``)."""


@attrs.frozen(eq=False)
class Table(Generic[R]):
    """A named set of rows.

    *key* names the columns that identify a row (none: a log without keys). *indexes* names further columns by which
    rows are found; each index is one column. *shelf* groups tables that may live in a store of their own.
    """

    name: str
    row: type[R]
    shelf: str
    key: tuple[str, ...]
    indexes: tuple[str, ...] = ()
    positioned: bool = False
    merge: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in row order, without the tenant."""
        fields: tuple[str, ...] = self.row._fields  # type: ignore[attr-defined]  # rows are named tuples
        return fields

    def __repr__(self) -> str:
        """Show the name."""
        return f"Table({self.name!r})"


FACTS = Table("fact", FactRow, "facts", ("id",), ("bundle",), positioned=True)
QUARANTINE = Table("quarantine", QuarantineRow, "facts", ("id",))

NODES = Table("node", NodeRow, "identity", ("node",), ("profile",), merge={"first_us": "min"})
BUNDLES = Table("bundle", BundleRow, "identity", ("bundle",), ("centre",))
BUNDLE_NODES = Table("bundle_node", BundleNodeRow, "identity", ("node", "bundle"))
EDGES = Table("edge", EdgeRow, "identity", ("node", "centre"), ("core",), merge={"first_us": "min", "last_us": "max"})
PROFILES = Table("profile", ProfileRow, "identity", ("profile",))
ANCHORS = Table("anchor", AnchorRow, "identity", ("profile",), ("node",))
REDIRECTS = Table("redirect", RedirectRow, "identity", ("profile", "since_us"))
STATEMENTS = Table("statement", StatementRow, "identity", ("id",), ("left", "right", "kind"))

RECORD_KEYS = Table("record_key", RecordKeyRow, "identity", ("key", "fact"), ("fact",))
SEVERED = Table("severed", SeveredRow, "identity", ("fact",), ("was", "bundle"))

VIEWS = Table("view", ViewRow, "profiles", ("profile",), ("position",))
TRAITS = Table("trait", TraitRow, "profiles", ("term", "profile"), ("profile",))
CHANGES = Table("change", ChangeRow, "feed", (), ("profile",), positioned=True)
ACCESSES = Table("access", AccessRow, "feed", (), ("profile",), positioned=True)
PERMITS = Table("permit", PermitRow, "feed", ("permit", "profile"), ("profile",))
META = Table("meta", MetaRow, "feed", ("name",))
LOG_ENTRIES = Table("log_entry", LogEntryRow, "feed", ("place",), ("subject",))
LOG_TILES = Table("log_tile", LogTileRow, "feed", ("level", "place"))

SEGMENTS = Table("segment", SegmentRow, "profiles", ("name",))
STANDINGS = Table("standing", StandingRow, "profiles", ("profile",))
MEMBERSHIPS = Table("membership", MembershipRow, "profiles", ("segment", "profile"), ("profile",))
TIMERS = Table("timer", TimerRow, "profiles", ("due_us", "profile"), ("profile",))
MEMBERSHIP_CHANGES = Table("membership_change", MembershipChangeRow, "feed", (), ("profile",), positioned=True)

ERASURES = Table("erasure", ErasureRow, "rights", ("id",), ("state",))
TOMBSTONES = Table("tombstone", TombstoneRow, "rights", ("mac", "erasure"), ("erasure",))
HELD = Table("held", HeldRow, "rights", ("fact", "hold"), ("hold", "erasure"))
PROOFS = Table("consent_proof", ProofRow, "rights", ("mac", "id"), ("erasure",))
COUNTS = Table("anonymous_count", CountRow, "rights", ("cell",))

TABLES: tuple[Table[Any], ...] = (
    FACTS,
    QUARANTINE,
    NODES,
    BUNDLES,
    BUNDLE_NODES,
    EDGES,
    PROFILES,
    ANCHORS,
    REDIRECTS,
    STATEMENTS,
    RECORD_KEYS,
    SEVERED,
    VIEWS,
    TRAITS,
    CHANGES,
    ACCESSES,
    PERMITS,
    META,
    LOG_ENTRIES,
    LOG_TILES,
    SEGMENTS,
    STANDINGS,
    MEMBERSHIPS,
    TIMERS,
    MEMBERSHIP_CHANGES,
    ERASURES,
    TOMBSTONES,
    HELD,
    PROOFS,
    COUNTS,
)
