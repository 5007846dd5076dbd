"""The rows that an erasure leaves behind: keyed digests, orders without names, what a law keeps. No value of a person.

The one exception says so: ``HeldRow`` keeps a fact whole because a legal hold obliges to, and nothing else reads it.
"""

from __future__ import annotations

from typing import NamedTuple


class ErasureRow(NamedTuple):
    """An erasure: *state* is ``"ordered"``, ``"erased"`` or ``"done"``; *scope* is what it covers.

    *body* is a JSON object. While it is ordered it says who is meant; from then on it holds counts and recipients only.
    """

    id: str
    state: str
    scope: str
    ordered_us: int
    erased_us: int | None
    body: str

    def __repr__(self) -> str:
        """Show the state only: an ordered one says who is meant."""
        return f"ErasureRow(state={self.state!r})"


class TombstoneRow(NamedTuple):
    """That what *mac* stands for was erased: of facts until *cut_us*, as long as it is not *until_us* (None: no end).

    *mac* is ``<key id>:<keyed digest>``. *kind* is ``"identifier"``, ``"beside"`` (met in a late fact beside an erased
    one), ``"tied"`` (met there, but somebody was known under it: it keeps nothing out), ``"fact"`` or ``"profile"``.
    """

    mac: str
    erasure: str
    kind: str
    scope: str
    cut_us: int
    until_us: int | None

    def __repr__(self) -> str:
        """Show the kind."""
        return f"TombstoneRow(kind={self.kind!r})"


class HeldRow(NamedTuple):
    """A fact of an erased person that the legal hold *hold* keeps, out of reach of every view, until *until_us*."""

    fact: str
    hold: str
    erasure: str
    until_us: int | None
    kind: str
    source: str
    occurred_us: int
    recorded_us: int
    body: str

    def __repr__(self) -> str:
        """Show the hold."""
        return f"HeldRow(hold={self.hold!r}, kind={self.kind!r})"


class ProofRow(NamedTuple):
    """That somebody expressed a consent: *mac* is of the identifier it was given for, *body* holds no value."""

    mac: str
    id: str
    erasure: str
    until_us: int | None
    body: str

    def __repr__(self) -> str:
        """Show nothing personal."""
        return f"ProofRow(id={self.id!r})"


class CountRow(NamedTuple):
    """How many *facts* of how many *people* were made anonymous in one cell (month, kind, name, brand, channel)."""

    cell: str
    facts: int
    people: int
