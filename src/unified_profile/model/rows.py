"""The rows in which facts, the identity graph and the views are stored: flat tuples of numbers and text.

A row is a named tuple because drivers bind and return tuples; engines use the names. Times are whole microseconds
since 1970 UTC, structured values are JSON text, nodes are ``Identifier.node``. Rows hide their values in repr.
The tenant is not part of a row: a session of a store belongs to one tenant and adds it.
"""

from __future__ import annotations

from typing import NamedTuple


class FactRow(NamedTuple):
    """A fact as kept.

    *bundle* keys the set of its identifiers ("" when it has none; ``!kind`` for a statement), *body* is
    its JSON form.
    """

    id: str
    kind: str
    source: str
    bundle: str
    occurred_us: int
    recorded_us: int
    body: str
    position: int = 0

    def __repr__(self) -> str:
        """Show kind and position only."""
        return f"FactRow(kind={self.kind!r}, position={self.position})"


class BundleRow(NamedTuple):
    """A set of identifiers that occur together in facts, as they were given; rules turn it into nodes.

    *nodes* is a JSON list of the linking ones, strongest first, before the over-shared ones are left out; *devices* a
    JSON list of those that never link (None: none). *centre* is the node the facts stay with (None: nobody's).
    """

    bundle: str
    nodes: str
    centre: str | None
    devices: str | None = None

    def __repr__(self) -> str:
        """Show the key only."""
        return f"BundleRow(bundle={self.bundle!r})"


class BundleNodeRow(NamedTuple):
    """That *node* is in *bundle*: the way from an identifier to its facts."""

    node: str
    bundle: str

    def __repr__(self) -> str:
        """Show the bundle only."""
        return f"BundleNodeRow(bundle={self.bundle!r})"


class NodeRow(NamedTuple):
    """An identifier in the graph.

    *profile* is whose it is (None while it floats or is a leaf), *leaf_of* the only centre of a leaf, *first_us*
    when it was first seen, *beside* a JSON object ``{stronger space: [values]}`` for over-sharing, *shared* 1 when it
    stopped linking, *judged* 1 when a judgement, link or alias names it, *centred* 1 when facts stay with it.
    """

    node: str
    profile: str | None
    leaf_of: str | None
    first_us: int
    beside: str | None = None
    shared: int = 0
    judged: int = 0
    centred: int = 0

    def __repr__(self) -> str:
        """Show the profile only."""
        return f"NodeRow(profile={self.profile!r}, shared={self.shared})"


class EdgeRow(NamedTuple):
    """That facts of *centre* speak of *node*; *core* repeats the centre unless the node is a leaf.

    Both times are merged (earliest, latest), so that two writers may add to them without reading.
    """

    node: str
    centre: str
    core: str | None
    first_us: int
    last_us: int

    def __repr__(self) -> str:
        """Show nothing personal."""
        return "EdgeRow(•••)"


class ProfileRow(NamedTuple):
    """A live profile: *version* grows with every change of its structure.

    *clean* is 1 when no edge of it was refused and nothing in it is judged or windowed; *summary* is a JSON object
    ``{limited space: [values]}``.
    """

    profile: str
    version: int
    clean: int
    summary: str

    def __repr__(self) -> str:
        """Show id and version."""
        return f"ProfileRow(profile={self.profile!r}, version={self.version})"


class AnchorRow(NamedTuple):
    """The node that holds a profile id; *seq* orders ids by age (minted later, larger).

    *past* is a JSON list of ``[until_us, node]``: which nodes held it before it climbed to this one.
    """

    profile: str
    node: str | None
    seq: int
    past: str | None = None

    def __repr__(self) -> str:
        """Show the id only."""
        return f"AnchorRow(profile={self.profile!r}, seq={self.seq})"


class RedirectRow(NamedTuple):
    """From *since_us* on, the id *profile* led to *target* (None: gone). The newest row per id is in force."""

    profile: str
    since_us: int
    target: str | None


class SeveredRow(NamedTuple):
    """That a fact left the bundle *was* for *bundle*, because a severance took an identifier from it."""

    fact: str
    was: str
    bundle: str


class StatementRow(NamedTuple):
    """A judgement, severance, link, alias or retraction as the graph needs it.

    *left* and *right* are nodes (a severance: the fact's id and the node; a retraction: the fact's id and "").
    *said_us* is when it was decided, *recorded_us* when we learned it, *weight* counts for links only.
    """

    id: str
    kind: str
    left: str
    right: str
    said_us: int
    recorded_us: int
    weight: float = 0.0
    model: str = ""

    def __repr__(self) -> str:
        """Show the kind only: the id of a link or alias is made of its nodes."""
        return f"StatementRow(kind={self.kind!r})"


class RecordKeyRow(NamedTuple):
    """A key under which a resolver lets the record of *fact* meet others; begins with the model's fingerprint."""

    key: str
    fact: str

    def __repr__(self) -> str:
        """Show the fact only: a key may be made of a name."""
        return f"RecordKeyRow(fact={self.fact!r})"


class ChangeRow(NamedTuple):
    """Something published: *kind* such as ``profile_merged``, *body* a JSON object, in order of *position*."""

    kind: str
    profile: str
    at_us: int
    body: str
    position: int = 0

    def __repr__(self) -> str:
        """Show kind and position."""
        return f"ChangeRow(kind={self.kind!r}, profile={self.profile!r}, position={self.position})"


class QuarantineRow(NamedTuple):
    """Something handed in that could not be taken: the raw text, where and why; *replayed_us* once it could."""

    id: str
    received_us: int
    field: str
    reason: str
    raw: str
    replayed_us: int | None = None

    def __repr__(self) -> str:
        """Show the reason, never what was handed in."""
        return f"QuarantineRow(id={self.id!r}, field={self.field!r}, reason={self.reason!r})"


class ViewRow(NamedTuple):
    """The golden values of a profile as of log *position*, for search and write-back; *body* is JSON."""

    profile: str
    position: int
    body: str

    def __repr__(self) -> str:
        """Show id and position."""
        return f"ViewRow(profile={self.profile!r}, position={self.position})"


class TraitRow(NamedTuple):
    """One searchable value of a view: *term* is ``name=value`` (text, folded as the search folds it)."""

    profile: str
    term: str

    def __repr__(self) -> str:
        """Show the id only."""
        return f"TraitRow(profile={self.profile!r})"


class AccessRow(NamedTuple):
    """That values or identifiers were read without a purpose: whose, why, when, by which call and by whom."""

    profile: str
    reason: str
    at_us: int
    what: str = "raw"
    by: str = ""
    position: int = 0

    def __repr__(self) -> str:
        """Show whose and by which call: a reason may name somebody."""
        return f"AccessRow(profile={self.profile!r}, what={self.what!r}, position={self.position})"


class PermitRow(NamedTuple):
    """That what is known of *profile* may leave once, under *permit*; until *until_us*.

    The row of nobody (*profile* "") holds in *body*, a JSON object, what the permit is bound to.
    """

    permit: str
    profile: str
    body: str
    until_us: int

    def __repr__(self) -> str:
        """Show whose, never the permit: who holds its id can use it."""
        return f"PermitRow(profile={self.profile!r})"


class MetaRow(NamedTuple):
    """A small named value of the library itself: the table version, rules in force, how far a consumer has read."""

    name: str
    value: str
