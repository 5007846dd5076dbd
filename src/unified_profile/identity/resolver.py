"""The seam for records that share no identifier: whoever can say which records are one person plugs in here.

The hub asks a resolver twice, in batches: for the keys under which records may meet, and, for the records that met, for
links among them. What it answers are views, kept under the fingerprint of its model; they count while that model is the
adopted one, after all identifiers, under the same limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from unified_profile.model.facts import SourceRecord
from unified_profile.model.views import Link

ENTRY_POINTS = "unified_profile.resolvers"
"""The entry-point group under which a package offers a resolver by name."""


@runtime_checkable
class Resolver(Protocol):
    """Says which source records are the same person.

    Two promises keep the partition independent of arrival: the keys of a record, and whether (and how heavily) two
    records are linked, depend on those records and the model alone.

    A resolver that also has ``made_of(records)`` names, for each key that ``keys`` gives and in its order, the columns
    that it is made of (``"last_name + zip"``, never a value). A warning that keys are too popular then tells these.
    """

    @property
    def fingerprint(self) -> str:
        """Which model decides; links of another fingerprint do not count."""
        ...

    def keys(self, records: Sequence[SourceRecord], /) -> Sequence[Sequence[str]]:
        """Return, for each record, the keys under which it may meet others (none: it meets nobody)."""
        ...

    def links(self, candidates: Sequence[SourceRecord], /) -> Sequence[Link]:
        """Return the links among *candidates*, which share at least one key with one another."""
        ...


@runtime_checkable
class Refining(Resolver, Protocol):
    """A resolver that looks at everybody who is connected before it says who is one person: optional.

    A resolver that also has ``links_met(records, left, right)`` is given the pairs that met, as places in *records*,
    and returns the links among these; it need not look for shared keys again, which large batches are faster by.

    Links join whoever they connect, so one wrong link joins two families. With these two methods a resolver can take
    such groups apart again; the hub asks whenever a group changed, and publishes merges and splits.
    """

    def links_of(self, newcomers: Sequence[SourceRecord], others: Sequence[SourceRecord], /) -> Sequence[Link]:
        """Return the links of *newcomers* with one another and with *others*; not those among *others*."""
        ...

    def together(self, connected: Sequence[SourceRecord], /) -> Sequence[Link]:
        """Return the links that hold among records which links connect, of one or several groups.

        Links among them that are not returned are not followed. It must depend on the records and the model alone.
        """
        ...


def load(name: str, /) -> Resolver:
    """Return the resolver that an installed package offers as *name* (an entry point that makes one when called).

    Raises:
        UnknownNameError: If no installed package offers it.
    """
    from importlib.metadata import entry_points  # costs 10 ms that few need

    from unified_profile.errors import UnknownNameError  # beside the import above

    found = {entry.name: entry for entry in entry_points(group=ENTRY_POINTS)}
    if name not in found:
        raise UnknownNameError(kind="resolver", name=name, known=found)
    made: Resolver = found[name].load()()
    return made
